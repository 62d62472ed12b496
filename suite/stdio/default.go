package stdio

import (
	"fmt"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// creator is a child whose standard output is the pipe's write end, which this
// process has closed; the others are the null device.
func creator(t *Trial, p *HandlePipe) *Process {
	null := inheritableNull(t)
	c := t.Start(Agent(), Calling(win32.Start{Inherit: true, UseStd: true,
		Std: [3]win32.Handle{null, p.W, null}, List: []win32.Handle{null, p.W}}))
	Ask(c, agent.StdHandles)
	p.CloseWriter()
	return c
}

// nameHandles tells what standard handles are without telling their values.
func nameHandles(values [3]win32.Handle, given win32.Handle) []string {
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

var _ = Area("stdio", title, func() {
	Behaviour("stdio.default.go-null-device", Must,
		"A standard stream that a command is not given is the null device.",
		On(OSExec), Cite(GoDoc("os/exec#Cmd")),
		Matters("A program that finds its standard streams closed reads and writes whatever it opens first instead."),
		Was("go.cmd.null-device"),
		Try(func(t *Trial) {
			c := t.Start(Inspect(), NoStdio())
			for _, f := range c.Snapshot().Files {
				if f.FD <= 2 {
					t.Observe(fmt.Sprint("descriptor ", f.FD), f.Kind).To(Equal("character"))
				}
			}
			got, err := Call(c, agent.Read, agent.ReadArgs{FD: 0, Max: 16})
			t.ObserveError("error of a read from standard input", err).To(Equal("none"))
			t.Observe("what is read", string(got)).To(BeEmpty())
		}))

	Behaviour("stdio.default.inherit-false-null", Observed,
		"What the child's standard handles are with STARTF_USESTDHANDLES and bInheritHandles FALSE, which the documentation rules out: Windows 8 and later make them NULL.",
		OnWindows(CreateProcess, startupInfo, MeasuredConsoles),
		Matters("On older Windows the child got numbers that meant nothing, and wrote to whatever they named."),
		Was("win.std.inherit-false-null"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			c := t.Start(Agent(), Calling(win32.Start{UseStd: true, Std: [3]win32.Handle{p.W, p.W, p.W}}))
			t.Observe("standard handles", nameHandles(Ask(c, agent.StdHandles), p.W))
			t.Observe("the child holds the pipe", p.Held())
		}))

	Behaviour("stdio.default.copy", Must,
		"Without STARTF_USESTDHANDLES and with bInheritHandles TRUE the child's standard handles have its creator's values.",
		OnWindows(CreateProcess, getStdHandle, MeasuredConsoles),
		Matters("A redirected program redirects what it starts."),
		Was("win.std.default-copy"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			c := creator(t, p)
			own := Ask(c, agent.StdHandles)
			g := c.Start(Agent(), Calling(win32.Start{Inherit: true}))
			values := Ask(g, agent.StdHandles)
			t.Observe("standard output has the creator's value", values[1] == own[1]).To(BeTrue())
			MustCall(g, agent.Write, agent.WriteArgs{FD: 1, Data: "through"})
			text, _ := p.Read()
			t.Observe("what it carries", text).To(Equal("through"))
		}))

	Behaviour("stdio.default.duplicate", Observed,
		"What a console child gets without STARTF_USESTDHANDLES and with bInheritHandles FALSE: duplicates of its creator's standard handles, although nothing is inherited.",
		OnWindows(CreateProcess, MeasuredConsoles),
		Matters("The reader of a pipe waits for a process that was started with no handles at all."),
		Remedy("Pass STARTF_USESTDHANDLES with NUL, or DETACHED_PROCESS."), ProvedBy("stdio.default.detached-null"),
		Was("win.std.default-duplicate"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			c := creator(t, p)
			g := c.Start(Agent(), Orphan(), Calling(win32.Start{}))
			_, err := Call(g, agent.Write, agent.WriteArgs{FD: 1, Data: "not inherited"})
			t.ObserveError("a write to standard output", err)
			if err == nil {
				text, _ := p.Read()
				t.Observe("what arrives", text)
			}
			c.Exit(0)
			c.Wait()
			t.Observe("the pipe is open after the creator's end", p.Held())
		}))

	Behaviour("stdio.default.detached-null", Must,
		"A DETACHED_PROCESS that is given no standard handles has none: GetStdHandle returns NULL, and a read there fails.",
		OnWindows(CreateProcess, getStdHandle, ProcessCreationFlags),
		Matters("Programs that print or prompt fail when they run as a background process."),
		Remedy("Give a background process NUL for the three standard handles."), ProvedBy("stdio.handle.nul-device"),
		Was("win.std.detached-null"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			c := creator(t, p)
			g := c.Start(Agent(), Calling(win32.Start{Flags: win32.DETACHED_PROCESS}))
			t.Observe("standard handles", nameHandles(Ask(g, agent.StdHandles), 0)).To(Equal([]string{"NULL", "NULL", "NULL"}))
			_, err := Call(g, agent.Read, agent.ReadArgs{FD: 0, Max: 1})
			t.ObserveError("a read of standard input", err).To(Equal("ERROR_INVALID_HANDLE (6)"))
		}))
})
