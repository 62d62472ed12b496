//go:build !windows

package win32

import (
	"errors"
	"syscall"
)

var errNone = errors.ErrUnsupported

// Constants without a meaning here.
const (
	Infinite                                = 0
	JobKillOnClose, JobBreakawayOK          = 0, 0
	JobSilentBreakaway                      = 0
	ProcessTerminate, ProcessSetQuota       = 0, 0
	ProcessQueryLimited, ProcessSynchronize = 0, 0
	ProcessAllAccess, ProcessCreateProcess  = 0, 0
	ProcessDupHandle                        = 0
)

func ErrorName(e syscall.Errno) string           { return "" }
func Create(Start) (Started, error)              { return Started{}, errNone }
func Close(Handle) error                         { return errNone }
func Resume(Handle) (uint32, error)              { return 0, errNone }
func Terminate(Handle, uint32) error             { return errNone }
func Wait(Handle, uint32) error                  { return errNone }
func ExitCode(Handle) (uint32, error)            { return 0, errNone }
func SetInherit(Handle, bool) error              { return errNone }
func Duplicate(Handle, bool) (Handle, error)     { return 0, errNone }
func NewJob(uint32) (Handle, error)              { return 0, errNone }
func SetJobLimits(Handle, uint32) error          { return errNone }
func Assign(Handle, Handle) error                { return errNone }
func OpenProcess(uint32, uint32) (Handle, error) { return 0, errNone }
func CommandLine([]string) string                { return "" }
