package agent

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// An Option is a member of dataProcessingOptions in agent.json.
type Option struct {
	Name       string   `json:"optionName"`
	FieldNames []string `json:"customFieldNames,omitempty"`
	Delimiter  *string  `json:"delimiter,omitempty"`
	JSONFormat string   `json:"jsonFormat,omitempty"`
	LogFormat  string   `json:"logFormat,omitempty"`
	Match      string   `json:"matchPattern,omitempty"`
	Parse      []string `json:"parseOptions,omitempty"`
}

// Names of data processing options.
const (
	SingleLine = "SINGLELINE"
	CSVToJSON  = "CSVTOJSON"
	LogToJSON  = "LOGTOJSON"
)

// Formats of LOGTOJSON. Source: README of awslabs/amazon-kinesis-agent, and its BaseLogParser.java.
const (
	CommonApacheLog   = "COMMONAPACHELOG"
	CombinedApacheLog = "COMBINEDAPACHELOG"
	ApacheErrorLog    = "APACHEERRORLOG"
	Syslog            = "SYSLOG"
	RFC3339Syslog     = "RFC3339SYSLOG"
)

// A converter makes another text of a record; false drops it. Texts end with a newline.
type converter func(text string) (string, bool)

type pattern = *regexp.Regexp

// compile reads a regular expression. The agent's are Java's; what both dialects have means the same in both.
func compile(text string, all bool) (pattern, error) {
	if len(text) > 1000 {
		return nil, fmt.Errorf("%d characters long; at most 1,000 are taken", len(text))
	}
	wrapped := `^(?:` + text + `)`
	if all {
		wrapped += `$`
	}
	p, err := regexp.Compile(wrapped)
	if err != nil {
		return nil, fmt.Errorf("%q is no regular expression here (look-around and possessive quantifiers are not taken): %w", text, err)
	}
	return p, nil
}

// converter checks an option and returns what it does.
func (o *Option) converter(add Add) converter {
	foreign := func(path string, given bool) {
		if given {
			add(path, "has no meaning with %s: leave it out", o.Name)
		}
	}
	if o.JSONFormat != "" && o.JSONFormat != "COMPACT" {
		add("jsonFormat", "%q is not taken here: leave it out for COMPACT", o.JSONFormat)
	}
	switch o.Name {
	case SingleLine:
		foreign("customFieldNames", o.FieldNames != nil)
		foreign("delimiter", o.Delimiter != nil)
		foreign("logFormat", o.LogFormat != "")
		foreign("matchPattern", o.Match != "")
		for i, p := range o.Parse {
			if p != "NO_TRIM" && p != "ESCAPE_NEW_LINE" {
				add(fmt.Sprintf("parseOptions[%d]", i), "%q is none of NO_TRIM, ESCAPE_NEW_LINE", p)
			}
		}
		return singleLine(!slices.Contains(o.Parse, "NO_TRIM"), slices.Contains(o.Parse, "ESCAPE_NEW_LINE"))
	case CSVToJSON:
		foreign("logFormat", o.LogFormat != "")
		foreign("matchPattern", o.Match != "")
		foreign("parseOptions", o.Parse != nil)
		return o.csv(add)
	case LogToJSON:
		foreign("delimiter", o.Delimiter != nil)
		foreign("parseOptions", o.Parse != nil)
		return o.log(add)
	}
	add("optionName", "%q is none of %s, %s, %s", o.Name, SingleLine, CSVToJSON, LogToJSON)
	return nil
}

// singleLine joins the lines of a record. Source: SingleLineDataConverter.java.
func singleLine(trim, escape bool) converter {
	between := ""
	if escape {
		between = `\n`
	}
	return func(text string) (string, bool) {
		lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
		for i := range lines {
			if trim {
				lines[i] = strings.TrimSpace(lines[i])
			}
		}
		return strings.Join(lines, between) + "\n", true
	}
}

// csv makes an object of columns. The delimiter is a regular expression, and columns that are empty at the end of a line
// are not there, as String.split of Java has it. Source: CSVToJSONDataConverter.java.
func (o *Option) csv(add Add) converter {
	if len(o.FieldNames) == 0 {
		add("customFieldNames", `left out: %s needs the names of the columns, like ["id", "bike"]`, CSVToJSON)
	}
	delimiter := ","
	if o.Delimiter != nil {
		delimiter = *o.Delimiter
	}
	cut, err := regexp.Compile(delimiter)
	if err != nil || cut.MatchString("") {
		add("delimiter", "%q splits nowhere or everywhere: it is a regular expression, so write a special character as \"\\\\|\"", delimiter)
		return nil
	}
	names := o.FieldNames
	return func(text string) (string, bool) {
		columns := cut.Split(strings.TrimSuffix(text, "\n"), -1)
		for len(columns) > 1 && columns[len(columns)-1] == "" {
			columns = columns[:len(columns)-1]
		}
		values := make([]*string, len(names))
		for i := range min(len(names), len(columns)) {
			values[i] = &columns[i]
		}
		return object(names, values), true
	}
}

// Patterns of the log formats. Source: PatternConstants.java.
const (
	patInt      = `(?:[+-]?(?:[0-9]+))`
	patPosInt   = `(?:[1-9][0-9]*)`
	patNumber   = `(?:[0-9]+)`
	patHost     = `(?:(?:[\w\-]+)(?:\.(?:[\w\-]+))*(?:\.?|\b)|(?:[\d\.]+))`
	patURIHost  = `(?:` + patHost + `(?::` + patPosInt + `)?)`
	patUser     = `(?:[a-zA-Z0-9._-]+)`
	patMonthDay = `(?:(?:0[1-9])|(?:[12][0-9])|(?:3[01])|[1-9])`
	patDay      = `(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)`
	patMonth    = `\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|Jun(?:e)?|Jul(?:y)?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b`
	patYear     = `(?:[1-9]\d*)`
	patTime     = `(?:(?:2[0123]|[01]?[0-9]):(?:[0-5][0-9]):(?:(?:[0-5]?[0-9]|60)(?:[:\.,][0-9]+)?))`
	patFacility = `(?:<` + patNumber + `.` + patNumber + `> )?`
	patProgram  = `([\w\._/%-]+)(?:\[(` + patPosInt + `)\])?: `

	patCommon = `(` + patHost + `) (` + patUser + `) (` + patUser + `) \[(` + patMonthDay + `/` + patMonth + `/` + patYear + `:` + patTime + `\s` + patInt +
		`)\] "([^"]+)" (` + patInt + `|\-) (` + patInt + `|\-)`
	patCombined = patCommon + ` "([^"]+)" "([^"]+)"`
	patError    = `\[(` + patDay + `\s+` + patMonth + `\s+` + patMonthDay + `\s+` + patTime + `\s+` + patYear + `)\] \[(?:(\w+):)?(\w+)\] \[pid (` + patNumber +
		`)(?::tid (` + patNumber + `))?\] \[client (` + patURIHost + `)\] (.*)`
	patSyslog  = `(` + patMonth + `\s+` + patMonthDay + `\s+` + patTime + `) ` + patFacility + `(` + patUser + `) ` + patProgram + `(.*)`
	patRFC3339 = `((?:\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?)(?:Z|(?:[-+]\d{2}:\d{2}))) ` + patFacility + `(` + patUser + `) ` + patProgram + `(.*)`
)

// formatOf is a log format: its pattern and the names of its fields. Source: ApacheLogParser.java, SysLogParser.java.
func formatOf(name string) (pattern string, fields []string, ok bool) {
	switch name {
	case CommonApacheLog:
		return patCommon + ".*", []string{"host", "ident", "authuser", "datetime", "request", "response", "bytes"}, true
	case CombinedApacheLog:
		return patCombined + ".*", []string{"host", "ident", "authuser", "datetime", "request", "response", "bytes", "referer", "agent"}, true
	case ApacheErrorLog:
		return patError, []string{"timestamp", "module", "severity", "processid", "threadid", "client", "message"}, true
	case Syslog:
		return patSyslog, []string{"timestamp", "hostname", "program", "processid", "message"}, true
	case RFC3339Syslog:
		return patRFC3339, []string{"timestamp", "hostname", "program", "processid", "message"}, true
	}
	return "", nil, false
}

// log makes an object of the parts of a log line; a line that does not match is dropped. A dash in a log of Apache stands
// for a field that is not there. Source: LogToJSONDataConverter.java.
func (o *Option) log(add Add) converter {
	text, fields, ok := formatOf(o.LogFormat)
	if !ok {
		add("logFormat", "%q is none of %s, %s, %s, %s, %s", o.LogFormat, CommonApacheLog, CombinedApacheLog, ApacheErrorLog, Syslog, RFC3339Syslog)
		return nil
	}
	switch {
	case o.Match != "" && o.FieldNames == nil:
		add("customFieldNames", "left out: beside matchPattern the agent needs a name for each of its groups")
	case o.Match == "" && o.FieldNames != nil && len(o.FieldNames) != len(fields):
		add("customFieldNames", "%d names; %s has %d fields: %s", len(o.FieldNames), o.LogFormat, len(fields), strings.Join(fields, ", "))
	}
	if o.Match != "" {
		text = o.Match
	}
	if o.FieldNames != nil {
		fields = o.FieldNames
	}
	p, err := compile(text, true)
	if err != nil {
		add("matchPattern", "%v", err)
		return nil
	}
	if p.NumSubexp() != len(fields) {
		add("matchPattern", "has %d groups, and there are %d field names: the agent would drop every line", p.NumSubexp(), len(fields))
	}
	apache := o.LogFormat != Syslog && o.LogFormat != RFC3339Syslog
	return func(text string) (string, bool) {
		m := p.FindStringSubmatchIndex(strings.TrimSuffix(text, "\n"))
		if m == nil {
			return "", false
		}
		values := make([]*string, len(fields))
		for i := range fields {
			if from, to := m[2*i+2], m[2*i+3]; from >= 0 && !(apache && text[from:to] == "-") {
				v := text[from:to]
				values[i] = &v
			}
		}
		return object(fields, values), true
	}
}

// object writes a JSON object of texts and nulls with a newline, the way the agent does.
func object(names []string, values []*string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, n := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		quote(&b, n)
		b.WriteByte(':')
		if values[i] == nil {
			b.WriteString("null")
		} else {
			quote(&b, *values[i])
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// quote writes a JSON text that escapes what must be, and no more.
func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\r':
			b.WriteString(`\r`)
		case c < ' ':
			fmt.Fprintf(b, `\u%04X`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
}
