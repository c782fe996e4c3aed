package region

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/firehose"
	"shardlab/wasm/sim"
)

const deliverTo = `{"RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role","BucketARN":"arn:aws:s3:::lake","BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":60}}`

// withFirehose is a world in which a Firehose stream "raw" reads the stream "trips" of so many shards.
func withFirehose(t testing.TB, shards int) *Region {
	t.Helper()
	r, err := New(Config{Seed: 3, Start: sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	ok(t, r, Kinesis, "CreateStream", fmt.Sprintf(`{"StreamName":"trips","ShardCount":%d}`, shards))
	ok(t, r, "s3api", "CreateBucket", `{"Bucket":"lake"}`)
	runFor(r, 10*time.Second)
	ok(t, r, Kinesis, "PutRecord", `{"StreamName":"trips","Data":"b2xk","PartitionKey":"k"}`)
	runFor(r, time.Second)
	ok(t, r, Firehose, "CreateDeliveryStream", `{"DeliveryStreamName":"raw","DeliveryStreamType":"KinesisStreamAsSource","KinesisStreamSourceConfiguration":{"KinesisStreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role"},"ExtendedS3DestinationConfiguration":`+deliverTo+`}`)
	return r
}

// lake is all that lies in the bucket.
func lake(r *Region) (all []byte) {
	b, _ := r.S3().Bucket("lake")
	for _, o := range b.Objects("") {
		all = append(all, o.Data...)
	}
	return all
}

func raw(t testing.TB, r *Region) *firehose.Stream {
	t.Helper()
	st, ok := r.Firehose().Stream("raw")
	if !ok {
		t.Fatal("raw is gone")
	}
	return st
}

// TestFirehoseReadsAStream holds that it reads from the newest record on, takes records apart that the KPL packed, follows closed
// shards to their children, and takes its share of the shard's five calls.
//
// shows: FH1
func TestFirehoseReadsAStream(t *testing.T) {
	r := withFirehose(t, 1)
	ok(t, r, Lab, "PutKplProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":100,"RecordBytes":100}`)
	runFor(r, 30*time.Second)
	ok(t, r, Kinesis, "UpdateShardCount", `{"StreamName":"trips","TargetShardCount":2,"ScalingType":"UNIFORM_SCALING"}`)
	runFor(r, 30*time.Second)
	ok(t, r, Kinesis, "PutRecord", `{"StreamName":"trips","Data":"bmV3","PartitionKey":"k"}`)
	runFor(r, 2*time.Second)
	ok(t, r, Lab, "StopKplProducer", `{"Name":"bikes"}`)
	runFor(r, 2*time.Minute)
	st := raw(t, r)
	put := int64(0) // user records in the stream, but for the one that was there before
	trips, _ := r.Kinesis().Stream("trips")
	for _, sh := range trips.Shards() {
		for i := sh.First(); i < sh.Next(); i++ {
			if packed, ok := aggregation.Decode(sh.Record(i).Data); ok {
				put += int64(len(packed))
			} else if string(sh.Record(i).Data) != "old" {
				put++
			}
		}
	}
	got := st.Total()
	if got.Delivered != put || got.Delivered != got.Records || put < 3000 {
		t.Errorf("%d user records lie in the stream, %+v", put, got)
	}
	all := lake(r)
	if bytes.Contains(all, []byte("old")) || !bytes.Contains(all, []byte("new")) {
		t.Error("it does not begin at the newest record")
	}
	if bytes.Contains(all, []byte{0xf3, 0x89, 0x9a, 0xc2}) {
		t.Error("an aggregated record lies in the bucket")
	}
	ended := 0
	for _, x := range st.Readers() {
		if x.Ended {
			ended++
		}
	}
	if ended != 1 || len(st.Readers()) != 3 {
		t.Errorf("readers %+v", st.Readers())
	}
	sum := 0.0
	now := r.Now()
	for _, v := range r.Meter().Get("DataReadFromKinesisStream.Records", firehose.Dims("raw"), now.Add(-10*time.Minute), now, time.Minute, "Sum") {
		sum += v
	}
	if sum == 0 || sum >= float64(put) {
		t.Errorf("it read %v records for %d user records", sum, put)
	}
	if s, found := r.FirehoseSheet("raw"); !found || !strings.Contains(fmt.Sprint(s), "read to its end") {
		t.Errorf("sheet %+v", s)
	}
}

// TestFirehoseTakesItsShare holds that four pollers at five calls a second and Firehose are more than a shard answers.
func TestFirehoseTakesItsShare(t *testing.T) {
	refused := func(with bool) int64 {
		r := withFirehose(t, 1)
		runFor(r, 15*time.Second)
		if !with {
			ok(t, r, Firehose, "DeleteDeliveryStream", `{"DeliveryStreamName":"raw"}`)
		}
		runFor(r, 15*time.Second)
		ok(t, r, Lab, "PutConsumer", `{"Name":"board","StreamName":"trips","PollMillis":200}`)
		st, _ := r.Kinesis().Stream("trips")
		before := st.OpenShards()[0].ReadsRefusedTotal()
		runFor(r, time.Minute)
		return st.OpenShards()[0].ReadsRefusedTotal() - before
	}
	without, with := refused(false), refused(true)
	if without != 0 || with < 40 {
		t.Errorf("%d reads were refused without Firehose, %d with", without, with)
	}
}

// TestFirehoseRoles holds that Firehose acts as its role: a role that is not there is refused, and one without rights reads and
// writes nothing.
func TestFirehoseRoles(t *testing.T) {
	r := withFirehose(t, 1)
	refuse := func(body, want string) {
		t.Helper()
		reply := r.Do(Command{Service: Firehose, Op: "CreateDeliveryStream", Body: []byte(body)})
		if reply.Err == nil || !strings.Contains(reply.Err.Error(), want) {
			t.Errorf("%v, want %s", reply.Err, want)
		}
	}
	body := func(role string) string {
		return `{"DeliveryStreamName":"x","ExtendedS3DestinationConfiguration":` + strings.Replace(deliverTo, "firehose_delivery_role", role, 1) + `}`
	}
	refuse(body("nobody"), "InvalidArgumentException: Firehose is unable to assume role arn:aws:iam::123456789012:role/nobody. Please check the role provided.")
	ok(t, r, "iam", "CreateRole", `{"RoleName":"poor","AssumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"firehose.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`)
	refuse(`{"DeliveryStreamName":"x","DeliveryStreamType":"KinesisStreamAsSource","KinesisStreamSourceConfiguration":{"KinesisStreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","RoleARN":"arn:aws:iam::123456789012:role/poor"},"ExtendedS3DestinationConfiguration":`+deliverTo+`}`,
		"InvalidArgumentException: Role arn:aws:iam::123456789012:role/poor is not authorized to perform: kinesis:")
	ok(t, r, Firehose, "CreateDeliveryStream", body("poor"))
	runFor(r, 10*time.Second)
	ok(t, r, Firehose, "PutRecord", `{"DeliveryStreamName":"x","Record":{"Data":"eA=="}}`)
	runFor(r, 65*time.Second)
	told := ""
	for _, e := range r.Events(0) {
		told += e.Text + "\n"
	}
	if want := "x could not deliver 1 record to lake and tries again: S3.AccessDenied."; !strings.Contains(told, want) {
		t.Errorf("no event says %q:\n%s", want, told)
	}
	if reply := r.Do(Command{Service: Firehose, Op: "PutRecord", As: "arn:aws:iam::123456789012:role/poor", Body: []byte(`{"DeliveryStreamName":"x","Record":{"Data":"eA=="}}`)}); reply.Err == nil || !strings.Contains(reply.Err.Message, "is not authorized to perform: firehose:PutRecord on resource: arn:aws:firehose:us-east-1:123456789012:deliverystream/x") {
		t.Errorf("%v", reply.Err)
	}
}

// TestFirehoseClone holds that a copy of a world with a Firehose stream goes on alike.
func TestFirehoseClone(t *testing.T) {
	r := withFirehose(t, 2)
	ok(t, r, Lab, "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":500,"RecordBytes":900}`)
	ok(t, r, Lab, "PutFault", `{"Name":"f","Destination":"s3/lake","Kind":"lost-answers","Percentage":50}`)
	state := func(r *Region) string {
		var b bytes.Buffer
		r.State(&b)
		return b.String()
	}
	for range 5 {
		runFor(r, 17*time.Second)
		c := r.Clone()
		if state(c) != state(r) {
			t.Fatal("a copy differs")
		}
		runFor(c, 70*time.Second)
		d := r.Clone()
		runFor(d, 70*time.Second)
		if state(c) != state(d) {
			t.Fatal("two copies went on otherwise")
		}
	}
}

// TestClientsPutToFirehose holds that an SDK's producer, CloudWatch Logs, an IoT rule and the Agent put to a Firehose stream: all that
// they say was taken lies in the bucket.
//
// shows: C7 FH1
func TestClientsPutToFirehose(t *testing.T) {
	r := withFirehose(t, 1)
	ok(t, r, Firehose, "CreateDeliveryStream", `{"DeliveryStreamName":"direct","ExtendedS3DestinationConfiguration":`+deliverTo+`}`)
	runFor(r, 10*time.Second)
	ok(t, r, Lab, "PutProducer", `{"Name":"sdk","DeliveryStreamName":"direct","RecordsPerSecond":50,"Batch":25}`)
	ok(t, r, Lab, "PutProducer", `{"Name":"one","DeliveryStreamName":"direct","RecordsPerSecond":5}`)
	ok(t, r, Lab, "PutProducer", `{"Name":"logs","DeliveryStreamName":"direct","RecordsPerSecond":2,"Source":{"Kind":"CLOUDWATCH_LOGS"}}`)
	ok(t, r, Lab, "PutProducer", `{"Name":"things","DeliveryStreamName":"direct","RecordsPerSecond":3,"Source":{"Kind":"IOT_RULE"}}`)
	ok(t, r, Lab, "PutAgent", `{"Name":"web","Config":"{\"flows\":[{\"filePattern\":\"/var/log/app.log*\",\"deliveryStream\":\"direct\",\"maxBufferAgeMillis\":1000}]}"}`)
	ok(t, r, Lab, "PutLogFile", `{"Agent":"web","Path":"/var/log/app.log","LinesPerSecond":10}`)
	runFor(r, time.Minute)
	accepted := int64(0)
	for _, p := range r.Producers() {
		ok(t, r, Lab, "StopProducer", `{"Name":"`+p.Settings().Name+`"}`)
		if p.Total().Accepted < 100 || p.Total().Refused != 0 {
			t.Errorf("%s: %+v", p.Settings().Name, p.Total())
		}
		accepted += p.Total().Accepted
	}
	ok(t, r, Lab, "StopAgent", `{"Name":"web"}`)
	runFor(r, 2*time.Minute)
	a := r.Agents()[0]
	if a.Total().Accepted < 500 {
		t.Errorf("agent: %+v", a.Total())
	}
	st, _ := r.Firehose().Stream("direct")
	if got := st.Total(); got.Delivered != accepted+a.Total().Accepted || got.Records != got.Delivered {
		t.Errorf("%d and %d were taken, %+v", accepted, a.Total().Accepted, got)
	}
	found := false
	for _, k := range r.Meter().Keys() {
		found = found || k.Metric == "BytesSent" && k.Dims.Path() == "AWSKinesisAgent/DeliveryStream:direct"
	}
	if !found {
		t.Error("the agent has no metrics of its Firehose stream")
	}
}

// TestFirehoseHasNoReaders holds that nobody reads from a Firehose stream and that the KPL does not write to one, and that it is said why.
//
// shows: FH3 C8
func TestFirehoseHasNoReaders(t *testing.T) {
	r := withFirehose(t, 1)
	for _, row := range []struct{ op, body, want string }{
		{"PutKclApplication", `{"Name":"x","StreamName":"raw"}`, "raw is a Firehose stream, and nobody reads from one"},
		{"PutConsumer", `{"Name":"x","StreamName":"raw"}`, "neither a consumer nor the KCL nor Spark can"},
		{"PutConnector", `{"Name":"x","StreamName":"raw"}`, "Read the stream that it reads"},
		{"PutConsumer", `{"Name":"x","StreamName":"firehose:raw"}`, "firehose:raw is a Firehose stream, and nobody reads from one"},
		{"PutProducer", `{"Name":"x","StreamName":"raw"}`, "a producer puts to one that is named by DeliveryStreamName"},
		{"PutProducer", `{"Name":"x","StreamName":"trips","DeliveryStreamName":"raw"}`, "DeliveryStreamName: stands beside StreamName"},
		{"PutKplProducer", `{"Name":"x","StreamName":"raw"}`, "this client writes to streams of Kinesis Data Streams"},
	} {
		if reply := r.Do(Command{Service: Lab, Op: row.op, Body: []byte(row.body)}); reply.Err == nil || !strings.Contains(reply.Err.Error(), row.want) {
			t.Errorf("%s: %v, want %s", row.op, reply.Err, row.want)
		}
	}
	if reply := r.Do(Command{Service: Kinesis, Op: "GetShardIterator", Body: []byte(`{"StreamName":"raw","ShardId":"shardId-000000000000","ShardIteratorType":"LATEST"}`)}); reply.Err == nil || reply.Err.Code != "ResourceNotFoundException" {
		t.Errorf("an iterator of a Firehose stream: %v", reply.Err)
	}
	if reply := r.Do(Command{Service: Firehose, Op: "PutRecord", Body: []byte(`{"DeliveryStreamName":"raw","Record":{"Data":"eA=="}}`)}); reply.Err == nil || !strings.Contains(reply.Err.Message, "This operation is not permitted on KinesisStreamAsSource delivery stream type.") {
		t.Errorf("put to a stream with a source: %v", reply.Err)
	}
	ok(t, r, Kinesis, "CreateStream", `{"StreamName":"raw","ShardCount":1}`)
	ok(t, r, Lab, "PutConsumer", `{"Name":"x","StreamName":"raw"}`)
}

// TestFirehoseBill is FH5: what is taken is charged, each record rounded up to 5 KB, and nothing else: no hour, no shard.
//
// shows: FH5
func TestFirehoseBill(t *testing.T) {
	r := withFirehose(t, 1)
	ok(t, r, Firehose, "CreateDeliveryStream", `{"DeliveryStreamName":"direct","ExtendedS3DestinationConfiguration":`+deliverTo+`}`)
	runFor(r, time.Hour)
	if b := r.Bill("firehose:direct"); len(b.Lines) != 0 {
		t.Errorf("an hour without data costs %+v", b.Lines)
	}
	ok(t, r, Lab, "PutProducer", `{"Name":"sdk","DeliveryStreamName":"direct","RecordsPerSecond":1000,"RecordBytes":300,"Batch":500}`)
	runFor(r, 100*time.Second)
	ok(t, r, Lab, "StopProducer", `{"Name":"sdk"}`)
	st, _ := r.Firehose().Stream("direct")
	b := r.Bill("firehose:direct")
	if len(b.Lines) != 1 {
		t.Fatalf("%+v", b.Lines)
	}
	x := b.Lines[0]
	if want := float64(st.Total().Records*5120) / (1 << 30); math.Abs(x.Quantity-want) > 1e-6 || x.Unit != "GB" || x.Price.String() != "0.029" || math.Abs(float64(x.Amount)/1e9-want*0.029) > 1e-8 {
		t.Errorf("%d records: %+v", st.Total().Records, x)
	}
	if st.Total().Records < 99_000 || x.PerHour <= 0 {
		t.Errorf("%d records, %s an hour", st.Total().Records, x.PerHour)
	}
	ok(t, r, Firehose, "DeleteDeliveryStream", `{"DeliveryStreamName":"direct"}`)
	runFor(r, time.Minute)
	if after := r.Bill(""); after.Total < x.Amount {
		t.Error("the bill forgets what a deleted stream used")
	}
}

// TestDeliveryStreamOptions holds what the lab can change of a Firehose stream and AWS has no operation for.
func TestDeliveryStreamOptions(t *testing.T) {
	r := withFirehose(t, 1)
	ok(t, r, Lab, "PutDeliveryStreamOptions", `{"DeliveryStreamName":"raw","AutoRaise":true,"MaxPartitions":3,"NewObjectOnRetry":true}`)
	if o := raw(t, r).Options; o != (firehose.Options{AutoRaise: true, MaxPartitions: 3, NewObjectOnRetry: true}) {
		t.Errorf("%+v", o)
	}
	for _, body := range []string{`{"DeliveryStreamName":"none"}`, `{}`, `{"DeliveryStreamName":"raw","MaxPartitions":0}`, `{"DeliveryStreamName":"raw","Fast":true}`} {
		if reply := r.Do(Command{Service: Lab, Op: "PutDeliveryStreamOptions", Body: []byte(body)}); reply.Err == nil {
			t.Errorf("%s is taken", body)
		}
	}
}

// TestNothingIsLostBetweenStreamAndBucket is a property: over random traffic, resharding, faults of S3, throttled reads and updates of
// the destination, which also switch a processor on and off, every record that came into the stream since is in exactly one of: the bucket,
// its error place, Firehose, the stream behind its readers. In the end all are in the bucket, each once.
func TestNothingIsLostBetweenStreamAndBucket(t *testing.T) {
	retries, processed, failed, shards := int64(0), 0, int64(0), 0
	processors := []string{
		`"Enabled":false`,
		`"Enabled":true,"Processors":[{"Type":"AppendDelimiterToRecord"}]`,
		`"Enabled":true,"Processors":[{"Type":"Lambda","Parameters":[{"ParameterName":"LambdaArn","ParameterValue":"arn:aws:lambda:us-east-1:123456789012:function:none"},{"ParameterName":"BufferSizeInMBs","ParameterValue":"0.2"},{"ParameterName":"BufferIntervalInSeconds","ParameterValue":"1"}]}]`,
	}
	for seed := range uint64(6) {
		dice := sim.NewRand(seed, "between")
		r := withFirehose(t, 1+dice.IntN(3))
		ok(t, r, Lab, "PutProducer", fmt.Sprintf(`{"Name":"bikes","StreamName":"trips","RecordsPerSecond":%d,"RecordBytes":%d,"Batch":20,"Keys":{"Kind":"uniform","Count":50}}`, 50+dice.IntN(800), 50+dice.IntN(2000)))
		ok(t, r, Lab, "PutConsumer", `{"Name":"greedy","StreamName":"trips","PollMillis":210}`)
		for range 12 {
			runFor(r, dice.Between(5*time.Second, 40*time.Second))
			st, _ := r.Kinesis().Stream("trips")
			do := Command{Service: Kinesis, Op: "UpdateShardCount", Body: fmt.Appendf(nil, `{"StreamName":"trips","TargetShardCount":%d,"ScalingType":"UNIFORM_SCALING"}`, max(1, len(st.OpenShards())*(1+dice.IntN(2))-dice.IntN(2)))}
			update := func(change string) Command {
				return Command{Service: Firehose, Op: "UpdateDestination", Body: fmt.Appendf(nil, `{"DeliveryStreamName":"raw","DestinationId":"destinationId-000000000001","CurrentDeliveryStreamVersionId":"%d","ExtendedS3DestinationUpdate":{%s}}`, raw(t, r).Version(), change)}
			}
			switch dice.IntN(7) {
			case 0:
				do = Command{Service: Lab, Op: "PutFault", Body: fmt.Appendf(nil, `{"Name":"f","Destination":"s3/lake","Kind":"%s","Percentage":%d}`, []string{"lost-answers", "unavailable", "throttled"}[dice.IntN(3)], 1+dice.IntN(100))}
			case 1:
				do = Command{Service: Lab, Op: "DeleteFault", Body: []byte(`{"Name":"f"}`)}
			case 2:
				do = update(fmt.Sprintf(`"BufferingHints":{"SizeInMBs":%d,"IntervalInSeconds":%d}`, 1+dice.IntN(3), dice.IntN(100)))
			case 3, 4:
				do = update(`"ProcessingConfiguration":{` + processors[dice.IntN(len(processors))] + `}`)
			}
			r.Do(do) // may be refused, as for a learner who is too early
			x := raw(t, r)
			total := x.Total()
			in, _ := x.Waiting()
			if in > 0 {
				processed++
			}
			for _, b := range x.Buffers() {
				in += b.Records
			}
			for _, u := range x.Undelivered() {
				in += u.Records
			}
			if total.Records != total.Delivered+total.FailedRecords+in || total.LostRecords != 0 {
				t.Fatalf("seed %d: %d records taken, %d delivered, %d failed, %d in Firehose, %d lost", seed, total.Records, total.Delivered, total.FailedRecords, in, total.LostRecords)
			}
			if put, read := putAndRead(r, x); put < read || read != total.Records {
				t.Fatalf("seed %d: %d records in the stream, %d read, %d taken", seed, put, read, total.Records)
			}
		}
		r.Do(Command{Service: Lab, Op: "DeleteFault", Body: []byte(`{"Name":"f"}`)})
		ok(t, r, Lab, "StopProducer", `{"Name":"bikes"}`)
		ok(t, r, Lab, "StopConsumer", `{"Name":"greedy"}`)
		runFor(r, 10*time.Minute)
		x := raw(t, r)
		put, _ := putAndRead(r, x)
		lies, lines := int64(0), int64(0) // bytes of records, and records in the error place
		b, _ := r.S3().Bucket("lake")
		for _, o := range b.Objects("") {
			if strings.HasPrefix(o.Key, "processing-failed/") {
				lines += int64(bytes.Count(o.Data, []byte("\n")))
			} else {
				lies += int64(len(o.Data))
			}
		}
		if got := x.Total(); put < 1000 || got.Delivered+got.FailedRecords != put || lies != got.DeliveredBytes || lines != got.FailedRecords {
			t.Errorf("seed %d: %d records put, %d delivered of %d bytes, %d failed; %d bytes and %d failed records in the bucket", seed, put, got.Delivered, got.DeliveredBytes, got.FailedRecords, lies, lines)
		}
		failed += x.Total().FailedRecords
		retries, shards = retries+x.Total().Retries, max(shards, len(x.Readers()))
	}
	if retries == 0 || shards < 5 || processed < 3 || failed == 0 {
		t.Errorf("no world was hard: %d deliveries failed, at most %d shards, %d times records were in the processor, %d failed there", retries, shards, processed, failed)
	}
}

// putAndRead counts the records in the stream since the Firehose stream was made, and those that it read.
func putAndRead(r *Region, x *firehose.Stream) (put, read int64) {
	put = -1 // one was there before
	st, _ := r.Kinesis().Stream("trips")
	for _, sh := range st.Shards() {
		put += sh.Next()
	}
	for _, s := range x.Readers() {
		read += s.Read
	}
	return put, read
}

// What fails all the time in the processor is told once, and counted: it must not drown what else happens.
func TestProcessingFailuresAreToldOnce(t *testing.T) {
	r := withFirehose(t, 1)
	runFor(r, 20*time.Second)
	st := raw(t, r)
	ok(t, r, Firehose, "UpdateDestination", fmt.Sprintf(`{"DeliveryStreamName":"raw","CurrentDeliveryStreamVersionId":"1","DestinationId":%q,"ExtendedS3DestinationUpdate":{"ProcessingConfiguration":{"Enabled":true,"Processors":[{"Type":"Decompression","Parameters":[{"ParameterName":"CompressionFormat","ParameterValue":"GZIP"}]}]}}}`, "destinationId-000000000001"))
	ok(t, r, Lab, "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":20}`)
	runFor(r, 40*time.Second)
	told := 0
	for i := r.events.First(); i < r.events.Next(); i++ {
		if strings.Contains(r.events.At(i).Text, "failed in processing") {
			told++
		}
	}
	if failed := st.Total().ProcessingFailures; failed < 500 || told != 1 {
		t.Errorf("%d records failed in processing, told %d times", failed, told)
	}
}
