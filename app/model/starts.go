package model

import "encoding/json"

// A Start is a lab the sandbox can begin with.
type Start struct {
	Slug  string
	Title string
	Blurb string
	Lab   json.RawMessage // as the engine's Open takes it
}

// Starts are the sandbox's starting points; the first is the one it opens with.
func Starts() []Start {
	return []Start{
		{"steady", "A steady stream", "Two producers, four shards, two consumers, room to spare.", json.RawMessage(`{
			"name": "steady", "start": "2026-03-02T08:00:00Z", "seed": 11, "profile": "2026", "open": "20s",
			"world": [
				{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 4}},
				{"at": "12s", "do": "lab.PutProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 420, "RecordBytes": 240,
					"Keys": {"Kind": "uniform", "Count": 120, "Prefix": "bike-"}, "Batch": 25, "Retry": {"Mode": "failed-entries", "Attempts": 5}, "Running": true}},
				{"at": "12s", "do": "lab.PutProducer", "with": {"Name": "docks", "StreamName": "trips", "RecordsPerSecond": 90, "RecordBytes": 120,
					"Keys": {"Kind": "round-robin", "Count": 12, "Prefix": "dock-"}, "Batch": 1, "Retry": {"Mode": "backoff", "Attempts": 3}, "Running": true}},
				{"at": "12s", "do": "lab.PutConsumer", "with": {"Name": "board", "StreamName": "trips", "From": "TRIM_HORIZON", "PollMillis": 400, "Running": true}},
				{"at": "12s", "do": "lab.PutConsumer", "with": {"Name": "billing", "StreamName": "trips", "From": "TRIM_HORIZON", "PollMillis": 1000, "Running": true}}
			],
			"goals": []}`)},
		{"rush-hour", "Rush hour", "One key takes most of the traffic, and its shard refuses writes.", json.RawMessage(`{
			"name": "rush-hour", "start": "2026-03-02T08:39:30Z", "seed": 23, "profile": "2026", "open": "25s",
			"world": [
				{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 3}},
				{"at": "12s", "do": "lab.PutProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 1500, "RecordBytes": 200,
					"Keys": {"Kind": "skewed", "Count": 40, "Prefix": "rack-", "Share": 0.72}, "Batch": 50, "Retry": {"Mode": "failed-entries", "Attempts": 4}, "Running": true}},
				{"at": "12s", "do": "lab.PutConsumer", "with": {"Name": "board", "StreamName": "trips", "From": "TRIM_HORIZON", "PollMillis": 400, "RecordsPerSecond": 900, "Running": true}}
			],
			"goals": []}`)},
		{"empty", "An empty account", "Nothing is there yet. Create the stream yourself.", json.RawMessage(`{
			"name": "empty", "start": "2026-03-02T09:00:00Z", "seed": 5, "profile": "2026", "open": "0s", "world": [], "goals": []}`)},
	}
}

// FindStart is the starting point with this slug, else the first.
func FindStart(slug string) Start {
	all := Starts()
	for _, s := range all {
		if s.Slug == slug {
			return s
		}
	}
	return all[0]
}
