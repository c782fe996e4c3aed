package model

import (
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

func TestStageLine(t *testing.T) {
	for line, want := range map[string]any{
		"stage ring": ShowView{ViewRing}, "stage shards": ShowView{ViewShards}, "stage all": ShowView{ViewAll}, "stage zoom 200%": ZoomTo{2}, "stage zoom 50": ZoomTo{.5},
		"stage key bike-7": TypeKey{Key: "bike-7"}, "stage key 12 --explicit": TypeKey{"12", true}, "stage save svg": SavePicture{Format: "svg"}, "stage save png dark": SavePicture{"png", Dark},
		"stage": nil, "stage help": nil,
	} {
		if got, told, ok := StageLine(line); !ok || got != want || told.Flaw != "" {
			t.Errorf("%s comes to %#v (%s), want %#v", line, got, told.Flaw, want)
		}
	}
	for _, line := range []string{"stage zoom", "stage zoom 20", "stage zoom far", "stage key", "stage key a b", "stage save gif", "stage save svg blue", "stage left"} {
		if got, told, ok := StageLine(line); !ok || got != nil || told.Flaw == "" || told.Hint == "" {
			t.Errorf("%s comes to %#v and says %q", line, got, told.Flaw)
		}
	}
	if _, _, ok := StageLine("stages"); ok {
		t.Error("another command is taken for one of the stage")
	}
	b, _ := NewBench().Update(Told{Line: "stage help", Text: "words"})
	if e := b.Entries[0]; e.Busy || e.Exit != 0 || e.Output[0].Text != "words\n" || b.Typed[0] != "stage help" {
		t.Errorf("the console has %+v", e)
	}
	b, _ = b.Update(Told{Line: "stage x", Flaw: "no", Hint: "yes"})
	if e := b.Entries[1]; e.Busy || e.Exit != 2 || len(e.Output) != 2 {
		t.Errorf("the console has %+v", e)
	}
}

func TestPictureName(t *testing.T) {
	for _, tt := range []struct{ lab, shows, format, want string }{{"lab:start-steady", "trips", "svg", "steady-trips-00-01-37.svg"}, {"hot-shard", "all", "png", "hot-shard-all-00-01-37.png"}, {"", "Ä/b", "svg", "lab-b-00-01-37.svg"}} {
		if got := PictureName(tt.lab, tt.shows, 97*protocol.Second+400_000, tt.format); got != tt.want || strings.ContainsAny(got, "/: ") {
			t.Errorf("the picture of %s is called %s, want %s", tt.lab, got, tt.want)
		}
	}
}

func TestStageOffer(t *testing.T) {
	for line, want := range map[string]string{"stage ": "shards ring lineage all zoom key save", "stage r": "ring", "stage save ": "svg png", "stage save p": "png", "stage x": "", "stage zoom 2": "-", "aws stage ": "-", "stage save png d": "-"} {
		offer, ok := stageOffer(line, len(line))
		var words []string
		for _, o := range offer.Options {
			words = append(words, o.Text)
		}
		if got := strings.Join(words, " "); ok != (want != "-") || ok && got != want {
			t.Errorf("%q offers %q (%v), want %q", line, got, ok, want)
		}
	}
	offer, _ := stageOffer("stage save p and more", len("stage save p"))
	if offer.From != len("stage save ") || offer.To != len("stage save p") {
		t.Errorf("it stands for %d to %d", offer.From, offer.To)
	}
	b, asks := Bench{}.Update(AskCompletion{Line: "stage r", Pos: 7})
	if len(asks) != 0 || len(b.Offer.Options) != 1 || b.Offer.Unanswered {
		t.Errorf("%+v is asked of the engine, %+v is offered", asks, b.Offer)
	}
}
