package model

import (
	"encoding/json"
	"slices"
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

// TestFormOfABeginning holds that the instant of AT_TIMESTAMP has a field while that is chosen, is sent then alone, and stands there again.
func TestFormOfABeginning(t *testing.T) {
	for id, names := range map[string][2]string{"consumer": {"From", "Timestamp"}, "kcl": {"InitialPositionInStream", "InitialPositionInStreamExtended"}} {
		i := slices.IndexFunc(Clients, func(c Client) bool { return c.ID == id })
		s := Clients[i].spec(Form{}, FormWorld{})
		at := s.Fields[slices.IndexFunc(s.Fields, func(f Field) bool { return f.Name == names[1] })]
		v := s.Begin(nil)
		if at.Shown(v) {
			t.Errorf("%s: a new one that begins at %s has an instant", id, v[names[0]])
		}
		v[names[0]], v[names[1]] = "AT_TIMESTAMP", "2026-03-02T08:40:00Z"
		body, flaws := s.Fill(v, nil, "")
		if !at.Shown(v) || len(flaws) > 0 || !body.has(names[0]) || !body.has(names[1]) {
			t.Errorf("%s: at an instant it sends %v, %v", id, body, flaws)
		}
		now := ClientSettings{names[0]: "AT_TIMESTAMP", names[1]: "2026-03-02T08:40:00Z"}
		if v = s.Begin(now); v[names[1]] != "2026-03-02T08:40:00Z" || !at.Shown(v) {
			t.Errorf("%s: of one that is changed the field holds %q", id, v[names[1]])
		}
		v[names[0]] = "LATEST"
		if body, _ = s.Fill(v, now, ""); at.Shown(v) || !body.has(names[0]) || body.has(names[1]) {
			t.Errorf("%s: from LATEST on it sends %v", id, body)
		}
	}
}
