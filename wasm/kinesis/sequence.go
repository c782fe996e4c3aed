package kinesis

import (
	"fmt"

	"shardlab/wasm/aws"
)

// A SequenceNumber is a sequence number taken apart. On the wire it is a decimal number of 56 digits; in hexadecimal it
// has 47 digits: a 2, nine of the second at which the shard was created, the last one of the shard's number, sixteen of the
// index, two zeros, nine of the second at which the record was taken, eight of the shard's number, and a 2 again.
//
// AWS does not document this layout, and nothing but the order may be read from a number; it is what AWS's numbers have
// looked like since 2014, so that those of the lab look the same.
type SequenceNumber struct {
	Created int64 // second at which the shard was created, Unix
	Shard   int32 // the shard's number
	Index   int64 // 0 is the number at which the shard starts; its records have 1, 2, 3; closing has the greatest
	Second  int64 // second at which the record was taken, Unix
}

// closingIndex is the index of the number with which a shard ends.
const closingIndex = 1<<63 - 1

const secondBits = 1<<36 - 1

// String is the number on the wire.
func (n SequenceNumber) String() string {
	shard, sec := uint64(uint32(n.Shard)), uint64(n.Second)&secondBits
	return decimal{
		2 | shard<<4 | sec<<36,
		sec>>28 | uint64(n.Index)<<16,
		uint64(n.Index)>>48 | shard&15<<16 | (uint64(n.Created)&secondBits)<<20 | 2<<56,
	}.String()
}

// ParseSequenceNumber reads a number of the wire; it fails on what no shard could have given out.
func ParseSequenceNumber(s string) (SequenceNumber, error) {
	bad := func(why string) (SequenceNumber, error) {
		return SequenceNumber{}, fmt.Errorf("sequence number %q: %s", aws.Shorten(s, 140), why)
	}
	d, ok := parseDecimal(s)
	switch {
	case !ok:
		return bad("not a decimal number of this size")
	case d[2]>>56 != 2 || d[0]&15 != 2:
		return bad("not of version 2")
	case d[1]>>8&0xff != 0:
		return bad("holds something where zeros belong")
	}
	n := SequenceNumber{
		Created: int64(d[2] >> 20 & secondBits),
		Shard:   int32(uint32(d[0] >> 4)),
		Index:   int64(d[2]&0xffff<<48 | d[1]>>16),
		Second:  int64(d[0]>>36 | d[1]&0xff<<28),
	}
	switch {
	case n.Index < 0:
		return bad("its index is too large")
	case n.Shard < 0 || uint64(n.Shard)&15 != d[2]>>16&15:
		return bad("names two shards")
	}
	return n, nil
}
