// Package kinesis is Data Streams: streams, their shards and records, iterators, limits. It speaks the service's own
// API, operation by operation, and has a short way in for actors of the same world ([Service.Put], [Service.Read]) that
// keeps the same rules and draws on the same budgets.
//
// The package knows no client, no screen and no clock: an instant comes from the schedule, chance from a seed, and what
// is due later is an event that the schedule hands back to [Service.Fire]. All of its state is plain data, so that a
// [Service.Clone] run on gives what the original would have given.
package kinesis

import (
	"cmp"
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// Config says where and for whom a service runs.
type Config struct {
	Region  string       // "us-east-1"
	Account string       // twelve digits
	Seed    uint64       // of propagation delays and of what makes iterators opaque
	Limits  Limits       // the zero value is Limits2026
	Notify  func(Notice) // told of what happens; nil tells nobody

	// Inject is asked before each call whether it fails by an injected fault; nil lets all of them pass.
	Inject func(Call) Fault

	// Access says whether a principal may do something ("kinesis:PutRecord") with a resource: nil, or the error that the
	// call is answered with. It is not asked about the administrator; nil lets everybody do everything.
	Access func(principal, action string, x Resource) error

	// Keys is KMS; without it no stream can be encrypted.
	Keys Keys
}

// A Service is Data Streams in one account and Region.
type Service struct {
	cfg      Config
	sched    *sim.Schedule
	owner    sim.Owner
	meter    *cloudwatch.Store
	streams  []*Stream  // by name
	made     int64      // streams ever made: the id of the latest
	channels []*channel // by name
	// Consumers ever registered, subscriptions ever opened and channels ever made: the ids of the latest.
	registered, subscribed, channelled int64

	zones [Zones]Zone

	rates      rates // calls of the account
	commitment commitment

	// Scratch of a put; empty between calls, so it need not be copied.
	call    int64 // counts puts
	touched []*ShardState
	key     []byte
	failing func() bool   // of an injected fault: whether the next entry of PutRecords fails
	caller  string        // ARN of the principal who acts; "" is the administrator
	late    time.Duration // how much later than usual the latest call of Put or Read is answered
}

// New returns a service without streams. Its events come back to Fire under owner; its metrics go to meter.
func New(cfg Config, sched *sim.Schedule, owner sim.Owner, meter *cloudwatch.Store) *Service {
	if cfg.Limits.Profile == "" {
		cfg.Limits = Limits2026()
	}
	s := &Service{cfg: cfg, sched: sched, owner: owner, meter: meter, rates: rates{}}
	for i := range s.zones {
		s.zones[i].Name = cfg.Region + string(rune('a'+i))
	}
	return s
}

// Clone returns a service that goes on from here on its own, on copies of the schedule and the metrics. hooks ties the
// functions of its Config to the world of the copy; the copy has none of the original's.
func (s *Service) Clone(sched *sim.Schedule, meter *cloudwatch.Store, hooks func(*Config)) *Service {
	c := &Service{cfg: s.cfg, sched: sched, owner: s.owner, meter: meter, made: s.made, zones: s.zones,
		registered: s.registered, subscribed: s.subscribed, channelled: s.channelled, rates: s.rates.clone(), commitment: s.commitment}
	c.cfg.Notify, c.cfg.Inject, c.cfg.Access, c.cfg.Keys = nil, nil, nil, nil
	c.Hook(hooks)
	c.channels = make([]*channel, len(s.channels))
	for i, ch := range s.channels {
		c.channels[i] = ch.clone()
	}
	c.streams = make([]*Stream, len(s.streams))
	for i, st := range s.streams {
		c.streams[i] = st.clone(meter)
	}
	return c
}

// Hook lets hooks set the functions of the Config, which are no part of the state; nil leaves them as they are.
func (s *Service) Hook(hooks func(*Config)) {
	if hooks != nil {
		hooks(&s.cfg)
	}
}

// Limits is the profile in force.
func (s *Service) Limits() Limits { return s.cfg.Limits }

// Region and Account are where the service runs and for whom.
func (s *Service) Region() string  { return s.cfg.Region }
func (s *Service) Account() string { return s.cfg.Account }

// Stream finds a stream by its name, in whatever status it is.
func (s *Service) Stream(name string) (*Stream, bool) {
	if i, ok := s.search(name); ok {
		return s.streams[i], true
	}
	return nil, false
}

// Streams lists the streams by name. The list must not be changed.
func (s *Service) Streams() []*Stream { return s.streams }

// Kept is how many records the shards keep, and their bytes of data and keys.
func (s *Service) Kept() (records, bytes int64) {
	for _, st := range s.streams {
		for _, sh := range st.listed {
			records += int64(sh.records.Len())
			bytes += sh.held
		}
	}
	return records, bytes
}

// What a stream, a shard and a registered consumer take beside records and metrics, in bytes. Ours: measured.
const (
	streamKeeping   = 4 << 10
	shardKeeping    = 2 << 10
	consumerKeeping = 512
)

// Furniture is about how many bytes of memory streams, shards, consumers and channels take, with their tags and policies and
// without records and metrics.
func (s *Service) Furniture() (bytes int64) {
	for _, st := range s.streams {
		bytes += streamKeeping + int64(len(st.listed))*shardKeeping + st.attached.size()
		for _, c := range st.consumers {
			bytes += consumerKeeping + c.attached.size()
		}
	}
	for _, c := range s.channels {
		text, err := aws.Encode(c.ChannelDescription)
		if err != nil {
			panic("kinesis: a channel does not encode: " + err.Error())
		}
		bytes += 2*int64(len(text)) + c.attached.size()
	}
	return bytes
}

func (s *Service) search(name string) (int, bool) {
	return slices.BinarySearchFunc(s.streams, name, func(st *Stream, name string) int { return cmp.Compare(st.name, name) })
}

// byID finds the stream with an id; a stream that was deleted and made again is another one.
func (s *Service) byID(id int64) (*Stream, bool) {
	for _, st := range s.streams {
		if st.id == id {
			return st, true
		}
	}
	return nil, false
}

// Kinds of the service's own events. Arg is a stream's id, for those of a shard the id and the shard's number, for those of a
// consumer its id.
const (
	evActive         uint16 = iota // the end of CREATING
	evDeleted                      // the end of DELETING
	evResharded                    // the next splits and merges, or the end of UPDATING
	evTrim                         // a shard's oldest record has reached the end of retention
	evExpire                       // a closed shard has
	evTick                         // an on-demand stream looks at its traffic
	evPush                         // something is due for a shard's subscriptions
	evConsumerActive               // the end of a consumer's CREATING
	evConsumerGone                 // the end of a consumer's DELETING
	evCaughtUp                     // the replicas of a zone, whose place is Arg, hold all records again
	evCommitted                    // the account's commitment may end; Arg is 0
	evChannel                      // the end of a channel's CREATING, UPDATING or DELETING; Arg is its id
)

// shardArg packs a stream's id and a shard's number into an event's Arg.
func shardArg(st *Stream, number int32) int64 { return st.id<<32 | int64(number) }

// Fire does what has become due.
func (s *Service) Fire(e sim.Event) {
	if e.Kind == evCaughtUp {
		s.becomeCaughtUp(int(e.Arg))
		return
	}
	if e.Kind == evConsumerActive || e.Kind == evConsumerGone {
		s.fireConsumer(e)
		return
	}
	id, number := e.Arg, int32(-1)
	if e.Kind == evTrim || e.Kind == evExpire || e.Kind == evPush {
		id, number = e.Arg>>32, int32(e.Arg&0x7fffffff)
	}
	switch e.Kind {
	case evCommitted:
		s.endCommitment()
		return
	case evChannel:
		s.fireChannel(e)
		return
	}
	st, ok := s.byID(id)
	if !ok {
		return // deleted meanwhile
	}
	switch e.Kind {
	case evActive:
		s.becomeActive(st)
	case evDeleted:
		s.becomeGone(st)
	case evResharded:
		s.goOnWithPlan(st)
	case evTick:
		if st.tickAt == e.At {
			s.tick(st)
		}
	case evTrim:
		if sh, ok := st.Shard(number); ok && sh.trimAt == e.At {
			s.trim(st, sh)
		}
	case evExpire:
		if sh, ok := st.Shard(number); ok {
			s.becomeExpired(st, sh)
		}
	case evPush:
		if sh, ok := st.Shard(number); ok {
			s.push(st, sh, e.At)
		}
	}
}

// admit counts a call of the account against its rate.
func (s *Service) admit(op string, limit int, st string) error {
	if s.rates.admit(op, limit, s.sched.Now()) {
		return nil
	}
	if st == "" {
		return aws.Errorf(aws.LimitExceeded, "Rate exceeded for account %s.", s.cfg.Account).
			WithHint("%s is answered %d times a second for the whole account. Wait a second and try again.", op, limit)
	}
	return aws.Errorf(aws.LimitExceeded, "Rate exceeded for stream %s under account %s.", st, s.cfg.Account).
		WithHint("%s is answered %d times a second for the whole account. Wait a second and try again.", op, limit)
}

// admitOn counts a call against a stream's own rate.
func (s *Service) admitOn(st *Stream, op string, limit int) error {
	if st.rates.admit(op, limit, s.sched.Now()) {
		return nil
	}
	return aws.Errorf(aws.LimitExceeded, "Rate exceeded for stream %s under account %s.", st.name, s.cfg.Account).
		WithHint("%s is answered %d times a second for a stream. Wait a second and try again.", op, limit)
}

// A NoticeKind says what a notice is about.
type NoticeKind uint8

// Kinds of notices.
const (
	StatusChanged     NoticeKind = iota + 1 // a stream is now in Status; "" when it is gone
	ShardOpened                             // a shard takes records from now on
	ShardClosed                             // a shard takes no more
	ShardExpired                            // a closed shard is gone, with its last record
	RecordsExpired                          // N records left a shard at the end of retention
	WritesRefused                           // N records of one call were refused by a shard, because of Why
	ReadRefused                             // a GetRecords call was refused by a shard, because of Why
	IteratorRefused                         // a GetShardIterator call was
	ScalingBegan                            // a stream is on its way to N open shards, because a call asked for them
	HotShardsSplit                          // an on-demand stream is, because shards take more than half of what they can
	PeakGrew                                // an on-demand stream is, because double its peak is more than it takes
	PeakFell                                // an on-demand stream is, because double the peak that still counts is far less
	ModeChanged                             // a stream is now in the capacity mode Status
	ConsumerChanged                         // a registered consumer is now in Status; "" when it is gone
	EventPushed                             // a subscription pushed a Batch
	SubscriptionEnded                       // a subscription is over, with Err for its client
	ZoneLost                                // Zone is lost
	FailedOver                              // N shards of a stream that had their primary in Zone fail over to another
	ZoneBack                                // Zone is back; its replicas catch up with N bytes
	ZoneSynced                              // its replicas hold all records again
	EncryptionChanged                       // records are encrypted with the key Status, "" for none, from the instant N on
)

// A Notice is something that happened, told at the instant at which it did.
type Notice struct {
	Kind   NoticeKind
	Stream string
	Shard  int32  // number, or -1
	N      int64  // records, or shards
	Status string // of the stream or consumer, or the stream's mode
	Why    Why    // which limit refused
	Zone   string // Availability Zone

	Consumer     string     // name
	Subscription int64      // id
	By           sim.Owner  // who subscribed
	Batch        *Batch     // must not be changed
	Err          *aws.Error // nil when the subscription is over as it should be
}

// Why names the limit that refused.
type Why uint8

// The limits of a shard that refuse.
const (
	WhyRecords   Why = iota + 1 // records written a second
	WhyBytes                    // bytes written a second
	WhyReadCalls                // GetRecords a second
	WhyReadBytes                // bytes read a second
	WhyIterators                // GetShardIterator a second
	WhyFault                    // no limit: an injected fault
)

// Text is the limit in the words of the lab: "1,000 records/s", "1 MiB/s".
func (l Limits) Text(w Why) string {
	switch w {
	case WhyRecords:
		return thousands(l.ShardRecordsPerSecond) + " records/s"
	case WhyBytes:
		return byteRate(l.ShardBytesPerSecond)
	case WhyReadCalls:
		return thousands(int64(l.ShardReadCallsPerSecond)) + " reads/s"
	case WhyReadBytes:
		return byteRate(l.ShardReadBytesPerSecond)
	case WhyIterators:
		return thousands(int64(l.ShardIteratorsPerSecond)) + " iterators/s"
	}
	return ""
}

func (s *Service) notify(n Notice) {
	if s.cfg.Notify != nil {
		s.cfg.Notify(n)
	}
}
