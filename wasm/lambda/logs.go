package lambda

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// Bounds of logs. Ours.
const (
	keptLines = 1000      // of a function
	maxLine   = 4 << 10   // bytes of a line
	maxLines  = 50        // of one invocation, beside those of Lambda itself
	maxText   = 256 << 10 // bytes of a function's log
)

// A LogEvent is a line in CloudWatch Logs.
type LogEvent struct {
	At     sim.Instant
	Stream string // "2026/03/02/[$LATEST]6bcbe9d2…"
	Text   string
}

// A logGroup is the log of a function, the newest lines of it.
type logGroup struct {
	lines sim.List[LogEvent]
	bytes int
	id    string // of the log stream
}

func (g *logGroup) clone() logGroup {
	c := *g
	c.lines = g.lines.Clone()
	return c
}

func (g *logGroup) state(b *bufio.Writer) {
	for i := g.lines.First(); i < g.lines.Next(); i++ {
		e := g.lines.At(i)
		fmt.Fprintf(b, "  %d %s %q\n", e.At, e.Stream, e.Text)
	}
}

func (g *logGroup) add(at sim.Instant, text string) {
	text = cut(text, maxLine)
	g.lines.Append(LogEvent{at, at.Time().Format("2006/01/02/") + "[$LATEST]" + g.id, text})
	g.bytes += len(text)
	for g.lines.Len() > keptLines || g.bytes > maxText {
		g.bytes -= len(g.lines.At(g.lines.First()).Text)
		g.lines.TrimTo(g.lines.First() + 1)
	}
}

// millis writes a duration as Lambda reports it.
func millis(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}

// report is the last line of an invocation.
// Source: Lambda Developer Guide, "Viewing logs for Lambda functions".
func (o *outcome) report(f *function) string {
	billed := (o.duration + time.Millisecond - 1) / time.Millisecond
	text := fmt.Sprintf("REPORT RequestId: %s\tDuration: %s\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB",
		o.request, millis(o.duration), billed, f.MemoryMB, o.memory)
	if o.init > 0 {
		text += "\tInit Duration: " + millis(o.init)
	}
	switch o.fault {
	case "Sandbox.Timedout":
		text += "\tStatus: timeout"
	case "Runtime.OutOfMemory":
		text += "\tStatus: error\tError Type: " + o.fault
	}
	return text
}

// texts are the lines of an invocation with their instants.
func (o *outcome) texts(f *function, each func(at sim.Instant, text string)) {
	begun := o.begun.Add(o.init)
	end := begun.Add(o.duration)
	stamp := func(at sim.Instant) string { return at.Time().Format("2006-01-02T15:04:05.000Z") }
	each(begun, "START RequestId: "+o.request+" Version: $LATEST")
	for i, l := range o.lines {
		if i == maxLines {
			each(end, fmt.Sprintf("%d more lines are not kept: the lab keeps %d of an invocation", len(o.lines)-maxLines, maxLines))
			break
		}
		at := begun.Add(min(max(l.After, 0), o.duration))
		each(at, strings.Join([]string{stamp(at), o.request, cut(l.Level, 16), l.Text}, "\t"))
	}
	switch o.fault {
	case "Sandbox.Timedout":
		each(end, fmt.Sprintf("%s %s Task timed out after %d.00 seconds", stamp(end), o.request, f.Timeout))
	case "Lab.NoJavaScript":
		each(end, stamp(end)+"\t"+o.request+"\tERROR\t"+o.message)
	}
	each(end, "END RequestId: "+o.request)
	each(end, o.report(f))
}

func (g *logGroup) invocation(f *function, o *outcome, id string) {
	if g.id == "" {
		g.id = strings.ReplaceAll(id, "-", "")
	}
	o.texts(f, g.add)
}

// Logs is the log of a function, oldest line first.
func (s *Service) Logs(name string) []LogEvent {
	f := s.find(name)
	if f == nil {
		return nil
	}
	var all []LogEvent
	for i := f.logs.lines.First(); i < f.logs.lines.Next(); i++ {
		all = append(all, *f.logs.lines.At(i))
	}
	return all
}

// FilterLogEventsInput is the request of FilterLogEvents, as far as the lab has it.
// Source: CloudWatch Logs API Reference.
type FilterLogEventsInput struct {
	LogGroupName  *string `json:"logGroupName" aws:"required,len=1..512"`
	FilterPattern *string `json:"filterPattern,omitempty" aws:"len=0..1024"`
	StartTime     *int64  `json:"startTime,omitempty"`
	EndTime       *int64  `json:"endTime,omitempty"`
	Limit         *int64  `json:"limit,omitempty" aws:"val=1..10000"`
}

// FilteredLogEvent is a line as FilterLogEvents answers it; times are milliseconds since 1970.
type FilteredLogEvent struct {
	LogStreamName string `json:"logStreamName"`
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
}

// FilterLogEventsOutput is the answer of FilterLogEvents.
type FilterLogEventsOutput struct {
	Events []FilteredLogEvent `json:"events"`
}

// DescribeLogGroupsInput asks for the log groups there are.
type DescribeLogGroupsInput struct {
	LogGroupNamePrefix *string `json:"logGroupNamePrefix,omitempty" aws:"len=1..512"`
}

// LogGroup is a log group.
type LogGroup struct {
	LogGroupName string `json:"logGroupName"`
	StoredBytes  int64  `json:"storedBytes"`
}

// DescribeLogGroupsOutput lists the log groups by name.
type DescribeLogGroupsOutput struct {
	LogGroups []LogGroup `json:"logGroups"`
}

const groupPrefix = "/aws/lambda/"

func logsHelp(path string) string {
	switch path {
	case "logGroupName":
		return "The log group: /aws/lambda/ and the function's name."
	case "filterPattern":
		return "Words that a line must hold, each of them; as they are, not as a pattern of JSON."
	case "startTime":
		return "Only lines from then on, in milliseconds since 1970."
	case "endTime":
		return "Only lines before then, in milliseconds since 1970."
	case "limit":
		return "Most lines; the newest are shown."
	case "logGroupNamePrefix":
		return "What the name begins with."
	}
	return ""
}

// logsTable lists the operations of service "logs". It never changes.
var logsTable = aws.Table{
	aws.Op("logs", "DescribeLogGroups", "Lists the log groups: one for each function that ran.", logsHelp, (*Service).describeLogGroups),
	aws.Op("logs", "FilterLogEvents", "Shows the lines of a function's log.", logsHelp, (*Service).filterLogEvents),
}

// LogsOperations lists the operations of CloudWatch Logs.
func LogsOperations() []aws.Operation { return logsTable.Operations() }

// DecodeLogs reads a request of CloudWatch Logs; the error is an *aws.Error.
func DecodeLogs(name string, body []byte) (aws.Request, error) { return logsTable.Decode(name, body) }

func (s *Service) describeLogGroups(in *DescribeLogGroupsInput) (*DescribeLogGroupsOutput, error) {
	out := &DescribeLogGroupsOutput{LogGroups: []LogGroup{}}
	for _, f := range s.functions {
		name := groupPrefix + f.Name
		if f.logs.lines.Next() > 0 && (in.LogGroupNamePrefix == nil || strings.HasPrefix(name, *in.LogGroupNamePrefix)) {
			out.LogGroups = append(out.LogGroups, LogGroup{name, int64(f.logs.bytes)})
		}
	}
	return out, nil
}

func (s *Service) filterLogEvents(in *FilterLogEventsInput) (*FilterLogEventsOutput, error) {
	name, ok := strings.CutPrefix(*in.LogGroupName, groupPrefix)
	f := s.find(name)
	if !ok || f == nil || f.logs.lines.Next() == 0 {
		return nil, aws.Errorf(aws.ResourceNotFound, "The specified log group does not exist.").
			WithHint("A function writes to /aws/lambda/ and its name, from its first invocation on. aws logs describe-log-groups shows the groups there are.")
	}
	var words []string
	if in.FilterPattern != nil {
		if strings.ContainsAny(*in.FilterPattern, `{}[]"%?`) {
			return nil, aws.Errorf("InvalidParameterException", "The lab's filter patterns are words alone.").
				WithHint("Write --filter-pattern ERROR, or leave it out and use grep.")
		}
		words = strings.Fields(*in.FilterPattern)
	}
	out := &FilterLogEventsOutput{Events: []FilteredLogEvent{}}
	for i := f.logs.lines.First(); i < f.logs.lines.Next(); i++ {
		e := f.logs.lines.At(i)
		ms := int64(e.At) / 1000
		fits := (in.StartTime == nil || ms >= *in.StartTime) && (in.EndTime == nil || ms < *in.EndTime)
		for _, w := range words {
			fits = fits && strings.Contains(e.Text, w)
		}
		if fits {
			out.Events = append(out.Events, FilteredLogEvent{e.Stream, ms, e.Text})
		}
	}
	if n := len(out.Events); in.Limit != nil && int64(n) > *in.Limit {
		out.Events = out.Events[int64(n)-*in.Limit:]
	}
	return out, nil
}
