package pipe

import (
	. "github.com/onsi/gomega"

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
		Matters("A tool that works with input from a file fails with input from a pipe."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			_, err := r.Seek(0, 0)
			t.ObserveError("lseek", err).To(Equal("ESPIPE"))
			_, err = r.ReadAt(make([]byte, 1), 0)
			t.ObserveError("pread", err).To(Equal("ESPIPE"))
			_, err = w.WriteAt([]byte("x"), 0)
			t.ObserveError("pwrite", err).To(Equal("ESPIPE"))
			t.ObserveError("fsync", w.Sync())
			t.ObserveError("ftruncate", w.Truncate(0))
		}))

	Behaviour("pipe.mode.nonblock-shared", Must,
		"O_NONBLOCK belongs to the pipe's end, not to the process: a child that sets it sets it for its parent too.",
		About(Unix),
		Cite(POSIX("fcntl"), POSIX("fork")),
		Matters("A shell or a logger gets EAGAIN for its own output, because something it started has switched the shared end."),
		Remedy("Give children ends of their own, and set O_NONBLOCK only on what nobody shares."),
		Was("pipe.flags.nonblock-shared"),
		Try(func(t *Trial) {
			_, w := t.Pipe()
			p := t.Start(Agent(), Stdout(w))
			g := p.Start(Agent(), InheritStdio())
			nonblock := func() bool { return file(Ask(p, agent.Descriptors), 1).Nonblock }
			t.Observe("in the parent, before", nonblock()).To(BeFalse())
			MustCall(g, agent.SetNonblock, 1)
			t.Observe("in the parent, after", nonblock()).To(BeTrue())
		}))

	Behaviour("pipe.mode.wrong-end", Must,
		"The write end cannot be read and the read end cannot be written.",
		On(System),
		Cite(POSIX("read"), POSIX("write"), MSLearn("CreatePipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-createpipe")),
		Matters("Ends mixed up are found at the first use and not by a hang."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			refused := unix(Equal("EBADF"), Equal("ERROR_ACCESS_DENIED (5)"))
			_, err := w.Read(make([]byte, 1))
			t.ObserveError("reading the write end", err).To(refused)
			_, err = r.Write([]byte("x"))
			t.ObserveError("writing the read end", err).To(refused)
		}))

	Behaviour("pipe.mode.not-waitable", Observed,
		"Whether a pipe handle tells by its state that there is something to read: it may be signalled while the pipe is empty.",
		OnWindows(System, MSLearn("Synchronization Objects", "windows/win32/sync/synchronization-objects")),
		Matters("A loop that waits on pipe handles spins, or reads when there is nothing and hangs."),
		Remedy("Use overlapped reads on a named pipe, or a thread for each pipe."), ProvedBy("pipe.named.overlapped"),
		Seen("canonical/ubuntu-pro-for-wsl#492"),
		Was("win.pipe.not-waitable"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
			t.ObserveError("a wait for an empty one", win32.Wait(r.Handle, 0))
			_, err := w.write("data")
			t.NoError(err)
			t.ObserveError("a wait for one with data", win32.Wait(r.Handle, 0))
		}))

	Behaviour("pipe.mode.file-type", Must,
		"GetFileType says FILE_TYPE_PIPE for both ends of a pipe.",
		OnWindows(System, MSLearn("GetFileType function", "windows/win32/api/fileapi/nf-fileapi-getfiletype")),
		Matters("Programs decide by it whether to buffer, to colour, to ask."),
		Was("win.pipe.file-type"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
			for _, c := range []struct {
				name string
				e    *end
			}{{"read end", r}, {"write end", w}} {
				kind, err := win32.FileType(c.e.Handle)
				t.NoError(err)
				t.Observe(c.name, kind).To(Equal("FILE_TYPE_PIPE"))
			}
		}))
})
