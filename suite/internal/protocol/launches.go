package protocol

import (
	"fmt"
	"os"
	"slices"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// A launch is a check of scenario launch.
type launch struct {
	what string
	try  func(*Trial)
}

// launches are about a part of a launch, or a key of the answer, each. One that a way
// cannot be asked for is not applicable.
var launches = []launch{
	{"exit status", func(t *Trial) {
		for _, code := range []int{0, 1, 7, 255} {
			t.Observe(fmt.Sprint("status of a program that exits with ", code), t.Start(Exit(code)).Wait().String()).
				To(Equal(fmt.Sprint("exit ", code)))
		}
	}},
	{"end by a signal", func(t *Trial) {
		c := t.Start(Inspect())
		own := c.Snapshot().PID
		_, _ = Call(c, agent.Kill, agent.Signal{PID: own, Signal: posix.SIGTERM})
		// Some runtimes tell a signal as shells do.
		t.Observe("status of a program that SIGTERM ends", c.Wait().String()).To(BeElementOf("SIGTERM", "exit 143"))
	}},
	{"end not told early", func(t *Trial) {
		c := t.Start(Agent())
		Ask(c, agent.Getppid) // it runs
		var end WaitResult
		wait := t.Go(func() error { end = c.Wait(); return nil })
		t.Observe("wait for a program that runs", wait.State()).To(Equal(Blocked))
		c.Exit(7)
		t.Observe("whether its end is told", wait.Returned()).To(BeTrue())
		t.Observe("its status", end.String()).To(Equal("exit 7"))
	}},
	{"end not told late", func(t *Trial) {
		if t.Has(runtimes.LateEnd) || t.Has(runtimes.Captures) {
			t.NotApplicable("it says itself that it waits for what the program has started")
		}
		c := t.Start(Agent())
		child := c.Start(Agent(), Orphan(), Via(spec.OSExec), InheritStdio())
		Ask(child, agent.Getppid)
		c.Exit(7)
		t.Observe("status of a program whose child still runs", c.Wait().String()).To(Equal("exit 7"))
		child.Exit(0)
		child.Gone()
	}},
	{"image and arguments", func(t *Trial) {
		arguments := []string{t.Self(), "first", "", "two words", `a\b "c" 'd'`, "$HOME *", "last"}
		r := t.Start(Inspect(), Args(arguments...)).Snapshot()
		t.Observe("arguments after argument 0", Strings(r.Args[min(1, len(r.Args)):])).To(Equal(arguments[1:]))
		t.Observe("whether it is the image that was asked for", SameFile(string(r.Executable), t.Self())).To(BeTrue())
	}},
	{"argument-0", func(t *Trial) {
		r := t.Start(Inspect(), Args("another name", "first")).Snapshot()
		t.Observe("arguments", Strings(r.Args)).To(Equal([]string{"another name", "first"}))
		t.Observe("whether it is the image that was asked for", SameFile(string(r.Executable), t.Self())).To(BeTrue())
	}},
	{"environment", func(t *Trial) {
		// With LC_ALL, CPython makes no locale of its own out of that of C (PEP 538).
		asked := []string{"SPAWNSPEC_ONE=1", "SPAWNSPEC_WORDS=two words=more", "LC_ALL=C", "PATH=" + os.Getenv("PATH"),
			"TMPDIR=" + os.TempDir()}
		if root, ok := os.LookupEnv("SystemRoot"); ok {
			asked = append(asked, "SystemRoot="+root)
		}
		r := t.Start(Inspect(), Env(asked...)).Snapshot()
		compareEnvironment(t, r, asked)
	}},
	{"what was not asked for", func(t *Trial) {
		r, own := t.Start(Inspect()).Snapshot(), platform.TakeSnapshot()
		compareEnvironment(t, r, os.Environ())
		t.Observe("whether it is in the driver's directory", SameFile(string(r.Dir), string(own.Dir))).To(BeTrue())
		t.Observe("file mode creation mask", fmt.Sprintf("%04o", r.Umask)).To(Equal(fmt.Sprintf("%04o", own.Umask)))
	}},
	{"directory", func(t *Trial) {
		dir := t.Dir()
		r := t.Start(Inspect(), In(dir)).Snapshot()
		t.Observe("whether it is in the directory asked for", SameFile(string(r.Dir), dir)).To(BeTrue())
	}},
	{"streams", func(t *Trial) {
		files := t.OpenFiles("in", "out", "err")
		c := t.Start(Inspect(), Files(files...))
		r := c.Snapshot()
		compareStreams(t, c, files)
		// The driver's descriptors of the streams are closed in the program.
		t.Observe("further descriptors of the streams", copies(r.Files)).To(BeEmpty())
	}},
	{"own copies of streams", func(t *Trial) {
		if !t.Has(runtimes.Streams) || !t.Has(runtimes.ProcessID) {
			t.NotApplicable("it cannot be asked for streams, or its call returns at the end of the program")
		}
		r, w := t.Pipe()
		c := t.Start(Agent(), Stdout(w))
		t.NoError(w.Close())
		MustCall(c, agent.Close, 1)
		_, err := t.ReadAll(r)
		t.ObserveError("end of a stream that the program has closed", err).To(Equal("none"))
	}},
	{"descriptors", func(t *Trial) {
		files := t.OpenFiles("in", "out", "err", "three", "five")
		c := t.Start(Inspect(), Files(files[0], files[1], files[2], files[3], nil, files[4]))
		for fd, want := range map[platform.FD]string{3: "three", 5: "five"} {
			got, err := Call(c, agent.Read, agent.ReadArgs{FD: fd, Max: 16})
			t.ObserveError(fmt.Sprint("error of a read from descriptor ", fd), err).To(Equal("none"))
			t.Observe(fmt.Sprint("data read from descriptor ", fd), string(got)).To(Equal(want))
		}
		compareStreams(t, c, files)
	}},
	{"group", func(t *Trial) {
		r := t.Start(Inspect(), NewGroup()).Snapshot()
		t.Observe("whether it leads a process group", r.Group == r.PID).To(BeTrue())
	}},
	{"session", func(t *Trial) {
		r := t.Start(Inspect(), NewSession()).Snapshot()
		t.Observe("whether it leads a session", r.Session == r.PID).To(BeTrue())
	}},
	{"process-id", func(t *Trial) {
		c := t.Start(Inspect())
		told, own := c.Pid(), c.Snapshot().PID
		if t.Has(runtimes.Shell) {
			t.NotApplicable("the process id may be that of the shell in between")
		}
		if !t.Observe("whether the process id is the program's", own == told).To(BeTrue()) {
			t.Fail("no signal is sent to another process than the program")
		}
		t.NoError(c.Kill())
		t.Observe("status after a kill", c.Wait().String()).To(BeElementOf("SIGKILL", "exit 137"))
	}},
	{"errors", func(t *Trial) {
		missing := t.Dir() + "/missing"
		t.ObserveError("error of a start of no file", t.StartError(missing)).To(Equal("ENOENT"))
		t.ObserveError("error of a start of a directory", t.StartError(t.Dir())).To(Equal("EACCES"))
	}},
	{"again", func(t *Trial) {
		p := t.Parent()
		for _, code := range []int{3, 4} {
			t.Observe(fmt.Sprint("status of one of several programs, which exits with ", code), p.Start(Exit(code)).Wait().String()).
				To(Equal(fmt.Sprint("exit ", code)))
		}
	}},
	{"beside", func(t *Trial) {
		if !t.Has(runtimes.Beside) {
			t.NotApplicable("it cannot be asked for one program beside the other")
		}
		p := t.Parent()
		first, second := p.StartBeside(With(Agent()), With(Agent()))
		Ask(first, agent.Getppid)
		Ask(second, agent.Getppid) // both run
		second.Exit(4)
		t.Observe("status of the second", second.Wait().String()).To(Equal("exit 4"))
		first.Exit(3)
		t.Observe("status of the first", first.Wait().String()).To(Equal("exit 3"))
	}},
	{"capture", func(t *Trial) {
		const size = 1000
		c := t.Start(Agent(), Capture(0))
		for fd := 1; fd <= 2; fd++ {
			data := platform.Text(slices.Repeat([]byte{byte(fd)}, size))
			MustCall(c, agent.Write, agent.WriteArgs{FD: platform.FD(fd), Data: data})
		}
		c.Exit(7)
		t.Observe("status of a program whose output is read", c.Wait().String()).To(Equal("exit 7"))
		got, sum := c.Captured(), 0
		for i, stream := range []*int{got.Output, got.Errors} {
			if stream != nil {
				t.Observe([]string{"bytes of standard output", "bytes of standard error"}[i], *stream).To(Equal(size))
				sum += (i + 1) * size
			}
		}
		t.Observe("whether the bytes are told", sum > 0 && got.Sum != nil).To(BeTrue())
		if got.Sum != nil {
			t.Observe("sum of the bytes", *got.Sum).To(Equal(sum))
		}
	}},
	{"a start that fails", func(t *Trial) {
		// Whether by the call or by the end: it is no success.
		c, err := t.TryStart(Executable(t.Dir() + "/missing"))
		end := ""
		if err == nil {
			end = c.Wait().String()
		}
		t.Observe("whether a start of no file is told as a success", err == nil && end == "exit 0").To(BeFalse())
	}},
}

// text is a check of scenario output. How much of it arrives is a matter of behaviours.
var text = launch{"text", func(t *Trial) {
	r, w := t.Pipe()
	c := t.Start(Itself(), Stdout(w))
	t.NoError(w.Close())
	read, err := t.ReadAll(r)
	t.NoError(err)
	t.Observe("status of a program that writes and exits", c.Wait().String()).To(Equal("exit 0"))
	begins, _ := runtimes.Written(string(read))
	t.Observe("whether its output begins as it should", len(read) > 0 && begins).To(BeTrue())
}}

// compareEnvironment finds what was lost of an environment, and what was added.
func compareEnvironment(t *Trial, r platform.Snapshot, asked []string) {
	r.Env = slices.DeleteFunc(r.Env, func(v platform.Text) bool {
		return len(v) > len(agent.Variable) && v[:len(agent.Variable)] == agent.Variable
	})
	t.Observe("variables that were lost", t.WithoutShells(Without(Texts(asked), r.Env))).To(BeEmpty())
	t.Observe("variables that were added", t.WithoutShells(Without(r.Env, Texts(asked)))).To(BeEmpty())
}

// compareStreams reads from and writes to the standard streams of a program, which are
// these files.
func compareStreams(t *Trial, c *Process, files []*os.File) {
	got, err := Call(c, agent.Read, agent.ReadArgs{FD: 0, Max: 16})
	t.ObserveError("error of a read from standard input", err).To(Equal("none"))
	t.Observe("data read from standard input", string(got)).To(Equal("in"))
	for i, name := range []string{"output", "error"} {
		_, err := Call(c, agent.Write, agent.WriteArgs{FD: platform.FD(i + 1), Data: platform.Text(name)})
		t.ObserveError("error of a write to standard "+name, err).To(Equal("none"))
		content, err := os.ReadFile(files[i+1].Name())
		t.NoError(err)
		t.Observe("what comes by standard "+name, string(content)).To(Equal(name))
	}
}

// copies are the descriptors above 2 of what one of the standard streams is, in this
// program and in what it starts.
func copies(files []platform.File) (numbers []platform.FD) {
	for _, f := range files {
		stream := func(other platform.File) bool { return other.FD <= 2 && other.Object == f.Object }
		if f.FD > 2 && slices.ContainsFunc(files, stream) {
			numbers = append(numbers, f.FD)
		}
	}
	return numbers
}
