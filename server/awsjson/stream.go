package awsjson

import (
	"net/http"
	"sync"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/region"
)

// Bounds of event streams. All of them are ours.
const (
	slow       = 60 * time.Second     // how long a client may take to receive one frame
	waiting    = 4 << 20              // bytes that wait for a client; with more, its subscription pushes nothing for a while
	shortest   = 2 * time.Millisecond // between two looks at a world
	longest    = time.Second
	breath     = 20 * time.Millisecond // before a stream begins
	frameBytes = 64 << 10              // what a frame begins with room for
)

// A stream is what waits to be written to one client of SubscribeToShard.
type stream struct {
	mu    sync.Mutex
	queue []kinesis.SubscribeToShardEvent
	bytes int64 // of data and keys in queue
	end   *aws.Error
	over  bool
	news  chan struct{} // of capacity 1
}

// fetch takes what was pushed to a subscription, and reports that it is over. The caller has the tenant's turn.
func (st *stream) fetch(world *region.Region, id int64) (over bool) {
	for {
		events, end, done := world.Pushed(id)
		if len(events) > 0 || done {
			st.push(events, end, done)
		}
		if done {
			return true
		}
		if len(events) == 0 {
			break
		}
	}
	st.mu.Lock()
	bytes := st.bytes
	st.mu.Unlock()
	if bytes > waiting {
		world.HoldBack(id, world.Now().Add(2*slice)) // past the next look at it
	}
	return false
}

// push adds to what waits.
func (st *stream) push(events []kinesis.SubscribeToShardEvent, end *aws.Error, over bool) {
	st.mu.Lock()
	for i := range events {
		st.bytes += eventBytes(&events[i])
	}
	st.queue = append(st.queue, events...)
	st.end, st.over = end, over
	st.mu.Unlock()
	select {
	case st.news <- struct{}{}:
	default:
	}
}

// take takes the first event that waits. Without one, over says that none will come.
func (st *stream) take() (event *kinesis.SubscribeToShardEvent, end *aws.Error, over bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if len(st.queue) == 0 {
		return nil, st.end, st.over
	}
	first := st.queue[0]
	st.queue = st.queue[1:]
	st.bytes -= eventBytes(&first)
	return &first, nil, false
}

func eventBytes(e *kinesis.SubscribeToShardEvent) (n int64) {
	for i := range e.Records {
		n += int64(len(e.Records[i].Data) + len(e.Records[i].PartitionKey))
	}
	return n
}

// subscribe answers SubscribeToShard: with an error as any operation does, or with an event stream that lives until the
// subscription ends, the client goes away, or the endpoint is closed.
func (c *call) subscribe(body []byte) {
	ts := c.e.tenants
	ts.mu.Lock()
	full := ts.open >= c.e.cfg.Limits.Subscriptions
	if full {
		ts.warn(&ts.warnedStreams, "no new event stream is taken: raise -aws-event-streams", "streams", ts.open)
	} else {
		ts.open++
	}
	ts.mu.Unlock()
	if full {
		c.refuse(aws.Errorf(aws.LimitExceeded, "This endpoint serves %d event streams at a time, and no more. End one, or start the endpoint with a greater -aws-event-streams.", c.e.cfg.Limits.Subscriptions))
		return
	}
	defer func() {
		ts.mu.Lock()
		ts.open--
		ts.mu.Unlock()
	}()
	t, refused := ts.hold(c.who.tenant, c.who.account)
	if refused != nil {
		c.refuse(refused)
		return
	}
	defer ts.release(t)
	st := &stream{news: make(chan struct{}, 1)}
	var id int64
	failed := ts.turn(t, func(world *region.Region) {
		var reply region.Reply
		if id, reply = world.Subscribe(c.who.principal, body); reply.Err != nil {
			refused = reply.Err
			return
		}
		if t.streams == nil {
			t.streams = map[int64]*stream{}
		}
		t.streams[id] = st
		if !t.driven {
			t.driven = true
			c.e.done.Add(1)
			go func() {
				defer c.e.done.Done()
				ts.drive(t)
			}()
		}
	})
	if failed != nil {
		refused = failed
	}
	if refused != nil {
		c.refuse(refused)
		return
	}
	t.stir()
	c.free()
	defer func() {
		_ = ts.turn(t, func(world *region.Region) {
			if t.streams[id] == st { // else it is over, or its world is
				world.Unsubscribe(id)
				delete(t.streams, id)
			}
		})
	}()
	c.write(st)
}

// write writes an event stream. The answer's head and the first frame go out before there is any event: clients wait for
// them. They go out after a breath, as over a network: an answer that comes within microseconds finds the SDK for Go still
// looking for the end of what it sent, and closing that to read the answer, whereupon its connection breaks.
func (c *call) write(st *stream) {
	select {
	case <-time.After(breath):
	case <-c.r.Context().Done():
		return
	case <-c.e.ctx.Done():
	}
	conn := http.NewResponseController(c.w)
	conn.SetReadDeadline(time.Time{}) // the request was read; a deadline would end the answer
	h := c.w.Header()
	h.Set("Content-Type", eventual)
	c.wrote = true
	c.w.WriteHeader(http.StatusOK)
	frame := make([]byte, 0, frameBytes)
	send := func(headers []header, payload []byte) bool {
		frame = appendFrame(frame[:0], headers, payload)
		conn.SetWriteDeadline(time.Now().Add(slow))
		if _, err := c.w.Write(frame); err != nil {
			return false
		}
		if cap(frame) > 16*frameBytes {
			frame = make([]byte, 0, frameBytes)
		}
		return conn.Flush() == nil
	}
	types := c.payloads()
	if !send([]header{{messageType, "event"}, {eventType, "initial-response"}, {frameContent, types.small}}, types.empty) {
		return
	}
	for {
		event, end, over := st.take()
		switch {
		case event != nil:
			if !send([]header{{messageType, "event"}, {eventType, "SubscribeToShardEvent"}, {frameContent, types.event}}, types.encode(event)) {
				return
			}
			continue
		case over:
			if end != nil {
				send([]header{{messageType, "exception"}, {exceptionType, end.Code}, {frameContent, types.small}}, types.encode(&struct {
					Message string `json:"message"`
				}{end.Message}))
			}
			return
		}
		select {
		case <-st.news:
		case <-c.r.Context().Done():
			return
		case <-c.e.ctx.Done():
			return
		}
	}
}

// payloads are how the frames of one stream carry what they carry.
type payloads struct {
	small, event string // content types
	empty        []byte
	encode       func(any) []byte
}

// payloads has the payloads in the form of the request.
// Source: facts on the event stream, where a captured frame names the type of the protocol, and the others that of Smithy.
func (c *call) payloads() payloads {
	if c.form.contentType == cbor11 {
		return payloads{cbor11, cbor11, []byte{cborMap | 31, cborBreak}, cbor{}.encode}
	}
	return payloads{bareJSON, json11, []byte("{}"), encodeJSON}
}

// stir lets whoever drives a tenant look at its world at once: something may be due earlier than it was.
func (t *tenant) stir() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// drive lets time pass in a world as long as it has event streams, so that events go out when they are due.
func (ts *tenants) drive(t *tenant) {
	timer := time.NewTimer(longest)
	defer timer.Stop()
	for {
		wait, driven := longest, false
		failed := ts.turn(t, func(world *region.Region) {
			if driven = len(t.streams) > 0; !driven {
				t.driven = false
				return
			}
			if due, ok := world.NextAt(); ok {
				wait = max(shortest, min(longest, ts.e.clock.until(ts.e.cfg.Now(), due)))
			}
		})
		if !driven && failed == nil {
			return
		}
		timer.Reset(shortest) // however often it is stirred
		select {
		case <-timer.C:
		case <-ts.e.ctx.Done():
			return
		}
		timer.Reset(wait - shortest)
		select {
		case <-timer.C:
		case <-t.wake:
		case <-ts.e.ctx.Done():
			return
		}
	}
}
