package region

import (
	"fmt"
	"maps"
	"slices"

	"shardlab/wasm/aws"
	"shardlab/wasm/iam"
	"shardlab/wasm/kinesis"
)

// Profiles names the principals that a call may be made as, sorted; the account's administrator is not among them.
func (r *Region) Profiles() []string { return r.iam.Profiles() }

// Principal is the ARN of the principal called profile; false when there is none.
func (r *Region) Principal(profile string) (arn string, ok bool) { return r.iam.Principal(profile, "") }

func (r *Region) runIAM(q *Request) (any, error) { return r.iam.Run(q.As, q.read) }

// access judges whether a principal may do something with a stream or a consumer.
func (r *Region) access(principal, action string, x kinesis.Resource) error {
	return asError(r.iam.Authorize(iam.Query{As: principal, Action: action, Resource: x.ARN, Policy: x.Policy, Facts: tagFacts(x)}))
}

// tagFacts are the tags of a resource and of a request as conditions ask for them.
func tagFacts(x kinesis.Resource) (facts []iam.Fact) {
	for _, k := range slices.Sorted(maps.Keys(x.Tags)) {
		facts = append(facts, iam.Fact{Key: "aws:ResourceTag/" + k, Value: x.Tags[k]})
	}
	for _, k := range slices.Sorted(maps.Keys(x.Given)) {
		facts = append(facts, iam.Fact{Key: "aws:RequestTag/" + k, Value: x.Given[k]})
	}
	for _, k := range x.TagKeys {
		facts = append(facts, iam.Fact{Key: "aws:TagKeys", Value: k})
	}
	return facts
}

// judge answers for a service that does not judge itself who may call.
func (r *Region) judge(q *Request) *aws.Error {
	if q.As == "" || q.service.judges {
		return nil
	}
	return r.iam.Authorize(iam.Query{As: q.As, Action: q.Service + ":" + q.Op, Resource: "*"})
}

// May says whether a principal may do an operation on a stream or a consumer, as the door would decide now.
func (r *Region) May(principal, op, arn string) bool {
	return r.access(principal, "kinesis:"+op, r.kinesis.ResourceOf(arn)) == nil
}

// asError keeps a nil *aws.Error from becoming an error that is not nil.
func asError(e *aws.Error) error {
	if e == nil {
		return nil
	}
	return e
}

// barred says in plain words why an actor cannot do what it is there for: to write to a stream or to read it.
func barred(code, stream, role, what string) string {
	switch code {
	case aws.AccessDenied:
		return fmt.Sprintf("no policy lets %s %s %s, or one denies it", role, what, stream)
	case aws.UnrecognizedClient:
		return fmt.Sprintf("there is no user and no role %s", role)
	case aws.KMSAccessDenied:
		return fmt.Sprintf("%s may not use the KMS key of %s", role, stream)
	case aws.KMSDisabled:
		return fmt.Sprintf("the KMS key of %s is disabled", stream)
	case aws.KMSInvalidState:
		return fmt.Sprintf("the KMS key of %s waits for its deletion", stream)
	case aws.KMSNotFound:
		return fmt.Sprintf("the KMS key of %s is gone", stream)
	case aws.KMSThrottling:
		return "KMS was called more often than the account may"
	case aws.KMSOptIn:
		return "the account is not subscribed to KMS"
	}
	return "there is no ACTIVE stream " + stream
}
