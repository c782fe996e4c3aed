package analytics

import (
	"bytes"
	"encoding/json"
	"strings"
)

// MaxTable is how many bytes a reference table may have. Source: Kinesis Data Analytics for SQL Applications Developer Guide, Limits: the
// object that is used for reference data has at most 1 GB; ours is less.
const MaxTable = 4 << 20

// ReadTable reads a table from an object: lines of JSON, or CSV with names in its first line. Columns that JSON has are discovered; those
// of CSV are texts, or numbers where all of them are.
func ReadTable(called string, data []byte) (*Table, error) {
	nowhere := pos{}
	if len(data) > MaxTable {
		return nil, nowhere.errorf("the table has %d bytes, and at most %d are taken", len(data), MaxTable)
	}
	var lines [][]byte
	if first := space(data, 0); first < len(data) && data[first] == '{' {
		for _, l := range bytes.Split(data, []byte("\n")) {
			if len(bytes.TrimSpace(l)) > 0 {
				lines = append(lines, l)
			}
		}
	} else { // CSV becomes JSON, which is discovered
		text := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(data), "\uFFFD")), "\n")
		head := cells(text[0])
		for n, line := range text[1:] {
			row := cells(line)
			if len(row) != len(head) {
				return nil, nowhere.errorf("line %d has %d cells, and the first has %d: write lines of JSON, or CSV with names in its first line", n+2, len(row), len(head))
			}
			b := []byte{'{'}
			for i, cell := range row {
				if i > 0 {
					b = append(b, ',')
				}
				b = append(quoteJSON(b, head[i]), ':')
				if n := []byte(cell); len(n) > 0 && (isDigit(n[0]) || n[0] == '-') && json.Valid(n) {
					b = append(b, n...)
				} else {
					b = quoteJSON(b, cell)
				}
			}
			lines = append(lines, append(b, '}'))
		}
	}
	t := Records(called, lines, nil)
	if len(t.Columns) == 0 {
		return nil, nowhere.errorf("no line of it is a JSON object with members")
	}
	return t, nil
}

// cells cuts a line of CSV: a cell with commas stands in double quotes.
func cells(line string) (all []string) {
	line = strings.TrimSuffix(line, "\r")
	for cell, quoted, i := "", false, 0; ; i++ {
		switch {
		case i == len(line) || line[i] == ',' && !quoted:
			if all, cell = append(all, strings.TrimSpace(cell)), ""; i == len(line) {
				return all
			}
		case line[i] == '"':
			if quoted && i+1 < len(line) && line[i+1] == '"' {
				cell += `"`
				i++
			} else {
				quoted = !quoted
			}
		default:
			cell += line[i : i+1]
		}
	}
}

// Records is records as a table: with the columns that are found in sample, and what every row of a source has. Without records it is the
// sample itself, and has its columns alone. What is no JSON is left out.
func Records(called string, sample [][]byte, all []Record) *Table {
	meta := Meta
	if all == nil {
		meta = nil
		for _, d := range sample {
			all = append(all, Record{Data: d})
		}
	}
	t := &Table{Name: called}
	p := &Program{streams: []stream{{columns: []Column{{RowTime, Type{Name: "TIMESTAMP"}}}}}}
	for _, c := range Discover(sample).Columns {
		typ, _ := ParseType(c.Type)
		typ.Size = 0
		path, _ := parsePath(c.Path)
		p.fields = append(p.fields, field{path, typ})
		p.streams[0].columns = append(p.streams[0].columns, Column{c.Name, typ})
	}
	t.Columns = append(append(t.Columns, p.streams[0].columns[1:]...), meta...)
	for i := range all {
		if v, why := p.row(&all[i]); why == "" {
			t.Rows = append(t.Rows, v[:len(t.Columns)])
		}
	}
	return t
}
