package runtime

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// A failure is a way to ask for a start that has to fail.
type failure struct {
	name, what string
	errnos     []string
	ask        func(t *Trial) Started
	matters    string
}

func file(content string, mode os.FileMode) func(t *Trial) Started {
	return func(t *Trial) Started { return With(Executable(t.File("file", content, mode))) }
}

var failures = []failure{
	{name: "missing-file", what: "a file that is not there", errnos: []string{"ENOENT"},
		ask:     func(t *Trial) Started { return With(Executable(filepath.Join(t.Dir(), "missing"))) },
		matters: "\"Not installed\" is the one failure that programs handle; it must not read as a status of the program."},
	{name: "directory", what: "a directory as the image", errnos: []string{"EACCES"},
		ask:     func(t *Trial) Started { return With(Executable(t.Dir())) },
		matters: "A path that was put together from an empty name is a directory."},
	{name: "no-permission", what: "a file without an execute bit", errnos: []string{"EACCES"},
		ask:     file("#!/bin/sh\nexit 0\n", 0o644),
		matters: "A script that was downloaded or unpacked without its mode is the most usual case of a command that fails."},
	{name: "no-interpreter", what: "a script whose interpreter is not there", errnos: []string{"ENOENT"},
		ask:     file("#!/nonexistent/interpreter\n", 0o755),
		matters: "The error names a file that exists. A caller that looks for the script finds it, and is none the wiser."},
	{name: "text", what: "an executable text without #!", errnos: []string{"ENOEXEC"},
		ask:     file("exit 7\n", 0o755),
		matters: "Some ways give such a file to sh and others refuse it: the same script works or fails."},
	{name: "foreign-format", what: "an image in no format of this system", errnos: []string{"ENOEXEC"},
		ask:     file("\x7fELF\x01\x01\x01\x00 cut off", 0o755),
		matters: "An image for another processor that sh is given runs as a script of garbage."},
	{name: "long-argument", what: "an argument of more than 32 pages", errnos: []string{"E2BIG"},
		ask: func(t *Trial) Started {
			path := t.File("file", "#!/bin/sh\nexit 0\n", 0o755)
			return With(Executable(path), Args(path, strings.Repeat("a", 33*os.Getpagesize())))
		},
		matters: "A list of files that has grown makes the start fail, on a day when nothing was changed."},
	{name: "missing-directory", what: "a working directory that is not there", errnos: []string{"ENOENT"},
		ask: func(t *Trial) Started {
			path := t.File("file", "#!/bin/sh\nexit 0\n", 0o755)
			return With(Executable(path), In(filepath.Join(t.Dir(), "missing")))
		},
		matters: "The error is the same as that of a missing program, and is mostly reported as one."},
}

// try lets a parent make a start that fails, and observes what it is told and what is left.
func (f failure) try(t *Trial) {
	p := t.Parent()
	if f.name == "missing-directory" && !t.Has(runtimes.Directory) {
		t.NotApplicable(t.Launcher() + " cannot be asked for a working directory")
	}
	runs(t, p) // what is opened once is open
	before := p.Look()
	s := f.ask(t)
	c, err := p.TryStart(s.Program, s.Options...)
	status := ""
	if err == nil {
		end := c.Wait()
		err, status = end.Err, end.String()
	}
	told := status
	if err != nil {
		told = "an error"
	}
	t.Observe("whether it is told as a success", told == "exit 0").To(BeFalse())
	t.Observe("what it is told as", told)
	if told == "an error" && t.Has(runtimes.Errors) {
		t.ObserveError("error", err).To(BeElementOf(f.errnos))
	}
	after := p.Look()
	t.Observe("children that are left", childrenOf(after, before)).To(BeEmpty())
	t.Observe("descriptors that are left", kinds(after.Descriptors, before.Descriptors)).To(BeEmpty())
	t.Observe("status of the next child, which exits with 3", p.Start(Exit(3)).Wait().String()).To(Equal("exit 3"))
}

var _ = Area("runtime", title, func() {
	for _, f := range failures {
		sentence := "A start of " + f.what + " is not told as a success; it leaves no child, no zombie and no open " +
			"descriptor in the parent, and the next start works."
		if f.name == "missing-directory" {
			sentence = "A start in " + strings.TrimPrefix(sentence, "A start of ")
		}
		Behaviour("runtime.failure."+f.name, Should, sentence,
			About(Linux), Needs("proc", "temp-exec"), Cite(POSIX("exec"), POSIX("posix_spawn")),
			Brief("A failed start leaves nothing: "+f.what+"."),
			Subject(f.what), Matters(f.matters), Try(f.try))
	}

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
