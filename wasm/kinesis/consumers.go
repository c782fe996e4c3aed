package kinesis

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// RegisterStreamConsumerInput is the request of RegisterStreamConsumer.
type RegisterStreamConsumerInput struct {
	StreamARN    *string           `aws:"required,len=1..2048,pattern=StreamARN"`
	ConsumerName *string           `aws:"required,len=1..128,pattern=ConsumerName"`
	StreamId     *string           `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
	Tags         map[string]string `aws:"items=1..200,keylen=1..128,len=0..256" json:",omitempty"`
}

// RegisterStreamConsumerOutput is the answer of RegisterStreamConsumer.
type RegisterStreamConsumerOutput struct{ Consumer Consumer }

// Consumer is a registered consumer as the API lists it.
type Consumer struct {
	ConsumerName              string
	ConsumerARN               string
	ConsumerStatus            string
	ConsumerCreationTimestamp aws.Timestamp
}

// A consumerID names a consumer: by its ARN, by its stream's ARN and its name, or by all three.
type consumerID struct {
	StreamARN    *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	ConsumerName *string `aws:"len=1..128,pattern=ConsumerName" json:",omitempty"`
	ConsumerARN  *string `aws:"len=1..2048,pattern=ConsumerARN" json:",omitempty"`
	StreamId     *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// DeregisterStreamConsumerInput is the request of DeregisterStreamConsumer; the answer has no body.
type DeregisterStreamConsumerInput consumerID

// DescribeStreamConsumerInput is the request of DescribeStreamConsumer.
type DescribeStreamConsumerInput consumerID

// DescribeStreamConsumerOutput is the answer of DescribeStreamConsumer.
type DescribeStreamConsumerOutput struct{ ConsumerDescription ConsumerDescription }

// ConsumerDescription is a registered consumer with its stream.
type ConsumerDescription struct {
	ConsumerName              string
	ConsumerARN               string
	ConsumerStatus            string
	ConsumerCreationTimestamp aws.Timestamp
	StreamARN                 string
}

// ListStreamConsumersInput is the request of ListStreamConsumers.
type ListStreamConsumersInput struct {
	StreamARN               *string        `aws:"required,len=1..2048,pattern=StreamARN"`
	NextToken               *string        `aws:"len=1..1048576" json:",omitempty"`
	MaxResults              *int64         `aws:"val=1..10000" json:",omitempty"`
	StreamCreationTimestamp *aws.Timestamp `json:",omitempty"`
	StreamId                *string        `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// ListStreamConsumersOutput is the answer of ListStreamConsumers.
type ListStreamConsumersOutput struct {
	Consumers []Consumer
	NextToken *string `json:",omitempty"`
}

// A ConsumerState is a consumer registered for enhanced fan-out: CREATING, ACTIVE or DELETING.
type ConsumerState struct {
	id      int64 // of this consumer and no other, also none of the same name
	name    string
	arn     string
	status  string
	created sim.Instant

	attached

	meters consumerMeters
}

// consumerMeters are the metrics of a stream's consumer.
type consumerMeters struct{ success, rateExceeded, bytes, records, events, behind *cloudwatch.Series }

func (m *consumerMeters) wire(store *cloudwatch.Store, stream, consumer string) {
	at := func(metric string) *cloudwatch.Series {
		return store.Series(metric, cloudwatch.Dims{Stream: stream, Shard: cloudwatch.StreamLevel, Consumer: consumer})
	}
	*m = consumerMeters{
		success: at(cloudwatch.SubscribeToShardSuccess), rateExceeded: at(cloudwatch.SubscribeToShardRateExceeded),
		bytes: at(cloudwatch.SubscribeToShardEventBytes), records: at(cloudwatch.SubscribeToShardEventRecords),
		events: at(cloudwatch.SubscribeToShardEventSuccess), behind: at(cloudwatch.SubscribeToShardEventBehind),
	}
}

// Name, ARN, Status and Created tell what DescribeStreamConsumer would.
func (c *ConsumerState) Name() string         { return c.name }
func (c *ConsumerState) ARN() string          { return c.arn }
func (c *ConsumerState) Status() string       { return c.status }
func (c *ConsumerState) Created() sim.Instant { return c.created }

// Tags is a copy of the consumer's tags.
func (c *ConsumerState) Tags() map[string]string { return maps.Clone(c.tags) }

func (c *ConsumerState) describe() Consumer {
	return Consumer{c.name, c.arn, c.status, seconds(c.created)}
}

// Consumers lists the stream's registered consumers by name, in whatever status they are. The list must not be changed.
func (st *Stream) Consumers() []*ConsumerState { return st.consumers }

// Consumer finds a registered consumer of the stream by its name.
func (st *Stream) Consumer(name string) (*ConsumerState, bool) {
	if i, ok := st.searchConsumer(name); ok {
		return st.consumers[i], true
	}
	return nil, false
}

func (st *Stream) searchConsumer(name string) (int, bool) {
	return slices.BinarySearchFunc(st.consumers, name, func(c *ConsumerState, name string) int { return cmp.Compare(c.name, name) })
}

// ConsumerOf finds the consumer with an ARN, arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/app:1545084650, and
// its stream.
func (s *Service) ConsumerOf(arn string) (*Stream, *ConsumerState, bool) {
	streamARN, rest, _ := strings.Cut(arn, "/consumer/")
	name, _, _ := strings.Cut(rest, ":")
	stream, ok := strings.CutPrefix(streamARN, s.arnOf(""))
	if !ok {
		return nil, nil, false
	}
	if st, ok := s.Stream(stream); ok {
		if c, ok := st.Consumer(name); ok && c.arn == arn {
			return st, c, true
		}
	}
	return nil, nil, false
}

// RegisterStreamConsumer registers a consumer for enhanced fan-out with a stream. It is CREATING for a while.
// The messages about the number of consumers and of those in CREATING are ours.
func (s *Service) RegisterStreamConsumer(in *RegisterStreamConsumerInput) (*RegisterStreamConsumerOutput, error) {
	st, err := s.find(nil, in.StreamARN)
	if err != nil {
		return nil, err
	}
	l := &s.cfg.Limits
	if err := s.admitOn(st, "RegisterStreamConsumer", l.RegisterStreamConsumerRate); err != nil {
		return nil, err
	}
	if err := s.needActive(st); err != nil {
		return nil, err
	}
	var tags attached
	if err := s.tag(resource{&tags, "consumer " + *in.ConsumerName, nil}, in.Tags, streamSymbols); err != nil {
		return nil, err
	}
	i, exists := st.searchConsumer(*in.ConsumerName)
	creating, most := 0, l.StreamConsumers
	if s.Advantage() {
		most = l.AdvantageConsumers
	}
	for _, other := range s.streams {
		for _, c := range other.consumers {
			if c.status == Creating {
				creating++
			}
		}
	}
	switch {
	case exists:
		return nil, aws.Errorf(aws.ResourceInUse, "Consumer %s under stream %s already exists for account %s.", *in.ConsumerName, st.name, s.cfg.Account).
			WithHint("Use the one there is: describe-stream-consumer shows its ARN. Or choose another name.")
	case len(st.consumers) >= most:
		return nil, aws.Errorf(aws.LimitExceeded, "This request would exceed the limit of %d registered consumers for the stream %s under account %s.", most, st.name, s.cfg.Account).
			WithHint("Deregister a consumer that is not needed any more: list-stream-consumers shows them.")
	case creating >= l.ConsumersCreating:
		return nil, aws.Errorf(aws.LimitExceeded, "This request would exceed the limit of %d consumers in CREATING state for the account %s in %s.", l.ConsumersCreating, s.cfg.Account, s.cfg.Region).
			WithHint("Wait until one of them is ACTIVE.")
	}
	s.registered++
	now := s.sched.Now()
	c := &ConsumerState{id: s.registered, name: *in.ConsumerName, created: now, attached: tags}
	c.arn = st.arn + "/consumer/" + c.name + ":" + strconv.FormatInt(now.Second(), 10)
	c.meters.wire(s.meter, st.name, c.name)
	st.consumers = sim.Insert(st.consumers, i, c)
	s.setConsumerStatus(st, c, Creating)
	s.sched.After(l.ConsumerCreateDelay, s.owner, evConsumerActive, c.id)
	return &RegisterStreamConsumerOutput{c.describe()}, nil
}

// DeregisterStreamConsumer takes a consumer away. Its subscriptions end at once; it is DELETING for a while. One that is
// DELETING already stays so.
func (s *Service) DeregisterStreamConsumer(in *DeregisterStreamConsumerInput) error {
	st, c, err := s.findConsumer((*consumerID)(in), "DeregisterStreamConsumer", s.cfg.Limits.DeregisterStreamConsumerRate)
	if err != nil || c.status == Deleting {
		return err
	}
	s.setConsumerStatus(st, c, Deleting)
	s.endAll(st, c.id, s.noConsumer(c.arn))
	s.sched.After(s.cfg.Limits.ConsumerDeleteDelay, s.owner, evConsumerGone, c.id)
	return nil
}

// DescribeStreamConsumer tells what a registered consumer is.
func (s *Service) DescribeStreamConsumer(in *DescribeStreamConsumerInput) (*DescribeStreamConsumerOutput, error) {
	st, c, err := s.findConsumer((*consumerID)(in), "DescribeStreamConsumer", s.cfg.Limits.DescribeStreamConsumerRate)
	if err != nil {
		return nil, err
	}
	return &DescribeStreamConsumerOutput{ConsumerDescription{c.name, c.arn, c.status, seconds(c.created), st.arn}}, nil
}

// listConsumersPage is how many consumers ListStreamConsumers answers with, at the most and by default.
// Source: API Reference, ListStreamConsumers.
const listConsumersPage = 100

// ListStreamConsumers lists a stream's registered consumers by name, page by page.
func (s *Service) ListStreamConsumers(in *ListStreamConsumersInput) (*ListStreamConsumersOutput, error) {
	st, err := s.find(nil, in.StreamARN)
	if err != nil {
		return nil, err
	}
	if err := s.admitOn(st, "ListStreamConsumers", s.cfg.Limits.ListStreamConsumersRate); err != nil {
		return nil, err
	}
	after := ""
	if in.NextToken != nil {
		if in.StreamCreationTimestamp != nil {
			return nil, aws.Errorf(aws.InvalidArgument, "NextToken and StreamCreationTimestamp cannot be provided together.").
				WithHint("A NextToken says which stream is meant; leave StreamCreationTimestamp out.")
		}
		b, ok := s.unseal(sealedConsumers, *in.NextToken)
		if !ok || int64(binary.BigEndian.Uint64(b[8:])) != st.id || len(b) < 17+int(b[16]) {
			return nil, invalidToken()
		}
		if err := s.checkToken(b); err != nil {
			return nil, err
		}
		after = string(b[17 : 17+int(b[16])])
	}
	if err := s.madeAt(st, in.StreamCreationTimestamp); err != nil {
		return nil, err
	}
	if !st.takes() {
		return nil, s.needActive(st)
	}
	limit := int(min(cmp.Or(deref(in.MaxResults), listConsumersPage), listConsumersPage))
	out := &ListStreamConsumersOutput{Consumers: []Consumer{}}
	for _, c := range st.consumers {
		if c.name <= after {
			continue
		}
		if n := len(out.Consumers); n == limit {
			last := out.Consumers[n-1].ConsumerName
			b := binary.BigEndian.AppendUint64(nil, uint64(s.sched.Now()))
			b = binary.BigEndian.AppendUint64(b, uint64(st.id))
			b = append(b, byte(len(last)))
			out.NextToken = ptr(s.seal(sealedConsumers, append(b, last...)))
			break
		}
		out.Consumers = append(out.Consumers, c.describe())
	}
	return out, nil
}

// findConsumer returns the consumer that a request names, and its stream, whose rate the call counts against. The
// messages for too few and for contradicting names are ours.
// Source of the words for a consumer that is not there: moto.
func (s *Service) findConsumer(id *consumerID, op string, limit int) (*Stream, *ConsumerState, error) {
	var st *Stream
	var c *ConsumerState
	switch {
	case id.ConsumerARN != nil:
		var ok bool
		if st, c, ok = s.ConsumerOf(*id.ConsumerARN); !ok {
			return nil, nil, s.noConsumer(*id.ConsumerARN)
		}
		if id.StreamARN != nil && *id.StreamARN != st.arn || id.ConsumerName != nil && *id.ConsumerName != c.name {
			return nil, nil, aws.Errorf(aws.InvalidArgument, "ConsumerARN %s, StreamARN and ConsumerName do not name the same consumer.", c.arn).
				WithHint("The ConsumerARN says it all; leave the other two out.")
		}
	case id.StreamARN == nil || id.ConsumerName == nil:
		return nil, nil, aws.Errorf(aws.InvalidArgument, "Either ConsumerARN or both StreamARN and ConsumerName should be provided.").
			WithHint("Name the consumer: --consumer-arn with its ARN, as list-stream-consumers shows it.")
	default:
		var err error
		if st, err = s.find(nil, id.StreamARN); err != nil {
			return nil, nil, err
		}
	}
	if err := s.admitOn(st, op, limit); err != nil {
		return nil, nil, err
	}
	if c == nil {
		var ok bool
		if c, ok = st.Consumer(*id.ConsumerName); !ok {
			return nil, nil, s.noConsumer(*id.ConsumerName)
		}
	}
	return st, c, nil
}

func (s *Service) noConsumer(name string) *aws.Error {
	return aws.Errorf(aws.ResourceNotFound, "Consumer %s, account %s not found.", name, s.cfg.Account).
		WithHint("list-stream-consumers shows the consumers of a stream; register-stream-consumer makes one.")
}

// setConsumerStatus moves a consumer to a status and tells of it.
func (s *Service) setConsumerStatus(st *Stream, c *ConsumerState, status string) {
	c.status = status
	s.notify(Notice{Kind: ConsumerChanged, Stream: st.name, Shard: -1, Status: status, Consumer: c.name})
}

// fireConsumer ends a consumer's CREATING or DELETING.
func (s *Service) fireConsumer(e sim.Event) {
	for _, st := range s.streams {
		for _, c := range st.consumers {
			if c.id != e.Arg {
				continue
			}
			if e.Kind == evConsumerActive && c.status == Creating {
				s.setConsumerStatus(st, c, Active)
			} else if e.Kind == evConsumerGone {
				s.dropConsumer(st, c)
			}
			return
		}
	}
}

// dropConsumer ends DELETING: the consumer is gone, and with it what its shards remember of it.
func (s *Service) dropConsumer(st *Stream, c *ConsumerState) {
	i, _ := st.searchConsumer(c.name)
	st.consumers = slices.Delete(st.consumers, i, i+1)
	for _, sh := range st.listed {
		sh.subs = slices.DeleteFunc(sh.subs, func(sub subscription) bool { return sub.consumer == c.id })
	}
	s.meter.Drop(cloudwatch.Dims{Stream: st.name, Shard: cloudwatch.StreamLevel, Consumer: c.name})
	s.setConsumerStatus(st, c, "")
}

func (c *ConsumerState) clone(meter *cloudwatch.Store, stream string) *ConsumerState {
	n := *c
	n.attached = c.attached.clone()
	n.meters.wire(meter, stream, c.name)
	return &n
}
