package trial

import (
	"errors"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
)

// Exec makes an obeying child execute this binary in its own process, which
// plays the new role under the same id from then on. An error is that of the
// exec, and the child goes on obeying.
func (c *Process) Exec(role agent.Role) error {
	if !role.Reports {
		panic(harnessError{"nothing would tell that the exec worked"})
	}
	if !c.arrived() {
		return errGone
	}
	old, token, coming := c.channel, c.token, c.coming
	var l platform.Launch
	c.ticket(&l, role)
	e := agent.ExecArgs{Path: l.Path}
	for _, a := range l.Args {
		e.Args = append(e.Args, agent.Text(a))
	}
	if _, err := Call(c, agent.Exec, e); !errors.Is(err, errGone) {
		c.trial.harness.forget(c.token, c.coming)
		c.token, c.coming = token, coming
		return err
	}
	_ = old.file.Close()
	c.channel = nil
	return nil
}
