package firehose

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// defaultTime is the time that stands in every prefix that names none.
// Source: Developer Guide, "Custom prefixes for Amazon S3 objects".
const defaultTime = "!{timestamp:yyyy/MM/dd/HH/}"

// maxPrefix is how long an evaluated prefix is at most. Source: the same page.
const maxPrefix = 512

// certainlyShort is how long a prefix may be so that it need not be evaluated to know that it is not too long: a letter of a pattern
// becomes five at most, and the usual time has 14.
const certainlyShort = (maxPrefix - 14) / 5

// A piece of a prefix is plain text, or an expression: !{namespace:name}.
type piece struct{ namespace, text string }

// readPrefix cuts a prefix into its pieces.
func readPrefix(prefix string) ([]piece, error) {
	var all []piece
	for prefix != "" {
		plain, rest, found := strings.Cut(prefix, "!{")
		if plain != "" {
			all = append(all, piece{"", plain})
		}
		if !found {
			break
		}
		inner, behind, closed := strings.Cut(rest, "}")
		namespace, name, named := strings.Cut(inner, ":")
		switch {
		case !closed:
			return nil, fmt.Errorf("the expression !{%s is not closed", aws.Shorten(rest, 60))
		case !named || name == "":
			return nil, fmt.Errorf("the expression !{%s} is not namespace:value", aws.Shorten(inner, 60))
		}
		switch namespace {
		case "timestamp":
			if _, err := javaTime(name, time.Unix(0, 0).UTC()); err != nil {
				return nil, err
			}
		case "firehose":
			if name != "random-string" && name != "error-output-type" {
				return nil, fmt.Errorf("firehose has no %q: write random-string or error-output-type", aws.Shorten(name, 60))
			}
		case "partitionKeyFromQuery", "partitionKeyFromLambda":
		default:
			return nil, fmt.Errorf("there is no namespace %q: write timestamp, firehose, partitionKeyFromQuery or partitionKeyFromLambda", aws.Shorten(namespace, 60))
		}
		all = append(all, piece{namespace, name})
		prefix = behind
	}
	return all, nil
}

// javaTime writes a time by a pattern of Java's DateTimeFormatter.
// Source: the same page names the formatter; its letters are those that dates and times have use for.
func javaTime(pattern string, t time.Time) (string, error) {
	var b strings.Builder
	for i := 0; i < len(pattern); {
		c := pattern[i]
		n := 1
		for i+n < len(pattern) && pattern[i+n] == c {
			n++
		}
		pad := func(v int) { fmt.Fprintf(&b, "%0*d", n, v) }
		switch {
		case c == '\'':
			end := strings.IndexByte(pattern[i+1:], '\'')
			if end < 0 {
				return "", fmt.Errorf("the quotation in the pattern %q is not closed", aws.Shorten(pattern, 60))
			}
			if end == 0 {
				b.WriteByte('\'')
			}
			b.WriteString(pattern[i+1 : i+1+end])
			n = end + 2
		case c == 'y' || c == 'u' || c == 'Y':
			year := t.Year()
			if c == 'Y' {
				year, _ = t.ISOWeek()
			}
			if n == 2 {
				year %= 100
			}
			pad(year)
		case (c == 'M' || c == 'L') && n >= 4:
			b.WriteString(t.Month().String())
		case (c == 'M' || c == 'L') && n == 3:
			b.WriteString(t.Month().String()[:3])
		case c == 'M' || c == 'L':
			pad(int(t.Month()))
		case c == 'd':
			pad(t.Day())
		case c == 'D':
			pad(t.YearDay())
		case c == 'H':
			pad(t.Hour())
		case c == 'k':
			pad((t.Hour()+23)%24 + 1)
		case c == 'K':
			pad(t.Hour() % 12)
		case c == 'h':
			pad((t.Hour()+11)%12 + 1)
		case c == 'm':
			pad(t.Minute())
		case c == 's':
			pad(t.Second())
		case c == 'S':
			b.WriteString((fmt.Sprintf("%09d", t.Nanosecond()) + "000000000")[:min(n, 18)])
		case c == 'a':
			b.WriteString([]string{"AM", "PM"}[t.Hour()/12])
		case c == 'E' && n >= 4:
			b.WriteString(t.Weekday().String())
		case c == 'E':
			b.WriteString(t.Weekday().String()[:3])
		case c == 'w':
			_, week := t.ISOWeek()
			pad(week)
		case c == 'Z' || c == 'x' || c == 'X':
			b.WriteString(t.Format("-0700"))
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			return "", fmt.Errorf("the pattern %q has the letter %c, which no time is written with: use those of Java's DateTimeFormatter, such as yyyy/MM/dd/HH", aws.Shorten(pattern, 60), c)
		default:
			b.WriteString(strings.Repeat(string(c), n))
		}
		i += n
	}
	return b.String(), nil
}

// checkPrefixes refuses prefixes that cannot be evaluated.
// Source of the rules: Developer Guide, "Custom prefixes for Amazon S3 objects" and "Partition data with expressions"; the words are
// those of answers of the service where some are known, else ours.
func checkPrefixes(config Doc, plain bool) error {
	bad := func(member, format string, args ...any) error {
		return aws.Errorf(aws.InvalidArgument, member+" is invalid: "+format+".", args...).
			WithHint("Write it like year=!{timestamp:yyyy}/month=!{timestamp:MM}/ and give an ErrorOutputPrefix like failed/!{firehose:error-output-type}/.")
	}
	prefix, errors := config.Text("Prefix"), config.Text("ErrorOutputPrefix")
	main, err := readPrefix(prefix)
	if err != nil {
		return bad("Prefix", "%v", err)
	}
	failed, err := readPrefix(errors)
	if err != nil {
		return bad("ErrorOutputPrefix", "%v", err)
	}
	has := func(pieces []piece, namespace, name string) bool {
		for _, p := range pieces {
			if strings.HasPrefix(p.namespace, namespace) && p.namespace != "" && (name == "" || p.text == name) {
				return true
			}
		}
		return false
	}
	dynamic := config.True("DynamicPartitioningConfiguration.Enabled")
	keyed := has(main, "partitionKeyFrom", "")
	switch {
	case plain && (has(main, "", "") || has(failed, "", "")):
		return bad("Prefix", "expressions are not supported for this destination")
	case has(main, "firehose", "error-output-type"):
		return bad("Prefix", "!{firehose:error-output-type} may stand in ErrorOutputPrefix only")
	case has(failed, "partitionKeyFrom", ""):
		return bad("ErrorOutputPrefix", "partition keys may stand in Prefix only")
	case has(main, "", "") && errors == "":
		return aws.Errorf(aws.InvalidArgument, "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions.").
			WithHint("Give one like failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/.")
	case has(failed, "", "") && !has(failed, "firehose", "error-output-type"):
		return bad("ErrorOutputPrefix", "with expressions it must hold !{firehose:error-output-type}")
	case dynamic && !keyed:
		return aws.Errorf(aws.InvalidArgument, "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled").
			WithHint("Write a key into it: customer=!{partitionKeyFromQuery:customer}/.")
	case keyed && !dynamic:
		return aws.Errorf(aws.InvalidArgument, "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is enabled").
			WithHint("Give DynamicPartitioningConfiguration={Enabled=true}, or take !{partitionKeyFrom...} out of the Prefix.")
	}
	if name := config.Text("CustomTimeZone"); name != "" {
		if _, ok := zones[name]; !ok {
			return aws.Errorf(aws.InvalidArgument, "CustomTimeZone %s is not supported.", name).WithHint("This lab knows the zones UTC, Europe/Berlin, Europe/London, America/New_York, America/Los_Angeles, Asia/Tokyo, Asia/Kolkata and %d more of the large cities.", len(zones)-7)
		}
	}
	return nil
}

// evaluate writes a prefix for data whose oldest record arrived at an instant. keys are a record's partition keys. With an error it is
// what was written until then, or all of what is too long.
func (s *Service) evaluate(st *Stream, config Doc, prefix, errorType string, oldest sim.Instant, keys []string) (string, error) {
	pieces, err := readPrefix(prefix)
	if err != nil {
		return "", err
	}
	t := inZone(oldest.Time(), config.Text("CustomTimeZone"))
	var b strings.Builder
	dated, typed := false, errorType == ""
	for _, p := range pieces {
		switch {
		case p.namespace == "timestamp":
			text, err := javaTime(p.text, t)
			if err != nil {
				return b.String(), err
			}
			b.WriteString(text)
			dated = true
		case p.text == "random-string" && p.namespace == "firehose":
			b.WriteString(st.random(11))
		case p.namespace == "firehose":
			b.WriteString(errorType)
			typed = true
		case p.namespace != "":
			value := ""
			for i := 0; i+1 < len(keys); i += 2 {
				if keys[i] == p.namespace+":"+p.text {
					value = keys[i+1]
				}
			}
			if value == "" {
				return b.String(), fmt.Errorf("partitionKeys values must not be null or empty: %s", p.text)
			}
			b.WriteString(value)
		default:
			b.WriteString(p.text)
		}
	}
	if !typed {
		b.WriteString(errorType + "/")
	}
	if !dated && (errorType == "" || !typed) {
		text, _ := javaTime("yyyy/MM/dd/HH/", t)
		b.WriteString(text)
	}
	if b.Len() > maxPrefix {
		return b.String(), fmt.Errorf("the evaluated prefix has %d characters, more than %d", b.Len(), maxPrefix)
	}
	return b.String(), nil
}

// random throws a text of letters and digits.
func (st *Stream) random(n int) string {
	const of = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	b := make([]byte, n)
	for i := range b {
		b[i] = of[st.dice.IntN(len(of))]
	}
	return string(b)
}

// partition is the evaluated prefix of a record that is partitioned dynamically, or why it has none. What of the prefix is time or
// chance is evaluated when its object is written, so that it is no partition of its own.
func (s *Service) partition(st *Stream, r *Record) (string, *Failure) {
	pieces, _ := readPrefix(st.config.Text("Prefix"))
	var b strings.Builder
	for _, p := range pieces {
		if !strings.HasPrefix(p.namespace, "partitionKeyFrom") {
			if p.namespace == "" {
				b.WriteString(p.text)
			} else {
				b.WriteString("!{" + p.namespace + ":" + p.text + "}")
			}
			continue
		}
		value := ""
		for i := 0; i+1 < len(r.Keys); i += 2 {
			if r.Keys[i] == p.namespace+":"+p.text {
				value = r.Keys[i+1]
			}
		}
		if value == "" || strings.Contains(value, "!{") {
			return "", &Failure{Type: "processing-failed", Code: extractionFailed, Message: "partitionKeys values must not be null or empty: " + p.text, Attempts: 1}
		}
		b.WriteString(value)
	}
	if b.Len() > certainlyShort {
		dice := st.dice // nothing is thrown for good before the object is written
		_, err := s.evaluate(st, st.config, b.String(), "", r.Arrival, nil)
		if st.dice = dice; err != nil {
			return "", &Failure{Type: "processing-failed", Code: extractionFailed, Message: err.Error(), Attempts: 1}
		}
	}
	return b.String(), nil
}

// objectName is the key of a delivery's object.
// Source: Developer Guide, "Amazon S3 object name format": prefix, name of the stream, version, instant, and a random text.
func (s *Service) objectName(st *Stream, config Doc, x *shipment) string {
	prefix, errorType := config.Text("Prefix"), ""
	switch x.target {
	case toErrors:
		errorType = x.key
		if e := config.Text("ErrorOutputPrefix"); e != "" {
			prefix = e
		}
	case toDestination:
		if x.key != "" {
			prefix = x.key
		}
	}
	head, err := s.evaluate(st, config, prefix, errorType, x.oldest, nil)
	zoned := inZone(x.oldest.Time(), config.Text("CustomTimeZone"))
	if err != nil { // it is too long, or has keys and the records are from before it had
		head = cmp.Or(strings.ToValidUTF8(head[:min(len(head), maxPrefix)], ""), zoned.Format("2006/01/02/15/"))
	}
	ext := x.file.Extension
	if own := config.Text("FileExtension"); own != "" && x.target == toDestination {
		ext = own
	}
	return head + st.name + "-" + strconv.FormatInt(x.version, 10) + "-" + zoned.Format("2006-01-02-15-04-05") + "-" + st.uuid() + ext
}

// uuid throws a UUID.
func (st *Stream) uuid() string {
	a, b := st.dice.Uint64(), st.dice.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&(1<<48-1))
}

// zones are offsets in minutes, and the rule of daylight saving time: e of the European Union, u of the United States.
// Source: IANA time zone database. Ours: a table of the large cities, because the whole database would be a fifth of the engine.
var zones = map[string]string{
	"UTC": "0", "GMT": "0", "Etc/UTC": "0", "Europe/London": "0e", "Europe/Dublin": "0e", "Europe/Lisbon": "0e", "Europe/Berlin": "60e", "Europe/Paris": "60e", "Europe/Madrid": "60e",
	"Europe/Rome": "60e", "Europe/Vienna": "60e", "Europe/Zurich": "60e", "Europe/Amsterdam": "60e", "Europe/Brussels": "60e", "Europe/Stockholm": "60e", "Europe/Warsaw": "60e",
	"Europe/Prague": "60e", "Europe/Athens": "120e", "Europe/Helsinki": "120e", "Europe/Istanbul": "180", "Europe/Moscow": "180", "Asia/Dubai": "240", "Asia/Kolkata": "330",
	"Asia/Bangkok": "420", "Asia/Jakarta": "420", "Asia/Singapore": "480", "Asia/Shanghai": "480", "Asia/Hong_Kong": "480", "Asia/Tokyo": "540", "Asia/Seoul": "540",
	"Australia/Brisbane": "600", "America/New_York": "-300u", "America/Toronto": "-300u", "America/Chicago": "-360u", "America/Denver": "-420u", "America/Phoenix": "-420",
	"America/Los_Angeles": "-480u", "America/Sao_Paulo": "-180", "America/Bogota": "-300", "Africa/Johannesburg": "120", "Africa/Lagos": "60", "Africa/Nairobi": "180",
}

// inZone is a time as it is read in a zone of the table.
func inZone(t time.Time, name string) time.Time {
	rule := zones[name]
	minutes, _ := strconv.Atoi(strings.TrimRight(rule, "eu"))
	last := func(month time.Month, hour int) time.Time { // Sunday of a month
		d := time.Date(t.Year(), month+1, 0, hour, 0, 0, 0, time.UTC)
		return d.AddDate(0, 0, -int(d.Weekday()))
	}
	nth := func(month time.Month, n, hour int) time.Time {
		d := time.Date(t.Year(), month, 1, hour, 0, 0, 0, time.UTC)
		return d.AddDate(0, 0, (7-int(d.Weekday()))%7+7*(n-1))
	}
	summer := false
	switch {
	case strings.HasSuffix(rule, "e"):
		summer = !t.Before(last(time.March, 1)) && t.Before(last(time.October, 1))
	case strings.HasSuffix(rule, "u"):
		local := t.Add(time.Duration(minutes) * time.Minute)
		summer = !local.Before(nth(time.March, 2, 2)) && local.Before(nth(time.November, 1, 1))
	}
	if summer {
		minutes += 60
	}
	return t.In(time.FixedZone("", minutes*60))
}
