package linux

// Mapping is anonymous memory at an address that a script can be told: what
// parent and child see of it after a fork depends on how it was mapped.
type Mapping struct{ bytes []byte }

// Advice of madvise(2) about a fork.
const (
	MADV_DONTFORK   = 10
	MADV_WIPEONFORK = 18
)

// Bytes is the content as this process sees it.
func (m *Mapping) Bytes() []byte { return m.bytes }
