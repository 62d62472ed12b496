// Package linux wraps what only Linux has: a child described as a list of
// system calls, played after a raw clone or carried as an executable of a few
// hundred bytes, and calls of prctl(2), pidfd_open(2) and the like. It compiles
// everywhere; on other systems every call returns errors.ErrUnsupported.
package linux

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"
)

// Script is a child reduced to the system calls it makes, one after the other.
// After a fork without exec a Go process may do nothing else: its other threads
// are gone, and with them the holders of the allocator's or the scheduler's
// locks. The same script can be written out as an ELF image (Image), a program
// without any runtime that could disturb what it observes.
//
// A script that runs to its end leaves with exit code 0. A call marked with
// Must ends the child with exit code 127 when it fails, results kept.
type Script struct {
	calls []call
	data  []byte // the script's memory: read-only strings and writable buffers
	mem   []byte // shared with a forked child; nil until Fork
	err   error
	front int // calls put in front after the numbers of calls were handed out
	shift int // bytes put in front after the places of buffers were
	// what Exec points to; the heap does not move, but it must not be freed
	keep    [][]byte
	vectors [][]uintptr
}

// MaxCalls and MaxMemory bound a script; they keep its memory at a fixed place.
const (
	MaxCalls  = 512
	MaxMemory = 64 << 10
)

// call is read by the child through plain memory: no pointers, no methods.
type call struct {
	trap uintptr
	args [6]uintptr
	kind [6]uint8
	must bool
}

const (
	kindConst  = iota // the value itself
	kindBuffer        // offset into the script's memory
	kindResult        // number of an earlier call, whose result it is
	kindPlace         // number of an earlier call, the address of whose result it is
)

// Buffer is a piece of the script's memory, zeroed when the child starts.
type Buffer struct{ offset, Size int }

// Result is the number of a call; as an argument it stands for what that call returned.
type Result int

// Call appends a system call by its name, for example "getppid". Arguments are
// ints, a Buffer (its address), a string (the address of a NUL-terminated
// copy), or the Result of an earlier call. Missing arguments are zero.
func (s *Script) Call(name string, args ...any) Result { return s.add(false, name, args) }

// Must is Call, but the child ends with exit code 127 when the call fails.
func (s *Script) Must(name string, args ...any) Result { return s.add(true, name, args) }

// Exit appends the end of the child with an exit value, all 32 bits of it.
func (s *Script) Exit(code int) *Script {
	s.Call("exit_group", code)
	return s
}

// Raise appends a signal to the child itself, which has its default action and is not
// blocked whatever the child was started with. The child leaves no core.
func (s *Script) Raise(signal int) *Script {
	const setDumpable = 4
	none := s.Buffer(64)
	s.Must("prctl", setDumpable, 0)
	s.Call("rt_sigaction", signal, none, 0, 8) // SIGKILL and SIGSTOP have no other
	s.Must("rt_sigprocmask", SIG_SETMASK, none, 0, 8)
	s.Must("kill", s.Call("getpid"), signal)
	return s
}

// Buffer reserves size bytes of the script's memory, aligned to 16.
func (s *Script) Buffer(size int) Buffer {
	at := (len(s.data) + 15) &^ 15
	s.data = append(s.data, make([]byte, at-len(s.data)+size)...)
	return Buffer{at, size}
}

func (s *Script) text(t string) Buffer {
	b := s.Buffer(len(t) + 1)
	copy(s.data[b.offset:], t)
	return b
}

func (s *Script) add(must bool, name string, args []any) Result {
	trap, ok := traps[name]
	if !ok && s.err == nil {
		s.err = fmt.Errorf("no system call %q on this system: %w", name, errors.ErrUnsupported)
	}
	c := call{trap: trap, must: must}
	for i, a := range args {
		switch a := a.(type) {
		case int:
			c.args[i] = uintptr(a)
		case Buffer:
			c.args[i], c.kind[i] = uintptr(a.offset), kindBuffer
		case string:
			c.args[i], c.kind[i] = uintptr(s.text(a).offset), kindBuffer
		case pointer:
			c.args[i] = uintptr(a)
		case Result:
			c.args[i], c.kind[i] = uintptr(int(a&^resultAddress)+s.front), kindResult
			if a&resultAddress != 0 {
				c.kind[i] = kindPlace
			}
		default:
			panic(fmt.Sprintf("linux: argument %d of %s is a %T", i, name, a))
		}
	}
	s.calls = append(s.calls, c)
	return Result(len(s.calls) - 1 - s.front)
}

// Exec appends execve(2). Its vectors live in this process's memory, so such a
// script can be forked, not written as an image. When the call fails the child
// leaves with exit code 127.
func (s *Script) Exec(path string, args, env []string) Result {
	return s.Must("execve", path, s.vector(args), s.vector(env))
}

func (s *Script) vector(strings []string) pointer {
	v := make([]uintptr, len(strings)+1)
	for i, t := range strings {
		b := append([]byte(t), 0)
		s.keep = append(s.keep, b)
		v[i] = uintptr(unsafe.Pointer(&b[0]))
	}
	s.vectors = append(s.vectors, v)
	return pointer(uintptr(unsafe.Pointer(&v[0])))
}

// pointer is an address in this process's memory that the script keeps alive.
type pointer uintptr

// Failure is the error of the Must that ended a forked child, or 0.
func (s *Script) Failure() syscall.Errno {
	for i, c := range s.calls {
		if _, errno := split(nativeInt64(s.mem[i*8:])); errno != 0 && c.must {
			return errno
		}
	}
	return 0
}

// Err tells why the script cannot be played here, or nil.
func (s *Script) Err() error {
	switch {
	case s.err != nil:
		return s.err
	case len(s.calls) > MaxCalls || len(s.data) > MaxMemory:
		return fmt.Errorf("linux: script of %d calls and %d bytes is too large", len(s.calls), len(s.data))
	}
	return nil
}

// memory: the results of all calls, 8 bytes each, then the script's own data.
const resultBytes = MaxCalls * 8

// Returned is what a call of a forked child returned, as the kernel gives it:
// a value, or an error number. It is valid once the child has ended or has
// said in another way that it has come past the call.
func (s *Script) Returned(r Result) (int64, syscall.Errno) {
	return split(nativeInt64(s.mem[(s.front+int(r))*8:]))
}

// Bytes is the content of a buffer as a forked child left it.
func (s *Script) Bytes(b Buffer) []byte {
	at := resultBytes + s.shift + b.offset
	return s.mem[at : at+b.Size]
}

func split(v int64) (int64, syscall.Errno) {
	if v < 0 && v >= -4095 {
		return -1, syscall.Errno(-v)
	}
	return v, 0
}

// Prepend puts all calls of another script in front of this one's.
func (s *Script) Prepend(front *Script) {
	calls, data := front.calls, front.data
	at := (len(data) + 15) &^ 15
	s.data = append(append(data, make([]byte, at-len(data))...), s.data...)
	for _, c := range s.calls {
		for i := range c.args {
			switch c.kind[i] {
			case kindBuffer:
				c.args[i] += uintptr(at)
			case kindResult, kindPlace:
				c.args[i] += uintptr(len(front.calls))
			}
		}
		calls = append(calls, c)
	}
	s.calls, s.front, s.shift = calls, s.front+len(front.calls), s.shift+at
	s.err = errors.Join(front.err, s.err)
}

// At is the rest of a buffer from an offset on.
func (b Buffer) At(offset int) Buffer { return Buffer{b.offset + offset, b.Size - offset} }

// Results is the place where the result of a call and of those behind it are
// kept, 8 bytes each in native order, for a script that reports them itself.
func (s *Script) Results(first Result) Result { return first | resultAddress }

// resultAddress turns a Result argument from the value into its address.
const resultAddress Result = 1 << 30
