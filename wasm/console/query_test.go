package console

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestQueryAsPython puts expressions to documents; what is found, and the words for what is wrong, were written by jmespath.py 1.1.
func TestQueryAsPython(t *testing.T) {
	text, err := os.ReadFile("testdata/jmespath.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Docs map[string]json.RawMessage
		Rows []struct {
			Doc, Query, Refused, Failed string
			Found                       *string
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, row := range file.Rows {
		t.Run(row.Query, func(t *testing.T) {
			doc, err := decodeJSON(file.Docs[row.Doc])
			if err != nil {
				t.Fatal(err)
			}
			q, bad := compileQuery(row.Query)
			if row.Refused != "" || bad != nil {
				if bad == nil || bad.text != "Bad value for --query "+row.Query+": "+row.Refused {
					t.Errorf("refused with\n%v, want\n%s", bad, row.Refused)
				}
				return
			}
			found, err := q.search(doc)
			switch {
			case row.Failed != "" || err != nil:
				if err == nil || err.Error() != row.Failed {
					t.Errorf("failed with\n%v, want\n%s", err, row.Failed)
				}
			case string(encodeJSON(found)) != *row.Found:
				t.Errorf("found\n%s, want\n%s", encodeJSON(found), *row.Found)
			}
		})
	}
}

func TestQueryIsBounded(t *testing.T) {
	for _, text := range []string{strings.Repeat("(", 100_000), strings.Repeat("!", 100_000) + "a", strings.Repeat("[", 100_000)} {
		if _, bad := compileQuery(text); bad == nil || !strings.Contains(bad.text, "recursion depth") {
			t.Errorf("%.10s… is not refused for its depth", text)
		}
	}
}

// FuzzQuery holds that no expression and no answer ends the console.
func FuzzQuery(f *testing.F) {
	for _, text := range []string{"Shards[?contains(ShardId, `1`)]", "sort_by(@,&a)", "a[::-1].b | {c: d}", "merge(@, `{}`)"} {
		f.Add(text, `{"Shards":[{"ShardId":"1"}],"a":[1,2]}`)
	}
	f.Fuzz(func(t *testing.T, text, doc string) {
		v, err := decodeJSON([]byte(doc))
		if err != nil {
			return
		}
		if q, bad := compileQuery(text); bad == nil {
			if found, err := q.search(v); err == nil {
				encodeJSON(found)
			}
		}
	})
}
