package cloudwatch

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// States of an alarm.
const (
	OK               = "OK"
	Alarm            = "ALARM"
	InsufficientData = "INSUFFICIENT_DATA"
)

// PutMetricAlarmInput says what an alarm watches: a metric, or in Metrics queries of which one returns data.
type PutMetricAlarmInput struct {
	AlarmName                        *string           `aws:"required,len=1..255"`
	AlarmDescription                 *string           `json:",omitempty" aws:"len=0..1024"`
	ActionsEnabled                   *bool             `json:",omitempty"`
	OKActions                        []string          `aws:"items=0..5"`
	AlarmActions                     []string          `aws:"items=0..5"`
	InsufficientDataActions          []string          `aws:"items=0..5"`
	MetricName                       *string           `json:",omitempty" aws:"len=1..255"`
	Namespace                        *string           `json:",omitempty" aws:"len=1..255"`
	Statistic                        *string           `json:",omitempty" aws:"enum=Statistic"`
	ExtendedStatistic                *string           `json:",omitempty"`
	EvaluateLowSampleCountPercentile *string           `json:",omitempty"`
	Dimensions                       []Dimension       `aws:"items=0..30"`
	Period                           *int64            `json:",omitempty" aws:"val=1.."`
	Unit                             *string           `json:",omitempty" aws:"enum=StandardUnit"`
	EvaluationPeriods                *int64            `aws:"required,val=1.."`
	DatapointsToAlarm                *int64            `json:",omitempty" aws:"val=1.."`
	Threshold                        *aws.Double       `json:",omitempty"`
	ComparisonOperator               *string           `aws:"required,enum=ComparisonOperator"`
	TreatMissingData                 *string           `json:",omitempty"`
	Metrics                          []MetricDataQuery `json:",omitempty" aws:"items=1..100"`
}

// An alarm watches a statistic. Its configuration is replaced, never changed.
type alarm struct {
	PutMetricAlarmInput
	updated sim.Instant // of the configuration
	state   string
	reason  string
	since   sim.Instant // when the state was set last
	changed sim.Instant // when it last became another
}

// A MetricAlarm is an alarm as DescribeAlarms tells it.
type MetricAlarm struct {
	AlarmArn string
	PutMetricAlarmInput
	AlarmConfigurationUpdatedTimestamp aws.Timestamp
	StateValue                         string
	StateReason                        string
	StateUpdatedTimestamp              aws.Timestamp
	StateTransitionedTimestamp         aws.Timestamp
}

func (a *alarm) describe(s *Service) MetricAlarm {
	ms := func(at sim.Instant) aws.Timestamp { return aws.Timestamp(at / 1000) }
	return MetricAlarm{s.AlarmARN(*a.AlarmName), a.PutMetricAlarmInput,
		ms(a.updated), a.state, a.reason, ms(a.since), ms(a.changed)}
}

// AlarmARN is the ARN of an alarm of the account.
func (s *Service) AlarmARN(name string) string {
	return "arn:aws:cloudwatch:" + s.cfg.Region + ":" + s.cfg.Account + ":alarm:" + name
}

// PutMetricAlarm makes an alarm, which is INSUFFICIENT_DATA until it is evaluated, or gives one of that name another
// configuration and leaves its state.
func (s *Service) PutMetricAlarm(in *PutMetricAlarmInput) error {
	if err := s.checkAlarm(in); err != nil {
		return err
	}
	c := *in
	yes := true
	c.ActionsEnabled = cmp.Or(in.ActionsEnabled, &yes)
	for _, list := range []*[]string{&c.OKActions, &c.AlarmActions, &c.InsufficientDataActions} {
		*list = append([]string{}, *list...)
	}
	c.Dimensions = append([]Dimension{}, c.Dimensions...)
	now := s.sched.Now()
	i, there := s.search(*in.AlarmName)
	if there {
		s.alarms[i].PutMetricAlarmInput, s.alarms[i].updated = c, now
		return nil
	}
	if len(s.alarms) >= maxAlarms {
		return aws.Errorf(LimitExceeded, "The account has %d alarms already.", maxAlarms).WithHint("Delete an alarm first.")
	}
	s.alarms = sim.Insert(s.alarms, i, &alarm{c, now, InsufficientData, "Unchecked: Initial alarm creation", now, now})
	s.plan()
	return nil
}

// checkAlarm refuses an alarm that cannot be. The words are ours.
func (s *Service) checkAlarm(in *PutMetricAlarmInput) error {
	both := func(a, b string) error {
		return aws.Errorf(InvalidParameterCombination, "The parameters %s and %s cannot be specified together.", a, b).WithHint("Leave one of them out.")
	}
	missing := func(name string) error {
		return aws.Errorf(MissingParameter, "The parameter %s must be specified.", name).WithHint("An alarm on one metric has Namespace, MetricName, Statistic and Period; any alarm has Threshold.")
	}
	period := int64(0)
	switch {
	case in.Statistic != nil && in.ExtendedStatistic != nil:
		return both("Statistic", "ExtendedStatistic")
	case in.ExtendedStatistic != nil && !IsPercentile(*in.ExtendedStatistic):
		return noStatistic(*in.ExtendedStatistic, "ExtendedStatistic")
	case in.EvaluateLowSampleCountPercentile != nil && *in.EvaluateLowSampleCountPercentile != "ignore" && *in.EvaluateLowSampleCountPercentile != "evaluate":
		return invalid("Value '%s' at 'evaluateLowSampleCountPercentile' must be evaluate or ignore.", *in.EvaluateLowSampleCountPercentile).WithHint("Leave it out for evaluate.")
	case in.Threshold == nil:
		return missing("Threshold")
	case in.Metrics != nil && in.MetricName != nil:
		return both("MetricName", "Metrics")
	case in.Metrics != nil && (in.Period != nil || in.stat() != nil || in.Namespace != nil || in.Dimensions != nil):
		return both("Metrics", "those of a single metric")
	case in.Metrics != nil:
		all, err := s.answer(in.Metrics, 0, 0)
		if err != nil {
			return err
		}
		if len(all) != 1 {
			return badQueries("%d queries return data.", len(all)).WithHint("Exactly one does: set ReturnData to false for the others.")
		}
		period = int64(all[0].period / time.Second)
	case in.MetricName == nil:
		return missing("MetricName")
	case in.Namespace == nil:
		return missing("Namespace")
	case in.stat() == nil:
		return missing("Statistic")
	case in.Period == nil:
		return missing("Period")
	default:
		period = *in.Period
	}
	if err := checkPeriod("Period", period); err != nil {
		return err
	}
	switch {
	case period**in.EvaluationPeriods > maxAlarmWindow || *in.EvaluationPeriods > maxAlarmWindow:
		return invalid("The alarm looks back %d periods of %d seconds, which exceeds the limit of %d seconds.", *in.EvaluationPeriods, period, maxAlarmWindow).WithHint("Use fewer or shorter periods.")
	case in.DatapointsToAlarm != nil && *in.DatapointsToAlarm > *in.EvaluationPeriods:
		return invalid("The parameter DatapointsToAlarm must be less than or equal to the parameter EvaluationPeriods.").WithHint("It says how many of the EvaluationPeriods must breach.")
	case in.TreatMissingData != nil && !slices.Contains([]string{"missing", "notBreaching", "breaching", "ignore"}, *in.TreatMissingData):
		return invalid("Value '%s' at 'treatMissingData' must be one of missing, notBreaching, breaching, ignore.", *in.TreatMissingData).WithHint("Leave it out for missing.")
	}
	for _, arn := range slices.Concat(in.OKActions, in.AlarmActions, in.InsufficientDataActions) {
		if name, ok := s.Function(arn); !ok || name == "" {
			return aws.Errorf(ValidationError, "Invalid alarm action %s: this lab invokes functions only.", arn).
				WithHint("Make a function with lab put-scaler and give its ARN, %sNAME.", s.functionARN())
		}
	}
	return nil
}

func (s *Service) functionARN() string {
	return "arn:aws:lambda:" + s.cfg.Region + ":" + s.cfg.Account + ":function:"
}

// FunctionARN is the ARN of a function of the account, and Function the name in one; false when it is none.
func (s *Service) FunctionARN(name string) string { return s.functionARN() + name }
func (s *Service) Function(arn string) (string, bool) {
	return strings.CutPrefix(arn, s.functionARN())
}

func (s *Service) search(name string) (int, bool) {
	return slices.BinarySearchFunc(s.alarms, name, func(a *alarm, name string) int { return cmp.Compare(*a.AlarmName, name) })
}

// DescribeAlarmsInput asks for alarms, all of them when nothing is said.
type DescribeAlarmsInput struct {
	AlarmNames      []string `aws:"items=0..100"`
	AlarmNamePrefix *string  `aws:"len=1..255"`
	StateValue      *string  `aws:"enum=StateValue"`
	ActionPrefix    *string  `aws:"len=1..1024"`
	MaxRecords      *int64   `aws:"val=1..100"`
	NextToken       *string
}

// DescribeAlarmsOutput lists alarms by name.
type DescribeAlarmsOutput struct {
	MetricAlarms []MetricAlarm
	NextToken    *string `json:",omitempty"`
}

// DescribeAlarms tells what alarms there are, page by page.
func (s *Service) DescribeAlarms(in *DescribeAlarmsInput) (*DescribeAlarmsOutput, error) {
	if in.AlarmNames != nil && in.AlarmNamePrefix != nil {
		return nil, aws.Errorf(InvalidParameterCombination, "AlarmNames and AlarmNamePrefix cannot be specified together.").WithHint("Leave one of them out.")
	}
	from, err := page(in.NextToken)
	if err != nil {
		return nil, err
	}
	most, place := alarmPage, 0
	if in.MaxRecords != nil {
		most = int(*in.MaxRecords)
	}
	out := &DescribeAlarmsOutput{MetricAlarms: []MetricAlarm{}}
	for _, a := range s.alarms {
		acts := func(list []string) bool {
			return slices.ContainsFunc(list, func(arn string) bool { return strings.HasPrefix(arn, *in.ActionPrefix) })
		}
		if in.AlarmNames != nil && !slices.Contains(in.AlarmNames, *a.AlarmName) ||
			in.AlarmNamePrefix != nil && !strings.HasPrefix(*a.AlarmName, *in.AlarmNamePrefix) ||
			in.StateValue != nil && a.state != *in.StateValue ||
			in.ActionPrefix != nil && !acts(a.AlarmActions) && !acts(a.OKActions) && !acts(a.InsufficientDataActions) {
			continue
		}
		if place++; place <= from {
			continue
		}
		if len(out.MetricAlarms) == most {
			out.NextToken = token(from + most)
			break
		}
		out.MetricAlarms = append(out.MetricAlarms, a.describe(s))
	}
	return out, nil
}

// A Threshold is what an alarm compares a statistic of a metric with.
type Threshold struct {
	Alarm, State string
	Comparison   string // GreaterThanThreshold
	Period       time.Duration
	Value        float64
}

// Thresholds are those of the alarms on one metric and statistic, by the alarms' names.
func (s *Service) Thresholds(k Key, stat string) []Threshold {
	var all []Threshold
	for _, a := range s.alarms {
		if a.MetricName == nil || *a.MetricName != k.Metric || *a.Namespace != k.Namespace() || *a.stat() != stat {
			continue
		}
		var pairs []string
		for _, d := range a.Dimensions {
			pairs = append(pairs, *d.Name, *d.Value)
		}
		if d, ok := Named(*a.Namespace, pairs...); ok && d == k.Dims {
			all = append(all, Threshold{*a.AlarmName, a.state, *a.ComparisonOperator, time.Duration(*a.Period) * time.Second, float64(*a.Threshold)})
		}
	}
	return all
}

// DeleteAlarmsInput names alarms.
type DeleteAlarmsInput struct {
	AlarmNames []string `aws:"required,items=0..100"`
}

// DeleteAlarms deletes alarms, all of them or, when one is not there, none.
func (s *Service) DeleteAlarms(in *DeleteAlarmsInput) error {
	for _, name := range in.AlarmNames {
		if _, err := s.alarm(name); err != nil {
			return err
		}
	}
	s.alarms = slices.DeleteFunc(s.alarms, func(a *alarm) bool { return slices.Contains(in.AlarmNames, *a.AlarmName) })
	return nil
}

func (s *Service) alarm(name string) (*alarm, error) {
	i, ok := s.search(name)
	if !ok {
		return nil, aws.Errorf(ResourceNotFound, "Alarm %s does not exist.", name).WithHint("describe-alarms lists the alarms there are.")
	}
	return s.alarms[i], nil
}

// SetAlarmStateInput puts an alarm into a state.
type SetAlarmStateInput struct {
	AlarmName   *string `aws:"required,len=1..255"`
	StateValue  *string `aws:"required,enum=StateValue"`
	StateReason *string `aws:"required,len=0..1023"`
}

// SetAlarmState puts an alarm into a state, with the actions of a change to it; the next evaluation finds its own.
func (s *Service) SetAlarmState(in *SetAlarmStateInput) error {
	a, err := s.alarm(*in.AlarmName)
	if err != nil {
		return err
	}
	s.become(a, *in.StateValue, *in.StateReason)
	return nil
}

// plan sees to it that the alarms are evaluated when the running minute is over.
func (s *Service) plan() {
	if s.tick == 0 && len(s.alarms) > 0 {
		s.tick = sim.Instant(floorDiv(int64(s.sched.Now()), resolution.Microseconds())+1) * sim.Instant(resolution.Microseconds())
		s.sched.At(s.tick, s.owner, 0, 0)
	}
}

// Fire evaluates the alarms whose period ends now.
func (s *Service) Fire(sim.Event) {
	s.tick = 0
	for _, a := range slices.Clone(s.alarms) {
		s.evaluate(a)
	}
	s.plan()
}

// evaluate looks at an alarm's latest periods. AWS evaluates once a minute, and looks at a longer period while it runs;
// here a longer one is looked at when it ends.
func (s *Service) evaluate(a *alarm) {
	queries := a.Metrics
	if queries == nil {
		id := "m"
		queries = []MetricDataQuery{{Id: &id, MetricStat: &MetricStat{&Metric{a.Namespace, a.MetricName, a.Dimensions}, a.Period, a.stat(), a.Unit}}}
	}
	now, n := s.sched.Now(), int(*a.EvaluationPeriods)
	probe, err := s.answer(queries, now, now)
	if err != nil || len(probe) != 1 {
		panic("cloudwatch: an alarm that was checked has no query that returns data")
	}
	period := probe[0].period
	if int64(now)%period.Microseconds() != 0 {
		return
	}
	all, err := s.answer(queries, now.Add(-time.Duration(n)*period), now)
	if err != nil {
		panic("cloudwatch: queries of an alarm that was checked are refused: " + err.Error())
	}
	if few := a.EvaluateLowSampleCountPercentile; few != nil && *few == "ignore" && a.ExtendedStatistic != nil {
		count, samples := SampleCount, uint64(0)
		queries[0].MetricStat.Stat = &count
		counts, _ := s.answer(queries, now.Add(-time.Duration(n)*period), now) // queries that were answered for the percentile
		for _, c := range counts[0].points {
			if !math.IsNaN(c) {
				samples += uint64(c)
			}
		}
		of, _ := percentile(*a.ExtendedStatistic)
		if tail := min(of, whole-of); samples > 0 && tail > 0 && samples < (10*whole+tail-1)/tail { // 10 values lie in the tail
			return
		}
	}
	need := n
	if a.DatapointsToAlarm != nil {
		need = int(*a.DatapointsToAlarm)
	}
	missing := "missing"
	if a.TreatMissingData != nil {
		missing = *a.TreatMissingData
	}
	breaching, fine, unknown := []string(nil), []string(nil), 0
	first := now.Add(-time.Duration(n) * period)
	for i, v := range all[0].points {
		text := fmt.Sprintf("%s (%s)", javaDouble(v), first.Add(time.Duration(i)*period).Time().Format("02/01/06 15:04:05"))
		switch {
		case math.IsNaN(v) && missing == "breaching":
			breaching = append(breaching, "missing")
		case math.IsNaN(v) && missing == "notBreaching":
			fine = append(fine, "missing")
		case math.IsNaN(v):
			unknown++
		case a.breaches(v):
			breaching = append(breaching, text)
		default:
			fine = append(fine, text)
		}
	}
	known := len(breaching) + len(fine)
	switch {
	case len(breaching) >= need, known > 0 && known < need && len(fine) == 0: // what is there breaches, and it cannot be more
		s.become(a, Alarm, a.crossed(breaching, known+unknown, need, ""))
	case known == 0 && missing == "ignore":
	case known == 0:
		s.become(a, InsufficientData, fmt.Sprintf("Insufficient Data: %s unknown.", plural(unknown, "datapoint was", "datapoints were")))
	default:
		s.become(a, OK, a.crossed(fine, known+unknown, n-need+1, "not "))
	}
}

// stat is the statistic of an alarm on one metric, a percentile or another; nil when none is named.
func (in *PutMetricAlarmInput) stat() *string { return cmp.Or(in.Statistic, in.ExtendedStatistic) }

func (a *alarm) breaches(v float64) bool {
	t := float64(*a.Threshold)
	switch *a.ComparisonOperator {
	case "GreaterThanOrEqualToThreshold":
		return v >= t
	case "GreaterThanThreshold":
		return v > t
	case "LessThanThreshold":
		return v < t
	}
	return v <= t
}

// crossed words why an alarm is in its state.
// Source: StateReason of real alarms in public issues and documentation.
func (a *alarm) crossed(points []string, of, need int, not string) string {
	words := map[string]string{
		"GreaterThanOrEqualToThreshold": "greater than or equal to", "GreaterThanThreshold": "greater than",
		"LessThanThreshold": "less than", "LessThanOrEqualToThreshold": "less than or equal to",
	}[*a.ComparisonOperator]
	were, way := "was", "OK -> ALARM"
	if len(points) > 1 {
		were = "were"
	}
	if not != "" {
		way = "ALARM -> OK"
	}
	return fmt.Sprintf("Threshold Crossed: %d out of the last %d datapoints [%s] %s %s%s the threshold (%s) (minimum %s for %s transition).",
		len(points), of, strings.Join(points, ", "), were, not, words, javaDouble(float64(*a.Threshold)), plural(need, "datapoint", "datapoints"), way)
}

func plural(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return strconv.Itoa(n) + " " + many
}

// javaDouble writes a number with at least one decimal, as AWS's reasons do.
func javaDouble(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// become puts an alarm into a state and tells of a change.
func (s *Service) become(a *alarm, state, reason string) {
	old, now := a.state, s.sched.Now()
	if state == old {
		return
	}
	a.state, a.reason, a.since, a.changed = state, reason, now, now
	if s.cfg.Notify == nil {
		return
	}
	c := Change{Alarm: *a.AlarmName, Old: old, New: state, Reason: reason}
	if *a.ActionsEnabled {
		c.Actions = map[string][]string{OK: a.OKActions, Alarm: a.AlarmActions, InsufficientData: a.InsufficientDataActions}[state]
	}
	s.cfg.Notify(c)
}

// Alarms lists the alarms by name, to look at.
func (s *Service) Alarms() []MetricAlarm {
	all := make([]MetricAlarm, len(s.alarms))
	for i, a := range s.alarms {
		all[i] = a.describe(s)
	}
	return all
}
