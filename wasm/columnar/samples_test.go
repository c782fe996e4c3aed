package columnar

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"shardlab/wasm/sim"
)

var update = flag.Bool("update", false, "write testdata/samples.txt anew")

//go:embed testdata/samples.txt
var golden string

// A sample is a file that is held to what other readers find in it.
type sample struct {
	name  string
	file  []byte
	table Table
}

var wide = []string{"flag", "boolean", "tiny", "tinyint", "small", "smallint", "whole", "int", "big", "bigint", "single", "float", "twice", "double",
	"amount", "decimal(12,3)", "huge", "decimal(38,6)", "name", "string", "code", "char(4)", "label", "varchar(8)", "raw", "binary", "day", "date", "at", "timestamp",
	"tags", "array<string>", "counts", "map<string,bigint>", "venue", "struct<name:string,open:boolean,rank:int>",
	"lines", "array<struct<sku:string,qty:int,notes:array<string>>>", "grid", "array<array<int>>"}

// orders are JSON records for the columns of wide, with much that is null or empty.
func orders(n int) (all []string) {
	r := sim.NewRand(7, "columnar")
	for i := range n {
		var b strings.Builder
		fmt.Fprintf(&b, `{"whole":%d`, i)
		maybe := func(format string, args ...any) {
			switch r.IntN(5) {
			case 0:
			case 1:
				name, _, _ := strings.Cut(format, ":")
				b.WriteString("," + name + ":null")
			default:
				fmt.Fprintf(&b, ","+format, args...)
			}
		}
		list := func(item func() string) string {
			var items []string
			for range r.IntN(4) {
				items = append(items, item())
			}
			return "[" + strings.Join(items, ",") + "]"
		}
		text := func() string {
			return []string{`"red"`, `"grün"`, `""`, `null`, `"two\nlines"`, `"日本"`}[r.IntN(6)]
		}
		maybe(`"flag":%t`, r.IntN(2) == 0)
		maybe(`"tiny":%d`, int(r.IntN(256))-128)
		maybe(`"small":%d`, int(r.IntN(65536))-32768)
		maybe(`"big":%d`, int64(r.Uint64()))
		maybe(`"single":%g`, float64(r.IntN(1000))/8)
		maybe(`"twice":%g`, float64(r.IntN(1000000))/64)
		maybe(`"amount":%d.%03d`, int(r.IntN(200000))-100000, r.IntN(1000))
		maybe(`"huge":-%d%014d.%06d`, 1+r.IntN(99999), r.IntN(1<<40), r.IntN(1000000))
		maybe(`"name":"customer %d"`, r.IntN(40))
		maybe(`"code":"c%d"`, r.IntN(1000))
		maybe(`"label":%s`, text())
		maybe(`"raw":%s`, text())
		maybe(`"day":"%d-%d-%d"`, 1960+r.IntN(80), 1+r.IntN(12), 1+r.IntN(28))
		maybe(`"at":"20%02d-%02d-%02d %02d:%02d:%02d.%03d"`, r.IntN(38), 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000))
		maybe(`"tags":%s`, list(text))
		maybe(`"counts":{"a":%d,"b":null,"c%d":3}`, r.IntN(9), r.IntN(9))
		maybe(`"venue":{"name":%s,"rank":%d}`, text(), r.IntN(5))
		maybe(`"lines":%s`, list(func() string {
			return fmt.Sprintf(`{"sku":%s,"qty":%d,"notes":%s}`, text(), r.IntN(9), list(text))
		}))
		maybe(`"grid":%s`, list(func() string { return list(func() string { return fmt.Sprint(r.IntN(9)) }) }))
		all = append(all, b.String()+"}")
	}
	return all
}

// samples are files in every way to write one, and some larger than a page.
func samples(t *testing.T) (all []sample) {
	t.Helper()
	cols := schema(t, wide...)
	make := func(name string, cols []Column, out Output, records []string) {
		c := NewConverter(cols, SerDe{}, out)
		for _, r := range records {
			if f := c.Add([]byte(r)); f != nil {
				t.Fatal(f, r)
			}
		}
		file := c.Finish()
		table, err := ReadParquet(file, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sample{name, file, table})
	}
	for _, out := range outputs() {
		make(fmt.Sprintf("%s-dictionary=%t-v2=%t.parquet", out.Compression, out.Dictionary, out.V2), cols, out, orders(300))
	}
	var plain []string
	for _, r := range ticks(20_000) {
		plain = append(plain, string(r))
	}
	for _, dictionary := range []bool{false, true} { // pages, row groups that begin with a block, a dictionary that grows too large
		out := Output{Compression: "SNAPPY", Dictionary: dictionary, BlockBytes: 256 << 10, PageBytes: LeastPageBytes, Padding: 200 << 10}
		make(fmt.Sprintf("pages-dictionary=%t.parquet", dictionary), schema(t, tickColumns...), out, plain)
	}
	make("empty.parquet", cols, Parquet(), nil)
	return all
}

// objects are contents that are compressed.
func objects() map[string][]byte {
	noise := make([]byte, 200_000)
	r := sim.NewRand(1, "noise")
	for i := range noise {
		noise[i] = byte(r.Uint64())
	}
	return map[string][]byte{"nothing": nil, "a byte": {'x'}, "one letter": bytes.Repeat([]byte("a"), 100_000), "noise": noise, "records": bytes.Join(ticks(5000), []byte("\n"))}
}

// TestSamplesAreTheSameBytes holds the files to their hashes, natively and in WebAssembly: what other readers find in the
// files of the one they find in those of the other.
func TestSamplesAreTheSameBytes(t *testing.T) {
	var got strings.Builder
	for _, s := range samples(t) {
		fmt.Fprintf(&got, "%s %d %x\n", s.name, len(s.file), sha256.Sum256(s.file))
	}
	for _, c := range Compressions[1:] {
		packed, err := Compress(c.Format, "0f9c4d0e-5a52", objects()["records"])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "records%s %d %x\n", c.Ext, len(packed), sha256.Sum256(packed))
	}
	if *update {
		if err := os.WriteFile("testdata/samples.txt", []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got.String() != golden {
		t.Errorf("the files are others: look at them with make test-files, then go test ./wasm/columnar -update\n%s", got.String())
	}
}

// footer is what a file says of itself.
func footer(t *testing.T, file []byte) parsed {
	t.Helper()
	size := int(binary.LittleEndian.Uint32(file[len(file)-8:]))
	meta, rest, err := readThrift(file[len(file)-8-size : len(file)-8])
	if err != nil || len(rest) > 0 {
		t.Fatal(len(rest), err)
	}
	return meta
}

func TestPages(t *testing.T) {
	for _, s := range samples(t) {
		if !strings.HasPrefix(s.name, "pages") {
			continue
		}
		if s.table.Total != 20_000 || len(s.table.Rows) != 20_000 {
			t.Errorf("%s: %d of %d rows", s.name, len(s.table.Rows), s.table.Total)
		}
		meta := footer(t, s.file)
		groups := meta.get(4).in
		if len(groups) < 2 {
			t.Errorf("%s has %d row groups", s.name, len(groups))
		}
		for i := 1; i < len(groups); i++ {
			if at := groups[i].get(1).in[0].get(2).n; at%(256<<10) != 0 {
				t.Errorf("%s: row group %d begins at %d, in a block", s.name, i, at)
			}
		}
		first, err := ReadParquet(s.file, 3)
		if err != nil || len(first.Rows) != 3 || first.Total != 20_000 {
			t.Errorf("%s: the first rows are %v, %v", s.name, first.Rows, err)
		}
	}
}

func TestCompressions(t *testing.T) {
	for name, data := range objects() {
		for _, c := range Compressions {
			packed, err := Compress(c.Format, name, data)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decompress(c.Format, packed, len(data))
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s in %s: %d bytes come back of %d, %v", name, c.Format, len(got), len(data), err)
			}
			if c.Format != "UNCOMPRESSED" && len(data) > 1 {
				if _, err := Decompress(c.Format, packed, len(data)-1); err != errLarge {
					t.Errorf("%s in %s is larger than allowed: %v", name, c.Format, err)
				}
				if _, err := Decompress(c.Format, packed[:len(packed)/2], len(data)); err == nil {
					t.Errorf("%s in %s, cut in half, is read", name, c.Format)
				}
			}
		}
	}
	if _, err := Compress("gzip", "", nil); err == nil {
		t.Error("a format that is none is taken")
	}
}

// TestSnappyRoundTrip holds encoder and decoder to each other on texts that repeat themselves.
func TestSnappyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var data []byte
		for range rapid.IntRange(0, 20).Draw(t, "parts") {
			part := rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "part")
			for range rapid.IntRange(1, 300).Draw(t, "times") {
				data = append(data, part...)
			}
			if n := len(data); n > 0 {
				from := rapid.IntRange(0, n-1).Draw(t, "from")
				data = append(data, data[from:min(n, from+rapid.IntRange(0, 70_000).Draw(t, "again"))]...)
			}
		}
		var s snappy
		got, err := unsnappy(nil, s.encode(nil, data), len(data))
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes come back of %d: %v", len(got), len(data), err)
		}
	})
}

// FuzzReadParquet holds the reader to its word: whatever it is given, it says what is wrong or reads.
func FuzzReadParquet(f *testing.F) {
	cols, failure := Schema("a", "array<struct<b:string,c:int>>", "m", "map<string,double>")
	if failure != nil {
		f.Fatal(failure)
	}
	for _, out := range outputs() {
		c := NewConverter(cols, SerDe{}, out)
		c.Add([]byte(`{"a":[{"b":"x","c":1},{"c":2}],"m":{"k":1.5}}{}{"a":[]}`))
		f.Add(c.Finish())
	}
	f.Fuzz(func(t *testing.T, file []byte) { ReadParquet(file, 10) })
}

// FuzzAdd converts whatever it is given, or says why not, and never leaves half a record behind.
func FuzzAdd(f *testing.F) {
	cols, failure := Schema(wide...)
	if failure != nil {
		f.Fatal(failure)
	}
	for _, o := range orders(20) {
		f.Add([]byte(o))
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		for _, hive := range []bool{false, true} {
			c := NewConverter(cols, SerDe{Hive: hive}, Output{Compression: "UNCOMPRESSED", Dictionary: true, BlockBytes: 1 << 20, PageBytes: 1 << 16})
			c.Add([]byte(`{"whole":1}`))
			before := c.Rows()
			bad := c.Add(record) != nil
			rows := c.Rows()
			c.Add([]byte(`{"whole":2}`))
			got, err := ReadParquet(c.Finish(), 1<<20)
			if err != nil || got.Total != rows+1 || bad && rows != before || got.Rows[len(got.Rows)-1][3] != "2" {
				t.Fatalf("%q: %v, %d rows of %d, the last %v", record, err, got.Total, rows+1, got.Rows[len(got.Rows)-1])
			}
		}
	})
}
