package awsjson

import (
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/region"
)

// A service is one that the endpoint serves: how requests name it, and its operations.
type service struct {
	name    string // behind the door of a region
	target  string // before the dot in X-Amz-Target
	signing string // in the scope of a signature
	ops     map[string]*aws.Operation
}

// names are how clients name the services that speak this protocol. A service of the door that is not here speaks another
// one, and is not served.
// Source: the service models, targetPrefix and signing name.
var names = []service{
	{name: region.Kinesis, target: "Kinesis_20131202", signing: "kinesis"},
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
		if s := &services[i]; s.target == prefix {
			return s, s.ops[name]
		}
	}
	return nil, nil
}
