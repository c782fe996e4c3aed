package lab

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestUndoAndRedo lets a random learner act, then undo and redo as often, and holds that the state is the same to the byte; that an
// undone lab is the one in which the deed was never done; and that the log tells the lab at every step.
func TestUndoAndRedo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := open2(t, busy)
		reach := func(to int64) {
			for !l.AdvanceTo(to, rapid.IntRange(0, 4000).Draw(t, "budget")) {
				if c := l.Crashed(); c != nil {
					t.Fatalf("panic: %s\n%s", c.Message, c.Stack)
				}
			}
		}
		for range rapid.IntRange(1, 5).Draw(t, "deeds") {
			c := rapid.SampledFrom(deeds).Draw(t, "command")
			do := func() { l.DoAs(c.As, c.Service, c.Op, c.Body, "") }
			if rapid.IntRange(0, 3).Draw(t, "with") == 0 && c.As == "" {
				do = func() { l.DoWith(c.Service, c.Op, c.Body, "") }
			}
			do()
			reach(l.Now() + rapid.Int64Range(0, 1_200_000).Draw(t, "wait"))
		}
		if rapid.Bool().Draw(t, "back") { // some of it lies ahead
			l.SeekNow(rapid.Int64Range(l.Opened(), l.Now()).Draw(t, "to"))
		}
		now := l.Now()
		states, deedsDone := [][]byte{l.State()}, []string{}
		for range rapid.IntRange(1, 5).Draw(t, "undos") {
			can := l.CanUndo()
			deed, to, err := l.Undo()
			if (err == nil) != (can != "") || deed != can || err == nil && to != now {
				t.Fatalf("undo: %q to %d, %v; it was said that %q would be", deed, to, err, can)
			}
			if err != nil {
				break
			}
			reach(to)
			if l.CanRedo() != deed {
				t.Fatalf("undone %q, and redo would do %q", deed, l.CanRedo())
			}
			states, deedsDone = append(states, l.State()), append(deedsDone, deed)
		}
		if rapid.IntRange(0, 3).Draw(t, "restore") == 0 {
			again, err := Restore([]byte(busy), l.Log())
			if err != nil {
				t.Fatalf("restore: %v\n%s", err, l.Log())
			}
			same(t, "replay of the log", l.State(), again.State())
		}
		for n := len(states) - 2; n >= 0; n-- {
			deed, to, err := l.Redo()
			if err != nil || deed != deedsDone[n] || to != now {
				t.Fatalf("redo of %q: %q to %d, %v", deedsDone[n], deed, to, err)
			}
			reach(to)
			same(t, "redo", states[n], l.State())
		}
		if _, _, err := l.Redo(); err == nil {
			t.Fatal("more was done again than was undone")
		}
	})
}

// TestUndo tells one story: a console entry of two commands is one deed, looking is none, a refusal is none, a new deed gives up
// what could be done again, and what lies ahead cannot be undone.
func TestUndo(t *testing.T) {
	l := open(t, hotRack)
	fresh := l.State()
	if l.CanUndo() != "" {
		t.Errorf("undo is offered in a fresh lab: %q", l.CanUndo())
	}
	if _, _, err := l.Undo(); err == nil || !strings.Contains(err.Error(), "nothing to undo") {
		t.Errorf("undo in a fresh lab: %v", err)
	}
	if _, exit := l.Type("aws kinesis create-stream --stream-name a --shard-count 1; aws kinesis create-stream --stream-name b --shard-count 1"); exit != 0 {
		t.Fatal("not typed")
	}
	do(t, l, "kinesis", "ListStreams", `{}`)
	l.Do("kinesis", "DeleteStream", []byte(`{"StreamName":"nowhere"}`), "")
	if want := "aws kinesis create-stream --stream-name a --shard-count 1; aws kinesis create-stream --stream-name b --shard-count 1"; l.CanUndo() != want {
		t.Errorf("undo is offered of %q", l.CanUndo())
	}
	out, exit := l.Type("lab undo")
	if exit != 0 || len(out) == 0 || !strings.HasPrefix(out[0].Text, "Undone: aws kinesis create-stream --stream-name a") {
		t.Errorf("lab undo: %v, %d", out, exit)
	}
	if l.Commands() != 0 || l.Now() != 30*second {
		t.Errorf("%d commands are left, at %d", l.Commands(), l.Now())
	}
	same(t, "undone", fresh, l.State())
	do(t, l, "kinesis", "ListStreams", `{}`) // looking gives up nothing
	if out, exit = l.Type("lab redo"); exit != 0 || len(out) == 0 || !strings.HasPrefix(out[0].Text, "Done again: ") {
		t.Errorf("lab redo: %v, %d", out, exit)
	}
	if l.Commands() != 5 {
		t.Errorf("%d commands, want the four and a look", l.Commands())
	}
	l.Type("lab undo")
	must(t, l, 40*second)
	do(t, l, "kinesis", "SplitShard", splitHot)
	if _, exit = l.Type("lab redo"); exit == 0 {
		t.Error("redo after a new deed")
	}
	must(t, l, 50*second)
	l.SeekNow(35 * second)
	if _, _, err := l.Undo(); err == nil || !strings.Contains(err.Error(), "lies ahead") {
		t.Errorf("undo of what lies ahead: %v", err)
	}
	if _, exit = l.Type("lab undo 3"); exit != 252 {
		t.Errorf("lab undo 3 exits with %d", exit)
	}
}

// TestUndoIsQuick holds that an undo after ten minutes at 4,000 records a second lives the last seconds anew and not the whole run,
// because checkpoints lie near. It prints how long that took.
func TestUndoIsQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("ten minutes of a large lab")
	}
	l := open(t, strings.Replace(hotRack, `"RecordsPerSecond": 1700`, `"RecordsPerSecond": 4000`, 1))
	must(t, l, 620*second)
	do(t, l, "kinesis", "SplitShard", splitHot)
	must(t, l, 630*second)
	begun := time.Now()
	_, to, err := l.Undo()
	if err != nil {
		t.Fatal(err)
	}
	if again, most := to-l.Now(), 10*second+16*second; again > most {
		t.Errorf("%d µs are lived anew, at most %d are to be", again, most)
	}
	must(t, l, to)
	t.Logf("undo took %s", time.Since(begun))
}
