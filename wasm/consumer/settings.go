package consumer

import (
	"strings"
	"time"
)

// Where a consumer begins in a shard it sees for the first time; shards that a reshard opens later are read from their beginning.
const (
	Latest      = "LATEST"
	TrimHorizon = "TRIM_HORIZON"
	AtTimestamp = "AT_TIMESTAMP"
)

// In which order a consumer reads shards.
const (
	ParentsFirst = "parents-first" // a shard only when its parents are read to their end: keeps the order of every key
	AllAtOnce    = "all-at-once"   // every shard as soon as it is seen: what a hand-written reader easily does
)

// Defaults and bounds of the settings.
const (
	DefaultPoll  = 200 * time.Millisecond // five calls a second: all that a shard grants
	DefaultLimit = 10_000                 // Source: API reference, GetRecords
	MaxPoll      = time.Hour
	MinPoll      = time.Millisecond
	MaxRate      = 1_000_000
)

// Settings say what a consumer reads and how. They are complete and checked: the region fills defaults in.
type Settings struct {
	Name             string
	StreamName       string
	PollMillis       int // between two calls of GetRecords on a shard
	Limit            int // most records of a call; 0: 10,000, or what it processes in a second
	From             string
	Timestamp        string  `json:",omitempty"` // of AT_TIMESTAMP, in RFC 3339
	RecordsPerSecond float64 // how fast it processes; 0 is at once
	ShardOrder       string
	RetrievalMode    string // POLLING or FANOUT
	ConsumerName     string `json:",omitempty"` // with FANOUT: the registered consumer it reads as; its own name when empty
	Running          bool
	Role             string `json:",omitempty"` // user or role it reads as; "" may do all
}

func (s *Settings) poll() time.Duration { return time.Duration(s.PollMillis) * time.Millisecond }

// Begins words where it begins: LATEST, or AT_TIMESTAMP 2026-03-02T08:40:00Z.
func (s *Settings) Begins() string { return strings.TrimSpace(s.From + " " + s.Timestamp) }

// limit is the Limit of a call.
func (s *Settings) limit() int {
	switch {
	case s.Limit > 0:
		return s.Limit
	case s.RecordsPerSecond > 0:
		return max(1, min(DefaultLimit, int(s.RecordsPerSecond)))
	}
	return DefaultLimit
}

// processing is how long n records take.
func (s *Settings) processing(n int) time.Duration {
	if s.RecordsPerSecond <= 0 {
		return 0
	}
	return time.Duration(float64(n) / s.RecordsPerSecond * float64(time.Second)).Truncate(time.Microsecond)
}
