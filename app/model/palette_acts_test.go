package model

import (
	"strings"
	"testing"

	"shardlab/lessons/block"
	"shardlab/wasm/protocol"
)

// TestEverythingHasAnAct finds what the page's menus and buttons do among the acts of a lab that has some of everything.
func TestEverythingHasAnAct(t *testing.T) {
	b := benchForActs(false)
	b.Frame.Timeline = "B"
	f := &b.Figures
	f.Streams[0].Shards[0].State, f.Streams[0].Shards[1].State = "OPEN", "CLOSED"
	f.Producers[0].Stream, f.Producers[0].Running = "trips", true
	f.Firehoses = []protocol.Firehose{{Name: "lake", Status: "ACTIVE", To: protocol.Place{Name: "bucket", Ref: "bucket:lake", Fault: "s3/lake"}}}
	f.Controls = []protocol.Control{{Ref: "alarm:hot", Name: "hot", State: "OK"}, {Ref: "scaler:auto", Name: "auto"}}
	script := Script{Text: "name x", Draft: "name y"}
	all := append(BenchActs(b), ScenarioActs(script)...)
	all = append(all, TemplateActs([]block.Template{{Slug: "orders", Title: "Order processing"}})...)
	words := map[string]Act{}
	for _, a := range all {
		if _, twice := words[a.Words]; twice {
			t.Errorf("two acts are called %q", a.Words)
		}
		if words[a.Words] = a; (a.Path == "") == (a.Message == nil) || a.Icon == "" || a.Group == "" {
			t.Errorf("%+v does nothing, or two things, or has no place", a)
		}
	}
	for _, w := range []string{"Keep timeline A", "Keep timeline B", "Go to timeline A", "The standard charts", "Charts as tables", "Fold charts and events away", "Clear the console",
		"Charts: last hour", "Charts: since the fork", "Stream trips: Retention…", "Stream trips: Shard count…", "Shard shardId-000000000000: Split…", "Producer bikes: Stop",
		"Firehose lake: Delete, with what it buffers", "CloudWatch alarm hot", "CloudWatch alarm hot: Set to ALARM", "Function that scales auto: Invoke now", "Bill", "Buckets", "Availability Zones",
		"Sheet of stream trips", "Open a lab's file…", "Scenario", "Apply the scenario", "Give up the changes to the scenario", "Download the scenario as a file", "Begin from: Order processing"} {
		if _, ok := words[w]; !ok {
			t.Errorf("nothing is called %q", w)
		}
	}
	if _, ok := words["Shard shardId-000000000001: Split…"]; ok {
		t.Error("a closed shard is offered to be split")
	}
	if a := words["Producer bikes: Stop"]; a.Message != nil {
		if p, ok := a.Message.(Press); !ok || p.Op != "StopProducer" {
			t.Errorf("stopping a producer is %+v", a.Message)
		}
	}
	for query, first := range map[string]string{"alarm hot": "CloudWatch alarm hot", "stop bikes": "Producer bikes: Stop", "scenario": "Scenario", "retention": "Stream trips: Retention…", "order proc": "Begin from: Order processing", "bill": "Bill"} {
		if found := Find(all, query); len(found) == 0 || found[0].Words != first {
			t.Errorf("%q finds %v first, want %q", query, found[:min(len(found), 1)], first)
		}
	}
	if acts := ScenarioActs(Script{}); len(acts) != 1 {
		t.Errorf("a text that is not known yet has %d acts", len(acts))
	}
	b.Table, b.Low = true, true
	texts := ""
	for _, a := range BenchActs(b) {
		texts += a.Words + "\n"
	}
	if !strings.Contains(texts, "Charts as pictures\n") || !strings.Contains(texts, "Show charts and events\n") {
		t.Error("what is on is not turned off")
	}
}
