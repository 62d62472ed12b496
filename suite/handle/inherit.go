package handle

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var handleInheritance = MSLearn("Handle Inheritance", "windows/win32/sysinfo/handle-inheritance")

var _ = Area("handle", title, func() {
	Behaviour("handle.inherit.given-parent", Must,
		"With PROC_THREAD_ATTRIBUTE_PARENT_PROCESS a child inherits its handles from that process and not from the "+
			"caller.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute),
		Matters("A handle value of the caller names another object in that process, or none."),
		Remedy("Duplicate the handles into the parent first, inheritable, list the values that they have there in a handle "+
			"list, and close those again (DUPLICATE_CLOSE_SOURCE): until then what that process starts without a list gets "+
			"them too."),
		Was("win.parent.handles"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			host := t.Start(Agent())
			there := p.W.DuplicateInto(host, true)
			// Detached: which console the child would get depends on this process.
			c := t.Start(Agent(), Orphan(), Flags(win32.DETACHED_PROCESS), Calling(win32.Start{
				Parent: OpenProcess(t, host), Inherit: true, UseStd: true,
				Std: [3]win32.Handle{0, there, 0}, List: []win32.Handle{there}}))
			_, err := Call(c, agent.Write, agent.WriteArgs{FD: 1, Data: "from the host's table"})
			t.ObserveError("error of a write to standard output", err).To(Equal("none"))
			text, err := p.R.Read(64)
			t.Observe("data read from the pipe", text).To(Equal("from the host's table"))
			t.ObserveError("error of that read", err).To(Equal("none"))

			own := NewHandlePipe(t, true)
			t.Start(Exit(0), Orphan(), Flags(win32.CREATE_SUSPENDED|win32.DETACHED_PROCESS),
				Calling(win32.Start{Parent: OpenProcess(t, host), Inherit: true, UseStd: true}))
			t.Observe("whether the child holds an inheritable handle of the caller", own.Held()).To(BeFalse())
		}))

	Behaviour("handle.inherit.two-gates", Must,
		"A child inherits a handle only if the handle is inheritable and the call of CreateProcessW passes TRUE for "+
			"bInheritHandles; standard handles can come to it as duplicates without either, and before Windows 8 console "+
			"handles by their own flag alone.",
		OnWindows(CreateProcess, handleInheritance, CreateProcessW, MeasuredConsoles),
		Matters("A child that lacks one of the two gets a value that names nothing, or another object."),
		Remedy("Make inheritable what the child needs and nothing else, and name it in a handle list."),
		ProvedBy("handle.list.only"),
		Was("win.handle.two-gates"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				name                 string
				inheritable, inherit bool
			}{{"inheritable, TRUE", true, true}, {"private, TRUE", false, true}, {"inheritable, FALSE", true, false}} {
				p := NewHandlePipe(t, c.inheritable)
				suspended(t, win32.Start{Inherit: c.inherit})
				t.Observe("whether the child holds the handle, "+c.name, p.Held()).To(Equal(c.inheritable && c.inherit))
			}
		}))

	Behaviour("handle.inherit.same-value", Must,
		"An inherited handle has the same value in the child, refers to the same object and allows the same access.",
		OnWindows(CreateProcess, ProcessInheritance, CreateProcessW),
		Matters("A parent can name a handle to its child by number, on the command line or in a variable."),
		Was("win.handle.same-value"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, List: []win32.Handle{p.W.Handle}}))
			_, err := Call(c, agent.Write, agent.WriteArgs{FD: platform.FD(p.W.Handle), Data: "by number"})
			t.ObserveError("error of the child's write to the parent's value", err).To(Equal("none"))
			_, err = Call(c, agent.Read, agent.ReadArgs{FD: platform.FD(p.W.Handle), Max: 1})
			t.ObserveError("error of the child's read from the write end", err).To(Equal("ERROR_ACCESS_DENIED (5)"))
			p.W.Close()
			c.Exit(0)
			text, err := p.R.Read(64)
			t.Observe("data read from the pipe", text).To(Equal("by number"))
			t.ObserveError("error of that read", err).To(Equal("none"))
		}))

	Behaviour("handle.inherit.flag-preserved", Observed,
		"The child's copy of an inherited handle is inheritable too: a grandchild that is started with "+
			"bInheritHandles TRUE and without a handle list holds the object as well.",
		OnWindows(CreateProcess, handleInheritance),
		Matters("A pipe given to one child reaches everything that this child starts, and its reader waits for all of "+
			"them."),
		Remedy("Clear HANDLE_FLAG_INHERIT early in the child, or start grandchildren with a handle list."),
		ProvedBy("handle.list.only"), Seen("joyent/libuv#343"),
		Was("win.handle.flag-preserved"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, List: []win32.Handle{p.W.Handle}}))
			facts, err := Call(c, agent.InspectHandle, p.W.Handle)
			t.ObserveError("error of GetHandleInformation in the child", err)
			t.Observe("type of the handle in the child", facts.Type)
			t.Observe("whether the handle is inheritable in the child", facts.Inheritable)
			g := c.Start(Agent(), Orphan(), Calling(win32.Start{Inherit: true}))
			Ask(g, agent.Getppid)
			c.Exit(0)
			c.Wait()
			t.Observe("whether the grandchild holds the pipe", p.Held())
		}))

	Behaviour("handle.inherit.default-private", Must,
		"Handles of pipes and files that are made without security attributes are not inheritable.",
		OnWindows(System, CreatePipe, CreateFile),
		Matters("Otherwise every child that is created with bInheritHandles TRUE and no handle list would hold every handle "+
			"of its parent."),
		Was("win.handle.default-private"),
		Try(func(t *Trial) {
			r, w, err := win32.CreatePipe(0)
			t.NoError(err)
			defer func() { _, _ = win32.Close(r), win32.Close(w) }()
			path := t.File("file", "", 0o644)
			var file win32.Handle // a scanner of new files may have it open at first
			t.Eventually(func() bool { file, err = win32.OpenFile(path, false); return err == nil })
			defer win32.Close(file)
			for _, c := range []struct {
				name string
				h    win32.Handle
			}{{"read end", r}, {"write end", w}, {"file", file}} {
				on, err := win32.Inheritable(c.h)
				t.NoError(err)
				t.Observe("whether the "+c.name+" is inheritable", on).To(BeFalse())
			}
		}))

	Behaviour("handle.inherit.race", Must,
		"A child that is started with bInheritHandles TRUE, no handle list and no other parent given inherits every "+
			"inheritable handle of its creator, one that was meant for another child included; excepted are a protected "+
			"process (PPL), which hands nothing to an unprotected one, and a child in another session.",
		OnWindows(CreateProcess, CreateProcessW),
		Matters("The reader of a pipe waits for a process that has nothing to do with it and holds the write end."),
		Remedy("Start every child with a handle list; a lock helps only against starts by the same library."),
		ProvedBy("handle.list.only"), Seen("dotnet/corefx#14238", "microsoft/vcpkg-tool#887"),
		Was("win.handle.race"),
		Try(func(t *Trial) {
			p, another := NewHandlePipe(t, true), NewHandlePipe(t, true)
			unrelated := t.Start(Agent(), Calling(win32.Start{Inherit: true}))
			Ask(unrelated, agent.StdHandles)
			p.W.Close()
			read := t.Go(func() error { _, err := win32.Read(p.R.Handle, make([]byte, 1)); return err })
			t.Observe("state of a read while an unrelated child runs", read.State()).To(Equal(Blocked))
			t.Observe("whether the unrelated child holds another inheritable handle too", another.Held()).To(BeTrue())
			unrelated.Exit(0)
			t.Observe("exit status of the unrelated child", unrelated.Wait().String()).To(Equal("exit 0"))
			t.Observe("state of the read after its exit", read.Final()).To(Equal(Returned))
			t.ObserveError("error of the read", read.Err()).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))
})
