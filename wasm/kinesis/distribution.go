package kinesis

import (
	"strconv"

	"shardlab/wasm/aws"
)

// Strategies by which records are spread over shards.
const (
	Auto             = "AUTO"               // the service spreads them evenly; on-demand streams only
	UserPartitionKey = "USER_PARTITION_KEY" // by their partition keys
)

// UpdateStreamRecordDistributionStrategyInput is the request of UpdateStreamRecordDistributionStrategy; the answer has no
// body.
type UpdateStreamRecordDistributionStrategyInput struct {
	StreamARN                  *string `aws:"required,len=1..2048,pattern=StreamARN"`
	StreamId                   *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
	RecordDistributionStrategy *string `aws:"required,enum=RecordDistributionStrategy"`
}

// UpdateStreamRecordDistributionStrategy says how new records are spread over the shards of an on-demand stream. It counts
// at once; records that are there stay where they are.
func (s *Service) UpdateStreamRecordDistributionStrategy(in *UpdateStreamRecordDistributionStrategyInput) error {
	st, err := s.find(nil, in.StreamARN)
	if err != nil {
		return err
	}
	if err := s.needActive(st); err != nil {
		return err
	}
	if err := s.checkStrategy(st.name, st.mode, in.RecordDistributionStrategy); err != nil {
		return err
	}
	st.auto = *in.RecordDistributionStrategy == Auto
	return nil
}

// checkStrategy refuses AUTO for a provisioned stream. The words are ours.
func (s *Service) checkStrategy(name, mode string, strategy *string) error {
	if mode == OnDemand || deref(strategy) != Auto {
		return nil
	}
	return aws.Errorf(aws.InvalidArgument, "RecordDistributionStrategy AUTO is not supported for stream %s under account %s, which is in Provisioned mode.", name, s.cfg.Account).
		WithHint("Only on-demand streams spread their records themselves.")
}

// Spreads reports whether the service itself spreads the stream's records over the shards: the strategy is AUTO, and the
// stream on-demand.
func (st *Stream) Spreads() bool { return st.auto && st.mode == OnDemand }

// Strategy is the stream's RecordDistributionStrategy; "" of a provisioned stream, which has none.
func (st *Stream) Strategy() string {
	switch {
	case st.Spreads():
		return Auto
	case st.mode == OnDemand:
		return UserPartitionKey
	}
	return ""
}

// spread chooses a shard for a record of so many bytes: each in its turn, but one that has room before one that has not.
// How AWS does it is not published; ours.
func (s *Service) spread(st *Stream, size int64) *ShardState {
	n := len(st.open)
	first := st.turn % n
	for i := range n {
		sh := st.open[(first+i)%n]
		s.touch(st, sh)
		if sh.recordBucket.level >= micro && sh.byteBucket.level >= s.cost(sh, size)*micro {
			st.turn = (first + i + 1) % n
			return sh
		}
	}
	st.turn = (first + 1) % n
	return st.open[first]
}

// needKey refuses a record without a partition key, unless the service spreads them; place is its place in PutRecords, or
// -1.
func needKey(st *Stream, key *string, place int) error {
	if key != nil || st.Spreads() {
		return nil
	}
	path := "partitionKey"
	if place >= 0 {
		path = "records." + strconv.Itoa(place+1) + ".member." + path
	}
	return aws.Violations(aws.Violation("null", path, "Member must not be null"))
}
