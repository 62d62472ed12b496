// Pages that several sentences about runtimes rest on, and what is known of those runtimes.

package boundary

import (
	"fmt"
	"maps"
	"slices"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
)

// nameTheMethod helps with everything that a changed default has taken away.
const nameTheMethod = "Name the start method fork (multiprocessing.get_context(\"fork\")) until the code is changed."

// startMethods is what Python says about its start methods.
var startMethods = Document("Python multiprocessing: contexts and start methods",
	"https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods")

var pickleDocumentation = Document("Python pickle", "https://docs.python.org/3/library/pickle.html")

var receiving = Document("Python multiprocessing.connection.Connection.recv",
	"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.connection.Connection.recv")

func ofCPython(observation string, value any, reason, link string) Part {
	return Diverges("CPython", observation, value, reason, link)
}

const anyLength = "the first four bytes are taken for a length, and the reader waits for that much"

const disconnection = "https://nodejs.org/api/process.html#event-disconnect"

var advancedSerialization = Document("Node.js child_process: advanced serialization",
	"https://nodejs.org/api/child_process.html#advanced-serialization")

var forking = Document("Node.js child_process: child_process.fork()",
	"https://nodejs.org/api/child_process.html#child_processforkmodulepath-args-options")

var rejections = Document("Node.js command line: --unhandled-rejections",
	"https://nodejs.org/api/cli.html#--unhandled-rejectionsmode")

var subprocessSend = Document("Node.js child_process: subprocess.send()",
	"https://nodejs.org/api/child_process.html#subprocesssendmessage-sendhandle-options-callback")

func issueOfNode(number int) string {
	return fmt.Sprintf("https://github.com/nodejs/node/issues/%d", number)
}

func ofNode(observation string, value any, reason, link string) Part {
	return Diverges("Node.js", observation, value, reason, link)
}

const partialPacket = "a port drops the beginning of a packet at the end of the stream"

// pipes are the runtimes whose programs start a child and then serialize into
// the pipe to it, each with what its serializer promises.
var pipes = map[string]string{
	"Erlang": "https://www.erlang.org/doc/apps/erts/erlang.html#open_port/2",
	"Go":     "https://pkg.go.dev/encoding/gob",
	"Java":   "https://docs.oracle.com/en/java/javase/17/docs/specs/serialization/protocol.html",
	"Perl":   "https://perldoc.perl.org/Storable",
	"PHP":    "https://www.php.net/manual/en/function.serialize.php",
	"Ruby":   "https://docs.ruby-lang.org/en/master/Marshal.html",
}

// ofPipes pins what is seen of the runtimes with these titles, or of all of them.
func ofPipes(observation string, value any, reason string, titles ...string) Part {
	return func(d *Declaration) {
		if titles == nil {
			titles = slices.Sorted(maps.Keys(pipes))
		}
		for _, title := range titles {
			Diverges(title, observation, value, reason, pipes[title])(d)
		}
	}
}

// pickling is what the report that this project began with is about.
var pickling = Document("Python multiprocessing, programming guidelines: more picklability",
	"https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods")

// byChildFirst pins what comes of the order that CPython has on Windows, and
// that way child-first has everywhere.
func byChildFirst(observation string, value any) Part {
	return Diverges("CPython", observation, value, "the child is started before the value is pickled, and reads a "+
		"stream that ends in the middle",
		"https://github.com/python/cpython/blob/main/Lib/multiprocessing/popen_spawn_win32.py")
}

// brokenForGood is what an executor says of every job after one whose worker is gone.
const brokenForGood = "concurrent.futures.process.BrokenProcessPool: A child process terminated abruptly, the " +
	"process pool is not usable anymore"

const endsThere = "where the system does not show which process sleeps, a caller that waits forever is ended before " +
	"it asks for more"

var executorDocumentation = Document("Python concurrent.futures: BrokenProcessPool",
	"https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.process.BrokenProcessPool")

var executorIsBroken = ofCPython("executor: the next job", brokenForGood,
	"ProcessPoolExecutor gives up all workers when one has exited; a new executor is needed", executorDocumentation.Link)

var poolDocumentation = Document("Python multiprocessing.pool",
	"https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool")

var poolEndsThere = known("pool: the next job", "not reached", endsThere, 66587)

var poolLosesJob = all(
	known("pool: the caller's error", "hang", "multiprocessing.Pool replaces the worker and forgets its job: its "+
		"caller waits forever", 66587),
	poolEndsThere,
	known("pool: shutting down", "not reached", endsThere, 66587))

var poolLosesLock = known("pool: the next job", "hang", "the worker was killed while it held the lock of the job "+
	"queue, which no process can release now", 96062)

var poolStaysOpen = known("pool: shutting down", "hang", "multiprocessing.Pool waits in join for the job that it "+
	"has forgotten", 66587)

// all is several parts as one.
func all(parts ...Part) Part {
	return func(d *Declaration) {
		for _, p := range parts {
			p(d)
		}
	}
}

// known pins what CPython's issue tracker knows of.
func known(observation string, value any, reason string, issue int) Part {
	return ofCPython(observation, value, reason, fmt.Sprintf("https://github.com/python/cpython/issues/%d", issue))
}
