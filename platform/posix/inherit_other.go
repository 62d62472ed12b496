//go:build !unix

package posix

const (
	RLIMIT_CPU           = 0
	O_APPEND, O_NONBLOCK = 0, 0
	FD_CLOEXEC           = 0
)

func Setrlimit(resource int, l Limits) error { return errNone }
func Nice() (int, error)                     { return 0, errNone }
func SetNice(n int) error                    { return errNone }
func SetFd(fd, flags int) error              { return errNone }
func Inheritable() []int                     { return nil }
func SetFl(fd, flags int) error              { return errNone }
