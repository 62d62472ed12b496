package pipe

import (
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("pipe", title, func() {
	Behaviour("pipe.mode.no-seek", Must,
		"A pipe has no position: lseek, pread and pwrite fail with ESPIPE.",
		About(Unix), On(System),
		Cite(POSIX("lseek"), POSIX("read"), POSIX("write")),
		Matters("A tool that moves about in its input works with a file and fails with a pipe."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			_, err := r.Seek(0, 0)
			t.ObserveError("error of lseek", err).To(Equal("ESPIPE"))
			_, err = r.ReadAt(make([]byte, 1), 0)
			t.ObserveError("error of pread", err).To(Equal("ESPIPE"))
			_, err = w.WriteAt([]byte("x"), 0)
			t.ObserveError("error of pwrite", err).To(Equal("ESPIPE"))
			t.ObserveError("error of fsync", w.Sync())
			t.ObserveError("error of ftruncate", w.Truncate(0))
		}))

	Behaviour("pipe.mode.nonblock-shared", Must,
		"O_NONBLOCK belongs to the open file description, not to the descriptor: a child that sets it on an end of a "+
			"pipe that it shares with its parent sets it for the parent too.",
		About(Unix),
		Cite(POSIX("fcntl"), POSIX("fork")),
		Matters("A shell or a logger gets EAGAIN for its own output, because something it started has switched the shared "+
			"end."),
		Remedy("Give children ends of their own, and set O_NONBLOCK only on what is not shared."),
		Was("pipe.flags.nonblock-shared"),
		Try(func(t *Trial) {
			_, w := t.Pipe()
			p := t.Start(Agent(), Stdout(w))
			g := p.Start(Agent(), InheritStdio())
			nonblock := func() bool { return fileAt(Ask(p, agent.Descriptors), 1).Nonblock }
			t.Observe("O_NONBLOCK in the parent before", nonblock()).To(BeFalse())
			MustCall(g, agent.SetNonblock, 1)
			t.Observe("O_NONBLOCK in the parent after the child has set it", nonblock()).To(BeTrue())
		}))

	Behaviour("pipe.mode.wrong-end", Must,
		"On Linux, macOS, NetBSD and Windows the write end of a pipe cannot be read and the read end cannot be written; "+
			"POSIX leaves it open, and by their manuals FreeBSD and OpenBSD open both ends for both.",
		On(System),
		Cite(POSIX("pipe"), POSIX("read"), POSIX("write"), pipe7, AnonymousPipeOperations, Document("macOS pipe(2)",
			"https://developer.apple.com/library/mac/documentation/Darwin/Reference/ManPages/man2/pipe.2.html"),
			NetBSDMan("pipe(2)"), FreeBSDMan("pipe(2)"), OpenBSDMan("pipe(2)")),
		Matters("Ends mixed up are found at the first use; where both ends do both, the mix-up is a hang instead."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			refused := PerSystem(map[string]types.GomegaMatcher{"linux": Equal("EBADF"), "darwin": Equal("EBADF"),
				"netbsd": Equal("EBADF"), "windows": Equal("ERROR_ACCESS_DENIED (5)")})
			// Where a pipe carries data both ways, this is what the read of the write end gets.
			_, err := r.Write([]byte("x"))
			t.ObserveError("error of writing the read end", err).To(refused)
			read := t.Go(func() error { _, err := w.Read(make([]byte, 1)); return err })
			t.ObserveError("error of reading the write end", read.Err()).To(refused)
		}))

	Behaviour("pipe.mode.not-waitable", Observed,
		"The state of a pipe handle does not show whether there is something to read: it may be signalled while the "+
			"pipe is empty.",
		OnWindows(System, MSLearn("Synchronization Objects", "windows/win32/sync/synchronization-objects")),
		Matters("A loop that waits for pipe handles spins, or reads from an empty pipe and hangs."),
		Remedy("Use overlapped reads on a named pipe, or a thread for each pipe."), ProvedBy("pipe.named.overlapped"),
		Seen("canonical/ubuntu-pro-for-wsl#492"),
		Was("win.pipe.not-waitable"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			t.ObserveError("error of a wait of no time for an empty pipe", win32.Wait(p.R.Handle, 0))
			_, err := p.W.Write("data")
			t.NoError(err)
			t.ObserveError("error of a wait of no time for a pipe with data", win32.Wait(p.R.Handle, 0))
		}))

	Behaviour("pipe.mode.file-type", Must,
		"GetFileType returns FILE_TYPE_PIPE for both ends of a pipe.",
		OnWindows(System, MSLearn("GetFileType function", "windows/win32/api/fileapi/nf-fileapi-getfiletype")),
		Matters("Programs decide by it whether to buffer, to use colours or to prompt."),
		Was("win.pipe.file-type"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			for _, c := range []struct {
				name string
				h    *Handle
			}{{"read end", p.R}, {"write end", p.W}} {
				kind, err := win32.FileType(c.h.Handle)
				t.NoError(err)
				t.Observe("type of the "+c.name, kind).To(Equal("FILE_TYPE_PIPE"))
			}
		}))
})
