package kinesis

import (
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// SubscribeToShardInput is the request of SubscribeToShard.
type SubscribeToShardInput struct {
	ConsumerARN      *string           `aws:"required,len=1..2048,pattern=ConsumerARN"`
	StreamId         *string           `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
	ShardId          *string           `aws:"required,len=1..128,pattern=ShardId"`
	StartingPosition *StartingPosition `aws:"required"`
	DryRun           *bool             `json:",omitempty"`
}

// StartingPosition says where in the shard a subscription begins.
type StartingPosition struct {
	Type           *string        `aws:"required,enum=ShardIteratorType"`
	SequenceNumber *string        `aws:"pattern=SequenceNumber" json:",omitempty"`
	Timestamp      *aws.Timestamp `json:",omitempty"`
}

// SubscribeToShardEvent is what a subscription pushes. At the end of a closed shard it has ChildShards and no
// ContinuationSequenceNumber.
type SubscribeToShardEvent struct {
	Records                    []Record
	ContinuationSequenceNumber *string `json:",omitempty"`
	MillisBehindLatest         int64
	ChildShards                []ChildShard `json:",omitempty"`
}

// A subscription is what a shard knows of one registered consumer: when it called, and, while id is set, where it stands in
// what is pushed to it.
type subscription struct {
	id       int64       // of this subscription and no other; 0 when it has ended
	consumer int64       // id of the consumer
	by       sim.Owner   // who is told of the events, for whoever wired the service
	as       string      // ARN of the principal who called; "" is the administrator
	called   sim.Instant // of the latest call that its rate let through
	opened   sim.Instant // of the latest call that succeeded
	next     int64       // place of the next record
	free     sim.Instant // no event is pushed before: the bytes of the last one are paid by then
	held     sim.Instant // nor before this: the client reads no more until then
	last     sim.Instant // of the latest event
}

// subscribeByDo is SubscribeToShard at a door that answers once.
func (s *Service) subscribeByDo(*SubscribeToShardInput) (*SubscribeToShardEvent, error) {
	return nil, aws.Errorf(aws.InvalidArgument, "SubscribeToShard answers with a stream of events, which this door cannot carry.").
		WithHint("Subscribe with an AWS SDK at the lab's endpoint, or let a consumer of the lab do it: lab put-consumer --name board --stream-name orders --retrieval-mode FANOUT.")
}

// Subscribe runs SubscribeToShard: from now on what the shard has for the consumer is pushed, each event as a Notice of
// kind EventPushed with the id that Subscribe returns, until one of kind SubscriptionEnded. by stands in those notices. The
// events of a subscription have 2 MiB a second together, its own; whatever does not fit comes later.
//
// A second call for the same consumer and shard is refused for 5 seconds after a call that succeeded, then it takes over.
// Source: API Reference, SubscribeToShard. The words for too many calls a second are ours; the two others are answers of the
// service in public issues.
func (s *Service) Subscribe(in *SubscribeToShardInput, by sim.Owner) (int64, error) {
	if err := s.Allow("SubscribeToShard", *in.ConsumerARN); err != nil {
		return 0, err
	}
	st, c, ok := s.ConsumerOf(*in.ConsumerARN)
	if !ok {
		return 0, s.noConsumer(*in.ConsumerARN)
	}
	fault, err := s.inject("SubscribeToShard", st)
	switch {
	case err != nil:
		return 0, err
	case !st.takes():
		return 0, s.notFound(st.name)
	case c.status != Active:
		return 0, aws.Errorf(aws.ResourceInUse, "Consumer %s with creation timestamp %d under stream: %s , account %s is not in ACTIVE status.", c.name, c.created.Second(), st.name, s.cfg.Account).
			WithHint("The consumer is %s; it can subscribe while describe-stream-consumer says ACTIVE.", c.status)
	}
	if err := s.admitDry(st, in.DryRun); err != nil {
		return 0, err
	}
	number, ok := ParseShardID(*in.ShardId)
	if !ok {
		return 0, s.noShard(st, *in.ShardId)
	}
	sh, ok := st.Shard(number)
	if !ok {
		return 0, s.noShard(st, ShardID(number))
	}
	from := &GetShardIteratorInput{ShardIteratorType: in.StartingPosition.Type, StartingSequenceNumber: in.StartingPosition.SequenceNumber, Timestamp: in.StartingPosition.Timestamp}
	if err := checkIteratorType(from); err != nil {
		return 0, err
	}
	next, err := s.place(st, sh, from, "SubscribeToShard")
	if err != nil {
		return 0, err
	}
	if err := wouldSucceed(in.DryRun); err != nil {
		return 0, err
	}
	now, l := s.sched.Now(), &s.cfg.Limits
	i := slices.IndexFunc(sh.subs, func(sub subscription) bool { return sub.consumer == c.id })
	if i < 0 {
		i = len(sh.subs)
		sh.subs = append(sh.subs, subscription{consumer: c.id})
	}
	sub := &sh.subs[i]
	if sub.called != 0 && now.Sub(sub.called) < time.Second/time.Duration(l.SubscribeToShardRate) {
		err = aws.Errorf(aws.LimitExceeded, "Rate exceeded for consumer %s and shard %s in stream %s under account %s.", c.name, sh.ID(), st.name, s.cfg.Account).
			WithHint("SubscribeToShard is answered %d time a second for a consumer and a shard. Wait a second and try again.", l.SubscribeToShardRate)
	} else {
		sub.called = now
		if sub.opened != 0 && now.Sub(sub.opened) < l.SubscriptionHold {
			err = aws.Errorf(aws.ResourceInUse, "Another active subscription exists for this consumer: %s:%s:%s:%s", s.cfg.Account, st.name, sh.ID(), c.name).
				WithHint("For %d seconds after a call that succeeded, a consumer cannot subscribe to the shard again. Then the new subscription takes over.", int(l.SubscriptionHold.Seconds()))
		}
	}
	if err != nil {
		c.meters.success.Add(now, 0)
		c.meters.rateExceeded.Add(now, 1)
		return 0, err
	}
	c.meters.success.Add(now, 1)
	c.meters.rateExceeded.Add(now, 0)
	if sub.id != 0 {
		s.end(st, sh, i, aws.Errorf(aws.ResourceInUse, "Another active subscription exists for this consumer: %s:%s:%s:%s", s.cfg.Account, st.name, sh.ID(), c.name).
			WithHint("A newer call of SubscribeToShard took this subscription over."))
	}
	s.subscribed++
	sh.subs[i] = subscription{id: s.subscribed, consumer: c.id, by: by, as: s.caller, called: now, opened: now, next: next, last: now}
	if fault.Lost { // and the connection with it
		sh.subs[i].id = 0
		return 0, s.lostAnswer()
	}
	s.planPush(st, sh)
	return s.subscribed, nil
}

// Unsubscribe ends a subscription as a client does that closes its connection: nobody is told. It is no fault when it has
// ended before.
func (s *Service) Unsubscribe(id int64) {
	if _, _, sub := s.subscriptionOf(id); sub != nil {
		sub.id = 0
	}
}

// HoldBack lets a subscription push nothing before an instant, as a client does that reads no more from its connection.
func (s *Service) HoldBack(id int64, until sim.Instant) {
	if st, sh, sub := s.subscriptionOf(id); sub != nil {
		sub.held = max(sub.held, until)
		s.planPush(st, sh)
	}
}

// LetGo ends a HoldBack: what there is may be pushed as soon as the bytes of the last event are paid.
func (s *Service) LetGo(id int64) {
	if st, sh, sub := s.subscriptionOf(id); sub != nil {
		sub.held = 0
		s.planPush(st, sh)
	}
}

// A Subscription is one that lives, to look at.
type Subscription struct {
	Consumer     string // name of the registered consumer
	Opened, Ends sim.Instant
	Next         int64 // place of the next record
}

// Subscriptions lists the subscriptions to a shard that live, in the order in which their consumers first called.
func (s *Service) Subscriptions(st *Stream, sh *ShardState) []Subscription {
	var all []Subscription
	for i := range sh.subs {
		for _, c := range st.consumers {
			if sub := &sh.subs[i]; sub.id != 0 && c.id == sub.consumer {
				all = append(all, Subscription{c.name, sub.opened, s.ends(sub), sub.next})
			}
		}
	}
	return all
}

// subscriptionOf finds a subscription that has not ended.
func (s *Service) subscriptionOf(id int64) (*Stream, *ShardState, *subscription) {
	for _, st := range s.streams {
		for _, sh := range st.listed {
			for i := range sh.subs {
				if sh.subs[i].id == id && id != 0 {
					return st, sh, &sh.subs[i]
				}
			}
		}
	}
	return nil, nil, nil
}

// ends is when a subscription is over.
func (s *Service) ends(sub *subscription) sim.Instant {
	return sub.opened.Add(s.cfg.Limits.SubscriptionLifetime)
}

// due is when something happens to a subscription: it ends, an event with records or the shard's end is pushed, or one
// without records that shows that it lives.
func (s *Service) due(sh *ShardState, sub *subscription) sim.Instant {
	at := sub.last.Add(s.cfg.Limits.SubscriptionHeartbeat)
	if next := max(sub.next, sh.records.First()); next < sh.records.Next() {
		at = min(at, max(sh.spread.visible(sh.records.At(next).At), sh.failover))
	} else if !sh.Open() {
		at = 0
	}
	return min(max(at, sub.free, sub.held), s.ends(sub))
}

// planPush sees to it that what is due next for a shard's subscriptions happens in time. Signs of life are seconds away while
// records come every few milliseconds: they have an event of their own, so that the schedule does not fill with those that
// were overtaken.
func (s *Service) planPush(st *Stream, sh *ShardState) {
	first := sim.Instant(0)
	for i := range sh.subs {
		if sub := &sh.subs[i]; sub.id != 0 {
			if at := s.due(sh, sub); first == 0 || at < first {
				first = max(at, 1)
			}
		}
	}
	if first == 0 || sh.pushAt != 0 && sh.pushAt <= first || sh.laterAt != 0 && sh.laterAt <= first {
		return
	}
	now := s.sched.Now()
	at := &sh.pushAt
	if first > now+micro {
		at = &sh.laterAt
	}
	*at = max(first, now)
	s.sched.At(*at, s.owner, evPush, shardArg(st, sh.number))
}

// push does what is due for a shard's subscriptions; at is when it was planned. Whoever is told may subscribe anew
// meanwhile, so each time the first that is due is looked for again.
func (s *Service) push(st *Stream, sh *ShardState, at sim.Instant) {
	now := s.sched.Now()
	if at != sh.pushAt && at != sh.laterAt {
		return // an earlier one came between
	}
	if at == sh.pushAt {
		sh.pushAt = 0
	}
	if at == sh.laterAt {
		sh.laterAt = 0
	}
	for {
		i := slices.IndexFunc(sh.subs, func(sub subscription) bool { return sub.id != 0 && s.due(sh, &sub) <= now })
		switch {
		case i < 0:
			s.planPush(st, sh)
			return
		case s.ends(&sh.subs[i]) <= now:
			s.end(st, sh, i, nil)
		default:
			s.pushOne(st, sh, i)
		}
	}
}

// pushOne pushes one event and counts it.
func (s *Service) pushOne(st *Stream, sh *ShardState, i int) {
	now, l, sub := s.sched.Now(), &s.cfg.Limits, &sh.subs[i]
	b := s.gather(st, sh, Cursor{sh.number, sub.next, now}, l.EventRecords, l.EventBytes)
	id, by := sub.id, sub.by
	caller := s.caller
	s.caller = sub.as
	err := s.decrypt(st, &b)
	s.caller = caller
	if err != nil { // a frame of an error ends the stream of events
		for _, c := range st.consumers {
			if c.id == sub.consumer {
				c.meters.events.Add(now, 0)
			}
		}
		s.end(st, sh, i, err.(*aws.Error))
		return
	}
	sub.next, sub.last = b.Next.Index, now
	sub.free = max(sub.free, now) + sim.Instant((b.Bytes*micro+l.SubscriptionBytesPerSecond-1)/l.SubscriptionBytesPerSecond)
	for _, c := range st.consumers {
		if m := &c.meters; c.id == sub.consumer {
			m.events.Add(now, 1)
			m.bytes.Add(now, float64(b.Bytes))
			m.records.Add(now, float64(b.Len()))
			m.behind.Add(now, float64(b.MillisBehind))
		}
	}
	st.meters.fanOutBytes.Add(now, float64(b.Bytes))
	sh.meters.outBytes.Add(now, float64(b.Bytes))
	sh.meters.outRecords.Add(now, float64(b.Len()))
	last := sh.recent.now(now)
	last.PushRecords += int64(b.Len())
	last.PushBytes += b.Bytes
	s.notify(Notice{Kind: EventPushed, Stream: st.name, Shard: sh.number, Subscription: id, By: by, Batch: &b})
	if b.End {
		if i := slices.IndexFunc(sh.subs, func(sub subscription) bool { return sub.id == id }); i >= 0 {
			s.end(st, sh, i, nil)
		}
	}
}

// end ends a subscription and tells of it; err is what its client hears, nil when it is over as it should be.
func (s *Service) end(st *Stream, sh *ShardState, i int, err *aws.Error) {
	sub := &sh.subs[i]
	n := Notice{Kind: SubscriptionEnded, Stream: st.name, Shard: sh.number, Subscription: sub.id, By: sub.by, Err: err}
	sub.id = 0
	s.notify(n)
}

// endAll ends the subscriptions of one consumer of a stream, or of all when consumer is 0.
func (s *Service) endAll(st *Stream, consumer int64, err *aws.Error) {
	for _, sh := range st.listed {
		s.endShard(st, sh, consumer, err)
	}
}

func (s *Service) endShard(st *Stream, sh *ShardState, consumer int64, err *aws.Error) {
	for i := range sh.subs {
		if sub := &sh.subs[i]; sub.id != 0 && (consumer == 0 || sub.consumer == consumer) {
			s.end(st, sh, i, err)
		}
	}
}

// Event is a batch that was pushed as it goes over the wire.
func (s *Service) Event(b *Batch) SubscribeToShardEvent {
	e := SubscribeToShardEvent{Records: b.wire(), MillisBehindLatest: b.MillisBehind}
	if b.End {
		e.ChildShards = b.childShards()
	} else {
		e.ContinuationSequenceNumber = ptr(b.shard.Continuation(b.Next.Index, b.Next.Issued))
	}
	return e
}

// Continuation is the ContinuationSequenceNumber of who comes to a place next, handed out at now: a number behind that of
// the record before it and before that of its own, so that AT and AFTER it lead to the same place, whether or not there are
// records.
func (sh *ShardState) Continuation(place int64, now sim.Instant) string {
	return SequenceNumber{sh.since, sh.number, place, now.Second() + 1}.String()
}

// SubscribeFrom is Subscribe without the wire. It answers with the place of the first record that will be pushed, too.
func (s *Service) SubscribeFrom(c *ConsumerState, shard int32, from Position, by sim.Owner) (int64, Cursor, error) {
	p := &StartingPosition{Type: ptr(from.Type)}
	if from.Number != "" {
		p.SequenceNumber = ptr(from.Number)
	}
	if !from.At.IsZero() {
		p.Timestamp = ptr(aws.Timestamp(from.At.UnixMilli()))
	}
	id, err := s.Subscribe(&SubscribeToShardInput{ConsumerARN: &c.arn, ShardId: ptr(ShardID(shard)), StartingPosition: p}, by)
	if err != nil {
		return 0, Cursor{}, err
	}
	_, _, sub := s.subscriptionOf(id)
	return id, Cursor{shard, sub.next, sub.opened}, nil
}
