package kinesis

import (
	"shardlab/wasm/aws"
)

// SplitShard turns a shard into two. The stream is UPDATING for a while; at its end the shard closes and the two open.
func (s *Service) SplitShard(in *SplitShardInput) error {
	st, err := s.find(in.StreamName, in.StreamARN)
	if err != nil {
		return err
	}
	if err := s.admitOn(st, "SplitShard", s.cfg.Limits.SplitShardRate); err != nil {
		return err
	}
	sh, err := s.reshardable(st, *in.ShardToSplit)
	if err != nil {
		return err
	}
	if err := s.needProvisioned(st); err != nil {
		return err
	}
	if err := s.needActive(st); err != nil {
		return err
	}
	if err := s.needOpen(st, sh); err != nil {
		return err
	}
	at, ok := ParseHash(*in.NewStartingHashKey)
	if !ok || !sh.start.Add(1).Less(at) || !at.Less(sh.end) || sh.start == MaxHash {
		return aws.Errorf(aws.InvalidArgument, "NewStartingHashKey %s used in SplitShard() on shard %s in stream %s under account %s is not both greater than one plus the shard's StartingHashKey %s and less than the shard's EndingHashKey %s.",
			*in.NewStartingHashKey, sh.ID(), st.name, s.cfg.Account, sh.start, sh.end).
			WithHint("The middle of the shard is %s.", sh.start.Middle(sh.end))
	}
	if s.shardCount()+1 > s.cfg.Limits.AccountShards {
		return s.overQuota(1)
	}
	s.beginPlan(st, []reshard{{parent: sh.number, adjacent: -1, at: at}})
	return nil
}

// reshardable finds the shard that a reshard names.
func (s *Service) reshardable(st *Stream, id string) (*ShardState, error) {
	n, ok := ParseShardID(id)
	if !ok {
		return nil, s.couldNotFind(st, id)
	}
	sh, ok := st.Shard(n)
	if !ok && st.status == Creating { // it has no shards yet: say so rather than that this one is missing
		return nil, s.needActive(st)
	}
	if !ok {
		return nil, s.couldNotFind(st, ShardID(n))
	}
	return sh, nil
}

// needProvisioned refuses resharding by hand on an on-demand stream.
// Source of the words: moto.
func (s *Service) needProvisioned(st *Stream) error {
	if st.mode == Provisioned {
		return nil
	}
	return aws.Errorf(aws.Validation, "Request is invalid. Stream %s under account %s is in On-Demand mode.", st.name, s.cfg.Account).
		WithHint("An on-demand stream manages its shards itself.")
}

// needOpen refuses to reshard a closed shard.
// Source of the words: moto.
func (s *Service) needOpen(st *Stream, sh *ShardState) error {
	if sh.Open() {
		return nil
	}
	return aws.Errorf(aws.InvalidArgument, "Shard %s in stream %s under account %s has already been merged or split, and thus is not eligible for merging or splitting.", sh.ID(), st.name, s.cfg.Account).
		WithHint("Its children took over: describe-stream shows them.")
}
