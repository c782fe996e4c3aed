package kinesis

import (
	"shardlab/wasm/aws"
)

// GetRecords answers with records of one shard, in order, from where an iterator stands.
func (s *Service) GetRecords(in *GetRecordsInput) (*GetRecordsOutput, error) {
	it, ok := s.unsealIterator(*in.ShardIterator)
	if !ok {
		return nil, aws.Errorf(aws.InvalidArgument, "Invalid ShardIterator.").
			WithHint("A shard iterator is the text that get-shard-iterator or get-records answered, whole and unchanged.")
	}
	st, ok := s.Stream(it.name)
	switch {
	case !ok:
		return nil, s.notFound(it.name)
	case st.id != it.stream: // deleted, and made again under the same name
		return nil, s.noShard(st, ShardID(it.Shard))
	case in.StreamARN != nil && *in.StreamARN != st.arn:
		return nil, aws.Errorf(aws.InvalidArgument, "StreamARN %s does not name the stream of the ShardIterator.", *in.StreamARN).
			WithHint("The iterator says which stream is read; leave the StreamARN out.")
	}
	if err := s.admitDry(st, in.DryRun); err != nil {
		return nil, err
	}
	if deref(in.DryRun) {
		if _, err := s.checkRead(st, it.Cursor); err != nil {
			return nil, err
		}
		return nil, wouldSucceed(in.DryRun)
	}
	b, err := s.read(st, it.Cursor, int(deref(in.Limit)))
	if err != nil {
		return nil, err
	}
	out := &GetRecordsOutput{Records: b.wire(), MillisBehindLatest: b.MillisBehind}
	if b.End {
		out.ChildShards = b.childShards()
	} else {
		out.NextShardIterator = ptr(s.sealIterator(st, b.Next))
	}
	return out, nil
}
