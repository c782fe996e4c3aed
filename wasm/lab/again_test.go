package lab

import (
	"fmt"
	"reflect"
	"testing"
)

// TestAgain holds that a lab begun again is as New gave it: the first frame, what is kept, what time and the learner make of it, and
// the way back are the same, and the one it began from stays as it was.
func TestAgain(t *testing.T) {
	left, fresh := open(t, busy), open(t, busy)
	before := left.State()
	again := Again(left)
	want, got := fresh.Frame(), again.Frame()
	if fmt.Sprint(want.Charts) != fmt.Sprint(got.Charts) { // they have NaN for what is not there, which is not like itself
		t.Error("the first frame has other charts")
	}
	if want.Charts, got.Charts = nil, nil; len(want.Flights) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("the first frame is\n%.2000v\nwant\n%.2000v", got, want)
	}
	for _, l := range []*Lab{fresh, again} {
		for i, d := range deeds {
			must(t, l, l.Now()+int64(i%5)*20_009)
			l.DoAs(d.As, d.Service, d.Op, d.Body, "")
		}
		end := l.Now()
		l.SeekNow(l.Opened() + second)
		must(t, l, end)
	}
	same(t, "a lab begun again", fresh.State(), again.State())
	if fresh.Log() != again.Log() {
		t.Errorf("the log is\n%s\nwant\n%s", again.Log(), fresh.Log())
	}
	same(t, "the lab that was left alone", before, left.State())
	same(t, "a lab begun once more, after another has gone on", before, Again(left).State())

	must(t, left, left.Now()+second)
	defer func() {
		if recover() == nil {
			t.Error("a lab that went on is begun again")
		}
	}()
	Again(left)
}
