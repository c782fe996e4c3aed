package console

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"shardlab/wasm/aws"
)

// messageOf is the message of a service's error.
func messageOf(err error) string {
	var e *aws.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// streams and shards ask the world, one at a time.
func (s *session) streams() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	return s.c.world.Streams()
}

func (s *session) shards(stream string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	return s.c.world.Shards(stream)
}

// profiles and principal ask who may call.
func (s *session) profiles() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	return s.c.world.Profiles()
}

func (s *session) principal(profile string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return "", false
	}
	return s.c.world.Principal(profile)
}

func (p *process) hintFor(op *operation, err error) string {
	var e *aws.Error
	if errors.As(err, &e) {
		return p.serviceHint(op, e)
	}
	return ""
}

// serviceHint says what to try after an error of the service: what the service itself suggests, or what helps most with
// this error in this operation.
func (p *process) serviceHint(op *operation, e *aws.Error) string {
	switch {
	case op.Service == "lab" && e.Hint == "" && e.Code == aws.ResourceNotFound:
		return "lab producers and lab consumers list those there are."
	case op.Service != "kinesis" && e.Hint == "" && e.Code == aws.Validation:
		return "aws " + op.Service + " " + op.Kebab + " help shows what each option takes."
	case op.Service != "kinesis":
		return e.Hint
	}
	if e.Hint != "" && !p.knowsBetter(e) {
		return e.Hint
	}
	write := strings.HasPrefix(op.Name, "PutRecord")
	switch e.Code {
	case aws.ResourceNotFound:
		return p.notFoundHint(e.Message)
	case aws.ProvisionedThroughputExceeded:
		switch {
		case write:
			return "This shard has taken all it may this second: 1 MiB or 1,000 records. Wait a second and try again; spread the partition keys; or split the shard. AWS CLI itself tries 3 times: export AWS_MAX_ATTEMPTS=3 does the same here."
		case op.Name == "GetShardIterator":
			return "GetShardIterator takes 5 calls a second on a shard. Keep the iterator: each get-records answers with the next one."
		}
		return "A shard gives out 2 MiB a second and takes 5 get-records a second, all readers together. Wait a second, or read less often."
	case aws.ExpiredIterator:
		return "An iterator lives 5 minutes. Get a new one with get-shard-iterator: --shard-iterator-type AFTER_SEQUENCE_NUMBER --starting-sequence-number <the last record you read>."
	case aws.ExpiredNextToken:
		return "A NextToken lives 5 minutes. Begin the list again, without it."
	case aws.ResourceInUse:
		if op.Name == "CreateStream" {
			return "The name is taken: choose another, or delete-stream first."
		}
		return "A stream takes one change at a time and only while ACTIVE: aws kinesis wait stream-exists --stream-name NAME waits for that."
	case aws.LimitExceeded:
		if strings.Contains(e.Message, "shard limit") {
			return "The account has a limit of shards. Ask for fewer, or merge or delete what is not needed."
		}
		return "Management calls are limited to a few a second: wait 1s, then try again."
	case aws.InvalidArgument:
		return p.argumentHint(op, e.Message)
	case aws.Validation:
		if hint := validationHint(e.Message); hint != "" {
			return hint
		}
		return "A value breaks a rule of the service; the message names the member and the rule. aws kinesis " + op.Kebab + " help shows what each option takes."
	case aws.Serialization:
		return "A member has the wrong type of value: numbers without quotes, texts with them. aws kinesis " + op.Kebab + " --generate-cli-skeleton shows the form."
	case aws.AccessDenied:
		return "The policies of the account do not allow this call."
	case aws.InternalFailure:
		return "A fault of the service, not of the request: try again."
	case aws.UnknownOperation:
		return "This lab does not run that operation yet. aws kinesis help lists those it does."
	}
	return ""
}

var (
	enumRule    = regexp.MustCompile(`Value '([^']*)' at '\w+' failed to satisfy constraint: Member must satisfy enum value set: \[(.*?)\]`)
	patternRule = regexp.MustCompile(`Value '([^']*)' at '\w+' failed to satisfy constraint: Member must satisfy regular expression pattern: \[a-zA-Z0-9_.-\]\+`)
)

// validationHint says what was probably meant by a value that breaks a rule; "" where that is not plain.
func validationHint(message string) string {
	if found := enumRule.FindStringSubmatch(message); found != nil {
		if near := nearest(strings.ReplaceAll(found[1], "-", "_"), strings.Split(found[2], ", ")); len(near) > 0 {
			return "Did you mean " + near[0] + "? Such a value is written as it stands in the list, with capitals and underscores."
		}
	}
	if found := patternRule.FindStringSubmatch(message); found != nil {
		if strings.ContainsAny(found[1], "“”„‘’") {
			return "The quotes of a text are none of the shell's: write ' or \"."
		}
		return "A name has letters, digits, underscores, dots and hyphens, and nothing else."
	}
	return ""
}

// knowsBetter says whether the terminal can say more than the service: it knows the streams there are, the line that
// gets a new iterator, and how AWS CLI would have tried again.
func (p *process) knowsBetter(e *aws.Error) bool {
	switch e.Code {
	case aws.ExpiredIterator, aws.ProvisionedThroughputExceeded:
		return !strings.HasPrefix(e.Hint, "Experiment ") // which says that the fault was injected
	case aws.ResourceNotFound:
		for _, s := range p.streams() {
			if strings.HasPrefix(e.Message, "Stream "+s+" ") { // it is there, but not yet ready
				return false
			}
		}
		return !strings.HasPrefix(e.Message, "Consumer ")
	}
	return false
}

func (p *process) notFoundHint(message string) string {
	streams := p.streams()
	if len(streams) == 0 {
		return "There is no stream yet: aws kinesis create-stream --stream-name clicks --shard-count 2"
	}
	if strings.Contains(message, "hard") {
		for _, s := range streams {
			if strings.Contains(message, "stream "+s+" ") {
				return "Shards of " + s + ": " + shortList(p.shards(s)) + "."
			}
		}
	}
	hint := "Streams there are: " + shortList(streams) + "."
	for word := range strings.FieldsSeq(message) {
		if near := nearest(word, streams); len(near) > 0 && near[0] != word {
			return hint + " Did you mean " + near[0] + "?"
		}
	}
	return hint
}

func shortList(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	if len(names) > 8 {
		return strings.Join(names[:8], ", ") + fmt.Sprintf(" and %d more", len(names)-8)
	}
	return strings.Join(names, ", ")
}

func (p *process) argumentHint(op *operation, message string) string {
	switch {
	case strings.Contains(message, "NewStartingHashKey"):
		return "The key must lie inside the shard's range. The middle is (StartingHashKey + EndingHashKey) / 2: aws kinesis list-shards --stream-name NAME shows both."
	case strings.Contains(message, "adjacent"):
		return "Only open shards whose hash ranges touch can be merged: the one's EndingHashKey + 1 is the other's StartingHashKey. list-shards shows the ranges."
	case strings.Contains(message, "already been merged or split"):
		return "A shard is split or merged once; its children are open: aws kinesis list-shards --stream-name NAME --shard-filter Type=AT_LATEST"
	case strings.Contains(message, "ShardIterator"):
		return "An iterator is passed on whole: IT=$(aws kinesis get-shard-iterator ... --query ShardIterator --output text), then --shard-iterator \"$IT\"."
	case strings.Contains(message, "TIMESTAMP") || strings.Contains(message, "timestamp"):
		return "AT_TIMESTAMP wants --timestamp with a moment that is not in the future; date prints the present one."
	case strings.Contains(message, "SEQUENCE_NUMBER") || strings.Contains(message, "StartingSequenceNumber"):
		return "AT_ and AFTER_SEQUENCE_NUMBER want --starting-sequence-number, a number of the same shard; LATEST and TRIM_HORIZON want none."
	case strings.Contains(message, "HashKey"):
		return "A hash key is a decimal number from 0 to 340282366920938463463374607431768211455 (2^128 - 1)."
	case strings.Contains(message, "NextToken"):
		return "The token stands for the stream: give one of them, not both."
	case strings.Contains(message, "size") || strings.Contains(message, "MB") || strings.Contains(message, "MiB"):
		return "A record holds at most 1 MiB with its key unless the stream allows more; a PutRecords call 500 records and 10 MiB."
	}
	return "aws kinesis " + op.Kebab + " help shows what each option takes."
}

// missingHint shows the smallest line that has what was missing.
func missingHint(op *operation, missing []string) string {
	if op.Service == "lab" {
		return "lab " + op.Kebab + " help shows what each option takes."
	}
	line := "aws " + op.Service + " " + op.Kebab
	for i := range op.input.fields {
		f := &op.input.fields[i]
		if f.required || f.flag == "stream-name" {
			line += " --" + f.flag + " " + placeholder(f)
		}
	}
	if len(missing) == 1 && missing[0] == "--shard-iterator" {
		return "First: IT=$(aws kinesis get-shard-iterator --stream-name NAME --shard-id shardId-000000000000 --shard-iterator-type TRIM_HORIZON --query ShardIterator --output text); then: aws kinesis get-records --shard-iterator \"$IT\""
	}
	return "The shortest form: " + line
}

// placeholder is a value to show for an option.
func placeholder(f *field) string {
	switch f.name {
	case "StreamName":
		return "NAME"
	case "ShardId", "ShardToSplit", "ShardToMerge":
		return "shardId-000000000000"
	case "AdjacentShardToMerge":
		return "shardId-000000000001"
	case "Data":
		return "\"$(echo -n hello | base64)\""
	case "PartitionKey":
		return "bike-7"
	case "Records":
		return "Data=aGVsbG8=,PartitionKey=bike-7"
	case "ShardIteratorType":
		return "TRIM_HORIZON"
	}
	if len(f.enum) > 0 {
		return f.enum[0]
	}
	switch f.shape.kind {
	case kindInteger, kindDouble:
		return "1"
	case kindStructure, kindMap:
		return shorthandExample(f.shape)
	}
	return strings.ToUpper(strings.ReplaceAll(f.flag, "-", "_"))
}

func unknownHint(op *operation, unknown []string) string {
	var known []string
	for i := range op.input.fields {
		known = append(known, "--"+op.input.fields[i].flag)
	}
	for _, word := range unknown {
		if strings.HasPrefix(word, "–") || strings.HasPrefix(word, "—") {
			return "The long dash of a text is none of an option's: write --" + strings.TrimLeft(word, "–—-") + " with two hyphens."
		}
		if !strings.HasPrefix(word, "-") {
			continue
		}
		for _, f := range known {
			if strings.EqualFold(strings.ReplaceAll(word, "-", ""), strings.ReplaceAll(f, "-", "")) {
				return "Did you mean " + f + "?"
			}
		}
		if near := nearest(word, known); len(near) > 0 {
			return "Did you mean " + strings.Join(near, ", ") + "?"
		}
		return "Options of " + op.Kebab + ": " + strings.Join(known, ", ")
	}
	if len(unknown) > 0 && strings.Contains(unknown[0], "=") && strings.Contains(unknown[0], ",") {
		return "The shell makes several words of braces with a comma in them: put shorthand with braces in single quotes, 'A=1,B={C=2,D=3}'."
	}
	return "Text with spaces belongs in quotes: --data 'two words'."
}

// accident warns when --data was plain text that happens to be base64.
func accident(flag, text string) string {
	b, ok := lenientBase64(text)
	if !ok || text == "" || strings.ContainsAny(text, "=+/") && len(text) > 8 {
		return ""
	}
	readable := utf8.Valid(b) && strings.IndexFunc(string(b), func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) }) < 0
	if readable {
		return ""
	}
	return fmt.Sprintf("--%s was read as base64, so the record holds %d bytes that are not text. To send the text %q itself, add --cli-binary-format raw-in-base64-out.", flag, len(b), text)
}

// remark says what is easily overlooked in an answer, or what happens next when there is none. It is for the screen only.
func (p *process) remark(op *operation, req *request, answer value) {
	if req.accident != "" {
		p.hint(req.accident)
	}
	o, _ := answer.(object)
	switch op.Name {
	case "PutProducer", "PutConsumer":
		stream, _ := req.body.get("StreamName")
		if name, ok := stream.(string); ok && op.Service == "lab" && !slices.Contains(p.streams(), name) {
			p.hint("There is no stream " + name + " yet: its calls are refused until there is one. " + p.notFoundHint(""))
		}
	case "PutRecords":
		if n, ok := o.get("FailedRecordCount"); ok && scalarText(n) != "0" {
			p.hint("FailedRecordCount is " + scalarText(n) + ": the call succeeded, these records did not. Send again the entries that have an ErrorCode, and only those.")
		}
	case "CreateChannel":
		p.hint("The channel is CREATING for some seconds. The lab keeps channels and has no S3: no record is delivered.")
	case "RegisterStreamConsumer":
		p.hint("The consumer is CREATING for some seconds: describe-stream-consumer says when it is ACTIVE and can subscribe.")
	case "GetRecords":
		records, _ := o.get("Records")
		behind, _ := o.get("MillisBehindLatest")
		_, more := o.get("NextShardIterator")
		switch list, _ := records.([]any); {
		case !more:
			p.hint("No NextShardIterator: the shard is closed and read to its end. ChildShards says where to go on.")
		case len(list) == 0 && scalarText(behind) != "0":
			p.hint("No records at this place, but there are some further on: call again with NextShardIterator.")
		}
	}
}

// done says what happens next after a call that answers nothing.
func (p *process) done(op *operation) {
	switch op.Name {
	case "CreateStream":
		p.hint("Nothing printed means it was taken: the stream is CREATING. aws kinesis wait stream-exists --stream-name NAME waits until it is ACTIVE.")
	case "DeleteStream":
		p.hint("Nothing printed means it was taken: the stream is DELETING.")
	case "DeregisterStreamConsumer":
		p.hint("Nothing printed means it was taken: the consumer is DELETING, and its subscriptions have ended.")
	case "IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod", "UpdateMaxRecordSize":
		p.hint("Nothing printed means it was taken: it counts at once, and the stream is UPDATING for some seconds.")
	case "SplitShard", "MergeShards":
		p.hint("Nothing printed means it was taken: the stream is UPDATING for some seconds, then list-shards shows the children.")
	}
}
