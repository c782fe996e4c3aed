package console

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"shardlab/wasm/calculate/shards"
)

// runShards shows how many shards a provisioned stream needs from what is written and how often that is read: the formula of the
// Developer Guide, which counts bytes, and the same with the records a second that a shard takes.
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
	c := shards.PerShard
	n := shards.For(records, kb, consumers, c)
	var b strings.Builder
	line := func(format string, numbers ...float64) {
		words := make([]any, len(numbers))
		for i, n := range numbers {
			words[i] = strconv.FormatFloat(math.Round(n*1000)/1000, 'f', -1, 64)
		}
		fmt.Fprintf(&b, format+"\n", words...)
	}
	line("in           %s records/s x %s KB, whole KB of each = %s KB/s", records, n.KiB, n.In)
	line("out          %s KB/s, read by %s = %s KB/s", n.In, consumers, n.Out)
	line("by in        %s / %s = %s", n.In, float64(c.Bytes)/1024, n.ByIn)
	line("by out       %s / %s = %s", n.Out, float64(c.ReadBytes)/1024, n.ByOut)
	line("by records   %s / %s = %s", records, float64(c.Records), n.ByRecords)
	line("shards       max(%s, %s), rounded up = %s, by bytes alone", n.ByIn, n.ByOut, n.Guide)
	line("shards       max(%s, %s, %s), rounded up = %s, with records", n.ByIn, n.ByOut, n.ByRecords, n.Shards)
	return 0, p.print(b.String())
}
