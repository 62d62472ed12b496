// Package spec declares behaviours: the sentences of the specification, each with
// what stands behind it. Package trial makes the bodies that try them.
//
//	var _ = Area("pipe", "Pipes between parent and child", func() {
//		Behaviour("pipe.eof.last-writer", Must,
//			"A reader sees the end of file when the last writer has closed the pipe.",
//			Cite(POSIX("read"), PipeHandleInheritance),
//			Matters("Every reader of a command's output waits for this."),
//			Try(func(t *Trial) { … }))
//	})
//
// # The id
//
// An id is AREA.FILE.NAME: pipe.eof.last-writer is declared in suite/pipe/eof.go. An
// id is never given to another behaviour. A renamed behaviour says Was; a behaviour
// that is gone is Retired. --only, explain and compare understand earlier ids.
//
// # The sentence
//
// One normative sentence, as wide as the truth and no wider: about one system, one C
// library or os/exec alone, it says so. Every clause of it has a check in the body.
//
//	Must      a standard or the vendor's documentation promises it, on the page
//	          that Cite names
//	Should    this suite's contract for a good way to start a program
//	Observed  unspecified: recorded and compared, never failed; the sentence says
//	          what was found or what is open
//
// # The parts
//
//	Cite       who promises it
//	Matters    what goes wrong for people when it is different
//	Remedy     what to do; ProvedBy names the behaviour that shows that it helps,
//	           For the runtimes that it is for
//	Seen       real reports
//	About      which systems the sentence is about; without it, all
//	On         the launchers that it is tried on; without it, Images
//	Needs      features of the host without which it cannot be tried (unmet)
//	Alone      no other trial may run meanwhile
//	Diverges   a known difference of an implementation or a runtime, by value,
//	           with the reason and a link; red when the value is gone
//	Role, DefaultOf  what the behaviour is to a comparison: a default, a story, a remedy
//	Was        earlier ids
//	Try, ViaDriver   the bodies
//
// Needs is for what the host lacks, On for what a launcher cannot do, About for what
// the sentence says: a trial that cannot run somewhere gives the reason of the three
// that it is.
//
// [Check] holds what is declared against these rules.
package spec
