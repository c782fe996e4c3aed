package console

import (
	"path"
	"slices"
	"strings"
)

// maxOptions bounds what a completion offers.
const maxOptions = 200

// Complete offers texts to put in place of line[from:to] when the cursor stands at pos, in bytes.
func (c *Console) Complete(line string, pos int) (from, to int, options []Option) {
	pos = max(0, min(pos, len(line)))
	words, start := wordsBefore(line[:pos])
	to = pos
	for to < len(line) && !strings.ContainsRune(" \t\n|;&()<>'\"", rune(line[to])) {
		to++
	}
	part := words[len(words)-1]
	words = words[:len(words)-1]
	var all []Option
	switch {
	case len(words) > 0 && words[len(words)-1] == ">" || strings.HasPrefix(part, "./"):
		all = c.fileOptions("")
	case len(words) == 0:
		for _, name := range commandNames() {
			all = append(all, Option{name, commandHelp[name]})
		}
	case words[0] == "aws":
		all = c.awsOptions(words[1:], part)
	case words[0] == "help" && len(words) == 1:
		for _, t := range topics {
			all = append(all, Option{t.name, t.says})
		}
		all = append(all, Option{"aws", "the services"}, Option{"lab", "the lab's own commands"})
		all = append(all, c.titles...)
	case words[0] == "lab":
		all = c.labOptions(words[1:], part)
	case words[0] == "hash" && words[len(words)-1] == "--stream-name":
		all = c.streamOptions()
	case words[0] == "hash" && strings.HasPrefix(part, "-"):
		all = []Option{{"--stream-name", "The stream to look in."}}
	case words[0] == "shards":
		all = []Option{{"--records", "Records written a second."}, {"--kb", "KB of a record, key included."}, {"--consumers", "Consumers that share the shards."}}
	case words[0] == "wait" && len(words) == 1:
		all = []Option{{"1s", ""}, {"10s", ""}, {"1m", ""}, {"5m1s", "longer than an iterator lives"}, {"1h", ""}, {"1d", ""}}
	default:
		all = c.fileOptions("")
	}
	for _, prefix := range []string{"file://", "fileb://"} {
		if strings.HasPrefix(part, prefix) {
			all = c.fileOptions(prefix)
		}
	}
	for _, o := range all {
		if strings.HasPrefix(o.Text, part) && len(options) < maxOptions {
			options = append(options, o)
		}
	}
	if len(options) == 0 && len(part) > 1 { // what holds the letters somewhere is better than nothing
		for _, o := range all {
			if strings.Contains(strings.ToLower(o.Text), strings.ToLower(part)) && len(options) < maxOptions {
				options = append(options, o)
			}
		}
	}
	return start, to, options
}

// commandHelp is said of commands in the list of completions.
var commandHelp = map[string]string{
	"aws": "the AWS CLI: aws kinesis ...", "lab": "producers and consumers of the lab", "help": "what this terminal can do", "hash": "where a partition key goes",
	"shards": "how many shards a stream needs",
	"wait":   "let virtual time pass", "sleep": "let virtual time pass", "date": "the virtual instant", "jq": "pick from JSON", "clear": "empty the screen",
	"cat": "print files", "grep": "lines that match", "base64": "encode or decode", "seq": "count", "md5sum": "MD5 of text",
	"sed": "edit lines", "awk": "work on the fields of lines", "cut": "fields or characters of lines", "sort": "put lines in order", "uniq": "lines that repeat, once; -c counts", "wc": "count lines, words, bytes",
	"head": "the first lines", "tail": "the last lines", "tr": "replace characters", "xargs": "make a command of each line", "history": "what was run", "uuidgen": "an identifier, the same in every run",
	"openssl": "hashes and base64", "zip": "pack files, as a function's code", "gzip": "compress; zcat and gunzip undo it", "xxd": "bytes in hexadecimal", "column": "fields under each other with -t",
}

// wordsBefore cuts the simple command at the end of text into words; the last one, which may be empty, is the one being
// typed, and start is where it begins.
func wordsBefore(text string) (words []string, start int) {
	var cur strings.Builder
	quote := byte(0)
	begun := false
	start = len(text)
	begin := func(i int) {
		if !begun {
			begun, start = true, i
		}
	}
	end := func() {
		if begun {
			words = append(words, cur.String())
		}
		cur.Reset()
		begun = false
	}
	for i := 0; i < len(text); i++ {
		ch := text[i]
		switch {
		case quote != 0:
			if ch == quote {
				quote = 0
				continue
			}
			if ch == '\\' && quote == '"' && i+1 < len(text) {
				i++
				ch = text[i]
			}
			cur.WriteByte(ch)
		case ch == '\'' || ch == '"':
			if !begun {
				begun, start = true, i+1
			}
			quote = ch
		case ch == '\\' && i+1 < len(text):
			i++
			if text[i] == '\n' {
				end()
				continue
			}
			begin(i - 1)
			cur.WriteByte(text[i])
		case ch == ' ' || ch == '\t':
			end()
		case ch == '\n' || ch == ';' || ch == '|' || ch == '&' || ch == '(' || ch == ')' || ch == '`' || ch == '{':
			end()
			words = nil
		case ch == '>' || ch == '<':
			end()
			words = append(words, ">")
		case ch == '=' && begun && len(words) == 0 && quote == 0 && isName(cur.String()):
			cur.Reset() // an assignment: what follows is a word of its own
			begun = false
		default:
			begin(i)
			cur.WriteByte(ch)
		}
	}
	if !begun {
		start = len(text)
	}
	words = append(words, cur.String())
	// keywords before a command are not part of it
	for len(words) > 1 && slices.Contains([]string{"do", "then", "else", "if", "while", "until", "time", "!", "xargs"}, words[0]) {
		words = words[1:]
	}
	return words, start
}

func isName(s string) bool {
	for i, r := range s {
		if !(r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9') {
			return false
		}
	}
	return s != ""
}

func (c *Console) awsOptions(words []string, part string) []Option {
	inv, _ := splitGlobals(words)
	if len(words) > 0 {
		last := strings.TrimPrefix(words[len(words)-1], "--")
		if last == "profile" {
			return enumOptions(append(c.world.Profiles(), "default"))
		}
		for i := range globals {
			if globals[i].flag == last && globals[i].shape.kind != kindBoolean {
				return enumOptions(globals[i].enum)
			}
		}
	}
	if inv == nil {
		inv = &invocation{words: slices.Clone(words)}
	}
	switch len(inv.words) {
	case 0:
		return append(slices.Clone(c.titles), Option{"help", "how the aws command works"})
	case 1:
		if inv.words[0] == "s3" {
			return s3Options(nil)
		}
		var all []Option
		for i := range c.ops {
			if op := &c.ops[i]; op.Service == inv.words[0] {
				all = append(all, Option{op.Kebab, c.help(op, nil)})
			}
		}
		if inv.words[0] == "kinesis" {
			all = append(all, Option{"wait", "until a stream or a channel is ACTIVE, or a stream gone"})
		}
		return append(all, Option{"help", "the operations"})
	}
	name, rest := inv.words[1], inv.words[2:]
	if inv.words[0] == "s3" {
		if strings.HasPrefix(part, "s3://") {
			return c.objectOptions(part)
		}
		return append(s3Options(inv.words[1:]), c.fileOptions("")...)
	}
	if name == "wait" && inv.words[0] == "kinesis" {
		if len(rest) == 0 {
			return []Option{{"channel-active", "until the channel is ACTIVE"}, {"stream-exists", "until the stream is ACTIVE"}, {"stream-not-exists", "until the stream is gone"}}
		}
		name = "describe-stream"
		if rest[0] == "channel-active" {
			name = "describe-channel"
		}
		rest = rest[1:]
	}
	op, ok := c.operation(inv.words[0], name)
	if !ok {
		return nil
	}
	return c.optionOptions(op, rest, part)
}

func (c *Console) labOptions(words []string, part string) []Option {
	if len(words) == 0 {
		var all []Option
		for i := range c.ops {
			if op := &c.ops[i]; op.Service == "lab" {
				all = append(all, Option{shortForm(op), c.help(op, nil)})
			}
		}
		for _, name := range timeNames() {
			all = append(all, Option{name, timeCommands[name].help})
		}
		return append(append(all, undoWords...), Option{"now", "the virtual instant"}, Option{"export", "what stands on the stage, for AWS"}, Option{"help", "what there is"})
	}
	if _, ok := timeCommands[words[0]]; ok {
		return c.timeOptions(words)
	}
	if words[0] == "export" && len(words) == 1 {
		return exportWords
	}
	op, ok := c.operation("lab", words[0])
	if !ok {
		return nil
	}
	return c.optionOptions(op, words[1:], part)
}

// optionOptions completes the options of an operation, required ones first, or the value of the one before.
func (c *Console) optionOptions(op *operation, words []string, part string) []Option {
	if len(words) > 0 && !strings.HasPrefix(part, "--") {
		for i := len(words) - 1; i >= 0; i-- {
			flag, isFlag := strings.CutPrefix(words[i], "--")
			if !isFlag {
				continue
			}
			if f := optionOf(op, flag); f != nil && f.shape.kind != kindBoolean && (i == len(words)-1 || f.shape.kind == kindList) {
				if values := c.valueOptions(op, f, words, part); values != nil || part != "" {
					return values
				}
			}
			break
		}
	}
	var required, optional []Option
	for i := range op.input.fields {
		f := &op.input.fields[i]
		if slices.Contains(words, "--"+f.flag) {
			continue
		}
		text := c.help(op, f)
		if f.required || f.name == "StreamName" {
			if f.required {
				text = strings.TrimSpace("required. " + text)
			}
			required = append(required, Option{"--" + f.flag, text})
		} else {
			optional = append(optional, Option{"--" + f.flag, text})
		}
	}
	all := append(required, optional...)
	add := func(fields []field) {
		for i := range fields {
			if !slices.Contains(words, "--"+fields[i].flag) && !strings.HasPrefix(fields[i].help, "Accepted") {
				all = append(all, Option{"--" + fields[i].flag, fields[i].help})
			}
		}
	}
	if paginatorOf(op) != nil {
		add(paging)
	}
	add(globals[:5])
	add(extras)
	if len(words) == 0 {
		all = append(all, Option{"help", "what the options mean"})
	}
	return all
}

// valueOptions completes the value of one option.
func (c *Console) valueOptions(op *operation, f *field, words []string, part string) []Option {
	if len(f.enum) > 0 {
		return enumOptions(f.enum)
	}
	switch f.name {
	case "StreamName", "ExclusiveStartStreamName":
		return c.streamOptions()
	case "ShardId", "ShardToSplit", "ShardToMerge", "AdjacentShardToMerge", "ExclusiveStartShardId":
		stream := ""
		for i, w := range words {
			if w == "--stream-name" && i+1 < len(words) {
				stream = words[i+1]
			}
		}
		if streams := c.world.Streams(); stream == "" && len(streams) == 1 {
			stream = streams[0]
		}
		return enumOptions(c.world.Shards(stream))
	}
	if known := c.knownValues(op, f, words); len(known) > 0 {
		return enumOptions(known)
	}
	if f.shape.kind == kindStructure || f.shape.kind == kindList && f.shape.elem.kind == kindStructure {
		s := f.shape
		if s.elem != nil {
			s = s.elem
		}
		return memberOptions(s, part)
	}
	return nil
}

// memberOptions completes shorthand: the next member's name, or the value of one that is fixed.
func memberOptions(s *shape, part string) []Option {
	done, last := "", part
	if i := strings.LastIndexByte(part, ','); i >= 0 {
		done, last = part[:i+1], part[i+1:]
	}
	var all []Option
	if name, _, ok := strings.Cut(last, "="); ok {
		if f, known := s.field(name); known {
			for _, v := range f.enum {
				all = append(all, Option{done + name + "=" + v, ""})
			}
		}
		return all
	}
	for i := range s.fields {
		if f := &s.fields[i]; !strings.Contains(done, f.name+"=") {
			all = append(all, Option{done + f.name + "=", f.help})
		}
	}
	return all
}

func enumOptions(values []string) []Option {
	var all []Option
	for _, v := range values {
		all = append(all, Option{Text: v})
	}
	return all
}

func (c *Console) streamOptions() []Option { return enumOptions(c.world.Streams()) }

// fileOptions lists the files of the present directory.
func (c *Console) fileOptions(prefix string) []Option {
	dir := homeDir
	if c.runner != nil {
		dir = c.runner.Dir
	}
	names, _ := c.disk.list(dir)
	var all []Option
	for _, n := range names {
		all = append(all, Option{prefix + n, "file in " + path.Base(dir)})
	}
	return all
}
