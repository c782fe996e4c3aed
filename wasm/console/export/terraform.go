package export

import (
	"fmt"
	"strings"
)

// arnTF is the ARN of a resource as Terraform writes it.
func arnTF(address names, r resource) any {
	kind := map[string]string{"stream": "aws_kinesis_stream", "bucket": "aws_s3_bucket"}[r.kind]
	switch {
	case kind != "" && r.suffix == "":
		return raw(address(kind, r.name) + ".arn")
	case kind != "":
		return raw(`"${` + address(kind, r.name) + `.arn}` + r.suffix + `"`)
	case r.kind == "logs":
		return "arn:aws:logs:*:*:log-group:/aws/lambda/" + r.name + "*"
	case r.kind == "table":
		return "arn:aws:dynamodb:*:*:table/" + r.name + "*"
	}
	return r.name
}

// between is a text with an expression before a name.
func between(before, name, after string) raw {
	return raw(`"` + before + strings.TrimPrefix(hclText(name+after), `"`))
}

// encoded is a structure as the text in JSON that Terraform makes of it.
func encoded(o obj) raw { return raw("jsonencode(" + hclValue(o, "  ") + ")") }

func (s *Stage) terraform() string {
	var b strings.Builder
	b.WriteString(s.head("#", "Terraform, exported from a lab of Shardlab.", "terraform init && terraform apply"))
	if len(s.Buckets) > 0 {
		b.WriteString("# Buckets get names that begin as here: a name of Amazon S3 is one in the whole world.\n")
	}
	address := table(func(kind, name string) string { return kind + "." + snake(name) })
	arn := func(r resource) any { return arnTF(address, r) }
	first := true
	add := func(kind, labels string, body obj) {
		if !first {
			b.WriteString("\n")
		}
		first = false
		b.WriteString(strings.TrimSpace(kind+" "+labels) + " {\n")
		hcl(&b, body, "  ")
		b.WriteString("}\n")
	}
	labels := func(kind, name string) string {
		kind, name, _ = strings.Cut(address(kind, name), ".")
		return fmt.Sprintf("%q %q", kind, name)
	}
	resource := func(kind, name string, body obj) { add("resource", labels(kind, name), body) }
	providers := tree("aws", tree("source version", "hashicorp/aws", ">= 5.0"))
	if len(s.Functions) > 0 {
		providers.add("archive", tree("source version", "hashicorp/archive", ">= 2.0"))
	}
	add("terraform", "", tree("required_providers", block{providers}))
	add("provider", `"aws"`, tree("region", "us-east-1"))
	role := func(name, service string, may []statement) {
		resource("aws_iam_role", name, tree("name_prefix assume_role_policy", short(name), encoded(trust(service))))
		resource("aws_iam_role_policy", name, tree("role policy", raw(address("aws_iam_role", name)+".id"), encoded(policy(may, arn))))
	}
	stream := func(name string) any {
		if s.has(name) {
			return raw(address("aws_kinesis_stream", name) + ".arn")
		}
		return between("arn:aws:kinesis:us-east-1:${data.aws_caller_identity.me.account_id}:stream/", name, "")
	}
	for _, x := range s.Streams {
		o := tree("name", x.Name)
		if !x.OnDemand {
			o.add("shard_count", x.Shards)
		}
		o.add("retention_period", x.Hours)
		if x.Key != "" {
			o = append(o, tree("encryption_type kms_key_id", "KMS", x.Key)...)
		}
		o.given("shard_level_metrics", list(x.Metrics))
		if x.MaxKiB > 1024 {
			o.add("max_record_size_in_kib", x.MaxKiB)
		}
		if len(x.Tags) > 0 {
			var tags obj
			for _, t := range x.Tags {
				tags.add(hclText(t[0]), t[1])
			}
			o.add("tags", tags)
		}
		o.add("stream_mode_details", block{tree("stream_mode", map[bool]string{true: "ON_DEMAND", false: "PROVISIONED"}[x.OnDemand])})
		resource("aws_kinesis_stream", x.Name, o)
		for _, c := range x.Consumers {
			resource("aws_kinesis_stream_consumer", x.Name+" "+c, tree("name stream_arn", c, stream(x.Name)))
		}
	}
	for _, f := range s.Functions {
		role(f.Name+"-function", "lambda.amazonaws.com", s.functionMay(f))
		add("data", labels("archive_file", f.Name), tree("type output_path source", "zip", between("${path.module}/", f.Name, ".zip"), block{tree("filename content", "index.js", raw("<<-EOT\n"+indented(strings.ReplaceAll(handler, "${", "$${"), "      ")+"    EOT"))}))
		resource("aws_lambda_function", f.Name, tree("function_name runtime handler timeout memory_size role filename source_code_hash", f.Name, f.Runtime, placedHandler, f.Timeout, f.Memory, raw(address("aws_iam_role", f.Name+"-function")+".arn"), raw("data."+address("archive_file", f.Name)+".output_path"), raw("data."+address("archive_file", f.Name)+".output_base64sha256")))
	}
	for i, m := range s.Mappings {
		o := tree("function_name event_source_arn starting_position batch_size", raw(address("aws_lambda_function", m.Function)+".arn"), stream(m.Stream), m.Start, m.Batch)
		o.given("maximum_batching_window_in_seconds", m.Window)
		o.given("parallelization_factor", m.Parallel)
		o.add("maximum_retry_attempts", m.Retries)
		o.add("maximum_record_age_in_seconds", m.Age)
		o.given("tumbling_window_in_seconds", m.Tumbling)
		o.given("bisect_batch_on_function_error", m.Bisect)
		if m.PartialBatch {
			o.add("function_response_types", []any{"ReportBatchItemFailures"})
		}
		if len(m.Filters) > 0 {
			var filters obj
			for _, f := range m.Filters {
				filters.add("filter", block{tree("pattern", f)})
			}
			o.add("filter_criteria", block{filters})
		}
		resource("aws_lambda_event_source_mapping", fmt.Sprintf("%s_%d", m.Function, i+1), o)
	}
	for _, x := range s.Buckets {
		resource("aws_s3_bucket", x, tree("bucket_prefix", short(x)))
		resource("aws_s3_bucket_public_access_block", x, tree("bucket block_public_acls block_public_policy ignore_public_acls restrict_public_buckets", raw(address("aws_s3_bucket", x)+".id"), true, true, true, true))
	}
	elsewhere := false
	for _, h := range s.Hoses {
		name := h.Name + "-delivery"
		if elsewhere = elsewhere || h.Source != "" && !s.has(h.Source); true {
			role(name, "firehose.amazonaws.com", h.may())
		}
		own := raw(address("aws_iam_role", name) + ".arn")
		o := tree("name destination", h.Name, "extended_s3")
		if h.Source != "" {
			o.add("kinesis_source_configuration", block{tree("kinesis_stream_arn role_arn", stream(h.Source), own)})
		}
		to := tree("bucket_arn role_arn buffering_size buffering_interval compression_format", arn(resourceOf(h)), own, h.hint("SizeInMBs"), h.hint("IntervalInSeconds"), text(h.To["CompressionFormat"]))
		for i, member := range h.plain() {
			to.given([]string{"prefix", "error_output_prefix", "custom_time_zone", "file_extension"}[i], text(h.To[member]))
		}
		o.add("extended_s3_configuration", block{to})
		resource("aws_kinesis_firehose_delivery_stream", h.Name, o)
	}
	if elsewhere {
		add("data", `"aws_caller_identity" "me"`, nil)
	}
	for _, a := range s.Alarms {
		o := tree("alarm_name", a.AlarmName)
		o.given("alarm_description", a.AlarmDescription)
		o = append(o, tree("namespace metric_name", a.Namespace, a.MetricName)...)
		o.given("statistic", a.Statistic)
		o.given("extended_statistic", a.ExtendedStatistic)
		o = append(o, tree("period evaluation_periods", a.Period, a.EvaluationPeriods)...)
		o.given("datapoints_to_alarm", a.DatapointsToAlarm)
		o = append(o, tree("threshold comparison_operator", a.Threshold, a.ComparisonOperator)...)
		o.given("treat_missing_data", a.TreatMissingData)
		o.given("evaluate_low_sample_count_percentiles", a.EvaluateLowSampleCountPercentile)
		o.given("unit", a.Unit)
		var dimensions obj
		for _, d := range a.Dimensions {
			dimensions.add(hclText(d.Name), d.Value)
		}
		if len(dimensions) > 0 {
			o.add("dimensions", dimensions)
		}
		resource("aws_cloudwatch_metric_alarm", a.AlarmName, o)
	}
	names, may := s.policies()
	for _, name := range names {
		resource("aws_iam_policy", name, tree("name_prefix description policy", short(name), "For "+name+": no more than they need.", encoded(policy(may[name], arn))))
	}
	return b.String()
}

func resourceOf(h Hose) resource { return resource{"bucket", h.Bucket, ""} }

// short is the beginning of a name that is made unique: Terraform adds 26 characters, and a role or a bucket has 63 at most.
func short(name string) string { return name[:min(len(name), 36)] + "-" }
