package trial

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/platform"
)

// CopyOfSelf copies this binary to a file of the trial's directory and returns
// its path. A link would not do: Windows does not remove a link to a running image.
func (t *Trial) CopyOfSelf(name string) string {
	self, err := filepath.EvalSymlinks(t.Self())
	t.NoError(err)
	content, err := os.ReadFile(self)
	t.NoError(err)
	return t.File(name, string(content), 0o755)
}

// OpenFiles makes files that hold their own names, for their contents to tell
// them apart, and opens them for reading and writing until the trial is over.
func (t *Trial) OpenFiles(names ...string) []*os.File {
	open := make([]*os.File, len(names))
	for i, name := range names {
		f, err := os.OpenFile(t.File(name, name, 0o644), os.O_RDWR, 0)
		t.NoError(err)
		t.Defer(func() { _ = f.Close() })
		open[i] = f
	}
	return open
}

// SameFile reports whether two paths lead to one file or directory; a path that
// leads nowhere leads to none.
func SameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// Texts are strings as a child reports them.
func Texts(s []string) []platform.Text {
	all := make([]platform.Text, len(s))
	for i := range s {
		all[i] = platform.Text(s[i])
	}
	return all
}

// Without are the members of all that are not in some.
func Without(all, some []platform.Text) []string {
	rest := []string{}
	for _, s := range all {
		if !slices.Contains(some, s) {
			rest = append(rest, string(s))
		}
	}
	return rest
}

// Names are the names of environment variables. What they hold is this machine's, and
// may be a secret.
func Names(variables []string) []string {
	names := make([]string, len(variables))
	for i, v := range variables {
		// On Windows a name may begin with an equals sign.
		if end := strings.IndexByte(v[min(1, len(v)):], '='); end >= 0 {
			v = v[:end+1]
		}
		names[i] = v
	}
	return names
}

// Strings are texts as a child reported them.
func Strings(list []platform.Text) []string {
	all := make([]string, len(list))
	for i := range list {
		all[i] = string(list[i])
	}
	return all
}
