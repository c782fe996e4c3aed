// Package scenario reads a lab file: how a lab's world begins and what befalls it, as timed commands. It holds no rule of
// Kinesis and runs nothing.
package scenario

import (
	"encoding/json"
	"time"
)

// A File is a lab as its author wrote it.
type File struct {
	Name    string
	Start   time.Time
	Seed    int64
	Profile string
	Open    time.Duration
	World   []Step
	Goals   []json.RawMessage
}

// A Step is a command of the world with its instant.
type Step struct {
	At      time.Duration
	Do      string
	With    json.RawMessage
	MayFail bool
}

// Parse reads a lab file in JSON.
func Parse(file []byte) (*File, error) { return &File{}, nil }
