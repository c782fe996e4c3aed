package grade

import (
	"cmp"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/load"
	"shardlab/wasm/region"
)

// producerFigures are those of a producer with an AWS SDK, kplFigures those of one with the KPL: of user records where nothing else
// is said.
var (
	producerFigures = []string{"made", "accepted", "lost", "retried", "duplicates", "requests", "sent", "refused", "timed-out", "per-request", "waiting"}
	kplFigures      = []string{"made", "accepted", "lost", "retried", "duplicates", "requests", "kinesis-records", "refused", "timed-out", "expired", "wrong-shard",
		"per-record", "per-request", "buffered", "outstanding"}
)

// wholeRun are those that no second of a producer is remembered of.
var wholeRun = []string{"timed-out", "expired", "wrong-shard"}

// did fills the figures that every producer has.
func did(s load.Second, sent string, f Figures) {
	for _, x := range []struct {
		name string
		n    int32
	}{{"made", s.Made}, {"accepted", s.Accepted}, {"lost", s.Lost}, {"retried", s.Retried}, {"duplicates", s.Duplicates}, {"requests", s.Calls}, {sent, s.Sent}, {"refused", s.Refused}} {
		f.count(x.name, int64(x.n))
	}
}

// ever fills those of them with what a producer did in all.
func ever(f Figures, made, accepted, lost, retried, duplicates, requests, refused int64) {
	f.count("made", made)
	f.count("accepted", accepted)
	f.count("lost", lost)
	f.count("retried", retried)
	f.count("duplicates", duplicates)
	f.count("requests", requests)
	f.count("refused", refused)
}

// kept is how many seconds a window has; without one, as many as a producer remembers.
func kept(window time.Duration) int64 { return int64(cmp.Or(window, time.Hour) / time.Second) }

func findProducer(v *View, name string, window time.Duration, f Figures) bool {
	p, ok := v.Region.Producer(name)
	if !ok {
		return false
	}
	t := p.Total()
	f.count("timed-out", t.TimedOut)
	f.count("waiting", int64(p.Waiting()))
	did(p.Lately(v.Region.Now(), kept(window)), "sent", f)
	f.part("per-request", f["sent"].Number, f["requests"].Number) // both of the same seconds
	if window == 0 {
		ever(f, t.Made, t.Accepted, t.Lost, t.Retried, t.Duplicates, t.Calls, t.Refused)
	}
	return true
}

func findKPL(v *View, name string, window time.Duration, f Figures) bool {
	p, ok := v.Region.KPLProducer(name)
	if !ok {
		return false
	}
	t := p.Total()
	f.count("timed-out", t.TimedOut)
	f.count("expired", t.Expired)
	f.count("wrong-shard", t.WrongShard)
	f.count("outstanding", int64(p.Outstanding()))
	did(p.Lately(v.Region.Now(), kept(window)), "kinesis-records", f)
	if window == 0 {
		ever(f, t.Made, t.Accepted, t.Lost, t.Retried, t.Duplicates, t.Calls, t.Refused)
		f.count("kinesis-records", t.Sent)
	}
	f.part("per-record", f["accepted"].Number+f["retried"].Number, f["kinesis-records"].Number)
	f.part("per-request", f["kinesis-records"].Number, f["requests"].Number)
	f.millis("buffered", mean(v, cloudwatch.BufferingTime, cloudwatch.In(cloudwatch.ProducerLibrary, "StreamName", p.Settings().StreamName), cmp.Or(window, MaxWindow)))
	return true
}

// agentFigures are those of a Kinesis Agent: how it stands, then what it counted.
var agentFigures = append([]string{"behind", "waiting", "dropped"}, region.AgentCounts...)

func findAgent(v *View, name string, window time.Duration, f Figures) bool {
	a, ok := v.Region.Agent(name)
	if !ok {
		return false
	}
	ever := region.AgentTotals(a)
	counted(v, region.ProducerRef(name), region.AgentCounts, ever[:], window, f)
	behind := int64(0)
	for _, t := range a.Tailers() {
		behind += a.Behind(t)
	}
	f.count("behind", behind)
	f.count("waiting", int64(a.Waiting()))
	f.count("dropped", a.Dropped())
	return true
}
