package model

import (
	"testing"

	"shardlab/wasm/protocol"
)

func TestScriptBesideThePicture(t *testing.T) {
	f := frame(1, 9*protocol.Second)
	b, asks := told(NewBench(), EngineStarted{}, f)
	if b, asks = told(b, FollowScript{}); len(asks) != 0 {
		t.Fatalf("asks %s while it is not shown", kinds(asks))
	}
	b, asks = told(b, ShowTab{Tab: "scenario"})
	if kinds(asks) != "script" || b.Left != "scenario" || b.Phone != "scenario" {
		t.Fatalf("shown it asks %q", kinds(asks))
	}
	b, _ = told(b, Replied{Ask: asks[0], Reply: protocol.Reply{Script: "one\n"}})
	if b.Script.Draft != "one\n" || b.Script.Dirty() {
		t.Errorf("the text is %+v", b.Script)
	}
	if _, asks = told(b, f, FollowScript{}); len(asks) != 0 {
		t.Errorf("asks %s with nothing new", kinds(asks))
	}
	f.Frame.Commands = 1
	b, asks = told(b, f, FollowScript{})
	if kinds(asks) != "script" {
		t.Errorf("after a deed it asks %q", kinds(asks))
	}
	// What is typed stays when the picture changes, and is told to be old.
	b, _ = told(b, ScriptTyped{Text: "mine\n"}, Replied{Ask: asks[0], Reply: protocol.Reply{Script: "two\n"}})
	if b.Script.Draft != "mine\n" || !b.Script.Stale || b.Script.Text != "two\n" {
		t.Errorf("typed and done: %+v", b.Script)
	}
	dropped, _ := told(b, DropScript{})
	if dropped.Script.Draft != "two\n" || dropped.Script.Dirty() || dropped.Script.Stale {
		t.Errorf("discarded: %+v", dropped.Script)
	}
	b, asks = told(b, ApplyScript{})
	if kinds(asks) != "rewrite" || asks[0].Request.Script != "mine\n" || !b.Script.Busy {
		t.Fatalf("applied: %q", kinds(asks))
	}
	if _, more := told(b, ApplyScript{}); len(more) != 0 {
		t.Error("applied twice at once")
	}
	flawed, _ := told(b, Replied{Ask: asks[0], Reply: protocol.Reply{Flaws: []protocol.Flaw{{Line: 3, Column: 1, Message: "no"}}}})
	if flawed.Script.Draft != "mine\n" || len(flawed.Script.Flaws) != 1 || flawed.Script.Busy {
		t.Errorf("with a flaw: %+v", flawed.Script)
	}
	b, _ = told(b, Replied{Ask: asks[0], Reply: protocol.Reply{Script: "mine, in order\n"}})
	if b.Script.Dirty() || b.Script.Draft != "mine, in order\n" || b.Script.Said == "" {
		t.Errorf("taken: %+v", b.Script)
	}
	b, _ = told(b, OpenScript{Name: "a.lab.txt", Text: "of a file"})
	if !b.Script.Dirty() || b.Left != "scenario" {
		t.Errorf("opened: %+v", b.Script)
	}
}

func TestIsScript(t *testing.T) {
	for text, want := range map[string]bool{"# a\n\nname x\n": true, "seed 7": true, `{"lab":{}}`: false, "": false, "names x": false, "hello\nname x": false} {
		if IsScript(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}
