package record

import (
	"os"
	"sync"
)

// Reader reads recordings that have much in common, as those of a matrix do: what
// it has read in one it does not parse again in the next. Recordings that it has
// read share their parts, so they must not be changed. The zero value is ready; it
// is safe for concurrent use. A nil Reader remembers nothing.
type Reader struct {
	mu    sync.RWMutex
	lines map[string]parsed
	size  int
}

// parsed is what a line was found to be; one of the two is set.
type parsed struct {
	behaviour *Behaviour
	trial     *Trial
	at        int // where the trial begins in the line
}

// mostRemembered bounds what a Reader remembers, in bytes of text.
const mostRemembered = 64 << 20

// ReadFile reads the recording in the file path. See [Read].
func (k *Reader) ReadFile(path string) (*Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(path, f, maxSize, k)
}

// repeat takes the line from start to stop as it was read before, if it was.
func (r *reader) repeat(start, stop int) bool {
	r.known.mu.RLock()
	line, ok := r.known.lines[string(r.data[start:stop])]
	r.known.mu.RUnlock()
	switch {
	case !ok:
		return false
	case line.trial != nil:
		r.recording.Trials, r.offsets = append(r.recording.Trials, *line.trial), append(r.offsets, start+line.at)
	default:
		r.recording.Behaviours = append(r.recording.Behaviours, *line.behaviour)
	}
	return true
}

// remember keeps what the line from start to stop was read as, which is the last
// that there is of its kind.
func (r *reader) remember(start, stop int) {
	var line parsed
	if n := len(r.recording.Trials); n > 0 && r.offsets[n-1] >= start {
		trial := r.recording.Trials[n-1]
		line.trial, line.at = &trial, r.offsets[n-1]-start
	} else if n := len(r.recording.Behaviours); n > 0 && !r.recording.Complete && len(r.recording.Trials) == 0 {
		behaviour := r.recording.Behaviours[n-1]
		line.behaviour = &behaviour
	} else {
		return
	}
	k := r.known
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.size += stop - start; k.size > mostRemembered {
		return
	}
	if k.lines == nil {
		k.lines = map[string]parsed{}
	}
	k.lines[string(r.data[start:stop])] = line
}
