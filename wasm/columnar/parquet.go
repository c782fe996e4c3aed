package columnar

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Output says how the file is written. Source: Firehose API Reference, ParquetSerDe.
type Output struct {
	Compression string // UNCOMPRESSED, GZIP or SNAPPY
	Dictionary  bool   // EnableDictionaryCompression
	V2          bool   // WriterVersion
	BlockBytes  int    // of a row group, before it is begun anew
	PageBytes   int    // of a page, before it is compressed
	Padding     int    // MaxPaddingBytes
}

// Defaults, and the least that may be asked for. Source: Firehose API Reference, ParquetSerDe.
const (
	DefaultBlockBytes = 256 << 20
	LeastBlockBytes   = 64 << 20
	DefaultPageBytes  = 1 << 20
	LeastPageBytes    = 64 << 10
	// pageRows is how many rows a page holds at most. Source: Apache Parquet, parquet.page.row.count.limit.
	pageRows = 20_000
)

// Parquet is the output without any setting.
func Parquet() Output {
	return Output{Compression: "SNAPPY", BlockBytes: DefaultBlockBytes, PageBytes: DefaultPageBytes}
}

// Physical types, encodings and kinds of pages. Source: Apache Parquet, parquet.thrift.
const (
	parquetBool = iota
	parquetI32
	parquetI64
	parquetI96
	parquetFloat
	parquetDouble
	parquetBytes
	parquetFixed

	plain           = 0
	plainDictionary = 2
	rle             = 3
	rleDictionary   = 8

	dataPage       = 0
	dictionaryPage = 2
	dataPageV2     = 3

	convertedUTF8    = 0
	convertedMap     = 1
	convertedEntry   = 2 // MAP_KEY_VALUE
	convertedList    = 3
	convertedDecimal = 5
	convertedDate    = 6
	convertedInt8    = 15
	convertedInt16   = 16
)

const (
	magic     = "PAR1"
	createdBy = "shardlab"
	julian    = 2440588 // day of 1970-01-01 in an INT96
)

// physical is how a type of Hive is kept. Source: Apache Hive, HiveSchemaConverter.
func (t *Type) physical() int {
	switch t.Kind {
	case Boolean:
		return parquetBool
	case TinyInt, SmallInt, Int, Date:
		return parquetI32
	case BigInt:
		return parquetI64
	case Float:
		return parquetFloat
	case Double:
		return parquetDouble
	case Timestamp:
		return parquetI96
	case Decimal:
		return parquetFixed
	}
	return parquetBytes
}

// converted is what a reader is told of a physical type, -1 when there is nothing to tell.
func (t *Type) converted() int {
	switch t.Kind {
	case TinyInt:
		return convertedInt8
	case SmallInt:
		return convertedInt16
	case Date:
		return convertedDate
	case Decimal:
		return convertedDecimal
	case String, Char, Varchar:
		return convertedUTF8
	}
	return -1
}

// A leaf is a column of the file: the page that fills, and the pages that are done.
type leaf struct {
	path           []string
	typ            *Type
	maxDef, maxRep int
	text           bool // values are of any length

	reps, defs []uint32
	data       []byte // values, plain
	bits       int    // booleans among them
	index      []uint32
	dict       map[string]uint32
	keys       []byte // of the dictionary, plain
	plain      bool   // no dictionary, or no more
	mark       struct{ levels, data, bits, index int }

	pages    []byte // done, of this row group
	values   int64  // levels in pages
	raw      int64  // bytes of pages before they were compressed, headers included
	anyPlain bool   // some pages have no dictionary
	scratch  [16]byte
}

func (l *leaf) level(rep, def int) {
	if l.maxRep > 0 {
		l.reps = append(l.reps, uint32(rep))
	}
	l.defs = append(l.defs, uint32(def))
}

// put takes a value of fixed width, or the bytes of a text.
func (l *leaf) put(b []byte) {
	if l.plain {
		if l.text {
			l.data = binary.LittleEndian.AppendUint32(l.data, uint32(len(b)))
		}
		l.data = append(l.data, b...)
		return
	}
	i, known := l.dict[string(b)]
	if !known {
		if l.dict == nil {
			l.dict = map[string]uint32{}
		}
		i = uint32(len(l.dict))
		l.dict[string(b)] = i
		if l.text {
			l.keys = binary.LittleEndian.AppendUint32(l.keys, uint32(len(b)))
		}
		l.keys = append(l.keys, b...)
	}
	l.index = append(l.index, i)
}

func (l *leaf) bytes(b []byte) { l.put(b) }
func (l *leaf) i32(v int32)    { l.put(binary.LittleEndian.AppendUint32(l.scratch[:0], uint32(v))) }
func (l *leaf) i64(v int64)    { l.put(binary.LittleEndian.AppendUint64(l.scratch[:0], uint64(v))) }

func (l *leaf) int96(day, nano int64) {
	b := binary.LittleEndian.AppendUint64(l.scratch[:0], uint64(nano))
	l.put(binary.LittleEndian.AppendUint32(b, uint32(day+julian)))
}

// fixed puts a decimal: two's complement, the highest byte first.
func (l *leaf) fixed(v whole, size int) {
	b := l.scratch[:size]
	v.put(b)
	l.put(b)
}

func (l *leaf) bit(on bool) {
	if l.bits%8 == 0 {
		l.data = append(l.data, 0)
	}
	if on {
		l.data[l.bits/8] |= 1 << (l.bits % 8)
	}
	l.bits++
}

// note remembers where the leaf is, back returns there.
func (l *leaf) note() {
	l.mark.levels, l.mark.data, l.mark.bits, l.mark.index = len(l.defs), len(l.data), l.bits, len(l.index)
}

func (l *leaf) back() {
	if l.maxRep > 0 {
		l.reps = l.reps[:l.mark.levels]
	}
	l.defs, l.data, l.bits, l.index = l.defs[:l.mark.levels], l.data[:l.mark.data], l.mark.bits, l.index[:l.mark.index]
	if l.bits%8 != 0 {
		l.data[len(l.data)-1] &= 1<<(l.bits%8) - 1
	}
}

// A Converter makes a file of records. The zero value is not usable: NewConverter makes one.
type Converter struct {
	serde  SerDe
	out    Output
	root   node
	leaves []*leaf
	schema []Column

	doc               []byte
	pos               int // behind the document that was read
	key, text, quoted []byte

	file   []byte
	groups thrift // row groups
	count  int    // of them
	rows   int64
	group  int64 // rows of this row group
	pack   packer
}

// NewConverter makes a converter for records of a schema.
func NewConverter(schema []Column, serde SerDe, out Output) *Converter {
	c := &Converter{serde: serde, out: out, schema: schema}
	c.root.Type = &Type{Kind: Struct, Fields: schema}
	c.root.fields(schema, c, nil)
	return c
}

// Add converts a record: its documents become rows. When one of them cannot be converted none of its rows is in the file.
func (c *Converter) Add(record []byte) *Failure {
	for _, l := range c.leaves {
		l.note()
	}
	rows := int64(0)
	c.doc, c.pos = record, 0
	for {
		s := scanner{text: record, pos: c.pos}
		first := s.space()
		if s.pos == len(record) && rows > 0 {
			break
		}
		failure := &Failure{ParseError, "Encountered malformed JSON. No content to map due to end-of-input"}
		switch {
		case s.pos == len(record):
		case first == '{':
			failure = c.object(&c.root, s.pos, 0)
		case !s.value():
			failure = &Failure{ParseError, "Encountered malformed JSON. " + s.fail}
		default:
			failure = &Failure{ParseError, "Encountered malformed JSON. A record is one JSON object or several, {...}{...}; an array of them is not a valid input"}
		}
		if failure != nil {
			for _, l := range c.leaves {
				l.back()
			}
			return failure
		}
		rows++
	}
	c.rows += rows
	c.group += rows
	total := 0
	for _, l := range c.leaves {
		if len(l.data) >= c.out.PageBytes || len(l.index)*2 >= c.out.PageBytes || len(l.defs) >= pageRows || len(l.keys) >= c.out.PageBytes && !l.plain {
			c.flush(l)
		}
		total += len(l.pages) + len(l.data) + 2*len(l.index) + len(l.keys)
	}
	if total >= c.out.BlockBytes {
		c.close()
	}
	return nil
}

// Rows is how many rows the file has.
func (c *Converter) Rows() int64 { return c.rows }

// flush ends the page of a leaf. A dictionary that has grown as large as a page takes no more, as parquet-mr has it.
func (c *Converter) flush(l *leaf) {
	n := len(l.defs)
	if n == 0 {
		return
	}
	values, encoding := l.data, plain
	if !l.plain && len(l.dict) > 0 {
		width := bits.Len(uint(max(len(l.dict)-1, 0)))
		values, encoding = hybrid([]byte{byte(width)}, l.index, width), c.dictionaryEncoding()
	} else {
		l.anyPlain = true
	}
	reps, defs := levels(l.reps, l.maxRep), levels(l.defs, l.maxDef)
	var h thrift
	h.i32(1, dataPage)
	if c.out.V2 {
		h.b = h.b[:0]
		h.last = h.last[:0]
		h.i32(1, dataPageV2)
		nulls, rows := 0, n
		for _, d := range l.defs {
			if int(d) < l.maxDef {
				nulls++
			}
		}
		if l.maxRep > 0 {
			rows = 0
			for _, r := range l.reps {
				if r == 0 {
					rows++
				}
			}
		}
		body := c.pack.squeeze(c.out.Compression, values)
		h.i32(2, len(reps)+len(defs)+len(values))
		h.i32(3, len(reps)+len(defs)+len(body))
		h.begin(8)
		h.i32(1, n)
		h.i32(2, nulls)
		h.i32(3, rows)
		h.i32(4, encoding)
		h.i32(5, len(defs))
		h.i32(6, len(reps))
		h.end()
		h.b = append(h.b, 0)
		l.pages = append(append(append(append(l.pages, h.b...), reps...), defs...), body...)
		l.raw += int64(len(h.b) + len(reps) + len(defs) + len(values))
	} else {
		var body []byte
		for _, lv := range [2]struct {
			b   []byte
			max int
		}{{reps, l.maxRep}, {defs, l.maxDef}} {
			if lv.max > 0 {
				body = append(binary.LittleEndian.AppendUint32(body, uint32(len(lv.b))), lv.b...)
			}
		}
		body = append(body, values...)
		packed := c.pack.squeeze(c.out.Compression, body)
		h.i32(2, len(body))
		h.i32(3, len(packed))
		h.begin(5)
		h.i32(1, n)
		h.i32(2, encoding)
		h.i32(3, rle)
		h.i32(4, rle)
		h.end()
		h.b = append(h.b, 0)
		l.pages = append(append(l.pages, h.b...), packed...)
		l.raw += int64(len(h.b) + len(body))
	}
	l.values += int64(n)
	l.reps, l.defs, l.data, l.bits, l.index = l.reps[:0], l.defs[:0], l.data[:0], 0, l.index[:0]
	if len(l.keys) >= c.out.PageBytes {
		l.plain = true
	}
}

func (c *Converter) dictionaryEncoding() int {
	if c.out.V2 {
		return rleDictionary
	}
	return plainDictionary
}

// levels encodes repetition or definition levels; there are none where the greatest is 0.
func levels(all []uint32, most int) []byte {
	if most == 0 {
		return nil
	}
	return hybrid(nil, all, bits.Len(uint(most)))
}

// hybrid appends numbers of some bits each: runs, and groups of eight packed. Source: Apache Parquet, Encodings.md.
func hybrid(dst []byte, all []uint32, width int) []byte {
	bytes := (width + 7) / 8
	run := func(i, enough int) int {
		j := i
		for j < len(all) && all[j] == all[i] && j-i < enough {
			j++
		}
		return j - i
	}
	for i := 0; i < len(all); {
		if n := run(i, len(all)); n >= 8 || width == 0 {
			dst = binary.AppendUvarint(dst, uint64(n)<<1)
			for b := range bytes {
				dst = append(dst, byte(all[i]>>(8*b)))
			}
			i += n
			continue
		}
		j := i + 8
		for j < len(all) && run(j, 8) < 8 {
			j += 8
		}
		groups := (j - i) / 8
		dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
		var bag uint64
		held := 0
		for k := i; k < j; k++ {
			if k < len(all) {
				bag |= uint64(all[k]) << held
			}
			for held += width; held >= 8; held -= 8 {
				dst = append(dst, byte(bag))
				bag >>= 8
			}
		}
		i = j
	}
	return dst
}

var codecs = []string{"UNCOMPRESSED", "SNAPPY", "GZIP"}

// close ends a row group: the chunks of its columns, a dictionary before the pages of each.
func (c *Converter) close() {
	if c.group == 0 {
		return
	}
	if len(c.file) == 0 {
		c.file = append(c.file, magic...)
	}
	if left := c.out.BlockBytes - len(c.file)%c.out.BlockBytes; c.count > 0 && left <= c.out.Padding {
		c.file = append(c.file, make([]byte, left)...) // the row group begins with a block
	}
	c.groups.open()
	c.groups.list(1, thriftStruct, len(c.leaves))
	total := int64(0)
	for _, l := range c.leaves {
		c.flush(l)
		start, dictionary, raw := len(c.file), -1, l.raw
		if len(l.dict) > 0 {
			dictionary = start
			packed := c.pack.squeeze(c.out.Compression, l.keys)
			var h thrift
			h.i32(1, dictionaryPage)
			h.i32(2, len(l.keys))
			h.i32(3, len(packed))
			h.begin(7)
			h.i32(1, len(l.dict))
			h.i32(2, plain+plainDictionary*b2i(!c.out.V2))
			h.end()
			h.b = append(h.b, 0)
			c.file = append(append(c.file, h.b...), packed...)
			raw += int64(len(h.b) + len(l.keys))
		}
		data := len(c.file)
		c.file = append(c.file, l.pages...)
		t := &c.groups
		t.open()
		t.i64(2, int64(start))
		t.begin(3)
		t.i32(1, l.typ.physical())
		encodings := []int{rle}
		if dictionary >= 0 {
			encodings = append(encodings, c.dictionaryEncoding())
		}
		if l.anyPlain || dictionary < 0 || c.out.V2 {
			encodings = append(encodings, plain)
		}
		t.list(2, thriftI32, len(encodings))
		for _, e := range encodings {
			t.varint(int64(e))
		}
		t.list(3, thriftBinary, len(l.path))
		for _, name := range l.path {
			t.item(name)
		}
		t.i32(4, slices.Index(codecs, c.out.Compression))
		t.i64(5, l.values)
		t.i64(6, raw)
		t.i64(7, int64(len(c.file)-start))
		t.i64(9, int64(data))
		if dictionary >= 0 {
			t.i64(11, int64(dictionary))
		}
		t.end()
		t.end()
		total += raw
		*l = leaf{path: l.path, typ: l.typ, maxDef: l.maxDef, maxRep: l.maxRep, text: l.text, plain: !c.out.Dictionary || l.typ.Kind == Boolean,
			reps: l.reps, defs: l.defs, data: l.data, index: l.index}
	}
	c.groups.i64(2, total)
	c.groups.i64(3, c.group)
	c.groups.end()
	c.count++
	c.group = 0
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Finish ends the file and returns it. The converter is used up.
func (c *Converter) Finish() []byte {
	if c.close(); len(c.file) == 0 {
		c.file = append(c.file, magic...)
	}
	var t thrift
	t.i32(1, 1+b2i(c.out.V2))
	elements := 1
	count(&c.root, &elements)
	t.list(2, thriftStruct, elements)
	t.open()
	t.text(4, "hive_schema")
	t.i32(5, len(c.schema))
	t.end()
	for _, k := range c.root.kids {
		t.element(k, true)
	}
	t.i64(3, c.rows)
	t.list(4, thriftStruct, c.count)
	t.b = append(t.b, c.groups.b...)
	t.text(6, createdBy)
	t.b = append(t.b, 0)
	c.file = append(c.file, t.b...)
	c.file = binary.LittleEndian.AppendUint32(c.file, uint32(len(t.b)))
	return append(c.file, magic...)
}

// count adds how many elements of the schema stand below a node.
func count(n *node, elements *int) {
	if n.Kind == Array || n.Kind == Map {
		*elements++
	}
	for _, k := range n.kids {
		*elements++
		count(k, elements)
	}
}

// element writes a node of the schema and what stands below it.
func (t *thrift) element(n *node, optional bool) {
	group := func(repetition int, name string, children, converted int) {
		t.open()
		t.i32(3, repetition)
		t.text(4, name)
		t.i32(5, children)
		if converted >= 0 {
			t.i32(6, converted)
		}
		t.end()
	}
	switch n.Kind {
	case Struct:
		group(b2i(optional), n.name, len(n.kids), -1)
	case Array:
		group(b2i(optional), n.name, 1, convertedList)
		group(2, "bag", 1, -1)
	case Map:
		group(b2i(optional), n.name, 1, convertedMap)
		group(2, "map", 2, convertedEntry)
		t.element(n.kids[0], false)
		t.element(n.kids[1], true)
		return
	default:
		t.open()
		t.i32(1, n.physical())
		if n.Kind == Decimal {
			t.i32(2, decimalBytes(n.Precision))
		}
		t.i32(3, b2i(optional))
		t.text(4, n.name)
		if v := n.converted(); v >= 0 {
			t.i32(6, v)
		}
		if n.Kind == Decimal {
			t.i32(7, n.Scale)
			t.i32(8, n.Precision)
		}
		t.end()
		return
	}
	for _, k := range n.kids {
		t.element(k, true)
	}
}
