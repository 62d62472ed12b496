package platform

import "runtime"

// Fact is one probed property of the host, for example kernel.release.
type Fact struct {
	Name  string
	Value string
	// Volatile facts differ from run to run on the same machine; they are shown
	// and never compared.
	Volatile bool
}

// Host probes the machine, in the order in which a reader wants to know it.
func Host() []Fact {
	return []Fact{{Name: "os", Value: runtime.GOOS}, {Name: "implementation", Value: Implementation()}}
}

// Implementation names what really answers the system calls.
func Implementation() string { return runtime.GOOS }
