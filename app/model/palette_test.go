package model

import (
	"strings"
	"testing"

	"shardlab/lessons/block"
	"shardlab/wasm/protocol"
)

func benchForActs(playing bool) Bench {
	b := NewBench()
	b.Phase, b.Stream = Ready, "trips"
	b.Frame.Playing, b.Frame.Undo, b.Frame.Redo = playing, "aws kinesis split-shard", "aws kinesis merge-shards"
	b.Figures = protocol.Frame{
		Streams:   []protocol.Stream{{Name: "trips", Shards: []protocol.Shard{{ID: "shardId-000000000000"}, {ID: "shardId-000000000001"}}}, {Name: "docks"}},
		Producers: []protocol.Producer{{Name: "bikes"}},
		Consumers: []protocol.Consumer{{Name: "board"}},
	}
	return b
}

func TestFind(t *testing.T) {
	all := append(BenchActs(benchForActs(false)), PageActs()...)
	all = append(all, LessonActs(block.Course{Modules: []block.Module{{Title: "Shards", Lessons: []block.Entry{{Slug: "hot-shard", Title: "One key, one hot shard", Blurb: "Find it."}}}}})...)
	rows := []struct{ name, query, first, message string }{
		{"the beginning of the words comes first", "con", "Console", ""},
		{"the beginning of a later word", "event", "Events", ""},
		{"two words in any order", "theme dark", "Dark theme", ""},
		{"a word it is also called by", "rewind", "Back to the event before", ""},
		{"a shard by its number", "000001", "Shard shardId-000000000001", ""},
		{"another stream", "docks", "Stream docks", ""},
		{"a client to add", "add kpl", "Add: KPL producer", ""},
		{"a lesson", "hot shard", "One key, one hot shard", ""},
		{"capitals", "CONSOLE", "Console", ""},
		{"nothing", "zebra crossing", "", ""},
		{"without a query the first group is time", "  ", "Play", ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			found := Find(all, r.query)
			switch {
			case r.first == "" && len(found) > 0:
				t.Errorf("found %q", found[0].Words)
			case r.first != "" && (len(found) == 0 || found[0].Words != r.first):
				t.Errorf("found %+v, want %q first", found, r.first)
			}
			if len(found) > MaxFound {
				t.Errorf("%d found", len(found))
			}
		})
	}
}

// Every act leads somewhere, is known by words of its own, and no two have the same key.
func TestActs(t *testing.T) {
	for _, playing := range []bool{false, true} {
		all := append(BenchActs(benchForActs(playing)), PageActs()...)
		words, keys := map[string]bool{}, map[string]string{}
		for _, a := range all {
			if words[a.Words] {
				t.Errorf("two acts are called %q", a.Words)
			}
			words[a.Words] = true
			if a.Key != "" && keys[a.Key] != "" {
				t.Errorf("%q and %q have the key %q", a.Words, keys[a.Key], a.Key)
			}
			keys[a.Key] = a.Words
			if (a.Path == "") == (a.Message == nil) || a.Icon == "" || a.Group == "" {
				t.Errorf("%+v does nothing, or two things, or has no place", a)
			}
		}
		if words["Pause"] != playing || words["Play"] == playing {
			t.Errorf("playing %v: Play %v, Pause %v", playing, words["Play"], words["Pause"])
		}
	}
	if acts := BenchActs(NewBench()); acts != nil {
		t.Errorf("a bench without a lab offers %+v", acts)
	}
}

// The help sheet names every key of an act, and only single keys are taken from the window.
func TestKeys(t *testing.T) {
	all := append(BenchActs(benchForActs(false)), PageActs()...)
	var told []string
	for _, g := range Keys(all) {
		for _, l := range g.Lines {
			told = append(told, l.Keys+" "+l.Words)
		}
	}
	text := strings.Join(told, "\n")
	for _, a := range all {
		if a.Key != "" && !strings.Contains(text, a.Key+" "+a.Words) {
			t.Errorf("the help sheet does not tell %q of %q", a.Key, a.Words)
		}
		if got, ok := ByKey(all, a.Key); len(a.Key) == 1 && (!ok || got.Words != a.Words) {
			t.Errorf("%q does %q, want %q", a.Key, got.Words, a.Words)
		}
	}
	for key, words := range map[string]string{"Ctrl+Z": "Undo", "Ctrl+Y": "Redo", "Ctrl+Shift+Z": "Redo"} {
		if a, ok := ByKey(all, key); !ok || a.Words != words {
			t.Errorf("%s does %q, want %q", key, a.Words, words)
		}
	}
	for _, key := range []string{"", "Space", "z"} {
		if a, ok := ByKey(all, key); ok {
			t.Errorf("%q does %q", key, a.Words)
		}
	}
	if len(Keys(PageActs())) != 1 {
		t.Error("a page without a lab tells keys of the lab")
	}
}
