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
	"sync/atomic"

	"mvdan.cc/sh/v3/interp"

	"shardlab/wasm/aws"
	"shardlab/wasm/jq"
	"shardlab/wasm/terminal"
)

// A World is what the console acts on.
type World = terminal.World

// Output is a piece of what a line wrote; To is [ToOut], [ToErr] or [ToHint].
type Output struct{ To, Text string }

// Option is one completion and what it means.
type Option struct{ Text, Help string }

// Where a piece of output belongs.
const (
	ToOut  = terminal.ToOut
	ToErr  = terminal.ToErr
	ToHint = terminal.ToHint
)

// A Console is one learner's terminal: its variables and files stay from line to line.
type Console struct {
	world  World
	titles []Option // the services with what they are, without lab
	ops    []operation
	disk   *disk
	runner *interp.Runner
	slice  func()
	jq     jq.Run
	typed  []string     // entries that were run, oldest first
	made   atomic.Int64 // identifiers of uuidgen

	mu      sync.Mutex // guards running, and is held while a command is at the world's door
	running *session
}

// An operation is one row of the operation tables with its shapes.
type operation struct {
	Service string // "kinesis"
	Name    string // "PutRecord"
	Kebab   string // "put-record"
	Help    string // one line

	input, output *shape
}

// Open makes consoles, as a [terminal.Open]; jq programs are run by run.
func Open(run jq.Run) terminal.Open {
	return func(w World, services []terminal.Service) terminal.Terminal {
		c := consoleOf(w, services)
		c.SetJQ(run)
		return face{c}
	}
}

// A face is a console as a [terminal.Terminal].
type face struct{ *Console }

func (f face) Run(line string) (out []terminal.Output, exit int) {
	wrote, exit := f.Console.Run(line)
	for _, o := range wrote {
		out = append(out, terminal.Output(o))
	}
	return out, exit
}

func (f face) Complete(line string, pos int) (from, to int, options []terminal.Option) {
	from, to, all := f.Console.Complete(line, pos)
	for _, o := range all {
		options = append(options, terminal.Option(o))
	}
	return from, to, options
}

// New returns a terminal on w that knows the services given. The first is the one that a lab is about; the service "lab"
// has a command of its own.
func New(w World, services ...aws.Service) *Console { return consoleOf(w, terminal.Describe(services)) }

func consoleOf(w World, services []terminal.Service) *Console {
	c := &Console{world: w, disk: newDisk()}
	for _, s := range services {
		if s.Name != "lab" {
			if s.Name == "s3api" {
				c.titles = append(c.titles, Option{"s3", s3Title})
			}
			c.titles = append(c.titles, Option{s.Name, s.Title})
		}
		for _, op := range s.Operations {
			if s.Name == "kinesis" && op.Name == "SubscribeToShard" {
				continue // AWS CLI leaves out what answers with a stream of events
			}
			c.ops = append(c.ops, operation{s.Name, op.Name, aws.Kebab(op.Name), op.Help, shapeOf(op.In), shapeOf(op.Out)})
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
