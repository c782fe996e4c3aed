package kinesis

import (
	"shardlab/wasm/aws"
)

// PutRecord puts one record into the shard that its key falls to.
func (s *Service) PutRecord(in *PutRecordInput) (*PutRecordOutput, error) {
	st, err := s.findTaking(in.StreamName, in.StreamARN)
	if err != nil {
		return nil, err
	}
	if err := s.admitDry(st, in.DryRun); err != nil {
		return nil, err
	}
	r, err := entry(st, in.PartitionKey, in.ExplicitHashKey, in.Data, -1)
	if err != nil {
		return nil, err
	}
	if n := in.SequenceNumberForOrdering; n != nil {
		if err := s.checkOrdering(st, *n); err != nil {
			return nil, err
		}
	}
	if deref(in.DryRun) {
		if err := s.checkRecord(st, &r, -1); err != nil {
			return nil, err
		}
		return nil, wouldSucceed(in.DryRun)
	}
	var result PutResult
	if err := s.putOne(st, &r, &result); err != nil {
		return nil, err
	}
	if !result.OK() {
		return nil, aws.Errorf(aws.ProvisionedThroughputExceeded, "%s", s.rateExceeded(st, result.Shard)).
			WithHint("The shard takes %s and had no more of it left. Spread the keys, split the shard, or try again a little later.", s.cfg.Limits.Text(result.Why))
	}
	now := s.sched.Now()
	return &PutRecordOutput{ShardID(result.Shard), st.SequenceNumber(result, now), st.encryptionAt(now)}, nil
}

// entry makes a record of what a request says; place is its place in PutRecords, or -1.
func entry(st *Stream, key, explicit *string, data aws.Blob, place int) (PutEntry, error) {
	if err := needKey(st, key, place); err != nil {
		return PutEntry{}, err
	}
	r := PutEntry{Key: deref(key), Data: data}
	if explicit == nil || st.Spreads() {
		return r, nil
	}
	h, ok := ParseHash(*explicit)
	if !ok {
		return r, aws.Errorf(aws.InvalidArgument, "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was %s", *explicit).
			WithHint("The greatest hash key is %s.", MaxHash)
	}
	r.Hash, r.Explicit = h, true
	return r, nil
}

// checkOrdering refuses a SequenceNumberForOrdering that no record of the stream can have. A good one changes nothing:
// the next number of a shard is always greater than those before.
func (s *Service) checkOrdering(st *Stream, number string) error {
	if st.Spreads() {
		return aws.Errorf(aws.InvalidArgument, "SequenceNumberForOrdering is not supported for stream %s under account %s, whose RecordDistributionStrategy is AUTO.", st.name, s.cfg.Account).
			WithHint("A stream that spreads its records itself keeps no order by key; leave the number out.") // ours
	}
	n, err := ParseSequenceNumber(number)
	if err == nil && int(n.Shard) < len(st.shards) && n.Second <= s.sched.Now().Second()+1 {
		sh, held := st.Shard(n.Shard)
		if !held || sh.since == n.Created {
			return nil
		}
	}
	return aws.Errorf(aws.InvalidArgument, "ExclusiveMinimumSequenceNumber %s used in PutRecord on stream %s under account %s is invalid.", number, st.name, s.cfg.Account).
		WithHint("Give the SequenceNumber that an earlier PutRecord on this stream answered.")
}

// rateExceeded is the message of a refused write.
// Source: API Reference, PutRecords, example of a failed entry.
func (s *Service) rateExceeded(st *Stream, shard int32) string {
	return "Rate exceeded for shard " + ShardID(shard) + " in stream " + st.name + " under account " + s.cfg.Account + "."
}
