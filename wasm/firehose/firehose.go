// Package firehose is Amazon Data Firehose: Firehose streams that take records, or read them from a stream, buffer and process
// them and deliver them to a destination.
//
// A record comes in ([Service.PutRecord], or from a source), waits for the processor ([stage]) when there is one, is laid into a
// buffer, leaves it when the buffer is full or old enough, and is delivered ([destination]): again and again until the
// destination took it or the time for that is over, then to where failed records go. So at each instant every record lies in
// exactly one place, or was delivered, dropped by a function, or lost, which is counted.
//
// The package knows no stream of Data Streams, no function and no client: what it needs of them is handed in with its [World].
// Nothing in it reads a clock; all of its state is plain data, so that a [Service.Clone] goes on as the original would have.
package firehose

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/jq"
	"shardlab/wasm/s3"
	"shardlab/wasm/sim"
	"shardlab/wasm/sink"
)

// Codes of Firehose beside those of package aws.
// Source: Firehose API Reference, the operations' Errors sections.
const (
	ConcurrentModification aws.Code = "ConcurrentModificationException"
	InvalidKMSResource     aws.Code = "InvalidKMSResourceException"
	InvalidSource          aws.Code = "InvalidSourceException"
	ServiceUnavailable     aws.Code = "ServiceUnavailableException"
)

// Config says for whom a service stands.
type Config struct {
	Region  string // "us-east-1"
	Account string // twelve digits
	Seed    uint64
}

// A World is what the service stands on, handed in when it is made and when it is copied.
type World struct {
	Sched  *sim.Schedule
	Owner  sim.Owner
	Meter  *cloudwatch.Store
	S3     *s3.Service
	Sink   *sink.Service // all that is delivered to beside S3
	Notify func(Notice)

	// Access says whether a principal may do something ("firehose:PutRecord") with a Firehose stream, by its ARN and tags: nil, or
	// the error that the call is answered with. It is not asked about the administrator.
	Access func(principal, action, arn string, tags, given map[string]string) error
	// Role says whether Firehose can assume a role, by its ARN, and As is the principal that it acts as then.
	Role func(arn string) bool
	As   func(arn, stream string) string
	Keys Keys
	// Source is Data Streams.
	Source Source
	// Invoke invokes a function: what it answered, how long that took, and what went wrong in it, "" when nothing did.
	Invoke func(as, arn string, payload []byte) (answer []byte, took time.Duration, fault string, err error)
	JQ     jq.Run // nil: nobody runs jq here
	// Table is a table of the Glue Data Catalog, of a version or, with "", the latest. Its errors carry Glue's own codes.
	Table func(as, database, table, version string) (GlueTable, error)
}

// Keys is KMS as a Firehose stream uses it. Its errors carry KMS's own codes.
type Keys interface {
	KeyARN(id string) (string, error)
	Use(principal, action, key, service, arn string) error
}

// A NoticeKind says what a Notice is about.
type NoticeKind uint8

// The notices of a Firehose stream.
const (
	StatusChanged     NoticeKind = iota + 1 // it is now in Status; "" when it is gone
	Updated                                 // its destination was changed: N is its version now
	EncryptionChanged                       // its encryption is now in Status
	Throttled                               // N records of one call were refused, because of Why
	QuotaGrew                               // it takes N bytes a second from now on
	SourceBlocked                           // it cannot read its source: Why is the code
	SourceBack                              // it can again
	SourceEnded                             // the closed shard Why of its source is read to its end
	SourceHeld                              // it reads no more for a while, because N deliveries wait
	Flushed                                 // N records left a buffer, because of Why: "size", "time" or "delete"
	Delivered                               // N records were delivered to To, as Key when that is an object
	DeliveryFailed                          // N records were not, for the first time: Why is the code, Text what the destination said
	DeliveryBack                            // a delivery that had failed Attempts times went through
	BackedUp                                // N records that could not be delivered went to the backup bucket
	DocumentsFailed                         // N records of a delivery were refused by the destination
	ProcessingFailed                        // N records failed in the processor: Why is the code
	ProcessingWaits                         // N records wait for the processor, because of Text
	PartitionsFull                          // N records belong to partitions beyond the limit of active ones
	BufferGrew                              // a buffer takes N MiB from now on, because delivery is behind
	Lost                                    // N records are lost, because of Why
)

// A Notice says what befell a Firehose stream.
type Notice struct {
	Kind     NoticeKind
	Stream   *Stream
	N        int64
	Bytes    int64
	Attempts int64
	Status   string
	Why      string
	Text     string
	To       string // bucket, or what is delivered to
	Key      string
}

// A Service is the Firehose streams of an account in a Region.
type Service struct {
	cfg     Config
	w       World
	streams []*Stream // by name
	made    int64     // streams ever made: the id of the latest
	calls   map[string][]sim.Instant
	gone    []Charged // what deleted streams used
	caller  string    // ARN of the principal who acts; "" is the administrator, and what it is between calls
}

// New returns a service without Firehose streams.
func New(cfg Config, w World) *Service {
	return &Service{cfg: cfg, w: w, calls: map[string][]sim.Instant{}}
}

// Clone returns a service that goes on from here on its own, in a world of its own.
func (s *Service) Clone(w World) *Service {
	c := *s
	c.w = w
	c.streams = make([]*Stream, len(s.streams))
	for i, st := range s.streams {
		c.streams[i] = st.clone()
		c.rewire(c.streams[i])
	}
	c.calls = maps.Clone(s.calls)
	for op := range c.calls {
		c.calls[op] = slices.Clone(c.calls[op])
	}
	c.gone = slices.Clone(s.gone)
	return &c
}

// State writes all that the service holds, in a fixed order.
func (s *Service) State(w io.Writer) {
	b := bufio.NewWriter(w)
	defer b.Flush()
	fmt.Fprintf(b, "firehose made %d gone %v\n", s.made, s.gone)
	for _, op := range slices.Sorted(maps.Keys(s.calls)) {
		fmt.Fprintf(b, " calls %s %v\n", op, s.calls[op])
	}
	for _, st := range s.streams {
		st.state(b)
	}
}

// Streams lists the Firehose streams by name, to look at.
func (s *Service) Streams() []*Stream { return s.streams }

// Stream finds a Firehose stream by its name.
func (s *Service) Stream(name string) (*Stream, bool) {
	i, ok := s.search(name)
	if !ok {
		return nil, false
	}
	return s.streams[i], true
}

func (s *Service) search(name string) (int, bool) {
	return slices.BinarySearchFunc(s.streams, name, func(st *Stream, name string) int { return cmp.Compare(st.name, name) })
}

// Name is the name of the Firehose stream that a name or an ARN names.
func Name(text string) string {
	if i := strings.LastIndex(text, ":deliverystream/"); i >= 0 && strings.HasPrefix(text, "arn:") {
		return text[i+len(":deliverystream/"):]
	}
	return text
}

// ARN is the ARN of a Firehose stream of that name.
func (s *Service) ARN(name string) string {
	return "arn:aws:firehose:" + s.cfg.Region + ":" + s.cfg.Account + ":deliverystream/" + name
}

// find finds the Firehose stream that a request names.
// Source of the words: answers of the service.
func (s *Service) find(name string) (*Stream, error) {
	if st, ok := s.Stream(name); ok {
		return st, nil
	}
	return nil, aws.Errorf(aws.ResourceNotFound, "Firehose %s under account %s not found.", name, s.cfg.Account).
		WithHint("aws firehose list-delivery-streams shows those there are.")
}

// Kinds of events. Their number is that of the stream in the upper half and of what is due in the lower.
const (
	evStatus  uint16 = iota // a change of state ends
	evSealed                // a change of encryption ends
	evFlush                 // a buffer is old enough
	evIntake                // what waits for the processor is old enough
	evJob                   // a batch in the processor goes on
	evAttempt               // a delivery is tried
	evAnswer                // a destination answers
	evPoll                  // a source is read
	evMinute                // freshness is measured
	evGrow                  // the quota of a throttled stream grows
)

// after has something happen to a stream.
func (s *Service) after(st *Stream, d time.Duration, kind uint16, id int64) {
	s.w.Sched.After(d, s.w.Owner, kind, st.id<<32|id)
}

func (s *Service) at(st *Stream, t sim.Instant, kind uint16, id int64) {
	s.w.Sched.At(t, s.w.Owner, kind, st.id<<32|id)
}

// Fire does what is due and returns how many records it handled.
func (s *Service) Fire(e sim.Event) int {
	i := slices.IndexFunc(s.streams, func(st *Stream) bool { return st.id == e.Arg>>32 })
	if i < 0 {
		return 1 // it is gone
	}
	st, id := s.streams[i], e.Arg&(1<<32-1)
	before := st.handled
	switch e.Kind {
	case evStatus:
		s.statusDue(st)
	case evSealed:
		s.sealed(st)
	case evFlush:
		s.flushDue(st, id)
	case evIntake:
		s.intakeDue(st)
	case evJob:
		s.jobDue(st, id)
	case evAttempt:
		s.attempt(st, id)
	case evAnswer:
		s.answered(st, id)
	case evPoll:
		s.poll(st)
	case evMinute:
		s.minute(st)
	case evGrow:
		s.grow(st)
	}
	return 1 + int(st.handled-before)
}

func (s *Service) notify(n Notice) {
	if s.w.Notify != nil {
		s.w.Notify(n)
	}
}

// now is the instant at which the world stands.
func (s *Service) now() sim.Instant { return s.w.Sched.Now() }

func ptr[T any](v T) *T { return &v }

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
