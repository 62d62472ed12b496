package platform

import (
	"fmt"
	"os"
)

// OpenRegular opens a file for reading that another program has written under a
// name of our choosing: it follows no symbolic link at the end of the path. What
// is no regular file is an error.
func OpenRegular(path string) (*os.File, error) {
	there, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !there.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file but %v", path, there.Mode().Type())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if opened, err := f.Stat(); err != nil || !os.SameFile(there, opened) {
		_ = f.Close()
		return nil, fmt.Errorf("%s: replaced while it was opened", path)
	}
	return f, nil
}
