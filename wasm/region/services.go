package region

import (
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/firehose"
	"shardlab/wasm/fis"
	"shardlab/wasm/glue"
	"shardlab/wasm/iam"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/kms"
	"shardlab/wasm/lambda"
	"shardlab/wasm/s3"
	"shardlab/wasm/sink"
)

// A service is what stands behind the door under one name. A new one is a row of services and nothing else: the door,
// the scenario's check, the console, its help and its completion all read the table.
type service struct {
	name, title string
	operations  func() []aws.Operation
	decode      func(op string, body []byte) (aws.Request, error) // reads a body; nil for a service whose run does
	run         func(r *Region, q *Request) (any, error)          // the answer is a structure, or a body as []byte; the error an *aws.Error
	judges      bool                                              // run itself judges who may call; else the door does, on all resources ("*")
}

// services lists what stands behind the door. It never changes.
var services = []service{
	{Kinesis, "Amazon Kinesis Data Streams", kinesis.Operations, kinesis.Decode, func(r *Region, q *Request) (any, error) { return r.kinesis.RunAs(q.As, q.read) }, true},
	{CloudWatch, "Amazon CloudWatch", cloudwatch.Operations, cloudwatch.Decode, func(r *Region, q *Request) (any, error) { return q.read.Run(r.watch) }, false},
	{"dynamodb", "Amazon DynamoDB: tables, such as those in which the KCL keeps its leases", dynamodb.Operations, dynamodb.Decode, func(r *Region, q *Request) (any, error) { return q.read.Run(r.dynamodb) }, false},
	{Firehose, "Amazon Data Firehose: Firehose streams and where they deliver", firehose.Operations, firehose.Decode, func(r *Region, q *Request) (any, error) { return r.firehose.RunAs(q.As, q.read) }, true},
	{FIS, "AWS Fault Injection Service", fis.Operations, fis.Decode, func(r *Region, q *Request) (any, error) {
		defer r.arm()
		return q.read.Run(r.fis)
	}, false},
	{"glue", "AWS Glue: the tables by which Firehose converts records", glue.Operations, glue.Decode, func(r *Region, q *Request) (any, error) { return q.read.Run(r.glue) }, false},
	{"iam", "AWS Identity and Access Management: who may do what", iam.Operations, iam.Decode, (*Region).runIAM, true},
	{"kms", "AWS Key Management Service: keys", kms.Operations, kms.Decode, func(r *Region, q *Request) (any, error) { return r.kms.Run(q.As, q.read) }, true},
	{Lambda, "AWS Lambda: functions and what invokes them", lambda.Operations, lambda.Decode, func(r *Region, q *Request) (any, error) { return q.read.Run(r.lambda) }, false},
	{"logs", "Amazon CloudWatch Logs: what functions wrote", lambda.LogsOperations, lambda.DecodeLogs, func(r *Region, q *Request) (any, error) { return q.read.Run(r.lambda) }, false},
	{sink.DataName, "Amazon Redshift Data API: statements on a cluster", sink.Operations, sink.Decode, func(r *Region, q *Request) (any, error) { return q.read.Run(r.sink) }, false},
	{s3.Name, "Amazon S3: buckets and objects", s3.Operations, s3.Decode, func(r *Region, q *Request) (any, error) { return r.s3.Run(q.As, q.read) }, true},
	{"sts", "AWS Security Token Service: who you are", iam.TokenOperations, iam.DecodeToken, (*Region).runIAM, true},
	{Lab, "The producers and consumers of this lab", Operations, nil, func(r *Region, q *Request) (any, error) { return r.doLab(q.Op, q.Body) }, true},
}

// Services lists the services behind the door with their operations.
func Services() []aws.Service {
	all := make([]aws.Service, len(services))
	for i, s := range services {
		all[i] = aws.Service{Name: s.name, Title: s.title, Operations: s.operations()}
	}
	return all
}

// findService finds a service by its name.
func findService(name string) (*service, bool) {
	for i := range services {
		if services[i].name == name {
			return &services[i], true
		}
	}
	return nil, false
}

// noService refuses the name of a service that is not there.
func noService(name string) *aws.Error {
	return aws.Errorf(aws.UnknownOperation, "There is no service %q here.", name).
		WithHint("The services of this world are %s.", strings.Join(serviceNames(), ", "))
}

// serviceNames lists the names of the services.
func serviceNames() []string {
	names := make([]string, len(services))
	for i := range services {
		names[i] = services[i].name
	}
	return names
}
