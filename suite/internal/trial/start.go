package trial

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/win32"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// Program is what a child does.
type Program struct {
	role   agent.Role
	script *linux.Script
	plain  bool // an image, which is no copy of this binary
	image  string
}

// Agent makes the calls that it is asked to make.
func Agent() Program { return Program{role: agent.Agent()} }

// Inspect is an Agent that has first taken a snapshot of how it was started.
func Inspect() Program { return Program{role: agent.Inspect()} }

// Exit exits at once, with a value.
func Exit(code int) Program { return Program{role: agent.Exit(code)} }

// Script makes system calls and nothing else: after a fork without exec on that
// launcher, as an image without a runtime on others. It needs the feature
// script-image, or the launcher unix/fork.
func Script(s *linux.Script) Program { return Program{script: s} }

// Executable is an image that is not this binary, or none at all.
func Executable(path string) Program { return Program{plain: true, image: path} }

// Itself is a program of the runtime whose way to exit the launcher is: it writes a text to
// its standard output, and exits in that way.
func Itself() Program { return Program{plain: true} }

// start is a start that is asked for.
type start struct {
	platform.Launch
	launcher string // the name of another launcher than the trial's
	capture  *int   // the bytes of input where the launcher captures the output
}

// Option changes how a process is started. Without one its standard streams are
// the null device, and everything else is the starter's own.
type Option func(*start)

// In starts the process in a working directory.
func In(dir string) Option { return func(s *start) { s.Dir = dir } }

// Stdin gives the process its standard input: an *os.File of this process for a
// child, a platform.FD of its parent for a grandchild.
func Stdin(d platform.Descriptor) Option { return func(s *start) { s.Give(0, d) } }

// Stdout gives the process its standard output, see Stdin.
func Stdout(d platform.Descriptor) Option { return func(s *start) { s.Give(1, d) } }

// Stderr gives the process its standard error, see Stdin.
func Stderr(d platform.Descriptor) Option { return func(s *start) { s.Give(2, d) } }

// Descriptor gives the process a further descriptor. Those between 3 and it for
// which there is no such option are closed.
func Descriptor(number int, d platform.Descriptor) Option {
	return func(s *start) { s.Give(number, d) }
}

// Held are descriptors that the starter has open, where it is a process of its own, and
// that it is not asked to hand on.
func Held(d platform.Descriptor, numbers ...int) Option {
	return func(s *start) {
		s.Held = map[int]platform.FD{}
		for _, n := range numbers {
			s.Held[n] = platform.FD(int(d.Fd()))
		}
	}
}

// Files gives the process its descriptors 0, 1, 2 and so on; nil leaves one closed.
func Files(files ...*os.File) Option {
	return func(s *start) {
		for i, f := range files {
			if f == nil {
				s.Give(i, platform.Closed)
			} else {
				s.Give(i, f)
			}
		}
	}
}

// FDs is Files for a grandchild, by the descriptors of its parent.
func FDs(fds ...platform.FD) Option {
	return func(s *start) {
		for i, fd := range fds {
			s.Give(i, fd)
		}
	}
}

// InheritStdio gives a grandchild the standard streams of its parent.
func InheritStdio() Option { return FDs(0, 1, 2) }

// NoStdio asks for no standard streams: they are what the launcher makes of that.
func NoStdio() Option { return func(s *start) { s.Files = []platform.FD{} } }

// Env is the process's whole environment.
func Env(env ...string) Option {
	return func(s *start) { s.Env = append([]string{}, env...) }
}

// Args is the process's whole argument vector; its role then comes in the environment.
func Args(args ...string) Option {
	return func(s *start) { s.Args = append([]string{}, args...) }
}

// Image is the executable to start, a copy of this binary or what leads to it;
// its argument vector is just its path unless Args gives another.
func Image(path string) Option { return func(s *start) { s.Path = path } }

// NewGroup starts the process as the leader of a process group of its own.
func NewGroup() Option { return func(s *start) { s.NewGroup = true } }

// NewSession starts the process as the leader of a session. Unix.
func NewSession() Option { return func(s *start) { s.NewSession = true } }

// Orphan lets the process outlive the one that started it.
func Orphan() Option { return func(s *start) { s.Orphan = true } }

// PIDNamespace makes what starts the process, the driver of a runtime or a command in
// front, process 1 of a PID namespace of its own. Linux.
func PIDNamespace() Option { return func(s *start) { s.PIDNamespace = true } }

// CommandLine is the process's whole command line, taken as it is. Windows.
func CommandLine(line string) Option { return func(s *start) { s.CommandLine = line } }

// Flags are further process creation flags. Windows.
func Flags(flags uint32) Option { return func(s *start) { s.Flags |= flags } }

// Handles are further handles that the process inherits. Windows.
func Handles(handles ...win32.Handle) Option {
	return func(s *start) { s.Handles = append(s.Handles, handles...) }
}

// Calling is the call of CreateProcessW to make, see platform.Launch.
func Calling(call win32.Start) Option { return func(s *start) { s.Create = &call } }

// Capture lets a way of a runtime give the process pipes of its own: so many bytes of
// input, and what comes out is Captured.
func Capture(input int) Option { return func(s *start) { s.capture = &input } }

// Via starts the process with another launcher than the trial's.
func Via(launcher string) Option { return func(s *start) { s.launcher = launcher } }

// Start starts a child. That a plain start fails is the subject's failure and
// ends the trial.
func (t *Trial) Start(p Program, options ...Option) *Process {
	c, err := t.TryStart(p, options...)
	if err != nil {
		t.Fail("%s could not start a child: %v", t.launcher.Name(), err)
	}
	return c
}

// StartError starts a file that should not start, and returns the launcher's
// error. Should it start all the same, it is waited for.
func (t *Trial) StartError(path string) error { return t.FailedStart(Executable(path)) }

// FailedStart is StartError for any start. A runtime that says nothing before the
// program has ended tells the error only then; the sentence is not about one that
// leaves it to an exit status.
func (t *Trial) FailedStart(p Program, options ...Option) error {
	t.canTell(runtimes.Errors)
	c, err := t.TryStart(p, options...)
	if err != nil {
		return err
	}
	var late *runtimes.StartError
	if end := c.Wait(); errors.As(end.Err, &late) {
		return late
	}
	return nil
}

// canTell ends the trial as not applicable when the launcher is a runtime's that does
// not tell what a trial has to know.
func (t *Trial) canTell(p runtimes.Part) {
	if !t.Has(p) {
		t.NotApplicable(t.launcher.(*runtimes.Launcher).WithoutPart(p))
	}
}

// Has reports whether the launcher has a part of a launch. Those of the system have all.
func (t *Trial) Has(p runtimes.Part) bool {
	l, ok := t.launcher.(*runtimes.Launcher)
	return !ok || l.Has(p)
}

// TryStart is Start for a start that may fail; the error is the launcher's own.
func (t *Trial) TryStart(p Program, options ...Option) (*Process, error) {
	t.inTime()
	c := &Process{trial: t, depth: 1}
	s := t.newStart(c, p, options)
	t.askable(s)
	launcher := t.launcher
	if l, ok := launcher.(*runtimes.Launcher); ok {
		l.Patience, l.Capturing = t.left(), s.capture
		c.behind = l.InFront && s.launcher == ""
	}
	if s.launcher != "" {
		launcher, _ = platform.LauncherNamed(s.launcher)
	}
	process, err := launcher.Start(&s.Launch)
	if err != nil {
		c.forget()
		t.noteExhausted(err)
		t.refuse(err)
		return nil, err
	}
	c.process, c.pid, c.inNamespace = process, process.Pid(), s.PIDNamespace
	t.children = append(t.children, c)
	if c.pid > 0 {
		t.holds.started(c.pid, c.process)
	}
	return c, nil
}

// inTime ends the trial when its deadline has passed: a start is not begun then.
func (t *Trial) inTime() {
	if t.ctx.Err() != nil {
		t.hung = true
		panic(stop{})
	}
}

// left is the time until the deadline, and never 0, which is for ever to a launcher.
func (t *Trial) left() time.Duration { return max(time.Until(t.deadline()), time.Millisecond) }

// askable ends the trial as not applicable when the launcher is a runtime's that
// cannot be asked for this start.
func (t *Trial) askable(s *start) {
	if l, ok := t.launcher.(*runtimes.Launcher); ok && s.launcher == "" {
		if !l.InFront { // a driver's own streams are the null device
			t.need("null-device")
		}
		why := l.Lacks(&s.Launch)
		switch {
		case s.capture != nil && !l.Has(runtimes.Capture):
			t.NotApplicable(l.WithoutPart(runtimes.Capture))
		case why != "":
			t.NotApplicable(why)
		}
	}
}

// RuntimeMayFail says that the circumstances of what follows keep these runtimes from
// running at all, which is then no fault of their drivers. What follows a blank in a name is
// how the version of the runtime begins: "shell mksh".
func (t *Trial) RuntimeMayFail(names ...string) {
	of, _, _ := strings.Cut(t.Launcher(), "/")
	version := ""
	if l, ok := t.launcher.(*runtimes.Launcher); ok {
		version = l.Version
	}
	t.strained = slices.ContainsFunc(names, func(name string) bool {
		name, begin, _ := strings.Cut(name, " ")
		return name == of && strings.HasPrefix(version, begin)
	})
}

const strainedWhy = "the runtime itself does not run under this circumstance"

// refuse ends the trial when the error of a start or of a wait is none of the launcher
// under test: when the driver of a runtime has no counterpart for it, or broke; and when
// a start fails of a way that cannot even start this binary plainly here.
func (t *Trial) refuse(err error) {
	var elsewhere runtimes.NotApplicable
	var broken runtimes.BrokenDriver
	switch {
	case errors.As(err, &elsewhere):
		t.NotApplicable(elsewhere.Error())
	case errors.As(err, &broken) && t.strained:
		t.NotApplicable(strainedWhy)
	case errors.As(err, &broken):
		panic(harnessError{broken.Error()})
	case err != nil && !errors.Is(err, platform.ErrHang):
		if way, ok := t.launcher.(*runtimes.Launcher); ok && !way.InFront {
			if why := t.harness.refusal(way, t.left()); why != "" {
				t.Unmet("%s", why)
			}
		}
	}
}

// Start starts a grandchild through this child. That a plain start fails is the
// subject's failure and ends the trial.
func (c *Process) Start(p Program, options ...Option) *Process {
	g, err := c.TryStart(p, options...)
	if err != nil {
		c.trial.Fail("%s could not start a grandchild: %v", c.trial.launcher.Name(), err)
	}
	return g
}

// TryStart is Start for a start that may fail; the error is the launcher's own.
func (c *Process) TryStart(p Program, options ...Option) (*Process, error) {
	t := c.trial
	t.inTime()
	g := &Process{trial: t, parent: c, depth: c.depth + 1, inNamespace: c.inNamespace}
	s := t.newStart(g, p, options)
	t.askable(s)
	if _, driven := c.process.(runtimes.Driven); driven && s.Orphan && t.Has(runtimes.LateEnd) {
		t.NotApplicable(t.Launcher() + " tells the end of a program only after that of all that it has started")
	}
	args := agent.StartArgs{Launcher: s.launcher, Launch: s.Launch}
	if args.Launcher == "" {
		args.Launcher = t.launcher.Name()
		if l, ok := t.launcher.(*runtimes.Launcher); ok {
			own := *l
			own.Token, own.Patience = rand.Text(), t.left()
			g.behind = l.InFront
			args.Runtime = &own
		}
	}
	if args.Launcher == spec.System {
		args.Launcher = spec.OSExec
	}
	pid, err := Call(c, agent.Start, args)
	if err != nil {
		g.forget()
		t.noteExhausted(err)
		t.refuse(err)
		return nil, err
	}
	if args.Runtime != nil {
		t.hold(args.Runtime.Answers())
	}
	g.pid = pid
	t.children = append(t.children, g)
	return g, nil
}

// hold keeps a mailbox of a child's open: a driver that outlives the child would wait
// for a reader for ever, and hold on to the streams of what it has started.
func (t *Trial) hold(mailbox string) {
	if runtime.GOOS == "windows" {
		return // a pipe that is gone there is an error of its writers
	}
	if f, err := os.OpenFile(mailbox, os.O_RDWR, 0); err == nil {
		t.Defer(func() { _, _ = os.Remove(mailbox), f.Close() })
	}
}

// newStart puts together what is asked of the start of c.
func (t *Trial) newStart(c *Process, p Program, options []Option) *start {
	s := &start{}
	for _, o := range options {
		o(s)
	}
	forks := t.launcher.Name() == spec.Fork && c.parent == nil
	switch {
	case forks:
		// What follows a fork without exec can be no more than system calls.
		s.Script = p.script
		if code, ok := p.role.Code(); ok {
			s.Script = new(linux.Script).Exit(code)
		}
		if s.Script == nil {
			panic(harnessError{"only a script or an exit can follow a fork without exec"})
		}
		t.Defer(func() { _ = s.Script.Release() })
		return s
	case p.script != nil:
		s.Path = t.ScriptImage(p.script)
	case p.plain:
		s.Path = cmp.Or(s.Path, p.image)
	case s.onlyExits(p) && t.harness.small():
		// Nothing of a Go program is needed to exit: an image that makes one system
		// call costs a sixth of it.
		code, _ := p.role.Code()
		s.Path = t.ScriptImage(new(linux.Script).Exit(code))
	default:
		c.play(s, p.role)
	}
	if s.Args == nil && s.CommandLine == "" {
		s.Args = []string{s.Path}
	}
	if s.Create == nil && (s.Files == nil || len(s.Files) > 0 && len(s.Files) < 3) {
		for i := len(s.Files); i < 3; i++ {
			s.Give(i, platform.Null)
		}
	}
	// A Go program that finds a standard stream closed opens the null device for it.
	for i := range 3 {
		if len(s.Files) <= i || s.Files[i] == platform.Null || s.Files[i] == platform.Closed && !p.plain && p.script == nil {
			t.need("null-device")
		}
	}
	return s
}

// onlyExits reports whether a start asks for nothing but a child that exits, so
// that it does not matter which image that is.
func (s *start) onlyExits(p Program) bool {
	_, exits := p.role.Code()
	return exits && s.Path == "" && s.Args == nil && s.Env == nil && s.CommandLine == "" && s.Create == nil
}

// play makes this binary play a role: a ticket says so, as the first argument or,
// when the arguments are the caller's, in the environment.
func (c *Process) play(s *start, role agent.Role) {
	h := c.trial.harness
	if role.Reports {
		c.expect()
	}
	ticket := role.Ticket(c.depth, c.token, h.listener.Address())
	if s.Path == "" {
		s.Path = h.self
	}
	if s.Args == nil && s.CommandLine == "" {
		s.Args = []string{s.Path, ticket}
		return
	}
	s.AddEnv = append(s.AddEnv, agent.Variable+"="+ticket)
}

// Exec makes an agent execute this binary in its own process, which plays the
// new role under the same id from then on. An error is that of the exec, and
// the agent goes on as it was.
func (c *Process) Exec(p Program) error {
	if !p.role.Reports {
		panic(harnessError{"this role does not report, so it cannot be seen that the exec worked"})
	}
	if !c.arrived() {
		return goneError{child: c}
	}
	old, token, coming := c.channel, c.token, c.coming
	var s start
	c.play(&s, p.role)
	if _, err := Call(c, agent.Exec, s.Launch); !errors.As(err, new(goneError)) {
		c.forget()
		c.token, c.coming = token, coming
		return err
	}
	_ = old.file.Close()
	c.channel = nil
	return nil
}

// forget is for a process that was not started after all.
func (c *Process) forget() {
	if c.coming != nil {
		c.trial.harness.forget(c.token, c.coming)
	}
}

// ScriptImage writes a script as an executable and returns its path.
func (t *Trial) ScriptImage(s *linux.Script) string {
	t.need("temp-exec")
	path, err := t.harness.image(s)
	if err != nil {
		t.written(fmt.Errorf("a script could not be written as an executable: %w", err))
	}
	return path
}
