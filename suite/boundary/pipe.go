package boundary

import (
	"maps"
	"slices"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
)

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

// What is known of them, by what is seen of it.
var (
	pipeIsThereFirst = all(
		ofPipes("the child", "failed", "the child is there before the serializer sees the value"),
		ofPipes("children behind it", 1, "the child is there before the serializer sees the value"))
	writesThenReads = all(
		ofPipes("the parent's error", "hang", "both sides write more than a pipe holds before they read"),
		ofPipes("the child's error", "not reached", "both sides write more than a pipe holds before they read"))
	readsOneValue = ofPipes("the child with trailing", "ran", "a reader of one value leaves what follows it in the stream")
	hasNoChecksum = ofPipes("every changed byte is noticed", false, "the format has no checksum")
	waitsForAll   = all(
		ofPipes("the child with huge-length-open", "hang", "a length is believed, and so many bytes are waited for"),
		ofPipes("the child with foreign", "hang", "the first bytes are taken for a length", "Erlang", "Go"),
		ofPipes("the child with negative-length", "hang", "a length has no sign", "Erlang"),
		ofPipes("the child with huge-length", "ended", partialPacket, "Erlang"),
		ofPipes("the child with foreign", "hang", "the magic number is compared once a whole header is there", "Perl"),
		ofPipes("the child with foreign", "hang", "the value is looked at once the stream has ended", "PHP"),
		ofPipes("the child with negative-length", "hang", "a length has no sign", "Perl"),
		ofPipes("the child with negative-length", "hang", "the value is looked at once the stream has ended", "PHP"))
	needsNoLineEnd = all(
		Diverges("Go", "parts that the target ran with", 1, "a JSON value is whole without the line end that the encoder puts behind it", "https://pkg.go.dev/encoding/json#Encoder.Encode"),
		Diverges("Perl", "parts that the target ran with", 1, "a JSON value is whole without its line end", "https://perldoc.perl.org/JSON::PP"))
	leavesOut = all(
		ofPipes("arrived as something else", []string{"text-file"}, "a file is a process, and what is sent is its name, which is another's in the child", "Erlang"),
		ofPipes("arrived as something else", []string{"lambda"}, "fields of a function or channel type are left out", "Go"),
		Diverges("Go", "arrived as something else", []string{"text-file"}, "only exported fields are written, and an os.File has none", "https://pkg.go.dev/encoding/json#Marshal"),
		ofPipes("arrived as something else", []string{"text-file"}, "a resource is written as the number 0", "PHP"))
	writesAsItGoes = all(
		ofPipes("the next value", "java.io.EOFException", "what was written before the error stays in the stream, and the exception behind it, of which the reader dies", "Java"),
		ofPipes("the next value", "Magic number checking on storable file failed", "what was written before the error stays in the stream", "Perl"))
	forgetsTheStatus = ofPipes("the child's exit status", "unknown", "a port that cannot write ends with epipe and tells no status", "Erlang")
	dropsThePart     = all(
		ofPipes("the child", "ended", partialPacket, "Erlang"),
		ofPipes("the child's exit status", 0, partialPacket, "Erlang"))
	diesOfSIGPIPE = Diverges("Perl", "the child's exit status", "unknown", "SIGPIPE ends a parent that does not ignore it; nobody is left to wait for its child", "https://perldoc.perl.org/perlipc#Avoiding-Pipe-Deadlocks")
	overflows     = ofPipes("the next value", "the parent has ended", "serialize recurses until the stack overflows", "PHP")
	lengthOfText  = all(
		ofPipes("the caller learns of it", false, "the first bytes are taken for a length", "Erlang", "Go"),
		ofPipes("the next job", "not reached", "the first bytes are taken for a length", "Erlang", "Go"))
)

const partialPacket = "a port drops the beginning of a packet at the end of the stream"

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
