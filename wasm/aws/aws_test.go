package aws

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type inner struct {
	Name *string `aws:"required,len=1..4"`
	Blob Blob    `aws:"bytes=0..3"`
}

type request struct {
	StreamName *string           `aws:"len=1..8,pattern=StreamName"`
	Limit      *int64            `aws:"val=1..10"`
	On         *bool             `aws:""`
	Data       Blob              `aws:"required,bytes=1..6"`
	At         *Timestamp        `aws:""`
	Inner      *inner            `aws:""`
	List       []inner           `aws:"items=1..2"`
	Words      []string          `aws:"items=1..20"`
	Tags       map[string]string `aws:"items=1..2,keylen=1..3,len=0..2"`
	Mode       *string           `aws:"enum=StreamMode"`
	Short      []string          `aws:"len=1..4"`
	Modes      []string          `aws:"enum=StreamMode"`
}

func TestKebab(t *testing.T) {
	for in, want := range map[string]string{
		"StreamName": "stream-name", "StreamARN": "stream-arn", "StreamId": "stream-id", "MaxRecordSizeInKiB": "max-record-size-in-ki-b",
		"WarmThroughputMiBps": "warm-throughput-mi-bps", "AmazonOpenSearchServerlessDestinationConfiguration": "amazon-open-search-serverless-destination-configuration",
		"PutRecords": "put-records", "S3DestinationConfiguration": "s3-destination-configuration", "": "", "KMSEncryptionConfig": "kms-encryption-config",
	} {
		if got := Kebab(in); got != want {
			t.Errorf("Kebab(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestDecode(t *testing.T) {
	var r request
	err := Decode([]byte(` {"StreamName":"a\u0062\"c","Limit":2.9,"On":true,"Data":"aGk=","At":1545084650.987,
		"Inner":{"Name":"n","Unknown":{"x":[1,"]"]}},"List":[{"Name":"a"},{"Blob":""}],"Words":["x","\\"],"Tags":{"k":"v"},"Mode":null,"More":[{}]} `), &r)
	if err != nil {
		t.Fatal(err)
	}
	if *r.StreamName != `ab"c` || *r.Limit != 2 || !*r.On || string(r.Data) != "hi" || *r.At != 1545084650987 || *r.Inner.Name != "n" || r.Inner.Blob != nil ||
		len(r.List) != 2 || *r.List[0].Name != "a" || r.List[1].Blob == nil || len(r.List[1].Blob) != 0 || !slices.Equal(r.Words, []string{"x", `\`}) ||
		r.Tags["k"] != "v" || r.Mode != nil {
		t.Errorf("decoded %+v", r)
	}
}

// What is decoded is what encoding/json decodes, for every value that has the right type.
func TestDecodeAgreesWithTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := request{
			StreamName: rapid.Ptr(rapid.String(), true).Draw(t, "name"),
			Limit:      rapid.Ptr(rapid.Int64(), true).Draw(t, "limit"),
			On:         rapid.Ptr(rapid.Bool(), true).Draw(t, "on"),
			Data:       rapid.SliceOf(rapid.Byte()).Draw(t, "data"),
			Words:      rapid.SliceOf(rapid.String()).Draw(t, "words"),
			Tags:       rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "tags"),
			List:       []inner{},
		}
		if at := rapid.Ptr(rapid.Int64Range(-1<<50, 1<<50), true).Draw(t, "at"); at != nil {
			in.At = (*Timestamp)(at)
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "items") {
			name := fmt.Sprint(i)
			in.List = append(in.List, inner{Name: &name, Blob: Blob{}})
		}
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var ours, theirs request
		if err := Decode(text, &ours); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := json.Unmarshal(text, &theirs); err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(ours)
		b, _ := json.Marshal(theirs)
		if string(a) != string(b) {
			t.Fatalf("%s decodes as\n%s\nthe library says\n%s", text, a, b)
		}
	})
}

// Law: eight bytes are plain when none of them is, by itself, a quotation mark, a backslash or a control character.
func TestPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0, 31, 32, 33, '"', '!', '#', '\\', '[', ']', 127, 128, 255})), 8, 8).Draw(t, "bytes")
		want := !slices.ContainsFunc(b, func(c byte) bool { return c < ' ' || c == '"' || c == '\\' })
		if got := plain(binary.LittleEndian.Uint64(b)); got != want {
			t.Fatalf("%q is plain: %v, want %v", b, got, want)
		}
	})
}

func TestDecodeNumbers(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "-0": 0, "12": 12, "1.9": 1, "-1.5": -2, "1e2": 100, "1e30": 1<<63 - 1, "-1e30": -1 << 63, "9223372036854775808": 1<<63 - 1} {
		var r request
		if err := Decode([]byte(`{"Limit":`+in+`}`), &r); err != nil || *r.Limit != want {
			t.Errorf("%s decodes as %v (%v), want %d", in, deref(r.Limit), err, want)
		}
	}
	for in, want := range map[string]Timestamp{"0": 0, "1.5": 1500, "1545084650.987": 1545084650987, "-1.25": -1250, "-0.5": -500, "1.5450846509879E9": 1545084650987, "1e400": 1 << 52, "-1e300": -1 << 52, "12345678901234567890": 1 << 52} {
		var r request
		if err := Decode([]byte(`{"At":`+in+`}`), &r); err != nil || *r.At != want {
			t.Errorf("%s decodes as %v (%v), want %d", in, deref(r.At), err, want)
		}
	}
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func TestTimestampText(t *testing.T) {
	for in, want := range map[Timestamp]string{0: "0", 1500: "1.5", 1545084650987: "1545084650.987", 1000: "1", 1001: "1.001", 1010: "1.01", -1500: "-1.5", -5: "-0.005"} {
		if got := in.String(); got != want {
			t.Errorf("%d prints as %s, want %s", int64(in), got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		want := Timestamp(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "ms"))
		if got, err := parseTimestamp(want.String()); err != nil || got != want {
			t.Fatalf("%d prints as %s and reads as %d (%v)", int64(want), want, int64(got), err)
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	deep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	for _, row := range []struct{ name, body, message string }{
		{"nothing", "", ""},
		{"half", `{"Limit":`, ""},
		{"two", `{} {}`, ""},
		{"a number", `5`, ""},
		{"too deep", `{"Unknown":` + deep + `}`, ""},
		{"text for bool", `{"On":"perhaps"}`, "'PERHAPS' can not be converted to an Boolean"},
		{"number for bool", `{"On":1}`, "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an Boolean"},
		{"bool for number", `{"Limit":true}`, "class java.lang.Boolean can not be converted to an Integer"},
		{"bool for text", `{"StreamName":false}`, "class java.lang.Boolean can not be converted to an String"},
		{"bool for blob", `{"Data":true}`, "class java.lang.Boolean can not be converted to a Blob"},
		{"bool for time", `{"At":true}`, "class java.lang.Boolean can not be converted to milliseconds since epoch"},
		{"list for map", `{"Tags":[]}`, listNotExpected},
		{"number for map", `{"Tags":1}`, "Expected map or null"},
		{"list for structure", `{"Inner":[]}`, listNotExpected},
		{"structure for list", `{"List":{}}`, mapNotExpected},
		{"number in a list of texts", `{"Words":["a",1]}`, "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"},
		{"number in a map of texts", `{"Tags":{"a":1}}`, "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"},
		{"padding inside", `{"Data":"a=bc"}`, "'a=bc' can not be converted to a Blob: Invalid Base64 character: '='"},
		{"loose bits", `{"Data":"aGl="}`, "'aGl=' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"},
		{"too much padding", `{"Data":"===="}`, "'====' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"},
	} {
		var r request
		err := Decode([]byte(row.body), &r)
		var e *Error
		if !errors.As(err, &e) || e.Code != Serialization || e.Message != row.message || e.Hint == "" || e.Status != 400 {
			t.Errorf("%s: %v (hint %q), want %q", row.name, err, HintOf(err), row.message)
		}
	}
}

func TestValidate(t *testing.T) {
	const one, two = "1 validation error detected: ", "2 validation errors detected: "
	for _, row := range []struct{ name, body, message string }{
		{"good", `{"Data":"aGk=","Limit":10,"StreamName":"a.b_c-D9","List":[{"Name":"n"}],"Tags":{"k":""},"Mode":"ON_DEMAND"}`, ""},
		{"required", `{}`, one + "Value null at 'data' failed to satisfy constraint: Member must not be null"},
		{"empty blob", `{"Data":""}`, one + "Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'data' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"nested", `{"Data":"aGk=","Inner":{"Name":"toolong"}}`, one + "Value 'toolong' at 'inner.name' failed to satisfy constraint: Member must have length less than or equal to 4"},
		{"in a list", `{"Data":"aGk=","List":[{"Name":"n"},{"Name":"n","Blob":"aGVsbG8="}]}`, one + "Value 'java.nio.HeapByteBuffer[pos=0 lim=5 cap=5]' at 'list.2.member.blob' failed to satisfy constraint: Member must have length less than or equal to 3"},
		{"list too long", `{"Data":"aGk=","List":[{"Name":"n"},{"Name":"n"},{"Name":"n"}]}`, one + "Value '[inner, inner, inner]' at 'list' failed to satisfy constraint: Member must have length less than or equal to 2"},
		{"a word that is too long", `{"Data":"aGk=","Short":["x","12345"]}`, one + "Value '[x, 12345]' at 'short' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 4, Member must have length greater than or equal to 1]"},
		{"a word that is none", `{"Data":"aGk=","Modes":["ON_DEMAND","x"]}`, one + "Value '[ON_DEMAND, x]' at 'modes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]]"},
		{"words", `{"Data":"aGk=","Words":[]}`, one + "Value '[]' at 'words' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"too many tags", `{"Data":"aGk=","Tags":{"b":"1","a":"2","c":"3"}}`, one + "Value '{a=2, b=1, c=3}' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 2"},
		{"tag value", `{"Data":"aGk=","Tags":{"b":"123"}}`, one + "Value '{b=123}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 2, Member must have length greater than or equal to 0]"},
		{"two", `{"Data":"aGk=","Limit":0,"Mode":"x"}`, two + "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1; Value 'x' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]"},
		{"characters, not bytes", `{"Data":"aGk=","Inner":{"Name":"üüüü"}}`, ""},
	} {
		var r request
		if err := Decode([]byte(row.body), &r); err != nil {
			t.Fatal(err)
		}
		err := Validate(&r)
		switch {
		case row.message == "" && err != nil:
			t.Errorf("%s: %v", row.name, err)
		case row.message != "" && (CodeOf(err) != Validation || err.(*Error).Message != row.message):
			t.Errorf("%s:\n %v\nwant\n %s", row.name, err, row.message)
		}
	}
}

func TestPatterns(t *testing.T) {
	for name, rows := range map[string]map[string]bool{
		"StreamName":     {"a": true, "a.B-9_": true, "": false, "a b": false, "ä": false, "a/b": false},
		"HashKey":        {"0": true, "00": false, "": false, "1": true, strings.Repeat("9", 39): true, strings.Repeat("9", 40): false, "-1": false, "1a": false},
		"SequenceNumber": {"0": true, strings.Repeat("9", 129): true, strings.Repeat("9", 130): false},
		"StreamId":       {"abcdefghij0123456789-abc": true, "abcdefghij0123456789_abc": false, "ABCDEFGHIJ0123456789-abc": false, "": false},
		"StreamARN": {
			"arn:aws:kinesis:us-east-1:123456789012:stream/orders": true, "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders": true,
			"arn:aws:kinesis:us-east-1:12345678901:stream/orders": false, "arn:aws:kinesis:us-east-1:123456789012:stream/": false,
			"arn:aws:kinesis:us-east-1:123456789012:stream/a b": false, "arn:aws:kinesis:us-east-1:123456789012:table/orders": false,
			"arn:aws:kinesis:kinesis:x:123456789012:stream/a": true, "arn:aws:kinesis::123456789012:stream/x:stream/y": true,
			"aws:kinesis:us-east-1:123456789012:stream/orders": false, "": false, "arn:aws:kinesis:123456789012:stream/x": false,
		},
		"ConsumerName": {"a": true, "a.B-9_": true, "": false, "a b": false},
		"ConsumerARN": {
			"arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/app:1545084650": true, "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders/consumer/a.b_c-d:0": true,
			"arn:aws:kinesis:us-east-1:123456789012:x/stream/orders/consumer/app:1": true, "arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/app": false,
			"arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/app:": false, "arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/app:1a": false,
			"arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/:1": false, "arn:aws:kinesis:us-east-1:123456789012:stream//consumer/app:1": false,
			"arn:aws:kinesis:us-east-1:12345678901:stream/orders/consumer/app:1": false, "arn:aws:kinesis:123456789012:stream/orders/consumer/app:1": false,
			"arn:aws:sqs:us-east-1:123456789012:stream/orders/consumer/app:1": false, "aws:kinesis:us-east-1:123456789012:stream/orders/consumer/app:1": false, "": false,
		},
		"ResourceARN": {
			"arn:aws:kinesis:us-east-1:123456789012:stream/orders": true, "arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/c:1772440770": true,
			"arn:aws:kinesis:us-east-1:123456789012:channel/c": true, "arn:aws:kinesis:us-east-1:123456789012:a:b/stream/x": true,
			"arn:aws:kinesis:us-east-1:123456789012:stream/": false, "arn:aws:kinesis:us-east-1:stream/x": false, "arn:aws:kinesis:123456789012:stream/x": false,
			"arn:aws:kinesis:us-east-1:123456789012:queue/q": false, "arn:aws:kinesis:us-east-1:123456789012:stream/a b": false,
		},
		"ChannelARN": {"arn:aws:kinesis:us-east-1:123456789012:channel/c": true, "arn:aws:kinesis:us-east-1:123456789012:stream/c": false, "arn:aws:kinesis:us-east-1:123456789012:channel/": false},
		"RoleARN": {
			"arn:aws:iam::123456789012:role/writer": true, "arn:aws-cn:iam::123456789012:role/a/b_c+=,.@-": true, "arn:aws:iam:us-east-1:123456789012:role/writer": false,
			"arn:aws:iam::12345:role/writer": false, "arn:aws:iam::123456789012:role/": false, "arn:aws:iam::123456789012:user/writer": false, "arn:aws:iam::123456789012:role/a:b": false,
		},
		"BucketARN": {
			"arn:aws:s3:::bucket.one-2": true, "arn:aws:s3:::ab": false, "arn:aws:s3:::" + strings.Repeat("b", 63): true, "arn:aws:s3:::" + strings.Repeat("b", 64): false,
			"arn:aws:s3:us-east-1::bucket": false, "arn:aws:s3::123456789012:bucket": false, "arn:aws:s3:::Bucket": false, "bucket": false,
		},
		"TableBucketARN": {
			"arn:aws:s3tables:us-east-1:123456789012:bucket/tab_le-1": true, "arn:aws:s3tables:us-east-1:123456789012:bucket/ab": false,
			"arn:aws:s3tables::123456789012:bucket/table": false, "arn:aws:s3:::table": false,
		},
		"GSRSchemaARN": {
			"arn:aws:glue:us-east-1:123456789012:schema/registry/trip": true, "arn:aws:glue:us-east-1:123456789012:schema/registry": false,
			"arn:aws:glue:us-east-1:123456789012:schema/a/b/c": false, "arn:aws:glue:us-east-1:123456789012:schema//b": false,
		},
		"ExpectedBucketOwner":     {"123456789012": true, "12345678901": false, "1234567890123": false, "12345678901a": false},
		"S3ErrorOutputPrefix":     {"errors/a-b_c'.*()!": true, "": false, "a b": false, "a=b": false},
		"S3OutputKeyTemplate":     {"!{channel-name}/year=!{yyyy}/x": true, "a b": false, "ü": false},
		"S3TablesName":            {"trips_2026": true, "Trips": false, "": false},
		"PartitionSourceName":     {"at.when_1": true, "at-when": false},
		"CloudWatchLogGroupName":  {"/aws/kinesis/c#1": true, "a b": false, "": false},
		"CloudWatchLogStreamName": {"Destination Delivery": true, "a:b": false, "a*": false},
	} {
		for s, want := range rows {
			if got := patterns[name].match(s); got != want {
				t.Errorf("%s matches %q: %v, want %v", name, s, got, want)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	e := Errorf(ResourceNotFound, "Stream %s not found.", "<x>").WithHint("Look at %d.", 1)
	for got, want := range map[string]string{
		string(e.Body()): `{"__type":"ResourceNotFoundException","message":"Stream <x> not found."}`,
		string(Errorf(Serialization, "no").Body()): `{"__type":"SerializationException","Message":"no"}`,
		string(Errorf(Serialization, "").Body()):   `{"__type":"SerializationException"}`,
		e.Error():                                  "ResourceNotFoundException: Stream <x> not found.",
		Errorf(UnknownOperation, "").Error():       "UnknownOperationException",
		CodeOf(fmt.Errorf("wrapped: %w", e)):       ResourceNotFound,
		CodeOf(errors.New("other")):                "",
		HintOf(e):                                  "Look at 1.",
		HintOf(nil):                                "",
		strconv.Itoa(Errorf(InternalFailure, "").Status) + strconv.Itoa(Errorf(UnknownOperation, "").Status): "500400",
		string(Errorf(UnknownOperation, "").Body()):                                                          `{"__type":"UnknownOperationException"}`,
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	ms := Compile(reflect.TypeFor[request]()).Describe(func(path string) string { return "about " + path })
	if len(ms) != 12 || ms[11].Enum != nil || len(ms[11].Elem.Enum) != 2 || ms[0].Flag != "stream-name" || ms[3].Kind != BlobKind || !ms[3].Required || ms[4].Kind != TimeKind || ms[2].Kind != Bool ||
		ms[5].Members[0].Help != "about Inner.Name" || ms[6].Elem.Members[0].Name != "Name" || ms[7].Elem.Kind != String || ms[8].Elem.Kind != String || len(ms[9].Enum) != 2 {
		t.Errorf("described as %+v", ms)
	}
}

// Law: a body either is refused or decodes to what encodes to JSON that decodes to the same.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"Data":"aGk=","Limit":5}`, `{"List":[{"Name":"a","Blob":"AAAA"},null,{}],"Words":[null,"\u00fc"]}`, `{"Tags":{"a":"b","a":"c","":null}}`,
		`{"At":1.5e3,"On":false,"Inner":{"Inner":{}}}`, "{\"StreamName\":\"\xff\"}", `{"Data":"===="}`, `[`, `{"a":"\\"}`, ` {"Limit" : 1 , "On" : true } `,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var a, b request
		if err := Decode(body, &a); err != nil {
			if CodeOf(err) != Serialization {
				t.Fatalf("%q is refused with %v", body, err)
			}
			return
		}
		_ = Validate(&a)
		text, err := Encode(a)
		if err != nil {
			t.Fatalf("%q decodes to %+v, which does not encode: %v", body, a, err)
		}
		if err := Decode(text, &b); err != nil {
			t.Fatalf("%q encodes as %s, which is refused: %v", body, text, err)
		}
		if again, _ := Encode(b); string(again) != string(text) {
			t.Fatalf("%q encodes as %s, then as %s", body, text, again)
		}
	})
}

// BenchmarkDecode decodes and checks a PutRecords of 500 records of 1 KiB.
func BenchmarkDecode(b *testing.B) {
	type record struct {
		Data         Blob    `aws:"required,bytes=0..1048576"`
		PartitionKey *string `aws:"required,len=1..256"`
	}
	type put struct {
		Records    []record `aws:"required,items=1..500"`
		StreamName *string  `aws:"len=1..128,pattern=StreamName"`
	}
	data := base64.StdEncoding.EncodeToString(make([]byte, 1024))
	body := []byte(`{"StreamName":"orders","Records":[` + strings.TrimSuffix(strings.Repeat(`{"Data":"`+data+`","PartitionKey":"key-1"},`, 500), ",") + `]}`)
	shape := Compile(reflect.TypeFor[put]())
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var in put
		if err := shape.Decode(body, &in); err != nil {
			b.Fatal(err)
		}
		if err := shape.Validate(&in); err != nil {
			b.Fatal(err)
		}
	}
}

// Law: what we take for JSON the library takes for JSON, and the other way round, but for what is nested too deeply.
func FuzzSyntax(f *testing.F) {
	for _, s := range []string{
		``, ` `, `{}`, `[1,2]`, `[1,]`, `{"a":1,}`, `{"a" : [true,false,null,{"b":"\u00Fc\n"}]}`, `-0.5e+10`, `01`, `1.`, `.5`, `-`, `1e`, `"`, `"\x"`, `"\u12"`, `"` + "\t" + `"`,
		`nul`, `{}{}`, `{"a"}`, "\"\xff\"", "[\x00]", `{1:2}`, `[}`, `"\`, "\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := syntax{text: text}
		if ok := s.document(); ok != json.Valid(text) && !s.tooDeep {
			t.Errorf("%q is JSON: we say %v, the library %v", text, ok, !ok)
		}
	})
}
