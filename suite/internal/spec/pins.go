package spec

import "fmt"

// SignalAsStatus pins the runtimes that tell a signal as an exit status of 128 and its
// number, as a shell does.
func SignalAsStatus(observation string, signal int) Part {
	value := fmt.Sprintf("exit %d", 128+signal)
	return func(d *Declaration) {
		Diverges("Java", observation, value, "Process tells a signal as an exit status of 128 and its number.",
			"https://github.com/openjdk/jdk/blob/master/src/java.base/unix/native/libjava/ProcessHandleImpl_unix.c")(d)
		Diverges("Erlang", observation, value, "A port tells a signal as an exit status of 128 and its number.",
			"https://www.erlang.org/doc/apps/erts/erlang.html#open_port/2")(d)
	}
}

// ErlangSaysNothing pins the errors that Erlang finds only after its helper has forked:
// the program of the port then seems to exit with the error number as its status.
func ErlangSaysNothing(observations ...string) Part {
	return func(d *Declaration) {
		for _, o := range observations {
			Diverges("Erlang", o, "none", "What open_port does not see beforehand is told as an exit status of the program, which is "+
				"the error number.", "https://github.com/erlang/otp/blob/master/erts/emulator/sys/unix/erl_child_setup.c")(d)
		}
	}
}
