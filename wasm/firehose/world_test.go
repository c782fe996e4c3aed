package firehose

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/fis"
	"shardlab/wasm/jq"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/s3"
	"shardlab/wasm/sim"
	"shardlab/wasm/sink"
)

var start = sim.At(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))

// world is a service in a world of its own, with a fake of Data Streams.
type world struct {
	letters [26][]byte // of records
	t       testing.TB
	sched   *sim.Schedule
	meter   *cloudwatch.Store
	s3      *s3.Service
	sink    *sink.Service
	keys    *fakeKeys
	source  *fakeSource
	s       *Service
	told    []Notice
	strike  func(op, bucket string) fis.Strike

	// function is what a function answers, how long it takes, what goes wrong in it; asked counts its invocations.
	function func(event map[string]any, asked int) (answer string, took time.Duration, fault string, err error)
	asked    int
	tables   map[string][]string // of Glue: "db.table", and its columns
	queries  int                 // runs of jq
	noJQ     error               // what the host says instead of running it
}

type fakeKeys struct{ err error }

func (k *fakeKeys) KeyARN(id string) (string, error)                      { return id, k.err }
func (k *fakeKeys) Use(principal, action, key, service, arn string) error { return k.err }

func newWorld(t testing.TB) *world {
	w := &world{t: t, sched: sim.NewSchedule(start), meter: cloudwatch.New(), keys: &fakeKeys{}}
	w.source = &fakeSource{sched: w.sched, made: start}
	w.s3 = s3.New(s3.Config{Region: "us-east-1", Account: "123456789012", Inject: w.inject}, w.sched.Now)
	w.sink = sink.New(w.ends(), w.sched.Now)
	w.s = New(Config{Region: "us-east-1", Account: "123456789012", Seed: 7}, w.stands())
	w.bucket("lake")
	return w
}

// ends is what the far ends stand on: faults of the same function as those of buckets, and its objects for COPY.
func (w *world) ends() sink.Config {
	return sink.Config{Inject: func(op, ref, as string) fis.Strike { return w.inject(op, ref, as) },
		Object: func(as, bucket, key string) ([]byte, time.Duration, *aws.Error) {
			o, a := w.s3.Get(as, bucket, key)
			if a.Err != nil {
				return nil, a.Took, a.Err
			}
			return o.Data, a.Took, nil
		}}
}

func (w *world) inject(op, bucket, as string) fis.Strike {
	if w.strike == nil {
		return fis.Strike{}
	}
	return w.strike(op, bucket)
}

func (w *world) stands() World {
	return World{Sched: w.sched, Owner: 1, Meter: w.meter, S3: w.s3, Sink: w.sink, Keys: w.keys, Source: w.source,
		Notify: func(n Notice) { w.told = append(w.told, n) },
		Role:   func(arn string) bool { return !strings.HasSuffix(arn, "/nobody") },
		As:     func(arn, stream string) string { return "" },
		Invoke: w.invoke, Table: w.table,
		JQ: func(c jq.Call, look func() bool) (jq.Answer, error) {
			if w.queries++; w.noJQ != nil {
				return jq.Answer{}, w.noJQ
			}
			return filter.Run(c, look)
		}}
}

func (w *world) invoke(as, arn string, payload []byte) ([]byte, time.Duration, string, error) {
	w.asked++
	if len(payload) > maxEvent {
		w.t.Errorf("an event of %d bytes", len(payload))
	}
	if w.function == nil {
		return nil, 0, "", aws.Errorf(aws.ResourceNotFound, "Function not found: %s", arn)
	}
	var event map[string]any
	if err := json.Unmarshal(payload, &event); err != nil {
		w.t.Fatal(err)
	}
	answer, took, fault, err := w.function(event, w.asked)
	return []byte(answer), took, fault, err
}

func (w *world) table(as, database, table, version string) (GlueTable, error) {
	if columns, ok := w.tables[database+"."+table]; ok {
		return GlueTable{"0", columns}, nil
	}
	return GlueTable{}, aws.Errorf("EntityNotFoundException", "Entity Not Found")
}

func (w *world) bucket(name string) { w.s3do("CreateBucket", `{"Bucket":"`+name+`"}`) }

// s3do runs an operation of S3.
func (w *world) s3do(op, body string) {
	w.t.Helper()
	r, err := s3.Decode(op, []byte(body))
	if err == nil {
		_, err = w.s3.Run("", r)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// clone is a copy of the world that goes on on its own.
func (w *world) clone() *world {
	c := &world{t: w.t, sched: w.sched.Clone(), meter: w.meter.Clone(), keys: w.keys, strike: w.strike}
	c.source = w.source.clone(c.sched)
	c.s3 = w.s3.Clone(c.sched.Now, func(cfg *s3.Config) { cfg.Inject = c.inject })
	c.sink = w.sink.Clone(c.sched.Now, func(cfg *sink.Config) { *cfg = c.ends() })
	c.s = w.s.Clone(c.stands())
	return c
}

func (w *world) state() string {
	var b bytes.Buffer
	w.s.State(&b)
	w.s3.State(&b)
	w.sink.State(&b)
	return b.String()
}

// do runs an operation as it comes over the wire.
func (w *world) do(op, body string) (map[string]any, error) {
	w.t.Helper()
	out, err := table().Do(w.s, op, []byte(body))
	if err != nil || out == nil {
		return nil, err
	}
	var v map[string]any
	if err := json.Unmarshal(out, &v); err != nil {
		w.t.Fatal(err)
	}
	return v, nil
}

func (w *world) must(op, body string) map[string]any {
	w.t.Helper()
	out, err := w.do(op, body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", op, body, err)
	}
	return out
}

// refused checks that an operation is refused with a code and words.
func (w *world) refused(op, body, code, words string) {
	w.t.Helper()
	_, err := w.do(op, body)
	if aws.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		w.t.Errorf("%s %s: got %v, want %s with %q", op, body, err, code, words)
	}
}

// to runs to an instant.
func (w *world) to(t sim.Instant) {
	for {
		e, ok := w.sched.Pop(t)
		if !ok {
			return
		}
		w.s.Fire(e)
	}
}

func (w *world) after(d time.Duration) { w.to(w.sched.Now().Add(d)) }

const role = `"RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role"`

// create makes a Firehose stream to the bucket lake, with more members of its configuration, and waits until it is ACTIVE.
func (w *world) create(name, more string) *Stream {
	w.t.Helper()
	w.must("CreateDeliveryStream", fmt.Sprintf(`{"DeliveryStreamName":%q,"ExtendedS3DestinationConfiguration":{%s,"BucketARN":"arn:aws:s3:::lake"%s}}`, name, role, more))
	w.after(createTakes)
	st, ok := w.s.Stream(name)
	if !ok || st.Status() != Active {
		w.t.Fatalf("%s is not ACTIVE", name)
	}
	return st
}

// put puts records of so many bytes each and returns how many were taken.
func (w *world) put(name string, records, size int) (taken int) {
	w.t.Helper()
	data, numbers := make([][]byte, records), make([]int64, records)
	for i := range data {
		if letter := &w.letters[i%26]; len(*letter) < size {
			*letter = bytes.Repeat([]byte{byte('a' + i%26)}, size)
		}
		data[i] = w.letters[i%26][:size]
	}
	if _, err := w.s.Put(name, data, numbers, true); err != nil {
		w.t.Fatal(err)
	}
	for _, n := range numbers {
		if n != 0 {
			taken++
		}
	}
	return taken
}

// objects lists the keys in a bucket.
func (w *world) objects(bucket string) (keys []string) {
	b, _ := w.s3.Bucket(bucket)
	for _, o := range b.Objects("") {
		keys = append(keys, o.Key)
	}
	return keys
}

// notices are those of one kind.
func (w *world) notices(kind NoticeKind) (all []Notice) {
	for _, n := range w.told {
		if n.Kind == kind {
			all = append(all, n)
		}
	}
	return all
}

// fakeSource is a stream of shards that a test writes to.
type fakeSource struct {
	sched  *sim.Schedule
	made   sim.Instant
	shards []SourceShard
	lists  map[int32][]Record
	err    error
	reads  int
}

func (f *fakeSource) clone(s *sim.Schedule) *fakeSource {
	c := *f
	c.sched = s
	return &c
}

func (f *fakeSource) Shards(as, stream string) ([]SourceShard, sim.Instant, error) {
	return slices.Clone(f.shards), f.made, f.err
}
func (f *fakeSource) Begin(as, stream string, shard int32, latest bool) (int64, error) {
	if latest {
		return int64(len(f.lists[shard])), f.err
	}
	return 0, f.err
}
func (f *fakeSource) Read(as, stream string, shard int32, next int64) (SourceBatch, error) {
	f.reads++
	if f.err != nil {
		return SourceBatch{}, f.err
	}
	list := f.lists[shard]
	b := SourceBatch{Records: slices.Clone(list[next:]), Next: int64(len(list))}
	b.Bytes = sizeOf(b.Records)
	for _, sh := range f.shards {
		b.End = b.End || sh.Number == shard && !sh.Open
	}
	return b, nil
}
func (f *fakeSource) Retention(string) time.Duration { return 24 * time.Hour }

// add writes a record to a shard.
func (f *fakeSource) add(shard int32, data []byte) {
	if f.lists == nil {
		f.lists = map[int32][]Record{}
	}
	f.lists[shard] = append(f.lists[shard], Record{Data: data, From: &Origin{Shard: fmt.Sprintf("shardId-%012d", shard), Sequence: fmt.Sprint(len(f.lists[shard])), PartitionKey: "k", Arrival: f.sched.Now()}})
}
