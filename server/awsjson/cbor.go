package awsjson

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"shardlab/wasm/aws"
)

// The CBOR forms of the protocol have the members of the JSON form; blobs are byte strings, and timestamps stand under tag 1.
// A request becomes the JSON that the door of a world takes; an answer is written from its structure.
//
// Source: RFC 8949; the milliseconds: the AWS SDK for Java and the emulators that answer it.

// A cbor is one of the two forms. In that of Data Streams timestamps are whole milliseconds since 1970, where CBOR itself, and
// the newer one with seconds set, want seconds.
type cbor struct{ seconds bool }

// Major types of CBOR, in the upper three bits of a first byte.
const (
	cborUint byte = iota << 5
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborSimple
)

// Whole first bytes.
const (
	cborFalse = cborSimple | 20
	cborTrue  = cborSimple | 21
	cborNull  = cborSimple | 22
	cborBreak = cborSimple | 31
)

// cborDepth bounds how deeply a request may be nested. It is ours: no request of a service is nested more than thrice.
const cborDepth = 64

// decode is a request in CBOR as JSON; members says what is a blob and what a timestamp. What is no CBOR map is refused as
// what is no JSON object: with a SerializationException without a message.
func (k cbor) decode(body []byte, members []aws.Member) ([]byte, *aws.Error) {
	d := cborReader{cbor: k, in: body, out: make([]byte, 0, len(body)+len(body)/2)}
	if len(body) == 0 || body[0]&0xe0 != cborMap {
		return nil, aws.Errorf(aws.Serialization, "")
	}
	d.value(&aws.Member{Kind: aws.Structure, Members: members}, 0)
	if !d.bad && d.at != len(d.in) {
		d.bad = true
	}
	switch {
	case d.bad:
		return nil, aws.Errorf(aws.Serialization, "")
	case d.wrong != "":
		return nil, aws.Errorf(aws.Serialization, "%s", d.wrong)
	}
	return d.out, nil
}

// A cborReader turns CBOR into JSON.
type cborReader struct {
	cbor
	in    []byte
	at    int
	out   []byte
	bad   bool   // it is no CBOR that a request may be; nothing after it counts
	wrong string // what the first value of a wrong type is told
}

// head reads a first byte and its argument. open says that the length stands not there but a break at the end.
func (d *cborReader) head() (major byte, n uint64, open bool) {
	if d.at >= len(d.in) {
		d.bad = true
		return 0, 0, false
	}
	first := d.in[d.at]
	d.at++
	major = first & 0xe0
	switch info := first & 0x1f; {
	case info < 24:
		return major, uint64(info), false
	case info < 28:
		size := 1 << (info - 24)
		if len(d.in)-d.at < size {
			d.bad = true
			return major, 0, false
		}
		for range size {
			n = n<<8 | uint64(d.in[d.at])
			d.at++
		}
		return major, n, false
	case info == 31 && major >= cborBytes && major <= cborMap:
		return major, 0, true
	}
	d.bad = true
	return major, 0, false
}

// done takes the break that ends what has no length.
func (d *cborReader) done() bool {
	if d.at < len(d.in) && d.in[d.at] == cborBreak {
		d.at++
		return true
	}
	if d.at >= len(d.in) {
		d.bad = true
	}
	return d.bad
}

// text reads the bytes of a string whose head was read.
func (d *cborReader) text(major byte, n uint64, open bool) []byte {
	if !open {
		if n > uint64(len(d.in)-d.at) {
			d.bad = true
			return nil
		}
		d.at += int(n)
		return d.in[d.at-int(n) : d.at]
	}
	var all []byte
	for !d.done() {
		m, n, nested := d.head()
		if d.bad || m != major || nested {
			d.bad = true
			return nil
		}
		all = append(all, d.text(m, n, false)...)
	}
	return all
}

// value writes the next value as JSON; m says what a member is meant to hold, nil that nobody knows it.
func (d *cborReader) value(m *aws.Member, depth int) {
	if d.bad || depth > cborDepth {
		d.bad = true
		return
	}
	if d.at < len(d.in) && d.in[d.at]&0xe0 == cborSimple {
		d.simple(m)
		return
	}
	major, n, open := d.head()
	if d.bad {
		return
	}
	kind := aws.Kind("")
	if m != nil {
		kind = m.Kind
	}
	switch major {
	case cborUint:
		d.number(kind, float64(n), func() { d.out = strconv.AppendUint(d.out, n, 10) })
	case cborNegative:
		d.number(kind, -1-float64(n), func() {
			d.out = append(d.out, '-')
			if n == math.MaxUint64 {
				d.out = append(d.out, "18446744073709551616"...)
				return
			}
			d.out = strconv.AppendUint(d.out, n+1, 10)
		})
	case cborBytes:
		text := d.text(major, n, open)
		if kind != aws.BlobKind && kind != "" {
			d.mismatch("class java.nio.HeapByteBuffer", kind)
		}
		d.out = append(d.out, '"')
		d.out = base64.StdEncoding.AppendEncode(d.out, text)
		d.out = append(d.out, '"')
	case cborText:
		text := d.text(major, n, open)
		if kind == aws.BlobKind {
			d.mismatch("class java.lang.String", kind)
		}
		d.out = appendText(d.out, text)
	case cborArray:
		var elem *aws.Member
		if m != nil && kind == aws.List {
			elem = m.Elem
		}
		d.out = append(d.out, '[')
		d.items(n, open, func() { d.value(elem, depth+1) })
		d.out = append(d.out, ']')
	case cborMap:
		d.out = append(d.out, '{')
		d.items(n, open, func() { d.entry(m, depth) })
		d.out = append(d.out, '}')
	case cborTag: // of no meaning here: a timestamp is known by its member
		d.value(m, depth+1)
	}
}

// items writes what an array or a map holds, with commas between.
func (d *cborReader) items(n uint64, open bool, item func()) {
	for i := uint64(0); !d.bad && (open || i < n); i++ {
		if open && d.done() {
			return
		}
		if i > 0 {
			d.out = append(d.out, ',')
		}
		item()
	}
}

// entry writes a key and its value.
func (d *cborReader) entry(m *aws.Member, depth int) {
	major, n, open := d.head()
	if d.bad || major != cborText {
		d.bad = true
		return
	}
	key := d.text(major, n, open)
	d.out = append(appendText(d.out, key), ':')
	var held *aws.Member
	if m != nil {
		switch m.Kind {
		case aws.Map:
			held = m.Elem
		case aws.Structure:
			for i := range m.Members {
				if m.Members[i].Name == string(key) {
					held = &m.Members[i]
				}
			}
		}
	}
	d.value(held, depth+1)
}

// number writes a number; that of a timestamp becomes seconds.
func (d *cborReader) number(kind aws.Kind, f float64, plain func()) {
	if kind != aws.TimeKind {
		plain()
		return
	}
	if d.seconds {
		f = math.Round(f * 1000)
	}
	const most = 1 << 52 // of a timestamp, as package aws cuts it
	d.out = append(d.out, aws.Timestamp(max(-most, min(most, f))).String()...)
}

// simple writes what stands in a first byte and its argument alone: truth, null and fractions.
func (d *cborReader) simple(m *aws.Member) {
	first := d.in[d.at]
	d.at++
	f := 0.0
	size := 0
	switch first {
	case cborFalse:
		d.out = append(d.out, "false"...)
		return
	case cborTrue:
		d.out = append(d.out, "true"...)
		return
	case cborNull, cborNull + 1: // and undefined
		d.out = append(d.out, "null"...)
		return
	case cborSimple | 25:
		size = 2
	case cborSimple | 26:
		size = 4
	case cborSimple | 27:
		size = 8
	}
	if size == 0 || len(d.in)-d.at < size {
		d.bad = true
		return
	}
	bits := d.in[d.at : d.at+size]
	d.at += size
	switch size {
	case 2:
		f = half(binary.BigEndian.Uint16(bits))
	case 4:
		f = float64(math.Float32frombits(binary.BigEndian.Uint32(bits)))
	case 8:
		f = math.Float64frombits(binary.BigEndian.Uint64(bits))
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		d.bad = true
		return
	}
	kind := aws.Kind("")
	if m != nil {
		kind = m.Kind
	}
	d.number(kind, f, func() { d.out = strconv.AppendFloat(d.out, f, 'g', -1, 64) })
}

// half is a number of sixteen bits.
func half(bits uint16) float64 {
	sign, exp, frac := 1.0, int(bits>>10&0x1f), float64(bits&0x3ff)
	if bits&0x8000 != 0 {
		sign = -1
	}
	switch exp {
	case 0:
		return sign * math.Ldexp(frac, -24)
	case 31:
		if frac != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+frac, exp-25)
}

// mismatch remembers that a value cannot be what its member holds. The words are the service's for JSON.
func (d *cborReader) mismatch(class string, kind aws.Kind) {
	if d.wrong != "" {
		return
	}
	what := map[aws.Kind]string{aws.BlobKind: "a Blob", aws.Int: "an Integer", aws.TimeKind: "milliseconds since epoch", aws.Bool: "an Boolean", aws.String: "an String"}[kind]
	switch kind {
	case aws.List:
		d.wrong = "Expected list or null"
	case aws.Map:
		d.wrong = "Expected map or null"
	case aws.Structure:
		d.wrong = "Expected null"
	default:
		d.wrong = class + " can not be converted to " + what
	}
}

// encode writes an answer's structure; a nil one has no body.
func (k cbor) encode(out any) []byte {
	if out == nil {
		return nil
	}
	return k.append(nil, reflect.ValueOf(out))
}

// refusal is the body of an error.
func (k cbor) refusal(e *aws.Error) []byte {
	b := append([]byte{cborMap | 31}, appendCBORText(nil, "__type")...)
	b = appendCBORText(b, e.Code)
	if e.Message != "" {
		key := "message"
		if e.Code == aws.Serialization {
			key = "Message"
		}
		b = appendCBORText(appendCBORText(b, key), e.Message)
	}
	return append(b, cborBreak)
}

// appendHead writes a first byte and its argument.
func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

func appendCBORText(b []byte, s string) []byte {
	return append(appendHead(b, cborText, uint64(len(s))), s...)
}

func appendCBORInt(b []byte, n int64) []byte {
	if n < 0 {
		return appendHead(b, cborNegative, uint64(-1-n))
	}
	return appendHead(b, cborUint, uint64(n))
}

// append writes a value. Structures are maps without a length, as the service writes them.
func (k cbor) append(b []byte, v reflect.Value) []byte {
	switch x := v.Interface().(type) {
	case aws.Blob:
		if x == nil {
			return append(b, cborNull)
		}
		return append(appendHead(b, cborBytes, uint64(len(x))), x...)
	case aws.Timestamp:
		if k.seconds {
			return binary.BigEndian.AppendUint64(append(b, cborTag|1, cborSimple|27), math.Float64bits(float64(x)/1000))
		}
		return appendCBORInt(append(b, cborTag|1), int64(x))
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return append(b, cborNull)
		}
		return k.append(b, v.Elem())
	case reflect.Struct:
		b = append(b, cborMap|31)
		for _, f := range fieldsOf(v.Type()) {
			e := v.FieldByIndex(f.index)
			if f.omitempty && isEmpty(e) {
				continue
			}
			b = k.append(append(b, f.key...), e)
		}
		return append(b, cborBreak)
	case reflect.Slice:
		if v.IsNil() {
			return append(b, cborNull)
		}
		b = appendHead(b, cborArray, uint64(v.Len()))
		for i := range v.Len() {
			b = k.append(b, v.Index(i))
		}
		return b
	case reflect.Map:
		if v.IsNil() {
			return append(b, cborNull)
		}
		b = appendHead(b, cborMap, uint64(v.Len()))
		for _, key := range sortedKeys(v) {
			b = k.append(appendCBORText(b, key.String()), v.MapIndex(key))
		}
		return b
	case reflect.String:
		return appendCBORText(b, v.String())
	case reflect.Bool:
		if v.Bool() {
			return append(b, cborTrue)
		}
		return append(b, cborFalse)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return appendCBORInt(b, v.Int())
	case reflect.Float32, reflect.Float64:
		return binary.BigEndian.AppendUint64(append(b, cborSimple|27), math.Float64bits(v.Float()))
	}
	panic("awsjson: an answer holds a " + v.Type().String())
}

func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	for i := range keys { // few: tags
		for j := i; j > 0 && keys[j].String() < keys[j-1].String(); j-- {
			keys[j], keys[j-1] = keys[j-1], keys[j]
		}
	}
	return keys
}

// isEmpty is what encoding/json leaves out of an answer.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// A member of an answer's structure.
type member struct {
	index     []int // several when it stands in an embedded structure
	name      string
	key       []byte // the name in CBOR
	omitempty bool
}

// plans keeps the members of structures by their type.
var plans sync.Map

func fieldsOf(t reflect.Type) []member {
	if p, ok := plans.Load(t); ok {
		return p.([]member)
	}
	var fields []member
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous && name == "" { // whose own members stand in its place
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields = append(fields, member{f.Index, name, appendCBORText(nil, name), strings.Contains(options, "omitempty")})
	}
	plans.Store(t, fields)
	return fields
}
