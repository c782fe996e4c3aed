// Package lab is one learner's run: a region, a console, a scenario and goals. Its log replays it exactly.
package lab

import "shardlab/wasm/protocol"

// A Lab is one learner's run.
type Lab struct{}

// An Until is the target of a step or an until.
type Until struct{ Reached string }

// New begins a lab.
func New(file []byte, seed *int64) (*Lab, error) { return &Lab{}, nil }

// Restore begins a lab again from its log.
func Restore(file []byte, log string) (*Lab, error) { return &Lab{}, nil }

// Check says what is wrong with a lab file, without running it.
func Check(file []byte) error { return nil }

// Do runs a command of the learner.
func (l *Lab) Do(service, op string, body []byte, note string) ([]byte, error) { return nil, nil }

// Type runs a console entry.
func (l *Lab) Type(line string) ([]protocol.Output, int) { return nil, 0 }

// Complete completes a console line.
func (l *Lab) Complete(line string, pos int) protocol.Completion { return protocol.Completion{} }

// Command is the deed as a console line.
func (l *Lab) Command(service, op string, body []byte) string { return "" }

// AdvanceTo runs to t.
func (l *Lab) AdvanceTo(t int64, budget int) bool { return true }

// Until makes a target.
func (l *Lab) Until(c protocol.Condition) *Until { return &Until{} }

// Run runs towards a target.
func (l *Lab) Run(u *Until, budget int) bool { return true }

// SeekTo jumps to a checkpoint at or before t.
func (l *Lab) SeekTo(t int64) bool { return true }

// SeekNow goes to t.
func (l *Lab) SeekNow(t int64) {}

// Now, End and Opened are instants since the start.
func (l *Lab) Now() int64 { return 0 }

// End is the furthest instant of this history.
func (l *Lab) End() int64 { return 0 }

// Opened is when the learner got the lab.
func (l *Lab) Opened() int64 { return 0 }

// Seed is the seed of the run.
func (l *Lab) Seed() int64 { return 0 }

// History counts rewinds and forks.
func (l *Lab) History() int64 { return 0 }

// Commands is how many commands the log holds.
func (l *Lab) Commands() int { return 0 }

// Frame is what the learner sees.
func (l *Lab) Frame() protocol.Frame { return protocol.Frame{} }

// Goals is how the goals stand.
func (l *Lab) Goals() []protocol.Goal { return nil }

// Solved says whether all goals are met now.
func (l *Lab) Solved() bool { return false }

// Events returns the events from an ID on.
func (l *Lab) Events(from int64) []protocol.Event { return nil }

// Inspect shows one thing.
func (l *Lab) Inspect(ref string) (protocol.Sheet, error) { return protocol.Sheet{}, nil }

// Log is the run as text.
func (l *Lab) Log() string { return "" }

// State is the canonical state.
func (l *Lab) State() []byte { return nil }

// Crashed is the panic that ended the run.
func (l *Lab) Crashed() *protocol.Panic { return nil }

// Drill panics inside.
func (l *Lab) Drill() {}

// Stopped says why time does not go on.
func (l *Lab) Stopped() string { return "" }

// SetSlice sets the hook of long runs.
func (l *Lab) SetSlice(f func()) {}

// Figure answers a query of a lesson.
func (l *Lab) Figure(query string) (string, error) { return "", nil }
