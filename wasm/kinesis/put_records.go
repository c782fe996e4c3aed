package kinesis

import "shardlab/wasm/aws"

// PutRecords puts up to 500 records. Each succeeds or fails by itself; the answer has an entry for each, in order.
func (s *Service) PutRecords(in *PutRecordsInput) (*PutRecordsOutput, error) {
	st, err := s.findTaking(in.StreamName, in.StreamARN)
	if err != nil {
		return nil, err
	}
	if err := s.admitDry(st, in.DryRun); err != nil {
		return nil, err
	}
	records := make([]PutEntry, len(in.Records))
	for i := range in.Records {
		r := &in.Records[i]
		if records[i], err = entry(st, r.PartitionKey, r.ExplicitHashKey, r.Data, i); err != nil {
			return nil, err
		}
	}
	if deref(in.DryRun) {
		if err := s.checkBatch(st, records); err != nil {
			return nil, err
		}
		return nil, wouldSucceed(in.DryRun)
	}
	results := make([]PutResult, len(records))
	if err := s.putBatch(st, records, results); err != nil {
		return nil, err
	}
	out := &PutRecordsOutput{Records: make([]PutRecordsResultEntry, len(results))}
	now := s.sched.Now()
	out.EncryptionType = st.encryptionAt(now)
	for i, r := range results {
		if r.OK() {
			out.Records[i] = PutRecordsResultEntry{SequenceNumber: ptr(st.SequenceNumber(r, now)), ShardId: ptr(ShardID(r.Shard))}
			continue
		}
		out.FailedRecordCount++
		code, words := aws.ProvisionedThroughputExceeded, s.rateExceeded(st, r.Shard)
		if r.Why == WhyFault { // Source: API Reference, PutRecords
			code, words = aws.InternalError, "Internal service failure."
		}
		out.Records[i] = PutRecordsResultEntry{ErrorCode: &code, ErrorMessage: &words}
	}
	return out, nil
}
