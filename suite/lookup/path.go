package lookup

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// search sets the PATH of a child.
func search(c *Process, elements ...string) {
	path := strings.Join(elements, string(filepath.ListSeparator))
	MustCall(c, agent.SetEnv, [2]platform.Text{"PATH", platform.Text(path)})
}

var _ = Area("lookup", title, func() {
	Behaviour("lookup.path.first-match-wins", Must,
		"For a name without a slash os/exec searches the directories of PATH in order and takes the first executable file "+
			"of the name; it passes over directories and files that may not be executed, and refuses what it finds through a "+
			"relative element (lookup.path.empty-element).",
		About(Unix), On(OSExec), Needs("symlink"),
		Cite(GoDoc("os/exec#LookPath"), Document("POSIX.1-2024 Base Definitions, 8.3 Other Environment Variables: PATH",
			"https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html")),
		Matters("What is put in front in PATH replaces a tool; where the order or the rule differs, another program runs."),
		Was("path.first-match-wins"),
		Try(func(t *Trial) {
			t.NoError(os.MkdirAll(filepath.Join(t.Dir(), "1", "x"), 0o755))
			t.File("2/x", "", 0o644)
			t.NoError(os.Mkdir(filepath.Join(t.Dir(), "3"), 0o755))
			t.NoError(os.Symlink(t.Self(), filepath.Join(t.Dir(), "3", "x")))
			t.File("4/x", "", 0o755)
			c := t.Start(Agent())
			search(c, filepath.Join(t.Dir(), "missing"), filepath.Join(t.Dir(), "1"), filepath.Join(t.Dir(), "2"),
				filepath.Join(t.Dir(), "3"), filepath.Join(t.Dir(), "4"))
			found := MustCall(c, agent.LookPath, "x")
			t.Observe("path that is found", strings.TrimPrefix(string(found.Path), t.Dir())).To(Equal("/3/x"))
			t.Observe("error", found.Error).To(Equal("none"))
			t.Observe("error of a start, which only the program in 3 does not give",
				MustCall(c, agent.RunCommand, agent.CommandArgs{Name: "x"}).Error).To(Equal("none"))
			t.Observe("error for a name that is in none of them", MustCall(c, agent.LookPath, "y").Error).
				To(Equal("exec.ErrNotFound"))
			t.Observe("error of a start by a name that is in none of them",
				MustCall(c, agent.RunCommand, agent.CommandArgs{Name: "y"}).Error).To(Equal("exec.ErrNotFound"))
		}))

	Behaviour("lookup.path.empty-element", Must,
		"os/exec refuses a program with ErrDot that it finds through an empty or relative element of PATH, unless GODEBUG "+
			"has execerrdot=0 or the caller clears Cmd.Err.",
		About(Unix), On(OSExec),
		Cite(GoDoc("os/exec#ErrDot"), GoDoc("os/exec#LookPath"), Document("Go os/exec: Executables in the current directory",
			"https://pkg.go.dev/os/exec#hdr-Executables_in_the_current_directory")),
		Matters("A stray colon in PATH lets any user who can write to the current directory choose what runs."),
		Remedy("Keep PATH absolute; call a program of the current directory by ./name."),
		Was("path.empty-element-is-cwd"),
		Try(func(t *Trial) {
			t.File("x", "", 0o755)
			t.File("bin/x", "", 0o755)
			c := t.Start(Agent(), In(t.Dir()), Env(append(os.Environ(), "GODEBUG=")...))
			for _, path := range []string{":/missing", "/missing:", ".", "bin"} {
				search(c, path)
				t.Observe("error with PATH="+path, MustCall(c, agent.LookPath, "x").Error).To(Equal("exec.ErrDot"))
				t.Observe("error of a start with PATH="+path, MustCall(c, agent.RunCommand, agent.CommandArgs{Name: "x"}).Error).
					To(Equal("exec.ErrDot"))
			}
			c = t.Start(Agent(), In(t.Dir()), Env(append(os.Environ(), "GODEBUG=execerrdot=0")...))
			search(c, ".")
			t.Observe("error with PATH=. and GODEBUG=execerrdot=0", MustCall(c, agent.LookPath, "x").Error).To(Equal("none"))
			t.Observe("error of a start with PATH=. and GODEBUG=execerrdot=0",
				MustCall(c, agent.RunCommand, agent.CommandArgs{Name: "x"}).Error).NotTo(Equal("exec.ErrDot"))
		}))

	Behaviour("lookup.path.slash-bypasses", Must,
		"os/exec does not search PATH for a name with a slash in it.",
		About(Unix), On(OSExec), Needs("symlink"),
		Cite(GoDoc("os/exec#LookPath")),
		Matters("./tool is the file of the current directory, whatever PATH has under the name tool."),
		Was("path.slash-bypasses"),
		Try(func(t *Trial) {
			t.NoError(os.Mkdir(filepath.Join(t.Dir(), "here"), 0o755))
			t.NoError(os.Symlink(t.Self(), filepath.Join(t.Dir(), "here", "x")))
			t.File("there/here/x", "", 0o755)
			t.File("there/here/y", "", 0o755)
			c := t.Start(Agent(), In(t.Dir()))
			search(c, filepath.Join(t.Dir(), "there"))
			t.Observe("result for here/x, which is also below an element of PATH", MustCall(c, agent.LookPath, "here/x")).
				To(Equal(agent.LookPathResult{Path: "here/x", Error: "none"}))
			t.Observe("error for here/y, which is only there", MustCall(c, agent.LookPath, "here/y").Error).To(Equal("ENOENT"))
			for _, s := range []struct{ name, error string }{{"here/x", "none"}, {"here/y", "ENOENT"}} {
				t.Observe("error of a start of "+s.name,
					MustCall(c, agent.RunCommand, agent.CommandArgs{Name: platform.Text(s.name)}).Error).To(Equal(s.error))
			}
		}))

	Behaviour("lookup.path.parent-environment", Must,
		"os/exec searches with the PATH of the process that starts the program, not with the PATH that the program is given.",
		About(Unix), On(OSExec), Needs("symlink"),
		Cite(GoDoc("os/exec#Command"), GoDoc("os/exec#LookPath")),
		Matters("A program given a PATH of its own is still found, or not, by its starter's; Python and libuv look in the "+
			"new one."),
		Remedy("Search the child's PATH before the start, and start by absolute path."),
		Was("path.search-uses-parent-env"),
		Try(func(t *Trial) {
			t.NoError(os.Mkdir(filepath.Join(t.Dir(), "parent"), 0o755))
			t.NoError(os.Symlink(t.Self(), filepath.Join(t.Dir(), "parent", "x")))
			t.File("child/x", "not an image", 0o755)
			t.File("child/y", "not an image", 0o755)
			env := []platform.Text{platform.Text("PATH=" + filepath.Join(t.Dir(), "child"))}
			c := t.Start(Agent())
			search(c, filepath.Join(t.Dir(), "parent"))
			t.Observe("error of a program in both", MustCall(c, agent.RunCommand, agent.CommandArgs{Name: "x", Env: env}).Error).
				To(Equal("none"))
			t.Observe("error of a program only in the child's",
				MustCall(c, agent.RunCommand, agent.CommandArgs{Name: "y", Env: env}).Error).To(Equal("exec.ErrNotFound"))
		}))

	Behaviour("lookup.path.pathext", Must,
		"On Windows exec.LookPath tries the extensions of PATHEXT; by observation in their order, and after another "+
			"extension too.",
		About(Windows), On(OSExec),
		Cite(GoDoc("os/exec#LookPath")),
		Matters("In one directory tool means tool.com, tool.exe or tool.bat, whichever PATHEXT names first."),
		Was("win.app.lookpath.pathext"),
		Try(func(t *Trial) {
			t.File("bin/x.bat", "", 0o755)
			t.File("bin/x.com", "", 0o755)
			t.File("bin/y.txt.bat", "", 0o755)
			c := t.Start(Agent())
			search(c, filepath.Join(t.Dir(), "bin"))
			found := func(name, extensions string) string {
				MustCall(c, agent.SetEnv, [2]platform.Text{"PATHEXT", platform.Text(extensions)})
				r := MustCall(c, agent.LookPath, platform.Text(name))
				if r.Error != "none" {
					return r.Error
				}
				at, err := filepath.Rel(filepath.Join(t.Dir(), "bin"), string(r.Path))
				t.NoError(err)
				return strings.ToLower(at)
			}
			for _, p := range []struct{ extensions, name, file string }{
				{".COM", "x", "x.com"}, {".BAT", "x", "x.bat"}, {".EXE", "x", "exec.ErrNotFound"},
			} {
				t.Observe("file found as "+p.name+" with PATHEXT="+p.extensions, found(p.name, p.extensions)).To(Equal(p.file))
			}
			for _, extension := range []string{".BAT", ".COM"} {
				t.Observe("file found as y.txt with PATHEXT="+extension, found("y.txt", extension))
			}
			for _, extensions := range []string{".COM;.BAT", ".BAT;.COM"} {
				t.Observe("file found as x with PATHEXT="+extensions, found("x", extensions))
			}
		}))
})
