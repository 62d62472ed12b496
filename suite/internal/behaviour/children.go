package behaviour

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/child"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
)

// Child is a process that a trial has started, or that such a process has.
type Child struct {
	trial   *Trial
	process platform.Process // nil for a grandchild, which its own parent waits for
	parent  *Child           // nil for a child of this process
	pid     int
	depth   int
	token   string
	coming  chan arrival
	channel *arrival
	waited  bool
	hung    bool // the launcher's wait did not end
}

// Pid is the process id. It is not stable: observe relations, never ids.
func (c *Child) Pid() int { return c.pid }

func (c *Child) expect() {
	c.token = c.trial.run.token()
	c.coming = c.trial.run.expect(c.token)
}

// ticket fills in what makes this binary play the role: as the first argument,
// or in the environment when the arguments are the caller's.
func (c *Child) ticket(l *platform.Launch, role child.Role) {
	r := c.trial.run
	if role.Reports {
		c.expect()
	}
	if l.Path == "" {
		l.Path = r.self
	}
	ticket := role.Ticket(c.depth, c.token, r.listener.Address())
	if l.Args == nil && l.CommandLine == "" {
		l.Args = []string{l.Path, ticket}
		return
	}
	if l.Env == nil {
		l.Env = os.Environ()
	}
	l.Env = append(l.Env, child.Variable+"="+ticket)
}

func (c *Child) start(with platform.Launcher, l *platform.Launch) error {
	p, err := with.Start(l)
	if err != nil {
		if c.coming != nil {
			c.trial.run.forget(c.token, c.coming)
		}
		return err
	}
	c.process, c.pid = p, p.Pid()
	c.trial.children = append(c.trial.children, c)
	c.trial.holds.started(c.pid)
	return nil
}

// arrived waits until the child has reported.
func (c *Child) arrived() bool {
	if c.channel != nil {
		return true
	}
	if c.coming == nil {
		panic(broken{"this child plays a role that does not report"})
	}
	gone := make(chan struct{})
	late := time.AfterFunc(c.trial.run.scale(300*time.Millisecond), func() {
		// It may have died on the way; the zombie is left to be waited for.
		if c.parent == nil && posix.WaitExited(c.pid) == nil {
			close(gone)
		}
	})
	defer late.Stop()
	select {
	case a := <-c.coming:
		c.channel = &a
		c.trial.holds.opened(a.file)
		return true
	case <-gone:
		return false
	case <-c.trial.ctx.Done():
		c.trial.hung = true
		return false
	}
}

// Do makes an obeying child do something and returns what came of it. An error
// of the child's keeps its number.
func Do[A, R any](c *Child, command child.Command[A, R], argument A) (R, error) {
	if err := Tell(c, command, argument); err != nil {
		var none R
		return none, err
	}
	return Answer(c, command)
}

// Answer waits for the answer to the oldest command that Tell has sent and that
// has not been answered yet.
func Answer[A, R any](c *Child, command child.Command[A, R]) (R, error) {
	var result R
	_ = c.channel.file.SetReadDeadline(c.trial.deadline())
	line, err := c.channel.lines.ReadBytes('\n')
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.trial.hung = true
			return result, platform.ErrHang
		}
		return result, errGone
	}
	var reply child.Reply
	if err := json.Unmarshal(line, &reply); err != nil {
		panic(broken{fmt.Sprintf("%s answered %q: %v", command.Name, line, err)})
	}
	if reply.Error != nil {
		return result, reply.Error
	}
	if err := json.Unmarshal(reply.Result, &result); err != nil {
		panic(broken{fmt.Sprintf("%s answered %q: %v", command.Name, line, err)})
	}
	return result, nil
}

// MustDo is Do for what has to work for the trial to go on.
func MustDo[A, R any](c *Child, command child.Command[A, R], argument A) R {
	result, err := Do(c, command, argument)
	if err != nil {
		c.trial.Fail("a child could not %s: %v", command.Name, err)
	}
	return result
}

// Tell makes an obeying child do something that it will not answer, such as to
// leave; or that is answered later, to Answer.
func Tell[A, R any](c *Child, command child.Command[A, R], argument A) error {
	if !c.arrived() {
		return errGone
	}
	with, err := json.Marshal(argument)
	if err != nil {
		panic(broken{err.Error()})
	}
	line, err := json.Marshal(child.Request{Do: command.Name, With: with})
	if err != nil {
		panic(broken{err.Error()})
	}
	_ = c.channel.file.SetWriteDeadline(c.trial.deadline())
	if _, err := c.channel.file.Write(append(line, '\n')); err != nil {
		return errGone
	}
	return nil
}

// deadline is the trial's, plus a little so that a context error comes first.
func (t *Trial) deadline() time.Time {
	d, _ := t.ctx.Deadline()
	return d
}

// Record is the full child record that an observing child took at its start.
func (c *Child) Record() child.Record { return MustDo(c, child.Taken, child.None{}) }

// Leave tells an obeying child to end with an exit value.
func (c *Child) Leave(code int) { _ = Tell(c, child.Leave, code) }

// Ended is how a child ended, or why that could not be learnt.
type Ended struct {
	platform.Status
	Err error
}

// String gives "exit 3", "SIGTERM", "hang" or the name of the error of the wait.
func (e Ended) String() string {
	if e.Err != nil {
		return platform.ErrorName(e.Err)
	}
	return e.Status.String()
}

// Wait waits until the child has ended, up to the trial's deadline.
func (c *Child) Wait() Ended {
	if c.parent != nil {
		status, err := Do(c.parent, child.Await, c.pid)
		return Ended{status, err}
	}
	status, err := c.process.Wait(c.trial.ctx)
	if errors.Is(err, platform.ErrHang) {
		c.trial.hung, c.hung = true, true
	} else {
		c.waited = true
		c.trial.holds.ended(c.pid)
	}
	return Ended{status, err}
}

// Kill ends the child at once.
func (c *Child) Kill() error {
	if c.parent != nil {
		_, err := Do(c.parent, child.Kill, child.Signal{PID: c.pid, Signal: posix.SIGKILL})
		return err
	}
	return c.process.Kill()
}

// Start starts a grandchild through this child, with the trial's launcher.
func (c *Child) Start(role child.Role, s child.Starting) (*Child, error) {
	t := c.trial
	g := &Child{trial: t, parent: c, depth: c.depth + 1}
	l := platform.Launch{Path: s.Path, CommandLine: s.CommandLine}
	if s.Args != nil {
		l.Args = []string{}
	}
	if s.WholeEnv {
		l.Env = []string{}
	}
	g.ticket(&l, role)
	s.Path = l.Path
	if s.Args == nil {
		for _, a := range l.Args {
			s.Args = append(s.Args, child.Text(a))
		}
	} else {
		s.Env = append(s.Env, child.Text(l.Env[len(l.Env)-1]))
	}
	if s.Launcher == "" {
		s.Launcher = t.launcher.Name()
		if s.Launcher == System {
			s.Launcher = OSExec
		}
	}
	pid, err := Do(c, child.Start, s)
	if err != nil {
		if g.coming != nil {
			t.run.forget(g.token, g.coming)
		}
		return g, err
	}
	g.pid = pid
	t.children = append(t.children, g)
	return g, nil
}

// MustStart is Start of a grandchild for a start that has to work.
func (c *Child) MustStart(role child.Role, s child.Starting) *Child {
	g, err := c.Start(role, s)
	if err != nil {
		c.trial.Fail("a child could not start another: %v", err)
	}
	return g
}

// Gone waits until a reporting process has ended, whoever its parent is: its
// channel comes to its end then. It reports whether that was before the deadline.
func (c *Child) Gone() bool {
	if !c.arrived() {
		return true
	}
	_ = c.channel.file.SetReadDeadline(c.trial.deadline())
	_, err := c.channel.lines.ReadByte()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.trial.hung = true
		return false
	}
	return err != nil
}

// end makes sure that the process is gone and tells what was in the way.
func (c *Child) end() (leaks []string) {
	if c.coming != nil && c.channel == nil {
		select { // it may have reported without ever being told anything
		case a := <-c.coming:
			c.channel = &a
		default:
			c.trial.run.forget(c.token, c.coming)
		}
	}
	if c.channel != nil {
		defer c.channel.file.Close()
		_ = c.channel.file.SetDeadline(time.Now().Add(c.trial.run.scale(2 * time.Second)))
		_, _ = c.channel.file.WriteString(`{"do":"` + child.Quit + `"}` + "\n")
	}
	if c.process == nil {
		if c.channel != nil {
			if _, err := io.Copy(io.Discard, c.channel.lines); errors.Is(err, os.ErrDeadlineExceeded) {
				if p, err := os.FindProcess(c.pid); err == nil {
					_ = p.Kill()
				}
				return []string{"a grandchild had to be killed"}
			}
		}
		return nil
	}
	if c.waited {
		return nil
	}
	if c.channel == nil {
		_ = c.process.Kill()
	}
	patience := 2 * time.Second
	if c.hung { // its wait had all the time of the trial
		patience = 200 * time.Millisecond
	} else if c.waitFor(patience) {
		return nil
	}
	_ = platform.KillTree(c.process)
	if c.waitFor(patience) {
		return nil // stopped, blocked in a call, or just not told to leave
	}
	// The launcher's own wait does not end: that is a result, not a leak, as
	// long as the process is gone.
	if platform.Reap(c.pid, c.trial.run.scale(2*time.Second)) {
		return nil
	}
	return []string{"a process that it started could not be ended"}
}

// waitFor waits for the process in its own time, not the trial's.
func (c *Child) waitFor(d time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), c.trial.run.scale(d))
	defer cancel()
	_, err := c.process.Wait(ctx)
	c.waited = !errors.Is(err, platform.ErrHang)
	return c.waited
}
