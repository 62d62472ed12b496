package trial

import (
	"fmt"
	"io"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// tryOut tries a body on Go's os/exec and prints what its trial says.
func tryOut(body func(*Trial)) {
	h, err := begun()
	if err != nil {
		fmt.Println(err)
		return
	}
	d := &spec.Declaration{Behaviour: record.Behaviour{ID: "trial.example.body", Level: record.Must}, Body: body}
	tried := h.TryOn(d, platform.OSExec, h.Deadline)
	for _, o := range tried.Observations {
		fmt.Printf("%s: %v\n", o.Name, o.Value)
	}
	fmt.Println(tried.Status)
}

// A child writes and exits; what it wrote is read, and then the end of file.
func ExampleTrial() {
	tryOut(func(t *Trial) {
		r, w := t.Pipe()
		c := t.Start(Agent(), Stdout(w))
		t.NoError(w.Close())
		MustCall(c, agent.Write, agent.WriteArgs{FD: 1, Data: "last words"})
		c.Exit(3)
		t.Observe("exit status", c.Wait().String()).To(Equal("exit 3"))
		all, err := t.ReadAll(r)
		t.Observe("data of the child", string(all)).To(Equal("last words"))
		t.ObserveError("error of the read", err).To(Equal("none"))
	})
	// Output:
	// exit status: exit 3
	// data of the child: last words
	// error of the read: none
	// pass
}

// A call that may block is made in another goroutine, and its state observed.
func ExampleTrial_Go() {
	tryOut(func(t *Trial) {
		r, w := t.Pipe()
		read := t.Go(func() error { _, err := io.ReadFull(r, make([]byte, 1)); return err })
		t.Observe("state of the read while a writer is open", read.State()).To(Equal(Blocked))
		t.NoError(w.Close())
		t.ObserveError("error of the read after the last writer is closed", read.Err()).To(Equal("EOF"))
	})
	// Output:
	// state of the read while a writer is open: blocked
	// error of the read after the last writer is closed: EOF
	// pass
}

// A check that does not hold fails the trial; the body goes on.
func ExampleObservation_To() {
	tryOut(func(t *Trial) {
		t.Observe("exit status", t.Start(Exit(1)).Wait().String()).To(Equal("exit 2"))
		t.Observe("exit status of another child", t.Start(Exit(3)).Wait().String()).To(Equal("exit 3"))
	})
	// Output:
	// exit status: exit 1
	// exit status of another child: exit 3
	// fail
}
