package platform

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"
)

// TempDir is where a run makes its directory: the system's temporary directory,
// absolute and after links were followed. Where that one exists and cannot hold a
// run's files, because of its name, it is /tmp, and note says why in one line.
// The error, one line too, says what is wrong with the directory and what to do.
func TempDir() (dir, note string, err error) {
	asked := os.TempDir()
	dir, err = usableTemp(asked)
	var name unusableName
	if errors.As(err, &name) && runtime.GOOS != "windows" {
		fallback, fallbackErr := usableTemp("/tmp")
		if fallbackErr == nil {
			return fallback, fmt.Sprintf("TMPDIR is %s, whose path %v; /tmp is used instead", shortened(asked), name), nil
		}
	}
	if err != nil {
		return "", "", fmt.Errorf("TMPDIR is %s, %w; set it to a directory that can be written", shortened(asked), err)
	}
	return dir, "", nil
}

// unusableName says what is wrong with a path.
type unusableName string

func (n unusableName) Error() string { return string(n) }

// usableTemp follows links and looks at what a run needs of a temporary directory.
func usableTemp(path string) (string, error) {
	dir, err := filepath.Abs(path)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("which does not exist")
	case err != nil:
		return "", fmt.Errorf("which cannot be used (%s)", ErrorName(err))
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return "", fmt.Errorf("which cannot be used (%s)", ErrorName(err))
	case !info.IsDir():
		return "", errors.New("which is no directory")
	}
	// The address of a Unix-domain socket has 108 bytes on Linux and 104 elsewhere;
	// the run's directory and the socket in it take 40.
	const longest = 64
	switch {
	case runtime.GOOS == "windows":
	case len(dir) > longest:
		return "", unusableName(fmt.Sprintf("has %d bytes, and a socket below it has room for %d", len(dir), longest))
	case strings.ContainsAny(dir, " \t\n"):
		return "", unusableName("has a blank or a line end in it, which a #! line cannot have")
	case !utf8.ValidString(dir):
		return "", unusableName("is not UTF-8")
	}
	// Less than that is a disk that is full. A run needs some 20 MB at most, two
	// behaviours far more than the others.
	const least = 1 << 20
	if room, err := free(dir); err == nil && room < least {
		return "", fmt.Errorf("which has room for %d kB only", room>>10)
	}
	return dir, nil
}

// shortened quotes a path, so that it fits on a line and holds no control character.
func shortened(path string) string {
	const most = 80
	if len(path) > most {
		return fmt.Sprintf("%+q... (%d bytes)", path[:most], len(path))
	}
	return fmt.Sprintf("%+q", path)
}
