package columnar

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// A snappy compresses blocks in the format of Snappy. Source: google/snappy, format_description.txt.
type snappy struct{ table [1 << snappyBits]uint32 }

const (
	snappyBits   = 14
	snappyWindow = 64 << 10 // a copy reaches no further, so that its offset takes two bytes
)

var errSnappy = errors.New("the Snappy block is cut off or is none")

// encode appends data as one block.
func (s *snappy) encode(dst, data []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(data)))
	for len(data) > 0 {
		part := data[:min(len(data), snappyWindow)]
		dst = s.fragment(dst, part)
		data = data[len(part):]
	}
	return dst
}

// fragment appends the elements of at most 64 KiB: literals, and copies of what stands before.
func (s *snappy) fragment(dst, b []byte) []byte {
	const margin = 15 // at the end there is nothing to find
	literal := 0      // where what is not written yet begins
	if len(b) > margin+2 {
		clear(s.table[:])
		skip := 32
		for i := 1; i < len(b)-margin; {
			word := binary.LittleEndian.Uint32(b[i:])
			slot := &s.table[word*0x1e35a7bd>>(32-snappyBits)]
			from := int(*slot)
			if *slot = uint32(i); binary.LittleEndian.Uint32(b[from:]) != word || from == i {
				i += skip >> 5
				skip++
				continue
			}
			skip = 32
			dst = appendLiteral(dst, b[literal:i])
			n := 4
			for i+n+8 <= len(b) {
				if x := binary.LittleEndian.Uint64(b[i+n:]) ^ binary.LittleEndian.Uint64(b[from+n:]); x != 0 {
					n += bits.TrailingZeros64(x) / 8
					goto found
				}
				n += 8
			}
			for i+n < len(b) && b[i+n] == b[from+n] {
				n++
			}
		found:
			dst = appendCopy(dst, i-from, n)
			i += n
			if literal = i; i < len(b)-margin {
				s.table[binary.LittleEndian.Uint32(b[i-1:])*0x1e35a7bd>>(32-snappyBits)] = uint32(i - 1)
			}
		}
	}
	return appendLiteral(dst, b[literal:])
}

func appendLiteral(dst, b []byte) []byte {
	if len(b) == 0 {
		return dst
	}
	switch n := len(b) - 1; {
	case n < 60:
		dst = append(dst, byte(n)<<2)
	case n < 1<<8:
		dst = append(dst, 60<<2, byte(n))
	default:
		dst = append(dst, 61<<2, byte(n), byte(n>>8))
	}
	return append(dst, b...)
}

func appendCopy(dst []byte, offset, n int) []byte {
	for n >= 68 { // at most 64 at once, and never less than 4 left
		dst = append(dst, 63<<2|2, byte(offset), byte(offset>>8))
		n -= 64
	}
	if n > 64 {
		dst = append(dst, 59<<2|2, byte(offset), byte(offset>>8))
		n -= 60
	}
	if n >= 12 || offset >= 2048 {
		return append(dst, byte(n-1)<<2|2, byte(offset), byte(offset>>8))
	}
	return append(dst, byte(offset>>8)<<5|byte(n-4)<<2|1, byte(offset))
}

// unsnappy appends what a block holds, which is most bytes at most.
func unsnappy(dst, block []byte, most int) ([]byte, error) {
	size, n := binary.Uvarint(block)
	if n <= 0 || size > 1<<31 {
		return nil, errSnappy
	}
	if size > uint64(max(most, 0)) {
		return nil, errLarge
	}
	b, base := block[n:], len(dst)
	for len(b) > 0 {
		tag, length, offset := b[0], int(b[0]>>2)+1, 0
		b = b[1:]
		need := [4]int{0, 1, 2, 4}[tag&3]
		if tag&3 == 0 && length > 60 {
			need = length - 60
		}
		if len(b) < need {
			return nil, errSnappy
		}
		for i := range need {
			offset |= int(b[i]) << (8 * i)
		}
		b = b[need:]
		switch tag & 3 {
		case 0:
			if need > 0 {
				length = offset + 1
			}
			if length <= 0 || length > len(b) {
				return nil, errSnappy
			}
			dst, b = append(dst, b[:length]...), b[length:]
			continue
		case 1:
			length, offset = int(tag>>2&7)+4, offset|int(tag>>5)<<8
		}
		if offset <= 0 || offset > len(dst)-base || len(dst)-base+length > int(size) {
			return nil, errSnappy
		}
		for range length {
			dst = append(dst, dst[len(dst)-offset])
		}
	}
	if len(dst)-base != int(size) {
		return nil, errSnappy
	}
	return dst, nil
}
