package region

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/consumer"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/load"
	"shardlab/wasm/producer"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// keptEvents is how many events a world remembers.
const keptEvents = 5000

// quiet is how many seconds without a refusal must pass before the next one is news again.
const quiet = 5

// Levels of events.
const (
	Info = "info"
	Good = "good"
	Warn = "warn"
	Bad  = "bad"
)

// An Event is one thing that happened, in plain language. Kinds are those of package protocol.
type Event struct {
	ID    int64
	At    sim.Instant
	Kind  string
	Level string
	Text  string
	Ref   string // what to look at: "shard:trips/shardId-000000000001"
	Count int64  // how many records or calls it gathers
	Mark  bool   // worth a stop
	Flush bool   // a buffer goes out
}

// Events lists what happened, oldest first, from the event with an ID on; the oldest are forgotten.
func (r *Region) Events(from int64) []Event {
	var all []Event
	for i := max(from, r.events.First()); i < r.events.Next(); i++ {
		all = append(all, *r.events.At(i))
	}
	return all
}

// NextEvent is the ID that the next event will have.
func (r *Region) NextEvent() int64 { return r.events.Next() }

// Say adds an event that happens now; its ID and instant are filled in.
func (r *Region) Say(e Event) {
	e.ID, e.At = r.events.Next(), r.Now()
	r.events.Append(e)
	if r.events.Len() > keptEvents {
		r.events.TrimTo(r.events.Next() - keptEvents)
	}
}

// A topic is what is gathered: many notices of one kind about one thing.
type topic struct {
	kind   string // of protocol
	stream string
	shard  int32
	actor  string
	why    kinesis.Why
	op     string // of a fault: which calls
	how    string // of a fault: what it did to them
}

// gathered is what came together on a topic since the gathering began.
type gathered struct {
	topic    topic
	n        int64
	attempts int
}

// A run is a topic that keeps coming up.
type run struct {
	topic topic
	last  int64 // second in which it came up last
}

// gather adds n to a topic; at the end of the second one event tells the sum. It reports whether the topic is news: that
// it did not come up in the seconds before.
func (r *Region) gather(t topic, n int64, attempts int) (news bool) {
	news = r.news(t)
	second := r.Now().Second()
	if r.flushAt == 0 {
		r.flushAt = sim.Instant((second + 1) * int64(time.Second/time.Microsecond))
		r.sched.At(r.flushAt, ownerRegion, evFlush, 0)
	}
	for i := range r.gathering {
		if g := &r.gathering[i]; g.topic == t {
			g.n += n
			g.attempts = max(g.attempts, attempts)
			return news
		}
	}
	r.gathering = append(r.gathering, gathered{t, n, attempts})
	return news
}

// news says whether something like it was not told for a while.
func (r *Region) news(t topic) bool {
	second := r.Now().Second()
	if i := slices.IndexFunc(r.runs, func(x run) bool { return x.topic == t }); i >= 0 {
		last := r.runs[i].last
		r.runs[i].last = second
		return second-last > quiet
	}
	r.runs = append(r.runs, run{t, second})
	return true
}

// flush tells what was gathered in the second that ends now.
func (r *Region) flush() {
	r.flushAt = 0
	for _, g := range r.gathering {
		r.Say(r.sum(g))
	}
	r.gathering = r.gathering[:0]
	second := r.Now().Second()
	kept := r.runs[:0]
	for _, x := range r.runs {
		if second-x.last <= quiet {
			kept = append(kept, x)
		}
	}
	r.runs = kept
}

// sum words a second's gathering.
func (r *Region) sum(g gathered) Event {
	t := g.topic
	e := Event{Kind: t.kind, Level: Warn, Count: g.n}
	id := ShardID(t.shard)
	switch t.kind {
	case protocol.EventWriteRefused:
		e.Level, e.Ref = Bad, ShardRef(t.stream, t.shard)
		e.Text = fmt.Sprintf("%s refused %s: %s.", id, Count(g.n, "record"), r.usedUp(t.why, "was", "were"))
	case protocol.EventReadRefused:
		e.Level, e.Ref = Bad, ShardRef(t.stream, t.shard)
		e.Text = fmt.Sprintf("%s refused %s: %s.", id, Count(g.n, "read"), r.usedUp(t.why, "was", "were"))
	case protocol.EventRetry:
		e.Ref = ProducerRef(t.actor)
		e.Text = fmt.Sprintf("%s sends %s again.", t.actor, Count(g.n, "record"))
		if t.how != "" {
			e.Text = fmt.Sprintf("%s had no answer to %s in time.", t.actor, Count(g.n, "call"))
		}
	case protocol.EventLost:
		e.Level, e.Ref = Bad, ProducerRef(t.actor)
		e.Text = fmt.Sprintf("%s gave up %s%s%s.", t.actor, Count(g.n, "record"), after(g.attempts), gaveUp(t.how))
	case protocol.EventExpired:
		e.Level, e.Ref = Info, ShardRef(t.stream, t.shard)
		e.Text = fmt.Sprintf("%s let go of %s at the end of retention.", id, Count(g.n, "record"))
	case protocol.EventDelivery:
		e.Level, e.Ref = Bad, FirehoseRef(t.actor)
		e.Text = fmt.Sprintf("Firehose stream %s refused %s.", t.actor, Count(g.n, "record"))
		if st, ok := r.firehose.Stream(t.actor); ok {
			e.Text = fmt.Sprintf("Firehose stream %s refused %s: its %s of this second were used up.", t.actor, Count(g.n, "record"), quotaWords(st, t.how))
		}
	case protocol.EventFault:
		e.Level, e.Text = Bad, faultSum(g)
		if bucket, ok := strings.CutPrefix(t.stream, "s3/"); ok {
			e.Ref = BucketRef(bucket)
		} else if t.stream != "" && !strings.Contains(t.stream, "/") {
			e.Ref = StreamRef(t.stream)
		}
	default:
		panic("region: nothing gathers " + t.kind)
	}
	return e
}

func after(attempts int) string {
	switch attempts {
	case 0:
		return ""
	case 1:
		return " after one attempt"
	}
	return fmt.Sprintf(" after %d attempts", attempts)
}

// usedUp says which limit refused: "its 1,000 records of this second were used up".
func (r *Region) usedUp(w kinesis.Why, one, many string) string {
	l := r.kinesis.Limits()
	switch w {
	case kinesis.WhyRecords:
		return fmt.Sprintf("its %s of this second %s used up", Count(l.ShardRecordsPerSecond, "record"), many)
	case kinesis.WhyBytes:
		return fmt.Sprintf("its %s of this second %s used up", Bytes(l.ShardBytesPerSecond), one)
	case kinesis.WhyReadCalls:
		return fmt.Sprintf("its %s of this second %s used up", Count(int64(l.ShardReadCallsPerSecond), "read"), many)
	case kinesis.WhyReadBytes:
		return fmt.Sprintf("more than its %s a second %s given out", Bytes(l.ShardReadBytesPerSecond), one)
	case kinesis.WhyIterators:
		return fmt.Sprintf("its %s of this second %s used up", Count(int64(l.ShardIteratorsPerSecond), "iterator"), many)
	}
	return "a limit was reached"
}

// notice turns what the service tells into events.
func (r *Region) notice(n kinesis.Notice) {
	switch n.Kind {
	case kinesis.StatusChanged:
		r.Say(r.statusEvent(n))
	case kinesis.ShardOpened:
		r.shardOpened(n)
	case kinesis.ShardClosed:
		held := int64(0)
		if st, ok := r.kinesis.Stream(n.Stream); ok {
			if sh, ok := st.Shard(n.Shard); ok {
				held, _ = st.Held(sh, r.Now())
			}
		}
		text := fmt.Sprintf("%s closed: it takes no more records; the %s it holds can be read until retention ends.", ShardID(n.Shard), Count(held, "record"))
		if held == 0 {
			text = fmt.Sprintf("%s closed: it takes no more records.", ShardID(n.Shard))
		}
		r.Say(Event{Kind: protocol.EventShardClosed, Level: Info, Ref: ShardRef(n.Stream, n.Shard), Mark: true, Text: text})
	case kinesis.ScalingBegan, kinesis.HotShardsSplit, kinesis.PeakGrew, kinesis.PeakFell:
		r.scalingBegan(n)
	case kinesis.EncryptionChanged:
		r.encryptionChanged(n)
	case kinesis.ModeChanged:
		r.modeChanged(n)
	case kinesis.ShardExpired:
		r.Say(Event{Kind: protocol.EventShardExpired, Level: Info, Ref: StreamRef(n.Stream), Mark: true,
			Text: fmt.Sprintf("%s expired: it is gone, with its last record.", ShardID(n.Shard))})
	case kinesis.RecordsExpired:
		if r.gather(topic{kind: protocol.EventExpired, stream: n.Stream, shard: n.Shard}, n.N, 0) {
			r.Say(Event{Kind: protocol.EventExpired, Level: Info, Ref: ShardRef(n.Stream, n.Shard), Mark: true, Count: n.N,
				Text: fmt.Sprintf("%s begins to let go of its oldest records: they have reached the end of retention.", ShardID(n.Shard))})
		}
	case kinesis.WritesRefused:
		if r.gather(topic{kind: protocol.EventWriteRefused, stream: n.Stream, shard: n.Shard, why: n.Why}, n.N, 0) {
			r.Say(Event{Kind: protocol.EventWriteRefused, Level: Bad, Ref: ShardRef(n.Stream, n.Shard), Mark: true, Count: n.N,
				Text: fmt.Sprintf("%s begins to refuse records: %s.", ShardID(n.Shard), r.usedUp(n.Why, "is", "are"))})
		}
	case kinesis.ConsumerChanged:
		r.Say(consumerEvent(n))
	case kinesis.EventPushed, kinesis.SubscriptionEnded:
		r.pushed(n)
	case kinesis.ZoneLost, kinesis.FailedOver, kinesis.ZoneBack, kinesis.ZoneSynced:
		r.zoneNotice(n)
	case kinesis.ReadRefused, kinesis.IteratorRefused:
		if r.gather(topic{kind: protocol.EventReadRefused, stream: n.Stream, shard: n.Shard, why: n.Why}, 1, 0) {
			r.Say(Event{Kind: protocol.EventReadRefused, Level: Bad, Ref: ShardRef(n.Stream, n.Shard), Mark: true, Count: 1,
				Text: fmt.Sprintf("%s begins to refuse reads: %s.", ShardID(n.Shard), r.usedUp(n.Why, "is", "are"))})
		}
	}
}

// scalingBegan tells how a stream gets to its new number of shards.
func (r *Region) scalingBegan(n kinesis.Notice) {
	st, ok := r.kinesis.Stream(n.Stream)
	if !ok {
		return
	}
	var how []string
	splits, merges := st.Steps()
	if splits > 0 {
		how = append(how, Count(int64(splits), "split"))
	}
	if merges > 0 {
		how = append(how, Count(int64(merges), "merge"))
	}
	from, to := Number(int64(len(st.OpenShards()))), Count(n.N, "shard")
	text := fmt.Sprintf("%s is scaled from %s to %s of even ranges: %s, one after the other.", n.Stream, from, to, strings.Join(how, " and "))
	switch {
	case n.Kind == kinesis.HotShardsSplit:
		text = fmt.Sprintf("%s scales itself from %s to %s: those that took more than half of what they can are split in the middle.", n.Stream, from, to)
	case n.Kind == kinesis.PeakGrew:
		text = fmt.Sprintf("%s scales itself from %s to %s: double its peak of the last 30 days needs them.", n.Stream, from, to)
	case n.Kind == kinesis.PeakFell:
		text = fmt.Sprintf("%s scales itself down from %s to %s: its higher peak is more than 30 days ago.", n.Stream, from, to)
	case len(how) == 0:
		text = fmt.Sprintf("%s has %s of even ranges already: nothing is split or merged.", n.Stream, to)
	}
	r.Say(Event{Kind: protocol.EventStreamStatus, Level: Info, Ref: StreamRef(n.Stream), Mark: true, Text: text})
}

// modeChanged tells what a stream's capacity mode means from now on.
func (r *Region) modeChanged(n kinesis.Notice) {
	open := int64(0)
	if st, ok := r.kinesis.Stream(n.Stream); ok {
		open = int64(len(st.OpenShards()))
	}
	text := fmt.Sprintf("%s is PROVISIONED now: it keeps its %s until somebody changes them.", n.Stream, Count(open, "shard"))
	if n.Status == kinesis.OnDemand {
		text = fmt.Sprintf("%s is ON_DEMAND now: it keeps its %s until its traffic asks for others.", n.Stream, Count(open, "shard"))
	}
	r.Say(Event{Kind: protocol.EventStreamStatus, Level: Info, Ref: StreamRef(n.Stream), Mark: true, Text: text})
}

// consumerEvent tells of a registered consumer.
func consumerEvent(n kinesis.Notice) Event {
	e := Event{Kind: protocol.EventFanOut, Level: Info, Ref: StreamRef(n.Stream), Mark: true}
	switch n.Status {
	case kinesis.Creating:
		e.Text = fmt.Sprintf("%s is registered as a consumer of %s for enhanced fan-out: it is CREATING and can subscribe once it is ACTIVE.", n.Consumer, n.Stream)
	case kinesis.Active:
		e.Level = Good
		e.Text = fmt.Sprintf("Consumer %s of %s is ACTIVE: it can subscribe to shards.", n.Consumer, n.Stream)
	case kinesis.Deleting:
		e.Text = fmt.Sprintf("Consumer %s of %s is DELETING: its subscriptions end.", n.Consumer, n.Stream)
	default:
		e.Text = fmt.Sprintf("Consumer %s of %s is gone.", n.Consumer, n.Stream)
	}
	return e
}

func (r *Region) statusEvent(n kinesis.Notice) Event {
	e := Event{Kind: protocol.EventStreamStatus, Level: Info, Ref: StreamRef(n.Stream), Mark: true}
	open, what := int64(0), "a change"
	if st, ok := r.kinesis.Stream(n.Stream); ok {
		open = int64(len(st.OpenShards()))
		if splits, merges := st.Steps(); splits+merges > 0 {
			what = "a change of its shards"
		}
	}
	switch n.Status {
	case kinesis.Creating:
		e.Text = fmt.Sprintf("%s is CREATING: it takes records once it is ACTIVE.", n.Stream)
	case kinesis.Active:
		e.Level = Good
		e.Text = fmt.Sprintf("%s is ACTIVE with %s.", n.Stream, Count(open, "open shard"))
	case kinesis.Updating:
		e.Text = fmt.Sprintf("%s is UPDATING: %s is under way, reads and writes go on.", n.Stream, what)
	case kinesis.Deleting:
		e.Text = fmt.Sprintf("%s is DELETING.", n.Stream)
	default:
		e.Text = fmt.Sprintf("%s is gone, with all its records.", n.Stream)
	}
	return e
}

// shardOpened tells of a child; the first shards of a stream are told of when it is ACTIVE.
func (r *Region) shardOpened(n kinesis.Notice) {
	st, ok := r.kinesis.Stream(n.Stream)
	if !ok {
		return
	}
	sh, ok := st.Shard(n.Shard)
	if !ok || len(sh.Parents()) == 0 {
		return
	}
	from := "a child of " + ShardID(sh.Parents()[0])
	if p := sh.Parents(); len(p) == 2 {
		from = "the child of " + ShardID(p[0]) + " and " + ShardID(p[1])
	}
	lo, hi := sh.Range()
	r.Say(Event{Kind: protocol.EventShardOpened, Level: Good, Ref: ShardRef(n.Stream, n.Shard), Mark: true,
		Text: fmt.Sprintf("%s opened, %s: it takes the hash keys from %s to %s of the ring.", ShardID(n.Shard), from, ringPart(lo, 0), ringPart(hi, 1))})
}

// ringPart is where on the ring a hash key lies, in per cent; past is 1 for the end of a range.
func ringPart(h kinesis.Hash, past uint64) string {
	part := h.Part()
	if past > 0 && h == kinesis.MaxHash {
		part = 1
	} else if past > 0 {
		part = h.Add(past).Part()
	}
	return load.Percent(part)
}

func (r *Region) producerNotice(p *producer.Producer, n producer.Notice) {
	name := p.Settings().Name
	switch n.Kind {
	case producer.Retried:
		r.gather(topic{kind: protocol.EventRetry, actor: name}, n.N, 0)
	case producer.TimedOut:
		r.timedOut(name)
	case producer.Lost:
		if r.gather(topic{kind: protocol.EventLost, actor: name}, n.N, n.Attempts) {
			r.Say(Event{Kind: protocol.EventLost, Level: Bad, Ref: ProducerRef(name), Mark: true, Count: n.N,
				Text: fmt.Sprintf("%s begins to give records up%s.", name, after(n.Attempts))})
		}
	case producer.Blocked:
		r.Say(Event{Kind: protocol.EventActor, Level: Bad, Ref: ProducerRef(name), Mark: true,
			Text: fmt.Sprintf("%s cannot write, and its records are lost: %s.", name, Barred(n.Code, p.Settings().StreamName, p.Settings().Role, "write to"))})
	case producer.Unblocked:
		r.Say(Event{Kind: protocol.EventActor, Level: Good, Ref: ProducerRef(name), Mark: true,
			Text: fmt.Sprintf("%s writes to %s again.", name, p.Settings().StreamName)})
	}
}

// timedOut tells of a call that a client that writes had no answer to in time.
func (r *Region) timedOut(name string) {
	if r.gather(topic{kind: protocol.EventRetry, actor: name, how: "time-out"}, 1, 0) {
		r.Say(Event{Kind: protocol.EventRetry, Level: Bad, Ref: ProducerRef(name), Mark: true, Count: 1,
			Text: fmt.Sprintf("%s begins to wait for answers in vain. It cannot know whether the stream took those records: sent again they may be there twice.", name)})
	}
}

func (r *Region) consumerNotice(c *consumer.Consumer, n consumer.Notice) {
	name := c.Settings().Name
	e := Event{Kind: protocol.EventActor, Level: Info, Ref: ConsumerRef(name), Mark: true}
	switch n.Kind {
	case consumer.Behind:
		e.Kind, e.Level = protocol.EventBehind, Warn
		e.Text = fmt.Sprintf("%s falls behind: the oldest record it has not read is %s old.", name, Millis(n.N))
	case consumer.CaughtUp:
		e.Kind, e.Level = protocol.EventCaughtUp, Good
		e.Text = fmt.Sprintf("%s has caught up.", name)
	case consumer.Blocked:
		e.Level = Bad
		e.Text = fmt.Sprintf("%s cannot read: %s.", name, Barred(n.Code, c.Settings().StreamName, c.Settings().Role, "read"))
	case consumer.Unblocked:
		e.Level = Good
		e.Text = fmt.Sprintf("%s finds %s ACTIVE and begins to read.", name, c.Settings().StreamName)
		if c.Total().Read > 0 {
			e.Text = fmt.Sprintf("%s reads %s again.", name, c.Settings().StreamName)
		}
	case consumer.Finished:
		e.Text = fmt.Sprintf("%s has read the closed %s to its end and goes on with its children.", name, ShardID(n.Shard))
	case consumer.Expired:
		e.Level = Warn
		e.Text = fmt.Sprintf("%s took so long that its iterator of %s expired; it gets a new one.", name, ShardID(n.Shard))
	case consumer.Subscribed:
		e.Kind = protocol.EventFanOut
		e.Text = fmt.Sprintf("%s subscribes to %s: from now on records are pushed to it.", name, Count(n.N, "shard"))
	case consumer.Renewed:
		e.Kind, e.Mark = protocol.EventFanOut, false
		e.Text = fmt.Sprintf("%s renews its subscription to %s after %s.", name, Count(n.N, "shard"), Millis(r.kinesis.Limits().SubscriptionLifetime.Milliseconds()))
	case consumer.Refused:
		e.Kind, e.Level = protocol.EventFanOut, Warn
		e.Text = fmt.Sprintf("%s may not subscribe to %s yet (%s); it tries again every second.", name, ShardID(n.Shard), n.Code)
	case consumer.TakenOver:
		e.Kind, e.Level = protocol.EventFanOut, Warn
		e.Text = fmt.Sprintf("Another reader subscribed to %s as %s: the subscription of %s has ended.", ShardID(n.Shard), c.Settings().RegisteredAs(), name)
	case consumer.Unregistered:
		e.Kind, e.Level = protocol.EventFanOut, Bad
		e.Text = fmt.Sprintf("%s cannot register as a consumer of %s (%s); it tries again every second.", name, c.Settings().StreamName, n.Code)
	case consumer.Deregistered:
		e.Kind, e.Level = protocol.EventFanOut, Bad
		e.Text = fmt.Sprintf("%s cannot read any more: %s is no registered consumer of %s. Started anew it registers it again.", name, c.Settings().RegisteredAs(), c.Settings().StreamName)
	case consumer.TooEarly:
		e.Level = Warn
		e.Text = fmt.Sprintf("%s reads %s although a parent of it is not read to its end.", name, ShardID(n.Shard))
	}
	r.Say(e)
}

// Number writes a number with commas: 1,000.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count writes a number of things: "1 record", "1,000 records".
//
//go:noinline
func Count(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Number(n) + " " + thing + "s"
}

// row is a row of a sheet. Like other words it need not be fast, and inlined a hundred times it would be large to download.
//
//go:noinline
func row(name, value string) []protocol.Cell { return []protocol.Cell{{Text: name}, {Text: value}} }

// Bytes writes a size in the largest unit in which it has at most one decimal worth showing: 512 B, 1.5 KiB, 1 MiB.
func Bytes(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.size {
			tenths := (n*10 + u.size/2) / u.size
			if tenths%10 == 0 {
				return Number(tenths/10) + " " + u.name
			}
			return fmt.Sprintf("%s.%d %s", Number(tenths/10), tenths%10, u.name)
		}
	}
	return Number(n) + " B"
}

// Millis writes milliseconds as a learner reads them: 200 ms, 5.2 s, 3 min 20 s.
func Millis(n int64) string {
	switch {
	case n < 1000:
		return Number(n) + " ms"
	case n < 60_000:
		if t := (n + 50) / 100; t%10 != 0 {
			return fmt.Sprintf("%d.%d s", t/10, t%10)
		}
		return fmt.Sprintf("%d s", (n+50)/1000)
	case n < 3_600_000:
		if s := n / 1000 % 60; s != 0 {
			return fmt.Sprintf("%d min %d s", n/60_000, s)
		}
		return fmt.Sprintf("%d min", n/60_000)
	}
	if m := n / 60_000 % 60; m != 0 {
		return fmt.Sprintf("%s h %d min", Number(n/3_600_000), m)
	}
	return Number(n/3_600_000) + " h"
}
