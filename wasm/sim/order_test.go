package sim

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Sort and Insert do what package slices does.
func TestOrder(t *testing.T) {
	type thing struct{ key, place int }
	byKey := func(a, b thing) int { return cmp.Compare(a.key, b.key) }
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.IntRange(0, 9), 0, 200).Draw(t, "keys")
		list := make([]thing, len(keys))
		for i, k := range keys {
			list[i] = thing{k, i}
		}
		want := slices.Clone(list)
		slices.SortStableFunc(want, byKey)
		Sort(list, byKey)
		if !slices.Equal(list, want) {
			t.Fatalf("sorted to %v, want %v", list, want)
		}
		i := rapid.IntRange(0, len(list)).Draw(t, "i")
		want = slices.Insert(slices.Clone(list), i, thing{-1, -1})
		if got := Insert(slices.Clip(list), i, thing{-1, -1}); !slices.Equal(got, want) {
			t.Fatalf("inserted to %v, want %v", got, want)
		}
		if got := Insert(slices.Grow(list, 1), i, thing{-1, -1}); !slices.Equal(got, want) {
			t.Fatalf("inserted into its room to %v, want %v", got, want)
		}
	})
}
