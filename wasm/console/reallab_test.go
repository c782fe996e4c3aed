package console_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shardlab/wasm/console"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/lab"
)

// TestLabTranscripts plays testdata/lab/*.txt as TestTranscripts does, on a whole lab with producers, consumers and
// goals: testdata/lab/lab.json.
func TestLabTranscripts(t *testing.T) {
	file, err := os.ReadFile("testdata/lab/lab.json")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/lab/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			l, err := lab.New(file, nil, lab.Host{Console: console.Open(filter.Run), JQ: filter.Run})
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
