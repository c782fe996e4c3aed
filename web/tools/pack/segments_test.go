package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// A segment is a part of the memory as it is at the start.
type segment struct {
	at   int64
	body []byte
}

// program writes a WebAssembly program with a section before, a data section of these segments, and a section behind.
func program(segments ...segment) []byte {
	body := binary.AppendUvarint(nil, uint64(len(segments)))
	for _, s := range segments {
		body = append(body, 0x00, 0x41)
		body = append(appendSigned(body, s.at), 0x0b)
		body = append(binary.AppendUvarint(body, uint64(len(s.body))), s.body...)
	}
	out := []byte("\x00asm\x01\x00\x00\x00\x01\x02ab")
	out = append(binary.AppendUvarint(append(out, dataSection), uint64(len(body))), body...)
	return append(out, "\x00\x03\x01nx"...)
}

// memory is what a program's data is at its start.
func memory(t *testing.T, p []byte) (mem []byte, segments int) {
	t.Helper()
	rest := p[8:]
	for len(rest) > 0 {
		size, n := binary.Uvarint(rest[1:])
		part := rest[1+n : 1+n+int(size)]
		if rest[0] == dataSection {
			count, k := binary.Uvarint(part)
			segments, part = int(count), part[k:]
			for range count {
				at, k := signed(part[2:])
				part = part[3+k:]
				size, k := binary.Uvarint(part)
				if need := int(at) + int(size); need > len(mem) {
					mem = append(mem, make([]byte, need-len(mem))...)
				}
				copy(mem[at:], part[k:k+int(size)])
				part = part[k+int(size):]
			}
		}
		rest = rest[1+n+int(size):]
	}
	return mem, segments
}

func asItIs([]byte) error { return nil }

func TestEditData(t *testing.T) {
	tests := []struct {
		name string
		in   []segment
		want int // segments
	}{
		{"none", nil, 0},
		{"one stays as it is", []segment{{4096, []byte("one")}}, 1},
		{"neighbours become one", []segment{{64, []byte("a")}, {65, []byte("b")}, {70, []byte("c")}}, 1},
		{"a gap of joinGap is written out", []segment{{0, []byte("a")}, {1 + joinGap, []byte("b")}}, 1},
		{"a greater one is not", []segment{{0, []byte("a")}, {2 + joinGap, []byte("b")}}, 2},
		{"addresses of many bytes", []segment{{63, []byte("a")}, {1 << 13, []byte("b")}, {1<<20 + 5, bytes.Repeat([]byte("c"), 300)}}, 3},
		{"what does not come in order is left", []segment{{500, []byte("a")}, {100, []byte("b")}}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := program(tt.in...)
			out, err := editData(in, asItIs)
			if err != nil {
				t.Fatal(err)
			}
			before, _ := memory(t, in)
			after, n := memory(t, out)
			if n != tt.want || !bytes.Equal(before, after) {
				t.Errorf("%d segments, want %d; the memory is the same: %v", n, tt.want, bytes.Equal(before, after))
			}
			if !bytes.HasPrefix(out, in[:12]) || !bytes.HasSuffix(out, in[len(in)-5:]) {
				t.Error("the other sections are not as they were")
			}
		})
	}
}

func TestEditDataRefuses(t *testing.T) {
	whole := program(segment{64, []byte("abc")}, segment{90, []byte("def")})
	for cut := range len(whole) - 5 {
		if cut == 8 || cut == 12 { // a program without data is one
			continue
		}
		if _, err := editData(whole[:cut], asItIs); !errors.Is(err, errWasm) {
			t.Errorf("the first %d bytes of a program: %v", cut, err)
		}
	}
	passive := program()
	passive[len(passive)-6] = 1 // one segment, and nothing of it
	if _, err := editData(passive, asItIs); !errors.Is(err, errWasm) {
		t.Errorf("a segment that is not there: %v", err)
	}
}
