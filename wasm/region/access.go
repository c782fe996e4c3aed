package region

import (
	"fmt"
	"maps"
	"slices"

	"shardlab/wasm/aws"
	"shardlab/wasm/iam"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/kms"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
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

// Barred says in plain words why an actor cannot do what it is there for: to write to a stream or to read it.
func Barred(code, stream, role, what string) string {
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

// encryptionChanged tells since when records are encrypted, and with which key.
func (r *Region) encryptionChanged(n kinesis.Notice) {
	at := sim.Instant(n.N).Time().Format("15:04:05.000")
	e := Event{Kind: protocol.EventStreamStatus, Level: Good, Ref: StreamRef(n.Stream), Mark: true,
		Text: fmt.Sprintf("%s encrypts with the KMS key %s: all records that come after %s are encrypted at rest.", n.Stream, n.Status, at)}
	if n.Status == "" {
		e.Level, e.Text = Info, fmt.Sprintf("%s encrypts no more: records that come after %s lie there as they are.", n.Stream, at)
	}
	r.Say(e)
}

// PutAccountInput changes how the account stands with KMS; what is left out stays. It is the answer, too.
type PutAccountInput struct {
	KMSOptIn             *bool  `json:",omitempty" help:"whether the account is subscribed to KMS; at first it is"`
	KMSRequestsPerSecond *int64 `json:",omitempty" help:"cryptographic operations a second that it may ask KMS for, 1 to 10,000"`
}

func (r *Region) putAccount(in PutAccountInput) (out PutAccountInput, faults Faults) {
	a := r.kms.Account()
	if in.KMSOptIn != nil {
		a.OptedOut = !*in.KMSOptIn
	}
	if n := in.KMSRequestsPerSecond; n != nil {
		if a.RequestsPerSecond = *n; *n < 1 || *n > kms.RequestsPerSecond {
			faults.Add("KMSRequestsPerSecond", "%s is outside 1 to %s", Number(*n), Number(kms.RequestsPerSecond))
			return in, faults
		}
	}
	r.kms.SetAccount(a)
	opted := !a.OptedOut
	return PutAccountInput{&opted, &a.RequestsPerSecond}, nil
}
