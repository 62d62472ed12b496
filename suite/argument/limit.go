package argument

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

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

// longestStrings looks for the longest single argument of up to 33 pages, and is the error of one byte more, that of
// a variable of 32 pages with its name and its NUL, and that of a variable of one byte more.
func longestStrings(t *Trial) (longest int, beyond, fits, variable error) {
	page := os.Getpagesize()
	run := func(o Option) error {
		c, err := t.TryStart(Exit(7), o)
		if err == nil && c.Wait().String() != "exit 7" {
			return errors.New("another program ran")
		}
		return err
	}
	// The room for all strings comes first where the stack limit is low.
	several := slices.Repeat([]string{strings.Repeat("a", page-1)}, 34)
	if err := run(Args(append([]string{"name"}, several...)...)); platform.ErrorName(err) == "E2BIG" {
		t.Unmet("the room for all arguments together is less than 34 pages")
	}
	longest, beyond = boundary(16*page, 33*page, func(n int) error {
		return run(Args("name", strings.Repeat("a", n)))
	})
	sized := func(bytes int) Option { return Env("LONG=" + strings.Repeat("a", bytes-len("LONG=\x00"))) }
	return longest, beyond, run(sized(32 * page)), run(sized(32*page + 1))
}

var _ = Area("argument", title, func() {
	Behaviour("argument.limit.single-string", Must,
		"On Linux one argument or variable has a limit of its own, beside that of all together: 32 pages, its final NUL "+
			"included; beyond it the start fails with E2BIG.",
		About(Linux), On(System),
		Cite(LinuxMan("execve(2)"), LinuxExec),
		Matters("A long list in one variable or after sh -c fails with \"argument list too long\" although getconf ARG_MAX "+
			"is not nearly reached."),
		Remedy("Pass long data through a file or standard input."),
		Seen("spack/spack#33237", "fish-shell/fish-shell#6800"),
		Diverges("gVisor", "error of one byte more", "ENAMETOOLONG",
			"The error for a string that is too long is that for a path.",
			"https://github.com/google/gvisor/blob/master/pkg/usermem/usermem.go"),
		Diverges("gVisor", "error of a variable of more than 32 pages", "ENAMETOOLONG",
			"The error for a string that is too long is that for a path.",
			"https://github.com/google/gvisor/blob/master/pkg/usermem/usermem.go"),
		Was("exec.limit.single-string"),
		Try(func(t *Trial) {
			longest, beyond, fits, variable := longestStrings(t)
			t.Observe("longest argument of up to 33 pages, in bytes", longest).To(Equal(32*os.Getpagesize() - 1))
			t.ObserveError("error of one byte more", beyond).To(Equal("E2BIG"))
			t.ObserveError("error of a variable of 32 pages", fits).To(Equal("none"))
			t.ObserveError("error of a variable of more than 32 pages", variable).To(Equal("E2BIG"))
		}))

	Behaviour("argument.limit.single-string-elsewhere", Observed,
		"Whether one argument or variable has a limit of its own on macOS and the BSDs, as it has on Linux, is not in "+
			"their manuals.",
		About(Darwin, BSD), On(System),
		Cite(FreeBSDMan("execve(2)"), MacOSMan("execve(2)")),
		Matters("A list in one variable that starts a program on one system may be too long on the next."),
		Try(func(t *Trial) {
			longest, beyond, fits, variable := longestStrings(t)
			t.Observe("longest argument of up to 33 pages, in bytes", longest)
			t.ObserveError("error of one byte more", beyond)
			t.ObserveError("error of a variable of 32 pages", fits)
			t.ObserveError("error of a variable of more than 32 pages", variable)
		}))

	Behaviour("argument.limit.total", Observed,
		"Arguments and environment together are limited, on Linux to a quarter of the stack limit, at least 32 pages and "+
			"at most 6 MiB; beyond it the start fails with E2BIG and the caller goes on.",
		About(Unix), On(System), Needs("symlink"),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("A command over many files works on one machine and fails on the next, whose stack limit is lower."),
		Remedy("Split the work as xargs does, or pass names through a file or standard input."),
		Was("exec.limit.total"),
		Try(func(t *Trial) {
			t.NoError(os.Symlink(t.Self(), filepath.Join(t.Dir(), "x")))
			for _, stack := range []struct {
				name  string
				bytes uint64
			}{{"256 KiB", 256 << 10}, {"1 MiB", 1 << 20}, {"8 MiB", 8 << 20}, {"64 MiB", 64 << 20}} {
				c := t.Start(Agent(), In(t.Dir()))
				room, err := Call(c, agent.ArgMax, agent.ArgMaxArgs{Path: "./x", Stack: stack.bytes})
				if err != nil {
					t.ObserveError("error of setting a stack limit of "+stack.name, err)
					continue
				}
				t.Observe("bytes of strings and pointers with a stack limit of "+stack.name, room.Bytes)
				t.Observe("error beyond them with a stack limit of "+stack.name, room.Beyond)
			}
		}))

	Behaviour("argument.limit.command-line", Must,
		"A command line has at most 32,767 UTF-16 code units, its final NUL included; with a longer one, by measurement, "+
			"the call fails with ERROR_FILENAME_EXCED_RANGE.",
		About(Windows),
		Cite(CreateProcessW, Issue("MicrosoftDocs/sdk-api#342")),
		Matters("Linkers and compilers with many files fail to start, or, where the line is cut, build from some of them."),
		Remedy("Use response files where the program reads them, else a file or standard input."),
		Seen("nodejs/node#36007"),
		Diverges("Wine", "error of a start with 32767 units", "none", "Longer command lines are cut.", WineProcess),
		Diverges("Wine", "units that arrive of 32767", 32766, "Longer command lines are cut.", WineProcess),
		Was("win.cmdline.limit"),
		Try(func(t *Trial) {
			units := func(s string) int { return len(utf16.Encode([]rune(s))) }
			// Three characters of one, two and three bytes in UTF-8, and one of two code units.
			const beginning = "name a\u00e9\u65e5\U0001f600 "
			for _, n := range []int{win32.MaxCommandLine - 1, win32.MaxCommandLine} { // without the NUL
				c, err := t.TryStart(Inspect(), CommandLine(beginning+strings.Repeat("a", n-units(beginning))))
				arrived := 0
				if err == nil {
					arrived = units(string(c.Snapshot().Startup.CommandLine))
				}
				want, whole := "none", n
				if n == win32.MaxCommandLine {
					want, whole = "ERROR_FILENAME_EXCED_RANGE (206)", 0
				}
				t.ObserveError(fmt.Sprintf("error of a start with %d units", n), err).To(Equal(want))
				t.Observe(fmt.Sprintf("units that arrive of %d", n), arrived).To(Equal(whole))
			}
		}))
})
