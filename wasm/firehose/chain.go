package firehose

import "time"

// A stage is a step of the processor: it takes a batch of records and says what became of each.
type stage interface {
	// run processes a batch. In out each record has its fate; a record may become several, which share its number and arrival. It
	// is known after took. When again is not nil the whole batch failed: out is not looked at, and it is tried again up to
	// retries times, then each of its records fails by that.
	run(s *Service, st *Stream, in []Record, attempt int64) (out []Record, took time.Duration, again *Failure)
	// retries is how often a batch is tried again, and atOnce how many batches may be with it at once; 0 is any number.
	retries() int64
	atOnce() int
}

// stagesOf is what a configuration wants of the processor, and what it gathers before.
func (s *Service) stagesOf(st *Stream, config Doc) ([]stage, hints) { return nil, hints{} }

// checkProcessing refuses a configuration of the processor that cannot be.
func (s *Service) checkProcessing(k *kind, config Doc) error { return nil }
