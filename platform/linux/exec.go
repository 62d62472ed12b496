package linux

// AT_EMPTY_PATH makes execveat(2) take the file behind the descriptor itself.
const AT_EMPTY_PATH = 0x1000

// ExecAt appends execveat(2), with the limits of Exec: the script can be
// forked, and the child leaves with exit code 127 when the call fails.
func (s *Script) ExecAt(fd int, path string, args, env []string, flags int) Result {
	return s.Must("execveat", fd, path, s.vector(args), s.vector(env), flags)
}
