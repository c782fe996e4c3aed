package export

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// word quotes a word for a shell when it has to be.
func word(s string) string {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)) {
			return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
		}
	}
	if s == "" {
		return "''"
	}
	return s
}

// arnCLI is the ARN of a resource with the variables of the script in it.
func arnCLI(r resource) any {
	switch r.kind {
	case "stream":
		return raw("arn:aws:kinesis:$REGION:$ACCOUNT:stream/" + r.name + r.suffix)
	case "bucket":
		return raw("arn:aws:s3:::$" + bucketVariable(r.name) + r.suffix)
	case "logs":
		return raw("arn:aws:logs:$REGION:$ACCOUNT:log-group:/aws/lambda/" + r.name + "*")
	case "table":
		return raw("arn:aws:dynamodb:$REGION:$ACCOUNT:table/" + r.name + "*")
	}
	return r.name
}

func bucketVariable(name string) string { return "BUCKET_" + strings.ToUpper(snake(name)) }

// inline writes a tree as JSON on a line in double quotes, so that the shell fills its variables in.
func inline(v any) string {
	var b strings.Builder
	var write func(any)
	write = func(v any) {
		switch v := v.(type) {
		case obj:
			b.WriteByte('{')
			for i, m := range v {
				if i > 0 {
					b.WriteByte(',')
				}
				write(m.key)
				b.WriteByte(':')
				write(m.val)
			}
			b.WriteByte('}')
		case []any:
			b.WriteByte('[')
			for i, el := range v {
				if i > 0 {
					b.WriteByte(',')
				}
				write(el)
			}
			b.WriteByte(']')
		case raw:
			b.WriteString(`\"` + string(v) + `\"`)
		case string:
			text, _ := json.Marshal(v)
			b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(string(text)))
		default:
			b.WriteString(scalar(v))
		}
	}
	write(v)
	return `"` + b.String() + `"`
}

func (s *Stage) script() string {
	var b strings.Builder
	b.WriteString("#!/usr/bin/env bash\n" + s.head("#", "AWS CLI, exported from a lab of Shardlab.", "bash lab.sh"))
	b.WriteString(`set -euo pipefail
REGION=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}
export AWS_DEFAULT_REGION=$REGION AWS_PAGER=
ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
`)
	line := func(parts ...string) { b.WriteString(strings.Join(parts, " ") + "\n") }
	if len(s.Streams) > 0 {
		b.WriteString(`
# A stream takes one change at a time: this waits until it is ACTIVE.
active() {
  until [ "$(aws kinesis describe-stream-summary --stream-name "$1" --query StreamDescriptionSummary.StreamStatus --output text)" = ACTIVE ]; do sleep 2; done
}
`)
	}
	for _, x := range s.Streams {
		on := "--stream-name " + x.Name
		b.WriteString("\n# Stream " + x.Name + "\n")
		create := []string{"aws kinesis create-stream", on}
		if x.OnDemand {
			create = append(create, "--stream-mode-details StreamMode=ON_DEMAND")
		} else {
			create = append(create, "--shard-count "+strconv.Itoa(x.Shards))
		}
		if x.MaxKiB > 1024 {
			create = append(create, "--max-record-size-in-kib "+strconv.Itoa(x.MaxKiB))
		}
		line(create...)
		line("active", x.Name)
		change := func(parts ...string) {
			line(parts...)
			line("active", x.Name)
		}
		if x.Hours > 24 {
			change("aws kinesis increase-stream-retention-period", on, "--retention-period-hours "+strconv.Itoa(x.Hours))
		}
		if x.Key != "" {
			change("aws kinesis start-stream-encryption", on, "--encryption-type KMS --key-id", x.Key)
		}
		if len(x.Metrics) > 0 {
			change("aws kinesis enable-enhanced-monitoring", on, "--shard-level-metrics", strings.Join(x.Metrics, " "))
		}
		if len(x.Tags) > 0 { // older versions of the AWS CLI know no tags of create-stream
			var tags obj
			for _, t := range x.Tags {
				tags.add(t[0], t[1])
			}
			line("aws kinesis add-tags-to-stream", on, "--tags", inline(tags))
		}
		for _, c := range x.Consumers {
			line("aws kinesis register-stream-consumer --stream-arn", `"arn:aws:kinesis:$REGION:$ACCOUNT:stream/`+x.Name+`"`, "--consumer-name", c)
		}
	}
	role := func(name, service string, may []statement) {
		line("aws iam create-role --role-name", name, "--assume-role-policy-document", inline(trust(service)))
		line("aws iam put-role-policy --role-name", name, "--policy-name least --policy-document", inline(policy(may, arnCLI)))
	}
	for _, x := range s.Buckets {
		b.WriteString("\n# Bucket " + x + ": its name is one in the whole world, so the account stands behind it.\n")
		line(bucketVariable(x) + "=" + x + "-$ACCOUNT")
		line("aws s3 mb", `"s3://$`+bucketVariable(x)+`"`)
	}
	for _, f := range s.Functions {
		b.WriteString("\n# Function " + f.Name + "\n")
		role(f.Name+"-function", "lambda.amazonaws.com", s.functionMay(f))
		line("mkdir -p", f.Name)
		line("cat >", f.Name+"/index.js <<'EOF'\n"+handler+"EOF")
		line("(cd", f.Name, "&& zip -q ../"+f.Name+".zip index.js)")
		line("aws lambda create-function --function-name", f.Name, "--runtime", f.Runtime, "--handler", f.Handler, fmt.Sprintf("--timeout %d --memory-size %d", f.Timeout, f.Memory),
			"--role", `"arn:aws:iam::$ACCOUNT:role/`+f.Name+`-function"`, "--zip-file", "fileb://"+f.Name+".zip")
	}
	for _, m := range s.Mappings {
		create := []string{"aws lambda create-event-source-mapping --function-name", m.Function, "--event-source-arn", `"arn:aws:kinesis:$REGION:$ACCOUNT:stream/` + m.Stream + `"`, "--starting-position", m.Start,
			fmt.Sprintf("--batch-size %d --maximum-batching-window-in-seconds %d --parallelization-factor %d --maximum-retry-attempts %d --maximum-record-age-in-seconds %d", m.Batch, m.Window, max(m.Parallel, 1), m.Retries, m.Age)}
		if m.Tumbling > 0 {
			create = append(create, "--tumbling-window-in-seconds "+strconv.Itoa(m.Tumbling))
		}
		if m.Bisect {
			create = append(create, "--bisect-batch-on-function-error")
		}
		if m.PartialBatch {
			create = append(create, "--function-response-types ReportBatchItemFailures")
		}
		if len(m.Filters) > 0 {
			var filters []any
			for _, f := range m.Filters {
				filters = append(filters, tree("Pattern", f))
			}
			create = append(create, "--filter-criteria "+inline(tree("Filters", filters)))
		}
		line(create...)
	}
	for _, h := range s.Hoses {
		b.WriteString("\n# Firehose stream " + h.Name + "\n")
		role(h.Name+"-delivery", "firehose.amazonaws.com", h.may())
		own := raw("arn:aws:iam::$ACCOUNT:role/" + h.Name + "-delivery")
		create := []string{"aws firehose create-delivery-stream --delivery-stream-name", h.Name}
		if h.Source != "" {
			create = append(create, "--delivery-stream-type KinesisStreamAsSource --kinesis-stream-source-configuration", inline(tree("KinesisStreamARN RoleARN", arnCLI(resource{"stream", h.Source, ""}), own)))
		}
		to := tree("BucketARN RoleARN BufferingHints CompressionFormat", arnCLI(resourceOf(h)), own, tree("SizeInMBs IntervalInSeconds", h.hint("SizeInMBs"), h.hint("IntervalInSeconds")), text(h.To["CompressionFormat"]))
		for _, member := range h.plain() {
			to.given(member, text(h.To[member]))
		}
		line(append(create, "--extended-s3-destination-configuration", inline(to))...)
	}
	for _, a := range s.Alarms {
		b.WriteString("\n# Alarm " + a.AlarmName + "\n")
		put := []string{"aws cloudwatch put-metric-alarm --alarm-name", word(a.AlarmName), "--namespace", word(a.Namespace), "--metric-name", word(a.MetricName)}
		for _, x := range [][2]string{{"alarm-description", a.AlarmDescription}, {"statistic", a.Statistic}, {"extended-statistic", a.ExtendedStatistic}, {"treat-missing-data", a.TreatMissingData}, {"unit", a.Unit}} {
			if x[1] != "" {
				put = append(put, "--"+x[0], word(x[1]))
			}
		}
		if len(a.Dimensions) > 0 {
			put = append(put, "--dimensions")
			for _, d := range a.Dimensions {
				put = append(put, word("Name="+d.Name+",Value="+d.Value))
			}
		}
		put = append(put, fmt.Sprintf("--period %d --evaluation-periods %d --threshold %s --comparison-operator %s", a.Period, a.EvaluationPeriods, scalar(a.Threshold), a.ComparisonOperator))
		if a.DatapointsToAlarm > 0 {
			put = append(put, "--datapoints-to-alarm "+strconv.Itoa(a.DatapointsToAlarm))
		}
		line(put...)
	}
	names, may := s.policies()
	for i, name := range names {
		if i == 0 {
			b.WriteString("\n# What the clients of the streams may do: roles that programs of this account take on\n")
		}
		line("aws iam create-role --role-name", name, "--assume-role-policy-document", inline(tree("Version Statement", "2012-10-17", []any{tree("Effect Principal Action", "Allow", tree("AWS", raw("arn:aws:iam::$ACCOUNT:root")), "sts:AssumeRole")})))
		line("aws iam put-role-policy --role-name", name, "--policy-name least --policy-document", inline(policy(may[name], arnCLI)))
	}
	return b.String()
}
