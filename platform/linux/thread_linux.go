package linux

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// OnThread runs f on a thread of its own, which ends when f returns, and with
// it what is tied to that thread. It returns at once.
func OnThread(f func()) {
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			f()
			return // without unlocking: the runtime ends the thread
		}
		// The first thread never ends. While it is held here another one has
		// to run f.
		done := make(chan struct{})
		OnThread(func() { defer close(done); f() })
		<-done
		runtime.UnlockOSThread()
	}()
}
