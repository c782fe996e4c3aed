package console

import (
	"slices"
	"strings"

	"shardlab/wasm/protocol"
)

// A timeCommand is a word of the command lab that is about time itself.
type timeCommand struct {
	help string
	do   func(p *process, words []string) (int, error)
}

// timeCommands are lab run, lab go and so on; lab says which there are.
var timeCommands = map[string]timeCommand{
	"fork":     {"Go on in two timelines from here: A as it was, and B, which is chosen.", asked(protocol.Forked)},
	"timeline": {"Choose the timeline that is shown and that commands go to: lab timeline A.", named(protocol.Choose)},
	"diff":     {"Compare the two timelines: records, refusals, lag, cost, commands.", asked(protocol.Compare)},
	"keep":     {"Go on with one of two timelines alone: lab keep B.", named(protocol.Keep)},
	"run":      {"Run until something happens: lab run until \"first throttle\", lab run +7d.", (*process).runUntil},
	"go":       {"Go to an instant, back or ahead: lab go 1:30, lab go -10s.", (*process).goTo},
	"next":     {"Run to the next event.", asked(protocol.Step)},
	"previous": {"Go back to the event before.", asked(protocol.Previous)},
}

// asked is a command without words of its own.
func asked(kind string) func(*process, []string) (int, error) {
	return func(p *process, words []string) (int, error) {
		if len(words) > 0 {
			return 0, &usageError{text: strings.Join(words, " ") + ": it takes no words", hint: "lab " + p.args[1] + " alone.", exit: 252}
		}
		return p.timed(protocol.Request{Kind: kind})
	}
}

// named is a command that takes the name of a timeline.
func named(kind string) func(*process, []string) (int, error) {
	return func(p *process, words []string) (int, error) {
		if len(words) != 1 {
			return 0, &usageError{text: "which timeline?", hint: "lab " + p.args[1] + " A, or lab " + p.args[1] + " B.", exit: 252}
		}
		return p.timed(protocol.Request{Kind: kind, Ref: strings.ToUpper(words[0])})
	}
}

// timeNames lists them, sorted.
func timeNames() []string {
	var names []string
	for name := range timeCommands {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// runUntil is lab run: what to wait for in words, with "until" in front or without.
func (p *process) runUntil(words []string) (int, error) {
	if len(words) == 0 || words[0] == "help" {
		return 0, p.print("lab run until WORDS: let virtual time pass until something happens\n\nWORDS are one of\n  " +
			strings.ReplaceAll(strings.ReplaceAll(protocol.UntilWords, ", or an instant: ", "\n  or an instant: "), ", \"", "\n  \"") + "\n\nof NAME behind an event waits for that of one stream or client: lab run until throttle of trips\n")
	}
	if words[0] == "until" {
		words = words[1:]
	}
	c, err := protocol.ReadCondition(strings.Join(words, " "), p.stand())
	if err != nil {
		text, hint := err.Error(), "Write an instant that is to come, as lab run +30s." // of one that is past
		if i := strings.LastIndex(text, " Write "); i > 0 {
			text, hint = text[:i], text[i+1:]
		} else if strings.HasPrefix(text, "Write ") { // how an instant is written
			text, hint = strings.Join(words, " ")+": that is not understood.", "Write one of "+protocol.UntilWords+"."
		}
		return 0, &usageError{text: text, hint: hint, exit: 252}
	}
	if w := p.stand(); c.At > 0 && len(c.Kinds) == 0 && c.Metric == nil && c.At < w.Now {
		return 0, &usageError{text: "that instant is past already", hint: "lab go " + strings.Join(words, " ") + " goes back to it.", exit: 252}
	}
	return p.timed(protocol.Request{Kind: protocol.Until, Until: &c})
}

// goTo is lab go: to an instant, back by replay.
func (p *process) goTo(words []string) (int, error) {
	at, err := protocol.ReadInstant(strings.Join(words, " "), p.stand())
	if err != nil {
		return 0, &usageError{text: "go where? " + err.Error(), exit: 252}
	}
	return p.timed(protocol.Request{Kind: protocol.Seek, At: at})
}

// stand is where the run stands.
func (p *process) stand() protocol.Where {
	if w := p.session.time(protocol.Request{Kind: protocol.Stand}).Where; w != nil {
		return *w
	}
	return protocol.Where{}
}

// timed does a request and prints what it came to.
func (p *process) timed(r protocol.Request) (int, error) {
	answer := p.session.time(r)
	if e := answer.Error; e != nil {
		return 0, &usageError{text: e.Message, hint: e.Hint, exit: exitService}
	}
	return 0, p.print(answer.Reached + "\n")
}

// timeOptions completes the words of lab run until.
func (c *Console) timeOptions(words []string) []Option {
	last := words[len(words)-1]
	switch {
	case words[0] == "go":
		return []Option{{"-10s", "back"}, {"+10s", "ahead"}, {"+1h", ""}}
	case words[0] == "timeline" || words[0] == "keep":
		return []Option{{"A", "as it was"}, {"B", "which began with the fork"}}
	case words[0] != "run":
		return nil
	case len(words) == 1:
		return []Option{{"until", "something happens"}, {"+10s", ""}, {"+1m", ""}, {"+1h", ""}, {"+1d", ""}, {"+7d", ""}}
	case last == "of":
		return c.streamOptions()
	case slices.Contains(words, "metric"):
		if last != "metric" {
			return enumOptions(slices.Concat([]string{"of", "above", "below"}, protocol.Statistics))
		}
		return enumOptions([]string{"IncomingRecords", "IncomingBytes", "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded",
			"GetRecords.IteratorAgeMilliseconds", "GetRecords.Records", "OpenShardCount"})
	case last == "until":
		return []Option{{"throttle", "the first write or read that is refused"}, {"write-refused", ""}, {"read-refused", ""}, {"record expires", "the oldest, at the exact instant"},
			{"flush", "a buffer of Firehose or the KPL goes out"}, {"caught-up", "a consumer"}, {"shard opens", ""}, {"shard closes", ""}, {"alarm", "it changes its state"},
			{"goal", "it is met, or no longer"}, {"event", "the next worth a stop"}, {"metric", "IncomingRecords of STREAM above 900"}}
	}
	return nil
}
