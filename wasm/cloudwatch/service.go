package cloudwatch

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// Namespace is the namespace of the metrics of Data Streams. Clients write metrics into namespaces of their own, see [In].
// Source: Developer Guide, "Monitoring the Amazon Kinesis Data Streams service with Amazon CloudWatch".
const Namespace = "AWS/Kinesis"

// resolution is how far apart the points of AWS/Kinesis lie; one appears when its minute is over.
// Source: as for Namespace. AWS shows a point within minutes; that it is at once is ours.
const resolution = time.Minute

// listed is how long after its last value a metric is listed: two weeks; recent the same for RecentlyActive, three hours.
// Source: API Reference, ListMetrics.
const (
	listed = 14 * 24 * time.Hour
	recent = 3 * time.Hour
)

// Bounds of single calls.
const (
	maxPoints      = 1440    // of GetMetricStatistics. Source: API Reference, GetMetricStatistics
	maxDatapoints  = 100_800 // of GetMetricData. Source: API Reference, GetMetricData
	listPage       = 500     // of ListMetrics. Source: API Reference, ListMetrics
	alarmPage      = 50      // of DescribeAlarms when MaxRecords is left out. Ours
	maxAlarms      = 100     // of the account. Ours: AWS's quota is 5,000 in a Region
	maxAlarmWindow = 86400   // seconds that an alarm looks back, Period × EvaluationPeriods. Source: API Reference, PutMetricAlarm
)

// Config says where and for whom the service runs.
type Config struct {
	Region, Account string

	// Shown says whether the API shows a series, and from when on; nil shows all.
	Shown func(Key) (since sim.Instant, ok bool)
	// Notify is told when an alarm changes its state; nil tells nobody.
	Notify func(Change)
}

// A Change is an alarm's way from one state to another, with the actions that are due.
type Change struct {
	Alarm    string
	Old, New string
	Reason   string
	Actions  []string // ARNs; empty when the alarm's actions are not enabled
}

// A Service is CloudWatch in one account and Region.
type Service struct {
	cfg    Config
	sched  *sim.Schedule
	owner  sim.Owner
	store  *Store
	alarms []*alarm    // by name
	tick   sim.Instant // when alarms are evaluated next; 0 while there are none
}

// NewService returns a service without alarms for the metrics in store. Its events come back to Fire under owner.
func NewService(cfg Config, sched *sim.Schedule, owner sim.Owner, store *Store) *Service {
	return &Service{cfg: cfg, sched: sched, owner: owner, store: store}
}

// Clone returns a service that goes on from here on its own, on copies of the schedule and the metrics. hooks sets the
// functions of its Config; the copy has none of the original's.
func (s *Service) Clone(sched *sim.Schedule, store *Store, hooks func(*Config)) *Service {
	c := &Service{cfg: s.cfg, sched: sched, owner: s.owner, store: store, tick: s.tick}
	c.cfg.Shown, c.cfg.Notify = nil, nil
	hooks(&c.cfg)
	for _, a := range s.alarms {
		copied := *a
		c.alarms = append(c.alarms, &copied)
	}
	return c
}

// State writes all that the service holds beside its metrics, in a fixed order.
func (s *Service) State(w io.Writer) {
	fmt.Fprintf(w, "alarms %d next %d\n", len(s.alarms), s.tick)
	for _, a := range s.alarms {
		b, err := aws.Encode(a.describe(s))
		if err != nil {
			panic("cloudwatch: an alarm does not encode: " + err.Error())
		}
		fmt.Fprintf(w, " %s\n", b)
	}
}

// A Dimension is a name and a value that tell one metric from another.
type Dimension struct {
	Name  *string `aws:"required,len=1..255"`
	Value *string `aws:"required,len=1..1024"`
}

// table lists the operations by name. It never changes.
var table = aws.Table{
	aws.Act("cloudwatch", "DeleteAlarms", "Deletes alarms.", helpOf, (*Service).DeleteAlarms),
	aws.Op("cloudwatch", "DescribeAlarms", "Tells what alarms there are and in which state.", helpOf, (*Service).DescribeAlarms),
	aws.Op("cloudwatch", "GetMetricData", "Gives points of several metrics, and of expressions over them.", helpOf, (*Service).GetMetricData),
	aws.Op("cloudwatch", "GetMetricStatistics", "Gives points of one metric.", helpOf, (*Service).GetMetricStatistics),
	aws.Op("cloudwatch", "ListMetrics", "Lists the metrics there are.", helpOf, (*Service).ListMetrics),
	aws.Act("cloudwatch", "PutMetricAlarm", "Makes an alarm that watches a metric, or changes it.", helpOf, (*Service).PutMetricAlarm),
	aws.Act("cloudwatch", "SetAlarmState", "Puts an alarm into a state until it is evaluated again.", helpOf, (*Service).SetAlarmState),
}

// Operations lists the operations by name.
func Operations() []aws.Operation { return table.Operations() }

// Decode reads one operation as it comes over the wire. CloudWatch calls a broken constraint a ValidationError.
func Decode(name string, body []byte) (aws.Request, error) {
	r, err := table.Decode(name, body)
	if e, ok := err.(*aws.Error); ok && e.Code == aws.Validation {
		e.Code = ValidationError
	}
	return r, err
}

// Codes of CloudWatch's own. Source: API Reference, "Common Errors" and the operations' Errors sections.
const (
	ValidationError             aws.Code = "ValidationError"
	InvalidParameterValue       aws.Code = "InvalidParameterValue"
	InvalidParameterCombination aws.Code = "InvalidParameterCombination"
	MissingParameter            aws.Code = "MissingParameter"
	InvalidNextToken            aws.Code = "InvalidNextToken"
	ResourceNotFound            aws.Code = "ResourceNotFound"
	LimitExceeded               aws.Code = "LimitExceeded"
)

// helpOf says a line about a member, in our own words.
func helpOf(path string) string {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		path = path[i+1:]
	}
	return help[path]
}

var help = map[string]string{
	"Namespace":                        Namespace + ", or a client's own, such as KinesisProducerLibrary.",
	"MetricName":                       "Name of the metric, such as IncomingRecords.",
	"Dimensions":                       "StreamName, and ShardId or ConsumerName for a metric of one shard or consumer.",
	"StartTime":                        "The beginning, which is included.",
	"EndTime":                          "The end, which is not.",
	"Period":                           "Seconds that a point covers: a multiple of 60.",
	"Statistics":                       "Sum, Average, Minimum, Maximum, SampleCount.",
	"Statistic":                        "Sum, Average, Minimum, Maximum or SampleCount.",
	"Stat":                             "Sum, Average, Minimum, Maximum, SampleCount, or a percentile such as p99.",
	"ExtendedStatistics":               "Percentiles of times, such as p50, p99 or p99.9.",
	"ExtendedStatistic":                "A percentile of times, such as p99, in place of Statistic.",
	"EvaluateLowSampleCountPercentile": "ignore: the state stays while too few values make a percentile; evaluate: it does not.",
	"Unit":                             "Only points in this unit: Bytes, Count or Milliseconds.",
	"MetricDataQueries":                "Metrics and expressions, each with an Id.",
	"Expression":                       "Arithmetic over other Ids: m1+m2, m1/PERIOD(m1), SUM(m1).",
	"ScanBy":                           "Newest points first, or oldest.",
	"RecentlyActive":                   "PT3H: only metrics with a point in the last three hours.",
	"AlarmName":                        "Name of the alarm.",
	"AlarmNames":                       "Names of alarms.",
	"AlarmActions":                     "ARNs of what is done when it goes to ALARM: functions of the lab.",
	"OKActions":                        "The same for OK.",
	"InsufficientDataActions":          "The same for INSUFFICIENT_DATA.",
	"ComparisonOperator":               "How the statistic is compared with the threshold.",
	"Threshold":                        "What the statistic is compared with.",
	"EvaluationPeriods":                "How many of the latest periods are looked at.",
	"DatapointsToAlarm":                "How many of them must breach; all, when left out.",
	"TreatMissingData":                 "missing, notBreaching, breaching or ignore.",
	"Metrics":                          "Queries in place of a metric; one of them returns data.",
	"StateValue":                       "OK, ALARM or INSUFFICIENT_DATA.",
	"StateReason":                      "Why, in words.",
}

// invalid is the answer to a parameter that cannot be.
func invalid(format string, args ...any) *aws.Error {
	return aws.Errorf(InvalidParameterValue, format, args...)
}

// checkPeriod refuses a period that AWS/Kinesis has no points for. AWS takes shorter ones too and answers with nothing;
// the words are ours.
func checkPeriod(path string, seconds int64) error {
	if seconds > 0 && seconds%60 == 0 && seconds <= math.MaxInt32 { // a period is an integer of 32 bits
		return nil
	}
	return invalid("The parameter %s must be a multiple of 60.", path).
		WithHint("%s has a point a minute: 60, 300 or 3600 seconds are periods.", Namespace)
}

// checkSpan refuses times in the wrong order.
func checkSpan(from, to aws.Timestamp) error {
	if from < to {
		return nil
	}
	return invalid("The parameter StartTime must be less than the parameter EndTime.").
		WithHint("StartTime is the earlier one. date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ prints the present instant.")
}

// noStatistic refuses a statistic that a member cannot have. Source of the words: answers of the service in public issues.
func noStatistic(stat, member string) error {
	return invalid("The value %s for parameter %s is not supported.", stat, member).
		WithHint("A percentile is written p50, p99 or p99.9, up to p100. The lab keeps no trimmed means, counts or ranks (tm, wm, tc, ts, pr).")
}

// find returns the series that dimensions name, and from when on the API shows it; nil when there is none.
func (s *Service) find(namespace, metric string, dims []Dimension) (*Series, sim.Instant) {
	var pairs []string
	for _, d := range dims {
		pairs = append(pairs, *d.Name, *d.Value)
	}
	k := Key{Metric: metric}
	var named bool
	if k.Dims, named = Named(namespace, pairs...); !named {
		return nil, 0
	}
	if namespace == Namespace && metric == putRecordsRecords {
		k.Metric = PutRecordsSuccessfulRecords
	}
	sr, ok := s.store.Lookup(k.Metric, k.Dims)
	since, shown := s.shown(k)
	if !ok || !shown {
		return nil, 0
	}
	return sr, since
}

// Named returns the dimensions that CloudWatch calls by these names, each with its value behind it; it is not ok when no metric of
// AWS/Kinesis has them.
func Named(namespace string, pairs ...string) (d Dims, ok bool) {
	if namespace != Namespace {
		return In(namespace, pairs...), true
	}
	d.Shard = StreamLevel
	for i := 0; i+1 < len(pairs); i += 2 {
		switch value := pairs[i+1]; pairs[i] {
		case "StreamName":
			d.Stream = value
		case "ShardId":
			n, err := strconv.ParseInt(strings.TrimPrefix(value, "shardId-"), 10, 32)
			if err != nil || value != shardID(int32(n)) {
				return d, false
			}
			d.Shard = int32(n)
		case "ConsumerName":
			d.Consumer = value
		default:
			return d, false
		}
	}
	return d, true
}

// shown says whether the API shows a series, and from when on. What is kept for the bill or counted by a client is no metric.
func (s *Service) shown(k Key) (sim.Instant, bool) {
	if strings.HasPrefix(k.Metric, HiddenBill) || strings.HasPrefix(k.Metric, HiddenCount) {
		return 0, false
	}
	if s.cfg.Shown == nil || k.namespace != "" {
		return 0, true
	}
	return s.cfg.Shown(k)
}

// Shows says whether the API shows a metric now; those of a shard it shows while enhanced monitoring is on.
func (s *Service) Shows(k Key) bool {
	_, ok := s.shown(k)
	return ok
}

func shardID(n int32) string { return fmt.Sprintf("shardId-%012d", n) }

// dimensions are those of a series, in the order in which AWS lists them.
func (k Key) dimensions() []Dimension {
	var all []Dimension
	pairs := k.Dims.Pairs()
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, Dimension{&pairs[i], &pairs[i+1]})
	}
	return all
}

// Pairs are the names of the dimensions, each with its value behind it, in the order in which AWS lists them.
func (d Dims) Pairs() []string {
	if d.namespace != "" {
		words := strings.Split(d.pairs, pairEnd)
		return words[:len(words)/2*2]
	}
	var all []string
	if d.Shard != StreamLevel {
		all = append(all, "ShardId", shardID(d.Shard))
	}
	if d.Consumer != "" {
		all = append(all, "ConsumerName", d.Consumer)
	}
	return append(all, "StreamName", d.Stream)
}

// retained is how far back points of a period reach.
// Source: CloudWatch user guide, metrics retention.
func retained(period time.Duration) time.Duration {
	const day = 24 * time.Hour
	switch {
	case period < 5*time.Minute:
		return 15 * day
	case period < time.Hour:
		return 63 * day
	}
	return 455 * day
}

// gather returns what came together in each period from the one of from on, as far back as CloudWatch keeps points of that
// period, for statistics. A minute's point is there when the minute is over; longer periods hold what they have so far.
func (s *Service) gather(sr *Series, since, from, to sim.Instant, length time.Duration, stats ...string) []period {
	p := sim.Instant(length / time.Microsecond)
	if now := s.sched.Now(); to > now {
		to = now
		if length > resolution {
			to = now + p - 1
		}
	}
	from = max(from, s.sched.Now().Add(-retained(length)))
	from = sim.Instant(floorDiv(int64(from), int64(p))) * p
	if sr == nil {
		sr = &Series{}
	}
	all := sr.buckets(from, to, length, stats...)
	for i := range all {
		all[i].at = int64(from) + int64(i)*int64(p)
		if sim.Instant(all[i].at)+p <= since {
			all[i].count = 0
		}
	}
	return all
}
