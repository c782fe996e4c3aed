package region

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/sim"
)

const sqlSchema = `"RecordColumns":["station VARCHAR(16) $.station","battery INTEGER","at TIMESTAMP $.at"]`

// sqlWorld is a world with the streams trips and alerts.
func sqlWorld(t *testing.T) *Region {
	r, err := New(Config{Seed: 5, Start: sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"trips", "alerts"} {
		must(t, r, Kinesis, "CreateStream", fmt.Sprintf(`{"StreamName":%q,"ShardCount":2}`, s))
	}
	r.AdvanceTo(r.Now().Add(30*time.Second), 0, nil)
	return r
}

func must(t *testing.T, r *Region, service, op, body string) []byte {
	t.Helper()
	reply := r.Do(Command{Service: service, Op: op, Body: []byte(body)})
	if reply.Err != nil {
		t.Fatalf("%s %s: %s %s", op, body, reply.Err.Code, reply.Err.Message)
	}
	return reply.Body
}

func putTrip(t *testing.T, r *Region, data string) {
	t.Helper()
	must(t, r, Kinesis, "PutRecord", fmt.Sprintf(`{"StreamName":"trips","PartitionKey":"k","Data":%q}`, base64.StdEncoding.EncodeToString([]byte(data))))
}

func sqlRows(t *testing.T, r *Region, stream string) string {
	t.Helper()
	var out RowsOutput
	if err := json.Unmarshal(must(t, r, Lab, "ListSqlRows", fmt.Sprintf(`{"Application":"board","Stream":%q}`, stream)), &out); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, row := range out.Rows {
		lines = append(lines, strings.Join(row, " "))
	}
	return strings.Join(lines, "\n")
}

const sqlCounts = `CREATE OR REPLACE STREAM DEST (station VARCHAR(16), n INTEGER); CREATE OR REPLACE PUMP P AS INSERT INTO DEST SELECT STREAM station, COUNT(*) FROM SOURCE_SQL_STREAM_001 AS s GROUP BY station, STEP(s.ROWTIME BY INTERVAL '10' SECOND)`

// TestAnSQLApplicationReadsGroupsAndWrites holds continuous SQL from records to rows in another stream, and what is told of its end.
//
// shows: DA1
func TestAnSQLApplicationReadsGroupsAndWrites(t *testing.T) {
	r := sqlWorld(t)
	must(t, r, Lab, "PutSqlApplication", `{"Name":"board","StreamName":"trips",`+sqlSchema+`,"ApplicationCode":`+string(JSON(sqlCounts))+`,"OutputStream":"DEST","OutputTo":"stream/alerts"}`)
	r.AdvanceTo(r.Now().Add(2*time.Second), 0, nil)
	for _, s := range []string{"n", "n", "s"} {
		putTrip(t, r, `{"station":"`+s+`"}`)
	}
	r.AdvanceTo(r.Now().Add(7900*time.Millisecond), 0, nil)
	if got := sqlRows(t, r, "dest"); got != "" {
		t.Errorf("before the window ends: %s", got)
	}
	r.AdvanceTo(r.Now().Add(200*time.Millisecond), 0, nil) // 08:00:40 is passed
	if got, want := sqlRows(t, r, "DEST"), "2026-03-02 08:00:40.000 n 2\n2026-03-02 08:00:40.000 s 1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	alerts := 0
	st, _ := r.Kinesis().Stream("alerts")
	for _, sh := range st.Shards() {
		for i := sh.First(); i < sh.Next(); i++ {
			if data := string(sh.Record(i).Data); data != `{"station":"n","n":2}` && data != `{"station":"s","n":1}` {
				t.Errorf("alerts holds %s", data)
			}
			alerts++
		}
	}
	if alerts != 2 {
		t.Errorf("alerts holds %d rows", alerts)
	}
	var list ListSqlApplicationsOutput
	_ = json.Unmarshal(must(t, r, Lab, "ListSqlApplications", `{}`), &list)
	if s := list.SqlApplications[0]; s.RecordsRead != 3 || s.ResultRows != 2 || s.RowsSent != 2 || s.RowsWaiting != 0 {
		t.Errorf("%+v", s)
	}
	sheet, ok := r.Sheet(ConsumerRef("board"))
	text := string(JSON(sheet))
	if !ok || !strings.Contains(text, "27 January 2026") || !strings.Contains(text, "Open windows") || !strings.Contains(text, "DEST, newest first") {
		t.Errorf("sheet %s", text)
	}
	var sel RowsOutput
	_ = json.Unmarshal(must(t, r, Lab, "Select", `{"Sql":"SELECT station, COUNT(*) AS n FROM trips GROUP BY station ORDER BY n DESC"}`), &sel)
	if got := fmt.Sprint(sel.Columns, sel.Rows); got != "[station n] [[n 2] [s 1]]" {
		t.Errorf("select gives %s", got)
	}
	_ = json.Unmarshal(must(t, r, Lab, "Select", `{"Sql":"SELECT SUM(n) FROM DEST"}`), &sel)
	if fmt.Sprint(sel.Rows) != "[[3]]" {
		t.Errorf("select gives %v", sel.Rows)
	}
	if got := string(must(t, r, Lab, "DiscoverInputSchema", `{"StreamName":"trips"}`)); got != `{"RecordColumns":["station VARCHAR(4) $.station"]}` {
		t.Errorf("discovered %s", got)
	}
}

// A destination that is not there keeps the rows waiting; once it is there they arrive, each at least once.
func TestRowsWaitForTheirDestination(t *testing.T) {
	r := sqlWorld(t)
	must(t, r, Lab, "PutSqlApplication", `{"Name":"board","StreamName":"trips",`+sqlSchema+`,"ApplicationCode":"SELECT STREAM station FROM SOURCE_SQL_STREAM_001","OutputStream":"SELECT_1","OutputTo":"stream/later"}`)
	r.AdvanceTo(r.Now().Add(2*time.Second), 0, nil)
	putTrip(t, r, `{"station":"n"}`)
	r.AdvanceTo(r.Now().Add(5*time.Second), 0, nil)
	a, _, _ := r.sqlApplication("board")
	if len(a.pending) != 1 || a.refusal != "ResourceNotFoundException" {
		t.Fatalf("%d rows wait, %s", len(a.pending), a.refusal)
	}
	must(t, r, Kinesis, "CreateStream", `{"StreamName":"later","ShardCount":1}`)
	r.AdvanceTo(r.Now().Add(60*time.Second), 0, nil)
	if st, _ := r.Kinesis().Stream("later"); len(a.pending) != 0 || st.Shards()[0].Next() != 1 {
		t.Errorf("%d rows wait", len(a.pending))
	}
	events := ""
	for _, e := range r.Events(0) {
		events += e.Text + "\n"
	}
	for _, want := range []string{"stream/later does not take 1 row of board (ResourceNotFoundException).", "stream/later takes the rows of board again."} {
		if !strings.Contains(events, want) {
			t.Errorf("no event says %q in\n%s", want, events)
		}
	}
}

// A call has no more bytes than its destination takes, and a row that it can never take holds up none behind it.
func TestACallOfSQLFitsItsDestination(t *testing.T) {
	columns := "s"
	for i := range 11 {
		columns += fmt.Sprintf(", s AS s%d", i)
	}
	for to, errors := range map[string]int64{"stream/alerts": 1, "firehose/direct": 1, "function/notify": 0} {
		r := sqlWorld(t)
		must(t, r, "s3api", "CreateBucket", `{"Bucket":"lake"}`)
		must(t, r, Firehose, "CreateDeliveryStream", `{"DeliveryStreamName":"direct","ExtendedS3DestinationConfiguration":`+deliverTo+`}`)
		must(t, r, Lab, "PutFunction", `{"Name":"notify"}`)
		must(t, r, Lab, "PutSqlApplication", `{"Name":"board","StreamName":"trips","RecordColumns":["s VARCHAR(65535)"],"ApplicationCode":"SELECT STREAM `+columns+` FROM SOURCE_SQL_STREAM_001; SELECT STREAM MESSAGE FROM \"error_stream\"","OutputStream":"SELECT_1","OutputTo":"`+to+`"}`)
		r.AdvanceTo(r.Now().Add(15*time.Second), 0, nil)
		a, _, _ := r.sqlApplication("board")
		for i := range 301 { // 36 KB a row, and one of 1 MiB and a little
			s := strings.Repeat("x", 3000)
			if i == 100 {
				s = strings.Repeat(`\u0001`, 16_000) // six bytes each as JSON
			}
			putTrip(t, r, `{"s":"`+s+`"}`)
		}
		r.AdvanceTo(r.Now().Add(5*time.Minute), 0, nil)
		if len(a.pending) != 0 || a.sent != 301-errors || a.app.Total().Errors != errors {
			t.Errorf("%s: %d rows wait (%s), %d were sent, %+v", to, len(a.pending), a.refusal, a.sent, a.app.Total())
		}
		if got := sqlRows(t, r, "SELECT_2"); errors > 0 && !strings.Contains(got, to+" takes rows of at most 10") {
			t.Errorf("%s: the reason is %q", to, got)
		}
	}
}

func TestAStoppedSQLApplicationKeepsItsPlaceAndLosesItsWindows(t *testing.T) {
	r := sqlWorld(t)
	must(t, r, Lab, "PutSqlApplication", `{"Name":"board","StreamName":"trips",`+sqlSchema+`,"ApplicationCode":`+string(JSON(sqlCounts))+`}`)
	r.AdvanceTo(r.Now().Add(2*time.Second), 0, nil)
	putTrip(t, r, `{"station":"n"}`)
	r.AdvanceTo(r.Now().Add(2*time.Second), 0, nil)
	must(t, r, Lab, "StopSqlApplication", `{"Name":"board"}`)
	putTrip(t, r, `{"station":"s"}`)
	r.AdvanceTo(r.Now().Add(20*time.Second), 0, nil)
	must(t, r, Lab, "StartSqlApplication", `{"Name":"board"}`)
	r.AdvanceTo(r.Now().Add(20*time.Second), 0, nil)
	if got, want := sqlRows(t, r, "DEST"), "2026-03-02 08:01:00.000 s 1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	must(t, r, Lab, "DeleteSqlApplication", `{"Name":"board"}`)
	r.AdvanceTo(r.Now().Add(20*time.Second), 0, nil)
	if len(r.StagedConsumers()) != 0 {
		t.Error("it is still there")
	}
}

func TestABadSQLApplicationIsRefusedWithAdvice(t *testing.T) {
	r := sqlWorld(t)
	for body, want := range map[string]string{
		`{"Name":"b"}`: "StreamName: left out",
		`{"Name":"b","StreamName":"trips","ApplicationCode":"SELECT STREAM 1 FROM SOURCE_SQL_STREAM_001"}`:                                                                     "RecordColumns: left out, and trips holds no JSON records",
		`{"Name":"b","StreamName":"trips",` + sqlSchema + `,"ApplicationCode":"SELECT STREAM statoin FROM SOURCE_SQL_STREAM_001"}`:                                             "ApplicationCode: line 1, column 15: there is no column statoin. Did you mean station?",
		`{"Name":"b","StreamName":"trips",` + sqlSchema + `,"LatenessMillis":5,"ApplicationCode":"SELECT STREAM 1 FROM SOURCE_SQL_STREAM_001"}`:                                "LatenessMillis: has no meaning without EventTime",
		`{"Name":"b","StreamName":"trips",` + sqlSchema + `,"EventTime":"battery","ApplicationCode":"SELECT STREAM 1 FROM SOURCE_SQL_STREAM_001"}`:                             "EventTime: the event time battery is a INTEGER: make it a TIMESTAMP",
		`{"Name":"b","StreamName":"trips",` + sqlSchema + `,"OutputTo":"alerts","OutputStream":"SELECT_1","ApplicationCode":"SELECT STREAM 1 FROM SOURCE_SQL_STREAM_001"}`:     `OutputTo: "alerts" is no destination: write stream/NAME`,
		`{"Name":"b","StreamName":"trips",` + sqlSchema + `,"OutputTo":"stream/alerts","OutputStream":"D","ApplicationCode":"SELECT STREAM 1 FROM SOURCE_SQL_STREAM_001"}`:     `OutputStream: the program has no stream "D": it has SOURCE_SQL_STREAM_001, error_stream, SELECT_1`,
		`{"Name":"b","StreamName":"trips","RecordColumns":["x"],"ApplicationCode":"SELECT STREAM 1 FROM SOURCE_SQL_STREAM_001"}`:                                               "RecordColumns[0]: \"x\": write a name, a type and a path",
		`{"Name":"b","StreamName":"trips",` + sqlSchema + `,"ReferenceTable":"z","ReferenceObject":"no/where","ApplicationCode":"SELECT STREAM 1 FROM SOURCE_SQL_STREAM_001"}`: "ReferenceObject: s3://no/where:",
	} {
		if reply := r.Do(Command{Service: Lab, Op: "PutSqlApplication", Body: []byte(body)}); reply.Err == nil || !strings.Contains(reply.Err.Message, want) {
			t.Errorf("%s\n  gave %v\n  want %s", body, reply.Err, want)
		}
	}
}
