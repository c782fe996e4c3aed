package model

import (
	"encoding/json"
	"testing"

	"shardlab/wasm/protocol"
)

func TestNumbersOfAForm(t *testing.T) {
	for _, row := range []struct {
		text  string
		times float64
		want  string // "" when it is no number
	}{{"5", 0, "5"}, {"0.1", 0, "0.1"}, {"1.5", 1000, "1500"}, {"-3", 0, "-3"}, {"", 0, ""}, {"five", 0, ""}, {"NaN", 0, ""}, {"Inf", 0, ""}, {"1e400", 0, ""}, {"1e300", 0, ""}, {"1e300", 1e9, ""}} {
		got, ok := Field{Kind: Number, Times: row.times}.read(row.text)
		if ok != (row.want != "") || ok && got != json.Number(row.want) {
			t.Errorf("%q is read as %v, %t, want %q", row.text, got, ok, row.want)
		}
	}
}

// TestWorkerDeeds holds that the menu of an application offers to kill its workers, and nothing else that stands on its card.
func TestWorkerDeeds(t *testing.T) {
	parts := []protocol.Part{{Name: "twice"}, {Name: "skipped"}}
	for _, n := range []string{"worker-1", "worker-2", "worker-3", "worker-4", "worker-12"} {
		parts = append(parts, protocol.Part{Name: n})
	}
	var words []string
	for _, a := range workerDeeds(Card{Name: "app", Running: true, Parts: parts}) {
		words = append(words, a.Text)
	}
	want := []string{"Start a worker", "Redeploy", "Kill worker-1", "Kill worker-2", "Kill worker-3", "Kill worker-4"}
	if len(words) != len(want) {
		t.Fatalf("offers %q, want %q", words, want)
	}
	for i := range want {
		if words[i] != want[i] {
			t.Errorf("offers %q, want %q", words, want)
		}
	}
}
