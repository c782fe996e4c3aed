package aggregation_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/awslabs/kinesis-aggregation/go/v2/deaggregator"
	"pgregory.net/rapid"

	"shardlab/wasm/aggregation"
)

func record(key, data string) aggregation.Record {
	return aggregation.Record{PartitionKey: key, Data: []byte(data)}
}

// vectors are records with their bytes, computed apart from this code.
var vectors = []struct {
	name    string
	records []aggregation.Record
	hex     string
}{
	{"a key is written once", []aggregation.Record{record("user-1", "hello"), record("user-2", "world"), record("user-1", "!")},
		"f3899ac20a06757365722d310a06757365722d321a0908001a0568656c6c6f1a0908011a05776f726c641a0508001a0121cda4c4ee5d6f42eeb8e7a5426313f720"},
	{"an explicit hash key has a table of its own", []aggregation.Record{{PartitionKey: "k", ExplicitHashKey: "0", Data: []byte("x")}},
		"f3899ac20a016b1201301a07080010001a0178a1d6f271fff418b9288859da836088fe"},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			if got := hex.EncodeToString(aggregation.Encode(v.records)); got != v.hex {
				t.Errorf("Encode gives\n%s, want\n%s", got, v.hex)
			}
			data, _ := hex.DecodeString(v.hex)
			if got, ok := aggregation.Decode(data); !ok || !same(got, v.records) {
				t.Errorf("Decode gives %v %t", got, ok)
			}
		})
	}
}

// sealed wraps a message as the format does.
func sealed(message string) []byte {
	sum := md5.Sum([]byte(message))
	return []byte("\xf3\x89\x9a\xc2" + message + string(sum[:]))
}

// odd are data that Decode must not unpack, and odd ones that it must.
var odd = []struct {
	name string
	data []byte
	ok   bool
	n    int
}{
	{"nothing", nil, false, 0},
	{"text", []byte(`{"bike":1}`), false, 0},
	{"the magic number alone", []byte("\xf3\x89\x9a\xc2"), false, 0},
	{"an empty message", sealed(""), false, 0},
	{"tables without records", sealed("\x0a\x01k"), true, 0},
	{"a wrong MD5", append(sealed("\x0a\x01k\x1a\x05\x08\x00\x1a\x01x")[:29], 0), false, 0},
	{"a record without a key's place", sealed("\x0a\x01k\x1a\x03\x1a\x01x"), false, 0},
	{"a record without data", sealed("\x0a\x01k\x1a\x02\x08\x00"), false, 0},
	{"a record that is cut off", sealed("\x0a\x01k\x1a\x09\x08\x00\x1a\x01x"), false, 0},
	{"a number that does not end", sealed("\x0a\x01k\x1a\x02\x08\xff"), false, 0},
	{"a field with number 0", sealed("\x02\x01k"), false, 0},
	{"an unknown field", sealed("\x0a\x01k\x72\x02hi\x1a\x05\x08\x00\x1a\x01x"), true, 1},
	{"an unknown group", sealed("\x0a\x01k\x73\x08\x01\x74\x1a\x05\x08\x00\x1a\x01x"), true, 1},
	{"a group that another ends", sealed("\x0a\x01k\x73\x08\x01\x7c\x1a\x05\x08\x00\x1a\x01x"), false, 0},
	{"a group that does not end", sealed("\x0a\x01k\x73\x08\x01"), false, 0},
	{"an end without a group", sealed("\x0a\x01k\x74"), false, 0},
	{"the last of two places counts", sealed("\x0a\x01k\x1a\x07\x08\x05\x08\x00\x1a\x01x"), true, 1},
	{"a table after the records", sealed("\x1a\x05\x08\x00\x1a\x01x\x0a\x01k"), true, 1},
	{"empty data", sealed("\x0a\x01k\x1a\x04\x08\x00\x1a\x00"), true, 1},
	{"a tag without a key", sealed("\x0a\x01k\x1a\x0a\x08\x00\x1a\x01x\x22\x03\x12\x01v"), false, 0},
}

func TestOddData(t *testing.T) {
	for _, row := range odd {
		t.Run(row.name, func(t *testing.T) {
			got, ok := aggregation.Decode(row.data)
			if ok != row.ok || len(got) != row.n {
				t.Errorf("Decode gives %d records, %t; want %d, %t", len(got), ok, row.n, row.ok)
			}
			agree(t, row.data)
		})
	}
}

// TestPlaceOutsideTheTable holds that such a record ends the list: the KCL logs its exception and keeps what came before.
func TestPlaceOutsideTheTable(t *testing.T) {
	for _, bad := range []string{"\x1a\x05\x08\x01\x1a\x01y", "\x1a\x07\x08\x00\x10\x00\x1a\x01y"} {
		got, ok := aggregation.Decode(sealed("\x0a\x01k\x1a\x05\x08\x00\x1a\x01x" + bad + "\x1a\x05\x08\x00\x1a\x01z"))
		if !ok || !same(got, []aggregation.Record{record("k", "x")}) {
			t.Errorf("Decode gives %v, %t", got, ok)
		}
	}
}

// anyRecord draws user records that share keys.
func anyRecord() *rapid.Generator[aggregation.Record] {
	return rapid.Custom(func(t *rapid.T) aggregation.Record {
		r := aggregation.Record{
			PartitionKey: rapid.OneOf(rapid.StringMatching(`k[0-9]`), rapid.String()).Draw(t, "key"),
			Data:         rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data"),
		}
		if rapid.Bool().Draw(t, "explicit") {
			r.ExplicitHashKey = rapid.StringMatching(`[1-9][0-9]{0,37}`).Draw(t, "hash")
		}
		for range rapid.IntRange(0, 2).Draw(t, "tags") {
			r.Tags = append(r.Tags, aggregation.Tag{Key: rapid.String().Draw(t, "tag"), Value: rapid.String().Draw(t, "value")})
		}
		return r
	})
}

// TestBuilder walks a Builder at random: sizes are told before they are, taking back undoes exactly, and what is packed
// comes out again, with us and with an independent implementation.
func TestBuilder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b aggregation.Builder
		var held []aggregation.Record
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			if len(held) > 0 && rapid.IntRange(0, 3).Draw(t, "step") == 0 {
				last := len(held) - 1
				if r := b.RemoveLast(); !same([]aggregation.Record{r}, held[last:]) {
					t.Fatalf("took back %v, want %v", r, held[last])
				}
				held = held[:last]
			} else {
				r := anyRecord().Draw(t, "record")
				want := b.SizeWith(r)
				b.Add(r)
				held = append(held, r)
				if b.Size() != want {
					t.Fatalf("Size is %d, SizeWith said %d", b.Size(), want)
				}
			}
			var fresh aggregation.Builder
			for _, r := range held {
				fresh.Add(r)
			}
			c := b.Clone()
			data := c.Append(nil)
			if len(data) != b.Size() || b.Len() != len(held) || b.KPLSize() != fresh.KPLSize() || !bytes.Equal(data, fresh.Append(nil)) {
				t.Fatalf("%d bytes, Size %d, Len %d of %d, KPLSize %d of %d", len(data), b.Size(), b.Len(), len(held), b.KPLSize(), fresh.KPLSize())
			}
			if len(held) == 0 {
				continue
			}
			if got, ok := aggregation.Decode(data); !ok || !same(got, held) {
				t.Fatalf("Decode gives %v %t, want %v", got, ok, held)
			}
			agree(t, data)
		}
		b.Reset()
		if b.Len() != 0 || b.Size() != 0 || b.KPLSize() != 0 {
			t.Fatal("Reset leaves something")
		}
	})
}

// TestKPLSize holds the KPL's own way to weigh: raw data, then its estimate, which is never below the truth here.
func TestKPLSize(t *testing.T) {
	var b aggregation.Builder
	for i := range 200 {
		b.Add(record(fmt.Sprintf("user-%d", i%5), strings.Repeat("x", 250)))
		switch {
		case i == 0 && (b.KPLSize() != 250 || b.SentSize() != 250 || b.Size() == 250):
			t.Errorf("one record weighs %d, is sent with %d and would be packed in %d", b.KPLSize(), b.SentSize(), b.Size())
		case i > 0 && (b.SentSize() != b.Size() || b.KPLSize() != min(i+1, 5)*(6+3)+(i+1)*(250+3+2)):
			t.Errorf("%d records weigh %d", i+1, b.KPLSize())
		}
	}
}

// FuzzDecode: Decode never fails; what it unpacks can be packed again and comes out the same; an independent
// implementation unpacks exactly what we unpack.
func FuzzDecode(f *testing.F) {
	for _, v := range vectors {
		data, _ := hex.DecodeString(v.hex)
		f.Add(data, true)
		f.Add(data[4:len(data)-16], false)
	}
	for _, row := range odd {
		f.Add(row.data, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, whole bool) {
		if !whole { // data are a message: give it magic number and MD5, which chance would not find
			data = sealed(string(data))
		}
		agree(t, data)
		records, ok := aggregation.Decode(data)
		if !ok || len(records) == 0 {
			return
		}
		for i := range records {
			records[i].Tags = slices.Clone(records[i].Tags)
		}
		if again, ok := aggregation.Decode(aggregation.Encode(records)); !ok || !same(again, records) {
			t.Fatalf("packed again %v, %t; want %v", again, ok, records)
		}
	})
}

// agree compares Decode with awslabs/kinesis-aggregation, which knows no explicit hash keys and ends the program when a
// place is outside its table.
func agree(t interface {
	Helper()
	Fatalf(string, ...any)
}, data []byte) {
	t.Helper()
	key := "plain"
	theirs, err, broke := func() (r []types.Record, err error, broke bool) {
		defer func() { broke = recover() != nil }()
		r, err = deaggregator.DeaggregateRecords([]types.Record{{PartitionKey: &key, Data: data}})
		return r, err, false
	}()
	if broke {
		return
	}
	ours, ok := aggregation.Decode(data)
	raw := err == nil && len(theirs) == 1 && theirs[0].PartitionKey == &key
	if ok != (err == nil && !raw) {
		t.Fatalf("Decode says %t; they say %d records, %v", ok, len(theirs), err)
	}
	if !ok {
		return
	}
	for i, r := range ours {
		if i >= len(theirs) || r.PartitionKey != *theirs[i].PartitionKey || !bytes.Equal(r.Data, theirs[i].Data) {
			t.Fatalf("record %d is %v; they have %d records", i, r, len(theirs))
		}
	}
}

func same(a, b []aggregation.Record) bool {
	return slices.EqualFunc(a, b, func(a, b aggregation.Record) bool {
		return a.PartitionKey == b.PartitionKey && a.ExplicitHashKey == b.ExplicitHashKey && bytes.Equal(a.Data, b.Data) && slices.Equal(a.Tags, b.Tags)
	})
}

func BenchmarkEncodeDecode(b *testing.B) {
	b.ReportAllocs()
	var records []aggregation.Record
	for i := range 190 {
		records = append(records, record(fmt.Sprintf("bike-%d", i%40), strings.Repeat("x", 250)))
	}
	for b.Loop() {
		if got, ok := aggregation.Decode(aggregation.Encode(records)); !ok || len(got) != len(records) {
			b.Fatal(len(got), ok)
		}
	}
}
