package model

import (
	"testing"

	"shardlab/wasm/protocol"
)

func TestUndoAsksOnlyForWhatThereIs(t *testing.T) {
	with := frame(1, 9*protocol.Second)
	with.Frame.Undo = "aws kinesis create-stream --stream-name a"
	nothing, _ := told(NewBench(), EngineStarted{}, frame(1, 9*protocol.Second))
	ready, _ := told(NewBench(), EngineStarted{}, with)
	if _, asks := told(nothing, PressUndo{}, PressRedo{}); len(asks) != 0 {
		t.Errorf("asks %s with nothing to take back", kinds(asks))
	}
	if _, asks := told(ready, PressRedo{}); len(asks) != 0 {
		t.Errorf("asks %s with nothing to do again", kinds(asks))
	}
	b, asks := told(ready, PressUndo{})
	if kinds(asks) != "undo" {
		t.Fatalf("asks %q", kinds(asks))
	}
	b, _ = told(b, Replied{Ask: asks[0], Reply: protocol.Reply{Command: with.Frame.Undo}})
	if b.Deed.Command != "lab undo" || b.Deed.Words != "Undone: "+with.Frame.Undo {
		t.Errorf("tells %+v", b.Deed)
	}
	b, _ = told(b, Replied{Ask: asks[0], Reply: protocol.Reply{Error: &protocol.Error{Code: "NothingToUndo", Message: "There is nothing to undo."}}})
	if b.Deed.Error == nil || b.Deed.Words != "" {
		t.Errorf("a refusal tells %+v", b.Deed)
	}
	busy := with
	busy.Frame.Busy = "Running until it happens."
	ready, _ = told(ready, busy)
	if _, asks := told(ready, PressUndo{}); kinds(asks) != "pause undo" {
		t.Errorf("while a long run is under way it asks %q", kinds(asks))
	}
}

// TestFormIsOneDeed holds that the second command of a form is told to belong to the first.
func TestFormIsOneDeed(t *testing.T) {
	b, _ := told(NewBench(), EngineStarted{}, frame(1, 9*protocol.Second))
	two := []Step{{Press: Press{"s3api", "CreateBucket", Members{{"Bucket", "lake"}}}}, {Press: Press{"firehose", "CreateDeliveryStream", Members{}}}}
	b, _ = told(b, OpenForm{Form: Form{Kind: "firehose"}})
	b, asks := told(b, SendForm{Steps: two})
	if len(asks) != 1 || asks[0].Request.With {
		t.Fatalf("first %+v", asks)
	}
	_, asks = told(b, Replied{Ask: asks[0]})
	if len(asks) != 1 || !asks[0].Request.With {
		t.Errorf("second %+v", asks)
	}
}
