package handle

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const unchecked = "Wine hands over what is in the list and checks none of it."

// startError observes the error of a start by this call.
func startError(t *Trial, s win32.Start) Observation {
	_, err := t.TryStart(Exit(0), Calling(s))
	return t.ObserveError("error of the start", err)
}

var startupInfoEx = MSLearn("STARTUPINFOEXW structure", "windows/win32/api/winbase/ns-winbase-startupinfoexw")

// measuredLists are tests of what no page about the list says, the numbers of errors mostly.
var measuredLists = Document("win32-console-docs: its tests of handles on Windows XP to 10",
	"https://github.com/rprichard/win32-console-docs/tree/55e6585721e91bab4566e9c9f31c9aab64d32a08/src/HandleTests")

var _ = Area("handle", title, func() {
	Behaviour("handle.list.only", Must,
		"With PROC_THREAD_ATTRIBUTE_HANDLE_LIST and TRUE for bInheritHandles a child inherits the listed handles (by "+
			"measurement none of them if one is NULL) and no other, what a start without STARTF_USESTDHANDLES duplicates of "+
			"the creator's standard handles excepted.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute, MeasuredConsoles),
		Matters("It is the direct way to start children from several threads without giving each the others' pipes."),
		Remedy("Leave NULL out of the list: a program without a console gets it from GetStdHandle."),
		Was("win.handle.list.only"),
		Try(func(t *Trial) {
			listed, second, unlisted := NewHandlePipe(t, true), NewHandlePipe(t, true), NewHandlePipe(t, true)
			suspended(t, win32.Start{Inherit: true, List: []win32.Handle{listed.W.Handle, second.W.Handle}})
			t.Observe("whether the child holds the listed handle", listed.Held()).To(BeTrue())
			t.Observe("whether the child holds the second listed handle", second.Held()).To(BeTrue())
			t.Observe("whether the child holds the other handle", unlisted.Held()).To(BeFalse())
		}))

	Behaviour("handle.list.needs-inherit-true", Must,
		"A handle list requires TRUE for bInheritHandles; with FALSE, by measurement, CreateProcessW fails with "+
			"ERROR_INVALID_PARAMETER.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute, measuredLists),
		Matters("A start that was hardened with a handle list fails as a whole."), Seen("stellar/stellar-core#2270"),
		Diverges("Wine", "error of the start", "none", unchecked, WineProcess),
		Was("win.handle.list.needs-inherit-true"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			startError(t, win32.Start{List: []win32.Handle{p.W.Handle}}).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))

	Behaviour("handle.list.needs-inheritable", Must,
		"A handle in a handle list has to be inheritable; with one that is not, by measurement, CreateProcessW fails with "+
			"ERROR_INVALID_PARAMETER.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute, measuredLists),
		Matters("One handle that was not made inheritable keeps the child from starting; the error does not say which."),
		Remedy("List inheritable duplicates that are made for the one call, and close them after it: as long as they are "+
			"open, a start without a list hands them on too."),
		Diverges("Wine", "error of the start", "none", unchecked, WineProcess),
		Was("win.handle.list.needs-inheritable"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			startError(t, win32.Start{Inherit: true, List: []win32.Handle{p.W.Handle}}).
				To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))

	Behaviour("handle.list.no-pseudo", Must,
		"A pseudo-handle cannot be in a handle list; with one, by measurement, CreateProcessW fails with "+
			"ERROR_INVALID_PARAMETER.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute, measuredLists),
		Matters("GetCurrentProcess and GetCurrentThread return values that look like handles and are none; the one of the "+
			"process is the value of an invalid handle too."),
		Remedy("List an inheritable duplicate of a pseudo-handle, with no more access than the child needs."),
		Diverges("Wine", "error of the start", "none", unchecked, WineProcess),
		Was("win.handle.list.no-pseudo"),
		Try(func(t *Trial) {
			startError(t, win32.Start{Inherit: true, List: []win32.Handle{win32.Self}}).
				To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))

	Behaviour("handle.list.not-empty", Observed,
		"An empty handle list is refused by Windows with ERROR_BAD_LENGTH (24), when the attribute is set.",
		OnWindows(CreateProcess, measuredLists),
		Matters("A library that lists what the caller asked for has to leave the list out when that is nothing."),
		Was("win.handle.list.not-empty"),
		Try(func(t *Trial) { startError(t, win32.Start{Inherit: true, List: []win32.Handle{}}) }))

	Behaviour("handle.list.needs-extended-flag", Must,
		"An attribute list needs EXTENDED_STARTUPINFO_PRESENT; without the flag, by measurement, it is ignored: a handle "+
			"that a handle list leaves out is inherited.",
		OnWindows(CreateProcess, ProcessCreationFlags, startupInfoEx, measuredLists),
		Matters("The handle list looks as if it were in use, and the child inherits everything."),
		Was("win.startupinfoex.needs-flag"),
		Try(func(t *Trial) {
			listed, unlisted := NewHandlePipe(t, true), NewHandlePipe(t, true)
			suspended(t, win32.Start{Inherit: true, List: []win32.Handle{listed.W.Handle}, NotExtended: true})
			t.Observe("whether the child holds the unlisted handle", unlisted.Held()).To(BeTrue())
		}))

	Behaviour("handle.list.needs-extended-size", Must,
		"With EXTENDED_STARTUPINFO_PRESENT the member cb has to be the size of STARTUPINFOEX; with that of STARTUPINFO, by "+
			"measurement, CreateProcessW fails with ERROR_INVALID_PARAMETER.",
		OnWindows(CreateProcess, startupInfoEx, measuredLists),
		Matters("A caller that extended the structure and kept the old size starts nothing."),
		Diverges("Wine", "error of the start", "none", "Wine does not look at cb.", WineProcess),
		Was("win.startupinfoex.cb"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, true)
			const plain = 104 // sizeof(STARTUPINFOW) on 64-bit Windows
			startError(t, win32.Start{Inherit: true, List: []win32.Handle{p.W.Handle}, Cb: plain}).
				To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))
})
