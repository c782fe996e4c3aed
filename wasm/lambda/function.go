package lambda

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// What a function does that has no JavaScript.
const (
	Works        = "works"
	FailsOn      = "fails-on-poison" // throws when a record's data hold the poison
	AlwaysFails  = "always-fails"
	ItemFailures = "reports-item-failures" // returns the records whose data hold the poison as batchItemFailures
	DropsOn      = "drops-poison"          // of a Firehose event: drops the records whose data hold the poison
	TimesOut     = "times-out"
	OutOfMemory  = "out-of-memory"
)

// Behaviors lists what a function without JavaScript can do.
func Behaviors() []string {
	return []string{Works, FailsOn, AlwaysFails, ItemFailures, DropsOn, TimesOut, OutOfMemory}
}

// A Behavior is what a function does that has no JavaScript.
type Behavior struct {
	Kind              string
	DurationMillis    int64  // of an invocation
	MicrosPerRecord   int64  // in addition
	Poison            string // of fails-on-poison, reports-item-failures and drops-poison
	DurationDeviation int64  // per cent of the duration that it may take more or less
}

// Defaults and bounds of a function.
// Source: Lambda API Reference, CreateFunction.
const (
	DefaultTimeout = 3   // s
	MaxTimeout     = 900 // s
	DefaultMemory  = 128 // MB
	MaxMemory      = 10_240
	DefaultRuntime = "nodejs22.x"
	DefaultHandler = "index.handler"
)

// What an invocation takes beside the function's own doing, and how much memory. Ours.
const (
	leastOverhead, mostOverhead = 2 * time.Millisecond, 8 * time.Millisecond     // of JavaScript, which costs no virtual time by itself
	leastInit, mostInit         = 140 * time.Millisecond, 260 * time.Millisecond // of a new execution environment
	leastMemory, memorySpread   = 62, 14                                         // MB
	// idleEnvironment is how long an execution environment is kept after it was used. Ours: AWS gives no figure.
	idleEnvironment = 10 * time.Minute
)

// Settings are what a function was told.
type Settings struct {
	Name        string
	Description string
	Runtime     string
	Handler     string
	Role        string // ARN of an execution role; "" may do all
	Timeout     int64  // s
	MemoryMB    int64
	Reserved    int64 // concurrency; -1 when none is reserved
	Code        string
	Env         []Variable // by name
	Behavior    Behavior   // when there is no Code
}

// Totals is what a function did in all.
type Totals struct{ Invocations, Errors, Throttles int64 }

// meters are a function's metrics.
// Source: Lambda Developer Guide, "Types of metrics for Lambda functions".
type meters struct{ invocations, errors, throttles, duration, concurrent, age *cloudwatch.Series }

// A function is a function of Lambda.
type function struct {
	Settings
	created, modified sim.Instant
	revision          string
	dice              sim.Rand
	running           int64         // invocations now
	warm              []sim.Instant // of each execution environment that is free: since when
	started           int64         // invocations ever, those that were refused not counted
	total             Totals
	logs              logGroup
	meters            meters
}

func (s *Service) newFunction(set Settings) *function {
	f := &function{Settings: set, created: s.w.Sched.Now(), modified: s.w.Sched.Now(), dice: sim.NewRand(s.cfg.Seed, "lambda/"+set.Name), revision: id(&s.dice)}
	f.meters.wire(s.w.Meter, set.Name)
	return f
}

func (m *meters) wire(store *cloudwatch.Store, name string) {
	series := func(metric string) *cloudwatch.Series {
		return store.Series(metric, cloudwatch.In(cloudwatch.Lambda, "FunctionName", name))
	}
	*m = meters{series(cloudwatch.Invocations), series(cloudwatch.Errors), series(cloudwatch.Throttles),
		series(cloudwatch.Duration), series(cloudwatch.ConcurrentExecutions), series(cloudwatch.IteratorAge)}
}

func (f *function) clone(store *cloudwatch.Store) *function {
	c := *f
	c.warm = append([]sim.Instant(nil), f.warm...)
	c.logs = f.logs.clone()
	c.meters.wire(store, f.Name)
	return &c
}

func (f *function) state(b *bufio.Writer) {
	dice := f.dice
	fmt.Fprintf(b, " function %+v %d %d %s dice=%x running=%d warm=%v started=%d %+v\n",
		f.Settings, f.created, f.modified, f.revision, dice.Uint64(), f.running, f.warm, f.started, f.total)
	f.logs.state(b)
}

// An outcome is what an invocation comes to.
type outcome struct {
	request  string // id
	payload  []byte // what was returned, or the error as JSON
	fault    string // error type; "" when it worked
	message  string
	duration time.Duration
	init     time.Duration // of its execution environment, when that is new; the duration does not hold it
	memory   int64         // MB
	lines    []Line
	begun    sim.Instant
	made     sim.Instant // when the function was
}

// took is how long the caller waits.
func (o *outcome) took() time.Duration { return o.init + o.duration }

// room says whether one more invocation may run now.
// Source: Lambda Developer Guide, "Configuring reserved concurrency for a function".
func (s *Service) room(f *function) bool {
	if f.Reserved >= 0 {
		return f.running < f.Reserved
	}
	free := int64(AccountConcurrency)
	for _, other := range s.functions {
		if other.Reserved >= 0 {
			free -= other.Reserved
		} else {
			free -= other.running
		}
	}
	return free > 0
}

// throttle counts an invocation that was refused.
func (s *Service) throttle(f *function) {
	f.total.Throttles++
	f.meters.throttles.Add(s.w.Sched.Now(), 1)
}

// begin starts an invocation: what it comes to is known, and is told when it ends. event makes the event when JavaScript reads
// it; items are the records in it.
func (s *Service) begin(f *function, items []item, event func() []byte) outcome {
	now := s.w.Sched.Now()
	o := outcome{request: id(&f.dice), begun: now, made: f.created, memory: min(f.MemoryMB, int64(leastMemory+f.dice.IntN(memorySpread)))}
	init := f.dice.Between(leastInit, mostInit).Truncate(time.Microsecond)
	overhead := f.dice.Between(leastOverhead, mostOverhead).Truncate(time.Microsecond)
	dice := f.dice.Float64()
	seed := f.dice.Uint64()
	for len(f.warm) > 0 && now.Sub(f.warm[0]) > idleEnvironment {
		f.warm = f.warm[1:]
	}
	if n := len(f.warm); n > 0 {
		f.warm = f.warm[:n-1]
	} else {
		o.init = init
	}
	f.running++
	f.started++
	f.meters.invocations.Add(now, 1)
	f.meters.concurrent.Add(now, float64(f.running))
	limit := time.Duration(f.Timeout) * time.Second
	end := Returned
	if f.Code != "" {
		a := Answer{End: NoRuntime}
		if s.w.Run != nil {
			a = s.w.Run(Call{Code: f.Code, Handler: f.Handler, Event: event(), Env: f.Env, Now: now.Add(o.init), Seed: seed,
				RequestID: o.request, Function: f.Name, ARN: s.FunctionARN(f.Name), MemoryMB: f.MemoryMB, Timeout: limit})
		}
		end, o.payload, o.lines = a.End, []byte(a.Result), a.Logs
		o.fault, o.message = a.ErrorType, a.ErrorMessage
		o.duration = overhead + max(0, a.Waited)
	} else {
		b := &f.Behavior
		o.duration = time.Duration(b.DurationMillis)*time.Millisecond + time.Duration(int64(len(items))*b.MicrosPerRecord)*time.Microsecond
		o.duration += time.Duration(float64(o.duration) * float64(b.DurationDeviation) / 100 * (2*dice - 1))
		end = f.behave(&o, items)
	}
	o.duration = max(time.Millisecond, o.duration.Truncate(10*time.Microsecond))
	if end != OutOfMem && (end == Hung || o.duration >= limit) {
		end, o.duration = Hung, limit
	}
	switch end {
	case Returned:
		o.fault, o.message = "", ""
		if len(o.payload) == 0 || !json.Valid(o.payload) {
			o.payload = []byte("null")
		}
		if len(o.payload) > MaxEventBytes {
			o.fault = "Function.ResponseSizeTooLarge"
			o.message = fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", MaxEventBytes)
		}
	case Hung:
		o.fault, o.message = "Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %d.00 seconds", o.request, f.Timeout)
	case OutOfMem:
		o.fault, o.message, o.memory = "Runtime.OutOfMemory", fmt.Sprintf("RequestId: %s Error: Runtime exited with error: signal: killed", o.request), f.MemoryMB
	case NoRuntime:
		o.fault, o.message = "Lab.NoJavaScript", orElse(o.message, "Nobody runs JavaScript in this world: give the function a behavior with lab put-function.")
	default:
		o.fault = cut(orElse(o.fault, "Error"), 200)
		o.message = cut(o.message, maxLine)
	}
	if o.fault != "" {
		o.payload = errorJSON(o.fault, o.message)
	}
	return o
}

// finish ends an invocation: it counts it and writes its log.
func (s *Service) finish(f *function, o *outcome) {
	if o.made != f.created {
		return // another function of the same name
	}
	now := s.w.Sched.Now()
	f.running--
	f.warm = append(f.warm, now)
	if o.fault == "Runtime.OutOfMemory" || o.fault == "Sandbox.Timedout" {
		f.warm = f.warm[:len(f.warm)-1] // the environment begins anew
	}
	f.total.Invocations++
	failed := 0.0
	if o.fault != "" {
		failed = 1
		f.total.Errors++
	}
	f.meters.errors.Add(now, failed)
	f.meters.duration.Add(now, float64(o.duration.Microseconds())/1000)
	f.logs.invocation(f, o, id(&f.dice))
}

// behave does what the behavior says.
func (f *function) behave(o *outcome, items []item) (end string) {
	b := &f.Behavior
	switch b.Kind {
	case TimesOut:
		return Hung
	case OutOfMemory:
		return OutOfMem
	case AlwaysFails:
		o.fault, o.message = "Error", "this function always fails"
		o.say("ERROR", "Invoke Error \tError: "+o.message)
		return Threw
	case FailsOn:
		for i := range items {
			if it := &items[i]; bytes.Contains(it.data, []byte(b.Poison)) {
				o.fault, o.message = "Error", fmt.Sprintf("cannot process the record with the key %s: its data hold %q", it.key, b.Poison)
				o.say("ERROR", "Invoke Error \tError: "+o.message)
				return Threw
			}
		}
	case ItemFailures:
		list := []byte(`{"batchItemFailures":[`)
		n := 0
		for i := range items {
			if it := &items[i]; bytes.Contains(it.data, []byte(b.Poison)) {
				if n++; n > 1 {
					list = append(list, ',')
				}
				list = append(list, `{"itemIdentifier":"`+it.number+`"}`...)
			}
		}
		o.payload = append(list, "]}"...)
		if n > 0 {
			o.say("WARN", fmt.Sprintf("%d of %d records failed", n, len(items)))
		}
		return Returned
	}
	o.payload = []byte(`"ok"`)
	return Returned
}

func (o *outcome) say(level, text string) {
	o.lines = append(o.lines, Line{o.duration, level, text})
}

// errorJSON is how a function's error looks to who invoked it.
// Source: Lambda Developer Guide, "Handle Lambda function errors".
func errorJSON(kind, message string) []byte {
	b := append([]byte(`{"errorType":`), quoted(kind)...)
	b = append(append(b, `,"errorMessage":`...), quoted(message)...)
	return append(b, '}')
}

// quoted is a text as JSON.
func quoted(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("lambda: a text does not encode: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// cut shortens a text, at the end of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
