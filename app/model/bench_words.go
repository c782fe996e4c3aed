package model

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/protocol"
)

// Count writes a whole number with its thousands apart: 1,400.
func Count[T int | int64 | float64](n T) string {
	v := int64(math.Round(float64(n)))
	s := strconv.FormatInt(v, 10)
	sign := ""
	if v < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Rate writes how often a second something is done that one has set: 1,400, or 0.05.
func Rate(n float64) string {
	if n >= 10 || n == math.Trunc(n) {
		return Count(n)
	}
	return strconv.FormatFloat(n, 'g', 2, 64)
}

// Short writes a number in at most five characters, for places with little room: 842, 1.4k, 12M.
func Short(n float64) string {
	for _, u := range []struct {
		at   float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if n >= u.at {
			d := u.at
			if u.name == "k" {
				d = 1e3
			}
			if v := n / d; v < 10 {
				return strconv.FormatFloat(v, 'f', 1, 64) + u.name
			}
			return strconv.FormatFloat(math.Floor(n/d), 'f', 0, 64) + u.name
		}
	}
	return Count(n)
}

// Bytes writes a size as the service counts it, in powers of 1,024: 1 MiB, 512 KiB.
func Bytes(n float64) string {
	for _, u := range []struct {
		at   float64
		name string
	}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.at*0.9995 {
			return trim(n/u.at) + " " + u.name
		}
	}
	return Count(n) + " B"
}

// ShortBytes writes a size in at most eight characters: 842 B, 93 KiB, 0.99 MiB.
func ShortBytes(n float64) string {
	switch {
	case n >= 1000<<10:
		return strconv.FormatFloat(n/(1<<20), 'f', 2, 64) + " MiB"
	case n >= 1<<10:
		return strconv.FormatFloat(n/(1<<10), 'f', 0, 64) + " KiB"
	}
	return Bytes(n)
}

// Mebi writes bytes in MiB with two figures that do not jump: 0.41.
func Mebi(n float64) string { return trim(n / (1 << 20)) }

func trim(v float64) string {
	places := 2
	if v >= 100 {
		places = 0
	} else if v >= 10 {
		places = 1
	}
	s := strconv.FormatFloat(v, 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// Clock writes an instant of the lab: 00:01:12.4, with the days before it when there are some.
func Clock(at int64) string {
	sign := ""
	if at < 0 {
		sign, at = "-", -at
	}
	t := at / (protocol.Second / 10)
	d, t := t/864000, t%864000
	s := fmt.Sprintf("%02d:%02d:%02d.%d", t/36000, t/600%60, t/10%60, t%10)
	if d > 0 {
		s = fmt.Sprintf("%dd %s", d, s)
	}
	return sign + s
}

// Brief writes an instant for a list or an axis: 1:12.4, 2:05:00.
func Brief(at int64) string {
	t := at / (protocol.Second / 10)
	if t >= 36000 {
		return fmt.Sprintf("%d:%02d:%02d", t/36000, t/600%60, t/10%60)
	}
	return fmt.Sprintf("%d:%02d.%d", t/600, t/10%60, t%10)
}

// TimeOfDay writes the scenario's own time: 08:40:42.
func TimeOfDay(startUnix, at int64) string {
	return time.UnixMicro(startUnix + at).UTC().Format("15:04:05")
}

// Behind writes a lag.
func Behind(ms int64) string {
	switch {
	case ms < 1000:
		return Count(ms) + " ms"
	case ms < 60_000:
		return trim(float64(ms)/1000) + " s"
	case ms < 3_600_000:
		return fmt.Sprintf("%d min %d s", ms/60_000, ms/1000%60)
	}
	return fmt.Sprintf("%d h %d min", ms/3_600_000, ms/60_000%60)
}

// Hours writes a retention: 24 h, 7 days.
func Hours(h int64) string {
	if h >= 48 && h%24 == 0 {
		return Count(h/24) + " days"
	}
	return Count(h) + " h"
}

// Dollars writes an amount given in millionths of a dollar: $68.69, $0.0314, $0.000004; at least two places, and below ten
// cents as many as it needs.
func Dollars(millionths int64) string {
	v := float64(millionths) / 1e6
	places := 2
	switch {
	case millionths == 0:
		return "$0"
	case v >= 1000 || v <= -1000:
		return "$" + Count(v)
	case v < 0.001:
		places = 6
	case v < 0.1:
		places = 4
	}
	s := strconv.FormatFloat(v, 'f', places, 64)
	for places > 2 && strings.HasSuffix(s, "0") {
		s, places = s[:len(s)-1], places-1
	}
	return "$" + s
}

// Speed writes a speed: 0.1×, 3,600×.
func Speed(x float64) string {
	if x == math.Trunc(x) {
		return Count(x) + "×"
	}
	return strconv.FormatFloat(x, 'f', -1, 64) + "×"
}

// Speeds are the speeds of the menu, from MinSpeed to MaxSpeed.
var Speeds = [...]float64{protocol.MinSpeed, 0.25, 0.5, 1, 2, 5, 10, 60, 300, protocol.MaxSpeed}

// ShardNumber returns the number in a shard's ID, or -1.
func ShardNumber(id string) int {
	i := strings.LastIndexByte(id, '-')
	n, err := strconv.Atoi(id[i+1:])
	if i < 0 || err != nil {
		return -1
	}
	return n
}

// Middle returns the hash key that cuts the range from start to end, both inclusive and in decimal, into halves: the first
// of the upper one, as SplitShard's NewStartingHashKey wants it. It is empty when the range cannot be cut.
func Middle(start, end string) string {
	a, ok := parse128(start)
	b, ok2 := parse128(end)
	if !ok || !ok2 || a == b || a[0] > b[0] || (a[0] == b[0] && a[1] > b[1]) {
		return ""
	}
	// The distance d = b - a is at least 1; the middle is a + (d+1)/2, and (d+1)/2 = d/2 + d%2 never overflows.
	lo, borrow := bits.Sub64(b[1], a[1], 0)
	hi, _ := bits.Sub64(b[0], a[0], borrow)
	odd := lo & 1
	lo, hi = lo>>1|hi<<63, hi>>1
	lo, carry := bits.Add64(lo, odd, 0)
	hi += carry
	lo, carry = bits.Add64(lo, a[1], 0)
	hi, _ = bits.Add64(hi, a[0], carry)
	return print128(hi, lo)
}

// parse128 reads a decimal number below 2^128 as its high and low half.
func parse128(s string) (n [2]uint64, ok bool) {
	if s == "" || len(s) > 39 {
		return n, false
	}
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return n, false
		}
		over, lo := bits.Mul64(n[1], 10)
		top, hi := bits.Mul64(n[0], 10)
		lo, carry := bits.Add64(lo, uint64(c-'0'), 0)
		hi, carry = bits.Add64(hi, over, carry)
		if top != 0 || carry != 0 {
			return n, false
		}
		n = [2]uint64{hi, lo}
	}
	return n, true
}

func print128(hi, lo uint64) string {
	const chunk = 1e19 // the largest power of ten in 64 bits
	q, r := hi/chunk, hi%chunk
	low, rest := bits.Div64(r, lo, chunk)
	// The number is q·2^64·10^19 + low·10^19 + rest, and as it is below 2^128, q is at most 1.
	if q == 0 {
		if low == 0 {
			return strconv.FormatUint(rest, 10)
		}
		return strconv.FormatUint(low, 10) + fmt.Sprintf("%019d", rest)
	}
	top, mid := bits.Div64(q, low, chunk)
	if top == 0 {
		return strconv.FormatUint(mid, 10) + fmt.Sprintf("%019d", rest)
	}
	return strconv.FormatUint(top, 10) + fmt.Sprintf("%019d%019d", mid, rest)
}

// Range writes a part of the hash ring, from 0 to 1, by the first digits of its hash keys: 4000… to 7fff….
func Range(from, to float64) string {
	first := "0"
	if from > 0 {
		first = fmt.Sprintf("%04x…", uint32(math.Round(from*65536)))
	}
	return first + " to " + fmt.Sprintf("%04x…", max(uint32(math.Round(to*65536)), 1)-1)
}
