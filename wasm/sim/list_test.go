package sim

import (
	"testing"

	"pgregory.net/rapid"
)

// A list and its copies hold what a plain slice with a start would hold, whoever of them grows or is trimmed.
func TestListIsASliceWithAStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type pair struct {
			list  List[int]
			items []int
			first int64
		}
		check := func(t *rapid.T, p *pair) {
			if p.list.First() != p.first || p.list.Next() != int64(len(p.items)) || p.list.Len() != len(p.items)-int(p.first) {
				t.Fatalf("list has [%d, %d), want [%d, %d)", p.list.First(), p.list.Next(), p.first, len(p.items))
			}
			for i := p.first; i < int64(len(p.items)); i++ {
				if got := *p.list.At(i); got != p.items[i] {
					t.Fatalf("item %d is %d, want %d", i, got, p.items[i])
				}
			}
		}
		pairs := []*pair{{}}
		some := func(t *rapid.T) *pair { return pairs[rapid.IntRange(0, len(pairs)-1).Draw(t, "which")] }
		n := 0
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				p := some(t)
				for range rapid.IntRange(1, 2*listChunk).Draw(t, "count") {
					n++
					if at := p.list.Append(n); at != int64(len(p.items)) {
						t.Fatalf("appended at %d, want %d", at, len(p.items))
					}
					p.items = append(p.items, n)
				}
			},
			"trim": func(t *rapid.T) {
				p := some(t)
				to := rapid.Int64Range(0, int64(len(p.items))+3).Draw(t, "to")
				p.list.TrimTo(to)
				p.first = max(p.first, min(to, int64(len(p.items))))
			},
			"clone": func(t *rapid.T) {
				if len(pairs) == 6 {
					return
				}
				p := some(t)
				pairs = append(pairs, &pair{p.list.Clone(), append([]int(nil), p.items...), p.first})
			},
			"search": func(t *rapid.T) {
				p := some(t)
				if len(p.items) == 0 {
					return
				}
				want := rapid.Int64Range(p.first, int64(len(p.items))).Draw(t, "want")
				at := p.list.Search(func(v *int) bool { return want < int64(len(p.items)) && *v >= p.items[want] })
				if at != want {
					t.Fatalf("search found %d, want %d", at, want)
				}
			},
			"": func(t *rapid.T) {
				for _, p := range pairs {
					check(t, p)
				}
			},
		})
	})
}

func TestListRefusesWhatItDoesNotHold(t *testing.T) {
	var l List[int]
	l.Append(1)
	l.TrimTo(1)
	for _, i := range []int64{0, 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("At(%d) of a list that holds [1, 1) did not panic", i)
				}
			}()
			l.At(i)
		}()
	}
}
