package console

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/timefmt-go"
)

// runLab is the command lab: the operations of the lab's own actors, and a few short forms.
func runLab(p *process) (int, error) {
	code, err := p.lab(p.args[1:])
	var bad *usageError
	if errors.As(err, &bad) {
		text := strings.TrimSpace(bad.text)
		if _, err := p.err.Write([]byte("lab: " + text + "\n")); err != nil {
			return bad.exit, err
		}
		p.hint(bad.hint)
		return bad.exit, nil
	}
	return code, err
}

func (p *process) lab(args []string) (int, error) {
	inv, bad := splitGlobals(args)
	if bad != nil {
		return 0, bad
	}
	_, p.debug = inv.global["debug"]
	if len(inv.words) == 0 || inv.words[0] == "help" {
		return 0, p.print(p.c.helpLab())
	}
	name, rest := inv.words[0], inv.words[1:]
	if run, ok := timeCommands[name]; ok {
		return run.do(p, rest)
	}
	switch name {
	case "now":
		return 0, p.print(isoTime(epoch(p.now().Time())) + "\n")
	case "export":
		return p.export(rest)
	case "undo", "redo":
		return p.undo(name, rest)
	case "note", "answer":
		if len(rest) > 0 && !strings.HasPrefix(rest[0], "--") && rest[0] != "help" {
			rest = []string{"--text", strings.Join(rest, " ")}
		}
	}
	op, ok := p.c.operation("lab", name)
	if !ok || op.Kebab != name {
		if _, ok := p.c.operation("lab", "list-"+name); ok {
			return p.actors(name, inv.global)
		}
		return 0, p.c.unknownLab(name)
	}
	if len(rest) > 0 && rest[0] == "help" {
		return 0, p.print(p.c.helpOperation(op))
	}
	if _, set := inv.global["output"]; !set && inv.global["query"] == "" {
		switch name {
		case "bill", "project-bill":
			return p.bill(op, rest, inv.global)
		case "share":
			return p.share(op, rest, inv.global)
		}
	}
	return p.operation(op, rest, inv.global)
}

// asked calls an operation as it was typed, for who prints the answer in a way of its own. Without an answer the command is at its end.
func (p *process) asked(op *operation, rest []string, global map[string]string) (answer any, code int, err error) {
	req, bad := p.request(op, rest, global)
	if bad != nil {
		return nil, 0, bad
	}
	if req.skeleton != "" {
		code, err = p.operation(op, rest, global)
		return nil, code, err
	}
	if answer, err = p.call(op, req.body); err != nil {
		code, err = p.failed(op, err)
		return nil, code, err
	}
	return answer, 0, nil
}

// share prints the link that opens the lab as it is.
func (p *process) share(op *operation, rest []string, global map[string]string) (int, error) {
	answer, code, err := p.asked(op, rest, global)
	if answer == nil {
		return code, err
	}
	o, _ := answer.(object)
	link, _ := o.get("Link")
	p.hint("Everything is in the link, and nothing was sent anywhere: whoever opens it has this lab as it is now. lab state tells by its hash that it is the same.")
	return 0, p.print(scalarText(link) + "\n")
}

// bill prints a bill or a projection as a table with what stands beside it.
func (p *process) bill(op *operation, rest []string, global map[string]string) (int, error) {
	answer, code, err := p.asked(op, rest, global)
	if answer == nil {
		return code, err
	}
	o, _ := op.present(answer).(object)
	var table, beside strings.Builder
	for _, m := range o {
		if list, ok := m.val.([]any); ok {
			table.WriteString(columns(list))
			continue
		}
		fmt.Fprintf(&beside, "%-16s  %s\n", m.key, scalarText(m.val))
	}
	return 0, p.print(table.String() + beside.String())
}

// actors prints the producers, consumers and so on as a table, or as --output says.
func (p *process) actors(what string, global map[string]string) (int, error) {
	op, ok := p.c.operation("lab", "list-"+what)
	if !ok {
		return 0, p.c.unknownLab(what)
	}
	_, set := global["output"]
	if _, query := global["query"]; set || query {
		return p.operation(op, nil, global)
	}
	answer, err := p.call(op, object{})
	if err != nil {
		return p.failed(op, err)
	}
	if o, ok := op.present(answer).(object); ok && len(o) == 1 {
		list, _ := o[0].val.([]any)
		if len(list) == 0 {
			return 0, p.print("No " + what + ".\n")
		}
		return 0, p.print(columns(list))
	}
	return 0, p.print(render("table", op.Name, op.present(answer)))
}

// columns prints objects as a table without rules: the members of the first are its columns.
func columns(list []any) string {
	var head []string
	for _, el := range list {
		o, _ := el.(object)
		for _, m := range o {
			if !slices.Contains(head, m.key) {
				head = append(head, m.key)
			}
		}
	}
	rows := [][]string{head}
	for _, el := range list {
		o, _ := el.(object)
		row := cells(o, head)
		for i, k := range head {
			if v, _ := o.get(k); v == true {
				row[i] = "yes"
			} else if v == false {
				row[i] = "no"
			}
		}
		rows = append(rows, row)
	}
	width := make([]int, len(head))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += cell + strings.Repeat(" ", width[i]-len([]rune(cell))+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func (c *Console) unknownLab(name string) *usageError {
	known := append(timeNames(), "now", "undo", "redo", "export")
	for _, n := range c.names("lab") {
		known = append(known, strings.TrimPrefix(n, "list-"))
	}
	e := &usageError{text: fmt.Sprintf("there is no command %q", name), exit: 252, hint: "lab help lists what there is."}
	if near := nearest(name, known); len(near) > 0 {
		e.hint = "Did you mean lab " + strings.Join(near, ", lab ") + "? lab help lists what there is."
	}
	return e
}

// parseWait reads 10, 0.5, 10s, 5m, 1h30m, 2d.
func parseWait(text string) (time.Duration, bool) {
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		if !(f >= 0 && f <= 1e9) {
			return 0, false
		}
		return time.Duration(f * float64(time.Second)), true
	}
	var days time.Duration
	if d, rest, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseFloat(d, 64)
		if err != nil || !(n >= 0 && n <= 10_000) {
			return 0, false
		}
		days, text = time.Duration(n*float64(24*time.Hour)), rest
		if text == "" {
			return days, true
		}
	}
	d, err := time.ParseDuration(text)
	return days + d, err == nil && d >= 0 && days+d >= 0
}

func runWait(p *process) (int, error) {
	if len(p.args) < 2 {
		p.fail("how long?")
		p.hint("wait 10s, wait 5m, wait 1h30m, wait 2d: virtual time passes at once.")
		return 2, nil
	}
	return runSleep(p)
}

func runSleep(p *process) (int, error) {
	if len(p.args) < 2 {
		return p.fail("missing operand")
	}
	var total time.Duration
	for _, a := range p.args[1:] {
		d, ok := parseWait(a)
		if !ok {
			p.fail("invalid time interval '%s'", a)
			p.hint("Times are 10s, 5m, 1h30m, 2d; a number alone is seconds.")
			return 1, nil
		}
		if total += d; total > maxSleep {
			break
		}
	}
	if stop := p.sleep(total); stop != nil {
		return 1, stop
	}
	return 0, nil
}

// runTime is what the word time of the shell becomes: it says how much virtual time a command took.
func runTime(p *process) (int, error) {
	if len(p.args) > 1 && p.args[1] == "begin" {
		p.timers = append(p.timers, p.now())
		return 0, nil
	}
	if n := len(p.timers); n > 0 {
		d := p.now().Sub(p.timers[n-1])
		p.timers = p.timers[:n-1]
		fmt.Fprintf(p.err, "\nreal\t%dm%.3fs\n", int(d.Minutes()), (d % time.Minute).Seconds())
	}
	return p.last, nil
}

// runDate prints the virtual instant.
func runDate(p *process) (int, error) {
	t, format := p.now().Time(), "%a %b %e %H:%M:%S UTC %Y"
	for i := 1; i < len(p.args); i++ {
		a := p.args[i]
		long, val, joined := strings.Cut(a, "=")
		switch {
		case a == "-u" || a == "--utc":
		case strings.HasPrefix(a, "+"):
			format = a[1:]
		case long == "--iso-8601" || strings.HasPrefix(a, "-I"):
			format = "%Y-%m-%d"
			if val == "seconds" || a == "-Iseconds" {
				format = "%Y-%m-%dT%H:%M:%S+00:00"
			}
		case a == "-d" || long == "--date":
			if !joined {
				if i++; i >= len(p.args) {
					return p.fail("option requires an argument -- 'd'")
				}
				val = p.args[i]
			}
			at, ok := parseDate(val, t)
			if !ok {
				p.fail("invalid date '%s'", val)
				p.hint("date -d takes 2026-03-02T08:40:00Z, @1772440800, '5 minutes ago' or '+30 seconds'.")
				return 1, nil
			}
			t = at
		default:
			p.fail("invalid option '%s'", a)
			p.hint("date, date +%s (seconds since 1970), date -u +%Y-%m-%dT%H:%M:%SZ, date -d '5 minutes ago' +%s")
			return 1, nil
		}
	}
	format = strings.ReplaceAll(format, "%N", fmt.Sprintf("%09d", t.Nanosecond()))
	return 0, p.print(timefmt.Format(t, format) + "\n")
}

// parseDate reads what date -d takes.
func parseDate(text string, now time.Time) (time.Time, bool) {
	if text == "now" {
		return now, true
	}
	if n, ok := parseTime(strings.TrimPrefix(text, "@")); ok {
		f, err := n.Float64()
		return time.UnixMicro(int64(f * 1e6)).UTC(), err == nil
	}
	f := strings.Fields(text)
	sign := 1.0
	if len(f) == 3 && f[2] == "ago" {
		sign, f = -1, f[:2]
	}
	if len(f) != 2 {
		return now, false
	}
	n, err := strconv.ParseFloat(strings.TrimPrefix(f[0], "+"), 64)
	unit, ok := map[string]time.Duration{"second": time.Second, "sec": time.Second, "minute": time.Minute, "min": time.Minute, "hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour}[strings.TrimSuffix(f[1], "s")]
	if err != nil || !ok || n > 1e6 || n < -1e6 {
		return now, false
	}
	return now.Add(time.Duration(sign * n * float64(unit))), true
}

// runHash shows where a partition key goes: its MD5, the number that is, and the shard whose range holds it.
func runHash(p *process) (int, error) {
	stream, keys := "", []string{}
	for i := 1; i < len(p.args); i++ {
		a := p.args[i]
		name, val, joined := strings.Cut(a, "=")
		if name == "--stream-name" {
			if !joined {
				if i++; i >= len(p.args) {
					return p.fail("--stream-name needs a name")
				}
				val = p.args[i]
			}
			stream = val
			continue
		}
		keys = append(keys, a)
	}
	if len(keys) == 0 {
		p.fail("which partition key?")
		p.hint("hash bike-7 --stream-name trips shows the key's MD5 and the shard it goes to.")
		return 2, nil
	}
	streams := p.streams()
	if stream == "" && len(streams) == 1 {
		stream = streams[0]
	}
	var open []shardRange
	if stream != "" {
		if !slices.Contains(streams, stream) {
			p.fail("there is no stream %q", stream)
			p.hint(p.notFoundHint(stream))
			return 1, nil
		}
		var err error
		if open, err = p.openShards(stream); err != nil {
			return p.failed(&operation{Service: "lab", Name: "hash", Kebab: "hash"}, err)
		}
	}
	var b strings.Builder
	for i, key := range keys {
		if i > 0 {
			b.WriteString("\n")
		}
		sum := md5.Sum([]byte(key))
		n := new(big.Int).SetBytes(sum[:])
		fmt.Fprintf(&b, "partition key  %s\nMD5            %s\nas a number    %s\n", key, hex.EncodeToString(sum[:]), n)
		share, _ := new(big.Float).Quo(new(big.Float).SetInt(n), new(big.Float).SetInt(ringSize())).Float64()
		fmt.Fprintf(&b, "on the ring    %.2f %% of the way from 0 to 2^128\n", share*100)
		for _, s := range open {
			if s.from.Cmp(n) <= 0 && n.Cmp(s.to) <= 0 {
				fmt.Fprintf(&b, "shard          %s of %s, which holds %s to %s\n", s.id, stream, s.from, s.to)
			}
		}
	}
	if stream == "" {
		p.hint("Which shard that is depends on the stream: hash " + keys[0] + " --stream-name NAME")
	}
	return 0, p.print(b.String())
}

func ringSize() *big.Int { return new(big.Int).Lsh(big.NewInt(1), 128) }

// shardRange is an open shard and the part of the ring that it holds.
type shardRange struct {
	id       string
	from, to *big.Int
}

// openShards asks the service for the open shards of a stream.
func (p *process) openShards(stream string) ([]shardRange, error) {
	op, ok := p.c.operation("kinesis", "list-shards")
	if !ok {
		return nil, nil
	}
	answer, err := p.call(op, object{{"StreamName", stream}, {"ShardFilter", object{{"Type", "AT_LATEST"}}}})
	if err != nil {
		return nil, err
	}
	o, _ := answer.(object)
	v, _ := o.get("Shards")
	list, _ := v.([]any)
	var open []shardRange
	for _, el := range list {
		shard, _ := el.(object)
		id, _ := shard.get("ShardId")
		r, _ := shard.get("HashKeyRange")
		hr, _ := r.(object)
		low, _ := hr.get("StartingHashKey")
		high, _ := hr.get("EndingHashKey")
		from, ok1 := new(big.Int).SetString(scalarText(low), 10)
		to, ok2 := new(big.Int).SetString(scalarText(high), 10)
		if ok1 && ok2 {
			open = append(open, shardRange{scalarText(id), from, to})
		}
	}
	return open, nil
}

func runType(p *process) (int, error) {
	code := 0
	for _, name := range p.args[1:] {
		if strings.HasPrefix(name, "-") {
			continue
		}
		var err error
		switch _, ours := commands()[name]; {
		case ours:
			err = p.print(name + " is a command of this terminal\n")
		case slices.Contains(builtins, name):
			err = p.print(name + " is part of the shell\n")
		default:
			code = 1
			_, err = p.fail("%s: not found", name)
		}
		if err != nil {
			return 1, err
		}
	}
	return code, nil
}

// clearScreen is the sequence that clears a terminal; the page empties its list when it reads it.
const clearScreen = "\x1b[H\x1b[2J"

func runClear(p *process) (int, error) { return 0, p.print(clearScreen) }
