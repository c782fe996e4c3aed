package kinesis

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// samples are numbers of the real service, from its own examples and from public reports, taken apart.
var samples = []struct {
	number            string
	created, recorded string
	index             int64
	shard             int32
}{
	{"49600871682957036442365024926191073437251060580128653314", "2019-10-28T21:12:45Z", "2019-10-28T21:12:45Z", 0, 0},
	{"49600871682979337187563555549332609155523708941634633746", "2019-10-28T21:12:45Z", "2019-10-28T21:12:45Z", 0, 1},
	{"49600902273357540915989931256901506243878407835297513618", "2019-10-29T21:01:37Z", "2019-10-29T21:06:54Z", 160, 9},
	{"49600902273357540915989931256902715169698037101720764562", "2019-10-29T21:01:37Z", "2019-10-29T21:10:27Z", 161, 9},
	{"49590338271490256608559692538361571095921575989136588898", "2018-11-21T04:57:38Z", "2018-12-17T22:10:50Z", 1734642199, 6},
	{"49601189658422359378836298521827638475320189012309704722", "2019-11-08T04:45:22Z", "2019-11-14T00:38:04Z", 258004050, 1},
	{"49661727849342039258072939847765243280241975881076047874", "2025-03-24T21:41:10Z", "2025-03-24T21:41:10Z", 0, 0},
}

func TestSequenceNumbersOfTheServiceDecode(t *testing.T) {
	for _, s := range samples {
		n, err := ParseSequenceNumber(s.number)
		if err != nil {
			t.Error(err)
			continue
		}
		created, recorded := time.Unix(n.Created, 0).UTC().Format(time.RFC3339), time.Unix(n.Second, 0).UTC().Format(time.RFC3339)
		if created != s.created || recorded != s.recorded || n.Index != s.index || n.Shard != s.shard {
			t.Errorf("%s reads as created %s, index %d, recorded %s, shard %d; want %s, %d, %s, %d", s.number,
				created, n.Index, recorded, n.Shard, s.created, s.index, s.recorded, s.shard)
		}
		if n.String() != s.number {
			t.Errorf("%s prints as %s", s.number, n)
		}
	}
}

func TestParseSequenceNumberRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"nothing":             "",
		"zero":                "0",
		"leading zero":        "049600871682957036442365024926191073437251060580128653314",
		"a letter":            "4960087168295703644236502492619107343725106058012865331x",
		"version 3":           "49600871682957036442365024926191073437251060580128653315",
		"too large":           "9" + samples[0].number,
		"129 digits":          "1" + zeros(128),
		"an old short number": "21269319989652663814458848515492872193",
	} {
		if n, err := ParseSequenceNumber(s); err == nil {
			t.Errorf("%s: %q reads as %+v", name, s, n)
		}
	}
}

func zeros(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0'
	}
	return string(b)
}

// Numbers come back as they were, have the length of the service's, and order by creation, then shard, then index.
func TestSequenceNumberRoundTripAndOrder(t *testing.T) {
	draw := func(t *rapid.T, name string) SequenceNumber {
		return SequenceNumber{
			Created: rapid.Int64Range(1_300_000_000, 3_000_000_000).Draw(t, name+" created"),
			Shard:   rapid.Int32Range(0, 1<<31-1).Draw(t, name+" shard"),
			Index:   rapid.OneOf(rapid.Int64Range(0, closingIndex), rapid.Just[int64](closingIndex)).Draw(t, name+" index"),
			Second:  rapid.Int64Range(1_300_000_000, 3_000_000_000).Draw(t, name+" second"),
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := draw(t, "n")
		s := n.String()
		if back, err := ParseSequenceNumber(s); err != nil || back != n {
			t.Fatalf("%+v prints as %s and reads as %+v (%v)", n, s, back, err)
		}
		if len(s) != 56 || s[:2] < "49" {
			t.Fatalf("%+v prints as %s", n, s)
		}
		if n.Index == closingIndex {
			return
		}
		later := n
		later.Index = rapid.Int64Range(n.Index+1, closingIndex).Draw(t, "later")
		later.Second = draw(t, "other").Second
		a, _ := new(big.Int).SetString(s, 10)
		b, _ := new(big.Int).SetString(later.String(), 10)
		if a.Cmp(b) >= 0 {
			t.Fatalf("%s of index %d is not below %s of index %d", a, n.Index, b, later.Index)
		}
	})
}
