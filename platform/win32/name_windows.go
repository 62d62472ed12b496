package win32

import (
	"fmt"
	"syscall"
)

// ErrorName is the name and number of a system error, for example
// "ERROR_FILE_NOT_FOUND (2)"; see "System Error Codes".
func ErrorName(e syscall.Errno) string {
	if name, ok := errorNames[e]; ok {
		return fmt.Sprintf("%s (%d)", name, uint32(e))
	}
	if e >= syscall.APPLICATION_ERROR { // invented by Go, for example syscall.EWINDOWS
		return e.Error()
	}
	return fmt.Sprintf("error %d", uint32(e))
}
