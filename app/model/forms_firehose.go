package model

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/protocol"
)

// firehoseRole is the role that Firehose's console makes.
const firehoseRole = "arn:aws:iam::123456789012:role/firehose_delivery_role"

// Groups of the fields of a Firehose stream.
const (
	objectNames = "Names and format of objects"
	processing  = "Processing"
	backups     = "Backup of source records"
)

// firehoseFields are those of a Firehose stream that delivers to S3; those under S3 have the names of its destination's members.
var firehoseFields = []Field{
	{Name: ".Name", Short: true, Label: "Name", Kind: Text, First: "raw", Fresh: true},
	{Name: ".Source", Label: "Takes records", Kind: Choice, Fresh: true},
	{Name: ".To", Label: "Delivers", Kind: Choice, First: "s3", Fresh: true},
	{Name: ".Bucket", Short: true, Label: "Bucket", Kind: Text, First: "lake", Fresh: true, Help: "it is created when there is none"},
	{Name: "S3.BufferingHints.SizeInMBs", Label: "Buffer size, MiB", Kind: Number, First: "5", As: "BufferingHints.SizeInMBs", Help: "1 to 128; dynamic partitioning and Parquet want 64"},
	{Name: "S3.BufferingHints.IntervalInSeconds", Label: "Buffer interval, s", Kind: Number, First: "300", As: "BufferingHints.IntervalInSeconds", Help: "0 to 900; whichever comes first lets it go"},
	{Name: "S3.CompressionFormat", Label: "Compression", Kind: Choice, First: "UNCOMPRESSED", As: "CompressionFormat", Options: options("UNCOMPRESSED", "none", "GZIP", "GZIP", "ZIP", "ZIP", "Snappy", "Snappy", "HADOOP_SNAPPY", "Hadoop-compatible Snappy")},
	{Name: "S3.Prefix", Label: "Prefix", Group: objectNames, Kind: Text, As: "Prefix", Help: "empty: the hour in which its oldest record arrived, 2026/03/02/08/; with !{timestamp:yyyy}, !{firehose:random-string} or !{partitionKeyFromQuery:bike}"},
	{Name: "S3.ErrorOutputPrefix", Label: "Prefix of failed records", Group: objectNames, Kind: Text, As: "ErrorOutputPrefix", Help: "for example errors/!{firehose:error-output-type}/; needed when Prefix has expressions"},
	{Name: "S3.FileExtension", Label: "File extension", Group: objectNames, Kind: Text, As: "FileExtension", Help: "for example .json"},
	transformFields[0], transformFields[1], transformFields[2], transformFields[3],
	{Name: ".Delimiter", Label: "A line for each record", Group: processing, Kind: Switch, First: "false", As: "ProcessingConfiguration.Processors.AppendDelimiterToRecord.Type", Help: "AppendDelimiterToRecord; else records run together"},
	{Name: ".Query", Label: "Partition keys by jq", Group: processing, Kind: Text, Fresh: true, Help: "for example {bike: .bike}: dynamic partitioning, with !{partitionKeyFromQuery:bike} in Prefix"},
	{Name: ".Table", Label: "Convert to Parquet by the Glue table", Group: processing, Kind: Text, Fresh: true, Help: "database.table; records must be JSON"},
	{Name: ".Backup", Label: "Keep every source record in the bucket", Group: backups, Kind: Text, Help: "empty: none are kept; it is created when there is none; it cannot be switched off again"},
}

// What a function that transforms for Firehose may begin with.
const (
	codeLines = `exports.handler = async (event) => ({
  records: event.records.map(({ recordId, data }) => {
    const text = Buffer.from(data, "base64").toString();
    return { recordId, result: "Ok", data: Buffer.from(text + "\n").toString("base64") };
  }),
});
`
	codeDrops = `exports.handler = async (event) => ({
  records: event.records.map(({ recordId, data }) => {
    try {
      const record = JSON.parse(Buffer.from(data, "base64").toString());
      if (record.event === "riding") return { recordId, result: "Dropped", data };
      return { recordId, result: "Ok", data: Buffer.from(JSON.stringify(record) + "\n").toString("base64") };
    } catch {
      return { recordId, result: "ProcessingFailed", data };
    }
  }),
});
`
	codeForgets = `// Firehose looks for each recordId in the answer: what it does not find there counts as failed.
exports.handler = async (event) => ({
  records: event.records.slice(1).map(({ recordId, data }) => ({ recordId, result: "Ok", data })),
});
`
)

// transformFields are the function through which the records of a Firehose stream go, wherever they are delivered to.
var transformFields = [...]Field{
	{Name: ".Lambda", Label: "Transform with a Lambda function", Group: processing, Kind: Text, As: "ProcessingConfiguration.Processors.Lambda.Parameters.LambdaArn.ParameterValue",
		Help: "its name; it answers for each recordId Ok, Dropped or ProcessingFailed; empty: none"},
	{Name: ".Make", Label: "That function", Group: processing, Kind: Choice, When: ".Lambda", Options: options("", "is there already", "new", "is made, with this code", "code", "is there, and gets this code in place of its own")},
	{Name: ".Begin", Label: "Begin with", Group: processing, Kind: Choice, First: "lines", When: ".Make=new,code", Options: []Option{
		{Value: "lines", Text: "a line for each record", Fill: map[string]string{".Code": codeLines}},
		{Value: "drops", Text: "drops some records, and fails what is no JSON", Fill: map[string]string{".Code": codeDrops}},
		{Value: "forgets", Text: "forgets a record of each call", Fill: map[string]string{".Code": codeForgets}}}},
	{Name: ".Code", Label: "index.js", Group: processing, Kind: Code, Lang: "javascript", First: codeLines, When: ".Make=new,code", Help: "Runs in a sandbox, bounded in time and memory, without a network. Time and chance are the lab's."},
}

// onlyToS3 are the fields of the form that have a meaning for S3 alone.
var onlyToS3 = []string{".Delimiter", ".Query", ".Table", ".Backup"}

func firehoseSpec(f Form, w FormWorld) Spec {
	s := Spec{Title: "Create a Firehose stream", Verb: "Create Firehose stream", Wide: true, Intro: "It buffers what comes in until the size or the interval is reached, then delivers all of it as one object."}
	if f.Target != "" {
		s.Title, s.Verb, s.Intro = "Change "+f.Target, "Apply", "What is buffered already goes as it would have. Dynamic partitioning is chosen when a Firehose stream is made, and stays."
	}
	to, plain := endOf(""), false
	for _, h := range w.Firehoses {
		if h.Name == f.Target {
			to, plain = endOf(h.Structure), h.Structure != "ExtendedS3" // S3 as it was before there was processing
		}
	}
	if f.Target != "" && to != nil { // what a form can change of it
		s.Fields = endChanges(to.structure)
		s.known(f.Now)
		return s
	}
	fields := slices.Clone(firehoseFields)
	at := slices.IndexFunc(fields, func(x Field) bool { return strings.HasPrefix(x.Name, "S3.") })
	for _, x := range slices.Insert(fields, at, endFields()...) {
		if f.Target != "" && (x.Fresh || strings.HasPrefix(x.Name, "End.") || x.Name == ".Backup" && f.Now["S3BackupMode"] == "Enabled" || plain && (x.Group == processing || x.Group == backups)) {
			continue
		}
		if f.Target == "" && x.When == "" && (strings.HasPrefix(x.Name, "S3.") || slices.Contains(onlyToS3, x.Name)) {
			x.When = ".To=s3"
		}
		switch x.Name {
		case ".Name":
			for i := 2; slices.ContainsFunc(w.Firehoses, func(h protocol.Firehose) bool { return h.Name == x.First }); i++ {
				x.First = "raw-" + strconv.Itoa(i)
			}
		case ".Source":
			x.Options = options("", "by Direct PUT: PutRecord and PutRecordBatch")
			for _, st := range w.Streams {
				x.Options = append(x.Options, Option{Value: st.ARN, Text: "of the stream " + st.Name})
				if st.Name == f.Stream {
					x.First = st.ARN
				}
			}
		case ".To":
			x.Options = endChoice()
		case ".Bucket":
			if len(w.Buckets) > 0 {
				x.First = w.Buckets[0]
			}
		}
		s.Fields = append(s.Fields, x)
	}
	s.known(f.Now)
	return s
}

// known adds to the form of a Firehose stream what there is of its processing: the code of its function, which is changed, and a switch
// for processors that are not enabled.
func (s *Spec) known(now ClientSettings) {
	at := func(name string) int {
		return slices.IndexFunc(s.Fields, func(f Field) bool { return f.Name == name })
	}
	if at(".Lambda") < 0 {
		return
	}
	if code := textOf(now["Code"]); code != "" {
		begin := &s.Fields[at(".Begin")]
		begin.First, begin.Options = "own", append([]Option{{Value: "own", Text: "the code of " + functionOf(textOf(now.at("ProcessingConfiguration.Processors.Lambda.Parameters.LambdaArn.ParameterValue"))), Fill: map[string]string{".Code": code}}}, begin.Options...)
		s.Fields[at(".Code")].First = code
	}
	if all, _ := now.at("ProcessingConfiguration.Processors").([]any); len(all) > 0 && now.at("ProcessingConfiguration.Enabled") != true {
		s.Fields = slices.Insert(s.Fields, at(".Lambda"), Field{Name: ".Processing", Label: "Processing is enabled", Group: processing, Kind: Switch, As: "ProcessingConfiguration.Enabled", Help: "while it is off, what stands below is kept, and nothing of it is done"})
	}
}

// firehosePlan creates a Firehose stream, and the buckets that it needs, or changes the one there is.
func firehosePlan(f Form, w FormWorld, s Spec, v Values) ([]Step, map[string]string) {
	config, flaws := s.Fill(v, f.Now, "S3.")
	const under = "S3."
	var all []Step
	bucket := func(name string) {
		if name != "" && !slices.Contains(w.Buckets, name) && !f.did("CreateBucket") {
			all = append(all, Step{Press{"s3api", "CreateBucket", Members{{"Bucket", name}}}, "."})
		}
	}
	to := func(name string) Members {
		return Members{{"RoleARN", firehoseRole}, {"BucketARN", "arn:aws:s3:::" + name}}
	}
	all = append(all, transformMade(f, v)...)
	if f.Target != "" {
		i := slices.IndexFunc(w.Firehoses, func(h protocol.Firehose) bool { return h.Name == f.Target })
		if i < 0 {
			return nil, flaws
		}
		h := w.Firehoses[i]
		if endOf(h.Structure) != nil {
			config = endUpdate(h, v, f.Now, flaws)
		}
		config = append(config, processingUpdate(v, s.Begin(f.Now), f.Now)...)
		if backup := v[".Backup"]; backup != "" {
			bucket(backup)
			config = append(config, Member{"S3BackupMode", "Enabled"}, Member{"S3BackupUpdate", to(backup)})
		}
		if len(config) == 0 { // which would be a version of its own
			return all, flaws
		}
		return append(all, Step{Press{"firehose", "UpdateDestination", Members{{"DeliveryStreamName", f.Target}, {"CurrentDeliveryStreamVersionId", strconv.FormatInt(h.Version, 10)}, {"DestinationId", "destinationId-000000000001"},
			{h.Structure + "DestinationUpdate", config}}}, under}), flaws
	}
	bucket(v[".Bucket"])
	e := endOf(v[".To"])
	if v[".Backup"] != v[".Bucket"] && e == nil {
		bucket(v[".Backup"])
	}
	config = append(to(v[".Bucket"]), config...)
	var processors []Members
	add := func(p Members) { processors = append(processors, p) }
	if name := v[".Lambda"]; name != "" {
		add(transformer(name))
	}
	var source Members
	if arn := v[".Source"]; arn != "" {
		source = Members{{"DeliveryStreamType", "KinesisStreamAsSource"}, {"KinesisStreamSourceConfiguration", Members{{"KinesisStreamARN", arn}, {"RoleARN", firehoseRole}}}}
	}
	if v[".Bucket"] == "" {
		flaws[".Bucket"] = "Name the bucket that it delivers to, or puts into what fails, for example lake."
	}
	if e != nil {
		var processing Members
		if len(processors) > 0 {
			processing = Members{{"ProcessingConfiguration", Members{{"Enabled", true}, {"Processors", processors}}}}
		}
		return append(all, endPlan(e, f, v, source, processing, flaws)...), nameFlaw(f, v, flaws)
	}
	if query := v[".Query"]; query != "" {
		add(processor("MetadataExtraction", parameter("MetadataExtractionQuery", query), parameter("JsonParsingEngine", "JQ-1.6")))
		config = append(config, Member{"DynamicPartitioningConfiguration", Members{{"Enabled", true}}})
	}
	if v[".Delimiter"] == "true" {
		add(lines())
	}
	if len(processors) > 0 {
		config = append(config, Member{"ProcessingConfiguration", Members{{"Enabled", true}, {"Processors", processors}}})
	}
	if table := v[".Table"]; table != "" {
		database, name, ok := strings.Cut(table, ".")
		if !ok || name == "" {
			flaws[".Table"] = "Write the database and the table with a dot between, for example lake.trips."
		}
		config = append(config, Member{"DataFormatConversionConfiguration", Members{{"Enabled", true},
			{"InputFormatConfiguration", Members{{"Deserializer", Members{{"OpenXJsonSerDe", Members{}}}}}},
			{"OutputFormatConfiguration", Members{{"Serializer", Members{{"ParquetSerDe", Members{}}}}}},
			{"SchemaConfiguration", Members{{"RoleARN", firehoseRole}, {"DatabaseName", database}, {"TableName", name}}}}})
	}
	if backup := v[".Backup"]; backup != "" {
		config = append(config, Member{"S3BackupMode", "Enabled"}, Member{"S3BackupConfiguration", to(backup)})
	}
	body := append(Members{{"DeliveryStreamName", v[".Name"]}}, source...)
	all = append(all, Step{Press{"firehose", "CreateDeliveryStream", append(body, Member{"ExtendedS3DestinationConfiguration", config})}, under})
	return all, nameFlaw(f, v, flaws)
}

func parameter(name, value string) Members {
	return Members{{"ParameterName", name}, {"ParameterValue", value}}
}

func processor(typ string, parameters ...Members) Members {
	return Members{{"Type", typ}, {"Parameters", parameters}}
}

// transformer is the processor that calls a function, by its name or its ARN; lines the one that ends each record with a new line.
func transformer(name string) Members {
	if !strings.HasPrefix(name, "arn:") {
		name = "arn:aws:lambda:us-east-1:123456789012:function:" + name
	}
	return processor("Lambda", parameter("LambdaArn", name))
}

func lines() Members { return processor("AppendDelimiterToRecord", parameter("Delimiter", `\n`)) }

// functionOf is the name of a function that is given by its name or its ARN.
func functionOf(name string) string {
	if _, behind, ok := strings.Cut(name, ":function:"); ok { // an alias or a version may stand behind it
		name, _, _ = strings.Cut(behind, ":")
	}
	return name
}

// transformMade makes the function that transforms, or gives it its code, when that is asked for.
func transformMade(f Form, v Values) []Step {
	name := functionOf(v[".Lambda"])
	code := Members{{"FunctionName", name}, {"ZipFile", base64.StdEncoding.EncodeToString([]byte(v[".Code"]))}}
	switch {
	case name == "":
	case v[".Make"] == "new" && !f.did("CreateFunction"):
		return []Step{{Press{"lambda", "CreateFunction", append(code, Member{"Timeout", 60})}, "."}}
	case v[".Make"] != "" && !f.did("UpdateFunctionCode"):
		return []Step{{Press{"lambda", "UpdateFunctionCode", code}, "."}}
	}
	return nil
}

// processingUpdate is what changes of the processors. They are replaced as a whole, so those that the form does not show go along as they
// are. A function comes behind what unpacks the logs of CloudWatch, and before all else.
func processingUpdate(v, begun Values, now ClientSettings) Members {
	if v[".Lambda"] == begun[".Lambda"] && v[".Delimiter"] == begun[".Delimiter"] && v[".Processing"] == begun[".Processing"] {
		return nil
	}
	was, _ := now.at("ProcessingConfiguration.Processors").([]any)
	all, at := []any{}, 0
	var lambda map[string]any
	var delimiter any
	for _, x := range was {
		one, _ := x.(map[string]any)
		switch one["Type"] {
		case "Lambda":
			lambda = one
			continue
		case "AppendDelimiterToRecord":
			delimiter = x
			continue
		}
		if all = append(all, x); one["Type"] == "Decompression" || one["Type"] == "CloudWatchLogProcessing" {
			at = len(all)
		}
	}
	if name := v[".Lambda"]; name != "" {
		next := transformer(name)
		parameters, _ := lambda["Parameters"].([]any) // its retries and its buffer are those of the place, whichever function it is
		for _, p := range parameters {
			if one, _ := p.(map[string]any); one["ParameterName"] != "LambdaArn" {
				next[1].Value = append(next[1].Value.([]Members), parameter(textOf(one["ParameterName"]), textOf(one["ParameterValue"])))
			}
		}
		all = slices.Insert(all, at, any(next))
	}
	if wanted, shown := v[".Delimiter"]; wanted == "true" || !shown {
		if delimiter == nil && shown {
			delimiter = lines()
		}
		if delimiter != nil {
			all = append(all, delimiter)
		}
	}
	return Members{{"ProcessingConfiguration", Members{{"Enabled", len(all) > 0 && v[".Processing"] != "false"}, {"Processors", all}}}}
}

func bucketSpec(_ Form, w FormWorld) Spec {
	name := "lake"
	for i := 2; slices.Contains(w.Buckets, name); i++ {
		name = "lake-" + strconv.Itoa(i)
	}
	return Spec{Title: "Create a bucket", Verb: "Create bucket", Intro: "A bucket of Amazon S3 holds objects: whole files under a key. Folders are only what keys have in common.",
		Fields: []Field{{Name: "Bucket", Label: "Name", Kind: Text, First: name, Sent: true, Help: "3 to 63 lower-case letters, digits, dots and hyphens"}}}
}

func putRecordSpec(f Form, _ FormWorld) Spec {
	return Spec{Title: "Put a record into " + f.Target, Verb: "Put record", Intro: "PutRecord writes straight into Firehose, without a stream and without a partition key.", Wide: true,
		Fields: []Field{{Name: "Data", Label: "Data", Kind: Code, First: "{\"bike\": 7, \"km\": 2.5}\n", Sent: true, Help: "as text, up to 1,000 KiB"}}}
}

func faultSpec(f Form, _ FormWorld) Spec {
	return Spec{Title: "Put a fault on " + f.Target, Verb: "Put fault", Intro: "See what Firehose does: it tries again, for how long the destination's retry duration says, and then backs up.",
		Fields: []Field{
			{Name: "Name", Short: true, Label: "Name of the fault", Kind: Text, First: "trouble", Sent: true},
			{Name: "Kind", Label: "What is wrong", Kind: Choice, First: "unavailable", Sent: true, Options: options("unavailable", "it is down", "refused", "it lets nobody in", "throttled", "it takes no more for now",
				"network-latency", "it is slow", "lost-answers", "it does the work and its answers are lost: duplicates")},
			{Name: "Percentage", Label: "Of the calls, %", Kind: Number, First: "100"},
			{Name: "Millis", Label: "Slower by, ms", Kind: Number, First: "500", When: "Kind=network-latency"},
		}}
}

// firehoseStep is the command of the forms above that have one.
func firehoseStep(f Form, v Values, body Members) Press {
	switch f.Kind {
	case "bucket":
		return Press{"s3api", "CreateBucket", body}
	case "fault":
		return Press{"lab", "PutFault", append(body, Member{"Destination", f.Target})}
	}
	return Press{"firehose", "PutRecord", Members{{"DeliveryStreamName", f.Target}, {"Record", Members{{"Data", base64.StdEncoding.EncodeToString([]byte(v["Data"]))}}}}}
}
