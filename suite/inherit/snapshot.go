package inherit

import (
	"os"
	"slices"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// What a shell in between makes of the parent.
const shellBetween = "A shell starts the program, and some shells stay its parent."

var shellExecution = Document("POSIX.1-2024 Shell Command Language, 2.13 Shell Execution Environment",
	"https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_13").Link

var systemPage = POSIX("system").Link

var _ = Area("inherit", title, func() {
	Behaviour("inherit.snapshot.as-asked", Should,
		"A child has the arguments, the environment, the working directory and the standard streams that it was started "+
			"with, and the process that started it as its parent.",
		Matters("Every way to start a child makes these five promises; one that breaks them silently breaks the child."),
		Diverges("cpython/system", "whether its parent is the process that started it", false, shellBetween, systemPage),
		Diverges("libc/system", "whether its parent is the process that started it", false, shellBetween, systemPage),
		DivergesOn([]string{"shell/c", "shell/pipeline"}, "whether its parent is the process that started it", false,
			shellBetween, shellExecution),
		Diverges("PHP", "variables that were lost", []string{"SPAWNSPEC_EMPTY"},
			"proc_open leaves out the variables without a value.",
			"https://github.com/php/php-src/blob/master/ext/standard/proc_open.c"),
		Diverges("Erlang", "variables that were lost", []string{"SPAWNSPEC_EMPTY"},
			"A port takes an empty value for a variable that is to be unset.",
			"https://www.erlang.org/doc/apps/erts/erlang.html#open_port/2"),
		Diverges("Erlang", "whether its parent is the process that started it", false,
			"The programs of ports are children of erl_child_setup, which the emulator starts first.", erlangChild),
		Diverges("Lua", "whether its parent is the process that started it", false, shellBetween,
			"https://www.lua.org/manual/5.4/manual.html#pdf-os.execute"),
		Was("inherit.record.as-asked"),
		Try(func(t *Trial) {
			dir := t.Dir()
			arguments := []string{t.Self(), "first", "", "two words", `back\slash "quote"`}
			environment := append(os.Environ(), "SPAWNSPEC_ONE=1", "SPAWNSPEC_EMPTY=", "SPAWNSPEC_WORDS=two words=more")
			streams := t.OpenFiles("in", "out", "err")
			c := t.Start(Inspect(), In(dir), Args(arguments...), Env(environment...), Files(streams...))
			r := c.Snapshot()
			t.Observe("arguments after the first", Without(r.Args[min(1, len(r.Args)):], nil)).To(Equal(arguments[1:]))
			ticket := slices.IndexFunc(r.Env, func(v platform.Text) bool {
				return len(v) > len(agent.Variable) && v[:len(agent.Variable)] == agent.Variable
			})
			if ticket >= 0 {
				r.Env = slices.Delete(r.Env, ticket, ticket+1)
			}
			t.Observe("variables that were lost", Names(t.WithoutShells(Without(Texts(environment), r.Env)))).To(BeEmpty())
			t.Observe("variables that were added", Names(t.WithoutShells(Without(r.Env, Texts(environment))))).To(BeEmpty())
			t.Observe("whether it is in the directory asked for", SameFile(string(r.Dir), dir)).To(BeTrue())
			t.Observe("whether its parent is the process that started it", r.PPID == c.Starter()).To(BeTrue())
			got, err := Call(c, agent.Read, agent.ReadArgs{FD: 0, Max: 16})
			t.ObserveError("error of a read from standard input", err).To(Equal("none"))
			t.Observe("data read from standard input", string(got)).To(Equal("in"))
			for i, word := range []string{"OUT", "ERR"} {
				_, err := Call(c, agent.Write, agent.WriteArgs{FD: platform.FD(i + 1), Data: platform.Text(word)})
				t.ObserveError("error of a write of "+word, err).To(Equal("none"))
				content, err := os.ReadFile(streams[i+1].Name())
				t.NoError(err)
				t.Observe("content of the file for "+word, string(content)).To(Equal(word))
			}
		}))
})
