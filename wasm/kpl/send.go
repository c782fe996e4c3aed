package kpl

import (
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// Codes of the KPL's own, in the attempts of a record.
const (
	Expired    = "Expired"
	WrongShard = "Wrong Shard"
	// TimedOut is ours: the C++ SDK gives a request that is not answered in time no code, and the words "curlCode: 28, Timeout
	// was reached".
	TimedOut = "RequestTimeout"
)

// A request is a call of PutRecords under way. It never changes.
type request struct {
	records []kinesisRecord
	results []kinesis.PutResult
	code    string // the call failed as a whole
	sentAt  sim.Instant
	due     sim.Instant // when the KPL knows
}

// send makes calls as long as there are connections.
func (p *Producer) send(w World) {
	for len(p.waiting) > 0 && int64(len(p.requests)) < p.set.MaxConnections {
		call := p.waiting[0]
		p.waiting = p.waiting[1:]
		p.request(w, call)
	}
	if len(p.waiting) == 0 {
		p.waiting = nil
	}
}

// request makes one call of PutRecords. What it does to the stream is done now; the KPL knows later.
func (p *Producer) request(w World, call []kinesisRecord) {
	now := w.Sched.Now()
	q := request{records: call, results: make([]kinesis.PutResult, len(call)), sentAt: now}
	sec := p.seconds.Now(now)
	sec.Calls++
	sec.Sent += int32(len(call))
	p.total.Calls++
	p.total.Sent += int64(len(call))
	p.entries = p.entries[:0]
	for i := range call {
		k := &call[i]
		p.total.SentBytes += k.size()
		p.entries = append(p.entries, kinesis.PutEntry{Key: k.key, Hash: k.hash, Explicit: true, Data: k.data})
		q.results[i] = kinesis.PutResult{Shard: noShard, Why: kinesis.WhyFault}
	}
	took, err := p.call(w, q.results)
	q.code = aws.CodeOf(err)
	if most := millis(p.set.RequestTimeout); took > most {
		took, q.code = most, TimedOut
	}
	q.due = now.Add(took)
	p.requests = append(p.requests, q)
	for i := range call {
		p.fly(w, &call[i], &q.results[i])
	}
	clear(p.entries) // the data are the stream's now
}

// call puts the entries and says how long the answer takes.
func (p *Producer) call(w World, results []kinesis.PutResult) (time.Duration, error) {
	st, ok := w.Kinesis.Stream(p.set.StreamName)
	if !ok {
		return p.answer(), aws.Errorf(aws.ResourceNotFound, "Stream %s not found.", p.set.StreamName)
	}
	err := w.Kinesis.PutBatch(st, p.entries, results)
	return p.answer() + w.Kinesis.Late(), err
}

// answer is how long the KPL waits for an answer: the latency, a third more or less.
func (p *Producer) answer() time.Duration {
	l := p.set.latency()
	return p.dice.Between(l*7/10, l*13/10)
}

// fly shows a Kinesis record on its way to whoever watches.
func (p *Producer) fly(w World, k *kinesisRecord, r *kinesis.PutResult) {
	if w.Flight == nil || r.Shard < 0 {
		return
	}
	first := &k.records[0]
	if w.Every > 1 && (first.ordinal+int64(len(k.records)))/w.Every == first.ordinal/w.Every {
		return
	}
	now, half := w.Sched.Now(), p.set.latency()/2
	w.Flight(Flight{now, now.Add(half + w.Kinesis.Late()), r.Shard, first.name(), len(k.records), !r.OK()})
}

// answers sees to the calls whose answer is there.
func (p *Producer) answers(w World) (work int) {
	now := w.Sched.Now()
	for {
		next := -1
		for i := range p.requests {
			if q := &p.requests[i]; q.due <= now && (next < 0 || q.due < p.requests[next].due) {
				next = i
			}
		}
		if next < 0 {
			return work
		}
		q := p.requests[next]
		p.requests = slices.Delete(p.requests, next, next+1)
		work += p.answered(w, &q)
		p.send(w)
	}
}

// answered sees to the answer of a call: results to the futures, and back to the buffers with what failed.
func (p *Producer) answered(w World, q *request) (work int) {
	now := w.Sched.Now()
	users := 0
	for i := range q.records {
		users += len(q.records[i].records)
		p.meters.add(w, p, usersPerRecord, p.predicted(&q.records[i]), same(1, int64(len(q.records[i].records))))
	}
	p.meters.add(w, p, requestTime, streamLevel, same(1, int64(now-q.sentAt)/1000))
	p.meters.add(w, p, recordsPerRequest, streamLevel, same(1, int64(len(q.records))))
	p.meters.add(w, p, usersPerRequest, streamLevel, same(1, int64(users)))
	p.block(w, q.code)
	if q.code != "" {
		code := q.code
		if code == TimedOut {
			p.total.TimedOut++
			w.Notify(Notice{Kind: Unanswered, N: 1})
			code = ""
		}
		p.meters.failed(w, p, code, streamLevel)
	}
	for i := range q.records {
		p.landed(w, q, &q.records[i], q.results[i])
	}
	return users
}

// block notes whether calls fail as a whole in a way that does not pass by itself.
func (p *Producer) block(w World, code string) {
	if aws.Retryable(code) || code == TimedOut {
		return
	}
	if code != p.blocked {
		p.blocked = code
		kind := Unblocked
		if code != "" {
			kind = Blocked
		}
		w.Notify(Notice{Kind: kind, Code: code})
	}
}

func (p *Producer) predicted(k *kinesisRecord) int32 { return k.records[0].predicted }

// landed sees to one Kinesis record of an answer.
func (p *Producer) landed(w World, q *request, k *kinesisRecord, r kinesis.PutResult) {
	now := w.Sched.Now()
	for i := range k.records {
		if u := &k.records[i]; r.OK() && u.had {
			p.seconds.Now(now).Duplicates++
			p.total.Duplicates++
		}
	}
	if !r.OK() {
		p.seconds.Now(now).Refused++
		p.total.Refused++
	}
	if q.code != "" { // whether or not the stream took it: the KPL does not know
		p.repeat(w, q, k, q.code, r.OK())
		return
	}
	shard := p.predicted(k)
	if !r.OK() {
		code := aws.ProvisionedThroughputExceeded
		if r.Why == kinesis.WhyFault {
			code = aws.InternalError
		}
		p.meters.add(w, p, kinesisPut, shard, same(1, 0))
		p.meters.failed(w, p, code, shard)
		p.repeat(w, q, k, code, false)
		return
	}
	p.meters.add(w, p, kinesisPut, shard, same(1, 1))
	p.meters.add(w, p, kinesisData, shard, same(1, int64(len(k.data))))
	p.meters.add(w, p, allErrors, shard, same(1, 0))
	var done settled
	actual, known := p.shards.find(r.Shard, now)
	fresh := true // the map is loaded anew once for a Kinesis record
	for _, u := range k.records {
		if u.predicted != noShard && u.predicted != r.Shard {
			if !known || u.hash().Less(actual.start) || actual.end.Less(u.hash()) {
				if fresh {
					p.shards.invalidate(w, p, q.sentAt, u.predicted, r.Shard)
					fresh = false
				}
				p.total.WrongShard++
				u.had = true
				p.again(w, u, q.sentAt, now, WrongShard, len(k.records))
				continue
			}
			if u.predicted < r.Shard && fresh {
				p.shards.invalidate(w, p, q.sentAt, u.predicted, r.Shard)
				fresh = false
			}
		}
		u.attempts++
		done.add(&u, q.sentAt)
		p.finish(now, &u, Result{OK: true, Shard: r.Shard, Index: r.Index, TakenAt: q.sentAt, With: len(k.records)})
	}
	done.write(w, p, r.Shard)
}

// repeat sends the user records of a Kinesis record back to the buffers, or gives them up when the KPL is told to fail at once.
func (p *Producer) repeat(w World, q *request, k *kinesisRecord, code string, had bool) {
	now := w.Sched.Now()
	for _, u := range k.records {
		u.had = u.had || had
		if p.set.FailIfThrottled && code == aws.ProvisionedThroughputExceeded {
			u.attempts++
			p.fail(w, &u, q.sentAt, code, len(k.records))
			continue
		}
		p.again(w, u, q.sentAt, now, code, len(k.records))
	}
}

// again brings a record back to the buffers after an attempt that failed, with half of the time there, unless it has expired.
func (p *Producer) again(w World, u userRecord, began, ended sim.Instant, code string, with int) {
	now := w.Sched.Now()
	u.attempts++
	if now > u.expires {
		u.attempts++ // the KPL notes the end as an attempt of its own
		p.fail(w, &u, began, Expired, with)
		return
	}
	p.meters.add(w, p, bufferingTime, u.predicted, same(1, int64(began-u.last)/1000))
	u.last = ended
	u.due = min(now.Add(p.set.buffered()/2), u.expires)
	p.seconds.Now(now).Retried++
	p.total.Retried++
	p.retried++
	p.put(w, u)
}

// fail tells a record's future that it failed.
func (p *Producer) fail(w World, u *userRecord, began sim.Instant, code string, with int) {
	now := w.Sched.Now()
	var done settled
	done.add(u, began)
	done.put = stat{}
	done.data = stat{}
	p.meters.add(w, p, usersPut, u.predicted, same(1, 0))
	done.write(w, p, u.predicted)
	if code == Expired {
		p.meters.add(w, p, expired, u.predicted, same(1, 1))
		p.total.Expired++
	}
	p.finish(now, u, Result{Shard: noShard, Code: code, With: with})
	if u.had {
		return // the application believes it lost
	}
	p.seconds.Now(now).Lost++
	p.total.Lost++
	if code != p.lostCode {
		p.tellLost(w)
	}
	p.lost++
	p.lostCode = code
}

// finish gives a record's future its result.
func (p *Producer) finish(now sim.Instant, u *userRecord, r Result) {
	p.outstanding--
	if r.OK {
		p.seconds.Now(now).Accepted++
		p.total.Accepted++
	}
	if newest := &p.results[(p.told+keptResults-1)%keptResults]; p.told > 0 && r.OK && newest.OK && newest.At == now {
		return // one of those that came together tells enough
	}
	r.At, r.Ordinal, r.Key, r.Attempts, r.Took = now, u.ordinal, u.name(), int(u.attempts), now.Sub(u.arrival)
	p.results[p.told%keptResults] = r
	p.told++
}

// tellLost notes the records that were given up since the last such notice.
func (p *Producer) tellLost(w World) {
	if p.lost > 0 {
		w.Notify(Notice{Kind: Lost, N: p.lost, Code: p.lostCode})
		p.lost = 0
	}
}

// tell notes what happened in this waking, and each second whether buffers are flushed for another reason than before.
func (p *Producer) tell(w World) {
	p.tellLost(w)
	if p.retried > 0 {
		w.Notify(Notice{Kind: Retried, N: p.retried})
		p.retried = 0
	}
	if at := w.Sched.Now().Second(); at == p.toldAt {
		return
	} else {
		p.toldAt = at
	}
	best, most := reasons, int64(0)
	for why := range reasons {
		if n := p.counted[0][why].flushes; n > most {
			best, most = why, n
		}
	}
	stage := 0
	if most == 0 { // nothing is aggregated: the collector decides
		stage = 1
		for why := range reasons {
			if n := p.counted[1][why].flushes; n > most {
				best, most = why, n
			}
		}
	}
	if most > 0 && best != p.flushing {
		p.flushing = best
		c := p.counted[stage][best]
		w.Notify(Notice{Kind: Flushing, Reason: best, N: c.records / c.flushes})
	}
	p.counted = [2][reasons]counted{}
}
