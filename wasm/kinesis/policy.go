package kinesis

import (
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/iam"
)

// PutResourcePolicyInput is the request of PutResourcePolicy; the answer has no body.
type PutResourcePolicyInput struct {
	ResourceARN *string `aws:"required,len=1..2048,pattern=ResourceARN"`
	StreamId    *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
	Policy      *string `aws:"required"`
}

// GetResourcePolicyOutput is the answer of GetResourcePolicy.
type GetResourcePolicyOutput struct{ Policy string }

// PutResourcePolicy attaches a policy to a stream or a consumer, in place of the one before. Who may do what by it is
// decided elsewhere.
func (s *Service) PutResourcePolicy(in *PutResourcePolicyInput) error {
	r, err := s.policed("PutResourcePolicy", s.cfg.Limits.PutResourcePolicyRate, *in.ResourceARN)
	if err != nil {
		return err
	}
	if err := s.checkPolicy(*in.Policy); err != nil {
		return err
	}
	if r.busy != nil {
		return r.busy
	}
	r.policy = *in.Policy
	return nil
}

// GetResourcePolicy answers with the policy of a stream or a consumer, "{}" when there is none.
// Source: clients of the service that pass over empty policies.
func (s *Service) GetResourcePolicy(in *ResourceInput) (*GetResourcePolicyOutput, error) {
	r, err := s.policed("GetResourcePolicy", s.cfg.Limits.GetResourcePolicyRate, *in.ResourceARN)
	if err != nil {
		return nil, err
	}
	if r.policy == "" {
		return &GetResourcePolicyOutput{"{}"}, nil
	}
	return &GetResourcePolicyOutput{r.policy}, nil
}

// DeleteResourcePolicy takes the policy off a stream or a consumer.
// Source of the words: moto.
func (s *Service) DeleteResourcePolicy(in *ResourceInput) error {
	r, err := s.policed("DeleteResourcePolicy", s.cfg.Limits.DeleteResourcePolicyRate, *in.ResourceARN)
	switch {
	case err != nil:
		return err
	case r.policy == "":
		return aws.Errorf(aws.ResourceNotFound, "No resource policy found for resource ARN %s", *in.ResourceARN).
			WithHint("There is nothing to delete.")
	case r.busy != nil:
		return r.busy
	}
	r.policy = ""
	return nil
}

// Policy is the resource policy of a stream or a consumer as it was put; "" when there is none, or no such resource.
func (s *Service) Policy(arn string) string {
	r, err := s.resource(arn)
	if err != nil {
		return ""
	}
	return r.policy
}

// policed counts a call and finds what the policy belongs to.
func (s *Service) policed(op string, limit int, arn string) (resource, error) {
	if err := s.admit(op, limit, ""); err != nil {
		return resource{}, err
	}
	if strings.HasPrefix(arn, s.channelARN("")) { // which the pattern lets through
		return resource{}, aws.Errorf(aws.InvalidArgument, "Resource policies are not supported for %s.", arn).
			WithHint("Streams and consumers have them.") // ours
	}
	return s.resource(arn)
}

// checkPolicy refuses what is no policy of a resource. AWS publishes neither the limit nor the words: they are ours.
func (s *Service) checkPolicy(text string) error {
	if most := s.cfg.Limits.PolicyBytes; len(text) > most {
		return aws.Errorf(aws.InvalidArgument, "Invalid resource policy. It has %d bytes and may have %d.", len(text), most).
			WithHint("A * says many names in one, and a list of actions needs one statement only.")
	}
	if _, err := iam.Parse(text, iam.Resource); err != nil {
		e := err.(*aws.Error)
		return aws.Errorf(aws.InvalidArgument, "Invalid resource policy. %s", e.Message).WithHint("%s", e.Hint)
	}
	return nil
}
