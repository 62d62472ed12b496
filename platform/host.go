package platform

// Fact is one probed property of the host, for example kernel.release.
type Fact struct {
	Name  string
	Value string
	// Volatile facts differ from run to run on the same machine; they are shown
	// and never compared.
	Volatile bool
}
