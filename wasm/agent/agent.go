// Package agent is the Kinesis Agent: a program that stands on a server, watches its log files and puts their lines into
// streams. It knows the streams by their service, and no other client.
//
// An [Agent] is plain data with the host it stands on: the log files ([LogFile]) and the applications that write and rotate
// them ([Log]) live on when it is stopped or killed, and so do its checkpoints. What it has buffered does not. Each flow of
// agent.json is a [Tailer]: it reads one file at a time, follows it over rotations, converts and buffers records, and sends
// each buffer with PutRecords until the stream has all of it. A checkpoint moves when it does, so that a killed agent sends
// again what it had sent since, and loses nothing that is still in a file.
//
// Source of what it does: awslabs/amazon-kinesis-agent (files are named where their rules are), and the Developer Guide,
// "Write to Amazon Kinesis Data Streams using Kinesis Agent".
package agent

import (
	"math"
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/load"
	"shardlab/wasm/sim"
)

// quiet is for how long the agent says a thing only once.
const quiet = 10 * time.Second

// A NoticeKind says what a Notice is about.
type NoticeKind uint8

// The notices of an agent and its host.
const (
	Began      NoticeKind = iota // it reads Path from byte N on, without a checkpoint
	Resumed                      // it goes on in Path at byte N, its checkpoint
	Untracked                    // the file of its checkpoint, Path, is not to be found
	NoFile                       // no file matches
	Followed                     // Path is called Next now: it goes on there, N bytes to its end
	LostTrack                    // Path is gone with N bytes unread: it reads Next from its beginning
	ReadsAgain                   // it takes Path for a new file and reads it from its beginning; it had read N bytes
	Closed                       // a buffer of N records and Bytes goes into the queue: Why
	QueueFull                    // N buffers wait: it stops reading
	Skipped                      // N lines did not match and were dropped
	Truncated                    // a record of N bytes was cut
	Retried                      // N records go again
	Blocked                      // the stream takes nothing: Code
	Unblocked                    // it does again
	Stopped                      // it has stopped; N records were not sent in time
	Killed                       // N records that it had read were not sent or not checkpointed
	Rotated                      // a log: Path became Next, or goes on in it, by Mode
	Deleted                      // rotation deleted Path of N bytes; File is its id
	Gone                         // rotation deleted Path of N bytes that a flow had still to read
	DiskFull                     // Path has no room to grow
)

// A Notice says what befell an agent or a log of its host.
type Notice struct {
	Kind       NoticeKind
	Flow       *Flow // nil for a log
	Path, Next string
	Why, Code  string
	Mode       string
	File       int64
	N, Bytes   int64
}

// A Flight is a record on its way, for whoever watches. Refused says that the shard did not take it.
type Flight struct {
	SentAt, DueAt sim.Instant
	Stream        string
	Shard         int32
	Key           string
	Refused       bool
}

// World is what an agent acts on, handed in with every waking.
type World struct {
	Sched   *sim.Schedule
	Owner   sim.Owner
	Kinesis *kinesis.Service
	Meter   *cloudwatch.Store
	Deliver load.Deliver
	Notify  func(Notice)
	Flight  func(Flight) // nil when nobody watches
	Every   int64        // one flight stands for so many records
}

// Totals is what an agent did in all.
type Totals struct {
	Lines     int64 // read
	Records   int64 // made of them
	Skipped   int64 // lines that did not match and were dropped
	Truncated int64
	Calls     int64
	Sent      int64 // records in these calls, every attempt counted
	Accepted  int64
	Refused   int64
	Retried   int64
	ReadAgain int64 // records read a second time, after a kill or because a rotation misled it
	Bytes     int64 // of data taken
}

// second is what an agent did in one second.
type second struct {
	at                int64
	accepted, refused int64
}

// recent is for how many seconds an agent remembers what it did.
const recent = 8

// A measure gathers the values of a metric between two publications.
type measure struct {
	n                int64
	sum, least, most float64
}

func (m *measure) add(v float64) {
	if m.n == 0 || v < m.least {
		m.least = v
	}
	if m.n == 0 || v > m.most {
		m.most = v
	}
	m.n++
	m.sum += v
}

// metrics are those of a destination.
type metrics struct {
	stream                               string
	bytes, attempts, errors, serviceErrs measure
}

// said is when a thing was said last, and what came together since.
type said struct {
	kind NoticeKind
	flow string
	why  string
	at   sim.Instant
	n    int64
}

// An Agent is a Kinesis Agent with its host.
type Agent struct {
	set  Settings
	next *Settings // those it starts with after the stop that is under way
	dice sim.Rand
	seed uint64

	disk  disk
	store []Checkpoint

	tailers   []*Tailer
	up        bool
	stopBy    sim.Instant // of a stop under way; 0 is none
	publishAt sim.Instant // of the metrics
	metrics   []metrics
	grownAt   sim.Instant // last look at what the applications write
	wakeAt    sim.Instant

	total   Totals
	seconds [recent]second
	said    []said

	entries []kinesis.PutEntry // scratch
	results []kinesis.PutResult
}

// New returns an agent with settings that were checked, stopped, on a host without logs; seed is the world's.
func New(set Settings, seed uint64) *Agent {
	set.Running = false
	return &Agent{set: set, seed: seed, dice: sim.NewRand(seed, "agent/"+set.Name)}
}

// Settings are what the agent was told.
func (a *Agent) Settings() Settings {
	if a.next != nil {
		return *a.next
	}
	return a.set
}

// Total is what it did in all.
func (a *Agent) Total() Totals { return a.total }

// Tailers are its flows at work; none when it is stopped.
func (a *Agent) Tailers() []*Tailer { return a.tailers }

// Checkpoints are the rows of its table, oldest first.
func (a *Agent) Checkpoints() []Checkpoint { return a.store }

// Files are the log files of its host, in the order in which they were made.
func (a *Agent) Files() []*LogFile { return a.disk.files }

// Find finds a log file by its path.
func (a *Agent) Find(path string) (*LogFile, bool) {
	f := a.disk.byPath(path)
	return f, f != nil
}

// Logs are what the applications of its host write, in the order in which they were made.
func (a *Agent) Logs() []Log {
	var all []Log
	for _, o := range a.disk.writers {
		all = append(all, o.set)
	}
	return all
}

// Log finds a log by its path.
func (a *Agent) Log(path string) (Log, bool) {
	if o := a.writer(path); o != nil {
		return o.set, true
	}
	return Log{}, false
}

func (a *Agent) writer(path string) *writer {
	for _, o := range a.disk.writers {
		if o.set.Path == path {
			return o
		}
	}
	return nil
}

// Written is how many times an application has written to a log: a line, or one with its stack.
func (a *Agent) Written(path string) int64 {
	if o := a.writer(path); o != nil {
		return o.lines.n
	}
	return 0
}

// Dropped is how many lines found no room on the host's disk.
func (a *Agent) Dropped() int64 { return a.disk.dropped }

// Waiting is how many records are buffered, queued or under way.
func (a *Agent) Waiting() (n int) {
	for _, t := range a.tailers {
		n += len(t.buffer.records)
		for _, list := range [][]batch{t.queue, t.retry, t.flight} {
			for i := range list {
				n += len(list[i].records)
			}
		}
	}
	return n
}

// Lately is how many records a second were taken and refused in the whole seconds before now that it remembers.
func (a *Agent) Lately(now sim.Instant) (accepted, refused float64) {
	for _, s := range a.seconds {
		if s.at < now.Second() && s.at > now.Second()-recent {
			accepted += float64(s.accepted)
			refused += float64(s.refused)
		}
	}
	return accepted / (recent - 1), refused / (recent - 1)
}

// Stopping says whether it sends what it has buffered before it stops.
func (a *Agent) Stopping() bool { return a.stopBy != 0 }

// PutLog makes or changes a log: from now on an application writes it so.
func (a *Agent) PutLog(set Log, w World) {
	a.grow(w)
	now := w.Sched.Now()
	o := a.writer(set.Path)
	if o == nil {
		o = &writer{lines: lines{dice: sim.NewRand(a.seed, "log/"+a.set.Name+set.Path)}}
		a.disk.writers = append(a.disk.writers, o)
	}
	if o.set.Rotation.Mode != set.Rotation.Mode {
		o.file = 0
	}
	o.set = set
	o.lines.format = set.Format
	o.pace.Begin(now)
	o.rotateAt = 0
	if s := set.Rotation.Seconds; s > 0 && set.Rotation.Mode != NoRotation {
		o.rotateAt = now.Add(time.Duration(s) * time.Second)
	}
	a.disk.current(o, now)
	a.wake(w)
}

// DeleteLog ends a log and deletes its files.
func (a *Agent) DeleteLog(path string, w World) {
	a.disk.writers = slices.DeleteFunc(a.disk.writers, func(o *writer) bool { return o.set.Path == path })
	for _, f := range slices.Clone(a.disk.files) {
		if f.Path == path || len(f.Path) > len(path) && f.Path[:len(path)+1] == path+"." {
			a.disk.remove(f)
		}
	}
	a.wake(w)
}

// RotateLog rotates a log now; false when it has nothing to rotate.
func (a *Agent) RotateLog(path string, w World) bool {
	a.grow(w)
	o, before := a.writer(path), a.disk.version
	if o == nil {
		return false
	}
	a.disk.rotate(o, w.Sched.Now(), a.host(w))
	a.wake(w)
	return a.disk.version != before
}

// Write adds lines to a log as its application would; false when the disk is full.
func (a *Agent) Write(path, text string, w World) bool {
	a.grow(w)
	o, now := a.writer(path), w.Sched.Now()
	if text == "" || text[len(text)-1] != '\n' {
		text += "\n"
	}
	ok := a.disk.write(a.disk.current(o, now), []byte(text), now)
	a.wake(w)
	return ok
}

// host tells of the host, and of files that are deleted before a flow has read them.
func (a *Agent) host(w World) func(Notice) {
	return func(n Notice) {
		if n.Kind == Deleted {
			for _, t := range a.tailers {
				cur := a.disk.byID(t.cur.id)
				if m := t.mark(n.File); t.open && n.File != t.cur.id && cur != nil && m == nil && t.flow.matches(n.Path) &&
					slices.ContainsFunc(t.list, func(s seen) bool { return s.id == n.File && s.modified > cur.Modified }) {
					w.Notify(Notice{Kind: Gone, Flow: t.flow, Path: n.Path, N: n.N})
				}
			}
			return
		}
		w.Notify(n)
	}
}

// grow lets the applications write up to now.
func (a *Agent) grow(w World) int {
	a.grownAt = w.Sched.Now()
	return a.disk.advance(a.grownAt, a.host(w))
}

// Start lets it run: each flow goes on where its checkpoint is. One that stops starts again afterwards.
func (a *Agent) Start(w World) {
	if a.stopBy != 0 {
		set := a.Settings()
		set.Running = true
		a.next = &set
		return
	}
	a.grow(w)
	a.set.Running, a.up = true, true
	old := a.tailers
	a.tailers = nil
	for _, f := range a.set.Flows {
		t := &Tailer{flow: f}
		for _, x := range old {
			if x.flow.ID == f.ID {
				t.marks = x.marks
			}
		}
		a.tailers = append(a.tailers, t)
		a.begin(t, w)
		t.version = -1
	}
	a.publishAt = w.Sched.Now().Add(metricsEvery)
	a.wake(w)
}

// Stop lets it send what it has read, for ten seconds at the most; it reads no more.
func (a *Agent) Stop(w World) {
	if a.next != nil {
		a.next.Running = false
	}
	if !a.up || a.stopBy != 0 {
		return
	}
	a.set.Running = false
	a.stopBy = w.Sched.Now().Add(shutdownTimeout)
	a.wake(w)
}

// Kill ends it at once: what it has in memory is gone, and so are answers that are on their way.
func (a *Agent) Kill(w World) {
	n := int64(a.Waiting())
	a.set = a.Settings()
	a.next = nil
	a.down()
	w.Notify(Notice{Kind: Killed, N: n})
}

// down forgets what an agent has in memory.
func (a *Agent) down() {
	a.set.Running, a.up, a.stopBy = false, false, 0
	a.metrics = nil
	for i, t := range a.tailers {
		a.tailers[i] = &Tailer{flow: t.flow, marks: t.marks}
	}
}

// Apply gives it other settings. Another agent.json needs a restart: it stops and starts again with it.
func (a *Agent) Apply(set Settings, w World) {
	switch {
	case !a.up:
		running := set.Running
		a.set = set
		a.set.Running = false
		if running {
			a.Start(w)
		}
	case a.stopBy == 0 && set.Running && set.Config == a.set.Config:
		a.set = set
	default:
		a.Stop(w)
		a.next = &set
	}
}

// Clone returns an agent that goes on from here on its own.
func (a *Agent) Clone() *Agent {
	c := *a
	if a.next != nil {
		next := *a.next
		c.next = &next
	}
	c.disk = a.disk.clone()
	c.store = slices.Clone(a.store)
	c.tailers = make([]*Tailer, len(a.tailers))
	for i, t := range a.tailers {
		c.tailers[i] = t.clone()
	}
	c.metrics = slices.Clone(a.metrics)
	c.said = slices.Clone(a.said)
	c.entries, c.results = nil, nil
	return &c
}

// Fire does what is due and returns how many lines and records it handled.
func (a *Agent) Fire(w World) int {
	now := w.Sched.Now()
	if now < a.wakeAt || a.wakeAt == 0 {
		return 1 // an earlier request that a later one made needless
	}
	a.wakeAt = 0
	work := 1
	if next := a.disk.nextAt(); next != 0 && next <= now && now >= a.grownAt.Add(tick) {
		work += a.grow(w)
	}
	if a.up {
		work += a.run(w)
	}
	a.wake(w)
	return work
}

// run is Fire of an agent that is up.
func (a *Agent) run(w World) (work int) {
	now := w.Sched.Now()
	idle := true
	for _, t := range a.tailers {
		for len(t.flight) > 0 && t.flight[0].answerAt <= now {
			b := t.flight[0]
			t.flight = slices.Delete(t.flight, 0, 1)
			work += len(b.records)
			a.answered(t, b, w)
		}
		if a.stopBy == 0 && a.pollAt(t) != 0 && a.pollAt(t) <= now {
			work += a.poll(t, w)
		}
		if a.stopBy != 0 {
			t.closeBuffer(w, a, ByShutdown)
		} else if len(t.buffer.records) > 0 && t.buffer.first.Add(t.flow.Age) <= now {
			t.closeBuffer(w, a, ByAge)
		}
		for t.sendable() && t.holdTo <= now {
			work += a.send(t, w)
		}
		idle = idle && !t.sendable() && len(t.flight) == 0
	}
	if a.publishAt <= now {
		a.publish(w)
		a.publishAt = now.Add(metricsEvery)
	}
	if a.stopBy != 0 && (idle || a.stopBy <= now) {
		n := int64(a.Waiting())
		a.publish(w)
		a.down()
		w.Notify(Notice{Kind: Stopped, N: n})
		if a.next != nil {
			set := *a.next
			a.next = nil
			a.Apply(set, w)
		}
	}
	return work
}

// pollAt is when a tailer looks for more; 0 is when nothing has changed.
func (a *Agent) pollAt(t *Tailer) sim.Instant {
	if t.held && len(t.queue) < t.flow.Queue || !t.held && t.version != a.disk.version {
		return t.looked.Add(t.flow.Poll)
	}
	return 0
}

func (t *Tailer) sendable() bool {
	return len(t.flight) < sendingThreads && len(t.retry)+len(t.queue) > 0
}

// send makes one call of PutRecords with a buffer: first with those that go again.
func (a *Agent) send(t *Tailer, w World) int {
	now := w.Sched.Now()
	from := &t.queue
	if len(t.retry) > 0 {
		from = &t.retry
	}
	b := (*from)[0]
	*from = slices.Delete(*from, 0, 1)
	b.tries++
	n := len(b.records)
	for len(a.results) < n {
		a.results = append(a.results, kinesis.PutResult{})
	}
	a.entries = b.entries(a.entries[:0])
	results := a.results[:n]
	var err error
	late := time.Duration(0)
	if name, ok := load.Firehose(t.flow.Stream); ok {
		err = kinesis.Elsewhere(a.entries, results, func(data [][]byte, told func(int, bool)) error { return w.Deliver(name, data, told) })
	} else if stream, ok := w.Kinesis.Stream(t.flow.Stream); ok {
		err = w.Kinesis.Put(stream, a.entries, results)
		late = w.Kinesis.Late()
	} else {
		err = aws.Errorf(aws.ResourceNotFound, "Stream %s not found.", t.flow.Stream)
	}
	b.code, b.failed, b.sent = aws.CodeOf(err), nil, 0
	lost := b.code == aws.ConnectionClosed // the answer: the results hold
	latency := time.Duration(a.set.LatencyMillis) * time.Millisecond
	wait := a.dice.Between(latency*7/10, latency*13/10) + late
	b.answerAt = now.Add(wait)
	for i := range results {
		taken := (err == nil || lost) && results[i].OK()
		if w.Flight != nil && (err == nil || lost) && (w.Every <= 1 || (b.id+int64(i))%w.Every == 0) {
			w.Flight(Flight{now, now.Add(wait / 2), t.flow.Stream, results[i].Shard, b.records[i].key, !taken})
		}
		if taken {
			b.sent += int64(len(b.records[i].data))
		}
		if !taken || lost {
			b.failed = append(b.failed, b.records[i])
		}
	}
	sec := a.second(now)
	accepted, refused := int64(n-len(b.failed)), int64(len(b.failed))
	if lost {
		for i := range results {
			if results[i].OK() {
				accepted++
				refused--
			}
		}
	}
	sec.accepted += accepted
	sec.refused += refused
	a.total.Calls++
	a.total.Sent += int64(n)
	a.total.Accepted += accepted
	a.total.Refused += refused
	a.total.Bytes += b.sent
	i := len(t.flight)
	for i > 0 && t.flight[i-1].answerAt > b.answerAt {
		i--
	}
	t.flight = sim.Insert(t.flight, i, b)
	return n
}

// answered sees to the answer of a call.
func (a *Agent) answered(t *Tailer, b batch, w World) {
	now := w.Sched.Now()
	m := a.metricsOf(t.flow.Stream)
	m.attempts.add(float64(len(b.records)))
	if b.code == "" {
		m.serviceErrs.add(0)
		m.bytes.add(float64(b.sent))
		m.errors.add(float64(len(b.failed)))
	} else {
		m.serviceErrs.add(1)
	}
	switch {
	case b.code != "" && !aws.Retryable(b.code) && t.blocked != b.code:
		t.blocked = b.code
		w.Notify(Notice{Kind: Blocked, Flow: t.flow, Code: b.code})
	case b.code == "" && t.blocked != "":
		t.blocked = ""
		w.Notify(Notice{Kind: Unblocked, Flow: t.flow})
	}
	if len(b.failed) == 0 {
		if t.failing /= 10; t.failing < 1 {
			t.failing = 0
		}
		t.holdTo = 0
		t.done = append(t.done, done{b.id, b.end, b.file})
		a.commit(t, now)
		return
	}
	t.failing += float64(len(b.failed)) / float64(len(b.records))
	a.total.Retried += int64(len(b.failed))
	w.Notify(Notice{Kind: Retried, Flow: t.flow, N: int64(len(b.failed))})
	b.records, b.failed = b.failed, nil
	b.bytes = 0
	for i := range b.records {
		b.bytes += len(b.records[i].data) + len(b.records[i].key)
	}
	t.retry = append(t.retry, b)
	t.holdTo = max(t.holdTo, now.Add(a.backoff(t)))
}

// backoff is how long a flow waits before its next call: doubled from failure to failure, 30 % more or less.
// Source: AsyncPublisherThrottler.java.
func (a *Agent) backoff(t *Tailer) time.Duration {
	n := int(math.Round(t.failing))
	if n == 0 {
		return 0
	}
	d := t.flow.RetryFirst
	for i := 1; i < n && d < t.flow.RetryMost; i++ {
		d *= 2
	}
	d = min(d, t.flow.RetryMost)
	return a.dice.Between(d*7/10, d*13/10)
}

func (a *Agent) second(now sim.Instant) *second {
	s := &a.seconds[now.Second()%recent]
	if s.at != now.Second() {
		*s = second{at: now.Second()}
	}
	return s
}

func (a *Agent) metricsOf(stream string) *metrics {
	for i := range a.metrics {
		if a.metrics[i].stream == stream {
			return &a.metrics[i]
		}
	}
	a.metrics = append(a.metrics, metrics{stream: stream})
	return &a.metrics[len(a.metrics)-1]
}

// publish sends the metrics of the last minute to CloudWatch. Source: KinesisSender.java.
func (a *Agent) publish(w World) {
	if a.set.EmitMetrics {
		for i := range a.metrics {
			m := &a.metrics[i]
			to := "KinesisStream:" + m.stream
			if name, ok := load.Firehose(m.stream); ok {
				to = "DeliveryStream:" + name
			}
			dims := cloudwatch.In(cloudwatch.KinesisAgent, "Destination", to)
			add := func(name string, x measure) {
				w.Meter.Series(name, dims).AddSet(w.Sched.Now(), x.n, x.sum, x.least, x.most)
			}
			add(cloudwatch.BytesSent, m.bytes)
			add(cloudwatch.RecordSendAttempts, m.attempts)
			add(cloudwatch.RecordSendErrors, m.errors)
			add(cloudwatch.ServiceErrors, m.serviceErrs)
		}
	}
	a.metrics = nil
}

// tell says a thing once in a while, with what came together since.
func (a *Agent) tell(w World, n Notice) {
	now := w.Sched.Now()
	for i := range a.said {
		s := &a.said[i]
		if s.kind != n.Kind || s.flow != n.Flow.ID || s.why != n.Why {
			continue
		}
		if now.Sub(s.at) < quiet {
			s.n += n.N
			return
		}
		if n.Kind == Skipped {
			n.N += s.n
		}
		s.at, s.n = now, 0
		w.Notify(n)
		return
	}
	a.said = append(a.said, said{kind: n.Kind, flow: n.Flow.ID, why: n.Why, at: now})
	w.Notify(n)
}

// wake asks to be woken when the next thing is due.
func (a *Agent) wake(w World) {
	now, next := w.Sched.Now(), sim.Instant(0)
	soon := func(at sim.Instant) {
		if at != 0 && (next == 0 || at < next) {
			next = at
		}
	}
	if at := a.disk.nextAt(); at != 0 {
		soon(max(at, a.grownAt.Add(tick)))
	}
	if a.up {
		soon(a.publishAt)
		soon(a.stopBy)
		for _, t := range a.tailers {
			if a.stopBy == 0 {
				soon(a.pollAt(t))
			}
			if len(t.buffer.records) > 0 && len(t.queue) < t.flow.Queue {
				soon(t.buffer.first.Add(t.flow.Age))
			}
			if t.sendable() {
				soon(max(t.holdTo, now))
			}
			if len(t.flight) > 0 {
				soon(t.flight[0].answerAt)
			}
		}
	}
	if next == 0 {
		return
	}
	next = max(next, now)
	if a.wakeAt != 0 && a.wakeAt <= next {
		return
	}
	a.wakeAt = next
	w.Sched.At(next, w.Owner, 0, 0)
}
