package kinesis

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// A taken is a record that the walk put and the service took.
type taken struct {
	shard  int32
	number string
	at     sim.Instant
}

// A walk is a random life of a stream, with what must be true of it kept beside it in the plainest form.
type walk struct {
	*world
	st    *Stream
	next  int              // the number that the next record carries as its data
	taken map[int]taken    // by what the record carries
	order map[string][]int // what each key's records carry, in the order in which they were taken
	last  map[int32]string // the last sequence number of each shard
	gone  sim.Instant      // what was taken then or before has expired, and does not come back
}

func newWalk(t testing.TB) *walk {
	l := Limits2026()
	l.MinRetention = time.Hour // so that walks see records expire
	w := newWorld(t, l)
	return &walk{world: w, st: w.stream("orders", 3), taken: map[int]taken{}, order: map[string][]int{}, last: map[int32]string{}}
}

func (w *walk) putSome(t *rapid.T) {
	n := rapid.IntRange(1, 400).Draw(t, "records")
	entries, results := make([]PutEntry, n), make([]PutResult, n)
	for i := range entries {
		entries[i] = PutEntry{Key: fmt.Sprint("k", rapid.IntRange(0, 20).Draw(t, "key")), Data: []byte(strconv.Itoa(w.next + i))}
		if rapid.IntRange(0, 20).Draw(t, "explicit") == 0 {
			entries[i].Hash, entries[i].Explicit = Hash{rapid.Uint64().Draw(t, "hash"), 0}, true
			entries[i].Key = fmt.Sprint("x", w.next+i)
		}
	}
	w.must(w.Put(w.st, entries, results))
	for i, r := range results {
		sh, ok := w.st.Shard(r.Shard)
		h := entries[i].Hash
		if !entries[i].Explicit {
			h = HashKey(entries[i].Key)
		}
		if start, end := sh.Range(); !ok || !sh.Open() || h.Less(start) || end.Less(h) {
			t.Fatalf("a record of %s went to %s, which is not its open shard", h, sh.ID())
		}
		if !r.OK() {
			continue
		}
		number := w.st.SequenceNumber(r, w.sched.Now())
		if number <= w.last[r.Shard] {
			t.Fatalf("in %s %s follows %s", sh.ID(), number, w.last[r.Shard])
		}
		w.last[r.Shard] = number
		w.taken[w.next+i] = taken{r.Shard, number, w.sched.Now()}
		w.order[entries[i].Key] = append(w.order[entries[i].Key], w.next+i)
	}
	w.next += n
}

func (w *walk) splitSome(t *rapid.T) {
	sh := rapid.SampledFrom(w.st.OpenShards()).Draw(t, "shard")
	start, end := sh.Range()
	at := start.Middle(end)
	if rapid.Bool().Draw(t, "uneven") {
		at = start.Add(rapid.Uint64().Draw(t, "offset"))
	}
	// Whether it is allowed is for the service to say; what matters is what is true afterwards.
	_ = w.split(sh.ID(), at.String())
}

func (w *walk) mergeSome(t *rapid.T) {
	open := w.st.OpenShards()
	i := rapid.IntRange(0, len(open)-1).Draw(t, "low")
	_ = w.merge(open[i].ID(), open[(i+1)%len(open)].ID())
}

func (w *walk) waitSome(t *rapid.T) {
	w.wait(time.Duration(rapid.SampledFrom([]int64{1, 40_000, 200_000, 1_000_000, 6_000_000, 600_000_000, 2_000_000_000}).Draw(t, "wait")) * time.Microsecond)
	w.trimmed()
}

// trimmed notes which records have expired by now.
func (w *walk) trimmed() { w.gone = max(w.gone, w.sched.Now().Add(-w.st.Retention())) }

func (w *walk) scaleSome(t *rapid.T) {
	open := int64(len(w.st.OpenShards()))
	_ = w.scale(rapid.Int64Range(max(1, open/2), 2*open).Draw(t, "target"))
}

// switchSome switches the mode, and takes an on-demand stream past its next look at the traffic with an hour's load in its
// books or without, so that it scales itself.
func (w *walk) switchSome(t *rapid.T) {
	_ = w.switchMode(w.st)
	if w.st.Mode() == OnDemand && rapid.Bool().Draw(t, "look") {
		w.st.demand.load.peakRecords = rapid.Int64Range(0, 60*8000).Draw(t, "peak")
		w.st.open[0].load.peakRecords = rapid.Int64Range(0, 60*1000).Draw(t, "hot")
		run(w.Service, w.st.TickAt())
		w.trimmed()
	}
}

func (w *walk) retainSome(t *rapid.T) {
	w.trimmed()
	w.SetRetention(w.st, time.Duration(rapid.IntRange(1, 4).Draw(t, "hours"))*time.Hour)
	w.trimmed()
}

// callSome makes calls that count against rates.
func (w *walk) callSome(t *rapid.T) {
	sh := rapid.SampledFrom(w.st.Shards()).Draw(t, "of")
	for range rapid.IntRange(1, 7).Draw(t, "calls") {
		_, _ = w.Iterate(w.st, sh.Number(), Position{Type: TrimHorizon})
		_, _ = w.Read(w.st, Cursor{Shard: sh.Number(), Issued: w.sched.Now()}, 3)
		_, _ = w.DescribeStream(&DescribeStreamInput{StreamName: ptr("orders")})
		_, _ = w.ListShards(&ListShardsInput{StreamName: ptr("orders")})
	}
	w.set(rapid.IntRange(0, 3).Draw(t, "settings"))
}

// set changes settings of the stream and the account.
func (w *world) set(n int) {
	for i := range n {
		tag, arn := fmt.Sprint("t", i), ptr(w.arnOf("orders"))
		_ = w.UntagResource(&UntagResourceInput{ResourceARN: arn, TagKeys: []string{tag}})
		_ = w.AddTagsToStream(&AddTagsToStreamInput{StreamARN: arn, Tags: map[string]string{fmt.Sprint("t", n): tag}})
		_ = w.PutResourcePolicy(&PutResourcePolicyInput{ResourceARN: arn, Policy: ptr(`{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"` + tag + `"}}`)})
		_, _ = w.UpdateAccountSettings(&UpdateAccountSettingsInput{&MinimumThroughputBillingCommitmentInput{ptr([]string{enabled, disabled}[i%2])}})
		_, _ = w.EnableEnhancedMonitoring(&EnableEnhancedMonitoringInput{StreamARN: arn, ShardLevelMetrics: []string{"OutgoingBytes"}})
	}
}

// fanOutSome registers and deregisters consumers, subscribes, holds back and closes connections.
func (w *walk) fanOutSome(t *rapid.T) {
	name := rapid.SampledFrom([]string{"app", "web"}).Draw(t, "consumer")
	c, ok := w.st.Consumer(name)
	if !ok {
		_, _ = w.RegisterStreamConsumer(&RegisterStreamConsumerInput{StreamARN: ptr(w.st.ARN()), ConsumerName: &name, Tags: map[string]string{"a": "b"}})
		return
	}
	if rapid.IntRange(0, 30).Draw(t, "deregister") == 0 {
		_ = w.DeregisterStreamConsumer(&DeregisterStreamConsumerInput{ConsumerARN: &c.arn})
		return
	}
	sh := rapid.SampledFrom(w.st.Shards()).Draw(t, "of")
	id, _, err := w.SubscribeFrom(c, sh.Number(), Position{Type: rapid.SampledFrom([]string{TrimHorizon, Latest}).Draw(t, "from")}, 9)
	if err != nil {
		id = w.subscribed
	}
	switch rapid.IntRange(0, 6).Draw(t, "then") {
	case 0:
		w.Unsubscribe(id)
	case 1:
		w.HoldBack(id, w.sched.Now().Add(700*time.Millisecond))
	}
}

// check holds whatever was done.
func (w *walk) check(t *rapid.T) {
	// Every hash key has exactly one open shard.
	next := Hash{}
	for i, sh := range w.st.OpenShards() {
		start, end := sh.Range()
		if start != next || end.Less(start) {
			t.Fatalf("open shard %s has %s to %s where %s should begin", sh.ID(), start, end, next)
		}
		if next = end.Add(1); i == len(w.st.OpenShards())-1 && end != MaxHash {
			t.Fatalf("the last open shard ends at %s", end)
		}
	}
	// What the shards hold is what was taken and has not expired: nothing lost, nothing doubled.
	now, seen := w.sched.Now(), 0
	for _, sh := range w.st.Shards() {
		held, size := w.st.Held(sh, now)
		seen += int(held)
		for i := sh.horizon(now, w.st.Retention()); i < sh.records.Next(); i++ {
			r := sh.records.At(i)
			size -= r.Size()
			n, err := strconv.Atoi(string(r.Data))
			rec, ok := w.taken[n]
			if err != nil || !ok || rec.shard != sh.Number() || rec.at != r.At || rec.number != sh.SequenceNumber(i, r.At) {
				t.Fatalf("%s holds %q at %d, which was taken as %+v", sh.ID(), r.Data, i, rec)
			}
		}
		if size != 0 {
			t.Fatalf("%s miscounts its bytes by %d", sh.ID(), size)
		}
	}
	want := 0
	for _, rec := range w.taken {
		if rec.at.Add(w.st.Retention()) > now && rec.at > w.gone {
			want++
		}
	}
	w.numbersFollow(w.st)
	if seen != want {
		t.Fatalf("the shards hold %d records, %d were taken and have not expired", seen, want)
	}
}

func (w *walk) steps(t *rapid.T, check func(*rapid.T)) map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){"put": w.putSome, "put more": w.putSome, "split": w.splitSome, "merge": w.mergeSome, "scale": w.scaleSome,
		"mode": w.switchSome, "retention": w.retainSome, "wait": w.waitSome, "wait more": w.waitSome, "call": w.callSome, "fan out": w.fanOutSome, "": check}
}

func TestNothingIsLostOrDoubled(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWalk(t)
		rt.Repeat(w.steps(rt, w.check))
		if len(w.told) > 0 && w.told[0].Kind != StatusChanged {
			rt.Fatalf("the first thing told is %+v", w.told[0])
		}
	})
}

// Whoever reads parents to their end before their children gets each key's records in the order in which they were taken.
func TestParentsFirstKeepsKeyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWalk(t)
		rt.Repeat(w.steps(rt, func(*rapid.T) {}))
		w.wait(15 * time.Second)
		got := map[string][]int{}
		done := map[int32]bool{}
		var drain func(sh *ShardState)
		drain = func(sh *ShardState) {
			if done[sh.Number()] {
				return
			}
			done[sh.Number()] = true
			for _, p := range sh.Parents() {
				if parent, ok := w.st.Shard(p); ok {
					drain(parent)
				}
			}
			c := Cursor{Shard: sh.Number()}
			for {
				c.Issued = w.sched.Now()
				b, err := w.Read(w.st, c, rapid.SampledFrom([]int{1000, 0}).Draw(rt, "limit"))
				if err != nil {
					rt.Fatal(err)
				}
				for i := range b.Len() {
					r, _ := b.Record(i)
					n, _ := strconv.Atoi(string(r.Data))
					got[r.Key] = append(got[r.Key], n)
				}
				c = b.Next
				if b.End && len(b.Children) == 0 {
					rt.Fatalf("%s ends without children", sh.ID())
				}
				if b.End || sh.Open() && b.MillisBehind == 0 {
					return
				}
				at := w.ReadableAt(w.st, sh)
				w.wait(at.Sub(w.sched.Now()) + 200*time.Millisecond)
			}
		}
		now := w.sched.Now()
		for _, sh := range slices.Clone(w.st.OpenShards()) {
			drain(sh)
		}
		for key, want := range w.order {
			read := got[key]
			if !slices.IsSorted(read) {
				rt.Fatalf("key %s was read as %v", key, read)
			}
			// What was not read had expired before the reading ended.
			for _, n := range want {
				if rec := w.taken[n]; rec.at.Add(w.st.Retention()) > w.sched.Now() && rec.at > w.gone && !slices.Contains(read, n) {
					rt.Fatalf("record %d of key %s was not read (reading began at %v)", n, key, now.Sub(begin))
				}
			}
		}
	})
}

// states is all that a world is, in canonical form.
func (w *world) states() string {
	var b bytes.Buffer
	w.State(&b)
	w.meter.State(&b)
	return b.String()
}

// A clone run on gives what the original gives, and neither touches the other.
func TestCloneRunsOnTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWalk(t)
		rt.Repeat(w.steps(rt, func(*rapid.T) {}))
		c := &world{t: t, sched: w.sched.Clone(), meter: w.meter.Clone()}
		c.Service = w.Service.Clone(c.sched, c.meter, func(cfg *Config) { cfg.Notify = func(n Notice) { c.told = append(c.told, n) } })
		if a, b := w.states(), c.states(); a != b {
			rt.Fatalf("a clone differs at once:\n%s", diff(a, b))
		}
		// The same commands to both; then something to one alone.
		w.told = nil
		before := w.states()
		after := func(v *world) string {
			v.wait(time.Second)
			st, _ := v.Stream("orders")
			v.put(st, st.OpenShards()[0].Number(), 300, 100)
			_ = v.split(st.OpenShards()[0].ID(), "12345")
			_ = v.scale(int64(len(st.OpenShards()) + 1))
			for _, sh := range st.Shards() {
				for range 7 {
					_, _ = v.Iterate(st, sh.Number(), Position{Type: Latest})
					_, _ = v.Read(st, Cursor{Shard: sh.Number(), Issued: v.sched.Now()}, 1)
					_, _ = v.DescribeStream(&DescribeStreamInput{StreamName: ptr("orders")})
				}
			}
			for range 20 {
				_, _ = v.Read(st, Cursor{Shard: st.OpenShards()[0].Number(), Issued: v.sched.Now()}, 10)
				v.wait(333 * time.Millisecond)
			}
			v.put(st, st.OpenShards()[0].Number(), 300, 100)
			v.wait(10 * time.Second)
			_ = v.IncreaseStreamRetentionPeriod(&IncreaseStreamRetentionPeriodInput{StreamName: ptr("orders"), RetentionPeriodHours: ptr(int64(2))})
			v.wait(10 * time.Second)
			v.set(3)
			_ = v.switchMode(st)
			v.wait(time.Minute)
			v.put(st, st.OpenShards()[0].Number(), 300, 100)
			v.wait(2 * time.Hour)
			return v.states()
		}
		b := after(c)
		if w.states() != before {
			rt.Fatalf("what the clone did changed the original:\n%s", diff(before, w.states()))
		}
		if a := after(w.world); a != b {
			rt.Fatalf("the clone ran on differently:\n%s", diff(a, b))
		}
		if !slices.EqualFunc(w.told, c.told, sameNotice) {
			rt.Fatalf("original and clone told different things: %v, %v", w.told, c.told)
		}
	})
}

// sameNotice compares what two worlds told; of what was pushed it compares the places, for the shards are two.
func sameNotice(a, b Notice) bool {
	same := (a.Batch == nil) == (b.Batch == nil) && fmt.Sprint(a.Err) == fmt.Sprint(b.Err)
	if same && a.Batch != nil {
		x, y := *a.Batch, *b.Batch
		same = x.first == y.first && x.Bytes == y.Bytes && x.MillisBehind == y.MillisBehind && x.Next == y.Next && x.End == y.End && slices.Equal(x.Children, y.Children)
	}
	a.Batch, b.Batch, a.Err, b.Err = nil, nil, nil, nil
	return same && a == b
}

// Looking changes nothing.
func TestAccessorsChangeNothing(t *testing.T) {
	w := newWalk(t)
	rapid.Check(t, func(rt *rapid.T) {
		w.putSome(rt)
		w.waitSome(rt)
		before := w.states()
		now := w.sched.Now()
		for _, st := range w.Streams() {
			st.Tags()
			for _, sh := range st.Shards() {
				sh.Last(now)
				st.Held(sh, now)
				st.WriteBudgets(sh, now)
				st.ReadBudget(sh, now)
				w.ReadableAt(st, sh)
				sh.Describe()
				sh.Find(sh.StartingSequenceNumber())
				sh.Oldest()
				sh.Newest()
			}
		}
		for _, k := range w.meter.Keys() {
			w.meter.Get(k.Metric, k.Dims, begin, now, time.Minute, cloudwatch.Sum)
		}
		if after := w.states(); after != before {
			rt.Fatalf("looking changed something:\n%s", diff(before, after))
		}
	})
}

// diff shows the first lines in which two texts differ.
func diff(a, b string) string {
	la, lb := bytes.Split([]byte(a), []byte("\n")), bytes.Split([]byte(b), []byte("\n"))
	for i := range min(len(la), len(lb)) {
		if !bytes.Equal(la[i], lb[i]) {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, la[i], lb[i])
		}
	}
	return fmt.Sprintf("%d and %d lines (%d)", len(la), len(lb), cmp.Compare(len(la), len(lb)))
}

// The digest of a shard's records tells apart whatever differs in a byte, a length or an instant.
func TestDigestTellsRecordsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.SliceOfN(rapid.Byte(), 0, 40)
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		if same := text(digest(1), a) == text(digest(1), b); same != bytes.Equal(a, b) {
			t.Fatalf("%x and %x have the same digest: %v", a, b, same)
		}
		if text(digest(1), a) != text(digest(1), string(a)) {
			t.Fatalf("%x has another digest as a text", a)
		}
		if len(a) > 1 && text(text(digest(1), a[:1]), a[1:]) == text(text(digest(1), a), []byte{}) {
			t.Fatalf("%x cut in two has the same digest", a)
		}
	})
}
