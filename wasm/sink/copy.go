package sink

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/sim"
)

// A Load is a COPY: what goes into which columns of a table from which objects.
type Load struct {
	Table   string
	Columns []string // none is all, in their order
	Bucket  string
	Key     string // of an object, of the manifest, or the beginning of keys
	As      string // principal that reads the objects
	Options string // as behind FROM and the credentials: "JSON 'auto' GZIP MANIFEST"
}

// A LoadError is a row of stl_load_errors.
// Source: Amazon Redshift Database Developer Guide, STL_LOAD_ERRORS.
type LoadError struct {
	At       sim.Instant
	Table    string
	Filename string
	Line     int64
	Column   string
	Type     string
	RawLine  string
	RawField string
	Code     int
	Reason   string
}

// keptLoads is how many load errors a cluster shows. Ours.
const keptLoads = 500

// options are what COPY was told.
type options struct {
	json, csv, gzip, manifest, ignoreCase, truncate, fillRecord, removeQuotes, escape, emptyNull, blanksNull bool

	delimiter byte
	quote     byte
	null      string
	header    int
	maxError  int
}

// without are options that change nothing here; those with a value take it.
var without = map[string]int{"REGION": 1, "TIMEFORMAT": 1, "DATEFORMAT": 1, "ACCEPTINVCHARS": 0, "STATUPDATE": 1, "COMPUPDATE": 1, "TRIMBLANKS": 0, "ACCEPTANYDATE": 0, "COMPROWS": 1, "NOLOAD": 0, "ROUNDEC": 0, "EXPLICIT_IDS": 0}

// readOptions reads the options of COPY. Source: Amazon Redshift Database Developer Guide, "COPY", data format and conversion parameters.
func readOptions(text string) (o options, err error) {
	o = options{delimiter: '|', quote: '"', null: `\N`}
	words := fieldsOf(text)
	next := func() string {
		for len(words) > 0 && strings.EqualFold(words[0], "AS") {
			words = words[1:]
		}
		if len(words) == 0 {
			return ""
		}
		w := words[0]
		words = words[1:]
		return w
	}
	for len(words) > 0 {
		switch w := next(); strings.ToUpper(w) {
		case "":
		case "FORMAT":
		case "JSON":
			o.json = true
			if len(words) > 0 && strings.HasPrefix(words[0], "'") {
				how := unquote(next())
				if o.ignoreCase = how == "auto ignorecase"; !o.ignoreCase && how != "auto" && how != "" {
					return o, fmt.Errorf("JSON '%s': this lab reads JSON 'auto' and 'auto ignorecase', and no jsonpaths", how)
				}
			}
		case "CSV":
			o.csv, o.delimiter = true, ','
		case "QUOTE":
			o.quote = one(next())
		case "DELIMITER":
			o.delimiter = one(next())
		case "GZIP":
			o.gzip = true
		case "MANIFEST":
			o.manifest = true
		case "NULL":
			o.null = unquote(next())
		case "IGNOREHEADER", "MAXERROR":
			n, bad := strconv.Atoi(unquote(next()))
			if bad != nil || n < 0 || n > 100_000 {
				return o, fmt.Errorf("%s needs a number from 0 to 100000", strings.ToUpper(w))
			}
			if strings.EqualFold(w, "MAXERROR") {
				o.maxError = n
			} else {
				o.header = n
			}
		case "TRUNCATECOLUMNS":
			o.truncate = true
		case "FILLRECORD":
			o.fillRecord = true
		case "REMOVEQUOTES":
			o.removeQuotes = true
		case "ESCAPE":
			o.escape = true
		case "EMPTYASNULL":
			o.emptyNull = true
		case "BLANKSASNULL":
			o.blanksNull = true
		case "LZOP", "BZIP2", "ZSTD", "AVRO", "ORC", "PARQUET", "FIXEDWIDTH", "SHAPEFILE", "ENCRYPTED", "SSH", "READRATIO":
			return o, fmt.Errorf("COPY with %s is not in this lab: it reads JSON, CSV and delimited text, plain or GZIP", strings.ToUpper(w))
		default:
			n, known := without[strings.ToUpper(w)]
			if !known {
				return o, fmt.Errorf(`syntax error at or near "%s"`, short(unquote(w)))
			}
			if n > 0 {
				next()
			}
		}
	}
	return o, nil
}

// one is the byte that a quoted text stands for.
func one(w string) byte {
	switch w = unquote(w); {
	case w == `\t`:
		return '\t'
	case w == "":
		return 0
	}
	return w[0]
}

// fieldsOf cuts a statement into words; a text in quotation marks, or what stands between brackets, is one.
func fieldsOf(s string) (words []string) {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';':
			i++
		case c == '\'':
			j := i + 1
			for j < len(s) && (s[j] != '\'' || j+1 < len(s) && s[j+1] == '\'') {
				if s[j] == '\'' {
					j++
				}
				j++
			}
			words = append(words, s[i:min(j+1, len(s))])
			i = j + 1
		case c == '(':
			depth, j := 0, i
			for ; j < len(s); j++ {
				if s[j] == '(' {
					depth++
				} else if s[j] == ')' {
					if depth--; depth == 0 {
						break
					}
				}
			}
			words = append(words, s[i:min(j+1, len(s))])
			i = j + 1
		default:
			j := i
			for j < len(s) && !strings.ContainsRune(" \t\n\r;'(", rune(s[j])) {
				j++
			}
			words = append(words, s[i:j])
			i = j
		}
	}
	return words
}

func unquote(w string) string {
	if len(w) >= 2 && w[0] == '\'' && w[len(w)-1] == '\'' {
		return strings.ReplaceAll(w[1:len(w)-1], "''", "'")
	}
	return w
}

// A loading is a COPY under way.
type loading struct {
	options
	t       *Table
	into    []int // of the columns that are filled
	rows    [][]string
	errors  []LoadError
	file    string
	at      sim.Instant
	stopped bool
}

// copy loads objects into a table: all rows, or none when more of them are bad than MAXERROR takes.
func (s *Service) copy(k *Sink, l Load) (rows int, took time.Duration, err error) {
	o, err := readOptions(l.Options)
	if err != nil {
		return 0, 0, err
	}
	t, ok := k.Table(l.Table)
	if !ok {
		return 0, 0, fmt.Errorf(`Cannot COPY into nonexistent table %s`, l.Table)
	}
	c := loading{options: o, t: t, at: s.now()}
	for i := range t.Columns {
		c.into = append(c.into, i)
	}
	if len(l.Columns) > 0 {
		c.into = nil
		for _, name := range l.Columns {
			i := t.column(strings.ToLower(strings.TrimSpace(name)))
			if i < 0 {
				return 0, 0, fmt.Errorf(`column "%s" of relation "%s" does not exist`, strings.TrimSpace(name), t.Name)
			}
			c.into = append(c.into, i)
		}
	}
	get := func(bucket, key string) ([]byte, error) {
		b, d, bad := s.cfg.Object(l.As, bucket, key)
		if took += d; bad != nil {
			return nil, fmt.Errorf("S3ServiceException:%s,Status %d,Error %s,s3://%s/%s", bad.Message, bad.Status, bad.Code, bucket, key)
		}
		return b, nil
	}
	type place struct{ bucket, key string }
	objects := []place{{l.Bucket, l.Key}}
	if o.manifest {
		text, err := get(l.Bucket, l.Key)
		if err != nil {
			return 0, took, err
		}
		var m struct {
			Entries []struct {
				URL       string `json:"url"`
				Mandatory bool   `json:"mandatory"`
			} `json:"entries"`
		}
		if json.Unmarshal(text, &m) != nil || len(m.Entries) == 0 {
			return 0, took, fmt.Errorf("Manifest file is not in correct json format")
		}
		objects = nil
		for _, e := range m.Entries {
			rest, ok := strings.CutPrefix(e.URL, "s3://")
			bucket, key, _ := strings.Cut(rest, "/")
			if !ok {
				return 0, took, fmt.Errorf("Manifest file contains an invalid url: %s", short(e.URL))
			}
			objects = append(objects, place{bucket, key})
		}
	}
	for _, p := range objects {
		data, err := get(p.bucket, p.key)
		if err != nil {
			return 0, took, err
		}
		if o.gzip {
			z, err := gzip.NewReader(bytes.NewReader(data))
			if err == nil {
				data, err = io.ReadAll(io.LimitReader(z, 256<<20))
			}
			if err != nil {
				return 0, took, fmt.Errorf("GZIP: the object s3://%s/%s is not in gzip format", p.bucket, p.key)
			}
		}
		if c.file = "s3://" + p.bucket + "/" + p.key; !c.read(data) {
			break
		}
	}
	k.loads = append(slices.Clip(k.loads), c.errors...)
	if n := len(k.loads) - keptLoads; n > 0 {
		k.loads = slices.Clone(k.loads[n:])
	}
	if c.stopped {
		return 0, took, fmt.Errorf("Load into table '%s' failed.  Check 'stl_load_errors' system table for details.", t.Name)
	}
	if !k.append(t, c.rows) {
		return 0, took, fmt.Errorf("Disk Full: a table of this lab holds at most %d rows", maxRows)
	}
	return len(c.rows), took, nil
}

// bad notes a row that cannot be loaded; it is false when there were too many.
func (c *loading) bad(line int64, raw string, at int, field string, v invalidValue) bool {
	e := LoadError{At: c.at, Table: c.t.Name, Filename: c.file, Line: line, RawLine: raw[:min(len(raw), 1024)], RawField: field[:min(len(field), 1024)], Code: v.code, Reason: v.reason}
	if at >= 0 {
		e.Column, e.Type = c.t.Columns[at].Name, c.t.Columns[at].Type
	}
	if len(c.errors) < keptLoads {
		c.errors = append(c.errors, e)
	}
	c.maxError--
	c.stopped = c.stopped || c.maxError < 0
	return !c.stopped
}

// read takes the rows of an object; it is false when there were too many bad ones.
func (c *loading) read(data []byte) bool {
	if c.json {
		return c.readJSON(data)
	}
	line := int64(0)
	if c.csv {
		r := csv.NewReader(bytes.NewReader(data))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes = rune(c.delimiter), -1, c.quote != '"'
		for {
			fields, err := r.Read()
			if err == io.EOF {
				return true
			}
			line++
			if err != nil {
				if !c.bad(line, "", -1, "", invalidValue{1214, "Invalid quote formatting for CSV"}) {
					return false
				}
				continue
			}
			if line > int64(c.header) && !c.fields(line, strings.Join(fields, string(rune(c.delimiter))), fields) {
				return false
			}
		}
	}
	for _, raw := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if line++; line <= int64(c.header) || raw == "" && len(data) == 0 {
			continue
		}
		raw = strings.TrimSuffix(raw, "\r")
		if !c.fields(line, raw, c.split(raw)) {
			return false
		}
	}
	return true
}

// split cuts a line at the delimiter.
func (c *loading) split(line string) []string {
	var fields []string
	var b strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch ch := line[i]; {
		case c.escape && ch == '\\' && i+1 < len(line) && line[i+1] != 'N':
			i++
			b.WriteByte(line[i])
		case c.removeQuotes && ch == '"':
			quoted = !quoted
		case ch == c.delimiter && !quoted:
			fields = append(fields, b.String())
			b.Reset()
		default:
			b.WriteByte(ch)
		}
	}
	return append(fields, b.String())
}

// fields takes a line's fields as a row.
func (c *loading) fields(line int64, raw string, fields []string) bool {
	switch {
	case len(fields) > len(c.into):
		return c.bad(line, raw, -1, "", invalidValue{1202, "Extra column(s) found"})
	case len(fields) < len(c.into) && !c.fillRecord:
		return c.bad(line, raw, c.into[len(fields)], "", invalidValue{1213, "Delimiter not found"})
	}
	row := make([]string, len(c.t.Columns))
	for i := range row {
		row[i] = Null
	}
	for i, f := range fields {
		if !c.value(line, raw, row, c.into[i], f) {
			return !c.stopped
		}
	}
	c.rows = append(c.rows, row)
	return true
}

// value puts a field into a row; it is false when the row is bad.
func (c *loading) value(line int64, raw string, row []string, at int, f string) bool {
	col := c.t.Columns[at]
	switch text := col.Type == "varchar" || col.Type == "char"; {
	case f == c.null, f == "" && (c.emptyNull || !text), c.blanksNull && strings.TrimSpace(f) == "":
		f = Null
	case c.truncate && text && col.Len > 0 && len(f) > col.Len:
		f = f[:col.Len]
	}
	v, bad := col.fit(f)
	if bad != nil {
		c.bad(line, raw, at, f, *bad)
		return false
	}
	row[at] = v
	return true
}

// readJSON takes the JSON objects of a file, whatever stands between them; a member goes into the column of its name.
func (c *loading) readJSON(data []byte) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	line := int64(0)
	for {
		var v json.RawMessage
		err := d.Decode(&v)
		if err == io.EOF {
			return true
		}
		line++
		o, bad := readObject(v)
		if err != nil || bad != nil {
			if ok := c.bad(line, string(v), -1, "", invalidValue{1224, "Invalid JSONPath format: Member is not an object."}); !ok || err != nil {
				c.stopped = c.stopped || err != nil // nothing behind it can be read
				return false
			}
			continue
		}
		row, good := make([]string, len(c.t.Columns)), true
		for i := range row {
			row[i] = Null
		}
		for _, at := range c.into {
			name := c.t.Columns[at].Name
			m, has := o[name]
			if !has && c.ignoreCase {
				for _, n := range sortedNames(o) {
					if strings.EqualFold(n, name) {
						m, has = o[n], true
					}
				}
			}
			if text := textOf(m); has && text != Null && good {
				good = c.value(line, string(v), row, at, text)
			}
		}
		if c.stopped {
			return false
		}
		if good {
			c.rows = append(c.rows, row)
		}
	}
}
