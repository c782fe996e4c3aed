package awsjson

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/region"
)

var putRecord = services[0].ops["PutRecord"].Members

// What is read is JSON as the door takes it, whichever of CBOR's ways a value is written in.
func TestFromCBOR(t *testing.T) {
	iterator := services[0].ops["GetShardIterator"].Members
	for _, row := range []struct {
		name    string
		members []aws.Member
		hex     string
		want    string
	}{
		{"an empty map", putRecord, "a0", `{}`},
		{"an empty map without a length", putRecord, "bfff", `{}`},
		{"a blob", putRecord, "a1 64 44617461 42 6869", `{"Data":"aGk="}`},
		{"a blob in pieces", putRecord, "a1 64 44617461 5f 41 68 40 41 69 ff", `{"Data":"aGk="}`},
		{"a text in pieces", putRecord, "bf 7f 69 506172746974696f 63 4b6579 ff 61 6b ff", ""},
		{"a text, in pieces", putRecord, "bf 7f 69 506172746974696f6e 63 4b6579 ff 61 6b ff", `{"PartitionKey":"k"}`},
		{"a text with signs", putRecord, "a1 6c 506172746974696f6e4b6579 64 c3bc220a", `{"PartitionKey":"ü\"\n"}`},
		{"a text that is no UTF-8", putRecord, "a1 6c 506172746974696f6e4b6579 61 ff", `{"PartitionKey":"\ufffd"}`},
		{"a moment in milliseconds, as the SDK for Java writes it", iterator, "a1 69 54696d657374616d70 c1 1b 0000019cada3a2b5", `{"Timestamp":1772439708.341}`},
		{"a moment in milliseconds with a fraction", iterator, "a1 69 54696d657374616d70 fb 3ff8000000000000", `{"Timestamp":0.001}`},
		{"a moment before 1970", iterator, "a1 69 54696d657374616d70 39 03e7", `{"Timestamp":-1}`},
		{"null and undefined", putRecord, "a2 64 44617461 f6 68 53747265616d4964 f7", `{"Data":null,"StreamId":null}`},
		{"members that nobody knows", putRecord, "a2 61 78 83 01 20 f5 61 79 a1 61 7a f9 3e00", `{"x":[1,-1,true],"y":{"z":1.5}}`},
		{"numbers of every size", nil, "a1 61 78 89 17 1818 190100 1a00010000 1b ffffffffffffffff 38ff 3b ffffffffffffffff fa 3fc00000 f4", `{"x":[23,24,256,65536,18446744073709551615,-256,-18446744073709551616,1.5,false]}`},
		{"a list of structures", services[0].ops["PutRecords"].Members, "a1 67 5265636f726473 9f a1 64 44617461 41 00 ff", `{"Records":[{"Data":"AA=="}]}`},
		{"tags", services[0].ops["CreateStream"].Members, "a1 64 54616773 a1 61 61 61 62", `{"Tags":{"a":"b"}}`},
		{"nothing", putRecord, "", ""},
		{"a list", putRecord, "80", ""},
		{"a map that ends early", putRecord, "a1 64 44617461", ""},
		{"a blob that ends early", putRecord, "a1 64 44617461 43 6869", ""},
		{"a blob of endless length", putRecord, "a1 64 44617461 5b ffffffffffffffff", ""},
		{"a map without its break", putRecord, "bf", ""},
		{"something behind it", putRecord, "a0 00", ""},
		{"a key that is a number", putRecord, "a1 01 01", ""},
		{"a number that is none", putRecord, "a1 61 78 f9 7e00", ""},
		{"a break where a value should be", putRecord, "a1 61 78 ff", ""},
		{"a byte of no meaning", putRecord, "a1 61 78 1c", ""},
		{"nesting without end", putRecord, "a1 61 78" + strings.Repeat("81", 100) + "00", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			in, err := hex.DecodeString(strings.ReplaceAll(row.hex, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			got, refused := cbor{}.decode(in, row.members)
			switch {
			case row.want == "" && (refused == nil || refused.Code != aws.Serialization || refused.Message != ""):
				t.Errorf("it is read as %s, %v", got, refused)
			case row.want != "" && (refused != nil || string(got) != row.want):
				t.Errorf("it is read as %s (%v), want %s", got, refused, row.want)
			}
		})
	}
}

// Law: every answer of every operation says the same in both forms of CBOR as in JSON: read back, it is the JSON.
func TestCBORSaysWhatJSONSays(t *testing.T) {
	for _, form := range []cbor{{}, {seconds: true}} {
		cborSaysWhatJSONSays(t, form)
	}
}

func cborSaysWhatJSONSays(t *testing.T, form cbor) {
	for _, s := range services {
		if s.signing == "iam" { // it holds policies as JSON, and speaks no CBOR
			continue
		}
		for name, op := range s.ops {
			if op.Output == nil {
				continue
			}
			t.Run(s.name+" "+name, func(t *testing.T) {
				members := aws.Compile(op.Output).Describe(func(string) string { return "" })
				rapid.Check(t, func(t *rapid.T) {
					out := reflect.New(op.Output)
					fill(t, out.Elem())
					want, err := region.Encode(out.Interface())
					if err != nil {
						t.Fatal(err)
					}
					got, refused := form.decode(form.encode(out.Interface()), members)
					if refused != nil {
						t.Fatalf("%s does not come back: %v", want, refused)
					}
					if !sameJSON(got, want) {
						t.Fatalf("it comes back as\n%s, want\n%s", got, want)
					}
				})
			})
		}
	}
}

// fill draws a value of any type of an answer.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Interface().(type) {
	case aws.Blob:
		v.SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "blob"))
		return
	case aws.Timestamp:
		v.SetInt(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "moment"))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "items")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rapid.IntRange(0, 3).Draw(t, "entries") {
			e := reflect.New(v.Type().Elem()).Elem()
			fill(t, e)
			v.SetMapIndex(reflect.ValueOf(rapid.StringN(0, 4, -1).Draw(t, "key")).Convert(v.Type().Key()), e)
		}
	case reflect.String:
		v.SetString(rapid.StringN(0, 8, -1).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "truth"))
	case reflect.Int64, reflect.Int, reflect.Int32:
		v.SetInt(int64(rapid.Int32().Draw(t, "number")))
	case reflect.Float64, reflect.Float32:
		v.SetFloat(float64(rapid.Int32().Draw(t, "fraction")) / 4)
	default:
		t.Fatalf("an answer holds a %v", v.Type())
	}
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// Law: whatever comes as CBOR is refused or becomes JSON, and that JSON is no larger than six times what came.
func FuzzFromCBOR(f *testing.F) {
	for _, s := range []string{"a0", "bf64446174614268 69ff", "a164446174615f41684169ff", "a16178f97e00", "a1617881818181", "a169 54696d657374616d70 c11b0000019cada3a2b5"} {
		b, _ := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		f.Add(b)
	}
	var members []aws.Member
	for _, name := range []string{"PutRecords", "GetShardIterator", "CreateStream"} {
		members = append(members, services[0].ops[name].Members...)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, refused := cbor{}.decode(in, members)
		if refused == nil && !json.Valid(got) {
			t.Errorf("%x is read as %q", in, got)
		}
		if refused != nil && refused.Code != aws.Serialization {
			t.Errorf("%x is refused with %v", in, refused)
		}
		if len(got) > 6*len(in)+32 {
			t.Errorf("%d bytes become %d", len(in), len(got))
		}
	})
}

func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]float64{0: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0001: math.Ldexp(1, -24), 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1)} {
		if got := half(bits); got != want {
			t.Errorf("%04x is %v, want %v", bits, got, want)
		}
	}
	if !math.IsNaN(half(0x7e00)) {
		t.Error("7e00 is a number")
	}
}

// The whole way in CBOR: what was put is what is read, errors are CBOR too, and so are the frames of an event stream.
func TestCBOREndToEnd(t *testing.T) {
	s := start(t, Config{})
	body := s.consumer()
	inCBOR := func(r *http.Request) { r.Header.Set("Content-Type", cbor11) }
	do := func(op string, in any) (int, string) {
		a, text := s.do(op, string(cbor{}.encode(in)), inCBOR)
		if a.Header.Get("Content-Type") != cbor11 {
			t.Errorf("%s is answered in %s", op, a.Header.Get("Content-Type"))
		}
		if text == "" {
			return a.StatusCode, ""
		}
		var members []aws.Member
		if o := services[0].ops[op]; o.Output != nil {
			members = aws.Compile(o.Output).Describe(func(string) string { return "" })
		}
		got, refused := cbor{}.decode([]byte(text), members)
		if refused != nil {
			t.Fatalf("%s is answered with %x", op, text)
		}
		return a.StatusCode, string(got)
	}
	name, key := "s", "k"
	if status, text := do("PutRecord", &kinesis.PutRecordInput{StreamName: &name, Data: []byte{0, 255}, PartitionKey: &key}); status != 200 || !strings.HasPrefix(text, `{"ShardId":"shardId-000000000000","SequenceNumber":"49`) {
		t.Errorf("PutRecord: %d %s", status, text)
	}
	s.pass(2e9)
	shard, from := "0", "TRIM_HORIZON"
	_, text := do("GetShardIterator", &kinesis.GetShardIteratorInput{StreamName: &name, ShardId: &shard, ShardIteratorType: &from})
	var it kinesis.GetShardIteratorOutput
	if err := json.Unmarshal([]byte(text), &it); err != nil {
		t.Fatal(err)
	}
	if _, text := do("GetRecords", &kinesis.GetRecordsInput{ShardIterator: &it.ShardIterator}); !strings.Contains(text, `"Data":"AP8="`) || !strings.Contains(text, `"ApproximateArrivalTimestamp":17724`) {
		t.Errorf("GetRecords: %s", text)
	}
	if status, text := do("DeleteStream", &kinesis.DeleteStreamInput{StreamName: &key}); status != 400 || text != `{"__type":"ResourceNotFoundException","message":"Stream k under account 123456789012 not found."}` {
		t.Errorf("DeleteStream: %d %s", status, text)
	}
	if a, text := s.do("ListStreams", "\x00", inCBOR); a.StatusCode != 400 || text != "\xbf\x66__type\x76SerializationException\xff" {
		t.Errorf("no map: %d %x", a.StatusCode, text)
	}
	if a, text := s.do("PutRecord", "\xa1\x64Data\x61x", inCBOR); a.StatusCode != 400 || !strings.Contains(text, "can not be converted to a Blob") {
		t.Errorf("a text for a blob: %d %q", a.StatusCode, text)
	}
	var in kinesis.SubscribeToShardInput
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(s.request("SubscribeToShard", string(cbor{}.encode(&in)), inCBOR))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if f, err := next(t, a.Body); err != nil || f != (seen{"event", "initial-response", cbor11, "\xbf\xff"}) {
		t.Errorf("the first frame is %+v, %v", f, err)
	}
	s.pass(1e9)
	f, err := next(t, a.Body)
	if err != nil || f.content != cbor11 {
		t.Fatalf("the next frame is %+v, %v", f, err)
	}
	event, refused := cbor{}.decode([]byte(f.payload), aws.Compile(reflect.TypeFor[kinesis.SubscribeToShardEvent]()).Describe(func(string) string { return "" }))
	if refused != nil || !strings.Contains(string(event), `"Data":"AP8="`) {
		t.Errorf("the event is %s, %v", event, refused)
	}
}
