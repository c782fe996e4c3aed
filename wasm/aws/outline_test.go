package aws

import (
	"encoding/json"
	"reflect"
	"testing"
)

// An outline says what a terminal needs of a request, and is the same behind JSON.
func TestOutline(t *testing.T) {
	type tag struct{ Key, Value string }
	type put struct {
		StreamName string    `aws:"required,len=1..128"`
		Limit      *int64    `aws:"val=1..10000"`
		Data       Blob      `json:"data"`
		At         Timestamp `json:",omitempty"`
		Tags       []tag
		Words      map[string]string
		Extra      json.RawMessage
		Never      string `json:"-"`
		hidden     string //lint:ignore U1000 a member that is not exported is none
	}
	op := Operation{Input: reflect.TypeFor[*put](), Members: []Member{
		{Name: "StreamName", Flag: "stream-name", Help: "The stream."},
		{Name: "Tags", Flag: "labels", Elem: &Member{Members: []Member{{Name: "Key", Required: true}}}},
	}}
	in, out := op.InOut()
	one := int64(1)
	text := &Outline{Kind: String}
	want := &Outline{Kind: Structure, Fields: []OutlineField{
		{Name: "StreamName", Of: text, Required: true, Help: "The stream.", MinLen: 1},
		{Name: "Limit", Of: &Outline{Kind: Int}, MinVal: &one},
		{Name: "data", Of: &Outline{Kind: BlobKind}},
		{Name: "At", Of: &Outline{Kind: TimeKind}},
		{Name: "Tags", Flag: "labels", Of: &Outline{Kind: List, Elem: &Outline{Kind: Structure, Fields: []OutlineField{{Name: "Key", Of: text, Required: true}, {Name: "Value", Of: text}}}}},
		{Name: "Words", Of: &Outline{Kind: Map, Elem: text}},
		{Name: "Extra", Of: &Outline{Kind: Any}},
	}}
	if !reflect.DeepEqual(in, want) {
		got, _ := json.Marshal(in)
		t.Errorf("got %s", got)
	}
	if !reflect.DeepEqual(out, &Outline{Kind: Structure}) {
		t.Errorf("an answer without a body is %+v", out)
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var back *Outline
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, want) {
		t.Errorf("behind JSON it is %s, %v", b, err)
	}
	op.Outlines = func() (in, out *Outline) { return text, nil }
	if in, out := op.InOut(); in != text || out != nil {
		t.Errorf("an operation's own outlines are not used: %v, %v", in, out)
	}
}
