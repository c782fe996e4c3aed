package region

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kcl"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// application is a KCL application as an actor.
type application struct{ *kcl.Application }

func (a application) name() string { return a.Settings().Name }
func (a application) clone() actor { return application{a.Application.Clone()} }
func (a application) fire(r *Region, e sim.Event) int {
	defer a.act(r)()
	return a.Fire(r.leases(e.Owner, a.Application), e)
}

func (a application) pushed(r *Region, n kinesis.Notice) int {
	defer a.act(r)()
	return a.Pushed(r.leases(n.By, a.Application), n)
}

// act lets it read as its role until what it returns is called, which counts what it did meanwhile.
func (a application) act(r *Region) func() {
	set, before := a.Settings(), KCLTotals(a.Application)
	r.kinesis.ActAs(r.actAs(set.Role, set.Name))
	return func() {
		after := KCLTotals(a.Application)
		r.counted(ConsumerRef(set.Name), KCLCounts, before[:], after[:])
		r.kinesis.ActAs("")
	}
}

// leases is the world as a KCL application meets it.
func (r *Region) leases(owner sim.Owner, a *kcl.Application) kcl.World {
	w := kcl.World{Sched: r.sched, Owner: owner, Kinesis: r.kinesis, DynamoDB: r.dynamodb, Meter: r.meter, Notify: func(n kcl.Notice) { r.kclNotice(a, n) }}
	if t := r.trace; t != nil {
		w.Flight = func(sent, due sim.Instant, shard int32, records int) {
			set := a.Settings()
			t.Add(Flight{Kind: protocol.FlightRead, SentAt: sent, DueAt: due, Actor: set.Name, Stream: set.StreamName, Shard: shard, Records: records})
		}
	}
	return w
}

// KCLApplications lists the KCL applications in the order in which they were made, to look at.
func (r *Region) KCLApplications() []*kcl.Application {
	var all []*kcl.Application
	for _, a := range actorsOf[application](r) {
		all = append(all, a.Application)
	}
	return all
}

// KCLApplication finds a KCL application by its name.
func (r *Region) KCLApplication(name string) (*kcl.Application, bool) {
	a, _, ok := findActor[application](r, name)
	return a.Application, ok
}

// DynamoDB is the tables, to look at.
func (r *Region) DynamoDB() *dynamodb.Service { return r.dynamodb }

// asConsumer is the application as the stage draws it: its workers with their shards.
func (a application) asConsumer(r *Region) protocol.Consumer {
	now, set, t := r.Now(), a.Settings(), a.Total()
	workers := a.Workers(now)
	c := protocol.Consumer{Kind: "KCL application", Noun: "KclApplication", Name: set.Name, Stream: set.StreamName, Running: len(workers) > 0,
		Rate: a.Rate(now), Behind: a.Behind(), Read: t.Read, Refused: t.Refused, Mode: set.RetrievalMode, Barred: a.Blocked() != "" && len(workers) > 0}
	if set.Connector.Emitter != "" {
		c.Kind, c.Noun = "Connector Library", "Connector"
	}
	if c.Barred {
		c.Note = "cannot read: " + Barred(a.Blocked(), set.StreamName, set.Role, "read")
	}
	throttled := t.Throttled
	if now.Sub(a.Last().Throttled) > time.Minute {
		throttled = 0 // it is cured
	}
	for _, x := range []struct {
		name  string
		n     int64
		what  string
		level string
	}{{"twice", t.Duplicates, "record", Warn}, {"skipped", t.Skipped, "record", Bad}, {"throttled", throttled, "call", Bad}, {"expired", t.Expired, "iterator", Warn}} {
		if x.n > 0 {
			c.Parts = append(c.Parts, protocol.Part{Name: x.name, Text: Count(x.n, x.what), Fill: -1, Level: x.level})
		}
	}
	for _, w := range workers {
		text, level := workerWords(w)
		if pipe, worse := pipeWords(w, set); pipe != "" {
			if level = cmp.Or(worse, level); worse != "" {
				text, pipe = pipe, text // what goes wrong comes first: the card is narrow
			}
			text += ", " + pipe
		}
		c.Parts = append(c.Parts, protocol.Part{Name: w.ID, Text: text, Fill: -1, Level: level})
	}
	return c
}

// workerWords says how it stands with a worker.
func workerWords(w kcl.Worker) (text, level string) {
	waits, blocked := 0, 0
	var shards []string
	for _, h := range w.Leases {
		shards = append(shards, fmt.Sprint(h.Shard))
		waits += h.Waiting
		if h.Blocked {
			blocked++
		}
	}
	switch n := len(shards); {
	case n == 0:
		text = "no lease"
	case n == 1:
		text = "shard " + shards[0]
	case n > 8: // the lease table lists them
		text = Count(int64(n), "shard")
	default:
		text = "shards " + strings.Join(shards, ", ")
	}
	if waits > 0 {
		text = Number(int64(waits)) + " wait, " + text
	}
	if w.Load >= 0 {
		text += fmt.Sprintf(", %s %% CPU", Decimal(math.Round(w.Load*10)/10))
	}
	if w.Leads {
		text = "leader, " + text
	}
	switch {
	case w.State != "running":
		return w.State + ", " + text, Warn
	case blocked > 0:
		return "throttled, a checkpoint waits for the lease table, " + text, Bad
	}
	return text, ""
}

// Leases is the lease table of an application by shard, to look at: it costs no capacity.
func (r *Region) Leases(table string) []kcl.Lease {
	var all []kcl.Lease
	if t, ok := r.dynamodb.Table(table); ok {
		t.Items(func(_ string, it dynamodb.Item) {
			if l, ok := kcl.ReadLease(it); ok {
				all = append(all, l)
			}
		})
	}
	return all
}

// sheet is what there is to know of an application: its settings, its workers and the lease table.
func (a application) sheet(r *Region) protocol.Sheet {
	now, set, t := r.Now(), a.Settings(), a.Total()
	words := kclWords(set)
	if set.Connector.Emitter != "" {
		words = connectorWords(set)
	}
	app := protocol.Section{Title: "KCL application", Rows: [][]protocol.Cell{
		{{Text: "Stream"}, {Text: set.StreamName, Ref: StreamRef(set.StreamName), Mono: true}}, row("Version", fmt.Sprintf("KCL %d.x", set.Version)), row("Does", words), row("retrievalMode", set.RetrievalMode),
		row("failoverTimeMillis", Number(set.FailoverTimeMillis)), row("maxRecords", Number(set.MaxRecords)), row("idleTimeBetweenReadsInMillis", Number(set.IdleTimeBetweenReadsInMillis)),
		row("initialPositionInStream", set.InitialPositionInStream), row("shardSyncIntervalMillis", Number(set.ShardSyncIntervalMillis)),
	}}
	table := protocol.Section{Title: "Lease table", Rows: [][]protocol.Cell{row("Name", set.Name)}}
	if dt, ok := r.dynamodb.Table(set.Name); ok {
		c := dt.Capacity(now)
		_, units := dt.Consumed()
		_, refused := dt.Throttled()
		capacity := "on demand"
		if c.Mode == dynamodb.Provisioned {
			capacity = fmt.Sprintf("%s WCU and %s RCU", Number(c.Write), Number(c.Read))
		}
		table.Rows = append(table.Rows, row("TableStatus", dt.Status(now)), row("Capacity", capacity), row("Write units consumed", Decimal(units)), row("Writes throttled", Number(refused)))
	}
	all := protocol.Section{Title: "In all", Rows: [][]protocol.Cell{
		row("Kinesis records read", Number(t.Read)), row("User records processed", Number(t.Processed)), row("Of those duplicates", Number(t.Duplicates)), row("Took effect", Number(t.Effects)),
		row("Skipped after an exception", Number(t.Skipped)), row("Put aside", Number(t.SetAside)), row("Checkpoints", Number(t.Checkpoint)), row("Leases lost", Number(t.LostLeases)),
		row("Checkpoints refused with ShutdownException", Number(t.Shutdowns)), row("Expired iterators", Number(t.Expired)), row("Calls to the lease table throttled", Number(t.Throttled)),
	}}
	workers := protocol.Section{Title: "Workers", Head: []string{"Worker", "How it stands"}}
	for _, w := range a.Workers(now) {
		text, _ := workerWords(w)
		if pipe, _ := pipeWords(w, set); pipe != "" {
			text = pipe + ", " + text
		}
		workers.Rows = append(workers.Rows, []protocol.Cell{{Text: w.ID, Ref: WorkerRef(set.Name, w.ID), Mono: true}, {Text: text}})
	}
	leases := protocol.Section{Title: "Leases", Head: []string{"leaseKey", "leaseOwner", "leaseCounter", "checkpoint", "Switches since"}}
	for _, l := range r.Leases(set.Name) {
		at := l.Checkpoint
		if l.Sub > 0 {
			at += fmt.Sprintf(" (%d)", l.Sub)
		}
		owner := cmp.Or(l.Owner, "nobody")
		if l.CheckpointOwner != "" {
			owner = l.CheckpointOwner + ", hands over to " + owner
		}
		if l.KBps > 0 {
			owner += fmt.Sprintf(", %s KiB/s", Decimal(math.Round(l.KBps*10)/10))
		}
		leases.Rows = append(leases.Rows, []protocol.Cell{{Text: kinesis.ShardID(l.Shard), Ref: LeaseRef(set.Name, l.Shard), Mono: true}, {Text: owner}, {Text: Number(l.Counter)}, {Text: at, Mono: true}, {Text: Number(l.Switches)}})
	}
	start := "lab start-worker --application " + set.Name
	commands := []string{start, "lab list-leases --application " + set.Name, "aws dynamodb scan --table-name " + set.Name, "lab redeploy-kcl-application --name " + set.Name}
	if all := a.Workers(now); len(all) > 0 {
		commands = append(commands, "lab kill-worker --application "+set.Name+" --worker "+all[0].ID, "lab stop-worker --application "+set.Name+" --worker "+all[0].ID)
	}
	s := protocol.Sheet{Ref: ConsumerRef(set.Name), Kind: "KCL application", Title: set.Name, Sections: []protocol.Section{app, workers, leases, table, all}, Commands: commands, Settings: JSON(a.settings(r))}
	if set.Connector.Emitter != "" {
		s.Kind = "Connector Library"
		s.Sections = slices.Concat([]protocol.Section{app}, a.pipeSections(), s.Sections[1:])
		s.Commands[3] = "lab list-emitted --connector " + set.Name
	}
	return s
}

// kclWords says what an application does with records.
func kclWords(s kcl.Settings) string {
	text := "records are processed at once"
	if s.MicrosPerRecord > 0 {
		text = Decimal(float64(s.MicrosPerRecord)/1000) + " ms a record"
	}
	if s.RetrievalMode == kcl.FanOut {
		text = "pushed with enhanced fan-out, " + text
	}
	if s.MillisPerBatch > 0 {
		text += fmt.Sprintf(" and %s a batch", Millis(s.MillisPerBatch))
	}
	switch s.Checkpoint {
	case kcl.EveryBatch:
		text += ", a checkpoint after each batch"
	case kcl.EveryRecords:
		text += ", a checkpoint each " + Count(s.CheckpointRecords, "record")
	case kcl.EveryInterval:
		text += ", a checkpoint each " + Millis(s.CheckpointMillis)
	default:
		text += ", without checkpoints"
	}
	if s.Poison != "" {
		text += fmt.Sprintf(", %s at %q", s.OnPoison, s.Poison)
	}
	if s.Idempotent {
		text += ", drops messages that it knows"
	}
	return text + roleWords(s.Role)
}

// kclNotice turns what a worker tells into events.
func (r *Region) kclNotice(a *kcl.Application, n kcl.Notice) {
	set := a.Settings()
	e := Event{Kind: protocol.EventActor, Level: Info, Ref: ConsumerRef(set.Name), Count: n.N, Mark: true}
	shard := kinesis.ShardID(n.Shard)
	switch n.Kind {
	case kcl.TableMade:
		e.Text = fmt.Sprintf("%s of %s finds no lease table and creates %s in DynamoDB.", n.Worker, set.Name, set.Name)
	case kcl.Took:
		e.Text = fmt.Sprintf("%s takes the lease of %s, which nobody held.", n.Worker, shard)
		if n.Other != "" {
			e.Text = fmt.Sprintf("%s takes the lease of %s: for %s it saw no renewal by %s. It goes on at the last checkpoint, and what was processed since is processed again.", n.Worker, shard, Millis(set.FailoverTimeMillis), n.Other)
		}
	case kcl.Stole:
		e.Text = fmt.Sprintf("%s steals the lease of %s from %s, which had more than its share.", n.Worker, shard, n.Other)
	case kcl.Lost:
		e.Level, e.Text = Warn, fmt.Sprintf("%s has lost the lease of %s: it was not renewed in time, or another has it.", n.Worker, shard)
	case kcl.Refused:
		e.Level, e.Text = Bad, fmt.Sprintf("The checkpoint of %s for %s is refused with ShutdownException: the lease is no longer its own. What it processed since is processed twice.", n.Worker, shard)
	case kcl.Waits:
		e.Mark, e.Text = false, fmt.Sprintf("%s waits with %s until the lease of each of its parents says SHARD_END.", n.Worker, shard)
	case kcl.Ended:
		e.Text = fmt.Sprintf("%s has processed the closed %s to its end and checkpoints SHARD_END; its children have leases.", n.Worker, shard)
	case kcl.Cleaned:
		e.Mark, e.Text = false, fmt.Sprintf("%s deletes the lease of %s: its children are being processed.", n.Worker, shard)
	case kcl.Threw:
		e.Level, e.Kind, e.Text = Bad, protocol.EventLost, fmt.Sprintf("processRecords of %s threw an exception in a batch of %s. The KCL logs it and goes on with the next batch: %s skipped.", n.Worker, shard, Count(n.N, "record"))
	case kcl.Stopped:
		e.Level, e.Text = Bad, fmt.Sprintf("%s stops itself: there is a record in %s that it cannot process. Whoever takes the lease meets it too.", n.Worker, shard)
	case kcl.SetAside:
		e.Level, e.Mark, e.Text = Warn, false, fmt.Sprintf("%s catches an exception in %s, puts the record aside and goes on.", n.Worker, shard)
	case kcl.Repeated:
		e.Level, e.Text = Warn, fmt.Sprintf("%s of %s has processed %s of %s a second time.", n.Worker, set.Name, Count(n.N, "record"), shard)
		if set.Idempotent {
			e.Text += " It drops those whose message it knows."
		}
	case kcl.Expired:
		e.Level, e.Kind, e.Text = Warn, protocol.EventReadRefused, fmt.Sprintf("GetRecords on %s answers ExpiredIteratorException to %s: the iterator was older than five minutes. It takes a new one at the last position.", shard, set.Name)
	case kcl.Starved:
		e.Level, e.Text = Warn, fmt.Sprintf("The lease table %s throttles: it has fewer write or read units than renewals and checkpoints need.", set.Name)
	case kcl.Barred:
		e.Level, e.Text = Bad, fmt.Sprintf("%s cannot read: %s.", set.Name, Barred(a.Blocked(), set.StreamName, set.Role, "read"))
	case kcl.Unbarred:
		e.Level, e.Text = Good, fmt.Sprintf("%s finds %s and can read it.", set.Name, set.StreamName)
	case kcl.Left:
		if set.Connector.Emitter != "" {
			e.Text = fmt.Sprintf("%s has stopped. What it has buffered is not emitted: whoever takes its leases, when they have expired, reads on from the last checkpoint.", n.Worker)
			break
		}
		e.Text = fmt.Sprintf("%s has stopped: it finished its batches and checkpointed. Its leases are taken when they have expired.", n.Worker)
	case kcl.Leads:
		e.Text = fmt.Sprintf("%s of %s leads: it holds the lock in %s and gives the leases out.", n.Worker, set.Name, set.Name+kcl.Coordinator)
	case kcl.Assigned:
		e.Text = fmt.Sprintf("%s, the leader, gives the lease of %s to %s.", n.Worker, shard, n.To)
		if n.Other != "" {
			e.Text = fmt.Sprintf("%s, the leader, gives the lease of %s to %s: %s renewed it no more, or had no time left to hand it over. It goes on at the last checkpoint, and what was processed since is processed again.", n.Worker, shard, n.To, n.Other)
		}
	case kcl.HandsOff:
		e.Text = fmt.Sprintf("%s, the leader, moves the lease of %s from %s, which has more load than the mean, to %s.", n.Worker, shard, n.Other, n.To)
	case kcl.Asked:
		e.Mark, e.Text = false, fmt.Sprintf("%s learns that it is to hand %s over to %s: its processor ends its batch and checkpoints in shutdownRequested.", n.Worker, shard, n.To)
	case kcl.HandedOver:
		e.Level, e.Text = Good, fmt.Sprintf("%s has checkpointed and hands %s over to %s: nothing is processed twice.", n.Worker, shard, n.To)
	case kcl.Found:
		e.Mark, e.Text = false, fmt.Sprintf("%s finds the lease of %s, which the leader gave it, and goes on at its checkpoint.", n.Worker, shard)
	case kcl.Registered:
		e.Text = fmt.Sprintf("%s registers the consumer %s with %s for enhanced fan-out. It stays there when the application ends, and is billed: aws kinesis deregister-stream-consumer takes it away.", set.Name, set.Name, set.StreamName)
	case kcl.NotRegistered:
		e.Level, e.Text = Bad, fmt.Sprintf("%s cannot register as a consumer of %s: %s.", set.Name, set.StreamName, n.Code)
		if n.Code == aws.ResourceNotFound {
			e.Text = fmt.Sprintf("The consumer %s is no longer registered with %s: its workers wait until it is again.", set.Name, set.StreamName)
		}
	case kcl.Subscribed:
		e.Mark, e.Text = false, fmt.Sprintf("%s subscribes to %s: for five minutes its records are pushed to it, at 2 MiB/s of its own.", n.Worker, shard)
	default:
		pipeNotice(set, n, &e)
	}
	r.Say(e)
}

// PutKclApplicationInput makes a KCL application, or changes the members given of the one with that name.
type PutKclApplicationInput struct {
	Name                              *string  `lab:"required" help:"the application's name, which is that of its lease table and of its metrics' namespace"`
	StreamName                        *string  `json:",omitempty" help:"the stream it reads; needed for a new one"`
	RetrievalMode                     *string  `json:",omitempty" help:"whether its workers ask for records or have them pushed to a consumer that it registers under its name; POLLING for a new one here (the library's own default since 2.x is fan-out); KCL 1.x only asks" enum:"POLLING|FANOUT"`
	Version                           *int64   `json:",omitempty" help:"1, 2 or 3 for KCL 1.x, 2.x or 3.x; 2 for a new one"`
	Workers                           *int64   `json:",omitempty" help:"workers that a new one starts with, 0 to 100; 1 when left out"`
	FailoverTimeMillis                *int64   `json:",omitempty" help:"a lease that is not renewed for so long is taken, 1,000 to 3,600,000; 10,000 for a new one"`
	MaxRecords                        *int64   `json:",omitempty" help:"records of a GetRecords, 1 to 10,000; 10,000 for a new one"`
	IdleTimeBetweenReadsInMillis      *int64   `json:",omitempty" help:"pause between two GetRecords of a shard, 200 to 3,600,000; 1,500 for a new one, 1,000 in KCL 1.x"`
	MaxLeasesForWorker                *int64   `json:",omitempty" help:"leases that a worker takes at the most; 0 is unlimited"`
	MaxLeasesToStealAtOneTime         *int64   `json:",omitempty" help:"leases that a worker steals at one time; 1 for a new one"`
	InitialPositionInStream           *string  `json:",omitempty" help:"where a first lease begins" enum:"LATEST|TRIM_HORIZON"`
	BillingMode                       *string  `json:",omitempty" help:"of the lease table it creates" enum:"PAY_PER_REQUEST|PROVISIONED"`
	InitialLeaseTableReadCapacity     *int64   `json:",omitempty" help:"read units of a provisioned lease table; 10 for a new one"`
	InitialLeaseTableWriteCapacity    *int64   `json:",omitempty" help:"write units of a provisioned lease table; 10 for a new one"`
	ShardSyncIntervalMillis           *int64   `json:",omitempty" help:"pause between two looks at the stream's shards; 60,000 for a new one"`
	ParentShardPollIntervalMillis     *int64   `json:",omitempty" help:"pause between two looks whether a parent is done; 10,000 for a new one"`
	IsGracefulLeaseHandoffEnabled     *bool    `json:",omitempty" help:"KCL 3.x: whether who holds a lease hands it over, with a checkpoint; a new one does"`
	GracefulLeaseHandoffTimeoutMillis *int64   `json:",omitempty" help:"KCL 3.x: for so long it may; 30,000 for a new one"`
	DisableWorkerMetrics              *bool    `json:",omitempty" help:"KCL 3.x: whether leases are shared by throughput alone, and not by the CPU that workers report"`
	CleanupLeasesUponShardCompletion  *bool    `json:",omitempty" help:"whether leases of shards that are done are deleted; a new one does"`
	Checkpoint                        *string  `json:",omitempty" help:"when the processor checkpoints" enum:"every-batch|every-records|every-interval|never"`
	CheckpointRecords                 *int64   `json:",omitempty" help:"records between two checkpoints, with every-records; 1,000 for a new one"`
	CheckpointMillis                  *int64   `json:",omitempty" help:"milliseconds between two checkpoints, with every-interval; 60,000 for a new one"`
	MillisPerRecord                   *float64 `json:",omitempty" help:"how long the processor takes for a record, 0 to 60,000; 0 for a new one"`
	MillisPerBatch                    *int64   `json:",omitempty" help:"and for each batch; 0 for a new one"`
	Poison                            *string  `json:",omitempty" help:"text in a record's data that the processor cannot process"`
	OnPoison                          *string  `json:",omitempty" help:"what it does then: throws, which the KCL swallows; stops its worker; or puts the record aside" enum:"throws|stops|dead-letter"`
	Idempotent                        *bool    `json:",omitempty" help:"whether it drops messages that it has seen"`
	Role                              *string  `json:",omitempty" help:"user or role it reads as; without one it may do all"`
}

// WorkerInput names a worker of an application.
type WorkerInput struct {
	Application *string `lab:"required" help:"the application's name"`
	Worker      *string `lab:"required" help:"the worker's id"`
}

// PauseWorkerInput lets a worker do nothing for a while.
type PauseWorkerInput struct {
	Application *string `lab:"required" help:"the application's name"`
	Worker      *string `lab:"required" help:"the worker's id"`
	Millis      *int64  `lab:"required" help:"for how long, 1 to 3,600,000"`
}

// ApplicationInput names an application.
type ApplicationInput struct {
	Application *string `lab:"required" help:"the application's name"`
}

// ListLeasesInput may name an application.
type ListLeasesInput struct {
	Application *string `json:",omitempty" help:"the application's name; all of them when left out"`
}

// WorkerOutput is the worker that was started.
type WorkerOutput struct{ Worker string }

// ListKclApplicationsOutput lists the applications in the order in which they were made.
type ListKclApplicationsOutput struct{ KclApplications []KclApplicationSummary }

// KclApplicationSummary is an application in a few members. Records are user records.
type KclApplicationSummary struct {
	Name               string
	StreamName         string
	Workers            int64
	MillisBehindLatest int64
	RecordsProcessed   int64
	Duplicates         int64
	Skipped            int64
	Checkpoints        int64
	LostLeases         int64
	ExpiredIterators   int64
	Throttled          int64 // calls to the lease table
}

// ListLeasesOutput is lease tables by shard.
type ListLeasesOutput struct{ Leases []LeaseSummary }

// LeaseSummary is a row of a lease table.
type LeaseSummary struct {
	Application                  string
	LeaseKey                     string
	LeaseOwner                   string
	LeaseCounter                 int64
	Checkpoint                   string
	CheckpointSubSequenceNumber  int64
	CheckpointOwner              string  `json:",omitempty"` // KCL 3.x: who hands it over
	ThroughputKBps               float64 `json:",omitempty"` // KCL 3.x
	OwnerSwitchesSinceCheckpoint int64
	ParentShardId                []string
}

// kclOperations are the rows of KCL applications in the lab's table.
func kclOperations() []aws.Operation {
	return []aws.Operation{
		labRow("PutKclApplication", "Make an application with the Kinesis Client Library, or change what is given of the one with this name.", PutKclApplicationInput{}, kcl.Settings{}),
		labRow("StartKclApplication", "Start a worker of an application that has none.", NameInput{}, nil),
		labRow("StopKclApplication", "Stop all workers of an application as they should.", NameInput{}, nil),
		labRow("DeleteKclApplication", "Kill an application's workers; its lease table stays.", NameInput{}, nil),
		labRow("RedeployKclApplication", "Stop all workers of an application and start as many new ones, as a deployment does.", NameInput{}, nil),
		labRow("ListKclApplications", "List the KCL applications and what they did.", ListInput{}, ListKclApplicationsOutput{}),
		labRow("StartWorker", "Start one more worker of a KCL application.", ApplicationInput{}, WorkerOutput{}),
		labRow("StopWorker", "Stop a worker as it should: it checkpoints first.", WorkerInput{}, nil),
		labRow("KillWorker", "Kill a worker: what it processed since its last checkpoint is processed again.", WorkerInput{}, nil),
		labRow("PauseWorker", "Let a worker do nothing for a while, as a lost network does.", PauseWorkerInput{}, nil),
		labRow("ListLeases", "Show the lease tables of KCL applications; it costs no capacity.", ListLeasesInput{}, ListLeasesOutput{}),
	}
}

// doKCL runs an operation of service "lab" on KCL applications; known says that it is one.
func (r *Region) doKCL(op string, body []byte) (out any, faults Faults, err error, known bool) {
	switch op {
	case "PutKclApplication":
		var in PutKclApplicationInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.putKclApplication(in)
		}
	case "StartKclApplication", "StopKclApplication", "DeleteKclApplication", "RedeployKclApplication":
		var in NameInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			err = r.kclOp(op, *in.Name)
		}
	case "StartWorker":
		var in ApplicationInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.startWorker(in.Application)
		}
	case "ListLeases":
		var in ListLeasesInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.listLeases(in.Application)
		}
	case "StopWorker", "KillWorker", "PauseWorker":
		var in PauseWorkerInput
		if op == "PauseWorker" {
			faults = Decode(body, "", &in)
		} else {
			var one WorkerInput
			faults = Decode(body, "", &one)
			in.Application, in.Worker = one.Application, one.Worker
		}
		if len(faults) == 0 {
			err = r.workerOp(op, in)
		}
	case "ListKclApplications":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			list := ListKclApplicationsOutput{[]KclApplicationSummary{}}
			for _, a := range r.KCLApplications() {
				s, t := a.Settings(), a.Total()
				list.KclApplications = append(list.KclApplications, KclApplicationSummary{s.Name, s.StreamName, int64(len(a.Workers(r.Now()))), a.Behind(), t.Processed, t.Duplicates, t.Skipped, t.Checkpoint, t.LostLeases, t.Expired, t.Throttled})
			}
			out = list
		}
	default:
		return nil, nil, nil, false
	}
	return out, faults, err, true
}

// kclApplication finds an application that was named.
func (r *Region) kclApplication(name *string) (application, sim.Owner, error) {
	text := ""
	if name != nil {
		text = *name
	}
	a, owner, ok := findActor[application](r, text)
	if !ok {
		return a, 0, aws.Errorf(aws.ResourceNotFound, "There is no KCL application %q.", aws.Shorten(text, 64)).WithHint("lab list-kcl-applications shows the ones there are; lab put-kcl-application makes one.")
	}
	return a, owner, nil
}

// putKclApplication makes or changes an application.
func (r *Region) putKclApplication(in PutKclApplicationInput) (any, error) {
	var faults Faults
	version := int64(2)
	if in.Version != nil {
		version = *in.Version
	}
	set := kcl.Default(version)
	old, exists := r.nameApplication(in.Name, &set, &faults)
	checkStream(in.StreamName, exists, "a new application needs the stream it reads", &set.StreamName, &faults)
	workers := int64(1)
	checkBounds(&faults, []bounded{
		{"Version", in.Version, 1, 3, &set.Version},
		{"GracefulLeaseHandoffTimeoutMillis", in.GracefulLeaseHandoffTimeoutMillis, 0, kcl.MostMillis, &set.GracefulLeaseHandoffTimeoutMillis},
		{"Workers", in.Workers, 0, kcl.MostWorkers, &workers},
		{"FailoverTimeMillis", in.FailoverTimeMillis, 1000, kcl.MostMillis, &set.FailoverTimeMillis},
		{"MaxRecords", in.MaxRecords, 1, kcl.DefaultMaxRecords, &set.MaxRecords},
		{"IdleTimeBetweenReadsInMillis", in.IdleTimeBetweenReadsInMillis, kcl.LeastIdle, kcl.MostMillis, &set.IdleTimeBetweenReadsInMillis},
		{"MaxLeasesForWorker", in.MaxLeasesForWorker, 0, 10_000, &set.MaxLeasesForWorker},
		{"MaxLeasesToStealAtOneTime", in.MaxLeasesToStealAtOneTime, 1, 10_000, &set.MaxLeasesToStealAtOneTime},
		{"InitialLeaseTableReadCapacity", in.InitialLeaseTableReadCapacity, 1, dynamodb.MaxCapacity, &set.InitialLeaseTableReadCapacity},
		{"InitialLeaseTableWriteCapacity", in.InitialLeaseTableWriteCapacity, 1, dynamodb.MaxCapacity, &set.InitialLeaseTableWriteCapacity},
		{"ShardSyncIntervalMillis", in.ShardSyncIntervalMillis, 1000, kcl.MostMillis, &set.ShardSyncIntervalMillis},
		{"ParentShardPollIntervalMillis", in.ParentShardPollIntervalMillis, 100, kcl.MostMillis, &set.ParentShardPollIntervalMillis},
		{"CheckpointRecords", in.CheckpointRecords, 1, 1_000_000, &set.CheckpointRecords},
		{"CheckpointMillis", in.CheckpointMillis, 1, kcl.MostMillis, &set.CheckpointMillis},
		{"MillisPerBatch", in.MillisPerBatch, 0, kcl.MostMillis, &set.MillisPerBatch},
	})
	if v := in.MillisPerRecord; v != nil {
		if !(*v >= 0 && *v <= 60_000) {
			faults.Add("MillisPerRecord", "%v is outside 0 to 60,000", *v)
		} else {
			set.MicrosPerRecord = int64(*v * 1000)
		}
	}
	checkChoice("RetrievalMode", in.RetrievalMode, &set.RetrievalMode, &faults, kcl.Polling, kcl.FanOut)
	if set.Version == 1 && set.RetrievalMode == kcl.FanOut {
		faults.Add("RetrievalMode", "KCL 1.x has no enhanced fan-out: write POLLING, or Version 2")
	}
	checkChoice("InitialPositionInStream", in.InitialPositionInStream, &set.InitialPositionInStream, &faults, kinesis.Latest, kinesis.TrimHorizon)
	checkChoice("BillingMode", in.BillingMode, &set.BillingMode, &faults, dynamodb.PayPerRequest, dynamodb.Provisioned)
	checkChoice("Checkpoint", in.Checkpoint, &set.Checkpoint, &faults, kcl.EveryBatch, kcl.EveryRecords, kcl.EveryInterval, kcl.Never)
	checkChoice("OnPoison", in.OnPoison, &set.OnPoison, &faults, kcl.Swallowed, kcl.Stops, kcl.DeadLetter)
	checkShort("Poison", in.Poison, &set.Poison, &faults)
	for _, x := range []struct{ v, into *bool }{{in.CleanupLeasesUponShardCompletion, &set.CleanupLeases}, {in.Idempotent, &set.Idempotent},
		{in.IsGracefulLeaseHandoffEnabled, &set.IsGracefulLeaseHandoffEnabled}, {in.DisableWorkerMetrics, &set.DisableWorkerMetrics}} {
		if x.v != nil {
			*x.into = *x.v
		}
	}
	r.checkRole(in.Role, &set.Role, &faults)
	return r.putApplication(set, old, exists, in.Workers, in.StreamName, workers, faults)
}

// bounded is a member that is a number within bounds.
type bounded struct {
	path      string
	v         *int64
	low, high int64
	into      *int64
}

// checkBounds says which members lie outside their bounds, and puts the others in place.
func checkBounds(faults *Faults, all []bounded) {
	for _, x := range all {
		n := int(*x.into)
		between(x.path, x.v, x.low, x.high, &n, faults)
		*x.into = int64(n)
	}
}

// checkShort says so when a text is too long, and puts it in place.
func checkShort(path string, v, into *string, faults *Faults) {
	if v == nil {
		return
	}
	if *into = *v; len(*v) > 200 {
		faults.Add(path, "give a text of at most 200 bytes")
	}
}

// nameApplication names the application that is to be made, or finds the one that is to be changed, with its settings.
func (r *Region) nameApplication(name *string, set *kcl.Settings, faults *Faults) (old application, exists bool) {
	kind := set.Connector.Emitter != ""
	old, _, exists = named[application](r, name, &set.Name, ConsumerRef, faults)
	if exists {
		*set = old.Settings()
	}
	switch {
	case len(*faults) > 0:
	case len(set.Name) < 3:
		faults.Add("Name", "%q is shorter than the three letters that a table of DynamoDB needs", set.Name)
	case exists && kind && set.Connector.Emitter == "":
		faults.Add("Name", "%s is a KCL application without the Connector Library: lab put-kcl-application changes it", set.Name)
	case exists && !kind && set.Connector.Emitter != "":
		faults.Add("Name", "%s is a connector: lab put-connector changes it", set.Name)
	}
	return old, exists
}

// putApplication makes an application with so many workers, or changes the old one: asked and stream are what was given of both.
func (r *Region) putApplication(set kcl.Settings, old application, exists bool, asked *int64, stream *string, workers int64, faults Faults) (any, error) {
	kind, words := "KCL application", kclWords(set)
	if set.Connector.Emitter != "" {
		kind, words = "Connector", connectorWords(set)
	}
	if exists && set.Version != old.Settings().Version && len(old.Workers(r.Now())) > 0 {
		faults.Add("Version", "its workers run KCL %d.x: stop them first, and start new ones with the other", old.Settings().Version)
	}
	if exists && asked != nil {
		faults.Add("Workers", "the application is there: lab start-worker and lab stop-worker change how many it has")
	}
	if exists && stream != nil && *stream != old.Settings().StreamName {
		faults.Add("StreamName", "the application reads %s: its leases are of that stream. Make one with another name", old.Settings().StreamName)
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	if exists {
		_, owner, _ := findActor[application](r, set.Name)
		if set.RetrievalMode != old.Settings().RetrievalMode {
			old.HangUp(r.leases(owner, old.Application))
		}
		old.Apply(set)
		r.sayActor(ConsumerRef(set.Name), Info, "%s %s is changed: %s.", kind, set.Name, words)
		return set, nil
	}
	if len(r.KCLApplications()) >= MaxActors {
		return nil, aws.Errorf(aws.LimitExceeded, "There are %d KCL applications already.", MaxActors).WithHint("Delete one first, or start more workers of one.")
	}
	a := kcl.New(set, r.cfg.Seed)
	owner := r.addActor(application{a})
	r.sayActor(ConsumerRef(set.Name), Info, "%s %s reads %s with %s: %s.", kind, set.Name, set.StreamName, Count(workers, "worker"), words)
	for range workers {
		a.Start(r.leases(owner, a))
	}
	return set, nil
}

// kclOp starts, stops, redeploys or deletes an application.
func (r *Region) kclOp(op, name string) error {
	a, owner, err := r.kclApplication(&name)
	if err != nil {
		return err
	}
	defer a.act(r)()
	w, workers := r.leases(owner, a.Application), a.Workers(r.Now())
	switch op {
	case "StartKclApplication", "StartConnector":
		if len(workers) == 0 {
			a.Start(w)
			r.sayActor(ConsumerRef(name), Info, "%s starts with one worker.", name)
		}
	case "DeleteKclApplication", "DeleteConnector":
		a.HangUp(w)
		r.deleteActor(owner)
		r.sayActor("", Info, "%s is gone; its lease table %s stays, and the next application of that name goes on from it.", name, name)
	default:
		for _, x := range workers {
			a.Stop(w, x.ID)
		}
		if op == "RedeployKclApplication" {
			for range workers {
				a.Start(w)
			}
			r.sayActor(ConsumerRef(name), Info, "KCL application %s is deployed anew: %s stop and as many new ones start.", name, Count(int64(len(workers)), "worker"))
		}
	}
	return nil
}

// startWorker starts one more worker of an application.
func (r *Region) startWorker(name *string) (any, error) {
	a, owner, err := r.kclApplication(name)
	if err != nil {
		return nil, err
	}
	if len(a.Workers(r.Now())) >= kcl.MostWorkers {
		return nil, aws.Errorf(aws.LimitExceeded, "The application has %d workers already.", kcl.MostWorkers).WithHint("More workers than shards have nothing to do.")
	}
	id := a.Start(r.leases(owner, a.Application))
	r.sayActor(ConsumerRef(*name), Info, "%s of %s starts.", id, *name)
	return WorkerOutput{id}, nil
}

// listLeases shows the lease table of an application, or of all.
func (r *Region) listLeases(name *string) (any, error) {
	all := r.KCLApplications()
	if name != nil {
		a, _, err := r.kclApplication(name)
		if err != nil {
			return nil, err
		}
		all = []*kcl.Application{a.Application}
	}
	list := ListLeasesOutput{[]LeaseSummary{}}
	for _, a := range all {
		table := a.Settings().Name
		for _, l := range r.Leases(table) {
			parents := []string{}
			for _, n := range l.Parents {
				parents = append(parents, kinesis.ShardID(n))
			}
			list.Leases = append(list.Leases, LeaseSummary{table, kinesis.ShardID(l.Shard), l.Owner, l.Counter, l.Checkpoint, l.Sub, l.CheckpointOwner, max(0, l.KBps), l.Switches, parents})
		}
	}
	return list, nil
}

// workerOp stops, kills or pauses a worker.
func (r *Region) workerOp(op string, in PauseWorkerInput) error {
	a, owner, err := r.kclApplication(in.Application)
	if err != nil {
		return err
	}
	defer a.act(r)()
	var ids []string
	for _, x := range a.Workers(r.Now()) {
		ids = append(ids, x.ID)
	}
	id := ""
	if in.Worker != nil {
		id = *in.Worker
	}
	w, done := r.leases(owner, a.Application), false
	name := a.name()
	switch op {
	case "StopWorker":
		done = a.Stop(w, id)
	case "KillWorker":
		if done = a.Kill(w, id); done {
			r.sayActor(ConsumerRef(name), Warn, "%s of %s is killed. The others see within %s that it renews no more, and then take its leases.", id, name, Millis(a.Settings().FailoverTimeMillis))
		}
	case "PauseWorker":
		n := 0
		var faults Faults
		if in.Millis == nil {
			faults.Add("Millis", "left out: say for how long")
		}
		if between("Millis", in.Millis, 1, kcl.MostMillis, &n, &faults); len(faults) > 0 {
			return invalid(faults)
		}
		if done = a.Pause(w, id, time.Duration(n)*time.Millisecond); done {
			r.sayActor(ConsumerRef(name), Warn, "%s of %s hangs for %s: it renews nothing meanwhile.", id, name, Millis(int64(n)))
		}
	}
	if !done {
		return aws.Errorf(aws.ResourceNotFound, "Application %s has no worker %q.", name, aws.Shorten(id, 64)).WithHint("It has: %s.", cmp.Or(strings.Join(ids, ", "), "none; lab start-worker starts one"))
	}
	return nil
}
