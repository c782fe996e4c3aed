package kinesis

import "time"

// PayloadUnit is a PUT payload unit, in which writing to provisioned streams is charged: a record counts as so many as
// its data and key fill, the last one begun counting whole. AWS writes 25 KB; as everywhere, KiB are meant.
// Source: Amazon Kinesis Data Streams pricing.
const PayloadUnit = 25 << 10

// OldAge is the age from which on keeping a record is charged as long-term retention, and reading it as retrieval.
// Source: Amazon Kinesis Data Streams pricing.
const OldAge = 7 * 24 * time.Hour

// countOld counts the bytes of a batch that are older than OldAge.
func (s *Service) countOld(st *Stream, b *Batch) {
	if st.retention <= OldAge {
		return
	}
	now, bytes := s.sched.Now(), int64(0)
	for i := b.first; i < b.next; i++ {
		r := b.shard.records.At(i)
		if r.At.Add(OldAge) > now {
			break
		}
		bytes += r.Size()
	}
	if bytes > 0 {
		st.meters.oldBytes.Add(now, float64(bytes))
	}
}
