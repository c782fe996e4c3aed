package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/firehose"
	"shardlab/wasm/fis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
	"shardlab/wasm/s3"
	"shardlab/wasm/sim"
)

// What a frame shows of a Firehose stream at most.
const (
	shownTanks   = 16
	shownParcels = 8
	hoseLately   = 5 // whole seconds over which its rates are averaged: it reads a stream once a second
)

// firehoses are the Firehose streams as drawn, and those that read a stream as readers of it.
func (l *Lab) firehoses(f *protocol.Frame, now sim.Instant) {
	for _, st := range l.run.region.Firehose().Streams() {
		h := l.firehose(st, now)
		f.Firehoses = append(f.Firehoses, h)
		if h.Source == "" {
			continue
		}
		c := protocol.Consumer{Kind: "Firehose", Noun: "DeliveryStream", Name: h.Name, Stream: h.Source, Running: h.Status == firehose.Active, Rate: h.Records, Behind: h.Behind, Read: h.Taken,
			Note: h.Blocked, Barred: h.Blocked != "", Late: l.run.region.Lates(h.Source, st.Lags)}
		t := h.Tanks[0]
		size := protocol.Part{Name: "size", Text: region.Bytes(t.Bytes) + " of " + region.Bytes(t.Size), Fill: float64(t.Bytes) / float64(max(t.Size, 1))}
		age := protocol.Part{Name: "time", Text: region.Millis(t.Interval / 1000), Level: "info"}
		if t.Records > 0 && t.Interval > 0 {
			age.Fill = min(float64(l.since(now)-t.Since)/float64(t.Interval), 1)
			age.Text = fmt.Sprintf("%d s of %s", (l.since(now)-t.Since)/protocol.Second, age.Text)
		}
		to := protocol.Part{Name: "→ " + h.To.Name, Text: h.To.State, Fill: -1, Level: map[string]string{"up": "good", "slow": "warn"}[h.To.State]}
		if to.Level == "" {
			to.Level = "bad"
		}
		c.Parts = []protocol.Part{size, age, to}
		f.Consumers = append(f.Consumers, c)
	}
	for _, b := range l.run.region.S3().Buckets() {
		f.Buckets = append(f.Buckets, b.Name())
	}
}

func (l *Lab) firehose(st *firehose.Stream, now sim.Instant) protocol.Firehose {
	t, config := st.Total(), st.Config()
	h := protocol.Firehose{Name: st.Name(), Status: st.Status(), Version: st.Version(), Structure: st.Kind(), Source: st.SourceStream(), Behind: st.MillisBehind(), Taken: t.Records, Delivered: t.Delivered, Deliveries: t.Deliveries,
		Retries: t.Retries, Failed: t.FailedRecords, BackedUp: t.BackedUp, Dropped: t.DroppedRecords, Lost: t.LostRecords, Tanks: []protocol.Tank{},
		Partitioned: config.True("DynamicPartitioningConfiguration.Enabled"), Format: formatOf(config)}
	d := firehose.Dims(st.Name())
	to := sim.Instant(now.Second() * 1e6)
	from := max(to.Add(-hoseLately*time.Second), sim.Instant(st.Created().Second()*1e6))
	lately := func(metric string) (sum float64) {
		if to <= from {
			return 0
		}
		for _, v := range l.run.region.Meter().Get(metric, d, from, to, time.Second, cloudwatch.Sum) {
			if v == v { // a second without a value is NaN
				sum += v
			}
		}
		return sum / to.Sub(from).Seconds()
	}
	if h.Source == "" {
		_, _, bytes := st.Throughput()
		h.Records, h.Bytes, h.Refused, h.ByteLimit = lately("IncomingRecords"), lately("IncomingBytes"), lately("ThrottledRecords"), float64(bytes)
	} else {
		h.Records, h.Bytes = lately("DataReadFromKinesisStream.Records"), lately("DataReadFromKinesisStream.Bytes")
		switch {
		case st.Blocked() != "":
			h.Blocked = "cannot read: " + region.Barred(st.Blocked(), h.Source, "its role", "read")
		case st.Halted():
			h.Blocked = "reads no more while deliveries wait"
		}
	}
	plain := !h.Partitioned && st.Intake().Size == 0
	tank := func(b firehose.Buffer) protocol.Tank {
		x := protocol.Tank{For: b.Target, Key: b.Key, Records: b.Records, Bytes: b.Bytes, Size: b.Size, Since: l.since(b.Since), DueAt: l.since(b.DueAt), Interval: int64(b.DueAt - b.Since)}
		if age := now.Sub(b.Since).Seconds(); plain && b.Target == "destination" {
			x.Rate = h.Bytes
		} else if age > 1 {
			x.Rate = float64(b.Bytes) / age
		}
		return x
	}
	size, interval := st.Hints()
	for _, b := range st.Buffers() {
		h.Tanks = append(h.Tanks, tank(b))
	}
	isFor := func(what string) func(protocol.Tank) bool { return func(t protocol.Tank) bool { return t.For == what } }
	sim.Sort(h.Tanks, func(a, b protocol.Tank) int { // the destination's come first: the one that goes next before the others
		if a.For != b.For || a.For != "destination" {
			return 0
		}
		return cmp.Compare(goesAt(a), goesAt(b))
	})
	if !slices.ContainsFunc(h.Tanks, isFor("destination")) {
		h.Tanks = sim.Insert(h.Tanks, 0, protocol.Tank{For: "destination", Size: size, Interval: interval.Microseconds()})
	}
	if n := len(h.Tanks); n > shownTanks {
		h.Tanks, h.MoreTanks = h.Tanks[:shownTanks], n-shownTanks
	}
	if b := st.Intake(); b.Size > 0 {
		h.Processor = processorWords(config)
		if b.Records > 0 {
			h.Tanks = append(h.Tanks, tank(b))
		}
	}
	if h.Partitioned {
		h.Partitions, h.MaxPartitions = st.Partitions(), st.Options.MaxPartitions
	}
	for _, x := range st.Undelivered() {
		if len(h.Parcels) == shownParcels {
			h.MoreParcels++
			continue
		}
		h.Parcels = append(h.Parcels, protocol.Parcel{For: x.Target, Records: x.Records, Bytes: x.Bytes, Attempts: x.Attempts, NextAt: l.since(x.NextAt), Asking: x.Asking, Why: x.Code})
	}
	if at, any := st.Freshness(); any {
		h.Age = now.Sub(at).Milliseconds()
	}
	h.To = l.place(st, config, h.Parcels)
	for _, name := range []string{"S3Configuration", "S3BackupConfiguration"} { // what failed lies in the first
		if arn := config.Text(name + ".BucketARN"); arn != "" {
			p := l.bucketPlace(arn)
			h.Errors = &p
			break
		}
	}
	return h
}

// goesAt is about when a tank goes: when it is full, as it fills now, or when its time is up.
func goesAt(t protocol.Tank) int64 {
	if t.Rate > 0 {
		return min(t.DueAt, t.DueAt-t.Interval+int64(float64(t.Size)/t.Rate*1e6))
	}
	return t.DueAt
}

// formatOf is what objects are written as, in a word; "" is as they came.
func formatOf(config firehose.Doc) string {
	if config.True("DataFormatConversionConfiguration.Enabled") {
		return "Parquet"
	}
	if c := config.Text("CompressionFormat"); c != "UNCOMPRESSED" {
		return c
	}
	return ""
}

// processorWords say what is done with records before they are buffered.
func processorWords(config firehose.Doc) string {
	var all []string
	for _, p := range config.Docs("ProcessingConfiguration.Processors") {
		words := map[string]string{"Decompression": "decompresses", "CloudWatchLogProcessing": "takes log messages out", "RecordDeAggregation": "takes records apart", "MetadataExtraction": "finds partition keys with jq", "AppendDelimiterToRecord": "ends each record with a delimiter"}[p.Text("Type")]
		if p.Text("Type") == "Lambda" {
			words = "Lambda"
			for _, x := range p.Docs("Parameters") {
				if _, name, ok := strings.Cut(x.Text("ParameterValue"), ":function:"); ok {
					words = "Lambda function " + name
				}
			}
		}
		if words != "" {
			all = append(all, words)
		}
	}
	return strings.Join(all, ", ")
}

// place is where a Firehose stream delivers to, and how that is.
func (l *Lab) place(st *firehose.Stream, config firehose.Doc, parcels []protocol.Parcel) protocol.Place {
	if arn := config.Text("BucketARN"); arn != "" {
		p := l.bucketPlace(arn)
		return stuck(p, parcels)
	}
	kind, name := st.FarEnd()
	p := protocol.Place{Ref: region.SinkRef(name), Kind: cmp.Or(sinkKinds[kind], st.Destination()), Name: name, Fault: kind + "/" + name}
	p.State, p.Why, p.Ails = l.faulted(p.Fault)
	if k, ok := l.run.region.Sinks().Find(kind, name); !ok {
		p.State, p.Why = "down", "there is no "+kind+" of that name: lab put-sink --name "+name+" --kind "+kind+" makes it"
	} else {
		p.Holds = region.Number(k.Total().Items) + " taken, " + region.Bytes(k.Total().Bytes)
	}
	return stuck(p, parcels)
}

// stuck lets a place that seemed up tell of the delivery that it did not take.
func stuck(p protocol.Place, parcels []protocol.Parcel) protocol.Place {
	if p.State == "up" {
		for _, x := range parcels {
			if x.Why != "" && x.For == "destination" {
				p.State, p.Why = "refusing", x.Why
			}
		}
	}
	return p
}

// bucketPlace is a bucket as a place to deliver to.
func (l *Lab) bucketPlace(arn string) protocol.Place {
	name, _ := s3.BucketOf(arn)
	p := protocol.Place{Ref: region.BucketRef(name), Kind: "Amazon S3", Name: name, Fault: "s3/" + name, State: "down", Why: "the bucket does not exist"}
	if b, ok := l.run.region.S3().Bucket(name); ok {
		p.State, p.Why, p.Ails = l.faulted(p.Fault)
		p.Holds = region.Count(int64(b.Len()), "object") + ", " + region.Bytes(b.Bytes())
	}
	return p
}

// faulted says how a destination is with the faults that befall it, and names them, apart by a space.
func (l *Lab) faulted(destination string) (state, why, names string) {
	state = "up"
	rank := map[string]int{"up": 0, "slow": 1, "refusing": 2, "down": 3}
	n := int64(0)
	for _, o := range l.run.region.FIS().Owns() {
		if o.Destination != destination {
			continue
		}
		if n++; n > 1 {
			names += " "
		}
		names += o.Name
		is := map[string]string{fis.Unavailable: "down", fis.Refused: "refusing", fis.Throttled: "refusing", "failed-entries": "refusing"}[o.Kind]
		is = cmp.Or(is, "slow")
		if o.Percentage < 100 && is == "down" {
			is = "refusing"
		}
		if rank[is] > rank[state] {
			state, why = is, fmt.Sprintf("%s: %s, %d %% of the calls", o.Name, o.Kind, o.Percentage)
		}
	}
	if n > 1 {
		why += ", and " + region.Count(n-1, "other fault")
	}
	return state, why, names
}
