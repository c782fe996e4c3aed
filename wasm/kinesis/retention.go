package kinesis

import (
	"time"

	"shardlab/wasm/aws"
)

// IncreaseStreamRetentionPeriodInput is the request of IncreaseStreamRetentionPeriod; the answer has no body.
type IncreaseStreamRetentionPeriodInput struct {
	StreamName           *string `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	RetentionPeriodHours *int64  `aws:"required"`
	StreamARN            *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId             *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// DecreaseStreamRetentionPeriodInput is the request of DecreaseStreamRetentionPeriod; the answer has no body.
type DecreaseStreamRetentionPeriodInput = IncreaseStreamRetentionPeriodInput

// IncreaseStreamRetentionPeriod keeps records longer. Those that have expired stay expired.
func (s *Service) IncreaseStreamRetentionPeriod(in *IncreaseStreamRetentionPeriodInput) error {
	return s.changeRetention(in, "IncreaseStreamRetentionPeriod", s.cfg.Limits.IncreaseStreamRetentionPeriodRate, 1)
}

// DecreaseStreamRetentionPeriod keeps records for a shorter time. Those that are older are gone at once.
func (s *Service) DecreaseStreamRetentionPeriod(in *DecreaseStreamRetentionPeriodInput) error {
	return s.changeRetention(in, "DecreaseStreamRetentionPeriod", s.cfg.Limits.DecreaseStreamRetentionPeriodRate, -1)
}

// changeRetention sets a stream's retention, up or down. The stream is UPDATING for a while; what is kept is decided at
// once.
// Source of the words: kinesalite; those about a period that is no other are ours.
func (s *Service) changeRetention(in *IncreaseStreamRetentionPeriodInput, op string, limit int, direction int64) error {
	st, err := s.find(in.StreamName, in.StreamARN)
	if err != nil {
		return err
	}
	if err := s.admitOn(st, op, limit); err != nil {
		return err
	}
	l := &s.cfg.Limits
	hours, now, least, most := *in.RetentionPeriodHours, int64(st.retention.Hours()), int64(l.MinRetention.Hours()), int64(l.MaxRetention.Hours())
	refuse := func(hint, format string, args ...any) error {
		return aws.Errorf(aws.InvalidArgument, format, args...).WithHint("%s", hint)
	}
	switch relation := "shorter"; {
	case hours < least:
		return refuse("A day is the least.", "Minimum allowed retention period is %d hours. Requested retention period (%d hours) is too short.", least, hours)
	case hours > most:
		return refuse("A year is the most.", "Maximum allowed retention period is %d hours. Requested retention period (%d hours) is too long.", most, hours)
	case hours == now:
		return refuse("Nothing would change.", "Requested retention period (%d hours) for stream %s is the existing retention period.", hours, st.name)
	case (hours-now)*direction < 0:
		other := "DecreaseRetentionPeriod"
		if direction < 0 {
			relation, other = "longer", "IncreaseRetentionPeriod"
		}
		return refuse("There is an operation for each direction.", "Requested retention period (%d hours) for stream %s can not be %s than existing retention period (%d hours). Use %s API.",
			hours, st.name, relation, now, other)
	}
	if err := s.needActive(st); err != nil {
		return err
	}
	s.SetRetention(st, time.Duration(hours)*time.Hour)
	s.beginPlan(st, nil)
	return nil
}
