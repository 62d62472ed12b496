package platform

import (
	"os"
	"runtime"
	"time"
)

// RemoveAll removes a directory in which processes have just ended, and tries again
// for a while where that fails: the last of them may still be leaving, and on Windows
// an image stays locked for a moment after its last process. Go's own tests were red
// now and then with two seconds for that.
func RemoveAll(dir string) error {
	patience := time.Second
	if runtime.GOOS == "windows" {
		patience = 5 * time.Second
	}
	return removeAll(dir, patience)
}

func removeAll(dir string, patience time.Duration) error {
	const longest = 100 * time.Millisecond
	begin := time.Now()
	for wait := time.Millisecond; ; wait = min(2*wait, longest) {
		err := os.RemoveAll(dir)
		if err == nil || time.Since(begin) >= patience {
			return err
		}
		time.Sleep(wait) //nolint:forbidigo // nothing announces that a file is no longer in use
	}
}
