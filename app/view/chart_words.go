package view

import (
	"math"
	"strconv"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// topOf is the top of a chart's axis: its greatest value, limit and threshold fit under it.
func topOf(ch protocol.Chart) float64 {
	most := 0.0
	for _, v := range ch.Points {
		if v > most { // never of NaN
			most = v
		}
	}
	for _, a := range ch.Alarms {
		most = max(most, a.Value)
	}
	most = max(most, ch.Limit)
	for _, v := range ch.Limits {
		if v > most {
			most = v
		}
	}
	if ch.Unit == "Bytes" {
		return niceBytes(most)
	}
	return Nice(most)
}

// clockAt writes an instant under a chart; the first period of a chart may begin before the lab.
func clockAt(at int64) string {
	if at < 0 {
		return "−" + model.Brief(-at)
	}
	return model.Brief(at)
}

func limitWords(ch protocol.Chart) string {
	if ch.Why != "" {
		return ch.Why
	}
	return value(ch.Unit, ch.Limit)
}

func valueOf(ch protocol.Chart, v float64) string {
	if math.IsNaN(v) {
		return "no data"
	}
	return value(ch.Unit, v)
}

// Nice returns the top of an axis that shows v: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten.
func Nice(v float64) float64 {
	if v <= 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range [...]float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12} {
		if m*p >= v*1.04 {
			return m * p
		}
	}
	return 15 * p
}

// niceBytes is Nice in powers of 1,024.
func niceBytes(v float64) float64 {
	unit := 1.0
	for v >= unit*1024 && unit < 1<<40 {
		unit *= 1024
	}
	return Nice(v/unit) * unit
}

func value(unit string, v float64) string {
	switch unit {
	case "Bytes":
		return model.Bytes(v)
	case "Milliseconds":
		return model.Behind(int64(v))
	case "Percent":
		return strconv.FormatFloat(v, 'f', 1, 64) + " %"
	}
	if v != math.Trunc(v) && v < 100 {
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return model.Count(v)
}

func valueAt(ch protocol.Chart, i int) string {
	if i < 0 || i >= len(ch.Points) {
		return "nothing yet"
	}
	return valueOf(ch, ch.Points[i])
}

func axis(unit string, v float64) string {
	switch unit {
	case "Bytes":
		switch {
		case v >= 1<<20:
			return strconv.FormatFloat(v/(1<<20), 'f', 1, 64) + " MiB"
		case v >= 1<<10:
			return strconv.FormatFloat(v/(1<<10), 'f', 0, 64) + " KiB"
		}
		return model.Short(v) + " B"
	case "Milliseconds":
		if v >= 10_000 {
			return model.Short(v/1000) + " s"
		}
		return model.Short(v) + " ms"
	}
	if v != math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return model.Short(v)
}

func period(us int64) string {
	s := us / protocol.Second
	switch {
	case s <= 1:
		return "each second"
	case s%86400 == 0:
		return every(s/86400, "day")
	case s%3600 == 0:
		return every(s/3600, "hour")
	case s%60 == 0:
		return every(s/60, "minute")
	}
	return every(s, "second")
}

func every(n int64, unit string) string {
	if n == 1 {
		return "each " + unit
	}
	return "each " + plural(int(n), unit)
}
