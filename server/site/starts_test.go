package site

import (
	"encoding/json"
	"strings"
	"testing"

	"shardlab/app/model"
	"shardlab/lessons"
	"shardlab/lessons/block"
	"shardlab/wasm/lab"
)

// TestPicturesOfTemplates holds that the picture of a template's topology, which is drawn from its file alone, has what the engine makes
// of it: each stream, writer, reader and Firehose stream, and what leads where. The page cannot ask the engine when it draws the picker;
// this room may know both.
func TestPicturesOfTemplates(t *testing.T) {
	text, err := lessons.TemplatesJSON()
	if err != nil {
		t.Fatal(err)
	}
	var all []block.Template
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		t.Run(x.Slug, func(t *testing.T) {
			topology := model.TopologyOf(x.Lab)
			l, err := lab.New(x.Lab, nil)
			if err != nil {
				t.Fatal(err)
			}
			f := l.Frame()
			has := func(kind, name string) int {
				for i, n := range topology.Nodes {
					if n.Kind == kind && n.Name == name {
						return i
					}
				}
				t.Errorf("the picture lacks the %s %s", kind, name)
				return -1
			}
			leads := func(from, to int) {
				for _, e := range topology.Edges {
					if e.From == from && e.To == to {
						return
					}
				}
				t.Errorf("nothing leads from %+v to %+v", topology.Nodes[max(from, 0)], topology.Nodes[max(to, 0)])
			}
			target := func(name string) int {
				if hose, ok := strings.CutPrefix(name, "firehose:"); ok {
					return has(model.NodeFirehose, hose)
				}
				return has(model.NodeStream, name)
			}
			for _, s := range f.Streams {
				if i := has(model.NodeStream, s.Name); i >= 0 && s.Mode == "PROVISIONED" && topology.Nodes[i].Count != len(s.Shards) {
					t.Errorf("%s has %d shards, the picture %d", s.Name, len(s.Shards), topology.Nodes[i].Count)
				}
			}
			for _, p := range f.Producers {
				if !strings.HasPrefix(p.Note, "its application") && has(model.NodeWriter, p.Name) >= 0 {
					leads(has(model.NodeWriter, p.Name), target(p.Stream))
				}
			}
			for _, h := range f.Firehoses {
				i := has(model.NodeFirehose, h.Name)
				if h.Source != "" {
					leads(target(h.Source), i)
				}
				leads(i, has(model.NodePlace, h.To.Kind))
			}
			for _, c := range f.Consumers {
				if c.Noun != "DeliveryStream" && c.Noun != "EventSourceMapping" {
					leads(target(c.Stream), has(model.NodeReader, c.Name))
				}
			}
			if x.Slug != lessons.EmptyTemplate && (topology.Columns < 3 || topology.Words() == "nothing yet") {
				t.Errorf("the picture has %d columns: %s", topology.Columns, topology.Words())
			}
		})
	}
}
