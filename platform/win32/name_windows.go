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
		if name, ok := inventedNames[e]; ok {
			return name
		}
		return e.Error()
	}
	return fmt.Sprintf("error %d", uint32(e))
}

// inventedNames are the errors of POSIX for what a host can run out of, in which
// Go's library and this suite speak of it on Windows too.
var inventedNames = map[syscall.Errno]string{
	syscall.EAGAIN: "EAGAIN", syscall.EDQUOT: "EDQUOT", syscall.EMFILE: "EMFILE", syscall.ENFILE: "ENFILE",
	syscall.ENOMEM: "ENOMEM", syscall.ENOSPC: "ENOSPC",
}

var errorNames = map[syscall.Errno]string{
	1: "ERROR_INVALID_FUNCTION", 2: "ERROR_FILE_NOT_FOUND", 3: "ERROR_PATH_NOT_FOUND", 5: "ERROR_ACCESS_DENIED",
	6: "ERROR_INVALID_HANDLE", 8: "ERROR_NOT_ENOUGH_MEMORY", 24: "ERROR_BAD_LENGTH", 32: "ERROR_SHARING_VIOLATION",
	50: "ERROR_NOT_SUPPORTED", 87: "ERROR_INVALID_PARAMETER", 109: "ERROR_BROKEN_PIPE",
	122: "ERROR_INSUFFICIENT_BUFFER", 123: "ERROR_INVALID_NAME", 126: "ERROR_MOD_NOT_FOUND",
	145: "ERROR_DIR_NOT_EMPTY", 183: "ERROR_ALREADY_EXISTS", 193: "ERROR_BAD_EXE_FORMAT",
	203: "ERROR_ENVVAR_NOT_FOUND", 206: "ERROR_FILENAME_EXCED_RANGE", 216: "ERROR_EXE_MACHINE_TYPE_MISMATCH",
	230: "ERROR_BAD_PIPE", 231: "ERROR_PIPE_BUSY", 232: "ERROR_NO_DATA", 233: "ERROR_PIPE_NOT_CONNECTED",
	234: "ERROR_MORE_DATA", 258: "WAIT_TIMEOUT", 267: "ERROR_DIRECTORY", 535: "ERROR_PIPE_CONNECTED",
	536: "ERROR_PIPE_LISTENING", 698: "ERROR_OBJECT_NAME_EXISTS", 740: "ERROR_ELEVATION_REQUIRED",
	995: "ERROR_OPERATION_ABORTED", 996: "ERROR_IO_INCOMPLETE", 997: "ERROR_IO_PENDING", 1168: "ERROR_NOT_FOUND",
	1816: "ERROR_NOT_ENOUGH_QUOTA",
}
