package region

import (
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// What keeping one takes beside what was sent, in bytes, allocations and room for growth included. Ours: measured.
const (
	recordKeeping = 128
	eventKeeping  = 256
)

// Footprint is about how many bytes of memory the world keeps: records, metrics, events, and all that was set up, the
// tables and the clients with it.
func (r *Region) Footprint() int64 {
	records, bytes := r.kinesis.Kept()
	bytes += records*recordKeeping + r.kinesis.Furniture() + r.meter.Footprint() + r.s3.Bytes() + r.sink.Bytes() + int64(r.events.Len())*eventKeeping
	var setUp counter // what the others keep is about as long as it is told
	r.iam.State(&setUp)
	r.kms.State(&setUp)
	r.watch.State(&setUp)
	r.fis.State(&setUp)
	r.lambda.State(&setUp)
	r.dynamodb.State(&setUp)
	r.s3.State(&setUp)
	r.sink.State(&setUp)
	r.firehose.State(&setUp)
	r.glue.State(&setUp)
	for _, st := range r.firehose.Streams() {
		bytes += st.Held()
	}
	for _, a := range r.actors {
		if a != nil {
			a.State(&setUp)
		}
	}
	return bytes + int64(setUp)
}

// A counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// Trim lets go of what only eyes look at: all but the latest so many events, and the metrics of streams that are gone and
// had their last value before an instant. A world that runs for months in a server needs it; a lab never does it.
func (r *Region) Trim(events int, before sim.Instant) {
	r.events.TrimTo(r.events.Next() - int64(events))
	r.meter.Trim(before, func(d cloudwatch.Dims) bool {
		_, there := r.kinesis.Stream(d.Stream)
		return there || d.Stream == ""
	})
}
