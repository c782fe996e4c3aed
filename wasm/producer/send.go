package producer

import (
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/load"
	"shardlab/wasm/sim"
)

// A waiting record is one that is sent, or waits to be sent again.
type waiting struct {
	due     sim.Instant // when it is sent again
	plan    *plan       // of the settings it was made under
	ordinal int64
	key     int32
	variant int32
	made    *load.Made // of a source that is not plain: instead of the plan's key and payload
	tries   int16      // attempts made
	paid    int16      // tokens of the retry quota for the latest retry
	had     bool       // the stream has it already: a whole call is repeated
}

// name is the record's partition key.
func (a *waiting) name() string {
	if a.made != nil {
		return a.made.Key
	}
	return a.plan.Names[a.key]
}

// entry is the record for the service.
func (a *waiting) entry() kinesis.PutEntry {
	if a.made != nil {
		return kinesis.PutEntry{Key: a.made.Key, Data: a.made.Data}
	}
	return kinesis.PutEntry{Key: a.plan.Names[a.key], Hash: a.plan.hashes[a.key], Explicit: true, Data: a.plan.Record(a.key, a.variant, a.ordinal)}
}

func (a *waiting) before(b *waiting) bool {
	return a.due < b.due || a.due == b.due && (a.ordinal < b.ordinal || a.ordinal == b.ordinal && a.tries < b.tries)
}

// again sends what waits and is due. Records that are due at one instant go together, up to a batch.
func (p *Producer) again(w World) int {
	now := w.Sched.Now()
	work := 0
	for len(p.queue) > 0 && p.queue[0].due <= now {
		p.call = p.call[:0]
		first := p.queue[0].due
		for len(p.queue) > 0 && len(p.call) < p.set.Batch && p.queue[0].due <= now {
			if p.set.Retry.Mode == Immediate && p.queue[0].due != first {
				break // another call
			}
			p.call = append(p.call, p.pop())
		}
		work += len(p.call)
		p.send(w, p.call)
	}
	return work
}

// send makes one call of the API with the records and sees to the answers.
func (p *Producer) send(w World, call []waiting) {
	now := w.Sched.Now()
	sec := p.seconds.Now(now)
	p.total.Calls++
	sec.Calls++
	sec.Sent += int32(len(call))
	p.entries = p.entries[:0]
	for i := range call {
		r := &call[i]
		r.tries++
		p.entries = append(p.entries, r.entry())
	}
	for len(p.results) < len(call) {
		p.results = append(p.results, kinesis.PutResult{})
	}
	results := p.results[:len(call)]
	err := p.put(w, results)
	whole := aws.Retryable(aws.CodeOf(err)) // the call as such failed, in a way that may pass
	var known answer
	if aws.CodeOf(err) != aws.ResourceNotFound { // then there was no call
		known = p.known(w)
	}
	if known.late {
		whole = true
		p.total.TimedOut++
		w.Notify(Notice{Kind: TimedOut, N: 1})
	}
	if err != nil && !whole {
		sec.Refused += int32(len(call))
		p.total.Refused += int64(len(call))
		p.lost(now, len(call))
		if code := aws.CodeOf(err); p.blocked != code {
			p.blocked = code
			w.Notify(Notice{Kind: Blocked, Code: code})
		}
		return
	}
	if p.blocked != "" {
		p.blocked = ""
		w.Notify(Notice{Kind: Unblocked})
	}
	refused, taken := 0, 0
	for i := range results {
		r := &call[i]
		ok := results[i].OK()
		if w.Flight != nil && (w.Every <= 1 || r.ordinal%w.Every == 0) {
			w.Flight(Flight{now, now.Add(p.flightTime(r.ordinal) + p.lateness(w)), results[i].Shard, r.name(), !ok})
		}
		if !ok {
			refused++
			continue
		}
		p.accepted(r, now)
		taken++
		if whole { // taken, but the answer was lost
			r.had = true
			continue
		}
		switch {
		case p.set.Retry.Mode != Backoff:
		case r.tries > 1:
			p.tokens = min(quotaTokens, p.tokens+int64(r.paid))
		default:
			p.tokens = min(quotaTokens, p.tokens+quotaBack)
		}
	}
	sec.Accepted += int32(taken)
	p.total.Accepted += int64(taken)
	if refused == 0 && !whole {
		return
	}
	sec.Refused += int32(refused)
	p.total.Refused += int64(refused)
	p.retry(w, call, results, whole, known, aws.Throttled(aws.CodeOf(err)) || err == nil && !known.late)
}

// An answer is what a client learns of a call, and when: late says that it did not wait so long.
type answer struct {
	at   sim.Instant // 0 is not yet thrown
	late bool
}

// known says whether the answer to a call that was just made comes in time. Dice are thrown only when it may not.
func (p *Producer) known(w World) answer {
	now, most := w.Sched.Now(), p.set.timeout()
	if p.set.latency()*13/10+p.lateness(w) <= most {
		return answer{}
	}
	took := p.answer() + p.lateness(w)
	return answer{now.Add(min(took, most)), took > most}
}

// lateness is how much longer than usual the answer to the latest call takes.
func (p *Producer) lateness(w World) time.Duration {
	if _, ok := load.Firehose(p.set.StreamName); ok {
		return 0
	}
	return w.Kinesis.Late()
}

// put calls the service: PutRecord with one record, PutRecords with more; of Firehose, PutRecord or PutRecordBatch. An error is one of the whole call; SDKs try such
// a call again only when the failure may pass.
func (p *Producer) put(w World, results []kinesis.PutResult) error {
	if name, ok := load.Firehose(p.set.StreamName); ok {
		return kinesis.Elsewhere(p.entries, results, func(data [][]byte, told func(int, bool)) error { return w.Deliver(name, data, told) })
	}
	stream, ok := w.Kinesis.Stream(p.set.StreamName)
	if !ok {
		return aws.Errorf(aws.ResourceNotFound, "Stream %s not found.", p.set.StreamName)
	}
	return w.Kinesis.Put(stream, p.entries, results)
}

// accepted notes a record that the stream took.
func (p *Producer) accepted(r *waiting, now sim.Instant) {
	if r.had {
		p.seconds.Now(now).Duplicates++
		p.total.Duplicates++
	}
	if r.plan != p.plan || int(r.key) >= len(p.taken) {
		return
	}
	p.keyCount[r.key]++
	if n := r.ordinal + 1; n >= p.taken[r.key] {
		p.taken[r.key] = n
	} else {
		p.late++
		p.lateKey, p.lateAt = r.plan.Names[r.key], now
	}
}

// retry decides what becomes of the records of a call of which some were refused, or that failed as a whole; throttled says
// that a limit was the reason.
func (p *Producer) retry(w World, call []waiting, results []kinesis.PutResult, whole bool, known answer, throttled bool) {
	now := w.Sched.Now()
	answered := known.at
	if answered == 0 {
		answered = now.Add(p.answer() + p.lateness(w))
	}
	cost, base := int16(quotaCost), p.set.Retry.base()
	if !throttled && p.set.Retry.Mode == Backoff {
		cost, base = quotaTransient, base/transientPart
	}
	mode, lost, again := p.set.Retry.Mode, 0, 0
	if mode == Backoff && p.set.Batch > 1 && !whole {
		mode = None // the call as such succeeded: SDKs do not look into the entries
	}
	due := answered
	if mode == FailedEntries || mode == Backoff {
		due = answered.Add(p.backoff(base, int(call[0].tries)-1))
	}
	broke := false // the retry quota is used up; a call that is repeated as a whole costs once
	for i := range call {
		r := call[i]
		if results[i].OK() && mode != Immediate && !whole {
			continue
		}
		r.had = r.had || results[i].OK()
		pays := mode == Backoff && (!whole || i == 0)
		if pays {
			broke = p.tokens < int64(cost)
		}
		if mode == None || int(r.tries) >= p.set.Retry.Attempts || len(p.queue) >= p.set.Retry.Queue || broke {
			if !r.had {
				lost++
			}
			continue
		}
		if pays {
			p.tokens -= int64(cost)
		}
		r.paid = cost
		r.due = due
		p.push(r)
		again++
	}
	if again > 0 {
		p.seconds.Now(now).Retried += int32(again)
		p.total.Retried += int64(again)
		w.Notify(Notice{Kind: Retried, N: int64(again)})
	}
	p.lose(w, lost, int(call[0].tries))
}

// lose gives up n records and tells of it.
func (p *Producer) lose(w World, n, tries int) {
	if n == 0 {
		return
	}
	p.lost(w.Sched.Now(), n)
	w.Notify(Notice{Kind: Lost, N: int64(n), Attempts: tries})
}

// lost counts n records as given up.
func (p *Producer) lost(now sim.Instant, n int) {
	p.seconds.Now(now).Lost += int32(n)
	p.total.Lost += int64(n)
}

// giveUp empties the queue; what the stream does not have is lost.
func (p *Producer) giveUp(now sim.Instant) {
	n := 0
	for i := range p.queue {
		if !p.queue[i].had {
			n++
		}
	}
	p.lost(now, n)
	p.queue = p.queue[:0]
}

// answer is how long the client waits for an answer: the latency, a third more or less.
func (p *Producer) answer() time.Duration {
	l := p.set.latency()
	return p.dice.Between(l*7/10, l*13/10)
}

// backoff is the delay before retry i, from 0, when the first is d at the most: exponential with full jitter.
// Source: AWS SDKs and Tools Reference Guide, Retry behavior.
func (p *Producer) backoff(d time.Duration, i int) time.Duration {
	for ; i > 0 && d < MaxBackoff; i-- {
		d *= 2
	}
	return p.dice.Between(0, min(d, MaxBackoff))
}

// flightTime is how long a record is drawn on its way: half of the latency, spread a little by its number. It throws no
// dice, because watching changes nothing.
func (p *Producer) flightTime(ordinal int64) time.Duration {
	half := p.set.latency() / 2
	return half*3/4 + half/2*time.Duration(uint64(ordinal)*0x9E3779B97F4A7C15>>56)/256
}

// push adds to the queue, pop takes its first.
func (p *Producer) push(r waiting) {
	p.queue = append(p.queue, r)
	for i := len(p.queue) - 1; i > 0; {
		up := (i - 1) / 2
		if !p.queue[i].before(&p.queue[up]) {
			return
		}
		p.queue[i], p.queue[up] = p.queue[up], p.queue[i]
		i = up
	}
}

func (p *Producer) pop() waiting {
	top := p.queue[0]
	last := len(p.queue) - 1
	p.queue[0] = p.queue[last]
	p.queue[last] = waiting{}
	p.queue = p.queue[:last]
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			return top
		}
		if c+1 < last && p.queue[c+1].before(&p.queue[c]) {
			c++
		}
		if !p.queue[c].before(&p.queue[i]) {
			return top
		}
		p.queue[i], p.queue[c] = p.queue[c], p.queue[i]
		i = c
	}
}
