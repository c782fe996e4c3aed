package grade_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"shardlab/wasm/grade"
)

// TestFiguresOfTheWholeRun refuses a window for what is not remembered by the second.
func TestFiguresOfTheWholeRun(t *testing.T) {
	for _, row := range []struct{ check, want string }{
		{`{"kind":"producer","producer":"bikes","figure":"timed-out","at-most":0}`, ""},
		{`{"kind":"producer","producer":"bikes","figure":"lost","at-most":0,"for":"1m"}`, ""},
		{`{"kind":"producer","producer":"bikes","figure":"timed-out","at-most":0,"for":"1m"}`, "timed-out is counted over the whole run: leave it out"},
		{`{"kind":"kpl","producer":"bikes","figure":"expired","at-most":0,"for":"1m"}`, "expired is counted over the whole run: leave it out"},
	} {
		_, err := grade.Parse([]json.RawMessage{json.RawMessage(`{"id":"g","text":"t","check":` + row.check + `,"met":"m","unmet":"u"}`)})
		if got := fmt.Sprint(err); row.want == "" && err != nil || row.want != "" && !strings.Contains(got, row.want) {
			t.Errorf("%s: %v, want %q", row.check, err, row.want)
		}
	}
}
