package export

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/protocol"
)

// misread says whether the AWS CLI takes one of the values for an option, or for a file or a page whose content it sends.
func misread(values ...string) bool {
	return slices.ContainsFunc(values, func(v string) bool {
		return slices.ContainsFunc([]string{"-", "file://", "fileb://", "http://", "https://"}, func(begin string) bool { return strings.HasPrefix(v, begin) })
	})
}

func words(all []string) string {
	quoted := make([]string, len(all))
	for i := range all {
		quoted[i] = protocol.ShellWord(all[i])
	}
	return strings.Join(quoted, " ")
}

// inside is a text between the double quotes of a shell.
func inside(s string) string {
	return strings.NewReplacer("\x00", "", `\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(s)
}

// jsonInside is a text of JSON, without its quotes, between the double quotes of a shell.
func jsonInside(s string) string {
	text, _ := json.Marshal(s)
	return inside(string(text[1 : len(text)-1]))
}

// arnCLI is the ARN of a resource with the variables of the script in it.
func arnCLI(variable names, r resource) any {
	switch r.kind {
	case "stream":
		return raw("arn:aws:kinesis:$REGION:$ACCOUNT:stream/" + jsonInside(r.name) + r.suffix)
	case "bucket":
		return raw("arn:aws:s3:::$" + variable("BUCKET", r.name) + r.suffix)
	case "logs":
		return raw("arn:aws:logs:$REGION:$ACCOUNT:log-group:/aws/lambda/" + jsonInside(r.name) + "*")
	case "table":
		return raw("arn:aws:dynamodb:$REGION:$ACCOUNT:table/" + jsonInside(r.name) + "*")
	}
	return r.name
}

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
			b.WriteString(inside(string(text)))
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
	variable := table(func(kind, name string) string { return kind + "_" + strings.ToUpper(snake(name)) })
	arn := func(r resource) any { return arnCLI(variable, r) }
	title := func(text string) { b.WriteString("\n# " + comment(text) + "\n") }
	line := func(parts ...string) { b.WriteString(strings.Join(parts, " ") + "\n") }
	if len(s.Streams) > 0 {
		b.WriteString(`
# A stream takes one change at a time: this waits until it is ACTIVE, five minutes at most.
active() {
  local try state
  for try in {1..150}; do
    state=$(aws kinesis describe-stream-summary --stream-name "$1" --query StreamDescriptionSummary.StreamStatus --output text) || [ "$try" -lt 5 ] || return 1
    if [ "$state" = ACTIVE ]; then return; fi
    sleep 2
  done
  echo "stream $1 is still ${state:-not there}" >&2
  return 1
}
`)
	}
	if len(s.Functions) > 0 || len(s.Hoses) > 0 {
		b.WriteString(`
# A new role is known everywhere after some seconds: what is refused for a role is tried again, for a minute at most.
again() {
  local try said
  for try in {1..20}; do
    if said=$("$@" 2>&1); then
      printf '%s\n' "$said"
      return
    fi
    case $said in *[Rr]ole*) sleep 3 ;; *) break ;; esac
  done
  printf '%s\n' "$said" >&2
  return 1
}
`)
	}
	for _, x := range s.Streams {
		on := "--stream-name " + protocol.ShellWord(x.Name)
		title("Stream " + x.Name)
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
		line("active", protocol.ShellWord(x.Name))
		change := func(parts ...string) {
			line(parts...)
			line("active", protocol.ShellWord(x.Name))
		}
		if x.Hours > 24 {
			change("aws kinesis increase-stream-retention-period", on, "--retention-period-hours "+strconv.Itoa(x.Hours))
		}
		if x.Key != "" {
			change("aws kinesis start-stream-encryption", on, "--encryption-type KMS --key-id", protocol.ShellWord(x.Key))
		}
		if len(x.Metrics) > 0 {
			change("aws kinesis enable-enhanced-monitoring", on, "--shard-level-metrics", words(x.Metrics))
		}
		if len(x.Tags) > 0 { // older versions of the AWS CLI know no tags of create-stream
			var tags obj
			for _, t := range x.Tags {
				tags.add(t[0], t[1])
			}
			line("aws kinesis add-tags-to-stream", on, "--tags", inline(tags))
		}
		for _, c := range x.Consumers {
			line("aws kinesis register-stream-consumer --stream-arn", `"arn:aws:kinesis:$REGION:$ACCOUNT:stream/`+inside(x.Name)+`"`, "--consumer-name", protocol.ShellWord(c))
		}
	}
	role := func(name, service string, may []statement) {
		line("aws iam create-role --role-name", protocol.ShellWord(name), "--assume-role-policy-document", inline(trust(service)))
		line("aws iam put-role-policy --role-name", protocol.ShellWord(name), "--policy-name least --policy-document", inline(policy(may, arn)))
	}
	for _, x := range s.Buckets {
		title("Bucket " + x + ": its name is one in the whole world, so the account stands behind it.")
		line(variable("BUCKET", x) + `="` + inside(x) + `-$ACCOUNT"`)
		line("aws s3 mb", `"s3://$`+variable("BUCKET", x)+`"`)
	}
	for _, f := range s.Functions {
		title("Function " + f.Name)
		here := protocol.ShellWord("./" + f.Name) // a name may begin as an option does
		role(f.Name+"-function", "lambda.amazonaws.com", s.functionMay(f))
		line("mkdir -p", here)
		line("cat >", here+"/index.js <<'EOF'\n"+handler+"EOF")
		line("(cd", here, "&& zip -q", protocol.ShellWord("../"+f.Name+".zip"), "index.js)")
		line("again aws lambda create-function --function-name", protocol.ShellWord(f.Name), "--runtime", protocol.ShellWord(f.Runtime), "--handler", placedHandler, fmt.Sprintf("--timeout %d --memory-size %d", f.Timeout, f.Memory),
			"--role", `"arn:aws:iam::$ACCOUNT:role/`+inside(f.Name)+`-function"`, "--zip-file", protocol.ShellWord("fileb://"+f.Name+".zip"))
	}
	for _, m := range s.Mappings {
		create := []string{"again aws lambda create-event-source-mapping --function-name", protocol.ShellWord(m.Function), "--event-source-arn", `"arn:aws:kinesis:$REGION:$ACCOUNT:stream/` + inside(m.Stream) + `"`, "--starting-position", protocol.ShellWord(m.Start),
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
		title("Firehose stream " + h.Name)
		role(h.Name+"-delivery", "firehose.amazonaws.com", h.may())
		own := raw("arn:aws:iam::$ACCOUNT:role/" + jsonInside(h.Name) + "-delivery")
		create := []string{"again aws firehose create-delivery-stream --delivery-stream-name", protocol.ShellWord(h.Name)}
		if h.Source != "" {
			create = append(create, "--delivery-stream-type KinesisStreamAsSource --kinesis-stream-source-configuration", inline(tree("KinesisStreamARN RoleARN", arn(resource{"stream", h.Source, ""}), own)))
		}
		to := tree("BucketARN RoleARN BufferingHints CompressionFormat", arn(resourceOf(h)), own, tree("SizeInMBs IntervalInSeconds", h.hint("SizeInMBs"), h.hint("IntervalInSeconds")), text(h.To["CompressionFormat"]))
		for _, member := range h.plain() {
			to.given(member, text(h.To[member]))
		}
		line(append(create, "--extended-s3-destination-configuration", inline(to))...)
	}
	for _, a := range s.Alarms {
		title("Alarm " + a.AlarmName)
		if misread(a.AlarmName, a.AlarmDescription, a.Namespace, a.MetricName, a.Unit) {
			line("aws cloudwatch put-metric-alarm --cli-input-json", inline(a.input()))
			continue
		}
		put := []string{"aws cloudwatch put-metric-alarm --alarm-name", protocol.ShellWord(a.AlarmName), "--namespace", protocol.ShellWord(a.Namespace), "--metric-name", protocol.ShellWord(a.MetricName)}
		for _, x := range [][2]string{{"alarm-description", a.AlarmDescription}, {"statistic", a.Statistic}, {"extended-statistic", a.ExtendedStatistic}, {"treat-missing-data", a.TreatMissingData}, {"evaluate-low-sample-count-percentile", a.EvaluateLowSampleCountPercentile}, {"unit", a.Unit}} {
			if x[1] != "" {
				put = append(put, "--"+x[0], protocol.ShellWord(x[1]))
			}
		}
		if len(a.Dimensions) > 0 {
			var dimensions []any
			for _, d := range a.Dimensions {
				dimensions = append(dimensions, tree("Name Value", d.Name, d.Value))
			}
			put = append(put, "--dimensions", inline(dimensions))
		}
		put = append(put, fmt.Sprintf("--period %d --evaluation-periods %d --threshold %s --comparison-operator %s", a.Period, a.EvaluationPeriods, scalar(a.Threshold), protocol.ShellWord(a.ComparisonOperator)))
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
		line("aws iam create-role --role-name", protocol.ShellWord(name), "--assume-role-policy-document", inline(tree("Version Statement", "2012-10-17", []any{tree("Effect Principal Action", "Allow", tree("AWS", raw("arn:aws:iam::$ACCOUNT:root")), "sts:AssumeRole")})))
		line("aws iam put-role-policy --role-name", protocol.ShellWord(name), "--policy-name least --policy-document", inline(policy(may[name], arn)))
	}
	return b.String()
}
