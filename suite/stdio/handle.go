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
		"With STARTF_USESTDHANDLES and bInheritHandles TRUE the child's standard handles have the three values of the call.",
		OnWindows(CreateProcess, startupInfo),
		Matters("Output of a child goes where its creator says."),
		Was("win.std.explicit"),
		Try(func(t *Trial) {
			p, null := NewHandlePipe(t, true), inheritableNull(t)
			given := [3]win32.Handle{null, p.W, 0}
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, UseStd: true, Std: given, List: []win32.Handle{null, p.W}}))
			values := Ask(c, agent.StdHandles)
			for i, name := range []string{"input", "output", "error (none)"} {
				t.Observe("standard "+name+" has the value given", values[i] == given[i]).To(BeTrue())
			}
			p.CloseWriter()
			MustCall(c, agent.Write, agent.WriteArgs{FD: 1, Data: "out"})
			text, _ := p.Read()
			t.Observe("what standard output carries", text).To(Equal("out"))
		}))

	Behaviour("stdio.handle.not-magic", Must,
		"To name a handle in STARTUPINFO does not make it inheritable: a private one arrives as a number with nothing behind it.",
		OnWindows(CreateProcess, startupInfo),
		Matters("The child starts without an error, and everything that it writes is lost."),
		Remedy("Set HANDLE_FLAG_INHERIT on the three handles, and name them in the handle list if there is one."),
		ProvedBy("stdio.handle.explicit"),
		Was("win.std.not-magic"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, UseStd: true, Std: [3]win32.Handle{0, p.W, 0}}))
			values := Ask(c, agent.StdHandles)
			t.Observe("standard output has the value given", values[1] == p.W).To(BeTrue())
			t.Observe("the child holds the pipe", p.Held()).To(BeFalse())
		}))

	Behaviour("stdio.handle.null-input", Should,
		"Standard input that is NULL reads as an invalid handle, not as the end of input.",
		OnWindows(CreateProcess, getStdHandle, startupInfo),
		Matters("A child that should have seen no input sees an error, and many programs stop there."),
		Remedy("Pass a handle of NUL for input that is empty."), ProvedBy("stdio.handle.nul-device"), Seen("python/cpython#48155"),
		Was("win.stdin.null-handle"),
		Try(func(t *Trial) {
			null := inheritableNull(t)
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, UseStd: true,
				Std: [3]win32.Handle{0, null, null}, List: []win32.Handle{null}}))
			text, err := Call(c, agent.Read, agent.ReadArgs{FD: 0, Max: 1})
			t.Observe("bytes read", len(text)).To(Equal(0))
			t.ObserveError("error", err).To(Equal("ERROR_INVALID_HANDLE (6)"))
		}))

	Behaviour("stdio.handle.nul-device", Should,
		"NUL is an empty input and swallows output: reads give no bytes and no error, writes succeed; it is a character device and no console.",
		OnWindows(System, MSLearn("Naming Files, Paths, and Namespaces", "windows/win32/fileio/naming-a-file"),
			MSLearn("GetFileType function", "windows/win32/api/fileapi/nf-fileapi-getfiletype")),
		Matters("It is what to give a child that should neither read nor print; a program that takes every character device for a terminal is fooled."),
		Was("win.nul"),
		Try(func(t *Trial) {
			h, err := win32.OpenFile("NUL", false)
			t.NoError(err)
			defer win32.Close(h)
			n, err := win32.Read(h, make([]byte, 8))
			t.Observe("bytes read", n).To(Equal(0))
			t.ObserveError("error of the read", err).To(Equal("none"))
			n, err = win32.Write(h, []byte("gone"))
			t.Observe("bytes written", n).To(Equal(4))
			t.ObserveError("error of the write", err).To(Equal("none"))
			kind, err := win32.FileType(h)
			t.NoError(err)
			t.Observe("type", kind).To(Equal("FILE_TYPE_CHAR"))
			console, err := win32.IsConsole(h)
			t.NoError(err)
			t.Observe("is a console", console).To(BeFalse())
		}))
})
