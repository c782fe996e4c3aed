package firehose

import (
	"slices"
	"time"

	"shardlab/wasm/sim"
)

// A job is a batch of records in the processor.
type job struct {
	id      int64
	records []Record
	stages  []stage // the stream's when it began: an update of the destination is for those that come later
	stage   int     // place in them
	attempt int64   // of this stage
	running bool    // the stage has it, and answers at
	out     []Record
	again   *Failure
}

// gather lays records where they wait for the processor, and hands them over when enough have come.
func (s *Service) gather(st *Stream, records []Record) {
	h := st.intake
	for len(records) > 0 {
		n, bytes := 0, st.waitBytes
		for n < len(records) && (bytes < h.bytes || n == 0) {
			bytes += int64(len(records[n].Data))
			n++
		}
		if len(st.waiting) == 0 {
			st.waitAt = s.now() + sim.Instant(h.micro)
			s.at(st, st.waitAt, evIntake, 0)
		}
		st.waiting = append(st.waiting, records[:n]...)
		st.waitBytes = bytes
		records = records[n:]
		if st.waitBytes >= h.bytes {
			s.hand(st)
		}
	}
}

// intakeDue hands over what waits long enough.
func (s *Service) intakeDue(st *Stream) {
	if len(st.waiting) > 0 && st.waitAt <= s.now() {
		s.hand(st)
	}
}

// hand makes a job of what waits.
func (s *Service) hand(st *Stream) {
	j := &job{id: st.id64(), records: st.waiting, stages: st.stages, attempt: 1}
	st.waiting, st.waitBytes, st.waitAt = nil, 0, 0
	st.jobs = append(st.jobs, j)
	s.work(st, j)
}

// jobDue goes on with a job whose stage answers, or that is tried again.
func (s *Service) jobDue(st *Stream, id int64) {
	i := slices.IndexFunc(st.jobs, func(j *job) bool { return j.id == id })
	if i < 0 {
		return
	}
	j := st.jobs[i]
	if j.running {
		j.running = false
		s.settle(st, j, j.out, j.again)
		j.out, j.again = nil, nil
	}
	s.work(st, j)
	for _, next := range slices.Clone(st.jobs) { // those that waited for their turn
		if next != j && !next.running && slices.Contains(st.jobs, next) {
			s.work(st, next)
		}
	}
}

// work lets the stages have a job until one of them takes time, or the last is through.
func (s *Service) work(st *Stream, j *job) {
	for !j.running && j.stage < len(j.stages) && len(j.records) > 0 {
		x := j.stages[j.stage]
		if most := x.atOnce(); most > 0 && st.invoked() >= most {
			return
		}
		out, took, again := x.run(s, st, j.records, j.attempt)
		if took > 0 {
			j.running, j.out, j.again = true, out, again
			s.after(st, took, evJob, j.id)
			return
		}
		s.settle(st, j, out, again)
	}
	if j.running {
		return
	}
	st.jobs = slices.DeleteFunc(slices.Clone(st.jobs), func(x *job) bool { return x == j })
	s.route(st, j.records)
}

// invoked is how many jobs are in a stage that has so many at once and no more: in a function, this one or one before an update.
func (st *Stream) invoked() (n int) {
	for _, j := range st.jobs {
		if j.running && j.stages[j.stage].atOnce() > 0 {
			n++
		}
	}
	return n
}

// settle takes in what a stage answered. What failed or was dropped leaves the processor.
func (s *Service) settle(st *Stream, j *job, out []Record, again *Failure) {
	if again != nil {
		if j.attempt <= j.stages[j.stage].retries() {
			j.attempt++
			return
		}
		out = slices.Clone(j.records)
		for i := range out {
			out[i].Fate, out[i].Why = Failed, again
		}
	}
	var passed, failed []Record
	for _, r := range out {
		switch r.Fate {
		case Ok:
			passed = append(passed, r)
		case Dropped:
			st.total.DroppedRecords++
			st.total.DroppedBytes += int64(len(r.Data))
		case Failed:
			failed = append(failed, r)
		}
	}
	if len(failed) > 0 {
		st.total.ProcessingFailures += int64(len(failed))
		s.notify(Notice{Kind: ProcessingFailed, Stream: st, N: int64(len(failed)), Why: failed[0].Why.Code, Text: failed[0].Why.Message})
		s.fail(st, failed)
	}
	j.records, j.attempt, j.stage = passed, 1, j.stage+1
}

// behind is how old the oldest record is that Firehose still has and no delivery took; 0 when it has none.
func (s *Service) behind(st *Stream) time.Duration {
	oldest, any := st.oldest()
	if !any {
		return 0
	}
	return s.now().Sub(oldest)
}

// oldest is when the oldest record arrived that is still in Firehose.
func (st *Stream) oldest() (at sim.Instant, any bool) {
	see := func(records []Record) {
		if len(records) > 0 && (!any || records[0].Arrival < at) {
			at, any = records[0].Arrival, true
		}
	}
	see(st.waiting)
	for _, j := range st.jobs {
		see(j.records)
	}
	for _, b := range st.buffers {
		if b.target == toDestination && (!any || b.oldest < at) {
			at, any = b.oldest, true
		}
	}
	for _, x := range st.shipments {
		if x.target == toDestination && (!any || x.oldest < at) {
			at, any = x.oldest, true
		}
	}
	return at, any
}

// Intake is what waits for the processor, to look at, and what lets it go: nothing else of a Buffer is set while nothing waits.
func (st *Stream) Intake() Buffer {
	b := Buffer{Target: "processor", Records: int64(len(st.waiting)), Bytes: st.waitBytes, Size: st.intake.bytes}
	if b.Records > 0 {
		b.DueAt = st.waitAt
		b.Since = st.waitAt.Add(-time.Duration(st.intake.micro) * time.Microsecond)
	}
	return b
}
