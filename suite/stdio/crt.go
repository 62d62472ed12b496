package stdio

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("stdio", title, func() {
	Behaviour("stdio.crt.reserved-block", Observed,
		"lpReserved2 reaches the child unchanged, although the documentation reserves it: C runtimes pass descriptors "+
			"above 2 in it.",
		OnWindows(CreateProcess, startupInfo),
		Matters("Descriptors above 2 work only between programs whose runtimes share this convention."),
		Was("win.crt.lpreserved2"),
		Try(func(t *Trial) {
			c := t.Start(Agent(), Calling(win32.Start{Reserved2: []byte("spawnspec was here")}))
			t.Observe("contents of lpReserved2 in the child", string(Ask(c, agent.Reserved2)))
		}))

	Behaviour("stdio.crt.descriptor-map", Must,
		"os/exec does not support ExtraFiles on Windows: by Go's source a start with a fourth file fails.",
		OnWindows(OSExec, GoDoc("os/exec#Cmd"), Document("Go: syscall.StartProcess of Windows",
			"https://github.com/golang/go/blob/go1.26.0/src/syscall/exec_windows.go")),
		Matters("A protocol that uses descriptor 3 needs another way there: C runtimes and libuv pass numbered "+
			"descriptors in lpReserved2, which os/exec does not set."),
		Remedy("Make an inheritable duplicate, name it in SysProcAttr.AdditionalInheritedHandles, give the child its value, "+
			"and close it after the start: as long as it is open, starts without a handle list hand it on too."),
		ProvedBy("handle.inherit.same-value"),
		Was("win.fork.fd-map"),
		Try(func(t *Trial) {
			_, err := t.TryStart(Exit(0), Descriptor(3, platform.Null))
			t.ObserveError("error of a start with a fourth file", err).
				To(Equal("not supported by windows")) // syscall.EWINDOWS
		}))
})
