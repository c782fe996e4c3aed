package connector

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/sim"
)

// take hands texts to a pipeline and says which of them it could not read.
func take(p *Pipeline, s *Settings, t *Totals, texts ...string) (bad []string) {
	for i, text := range texts {
		if !p.Take(s, Item{Index: int64(i), Data: []byte(text)}, t) {
			bad = append(bad, text)
		}
	}
	return bad
}

func texts(p *Pipeline) (all []string) {
	for _, it := range p.buffer {
		all = append(all, string(it.Data))
	}
	return all
}

func TestTransformAndFilter(t *testing.T) {
	for _, x := range []struct {
		name, transformer, filter string
		in                        []string
		want, bad                 string
		bytes                     int64
	}{
		{"texts", StringToString, "", []string{"a", "", "bc"}, "[a  bc]", "[]", 3},
		{"JSON or nothing", JSONToByteArray, "", []string{`{"a":1}`, "a", "2"}, `[{"a":1} 2]`, "[a]", 8},
		{"lines are items, each with the bytes of its record", Lines, "", []string{"a\nb\n", "c"}, "[a b c]", "[]", 9},
		{"a filter sees items", Lines, "b", []string{"ab\nc\nb", "c"}, "[ab b]", "[]", 12},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, p, total := Default(), New(0), Totals{}
			s.Transformer, s.Filter = x.transformer, x.filter
			bad := take(p, &s, &total, x.in...)
			if got := fmt.Sprint(texts(p)); got != x.want || fmt.Sprint(bad) != x.bad || p.Bytes() != x.bytes {
				t.Errorf("buffers %s of %d bytes and cannot read %v, want %s of %d and %s", got, p.Bytes(), bad, x.want, x.bytes, x.bad)
			}
			if total.Buffered != int64(p.Len()) || total.Untransformed != int64(len(bad)) {
				t.Errorf("counts %+v", total)
			}
		})
	}
}

// The buffer is emitted at a number of records, of bytes, or after a time, and never when it is empty.
func TestShouldFlush(t *testing.T) {
	s := Default()
	s.BufferRecordCountLimit, s.BufferByteSizeLimit, s.BufferMillisecondsLimit = 3, 10, 5000
	late := sim.Instant(0).Add(5 * time.Second)
	for _, x := range []struct {
		name string
		in   []string
		now  sim.Instant
		want bool
	}{
		{"two records", []string{"a", "b"}, late - 1, false}, {"three", []string{"a", "b", "c"}, 0, true},
		{"nine bytes", []string{"123456789"}, 0, false}, {"ten", []string{"1234567890"}, 0, true},
		{"a time", []string{"a"}, late, true}, {"nothing", nil, late, false},
	} {
		p, total := New(0), Totals{}
		take(p, &s, &total, x.in...)
		if got := p.ShouldFlush(&s, x.now); got != x.want {
			t.Errorf("%s: %t, want %t", x.name, got, x.want)
		}
	}
	s.BufferMillisecondsLimit = 0
	p, total := New(0), Totals{}
	if take(p, &s, &total, "a"); p.ShouldFlush(&s, late<<20) {
		t.Error("without a limit in milliseconds no time is too long")
	}
}

// Over tries that fail in part no item is emitted twice, none is lost but to fail(), and a destination of objects takes all or nothing.
func TestTriesBringEachItemOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := Default()
		s.Emitter = rapid.SampledFrom([]string{S3, Redshift, DynamoDB, Elasticsearch}).Draw(rt, "emitter")
		s.RefusedPercent, s.RetryLimit = rapid.Int64Range(0, 99).Draw(rt, "refused"), rapid.Int64Range(1, 6).Draw(rt, "tries")
		n := rapid.IntRange(1, 60).Draw(rt, "items")
		p, total, dice := New(0), Totals{}, sim.NewRand(rapid.Uint64().Draw(rt, "seed"), "dice")
		for i := range n {
			p.Take(&s, Item{Index: int64(i), Data: []byte("x")}, &total)
		}
		got := map[int64]int{}
		p.Begin()
		for p.Left() > 0 && !p.Spent(&s) {
			before := p.Left()
			c := p.Clone()
			b := p.Try(&s, &dice, &total, func(it Item) { got[it.Index]++ })
			if s.whole() && b.Items != 0 && b.Items != int64(before) {
				rt.Fatalf("%s takes %d of %d items", s.Emitter, b.Items, before)
			}
			if c.Left() != before || p.Left() != before-int(b.Items) {
				rt.Fatalf("of %d items %d were taken and %d are left", before, b.Items, p.Left())
			}
		}
		left := p.Left()
		if p.Tries() > s.RetryLimit || left > 0 && p.Tries() != s.RetryLimit {
			rt.Fatalf("%d tries of %d, with %d items left", p.Tries(), s.RetryLimit, left)
		}
		failed := p.Fail(&total).Items
		if len(got) != n-left || failed != int64(left) || total.Emitted != int64(n-left) || total.Failed != failed {
			rt.Fatalf("of %d items %d were emitted and %d failed: %+v", n, len(got), failed, total)
		}
		for i, times := range got {
			if times != 1 {
				rt.Fatalf("item %d was emitted %d times", i, times)
			}
		}
	})
}

// Elasticsearch that is not reachable is tried for ever; other destinations are given up.
func TestUnreachable(t *testing.T) {
	for _, x := range []struct {
		emitter string
		spent   bool
	}{{S3, true}, {DynamoDB, true}, {Elasticsearch, false}} {
		s, p, total, dice := Default(), New(0), Totals{}, sim.NewRand(1, "dice")
		s.Emitter, s.RefusedPercent = x.emitter, 100
		take(p, &s, &total, "a", "b")
		p.Begin()
		for range s.RetryLimit {
			p.Try(&s, &dice, &total, func(Item) { t.Errorf("%s took an item", x.emitter) })
		}
		if p.Spent(&s) != x.spent || p.Left() != 2 || total.Retries != s.RetryLimit-1 {
			t.Errorf("%s: spent %t, %d left, %+v", x.emitter, p.Spent(&s), p.Left(), total)
		}
	}
}

// What a destination shows is bounded, and a copy goes its own way.
func TestDestination(t *testing.T) {
	var d Destination
	for i := range kept + 5 {
		d.Add(Batch{Items: int64(i), First: "1", Last: "2"})
	}
	c := d.Clone()
	d.Add(Batch{})
	all := c.Batches()
	if len(all) != kept || all[0].Items != 5 || all[kept-1].Name() != "1-2" || len(d.Batches()) != kept || d.Batches()[0].Items != 6 {
		t.Errorf("%d batches from %+v", len(all), all[0])
	}
	var a, b bytes.Buffer
	if d.State(&a); a.Len() == 0 {
		t.Error("the state is empty")
	}
	if c.State(&b); bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two destinations have one state")
	}
}
