package sink

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/fis"
	"shardlab/wasm/sim"
)

type world struct {
	*Service
	at      sim.Instant
	strike  fis.Strike
	objects map[string]string
}

func newWorld(t *testing.T, ends ...string) *world {
	t.Helper()
	w := &world{at: sim.At(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)), objects: map[string]string{}}
	w.Service = New(w.config(), func() sim.Instant { return w.at })
	for _, e := range ends {
		kind, name, _ := strings.Cut(e, "/")
		if _, err := w.Put(Defaults(kind, name)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) config() Config {
	return Config{
		Inject: func(op, sink, as string) fis.Strike { return w.strike },
		Object: func(as, bucket, key string) ([]byte, time.Duration, *aws.Error) {
			text, ok := w.objects[bucket+"/"+key]
			if !ok {
				return nil, 0, &aws.Error{Code: "NoSuchKey", Status: 404, Message: "The specified key does not exist."}
			}
			return []byte(text), 10 * time.Millisecond, nil
		},
		Query: func(sql string, table func(string) *Table) (*Result, error) { // all rows of the table named last
			words := strings.Fields(sql)
			t := table(words[len(words)-1])
			if t == nil {
				return nil, fmt.Errorf("there is no table %s", words[len(words)-1])
			}
			r := &Result{Columns: t.Columns}
			t.Rows(func(row []string) { r.Rows = append(r.Rows, row) })
			return r, nil
		},
	}
}

// sql runs a statement by the Data API and returns its rows, or how it failed.
func (w *world) sql(t *testing.T, sql string) string {
	t.Helper()
	out, err := w.ExecuteStatement(&ExecuteStatementInput{ClusterIdentifier: ptr("dw"), Sql: &sql})
	if err != nil {
		return err.Error()
	}
	d, err := w.DescribeStatement(&StatementInput{&out.Id})
	if err != nil {
		t.Fatal(err)
	}
	if d.Status == "FAILED" {
		return d.Error
	}
	if !d.HasResultSet {
		return d.Status
	}
	r, err := w.GetStatementResult(&StatementInput{&out.Id})
	if err != nil {
		t.Fatal(err)
	}
	b, err := aws.Encode(r.Records)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func ptr(s string) *string { return &s }

func TestSQL(t *testing.T) {
	w := newWorld(t, "redshift/dw")
	w.objects["b/rides.json"] = `{"bike":"b1","km":1.5,"n":7,"ok":true,"at":"2026-11-22 10:00:00"}{"bike":"b2"}` + "\n" + `{"bike":null,"other":[1],"n":"8"}`
	w.objects["b/rides.csv"] = "bike,km\nb3,2\n\"b,4\",\n"
	w.objects["b/rides.txt"] = "b5|3|1|t|2026-11-22\nb6|x|1|t|2026-11-22\n"
	w.objects["b/bad.csv"] = "b8\nb\"x\nb9\nb10\n"
	w.objects["b/far.json"] = `{"bike":"b7","km":"far"}`
	w.objects["b/manifest"] = `{"entries":[{"url":"s3://b/a.gz","mandatory":true},{"url":"s3://b/rides.json"}]}`
	var z bytes.Buffer
	g := gzip.NewWriter(&z)
	fmt.Fprint(g, `{"bike":"zip"}`)
	g.Close()
	w.objects["b/a.gz"] = z.String()
	w.objects["b/gz.manifest"] = `{"entries":[{"url":"s3://b/a.gz","mandatory":true}]}`
	for _, row := range []struct{ sql, want string }{
		{"select * from rides", "ERROR: there is no table rides"},
		{"CREATE TABLE public.rides (bike varchar(20) not null, km float8, n int, ok boolean, at timestamp) DISTKEY(bike)", "FINISHED"},
		{"create table rides (a int)", `ERROR: Relation "rides" already exists`},
		{"create table if not exists rides (a int)", "FINISHED"},
		{"create table t (a point)", `ERROR: type "point" does not exist: this lab has smallint, integer, bigint, real, double precision, boolean, char, varchar, date, timestamp and super`},
		{"copy rides from 's3://b/rides.json' iam_role 'arn:aws:iam::123456789012:role/r' json 'auto'", "FINISHED"},
		{"select * from rides", `[[{"stringValue":"b1"},{"doubleValue":1.5},{"longValue":7},{"booleanValue":true},{"stringValue":"2026-11-22 10:00:00"}],[{"stringValue":"b2"},{"isNull":true},{"isNull":true},{"isNull":true},{"isNull":true}],` +
			`[{"isNull":true},{"isNull":true},{"longValue":8},{"isNull":true},{"isNull":true}]]`},
		{"truncate rides", "FINISHED"},
		{"COPY rides (bike, km) FROM 's3://b/rides.csv' IAM_ROLE default FORMAT AS CSV IGNOREHEADER 1", "FINISHED"},
		{"select * from rides", `[[{"stringValue":"b3"},{"doubleValue":2},{"isNull":true},{"isNull":true},{"isNull":true}],[{"stringValue":"b,4"},{"isNull":true},{"isNull":true},{"isNull":true},{"isNull":true}]]`},
		{"delete from rides", "FINISHED"},
		{"COPY rides FROM 's3://b/rides.txt' CREDENTIALS 'aws_iam_role=arn:aws:iam::123456789012:role/r'", "ERROR: Load into table 'rides' failed.  Check 'stl_load_errors' system table for details."},
		{"select * from rides", `[]`},
		{"select * from stl_load_errors", `[[{"stringValue":"2026-11-22 10:00:00"},{"stringValue":"rides"},{"stringValue":"s3://b/rides.txt"},{"longValue":2},{"stringValue":"km"},{"stringValue":"double precision"},` +
			`{"stringValue":"b6|x|1|t|2026-11-22"},{"stringValue":"x"},{"longValue":1208},{"stringValue":"Invalid value 'x' for type FLOAT8"}]]`},
		{"COPY rides FROM 's3://b/rides.txt' IAM_ROLE default MAXERROR 1", "FINISHED"},
		{"select * from rides", `[[{"stringValue":"b5"},{"doubleValue":3},{"longValue":1},{"booleanValue":true},{"stringValue":"2026-11-22 00:00:00"}]]`},
		{"COPY rides FROM 's3://b/far.json' IAM_ROLE default JSON 'auto'", "ERROR: Load into table 'rides' failed.  Check 'stl_load_errors' system table for details."},
		{"COPY rides FROM 's3://b/manifest' IAM_ROLE default JSON 'auto' MANIFEST GZIP", "ERROR: GZIP: the object s3://b/rides.json is not in gzip format"},
		{"COPY rides FROM 's3://b/gz.manifest' IAM_ROLE default JSON 'auto' MANIFEST GZIP", "FINISHED"},
		{"COPY rides FROM 's3://b/none' IAM_ROLE default JSON 'auto'", "ERROR: S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey,s3://b/none"},
		{"COPY rides (wheel) FROM 's3://b/rides.csv' IAM_ROLE default CSV", `ERROR: column "wheel" of relation "rides" does not exist`},
		{"COPY other FROM 's3://b/rides.csv' IAM_ROLE default CSV", `ERROR: Cannot COPY into nonexistent table other`},
		{"COPY rides FROM 's3://b/rides.csv' IAM_ROLE default CVS", `ERROR: syntax error at or near "CVS"`},
		{"COPY rides FROM 's3://b/rides.csv' IAM_ROLE default PARQUET", "ERROR: COPY with PARQUET is not in this lab: it reads JSON, CSV and delimited text, plain or GZIP"},
		{"insert into rides values (1)", "ERROR: this lab's clusters run SELECT, CREATE TABLE, DROP TABLE, TRUNCATE, DELETE FROM a whole table, and COPY"},
		{"truncate rides", "FINISHED"},
		{"COPY rides (bike) FROM 's3://b/bad.csv' IAM_ROLE default CSV MAXERROR 1", "FINISHED"},
		{"select * from rides", `[[{"stringValue":"b8"},{"isNull":true},{"isNull":true},{"isNull":true},{"isNull":true}],[{"stringValue":"b9"},{"isNull":true},{"isNull":true},{"isNull":true},{"isNull":true}],[{"stringValue":"b10"},{"isNull":true},{"isNull":true},{"isNull":true},{"isNull":true}]]`},
		{"drop table rides;", "FINISHED"},
		{"drop table rides", `ERROR: relation "rides" does not exist`},
		{"drop table if exists rides", "FINISHED"},
	} {
		if got := w.sql(t, row.sql); got != row.want {
			t.Errorf("%s\n%s\nwant %s", row.sql, got, row.want)
		}
	}
	if _, err := w.ExecuteStatement(&ExecuteStatementInput{ClusterIdentifier: ptr("other"), Sql: ptr("select 1")}); aws.CodeOf(err) != aws.Validation || aws.HintOf(err) == "" {
		t.Errorf("a cluster that is not there: %v", err)
	}
	if _, err := w.GetStatementResult(&StatementInput{ptr("none")}); aws.CodeOf(err) != aws.ResourceNotFound {
		t.Errorf("a statement that is not there: %v", err)
	}
}

// TestBulk holds what a domain makes of documents: fields get their types from the first, what fits none is refused on its own, and an
// id that is there is replaced.
func TestBulk(t *testing.T) {
	w := newWorld(t, "opensearch/logs")
	docs := func(texts ...string) (all []Document) {
		for _, s := range texts {
			id, text, _ := strings.Cut(s, " ")
			all = append(all, Document{ID: strings.Trim(id, "-"), Source: []byte(text)})
		}
		return all
	}
	r, failed := w.Bulk("logs", "", "bikes", docs(`1 {"bike":"b1","n":7,"at":"2026-11-22T10:00:00Z"}`, `- {"bike":"b2","n":"8"}`, `3 {"n":"seven"}`, `4 [1]`, `1 {"bike":{"a":1}}`, `1 {"bike":"b3","n":2.5}`))
	if r.Status != 200 || len(failed) != 3 || failed[0].Index != 2 || failed[0].Code != "400" ||
		failed[0].Message != `{"reason":"failed to parse field [n] of type [long] in document with id '3'. Preview of field's value: 'seven'","type":"mapper_parsing_exception"}` || failed[1].Index != 3 || failed[2].Index != 4 {
		t.Fatalf("%+v %+v", r, failed)
	}
	k, _ := w.Find(OpenSearch, "logs")
	x, _ := k.Table("bikes")
	if got := fmt.Sprint(x.Columns); got != "[{at date 0} {bike text 0} {n long 0}]" {
		t.Errorf("the mapping is %s", got)
	}
	if x.Len() != 2 || x.docs[0].Version != 2 || string(x.docs[0].Source) != `{"bike":"b3","n":2.5}` || x.docs[1].ID != "auto-000000000002" {
		t.Errorf("%d documents, the first %+v", x.Len(), x.docs[0])
	}
	if got := x.Search("bike:b2", 5); len(got) != 1 || got[0].ID != "auto-000000000002" {
		t.Errorf("found %v", got)
	}
	if got := x.Search("bike", 1); len(got) != 1 {
		t.Errorf("found %d", len(got))
	}
	w.strike = fis.Strike{Failing: func() bool { return true }}
	if _, failed := w.Bulk("logs", "", "bikes", docs(`9 {}`)); len(failed) != 1 || failed[0].Code != "429" {
		t.Errorf("%+v", failed)
	}
	w.strike = fis.Strike{Lost: true}
	if r, _ := w.Bulk("logs", "", "bikes", docs(`9 {}`)); !r.Closed || x.Len() != 3 {
		t.Errorf("a lost answer: %+v, %d documents", r, x.Len())
	}
}

func TestPost(t *testing.T) {
	w := newWorld(t, "http/partner", "splunk/hec")
	send := func(id, key string) Reply {
		return w.PostHTTP("partner", Envelope{ID: id, Key: key, Records: [][]byte{[]byte("a"), []byte("b")}})
	}
	set := Defaults(HTTP, "partner")
	change := func(f func(*Settings)) {
		f(&set)
		if _, err := w.Put(set); err != nil {
			t.Fatal(err)
		}
	}
	if r := send("1", ""); r.Status != 200 || r.Text != `{"requestId":"1","timestamp":1795341600000}` || r.Took != 100*time.Millisecond {
		t.Errorf("%+v", r)
	}
	w.strike = fis.Strike{Lost: true}
	if r := send("2", ""); !r.Closed {
		t.Errorf("%+v", r)
	}
	w.strike = fis.Strike{}
	send("2", "")
	k, _ := w.Find(HTTP, "partner")
	if got := k.Total(); got != (Totals{Requests: 3, Items: 6, Bytes: 6, Repeated: 1}) {
		t.Errorf("%+v", got)
	}
	change(func(s *Settings) { s.Answer = Malformed })
	if r := send("3", ""); r.Status != 200 || r.Text != "thanks" {
		t.Errorf("%+v", r)
	}
	change(func(s *Settings) { s.Answer = TooLarge })
	if r := send("4", ""); r.Status != 413 {
		t.Errorf("%+v", r)
	}
	change(func(s *Settings) { s.Answer, s.Token = Proper, "t" })
	if r := send("5", "x"); r.Status != 401 {
		t.Errorf("%+v", r)
	}
	for kind, status := range map[string]int{fis.Throttled: 429, fis.Refused: 403, fis.Unavailable: 0} {
		w.strike = fis.Strike{Kind: kind}
		if r := send("6", "t"); r.Status != status || r.Closed != (status == 0) {
			t.Errorf("%s: %+v", kind, r)
		}
	}
	if r := w.PostHTTP("nobody", Envelope{}); !r.Closed {
		t.Errorf("nobody answers %+v", r)
	}

	w.strike = fis.Strike{}
	hec := func(key, data string, event bool) string {
		r, ack := w.PostHEC("hec", Envelope{Key: key, Records: [][]byte{[]byte(data)}}, event)
		return fmt.Sprintf("%d %s %t %v", r.Status, r.Text, ack, r.Took)
	}
	set = Defaults(Splunk, "hec")
	set.Token = "secret"
	change(func(*Settings) {})
	for _, row := range []struct {
		key, data string
		event     bool
		want      string
	}{
		{"", "x", false, `401 {"text":"Token is required","code":2} false 100ms`},
		{"x", "x", false, `403 {"text":"Invalid token","code":4} false 100ms`},
		{"secret", "x", false, `200 {"text":"Success","code":0,"ackId":3} true 2.1s`},
		{"secret", "x", true, `400 {"text":"Invalid data format","code":6} false 100ms`},
		{"secret", `{"a":1}`, true, `400 {"text":"Event field is required","code":12} false 100ms`},
		{"secret", `{"event":1}`, true, `200 {"text":"Success","code":0,"ackId":6} true 2.1s`},
	} {
		if got := hec(row.key, row.data, row.event); got != row.want {
			t.Errorf("%+v: %s", row, got)
		}
	}
	w.strike = fis.Strike{Lost: true}
	if got := hec("secret", "y", false); got != `200 {"text":"Success","code":0,"ackId":7} false 100ms` {
		t.Error(got)
	}
	w.strike = fis.Strike{Kind: fis.Throttled}
	if got := hec("secret", "y", false); got != `503 {"text":"Server is busy","code":9} false 100ms` {
		t.Error(got)
	}
	w.strike = fis.Strike{}
	change(func(s *Settings) { s.AckMillis = 0 })
	if got := hec("secret", "y", false); got != `400 {"text":"ACK is disabled","code":14} false 100ms` {
		t.Error(got)
	}
	if k, _ := w.Find(Splunk, "hec"); k.Total().Items != 3 {
		t.Errorf("%+v", k.Total())
	}
}

func TestInsert(t *testing.T) {
	w := newWorld(t, "snowflake/acme", "iceberg/lake")
	for _, kind := range [][2]string{{Snowflake, "acme"}, {Iceberg, "lake"}} {
		k, _ := w.Find(kind[0], kind[1])
		name, columns, err := ReadTable("RIDES (BIKE string, KM double, N number)")
		if err != nil || !k.Make(name, columns) {
			t.Fatal(err)
		}
		_, failed := w.Insert(kind[0], kind[1], "", "t1", []Row{{"RIDES", []byte(`{"bike":"b1","km":2,"n":1}`)}, {"RIDES", []byte(`{"bike":"b2","wheel":1}`)}, {"RIDES", []byte(`{"km":"far"}`)}, {"OTHER", []byte(`{}`)}, {"rides", []byte(`7`)}})
		want, rows := "[{2 InvalidValue Column km of table RIDES: Invalid value 'far' for type FLOAT8.} {3 TableNotFound", 2
		if kind[0] == Snowflake {
			want, rows = "[{1 InvalidColumns The table RIDES has no column WHEEL.} {2 InvalidValue", 1
		}
		if got := fmt.Sprint(failed); !strings.HasPrefix(got, want) || !strings.Contains(got, "{4 InvalidRecord") {
			t.Errorf("%s: %s", kind[0], got)
		}
		_, failed = w.Insert(kind[0], kind[1], "", "t1", []Row{{"RIDES", []byte(`{"bike":"b1","km":2,"n":1}`)}, {"rides", []byte(`7`)}}) // whose answer was lost
		if len(failed) != 1 || failed[0].Index != 1 {
			t.Errorf("%s answers a call that came before with %v", kind[0], failed)
		}
		if x, _ := k.Table("rides"); x.Len() != rows || k.Total().Repeated != 1 {
			t.Errorf("%s has %d rows, %+v", kind[0], x.Len(), k.Total())
		}
	}
}

// A call that comes again is asked again for what was refused before, and for nothing else: a row is neither lost nor there twice.
func TestInsertAgain(t *testing.T) {
	w := newWorld(t, "snowflake/acme")
	k, _ := w.Find(Snowflake, "acme")
	make := func(text string) {
		if name, columns, err := ReadTable(text); err != nil || !k.Make(name, columns) {
			t.Fatal(err)
		}
	}
	make("RIDES (BIKE string)")
	rows := []Row{{"RIDES", []byte(`{"bike":"b1"}`)}, {"LATER", []byte(`{"bike":"b2"}`)}, {"RIDES", []byte(`{"bike":"b3"}`)}}
	if _, failed := w.Insert(Snowflake, "acme", "", "t1", rows); len(failed) != 1 || failed[0].Index != 1 {
		t.Fatalf("%v", failed)
	}
	make("LATER (BIKE string)")
	_, failed := w.Insert(Snowflake, "acme", "", "t1", rows)
	rides, _ := k.Table("rides")
	later, _ := k.Table("later")
	if len(failed) != 0 || rides.Len() != 2 || later.Len() != 1 {
		t.Errorf("%v failed, %d rides, %d later", failed, rides.Len(), later.Len())
	}
}

// A row does not depend on the order in which Go walks a map: of two members that are the same column, the later name counts.
func TestRowsAreTheSame(t *testing.T) {
	table := &Table{Columns: []Column{{Name: "a", Type: "bigint"}}}
	o, err := readObject([]byte(`{"A":1,"a":2,"x":0,"y":0}`))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if row, unknown, bad, _ := table.rowOf(o); bad != nil || row[0] != "2" || unknown != "x" {
			t.Fatalf("the row is %q, unknown %q", row, unknown)
		}
	}
}

// TestClone holds that a copy goes on on its own, and that all that differs is in the state.
func TestClone(t *testing.T) {
	w := newWorld(t, "redshift/dw", "opensearch/logs", "http/partner")
	w.sql(t, "create table rides (bike text)")
	state := func(s *Service) string {
		var b bytes.Buffer
		s.State(&b)
		return b.String()
	}
	before := state(w.Service)
	c := &world{Service: w.Clone(w.now, func(*Config) {}), objects: w.objects, at: w.at}
	if state(c.Service) != before {
		t.Fatal("a copy is another")
	}
	w.objects["b/k"] = `{"bike":"b1"}`
	for _, do := range []func(){
		func() { c.sql(t, "copy rides from 's3://b/k' json 'auto'") },
		func() { c.Bulk("logs", "", "i", []Document{{ID: "1", Source: []byte(`{"a":1}`)}}) },
		func() { c.Bulk("logs", "", "i", []Document{{ID: "1", Source: []byte(`{"a":2}`)}}) },
		func() { c.PostHTTP("partner", Envelope{ID: "1", Records: [][]byte{[]byte("x")}}) },
		func() { c.Delete(HTTP, "partner") },
	} {
		was := state(c.Service)
		do()
		if state(c.Service) == was {
			t.Error("a change does not stand in the state")
		}
	}
	if state(w.Service) != before {
		t.Error("the copy changes its original")
	}
}
