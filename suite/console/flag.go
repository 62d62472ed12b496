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
		"A child that is started with DETACHED_PROCESS begins without a console: no code page, no CONOUT$, no window.",
		OnWindows(CreateProcess, ProcessCreationFlags,
			MSLearn("Creation of a Console", "windows/console/creation-of-a-console")),
		Matters("What such a process prints to a console is lost; what it starts may open a window."),
		Was("win.con.detached"),
		Try(func(t *Trial) {
			// Without a flag a child has its creator's console; this process may have none.
			creator := t.Start(Agent(), Calling(win32.Start{Flags: win32.CREATE_NEW_CONSOLE, Hide: true}))
			its := Ask(creator, agent.ConsoleState)
			if !its.CodePage || !its.Opens {
				t.Unmet("a child with CREATE_NEW_CONSOLE has no console here")
			}
			t.Observe("whether its creator's console has a window", its.Window)
			child := creator.Start(Agent(), InheritStdio(), Flags(win32.DETACHED_PROCESS))
			console := Ask(child, agent.ConsoleState)
			t.Observe("whether the console has a code page", console.CodePage).To(BeFalse())
			t.Observe("whether CONOUT$ can be opened", console.Opens).To(BeFalse())
			t.Observe("whether the console has a window", console.Window).To(BeFalse())
		}))

	Behaviour("console.flag.no-window", Must,
		"A console program that is started with CREATE_NO_WINDOW, and with neither CREATE_NEW_CONSOLE nor "+
			"DETACHED_PROCESS, begins without a console window.",
		OnWindows(CreateProcess, ProcessCreationFlags),
		Matters("A service or a program with windows can run console programs without a flash on the screen."),
		Was("win.con.no-window"),
		Try(func(t *Trial) {
			creator := t.Start(Agent(), Calling(win32.Start{Flags: win32.CREATE_NEW_CONSOLE, Hide: true}))
			if !Ask(creator, agent.ConsoleState).Window {
				t.Unmet("a new console has no window here")
			}
			child := creator.Start(Agent(), InheritStdio(), Flags(win32.CREATE_NO_WINDOW))
			t.Observe("whether the console has a window", Ask(child, agent.ConsoleState).Window).To(BeFalse())
		}))

	Behaviour("console.flag.no-window-console", Observed,
		"A child that is started with CREATE_NO_WINDOW has a console all the same, although the documentation says "+
			"that the handle of its console is not set.",
		OnWindows(CreateProcess, ProcessCreationFlags, MeasuredConsoles),
		Matters("Console programs that open CONIN$ or CONOUT$ go on working, and what they start shares the console "+
			"and opens no window."),
		Try(func(t *Trial) {
			console := Ask(t.Start(Agent(), Flags(win32.CREATE_NO_WINDOW)), agent.ConsoleState)
			t.Observe("whether the console has a code page", console.CodePage)
			t.Observe("whether CONOUT$ can be opened", console.Opens)
		}))

	Behaviour("console.flag.new-plus-detached", Must,
		"CREATE_NEW_CONSOLE together with DETACHED_PROCESS is refused, by measurement with ERROR_INVALID_PARAMETER.",
		OnWindows(CreateProcess, ProcessCreationFlags, CreateProcessW,
			Document("win32-console-docs: its tests of handles on Windows XP to 10",
				"https://github.com/rprichard/win32-console-docs/tree/55e6585721e91bab4566e9c9f31c9aab64d32a08/src/HandleTests")),
		Matters("Flags that are collected from several options fail on Windows and not in Wine."),
		Diverges("Wine", "error of the start", "none", "Wine accepts the two flags together.", WineProcess),
		Was("win.con.new-plus-detached"),
		Try(func(t *Trial) {
			_, err := t.TryStart(Exit(0), Flags(win32.CREATE_NEW_CONSOLE|win32.DETACHED_PROCESS))
			t.ObserveError("error of the start", err).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))
})
