package columnar

import (
	"encoding/binary"
	"errors"
)

// Types of Thrift's compact protocol. Source: Apache Thrift, thrift-compact-protocol.md.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftStruct = 12
)

// A thrift writes structures in the compact protocol.
type thrift struct {
	b    []byte
	last []byte // numbers of the fields written last, of the structures that are open
}

func (t *thrift) field(number, kind byte) {
	if len(t.last) == 0 {
		t.last = append(t.last, 0)
	}
	last := &t.last[len(t.last)-1]
	t.b = append(t.b, (number-*last)<<4|kind) // fields come in order, never 16 apart
	*last = number
}

func (t *thrift) varint(v int64) { t.b = binary.AppendVarint(t.b, v) } // zigzag

func (t *thrift) i32(number byte, v int)   { t.field(number, thriftI32); t.varint(int64(v)) }
func (t *thrift) i64(number byte, v int64) { t.field(number, thriftI64); t.varint(v) }

func (t *thrift) text(number byte, s string) {
	t.field(number, thriftBinary)
	t.item(s)
}

// item writes a text in a list.
func (t *thrift) item(s string) { t.b = append(binary.AppendUvarint(t.b, uint64(len(s))), s...) }

func (t *thrift) list(number, kind byte, n int) {
	t.field(number, thriftList)
	if n < 15 {
		t.b = append(t.b, byte(n)<<4|kind)
		return
	}
	t.b = binary.AppendUvarint(append(t.b, 0xf0|kind), uint64(n))
}

// begin opens a structure in a field, open one in a list; end closes either.
func (t *thrift) begin(number byte) { t.field(number, thriftStruct); t.open() }
func (t *thrift) open()             { t.last = append(t.last, 0) }
func (t *thrift) end()              { t.b = append(t.b, 0); t.last = t.last[:len(t.last)-1] }

// A parsed is a value of the compact protocol as it was read: a number, a text, or what stands in it.
type parsed struct {
	number byte
	n      int64
	text   []byte
	in     []parsed // fields of a structure, items of a list
}

var errThrift = errors.New("the structure is cut off or is none of Thrift's compact protocol")

// get finds a field of a structure; one that is not there has no content.
func (p *parsed) get(number byte) *parsed {
	for i := range p.in {
		if p.in[i].number == number {
			return &p.in[i]
		}
	}
	return &parsed{}
}

func (p *parsed) has(number byte) bool { return p.get(number).number == number }

// A thriftReader reads them.
type thriftReader struct {
	b   []byte
	bad bool
}

func (r *thriftReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *thriftReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *thriftReader) value(kind byte, depth int) (p parsed) {
	if depth > maxDepth {
		r.bad = true
	}
	if r.bad {
		return p
	}
	switch kind {
	case thriftTrue, thriftFalse:
		p.n = int64(2 - kind)
	case thriftByte:
		p.n = int64(r.byte())
	case thriftI16, thriftI32, thriftI64:
		u := r.uvarint()
		p.n = int64(u>>1) ^ -int64(u&1)
	case thriftDouble, thriftBinary:
		size := uint64(8)
		if kind == thriftBinary {
			size = r.uvarint()
		}
		if size > uint64(len(r.b)) {
			r.bad = true
			return p
		}
		p.text, r.b = r.b[:size], r.b[size:]
	case thriftList, thriftSet:
		head := r.byte()
		n := uint64(head >> 4)
		if n == 15 {
			n = r.uvarint()
		}
		if n > uint64(len(r.b)) { // an item has a byte at least
			r.bad = true
			return p
		}
		for range n {
			if item := r.value(head&15, depth+1); !r.bad {
				p.in = append(p.in, item)
				continue
			}
			return p
		}
	case thriftStruct:
		last := byte(0)
		for !r.bad {
			head := r.byte()
			if head == 0 {
				return p
			}
			if last += head >> 4; head>>4 == 0 {
				u := r.uvarint()
				last = byte(u>>1 ^ -(u & 1))
			}
			f := r.value(head&15, depth+1)
			f.number = last
			p.in = append(p.in, f)
		}
	default:
		r.bad = true
	}
	return p
}

// readThrift reads a structure and says what is behind it.
func readThrift(b []byte) (p parsed, rest []byte, err error) {
	r := thriftReader{b: b}
	if p = r.value(thriftStruct, 0); r.bad {
		err = errThrift
	}
	return p, r.b, err
}
