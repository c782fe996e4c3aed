package kinesis

import (
	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// DescribeLimitsInput is the request of DescribeLimits; it has no members.
type DescribeLimitsInput struct{}

// DescribeLimitsOutput is the answer of DescribeLimits.
type DescribeLimitsOutput struct {
	ShardLimit               int64
	OpenShardCount           int64
	OnDemandStreamCount      int64
	OnDemandStreamCountLimit int64
	ChannelCount             *int64 `json:",omitempty"`
	ChannelCountLimit        *int64 `json:",omitempty"`
}

// DescribeLimits tells the account's quotas and how much of them is used. Open shards are those that the quota counts:
// of provisioned streams, with those that are being made.
func (s *Service) DescribeLimits(*DescribeLimitsInput) (*DescribeLimitsOutput, error) {
	l := &s.cfg.Limits
	if err := s.admit("DescribeLimits", l.DescribeLimitsRate, ""); err != nil {
		return nil, err
	}
	onDemand := int64(0)
	for _, st := range s.streams {
		if st.mode == OnDemand {
			onDemand++
		}
	}
	return &DescribeLimitsOutput{
		ShardLimit: l.AccountShards, OpenShardCount: s.shardCount(), OnDemandStreamCount: onDemand, OnDemandStreamCountLimit: int64(l.OnDemandStreams),
		ChannelCount: ptr(int64(len(s.channels))), ChannelCountLimit: ptr(int64(2 * l.StreamChannels * l.OnDemandStreams)), // two kinds of destinations
	}, nil
}

// DescribeAccountSettingsInput is the request of DescribeAccountSettings; it has no members.
type DescribeAccountSettingsInput = DescribeLimitsInput

// AccountSettingsOutput is the answer of DescribeAccountSettings and of UpdateAccountSettings.
type AccountSettingsOutput struct {
	MinimumThroughputBillingCommitment *MinimumThroughputBillingCommitmentOutput `json:",omitempty"`
}

// MinimumThroughputBillingCommitmentOutput tells of the commitment that makes On-demand Advantage.
type MinimumThroughputBillingCommitmentOutput struct {
	Status               string         // ENABLED, DISABLED, or ENABLED_UNTIL_EARLIEST_ALLOWED_END
	StartedAt            *aws.Timestamp `json:",omitempty"`
	EndedAt              *aws.Timestamp `json:",omitempty"`
	EarliestAllowedEndAt *aws.Timestamp `json:",omitempty"`
}

// UpdateAccountSettingsInput is the request of UpdateAccountSettings.
type UpdateAccountSettingsInput struct {
	MinimumThroughputBillingCommitment *MinimumThroughputBillingCommitmentInput `aws:"required"`
}

// MinimumThroughputBillingCommitmentInput says whether the account commits itself.
type MinimumThroughputBillingCommitmentInput struct {
	Status *string `aws:"required,enum=CommitmentStatus"`
}

// Statuses of the commitment.
const (
	enabled      = "ENABLED"
	disabled     = "DISABLED"
	enabledUntil = "ENABLED_UNTIL_EARLIEST_ALLOWED_END"
)

// commitment is the account's minimum throughput billing commitment.
type commitment struct {
	status  string      // "" is DISABLED
	started sim.Instant // the latest; 0 when there never was one
	ended   sim.Instant // 0 while it lasts
}

// Advantage reports whether On-demand Advantage is in force: the account has committed itself to a minimum throughput.
// Then a stream has up to 50 consumers with enhanced fan-out, and on-demand streams can have warm throughput.
func (s *Service) Advantage() bool {
	return s.commitment.status == enabled || s.commitment.status == enabledUntil
}

// DescribeAccountSettings tells the settings of the account.
func (s *Service) DescribeAccountSettings(*DescribeAccountSettingsInput) (*AccountSettingsOutput, error) {
	if err := s.admit("DescribeAccountSettings", s.cfg.Limits.DescribeAccountSettingsRate, ""); err != nil {
		return nil, err
	}
	return s.settings(), nil
}

// UpdateAccountSettings begins the commitment or ends it. It lasts for a day at the least: ended earlier, it goes on until
// then, unless it is enabled again before.
// Source: API Reference, MinimumThroughputBillingCommitmentInput.
func (s *Service) UpdateAccountSettings(in *UpdateAccountSettingsInput) (*AccountSettingsOutput, error) {
	l := &s.cfg.Limits
	if err := s.admit("UpdateAccountSettings", l.UpdateAccountSettingsRate, ""); err != nil {
		return nil, err
	}
	c, now := &s.commitment, s.sched.Now()
	switch on := *in.MinimumThroughputBillingCommitment.Status == enabled; {
	case on && !s.Advantage():
		*c = commitment{status: enabled, started: now}
	case on:
		c.status = enabled
	case c.status == enabled:
		c.status = enabledUntil
		if end := c.started.Add(l.CommitmentDuration); end > now {
			s.sched.At(end, s.owner, evCommitted, 0)
		} else {
			s.endCommitment()
		}
	}
	return s.settings(), nil
}

// endCommitment ends a commitment that was disabled, once it may end.
func (s *Service) endCommitment() {
	c, now := &s.commitment, s.sched.Now()
	if c.status == enabledUntil && now >= c.started.Add(s.cfg.Limits.CommitmentDuration) {
		c.status, c.ended = disabled, now
	}
}

func (s *Service) settings() *AccountSettingsOutput {
	c := &s.commitment
	out := &MinimumThroughputBillingCommitmentOutput{Status: disabled}
	if c.started != 0 {
		out.Status, out.StartedAt = c.status, ptr(seconds(c.started))
		out.EarliestAllowedEndAt = ptr(seconds(c.started.Add(s.cfg.Limits.CommitmentDuration)))
	}
	if c.ended != 0 {
		out.EndedAt = ptr(seconds(c.ended))
	}
	return &AccountSettingsOutput{out}
}
