// Package region is the world: services and actors on one schedule, with one door in and one view out. It wires and
// holds no rule of a service.
//
// Everything that changes the world passes [Region.Do] or is due on the schedule and happens in [Region.AdvanceTo]; an
// instant comes in as an argument, chance from the seed. What happens is told as [Event] values in plain language, and,
// to whoever watches, as flights of a [Trace]; the trace is for eyes only and no part of the state. A [Region.Clone] run
// on gives, byte for byte ([Region.State]), what the original would have given.
package region

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/firehose"
	"shardlab/wasm/fis"
	"shardlab/wasm/glue"
	"shardlab/wasm/iam"
	"shardlab/wasm/jq"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/kms"
	"shardlab/wasm/lambda"
	"shardlab/wasm/pricing"
	"shardlab/wasm/s3"
	"shardlab/wasm/sim"
	"shardlab/wasm/sink"
)

// Services behind the door that this package itself names; [Services] lists all.
const (
	Kinesis    = "kinesis"
	CloudWatch = "cloudwatch"
	FIS        = "fis"
	Lambda     = "lambda"
	Firehose   = "firehose"
	Lab        = "lab" // the actors of the world: producers, consumers, the scenario's voice
)

// Owners of events on the schedule; actors have the numbers from ownerActors on, which are never given twice.
const (
	ownerKinesis sim.Owner = iota
	ownerRegion
	ownerCloudWatch
	ownerFIS
	ownerFirehose
	ownerActors
)

// A Command is what passes the one door: an operation of a service with its body.
type Command struct {
	Service string          `json:"service"` // "kinesis", "lab": one of Services
	Op      string          `json:"op"`      // "SplitShard", "PutProducer"
	Body    json.RawMessage `json:"body,omitempty"`
	As      string          `json:"as,omitempty"` // ARN of the principal who calls; "" is the account's administrator, who may do all
}

// A Reply is what the operation answered, or why it was refused.
type Reply struct {
	Body []byte
	Err  *aws.Error
}

// Config says what world to make.
type Config struct {
	Seed    uint64
	Start   sim.Instant
	Profile string // of the limits; today's when empty
	Name    string // "us-east-1" when empty
	Account string // "123456789012" when empty
	Shards  int64  // open shards that the account may have; the profile's when 0

	// Runtime runs the JavaScript of functions; its answers depend on the call alone, so it is no part of the state. Without
	// one such functions fail and say so. JQ runs the queries of dynamic partitioning; the same holds for it.
	Runtime lambda.Runtime
	JQ      jq.Run
}

// A Region is one world.
type Region struct {
	cfg      Config
	sched    *sim.Schedule
	meter    *cloudwatch.Store
	kinesis  *kinesis.Service
	watch    *cloudwatch.Service
	bill     *pricing.Ledger
	iam      *iam.Service
	kms      *kms.Service
	fis      *fis.Service
	lambda   *lambda.Service
	dynamodb *dynamodb.Service
	s3       *s3.Service
	sink     *sink.Service
	firehose *firehose.Service
	glue     *glue.Service
	actors   []actor // by owner, minus ownerActors; nil when it was deleted

	events    sim.List[Event]
	gathering []gathered
	runs      []run
	flushAt   sim.Instant // when the next gathering ends; 0 when none is open
	ageAt     sim.Instant // when what is kept long is measured next; 0 when nothing is

	standing []pricing.Standing // scratch of observe
	work     int                // what the event that happens now gave clients to do; 0 between events

	door    func(*Region, Command) Reply // perform, for clients inside; a field, because the table of services leads to them
	trace   *Trace                       // nil when nobody watches; not part of the state
	outside map[int64]*mailbox           // of subscriptions of clients outside the world; not part of the state
}

// Profiles names the limits profiles, today's first.
func Profiles() []string { return kinesis.Profiles() }

// New returns an empty world that stands at its start.
func New(cfg Config) (*Region, error) {
	if cfg.Name == "" {
		cfg.Name = "us-east-1"
	}
	if cfg.Account == "" {
		cfg.Account = "123456789012"
	}
	limits, ok := kinesis.LimitsOf(cfg.Profile)
	if !ok {
		return nil, fmt.Errorf("profile %q is not known: use one of %s", cfg.Profile, strings.Join(Profiles(), ", "))
	}
	cfg.Profile = limits.Profile
	if cfg.Shards > 0 {
		limits.AccountShards = cfg.Shards
	}
	r := &Region{cfg: cfg, sched: sim.NewSchedule(cfg.Start), meter: cloudwatch.New(), door: (*Region).perform}
	r.iam = iam.New(iam.Config{Account: cfg.Account, Region: cfg.Name, Seed: cfg.Seed}, r.Now)
	faults := fis.Config{Region: cfg.Name, Account: cfg.Account, Seed: cfg.Seed}
	r.faultHooks(&faults)
	r.fis = fis.New(faults, r.sched, ownerFIS)
	r.kms = kms.New(kms.Config{Account: cfg.Account, Region: cfg.Name, Seed: cfg.Seed, Authorize: r.iam.Authorize}, r.Now)
	streams := kinesis.Config{Region: cfg.Name, Account: cfg.Account, Seed: cfg.Seed, Limits: limits}
	r.hooks(&streams)
	r.kinesis = kinesis.New(streams, r.sched, ownerKinesis, r.meter)
	watch := cloudwatch.Config{Region: cfg.Name, Account: cfg.Account}
	r.watchHooks(&watch)
	r.watch = cloudwatch.NewService(watch, r.sched, ownerCloudWatch, r.meter)
	r.dynamodb = dynamodb.New(dynamodb.Config{Region: cfg.Name, Account: cfg.Account, Seed: cfg.Seed}, r.Now, r.meter)
	objects := s3.Config{Region: cfg.Name, Account: cfg.Account}
	r.objectHooks(&objects)
	r.s3 = s3.New(objects, r.Now)
	ends := sink.Config{}
	r.sinkHooks(&ends)
	r.sink = sink.New(ends, r.Now)
	r.glue = glue.New(cfg.Account, r.Now)
	r.firehose = firehose.New(firehose.Config{Region: cfg.Name, Account: cfg.Account, Seed: cfg.Seed}, r.deliveries())
	r.bill = pricing.New(pricing.PricesOf(cfg.Profile), cfg.Start)
	r.lambda = lambda.New(lambda.Config{Region: cfg.Name, Account: cfg.Account, Seed: cfg.Seed}, r.functions())
	return r, nil
}

// hooks ties what lies beside Data Streams to this world.
func (r *Region) hooks(cfg *kinesis.Config) {
	cfg.Notify, cfg.Access, cfg.Keys = r.notice, r.access, r.kms
	r.injector(cfg)
}

// Now is the instant at which the world stands.
func (r *Region) Now() sim.Instant { return r.sched.Now() }

// NextAt is when the next thing is due, false when nothing is.
func (r *Region) NextAt() (sim.Instant, bool) { return r.sched.NextAt() }

// Config says how the world was made.
func (r *Region) Config() Config { return r.cfg }

// Kinesis is the service, to look at; what changes it passes Do.
func (r *Region) Kinesis() *kinesis.Service { return r.kinesis }

// IAM is who may do what, to look at.
func (r *Region) IAM() *iam.Service { return r.iam }

// KMS is the keys, to look at.
func (r *Region) KMS() *kms.Service { return r.kms }

// Meter holds the metrics, to look at.
func (r *Region) Meter() *cloudwatch.Store { return r.meter }

// A Request is a command whose body was read and checked. It belongs to no world yet: whoever serves several clients
// reads beside other work, and takes a turn in the world only to run.
type Request struct {
	Command
	service *service    // nil when there is none of that name
	read    aws.Request // of a service that reads its requests by a table
}

// Prepare reads and checks a command's body, as far as that needs no world.
func Prepare(c Command) (Request, *aws.Error) {
	r := Request{Command: c}
	var err error
	if s, ok := findService(c.Service); ok {
		r.service = s
		if s.decode != nil {
			r.read, err = s.decode(c.Op, c.Body)
		}
	}
	return r, serviceError(err)
}

// Do runs one command now. What is due at this very instant happens first, so that a command's place in the order of
// things does not depend on how the way here was cut into slices.
func (r *Region) Do(c Command) Reply {
	r.Settle()
	return r.perform(c)
}

// perform is Do for a client inside the world, at whose turn other things may be due.
func (r *Region) perform(c Command) Reply {
	q, err := Prepare(c)
	if err != nil {
		return Reply{Err: err}
	}
	out, err := r.run(q)
	if err != nil {
		return Reply{Err: err}
	}
	body, bad := Encode(out)
	if bad != nil {
		panic("region: an answer does not encode: " + bad.Error())
	}
	return Reply{Body: body}
}

// Encode writes the answer of Run as the body of a Reply.
func Encode(out any) ([]byte, error) {
	if body, ok := out.([]byte); ok {
		return body, nil
	}
	return aws.Encode(out)
}

// Run is Do for a request that was prepared before. The answer is a structure for Encode, nil when the operation has none;
// nothing in it changes later, so it can be encoded beside other work.
func (r *Region) Run(q Request) (any, *aws.Error) {
	r.Settle()
	return r.run(q)
}

func (r *Region) run(q Request) (any, *aws.Error) {
	if q.service == nil {
		return nil, noService(q.Service)
	}
	if err := r.judge(&q); err != nil {
		return nil, err
	}
	out, err := q.service.run(r, &q)
	r.observe()
	return out, serviceError(err)
}

// serviceError is the service's error that err is; a service refuses with nothing else.
func serviceError(err error) *aws.Error {
	if err == nil {
		return nil
	}
	e, ok := err.(*aws.Error)
	if !ok {
		panic("region: an operation was refused with something else than a service's error: " + err.Error())
	}
	return e
}

// Settle lets everything happen that is due now.
func (r *Region) Settle() {
	for {
		if _, done := r.step(r.sched.Now()); done {
			return
		}
	}
}

// step lets the next thing happen that is due at limit or before and returns its work; done says that there was none,
// and that the world stands at limit.
func (r *Region) step(limit sim.Instant) (work int, done bool) {
	e, ok := r.sched.Pop(limit)
	if !ok {
		return 0, true
	}
	switch e.Owner {
	case ownerKinesis:
		r.work = 1
		r.kinesis.Fire(e)
		r.observe()
		work, r.work = r.work, 0
		return work, false
	case ownerRegion:
		if e.Kind == evAge {
			r.age()
		} else {
			r.flush()
		}
		return 1, false
	case ownerCloudWatch:
		r.watch.Fire(e)
		return 1, false
	case ownerFirehose:
		return r.firehose.Fire(e), false
	case ownerFIS:
		r.fis.Fire(e)
		r.arm()
		return 1, false
	}
	a := r.actors[e.Owner-ownerActors]
	if a == nil {
		return 1, false // it was deleted
	}
	return a.fire(r, e), false
}

// AdvanceTo lets time pass to t and everything happen that is due, in order. It stops when the budget is used up, in
// units of work (a record written or read is one, and so is whatever else happens), or when stop says so of an event that
// came up. A budget of 0 has no end; stop may be nil. It reports whether the world stands at t with nothing left to do.
func (r *Region) AdvanceTo(t sim.Instant, budget int, stop func(*Event) bool) (reached bool, used int) {
	seen := r.events.Next()
	for budget <= 0 || used < budget {
		work, done := r.step(t)
		used += work
		if done {
			return true, used
		}
		if stop == nil {
			continue
		}
		halt := false
		for ; seen < r.events.Next(); seen++ {
			halt = stop(r.events.At(seen)) || halt
		}
		if halt {
			return false, used
		}
	}
	return false, used
}

// Clone returns a world that goes on from here on its own. Nobody watches it yet.
func (r *Region) Clone() *Region {
	c := &Region{cfg: r.cfg, sched: r.sched.Clone(), meter: r.meter.Clone(), flushAt: r.flushAt, door: r.door}
	c.iam = r.iam.Clone(c.Now)
	c.kms = r.kms.Clone(c.Now, c.iam.Authorize)
	c.fis = r.fis.Clone(c.sched, c.faultHooks)
	c.kinesis = r.kinesis.Clone(c.sched, c.meter, c.hooks)
	c.ageAt, c.bill = r.ageAt, r.bill.Clone()
	c.watch = r.watch.Clone(c.sched, c.meter, c.watchHooks)
	c.lambda = r.lambda.Clone(c.functions())
	c.dynamodb = r.dynamodb.Clone(c.Now, c.meter)
	c.s3 = r.s3.Clone(c.Now, c.objectHooks)
	c.sink = r.sink.Clone(c.Now, c.sinkHooks)
	c.firehose = r.firehose.Clone(c.deliveries())
	c.glue = r.glue.Clone(c.Now)
	c.actors = make([]actor, len(r.actors))
	for i, a := range r.actors {
		if a != nil {
			c.actors[i] = a.clone()
		}
	}
	c.events = r.events.Clone()
	c.gathering = append([]gathered(nil), r.gathering...)
	c.runs = append([]run(nil), r.runs...)
	return c
}

// State writes the whole world in a fixed order: two worlds with the same bytes go on alike.
func (r *Region) State(w io.Writer) {
	cfg := r.cfg
	cfg.Runtime, cfg.JQ = nil, nil // the host's
	fmt.Fprintf(w, "region %+v now=%d flush=%d\n", cfg, r.Now(), r.flushAt)
	due := r.sched.Clone()
	for {
		e, ok := due.Pop(1 << 62)
		if !ok {
			break
		}
		fmt.Fprintf(w, "due %d owner=%d kind=%d arg=%d\n", e.At, e.Owner, e.Kind, e.Arg)
	}
	r.kinesis.State(w)
	r.iam.State(w)
	r.kms.State(w)
	r.meter.State(w)
	r.watch.State(w)
	fmt.Fprintf(w, "age %d\n", r.ageAt)
	r.bill.State(w)
	r.fis.State(w)
	r.lambda.State(w)
	r.dynamodb.State(w)
	r.firehose.State(w)
	r.glue.State(w)
	r.s3.State(w)
	r.sink.State(w)
	for i, a := range r.actors {
		fmt.Fprintf(w, "actor %d\n", i)
		if a != nil {
			a.State(w)
		}
	}
	for i := r.events.First(); i < r.events.Next(); i++ {
		fmt.Fprintf(w, "event %+v\n", *r.events.At(i))
	}
	for i := range r.gathering {
		fmt.Fprintf(w, "gathering %+v\n", r.gathering[i])
	}
	for i := range r.runs {
		fmt.Fprintf(w, "run %+v\n", r.runs[i])
	}
}
