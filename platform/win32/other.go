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

func DuplicateBetween(source, h, target Handle, inherit bool) (Handle, error) { return 0, errNone }
func Inheritable(Handle) (bool, error)                                        { return false, errNone }
func FileType(Handle) (string, error)                                         { return "", errNone }
func Std(int) (Handle, error)                                                 { return 0, errNone }
func Read(Handle, []byte) (int, error)                                        { return 0, errNone }
func Write(Handle, []byte) (int, error)                                       { return 0, errNone }
func Flush(Handle) error                                                      { return errNone }
func CancelAll(Handle) error                                                  { return errNone }
func ReadOnThread(Handle, chan<- Handle) error                                { return errNone }
func CancelSynchronous(Handle) error                                          { return errNone }
func OpenFile(name string, overlapped bool) (Handle, error)                   { return 0, errNone }
func ParentOf(pid uint32) (Parentage, error)                                  { return Parentage{}, errNone }
func CountChildren(pid uint32) (int, error)                                   { return 0, errNone }
func OnlyThread(pid uint32) (Handle, error)                                   { return 0, errNone }
func ProcessID(Handle) (uint32, error)                                        { return 0, errNone }
func Ran(Handle) (bool, error)                                                { return false, errNone }
func PriorityClass(Handle) (uint32, error)                                    { return 0, errNone }
func ErrorMode() (uint32, error)                                              { return 0, errNone }
func SetErrorMode(uint32) (uint32, error)                                     { return 0, errNone }
func StartThread(process Handle, address uintptr) error                       { return errNone }
func Reserved2() ([]byte, error)                                              { return nil, errNone }
func TakeConsole() (Console, error)                                           { return Console{}, errNone }
func IsConsole(Handle) (bool, error)                                          { return false, errNone }
func InJob(process, job Handle) (bool, error)                                 { return false, errNone }
func TerminateJob(Handle, uint32) error                                       { return errNone }
func LimitActive(Handle, uint32) error                                        { return errNone }
func JobAccounting(Handle) (Accounting, error)                                { return Accounting{}, errNone }
func JobPort(Handle, uintptr) (Handle, error)                                 { return 0, errNone }
func NextJobMessage(Handle, uint32) (JobMessage, error)                       { return JobMessage{}, errNone }
func CreatePipe(uint32) (r, w Handle, err error)                              { return 0, 0, errNone }
func Peek(Handle) (int, error)                                                { return 0, errNone }
func InfoOfPipe(Handle) (PipeInfo, error)                                     { return PipeInfo{}, errNone }
func CreateNamedPipe(string, PipeOptions) (Handle, error)                     { return 0, errNone }
func Connect(Handle) error                                                    { return errNone }
func Disconnect(Handle) error                                                 { return errNone }
func ReadMessages(Handle) error                                               { return errNone }

type Async struct{}

func WriteAsync(Handle, string) (*Async, error) { return nil, errNone }
func ReadAsync(Handle, int) (*Async, error)     { return nil, errNone }
func (*Async) Result(bool) (string, error)      { return "", errNone }
func (*Async) Cancel() error                    { return errNone }
func (*Async) Close() error                     { return errNone }
