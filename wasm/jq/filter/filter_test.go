package filter

import (
	"runtime"
	"strings"
	"testing"

	"shardlab/wasm/jq"
)

func TestRun(t *testing.T) {
	for _, row := range []struct {
		name     string
		call     jq.Call
		out, err string
		exit     int
	}{
		{"a member", jq.Call{Filter: ".a", Input: `{"a":{"c":[],"b":1}}`}, "{\n  \"b\": 1,\n  \"c\": []\n}\n", "", 0},
		{"each input", jq.Call{Filter: ".", Input: `1 "x" [2]`, Compact: true}, "1\n\"x\"\n[2]\n", "", 0},
		{"a text as it is", jq.Call{Filter: ".[]", Input: `["a","b"]`, Plain: true}, "a\nb\n", "", 0},
		{"joined", jq.Call{Filter: ".[]", Input: `["a","b",1]`, Join: true}, "ab1", "", 0},
		{"slurped", jq.Call{Filter: "length", Input: "1 2 3", Slurp: true}, "3\n", "", 0},
		{"all inputs, taken by the program", jq.Call{Filter: "[inputs]", Input: "1 2 3", Null: true, Compact: true}, "[1,2,3]\n", "", 0},
		{"inputs in pairs", jq.Call{Filter: "[., input]", Input: "1 2 3 4", Compact: true}, "[1,2]\n[3,4]\n", "", 0},
		{"one input too few", jq.Call{Filter: "[., input]", Input: "1", Compact: true}, "", "jq: error: No more inputs\n", 5},
		{"more memory than there is", jq.Call{Filter: `reduce range(36) as $i ("x"; . + .) | length`, Null: true}, "", "jq: error: it asks for more and more memory\n", 5},
		{"lines", jq.Call{Filter: ".", Input: "a\n\nb", Raw: true}, "\"a\"\n\"\"\n\"b\"\n", "", 0},
		{"null", jq.Call{Filter: "[., now]", Null: true, Now: 5.25, Compact: true}, "[null,5.25]\n", "", 0},
		{"the hour", jq.Call{Filter: `def f: now; f | todate`, Null: true, Plain: true, Now: 1772786370}, "2026-03-06T08:39:30Z\n", "", 0},
		{"variables", jq.Call{Filter: "[$a, $b.c]", Null: true, Compact: true, Vars: []jq.Var{{Name: "a", Text: "1"}, {Name: "b", Text: `{"c":12345678901234567890}`, JSON: true}}},
			"[\"1\",12345678901234567890]\n", "", 0},
		{"no JSON in a variable", jq.Call{Filter: ".", Null: true, Vars: []jq.Var{{Name: "a", Text: "{", JSON: true}}}, "", "jq: Invalid JSON text passed to --argjson: the JSON text ends too early\n", 2},
		{"two values in a variable", jq.Call{Filter: ".", Null: true, Vars: []jq.Var{{Name: "a", Text: "1 2", JSON: true}}}, "", "jq: Invalid JSON text passed to --argjson: it holds 2 values, and one is wanted\n", 2},
		{"no JSON", jq.Call{Filter: ".", Input: `{"a"`}, "", "jq: parse error: the JSON text ends too early\n", 2},
		{"no filter", jq.Call{Filter: ".a |", Null: true}, "", "jq: syntax error in .a |: unexpected EOF\n", 3},
		{"no such function", jq.Call{Filter: "nope", Null: true}, "", "jq: compile error: function not defined: nope/0\n", 3},
		{"a failure goes on to the next input", jq.Call{Filter: ".a", Input: `1 {"a":2}`}, "2\n", "jq: error: expected an object but got: number (1)\n", 5},
		{"a status", jq.Call{Filter: ".a", Input: `{"a":false}`, Status: true}, "false\n", "", 1},
		{"halt", jq.Call{Filter: "., halt, 2", Input: "1 3"}, "1\n", "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, err := row.call.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if row.err == "jq: error: it asks for more and more memory\n" && runtime.GOOS == "js" {
				t.Skip("a browser ends the worker")
			}
			c, err := jq.ReadCall(b) // as a worker gets it
			if err != nil {
				t.Fatal(err)
			}
			a, err := Run(c, nil)
			if err != nil {
				t.Fatal(err)
			}
			var out, errs strings.Builder
			for _, p := range a.Wrote {
				if p.Err {
					errs.WriteString(p.Text)
				} else {
					out.WriteString(p.Text)
				}
			}
			if out.String() != row.out || errs.String() != row.err || a.Exit != row.exit {
				t.Errorf("out %q err %q exit %d, want %q %q %d", out.String(), errs.String(), a.Exit, row.out, row.err, row.exit)
			}
		})
	}
}

func TestEnds(t *testing.T) {
	a, err := Run(jq.Call{Filter: "def f: f; f", Null: true}, nil)
	if err != nil || !a.Endless || a.Interrupted {
		t.Errorf("a filter without end: %+v, %v", a, err)
	}
	looks := 0
	a, err = Run(jq.Call{Filter: "def f: f; f", Null: true}, func() bool { looks++; return looks == 3 })
	if err != nil || !a.Interrupted || a.Endless || looks != 3 {
		t.Errorf("interrupted at the third look: %+v after %d, %v", a, looks, err)
	}
}
