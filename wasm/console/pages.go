package console

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
)

// A paginator says how an operation answers in pages.
// Source: botocore's paginators, as AWS CLI v2 has them.
type paginator struct {
	input   string   // the member that says where to go on
	output  string   // the answer's member that says so; "" when it is called as input is, or nextToken
	limit   string   // the member that bounds a page
	within  string   // the structure of the answer that holds the rest; "" for the answer itself
	more    string   // the member that says whether there is more; "" when only the token does
	results []string // the lists that are joined; the first is counted
	keep    []string // the other members that are shown, null when absent
}

// paginatorOf returns how an operation pages, nil when it does not.
func paginatorOf(op *operation) *paginator {
	switch op.Service + "." + op.Name {
	case "fis.ListExperiments":
		return &paginator{input: "nextToken", limit: "maxResults", results: []string{"experiments"}}
	case "fis.ListExperimentTemplates":
		return &paginator{input: "nextToken", limit: "maxResults", results: []string{"experimentTemplates"}}
	case "cloudwatch.ListMetrics":
		return &paginator{input: "NextToken", results: []string{"Metrics"}}
	case "cloudwatch.GetMetricData":
		return &paginator{input: "NextToken", limit: "MaxDatapoints", results: []string{"MetricDataResults"}}
	case "cloudwatch.DescribeAlarms":
		return &paginator{input: "NextToken", limit: "MaxRecords", results: []string{"MetricAlarms"}}
	case "s3api.ListBuckets":
		return &paginator{input: "ContinuationToken", limit: "MaxBuckets", results: []string{"Buckets"}, keep: []string{"Owner", "Prefix"}}
	case "s3api.ListObjectsV2":
		return &paginator{input: "ContinuationToken", output: "NextContinuationToken", limit: "MaxKeys", more: "IsTruncated", results: []string{"Contents", "CommonPrefixes"}, keep: []string{"RequestCharged", "Prefix"}}
	case "kinesis.DescribeStream":
		return &paginator{
			input: "ExclusiveStartShardId", limit: "Limit", within: "StreamDescription", more: "HasMoreShards", results: []string{"Shards"},
			keep: []string{"StreamARN", "StreamName", "StreamStatus", "RetentionPeriodHours", "EnhancedMonitoring", "EncryptionType", "KeyId", "StreamCreationTimestamp"},
		}
	case "kinesis.ListStreams":
		return &paginator{input: "NextToken", limit: "Limit", more: "HasMoreStreams", results: []string{"StreamNames", "StreamSummaries"}}
	case "kinesis.ListChannels":
		return &paginator{input: "NextToken", limit: "MaxResults", results: []string{"ChannelSummaries"}}
	case "kinesis.ListStreamConsumers":
		return &paginator{input: "NextToken", limit: "MaxResults", results: []string{"Consumers"}}
	case "kinesis.ListShards":
		return &paginator{input: "NextToken", limit: "MaxResults", results: []string{"Shards"}}
	}
	return nil
}

// wanted says whether AWS CLI would page: not with --no-paginate, nor when the caller pages by hand.
func (pg *paginator) wanted(global map[string]string, req *request) bool {
	if _, off := global["no-paginate"]; off {
		return false
	}
	for _, name := range []string{pg.input, pg.limit, "ExclusiveStartStreamName"} {
		if slices.Contains(req.flags, aws.Kebab(name)) {
			return false
		}
	}
	return true
}

// maxPages bounds the calls of one command.
const maxPages = 1000

// pages makes the calls and shows the answer: joined, or for --output text page by page.
func (p *process) pages(op *operation, pg *paginator, req *request, format string, show func(value) error) (int, error) {
	limit, skip := -1, 0
	body := slices.Clone(req.body)
	for flag, text := range req.paging {
		n, err := strconv.Atoi(text)
		switch flag {
		case "max-items", "page-size":
			if err != nil || n < 1 {
				return 0, &usageError{text: fmt.Sprintf("invalid literal for int() with base 10: %s", pyRepr(text)), exit: exitOther, hint: "--" + flag + " takes a number from 1."}
			}
			if flag == "max-items" {
				limit = n
			} else {
				body = body.with(pg.limit, json.Number(text))
			}
		case "starting-token":
			token, ok := readToken(text)
			if !ok {
				return 0, paramError("Bad starting token: %s", text)
			}
			if at, ok := token.get(pg.input); ok && at != nil {
				body = body.with(pg.input, at)
			}
			if n, ok := token.get("boto_truncate_amount"); ok {
				skip, _ = strconv.Atoi(scalarText(n))
			}
		}
	}
	whole, taken := object{}, 0
	for range maxPages {
		answer, failed := p.call(op, pg.continued(body))
		if failed != nil {
			return p.failed(op, failed)
		}
		page, _ := op.present(answer).(object)
		inner := page
		if pg.within != "" {
			v, _ := page.get(pg.within)
			inner, _ = v.(object)
		}
		part, count, cut := object{}, 0, false
		for _, name := range pg.results {
			v, there := inner.get(name)
			if !there {
				continue
			}
			list, _ := v.([]any)
			list = list[min(skip, len(list)):]
			if limit >= 0 && taken+len(list) > limit {
				list, cut = list[:limit-taken], true
			}
			if name == pg.results[0] {
				count = len(list)
			}
			part = append(part, member{name, slices.Clone(list)})
		}
		for _, name := range pg.keep {
			v, _ := inner.get(name)
			part = append(part, member{name, v})
		}
		taken += count
		next := pg.next(inner)
		done := cut || next == nil || limit >= 0 && taken == limit
		token := ""
		if cut {
			at, _ := body.get(pg.input)
			token = writeToken(object{{pg.input, at}, {"boto_truncate_amount", json.Number(strconv.Itoa(skip + count))}})
		} else if done && next != nil {
			token = writeToken(object{{pg.input, next}})
		}
		if format == "text" {
			if err := show(pg.wrap(part)); err != nil {
				return 0, err
			}
			if token != "" {
				if err := show(object{{"NextToken", object{{"NextToken", token}}}}); err != nil {
					return 0, err
				}
			}
		} else {
			whole = join(whole, part)
		}
		if done {
			if format == "text" {
				return 0, nil
			}
			out := pg.wrap(whole)
			if token != "" {
				out = append(out, member{"NextToken", token})
			}
			return 0, show(out)
		}
		skip = 0
		body = body.with(pg.input, next)
	}
	return 0, &stopped{text: fmt.Sprintf("Stopped after %d pages.", maxPages), exit: ExitTooMuch}
}

// continued is the request for the page at which body stands: ListShards takes a token or a stream, never both.
func (pg *paginator) continued(body object) object {
	if _, ok := body.get("NextToken"); !ok || pg.limit != "MaxResults" {
		return body
	}
	var c object
	for _, m := range body {
		if m.key == "NextToken" || m.key == "MaxResults" {
			c = append(c, m)
		}
	}
	return c
}

// next is where the page after begins; nil when this is the last.
func (pg *paginator) next(inner object) value {
	if pg.more != "" {
		if more, _ := inner.get(pg.more); more != true {
			return nil
		}
	}
	if pg.input == "ExclusiveStartShardId" {
		v, _ := inner.get("Shards")
		if list, _ := v.([]any); len(list) > 0 {
			last, _ := list[len(list)-1].(object)
			id, _ := last.get("ShardId")
			return id
		}
		return nil
	}
	if pg.output != "" {
		token, _ := inner.get(pg.output)
		return token
	}
	token, ok := inner.get(pg.input)
	if !ok {
		token, ok = inner.get("NextToken")
	}
	if !ok {
		token, _ = inner.get("nextToken") // as FIS spells it
	}
	return token
}

func (pg *paginator) wrap(o object) object {
	if pg.within == "" {
		return o
	}
	return object{{pg.within, o}}
}

// join adds a page to what the pages before gave.
func join(whole, part object) object {
	for _, m := range part {
		old, ok := whole.get(m.key)
		list, isList := old.([]any)
		more, _ := m.val.([]any)
		switch {
		case !ok:
			whole = append(whole, m)
		case isList && m.key != "EnhancedMonitoring":
			whole = whole.with(m.key, append(list, more...))
		}
	}
	return whole
}

func writeToken(o object) string {
	parts := make([]string, len(o))
	for i, m := range o { // as Python writes it, with a space behind , and :
		parts[i] = string(encodeJSON(m.key)) + ": " + string(encodeJSON(m.val))
	}
	return base64.StdEncoding.EncodeToString([]byte("{" + strings.Join(parts, ", ") + "}"))
}

func readToken(text string) (object, bool) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, false
	}
	v, err := decodeJSON(b)
	o, ok := v.(object)
	return o, ok && err == nil
}

// waiters are the waiters of Kinesis and what they wait for.
// Source: service model, waiters: DescribeStream or DescribeChannel every 10 s, 18 times.
var waiters = []string{"channel-active", "stream-exists", "stream-not-exists"}

const (
	waiterDelay    = 10 * time.Second
	waiterAttempts = 18
)

// waiter is aws kinesis wait; the time that passes is virtual.
func (p *process) waiter(inv *invocation, words []string) (int, error) {
	if len(words) == 0 {
		e := usageErrorf("the following arguments are required: subcommand")
		e.hint = "aws kinesis wait stream-exists --stream-name NAME waits until the stream is ACTIVE."
		return 0, e
	}
	if words[0] == "help" {
		return 0, p.print(helpWait)
	}
	if !slices.Contains(waiters, words[0]) {
		return 0, invalidChoice("subcommand", words[0], waiters, "Waiters: stream-exists and channel-active (until ACTIVE), and stream-not-exists (until gone).")
	}
	name, describe, within, of := "StreamExists", "describe-stream", "StreamDescription", "StreamStatus"
	switch words[0] {
	case "stream-not-exists":
		name = "StreamNotExists"
	case "channel-active":
		name, describe, within, of = "ChannelActive", "describe-channel", "ChannelDescription", "ChannelStatus"
	}
	op, ok := p.c.operation("kinesis", describe)
	if !ok {
		return 0, p.c.unknownOperation("kinesis", describe)
	}
	req, bad := p.request(op, words[1:], inv.global)
	if bad != nil {
		return 0, bad
	}
	for try := 1; ; try++ {
		answer, err := p.call(op, req.body)
		if err != nil {
			if aws.CodeOf(err) == aws.ResourceNotFound && name == "StreamNotExists" {
				return 0, nil
			}
			if code := aws.CodeOf(err); code != "" {
				e := &usageError{text: fmt.Sprintf("Waiter %s failed: An error occurred (%s): %s", name, code, messageOf(err)), exit: exitOther}
				e.hint = p.hintFor(op, err)
				return 0, e
			}
			return p.failed(op, err)
		}
		o, _ := answer.(object)
		d, _ := o.get(within)
		desc, _ := d.(object)
		switch status, _ := desc.get(of); {
		case status == "ACTIVE" && name != "StreamNotExists":
			return 0, nil
		case status == "DELETING" && name == "ChannelActive":
			return 0, &usageError{text: fmt.Sprintf("Waiter %s failed: Waiter encountered a terminal failure state: For expression \"%s.%s\" we matched expected path: \"%s\"", name, within, of, status),
				exit: exitOther, hint: "A channel that is being deleted does not come back."}
		}
		if try == waiterAttempts {
			return 0, &usageError{text: fmt.Sprintf("Waiter %s failed: Max attempts exceeded", name), exit: exitOther, hint: "3 minutes of virtual time have passed. aws kinesis " + describe + " says how it stands."}
		}
		if stop := p.sleep(waiterDelay); stop != nil {
			return 0, stop
		}
	}
}
