package firehose

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/fis"
	"shardlab/wasm/sim"
	"shardlab/wasm/sink"
)

// kindsOfEnds are configurations of all destinations but S3, with the far end that each is for.
var kindsOfEnds = map[string]struct{ kind, name, config string }{
	"Redshift":                   {sink.Redshift, "dw", `"ClusterJDBCURL":"jdbc:redshift://dw.abc.us-east-1.redshift.amazonaws.com:5439/dev","CopyCommand":{"DataTableName":"rides","CopyOptions":"JSON 'auto'"},"Username":"u","Password":"Passw0rd"`},
	"Amazonopensearchservice":    {sink.OpenSearch, "logs", `"DomainARN":"arn:aws:es:us-east-1:123456789012:domain/logs","IndexName":"rides"`},
	"Elasticsearch":              {sink.OpenSearch, "logs", `"DomainARN":"arn:aws:es:us-east-1:123456789012:domain/logs","IndexName":"rides","IndexRotationPeriod":"OneHour"`},
	"AmazonOpenSearchServerless": {sink.OpenSearch, "logs", `"CollectionEndpoint":"https://logs.us-east-1.aoss.amazonaws.com","IndexName":"rides"`},
	"Splunk":                     {sink.Splunk, "hec", `"HECEndpoint":"https://hec.example.com:8088","HECEndpointType":"Raw","HECToken":"t"`},
	"HttpEndpoint":               {sink.HTTP, "partner", `"EndpointConfiguration":{"Url":"https://partner.example.com/in","AccessKey":"t"}`},
	"Snowflake":                  {sink.Snowflake, "acme", `"AccountUrl":"https://acme.snowflakecomputing.com","User":"u","PrivateKey":"` + strings.Repeat("A", 256) + `","Database":"d","Schema":"s","Table":"RIDES"`},
	"Iceberg":                    {sink.Iceberg, "lake", `"CatalogConfiguration":{"CatalogARN":"arn:aws:glue:us-east-1:123456789012:catalog"},"DestinationTableConfigurationList":[{"DestinationDatabaseName":"lake","DestinationTableName":"rides"}]`},
}

// end makes a far end, with the table rides where it has tables.
func (w *world) end(kind, name string) *sink.Sink {
	w.t.Helper()
	k, err := w.sink.Put(sink.Defaults(kind, name))
	if err != nil {
		w.t.Fatal(err)
	}
	if table, columns, err := sink.ReadTable("rides (bike varchar(20), n bigint)"); err != nil {
		w.t.Fatal(err)
	} else if kind == sink.Redshift || kind == sink.Snowflake || kind == sink.Iceberg {
		k.Make(table, columns)
	}
	return k
}

// deliverTo makes a Firehose stream to a far end, which is made too.
func (w *world) deliverTo(destination, more string) (*Stream, *sink.Sink) {
	w.t.Helper()
	d := kindsOfEnds[destination]
	k := w.end(d.kind, d.name)
	w.must("CreateDeliveryStream", fmt.Sprintf(`{"DeliveryStreamName":"trips",%q:{%s,%s,"S3Configuration":{%s,"BucketARN":"arn:aws:s3:::lake"}%s}}`, destination+"DestinationConfiguration", role, d.config, role, more))
	w.after(createTakes)
	st, ok := w.s.Stream("trips")
	if !ok || st.Status() != Active {
		w.t.Fatal("it is not ACTIVE")
	}
	return st, k
}

// rides puts records that each destination can read, or what else is given.
func (w *world) rides(from, n int, texts ...string) {
	w.t.Helper()
	for i := range n {
		texts = append(texts, fmt.Sprintf(`{"bike":"b%d","n":%d}`, from+i, from+i)+"\n")
	}
	data, numbers := make([][]byte, len(texts)), make([]int64, len(texts))
	for i, s := range texts {
		data[i] = []byte(s)
	}
	if _, err := w.s.Put("trips", data, numbers, true); err != nil || slices.Contains(numbers, 0) {
		w.t.Fatal(err, numbers)
	}
}

// held is how many items a far end holds.
func held(k *sink.Sink) (n int) {
	for _, t := range k.Tables() {
		n += t.Len()
	}
	k.Events(func(sink.Event) { n++ })
	return n
}

// errorRecords are the error records in the bucket lake.
func (w *world) errorRecords() (all []map[string]any) {
	w.t.Helper()
	b, _ := w.s3.Bucket("lake")
	for _, o := range b.Objects("") {
		if strings.Contains(o.Key, "failed") {
			for line := range strings.Lines(string(o.Data)) {
				var m map[string]any
				if err := json.Unmarshal([]byte(line), &m); err != nil {
					w.t.Fatal(err)
				}
				m["key"] = o.Key
				all = append(all, m)
			}
		}
	}
	return all
}

const hints60 = `,"BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":60}`

// hintsOf are those of a destination: Redshift's are its intermediate bucket's.
func hintsFor(destination string) string {
	if destination == "Redshift" {
		return ""
	}
	return hints60
}

// TestEnds delivers to each destination, through a time in which it is down, and holds that nothing is missing and nothing twice.
//
// shows: FH2
func TestEnds(t *testing.T) {
	for destination := range kindsOfEnds {
		t.Run(destination, func(t *testing.T) {
			w := newWorld(t)
			st, k := w.deliverTo(destination, hintsFor(destination))
			w.rides(0, 30)
			down := false
			w.strike = func(op, ref string) fis.Strike {
				if down && strings.Contains(ref, "/") {
					return fis.Strike{By: "f", Kind: fis.Unavailable}
				}
				return fis.Strike{}
			}
			w.after(6 * time.Minute)
			if held(k) != 30 || st.Total().Delivered != 30 {
				t.Fatalf("it holds %d, %+v", held(k), st.Total())
			}
			down = true
			w.rides(30, 10)
			w.after(70 * time.Second)
			if destination == "Redshift" {
				w.after(4 * time.Minute)
			}
			if held(k) != 30 {
				t.Fatal("it takes something while it is down")
			}
			down = false
			w.after(6 * time.Minute)
			if held(k) != 40 || st.Total().Delivered != 40 || st.Total().FailedRecords != 0 {
				t.Errorf("it holds %d, %+v", held(k), st.Total())
			}
			if notes := w.notices(DeliveryBack); len(notes) != 1 {
				t.Errorf("%d deliveries came back", len(notes))
			}
			name := "DeliveryTo" + st.kind.metric
			if got := w.sum(name + ".Records"); got != 40 {
				t.Errorf("%s.Records is %v", name, got)
			}
		})
	}
}

// sum is what a metric of trips adds up to.
func (w *world) sum(metric string) float64 {
	st, _ := w.s.Stream("trips")
	return w.meter.Series(metric, st.dims()).Total()
}

// The acknowledgement of a delivery is lost, and the records come twice where the destination cannot tell; where it can, once.
//
// shows: FH8
func TestALostAcknowledgementDelivers(t *testing.T) {
	for _, row := range []struct {
		destination, more string
		times             int
	}{
		{"HttpEndpoint", "", 2}, {"Splunk", "", 2}, {"Amazonopensearchservice", `,"DocumentIdOptions":{"DefaultDocumentIdFormat":"NO_DOCUMENT_ID"}`, 2},
		{"Amazonopensearchservice", "", 1}, {"Snowflake", "", 1}, {"Iceberg", "", 1}, {"Redshift", "", 2},
	} {
		t.Run(row.destination+fmt.Sprint(row.times), func(t *testing.T) {
			w := newWorld(t)
			lost := false
			w.strike = func(op, ref string) fis.Strike {
				if !lost && strings.Contains(ref, "/") {
					lost = true
					return fis.Strike{Lost: true}
				}
				return fis.Strike{}
			}
			st, k := w.deliverTo(row.destination, hintsFor(row.destination)+row.more)
			w.rides(0, 7)
			w.after(15 * time.Minute)
			if got := held(k); got != 7*row.times || st.Total().Delivered != 7 || st.Total().Retries != 1 {
				t.Errorf("it holds %d, %+v", got, st.Total())
			}
			ids := map[string]int{}
			k.Events(func(e sink.Event) { ids[e.Request]++ })
			if row.destination == "HttpEndpoint" && (len(ids) != 1 || k.Total().Repeated != 1) {
				t.Errorf("a request that is tried again has another id: %v", ids)
			}
		})
	}
}

// TestGivenUp holds that a destination which stays down is tried for its retry duration and no longer, and that its records lie in the
// bucket then with what the guide says of each.
func TestGivenUp(t *testing.T) {
	for destination, want := range map[string]struct{ place, code, more string }{
		"Amazonopensearchservice": {"AmazonOpenSearchService-failed/", "OS.ServiceException", "esDocumentId,esIndexName,esTypeName"},
		"Elasticsearch":           {"AmazonOpenSearchService-failed/", "ES.ServiceException", "esDocumentId,esIndexName,esTypeName"},
		"Splunk":                  {"splunk-failed/", "Splunk.ConnectionClosed", "EventId"},
		"HttpEndpoint":            {"http-endpoint-failed/", "HttpEndpoint.ConnectionFailed", "dataId,subsequenceNumber"},
		"Snowflake":               {"snowflake-failed/", "Snowflake.ConnectionFailed", ""},
		"Iceberg":                 {"iceberg-failed/", "Iceberg.ConnectionFailed", ""},
	} {
		t.Run(destination, func(t *testing.T) {
			w := newWorld(t)
			st, k := w.deliverTo(destination, hints60+`,"RetryOptions":{"DurationInSeconds":100}`)
			w.strike = func(op, ref string) fis.Strike {
				if strings.Contains(ref, "/") {
					return fis.Strike{By: "f", Kind: fis.Unavailable}
				}
				return fis.Strike{}
			}
			w.rides(1, 3)
			w.after(time.Minute + 99*time.Second)
			if len(w.notices(BackedUp)) != 0 {
				t.Error("it was given up before its time")
			}
			w.after(3 * time.Second)
			if n := w.notices(BackedUp); len(n) != 1 || n[0].N != 3 {
				t.Fatalf("given up: %+v", n)
			}
			w.after(10 * time.Minute)
			if held(k) != 0 || st.Total().FailedRecords != 3 || st.Total().Delivered != 0 {
				t.Errorf("%d, %+v", held(k), st.Total())
			}
			all := w.errorRecords()
			if len(all) != 3 {
				t.Fatalf("%d error records: %q", len(all), w.objects("lake"))
			}
			f := all[1]
			raw, _ := base64.StdEncoding.DecodeString(f["rawData"].(string))
			if f["errorCode"] != want.code || f["attemptsMade"].(float64) < 5 || string(raw) != "{\"bike\":\"b2\",\"n\":2}\n" || !strings.HasPrefix(f["key"].(string), want.place) {
				t.Errorf("an error record is %v", f)
			}
			for name := range strings.SplitSeq(want.more, ",") {
				if _, has := f[name]; name != "" && !has {
					t.Errorf("an error record has no %s: %v", name, f)
				}
			}
		})
	}
}

// TestRedshiftSkips holds the intermediate bucket: a COPY every five minutes, and a manifest of what was skipped.
func TestRedshiftSkips(t *testing.T) {
	w := newWorld(t)
	st, k := w.deliverTo("Redshift", `,"RetryOptions":{"DurationInSeconds":900}`)
	w.rides(0, 2, `{"n":"many"}`)
	w.after(5*time.Minute + time.Second)
	if keys := w.objects("lake"); len(keys) != 2 || !strings.HasPrefix(keys[1], "manifests/2026/11/22/10/") {
		t.Fatalf("the bucket holds %q", keys)
	}
	w.after(16 * time.Minute)
	if got := k.Total().Requests; got != 4 { // at once, and after 5, 10 and 15 minutes
		t.Errorf("%d COPY", got)
	}
	if e := k.LoadErrors(); len(e) != 4 || e[0].Column != "n" || e[0].Code != 1207 || !strings.HasPrefix(e[0].Filename, "s3://lake/2026/11/22/10/trips-1-") {
		t.Errorf("stl_load_errors holds %+v", e)
	}
	keys := w.objects("lake")
	if i := slices.IndexFunc(keys, func(k string) bool { return strings.HasPrefix(k, "errors/2026/11/22/10/") }); i < 0 {
		t.Errorf("the bucket holds %q", keys)
	} else if b, _ := w.s3.Bucket("lake"); true {
		o, _ := b.Object(keys[i])
		if string(o.Data) != `{"entries":[{"url":"s3://lake/`+keys[0]+`","mandatory":true}]}` {
			t.Errorf("what was skipped: %s of %q", o.Data, keys)
		}
	}
	if got := st.Total(); got.FailedRecords != 3 || got.Delivered != 0 || w.notices(DeliveryFailed)[0].Why != "Redshift.DataLoadFailed" {
		t.Errorf("%+v", got)
	}
	w.must("DeleteDeliveryStream", `{"DeliveryStreamName":"trips"}`)
}

// TestRedshiftErrorsLieInTheIntermediateBucket holds where records go that failed when source records are kept in a bucket of their own.
func TestRedshiftErrorsLieInTheIntermediateBucket(t *testing.T) {
	w := newWorld(t)
	w.bucket("kept")
	st, k := w.deliverTo("Redshift", `,"S3BackupMode":"Enabled","S3BackupConfiguration":{`+role+`,"BucketARN":"arn:aws:s3:::kept"}`+processing(lambda))
	w.rides(0, 3)
	w.after(20 * time.Minute)
	if got, kept := w.objects("lake"), w.objects("kept"); len(got) != 1 || !strings.HasPrefix(got[0], "processing-failed/") || len(kept) != 1 || held(k) != 0 || st.Total().BackedUp != 3 {
		t.Errorf("the intermediate bucket has %q, the backup %q: %+v", got, kept, st.Total())
	}
}

// TestDocumentsFail holds that documents which the domain cannot read fail alone, and that those it has no room for are tried again.
func TestDocumentsFail(t *testing.T) {
	w := newWorld(t)
	st, k := w.deliverTo("Amazonopensearchservice", hints60+`,"IndexRotationPeriod":"OneMonth","TypeName":""`)
	full := 3
	w.strike = func(op, ref string) fis.Strike {
		if op == "Bulk" {
			return fis.Strike{Failing: func() bool { full--; return full >= 0 }}
		}
		return fis.Strike{}
	}
	w.rides(0, 4, "no JSON", `{"n":"many"}`)
	w.after(10 * time.Minute)
	x, ok := k.Table("rides-2026-11")
	if !ok || x.Len() != 4 || st.Total().Delivered != 4 || st.Total().FailedRecords != 2 {
		// those before the numbers were tried again after them, when n held numbers
		t.Fatalf("%+v %+v", st.Total(), k.Tables())
	}
	f := w.errorRecords()
	if len(f) != 2 || f[0]["errorCode"] != "400" || f[0]["esIndexName"] != "rides-2026-11" || !strings.Contains(f[0]["errorMessage"].(string), "mapper_parsing_exception") {
		t.Errorf("%v", f)
	}
	for period, want := range map[string]string{"NoRotation": "rides", "OneHour": "rides-2026-11-22-10", "OneDay": "rides-2026-11-22", "": "rides-2026-11-22", "OneWeek": "rides-2026-w47"} {
		d := indexes{kindOf("Amazonopensearchservice"), Doc{"IndexName": "rides", "IndexRotationPeriod": period}}
		if got := d.index(&Record{Arrival: start}); got != want {
			t.Errorf("%s rotates to %s", period, got)
		}
	}
}

// TestHTTP holds the protocol: one request of at most 10,000 records, 413 for ever, and answers that are none.
func TestHTTP(t *testing.T) {
	w := newWorld(t)
	st, k := w.deliverTo("HttpEndpoint", hints60)
	set := k.Settings()
	change := func(f func(*sink.Settings)) {
		f(&set)
		if _, err := w.sink.Put(set); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 50 {
		w.rides(i*500, 500)
		w.after(100 * time.Millisecond)
	}
	w.after(time.Minute)
	if got := k.Total(); got.Requests != 3 || got.Items != 25_000 || st.Total().Delivered != 25_000 {
		t.Errorf("%+v, %+v", got, st.Total())
	}
	for _, row := range []struct {
		change func(*sink.Settings)
		code   string
		lost   int64
	}{
		{func(s *sink.Settings) { s.Answer = sink.Malformed }, "HttpEndpoint.InvalidResponseFromDestination", 0},
		{func(s *sink.Settings) { s.Answer, s.LatencyMillis = sink.Proper, 200_000 }, "HttpEndpoint.RequestTimeout", 0},
		{func(s *sink.Settings) { s.LatencyMillis, s.Token = 100, "other" }, "HttpEndpoint.DestinationException", 0},
		{func(s *sink.Settings) { s.Token, s.Answer = "", sink.TooLarge }, "HttpEndpoint.DestinationException", 1},
	} {
		change(row.change)
		before := st.Total()
		w.told = nil
		w.rides(0, 1)
		w.after(30 * time.Minute)
		n := w.notices(DeliveryFailed)
		if got := st.Total(); len(n) != 1 || n[0].Why != row.code || got.LostRecords-before.LostRecords != row.lost || got.FailedRecords-before.FailedRecords != 1-row.lost {
			t.Errorf("%s: %+v %+v", row.code, n, got)
		}
	}
}

// TestSplunkWaits holds that each try waits for its acknowledgement as long as it was told.
func TestSplunkWaits(t *testing.T) {
	w := newWorld(t)
	st, k := w.deliverTo("Splunk", hints60+`,"HECAcknowledgmentTimeoutInSeconds":200,"RetryOptions":{"DurationInSeconds":0}`)
	w.strike = func(op, ref string) fis.Strike { return fis.Strike{Lost: strings.Contains(ref, "/")} }
	w.rides(0, 1)
	w.after(time.Minute + 199*time.Second)
	if len(w.notices(DeliveryFailed)) != 0 {
		t.Error("it did not wait")
	}
	w.after(2 * time.Second)
	if n := w.notices(DeliveryFailed); len(n) != 1 || n[0].Why != "Splunk.AckTimeout" {
		t.Fatalf("%+v", n)
	}
	w.after(10 * time.Minute)
	if held(k) != 1 || st.Total().FailedRecords != 1 { // it is in Splunk, and in the bucket
		t.Errorf("%d, %+v", held(k), st.Total())
	}
	w.strike = nil
	w.rides(1, 1)
	w.after(2 * time.Minute)
	if got := w.sum("DeliveryToSplunk.DataAckLatency"); got != 2.1 {
		t.Errorf("acknowledged after %v s", got)
	}
}

// TestBothFail holds that delivery stops while neither destination nor backup takes anything, and goes on with whichever comes first.
func TestBothFail(t *testing.T) {
	for _, first := range []string{"lake", "http/partner"} {
		t.Run(first, func(t *testing.T) {
			w := newWorld(t)
			st, k := w.deliverTo("HttpEndpoint", hints60+`,"RetryOptions":{"DurationInSeconds":60}`)
			down := map[string]bool{"lake": true, "http/partner": true}
			w.strike = func(op, ref string) fis.Strike {
				if down[ref] {
					return fis.Strike{By: "f", Kind: fis.Unavailable}
				}
				return fis.Strike{}
			}
			for i := range 20 {
				w.rides(i, 1)
				w.after(2 * time.Minute)
			}
			got := st.Total()
			if got.Delivered+got.FailedRecords+got.LostRecords != 0 {
				t.Fatalf("%+v", got)
			}
			down[first] = false
			w.after(20 * time.Minute)
			got = st.Total()
			if got.Delivered+got.FailedRecords < 17 || // those that were given up before the bucket was asked wait for it
				got.LostRecords != 0 || (held(k) > 15) != (first != "lake") {
				t.Errorf("%+v, %d in the endpoint", got, held(k))
			}
			down["lake"] = false
			w.after(2 * time.Hour)
			if got = st.Total(); got.Delivered+got.FailedRecords != 20 || got.Delivered != int64(held(k)) {
				t.Errorf("%+v, %d in the endpoint", got, held(k))
			}
		})
	}
}

// TestStateOfADelivery takes the state, and a copy, while a far end is asked: nothing was packed then.
func TestStateOfADelivery(t *testing.T) {
	for destination := range kindsOfEnds {
		w := newWorld(t)
		_, k := w.deliverTo(destination, hintsFor(destination))
		set := k.Settings()
		set.LatencyMillis = 60_000
		if _, err := w.sink.Put(set); err != nil {
			t.Fatal(err)
		}
		w.rides(0, 3)
		if w.after(70 * time.Second); destination == "Redshift" {
			w.after(4 * time.Minute)
		}
		if st, _ := w.s.Stream("trips"); len(st.Undelivered()) != 1 {
			t.Fatalf("%s: nothing is under way", destination)
		}
		if w.state() == "" {
			t.Fatal("no state")
		}
		c := w.clone()
		w.after(5 * time.Minute)
		c.after(5 * time.Minute)
		if w.state() != c.state() {
			t.Errorf("%s: a copy went on otherwise", destination)
		}
	}
}

// TestStateOfAFailure holds that two worlds differ in which a delivery failed for different reasons: that can be seen.
func TestStateOfAFailure(t *testing.T) {
	states := map[string]bool{}
	for _, why := range []string{"a", "b"} {
		w := newWorld(t)
		st := w.create("trips", "")
		for _, x := range []*shipment{{message: why}, {code: why}} {
			st.shipments = []*shipment{x}
			states[w.state()] = true
		}
	}
	if len(states) != 4 {
		t.Errorf("four worlds have %d states", len(states))
	}
}

// TestAllIsKept holds S3BackupMode of all data: what was delivered lies in the bucket too.
func TestAllIsKept(t *testing.T) {
	for destination, mode := range map[string]string{"Splunk": "AllEvents", "HttpEndpoint": "AllData", "Amazonopensearchservice": "AllDocuments", "Snowflake": "AllData"} {
		w := newWorld(t)
		st, k := w.deliverTo(destination, hints60+`,"S3BackupMode":"`+mode+`"`)
		w.rides(0, 5)
		w.after(10 * time.Minute)
		b, _ := w.s3.Bucket("lake")
		if held(k) != 5 || st.Total().BackedUp != 5 || b.Len() != 1 || strings.Count(string(b.Objects("")[0].Data), "\n") != 5 || w.sum("BackupToS3.Records") != 5 {
			t.Errorf("%s: %d, %+v, %d objects", destination, held(k), st.Total(), b.Len())
		}
	}
}

// TestRows holds what becomes a row: members by their names, or the record whole.
func TestRows(t *testing.T) {
	w := newWorld(t)
	st, k := w.deliverTo("Snowflake", `,"DataLoadingOption":"VARIANT_CONTENT_AND_METADATA_MAPPING","ContentColumnName":"content","MetaDataColumnName":"meta"`)
	name, columns, _ := sink.ReadTable("RIDES2 (content variant, meta variant)")
	k.Make(name, columns)
	w.must("UpdateDestination", `{"DeliveryStreamName":"trips","DestinationId":"destinationId-000000000001","CurrentDeliveryStreamVersionId":"1","SnowflakeDestinationUpdate":{"Table":"RIDES2"}}`)
	w.rides(0, 1, "no JSON")
	w.after(time.Minute)
	x, _ := k.Table("rides2")
	x.Rows(func(row []string) {
		if row[0] != `{"bike":"b0","n":0}` || !strings.HasPrefix(row[1], `{"firehoseDeliveryStreamName":"trips","IngestionTime":1795341610`) {
			t.Errorf("a row is %q", row)
		}
	})
	w.after(10 * time.Minute)
	f := w.errorRecords()
	if x.Len() != 1 || len(f) != 1 || f[0]["errorCode"] != "Snowflake.InvalidRecord" || st.Total().Delivered != 1 {
		t.Errorf("%d rows, %v", x.Len(), f)
	}
}

func TestDestinationsRefused(t *testing.T) {
	w := newWorld(t)
	for _, row := range [][3]string{
		{"Amazonopensearchservice", `"IndexName":"rides"`, "Exactly one of DomainARN or ClusterEndpoint must be specified."},
		{"Amazonopensearchservice", `"IndexName":"Rides","DomainARN":"arn:aws:es:us-east-1:123456789012:domain/logs"`, "IndexName Rides is not valid."},
		{"Splunk", `"HECEndpoint":"http://hec.example.com","HECEndpointType":"Raw","HECToken":"t"`, "HECEndpoint must begin with https://."},
		{"Splunk", `"HECEndpoint":"https://hec.example.com","HECEndpointType":"Raw"`, "HECToken must be specified when SecretsManagerConfiguration is not enabled."},
		{"Splunk", `"HECEndpoint":"https://hec.example.com","HECEndpointType":"Raw","HECToken":"t","HECAcknowledgmentTimeoutInSeconds":179`, "180"},
		{"Splunk", `"HECEndpoint":"https://hec.example.com","HECEndpointType":"Raw","HECToken":"t","BufferingHints":{"SizeInMBs":6,"IntervalInSeconds":60}`, "less than or equal to 5"},
		{"HttpEndpoint", `"EndpointConfiguration":{"Url":"http://partner.example.com"}`, "https"},
		{"Snowflake", kindsOfEnds["Snowflake"].config + `,"DataLoadingOption":"VARIANT_CONTENT_MAPPING"`, "ContentColumnName must be specified"},
		{"Iceberg", `"CatalogConfiguration":{"CatalogARN":"arn:aws:glue:us-east-1:123456789012:catalog"}`, "DestinationTableConfigurationList must hold a table."},
	} {
		w.after(time.Second)
		_, err := w.do("CreateDeliveryStream", fmt.Sprintf(`{"DeliveryStreamName":"trips",%q:{%s,%s,"S3Configuration":{%s,"BucketARN":"arn:aws:s3:::lake"}}}`, row[0]+"DestinationConfiguration", role, row[1], role))
		if err == nil || !strings.Contains(err.Error(), row[2]) {
			t.Errorf("%s %s: %v", row[0], row[1], err)
		}
	}
}

// TestEveryRecordIsInOneEnd is a property: through random faults of the destination and of the bucket, at each moment every record that
// was put is delivered, failed, lost or still in Firehose; and in the end the destination holds all that was delivered, each at least once.
// Copies of the world go on alike.
func TestEveryRecordIsInOneEnd(t *testing.T) {
	for destination := range kindsOfEnds {
		for seed := range uint64(4) {
			dice := sim.NewRand(seed, destination)
			w := newWorld(t)
			st, k := w.deliverTo(destination, hintsFor(destination)+`,"RetryOptions":{"DurationInSeconds":`+itoa(dice.IntN(900))+`}`)
			faults := func(d *sim.Rand) func(op, ref string) fis.Strike {
				return func(op, ref string) fis.Strike {
					if ref == "lake" && d.IntN(3) > 0 {
						return fis.Strike{}
					}
					switch d.IntN(8) {
					case 0:
						return fis.Strike{Lost: true}
					case 1:
						return fis.Strike{Delay: d.Between(0, 5*time.Minute)}
					case 2:
						return fis.Strike{Kind: fis.Unavailable}
					case 3:
						return fis.Strike{Kind: fis.Throttled}
					case 4:
						if op == "Bulk" {
							return fis.Strike{Failing: func() bool { return d.IntN(2) == 0 }}
						}
					}
					return fis.Strike{}
				}
			}
			w.strike = faults(&dice)
			put := int64(0)
			check := func(w *world, st *Stream) {
				t.Helper()
				got, in := st.Total(), int64(0)
				for _, b := range st.Buffers() {
					in += b.Records
				}
				for _, x := range st.Undelivered() {
					in += x.Records
				}
				n, _ := st.Waiting()
				if sum := got.Delivered + got.FailedRecords + got.LostRecords + in + n; sum != put {
					t.Fatalf("%s, seed %d: %d records put, %d found: %+v and %d in Firehose", destination, seed, put, sum, got, in+n)
				}
			}
			for range 25 {
				n := 1 + dice.IntN(40)
				texts := []string{}
				if dice.IntN(4) == 0 && destination != "Redshift" {
					texts = append(texts, "no JSON")
				}
				w.rides(int(put), n, texts...)
				put += int64(n + len(texts))
				w.after(dice.Between(0, 5*time.Minute))
				check(w, st)
			}
			c := w.clone()
			there, here := dice, dice
			w.strike, c.strike = faults(&here), faults(&there)
			w.after(20 * time.Minute)
			c.after(20 * time.Minute)
			if w.state() != c.state() {
				t.Fatalf("%s, seed %d: a copy went on otherwise", destination, seed)
			}
			w.strike = nil
			w.after(26 * time.Hour)
			check(w, st)
			got := st.Total()
			if in := len(st.Undelivered()) + len(st.Buffers()); in != 0 || got.LostRecords != 0 {
				t.Errorf("%s, seed %d: %d are left, %+v", destination, seed, in, got)
			}
			if int64(held(k)) < min(got.Delivered, 2000) {
				t.Errorf("%s, seed %d: it holds %d of %d", destination, seed, held(k), got.Delivered)
			}
			if d := destination; (d == "Snowflake" || d == "Iceberg") && int64(held(k)) > put {
				t.Errorf("%s, seed %d: it holds %d, more than %d that were put", destination, seed, held(k), put)
			}
		}
	}
}
