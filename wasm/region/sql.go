package region

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/analytics"
	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/consumer"
	"shardlab/wasm/firehose"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/lambda"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// Events of an SQL application on the schedule, beside those of its reader, which are 0.
const (
	evSQLClose uint16 = 1 + iota // a window ends
	evSQLSend                    // rows that its destination refused are sent again
)

// Bounds of an SQL application. The poll of a new one is Ours: its readers take part in the five calls a second of each shard.
const (
	sqlPoll      = time.Second
	sqlBatch     = 500              // rows of a call to its destination
	sqlKey       = 16               // bytes of a partition key
	sqlEvent     = 1 << 10          // bytes of a function's event around its rows, at most
	sqlEventRow  = 160              // and of a row of it around its data
	sqlPending   = 10_000           // rows that may wait for it; then it reads no more. Ours
	sqlFirstWait = time.Second      // after a call that failed, doubled up to sqlMostWait. Ours
	sqlMostWait  = 30 * time.Second // Ours
	sqlSayEvery  = 10 * time.Second // late rows and errors are told of no more often
)

// An SQLOutput is where the rows of an in-application stream go.
const (
	toStream   = "stream"
	toFunction = "function"
	toFirehose = "firehose"
)

// SQLSettings are what an SQL application was told.
type SQLSettings struct {
	Name, StreamName      string
	ApplicationCode       string
	RecordColumns         []string // "station VARCHAR(16) $.station"
	EventTime             string
	LatenessMillis        int64
	PollMillis            int64
	InputStartingPosition string // NOW or TRIM_HORIZON
	OutputStream          string // in-application
	OutputTo              string // "stream/alerts", "function/notify", "firehose/archive"; "" is nowhere
	ReferenceTable        string
	ReferenceObject       string // "bucket/key"
	Running               bool
	Role                  string
}

// continuous is an application with SQL as an actor: a reader of a stream, its program, and rows on their way out.
type continuous struct {
	set     SQLSettings
	program *analytics.Program
	app     *analytics.App
	reader  *consumer.Consumer
	dice    sim.Rand

	closeAt sim.Instant // when a window ends next; 0 when nothing is due
	pending []analytics.Out
	tries   int
	sendAt  sim.Instant // after a call that failed
	refusal string      // its code
	sent    int64

	said     analytics.Totals // when late rows and errors were last told of
	saidAt   sim.Instant
	recently sim.Instant // when its latest result was there
}

func (a *continuous) name() string { return a.set.Name }

func (a *continuous) clone() actor {
	n := *a
	n.app, n.reader = a.app.Clone(), a.reader.Clone()
	n.pending = append([]analytics.Out(nil), a.pending...)
	return &n
}

func (a *continuous) State(w io.Writer) {
	dice := a.dice
	fmt.Fprintf(w, "sql application %+v dice=%x close=%d tries=%d send=%d refusal=%q sent=%d said=%+v/%d recently=%d\n", a.set, dice.Uint64(), a.closeAt, a.tries, a.sendAt, a.refusal, a.sent, a.said, a.saidAt, a.recently)
	fmt.Fprintf(w, "pending %v\n", a.pending)
	a.reader.State(w)
	a.app.State(w)
}

// An SQLApplication is one to look at. It must not be changed.
type SQLApplication struct {
	*analytics.App
	Settings      SQLSettings
	Sent, Waiting int64 // rows, to its destination
	Behind        int64 // milliseconds
}

// SQLApplication finds an SQL application by its name.
func (r *Region) SQLApplication(name string) (SQLApplication, bool) {
	a, _, err := r.sqlApplication(name)
	if err != nil {
		return SQLApplication{}, false
	}
	return SQLApplication{a.app, a.set, a.sent, int64(len(a.pending)), a.reader.Lag(r.kinesis, r.Now())}, true
}

// SQLTotals are totals in the order of SQLCounts.
func SQLTotals(t analytics.Totals) [5]int64 {
	return [5]int64{t.Records, t.Rows, t.Late, t.Errors, t.Results}
}

// world is the world as the reader of an SQL application meets it.
func (a *continuous) world(r *Region, owner sim.Owner) consumer.World {
	w := r.reads(owner, a.reader)
	w.Take = func(shard int32, b *kinesis.Batch) { a.take(r, shard, b) }
	return w
}

func (a *continuous) fire(r *Region, e sim.Event) int {
	now := r.Now()
	before := a.app.Total()
	work := 1
	switch {
	case e.Kind == evSQLClose:
		if a.closeAt != now {
			return 1 // a window that ends sooner was found since
		}
		if a.closeAt = 0; a.set.Running {
			a.app.Advance(now)
		}
	case e.Kind == evSQLSend:
		a.sendAt = 0
	case len(a.pending) >= sqlPending:
		r.sched.After(sqlPoll, e.Owner, 0, 0) // it reads no more until its destination takes rows again
	default:
		r.kinesis.ActAs(r.actAs(a.set.Role, a.set.Name))
		work = a.reader.Fire(a.world(r, e.Owner))
		r.kinesis.ActAs("")
	}
	a.after(r, e.Owner, before)
	return work + int(a.app.Total().Results-before.Results)
}

func (a *continuous) pushed(r *Region, n kinesis.Notice) int { return 0 }

// take hands records that were read to the program.
func (a *continuous) take(r *Region, shard int32, b *kinesis.Batch) {
	var all []analytics.Record
	id := ShardID(shard)
	size := int64(0)
	for i := range b.Len() {
		s, place := b.Record(i)
		one := analytics.Record{Data: s.Data, Key: s.Key, Shard: id, Arrival: s.At}
		if a.program.Sequences() {
			one.Sequence = b.Shard().SequenceNumber(place, s.At)
		}
		size += s.Size()
		if parts, packed := aggregation.Decode(s.Data); packed {
			for _, p := range parts {
				one.Data, one.Key = p.Data, p.PartitionKey
				all = append(all, one)
			}
			continue
		}
		all = append(all, one)
	}
	a.meter(r, "Input", "Records", float64(len(all)))
	a.meter(r, "Input", "Bytes", float64(size))
	a.meter(r, "Input", "MillisBehindLatest", float64(b.MillisBehind))
	a.app.Ingest(r.Now(), all)
}

// meter writes a metric. Source: Kinesis Data Analytics for SQL Applications Developer Guide, Metrics and Dimensions.
func (a *continuous) meter(r *Region, flow, metric string, v float64) {
	id := "1.1"
	if flow == "Output" {
		id = "2.1"
	}
	r.meter.Series(metric, cloudwatch.In("AWS/KinesisAnalytics", "Application", a.set.Name, "Flow", flow, "Id", id)).Add(r.Now(), v)
}

// after does what follows from what the program did: it tells, sends rows out, and asks to be woken when a window ends.
func (a *continuous) after(r *Region, owner sim.Owner, before analytics.Totals) {
	now, t := r.Now(), a.app.Total()
	if t.Results > before.Results {
		a.recently = now
	}
	was, is := SQLTotals(before), SQLTotals(t)
	r.counted(ConsumerRef(a.set.Name), SQLCounts, was[:], is[:])
	for _, c := range a.app.Closed() {
		e := Event{Kind: protocol.EventActor, Level: Info, Ref: ConsumerRef(a.set.Name), Count: c.Rows}
		e.Text = fmt.Sprintf("%s: the window of %s that ends at %s closes with %s.", a.set.Name, c.Pump, clock(c.At), Count(c.Rows, "row"))
		if c.Stagger {
			e.Text = fmt.Sprintf("%s: a stagger window of %s closes at %s with %s.", a.set.Name, c.Pump, clock(c.At), Count(c.Rows, "row"))
		}
		r.Say(e)
	}
	if late, wrong := t.Late-a.said.Late, t.Errors-a.said.Errors; late+wrong > 0 && (a.saidAt == 0 || now.Sub(a.saidAt) >= sqlSayEvery) {
		if late > 0 {
			r.Say(Event{Kind: protocol.EventLost, Level: Warn, Ref: ConsumerRef(a.set.Name), Count: late, Mark: true,
				Text: fmt.Sprintf("%s leaves out %s that came too late, the last of %s.", a.set.Name, Count(late, "row"), a.app.Late())})
		}
		if wrong > 0 {
			why := ""
			for _, v := range a.app.Views(1) {
				if v.Name == analytics.ErrorStream && len(v.Rows) > 0 {
					why = ", the last: " + v.Rows[0].Values[3].String()
				}
			}
			r.Say(Event{Kind: protocol.EventLost, Level: Warn, Ref: ConsumerRef(a.set.Name), Count: wrong, Mark: true,
				Text: fmt.Sprintf("%s puts %s into error_stream%s.", a.set.Name, Count(wrong, "row"), why)})
		}
		a.said, a.saidAt = t, now
	}
	a.pending = append(a.pending, a.app.Take()...)
	a.send(r, owner)
	was, is = is, SQLTotals(a.app.Total()) // rows that are too large became errors
	r.counted(ConsumerRef(a.set.Name), SQLCounts, was[:], is[:])
	if at, open := a.app.NextClose(); open && a.set.Running && (a.closeAt == 0 || at < a.closeAt) {
		a.closeAt = max(at, now)
		r.sched.At(a.closeAt, owner, evSQLClose, 0)
	}
}

func clock(at sim.Instant) string {
	return strings.TrimSuffix(at.Time().Format("15:04:05.000"), ".000")
}

// SQLCounts name what an SQL application counts of itself.
var SQLCounts = []string{"records", "rows", "late", "errors", "results"}

// bytes are how many bytes a row and a call to the destination may have, as send counts them.
func (a *continuous) bytes(r *Region, kind, name string) (row, call int64) {
	switch kind {
	case toStream:
		l := r.kinesis.Limits()
		row = l.MaxRecordKiB << 10 // of a stream that is yet to come
		if st, ok := r.kinesis.Stream(name); ok {
			row = st.MaxRecordKiB() << 10
		}
		return min(row, l.RequestBytes), l.RequestBytes
	case toFirehose:
		return firehose.MaxRecordBytes, firehose.MaxBatchBytes
	}
	return lambda.MaxEventBytes - sqlEvent, lambda.MaxEventBytes - sqlEvent
}

// send gives rows to the destination, until it refuses some: those are tried again. So a row may be there twice, and none is lost.
func (a *continuous) send(r *Region, owner sim.Owner) {
	kind, name, _ := strings.Cut(a.set.OutputTo, "/")
	mostRow, mostCall := a.bytes(r, kind, name)
	for len(a.pending) > 0 && a.sendAt == 0 {
		var rows []any
		size, room := 0, mostCall
		for n := range min(len(a.pending), sqlBatch) {
			data := a.program.JSON(a.pending[n])
			cost := int64(len(data))
			switch kind {
			case toStream:
				cost += sqlKey
			case toFirehose:
				data = append(data, '\n')
				cost++
			default:
				cost = int64(base64.StdEncoding.EncodedLen(len(data))) + sqlEventRow
			}
			if n == 0 && cost > mostRow { // it would be refused for ever
				a.app.Refuse(r.Now(), a.pending[0], fmt.Sprintf("%s takes rows of at most %d bytes, and this one comes to %d: leave columns out, or make them shorter", a.set.OutputTo, mostRow, cost))
				a.pending = a.pending[1:]
				break
			}
			if room -= cost; room < 0 || cost > mostRow {
				break
			}
			size += len(data)
			switch kind {
			case toStream:
				rows = append(rows, struct {
					Data         []byte
					PartitionKey string
				}{data, fmt.Sprintf("%0*x", sqlKey, a.dice.Uint64())})
			case toFirehose:
				rows = append(rows, struct{ Data []byte }{data})
			default:
				rows = append(rows, map[string]any{"recordId": fmt.Sprintf("%020d", a.sent+int64(n)), "lambdaDeliveryRecordMetadata": map[string]int{"retryHint": a.tries}, "data": data})
			}
		}
		n := len(rows)
		if n == 0 {
			continue
		}
		c := Command{As: r.actAs(a.set.Role, a.set.Name)}
		var body any
		switch kind {
		case toStream:
			c.Service, c.Op, body = Kinesis, "PutRecords", map[string]any{"StreamName": name, "Records": rows}
		case toFirehose:
			c.Service, c.Op, body = toFirehose, "PutRecordBatch", map[string]any{"DeliveryStreamName": name, "Records": rows}
		default:
			c.Service, c.Op = Lambda, "Invoke"
			body = map[string]any{"FunctionName": name, "Payload": []byte(JSON(map[string]any{"invocationId": fmt.Sprintf("%s-%d", a.set.Name, a.sent), "applicationArn": r.sqlARN(a.set.Name), "records": rows}))}
		}
		c.Body = JSON(body)
		reply := r.door(r, c)
		left, code := a.refused(kind, reply, n)
		a.sent += int64(n - len(left))
		a.pending = append(left, a.pending[n:]...)
		a.meter(r, "Output", "Records", float64(n-len(left)))
		a.meter(r, "Output", "Bytes", float64(size))
		success := 1.0
		if len(left) > 0 {
			success = 0
		}
		a.meter(r, "Output", "Success", success)
		if len(left) == 0 {
			if a.refusal != "" {
				r.Say(Event{Kind: protocol.EventCaughtUp, Level: Good, Ref: ConsumerRef(a.set.Name), Text: fmt.Sprintf("%s takes the rows of %s again.", a.set.OutputTo, a.set.Name)})
			}
			a.tries, a.refusal = 0, ""
			continue
		}
		if a.refusal == "" {
			r.Say(Event{Kind: protocol.EventRetry, Level: Warn, Ref: ConsumerRef(a.set.Name), Count: int64(len(left)), Mark: true,
				Text: fmt.Sprintf("%s does not take %s of %s (%s). They are sent again until it does.", a.set.OutputTo, Count(int64(len(left)), "row"), a.set.Name, code)})
		}
		a.refusal = code
		a.sendAt = r.Now().Add(min(sqlMostWait, sqlFirstWait<<min(a.tries, 10)))
		a.tries++
		r.sched.At(a.sendAt, owner, evSQLSend, 0)
	}
}

// refused finds which of the first n rows that wait were not taken, and why.
func (a *continuous) refused(kind string, reply Reply, n int) (left []analytics.Out, code string) {
	if reply.Err != nil {
		return append(left, a.pending[:n]...), reply.Err.Code
	}
	var out struct {
		Records, RequestResponses []struct{ ErrorCode string }
		FunctionError, Payload    string
	}
	if json.Unmarshal(reply.Body, &out) != nil || out.FunctionError != "" {
		return append(left, a.pending[:n]...), "FunctionError " + out.FunctionError
	}
	each := append(out.Records, out.RequestResponses...)
	if kind == toFunction {
		var told struct {
			Records []struct{ RecordId, Result string }
		}
		_ = json.Unmarshal([]byte(out.Payload), &told) // a function that answers nothing took all
		for i, x := range told.Records {
			if i < n && x.Result == "DeliveryFailed" {
				left, code = append(left, a.pending[i]), x.Result
			}
		}
		return left, code
	}
	for i, x := range each {
		if i < n && x.ErrorCode != "" {
			left, code = append(left, a.pending[i]), x.ErrorCode
		}
	}
	return left, code
}

func (r *Region) sqlARN(name string) string {
	return "arn:aws:kinesisanalytics:" + r.cfg.Name + ":" + r.cfg.Account + ":application/" + name
}

func (a *continuous) client(r *Region) Client {
	return Client{Ref: ConsumerRef(a.set.Name), Name: a.set.Name, Streams: []string{a.set.StreamName}, Reads: true, Running: a.set.Running, Blocked: a.reader.Blocked(),
		Behind: a.reader.Lag(r.kinesis, r.Now()), Read: a.app.Total().Records}
}

func (a *continuous) settings(*Region) any { return a.set }

// asConsumer is the application as the stage draws it: its in-application streams with their latest rows.
func (a *continuous) asConsumer(r *Region) protocol.Consumer {
	const lately = 2
	now, t := r.Now(), a.app.Total()
	latency, _ := a.reader.Latency(now, 10)
	c := protocol.Consumer{Kind: "SQL application", Noun: "SqlApplication", Name: a.set.Name, Stream: a.set.StreamName, Running: a.set.Running, Rate: float64(a.reader.Lately(now, lately).Read) / lately,
		Behind: a.reader.Lag(r.kinesis, now), Read: t.Records, Refused: a.reader.Total().Refused, Mode: consumer.Polling, Latency: latency.Milliseconds(),
		Barred: a.set.Running && a.reader.Blocked() != "", Note: a.note()}
	c.Late = r.Lates(c.Stream, func(yield func(shard int32, next, behind int64)) { a.reader.Lags(r.kinesis, now, yield) })
	if kind, name, ok := strings.Cut(a.set.OutputTo, "/"); ok {
		c.To = []protocol.Place{{Ref: kind + ":" + name, Kind: map[string]string{"stream": "Stream", "firehose": "Firehose", "function": "Lambda function"}[kind], Name: name}}
	}
	if a.refusal != "" {
		c.Parts = append(c.Parts, protocol.Part{Name: a.set.OutputTo, Text: Count(int64(len(a.pending)), "row") + " wait: " + a.refusal, Fill: float64(len(a.pending)) / sqlPending, Level: Bad})
	}
	if t.Late > 0 {
		c.Parts = append(c.Parts, protocol.Part{Name: "late", Text: Count(t.Late, "row"), Fill: -1, Level: Warn})
	}
	for _, v := range a.app.Views(1) {
		switch {
		case v.Name == analytics.SourceStream || v.Name == analytics.ErrorStream && v.Total == 0:
		case v.Total == 0:
			c.Parts = append(c.Parts, protocol.Part{Name: v.Name, Text: "no row yet", Fill: -1})
		case v.Name == analytics.ErrorStream:
			c.Parts = append(c.Parts, protocol.Part{Name: v.Name, Text: Count(v.Total, "row"), Fill: -1, Level: Warn})
		default:
			var cells []string
			for _, x := range v.Rows[0].Values {
				cells = append(cells, x.String())
			}
			c.Parts = append(c.Parts, protocol.Part{Name: v.Name, Text: cutText(strings.Join(cells, " · "), 80), Fill: -1})
		}
	}
	return c
}

// note says what holds it up, "" when nothing does.
func (a *continuous) note() string {
	switch {
	case !a.set.Running:
		return "stopped"
	case a.reader.Blocked() != "":
		return "cannot read: " + Barred(a.reader.Blocked(), a.set.StreamName, a.set.Role, "read")
	case len(a.pending) >= sqlPending:
		return "reads no more until " + a.set.OutputTo + " takes rows"
	}
	return ""
}

// BecameOfSQL tells what became of the service. Source: Kinesis Data Analytics for SQL Applications Developer Guide, discontinuation.
const BecameOfSQL = "Kinesis Data Analytics for SQL Applications has ended: no new ones since 15 October 2025, all deleted from 27 January 2026. Managed Service for Apache Flink goes on and has these windows, by its Table API and SQL."

const shownRows = 12 // of a stream in a sheet

// sheet is what there is to know of an application.
func (a *continuous) sheet(r *Region) protocol.Sheet {
	now, t, s := r.Now(), a.app.Total(), a.set
	does := "runs"
	if n := a.note(); n != "" {
		does = n
	}
	facts := protocol.Section{Title: "SQL application", Rows: [][]protocol.Cell{row("State", does),
		{{Text: "Stream"}, {Text: s.StreamName, Ref: StreamRef(s.StreamName), Mono: true}}, row("Reads", "each shard every "+Millis(s.PollMillis)+", as one of those that share its five calls a second"), row("Behind", Millis(a.reader.Lag(r.kinesis, now)))}}
	add := func(name, value, note string) {
		facts.Rows = append(facts.Rows, []protocol.Cell{{Text: name}, {Text: value, Note: note}})
	}
	if s.EventTime == "" {
		add("ROWTIME", "when a row was read", "As in the retired service. A window closes when its end comes.")
	} else {
		mark := "no row yet"
		if at := a.app.Watermark(); at > 0 {
			mark = at.Time().Format("2006-01-02 15:04:05.000")
		}
		add("ROWTIME", s.EventTime+", the row's own time", "As event time in Flink.")
		add("Lateness", Millis(s.LatenessMillis), "What is older than the newest row by more is late and left out.")
		add("Watermark", mark, "Windows up to here have closed. It moves when rows come, and only then.")
		add("Rows that wait for older ones", Number(int64(a.app.Waiting())), "")
	}
	if s.OutputTo != "" {
		add("Output", s.OutputStream+" to "+s.OutputTo, "At least once: rows of a call that failed are sent again.")
		add("Rows sent, and waiting", Number(a.sent)+", "+Number(int64(len(a.pending))), a.refusal)
	}
	if s.ReferenceTable != "" {
		add("Reference table", s.ReferenceTable+" from s3://"+s.ReferenceObject, "Read when the application was put.")
	}
	if s.Role != "" {
		add("Acts as", s.Role, "")
	}
	all := protocol.Section{Title: "In all", Rows: [][]protocol.Cell{row("Records read", Number(t.Records)+", "+Bytes(t.Bytes)), row("Rows", Number(t.Rows)), row("Late rows", strings.TrimSuffix(Number(t.Late)+", the last of "+a.app.Late(), ", the last of ")),
		row("Rows in error_stream", Number(t.Errors)), row("Rows that pumps inserted", Number(t.Results)), row("Rows held", Number(int64(a.app.Held())))}}
	sections := []protocol.Section{facts}
	windows := protocol.Section{Title: "Open windows", Head: []string{"Pump", "Window", "Open", "Rows", "The first closes"}}
	for _, w := range a.app.Windows() {
		closes := "–"
		if w.Close > 0 {
			closes = clock(w.Close)
		}
		windows.Rows = append(windows.Rows, []protocol.Cell{{Text: w.Pump, Mono: true}, {Text: w.Words}, {Text: Number(int64(w.Open))}, {Text: Number(w.Rows)}, {Text: closes}})
	}
	if len(windows.Rows) > 0 {
		sections = append(sections, windows)
	}
	views := a.app.Views(shownRows)
	views = append(views[2:], views[:2]...) // results first, then the source and error_stream
	for _, v := range views {
		if v.Name == analytics.ErrorStream && v.Total == 0 {
			continue
		}
		table := protocol.Section{Title: v.Name + ", newest first", Rows: [][]protocol.Cell{}}
		shown := len(v.Columns)
		if v.Name == analytics.SourceStream { // what every row has stands in the stream's own sheets
			shown -= len(analytics.Meta)
		}
		for _, c := range v.Columns[:shown] {
			table.Head = append(table.Head, c.Name)
		}
		for i := len(v.Rows) - 1; i >= 0; i-- {
			cells := []protocol.Cell{{Text: clock(v.Rows[i].At)}}
			for _, x := range v.Rows[i].Values[:shown-1] {
				cells = append(cells, protocol.Cell{Text: cutText(x.String(), 100), Mono: x.Kind() == analytics.Text})
			}
			table.Rows = append(table.Rows, cells)
		}
		sections = append(sections, table)
	}
	code := protocol.Section{Title: "ApplicationCode", Rows: [][]protocol.Cell{}}
	for i, line := range strings.Split(strings.TrimRight(s.ApplicationCode, "\n"), "\n") {
		code.Rows = append(code.Rows, []protocol.Cell{{Text: fmt.Sprint(i + 1)}, {Text: line, Mono: true}})
	}
	change := "lab stop-sql-application --name " + s.Name
	if !s.Running {
		change = "lab start-sql-application --name " + s.Name
	}
	sections = append(sections, all, code, protocol.Section{Title: "What became of it", Rows: [][]protocol.Cell{row("Today", BecameOfSQL)}})
	return protocol.Sheet{Ref: ConsumerRef(s.Name), Kind: "SQL application", Title: s.Name, Settings: JSON(s), Sections: sections,
		Commands: []string{change, "lab list-sql-rows --application " + s.Name, "lab delete-sql-application --name " + s.Name}}
}

// actSQL starts, stops or deletes an application.
func (r *Region) sqlOp(op, name string) error {
	a, owner, err := r.sqlApplication(name)
	if err != nil {
		return err
	}
	switch op {
	case "StartSqlApplication":
		if !a.set.Running {
			a.set.Running = true
			a.begin(r, owner)
			r.sayActor(ConsumerRef(name), Info, "SQL application %s starts: its in-application streams are empty, and it reads on where it stopped.", name)
		}
	case "StopSqlApplication":
		if a.set.Running {
			a.set.Running = false
			a.reader.Stop(a.world(r, owner))
			r.sayActor(ConsumerRef(name), Info, "SQL application %s stops and keeps its place. What its windows hold gives no result.", name)
		}
	default:
		a.reader.Stop(a.world(r, owner))
		r.deleteActor(owner)
		r.sayActor("", Info, "SQL application %s is gone.", name)
	}
	return nil
}

// begin runs the program from its beginning.
func (a *continuous) begin(r *Region, owner sim.Owner) {
	a.app = a.program.Start()
	a.said, a.saidAt, a.closeAt = analytics.Totals{}, 0, 0
	if n, _, ok := a.program.Stream(a.set.OutputStream); ok && a.set.OutputTo != "" {
		a.app.Want(n)
	}
	a.reader.Start(a.world(r, owner))
}

func (r *Region) sqlApplication(name string) (*continuous, sim.Owner, error) {
	a, owner, ok := findActor[*continuous](r, name)
	if !ok {
		return nil, 0, aws.Errorf(aws.ResourceNotFound, "There is no SQL application %q.", aws.Shorten(name, 64)).WithHint("lab list-sql-applications shows the ones there are; lab put-sql-application makes one.")
	}
	return a, owner, nil
}
