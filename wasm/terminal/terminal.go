// Package terminal is what a lab and its console share: the world that a console acts on, what it writes, how a command is written
// as a line; and the messages between the two, because in the browser the console is a program of its own, console.wasm.
//
// The package holds no shell. A lab that uses a [Terminal] does not know whether it is package console, a call away, or a
// [Remote] with the console in another worker.
package terminal

import (
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// A World is what a console acts on.
type World interface {
	// Do runs one operation: the ARN of the principal who calls ("" is the account's administrator), the service, the
	// operation's wire name, the body in JSON.
	Do(as, service, op string, body []byte) ([]byte, error)
	// Profiles names the principals that --profile may choose, sorted; default, the administrator, is not among them.
	Profiles() []string
	// Principal is the ARN of the principal that a profile stands for; false when there is none.
	Principal(profile string) (arn string, ok bool)
	// Now is the virtual instant.
	Now() sim.Instant
	// Sleep lets virtual time pass.
	Sleep(d time.Duration)
	// Undo takes the learner's last deed back and lives to the same instant again, or with again puts back what it took last. It
	// tells the deed as a line.
	Undo(again bool) (deed string, err error)
	// Time does a request that is about time itself: of kind until, step, previous, seek, stand, fork, choose, keep or compare.
	Time(r protocol.Request) protocol.Reply
	// Streams names the streams there are, sorted.
	Streams() []string
	// Shards names the shards of a stream, by number; nil when there is no such stream.
	Shards(stream string) []string
}

// Where a piece of output belongs.
const (
	ToOut  = "out"
	ToErr  = "err"
	ToHint = "hint" // ours: what to try next; AWS CLI prints none
)

// Output is a piece of what a line wrote; To is [ToOut], [ToErr] or [ToHint].
type Output struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

// Option is one completion and what it means.
type Option struct {
	Text string `json:"text"`
	Help string `json:"help,omitempty"`
}

// A Terminal is one learner's console.
type Terminal interface {
	// Run runs one entry, which may be several lines, and returns what it wrote, in order, and its exit status.
	Run(line string) (out []Output, exit int)
	// Complete offers texts to put in place of line[from:to] when the cursor stands at pos, in bytes.
	Complete(line string, pos int) (from, to int, options []Option)
	// Read reads a lab's script; nothing is done.
	Read(text string) Reading
	// SetSlice has f called now and then while an entry runs, so that the browser can be given its turn.
	SetSlice(f func())
	// Interrupt ends the entry that runs, as Ctrl-C would, with exit status 130. It may be called from the slice function.
	Interrupt()
}

// An Open makes a terminal on a world that knows the services given. The first is the one that a lab is about; the service "lab"
// has a command of its own.
type Open func(w World, services []Service) Terminal

// A Service is what a console knows of one: its operations with the outlines of what they take and answer.
type Service struct {
	Name       string      `json:"name"`  // "kinesis"
	Title      string      `json:"title"` // "Amazon Kinesis Data Streams"
	Operations []Operation `json:"operations"`
}

// An Operation is one row of a service's table.
type Operation struct {
	Name string       `json:"name"` // "PutRecord"
	Help string       `json:"help,omitempty"`
	In   *aws.Outline `json:"in"`
	Out  *aws.Outline `json:"out"`
}

// Describe tells what a console needs of services.
func Describe(services []aws.Service) []Service {
	all := make([]Service, len(services))
	for i, s := range services {
		all[i] = Service{Name: s.Name, Title: s.Title, Operations: make([]Operation, len(s.Operations))}
		for j := range s.Operations {
			op := &s.Operations[j]
			in, out := op.InOut()
			all[i].Operations[j] = Operation{op.Name, op.Help, in, out}
		}
	}
	return all
}
