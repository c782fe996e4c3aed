package export_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"shardlab/wasm/console/export"
)

type m = map[string]any

// stage is what the services answer, by service and operation. DescribeAlarms gives two of its alarms a page.
type stage map[string]any

func (s stage) ask(service, op string, body any) ([]byte, error) {
	answer, ok := s[service+" "+op]
	if !ok {
		answer = m{}
	}
	if alarms, ok := answer.([]m); ok {
		text, _ := json.Marshal(body)
		var asked struct{ NextToken string }
		if err := json.Unmarshal(text, &asked); err != nil {
			return nil, err
		}
		from := len(asked.NextToken)
		page := m{"MetricAlarms": alarms[from:min(from+2, len(alarms))]}
		if from+2 < len(alarms) {
			page["NextToken"] = strings.Repeat("x", from+2)
		}
		answer = page
	}
	return json.Marshal(answer)
}

func (s stage) as(t *testing.T, form string) string {
	t.Helper()
	found, err := export.Look(s.ask)
	if err != nil {
		t.Fatal(err)
	}
	text, err := found.As(form)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func hose(bucket, text string) m {
	return m{"DeliveryStreamDescription": m{"Source": m{"KinesisStreamSourceDescription": m{"KinesisStreamARN": "arn:aws:kinesis:us-east-1:1:stream/" + text}},
		"Destinations": []m{{"ExtendedS3DestinationDescription": m{"BucketARN": "arn:aws:s3:::" + bucket, "Prefix": text, "ErrorOutputPrefix": text, "CustomTimeZone": text, "FileExtension": text, "CompressionFormat": text,
			"BufferingHints": m{"SizeInMBs": 5, "IntervalInSeconds": 60}}}}}}
}

// named is a stage with one of everything, and a text in every place that holds one.
func named(text string) stage {
	arn := "arn:aws:kinesis:us-east-1:1:stream/" + text
	alarm := m{"AlarmName": text, "AlarmDescription": text, "Namespace": text, "MetricName": text, "Statistic": text, "ExtendedStatistic": text, "EvaluateLowSampleCountPercentile": text, "ComparisonOperator": text, "TreatMissingData": text, "Unit": text,
		"Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "AlarmActions": []string{text}, "Dimensions": []m{{"Name": text, "Value": text}}}
	client := m{"Name": text, "StreamName": text, "From": text}
	some := m{"x": []m{{"Name": text}}}
	return stage{
		"kinesis ListStreams": m{"StreamNames": []string{text}},
		"kinesis DescribeStreamSummary": m{"StreamDescriptionSummary": m{"StreamARN": arn, "EncryptionType": "KMS", "KeyId": text, "RetentionPeriodHours": 48, "OpenShardCount": 1,
			"EnhancedMonitoring": []m{{"ShardLevelMetrics": []string{text}}}}},
		"kinesis ListTagsForStream":       m{"Tags": []m{{"Key": text, "Value": text}}},
		"kinesis ListStreamConsumers":     m{"Consumers": []m{{"ConsumerName": text}}},
		"firehose ListDeliveryStreams":    m{"DeliveryStreamNames": []string{text}},
		"firehose DescribeDeliveryStream": hose(text, text),
		"lambda ListFunctions":            m{"Functions": []m{{"FunctionName": text, "Runtime": text, "Handler": text, "Timeout": 3, "MemorySize": 128}}},
		"lambda ListEventSourceMappings": m{"EventSourceMappings": []m{{"FunctionArn": "arn:aws:lambda:us-east-1:1:function:" + text, "EventSourceArn": arn, "StartingPosition": text, "BatchSize": 100,
			"DestinationConfig": m{"OnFailure": m{"Destination": text}}, "FilterCriteria": m{"Filters": []m{{"Pattern": text}}}}}},
		"cloudwatch DescribeAlarms": []m{alarm},
		"lab ListProducers":         m{"Producers": []m{client}},
		"lab ListConsumers":         m{"Consumers": []m{client, {"Name": text, "StreamName": text, "RetrievalMode": "FANOUT", "ConsumerName": text}}},
		"lab ListKclApplications":   m{"KclApplications": []m{client}},
		"lab ListAgents":            some,
		"lab ListConnectors":        some,
		"lab ListScalers":           some,
		"lab ListSqlApplications":   some,
		"lab ListSinks":             some,
	}
}

// hostile is a text that is code wherever it is not quoted.
const hostile = "a'b\"c`PWNED`$(PWNED)\nPWNED\rPWNED\u2028PWNED\u2029PWNED\u0085PWNED\x00\ufeff\x7f;PWNED;${PWNED}%{PWNED}$${PWNED}<&>\\ é😀"

// played runs the script of the AWS CLI with programs that do nothing but write down what they are called with.
func played(t *testing.T, script, aws string) (calls []string, out string, err error) {
	t.Helper()
	bash, missing := exec.LookPath("bash")
	if missing != nil {
		t.Skip("there is no bash")
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"aws":   "printf '%s\\x01' \"$@\" >>\"$LAB_DIR/calls\"; printf '\\x02' >>\"$LAB_DIR/calls\"\n" + aws + "\ncase $2 in get-caller-identity) echo 123456789012 ;; describe-stream-summary) echo ACTIVE ;; esac",
		"zip":   "exit 0",
		"sleep": "exit 0",
		"PWNED": "touch \"$LAB_DIR/pwned\"",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/usr/bin/env bash\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "lab.sh"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bash, "lab.sh")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "LAB_DIR="+dir, "LC_ALL=C.UTF-8", "AWS_REGION=us-east-1")
	said, err := cmd.CombinedOutput()
	if _, ran := os.Stat(filepath.Join(dir, "pwned")); ran == nil {
		t.Errorf("what a name holds was run")
	}
	text, _ := os.ReadFile(filepath.Join(dir, "calls"))
	for _, call := range strings.Split(strings.TrimSuffix(string(text), "\x02"), "\x02") {
		calls = append(calls, strings.TrimSuffix(call, "\x01"))
	}
	return calls, string(said), err
}

// piped gives a text to a program that reads it, and tells what it says.
func piped(t *testing.T, text, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(text)
	cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8", "TF_CLI_CONFIG_FILE=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", name, err, out, text)
	}
	return string(out)
}

// TestExportHostile has a text that is code in every place that holds one: in every form it stays a text.
func TestExportHostile(t *testing.T) {
	lab, tame := named(hostile), named("tame")
	for _, form := range export.Forms {
		t.Run(form, func(t *testing.T) {
			text := lab.as(t, form)
			switch form {
			case "cli":
				calls, out, err := played(t, text, "")
				if err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				want, _, _ := played(t, tame.as(t, form), "")
				if len(calls) != len(want) {
					t.Errorf("%d calls, and %d with a tame name", len(calls), len(want))
				}
				alarm := "--alarm-name\x01" + strings.ReplaceAll(hostile, "\x00", "") + "\x01"
				if !slices.ContainsFunc(calls, func(c string) bool { return strings.Contains(c, alarm) }) {
					t.Errorf("no call has the alarm's name: %q", calls)
				}
				return
			case "go":
				idents := func(text string) (all []string) {
					f, err := parser.ParseFile(token.NewFileSet(), "lab.go", text, parser.SkipObjectResolution)
					if err != nil {
						t.Fatalf("%v\n%s", err, text)
					}
					ast.Inspect(f, func(n ast.Node) bool {
						if id, ok := n.(*ast.Ident); ok {
							all = append(all, id.Name)
						}
						return true
					})
					return all
				}
				if !slices.Equal(idents(text), idents(tame.as(t, form))) {
					t.Error("the program differs from that of a tame name")
				}
			case "python":
				if python, err := exec.LookPath("python3"); err == nil {
					const kinds = "import ast, sys; print([type(n).__name__ for n in ast.walk(ast.parse(sys.stdin.buffer.read()))])"
					if piped(t, text, python, "-W", "error", "-c", kinds) != piped(t, tame.as(t, form), python, "-W", "error", "-c", kinds) {
						t.Error("the program differs from that of a tame name")
					}
				}
			case "terraform":
				if terraform, err := exec.LookPath("terraform"); err == nil {
					piped(t, text, terraform, "fmt", "-")
				}
				code := regexp.MustCompile(`(?m)^#.*$`).ReplaceAllString(text, "")
				if at := regexp.MustCompile(`(^|[^$])\$\{PWNED|(^|[^%])%\{PWNED`).FindString(code); at != "" {
					t.Errorf("an expression: %q", at)
				}
			case "cloudformation":
				for _, l := range strings.Split(text, "\n") {
					if strings.Contains(l, "!Sub") && strings.Contains(l, "${PWNED") {
						t.Errorf("a variable: %s", l)
					}
				}
				python, err := exec.LookPath("python3")
				if err == nil && exec.Command(python, "-c", "import yaml").Run() == nil {
					const name = `import json, sys, yaml
yaml.SafeLoader.add_multi_constructor("!", lambda loader, tag, node: node.value)
for r in yaml.safe_load(sys.stdin.buffer.read())["Resources"].values():
    if r["Type"] == "AWS::CloudWatch::Alarm":
        print(json.dumps(r["Properties"]["AlarmName"]))
`
					var got string
					if out := piped(t, text, python, "-c", name); json.Unmarshal([]byte(out), &got) != nil || got != hostile {
						t.Errorf("the alarm's name is %s", out)
					}
				}
			}
			for _, l := range regexp.MustCompile("[\n\r\u0085\u2028\u2029]").Split(text, -1) {
				if strings.HasPrefix(l, "PWNED") {
					t.Errorf("a line of its own: %q", l)
				}
			}
		})
	}
}

// TestExportHandler: what is exported stands in index.js, so its handler is there, whatever the lab's was.
func TestExportHandler(t *testing.T) {
	lab := named("tame")
	lab["lambda ListFunctions"] = m{"Functions": []m{{"FunctionName": "f", "Runtime": "nodejs22.x", "Handler": "app.run", "Timeout": 3, "MemorySize": 128}}}
	for _, form := range []string{"cloudformation", "terraform", "cli"} {
		if text := lab.as(t, form); strings.Contains(text, "app.run") || !strings.Contains(text, "index.handler") {
			t.Errorf("%s: the handler is not index.handler", form)
		}
	}
}

// TestExportRetries: what AWS refuses until a role can be assumed is tried again; another error ends the script, and so does a stream that
// cannot be described.
func TestExportRetries(t *testing.T) {
	script := named("tame").as(t, "cli")
	count := func(calls []string, op string) (n int) {
		for _, c := range calls {
			if strings.Contains(c, "\x01"+op+"\x01") {
				n++
			}
		}
		return n
	}
	const third = `case $2 in create-function|create-delivery-stream)
  echo x >>"$LAB_DIR/$2"
  if [ "$(wc -l <"$LAB_DIR/$2")" -lt 3 ]; then echo "%s" >&2; exit 254; fi ;;
esac`
	calls, out, err := played(t, script, fmt.Sprintf(third, "The role defined for the function cannot be assumed by Lambda."))
	if err != nil || count(calls, "create-function") != 3 || count(calls, "create-delivery-stream") != 3 || count(calls, "put-metric-alarm") != 1 {
		t.Errorf("a role that is not known yet: %v, %q\n%s", err, calls, out)
	}
	calls, out, err = played(t, script, fmt.Sprintf(third, "Function already exist: tame"))
	if err == nil || count(calls, "create-function") != 1 || !strings.Contains(out, "already exist") {
		t.Errorf("another error: %v, %q\n%s", err, calls, out)
	}
	calls, out, err = played(t, script, `if [ "$2" = describe-stream-summary ]; then
  if [ "$(grep -ao describe-stream-summary "$LAB_DIR/calls" | wc -l)" -gt 400 ]; then kill $PPID; fi
  echo "ExpiredToken" >&2; exit 254
fi`)
	if n := count(calls, "describe-stream-summary"); err == nil || n == 0 || n > 20 || !strings.Contains(out, "ExpiredToken") || count(calls, "add-tags-to-stream") != 0 {
		t.Errorf("a stream that cannot be described: %v, %d calls", err, n)
	}
	calls, out, err = played(t, script, `if [ "$2" = describe-stream-summary ]; then
  if [ "$(grep -ao describe-stream-summary "$LAB_DIR/calls" | wc -l)" -gt 400 ]; then kill $PPID; fi
  echo UPDATING; exit
fi`)
	if n := count(calls, "describe-stream-summary"); err == nil || n > 200 || !strings.Contains(out, "UPDATING") {
		t.Errorf("a stream that stays UPDATING: %v, %d calls\n%s", err, n, out)
	}
}

// TestExportAlarmsOfEveryPage: DescribeAlarms gives its alarms in pages.
func TestExportAlarmsOfEveryPage(t *testing.T) {
	var all []m
	for i := range 5 {
		all = append(all, m{"AlarmName": fmt.Sprintf("hot-%d", i)})
	}
	if n := strings.Count((stage{"cloudwatch DescribeAlarms": all}).as(t, "cli"), "put-metric-alarm"); n != 5 {
		t.Errorf("%d alarms of 5", n)
	}
}

// TestExportFile: the AWS CLI sends the content of a file that a value names; a value of an alarm names none.
func TestExportFile(t *testing.T) {
	lab := stage{"cloudwatch DescribeAlarms": []m{{"AlarmName": "-hot", "AlarmDescription": "file:///etc/passwd", "Period": 60, "Threshold": 0.5}}}
	text := lab.as(t, "cli")
	if want := `put-metric-alarm --cli-input-json "{\"AlarmName\":\"-hot\",\"AlarmDescription\":\"file:///etc/passwd\",`; !strings.Contains(text, want) || strings.Contains(text, " file://") {
		t.Errorf("the alarm is put with\n%s", text)
	}
}

// TestExportDimensions: the name of a dimension is no name of Terraform.
func TestExportDimensions(t *testing.T) {
	lab := stage{"cloudwatch DescribeAlarms": []m{{"AlarmName": "hot", "Dimensions": []m{{"Name": "Stream Name", "Value": "trips"}}}}}
	if text := lab.as(t, "terraform"); !strings.Contains(text, `"Stream Name" = "trips"`) {
		t.Errorf("the dimension is not quoted:\n%s", text)
	}
}

// TestExportNames: names that differ for AWS alone keep apart in every form, and what is called by them too.
func TestExportNames(t *testing.T) {
	lab := named("tame")
	lab["kinesis ListStreams"] = m{"StreamNames": []string{"a-b", "a_b"}}
	lab["firehose ListDeliveryStreams"] = m{"DeliveryStreamNames": []string{"one", "two"}}
	lab["cloudwatch DescribeAlarms"] = []m{{"AlarmName": "热"}, {"AlarmName": "冷"}}
	answer := func(service, op string, body any) ([]byte, error) {
		if op == "DescribeDeliveryStream" {
			text, _ := json.Marshal(body)
			bucket := "my-lake"
			if strings.Contains(string(text), "two") {
				bucket = "my.lake"
			}
			return json.Marshal(hose(bucket, "a_b"))
		}
		return lab.ask(service, op, body)
	}
	found, err := export.Look(answer)
	if err != nil {
		t.Fatal(err)
	}
	for form, pattern := range map[string]string{"cloudformation": `(?m)^  (\w+):$`, "terraform": `(?m)^resource ("\w+" "\w+") \{$`, "cli": `(?m)^(\w+)="`} {
		text, err := found.As(form)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, is := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			if seen[is[1]] {
				t.Errorf("%s: two of %s", form, is[1])
			}
			seen[is[1]] = true
		}
		for _, want := range map[string][]string{
			"cloudformation": {"ABStream", "ABStream2", "Alarm", "Alarm2", "MyLakeBucket", "MyLakeBucket2"},
			"terraform":      {`"aws_kinesis_stream" "a_b"`, `"aws_kinesis_stream" "a_b2"`, `"aws_cloudwatch_metric_alarm" "_2"`, `"aws_s3_bucket" "my_lake2"`},
			"cli":            {"BUCKET_MY_LAKE", "BUCKET_MY_LAKE2"},
		}[form] {
			if !seen[want] {
				t.Errorf("%s: there is no %s", form, want)
			}
		}
		to := map[string]string{"cloudformation": "!GetAtt MyLakeBucket2.Arn", "terraform": "= aws_s3_bucket.my_lake2.arn", "cli": "arn:aws:s3:::$BUCKET_MY_LAKE2\\\",\\\""}[form]
		if !strings.Contains(text, strings.TrimSuffix(to, `,\"`)) {
			t.Errorf("%s: nothing delivers into the second bucket\n%s", form, text)
		}
	}
}

// TestExportClients: a reader with enhanced fan-out subscribes as the consumer that it reads as, and of clients with the same name each is
// there.
func TestExportClients(t *testing.T) {
	lab := named("trips")
	lab["lab ListProducers"] = m{"Producers": []m{{"Name": "bikes", "StreamName": "trips"}}}
	lab["lab ListConsumers"] = m{"Consumers": []m{{"Name": "bikes", "StreamName": "trips"}, {"Name": "alerts", "StreamName": "trips", "RetrievalMode": "FANOUT", "ConsumerName": "fast"},
		{"Name": "own", "StreamName": "trips", "RetrievalMode": "FANOUT"}}}
	for form, want := range map[string][]string{
		"go":     {`case "bikes":`, `case "bikes2":`, `subscribe(ctx, client, "trips", "fast", `, `subscribe(ctx, client, "trips", "own", `},
		"python": {`"bikes": lambda count: write(`, `"bikes2": lambda count: poll(`, `subscribe("trips", "fast", `, `subscribe("trips", "own", `},
	} {
		text := lab.as(t, form)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: there is no %s", form, w)
			}
		}
	}
}

// TestExportOfAnInstant: an instant of the lab is none of a stream that is made later, and the head says so.
func TestExportOfAnInstant(t *testing.T) {
	lab := named("tame")
	lab["lab ListConsumers"] = m{"Consumers": []m{{"Name": "late", "StreamName": "tame", "From": "AT_TIMESTAMP", "Timestamp": "2026-03-02T08:40:00Z"}}}
	for _, form := range []string{"go", "python"} {
		text := lab.as(t, form)
		if !strings.Contains(text, "TRIM_HORIZON") || strings.Contains(text, `"AT_TIMESTAMP"`) || !strings.Contains(text, "Starting position of late: an instant of the lab is none of a new stream") {
			t.Errorf("%s: %s", form, text)
		}
	}
}
