package stdio

import (
	"fmt"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

func list(numbers []platform.FD) string { return strings.Trim(fmt.Sprint(numbers), "[]") }

var _ = Area("stdio", title, func() {
	Behaviour("stdio.descriptor.closed-stays-closed", Observed,
		"Of descriptors 0 to 2, those that are closed when an image is executed are closed in it, unless the system opens "+
			"something in their place, as POSIX permits.",
		About(Unix), On(ForkExec, VforkExec), Needs("script-image"), Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("The first file that the program opens becomes its standard output, and what it prints overwrites that "+
			"file."),
		Remedy("Give a child the null device rather than nothing."),
		Was("exec.fd.closed-std-stays-closed"),
		Try(func(t *Trial) {
			for _, closed := range [][]int{{0}, {1}, {2}, {0, 1, 2}} {
				var options []Option
				for _, fd := range closed {
					options = append(options, Descriptor(fd, platform.Closed))
				}
				raw := t.Raw(options...)
				t.Observe(fmt.Sprint("descriptors open after ", closed, " were closed"), raw.Open)
			}
		}))

	Behaviour("stdio.descriptor.permuted", Should,
		"Whatever descriptors of the parent become descriptors 0, 1, 2 and so on of the child, in any order, swapped or "+
			"repeated, arrive as asked for.",
		About(Unix), Cite(POSIX("dup2"), POSIX("posix_spawn_file_actions_adddup2"), GoDoc("os#ProcAttr")),
		Matters("A launcher that moves descriptors one after the other overwrites one that it still needs, and output ends "+
			"up where it must not."),
		Remedy("Move each source out of the way first, then into place."),
		Was("stdio.permuted-mapping"),
		Try(func(t *Trial) {
			parent := t.Start(Inspect(), Files(t.OpenFiles("0", "1", "2", "3", "4", "5")...))
			source := map[string]string{}
			for _, f := range parent.Snapshot().Files {
				if f.FD <= 5 {
					source[f.Object] = fmt.Sprint(f.FD)
				}
			}
			for _, asked := range [][]platform.FD{
				{0, 2, 1, -1, -1, -1}, {1, 0, 2, -1, -1, -1}, {1, 2, 0, -1, -1, -1}, {2, 0, 1, -1, -1, -1}, {2, 1, 0, -1, -1, -1},
				{1, 2, 3, 4, 5, 0}, {5, 0, 1, 2, 3, 4}, {5, 4, 3, 2, 1, 0}, // around and backwards
				{3, 3, 3, -1, -1, -1}, {1, 0, 0, -1, 5, 1}, // repeated
				{0, 1, 2, 3, 4, 5},
			} {
				c := parent.Start(Inspect(), FDs(asked...))
				arrived := []string{"-1", "-1", "-1", "-1", "-1", "-1"}
				for _, f := range c.Snapshot().Files {
					if f.FD <= 5 && !f.CloseOnExec {
						arrived[f.FD] = source[f.Object]
					}
				}
				t.Observe("descriptors that arrive, asked for "+list(asked), strings.Join(arrived, " ")).To(Equal(list(asked)))
				c.Exit(0)
				c.Wait()
			}
		}))
})
