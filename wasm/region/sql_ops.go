package region

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"shardlab/wasm/analytics"
	"shardlab/wasm/aws"
	"shardlab/wasm/consumer"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// PutSqlApplicationInput makes an application with continuous SQL, or changes the members given of the one with that name.
type PutSqlApplicationInput struct {
	Name                  *string  `lab:"required" help:"the application's name"`
	StreamName            *string  `json:",omitempty" help:"the stream it reads, in the program SOURCE_SQL_STREAM_001; needed for a new one. A Firehose stream cannot be read here: it keeps no records for a reader, and the retired service got a copy by a way of its own"`
	ApplicationCode       *string  `json:",omitempty" help:"its SQL: CREATE OR REPLACE STREAM, CREATE OR REPLACE PUMP ... AS INSERT INTO ... SELECT STREAM, or SELECT STREAM alone; needed for a new one"`
	RecordColumns         []string `json:",omitempty" help:"columns of the source, each a name, a type and a path, like \"station VARCHAR(16) $.station\"; found in the stream's records when left out"`
	EventTime             *string  `json:",omitempty" help:"column that is a row's ROWTIME; empty, as for a new one, is the instant at which it was read"`
	LatenessMillis        *int64   `json:",omitempty" help:"with EventTime: how long windows wait for older rows, 0 to 3,600,000; 0 for a new one"`
	PollMillis            *int64   `json:",omitempty" help:"between two GetRecords on a shard, 200 to 60,000; 1,000 for a new one"`
	InputStartingPosition *string  `json:",omitempty" help:"where a new one begins to read; one that was stopped goes on where it was" enum:"NOW|TRIM_HORIZON"`
	OutputStream          *string  `json:",omitempty" help:"in-application stream whose rows go out"`
	OutputTo              *string  `json:",omitempty" help:"and where to, as JSON: stream/NAME, firehose/NAME or function/NAME; empty is nowhere"`
	ReferenceTable        *string  `json:",omitempty" help:"name of a table that the program may join"`
	ReferenceObject       *string  `json:",omitempty" help:"and the object of S3 that holds it, BUCKET/KEY: JSON lines, or CSV with names in its first line"`
	Role                  *string  `json:",omitempty" help:"user or role it reads and writes as; without one it may do all"`
	Running               *bool    `json:",omitempty" help:"whether it runs; a new one does"`
}

// ListSqlApplicationsOutput lists the applications in the order in which they were made.
type ListSqlApplicationsOutput struct{ SqlApplications []SqlApplicationSummary }

// SqlApplicationSummary is an SQL application in a few members.
type SqlApplicationSummary struct {
	Name               string
	StreamName         string
	Running            bool
	MillisBehindLatest int64
	RecordsRead        int64
	LateRows           int64
	ErrorRows          int64
	ResultRows         int64
	RowsSent           int64
	RowsWaiting        int64
}

// ListSqlRowsInput asks for the rows of an in-application stream.
type ListSqlRowsInput struct {
	Application *string `json:",omitempty" help:"the application's name; the newest when left out"`
	Stream      *string `json:",omitempty" help:"the in-application stream; the last that the program made when left out"`
	Limit       *int64  `json:",omitempty" help:"newest rows, 1 to 1,000; 20 when left out"`
}

// RowsOutput is rows as texts. An empty list is no row.
type RowsOutput struct {
	Stream  string `json:",omitempty"`
	Columns []string
	Rows    [][]string
}

// SelectInput asks for what one SELECT gives of what is there now.
type SelectInput struct {
	Sql *string `lab:"required" help:"a SELECT: FROM a data stream reads the records it holds, FROM an in-application stream its rows"`
}

// StreamInput names a stream.
type StreamInput struct {
	StreamName *string `lab:"required" help:"the stream"`
}

// DiscoverInputSchemaOutput is the schema found in a stream's records.
type DiscoverInputSchemaOutput struct{ RecordColumns []string }

// sqlOperations are the rows of continuous SQL in the lab's table.
func sqlOperations() []aws.Operation {
	return []aws.Operation{
		labRow("PutSqlApplication", "Make an application with continuous SQL, as Kinesis Data Analytics had it until January 2026, or change what is given of the one with this name. Managed Service for Apache Flink goes on.", PutSqlApplicationInput{}, SQLSettings{}),
		labRow("StartSqlApplication", "Let an SQL application run, from where it stopped and with empty streams.", NameInput{}, nil),
		labRow("StopSqlApplication", "Stop an SQL application; it keeps its place, and its open windows give nothing.", NameInput{}, nil),
		labRow("DeleteSqlApplication", "Take an SQL application out of the world.", NameInput{}, nil),
		labRow("ListSqlApplications", "List the SQL applications and what they did.", ListInput{}, ListSqlApplicationsOutput{}),
		labRow("ListSqlRows", "Show the newest rows of an in-application stream.", ListSqlRowsInput{}, RowsOutput{}),
		labRow("DiscoverInputSchema", "Find a schema in the records that a stream holds.", StreamInput{}, DiscoverInputSchemaOutput{}),
		labRow("Select", "Answer one SELECT over what streams hold now; it takes no read calls.", SelectInput{}, RowsOutput{}),
	}
}

// doSQL runs an operation of service "lab" on SQL applications; known says that it is one.
func (r *Region) doSQL(op string, body []byte) (out any, faults Faults, err error, known bool) {
	switch op {
	case "PutSqlApplication":
		var in PutSqlApplicationInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.putSQLApplication(in)
		}
	case "StartSqlApplication", "StopSqlApplication", "DeleteSqlApplication":
		var in NameInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			err = r.sqlOp(op, *in.Name)
		}
	case "ListSqlApplications":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			list := ListSqlApplicationsOutput{[]SqlApplicationSummary{}}
			for _, a := range actorsOf[*continuous](r) {
				t := a.app.Total()
				list.SqlApplications = append(list.SqlApplications, SqlApplicationSummary{a.set.Name, a.set.StreamName, a.set.Running, a.reader.Lag(r.kinesis, r.Now()), t.Records, t.Late, t.Errors, t.Results, a.sent, int64(len(a.pending))})
			}
			out = list
		}
	case "ListSqlRows":
		var in ListSqlRowsInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, faults, err = r.listSQLRows(in)
		}
	case "DiscoverInputSchema":
		var in StreamInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			st, ok := r.kinesis.Stream(*in.StreamName)
			if !ok {
				return nil, nil, aws.Errorf(aws.ResourceNotFound, "There is no stream %q.", *in.StreamName).WithHint("aws kinesis list-streams shows the streams there are."), true
			}
			out = DiscoverInputSchemaOutput{append([]string{}, r.discover(st)...)}
		}
	case "Select":
		var in SelectInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			out, err = r.selectRows(*in.Sql)
		}
	default:
		return nil, nil, nil, false
	}
	return out, faults, err, true
}

// recordsOf are the newest records that a stream holds, at most so many of each shard, oldest first.
func recordsOf(st *kinesis.Stream, most int64) (all []analytics.Record) {
	for _, sh := range st.Shards() {
		for i := max(sh.First(), sh.Next()-most); i < sh.Next(); i++ {
			s := sh.Record(i)
			all = append(all, analytics.Record{Data: s.Data, Key: s.Key, Sequence: sh.SequenceNumber(i, s.At), Shard: sh.ID(), Arrival: s.At})
		}
	}
	sim.Sort(all, func(a, b analytics.Record) int { return cmp.Compare(a.Arrival, b.Arrival) })
	return all
}

// discover finds columns in the records of a stream.
func (r *Region) discover(st *kinesis.Stream) (columns []string) {
	var data [][]byte
	for _, x := range recordsOf(st, 100) {
		data = append(data, x.Data)
	}
	for _, c := range analytics.Discover(data).Columns {
		columns = append(columns, c.Name+" "+c.Type+" "+c.Path)
	}
	return columns
}

// sourceOf reads the columns of a source.
func sourceOf(columns []string, faults *Faults) (s analytics.Source) {
	for i, text := range columns {
		words := strings.Fields(text)
		path := "$." + cmp.Or(append(words, "")[0], "x")
		if n := len(words); n > 2 && strings.HasPrefix(words[n-1], "$") {
			words, path = words[:n-1], words[n-1]
		}
		if len(words) < 2 {
			faults.Add(fmt.Sprintf("RecordColumns[%d]", i), "%q: write a name, a type and a path, like \"station VARCHAR(16) $.station\"", text)
			continue
		}
		s.Columns = append(s.Columns, analytics.SourceColumn{Name: words[0], Type: strings.Join(words[1:], " "), Path: path})
	}
	return s
}

// putSQLApplication makes or changes an application.
func (r *Region) putSQLApplication(in PutSqlApplicationInput) (any, error) {
	var faults Faults
	set := SQLSettings{PollMillis: sqlPoll.Milliseconds(), InputStartingPosition: "NOW", Running: true}
	old, owner, exists := named[*continuous](r, in.Name, &set.Name, ConsumerRef, &faults)
	if exists {
		set = old.set
	}
	before := set
	r.checkStream(in.StreamName, exists, "a new application needs the stream it reads", cannotRead, &set.StreamName, &faults)
	if !exists && in.ApplicationCode == nil {
		faults.Add("ApplicationCode", "left out: a new application needs its SQL, like SELECT STREAM * FROM \"SOURCE_SQL_STREAM_001\"")
	}
	for _, x := range []struct{ v, into *string }{{in.ApplicationCode, &set.ApplicationCode}, {in.EventTime, &set.EventTime}, {in.OutputStream, &set.OutputStream}, {in.OutputTo, &set.OutputTo}, {in.ReferenceTable, &set.ReferenceTable}, {in.ReferenceObject, &set.ReferenceObject}} {
		if x.v != nil {
			*x.into = *x.v
		}
	}
	checkBounds(&faults, []bounded{{"LatenessMillis", in.LatenessMillis, 0, 3_600_000, &set.LatenessMillis}, {"PollMillis", in.PollMillis, 200, 60_000, &set.PollMillis}})
	checkChoice("InputStartingPosition", in.InputStartingPosition, &set.InputStartingPosition, &faults, "NOW", "TRIM_HORIZON")
	r.checkRole(in.Role, &set.Role, &faults)
	if in.RecordColumns != nil {
		set.RecordColumns = in.RecordColumns
	}
	if in.Running != nil {
		set.Running = *in.Running
	}
	if st, ok := r.kinesis.Stream(set.StreamName); ok && len(set.RecordColumns) == 0 {
		set.RecordColumns = r.discover(st)
	}
	if len(set.RecordColumns) == 0 && set.StreamName != "" {
		faults.Add("RecordColumns", "left out, and %s holds no JSON records in which to find them: write each as a name, a type and a path, like \"station VARCHAR(16) $.station\"", set.StreamName)
	}
	src := sourceOf(set.RecordColumns, &faults)
	src.EventTime, src.LatenessMillis = set.EventTime, set.LatenessMillis
	if set.EventTime == "" && set.LatenessMillis > 0 {
		faults.Add("LatenessMillis", "has no meaning without EventTime: rows that were read do not come late. Leave it out, or name the column that is their time")
	}
	tables := r.referenceTable(&set, &faults)
	kind, to, _ := strings.Cut(set.OutputTo, "/")
	switch {
	case set.OutputTo == "" && set.OutputStream == "":
	case set.OutputTo == "" || set.OutputStream == "":
		faults.Add("OutputTo", "OutputStream and OutputTo go together: which in-application stream, and where to, like stream/alerts")
	case !slices.Contains([]string{toStream, toFunction, toFirehose}, kind) || to == "":
		faults.Add("OutputTo", "%q is no destination: write stream/NAME, firehose/NAME or function/NAME", set.OutputTo)
	case kind == toStream && to == set.StreamName:
		faults.Add("OutputTo", "the application reads %s: it would read its own rows again. Write to another stream", to)
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	program, err := analytics.Compile(set.ApplicationCode, src, tables...)
	if err != nil {
		path := "ApplicationCode"
		if e, ok := err.(*analytics.Error); ok && e.Line == 0 {
			path = "RecordColumns"
			if strings.Contains(e.Message, "event time") {
				path = "EventTime"
			}
		}
		faults.Add(path, "%s", err.Error())
		return nil, invalid(faults)
	}
	if _, _, ok := program.Stream(set.OutputStream); !ok && set.OutputStream != "" {
		var all []string
		for _, v := range program.Start().Views(0) {
			all = append(all, v.Name)
		}
		faults.Add("OutputStream", "the program has no stream %q: it has %s", set.OutputStream, strings.Join(all, ", "))
		return nil, invalid(faults)
	}
	words := fmt.Sprintf("%s, %s", set.StreamName, Count(int64(strings.Count(strings.ToUpper(set.ApplicationCode), "SELECT")), "query"))
	words = strings.Replace(words, "querys", "queries", 1)
	if set.EventTime != "" {
		words += ", ROWTIME is " + set.EventTime
	}
	if set.OutputTo != "" {
		words += ", " + set.OutputStream + " to " + set.OutputTo
	}
	words += roleWords(set.Role)
	reading := consumer.Settings{Name: set.Name, StreamName: set.StreamName, PollMillis: int(set.PollMillis), From: consumer.Latest, ShardOrder: consumer.ParentsFirst, RetrievalMode: consumer.Polling, Running: set.Running, Role: set.Role}
	if set.InputStartingPosition == "TRIM_HORIZON" {
		reading.From = consumer.TrimHorizon
	}
	if exists {
		running := old.set.Running
		old.set = set
		w := old.world(r, owner)
		if running && !set.Running {
			old.reader.Stop(w)
		}
		old.reader.Apply(reading, w)
		same := before
		same.Role, same.Running = set.Role, set.Running
		if anew := !bytes.Equal(JSON(same), JSON(set)); anew || set.Running && !running {
			old.program = program
			old.pending = nil
			if set.Running {
				old.begin(r, owner)
			} else {
				old.app = program.Start()
			}
		}
		r.sayActor(ConsumerRef(set.Name), Info, "SQL application %s is changed: %s. Its in-application streams begin anew.", set.Name, words)
		return set, nil
	}
	if len(actorsOf[*continuous](r)) >= MaxActors {
		return nil, aws.Errorf(aws.LimitExceeded, "There are %d SQL applications already.", MaxActors).WithHint("Delete one first, or let one have more queries.")
	}
	a := &continuous{set: set, program: program, app: program.Start(), reader: consumer.New(reading, r.cfg.Seed), dice: sim.NewRand(r.cfg.Seed, "sql/"+set.Name)}
	owner = r.addActor(a)
	word := "is there, stopped"
	if set.Running {
		word = "runs"
		a.begin(r, owner)
	}
	r.sayActor(ConsumerRef(set.Name), Info, "SQL application %s %s: %s.", set.Name, word, words)
	return set, nil
}

// referenceTable reads the table that an application may join.
func (r *Region) referenceTable(set *SQLSettings, faults *Faults) []analytics.Table {
	if set.ReferenceTable == "" && set.ReferenceObject == "" {
		return nil
	}
	bucket, key, ok := strings.Cut(strings.TrimPrefix(set.ReferenceObject, "s3://"), "/")
	if set.ReferenceTable == "" || !ok {
		faults.Add("ReferenceTable", "ReferenceTable and ReferenceObject go together: a name, and an object of S3 like reference/stations.json")
		return nil
	}
	set.ReferenceObject = bucket + "/" + key
	o, a := r.s3.Get(r.actAs(set.Role, set.Name), bucket, key)
	if a.Err != nil {
		faults.Add("ReferenceObject", "s3://%s: %s", set.ReferenceObject, a.Err.Message)
		return nil
	}
	t, err := analytics.ReadTable(set.ReferenceTable, o.Data)
	if err != nil {
		faults.Add("ReferenceObject", "s3://%s: %s", set.ReferenceObject, err.Error())
		return nil
	}
	return []analytics.Table{*t}
}

// listSQLRows shows the rows of an in-application stream.
func (r *Region) listSQLRows(in ListSqlRowsInput) (any, Faults, error) {
	var a *continuous
	if all := actorsOf[*continuous](r); in.Application != nil {
		var err error
		if a, _, err = r.sqlApplication(*in.Application); err != nil {
			return nil, nil, err
		}
	} else if len(all) > 0 {
		a = all[len(all)-1]
	} else {
		return RowsOutput{Columns: []string{}, Rows: [][]string{}}, nil, nil
	}
	var faults Faults
	limit := int64(20)
	checkBounds(&faults, []bounded{{"Limit", in.Limit, 1, 1000, &limit}})
	if len(faults) > 0 {
		return nil, faults, nil
	}
	views := a.app.Views(int(limit))
	v := views[len(views)-1]
	if in.Stream != nil {
		var all []string
		at := -1
		for i := range views {
			if all = append(all, views[i].Name); strings.EqualFold(views[i].Name, *in.Stream) {
				at = i
			}
		}
		if at < 0 {
			faults.Add("Stream", "%s has no stream %q: it has %s", a.set.Name, *in.Stream, strings.Join(all, ", "))
			return nil, faults, nil
		}
		v = views[at]
	}
	out := RowsOutput{Stream: v.Name, Rows: [][]string{}}
	for _, c := range v.Columns {
		out.Columns = append(out.Columns, c.Name)
	}
	for _, row := range v.Rows {
		cells := []string{row.At.Time().Format("2006-01-02 15:04:05.000")}
		for _, x := range row.Values {
			cells = append(cells, x.String())
		}
		out.Rows = append(out.Rows, cells)
	}
	return out, nil, nil
}

// selectRows answers a SELECT over what streams hold, and over what in-application streams show.
func (r *Region) selectRows(query string) (any, error) {
	t, err := r.Select(query, "")
	if err != nil {
		return nil, invalid(Faults{{"Sql", err.Error()}})
	}
	return rowsOf(t), nil
}

// Select answers a SELECT over data streams and in-application streams; of one application's alone when it is named. Of an
// in-application stream there are the newest rows, [analytics.KeptRows] at the least.
func (r *Region) Select(query, application string) (*analytics.Table, error) {
	var names []string
	if application == "" {
		for _, st := range r.kinesis.Streams() {
			names = append(names, st.Name())
		}
	}
	apps := actorsOf[*continuous](r)
	if application != "" {
		apps = slices.DeleteFunc(apps, func(a *continuous) bool { return a.set.Name != application })
	}
	for _, a := range apps {
		for _, v := range a.app.Views(0) {
			names = append(names, v.Name)
		}
	}
	return analytics.Query(query, func(name string) (*analytics.Table, bool) {
		if st, ok := r.kinesis.Stream(name); ok && application == "" {
			const most = 10_000 // records of a shard. Ours
			all := recordsOf(st, most)
			sample := make([][]byte, 0, 400)
			for i := 0; i < len(all); i += 1 + len(all)/400 {
				sample = append(sample, all[i].Data)
			}
			return analytics.Records(name, sample, all), true
		}
		for _, a := range apps {
			for _, v := range a.app.Views(2 * analytics.KeptRows) {
				if strings.EqualFold(v.Name, name) {
					t := &analytics.Table{Name: name, Columns: v.Columns}
					for _, row := range v.Rows {
						t.Rows = append(t.Rows, append([]analytics.Value{analytics.TimeOf(row.At)}, row.Values...))
					}
					return t, true
				}
			}
		}
		return nil, false
	}, names)
}

// rowsOf is a table as texts.
func rowsOf(t *analytics.Table) RowsOutput {
	out := RowsOutput{Columns: []string{}, Rows: [][]string{}}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, c.Name)
	}
	for _, row := range t.Rows {
		cells := []string{}
		for _, x := range row {
			cells = append(cells, x.String())
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}
