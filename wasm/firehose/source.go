package firehose

import (
	"slices"
	"time"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// A Source is Data Streams as Firehose reads it. as is the principal whose role it reads with.
type Source interface {
	// Shards lists the shards of a stream and when it was made. The error is the service's.
	Shards(as, stream string) (shards []SourceShard, made sim.Instant, err error)
	// Begin is a place in a shard: behind its newest record, or at its oldest.
	Begin(as, stream string, shard int32, latest bool) (next int64, err error)
	// Read is GetRecords, from a place on.
	Read(as, stream string, shard int32, next int64) (SourceBatch, error)
	// Retention is how long a stream keeps its records.
	Retention(stream string) time.Duration
}

// A SourceShard is a shard of a source.
type SourceShard struct {
	Number  int32
	ID      string
	Parents []int32
	Open    bool
}

// A SourceBatch is an answer to a read.
type SourceBatch struct {
	Records      []Record // with their Origin, as they lie in the stream
	Bytes        int64
	Next         int64
	End          bool // the shard is closed and read to its end
	MillisBehind int64
}

// A reader is a place in a shard of the source.
type reader struct {
	Shard int32
	ID    string
	Next  int64
	Begun bool
	Ended bool
	Read  int64 // records
	Lag   int64 // MillisBehindLatest
}

// Readers are how far each shard of the source is read, to look at.
func (st *Stream) Readers() []reader { return st.readers }

// Blocked is the code of why the source cannot be read; "" when it can.
func (st *Stream) Blocked() string { return st.blocked }

// Halted says that deliveries wait and the source is not read meanwhile.
func (st *Stream) Halted() bool { return st.held }

// beginSource finds the newest records of the shards that are open: from there on the source is read.
// Source: Developer Guide, "Sending data using Kinesis data streams": from LATEST.
func (s *Service) beginSource(st *Stream) error {
	as, stream := s.roleOf(st, st.source), st.SourceStream()
	shards, made, err := s.w.Source.Shards(as, stream)
	if err != nil {
		return err
	}
	var readers []reader
	for _, sh := range shards {
		r := reader{Shard: sh.Number, ID: sh.ID, Ended: !sh.Open, Begun: true}
		if sh.Open {
			if r.Next, err = s.w.Source.Begin(as, stream, sh.Number, true); err != nil {
				return err
			}
		}
		readers = append(readers, r)
	}
	st.readers, st.since = readers, made
	return nil
}

// block notes that the source cannot be read.
func (s *Service) block(st *Stream, err error) {
	code := aws.CodeOf(err)
	if st.blocked == code {
		return
	}
	was := st.blocked
	st.blocked = code
	if code != "" {
		s.notify(Notice{Kind: SourceBlocked, Stream: st, Why: code})
	} else if was != "" {
		s.notify(Notice{Kind: SourceBack, Stream: st})
	}
}

// poll reads each shard of the source once.
func (s *Service) poll(st *Stream) {
	if st.status != Active {
		return
	}
	s.after(st, pollEvery, evPoll, 0)
	if st.held {
		s.count(st, "KinesisMillisBehindLatest", float64(st.lag()))
		return
	}
	as, stream := s.roleOf(st, st.source), st.SourceStream()
	shards, made, err := s.w.Source.Shards(as, stream)
	if err == nil && st.since != made { // another stream of the same name
		err = s.beginSource(st)
	}
	if err != nil {
		if aws.Throttled(aws.CodeOf(err)) {
			s.count(st, "ThrottledDescribeStream", 1)
			return
		}
		s.block(st, err)
		return
	}
	s.discover(st, shards)
	for i := range st.readers {
		r := &st.readers[i]
		if r.Ended || !st.parentsRead(shards, r.Shard) {
			continue
		}
		if !r.Begun {
			if r.Next, err = s.w.Source.Begin(as, stream, r.Shard, false); err != nil {
				if aws.Throttled(aws.CodeOf(err)) {
					s.count(st, "ThrottledGetShardIterator", 1)
					continue
				}
				s.block(st, err)
				return
			}
			r.Begun = true
		}
		b, err := s.w.Source.Read(as, stream, r.Shard, r.Next)
		switch code := aws.CodeOf(err); {
		case aws.Throttled(code):
			s.count(st, "ThrottledGetRecords", 1)
			continue
		case aws.Retryable(code):
			continue // an answer that was lost, or a failure that passes: it reads there again
		case code != "":
			s.block(st, err)
			return
		}
		r.Next, r.Lag = b.Next, b.MillisBehind
		r.Read += int64(len(b.Records))
		if r.Ended = b.End; b.End {
			s.notify(Notice{Kind: SourceEnded, Stream: st, Why: r.ID})
		}
		if len(b.Records) > 0 {
			s.count(st, "DataReadFromKinesisStream.Bytes", float64(b.Bytes))
			s.count(st, "DataReadFromKinesisStream.Records", float64(len(b.Records)))
			s.take(st, s.unpack(st, b.Records))
		}
	}
	s.block(st, nil)
	s.count(st, "KinesisMillisBehindLatest", float64(st.lag()))
}

// discover finds shards that came since, and lets go of those that are read and gone.
func (s *Service) discover(st *Stream, shards []SourceShard) {
	for _, sh := range shards {
		if !slices.ContainsFunc(st.readers, func(r reader) bool { return r.Shard == sh.Number }) {
			st.readers = append(st.readers, reader{Shard: sh.Number, ID: sh.ID})
		}
	}
	st.readers = slices.DeleteFunc(st.readers, func(r reader) bool {
		return !slices.ContainsFunc(shards, func(sh SourceShard) bool { return sh.Number == r.Shard })
	})
}

// parentsRead says whether a shard's turn has come: the shards it came from are read to their end, or gone.
func (st *Stream) parentsRead(shards []SourceShard, shard int32) bool {
	i := slices.IndexFunc(shards, func(sh SourceShard) bool { return sh.Number == shard })
	if i < 0 {
		return false
	}
	for _, r := range st.readers {
		if slices.Contains(shards[i].Parents, r.Shard) && !r.Ended {
			return false
		}
	}
	return true
}

// lag is how far the slowest shard is behind, in milliseconds.
func (st *Stream) lag() (most int64) {
	st.Lags(func(_ int32, _, behind int64) { most = max(most, behind) })
	return most
}

// Lags tells of each shard of the source that is not read to its end: the place of the record it reads next, and its MillisBehindLatest.
func (st *Stream) Lags(yield func(shard int32, next, behind int64)) {
	for _, r := range st.readers {
		if !r.Ended {
			yield(r.Shard, r.Next, r.Lag)
		}
	}
}

// MillisBehind is how far the slowest shard of the source is behind.
func (st *Stream) MillisBehind() int64 { return st.lag() }

// unpack numbers records of the source; what the KPL packed is taken apart.
// Source: Developer Guide, "Sending data using Kinesis data streams"; section 2 of the facts.
func (s *Service) unpack(st *Stream, records []Record) []Record {
	now := s.now()
	all := make([]Record, 0, len(records))
	for _, r := range records {
		user, packed := aggregation.Decode(r.Data)
		if !packed {
			st.taken++
			r.N, r.Arrival = st.taken, now
			all = append(all, r)
			continue
		}
		for i, u := range user {
			st.taken++
			from := *r.From
			from.Sub, from.PartitionKey = int64(i), u.PartitionKey
			all = append(all, Record{Data: u.Data, Arrival: now, N: st.taken, From: &from})
		}
	}
	return all
}
