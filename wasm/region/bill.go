package region

import (
	"math"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/firehose"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/pricing"
	"shardlab/wasm/sim"
)

// Kinds of the region's own events.
const (
	evFlush uint16 = iota // a gathering ends
	evAge                 // what is kept long is measured
)

// observe tells the bill what stands. It is called whenever that may have changed.
func (r *Region) observe() {
	streams := r.kinesis.Streams()
	r.standing = r.standing[:0]
	committed, aging := r.kinesis.Advantage(), false
	for _, st := range streams {
		if s := st.Status(); s != kinesis.Active && s != kinesis.Updating {
			continue
		}
		x := pricing.Standing{Stream: st.Name(), OnDemand: st.Mode() == kinesis.OnDemand, Advantage: committed, Shards: int64(len(st.OpenShards())), Extended: st.Retention() > 24*time.Hour}
		for _, c := range st.Consumers() {
			if c.Status() == kinesis.Active {
				x.Consumers++
			}
		}
		r.standing = append(r.standing, x)
		aging = aging || ages(st)
	}
	r.bill.Observe(r.Now(), committed, r.standing, func(stream string) pricing.Counted {
		st, ok := r.kinesis.Stream(stream)
		if !ok {
			panic("region: a stream is gone that was never DELETING")
		}
		return pricing.Counted(st.Usage())
	})
	if every := sim.Instant(pricing.AgingEvery.Microseconds()); aging && r.ageAt == 0 {
		r.ageAt = (r.Now()/every + 1) * every
		r.sched.At(r.ageAt, ownerRegion, evAge, 0)
	}
}

// ages says whether a stream is charged by the GB for what it keeps.
func ages(st *kinesis.Stream) bool {
	return st.Retention() > kinesis.OldAge || st.Mode() == kinesis.OnDemand && st.Retention() > 24*time.Hour
}

// age measures what is kept long, each hour.
func (r *Region) age() {
	r.ageAt = 0
	for _, st := range r.kinesis.Streams() {
		if ages(st) {
			extended, long := st.Aged(r.Now())
			r.bill.Keep(st.Name(), extended, long)
		}
	}
	r.observe()
}

// Bill is the bill as it stands now; of one stream, when it is named. What a Firehose stream used stands under its ref.
func (r *Region) Bill(stream string) pricing.Bill {
	now := r.Now()
	second := sim.Instant(now.Second() * 1e6)
	var readings []pricing.Reading
	for _, st := range r.kinesis.Streams() {
		x := pricing.Reading{Stream: st.Name(), Counted: pricing.Counted(st.Usage()), LastMinute: pricing.Counted(st.UsageIn(second.Add(-time.Minute), second))}
		if ages(st) {
			x.Extended, x.Long = st.Aged(now)
		}
		readings = append(readings, x)
	}
	b := r.bill.Bill(now, stream, readings)
	for _, c := range r.firehose.Charges() {
		if name := FirehoseRef(c.Name); stream == "" || stream == name || stream == c.Name {
			minute, _ := r.meter.Over(cloudwatch.FirehoseBytes, firehose.Dims(c.Name), now, time.Minute, cloudwatch.Sum)
			r.bill.Deliver(&b, name, pricing.Delivery{Snowflake: c.Kind == "Snowflake", Iceberg: c.Kind == "Iceberg" && c.Reads, Taken: c.Used.Ingested, Converted: c.Used.Converted,
				Partitioned: c.Used.Partitioned, Objects: c.Used.Objects, JQMicros: c.Used.JQMicros, TakenInLastMinute: int64(minute)})
		}
	}
	return b
}

// BillInput asks for the bill, of one stream when it is named.
type BillInput struct {
	StreamName *string `json:",omitempty" help:"only what this stream costs"`
}

// ProjectBillInput says what traffic is meant: that of a stream in the last minute, with other figures in place of its own.
type ProjectBillInput struct {
	StreamName       *string  `json:",omitempty" help:"the stream whose last minute is meant"`
	RecordsPerSecond *float64 `json:",omitempty" help:"in place of the stream's own"`
	RecordBytes      *float64 `json:",omitempty" help:"bytes of data and key of a record, in place of the stream's own"`
	Consumers        *int64   `json:",omitempty" help:"how many read everything; 1 when left out"`
}

// ProjectBillOutput is what some traffic costs in each way to run a stream.
type ProjectBillOutput struct {
	RecordsPerSecond float64
	RecordBytes      float64
	Consumers        int64
	Ways             []pricing.Way
}

// maxTraffic is how many bytes a second a projection takes, so that all of its sums are whole numbers of 64 bits. Ours.
const maxTraffic = 1 << 40

// projectBill says what traffic costs in each way to run a stream.
func (r *Region) projectBill(in ProjectBillInput) (any, error) {
	var faults Faults
	out := ProjectBillOutput{Consumers: 1}
	if in.StreamName != nil {
		st, ok := r.kinesis.Stream(*in.StreamName)
		if !ok {
			return nil, aws.Errorf(aws.ResourceNotFound, "There is no stream %q.", *in.StreamName).WithHint("aws kinesis list-streams shows the streams there are.")
		}
		records, bytes := r.lastMinute(st)
		out.RecordsPerSecond = math.Round(records/60*1000) / 1000
		if records > 0 {
			out.RecordBytes = bytes / records
		}
	}
	number := func(path string, v *float64, high float64, into *float64) {
		if v != nil && (*v < 0 || *v > high) {
			faults.Add(path, "%v is outside 0 to %s", *v, Decimal(high))
		} else if v != nil {
			*into = *v
		}
	}
	number("RecordsPerSecond", in.RecordsPerSecond, 1e9, &out.RecordsPerSecond)
	number("RecordBytes", in.RecordBytes, float64(r.kinesis.Limits().MaxRecordKiB<<10), &out.RecordBytes)
	if in.Consumers != nil {
		if out.Consumers = *in.Consumers; out.Consumers < 0 || out.Consumers > 50 {
			faults.Add("Consumers", "%d is outside 0 to 50", out.Consumers)
		}
	}
	if in.StreamName == nil && (in.RecordsPerSecond == nil || in.RecordBytes == nil) {
		faults.Add("StreamName", "left out: name a stream, or give RecordsPerSecond and RecordBytes")
	}
	if out.RecordsPerSecond*out.RecordBytes > maxTraffic {
		faults.Add("RecordBytes", "RecordsPerSecond times RecordBytes is above 1 TiB")
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	l := r.kinesis.Limits()
	out.Ways = pricing.Project(pricing.PricesOf(r.cfg.Profile), pricing.Traffic{RecordsPerSecond: out.RecordsPerSecond, RecordBytes: out.RecordBytes, Consumers: out.Consumers},
		pricing.Capacity{Records: l.ShardRecordsPerSecond, Bytes: l.ShardBytesPerSecond, ReadBytes: l.ShardReadBytesPerSecond})
	return out, nil
}

// lastMinute is how many records and bytes a stream took in the last whole minute of seconds.
func (r *Region) lastMinute(st *kinesis.Stream) (records, bytes float64) {
	to := sim.Instant(r.Now().Second() * 1e6)
	d := cloudwatch.Dims{Stream: st.Name(), Shard: cloudwatch.StreamLevel}
	sum := func(metric string) (total float64) {
		for _, v := range r.meter.Get(metric, d, to.Add(-time.Minute), to, time.Second, cloudwatch.Sum) {
			total += v
		}
		return total
	}
	return sum(cloudwatch.IncomingRecords), sum(cloudwatch.IncomingBytes)
}
