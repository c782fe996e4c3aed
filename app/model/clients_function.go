package model

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
)

// A new function's code, and what else one may begin with.
const (
	codeCounts = `exports.handler = async (event) => {
  for (const record of event.Records) {
    const text = Buffer.from(record.kinesis.data, "base64").toString();
    console.log(record.kinesis.partitionKey, text.length);
  }
};
`
	codeFails = `exports.handler = async (event) => {
  for (const record of event.Records) {
    const text = Buffer.from(record.kinesis.data, "base64").toString();
    if (text.includes("poison")) throw new Error("cannot process " + record.kinesis.sequenceNumber);
  }
};
`
	codeReports = `// Needs ReportBatchItemFailures: the batch goes on behind the records that are named.
exports.handler = async (event) => {
  const batchItemFailures = [];
  for (const record of event.Records) {
    const text = Buffer.from(record.kinesis.data, "base64").toString();
    if (text.includes("poison")) {
      batchItemFailures.push({ itemIdentifier: record.kinesis.sequenceNumber });
      break;
    }
  }
  return { batchItemFailures };
};
`
	codeWindow = `// Needs a tumbling window: state is handed from batch to batch until the window ends.
exports.handler = async (event) => {
  const state = event.state ?? {};
  for (const record of event.Records) {
    const key = record.kinesis.partitionKey;
    state[key] = (state[key] ?? 0) + 1;
  }
  if (event.isFinalInvokeForWindow) console.log(JSON.stringify(state));
  return { state };
};
`
)

const (
	presets  = "works,fails-on-poison,always-fails,reports-item-failures,times-out,out-of-memory"
	retrying = "Retries and what is given up"
	behind   = "Behind it"
)

// functionFields are those of a function (its own, and those of a preset in place of code) and of its event source mapping.
var functionFields = []Field{
	{Name: ".Name", Label: "Function", Kind: Text, First: "board", Fresh: true},
	{Name: ".Does", Label: "What it does", Kind: Choice, First: "code", As: "Function.Behavior.Kind", Or: "code", Options: []Option{
		{Value: "code", Text: "JavaScript of your own"},
		{Value: "works", Text: "preset: works"}, {Value: "fails-on-poison", Text: "preset: fails on poison"}, {Value: "always-fails", Text: "preset: always fails"},
		{Value: "reports-item-failures", Text: "preset: reports the records that failed"}, {Value: "times-out", Text: "preset: times out"}, {Value: "out-of-memory", Text: "preset: runs out of memory"},
		{Value: "as it is", Text: "as it is: the function is there already"},
	}},
	{Name: ".Begin", Label: "Begin with", Kind: Choice, First: "counts", When: ".Does=code", Fresh: true, Options: []Option{
		{Value: "counts", Text: "logs key and size of each record", Fill: map[string]string{".Code": codeCounts}},
		{Value: "fails", Text: "throws at poison: the whole batch fails", Fill: map[string]string{".Code": codeFails}},
		{Value: "reports", Text: "names the record that failed", Fill: map[string]string{".Code": codeReports, "Mapping.ReportBatchItemFailures": "true"}},
		{Value: "window", Text: "counts by key in a tumbling window", Fill: map[string]string{".Code": codeWindow, "Mapping.TumblingWindowInSeconds": "10"}},
	}},
	{Name: ".Code", Label: "index.js", Kind: Code, Lang: "javascript", First: codeCounts, Or: codeCounts, As: "Function.Code", When: ".Does=code", Help: "Runs in a sandbox, bounded in time and memory, without a network. Time and chance are the lab's."},
	{Name: "Preset.Poison", Label: "Poison", Kind: Text, First: "poison", As: "Function.Behavior.Poison", Or: "poison", When: ".Does=fails-on-poison,reports-item-failures", Help: "text in a record's data that makes it fail"},
	{Name: "Preset.DurationMillis", Label: "An invocation takes, ms", Kind: Number, First: "20", As: "Function.Behavior.DurationMillis", Or: "20", When: ".Does=" + presets},
	{Name: "Preset.MillisPerRecord", Label: "and a record, ms", Kind: Number, First: "0", As: "Function.Behavior.MicrosPerRecord", AsTimes: 0.001, When: ".Does=" + presets},
	{Name: "Mapping.BatchSize", Label: "BatchSize", Kind: Number, First: "100", As: "BatchSize", Help: "1 to 10,000 records, or 6 MB"},
	{Name: "Mapping.MaximumBatchingWindowInSeconds", Label: "Batching window, s", Kind: Number, First: "0", As: "MaximumBatchingWindowInSeconds", Help: "waits for a full batch, 0 to 300"},
	{Name: "Mapping.ParallelizationFactor", Label: "ParallelizationFactor", Kind: Number, First: "1", As: "ParallelizationFactor", Help: "batches of a shard at once, 1 to 10"},
	{Name: "Mapping.StartingPosition", Label: "StartingPosition", Kind: Choice, First: "LATEST", Sent: true, Fresh: true, Options: positions},
	{Name: "Mapping.StartingPositionTimestamp", Label: "StartingPositionTimestamp", Kind: Text, When: "Mapping.StartingPosition=AT_TIMESTAMP", Fresh: true, Help: hasBeen},
	{Name: "Mapping.MaximumRetryAttempts", Label: "MaximumRetryAttempts", Group: retrying, Kind: Number, First: "-1", As: "MaximumRetryAttempts", Help: "-1: until the record leaves the stream"},
	{Name: "Mapping.MaximumRecordAgeInSeconds", Label: "MaximumRecordAge, s", Group: retrying, Kind: Number, First: "-1", As: "MaximumRecordAgeInSeconds", Help: "60 to 604,800; -1: any age"},
	{Name: "Mapping.BisectBatchOnFunctionError", Label: "BisectBatchOnFunctionError", Group: retrying, Kind: Switch, First: "false", As: "BisectBatchOnFunctionError", Help: "a batch that failed is tried again in two halves"},
	{Name: "Mapping.ReportBatchItemFailures", Label: "ReportBatchItemFailures", Group: retrying, Kind: Switch, First: "false", As: "ReportBatchItemFailures", Help: "the function names the records that failed"},
	{Name: "Mapping.OnFailure", Label: "On-failure destination", Group: retrying, Kind: Text, As: "OnFailure", Help: "ARN of an SQS queue, an SNS topic or an S3 bucket; empty: none, and what is given up is lost"},
	{Name: "Mapping.Pattern", Label: "Filter", Group: "Filter and window", Kind: Lines, As: "Patterns", Help: `patterns, one a line, of which a record must meet one: {"data": {"km": [{"numeric": [">", 5]}]}}; empty: every record`},
	{Name: "Mapping.TumblingWindowInSeconds", Label: "Tumbling window, s", Group: "Filter and window", Kind: Number, First: "0", As: "TumblingWindowInSeconds", Help: "0: none; 1 to 900"},
	{Name: ".Consumer", Label: "Reads as a registered consumer", Group: behind, Kind: Text, Fresh: true, Help: "its ARN, for enhanced fan-out; empty: it polls"},
	{Name: "Function.Timeout", Label: "Timeout, s", Group: behind, Kind: Number, First: "3", As: "Function.Timeout", When: ".Does=code," + presets, Help: "1 to 900"},
	{Name: "Function.MemorySize", Label: "Memory, MB", Group: behind, Kind: Number, First: "128", As: "Function.MemoryMB", When: ".Does=code," + presets, Help: "128 to 10,240"},
	{Name: ".Reserved", Label: "Reserved concurrency", Group: behind, Kind: Number, First: "-1", As: "Function.Reserved", Help: "-1: none is reserved"},
	{Name: "Function.Role", Label: "Execution role", Group: behind, Kind: Text, As: "Function.Role", When: ".Does=code", Help: "its ARN; empty: it may read everything"},
}

// whole are the JSON texts one behind the other in a text, each of which may go over several lines; lines where it is no JSON.
func whole(text string, lines []string) []string {
	var all []string
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var one json.RawMessage
		switch err := d.Decode(&one); err {
		case nil:
			all = append(all, string(one))
		case io.EOF:
			return all
		default:
			return lines
		}
	}
}

// functionPlan makes a function and its event source mapping, or changes them.
func functionPlan(f Form, w FormWorld, s Spec, v Values) ([]Step, map[string]string) {
	flaws := map[string]string{}
	fill := func(under string) Members {
		body, wrong := s.Fill(v, f.Now, under)
		for name, text := range wrong {
			flaws[name] = text
		}
		return body
	}
	name := v[".Name"]
	begun := s.Begin(f.Now)
	if f.Now != nil {
		name = textOf(f.Now["FunctionName"])
	}
	var all []Step
	step := func(under, service, op string, body Members) {
		all = append(all, Step{Press{service, op, body}, under})
	}
	set := fill("Function.")
	who := Members{{"FunctionName", name}}
	code := append(who, Member{"ZipFile", base64.StdEncoding.EncodeToString([]byte(v[".Code"]))})
	was := ""
	if f.Now != nil {
		was = begun[".Does"]
	}
	there := f.Now != nil || f.did("CreateFunction") // by an earlier try of this form
	switch does := v[".Does"]; {
	case does == "as it is":
	case does == "code" && !there:
		step("Function.", "lambda", "CreateFunction", append(code, set...))
	case does == "code":
		if was != "code" || v[".Code"] != begun[".Code"] {
			step("Function.", "lambda", "UpdateFunctionCode", code)
		}
		if len(set) > 0 {
			step("Function.", "lambda", "UpdateFunctionConfiguration", append(who, set...))
		}
	default:
		preset := fill("Preset.")
		if does != was || len(preset)+len(set) > 0 {
			body := Members{{"Name", name}}
			if does != was {
				body = append(body, Member{"Behavior", does})
			}
			step("Preset.", "lab", "PutFunction", append(append(body, preset...), set...))
		}
	}
	if reserved := v[".Reserved"]; reserved != begun[".Reserved"] && reserved != "" {
		if n, err := strconv.Atoi(reserved); err != nil {
			flaws[".Reserved"] = "Reserved concurrency must be a whole number, for example 1."
		} else if n < 0 {
			step(".", "lambda", "DeleteFunctionConcurrency", who)
		} else {
			step(".", "lambda", "PutFunctionConcurrency", append(who, Member{"ReservedConcurrentExecutions", n}))
		}
	}
	body := fill("Mapping.")
	for i, m := range body {
		switch m.Name {
		case "OnFailure":
			body[i] = Member{"DestinationConfig", Members{{"OnFailure", Members{{"Destination", m.Value}}}}}
		case "StartingPositionTimestamp": // seconds since 1970
			t, err := time.Parse(time.RFC3339, strings.ToUpper(textOf(m.Value)))
			body[i].Value = json.Number(strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64))
			if n, ok := (Field{Kind: Number}).read(textOf(m.Value)); ok {
				body[i].Value = n
			} else if err != nil {
				flaws["Mapping."+m.Name] = "Write an instant that has been, with its date, as 2026-03-02T08:40:00Z."
			}
		case "ReportBatchItemFailures":
			types := []string{}
			if m.Value == true {
				types = append(types, m.Name)
			}
			body[i] = Member{"FunctionResponseTypes", types}
		case "Pattern":
			filters := []Members{}
			patterns, _ := m.Value.([]string)
			for _, p := range whole(v["Mapping.Pattern"], patterns) {
				filters = append(filters, Members{{"Pattern", p}})
			}
			if len(filters) > 5 { // Source: Lambda Developer Guide, invocation-eventfiltering
				flaws["Mapping.Pattern"] = "A mapping has five patterns at the most. A list of values in a pattern is met by any of them."
			}
			body[i] = Member{"FilterCriteria", Members{{"Filters", filters}}}
		}
	}
	if f.Now == nil {
		source := v[".Consumer"]
		if source == "" {
			source = w.Stream.ARN
		}
		step("Mapping.", "lambda", "CreateEventSourceMapping", append(append(Members{{"EventSourceArn", source}}, who...), body...))
	} else if len(body) > 0 {
		step("Mapping.", "lambda", "UpdateEventSourceMapping", append(Members{{"UUID", f.Now["UUID"]}}, body...))
	}
	return all, nameFlaw(f, v, flaws)
}
