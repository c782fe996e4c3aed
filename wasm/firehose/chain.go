package firehose

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/columnar"
	"shardlab/wasm/jq"
)

// A stage is a step of the processor: it takes a batch of records and says what became of each.
type stage interface {
	// run processes a batch. In out each record has its fate; a record may become several, which share its number and arrival. It
	// is known after took. When again is not nil the whole batch failed: out is not looked at, and it is tried again up to
	// retries times, then each of its records fails by that.
	run(s *Service, st *Stream, in []Record, attempt int64) (out []Record, took time.Duration, again *Failure)
	// retries is how often a batch is tried again, and atOnce how many batches may be with it at once; 0 is any number.
	retries() int64
	atOnce() int
}

// pure is a stage that needs nothing of the world: it answers at once.
type pure struct{}

func (pure) retries() int64 { return 0 }
func (pure) atOnce() int    { return 0 }

// gatherBytes is how much goes through stages at once that answer at once. Ours.
const gatherBytes = 4 << 20

// A processor is a processor of a configuration.
type processor Doc

func (p processor) get(parameter string) string {
	for _, x := range Doc(p).Docs("Parameters") {
		if x.Text("ParameterName") == parameter {
			return x.Text("ParameterValue")
		}
	}
	return ""
}

func (p processor) number(parameter string, absent float64) float64 {
	if v, err := strconv.ParseFloat(p.get(parameter), 64); err == nil {
		return v
	}
	return absent
}

// processorOf finds the processor of a type; nil when there is none, or when processing is off.
func processorOf(config Doc, typ string) processor {
	if config.True("ProcessingConfiguration.Enabled") {
		return configured(config, typ)
	}
	return nil
}

// configured finds the processor of a type, also when processing is off.
func configured(config Doc, typ string) processor {
	for _, p := range config.Docs("ProcessingConfiguration.Processors") {
		if p.Text("Type") == typ {
			return processor(p)
		}
	}
	return nil
}

// Transforms is the ARN of the function that transforms the records, "" for none, and whether it does: processing may be off.
func (st *Stream) Transforms() (function string, does bool) {
	return configured(st.config, "Lambda").get("LambdaArn"), st.config.True("ProcessingConfiguration.Enabled")
}

// stagesOf is what a configuration wants of the processor, and what it gathers before. Whatever the order of the processors is, the
// stages stand in that of the service. Source of the order: Developer Guide, "Configure destination settings".
func (s *Service) stagesOf(st *Stream, config Doc) (all []stage, h hints) {
	if processorOf(config, "Decompression") != nil {
		all = append(all, decompress{extract: strings.EqualFold(processorOf(config, "CloudWatchLogProcessing").get("DataMessageExtraction"), "true")})
	}
	if p := processorOf(config, "RecordDeAggregation"); p != nil {
		delimiter, _ := base64.StdEncoding.DecodeString(p.get("Delimiter"))
		if p.get("SubRecordType") == "JSON" {
			delimiter = nil
		}
		all = append(all, cut{delimiter: delimiter})
	}
	if len(all) > 0 {
		h = hints{bytes: gatherBytes}
	}
	if p := processorOf(config, "Lambda"); p != nil {
		size, seconds, parallel := transformMiB, float64(transformSeconds), concurrentInvocations
		switch st.kind.name {
		case "Splunk":
			size, parallel = transformSmallMiB, splunkInvocations
		case "Snowflake":
			size, seconds = transformSmallMiB, transformSnowflakeSeconds
		}
		all = append(all, transform{arn: p.get("LambdaArn"), role: p.get("RoleArn"), again: int64(p.number("NumberOfRetries", transformRetries)), parallel: parallel})
		h = hints{bytes: int64(p.number("BufferSizeInMBs", size) * (1 << 20)), micro: int64(p.number("BufferIntervalInSeconds", seconds) * micro)}
	}
	if p := processorOf(config, "MetadataExtraction"); p != nil {
		all = append(all, extract{query: p.get("MetadataExtractionQuery")})
		if h.bytes == 0 {
			h = hints{bytes: partitionBytes, micro: partitionGather.Microseconds()}
		}
	}
	if p := processorOf(config, "AppendDelimiterToRecord"); p != nil {
		end := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(p.get("Delimiter"))
		if end == "" {
			end = "\n"
		}
		all = append(all, appendix{end: []byte(end)})
		if h.bytes == 0 {
			h = hints{bytes: gatherBytes}
		}
	}
	return all, h
}

// checkProcessing refuses a configuration of the processor, or of format conversion, that cannot be.
// Source of the words: answers of the service in aws-cdk and terraform-provider-aws, and in the rules that people hold their templates
// to; where none is known, ours.
func (s *Service) checkProcessing(k *kind, config Doc) error {
	bad := func(hint, format string, args ...any) error {
		return aws.Errorf(aws.InvalidArgument, format, args...).WithHint("%s", hint)
	}
	dynamic := config.True("DynamicPartitioningConfiguration.Enabled")
	if config.True("ProcessingConfiguration.Enabled") {
		all := config.Docs("ProcessingConfiguration.Processors")
		if len(all) < 1 || len(all) > 5 {
			return bad("Give one processor of each type that is wanted.", "A maximum of 5 and a minimum of 1 processor needs to be supplied when processing is enabled.")
		}
		seen := map[string]bool{}
		for _, d := range all {
			p, typ := processor(d), d.Text("Type")
			if seen[typ] {
				return bad("Leave one of them out.", "Cannot have more than 1 %s processor.", typ)
			}
			seen[typ] = true
			if !dynamic && (typ == "MetadataExtraction" || typ == "RecordDeAggregation") {
				return bad("Give DynamicPartitioningConfiguration={Enabled=true} when the stream is made.", "class com.amazonaws.services.firehose.internal.model.%sProcessor can only be present when Dynamic Partitioning is enabled.", typ)
			}
			if err := s.checkProcessor(p, typ, config, bad); err != nil {
				return err
			}
		}
		if seen["CloudWatchLogProcessing"] && !seen["Decompression"] {
			return bad("What CloudWatch Logs sends is compressed: add a processor of the type Decompression.", "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor")
		}
	}
	if dynamic && processorOf(config, "MetadataExtraction") == nil && processorOf(config, "Lambda") == nil {
		return bad("Add a processor MetadataExtraction with a query like {customer:.customer}, or a Lambda function that returns metadata.partitionKeys.",
			"Processing Configuration is not enabled or does not have a MetadataExtraction or Lambda processor when Dynamic Partitioning is enabled.")
	}
	conversion := config.Doc("DataFormatConversionConfiguration")
	if !conversion.True("Enabled") {
		return nil
	}
	serializer, deserializer := conversion.Doc("OutputFormatConfiguration.Serializer"), conversion.Doc("InputFormatConfiguration.Deserializer")
	switch {
	case config.Text("CompressionFormat") != "UNCOMPRESSED" && config.Has("CompressionFormat"):
		return bad("Parquet compresses inside: set Compression in ParquetSerDe.", "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is enabled")
	case len(serializer) > 1:
		return bad("Give ParquetSerDe or OrcSerDe.", "More than one serializer specified. Only one may be chosen.")
	case len(deserializer) > 1:
		return bad("Give OpenXJsonSerDe or HiveJsonSerDe.", "More than one deserializer specified. Only one may be chosen.")
	case serializer.Has("OrcSerDe"): // ours
		return bad("Give ParquetSerDe={}: the same schema, and every tool reads it.", "This lab writes Apache Parquet and not Apache ORC.")
	}
	for _, member := range []string{"InputFormatConfiguration", "OutputFormatConfiguration", "SchemaConfiguration", "InputFormatConfiguration.Deserializer", "OutputFormatConfiguration.Serializer",
		"SchemaConfiguration.RoleARN", "SchemaConfiguration.DatabaseName", "SchemaConfiguration.TableName"} {
		if !conversion.Has(member) {
			return bad("Conversion needs a deserializer, a serializer and a table of AWS Glue.", "%s must not be null", member[strings.LastIndexByte(member, '.')+1:])
		}
	}
	switch {
	case len(serializer) == 0:
		return bad("Give Serializer={ParquetSerDe={}}.", "Serializer must not be null")
	case len(deserializer) == 0:
		return bad("Give Deserializer={OpenXJsonSerDe={}}.", "Deserializer must not be null")
	}
	return s.roleError(conversion.Text("SchemaConfiguration.RoleARN"))
}

// checkProcessor refuses a processor whose parameters cannot be.
func (s *Service) checkProcessor(p processor, typ string, config Doc, bad func(hint, format string, args ...any) error) error {
	switch typ {
	case "Lambda":
		within := func(parameter string, low, high float64) bool {
			v, err := strconv.ParseFloat(p.get(parameter), 64)
			return p.get(parameter) == "" || err == nil && v >= low && v <= high
		}
		switch {
		case p.get("LambdaArn") == "":
			return bad("Add ParameterName=LambdaArn,ParameterValue=arn:aws:lambda:REGION:ACCOUNT:function:NAME.", "LambdaArn is required when Lambda processor is used.")
		case (p.get("BufferSizeInMBs") == "") != (p.get("BufferIntervalInSeconds") == ""):
			return bad("Give both, or neither.", "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for lambda processor.")
		case !within("BufferSizeInMBs", leastTransformMiB, mostTransformMiB):
			return bad("The function gets a batch in base64, and 6 MB at most.", "BufferSizeInMBs for lambda processor must be between 0.2 and 3.")
		case !within("BufferIntervalInSeconds", 0, 900):
			return bad("60 is usual.", "BufferIntervalInSeconds for lambda processor must be between 0 and 900.")
		case !within("NumberOfRetries", 0, 300):
			return bad("3 is usual.", "Number of retries for lambda must be between 0 and 300.")
		}
		return s.roleError(p.get("RoleArn"))
	case "RecordDeAggregation":
		delimiter, err := base64.StdEncoding.DecodeString(p.get("Delimiter"))
		switch kind := p.get("SubRecordType"); {
		case kind != "JSON" && kind != "DELIMITED":
			return bad("JSON cuts objects that stand one behind the other, DELIMITED at a text.", "SubRecordType has to be one of JSON, DELIMITED")
		case kind == "DELIMITED" && p.get("Delimiter") == "":
			return bad("Write it in base64: IyMjIw== is ####.", "Delimiter should be present for DELIMITED")
		case kind == "DELIMITED" && (err != nil || len(delimiter) == 0):
			return bad("Write it in base64: IyMjIw== is ####.", "Delimiter should be base64 encoded")
		}
	case "Decompression":
		if f := p.get("CompressionFormat"); f != "" && f != "GZIP" {
			return bad("CloudWatch Logs compresses with GZIP.", "CompressionFormat for Decompression processor has to be one of GZIP")
		}
	case "CloudWatchLogProcessing":
		if f := p.get("DataMessageExtraction"); f != "true" && f != "false" {
			return bad("Add ParameterName=DataMessageExtraction,ParameterValue=true.", "DataMessageExtraction has to be one of true, false")
		}
	case "MetadataExtraction":
		query := p.get("MetadataExtractionQuery")
		if p.get("JsonParsingEngine") != "JQ-1.6" || query == "" {
			return bad("Add ParameterName=JsonParsingEngine,ParameterValue=JQ-1.6 and ParameterName=MetadataExtractionQuery,ParameterValue={customer:.customer}.", "MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6")
		}
		pieces, _ := readPrefix(config.Text("Prefix"))
		if s.w.JQ == nil {
			return nil
		}
		// The keys of what the query makes of nothing are those that it finds; of a query that fails there, nothing is known.
		a, err := s.w.JQ(jq.Call{Filter: "def query: (" + query + "\n); try (query | keys) catch empty", Null: true, Compact: true}, never)
		if err != nil { // the host's: what it says is no part of this world
			return bad("Try again in some seconds.", "MetadataExtractionQuery cannot be checked: %s.", jqAway)
		}
		if a.Exit == 3 {
			return bad("A query is like {customer:.customer_id,device:.type.device}.", "MetadataExtractionQuery is not a valid JQ expression: %s", wrote(a, true))
		}
		var keys []string
		if json.Unmarshal([]byte(wrote(a, false)), &keys) != nil {
			return nil
		}
		if len(keys) > maxQueryKeys {
			return bad("Find fewer.", "MetaDataExtraction JQ Query can't contain more than %d keys", maxQueryKeys)
		}
		for _, key := range keys {
			if !slices.Contains(pieces, piece{"partitionKeyFromQuery", key}) {
				return bad("Write !{partitionKeyFromQuery:"+key+"} into the Prefix, or take "+key+" out of the query.", "MetaDataExtraction JQ Query can't contain keys that are not present in the S3 Prefix expression")
			}
		}
	}
	return nil
}

func never() bool { return false }

// wrote is what jq wrote: to standard error, or to standard output.
func wrote(a jq.Answer, err bool) string {
	var b strings.Builder
	for _, p := range a.Wrote {
		if p.Err == err {
			b.WriteString(p.Text)
		}
	}
	return strings.TrimSpace(b.String())
}

// failed marks a record as one that failed in the processor.
func (r *Record) failed(code, message string, attempts int64, more Doc) {
	r.Fate, r.Why = Failed, &Failure{Type: "processing-failed", Code: code, Message: message, Attempts: attempts, More: more}
}

// decompress decompresses what CloudWatch Logs sent, and may keep the messages alone.
// Source: Developer Guide, "Send CloudWatch Logs to Firehose" and "Message extraction after decompression of CloudWatch Logs".
type decompress struct {
	pure
	extract bool
}

// maxDecompressed is how large a record is at most once it is decompressed. Ours.
const maxDecompressed = 32 << 20

func (d decompress) run(_ *Service, _ *Stream, in []Record, _ int64) (out []Record, took time.Duration, again *Failure) {
	out = append(out, in...)
	for i := range out {
		r := &out[i]
		data, err := columnar.Decompress("GZIP", r.Data, maxDecompressed)
		if err != nil {
			r.failed("Decompression.Failed", "The record could not be decompressed: it is not in GZIP format, as CloudWatch Logs sends it.", 1, nil)
			continue
		}
		if r.Data = data; !d.extract {
			continue
		}
		var m struct {
			MessageType string
			LogEvents   []struct{ Message string }
		}
		if err := json.Unmarshal(data, &m); err != nil || m.MessageType == "" {
			r.failed("CloudWatchLogProcessing.Failed", "The record is not a message of CloudWatch Logs.", 1, nil)
			continue
		}
		r.Data = nil
		for _, e := range m.LogEvents {
			r.Data = append(append(r.Data, e.Message...), '\n')
		}
		if len(r.Data) == 0 {
			r.Fate = Dropped // a control message
		}
	}
	return out, 0, nil
}

// cut makes several records of one: JSON objects one behind the other, or what stands between delimiters.
// Source: Developer Guide, "Multi record deaggregation".
type cut struct {
	pure
	delimiter []byte // nil: JSON
}

func (c cut) run(_ *Service, _ *Stream, in []Record, _ int64) (out []Record, took time.Duration, again *Failure) {
	for _, r := range in {
		var parts [][]byte
		wrong := ""
		if c.delimiter == nil {
			parts, wrong = columnar.Documents(r.Data)
		} else {
			for part := range bytes.SplitSeq(r.Data, c.delimiter) {
				if len(part) > 0 {
					parts = append(parts, part)
				}
			}
		}
		switch {
		case wrong != "":
			r.failed(extractionFailed, "Non JSON record provided: "+wrong, 1, nil)
			parts = [][]byte{r.Data}
		case len(parts) > maxSubRecords:
			r.failed("RecordDeAggregation.TooManyRecords", "The record holds "+itoa(len(parts))+" records, more than "+itoa(maxSubRecords)+".", 1, nil)
			parts = [][]byte{r.Data}
		}
		for _, part := range parts {
			r.Data = part
			out = append(out, r)
		}
	}
	return out, 0, nil
}

// appendix ends each record with a delimiter.
type appendix struct {
	pure
	end []byte
}

func (a appendix) run(_ *Service, _ *Stream, in []Record, _ int64) (out []Record, took time.Duration, again *Failure) {
	out = append(out, in...)
	for i := range out {
		data := make([]byte, 0, len(out[i].Data)+len(a.end))
		out[i].Data = append(append(data, out[i].Data...), a.end...)
	}
	return out, 0, nil
}

// extractionFailed is the code of a record whose partition keys cannot be found. Source: records in error places that people have shown.
const extractionFailed = "DynamicPartitioning.MetadataExtractionFailed"

// extract finds partition keys with a query of jq: one run of jq for all records of a batch.
type extract struct {
	pure
	query string
}

// jqAway is what is said when the host cannot run jq. The host's own words differ from one to the next, and so would what is written.
const jqAway = "jq is not available here at the moment"

// retries has no end: while the host cannot run jq, records wait.
func (extract) retries() int64 { return math.MaxInt64 }

func (e extract) run(s *Service, st *Stream, in []Record, attempt int64) (out []Record, took time.Duration, again *Failure) {
	out = append(out, in...)
	var input strings.Builder
	asked := 0
	for i := range out {
		if !json.Valid(out[i].Data) {
			out[i].failed(extractionFailed, "Non JSON record provided", 1, nil)
			continue
		}
		asked++
		input.Write(out[i].Data)
		input.WriteByte('\n')
	}
	if asked == 0 {
		return out, 0, nil
	}
	why := "this world has no jq"
	var lines []string
	if s.w.JQ != nil {
		a, err := s.w.JQ(jq.Call{Filter: "(try ({v:[" + e.query + "\n]}) catch {e:tostring})", Input: input.String(), Compact: true, Now: float64(s.now()) / micro}, never)
		switch {
		case err != nil:
			if attempt == 1 {
				s.notify(Notice{Kind: ProcessingWaits, Stream: st, N: int64(asked), Text: jqAway})
			}
			return nil, time.Second, &Failure{Type: "processing-failed", Code: extractionFailed, Message: jqAway, Attempts: attempt}
		case a.Endless:
			why = "the query does not end"
		default:
			why = wrote(a, true)
			lines = strings.Split(wrote(a, false), "\n")
		}
	}
	duration := time.Duration(asked) * jqPerRecord
	st.total.Bills.JQMicros += duration.Microseconds()
	s.count(st, "JQProcessing.Duration", float64(duration.Microseconds())/1000)
	at := 0
	for i := range out {
		if out[i].Fate == Failed {
			continue
		}
		if len(lines) != asked {
			out[i].failed(extractionFailed, "JQ expression could not be evaluated: "+why, 1, nil)
			continue
		}
		if keys, message := partitionKeys(lines[at]); message != "" {
			out[i].failed(extractionFailed, message, 1, nil)
		} else {
			out[i].Keys = append(out[i].Keys[:len(out[i].Keys):len(out[i].Keys)], keys...)
		}
		at++
	}
	return out, 0, nil
}

// partitionKeys are the keys that a query found, or why there are none.
func partitionKeys(line string) (keys []string, wrong string) {
	var answer struct {
		V []json.RawMessage
		E *string
	}
	if err := json.Unmarshal([]byte(line), &answer); err != nil || answer.E != nil {
		if answer.E != nil {
			return nil, "JQ expression could not be evaluated: " + *answer.E
		}
		return nil, "JQ expression could not be evaluated"
	}
	var found map[string]json.RawMessage
	if len(answer.V) != 1 || json.Unmarshal(answer.V[0], &found) != nil || found == nil {
		return nil, "JQ expression must produce one object of partition keys"
	}
	return keyPairs("partitionKeyFromQuery:", found)
}

// keyPairs are partition keys as a record has them, by name.
func keyPairs(namespace string, found map[string]json.RawMessage) (keys []string, wrong string) {
	for _, name := range sortedKeys(found) {
		raw := found[name]
		text := string(raw)
		if raw[0] == '"' && json.Unmarshal(raw, &text) != nil || text == "" || text == "null" && raw[0] != '"' {
			return nil, "partitionKeys values must not be null or empty"
		}
		keys = append(keys, namespace+name, text)
	}
	if len(keys) == 0 {
		return nil, "partitionKeys values must not be null or empty"
	}
	return keys, ""
}
