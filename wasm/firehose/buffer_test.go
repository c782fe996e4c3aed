package firehose

import (
	"strings"
	"testing"
	"time"

	"shardlab/wasm/fis"
	"shardlab/wasm/sim"
)

const hints1and60 = `,"BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":60}`

// TestWhicheverComesFirst is FH7: with the same settings a high rate trips the size and a low rate the time, each at its exact instant.
//
// shows: FH7 C2
func TestWhicheverComesFirst(t *testing.T) {
	w := newWorld(t)
	w.create("fast", hints1and60)
	began := w.sched.Now()
	for i := range 20 { // 64 KiB a second: 1 MiB is there with the 16th, after 15 s
		w.to(began.Add(time.Duration(i) * time.Second))
		w.put("fast", 64, 1024)
	}
	flushed := w.notices(Flushed)
	if len(flushed) != 1 || flushed[0].Why != "size" || flushed[0].Bytes != 1<<20 {
		t.Fatalf("the high rate flushed %+v", flushed)
	}
	keys := w.objects("lake")
	if want := "2026/11/22/10/fast-1-2026-11-22-10-00-10-"; len(keys) != 1 || !strings.HasPrefix(keys[0], want) {
		t.Fatalf("objects %q, want one of %s", keys, want)
	}
	b, _ := w.s3.Bucket("lake")
	o, _ := b.Object(keys[0])
	if at := began.Add(15 * time.Second); o.LastModified != at || len(o.Data) != 1<<20 {
		t.Errorf("the object is of %v with %d bytes, want %v", o.LastModified.Time(), len(o.Data), at.Time())
	}

	w = newWorld(t)
	w.create("slow", hints1and60)
	began = w.sched.Now()
	for i := range 90 { // 1 KiB a second: 60 of them are there after a minute
		w.to(began.Add(time.Duration(i) * time.Second))
		w.put("slow", 1, 1024)
	}
	flushed = w.notices(Flushed)
	if len(flushed) != 1 || flushed[0].Why != "time" {
		t.Fatalf("the low rate flushed %+v", flushed)
	}
	b, _ = w.s3.Bucket("lake")
	o = b.Objects("")[0]
	if at := began.Add(60 * time.Second); o.LastModified != at || len(o.Data) != 60<<10 {
		t.Errorf("the object is of %v with %d bytes, want %v with 61440", o.LastModified.Time(), len(o.Data), at.Time())
	}
}

// TestZeroBuffering holds that an interval of 0 delivers within a second or two.
func TestZeroBuffering(t *testing.T) {
	w := newWorld(t)
	w.create("now", `,"BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":0}`)
	w.put("now", 3, 100)
	w.after(2 * time.Second)
	if got := len(w.objects("lake")); got != 1 {
		t.Errorf("%d objects after two seconds, want 1", got)
	}
}

// TestDeliveryIsTriedAgain holds that S3 that refuses is asked again until it takes the object, under the same key, and that a lost
// answer gives no second object but where each attempt has a name of its own.
//
// shows: FH8
func TestDeliveryIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	st := w.create("trips", hints1and60)
	asked := 0
	w.strike = func(op, bucket string) fis.Strike {
		asked++
		switch {
		case asked <= 3:
			return fis.Strike{Lost: true}
		}
		return fis.Strike{}
	}
	w.put("trips", 10, 100)
	w.after(2 * time.Minute)
	if got := w.objects("lake"); len(got) != 1 {
		t.Errorf("objects %q, want one", got)
	}
	total := st.Total()
	if asked != 4 || total.Retries != 3 || total.Delivered != 10 {
		t.Errorf("asked %d times, %+v", asked, total)
	}
	if len(w.notices(DeliveryFailed)) != 1 || len(w.notices(DeliveryBack)) != 1 {
		t.Errorf("told %+v", w.told)
	}

	w = newWorld(t) // FH8: a duplicate, when each attempt writes an object of its own
	st = w.create("trips", hints1and60)
	st.Options.NewObjectOnRetry = true
	asked = 0
	w.strike = func(op, bucket string) fis.Strike { asked++; return fis.Strike{Lost: asked == 1} }
	w.put("trips", 10, 100)
	w.after(2 * time.Minute)
	if got := w.objects("lake"); len(got) != 2 {
		t.Errorf("objects %q, want two with the same data", got)
	}
}

// TestLostAfterADay holds that data that nobody takes are lost after 24 hours, and not before.
//
// shows: C5
func TestLostAfterADay(t *testing.T) {
	w := newWorld(t)
	w.must("CreateDeliveryStream", `{"DeliveryStreamName":"trips","S3DestinationConfiguration":{`+role+`,"BucketARN":"arn:aws:s3:::nowhere"`+hints1and60+`}}`)
	w.after(createTakes)
	w.put("trips", 10, 100)
	st, _ := w.s.Stream("trips")
	w.after(24 * time.Hour)
	if st.Total().LostRecords != 0 || len(w.notices(Lost)) != 0 {
		t.Fatal("lost too early")
	}
	w.after(2 * time.Minute)
	if got := st.Total(); got.LostRecords != 10 || got.LostBytes != 1000 {
		t.Errorf("%+v", got)
	}
	if n := w.notices(DeliveryFailed); len(n) != 1 || n[0].Why != "S3.NoSuchBucket" {
		t.Errorf("told %+v", n)
	}
}

// TestGrowsWhenBehind holds that buffers grow while S3 is slow, when they may, and shrink again.
func TestGrowsWhenBehind(t *testing.T) {
	for _, may := range []bool{false, true} {
		w := newWorld(t)
		st := w.create("trips", hints1and60)
		st.Options.AutoRaise = may
		down := true
		w.strike = func(op, bucket string) fis.Strike {
			return fis.Strike{Delay: map[bool]time.Duration{true: 3 * time.Minute}[down]}
		}
		most := int64(0)
		began := w.sched.Now()
		for i := range 600 {
			w.to(began.Add(time.Duration(i) * time.Second))
			w.put("trips", 200, 1024)
			bytes, _ := st.Hints()
			most = max(most, bytes>>20)
			down = i < 400
		}
		if grew := most > 1; grew != may {
			t.Errorf("may grow %t: the buffer took up to %d MiB", may, most)
		}
		w.after(10 * time.Minute)
		if bytes, _ := st.Hints(); bytes != 1<<20 && !may {
			t.Errorf("it stays at %d bytes", bytes)
		}
	}
}

// TestQuota holds that Direct PUT takes 5 MiB a second and no more, that PutRecord says Slow down., and that the quota doubles when
// that goes on: nobody sets a number of shards.
//
// shows: C3 C4
func TestQuota(t *testing.T) {
	w := newWorld(t)
	st := w.create("trips", `,"BufferingHints":{"SizeInMBs":128,"IntervalInSeconds":900}`)
	began := w.sched.Now()
	second := func(i int) (taken int) {
		w.to(began.Add(time.Duration(i) * time.Second))
		for range 10 {
			taken += w.put("trips", 100, 10240)
		}
		return taken
	}
	if got := second(0); got != 512 { // 5 MiB of 10 KiB each
		t.Errorf("the first second took %d records", got)
	}
	w.refused("PutRecord", `{"DeliveryStreamName":"trips","Record":{"Data":"`+strings.Repeat("YWFh", 4000)+`"}}`, ServiceUnavailable, "Slow down.")
	out := w.must("PutRecordBatch", `{"DeliveryStreamName":"trips","Records":[{"Data":""},{"Data":"`+strings.Repeat("YWFh", 4000)+`"}]}`)
	entries := out["RequestResponses"].([]any)
	if out["FailedPutCount"] != 1.0 || len(entries) != 2 || entries[0].(map[string]any)["RecordId"] == nil || entries[1].(map[string]any)["ErrorCode"] != "ServiceUnavailableException" || entries[1].(map[string]any)["ErrorMessage"] != "Slow down." {
		t.Errorf("the batch answered %v", out)
	}
	for i := 1; i <= 61; i++ {
		second(i)
	}
	if _, _, bytes := st.Throughput(); bytes != 10<<20 {
		t.Errorf("after a minute of throttling it takes %d bytes a second", bytes)
	}
	if got := second(63); got != 1000 {
		t.Errorf("then a second took %d records", got)
	}
}

// TestEveryRecordIsSomewhere is a property: over random sizes, faults and updates every record that was taken is in exactly one of: delivered,
// failed, dropped, lost, still in Firehose. Copies made on the way go on alike.
func TestEveryRecordIsSomewhere(t *testing.T) {
	for seed := range uint64(10) {
		dice := sim.NewRand(seed, "walk")
		w := newWorld(t)
		w.bucket("backup")
		more := hints1and60
		if seed%2 == 1 {
			more += `,"S3BackupMode":"Enabled","S3BackupConfiguration":{` + role + `,"BucketARN":"arn:aws:s3:::backup"}`
		}
		st := w.create("trips", more)
		w.strike = func(op, bucket string) fis.Strike {
			switch dice.IntN(6) {
			case 0:
				return fis.Strike{Lost: true}
			case 1:
				return fis.Strike{Delay: dice.Between(0, 5*time.Minute)}
			}
			return fis.Strike{}
		}
		put, bytes := int64(0), int64(0)
		check := func() {
			t.Helper()
			got := st.Total()
			in, inBytes := int64(0), int64(0)
			for _, b := range st.Buffers() {
				if b.Target != "backup" {
					in, inBytes = in+b.Records, inBytes+b.Bytes
				}
			}
			for _, x := range st.Undelivered() {
				if x.Target != "backup" {
					in, inBytes = in+x.Records, inBytes+x.Bytes
				}
			}
			n, b := st.Waiting()
			if sum := got.Delivered + got.FailedRecords + got.DroppedRecords + got.LostRecords + in + n; sum != put || got.Records != put {
				t.Fatalf("seed %d: %d records put, %d found: %+v and %d in Firehose", seed, put, sum, got, in+n)
			}
			if sum := got.DeliveredBytes + got.FailedBytes + got.DroppedBytes + got.LostBytes + inBytes + b; sum != bytes {
				t.Fatalf("seed %d: %d bytes put, %d found", seed, bytes, sum)
			}
		}
		for range 60 {
			switch dice.IntN(8) {
			case 0:
				w.after(dice.Between(0, 10*time.Minute))
			case 1:
				w.must("UpdateDestination", `{"DeliveryStreamName":"trips","DestinationId":"destinationId-000000000001","CurrentDeliveryStreamVersionId":"`+itoa(int(st.Version()))+`","ExtendedS3DestinationUpdate":{"BufferingHints":{"SizeInMBs":`+itoa(1+dice.IntN(3))+`,"IntervalInSeconds":`+itoa(dice.IntN(300))+`}}}`)
			default:
				n, size := 1+dice.IntN(200), dice.IntN(8000)
				if n*size > MaxBatchBytes {
					n = MaxBatchBytes / size
				}
				taken := w.put("trips", n, size)
				put, bytes = put+int64(taken), bytes+int64(taken*size)
				w.after(dice.Between(0, 20*time.Second))
			}
			check()
		}
		w.strike = nil
		w.after(time.Hour)
		check()
		got := st.Total()
		stored := int64(0)
		b, _ := w.s3.Bucket("lake")
		seen := map[string]bool{}
		for _, o := range b.Objects("") {
			stored += int64(len(o.Data))
			if seen[o.ETag+o.Key] {
				t.Errorf("seed %d: %s twice", seed, o.Key)
			}
			seen[o.ETag+o.Key] = true
		}
		if stored != bytes || got.Delivered != put {
			t.Errorf("seed %d: %d of %d bytes are in the bucket, %d of %d records delivered", seed, stored, bytes, got.Delivered, put)
		}
		if seed%2 == 1 && got.BackedUp != put {
			t.Errorf("seed %d: %d of %d records are backed up", seed, got.BackedUp, put)
		}
	}
}

// TestCopiesGoOnAlike holds that a copy of a world goes on as the original, byte for byte, and changes nothing of it.
func TestCopiesGoOnAlike(t *testing.T) {
	w := newWorld(t)
	w.create("trips", hints1and60)
	w.strike = func(op, bucket string) fis.Strike { return fis.Strike{Lost: w.sched.Now()%7 == 0} }
	w.put("trips", 100, 3000)
	w.after(30 * time.Second)
	c := w.clone()
	c.strike = nil
	w.strike = nil
	if c.state() != w.state() {
		t.Fatal("a fresh copy differs")
	}
	before := c.state()
	w.put("trips", 400, 3000)
	w.after(5 * time.Minute)
	if c.state() != before {
		t.Fatal("the original changed its copy")
	}
	c.put("trips", 400, 3000)
	c.after(5 * time.Minute)
	if c.state() != w.state() {
		t.Errorf("the copy went on otherwise:\n%s\nand\n%s", c.state(), w.state())
	}
}
