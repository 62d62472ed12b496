package platform

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/spawnspec/spawnspec/platform/win32"
)

func probes() map[string]func() (Answer, string) {
	return map[string]func() (Answer, string){
		"temp-exec":   inTemp(probeTempExec),
		"symlink":     inTemp(probeSymlink),
		"unix-socket": inTemp(probeUnixSocket),
		"root": func() (Answer, string) {
			if windows.GetCurrentProcessToken().IsElevated() {
				return Yes, ""
			}
			return No, "the token is not elevated"
		},
		"job-objects": func() (Answer, string) {
			job, err := win32.NewJob(win32.JobKillOnClose)
			if err == nil {
				err = win32.Close(job)
			}
			return tried("CreateJobObject", err)
		},
		"job-nested":  probeJobNested,
		"named-pipes": func() (Answer, string) { return probeListener("") },
		"console":     probeConsole,
	}
}

// suspended makes a process whose first thread never runs, and the end of it.
func suspended(path string) (process win32.Handle, end func(), err error) {
	started, err := win32.Create(win32.Start{Application: path, Flags: win32.CREATE_SUSPENDED | win32.CREATE_NO_WINDOW})
	if err != nil {
		return 0, nil, err
	}
	return started.Process, func() {
		_ = win32.Terminate(started.Process, 0)
		_ = win32.Wait(started.Process, uint32(childDeadline.Milliseconds()))
		_ = win32.Close(started.Thread)
		_ = win32.Close(started.Process)
	}, nil
}

// probeTempExec starts a copy of one of Windows' smallest programs.
func probeTempExec(dir string) (Answer, string) {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return Broke, "GetSystemDirectory: " + ErrorName(err)
	}
	program, err := os.ReadFile(filepath.Join(system, "hostname.exe"))
	if err != nil {
		return Broke, "hostname.exe: " + ErrorName(err)
	}
	path := filepath.Join(dir, "program.exe")
	if err := os.WriteFile(path, program, 0o700); err != nil {
		return Broke, "write: " + ErrorName(err)
	}
	_, end, err := suspended(path)
	if err == nil {
		end()
	}
	return tried("CreateProcess", err)
}

func probeJobNested() (Answer, string) {
	self, err := os.Executable()
	if err != nil {
		return Broke, "own path: " + ErrorName(err)
	}
	process, end, err := suspended(self)
	if err != nil {
		return Broke, "CreateProcess: " + ErrorName(err)
	}
	defer end()
	for _, which := range []string{"first job", "second job"} {
		job, err := win32.NewJob(0)
		if err != nil {
			return tried("CreateJobObject", err)
		}
		defer win32.Close(job)
		if err := win32.Assign(job, process); err != nil {
			return tried(which, err)
		}
	}
	return Yes, ""
}

// probeUnixSocket listens and dials; Windows has had such sockets since 2018.
func probeUnixSocket(dir string) (Answer, string) {
	const version22, afUnix = 0x0202, 1
	const familyNotSupported, typeNotSupported, invalid = syscall.Errno(10047), syscall.Errno(10044), syscall.Errno(10022)
	var data windows.WSAData
	if err := windows.WSAStartup(version22, &data); err != nil {
		return Broke, "WSAStartup: " + ErrorName(err)
	}
	defer windows.WSACleanup()
	open := func() (windows.Handle, error) { return windows.Socket(afUnix, windows.SOCK_STREAM, 0) }
	listener, err := open()
	if err != nil {
		return tried("socket", err, familyNotSupported, typeNotSupported)
	}
	defer windows.Closesocket(listener)
	address := &windows.SockaddrUnix{Name: filepath.Join(dir, "s")}
	if err := windows.Bind(listener, address); err != nil {
		return tried("bind", err, familyNotSupported, invalid)
	}
	if err := windows.Listen(listener, 1); err != nil {
		return tried("listen", err)
	}
	dialled, err := open()
	if err != nil {
		return Broke, "socket: " + ErrorName(err)
	}
	defer windows.Closesocket(dialled)
	return tried("connect", windows.Connect(dialled, address))
}

// probeConsole opens the console's own name, which standard handles that are
// redirected do not hide.
func probeConsole() (Answer, string) {
	name, err := windows.UTF16PtrFromString("CONOUT$")
	if err != nil {
		return Broke, err.Error()
	}
	h, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, nil, windows.OPEN_EXISTING, 0, 0)
	if err == nil {
		_ = windows.CloseHandle(h)
	}
	return tried("CONOUT$", err, fs.ErrNotExist, windows.ERROR_INVALID_HANDLE)
}
