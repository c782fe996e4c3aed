package columnar

import (
	"strings"
	"testing"
)

// table converts records and reads the file back.
func table(t *testing.T, schema []Column, serde SerDe, out Output, records ...string) (Table, []*Failure) {
	t.Helper()
	c := NewConverter(schema, serde, out)
	var failed []*Failure
	for _, r := range records {
		if f := c.Add([]byte(r)); f != nil {
			failed = append(failed, f)
		}
	}
	got, err := ReadParquet(c.Finish(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return got, failed
}

func schema(t *testing.T, pairs ...string) []Column {
	t.Helper()
	all, failure := Schema(pairs...)
	if failure != nil {
		t.Fatal(failure)
	}
	return all
}

func TestTypes(t *testing.T) {
	for _, ok := range []string{"boolean", "bigint", "decimal(22,2)", "char(10)", "varchar(65535)", "array<string>", "map<string,array<int>>",
		"struct<name:string,age:int>", "array<struct<sku:string,qty:int,more:map<int,struct<a:date>>>>"} {
		got, err := ParseType(ok)
		if err != nil || got.String() != ok {
			t.Errorf("%s is read as %v, %v", ok, got, err)
		}
	}
	if got, _ := ParseType("decimal"); got.String() != "decimal(10,0)" {
		t.Errorf("decimal is %s", got)
	}
	for bad, want := range map[string]string{
		"STRING":              "Error: type expected at the position 0 of 'STRING' but 'STRING' is found.",
		"integer":             "Error: type expected at the position 0 of 'integer' but 'integer' is found.",
		"array<>":             "Error: type expected at the position 6 of 'array<>' but '' is found.",
		"array<int":           "Error: > expected at the position 9 of 'array<int' but end of string is found.",
		"varchar":             "Error: ( expected at the position 7 of 'varchar' but end of string is found.",
		"char(256)":           "Error: a number from 1 to 255 expected at the position 5 of 'char(256)' but '256' is found.",
		"decimal(39,2)":       "Error: a number from 1 to 38 expected at the position 8 of 'decimal(39,2)' but '39' is found.",
		"decimal(2,3)":        "Error: a number from 0 to 2 expected at the position 10 of 'decimal(2,3)' but '3' is found.",
		"int int":             "Error: type expected at the position 0 of 'int int' but 'int int' is found.",
		"int>":                "Error: unexpected character at the end of 'int>'",
		"map<array<int>,int>": "Error: a map's key is of a primitive type, and that of 'map<array<int>,int>' is not.",
		"struct<:int>":        "Error: a name expected at the position 7 of 'struct<:int>'.",
		"":                    "Error: type expected at the end of ''",
		strings.Repeat("array<", 40) + "int" + strings.Repeat(">", 40): "Error: type expected at the position 198",
	} {
		if _, err := ParseType(bad); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", bad, err, want)
		}
	}
	if _, f := Schema("a", "text"); f == nil || f.Code != InvalidSchema {
		t.Errorf("a type that is none: %v", f)
	}
}

func TestValues(t *testing.T) {
	const openx, hive = "openx", "hive"
	for _, row := range []struct{ serde, kind, json, want string }{
		{openx, "int", `10`, "10"}, {openx, "int", `"10"`, "10"}, {openx, "int", `1.9`, "1"}, {openx, "int", `-2147483648`, "-2147483648"},
		{openx, "int", `2147483648`, "! Numeric value (2147483648) out of range of int"},
		{openx, "int", `"oops"`, `! For input string: "oops"`}, {openx, "int", `""`, `! empty String`},
		{openx, "int", `true`, `! java.lang.Boolean cannot be cast to java.lang.Integer`},
		{openx, "tinyint", `128`, "! Numeric value (128) out of range of tinyint"}, {openx, "smallint", `-32768`, "-32768"},
		{openx, "bigint", `9223372036854775807`, "9223372036854775807"}, {openx, "bigint", `9223372036854775808`, "! Numeric value (9223372036854775808) out of range of bigint"},
		{hive, "int", `"10"`, "! Current token (VALUE_STRING) not numeric, can not use numeric value accessors"},
		{openx, "double", `1.5e3`, "1500"}, {openx, "double", `"1.5"`, "1.5"}, {openx, "double", `"NaN"`, `! For input string: "NaN"`},
		{openx, "double", `1e1000`, "! Numeric value (1e1000) out of range of double"}, {openx, "float", `1e100`, "! Numeric value (1e100) out of range of float"},
		{openx, "float", `0.1`, "0.1"},
		{openx, "boolean", `true`, "true"}, {openx, "boolean", `"TRUE"`, "true"}, {openx, "boolean", `"x"`, "false"},
		{openx, "boolean", `1`, "! java.lang.Long cannot be cast to java.lang.Boolean"}, {hive, "boolean", `"true"`, "! Current token (VALUE_STRING) not of boolean type"},
		{openx, "string", `"a\"\u00e9\ud83d\ude00\n"`, "a\"é😀\n"}, {openx, "string", `12.50`, "12.50"}, {openx, "string", `null`, "null"}, {openx, "string", `false`, "false"},
		{openx, "string", `{"Outer" : {"Inner": [1, 2]}}`, `{"outer":{"inner":[1,2]}}`}, {openx, "string", `{ }`, `{}`}, {openx, "string", `[]`, `[]`},
		{hive, "string", `{"a":1}`, "!! One or more fields have incorrect format. Exception when validating field (root)"}, {hive, "string", `5`, "5"},
		{openx, "varchar(3)", `"äöüß"`, "äöü"}, {openx, "char(2)", `"abc"`, "ab"}, {openx, "binary", `"abc"`, "abc"},
		{openx, "decimal(4,2)", `12.345`, "12.35"}, {openx, "decimal(4,2)", `-0.005`, "-0.01"}, {openx, "decimal(4,2)", `99.995`, "! Numeric value (99.995) out of range of decimal(4,2)"},
		{openx, "decimal(22,2)", `12345678901234567890.12`, "12345678901234567890.12"}, {openx, "decimal(22,2)", `"1e1000000000"`, "! Numeric value (1e1000000000) out of range of decimal(22,2)"},
		{openx, "decimal(22,2)", `"1e-1000000000"`, "0.00"}, {openx, "decimal(22,2)", `0e1000000000`, "0.00"}, {openx, "decimal(38,0)", `-99999999999999999999999999999999999999`, "-99999999999999999999999999999999999999"},
		{openx, "decimal(5,2)", `"x"`, `! For input string: "x"`},
		{openx, "date", `"2026-9-7"`, "2026-09-07"}, {openx, "date", `"1969-12-31"`, "1969-12-31"}, {openx, "date", `"2026-02-29"`, `! Date format must be yyyy-[m]m-[d]d, and it is "2026-02-29"`},
		{openx, "timestamp", `1518033528`, "2018-02-07 19:58:48"}, {openx, "timestamp", `1518033528123`, "2018-02-07 19:58:48.123"},
		{openx, "timestamp", `999999999999`, "33658-09-27 01:46:39"}, {openx, "timestamp", `1000000000000`, "2001-09-09 01:46:40"},
		{openx, "timestamp", `"1518033528.123"`, "2018-02-07 19:58:48.123"}, {openx, "timestamp", `-1000`, "1969-12-31 23:43:20"}, {openx, "timestamp", `0`, "1970-01-01 00:00:00"},
		{openx, "timestamp", `"2026-9-7 1:2:3.5"`, "2026-09-07 01:02:03.5"}, {openx, "timestamp", `"2018-02-07T15:13:01.392561234Z"`, "2018-02-07 15:13:01.392561234"},
		{openx, "timestamp", `"2026-9-7T12:00:02Z"`, "! Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]"}, {openx, "timestamp", `"soon"`, "! Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]"},
		{openx, "timestamp", `18446744073709551616`, "! Numeric value (18446744073709551616) out of range of timestamp"},
		{openx, "timestamp", `{}`, "! org.openx.data.jsonserde.json.JSONObject cannot be cast to java.sql.Timestamp"},
		{hive, "timestamp", `"2018-02-07 15:13:01.25"`, "2018-02-07 15:13:01.25"}, {hive, "timestamp", `"2018-02-07T15:13:01Z"`, "! Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]"},
		{openx, "array<int>", `[1,null,3]`, "[1,null,3]"}, {openx, "array<int>", `[]`, "[]"}, {openx, "array<int>", `null`, "null"}, {openx, "array<string>", `"solo"`, `["solo"]`},
		{hive, "array<string>", `"solo"`, "! java.io.IOException: Start of Array expected"}, {openx, "array<array<int>>", `[[1],[],null,[2,3]]`, "[[1],[],null,[2,3]]"},
		{openx, "array<int>", `[1,"oops"]`, `! For input string: "oops"`},
		{openx, "struct<name:string,age:int>", `{"NAME":"Bob","extra":1}`, `{"name":"Bob","age":null}`}, {openx, "struct<name:string,age:int>", `["Zoe",9,1]`, `{"name":"Zoe","age":9}`},
		{openx, "struct<name:string,age:int>", `{}`, `{"name":null,"age":null}`}, {openx, "struct<name:string,age:int>", `42`, "! Data is not JSONObject  but java.lang.Long with value 42"},
		{hive, "struct<name:string,age:int>", `["Bob",41]`, "! java.io.IOException: Start of Object expected"},
		{openx, "map<string,array<string>>", `{"MixedKey":["v"],"k":null,"n":[]}`, `{"mixedkey":["v"],"k":null,"n":[]}`}, {openx, "map<string,int>", `{}`, "{}"}, {openx, "map<string,int>", `{"A":1,"a":2}`, `{"a":2}`},
		{hive, "map<string,int>", `{"MixedKey":1}`, `{"MixedKey":1}`}, {openx, "map<int,string>", `{"5":"x"}`, `{"5":"x"}`},
		{openx, "map<string,int>", `[1]`, "! Data is not JSONObject  but org.openx.data.jsonserde.json.JSONArray with value [1]"},
		{openx, "array<struct<sku:string,tags:array<string>>>", `[{"sku":"a","tags":["x","y"]},null,{"tags":[]},{"sku":"b"}]`, `[{"sku":"a","tags":["x","y"]},null,{"sku":null,"tags":[]},{"sku":"b","tags":null}]`},
	} {
		for _, out := range outputs() {
			got, failed := table(t, schema(t, "v", row.kind), SerDe{Hive: row.serde == hive}, out, `{"v":`+row.json+`}`)
			said := ""
			if len(failed) > 0 {
				said = "! " + strings.TrimPrefix(failed[0].Message, "Data does not match the schema. ")
				if said == "! "+failed[0].Message {
					said = "!" + said
				}
				if failed[0].Code != MalformedData {
					t.Errorf("%s %s %s fails with %s", row.serde, row.kind, row.json, failed[0].Code)
				}
			} else {
				said = got.Rows[0][0]
			}
			if said != row.want {
				t.Errorf("%s %s %s: %s, want %s", row.serde, row.kind, row.json, said, row.want)
			}
			if want := strings.NewReplacer("varchar(3)", "string", "char(2)", "string").Replace(row.kind); got.Types[0] != want {
				t.Errorf("%s reads back as %s", row.kind, got.Types[0])
			}
		}
	}
}

// outputs are all ways to write a file.
func outputs() (all []Output) {
	for _, codec := range codecs {
		for _, dictionary := range []bool{false, true} {
			for _, v2 := range []bool{false, true} {
				all = append(all, Output{Compression: codec, Dictionary: dictionary, V2: v2, BlockBytes: LeastBlockBytes, PageBytes: LeastPageBytes})
			}
		}
	}
	return all
}

func TestKeys(t *testing.T) {
	cols := schema(t, "ticker", "string", "a_b", "int", "price", "double")
	for _, row := range []struct {
		name, json, want string
		serde            SerDe
	}{
		{"any case", `{"TICKER":"x","Price":1.5}`, "x|null|1.5", SerDe{}},
		{"only this case", `{"TICKER":"x","price":1.5}`, "null|null|1.5", SerDe{CaseSensitive: true}},
		{"mapped", `{"SYM":"x","ticker":"y"}`, "x|null|null", SerDe{Keys: []string{"ticker", "sym"}}},
		{"dots", `{"a.b":7}`, "null|7|null", SerDe{Dots: true}},
		{"no dots", `{"a.b":7}`, "null|null|null", SerDe{}},
		{"Hive knows no such settings", `{"a.b":7,"sym":"x"}`, "null|null|null", SerDe{Hive: true, Dots: true, Keys: []string{"ticker", "sym"}}},
		{"an escaped key", `{"\u0074icker":"x"}`, "x|null|null", SerDe{}},
		{"the last of the same", `{"ticker":"x","ticker":"y"}`, "y|null|null", SerDe{}},
	} {
		got, failed := table(t, cols, row.serde, Parquet(), row.json)
		if len(failed) > 0 || strings.Join(got.Rows[0], "|") != row.want {
			t.Errorf("%s: %v %v, want %s", row.name, got.Rows, failed, row.want)
		}
	}
}

func TestHiveTimestampFormats(t *testing.T) {
	for _, row := range []struct{ pattern, json, want string }{
		{"millis", `1518033528123`, "2018-02-07 19:58:48.123"},
		{"millis", `"1518033528123"`, "2018-02-07 19:58:48.123"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSZ", `"2018-02-07T15:13:01.392+0100"`, "2018-02-07 14:13:01.392"},
		{"dd/MMM/yyyy:HH:mm:ss Z", `"07/Feb/2018:15:13:01 +01:30"`, "2018-02-07 13:43:01"},
		{"yyyyMMddHHmmss", `"20180207151301"`, "2018-02-07 15:13:01"},
		{"M/d/yy h:mm a", `"2/7/18 3:13 PM"`, "2018-02-07 15:13:00"},
		{"EEE MMMM d yyyy h 'o''clock'", `"Wed February 7 2018 3 o'clock"`, "2018-02-07 03:00:00"},
		{"EEE MMMM d yyyy h 'at noon'", `"Wed February 7 2018 3 at noon"`, "2018-02-07 03:00:00"},
		{"yyyy", `"MMXVIII"`, `!`},
		{"yyyy-MM-dd", `"2018-02-30"`, `!`},
	} {
		got, failed := table(t, schema(t, "v", "timestamp"), SerDe{Hive: true, TimestampFormats: []string{"yyyy#", row.pattern}}, Parquet(), `{"v":`+row.json+`}`)
		said := "!"
		if len(failed) == 0 {
			said = got.Rows[0][0]
		} else if !strings.HasPrefix(failed[0].Message, `Data does not match the schema. Invalid format: "`) {
			t.Errorf("%s: %s", row.pattern, failed[0])
		}
		if said != row.want {
			t.Errorf("%s of %s: %s, want %s", row.pattern, row.json, said, row.want)
		}
	}
}

func TestDocuments(t *testing.T) {
	cols := schema(t, "a", "int", "tags", "array<string>")
	for _, row := range []struct{ json, rows, fail string }{
		{`{"a":1}{"a":2}`, "1 null;2 null", ""},
		{" {\"a\":1}\n\n{\"a\":2,\"tags\":[\"x\",\"y\"]} \n", `1 null;2 ["x","y"]`, ""},
		{`[{"a":1},{"a":2}]`, "", "ParseError: Encountered malformed JSON. A record is one JSON object or several"},
		{`5`, "", "ParseError: Encountered malformed JSON. A record is one JSON object or several"},
		{``, "", "ParseError: Encountered malformed JSON. No content to map due to end-of-input"},
		{"\n ", "", "ParseError: Encountered malformed JSON. No content to map due to end-of-input"},
		{"this is not json", "", "ParseError: Encountered malformed JSON. Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: (byte[]); line: 1, column: 5]"},
		{`{"a":1,}`, "", "ParseError: Encountered malformed JSON. Unexpected character ('}' (code 125)): was expecting double-quote to start field name\n at [Source: (byte[]); line: 1, column: 8]"},
		{`{"a" 1}`, "", "ParseError: Encountered malformed JSON. Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value"},
		{`{"a":1 "b":2}`, "", `ParseError: Encountered malformed JSON. Unexpected character ('"' (code 34)): was expecting comma to separate Object entries`},
		{`{"b":[1 2]}`, "", "ParseError: Encountered malformed JSON. Unexpected character ('2' (code 50)): was expecting comma to separate Array entries"},
		{`{"a":`, "", "ParseError: Encountered malformed JSON. Unexpected end-of-input: was expecting a valid value"},
		{`{"a":"x`, "", "ParseError: Encountered malformed JSON. Unexpected end-of-input in VALUE_STRING"},
		{"{\"b\":\"x\ny\"}", "", "ParseError: Encountered malformed JSON. Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash"},
		{`{"b":"\q"}`, "", "ParseError: Encountered malformed JSON. Unrecognized character escape 'q' (code 113)"},
		{`{"b":"\u00g0"}`, "", "ParseError: Encountered malformed JSON. Unexpected character"},
		{`{"a":01}`, "", "ParseError: Encountered malformed JSON. Invalid numeric value: Leading zeroes not allowed"},
		{`{"a":1.}`, "", "ParseError: Encountered malformed JSON. Unexpected character ('}' (code 125)): was expecting digit (0-9) to follow a decimal point"},
		{`{"a":1}{"a":"x"}`, "", `MalformedData: Data does not match the schema. For input string: "x"`},
		{`{"tags":["x"],"a":1}{"a":1`, "", "ParseError: "},
		{strings.Repeat(`{"b":`, 2000), "", "ParseError: Encountered malformed JSON. Document nesting depth (1001) exceeds the maximum allowed (1000)"},
	} {
		got, failed := table(t, cols, SerDe{}, Parquet(), `{"a":0}`, row.json, `{"a":9}`)
		var rows []string
		for _, r := range got.Rows[1 : len(got.Rows)-1] {
			rows = append(rows, strings.Join(r, " "))
		}
		said := ""
		if len(failed) > 0 {
			said = strings.TrimPrefix(failed[0].Error(), "DataFormatConversion.")
		}
		if strings.Join(rows, ";") != row.rows || !strings.HasPrefix(said, row.fail) || (row.fail == "") != (said == "") {
			t.Errorf("%.40s: rows %q, said %q, want %q %q", row.json, rows, said, row.rows, row.fail)
		}
		if got.Rows[0][0] != "0" || got.Rows[len(got.Rows)-1][0] != "9" {
			t.Errorf("%.40s disturbs its neighbours: %v", row.json, got.Rows)
		}
	}
}
