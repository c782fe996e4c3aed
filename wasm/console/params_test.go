package console

import (
	"encoding/json"
	"reflect"
	"shardlab/wasm/terminal"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestShorthand(t *testing.T) {
	rows := []struct{ name, text, want string }{
		{"one pair", "Type=LATEST", `{"Type":"LATEST"}`},
		{"two pairs", "Data=YQ==,PartitionKey=a", `{"Data":"YQ==","PartitionKey":"a"}`},
		{"space around", " Data = YQ== , PartitionKey = a ", `{"Data":"YQ==","PartitionKey":"a"}`},
		{"list by commas", "Names=a,b,c,Count=3", `{"Names":["a","b","c"],"Count":"3"}`},
		{"list in brackets", "Names=[a, b],Count=3", `{"Names":["a","b"],"Count":"3"}`},
		{"empty list", "Names=[]", `{"Names":[]}`},
		{"nested braces", "A={B=1,C={D=2}},E=3", `{"A":{"B":"1","C":{"D":"2"}},"E":"3"}`},
		{"objects in a list", "A=[{B=1},{B=2}]", `{"A":[{"B":"1"},{"B":"2"}]}`},
		{"single quotes", "Data='a, b=c',K=d", `{"Data":"a, b=c","K":"d"}`},
		{"double quotes with escapes", `Data="a \"b\" c"`, `{"Data":"a \"b\" c"}`},
		{"escaped comma", `Data=a\,b,K=c`, `{"Data":"a,b","K":"c"}`},
		{"empty value", "Data=,K=c", `{"Data":"","K":"c"}`},
		{"other letters", "K=Zürich", `{"K":"Zürich"}`},
		{"no equals sign", "Data", "Expected: '=', received: 'EOF' for input:\nData\n    ^"},
		{"nothing", "", "Expected: '=', received: 'EOF' for input:\n\n^"},
		{"open bracket", "A=[b", "Expected: ',', received: 'EOF' for input:\nA=[b\n    ^"},
		{"open quote", "A='b", "Expected: ''', received: 'EOF' for input:\nA='b\n    ^"},
		{"twice the same key", "A=1,A=2", "Second instance of key \"A\" encountered for input:\nA=1,A=2\nThis is often because there is a preceding \",\" instead of a space."},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			o, err := parseShorthand(r.text)
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = string(encodeJSON(o))
			}
			if got != r.want {
				t.Errorf("%q\n got %s\nwant %s", r.text, got, r.want)
			}
		})
	}
}

func TestLenientBase64(t *testing.T) {
	rows := []struct {
		name, text, want string
		ok               bool
	}{
		{"padded", "aGVsbG8=", "hello", true},
		{"five letters", "hello", "", false},
		{"four letters are base64 by accident", "test", "\xb5\xeb-", true},
		{"other characters are passed over", "aGVs\nbG8=", "hello", true},
		{"nothing", "", "", true},
		{"unpadded", "aGVsbG8", "", false},
		{"text behind the padding", "YQ==YQ==", "a", true},
		{"JSON", `{"a": 1}`, "", false},
	}
	for _, r := range rows {
		got, ok := lenientBase64(r.text)
		if string(got) != r.want || ok != r.ok {
			t.Errorf("%s: got %q, %v; want %q, %v", r.name, got, ok, r.want, r.ok)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, r := range []struct{ in, wire, shown string }{
		{"2026-03-02T08:39:30Z", "1772440770", "2026-03-02T08:39:30+00:00"},
		{"2026-03-02T09:39:30.25+01:00", "1772440770.25", "2026-03-02T08:39:30.250000+00:00"},
		{"2026-03-02", "1772409600", "2026-03-02T00:00:00+00:00"},
		{"1772440770.123456", "1772440770.123456", "2026-03-02T08:39:30.123456+00:00"},
		{"0", "0", "1970-01-01T00:00:00+00:00"},
		{"-1.5", "-1.5", "1969-12-31T23:59:58.500000+00:00"},
	} {
		got, ok := parseTime(r.in)
		if !ok || string(got) != r.wire || isoTime(got) != r.shown {
			t.Errorf("%s: got %s (%v), shown %s; want %s, %s", r.in, got, ok, isoTime(got), r.wire, r.shown)
		}
	}
	for _, bad := range []string{"yesterday", "", "NaN", "1e300", "2026-13-01"} {
		if got, ok := parseTime(bad); ok {
			t.Errorf("%q is taken as %s", bad, got)
		}
	}
}

func TestWaits(t *testing.T) {
	for text, want := range map[string]string{"10": "10s", "0.5": "500ms", "5m1s": "5m1s", "2d": "48h0m0s", "1d2h": "26h0m0s", "0": "0s"} {
		if got, ok := parseWait(text); !ok || got.String() != want {
			t.Errorf("%s: got %v, %v; want %s", text, got, ok, want)
		}
	}
	for _, bad := range []string{"", "soon", "-1", "-5s", "1e300", "NaN", "d", "-1d"} {
		if got, ok := parseWait(bad); ok {
			t.Errorf("%q is taken as %v", bad, got)
		}
	}
}

// TestLineAndBack: the line that a button shows does what the button did.
func TestLineAndBack(t *testing.T) {
	rows := []struct{ name, service, op, body, line string }{
		{"a split", "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"shardId-000000000001","NewStartingHashKey":"10"}`,
			"aws kinesis split-shard --stream-name trips --shard-to-split shardId-000000000001 --new-starting-hash-key 10"},
		{"text as data", "kinesis", "PutRecord", `{"StreamName":"trips","Data":"aXQncyBoZXJl","PartitionKey":"a b"}`,
			`aws kinesis put-record --stream-name trips --data 'it'\''s here' --partition-key 'a b' --cli-binary-format raw-in-base64-out`},
		{"bytes as data", "kinesis", "PutRecord", `{"StreamName":"trips","Data":"/w==","PartitionKey":"a"}`,
			"aws kinesis put-record --stream-name trips --data /w== --partition-key a"},
		{"records", "kinesis", "PutRecords", `{"Records":[{"Data":"YQ==","PartitionKey":"a"}],"StreamName":"trips"}`,
			`aws kinesis put-records --records '[{"Data":"YQ==","PartitionKey":"a"}]' --stream-name trips`},
		{"a mode", "kinesis", "CreateStream", `{"StreamName":"trips","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}`,
			"aws kinesis create-stream --stream-name trips --stream-mode-details StreamMode=ON_DEMAND"},
		{"a producer", "lab", "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":12.5,"Keys":{"Kind":"uniform","Names":["a","b"]},"Running":false}`,
			"lab put-producer --name bikes --stream-name trips --records-per-second 12.5 --keys 'Kind=uniform,Names=[a,b]' --no-running"},
		{"a value that begins as an option", "kinesis", "PutRecord", `{"StreamName":"trips","Data":"YQ==","PartitionKey":"--all"}`,
			"aws kinesis put-record --stream-name trips --data a --partition-key=--all --cli-binary-format raw-in-base64-out"},
		{"values that begin as options", "kinesis", "UntagResource", `{"ResourceARN":"arn","TagKeys":["-a","b c"]}`,
			`aws kinesis untag-resource --resource-arn arn --tag-keys '["-a","b c"]'`},
		{"a value that names a file", "kinesis", "PutRecord", `{"StreamName":"trips","Data":"YQ==","PartitionKey":"it's file://a"}`,
			`aws kinesis put-record --stream-name trips --data a --partition-key 'it'\''s file://a' --cli-binary-format raw-in-base64-out`},
		{"values that would be read from files", "kinesis", "PutRecord", `{"StreamName":"fileb://trips","Data":"/w==","PartitionKey":"file://it's"}`,
			`aws kinesis put-record --data /w== --cli-input-json '{"StreamName":"fileb://trips","PartitionKey":"file://it'\''s"}'`},
		{"a list that would be read from a file", "kinesis", "UntagResource", `{"ResourceARN":"arn","TagKeys":["file://a"]}`,
			`aws kinesis untag-resource --resource-arn arn --tag-keys '["file://a"]'`},
		{"a list that would be read as JSON", "kinesis", "UntagResource", `{"ResourceARN":"arn","TagKeys":["[a]"]}`,
			`aws kinesis untag-resource --resource-arn arn --tag-keys '["[a]"]'`},
		{"a tag whose key begins as an option", "kinesis", "TagResource", `{"ResourceARN":"arn","Tags":{"-a":"b"}}`,
			"aws kinesis tag-resource --resource-arn arn --tags=-a=b"},
		{"a text of the lab that begins as an option", "lab", "PutProducer", `{"Name":"-x"}`, "lab put-producer --name=-x"},
		{"a text of the lab that would be read from a file", "lab", "PutProducer", `{"Name":"file://x"}`, `lab put-producer --cli-input-json '{"Name":"file://x"}'`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got := terminal.Line(r.service, r.op, []byte(r.body))
			if got != r.line {
				t.Fatalf("line\n got %s\nwant %s", got, r.line)
			}
			c, f := newConsole()
			rec := &recorded{fake: f}
			c.world = rec
			out, _ := c.Run(got)
			var want, have any
			if err := json.Unmarshal([]byte(r.body), &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(rec.body, &have); err != nil || rec.op != r.op {
				t.Fatalf("the line called %s with %s; output %v", rec.op, rec.body, out)
			}
			if !reflect.DeepEqual(want, have) {
				t.Errorf("the line sent %s, the button %s", rec.body, r.body)
			}
		})
	}
}

// recorded keeps the last call instead of doing it.
type recorded struct {
	*fake
	op   string
	body []byte
}

func (r *recorded) Do(as, service, op string, body []byte) ([]byte, error) {
	r.op, r.body = op, body
	return nil, nil
}

// FuzzParams holds the law of the reader: for any words behind an operation there is either a body, which is JSON, or an
// error with a text; it never panics.
func FuzzParams(f *testing.F) {
	for _, seed := range []string{
		"put-record\x00--stream-name\x00a\x00--data\x00YQ==\x00--partition-key\x00b",
		"put-records\x00--stream-name\x00a\x00--records\x00Data=YQ==,PartitionKey=a\x00Data='x, y',PartitionKey=b",
		"put-records\x00--records\x00[{\"Data\":\"YQ==\"}]",
		"create-stream\x00--stream-name=a\x00--tags\x00a=b,c=d\x00--stream-mode-details\x00{\"StreamMode\":\"ON_DEMAND\"}",
		"list-shards\x00--shard-filter\x00Type=AT_TIMESTAMP,Timestamp=2026-03-02T08:39:30Z\x00--max-items\x001",
		"get-shard-iterator\x00--timestamp\x00yesterday\x00--cli-input-json\x00{\"StreamName\":5}",
		"delete-stream\x00--no-enforce-consumer-deletion\x00--stream-name\x00",
		"put-record\x00--data\x00file://x\x00--generate-cli-skeleton",
		"list-shards\x00--shard-filter\x00A={B=[{C=1},[d,'e\"]",
	} {
		f.Add(seed, false)
	}
	c, _ := newConsole()
	f.Fuzz(func(t *testing.T, text string, raw bool) {
		words := strings.Split(text, "\x00")
		op, ok := c.operation("kinesis", words[0])
		if !ok {
			op = &c.ops[len(text)%len(c.ops)]
		}
		global := map[string]string{}
		if raw {
			global["cli-binary-format"] = "raw-in-base64-out"
		}
		p := &process{session: &session{c: c}, args: []string{"aws"}, dir: homeDir, env: func(string) string { return "" }}
		req, bad := p.request(op, words[1:], global)
		switch {
		case bad != nil && req != nil:
			t.Fatal("both a request and an error")
		case bad != nil:
			if bad.text == "" || bad.exit == 0 || bad.render() == "" {
				t.Fatalf("an error that says nothing: %+v", bad)
			}
		case req == nil:
			t.Fatal("neither a request nor an error")
		case req.skeleton == "":
			if body := encodeJSON(req.body); !json.Valid(body) || !utf8.Valid(body) {
				t.Fatalf("the body is not JSON: %q", body)
			}
		}
	})
}

// FuzzLine holds the law of the whole terminal: any entry ends, without a panic, with an exit status.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{"echo a | grep a", "aws kinesis list-streams --query 'a[?b==`1`]'", "x=$(echo $((1+2))); echo ${x/3/4}", "cat <<E\na\nE", "[[ a =~ b ]] && echo {1..3}", "jq -n '.[0]?'", "for i in a b; do echo $i > $i; done", "date +%z%Q"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if len(line) > 200 {
			return
		}
		c, _ := newConsole()
		out, exit := c.Run(line)
		if exit < 0 || exit > 255 {
			t.Fatalf("exit status %d", exit)
		}
		for _, o := range out {
			if !utf8.ValidString(o.Text) {
				t.Fatalf("output is not UTF-8: %q", o.Text)
			}
		}
		from, to, _ := c.Complete(line, len(line))
		if from > to || to > len(line) || from < 0 {
			t.Fatalf("completion replaces %d to %d of %d", from, to, len(line))
		}
	})
}
