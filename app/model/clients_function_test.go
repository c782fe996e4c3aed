package model

import (
	"encoding/json"
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

// TestFilterPatterns changes a mapping's patterns, which stand one a line; before, two of them became one that no record meets.
func TestFilterPatterns(t *testing.T) {
	const km, e = `{"data": {"km": [{"numeric": [">", 5]}]}}`, `{"data": {"event": ["parked", "locked"]}}`
	now := ClientSettings{"UUID": "u-1", "FunctionName": "board", "Patterns": []any{km, e}}
	form := Form{Kind: "function", Target: "mapping:u-1", Now: now}
	begun := Describe(form, FormWorld{}).Begin(now)
	if begun["Mapping.Pattern"] != km+"\n"+e {
		t.Fatalf("the field holds %q", begun["Mapping.Pattern"])
	}
	filters := func(typed string) string {
		v := Values{}
		for name, text := range begun {
			v[name] = text
		}
		v["Mapping.Pattern"] = typed
		steps, flaws := Plan(form, FormWorld{}, v)
		if len(flaws) > 0 {
			t.Fatalf("%q is refused: %v", typed, flaws)
		}
		for _, s := range steps {
			if s.Op == "UpdateEventSourceMapping" {
				b, _ := json.Marshal(s.Body)
				_, list, _ := strings.Cut(string(b), `"FilterCriteria":`)
				return strings.TrimSuffix(list, "}")
			}
		}
		return "left as it is"
	}
	if got := Describe(form, FormWorld{}).Begin(ClientSettings{"Patterns": []any{"{\n}", e}})["Mapping.Pattern"]; got != "{ }\n"+e {
		t.Errorf("a pattern over two lines stands as %q", got)
	}
	six := Values{}
	for name, text := range begun {
		six[name] = text
	}
	six["Mapping.Pattern"] = strings.Repeat("{}\n", 6)
	if _, flaws := Plan(form, FormWorld{}, six); flaws["Mapping.Pattern"] == "" {
		t.Error("six patterns are sent")
	}
	quoted := func(text string) string { b, _ := json.Marshal(text); return string(b) }
	for typed, want := range map[string]string{
		km + "\n" + e:            "left as it is",
		e + "\n\n " + km + " \n": `{"Filters":[{"Pattern":` + quoted(e) + `},{"Pattern":` + quoted(km) + `}]}`,
		"":                       `{"Filters":[]}`,
		"{\n  \"data\": {}\n}":   `{"Filters":[{"Pattern":` + quoted("{\n  \"data\": {}\n}") + `}]}`,
		"not JSON":               `{"Filters":[{"Pattern":"not JSON"}]}`,
		"{\n}\n" + e + "{ }":     `{"Filters":[{"Pattern":` + quoted("{\n}") + `},{"Pattern":` + quoted(e) + `},{"Pattern":"{ }"}]}`,
	} {
		if got := filters(typed); got != want {
			t.Errorf("%q sends %s, want %s", typed, got, want)
		}
	}
}

// TestFunctionBeginsAtAnInstant holds that the instant is sent as the API has it, in seconds, and only where it is asked for.
func TestFunctionBeginsAtAnInstant(t *testing.T) {
	form := Form{Kind: "function", Stream: "trips"}
	w := FormWorld{Stream: protocol.Stream{Name: "trips", ARN: "arn:trips"}}
	v := Describe(form, w).Begin(nil)
	for _, tt := range []struct{ position, instant, want, flaw string }{
		{"LATEST", "2026-03-02T08:40:00Z", `"StartingPosition":"LATEST"}`, ""},
		{"AT_TIMESTAMP", "2026-03-02T08:40:00Z", `"StartingPosition":"AT_TIMESTAMP","StartingPositionTimestamp":1772440800}`, ""},
		{"AT_TIMESTAMP", "2026-03-02t08:40:00.5z", `"StartingPosition":"AT_TIMESTAMP","StartingPositionTimestamp":1772440800.5}`, ""},
		{"AT_TIMESTAMP", "1772440800", `"StartingPosition":"AT_TIMESTAMP","StartingPositionTimestamp":1772440800}`, ""},
		{"AT_TIMESTAMP", "yesterday", "", "Write an instant that has been"},
	} {
		v["Mapping.StartingPosition"], v["Mapping.StartingPositionTimestamp"] = tt.position, tt.instant
		steps, flaws := Plan(form, w, v)
		if !strings.HasPrefix(flaws["Mapping.StartingPositionTimestamp"], tt.flaw) || (tt.flaw == "") != (len(flaws) == 0) {
			t.Errorf("%+v: %v", tt, flaws)
		}
		if body, _ := json.Marshal(steps[len(steps)-1].Body); tt.flaw == "" && !strings.HasSuffix(string(body), tt.want) {
			t.Errorf("%+v sends %s", tt, body)
		}
	}
}
