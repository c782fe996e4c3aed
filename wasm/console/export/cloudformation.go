package export

import (
	"fmt"
	"strings"
)

// arnCF is the ARN of a resource in a template.
func arnCF(id names, r resource) any {
	owner := map[string]string{"stream": "Stream", "bucket": "Bucket"}[r.kind]
	switch {
	case owner != "" && r.suffix == "":
		return raw("!GetAtt " + id(owner, r.name) + ".Arn")
	case owner != "":
		return raw(`!Sub "${` + id(owner, r.name) + `.Arn}` + r.suffix + `"`)
	case r.kind == "logs":
		return filled("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/", r.name, "*")
	case r.kind == "table":
		return filled("arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/", r.name, "*")
	}
	return r.name
}

// filled is a text whose variables CloudFormation fills in, with a name in it that has none.
func filled(before, name, after string) raw {
	return raw("!Sub " + quoted(before+strings.ReplaceAll(name, "${", "${!")+after))
}

// policy writes statements as a policy document.
func policy(all []statement, arn func(resource) any) obj {
	statements := make([]any, len(all))
	for i, st := range all {
		on := make([]any, len(st.on))
		for j := range st.on {
			on[j] = arn(st.on[j])
		}
		statements[i] = tree("Effect Action Resource", "Allow", list(st.actions), on)
	}
	return tree("Version Statement", "2012-10-17", statements)
}

func trust(service string) obj {
	return tree("Version Statement", "2012-10-17", []any{tree("Effect Principal Action", "Allow", tree("Service", service), "sts:AssumeRole")})
}

// streamArn is the ARN of a stream: of the one in this template, else by its name.
func (s *Stage) streamArn(id names, name string) any {
	if s.has(name) {
		return arnCF(id, resource{"stream", name, ""})
	}
	return filled("arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/", name, "")
}

func (s *Stage) cloudFormation() string {
	var all obj
	id := table(logical)
	arn := func(r resource) any { return arnCF(id, r) }
	add := func(id, kind string, properties obj) {
		x := tree("Type", kind)
		if len(properties) > 0 {
			x.add("Properties", properties)
		}
		all.add(id, x)
	}
	role := func(id, service string, may []statement) {
		add(id, "AWS::IAM::Role", tree("AssumeRolePolicyDocument Policies", trust(service), []any{tree("PolicyName PolicyDocument", "least", policy(may, arn))}))
	}
	for _, x := range s.Streams {
		p := tree("Name", x.Name)
		if x.OnDemand {
			p.add("StreamModeDetails", tree("StreamMode", "ON_DEMAND"))
		} else {
			p.add("StreamModeDetails", tree("StreamMode", "PROVISIONED"))
			p.add("ShardCount", x.Shards)
		}
		p.add("RetentionPeriodHours", x.Hours)
		if x.Key != "" {
			p.add("StreamEncryption", tree("EncryptionType KeyId", "KMS", x.Key))
		}
		p.given("DesiredShardLevelMetrics", list(x.Metrics))
		if x.MaxKiB > 1024 {
			p.add("MaxRecordSizeInKiB", x.MaxKiB)
		}
		var tags []any
		for _, t := range x.Tags {
			tags = append(tags, tree("Key Value", t[0], t[1]))
		}
		p.given("Tags", tags)
		add(id("Stream", x.Name), "AWS::Kinesis::Stream", p)
		for _, c := range x.Consumers {
			add(id("Consumer", x.Name+" "+c), "AWS::Kinesis::StreamConsumer", tree("ConsumerName StreamARN", c, arn(resource{"stream", x.Name, ""})))
		}
	}
	for _, f := range s.Functions {
		role(id("Role", f.Name), "lambda.amazonaws.com", s.functionMay(f))
		add(id("Function", f.Name), "AWS::Lambda::Function", tree("FunctionName Runtime Handler Timeout MemorySize Role Code", f.Name, f.Runtime, placedHandler, f.Timeout, f.Memory, raw("!GetAtt "+id("Role", f.Name)+".Arn"), tree("ZipFile", raw(handler))))
	}
	for i, m := range s.Mappings {
		p := tree("FunctionName EventSourceArn StartingPosition BatchSize", raw("!Ref "+id("Function", m.Function)), s.streamArn(id, m.Stream), m.Start, m.Batch)
		p.given("MaximumBatchingWindowInSeconds", m.Window)
		p.given("ParallelizationFactor", m.Parallel)
		p.add("MaximumRetryAttempts", m.Retries)
		p.add("MaximumRecordAgeInSeconds", m.Age)
		p.given("TumblingWindowInSeconds", m.Tumbling)
		p.given("BisectBatchOnFunctionError", m.Bisect)
		if m.PartialBatch {
			p.add("FunctionResponseTypes", []any{"ReportBatchItemFailures"})
		}
		var filters []any
		for _, f := range m.Filters {
			filters = append(filters, tree("Pattern", f))
		}
		if len(filters) > 0 {
			p.add("FilterCriteria", tree("Filters", filters))
		}
		add(id(fmt.Sprintf("Mapping%d", i+1), m.Function), "AWS::Lambda::EventSourceMapping", p)
	}
	for _, b := range s.Buckets {
		add(id("Bucket", b), "AWS::S3::Bucket", tree("PublicAccessBlockConfiguration", tree("BlockPublicAcls BlockPublicPolicy IgnorePublicAcls RestrictPublicBuckets", true, true, true, true)))
	}
	for _, h := range s.Hoses {
		role(id("DeliveryRole", h.Name), "firehose.amazonaws.com", h.may())
		own := raw("!GetAtt " + id("DeliveryRole", h.Name) + ".Arn")
		p := tree("DeliveryStreamName DeliveryStreamType", h.Name, "DirectPut")
		if h.Source != "" {
			p = tree("DeliveryStreamName DeliveryStreamType KinesisStreamSourceConfiguration", h.Name, "KinesisStreamAsSource", tree("KinesisStreamARN RoleARN", s.streamArn(id, h.Source), own))
		}
		to := tree("BucketARN RoleARN BufferingHints CompressionFormat", arn(resourceOf(h)), own, tree("SizeInMBs IntervalInSeconds", h.hint("SizeInMBs"), h.hint("IntervalInSeconds")), text(h.To["CompressionFormat"]))
		for _, member := range h.plain() {
			to.given(member, text(h.To[member]))
		}
		p.add("ExtendedS3DestinationConfiguration", to)
		add(id("Firehose", h.Name), "AWS::KinesisFirehose::DeliveryStream", p)
	}
	for _, a := range s.Alarms {
		add(id("Alarm", a.AlarmName), "AWS::CloudWatch::Alarm", a.input())
	}
	names, may := s.policies()
	for _, name := range names {
		add(id("Policy", name), "AWS::IAM::ManagedPolicy", tree("Description PolicyDocument", "For "+name+": no more than they need.", policy(may[name], arn)))
	}
	var b strings.Builder
	b.WriteString(s.head("#", "CloudFormation, exported from a lab of Shardlab.", "aws cloudformation deploy --template-file lab.yaml --stack-name lab --capabilities CAPABILITY_IAM"))
	if len(s.Buckets) > 0 {
		b.WriteString("# Buckets get names of their own: a name of Amazon S3 is one in the whole world.\n")
	}
	b.WriteString("AWSTemplateFormatVersion: \"2010-09-09\"\nDescription: What stood on the stage of a lab of Shardlab.\n")
	if len(all) == 0 {
		return b.String() + "# Nothing stands on the stage: create a stream, and export again.\nResources: {}\n"
	}
	b.WriteString("Resources:\n")
	for i, r := range all {
		if i > 0 {
			b.WriteString("\n")
		}
		yaml(&b, obj{r}, "  ")
	}
	return b.String()
}

// input is an alarm as PutMetricAlarm takes it, and as a template has it.
func (a Alarm) input() obj {
	p := tree("AlarmName", a.AlarmName)
	p.given("AlarmDescription", a.AlarmDescription)
	p = append(p, tree("Namespace MetricName", a.Namespace, a.MetricName)...)
	var dimensions []any
	for _, d := range a.Dimensions {
		dimensions = append(dimensions, tree("Name Value", d.Name, d.Value))
	}
	p.given("Dimensions", dimensions)
	p.given("Statistic", a.Statistic)
	p.given("ExtendedStatistic", a.ExtendedStatistic)
	p.add("Period", a.Period)
	p.add("EvaluationPeriods", a.EvaluationPeriods)
	p.given("DatapointsToAlarm", a.DatapointsToAlarm)
	p.add("Threshold", a.Threshold)
	p.add("ComparisonOperator", a.ComparisonOperator)
	p.given("TreatMissingData", a.TreatMissingData)
	p.given("EvaluateLowSampleCountPercentile", a.EvaluateLowSampleCountPercentile)
	p.given("Unit", a.Unit)
	return p
}

// plain are the members of an S3 destination that are texts and are carried over as they are.
func (h Hose) plain() []string {
	return []string{"Prefix", "ErrorOutputPrefix", "CustomTimeZone", "FileExtension"}
}
