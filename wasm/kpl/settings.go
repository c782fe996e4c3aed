package kpl

import (
	"fmt"
	"math"
	"time"

	"shardlab/wasm/load"
)

// How much of the metrics the KPL writes, and of what.
const (
	None     = "none"
	Summary  = "summary"
	Detailed = "detailed"

	Global = "global"
	Stream = "stream"
	Shard  = "shard"
)

// MetricsLevels and MetricsGranularities list them.
func MetricsLevels() []string        { return []string{None, Summary, Detailed} }
func MetricsGranularities() []string { return []string{Global, Stream, Shard} }

// Config is how the KPL is set up, under the names of KinesisProducerConfiguration; times are in milliseconds.
// Source of names, defaults and ranges: awslabs/amazon-kinesis-producer 1.0.7, KinesisProducerConfiguration.
type Config struct {
	AggregationEnabled    bool
	AggregationMaxCount   int64 // user records in a Kinesis record
	AggregationMaxSize    int64 // bytes of an aggregated record
	CollectionMaxCount    int64 // Kinesis records in a PutRecords
	CollectionMaxSize     int64 // bytes of a PutRecords
	RecordMaxBufferedTime int64
	RecordTtl             int64
	RateLimit             int64 // per cent of a shard's limits
	FailIfThrottled       bool
	MaxConnections        int64
	RequestTimeout        int64
	MetricsLevel          string
	MetricsGranularity    string
}

// Default is the configuration of a KPL that nobody configured.
func Default() Config {
	return Config{AggregationEnabled: true, AggregationMaxCount: math.MaxUint32, AggregationMaxSize: 51200, CollectionMaxCount: 500, CollectionMaxSize: 5 << 20,
		RecordMaxBufferedTime: 100, RecordTtl: 30_000, RateLimit: 150, MaxConnections: 24, RequestTimeout: 6000, MetricsLevel: Detailed, MetricsGranularity: Shard}
}

// Ranges of the configuration. Source: as for Config; where it has no upper bound, a day and a million per cent are ours.
const (
	LeastAggregationSize = 64
	MostAggregationSize  = 10 << 20
	MostCollectionCount  = 500
	LeastCollectionSize  = 52224
	MostCollectionSize   = 10 << 20 // what PutRecords takes
	LeastTtl             = 100
	MostMillis           = 86_400_000
	MostRateLimit        = 1_000_000
	MostConnections      = 256
	LeastRequestTimeout  = 100
	MostRequestTimeout   = 600_000
)

const (
	// MaxRecordBytes is how large a user record may be. Source: MaxUserRecordSize of the same, its default.
	MaxRecordBytes = 1 << 20
	// DefaultOutstanding is up to how many unfinished records an application goes on adding; the KPL itself takes any number.
	// Source: AWS Big Data Blog, "Implementing Efficient and Reliable Producers with the Amazon Kinesis Producer Library".
	DefaultOutstanding = 10_000
	MaxOutstanding     = 100_000 // ours, for the memory of a page
	DefaultLatency     = 30 * time.Millisecond
	MostLatency        = 10 * time.Second
)

// Settings say what a producer writes and how. They are complete and checked: the region fills defaults in.
type Settings struct {
	Name             string
	StreamName       string
	RecordsPerSecond float64
	RecordBytes      int // of data of a user record
	Keys             load.Keys
	Config
	LatencyMillis  int
	MaxOutstanding int  // unfinished records at which the application waits before it adds more
	MessageIds     bool `json:",omitempty"` // each user record holds a unique id
	FlushSync      bool // the application calls flushSync after each record
	Running        bool
	Role           string `json:",omitempty"` // user or role it writes as; "" may do all
}

func (s *Settings) milli() int64            { return load.Milli(s.RecordsPerSecond) }
func (s *Settings) buffered() time.Duration { return millis(s.RecordMaxBufferedTime) }
func (s *Settings) latency() time.Duration  { return time.Duration(s.LatencyMillis) * time.Millisecond }

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// Words says the batching in a few words: "aggregation to 51,200 B, buffered up to 100 ms".
func (c *Config) Words(number func(int64) string) string {
	if !c.AggregationEnabled {
		return fmt.Sprintf("no aggregation, buffered up to %s ms", number(c.RecordMaxBufferedTime))
	}
	text := fmt.Sprintf("aggregation to %s B", number(c.AggregationMaxSize))
	if c.AggregationMaxCount < math.MaxUint32 {
		text += fmt.Sprintf(" or %s records", number(c.AggregationMaxCount))
	}
	return text + fmt.Sprintf(", buffered up to %s ms", number(c.RecordMaxBufferedTime))
}
