//go:build unix

package platform

import (
	"fmt"
	"os"
	"syscall"
)

// OpenRegular opens a file for reading that another program has written under a
// name of our choosing: it follows no symbolic link at the end of the path and
// waits for no writer. What is no regular file is an error.
func OpenRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file but %v", path, info.Mode().Type())
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
