package awsjson

import (
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/region"
)

// A service is one that the endpoint serves: how requests name it, and its operations.
type service struct {
	name    string // behind the door of a region
	target  string // before the dot in X-Amz-Target, and in the path of Smithy's RPC; "" when it has none
	signing string // in the scope of a signature
	xmlns   string // of its answers in XML; "" when it does not speak the Query protocol
	ops     map[string]*aws.Operation
}

// names are how clients name the services that speak the protocols of this package. A service of the door that is not here
// speaks another one, and is not served.
// Source: the service models, targetPrefix, signing name and xmlNamespace.
var names = []service{
	{name: region.Kinesis, target: "Kinesis_20131202", signing: "kinesis"},
	{name: region.Firehose, target: "Firehose_20150804", signing: "firehose"},
	{name: "cloudwatch", target: "GraniteServiceVersion20100801", signing: "monitoring", xmlns: "http://monitoring.amazonaws.com/doc/2010-08-01/"},
	{name: "fis", signing: "fis"},
	{name: "s3api", signing: "s3"},
	{name: "glue", target: "AWSGlue", signing: "glue"},
	{name: "kms", target: "TrentService", signing: "kms"},
	{name: "iam", signing: "iam", xmlns: "https://iam.amazonaws.com/doc/2010-05-08/"},
	{name: "sts", signing: "sts", xmlns: "https://sts.amazonaws.com/doc/2011-06-15/"},
}

// services are those of names that stand behind the door. The table never changes.
var services = behindTheDoor()

func behindTheDoor() []service {
	var all []service
	for _, s := range region.Services() {
		for _, n := range names {
			if n.name == s.Name {
				n.ops = byName(s.Operations)
				all = append(all, n)
			}
		}
	}
	return all
}

func byName(ops []aws.Operation) map[string]*aws.Operation {
	m := make(map[string]*aws.Operation, len(ops))
	for i := range ops {
		m[ops[i].Name] = &ops[i]
	}
	return m
}

// find finds the service and the operation that a target names; the operation is nil when there is none.
func find(target string) (*service, *aws.Operation) {
	prefix, name, _ := strings.Cut(target, ".")
	for i := range services {
		if s := &services[i]; s.target == prefix && prefix != "" {
			return s, s.ops[name]
		}
	}
	return nil, nil
}

// findSigned finds the service that a signature is for.
func findSigned(signing string) *service {
	for i := range services {
		if services[i].signing == signing {
			return &services[i]
		}
	}
	return nil
}
