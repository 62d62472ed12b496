// Package handle is the area of the handles of Windows: which of them a child inherits, and how a running
// process is given others.
//
// Subjects, in the order of reading: inherit, list, duplicate.
package handle

import (
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "Handles of Windows"

// suspended is a child that exists and has not run; what it inherited, it holds.
func suspended(t *Trial, s win32.Start) *Process {
	s.Flags |= win32.CREATE_SUSPENDED
	return t.Start(Exit(0), Calling(s))
}
