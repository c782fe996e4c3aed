// Package console is the terminal: text in, commands for the world, text out.
//
// A line is a small shell script (variables, pipes, loops, here-documents, redirections to files that live in memory);
// `aws kinesis ...` and `lab ...` become operations at the world's one door, with the flags, formats, messages and exit
// codes of AWS CLI v2. The package keeps no clock and knows neither streams nor screens: time passes by [World.Sleep]
// alone. It may use goroutines, because pipes do, but commands pass the door one at a time.
//
// Everything is bounded: steps, output, files, variables, nesting and virtual time of an entry. A run that meets a bound
// ends with a sentence that says which one and what to do instead.
package console

import (
	"slices"
	"sort"
	"sync"
	"time"

	"mvdan.cc/sh/v3/interp"

	"shardlab/wasm/aws"
	"shardlab/wasm/jq"
	"shardlab/wasm/sim"
)

// A World is what the console acts on.
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
	// Streams names the streams there are, sorted.
	Streams() []string
	// Shards names the shards of a stream, by number; nil when there is no such stream.
	Shards(stream string) []string
}

// A Helper is a world that can say what an operation does, or what one of its members is (member "" asks for the
// operation). It may know nothing and return "".
type Helper interface {
	Help(service, op, member string) string
}

// Where a piece of output belongs.
const (
	ToOut  = "out"
	ToErr  = "err"
	ToHint = "hint" // ours: what to try next; AWS CLI prints none
)

// Output is a piece of what a line wrote; To is [ToOut], [ToErr] or [ToHint].
type Output struct{ To, Text string }

// Option is one completion and what it means.
type Option struct{ Text, Help string }

// A Console is one learner's terminal: its variables and files stay from line to line.
type Console struct {
	world  World
	titles []Option // the services with what they are, without lab
	ops    []operation
	disk   *disk
	runner *interp.Runner
	slice  func()
	jq     jq.Run

	mu      sync.Mutex // guards running, and is held while a command is at the world's door
	running *session
}

// An operation is one row of the operation tables with its shapes.
type operation struct {
	aws.Operation
	input, output *shape
}

// New returns a terminal on w that knows the services given. The first is the one that a lab is about; the service "lab"
// has a command of its own.
func New(w World, services ...aws.Service) *Console {
	c := &Console{world: w, disk: newDisk()}
	for _, s := range services {
		if s.Name != "lab" {
			if s.Name == "s3api" {
				c.titles = append(c.titles, Option{"s3", s3Title})
			}
			c.titles = append(c.titles, Option{s.Name, s.Title})
		}
		for _, op := range s.Operations {
			if op.Service == "kinesis" && op.Name == "SubscribeToShard" {
				continue // AWS CLI leaves out what answers with a stream of events
			}
			in, out := op.InOut()
			c.ops = append(c.ops, operation{op, shapeOf(in), shapeOf(out)})
		}
	}
	sort.SliceStable(c.ops, func(i, j int) bool {
		a, b := &c.ops[i], &c.ops[j]
		return a.Service < b.Service || a.Service == b.Service && a.Kebab < b.Kebab
	})
	return c
}

// SetSlice has f called now and then while an entry runs, so that the browser can be given its turn.
func (c *Console) SetSlice(f func()) { c.slice = f }

// Interrupt ends the entry that runs, as Ctrl-C would, with exit status 130. It may be called from the slice function.
func (c *Console) Interrupt() {
	if s := c.current(); s != nil {
		s.interrupted.Store(true)
	}
}

func (c *Console) current() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running
}

// operation finds `aws kinesis put-record` or `lab put-producer`.
func (c *Console) operation(service, name string) (*operation, bool) {
	for i := range c.ops {
		if c.ops[i].Service == service && (c.ops[i].Kebab == name || c.ops[i].Name == name) {
			return &c.ops[i], true
		}
	}
	return nil, false
}

// has says whether a service is one of this terminal's.
func (c *Console) has(service string) bool {
	return slices.ContainsFunc(c.titles, func(o Option) bool { return o.Text == service })
}

// services lists the names of the services, the lab's own aside.
func (c *Console) services() []string {
	names := make([]string, len(c.titles))
	for i := range c.titles {
		names[i] = c.titles[i].Text
	}
	return names
}

// names lists the kebab names of a service's operations, sorted.
func (c *Console) names(service string) []string {
	var names []string
	for i := range c.ops {
		if c.ops[i].Service == service {
			names = append(names, c.ops[i].Kebab)
		}
	}
	return names
}
