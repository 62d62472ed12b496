package behaviour

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/child"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
)

// Run is what all trials of one process share: the directory that everything
// temporary lies in, the place where children report, and this binary's path.
type Run struct {
	// Deadline is how long one trial may take, before Multiplier.
	Deadline time.Duration
	// Multiplier stretches every deadline and every grace, for slow machines.
	Multiplier float64

	dir        string
	self       string
	listener   *platform.Listener
	janitor    platform.Process
	tokens     atomic.Int64
	mu         sync.Mutex
	arrivals   map[string]chan arrival
	janitorEnd *os.File
	images     map[string]string
}

// arrival is a child that has reached this process.
type arrival struct {
	file  *os.File
	lines *bufio.Reader
}

// DefaultDeadline is the deadline of a trial.
const DefaultDeadline = 10 * time.Second

// Begin makes the run's directory and starts listening. A helper process, the
// janitor, removes the directory when this process ends, however it ends.
func Begin(multiplier float64) (*Run, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("this binary's own path is needed to start children: %w", err)
	}
	if runtime.GOOS == "linux" {
		// The file may be replaced while we run (go run, an upgrade); this is it all the same.
		if _, err := os.Stat(self); err != nil {
			self = "/proc/self/exe"
		}
	}
	dir, err := os.MkdirTemp("", "spawnspec-")
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	r := &Run{Deadline: DefaultDeadline, Multiplier: multiplier, dir: dir, self: self,
		arrivals: map[string]chan arrival{}, images: map[string]string{}}
	if r.listener, err = platform.Listen(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	go r.accept()
	if err := r.hireJanitor(); err != nil {
		return nil, errors.Join(err, r.listener.Close(), os.RemoveAll(dir))
	}
	return r, nil
}

func (r *Run) hireJanitor() error {
	token := hex.EncodeToString([]byte(r.dir))
	expected := r.expect(token)
	root := filepath.VolumeName(r.dir) + string(filepath.Separator)
	ticket := child.Janitor().Ticket(1, token, r.listener.Address())
	// In a session of its own it survives a terminal's Ctrl-C.
	p, err := platform.Launchers()[0].Start(&platform.Launch{Path: r.self, Args: []string{r.self, ticket},
		Dir: root, NewSession: runtime.GOOS != "windows", Orphan: true})
	if err != nil {
		return fmt.Errorf("the janitor could not be started: %w", err)
	}
	r.janitor = p
	select {
	case a := <-expected:
		r.janitorEnd = a.file
		return nil
	case <-time.After(r.scale(DefaultDeadline)):
		_ = p.Kill()
		_, _ = p.Wait(context.Background())
		return errors.New("the janitor did not report; can this binary execute itself, and can a child connect to its parent?")
	}
}

// End removes everything that the run made and reports what was left behind.
func (r *Run) End() error {
	_ = r.janitorEnd.Close() // it removes the directory and leaves
	ctx, cancel := context.WithTimeout(context.Background(), r.scale(DefaultDeadline))
	defer cancel()
	status, err := r.janitor.Wait(ctx)
	if err != nil {
		_ = r.janitor.Kill()
		err = fmt.Errorf("the janitor did not leave: %w", err)
	} else if status.Code != 0 {
		err = fmt.Errorf("the janitor left with %v", status)
	}
	return errors.Join(err, r.listener.Close(), os.RemoveAll(r.dir))
}

func (r *Run) scale(d time.Duration) time.Duration {
	return time.Duration(float64(d) * r.Multiplier)
}

func (r *Run) accept() {
	for {
		f, err := r.listener.Accept()
		if errors.Is(err, os.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		go func() {
			lines := bufio.NewReaderSize(f, 1<<16)
			token, err := lines.ReadString('\n')
			r.mu.Lock()
			ch, known := r.arrivals[strings.TrimSuffix(token, "\n")]
			delete(r.arrivals, strings.TrimSuffix(token, "\n"))
			r.mu.Unlock()
			if err != nil || !known {
				_ = f.Close()
				return
			}
			ch <- arrival{f, lines}
		}()
	}
}

// expect announces that a child with this token will report.
func (r *Run) expect(token string) chan arrival {
	ch := make(chan arrival, 1)
	r.mu.Lock()
	r.arrivals[token] = ch
	r.mu.Unlock()
	return ch
}

// forget closes what an expected child brings if it still comes.
func (r *Run) forget(token string, ch chan arrival) {
	r.mu.Lock()
	delete(r.arrivals, token)
	r.mu.Unlock()
	select {
	case a := <-ch:
		_ = a.file.Close()
	default:
	}
}

func (r *Run) token() string { return strconv.FormatInt(r.tokens.Add(1), 10) }

// image writes a script as an executable into the run's directory, once.
func (r *Run) image(s *linux.Script) (string, error) {
	content, err := s.Image()
	if err != nil {
		return "", err
	}
	if path, ok := r.images[string(content)]; ok {
		return path, nil
	}
	path := filepath.Join(r.dir, "image"+strconv.Itoa(len(r.images)))
	if err := WriteExecutable(path, content); err != nil {
		return "", err
	}
	r.images[string(content)] = path
	return path, nil
}

// WriteExecutable writes a file that is going to be executed. A child forked
// meanwhile by another thread would hold it open for writing until its own
// exec, and our exec would fail with ETXTBSY; so nobody forks meanwhile.
func WriteExecutable(path string, content []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, content, 0o755)
}
