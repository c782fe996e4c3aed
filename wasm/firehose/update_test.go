package firehose

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/fis"
)

// update changes the destination of trips.
func (w *world) update(member, body string) {
	w.t.Helper()
	st, _ := w.s.Stream("trips")
	w.must("UpdateDestination", fmt.Sprintf(`{"DeliveryStreamName":"trips","DestinationId":"destinationId-000000000001","CurrentDeliveryStreamVersionId":"%d",%q:{%s}}`, st.Version(), member, body))
}

// TestAJobKeepsItsStages changes the processor while a batch is in it: the batch goes on as it began.
func TestAJobKeepsItsStages(t *testing.T) {
	begin := func() *world {
		w := newWorld(t)
		w.create("trips", hints1and60+`,"ErrorOutputPrefix":"failed/"`+processing(lambda+"|BufferSizeInMBs=0.2|BufferIntervalInSeconds=0"))
		return w
	}
	for _, change := range []string{`"ProcessingConfiguration":{"Enabled":false}`, processing("Decompression", lambda)[1:]} {
		w := begin() // without a function: it is invoked four times, and then the record fails
		w.lines("trips", "a")
		w.after(500 * time.Millisecond)
		w.update("ExtendedS3DestinationUpdate", change)
		c := w.clone()
		w.after(10 * time.Minute)
		c.after(10 * time.Minute)
		if got, _ := w.failures("failed/"); len(got) != 1 || !strings.HasPrefix(got[0], "Lambda.ResourceNotFound") || w.asked != 4 {
			t.Errorf("%s: the function was invoked %d times, failed %q", change, w.asked, got)
		}
		if w.state() != c.state() {
			t.Errorf("%s: a copy went on otherwise", change)
		}
	}

	w := begin()
	w.function = func(event map[string]any, _ int) (string, time.Duration, string, error) {
		return echo(event, nil), 10 * time.Second, "", nil
	}
	w.lines("trips", "a")
	w.after(time.Second)
	w.update("ExtendedS3DestinationUpdate", processing("Decompression", lambda)[1:])
	w.after(10 * time.Minute)
	if w.asked != 1 || w.text("2026/") != "a" {
		t.Errorf("the function was invoked %d times, the bucket holds %q", w.asked, w.text("2026/"))
	}
}

// toLake is an update to the bucket lake with all that it needs.
const toLake = role + `,"BucketARN":"arn:aws:s3:::lake","Prefix":"direct/"`

// TestBackupOfTheDestinationBefore goes over to S3 while source records wait for the backup bucket of another destination: they go there.
func TestBackupOfTheDestinationBefore(t *testing.T) {
	w := newWorld(t)
	w.bucket("kept")
	w.end("http", "partner")
	w.must("CreateDeliveryStream", fmt.Sprintf(`{"DeliveryStreamName":"trips","HttpEndpointDestinationConfiguration":{%s,%s,"S3Configuration":{%s,"BucketARN":"arn:aws:s3:::kept"},"S3BackupMode":"AllData"}}`, role, kindsOfEnds["HttpEndpoint"].config, role))
	w.after(createTakes)
	w.rides(0, 3)
	w.update("ExtendedS3DestinationUpdate", toLake)
	st, _ := w.s.Stream("trips")
	if b := st.Buffers(); len(b) != 2 || b[1].Size == 0 {
		t.Errorf("buffers %+v", b)
	}
	c := w.clone()
	w.rides(3, 2)
	c.rides(3, 2)
	w.after(10 * time.Minute)
	c.after(10 * time.Minute)
	if got := st.Total(); got.BackedUp != 3 || len(w.objects("kept")) != 1 || got.Delivered != 5 || strings.Count(w.text("direct/"), "\n") != 5 {
		t.Errorf("%+v; objects %q and %q", got, w.objects("kept"), w.objects("lake"))
	}
	if w.state() != c.state() {
		t.Error("a copy went on otherwise")
	}
}

// TestADeliveryGoesToAnotherDestination changes the kind of destination while deliveries to each are tried again: they go to the new one as
// if they had never been for another.
func TestADeliveryGoesToAnotherDestination(t *testing.T) {
	for _, from := range []string{"HttpEndpoint", "Splunk", "Redshift", "Snowflake", "Iceberg"} {
		w := newWorld(t)
		st, k := w.deliverTo(from, hintsFor(from))
		down := true
		w.strike = func(op, ref string) fis.Strike {
			if down && strings.Contains(ref, "/") {
				return fis.Strike{By: "f", Kind: fis.Unavailable}
			}
			return fis.Strike{}
		}
		w.rides(0, 3)
		w.after(70 * time.Second)
		if from == "Redshift" {
			w.after(4*time.Minute + time.Second)
		}
		if u := st.Undelivered(); len(u) != 1 || u[0].Code == "" && !u[0].Asking {
			t.Fatalf("%s: %+v", from, u)
		}
		w.update("ExtendedS3DestinationUpdate", toLake)
		w.after(10 * time.Minute)
		objects := w.under("direct/2026/11/22/10/trips-1-2026-11-22-10-")
		if got := st.Total(); got.Delivered != 3 || got.LostRecords+got.FailedRecords != 0 || len(objects) != 1 || strings.Count(string(objects[0].Data), "\n") != 3 || held(k) != 0 {
			t.Errorf("from %s: %+v; objects %q", from, got, w.objects("lake"))
		}

		w = newWorld(t) // and from S3
		st = w.create("trips", hints60)
		k = w.end(kindsOfEnds[from].kind, kindsOfEnds[from].name)
		w.strike = func(op, ref string) fis.Strike {
			if down && ref == "lake" {
				return fis.Strike{By: "f", Kind: fis.Unavailable}
			}
			return fis.Strike{}
		}
		w.rides(0, 3)
		w.after(70 * time.Second)
		down = false
		place := "S3Update"
		if from == "Iceberg" {
			place = "S3Configuration"
		}
		w.update(from+"DestinationUpdate", fmt.Sprintf(`%s,%s,%q:{%s,"BucketARN":"arn:aws:s3:::lake"}`, role, kindsOfEnds[from].config, place, role))
		w.after(10 * time.Minute)
		if got := st.Total(); got.Delivered != 3 || got.LostRecords+got.FailedRecords != 0 || held(k) != 3 {
			t.Errorf("to %s: %+v; it holds %d", from, got, held(k))
		}
	}
}

// TestAnAnswerOfTheDestinationBefore changes the kind of destination while the former one is asked, which will not have answered in time and
// would not be asked again: the new one gets the delivery, and it is not given up.
func TestAnAnswerOfTheDestinationBefore(t *testing.T) {
	w := newWorld(t)
	st, k := w.deliverTo("HttpEndpoint", hints60+`,"RetryOptions":{"DurationInSeconds":0}`)
	set := k.Settings()
	set.LatencyMillis = 200_000
	if _, err := w.sink.Put(set); err != nil {
		t.Fatal(err)
	}
	w.rides(0, 3)
	w.after(70 * time.Second)
	if u := st.Undelivered(); len(u) != 1 || !u[0].Asking {
		t.Fatalf("%+v", u)
	}
	w.end("redshift", "dw")
	w.update("RedshiftDestinationUpdate", fmt.Sprintf(`%s,%s,"S3Update":{%s,"BucketARN":"arn:aws:s3:::lake"},"RetryOptions":{"DurationInSeconds":0}`, role, kindsOfEnds["Redshift"].config, role))
	w.after(10 * time.Minute)
	if got := st.Total(); got.Delivered != 3 || got.LostRecords+got.FailedRecords != 0 {
		t.Errorf("%+v; objects %q", got, w.objects("lake"))
	}
}
