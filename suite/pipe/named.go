package pipe

import (
	"crypto/rand"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var (
	namedPipeClient     = MSLearn("Named Pipe Client", "windows/win32/ipc/named-pipe-client")
	namedPipeOperations = MSLearn("Named Pipe Operations", "windows/win32/ipc/named-pipe-operations")
	pipeModes           = MSLearn("Named Pipe Type, Read, and Wait Modes",
		"windows/win32/ipc/named-pipe-type-read-and-wait-modes")
	overlapped = MSLearn("Synchronous and Overlapped Input and Output",
		"windows/win32/ipc/synchronous-and-overlapped-input-and-output")
	createNamedPipe = MSLearn("CreateNamedPipeW function",
		"windows/win32/api/namedpipeapi/nf-namedpipeapi-createnamedpipew")
	connectNamedPipe = MSLearn("ConnectNamedPipe function",
		"windows/win32/api/namedpipeapi/nf-namedpipeapi-connectnamedpipe")
	peekNamedPipe = MSLearn("PeekNamedPipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-peeknamedpipe")
	cancelIoEx    = MSLearn("CancelIoEx function", "windows/win32/fileio/cancelioex-func")

	winePipeTests = WineTest("dlls/kernel32/tests/pipe.c")
	goPipeTests   = Document("what Go's tests find on Windows: os/os_windows_test.go",
		"https://github.com/golang/go/blob/go1.26.0/src/os/os_windows_test.go")
	wineNamedPipes = "https://github.com/wine-mirror/wine/blob/wine-10.0/server/named_pipe.c"
)

// uniqueName is the name of a pipe that no other process has.
func uniqueName() string { return `\\.\pipe\spawnspec-` + rand.Text() }

// instance makes an instance of a named pipe.
func instance(t *Trial, name string, o win32.PipeOptions) *Handle {
	h, err := win32.CreateNamedPipe(name, o)
	t.NoError(err)
	return NewHandle(t, h)
}

// connected makes a named pipe to which its client is connected.
func connected(t *Trial, o win32.PipeOptions) (server, client *Handle) {
	name := uniqueName()
	server = instance(t, name, o)
	h, err := win32.OpenFile(name, o.Overlapped)
	t.NoError(err)
	return server, NewHandle(t, h)
}

// openError is the error of opening the client end of a named pipe, which is closed
// again.
func openError(name string) error {
	h, err := win32.OpenFile(name, false)
	if err == nil {
		_ = win32.Close(h)
	}
	return err
}

var _ = Area("pipe", title, func() {
	Behaviour("pipe.named.open-missing", Must,
		"Opening a named pipe of which all instances are busy fails with ERROR_PIPE_BUSY; opening one that does not exist "+
			"fails, by measurement with ERROR_FILE_NOT_FOUND.",
		OnWindows(System, namedPipeClient, winePipeTests),
		Matters("The one error means that the server is not there, the other that the client has to try again."),
		Was("win.npipe.open-missing"),
		Try(func(t *Trial) {
			name := uniqueName()
			t.ObserveError("error of opening a name without a server", openError(name)).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
			instance(t, name, win32.PipeOptions{})
			h, err := win32.OpenFile(name, false)
			t.ObserveError("error of the first client of one instance", err).To(Equal("none"))
			NewHandle(t, h)
			t.ObserveError("error of a second client of one instance", openError(name)).To(Equal("ERROR_PIPE_BUSY (231)"))
		}))

	Behaviour("pipe.named.first-instance", Must,
		"CreateNamedPipeW with FILE_FLAG_FIRST_PIPE_INSTANCE fails when the name has an instance: with ERROR_ACCESS_DENIED "+
			"when that was created with the flag, and, by measurement, when it was created without; by measurement with "+
			"ERROR_PIPE_BUSY instead when the name has as many instances as the first one allows.",
		OnWindows(System, createNamedPipe, WineTest("dlls/ntdll/tests/pipe.c"),
			Document(".NET: what its tests found on Windows, NamedPipeTest.CreateServer.cs", "https://github.com/dotnet/"+
				"runtime/blob/main/src/libraries/System.IO.Pipes/tests/NamedPipeTests/NamedPipeTest.CreateServer.cs")),
		Matters("The flag guards against a process that has made the name first to be sent what is meant for the server. A "+
			"server that allows one instance has to take both errors for a name that is taken."),
		Seen("IridiumIO/CompactGUI#414"),
		Diverges("Wine", "error of a second instance with the flag", "none", "Wine ignores the flag.", wineNamedPipes),
		Diverges("Wine", "error of an instance with the flag after one without", "none", "Wine ignores the flag.",
			wineNamedPipes),
		Was("win.npipe.first-instance"),
		Try(func(t *Trial) {
			// second is the error of an instance with the flag.
			second := func(firstHasFlag bool, allowed uint32) error {
				name := uniqueName()
				instance(t, name, win32.PipeOptions{First: firstHasFlag, Instances: allowed})
				h, err := win32.CreateNamedPipe(name, win32.PipeOptions{First: true, Instances: allowed})
				if err == nil {
					NewHandle(t, h)
				}
				return err
			}
			t.ObserveError("error of a second instance with the flag", second(true, 2)).To(Equal("ERROR_ACCESS_DENIED (5)"))
			t.ObserveError("error of an instance with the flag after one without", second(false, 2)).
				To(Equal("ERROR_ACCESS_DENIED (5)"))
			t.ObserveError("error of an instance with the flag when no more are allowed", second(true, 1)).
				To(Equal("ERROR_PIPE_BUSY (231)"))
		}))

	Behaviour("pipe.named.connected-already", Must,
		"ConnectNamedPipe fails with ERROR_PIPE_CONNECTED when the client has connected before the call and has not closed "+
			"its end, and the connection is good.",
		OnWindows(System, connectNamedPipe),
		Matters("A server that takes this for a failure loses its fastest clients."),
		Was("win.npipe.connected-already"),
		Try(func(t *Trial) {
			server, client := connected(t, win32.PipeOptions{})
			t.ObserveError("error of ConnectNamedPipe", win32.Connect(server.Handle)).To(Equal("ERROR_PIPE_CONNECTED (535)"))
			_, err := server.Write("hello")
			t.ObserveError("error of the server's write", err).To(Equal("none"))
			text, err := client.Read(8)
			t.Observe("data of the client's read", text).To(Equal("hello"))
			t.ObserveError("error of the client's read", err).To(Equal("none"))
		}))

	Behaviour("pipe.named.listening", Observed,
		"A server's read, write and PeekNamedPipe before a client has connected fail at once with ERROR_PIPE_LISTENING "+
			"(536) or, for PeekNamedPipe, ERROR_BAD_PIPE (230).",
		OnWindows(System, connectNamedPipe, winePipeTests),
		Matters("They do not wait for the client."),
		Was("win.npipe.listening"),
		Try(func(t *Trial) {
			server := instance(t, uniqueName(), win32.PipeOptions{})
			_, err := server.Read(8)
			t.ObserveError("error of a read", err)
			_, err = server.Write("early")
			t.ObserveError("error of a write", err)
			_, err = win32.Peek(server.Handle)
			t.ObserveError("error of PeekNamedPipe", err)
		}))

	Behaviour("pipe.named.disconnect-discards", Must,
		"DisconnectNamedPipe discards what the client has not read; the client's next read fails, by measurement with "+
			"ERROR_PIPE_NOT_CONNECTED.",
		OnWindows(System, MSLearn("DisconnectNamedPipe function",
			"windows/win32/api/namedpipeapi/nf-namedpipeapi-disconnectnamedpipe"), winePipeTests),
		Matters("The last answer of a server that disconnects is lost."),
		Remedy("Flush before the disconnection (FlushFileBuffers), which waits until the client has read everything, "+
			"however long that takes."),
		ProvedBy("pipe.data.flush-blocks"),
		Remedy("Close the handle without disconnecting, which has been seen to keep the data."),
		ProvedBy("pipe.named.close-keeps-data"),
		Was("win.npipe.disconnect-discards"),
		Try(func(t *Trial) {
			server, client := connected(t, win32.PipeOptions{})
			_, err := server.Write("answer")
			t.NoError(err)
			t.ObserveError("error of DisconnectNamedPipe", win32.Disconnect(server.Handle)).To(Equal("none"))
			text, err := client.Read(16)
			t.Observe("data of the client's read", text).To(Equal(""))
			t.ObserveError("error of the client's read", err).To(Equal("ERROR_PIPE_NOT_CONNECTED (233)"))
		}))

	Behaviour("pipe.named.close-keeps-data", Observed,
		"After the server has closed its handle, the client can read what was written and then sees the end of file; "+
			"the documentation advises to flush first.",
		OnWindows(System, namedPipeOperations),
		Matters("A server can answer and exit, as far as this holds."),
		Was("win.npipe.close-keeps-data"),
		Try(func(t *Trial) {
			server, client := connected(t, win32.PipeOptions{})
			_, err := server.Write("answer")
			t.NoError(err)
			server.Close()
			text, err := client.Read(16)
			t.Observe("data of the client's read", text)
			t.ObserveError("error of the client's read", err)
			_, err = client.Read(16)
			t.ObserveError("error of the client's next read", err)
			_, err = client.Write("?")
			t.ObserveError("error of the client's write", err)
		}))

	Behaviour("pipe.named.message", Must,
		"A read of a named pipe through a handle in message-read mode gives one message; with too small a buffer it gives "+
			"the message's beginning and ERROR_MORE_DATA, and the next read the rest.",
		OnWindows(System, pipeModes),
		Matters("A reader that stops at the error loses half a message and finds the other half later."),
		Was("win.npipe.message"),
		Try(func(t *Trial) {
			server, client := connected(t, win32.PipeOptions{Message: true})
			t.NoError(win32.ReadMessages(client.Handle))
			for _, message := range []string{"one", "two"} {
				_, err := server.Write(message)
				t.NoError(err)
			}
			text, err := client.Read(16)
			t.Observe("data of a read with room for both messages", text).To(Equal("one"))
			t.ObserveError("error of a read with room for both messages", err).To(Equal("none"))
			text, err = client.Read(1)
			t.Observe("data of a read with too little room", text).To(Equal("t"))
			t.ObserveError("error of a read with too little room", err).To(Equal("ERROR_MORE_DATA (234)"))
			text, err = client.Read(16)
			t.Observe("data of the next read", text).To(Equal("wo"))
			t.ObserveError("error of the next read", err).To(Equal("none"))
		}))

	Behaviour("pipe.named.zero-message", Must,
		"A message of no bytes is read from a named pipe, through a handle in message-read mode, as a success with no "+
			"bytes; it is not the end of file.",
		OnWindows(System, pipeModes, ReadFile),
		Matters("A reader that takes no bytes for the end of file, as most runtimes do, stops listening."),
		Remedy("Send no empty messages to programs that are not made for them."),
		Was("win.npipe.zero-message"),
		Try(func(t *Trial) {
			server, client := connected(t, win32.PipeOptions{Message: true})
			t.NoError(win32.ReadMessages(client.Handle))
			for _, message := range []string{"", "after"} {
				_, err := server.Write(message)
				t.NoError(err)
			}
			text, err := client.Read(16)
			t.Observe("data of the first read", text).To(Equal(""))
			t.ObserveError("error of the first read", err).To(Equal("none"))
			text, err = client.Read(16)
			t.Observe("data of the second read", text).To(Equal("after"))
			t.ObserveError("error of the second read", err).To(Equal("none"))
		}))

	Behaviour("pipe.named.overlapped", Must,
		"An overlapped read of an empty, connected named pipe in blocking-wait mode returns at once with ERROR_IO_PENDING; "+
			"its result, asked for without waiting, is ERROR_IO_INCOMPLETE as long as nothing is written and the other end "+
			"is open, and then the data.",
		OnWindows(System, overlapped,
			MSLearn("GetOverlappedResult function", "windows/win32/api/ioapiset/nf-ioapiset-getoverlappedresult")),
		Matters("One thread can read from many children this way; anonymous pipes do not support it."),
		Was("win.npipe.overlapped"),
		Try(func(t *Trial) {
			server, client := connected(t, win32.PipeOptions{Overlapped: true})
			read, err := win32.ReadAsync(client.Handle, 16)
			t.ObserveError("error of the overlapped read", err).To(Equal("ERROR_IO_PENDING (997)"))
			defer func() { _ = read.Close() }()
			_, err = read.Result(false)
			t.ObserveError("error of the result before there is data", err).To(Equal("ERROR_IO_INCOMPLETE (996)"))
			write, err := win32.WriteAsync(server.Handle, "data")
			if err != nil {
				t.ObserveError("error of the overlapped write", err).To(Equal("ERROR_IO_PENDING (997)"))
			}
			defer func() { _ = write.Close() }()
			var text string
			result := t.Go(func() error { text, err = read.Result(true); return err })
			t.Observe("state of the wait for the result after a write", result.Final()).To(Equal(Returned))
			t.ObserveError("error of the result", result.Err()).To(Equal("none"))
			t.Observe("data of the result", text).To(Equal("data"))
		}))

	Behaviour("pipe.named.overlapped-cancel", Must,
		"CancelIoEx cancels an overlapped read of an empty named pipe, which then, by measurement, fails with "+
			"ERROR_OPERATION_ABORTED; with nothing to cancel CancelIoEx fails itself with ERROR_NOT_FOUND.",
		OnWindows(System, cancelIoEx, goPipeTests),
		Matters("A program can stop listening to a child without ending it."),
		Was("win.npipe.overlapped-cancel"),
		Try(func(t *Trial) {
			_, client := connected(t, win32.PipeOptions{Overlapped: true})
			read, err := win32.ReadAsync(client.Handle, 16)
			t.ObserveError("error of the overlapped read", err).To(Equal("ERROR_IO_PENDING (997)"))
			defer func() { _ = read.Close() }()
			t.ObserveError("error of CancelIoEx", read.Cancel()).To(Equal("none"))
			result := t.Go(func() error { _, err := read.Result(true); return err })
			t.Observe("state of the wait for the result after CancelIoEx", result.Final()).To(Equal(Returned))
			t.ObserveError("error of the result", result.Err()).To(Equal("ERROR_OPERATION_ABORTED (995)"))
			t.ObserveError("error of a second CancelIoEx", read.Cancel()).To(Equal("ERROR_NOT_FOUND (1168)"))
		}))

	Behaviour("pipe.named.server-handle-leak", Must,
		"An inherited server handle keeps an instance of a named pipe after the server has closed its own: with one "+
			"instance allowed a new server cannot create another, and gets, by measurement, ERROR_PIPE_BUSY, until the "+
			"child's handle is closed too; then, by measurement, the name is gone (ERROR_FILE_NOT_FOUND).",
		OnWindows(CreateProcess, MSLearn("Handle Inheritance", "windows/win32/sysinfo/handle-inheritance"),
			createNamedPipe, winePipeTests),
		Matters("A server that was stopped looks like one that hangs, and a new one may not be able to take its place."),
		Remedy("Do not make pipe handles inheritable; start children with a handle list."), ProvedBy("handle.list.only"),
		Was("win.npipe.server-handle-leak"),
		Try(func(t *Trial) {
			const busy = "ERROR_PIPE_BUSY (231)" // also of an instance that is being closed
			name := uniqueName()
			server := instance(t, name, win32.PipeOptions{})
			t.NoError(win32.SetInherit(server.Handle, true))
			c := t.Start(Exit(0), Calling(win32.Start{Flags: win32.CREATE_SUSPENDED, Inherit: true}))
			server.Close()
			h, err := win32.CreateNamedPipe(name, win32.PipeOptions{})
			if err == nil {
				NewHandle(t, h)
			}
			t.ObserveError("error of a new server while the child runs", err).To(Equal(busy))
			t.NoError(c.Kill())
			c.Wait()
			t.Eventually(func() bool { err = openError(name); return err != nil && platform.ErrorName(err) != busy })
			t.ObserveError("error of a client after the child has ended", err).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
		}))
})
