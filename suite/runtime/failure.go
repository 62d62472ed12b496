package runtime

import (
	"errors"
	"path/filepath"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("runtime", title, func() {
	Behaviour("runtime.failure.told", Observed,
		"How a caller learns that a program could not be started differs between runtimes and their ways: as an exception, "+
			"as a result, as an event that comes later, or only as the exit status of a child that never was the program.",
		On(ProgramLaunchers()...),
		Brief("How a start that fails is told."),
		Cite(POSIX("posix_spawn")),
		Matters("Code that catches exceptions does not see an event or an exit status, and a status of 127 can be the "+
			"program's own."),
		Try(func(t *Trial) {
			file := t.File("text", "no program", 0o644)
			for _, c := range []struct {
				name    string
				program Program
				options []Option
			}{
				{"a missing program", Executable(filepath.Join(t.Dir(), "missing")), nil},
				{"a program without an execute bit", Executable(file), nil},
				{"a directory", Executable(t.Dir()), nil},
				{"a working directory that is missing", Exit(0), []Option{In(filepath.Join(t.Dir(), "missing"))}},
			} {
				if c.options != nil && !t.Has(runtimes.Directory) {
					continue // its driver would have to be started there
				}
				t.Observe("what is told of "+c.name, told(t, c.program, c.options))
			}
		}))
})

// told is how a launcher tells that a start has failed, or what became of it.
func told(t *Trial, p Program, options []Option) string {
	c, err := t.TryStart(p, options...)
	if err == nil {
		end := c.Wait()
		if end.Err == nil {
			return end.String()
		}
		err = end.Err
	}
	var failed *runtimes.StartError
	if errors.As(err, &failed) {
		return failed.How + " " + platform.ErrorName(err)
	}
	return platform.ErrorName(err)
}
