package stdio

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("stdio", title, func() {
	Behaviour("stdio.handle.explicit", Must,
		"With STARTF_USESTDHANDLES and TRUE for bInheritHandles the child's standard handles have the values of the call; "+
			"by measurement a NULL among them stays NULL in a child that gets no console of its own.",
		OnWindows(CreateProcess, startupInfo, MeasuredConsoles),
		Matters("The output of a child goes where its creator says."),
		Was("win.std.explicit"),
		Try(func(t *Trial) {
			p, c := NewHandlePipe(t, false), withConsole(t)
			null, w := nullDevice(t).DuplicateInto(c, true), p.W.DuplicateInto(c, true)
			given := [3]win32.Handle{null, w, 0}
			g := c.Start(Agent(), Calling(win32.Start{Inherit: true, UseStd: true, Std: given, List: []win32.Handle{null, w}}))
			values := Ask(g, agent.StdHandles)
			for i, name := range []string{"input", "output", "error, which is NULL"} {
				t.Observe("whether the child has the value given as standard "+name, values[i] == given[i]).To(BeTrue())
			}
			MustCall(g, agent.Write, agent.WriteArgs{FD: 1, Data: "out"})
			text, err := p.R.Read(64)
			t.NoError(err)
			t.Observe("data that the child wrote to standard output", text).To(Equal("out"))
		}))

	Behaviour("stdio.handle.not-magic", Must,
		"A handle that STARTUPINFO names is not made inheritable by that: a private one is not inherited; by measurement "+
			"its value arrives all the same.",
		OnWindows(CreateProcess, startupInfo, MeasuredConsoles),
		Matters("The child starts without an error, and what it writes is lost, or goes to another object that has the "+
			"value in the child."),
		Remedy("Pass inheritable duplicates and name them in a handle list. As long as they are open, a start elsewhere in "+
			"the program that has no list hands them on too."),
		ProvedBy("stdio.handle.explicit"),
		Was("win.std.not-magic"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, UseStd: true, Std: [3]win32.Handle{0, p.W.Handle, 0}}))
			values := Ask(c, agent.StdHandles)
			t.Observe("whether the child has the value given as standard output", values[1] == p.W.Handle).To(BeTrue())
			t.Observe("whether the child holds the pipe", p.Held()).To(BeFalse())
		}))

	Behaviour("stdio.handle.null-input", Should,
		"In a child that gets no console of its own, a read of a standard input that is NULL fails with "+
			"ERROR_INVALID_HANDLE; it does not give the end of file.",
		OnWindows(CreateProcess, getStdHandle, startupInfo),
		Matters("A child that should have seen no input sees an error, and many programs stop there."),
		Remedy("Pass a handle of NUL for input that is empty."), ProvedBy("stdio.handle.nul-device"),
		Seen("python/cpython#48155"),
		Was("win.stdin.null-handle"),
		Try(func(t *Trial) {
			c := withConsole(t)
			null := nullDevice(t).DuplicateInto(c, true)
			g := c.Start(Agent(), Calling(win32.Start{Inherit: true, UseStd: true,
				Std: [3]win32.Handle{0, null, null}, List: []win32.Handle{null}}))
			text, err := Call(g, agent.Read, agent.ReadArgs{FD: 0, Max: 1})
			t.Observe("bytes read", len(text)).To(Equal(0))
			t.ObserveError("error of the read", err).To(Equal("ERROR_INVALID_HANDLE (6)"))
		}))

	Behaviour("stdio.handle.nul-device", Should,
		"A read from NUL gives no bytes and no error, a write to NUL takes everything; NUL is a character device and "+
			"no console.",
		OnWindows(System, MSLearn("Naming Files, Paths, and Namespaces", "windows/win32/fileio/naming-a-file"),
			MSLearn("GetFileType function", "windows/win32/api/fileapi/nf-fileapi-getfiletype")),
		Matters("A child that should neither read nor print is given NUL; a program that takes every character device "+
			"for a terminal is misled by it."),
		Was("win.nul"),
		Try(func(t *Trial) {
			null := nullDevice(t)
			text, err := null.Read(8)
			t.Observe("bytes read", len(text)).To(Equal(0))
			t.ObserveError("error of the read", err).To(Equal("none"))
			n, err := null.Write("gone")
			t.Observe("bytes written", n).To(Equal(4))
			t.ObserveError("error of the write", err).To(Equal("none"))
			kind, err := win32.FileType(null.Handle)
			t.NoError(err)
			t.Observe("type of NUL", kind).To(Equal("FILE_TYPE_CHAR"))
			console, err := win32.IsConsole(null.Handle)
			t.NoError(err)
			t.Observe("whether NUL is a console", console).To(BeFalse())
		}))
})
