package stdio

import (
	"errors"
	"fmt"
	"os"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// creator is a child with a console (see withConsole) whose standard output is the
// pipe's write end, which this process has closed; the other two are the null device.
func creator(t *Trial, p HandlePipe) *Process {
	null := nullDevice(t)
	t.NoError(win32.SetInherit(null.Handle, true))
	c := t.Start(Agent(), Calling(win32.Start{Flags: win32.CREATE_NO_WINDOW, Inherit: true, UseStd: true,
		Std: [3]win32.Handle{null.Handle, p.W.Handle, null.Handle}, List: []win32.Handle{null.Handle, p.W.Handle}}))
	Ask(c, agent.StdHandles)
	p.W.Close()
	return c
}

// handleNames says what standard handles are without their values.
func handleNames(values [3]win32.Handle, given win32.Handle) []string {
	names := make([]string, len(values))
	for i, h := range values {
		switch h {
		case 0:
			names[i] = "NULL"
		case win32.Self:
			names[i] = "INVALID_HANDLE_VALUE"
		case given:
			names[i] = "the value given"
		default:
			names[i] = "another value"
		}
	}
	return names
}

var _ = Area("stdio", title, func() {
	Behaviour("stdio.default.go-null-device", Must,
		"A standard stream that a command of os/exec is not given is the null device.",
		On(OSExec), Needs("null-device"), Cite(GoDoc("os/exec#Cmd")),
		Matters("A program that finds its standard streams closed reads and writes whatever it opens first instead."),
		Was("go.cmd.null-device"),
		Try(func(t *Trial) {
			null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
			t.NoError(err)
			t.Defer(func() { _ = null.Close() })
			object := "" // of the null device; handles of Windows have no identity
			for _, f := range platform.OpenFiles() {
				if uintptr(f.FD) == null.Fd() {
					object = f.Object
				}
			}
			isNull := Equal("the null device")
			c := t.Start(Inspect(), NoStdio())
			for _, f := range c.Snapshot().Files {
				if f.FD > 2 {
					continue
				}
				what := f.Kind
				if f.Object == object {
					what = "the null device"
				}
				t.Observe(fmt.Sprint("descriptor ", f.FD), what).To(PerSystem(map[string]types.GomegaMatcher{"linux": isNull,
					"darwin": isNull, "freebsd": isNull, "netbsd": isNull, "openbsd": isNull, "windows": Equal("character")}))
			}
			if os.PathSeparator == '\\' { // where a console is a character device too
				values := Ask(c, agent.StdHandles)
				for i, h := range values {
					here, err := win32.DuplicateBetween(OpenProcess(t, c), h, win32.Self, false)
					t.NoError(err)
					console, err := win32.IsConsole(here)
					t.NoError(errors.Join(err, win32.Close(here)))
					t.Observe(fmt.Sprintf("whether descriptor %d is a console", i), console).To(BeFalse())
				}
			}
			got, err := Call(c, agent.Read, agent.ReadArgs{FD: 0, Max: 16})
			t.ObserveError("error of a read from standard input", err).To(Equal("none"))
			t.Observe("data read from standard input", string(got)).To(BeEmpty())

			// Go's runtime opens the null device itself for what it finds closed; a shell does not.
			if os.PathSeparator != '/' {
				return
			}
			shell, err := t.TryStart(Executable("/bin/sh"), NoStdio(), Args("sh", "-c", ": <&0 && : >&1 && : >&2 && exit 7"))
			if err != nil {
				t.Unmet("needs a shell: %v", err)
			}
			t.Observe("exit status of a shell that finds all three open", shell.Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("stdio.default.inherit-false-null", Observed,
		"STARTF_USESTDHANDLES with bInheritHandles FALSE, which the documentation rules out, makes the standard handles "+
			"NULL on Windows 8 and later, in a child that shares its creator's console.",
		OnWindows(CreateProcess, startupInfo, MeasuredConsoles),
		Matters("On older Windows the child got values that named nothing, and wrote to whatever had them later."),
		Was("win.std.inherit-false-null"),
		Try(func(t *Trial) {
			p, c := NewHandlePipe(t, false), withConsole(t)
			w := p.W.DuplicateInto(c, true)
			g := c.Start(Agent(), Orphan(), Calling(win32.Start{UseStd: true, Std: [3]win32.Handle{w, w, w}}))
			t.Observe("standard handles of the child", handleNames(Ask(g, agent.StdHandles), w))
			c.Exit(0)
			c.Wait()
			t.Observe("whether the child holds the pipe", p.Held())
		}))

	Behaviour("stdio.default.copy", Must,
		"A child that shares its creator's console and is started with TRUE for bInheritHandles, without "+
			"STARTF_USESTDHANDLES and without a handle list, has the values of the creator's standard handles, which are the "+
			"same handles if those are inheritable.",
		// "Inheritance (Processes and Threads)" says otherwise: that STARTF_USESTDHANDLES is
		// required. The examples of the two pages that are cited do without.
		OnWindows(CreateProcess, MSLearn("Console Handles", "windows/console/console-handles"), PipeHandleInheritance,
			MeasuredConsoles),
		Matters("A program whose output is redirected redirects what it starts."),
		Was("win.std.default-copy"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			c := creator(t, p)
			own := Ask(c, agent.StdHandles)
			g := c.Start(Agent(), Calling(win32.Start{Inherit: true}))
			values := Ask(g, agent.StdHandles)
			for i, name := range []string{"input", "output", "error"} {
				t.Observe("whether standard "+name+" has the creator's value", values[i] == own[i]).To(BeTrue())
			}
			MustCall(g, agent.Write, agent.WriteArgs{FD: 1, Data: "through"})
			text, err := p.R.Read(64)
			t.NoError(err)
			t.Observe("data that the child wrote to standard output", text).To(Equal("through"))
		}))

	Behaviour("stdio.default.duplicate", Observed,
		"Without STARTF_USESTDHANDLES and with bInheritHandles FALSE, a child that shares its creator's console has "+
			"duplicates of the creator's standard handles, although it inherits nothing.",
		OnWindows(CreateProcess, MeasuredConsoles),
		Matters("The reader of a pipe waits for a process that was started without any handle."),
		Remedy("Pass STARTF_USESTDHANDLES with NUL, or DETACHED_PROCESS."), ProvedBy("stdio.default.detached-null"),
		Was("win.std.default-duplicate"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			c := creator(t, p)
			g := c.Start(Agent(), Orphan(), Calling(win32.Start{}))
			_, err := Call(g, agent.Write, agent.WriteArgs{FD: 1, Data: "not inherited"})
			t.ObserveError("error of the child's write to standard output", err)
			if err == nil {
				text, _ := p.R.Read(64)
				t.Observe("data that the child wrote to standard output", text)
			}
			c.Exit(0)
			c.Wait()
			t.Observe("whether the child holds the pipe after its creator's exit", p.Held())
		}))

	Behaviour("stdio.default.detached-null", Must,
		"A child that is started with DETACHED_PROCESS and is given no standard handles has none: by measurement "+
			"GetStdHandle returns NULL, and a read fails with ERROR_INVALID_HANDLE.",
		OnWindows(CreateProcess, getStdHandle, ProcessCreationFlags, MeasuredConsoles),
		Matters("Programs that print or prompt fail when they run as a background process."),
		Remedy("Give a background process NUL for the three standard handles."), ProvedBy("stdio.handle.nul-device"),
		Was("win.std.detached-null"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			c := creator(t, p)
			g := c.Start(Agent(), Calling(win32.Start{Flags: win32.DETACHED_PROCESS}))
			t.Observe("standard handles of the child", handleNames(Ask(g, agent.StdHandles), 0)).
				To(Equal([]string{"NULL", "NULL", "NULL"}))
			_, err := Call(g, agent.Read, agent.ReadArgs{FD: 0, Max: 1})
			t.ObserveError("error of a read of standard input", err).To(Equal("ERROR_INVALID_HANDLE (6)"))
		}))
})
