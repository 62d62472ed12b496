// Package stdio is the area of the standard streams of a child: descriptors 0 to 2 on Unix, the standard
// handles of Windows.
package stdio

import (
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "Standard streams"

var getStdHandle = MSLearn("GetStdHandle function", "windows/console/getstdhandle")

func inheritableNull(t *Trial) win32.Handle {
	h, err := win32.OpenFile("NUL", false)
	t.NoError(err)
	t.Defer(func() { _ = win32.Close(h) })
	t.NoError(win32.SetInherit(h, true))
	return h
}

var startupInfo = MSLearn("STARTUPINFOW structure", "windows/win32/api/processthreadsapi/ns-processthreadsapi-startupinfow")
