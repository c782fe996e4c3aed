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
