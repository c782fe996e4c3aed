package console

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// configure is aws configure: the lab has its settings, so it shows them and says where they come from.
func (p *process) configure(inv *invocation) (int, error) {
	words := inv.words[1:]
	profile := cmp.Or(inv.global["profile"], p.env("AWS_PROFILE"))
	region, from := inv.global["region"], ""
	if region == "" {
		region, from = cmp.Or(p.env("AWS_REGION"), p.env("AWS_DEFAULT_REGION")), "['AWS_REGION', 'AWS_DEFAULT_REGION']"
	}
	const how = "aws configure list shows the settings. The Region comes from AWS_REGION, the format of answers from AWS_DEFAULT_OUTPUT, who calls from --profile or AWS_PROFILE: export AWS_DEFAULT_OUTPUT=table"
	if len(words) == 0 {
		p.hint("The lab needs no keys: you are the administrator of its account, and nothing leaves this page. " + how)
		return 0, nil
	}
	switch words[0] {
	case "list":
		var b strings.Builder
		row := func(name, val, kind, from string) {
			fmt.Fprintf(&b, "%10s %24s %16s    %s\n", name, val, kind, from)
		}
		row("Name", "Value", "Type", "Location")
		row("----", "-----", "----", "--------")
		if profile == "" {
			row("profile", "<not set>", "None", "None")
		} else if inv.global["profile"] != "" {
			row("profile", profile, "manual", "--profile")
		} else {
			row("profile", profile, "env", "['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']")
		}
		row("access_key", "<the lab's>", "lab", "")
		row("secret_key", "<the lab's>", "lab", "")
		switch {
		case region == "":
			row("region", "<not set>", "None", "None")
		case from == "":
			row("region", region, "manual", "--region")
		default:
			row("region", region, "env", from)
		}
		return 0, p.print(b.String())
	case "list-profiles":
		return 0, p.printLines(append([]string{"default"}, p.profiles()...))
	case "get":
		if len(words) < 2 {
			return 0, usageErrorf("the following arguments are required: varname")
		}
		v := map[string]string{"region": region, "output": p.env("AWS_DEFAULT_OUTPUT")}[words[1]]
		if v == "" {
			return 1, nil
		}
		return 0, p.print(v + "\n")
	case "set", "sso", "import", "add-model", "export-credentials":
		return 0, &usageError{text: "aws configure " + words[0] + " changes files that the lab does not have.", exit: exitConfig, hint: how}
	}
	return 0, invalidChoice("subcommand", words[0], []string{"list", "list-profiles", "get", "set"}, how)
}

// runHistory lists what was run, as numbered lines; a number at the end of the line asks for as many of the last.
func runHistory(p *process) (int, error) {
	opts, rest, ok := p.options("c", "")
	if !ok {
		return 1, nil
	}
	if opts['c'] != "" {
		p.c.typed = nil
		return 0, nil
	}
	from := 0
	if len(rest) > 0 {
		n, err := strconv.Atoi(rest[0])
		if err != nil || n < 0 {
			return p.fail("%s: numeric argument required", rest[0])
		}
		from = max(0, len(p.c.typed)-n)
	}
	var b strings.Builder
	for i := from; i < len(p.c.typed); i++ {
		fmt.Fprintf(&b, "%5d  %s\n", i+1, p.c.typed[i])
	}
	p.hint("The up arrow brings earlier entries back, Ctrl+R searches them.")
	return 0, p.print(b.String())
}

// maxTyped is how many entries the history holds.
const maxTyped = 500

// remember takes an entry into the history.
func (c *Console) remember(line string) {
	line = strings.TrimSpace(line)
	if n := len(c.typed); line == "" || n > 0 && c.typed[n-1] == line || len(line) > 10_000 {
		return
	}
	if c.typed = append(c.typed, line); len(c.typed) > maxTyped {
		c.typed = slices.Clone(c.typed[len(c.typed)-maxTyped:])
	}
}
