package platform

import (
	"encoding/base64"
	"os"
)

// Text is a string of any bytes; it crosses the channel unharmed, which a JSON
// string of invalid UTF-8 would not.
type Text string

// MarshalText encodes the bytes as base64.
func (t Text) MarshalText() ([]byte, error) {
	return base64.StdEncoding.AppendEncode(nil, []byte(t)), nil
}

// UnmarshalText decodes what MarshalText encoded.
func (t *Text) UnmarshalText(encoded []byte) error {
	b, err := base64.StdEncoding.AppendDecode(nil, encoded)
	*t = Text(b)
	return err
}

// Snapshot is the full child record: everything a child can tell about how it
// was started. Compared field by field with the record of the last good run it
// finds about half of all known regressions in starting children.
//
// It is taken by a Go program, whose runtime has by then opened what was closed
// of descriptors 0 to 2, installed signal handlers and raised the soft
// descriptor limit. Those three are therefore not here; Raw, taken by an image
// without a runtime, has them.
type Snapshot struct {
	Args       []Text `json:"args"`
	Env        []Text `json:"env"` // in order, duplicates included
	EnvSource  string `json:"env_source"`
	Dir        Text   `json:"dir"`
	Executable Text   `json:"executable"`
	Command    Text   `json:"command"` // the kernel's name of the process; empty where there is none
	Files      []File `json:"files"`   // open descriptors by number; on Windows the three standard handles
	PID        int    `json:"pid"`
	PPID       int    `json:"ppid"`
	Group      int    `json:"group"`
	Session    int    `json:"session"`
	Umask      int    `json:"umask"`
	// Blocked and Pending are sets of signals by name; Linux tells them, and
	// the runtime of a single-threaded start has not touched them yet, apart
	// from unblocking those it needs itself.
	Blocked []string          `json:"blocked,omitempty"`
	Pending []string          `json:"pending,omitempty"`
	Limits  map[string]Limits `json:"limits,omitempty"`
	Startup *Startup          `json:"startup,omitempty"` // Windows
}

// Limits is a soft and a hard resource limit.
type Limits struct {
	Soft uint64 `json:"soft"`
	Hard uint64 `json:"hard"`
}

// File is an open descriptor.
type File struct {
	FD          FD     `json:"fd"`
	Kind        string `json:"kind"`   // pipe, file, directory, character, block, socket, other; on Windows also none
	Object      string `json:"object"` // which object it is: device and inode; the handle's value on Windows
	Access      string `json:"access"` // r, w or rw
	CloseOnExec bool   `json:"close_on_exec"`
	Nonblock    bool   `json:"nonblock"`
	Append      bool   `json:"append"`
}

// Startup is the STARTUPINFO that a Windows child was given.
type Startup struct {
	Flags       uint32 `json:"flags"`
	Desktop     Text   `json:"desktop"`
	Title       Text   `json:"title"`
	CommandLine Text   `json:"command_line"` // as GetCommandLineW returns it, in WTF-8
}

// TakeSnapshot takes the record of this process.
func TakeSnapshot() Snapshot {
	var r Snapshot
	for _, a := range os.Args {
		r.Args = append(r.Args, Text(a))
	}
	r.PID, r.PPID = os.Getpid(), os.Getppid()
	r.take()
	if dir, err := os.Getwd(); err == nil {
		r.Dir = Text(dir)
	}
	if exe, err := os.Executable(); err == nil {
		r.Executable = Text(exe)
	}
	return r
}
