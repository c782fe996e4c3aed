// Package connector is the pipeline of the Amazon Kinesis Connector Library: it transforms records, filters them, buffers what it
// keeps, and emits the buffer to S3, Redshift, DynamoDB or Elasticsearch.
//
// A pipeline belongs to one record processor of a KCL application, which says when it is called and when it checkpoints. The library
// is archived; what people do with Amazon Data Firehose, Lambda and Managed Service for Apache Flink today was done with it.
// Source: amazon-archives/amazon-kinesis-connectors 1.3.0, KinesisConnectorRecordProcessor and BasicMemoryBuffer.
package connector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"shardlab/wasm/sim"
)

// Transformers: what toClass makes of a record's data.
const (
	StringToString  = "StringToStringTransformer"  // the text itself
	JSONToByteArray = "JsonToByteArrayTransformer" // a JSON value; it throws an IOException at what is none, and the record is skipped
	Lines           = "ICollectionTransformer"     // each line a record of its own
)

// Emitters: where the items go. Of the S3 manifest the objects are here; the stream of their names and the application that copies
// them into Redshift are not.
const (
	S3            = "S3Emitter"            // an object named by its first and last sequence number
	Redshift      = "S3ManifestEmitter"    // such an object, whose name goes into the manifest of a COPY into Redshift
	DynamoDB      = "DynamoDBEmitter"      // an item each, in requests of 16
	Elasticsearch = "ElasticsearchEmitter" // a document each, in one bulk request
)

// What IEmitter.fail does with items that were tried in vain.
const (
	Logs   = "logs"   // it logs them, as each emitter of the library does: they are lost
	Stores = "stores" // it stores them: one that somebody wrote
)

// Defaults. Source: KinesisConnectorConfiguration.
const (
	DefaultRecordCount     = 1000
	DefaultByteSize        = 1 << 20
	DefaultRetryLimit      = 3
	DefaultBackoffInterval = 10_000
	DefaultFailover        = 30_000
)

const (
	kept = 200 // batches that a destination shows, the newest of them. Ours
	// itemsOfRequest is how many items one BatchWriteItem carries. Source: DynamoDBEmitter.emit.
	itemsOfRequest = 16
)

// Settings are what a pipeline was told, complete and checked. Millis are milliseconds.
type Settings struct {
	Transformer             string
	Filter                  string // IFilter keeps what holds this text; "" keeps all, as AllPassFilter does
	BufferRecordCountLimit  int64
	BufferByteSizeLimit     int64
	BufferMillisecondsLimit int64 // 0 is unlimited
	Emitter                 string
	RetryLimit              int64 // tries in all
	BackoffInterval         int64 // Millis that the record processor sleeps after a try that failed
	OnFail                  string
	EmitMillis              int64 // how long the destination takes for a try
	RefusedPercent          int64 // of the tries, or of the items where the destination answers for each: what it refuses
}

// Default is a pipeline with the library's own settings, to S3.
func Default() Settings {
	return Settings{Transformer: StringToString, BufferRecordCountLimit: DefaultRecordCount, BufferByteSizeLimit: DefaultByteSize,
		Emitter: S3, RetryLimit: DefaultRetryLimit, BackoffInterval: DefaultBackoffInterval, OnFail: Logs, EmitMillis: 100}
}

// whole says whether the destination takes a buffer whole or not at all.
func (s *Settings) whole() bool { return s.Emitter == S3 || s.Emitter == Redshift }

// An Item is what a transformer made of a record: the Kinesis record's place, the user record's place in that, and when it was put.
type Item struct {
	Index, Sub int64
	At         sim.Instant
	Data       []byte
}

// Totals is what the pipelines of an application did in all.
type Totals struct {
	Untransformed int64 // records at which the transformer threw
	Filtered      int64 // items that the filter did not keep
	Buffered      int64 // items
	Emitted       int64 // items that the destination took
	Bytes         int64 // of those
	Batches       int64 // objects, or bulk requests
	Retries       int64 // tries after the first
	Failed        int64 // items given to fail()
}

// A Batch is what one try brought to the destination: an object of S3, or items of a table or an index.
type Batch struct {
	At          sim.Instant
	Shard       int32
	Worker      string
	First, Last string // sequence numbers of the buffer
	Items       int64
	Bytes       int64
	Requests    int64 // that it took
	Tries       int64
	Failed      bool // fail() stored it
}

// Name is what the batch is called where it went. Source: S3Emitter.getS3FileName.
func (b *Batch) Name() string { return b.First + "-" + b.Last }

// A Destination is what was emitted to it, the newest of it. The zero value is empty.
type Destination struct{ list sim.List[Batch] }

// Add puts a batch there.
func (d *Destination) Add(b Batch) {
	d.list.Append(b)
	if d.list.Len() > kept {
		d.list.TrimTo(d.list.Next() - kept)
	}
}

// Batches is what it shows, oldest first.
func (d *Destination) Batches() []Batch {
	var all []Batch
	for i := d.list.First(); i < d.list.Next(); i++ {
		all = append(all, *d.list.At(i))
	}
	return all
}

// Clone returns a destination that goes on from here on its own.
func (d *Destination) Clone() Destination { return Destination{d.list.Clone()} }

// State writes all that it holds.
func (d *Destination) State(w io.Writer) {
	for i := d.list.First(); i < d.list.Next(); i++ {
		fmt.Fprintf(w, " batch %+v\n", *d.list.At(i))
	}
}

// A Pipeline is the transformer, filter, buffer and emitter of one record processor.
type Pipeline struct {
	buffer  []Item
	bytes   int64
	flushed sim.Instant // when the buffer was cleared last, or made
	emits   bool
	todo    []Item // of an emit that is under way: what the destination has not taken
	tries   int64
}

// New returns a pipeline whose buffer is made now.
func New(now sim.Instant) *Pipeline { return &Pipeline{flushed: now} }

// Clone returns a pipeline that goes on from here on its own.
func (p *Pipeline) Clone() *Pipeline {
	c := *p
	c.buffer, c.todo = slices.Clone(p.buffer), slices.Clone(p.todo)
	return &c
}

// State writes all that the pipeline holds, in a fixed order.
func (p *Pipeline) State(w io.Writer) {
	fmt.Fprintf(w, "   pipeline %d bytes flushed=%d emits=%t tries=%d", p.bytes, p.flushed, p.emits, p.tries)
	for _, list := range [][]Item{p.buffer, p.todo} {
		for _, it := range list {
			fmt.Fprintf(w, " %d/%d/%d/%x", it.Index, it.Sub, it.At, it.Data)
		}
		fmt.Fprintln(w)
	}
}

// Len is how many items wait in the buffer, Bytes how much they count, Emitting whether they are being emitted, and Tries how often
// that was tried.
func (p *Pipeline) Len() int       { return len(p.buffer) }
func (p *Pipeline) Bytes() int64   { return p.bytes }
func (p *Pipeline) Emitting() bool { return p.emits }
func (p *Pipeline) Tries() int64   { return p.tries }

// Take transforms a record, filters what comes of it and buffers what is kept, each item with the bytes of its whole record. It says
// whether the transformer could read it. Source: KinesisConnectorRecordProcessor.filterAndBufferRecord.
func (p *Pipeline) Take(s *Settings, it Item, t *Totals) bool {
	rest, size := it.Data, int64(len(it.Data))
	if s.Transformer == JSONToByteArray && !json.Valid(rest) {
		t.Untransformed++
		return false
	}
	for more := true; more; {
		it.Data, more = rest, false
		if s.Transformer == Lines {
			it.Data, rest, more = bytes.Cut(rest, []byte{'\n'})
			more = more && len(rest) > 0
		}
		if s.Filter != "" && !bytes.Contains(it.Data, []byte(s.Filter)) {
			t.Filtered++
			continue
		}
		p.buffer = append(p.buffer, it)
		p.bytes += size
		t.Buffered++
	}
	return true
}

// ShouldFlush says whether the buffer is to be emitted. Source: BasicMemoryBuffer.shouldFlush.
func (p *Pipeline) ShouldFlush(s *Settings, now sim.Instant) bool {
	return len(p.buffer) > 0 && (int64(len(p.buffer)) >= s.BufferRecordCountLimit || p.bytes >= s.BufferByteSizeLimit ||
		s.BufferMillisecondsLimit > 0 && now >= p.flushed.Add(time.Duration(s.BufferMillisecondsLimit)*time.Millisecond))
}

// Begin begins to emit the buffer, which holds something.
func (p *Pipeline) Begin() { p.emits, p.todo, p.tries = true, slices.Clone(p.buffer), 0 }

// Try is one call of IEmitter.emit: it tells took of each item that the destination takes, and says how it went. Left is what
// is still to be emitted.
func (p *Pipeline) Try(s *Settings, dice *sim.Rand, t *Totals, took func(Item)) (b Batch) {
	refused := func() bool { return s.RefusedPercent > 0 && int64(dice.IntN(100)) < s.RefusedPercent }
	if p.tries++; p.tries > 1 {
		t.Retries++
	}
	none := s.whole() && refused()
	var left []Item
	for _, it := range p.todo {
		if none || !s.whole() && refused() {
			left = append(left, it)
			continue
		}
		b.Items++
		b.Bytes += int64(len(it.Data))
		took(it)
	}
	b.Requests, b.Tries = 1, p.tries
	if s.Emitter == DynamoDB {
		b.Requests = int64(len(p.todo)+itemsOfRequest-1) / itemsOfRequest
	}
	if p.todo = left; b.Items > 0 {
		t.Batches++
	}
	t.Emitted += b.Items
	t.Bytes += b.Bytes
	return b
}

// Left is how many items an emit has still to bring to the destination.
func (p *Pipeline) Left() int { return len(p.todo) }

// Spent says whether an emit has had all its tries. A cluster of Elasticsearch that takes nothing at all is not reachable:
// its emitter tries for ever, so that nothing is lost. Source: ElasticsearchEmitter.emit.
func (p *Pipeline) Spent(s *Settings) bool {
	return p.tries >= s.RetryLimit && !(s.Emitter == Elasticsearch && s.RefusedPercent == 100)
}

// Fail gives what is left to IEmitter.fail.
func (p *Pipeline) Fail(t *Totals) (b Batch) {
	for _, it := range p.todo {
		b.Bytes += int64(len(it.Data))
	}
	b.Items, b.Tries, b.Failed = int64(len(p.todo)), p.tries, true
	t.Failed += b.Items
	p.todo = nil
	return b
}

// Ends are the first and the last item of the buffer, which holds something.
func (p *Pipeline) Ends() (first, last Item) { return p.buffer[0], p.buffer[len(p.buffer)-1] }

// Clear empties the buffer.
func (p *Pipeline) Clear(now sim.Instant) { *p = Pipeline{flushed: now} }
