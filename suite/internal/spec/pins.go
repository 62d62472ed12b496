package spec

import (
	"fmt"
	"runtime"
	"slices"
)

// SignalAsStatus pins the runtimes that tell a signal as an exit status of 128 and its
// number, as a shell does.
func SignalAsStatus(observation string, signal int) Part {
	value := fmt.Sprintf("exit %d", 128+signal)
	return func(d *Declaration) {
		Diverges("Java", observation, value, "Process tells a signal as an exit status of 128 and its number.",
			"https://github.com/openjdk/jdk/blob/master/src/java.base/unix/native/libjava/ProcessHandleImpl_unix.c")(d)
		Diverges("Erlang", observation, value, "A port tells a signal as an exit status of 128 and its number.",
			"https://www.erlang.org/doc/apps/erts/erlang.html#open_port/2")(d)
		Diverges("shell/background", observation, value, "The status of wait is more than 128 after a signal: in most "+
			"shells 128 and its number.", "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02")(d)
	}
}

// ErlangSaysNothing pins the errors that Erlang finds only after its helper has forked:
// the program of the port then seems to exit with the error number as its status.
func ErlangSaysNothing(observations ...string) Part {
	return func(d *Declaration) {
		for _, o := range observations {
			Diverges("Erlang", o, "none", "What open_port does not see beforehand is told as an exit status of the program, which is "+
				"the error number.", "https://github.com/erlang/otp/blob/master/erts/emulator/sys/unix/erl_child_setup.c")(d)
		}
	}
}

// LibuvNames pins the name by which libuv tells an error of Windows. Elsewhere the names are
// those of the system.
func LibuvNames(name string, observations ...string) Part {
	return func(d *Declaration) {
		for _, o := range observations {
			for _, l := range LibuvWays {
				if runtime.GOOS == "windows" {
					Diverges(l, o, name, "libuv has names of its own for the errors of Windows, several with the same one, and does not "+
						"tell the number.", "https://github.com/libuv/libuv/blob/v1.x/src/win/error.c")(d)
				}
			}
		}
	}
}

// WritesLater pins process.exit of Node.js, which does not wait for writes to pipes and
// sockets. On Windows those are over when they return.
func WritesLater(observation string) Part {
	return func(d *Declaration) {
		if runtime.GOOS != "windows" {
			Diverges("node/exit", observation, false, "On POSIX systems Node.js writes to pipes and sockets asynchronously, and "+
				"process.exit does not wait for that.", "https://nodejs.org/api/process.html#a-note-on-process-io")(d)
		}
	}
}

// GivesToShell pins the ways that execute sh with a file that the system does not take for
// an image, as POSIX asks of execvp: no error is told then.
func GivesToShell(observations ...string) Part {
	return func(d *Declaration) {
		for _, o := range observations {
			for _, l := range slices.Concat(LibuvWays, []string{"libc/execvp", "Perl", "Ruby", "Java", "Tcl"}) {
				Diverges(l, o, "none", "After ENOEXEC it executes sh with the file.",
					"https://pubs.opengroup.org/onlinepubs/9799919799/functions/exec.html")(d)
			}
		}
		SpawnpGivesToShell(observations...)(d)
	}
}

// SpawnpGivesToShell pins posix_spawnp, which on macOS and the BSDs does what execvp does
// after ENOEXEC, and what calls either there. Linux's C libraries report the error.
func SpawnpGivesToShell(observations ...string) Part {
	return func(d *Declaration) {
		for _, o := range observations {
			for _, l := range []string{"libc/posix-spawnp", "rust/command"} {
				if runtime.GOOS != "linux" {
					Diverges(l, o, "none", "After ENOEXEC posix_spawnp executes sh with the file on macOS, FreeBSD and OpenBSD.",
						"https://www.gnu.org/software/gnulib/manual/html_node/posix_005fspawnp.html")(d)
				}
			}
		}
	}
}

// ForgetsTheError pins execvp and posix_spawnp of FreeBSD, and posix_spawnp of older macOS:
// after ENOTDIR, ELOOP and ENAMETOOLONG, and EACCES for a directory above the file, they say
// ENOENT, also of a path with a slash. The value is what is observed then.
func ForgetsTheError(value any, observations ...string) Part {
	return func(d *Declaration) {
		for _, o := range observations {
			for _, l := range slices.Concat(LibuvWays, []string{"libc/execvp", "libc/posix-spawnp", "rust/command", "Perl", "Tcl"}) {
				if runtime.GOOS == "freebsd" || runtime.GOOS == "darwin" {
					Diverges(l, o, value, "The C library takes ENOTDIR, ELOOP, ENAMETOOLONG, and EACCES for a directory above, for a file that was "+
						"not found.",
						"https://github.com/freebsd/freebsd-src/blob/031fb30f4e4e15c6e899e5f637d573945a2a7301/lib/libc/gen/exec.c")(d)
				}
			}
		}
	}
}

// DivergesOn is Diverges for several launchers of a runtime.
func DivergesOn(launchers []string, observation string, value any, reason, link string) Part {
	return func(d *Declaration) {
		for _, l := range launchers {
			Diverges(l, observation, value, reason, link)(d)
		}
	}
}

// Ways of runtimes that share what their code does.
var (
	// SubprocessWays start programs by Python's module subprocess.
	SubprocessWays = []string{"cpython/subprocess", "cpython/asyncio"}
	// OSModuleWays start programs by functions of Python's module os, and no shell.
	OSModuleWays = []string{"cpython/posix-spawn", "cpython/fork-exec", "cpython/spawnv"}
	// LibuvWays start programs by libuv, and no shell.
	LibuvWays = []string{"node/spawn", "node/spawn-sync", "node/exec-file"}
	// LibuvStreamWays are those that can be asked for descriptors.
	LibuvStreamWays = []string{"node/spawn", "node/spawn-sync"}
	// LibcWays give the C library an argument vector, and learn why a start failed.
	LibcWays = []string{"libc/posix-spawn", "libc/posix-spawnp", "libc/vfork-exec", "libc/fork-exec", "libc/execvp"}
)
