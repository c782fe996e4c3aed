package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// topics are what help has a page of, each with its line in the list.
var topics = []struct{ name, says, page string }{
	{"shell", "variables, pipes, loops, several lines", `help shell: this is Bash, with its programs, on files that live in this page

  x=trips; echo "$x ${#x} ${x%s}"       a variable, its length, it without the last s
  id=$(aws kinesis list-shards --stream-name trips --query 'Shards[0].ShardId' --output text)
                                        what a command prints, in a variable
  aws kinesis list-streams | jq -r '.StreamNames[]' | sort | head -3
                                        one program's output is the next one's input
  for i in $(seq 1 5); do echo "$i"; done; while read -r line; do echo "$line"; done < file
  if aws kinesis list-shards --stream-name trips > out.json; then echo yes; else echo "no: $?"; fi
  say() { echo "$1!"; }; say hello      a function
  cat > name <<'EOF'                    a file of the lines up to EOF
  command > file, >> file, 2> errors, < file, 2>&1, && then, || else

Programs: cat ls cp mv rm mkdir touch tee  head tail wc sort uniq cut tr grep sed awk paste column tac rev nl
  jq base64 md5sum sha256sum openssl uuidgen xxd gzip zip  seq yes xargs basename dirname date sleep history env
help NAME describes one. Several lines at once are a script: Shift+Enter begins a new line, and what is pasted keeps its lines.
`},
	{"time", "let it pass, and read the clock", `help time: virtual time stands still while you type

  wait 10s, wait 5m, wait 1h30m, wait 2d   time passes at once; sleep 10 does the same
  aws kinesis wait stream-exists --stream-name trips
                                           until the stream is ACTIVE
  date; date +%s; date -u -d '5 minutes ago' +%Y-%m-%dT%H:%M:%SZ
                                           the instant, for --timestamp and --start-time
  time COMMAND                             how much virtual time a command takes
  lab help                                 run until something happens, go back, fork
`},
	{"files", "file://, here-documents, buckets", `help files: up to 16 MiB that live in this page, until it is closed

  cat > request.json <<'EOF'               write a file; EOF alone on a line ends it
  aws kinesis put-records --cli-input-json file://request.json
  aws firehose put-record-batch --delivery-stream-name NAME --records file://records.json
  aws lambda create-function ... --zip-file fileb://function.zip
                                           fileb:// is bytes, file:// is text
  aws kinesis put-records --generate-cli-skeleton > request.json
                                           an empty request to fill in
  aws s3 cp file s3://BUCKET/KEY           into the lab's buckets, and back
`},
	{"query", "pick from an answer: --query, --output, jq", `help query: pick from an answer

  --query 'Shards[].ShardId'               a member of each element
  --query 'Shards[0].HashKeyRange'         the first element's
  --query "Shards[?ParentShardId=='shardId-000000000000'].ShardId"
                                           those for which something holds
  --query 'Shards[].{id: ShardId, parent: ParentShardId}' --output table
                                           under names of your own
  --query 'length(Shards)', 'sort_by(Shards, &ShardId)', 'max(Datapoints[].Sum)'
  --output json | text | table | yaml | yaml-stream
                                           text for variables and loops, table for reading
  aws ... | jq '.Records[].Data | @base64d'
                                           jq does the same and more
`},
	{"keys", "what the keyboard does here", `help keys

  Enter               run; with Shift a new line
  Tab                 complete: commands, options, streams, shards, buckets, files
  Up, Down            earlier and later entries
  Ctrl+R              search what was run; again for an older one
  Ctrl+C              end what runs
  Ctrl+L              empty the transcript
  Escape, then Tab    leave the prompt
`},
}

// runHelp is the page a learner sees first, or what it is asked for: a topic, a service, an operation, a program.
func runHelp(p *process) (int, error) {
	words := p.args[1:]
	if len(words) > 0 && words[0] == "aws" {
		if words = words[1:]; len(words) == 0 {
			return 0, p.print(p.c.helpAWS())
		}
	}
	if len(words) == 0 {
		list := ""
		for _, t := range topics {
			list += fmt.Sprintf("  help %-16s  %s\n", t.name, t.says)
		}
		return 0, p.print(strings.Replace(helpPage, "TOPICS\n", list, 1))
	}
	name := words[0]
	for _, t := range topics {
		if t.name == name {
			return 0, p.print(t.page)
		}
	}
	if op, ok := p.c.asked(words); ok {
		return 0, p.print(p.c.helpOperation(op))
	}
	switch {
	case name == "lab":
		return 0, p.print(p.c.helpLab())
	case name == "s3" && p.c.has(name):
		return p.s3([]string{"help"})
	case p.c.has(name):
		return 0, p.print(p.c.helpService(name))
	case name == "wait":
		return 0, p.print(helpWait)
	}
	if says, ok := programHelp(name); ok {
		return 0, p.print(name + ": " + says + "\n")
	}
	known := append(commandNames(), p.c.services()...)
	for _, t := range topics {
		known = append(known, t.name)
	}
	for i := range p.c.ops {
		known = append(known, p.c.ops[i].Kebab)
	}
	if near := nearest(name, known); len(near) > 0 {
		p.hint("Did you mean help " + strings.Join(near, ", help ") + "?")
	} else {
		p.hint("help lists the topics; aws help the services; lab help the lab's own commands.")
	}
	return p.fail("there is nothing about %q", name)
}

// asked finds the operation that words name, with its service or without.
func (c *Console) asked(words []string) (*operation, bool) {
	if len(words) > 1 {
		return c.operation(words[0], words[1])
	}
	for _, service := range append(c.services(), "lab") {
		if op, ok := c.operation(service, words[0]); ok {
			return op, true
		}
	}
	return nil, false
}

// programHelp says what a program does and what it knows here.
func programHelp(name string) (string, bool) {
	switch name {
	case "sed":
		return "edit lines. " + sedKnows, true
	case "awk", "gawk":
		return "work on the fields of lines. " + awkKnows, true
	case "jq":
		return "pick from JSON: jq -r '.Shards[].ShardId'. " + jqOptions, true
	}
	if says := commandHelp[name]; says != "" {
		return says, true
	}
	if _, ours := commands()[name]; ours {
		return "a program as you know it from Linux, with its common options; a wrong one is answered with those it has.", true
	}
	if slices.Contains(builtins, name) {
		return "part of the shell, as in Bash. See help shell.", true
	}
	return "", false
}

const helpPage = `This terminal is a shell with the AWS CLI, on this lab's own Region in virtual time.
Time stands still while you type: it passes when the lab plays, or when you say wait.

First steps
  aws kinesis list-streams
  aws kinesis describe-stream-summary --stream-name NAME
  aws kinesis list-shards --stream-name NAME --query 'Shards[].ShardId'
  aws kinesis put-record --stream-name NAME --partition-key bike-7 \
      --data 'hello' --cli-binary-format raw-in-base64-out
  IT=$(aws kinesis get-shard-iterator --stream-name NAME --shard-id shardId-000000000000 \
      --shard-iterator-type TRIM_HORIZON --query ShardIterator --output text)
  aws kinesis get-records --shard-iterator "$IT"

More
TOPICS
  help aws               the services; help kinesis its operations; help put-record one of them
  help lab               producers and consumers of the lab, faults, time
  hash KEY               the MD5 of a partition key, and the shard it goes to
  shards --records N --kb N --consumers N   how many shards a provisioned stream needs
  wait 10s               let virtual time pass: 10s, 5m, 1h30m, 2d

Tab completes, the arrows bring earlier lines back, Ctrl+R searches them, Shift+Enter begins a new line.
`

func (c *Console) helpAWS() string {
	return `aws: the AWS Command Line Interface, as version ` + cliVersion + ` behaves; it sends nothing to AWS.

  aws SERVICE OPERATION [options]
  aws SERVICE help
  aws SERVICE OPERATION help

Services of this lab
` + c.serviceRows() + `
Options of every command
` + optionRows(globals, func(f *field) bool { return !strings.HasPrefix(f.help, "Accepted") }) + `
Exit status: 0 done, 252 the command was not understood, 253 Region or profile, 254 the service answered with an error, 255 anything else.
`
}

// serviceRows lists the services, a line each.
func (c *Console) serviceRows() string {
	var b strings.Builder
	for _, s := range c.titles {
		fmt.Fprintf(&b, "  %-10s  %s\n", s.Text, s.Help)
	}
	return b.String()
}

func (c *Console) helpService(service string) string {
	var b strings.Builder
	for _, s := range c.titles {
		if s.Text == service {
			fmt.Fprintf(&b, "aws %s: %s\n\n", service, s.Help)
		}
	}
	wide := 0
	for _, name := range c.names(service) {
		wide = max(wide, len(name))
	}
	for i := range c.ops {
		if op := &c.ops[i]; op.Service == service {
			fmt.Fprintf(&b, "  %-*s  %s\n", wide, op.Kebab, c.help(op, nil))
		}
	}
	if service == "kinesis" {
		fmt.Fprintf(&b, "  %-*s  %s\n", wide, "wait", "Wait until a stream or a channel is ACTIVE, or a stream gone; virtual time passes.")
	}
	fmt.Fprintf(&b, "\naws %s OPERATION help shows the options of one.\n", service)
	return b.String()
}

const helpWait = `aws kinesis wait: look every 10 seconds of virtual time, at most 18 times

  channel-active      until DescribeChannel says ACTIVE
  stream-exists       until DescribeStream says ACTIVE
  stream-not-exists   until DescribeStream says ResourceNotFoundException

  aws kinesis wait stream-exists --stream-name NAME
`

// shortForm is how an operation of the lab is offered: lab producers stands for lab list-producers.
func shortForm(op *operation) string { return strings.TrimPrefix(op.Kebab, "list-") }

func (c *Console) helpLab() string {
	var b strings.Builder
	b.WriteString("lab: the producers and consumers of this lab\n\n")
	rows := [][2]string{}
	for i := range c.ops {
		if op := &c.ops[i]; op.Service == "lab" {
			rows = append(rows, [2]string{shortForm(op), c.help(op, nil)})
		}
	}
	for _, name := range timeNames() {
		rows = append(rows, [2]string{name, timeCommands[name].help})
	}
	rows = append(rows, [2]string{"now", "Print the virtual instant."}, [2]string{"export", "Print what stands on the stage for AWS: lab export cloudformation, terraform, cli, go or python."})
	for _, o := range undoWords {
		rows = append(rows, [2]string{o.Text, strings.ToUpper(o.Help[:1]) + o.Help[1:] + "."})
	}
	wide := 0
	for _, r := range rows {
		wide = max(wide, len(r[0]))
	}
	for _, r := range rows {
		fmt.Fprintf(&b, "  %-*s  %s\n", wide, r[0], r[1])
	}
	b.WriteString("\nlab COMMAND help shows the options of one. For example:\n  lab put-producer --name bikes --stream-name trips --records-per-second 200 --keys Kind=uniform,Count=50\n")
	return b.String()
}

// helpOperation describes one operation and its options.
func (c *Console) helpOperation(op *operation) string {
	var b strings.Builder
	program := "aws " + op.Service
	if op.Service == "lab" {
		program = "lab"
	}
	fmt.Fprintf(&b, "%s %s", program, op.Kebab)
	if text := c.help(op, nil); text != "" {
		b.WriteString(": " + text)
	}
	b.WriteString("\n\nExample\n  " + example(program, op) + "\n\nOptions\n")
	rows := make([]field, len(op.input.fields))
	copy(rows, op.input.fields)
	for i := range rows {
		rows[i].help = c.help(op, &op.input.fields[i])
	}
	b.WriteString(optionRows(rows, func(f *field) bool { return f.required }))
	b.WriteString(optionRows(rows, func(f *field) bool { return !f.required }))
	if paginatorOf(op) != nil {
		b.WriteString(optionRows(paging, func(*field) bool { return true }))
	}
	b.WriteString(optionRows(extras, func(*field) bool { return true }))
	if len(op.output.fields) == 0 {
		b.WriteString("\nPrints nothing when it is done.\n")
	} else {
		b.WriteString("\nAnswer\n")
		for i := range op.output.fields {
			f := &op.output.fields[i]
			fmt.Fprintf(&b, "  %s (%s)\n", f.name, describe(f.shape))
		}
	}
	return b.String()
}

func example(program string, op *operation) string {
	line := program + " " + op.Kebab
	for i := range op.input.fields {
		f := &op.input.fields[i]
		if f.required || f.name == "StreamName" || f.name == "ShardCount" {
			v := placeholder(f)
			if f.name == "ShardCount" {
				v = "2"
			}
			line += " --" + f.flag + " " + v
		}
	}
	return line
}

// optionRows writes the options that pass.
func optionRows(fields []field, pass func(*field) bool) string {
	var b strings.Builder
	for i := range fields {
		f := &fields[i]
		if !pass(f) {
			continue
		}
		head := "--" + f.flag
		switch f.shape.kind {
		case kindBoolean:
			if f.name != "" {
				head += " | --no-" + f.flag
			}
		case kindStructure, kindMap, kindList:
			head += " " + describe(f.shape)
		default:
			head += " <" + f.shape.kind.String() + ">"
		}
		if f.required {
			head += "  (required)"
		}
		b.WriteString("  " + head + "\n")
		if f.help != "" {
			b.WriteString("      " + f.help + "\n")
		}
		if len(f.enum) > 0 {
			b.WriteString("      One of: " + strings.Join(f.enum, ", ") + "\n")
		}
		b.WriteString(memberRows(f.shape))
	}
	return b.String()
}

// memberRows writes what is known of the members of a structure, or of the structures of a list.
func memberRows(s *shape) string {
	for s.elem != nil {
		s = s.elem
	}
	var b strings.Builder
	for i := range s.fields {
		f := &s.fields[i]
		text := sentence(f.help)
		if text == "" {
			text = memberHelp[f.name]
		}
		if len(f.enum) > 0 {
			text = strings.TrimSpace(text + " One of: " + strings.Join(f.enum, ", "))
		}
		if text != "" {
			b.WriteString("        " + f.name + ": " + text + "\n")
		}
	}
	return b.String()
}

// sentence makes a sentence of a line of help.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	r, n := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(r)) + s[n:]
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}

// describe says in a few words what a member holds.
func describe(s *shape) string {
	switch s.kind {
	case kindList:
		if s.elem.kind == kindStructure || s.elem.kind == kindMap {
			return shorthandExample(s.elem) + " ..."
		}
		return "<" + s.elem.kind.String() + "> ..."
	case kindStructure, kindMap:
		return shorthandExample(s)
	}
	return s.kind.String()
}

// help says what an operation does, or what one of its members is.
func (c *Console) help(op *operation, f *field) string {
	text := op.Help
	if f != nil {
		text = f.help
	}
	if text == "" && f != nil {
		text = memberHelp[f.name]
	}
	return sentence(text)
}

// memberHelp is said of a member when the table does not say more.
var memberHelp = map[string]string{
	"StreamName":                "The stream's name.",
	"StreamARN":                 "The stream's ARN, instead of its name.",
	"StreamId":                  "Reserved by AWS; has no effect.",
	"ShardCount":                "How many shards the stream begins with; each takes 1 MiB or 1,000 records a second.",
	"StreamModeDetails":         "How the capacity is chosen: StreamMode=PROVISIONED or StreamMode=ON_DEMAND.",
	"Data":                      "The record's bytes: base64 text, or plain text with --cli-binary-format raw-in-base64-out.",
	"PartitionKey":              "Text whose MD5 chooses the shard; the same key goes to the same shard.",
	"ExplicitHashKey":           "A hash key from 0 to 2^128-1 that chooses the shard instead of the partition key.",
	"SequenceNumberForOrdering": "The sequence number before, so that this record's is higher.",
	"Records":                   "Up to 500 records: Data=...,PartitionKey=... each.",
	"ShardId":                   "The shard: shardId-000000000000.",
	"ShardIteratorType":         "Where reading begins.",
	"StartingSequenceNumber":    "For AT_ and AFTER_SEQUENCE_NUMBER: the record at or after which reading begins.",
	"Timestamp":                 "For AT_TIMESTAMP: 2026-03-02T08:40:00Z or seconds since 1970.",
	"ShardIterator":             "The place in a shard, as get-shard-iterator or the get-records before gave it; lives 5 minutes.",
	"Limit":                     "At most so many.",
	"MaxResults":                "At most so many.",
	"NextToken":                 "Where the answer before ended; lives 5 minutes.",
	"ShardFilter":               "Which shards to list: Type=AT_LATEST lists the open ones.",
	"ExclusiveStartShardId":     "List from the shard behind this one.",
	"ExclusiveStartStreamName":  "List from the stream behind this one.",
	"StreamCreationTimestamp":   "Tells streams of the same name apart that were made at different times.",
	"ShardToSplit":              "The open shard to split.",
	"NewStartingHashKey":        "The hash key at which the second child begins.",
	"ShardToMerge":              "One open shard.",
	"AdjacentShardToMerge":      "The open shard whose hash range touches the other's.",
	"EnforceConsumerDeletion":   "Delete the stream even when it has registered consumers.",
	"Tags":                      "Tags of the stream: team=bikes,city=lyon.",
	"MaxRecordSizeInKiB":        "The largest record the stream takes: 1024 to 10240.",
}

// skeleton prints an empty request, or an empty answer, of an operation.
func skeleton(op *operation, what string) string {
	s := op.input
	if what == "output" {
		s = op.output
	}
	v := sample(s)
	if what == "yaml-input" {
		return renderYAML(v)
	}
	return indentJSON(v) + "\n"
}

func sample(s *shape) value {
	switch s.kind {
	case kindStructure:
		o := object{}
		for i := range s.fields {
			f := &s.fields[i]
			if len(f.enum) > 0 && f.shape.kind == kindString {
				o = append(o, member{f.name, f.enum[0]})
				continue
			}
			o = append(o, member{f.name, sample(f.shape)})
		}
		return o
	case kindList:
		return []any{sample(s.elem)}
	case kindMap:
		return object{{"KeyName", sample(s.elem)}}
	case kindInteger:
		return json.Number("0")
	case kindDouble:
		return json.Number("0")
	case kindBoolean:
		return true
	case kindTimestamp:
		return "1970-01-01T00:00:00"
	case kindBlob:
		return nil
	}
	return ""
}
