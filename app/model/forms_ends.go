package model

import (
	"slices"
	"strings"

	"shardlab/wasm/protocol"
)

// An end is a destination of a Firehose stream that is not S3: how its structures are called, what it is made of in the lab, what its
// buffer begins with, and the modes of its backup. Defaults are Firehose's own; a test of server/site holds them to the engine's.
type end struct {
	id, text  string
	structure string // "Redshift" of RedshiftDestinationConfiguration
	sink      string // kind of the lab's far end
	name      string // that a new one begins with
	size      string // MiB
	seconds   string
	retry     string // seconds
	failed    string // S3BackupMode of failed data alone; "" when it backs up all or nothing
	all       string
	tables    bool // it holds tables, which a form makes
}

var ends = []end{
	{"opensearch", "an index of Amazon OpenSearch Service", "Amazonopensearchservice", "opensearch", "logs", "5", "300", "300", "FailedDocumentsOnly", "AllDocuments", false},
	{"redshift", "a table of Amazon Redshift, by COPY", "Redshift", "redshift", "warehouse", "5", "300", "3600", "", "", true},
	{"splunk", "Splunk", "Splunk", "splunk", "hec", "5", "60", "300", "FailedEventsOnly", "AllEvents", false},
	{"http", "an HTTP endpoint", "HttpEndpoint", "http", "partner", "5", "60", "300", "FailedDataOnly", "AllData", false},
	{"snowflake", "a table of Snowflake", "Snowflake", "snowflake", "acme", "1", "0", "60", "FailedDataOnly", "AllData", true},
	{"iceberg", "an Apache Iceberg table", "Iceberg", "iceberg", "lakehouse", "5", "300", "300", "FailedDataOnly", "AllData", true},
}

// endOf finds a destination by its id, or by how its structures are called; nil when it is S3.
func endOf(id string) *end {
	for i := range ends {
		if ends[i].id == id || ends[i].structure == id {
			return &ends[i]
		}
	}
	return nil
}

// endIDs are the ids of the destinations for which want holds, with commas between.
func endIDs(want func(end) bool) string {
	var all []string
	for _, e := range ends {
		if want(e) {
			all = append(all, e.id)
		}
	}
	return strings.Join(all, ",")
}

// endChoice are the destinations, each with what its fields begin with.
func endChoice() []Option {
	all := []Option{{Value: "s3", Text: "objects in Amazon S3"}}
	for _, e := range ends {
		all = append(all, Option{Value: e.id, Text: e.text, Fill: map[string]string{".End": e.name, "End.Size": e.size, "End.Seconds": e.seconds, "End.Retry": e.retry}})
	}
	return all
}

// endFields are those of destinations that are not S3.
func endFields() []Field {
	any := ".To=" + endIDs(func(end) bool { return true })
	tables := ".To=" + endIDs(func(e end) bool { return e.tables })
	modes := ".To=" + endIDs(func(e end) bool { return e.failed != "" })
	return []Field{
		{Name: ".End", Short: true, Label: "Its name", Kind: Text, First: "logs", Fresh: true, When: any, Help: "of the cluster, domain or endpoint; made when there is none"},
		{Name: ".Index", Short: true, Label: "Index", Kind: Text, First: "records", Fresh: true, When: ".To=opensearch", Help: "small letters; the day is added to it"},
		{Name: ".Table2", Short: true, Label: "Table", Kind: Text, First: "rides", Fresh: true, When: tables},
		{Name: ".Columns", Label: "Its columns", Kind: Text, First: "bike int, key varchar(24), event varchar(12), battery int, pad varchar(1000)", Fresh: true, When: tables, Help: "name and type, as in CREATE TABLE; the table is made with them. The lab's writers fill records up with a pad"},
		{Name: "End.Size", Label: "Buffer size, MiB", Kind: Number, First: "5", As: "BufferingHints.SizeInMBs", When: any},
		{Name: "End.Seconds", Label: "Buffer interval, s", Kind: Number, First: "300", As: "BufferingHints.IntervalInSeconds", When: any, Help: "whichever comes first lets it go"},
		{Name: "End.Retry", Label: "Tries again for, s", Kind: Number, First: "300", As: "RetryOptions.DurationInSeconds", When: any, Help: "0 to 7,200; what is left then goes to the bucket"},
		{Name: ".Keep", Label: "Into the bucket goes", Kind: Choice, First: "failed", Fresh: true, When: modes, Options: options("failed", "what could not be delivered", "all", "every record")},
	}
}

// endChanges are the fields of what can be changed later. COPY's buffer is that of its files.
func endChanges(structure string) []Field {
	var all []Field
	for _, x := range endFields() {
		if x.Fresh {
			continue
		}
		if x.When = ""; structure == "Redshift" && strings.HasPrefix(x.As, "BufferingHints") {
			x.As = "S3Configuration." + x.As
		}
		all = append(all, x)
	}
	return append(all, transformFields[:]...)
}

// hints are the members of BufferingHints as they are typed.
func hints(v Values, flaws map[string]string) Members {
	number := func(name, label string) any {
		n, ok := Field{Kind: Number}.read(v[name])
		if !ok {
			flaws[name] = label + " must be a number, for example 5."
		}
		return n
	}
	return Members{{"SizeInMBs", number("End.Size", "Buffer size")}, {"IntervalInSeconds", number("End.Seconds", "Buffer interval")}}
}

// endPlan makes the far end when there is none, and the Firehose stream that delivers to it.
func endPlan(e *end, f Form, v Values, source, processing Members, flaws map[string]string) []Step {
	name := v[".End"]
	if name == "" {
		flaws[".End"] = "Name it, for example " + e.name + "."
	}
	sink := Members{{"Name", name}, {"Kind", e.sink}}
	if e.tables {
		if v[".Table2"] == "" || v[".Columns"] == "" {
			flaws[".Columns"] = "Name the table and its columns, for example rides with bike int, event varchar(12)."
		}
		sink = append(sink, Member{"Tables", []string{v[".Table2"] + " (" + v[".Columns"] + ")"}})
	}
	var all []Step
	if !f.did("PutSink") {
		all = append(all, Step{Press{"lab", "PutSink", sink}, "."})
	}
	bucket := Members{{"RoleARN", firehoseRole}, {"BucketARN", "arn:aws:s3:::" + v[".Bucket"]}}
	buffer := Member{"BufferingHints", hints(v, flaws)}
	role := Member{"RoleARN", firehoseRole}
	var config Members
	switch e.id {
	case "opensearch":
		config = Members{role, {"DomainARN", "arn:aws:es:us-east-1:123456789012:domain/" + name}, {"IndexName", v[".Index"]}}
	case "redshift":
		config = Members{role, {"ClusterJDBCURL", "jdbc:redshift://" + name + ".abc.us-east-1.redshift.amazonaws.com:5439/dev"}, {"Username", "loader"}, {"Password", "Passw0rd"},
			{"CopyCommand", Members{{"DataTableName", v[".Table2"]}, {"CopyOptions", "JSON 'auto'"}}}}
		bucket, buffer = append(bucket, buffer), Member{}
	case "splunk":
		config = Members{{"HECEndpoint", "https://" + name + ".example.com:8088"}, {"HECEndpointType", "Event"}, {"HECToken", "token"}}
	case "http":
		config = Members{role, {"EndpointConfiguration", Members{{"Url", "https://" + name + ".example.com/records"}}}}
	case "snowflake":
		config = Members{role, {"AccountUrl", "https://" + name + ".snowflakecomputing.com"}, {"User", "loader"}, {"PrivateKey", strings.Repeat("A", 256)}, {"Database", "lab"}, {"Schema", "public"}, {"Table", v[".Table2"]}}
	case "iceberg":
		config = Members{role, {"CatalogConfiguration", Members{{"CatalogARN", "arn:aws:glue:us-east-1:123456789012:catalog"}}},
			{"DestinationTableConfigurationList", []Members{{{"DestinationDatabaseName", name}, {"DestinationTableName", v[".Table2"]}}}}}
	}
	if buffer.Name != "" {
		config = append(config, buffer)
	}
	retry, ok := Field{Kind: Number}.read(v["End.Retry"])
	if !ok {
		flaws["End.Retry"] = "How long it tries again must be a number, for example 300."
	}
	config = append(config, Member{"RetryOptions", Members{{"DurationInSeconds", retry}}})
	if mode := map[string]string{"failed": e.failed, "all": e.all}[v[".Keep"]]; mode != "" {
		config = append(config, Member{"S3BackupMode", mode})
	}
	config = append(append(config, Member{"S3Configuration", bucket}), processing...)
	return append(all, Step{Press{"firehose", "CreateDeliveryStream", append(append(Members{{"DeliveryStreamName", v[".Name"]}}, source...), Member{e.structure + "DestinationConfiguration", config})}, "End."})
}

// endUpdate changes buffer and retries of the Firehose stream there is.
func endUpdate(h protocol.Firehose, v Values, now ClientSettings, flaws map[string]string) Members {
	begun := Spec{Fields: endChanges(h.Structure)}.Begin(now)
	var config Members
	if v["End.Size"] != begun["End.Size"] || v["End.Seconds"] != begun["End.Seconds"] {
		if buffer := (Member{"BufferingHints", hints(v, flaws)}); h.Structure == "Redshift" {
			config = append(config, Member{"S3Update", Members{buffer}})
		} else {
			config = append(config, buffer)
		}
	}
	if v["End.Retry"] != begun["End.Retry"] {
		if retry, ok := (Field{Kind: Number}).read(v["End.Retry"]); ok {
			config = append(config, Member{"RetryOptions", Members{{"DurationInSeconds", retry}}})
		} else {
			flaws["End.Retry"] = "How long it tries again must be a number, for example 300."
		}
	}
	return config
}

// sinkSpec is the form of a far end by itself, tableSpec that of a table of the Data Catalog.
func sinkSpec(Form, FormWorld) Spec {
	kinds := Field{Name: "Kind", Label: "What it is", Kind: Choice, First: "http", Sent: true}
	for _, e := range ends {
		kinds.Options = append(kinds.Options, Option{Value: e.sink, Text: map[string]string{"opensearch": "a domain of Amazon OpenSearch Service", "redshift": "a cluster of Amazon Redshift", "splunk": "Splunk", "http": "an HTTP endpoint",
			"snowflake": "an account of Snowflake", "iceberg": "a database of Apache Iceberg tables"}[e.id], Fill: map[string]string{"Name": e.name}})
	}
	return Spec{Title: "Make a far end", Verb: "Make far end", Intro: "What a Firehose stream can deliver to beside S3. It holds what it takes, and faults can befall it.", Fields: []Field{
		kinds,
		{Name: "Name", Short: true, Label: "Name", Kind: Text, First: "partner", Sent: true, Help: "of the cluster or domain, or the first label of the endpoint's host"},
		{Name: "Tables", Label: "Its tables", Kind: Text, First: "", When: "Kind=redshift,snowflake,iceberg", Help: "for example rides (bike int, event varchar(12))"},
		{Name: "LatencyMillis", Label: "Answers after, ms", Kind: Number, First: "100", Help: "0 to 600,000"},
		{Name: "AckMillis", Label: "Acknowledges after, ms", Kind: Number, First: "2000", When: "Kind=splunk", Help: "0: never"},
		{Name: "Token", Label: "Takes only with", Kind: Text, First: "", When: "Kind=splunk,http", Help: "the HEC token or access key; empty takes any"},
		{Name: "Answer", Label: "It answers", Kind: Choice, First: "proper", When: "Kind=http", Options: options("proper", "as it should", "malformed", "nonsense", "too-large", "more than Firehose reads")},
	}}
}

// sinkPlan makes Tables, a text, the list that the operation takes.
func sinkPlan(s Spec, v Values) ([]Step, map[string]string) {
	body, flaws := s.Fill(v, nil, "")
	if i := slices.IndexFunc(body, func(m Member) bool { return m.Name == "Tables" }); i >= 0 {
		body[i].Value = []string{v["Tables"]}
	}
	if v["Name"] == "" {
		flaws["Name"] = "Give it a name, for example partner."
	}
	return []Step{{Press: Press{"lab", "PutSink", body}}}, flaws
}

func tableSpec(Form, FormWorld) Spec {
	return Spec{Title: "Create a table of the Data Catalog", Verb: "Create table", Intro: "Its columns are the schema by which Firehose converts JSON records to Parquet.", Fields: []Field{
		{Name: "DatabaseName", Short: true, Label: "Database", Kind: Text, First: "lake", Sent: true, Help: "made when there is none"},
		{Name: ".Table", Short: true, Label: "Table", Kind: Text, First: "trips", Sent: true},
		{Name: ".Columns", Label: "Columns", Kind: Text, First: "bike int, key string, event string, battery int", Sent: true, Help: "name and type with commas between: string, int, bigint, double, boolean, timestamp"},
		{Name: ".Fresh", Label: "The database is new", Kind: Switch, First: "true"},
	}}
}

// tablePlan makes the database, when it is new, and the table.
func tablePlan(f Form, v Values) (all []Step, flaws map[string]string) {
	flaws = map[string]string{}
	var columns []Members
	for _, c := range strings.Split(v[".Columns"], ",") {
		name, typ, ok := strings.Cut(strings.TrimSpace(c), " ")
		if typ = strings.TrimSpace(typ); !ok || typ == "" {
			flaws[".Columns"] = "Write each column as a name and a type, for example bike int, event string."
		}
		columns = append(columns, Members{{"Name", name}, {"Type", typ}})
	}
	if v["DatabaseName"] == "" || v[".Table"] == "" {
		flaws[".Table"] = "Name the database and the table, for example lake and trips."
	}
	if v[".Fresh"] == "true" && !f.did("CreateDatabase") {
		all = append(all, Step{Press: Press{"glue", "CreateDatabase", Members{{"DatabaseInput", Members{{"Name", v["DatabaseName"]}}}}}})
	}
	return append(all, Step{Press: Press{"glue", "CreateTable", Members{{"DatabaseName", v["DatabaseName"]}, {"TableInput", Members{{"Name", v[".Table"]}, {"StorageDescriptor", Members{{"Columns", columns}}}}}}}}), flaws
}
