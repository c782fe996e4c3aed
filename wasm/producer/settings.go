package producer

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
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

// Retry modes.
const (
	None          = "none"           // a refused record is lost
	Immediate     = "immediate"      // the whole call again as soon as it is answered; a PutRecords call writes again what was taken
	Backoff       = "backoff"        // as AWS SDKs do: exponential backoff with full jitter for a refused call; they leave failed entries of PutRecords alone
	FailedEntries = "failed-entries" // the caller's own loop: only what failed, with exponential backoff and full jitter
)

// RetryModes lists the modes.
func RetryModes() []string { return []string{None, Immediate, Backoff, FailedEntries} }

// Defaults and bounds of the settings.
const (
	DefaultRecordsPerSecond = 100
	DefaultRecordBytes      = 256
	DefaultLatency          = 30 * time.Millisecond
	DefaultQueue            = 10_000
	MaxRecordsPerSecond     = 200_000
	MaxRecordBytes          = 10 << 20
	MaxKeys                 = 100_000
	MaxNames                = 1000
	MaxBatch                = 500 // Source: API reference, PutRecords
	MaxAttempts             = 10
	MaxQueue                = 20_000
	MaxLatency              = 10 * time.Second
	// DefaultAttempts is the first call included. Source: AWS SDKs and Tools Reference Guide, Retry behavior.
	DefaultAttempts = 3
	// ThrottlingBase is the SDKs' base delay for throttling errors. Source: as above.
	ThrottlingBase = time.Second
	// FailedEntriesBase is the base delay that the caller's own loop uses when it is told none; our choice.
	FailedEntriesBase = 100 * time.Millisecond
	// MaxBackoff bounds one delay. Source: as above.
	MaxBackoff = 20 * time.Second
	// quotaTokens, quotaCost and quotaBack are the SDKs' retry quota: a bucket of tokens per client, what a retry after
	// throttling costs, and what a success without retry brings back. Source: as above.
	quotaTokens = 500
	quotaCost   = 5
	quotaBack   = 1
)

// Keys says how partition keys are chosen. The table has Names, or Count keys: Prefix0, Prefix1, ...
type Keys struct {
	Kind   string   `help:"in turn, at random, with a hottest key, one key, a list" enum:"round-robin|uniform|skewed|zipf|fixed|list"`
	Count  int      `json:",omitempty" help:"how many keys, 1 to 100,000"`
	Prefix string   `json:",omitempty" help:"keys are the prefix and a number from 0"`
	Names  []string `json:",omitempty" help:"the keys themselves, instead of Count and Prefix"`
	Share  float64  `json:",omitempty" help:"part of the records that the first key takes, above 0 and below 1"`
}

func (k Keys) differs(o Keys) bool {
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

// Retry says what happens to what was refused. Attempts counts the first one.
type Retry struct {
	Mode       string `help:"give up; the whole call at once; as AWS SDKs do; only what failed" enum:"none|immediate|backoff|failed-entries"`
	Attempts   int    `json:",omitempty" help:"attempts in all, 1 to 10"`
	BaseMillis int    `json:",omitempty" help:"delay before the first retry at the most; doubles from retry to retry"`
	Queue      int    `json:",omitempty" help:"records that may wait for a retry, 1 to 20,000"` // more are lost
}

// Words says the retries in a few words: "3 attempts, jitter".
func (r Retry) Words() string {
	switch r.Mode {
	case Immediate:
		return fmt.Sprintf("%d attempts, at once", r.Attempts)
	case Backoff:
		return fmt.Sprintf("%d attempts, backoff with jitter", r.Attempts)
	case FailedEntries:
		return fmt.Sprintf("%d attempts, failed entries only", r.Attempts)
	}
	return "no retries"
}

// base is the delay before the first retry with random 1.
func (r Retry) base() time.Duration { return time.Duration(r.BaseMillis) * time.Millisecond }

// Settings say what a producer writes and how. They are complete and checked: the region fills defaults in.
type Settings struct {
	Name             string
	StreamName       string
	RecordsPerSecond float64
	RecordBytes      int // of data, without the partition key
	Keys             Keys
	Batch            int // 1 is PutRecord, more is PutRecords
	Retry            Retry
	LatencyMillis    int
	Running          bool
	Role             string `json:",omitempty"` // user or role it writes as; "" may do all
}

// rateMilli is the rate in thousandths of a record a second.
func (s *Settings) rateMilli() int64 { return int64(math.Round(s.RecordsPerSecond * 1000)) }

// latency is the time until the client has its answer.
func (s *Settings) latency() time.Duration { return time.Duration(s.LatencyMillis) * time.Millisecond }

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
