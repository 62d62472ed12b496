package platform

import (
	"testing"

	"github.com/spawnspec/spawnspec/platform/linux"
)

// A fork has memory of its own: where vfork is nothing else, the answer is no.
func TestVforkIsNoFork(t *testing.T) {
	if answer, detail := sharesMemory((*linux.Script).Fork, "fork"); answer != No || detail != "the child has memory of its own" {
		t.Errorf("fork: %s (%s)", answer, detail)
	}
}
