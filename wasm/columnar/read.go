package columnar

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Table is what a Parquet file shows: the names and types of its columns, and its first rows.
type Table struct {
	Names, Types []string
	Rows         [][]string // cells as text, nested values as JSON; a null is "null" without quotation marks
	Total        int64      // rows of the file
	Groups       int        // row groups
	CreatedBy    string
}

// Bounds of what is shown. Ours.
const (
	maxPreviewPage  = 64 << 20 // bytes of a page
	maxPreviewCount = 4 << 20  // values of a page
	maxPreviewCell  = 4 << 10  // bytes of a cell
	maxColumns      = 10_000
)

var errParquet = errors.New("this is no Parquet file that can be shown here")

// ReadParquet reads the first rows of a Parquet file as the Converter writes it.
func ReadParquet(file []byte, rows int) (Table, error) {
	var t Table
	if len(file) < 12 || string(file[:4]) != magic || string(file[len(file)-4:]) != magic {
		return t, errParquet
	}
	size := binary.LittleEndian.Uint32(file[len(file)-8:])
	if uint64(size) > uint64(len(file)-12) {
		return t, errParquet
	}
	meta, _, err := readThrift(file[len(file)-8-int(size) : len(file)-8])
	if err != nil {
		return t, fmt.Errorf("read the footer: %w", err)
	}
	t.Total, t.Groups, t.CreatedBy = meta.get(3).n, len(meta.get(4).in), string(meta.get(6).text)
	s := schemaReader{elements: meta.get(2).in}
	root := s.node(0, 0)
	if s.bad || len(s.leaves) > maxColumns {
		return t, errParquet
	}
	for _, k := range root.kids {
		t.Names, t.Types = append(t.Names, k.name), append(t.Types, k.kind())
	}
	for _, group := range meta.get(4).in {
		n := int(min(int64(rows-len(t.Rows)), group.get(3).n))
		if n <= 0 {
			break
		}
		chunks := group.get(1).in
		if len(chunks) != len(s.leaves) {
			return t, errParquet
		}
		for i, l := range s.leaves {
			if err := l.read(file, chunks[i].get(3), n); err != nil {
				return t, fmt.Errorf("read column %s: %w", l.name, err)
			}
		}
		for range n {
			row := make([]string, 0, len(root.kids))
			for _, k := range root.kids {
				text, ok := k.cell(true)
				if !ok {
					return t, errParquet
				}
				row = append(row, text)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t, nil
}

// A shown is a node of a file's schema.
type shown struct {
	name       string
	repetition int // 0 required, 1 optional, 2 repeated
	def, rep   int
	kids       []*shown
	converted  int // -1 when nothing is told
	physical   int
	width      int // of a fixed value
	scale      int
	precision  int

	reps, defs []uint32 // of a leaf, as far as they were read
	cells      []string
	at, next   int
}

type schemaReader struct {
	elements []parsed
	pos      int
	leaves   []*shown
	bad      bool
	depth    int
}

func (s *schemaReader) node(def, rep int) *shown {
	if s.depth++; s.pos >= len(s.elements) || s.depth > 4*maxDepth {
		s.bad = true
		return &shown{}
	}
	defer func() { s.depth-- }()
	e := &s.elements[s.pos]
	n := &shown{name: string(e.get(4).text), repetition: int(e.get(3).n), def: def, rep: rep, converted: -1,
		physical: int(e.get(1).n), width: int(e.get(2).n), scale: int(e.get(7).n), precision: int(e.get(8).n)}
	if e.has(6) {
		n.converted = int(e.get(6).n)
	}
	if s.pos > 0 && n.repetition > 0 {
		n.def++
		if n.repetition == 2 {
			n.rep++
		}
	}
	s.pos++
	for range e.get(5).n {
		if n.kids = append(n.kids, s.node(n.def, n.rep)); s.bad {
			return n
		}
	}
	if !e.has(5) {
		s.leaves = append(s.leaves, n)
	}
	return n
}

// kind is the type of a column in Hive's words.
func (n *shown) kind() string {
	switch {
	case n.converted == convertedList && len(n.kids) == 1 && len(n.kids[0].kids) == 1:
		return "array<" + n.kids[0].kids[0].kind() + ">"
	case n.converted == convertedMap && len(n.kids) == 1 && len(n.kids[0].kids) == 2:
		return "map<" + n.kids[0].kids[0].kind() + "," + n.kids[0].kids[1].kind() + ">"
	case len(n.kids) > 0:
		var fields []string
		for _, k := range n.kids {
			fields = append(fields, k.name+":"+k.kind())
		}
		return "struct<" + strings.Join(fields, ",") + ">"
	}
	switch n.converted {
	case convertedUTF8:
		return "string"
	case convertedDate:
		return "date"
	case convertedInt8:
		return "tinyint"
	case convertedInt16:
		return "smallint"
	case convertedDecimal:
		return fmt.Sprintf("decimal(%d,%d)", n.precision, n.scale)
	}
	return [...]string{"boolean", "int", "bigint", "timestamp", "float", "double", "binary", "binary"}[n.physical&7]
}

// read reads a column's levels and values of the first rows of a row group.
func (n *shown) read(file []byte, meta *parsed, rows int) error {
	n.reps, n.defs, n.cells, n.at, n.next = nil, nil, nil, 0, 0
	start := meta.get(9).n
	if d := meta.get(11); d.number == 11 {
		start = d.n
	}
	if start < 4 || start > int64(len(file)) || meta.get(4).n < 0 || meta.get(4).n >= int64(len(codecs)) {
		return errParquet
	}
	codec := codecs[meta.get(4).n]
	b := file[start:]
	var dictionary []string
	seen := 0
	for left := meta.get(5).n; left > 0 && seen <= rows; {
		h, rest, err := readThrift(b)
		if err != nil {
			return err
		}
		size, raw := h.get(3).n, h.get(2).n
		if size < 0 || size > int64(len(rest)) || raw < 0 || raw > maxPreviewPage {
			return errParquet
		}
		page := rest[:size]
		b = rest[size:]
		head, v2 := h.get(5), false
		if h.get(1).n == dataPageV2 {
			head, v2 = h.get(8), true
		}
		var repBytes, defBytes []byte
		if v2 {
			d, r := head.get(5).n, head.get(6).n
			if d < 0 || r < 0 || d+r > min(size, raw) {
				return errParquet
			}
			repBytes, defBytes, page, raw = page[:r], page[r:r+d], page[r+d:], raw-d-r
		}
		switch codec {
		case "SNAPPY":
			page, err = unsnappy(nil, page, int(raw))
		case "GZIP":
			page, err = gunzip(page, int(raw))
		}
		if err != nil {
			return err
		}
		if h.get(1).n == dictionaryPage {
			if dictionary, _, err = n.values(page, int(h.get(7).get(1).n)); err != nil {
				return err
			}
			continue
		}
		count := int(head.get(1).n)
		if count <= 0 || int64(count) > left || count > maxPreviewCount {
			return errParquet
		}
		left -= int64(count)
		reps, page, ok := readLevels(repBytes, page, count, n.rep, v2)
		defs, page, ok2 := readLevels(defBytes, page, count, n.def, v2)
		if !ok || !ok2 {
			return errParquet
		}
		there := 0
		for i := range count {
			if int(defs[i]) == n.def {
				there++
			}
			if reps[i] == 0 {
				seen++
			}
		}
		encoding := head.get(2).n
		if v2 {
			encoding = head.get(4).n
		}
		var cells []string
		switch encoding {
		case plain:
			cells, _, err = n.values(page, there)
		case plainDictionary, rleDictionary:
			if len(page) == 0 {
				return errParquet
			}
			index, ok := unhybrid(page[1:], there, int(page[0]))
			if !ok {
				return errParquet
			}
			for _, i := range index {
				if int(i) >= len(dictionary) {
					return errParquet
				}
				cells = append(cells, dictionary[i])
			}
		default:
			err = fmt.Errorf("encoding %d is none of those that are read here", encoding)
		}
		if err != nil {
			return err
		}
		n.reps, n.defs, n.cells = append(n.reps, reps...), append(n.defs, defs...), append(n.cells, cells...)
	}
	return nil
}

// readLevels reads levels; those of a page of version 1 have their length before them.
func readLevels(own, page []byte, count, most int, v2 bool) ([]uint32, []byte, bool) {
	if most == 0 {
		return make([]uint32, count), page, true
	}
	if !v2 {
		if len(page) < 4 || uint64(binary.LittleEndian.Uint32(page)) > uint64(len(page)-4) {
			return nil, nil, false
		}
		n := binary.LittleEndian.Uint32(page)
		own, page = page[4:4+n], page[4+n:]
	}
	all, ok := unhybrid(own, count, bits.Len(uint(most)))
	return all, page, ok
}

// unhybrid reads what hybrid wrote.
func unhybrid(b []byte, count, width int) ([]uint32, bool) {
	all := make([]uint32, 0, min(count, 1<<16))
	if width > 32 {
		return nil, false
	}
	for len(all) < count {
		head, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, false
		}
		b = b[n:]
		if head&1 == 0 {
			size := (width + 7) / 8
			if len(b) < size {
				return nil, false
			}
			v := uint32(0)
			for i := range size {
				v |= uint32(b[i]) << (8 * i)
			}
			b = b[size:]
			for i := uint64(0); i < head>>1 && len(all) < count; i++ {
				all = append(all, v)
			}
			continue
		}
		size := head >> 1 * uint64(width)
		if width > 0 && head>>1 > uint64(len(b)) || size > uint64(len(b)) {
			return nil, false
		}
		for i := 0; i < int(head>>1)*8 && len(all) < count; i++ {
			v := uint32(0)
			for k := range width {
				at := i*width + k
				v |= uint32(b[at/8]>>(at%8)&1) << k
			}
			all = append(all, v)
		}
		b = b[size:]
	}
	return all, true
}

// values reads plain values as text.
func (n *shown) values(b []byte, count int) ([]string, []byte, error) {
	width := [...]int{0, 4, 8, 12, 4, 8, -1, n.width}[n.physical&7]
	if room := len(b) * 8 / max(1, 8*width); count < 0 || count > room || n.physical&7 == parquetFixed && width <= 0 {
		return nil, nil, errParquet
	}
	all := make([]string, 0, min(count, 1<<16))
	for i := range count {
		v := b
		switch {
		case width == 0:
			if i/8 >= len(b) {
				return nil, nil, errParquet
			}
			all = append(all, strconv.FormatBool(b[i/8]>>(i%8)&1 == 1))
			continue
		case width < 0:
			if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
				return nil, nil, errParquet
			}
			size := binary.LittleEndian.Uint32(b)
			v, b = b[4:4+size], b[4+size:]
		case width > len(b):
			return nil, nil, errParquet
		default:
			v, b = b[:width], b[width:]
		}
		all = append(all, n.text(v))
	}
	return all, b, nil
}

// text is a value as JSON.
func (n *shown) text(v []byte) string {
	switch n.physical {
	case parquetI32:
		i := int32(binary.LittleEndian.Uint32(v))
		if n.converted == convertedDate {
			y, m, d := date(int64(i))
			return fmt.Sprintf(`"%04d-%02d-%02d"`, y, m, d)
		}
		return strconv.Itoa(int(i))
	case parquetI64:
		return strconv.FormatInt(int64(binary.LittleEndian.Uint64(v)), 10)
	case parquetFloat:
		return strconv.FormatFloat(float64(math.Float32frombits(binary.LittleEndian.Uint32(v))), 'g', -1, 32)
	case parquetDouble:
		return strconv.FormatFloat(math.Float64frombits(binary.LittleEndian.Uint64(v)), 'g', -1, 64)
	case parquetI96:
		y, m, d := date(int64(int32(binary.LittleEndian.Uint32(v[8:]))) - julian)
		nano := binary.LittleEndian.Uint64(v)
		s := nano / 1_000_000_000
		text := fmt.Sprintf(`%04d-%02d-%02d %02d:%02d:%02d`, y, m, d, s/3600, s/60%60, s%60)
		if part := nano % 1_000_000_000; part > 0 {
			text += strings.TrimRight(fmt.Sprintf(".%09d", part), "0")
		}
		return `"` + text + `"`
	case parquetFixed:
		i := wholeOf(v)
		digits := cmp.Or(i.digits, "0")
		if n.scale > 0 {
			digits = strings.Repeat("0", max(0, n.scale+1-len(digits))) + digits
			digits = digits[:len(digits)-n.scale] + "." + digits[len(digits)-n.scale:]
		}
		if i.negative {
			digits = "-" + digits
		}
		return digits
	}
	if n.converted != convertedUTF8 && !utf8.Valid(v) {
		return `"` + base64.StdEncoding.EncodeToString(v[:min(len(v), maxPreviewCell)]) + `"`
	}
	if len(v) > maxPreviewCell {
		v = append(v[:maxPreviewCell:maxPreviewCell], "..."...)
	}
	return string(quote(nil, v))
}

// first is the first leaf at or below a node.
func (n *shown) first() *shown {
	for len(n.kids) > 0 {
		n = n.kids[0]
	}
	return n
}

// skip goes over one entry of every leaf at or below a node, where nothing is.
func (n *shown) skip() {
	if len(n.kids) == 0 {
		n.at++
	}
	for _, k := range n.kids {
		k.skip()
	}
}

// cell is the next value of a node as text; bare leaves a text without its quotation marks.
func (n *shown) cell(bare bool) (string, bool) {
	l := n.first()
	if l.at >= len(l.defs) {
		return "", false
	}
	if int(l.defs[l.at]) < n.def {
		n.skip()
		return "null", true
	}
	if len(n.kids) == 0 {
		if n.at++; n.next >= len(n.cells) {
			return "", false
		}
		text := n.cells[n.next]
		n.next++
		if bare && text[0] == '"' {
			return string(unquote(nil, []byte(text))), true
		}
		return text, true
	}
	var b strings.Builder
	if list := n.converted == convertedList; list || n.converted == convertedMap {
		sign := [2]string{"{", "}"}
		if list {
			sign = [2]string{"[", "]"}
		}
		b.WriteString(sign[0])
		group := n.kids[0]
		if len(group.kids) == 0 {
			return "", false // a list as other writers have it
		}
		if int(l.defs[l.at]) < group.def {
			n.skip()
			return b.String() + sign[1], true
		}
		for first := true; first || l.at < len(l.defs) && int(l.reps[l.at]) == group.rep; first = false {
			if !first {
				b.WriteByte(',')
			}
			for i, k := range group.kids {
				text, ok := k.cell(false)
				if !ok {
					return "", false
				}
				if i > 0 {
					b.WriteByte(':')
				} else if !list && text[0] != '"' {
					text = `"` + text + `"`
				}
				b.WriteString(text)
			}
		}
		return b.String() + sign[1], true
	}
	for i, k := range n.kids {
		text, ok := k.cell(false)
		if !ok {
			return "", false
		}
		sep := ","
		if i == 0 {
			sep = "{"
		}
		b.WriteString(sep + string(quote(nil, []byte(k.name))) + ":" + text)
	}
	return b.String() + "}", true
}
