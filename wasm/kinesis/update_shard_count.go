package kinesis

import (
	"time"

	"shardlab/wasm/aws"
)

// UpdateShardCountInput is the request of UpdateShardCount.
type UpdateShardCountInput struct {
	StreamName       *string `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	TargetShardCount *int64  `aws:"required,val=1.."`
	ScalingType      *string `aws:"required,enum=ScalingType"`
	StreamARN        *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId         *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// UpdateShardCountOutput is the answer of UpdateShardCount: the open shards there are now, and those there will be.
type UpdateShardCountOutput struct {
	StreamName        string
	CurrentShardCount int64
	TargetShardCount  int64
	StreamARN         string
}

// day is the span in which changes of capacity are counted.
const day = 24 * time.Hour

// admitDaily counts a change of a stream's capacity that is about to be made, of which so many are made in any 24 hours.
// Source of the words: an answer to UpdateShardCount in amazon-kinesis-scaling-utils, issue 52.
func (s *Service) admitDaily(st *Stream, op string, limit int) error {
	if now := s.sched.Now(); st.rates.admitWithin(op+" in 24 hours", day, limit, now) {
		return nil
	}
	return aws.Errorf(aws.LimitExceeded, "Rate exceeded for stream %s under account %s.", st.name, s.cfg.Account).
		WithHint("%s is done %d times in any 24 hours for a stream, and this one has had them. Wait until 24 hours after the first of them.", op, limit)
}

// UpdateShardCount scales a stream to a number of shards of even ranges, by splits and merges. It is UPDATING until the
// last of them is done. A stream that has as many shards as it should gets even ranges too; AWS does not say what it does
// with one.
func (s *Service) UpdateShardCount(in *UpdateShardCountInput) (*UpdateShardCountOutput, error) {
	l := &s.cfg.Limits
	st, err := s.find(in.StreamName, in.StreamARN)
	if err != nil {
		return nil, err
	}
	if err := s.admitOn(st, "UpdateShardCount", l.UpdateShardCountRate); err != nil {
		return nil, err
	}
	if err := s.needProvisioned(st); err != nil {
		return nil, err
	}
	if err := s.needActive(st); err != nil {
		return nil, err
	}
	open, target := int64(len(st.open)), *in.TargetShardCount
	if err := s.checkTarget(open, target); err != nil {
		return nil, err
	}
	plan := uniformScalingPlan(st.open, int32(len(st.shards)), int(target))
	if more := int64(mostOpen(len(st.open), plan)) - open; s.shardCount()+more > l.AccountShards {
		return nil, s.overQuota(more)
	}
	if err := s.admitDaily(st, "UpdateShardCount", l.ShardCountCalls); err != nil {
		return nil, err
	}
	s.scale(st, plan, int(target), ScalingBegan)
	return &UpdateShardCountOutput{StreamName: st.name, CurrentShardCount: open, TargetShardCount: target, StreamARN: st.arn}, nil
}

// checkTarget refuses a number of shards too far from the present one.
// Source of the words about double and half: answers of the service in public issues; those about the most that a stream
// may have are ours.
func (s *Service) checkTarget(open, target int64) error {
	const counts = " Current open shard count: %d Target shard count: %d"
	most := s.cfg.Limits.StreamShards
	switch {
	case target > 2*open:
		return aws.Errorf(aws.LimitExceeded, "UpdateShardCount cannot scale up over double your current open shard count."+counts, open, target).
			WithHint("One call at the most doubles the shards: ask for %s, and for more once the stream is ACTIVE again.", thousands(2*open))
	case 2*target < open:
		return aws.Errorf(aws.LimitExceeded, "UpdateShardCount cannot scale down below half your current open shard count."+counts, open, target).
			WithHint("One call at the most halves the shards: ask for %s, and for fewer once the stream is ACTIVE again.", thousands((open+1)/2))
	case target > most, open > most && target == most:
		return aws.Errorf(aws.LimitExceeded, "UpdateShardCount cannot scale to over %d shards in a stream."+counts, most, open, target).
			WithHint("A stream has %s shards at the most; one that has more can only be scaled to fewer than that.", thousands(most))
	}
	return nil
}
