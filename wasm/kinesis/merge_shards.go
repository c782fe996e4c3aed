package kinesis

import (
	"shardlab/wasm/aws"
)

// MergeShards joins two adjacent shards, the lower one named first. The stream is UPDATING for a while; at its end both
// close and their child opens.
func (s *Service) MergeShards(in *MergeShardsInput) error {
	st, err := s.find(in.StreamName, in.StreamARN)
	if err != nil {
		return err
	}
	if err := s.admitOn(st, "MergeShards", s.cfg.Limits.MergeShardsRate); err != nil {
		return err
	}
	low, err := s.reshardable(st, *in.ShardToMerge)
	if err != nil {
		return err
	}
	high, err := s.reshardable(st, *in.AdjacentShardToMerge)
	if err != nil {
		return err
	}
	if err := s.needProvisioned(st); err != nil {
		return err
	}
	if err := s.needActive(st); err != nil {
		return err
	}
	for _, sh := range []*ShardState{low, high} {
		if err := s.needOpen(st, sh); err != nil {
			return err
		}
	}
	if low.end == MaxHash || low.end.Add(1) != high.start {
		hint := "Two shards are adjacent when one ends where the other begins; list-shards shows the ranges."
		if high.end != MaxHash && high.end.Add(1) == low.start {
			hint = "Name the lower shard first: ShardToMerge " + high.ID() + ", AdjacentShardToMerge " + low.ID() + "."
		}
		return aws.Errorf(aws.InvalidArgument, "Shards %s and %s in stream %s under account %s are not an adjacent pair of shards eligible for merging", low.ID(), high.ID(), st.name, s.cfg.Account).
			WithHint("%s", hint)
	}
	s.beginPlan(st, []reshard{{parent: low.number, adjacent: high.number}})
	return nil
}
