package kinesis

import (
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// A Stored is a record as a shard keeps it. Its place in the shard gives its sequence number. It must not be changed.
type Stored struct {
	At   sim.Instant // when it was taken
	Key  string
	Data []byte
}

// Size is what the record counts in every limit: data and key, in bytes.
func (r *Stored) Size() int64 { return int64(len(r.Data) + len(r.Key)) }

// A ShardState is a shard: a range of hash keys, the records taken, and how its limits stand.
type ShardState struct {
	number   int32
	parent   int32 // -1 when it has none
	adjacent int32 // of a merge; -1 when it has none
	start    Hash
	end      Hash
	since    int64       // second in its sequence numbers
	opened   sim.Instant // when it began to take records
	closed   sim.Instant // when it stopped; 0 while it is open
	children [2]int32    // -1 when there is none
	spread   spread

	records sim.List[Stored] // place i holds the record with index i+1
	held    int64            // bytes of records
	trimAt  sim.Instant      // when the next evTrim is due; 0 when none is

	recordBucket, byteBucket, readBucket bucket
	overdrawn                            bool // the last answer took more than readBucket had: no reads until it is full again
	reads, iterators                     window
	recent                               recent
	load                                 load  // while its stream is on-demand
	refused, readsRefused                int64 // ever
	why                                  Why   // which limit refused a write last

	subs            []subscription // of consumers with enhanced fan-out, in the order of their first call
	pushAt, laterAt sim.Instant    // when the next evPush are due; 0 when none is

	primary   int         // place in Zones of the replica that takes the calls
	paused    sim.Instant // when the failover that is under way or was last began
	failover  sim.Instant // and when it ends or ended; 0 when there was none
	failovers int64

	call        int64    // the put that counted last, and what it counted:
	callRecords int64    // taken
	callBytes   int64    // taken
	callUnits   int64    // PUT payload units taken
	callKiB     int64    // KiB taken, each record rounded up
	callRefused [2]int64 // records refused by the limit of records, and of bytes

	meters shardMeters
}

type shardMeters struct{ inBytes, inRecords, writeExceeded, outBytes, outRecords, age, readExceeded *cloudwatch.Series }

func (m *shardMeters) wire(store *cloudwatch.Store, stream string, shard int32) {
	at := func(metric string) *cloudwatch.Series {
		return store.Series(metric, cloudwatch.Dims{Stream: stream, Shard: shard})
	}
	*m = shardMeters{
		inBytes: at(cloudwatch.IncomingBytes), inRecords: at(cloudwatch.IncomingRecords),
		writeExceeded: at(cloudwatch.WriteProvisionedThroughputExceeded),
		outBytes:      at(cloudwatch.OutgoingBytes), outRecords: at(cloudwatch.OutgoingRecords),
		age: at(cloudwatch.IteratorAgeMilliseconds), readExceeded: at(cloudwatch.ReadProvisionedThroughputExceeded),
	}
}

// ID is the shard's id, shardId-000000000001.
func (sh *ShardState) ID() string { return ShardID(sh.number) }

// Number is the number in the id.
func (sh *ShardState) Number() int32 { return sh.number }

// Open reports whether the shard takes records; a closed one is only read.
func (sh *ShardState) Open() bool { return sh.closed == 0 }

// Range is the range of hash keys, both ends included.
func (sh *ShardState) Range() (start, end Hash) { return sh.start, sh.end }

// Parents are the numbers of the shards it came from: none, one after a split, two after a merge.
func (sh *ShardState) Parents() []int32 { return some(sh.parent, sh.adjacent) }

// Children are the numbers of the shards that took over: none while it is open, two after a split, one after a merge.
func (sh *ShardState) Children() []int32 { return some(sh.children[0], sh.children[1]) }

// OpenedAt and ClosedAt are when the shard began and stopped to take records; ClosedAt is 0 while it is open.
func (sh *ShardState) OpenedAt() sim.Instant { return sh.opened }
func (sh *ShardState) ClosedAt() sim.Instant { return sh.closed }

// VisibleAt is when a record that was taken at an instant can be read.
func (sh *ShardState) VisibleAt(taken sim.Instant) sim.Instant { return sh.spread.visible(taken) }

// Taken is how many records the shard ever took.
func (sh *ShardState) Taken() int64 { return sh.records.Next() }

// RefusedTotal is how many records it ever refused, and LastWhy which limit refused the last of them, 0 when none did.
func (sh *ShardState) RefusedTotal() int64 { return sh.refused }
func (sh *ShardState) LastWhy() Why        { return sh.why }

// ReadsRefusedTotal is how many GetRecords calls it ever refused.
func (sh *ShardState) ReadsRefusedTotal() int64 { return sh.readsRefused }

// Last is what befell the shard in the second before now.
func (sh *ShardState) Last(now sim.Instant) Recent { return sh.recent.last(now) }

// StartingSequenceNumber and EndingSequenceNumber are the numbers between which its records lie; the second is "" while
// it is open.
func (sh *ShardState) StartingSequenceNumber() string {
	return SequenceNumber{sh.since, sh.number, 0, sh.since}.String()
}

func (sh *ShardState) EndingSequenceNumber() string {
	if sh.Open() {
		return ""
	}
	return SequenceNumber{sh.since, sh.number, closingIndex, sh.closed.Second()}.String()
}

// SequenceNumber is the number of the record at a place, the Index of a PutResult or a Batch; at is when it was taken.
func (sh *ShardState) SequenceNumber(index int64, at sim.Instant) string {
	return SequenceNumber{sh.since, sh.number, index + 1, at.Second()}.String()
}

// First is the place of the oldest record that the shard keeps, and Next the place that the next one will get. Records
// past retention may be kept a little longer; they cannot be read.
func (sh *ShardState) First() int64 { return sh.records.First() }
func (sh *ShardState) Next() int64  { return sh.records.Next() }

// Record returns the record at a place; nil when the shard does not keep it.
func (sh *ShardState) Record(place int64) *Stored {
	if place < sh.records.First() || place >= sh.records.Next() {
		return nil
	}
	return sh.records.At(place)
}

// Find returns the record with a sequence number and its place; false when the number is not of this shard or the record
// is gone.
func (sh *ShardState) Find(number string) (*Stored, int64, bool) {
	n, err := ParseSequenceNumber(number)
	if err != nil || n.Shard != sh.number || n.Created != sh.since || n.Index <= sh.records.First() || n.Index > sh.records.Next() {
		return nil, 0, false
	}
	r := sh.records.At(n.Index - 1)
	return r, n.Index - 1, r.At.Second() == n.Second
}

// Held is how many records at now can still be read or will be, and HeldBytes their bytes of data and keys.
func (st *Stream) Held(sh *ShardState, now sim.Instant) (records, bytes int64) {
	first := sh.horizon(now, st.retention)
	bytes = sh.held
	for i := sh.records.First(); i < first; i++ {
		bytes -= sh.records.At(i).Size()
	}
	return sh.records.Next() - first, bytes
}

// WriteBudgets are how the limits of writing stand: records and bytes a second.
func (st *Stream) WriteBudgets(sh *ShardState, now sim.Instant) (records, bytes Budget) {
	return sh.recordBucket.budget(st.recordQuota, now), sh.byteBucket.budget(st.byteQuota, now)
}

// ReadBudget is how the bytes a second of reading stand. ReadableAt is when the next read is answered at the earliest.
func (st *Stream) ReadBudget(sh *ShardState, now sim.Instant) Budget {
	return sh.readBucket.budget(st.readQuota, now)
}

// ReadableAt is when the shard answers a GetRecords at the earliest: now, unless a limit is used up.
func (s *Service) ReadableAt(st *Stream, sh *ShardState) sim.Instant {
	now := s.sched.Now()
	at := now
	if sh.overdrawn {
		missing := st.readQuota.capacity*micro - sh.readBucket.levelAt(st.readQuota, now)
		at = now + sim.Instant((missing+st.readQuota.rate-1)/st.readQuota.rate)
	}
	if n := len(sh.reads.calls); n == s.cfg.Limits.ShardReadCallsPerSecond {
		at = max(at, sh.reads.calls[sh.reads.next]+micro)
	}
	return at
}

// horizon is the place of the oldest record that retention keeps at now.
func (sh *ShardState) horizon(now sim.Instant, retention time.Duration) int64 {
	first := sh.records.First()
	if first == sh.records.Next() || sh.records.At(first).At.Add(retention) > now {
		return first
	}
	return sh.records.Search(func(r *Stored) bool { return r.At.Add(retention) > now })
}

// readable is the place behind the newest record that has spread far enough to be read at now.
func (sh *ShardState) readable(now sim.Instant) int64 {
	if now < sh.failover { // what was put meanwhile waits for the new primary
		now = sh.paused
	}
	next, reach := sh.records.Next(), sh.spread.reach(now)
	for range 8 { // most reads come when little is on its way
		if next == sh.records.First() || sh.records.At(next-1).At <= reach {
			return next
		}
		next--
	}
	return sh.records.Search(func(r *Stored) bool { return r.At > reach })
}

func (sh *ShardState) clone(meter *cloudwatch.Store, stream string) *ShardState {
	c := *sh
	c.records = sh.records.Clone()
	c.reads, c.iterators = sh.reads.clone(), sh.iterators.clone()
	c.subs = append([]subscription(nil), sh.subs...)
	c.call = 0
	c.meters.wire(meter, stream, sh.number)
	return &c
}

// openShard adds a shard to a stream; the caller indexes the stream when it has added all.
func (s *Service) openShard(st *Stream, start, end Hash, since int64, parent, adjacent int32) *ShardState {
	now, l := s.sched.Now(), &s.cfg.Limits
	number := int32(len(st.shards))
	dice := sim.NewRand(s.cfg.Seed, "kinesis/"+st.name+"/"+ShardID(number))
	sh := &ShardState{
		number: number, parent: parent, adjacent: adjacent, start: start, end: end, since: since, opened: now,
		children:     [2]int32{-1, -1},
		spread:       newSpread(dice.Uint64(), l.PropagationLow, l.PropagationHigh),
		recordBucket: fullBucket(st.recordQuota, now),
		byteBucket:   fullBucket(st.byteQuota, now),
		readBucket:   fullBucket(st.readQuota, now),
		primary:      s.nextZone((int(st.id) + int(number)) % Zones),
	}
	sh.meters.wire(s.meter, st.name, number)
	st.shards = append(st.shards, sh)
	return sh
}

// closeShard makes a shard read-only; its children take over.
func (s *Service) closeShard(st *Stream, sh *ShardState, children ...int32) {
	if !sh.Open() {
		panic("kinesis: a closed shard is closed again")
	}
	sh.closed = s.sched.Now()
	copy(sh.children[:], children)
	s.sched.At(sh.closed.Add(st.retention), s.owner, evExpire, shardArg(st, sh.number))
	s.planPush(st, sh)
}

// trimEvery is how rarely a shard lets go of the memory of records past retention. Reads are exact to the microsecond
// all the same.
const trimEvery = time.Second

// planTrim sees to it that the oldest record leaves in time.
func (s *Service) planTrim(st *Stream, sh *ShardState, notBefore sim.Instant) {
	if sh.trimAt != 0 || sh.records.Len() == 0 {
		return
	}
	sh.trimAt = max(sh.records.At(sh.records.First()).At.Add(st.retention), notBefore)
	s.sched.At(sh.trimAt, s.owner, evTrim, shardArg(st, sh.number))
}

// trim lets go of the records that are past retention.
func (s *Service) trim(st *Stream, sh *ShardState) {
	now := s.sched.Now()
	sh.trimAt = 0
	s.dropTo(st, sh, sh.horizon(now, st.retention))
	s.planTrim(st, sh, now.Add(trimEvery))
}

// dropTo lets go of the records before a place and tells of it.
func (s *Service) dropTo(st *Stream, sh *ShardState, place int64) {
	n := place - sh.records.First()
	if n <= 0 {
		return
	}
	for i := sh.records.First(); i < place; i++ {
		sh.held -= sh.records.At(i).Size()
	}
	sh.records.TrimTo(place)
	s.notify(Notice{Kind: RecordsExpired, Stream: st.name, Shard: sh.number, N: n})
}

// becomeExpired ends a closed shard: retention has passed since it was closed, so its last record is gone too.
//
// AWS says that a shard expires when its last record is older than the retention; an empty shard has no last record, so
// the closing, which is the last thing that a shard holds, counts here.
func (s *Service) becomeExpired(st *Stream, sh *ShardState) {
	now := s.sched.Now()
	if sh.Open() {
		return
	}
	if due := sh.closed.Add(st.retention); due > now { // retention was raised meanwhile
		s.sched.At(due, s.owner, evExpire, shardArg(st, sh.number))
		return
	}
	s.dropTo(st, sh, sh.records.Next())
	s.endShard(st, sh, 0, s.noShard(st, sh.ID()))
	st.shards[sh.number] = nil
	st.index()
	s.meter.Drop(cloudwatch.Dims{Stream: st.name, Shard: sh.number})
	s.notify(Notice{Kind: ShardExpired, Stream: st.name, Shard: sh.number})
}

func some(numbers ...int32) []int32 {
	var out []int32
	for _, n := range numbers {
		if n >= 0 {
			out = append(out, n)
		}
	}
	return out
}
