package kinesis

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// routes are partition keys with their MD5, their hash key, and the shard that takes them in streams of 1, 2, 3, 4, 5, 8
// and 16 even shards.
var routes = []struct {
	key, md5, hash string
	shards         [7]int32
}{
	{"a", "0cc175b9c0f1b6a831c399e269772661", "16955237001963240173058271559858726497", [7]int32{0, 0, 0, 0, 0, 0, 0}},
	{"1", "c4ca4238a0b923820dcc509a6f75849b", "261578874264819908609102035485573088411", [7]int32{0, 1, 2, 3, 3, 6, 12}},
	{"hot", "27369b3bf4483e8dcfd85ba9a39a947f", "52123424389524434543810875721202177151", [7]int32{0, 0, 0, 0, 0, 1, 2}},
	{"user-42", "7631bc07a1cc8fcd56e70fc6b2fb4a43", "157107139746365290205026809710278036035", [7]int32{0, 0, 1, 1, 2, 3, 7}},
	{"device-7", "3e55387541d356d21a9ae5aead1f8c97", "82854626076645082116509365037338430615", [7]int32{0, 0, 0, 0, 1, 1, 3}},
	{"partitionkey1", "4cc08079a1f69eccd73304640467c3aa", "102020854461654457130574887995442709418", [7]int32{0, 0, 0, 1, 1, 2, 4}},
	{"partitionkey2", "ca4d7d6f3921c8e83c9ba497b3a7a1fd", "268906406119868172465282756628632281597", [7]int32{0, 1, 2, 3, 3, 6, 12}},
	{"key-0", "b4428b7e85e1fa85481af6307d7f3cf7", "239606560113066237791549349790285249783", [7]int32{0, 1, 2, 2, 3, 5, 11}},
	{"key-1", "21af6b8b5e2244835679bbdbe0ab03a6", "44775357070821016797045618461742138278", [7]int32{0, 0, 0, 0, 0, 1, 2}},
	{"key-2", "bcca528ca1b0ba9d641cf4b123f2d026", "250945381472559209509868188232603324454", [7]int32{0, 1, 2, 2, 3, 5, 11}},
	{"key-3", "5ccd563d0f716c309df53229000ad62c", "123355145593135122062122607335353013804", [7]int32{0, 0, 1, 1, 1, 2, 5}},
	{"order-2", "18899d7d59a5ab5aa0dff9fca8604ece", "32616010838029787760902727458227244750", [7]int32{0, 0, 0, 0, 0, 0, 1}},
	{"Zürich", "103a821a3a6a0b923c9f74a39662bb51", "21571439941612705407085021742162426705", [7]int32{0, 0, 0, 0, 0, 0, 1}},
	{"日本", "4dbed2e657457884e67137d3514119b3", "103341369634063465466164320543046703539", [7]int32{0, 0, 0, 1, 1, 2, 4}},
	{"🚀", "107040754cae44f639957714f9eb5711", "21850492548355742038695361153656903441", [7]int32{0, 0, 0, 0, 0, 0, 1}},
	{"", "d41d8cd98f00b204e9800998ecf8427e", "281949768489412648962353822266799178366", [7]int32{0, 1, 2, 3, 4, 6, 13}},
}

// shows: RC2
func TestHashKeyAndRouteOfPartitionKeys(t *testing.T) {
	for i, n := range []int64{1, 2, 3, 4, 5, 8, 16} {
		w, st := streamOf(t, n)
		for _, r := range routes {
			h := HashKey(r.key)
			if got := fmt.Sprintf("%016x%016x", h[0], h[1]); got != r.md5 {
				t.Errorf("key %q: MD5 %s, want %s", r.key, got, r.md5)
			}
			if h.String() != r.hash {
				t.Errorf("key %q: hash %s, want %s", r.key, h, r.hash)
			}
			if back, ok := ParseHash(r.hash); !ok || back != h {
				t.Errorf("hash %s reads as %v (%v)", r.hash, back, ok)
			}
			sh, ok := st.ShardFor(h)
			if !ok || sh.Number() != r.shards[i] {
				t.Errorf("key %q of %d shards: shard %d, want %d", r.key, n, sh.Number(), r.shards[i])
			}
			if r.key == "" {
				continue // the service takes no empty key
			}
			out, err := w.PutRecord(&PutRecordInput{StreamName: ptr("orders"), PartitionKey: ptr(r.key), Data: []byte{}})
			w.must(err)
			if out.ShardId != ShardID(r.shards[i]) {
				t.Errorf("key %q of %d shards was put into %s, want %s", r.key, n, out.ShardId, ShardID(r.shards[i]))
			}
			w.wait(10 * time.Millisecond)
		}
	}
}

// shows: SH1
func TestRangesOfEvenShards(t *testing.T) {
	for _, row := range []struct {
		n      int64
		starts []string
	}{
		{1, nil},
		{2, []string{"170141183460469231731687303715884105728"}},
		{3, []string{"113427455640312821154458202477256070485", "226854911280625642308916404954512140970"}},
		{4, []string{"85070591730234615865843651857942052864", "170141183460469231731687303715884105728", "255211775190703847597530955573826158592"}},
		{5, []string{"68056473384187692692674921486353642291", "136112946768375385385349842972707284582", "204169420152563078078024764459060926873", "272225893536750770770699685945414569164"}},
		{8, []string{"42535295865117307932921825928971026432"}},
	} {
		_, st := streamOf(t, row.n)
		shards := st.Shards()
		if len(shards) != int(row.n) {
			t.Fatalf("%d shards, want %d", len(shards), row.n)
		}
		for i, want := range row.starts {
			if got, _ := shards[i+1].Range(); got.String() != want {
				t.Errorf("shard %d of %d starts at %s, want %s", i+1, row.n, got, want)
			}
		}
		if _, end := shards[row.n-1].Range(); end.String() != "340282366920938463463374607431768211455" {
			t.Errorf("the last of %d shards ends at %s", row.n, end)
		}
		if start, _ := shards[0].Range(); start.String() != "0" {
			t.Errorf("the first of %d shards starts at %s", row.n, start)
		}
	}
}

// Ten thousand keys spread over four shards as the facts have counted.
func TestSpreadOfManyKeys(t *testing.T) {
	_, st := streamOf(t, 4)
	var got [4]int
	for i := range 10_000 {
		sh, _ := st.ShardFor(HashKey(fmt.Sprintf("user-%d", i)))
		got[sh.Number()]++
	}
	if want := [4]int{2530, 2520, 2508, 2442}; got != want {
		t.Errorf("shards got %v, want %v", got, want)
	}
	for shard, key := range []string{"k0", "k2", "k1", "k3"} {
		if sh, _ := st.ShardFor(HashKey(key)); sh.Number() != int32(shard) {
			t.Errorf("key %s falls to shard %d, want %d", key, sh.Number(), shard)
		}
	}
}

// Hash keys reckon and print as big integers do.
func TestHashArithmetic(t *testing.T) {
	number := func(h Hash) *big.Int {
		n := new(big.Int).SetUint64(h[0])
		return n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(h[1]))
	}
	ring := new(big.Int).Lsh(big.NewInt(1), 128)
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1<<64 - 1, 1 << 63, 1e19, 1e19 - 1}))
		a, b := Hash{word.Draw(t, "a1"), word.Draw(t, "a0")}, Hash{word.Draw(t, "b1"), word.Draw(t, "b0")}
		n := word.Draw(t, "n")
		na, nb, nn := number(a), number(b), new(big.Int).SetUint64(n)
		if a.String() != na.String() {
			t.Fatalf("%v prints as %s, want %s", [2]uint64(a), a, na)
		}
		if back, ok := ParseHash(a.String()); !ok || back != a {
			t.Fatalf("%s reads as %s", a, back)
		}
		if a.Compare(b) != na.Cmp(nb) || a.Less(b) != (na.Cmp(nb) < 0) {
			t.Fatalf("%s and %s compare as %d", a, b, a.Compare(b))
		}
		if sum := new(big.Int).Add(na, nn); number(a.Add(n)).Cmp(sum.Mod(sum, ring)) != 0 {
			t.Fatalf("%s + %d is %s, want %s", a, n, a.Add(n), sum)
		}
		if diff := new(big.Int).Sub(na, nn); number(a.Sub(n)).Cmp(diff.Mod(diff, ring)) != 0 {
			t.Fatalf("%s - %d is %s, want %s", a, n, a.Sub(n), diff)
		}
		if mid := new(big.Int).Add(na, nb); number(a.Middle(b)).Cmp(mid.Rsh(mid, 1)) != 0 {
			t.Fatalf("middle of %s and %s is %s, want %s", a, b, a.Middle(b), mid)
		}
		shards := rapid.IntRange(2, 20000).Draw(t, "shards")
		i := rapid.IntRange(0, shards-1).Draw(t, "i")
		want := new(big.Int).Div(ring, big.NewInt(int64(shards)))
		if want.Mul(want, big.NewInt(int64(i))); number(evenStart(i, shards)).Cmp(want) != 0 {
			t.Fatalf("shard %d of %d starts at %s, want %s", i, shards, evenStart(i, shards), want)
		}
	})
}

func TestParseHashRefuses(t *testing.T) {
	for _, s := range []string{"", "-1", "01", "1a", "340282366920938463463374607431768211456", "6277101735386680763835789423207666416102355444464034512896", "999999999999999999999999999999999999999"} {
		if h, ok := ParseHash(s); ok {
			t.Errorf("%q reads as %s", s, h)
		}
	}
}
