package exec

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// script is an image that leaves with exit code 7.
func script(t *Trial) []byte {
	image, err := os.ReadFile(t.ScriptImage(new(linux.Script).Exit(7)))
	t.NoError(err)
	return image
}

// execFIFO executes a FIFO and reports whether that waits for a writer, whether it ends
// and with which error. After a bare fork nothing is shared with the process that may
// have to wait, and no signal of a runtime's cuts the waiting short.
func execFIFO(t *Trial) (waits, ends bool, failure error) {
	fifo := filepath.Join(t.Dir(), "fifo")
	t.NoError(posix.Mkfifo(fifo, 0o600))
	t.NoError(os.Chmod(fifo, 0o777)) // whatever the mask of this process is
	var s linux.Script
	s.Exec(fifo, []string{fifo}, nil)
	c := t.Start(Script(&s))
	wait := t.Go(func() error { return c.Wait().Err })
	// A FIFO can be opened for writing without waiting only while another process has
	// it open for reading, or waits to.
	var writer *os.File
	t.Eventually(func() bool {
		if wait.HasReturned() {
			return true
		}
		f, err := os.OpenFile(fifo, os.O_WRONLY|posix.O_NONBLOCK, 0)
		if err == nil {
			writer = f
		}
		return err == nil
	})
	ends = wait.Returned()
	_ = writer.Close()
	return writer != nil, ends, s.Failure()
}

var filePermissions = Document("POSIX.1-2024 Base Definitions, 4.7 File Access Permissions",
	"https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap04.html")

var systemErrors = MSLearn("System Error Codes", "windows/win32/debug/system-error-codes--0-499-")

var wineSource = "https://gitlab.winehq.org/wine/wine/-/blob/master/dlls/kernelbase/process.c"

// What runtimes do that search PATH themselves, or leave it to the C library.
const (
	glibcToShell = "As POSIX asks, glibc's execvp executes sh with the file after ENOEXEC; musl's execvp does not."
	glibcExec    = "https://man7.org/linux/man-pages/man3/exec.3.html"
	execvp       = "It calls execvp, which gives to sh what the system does not take for an image."
	perlExec     = "https://perldoc.perl.org/functions/exec"
	rubyToShell  = "After ENOEXEC it executes sh with the file."
	rubyProcess  = "https://github.com/ruby/ruby/blob/master/process.c"
	javaToShell  = "After ENOEXEC it executes sh with the file; \"compatibility wins over sanity\"."
	javaChild    = "https://github.com/openjdk/jdk/blob/master/src/java.base/unix/native/libjava/childproc.c"
	rubySearch   = "It looks for the file itself; a name that is too long it takes for one that it has not found (ENOENT)."
	rubyFind     = "https://github.com/ruby/ruby/blob/master/dln_find.c"
)

// What subprocess does with an empty path.
const (
	pathOfNothing = "subprocess takes an empty executable for a name, searches PATH for it and executes the " +
		"directories of PATH."
	subprocessSource = "https://github.com/python/cpython/blob/main/Lib/subprocess.py"
)

// What libuv does with what the kernel does not execute.
const (
	libuvExecvp = "libuv calls execvp (but on macOS), which in glibc hands such a file to /bin/sh, whatever its path."
	libuvSource = "https://github.com/libuv/libuv/blob/v1.x/src/unix/process.c"
)

var _ = Area("exec", title, func() {
	Behaviour("exec.error.enoent", Must,
		"A start by a path of which the last name or a directory is missing, by a symbolic link that leads nowhere or by an "+
			"empty path fails with ENOENT; os/exec refuses an empty path itself, with another error.",
		About(Unix), Needs("symlink"),
		Cite(POSIX("exec"), LinuxMan("execve(2)"), GoDoc("os/exec#Cmd")),
		Matters("Programs distinguish \"not installed\" from every other trouble by this error."),
		Diverges("Go", "error for an empty path", "*errors.errorString: exec: no command",
			"os/exec takes an empty Path for a command that was not filled in, and asks the system for nothing.",
			"https://github.com/golang/go/blob/master/src/os/exec/exec.go"),
		Diverges("cpython/subprocess", "error for an empty path", "EACCES", pathOfNothing, subprocessSource),
		Diverges("cpython/asyncio", "error for an empty path", "EACCES", pathOfNothing, subprocessSource),
		Diverges("cpython/posix-spawn", "error for an empty path",
			"ValueError: posix_spawn: argv first element cannot be empty",
			"argument 0, which is the path here, is refused when it is empty, before the path is looked at.",
			"https://github.com/python/cpython/blob/main/Modules/posixmodule.c"),
		DivergesOn(LibuvWays, "error for an empty path",
			"TypeError [ERR_INVALID_ARG_VALUE]: The argument 'file' cannot be empty. Received ''",
			"Node.js refuses an empty file itself.",
			"https://github.com/nodejs/node/blob/main/lib/child_process.js"),
		Diverges("perl/pipe-open", "error for an empty path", "EPIPE",
			"open refuses an empty command itself, and sets this error.",
			"https://github.com/Perl/perl5/blob/blead/doio.c"),
		Was("exec.err.enoent"),
		Try(func(t *Trial) {
			missing := filepath.Join(t.Dir(), "missing")
			link := filepath.Join(t.Dir(), "link")
			t.NoError(os.Symlink(missing, link))
			t.ObserveError("error for a missing file", t.StartError(missing)).To(Equal("ENOENT"))
			t.ObserveError("error for a missing directory", t.StartError(filepath.Join(missing, "file"))).To(Equal("ENOENT"))
			t.ObserveError("error for a dangling link", t.StartError(link)).To(Equal("ENOENT"))
			empty := Equal("ENOENT")
			if t.Launcher() == OSExec { // which takes an empty path for a command not set up yet
				empty = Not(BeElementOf("none", "ENOENT"))
			}
			t.ObserveError("error for an empty path", t.StartError("")).To(empty)
		}))

	Behaviour("exec.error.enotdir", Must,
		"A start fails with ENOTDIR when the path leads through a file that is neither a directory nor a symbolic link to "+
			"one, or ends with a slash after the name of such a file.",
		About(Unix),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("Programs that look a name up in several places, as execvp does, go on after ENOENT, ENOTDIR and EACCES "+
			"(glibc's execvp after ESTALE, ENODEV and ETIMEDOUT too), and give up on most others."),
		ForgetsTheError("ENOENT", "error for a path through a file", "error for a file with a slash after it"),
		Was("exec.err.enotdir"),
		Try(func(t *Trial) {
			file := t.File("file", "", 0o755)
			t.ObserveError("error for a path through a file", t.StartError(filepath.Join(file, "x"))).To(Equal("ENOTDIR"))
			t.ObserveError("error for a file with a slash after it", t.StartError(file+"/")).To(Equal("ENOTDIR"))
		}))

	Behaviour("exec.error.eacces-nonregular", Must,
		"Executing what is not a regular file, such as a directory, a device or a socket, fails with EACCES, a directory "+
			"and a socket also when their mode permits it.",
		About(Unix), Needs("unix-socket", "null-device", "temp-exec"),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("\"Permission denied\" need not mean that a permission is missing: the path may be a directory. Before "+
			"Linux 5.1, by its source, the error for a socket was ENXIO, as open gives it."),
		Diverges("gVisor", "error for a socket of mode 0777", "ENXIO",
			"The file is opened, as open(2) would open it, before its type is looked at.",
			"https://github.com/google/gvisor/blob/master/pkg/sentry/loader/loader.go"),
		ErlangSaysNothing("error for a directory", "error for a socket of mode 0777"),
		Was("exec.err.eacces-nonregular"),
		Try(func(t *Trial) {
			t.ObserveError("error for a directory", t.StartError(t.Dir())).To(Equal("EACCES"))
			t.ObserveError("error for a device", t.StartError(os.DevNull)).To(Equal("EACCES"))
			socket, err := platform.Listen(t.Dir())
			t.NoError(err)
			t.Defer(func() { _ = socket.Close() })
			t.NoError(os.Chmod(socket.Address(), 0o777))
			t.ObserveError("error for a socket of mode 0777", t.StartError(socket.Address())).To(Equal("EACCES"))
		}))

	Behaviour("exec.error.eacces-fifo", Must,
		"Executing a FIFO fails with EACCES, also when its mode permits it.",
		About(Linux), On(Fork), Needs("fifo", "temp-exec"),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("A FIFO in a directory of PATH is passed over by execvp as any file that may not be executed."),
		Was("exec.err.eacces-fifo"),
		Try(func(t *Trial) {
			_, ended, failure := execFIFO(t)
			t.Observe("whether the exec ends", ended).To(BeTrue())
			t.ObserveError("error", failure).To(Equal("EACCES"))
		}))

	Behaviour("exec.error.fifo-at-once", Should,
		"Executing a FIFO fails at once and does not wait for a writer, as on Linux since 5.1.",
		About(Linux), On(Fork), Needs("fifo", "temp-exec"),
		Cite(Document("fs/open.c: allow opening only regular files during execve()",
			"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/commit/?id=73601ea5b7b1")),
		Matters("Where it waits, a user who can put a FIFO in a directory of PATH can hang every launcher, and a launcher "+
			"that shares memory with its child until the exec hangs with it."),
		Remedy("Look at the type of the file before it is executed; bound the start by a deadline."),
		Diverges("gVisor", "whether it waits for a writer", true,
			"The file is opened, as open(2) would open it, before its type is looked at.",
			"https://github.com/google/gvisor/blob/master/pkg/sentry/loader/loader.go"),
		Try(func(t *Trial) {
			waits, _, _ := execFIFO(t)
			t.Observe("whether it waits for a writer", waits).To(BeFalse())
		}))

	Behaviour("exec.error.eacces-permission", Must,
		"Executing a file that has no execute bit set, and to which no other access control grants execution, fails with "+
			"EACCES, for root too.",
		About(Unix), Needs("temp-exec"),
		Cite(POSIX("exec"), filePermissions, LinuxMan("execve(2)")),
		Matters("A program unpacked without its mode does not start, and root's other privileges do not help."),
		Remedy("Set an execute bit, or start the interpreter with the file as its argument."),
		Was("exec.err.eacces-permission"),
		Try(func(t *Trial) {
			t.ObserveError("error for a file of mode 0644",
				t.StartError(t.File("file", "#!/bin/sh\n", 0o644))).To(Equal("EACCES"))
		}))

	Behaviour("exec.error.eacces-search", Must,
		"For a user without privileges, executing a file by a path through a directory that may not be searched fails with "+
			"EACCES; and so does, for the owner of a file, executing it when the owner may not, although others may.",
		About(Unix), Needs("permission-bits"),
		Cite(POSIX("exec"), filePermissions, LinuxMan("path_resolution(7)")),
		Matters("\"Permission denied\" for a file that every user may execute often means a directory above it, or a noexec "+
			"mount."),
		ForgetsTheError("ENOENT", "error below a directory of mode 0600"),
		Was("exec.err.eacces-search"),
		Try(func(t *Trial) {
			file := t.File("directory/file", "#!/bin/sh\n", 0o755)
			directory := filepath.Dir(file)
			t.NoError(os.Chmod(directory, 0o600))
			t.Defer(func() { _ = os.Chmod(directory, 0o755) })
			t.ObserveError("error below a directory of mode 0600", t.StartError(file)).To(Equal("EACCES"))
			t.ObserveError("error for a file of mode 0655",
				t.StartError(t.File("file", "#!/bin/sh\n", 0o655))).To(Equal("EACCES"))
		}))

	Behaviour("exec.error.eloop", Must,
		"Executing a symbolic link that leads to itself fails with ELOOP, and so does a chain of more links than the system "+
			"follows: 40 on Linux, 32 on FreeBSD and, by their sources, on macOS, NetBSD and OpenBSD.",
		About(Unix), Needs("symlink"),
		Cite(POSIX("exec"), LinuxMan("path_resolution(7)"), FreeBSDMan("intro(2)"),
			Document("macOS: bsd/sys/param.h (MAXSYMLINKS)",
				"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/sys/param.h"),
			Document("NetBSD: sys/sys/param.h (MAXSYMLINKS)", "https://github.com/NetBSD/src/blob/trunk/sys/sys/param.h"),
			Document("OpenBSD: sys/sys/syslimits.h (SYMLOOP_MAX)",
				"https://github.com/openbsd/src/blob/master/sys/sys/syslimits.h")),
		Matters("A tree of links that is followed on one system is one link too deep on the next; intro(2) of macOS still "+
			"says that 8 are followed."),
		ForgetsTheError("ENOENT", "error for a link to itself"), ForgetsTheError(100, "number of links that are followed"),
		Was("exec.err.eloop"),
		Try(func(t *Trial) {
			loop := filepath.Join(t.Dir(), "loop")
			t.NoError(os.Symlink("loop", loop))
			t.ObserveError("error for a link to itself", t.StartError(loop)).To(Equal("ELOOP"))
			// What the chain leads to is no image, and says so when it is reached.
			// Linux counts the links of a walk that it has to begin anew, because
			// something changed meanwhile, on top of those of the first: only
			// what fails every time is too long.
			t.File("0", "no image", 0o755)
			for i := range 100 {
				t.NoError(os.Symlink(strconv.Itoa(i), filepath.Join(t.Dir(), strconv.Itoa(i+1))))
			}
			followed := sort.Search(100, func(i int) bool {
				for range 5 {
					if platform.ErrorName(t.StartError(filepath.Join(t.Dir(), strconv.Itoa(i+1)))) != "ELOOP" {
						return false
					}
				}
				return true
			})
			t.Observe("number of links that are followed", followed).To(PerSystem(map[string]types.GomegaMatcher{
				"linux": Equal(40), "freebsd": Equal(32), "darwin": Equal(32), "netbsd": Equal(32), "openbsd": Equal(32)}))
		}))

	Behaviour("exec.error.enametoolong", Must,
		"Executing a path with a component of more than the NAME_MAX bytes of the file system (other than some of Linux "+
			"that do not look at the length, such as procfs, sysfs, those of cgroups and ISO 9660), or one that is longer "+
			"than PATH_MAX with its NUL, fails with ENAMETOOLONG.",
		About(Unix),
		Cite(POSIX("exec"), LinuxMan("path_resolution(7)"), FreeBSDMan("execve(2)"), MacOSMan("execve(2)"),
			NetBSDMan("execve(2)"), OpenBSDMan("execve(2)")),
		Matters("Deep build directories reach the limit on the system where it is lower. POSIX asks for the error of a "+
			"component only; ksh was puzzled by FreeBSD's."),
		Seen("ksh93/ksh#331"),
		Diverges("FreeBSD", "error for a longer path", "E2BIG",
			"The kernel reports a path that is too long for its buffer as an argument list that is too long.",
			"https://cgit.freebsd.org/src/tree/sys/kern/kern_exec.c"),
		Diverges("Ruby", "longest path, in bytes", 16384, rubySearch, rubyFind),
		Diverges("Ruby", "error for a longer path", "none", rubySearch, rubyFind),
		ForgetsTheError("ENOENT", "error for a longer component"), ForgetsTheError(16384, "longest path, in bytes"),
		ForgetsTheError("none", "error for a longer path"),
		Was("exec.err.enametoolong"),
		Try(func(t *Trial) {
			// beyond is the error of the shortest that is too long.
			longest := func(path func(n int) string) (n int, beyond error) {
				n = 1
				for step := 1 << 13; step > 0; step /= 2 {
					err := t.StartError(path(n + step))
					if name := platform.ErrorName(err); name == "ENAMETOOLONG" || name == "E2BIG" {
						beyond = err
					} else {
						n += step
					}
				}
				return n, beyond
			}
			tooLong := Equal("ENAMETOOLONG")
			name := func(n int) string { return "/" + strings.Repeat("x", n) }
			component, _ := longest(name)
			// The number is only observed: VFAT gives its longest name in bytes and counts in UTF-16.
			t.Observe("longest component, in bytes", component)
			most, err := posix.NameMax("/")
			t.NoError(err)
			t.ObserveError("error for a longer component", t.StartError(name(most+1))).To(tooLong)
			path, beyond := longest(func(n int) string { return strings.Repeat("/", n) })
			t.Observe("longest path, in bytes", path).
				To(PerSystem(map[string]types.GomegaMatcher{"linux": Equal(4095), "darwin": Equal(1023), "freebsd": Equal(1023),
					"netbsd": Equal(1023), "openbsd": Equal(1023)}))
			t.ObserveError("error for a longer path", beyond).To(tooLong)
		}))

	Behaviour("exec.error.enoexec", Must,
		"The start of an executable file that is empty, is text without #!, or is cut off within the header of ELF fails "+
			"with ENOEXEC, unless a handler for it is registered (binfmt_misc of Linux).",
		About(Unix),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("A shell runs such a text as its own script; execve and posix_spawn do not, but execvp does (musl's "+
			"does not), and with it Perl and, except on macOS, Node.js; so does posix_spawnp of macOS, FreeBSD and OpenBSD."),
		Remedy("Begin every script with a #! line."),
		ErlangSaysNothing("error for an empty file", "error for a text", "error for half a header"),
		SpawnpGivesToShell("error for an empty file", "error for a text", "error for half a header"),
		Diverges("libc/execvp", "error for an empty file", "none", glibcToShell, glibcExec),
		Diverges("libc/execvp", "error for a text", "none", glibcToShell, glibcExec),
		Diverges("libc/execvp", "error for half a header", "none", glibcToShell, glibcExec),
		Diverges("Perl", "error for an empty file", "none", execvp, perlExec),
		Diverges("Perl", "error for a text", "none", execvp, perlExec),
		Diverges("Perl", "error for half a header", "none", execvp, perlExec),
		Diverges("Java", "error for an empty file", "none", javaToShell, javaChild),
		Diverges("Java", "error for a text", "none", javaToShell, javaChild),
		Diverges("Java", "error for half a header", "none", javaToShell, javaChild),
		Diverges("Ruby", "error for an empty file", "none", rubyToShell, rubyProcess),
		Diverges("Ruby", "error for a text", "none", rubyToShell, rubyProcess),
		Diverges("Ruby", "error for half a header", "none", rubyToShell, rubyProcess),
		DivergesOn(LibuvWays, "error for an empty file", "none", libuvExecvp, libuvSource),
		DivergesOn(LibuvWays, "error for a text", "none", libuvExecvp, libuvSource),
		DivergesOn(LibuvWays, "error for half a header", "none", libuvExecvp, libuvSource),
		Was("exec.err.enoexec"),
		Try(func(t *Trial) {
			for _, c := range []struct{ name, content string }{
				{"an empty file", ""}, {"a text", "echo text\n"}, {"half a header", "\x7fELF\x02\x01\x01"}} {
				t.ObserveError("error for "+c.name, t.StartError(t.File("file", c.content, 0o755))).To(Equal("ENOEXEC"))
			}
		}))

	Behaviour("exec.error.enoent-loader", Must,
		"The start of an image whose loader is missing fails with ENOENT, although the image is there, unless a handler of "+
			"binfmt_misc takes it.",
		About(Linux), Needs("script-image"),
		Cite(LinuxMan("execve(2)")),
		Matters("\"No such file or directory\" for a program that is plainly there: a binary for another libc, in a "+
			"container without its loader."),
		Remedy("Look at the interpreter that readelf -l shows; link statically for minimal containers."),
		ErlangSaysNothing("error for an image without its loader"),
		Was("exec.err.enoent-loader"),
		Try(func(t *Trial) {
			// The second segment of the image becomes the name of its loader.
			image := script(t)
			name := filepath.Join(t.Dir(), "missing") + "\x00"
			const header, entry, ptInterp = 64, 56, 3
			segment := image[header+entry:]
			binary.NativeEndian.PutUint32(segment, ptInterp)
			binary.NativeEndian.PutUint64(segment[8:], uint64(len(image)))
			binary.NativeEndian.PutUint64(segment[32:], uint64(len(name)))
			t.ObserveError("error for an image without its loader",
				t.StartError(t.File("image", string(image)+name, 0o755))).To(Equal("ENOENT"))
		}))

	Behaviour("exec.error.wrong-architecture", Must,
		"The start of an image for a processor whose images the kernel does not run fails with ENOEXEC, unless an emulator "+
			"for it is registered.",
		About(Linux), Needs("script-image"),
		Cite(LinuxMan("execve(2)")),
		Matters("A container image for another architecture fails with \"exec format error\"."),
		Remedy("Build for the host's architecture, or register an emulator (binfmt_misc)."),
		ErlangSaysNothing("error for an image for a VAX"),
		Diverges("libc/execvp", "error for an image for a VAX", "none", glibcToShell, glibcExec),
		Diverges("Perl", "error for an image for a VAX", "none", execvp, perlExec),
		Diverges("Java", "error for an image for a VAX", "none", javaToShell, javaChild),
		Diverges("Ruby", "error for an image for a VAX", "none", rubyToShell, rubyProcess),
		DivergesOn(LibuvWays, "error for an image for a VAX", "none", libuvExecvp, libuvSource),
		Was("exec.err.wrong-arch"),
		Try(func(t *Trial) {
			image := script(t)
			const machine, vax = 18, 75 // for which emulators are not registered
			binary.NativeEndian.PutUint16(image[machine:], vax)
			t.ObserveError("error for an image for a VAX",
				t.StartError(t.File("image", string(image), 0o755))).To(Equal("ENOEXEC"))
		}))

	Behaviour("exec.error.etxtbsy", Must,
		"A file that a process of the same machine has open for writing, be it an image or a script, cannot be executed: "+
			"the start fails with ETXTBSY, unless fanotify watches the file with pre-content events.",
		About(Linux), Needs("script-image"),
		Cite(LinuxMan("execve(2)")),
		Matters("\"Text file busy\" for a program just written means that it is still open, perhaps in a child forked "+
			"meanwhile. Where the check is missing, as in Linux 6.11 and the first of 6.12, half a program runs."),
		Remedy("Write the file in a process of its own, or, in Go, hold syscall.ForkLock for reading while a program is "+
			"written, which keeps every other start waiting, and release it before starting the program."),
		Remedy("On ETXTBSY start it again after a short wait, a few times. A new name does not help: the count is that of "+
			"the file, whatever it is called."),
		Seen("golang/go#22315"),
		Diverges("gVisor", "error for an image open for writing", "none",
			"An execution does not look for writers of the file; google/gvisor#14395 keeps only writers from a file that is "+
				"executed.",
			"https://github.com/google/gvisor/pull/14395"),
		Diverges("gVisor", "error for a script open for writing", "none",
			"An execution does not look for writers of the file; google/gvisor#14395 keeps only writers from a file that is "+
				"executed.",
			"https://github.com/google/gvisor/pull/14395"),
		ErlangSaysNothing("error for an image open for writing", "error for a script open for writing"),
		Was("exec.err.etxtbsy"),
		Try(func(t *Trial) {
			image := t.ScriptImage(new(linux.Script).Exit(7))
			for _, c := range []struct{ name, content string }{
				{"an image", string(script(t))}, {"a script", "#!" + image + "\n"}} {
				path := t.File(strings.ReplaceAll(c.name, " ", "-"), c.content, 0o755)
				f, err := os.OpenFile(path, os.O_WRONLY, 0)
				t.NoError(err)
				t.ObserveError("error for "+c.name+" open for writing", t.StartError(path)).To(Equal("ETXTBSY"))
				t.NoError(f.Close())
				t.ObserveError("error for "+c.name+" that was closed", t.StartError(path)).To(Equal("none"))
			}
		}))

	Behaviour("exec.error.etxtbsy-for-writer", Must,
		"The image of a running process cannot be opened for writing on the same machine, which fails with ETXTBSY, unless "+
			"fanotify watches it with pre-content events; that it runs does not keep it from being removed, and the process "+
			"runs on.",
		About(Linux), On(System), Needs("script-image"),
		Cite(LinuxMan("open(2)"), LinuxMan("unlink(2)")),
		Matters("cp over a running program fails with \"text file busy\"; where the check is missing, as in Linux 6.11 and "+
			"the first of 6.12, the running program is overwritten under its own feet."),
		Remedy("Write under another name in the same directory and rename (mv). install(1) removes the old file first, "+
			"which works, but leaves a moment without the program, or with a part of it."),
		Seen("google/gvisor#1005", "google/gvisor#14395"),
		Diverges("gVisor", "error of opening it for writing", "none",
			"A file that is executed was not kept from writers before google/gvisor#14395, which is merged.",
			"https://github.com/google/gvisor/pull/14395"),
		Was("exec.busy.write-refused"),
		Try(func(t *Trial) {
			var s linux.Script
			s.Call("read", 0, s.Buffer(1), 1)
			content, err := os.ReadFile(t.ScriptImage(s.Exit(7)))
			t.NoError(err)
			path := t.File("image", string(content), 0o755)
			hold, release := t.Pipe()
			c, err := t.TryStart(Executable(path), Stdin(hold))
			t.NoError(err)
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err == nil {
				t.NoError(f.Close())
			}
			t.ObserveError("error of opening it for writing", err).To(Equal("ETXTBSY"))
			t.ObserveError("error of removing it", os.Remove(path)).To(Equal("none"))
			t.NoError(release.Close())
			t.Observe("exit status of the process", c.Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("exec.error.go-errno", Should,
		"The error of a start by os/exec is the number that the failing call gave, and says whether the program or the "+
			"directory is missing as long as SysProcAttr is nil; with one, a missing directory is reported in the program's "+
			"name.",
		About(Unix), On(OSExec),
		Cite(GoDoc("os#StartProcess"), GoDoc("io/fs#PathError")),
		Matters("\"No such file or directory\", with the program's name, for a program that is there: the directory is what "+
			"is missing."),
		Remedy("Check the directory before the start when SysProcAttr is set."),
		Seen("nodejs/node#11520"),
		Was("go.spawn.errno-exact"),
		Try(func(t *Trial) {
			missing := platform.Text(filepath.Join(t.Dir(), "missing"))
			self := platform.Text(t.Self())
			c := t.Start(Agent())
			name := func(r agent.CommandResult) string {
				switch r.Names {
				case missing:
					return r.Op + " (missing): " + r.Error
				case self:
					return r.Op + " (program): " + r.Error
				}
				return r.Error
			}
			t.Observe("error for a missing program", name(MustCall(c, agent.RunCommand, agent.CommandArgs{Name: missing}))).
				To(Equal("fork/exec (missing): ENOENT"))
			t.Observe("error for a missing directory",
				name(MustCall(c, agent.RunCommand, agent.CommandArgs{Name: self, Dir: missing}))).
				To(Equal("chdir (missing): ENOENT"))
			t.Observe("error for a missing directory, with attributes",
				name(MustCall(c, agent.RunCommand, agent.CommandArgs{Name: self, Dir: missing, Attributes: true}))).
				To(Equal("fork/exec (program): ENOENT"))
		}))

	Behaviour("exec.error.file-not-found", Must,
		"A start fails with an error when the image is missing, by measurement with ERROR_FILE_NOT_FOUND; and so it does "+
			"when the image's directory is missing, with a number that no page promises.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW, systemErrors, WineTest("dlls/kernel32/tests/process.c")),
		Matters("Callers decide by the number whether to look elsewhere or to give up."),
		Was("win.app.not-found"),
		Try(func(t *Trial) {
			t.ObserveError("error with a missing image", t.StartError(filepath.Join(t.Dir(), "missing.exe"))).
				To(Equal("ERROR_FILE_NOT_FOUND (2)"))
			t.ObserveError("error with a missing directory", t.StartError(filepath.Join(t.Dir(), "missing", "x.exe"))).
				NotTo(Equal("none"))
		}))

	Behaviour("exec.error.bad-exe-format", Should,
		"A start of a file that is no image, text or empty, fails with ERROR_BAD_EXE_FORMAT; 64-bit Windows may take a "+
			"text that is called .exe for a program of DOS (ERROR_EXE_MACHINE_TYPE_MISMATCH).",
		About(Windows),
		Cite(systemErrors),
		Matters("A download that was cut, or a page that says \"not found\", is distinguished from a missing program."),
		Seen("dacap/pocketcpp#12", "golang/go#44817"),
		LibuvNames("EFTYPE", "error with text.bin", "error with empty.bin", "error with text.exe", "error with empty.exe"),
		// Older versions of libuv have no name for this one.
		LibuvNames("UNKNOWN", "error with text.bin", "error with empty.bin", "error with text.exe", "error with empty.exe"),
		Was("win.app.bad-format"),
		Try(func(t *Trial) {
			for _, c := range []struct{ name, content string }{{"text.bin", "text\n"}, {"empty.bin", ""}} {
				t.ObserveError("error with "+c.name, t.StartError(t.File(c.name, c.content, 0o755))).
					To(Equal("ERROR_BAD_EXE_FORMAT (193)"))
			}
			for _, c := range []struct{ name, content string }{{"text.exe", "text\n"}, {"empty.exe", ""}} {
				t.ObserveError("error with "+c.name, t.StartError(t.File(c.name, c.content, 0o755))).
					To(BeElementOf("ERROR_BAD_EXE_FORMAT (193)", "ERROR_EXE_MACHINE_TYPE_MISMATCH (216)"))
			}
		}))

	Behaviour("exec.error.access-denied-directory", Should,
		"A start of a directory in place of an image fails with ERROR_ACCESS_DENIED.",
		About(Windows), On(CreateProcess),
		Cite(systemErrors),
		Diverges("Wine", "error with a directory", "ERROR_INVALID_HANDLE (6)",
			"The directory is opened as an image first.", wineSource),
		Matters("A path that lacks its last part is distinguished from one that does not exist."),
		Was("win.app.directory"),
		Try(func(t *Trial) {
			path := filepath.Join(t.Dir(), "x.exe")
			t.NoError(os.Mkdir(path, 0o755))
			t.ObserveError("error with a directory", t.StartError(path)).To(Equal("ERROR_ACCESS_DENIED (5)"))
		}))
})
