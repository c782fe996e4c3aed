package console

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
)

// homeRegion is the one Region of a lab.
const homeRegion = "us-east-1"

// cliVersion is the AWS CLI whose behaviour the terminal has.
const cliVersion = "2.36.7"

// Exit statuses of AWS CLI v2 beside 0 and 252.
// Source: AWS CLI user guide, "Command line return codes in the AWS CLI".
const (
	exitConfig  = 253
	exitService = 254
	exitOther   = 255
)

// globals are AWS CLI's options that go with every command; the value says what follows them, "" nothing.
var globals = []field{
	{flag: "output", help: "How the answer is printed.", enum: formats, shape: &shape{kind: kindString}},
	{flag: "query", help: "JMESPath expression: print only a part of the answer.", shape: &shape{kind: kindString}},
	{flag: "region", help: "The lab has one Region: us-east-1.", enum: []string{homeRegion}, shape: &shape{kind: kindString}},
	{flag: "cli-binary-format", help: "How --data is read: base64 (default), or raw-in-base64-out for plain text.", enum: []string{"base64", "raw-in-base64-out"}, shape: &shape{kind: kindString}},
	{flag: "no-paginate", help: "Make one call only; do not ask for further pages.", shape: &shape{kind: kindBoolean}},
	{flag: "no-cli-pager", help: "Accepted; this terminal has no pager.", shape: &shape{kind: kindBoolean}},
	{flag: "profile", help: "Call as a user or role of the lab's account; default is its administrator.", shape: &shape{kind: kindString}},
	{flag: "color", help: "Accepted; nothing is coloured.", enum: []string{"on", "off", "auto"}, shape: &shape{kind: kindString}},
	{flag: "debug", help: "Show each request and its answer as JSON; there is no signature and no header, because nothing is sent.", shape: &shape{kind: kindBoolean}},
	{flag: "endpoint-url", help: "Accepted; the lab is the only endpoint.", shape: &shape{kind: kindString}},
	{flag: "ca-bundle", help: "Accepted, without effect.", shape: &shape{kind: kindString}},
	{flag: "cli-read-timeout", help: "Accepted, without effect.", shape: &shape{kind: kindString}},
	{flag: "cli-connect-timeout", help: "Accepted, without effect.", shape: &shape{kind: kindString}},
	{flag: "cli-error-format", help: "Accepted, without effect.", enum: []string{"enhanced", "legacy", "json", "yaml", "text", "table"}, shape: &shape{kind: kindString}},
	{flag: "no-verify-ssl", help: "Accepted, without effect.", shape: &shape{kind: kindBoolean}},
	{flag: "no-sign-request", help: "Accepted, without effect.", shape: &shape{kind: kindBoolean}},
	{flag: "cli-auto-prompt", help: "Accepted, without effect.", shape: &shape{kind: kindBoolean}},
	{flag: "no-cli-auto-prompt", help: "Accepted, without effect.", shape: &shape{kind: kindBoolean}},
	{flag: "version", help: "Print the version of AWS CLI that this terminal follows.", shape: &shape{kind: kindBoolean}},
}

// extras are the options of every operation that are not its members.
var extras = []field{
	{flag: "cli-input-json", help: "The whole request as JSON, or file://request.json.", shape: &shape{kind: kindString}},
	{flag: "cli-input-yaml", help: "The whole request as YAML, or file://request.yaml.", shape: &shape{kind: kindString}},
	{flag: "generate-cli-skeleton", help: "Print an empty request (input), or an empty answer (output).", enum: []string{"input", "output", "yaml-input"}, shape: &shape{kind: kindString}},
}

// paging are the options of operations that answer in pages.
var paging = []field{
	{flag: "max-items", help: "Print at most so many; the answer's NextToken goes into --starting-token.", shape: &shape{kind: kindInteger}},
	{flag: "starting-token", help: "Where the answer before ended: its NextToken.", shape: &shape{kind: kindString}},
	{flag: "page-size", help: "Ask for so many with each call.", shape: &shape{kind: kindInteger}},
}

// An invocation is what a command line asks for.
type invocation struct {
	words  []string          // what stands outside of options: service, operation, ...
	global map[string]string // values of global options
}

// otherServices are services that learners meet beside Kinesis Data Streams. Those that no table of operations knows have
// no commands here.
var otherServices = []string{
	"apigateway", "athena", "cloudformation", "cloudwatch", "configure", "dynamodb", "ec2", "events", "firehose", "fis", "glue", "iam", "iot", "kafka",
	"kinesisanalytics", "kinesisanalyticsv2", "kms", "lambda", "logs", "opensearch", "redshift", "s3", "s3api", "sns", "sqs", "ssm", "sts",
}

// runAWS is the command aws.
func runAWS(p *process) (int, error) {
	status, err := p.aws(p.args[1:])
	var bad *usageError
	if errors.As(err, &bad) {
		if _, err := p.err.Write([]byte(bad.render())); err != nil {
			return bad.exit, err
		}
		p.hint(bad.hint)
		return bad.exit, nil
	}
	return status, err
}

func (p *process) aws(args []string) (int, error) {
	inv, bad := splitGlobals(args)
	if bad != nil {
		return 0, bad
	}
	if _, ok := inv.global["version"]; ok {
		return 0, p.print("aws-cli/" + cliVersion + " Shardlab (this terminal follows AWS CLI " + cliVersion + "; it sends nothing to AWS)\n")
	}
	_, p.debug = inv.global["debug"]
	if len(inv.words) == 0 {
		e := usageErrorf("the following arguments are required: command")
		e.hint = "Begin with: aws kinesis list-streams"
		return 0, e
	}
	switch service := inv.words[0]; {
	case service == "help":
		return 0, p.print(p.c.helpAWS())
	case !p.c.has(service):
		if service == "configure" {
			return p.configure(inv)
		}
		return 0, p.c.unknownService(service)
	}
	service := inv.words[0]
	if bad := p.configuration(inv); bad != nil {
		return 0, bad
	}
	if service == "s3" {
		return p.s3(inv.words[1:])
	}
	if len(inv.words) == 1 {
		e := usageErrorf("the following arguments are required: operation")
		e.hint = "aws " + service + " help lists the operations."
		if service == "kinesis" {
			e.hint = "aws kinesis help lists the operations; aws kinesis list-streams is a good first one."
		}
		return 0, e
	}
	name, rest := inv.words[1], inv.words[2:]
	switch {
	case name == "help":
		return 0, p.print(p.c.helpService(service))
	case name == "wait" && service == "kinesis":
		return p.waiter(inv, rest)
	}
	op, ok := p.c.operation(service, name)
	if !ok || op.Kebab != name {
		return 0, p.c.unknownOperation(service, name)
	}
	if len(rest) > 0 && rest[0] == "help" {
		return 0, p.print(p.c.helpOperation(op))
	}
	return p.operation(op, rest, inv.global)
}

func (c *Console) unknownService(service string) *usageError {
	names := strings.Join(c.services(), ", ")
	for _, s := range c.services() {
		if op, ok := c.operation(s, service); ok && s != "lab" {
			return invalidChoice("command", service, nil, "The service comes first: aws "+s+" "+op.Kebab)
		}
	}
	if slices.Contains(otherServices, service) {
		return &usageError{
			text: fmt.Sprintf("aws %s is not part of this lab yet: it runs Amazon Kinesis Data Streams.", service), exit: 252,
			hint: "Services of this lab: " + names + "; aws kinesis help lists what there is. Producers and consumers of the lab: lab help.",
		}
	}
	return invalidChoice("command", service, append(c.services(), otherServices...), "Services of this lab: "+names+". Begin with: aws kinesis list-streams")
}

func invalidChoice(what, got string, known []string, hint string) *usageError {
	e := usageErrorf("argument %s: Found invalid choice '%s'\n", what, got)
	if near := nearest(got, known); len(near) > 0 {
		e.text += "\nMaybe you meant:\n\n"
		for _, n := range near {
			e.text += "  * " + n + "\n"
		}
	}
	e.hint = hint
	return e
}

func (c *Console) unknownOperation(service, name string) *usageError {
	known := append(c.names(service), "help")
	if service == "kinesis" {
		known = append(known, "wait")
	}
	hint := "aws " + service + " help lists the operations."
	if strings.HasPrefix(name, "-") {
		hint = "The operation comes before its options: aws " + service + " OPERATION " + name + " …; " + hint
	} else if instead, ok := insteadOf[service+" "+name]; ok {
		hint = instead
	} else if name == "subscribe-to-shard" {
		hint = "AWS CLI has no subscribe-to-shard: it cannot show a push stream. Read with get-shard-iterator and get-records, or let a consumer of the lab subscribe: lab put-consumer --name board --stream-name NAME --retrieval-mode FANOUT"
	} else if op, ok := c.operation(service, name); ok {
		hint = "Operations are written in small letters with dashes: aws " + service + " " + op.Kebab
	}
	return invalidChoice("operation", name, known, hint)
}

// insteadOf says how the lab does what operations of AWS's tutorials do that it does not have.
var insteadOf = map[string]string{
	"iam attach-role-policy": inlinePolicy,
	"iam attach-user-policy": "A policy is written into the user here: aws iam put-user-policy --user-name USER --policy-name NAME --policy-document file://policy.json",
	"iam create-policy":      inlinePolicy,
}

const inlinePolicy = "There are no managed policies in the lab; a policy is written into the role: aws iam put-role-policy --role-name ROLE --policy-name NAME --policy-document file://policy.json. For AWSLambdaKinesisExecutionRole it allows kinesis:DescribeStream, DescribeStreamSummary, GetRecords, GetShardIterator, ListShards, ListStreams and SubscribeToShard."

// splitGlobals takes AWS CLI's own options out of a command line, wherever they stand; --version is one before the first word only.
func splitGlobals(args []string) (*invocation, *usageError) {
	inv := &invocation{global: map[string]string{}}
	for i := 0; i < len(args); i++ {
		a := args[i]
		name, val, joined := strings.Cut(strings.TrimPrefix(a, "--"), "=")
		at := slices.IndexFunc(globals, func(f field) bool { return f.flag == name })
		if !strings.HasPrefix(a, "--") || at < 0 || name == "version" && len(inv.words) > 0 {
			inv.words = append(inv.words, a)
			continue
		}
		g := &globals[at]
		if g.shape.kind == kindBoolean {
			if joined {
				return nil, usageErrorf("argument --%s: ignored explicit argument %s", name, pyRepr(val))
			}
			inv.global[name] = "true"
			continue
		}
		if !joined {
			if i+1 >= len(args) || isOption(args[i+1]) {
				return nil, usageErrorf("argument --%s: expected one argument", name)
			}
			i++
			val = args[i]
		}
		if len(g.enum) > 0 && name != "region" && !slices.Contains(g.enum, val) {
			return nil, invalidChoice("--"+name, val, g.enum, "--"+name+" is one of: "+strings.Join(g.enum, ", "))
		}
		inv.global[name] = val
	}
	return inv, nil
}

var negative = regexp.MustCompile(`^-\d+$|^-\d*\.\d+$`)

// isOption says whether a word is an option and so cannot be the value of the one before.
func isOption(word string) bool {
	return len(word) > 1 && word[0] == '-' && !negative.MatchString(word) && !strings.Contains(word, " ")
}

// configuration checks Region and profile as AWS CLI does before it connects, and chooses the principal: --profile, else
// AWS_PROFILE, else the administrator.
func (p *process) configuration(inv *invocation) *usageError {
	profile, ok := inv.global["profile"]
	if !ok {
		profile = cmp.Or(p.env("AWS_PROFILE"), "default")
	}
	if profile != "default" {
		if p.as, ok = p.principal(profile); !ok {
			return &usageError{text: fmt.Sprintf("The config profile (%s) could not be found", profile), exit: exitConfig, hint: profileHint(p.profiles(), profile)}
		}
	}
	region, ok := inv.global["region"]
	if !ok {
		if region = p.env("AWS_REGION"); region == "" {
			region = p.env("AWS_DEFAULT_REGION")
		}
	}
	switch region {
	case homeRegion:
		return nil
	case "":
		return &usageError{text: `You must specify a region. You can also configure your region by running "aws configure".`, exit: exitConfig, hint: "export AWS_REGION=" + homeRegion}
	}
	return &usageError{
		text: fmt.Sprintf("Could not connect to the endpoint URL: %q", "https://"+inv.words[0]+"."+region+".amazonaws.com/"), exit: exitOther,
		hint: "The lab has one Region, " + homeRegion + ": leave --region out, or say export AWS_REGION=" + homeRegion + ".",
	}
}

// profileHint says which profiles there are.
func profileHint(known []string, got string) string {
	if len(known) == 0 {
		return "The lab has no users and no roles yet: leave --profile out to be the account's administrator."
	}
	hint := "A profile is a user or a role of the lab's account: " + shortList(known) + ". Without --profile you are its administrator."
	if near := nearest(got, known); len(near) > 0 {
		hint = "Did you mean " + near[0] + "? " + hint
	}
	return hint
}

// operation runs one operation of the table with the words that follow its name.
func (p *process) operation(op *operation, words []string, global map[string]string) (int, error) {
	req, bad := p.request(op, words, global)
	if bad != nil {
		return 0, bad
	}
	if req.skeleton != "" {
		return 0, p.print(skeleton(op, req.skeleton))
	}
	format, bad := p.format(global)
	if bad != nil {
		return 0, bad
	}
	var q *query
	if text, ok := global["query"]; ok {
		if q, bad = compileQuery(text); bad != nil {
			return 0, bad
		}
	}
	show := func(v value) error {
		if q != nil {
			found, err := q.search(v)
			if err != nil {
				return &usageError{text: err.Error(), exit: exitOther, hint: queryHint(err)}
			}
			if v = found; isFalse(v) {
				p.hint(q.missed(op.output))
			}
		}
		return p.print(render(format, op.Name, v))
	}
	pg := paginatorOf(op)
	if pg == nil || !pg.wanted(global, req) {
		answer, failed := p.call(op, req.body)
		if failed != nil {
			return p.failed(op, failed)
		}
		if answer == nil {
			p.done(op)
			return 0, nil
		}
		if answer, err := p.keepBody(op, req.file, answer); err != nil {
			return 0, err
		} else if err := show(op.present(answer)); err != nil {
			return 0, err
		}
		p.remark(op, req, answer)
		return 0, nil
	}
	return p.pages(op, pg, req, format, show)
}

// format is the output format: --output, else AWS_DEFAULT_OUTPUT, else json.
func (p *process) format(global map[string]string) (string, *usageError) {
	if f, ok := global["output"]; ok {
		return f, nil
	}
	f := p.env("AWS_DEFAULT_OUTPUT")
	if f == "" {
		return "json", nil
	}
	if !slices.Contains(formats, f) {
		return "", &usageError{text: "Unknown output type: " + f, exit: exitConfig, hint: "AWS_DEFAULT_OUTPUT is one of: " + strings.Join(formats, ", ")}
	}
	return f, nil
}

// A request is a command line that was understood.
type request struct {
	body     object
	flags    []string // the flags of members that were given
	skeleton string
	paging   map[string]string
	file     string // into which the answer's body goes
	accident string // a warning about --data that was base64 by accident
}

// request reads the words behind an operation's name.
func (p *process) request(op *operation, words []string, global map[string]string) (*request, *usageError) {
	given, order, unknown, bad := splitOptions(op, words)
	if bad != nil {
		return nil, bad
	}
	req := &request{paging: map[string]string{}}
	if w, ok := given["generate-cli-skeleton"]; ok {
		req.skeleton = "input"
		if len(w) > 0 {
			req.skeleton = w[0]
		}
		if known := extras[2].enum; !slices.Contains(known, req.skeleton) {
			return nil, invalidChoice("--generate-cli-skeleton", req.skeleton, known, "")
		}
		return req, nil
	}
	whole, file := "", []string(nil)
	for _, x := range extras[:2] {
		if words, ok := given[x.flag]; ok {
			if whole != "" {
				return nil, &usageError{text: "Only one --cli-input- parameter may be specified.", exit: exitOther, hint: "Leave --cli-input-json or --cli-input-yaml out."}
			}
			whole, file = x.flag, words
		}
	}
	var missing []string
	for i := range op.input.fields {
		f := &op.input.fields[i]
		if _, ok := given[f.flag]; f.required && !ok && whole == "" {
			missing = append(missing, "--"+f.flag)
		}
	}
	if len(missing) > 0 {
		e := usageErrorf("the following arguments are required: %s", strings.Join(missing, ", "))
		e.hint = missingHint(op, missing)
		return nil, e
	}
	if p.file == nil {
		if req.file, unknown, bad = takeFile(op, unknown); bad != nil {
			return nil, bad
		}
	}
	if len(unknown) > 0 {
		e := paramError("Unknown options: %s", strings.Join(unknown, ", "))
		e.hint = unknownHint(op, unknown)
		return nil, e
	}
	r := &reader{rawBlobs: global["cli-binary-format"] == "raw-in-base64-out", file: p.file}
	if r.file == nil {
		r.file = func(name string) ([]byte, error) { return p.c.disk.read(abs(p.dir, name)) }
	}
	if whole != "" {
		content, _, bad := r.load("--"+whole, file[0])
		if bad != nil {
			return nil, bad
		}
		var v value
		if whole == "cli-input-json" {
			v, bad = r.json("--"+whole, string(content))
		} else if got, err := parseYAML(string(content)); err != nil {
			bad = paramError("Error parsing parameter 'cli-input-yaml': Invalid YAML received.")
			bad.hint = err.Error()
		} else {
			v = got
		}
		if bad != nil {
			return nil, bad
		}
		o, ok := v.(object)
		if !ok {
			return nil, paramError("Error parsing parameter '%s': Invalid type: expecting map, received <class '%s'>", whole, pyType(v))
		}
		req.body = r.coerce(op.input, o).(object)
	}
	for _, flag := range order {
		i := slices.IndexFunc(op.input.fields, func(f field) bool { return f.flag == strings.TrimPrefix(flag, "no-") || f.flag == flag })
		if i < 0 {
			if flag != whole {
				req.paging[flag] = given[flag][0]
			}
			continue
		}
		f := &op.input.fields[i]
		req.flags = append(req.flags, f.flag)
		if f.shape.kind == kindBoolean {
			req.body = req.body.with(f.name, f.flag == flag)
			continue
		}
		var v value
		if takesFile(op, f) {
			v, bad = p.fileBody(f, given[flag][0])
		} else {
			v, bad = r.argument(f, given[flag])
		}
		if bad != nil {
			return nil, bad
		}
		if f.shape.kind == kindBlob && !r.rawBlobs && !takesFile(op, f) && !strings.Contains(given[flag][0], "://") {
			req.accident = accident(f.flag, given[flag][0])
		}
		req.body = req.body.with(f.name, v)
	}
	if req.body == nil {
		req.body = object{}
	}
	if bad := unpackCode(op, req.body); bad != nil {
		return nil, bad
	}
	if bad := check(op.input, req.body); bad != nil {
		return nil, bad
	}
	return req, nil
}

// splitOptions sorts the words behind an operation's name under their options.
func splitOptions(op *operation, words []string) (given map[string][]string, order, unknown []string, bad *usageError) {
	given = map[string][]string{}
	for i := 0; i < len(words); {
		word := words[i]
		i++
		if !strings.HasPrefix(word, "--") || word == "--" {
			unknown = append(unknown, word)
			continue
		}
		name, val, joined := strings.Cut(word[2:], "=")
		f := optionOf(op, name)
		if f == nil {
			begun := begunBy(op, name)
			if len(begun) > 1 {
				e := usageErrorf("ambiguous option: --%s could match --%s", name, strings.Join(begun, ", --"))
				e.hint = "Write the option out: --" + begun[0] + "."
				return nil, nil, nil, e
			}
			if len(begun) == 0 {
				unknown = append(unknown, word)
				continue
			}
			name = begun[0]
			f = optionOf(op, name)
		}
		if _, again := given[name]; !again {
			order = append(order, name)
		}
		var vals []string
		if joined {
			vals = []string{val}
		}
		for !joined && i < len(words) && !isOption(words[i]) && (len(vals) == 0 || f.shape.kind == kindList) && f.shape.kind != kindBoolean {
			vals = append(vals, words[i])
			i++
		}
		switch {
		case f.shape.kind == kindBoolean && joined:
			return nil, nil, nil, usageErrorf("argument --%s: ignored explicit argument %s", name, pyRepr(val))
		case len(vals) == 0 && f.shape.kind != kindBoolean && f.shape.kind != kindList && name != "generate-cli-skeleton":
			e := usageErrorf("argument --%s: expected one argument", name)
			e.hint = "Give a value behind --" + name + ". An empty one usually comes from a variable that is not set: echo \"$NAME\" shows it."
			return nil, nil, nil, e
		}
		given[name] = vals
	}
	return given, order, unknown, nil
}

// begunBy lists the options that begin with a word: the AWS CLI takes the beginning of an option for the option.
func begunBy(op *operation, word string) []string {
	var all []string
	add := func(flag string) {
		if strings.HasPrefix(flag, word) && word != "" {
			all = append(all, flag)
		}
	}
	for i := range op.input.fields {
		f := &op.input.fields[i]
		if add(f.flag); f.shape.kind == kindBoolean {
			add("no-" + f.flag)
		}
	}
	for _, f := range moreOptions(op) {
		add(f.flag)
	}
	return all
}

// moreOptions are the options of an operation that are not its members.
func moreOptions(op *operation) []field {
	if paginatorOf(op) != nil {
		return slices.Concat(extras, paging)
	}
	return extras
}

// optionOf finds the option called name, which may be a boolean's --no- form.
func optionOf(op *operation, name string) *field {
	for i := range op.input.fields {
		f := &op.input.fields[i]
		if f.flag == name || f.shape.kind == kindBoolean && "no-"+f.flag == name {
			return f
		}
	}
	all := moreOptions(op)
	for i := range all {
		if all[i].flag == name {
			return &all[i]
		}
	}
	return nil
}

// call makes one call at the world's door, as often as AWS_MAX_ATTEMPTS allows when it is throttled.
func (p *process) call(op *operation, body object) (value, error) {
	attempts, _ := strconv.Atoi(p.env("AWS_MAX_ATTEMPTS"))
	attempts = max(1, min(attempts, 10))
	for try := 1; ; try++ {
		answer, err := p.do(p.as, op.Service, op.Name, encodeJSON(body))
		if shown := p.show(op, body, answer, err); shown != nil {
			return nil, shown
		}
		if err == nil {
			if len(answer) == 0 {
				return nil, nil
			}
			v, err := decodeJSON(answer)
			if err != nil {
				panic(fmt.Sprintf("console: %s answered what is not JSON: %v", op.Name, err))
			}
			return v, nil
		}
		if try == attempts || !passes(err) {
			if try > 1 {
				var e *aws.Error
				if errors.As(err, &e) {
					return nil, &retried{e, try - 1}
				}
			}
			return nil, err
		}
		if stop := p.sleep(time.Second << (try - 1) / 2); stop != nil {
			return nil, stop
		}
	}
}

// show is --debug: what is asked of a service as it goes over the wire, and what it answers, on the error stream.
func (p *process) show(op *operation, body object, answer []byte, failed error) error {
	if !p.debug {
		return nil
	}
	text := string(answer)
	switch {
	case failed != nil:
		text = string(aws.CodeOf(failed)) + ": " + messageOf(failed)
	case text == "":
		text = "nothing"
	}
	_, err := fmt.Fprintf(p.err, "DEBUG - %s %s\nDEBUG - answered: %s\n", op.Name, encodeJSON(body), strings.TrimSpace(text))
	if err == nil {
		p.hint("In AWS --debug shows headers and signatures too; nothing is sent here, so there are none.")
	}
	return err
}

// retried is a service's error after some attempts.
type retried struct {
	err     *aws.Error
	retries int
}

func (r *retried) Error() string { return r.err.Error() }
func (r *retried) Unwrap() error { return r.err }

// passes says that an error may pass: AWS CLI tries such a call again.
func passes(err error) bool { return aws.Retryable(aws.CodeOf(err)) }

// failed prints what the service answered instead of a result.
func (p *process) failed(op *operation, err error) (int, error) {
	var stop *stopped
	if errors.As(err, &stop) {
		return 0, stop
	}
	var e *aws.Error
	if !errors.As(err, &e) {
		return 0, &usageError{text: err.Error(), exit: exitOther}
	}
	suffix := ""
	var r *retried
	if errors.As(err, &r) {
		suffix = fmt.Sprintf(" (reached max retries: %d)", r.retries)
	}
	text := errorText(fmt.Sprintf("An error occurred (%s) when calling the %s operation%s: %s", e.Code, op.Name, suffix, e.Message))
	if op.Service == "lab" {
		text = fmt.Sprintf("lab %s: %s\n", op.Kebab, e.Message)
	}
	exit := exitService
	if e.Code == aws.ConnectionClosed { // not an answer of the service
		text, exit = errorText(e.Message), exitOther
	}
	if _, err := p.err.Write([]byte(text)); err != nil {
		return exit, err
	}
	p.hint(p.serviceHint(op, e))
	return exit, nil
}
