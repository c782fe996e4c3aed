// Package console is the terminal: text in, commands for the world, text out.
//
// A line is a small shell script (variables, pipes, loops, here-documents, redirections to files that live in memory);
// `aws kinesis ...` and `lab ...` become operations at the world's one door, with the flags, formats, messages and exit
// codes of AWS CLI v2. The package keeps no clock and knows neither streams nor screens: time passes by [World.Sleep]
// alone. It may use goroutines, because pipes do, but commands pass the door one at a time.
package console

import (
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// A World is what the console acts on.
type World interface {
	// Do runs one operation: service "kinesis" or "lab", the operation's wire name, the body in JSON.
	Do(service, op string, body []byte) ([]byte, error)
	// Now is the virtual instant.
	Now() sim.Instant
	// Sleep lets virtual time pass.
	Sleep(d time.Duration)
	// Streams names the streams there are, sorted.
	Streams() []string
	// Shards names the shards of a stream, by number; nil when there is no such stream.
	Shards(stream string) []string
}

// Output is a piece of what a line wrote. To is "out", "err" or "hint": a hint is ours, AWS CLI prints none.
type Output struct{ To, Text string }

// Option is one completion and what it means.
type Option struct{ Text, Help string }

// A Console is one learner's terminal: its variables and files stay from line to line.
type Console struct {
	world World
	ops   []aws.Operation
}

// New returns a terminal on w that knows the operations of the tables given.
func New(w World, tables ...[]aws.Operation) *Console {
	c := &Console{world: w}
	for _, t := range tables {
		c.ops = append(c.ops, t...)
	}
	return c
}

// Run runs one entry, which may be several lines, and returns what it wrote, in order, and its exit status.
func (c *Console) Run(line string) (out []Output, exit int) { return nil, 0 }

// Complete offers texts to put in place of line[from:to] when the cursor stands at pos, in bytes.
func (c *Console) Complete(line string, pos int) (from, to int, options []Option) {
	return pos, pos, nil
}

// Line returns the console line that does what the operation op of service does with body.
func Line(service, op string, body []byte) string { return service + " " + op }
