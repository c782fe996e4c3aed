package kinesis

import "shardlab/wasm/aws"

// EnableEnhancedMonitoringInput is the request of EnableEnhancedMonitoring.
type EnableEnhancedMonitoringInput struct {
	StreamName        *string  `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	ShardLevelMetrics []string `aws:"required,items=1..7,enum=MetricsName"`
	StreamARN         *string  `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId          *string  `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// EnableEnhancedMonitoringOutput is the answer of EnableEnhancedMonitoring.
type EnableEnhancedMonitoringOutput struct {
	StreamName               string
	CurrentShardLevelMetrics []string // before
	DesiredShardLevelMetrics []string // after
	StreamARN                string
}

// DisableEnhancedMonitoring has the same request and the same answer.
type (
	DisableEnhancedMonitoringInput  = EnableEnhancedMonitoringInput
	DisableEnhancedMonitoringOutput = EnableEnhancedMonitoringOutput
)

// EnableEnhancedMonitoring turns metrics of single shards on.
func (s *Service) EnableEnhancedMonitoring(in *EnableEnhancedMonitoringInput) (*EnableEnhancedMonitoringOutput, error) {
	return s.monitor(in, "EnableEnhancedMonitoring", s.cfg.Limits.EnableEnhancedMonitoringRate, true)
}

// DisableEnhancedMonitoring turns metrics of single shards off.
func (s *Service) DisableEnhancedMonitoring(in *DisableEnhancedMonitoringInput) (*DisableEnhancedMonitoringOutput, error) {
	return s.monitor(in, "DisableEnhancedMonitoring", s.cfg.Limits.DisableEnhancedMonitoringRate, false)
}

func (s *Service) monitor(in *EnableEnhancedMonitoringInput, op string, limit int, on bool) (*EnableEnhancedMonitoringOutput, error) {
	st, err := s.find(in.StreamName, in.StreamARN)
	if err != nil {
		return nil, err
	}
	if err := s.admitOn(st, op, limit); err != nil {
		return nil, err
	}
	if err := s.needActive(st); err != nil {
		return nil, err
	}
	out := &EnableEnhancedMonitoringOutput{StreamName: st.name, StreamARN: st.arn, CurrentShardLevelMetrics: st.ShardLevelMetrics()}
	for _, name := range in.ShardLevelMetrics {
		for i, m := range aws.Enum("MetricsName") {
			if m == name || name == allMetrics {
				if st.metrics &^= 1 << i; on && m != allMetrics {
					st.metrics |= 1 << i
				}
			}
		}
	}
	out.DesiredShardLevelMetrics = st.ShardLevelMetrics()
	s.beginPlan(st, nil)
	return out, nil
}

// allMetrics stands for every metric of a shard.
const allMetrics = "ALL"

// ShardLevelMetrics names the metrics of single shards that are on, as CloudWatch gives them out: see
// EnableEnhancedMonitoring. The lab's own charts show all of them always.
func (st *Stream) ShardLevelMetrics() []string {
	on := []string{}
	for i, m := range aws.Enum("MetricsName") {
		if st.metrics>>i&1 != 0 {
			on = append(on, m)
		}
	}
	return on
}
