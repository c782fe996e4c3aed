package js_test

import (
	"bytes"
	"strings"
	"testing"

	"shardlab/lessons/js"
	"shardlab/wasm/console"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
)

const file = `{"name":"functions","start":"2026-03-02T08:00:00Z","open":"10s","world":[
 {"at":"0s","do":"kinesis.CreateStream","with":{"StreamName":"trips","ShardCount":1}},
 {"at":"10s","do":"lab.PutProducer","with":{"Name":"bikes","StreamName":"trips","RecordsPerSecond":20}}]}`

// open begins a lab whose console takes lines.
func open(t *testing.T) (*lab.Lab, func(line string) string) {
	t.Helper()
	l, err := lab.New([]byte(file), nil, lab.Host{Run: js.RunLoop, Console: console.Open(filter.Run)})
	if err != nil {
		t.Fatal(err)
	}
	return l, func(line string) string {
		out, exit := l.Type(line)
		var all strings.Builder
		for _, o := range out {
			all.WriteString(o.Text)
		}
		if exit != 0 {
			t.Fatalf("%s\nanswers %s", line, all.String())
		}
		return all.String()
	}
}

const arns = `--event-source-arn arn:aws:kinesis:us-east-1:123456789012:stream/trips --function-name board --starting-position LATEST`

// TestConsole writes a function in the console, maps the stream to it and looks at what it wrote.
func TestConsole(t *testing.T) {
	l, typed := open(t)
	typed("cat > index.js <<'END'\nexports.handler = async (event) => {\n  for (const r of event.Records) console.log(r.kinesis.partitionKey, Buffer.from(r.kinesis.data, 'base64').length)\n  await new Promise((r) => setTimeout(r, 50))\n}\nEND")
	out := typed("aws lambda create-function --function-name board --runtime nodejs22.x --role arn:aws:iam::123456789012:role/none --handler index.handler --zip-file fileb://index.js 2>&1 || true")
	if !strings.Contains(out, "cannot be assumed") {
		t.Errorf("a role that is not there is answered with %s", out)
	}
	typed("aws lambda create-function --function-name board --handler index.handler --zip-file fileb://index.js")
	typed("aws lambda create-event-source-mapping " + arns + " --batch-size 25")
	l.AdvanceTo(l.Now()+20*protocol.Second, 0)
	if out := typed("aws logs filter-log-events --log-group-name /aws/lambda/board --query 'events[].message' --output text"); !strings.Contains(out, "INFO\tkey-") || !strings.Contains(out, "REPORT RequestId: ") {
		t.Errorf("the log is %.600s", out)
	}
	if m := l.Region().Lambda().Mappings()[0].Total(); m.Handled < 200 || m.Failures != 0 {
		t.Errorf("it counts %+v, want more than 200 records", m)
	}
	sheet, err := l.Inspect("consumer:board")
	if err != nil || sheet.Kind != "Lambda function" || len(sheet.Sections) < 5 {
		t.Errorf("its sheet is %+v, %v", sheet, err)
	}
	f := l.Frame()
	if n := len(f.Consumers); n != 1 || f.Consumers[0].Kind != "Lambda function" || f.Consumers[0].Rate == 0 || len(f.Consumers[0].Parts) != 1 {
		t.Errorf("the stage shows %+v", f.Consumers)
	}
	ages := 0
	board := protocol.Board{Last: 120 * protocol.Second, Plots: []protocol.Plot{{Ref: "metric:AWS/Lambda,IteratorAge,FunctionName=board", Stat: "Maximum"}}}
	if err := l.Show(board); err != nil {
		t.Fatal(err)
	}
	for _, c := range l.Frame().Charts {
		if c.Metric == "IteratorAge" && c.Of == "AWS/Lambda/board" && c.Unit == "Milliseconds" {
			for _, p := range c.Points {
				if p > 0 {
					ages++
				}
			}
		}
	}
	if ages == 0 {
		t.Error("no chart shows the IteratorAge")
	}
	typed("aws lambda invoke --function-name board --payload eyJSZWNvcmRzIjpbXX0=")
}

// TestBadCode plays code that loops for ever, takes more and more memory, or throws: each gets a clear message, the lab goes
// on, and its log gives the same run again.
func TestBadCode(t *testing.T) {
	for _, row := range []struct{ name, code, says string }{
		{"a loop without end", "for (;;) {}", "Task timed out after 3.00 seconds"},
		{"one large allocation", "return new Uint8Array(4e9)", "Runtime exited with error: signal: killed"},
		{"an error", "throw new Error('no bikes')", "no bikes"},
		{"no JavaScript", "return ]", "SyntaxError"},
	} {
		t.Run(row.name, func(t *testing.T) {
			l, typed := open(t)
			typed("cat > index.js <<'END'\nexports.handler = async (event) => { " + row.code + " }\nEND")
			typed("aws lambda create-function --function-name board --zip-file fileb://index.js")
			typed("aws lambda create-event-source-mapping " + arns + " --maximum-retry-attempts 0")
			l.AdvanceTo(l.Now()+11*protocol.Second, 0)
			said := false
			for _, e := range l.Events(0) {
				said = said || strings.Contains(e.Text, "board failed with ") && strings.Contains(e.Text, row.says)
			}
			if !said {
				t.Errorf("no event says %q", row.says)
			}
			typed("printf \"exports.handler = async () => {}\" > index.js; aws lambda update-function-code --function-name board --zip-file fileb://index.js")
			l.AdvanceTo(l.Now()+10*protocol.Second, 0)
			if m := l.Region().Lambda().Mappings()[0].Total(); m.Handled == 0 {
				t.Errorf("after other code it counts %+v", m)
			}
			again, err := lab.Restore([]byte(file), l.Log(), lab.Host{Run: js.RunLoop})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.State(), l.State()) {
				t.Error("the log gives another run")
			}
		})
	}
}

// TestNobodyRunsIt holds that without a host a function fails and says so.
func TestNobodyRunsIt(t *testing.T) {
	l, err := lab.New([]byte(file), nil, lab.Host{Console: console.Open(filter.Run)})
	if err != nil {
		t.Fatal(err)
	}
	l.Type("printf 'exports.handler = async () => {}' > index.js; aws lambda create-function --function-name board --zip-file fileb://index.js")
	out, _ := l.Type("aws lambda invoke --function-name board")
	if len(out) == 0 || !strings.Contains(out[0].Text, "Nobody runs JavaScript in this world") {
		t.Errorf("it answers %+v", out)
	}
}
