package linux

import "golang.org/x/sys/unix"

// Getcwd is the working directory as getcwd(2) names it, which a script calls too.
// os.Getwd may name it by way of a symbolic link.
func Getcwd() (string, error) { return unix.Getwd() }
