package win32

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// creator is a child whose standard output is the pipe's write end, which this
// process has closed; the others are the null device.
func creator(t *Trial, p *pipe) *Process {
	null := inheritableNull(t)
	c := t.Start(Agent(), Calling(win32.Start{Inherit: true, UseStd: true,
		Std: [3]win32.Handle{null, p.w, null}, List: []win32.Handle{null, p.w}}))
	Ask(c, agent.StdHandles)
	p.closeWriter()
	return c
}

func inheritableNull(t *Trial) win32.Handle {
	h, err := win32.OpenFile("NUL", false)
	t.NoError(err)
	t.Defer(func() { _ = win32.Close(h) })
	t.NoError(win32.SetInherit(h, true))
	return h
}

var _ = Area("win32", "Windows processes", func() {
	getStdHandle := MSLearn("GetStdHandle function", "windows/console/getstdhandle")

	Behaviour("win.std.explicit", Must,
		"With STARTF_USESTDHANDLES and bInheritHandles TRUE the child's standard handles have the three values of the call.",
		about(CreateProcess, startupInfo),
		Matters("Output of a child goes where its creator says."),
		Try(func(t *Trial) {
			p, null := newPipe(t, true), inheritableNull(t)
			given := [3]win32.Handle{null, p.w, 0}
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, UseStd: true, Std: given, List: []win32.Handle{null, p.w}}))
			values := Ask(c, agent.StdHandles)
			for i, name := range []string{"input", "output", "error (none)"} {
				t.Observe("standard "+name+" has the value given", values[i] == given[i]).To(BeTrue())
			}
			p.closeWriter()
			MustCall(c, agent.Write, agent.WriteArgs{FD: 1, Data: "out"})
			text, _ := p.read()
			t.Observe("what standard output carries", text).To(Equal("out"))
		}))

	Behaviour("win.std.not-magic", Must,
		"To name a handle in STARTUPINFO does not make it inheritable: a private one arrives as a number with nothing behind it.",
		about(CreateProcess, startupInfo),
		Matters("The child starts without an error, and everything that it writes is lost."),
		Remedy("Set HANDLE_FLAG_INHERIT on the three handles, and name them in the handle list if there is one."),
		ProvedBy("win.std.explicit"),
		Try(func(t *Trial) {
			p := newPipe(t, false)
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, UseStd: true, Std: [3]win32.Handle{0, p.w, 0}}))
			values := Ask(c, agent.StdHandles)
			t.Observe("standard output has the value given", values[1] == p.w).To(BeTrue())
			t.Observe("the child holds the pipe", p.held()).To(BeFalse())
		}))

	Behaviour("win.std.inherit-false-null", Observed,
		"What the child's standard handles are with STARTF_USESTDHANDLES and bInheritHandles FALSE, which the documentation rules out: Windows 8 and later make them NULL.",
		about(CreateProcess, startupInfo, measured),
		Matters("On older Windows the child got numbers that meant nothing, and wrote to whatever they named."),
		Try(func(t *Trial) {
			p := newPipe(t, true)
			c := t.Start(Agent(), Calling(win32.Start{UseStd: true, Std: [3]win32.Handle{p.w, p.w, p.w}}))
			t.Observe("standard handles", names(Ask(c, agent.StdHandles), p.w))
			t.Observe("the child holds the pipe", p.held())
		}))

	Behaviour("win.std.default-copy", Must,
		"Without STARTF_USESTDHANDLES and with bInheritHandles TRUE the child's standard handles have its creator's values.",
		about(CreateProcess, getStdHandle, measured),
		Matters("A redirected program redirects what it starts."),
		Try(func(t *Trial) {
			p := newPipe(t, true)
			c := creator(t, p)
			own := Ask(c, agent.StdHandles)
			g := c.Start(Agent(), Calling(win32.Start{Inherit: true}))
			values := Ask(g, agent.StdHandles)
			t.Observe("standard output has the creator's value", values[1] == own[1]).To(BeTrue())
			MustCall(g, agent.Write, agent.WriteArgs{FD: 1, Data: "through"})
			text, _ := p.read()
			t.Observe("what it carries", text).To(Equal("through"))
		}))

	Behaviour("win.std.default-duplicate", Observed,
		"What a console child gets without STARTF_USESTDHANDLES and with bInheritHandles FALSE: duplicates of its creator's standard handles, although nothing is inherited.",
		about(CreateProcess, measured),
		Matters("The reader of a pipe waits for a process that was started with no handles at all."),
		Remedy("Pass STARTF_USESTDHANDLES with NUL, or DETACHED_PROCESS."), ProvedBy("win.std.detached-null"),
		Try(func(t *Trial) {
			p := newPipe(t, true)
			c := creator(t, p)
			g := c.Start(Agent(), Orphan(), Calling(win32.Start{}))
			_, err := Call(g, agent.Write, agent.WriteArgs{FD: 1, Data: "not inherited"})
			t.ObserveError("a write to standard output", err)
			if err == nil {
				text, _ := p.read()
				t.Observe("what arrives", text)
			}
			c.Exit(0)
			c.Wait()
			t.Observe("the pipe is open after the creator's end", p.held())
		}))

	Behaviour("win.std.detached-null", Must,
		"A DETACHED_PROCESS that is given no standard handles has none: GetStdHandle returns NULL, and a read there fails.",
		about(CreateProcess, getStdHandle, creationFlags),
		Matters("Programs that print or prompt fail when they run as a background process."),
		Remedy("Give a background process NUL for the three standard handles."), ProvedBy("win.nul"),
		Try(func(t *Trial) {
			p := newPipe(t, true)
			c := creator(t, p)
			g := c.Start(Agent(), Calling(win32.Start{Flags: win32.DETACHED_PROCESS}))
			t.Observe("standard handles", names(Ask(g, agent.StdHandles), 0)).To(Equal([]string{"NULL", "NULL", "NULL"}))
			_, err := Call(g, agent.Read, agent.ReadArgs{FD: 0, Max: 1})
			t.ObserveError("a read of standard input", err).To(Equal("ERROR_INVALID_HANDLE (6)"))
		}))

	Behaviour("win.stdin.null-handle", Should,
		"Standard input that is NULL reads as an invalid handle, not as the end of input.",
		about(CreateProcess, getStdHandle, startupInfo),
		Matters("A child that should have seen no input sees an error, and many programs stop there."),
		Remedy("Pass a handle of NUL for input that is empty."), ProvedBy("win.nul"), Seen("python/cpython#48155"),
		Try(func(t *Trial) {
			null := inheritableNull(t)
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, UseStd: true,
				Std: [3]win32.Handle{0, null, null}, List: []win32.Handle{null}}))
			text, err := Call(c, agent.Read, agent.ReadArgs{FD: 0, Max: 1})
			t.Observe("bytes read", len(text)).To(Equal(0))
			t.ObserveError("error", err).To(Equal("ERROR_INVALID_HANDLE (6)"))
		}))

	Behaviour("win.nul", Should,
		"NUL is an empty input and swallows output: reads give no bytes and no error, writes succeed; it is a character device and no console.",
		about(System, MSLearn("Naming Files, Paths, and Namespaces", "windows/win32/fileio/naming-a-file"),
			MSLearn("GetFileType function", "windows/win32/api/fileapi/nf-fileapi-getfiletype")),
		Matters("It is what to give a child that should neither read nor print; a program that takes every character device for a terminal is fooled."),
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

	Behaviour("win.crt.lpreserved2", Observed,
		"What a child finds in lpReserved2: what its creator put there, unchanged; C runtimes hand descriptors above 2 over in it.",
		about(CreateProcess, startupInfo),
		Matters("Descriptors above 2 work only between programs whose runtimes share this convention."),
		Try(func(t *Trial) {
			c := t.Start(Agent(), Calling(win32.Start{Reserved2: []byte("spawnspec was here")}))
			t.Observe("lpReserved2", string(Ask(c, agent.Reserved2)))
		}))

	Behaviour("win.fork.fd-map", Must,
		"There are three standard handles and no numbered descriptors: os/exec refuses ExtraFiles.",
		about(OSExec, GoDoc("os/exec#Cmd")),
		Matters("Protocols that speak over descriptor 3 have no equivalent."),
		Remedy("Mark a handle inheritable, name it in SysProcAttr.AdditionalInheritedHandles and tell the child its number."),
		ProvedBy("win.handle.same-value"),
		Try(func(t *Trial) {
			_, err := t.TryStart(Exit(0), Descriptor(3, platform.Null))
			t.ObserveError("a start with a fourth file", err).To(Equal("not supported by windows"))
		}))
})

// names tells what standard handles are without telling their values.
func names(values [3]win32.Handle, given win32.Handle) []string {
	said := make([]string, len(values))
	for i, h := range values {
		switch h {
		case 0:
			said[i] = "NULL"
		case win32.Self:
			said[i] = "INVALID_HANDLE_VALUE"
		case given:
			said[i] = "the value given"
		default:
			said[i] = "another value"
		}
	}
	return said
}
