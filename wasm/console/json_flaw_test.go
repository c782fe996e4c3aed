package console

import "testing"

// TestJSONFlaw holds words and places to those of Python 3.13.
func TestJSONFlaw(t *testing.T) {
	for _, row := range [][2]string{
		{"", "Expecting value: line 1 column 1 (char 0)"},
		{"[", "Expecting value: line 1 column 2 (char 1)"},
		{"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
		{"[Data:aGk=]", "Expecting value: line 1 column 2 (char 1)"},
		{"[{Data:aGk=,PartitionKey:a}]", "Expecting property name enclosed in double quotes: line 1 column 3 (char 2)"},
		{"{'a':1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
		{"{\"a\":1,}", "Illegal trailing comma before end of object: line 1 column 7 (char 6)"},
		{"[1,]", "Illegal trailing comma before end of array: line 1 column 3 (char 2)"},
		{"[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"},
		{"{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"},
		{"{\"a\":}", "Expecting value: line 1 column 6 (char 5)"},
		{"{\"a\":1 \"b\":2}", "Expecting ',' delimiter: line 1 column 8 (char 7)"},
		{"{\"a\":1}x", "Extra data: line 1 column 8 (char 7)"},
		{"\"abc", "Unterminated string starting at: line 1 column 1 (char 0)"},
		{"\"a\\", "Unterminated string starting at: line 1 column 1 (char 0)"},
		{"\"a\\q\"", "Invalid \\escape: line 1 column 3 (char 2)"},
		{"\"\\u12g4\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"},
		{"\"a\nb\"", "Invalid control character at: line 1 column 3 (char 2)"},
		{"nul", "Expecting value: line 1 column 1 (char 0)"},
		{"[1,\n 2,\n x]", "Expecting value: line 3 column 2 (char 9)"},
		{"{\"a\":1,b}", "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"},
		{"01", "Extra data: line 1 column 2 (char 1)"},
		{"1.", "Extra data: line 1 column 2 (char 1)"},
		{"-", "Expecting value: line 1 column 1 (char 0)"},
		{"[1.e]", "Expecting ',' delimiter: line 1 column 3 (char 2)"},
		{"\u00e9 x", "Expecting value: line 1 column 1 (char 0)"},
		{"{\"\u00e9\": x}", "Expecting value: line 1 column 7 (char 6)"},
		{"[\"a\", \"b\"", "Expecting ',' delimiter: line 1 column 10 (char 9)"},
		{"{\"a\":\"b\"", "Expecting ',' delimiter: line 1 column 9 (char 8)"},
		{"[,]", "Expecting value: line 1 column 2 (char 1)"},
		{"{,}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
		{"{\"a\":[1,{\"b\":}]}", "Expecting value: line 1 column 14 (char 13)"},
		{"tru", "Expecting value: line 1 column 1 (char 0)"},
		{"NaN", ""},
		{"[1]]", "Extra data: line 1 column 4 (char 3)"},
	} {
		if got := jsonFlaw(row[0]); got != row[1] {
			t.Errorf("%q: %q, Python says %q", row[0], got, row[1])
		}
	}
}

func FuzzJSONFlaw(f *testing.F) {
	f.Add(`{"a": [1, "b\\u00e4", -1.5e3]}`)
	f.Fuzz(func(t *testing.T, text string) {
		_, err := decodeJSON([]byte(text))
		if flaw := jsonFlaw(text); err == nil && flaw != "" {
			t.Errorf("%q is JSON: %s", text, flaw)
		}
	})
}
