package platform

import "testing"

// A thread sleeps only if it is blocked somewhere. One on its way to sleep is awake, and
// so is a dead one: the parent hears of the process when the last of them is released.
func TestAwake(t *testing.T) {
	for _, c := range []struct {
		thread
		awake bool
	}{
		{thread{state: "S", where: "futex_do_wait"}, false},
		{thread{state: "S", where: "0"}, true},
		{thread{state: "R", where: "0"}, true},
		{thread{state: "D", where: "folio_wait_bit"}, true},
		{thread{state: "X", where: "0"}, true},
		{thread{state: "Z", where: "0"}, false}, // waits for its parent
		{thread{state: "T", where: "do_signal_stop"}, false},
	} {
		if got := c.thread.awake(); got != c.awake {
			t.Errorf("state %s, in %q: awake %v", c.state, c.where, got)
		}
	}
}
