package console

import (
	"io"
	"strings"

	"shardlab/wasm/jq"
)

// SetJQ has jq programs run by f; without it there is no jq.
func (c *Console) SetJQ(f jq.Run) { c.jq = f }

const jqOptions = "jq knows here: -r, -c, -s, -n, -e, -j, -R, --arg NAME VALUE, --argjson NAME JSON"

func runJQ(p *process) (int, error) {
	var call jq.Call
	var names []string
	have := false
	args := p.args[1:]
	for i := 0; i < len(args); i++ {
		a := args[i]
		long := map[string]string{"--raw-output": "-r", "--compact-output": "-c", "--slurp": "-s", "--null-input": "-n", "--exit-status": "-e", "--join-output": "-j", "--sort-keys": "-S", "--raw-input": "-R"}
		if short, ok := long[a]; ok {
			a = short
		}
		switch {
		case (a == "--arg" || a == "--argjson") && i+2 < len(args):
			call.Vars = append(call.Vars, jq.Var{Name: args[i+1], Text: args[i+2], JSON: a == "--argjson"})
			i += 2
		case strings.HasPrefix(a, "-") && len(a) > 1 && a[1] != '-':
			for _, c := range a[1:] {
				set := map[rune]*bool{'r': &call.Plain, 'c': &call.Compact, 's': &call.Slurp, 'n': &call.Null, 'e': &call.Status,
					'j': &call.Join, 'R': &call.Raw, 'S': new(bool)}[c] // keys are sorted anyhow
				if set == nil {
					p.hint(jqOptions)
					return 2, p.jqError("Unknown option: -" + string(c))
				}
				*set = true
			}
		case strings.HasPrefix(a, "--"):
			p.hint(jqOptions)
			return 2, p.jqError("Unknown option: " + a)
		case !have:
			call.Filter, have = a, true
		default:
			names = append(names, a)
		}
	}
	if !have {
		call.Filter = "."
	}
	if !call.Null || strings.Contains(call.Filter, "input") && (p.in != nil || len(names) > 0) {
		b, ok, err := p.input(names)
		if !ok || err != nil {
			return 2, err
		}
		call.Input = string(b)
	}
	call.Now = float64(p.now()) / 1e6
	if p.c.jq == nil {
		return 2, p.jqError("it is not installed where this console runs")
	}
	answer, err := p.c.jq(call, func() bool {
		p.breathe()
		return p.interrupted.Load()
	})
	if err != nil {
		p.hint("aws has a filter of its own: --query, as in: aws kinesis list-shards --stream-name trips --query 'Shards[].ShardId'")
		return 2, p.jqError(err.Error())
	}
	if answer.Hint != "" {
		p.hint(answer.Hint)
	}
	for _, w := range answer.Wrote {
		if w.Err {
			_, err = io.WriteString(p.err, w.Text)
		} else {
			err = p.print(w.Text)
		}
		if err != nil {
			return answer.Exit, err
		}
	}
	switch {
	case answer.Interrupted:
		return exitInterrupt, errInterrupted
	case answer.Endless:
		return 5, &stopped{text: "Stopped: the jq program does not seem to end.", exit: ExitTooMuch}
	}
	return answer.Exit, nil
}

func (p *process) jqError(text string) error {
	_, err := io.WriteString(p.err, "jq: "+text+"\n")
	return err
}
