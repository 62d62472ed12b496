package boundary

import (
	"slices"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// bothSides are the kinds that are also tried with the child started first: what
// crosses does not mind a child that is already there, and what does not is an
// error on both sides, always the same one in the child.
var bothSides = []string{"text-file", "standard-stream", "nested-file", "lambda", "lock",
	"bound-method-of-stream-holder"}

var function = []Part{
	Remedy("Hand over a function of a module and plain values."), For("cpython"),
	ProvedBy("boundary.remedy.module-function"),
}

var inside = []Part{
	Remedy("Create it in the child."), For("cpython"), ProvedBy("boundary.remedy.module-function"),
}

// kinds are all kinds of value, grouped by what helps.
var kinds = []kind{
	{"empty", "an empty value", nil},
	{"large", "a value of 64 KiB", nil},
	{"huge", "a value of some MiB, more than a pipe holds", nil},

	{"text-file", "an open text file", reopen},
	{"binary-file", "an open binary file", reopen},
	{"raw-file", "an open file without a buffer", reopen},
	{"write-file", "a file open for writing", reopen},
	{"nested-file", "a record that holds a list that holds an open file", reopen},
	{"standard-stream", "a standard stream", reopen},
	{"socket", "a connected socket", nil},
	{"server", "a listening socket", nil},
	{"pipe-connection", "an end of a pipe, as the runtime's own object", nil},
	{"descriptor", "the number of an open descriptor", nil},

	{"module-function", "a function of a module", nil},
	{"lambda", "a function without a name", function},
	{"local-function", "a function inside another one", function},
	{"partial-of-lambda", "a partial application of a function without a name", function},
	{"generator", "a generator that has begun", inside},
	{"coroutine", "a coroutine", inside},
	{"class", "a class", nil},
	{"class-instance", "an object of a class", nil},
	{"local-class-instance", "an object of a class inside a function", function},
	{"module", "a module", function},
	{"frame", "a frame of the stack", inside},
	{"code", "a code object", inside},

	{"bound-method", "a bound method of a plain object", nil},
	{"bound-method-of-stream-holder", "a bound method of an object that holds a stream", method},

	{"lock", "a lock", inside},
	{"rlock", "a reentrant lock", inside},
	{"event", "an event that processes share", nil},
	{"thread", "a thread", inside},
	{"thread-local", "thread-local data", inside},
	{"queue", "a queue that processes share", nil},
	{"pool", "a pool of processes", inside},
	{"process-object", "the object that stands for a process", inside},
	{"subprocess-object", "the object that stands for a program that was started", inside},
	{"shared-value", "a value in memory that processes share", nil},

	{"regex", "a regular expression", nil},
	{"date", "a date", nil},
	{"big-number", "a whole number of more than 64 bits", nil},
	{"not-a-number", "a number that is none (NaN)", nil},
	{"undefined", "a field that is there and has no value", nil},
	{"symbol", "a symbol", nil},
	{"map", "a map with keys that are not texts", nil},
	{"set", "a set", nil},
	{"buffer", "bytes", nil},
	{"url", "a URL as the runtime's own object", nil},
	{"promise", "a value that is still awaited", inside},
	{"proxy", "a proxy of an object", nil},
	{"memoryview", "a view of another object's memory", nil},
	{"weakref", "a weak reference", inside},
	{"mapping-proxy", "a view of a mapping that cannot be written", nil},
	{"dict-view", "the keys of a mapping, as a view", nil},

	{"database-connection", "a connection to a database", inside},
	{"tls-context", "the settings of TLS connections", inside},
	{"auth-key", "the key by which processes of one program authenticate each other", nil},

	{"cycle", "a value that holds itself", nil},
	{"hash-cycle", "a set that holds an object that holds the set", nil},
	{"deep", "lists in lists, 20000 deep", nil},
	{"shared-reference", "two references to one object", nil},
	{"exception", "an error as a value", nil},
	{"exception-unrebuildable", "an error whose constructor does not take what it holds", nil},

	{"getstate-raises", "an object that refuses to be serialized", nil},
	{"setstate-raises", "an object that refuses to be rebuilt", nil},
	{"getstate-without-stream", "an object that leaves its stream out when it is serialized", nil},
	{"custom-reducer", "an object of a class that a registered function reduces", nil},
	{"main-only-class", "an object of a class that exists in the main module of the starting program only", reduce},
}

var reduce = []Part{
	Remedy("Register a function that reduces such values to something plain (copyreg)."), For("cpython"),
	ProvedBy("boundary.remedy.reducer"),
}

var reopen = []Part{
	Remedy("Hand over the path, and open it in the child."), For("cpython"), ProvedBy("boundary.remedy.path"),
	Remedy("Leave the stream out of the state that is serialized (__getstate__)."), For("cpython"),
	ProvedBy("boundary.remedy.getstate"),
}

func launchersOf(k kind) []string {
	return slices.DeleteFunc(ValueLaunchers(), func(launcher string) bool {
		return launcher == "cpython/child-first" && !slices.Contains(bothSides, k.name)
	})
}

var _ = Area("boundary", title, func() {
	for _, k := range kinds {
		Behaviour("boundary.kind."+k.name, Observed,
			"Whether "+k.what+" can be handed to a new child, and which side reports the error if not, is up to the start "+
				"method, the serialization and the version.",
			append([]Part{
				On(launchersOf(k)...), Subject(k.what),
				Matters("A value that crosses today is refused after a change of the start method, the serialization or the " +
					"version, and the child's error may hide the parent's."),
				Was("bnd.kind." + k.name),
				Try(func(t *Trial) { handed(t, k.name) }),
			}, remediesOf(k)...)...)
	}
})
