package kinesis

import (
	"time"

	"shardlab/wasm/aws"
)

// UpdateStreamWarmThroughputInput is the request of UpdateStreamWarmThroughput.
type UpdateStreamWarmThroughputInput struct {
	StreamARN           *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamName          *string `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	StreamId            *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
	WarmThroughputMiBps *int64  `aws:"required,val=0.."`
}

// UpdateStreamWarmThroughputOutput is the answer of UpdateStreamWarmThroughput.
type UpdateStreamWarmThroughputOutput struct {
	StreamARN      string
	StreamName     string
	WarmThroughput WarmThroughputObject
}

// WarmThroughputObject is the write capacity that a stream is to have and that which it has, in MiB a second.
type WarmThroughputObject struct{ TargetMiBps, CurrentMiBps int64 }

// UpdateStreamWarmThroughput scales an on-demand stream to a write capacity before it is needed, or lets go of what is not
// needed any more: then the peaks that are older than an hour are forgotten.
// Source: API Reference, UpdateStreamWarmThroughput; Developer Guide, "Update a stream".
func (s *Service) UpdateStreamWarmThroughput(in *UpdateStreamWarmThroughputInput) (*UpdateStreamWarmThroughputOutput, error) {
	st, err := s.describe("UpdateStreamWarmThroughput", s.cfg.Limits.UpdateStreamWarmThroughputRate, in.StreamName, in.StreamARN)
	if err != nil {
		return nil, err
	}
	if err := s.checkWarm(st.mode, in.WarmThroughputMiBps); err != nil {
		return nil, err
	}
	if err := s.needActive(st); err != nil {
		return nil, err
	}
	st.warm = *in.WarmThroughputMiBps
	s.notePeak(st)
	d, hour := &st.demand, s.sched.Now().Add(-time.Hour)
	d.records, d.bytes = d.records.since(hour), d.bytes.since(hour)
	n := max(s.warmShards(st), min(s.double(d.records.greatest(), d.bytes.greatest()), s.onDemandCeiling()), s.cfg.Limits.OnDemandShards)
	s.scale(st, uniformScalingPlan(st.open, int32(len(st.shards)), n), n, ScalingBegan)
	return &UpdateStreamWarmThroughputOutput{StreamARN: st.arn, StreamName: st.name, WarmThroughput: *s.warmThroughput(st)}, nil
}

// checkWarm refuses warm throughput that a stream of a mode in this account cannot have. The words are ours.
func (s *Service) checkWarm(mode string, mib *int64) error {
	most := s.cfg.Limits.WarmMiBps
	switch {
	case mib == nil:
		return nil
	case mode != OnDemand:
		return aws.Errorf(aws.Validation, "WarmThroughputMiBps is not expected when StreamMode=PROVISIONED").
			WithHint("A provisioned stream has the capacity of its shards; leave WarmThroughputMiBps out.")
	case most == 0:
		return aws.Errorf(aws.Validation, "WarmThroughputMiBps is not supported.").
			WithHint("Warm throughput came in November 2025; the profile %s of this lab is older.", s.cfg.Limits.Profile)
	case !s.Advantage():
		return aws.Errorf(aws.Validation, "WarmThroughputMiBps needs On-demand Advantage, which account %s does not have.", s.cfg.Account).
			WithHint("update-account-settings --minimum-throughput-billing-commitment Status=ENABLED turns it on, and is billed.")
	case *mib > most:
		return aws.Errorf(aws.LimitExceeded, "WarmThroughputMiBps must not be greater than %d. Specified value was %d", most, *mib).
			WithHint("An on-demand stream has %s at the most.", byteRate(most<<20))
	}
	return nil
}

// warmShards is how many shards the warm throughput of a stream needs, as long as the account has On-demand Advantage.
func (s *Service) warmShards(st *Stream) int {
	if st.mode != OnDemand && st.next != OnDemand || !s.Advantage() {
		return 0
	}
	return int(ceilDiv(st.warm<<20, s.cfg.Limits.ShardBytesPerSecond))
}

// warmThroughput is what DescribeStreamSummary says of it: nothing without On-demand Advantage.
func (s *Service) warmThroughput(st *Stream) *WarmThroughputObject {
	if st.mode != OnDemand || !s.Advantage() {
		return nil
	}
	return &WarmThroughputObject{TargetMiBps: st.warm, CurrentMiBps: int64(len(st.open)) * s.cfg.Limits.ShardBytesPerSecond >> 20}
}
