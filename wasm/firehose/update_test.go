package firehose

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// update changes the destination of trips.
func (w *world) update(member, body string) {
	w.t.Helper()
	st, _ := w.s.Stream("trips")
	w.must("UpdateDestination", fmt.Sprintf(`{"DeliveryStreamName":"trips","DestinationId":"destinationId-000000000001","CurrentDeliveryStreamVersionId":"%d",%q:{%s}}`, st.Version(), member, body))
}

// TestAJobKeepsItsStages changes the processor while a batch is in it: the batch goes on as it began.
func TestAJobKeepsItsStages(t *testing.T) {
	begin := func() *world {
		w := newWorld(t)
		w.create("trips", hints1and60+`,"ErrorOutputPrefix":"failed/"`+processing(lambda+"|BufferSizeInMBs=0.2|BufferIntervalInSeconds=0"))
		return w
	}
	for _, change := range []string{`"ProcessingConfiguration":{"Enabled":false}`, processing("Decompression", lambda)[1:]} {
		w := begin() // without a function: it is invoked four times, and then the record fails
		w.lines("trips", "a")
		w.after(500 * time.Millisecond)
		w.update("ExtendedS3DestinationUpdate", change)
		c := w.clone()
		w.after(10 * time.Minute)
		c.after(10 * time.Minute)
		if got, _ := w.failures("failed/"); len(got) != 1 || !strings.HasPrefix(got[0], "Lambda.ResourceNotFound") || w.asked != 4 {
			t.Errorf("%s: the function was invoked %d times, failed %q", change, w.asked, got)
		}
		if w.state() != c.state() {
			t.Errorf("%s: a copy went on otherwise", change)
		}
	}

	w := begin()
	w.function = func(event map[string]any, _ int) (string, time.Duration, string, error) {
		return echo(event, nil), 10 * time.Second, "", nil
	}
	w.lines("trips", "a")
	w.after(time.Second)
	w.update("ExtendedS3DestinationUpdate", processing("Decompression", lambda)[1:])
	w.after(10 * time.Minute)
	if w.asked != 1 || w.text("2026/") != "a" {
		t.Errorf("the function was invoked %d times, the bucket holds %q", w.asked, w.text("2026/"))
	}
}
