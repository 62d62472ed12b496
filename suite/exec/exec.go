// Package exec is the area of what executing an image does to the process: what is kept, what is
// reset, how it fails, and scripts that name their interpreter.
//
// Subjects, in the order of reading: image, shebang, error, attribute, signal.
package exec

import (
	"os"
	"path/filepath"

	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "Executing an image"

// interpreter makes a symbolic link to this binary in the trial's directory, whose path is short.
func interpreter(t *Trial, name string) string {
	path := filepath.Join(t.Dir(), name)
	t.NoError(os.Symlink(t.Self(), path))
	return path
}
