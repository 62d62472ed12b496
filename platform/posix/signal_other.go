//go:build !unix

package posix

const SIGTTIN, SIGTTOU, SIGURG, SIGWINCH = 0, 0, 0, 0

func Change(raw uint32) string { return "" }
