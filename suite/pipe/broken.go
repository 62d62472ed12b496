package pipe

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// brokenPipe is the error of a write to a pipe that has no reader. The documentation
// of Windows has 109 of the two.
var brokenPipe = expectUnix(Equal("EPIPE"), BeElementOf("ERROR_NO_DATA (232)", "ERROR_BROKEN_PIPE (109)"))

var _ = Area("pipe", title, func() {
	Behaviour("pipe.broken.errno", Must,
		"A write of one byte or more to a pipe that has no reader fails with EPIPE, if SIGPIPE does not end the writer; on "+
			"Windows with ERROR_BROKEN_PIPE by the documentation, by measurement with ERROR_NO_DATA.",
		Cite(POSIX("write"), WriteFile, winePipeTests),
		Matters("A program learns from this error that its consumer has gone; one that knows the documented number "+
			"of Windows only does not."),
		Remedy("On Windows take both numbers for a broken pipe."),
		Was("pipe.epipe.errno", "win.pipe.write-after-reader-gone"),
		Try(func(t *Trial) {
			c, w := startReader(t)
			c.Exit(0)
			t.Observe("exit status of the reader", c.Wait().String()).To(Equal("exit 0"))
			n, err := writeBroken(t, c, w)
			t.Observe("bytes written", n).To(Equal(0))
			t.ObserveError("error of the write", err).To(brokenPipe)
			_, err = w.Write(nil) // no page says what becomes of it
			t.ObserveError("error of a write of no bytes", err)
		}))

	Behaviour("pipe.broken.blocked-write", Must,
		"A write to a full anonymous pipe of Windows that waits when the last read handle is closed fails with "+
			"ERROR_BROKEN_PIPE.",
		OnWindows(System, WriteFile),
		Matters("One event has this number for the write under way and another one for the next write."),
		Was("win.pipe.blocked-write-reader-gone"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			write := t.Go(func() error { _, err := win32.Write(p.W.Handle, make([]byte, 1<<20)); return err })
			// A call that has not reached the pipe yet would be another write: the next one, after the close.
			text, err := p.R.Read(1)
			t.NoError(err)
			t.Observe("bytes of the write that are read", len(text)).To(Equal(1))
			t.Observe("state of a write of more than the pipe holds", write.State()).To(Equal(Blocked))
			p.R.Close()
			t.Observe("state of the write after the read handle is closed", write.Final()).To(Equal(Returned))
			t.ObserveError("error of the write", write.Err()).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))
})
