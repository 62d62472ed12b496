package win32

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("win32", "Windows processes", func() {
	Behaviour("win.handle.two-gates", Must,
		"A handle reaches the child only if it is inheritable and the call passes bInheritHandles TRUE.",
		about(CreateProcess, inheritance, createProcess),
		Matters("A child that lacks one of the two gets a number that means nothing, or something else."),
		Remedy("Mark exactly what the child needs and name it in a handle list."), ProvedBy("win.handle.list.only"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				name             string
				private, disable bool
			}{{"inheritable, TRUE", false, false}, {"private, TRUE", true, false}, {"inheritable, FALSE", false, true}} {
				p := newPipe(t, !c.private)
				suspended(t, win32.Start{Inherit: !c.disable})
				t.Observe(c.name+": the child holds it", p.held()).To(Equal(!c.private && !c.disable))
			}
		}))

	Behaviour("win.handle.same-value", Must,
		"An inherited handle has the same value in the child, refers to the same object and allows the same access.",
		about(CreateProcess, inheritance),
		Matters("A parent tells its child about a handle by number, on the command line or in a variable."),
		Try(func(t *Trial) {
			p := newPipe(t, true)
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, List: []win32.Handle{p.w}}))
			_, err := Call(c, agent.Write, agent.WriteArgs{FD: platform.FD(p.w), Data: "by number"})
			t.ObserveError("a write through the parent's number", err).To(Equal("none"))
			p.closeWriter()
			c.Exit(0)
			text, _ := p.read()
			t.Observe("what arrives", text).To(Equal("by number"))
		}))

	Behaviour("win.handle.flag-preserved", Must,
		"The child's copy of an inherited handle is inheritable itself, so it flows on to grandchildren.",
		about(CreateProcess, inheritance),
		Matters("A pipe given to one child reaches everything that child starts, and its end waits for all of them."),
		Remedy("Clear HANDLE_FLAG_INHERIT early in the child, or start grandchildren with a handle list."),
		ProvedBy("win.handle.list.only"), Seen("joyent/libuv#343"),
		Try(func(t *Trial) {
			p := newPipe(t, true)
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, List: []win32.Handle{p.w}}))
			facts, err := Call(c, agent.InspectHandle, p.w)
			t.ObserveError("looking at it in the child", err).To(Equal("none"))
			t.Observe("it is", facts.Type).To(Equal("FILE_TYPE_PIPE"))
			t.Observe("inheritable in the child", facts.Inheritable).To(BeTrue())
		}))

	Behaviour("win.handle.default-private", Must,
		"Handles made without security attributes, of pipes and files, are not inheritable.",
		about(System, inheritance, MSLearn("CreatePipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-createpipe")),
		Matters("If they were, every child would hold every handle of its parent."),
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

	Behaviour("win.handle.list.only", Must,
		"With PROC_THREAD_ATTRIBUTE_HANDLE_LIST a child inherits the listed handles and no other.",
		about(CreateProcess, attributes),
		Matters("It is the only way to start children from several threads without each getting the others' pipes."),
		Try(func(t *Trial) {
			listed, unlisted := newPipe(t, true), newPipe(t, true)
			suspended(t, win32.Start{Inherit: true, List: []win32.Handle{listed.w}})
			t.Observe("the child holds the listed one", listed.held()).To(BeTrue())
			t.Observe("the child holds the other one", unlisted.held()).To(BeFalse())
		}))

	refused := func(t *Trial, s win32.Start) Observation {
		_, err := t.TryStart(Exit(0), Calling(s))
		return t.ObserveError("error", err)
	}
	const unchecked = "Wine hands over what is in the list and checks none of it."

	Behaviour("win.handle.list.needs-inherit-true", Must,
		"A handle list has to come with bInheritHandles TRUE; with FALSE the call fails with ERROR_INVALID_PARAMETER.",
		about(CreateProcess, attributes, measured),
		Matters("A start that was hardened with a handle list fails as a whole."), Seen("stellar/stellar-core#2270"),
		Diverges("Wine", "error", "none", unchecked, wineProcess),
		Try(func(t *Trial) {
			p := newPipe(t, true)
			refused(t, win32.Start{List: []win32.Handle{p.w}}).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))

	Behaviour("win.handle.list.needs-inheritable", Must,
		"A handle that is not inheritable cannot be in a handle list: the call fails with ERROR_INVALID_PARAMETER.",
		about(CreateProcess, attributes, measured),
		Matters("One handle that was not marked, and nothing starts; the error does not say which."),
		Remedy("List inheritable duplicates that are made for the one call."),
		Diverges("Wine", "error", "none", unchecked, wineProcess),
		Try(func(t *Trial) {
			p := newPipe(t, false)
			refused(t, win32.Start{Inherit: true, List: []win32.Handle{p.w}}).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))

	Behaviour("win.handle.list.no-pseudo", Must,
		"A pseudo-handle cannot be in a handle list: the call fails with ERROR_INVALID_PARAMETER.",
		about(CreateProcess, attributes, measured),
		Matters("GetCurrentProcess and GetCurrentThread look like handles; duplicate them first."),
		Diverges("Wine", "error", "none", unchecked, wineProcess),
		Try(func(t *Trial) {
			refused(t, win32.Start{Inherit: true, List: []win32.Handle{win32.Self}}).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))

	Behaviour("win.handle.list.not-empty", Observed,
		"What an empty handle list gives: Windows refuses it with ERROR_BAD_LENGTH (24) when the attribute is set.",
		about(CreateProcess, measured),
		Matters("A library that lists what the caller asked for has to leave the list out when that is nothing."),
		Try(func(t *Trial) { refused(t, win32.Start{Inherit: true, List: []win32.Handle{}}) }))

	Behaviour("win.startupinfoex.needs-flag", Must,
		"Without EXTENDED_STARTUPINFO_PRESENT an attribute list is ignored: a handle that it leaves out is inherited.",
		about(CreateProcess, creationFlags, startupInfoEx),
		Matters("The handle list looks as if it were in use, and everything leaks."),
		Try(func(t *Trial) {
			listed, unlisted := newPipe(t, true), newPipe(t, true)
			suspended(t, win32.Start{Inherit: true, List: []win32.Handle{listed.w}, NotExtended: true})
			t.Observe("the child holds the unlisted one", unlisted.held()).To(BeTrue())
		}))

	Behaviour("win.startupinfoex.cb", Must,
		"With EXTENDED_STARTUPINFO_PRESENT the size in cb has to be that of STARTUPINFOEX; else the call fails with ERROR_INVALID_PARAMETER.",
		about(CreateProcess, startupInfoEx, measured),
		Matters("A structure that was extended and not resized starts nothing."),
		Diverges("Wine", "error", "none", "Wine does not look at cb.", wineProcess),
		Try(func(t *Trial) {
			p := newPipe(t, true)
			const plain = 104 // sizeof(STARTUPINFOW) on 64-bit Windows
			refused(t, win32.Start{Inherit: true, List: []win32.Handle{p.w}, Cb: plain}).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))

	Behaviour("win.handle.race", Must,
		"A start with bInheritHandles TRUE and no handle list gives the child every inheritable handle of its creator, also one meant for another child.",
		about(CreateProcess, inheritance),
		Matters("A pipe seems never to end because a process that has nothing to do with it holds the other side."),
		Remedy("Start every child with a handle list; a lock helps only against starts of the same library."),
		ProvedBy("win.handle.list.only"), Seen("dotnet/corefx#14238", "microsoft/vcpkg-tool#887"),
		Try(func(t *Trial) {
			p := newPipe(t, true)
			unrelated := t.Start(Agent(), Calling(win32.Start{Inherit: true}))
			Ask(unrelated, agent.StdHandles)
			p.closeWriter()
			read := t.Go(func() error { _, err := win32.Read(p.r, make([]byte, 1)); return err })
			t.Observe("the end waits for an unrelated child", read.State() == Blocked).To(BeTrue())
			unrelated.Exit(0)
			t.Observe("its end", unrelated.Wait().String()).To(Equal("exit 0"))
			t.Observe("then the read ends", read.Returned()).To(BeTrue())
			t.ObserveError("with", read.Err()).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))

	Behaviour("win.handle.dup-into-child", Must,
		"DuplicateHandle places a handle in a running process, whether or not it is inheritable.",
		about(System, MSLearn("DuplicateHandle function", "windows/win32/api/handleapi/nf-handleapi-duplicatehandle")),
		Matters("A child can be given a handle after its start, without any inheritance."),
		Try(func(t *Trial) {
			p := newPipe(t, false)
			c := t.Start(Agent())
			there, err := win32.DuplicateBetween(win32.Self, p.w, open(t, c), false)
			t.ObserveError("duplicating a private handle", err).To(Equal("none"))
			p.closeWriter()
			_, err = Call(c, agent.Write, agent.WriteArgs{FD: platform.FD(there), Data: "placed"})
			t.ObserveError("a write through the new number", err).To(Equal("none"))
			text, err := p.read()
			t.Observe("what arrives", text).To(Equal("placed"))
			t.ObserveError("error of that read", err).To(Equal("none"))
		}))

	Behaviour("win.handle.dup-keeps-alive", Must,
		"Every duplicate of a handle, in any process, keeps the object open: a pipe ends only with the last one.",
		about(System, MSLearn("DuplicateHandle function", "windows/win32/api/handleapi/nf-handleapi-duplicatehandle"),
			MSLearn("CloseHandle function", "windows/win32/api/handleapi/nf-handleapi-closehandle")),
		Matters("Closing the own handle is not enough to end a pipe."),
		Try(func(t *Trial) {
			p := newPipe(t, false)
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
			_, err := win32.DuplicateBetween(win32.Self, p.w, open(t, c), false)
			t.NoError(err)
			p.closeWriter()
			read := t.Go(func() error { _, err := win32.Read(p.r, make([]byte, 1)); return err })
			t.Observe("a process that never ran keeps the pipe open", read.State() == Blocked).To(BeTrue())
			t.NoError(c.Kill())
			c.Wait()
			t.Observe("with its end the pipe ends", read.Returned()).To(BeTrue())
			t.ObserveError("with", read.Err()).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))
})
