package handle

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var inheritance = MSLearn("Handle Inheritance", "windows/win32/sysinfo/handle-inheritance")

var _ = Area("handle", title, func() {
	Behaviour("handle.inherit.given-parent", Must,
		"With PROC_THREAD_ATTRIBUTE_PARENT_PROCESS the handles that the child inherits are looked up in that process, not in the caller.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute),
		Matters("The caller's own handle values, passed as usual, name something else there or nothing."),
		Remedy("Duplicate the handles into the parent first, inheritable, pass the values they have there, and close those again."),
		Was("win.parent.handles"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			host := t.Start(Agent())
			h := OpenProcess(t, host)
			there, err := win32.DuplicateBetween(win32.Self, p.W, h, true)
			t.NoError(err)
			p.CloseWriter()
			c := t.Start(Agent(), Orphan(), Calling(win32.Start{Parent: h, Inherit: true, UseStd: true,
				Std: [3]win32.Handle{0, there, 0}, List: []win32.Handle{there}}))
			_, err = Call(c, agent.Write, agent.WriteArgs{FD: 1, Data: "from the host's table"})
			t.ObserveError("a write to standard output", err).To(Equal("none"))
			text, err := p.Read()
			t.Observe("what arrives", text).To(Equal("from the host's table"))
			t.ObserveError("error of that read", err).To(Equal("none"))
		}))

	Behaviour("handle.inherit.two-gates", Must,
		"A handle reaches the child only if it is inheritable and the call passes bInheritHandles TRUE.",
		OnWindows(CreateProcess, inheritance, CreateProcessW),
		Matters("A child that lacks one of the two gets a number that means nothing, or something else."),
		Remedy("Mark exactly what the child needs and name it in a handle list."), ProvedBy("handle.list.only"),
		Was("win.handle.two-gates"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				name             string
				private, disable bool
			}{{"inheritable, TRUE", false, false}, {"private, TRUE", true, false}, {"inheritable, FALSE", false, true}} {
				p := NewHandlePipe(t, !c.private)
				suspended(t, win32.Start{Inherit: !c.disable})
				t.Observe(c.name+": the child holds it", p.Held()).To(Equal(!c.private && !c.disable))
			}
		}))

	Behaviour("handle.inherit.same-value", Must,
		"An inherited handle has the same value in the child, refers to the same object and allows the same access.",
		OnWindows(CreateProcess, inheritance),
		Matters("A parent tells its child about a handle by number, on the command line or in a variable."),
		Was("win.handle.same-value"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, List: []win32.Handle{p.W}}))
			_, err := Call(c, agent.Write, agent.WriteArgs{FD: platform.FD(p.W), Data: "by number"})
			t.ObserveError("a write through the parent's number", err).To(Equal("none"))
			p.CloseWriter()
			c.Exit(0)
			text, _ := p.Read()
			t.Observe("what arrives", text).To(Equal("by number"))
		}))

	Behaviour("handle.inherit.flag-preserved", Must,
		"The child's copy of an inherited handle is inheritable itself, so it flows on to grandchildren.",
		OnWindows(CreateProcess, inheritance),
		Matters("A pipe given to one child reaches everything that child starts, and its end waits for all of them."),
		Remedy("Clear HANDLE_FLAG_INHERIT early in the child, or start grandchildren with a handle list."),
		ProvedBy("handle.list.only"), Seen("joyent/libuv#343"),
		Was("win.handle.flag-preserved"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, List: []win32.Handle{p.W}}))
			facts, err := Call(c, agent.InspectHandle, p.W)
			t.ObserveError("looking at it in the child", err).To(Equal("none"))
			t.Observe("it is", facts.Type).To(Equal("FILE_TYPE_PIPE"))
			t.Observe("inheritable in the child", facts.Inheritable).To(BeTrue())
		}))

	Behaviour("handle.inherit.default-private", Must,
		"Handles made without security attributes, of pipes and files, are not inheritable.",
		OnWindows(System, inheritance, MSLearn("CreatePipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-createpipe")),
		Matters("If they were, every child would hold every handle of its parent."),
		Was("win.handle.default-private"),
		Try(func(t *Trial) {
			r, w, err := win32.CreatePipe(0)
			t.NoError(err)
			defer func() { _, _ = win32.Close(r), win32.Close(w) }()
			file, err := win32.OpenFile("NUL", false)
			t.NoError(err)
			defer win32.Close(file)
			for _, c := range []struct {
				name string
				h    win32.Handle
			}{{"read end", r}, {"write end", w}, {"file", file}} {
				on, err := win32.Inheritable(c.h)
				t.NoError(err)
				t.Observe(c.name+" is inheritable", on).To(BeFalse())
			}
		}))

	Behaviour("handle.inherit.race", Must,
		"A start with bInheritHandles TRUE and no handle list gives the child every inheritable handle of its creator, also one meant for another child.",
		OnWindows(CreateProcess, inheritance),
		Matters("A pipe seems never to end because a process that has nothing to do with it holds the other side."),
		Remedy("Start every child with a handle list; a lock helps only against starts of the same library."),
		ProvedBy("handle.list.only"), Seen("dotnet/corefx#14238", "microsoft/vcpkg-tool#887"),
		Was("win.handle.race"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			unrelated := t.Start(Agent(), Calling(win32.Start{Inherit: true}))
			Ask(unrelated, agent.StdHandles)
			p.CloseWriter()
			read := t.Go(func() error { _, err := win32.Read(p.R, make([]byte, 1)); return err })
			t.Observe("the end waits for an unrelated child", read.State() == Blocked).To(BeTrue())
			unrelated.Exit(0)
			t.Observe("its end", unrelated.Wait().String()).To(Equal("exit 0"))
			t.Observe("then the read ends", read.Returned()).To(BeTrue())
			t.ObserveError("with", read.Err()).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))
})
