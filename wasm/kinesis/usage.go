package kinesis

import (
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

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

// Usage is what a stream was used for, as a bill counts it.
type Usage struct {
	Units  int64 // PUT payload units taken
	KiB    int64 // taken, each record rounded up
	Out    int64 // bytes given out by GetRecords
	FanOut int64 // bytes pushed to consumers with enhanced fan-out
	Old    int64 // bytes given out by GetRecords of records older than OldAge
}

// Usage is what streams of this name were ever used for.
func (st *Stream) Usage() Usage { return st.usage((*cloudwatch.Series).Total) }

// UsageIn is what the stream was used for in the whole seconds of [from, to), as far as they are kept.
func (st *Stream) UsageIn(from, to sim.Instant) Usage {
	return st.usage(func(s *cloudwatch.Series) float64 {
		sum := 0.0
		for _, v := range s.Points(from, to, time.Second, cloudwatch.Sum) {
			sum += v
		}
		return sum
	})
}

func (st *Stream) usage(of func(*cloudwatch.Series) float64) Usage {
	m := &st.meters
	return Usage{int64(of(m.payloadUnits)), int64(of(m.roundedKiB)), int64(of(m.getBytes)), int64(of(m.fanOutBytes)), int64(of(m.oldBytes))}
}

// Aged is how many bytes the stream holds of records from 24 hours to OldAge old, and of older ones, to the whole hour: what
// it holds, less what it took since.
func (st *Stream) Aged(now sim.Instant) (extended, long int64) {
	held := int64(0)
	for _, sh := range st.listed {
		_, bytes := st.Held(sh, now)
		held += bytes
	}
	older := func(age time.Duration) int64 {
		from, left := now.Add(-age), held
		if from < st.created {
			return 0 // it is not as old as that
		}
		for _, v := range st.meters.inBytes.Points(from, now.Add(time.Hour), time.Hour, cloudwatch.Sum) {
			left -= int64(v)
		}
		return max(0, left)
	}
	long = older(OldAge)
	return max(0, older(24*time.Hour)-long), long
}
