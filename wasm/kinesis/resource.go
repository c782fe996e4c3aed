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
	_, name, _ := strings.Cut(arn, ":stream/")
	name, consumer, isConsumer := strings.Cut(name, "/consumer/")
	if isConsumer {
		consumer, _, _ = strings.Cut(consumer, ":")
		return resource{}, s.noConsumer(consumer)
	}
	st, err := s.find(nil, &arn)
	if err != nil {
		return resource{}, err
	}
	return resource{&st.attached, "stream " + name, s.needActive(st)}, nil
}

// noConsumer is the answer to a consumer that is not there.
// Source of the words: moto.
func (s *Service) noConsumer(name string) error {
	return aws.Errorf(aws.ResourceNotFound, "Consumer %s, account %s not found.", name, s.cfg.Account).
		WithHint("list-stream-consumers shows the consumers there are.")
}

// ResourceInput is the request of the operations that need nothing but an ARN.
type ResourceInput struct {
	ResourceARN *string `aws:"required,len=1..2048,pattern=ResourceARN"`
	StreamId    *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}
