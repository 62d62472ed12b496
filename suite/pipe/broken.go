package pipe

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// brokenPipe is the error of a write that nobody can read any more.
var brokenPipe = unix(Equal("EPIPE"), BeElementOf("ERROR_NO_DATA (232)", "ERROR_BROKEN_PIPE (109)"))

var _ = Area("pipe", title, func() {
	Behaviour("pipe.broken.errno", Must,
		"A write to a pipe that nobody can read any more fails.",
		Cite(POSIX("write"), MSLearn("WriteFile function", "windows/win32/api/fileapi/nf-fileapi-writefile")),
		Matters("A program tells by this error that its consumer has gone, and stops without a fuss."),
		Was("pipe.epipe.errno"),
		Try(func(t *Trial) {
			c, w := reading(t)
			c.Exit(0)
			t.Observe("the reader's end", c.Wait().String()).To(Equal("exit 0"))
			n, err := w.Write([]byte("x"))
			t.Observe("written", n).To(Equal(0))
			t.ObserveError("error", err).To(brokenPipe)
		}))

	Behaviour("pipe.broken.error-windows", Must,
		"A write after the last read handle is closed fails with ERROR_NO_DATA, or ERROR_BROKEN_PIPE as the page has it; also one of no bytes. There is no signal.",
		OnWindows(System, WriteFile),
		Matters("A program that knows only the documented number does not notice that nobody listens any more."),
		Remedy("Take both numbers for a broken pipe."),
		Was("win.pipe.write-after-reader-gone"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
			r.close()
			for _, c := range []struct{ name, text string }{{"a write of data", "data"}, {"a write of no bytes", ""}} {
				_, err := w.write(c.text)
				t.ObserveError(c.name, err).To(BeElementOf("ERROR_NO_DATA (232)", "ERROR_BROKEN_PIPE (109)"))
			}
		}))

	Behaviour("pipe.broken.blocked-write", Must,
		"A write that waits when the last read handle is closed fails with ERROR_BROKEN_PIPE.",
		OnWindows(System, WriteFile),
		Matters("The same event has one number for a write under way and another for the next one."),
		Was("win.pipe.blocked-write-reader-gone"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
			write := t.Go(func() error { _, err := win32.Write(w.Handle, make([]byte, quota+1)); return err })
			t.Observe("the write waits", write.State() == Blocked).To(BeTrue())
			r.close()
			t.Observe("it ends", write.Returned()).To(BeTrue())
			t.ObserveError("with", write.Err()).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))
})
