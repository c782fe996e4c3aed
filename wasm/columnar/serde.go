package columnar

import (
	"bytes"
	"fmt"
	"strings"
)

// A SerDe says how JSON becomes rows: the OpenX JSON SerDe, or the Hive JSON SerDe.
//
// Both read documents one behind the other, {…}{…}, and leave out members that no column names. The OpenX SerDe turns texts into
// numbers, a single value into an array of one, an array into a struct by position and anything into text; the Hive SerDe does none
// of this and reports the record.
// Source: Firehose API Reference, OpenXJsonSerDe and HiveJsonSerDe; Firehose Developer Guide, record-format-conversion;
// what either turns into what was measured on AWS, floci-io/floci issues 3235 and 3521.
type SerDe struct {
	Hive             bool
	TimestampFormats []string // of Hive: patterns of Joda-Time, or "millis"; none is java.sql.Timestamp.valueOf
	CaseSensitive    bool     // of OpenX
	Dots             bool     // of OpenX, ConvertDotsInJsonKeysToUnderscores: "a.b" is looked for as "a_b"
	Keys             []string // of OpenX, ColumnToJsonKeyMappings: column and JSON key, pair by pair
}

// A node is a column, or what stands in one. Its levels are those of Parquet: def is the definition level of a value that is there,
// rep the repetition level of a value that goes on in this array or map.
type node struct {
	*Type
	name     string
	def, rep int
	kids     []*node
	names    map[string]int // of a struct: its fields by JSON key
	spans    []span         // where their values are in the document at hand
	leaf     *leaf
	leaves   []*leaf // at or below it
}

type span struct{ from, to int }

// plant makes the nodes of a type.
func (c *Converter) plant(name string, t *Type, def, rep int, path []string) *node {
	n := &node{Type: t, name: name, def: def, rep: rep}
	at := len(c.leaves)
	path = append(path[:len(path):len(path)], name)
	switch t.Kind {
	case Struct:
		n.fields(t.Fields, c, path)
	case Array:
		n.rep++
		n.kids = []*node{c.plant("array_element", t.Elem, def+2, n.rep, append(path, "bag"))}
	case Map:
		n.rep++
		path = append(path, "map")
		n.kids = []*node{c.plant("key", t.Key, def+1, n.rep, path), c.plant("value", t.Elem, def+2, n.rep, path)}
	default:
		n.leaf = &leaf{typ: t, maxDef: def, maxRep: rep, path: path, text: t.Kind >= Char || t.Kind == String || t.Kind == Binary}
		n.leaf.plain = !c.out.Dictionary || t.Kind == Boolean
		c.leaves = append(c.leaves, n.leaf)
	}
	n.leaves = c.leaves[at:len(c.leaves):len(c.leaves)]
	return n
}

func (n *node) fields(all []Column, c *Converter, path []string) {
	n.names, n.spans = map[string]int{}, make([]span, len(all))
	for i, f := range all {
		n.kids = append(n.kids, c.plant(f.Name, f.Type, n.def+1, n.rep, path))
		name := f.Name
		for k := 0; k+1 < len(c.serde.Keys); k += 2 {
			if c.serde.Keys[k] == f.Name && n == &c.root && !c.serde.Hive {
				name = c.serde.Keys[k+1]
			}
		}
		n.names[c.fold(name)] = i
	}
}

// fold is a key as it is compared.
func (c *Converter) fold(key string) string {
	if c.serde.Hive || !c.serde.CaseSensitive {
		return strings.ToLower(key)
	}
	return key
}

// field is the field of a struct that a JSON key names, with its quotation marks; -1 when none is meant.
func (c *Converter) field(n *node, key []byte) int {
	b := key[1 : len(key)-1]
	if bytes.IndexByte(b, '\\') >= 0 {
		c.key = unquote(c.key[:0], key)
		b = c.key
	}
	if i, ok := n.names[string(b)]; ok {
		return i
	}
	if c.serde.Dots && !c.serde.Hive {
		c.key = append(c.key[:0], b...)
		for i, x := range c.key {
			if x == '.' {
				c.key[i] = '_'
			}
		}
		b = c.key
	}
	if i, ok := n.names[c.fold(string(b))]; ok {
		return i
	}
	return -1
}

// object writes a document's members into the fields of a struct; of members with the same name the last one counts.
func (c *Converter) object(n *node, from, rep int) *Failure {
	clear(n.spans)
	s := scanner{text: c.doc, pos: from}
	if !s.object(func(key []byte, from, to int) {
		if i := c.field(n, key); i >= 0 {
			n.spans[i] = span{from, to}
		}
	}) {
		return &Failure{ParseError, "Encountered malformed JSON. " + s.fail}
	}
	if n == &c.root {
		c.pos = s.pos
	}
	return c.spread(n, rep)
}

// spread writes what the spans of a struct hold into its fields.
func (c *Converter) spread(n *node, rep int) *Failure {
	for i, k := range n.kids {
		if at := n.spans[i]; at.to == 0 {
			k.null(rep, n.def)
		} else if f := c.value(k, at, rep); f != nil {
			return f
		}
	}
	return nil
}

// null writes that there is nothing, for every leaf.
func (n *node) null(rep, def int) {
	for _, l := range n.leaves {
		l.level(rep, def)
	}
}

// value writes a JSON value, which the scanner has gone over before.
func (c *Converter) value(n *node, at span, rep int) *Failure {
	b := c.doc[at.from:at.to]
	first := b[0]
	if first == 'n' {
		n.null(rep, n.def-1)
		return nil
	}
	switch n.Kind {
	case Struct:
		switch {
		case first == '{':
			return c.object(n, at.from, rep)
		case c.serde.Hive:
			return malformed("java.io.IOException: Start of Object expected")
		case first != '[':
			return notObject(b)
		}
		clear(n.spans)
		i := 0
		s := scanner{text: c.doc, pos: at.from}
		s.array(func(from, to int) {
			if i < len(n.spans) {
				n.spans[i] = span{from, to}
			}
			i++
		})
		return c.spread(n, rep)
	case Array:
		if first != '[' {
			if c.serde.Hive {
				return malformed("java.io.IOException: Start of Array expected")
			}
			return c.value(n.kids[0], at, rep)
		}
		var failure *Failure
		some := false
		s := scanner{text: c.doc, pos: at.from}
		s.array(func(from, to int) {
			if failure == nil {
				failure = c.value(n.kids[0], span{from, to}, rep)
			}
			rep, some = n.rep, true
		})
		if !some {
			n.null(rep, n.def)
		}
		return failure
	case Map:
		return c.entries(n, at, rep)
	}
	return c.scalar(n, b, at.from, rep)
}

func notObject(b []byte) *Failure {
	return malformed("Data is not JSONObject  but %s with value %s", javaType(b), plainText(b))
}

// javaType is the class of a value as a Java library names it.
func javaType(b []byte) string {
	switch {
	case b[0] == '"':
		return "java.lang.String"
	case b[0] == '[':
		return "org.openx.data.jsonserde.json.JSONArray"
	case b[0] == '{':
		return "org.openx.data.jsonserde.json.JSONObject"
	case b[0] == 't' || b[0] == 'f':
		return "java.lang.Boolean"
	case bytes.ContainsAny(b, ".eE"):
		return "java.lang.Double"
	}
	return "java.lang.Long"
}

// plainText is a value for a message.
func plainText(b []byte) string {
	if b[0] == '"' {
		b = unquote(nil, b)
	}
	return string(b[:min(len(b), 200)])
}

// entries writes an object into a map; of keys that are the same the last one counts.
func (c *Converter) entries(n *node, at span, rep int) *Failure {
	if c.doc[at.from] != '{' {
		if c.serde.Hive {
			return malformed("java.io.IOException: Start of Object expected")
		}
		return notObject(c.doc[at.from:at.to])
	}
	type entry struct {
		key string
		at  span
	}
	var all []entry
	place := map[string]int{}
	s := scanner{text: c.doc, pos: at.from}
	s.object(func(key []byte, from, to int) {
		k := string(unquote(nil, key))
		if !c.serde.Hive {
			k = c.fold(k)
		}
		if i, ok := place[k]; ok {
			all[i].at = span{from, to}
			return
		}
		place[k] = len(all)
		all = append(all, entry{k, span{from, to}})
	})
	if len(all) == 0 {
		n.null(rep, n.def)
	}
	for _, e := range all {
		c.quoted = quote(c.quoted[:0], []byte(e.key))
		if f := c.scalar(n.kids[0], c.quoted, 0, rep); f != nil {
			return f
		}
		if f := c.value(n.kids[1], e.at, rep); f != nil {
			return f
		}
		rep = n.rep
	}
	return nil
}

// compact appends JSON text without white space, its keys folded as the OpenX SerDe leaves them in a text.
func (c *Converter) compact(dst []byte, at span) []byte {
	first := true
	next := func(begin byte) {
		if !first {
			begin = ','
		}
		dst, first = append(dst, begin), false
	}
	s := scanner{text: c.doc, pos: at.from}
	switch c.doc[at.from] {
	case '{':
		s.object(func(key []byte, from, to int) {
			next('{')
			dst = append(quote(dst, []byte(c.fold(string(unquote(nil, key))))), ':')
			dst = c.compact(dst, span{from, to})
		})
		if first {
			dst = append(dst, '{')
		}
		return append(dst, '}')
	case '[':
		s.array(func(from, to int) {
			next('[')
			dst = c.compact(dst, span{from, to})
		})
		if first {
			dst = append(dst, '[')
		}
		return append(dst, ']')
	}
	return append(dst, c.doc[at.from:at.to]...)
}

// quote appends a text as a JSON string.
func quote(dst, text []byte) []byte {
	dst = append(dst, '"')
	for _, b := range text {
		switch {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b < ' ':
			dst = fmt.Appendf(dst, "\\u%04x", b)
		default:
			dst = append(dst, b)
		}
	}
	return append(dst, '"')
}
