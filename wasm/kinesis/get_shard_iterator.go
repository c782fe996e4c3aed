package kinesis

import (
	"shardlab/wasm/aws"
)

// GetShardIterator answers with a place in a shard from which GetRecords reads on.
func (s *Service) GetShardIterator(in *GetShardIteratorInput) (*GetShardIteratorOutput, error) {
	st, err := s.findTaking(in.StreamName, in.StreamARN)
	if err != nil {
		return nil, err
	}
	if err := s.admitDry(st, in.DryRun); err != nil {
		return nil, err
	}
	c, err := s.iterate(st, in)
	if err != nil {
		return nil, err
	}
	return &GetShardIteratorOutput{s.sealIterator(st, c)}, nil
}

// iterate finds the place and counts the call against the shard's iterators a second.
func (s *Service) iterate(st *Stream, in *GetShardIteratorInput) (Cursor, error) {
	if !st.takes() {
		return Cursor{}, s.notFound(st.name)
	}
	number, ok := ParseShardID(*in.ShardId)
	if !ok {
		return Cursor{}, s.noShard(st, *in.ShardId)
	}
	sh, ok := st.Shard(number)
	if !ok {
		return Cursor{}, s.noShard(st, ShardID(number))
	}
	if err := checkIteratorType(in); err != nil {
		return Cursor{}, err
	}
	index, err := s.place(st, sh, in, "GetShardIterator")
	if err != nil {
		return Cursor{}, err
	}
	if err := wouldSucceed(in.DryRun); err != nil {
		return Cursor{}, err
	}
	now := s.sched.Now()
	if !sh.iterators.admit(s.cfg.Limits.ShardIteratorsPerSecond, now) {
		sh.recent.now(now).IteratorRefused++
		s.notify(Notice{Kind: IteratorRefused, Stream: st.name, Shard: number, Why: WhyIterators})
		return Cursor{}, aws.Errorf(aws.ProvisionedThroughputExceeded, "%s", s.rateExceeded(st, number)).
			WithHint("A shard hands out %d iterators a second. Read on from NextShardIterator instead of asking for new ones.", s.cfg.Limits.ShardIteratorsPerSecond)
	}
	return Cursor{number, index, now}, nil
}

// checkIteratorType refuses a type without what it needs, and a number or time that it does not take.
func checkIteratorType(in *GetShardIteratorInput) error {
	const rule = "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified %s and %s StartingSequenceNumber."
	byNumber := *in.ShardIteratorType == AtSequenceNumber || *in.ShardIteratorType == AfterSequenceNumber
	switch {
	case byNumber && in.StartingSequenceNumber == nil:
		return aws.Errorf(aws.InvalidArgument, rule, *in.ShardIteratorType, "no").
			WithHint("Add --starting-sequence-number with a number that a record of this shard has.")
	case !byNumber && in.StartingSequenceNumber != nil:
		return aws.Errorf(aws.InvalidArgument, rule, *in.ShardIteratorType, "also a").
			WithHint("Leave the StartingSequenceNumber out, or use AT_SEQUENCE_NUMBER.")
	case *in.ShardIteratorType == AtTimestamp && in.Timestamp == nil:
		return aws.Errorf(aws.InvalidArgument, "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.").
			WithHint("Add --timestamp with the moment at which to begin.")
	}
	return nil
}

// place is where an iterator or a subscription begins: the place of the first record it reads. Reading passes over what has
// expired. op is the operation that asks.
func (s *Service) place(st *Stream, sh *ShardState, in *GetShardIteratorInput, op string) (int64, error) {
	now := s.sched.Now()
	switch *in.ShardIteratorType {
	case TrimHorizon:
		return sh.horizon(now, st.retention), nil
	case Latest:
		return sh.records.Next(), nil
	case AtTimestamp:
		at, current := int64(*in.Timestamp), int64(now)/1000
		if at > current {
			return 0, aws.Errorf(aws.InvalidArgument, "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: %d, currentTimestampInMillis: %d", at, current).
				WithHint("Nothing can be read from the future; LATEST waits for what comes.")
		}
		return sh.Since(in.Timestamp.Time()), nil
	}
	text := *in.StartingSequenceNumber
	n, err := ParseSequenceNumber(text)
	switch {
	case err == nil && n.Shard != sh.number:
		return 0, aws.Errorf(aws.InvalidArgument, "Invalid StartingSequenceNumber. It encodes %s, while it was used in a call to a shard with %s", ShardID(n.Shard), sh.ID()).
			WithHint("A sequence number belongs to one shard; use it with %s.", ShardID(n.Shard))
	case err != nil || n.Created != sh.since:
		return 0, aws.Errorf(aws.InvalidArgument, "StartingSequenceNumber %s used in %s on shard %s in stream %s under account %s is invalid because it did not come from this stream.",
			text, op, sh.ID(), st.name, s.cfg.Account).
			WithHint("Give the SequenceNumber of a record of this shard, as put-record or get-records answered it.")
	}
	i := n.Index - 1 // place of the record with this number
	switch r := sh.Record(i); {
	case *in.ShardIteratorType == AfterSequenceNumber && n.Index != closingIndex:
		i++
	case r != nil && n.Second > r.At.Second(): // a ContinuationSequenceNumber, which lies behind the record's own
		i++
	}
	return max(0, min(i, sh.records.Next())), nil
}
