package kinesis

import (
	"cmp"
	"crypto/md5"
	"encoding/binary"
	"math/bits"
	"strconv"
)

// A Hash is a hash key: an unsigned 128-bit number, upper half first.
type Hash [2]uint64

// MaxHash is the greatest hash key, 2^128 - 1.
var MaxHash = Hash{1<<64 - 1, 1<<64 - 1}

// HashKey is the hash key of a partition key: the MD5 of its bytes, read with the first byte as the most significant.
// Source: API Reference, PutRecord; the order of the bytes as in KPL.
func HashKey(partitionKey string) Hash { return hashBytes([]byte(partitionKey)) }

// HashKeys are the hash keys of many partition keys.
func HashKeys(partitionKeys []string) []Hash {
	all := make([]Hash, len(partitionKeys))
	for i, key := range partitionKeys {
		all[i] = HashKey(key)
	}
	return all
}

func hashBytes(b []byte) Hash {
	sum := md5.Sum(b)
	return Hash{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:])}
}

// ParseHash reads a decimal hash key; false when s is none or above 2^128 - 1.
func ParseHash(s string) (Hash, bool) {
	n, ok := parseDecimal(s)
	return Hash{n[1], n[0]}, ok && n[2] == 0
}

// String is the hash key in decimal, as on the wire.
func (h Hash) String() string { return (decimal{h[1], h[0], 0}).String() }

// Compare orders hash keys.
func (h Hash) Compare(o Hash) int { return cmp.Or(cmp.Compare(h[0], o[0]), cmp.Compare(h[1], o[1])) }

// Less reports whether h comes before o.
func (h Hash) Less(o Hash) bool { return h[0] < o[0] || h[0] == o[0] && h[1] < o[1] }

// Add returns h + n, and starts again at 0 past MaxHash.
func (h Hash) Add(n uint64) Hash {
	low, carry := bits.Add64(h[1], n, 0)
	return Hash{h[0] + carry, low}
}

// Sub returns h - n, and goes on at MaxHash below 0.
func (h Hash) Sub(n uint64) Hash {
	low, borrow := bits.Sub64(h[1], n, 0)
	return Hash{h[0] - borrow, low}
}

// minus returns h - o, and goes on at MaxHash below 0.
func (h Hash) minus(o Hash) Hash {
	low, borrow := bits.Sub64(h[1], o[1], 0)
	return Hash{h[0] - o[0] - borrow, low}
}

// Part is where on the ring of hash keys h lies, from 0 up to but not 1.
func (h Hash) Part() float64 { return float64(h[0]>>11) / (1 << 53) }

// Middle is (h + o) / 2, rounded down: where AWS's guide splits the range from h to o.
func (h Hash) Middle(o Hash) Hash {
	low, c := bits.Add64(h[1], o[1], 0)
	high, c := bits.Add64(h[0], o[0], c)
	return Hash{high>>1 | c<<63, low>>1 | high<<63}
}

// evenStart is where shard i of n begins in a new stream: i * floor(2^128 / n).
// Source: AWS's own listings for 1 to 5 shards. For most other n it is ours, as AWS publishes no rule.
func evenStart(i, n int) Hash {
	if i == 0 {
		return Hash{}
	}
	d := uint64(n)
	// floor(2^128 / d), d >= 2: divide the digits 1, 0, 0 in base 2^64.
	q1, r := bits.Div64(1, 0, d)
	q0, _ := bits.Div64(r, 0, d)
	carry, low := bits.Mul64(q0, uint64(i))
	return Hash{q1*uint64(i) + carry, low}
}

// decimal is an unsigned number of 192 bits, lowest word first; it can be printed and read.
type decimal [3]uint64

// chunk is the greatest power of ten in a word, and chunkDigits its zeros.
const (
	chunk       = 1e19
	chunkDigits = 19
)

func (n decimal) String() string {
	var groups [4]uint64
	last := 0
	for i := range groups {
		var r uint64
		n[2], r = n[2]/chunk, n[2]%chunk
		n[1], r = bits.Div64(r, n[1], chunk)
		n[0], r = bits.Div64(r, n[0], chunk)
		groups[i] = r
		if r != 0 {
			last = i
		}
	}
	var buf [4 * chunkDigits]byte
	out := strconv.AppendUint(buf[:0], groups[last], 10)
	for i := last - 1; i >= 0; i-- {
		var digits [chunkDigits]byte
		for j, g := chunkDigits-1, groups[i]; j >= 0; j-- {
			digits[j] = byte('0' + g%10)
			g /= 10
		}
		out = append(out, digits[:]...)
	}
	return string(out)
}

// parseDecimal reads digits without a sign or leading zeros; false when s is something else or above 2^192 - 1.
func parseDecimal(s string) (decimal, bool) {
	var n decimal
	if s == "" || s[0] == '0' && s != "0" {
		return n, false
	}
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return decimal{}, false
		}
		carry := uint64(c - '0')
		for w := range n {
			high, low := bits.Mul64(n[w], 10)
			var c uint64
			n[w], c = bits.Add64(low, carry, 0)
			carry = high + c
		}
		if carry != 0 {
			return decimal{}, false
		}
	}
	return n, true
}
