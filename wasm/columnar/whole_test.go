package columnar

import (
	"bytes"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A decimal is what package math/big makes of it: rounded half up, as two's complement, and read back.
func TestWhole(t *testing.T) {
	for precision := 1; precision <= maxPrecision; precision++ {
		most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)
		if got, want := decimalBytes(precision), most.BitLen()/8+1; got != want {
			t.Errorf("%d digits take %d bytes, want %d", precision, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "text")
		scale := rapid.IntRange(0, maxPrecision).Draw(t, "scale")
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%s is no number", text)
		}
		ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
		exact.Mul(exact, new(big.Rat).SetInt(ten))
		want := new(big.Int).Quo(new(big.Int).Add(new(big.Int).Mul(big.NewInt(2), new(big.Int).Abs(exact.Num())), exact.Denom()), new(big.Int).Mul(big.NewInt(2), exact.Denom()))
		if exact.Sign() < 0 {
			want.Neg(want)
		}
		got, ok := decimal([]byte(text), scale)
		if !ok {
			t.Fatalf("%s is not read", text)
		}
		if len(strings.TrimPrefix(want.String(), "-")) > maxPrecision {
			if len(got.digits) <= maxPrecision {
				t.Fatalf("%s with %d digits is %+v, want more than %d digits: %s", text, scale, got, maxPrecision, want)
			}
			return
		}
		if have, _ := new(big.Int).SetString("0"+got.digits, 10); have.CmpAbs(want) != 0 || got.negative != (want.Sign() < 0) {
			t.Fatalf("%s with %d digits is %+v, want %s", text, scale, got, want)
		}
		b := make([]byte, 16)
		got.put(b)
		two := new(big.Int).Set(want)
		if two.Sign() < 0 {
			two.Add(two, new(big.Int).Lsh(big.NewInt(1), 128))
		}
		if !bytes.Equal(b, two.FillBytes(make([]byte, 16))) {
			t.Fatalf("%s is put as %x, want %x", want, b, two)
		}
		if back := wholeOf(b); back != got {
			t.Fatalf("%+v is read back as %+v", got, back)
		}
	})
}
