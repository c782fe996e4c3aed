package lab

import (
	"fmt"
	"slices"
	"strings"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
	"shardlab/wasm/scaler"
)

// controls are the alarms by name, then the functions that scale in the order in which they were made, as drawn.
func (l *Lab) controls() (all []protocol.Control) {
	r := l.run.region
	for _, a := range r.CloudWatch().Alarms() {
		c := protocol.Control{Ref: "alarm:" + *a.AlarmName, Name: *a.AlarmName, State: a.StateValue, Text: watches(a), Note: a.StateReason}
		for _, d := range a.Dimensions {
			if *d.Name == "StreamName" {
				c.Stream = *d.Value
			}
		}
		for _, arn := range slices.Concat(a.AlarmActions, a.OKActions, a.InsufficientDataActions) {
			if name, _ := r.CloudWatch().Function(arn); !slices.Contains(c.Acts, "scaler:"+name) {
				c.Acts = append(c.Acts, "scaler:"+name)
			}
		}
		all = append(all, c)
	}
	for _, s := range r.Scalers() {
		set := s.Settings()
		all = append(all, protocol.Control{Ref: "scaler:" + set.Name, Name: set.Name, Stream: set.StreamName, Text: scales(set), Note: l.scaled(s)})
	}
	return all
}

// compared are AWS's comparisons as they are written in a formula.
var compared = map[string]string{"GreaterThanOrEqualToThreshold": "≥", "GreaterThanThreshold": ">", "LessThanThreshold": "<", "LessThanOrEqualToThreshold": "≤"}

// watches says what an alarm compares: "Sum of IncomingRecords in 1 min > 96,000".
func watches(a cloudwatch.MetricAlarm) string {
	what := "a metric of its queries"
	if a.MetricName != nil {
		statistic := ""
		for _, s := range []*string{a.Statistic, a.ExtendedStatistic} { // it has one of the two
			if s != nil {
				statistic = *s
			}
		}
		what = fmt.Sprintf("%s of %s in %s", statistic, *a.MetricName, region.Millis(*a.Period*1000))
	}
	return what + " " + compared[*a.ComparisonOperator] + " " + region.Decimal(float64(*a.Threshold))
}

// scales says within which bounds a function scales, and by how much.
func scales(set scaler.Settings) string {
	return fmt.Sprintf("%d to %s, by %s", set.Min, region.Count(set.Max, "shard"), region.Decimal(set.Factor))
}

// scaled says what a function that scales did last.
func (l *Lab) scaled(s *scaler.Scaler) string {
	t := s.Total()
	switch {
	case t.Invocations == 0:
		return "not invoked yet"
	case s.ScaledAt() == 0:
		return "invoked " + region.Count(t.Invocations, "time") + ", scaled nothing"
	}
	return "scaled at " + s.ScaledAt().Time().Format("15:04:05") + ", " + region.Count(t.Scaled, "time") + " in all"
}

// controlSheet is what there is to know of an alarm, or of a function that scales.
func (l *Lab) controlSheet(ref string) (protocol.Sheet, bool) {
	all := l.controls()
	i := slices.IndexFunc(all, func(c protocol.Control) bool { return c.Ref == ref })
	if i < 0 {
		return protocol.Sheet{}, false
	}
	c := all[i]
	facts := protocol.Section{Title: "Now", Rows: [][]protocol.Cell{row("Setting", c.Text)}}
	if c.Stream != "" {
		facts.Rows = append(facts.Rows, []protocol.Cell{{Text: "Stream"}, {Text: c.Stream, Ref: region.StreamRef(c.Stream), Mono: true}})
	}
	for _, to := range c.Acts {
		facts.Rows = append(facts.Rows, []protocol.Cell{{Text: "Invokes"}, {Text: strings.TrimPrefix(to, "scaler:"), Ref: to, Mono: true}})
	}
	s := protocol.Sheet{Ref: ref, Kind: "CloudWatch alarm", Title: c.Name}
	if c.State != "" {
		facts.Rows = append(facts.Rows, row("State", c.State), row("Why", c.Note))
		one, list := region.JSON(c.Name), region.JSON([]string{c.Name})
		s.Commands = []string{l.Command("cloudwatch", "DescribeAlarms", fmt.Appendf(nil, `{"AlarmNames":%s}`, list)),
			l.Command("cloudwatch", "SetAlarmState", fmt.Appendf(nil, `{"AlarmName":%s,"StateValue":"ALARM","StateReason":"test"}`, one)),
			l.Command("cloudwatch", "DeleteAlarms", fmt.Appendf(nil, `{"AlarmNames":%s}`, list))}
	} else {
		f := l.run.region.Scalers()[i-len(l.run.region.CloudWatch().Alarms())]
		s.Kind = "Function that scales"
		facts.Rows = append(facts.Rows, row("Last", c.Note), row("Invoked", region.Count(f.Total().Invocations, "time")), row("Calls refused", region.Number(f.Total().Refused)), row("Does", f.Settings().Words()))
		s.Commands = []string{"lab invoke-scaler --name " + c.Name, "lab list-scalers", "lab delete-scaler --name " + c.Name}
	}
	s.Sections = []protocol.Section{facts}
	return s, true
}
