package linux

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
)

// Where an image lies in memory: the file, then its zeroed memory.
const (
	imageBase = 0x400000
	imageMem  = 0x600000
	headers   = 64 + 2*56
)

// Image writes the script as a static ELF executable for the architecture the
// suite runs on (amd64 or arm64): the calls, straight down, no libc, no
// runtime. Results stay in the image's own memory; a script that has something
// to tell writes it to a descriptor.
func (s *Script) Image() ([]byte, error) {
	if err := s.Err(); err != nil {
		return nil, err
	}
	var code bytes.Buffer
	var machine elf.Machine
	var emit func(c call, result uint64)
	switch runtime.GOARCH {
	case "amd64":
		machine, emit = elf.EM_X86_64, func(c call, result uint64) { amd64Call(&code, c, result) }
	case "arm64":
		machine, emit = elf.EM_AARCH64, func(c call, result uint64) { arm64Call(&code, c, result) }
	default:
		return nil, fmt.Errorf("linux: no images for %s: %w", runtime.GOARCH, errors.ErrUnsupported)
	}
	calls := append(s.calls[:len(s.calls):len(s.calls)], call{trap: traps["exit_group"]})
	for i, c := range calls {
		emit(c, imageMem+uint64(i)*8)
	}
	// The file holds headers, code, and the initial content of the script's
	// memory; the latter is mapped again, writable, behind the results.
	page := 4096
	if machine == elf.EM_AARCH64 {
		page = 64 << 10 // the largest page a kernel for it may have
	}
	data := bytes.TrimRight(s.data, "\x00") // buffers need no room in the file
	at := (headers + code.Len() + page - 1) &^ (page - 1)
	size := headers + code.Len()
	var out bytes.Buffer
	write := func(v any) { _ = binary.Write(&out, binary.LittleEndian, v) }
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	write(elf.Header64{Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: 1,
		Entry: imageBase + headers, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 2})
	text := uint64(headers + code.Len())
	write(elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: imageBase, Paddr: imageBase, Filesz: text, Memsz: text, Align: uint64(page)})
	memory := elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Vaddr: imageMem, Paddr: imageMem, Memsz: resultBytes + MaxMemory, Align: uint64(page)}
	if len(data) > 0 {
		// Results come first in memory; in the file that stretch is all zeros.
		memory.Off, memory.Filesz = uint64(at), uint64(resultBytes+len(data))
		size = at + resultBytes + len(data)
	}
	write(memory)
	out.Write(code.Bytes())
	image := make([]byte, size)
	copy(image, out.Bytes())
	if len(data) > 0 {
		copy(image[at+resultBytes:], data)
	}
	return image, nil
}

func (c call) immediate(i int) (value uint64, load bool) {
	switch c.kind[i] {
	case kindBuffer:
		return imageMem + resultBytes + uint64(c.args[i]), false
	case kindPlace:
		return imageMem + uint64(c.args[i])*8, false
	case kindResult:
		return imageMem + uint64(c.args[i])*8, true
	}
	return uint64(c.args[i]), false
}

// amd64Call emits one call: movabs of each argument, syscall, store of rax,
// and, for a Must, a way out. Encodings: Intel SDM volume 2.
func amd64Call(w *bytes.Buffer, c call, result uint64) {
	registers := [6][2]byte{{0x48, 0xbf}, {0x48, 0xbe}, {0x48, 0xba}, {0x49, 0xba}, {0x49, 0xb8}, {0x49, 0xb9}} // rdi rsi rdx r10 r8 r9
	moves := [6][3]byte{{0x48, 0x89, 0xc7}, {0x48, 0x89, 0xc6}, {0x48, 0x89, 0xc2}, {0x49, 0x89, 0xc2}, {0x49, 0x89, 0xc0}, {0x49, 0x89, 0xc1}}
	word := func(v uint64) { _ = binary.Write(w, binary.LittleEndian, v) }
	for i := range c.args {
		if v, load := c.immediate(i); load {
			w.Write([]byte{0x48, 0xa1}) // mov rax, [v]
			word(v)
			w.Write(moves[i][:])
		} else {
			w.Write(registers[i][:])
			word(v)
		}
	}
	w.Write([]byte{0x48, 0xb8}) // mov rax, trap
	word(uint64(c.trap))
	w.Write([]byte{0x0f, 0x05, 0x48, 0xa3}) // syscall; mov [result], rax
	word(result)
	if c.must {
		// test rax,rax; jns over; mov edi,127; mov eax,exit_group; syscall
		w.Write([]byte{0x48, 0x85, 0xc0, 0x79, 12, 0xbf, 127, 0, 0, 0, 0xb8})
		_ = binary.Write(w, binary.LittleEndian, uint32(traps["exit_group"]))
		w.Write([]byte{0x0f, 0x05})
	}
}

// arm64Call emits one call: four moves for each register, svc, store of x0.
// Encodings: Arm Architecture Reference Manual, A64 base instructions.
func arm64Call(w *bytes.Buffer, c call, result uint64) {
	word := func(v uint32) { _ = binary.Write(w, binary.LittleEndian, v) }
	load := func(register uint32, v uint64) {
		word(0xd2800000 | uint32(v&0xffff)<<5 | register) // movz
		for i := uint32(1); i < 4; i++ {
			word(0xf2800000 | i<<21 | uint32(v>>(16*i)&0xffff)<<5 | register) // movk
		}
	}
	for i := range c.args {
		v, fetch := c.immediate(i)
		load(uint32(i), v)
		if fetch {
			word(0xf9400000 | uint32(i)<<5 | uint32(i)) // ldr xi, [xi]
		}
	}
	load(8, uint64(c.trap))
	word(0xd4000001) // svc #0
	load(9, result)
	word(0xf9000000 | 9<<5) // str x0, [x9]
	if c.must {
		word(0xb6f80000 | 10<<5) // tbz x0, #63, over
		load(0, 127)
		load(8, uint64(traps["exit_group"]))
		word(0xd4000001)
	}
}
