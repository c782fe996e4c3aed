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
	// DefaultTimeout is how long a client waits for an answer. Source: botocore's Config, read_timeout.
	DefaultTimeout = time.Minute
	LeastTimeout   = 10 * time.Millisecond
	MostTimeout    = 10 * time.Minute
	// DefaultAttempts is the first call included. Source: AWS SDKs and Tools Reference Guide, Retry behavior.
	DefaultAttempts = 3
	// ThrottlingBase is the SDKs' base delay for throttling errors. Source: as above.
	ThrottlingBase = time.Second
	// FailedEntriesBase is the base delay that the caller's own loop uses when it is told none; our choice.
	FailedEntriesBase = 100 * time.Millisecond
	// MaxBackoff bounds one delay. Source: as above.
	MaxBackoff = 20 * time.Second
	// quotaTokens, quotaCost, quotaTransient and quotaBack are the SDKs' retry quota: a bucket of tokens per client, what a
	// retry costs after throttling and after another failure that may pass, and what a success without retry brings back; one
	// after a retry brings back what that cost. Source: as above, the behaviour that is new in 2026.
	quotaTokens    = 500
	quotaCost      = 5
	quotaTransient = 14
	quotaBack      = 1
	// transientPart is how much sooner an SDK tries again after a failure that is no throttling: 50 ms in place of a second.
	// Source: as above.
	transientPart = 20
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
	TimeoutMillis    int  `json:",omitempty"` // until a call that is not answered counts as failed; 0 is DefaultTimeout
	MessageIds       bool `json:",omitempty"` // each record holds a unique id
	Running          bool
	Source           load.Source `json:",omitzero"`  // what shape its records have
	Role             string      `json:",omitempty"` // user or role it writes as; "" may do all
}

// rateMilli is the rate in thousandths of a record a second.
func (s *Settings) rateMilli() int64 { return load.Milli(s.RecordsPerSecond) }

// latency is the time until the client has its answer.
func (s *Settings) latency() time.Duration { return time.Duration(s.LatencyMillis) * time.Millisecond }

// timeout is how long it waits for an answer.
func (s *Settings) timeout() time.Duration {
	if s.TimeoutMillis == 0 {
		return DefaultTimeout
	}
	return time.Duration(s.TimeoutMillis) * time.Millisecond
}
