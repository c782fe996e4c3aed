package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/protocol"
)

// A Client is a kind of client that writes to a stream or reads from one: what it is, and its form as data. Names, bounds and
// defaults are those of the lab's operations; a test of server/site holds the two together.
type Client struct {
	ID     string // the kind of its form
	Noun   string // in the operations that start, stop and delete it, as protocol.Producer.Noun
	Writes bool
	Icon   string
	Kind   string // "KPL producer"
	Title  string // in the menu of what can be added
	What   string // in one line
	Fields []Field
	Wide   bool
	Verbs  [3]string                                                               // for start, stop and delete, where they are called otherwise
	Deeds  func(c Card) []Action                                                   // beside start, stop and delete
	Plan   func(f Form, w FormWorld, s Spec, v Values) ([]Step, map[string]string) // when it takes more than one operation
}

// A Card is what an action on a client needs to know of it.
type Card struct {
	Name, Stream string
	Running      bool
	Parts        []protocol.Part
}

// An Action is something that can be done with a client.
type Action struct {
	Icon, Text string
	Press      Press
	Form       Form   // opened when its Kind is set
	Stage      string // shown on the stage when it is set
	Danger     bool
}

// ClientByID finds a kind of client by the kind of its form.
func ClientByID(id string) (Client, bool) {
	i := slices.IndexFunc(Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return Clients[i], true
}

// ClientOf finds a kind of client by the noun in its operations.
func ClientOf(noun string, writes bool) Client {
	for _, c := range Clients {
		if c.Writes == writes && (c.Noun == noun || noun == "" && c.ID == map[bool]string{true: "producer", false: "consumer"}[writes]) {
			return c
		}
	}
	return Client{Noun: noun, Writes: writes}
}

// Fits says whether it can write to what the stage shows, or read it: to a Firehose stream puts who calls PutRecordBatch.
func (c Client) Fits(stream string) bool {
	return !strings.HasPrefix(stream, FirehosePrefix) || c.ID == "producer" || c.ID == "agent" || c.ID == "logs" || c.ID == "iot"
}

// Ref is the ref of a client's sheet.
func (c Client) Ref(name string) string {
	if c.Writes {
		return "producer:" + name
	}
	return "consumer:" + name
}

// Actions are what can be done with a client.
func (c Client) Actions(x Card) []Action {
	do := func(icon string, verb int) Action {
		op := [...]string{"Start", "Stop", "Delete"}[verb]
		return Action{Icon: icon, Text: cmp.Or(c.Verbs[verb], op), Press: Press{Service: "lab", Op: op + c.Noun, Body: Members{{"Name", x.Name}}}}
	}
	var all []Action
	if c.ID != "" {
		all = append(all, Action{Icon: "sliders-horizontal", Text: "Change…", Form: Form{Kind: c.ID, Target: x.Name, Stream: x.Stream}})
	}
	if c.ID != "" {
		all = append(all, connectAction(c.Ref(x.Name), map[bool]string{true: WireOut, false: WireIn}[c.Writes]))
	}
	if c.Noun == sqlNoun {
		results := connectAction(c.Ref(x.Name), WireOut)
		results.Text = "Send its results to…"
		all = append(all, results)
	}
	if x.Running {
		all = append(all, do("pause", 1))
	} else {
		all = append(all, do("play", 0))
	}
	if c.Deeds != nil {
		all = append(all, c.Deeds(x)...)
	}
	end := do("trash-2", 2)
	end.Danger = true
	return append(all, end)
}

// ProducerActions are what can be done with a client that writes.
func ProducerActions(p protocol.Producer) []Action {
	return ClientOf(p.Noun, true).Actions(Card{p.Name, p.Stream, p.Running, p.Parts})
}

// ConsumerActions is ProducerActions of a client that reads.
func ConsumerActions(c protocol.Consumer) []Action {
	if c.Noun == firehoseNoun {
		return []Action{{Icon: "database", Text: "Show its tank", Stage: FirehosePrefix + c.Name},
			{Icon: "sliders-horizontal", Text: "Change buffer and destination…", Form: Form{Kind: "firehose", Target: c.Name}},
			{Icon: "trash-2", Text: "Delete, with what it buffers", Danger: true, Press: Press{Service: "firehose", Op: "DeleteDeliveryStream", Body: Members{{"DeliveryStreamName", c.Name}}}}}
	}
	return ClientOf(c.Noun, false).Actions(Card{c.Name, c.Stream, c.Running, c.Parts})
}

// ActionsOf are what can be done with what a sheet is about.
func ActionsOf(f protocol.Frame, ref string) []Action {
	for _, p := range f.Producers {
		if "producer:"+p.Name == ref {
			return ProducerActions(p)
		}
	}
	for _, c := range f.Consumers {
		if ConsumerRef(c) == ref && c.Noun != firehoseNoun {
			c.Parts = nil // the sheet has them in its tables
			return ConsumerActions(c)
		}
	}
	for _, h := range f.Firehoses {
		switch ref {
		case FirehosePrefix + h.Name:
			return append([]Action{{Icon: "database", Text: "Show its tank", Stage: ref}}, FirehoseActions(h)...)
		case h.To.Ref:
			return withEnd(h.To)
		}
		if h.Errors != nil && h.Errors.Ref == ref {
			return withEnd(*h.Errors)
		}
	}
	for _, c := range f.Controls {
		if c.Ref == ref {
			return ControlActions(c)
		}
	}
	if bucket, ok := strings.CutPrefix(ref, "bucket:"); ok {
		bucket, _, _ = strings.Cut(bucket, "/")
		return append(PlaceActions(protocol.Place{Name: bucket, Fault: "s3/" + bucket}), deleteBucket(bucket))
	}
	if name, ok := strings.CutPrefix(ref, "function:"); ok {
		return []Action{{Icon: "trash-2", Text: "Delete the function", Danger: true, Press: Press{"lambda", "DeleteFunction", Members{{"FunctionName", name}}}}}
	}
	if sink, ok := strings.CutPrefix(ref, "sink:"); ok {
		return []Action{deleteSink(sink)}
	}
	if stream, ok := strings.CutPrefix(ref, "stream:"); ok && slices.ContainsFunc(f.Streams, func(s protocol.Stream) bool { return s.Name == stream }) {
		return []Action{{Icon: "trash-2", Text: "Delete the stream", Danger: true, Press: DeleteStream(stream)}}
	}
	return nil
}

// firehoseNoun is the noun of a Firehose stream that reads a stream, among consumers.
const firehoseNoun = "DeliveryStream"

// ConsumerRef is the ref of a consumer's sheet.
func ConsumerRef(c protocol.Consumer) string {
	if c.Noun == firehoseNoun {
		return FirehosePrefix + c.Name
	}
	return "consumer:" + c.Name
}

// TakenNames are the names of all clients, with a space on each side.
func TakenNames(f protocol.Frame) string {
	all := " "
	for _, p := range f.Producers {
		all += p.Name + " "
	}
	for _, c := range f.Consumers {
		all += c.Name + " "
	}
	return all
}

// InOrder are the sections of a sheet as they are shown: of a client, the tables that go on while the lab runs come first.
func InOrder(s protocol.Sheet) []protocol.Section {
	live := []string{"Workers", "Leases", "Its buffers", "Its shards", "Log files of its host", "Its place in each shard", "Open windows"}
	all := slices.Clone(s.Sections)
	slices.SortStableFunc(all, func(a, b protocol.Section) int {
		at := func(x protocol.Section) int {
			if i := slices.Index(live, x.Title); i >= 0 {
				return i
			}
			return len(live)
		}
		return at(a) - at(b)
	})
	return all
}

// RowActions are what can be done with the rows of a sheet's tables, by the table's title and the row's first cell.
func RowActions(s protocol.Sheet) map[string]map[string][]Action {
	rows := map[string][]Action{}
	title := ""
	_, name, _ := strings.Cut(s.Ref, ":")
	switch s.Kind {
	case "KCL application", "Connector Library":
		title = "Workers"
		for _, sec := range s.Sections {
			for _, row := range sec.Rows {
				if sec.Title == title && len(row) > 0 {
					rows[row[0].Text] = WorkerActions(name, row[0].Text, true)
				}
			}
		}
	case "Stream":
		title = "Registered consumers"
		for _, sec := range s.Sections {
			for _, row := range sec.Rows {
				if sec.Title == title && len(row) > 0 {
					rows[row[0].Text] = []Action{{Icon: "trash-2", Text: "Deregister", Danger: true, Press: Press{"kinesis", "DeregisterStreamConsumer", Members{{"ConsumerARN", row[0].Note}}}}}
				}
			}
		}
	case "Kinesis Agent":
		title = "Log files of its host"
		var set struct{ Logs []struct{ Path string } }
		if json.Unmarshal(s.Settings, &set) != nil {
			return nil
		}
		for _, l := range set.Logs {
			rows[l.Path] = LogActions(name, l.Path)
		}
	default:
		return nil
	}
	return map[string]map[string][]Action{title: rows}
}

// spec is the form of a client: of a new one, or of the one that is changed.
func (c Client) spec(f Form, w FormWorld) Spec {
	s := Spec{Title: "Add a " + c.Kind, Verb: "Add " + c.Kind, Intro: c.What, Wide: c.Wide}
	if strings.ContainsAny(c.Kind[:1], "AEIO") {
		s.Title = "Add an " + c.Kind
	}
	if f.Target != "" {
		s.Title, s.Verb, s.Intro = "Change "+f.Target, "Apply", ""
	}
	for _, x := range c.Fields {
		if f.Target != "" && x.Fresh {
			continue
		}
		x.First = onFirehose(x.First, f.Stream)
		for i := 2; x.Name == ".Name" && strings.Contains(w.Taken, " "+x.First+" "); i++ {
			x.First = strings.TrimRight(x.First, "-0123456789") + "-" + strconv.Itoa(i)
		}
		if x.Options = slices.Clone(x.Options); x.Kind == Choice {
			for i, o := range x.Options {
				if o.Fill == nil {
					continue
				}
				fill := map[string]string{}
				for name, text := range o.Fill {
					fill[name] = onFirehose(text, f.Stream)
				}
				x.Options[i].Fill = fill
			}
		}
		s.Fields = append(s.Fields, x)
	}
	if x, ok := c.wireField(f, w); ok {
		s.Fields = slices.Insert(s.Fields, min(1, len(s.Fields)), x)
	}
	return s
}

// plan is what the form of a client does.
func (c Client) plan(f Form, w FormWorld, s Spec, v Values) ([]Step, map[string]string) {
	if c.Plan != nil {
		all, flaws := c.Plan(f, w, s, v)
		return all, takenFlaw(f, w, v, flaws)
	}
	body, flaws := s.Fill(v, f.Now, "")
	takenFlaw(f, w, v, flaws)
	head := Members{{"Name", f.Target}}
	switch to := cmp.Or(v[".Wire"], f.Stream); {
	case f.Target == "":
		head = Members{{"Name", v[".Name"]}, wire(to)}
	case v[".Wire"] != "" && v[".Wire"] != s.Begin(f.Now)[".Wire"]:
		head = append(head, wire(to))
	}
	return []Step{{Press: Press{Service: "lab", Op: "Put" + c.Noun, Body: append(head, body...)}}}, nameFlaw(f, v, flaws)
}

// nameFlaw adds that a new client needs a name.
func nameFlaw(f Form, v Values, flaws map[string]string) map[string]string {
	if f.Target == "" && v[".Name"] == "" {
		flaws[".Name"] = "Give it a name, for example bikes."
	}
	return flaws
}

// what many forms have.
func nameField(first string) Field {
	return Field{Name: ".Name", Label: "Name", Kind: Text, First: first, Fresh: true}
}

// positions are where a reader can begin; AT_TIMESTAMP has a field of its own.
var positions = options("LATEST", "LATEST, what comes from now on", "TRIM_HORIZON", "TRIM_HORIZON, the oldest still held", "AT_TIMESTAMP", "AT_TIMESTAMP, what came then or later")

const hasBeen = "an instant that has been, as 2026-03-02T08:40:00Z"

func roleField(verb string) Field {
	return Field{Name: "Role", Label: "Acts as", Group: "Behind it", Kind: Text, Help: "an IAM user or role; empty: it may " + verb + " everything"}
}

func latencyField(name string) Field {
	return Field{Name: "LatencyMillis", Label: "Answered after, ms", Group: name, Kind: Number, First: "30", Help: "of the network: until it has the answer to a call"}
}

var idsField = Field{Name: "MessageIds", Label: "Each record holds a unique id", Group: "Records", Kind: Switch, First: "false", Help: "by which a reader knows one that was put twice"}

func options(pairs ...string) []Option {
	var all []Option
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, Option{Value: pairs[i], Text: pairs[i+1]})
	}
	return all
}

// keyFields choose partition keys.
func keyFields(kind, prefix, count string, sent bool) []Field {
	return []Field{
		{Name: "Keys.Kind", Label: "Partition keys", Kind: Choice, First: kind, Sent: sent, Options: options("uniform", "at random, all alike", "round-robin", "in turn", "skewed", "one key takes more",
			"zipf", "a few keys take most", "fixed", "one key only", "list", "a list of keys, in turn")},
		{Name: "Keys.Prefix", Short: true, Label: "Keys begin with", Kind: Text, First: prefix, When: "Keys.Kind=uniform,round-robin,skewed,zipf", Sent: sent},
		{Name: "Keys.Count", Label: "How many keys", Kind: Number, First: count, When: "Keys.Kind=uniform,round-robin,skewed,zipf", Sent: sent},
		{Name: "Keys.Names", Label: "The keys", Kind: List, First: "bike-1", When: "Keys.Kind=fixed,list", Help: "with commas between; one key only has one"},
		{Name: "Keys.Share", Label: "Share of the first key, in %", Kind: Number, First: "70", Times: 0.01, When: "Keys.Kind=skewed,zipf"},
	}
}

// producerFields are those of a producer with an SDK, and of the services whose records it can make.
var producerFields = slices.Concat([]Field{
	nameField("bikes"),
	{Name: "RecordsPerSecond", Label: "Records a second", Kind: Number, First: "100"},
	{Name: "RecordBytes", Label: "Bytes of data each", Kind: Number, First: "256"},
}, keyFields("uniform", "bike-", "100", true), []Field{
	{Name: "Batch", Label: "Records of a call", Kind: Number, First: "1", Help: "1 is PutRecord, 2 to 500 PutRecords"},
	{Name: "Retry.Mode", Label: "After a refusal", Kind: Choice, First: "none", Options: options("none", "no retry", "immediate", "at once, the whole call again", "backoff", "as the AWS SDKs, backoff with jitter", "failed-entries", "only the entries that failed")},
	{Name: "Retry.Attempts", Label: "Attempts in all", Group: "Retries", Kind: Number, When: "Retry.Mode=immediate,backoff,failed-entries", Help: "1 to 10; empty: 3"},
	{Name: "Retry.BaseMillis", Label: "First pause, ms", Group: "Retries", Kind: Number, When: "Retry.Mode=backoff,failed-entries", Help: "at the most; doubles from retry to retry"},
	{Name: "Retry.Queue", Label: "Records that may wait", Group: "Retries", Kind: Number, When: "Retry.Mode=immediate,backoff,failed-entries", Help: "for a retry, 1 to 20,000; more are lost"},
	{Name: "TimeoutMillis", Label: "Time-out, ms", Group: "Retries", Kind: Number, First: "60000", Help: "a call not answered by then is tried again: 10 to 600,000"},
	idsField,
	{Name: "Source.Kind", Label: "Whose records", Group: "Source", Kind: Choice, First: "SDK", Options: options("SDK", "of a program", "CLOUDWATCH_LOGS", "of a CloudWatch Logs subscription", "IOT_RULE", "of an IoT rule", "KAFKA_CONNECT", "of a Kafka Connect sink", "DEVICES", "of devices, each with its own time"), Help: "a service gives its records a shape of its own"},
	{Name: "Source.LogGroup", Label: "Log group", Group: "Source", Kind: Text, When: "Source.Kind=CLOUDWATCH_LOGS", Help: "empty: /bikes/app"},
	{Name: "Source.LogEvents", Label: "Log events in a record", Group: "Source", Kind: Number, When: "Source.Kind=CLOUDWATCH_LOGS", Help: "1 to 200, compressed with gzip; empty: 20"},
	{Name: "Source.Distribution", Label: "Partition key", Group: "Source", Kind: Choice, First: "ByLogStream", When: "Source.Kind=CLOUDWATCH_LOGS", Options: options("ByLogStream", "the log stream", "Random", "chance")},
	{Name: "Source.Topic", Label: "Topic", Group: "Source", Kind: Text, When: "Source.Kind=IOT_RULE,KAFKA_CONNECT", Help: "empty: bikes"},
	{Name: "Source.PartitionKey", Label: "Partition key", Group: "Source", Kind: Text, When: "Source.Kind=IOT_RULE", Help: "with ${topic()}, ${timestamp()} or ${newuuid()}; empty: ${newuuid()}"},
	{Name: "Source.LatePercent", Label: "Records that come late, %", Group: "Source", Kind: Number, When: "Source.Kind=DEVICES", Help: "0 to 100; empty: none"},
	{Name: "Source.LateMillis", Label: "by up to, ms", Group: "Source", Kind: Number, When: "Source.Kind=DEVICES", Help: "1 to 3,600,000; empty: 30,000"},
	latencyField("Behind it"), roleField("write"),
})

// sourceClient is a service that feeds streams: a producer whose records have the service's shape.
func sourceClient(id, icon, source, name, kind, title, what string) Client {
	c := Client{ID: id, Noun: "Producer", Writes: true, Icon: icon, Kind: kind, Title: title, What: what}
	var own, rest []Field
	for _, x := range producerFields {
		switch {
		case x.Name == "Source.Kind":
			x.First, x.Sent, x.Hidden = source, true, true
			own = append(own, x)
		case strings.HasPrefix(x.Name, "Source."):
			if _, of, _ := strings.Cut(x.When, "="); slices.Contains(strings.Split(of, ","), source) {
				x.Group = ""
				own = append(own, x)
			}
		case x.Name == "MessageIds", x.Name == "Batch" && source == "IOT_RULE": // it has none
		case x.Name == ".Name":
			x.First = name
			own = append([]Field{x}, own...)
		case x.Name == "Retry.Mode" && source == "CLOUDWATCH_LOGS":
			x.First = "failed-entries"
			rest = append(rest, x)
		default:
			rest = append(rest, x)
		}
	}
	c.Fields = append(own, rest...)
	return c
}

// Clients are the kinds of clients that the stage can add, those that write first.
var Clients = []Client{
	{ID: "producer", Noun: "Producer", Writes: true, Icon: "upload", Kind: "producer", Title: "AWS SDK",
		What:   "Your own code calls PutRecord or PutRecords: simple, and batches and retries are yours to get right.",
		Fields: producerFields},
	{ID: "kpl", Noun: "KplProducer", Writes: true, Icon: "package", Kind: "KPL producer", Title: "Kinesis Producer Library", Wide: true, Verbs: [3]string{2: "Delete, with its buffers"},
		What: "Packs many user records into one Kinesis record and many of those into a call: more through a shard, for some delay.",
		Fields: slices.Concat([]Field{
			nameField("sensors"),
			{Name: "RecordsPerSecond", Label: "User records a second", Kind: Number, First: "100"},
			{Name: "RecordBytes", Label: "Bytes of data each", Kind: Number, First: "256"},
		}, keyFields("round-robin", "key-", "8", false), []Field{
			{Name: "RecordMaxBufferedTime", Label: "RecordMaxBufferedTime", Kind: Number, First: "100", Help: "ms that a record waits in the buffers at the most"},
			{Name: "AggregationEnabled", Label: "AggregationEnabled", Kind: Switch, First: "true", Help: "user records for one shard share a Kinesis record"},
			{Name: "AggregationMaxCount", Label: "AggregationMaxCount", Group: "Aggregation and collection", Kind: Number, First: "4294967295", Help: "user records in a Kinesis record"},
			{Name: "AggregationMaxSize", Label: "AggregationMaxSize, B", Group: "Aggregation and collection", Kind: Number, First: "51200", Help: "64 to 10,485,760"},
			{Name: "CollectionMaxCount", Label: "CollectionMaxCount", Group: "Aggregation and collection", Kind: Number, First: "500", Help: "Kinesis records in a PutRecords, 1 to 500"},
			{Name: "CollectionMaxSize", Label: "CollectionMaxSize, B", Group: "Aggregation and collection", Kind: Number, First: "5242880", Help: "52,224 to 10,485,760"},
			{Name: "FlushSync", Label: "Calls flushSync after each record", Group: "Aggregation and collection", Kind: Switch, First: "false", Help: "which it should not"},
			{Name: "RecordTtl", Label: "RecordTtl, ms", Group: "Retries and limits", Kind: Number, First: "30000", Help: "what was not taken by then has expired"},
			{Name: "RateLimit", Label: "RateLimit, %", Group: "Retries and limits", Kind: Number, First: "150", Help: "of a shard's limits, at the most"},
			{Name: "FailIfThrottled", Label: "FailIfThrottled", Group: "Retries and limits", Kind: Switch, First: "false", Help: "a refused record fails at once"},
			{Name: "RequestTimeout", Label: "RequestTimeout, ms", Group: "Retries and limits", Kind: Number, First: "6000"},
			{Name: "MaxConnections", Label: "MaxConnections", Group: "Retries and limits", Kind: Number, First: "24", Help: "calls under way, 1 to 256"},
			{Name: "MaxOutstanding", Label: "Outstanding records", Group: "Retries and limits", Kind: Number, First: "10000", Help: "at which the application waits"},
			{Name: "MetricsLevel", Short: true, Label: "MetricsLevel", Group: "Metrics", Kind: Choice, First: "detailed", Options: options("none", "none", "summary", "summary", "detailed", "detailed")},
			{Name: "MetricsGranularity", Short: true, Label: "MetricsGranularity", Group: "Metrics", Kind: Choice, First: "shard", Options: options("global", "global", "stream", "stream", "shard", "shard")},
			idsField, latencyField("Behind it"), roleField("write"),
		}),
		Deeds: func(x Card) []Action {
			return []Action{{Icon: "upload", Text: "Flush", Press: Press{Service: "lab", Op: "FlushKplProducer", Body: Members{{"Name", x.Name}}}}}
		}},
	{ID: "agent", Noun: "Agent", Writes: true, Icon: "file-text", Kind: "Kinesis Agent", Title: "Kinesis Agent", Wide: true,
		What: "A program on a host that follows log files as they grow and rotate, and sends each line. No code of yours.",
		Fields: slices.Concat([]Field{
			nameField("web-1"),
			{Name: ".Begin", Label: "Begin with", Kind: Choice, First: "lines", Fresh: true, Options: []Option{
				{Value: "lines", Text: "lines as they are", Fill: agentFill("APP", "/var/log/app.log", "")},
				{Value: "log", Text: "LOGTOJSON: an Apache access log becomes JSON", Fill: agentFill("COMBINEDAPACHELOG", "/var/log/httpd/access.log", `"optionName": "LOGTOJSON", "logFormat": "COMBINEDAPACHELOG"`)},
				{Value: "csv", Text: "CSVTOJSON: values with commas become JSON", Fill: agentFill("CSV", "/var/log/trips.csv", `"optionName": "CSVTOJSON", "customFieldNames": ["time", "bike", "km"]`)},
				{Value: "single", Text: "SINGLELINE: white space is cut off each record", Fill: agentFill("JSON", "/var/log/events.json", `"optionName": "SINGLELINE"`)},
			}},
			{Name: "Config", Label: "agent.json", Kind: Code, Lang: "json", First: agentFile("/var/log/app.log", ""), Sent: true, Help: "Its flows: which files go to which stream, and how lines are read. A flow each for every folder or stream."},
			{Name: "Log.Path", Label: "A log file on its host", Kind: Text, First: "/var/log/app.log", Fresh: true, Sent: true, Help: "empty: none yet"},
		}, logFields(true), []Field{latencyField("Behind it"), roleField("write")}),
		Deeds: func(x Card) []Action {
			name := Members{{"Name", x.Name}}
			all := []Action{{Icon: "plus", Text: "Add a log file…", Form: Form{Kind: "log", Of: x.Name, Stream: x.Stream}}}
			if x.Running {
				all = append(all, Action{Icon: "zap-off", Text: "Kill, as kill -9 does", Danger: true, Press: Press{Service: "lab", Op: "KillAgent", Body: name}})
			}
			return all
		},
		Plan: func(f Form, _ FormWorld, s Spec, v Values) ([]Step, map[string]string) {
			name := f.Target
			if name == "" {
				name = v[".Name"]
			}
			body, flaws := s.only("").Fill(v, f.Now, "")
			all := []Step{{Press: Press{Service: "lab", Op: "PutAgent", Body: append(Members{{"Name", name}}, body...)}}}
			if f.Target == "" && v["Log.Path"] != "" {
				log, more := s.only("Log.").Fill(v, nil, "Log.")
				for name, text := range more {
					flaws[name] = text
				}
				all = append(all, Step{Press{"lab", "PutLogFile", append(Members{{"Agent", name}}, log...)}, "Log."})
			}
			return all, nameFlaw(f, v, flaws)
		}},
	sourceClient("logs", "file-text", "CLOUDWATCH_LOGS", "app-logs", "subscription filter", "CloudWatch Logs subscription", "A log group's events, compressed, several in a record. Whoever reads must unpack them."),
	sourceClient("iot", "zap", "IOT_RULE", "docks-rule", "IoT rule", "AWS IoT rule", "Each message of a device that the rule matches becomes a record; a template makes its partition key."),
	sourceClient("kafka", "list", "KAFKA_CONNECT", "sink", "Kafka Connect sink", "Kafka Connect", "A third party: a connector copies a Kafka topic, a record for each message, keyed as there."),
	{ID: "consumer", Noun: "Consumer", Icon: "download", Kind: "consumer", Title: "AWS SDK",
		What: "Your own code asks each shard with GetRecords, or has records pushed with enhanced fan-out. Keeping its place is yours.",
		Fields: []Field{
			nameField("board"),
			{Name: "RetrievalMode", Label: "Gets records", Kind: Choice, First: "POLLING", Options: options("POLLING", "by GetRecords, from what all readers share", "FANOUT", "pushed, by enhanced fan-out of its own")},
			{Name: "PollMillis", Label: "Polls every … ms", Kind: Number, First: "200", When: "RetrievalMode=POLLING", Help: "GetRecords: 5 calls a second and shard, for all readers together"},
			{Name: "RecordsPerSecond", Label: "Can process a second", Kind: Number, First: "0", Help: "0: at once"},
			{Name: "From", Label: "Begins at", Kind: Choice, First: "LATEST", Options: positions},
			{Name: "Timestamp", Label: "Timestamp", Kind: Text, When: "From=AT_TIMESTAMP", Help: hasBeen},
			{Name: "Limit", Label: "Limit of a call", Group: "Behind it", Kind: Number, When: "RetrievalMode=POLLING", Help: "1 to 10,000 records; empty: 10,000, or what it processes in a second"},
			{Name: "ConsumerName", Short: true, Label: "Registered consumer", Group: "Behind it", Kind: Text, When: "RetrievalMode=FANOUT", Help: "empty: it registers one of its own name"},
			{Name: "ShardOrder", Label: "Order of shards", Group: "Behind it", Kind: Choice, First: "parents-first", Options: options("parents-first", "a shard after its parents", "all-at-once", "all shards at once")},
			roleField("read"),
		}},
	{ID: "kcl", Noun: "KclApplication", Icon: "users", Kind: "KCL application", Title: "Kinesis Client Library", Wide: true,
		What: "Workers share the shards by leases in a DynamoDB table and go on at checkpoints, one over after another's crash.",
		Fields: []Field{
			nameField("fleet"),
			{Name: "Workers", Label: "Workers", Kind: Number, First: "1", Fresh: true, Sent: true, Help: "0 to 100; more than shards have nothing to do"},
			{Name: "Version", Short: true, Label: "KCL", Kind: Choice, First: "2", Options: options("2", "2.x", "3", "3.x", "1", "1.x")},
			{Name: "InitialPositionInStream", Label: "First lease begins at", Kind: Choice, First: "LATEST", Options: positions},
			{Name: "InitialPositionInStreamExtended", Label: "initialPositionInStreamExtended", Kind: Text, When: "InitialPositionInStream=AT_TIMESTAMP", Help: hasBeen},
			{Name: "MillisPerRecord", Label: "Processing, ms a record", Kind: Number, First: "0", As: "MicrosPerRecord", AsTimes: 0.001, Help: "0 to 60,000"},
			{Name: "MillisPerBatch", Label: "and ms a batch", Kind: Number, First: "0"},
			{Name: "Checkpoint", Label: "Checkpoints", Kind: Choice, First: "every-batch", Options: options("every-batch", "after each batch", "every-records", "after so many records", "every-interval", "after so much time", "never", "never")},
			{Name: "CheckpointRecords", Label: "Records between two", Kind: Number, First: "1000", When: "Checkpoint=every-records"},
			{Name: "CheckpointMillis", Label: "Milliseconds between two", Kind: Number, First: "60000", When: "Checkpoint=every-interval"},
			{Name: "Poison", Short: true, Label: "Poison", Group: "Record processor", Kind: Text, Help: "text in a record's data that it cannot process; empty: none"},
			{Name: "OnPoison", Short: true, Label: "What it does then", Group: "Record processor", Kind: Choice, First: "throws", Options: options("throws", "throws, and the KCL swallows it", "stops", "stops its worker", "dead-letter", "puts the record aside")},
			{Name: "Idempotent", Label: "Drops messages that it has seen", Group: "Record processor", Kind: Switch, First: "false"},
			{Name: "FailoverTimeMillis", Label: "failoverTimeMillis", Group: "Leases", Kind: Number, First: "10000", Help: "a lease not renewed for so long is taken"},
			{Name: "MaxLeasesForWorker", Label: "maxLeasesForWorker", Group: "Leases", Kind: Number, First: "0", Help: "0 is unlimited"},
			{Name: "MaxLeasesToStealAtOneTime", Label: "maxLeasesToStealAtOneTime", Group: "Leases", Kind: Number, First: "1"},
			{Name: "ShardSyncIntervalMillis", Label: "shardSyncIntervalMillis", Group: "Leases", Kind: Number, First: "60000", Help: "between two looks at the shards"},
			{Name: "ParentShardPollIntervalMillis", Label: "parentShardPollIntervalMillis", Group: "Leases", Kind: Number, First: "10000"},
			{Name: "IsGracefulLeaseHandoffEnabled", Label: "isGracefulLeaseHandoffEnabled", Group: "Leases", Kind: Switch, First: "true", When: "Version=3"},
			{Name: "GracefulLeaseHandoffTimeoutMillis", Label: "gracefulLeaseHandoffTimeoutMillis", Group: "Leases", Kind: Number, First: "30000", When: "Version=3"},
			{Name: "DisableWorkerMetrics", Label: "disableWorkerMetrics", Group: "Leases", Kind: Switch, First: "false", When: "Version=3", Help: "share by throughput, not by CPU"},
			{Name: "CleanupLeasesUponShardCompletion", Label: "cleanupLeasesUponShardCompletion", Group: "Leases", Kind: Switch, First: "true", As: "CleanupLeases"},
			{Name: "RetrievalMode", Label: "Reads by", Group: "Reading", Kind: Choice, First: "POLLING", Options: options("POLLING", "POLLING, it asks", "FANOUT", "FANOUT, records are pushed"), Help: "KCL 2.x and 3.x begin with FANOUT; a new one here begins with POLLING, which costs nothing more. KCL 1.x asks"},
			{Name: "MaxRecords", Label: "maxRecords", Group: "Reading", Kind: Number, First: "10000", Help: "of a GetRecords, 1 to 10,000"},
			{Name: "IdleTimeBetweenReadsInMillis", Label: "idleTimeBetweenReadsInMillis", Group: "Reading", Kind: Number, Help: "200 to 3,600,000; empty: 1,500, in KCL 1.x 1,000"},
			{Name: "BillingMode", Short: true, Label: "billingMode", Group: "Lease table", Kind: Choice, Help: "of the table that it creates", Options: options("", "as its version does", "PAY_PER_REQUEST", "PAY_PER_REQUEST", "PROVISIONED", "PROVISIONED")},
			{Name: "InitialLeaseTableReadCapacity", Label: "Read units", Group: "Lease table", Kind: Number, First: "10", Help: "initialLeaseTableReadCapacity, when provisioned"},
			{Name: "InitialLeaseTableWriteCapacity", Label: "Write units", Group: "Lease table", Kind: Number, First: "10", Help: "initialLeaseTableWriteCapacity, when provisioned"},
			roleField("read"),
		},
		Deeds: workerDeeds},
	{ID: "connector", Noun: "Connector", Icon: "archive", Kind: "connector", Title: "Connector Library", Wide: true,
		What: "A KCL 1.x application of the time before Firehose: it transforms, filters, buffers and emits, and checkpoints only then.",
		Fields: []Field{
			nameField("pipe"),
			{Name: "Workers", Label: "Workers", Kind: Number, First: "1", Fresh: true, Sent: true, Help: "0 to 100; more than shards have nothing to do"},
			{Name: "Emitter", Label: "Emits to", Kind: Choice, First: "S3Emitter", Options: options("S3Emitter", "S3", "S3ManifestEmitter", "Redshift, by way of S3", "DynamoDBEmitter", "DynamoDB", "ElasticsearchEmitter", "Elasticsearch")},
			{Name: "Transformer", Label: "Transformer", Kind: Choice, First: "StringToStringTransformer", Options: options("StringToStringTransformer", "the text", "JsonToByteArrayTransformer", "JSON, or it throws", "ICollectionTransformer", "an item for each line")},
			{Name: "Filter", Label: "Keeps what holds", Kind: Text, Help: "empty: all"},
			{Name: "BufferRecordCountLimit", Label: "bufferRecordCountLimit", Group: "Buffer", Kind: Number, First: "1000", Help: "1 to 1,000,000"},
			{Name: "BufferByteSizeLimit", Label: "bufferByteSizeLimit", Group: "Buffer", Kind: Number, First: "1048576", Help: "1 to 67,108,864"},
			{Name: "BufferMillisecondsLimit", Label: "bufferMillisecondsLimit", Group: "Buffer", Kind: Number, First: "0", Help: "0 is unlimited"},
			{Name: "RetryLimit", Label: "retryLimit", Group: "Emitter", Kind: Number, First: "3", Help: "tries in all"},
			{Name: "BackoffInterval", Label: "backoffInterval", Group: "Emitter", Kind: Number, First: "10000", Help: "ms of sleep after a try that failed"},
			{Name: "OnFail", Short: true, Label: "fail()", Group: "Emitter", Kind: Choice, First: "logs", Options: options("logs", "logs items, so they are lost", "stores", "stores items")},
			{Name: "EmitMillis", Label: "The destination takes, ms", Group: "Emitter", Kind: Number, First: "100"},
			{Name: "RefusedPercent", Label: "and refuses, %", Group: "Emitter", Kind: Number, First: "0", Help: "of tries; of items in DynamoDB and Elasticsearch"},
			{Name: "InitialPositionInStream", Label: "First lease begins at", Group: "Leases", Kind: Choice, First: "TRIM_HORIZON", Options: options("TRIM_HORIZON", "TRIM_HORIZON, the oldest still held", "LATEST", "LATEST, what comes from now on")},
			{Name: "FailoverTimeMillis", Label: "failoverTimeMillis", Group: "Leases", Kind: Number, First: "30000", Help: "a lease not renewed for so long is taken"},
			{Name: "InitialLeaseTableWriteCapacity", Label: "Write units of the lease table", Group: "Leases", Kind: Number, First: "10"},
			roleField("read"),
		},
		Deeds: workerDeeds},
	{ID: "function", Noun: "EventSourceMapping", Icon: "zap", Kind: "Lambda function", Title: "Lambda function", Wide: true,
		What:   "Lambda polls the stream for you and invokes a function with batches, in order per shard, again and again until they go through.",
		Fields: functionFields, Plan: functionPlan, Verbs: [3]string{"Enable", "Disable", "Delete the mapping"}},
	sqlClient,
}

// workerDeeds are what can be done with the workers of a KCL application.
func workerDeeds(x Card) []Action {
	if !x.Running {
		return nil // Start starts a worker
	}
	all := []Action{{Icon: "plus", Text: "Start a worker", Press: Press{Service: "lab", Op: "StartWorker", Body: Members{{"Application", x.Name}}}},
		{Icon: "rotate-ccw", Text: "Redeploy", Press: Press{Service: "lab", Op: "RedeployKclApplication", Body: Members{{"Name", x.Name}}}}}
	for _, p := range x.Parts {
		if strings.HasPrefix(p.Name, "worker-") && len(all) < 6 { // the sheet has all of them
			all = append(all, WorkerActions(x.Name, p.Name, false)[1])
		}
	}
	return all
}

// WorkerActions are what can be done with a worker of a KCL application. Where there is little room, who it is stands in the words.
func WorkerActions(application, worker string, short bool) []Action {
	who := Members{{"Application", application}, {"Worker", worker}}
	name := " " + worker
	if short {
		name = ""
	}
	return []Action{
		{Icon: "pause", Text: "Stop" + name, Press: Press{Service: "lab", Op: "StopWorker", Body: who}},
		{Icon: "zap-off", Text: "Kill" + name, Danger: true, Press: Press{Service: "lab", Op: "KillWorker", Body: who}},
		{Icon: "timer", Text: "Hang" + name + " for 30 s", Press: Press{Service: "lab", Op: "PauseWorker", Body: append(slices.Clone(who), Member{"Millis", 30_000})}},
	}
}

// LogActions are what can be done with a log file on an agent's host.
func LogActions(agent, path string) []Action {
	which := Members{{"Agent", agent}, {"Path", path}}
	return []Action{
		{Icon: "sliders-horizontal", Text: "Change…", Form: Form{Kind: "log", Target: path, Of: agent}},
		{Icon: "rotate-ccw", Text: "Rotate", Press: Press{Service: "lab", Op: "RotateLogFile", Body: which}},
		{Icon: "trash-2", Text: "Delete", Danger: true, Press: Press{Service: "lab", Op: "DeleteLogFile", Body: which}},
	}
}

// only keeps the fields whose names begin with prefix; with none, those that have no other object's.
func (s Spec) only(prefix string) Spec {
	s.Fields = slices.DeleteFunc(slices.Clone(s.Fields), func(f Field) bool { return strings.HasPrefix(f.Name, "Log.") != (prefix == "Log.") })
	return s
}

// agentFile is an agent.json with one flow.
func agentFile(path, option string) string {
	if option != "" {
		option = ",\n     \"dataProcessingOptions\": [{" + option + "}]"
	}
	return `{
  "flows": [
    {"filePattern": "` + path + `*",
     "kinesisStream": "$STREAM",
     "initialPosition": "START_OF_FILE",
     "maxBufferAgeMillis": 5000` + option + `}
  ]
}`
}

func agentFill(format, path, option string) map[string]string {
	return map[string]string{"Config": agentFile(path, option), "Log.Path": path, "Log.Format": format}
}

// logFields say how a log file grows and is rotated; in the agent's own form they have a prefix.
func logFields(inAgent bool) []Field {
	prefix, group := "", ""
	if inAgent {
		prefix, group = "Log.", "How the file grows and is rotated"
	}
	all := []Field{
		{Name: "Format", Short: true, Label: "Its lines", Kind: Choice, First: "COMBINEDAPACHELOG", Options: options("COMBINEDAPACHELOG", "COMBINEDAPACHELOG", "COMMONAPACHELOG", "COMMONAPACHELOG", "APACHEERRORLOG", "APACHEERRORLOG",
			"SYSLOG", "SYSLOG", "RFC3339SYSLOG", "RFC3339SYSLOG", "CSV", "CSV, with commas", "JSON", "JSON", "APP", "APP, an application's own")},
		{Name: "LinesPerSecond", Label: "Lines a second", Kind: Number, First: "10", Help: "0 to 1,000"},
		{Name: "Rotation.Mode", Label: "Rotation", Kind: Choice, First: "NONE", Options: options("NONE", "never", "RENAME", "RENAME, and a new file", "CREATE", "CREATE, a new file with its instant in the name", "COPYTRUNCATE", "COPYTRUNCATE, copied and emptied")},
		{Name: "Rotation.Bytes", Label: "Once it has so many bytes", Kind: Number, When: "Rotation.Mode=RENAME,CREATE,COPYTRUNCATE", Help: "1,024 to 8,388,608"},
		{Name: "Rotation.Seconds", Label: "Each so many seconds", Kind: Number, When: "Rotation.Mode=RENAME,CREATE,COPYTRUNCATE", Help: "1 to 86,400"},
		{Name: "Rotation.Keep", Label: "Rotated files that stay", Kind: Number, When: "Rotation.Mode=RENAME,CREATE,COPYTRUNCATE", Help: "1 to 20; empty: 4"},
	}
	for i := range all {
		f := &all[i]
		f.Name, f.Group, f.Fresh = prefix+f.Name, group, inAgent
		if f.When != "" {
			f.When = prefix + f.When
		}
	}
	if inAgent {
		all[0].First, all[0].Sent = "APP", true
	}
	return all
}

// logSpec is the form of a log file on an agent's host.
func logSpec(f Form, _ FormWorld) Spec {
	s := Spec{Title: "Add a log file on " + f.Of, Verb: "Add log file", Intro: "An application on the agent's host writes it. A flow of the agent whose pattern it matches reads it."}
	if f.Target == "" {
		s.Fields = []Field{{Name: "Path", Label: "File", Kind: Text, First: "/var/log/app-2.log", Sent: true}}
	} else {
		s.Title, s.Verb, s.Intro = "Change "+f.Target, "Apply", ""
	}
	s.Fields = append(append(s.Fields, logFields(false)...), Field{Name: "Running", Label: "Its application runs", Kind: Switch, First: "true"})
	return s
}

func logPlan(f Form, s Spec, v Values) ([]Step, map[string]string) {
	head := Members{{"Agent", f.Of}}
	if f.Target != "" {
		head = append(head, Member{"Path", f.Target})
	}
	body, flaws := s.Fill(v, f.Now, "")
	return []Step{{Press: Press{Service: "lab", Op: "PutLogFile", Body: append(head, body...)}}}, flaws
}
