//go:build unix

package platform_test

import (
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
)

// A program may be started with more than a thousand descriptors.
func TestDescriptorsAboveAThousand(t *testing.T) {
	for _, least := range []int{900, 1500} {
		fd, err := unix.FcntlInt(os.Stdin.Fd(), unix.F_DUPFD, least)
		if err != nil {
			t.Skipf("descriptor %d: %v", least, err)
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		if !slices.ContainsFunc(platform.OpenFiles(), func(f platform.File) bool { return int(f.FD) == fd }) {
			t.Errorf("descriptor %d is not listed as open", fd)
		}
		if !slices.Contains(posix.Inheritable(), fd) {
			t.Errorf("descriptor %d is not listed as inheritable", fd)
		}
	}
}
