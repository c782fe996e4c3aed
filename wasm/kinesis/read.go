package kinesis

import (
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// A Cursor is a shard iterator as actors of the same world hold it: where in a shard to read on, and when it was handed
// out. It lives as long as an iterator on the wire does.
type Cursor struct {
	Shard  int32
	Index  int64 // place of the next record
	Issued sim.Instant
}

// A Position says where in a shard to begin.
type Position struct {
	Type   string // TRIM_HORIZON, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER
	Number string // of AT_SEQUENCE_NUMBER and AFTER_SEQUENCE_NUMBER
	At     time.Time
}

// Types of shard iterators.
const (
	TrimHorizon         = "TRIM_HORIZON"
	Latest              = "LATEST"
	AtTimestamp         = "AT_TIMESTAMP"
	AtSequenceNumber    = "AT_SEQUENCE_NUMBER"
	AfterSequenceNumber = "AFTER_SEQUENCE_NUMBER"
)

// Begin is the position of a type that needs no number; at, in RFC 3339, is the instant of AT_TIMESTAMP. Where that was taken back since,
// it is TRIM_HORIZON, so that nothing is left out.
func Begin(position, at string) Position {
	p := Position{Type: position}
	if position == AtTimestamp {
		t, err := time.Parse(time.RFC3339, at)
		if p.At = t; err != nil {
			p.Type = TrimHorizon
		}
	}
	return p
}

// Since is the place in the shard of the first record that arrived at an instant or later, in whole milliseconds, as AT_TIMESTAMP counts.
func (sh *ShardState) Since(at time.Time) int64 {
	ms := at.UnixMilli()
	return sh.records.Search(func(r *Stored) bool { return int64(r.At)/1000 >= ms })
}

// A Batch is the answer to a read.
type Batch struct {
	stream       *Stream
	shard        *ShardState
	first, next  int64 // places of its records: first and behind the last
	Bytes        int64 // of data and keys
	MillisBehind int64 // MillisBehindLatest
	Next         Cursor
	End          bool    // the shard is closed and was read to its end: Next leads nowhere
	Children     []int32 // where to read on at the End
}

// Len is how many records there are.
func (b *Batch) Len() int { return int(b.next - b.first) }

// Record returns record i of the batch, from 0, and its place in the shard.
func (b *Batch) Record(i int) (*Stored, int64) {
	return b.shard.records.At(b.first + int64(i)), b.first + int64(i)
}

// Shard is the shard that was read.
func (b *Batch) Shard() *ShardState { return b.shard }

// Iterate is GetShardIterator without the wire.
func (s *Service) Iterate(st *Stream, shard int32, from Position) (Cursor, error) {
	in := GetShardIteratorInput{ShardId: ptr(ShardID(shard)), ShardIteratorType: ptr(from.Type)}
	if from.Number != "" {
		in.StartingSequenceNumber = ptr(from.Number)
	}
	if !from.At.IsZero() {
		in.Timestamp = ptr(aws.Timestamp(from.At.UnixMilli()))
	}
	if err := s.Allow("GetShardIterator", st.arn); err != nil {
		return Cursor{}, err
	}
	if _, err := s.inject("GetShardIterator", st); err != nil {
		return Cursor{}, err
	}
	return s.iterate(st, &in)
}

// Read is GetRecords without the wire: the same budgets, metrics and notices. A limit of 0 is the greatest.
func (s *Service) Read(st *Stream, from Cursor, limit int) (Batch, error) {
	if err := s.Allow("GetRecords", st.arn); err != nil {
		return Batch{}, err
	}
	fault, err := s.inject("GetRecords", st)
	if err != nil {
		return Batch{}, err
	}
	b, err := s.read(st, from, limit)
	if err == nil && fault.Lost {
		return Batch{}, s.lostAnswer()
	}
	return b, err
}

// read is Read without injected faults.
func (s *Service) read(st *Stream, from Cursor, limit int) (Batch, error) {
	now, l := s.sched.Now(), &s.cfg.Limits
	sh, err := s.checkRead(st, from)
	if err != nil {
		if sh != nil {
			st.meters.getSuccess.Add(now, 0)
		}
		return Batch{}, err
	}
	if err := s.admitRead(st, sh); err != nil {
		return Batch{}, err
	}
	if limit <= 0 || limit > l.AnswerRecords {
		limit = l.AnswerRecords
	}
	b := s.gather(st, sh, from, limit, l.AnswerBytes)
	if err := s.decrypt(st, &b); err != nil {
		s.countFault("GetRecords", st)
		return Batch{}, err
	}
	s.charge(st, sh, b.Bytes)
	s.countRead(st, sh, &b)
	return b, nil
}

// gather takes the records from a place on that can be read now, up to so many and so many bytes, at least one.
func (s *Service) gather(st *Stream, sh *ShardState, from Cursor, limit int, bytes int64) Batch {
	now := s.sched.Now()
	b := Batch{stream: st, shard: sh, first: max(from.Index, sh.horizon(now, st.retention))}
	end := sh.readable(now)
	for b.next = b.first; b.next < end && b.Len() < limit; b.next++ {
		size := sh.records.At(b.next).Size()
		if b.Bytes+size > bytes && b.Len() > 0 {
			break
		}
		b.Bytes += size
	}
	b.Next = Cursor{from.Shard, max(b.next, from.Index), now}
	switch {
	case b.next < end: // more is there
		b.MillisBehind = max(1, int64(now.Sub(sh.records.At(b.next-1).At)/time.Millisecond))
	case !sh.Open() && b.next >= sh.records.Next():
		b.End, b.Children = true, sh.Children()
	}
	return b
}

// wire is the batch's records as they go over the wire.
func (b *Batch) wire() []Record {
	records := make([]Record, b.Len())
	for i := range records {
		r, place := b.Record(i)
		data := r.Data
		if data == nil {
			data = []byte{}
		}
		records[i] = Record{
			SequenceNumber:              b.shard.SequenceNumber(place, r.At),
			ApproximateArrivalTimestamp: aws.Timestamp(int64(r.At) / 1000),
			Data:                        data,
			PartitionKey:                r.Key,
			EncryptionType:              b.stream.encryptionAt(r.At),
		}
	}
	return records
}

// childShards says where to read on at the End, as it goes over the wire.
func (b *Batch) childShards() []ChildShard {
	var all []ChildShard
	for _, n := range b.Children {
		child, ok := b.stream.Shard(n)
		if !ok {
			continue // expired already
		}
		c := ChildShard{ShardId: child.ID(), HashKeyRange: HashKeyRange{child.start.String(), child.end.String()}}
		for _, p := range child.Parents() {
			c.ParentShards = append(c.ParentShards, ShardID(p))
		}
		all = append(all, c)
	}
	return all
}

// checkRead finds the shard that a cursor stands in; one that is too old is refused with its shard.
func (s *Service) checkRead(st *Stream, from Cursor) (*ShardState, error) {
	if !st.takes() {
		return nil, s.notFound(st.name)
	}
	sh, ok := st.Shard(from.Shard)
	if !ok {
		return nil, s.noShard(st, ShardID(from.Shard))
	}
	if s.sched.Now().Sub(from.Issued) > s.cfg.Limits.IteratorLifetime {
		return sh, s.expired(from.Issued)
	}
	return sh, nil
}

// admitRead counts a GetRecords call against the shard's calls and bytes a second; a call that is refused costs nothing.
func (s *Service) admitRead(st *Stream, sh *ShardState) error {
	now, l := s.sched.Now(), &s.cfg.Limits
	sh.readBucket.refill(st.readQuota, now)
	if sh.overdrawn && sh.readBucket.level >= st.readQuota.capacity*micro {
		sh.overdrawn = false
	}
	why := Why(0)
	if sh.overdrawn {
		why = WhyReadBytes
	} else if !sh.reads.admit(l.ShardReadCallsPerSecond, now) {
		why = WhyReadCalls
	}
	if why == 0 {
		st.meters.readExceeded.Add(now, 0)
		return nil
	}
	sh.readsRefused++
	sh.recent.now(now).ReadsRefused++
	sh.meters.readExceeded.Add(now, 1)
	st.meters.readExceeded.Add(now, 1)
	st.meters.getSuccess.Add(now, 0)
	s.notify(Notice{Kind: ReadRefused, Stream: st.name, Shard: sh.number, Why: why})
	err := aws.Errorf(aws.ProvisionedThroughputExceeded, "Rate exceeded for Shard - %s/%s/%s", s.cfg.Account, st.name, sh.ID())
	if why == WhyReadBytes {
		return err.WithHint("The last answer took more than was left of the shard's %s, and that has to be paid off first. Read again at %s.",
			l.Text(why), s.ReadableAt(st, sh).Time().Format("15:04:05.000"))
	}
	return err.WithHint("A shard answers %d GetRecords a second for all its standard consumers together. Read less often, or with enhanced fan-out.", l.ShardReadCallsPerSecond)
}

// charge takes an answer out of the byte budget. An answer that takes more than there is leaves a debt: the shard is read
// again once the debt is paid and the budget full, so that 10 MiB from a full budget of 2 MiB/s cost exactly 5 seconds.
// Source: API Reference, GetRecords; the rule that gives its figures is ours.
func (s *Service) charge(st *Stream, sh *ShardState, bytes int64) {
	sh.readBucket.level -= bytes * micro
	if sh.readBucket.level < 0 {
		sh.overdrawn = true
	}
}

// countRead counts an answered read.
func (s *Service) countRead(st *Stream, sh *ShardState, b *Batch) {
	now := s.sched.Now()
	last := sh.recent.now(now)
	last.Reads++
	last.ReadRecords += int64(b.Len())
	last.ReadBytes += b.Bytes
	st.meters.getSuccess.Add(now, 1)
	wait := sh.wait(now)
	s.late += wait
	st.meters.getLatency.Add(now, s.getLatency(st, wait))
	st.meters.getBytes.Add(now, float64(b.Bytes))
	st.meters.getRecords.Add(now, float64(b.Len()))
	st.meters.getAge.Add(now, float64(b.MillisBehind))
	sh.meters.outBytes.Add(now, float64(b.Bytes))
	sh.meters.outRecords.Add(now, float64(b.Len()))
	sh.meters.age.Add(now, float64(b.MillisBehind))
	s.countOld(st, b)
}

// noShard is the answer to an iterator of a shard that is not there, or no longer.
func (s *Service) noShard(st *Stream, id string) *aws.Error {
	return aws.Errorf(aws.ResourceNotFound, "Shard %s in stream %s under account %s does not exist", id, st.name, s.cfg.Account).
		WithHint("list-shards shows the shards there are; a closed one goes when its last record does.")
}

// expired is the answer to an iterator that is too old.
// Conf. C, kinesalite.
func (s *Service) expired(issued sim.Instant) error {
	const layout = "Mon Jan 02 15:04:05 UTC 2006"
	l := s.cfg.Limits.IteratorLifetime
	return aws.Errorf(aws.ExpiredIterator, "Iterator expired. The iterator was created at time %s while right now it is %s which is further in the future than the tolerated delay of %d milliseconds.",
		issued.Time().Format(layout), s.sched.Now().Time().Format(layout), l.Milliseconds()).
		WithHint("An iterator lives for %d minutes. Get a new one with get-shard-iterator, after the last sequence number you read.", int(l.Minutes()))
}
