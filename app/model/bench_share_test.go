package model

import (
	"testing"

	"shardlab/wasm/protocol"
)

func TestParseFragment(t *testing.T) {
	for text, want := range map[string]Fragment{
		"start=steady":                  {Start: "steady"},
		"lab=hot-shard&theme=dark":      {Lesson: "hot-shard", Embed: Embed{Theme: Dark}},
		"s=Aabc&play=1&panels=console":  {Link: "Aabc", Embed: Embed{Play: true, Panels: "console"}},
		"file":                          {File: true},
		"file=1f2e":                     {File: true},
		"start=steady&file":             {Start: "steady"},
		"start=steady&theme=sepia&play": {Start: "steady"},
	} {
		if want.Embed.Panels == "" {
			want.Embed.Panels = firstEmbed.Panels
		}
		if got, ok := ParseFragment(text); !ok || got != want {
			t.Errorf("%q is %+v (%v), want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "main", "start=", "theme=dark"} {
		if got, ok := ParseFragment(text); ok {
			t.Errorf("%q opens %+v", text, got)
		}
	}
}

// An export that was asked for twice stands once, and what went wrong on one tab is not told on another.
func TestSharingCard(t *testing.T) {
	b := Bench{Phase: Ready, Phone: "console"}
	b, asks := b.Update(OpenSharing{Tab: "aws"})
	if len(asks) != 1 || asks[0].Request.Line != "lab export "+Exports[0].Name || b.Phone != "stage" {
		t.Fatalf("asked %+v, shown on %q", asks, b.Phone)
	}
	b, again := b.Update(PickExport{Name: Exports[0].Name})
	for _, a := range append(asks, again...) {
		b, _ = b.Update(Replied{Ask: a, Reply: protocol.Reply{Output: []protocol.Output{{To: "out", Text: "Resources:\n"}}}})
	}
	if b.Sharing.Text != "Resources:\n" {
		t.Errorf("the export is %q", b.Sharing.Text)
	}
	b, _ = b.Update(Replied{Ask: asks[0], Reply: protocol.Reply{Exit: 1, Output: []protocol.Output{{To: "err", Text: "no"}}}})
	if b.Sharing.Flaw == nil || b.Sharing.Text != "" {
		t.Errorf("a failed export leaves %q and says %v", b.Sharing.Text, b.Sharing.Flaw)
	}
	b, asks = b.Update(OpenSharing{Tab: "link"})
	if b.Sharing.Flaw != nil || len(asks) != 1 || asks[0].Request.Kind != protocol.Share {
		t.Errorf("the link's tab says %v and asks %+v", b.Sharing.Flaw, asks)
	}
	b, _ = b.Update(LabBroken{Name: "x.json", Why: "It is no lab."})
	if b.Sharing.Tab != "" || b.Notice == "" {
		t.Errorf("a file that does not open leaves tab %q and notice %q", b.Sharing.Tab, b.Notice)
	}
}

func TestNoRingOfFirehose(t *testing.T) {
	b := Bench{Phase: Ready, Stream: FirehosePrefix + "raw", Figures: protocol.Frame{Firehoses: []protocol.Firehose{{Name: "raw"}}}}
	for _, view := range []string{ViewRing, ViewLineage} {
		if got, _ := b.Update(ShowView{view}); got.View != b.View || got.Notice == "" {
			t.Errorf("%s of a Firehose stream shows %q and says %q", view, got.View, got.Notice)
		}
	}
	if got, _ := b.Update(ShowView{ViewAll}); got.View != ViewAll || got.Notice != "" {
		t.Errorf("all parts are not shown: %q, %q", got.View, got.Notice)
	}
}
