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
	kb = math.Ceil(kb)
	in, out := records*kb, records*kb*consumers
	byIn, byOut, byRecords := in/1024, out/2048, records/1000
	var b strings.Builder
	line := func(format string, numbers ...float64) {
		words := make([]any, len(numbers))
		for i, n := range numbers {
			words[i] = strconv.FormatFloat(math.Round(n*1000)/1000, 'f', -1, 64)
		}
		fmt.Fprintf(&b, format+"\n", words...)
	}
	line("in           %s records/s x %s KB, whole KB of each = %s KB/s", records, kb, in)
	line("out          %s KB/s, read by %s = %s KB/s", in, consumers, out)
	line("by in        %s / 1024 = %s", in, byIn)
	line("by out       %s / 2048 = %s", out, byOut)
	line("by records   %s / 1000 = %s", records, byRecords)
	line("shards       max(%s, %s), rounded up = %s, by bytes alone", byIn, byOut, max(1, math.Ceil(max(byIn, byOut))))
	line("shards       max(%s, %s, %s), rounded up = %s, with records", byIn, byOut, byRecords, max(1, math.Ceil(max(byIn, byOut, byRecords))))
	return 0, p.print(b.String())
}
