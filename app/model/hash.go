package model

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strconv"
	"strings"

	"shardlab/wasm/protocol"
)

// A Hash is a place on the hash ring, 0 to 2^128-1.
type Hash struct{ Hi, Lo uint64 }

// HashOf is where a partition key falls: its MD5 as a number.
// Source: https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html
func HashOf(key string) Hash {
	sum := md5.Sum([]byte(key))
	return Hash{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:])}
}

// ParseHash reads a decimal number, as ExplicitHashKey and the ranges of shards are written.
func ParseHash(s string) (h Hash, ok bool) {
	if s == "" || len(s) > 39 {
		return h, false
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return h, false
		}
		over, low := bits.Mul64(h.Lo, 10)
		most, high := bits.Mul64(h.Hi, 10)
		var carry uint64
		h.Lo, carry = bits.Add64(low, uint64(c-'0'), 0)
		h.Hi, carry = bits.Add64(high, over, carry)
		if most+carry > 0 {
			return h, false
		}
	}
	return h, true
}

// String writes the number in decimal.
func (h Hash) String() string {
	const step = 1e19
	var out string
	for h.Hi > 0 {
		var rest uint64
		q := Hash{h.Hi / step, 0}
		q.Lo, rest = bits.Div64(h.Hi%step, h.Lo, step)
		digits := strconv.FormatUint(rest, 10)
		out = strings.Repeat("0", 19-len(digits)) + digits + out
		h = q
	}
	return strconv.FormatUint(h.Lo, 10) + out
}

// Hex writes it as MD5 is written, 32 digits.
func (h Hash) Hex() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], h.Hi)
	binary.BigEndian.PutUint64(b[8:], h.Lo)
	return hex.EncodeToString(b[:])
}

// Part is where on the ring it lies, 0 to 1.
func (h Hash) Part() float64 { return float64(h.Hi)/(1<<63)/2 + float64(h.Lo)/(1<<63)/2/(1<<63)/2 }

func (h Hash) within(first, last string) bool {
	a, ok := ParseHash(first)
	b, ok2 := ParseHash(last)
	return ok && ok2 && !h.less(a) && !b.less(h)
}

func (h Hash) less(o Hash) bool { return h.Hi < o.Hi || h.Hi == o.Hi && h.Lo < o.Lo }

// A Fall is where a key falls.
type Fall struct {
	Hash   Hash
	Shard  protocol.Shard   // the open one; without an ID when the stream has none
	Before []protocol.Shard // closed ones that its records went to earlier, the latest first
	Flaw   string           // why there is none
}

// FallOf says where in a stream a partition key falls, or a hash key given as a number.
func FallOf(s protocol.Stream, key string, explicit bool) Fall {
	f := Fall{Hash: HashOf(key)}
	switch {
	case key == "":
		f.Flaw = "Write a partition key, like bike-7."
		if explicit {
			f.Flaw = "Write a number from 0 to 2¹²⁸-1."
		}
	case explicit:
		var ok bool
		if f.Hash, ok = ParseHash(key); !ok {
			f.Flaw = "An explicit hash key is a whole number from 0 to 340282366920938463463374607431768211455, in decimal digits."
		}
	case len([]rune(key)) > 256:
		f.Flaw = "A partition key has at most 256 characters."
	}
	if f.Flaw != "" {
		return f
	}
	for i := len(s.Shards) - 1; i >= 0; i-- {
		if sh := s.Shards[i]; f.Hash.within(sh.StartHash, sh.EndHash) {
			if sh.State == "OPEN" {
				f.Shard = sh
			} else {
				f.Before = append(f.Before, sh)
			}
		}
	}
	return f
}
