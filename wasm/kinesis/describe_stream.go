package kinesis

import (
	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// describePage is how many shards DescribeStream answers with, at the most and by default.
// Source: API Reference, DescribeStream.
const describePage = 100

// DescribeStream tells what a stream is, with a page of its shards.
func (s *Service) DescribeStream(in *DescribeStreamInput) (*DescribeStreamOutput, error) {
	st, err := s.describe("DescribeStream", s.cfg.Limits.DescribeStreamRate, in.StreamName, in.StreamARN)
	if err != nil {
		return nil, err
	}
	after := int32(-1)
	if id := in.ExclusiveStartShardId; id != nil {
		n, ok := ParseShardID(*id)
		if !ok {
			return nil, s.couldNotFind(st, *id)
		}
		after = n
	}
	limit := describePage
	if in.Limit != nil {
		limit = int(min(*in.Limit, describePage))
	}
	d := StreamDescription{
		Shards: []Shard{}, StreamARN: st.arn, StreamName: st.name, StreamStatus: st.status,
		RetentionPeriodHours: int64(st.retention.Hours()), EnhancedMonitoring: []EnhancedMetrics{{st.ShardLevelMetrics()}},
		EncryptionType: st.EncryptionType(), KeyId: st.describeKey(), StreamCreationTimestamp: seconds(st.created), StreamModeDetails: StreamModeDetails{ptr(st.mode)},
	}
	for _, sh := range st.listed {
		if sh.number <= after {
			continue
		}
		if len(d.Shards) == limit {
			d.HasMoreShards = true
			break
		}
		d.Shards = append(d.Shards, sh.describe())
	}
	return &DescribeStreamOutput{d}, nil
}

// DescribeStreamSummary tells what a stream is, with the number of its open shards.
func (s *Service) DescribeStreamSummary(in *DescribeStreamSummaryInput) (*DescribeStreamSummaryOutput, error) {
	st, err := s.describe("DescribeStreamSummary", s.cfg.Limits.DescribeStreamSummaryRate, in.StreamName, in.StreamARN)
	if err != nil {
		return nil, err
	}
	d := StreamDescriptionSummary{
		StreamName: st.name, StreamARN: st.arn, StreamStatus: st.status, StreamModeDetails: StreamModeDetails{ptr(st.mode)},
		RetentionPeriodHours: int64(st.retention.Hours()), StreamCreationTimestamp: seconds(st.created),
		EnhancedMonitoring: []EnhancedMetrics{{st.ShardLevelMetrics()}}, EncryptionType: st.EncryptionType(), KeyId: st.describeKey(),
		OpenShardCount: int64(len(st.open)), WarmThroughput: s.warmThroughput(st), ConsumerCount: int64(len(st.consumers)), MaxRecordSizeInKiB: st.recordKiB, RecordDistributionStrategy: st.Strategy(),
	}
	if st.mode == OnDemand {
		d.ChannelCount = ptr(s.channelsOf(st))
	}
	return &DescribeStreamSummaryOutput{d}, nil
}

// describe counts the call against the account's rate and finds the stream.
func (s *Service) describe(op string, limit int, name, arn *string) (*Stream, error) {
	wanted, err := s.nameOf(name, arn)
	if err != nil {
		return nil, err
	}
	if err := s.admit(op, limit, wanted); err != nil {
		return nil, err
	}
	st, ok := s.Stream(wanted)
	if !ok {
		return nil, s.notFound(wanted)
	}
	return st, nil
}

// describe is the shard as the API shows it.
func (sh *ShardState) describe() Shard {
	d := Shard{
		ShardId:             sh.ID(),
		HashKeyRange:        HashKeyRange{sh.start.String(), sh.end.String()},
		SequenceNumberRange: SequenceNumberRange{StartingSequenceNumber: sh.StartingSequenceNumber()},
	}
	if !sh.Open() {
		d.SequenceNumberRange.EndingSequenceNumber = ptr(sh.EndingSequenceNumber())
	}
	if sh.parent >= 0 {
		d.ParentShardId = ptr(ShardID(sh.parent))
	}
	if sh.adjacent >= 0 {
		d.AdjacentParentShardId = ptr(ShardID(sh.adjacent))
	}
	return d
}

// Describe is the shard as DescribeStream and ListShards show it.
func (sh *ShardState) Describe() Shard { return sh.describe() }

// couldNotFind is the answer to a control call on a shard that is not there.
func (s *Service) couldNotFind(st *Stream, id string) error {
	return aws.Errorf(aws.ResourceNotFound, "Could not find shard %s in stream %s under account %s.", id, st.name, s.cfg.Account).
		WithHint("list-shards shows the shards there are.")
}

// seconds is an instant as a timestamp of whole seconds, as the service gives creation times.
func seconds(at sim.Instant) aws.Timestamp { return aws.Timestamp(at.Second() * 1000) }
