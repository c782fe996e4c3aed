// Package export takes what stands on a stage to AWS: a CloudFormation template, Terraform, a script of the AWS CLI, and clients in Go and
// Python. It asks the services of the lab's world, as anybody could, and knows nothing else of it. What AWS would not make of
// it is named in each text, with the reason.
package export

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Forms are what a stage can be exported as.
var Forms = []string{"cloudformation", "terraform", "cli", "go", "python"}

// An Ask asks an operation of a service, service "lab" among them, and gives its answer in JSON.
type Ask func(service, op string, body any) ([]byte, error)

// A Stage is what was found.
type Stage struct {
	Streams   []Stream
	Hoses     []Hose
	Buckets   []string
	Functions []Function
	Mappings  []Mapping
	Alarms    []Alarm
	Writers   []Client
	Readers   []Client
	Left      []string // what is not carried over, each with its reason
	PerHour   float64  // US dollars, as it goes now
}

// A Stream is a data stream.
type Stream struct {
	Name      string
	OnDemand  bool
	Shards    int
	Hours     int
	Key       string // of KMS; "" without encryption
	Tags      [][2]string
	Metrics   []string
	MaxKiB    int
	Consumers []string // registered for enhanced fan-out
}

// A Hose is a Firehose stream that delivers to Amazon S3.
type Hose struct {
	Name, Source, Bucket string // Source is the stream it reads, "" for Direct PUT
	To                   map[string]any
}

// A Function is a Lambda function.
type Function struct {
	Name, Runtime   string
	Timeout, Memory int
}

// A Mapping is an event source mapping.
type Mapping struct {
	Function, Stream, Start string
	Batch, Window, Parallel int
	Retries, Age, Tumbling  int
	Bisect, PartialBatch    bool
	OnFailure               string
	Filters                 []string
	StartAt                 float64
}

// An Alarm is a metric alarm.
type Alarm struct {
	AlarmName, AlarmDescription, Namespace, MetricName string
	Statistic, ExtendedStatistic, ComparisonOperator   string
	TreatMissingData, Unit                             string
	EvaluateLowSampleCountPercentile                   string
	Period, EvaluationPeriods, DatapointsToAlarm       int
	Threshold                                          float64
	Dimensions                                         []struct{ Name, Value string }
	AlarmActions                                       []string
	Metrics                                            []any
}

// A Client is a program that writes or reads.
type Client struct {
	Kind   string // "SDK", "KPL", "KCL", "fan-out"
	Name   string
	Stream string
	As     string // the registered consumer that a reader with enhanced fan-out reads as
	Hose   bool   // Stream is a Firehose stream
	Rate   float64
	Batch  int
	From   string
	Keys   string // in words, of an SDK or KPL producer
	Size   int    // of a record, in bytes
}

// Look finds what stands on the stage.
func Look(ask Ask) (*Stage, error) {
	s := &Stage{}
	for _, look := range []func(Ask) error{s.streams, s.hoses, s.lambda, s.alarms, s.clients, s.others} {
		if err := look(ask); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// get asks and decodes.
func get[T any](ask Ask, service, op string, body any) (out T, err error) {
	b, err := ask(service, op, body)
	if err == nil && len(b) > 0 {
		err = json.Unmarshal(b, &out)
	}
	return out, err
}

type named map[string]any

func (s *Stage) leave(format string, a ...any) { s.Left = append(s.Left, fmt.Sprintf(format, a...)) }

func (s *Stage) streams(ask Ask) error {
	from := named{}
	for {
		list, err := get[struct {
			StreamNames    []string
			HasMoreStreams bool
		}](ask, "kinesis", "ListStreams", from)
		if err != nil {
			return err
		}
		for _, name := range list.StreamNames {
			if err := s.stream(ask, name); err != nil {
				return err
			}
		}
		if !list.HasMoreStreams || len(list.StreamNames) == 0 {
			return nil
		}
		from = named{"ExclusiveStartStreamName": list.StreamNames[len(list.StreamNames)-1]}
	}
}

func (s *Stage) stream(ask Ask, name string) error {
	x := named{"StreamName": name}
	d, err := get[struct {
		StreamDescriptionSummary struct {
			StreamARN, StreamStatus string
			StreamModeDetails       struct{ StreamMode string }
			RetentionPeriodHours    int
			EncryptionType, KeyId   string
			OpenShardCount          int
			MaxRecordSizeInKiB      int
			EnhancedMonitoring      []struct{ ShardLevelMetrics []string }
		}
	}](ask, "kinesis", "DescribeStreamSummary", x)
	if err != nil {
		return err
	}
	is := d.StreamDescriptionSummary
	if is.StreamStatus == "DELETING" {
		return nil
	}
	out := Stream{Name: name, OnDemand: is.StreamModeDetails.StreamMode == "ON_DEMAND", Shards: max(is.OpenShardCount, 1), Hours: is.RetentionPeriodHours, MaxKiB: is.MaxRecordSizeInKiB}
	if is.EncryptionType == "KMS" {
		out.Key = is.KeyId
		if out.Key != managedKey {
			s.leave("KMS key of stream %s: keys are not exported, so the stream takes %s, the key that AWS manages.", name, managedKey)
			out.Key = managedKey
		}
	}
	for _, m := range is.EnhancedMonitoring {
		out.Metrics = append(out.Metrics, m.ShardLevelMetrics...)
	}
	tags, err := get[struct{ Tags []struct{ Key, Value string } }](ask, "kinesis", "ListTagsForStream", x)
	if err != nil {
		return err
	}
	for _, t := range tags.Tags {
		out.Tags = append(out.Tags, [2]string{t.Key, t.Value})
	}
	consumers, err := get[struct {
		Consumers []struct{ ConsumerName string }
	}](ask, "kinesis", "ListStreamConsumers", named{"StreamARN": is.StreamARN})
	if err != nil {
		return err
	}
	for _, c := range consumers.Consumers {
		out.Consumers = append(out.Consumers, c.ConsumerName)
	}
	slices.Sort(out.Consumers)
	shards, err := get[struct {
		Shards []struct {
			HashKeyRange struct{ StartingHashKey, EndingHashKey string }
		}
	}](ask, "kinesis", "ListShards", named{"StreamName": name, "ShardFilter": named{"Type": "AT_LATEST"}})
	if err != nil {
		return err
	}
	even := new(big.Int).Div(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(int64(out.Shards)))
	for _, sh := range shards.Shards {
		low, ok1 := new(big.Int).SetString(sh.HashKeyRange.StartingHashKey, 10)
		high, ok2 := new(big.Int).SetString(sh.HashKeyRange.EndingHashKey, 10)
		if ok1 && ok2 && !out.OnDemand && new(big.Int).Abs(new(big.Int).Sub(new(big.Int).Sub(high, low), even)).Cmp(big.NewInt(int64(2*out.Shards))) > 0 {
			s.leave("Hash key ranges of stream %s: a new stream has %d shards of equal ranges, and here they were split or merged. SplitShard and MergeShards do it again.", name, out.Shards)
			break
		}
	}
	s.Streams = append(s.Streams, out)
	return nil
}

const managedKey = "alias/aws/kinesis"

// last is the name at the end of an ARN.
func last(arn string) string { return arn[strings.LastIndexAny(arn, ":/")+1:] }

func (s *Stage) hoses(ask Ask) error {
	from := named{}
	for {
		list, err := get[struct {
			DeliveryStreamNames    []string
			HasMoreDeliveryStreams bool
		}](ask, "firehose", "ListDeliveryStreams", from)
		if err != nil {
			return err
		}
		for _, name := range list.DeliveryStreamNames {
			if err := s.hose(ask, name); err != nil {
				return err
			}
		}
		if !list.HasMoreDeliveryStreams || len(list.DeliveryStreamNames) == 0 {
			return nil
		}
		from = named{"ExclusiveStartDeliveryStreamName": list.DeliveryStreamNames[len(list.DeliveryStreamNames)-1]}
	}
}

func (s *Stage) hose(ask Ask, name string) error {
	d, err := get[struct {
		DeliveryStreamDescription struct {
			DeliveryStreamStatus string
			Source               struct {
				KinesisStreamSourceDescription struct{ KinesisStreamARN string }
			}
			Destinations []map[string]any
		}
	}](ask, "firehose", "DescribeDeliveryStream", named{"DeliveryStreamName": name})
	if err != nil {
		return err
	}
	is := d.DeliveryStreamDescription
	for _, to := range is.Destinations {
		s3, ok := to["ExtendedS3DestinationDescription"].(map[string]any)
		if !ok {
			kind := "another destination than Amazon S3"
			for member := range to {
				if k, ok := strings.CutSuffix(member, "DestinationDescription"); ok && k != "S3" {
					kind = k
				}
			}
			s.leave("Firehose stream %s: it delivers to %s, whose far end with its secrets is not on this stage.", name, kind)
			continue
		}
		h := Hose{Name: name, Bucket: last(text(s3["BucketARN"])), To: s3}
		if arn := is.Source.KinesisStreamSourceDescription.KinesisStreamARN; arn != "" {
			h.Source = last(arn)
		}
		for member, why := range map[string]string{
			"DataFormatConversionConfiguration": "record format conversion needs a table of AWS Glue, which is not exported",
			"ProcessingConfiguration":           "its processors name functions and programs that have to be there first",
			"DynamicPartitioningConfiguration":  "dynamic partitioning needs the processors that make its keys",
			"S3BackupDescription":               "its backup bucket is not exported",
		} {
			x, there := s3[member].(map[string]any)
			if there && x["Enabled"] != false && (member != "ProcessingConfiguration" || x["Enabled"] == true) {
				s.leave("Firehose stream %s: %s.", name, why)
			}
		}
		slices.Sort(s.Left)
		if !slices.Contains(s.Buckets, h.Bucket) {
			s.Buckets = append(s.Buckets, h.Bucket)
		}
		s.Hoses = append(s.Hoses, h)
	}
	return nil
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// hint is a buffering hint of a destination, 0 when it has none.
func (h Hose) hint(name string) int {
	hints, _ := h.To["BufferingHints"].(map[string]any)
	n, _ := hints[name].(float64)
	return int(n)
}

func (s *Stage) lambda(ask Ask) error {
	functions, err := get[struct {
		Functions []struct {
			FunctionName, Runtime string
			Timeout, MemorySize   int
		}
	}](ask, "lambda", "ListFunctions", named{})
	if err != nil {
		return err
	}
	for _, f := range functions.Functions {
		x := Function{f.FunctionName, f.Runtime, f.Timeout, f.MemorySize}
		if x.Runtime == "" {
			x.Runtime = "nodejs22.x"
		}
		s.Functions = append(s.Functions, x)
		s.leave("Code of function %s: Lambda hands out no code, so what stands here is a handler that tells of partial failures. Put yours in its place.", x.Name)
	}
	mappings, err := get[struct {
		EventSourceMappings []struct {
			FunctionArn, EventSourceArn, StartingPosition                                                                                              string
			StartingPositionTimestamp                                                                                                                  float64
			BatchSize, MaximumBatchingWindowInSeconds, ParallelizationFactor, MaximumRetryAttempts, MaximumRecordAgeInSeconds, TumblingWindowInSeconds int
			BisectBatchOnFunctionError                                                                                                                 bool
			FunctionResponseTypes                                                                                                                      []string
			DestinationConfig                                                                                                                          struct{ OnFailure struct{ Destination string } }
			FilterCriteria                                                                                                                             struct{ Filters []struct{ Pattern string } }
		}
	}](ask, "lambda", "ListEventSourceMappings", named{})
	if err != nil {
		return err
	}
	for _, m := range mappings.EventSourceMappings {
		x := Mapping{Function: last(m.FunctionArn), Stream: last(m.EventSourceArn), Start: m.StartingPosition, StartAt: m.StartingPositionTimestamp, Batch: m.BatchSize, Window: m.MaximumBatchingWindowInSeconds,
			Parallel: m.ParallelizationFactor, Retries: m.MaximumRetryAttempts, Age: m.MaximumRecordAgeInSeconds, Tumbling: m.TumblingWindowInSeconds, Bisect: m.BisectBatchOnFunctionError,
			PartialBatch: slices.Contains(m.FunctionResponseTypes, "ReportBatchItemFailures")}
		if parts := strings.Split(m.EventSourceArn, "/consumer/"); len(parts) == 2 {
			x.Stream = last(parts[0])
			s.leave("Event source mapping of %s: it reads stream %s through a registered consumer; here it polls. Give it the ARN of the consumer once that is there.", x.Function, x.Stream)
		}
		x.Start = s.start(x.Start, x.Function+"'s event source mapping")
		if to := m.DestinationConfig.OnFailure.Destination; to != "" {
			s.leave("On-failure destination of %s's event source mapping: %s is not on this stage.", x.Function, to)
		}
		for _, f := range m.FilterCriteria.Filters {
			x.Filters = append(x.Filters, f.Pattern)
		}
		if !slices.ContainsFunc(s.Streams, func(st Stream) bool { return st.Name == x.Stream }) {
			s.leave("Event source mapping of %s: its stream %s is not there.", x.Function, x.Stream)
			continue
		}
		s.Mappings = append(s.Mappings, x)
	}
	return nil
}

func (s *Stage) alarms(ask Ask) error {
	from := named{}
	for {
		list, err := get[struct {
			MetricAlarms []Alarm
			NextToken    string
		}](ask, "cloudwatch", "DescribeAlarms", from)
		if err != nil {
			return err
		}
		for _, a := range list.MetricAlarms {
			if len(a.Metrics) > 0 {
				s.leave("Alarm %s: it is over metric math, which is exported by nothing here.", a.AlarmName)
				continue
			}
			if len(a.AlarmActions) > 0 {
				s.leave("Actions of alarm %s: %s is not on this stage.", a.AlarmName, strings.Join(a.AlarmActions, ", "))
			}
			s.Alarms = append(s.Alarms, a)
		}
		if list.NextToken == "" {
			return nil
		}
		from = named{"NextToken": list.NextToken}
	}
}

func (s *Stage) clients(ask Ask) error {
	type client struct {
		Name, StreamName, DeliveryStreamName, From, RetrievalMode, ConsumerName, Keys string
		RecordsPerSecond                                                              float64
		Batch, RecordBytes                                                            int
	}
	all := []struct {
		op, kind string
		to       *[]Client
	}{{"ListProducers", "SDK", &s.Writers}, {"ListKplProducers", "KPL", &s.Writers}, {"ListConsumers", "SDK", &s.Readers}, {"ListKclApplications", "KCL", &s.Readers}}
	for _, row := range all {
		list, err := get[map[string][]client](ask, "lab", row.op, named{})
		if err != nil {
			return err
		}
		for _, clients := range list {
			for _, c := range clients {
				x := Client{Kind: row.kind, Name: c.Name, Stream: c.StreamName, Rate: c.RecordsPerSecond, Batch: max(c.Batch, 1), From: c.From, Keys: c.Keys, Size: c.RecordBytes}
				if hose, ok := strings.CutPrefix(c.StreamName, "firehose:"); ok || c.DeliveryStreamName != "" {
					x.Hose, x.Stream = true, hose+c.DeliveryStreamName
				}
				if c.RetrievalMode == "FANOUT" {
					x.Kind, x.As = "fan-out", cmp.Or(c.ConsumerName, c.Name)
				}
				x.From = s.start(cmp.Or(x.From, "LATEST"), c.Name)
				*row.to = append(*row.to, x)
			}
		}
	}
	bill, err := get[struct{ PerHour float64 }](ask, "lab", "Bill", named{})
	s.PerHour = bill.PerHour
	return err
}

// start is where a reader begins on a stream that is new.
func (s *Stage) start(position, reader string) string {
	if position != "AT_TIMESTAMP" {
		return position
	}
	s.leave("Starting position of %s: an instant of the lab is none of a new stream, so it begins at TRIM_HORIZON.", reader)
	return "TRIM_HORIZON"
}

// others names what is on the stage and has no place in what is exported.
func (s *Stage) others(ask Ask) error {
	for _, row := range [][3]string{
		{"ListAgents", "Agent", "it is installed on a host: aws-kinesis-agent with its agent.json"},
		{"ListConnectors", "Connector", "the Connector Library is a program of your own"},
		{"ListScalers", "Scaler", "it stands for a function of your own that answers an alarm"},
		{"ListSqlApplications", "SQL application", "AWS ended SQL applications in January 2026; Managed Service for Apache Flink goes on"},
		{"ListSinks", "Far end", "it is no resource of Kinesis"},
	} {
		list, err := get[map[string][]struct{ Name string }](ask, "lab", row[0], named{})
		if err != nil {
			return err
		}
		for _, all := range list {
			for _, x := range all {
				s.leave("%s %s: %s.", row[1], x.Name, row[2])
			}
		}
	}
	return nil
}

// As writes the stage in one of the Forms.
func (s *Stage) As(form string) (string, error) {
	switch form {
	case "cloudformation":
		return s.cloudFormation(), nil
	case "terraform":
		return s.terraform(), nil
	case "cli":
		return s.script(), nil
	case "go":
		return s.golang(), nil
	case "python":
		return s.python(), nil
	}
	return "", fmt.Errorf("there is no form %q: write one of %s", form, strings.Join(Forms, ", "))
}

// head is the comment at the top of every text.
func (s *Stage) head(sign, title string, more ...string) string {
	var b strings.Builder
	line := func(text string) { b.WriteString(strings.TrimRight(sign+" "+comment(text), " ") + "\n") }
	line(title)
	for _, m := range more {
		line(m)
	}
	if s.PerHour > 0 || len(s.Left) > 0 {
		line("")
	}
	if s.PerHour > 0 {
		line(fmt.Sprintf("At the traffic of this moment it costs about $%.2f in a month of 730 hours (us-east-1, streams and Firehose alone): lab bill.", s.PerHour*730))
	}
	if len(s.Left) > 0 {
		line("Not carried over:")
		for _, l := range s.Left {
			line("- " + l)
		}
	}
	return b.String()
}

// comment is a text as a comment of one line holds it: whatever could end the line, or is not seen, is a space.
func comment(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// names gives what people named in their way a name that a form allows. What has one keeps it.
type names func(kind, name string) string

// table makes names as it is told to; of those that would be the same, the second ends with a 2, the third with a 3.
func table(of func(kind, name string) string) names {
	given, taken := map[[2]string]string{}, map[string]bool{}
	return func(kind, name string) string {
		key := [2]string{kind, name}
		if given[key] == "" {
			first := of(kind, name)
			given[key] = first
			for n := 2; taken[given[key]]; n++ {
				given[key] = first + strconv.Itoa(n)
			}
			taken[given[key]] = true
		}
		return given[key]
	}
}

// logical makes the name of a resource out of one that people gave: letters and digits, for CloudFormation, 255 at most.
func logical(kind, name string) string {
	var b strings.Builder
	up := true
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z' && up:
			b.WriteRune(r - 32)
			up = false
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			b.WriteRune(r)
			up = false
		default:
			up = true
		}
	}
	return b.String()[:min(b.Len(), 200)] + kind
}

// snake makes the name of a resource for Terraform and for variables.
func snake(name string) string {
	out := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		if r >= 'A' && r <= 'Z' {
			return r + 32
		}
		return '_'
	}, name)
	if out == "" || out[0] >= '0' && out[0] <= '9' {
		out = "x" + out
	}
	return out
}

// A statement is what a role or a policy allows; a resource of kind "" stands for itself.
type statement struct {
	actions []string
	on      []resource
}

type resource struct{ kind, name, suffix string } // kind: stream, bucket, ""

var (
	readStream = []string{"kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"}
	pushStream = []string{"kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"}
)

// allowed is what a function, a Firehose stream, or the clients of a stream may do.
func (s *Stage) functionMay(f Function) []statement {
	all := []statement{{[]string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}, []resource{{"logs", f.Name, ""}}}}
	for _, m := range s.Mappings {
		if m.Function == f.Name {
			all = append(all, statement{readStream, []resource{{"stream", m.Stream, ""}}})
		}
	}
	return all
}

func (h Hose) may() []statement {
	all := []statement{
		{[]string{"s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"}, []resource{{"bucket", h.Bucket, ""}}},
		{[]string{"s3:GetObject", "s3:PutObject"}, []resource{{"bucket", h.Bucket, "/*"}}}}
	if h.Source != "" {
		all = append(all, statement{readStream, []resource{{"stream", h.Source, ""}}})
	}
	return all
}

// policies are what the clients of each stream may do, by the name of the policy.
func (s *Stage) policies() (names []string, may map[string][]statement) {
	may = map[string][]statement{}
	add := func(name string, st ...statement) {
		if may[name] == nil {
			names = append(names, name)
			may[name] = st
		}
	}
	for _, w := range s.Writers {
		if !w.Hose && s.has(w.Stream) {
			add(w.Stream+"-writers", statement{[]string{"kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecord", "kinesis:PutRecords"}, []resource{{"stream", w.Stream, ""}}})
		}
	}
	for _, r := range s.Readers {
		if !s.has(r.Stream) {
			continue
		}
		on := []resource{{"stream", r.Stream, ""}}
		switch r.Kind {
		case "KCL":
			add(r.Name+"-application", statement{append(slices.Clone(readStream), "kinesis:RegisterStreamConsumer"), on}, statement{pushStream, []resource{{"stream", r.Stream, "/consumer/*"}}},
				statement{[]string{"dynamodb:CreateTable", "dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan", "dynamodb:UpdateItem", "dynamodb:UpdateTable", "dynamodb:Query"}, []resource{{"table", r.Name, ""}}},
				statement{[]string{"cloudwatch:PutMetricData"}, []resource{{"", "*", ""}}})
		default:
			add(r.Stream+"-readers", statement{readStream, on}, statement{pushStream, []resource{{"stream", r.Stream, "/consumer/*"}}})
		}
	}
	return names, may
}

func (s *Stage) has(stream string) bool {
	return slices.ContainsFunc(s.Streams, func(x Stream) bool { return x.Name == stream })
}

// placedHandler is where Lambda finds handler, which stands in index.js whatever the code of the lab was.
const placedHandler = "index.handler"

// handler is the function that takes the place of code that is not known.
const handler = `exports.handler = async (event) => {
  const batchItemFailures = [];
  for (const record of event.Records) {
    try {
      const data = Buffer.from(record.kinesis.data, "base64").toString();
      console.log(record.kinesis.partitionKey, data);
    } catch (error) {
      // The batch is retried from this record on (ReportBatchItemFailures).
      batchItemFailures.push({ itemIdentifier: record.kinesis.sequenceNumber });
      break;
    }
  }
  return { batchItemFailures };
};
`
