package kinesis

import "shardlab/wasm/aws"

// admitDry counts a request with DryRun: one a second for a stream, of all operations that know it together, and apart
// from the limits of the shards. A request without it passes.
// Source: Developer Guide, "Test your permissions and request inputs with dry run"; the words are other services'.
func (s *Service) admitDry(st *Stream, dry *bool) error {
	if !deref(dry) || st.rates.admit("DryRun", s.cfg.Limits.DryRunRate, s.sched.Now()) {
		return nil
	}
	return aws.Errorf(aws.Throttling, "Rate exceeded").
		WithHint("A stream checks %d request with DryRun a second. Wait a second and try again.", s.cfg.Limits.DryRunRate)
}

// wouldSucceed ends a request with DryRun that has passed every check; one without it goes on. Keys of KMS are not checked:
// nothing is encrypted or decrypted.
// Source of the words: EC2, as AWS publishes none for Kinesis.
func wouldSucceed(dry *bool) error {
	if !deref(dry) {
		return nil
	}
	return aws.Errorf(aws.DryRunOperation, "Request would have succeeded, but DryRun flag is set.").
		WithHint("This is the good answer: all is allowed and well formed, and nothing was done.")
}
