package console

import (
	"slices"
	"strings"
)

// A source is what tells the values that an option can have: an operation that lists, and the member of its answer that is a list, with
// the member of each element.
type source struct{ service, op, list, member string }

// sources are asked for the values of options by the name of their member.
var sources = map[string]source{
	"Bucket":               {"s3api", "ListBuckets", "Buckets", "Name"},
	"DeliveryStreamName":   {"firehose", "ListDeliveryStreams", "DeliveryStreamNames", ""},
	"FunctionName":         {"lambda", "ListFunctions", "Functions", "FunctionName"},
	"UUID":                 {"lambda", "ListEventSourceMappings", "EventSourceMappings", "UUID"},
	"TableName":            {"dynamodb", "ListTables", "TableNames", ""},
	"RoleName":             {"iam", "ListRoles", "Roles", "RoleName"},
	"Role":                 {"iam", "ListRoles", "Roles", "Arn"},
	"UserName":             {"iam", "ListUsers", "Users", "UserName"},
	"AlarmNames":           {"cloudwatch", "DescribeAlarms", "MetricAlarms", "AlarmName"},
	"logGroupName":         {"logs", "DescribeLogGroups", "logGroups", "logGroupName"},
	"KeyId":                {"kms", "ListKeys", "Keys", "KeyId"},
	"StreamARN":            {"kinesis", "ListStreams", "StreamSummaries", "StreamARN"},
	"ResourceARN":          {"kinesis", "ListStreams", "StreamSummaries", "StreamARN"},
	"EventSourceArn":       {"kinesis", "ListStreams", "StreamSummaries", "StreamARN"},
	"ExperimentTemplateId": {"fis", "ListExperimentTemplates", "experimentTemplates", "id"},
}

// peek asks a service without a trace: completion takes nothing from a limit and stands in no log. The answer is nil when there is none.
func (c *Console) peek(service, op string, body object) object {
	ask := object{{"Service", service}, {"Operation", op}, {"Body", string(encodeJSON(body))}}
	answer, err := c.world.Do("", "lab", "Peek", encodeJSON(ask))
	if err != nil || len(answer) == 0 {
		return nil
	}
	v, err := decodeJSON(answer)
	if err != nil {
		return nil
	}
	o, _ := v.(object)
	return o
}

// listed are the values that a source tells.
func (c *Console) listed(s source, body object) []string {
	got, _ := c.peek(s.service, s.op, body).get(s.list)
	list, _ := got.([]any)
	var all []string
	for _, el := range list {
		if o, ok := el.(object); ok {
			el, _ = o.get(s.member)
		}
		if text, ok := el.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

// knownValues are the values that an option of an operation can have in this world: names of what there is.
func (c *Console) knownValues(op *operation, f *field, words []string) []string {
	if op.Service == "lab" {
		switch f.name {
		case "Name":
			return c.labNames(op)
		case "Destination":
			return c.farEnds()
		}
	}
	if f.name == "Key" && op.Service == "s3api" {
		return c.listed(source{"s3api", "ListObjectsV2", "Contents", "Key"}, object{{"Bucket", given(words, "bucket")}})
	}
	if strings.HasPrefix(f.name, "ExtendedStatistic") {
		return []string{"p50", "p90", "p95", "p99", "p99.9"}
	}
	name := f.name
	if name == "UUID" && op.Service != "lambda" {
		return nil
	}
	s, ok := sources[name]
	if !ok || strings.HasPrefix(op.Name, "Create") && s.service == op.Service && s.member != "Arn" && !strings.Contains(s.member, "ARN") {
		return nil // what is created has a new name
	}
	return c.listed(s, object{})
}

// given is the value of an option in the words typed.
func given(words []string, flag string) string {
	if i := slices.Index(words, "--"+flag); i >= 0 && i+1 < len(words) {
		return words[i+1]
	}
	return ""
}

// labNames are the names of the lab's own things that an operation is about: of producers for start-producer.
func (c *Console) labNames(op *operation) []string {
	for i, r := range op.Name {
		if i == 0 || r < 'A' || r > 'Z' {
			continue
		}
		list := op.Name[i:] + "s"
		if _, ok := c.operation("lab", "List"+list); ok {
			return c.listed(source{"lab", "List" + list, list, "Name"}, object{})
		}
	}
	return nil
}

// farEnds are where deliveries go: buckets, and the far ends of the lab by kind and name.
func (c *Console) farEnds() []string {
	var all []string
	for _, b := range c.listed(sources["Bucket"], object{}) {
		all = append(all, "s3/"+b)
	}
	got, _ := c.peek("lab", "ListSinks", object{}).get("Sinks")
	list, _ := got.([]any)
	for _, el := range list {
		o, _ := el.(object)
		kind, _ := o.get("Kind")
		name, _ := o.get("Name")
		if kind, ok := kind.(string); ok {
			all = append(all, kind+"/"+scalarText(name))
		}
	}
	return all
}

// objectOptions completes s3://BUCKET/KEY: buckets, then the keys of one, a folder at a time.
func (c *Console) objectOptions(part string) []Option {
	bucket, key, ok := splitURI(part)
	if !ok {
		return nil
	}
	if !strings.Contains(part[len("s3://"):], "/") {
		var all []Option
		for _, b := range c.listed(sources["Bucket"], object{}) {
			all = append(all, Option{"s3://" + b + "/", "bucket"})
		}
		return all
	}
	folder := key[:strings.LastIndexByte(key, '/')+1]
	at := "s3://" + bucket + "/"
	var all []Option
	for _, k := range c.listed(source{"s3api", "ListObjectsV2", "Contents", "Key"}, object{{"Bucket", bucket}, {"Prefix", folder}}) {
		name, help := at+k, "object"
		if i := strings.IndexByte(k[len(folder):], '/'); i >= 0 {
			name, help = at+k[:len(folder)+i+1], "folder"
		}
		if !slices.ContainsFunc(all, func(o Option) bool { return o.Text == name }) {
			all = append(all, Option{name, help})
		}
	}
	return all
}
