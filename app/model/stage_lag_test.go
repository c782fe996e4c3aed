package model

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"shardlab/wasm/protocol"
)

func TestLagsIn(t *testing.T) {
	readers := []protocol.Consumer{
		{Name: "board", Running: true, Late: []protocol.Late{{Shard: 1, Behind: 4200, Unread: 1204}, {Shard: 2, Behind: 12_000, Unread: 1}}},
		{Name: "billing", Running: true}, {Name: "stopped"}, {Name: "barred", Running: true, Barred: true},
		{Name: "old", Late: []protocol.Late{{Shard: 1, Behind: 90_000, Unread: 7}}},
	}
	for shard, want := range map[int]string{
		0: "good: board has read all; good: billing has read all; ",
		1: "warn: board 4.2 s behind, 1,204 records unread; good: billing has read all; bad: old 1 min 30 s behind, 7 records unread; ",
		2: "bad: board 12 s behind, 1 record unread; good: billing has read all; ",
	} {
		got := ""
		for _, l := range LagsIn(readers, shard) {
			got += l.Level() + ": " + l.Words() + "; "
		}
		if got != want {
			t.Errorf("in shard %d: %s, want %s", shard, got, want)
		}
	}
	worst := SlowestIn(readers)
	if len(worst) != 2 || worst[1] != (Lag{"old", 4, 90_000, 7}) || worst[2].Reader != "board" || Slowest(LagsIn(readers, 1)) != worst[1] {
		t.Errorf("the slowest are %v", worst)
	}
}

// TestSignsMakeRoom hangs signs of any readers on a lane of any width.
func TestSignsMakeRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var behind []int64
		for range rapid.IntRange(0, 9).Draw(t, "readers") {
			behind = append(behind, rapid.SampledFrom([]int64{0, 1, 900, 2100, 4200, 90_000}).Draw(t, "behind"))
		}
		signsFit(t, behind, rapid.Float64Range(120, 900).Draw(t, "width"))
	})
}

// TestSignsAtTheEnd are two of which both belong at the end of a narrow lane, as they once hung the wrong way round.
func TestSignsAtTheEnd(t *testing.T) { signsFit(t, []int64{90_000, 4200}, 120) }

// signsFit holds that whoever lags hangs on the lane in the order of the lags, beside one another, and where there is room at the very
// place.
func signsFit(t rapid.TB, behind []int64, w float64) {
	t.Helper()
	var lags []Lag
	for i, ms := range behind {
		lags = append(lags, Lag{Reader: fmt.Sprint(i), Sign: i, Behind: ms})
	}
	all := MarkLags(lags, w, LaneMillis(1))
	for i, m := range all {
		if m.At != min(float64(m.Behind)/4200, 1)*w {
			t.Fatalf("%d ms lie at %v of %v", m.Behind, m.At, w)
		}
		if m.Mid < signWide/2-.01 || m.Mid > w-signWide/2+.01 || i > 0 && (m.Mid < all[i-1].Mid+signWide-.01 || m.Behind < all[i-1].Behind) {
			t.Fatalf("the signs hang at %v", all)
		}
	}
	if len(all) == 1 && all[0].Behind == 2100 && all[0].Mid != all[0].At {
		t.Fatalf("a sign alone hangs at %v, not at %v", all[0].Mid, all[0].At)
	}
}
