package region

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"shardlab/wasm/analytics"
	"shardlab/wasm/aws"
	"shardlab/wasm/fis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
	"shardlab/wasm/sink"
)

// Sinks is the far ends to which data are delivered, to look at; what changes them passes Do.
func (r *Region) Sinks() *sink.Service { return r.sink }

// SinkRef names a sink.
func SinkRef(name string) string { return "sink:" + name }

// sinkHooks ties the far ends to this world.
func (r *Region) sinkHooks(cfg *sink.Config) {
	cfg.Inject = func(op, ref, as string) fis.Strike { return r.befall(ref, op, as) }
	cfg.Object = func(as, bucket, key string) ([]byte, time.Duration, *aws.Error) {
		o, a := r.s3.Get(as, bucket, key)
		if a.Err != nil {
			return nil, a.Took, a.Err
		}
		return o.Data, a.Took, nil
	}
	cfg.Query = queryTables
}

// queryTables answers a SELECT over the tables of a cluster.
func queryTables(sql string, find func(name string) *sink.Table) (*sink.Result, error) {
	got, err := analytics.Query(strings.TrimRight(sql, "; \n"), func(name string) (*analytics.Table, bool) {
		t := find(name)
		if t == nil {
			return nil, false
		}
		out := &analytics.Table{Name: t.Name}
		for _, c := range t.Columns {
			out.Columns = append(out.Columns, analytics.Column{Name: strings.ToUpper(c.Name), Type: analytics.Type{Name: sqlType(c.Type)}})
		}
		t.Rows(func(row []string) {
			values := make([]analytics.Value, len(row))
			for i, v := range row {
				values[i] = sqlValue(t.Columns[i].Type, v)
			}
			out.Rows = append(out.Rows, values)
		})
		return out, true
	}, nil)
	if err != nil {
		return nil, err
	}
	out := &sink.Result{}
	for _, c := range got.Columns {
		typ := map[string]string{"BIGINT": "bigint", "INTEGER": "bigint", "DOUBLE": "double precision", "BOOLEAN": "boolean", "TIMESTAMP": "timestamp"}[c.Type.Name]
		if typ == "" {
			typ = "varchar"
		}
		out.Columns = append(out.Columns, sink.Column{Name: strings.ToLower(c.Name), Type: typ})
	}
	for _, row := range got.Rows {
		texts := make([]string, len(row))
		for i, v := range row {
			switch v.Kind() {
			case analytics.Null:
				texts[i] = sink.Null
			case analytics.Bool:
				texts[i] = strings.ToLower(v.String())
			default:
				texts[i] = v.String()
			}
		}
		out.Rows = append(out.Rows, texts)
	}
	return out, nil
}

func sqlType(typ string) string {
	switch typ {
	case "smallint", "integer", "bigint":
		return "BIGINT"
	case "real", "double precision":
		return "DOUBLE"
	case "boolean":
		return "BOOLEAN"
	case "timestamp", "date":
		return "TIMESTAMP"
	}
	return "VARCHAR"
}

func sqlValue(typ, v string) analytics.Value {
	if v == sink.Null {
		return analytics.Value{}
	}
	switch sqlType(typ) {
	case "BIGINT":
		n, _ := strconv.ParseInt(v, 10, 64)
		return analytics.IntOf(n)
	case "DOUBLE":
		f, _ := strconv.ParseFloat(v, 64)
		return analytics.DoubleOf(f)
	case "BOOLEAN":
		return analytics.BoolOf(v == "true")
	case "TIMESTAMP":
		for _, layout := range []string{"2006-01-02 15:04:05.999999", "2006-01-02"} {
			if t, err := time.Parse(layout, v); err == nil {
				return analytics.TimeOf(sim.At(t))
			}
		}
	}
	return analytics.TextOf(v)
}

// PutSinkInput makes a far end to which data are delivered, or changes the members given of the one with that name.
type PutSinkInput struct {
	Name          *string  `lab:"required" help:"the name: of a cluster or domain, or the first label of the host in an endpoint's URL; of Iceberg tables, that of their database"`
	Kind          *string  `json:",omitempty" help:"what it is; needed for a new one" enum:"redshift|opensearch|splunk|http|snowflake|iceberg"`
	Tables        []string `json:",omitempty" help:"tables to make in a redshift, snowflake or iceberg: 'rides (bike varchar(20), km float8)'"`
	Token         *string  `json:",omitempty" help:"of splunk the HEC token, of http the access key that requests must carry; empty takes any, as a new one does"`
	LatencyMillis *int64   `json:",omitempty" help:"until it answers, 0 to 600,000; 100 for a new one"`
	AckMillis     *int64   `json:",omitempty" help:"of splunk: until what it took is acknowledged, 0 to 3,600,000; 0 acknowledges nothing; 2,000 for a new one"`
	Answer        *string  `json:",omitempty" help:"of http: how it answers what it took; a new one does properly" enum:"proper|malformed|too-large"`
}

// SinkSummary is a far end in a few members.
type SinkSummary struct {
	Name, Kind    string
	Tables        []string `json:",omitempty"` // or indexes, each with how many rows or documents it has
	LatencyMillis int64
	AckMillis     int64  `json:",omitempty"`
	Answer        string `json:",omitempty"`
	Requests      int64
	Refused       int64
	Items         int64 // rows, documents, events or records taken
	Bytes         int64
	Repeated      int64 // requests whose id came before
}

// ListSinksOutput lists the far ends by kind and name.
type ListSinksOutput struct{ Sinks []SinkSummary }

// ReadSinkInput asks for what a far end holds.
type ReadSinkInput struct {
	Name  *string `lab:"required" help:"the sink's name"`
	Table *string `json:",omitempty" help:"only this table or index"`
	Match *string `json:",omitempty" help:"only what holds this text; of an index, field:text looks into one field"`
	Limit *int64  `json:",omitempty" help:"at most so many, the newest, 1 to 1,000; 20 when left out"`
}

// ReadSinkOutput is what a far end holds, newest first.
type ReadSinkOutput struct {
	Items []SinkItem
	Total int64 // that match
}

// SinkItem is a row, a document, an event or a record.
type SinkItem struct {
	Place string  // the table or index, or the request's id
	ID    string  `json:",omitempty"` // of a document
	At    float64 `json:",omitempty"` // seconds since 1970
	Text  string  // a row as a JSON object; base64 when it is no text
}

// Bounds of what a sink is told.
const (
	maxSinkLatency = 600_000
	maxAck         = 3_600_000
)

// sinkOperations are the lab's operations on far ends.
func sinkOperations() []aws.Operation {
	return []aws.Operation{
		labRow("PutSink", "Make a far end to which data are delivered, or change it: Redshift, OpenSearch, Splunk, an HTTP endpoint, Snowflake, Iceberg.", PutSinkInput{}, SinkSummary{}),
		labRow("DeleteSink", "Take a far end out of the world with all that it holds.", NameInput{}, nil),
		labRow("ListSinks", "List the far ends and what they took.", ListInput{}, ListSinksOutput{}),
		labRow("ReadSink", "Look at the newest rows, documents or events of a far end.", ReadSinkInput{}, ReadSinkOutput{}),
	}
}

// doSink runs an operation on far ends.
func (r *Region) doSink(op string, body []byte) (out any, faults Faults, err error, known bool) {
	switch op {
	case "PutSink":
		var in PutSinkInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.putSink(in)
		}
	case "DeleteSink":
		var in NameInput
		if faults = decodeNamed(body, &in); len(faults) > 0 {
			break
		}
		k := r.sinkNamed(*in.Name)
		if k == nil {
			err = r.noSink(*in.Name)
			break
		}
		set := k.Settings()
		r.sink.Delete(set.Kind, set.Name)
		r.Say(Event{Kind: protocol.EventActor, Level: Info, Mark: true, Text: fmt.Sprintf("%s %s is gone.", sinkTitle(set.Kind), set.Name)})
	case "ListSinks":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			list := ListSinksOutput{[]SinkSummary{}}
			for _, k := range r.sink.Sinks() {
				list.Sinks = append(list.Sinks, sinkSummary(k))
			}
			out = list
		}
	case "ReadSink":
		var in ReadSinkInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, faults, err = r.readSink(in)
		}
	default:
		return nil, nil, nil, false
	}
	return out, faults, err, true
}

func (r *Region) sinkNamed(name string) *sink.Sink {
	for _, k := range r.sink.Sinks() {
		if k.Settings().Name == name {
			return k
		}
	}
	return nil
}

func (r *Region) noSink(name string) error {
	hint := "There is none yet: lab put-sink --name logs --kind opensearch makes one."
	if all := r.sink.Sinks(); len(all) > 0 {
		names := make([]string, len(all))
		for i, k := range all {
			names[i] = k.Settings().Name
		}
		hint = "There are: " + strings.Join(names, ", ") + "."
	}
	return aws.Errorf(aws.ResourceNotFound, "There is no sink %q.", name).WithHint("%s", hint)
}

// sinkTitle is what people call a kind of sink.
func sinkTitle(kind string) string {
	return map[string]string{sink.Redshift: "Redshift cluster", sink.OpenSearch: "OpenSearch domain", sink.Splunk: "Splunk", sink.HTTP: "HTTP endpoint", sink.Snowflake: "Snowflake account", sink.Iceberg: "Iceberg database"}[kind]
}

func sinkSummary(k *sink.Sink) SinkSummary {
	set, t := k.Settings(), k.Total()
	out := SinkSummary{Name: set.Name, Kind: set.Kind, LatencyMillis: set.LatencyMillis, Requests: t.Requests, Refused: t.Refused, Items: t.Items, Bytes: t.Bytes, Repeated: t.Repeated}
	switch set.Kind {
	case sink.Splunk:
		out.AckMillis = set.AckMillis
	case sink.HTTP:
		out.Answer = set.Answer
	}
	for _, x := range k.Tables() {
		what := "row"
		if set.Kind == sink.OpenSearch {
			what = "document"
		}
		out.Tables = append(out.Tables, x.Name+": "+Count(int64(x.Len()), what))
	}
	return out
}

// putSink makes or changes a far end.
func (r *Region) putSink(in PutSinkInput) (any, error) {
	var faults Faults
	checkName("Name", in.Name, &faults)
	set, old := sink.Settings{}, (*sink.Sink)(nil)
	if in.Name != nil {
		old = r.sinkNamed(*in.Name)
	}
	switch {
	case old != nil:
		if set = old.Settings(); in.Kind != nil && *in.Kind != set.Kind {
			faults.Add("Kind", "%s is a %s already: choose another name", set.Name, set.Kind)
		}
	case in.Kind == nil:
		faults.Add("Kind", "left out: a new sink needs one of %s", strings.Join(sink.Kinds(), ", "))
	case !slices.Contains(sink.Kinds(), *in.Kind):
		faults.Add("Kind", "%q is none of %s", *in.Kind, strings.Join(sink.Kinds(), ", "))
	case in.Name != nil:
		set = sink.Defaults(*in.Kind, *in.Name)
	}
	checkBounds(&faults, []bounded{{"LatencyMillis", in.LatencyMillis, 0, maxSinkLatency, &set.LatencyMillis}, {"AckMillis", in.AckMillis, 0, maxAck, &set.AckMillis}})
	checkChoice("Answer", in.Answer, &set.Answer, &faults, sink.Proper, sink.Malformed, sink.TooLarge)
	checkShort("Token", in.Token, &set.Token, &faults)
	of := func(path string, given bool, kinds ...string) {
		if given && set.Kind != "" && !slices.Contains(kinds, set.Kind) {
			faults.Add(path, "has no meaning with %s: leave it out", set.Kind)
		}
	}
	of("Tables", in.Tables != nil, sink.Redshift, sink.Snowflake, sink.Iceberg)
	of("Token", in.Token != nil, sink.Splunk, sink.HTTP)
	of("AckMillis", in.AckMillis != nil, sink.Splunk)
	of("Answer", in.Answer != nil, sink.HTTP)
	type table struct {
		name    string
		columns []sink.Column
	}
	var tables []table
	for i, text := range in.Tables {
		path := fmt.Sprintf("Tables[%d]", i)
		name, columns, err := sink.ReadTable(text)
		if err != nil {
			faults.Add(path, "%v", err)
			continue
		}
		if old != nil {
			if _, there := old.Table(name); there {
				faults.Add(path, "there is a table %s already", name)
			}
		}
		tables = append(tables, table{name, columns})
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	k, err := r.sink.Put(set)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		if !k.Make(t.name, t.columns) {
			return nil, aws.Errorf(aws.LimitExceeded, "%s has as many tables as a sink of this lab may have.", set.Name).WithHint("Drop one first.")
		}
	}
	if verb := "is changed"; true {
		if old == nil {
			verb = "is there"
		}
		r.Say(Event{Kind: protocol.EventActor, Level: Info, Ref: SinkRef(set.Name), Mark: true, Text: fmt.Sprintf("%s %s %s.", sinkTitle(set.Kind), set.Name, verb)})
	}
	return sinkSummary(k), nil
}

// readSink looks at what a far end holds.
func (r *Region) readSink(in ReadSinkInput) (any, Faults, error) {
	var faults Faults
	if in.Name == nil {
		faults.Add("Name", "left out: say which one")
		return nil, faults, nil
	}
	limit, match := 20, ""
	between("Limit", in.Limit, 1, 1000, &limit, &faults)
	checkShort("Match", in.Match, &match, &faults)
	k := r.sinkNamed(*in.Name)
	if k == nil {
		return nil, nil, r.noSink(*in.Name)
	}
	if in.Table != nil {
		if _, ok := k.Table(*in.Table); !ok {
			faults.Add("Table", "%s has no table or index %q: lab list-sinks shows them", *in.Name, *in.Table)
		}
	}
	if len(faults) > 0 {
		return nil, faults, nil
	}
	out := ReadSinkOutput{Items: []SinkItem{}}
	var all []SinkItem
	keep := func(it SinkItem) {
		if out.Total++; true {
			all = append(all, it)
		}
	}
	for _, t := range k.Tables() {
		if in.Table != nil && t.Name != *in.Table {
			continue
		}
		found := t.Search(match, t.Len())
		slices.Reverse(found) // oldest first, as rows are
		for _, d := range found {
			keep(SinkItem{Place: t.Name, ID: d.ID, At: float64(d.At) / 1e6, Text: sinkText(d.Source)})
		}
		t.Rows(func(row []string) {
			if text := rowText(t.Columns, row); strings.Contains(text, match) {
				keep(SinkItem{Place: t.Name, Text: text})
			}
		})
	}
	if in.Table == nil {
		k.Events(func(e sink.Event) {
			if text := sinkText(e.Data); strings.Contains(text, match) {
				keep(SinkItem{Place: e.Request, At: float64(e.At) / 1e6, Text: text})
			}
		})
	}
	slices.Reverse(all)
	out.Items = append(out.Items, all[:min(len(all), limit)]...)
	return out, nil, nil
}

// rowText is a row as a JSON object.
func rowText(columns []sink.Column, row []string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, c := range columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(c.Name) + ": ")
		switch t := sqlType(c.Type); {
		case row[i] == sink.Null:
			b.WriteString("null")
		case t == "BIGINT" || t == "DOUBLE" || t == "BOOLEAN" || c.Type == "super":
			b.WriteString(row[i])
		default:
			b.Write(JSON(row[i]))
		}
	}
	return b.String() + "}"
}

func sinkText(data []byte) string {
	if utf8.Valid(data) {
		return strings.TrimSuffix(string(data), "\n")
	}
	return base64.StdEncoding.EncodeToString(data)
}
