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
		"What a child finds in lpReserved2: what its creator put there, unchanged; C runtimes hand descriptors above 2 over in it.",
		OnWindows(CreateProcess, startupInfo),
		Matters("Descriptors above 2 work only between programs whose runtimes share this convention."),
		Was("win.crt.lpreserved2"),
		Try(func(t *Trial) {
			c := t.Start(Agent(), Calling(win32.Start{Reserved2: []byte("spawnspec was here")}))
			t.Observe("lpReserved2", string(Ask(c, agent.Reserved2)))
		}))

	Behaviour("stdio.crt.descriptor-map", Must,
		"There are three standard handles and no numbered descriptors: os/exec refuses ExtraFiles.",
		OnWindows(OSExec, GoDoc("os/exec#Cmd")),
		Matters("Protocols that speak over descriptor 3 have no equivalent."),
		Remedy("Mark a handle inheritable, name it in SysProcAttr.AdditionalInheritedHandles and tell the child its number."),
		ProvedBy("handle.inherit.same-value"),
		Was("win.fork.fd-map"),
		Try(func(t *Trial) {
			_, err := t.TryStart(Exit(0), Descriptor(3, platform.Null))
			t.ObserveError("a start with a fourth file", err).To(Equal("not supported by windows"))
		}))
})
