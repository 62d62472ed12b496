package platform

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"

	"github.com/spawnspec/spawnspec/platform/win32"
)

// Adopt makes this process the parent of every orphan below it. Windows knows no
// such thing, nor the need: any process may wait for any other.
func Adopt() error { return errors.ErrUnsupported }

// Below lists the processes below one: of this one those in its job, of another one those
// whose parents, as far as they still run, lead to it. What they do it does not tell:
// whether they are Busy Windows does not say, nor Wine their processor time.
func Below(root int) ([]Relative, error) {
	ids, err := idsBelow(uint32(root))
	if err != nil {
		return nil, err
	}
	var below []Relative
	for _, id := range ids {
		if r, err := relative(id); err == nil { // else it has ended meanwhile
			below = append(below, r)
		}
	}
	return below, nil
}

func idsBelow(root uint32) ([]uint32, error) {
	if root != uint32(os.Getpid()) {
		return win32.Descendants(root)
	}
	job, err := run()
	if err != nil {
		return nil, err
	}
	return win32.JobProcesses(job)
}

// Activity says what processes do; here it cannot.
func Activity(...int) ([]Relative, error) { return nil, errors.ErrUnsupported }

func relative(id uint32) (Relative, error) {
	r := Relative{PID: int(id)}
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, id)
	if err != nil {
		return r, err
	}
	defer windows.CloseHandle(h)
	var name [windows.MAX_LONG_PATH]uint16
	size := uint32(len(name))
	if err := windows.QueryFullProcessImageName(h, 0, &name[0], &size); err != nil {
		return r, err
	}
	r.Command = windows.UTF16ToString(name[:size])
	return r, nil
}
