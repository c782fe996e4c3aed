package console

import (
	"strings"
	"testing"
)

// TestYAML reads texts; what they mean was found with ruamel.yaml, as the AWS CLI has it.
func TestYAML(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"a mapping", "StreamName: trips\nShardCount: 2", `{"StreamName":"trips","ShardCount":2}`},
		{"a skeleton with comments", "---\n# the stream\nStreamName: 'trips' # [REQUIRED]\n\nShardCount: 0x10\n...", `{"StreamName":"trips","ShardCount":16}`},
		{"a colon in a plain text", "Records:\n- Data: YQ==\n  PartitionKey: \"a\\u00e4\"\n- Data: Yg==\n  PartitionKey: b: c\nStreamName: t", ``},
		{"a sequence of structures", "Records:\n- Data: YQ==\n  PartitionKey: \"a\\u00e4\"\n-   Data: Yg==\n    PartitionKey: 'b: c'\nStreamName: t", `{"Records":[{"Data":"YQ==","PartitionKey":"aä"},{"Data":"Yg==","PartitionKey":"b: c"}],"StreamName":"t"}`},
		{"deeper", "a:\n  b:\n    - - 1\n      - 2\n    -\n      c: ~\n  d: []\ne: {f: 1, \"g\": [x, 'y z', 1.5], h: }", `{"a":{"b":[[1,2],{"c":null}],"d":[]},"e":{"f":1,"g":["x","y z",1.5],"h":null}}`},
		{"brackets over lines", "a: [1,\n  {b: c, d: \"e,f\"}, # why\n  g]\nh: {}", `{"a":[1,{"b":"c","d":"e,f"},"g"],"h":{}}`},
		{"JSON", `{"a": [true, null, -1.50, "x: y"]}`, `{"a":[true,null,-1.5,"x: y"]}`},
		{"words of YAML 1.2", "a: yes\nb: True\nc: 0o17\nd: 1e3\ne: 08:40:00\nf: 2026-03-02T08:40:00Z\ng: +7\nh: .5\ni: null", `{"a":"yes","b":true,"c":15,"d":1000.0,"e":"08:40:00","f":"2026-03-02T08:40:00Z","g":7,"h":0.5,"i":null}`},
		{"a text as it stands", "Policy: |\n  {\n    \"Version\": \"2012-10-17\"\n  }\n\nName: x", `{"Policy":"{\n  \"Version\": \"2012-10-17\"\n}\n","Name":"x"}`},
		{"a text without its end", "a: |-\n  one\n  two\nb: |+\n  one\n\nc: 1", `{"a":"one\ntwo","b":"one\n\n","c":1}`},
		{"a folded text", "a: >\n  one\n  two\n\n  three\nb: 1", `{"a":"one two\nthree\n","b":1}`},
		{"binary", "Data: !!binary |\n  aGVs\n  bG8=\nMore: !!binary aGk=", `{"Data":"aGVsbG8=","More":"aGk="}`},
		{"quotes", "'a b': 'it''s'\n\"c\": \"x\\ty\"", `{"a b":"it's","c":"x\ty"}`},
		{"a sequence under its key", "a:\n- b\n- c:\n  - d\n- e: f\n  g:\n    h: i\nj: k", `{"a":["b",{"c":["d"]},{"e":"f","g":{"h":"i"}}],"j":"k"}`},
		{"a sequence alone", "- a\n- 2", `["a",2]`},
		{"nothing", "# nothing\n", `null`},
		{"a key without value", "a:\nb:\n- 1", `{"a":null,"b":[1]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, err := parseYAML(row.text)
			if row.want == "" {
				if err == nil {
					t.Errorf("not refused: %s", encodeJSON(v))
				}
				return
			}
			if got := string(encodeJSON(v)); err != nil || got != row.want {
				t.Errorf("read as %s (%v), want %s", got, err, row.want)
			}
		})
	}
}

func TestYAMLRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"a: - b":                         "Line 1: an item",
		"a: 1\n\tb: 2":                   "Line 2: a tab",
		"a: &x 1":                        "Line 1: anchors",
		"a: *x":                          "Line 1: anchors",
		"a: !foo 1":                      "Line 1: the tag !foo",
		"a: 'b":                          "Line 1: a quote is not closed",
		"a: [1, 2":                       "Line 1: a bracket is not closed",
		"a: [1 2}":                       "Line 1: a comma or a closing bracket",
		"a: 1\n  b: 2":                   "Line 2: it is indented deeper",
		"a: b: c":                        "Line 1: two keys",
		"a:\n    b: 1\n  c: 2":           "Line 3: it is indented deeper",
		"a: one\n  two":                  "Line 2: it is indented deeper",
		"a: 1\na: 2":                     "Line 2: a is there twice",
		"a: 1\nb":                        "Line 2: a colon and a space",
		"a: \"\\q\"":                     "Line 1: \"\\q\" is no text",
		"- a\nb: 1":                      "Line 2: this belongs to nothing",
		"a: 'b' c":                       "Line 1: \"c\" is not expected",
		"a: {b}":                         "Line 1: a colon is missing",
		strings.Repeat("- ", 300) + "a":  "nested more than 200 deep",
		"a: " + strings.Repeat("[", 300): "nested more than 200 deep",
		"a: 1\n---\nb: 2":                "Line 2: a colon and a space",
	} {
		if v, err := parseYAML(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q is read as %.80s and refused with %v, want %s", text, encodeJSON(v), err, want)
		}
	}
}

func FuzzYAML(f *testing.F) {
	f.Add("a:\n- b: {c: [1, 'd']}\n  e: |\n    f\n")
	f.Fuzz(func(t *testing.T, text string) {
		if v, err := parseYAML(text); err == nil {
			encodeJSON(v)
		}
	})
}
