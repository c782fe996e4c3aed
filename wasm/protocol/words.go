package protocol

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Where is where a run stands, as words for instants need it.
type Where struct {
	Now       int64 `json:"now"`
	Opened    int64 `json:"opened"`
	StartUnix int64 `json:"startUnix"`
}

// UntilWords says what a run may wait for, in the words that [ReadCondition] takes.
const UntilWords = `"first throttle", "write refused", "read refused", "record expires", "23h59m before record expires", "flush", "caught up", "shard opens", "shard closes", "alarm", "goal", "event", "metric IncomingRecords of STREAM above 900", or an instant: 1:30, +30s, +7d, at 08:41`

// phrases are what can be waited for by kind of event, without small words.
var phrases = []struct {
	words string // apart by |
	kinds []string
}{
	{"event", nil},
	{"throttle|throttled|throttling|refusal", []string{EventWriteRefused, EventReadRefused}},
	{"write refused|writes refused|refused write|write throttle|write throttled|write-refused", []string{EventWriteRefused}},
	{"read refused|reads refused|refused read|read throttle|read throttled|read-refused", []string{EventReadRefused}},
	{"flush|buffer flush|buffer flushed|flushed|delivery|delivered", []string{UntilFlush}},
	{"caught up|caught-up|consumer caught up", []string{EventCaughtUp}},
	{"behind|falls behind|consumer falls behind", []string{EventBehind}},
	{"shard opens|shard opened|shard-opened", []string{EventShardOpened}},
	{"shard closes|shard closed|shard-closed", []string{EventShardClosed}},
	{"shard opens or closes|shard opens closes|reshard|resharding", []string{EventShardOpened, EventShardClosed}},
	{"shard expires|shard expired|shard-expired", []string{EventShardExpired}},
	{"alarm|alarm changes", []string{EventAlarm}},
	{"goal|goal met|goal changes", []string{EventGoal}},
	{"lost|loss|record lost|records lost", []string{EventLost}},
	{"fault", []string{EventFault}},
}

// small are words that change nothing.
var small = []string{"until", "the", "a", "an", "next", "first", "is", "are", "has", "have", "its", "any"}

// ReadCondition reads what a run waits for, as a person writes it; see [UntilWords]. The error says what to write instead.
func ReadCondition(text string, w Where) (c Condition, err error) {
	var words []string
	for _, f := range strings.Fields(strings.Trim(strings.TrimSpace(text), `"'`)) {
		if !slices.Contains(small, strings.ToLower(f)) {
			words = append(words, f)
		}
	}
	if len(words) == 0 {
		return c, fmt.Errorf("until what? Write %s.", UntilWords)
	}
	if i := slices.Index(words, "before"); i > 0 {
		d, ok := ReadSpan(strings.Join(words[:i], ""))
		if c.Record, _ = recordIn(words[i+1:]); !ok || c.Record == "" {
			return c, fmt.Errorf(`%q is not understood. Write how long before which expiry, as "23h59m before record expires" or "1h before record 49… expires".`, text)
		}
		c.Before = d
		return c, nil
	}
	if strings.EqualFold(words[0], "metric") {
		c.Metric, err = readCrossing(words[1:])
		return c, err
	}
	if record, ok := recordIn(words); ok {
		c.Record = record
		return c, nil
	}
	plain := strings.ToLower(strings.Join(words, " "))
	of := words
	if i := slices.IndexFunc(words, func(s string) bool { return s == "of" || s == "in" || s == "on" }); i > 0 && i == len(words)-2 {
		c.Of, of = words[i+1], words[:i]
	}
	named := strings.ToLower(strings.Join(of, " "))
	if rest, ok := strings.CutSuffix(named, " caught up"); ok && len(of) == 3 && rest != "consumer" {
		named, c.Of = "caught up", of[0]
	}
	for _, p := range phrases {
		if slices.Contains(strings.Split(p.words, "|"), named) {
			c.Kinds = p.kinds
			return c, nil
		}
	}
	c.Of = ""
	if c.At, err = ReadInstant(plain, w); err != nil {
		return c, err
	}
	if c.At <= 0 && w.Now >= 0 { // an instant of 0 would be none
		c.At = 1
	}
	return c, nil
}

// recordIn finds the record whose expiry words speak of: its sequence number, or Oldest.
func recordIn(words []string) (record string, ok bool) {
	last := strings.ToLower(words[max(0, len(words)-1):][0])
	if !strings.HasPrefix(last, "expir") || len(words) > 1 && strings.EqualFold(words[0], "shard") {
		return "", false
	}
	for _, s := range words {
		s = s[strings.LastIndexByte(s, '/')+1:]
		if len(s) >= 20 && strings.Trim(s, "0123456789") == "" {
			return s, true
		}
	}
	for _, s := range words[:len(words)-1] {
		if !slices.Contains([]string{"record", "records", "oldest", "retention", "of"}, strings.ToLower(s)) {
			return "", false
		}
	}
	return Oldest, true
}

// readCrossing reads IncomingRecords of trips above 900.
func readCrossing(words []string) (*Crossing, error) {
	const help = `Write "metric IncomingRecords of STREAM above 900"; "below" too, and Sum, Average, Minimum, Maximum, SampleCount, p50, p90 or p99 behind the name.`
	i := slices.IndexFunc(words, func(s string) bool {
		return slices.Contains([]string{"above", "over", ">", "below", "under", "<"}, strings.ToLower(s))
	})
	if i < 1 || i != len(words)-2 {
		return nil, fmt.Errorf("a metric needs a name and a value to cross. %s", help)
	}
	c := &Crossing{Metric: words[0], Below: slices.Contains([]string{"below", "under", "<"}, strings.ToLower(words[i]))}
	number, scale := strings.ReplaceAll(words[i+1], ",", ""), 1.0
	for _, x := range []struct {
		suffix string
		by     float64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"k", 1e3}, {"M", 1e6}} {
		if cut, ok := strings.CutSuffix(number, x.suffix); ok {
			number, scale = cut, x.by
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	v *= scale
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, fmt.Errorf("%q is no number. %s", words[i+1], help)
	}
	c.Value = v
	for rest := words[1:i]; len(rest) > 0; rest = rest[1:] {
		switch {
		case (rest[0] == "of" || rest[0] == "in" || rest[0] == "on") && len(rest) > 1:
			c.Of, rest = rest[1], rest[1:]
		case slices.ContainsFunc(Statistics, func(s string) bool { return strings.EqualFold(s, rest[0]) }):
			c.Stat = Statistics[slices.IndexFunc(Statistics, func(s string) bool { return strings.EqualFold(s, rest[0]) })]
		default:
			return nil, fmt.Errorf("%q is not understood. %s", rest[0], help)
		}
	}
	return c, nil
}

// Statistics are those of CloudWatch, and the percentiles that it is asked for most.
var Statistics = []string{"Sum", "Average", "Minimum", "Maximum", "SampleCount", "p50", "p90", "p99"}

// ReadInstant reads an instant of the lab as a person writes it: "90", "90s", "2m", "1:30", "1:02:03.5", relative as "+30s",
// "+7d" or "-10s", a time of day as "at 08:41" or, when it is near, "08:41:00", or "2026-03-02T08:41:00Z". The error says what to
// write instead.
func ReadInstant(text string, w Where) (at int64, err error) {
	const help = "Write an instant as 1:30, 90s or 2m; +30s or +7d from now; or at 08:41 for the lab's own time of day."
	s := strings.ToLower(strings.TrimSpace(text))
	base, sign := int64(0), int64(1)
	day := false
	if t, err := time.Parse(time.RFC3339, strings.ToUpper(s)); err == nil {
		return within(t.UnixMicro()-w.StartUnix, w)
	}
	switch {
	case s == "":
		return 0, fmt.Errorf(help)
	case strings.HasPrefix(s, "at "):
		s, day = strings.TrimSpace(s[3:]), true
	case s[0] == '+':
		s, base = s[1:], w.Now
	case s[0] == '-':
		s, base, sign = s[1:], w.Now, -1
	}
	n, ok := span(s, day)
	if !ok {
		return 0, fmt.Errorf(help)
	}
	offset := n
	if clock := strings.Count(s, ":") == 2 && base == 0; day || clock {
		begin := time.UnixMicro(w.StartUnix).UTC()
		midnight := time.Date(begin.Year(), begin.Month(), begin.Day(), 0, 0, 0, 0, time.UTC)
		n -= begin.Sub(midnight).Microseconds()
		for n < 0 {
			n += 24 * time.Hour.Microseconds()
		}
		// 08:45:00 is the time of day when that is near and eight hours from the start are not.
		if near := w.Now + time.Hour.Microseconds(); !day && (offset <= near || n < w.Opened || n > near) {
			n = offset
		}
	}
	return within(base+sign*n, w)
}

func within(at int64, w Where) (int64, error) {
	if at < w.Opened {
		t := w.Opened / (Second / 10)
		opened := fmt.Sprintf("%d:%02d.%d", t/600, t/10%60, t%10)
		if t >= 36000 {
			opened = fmt.Sprintf("%d:%02d:%02d", t/36000, t/600%60, t/10%60)
		}
		return 0, fmt.Errorf("The lab was handed to you at %s; it cannot go back further.", opened)
	}
	if at > MaxAge {
		return 0, fmt.Errorf("No run is longer than %d days. Write an instant up to %s.", MaxAge/(86400*Second), time.UnixMicro(w.StartUnix+MaxAge).UTC().Format(time.RFC3339))
	}
	return at, nil
}

// ReadSpan reads how long something lasts, in microseconds: 90, 90s, 1m30s, 250ms, 7d, 1d12h, 1:30.
func ReadSpan(s string) (int64, bool) { return span(s, false) }

// span is ReadSpan; in a time of day the first of two parts is hours.
func span(s string, day bool) (int64, bool) {
	if parts := strings.Split(s, ":"); len(parts) > 1 {
		if len(parts) > 3 {
			return 0, false
		}
		total := 0.0
		for i, p := range parts {
			v, err := strconv.ParseFloat(p, 64)
			if err != nil || v < 0 || v >= 1e6 || math.IsNaN(v) || (i > 0 && v >= 60) {
				return 0, false
			}
			total = total*60 + v
		}
		if day && len(parts) == 2 {
			total *= 60
		}
		return int64(math.Round(total * 1e6)), true
	}
	days := 0.0
	if d, rest, ok := strings.Cut(s, "d"); ok {
		v, err := strconv.ParseFloat(d, 64)
		if err != nil || !(v >= 0 && v <= 1000) {
			return 0, false
		}
		if days, s = v*86400e6, strings.TrimSpace(rest); s == "" {
			return int64(days), true
		}
	}
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		if v < 0 || v > 1e9 || math.IsNaN(v) || days > 0 {
			return 0, false
		}
		return int64(math.Round(v * 1e6)), true
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, false
	}
	return int64(days) + d.Microseconds(), true
}

// ShellWord quotes a word for a shell when it has to be. It leaves out what no word can hold, a character 0.
func ShellWord(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)) {
			return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
		}
	}
	if s == "" {
		return "''"
	}
	return s
}
