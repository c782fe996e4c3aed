package protocol

import (
	"encoding/json"
	"math"
	"testing"
)

func TestPoints(t *testing.T) {
	for _, p := range []Points{{}, {0, -1, 1.5, 1e21, 0.1}, {math.NaN(), 3, math.NaN()}} {
		text, err := json.Marshal(Chart{Points: p})
		if err != nil {
			t.Fatal(err)
		}
		var back Chart
		if err := json.Unmarshal(text, &back); err != nil || len(back.Points) != len(p) {
			t.Fatalf("%v came back from %s as %v, %v", p, text, back.Points, err)
		}
		for i, v := range p {
			if got := back.Points[i]; got != v && !(math.IsNaN(got) && math.IsNaN(v)) {
				t.Errorf("%v came back as %v", v, got)
			}
		}
	}
	if text, _ := json.Marshal(Points{1, math.NaN(), math.Inf(1)}); string(text) != "[1,null,null]" {
		t.Errorf("written as %s", text)
	}
	for _, bad := range []string{`7`, `"1,2"`, `{"a":1}`, `[1,"2"]`, `[[1]]`, `[true]`} {
		if err := json.Unmarshal([]byte(bad), new(Points)); err == nil {
			t.Errorf("%s was read as points", bad)
		}
	}
}
