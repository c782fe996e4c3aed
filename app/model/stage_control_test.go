package model

import (
	"fmt"
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

// TestWhatCanBeTakenAway holds that a stream, a registered consumer, a bucket, a far end and a fault can be taken away where they are looked at.
func TestWhatCanBeTakenAway(t *testing.T) {
	f := protocol.Frame{Streams: []protocol.Stream{{Name: "trips"}}, Firehoses: []protocol.Firehose{{Name: "raw", To: protocol.Place{Ref: "bucket:lake", Name: "lake", Fault: "s3/lake", Ails: "slow down"}, Errors: &protocol.Place{Ref: "sink:dwh", Name: "dwh"}}}}
	for ref, want := range map[string]string{"stream:trips": "DeleteStream", "stream:gone": "", "bucket:lake": "DeleteFault DeleteFault DeleteBucket", "bucket:cold": "DeleteBucket", "sink:dwh": "DeleteSink", "sink:web": "DeleteSink"} {
		got := ""
		for _, a := range ActionsOf(f, ref) {
			if a.Press.Op != "" {
				got += " " + a.Press.Op
			}
		}
		if strings.TrimSpace(got) != want {
			t.Errorf("of %s:%s, want %s", ref, got, want)
		}
	}
	sheet := protocol.Sheet{Kind: "Stream", Sections: []protocol.Section{{Title: "Registered consumers", Rows: [][]protocol.Cell{{{Text: "alerts", Note: "arn:of:it"}}}}}}
	if a := RowActions(sheet)["Registered consumers"]["alerts"]; len(a) != 1 || a[0].Press.Op != "DeregisterStreamConsumer" || a[0].Press.Body.(Members)[0].Value != "arn:of:it" {
		t.Errorf("of a registered consumer: %+v", a)
	}
}

func TestControlsOf(t *testing.T) {
	f := protocol.Frame{Streams: []protocol.Stream{{Name: "trips", Status: "ACTIVE"}}, Controls: []protocol.Control{
		{Ref: "alarm:hot", Name: "hot", Stream: "trips", State: "ALARM", Text: "Sum of IncomingRecords in 60 s > 96,000", Acts: []string{"scaler:auto", "scaler:gone"}},
		{Ref: "alarm:old", Name: "old", State: "OK", Text: "Maximum of DataFreshness in 60 s > 300"},
		{Ref: "scaler:auto", Name: "auto", Stream: "trips", Text: "1 to 16 shards, by 2", Note: "not invoked yet"}}}
	here := ControlsOf(f, "trips")
	if len(here) != 2 || here[0].Name != "hot" || here[1].Name != "auto" || len(ControlsOf(f, "rides")) != 0 {
		t.Fatalf("on the stage stand %+v", here)
	}
	for i, want := range []string{"CloudWatch alarm hot, ALARM, Sum of IncomingRecords in 60 s above 96,000, invokes auto, invokes gone", "Function that scales auto, 1 to 16 shards, by 2, not invoked yet"} {
		if got := ControlWords(here[i]); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	all := WholeOf(f).Lay(Sight{W: 1440, H: 400})
	got := ""
	for _, w := range all.Wires {
		got += fmt.Sprintf("%s>%s %v ", all.Nodes[w.From].Name, all.Nodes[w.To].Name, w.Hurt)
	}
	if want := "trips>hot false hot>auto true auto>trips false "; got != want || len(all.Nodes) != 4 {
		t.Errorf("%d parts, wires %s, want %s", len(all.Nodes), got, want)
	}
	for range 9 {
		f.Controls = append(f.Controls, here[0])
	}
	if n := len(ControlsOf(f, "trips")); n != mostControls {
		t.Errorf("%d stand on a stage", n)
	}
	if a := ActionsOf(f, "alarm:hot"); len(a) != 2 || a[1].Press.Op != "DeleteAlarms" {
		t.Errorf("with an alarm one can %+v", a)
	}
	if a := ActionsOf(f, "scaler:auto"); len(a) != 2 || a[0].Press.Op != "InvokeScaler" {
		t.Errorf("with a function one can %+v", a)
	}
}
