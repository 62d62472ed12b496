package behaviour

import (
	"errors"

	"github.com/spawnspec/spawnspec/fixtures/child"
	"github.com/spawnspec/spawnspec/platform"
)

// Exec makes an obeying child execute this binary in its own process, which
// plays the new role under the same id from then on. An error is that of the
// exec, and the child goes on obeying.
func (c *Child) Exec(role child.Role) error {
	if !role.Reports {
		panic(broken{"nothing would tell that the exec worked"})
	}
	if !c.arrived() {
		return errGone
	}
	old, token, coming := c.channel, c.token, c.coming
	var l platform.Launch
	c.ticket(&l, role)
	e := child.Executing{Path: l.Path}
	for _, a := range l.Args {
		e.Args = append(e.Args, child.Text(a))
	}
	if _, err := Do(c, child.Exec, e); !errors.Is(err, errGone) {
		c.trial.run.forget(c.token, c.coming)
		c.token, c.coming = token, coming
		return err
	}
	_ = old.file.Close()
	c.channel = nil
	return nil
}
