package load

import (
	"fmt"
	"io"

	"shardlab/wasm/sim"
)

// keptSeconds is for how many seconds a client remembers what it did.
const keptSeconds = 3600

// A Second is what a client that writes did in one second of virtual time.
type Second struct {
	At         int64 // seconds since the Unix epoch
	Made       int32 // records that came to it
	Calls      int32 // calls it made
	Sent       int32 // records in these calls, every attempt counted; of the KPL Kinesis records
	Accepted   int32 // of its records, those that the stream took
	Refused    int32 // of those sent, those that were refused
	Retried    int32 // records it decided to send again
	Lost       int32 // records it gave up
	Duplicates int32 // records that were taken although the stream had them already
}

func (s *Second) add(x *Second) {
	s.Made += x.Made
	s.Calls += x.Calls
	s.Sent += x.Sent
	s.Accepted += x.Accepted
	s.Refused += x.Refused
	s.Retried += x.Retried
	s.Lost += x.Lost
	s.Duplicates += x.Duplicates
}

// Seconds remembers what a client did, second by second; those in which it did nothing have no entry.
type Seconds struct {
	Open   Second // the running one
	Closed sim.List[Second]
}

// Now returns the counters of the running second.
func (s *Seconds) Now(now sim.Instant) *Second {
	if at := now.Second(); s.Open.At != at {
		if s.Open != (Second{At: s.Open.At}) {
			s.Closed.Append(s.Open)
			if s.Closed.Len() > keptSeconds {
				s.Closed.TrimTo(s.Closed.Next() - keptSeconds)
			}
		}
		s.Open = Second{At: at}
	}
	return &s.Open
}

// At is what it did in one second since the Unix epoch, as far as it remembers.
func (s *Seconds) At(second int64) Second {
	if s.Open.At == second {
		return s.Open
	}
	i := s.Closed.Search(func(x *Second) bool { return x.At >= second })
	if i < s.Closed.Next() && s.Closed.At(i).At == second {
		return *s.Closed.At(i)
	}
	return Second{At: second}
}

// Lately sums what it did in the n whole seconds before the second of now, and in the running one when n is 0.
func (s *Seconds) Lately(now sim.Instant, n int64) Second {
	at := now.Second()
	sum := Second{At: at}
	if n == 0 && s.Open.At == at || s.Open.At < at && s.Open.At >= at-n {
		sum.add(&s.Open)
	}
	for i := s.Closed.Next() - 1; n > 0 && i >= s.Closed.First(); i-- {
		x := s.Closed.At(i)
		if x.At < at-n {
			break
		}
		if x.At < at {
			sum.add(x)
		}
	}
	return sum
}

// Clone returns seconds that go on from here on their own.
func (s *Seconds) Clone() Seconds { return Seconds{s.Open, s.Closed.Clone()} }

// State writes what is remembered, in order.
func (s *Seconds) State(w io.Writer) {
	for i := s.Closed.First(); i < s.Closed.Next(); i++ {
		fmt.Fprintf(w, " second %+v\n", *s.Closed.At(i))
	}
	fmt.Fprintf(w, " second %+v\n", s.Open)
}
