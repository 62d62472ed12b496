package win32

// PipeInfo is what GetNamedPipeInfo says; anonymous pipes are named ones too.
type PipeInfo struct {
	Server, Message    bool
	Out, In, Instances uint32 // two quotas in bytes, and the most instances there can be
}

// PipeOptions are those of CreateNamedPipeW; the zero value is a synchronous
// byte pipe in both directions with room for one instance and 4,096 bytes.
type PipeOptions struct {
	Message    bool // PIPE_TYPE_MESSAGE and PIPE_READMODE_MESSAGE
	Overlapped bool
	First      bool // FILE_FLAG_FIRST_PIPE_INSTANCE
	Instances  uint32
}
