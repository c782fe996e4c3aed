package console_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/console"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/lab"
	"shardlab/wasm/lambda"
)

// TestLabTranscripts plays testdata/lab/*.txt as TestTranscripts does, on a whole lab with producers, consumers and
// goals: testdata/lab/lab.json.
func TestLabTranscripts(t *testing.T) { playLab(t, "testdata/lab") }

// TestTutorials plays the commands of AWS's own tutorials and examples, and of a shell as one knows it, on an empty account. Package
// clients of server/awsjson plays the same files in a real bash with the real AWS CLI.
func TestTutorials(t *testing.T) { playLab(t, "testdata/tutorials") }

// playLab plays the transcripts of a folder, each on the lab of its lab.json.
func playLab(t *testing.T, folder string) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(folder, "lab.json"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			l, err := lab.New(file, nil, lab.Host{Console: console.Open(filter.Run), JQ: filter.Run, Run: decoder})
			if err != nil {
				t.Fatal(err)
			}
			got := console.Replay(func(line string) ([]console.Output, int) {
				typed, exit := l.Type(line)
				out := make([]console.Output, len(typed))
				for i := range typed {
					out[i] = console.Output{To: typed[i].To, Text: typed[i].Text}
				}
				return out, exit
			}, string(b))
			if p := l.Crashed(); p != nil {
				t.Fatalf("the engine panicked: %s\n%s", p.Message, p.Stack)
			}
			if got == string(b) {
				return
			}
			if *console.Update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("the transcript has changed; run with -update and read the difference\n%s", console.FirstDifference(string(b), got))
		})
	}
}

// decoder stands for whoever runs JavaScript: it does what the function of AWS's tutorial does, and holds that its source came whole.
func decoder(c lambda.Call) lambda.Answer {
	var event struct {
		Records []struct{ Kinesis struct{ Data []byte } }
	}
	if err := json.Unmarshal(c.Event, &event); err != nil || !strings.Contains(c.Code, "exports.handler") {
		return lambda.Answer{End: lambda.Threw, ErrorType: "Error", ErrorMessage: "not the tutorial's"}
	}
	a := lambda.Answer{Result: "null"}
	for _, r := range event.Records {
		a.Logs = append(a.Logs, lambda.Line{After: time.Millisecond, Level: "INFO", Text: "Decoded payload: " + string(r.Kinesis.Data)})
	}
	return a
}

// TestCompleteNames: values of options are the names of what there is in the world, and asking for them leaves no trace.
func TestCompleteNames(t *testing.T) {
	l, err := lab.New([]byte(`{"name": "names", "start": "2026-03-02T08:39:30Z", "seed": 7, "profile": "2026"}`), nil, lab.Host{Console: console.Open(filter.Run), JQ: filter.Run})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"aws s3 mb s3://rides", "aws s3 mb s3://rides-errors", "echo hi > f; aws s3 cp f s3://rides/2026/03/a.txt; aws s3 cp f s3://rides/b.txt; aws s3 cp f s3://rides/2026/04/c.txt",
		"lab put-sink --kind splunk --name soc", "aws kinesis create-stream --stream-name trips --shard-count 1; wait 20s", "aws iam create-role --role-name reader --assume-role-policy-document '{\"Version\": \"2012-10-17\", \"Statement\": []}'",
		"lab put-producer --name bikes --stream-name trips --records-per-second 2",
	} {
		if out, exit := l.Type(line); exit != 0 && !strings.Contains(line, "iam") {
			t.Fatalf("%s: %v", line, out)
		}
	}
	before := l.Log()
	for line, want := range map[string]string{
		"aws s3api list-objects-v2 --bucket ":               "rides rides-errors",
		"aws s3api get-object --bucket rides --key 2026/03": "2026/03/a.txt",
		"aws s3 ls s3://":                                                "s3://rides/ s3://rides-errors/",
		"aws s3 ls s3://rides/":                                          "s3://rides/2026/ s3://rides/b.txt",
		"aws s3 cp s3://rides/2026/":                                     "s3://rides/2026/03/ s3://rides/2026/04/",
		"lab put-fault --name x --destination ":                          "s3/rides s3/rides-errors splunk/soc",
		"lab read-sink --name ":                                          "soc",
		"lab stop-producer --name ":                                      "bikes",
		"aws kinesis register-stream-consumer --stream-arn ":             "arn:aws:kinesis:us-east-1:123456789012:stream/trips",
		"aws firehose describe-delivery-stream --delivery-stream-name x": "",
	} {
		options := l.Complete(line, len(line)).Options
		var got []string
		for _, o := range options {
			got = append(got, o.Text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q offers %v, want %s", line, got, want)
		}
	}
	if l.Log() != before {
		t.Error("completion stands in the log")
	}
}

// TestExportedReader: a reader with enhanced fan-out that reads as another's consumer is exported so, beside a writer of its name.
func TestExportedReader(t *testing.T) {
	l, err := lab.New([]byte(`{"name": "readers", "start": "2026-03-02T08:00:00Z", "seed": 5, "open": "1s", "world": []}`), nil, lab.Host{Console: console.Open(filter.Run), JQ: filter.Run})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, line := range []string{
		"aws kinesis create-stream --stream-name trips --shard-count 1; wait 20s",
		"lab put-producer --name alerts --stream-name trips",
		"lab put-consumer --name alerts --stream-name trips --retrieval-mode FANOUT --consumer-name fast",
		"lab put-consumer --name board --stream-name trips --retrieval-mode FANOUT",
		"lab export go",
	} {
		out, exit := l.Type(line)
		if exit != 0 {
			t.Fatalf("%s: %v", line, out)
		}
		for _, o := range out {
			text.WriteString(o.Text)
		}
	}
	for _, want := range []string{`subscribe(ctx, client, "trips", "fast", `, `subscribe(ctx, client, "trips", "board", `, `case "alerts":`, `case "alerts2":`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("there is no %s in\n%s", want, text.String())
		}
	}
}
