package lab

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"

	"shardlab/wasm/kinesis"
	"shardlab/wasm/producer"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// What a frame shows at most.
const (
	maxKeys      = 12 // as many as there are colours
	ownKeys      = 4  // of them, keys of the learner's own records
	flightsAim   = 400
	latelySecond = 2 // whole seconds over which "lately" is averaged
	latencySpan  = 10
)

// shown is what the page was shown last, so that a frame can leave out what it has.
type shown struct {
	seq     int64
	history int64
	event   int64 // the next one to show
	second  int64 // of the charts
	streams int   // how many the charts covered
	any     bool
	board   protocol.Board
	bill    protocol.Bill // of that second
	forked  int64         // history of the last comparison's curves, plus one
}

// reset makes the next frame whole.
func (s *shown) reset() { s.any, s.event = false, 0 }

// Frame is what the learner sees now. Events, flights and charts are those that are new since the last frame, all of them
// after time was rewound. Playing, Speed and Reached are for whoever paces the lab to fill in.
func (l *Lab) Frame() (f protocol.Frame) {
	l.rim("frame", func() { f = l.frame() })
	return f
}

func (l *Lab) frame() protocol.Frame {
	r := l.run.region
	now := r.Now()
	l.shown.seq++
	if l.shown.history != l.history {
		l.shown.reset()
		l.shown.history = l.history
	}
	f := protocol.Frame{Seq: l.shown.seq, History: l.history, Now: l.Now(), StartUnix: int64(l.start), Opened: l.Opened(), End: l.End(),
		Seed: l.seed, Speed: l.speed, Busy: l.stopped, Commands: len(l.log), Undo: l.CanUndo(), Redo: l.CanRedo(), Goals: l.Goals(),
		Streams: []protocol.Stream{}, Producers: []protocol.Producer{}, Consumers: []protocol.Consumer{}}
	for _, st := range r.Kinesis().Streams() {
		f.Streams = append(f.Streams, l.stream(st, now))
	}
	rate := 0.0
	for _, p := range r.Producers() {
		f.Producers = append(f.Producers, l.producer(p, now))
		if s := p.Settings(); s.Running {
			rate += s.RecordsPerSecond
		}
	}
	for _, p := range r.StagedProducers() {
		f.Producers = append(f.Producers, p)
		rate += p.Rate
	}
	for _, c := range r.Consumers() {
		s, t := c.Settings(), c.Total()
		latency, _ := c.Latency(now, latencySpan)
		f.Consumers = append(f.Consumers, protocol.Consumer{Name: s.Name, Stream: s.StreamName, Running: s.Running,
			Rate: float64(c.Lately(now, latelySecond).Read) / latelySecond, Behind: c.Lag(r.Kinesis(), now), Read: t.Read, Refused: t.Refused,
			Mode: s.RetrievalMode, Latency: latency.Milliseconds(), Note: consumerNote(c, now), Barred: s.Running && c.Blocked() != "",
			Late: r.Lates(s.StreamName, func(yield func(shard int32, next, behind int64)) { c.Lags(r.Kinesis(), now, yield) })})
	}
	f.Consumers = append(f.Consumers, r.StagedConsumers()...)
	l.firehoses(&f, now)
	f.Controls = l.controls()
	f.Keys = l.keys()
	l.flights(&f)
	l.trace.Every = max(1, int64(math.Ceil(rate*max(l.speed, 0.1)/flightsAim)))
	f.Every = int(l.trace.Every)
	r.Watch(&l.trace)
	for _, e := range r.Events(l.shown.event) {
		f.Events = append(f.Events, l.event(e))
	}
	l.shown.event = r.NextEvent()
	if second := now.Second(); !l.shown.any || second != l.shown.second || len(f.Streams) != l.shown.streams {
		f.Charts = l.charts(now)
		b := r.Bill("")
		l.shown.bill = protocol.Bill{Total: int64(b.Total / 1000), PerHour: int64(b.PerHour / 1000)}
		l.shown.second, l.shown.streams, l.shown.any = second, len(f.Streams), true
	}
	f.Bill = l.shown.bill
	if l.pair != nil {
		n := now.Second() // the page keeps the curves that it has
		f.Fork = l.Compare(n != l.pair.shown || l.shown.forked != l.history+1)
		f.Timeline = l.pair.chosen
		if f.Fork.Times != nil {
			l.pair.shown, l.shown.forked = n, l.history+1
		}
	}
	for _, z := range r.Kinesis().Zones() {
		f.Zones = append(f.Zones, protocol.Zone{Name: z.Name, State: z.State()})
	}
	return f
}

func (l *Lab) stream(st *kinesis.Stream, now sim.Instant) protocol.Stream {
	limits := l.run.region.Kinesis().Limits()
	out := protocol.Stream{Name: st.Name(), ARN: st.ARN(), Status: st.Status(), Mode: st.Mode(), RetentionHours: int64(st.Retention() / time.Hour),
		Key: st.KeyID(), FanOut: len(st.Consumers()), Shards: []protocol.Shard{}}
	for _, sh := range st.Shards() {
		lo, hi := sh.Range()
		last := sh.Last(now)
		held, bytes := st.Held(sh, now)
		x := protocol.Shard{ID: sh.ID(), State: "OPEN", StartHash: lo.String(), EndHash: hi.String(), From: lo.Part(), To: endPart(hi),
			Records: float64(last.Records), Bytes: float64(last.Bytes), RecordLimit: float64(limits.ShardRecordsPerSecond), ByteLimit: float64(limits.ShardBytesPerSecond),
			ReadBytes: float64(last.ReadBytes), PushBytes: float64(last.PushBytes), ReadByteLimit: float64(limits.ShardReadBytesPerSecond), Reads: int(last.Reads), ReadLimit: limits.ShardReadCallsPerSecond,
			Refused: last.Refused, RefusedTotal: sh.RefusedTotal(), ReadsRefused: last.ReadsRefused, Taken: sh.Taken(), Held: held, HeldBytes: bytes,
			Opened: l.since(sh.OpenedAt())}
		if !sh.Open() {
			x.State, x.Closed, x.Expires = "CLOSED", l.since(sh.ClosedAt()), l.since(sh.ClosedAt().Add(st.Retention()))
		}
		if last.Refused > 0 {
			x.RefusedWhy = limits.Text(sh.LastWhy())
		}
		if p := sh.Parents(); len(p) > 0 {
			x.Parent = kinesis.ShardID(p[0])
			if len(p) > 1 {
				x.AdjacentParent = kinesis.ShardID(p[1])
			}
		}
		out.Shards = append(out.Shards, x)
	}
	return out
}

// endPart is where a range ends on the ring, from 0 to 1.
func endPart(hi kinesis.Hash) float64 {
	if hi == kinesis.MaxHash {
		return 1
	}
	return hi.Add(1).Part()
}

func (l *Lab) producer(p *producer.Producer, now sim.Instant) protocol.Producer {
	s, t := p.Settings(), p.Total()
	lately := p.Lately(now, latelySecond)
	rate := s.RecordsPerSecond
	if !s.Running {
		rate = 0
	}
	return protocol.Producer{Kind: s.Source.Title(), Note: s.Source.Words(), Name: s.Name, Stream: s.StreamName, Running: s.Running, Rate: rate, Bytes: s.RecordBytes, Keys: s.Keys.Words(), Retry: s.Retry.Words(),
		Accepted: float64(lately.Accepted) / latelySecond, Refused: float64(lately.Refused) / latelySecond, Waiting: p.Waiting(), Sent: t.Accepted, Lost: t.Lost}
}

// keys is the palette: the keys that the running producers use most, and the latest of the learner's own and of the
// scenario's own records.
func (l *Lab) keys() []protocol.Key {
	weight := map[string]float64{}
	all := 0.0
	weigh := func(names []string, shares []float64, rate float64) {
		all += rate
		for i := range min(len(names), maxKeys) { // the first of a table are its most used
			weight[names[i]] += rate * shares[i]
		}
	}
	for _, p := range l.run.region.Producers() {
		s := p.Settings()
		if s.RecordsPerSecond == 0 {
			continue
		}
		names, shares := p.Keys()
		rate := s.RecordsPerSecond
		if !s.Running {
			rate = 0 // they keep their colours while it stands
		}
		weigh(names, shares, rate)
	}
	l.run.region.StagedKeys(weigh)
	var keys []protocol.Key
	for name, w := range weight {
		if all > 0 {
			w /= all
		}
		keys = append(keys, protocol.Key{Name: name, Share: w})
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := &keys[i], &keys[j]
		return cmp.Or(cmp.Compare(b.Share, a.Share), byName(a.Name, b.Name)) < 0
	})
	var own []protocol.Key
	add := func(name string) {
		known := func(k protocol.Key) bool { return k.Name == name }
		if !slices.ContainsFunc(keys, known) && !slices.ContainsFunc(own, known) && len(own) < ownKeys {
			own = append(own, protocol.Key{Name: name})
		}
	}
	for i := len(l.run.deeds) - 1; i >= 0 && len(own) < ownKeys; i-- {
		for _, put := range l.run.deeds[i].Puts {
			add(put.Key)
		}
	}
	for _, key := range slices.Backward(l.run.staged) {
		add(key)
	}
	return append(keys[:min(len(keys), maxKeys-len(own))], own...)
}

// byName orders key-2 before key-10.
func byName(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

// flights takes what is on its way since the last frame.
func (l *Lab) flights(f *protocol.Frame) {
	place := map[string]int{}
	for i := range f.Streams {
		place["s/"+f.Streams[i].Name] = i
	}
	for i := range f.Producers {
		place["p/"+f.Producers[i].Name] = i
	}
	for i := range f.Consumers {
		place["c/"+f.Consumers[i].Name] = i
	}
	for i := range f.Keys {
		place["k/"+f.Keys[i].Name] = i
	}
	at := func(kind, name string) int {
		if i, ok := place[kind+name]; ok {
			return i
		}
		return -1
	}
	for _, x := range l.trace.Take() {
		stream := at("s/", x.Stream)
		if stream < 0 {
			continue // gone meanwhile
		}
		out := protocol.Flight{Kind: x.Kind, SentAt: l.since(x.SentAt), DueAt: l.since(x.DueAt), Stream: stream, Shard: int(x.Shard)}
		if x.Kind == protocol.FlightRead {
			out.Actor, out.Key = at("c/", x.Actor), x.Records
		} else {
			out.Actor, out.Key = at("p/", x.Actor), at("k/", x.Key)
		}
		f.Flights = append(f.Flights, out)
	}
}
