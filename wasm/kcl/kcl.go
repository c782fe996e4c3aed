// Package kcl is the Kinesis Client Library: applications whose workers share the shards of a stream through leases in a DynamoDB
// table, and process records at least once.
//
// A worker knows of the others only what the table tells it. It renews its leases, watches whether the others renew theirs by its
// own clock, takes those that expire, and steals when it has too few. Records, checkpoints, duplicates and losses follow from that;
// nothing here decides them. All of the state is plain data, so that an [Application.Clone] goes on as the original would have.
// In 3.x a leader gives the leases out by the load that workers report, and who has one hands it over.
// Source: awslabs/amazon-kinesis-client 3.5.1; for KCL 1.x and 2.x with lease assignment by lease count, as they have it.
package kcl

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/connector"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// When a record processor checkpoints.
const (
	EveryBatch    = "every-batch"
	EveryRecords  = "every-records"
	EveryInterval = "every-interval"
	Never         = "never"
)

// What a record processor does with a record that it cannot process.
const (
	Swallowed  = "throws"      // it throws: the KCL logs it, and goes on with the next batch
	Stops      = "stops"       // it stops its worker
	DeadLetter = "dead-letter" // it catches the exception and puts the record aside
)

// Sentinels of a checkpoint. Source: KCL, SentinelCheckpoint.
const shardEnd = "SHARD_END"

// Defaults. Source: KCL, LeaseManagementConfig, PollingConfig and CoordinatorConfig; of 1.x KinesisClientLibConfiguration.
const (
	DefaultFailover         = 10_000
	DefaultIdle             = 1_500
	DefaultIdleOld          = 1_000 // of 1.x
	DefaultMaxRecords       = 10_000
	DefaultShardSync        = 60_000
	DefaultParentPoll       = 10_000
	DefaultCapacity         = 10
	LeastIdle               = 200
	MostWorkers             = 100 // Ours, to bound a world
	MostMillis        int64 = 3_600_000
)

const (
	// marginMillis keeps renewals ahead of the failover time. Source: KCL, DynamoDBLeaseCoordinator, epsilonMillis.
	marginMillis = 25
	// pending is how many batches a worker has fetched ahead at the most; 1.x fetches after it has processed.
	// Source: KCL, PollingConfig, maxPendingProcessRecordsInput.
	pending = 3
	// attempts, retryBase and retryMost are how often and after what pause the SDK repeats a call to DynamoDB that was throttled.
	// Source: AWS SDK for Java, SDKDefaultRetrySetting: 8 retries for DynamoDB, base 25 ms, at most 20 s, full jitter.
	attempts  = 9
	retryBase = 25 * time.Millisecond
	retryMost = 20 * time.Second
	// backoff is what a record processor sleeps before it checkpoints again when the SDK has given up.
	// Source: KCL, sample record processors, BACKOFF_TIME_IN_MILLIS.
	backoff = 3 * time.Second
	// tablePoll is how often a worker looks whether its table is there.
	tablePoll = time.Second
	// quickest and slowest bound the latency of a call. Ours.
	quickest, slowest = 5 * time.Millisecond, 25 * time.Millisecond
	seenMessages      = 50_000 // ids that an idempotent processor's store remembers. Ours
)

// Settings are what an application was told, complete and checked. Millis are milliseconds.
type Settings struct {
	Name                         string // of the application, of its lease table and of its metrics' namespace
	StreamName                   string
	Version                      int64 // 1, 2 or 3
	RetrievalMode                string
	FailoverTimeMillis           int64
	MaxRecords                   int64
	IdleTimeBetweenReadsInMillis int64
	MaxLeasesForWorker           int64 // 0 is unlimited
	MaxLeasesToStealAtOneTime    int64
	InitialPositionInStream      string
	// The instant of AT_TIMESTAMP, in RFC 3339. Source: KCL, InitialPositionInStreamExtended.
	InitialPositionInStreamExtended string `json:",omitempty"`
	BillingMode                     string
	InitialLeaseTableReadCapacity   int64
	InitialLeaseTableWriteCapacity  int64
	ShardSyncIntervalMillis         int64
	ParentShardPollIntervalMillis   int64

	IsGracefulLeaseHandoffEnabled     bool  // of 3.x
	GracefulLeaseHandoffTimeoutMillis int64 // of 3.x
	DisableWorkerMetrics              bool  // of 3.x: leases are shared by throughput alone

	CleanupLeases bool // cleanupLeasesUponShardCompletion

	Checkpoint        string // EveryBatch, EveryRecords, EveryInterval, Never
	CheckpointRecords int64
	CheckpointMillis  int64
	MicrosPerRecord   int64 // how long the processor takes for a record
	MillisPerBatch    int64
	Poison            string // text in a record's data that it cannot process; "" is none
	OnPoison          string
	Idempotent        bool // it drops messages that it has seen
	Role              string
	Connector         connector.Settings `json:",omitzero"` // of one whose record processors are pipelines of the Connector Library
}

// Default is an application of a version with the library's own settings.
func Default(version int64) Settings {
	s := Settings{Version: version, RetrievalMode: Polling, FailoverTimeMillis: DefaultFailover, MaxRecords: DefaultMaxRecords, IdleTimeBetweenReadsInMillis: DefaultIdle, MaxLeasesToStealAtOneTime: 1,
		InitialPositionInStream: kinesis.Latest, BillingMode: dynamodb.PayPerRequest, InitialLeaseTableReadCapacity: DefaultCapacity, InitialLeaseTableWriteCapacity: DefaultCapacity,
		ShardSyncIntervalMillis: DefaultShardSync, ParentShardPollIntervalMillis: DefaultParentPoll, CleanupLeases: true,
		Checkpoint: EveryBatch, CheckpointRecords: 1000, CheckpointMillis: 60_000, OnPoison: Swallowed, IsGracefulLeaseHandoffEnabled: true, GracefulLeaseHandoffTimeoutMillis: DefaultHandoff}
	if version == 1 {
		s.IdleTimeBetweenReadsInMillis, s.BillingMode = DefaultIdleOld, dynamodb.Provisioned
	}
	return s
}

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

func (s *Settings) failover() time.Duration   { return millis(s.FailoverTimeMillis) }
func (s *Settings) renewEvery() time.Duration { return millis(s.FailoverTimeMillis/3 - marginMillis) }
func (s *Settings) takeEvery() time.Duration {
	return millis(2 * (s.FailoverTimeMillis + marginMillis))
}

// A World is what an application meets.
type World struct {
	Sched    *sim.Schedule
	Owner    sim.Owner
	Kinesis  *kinesis.Service
	DynamoDB *dynamodb.Service
	Meter    *cloudwatch.Store
	Notify   func(Notice)
	Flight   func(sent, due sim.Instant, shard int32, records int) // nil when nobody watches
	Process  func(worker string, shard int32, index, sub int64)    // told of each user record that is processed; nil when nobody asks
}

// A NoticeKind says what a notice is about.
type NoticeKind uint8

// The notices of an application.
const (
	TableMade     NoticeKind = iota // Worker creates the lease table
	Took                            // Worker took the lease of Shard, which nobody held or which Other did not renew in time
	Stole                           // Worker stole it from Other, who had more
	Lost                            // Worker lost it
	Refused                         // a checkpoint of Worker is refused: ShutdownException
	Waits                           // Shard waits until its parents are at SHARD_END
	Ended                           // Shard is processed to its end; N leases of children are there
	Cleaned                         // its lease is deleted
	Threw                           // the processor threw an exception at a record; N records of the batch are skipped
	Stopped                         // Worker stopped itself, because its processor cannot process a record
	SetAside                        // a record was put aside
	Repeated                        // Worker processed N records that had been processed before, and goes on with new ones
	Expired                         // an iterator of Shard was older than five minutes
	Starved                         // the lease table throttles
	Left                            // Worker has stopped as asked
	Barred                          // it cannot read: its stream is not there, or it may not; Blocked says why
	Unbarred                        // it can again
	Leads                           // Worker leads from now on
	Assigned                        // Worker, the leader, gives the lease of Shard to To; Other had it, and does not renew it
	HandsOff                        // Worker, the leader, gives the lease that Other holds to To, to whom Other hands it over
	Asked                           // Worker learns that it is to hand the lease over to To
	HandedOver                      // Worker handed it over to To
	Found                           // Worker finds that it was given the lease
	Registered                      // it registered a consumer of its name
	NotRegistered                   // it has no consumer to read as: Code
	Subscribed                      // Shard pushes to Worker from now on
	Unreadable                      // the pipeline's transformer threw at N records, which are skipped
	Emitted                         // the destination took N items of its buffer
	NotEmitted                      // a try to emit failed, the Tries-th: N items are left
	EmitLost                        // N items were tried in vain, and logged: they are lost
	EmitStored                      // they were stored by fail()
)

// A Notice says what befell a worker, and why.
type Notice struct {
	Kind   NoticeKind
	Worker string
	Other  string
	To     string
	Shard  int32
	N      int64
	Tries  int64
	Code   string
}

// Totals is what an application did in all. Records are user records.
type Totals struct {
	Read       int64 // Kinesis records
	Processed  int64 // user records handed to a processor that took them
	Duplicates int64 // of those: it had processed them before
	Effects    int64 // that reached the outside: without duplicates when the processor is idempotent
	Twice      int64 // duplicates that reached the outside
	Skipped    int64 // lost, because an exception was swallowed
	SetAside   int64
	Throws     int64
	Refused    int64 // calls of GetRecords
	Expired    int64 // iterators
	Throttled  int64 // calls to the lease table
	Checkpoint int64
	LostLeases int64
	Shutdowns  int64 // checkpoints that were refused with ShutdownException
}

// A Last is when something befell an application last; 0 is never.
type Last struct{ Duplicate, Twice, Skipped, Expired, Throttled, LostLease sim.Instant }

// An Application is a KCL application with its workers.
type Application struct {
	set     Settings
	dice    sim.Rand
	made    int64 // workers ever started
	workers []*worker
	total   Totals
	last    Last
	marks   []mark // by shard
	seen    map[uint64]struct{}
	order   sim.List[uint64]
	starved sim.Instant // when a throttled table was last told of
	recent  recent
	blocked string // error code that stops it; "" when reading works
	atRead  bool   // it was told so by a read, and not when it looked for shards

	registered bool   // it has, or had, a consumer
	unwanted   string // error code for which it has none

	piping      connector.Totals
	destination connector.Destination
}

// A mark is how far a shard was ever processed: what lies at or before it is a duplicate.
type mark struct {
	shard      int32
	index, sub int64
	began      int64    // where it was begun to be read last
	out        position // how far pipelines emitted whole buffers: what lies at or before it and is emitted is so twice
	behind     int64
	at         sim.Instant
}

// recent counts what was processed in the last whole seconds.
type recent struct {
	second int64
	n      [3]int64
}

func (r *recent) turn(now sim.Instant) {
	for s := now.Second(); r.second < s; r.second++ {
		if s-r.second > 3 {
			*r = recent{second: s}
			return
		}
		r.n = [3]int64{0, r.n[0], r.n[1]}
	}
}

// Connector is an application of the Connector Library, with its own settings: KCL 1.x, which also hands empty batches to its
// record processors. Source: KinesisConnectorConfiguration.
func Connector() Settings {
	s := Default(1)
	s.FailoverTimeMillis, s.InitialPositionInStream, s.Connector = connector.DefaultFailover, kinesis.TrimHorizon, connector.Default()
	return s
}

// New returns an application without workers.
func New(set Settings, seed uint64) *Application {
	return &Application{set: set, dice: sim.NewRand(seed, "kcl/"+set.Name), seen: map[uint64]struct{}{}}
}

// Settings are what the application was told; Apply tells it otherwise.
func (a *Application) Settings() Settings { return a.set }
func (a *Application) Apply(set Settings) { a.set = set }
func (a *Application) Total() Totals      { return a.total }
func (a *Application) Last() Last         { return a.last }

// Blocked is the error code that stops the application, "" when reading works.
func (a *Application) Blocked() string { return a.blocked }

// bar notes what stops it, and tells of it when it is news; unbar that it no longer is.
func (a *Application) bar(w World, code string, atRead bool) {
	news := a.blocked != code
	a.blocked, a.atRead = code, atRead
	if news {
		w.Notify(Notice{Kind: Barred})
	}
}

func (a *Application) unbar(w World, atRead bool) {
	if a.blocked != "" && a.atRead == atRead {
		a.blocked = ""
		w.Notify(Notice{Kind: Unbarred})
	}
}

// Rate is how many user records a second were processed lately.
func (a *Application) Rate(now sim.Instant) float64 {
	r := a.recent
	r.turn(now)
	return float64(r.n[1]+r.n[2]) / 2
}

// Behind is MillisBehindLatest of the shard that is furthest behind, of those that are held.
func (a *Application) Behind() (most int64) {
	a.Lags(func(_ int32, _, behind int64) { most = max(most, behind) })
	return most
}

// Lags tells of each shard whose lease is held and which is read, by number: the place of the record behind the last one processed, or
// where it began when none is, and its MillisBehindLatest.
func (a *Application) Lags(yield func(shard int32, next, behind int64)) {
	next := make([]int64, len(a.marks)) // one more than the place; 0 where nobody reads
	for _, w := range a.workers {
		for _, h := range w.held {
			if i, ok := a.find(h.shard); ok && h.phase == reading {
				m := &a.marks[i]
				next[i] = max(next[i], 1+max(m.began, m.index+1, h.through.index+1))
			}
		}
	}
	for i, n := range next {
		if n > 0 {
			yield(a.marks[i].shard, n-1, a.marks[i].behind)
		}
	}
}

// Clone returns an application that goes on from here on its own.
func (a *Application) Clone() *Application {
	c := *a
	c.workers = make([]*worker, len(a.workers))
	for i, w := range a.workers {
		c.workers[i] = w.clone()
	}
	c.marks = slices.Clone(a.marks)
	c.seen, c.order, c.destination = maps.Clone(a.seen), a.order.Clone(), a.destination.Clone()
	return &c
}

// State writes all that the application holds, in a fixed order.
func (a *Application) State(w io.Writer) {
	dice := a.dice // a copy, so that looking throws nothing
	fmt.Fprintf(w, "kcl %+v dice=%x made=%d %+v last=%v marks=%v starved=%d recent=%v blocked=%q/%t consumer=%t/%q piping=%v\n", a.set, dice.Uint64(), a.made, a.total, a.last, a.marks, a.starved, a.recent, a.blocked, a.atRead, a.registered, a.unwanted, a.piping)
	for i := a.order.First(); i < a.order.Next(); i++ {
		fmt.Fprintf(w, " %x", *a.order.At(i))
	}
	a.destination.State(w)
	for _, x := range a.workers {
		x.writeState(w)
	}
}

func (a *Application) find(shard int32) (int, bool) {
	return slices.BinarySearchFunc(a.marks, shard, func(m mark, n int32) int { return cmp.Compare(m.shard, n) })
}

func (a *Application) mark(shard int32) *mark {
	i, ok := a.find(shard)
	if !ok {
		a.marks = sim.Insert(a.marks, i, mark{shard: shard, index: -1, out: position{-1, 0}})
	}
	return &a.marks[i]
}

// Start starts a worker with an id of its own and returns it.
func (a *Application) Start(w World) string {
	a.made++
	now := w.Sched.Now()
	x := &worker{number: a.made, id: fmt.Sprintf("worker-%d", a.made), state: running, startAt: now}
	a.workers = append(a.workers, x)
	a.wake(w, x)
	return x.id
}

func (a *Application) worker(id string) (int, bool) {
	i := slices.IndexFunc(a.workers, func(x *worker) bool { return x.id == id })
	return i, i >= 0
}

// Stop lets a worker stop as it should: it finishes its batches, checkpoints in shutdownRequested and leaves. The others take its
// leases when they have expired.
func (a *Application) Stop(w World, id string) bool {
	i, ok := a.worker(id)
	if ok {
		a.workers[i].state = stopping
		a.work(w, a.workers[i])
	}
	return ok
}

// Kill ends a worker at once: what it has processed since its last checkpoint will be processed again.
func (a *Application) Kill(w World, id string) bool {
	i, ok := a.worker(id)
	if !ok {
		return false
	}
	x := a.workers[i]
	a.workers = slices.Delete(slices.Clone(a.workers), i, i+1)
	for _, h := range x.held {
		h.hangUp(w)
		// Of the batch that it processes it has done a part.
		if now := w.Sched.Now(); h.busySince < now && now < h.busyUntil && x.pausedUntil <= now && h.pipe == nil {
			b := &h.queue[0]
			a.deliver(w, x, h, int(int64(len(b.records))*int64(now-h.busySince)/int64(h.busyUntil-h.busySince)))
		}
	}
	return true
}

// Pause lets a worker do nothing for a while, as a long garbage collection does or a lost network: a zombie, when its leases are
// taken meanwhile.
func (a *Application) Pause(w World, id string, d time.Duration) bool {
	i, ok := a.worker(id)
	if ok {
		x := a.workers[i]
		x.pausedUntil = w.Sched.Now().Add(d)
		for _, h := range x.held {
			a.hold(w, x, h)
		}
		a.wake(w, x)
	}
	return ok
}

// A Worker is a worker to look at.
type Worker struct {
	ID     string
	State  string // running, stopping, paused
	Leases []Held
	Leads  bool    // of 3.x
	Load   float64 // of 3.x: percent of its host's CPU as it reported last; negative before
}

// A Held is a lease that a worker holds, by its own knowledge.
type Held struct {
	Shard   int32
	Phase   string              // waiting for parents, reading, ended
	Waiting int                 // records fetched and not processed
	Batches int                 // answers or events fetched and not processed
	Busy    bool                // the processor is at work
	Blocked bool                // its checkpoint waits for the lease table
	Pipe    *connector.Pipeline // of the Connector Library, else nil
}

// Workers lists the workers in the order in which they were started.
func (a *Application) Workers(now sim.Instant) []Worker {
	var all []Worker
	for _, x := range a.workers {
		o := Worker{ID: x.id, State: x.state, Leads: x.leads, Load: -1}
		if len(x.loads) > 0 {
			o.Load = x.loads[len(x.loads)-1]
		}
		if now < x.pausedUntil {
			o.State = "paused"
		}
		for _, h := range x.held {
			l := Held{Shard: h.shard, Phase: h.phase, Busy: h.busyUntil > now, Blocked: h.wanted && h.tries > 0, Batches: len(h.queue), Pipe: h.pipe}
			for i := range h.queue {
				l.Waiting += len(h.queue[i].records)
			}
			o.Leases = append(o.Leases, l)
		}
		all = append(all, o)
	}
	return all
}

// Fire does what is due for a worker and returns how many records it handled.
func (a *Application) Fire(w World, e sim.Event) int {
	for _, x := range a.workers {
		if x.number == e.Arg && x.wakeAt == e.At {
			x.wakeAt = 0
			return 1 + a.work(w, x)
		}
	}
	return 1
}

// Progress tells of each shard the place of the last Kinesis record that was processed, -1 before the first.
func (a *Application) Progress() map[int32]int64 {
	all := make(map[int32]int64, len(a.marks))
	for _, m := range a.marks {
		all[m.shard] = m.index
	}
	return all
}
