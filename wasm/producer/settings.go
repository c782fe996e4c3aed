package producer

import (
	"fmt"
	"time"

	"shardlab/wasm/load"
)

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
	DefaultLatency = 30 * time.Millisecond
	DefaultQueue   = 10_000
	MaxBatch       = 500 // Source: API reference, PutRecords
	MaxAttempts    = 10
	MaxQueue       = 20_000
	MaxLatency     = 10 * time.Second
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
	Keys             load.Keys
	Batch            int // 1 is PutRecord, more is PutRecords
	Retry            Retry
	LatencyMillis    int
	Running          bool
	Role             string `json:",omitempty"` // user or role it writes as; "" may do all
}

// rateMilli is the rate in thousandths of a record a second.
func (s *Settings) rateMilli() int64 { return load.Milli(s.RecordsPerSecond) }

// latency is the time until the client has its answer.
func (s *Settings) latency() time.Duration { return time.Duration(s.LatencyMillis) * time.Millisecond }
