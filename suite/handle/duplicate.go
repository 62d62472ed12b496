package handle

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var duplicateHandle = MSLearn("DuplicateHandle function",
	"windows/win32/api/handleapi/nf-handleapi-duplicatehandle")

var _ = Area("handle", title, func() {
	Behaviour("handle.duplicate.into-child", Must,
		"DuplicateHandle places a handle of a pipe in a running process, whether the original is inheritable or not; "+
			"PROCESS_DUP_HANDLE is all the access to that process that the caller needs.",
		OnWindows(System, duplicateHandle),
		Matters("A child can be given a handle after its start, without any inheritance."),
		Was("win.handle.dup-into-child"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				which   string
				inherit bool
			}{{"private", false}, {"inheritable", true}} {
				p := NewHandlePipe(t, c.inherit)
				child := t.Start(Agent())
				process, err := win32.OpenProcess(win32.ProcessDupHandle, uint32(child.Pid()))
				t.NoError(err)
				there, err := win32.DuplicateBetween(win32.Self, p.W.Handle, NewHandle(t, process).Handle, false)
				t.ObserveError("error of duplicating a handle that is "+c.which, err).To(Equal("none"))
				p.W.Close()
				_, err = Call(child, agent.Write, agent.WriteArgs{FD: platform.FD(there), Data: "placed"})
				t.ObserveError("error of the child's write to the handle, "+c.which, err).To(Equal("none"))
				text, err := p.R.Read(64)
				t.Observe("data read from the pipe, "+c.which, text).To(Equal("placed"))
				t.ObserveError("error of that read, "+c.which, err).To(Equal("none"))
			}
		}))

	Behaviour("handle.duplicate.keeps-alive", Must,
		"Every duplicate of a handle, in any process, keeps the object open: an anonymous pipe is broken only when the "+
			"last handle of its write end is closed.",
		OnWindows(System, duplicateHandle,
			MSLearn("CloseHandle function", "windows/win32/api/handleapi/nf-handleapi-closehandle"), ReadFile),
		Matters("A caller that closes its own handle has not closed the pipe for its reader."),
		Was("win.handle.dup-keeps-alive"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
			p.W.DuplicateInto(c, false)
			another, err := win32.DuplicateBetween(win32.Self, p.W.Handle, win32.Self, false)
			t.NoError(err)
			own := NewHandle(t, another)
			p.W.Close()
			read := t.Go(func() error { _, err := win32.Read(p.R.Handle, make([]byte, 1)); return err })
			t.Observe("state of a read while a suspended process has a duplicate", read.State()).To(Equal(Blocked))
			t.NoError(c.Kill())
			c.Wait()
			t.Observe("state of the read while this process has another", read.State()).To(Equal(Blocked))
			own.Close()
			t.Observe("state of the read after that one is closed too", read.Final()).To(Equal(Returned))
			t.ObserveError("error of the read", read.Err()).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))
})
