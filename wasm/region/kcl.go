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
		Rate: a.Rate(now), Behind: a.Behind(), Read: t.Read, Refused: t.Refused, Mode: set.RetrievalMode, Late: r.Lates(set.StreamName, a.Lags), Barred: a.Blocked() != "" && len(workers) > 0}
	if set.Connector.Emitter != "" {
		c.Kind, c.Noun = "Connector Library", "Connector"
		c.To = []protocol.Place{{Kind: "Destination", Name: strings.TrimSuffix(set.Connector.Emitter, "Emitter")}}
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
		row("initialPositionInStream", strings.TrimSpace(set.InitialPositionInStream+" "+set.InitialPositionInStreamExtended)), row("shardSyncIntervalMillis", Number(set.ShardSyncIntervalMillis)),
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
