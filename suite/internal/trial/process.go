package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
)

// Process is a process that a trial has started, or that such a process has.
type Process struct {
	trial   *Trial
	process platform.Process // nil for a grandchild, which its own parent waits for
	parent  *Process         // nil for a child of this process
	pid     int
	depth   int
	token   string
	coming  chan arrival
	channel *arrival
	waited  bool
	hung    bool // the launcher's wait did not end
	behind  bool // a command in front of it executes it
	// inNamespace says that it is in another PID namespace than this process, in which its id
	// is another one too.
	inNamespace bool
}

// Pid is the process id. It is not stable: observe relations, never ids. The sentence
// is not about a runtime that does not tell it: no signal may go to process -1.
func (c *Process) Pid() int {
	if c.pid <= 0 {
		c.trial.canTell(runtimes.ProcessID)
	}
	return c.pid
}

// Process1 is the id, outside of it, of process 1 of the PIDNamespace that a child was started
// in: the driver of a runtime, or the command in front.
func (c *Process) Process1() int {
	if p, ok := c.process.(runtimes.Driven); ok {
		return p.Starter()
	}
	return c.pid
}

// Starter is the id of the process that called what started a child: this one, or the
// driver of a runtime.
func (c *Process) Starter() int {
	if p, ok := c.process.(runtimes.Driven); ok {
		return p.Starter()
	}
	return os.Getpid()
}

func (c *Process) expect() {
	c.token = c.trial.harness.token()
	c.coming = c.trial.harness.expect(c.token)
}

// arrived waits until the child has reported.
func (c *Process) arrived() bool {
	if c.channel != nil {
		return true
	}
	if c.coming == nil {
		panic(harnessError{"this child plays a role that does not report"})
	}
	gone := make(chan struct{})
	late := time.AfterFunc(c.trial.harness.Scale(300*time.Millisecond), func() {
		// It may have died on the way; the zombie is left to be waited for.
		if c.parent == nil && posix.WaitExited(c.pid) == nil {
			close(gone)
		}
	})
	defer late.Stop()
	var ended <-chan struct{}
	if p, ok := c.process.(runtimes.Driven); ok {
		ended = p.Ended()
	}
	reported := func(a arrival) bool {
		c.channel = &a
		c.trial.holds.opened(a.file)
		return true
	}
	select {
	case a := <-c.coming:
		return reported(a)
	case <-gone:
	case <-ended: // a runtime has waited for it
	case <-c.trial.ctx.Done():
		c.trial.hung = true
		return false
	}
	c.trial.harness.settle() // it may have reported in its last moment
	select {
	case a := <-c.coming:
		return reported(a)
	default:
		return false
	}
}

// HasWritten reports whether a program that is Itself has asked for its last write.
func (c *Process) HasWritten() bool {
	return c.process.(interface{ HasWritten() bool }).HasWritten()
}

// Captured is what a way that captures has read of the process, which was waited for.
func (c *Process) Captured() runtimes.Captured { return c.process.(runtimes.Driven).Captured() }

// Call makes an obeying child do something and returns what came of it. An error
// of the child's keeps its number.
func Call[A, R any](c *Process, command agent.Command[A, R], argument A) (R, error) {
	if err := Send(c, command, argument); err != nil {
		var none R
		return none, err
	}
	return Reply(c, command)
}

// Reply waits for the answer to the oldest command that Send has sent and that
// has not been answered yet.
func Reply[A, R any](c *Process, command agent.Command[A, R]) (R, error) {
	var reply agent.Reply[R]
	_ = c.channel.file.SetReadDeadline(c.trial.deadline())
	line, err := c.channel.lines.ReadBytes('\n')
	if err != nil {
		return reply.Result, c.unanswered(err)
	}
	if err := json.Unmarshal(line, &reply); err != nil {
		panic(harnessError{fmt.Sprintf("%s answered %q: %v", command.Name, line, err)})
	}
	if reply.Error != nil {
		return reply.Result, reply.Error
	}
	return reply.Result, nil
}

// unanswered is what an error of the connection means: that the deadline has passed, or
// that the child is gone.
func (c *Process) unanswered(err error) error {
	// Past the deadline what ends the connection may be that the trial is taken down.
	if errors.Is(err, os.ErrDeadlineExceeded) || c.trial.ctx.Err() != nil {
		c.trial.hung = true
		return platform.ErrHang
	}
	return goneError{c, err}
}

// MustCall is Call for what has to work for the trial to go on.
func MustCall[A, R any](c *Process, command agent.Command[A, R], argument A) R {
	result, err := Call(c, command, argument)
	if err != nil {
		if c.trial.hung && errors.Is(err, platform.ErrHang) {
			panic(stop{}) // the deadline says what came of the trial
		}
		c.trial.Fail("a child did not answer %q: %v", command.Name, err)
	}
	return result
}

// Ask is MustCall of a command that takes nothing.
func Ask[R any](c *Process, command agent.Command[agent.None, R]) R {
	return MustCall(c, command, agent.None{})
}

// TryAsk is Call of a command that takes nothing.
func TryAsk[R any](c *Process, command agent.Command[agent.None, R]) (R, error) {
	return Call(c, command, agent.None{})
}

// Send makes an obeying child do something that it will not answer, such as to
// leave; or that is answered later, to Reply.
func Send[A, R any](c *Process, command agent.Command[A, R], argument A) error {
	if !c.arrived() {
		if c.trial.hung {
			return platform.ErrHang
		}
		return goneError{child: c}
	}
	line, err := command.Request(argument)
	if err != nil {
		panic(harnessError{err.Error()})
	}
	_ = c.channel.file.SetWriteDeadline(c.trial.deadline())
	if _, err := c.channel.file.Write(line); err != nil {
		return c.unanswered(err)
	}
	return nil
}

// deadline is the trial's. What waits for it may see it pass before its context does.
func (t *Trial) deadline() time.Time {
	d, _ := t.ctx.Deadline()
	return d
}

// Snapshot is what an inspecting child found of itself when it started.
func (c *Process) Snapshot() platform.Snapshot { return Ask(c, agent.TakenSnapshot) }

// Exit makes the child exit with a value.
func (c *Process) Exit(code int) { _ = Send(c, agent.ExitWith, code) }

// WaitResult is how a child ended, or why that could not be learnt.
type WaitResult struct {
	platform.Status
	Err error
}

// String gives "exit 3", "SIGTERM", "hang" or the name of the error of the wait.
func (e WaitResult) String() string {
	if e.Err != nil {
		return platform.ErrorName(e.Err)
	}
	return e.Status.String()
}

// Wait waits until the child has ended, up to the trial's deadline.
func (c *Process) Wait() WaitResult {
	if c.parent != nil {
		status, err := Call(c.parent, agent.Wait, c.pid)
		c.hung = errors.Is(err, platform.ErrHang)
		c.trial.refuse(err)
		return WaitResult{status, err}
	}
	status, err := c.process.Wait(c.trial.ctx)
	if errors.Is(err, platform.ErrHang) {
		c.trial.hung, c.hung = true, true
	} else {
		c.waited = true
		c.trial.holds.ended(c.pid)
		c.trial.refuse(err)
	}
	return WaitResult{status, err}
}

// Kill ends the child at once.
func (c *Process) Kill() error {
	if c.parent != nil {
		_, err := Call(c.parent, agent.Kill, agent.Signal{PID: c.Pid(), Signal: posix.SIGKILL})
		return err
	}
	c.trial.canTell(runtimes.ProcessID)
	return c.process.Kill()
}

// Gone waits until a reporting process has exited, whichever process is its parent: its
// channel comes to its end then. It reports whether that was before the deadline.
func (c *Process) Gone() bool {
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

// end makes sure that the process is gone and says what was in the way.
func (c *Process) end() (leaks []string) {
	if c.coming != nil && c.channel == nil {
		patience := time.Duration(0)
		if c.behind && !c.hung && !c.waited {
			// To end what is in front of it now would leave behind what that has just forked.
			patience = c.trial.harness.Scale(2 * time.Second)
		}
		select { // it may have reported without ever being told anything
		case a := <-c.coming:
			c.channel = &a
		case <-time.After(patience):
			c.trial.harness.forget(c.token, c.coming)
		}
	}
	if c.channel != nil {
		defer c.channel.file.Close()
		_ = c.channel.file.SetDeadline(time.Now().Add(c.trial.harness.Scale(2 * time.Second)))
		_, _ = c.channel.file.WriteString(agent.Quit + "\t\n")
	}
	if c.process == nil {
		if c.hung && c.pid > 0 && !c.inNamespace { // it would outlive its parent
			_ = platform.KillID(c.pid)
		}
		if c.channel != nil {
			if _, err := io.Copy(io.Discard, c.channel.lines); errors.Is(err, os.ErrDeadlineExceeded) {
				if p, err := os.FindProcess(c.pid); err == nil && c.pid > 0 && !c.inNamespace {
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
	driven, _ := c.process.(runtimes.Driven)
	switch {
	case driven != nil: // its interpreter has to end too
		patience = 10 * time.Second
	case c.hung: // its wait had all the time of the trial
		patience = 200 * time.Millisecond
	}
	if !c.hung && c.waitFor(patience) {
		return nil
	}
	_ = platform.KillTree(c.process)
	if c.waitFor(patience) {
		return nil // stopped, blocked in a call, or just not told to leave
	}
	if driven != nil {
		if err := driven.KillDriver(); err == nil && c.waitFor(patience) {
			return nil
		}
		return []string{"the driver that started it could not be ended"}
	}
	// The launcher's own wait does not end: that is a result, not a leak, as
	// long as the process is gone.
	if platform.Reap(c.pid, c.trial.harness.Scale(2*time.Second)) {
		return nil
	}
	return []string{"a process that it started could not be ended"}
}

// waitFor waits for the process in its own time, not the trial's.
func (c *Process) waitFor(d time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), c.trial.harness.Scale(d))
	defer cancel()
	_, err := c.process.Wait(ctx)
	c.waited = !errors.Is(err, platform.ErrHang)
	return c.waited
}
