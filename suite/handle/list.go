package handle

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const unchecked = "Wine hands over what is in the list and checks none of it."

var refused = func(t *Trial, s win32.Start) Observation {
	_, err := t.TryStart(Exit(0), Calling(s))
	return t.ObserveError("error", err)
}

var startupInfoEx = MSLearn("STARTUPINFOEXW structure", "windows/win32/api/winbase/ns-winbase-startupinfoexw")

var _ = Area("handle", title, func() {
	Behaviour("handle.list.only", Must,
		"With PROC_THREAD_ATTRIBUTE_HANDLE_LIST a child inherits the listed handles and no other.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute),
		Matters("It is the only way to start children from several threads without each getting the others' pipes."),
		Was("win.handle.list.only"),
		Try(func(t *Trial) {
			listed, unlisted := NewHandlePipe(t, true), NewHandlePipe(t, true)
			suspended(t, win32.Start{Inherit: true, List: []win32.Handle{listed.W}})
			t.Observe("the child holds the listed one", listed.Held()).To(BeTrue())
			t.Observe("the child holds the other one", unlisted.Held()).To(BeFalse())
		}))

	Behaviour("handle.list.needs-inherit-true", Must,
		"A handle list has to come with bInheritHandles TRUE; with FALSE the call fails with ERROR_INVALID_PARAMETER.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute, MeasuredConsoles),
		Matters("A start that was hardened with a handle list fails as a whole."), Seen("stellar/stellar-core#2270"),
		Diverges("Wine", "error", "none", unchecked, WineProcess),
		Was("win.handle.list.needs-inherit-true"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			refused(t, win32.Start{List: []win32.Handle{p.W}}).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))

	Behaviour("handle.list.needs-inheritable", Must,
		"A handle that is not inheritable cannot be in a handle list: the call fails with ERROR_INVALID_PARAMETER.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute, MeasuredConsoles),
		Matters("One handle that was not marked, and nothing starts; the error does not say which."),
		Remedy("List inheritable duplicates that are made for the one call."),
		Diverges("Wine", "error", "none", unchecked, WineProcess),
		Was("win.handle.list.needs-inheritable"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			refused(t, win32.Start{Inherit: true, List: []win32.Handle{p.W}}).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))

	Behaviour("handle.list.no-pseudo", Must,
		"A pseudo-handle cannot be in a handle list: the call fails with ERROR_INVALID_PARAMETER.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute, MeasuredConsoles),
		Matters("GetCurrentProcess and GetCurrentThread look like handles; duplicate them first."),
		Diverges("Wine", "error", "none", unchecked, WineProcess),
		Was("win.handle.list.no-pseudo"),
		Try(func(t *Trial) {
			refused(t, win32.Start{Inherit: true, List: []win32.Handle{win32.Self}}).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))

	Behaviour("handle.list.not-empty", Observed,
		"What an empty handle list gives: Windows refuses it with ERROR_BAD_LENGTH (24) when the attribute is set.",
		OnWindows(CreateProcess, MeasuredConsoles),
		Matters("A library that lists what the caller asked for has to leave the list out when that is nothing."),
		Was("win.handle.list.not-empty"),
		Try(func(t *Trial) { refused(t, win32.Start{Inherit: true, List: []win32.Handle{}}) }))

	Behaviour("handle.list.needs-extended-flag", Must,
		"Without EXTENDED_STARTUPINFO_PRESENT an attribute list is ignored: a handle that it leaves out is inherited.",
		OnWindows(CreateProcess, ProcessCreationFlags, startupInfoEx),
		Matters("The handle list looks as if it were in use, and everything leaks."),
		Was("win.startupinfoex.needs-flag"),
		Try(func(t *Trial) {
			listed, unlisted := NewHandlePipe(t, true), NewHandlePipe(t, true)
			suspended(t, win32.Start{Inherit: true, List: []win32.Handle{listed.W}, NotExtended: true})
			t.Observe("the child holds the unlisted one", unlisted.Held()).To(BeTrue())
		}))

	Behaviour("handle.list.needs-extended-size", Must,
		"With EXTENDED_STARTUPINFO_PRESENT the size in cb has to be that of STARTUPINFOEX; else the call fails with ERROR_INVALID_PARAMETER.",
		OnWindows(CreateProcess, startupInfoEx, MeasuredConsoles),
		Matters("A structure that was extended and not resized starts nothing."),
		Diverges("Wine", "error", "none", "Wine does not look at cb.", WineProcess),
		Was("win.startupinfoex.cb"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			const plain = 104 // sizeof(STARTUPINFOW) on 64-bit Windows
			refused(t, win32.Start{Inherit: true, List: []win32.Handle{p.W}, Cb: plain}).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))
})
