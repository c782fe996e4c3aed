package console

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// runShards computes how many shards a provisioned stream needs from what is written and how often that is read. It shows
// the formula of the Developer Guide, which counts bytes, and the same with the records a second that a shard takes.
// Source: Developer Guide, "Choose the data stream capacity mode"; the term of records follows from "Quotas and limits".
func runShards(p *process) (int, error) {
	const example = "shards --records 2400 --kb 0.5 --consumers 2"
	given := map[string]float64{"--records": -1, "--kb": -1, "--consumers": 1}
	for i := 1; i < len(p.args); i++ {
		name, val, joined := strings.Cut(p.args[i], "=")
		if _, known := given[name]; !known {
			p.fail("unknown option %s", name)
			p.hint("It takes records a second, KB of a record, and consumers that share the shards: " + example)
			return 2, nil
		}
		if !joined {
			if i++; i < len(p.args) {
				val = p.args[i]
			}
		}
		n, err := strconv.ParseFloat(val, 64)
		if err != nil || !(n >= 0 && n <= 1e9) || name == "--consumers" && n != math.Trunc(n) {
			p.fail("%s needs a number, not %q", name, val)
			p.hint(example)
			return 2, nil
		}
		given[name] = n
	}
	records, kb, consumers := given["--records"], given["--kb"], given["--consumers"]
	if records < 0 || kb < 0 {
		p.fail("how many --records a second, of how many --kb?")
		p.hint(example)
		return 2, nil
	}
	in := records * math.Ceil(kb)
	out := in * consumers
	byIn, byOut, byRecords := in/1024, out/2048, records/1000
	readers := " consumers"
	if consumers == 1 {
		readers = " consumer"
	}
	number := func(n float64) string { return strconv.FormatFloat(math.Round(n*1000)/1000, 'f', -1, 64) }
	count := func(n float64) string {
		if n = max(1, math.Ceil(n)); n == 1 {
			return "1 shard"
		}
		return number(n) + " shards"
	}
	return 0, p.print(fmt.Sprintf(`in           %s records/s x %s KB, whole KB of each = %s KB/s
out          %s KB/s x %s = %s KB/s
by in        %s / 1024 = %s
by out       %s / 2048 = %s
by records   %s / 1000 = %s
by bytes     max(%s, %s), rounded up: %s
by all       max(%s, %s, %s), rounded up: %s
`, number(records), number(math.Ceil(kb)), number(in), number(in), number(consumers)+readers, number(out),
		number(in), number(byIn), number(out), number(byOut), number(records), number(byRecords),
		number(byIn), number(byOut), count(max(byIn, byOut)),
		number(byIn), number(byOut), number(byRecords), count(max(byIn, byOut, byRecords))))
}
