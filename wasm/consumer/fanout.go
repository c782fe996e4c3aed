package consumer

import (
	"cmp"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
)

// How a consumer gets records: it asks for them and shares what the shard gives out with all who ask, or they are pushed to
// it with a throughput of its own. The words are those of the Kinesis Client Library's settings.
const (
	Polling = "POLLING"
	FanOut  = "FANOUT"
)

// Notices of a consumer with enhanced fan-out; the others are in [Behind]'s list.
const (
	Unregistered NoticeKind = 100 + iota // it cannot register as a consumer: Code
	Deregistered                         // its consumer is not registered any more
	Subscribed                           // N shards push to it from now on
	Renewed                              // N of its subscriptions were over after five minutes, and it subscribed again
	Refused                              // its subscription to shard Shard is refused: Code
	TakenOver                            // another reader of the same consumer took its subscription to shard Shard over
)

// RegisteredAs is the name of the registered consumer that it reads as with enhanced fan-out.
func (s Settings) RegisteredAs() string { return cmp.Or(s.ConsumerName, s.Name) }

// Enrolled is the status of the registered consumer it reads as, as it saw it last: CREATING, ACTIVE or DELETING, "" when there
// is none or it reads by polls.
func (c *Consumer) Enrolled() string { return c.enrolled }

// enroll sees to its registered consumer, as the Kinesis Client Library does: it takes the one there is, registers one when
// there is none, and waits until it is ACTIVE. It registers once: when somebody takes the consumer away, it waits until
// somebody brings it back.
func (c *Consumer) enroll(w World, stream *kinesis.Stream) {
	name, arn := c.set.RegisteredAs(), stream.ARN()
	was, about := c.enrolled, arn
	c.enrolled = ""
	if x, ok := stream.Consumer(name); ok {
		about = x.ARN()
	}
	var out *kinesis.DescribeStreamConsumerOutput
	err := w.Kinesis.Allow("DescribeStreamConsumer", about)
	if err == nil {
		out, err = w.Kinesis.DescribeStreamConsumer(&kinesis.DescribeStreamConsumerInput{StreamARN: &arn, ConsumerName: &name})
	}
	switch {
	case aws.Denied(aws.CodeOf(err)):
		c.block(w, aws.CodeOf(err), true)
		return
	case err == nil:
		c.enrolled, c.registered, c.unwanted = out.ConsumerDescription.ConsumerStatus, true, ""
		return
	case aws.CodeOf(err) != aws.ResourceNotFound:
		c.enrolled = was // it could not ask, and asks again soon
		return
	case c.registered:
		if c.unwanted == "" {
			c.unwanted = aws.ResourceNotFound
			w.Notify(Notice{Kind: Deregistered})
		}
		return
	}
	if err := w.Kinesis.Allow("RegisterStreamConsumer", arn); err != nil {
		c.block(w, aws.CodeOf(err), true)
		return
	}
	made, err := w.Kinesis.RegisterStreamConsumer(&kinesis.RegisterStreamConsumerInput{StreamARN: &arn, ConsumerName: &name})
	if err == nil {
		c.enrolled, c.registered, c.unwanted = made.Consumer.ConsumerStatus, true, ""
		return
	}
	if code := aws.CodeOf(err); code != c.unwanted && code != aws.ResourceInUse { // a stream that is UPDATING is soon ACTIVE again
		c.unwanted = code
		w.Notify(Notice{Kind: Unregistered, Code: code})
	}
}

// subscribe subscribes to every shard that is due, and counts those that were new and those that were renewed.
func (c *Consumer) subscribe(w World) {
	stream, ok := w.Kinesis.Stream(c.set.StreamName)
	if !ok || c.enrolled != kinesis.Active {
		return
	}
	consumer, ok := stream.Consumer(c.set.RegisteredAs())
	if !ok {
		return
	}
	now := w.Sched.Now()
	subscribed, renewed := int64(0), int64(0)
	for i := range c.places {
		p := &c.places[i]
		if p.Phase != Reading || p.sub != 0 || p.Due > now {
			continue
		}
		from := kinesis.Begin(p.From, c.set.Timestamp)
		if p.issued != 0 {
			if shard, ok := stream.Shard(p.Shard); ok {
				from = kinesis.Position{Type: kinesis.AfterSequenceNumber, Number: shard.Continuation(p.Next, now)}
			}
		}
		c.second(now).Calls++
		c.total.Calls++
		id, at, err := w.Kinesis.SubscribeFrom(consumer, p.Shard, from, w.Owner)
		if err != nil {
			c.notSubscribed(w, p, err)
			continue
		}
		switch {
		case c.atRead && c.blocked != aws.AccessDenied && c.blocked != aws.UnrecognizedClient:
			// A key failed, which is heard of in the stream: whether it serves again shows the next event.
		case p.renew:
			renewed++
		default:
			subscribed++
		}
		if subscribed+renewed > 0 && c.atRead {
			c.unblock(w)
		}
		if p.issued == 0 {
			p.Start = at.Index
		}
		p.sub, p.Next, p.issued, p.Subscribed, p.fails, p.renew = id, at.Index, now, now, 0, false
	}
	if subscribed > 0 {
		w.Notify(Notice{Kind: Subscribed, N: subscribed})
	}
	if renewed > 0 {
		w.Notify(Notice{Kind: Renewed, N: renewed})
	}
}

// notSubscribed waits a second after a call of SubscribeToShard that was refused, and then calls again: sooner nobody is
// answered. A shard that is gone is left.
func (c *Consumer) notSubscribed(w World, p *Place, err error) {
	now := w.Sched.Now()
	code := aws.CodeOf(err)
	stream, ok := w.Kinesis.Stream(c.set.StreamName)
	if ok {
		_, ok = stream.Shard(p.Shard)
	}
	if !ok {
		p.Phase = Gone
		return
	}
	if aws.Denied(code) {
		c.block(w, code, true)
		p.Due = now.Add(deniedPause)
		return
	}
	c.second(now).Refused++
	c.total.Refused++
	p.Due = now.Add(eagerSync)
	if p.fails++; p.fails == 1 && (code == aws.ResourceInUse || code == aws.LimitExceeded) {
		w.Notify(Notice{Kind: Refused, Shard: p.Shard, Code: code})
	}
	if code == aws.ResourceNotFound {
		c.enrolled = ""
	}
}

// Pushed takes what a subscription pushed, or its end, and returns how many records came.
func (c *Consumer) Pushed(w World, n kinesis.Notice) int {
	p := c.place(n.Shard)
	if p == nil || p.sub != n.Subscription {
		return 0
	}
	now := w.Sched.Now()
	records := 0
	if n.Kind == kinesis.EventPushed {
		records = c.takePushed(w, p, n.Batch)
	} else {
		p.sub, p.Subscribed, p.Due = 0, 0, now
		switch {
		case n.Err == nil:
			p.renew = true
		case aws.Denied(n.Err.Code): // of a KMS key
			p.Due = now.Add(w.Kinesis.Limits().SubscriptionHold) // sooner nobody may subscribe again
			p.Answered = 0                                       // what it knew of its lag is no longer so
			c.block(w, n.Err.Code, true)
		case n.Err.Code == aws.ResourceInUse:
			p.Due = now.Add(eagerSync)
			w.Notify(Notice{Kind: TakenOver, Shard: p.Shard})
		case n.Err.Code == aws.ResourceNotFound: // the stream, the consumer or the shard
			c.enrolled = ""
			c.synced = min(c.synced, now.Add(-syncEvery))
		}
	}
	c.watch(w)
	c.wake(w)
	return records
}

// takePushed takes an event.
func (c *Consumer) takePushed(w World, p *Place, b *kinesis.Batch) int {
	now := w.Sched.Now()
	sec := c.second(now)
	latency := c.dice.Between(quickest, slowest).Truncate(micro)
	n := b.Len()
	c.total.Events++
	if n > 0 {
		if c.atRead {
			c.unblock(w)
		}
		c.take(w, p, b, now.Add(latency))
		if w.Flight != nil {
			w.Flight(Flight{now, now.Add(latency), p.Shard, n})
		}
		sec.Read += int32(n)
		c.total.Read += int64(n)
		c.total.Bytes += b.Bytes
		if c.set.RecordsPerSecond > 0 {
			c.busy = max(c.busy, now.Add(latency)).Add(c.set.processing(n))
			w.Kinesis.HoldBack(p.sub, c.busy) // one event of each shard waits to be processed
		}
	}
	p.Next, p.Answered, p.Behind = b.Next.Index, now, b.MillisBehind
	sec.Behind = max(sec.Behind, b.MillisBehind)
	if b.End {
		p.Phase, p.sub, p.Subscribed = Done, 0, 0
		w.Notify(Notice{Kind: Finished, Shard: p.Shard})
		c.synced = min(c.synced, now.Add(-syncEvery)) // the event names the child shards
	}
	return n
}

// hangUp closes its subscriptions; it keeps its place.
func (c *Consumer) hangUp(w World) {
	for i := range c.places {
		p := &c.places[i]
		if p.sub != 0 {
			w.Kinesis.Unsubscribe(p.sub)
			p.sub, p.Subscribed = 0, 0
		}
	}
}
