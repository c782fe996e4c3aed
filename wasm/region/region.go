// Package region is the world: services and actors on one schedule, one door in and one view out.
package region

import (
	"encoding/json"

	"shardlab/wasm/sim"
)

// A Command is what passes the one door: an operation of a service with its body.
type Command struct {
	Service string          `json:"service"` // "kinesis" or "lab"
	Op      string          `json:"op"`      // "SplitShard", "PutProducer"
	Body    json.RawMessage `json:"body,omitempty"`
}

// A Reply is what the operation answered, or why it was refused.
type Reply struct {
	Body []byte
	Err  error
}

// Config says what world to make.
type Config struct {
	Seed    uint64
	Start   sim.Instant
	Profile string // "2026" when empty
	Name    string // "us-east-1" when empty
	Account string // "123456789012" when empty
}
