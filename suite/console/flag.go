package console

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("console", title, func() {
	Behaviour("console.flag.detached", Must,
		"A DETACHED_PROCESS has no console: no code page, no CONOUT$, no window.",
		OnWindows(CreateProcess, ProcessCreationFlags, MSLearn("Creation of a Console", "windows/console/creation-of-a-console")),
		Matters("What such a process prints to its console is lost; what it starts may open a window of its own."),
		Was("win.con.detached"),
		Try(func(t *Trial) {
			c := t.Start(Agent(), Flags(win32.DETACHED_PROCESS))
			console := Ask(c, agent.ConsoleState)
			t.Observe("there is a code page", console.CodePage).To(BeFalse())
			t.Observe("CONOUT$ opens", console.Opens).To(BeFalse())
			t.Observe("there is a window", console.Window).To(BeFalse())
		}))

	Behaviour("console.flag.no-window", Must,
		"A child created with CREATE_NO_WINDOW has a console without a window.",
		OnWindows(CreateProcess, ProcessCreationFlags),
		Matters("A service or a windowed program can run console programs without a flash on the screen, and they still find a console."),
		Was("win.con.no-window"),
		Try(func(t *Trial) {
			c := t.Start(Agent(), Flags(win32.CREATE_NO_WINDOW))
			console := Ask(c, agent.ConsoleState)
			t.Observe("there is a code page", console.CodePage).To(BeTrue())
			t.Observe("CONOUT$ opens", console.Opens).To(BeTrue())
			t.Observe("there is a window", console.Window).To(BeFalse())
		}))

	Behaviour("console.flag.new-plus-detached", Must,
		"CREATE_NEW_CONSOLE together with DETACHED_PROCESS is refused with ERROR_INVALID_PARAMETER.",
		OnWindows(CreateProcess, ProcessCreationFlags, CreateProcessW, MeasuredConsoles),
		Matters("Flags collected from several options fail only on real Windows."),
		Diverges("Wine", "error", "none", "Wine does not hold the two flags against each other.", WineProcess),
		Was("win.con.new-plus-detached"),
		Try(func(t *Trial) {
			_, err := t.TryStart(Exit(0), Flags(win32.CREATE_NEW_CONSOLE|win32.DETACHED_PROCESS))
			t.ObserveError("error", err).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))
})
