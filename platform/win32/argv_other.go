//go:build !windows

package win32

func SplitCommandLine(line string) ([]string, error) { return nil, errNone }
