package firehose

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// Types and states of a Firehose stream.
const (
	DirectPut             = "DirectPut"
	KinesisStreamAsSource = "KinesisStreamAsSource"

	Creating = "CREATING"
	Active   = "ACTIVE"
	Deleting = "DELETING"
)

// A Record is a record on its way. Its data never change.
type Record struct {
	Data    []byte
	Arrival sim.Instant
	N       int64    // its number in its Firehose stream, from 1; records that one was cut into share it
	From    *Origin  // nil when it was put directly
	Keys    []string // partition keys: "partitionKeyFromQuery:customer", its value, and so on; the name may begin with partitionKeyFromLambda
	Fate    Fate
	Why     *Failure // of a Failed one
}

// An Origin is where a record of a source stream was.
type Origin struct {
	Shard        string
	Sequence     string
	Sub          int64 // SubsequenceNumber, of a record that the KPL packed
	PartitionKey string
	Arrival      sim.Instant
}

// A Fate is what became of a record in the processor.
type Fate uint8

// The fates.
const (
	Ok Fate = iota
	Dropped
	Failed
)

// A Failure says why a record failed.
type Failure struct {
	Type     string // error-output-type: "processing-failed"
	Code     string // "Lambda.FunctionError"
	Message  string
	Attempts int64
	More     Doc // further members of its error record
}

// Totals are what a Firehose stream did, ever.
type Totals struct {
	Records, Bytes     int64 // taken
	Throttled          int64 // records refused because of the throughput
	Delivered          int64 // records
	DeliveredBytes     int64 // of data, before compression and conversion
	Deliveries         int64 // to the destination
	BySize, ByTime     int64 // buffers for the destination that went because they were full, or old enough
	Objects            int64 // in S3, wherever they were written to
	BackedUp           int64 // source records that were written to the backup bucket
	FailedRecords      int64 // records that were written to where failed ones go
	FailedBytes        int64
	ProcessingFailures int64 // records that failed in the processor
	DroppedRecords     int64 // by a function
	DroppedBytes       int64
	LostRecords        int64 // because nobody took them in time, or the stream was deleted
	LostBytes          int64
	Retries            int64 // deliveries that failed
	Invocations        int64 // of a function
	Bills              Used
}

// A Stream is a Firehose stream.
type Stream struct {
	id               int64
	name, arn, typ   string
	status           string
	created, updated sim.Instant
	version          int64
	kind             *kind
	config           Doc // of its destination, with all that has a usual value
	kept             Doc // the latest configuration of a backup bucket before an update: what waits for one still goes there when there is none now
	source           Doc // KinesisStreamSourceConfiguration, or DirectPutSourceConfiguration
	since            sim.Instant
	tags             map[string]string // replaced, never changed
	encryption       encryption
	Options          Options

	quota    quota
	taken    int64 // number of the latest record
	ids      int64 // given to buffers, batches and deliveries
	handled  int64 // records, for whoever shares out time
	dice     sim.Rand
	minuteAt sim.Instant
	total    Totals

	waiting   []Record // for the processor
	waitBytes int64
	waitAt    sim.Instant // when they go; 0 when none wait
	jobs      []*job
	buffers   []*buffer
	shipments []*shipment
	readers   []reader
	blocked   string // code of why the source cannot be read
	held      bool   // deliveries wait, so the source is not read
	raised    int64  // by how much buffers have grown; 0 is 1

	// Made of config; no state.
	to     destination
	stages []stage
	intake hints
}

// Options are what the lab can change of a Firehose stream and AWS has no operation for.
type Options struct {
	AutoRaise        bool  // buffers grow by themselves when delivery is behind
	MaxPartitions    int64 // quota of active partitions
	NewObjectOnRetry bool  // a delivery to S3 that is tried again writes an object of another name
}

// hints are how much and how long is gathered; no bytes mean nothing is.
type hints struct {
	bytes int64
	micro int64
}

func (st *Stream) clone() *Stream {
	c := *st
	c.waiting = slices.Clip(st.waiting)
	c.jobs = slices.Clone(st.jobs)
	for i, j := range c.jobs {
		copied := *j
		c.jobs[i] = &copied
	}
	c.buffers = slices.Clone(st.buffers)
	for i, b := range c.buffers {
		copied := *b
		copied.records = slices.Clip(b.records)
		c.buffers[i] = &copied
	}
	c.shipments = slices.Clone(st.shipments)
	for i, x := range c.shipments {
		copied := *x
		c.shipments[i] = &copied
	}
	c.readers = slices.Clone(st.readers)
	c.encryption = st.encryption.clone()
	return &c
}

// rewire makes what a stream's configuration stands for.
func (s *Service) rewire(st *Stream) {
	st.to = s.destinationOf(st.kind, st.config)
	st.stages, st.intake = s.stagesOf(st, st.config)
}

func (st *Stream) state(b *bufio.Writer) {
	fmt.Fprintf(b, "firehose stream %d %q %s %s created %d updated %d version %d since %d to %s %s kept %s source %s tags %v options %+v\n", st.id, st.name, st.typ, st.status,
		st.created, st.updated, st.version, st.since, st.kind.name, st.config.JSON(), st.kept.JSON(), st.source.JSON(), st.tags, st.Options) // fmt writes a map in the order of its keys
	dice := st.dice // a copy, so that looking throws nothing
	fmt.Fprintf(b, " encryption %+v quota %+v taken %d ids %d minute %d dice %x total %+v\n", st.encryption, st.quota, st.taken, st.ids, st.minuteAt, dice.Uint64(), st.total)
	fmt.Fprintf(b, " waiting %d until %d %016x blocked %q held %t raised %d\n", st.waitBytes, st.waitAt, digest(st.waiting), st.blocked, st.held, st.raised)
	for _, j := range st.jobs {
		fmt.Fprintf(b, " job %d stage %d of %#v attempt %d running %t %016x %016x again %+v\n", j.id, j.stage, j.stages, j.attempt, j.running, digest(j.records), digest(j.out), deref(j.again))
	}
	for _, x := range st.buffers {
		fmt.Fprintf(b, " buffer %d %d %q %d bytes since %d due %d oldest %d %016x\n", x.id, x.target, x.key, x.bytes, x.since, x.dueAt, x.oldest, digest(x.records))
	}
	for _, x := range st.shipments {
		fmt.Fprintf(b, " delivery %d %d %q of %s %q %q %d bytes oldest %d attempt %d first %d version %d at %d asking %t %+v last %q %q %016x body %d\n", x.id, x.target, x.key, deref(x.kind).name, x.name, x.manifest, x.bytes, x.oldest,
			x.attempts, x.failedSince, x.version, x.at, x.asking, x.answer, x.code, x.message, digest(x.records), len(deref(x.file).Data))
	}
	for i := range st.readers {
		fmt.Fprintf(b, " reader %+v\n", st.readers[i])
	}
}

// digest is a hash of records.
func digest(records []Record) uint64 {
	h := fnv.New64a()
	var number [8]byte
	word := func(n int64) {
		for i := range number {
			number[i] = byte(n >> (8 * i))
		}
		h.Write(number[:])
	}
	for i := range records {
		r := &records[i]
		word(int64(len(r.Data)))
		h.Write(r.Data)
		word(int64(r.Arrival))
		word(r.N)
		word(int64(r.Fate))
		for _, k := range r.Keys {
			word(int64(len(k)))
			h.Write([]byte(k))
		}
		if r.From != nil {
			fmt.Fprintf(h, "%+v", *r.From)
		}
		if r.Why != nil {
			fmt.Fprintf(h, "%s %s %s %d %s", r.Why.Type, r.Why.Code, r.Why.Message, r.Why.Attempts, r.Why.More.JSON())
		}
	}
	return h.Sum64()
}

// Name, ARN, Type, Status and Version tell what it is, Created when it was made.
func (st *Stream) Name() string         { return st.name }
func (st *Stream) ARN() string          { return st.arn }
func (st *Stream) Type() string         { return st.typ }
func (st *Stream) Status() string       { return st.status }
func (st *Stream) Version() int64       { return st.version }
func (st *Stream) Created() sim.Instant { return st.created }

// Config is the configuration of its destination, with all that has a usual value, and Kind the name of that destination's
// structures: "ExtendedS3" of ExtendedS3DestinationConfiguration.
func (st *Stream) Config() Doc  { return st.config }
func (st *Stream) Kind() string { return st.kind.name }

// Destination is what it delivers to, in words: "Amazon S3".
func (st *Stream) Destination() string { return st.kind.service }

// MetricName is how the metrics of its destination call it: "S3" of DeliveryToS3.Bytes.
func (st *Stream) MetricName() string { return st.kind.metric }

// Oldest is the arrival of the oldest record that it has not delivered, and whether there is one.
func (st *Stream) Oldest() (sim.Instant, bool) { return st.oldest() }

// Total is what it did, ever.
func (st *Stream) Total() Totals { return st.total }

// Tags are its tags; they must not be changed.
func (st *Stream) Tags() map[string]string { return st.tags }

// SourceStream is the name of the stream that it reads; "" when it is put to directly.
func (st *Stream) SourceStream() string {
	_, name, _ := strings.Cut(st.source.Text("KinesisStreamARN"), ":stream/")
	return name
}

// roleOf is the principal that it acts as with the role of a configuration.
func (s *Service) roleOf(st *Stream, config Doc) string {
	return s.w.As(config.Text("RoleARN"), st.name)
}

// id gives the next id.
func (st *Stream) id64() int64 {
	st.ids++
	return st.ids
}

// RecordID is the RecordId of a record by its number: opaque, as the service has it, and always the same.
func (st *Stream) RecordID(n int64) string {
	var raw [168]byte
	dice := sim.NewRand(uint64(st.id), fmt.Sprintf("firehose/%s/%d", st.name, n))
	for i := 0; i < len(raw); i += 8 {
		for j, w := 0, dice.Uint64(); j < 8; j++ {
			raw[i+j] = byte(w >> (8 * j))
		}
	}
	return base64.StdEncoding.EncodeToString(raw[:])
}

// dims are the dimensions of its metrics.
func (st *Stream) dims() cloudwatch.Dims { return Dims(st.name) }

// Dims are the dimensions of the metrics of a Firehose stream.
func Dims(name string) cloudwatch.Dims {
	return cloudwatch.In(cloudwatch.Firehose, "DeliveryStreamName", name)
}

// count adds a value to a metric.
func (s *Service) count(st *Stream, metric string, v float64) {
	s.w.Meter.Series(metric, st.dims()).Add(s.now(), v)
}

// sizeOf is how many bytes of data records have.
func sizeOf(records []Record) (n int64) {
	for i := range records {
		n += int64(len(records[i].Data))
	}
	return n
}
