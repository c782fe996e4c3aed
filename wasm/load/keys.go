// Package load is what all clients that write have in common: which partition keys they use, what their records hold, and
// at which pace records come to them. It knows no stream.
package load

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Kinds of key distributions.
const (
	RoundRobin = "round-robin" // the keys of the table in turn
	Uniform    = "uniform"     // a key of the table at random
	Skewed     = "skewed"      // the first key takes Share, the others share the rest evenly, at random
	Zipf       = "zipf"        // the first key takes Share, the others share the rest: the i-th of them in proportion to 1/i
	Fixed      = "fixed"       // one key
	List       = "list"        // Names in turn; with Share the first of them takes it and the rest is shared evenly
)

// KeyKinds lists the distributions.
func KeyKinds() []string { return []string{RoundRobin, Uniform, Skewed, Zipf, Fixed, List} }

// Defaults and bounds.
const (
	DefaultRecordsPerSecond = 100
	DefaultRecordBytes      = 256
	MaxRecordsPerSecond     = 200_000
	MaxRecordBytes          = 10 << 20
	MaxKeys                 = 100_000
	MaxNames                = 1000
)

// Keys says how partition keys are chosen. The table has Names, or Count keys: Prefix0, Prefix1, ...
type Keys struct {
	Kind   string   `help:"in turn, at random, with a hottest key, one key, a list" enum:"round-robin|uniform|skewed|zipf|fixed|list"`
	Count  int      `json:",omitempty" help:"how many keys, 1 to 100,000"`
	Prefix string   `json:",omitempty" help:"keys are the prefix and a number from 0"`
	Names  []string `json:",omitempty" help:"the keys themselves, instead of Count and Prefix"`
	Share  float64  `json:",omitempty" help:"part of the records that the first key takes, above 0 and below 1"`
}

// Differs says whether o is another distribution.
func (k Keys) Differs(o Keys) bool {
	return k.Kind != o.Kind || k.Count != o.Count || k.Prefix != o.Prefix || k.Share != o.Share || !slices.Equal(k.Names, o.Names)
}

// Words says the distribution in a few words: "8 racks, one takes 70 %".
func (k Keys) Words() string {
	n := k.Count
	if len(k.Names) > 0 {
		n = len(k.Names)
	}
	what := "keys"
	if w := word(k.Prefix); w != "" && len(k.Names) == 0 {
		what = w + "s"
	}
	first := func() string {
		if len(k.Names) > 0 {
			return k.Names[0]
		}
		return k.Prefix + "0"
	}
	if n == 1 {
		return "one key, " + first()
	}
	switch k.Kind {
	case RoundRobin:
		return fmt.Sprintf("%d %s in turn", n, what)
	case Uniform:
		return fmt.Sprintf("%d %s at random", n, what)
	case Skewed, Zipf:
		return fmt.Sprintf("%d %s, %s takes %s", n, what, first(), Percent(k.Share))
	case List:
		if k.Share > 0 {
			return fmt.Sprintf("%d %s, %s takes %s", n, what, first(), Percent(k.Share))
		}
		return fmt.Sprintf("%d %s in turn", n, what)
	}
	return "one key, " + first()
}

// Percent writes a share: 0.7 is "70 %", 0.125 is "12.5 %".
func Percent(share float64) string {
	return strconv.FormatFloat(math.Round(share*1000)/10, 'f', -1, 64) + " %"
}

// word is the noun in a prefix: "rack" of "rack-", "" when there is none.
func word(prefix string) string {
	for len(prefix) > 0 && (prefix[len(prefix)-1] == '-' || prefix[len(prefix)-1] == '_') {
		prefix = prefix[:len(prefix)-1]
	}
	for _, c := range []byte(prefix) {
		if c < 'a' || c > 'z' {
			return ""
		}
	}
	if prefix == "key" {
		return ""
	}
	return prefix
}
