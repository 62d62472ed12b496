package win32

// Accounting is JOBOBJECT_BASIC_ACCOUNTING_INFORMATION, the counts of it.
type Accounting struct{ Total, Active uint32 }

// Messages that a job posts to its completion port; see
// "JOBOBJECT_ASSOCIATE_COMPLETION_PORT".
const (
	JobMessageActiveProcessZero = 4
	JobMessageNewProcess        = 6
	JobMessageExitProcess       = 7
)

// JobMessage is one message of a job.
type JobMessage struct {
	Message uint32
	Key     uintptr // the one given with the port
	PID     uint32  // 0 in a message that is not about a process
}
