// Package win32 is the area of CreateProcess and of what a Windows child is
// given: handles, standard handles, console, flags, parent; and of how it ends.
package win32

import (
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// Pages that many sentences rest on.
var (
	createProcess = MSLearn("CreateProcessW function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw")
	creationFlags = MSLearn("Process Creation Flags", "windows/win32/procthread/process-creation-flags")
	inheritance   = MSLearn("Handle Inheritance", "windows/win32/sysinfo/handle-inheritance")
	attributes    = MSLearn("UpdateProcThreadAttribute function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-updateprocthreadattribute")
	startupInfo   = MSLearn("STARTUPINFOW structure", "windows/win32/api/processthreadsapi/ns-processthreadsapi-startupinfow")
	startupInfoEx = MSLearn("STARTUPINFOEXW structure", "windows/win32/api/winbase/ns-winbase-startupinfoexw")
	exitCode      = MSLearn("GetExitCodeProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-getexitcodeprocess")
	terminate     = MSLearn("TerminateProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess")
	handlesAndIDs = MSLearn("Process Handles and Identifiers", "windows/win32/procthread/process-handles-and-identifiers")
	measured      = Document("win32-console-docs: what was measured on Windows XP to 10", "https://github.com/rprichard/win32-console-docs")
)

// wineProcess is where Wine makes a CreateProcessW of what it is given.
const wineProcess = "https://github.com/wine-mirror/wine/blob/wine-10.0/dlls/kernelbase/process.c"

// about is what every behaviour of this area has in common with others on its launcher.
func about(launcher string, cites ...record.Citation) Part {
	return func(d *Declaration) {
		About(Windows)(d)
		On(launcher)(d)
		Cite(cites...)(d)
	}
}

// suspended is a child that exists and has not run; what it inherited, it holds.
func suspended(t *Trial, s win32.Start) *Process {
	s.Flags |= win32.CREATE_SUSPENDED
	return t.Start(Exit(0), Calling(s))
}

// open opens a process for everything; the handle is closed with the trial.
func open(t *Trial, c *Process) win32.Handle {
	h, err := win32.OpenProcess(win32.ProcessAllAccess, uint32(c.Pid()))
	t.NoError(err)
	t.Defer(func() { _ = win32.Close(h) })
	return h
}

// pipe is an anonymous pipe of raw handles, with the write end inheritable or not.
type pipe struct {
	t      *Trial
	r, w   win32.Handle
	closed bool
}

func newPipe(t *Trial, inherit bool) *pipe {
	r, w, err := win32.CreatePipe(0)
	t.NoError(err)
	p := &pipe{t: t, r: r, w: w}
	t.Defer(func() {
		p.closeWriter()
		_ = win32.CancelAll(r)
		_ = win32.Close(r)
	})
	t.NoError(win32.SetInherit(w, inherit))
	return p
}

func (p *pipe) closeWriter() {
	if !p.closed {
		p.closed = true
		_ = win32.Close(p.w)
	}
}

// held tells, after this process has closed its own write end, whether
// somebody else holds one: then a read waits, else it ends.
func (p *pipe) held() bool {
	p.closeWriter()
	read := p.t.Go(func() error { _, err := win32.Read(p.r, make([]byte, 1)); return err })
	return read.State() == Blocked
}

// read reads once, up to the trial's deadline.
func (p *pipe) read() (string, error) {
	buffer := make([]byte, 64)
	var n int
	var err error
	if !p.t.Go(func() error { n, err = win32.Read(p.r, buffer); return nil }).Returned() {
		return "", platform.ErrHang
	}
	return string(buffer[:n]), err
}
