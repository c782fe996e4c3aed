package lab

import (
	"math"
	"testing"
)

// TestDashboardHoldsValues reads a stream every three seconds: in between nobody says how much a call brings, and the
// dashboard shows the last that was said, not zero.
func TestDashboardHoldsValues(t *testing.T) {
	const file = `{"name":"t","start":"2026-03-02T08:00:00Z","seed":5,"world":[
		{"do":"kinesis.CreateStream","with":{"StreamName":"trips","ShardCount":1}},
		{"at":"10s","do":"lab.PutProducer","with":{"Name":"bikes","StreamName":"trips","RecordsPerSecond":50}},
		{"at":"11s","do":"lab.PutConsumer","with":{"Name":"board","StreamName":"trips","PollMillis":3000}}],
		"goals":[{"id":"cause","text":"The cause","check":{"kind":"diagnosis"},"met":"{said}","unmet":"{said}"}],
		"incident":{"title":"Slow","severity":"SEV3","since":"08:00","words":"Slow.",
			"charts":[{"metric":"metric:AWS/Kinesis,GetRecords.Bytes,StreamName=trips","stat":"Average"},{"metric":"metric:AWS/Kinesis,GetRecords.Bytes,StreamName=trips","stat":"Sum"}],
			"causes":[
				{"id":"polls","text":"It polls too seldom","unproven":"Point at the reader.","proof":[{"of":["consumer:board"],"check":{"kind":"running","consumer":"board"},"text":"It runs."}]},
				{"id":"writer","text":"Nobody writes","counter":[{"check":{"kind":"running","producer":"bikes"},"text":"bikes run."}]},
				{"id":"reader","text":"Nobody reads","counter":[{"check":{"kind":"running","consumer":"board"},"text":"board runs."}]}]}}`
	l, err := New([]byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	l.AdvanceTo(60*second, 0)
	charts := l.Frame().Charts
	if len(charts) < 2 || charts[0].Of != "dashboard" || charts[1].Of != "dashboard" {
		t.Fatalf("%d charts, the first of %q", len(charts), charts[0].Of)
	}
	zeros := [2]int{}
	for i := range zeros {
		points := charts[i].Points
		for _, v := range points[len(points)-30:] {
			if v == 0 || math.IsNaN(v) {
				zeros[i]++
			}
		}
	}
	if zeros[0] != 0 || zeros[1] < 15 {
		t.Errorf("of 30 seconds the average is 0 in %d, want none, and the sum in %d, want some twenty", zeros[0], zeros[1])
	}
}
