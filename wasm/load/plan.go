package load

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"strings"

	"shardlab/wasm/sim"
)

// poolBytes is about how much payload a plan keeps ready: payloads are shared by records, because ten minutes of
// distinct ones would not fit a browser.
const poolBytes = 4 << 20

// maxVariants is how many payloads one key has at most.
const maxVariants = 16

// A Plan is what follows from Keys and a size: the table of keys, the way to choose among them, and the payloads. It never
// changes once made but for the payloads, which are made when first used and always come out the same: copies share it.
type Plan struct {
	Names  []string  // the table of keys
	Shares []float64 // what each key is meant to get, sums to 1

	kind   string
	sorted []int32 // places of Names, in their order
	share  float64
	edges  []float64 // zipf: where the part of the other keys ends, up to 1

	bytes    int    // of a payload, without its id
	ids      string // payloads have ids of the client with this name; "" is none
	variants int
	keyed    bool // payloads carry their key
	field    string
	pool     [][]byte
}

// NewPlan returns the plan of keys that were checked, with payloads of so many bytes.
func NewPlan(k Keys, bytes int) *Plan {
	pl := &Plan{kind: k.Kind, share: k.Share, bytes: bytes, Names: k.Names}
	if len(pl.Names) == 0 {
		pl.Names = make([]string, max(1, k.Count))
		for i := range pl.Names {
			pl.Names[i] = k.Prefix + strconv.Itoa(i)
		}
		if k.Kind == Fixed && k.Prefix != "" && k.Count == 0 {
			pl.Names[0] = k.Prefix
		}
	}
	if k.Kind == Fixed {
		pl.Names = pl.Names[:1]
	}
	n := len(pl.Names)
	pl.sorted = make([]int32, n)
	for i := range pl.sorted {
		pl.sorted[i] = int32(i)
	}
	sort.Slice(pl.sorted, func(i, j int) bool { return pl.Names[pl.sorted[i]] < pl.Names[pl.sorted[j]] })
	if k.Kind == List && k.Share == 0 || n == 1 {
		pl.kind = RoundRobin
	} else if k.Kind == List {
		pl.kind = Skewed
	}
	pl.weigh()
	pl.field = word(k.Prefix)
	if pl.field == "" || pl.field == "bike" {
		pl.field = "key"
	}
	pl.keyed = n*max(1, bytes) <= poolBytes
	kinds := 1
	if pl.keyed {
		kinds = n
	}
	pl.variants = min(maxVariants, max(1, poolBytes/(kinds*max(1, bytes))))
	pl.pool = make([][]byte, kinds*pl.variants)
	return pl
}

// Bytes is the size of a payload.
func (pl *Plan) Bytes() int { return pl.bytes + pl.idBytes() }

// idDigits is how many digits of its number a message id has at the least, so that payloads are of one size.
const idDigits = 10

// idHead and idTail stand around a message id.
const (
	idHead = `{"id":"`
	idTail = `",`
)

// MessageID is the unique id of the record with the number ordinal of the client called name.
func MessageID(name string, ordinal int64) string {
	digits := strconv.FormatInt(ordinal, 10)
	return name + "-" + strings.Repeat("0", max(0, idDigits-len(digits))) + digits
}

// IDOf is the message id in a payload; it is not ok when there is none.
func IDOf(data []byte) (id string, ok bool) {
	rest, ok := bytes.CutPrefix(data, []byte(idHead))
	end := bytes.Index(rest, []byte(idTail))
	if !ok || end < 0 {
		return "", false
	}
	return string(rest[:end]), true
}

// LeastObject is how large a payload must be to be an object.
const LeastObject = len(`{"n":""}`)

// LeastBytes is how large a payload must be to hold a message id of the client called name.
func LeastBytes(name string) int {
	return len(idHead) + len(name) + 1 + idDigits + len(idTail) + LeastObject - len("{")
}

// WithIDs lets the payloads begin with the ids of the client called name; they keep their size.
func (pl *Plan) WithIDs(name string) *Plan {
	pl.ids = name
	pl.bytes -= pl.idBytes()
	pl.pool = make([][]byte, len(pl.pool))
	return pl
}

// idBytes is what an id adds to a payload.
func (pl *Plan) idBytes() int {
	if pl.ids == "" {
		return 0
	}
	return len(idHead) + len(pl.ids) + 1 + idDigits + len(idTail) - len("{")
}

// Record returns the payload of the record with the number ordinal; it must not be changed. With ids each is its own,
// otherwise many records share one.
func (pl *Plan) Record(key, variant int32, ordinal int64) []byte {
	data := pl.Data(key, variant)
	if pl.ids == "" {
		return data
	}
	b := make([]byte, 0, pl.Bytes())
	b = append(append(append(b, idHead...), MessageID(pl.ids, ordinal)...), idTail...)
	return append(b, data[1:]...)
}

// Uses reports whether a partition key is in the table.
func (pl *Plan) Uses(key string) bool {
	_, ok := slices.BinarySearchFunc(pl.sorted, key, func(i int32, key string) int { return cmp.Compare(pl.Names[i], key) })
	return ok
}

// weigh computes what each key is meant to get. Products are rounded one by one (the conversions say so), so that every
// machine finds the same edges.
func (pl *Plan) weigh() {
	n := len(pl.Names)
	pl.Shares = make([]float64, n)
	switch pl.kind {
	case Skewed:
		for i := range pl.Shares {
			pl.Shares[i] = (1 - pl.share) / float64(n-1)
		}
		pl.Shares[0] = pl.share
	case Zipf:
		sum := 0.0
		for i := 1; i < n; i++ {
			sum += 1 / float64(i)
		}
		pl.edges = make([]float64, n-1)
		at := 0.0
		for i := 1; i < n; i++ {
			at += 1 / float64(i)
			pl.edges[i-1] = at / sum
			pl.Shares[i] = float64((1-pl.share)*(1/float64(i))) / sum
		}
		pl.Shares[0] = pl.share
	default:
		for i := range pl.Shares {
			pl.Shares[i] = 1 / float64(n)
		}
	}
}

// Pick chooses the key and the payload of the record with the number ordinal.
func (pl *Plan) Pick(ordinal int64, dice *sim.Rand) (key, variant int32) {
	n := len(pl.Names)
	variant = int32(ordinal / int64(n) % int64(pl.variants))
	switch pl.kind {
	case Uniform:
		return int32(dice.IntN(n)), variant
	case Skewed:
		if dice.Float64() < pl.share {
			return 0, variant
		}
		return 1 + int32(dice.IntN(n-1)), variant
	case Zipf:
		if dice.Float64() < pl.share {
			return 0, variant
		}
		u := dice.Float64()
		return int32(min(n-1, 1+sort.Search(len(pl.edges), func(i int) bool { return pl.edges[i] > u }))), variant
	}
	return int32(ordinal % int64(n)), variant
}

// Data returns a payload; it must not be changed.
func (pl *Plan) Data(key, variant int32) []byte {
	at := int(variant)
	if pl.keyed {
		at += int(key) * pl.variants
	}
	if pl.pool[at] == nil {
		pl.pool[at] = pl.payload(key, at)
	}
	return pl.pool[at]
}

// payload writes a small JSON text of exactly the asked size: a bike's message, filled up with a pad.
func (pl *Plan) payload(key int32, at int) []byte {
	dice := sim.NewRand(uint64(at), "payload/"+pl.Names[0])
	events := [...]string{"unlocked", "riding", "locked", "docked"}
	b := make([]byte, 0, pl.bytes+16)
	b = append(b, `{"bike":`...)
	b = strconv.AppendInt(b, int64(1+dice.IntN(999)), 10)
	if pl.keyed {
		name, err := json.Marshal(pl.Names[key])
		if err != nil {
			panic("load: a text does not encode: " + err.Error())
		}
		b = append(b, `,"`...)
		b = append(b, pl.field...)
		b = append(b, `":`...)
		b = append(b, name...)
	}
	b = append(b, `,"event":"`...)
	b = append(b, events[dice.IntN(len(events))]...)
	b = append(b, `","battery":`...)
	b = strconv.AppendInt(b, int64(5+dice.IntN(95)), 10)
	const pad = `,"pad":"`
	if left := pl.bytes - len(b) - len(pad) - len(`"}`); left >= 0 {
		b = append(b, pad...)
		b = filler(b, left)
		return slices.Clip(append(b, `"}`...))
	}
	b = b[:0]
	switch {
	case pl.bytes >= LeastObject:
		b = append(b, `{"n":"`...)
		b = filler(b, pl.bytes-LeastObject)
		b = append(b, `"}`...)
	case pl.bytes >= 2:
		b = append(b, '"')
		b = filler(b, pl.bytes-2)
		b = append(b, '"')
	default:
		b = append(b, '7')
	}
	return slices.Clip(b)
}

// filler adds n characters that read as what they are.
func filler(b []byte, n int) []byte {
	for i := range n {
		b = append(b, "abcdefghijklmnopqrstuvwxyz"[i%26])
	}
	return b
}
