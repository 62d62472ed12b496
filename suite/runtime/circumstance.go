package runtime

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// given is a process that is given a circumstance, and then starts what the launcher under
// test starts: that launcher's own process, or the runtime whose launcher it is.
func given(t *Trial, options ...Option) *Process {
	return t.Start(Agent(), append(options, Via(OSExec))...)
}

// asUsual observes that a program is started under a circumstance as it is without one:
// the arguments arrive, it runs, and the caller learns its status. It returns what the
// program found, unless it was not started.
func asUsual(t *Trial, starter *Process, what string, options ...Option) (r platform.Snapshot, started bool) {
	c, err := starter.TryStart(Inspect(), options...)
	if !t.ObserveError("error of a start "+what, err).To(Equal("none")) {
		return r, false
	}
	return goesOn(t, c, what), true
}

// goesOn observes that an inspecting child has its arguments, and that its exit status is told.
func goesOn(t *Trial, c *Process, what string) platform.Snapshot {
	r := c.Snapshot()
	t.Observe("number of arguments "+what, len(r.Args)).To(Equal(2))
	c.Exit(7)
	t.Observe("exit status "+what, c.Wait().String()).To(Equal("exit 7"))
	return r
}

// endBelow kills what a process has started and what would wait for ever.
func endBelow(starter *Process) {
	below, _ := platform.Below(starter.Pid())
	for _, r := range below {
		_ = platform.KillID(r.PID)
	}
}

// filesOf pins the files that a runtime hands on where standard streams are closed.
func filesOf(runtime, closed string, descriptors []string, reason, link string) Part {
	files := map[string]string{}
	for _, d := range descriptors {
		files[d] = "file"
	}
	return Diverges(runtime, "what is no device in the child with "+closed+" closed", files, reason, link)
}

// javaFile pins what Java hands on.
func javaFile(closed string, descriptors ...string) Part {
	return filesOf("Java", closed, descriptors, "The JVM opens its own files under the lowest number that is free, and "+
		"the child closes those above 2 only.",
		"https://github.com/openjdk/jdk/blob/master/src/java.base/unix/native/libjava/childproc.c")
}

// perlScript pins what Perl hands on.
func perlScript(closed string, descriptors ...string) Part {
	return filesOf("Perl", closed, descriptors,
		"The script and what it requires are opened under the lowest number that is free, and up to $^F, which is 2, "+
			"a descriptor is handed on.", "https://perldoc.perl.org/variables/$%5EF")
}

var _ = Area("runtime", title, func() {
	Behaviour("runtime.circumstance.sigchld-ignored", Should,
		"A program that was started with SIGCHLD ignored, and so may not learn how its own child ended, is told the exit "+
			"status all the same or that it is unknown, and never another one.",
		About(Unix),
		Cite(POSIX("wait"), POSIX("_Exit")),
		Brief("With SIGCHLD ignored a child's exit status is told, or is unknown."),
		Diverges("cpython/subprocess", "whether another exit status is told", true,
			"Popen takes a child that it cannot wait for as one that ended with 0.",
			"https://github.com/python/cpython/blob/main/Lib/subprocess.py"),
		Diverges("cpython/asyncio", "whether another exit status is told", true,
			"The child watchers report the return code 255 for a child that they cannot wait for, and log a warning.",
			"https://github.com/python/cpython/blob/main/Lib/asyncio/unix_events.py"),
		Matters("A failed command reads as a successful one. Who starts the program decides it: a container's or a "+
			"service's first process, a shell's trap, a parent that does not want to wait."),
		Remedy("Set SIGCHLD to its default action at the start of a program that waits for children, before the first one."),
		Remedy("In what starts other programs, do not ignore SIGCHLD, or restore it in the child before the exec."),
		Seen("util-linux/util-linux#4014"),
		Try(func(t *Trial) {
			starter := given(t)
			MustCall(starter, agent.Ignore, []int{posix.SIGCHLD})
			c, err := starter.TryStart(Agent())
			status := platform.ErrorName(err)
			if err == nil {
				_ = Ask(c, agent.Getppid) // it runs on until the start is over: asyncio looks at the child in it
				c.Exit(3)
				status = c.Wait().String()
			}
			if !t.ObserveReturns("whether the wait for it returns", status != "hang") {
				return
			}
			t.Observe("status of a child that exits with 3", status)
			t.Observe("whether another exit status is told", strings.HasPrefix(status, "exit ") && status != "exit 3").
				To(BeFalse())
		}))

	Behaviour("runtime.circumstance.sigchld-blocked", Should,
		"A program that was started with SIGCHLD blocked learns the end of its child all the same.",
		About(Linux), Cite(POSIX("exec"), LinuxMan("signal(7)")),
		Brief("With SIGCHLD blocked the end of a child is told."),
		Matters("A runtime that learns the end of a child by that signal alone, and does not unblock it, waits for ever."),
		Remedy("Unblock SIGCHLD before a handler is relied on; in what starts other programs, put back the mask."),
		Try(func(t *Trial) {
			starter := given(t)
			MustCall(starter, agent.Block, []int{posix.SIGCHLD})
			c, err := starter.TryStart(Agent())
			if !t.ObserveError("error of the start", err).To(Equal("none")) {
				return
			}
			_ = Ask(c, agent.Getppid)
			var end WaitResult
			over := make(chan struct{})
			wait := t.Go(func() error {
				defer close(over)
				end = c.Wait()
				return nil
			})
			_ = wait.State() // a child that has ended before the wait is there at once
			c.Exit(3)
			if !t.ObserveReturns("whether the wait returns after the child's exit", wait.State() == Returned) {
				endBelow(starter)
				<-over
				return
			}
			t.Observe("status of a child that exits with 3", end.String()).To(Equal("exit 3"))
		}))

	Behaviour("runtime.circumstance.sigpipe-ignored", Should,
		"A program that was started with SIGPIPE ignored starts its own children as without that, and is told of a start "+
			"that fails.",
		About(Unix), Cite(POSIX("exec")),
		Brief("With SIGPIPE ignored a start works, and a failure is told."),
		Matters("Container engines, Python and service managers start programs in that state. What reports a failed exec "+
			"through a pipe must not depend on the signal."),
		Try(func(t *Trial) {
			starter := given(t)
			MustCall(starter, agent.Ignore, []int{posix.SIGPIPE})
			asUsual(t, starter, "with SIGPIPE ignored")
			c, err := starter.TryStart(Executable(filepath.Join(t.Dir(), "missing")))
			end := ""
			if err == nil {
				end = c.Wait().String()
			}
			t.Observe("whether a start of no file is told as a success", err == nil && end == "exit 0").To(BeFalse())
		}))

	Behaviour("runtime.circumstance.signals-blocked", Observed,
		"A program that was started with SIGTERM, SIGINT and SIGHUP blocked starts its children with the same mask, or "+
			"its runtime clears it: then children can be asked to end that their parent's caller has shielded.",
		About(Linux), Needs("script-image"), Cite(POSIX("exec"), POSIX("posix_spawnattr_setsigmask")),
		Brief("Signals that the parent was given blocked, and its child has blocked."),
		Matters("A service whose children ignore the polite request to end is killed at its deadline instead."),
		Try(func(t *Trial) {
			report := t.RawReport()
			starter := given(t, report.ForParent())
			MustCall(starter, agent.Block, []int{posix.SIGHUP, posix.SIGINT, posix.SIGTERM})
			t.Observe("blocked signals of the child", report.OfChild(starter).Blocked)
		}))

	Behaviour("runtime.circumstance.soft-nofile", Observed,
		"A runtime whose soft limit of descriptors is below the hard one may raise it for itself, and then hands the raised "+
			"limit on to its children, or puts back what it was given.",
		About(Linux), Needs("script-image", "setrlimit"), Cite(LinuxMan("getrlimit(2)")),
		Brief("The soft limit of descriptors that a child gets of 960."),
		Matters("A program that uses select, or closes every possible descriptor, breaks or stalls under the raised limit; "+
			"the soft limit is 1024 for their sake."),
		Seen("golang/go#46279"),
		Try(func(t *Trial) {
			report := t.RawReport()
			starter := given(t, report.ForParent())
			hard := MustCall(starter, agent.GetLimit, posix.RLIMIT_NOFILE).Hard
			if hard <= 960 {
				t.Unmet("the hard limit of descriptors is %d, which leaves no room above 960", hard)
			}
			MustCall(starter, agent.SetLimit, agent.LimitArgs{Resource: posix.RLIMIT_NOFILE,
				Limits: posix.Limits{Soft: 960, Hard: hard}})
			soft := report.OfChild(starter).NOFILE.Soft
			seen := fmt.Sprint(soft)
			if soft == hard {
				seen = "the hard limit"
			}
			t.Observe("soft limit of the child", seen)
		}))

	Behaviour("runtime.circumstance.many-descriptors", Should,
		"A program that was started with all descriptors from 3 to 200 open starts its own children, whether it hands these "+
			"on or closes them.",
		About(Unix), Needs("setrlimit"), Cite(POSIX("exec")),
		Brief("With descriptors 3 to 200 open a start works."),
		Matters("A runtime that takes it for granted that its pipes get low numbers, or that uses select, overwrites "+
			"another descriptor or fails."),
		Try(func(t *Trial) {
			limit, err := posix.Getrlimit(posix.RLIMIT_NOFILE)
			t.NoError(err)
			if limit.Hard < 600 { // a launcher that moves them out of each other's way takes two for each
				t.Unmet("the hard limit of descriptors is %d, which leaves no room above 600", limit.Hard)
			}
			null, err := platform.NullDevice()
			t.NoError(err)
			var open []Option
			var numbers []int
			for n := 3; n <= 200; n++ {
				open, numbers = append(open, Descriptor(n, null)), append(numbers, n)
			}
			// mksh redirects nothing where its own copy of a stream would get a number above 127.
			t.RuntimeMayFail("shell mksh")
			// What is given is the runtime's own too, where that is a process between.
			starter := given(t, open...)
			// This host's soft limit may leave a runtime no number for its pipes.
			MustCall(starter, agent.SetLimit, agent.LimitArgs{Resource: posix.RLIMIT_NOFILE,
				Limits: posix.Limits{Soft: min(1024, limit.Hard), Hard: limit.Hard}})
			asUsual(t, starter, "with descriptors 3 to 200 open", Held(platform.FD(numbers[0]), numbers...))
		}))

	Behaviour("runtime.circumstance.streams-closed", Should,
		"Where a program was started with a standard stream closed, its child has that stream closed too, or the null "+
			"device there, and no file or pipe of the runtime's own.",
		About(Linux), Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Brief("A stream that is closed in the parent is none of its pipes in the child."),
		Matters("Service managers and setuid tools start programs so. The next file that is opened gets the number of the "+
			"stream: what the child prints goes into that file, or into the pipe by which a failed start is reported."),
		Remedy("Open the null device in place of a closed standard stream before anything else is opened."),
		javaFile("[0]", "descriptor 0"), javaFile("[1]", "descriptor 1"), javaFile("[2]", "descriptor 2"),
		javaFile("[0 1 2]", "descriptor 0"),
		perlScript("[0]", "descriptor 0"), perlScript("[1]", "descriptor 1"), perlScript("[2]", "descriptor 2"),
		perlScript("[0 1 2]", "descriptor 0", "descriptor 1", "descriptor 2"),
		Try(func(t *Trial) {
			starter := given(t)
			for _, closed := range [][]int{{0}, {1}, {2}, {0, 1, 2}} {
				what := fmt.Sprint("with ", closed, " closed")
				streams := []platform.FD{0, 1, 2}
				for _, n := range closed {
					streams[n] = platform.Closed
				}
				// What does not even run would be waited for up to the deadline.
				c, err := starter.TryStart(Exit(7), FDs(streams...))
				if !t.ObserveError("error of a start "+what, err).To(Equal("none")) ||
					!t.Observe("exit status "+what, c.Wait().String()).To(Equal("exit 7")) {
					continue
				}
				c = starter.Start(Inspect(), FDs(streams...))
				kinds := map[string]string{}
				for _, f := range c.Snapshot().Files {
					if f.FD < 3 && f.Kind != "character" {
						kinds[fmt.Sprint("descriptor ", f.FD)] = f.Kind
					}
				}
				t.Observe("what is no device in the child "+what, kinds).To(BeEmpty())
				c.Exit(0)
				c.Wait()
			}
		}))

	Behaviour("runtime.circumstance.umask", Should,
		"A program that was started with a file mode creation mask of 0777 starts its own children, which have the same "+
			"mask.",
		About(Linux), Cite(POSIX("umask"), POSIX("exec")),
		Brief("With a mask of 0777 a start works."),
		Matters("A start that goes through a temporary file or a socket of the runtime's own fails where it may not be "+
			"opened again."),
		Try(func(t *Trial) {
			starter := given(t)
			MustCall(starter, agent.SetUmask, 0o777)
			if r, started := asUsual(t, starter, "with the mask 0777"); started {
				t.Observe("mask of the child", fmt.Sprintf("%04o", r.Umask)).To(Equal("0777"))
			}
		}))

	Behaviour("runtime.circumstance.tmpdir", Should,
		"A start does not depend on TMPDIR: it works with a path of 60, 77, 104 or 110 bytes, and with one that is not "+
			"there.",
		About(Unix),
		Brief("A start works whatever TMPDIR is."),
		Matters("Build sandboxes and macOS have long temporary directories. A runtime that makes a socket there, whose path "+
			"has a limit of about 100 bytes, starts nothing."),
		Seen("python/cpython#132124", "python/cpython#140734"),
		Try(func(t *Trial) {
			with := func(dir, what string) {
				variables := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TMPDIR=") })
				asUsual(t, given(t, Env(append(variables, "TMPDIR="+dir)...)), what)
			}
			for _, n := range []int{60, 77, 104, 110} {
				dir := t.Dir() + "/"
				dir += strings.Repeat("d", max(1, n-len(dir)))
				t.NoError(os.Mkdir(dir, 0o755))
				with(dir, fmt.Sprintf("with a TMPDIR of %d bytes", n))
			}
			with(filepath.Join(t.Dir(), "missing"), "with a TMPDIR that is missing")
		}))

	Behaviour("runtime.circumstance.directory-removed", Should,
		"A program whose working directory has been removed starts a program by its path, or says that it cannot; the "+
			"child's status is told.",
		About(Linux), Cite(LinuxMan("getcwd(3)")),
		Brief("From a removed working directory a start works."),
		Matters("A build tool removes the directory that a daemon was started in, and everything that the daemon starts "+
			"from then on fails, mostly with an error that names no directory."),
		Try(func(t *Trial) {
			dir := filepath.Join(t.Dir(), "removed")
			t.NoError(os.Mkdir(dir, 0o755))
			starter := given(t, In(dir))
			_ = Ask(starter, agent.Getppid)
			t.NoError(os.Remove(dir))
			// A JVM, the Erlang emulator, Guile and Deno need their working directory to begin.
			t.RuntimeMayFail("java", "erlang", "guile", "deno")
			c, err := starter.TryStart(Inspect())
			// The error is getcwd's.
			t.ObserveError("error of a start from a removed directory", err).To(BeElementOf("none", "ENOENT"))
			if err == nil {
				goesOn(t, c, "from a removed directory")
			}
		}))

	Behaviour("runtime.circumstance.few-descriptors", Should,
		"A program that can open no further descriptor starts another all the same, or is told why it cannot (EMFILE); "+
			"either way it does not wait for ever, and no other status than the program's own is told, unless a shell in "+
			"between has nothing but a status of its own to tell it by.",
		About(Linux), Needs("proc"), Cite(POSIX("getrlimit")),
		Brief("At its limit of descriptors a start works or fails with EMFILE."),
		Matters("A start needs a descriptor or two for a moment. A server at its limit finds out there, and a failure that "+
			"is not told is a request that is never answered."),
		Try(func(t *Trial) {
			if t.ThroughShell() {
				t.NotApplicable("a shell that cannot open what it needs tells that as an exit status")
			}
			p := t.Parent()
			runs(t, p) // what is loaded once is loaded
			// A JVM that cannot make its second pipe closes its own standard input and leaks the first one; then it can
			// neither tell that nor read on.
			// libuv up to that of Node.js 20 keeps a descriptor of each loop that it could not make for spawnSync: with one
			// free, none is left to tell the error by.
			t.RuntimeMayFail("java", "node 12.", "node 16.", "node 18.", "node 20.")
			for _, free := range []int{1, 2, 3} {
				what := fmt.Sprintf("with %d descriptors free", free)
				p.LeaveDescriptors(free)
				c, err := p.TryStart(Exit(3))
				status := platform.ErrorName(err)
				if err == nil {
					status = c.Wait().String()
				}
				t.Observe("what is told "+what, status)
				t.Observe("whether another exit status than 3 is told "+what,
					strings.HasPrefix(status, "exit ") && status != "exit 3").To(BeFalse())
			}
		}))

	Behaviour("runtime.circumstance.environment-empty", Should,
		"A program that was started with an empty environment, without PATH and HOME too, starts another by its path.",
		About(Unix),
		Brief("With an empty environment a start by a path works."),
		Matters("Init systems, env -i and kernel helpers start programs so; a runtime that looks for its own helper by PATH "+
			"starts nothing."),
		Try(func(t *Trial) {
			asUsual(t, given(t, Env()), "with an empty environment")
		}))

	Behaviour("runtime.circumstance.process-1", Should,
		"A program that is process 1 of its PID namespace, as the first program of a container is, starts another one and "+
			"learns how that ended, as any other program does.",
		About(Linux), OnWays(), Needs("pid-namespace"),
		Cite(LinuxMan("pid_namespaces(7)")),
		Brief("Process 1 of a container starts programs and learns how they end."),
		Matters("What has lost its parent becomes a child of process 1. One that does not wait for children that it does "+
			"not know leaves them zombies, until there is no process id left."),
		Remedy("Where a container's program does not wait for them, put an init in front of it that does, such as tini or "+
			"dumb-init (docker run --init)."),
		Try(func(t *Trial) {
			c, err := t.TryStart(Agent(), PIDNamespace())
			if !t.ObserveError("error of a start", err).To(Equal("none")) {
				return
			}
			parent := c.Start(Agent(), Via(OSExec), Orphan())
			orphan := parent.Start(Agent(), Via(OSExec), Orphan())
			_ = Ask(orphan, agent.Getppid)
			parent.Exit(0)
			parent.Wait()
			adopted := Ask(orphan, agent.Getppid) == 1
			t.Observe("whether process 1 adopts a process whose parent has exited", adopted)
			orphan.Exit(0)
			orphan.Gone()
			t.Settled(c.Process1())
			below, err := platform.Below(c.Process1())
			t.NoError(err)
			t.Observe("whether that one stays a zombie when it has exited",
				slices.ContainsFunc(below, func(r platform.Relative) bool { return r.Zombie }))
			c.Exit(7)
			t.Observe("exit status", c.Wait().String()).To(Equal("exit 7"))
		}))
})
