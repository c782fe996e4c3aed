package region

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/kpl"
	"shardlab/wasm/load"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// library is a producer with the Kinesis Producer Library as an actor.
type library struct{ *kpl.Producer }

func (a library) name() string { return a.Settings().Name }
func (a library) clone() actor { return library{a.Producer.Clone()} }
func (a library) fire(r *Region, e sim.Event) int {
	set := a.Settings()
	r.kinesis.ActAs(r.actAs(set.Role, set.Name))
	defer r.kinesis.ActAs("")
	return a.Fire(r.packs(e.Owner, a.Producer))
}

// KPLProducers lists the producers with the KPL in the order in which they were made, to look at.
func (r *Region) KPLProducers() []*kpl.Producer {
	var all []*kpl.Producer
	for _, a := range actorsOf[library](r) {
		all = append(all, a.Producer)
	}
	return all
}

// KPLProducer finds a producer with the KPL by its name.
func (r *Region) KPLProducer(name string) (*kpl.Producer, bool) {
	a, _, ok := findActor[library](r, name)
	return a.Producer, ok
}

// packs is the world as a producer with the KPL meets it.
func (r *Region) packs(owner sim.Owner, p *kpl.Producer) kpl.World {
	w := kpl.World{Sched: r.sched, Owner: owner, Kinesis: r.kinesis, Meter: r.meter, Notify: func(n kpl.Notice) { r.kplNotice(p, n) }}
	if t := r.trace; t != nil {
		w.Every = t.Every
		w.Flight = func(f kpl.Flight) {
			kind, set := protocol.FlightTaken, p.Settings()
			if f.Refused {
				kind = protocol.FlightRefused
			}
			t.Add(Flight{kind, f.SentAt, f.DueAt, set.Name, set.StreamName, f.Shard, f.Key, f.Records})
		}
	}
	return w
}

// PutKplProducerInput makes a producer with the KPL, or changes the members given of the one with that name.
type PutKplProducerInput struct {
	Name                  *string    `lab:"required" help:"the producer's name"`
	StreamName            *string    `json:",omitempty" help:"the stream it writes to; needed for a new one"`
	RecordsPerSecond      *float64   `json:",omitempty" help:"user records that the application adds a second, 0 to 200,000; 100 for a new one"`
	RecordBytes           *int64     `json:",omitempty" help:"bytes of data of a user record, 1 to 1,048,576; 256 for a new one"`
	Keys                  *load.Keys `json:",omitempty" help:"how it chooses partition keys"`
	AggregationEnabled    *bool      `json:",omitempty" help:"whether user records are packed into one Kinesis record; the KPL does"`
	AggregationMaxCount   *int64     `json:",omitempty" help:"user records in a Kinesis record, 1 to 4,294,967,295"`
	AggregationMaxSize    *int64     `json:",omitempty" help:"bytes of an aggregated record, 64 to 10,485,760; 51,200 for a new one"`
	CollectionMaxCount    *int64     `json:",omitempty" help:"Kinesis records in a PutRecords, 1 to 500"`
	CollectionMaxSize     *int64     `json:",omitempty" help:"bytes of a PutRecords, 52,224 to 10,485,760; 5,242,880 for a new one"`
	RecordMaxBufferedTime *int64     `json:",omitempty" help:"milliseconds that a user record waits in the buffers; 100 for a new one"`
	RecordTtl             *int64     `json:",omitempty" help:"milliseconds until a user record that was not taken has expired; 30,000 for a new one"`
	RateLimit             *int64     `json:",omitempty" help:"per cent of a shard's limits that it uses at the most; 150 for a new one"`
	FailIfThrottled       *bool      `json:",omitempty" help:"whether a refused record fails at once; the KPL sends it again until it expires"`
	MaxConnections        *int64     `json:",omitempty" help:"calls under way at one time, 1 to 256; 24 for a new one"`
	RequestTimeout        *int64     `json:",omitempty" help:"milliseconds until a call that is not answered counts as failed, 100 to 600,000; 6,000 for a new one"`
	MetricsLevel          *string    `json:",omitempty" help:"how many metrics it writes to CloudWatch" enum:"none|summary|detailed"`
	MetricsGranularity    *string    `json:",omitempty" help:"whether it writes them for streams and shards too" enum:"global|stream|shard"`
	MaxOutstanding        *int64     `json:",omitempty" help:"records without a result at which the application waits, 1 to 100,000; 10,000 for a new one"`
	MessageIds            *bool      `json:",omitempty" help:"whether each user record holds a unique id, by which a reader knows one that was put twice"`
	FlushSync             *bool      `json:",omitempty" help:"whether the application calls flushSync after each record, which it should not"`
	LatencyMillis         *int64     `json:",omitempty" help:"until it has the answer to a call"`
	Running               *bool      `json:",omitempty" help:"whether it writes; a new one does"`
	Role                  *string    `json:",omitempty" help:"user or role it writes as; without one it may do all"`
}

// ListKplProducersOutput lists the producers with the KPL in the order in which they were made.
type ListKplProducersOutput struct{ KplProducers []KplProducerSummary }

// KplProducerSummary is a producer with the KPL in a few members. Records are user records where nothing else is said.
type KplProducerSummary struct {
	Name                        string
	StreamName                  string
	Running                     bool
	RecordsPerSecond            float64
	RecordBytes                 int64
	Keys                        string
	Batching                    string
	UserRecordsReceived         int64
	UserRecordsPut              int64
	UserRecordsPending          int64
	UserRecordsFailed           int64
	KinesisRecords              int64 // sent, each attempt counted
	PutRecordsRequests          int64
	UserRecordsPerKinesisRecord float64
}

// kplOperations are the rows of producers with the KPL in the lab's table.
func kplOperations() []aws.Operation {
	return []aws.Operation{
		labRow("PutKplProducer", "Make a producer with the Kinesis Producer Library, or change what is given of the one with this name.", PutKplProducerInput{}, kpl.Settings{}),
		labRow("StartKplProducer", "Let a KPL producer write.", NameInput{}, nil),
		labRow("StopKplProducer", "Stop a KPL producer as it should: what is in its buffers is flushed.", NameInput{}, nil),
		labRow("FlushKplProducer", "Send what is in the buffers of a KPL producer now.", NameInput{}, nil),
		labRow("DeleteKplProducer", "Kill a KPL producer: what is in its buffers is lost.", NameInput{}, nil),
		labRow("ListKplProducers", "List the KPL producers and what they did.", ListInput{}, ListKplProducersOutput{}),
	}
}

// doKPL runs an operation of service "lab" on producers with the KPL; known says that it is one.
func (r *Region) doKPL(op string, body []byte) (out any, faults Faults, err error, known bool) {
	switch op {
	case "PutKplProducer":
		var in PutKplProducerInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.putKplProducer(in)
		}
	case "StartKplProducer", "StopKplProducer", "FlushKplProducer", "DeleteKplProducer":
		var in NameInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			err = r.kplOp(op, *in.Name)
		}
	case "ListKplProducers":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			list := ListKplProducersOutput{[]KplProducerSummary{}}
			for _, p := range r.KPLProducers() {
				s, t := p.Settings(), p.Total()
				list.KplProducers = append(list.KplProducers, KplProducerSummary{s.Name, s.StreamName, s.Running, s.RecordsPerSecond, int64(s.RecordBytes), s.Keys.Words(),
					s.Words(Number), t.Made, t.Accepted, int64(p.Outstanding()), t.Lost, t.Sent, t.Calls, perRecord(t)})
			}
			out = list
		}
	default:
		return nil, nil, nil, false
	}
	return out, faults, err, true
}

// perRecord is how many user records one Kinesis record carries on average, to the hundredth.
func perRecord(t kpl.Totals) float64 {
	if t.Sent == 0 {
		return 0
	}
	return math.Round(float64(t.Accepted+t.Retried)/float64(t.Sent)*100) / 100
}

// putKplProducer makes or changes a producer with the KPL.
func (r *Region) putKplProducer(in PutKplProducerInput) (any, error) {
	var faults Faults
	set := kpl.Settings{RecordsPerSecond: load.DefaultRecordsPerSecond, RecordBytes: load.DefaultRecordBytes,
		Keys: load.Keys{Kind: load.RoundRobin, Count: 8, Prefix: "key-"}, Config: kpl.Default(),
		LatencyMillis: int(kpl.DefaultLatency.Milliseconds()), MaxOutstanding: kpl.DefaultOutstanding, Running: true}
	old, owner, exists := named[library](r, in.Name, &set.Name, ProducerRef, &faults)
	if exists {
		set = old.Settings()
	}
	r.checkStream(in.StreamName, exists, "a new producer needs the stream it writes to", cannotWrite, &set.StreamName, &faults)
	checkRate(in.RecordsPerSecond, &set.RecordsPerSecond, &faults)
	if in.Keys != nil {
		set.Keys = checkKeys(*in.Keys, &faults)
	}
	between("RecordBytes", in.RecordBytes, 1, kpl.MaxRecordBytes, &set.RecordBytes, &faults)
	between("LatencyMillis", in.LatencyMillis, 0, kpl.MostLatency.Milliseconds(), &set.LatencyMillis, &faults)
	checkIDs(in.MessageIds, &set.MessageIds, set.Name, set.RecordBytes, &faults)
	between("MaxOutstanding", in.MaxOutstanding, 1, kpl.MaxOutstanding, &set.MaxOutstanding, &faults)
	for _, x := range []struct {
		path      string
		v         *int64
		low, high int64
		into      *int64
	}{
		{"AggregationMaxCount", in.AggregationMaxCount, 1, math.MaxUint32, &set.AggregationMaxCount},
		{"AggregationMaxSize", in.AggregationMaxSize, kpl.LeastAggregationSize, kpl.MostAggregationSize, &set.AggregationMaxSize},
		{"CollectionMaxCount", in.CollectionMaxCount, 1, kpl.MostCollectionCount, &set.CollectionMaxCount},
		{"CollectionMaxSize", in.CollectionMaxSize, kpl.LeastCollectionSize, kpl.MostCollectionSize, &set.CollectionMaxSize},
		{"RecordMaxBufferedTime", in.RecordMaxBufferedTime, 0, kpl.MostMillis, &set.RecordMaxBufferedTime},
		{"RecordTtl", in.RecordTtl, kpl.LeastTtl, kpl.MostMillis, &set.RecordTtl},
		{"RateLimit", in.RateLimit, 1, kpl.MostRateLimit, &set.RateLimit},
		{"MaxConnections", in.MaxConnections, 1, kpl.MostConnections, &set.MaxConnections},
		{"RequestTimeout", in.RequestTimeout, kpl.LeastRequestTimeout, kpl.MostRequestTimeout, &set.RequestTimeout},
	} {
		n := int(*x.into)
		between(x.path, x.v, x.low, x.high, &n, &faults)
		*x.into = int64(n)
	}
	for _, x := range []struct{ v, into *bool }{{in.AggregationEnabled, &set.AggregationEnabled}, {in.FailIfThrottled, &set.FailIfThrottled}, {in.FlushSync, &set.FlushSync}, {in.Running, &set.Running}} {
		if x.v != nil {
			*x.into = *x.v
		}
	}
	checkChoice("MetricsLevel", in.MetricsLevel, &set.MetricsLevel, &faults, kpl.MetricsLevels()...)
	checkChoice("MetricsGranularity", in.MetricsGranularity, &set.MetricsGranularity, &faults, kpl.MetricsGranularities()...)
	r.checkRole(in.Role, &set.Role, &faults)
	if len(faults) == 0 && set.RecordMaxBufferedTime >= set.RecordTtl { // Source: KinesisProducerConfiguration, the words of its warning
		faults.Add("RecordMaxBufferedTime", "%s ms is not below RecordTtl, %s ms: records would expire before they are sent", Number(set.RecordMaxBufferedTime), Number(set.RecordTtl))
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	if exists {
		old.Apply(set, r.packs(owner, old.Producer))
		r.sayActor(ProducerRef(set.Name), Info, "KPL producer %s is changed: %s.", set.Name, kplWords(set))
		return set, nil
	}
	if len(r.KPLProducers()) >= MaxActors {
		return nil, aws.Errorf(aws.LimitExceeded, "There are %d KPL producers already.", MaxActors).WithHint("Delete one first, or let one write more.")
	}
	p := kpl.New(set, r.cfg.Seed)
	owner = r.addActor(library{p})
	word := "is there, stopped"
	if set.Running {
		word = "starts"
		p.Start(r.packs(owner, p))
	}
	r.sayActor(ProducerRef(set.Name), Info, "KPL producer %s %s: %s.", set.Name, word, kplWords(set))
	return set, nil
}

// kplWords says what a producer with the KPL does.
func kplWords(s kpl.Settings) string {
	return fmt.Sprintf("%s records/s of %s to %s, %s, %s", Decimal(s.RecordsPerSecond), Bytes(int64(s.RecordBytes)), s.StreamName, s.Keys.Words(), s.Words(Number)) + roleWords(s.Role)
}

// kplOp starts, stops, flushes or deletes a producer with the KPL.
func (r *Region) kplOp(op, name string) error {
	a, owner, ok := findActor[library](r, name)
	if !ok {
		return aws.Errorf(aws.ResourceNotFound, "There is no KPL producer %q.", name).WithHint("lab list-kpl-producers shows the ones there are; lab put-kpl-producer makes one.")
	}
	w, set, outstanding := r.packs(owner, a.Producer), a.Settings(), a.Outstanding()
	switch {
	case op == "StartKplProducer" && !set.Running:
		a.Start(w)
		r.sayActor(ProducerRef(name), Info, "KPL producer %s starts: %s.", name, kplWords(set))
	case op == "StopKplProducer" && set.Running:
		a.Stop(w)
		more := ""
		if outstanding > 0 {
			more = fmt.Sprintf(": it flushes its buffers, so that none of %s is lost", Count(int64(outstanding), "unfinished record"))
		}
		r.sayActor(ProducerRef(name), Info, "KPL producer %s takes no more records%s.", name, more)
	case op == "FlushKplProducer":
		a.Flush(w)
		r.sayActor(ProducerRef(name), Info, "KPL producer %s flushes its buffers: the application called flush.", name)
	case op == "DeleteKplProducer":
		more, level := "", Info
		if lost := a.Unsaved(); lost > 0 {
			more, level = fmt.Sprintf("; %s that it had not yet written went with it. lab stop-kpl-producer would have flushed them", Count(lost, "record")), Warn
		}
		r.deleteActor(owner)
		r.sayActor("", level, "KPL producer %s is gone%s.", name, more)
	}
	return nil
}

// kplReasons says why buffers are flushed.
func kplReason(s kpl.Settings, why kpl.Reason) string {
	count, size, of := s.AggregationMaxCount, s.AggregationMaxSize, "Aggregation"
	if !s.AggregationEnabled {
		count, size, of = s.CollectionMaxCount, s.CollectionMaxSize, "Collection"
	}
	switch why {
	case kpl.ByTime:
		return fmt.Sprintf("when RecordMaxBufferedTime, %s, is over", Millis(s.RecordMaxBufferedTime))
	case kpl.ByCount:
		return fmt.Sprintf("when they hold %sMaxCount, %s", of, Count(count, "record"))
	case kpl.BySize:
		return fmt.Sprintf("when they reach %sMaxSize, %s B", of, Number(size))
	case kpl.ByShard:
		return "when 256 KiB are gathered for one shard"
	}
	if s.FlushSync {
		return "because the application calls flushSync after each record"
	}
	return "because the application calls flush"
}

// kplNotice turns what a producer with the KPL tells into events.
func (r *Region) kplNotice(p *kpl.Producer, n kpl.Notice) {
	s := p.Settings()
	e := Event{Kind: protocol.EventBuffer, Level: Info, Ref: ProducerRef(s.Name), Mark: true}
	switch n.Kind {
	case kpl.Flushing:
		e.Flush = true
		unit, in := "user record", "in each Kinesis record"
		if !s.AggregationEnabled {
			unit, in = "Kinesis record", "in each PutRecords"
		}
		e.Text = fmt.Sprintf("%s flushes its buffers %s: now about %s %s.", s.Name, kplReason(s, n.Reason), Count(n.N, unit), in)
		if s.AggregationEnabled && n.N <= 1 {
			e.Text = fmt.Sprintf("%s flushes its buffers %s, with hardly more than one user record in each: such a record is sent as it is.", s.Name, kplReason(s, n.Reason))
		}
	case kpl.Retried:
		r.gather(topic{kind: protocol.EventRetry, actor: s.Name}, n.N, 0)
		return
	case kpl.Unanswered:
		r.timedOut(s.Name)
		return
	case kpl.Lost:
		if !r.gather(topic{kind: protocol.EventLost, actor: s.Name, how: n.Code}, n.N, 0) {
			return
		}
		e.Kind, e.Level, e.Count = protocol.EventLost, Bad, n.N
		e.Text = fmt.Sprintf("%s begins to give records up%s.", s.Name, gaveUp(n.Code))
	case kpl.Throttled:
		e.Level = Warn
		e.Text = fmt.Sprintf("%s's limiter holds records for %s back: RateLimit lets it use %s %% of the shard's limits. They wait in its buffers, not in the stream.", s.Name, ShardID(n.Shard), Number(s.RateLimit))
	case kpl.Mapped:
		e.Mark = false
		e.Text = fmt.Sprintf("%s knows the %s of %s now: it packs user records by the shard they go to.", s.Name, Count(n.N, "open shard"), s.StreamName)
	case kpl.Unmapped:
		e.Level = Warn
		e.Text = fmt.Sprintf("%s cannot list the shards of %s (%s): it sends each user record alone until it can.", s.Name, s.StreamName, n.Code)
	case kpl.Missed:
		e.Level = Warn
		e.Text = fmt.Sprintf("A record of %s went to %s, not to %s as it had predicted: the shards have changed, and it lists them again.", s.Name, ShardID(n.Actual), ShardID(n.Shard))
	case kpl.Held:
		e.Level = Warn
		e.Text = fmt.Sprintf("%s has %s without a result: its application waits before it adds more.", s.Name, Count(int64(s.MaxOutstanding), "record"))
	case kpl.Released:
		e.Level = Good
		e.Text = fmt.Sprintf("The application of %s adds its records without waiting again.", s.Name)
	case kpl.Blocked:
		e.Kind, e.Level = protocol.EventActor, Bad
		e.Text = fmt.Sprintf("%s cannot write, and keeps its records until they expire: %s.", s.Name, Barred(n.Code, s.StreamName, s.Role, "write to"))
	case kpl.Unblocked:
		e.Kind, e.Level = protocol.EventActor, Good
		e.Text = fmt.Sprintf("%s writes to %s again.", s.Name, s.StreamName)
	}
	r.Say(e)
}

// gaveUp says why the KPL gives records up.
func gaveUp(code string) string {
	switch code {
	case "":
		return ""
	case kpl.Expired:
		return ": their RecordTtl is over"
	case aws.ProvisionedThroughputExceeded:
		return ": a shard refused them, and FailIfThrottled is on"
	}
	return ": " + code
}

// asProducer is how it looks on the stage.
func (a library) asProducer(r *Region) protocol.Producer {
	s, t, now := a.Settings(), a.Total(), r.Now()
	const lately = 2
	sum := a.Lately(now, lately)
	p := protocol.Producer{Kind: "KPL", Noun: "KplProducer", Name: s.Name, Stream: s.StreamName, Running: s.Running, Rate: s.RecordsPerSecond, Bytes: s.RecordBytes,
		Keys: s.Keys.Words(), Retry: "until " + Millis(s.RecordTtl) + " old", Accepted: float64(sum.Accepted) / lately, Refused: float64(sum.Refused) / lately,
		Waiting: a.Outstanding(), Sent: t.Accepted, Lost: t.Lost, Note: a.note(r, now)}
	if !s.Running {
		p.Rate = 0
	}
	var users, limited int
	var held int64
	fill, share := 0.0, 1.0
	for _, b := range a.Buffers(now) {
		users, limited, held = users+b.Records, limited+b.Limited, held+b.LimitedBytes
		fill = max(fill, float64(b.Bytes)/float64(s.AggregationMaxSize))
		share = min(share, b.Share)
	}
	limiter := protocol.Part{Name: "Limiter", Text: "lets all pass", Fill: 1 - share}
	if limited > 0 {
		limiter.Text, limiter.Level = fmt.Sprintf("holds back %s, %s", Count(int64(limited), "Kinesis record"), Bytes(held)), Warn
	}
	records, gathered := a.Collected()
	underWay, waiting := a.Requests()
	calls := protocol.Part{Name: "PutRecords", Text: fmt.Sprintf("%d gathered, %s", records, Count(int64(underWay+waiting), "call")),
		Fill: max(float64(gathered)/float64(s.CollectionMaxSize), float64(records)/float64(s.CollectionMaxCount))}
	if waiting > 0 {
		calls.Level = Warn
	}
	p.Parts = []protocol.Part{{Name: "Buffers", Text: Count(int64(users), "record"), Fill: fill}, calls, limiter}
	if limited > 0 {
		p.Parts[1], p.Parts[2] = limiter, calls
	}
	return p
}

// note says in a few words what it does.
func (a library) note(r *Region, now sim.Instant) string {
	s := a.Settings()
	switch held := a.Held(now); {
	case a.Blocked() != "":
		return "cannot write: " + Barred(a.Blocked(), s.StreamName, s.Role, "write to")
	case s.FlushSync && s.Running:
		return "the application waits in flushSync after each record"
	case held > 0:
		return Count(held, "record") + " wait in the application"
	}
	if why, ok := a.Flushing(); ok && s.Running {
		return "flushes " + kplReason(s, why)
	}
	return ""
}

func (a library) keyShares() (names []string, shares []float64, recordsPerSecond float64) {
	s := a.Settings()
	names, shares = a.Keys()
	if s.Running {
		recordsPerSecond = s.RecordsPerSecond
	}
	return names, shares, recordsPerSecond
}

// sheet is what there is to know of it.
func (a library) sheet(r *Region) protocol.Sheet {
	s, t, now := a.Settings(), a.Total(), r.Now()
	setting := func(name, value, note string) []protocol.Cell {
		return []protocol.Cell{{Text: name, Mono: true}, {Text: value, Note: note}}
	}
	does := "runs"
	if !s.Running {
		does = "stopped"
	}
	if note := a.note(r, now); note != "" {
		does += ": " + note
	}
	facts := protocol.Section{Title: "Producer with the KPL", Rows: [][]protocol.Cell{row("State", does),
		{{Text: "Stream"}, {Text: s.StreamName, Ref: StreamRef(s.StreamName), Mono: true}},
		row("User records", fmt.Sprintf("%s a second of %s", Decimal(s.RecordsPerSecond), Bytes(int64(s.RecordBytes)))), row("Keys", s.Keys.Words()),
		setting("RecordMaxBufferedTime", Millis(s.RecordMaxBufferedTime), "A record that waits longer is sent with what there is."),
		setting("AggregationEnabled", strconv.FormatBool(s.AggregationEnabled), "Whether user records for one shard share a Kinesis record."),
		setting("AggregationMaxSize", Number(s.AggregationMaxSize)+" B", ""), setting("CollectionMaxCount", Number(s.CollectionMaxCount), "Kinesis records in a PutRecords."),
		setting("RateLimit", Number(s.RateLimit)+" %", "Of a shard's limits: above 100, so that one producer can fill a shard that is otherwise idle."),
		setting("RecordTtl", Millis(s.RecordTtl), "Failed records are sent again until they are so old."),
		setting("FailIfThrottled", strconv.FormatBool(s.FailIfThrottled), ""), setting("RequestTimeout", Millis(s.RequestTimeout), ""), setting("MaxConnections", Number(s.MaxConnections), ""),
	}}
	if s.Role != "" {
		facts.Rows = append(facts.Rows, row("Acts as", s.Role))
	}
	buffers := protocol.Section{Title: "Its buffers", Head: []string{"Shard", "User records", "Bytes", "Flushed in", "Held by the limiter"}}
	for _, b := range a.Buffers(now) {
		in, held := "–", "–"
		if b.Records > 0 {
			in = Millis(max(0, b.DueAt.Sub(now).Milliseconds()))
		}
		if b.Limited > 0 {
			held = fmt.Sprintf("%s, %s", Count(int64(b.Limited), "record"), Bytes(b.LimitedBytes))
		}
		buffers.Rows = append(buffers.Rows, []protocol.Cell{{Text: ShardID(b.Shard), Ref: ShardRef(s.StreamName, b.Shard), Mono: true}, {Text: Number(int64(b.Records))},
			{Text: fmt.Sprintf("%s of %s", Number(int64(b.Bytes)), Number(s.AggregationMaxSize))}, {Text: in}, {Text: held}})
	}
	records, bytes := a.Collected()
	underWay, waiting := a.Requests()
	sum := a.Lately(now, 1)
	second := protocol.Section{Title: "In the last whole second", Rows: [][]protocol.Cell{
		row("User records added", Number(int64(sum.Made))), row("User records put", Number(int64(sum.Accepted))), row("Kinesis records sent", Number(int64(sum.Sent))),
		row("PutRecords calls", Number(int64(sum.Calls))), row("Kinesis records refused", Number(int64(sum.Refused))), row("User records sent again", Number(int64(sum.Retried))),
	}}
	flushed := func(stage int) string {
		var words []string
		for why, name := range [...]string{"time", "count", "size", "256 KiB for one shard", "flush"} {
			if n := t.Flushes[stage][why]; n > 0 {
				words = append(words, Number(n)+" by "+name)
			}
		}
		if len(words) == 0 {
			return "never"
		}
		return strings.Join(words, ", ")
	}
	per := func(a, b int64) string {
		if b == 0 {
			return "–"
		}
		return Decimal(math.Round(float64(a)/float64(b)*100) / 100)
	}
	all := protocol.Section{Title: "In all", Rows: [][]protocol.Cell{
		row("User records added", Number(t.Made)), row("With a result", fmt.Sprintf("%s put, %s failed", Number(t.Accepted), Number(t.Lost))), row("Outstanding", Number(int64(a.Outstanding()))),
		row("Kinesis records sent", fmt.Sprintf("%s, %s", Number(t.Sent), Bytes(t.SentBytes))), row("User records in a Kinesis record", Decimal(perRecord(t))),
		row("PutRecords calls", Number(t.Calls)), row("Kinesis records in a call", per(t.Sent, t.Calls)),
		row("In the collector now", fmt.Sprintf("%s, %s; %s under way, %d waiting", Count(int64(records), "Kinesis record"), Bytes(bytes), Count(int64(underWay), "call"), waiting)),
		row("Shard buffers flushed", flushed(0)), row("Collector flushed", flushed(1)), row("User records sent again", Number(t.Retried)),
		row("Went to another shard than predicted", Number(t.WrongShard)), row("Calls not answered in time", Number(t.TimedOut)), row("Put twice", Number(t.Duplicates)),
	}}
	futures := protocol.Section{Title: "The latest results of futures", Head: []string{"Partition key", "Result", "Attempts", "Took", "User records with it"}}
	st, there := r.kinesis.Stream(s.StreamName)
	for _, x := range a.Results() {
		result := protocol.Cell{Text: "failed: " + x.Code}
		if x.OK {
			result = protocol.Cell{Text: ShardID(x.Shard), Mono: true}
			if there {
				number := st.SequenceNumber(kinesis.PutResult{Shard: x.Shard, Index: x.Index}, x.TakenAt)
				result.Ref = "record:" + s.StreamName + "/" + ShardID(x.Shard) + "/" + number
			}
		}
		futures.Rows = append(futures.Rows, []protocol.Cell{{Text: x.Key, Mono: true}, result, {Text: strconv.Itoa(x.Attempts)}, {Text: Millis(x.Took.Milliseconds())}, {Text: strconv.Itoa(x.With)}})
	}
	change := "lab stop-kpl-producer --name " + s.Name
	if !s.Running {
		change = "lab start-kpl-producer --name " + s.Name
	}
	sections := slices.DeleteFunc([]protocol.Section{facts, buffers, second, all, futures}, func(x protocol.Section) bool { return len(x.Rows) == 0 })
	return protocol.Sheet{Ref: ProducerRef(s.Name), Kind: "KPL producer", Title: s.Name, Settings: JSON(s), Sections: sections, Commands: []string{change,
		fmt.Sprintf("lab put-kpl-producer --name %s --record-max-buffered-time %d", s.Name, s.RecordMaxBufferedTime),
		"lab flush-kpl-producer --name " + s.Name, "lab delete-kpl-producer --name " + s.Name}}
}
