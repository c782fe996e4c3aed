package console

import (
	"encoding/json"
	"fmt"
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
	for _, link := range []string{"|a", ".a", "[0]", "[]", "[?a]", "||a", "==a"} {
		if _, bad := compileQuery("a" + strings.Repeat(link, 100_000)); bad == nil || !strings.Contains(bad.text, "one behind the other") && !strings.Contains(bad.text, "recursion depth") {
			t.Errorf("a%s%s… is not refused for its length", link, link)
		}
	}
}

// TestQueryMakesNoMoreThanThereIsRoomFor doubles lists and texts until no machine could hold them, and compares, writes and sorts
// what lies in itself over and over.
func TestQueryMakesNoMoreThanThereIsRoomFor(t *testing.T) {
	doubled := "[@, @]" + strings.Repeat(" | [@, @]", 60)
	for _, text := range []string{
		doubled,
		"{a: @, b: @}" + strings.Repeat(" | {a: @, b: @}", 60),
		"[@, @][]" + strings.Repeat(" | [@, @][]", 60),
		"to_string(@)" + strings.Repeat(" | join('', [@, @])", 60),
		doubled + " | to_string(@)",
		doubled + " | abs(@)",
		doubled + " | @ == @",
		doubled + " | contains(@, @)",
		doubled + " | sort_by([@], &@)",
		doubled + " | max_by([@, @], &@)",
		"[@, @]" + strings.Repeat(" | [@[], @[]][]", 60),
	} {
		q, bad := compileQuery(text)
		if bad != nil {
			t.Fatal(bad)
		}
		v, _ := decodeJSON([]byte(`["a shard", 1]`))
		if _, err := q.search(v); err == nil || !strings.Contains(err.Error(), "more of the answer than the lab holds") {
			t.Errorf("%.40s… %s: %v", text, text[max(0, len(text)-20):], err)
		}
	}
	q, bad := compileQuery(doubled + " | type(@[0][0])")
	if bad != nil {
		t.Fatal(bad)
	}
	if found, err := q.search(json.Number("1")); err != nil || found != "array" {
		t.Errorf("what looks at a part of it: %v, %v", found, err)
	}
}

// TestQueryOfALargeAnswer holds that the bound lies far beyond what an account's largest lists need.
func TestQueryOfALargeAnswer(t *testing.T) {
	var shards []any
	for i := range 10_000 {
		id := fmt.Sprintf("shardId-%012d", i)
		shards = append(shards, object{{"ShardId", id}, {"HashKeyRange", object{{"StartingHashKey", "0"}, {"EndingHashKey", "340282366920938463463374607431768211455"}}}, {"SequenceNumberRange", object{{"StartingSequenceNumber", "49660000000000000000000000000000000000000000000000000000"}}}})
	}
	q, bad := compileQuery("length(sort_by(Shards[?contains(ShardId, '9') && !ParentShardId], &ShardId)[].{id: ShardId, range: join('-', [HashKeyRange.StartingHashKey, HashKeyRange.EndingHashKey])})")
	if bad != nil {
		t.Fatal(bad)
	}
	if found, err := q.search(object{{"Shards", shards}}); err != nil || found != json.Number("3439") {
		t.Errorf("found %v, %v", found, err)
	}
}

// FuzzQuery holds that no expression and no answer ends the console.
func FuzzQuery(f *testing.F) {
	for _, text := range []string{"Shards[?contains(ShardId, `1`)]", "sort_by(@,&a)", "a[::-1].b | {c: d}", "merge(@, `{}`)", "a[1::9223372036854775807]", "to_string([&a])", "abs({a: &b})",
		"[@,@]|[@,@]|[@,@]|to_string(@)|join('', [@, @])", "ceil(`1e400`)", "sum(`[9223372036854775807, 1e400]`)", "`1e400` == `1e401`"} {
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
