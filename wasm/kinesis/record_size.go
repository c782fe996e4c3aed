package kinesis

import "shardlab/wasm/aws"

// UpdateMaxRecordSizeInput is the request of UpdateMaxRecordSize; the answer has no body.
type UpdateMaxRecordSizeInput struct {
	StreamARN          *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId           *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
	MaxRecordSizeInKiB *int64  `aws:"required,val=1024..10240"`
}

// UpdateMaxRecordSize sets how large a record may be. It counts at once; the stream is UPDATING for a while. Records that
// are larger and already there stay.
func (s *Service) UpdateMaxRecordSize(in *UpdateMaxRecordSizeInput) error {
	if in.StreamARN == nil {
		return aws.Errorf(aws.InvalidArgument, "StreamARN should be provided.").
			WithHint("describe-stream-summary shows the ARN of a stream.") // ours
	}
	st, err := s.find(nil, in.StreamARN)
	if err != nil {
		return err
	}
	if err := s.checkRecordKiB(*in.MaxRecordSizeInKiB); err != nil {
		return err
	}
	if err := s.needActive(st); err != nil {
		return err
	}
	now := s.sched.Now()
	for _, sh := range st.open {
		sh.byteBucket.refill(st.byteQuota, now)
	}
	s.setRecordKiB(st, *in.MaxRecordSizeInKiB)
	for _, sh := range st.open {
		sh.byteBucket.level = min(sh.byteBucket.level, st.byteQuota.capacity*micro)
	}
	s.beginPlan(st, nil)
	return nil
}

// checkRecordKiB refuses what the profile in force does not know yet.
func (s *Service) checkRecordKiB(kib int64) error {
	l := &s.cfg.Limits
	if kib <= l.MaxRecordKiB {
		return nil
	}
	return aws.Errorf(aws.InvalidArgument, "MaxRecordSizeInKiB must not be greater than %d. Specified value was %d", l.MaxRecordKiB, kib).
		WithHint("In the profile %s of this lab, records have %s KiB at the most.", l.Profile, thousands(l.MaxRecordKiB))
}

// setRecordKiB sets the largest record, and with it how many bytes a shard can take at once.
func (s *Service) setRecordKiB(st *Stream, kib int64) {
	l := &s.cfg.Limits
	st.recordKiB = kib
	st.byteQuota = quota{l.ShardBytesPerSecond, max(1, l.ShardBytesPerSecond*l.BurstMillis/1000)}
	if kib > l.DefaultRecordKiB {
		st.byteQuota.capacity = l.LargeRecordBurstBytes
	}
}
