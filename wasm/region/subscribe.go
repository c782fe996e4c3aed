package region

import (
	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// ownerOutside subscribes for clients outside the world. Nothing on the schedule belongs to it.
const ownerOutside sim.Owner = -1

// A mailbox holds what was pushed to a client outside the world until it is fetched. It is no part of the state: what the
// world does never depends on who fetches what, and a copy of the world has no mailboxes.
type mailbox struct {
	batches []*kinesis.Batch // oldest first; they hold places, not records
	end     *aws.Error
	over    bool
}

// pushedBytes is about how many bytes of data and keys one call of Pushed returns at the most, so that a client that comes
// late gets what it missed in pieces.
const pushedBytes = 4 << 20

// Subscribe runs SubscribeToShard for a client outside the world, as the principal with the ARN as, "" for the administrator.
// It is a deed at the door like any command: what is pushed, when, and what it counts in metrics follows from it alone. The
// id names the subscription for Pushed and Unsubscribe; the reply has no body, because the answer are the events, or it has
// an error and the id is 0.
func (r *Region) Subscribe(as string, body []byte) (id int64, reply Reply) {
	q, bad := Prepare(Command{Service: Kinesis, Op: "SubscribeToShard", Body: body, As: as})
	r.Settle()
	if bad != nil {
		return 0, Reply{Err: bad}
	}
	r.kinesis.ActAs(as)
	id, err := r.kinesis.Subscribe(q.read.In.(*kinesis.SubscribeToShardInput), ownerOutside)
	r.kinesis.ActAs("")
	if err != nil {
		return 0, Reply{Err: serviceError(err)}
	}
	if r.outside == nil {
		r.outside = map[int64]*mailbox{}
	}
	r.outside[id] = &mailbox{}
	r.Settle()
	return id, Reply{}
}

// Pushed returns the events that a subscription of Subscribe pushed and that were not returned before, oldest first: those
// that are due at the instant at which the world stands, and no more than some 4 MiB at a time. When done is true the
// subscription is over and nothing follows; end then is the exception that ends the event stream, nil when it is over as it
// should be. A subscription that is not there is done.
func (r *Region) Pushed(id int64) (events []kinesis.SubscribeToShardEvent, end *aws.Error, done bool) {
	m, ok := r.outside[id]
	if !ok {
		return nil, nil, true
	}
	bytes := int64(0)
	for len(m.batches) > 0 && bytes < pushedBytes {
		bytes += m.batches[0].Bytes
		events = append(events, r.kinesis.Event(m.batches[0]))
		m.batches = m.batches[1:]
	}
	if len(m.batches) > 0 || !m.over {
		return events, nil, false
	}
	delete(r.outside, id)
	return events, m.end, true
}

// Unsubscribe ends a subscription of Subscribe, as a client does that closes its connection. It is a deed at the door, too.
func (r *Region) Unsubscribe(id int64) {
	r.Settle()
	r.kinesis.Unsubscribe(id)
	delete(r.outside, id)
}

// HoldBack lets a subscription of Subscribe push nothing before an instant, as a client does that reads no more from its
// connection for a while. It is a deed at the door, too.
func (r *Region) HoldBack(id int64, until sim.Instant) {
	r.Settle()
	r.kinesis.HoldBack(id, until)
}

// pushed hands what a subscription pushed, or its end, to its client.
func (r *Region) pushed(n kinesis.Notice) {
	if n.By >= ownerActors {
		if a, ok := r.actors[n.By-ownerActors].(subscriber); ok {
			r.work += a.pushed(r, n)
		}
		return
	}
	m, ok := r.outside[n.Subscription]
	switch {
	case !ok:
	case n.Kind == kinesis.EventPushed:
		m.batches = append(m.batches, n.Batch)
	default:
		m.over, m.end = true, n.Err
	}
}
