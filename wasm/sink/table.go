package sink

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/sim"
)

// Null is the value of a column without one.
const Null = "\x00"

// A Column is a column of a table.
type Column struct {
	Name string // in small letters
	Type string // "varchar", "bigint"; see types
	Len  int    // of varchar and char, the most bytes; 0 is any
}

// A Table is a table with its rows, or an index with its documents.
type Table struct {
	Name    string
	Columns []Column // of an index, its mapping
	rows    sim.List[[]string]
	docs    []*Document // of an index, by id
	sum     uint64
}

func (t *Table) clone() *Table {
	c := *t
	c.Columns, c.rows, c.docs = slices.Clip(t.Columns), t.rows.Clone(), slices.Clone(t.docs)
	return &c
}

// Len is how many rows or documents it has.
func (t *Table) Len() int { return t.rows.Len() + len(t.docs) }

// Rows yields the rows, oldest first: a text for each column, or Null.
func (t *Table) Rows(yield func(row []string)) {
	for i := t.rows.First(); i < t.rows.Next(); i++ {
		yield(*t.rows.At(i))
	}
}

// Documents lists an index's documents by id.
func (t *Table) Documents() []*Document { return slices.Clone(t.docs) }

func (t *Table) column(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// Table finds a table or an index by its name; a schema before it is left out of the name.
func (k *Sink) Table(name string) (*Table, bool) {
	i, ok := k.search(name)
	if !ok {
		return nil, false
	}
	return k.tables[i], true
}

func (k *Sink) search(name string) (int, bool) {
	return slices.BinarySearchFunc(k.tables, name, func(t *Table, name string) int { return cmp.Compare(t.Name, name) })
}

// Make makes a table, or an index; it is false when there are too many.
func (k *Sink) Make(name string, columns []Column) bool {
	i, ok := k.search(name)
	if !ok && len(k.tables) < maxTables {
		k.tables = sim.Insert(k.tables, i, &Table{Name: name, Columns: columns})
		ok = true
	}
	return ok
}

// types are the types of columns by the names that SQL has for them.
// Source: Amazon Redshift Database Developer Guide, "Data types"; of Snowflake and Iceberg, those that mean the same.
var types = map[string]string{
	"smallint": "smallint", "int2": "smallint", "integer": "integer", "int": "integer", "int4": "integer", "bigint": "bigint", "int8": "bigint", "long": "bigint", "number": "double precision",
	"decimal": "double precision", "numeric": "double precision", "real": "real", "float4": "real", "double": "double precision", "float8": "double precision", "float": "double precision",
	"boolean": "boolean", "bool": "boolean", "char": "char", "character": "char", "varchar": "varchar", "nvarchar": "varchar", "text": "varchar", "string": "varchar", "variant": "super", "super": "super",
	"date": "date", "timestamp": "timestamp", "timestamptz": "timestamp", "timestamp_ntz": "timestamp", "timestamp_ltz": "timestamp",
}

// layouts are those of timestamps that a table reads.
var layouts = []string{"2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.999999", time.RFC3339Nano, "2006-01-02 15:04", "2006-01-02"}

// An invalid value of a column: its code and why, in Redshift's words.
// Source: Amazon Redshift Database Developer Guide, "Load error reference".
type invalidValue struct {
	code   int
	reason string
}

// fit makes a text the value of a column.
func (c *Column) fit(text string) (string, *invalidValue) {
	bits := map[string]int{"smallint": 16, "integer": 32, "bigint": 64}[c.Type]
	switch {
	case text == Null, c.Type == "super":
		return text, nil
	case bits > 0:
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, bits)
		if err != nil && strings.Contains(err.Error(), "range") {
			return "", &invalidValue{1216, "Overflow, Range: " + c.Type}
		} else if err != nil {
			return "", &invalidValue{1207, fmt.Sprintf("Invalid digit, Value '%.1s', Pos 0, Type: %s", text, title(c.Type))}
		}
		return strconv.FormatInt(n, 10), nil
	case c.Type == "real" || c.Type == "double precision":
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return "", &invalidValue{1208, fmt.Sprintf("Invalid value '%s' for type FLOAT8", short(text))}
		}
		return strconv.FormatFloat(f, 'g', -1, 64), nil
	case c.Type == "boolean":
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "true", "t", "1", "yes", "y":
			return "true", nil
		case "false", "f", "0", "no", "n":
			return "false", nil
		}
		return "", &invalidValue{1210, "Unknown boolean format"}
	case c.Type == "date" || c.Type == "timestamp":
		for _, l := range layouts {
			if t, err := time.Parse(l, strings.TrimSpace(text)); err == nil {
				if c.Type == "date" {
					return t.Format("2006-01-02"), nil
				}
				return t.UTC().Format("2006-01-02 15:04:05.999999"), nil
			}
		}
		if c.Type == "date" {
			return "", &invalidValue{1205, "Invalid Date Format - length must be 10 or more"}
		}
		return "", &invalidValue{1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"}
	case c.Len > 0 && len(text) > c.Len:
		return "", &invalidValue{1204, fmt.Sprintf("String length exceeds DDL length, Value '%s'", short(text))}
	}
	return text, nil
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
func short(s string) string { return s[:min(len(s), 60)] }

// append adds rows; it is false when the table is full.
func (k *Sink) append(t *Table, rows [][]string) bool {
	if t.rows.Len()+len(rows) > maxRows {
		return false
	}
	for _, r := range rows {
		t.rows.Append(r)
		t.sum = add(t.sum, r...)
		k.total.Items++
		for _, v := range r {
			k.total.Bytes += int64(len(v))
		}
	}
	return true
}

// readObject reads a JSON object.
func readObject(data []byte) (map[string]json.RawMessage, error) {
	var o map[string]json.RawMessage
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, err
	}
	if o == nil {
		return nil, fmt.Errorf("not an object")
	}
	return o, nil
}

// textOf is a JSON value as the text of a column: a string's own, Null of null, and what else there is as it stands.
func textOf(v json.RawMessage) string {
	if len(v) == 0 || string(v) == "null" {
		return Null
	}
	var s string
	if v[0] == '"' && json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// rowOf makes a row of an object; members that no column has are told.
func (t *Table) rowOf(o map[string]json.RawMessage) (row []string, unknown string, bad *invalidValue, at int) {
	row = make([]string, len(t.Columns))
	for i := range row {
		row[i] = Null
	}
	for _, name := range sortedNames(o) {
		if i := t.column(strings.ToLower(name)); i >= 0 {
			row[i] = textOf(o[name])
		} else if unknown == "" {
			unknown = name
		}
	}
	for i := range row {
		if row[i], bad = t.Columns[i].fit(row[i]); bad != nil {
			return nil, unknown, bad, i
		}
	}
	return row, unknown, nil, 0
}

// A Row is what is to become a row of a table of Snowflake or Iceberg: a JSON object.
type Row struct {
	Table string
	Data  []byte
}

// A Failure is an item of a call that an end refused while it took the others.
type Failure struct {
	Index         int
	Code, Message string
}

// Insert inserts JSON objects into tables of Snowflake or Iceberg, each by its members' names. What is no object, fits no column or has
// no table is refused and the rest taken.
// A call whose token came before was done before: of it only what was refused then is looked at again.
func (s *Service) Insert(kind, name, as, token string, rows []Row) (Reply, []Failure) {
	k, x, r, ok := s.call(kind, name, "Insert", as)
	if !ok {
		return r, nil
	}
	again := token != "" && !k.first(token)
	const mark = "!" // behind a token: which of its rows were refused
	refused := ","
	for _, id := range k.taken {
		if rest, ok := strings.CutPrefix(id, token+mark); ok && again {
			refused = rest
		}
	}
	var failed []Failure
	fail := func(i int, code, format string, args ...any) {
		failed = append(failed, Failure{i, code, fmt.Sprintf(format, args...)})
	}
	for i, row := range rows {
		t, ok := k.Table(strings.ToLower(row.Table))
		if !ok {
			fail(i, "TableNotFound", "Table %s does not exist or is not authorized.", row.Table)
			continue
		}
		o, err := readObject(row.Data)
		if err != nil {
			fail(i, "InvalidRecord", "The record is not a JSON object: %v.", err)
			continue
		}
		values, unknown, bad, at := t.rowOf(o)
		switch {
		case unknown != "" && kind == Snowflake:
			fail(i, "InvalidColumns", "The table %s has no column %s.", row.Table, strings.ToUpper(unknown))
		case bad != nil:
			fail(i, "InvalidValue", "Column %s of table %s: %s.", t.Columns[at].Name, row.Table, bad.reason)
		case again && !strings.Contains(refused, fmt.Sprintf(",%d,", i)):
		case !k.append(t, [][]string{values}):
			fail(i, "TableFull", "A table of this lab holds at most %d rows.", maxRows)
		}
	}
	if token != "" && len(failed) > 0 && !again {
		for _, f := range failed {
			refused += fmt.Sprintf("%d,", f.Index)
		}
		k.remember(token + mark + refused)
	}
	return took(x, r), failed
}
