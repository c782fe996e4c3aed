// Package scaler holds the function that scales a stream: what people build from CloudWatch metrics, a Lambda function and
// UpdateShardCount, because provisioned streams have no auto-scaling of their own.
//
// A scaler is a client like any other: it looks and acts through operations alone, handed in as [World.Do], and is refused
// as any client is. It runs when an alarm invokes it, and each so many seconds when it is told so; who made it and who
// invokes it is the region's business.
package scaler

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// Bounds and defaults of the settings.
const (
	// MostFactor is by how much one step scales at the most, and half of one at the least.
	// Source: API Reference, UpdateShardCount: no more than double the open shards, no fewer than half of them.
	MostFactor       = 2.0
	LeastFactor      = 0.5
	DefaultCooldown  = 5 * time.Minute // Ours
	DefaultEvery     = time.Minute     // Ours: as often as there are new points
	InvocationDelay  = time.Second     // between an alarm's change and the function's run. Ours
	MaxShards        = 10_000          // of Max. Source: API Reference, UpdateShardCount
	MaxSeconds       = 86400           // of CooldownSeconds and EverySeconds. Ours
	metricResolution = time.Minute     // Source: Developer Guide, "Monitoring ... with Amazon CloudWatch"
)

// Settings say what the function does. They are complete and checked: the region fills defaults in.
type Settings struct {
	Name            string
	StreamName      string
	Metric          string  // of the stream, in its sum; "" when an alarm alone decides
	High, Low       float64 // of the metric, a second and open shard: above High it scales out, below Low in; 0 is no bound
	Factor          float64 // out by this, in by its inverse; without a Metric always by this
	Min, Max        int64   // open shards
	CooldownSeconds int64   // after a change of shards
	EverySeconds    int64   // how often it runs by itself; 0 is only when an alarm invokes it
	Role            string  // user or role it acts as; "" may do all
	ResetAlarm      bool    // puts the alarms that invoke it back to INSUFFICIENT_DATA, so that they can fire again
}

// Totals is what the function did in all.
type Totals struct{ Invocations, Scaled, Refused int64 }

// A NoticeKind says what a Notice is about.
type NoticeKind uint8

// The notices of a scaler.
const (
	Scaled  NoticeKind = iota // the stream is on its way from From to To shards, because of Why
	Cooling                   // it would be, but the last change is too young: until Until
	Bounded                   // it would be, but Min or Max is reached
	Refused                   // an operation was refused: Op, Err
)

// A Notice says what became of an invocation.
type Notice struct {
	Kind     NoticeKind
	From, To int64
	Why      string
	Until    sim.Instant
	Op       string
	Err      *aws.Error
}

// World is what a scaler acts on, handed in with every invocation.
type World struct {
	Sched  *sim.Schedule
	Owner  sim.Owner
	ARN    string // the function's
	Do     func(service, op string, body []byte) ([]byte, *aws.Error)
	Notify func(Notice)
}

// Kinds of a scaler's events.
const (
	evWake   uint16 = iota // it runs by itself
	EvInvoke               // an alarm invokes it
)

// A Scaler is one function.
type Scaler struct {
	set    Settings
	scaled sim.Instant // when it last changed the shards; 0 never
	wakeAt sim.Instant // when it runs by itself next; 0 never
	total  Totals
}

// New returns a scaler with settings that were checked.
func New(set Settings) *Scaler { return &Scaler{set: set} }

// Settings are what it was told, Total is what it did in all, and ScaledAt when it last changed the shards, 0 never.
func (s *Scaler) Settings() Settings    { return s.set }
func (s *Scaler) Total() Totals         { return s.total }
func (s *Scaler) ScaledAt() sim.Instant { return s.scaled }

// Clone returns a scaler that goes on from here on its own.
func (s *Scaler) Clone() *Scaler {
	c := *s
	return &c
}

// State writes all that the scaler holds.
func (s *Scaler) State(w io.Writer) { fmt.Fprintf(w, "scaler %+v\n", *s) }

// Apply gives it other settings from now on.
func (s *Scaler) Apply(set Settings, w World) {
	s.set = set
	s.wakeAt = 0
	s.Start(w)
}

// Start makes it run by itself from now on, when it is to.
func (s *Scaler) Start(w World) {
	if every := sim.Instant(s.set.EverySeconds * 1e6); every > 0 {
		s.wakeAt = (w.Sched.Now()/every + 1) * every // points are there at whole minutes
		w.Sched.At(s.wakeAt, w.Owner, evWake, 0)
	}
}

// Fire runs the function.
func (s *Scaler) Fire(w World, e sim.Event) {
	if e.Kind == evWake {
		if e.At != s.wakeAt {
			return // an earlier setting
		}
		s.Start(w)
	}
	s.Invoke(w)
}

// Invoke runs the function now.
func (s *Scaler) Invoke(w World) {
	s.total.Invocations++
	now := w.Sched.Now()
	open, ok := s.openShards(w)
	if !ok {
		return
	}
	target, why, ok := s.target(w, open)
	switch {
	case !ok:
	case target == open:
		w.Notify(Notice{Kind: Bounded, From: open, Why: why})
	case s.scaled != 0 && now < s.scaled.Add(s.cooldown()):
		w.Notify(Notice{Kind: Cooling, From: open, To: target, Why: why, Until: s.scaled.Add(s.cooldown())})
	default:
		in := struct {
			StreamName, ScalingType string
			TargetShardCount        int64
		}{s.set.StreamName, "UNIFORM_SCALING", target}
		if s.call(w, "kinesis", "UpdateShardCount", in, nil) {
			s.scaled = now
			s.total.Scaled++
			w.Notify(Notice{Kind: Scaled, From: open, To: target, Why: why})
		}
	}
	if s.set.ResetAlarm {
		s.reset(w)
	}
}

func (s *Scaler) cooldown() time.Duration {
	return time.Duration(s.set.CooldownSeconds) * time.Second
}

// openShards asks how many open shards the stream has.
func (s *Scaler) openShards(w World) (int64, bool) {
	var out struct {
		StreamDescriptionSummary struct{ OpenShardCount int64 }
	}
	ok := s.call(w, "kinesis", "DescribeStreamSummary", struct{ StreamName string }{s.set.StreamName}, &out)
	return out.StreamDescriptionSummary.OpenShardCount, ok && out.StreamDescriptionSummary.OpenShardCount > 0
}

// target is how many shards the stream should have, and why; false when they should stay as they are.
func (s *Scaler) target(w World, open int64) (target int64, why string, ok bool) {
	factor, why := s.set.Factor, "it was invoked"
	if s.set.Metric != "" {
		value, ok := s.measure(w)
		if !ok {
			return 0, "", false
		}
		value /= float64(open)
		unit := map[string]string{"Bytes": " B", "Count": ""}[cloudwatch.Unit(s.set.Metric)]
		words := func(bound float64, than string) string {
			return fmt.Sprintf("%s is %s%s a second and shard, %s %s", s.set.Metric, decimal(value), unit, than, decimal(bound))
		}
		switch {
		case s.set.High > 0 && value > s.set.High:
			why = words(s.set.High, "above")
		case s.set.Low > 0 && value < s.set.Low:
			factor, why = 1/factor, words(s.set.Low, "below")
		default:
			return 0, "", false
		}
	}
	target = min(max(int64(math.Ceil(float64(open)*factor-1e-9)), s.set.Min), s.set.Max)
	if factor > 1 {
		return max(target, open), why, true // a bound below what is open is no reason to scale in
	}
	return min(target, open), why, true
}

// measure is the metric's sum a second over the last whole minute.
func (s *Scaler) measure(w World) (float64, bool) {
	minute := sim.Instant(metricResolution.Microseconds())
	end := w.Sched.Now() / minute * minute
	type dimension struct{ Name, Value string }
	in := struct {
		Namespace, MetricName string
		Dimensions            []dimension
		StartTime, EndTime    aws.Timestamp
		Period                int64
		Statistics            []string
	}{cloudwatch.Namespace, s.set.Metric, []dimension{{"StreamName", s.set.StreamName}}, aws.Timestamp((end - minute) / 1000), aws.Timestamp(end / 1000),
		int64(metricResolution / time.Second), []string{cloudwatch.Sum}}
	var out struct{ Datapoints []struct{ Sum float64 } }
	if !s.call(w, "cloudwatch", "GetMetricStatistics", in, &out) {
		return 0, false
	}
	sum := 0.0
	for _, d := range out.Datapoints {
		sum += d.Sum
	}
	return sum / metricResolution.Seconds(), true
}

// reset puts the alarms that invoked it back to INSUFFICIENT_DATA. An alarm acts only when its state changes: without this
// one that stays in ALARM after the first step would never ask for a second.
func (s *Scaler) reset(w World) {
	var out struct{ MetricAlarms []struct{ AlarmName string } }
	in := struct{ ActionPrefix, StateValue string }{w.ARN, cloudwatch.Alarm}
	if !s.call(w, "cloudwatch", "DescribeAlarms", in, &out) {
		return
	}
	for _, a := range out.MetricAlarms {
		s.call(w, "cloudwatch", "SetAlarmState", struct{ AlarmName, StateValue, StateReason string }{a.AlarmName, cloudwatch.InsufficientData, "Reset by " + s.set.Name}, nil)
	}
}

// call runs an operation, reads its answer into out and says whether it was done.
func (s *Scaler) call(w World, service, op string, in, out any) bool {
	body, err := aws.Encode(in)
	if err != nil {
		panic("scaler: a request does not encode: " + err.Error())
	}
	answer, refused := w.Do(service, op, body)
	if refused != nil {
		s.total.Refused++
		w.Notify(Notice{Kind: Refused, Op: op, Err: refused})
		return false
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			panic("scaler: an answer of " + op + " does not decode: " + err.Error())
		}
	}
	return true
}

// Words says what the function does: "trips, above 800 IncomingRecords a second and shard times 2, 1 to 16 shards".
func (s Settings) Words() string {
	var parts []string
	name := s.Metric + " a second and shard"
	if s.Metric != "" && s.High > 0 {
		parts = append(parts, fmt.Sprintf("above %s %s times %s", decimal(s.High), name, decimal(s.Factor)))
	}
	if s.Metric != "" && s.Low > 0 {
		parts = append(parts, fmt.Sprintf("below %s %s divided by %s", decimal(s.Low), name, decimal(s.Factor)))
	}
	if s.Metric == "" {
		parts = append(parts, "times "+decimal(s.Factor)+" when it is invoked")
	}
	parts = append(parts, fmt.Sprintf("%d to %d shards", s.Min, s.Max))
	if s.CooldownSeconds > 0 {
		parts = append(parts, fmt.Sprintf("%d s between changes", s.CooldownSeconds))
	}
	return s.StreamName + ", " + strings.Join(parts, ", ")
}

// decimal writes a number with at most two decimals.
func decimal(f float64) string {
	s := fmt.Sprintf("%.2f", f)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
