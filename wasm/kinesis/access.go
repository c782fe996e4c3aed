package kinesis

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"shardlab/wasm/aws"
)

// A Resource is what a call is about, as policies see it.
type Resource struct {
	ARN     string            // of a stream, a consumer or a channel; "*" when the call is about none
	Policy  string            // its own policy in JSON; "" when it has none
	Tags    map[string]string // that it has
	Given   map[string]string // tags that the request gives
	TagKeys []string          // keys of tags that the request names, sorted
}

// ActAs says who calls from now on by the fast ways in, Put, Read, Iterate and Subscribe: the ARN of a principal, "" for the
// account's administrator. Whoever lets an actor act sets it before and takes it back behind, so it is no state.
func (s *Service) ActAs(principal string) { s.caller = principal }

// Allow says whether whoever acts may call an operation on a stream or a consumer: what the door would answer before
// anything else.
func (s *Service) Allow(op, arn string) error {
	if s.caller == "" || s.cfg.Access == nil {
		return nil
	}
	return s.cfg.Access(s.caller, "kinesis:"+op, s.ResourceOf(arn))
}

// ResourceOf is a stream or a consumer as policies see it; of what is not there, policies see the ARN alone.
func (s *Service) ResourceOf(arn string) Resource {
	x := Resource{ARN: arn}
	if r, err := s.resource(arn); err == nil {
		x.Policy, x.Tags = r.policy, r.tags
	}
	return x
}

// RunAs is Run by a principal; "" is the account's administrator. Types and constraints of the request were checked before,
// the operation's own rules come after.
func (s *Service) RunAs(principal string, r aws.Request) (any, error) {
	if principal == "" || s.cfg.Access == nil {
		return s.Run(r)
	}
	account := accountOf(principal)
	x := s.resourceOf(r, account)
	if err := s.cfg.Access(principal, "kinesis:"+r.Name(), x); err != nil {
		return nil, err
	}
	if account != s.cfg.Account && !strings.HasPrefix(x.ARN, s.arnOf("")) {
		return nil, s.elsewhere(account, x.ARN)
	}
	s.caller = principal
	out, err := s.Run(r)
	s.caller = ""
	return out, err
}

// elsewhere answers a principal of another account who may do something there, where the lab has no streams.
func (s *Service) elsewhere(account, arn string) error {
	_, name, named := strings.Cut(arn, ":stream/")
	if !named {
		return aws.Errorf(aws.InvalidArgument, "This lab keeps the streams of account %s only.", s.cfg.Account).
			WithHint("Leave --profile out to act in that account.")
	}
	return aws.Errorf(aws.ResourceNotFound, "Stream %s under account %s not found.", name, account).
		WithHint("A name alone is a stream of the caller's own account: name a stream of another one by --stream-arn.")
}

// resourceOf finds what a request is about. A name alone means a stream of the caller's account.
// Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Kinesis Data Streams".
func (s *Service) resourceOf(r aws.Request, account string) Resource {
	v := reflect.ValueOf(r.In).Elem()
	text := func(member string) string {
		p, _ := valueOf(v, member).(*string)
		return deref(p)
	}
	arn := "*"
	it, iterates := s.unsealIterator(text("ShardIterator"))
	token, _, badToken := s.unsealListing(text("NextToken"))
	switch {
	case text("ConsumerARN") != "":
		arn = text("ConsumerARN")
	case text("ChannelARN") != "":
		arn = text("ChannelARN")
	case text("ChannelName") != "":
		arn = s.channelARN(text("ChannelName"))
	case text("ResourceARN") != "":
		arn = text("ResourceARN")
	case text("StreamARN") != "":
		arn = text("StreamARN")
		if st := s.streamOf(r.In); st != nil && r.Name() != "RegisterStreamConsumer" {
			if c, ok := st.Consumer(text("ConsumerName")); ok {
				arn = c.arn
			}
		}
	case text("StreamName") != "":
		arn = strings.Replace(s.arnOf(text("StreamName")), s.cfg.Account, account, 1)
	case iterates:
		arn = s.arnOf(it.name)
	case badToken == nil:
		arn = token.arn
	}
	x := s.ResourceOf(arn)
	if given, ok := valueOf(v, "Tags").(map[string]string); ok {
		x.Given = given
		x.TagKeys = slices.Sorted(maps.Keys(given))
	}
	if keys, ok := valueOf(v, "TagKeys").([]string); ok {
		x.TagKeys = slices.Sorted(slices.Values(keys))
	}
	return x
}

// accountOf is the account in an ARN.
func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}
