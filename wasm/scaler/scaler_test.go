package scaler

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// begin is in the middle of a minute.
var begin = sim.At(time.Date(2026, 3, 2, 8, 0, 30, 0, time.UTC))

// fake is a world with one stream, whose metric has one sum for each minute.
type fake struct {
	sched  *sim.Schedule
	open   int64
	sum    map[sim.Instant]float64 // by the minute's beginning
	alarms []string
	deny   string // an operation that is refused
	calls  []string
	told   []Notice
}

func newFake(open int64) *fake {
	return &fake{sched: sim.NewSchedule(begin), open: open, sum: map[sim.Instant]float64{}}
}

func (f *fake) world() World {
	return World{Sched: f.sched, Owner: 7, ARN: "arn:aws:lambda:us-east-1:123456789012:function:grow", Do: f.do, Notify: func(n Notice) { f.told = append(f.told, n) }}
}

func (f *fake) do(service, op string, body []byte) ([]byte, *aws.Error) {
	f.calls = append(f.calls, service+"."+op+" "+string(body))
	if op == f.deny {
		return nil, aws.Errorf(aws.AccessDenied, "no")
	}
	var in struct {
		TargetShardCount   int64
		StartTime, EndTime aws.Timestamp
		Period             int64
	}
	if err := json.Unmarshal(body, &in); err != nil {
		panic(err)
	}
	switch op {
	case "DescribeStreamSummary":
		return fmt.Appendf(nil, `{"StreamDescriptionSummary":{"StreamName":"trips","OpenShardCount":%d}}`, f.open), nil
	case "UpdateShardCount":
		f.open = in.TargetShardCount
	case "GetMetricStatistics":
		if in.EndTime-in.StartTime != 60_000 || in.Period != 60 {
			return nil, aws.Errorf(aws.Validation, "from %d to %d by %d", in.StartTime, in.EndTime, in.Period)
		}
		if sum, ok := f.sum[sim.Instant(in.StartTime)*1000]; ok {
			return fmt.Appendf(nil, `{"Datapoints":[{"Sum":%v}]}`, sum), nil
		}
		return []byte(`{"Datapoints":[]}`), nil
	case "DescribeAlarms":
		var names []string
		for _, a := range f.alarms {
			names = append(names, `{"AlarmName":"`+a+`"}`)
		}
		return []byte(`{"MetricAlarms":[` + strings.Join(names, ",") + `]}`), nil
	}
	return []byte("{}"), nil
}

// to lets time pass and the scaler run by itself.
func (f *fake) to(s *Scaler, d time.Duration) {
	for {
		e, ok := f.sched.Pop(begin.Add(d))
		if !ok {
			return
		}
		s.Fire(f.world(), e)
	}
}

func settings(change func(*Settings)) Settings {
	set := Settings{Name: "grow", StreamName: "trips", Factor: 2, Min: 1, Max: 100}
	if change != nil {
		change(&set)
	}
	return set
}

// What one invocation makes of the shards there are, and of the metric in the whole minute before.
func TestTarget(t *testing.T) {
	metric := func(high, low float64) func(*Settings) {
		return func(s *Settings) { s.Metric, s.High, s.Low = cloudwatch.IncomingRecords, high, low }
	}
	for _, row := range []struct {
		name   string
		change func(*Settings)
		open   int64
		sum    float64 // of the last whole minute; -1 is no point
		want   int64
		kind   NoticeKind
		why    string
	}{
		{"an alarm alone doubles", nil, 3, -1, 6, Scaled, "it was invoked"},
		{"more than Max are open: it does not scale in for that", func(s *Settings) { s.Max = 4 }, 6, -1, 6, Bounded, "it was invoked"},
		{"fewer than Min are open: it does not scale out for that", func(s *Settings) { s.Factor, s.Min = 0.5, 8 }, 6, -1, 6, Bounded, "it was invoked"},
		{"half again, rounded up", func(s *Settings) { s.Factor = 1.5 }, 3, -1, 5, Scaled, "it was invoked"},
		{"a whole result is not rounded up", func(s *Settings) { s.Factor = 1.1 }, 10, -1, 11, Scaled, "it was invoked"},
		{"down", func(s *Settings) { s.Factor = 0.5 }, 5, -1, 3, Scaled, "it was invoked"},
		{"no further than Max", func(s *Settings) { s.Max = 5 }, 3, -1, 5, Scaled, "it was invoked"},
		{"at Max", func(s *Settings) { s.Max = 3 }, 3, -1, 3, Bounded, "it was invoked"},
		{"at Min", func(s *Settings) { s.Factor, s.Min = 0.5, 2 }, 2, -1, 2, Bounded, "it was invoked"},
		{"above High", metric(700, 0), 2, 2*60*700 + 1, 4, Scaled, "IncomingRecords is 700.01 a second and shard, above 700"},
		{"at High", metric(700, 200), 2, 2 * 60 * 700, 2, 99, ""},
		{"below Low", metric(700, 200), 4, 4*60*200 - 60, 2, Scaled, "IncomingRecords is 199.75 a second and shard, below 200"},
		{"at Low", metric(700, 200), 4, 4 * 60 * 200, 4, 99, ""},
		{"without a bound below", metric(700, 0), 4, 0, 4, 99, ""},
		{"a minute without a point is 0", metric(700, 200), 4, -1, 2, Scaled, "IncomingRecords is 0 a second and shard, below 200"},
		{"bytes have their unit", func(s *Settings) { metric(1000, 0)(s); s.Metric = cloudwatch.IncomingBytes }, 1, 60 * 2500, 2, Scaled, "IncomingBytes is 2500 B a second and shard, above 1000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFake(row.open)
			if row.sum >= 0 {
				f.sum[begin.Add(-90*time.Second)] = row.sum // 07:59
			}
			f.sum[begin.Add(-30*time.Second)] = 1e9 // 08:00, which is not over
			s := New(settings(row.change))
			s.Invoke(f.world())
			if f.open != row.want {
				t.Errorf("of %d shards it makes %d, want %d", row.open, f.open, row.want)
			}
			switch {
			case row.kind == 99 && len(f.told) > 0:
				t.Errorf("it tells %+v", f.told)
			case row.kind != 99 && (len(f.told) != 1 || f.told[0].Kind != row.kind || f.told[0].Why != row.why || f.told[0].From != row.open || row.kind == Scaled && f.told[0].To != row.want):
				t.Errorf("it tells %+v, want kind %d because %q", f.told, row.kind, row.why)
			}
			scaled := int64(0)
			if row.kind == Scaled {
				scaled = 1
			}
			if got := s.Total(); got != (Totals{Invocations: 1, Scaled: scaled}) {
				t.Errorf("in all it did %+v", got)
			}
		})
	}
}

// After a change it waits for its cooldown: a microsecond before its end it says so, and at its end it acts.
func TestCooldown(t *testing.T) {
	f := newFake(1)
	s := New(settings(func(set *Settings) { set.CooldownSeconds = 300 }))
	s.Invoke(f.world())
	f.sched.Pop(begin.Add(300*time.Second - time.Microsecond))
	s.Invoke(f.world())
	if n := f.told[len(f.told)-1]; f.open != 2 || n.Kind != Cooling || n.To != 4 || n.Until != begin.Add(300*time.Second) || s.ScaledAt() != begin {
		t.Errorf("just before the end of its cooldown there are %d shards, and it tells %+v", f.open, n)
	}
	f.sched.Pop(begin.Add(300 * time.Second))
	if s.Invoke(f.world()); f.open != 4 {
		t.Errorf("at its end there are %d shards", f.open)
	}
}

// What is refused is told and counted, and ends the invocation without a change; a change that was refused begins no cooldown.
func TestRefused(t *testing.T) {
	for op, calls := range map[string]int{"DescribeStreamSummary": 1, "GetMetricStatistics": 2, "UpdateShardCount": 3} {
		f := newFake(1)
		f.deny = op
		f.sum[begin.Add(-90*time.Second)] = 1e6
		s := New(settings(func(set *Settings) { set.Metric, set.High, set.CooldownSeconds = cloudwatch.IncomingRecords, 700, 300 }))
		s.Invoke(f.world())
		if f.open != 1 || s.ScaledAt() != 0 || s.Total() != (Totals{Invocations: 1, Refused: 1}) || len(f.calls) != calls {
			t.Errorf("refused %s: %d shards, %+v after %q", op, f.open, s.Total(), f.calls)
		}
		if len(f.told) != 1 || f.told[0].Kind != Refused || f.told[0].Op != op || f.told[0].Err.Code != aws.AccessDenied {
			t.Errorf("refused %s, it tells %+v", op, f.told)
		}
		f.deny = ""
		if s.Invoke(f.world()); f.open != 2 {
			t.Errorf("allowed %s, there are %d shards", op, f.open)
		}
	}
}

// It resets the alarms that invoke it, those in ALARM alone, whether or not it scaled.
func TestReset(t *testing.T) {
	f := newFake(3)
	f.alarms = []string{"hot", "late"}
	s := New(settings(func(set *Settings) { set.Max, set.ResetAlarm = 3, true }))
	s.Invoke(f.world())
	want := []string{
		`kinesis.DescribeStreamSummary {"StreamName":"trips"}`,
		`cloudwatch.DescribeAlarms {"ActionPrefix":"arn:aws:lambda:us-east-1:123456789012:function:grow","StateValue":"ALARM"}`,
		`cloudwatch.SetAlarmState {"AlarmName":"hot","StateValue":"INSUFFICIENT_DATA","StateReason":"Reset by grow"}`,
		`cloudwatch.SetAlarmState {"AlarmName":"late","StateValue":"INSUFFICIENT_DATA","StateReason":"Reset by grow"}`,
	}
	if !slices.Equal(f.calls, want) {
		t.Errorf("it calls %q", f.calls)
	}
}

// By itself it runs at whole multiples of its period; other settings take the place of those before at once, and a copy goes on
// as the original does.
func TestRunsByItself(t *testing.T) {
	f := newFake(1)
	f.sum[begin.Add(30*time.Second)] = 1e6 // 08:01
	s := New(settings(func(set *Settings) { set.Metric, set.High, set.EverySeconds = cloudwatch.IncomingRecords, 700, 60 }))
	s.Start(f.world())
	f.to(s, 89*time.Second)
	if s.Total().Invocations != 1 || f.open != 1 {
		t.Errorf("until 08:01:59 it ran %d times, and there are %d shards", s.Total().Invocations, f.open)
	}
	f.to(s, 90*time.Second)
	if s.Total().Invocations != 2 || f.open != 2 {
		t.Errorf("at 08:02 it ran %d times, and there are %d shards", s.Total().Invocations, f.open)
	}
	c := s.Clone()
	set := s.Settings()
	set.EverySeconds = 300
	s.Apply(set, f.world())
	f.to(s, 269*time.Second)
	if s.Total().Invocations != 2 {
		t.Errorf("told to run each five minutes, it ran %d times until 08:04:59", s.Total().Invocations)
	}
	f.to(s, 270*time.Second)
	if s.Total().Invocations != 3 {
		t.Errorf("at 08:05 it ran %d times", s.Total().Invocations)
	}
	if c.Total().Invocations != 2 || c.Settings().EverySeconds != 60 {
		t.Errorf("its copy has %+v and did %+v", c.Settings(), c.Total())
	}
	var one, two strings.Builder
	c.State(&one)
	c.Clone().State(&two)
	if one.String() != two.String() {
		t.Errorf("a copy is\n%s, not\n%s", &two, &one)
	}
}

func TestWords(t *testing.T) {
	for want, change := range map[string]func(*Settings){
		"trips, times 2 when it is invoked, 1 to 100 shards": nil,
		"trips, above 700 IncomingRecords a second and shard times 1.5, 2 to 8 shards, 60 s between changes": func(s *Settings) {
			s.Metric, s.High, s.Factor, s.Min, s.Max, s.CooldownSeconds = "IncomingRecords", 700, 1.5, 2, 8, 60
		},
		"trips, above 700 Incoming a second and shard times 2, below 20.25 Incoming a second and shard divided by 2, 1 to 100 shards": func(s *Settings) { s.Metric, s.High, s.Low = "Incoming", 700, 20.25 },
	} {
		if got := settings(change).Words(); got != want {
			t.Errorf("it is %q, want %q", got, want)
		}
	}
}
