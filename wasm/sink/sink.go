// Package sink is the far ends to which data are delivered: the tables of an Amazon Redshift cluster, the indexes of an Amazon
// OpenSearch domain, Splunk's HTTP Event Collector, an HTTP endpoint, and tables of Snowflake and of Apache Iceberg.
//
// A client calls one ([Service.Copy], [Service.Bulk], [Service.Post], [Service.Insert]) and gets a [Reply]: what it says, and after how
// long; what it does there happens at once. So an end can have taken what its client believes to be lost. Faults befall calls from
// outside ([Config].Inject). The package knows nobody who delivers.
package sink

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/fis"
	"shardlab/wasm/sim"
)

// Kinds of ends.
const (
	Redshift   = "redshift"
	OpenSearch = "opensearch"
	Splunk     = "splunk"
	HTTP       = "http"
	Snowflake  = "snowflake"
	Iceberg    = "iceberg"
)

// Kinds names the kinds.
func Kinds() []string { return []string{Redshift, OpenSearch, Splunk, HTTP, Snowflake, Iceberg} }

// Bounds of what a world keeps. Ours.
const (
	maxSinks = 50
	// maxTables and maxRows bound a cluster, a catalog or a domain: of its tables or indexes, and of the rows or documents of each.
	// What goes beyond is refused, as by a disk that is full.
	maxTables, maxRows = 200, 100_000
	// keptEvents is how many events and requests Splunk and an HTTP endpoint show, the newest; all are counted.
	keptEvents = 2000
)

// Answers of an HTTP endpoint that keeps to its protocol, or does not.
const (
	Proper    = "proper"    // 200 with the request's own id
	Malformed = "malformed" // 200 with something that is no answer of the protocol
	TooLarge  = "too-large" // 413
)

// Settings are what an end was told, complete and checked. Millis are milliseconds.
type Settings struct {
	Kind, Name    string
	Token         string // of Splunk the HEC token, of HTTP the access key; "" takes any
	LatencyMillis int64  // until it answers a call
	AckMillis     int64  // of Splunk: until an event that it took is indexed and acknowledged; 0 acknowledges nothing
	Answer        string // of HTTP
}

// Defaults are the settings of a new end. Ours.
func Defaults(kind, name string) Settings {
	return Settings{Kind: kind, Name: name, LatencyMillis: 100, AckMillis: 2000, Answer: Proper}
}

// Totals is what an end did in all.
type Totals struct {
	Requests int64 // that came
	Refused  int64 // of those
	Items    int64 // rows, documents, events or records that it took
	Bytes    int64 // of those
	Repeated int64 // requests whose id came before and was taken: an HTTP endpoint takes them again, Snowflake and Iceberg do not
}

// An Event is what Splunk indexed, or a record that an HTTP endpoint took.
type Event struct {
	At      sim.Instant
	Request string // its id
	Data    []byte // never changes
}

// A Sink is an end.
type Sink struct {
	set    Settings
	tables []*Table // by name
	events sim.List[Event]
	total  Totals
	taken  []string // ids of the newest requests that were taken
	sum    uint64   // of all events, so that those no longer kept count too
	made   int64    // document ids given
	loads  []LoadError
}

// Settings, Total and Tables tell of it.
func (k *Sink) Settings() Settings { return k.set }
func (k *Sink) Total() Totals      { return k.total }
func (k *Sink) Tables() []*Table   { return slices.Clone(k.tables) }

// Ref is how faults name it: "splunk/hec".
func (k *Sink) Ref() string { return k.set.Kind + "/" + k.set.Name }

// LoadErrors lists the rows of a cluster's stl_load_errors, newest last.
func (k *Sink) LoadErrors() []LoadError { return k.loads }

// Events yields what Splunk or an HTTP endpoint still shows, oldest first.
func (k *Sink) Events(yield func(Event)) {
	for i := k.events.First(); i < k.events.Next(); i++ {
		yield(*k.events.At(i))
	}
}

// Config says what a service stands on.
type Config struct {
	Inject func(op, sink, as string) fis.Strike // what befalls a call of an end, "splunk/hec"; nil is nothing
	// Object gets an object of S3 as a principal, for COPY.
	Object func(as, bucket, key string) (data []byte, took time.Duration, err *aws.Error)
	// Query answers a SELECT over tables by their names.
	Query func(sql string, table func(name string) *Table) (*Result, error)
}

// A Service is all ends of a world.
type Service struct {
	cfg        Config
	now        func() sim.Instant
	sinks      []*Sink // by kind and name
	statements []Statement
	asked      int64 // statements in all
}

// New returns a service without ends.
func New(cfg Config, now func() sim.Instant) *Service { return &Service{cfg: cfg, now: now} }

// Clone returns a service that goes on from here on its own.
func (s *Service) Clone(now func() sim.Instant, hooks func(*Config)) *Service {
	c := *s
	c.now = now
	hooks(&c.cfg)
	c.sinks = make([]*Sink, len(s.sinks))
	for i, k := range s.sinks {
		copied := *k
		copied.tables = slices.Clone(k.tables)
		for j, t := range k.tables {
			copied.tables[j] = t.clone()
		}
		copied.events, copied.taken, copied.loads = k.events.Clone(), slices.Clone(k.taken), slices.Clip(k.loads)
		c.sinks[i] = &copied
	}
	c.statements = slices.Clone(s.statements)
	return &c
}

// State writes all that the service holds, in a fixed order; rows, documents and events are there as sums.
func (s *Service) State(w io.Writer) {
	fmt.Fprintf(w, "sinks %d statements asked\n", s.asked)
	for _, k := range s.sinks {
		fmt.Fprintf(w, " sink %+v total %+v made %d events %d..%d %016x taken %q loads %d\n", k.set, k.total, k.made, k.events.First(), k.events.Next(), k.sum, k.taken, len(k.loads))
		for _, t := range k.tables {
			fmt.Fprintf(w, "  table %s %+v %d rows %d documents %016x\n", t.Name, t.Columns, t.rows.Next(), len(t.docs), t.sum)
		}
		for _, e := range k.loads {
			fmt.Fprintf(w, "  load error %+v\n", e)
		}
	}
	for i := range s.statements {
		fmt.Fprintf(w, " statement %+v\n", s.statements[i])
	}
}

// Bytes is about what all ends keep.
func (s *Service) Bytes() (n int64) {
	for _, k := range s.sinks {
		n += k.total.Bytes
	}
	return n
}

func (s *Service) search(kind, name string) (int, bool) {
	return slices.BinarySearchFunc(s.sinks, kind+"/"+name, func(k *Sink, ref string) int { return cmp.Compare(k.Ref(), ref) })
}

// Sinks lists the ends by kind and name, to look at.
func (s *Service) Sinks() []*Sink { return slices.Clone(s.sinks) }

// Find finds an end.
func (s *Service) Find(kind, name string) (*Sink, bool) {
	i, ok := s.search(kind, name)
	if !ok {
		return nil, false
	}
	return s.sinks[i], true
}

// Put makes an end, or changes the settings of the one of that kind and name. The settings were checked.
func (s *Service) Put(set Settings) (*Sink, error) {
	i, ok := s.search(set.Kind, set.Name)
	if !ok && len(s.sinks) >= maxSinks {
		return nil, aws.Errorf(aws.LimitExceeded, "There are %d sinks already.", maxSinks).WithHint("Delete one first: lab delete-sink.")
	}
	if !ok {
		s.sinks = sim.Insert(s.sinks, i, &Sink{})
	}
	s.sinks[i].set = set
	return s.sinks[i], nil
}

// Delete takes an end out of the world with all that it holds, and reports whether it was there.
func (s *Service) Delete(kind, name string) bool {
	i, ok := s.search(kind, name)
	if ok {
		s.sinks = slices.Delete(s.sinks, i, i+1)
	}
	return ok
}

// A Reply is what an end answers, and after how long.
type Reply struct {
	Status int    // of HTTP; 0 when nobody answered
	Text   string // of the answer
	Closed bool   // nobody answered: the end is not there or down, or the answer is lost
	Took   time.Duration
}

// call begins a call of an end: it counts it, and answers it when there is no such end or a fault lets it fail.
func (s *Service) call(kind, name, op, as string) (*Sink, fis.Strike, Reply, bool) {
	k, ok := s.Find(kind, name)
	if !ok {
		return nil, fis.Strike{}, Reply{Closed: true, Took: time.Second}, false
	}
	var x fis.Strike
	if s.cfg.Inject != nil {
		x = s.cfg.Inject(op, k.Ref(), as)
	}
	k.total.Requests++
	r := Reply{Status: 200, Took: time.Duration(k.set.LatencyMillis)*time.Millisecond + x.Delay}
	switch x.Kind {
	case fis.Throttled:
		if r.Status, r.Text = 429, "Too Many Requests"; kind == Splunk {
			r.Status, r.Text = 503, `{"text":"Server is busy","code":9}`
		}
	case fis.Refused:
		if r.Status, r.Text = 403, "Forbidden"; kind == Splunk {
			r.Text = `{"text":"Invalid token","code":4}`
		}
	case fis.Unavailable:
		r.Status, r.Closed = 0, true
	default:
		return k, x, r, true
	}
	k.total.Refused++
	return k, x, r, false
}

// took ends a call that was done: when its answer is lost, nobody hears of it.
func took(x fis.Strike, r Reply) Reply {
	if x.Lost {
		r.Status, r.Text, r.Closed = 0, "", true
	}
	return r
}

// add adds a number and bytes to a sum of all that came.
func add(sum uint64, data ...string) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%016x", sum)
	for _, d := range data {
		io.WriteString(h, d)
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// note keeps an event, the newest of them.
func (k *Sink) note(at sim.Instant, request string, data []byte) {
	k.events.Append(Event{at, request, data})
	if k.events.Len() > keptEvents {
		k.events.TrimTo(k.events.Next() - keptEvents)
	}
	k.sum = add(k.sum, request, string(data))
	k.total.Items++
	k.total.Bytes += int64(len(data))
}

// An Envelope is a request of HTTP with what is in it.
type Envelope struct {
	ID      string // of the request
	Key     string // its access key, or the HEC token
	Bytes   int64  // of its body
	Records [][]byte
}

// seen is how many ids of requests an end remembers. Ours.
const seen = 1000

// first notes an id that is taken, and says whether it came for the first time.
func (k *Sink) first(id string) bool {
	if slices.Contains(k.taken, id) {
		k.total.Repeated++
		return false
	}
	k.remember(id)
	return true
}

func (k *Sink) remember(id string) {
	if k.taken = append(k.taken, id); len(k.taken) > seen {
		k.taken = slices.Clone(k.taken[1:])
	}
}

// PostHTTP is a request to an HTTP endpoint in the protocol of Firehose's deliveries: 200 is taken, 401 a wrong access key, 413 too
// large, and an answer without the request's own id is none.
// Source: Firehose Developer Guide, "HTTP endpoint delivery request and response specifications".
func (s *Service) PostHTTP(name string, e Envelope) Reply {
	k, x, r, ok := s.call(HTTP, name, "Post", "")
	if !ok {
		return r
	}
	stamp := fmt.Sprint(int64(s.now()) / 1000)
	switch {
	case k.set.Token != "" && e.Key != k.set.Token:
		k.total.Refused++
		r.Status, r.Text = 401, `{"requestId":"`+e.ID+`","timestamp":`+stamp+`,"errorMessage":"Access key is invalid"}`
		return r
	case k.set.Answer == TooLarge:
		k.total.Refused++
		r.Status, r.Text = 413, `{"requestId":"`+e.ID+`","timestamp":`+stamp+`,"errorMessage":"Payload Too Large"}`
		return r
	}
	k.first(e.ID)
	for _, d := range e.Records {
		k.note(s.now(), e.ID, d)
	}
	if r.Text = `{"requestId":"` + e.ID + `","timestamp":` + stamp + `}`; k.set.Answer == Malformed {
		r.Text = "thanks"
	}
	return took(x, r)
}

// PostHEC is a request to Splunk's HTTP Event Collector. event says that its records must be events of HEC, and not raw text. An answer
// with 200 and acknowledged false is an event that was taken and whose acknowledgement does not come.
// Source: Splunk, "Format events for HTTP Event Collector", "Troubleshoot HTTP Event Collector" and "HTTP Event Collector indexer acknowledgment".
func (s *Service) PostHEC(name string, e Envelope, event bool) (r Reply, acknowledged bool) {
	k, x, r, ok := s.call(Splunk, name, "Post", "")
	if !ok {
		return r, false
	}
	refuse := func(status int, text string, code int) (Reply, bool) {
		k.total.Refused++
		r.Status, r.Text = status, fmt.Sprintf(`{"text":"%s","code":%d}`, text, code)
		return r, false
	}
	switch {
	case k.set.Token != "" && e.Key == "":
		return refuse(401, "Token is required", 2)
	case k.set.Token != "" && e.Key != k.set.Token:
		return refuse(403, "Invalid token", 4)
	case k.set.AckMillis == 0:
		return refuse(400, "ACK is disabled", 14)
	}
	if event {
		for _, d := range e.Records {
			o, err := readObject(d)
			if _, has := o["event"]; err != nil {
				return refuse(400, "Invalid data format", 6)
			} else if !has {
				return refuse(400, "Event field is required", 12)
			}
		}
	}
	for _, d := range e.Records {
		k.note(s.now(), e.ID, d)
	}
	r.Text = fmt.Sprintf(`{"text":"Success","code":0,"ackId":%d}`, k.total.Requests)
	if x.Lost {
		return r, false
	}
	r.Took += time.Duration(k.set.AckMillis) * time.Millisecond
	return r, true
}

// hostOf is the first label of an address's host: "hec" of "https://hec.example.com:8088/x".
func hostOf(url string) string {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	if i := strings.IndexAny(url, "./:?"); i >= 0 {
		url = url[:i]
	}
	return url
}

// At finds the name of an end by the address that a client was given: its host's first label.
func At(url string) string { return hostOf(url) }
