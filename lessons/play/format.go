package play

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"shardlab/lessons"
	"shardlab/wasm/protocol"

	"github.com/jmespath/go-jmespath"
)

// query asks a frame, as the page gets it, by JMESPath.
func query(f protocol.Frame, path string) (any, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("write frame: %w", err)
	}
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		return nil, fmt.Errorf("read frame: %w", err)
	}
	value, err := jmespath.Search(path, tree)
	if err != nil {
		return nil, fmt.Errorf("its query %q is no JMESPath: %v", path, err)
	}
	if value == nil {
		return nil, fmt.Errorf("its query %q finds nothing in the frame", path)
	}
	return value, nil
}

// format writes a value as its figure says. Moments and spans come in microseconds.
func format(value any, f lessons.Figure, start time.Time) (string, error) {
	as := f.As
	text, isText := value.(string)
	if as == "text" {
		if !isText {
			return "", fmt.Errorf("it is to be a text and is %v", value)
		}
		if strings.Contains(text, "\n") || text == "" {
			return "", fmt.Errorf("it is to be one line and is %q", text)
		}
		return text, nil
	}
	n, isNumber := value.(float64)
	if isText {
		var err error
		if n, err = strconv.ParseFloat(text, 64); err == nil {
			isNumber = true
		}
	}
	if !isNumber || math.IsNaN(n) || math.IsInf(n, 0) {
		return "", fmt.Errorf("it is to be a number and is %v", value)
	}
	round := func(n float64) float64 {
		if f.Round > 0 {
			return math.Round(n/float64(f.Round)) * float64(f.Round)
		}
		return n
	}
	switch as {
	case "", "number":
		return grouped(round(n)), nil
	case "percent":
		return grouped(math.Round(n*100)) + " %", nil
	case "clock":
		return start.Add(time.Duration(n) * time.Microsecond).UTC().Format("15:04:05"), nil
	case "seconds":
		return grouped(round(n / 1e6)), nil
	case "dollars":
		if n >= 1 {
			return fmt.Sprintf("$%.2f", n), nil
		}
		cents := strings.TrimRight(fmt.Sprintf("%.4f", n), "0") // to the hundredth of a cent, and at least to the cent
		return "$" + cents + "00"[:max(0, len("0.00")-len(cents))], nil
	case "bytes":
		switch {
		case n >= 1<<20:
			return decimal(n/(1<<20)) + " MiB", nil
		case n >= 1<<10:
			return grouped(math.Round(n/(1<<10))) + " KiB", nil
		}
		return grouped(math.Round(n)) + " B", nil
	}
	return "", fmt.Errorf("%q is no format", as)
}

// grouped writes 1400 as 1,400 and 2.53 as 2.5.
func grouped(n float64) string {
	s := decimal(n)
	whole, fraction, _ := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return sign + whole
}

// decimal writes a number with at most one decimal.
func decimal(n float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(n, 'f', 1, 64), ".0")
}
