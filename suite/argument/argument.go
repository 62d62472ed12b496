// Package argument is the area of the argument vector.
package argument

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("argument", "Arguments", func() {
	Behaviour("exec.argv.bytes-verbatim", Must,
		"Every argument arrives byte for byte, in order: empty, with blanks, line ends and quotes, and in no encoding.",
		About(Unix),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("A launcher that quotes, splits, expands or re-encodes arguments opens files of other names."),
		Try(func(t *Trial) {
			every := make([]byte, 255)
			for i := range every {
				every[i] = byte(i + 1)
			}
			sent := []string{"name", "", "", " ", "a b", "\t\n\r", `"`, `'`, `\`, `\\`, "$HOME", "*", "a=b", "-", "--", "\u00e9\u65e5\U0001f600",
				"\xff", "\xc3", "\xed\xa0\x80", string(every), strings.Repeat("x", 100_000), ""}
			t.Observe("arguments that arrive", Strings(t.Start(Inspect(), Args(sent...)).Snapshot().Args)).To(Equal(sent))
		}))

	Behaviour("exec.argv0.independent", Must,
		"Argument 0 is what the caller says, be it empty, and need not name the image.",
		Cite(POSIX("exec"), LinuxMan("execve(2)"), MSLearn("CreateProcessW function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw")),
		Matters("Programs of many names (busybox, login shells, clang) do what argument 0 says."),
		Remedy("Ask the system for one's own image (os.Executable), not argument 0."),
		Try(func(t *Trial) {
			for _, name := range []string{"another-name", "-sh"} {
				r := t.Start(Inspect(), Args(name, "argument")).Snapshot()
				t.Observe("arguments with argument 0 "+name, Strings(r.Args)).To(Equal([]string{name, "argument"}))
				t.Observe("the image with argument 0 "+name+" is the one started", SameFile(string(r.Executable), t.Self())).To(BeTrue())
			}
		}))

	Behaviour("exec.argv.empty", Observed,
		"A program that is given no argument at all gets one empty one, or none, or is refused.",
		About(Unix), On(OSExec, ForkExec, VforkExec),
		Cite(POSIX("exec"), LinuxMan("execve(2)"), Document("CVE-2021-4034", "https://nvd.nist.gov/vuln/detail/CVE-2021-4034")),
		Matters("A program that takes argument 0 for granted reads its environment instead: that was pkexec's hole (CVE-2021-4034)."),
		Remedy("Always pass the name as argument 0; in a program, look at argc before argv."),
		Try(func(t *Trial) {
			c, err := t.TryStart(Inspect(), Args())
			t.ObserveError("error", err)
			if err == nil {
				seen := Strings(c.Snapshot().Args)
				for i, a := range seen {
					if a == t.Self() {
						seen[i] = "the path of the image"
					}
				}
				t.Observe("arguments the child sees", seen)
				t.Observe("number of arguments the child sees", len(seen))
			}
		}))

	Behaviour("exec.limit.single-string", Should,
		"One argument or variable has a limit of its own on some systems, far below that of all together: 32 pages on Linux, its final NUL included; beyond it the start fails with E2BIG.",
		About(Unix), On(System),
		Cite(LinuxMan("execve(2)")),
		Matters("A long list in one variable or after sh -c fails with \"argument list too long\" although getconf ARG_MAX is not nearly reached."),
		Remedy("Pass long data through a file or standard input."),
		Seen("spack/spack#33237", "fish-shell/fish-shell#6800"),
		Diverges("gVisor", "one byte more", "ENAMETOOLONG", "The error for a string that is too long is that for a path.",
			"https://github.com/google/gvisor/blob/master/pkg/usermem/usermem.go"),
		Diverges("gVisor", "a variable of more than 32 pages", "ENAMETOOLONG", "The error for a string that is too long is that for a path.",
			"https://github.com/google/gvisor/blob/master/pkg/usermem/usermem.go"),
		Try(func(t *Trial) {
			if stack, err := posix.Getrlimit(posix.RLIMIT_STACK); err == nil && stack.Soft < 1<<20 {
				t.Unmet("the stack limit is %d bytes, and a quarter of it is too little", stack.Soft)
			}
			page := os.Getpagesize()
			longest, beyond := boundary(16*page, 33*page, func(n int) error {
				c, err := t.TryStart(Exit(7), Args("name", strings.Repeat("a", n)))
				if err == nil && c.Wait().String() != "exit 7" {
					return errors.New("another program ran")
				}
				return err
			})
			t.Observe("longest argument of up to 33 pages, in bytes", longest).
				To(PerSystem(map[string]types.GomegaMatcher{"linux": Equal(32*page - 1)}))
			t.ObserveError("one byte more", beyond).To(PerSystem(map[string]types.GomegaMatcher{"linux": Equal("E2BIG")}))
			_, err := t.TryStart(Exit(7), Env("LONG="+strings.Repeat("a", 32*page)))
			t.ObserveError("a variable of more than 32 pages", err).To(PerSystem(map[string]types.GomegaMatcher{"linux": Equal("E2BIG")}))
		}))

	Behaviour("exec.limit.total", Observed,
		"Arguments and environment together are limited, on Linux to a quarter of the stack limit and 6 MiB at most; beyond it the start fails with E2BIG and the caller goes on.",
		About(Unix), On(System), Needs("symlink"),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("A command over many files works on one machine and fails on the next, whose stack limit is lower."),
		Remedy("Split the work as xargs does, or pass names through a file or standard input."),
		Try(func(t *Trial) {
			t.NoError(os.Symlink(t.Self(), filepath.Join(t.Dir(), "x")))
			for _, stack := range []struct {
				name  string
				bytes uint64
			}{{"1 MiB", 1 << 20}, {"8 MiB", 8 << 20}, {"64 MiB", 64 << 20}} {
				c := t.Start(Agent(), In(t.Dir()))
				room, err := Call(c, agent.ArgMax, agent.ArgMaxArgs{Path: "./x", Stack: stack.bytes})
				if err != nil {
					t.ObserveError("with a stack limit of "+stack.name, err)
					continue
				}
				t.Observe("bytes of strings and pointers with a stack limit of "+stack.name, room.Bytes)
				t.Observe("error beyond them with a stack limit of "+stack.name, room.Beyond)
			}
		}))

	Behaviour("exec.strings.nul-rejected", Should,
		"A launcher refuses a NUL in a path, an argument, a variable or a directory, instead of starting a child with half of it.",
		Cite(GoDoc("syscall#BytePtrFromString"), GoDoc("os/exec#Cmd")),
		Matters("A name that is cut at a NUL passes a check as a whole and opens another file."),
		Try(func(t *Trial) {
			for _, c := range []struct {
				name   string
				option Option
			}{
				{"path", Image(t.Self() + "\x00x")}, {"argument", Args("name", "a\x00b")},
				{"variable", Env("A=a\x00b")}, {"directory", In(t.Dir() + "\x00x")},
			} {
				_, err := t.TryStart(Exit(7), c.option)
				t.Observe(c.name+" is refused", err != nil).To(BeTrue())
			}
		}))
})

// boundary finds the largest n from low to high for which try gives no error,
// and the error of the one after it. It expects that low works.
func boundary(low, high int, try func(n int) error) (longest int, beyond error) {
	if beyond = try(high); beyond == nil {
		return high, nil
	}
	for low+1 < high {
		middle := (low + high) / 2
		if err := try(middle); err != nil {
			high, beyond = middle, err
		} else {
			low = middle
		}
	}
	return low, beyond
}
