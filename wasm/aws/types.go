package aws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Blob is binary data: base64 text in JSON. A nil Blob is absent, an empty one is there and has no bytes.
type Blob []byte

// A Timestamp is a moment in milliseconds since the Unix epoch; on the wire it is a number of seconds with a fraction.
type Timestamp int64

// MarshalJSON writes seconds with as many decimals as are needed, at most three.
func (t Timestamp) MarshalJSON() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalJSON reads a number of seconds and cuts it to whole milliseconds.
func (t *Timestamp) UnmarshalJSON(b []byte) error {
	v, err := parseTimestamp(string(b))
	if err != nil {
		return fmt.Errorf("read timestamp: %w", err)
	}
	*t = v
	return nil
}

// String is the timestamp as on the wire, 1545084650.987.
func (t Timestamp) String() string {
	neg := ""
	n := int64(t)
	if n < 0 {
		neg, n = "-", -n
	}
	s := neg + strconv.FormatInt(n/1000, 10)
	if f := n % 1000; f != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%03d", f), "0")
	}
	return s
}

// Time is the timestamp as a time in UTC.
func (t Timestamp) Time() time.Time { return time.UnixMilli(int64(t)).UTC() }

// parseTimestamp reads a JSON number of seconds. Plain decimals are read digit by digit, because a float64 would lose
// the last millisecond of some; what lies beyond a representable time is cut to the nearest that is.
func parseTimestamp(s string) (Timestamp, error) {
	if whole, frac, ok := strings.Cut(s, "."); ok || isDigits(strings.TrimPrefix(whole, "-")) {
		if neg := strings.HasPrefix(whole, "-"); isDigits(strings.TrimPrefix(whole, "-")) && (!ok || isDigits(frac)) && len(whole) <= 15 {
			sec, _ := strconv.ParseInt(whole, 10, 64)
			ms, _ := strconv.ParseInt((frac + "000")[:3], 10, 64)
			if neg {
				ms = -ms
			}
			return Timestamp(sec*1000 + ms), nil
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, err
	}
	const most = 1 << 52
	return Timestamp(max(-most, min(most, math.Trunc(f*1000)))), nil
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// A Double is a number that keeps its decimal point on the wire, even when it is whole: 5.0, as AWS CLI shows it.
type Double float64

// MarshalJSON writes the number with at least one decimal, unless it needs an exponent.
func (d Double) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(float64(d))
	if err == nil && !bytes.ContainsAny(b, ".e") {
		b = append(b, ".0"...)
	}
	return b, err
}

// Encode writes an output structure as the JSON of an answer; a nil output is an empty body.
func Encode(out any) ([]byte, error) {
	if out == nil {
		return nil, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
