//go:build !unix

package posix

func LockRecord(fd int) error       { return errNone }
func Flock(fd, operation int) error { return errNone }
