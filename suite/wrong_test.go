package suite_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/platform/win32"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// wrong is a launcher that does one thing wrong on purpose.
type wrong struct {
	platform.Launcher                                         // what it is in all else; nil is the plainest one here
	does              string                                  // what it does wrong
	caught            []string                                // behaviours, each of which has to catch it
	launch            func(*platform.Launch)                  // changes what is asked for
	result            func(platform.Process) platform.Process // changes what comes back
	around            func(wrong, *platform.Launch, func() (platform.Process, error)) (platform.Process, error)
	clean             func(func()) // runs a function when the trial is over
}

func (w wrong) Start(l *platform.Launch) (platform.Process, error) {
	asked := *l // the caller's own launch stays as it is
	if w.launch != nil {
		w.launch(&asked)
	}
	start := func() (platform.Process, error) { return w.Launcher.Start(&asked) }
	var p platform.Process
	var err error
	if w.around != nil {
		p, err = w.around(w, &asked, start)
	} else {
		p, err = start()
	}
	if err != nil {
		return nil, err
	}
	w.clean(func() { // whatever the wrong ones do, nothing is left behind
		_ = p.Kill()
		_, _ = p.Wait(context.Background())
	})
	if w.result != nil {
		return w.result(p), nil
	}
	return p, nil
}

// waits is a process whose Wait is another one.
type waits struct {
	platform.Process
	wait func(context.Context) (platform.Status, error)
}

func (w waits) Wait(ctx context.Context) (platform.Status, error) { return w.wait(ctx) }

// killsLate is a process whose Kill comes to nothing for a while.
type killsLate struct{ platform.Process }

func (k killsLate) Kill() error {
	time.AfterFunc(500*time.Millisecond, func() { _ = k.Process.Kill() })
	return nil
}

// calling changes the call of CreateProcessW that a launch asks for.
func calling(change func(*win32.Start)) func(*platform.Launch) {
	return func(l *platform.Launch) {
		if l.Create != nil {
			call := *l.Create
			change(&call)
			l.Create = &call
		}
	}
}

var wrongLaunchers = []wrong{
	{
		does:   "loses the last argument",
		caught: []string{"inherit.snapshot.as-asked", "argument.vector.bytes-verbatim"},
		launch: func(l *platform.Launch) {
			if len(l.Args) > 1 && !strings.HasPrefix(l.Args[1], "spawnspec-child ") {
				l.Args = l.Args[:len(l.Args)-1]
			}
		},
	},
	{
		does:   "leaks a descriptor",
		caught: []string{"inherit.descriptor.go-exact"},
		launch: func(l *platform.Launch) { l.Give(len(l.Files), os.Stderr) },
	},
	{
		does:   "reports exit 0 always",
		caught: []string{"wait.status.low8", "wait.status.round-trip", "wait.select.by-id", "wait.zombie.persists"},
		result: func(p platform.Process) platform.Process {
			return waits{p, func(ctx context.Context) (platform.Status, error) {
				_, err := p.Wait(ctx)
				return platform.Status{Exited: true}, err
			}}
		},
	},
	{
		does:   "leaves the child in its own group and session",
		caught: []string{"signal.group.setpgid", "signal.group.setsid"},
		launch: func(l *platform.Launch) { l.NewGroup, l.NewSession = false, false },
	},
	{
		does:   "waits for the child before it returns",
		caught: []string{"wait.zombie.persists", "wait.option.nowait"},
		around: func(_ wrong, _ *platform.Launch, start func() (platform.Process, error)) (platform.Process, error) {
			p, err := start()
			if err != nil {
				return nil, err
			}
			status, err := p.Wait(context.Background())
			return waits{p, func(context.Context) (platform.Status, error) { return status, err }}, nil
		},
	},
	{
		does:   "ignores the working directory",
		caught: []string{"inherit.snapshot.as-asked"},
		launch: func(l *platform.Launch) { l.Dir = "" },
	},
	{
		does:   "does not reap",
		caught: []string{"wait.reap.leaves-nothing", "wait.reap.once"},
		result: func(p platform.Process) platform.Process {
			return waits{p, func(ctx context.Context) (platform.Status, error) {
				state, err := posix.Waitid(posix.P_PID, p.Pid(), posix.WEXITED|posix.WNOWAIT)
				return platform.Status{Exited: true, Code: state.Status}, err
			}}
		},
	},
	{
		does:   "hangs in its wait",
		caught: []string{"wait.status.low8"},
		result: func(p platform.Process) platform.Process {
			return waits{p, func(ctx context.Context) (platform.Status, error) {
				<-ctx.Done()
				return platform.Status{}, platform.ErrHang
			}}
		},
	},
	{
		does:   "hands over its own standard output",
		caught: []string{"inherit.snapshot.as-asked"},
		launch: func(l *platform.Launch) {
			if len(l.Files) > 1 {
				l.Give(1, os.Stdout)
			}
		},
	},
	{
		does:   "swaps standard output and standard error",
		caught: []string{"inherit.snapshot.as-asked"},
		launch: func(l *platform.Launch) {
			if len(l.Files) > 2 {
				l.Files = slices.Clone(l.Files)
				l.Files[1], l.Files[2] = l.Files[2], l.Files[1]
			}
		},
	},
	{
		does:   "truncates what the child reads",
		caught: []string{"boundary.write.larger-than-pipe"},
		around: func(wr wrong, l *platform.Launch, start func() (platform.Process, error)) (platform.Process, error) {
			const kept = 1000
			if len(l.Files) == 0 || l.Files[0] < 0 {
				return start()
			}
			r, w, err := os.Pipe()
			if err != nil {
				return nil, err
			}
			source, err := os.Open(fmt.Sprintf("/dev/fd/%d", l.Files[0].Fd()))
			if err != nil {
				return nil, errors.Join(err, r.Close(), w.Close())
			}
			l.Give(0, r)
			p, err := start()
			_ = r.Close()
			copied := make(chan struct{})
			wr.clean(func() { <-copied })
			go func() {
				defer close(copied)
				_, _ = io.CopyN(w, source, kept)
				_ = w.Close()
				_, _ = io.Copy(io.Discard, source)
				_ = source.Close()
			}()
			return p, err
		},
	},
	{
		does:   "drops the first environment variable",
		caught: []string{"inherit.snapshot.as-asked", "environment.value.bytes-verbatim"},
		launch: func(l *platform.Launch) {
			if len(l.Env) > 1 {
				l.Env = l.Env[1:]
			}
		},
	},
	{
		does:   "reports every error as EPERM",
		caught: []string{"exec.error.enoent", "directory.start.missing"},
		around: func(_ wrong, _ *platform.Launch, start func() (platform.Process, error)) (platform.Process, error) {
			p, err := start()
			if err != nil {
				err = syscall.EPERM
			}
			return p, err
		},
	},
	{
		does:   "adds a variable to the environment",
		caught: []string{"environment.value.bytes-verbatim", "environment.block.empty"},
		launch: func(l *platform.Launch) {
			if l.Env != nil {
				l.Env = append(slices.Clone(l.Env), "EXTRA=1")
			}
		},
	},
	{
		does:   "keeps a copy of the child's standard output",
		caught: []string{"wait.zombie.resources-released-first", "pipe.eof.last-writer"},
		around: func(wr wrong, l *platform.Launch, start func() (platform.Process, error)) (platform.Process, error) {
			if len(l.Files) > 1 && l.Files[1] >= 0 {
				out, err := os.OpenFile(fmt.Sprintf("/dev/fd/%d", l.Files[1].Fd()), os.O_WRONLY, 0)
				if err != nil {
					return nil, err
				}
				wr.clean(func() { _ = out.Close() })
			}
			return start()
		},
	},
	{
		does:   "takes the path for argument 0",
		caught: []string{"argument.vector.first-independent"},
		launch: func(l *platform.Launch) {
			l.Args = append([]string{l.Path}, l.Args[min(1, len(l.Args)):]...)
		},
	},
	{
		does:   "cuts strings at a NUL",
		caught: []string{"argument.vector.nul-rejected"},
		launch: func(l *platform.Launch) {
			cut := func(s *string) { *s, _, _ = strings.Cut(*s, "\x00") }
			l.Args, l.Env = slices.Clone(l.Args), slices.Clone(l.Env)
			cut(&l.Path)
			cut(&l.Dir)
			for i := range l.Args {
				cut(&l.Args[i])
			}
			for i := range l.Env {
				cut(&l.Env[i])
			}
		},
	},
	{
		does:   "cuts off a variable of more than 10000 bytes",
		caught: []string{"environment.block.large"},
		launch: func(l *platform.Launch) {
			l.Env = slices.Clone(l.Env)
			for i, v := range l.Env {
				l.Env[i] = v[:min(len(v), 10000)]
			}
		},
	},
	{
		does:   "starts every child in a group of its own",
		caught: []string{"inherit.attribute.session-and-group"},
		launch: func(l *platform.Launch) { l.NewGroup = true },
	},
	{
		does:   "opens files anew in place of passing descriptors on",
		caught: []string{"inherit.descriptor.same-description"},
		around: func(wr wrong, l *platform.Launch, start func() (platform.Process, error)) (platform.Process, error) {
			if len(l.Files) > 3 && l.Files[3] >= 0 {
				f, err := os.OpenFile(fmt.Sprintf("/dev/fd/%d", l.Files[3].Fd()), os.O_RDWR, 0)
				if err != nil {
					return nil, err
				}
				wr.clean(func() { _ = f.Close() })
				l.Give(3, f)
			}
			return start()
		},
	},
	{
		does:   "puts the null device into the place of descriptors that a child inherits",
		caught: []string{"inherit.descriptor.survive-and-cloexec"},
		around: func(wr wrong, l *platform.Launch, start func() (platform.Process, error)) (platform.Process, error) {
			null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
			if err != nil {
				return nil, err
			}
			wr.clean(func() { _ = null.Close() })
			for _, fd := range posix.Inheritable() {
				l.Give(fd, null)
			}
			return start()
		},
	},
	{
		does:   "kills late",
		caught: []string{"process.terminate.at-once"},
		result: func(p platform.Process) platform.Process { return killsLate{p} },
	},
	{
		Launcher: platform.CreateProcess,
		does:     "passes no handle list",
		caught:   []string{"handle.list.only"},
		launch:   calling(func(call *win32.Start) { call.List = nil }),
	},
	{
		Launcher: platform.CreateProcess,
		does:     "lets the child inherit nothing",
		caught:   []string{"handle.inherit.two-gates", "handle.inherit.same-value", "handle.list.needs-extended-flag"},
		launch:   calling(func(call *win32.Start) { call.Inherit, call.List = false, nil }),
	},
	{
		Launcher: platform.CreateProcess,
		does:     "ignores the given parent",
		caught:   []string{"handle.inherit.given-parent", "process.parent.given-id"},
		launch:   calling(func(call *win32.Start) { call.Parent, call.List = 0, nil }),
	},
	{
		Launcher: platform.CreateProcess,
		does:     "puts the child into no job",
		caught:   []string{"job.member.list-attribute"},
		launch:   calling(func(call *win32.Start) { call.Jobs = nil }),
	},
	{
		Launcher: platform.CreateProcess,
		does:     "ignores creation flags",
		caught:   []string{"process.flag.suspended"},
		launch:   func(l *platform.Launch) { l.Flags = 0 },
	},
	{
		does:   "cuts exit codes to 8 bits",
		caught: []string{"wait.status.32-bits"},
		result: func(p platform.Process) platform.Process {
			return waits{p, func(ctx context.Context) (platform.Status, error) {
				status, err := p.Wait(ctx)
				status.Raw, status.Code = status.Raw&0xff, status.Code&0xff
				return status, err
			}}
		},
	},
}

// failed reports whether a check did not hold. What a wrong launcher leaves open
// on top of that may make the trial broken.
func failed(t record.Trial) bool {
	return t.Status == record.Fail || slices.ContainsFunc(t.Observations,
		func(o record.Observation) bool { return o.Held != nil && !*o.Held })
}

// Each launcher that is wrong on purpose fails the behaviours that are there to
// catch it, and passes them when it is right.
var _ = Describe("Launchers that are wrong on purpose", func() {
	declared := map[string]*spec.Declaration{}
	for _, d := range spec.All() {
		declared[d.ID] = d
	}
	plainest := platform.ForkExec // syscall.ForkExec adds the least of its own
	if platform.Usable(plainest) != nil {
		plainest = platform.OSExec
	}
	for _, w := range wrongLaunchers {
		if w.Launcher == nil {
			w.Launcher = plainest
		}
		right := w.Launcher
		for _, id := range w.caught {
			It("are caught: one that "+w.does+" by "+id, func() {
				Expect(declared[id]).NotTo(BeNil(), "no behaviour is called %s", id)
				if status, reasons := selection.Runtimes.SkipReason(declared[id], right.Name()); status != "" {
					Skip(strings.Join(reasons, "; "))
				}
				run, err := begin()
				Expect(err).NotTo(HaveOccurred())
				var cleanups []func()
				w.clean = func(f func()) { cleanups = append(cleanups, f) }
				trial := run.TryOn(declared[id], w, time.Second)
				for _, f := range slices.Backward(cleanups) {
					f()
				}
				Expect(failed(trial)).To(BeTrue(), "%s: %v", trial.Status, trial.Reasons)
				Expect(run.TryOn(declared[id], right, run.Deadline).Status).To(BeElementOf(record.Pass, record.Diverges))
			})
		}
	}
})
