package kinesis

import (
	"cmp"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// CreateStream makes a stream. It is CREATING for a while, and has its shards when it becomes ACTIVE.
func (s *Service) CreateStream(in *CreateStreamInput) error {
	l := &s.cfg.Limits
	if err := s.admit("CreateStream", l.CreateStreamRate, *in.StreamName); err != nil {
		return err
	}
	mode, shards, err := s.capacity(in)
	if err != nil {
		return err
	}
	if err := s.checkWarm(mode, in.WarmThroughputMiBps); err != nil {
		return err
	}
	recordKiB := cmp.Or(deref(in.MaxRecordSizeInKiB), l.DefaultRecordKiB)
	if err := s.checkRecordKiB(recordKiB); err != nil {
		return err
	}
	if err := s.checkStrategy(*in.StreamName, mode, in.RecordDistributionStrategy); err != nil {
		return err
	}
	var tags attached
	if err := s.tag(resource{&tags, "stream " + *in.StreamName, nil}, in.Tags, streamSymbols); err != nil {
		return err
	}
	i, exists := s.search(*in.StreamName)
	if exists {
		return aws.Errorf(aws.ResourceInUse, "Stream %s under account %s already exists.", *in.StreamName, s.cfg.Account).
			WithHint("Choose another name, or delete the stream first.")
	}
	if err := s.checkQuotas(mode, shards); err != nil {
		return err
	}
	s.made++
	st := &Stream{
		id: s.made, name: *in.StreamName, arn: s.arnOf(*in.StreamName), mode: mode, created: s.sched.Now(), retention: l.MinRetention,
		attached: tags, auto: deref(in.RecordDistributionStrategy) == Auto, initial: shards, rates: rates{},
		recordQuota: quota{l.ShardRecordsPerSecond, max(1, l.ShardRecordsPerSecond*l.BurstMillis/1000)},
		readQuota:   quota{l.ShardReadBytesPerSecond, l.ShardReadBytesPerSecond},
	}
	s.setRecordKiB(st, recordKiB)
	st.latency = sim.NewRand(s.cfg.Seed, "kinesis/"+st.name+"/latency")
	st.warm = deref(in.WarmThroughputMiBps)
	st.initial = max(shards, s.warmShards(st))
	st.meters.wire(s.meter, st.name)
	s.streams = sim.Insert(s.streams, i, st)
	s.setStatus(st, Creating)
	s.sched.After(l.CreateDelay, s.owner, evActive, st.id)
	return nil
}

// capacity is the mode and number of shards that a request asks for. Without either a stream is on-demand: the service
// makes four shards then.
// Source: a recorded answer of the service for the case without both; the words about ShardCount as CloudFormation
// passes them on, those about a missing one are ours.
func (s *Service) capacity(in *CreateStreamInput) (mode string, shards int, err error) {
	mode = Provisioned
	if in.StreamModeDetails != nil {
		mode = *in.StreamModeDetails.StreamMode
	} else if in.ShardCount == nil {
		mode = OnDemand
	}
	switch {
	case mode == OnDemand && in.ShardCount != nil:
		return "", 0, aws.Errorf(aws.Validation, "ShardCount is not expected when StreamMode=ON_DEMAND").
			WithHint("An on-demand stream manages its shards itself; leave ShardCount out.")
	case mode == OnDemand:
		return mode, s.cfg.Limits.OnDemandShards, nil
	case in.ShardCount == nil:
		return "", 0, aws.Errorf(aws.Validation, "ShardCount is expected when StreamMode=PROVISIONED").
			WithHint("Say how many shards the stream has: --shard-count 1.")
	case *in.ShardCount > s.cfg.Limits.AccountShards:
		return "", 0, s.overQuota(*in.ShardCount)
	}
	return mode, int(*in.ShardCount), nil
}

// checkQuotas refuses a stream too many. The message for streams in CREATING is ours.
func (s *Service) checkQuotas(mode string, shards int) error {
	l := &s.cfg.Limits
	creating := 0
	for _, st := range s.streams {
		if st.status == Creating {
			creating++
		}
	}
	switch {
	case creating >= l.StreamsCreating:
		return aws.Errorf(aws.LimitExceeded, "This request would exceed the limit of %d streams in CREATING state for the account %s in %s.", l.StreamsCreating, s.cfg.Account, s.cfg.Region).
			WithHint("Wait until one of them is ACTIVE.")
	case mode == OnDemand:
		return s.checkOnDemandStreams()
	case s.shardCount()+int64(shards) > l.AccountShards:
		return s.overQuota(int64(shards))
	}
	return nil
}

// checkOnDemandStreams refuses an on-demand stream too many.
// Source of the words: an answer of the service in terraform-provider-aws, issue 38094.
func (s *Service) checkOnDemandStreams() error {
	n := 0
	for _, st := range s.streams {
		if st.mode == OnDemand || st.next == OnDemand {
			n++
		}
	}
	if n < s.cfg.Limits.OnDemandStreams {
		return nil
	}
	return aws.Errorf(aws.LimitExceeded, "This request would exceed the limit on the number of On-Demand streams for the account %s in %s. Current On-Demand streams count: %d. Limit: %d.",
		s.cfg.Account, s.cfg.Region, n, s.cfg.Limits.OnDemandStreams).
		WithHint("Delete an on-demand stream, or make a provisioned one.")
}

// shardCount is how many shards count towards the account's quota: the open ones of provisioned streams, those that are
// being made, and those that splits under way will open, also when they are to be merged again. A stream on its way to
// another mode counts as one of that mode.
// Source: API Reference, UpdateShardCount.
func (s *Service) shardCount() int64 {
	n := int64(0)
	for _, st := range s.streams {
		switch {
		case st.next == OnDemand, st.mode == OnDemand && st.next != Provisioned:
		case st.status == Creating:
			n += int64(st.initial)
		default:
			n += int64(mostOpen(len(st.open), st.plan))
		}
	}
	return n
}

// overQuota is the answer when so many more shards would exceed the account's quota.
// Conf. C, kinesalite.
func (s *Service) overQuota(more int64) error {
	return aws.Errorf(aws.LimitExceeded, "This request would exceed the shard limit for the account %s in %s. Current shard count for the account: %d. Limit: %d. Number of additional shards that would have resulted from this request: %d. Refer to the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.",
		s.cfg.Account, s.cfg.Region, s.shardCount(), s.cfg.Limits.AccountShards, more).
		WithHint("This lab's account has %d shards; AWS's own quota is larger. Use fewer shards, or delete or merge some.", s.cfg.Limits.AccountShards)
}
