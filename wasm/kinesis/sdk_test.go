package kinesis

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"shardlab/wasm/aws"
)

// The table holds exactly the operations of the newest SDK, each with exactly its members, what they hold, whether they
// are required and what they may be.
func TestOperationsAreThoseOfTheSDK(t *testing.T) {
	want := readSDK(t)
	for _, o := range Operations() {
		expected, ok := want[o.Name]
		delete(want, o.Name)
		if !ok {
			t.Errorf("the SDK has no %s", o.Name)
			continue
		}
		got := slices.Concat(requestLines("", o.Members), answerLines("", o.Output))
		for _, line := range expected {
			i := slices.Index(got, line)
			if name, kind, _ := strings.Cut(line[2:], " "); i < 0 && line[0] == '>' && !strings.HasSuffix(name, "*") {
				i = slices.Index(got, "> "+name+"* "+kind) // always there, though it need not be
			}
			if i >= 0 {
				got = slices.Delete(got, i, i+1)
			} else {
				t.Errorf("%s lacks\t%s", o.Name, line)
			}
		}
		for _, line := range got {
			t.Errorf("%s has\t%s, which the SDK has not", o.Name, line)
		}
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
}

// readSDK reads testdata/sdk.txt: for each operation, its members with the path to them.
func readSDK(t *testing.T) map[string][]string {
	text, err := os.ReadFile("testdata/sdk.txt")
	if err != nil {
		t.Fatal(err)
	}
	all, op := map[string][]string{}, ""
	var path []string
	for line := range strings.Lines(string(text)) {
		switch line = strings.TrimRight(line, "\n"); {
		case line == "" || line[0] == '#':
		case line[0] != '<' && line[0] != '>':
			op = line
			all[op] = nil
		default:
			name, rest, _ := strings.Cut(strings.TrimLeft(line[2:], " "), " ")
			depth := (len(line[2:]) - len(name) - len(rest) - 1) / 2
			path = append(path[:depth], strings.TrimSuffix(name, "*"))
			full := strings.TrimPrefix(strings.Join(path, "."), "EventStream.SubscribeToShardEvent.") // our table has the event alone
			if strings.HasSuffix(name, "*") {
				full += "*"
			}
			if line[0] == '>' { // Go structs know no enums
				words := strings.Fields(rest)
				rest = strings.Join(words[:min(len(words), 1+strings.Count(rest, "list ")+strings.Count(rest, "map "))], " ")
			}
			if full == "ContinuationSequenceNumber*" { // the event at the end of a shard has none
				full = "ContinuationSequenceNumber"
			}
			if !strings.HasPrefix(full, "EventStream") {
				all[op] = append(all[op], line[:2]+full+" "+rest)
			}
		}
	}
	if len(all) != 45 {
		t.Fatalf("the SDK has %d operations, want 45", len(all))
	}
	return all
}

// requestLines are a request's members in the form of testdata/sdk.txt.
func requestLines(prefix string, ms []aws.Member) (lines []string) {
	for _, m := range ms {
		line, enum := "< "+prefix+m.Name, m.Enum
		if m.Required {
			line += "*"
		}
		line += " " + string(m.Kind)
		members := m.Members
		if m.Elem != nil {
			line += " " + string(m.Elem.Kind)
			enum, members = append(enum, m.Elem.Enum...), m.Elem.Members
		}
		if len(enum) > 0 {
			line += " " + strings.Join(slices.Sorted(slices.Values(enum)), "|")
		}
		lines = append(lines, line)
		lines = append(lines, requestLines(prefix+m.Name+".", members)...)
	}
	return lines
}

// answerLines are an answer's members in that form; those with a star are never left out.
func answerLines(prefix string, t reflect.Type) (lines []string) {
	if t == nil {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		kind, of := kindOf(f.Type)
		line := "> " + prefix + f.Name
		if !strings.Contains(f.Tag.Get("json"), "omit") {
			line += "*"
		}
		lines = append(lines, line+" "+kind)
		if of != nil {
			lines = append(lines, answerLines(prefix+f.Name+".", of)...)
		}
	}
	return lines
}

// kindOf names what a field holds, and the structure in it.
func kindOf(t reflect.Type) (string, reflect.Type) {
	switch {
	case t.Kind() == reflect.Pointer:
		return kindOf(t.Elem())
	case t == reflect.TypeFor[aws.Blob]():
		return "blob", nil
	case t == reflect.TypeFor[aws.Timestamp]():
		return "timestamp", nil
	case t.Kind() == reflect.Slice:
		kind, of := kindOf(t.Elem())
		return "list " + kind, of
	case t.Kind() == reflect.Map:
		kind, of := kindOf(t.Elem())
		return "map " + kind, of
	case t.Kind() == reflect.Struct:
		return "structure", t
	case t.Kind() == reflect.Int64:
		return "int", nil
	}
	return t.Kind().String(), nil
}
