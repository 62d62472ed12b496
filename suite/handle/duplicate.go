package handle

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("handle", title, func() {
	Behaviour("handle.duplicate.into-child", Must,
		"DuplicateHandle places a handle in a running process, whether or not it is inheritable.",
		OnWindows(System, MSLearn("DuplicateHandle function", "windows/win32/api/handleapi/nf-handleapi-duplicatehandle")),
		Matters("A child can be given a handle after its start, without any inheritance."),
		Was("win.handle.dup-into-child"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			c := t.Start(Agent())
			there, err := win32.DuplicateBetween(win32.Self, p.W, OpenProcess(t, c), false)
			t.ObserveError("duplicating a private handle", err).To(Equal("none"))
			p.CloseWriter()
			_, err = Call(c, agent.Write, agent.WriteArgs{FD: platform.FD(there), Data: "placed"})
			t.ObserveError("a write through the new number", err).To(Equal("none"))
			text, err := p.Read()
			t.Observe("what arrives", text).To(Equal("placed"))
			t.ObserveError("error of that read", err).To(Equal("none"))
		}))

	Behaviour("handle.duplicate.keeps-alive", Must,
		"Every duplicate of a handle, in any process, keeps the object open: a pipe ends only with the last one.",
		OnWindows(System, MSLearn("DuplicateHandle function", "windows/win32/api/handleapi/nf-handleapi-duplicatehandle"),
			MSLearn("CloseHandle function", "windows/win32/api/handleapi/nf-handleapi-closehandle")),
		Matters("Closing the own handle is not enough to end a pipe."),
		Was("win.handle.dup-keeps-alive"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
			_, err := win32.DuplicateBetween(win32.Self, p.W, OpenProcess(t, c), false)
			t.NoError(err)
			p.CloseWriter()
			read := t.Go(func() error { _, err := win32.Read(p.R, make([]byte, 1)); return err })
			t.Observe("a process that never ran keeps the pipe open", read.State() == Blocked).To(BeTrue())
			t.NoError(c.Kill())
			c.Wait()
			t.Observe("with its end the pipe ends", read.Returned()).To(BeTrue())
			t.ObserveError("with", read.Err()).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))
})
