package awsjson

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

// Frames have the check values that were computed for them.
func TestFrames(t *testing.T) {
	for _, row := range []struct {
		name    string
		headers []header
		payload string
		want    string
	}{
		{"an initial response without a payload", []header{{messageType, "event"}, {eventType, "initial-response"}}, "",
			"0000004500000035a382cc730d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74797065070010696e697469616c2d726573706f6e7365b7624dee"},
		{"an initial response", []header{{messageType, "event"}, {eventType, "initial-response"}, {frameContent, bareJSON}}, "{}",
			"00000068000000564e6817240d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74797065070010696e697469616c2d726573706f6e73650d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b7dfe942c1d"},
		{"an exception", []header{{messageType, "exception"}, {exceptionType, "ResourceNotFoundException"}, {frameContent, bareJSON}}, `{"message":"x"}`,
			"000000860000006788526ea00d3a6d6573736167652d74797065070009657863657074696f6e0f3a657863657074696f6e2d747970650700195265736f757263654e6f74466f756e64457863657074696f6e0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b226d657373616765223a2278227d6c9773ec"},
		{"nothing", nil, "", "000000100000000005c248eb7d98c8ff"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := hex.EncodeToString(appendFrame(nil, row.headers, []byte(row.payload))); got != row.want {
				t.Errorf("it is\n%s, want\n%s", got, row.want)
			}
		})
	}
}

// Law: what appendFrame writes, wherever it is appended, the Go SDK reads back: the same headers in the same order, the same
// payload, and nothing left over.
func FuzzFrame(f *testing.F) {
	f.Add(":message-type", "event", ":event-type", "initial-response", []byte("{}"))
	f.Add("a", "", "b", "ü", []byte(nil))
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string, payload []byte) {
		for _, s := range []string{name1, name2} {
			if len(s) == 0 || len(s) > 255 {
				t.Skip()
			}
		}
		if len(value1) > 65535 || len(value2) > 65535 || len(payload) > 1<<20 || name1 == name2 {
			t.Skip()
		}
		b := appendFrame([]byte("before"), []header{{name1, value1}, {name2, value2}}, payload)
		r := bytes.NewReader(b[len("before"):])
		m, err := eventstream.NewDecoder().Decode(r, nil)
		if err != nil {
			t.Fatalf("the SDK does not read it: %v", err)
		}
		if r.Len() != 0 || !bytes.Equal(m.Payload, payload) || len(m.Headers) != 2 || m.Headers[0].Name != name1 || m.Headers[1].Name != name2 ||
			m.Headers[0].Value.String() != value1 || m.Headers[1].Value.String() != value2 {
			t.Errorf("the SDK reads %+v, and %d bytes are left", m, r.Len())
		}
	})
}
