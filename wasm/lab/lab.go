// Package lab is one learner's run: a region, a console, a scenario and goals. A run is its log: lab file, seed and the
// learner's commands with their instants give the same world again, byte for byte ([Lab.State]), natively and in the
// browser.
//
// The lab keeps checkpoints, so that going back is quick, and a rim: a panic anywhere inside becomes a value
// ([Lab.Crashed]) with all that is needed to have it again, and the lab does nothing more. It has no clock; whoever holds
// it says how far to go ([Lab.AdvanceTo]) and how much work that may be. All of it is used by one goroutine at a time.
package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/grade"
	"shardlab/wasm/jq"
	"shardlab/wasm/lambda"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
	"shardlab/wasm/scenario"
	"shardlab/wasm/sim"
	"shardlab/wasm/terminal"
)

// Engine is the version of everything that decides how a run goes. It is raised whenever the same log would give another
// run; logs of another version are refused.
const Engine = 2

// Bounds of a run.
const (
	MaxCommands  = 10_000   // of the log
	MaxLogBytes  = 8 << 20  // of all bodies and notes together
	MaxNoteBytes = 1000     // what was typed is cut to this
	MaxHeld      = 12 << 20 // records held by all streams; time stops there, for a page's memory has an end
	MaxAge       = time.Duration(protocol.MaxAge) * time.Microsecond
)

// An entry is a command of the learner as it passed the door.
type entry struct {
	at      sim.Instant
	command region.Command
	raw     string // the body when it was no JSON
	note    string // what was typed or pressed
	with    bool   // it belongs to the deed before: one console entry or one form did both
}

func (e *entry) body() json.RawMessage {
	if e.raw != "" {
		return json.RawMessage(e.raw)
	}
	return e.command.Body
}

func (e *entry) size() int {
	return len(e.command.Body) + len(e.raw) + len(e.note) + len(e.command.Op) + len(e.command.As) + 64
}

// A Lab is one learner's run.
type Lab struct {
	file    *scenario.File
	source  json.RawMessage // the file as it was given, without spaces
	written json.RawMessage // the file, when the learner has written it anew; the log carries it then
	hash    string
	goals   []grade.Goal
	crisis  *grade.Incident // nil when the lab has none
	seed    int64
	start   sim.Instant

	timeline
	pair    *pair // nil while there is one timeline
	opened  sim.Instant
	history int64

	console terminal.Terminal // nil when the host has none
	line    string            // the console entry that is running, until its first command took it as its note
	joined  bool              // the next command belongs to the deed before
	slice   func()

	interrupted bool // the running console entry is to end
	crash       *protocol.Panic
	host        Host

	trace region.Trace
	speed float64
	shown shown // what the last frame showed
}

// A Host is what the engine stands on and does not bring along.
type Host struct {
	Run     lambda.Runtime // of functions' JavaScript; nil when nobody runs it here
	Console terminal.Open  // makes a lab's console; nil when there is none here
	Address string         // of the page on which labs are opened, for links; "" when there is none
	JQ      jq.Run         // of what a Firehose stream asks of its records; nil when there is none here
}

// on takes the host of a lab, if one is given.
func (l *Lab) on(host []Host) {
	for _, h := range host {
		l.host = h
		if h.Console != nil {
			l.console = h.Console(world{l}, terminal.Describe(region.Services()))
		}
	}
}

// New begins a lab from its file in JSON, with the file's seed or another one. Its world has then lived until it opens. A host
// may be given.
func New(file []byte, seed *int64, host ...Host) (*Lab, error) {
	l, err := prepare(file, seed)
	if err != nil {
		return nil, err
	}
	l.on(host)
	l.rim("open the lab", func() { err = l.open() })
	if l.crash != nil {
		return nil, fmt.Errorf("open lab %s: the engine failed: %s", l.file.Name, l.crash.Message)
	}
	return l, err
}

// Again begins a lab anew where it opened, without living again what came before: it is as New gave it. So has l to be, and it stays
// so; from then on only one goroutine at a time may use either. A host may be given.
func Again(l *Lab, host ...Host) *Lab {
	if len(l.log) > 0 || l.run.region.Now() != l.opened || l.crash != nil {
		panic("lab: something has happened since the lab opened: begin again from one that was left alone")
	}
	a := *l
	a.run = l.run.clone()
	a.points = checkpoints{}
	a.points.add(a.run)
	a.trace = l.trace.Clone()
	a.run.region.Watch(&a.trace)
	a.console = nil
	a.on(host)
	return &a
}

// Check says all that is wrong with a lab file, without running it.
func Check(file []byte) error {
	_, err := prepare(file, nil)
	return err
}

// prepare reads and checks a lab file.
func prepare(file []byte, seed *int64) (*Lab, error) {
	f, err := scenario.Parse(file)
	if err != nil {
		return nil, err
	}
	goals, err := grade.Parse(f.Goals)
	if err != nil {
		return nil, err
	}
	incident, err := grade.ParseIncident(f.Incident)
	if err != nil {
		return nil, err
	}
	if diagnosed := slices.ContainsFunc(goals, func(g grade.Goal) bool { return g.Kind == grade.Diagnosis }); diagnosed != (incident != nil) {
		return nil, region.Faults{{Path: "incident", Message: "an incident has a goal of kind " + grade.Diagnosis + ", and no other lab has one: write both or neither"}}
	}
	var source bytes.Buffer
	if err := json.Compact(&source, file); err != nil {
		return nil, fmt.Errorf("lab %s: %w", f.Name, err)
	}
	l := &Lab{file: f, source: source.Bytes(), hash: fileHash(f), goals: goals, crisis: incident, seed: f.Seed, start: sim.At(f.Start), speed: 1}
	if seed != nil {
		if *seed < 0 || *seed > scenario.MaxSeed {
			return nil, fmt.Errorf("seed %d is outside 0 to %d", *seed, int64(scenario.MaxSeed))
		}
		l.seed = *seed
	}
	return l, nil
}

// openingEvery is how many records a flight stands for before the first frame has chosen: at a few thousand records a
// second the trace then reaches back as far as a lane shows.
const openingEvery = 4

// open makes the world and lets it live until the lab opens.
func (l *Lab) open() error {
	r, err := region.New(region.Config{Seed: uint64(l.seed), Start: l.start, Profile: l.file.Profile, Runtime: l.host.Run, JQ: l.host.JQ})
	if err != nil {
		return err
	}
	l.run = newRun(r, len(l.goals))
	l.trace.Every = openingEvery
	r.Watch(&l.trace) // the first frame shows what was on its way just before
	l.opened = l.start.Add(l.file.Open)
	l.end = l.opened
	for done := false; !done; {
		done, _, err = l.advance(l.opened, 0, nil)
		if err != nil {
			return err
		}
		if l.stopped != "" {
			return fmt.Errorf("open lab %s: %s", l.file.Name, l.stopped)
		}
	}
	if l.opened > sim.Instant(l.opened.Second()*1e6) {
		l.judge() // between two seconds, so it was not judged on the way
	}
	l.points.add(l.run)
	return nil
}

// since is an instant in the unit of the protocol: microseconds since the start.
func (l *Lab) since(at sim.Instant) int64 { return int64(at - l.start) }

// instant is the instant t microseconds after the start, as far as a run may live.
func (l *Lab) instant(t int64) sim.Instant {
	return l.start + sim.Instant(max(0, min(t, protocol.MaxAge)))
}

// Now is where the run stands, in microseconds since the start of the lab, as all instants of a Lab.
func (l *Lab) Now() int64 { return l.since(l.run.region.Now()) }

// End is the furthest instant that this history has reached.
func (l *Lab) End() int64 { return l.since(l.end) }

// Opened is the instant at which the learner got the lab; rewinding stops there.
func (l *Lab) Opened() int64 { return l.since(l.opened) }

// Start is instant 0.
func (l *Lab) Start() sim.Instant { return l.start }

// Seed grows all chance in the run.
func (l *Lab) Seed() int64 { return l.seed }

// Name is the slug of the lab.
func (l *Lab) Name() string { return l.file.Name }

// History grows whenever time was rewound, or the future was given up for another one.
func (l *Lab) History() int64 { return l.history }

// Commands is how many commands of the learner the log holds.
func (l *Lab) Commands() int { return len(l.log) }

// Stopped says in words why time does not go on, "" when it does.
func (l *Lab) Stopped() string { return l.stopped }

// Crashed is the panic that ended the run, nil while it goes on.
func (l *Lab) Crashed() *protocol.Panic { return l.crash }

// Region is the world as it is, to look at.
func (l *Lab) Region() *region.Region { return l.run.region }

// State writes all that decides how the run goes on, in a fixed order of bytes.
func (l *Lab) State() []byte {
	var b bytes.Buffer
	l.run.state(&b)
	return b.Bytes()
}

// SetSlice sets a function that is called every few milliseconds while the console waits, so that whoever holds the lab
// can show frames meanwhile.
func (l *Lab) SetSlice(f func()) {
	l.slice = f
	if l.console != nil {
		l.console.SetSlice(f)
	}
}

// Interrupt ends the console entry that is running, as Ctrl-C does; it may be called from the slice function.
func (l *Lab) Interrupt() {
	l.interrupted = true
	if l.console != nil {
		l.console.Interrupt()
	}
}

// Pace says how many virtual seconds pass in a second, so that about as many flights are shown at any speed.
func (l *Lab) Pace(speed float64) { l.speed = speed }

// Do runs one command of the learner now and keeps it in the log; note says what was typed or pressed. What lay ahead,
// because the learner went back, is given up for it. The error is a service's, *aws.Error.
func (l *Lab) Do(service, op string, body []byte, note string) (out []byte, err error) {
	return l.DoAs("", service, op, body, note)
}

// DoAs is Do by another principal than the account's administrator: as is its ARN.
func (l *Lab) DoAs(as, service, op string, body []byte, note string) (out []byte, err error) {
	l.rim(service+" "+op, func() { out, err = l.do(as, service, op, body, note) })
	if l.crash != nil {
		return nil, l.dead()
	}
	return out, err
}

// DoWith is Do of a command that belongs to the deed before: Undo takes both back.
func (l *Lab) DoWith(service, op string, body []byte, note string) (out []byte, err error) {
	l.joined = true
	defer func() { l.joined = false }()
	return l.Do(service, op, body, note)
}

// dead is the answer of a lab whose engine has failed.
func (l *Lab) dead() *aws.Error {
	return aws.Errorf(aws.InternalFailure, "The engine of this lab has failed: %s", l.crash.Message).
		WithHint("Begin the lab again from its log.")
}

func (l *Lab) do(as, service, op string, body []byte, note string) ([]byte, error) {
	if service == region.Lab && region.Looks(op) {
		if out, err, known := l.tell(op, body); known {
			return out, err
		}
		reply := l.run.region.Do(region.Command{Service: service, Op: op, Body: body}) // looking leaves no trace
		return reply.Body, asError(reply.Err)
	}
	if service == region.Lab && op == region.Diagnose {
		if err := l.mayDiagnose(body); err != nil {
			return nil, err
		}
	}
	if len(note) > MaxNoteBytes {
		note = note[:MaxNoteBytes]
	}
	e := entry{command: region.Command{Service: service, Op: op, As: as}, note: note, with: l.joined && l.run.next > 0}
	var flat bytes.Buffer
	if len(bytes.TrimSpace(body)) == 0 {
		e.command.Body = json.RawMessage("{}")
	} else if json.Compact(&flat, body) == nil {
		e.command.Body = flat.Bytes()
	} else {
		e.raw = string(body)
	}
	if l.run.next >= MaxCommands || l.bytes+e.size() > MaxLogBytes && l.run.next == len(l.log) {
		return nil, aws.Errorf(aws.LimitExceeded, "The log of this run is full: it holds %s.", region.Count(int64(l.run.next), "command")).
			WithHint("Go back in time, or begin the lab anew.")
	}
	l.full = false
	if err := l.settle(); err != nil {
		return nil, err
	}
	l.forget(&e, l.run.region.Now())
	l.cutAhead()
	e.at = l.run.region.Now()
	reply := l.perform(&e)
	l.log = append(l.log, e)
	l.bytes += e.size()
	l.run.next = len(l.log)
	if err := l.settle(); err != nil { // what it made due at once has happened too, as after a restore
		return nil, err
	}
	return reply.Body, asError(reply.Err)
}

// asError keeps a nil *aws.Error from becoming an error that is not nil.
func asError(e *aws.Error) error {
	if e == nil {
		return nil
	}
	return e
}

// settle lets everything happen that is due at this instant. A timeline that is full stays so, and says why.
func (l *Lab) settle() error {
	was := l.stopped
	defer func() {
		if l.full && l.stopped == "" {
			l.stopped = was
		}
	}()
	for {
		done, _, err := l.advance(l.run.region.Now(), 0, nil)
		if done || err != nil || l.stopped != "" {
			return err
		}
	}
}

// cutAhead gives up what lies ahead of now.
func (l *Lab) cutAhead() {
	now := l.run.region.Now()
	if l.run.next == len(l.log) && now >= l.end {
		return
	}
	if l.run.next < len(l.log) || l.end > now {
		l.history++
	}
	l.log = append([]entry(nil), l.log[:l.run.next]...)
	l.bytes = 0
	for i := range l.log {
		l.bytes += l.log[i].size()
	}
	l.end = now
	l.points.cutAfter(now)
	l.paper.cut(now)
	l.shown.reset()
}

// AdvanceTo lets time pass to t, in microseconds since the start, and stops early when the budget is used up, in units of
// work; 0 has no end. It reports whether the run stands at t. Where the learner went back, the commands that lie ahead
// happen again.
func (l *Lab) AdvanceTo(t int64, budget int) (reached bool) {
	if !l.Catch(budget) || l.bothStop() {
		return false
	}
	l.rim("advance", func() { reached = l.forward(t, budget, nil) })
	return reached && l.crash == nil && l.Catch(budget)
}

func (l *Lab) forward(t int64, budget int, stop func(*region.Event) bool) bool {
	at := l.instant(t)
	if at < l.run.region.Now() && stop == nil {
		return true
	}
	// At the very instant something may be left that an earlier, too small budget did not reach.
	reached, _, err := l.advance(at, budget, stop)
	if err != nil {
		l.stopped = err.Error()
	}
	l.end = max(l.end, l.run.region.Now())
	return reached
}

// rim runs f and turns a panic inside into the value that Crashed returns.
func (l *Lab) rim(what string, f func()) {
	if l.crash != nil {
		return
	}
	defer l.caught(what)
	f()
}

// Drill panics inside, as a drill of the recovery.
func (l *Lab) Drill() {
	l.rim("drill", func() { panic("lab: a drill, asked for by the page") })
}

// Goals is how the goals stand.
func (l *Lab) Goals() []protocol.Goal {
	goals := make([]protocol.Goal, len(l.goals))
	for i := range l.goals {
		s := &l.run.goals[i]
		goals[i] = protocol.Goal{ID: l.goals[i].ID, Text: l.goals[i].Text, Met: s.met, Message: s.message, Evidence: s.evidence}
	}
	return goals
}

// Solved reports whether all goals are met now; a lab without goals never is.
func (l *Lab) Solved() bool { return l.run.solved }

// Figure returns a figure of a check as lessons write it in prose: check is the JSON of a goal's check, of which bounds
// may be left out.
func (l *Lab) Figure(check []byte, figure string) (string, error) {
	f, err := grade.Find(l.view(), check, figure)
	return f.Text, err
}

func (l *Lab) view() *grade.View {
	return &grade.View{Region: l.run.region, Start: l.start, Deeds: l.run.deeds}
}
