package model

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"shardlab/wasm/protocol"
)

// anyLab draws a lab of random parts, with circles and with streams that are not there.
func anyLab(t *rapid.T) protocol.Frame {
	var f protocol.Frame
	streams := rapid.IntRange(1, 6).Draw(t, "streams")
	name := func(label string) string { return fmt.Sprint("s", rapid.IntRange(0, streams).Draw(t, label)) }
	for i := range streams {
		f.Streams = append(f.Streams, protocol.Stream{Name: fmt.Sprint("s", i), Status: "ACTIVE", Shards: cut(1 + i).Shards})
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "firehoses") {
		h := protocol.Firehose{Name: fmt.Sprint("h", i), Status: "ACTIVE", To: protocol.Place{Ref: fmt.Sprint("bucket:b", i%2), Kind: "Amazon S3", Name: fmt.Sprint("b", i%2), State: "up"}}
		if rapid.Bool().Draw(t, "reads") {
			h.Source = name("source")
			f.Consumers = append(f.Consumers, protocol.Consumer{Kind: "Firehose", Noun: firehoseNoun, Name: h.Name, Stream: h.Source, Running: true})
		}
		if rapid.Bool().Draw(t, "errors") {
			h.Errors = &protocol.Place{Ref: "bucket:errors", Kind: "Amazon S3", Name: "errors", State: "up"}
		}
		f.Firehoses = append(f.Firehoses, h)
	}
	for i := range rapid.IntRange(0, 14).Draw(t, "producers") {
		p := protocol.Producer{Name: fmt.Sprint("p", i), Stream: name("to"), Running: true, Rate: 10}
		if rapid.IntRange(0, 4).Draw(t, "agent") == 0 {
			p.Also = []string{name("also"), FirehosePrefix + "h0"}
		}
		f.Producers = append(f.Producers, p)
	}
	for i := range rapid.IntRange(0, 14).Draw(t, "consumers") {
		c := protocol.Consumer{Name: fmt.Sprint("c", i), Stream: name("from"), Running: true}
		if rapid.IntRange(0, 3).Draw(t, "writes") == 0 { // as SQL applications do, also back to where they come from
			c.To = []protocol.Place{{Ref: "stream:" + name("out"), Kind: "Stream"}, {Kind: "Destination", Name: "S3"}}
		}
		f.Consumers = append(f.Consumers, c)
	}
	return f
}

func (p Point) on(b Box) bool {
	at := func(x, y float64) bool { return max(p.X-x, x-p.X, p.Y-y, y-p.Y) < .01 }
	return at(b.X, b.MidY()) || at(b.Right(), b.MidY()) || at(b.MidX(), b.Y) || at(b.MidX(), b.Bottom())
}

// TestAnyWholeIsLaidOut holds that no two boxes overlap, that all is on the stage, that every wire ends at its boxes, and that one
// that follows the data's way runs through no other box.
func TestAnyWholeIsLaidOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyLab(t)
		g := Sight{W: rapid.SampledFrom([]float64{320, 390, 760, 1440, 2560}).Draw(t, "width"), H: rapid.SampledFrom([]float64{260, 420, 1200}).Draw(t, "height")}
		all := WholeOf(f).Lay(g)
		for i, a := range all.Nodes {
			if a.Box.X < -.01 || a.Box.Y < -.01 || a.Box.Right() > all.W+.01 || a.Box.Bottom() > all.H+.01 {
				t.Fatalf("%s leaves the stage: %+v of %v×%v", a.Name, a.Box, all.W, all.H)
			}
			for _, b := range all.Nodes[:i] {
				if a.Box.X < b.Box.Right()-.01 && b.Box.X < a.Box.Right()-.01 && a.Box.Y < b.Box.Bottom()-.01 && b.Box.Y < a.Box.Bottom()-.01 {
					t.Fatalf("%s and %s overlap: %+v %+v", a.Name, b.Name, a.Box, b.Box)
				}
			}
		}
		for _, w := range all.Wires {
			a, b := all.Nodes[w.From], all.Nodes[w.To]
			if n := len(w.Path); n < 4 || n%3 != 1 || !w.Path[0].on(a.Box) || !w.Path[n-1].on(b.Box) {
				t.Fatalf("the wire from %s %+v to %s %+v goes %v", a.Name, a.Box, b.Name, b.Box, w.Path)
			}
			if all.Upright || b.Layer <= a.Layer {
				continue
			}
			for i := 0; i+3 < len(w.Path); i += 3 {
				p := w.Path[i : i+4]
				for k := range 21 {
					x, y := curve(float64(k)/20, p[0].X, p[0].Y, p[1].X, p[1].Y, p[2].X, p[2].Y, p[3].X, p[3].Y)
					for j, o := range all.Nodes {
						if j != w.From && j != w.To && x > o.Box.X+1 && x < o.Box.Right()-1 && y > o.Box.Y+1 && y < o.Box.Bottom()-1 {
							t.Fatalf("the wire from %s to %s runs through %s at %v, %v", a.Name, b.Name, o.Name, x, y)
						}
					}
				}
			}
		}
	})
}

func TestTopologyOf(t *testing.T) {
	f := protocol.Frame{
		Streams:   []protocol.Stream{{Name: "trips", Status: "ACTIVE", Shards: []protocol.Shard{{ID: "shardId-000000000000", State: "OPEN", Records: 487, Refused: 12}}}, {Name: "alerts", Status: "ACTIVE"}},
		Firehoses: []protocol.Firehose{{Name: "archive", Status: "ACTIVE", Source: "trips", Records: 480, To: protocol.Place{Ref: "bucket:lake", Kind: "Amazon S3", Name: "lake", State: "down", Why: "it is down"}}},
		Producers: []protocol.Producer{{Name: "bikes", Stream: "trips", Running: true, Rate: 500, Accepted: 487, Refused: 12}, {Kind: "Kinesis Agent", Name: "web", Stream: "trips", Also: []string{"firehose:archive"}, Running: true}, {Name: "lost", Stream: "rides"}},
		Consumers: []protocol.Consumer{{Kind: "Firehose", Noun: firehoseNoun, Name: "archive", Stream: "trips", Running: true, Rate: 480},
			{Kind: "SQL application", Noun: "SqlApplication", Name: "peaks", Stream: "trips", Running: true, To: []protocol.Place{{Ref: "stream:alerts", Kind: "Stream", Name: "alerts"}}},
			{Kind: "Lambda function", Name: "pager", Stream: "alerts", Running: true, Behind: 20_000}},
	}
	all := WholeOf(f).Lay(Sight{W: 1440, H: 400})
	got := ""
	for _, w := range all.Wires {
		got += all.Nodes[w.From].Name + ">" + all.Nodes[w.To].Name + " "
	}
	if want := "bikes>trips web>trips web>archive lost>rides trips>archive trips>peaks peaks>alerts alerts>pager archive>lake "; got != want {
		t.Errorf("wires\n%s, want\n%s", got, want)
	}
	layers := map[string]int{}
	texts := map[string]string{}
	for _, n := range all.Nodes {
		layers[n.Name], texts[n.Name] = n.Layer, n.Level+": "+n.Text
	}
	if want := "map[alerts:3 archive:2 bikes:0 lake:3 lost:0 pager:4 peaks:2 rides:1 trips:1 web:0]"; fmt.Sprint(layers) != want {
		t.Errorf("layers %v, want %s", layers, want)
	}
	for name, want := range map[string]string{"trips": "bad: 12 refused/s", "lake": "bad: it is down", "rides": "bad: not there", "pager": "bad: 20 s behind", "lost": ": stopped", "bikes": "bad: 12 refused/s"} {
		if texts[name] != want {
			t.Errorf("%s says %q, want %q", name, texts[name], want)
		}
	}
}

func TestManyClientsOfAStreamShareABox(t *testing.T) {
	var f protocol.Frame
	f.Streams = []protocol.Stream{{Name: "trips", Status: "ACTIVE"}}
	for i := range 40 {
		f.Producers = append(f.Producers, protocol.Producer{Name: fmt.Sprint("p", i), Stream: "trips", Running: true, Rate: 5})
	}
	all := WholeOf(f)
	last := all.Nodes[len(all.Nodes)-1]
	if len(all.Nodes) != 1+ownNodes+1 || last.Name != "34 more writers" || last.Rate != 170 || len(all.Wires) != ownNodes+1 {
		t.Errorf("%d boxes, %d wires, the last is %+v", len(all.Nodes), len(all.Wires), last)
	}
}

func TestResting(t *testing.T) {
	for want, c := range map[string]protocol.Consumer{
		"being created": {Noun: "EventSourceMapping", Note: "creating"},
		"stopped":       {Noun: "EventSourceMapping", Note: "disabled"},
	} {
		if got := Resting(c); got != want {
			t.Errorf("%+v is %s, want %s", c, got, want)
		}
	}
}
