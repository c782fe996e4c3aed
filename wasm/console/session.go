package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// Bounds of one entry.
const (
	maxSteps      = 50_000               // commands that are run
	maxOutput     = 1 << 20              // bytes that are shown
	maxTraffic    = 32 << 20             // bytes that commands write into pipes, files and variables, or are called with
	maxVariables  = 8 << 20              // bytes that the variables hold
	maxFrames     = 6_000                // Go frames of the shell's own nesting; some 600 functions deep
	maxGoroutines = 200                  // parts of pipelines that run at once
	maxSleep      = 400 * 24 * time.Hour // virtual time
	sliceEvery    = 64                   // steps between two calls of the slice function
	checkEvery    = 16                   // steps between two looks at nesting
	maxEntryBytes = 1 << 20              // of text
	ExitTooMuch   = 124                  // exit status of an entry that met a bound
	exitInterrupt = 130
)

// A session is one entry while it runs.
type session struct {
	c           *Console
	rec         recorder
	cancel      context.CancelFunc
	steps       atomic.Int64
	traffic     atomic.Int64
	interrupted atomic.Bool
	goroutines  int // before it began

	mu     sync.Mutex
	slept  time.Duration
	timers []sim.Instant // when the times under way began
	over   bool          // commands must not reach the world any more
	broken any           // what a command panicked with
	stack  []byte
}

// A stopped error ends the whole entry.
type stopped struct {
	text, hint string
	exit       int
	reset      bool // the variables are given up
}

func (e *stopped) Error() string { return e.text }

// Run runs one entry, which may be several lines, and returns what it wrote, in order, and its exit status.
func (c *Console) Run(line string) (out []Output, exit int) {
	s := &session{c: c, goroutines: runtime.NumGoroutine()}
	if len(line) > maxEntryBytes {
		return []Output{{ToErr, "The entry is longer than 1 MiB.\n"}, {ToHint, "Paste it in parts, or put the data into a file first."}}, ExitTooMuch
	}
	c.remember(line)
	file, err := parse(line)
	if err != nil {
		text, hint := parseMessage(err)
		return []Output{{ToErr, text + "\n"}, {ToHint, hint}}, 2
	}
	if err := prepare(file); err != nil {
		s.tell(err)
		return s.rec.out, err.exit
	}
	if err := c.ready(); err != nil {
		return []Output{{ToErr, "The shell cannot start: " + err.Error() + "\n"}}, 1
	}
	c.mu.Lock()
	c.running = s
	c.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	defer func() {
		cancel()
		s.mu.Lock()
		s.over = true
		s.mu.Unlock()
		c.mu.Lock()
		c.running = nil
		c.mu.Unlock()
	}()
	interp.StdIO(nil, s.rec.writer(ToOut), s.rec.writer(ToErr))(c.runner)
	for _, stmt := range file.Stmts {
		exit = s.statement(ctx, stmt)
		if s.broken != nil {
			panic(fmt.Sprintf("%v\n\n%s", s.broken, s.stack))
		}
		if c.runner == nil || c.runner.Exited() {
			break
		}
	}
	return s.rec.out, exit
}

// statement runs one statement and says how it ended.
func (s *session) statement(ctx context.Context, stmt *syntax.Stmt) int {
	err := s.c.runner.Run(ctx, stmt)
	if s.rec.full() {
		err = errOutput
	}
	var stop *stopped
	if err == nil || !errors.As(err, &stop) {
		if e := checkVariables(s.c.runner.Vars); e != nil {
			stop, err = e, e
		}
	}
	var status interp.ExitStatus
	switch {
	case err == nil:
		return 0
	case stop != nil || errors.As(err, &stop):
		s.tell(stop)
		if stop.reset {
			s.c.runner = nil
		}
		return stop.exit
	case errors.As(err, &status):
		return int(status)
	case s.broken != nil:
		return 1
	}
	s.tell(&stopped{text: err.Error(), exit: 1})
	return 1
}

// tell writes why an entry ended.
func (s *session) tell(e *stopped) {
	if !s.rec.endsWith(ToErr, e.text+"\n") { // the shell has said it when it met the error in a word
		s.rec.force(ToErr, e.text+"\n")
	}
	if e.hint != "" {
		s.rec.force(ToHint, e.hint)
	}
}

// ready makes the shell when there is none.
func (c *Console) ready() error {
	if c.runner != nil {
		return nil
	}
	r, err := interp.New(
		interp.Env(expand.ListEnviron("HOME="+homeDir, "USER=learner", "LOGNAME=learner", "UID=1000", "EUID=1000", "GID=1000", "TMPDIR=/tmp", "PATH=/usr/bin",
			"SHELL=/bin/bash", "LANG=C.UTF-8", "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1")),
		interp.StdIO(nil, io.Discard, io.Discard),
		interp.OpenHandler(c.openHandler),
		interp.StatHandler(c.statHandler),
		interp.ReadDirHandler2(c.readDirHandler),
		interp.AccessHandler(c.accessHandler),
		interp.CallHandler(c.callHandler),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return c.execHandler }),
	)
	if err != nil {
		return err
	}
	r.Dir = homeDir // the option Dir would ask the real file system
	c.runner = r
	return nil
}

var errInterrupted = &stopped{text: "Interrupted.", exit: exitInterrupt}

var errOutput = &stopped{text: "Stopped: the output is longer than 1 MiB.", hint: "Narrow it with --query, head or grep, or send it into a file with >.", exit: ExitTooMuch}

// step counts one command and says why no further one may run.
func (s *session) step(env expand.Environ, args []string) *stopped {
	n := s.steps.Add(1)
	size := 0
	for _, a := range args {
		size += len(a)
	}
	s.traffic.Add(int64(size))
	if n%sliceEvery == 0 {
		s.breathe()
	}
	switch {
	case s.interrupted.Load():
		return errInterrupted
	case n > maxSteps:
		return &stopped{
			text: fmt.Sprintf("Stopped after %d commands: the loop or the recursion does not seem to end.", maxSteps),
			hint: "Count the rounds, as in: for i in $(seq 1 100); do ...; done. For a steady load, let the lab write: lab put-producer help", exit: ExitTooMuch,
		}
	case s.traffic.Load() > maxTraffic:
		return errTraffic
	case s.rec.full():
		return errOutput
	}
	if n%checkEvery == 0 {
		var pc [1]uintptr
		if runtime.Callers(maxFrames, pc[:]) > 0 {
			return &stopped{text: "Stopped: functions call each other too deep.", hint: "A function that calls itself needs a case in which it does not.", exit: ExitTooMuch}
		}
	}
	if runtime.NumGoroutine() > s.goroutines+maxGoroutines {
		return &stopped{text: "Stopped: too many pipes run at once.", hint: "A function that pipes into itself never ends.", exit: ExitTooMuch}
	}
	vars := map[string]expand.Variable{}
	env.Each(func(name string, v expand.Variable) bool {
		vars[name] = v
		return true
	})
	return checkVariables(vars)
}

var errTraffic = &stopped{text: "Stopped: the entry moved more than 32 MiB of text.", hint: "Read less at a time: --limit, --max-items and head help.", exit: ExitTooMuch}

// countStep counts a command that another one runs.
func (s *session) countStep(args []string) error {
	if stop := s.step(expand.ListEnviron(), args); stop != nil {
		return stop
	}
	return nil
}

// breathe gives the page its turn.
func (s *session) breathe() {
	runtime.Gosched()
	if s.c.slice != nil {
		s.mu.Lock() // only one part of a pipeline at a time
		defer s.mu.Unlock()
		s.turn()
	}
}

// turn calls the slice function; the session is locked.
func (s *session) turn() {
	if s.c.slice != nil && !s.over {
		s.c.slice()
	}
}

// now is the virtual instant.
func (s *session) now() sim.Instant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.c.world.Now()
}

func checkVariables(vars map[string]expand.Variable) *stopped {
	total := 0
	for name, v := range vars {
		total += len(name) + len(v.Str)
		for _, item := range v.List {
			total += len(item) + 16
		}
		for k, item := range v.Map {
			total += len(k) + len(item) + 16
		}
	}
	if total <= maxVariables {
		return nil
	}
	return &stopped{text: "Stopped: the variables hold more than 8 MiB; they are given up.", hint: "Keep large answers in a file: aws kinesis get-records ... > records.json", exit: ExitTooMuch, reset: true}
}

// do passes one operation to the world, one at a time.
func (s *session) do(as, service, op string, body []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil, errors.New("the entry has ended")
	}
	defer s.turn()
	return s.c.world.Do(as, service, op, body)
}

// sleep lets virtual time pass, within the bound of an entry.
func (s *session) sleep(d time.Duration) *stopped {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	if s.slept+d > maxSleep {
		return &stopped{text: "Stopped: an entry can wait for at most 400 days of virtual time.", hint: "Nothing in a stream lasts longer than 365 days, the longest retention.", exit: ExitTooMuch}
	}
	s.slept += d
	s.c.world.Sleep(d)
	s.turn()
	return nil
}

// time does a request that is about time itself.
func (s *session) time(r protocol.Request) protocol.Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return protocol.Reply{}
	}
	defer s.turn()
	return s.c.world.Time(r)
}

// guard runs f and keeps a panic for the goroutine that called Run, which alone can be recovered by whoever called it.
func (s *session) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.mu.Lock()
			if s.broken == nil {
				s.broken, s.stack = p, debug.Stack()
			}
			s.mu.Unlock()
			s.cancel()
			err = interp.ExitStatus(1)
		}
	}()
	return f()
}

// A recorder keeps what an entry writes, in order of writing.
type recorder struct {
	mu    sync.Mutex
	out   []Output
	bytes int
	over  bool
}

func (r *recorder) writer(to string) io.Writer { return recorderWriter{r, to} }

type recorderWriter struct {
	rec *recorder
	to  string
}

func (w recorderWriter) Write(p []byte) (int, error) {
	w.rec.mu.Lock()
	defer w.rec.mu.Unlock()
	if w.rec.over {
		return 0, errOutput
	}
	text := p
	if w.rec.bytes+len(text) > maxOutput {
		text = text[:maxOutput-w.rec.bytes]
		w.rec.over = true
	}
	w.rec.add(w.to, strings.ToValidUTF8(string(text), "\uFFFD"))
	w.rec.bytes += len(text)
	if w.rec.over {
		return len(text), errOutput
	}
	return len(p), nil
}

// force adds text whatever the bound says; it is for the last words of an entry.
func (r *recorder) force(to, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(to, text)
}

func (r *recorder) endsWith(to, text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.out)
	return n > 0 && r.out[n-1].To == to && strings.HasSuffix(r.out[n-1].Text, text)
}

// hint adds a hint that was not given before.
func (r *recorder) hint(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.out {
		if o.To == ToHint && o.Text == text {
			return
		}
	}
	r.add(ToHint, text)
}

func (r *recorder) add(to, text string) {
	if text == "" {
		return
	}
	if n := len(r.out); n > 0 && r.out[n-1].To == to && to != ToHint {
		r.out[n-1].Text += text
		return
	}
	r.out = append(r.out, Output{to, text})
}

func (r *recorder) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.over
}
