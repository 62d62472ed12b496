package pipe

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var connect = MSLearn("ConnectNamedPipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-connectnamedpipe")

var create = MSLearn("CreateNamedPipeW function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-createnamedpipew")

var modes = MSLearn("Named Pipe Type, Read, and Wait Modes", "windows/win32/ipc/named-pipe-type-read-and-wait-modes")

var overlapped = MSLearn("Synchronous and Overlapped Input and Output", "windows/win32/ipc/synchronous-and-overlapped-input-and-output")

// reach opens the client's end of a pipe for a moment.
var reach = func(name string) error {
	h, err := win32.OpenFile(name, false)
	if err == nil {
		_ = win32.Close(h)
	}
	return err
}

var _ = Area("pipe", title, func() {
	Behaviour("pipe.named.open-missing", Must,
		"Opening a pipe that nobody has made fails with ERROR_FILE_NOT_FOUND; one whose instances are all taken, with ERROR_PIPE_BUSY.",
		OnWindows(System, client),
		Matters("The first means that the server is not there, the second that one has to try again."),
		Was("win.npipe.open-missing"),
		Try(func(t *Trial) {
			n := name()
			t.ObserveError("a name without a server", reach(n)).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
			instance(t, n, win32.PipeOptions{})
			h, err := win32.OpenFile(n, false)
			t.ObserveError("the first client", err).To(Equal("none"))
			newEnd(t, h)
			t.ObserveError("a second client of one instance", reach(n)).To(Equal("ERROR_PIPE_BUSY (231)"))
		}))

	Behaviour("pipe.named.first-instance", Must,
		"FILE_FLAG_FIRST_PIPE_INSTANCE on a name that has an instance fails with ERROR_ACCESS_DENIED.",
		OnWindows(System, create),
		Matters("It guards against somebody who made the name first, to be handed what is meant for the server."),
		Diverges("Wine", "a second instance that wants to be the first", "none", "Wine ignores the flag.",
			"https://github.com/wine-mirror/wine/blob/wine-10.0/server/named_pipe.c"),
		Was("win.npipe.first-instance"),
		Try(func(t *Trial) {
			n := name()
			instance(t, n, win32.PipeOptions{First: true, Instances: 2})
			h, err := win32.CreateNamedPipe(n, win32.PipeOptions{First: true, Instances: 2})
			if err == nil {
				newEnd(t, h)
			}
			t.ObserveError("a second instance that wants to be the first", err).To(Equal("ERROR_ACCESS_DENIED (5)"))
		}))

	Behaviour("pipe.named.connected-already", Must,
		"ConnectNamedPipe fails with ERROR_PIPE_CONNECTED when the client was faster, and the connection is good.",
		OnWindows(System, connect),
		Matters("A server that takes it for a failure loses its fastest clients."),
		Was("win.npipe.connected-already"),
		Try(func(t *Trial) {
			server, c := connected(t, win32.PipeOptions{})
			t.ObserveError("ConnectNamedPipe", win32.Connect(server.Handle)).To(Equal("ERROR_PIPE_CONNECTED (535)"))
			_, err := server.write("hello")
			t.ObserveError("a write", err).To(Equal("none"))
			text, _ := c.read(8)
			t.Observe("what the client reads", text).To(Equal("hello"))
		}))

	Behaviour("pipe.named.listening", Observed,
		"What a server's read and write give before a client has come: ERROR_PIPE_LISTENING (536).",
		OnWindows(System, connect),
		Matters("They fail at once and do not wait for the client."),
		Was("win.npipe.listening"),
		Try(func(t *Trial) {
			server := instance(t, name(), win32.PipeOptions{})
			_, err := server.read(8)
			t.ObserveError("a read", err)
			_, err = server.write("early")
			t.ObserveError("a write", err)
			_, err = win32.Peek(server.Handle)
			t.ObserveError("PeekNamedPipe", err)
		}))

	Behaviour("pipe.named.disconnect-discards", Must,
		"DisconnectNamedPipe throws away what the client has not read, and the client's next read fails.",
		OnWindows(System, MSLearn("DisconnectNamedPipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-disconnectnamedpipe")),
		Matters("The last answer of a server that disconnects is lost."),
		Remedy("Close the handle, which keeps the data, or flush first."), ProvedBy("pipe.named.close-keeps-data"),
		Was("win.npipe.disconnect-discards"),
		Try(func(t *Trial) {
			server, c := connected(t, win32.PipeOptions{})
			_, err := server.write("answer")
			t.NoError(err)
			t.ObserveError("DisconnectNamedPipe", win32.Disconnect(server.Handle)).To(Equal("none"))
			text, err := c.read(16)
			t.Observe("what the client reads", text).To(Equal(""))
			t.ObserveError("its error", err).To(Equal("ERROR_PIPE_NOT_CONNECTED (233)"))
		}))

	Behaviour("pipe.named.close-keeps-data", Must,
		"When the server closes its handle, the client can still read what was written, and then sees the end.",
		OnWindows(System, MSLearn("Named Pipe Operations", "windows/win32/ipc/named-pipe-operations"), MSLearn("CloseHandle function", "windows/win32/api/handleapi/nf-handleapi-closehandle")),
		Matters("A server can answer and leave."),
		Was("win.npipe.close-keeps-data"),
		Try(func(t *Trial) {
			server, c := connected(t, win32.PipeOptions{})
			_, err := server.write("answer")
			t.NoError(err)
			server.close()
			text, err := c.read(16)
			t.Observe("what the client reads", text).To(Equal("answer"))
			t.ObserveError("its error", err).To(Equal("none"))
			_, err = c.read(16)
			t.ObserveError("the next read", err).To(Equal("ERROR_BROKEN_PIPE (109)"))
			_, err = c.write("?")
			t.ObserveError("a write", err) // nothing promises which number
		}))

	Behaviour("pipe.named.message", Must,
		"In message mode a read gives one message; with a buffer that is too small it gives its beginning and ERROR_MORE_DATA, and the rest stays.",
		OnWindows(System, modes),
		Matters("A reader that stops at the error loses half a message and finds the other half later."),
		Was("win.npipe.message"),
		Try(func(t *Trial) {
			server, c := connected(t, win32.PipeOptions{Message: true})
			t.NoError(win32.ReadMessages(c.Handle))
			for _, message := range []string{"one", "two"} {
				_, err := server.write(message)
				t.NoError(err)
			}
			text, err := c.read(16)
			t.Observe("a read with room for both", text).To(Equal("one"))
			t.ObserveError("its error", err).To(Equal("none"))
			text, err = c.read(1)
			t.Observe("a read with too little room", text).To(Equal("t"))
			t.ObserveError("error of that", err).To(Equal("ERROR_MORE_DATA (234)"))
			text, _ = c.read(16)
			t.Observe("the next read", text).To(Equal("wo"))
		}))

	Behaviour("pipe.named.zero-message", Must,
		"A message of no bytes is read as success with no bytes; it is not the end.",
		OnWindows(System, modes, MSLearn("ReadFile function", "windows/win32/api/fileapi/nf-fileapi-readfile")),
		Matters("Whoever takes no bytes for the end of file, as most runtimes do, stops listening."),
		Remedy("Send no empty messages to programs that are not made for them."),
		Was("win.npipe.zero-message"),
		Try(func(t *Trial) {
			server, c := connected(t, win32.PipeOptions{Message: true})
			t.NoError(win32.ReadMessages(c.Handle))
			for _, message := range []string{"", "after"} {
				_, err := server.write(message)
				t.NoError(err)
			}
			text, err := c.read(16)
			t.Observe("the first message", text).To(Equal(""))
			t.ObserveError("its error", err).To(Equal("none"))
			text, _ = c.read(16)
			t.Observe("the second message", text).To(Equal("after"))
		}))

	Behaviour("pipe.named.overlapped", Must,
		"An overlapped read of an empty pipe returns at once with ERROR_IO_PENDING; its result is ERROR_IO_INCOMPLETE until data come.",
		OnWindows(System, overlapped, MSLearn("GetOverlappedResult function", "windows/win32/api/ioapiset/nf-ioapiset-getoverlappedresult")),
		Matters("It is how one thread reads from many children; anonymous pipes cannot do it."),
		Was("win.npipe.overlapped"),
		Try(func(t *Trial) {
			server, c := connected(t, win32.PipeOptions{Overlapped: true})
			a, err := win32.ReadAsync(c.Handle, 16)
			t.ObserveError("the read", err).To(Equal("ERROR_IO_PENDING (997)"))
			defer func() { _ = a.Close() }()
			_, err = a.Result(false)
			t.ObserveError("its result before", err).To(Equal("ERROR_IO_INCOMPLETE (996)"))
			w, err := win32.WriteAsync(server.Handle, "data")
			if err != nil {
				t.Observe("the write", err).To(Equal("ERROR_IO_PENDING (997)"))
			}
			defer func() { _ = w.Close() }()
			var text string
			t.Observe("then it ends", t.Go(func() error { text, err = a.Result(true); return nil }).Returned()).To(BeTrue())
			t.Observe("what it has read", text).To(Equal("data"))
			t.ObserveError("its result", err).To(Equal("none"))
		}))

	Behaviour("pipe.named.overlapped-cancel", Must,
		"CancelIoEx ends an overlapped read with ERROR_OPERATION_ABORTED; with nothing left to cancel it fails with ERROR_NOT_FOUND.",
		OnWindows(System, MSLearn("CancelIoEx function", "windows/win32/fileio/cancelioex-func")),
		Matters("It is how to stop listening to a child without ending it."),
		Was("win.npipe.overlapped-cancel"),
		Try(func(t *Trial) {
			_, c := connected(t, win32.PipeOptions{Overlapped: true})
			a, err := win32.ReadAsync(c.Handle, 16)
			t.ObserveError("the read", err).To(Equal("ERROR_IO_PENDING (997)"))
			defer func() { _ = a.Close() }()
			t.ObserveError("CancelIoEx", a.Cancel()).To(Equal("none"))
			t.Observe("the read ends", t.Go(func() error { _, err = a.Result(true); return nil }).Returned()).To(BeTrue())
			t.ObserveError("with", err).To(Equal("ERROR_OPERATION_ABORTED (995)"))
			t.ObserveError("CancelIoEx again", a.Cancel()).To(Equal("ERROR_NOT_FOUND (1168)"))
		}))

	Behaviour("pipe.named.server-handle-leak", Must,
		"An inherited server handle keeps the name taken after the server has closed its own.",
		OnWindows(CreateProcess, MSLearn("Handle Inheritance", "windows/win32/sysinfo/handle-inheritance"), create),
		Matters("A server that was stopped cannot be told from one that hangs, and a new one may not be allowed to take its place."),
		Remedy("Do not make pipe handles inheritable; start children with a handle list."), ProvedBy("handle.list.only"),
		Was("win.npipe.server-handle-leak"),
		Try(func(t *Trial) {
			n := name()
			server := instance(t, n, win32.PipeOptions{})
			t.NoError(win32.SetInherit(server.Handle, true))
			c := t.Start(Exit(0), Calling(win32.Start{Flags: win32.CREATE_SUSPENDED, Inherit: true}))
			server.close()
			_, err := win32.CreateNamedPipe(n, win32.PipeOptions{})
			t.ObserveError("making it anew", err).To(Equal("ERROR_PIPE_BUSY (231)"))
			t.NoError(c.Kill())
			c.Wait()
			t.Observe("the name goes with the child", t.Eventually(func() bool { return reach(n) != nil })).To(BeTrue())
			t.ObserveError("then opening it gives", reach(n)).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
		}))
})
