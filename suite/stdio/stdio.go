// Package stdio is the area of the standard streams of a child: descriptors 0 to 2 on Unix, the standard
// handles of Windows.
//
// Subjects, in the order of reading: default, descriptor, handle, crt.
package stdio

import (
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "Standard streams"

var getStdHandle = MSLearn("GetStdHandle function", "windows/console/getstdhandle")

// nullDevice is an open handle of NUL, which is not inheritable.
func nullDevice(t *Trial) *Handle {
	h, err := win32.OpenFile("NUL", false)
	t.NoError(err)
	return NewHandle(t, h)
}

// withConsole starts a child that has a console, whether this process has one or
// not: what the child starts shares that console and gets none of its own.
func withConsole(t *Trial) *Process { return t.Start(Agent(), Flags(win32.CREATE_NO_WINDOW)) }

var startupInfo = MSLearn("STARTUPINFOW structure",
	"windows/win32/api/processthreadsapi/ns-processthreadsapi-startupinfow")
