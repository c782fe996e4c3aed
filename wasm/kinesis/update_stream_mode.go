package kinesis

import "shardlab/wasm/aws"

// UpdateStreamModeInput is the request of UpdateStreamMode; the answer has no body.
type UpdateStreamModeInput struct {
	StreamARN           *string            `aws:"required,len=1..2048,pattern=StreamARN"`
	StreamId            *string            `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
	StreamModeDetails   *StreamModeDetails `aws:"required"`
	WarmThroughputMiBps *int64             `aws:"val=0.." json:",omitempty"`
}

// UpdateStreamMode switches a stream between provisioned and on-demand. Its shards stay as they are; it is UPDATING for a
// while, in which reads and writes go on.
//
// AWS does not say what it answers when the stream is in that mode already; here the call is refused, so that it takes none
// of the day's switches, in words of ours.
func (s *Service) UpdateStreamMode(in *UpdateStreamModeInput) error {
	l := &s.cfg.Limits
	st, err := s.find(nil, in.StreamARN)
	if err != nil {
		return err
	}
	if err := s.needActive(st); err != nil {
		return err
	}
	mode := *in.StreamModeDetails.StreamMode
	if mode == st.mode {
		return aws.Errorf(aws.InvalidArgument, "Stream %s under account %s is already in %s mode.", st.name, s.cfg.Account, mode).
			WithHint("Nothing needs to be done, and none of the day's switches was used.")
	}
	if err := s.checkWarm(mode, in.WarmThroughputMiBps); err != nil {
		return err
	}
	if mode == OnDemand {
		err = s.checkOnDemandStreams()
	} else if err = s.needNoChannels(st, "UpdateStreamMode"); err != nil {
		return err
	} else if open := int64(len(st.open)); s.shardCount()+open > l.AccountShards {
		err = s.overQuota(open)
	}
	if err != nil {
		return err
	}
	if err := s.admitDaily(st, "UpdateStreamMode", l.ModeSwitches); err != nil {
		return err
	}
	st.next, st.warm = mode, deref(in.WarmThroughputMiBps)
	var plan []reshard
	if n := s.warmShards(st); n > len(st.open) {
		plan = uniformScalingPlan(st.open, int32(len(st.shards)), n)
	}
	s.beginPlan(st, plan)
	return nil
}

// becomeMode ends a switch between capacity modes.
func (s *Service) becomeMode(st *Stream, mode string) {
	st.mode, st.next = mode, ""
	s.watchDemand(st)
	s.notify(Notice{Kind: ModeChanged, Stream: st.name, Shard: -1, Status: mode})
}
