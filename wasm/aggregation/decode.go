package aggregation

import (
	"crypto/md5"
	"encoding/binary"
)

// maxDepth is how deep unknown groups of a message may be nested; as in Java's library.
const maxDepth = 100

// maxField is the greatest number of a field. Source: Protocol Buffers language guide, Assigning Field Numbers.
const maxField = 1<<29 - 1

// Decode unpacks the data of a Kinesis record. It is not ok when they are no aggregated record: without the magic number,
// with a wrong MD5, or with a message that is none; such data are a plain record, as the KCL has it. A user record whose
// keys are not in the tables ends the list, as in the KCL. What it returns shares the memory of data.
// Source: awslabs/amazon-kinesis-client, AggregatorUtil.deaggregate.
func Decode(data []byte) (records []Record, ok bool) {
	if len(data) <= Overhead || string(data[:len(magic)]) != magic {
		return nil, false
	}
	message, sum := data[len(magic):len(data)-md5.Size], data[len(data)-md5.Size:]
	if md5.Sum(message) != [md5.Size]byte(sum) {
		return nil, false
	}
	var keys, hashes []string
	var packed []parsed
	for len(message) > 0 {
		var f field
		if f, message, ok = next(message, 0); !ok {
			return nil, false
		}
		if f.wire != bytesType {
			continue
		}
		switch f.number {
		case partitionKeyTable:
			keys = append(keys, string(f.bytes))
		case explicitHashKeyTable:
			hashes = append(hashes, string(f.bytes))
		case recordField:
			p, ok := parse(f.bytes)
			if !ok {
				return nil, false
			}
			packed = append(packed, p)
		}
	}
	records = make([]Record, 0, len(packed))
	for _, p := range packed {
		if p.key >= uint64(len(keys)) || p.hashed && p.hash >= uint64(len(hashes)) {
			break
		}
		r := Record{PartitionKey: keys[p.key], Data: p.data, Tags: p.tags}
		if p.hashed {
			r.ExplicitHashKey = hashes[p.hash]
		}
		records = append(records, r)
	}
	return records, true
}

// parsed is a Record as it is written.
type parsed struct {
	key, hash uint64
	hashed    bool // it has an explicit hash key
	data      []byte
	tags      []Tag
}

func parse(b []byte) (p parsed, ok bool) {
	keyed := false
	for len(b) > 0 {
		var f field
		if f, b, ok = next(b, 0); !ok {
			return p, false
		}
		switch {
		case f.number == partitionKeyIndex && f.wire == varintType:
			p.key, keyed = f.varint, true
		case f.number == explicitHashKeyIndex && f.wire == varintType:
			p.hash, p.hashed = f.varint, true
		case f.number == dataField && f.wire == bytesType:
			p.data = f.bytes
		case f.number == tagField && f.wire == bytesType:
			t, ok := parseTag(f.bytes)
			if !ok {
				return p, false
			}
			p.tags = append(p.tags, t)
		}
	}
	return p, keyed && p.data != nil
}

func parseTag(b []byte) (t Tag, ok bool) {
	keyed := false
	for len(b) > 0 {
		var f field
		if f, b, ok = next(b, 0); !ok {
			return t, false
		}
		switch {
		case f.number == tagKey && f.wire == bytesType:
			t.Key, keyed = string(f.bytes), true
		case f.number == tagValue && f.wire == bytesType:
			t.Value = string(f.bytes)
		}
	}
	return t, keyed
}

// A field is one field of a message. Invariant: bytes is not nil when wire is bytesType.
type field struct {
	number uint64
	wire   byte
	varint uint64
	bytes  []byte
}

// next reads the first field of b. A group is read to its end and its content forgotten.
func next(b []byte, depth int) (f field, rest []byte, ok bool) {
	tag, n := binary.Uvarint(b)
	if f.number, f.wire = tag>>3, byte(tag&7); n <= 0 || f.number == 0 || f.number > maxField {
		return f, nil, false
	}
	b = b[n:]
	switch f.wire {
	case varintType:
		f.varint, n = binary.Uvarint(b)
		if n <= 0 {
			return f, nil, false
		}
		return f, b[n:], true
	case bytesType:
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return f, nil, false
		}
		end := n + int(size)
		f.bytes = b[n:end:end]
		return f, b[end:], true
	case fixed64Type, fixed32Type:
		size := 8
		if f.wire == fixed32Type {
			size = 4
		}
		if len(b) < size {
			return f, nil, false
		}
		return f, b[size:], true
	case startGroupType:
		for depth < maxDepth {
			var inner field
			if inner, b, ok = next(b, depth+1); !ok {
				return f, nil, false
			}
			if inner.wire == endGroupType {
				return f, b, inner.number == f.number
			}
		}
	case endGroupType:
		return f, b, depth > 0
	}
	return f, nil, false
}
