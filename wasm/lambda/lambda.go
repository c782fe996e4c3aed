// Package lambda is AWS Lambda as far as a stream needs it: functions, their invocations and logs, and event source mappings
// that read a stream and invoke a function with its records in batches.
//
// A function does what a [Behavior] says, or what its JavaScript does. The package runs no JavaScript itself: whoever hosts the
// world hands a [Runtime] in, and its answers must depend on the [Call] alone. So they are no part of the state, and the log of
// a run holds the code and never a result.
//
// All of the state is plain data with dice of its own, so that a [Service.Clone] goes on as the original would have.
package lambda

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// Codes of Lambda beside those of package aws.
// Source: Lambda API Reference, the operations' Errors sections.
const (
	InvalidParameterValue aws.Code = "InvalidParameterValueException"
	ResourceConflict      aws.Code = "ResourceConflictException"
	TooManyRequests       aws.Code = "TooManyRequestsException"
	CodeStorageExceeded   aws.Code = "CodeStorageExceededException"
)

// Limits.
const (
	// MaxEventBytes is how many bytes the event of one invocation has at most: 6 MB of JSON, in which the data are base64.
	// Source: Lambda Developer Guide, "Lambda quotas". AWS gives no byte figure for batches; that of Invoke is this one.
	MaxEventBytes = 6 << 20
	// AccountConcurrency is how many invocations run at once in an account, UnreservedConcurrency how many of them no function
	// may reserve. Source: Lambda Developer Guide, "Understanding Lambda function scaling".
	AccountConcurrency    = 1000
	UnreservedConcurrency = 100
	// MaxStateBytes is how much state a tumbling window may have. Source: Lambda Developer Guide, services-kinesis-windows.
	MaxStateBytes = 1 << 20
	// MaxFilters is how many patterns FilterCriteria may have. Source: Lambda Developer Guide, invocation-eventfiltering.
	MaxFilters = 5

	// MaxFunctions and MaxMappings bound a world, MaxCodeBytes a function's source. Ours: AWS allows 75 GB of code.
	MaxFunctions = 50
	MaxMappings  = 50
	MaxCodeBytes = 256 << 10
)

// A World is what the service stands on, handed in when it is made and when it is copied.
type World struct {
	Sched   *sim.Schedule
	Kinesis *kinesis.Service
	Meter   *cloudwatch.Store
	Run     Runtime // nil: nobody runs JavaScript here
	Notify  func(Notice)

	// Enlist takes a mapping up among who can be told on the schedule, and Dismiss lets it go.
	Enlist  func(uuid string) sim.Owner
	Dismiss func(sim.Owner)
	// Role says whether a role is there; As is the principal that a function acts as.
	Role func(name string) bool
	As   func(role, function string) string
	// Taken says whether a reader of that name is there already.
	Taken func(name string) bool
	// Flight is told of records on their way to a function; nil when nobody watches.
	Flight func(m *Mapping, sent, due sim.Instant, shard int32, records int)
}

// Config says for whom a service stands.
type Config struct {
	Region  string // "us-east-1"
	Account string // twelve digits
	Seed    uint64
}

// A NoticeKind says what a Notice is about.
type NoticeKind uint8

// The notices of a mapping.
const (
	Enabled   NoticeKind = iota // it polls from now on
	Stopped                     // it polls no more
	Blocked                     // it cannot read: Why
	Unblocked                   // it can again
	Failed                      // a batch of N records of shard Shard failed for the first time, or again and again: Why, Attempts
	Split                       // that batch is tried in two halves
	Throttled                   // the function runs as often at once as it may
	Recovered                   // a batch of shard Shard that had failed Attempts times went through
	Discarded                   // N records of shard Shard are given up: Why is the condition, To the destination, "" when there is none
	TooLarge                    // a record of shard Shard does not fit into an event: N bytes
	Finished                    // the closed shard Shard is read to its end
)

// A Notice says what befell a mapping.
type Notice struct {
	Kind     NoticeKind
	Mapping  *Mapping
	Shard    int32
	N        int64
	Attempts int64
	Why, To  string
}

// A Service is the functions and event source mappings of an account in a Region.
type Service struct {
	cfg          Config
	w            World
	functions    []*function // by name
	mappings     []*Mapping  // in the order in which they were made
	destinations []inbox     // by ARN
	dice         sim.Rand    // of ids
}

// New returns a service without functions.
func New(cfg Config, w World) *Service {
	return &Service{cfg: cfg, w: w, dice: sim.NewRand(cfg.Seed, "lambda")}
}

// Clone returns a service that goes on from here on its own, in a world of its own.
func (s *Service) Clone(w World) *Service {
	c := *s
	c.w = w
	c.functions = make([]*function, len(s.functions))
	for i, f := range s.functions {
		c.functions[i] = f.clone(w.Meter)
	}
	c.mappings = make([]*Mapping, len(s.mappings))
	for i, m := range s.mappings {
		c.mappings[i] = m.clone()
	}
	c.destinations = slices.Clone(s.destinations)
	for i := range c.destinations {
		c.destinations[i].kept = s.destinations[i].kept.Clone()
	}
	return &c
}

// State writes all that the service holds, in a fixed order.
func (s *Service) State(w io.Writer) {
	b := bufio.NewWriter(w)
	defer b.Flush()
	dice := s.dice // a copy, so that looking throws nothing
	fmt.Fprintf(b, "lambda %x\n", dice.Uint64())
	for _, f := range s.functions {
		f.state(b)
	}
	for _, m := range s.mappings {
		m.writeState(b)
	}
	for i := range s.destinations {
		s.destinations[i].state(b)
	}
}

// Mappings lists the event source mappings in the order in which they were made, to look at.
func (s *Service) Mappings() []*Mapping { return s.mappings }

// Mapping finds an event source mapping by its UUID.
func (s *Service) Mapping(uuid string) (*Mapping, bool) {
	for _, m := range s.mappings {
		if m.uuid == uuid {
			return m, true
		}
	}
	return nil, false
}

// id throws a UUID.
func id(dice *sim.Rand) string {
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(dice.Uint64())
	}
	text := hex.EncodeToString(raw[:])
	return strings.Join([]string{text[:8], text[8:12], "4" + text[13:16], "a" + text[17:20], text[20:]}, "-")
}

// FunctionARN is the ARN of a function of that name.
func (s *Service) FunctionARN(name string) string {
	return "arn:aws:lambda:" + s.cfg.Region + ":" + s.cfg.Account + ":function:" + name
}

// functionName is the name of the function that a name, an ARN or a partial ARN names.
// Source: Lambda API Reference, CreateEventSourceMapping, FunctionName.
func (s *Service) functionName(text string) string {
	text = strings.TrimPrefix(text, "arn:aws:lambda:"+s.cfg.Region+":")
	text = strings.TrimPrefix(text, s.cfg.Account+":")
	text = strings.TrimPrefix(text, "function:")
	return strings.TrimSuffix(text, ":$LATEST")
}

// function finds a function by its name or ARN.
func (s *Service) function(text string) (*function, error) {
	name := s.functionName(text)
	if f := s.find(name); f != nil {
		return f, nil
	}
	return nil, aws.Errorf(aws.ResourceNotFound, "Function not found: %s", s.FunctionARN(name)).
		WithHint("aws lambda list-functions shows those there are; aws lambda create-function makes one, and so does lab put-function.")
}

func (s *Service) find(name string) *function {
	for _, f := range s.functions {
		if f.Name == name {
			return f
		}
	}
	return nil
}
