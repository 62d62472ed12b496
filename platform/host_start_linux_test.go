package platform_test

import (
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// What this process was started with is a fact, as far as Go lets it be seen; what
// Go hides is unknown and never none.
func TestStartIsAFact(t *testing.T) {
	runtime.LockOSThread() // the mask is that of the thread that starts the child
	defer runtime.UnlockOSThread()
	var block, before unix.Sigset_t
	block.Val[0] = 1<<(unix.SIGUSR1-1) | 1<<(unix.SIGPIPE-1) | 1<<(unix.SIGCHLD-1)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &block, &before); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil) }()
	signal.Ignore(syscall.SIGHUP)
	defer signal.Reset(syscall.SIGHUP)
	leaked, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer leaked.Close()
	defer w.Close()

	c := exec.Command("/proc/self/exe", "-test.run=^TestHostFactsAreWhole$", "-test.v")
	c.ExtraFiles = []*os.File{nil, nil, leaked} // descriptor 5
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for fact, want := range map[string]string{
		"signals.blocked":       `^SIGUSR1, SIGPIPE; unknown of .*SIGCHLD`,
		"signals.ignored":       `^SIGHUP of SIGHUP and SIGINT; unknown of the others`,
		"descriptors.inherited": `\b5 pipe\b`,
	} {
		_, after, _ := strings.Cut(string(out), fact+" ")
		line, _, _ := strings.Cut(after, "\n")
		if value := strings.TrimSpace(line); !regexp.MustCompile(want).MatchString(value) {
			t.Errorf("%s is %q", fact, value)
		}
	}
}
