package analytics

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"shardlab/wasm/sim"
)

// Names of streams that every application has.
const (
	SourceStream = "SOURCE_SQL_STREAM_001"
	ErrorStream  = "error_stream"
)

// A SourceColumn is a column of the source: where in a record it lies, and what it becomes.
type SourceColumn struct {
	Name string
	Path string // "$.bike.id", "$.list[0]"
	Type string // "VARCHAR(16)"
}

// A Source is how records become rows.
type Source struct {
	Columns []SourceColumn

	// EventTime is the column that gives a row its ROWTIME; without one that is the instant at which the row was read, as in the retired
	// service. Rows wait for LatenessMillis for older ones; what is older than the newest by more is late and left out, as Flink's
	// watermarks have it.
	EventTime      string
	LatenessMillis int64
}

// Meta are the columns that a row of the source has beside those of its schema. Source: Kinesis Data Analytics for SQL Applications
// Developer Guide, Timestamps and the ROWTIME Column; the others as the console of the service showed them.
var Meta = []Column{{"APPROXIMATE_ARRIVAL_TIME", Type{Name: "TIMESTAMP"}}, {"PARTITION_KEY", Type{Name: "VARCHAR", Size: 256}}, {"SEQUENCE_NUMBER", Type{Name: "VARCHAR", Size: 128}}, {"SHARD_ID", Type{Name: "VARCHAR", Size: 128}}}

// A Record is a record of the stream that an application reads.
type Record struct {
	Data                 []byte
	Key, Sequence, Shard string
	Arrival              sim.Instant
}

// field is a column of the source as it is read.
type field struct {
	path []string // names of members and, with a #, numbers of elements
	typ  Type
}

// MaxColumns of a stream. Source: Kinesis Data Analytics for SQL Applications Developer Guide, Limits: 1,000 columns; ours is less.
const MaxColumns = 100

// ParseType reads a type, like VARCHAR(16).
func ParseType(text string) (Type, error) {
	p := &parser{}
	var err error
	if p.all, err = lex(text); err != nil {
		return Type{}, err
	}
	t, err := p.typ()
	if err == nil && p.next().kind != tEnd {
		err = p.unexpected("a type and nothing else")
	}
	return t, err
}

// parsePath reads a path like $.a.b[0].
func parsePath(text string) (path []string, ok bool) {
	rest, ok := strings.CutPrefix(text, "$")
	for ok && rest != "" {
		end := strings.IndexAny(rest[1:], ".[") + 1
		if end == 0 {
			end = len(rest)
		}
		part := rest[1:end]
		if rest[0] == '[' {
			part = strings.TrimSuffix(part, "]")
			n, err := strconv.Atoi(part)
			if ok = err == nil && n >= 0 && len(part) == end-2; !ok {
				break
			}
			part = "#" + strconv.Itoa(n)
		} else if rest[0] != '.' || part == "" {
			return nil, false
		}
		path, rest = append(path, part), rest[end:]
	}
	return path, ok && len(path) > 0
}

// each tells yield of the members or elements of valid JSON that begins at i, until yield says no; an element's name is "#0".
func each(b []byte, i int, yield func(name []byte, start, end int) bool) {
	i = space(b, i)
	if i >= len(b) || b[i] != '{' && b[i] != '[' {
		return
	}
	object := b[i] == '{'
	for n := 0; ; n++ {
		if i = space(b, i+1); b[i] == '}' || b[i] == ']' {
			return
		}
		var name []byte
		if object {
			end := skip(b, i)
			name = b[i+1 : end-1]
			if bytes.IndexByte(name, '\\') >= 0 {
				name = []byte(unquote(b[i:end]))
			}
			i = space(b, space(b, end)+1) // behind the colon
		} else {
			name = strconv.AppendInt([]byte{'#'}, int64(n), 10)
		}
		end := skip(b, i)
		if !yield(name, i, end) {
			return
		}
		if i = space(b, end); b[i] != ',' {
			return
		}
	}
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skip is where the value of valid JSON that begins at i ends.
func skip(b []byte, i int) int {
	switch b[i] {
	case '"':
		for i++; b[i] != '"'; i++ {
			if b[i] == '\\' {
				i++
			}
		}
		return i + 1
	case '{', '[':
		for deep := 0; ; i++ {
			switch b[i] {
			case '"':
				i = skip(b, i) - 1
			case '{', '[':
				deep++
			case '}', ']':
				if deep--; deep == 0 {
					return i + 1
				}
			}
		}
	}
	for i < len(b) && !strings.ContainsRune(",}] \n\t\r", rune(b[i])) {
		i++
	}
	return i
}

func unquote(b []byte) string {
	if inner := b[1 : len(b)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return strings.ToValidUTF8(string(inner), "\uFFFD")
	}
	var s string
	_ = json.Unmarshal(b, &s) // it is valid
	return s
}

// jsonValue is a value of JSON as one of SQL; what has parts stays text.
func jsonValue(b []byte) Value {
	switch b[0] {
	case '"':
		return TextOf(unquote(b))
	case 't', 'f':
		return BoolOf(b[0] == 't')
	case 'n':
		return Value{}
	case '{', '[':
		return TextOf(string(b))
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return IntOf(n)
	}
	f, _ := strconv.ParseFloat(string(b), 64)
	return DoubleOf(f)
}

// at finds what lies at a path.
func at(b []byte, i int, path []string) (start, end int, ok bool) {
	if len(path) == 0 {
		return i, skip(b, i), true
	}
	each(b, i, func(name []byte, s, e int) bool {
		if string(name) == path[0] {
			start, end, ok = at(b, s, path[1:])
			return false
		}
		return true
	})
	return start, end, ok
}

// row makes a row of a record; why says what stands against it.
func (p *Program) row(r *Record) (v []Value, why string) {
	if !json.Valid(r.Data) {
		return nil, "the record is no JSON: " + strconv.Quote(shorten(strings.ToValidUTF8(string(r.Data), "\uFFFD")))
	}
	first := space(r.Data, 0)
	if r.Data[first] != '{' {
		return nil, "the record is no JSON object: " + strconv.Quote(shorten(string(r.Data)))
	}
	v = make([]Value, 0, len(p.fields)+len(Meta))
	for i := range p.fields {
		f := &p.fields[i]
		var one Value
		if s, e, ok := at(r.Data, first, f.path); ok {
			one = jsonValue(r.Data[s:e])
		}
		if f.typ.Name == "TIMESTAMP" && one.kind == Int && one.n < 1<<48 && one.n > -1<<48 {
			one = TimeOf(sim.Instant(one.n * 1000)) // milliseconds since 1970
		}
		if one, why = f.typ.cast(one); why != "" {
			return nil, "column " + name(p.streams[0].columns[i+1].Name) + ": " + why
		}
		v = append(v, one)
	}
	return append(v, TimeOf(r.Arrival), TextOf(r.Key), TextOf(r.Sequence), TextOf(r.Shard)), ""
}

// Discover finds a schema in records: a column for each member that holds no others, named as the path to it; one without a name has
// none. Texts get the power of two that holds the longest; what is missing from a record, or NULL, says nothing.
func Discover(records [][]byte) Source {
	type found struct {
		SourceColumn
		kind Kind
		size int
	}
	var all []found
	var look func(b []byte, i int, path, called string)
	look = func(b []byte, i int, path, called string) {
		each(b, i, func(member []byte, s, e int) bool {
			if len(member) == 0 || member[0] == '#' || len(all) >= MaxColumns || strings.ContainsAny(string(member), ".[") || len(path) > 300 {
				return len(all) < MaxColumns
			}
			at, column := path+"."+string(member), strings.TrimPrefix(called+"_"+string(member), "_")
			if b[s] == '{' {
				look(b, s, at, column)
				return true
			}
			v := jsonValue(b[s:e])
			k := v.kind
			if k == Text {
				if _, ok := parseTime(v.s); ok {
					k = Time
				}
			}
			n := -1
			for i := range all {
				if all[i].Path == at {
					n = i
				} else if same(all[i].Name, column) && n < 0 {
					n = -2
				}
			}
			switch {
			case n == -2:
			case n < 0:
				all = append(all, found{SourceColumn{Name: column, Path: at}, k, len(v.s)})
			default:
				f := &all[n]
				f.size = max(f.size, len(v.String()))
				switch {
				case f.kind == Null || f.kind == Int && k == Double:
					f.kind = k
				case k == Null || k == f.kind || f.kind == Double && k == Int:
				default:
					f.kind = Text
				}
			}
			return true
		})
	}
	for _, r := range records {
		if json.Valid(r) {
			look(r, 0, "$", "")
		}
	}
	var s Source
	for _, f := range all {
		switch f.kind {
		case Int:
			f.Type = "BIGINT"
		case Double, Bool, Time:
			f.Type = f.kind.String()
		default:
			size := 4
			for size < f.size && size < 1<<15 {
				size *= 2
			}
			f.Type = "VARCHAR(" + strconv.Itoa(size) + ")"
		}
		s.Columns = append(s.Columns, f.SourceColumn)
	}
	return s
}

// never is when nothing closes.
const never = math.MaxInt64
