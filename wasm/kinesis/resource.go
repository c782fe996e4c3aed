package kinesis

import (
	"bufio"
	"fmt"
	"maps"
	"slices"
	"strings"

	"shardlab/wasm/aws"
)

// attached is what can be attached to anything that has an ARN: tags and a resource policy.
type attached struct {
	tags   map[string]string
	policy string // JSON; "" when there is none
}

func (a attached) clone() attached { return attached{maps.Clone(a.tags), a.policy} }

// size is about how many bytes of memory it takes.
func (a *attached) size() int64 {
	n := int64(len(a.policy))
	for k, v := range a.tags {
		n += int64(len(k)+len(v)) + 64 // of a place in a map
	}
	return n
}

func (a *attached) state(b *bufio.Writer) {
	for _, k := range slices.Sorted(maps.Keys(a.tags)) {
		fmt.Fprintf(b, " tag %q=%q\n", k, a.tags[k])
	}
	if a.policy != "" {
		fmt.Fprintf(b, " policy %q\n", a.policy)
	}
}

// A resource is what an ARN names, with what is attached to it.
type resource struct {
	*attached
	name string // as in "stream orders"
	busy error  // why nothing can be attached to it now; nil when it is ACTIVE
}

// resource finds what an ARN names.
func (s *Service) resource(arn string) (resource, error) {
	if _, _, isConsumer := strings.Cut(arn, "/consumer/"); isConsumer {
		_, c, ok := s.ConsumerOf(arn)
		if !ok {
			return resource{}, s.noConsumer(arn)
		}
		return resource{&c.attached, "consumer " + c.name, s.needConsumer(c)}, nil
	}
	if strings.HasPrefix(arn, s.channelARN("")) {
		c, err := s.channelOf(arn)
		if err != nil {
			return resource{}, err
		}
		return resource{&c.attached, "channel " + c.ChannelName, s.needChannel(c)}, nil
	}
	st, err := s.find(nil, &arn)
	if err != nil {
		return resource{}, err
	}
	return resource{&st.attached, "stream " + st.name, s.needActive(st)}, nil
}

// needConsumer refuses control calls on a consumer that is under way from one status to another. The words are ours.
func (s *Service) needConsumer(c *ConsumerState) error {
	if c.status == Active {
		return nil
	}
	return aws.Errorf(aws.ResourceInUse, "Consumer %s, account %s not ACTIVE, instead in state %s", c.name, s.cfg.Account, c.status).
		WithHint("Wait until describe-stream-consumer says ACTIVE.")
}

// ResourceInput is the request of the operations that need nothing but an ARN.
type ResourceInput struct {
	ResourceARN *string `aws:"required,len=1..2048,pattern=ResourceARN"`
	StreamId    *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}
