// Package protocol is what the page and the engine say to each other: types, a codec and a version. It imports nothing
// of ours, so that the page can speak to the engine without carrying it.
//
// Every message is one JSON text. The page sends a [Request] and gets exactly one [Reply] with the same ID, in the order
// of the requests; beside the replies the engine sends a [Frame] whenever what the learner sees has changed, and at most
// one [Panic], its last word. A value, once sent, is never changed: the engine says what is, and for what moves it says
// when it left (SentAt) and when it is due (DueAt); the page draws between.
//
// Instants in messages are microseconds of virtual time since the start of the lab, unless a name says Unix.
package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Version is the version of these messages. Page and engine of different versions do not talk: the page says so and
// offers to reload.
const Version = 1

// Second is a second of virtual time in the unit of these messages.
const Second int64 = 1_000_000

// MaxAge is how long a run lives at most, from the start of the lab.
const MaxAge = 400 * 86400 * Second

// Kinds of requests. What a request carries beside V, ID and Kind stands behind its name.
const (
	Hello    = "hello"    // nothing; replied with Reply.Engine
	Open     = "open"     // Lab or Link, Seed, Log, At: begin a lab, or begin it again from its log; with a Link replied with Shared
	Do       = "do"       // Service, Op, Body, With: one command through the engine's door, as a button presses it
	Type     = "type"     // Line: one entry of the console, may be several lines; replied with Output and Exit
	Complete = "complete" // Line, Pos: replied with Completion
	Play     = "play"     // Speed: virtual seconds per second, 0.1 to 3600
	Pause    = "pause"    // nothing
	Step     = "step"     // nothing: run to the next event worth a word, or for a virtual minute, then pause
	Until    = "until"    // Until: run to a condition as fast as possible, then pause
	Seek     = "seek"     // At: go to an instant; back by replay, forward by running
	Undo     = "undo"     // nothing: take the learner's last deed back and live to the same instant again; replied with Command, the deed
	Redo     = "redo"     // nothing: put back what the last undo took; replied likewise
	Previous = "previous" // nothing: go back to the event worth a word before this instant
	Forked   = "fork"     // nothing: go on in two timelines from here, A as it was and B, which is chosen; replied with Reached
	Choose   = "choose"   // Ref, "A" or "B": the timeline that frames show and commands go to
	Keep     = "keep"     // Ref, "A" or "B": go on with this timeline alone
	Compare  = "compare"  // nothing: replied with Fork, and Reached, the same in words
	Stand    = "stand"    // nothing: replied with Where
	Inspect  = "inspect"  // Ref, From: replied with Sheet
	Word     = "word"     // Service, Op, Body: replied with Command; nothing is done
	Script   = "script"   // nothing: replied with Script, the lab as a text
	Rewrite  = "rewrite"  // Script: open the lab that the text says and live to this instant; replied with Script, or with Flaws and nothing done
	Save     = "save"     // nothing: replied with Log, the whole run as text
	Share    = "share"    // Ref, AsLink or AsFile, and Link to turn one into the other: replied with Shared
	Read     = "read"     // Ref of an object, From: replied with Bytes, some of its own bytes from From on
	Show     = "show"     // Board: what the charts of all frames to come show
	Metrics  = "metrics"  // nothing: replied with Metrics, all that charts can show
	Crash    = "crash"    // nothing: the engine panics, as a drill of the recovery
)

// Limits of a request; past them the engine answers with an error that says so.
const (
	MaxMessageBytes = 32 << 20 // a log of a long lab with large records
	MaxLineBytes    = 1 << 20  // one console entry
	MinSpeed        = 0.1
	MaxSpeed        = 3600
)

// A Request is what the page asks. Fields that its kind does not use are left out.
type Request struct {
	V       int             `json:"v"`
	ID      int64           `json:"id"`
	Kind    string          `json:"kind"`
	Lab     json.RawMessage `json:"lab,omitempty"` // the scenario and goals, as package scenario reads them
	Seed    *int64          `json:"seed,omitempty"`
	Log     string          `json:"log,omitempty"`
	Link    string          `json:"link,omitempty"` // a lab as somebody shared it: the text of a link, or of a file
	Script  string          `json:"script,omitempty"`
	At      int64           `json:"at,omitempty"`
	Service string          `json:"service,omitempty"` // "kinesis" or "lab"
	Op      string          `json:"op,omitempty"`      // "SplitShard", "PutProducer"
	Body    json.RawMessage `json:"body,omitempty"`
	With    bool            `json:"with,omitempty"` // of a do: it belongs to the deed before, a form's earlier command
	Line    string          `json:"line,omitempty"`
	Pos     int             `json:"pos,omitempty"` // cursor in Line, in bytes
	Speed   float64         `json:"speed,omitempty"`
	Until   *Condition      `json:"until,omitempty"`
	Ref     string          `json:"ref,omitempty"`
	From    int64           `json:"from,omitempty"` // of a read the first byte, of a sheet with a listing the first entry
	Board   *Board          `json:"board,omitempty"`
}

// A Condition is what Until waits for: the first event of one of Kinds (all events worth a word when empty), a metric that
// crosses a value, a record's expiry, or the instant At, whichever comes first. Without At it gives up after a virtual day, for
// what expires after a year and a day, and says so.
type Condition struct {
	Kinds  []string  `json:"kinds,omitempty"`
	Of     string    `json:"of,omitempty"` // of whom the event is: the name of a stream, a client, a shard as trips/shardId-…; anybody when left out
	At     int64     `json:"at,omitempty"`
	Metric *Crossing `json:"metric,omitempty"`
	Record string    `json:"record,omitempty"` // the sequence number of a record that is to expire, or Oldest
	Before int64     `json:"before,omitempty"` // stop so many microseconds before the record expires
}

// Oldest is the record that expires next. UntilFlush is for Kinds: a buffer goes out, as an event of kind EventDelivery or
// EventBuffer tells.
const (
	Oldest     = "oldest"
	UntilFlush = "flush"
)

// A Crossing is a metric that goes above a value, or below it, in one second.
type Crossing struct {
	Metric string  `json:"metric"`         // as the charts name it, or its ref
	Of     string  `json:"of,omitempty"`   // as Chart.Of; the first chart of that metric when left out
	Stat   string  `json:"stat,omitempty"` // the chart's when left out
	Below  bool    `json:"below,omitempty"`
	Value  float64 `json:"value"`
}

// A Message is what the engine sends; exactly one field is set.
type Message struct {
	Reply *Reply `json:"reply,omitempty"`
	Frame *Frame `json:"frame,omitempty"`
	Panic *Panic `json:"panic,omitempty"`
}

// A Reply answers the request with its ID.
type Reply struct {
	ID         int64           `json:"id"`
	Error      *Error          `json:"error,omitempty"` // set when the request was not done
	Engine     *Engine         `json:"engine,omitempty"`
	Body       json.RawMessage `json:"body,omitempty"`    // what the operation answered
	Command    string          `json:"command,omitempty"` // the same deed as a console line
	Output     []Output        `json:"output,omitempty"`
	Exit       int             `json:"exit,omitempty"`
	Completion *Completion     `json:"completion,omitempty"`
	Sheet      *Sheet          `json:"sheet,omitempty"`
	Log        string          `json:"log,omitempty"`
	Script     string          `json:"script,omitempty"`
	Flaws      []Flaw          `json:"flaws,omitempty"` // of a script that was not taken
	Bytes      *Bytes          `json:"bytes,omitempty"`
	Shared     *Shared         `json:"shared,omitempty"`
	Metrics    []Metric        `json:"metrics,omitempty"`
	Reached    string          `json:"reached,omitempty"` // what ended a step or an until, in words
	Where      *Where          `json:"where,omitempty"`
	Fork       *Fork           `json:"fork,omitempty"`
}

// What a lab can be shared as.
const (
	AsLink = "link" // the text behind "#s=" of an address
	AsFile = "file" // JSON, for a file
)

// A Shared is a lab that is shared, or was.
type Shared struct {
	Name  string          `json:"name"`            // of the lab
	Text  string          `json:"text,omitempty"`  // what was asked for
	State string          `json:"state"`           // hash of the state it is in, in hex
	Lab   json.RawMessage `json:"lab,omitempty"`   // of an open: its file
	Code  bool            `json:"code,omitempty"`  // it brings the code of functions along
	Other bool            `json:"other,omitempty"` // of an open: its state is not the one in which it was shared
}

// An Error says what was refused. Code is the wire's own name where AWS refused.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what to try instead
}

// A Flaw is what is wrong at a place of a script.
type Flaw struct {
	Line    int    `json:"line"` // counted from 1
	Column  int    `json:"column"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what to write instead
}

// Engine says who answers.
type Engine struct {
	Version  int      `json:"version"`
	Profiles []string `json:"profiles"`
}

// Output is a piece of console output. To is "out", "err" or "hint".
type Output struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

// Completion offers texts to put in place of Line[From:To], byte offsets.
type Completion struct {
	From    int      `json:"from"`
	To      int      `json:"to"`
	Options []Option `json:"options"`
}

// An Option is one completion and what it means.
type Option struct {
	Text string `json:"text"`
	Help string `json:"help,omitempty"`
}

// A Frame is the whole of what the learner sees at one instant. Events and Flights are those since the frame before; when
// History differs from the frame before, time was rewound or the lab began again, and the page drops what it gathered.
type Frame struct {
	Seq       int64      `json:"seq"`
	History   int64      `json:"history"`
	Now       int64      `json:"now"`
	StartUnix int64      `json:"startUnix"`          // Unix microseconds of instant 0
	Opened    int64      `json:"opened"`             // the instant at which the lab was handed to the learner; rewinding stops there
	End       int64      `json:"end"`                // the furthest instant this history has reached
	Timeline  string     `json:"timeline,omitempty"` // "A" or "B" after a fork
	Fork      *Fork      `json:"fork,omitempty"`
	Playing   bool       `json:"playing"`
	Speed     float64    `json:"speed"`             // asked for
	Reached   float64    `json:"reached,omitempty"` // reached lately, when the engine cannot keep up
	Busy      string     `json:"busy,omitempty"`    // what a long run is doing, in words
	Seed      int64      `json:"seed"`
	Streams   []Stream   `json:"streams"`
	Producers []Producer `json:"producers"`
	Consumers []Consumer `json:"consumers"`
	Firehoses []Firehose `json:"firehoses,omitempty"`
	Controls  []Control  `json:"controls,omitempty"`
	Buckets   []string   `json:"buckets,omitempty"` // their names
	Bill      Bill       `json:"bill"`
	Zones     []Zone     `json:"zones,omitempty"`
	Keys      []Key      `json:"keys,omitempty"` // what Flight.Key counts in; most used first
	Every     int        `json:"every"`          // one Flight stands for so many records
	Flights   []Flight   `json:"flights,omitempty"`
	Events    []Event    `json:"events,omitempty"`
	Charts    []Chart    `json:"charts,omitempty"` // left out when unchanged since the frame before
	Goals     []Goal     `json:"goals,omitempty"`
	Commands  int        `json:"commands"`       // how many commands the log holds; grows with each deed of the learner
	Undo      string     `json:"undo,omitempty"` // the deed that an undo would take back, as a console line; "" when there is none
	Redo      string     `json:"redo,omitempty"` // the deed that a redo would put back
}

// A Fork is how two timelines stand that began as one. A is the one that was there; both move together.
type Fork struct {
	At     int64   `json:"at"`     // from which they differ: of the fork, or of an earlier command that only one has
	Chosen string  `json:"chosen"` // "A" or "B": what the frame shows, and what commands go to
	End    int64   `json:"end"`    // the furthest instant of the other one
	Rows   []Row   `json:"rows"`
	Times  []int64 `json:"times,omitempty"` // instants of the rows' curves; left out with them when they are those of the frame before
	OnlyA  []Told  `json:"onlyA,omitempty"` // deeds that only A's log has
	OnlyB  []Told  `json:"onlyB,omitempty"`
	MoreA  int     `json:"moreA,omitempty"` // how many more there are
	MoreB  int     `json:"moreB,omitempty"`
	Twin   []Twin  `json:"twin"` // the streams of the timeline that is not chosen
}

// A Row is one figure of two timelines: what came together since the fork, of a lag what is.
type Row struct {
	Name   string    `json:"name"`
	Unit   string    `json:"unit"` // "Count", "Milliseconds", "Microdollars"
	A      float64   `json:"a"`
	B      float64   `json:"b"`
	CurveA []float64 `json:"curveA,omitempty"`
	CurveB []float64 `json:"curveB,omitempty"`
}

// Told is a deed in words.
type Told struct {
	At   int64  `json:"at"`
	Text string `json:"text"`
}

// A Twin is a stream drawn small.
type Twin struct {
	Name    string      `json:"name"`
	Status  string      `json:"status"`
	In      float64     `json:"in"` // records taken in the last second
	Refused int64       `json:"refused,omitempty"`
	Shards  []TwinShard `json:"shards"`
}

// A TwinShard is a shard drawn small.
type TwinShard struct {
	ID      string  `json:"id"`
	Open    bool    `json:"open,omitempty"`
	Fill    float64 `json:"fill"` // of the limit that is nearest, in the last second
	Refused int64   `json:"refused,omitempty"`
}

// A Bill is what the account owes, in millionths of a US dollar.
type Bill struct {
	Total   int64 `json:"total"`   // since the start of the lab
	PerHour int64 `json:"perHour"` // what an hour costs at the present pace
}

// A Zone is an Availability Zone with a replica of every shard.
type Zone struct {
	Name  string `json:"name"`  // us-east-1a
	State string `json:"state"` // IN_SYNC, LOST, CATCHING_UP
}

// A Stream is a stream as drawn.
type Stream struct {
	Name           string  `json:"name"`
	ARN            string  `json:"arn"`
	Status         string  `json:"status"` // CREATING, ACTIVE, UPDATING, DELETING
	Mode           string  `json:"mode"`   // PROVISIONED, ON_DEMAND
	RetentionHours int64   `json:"retentionHours"`
	Key            string  `json:"key,omitempty"`    // the KMS key that encrypts it
	FanOut         int     `json:"fanOut,omitempty"` // consumers registered for enhanced fan-out
	Shards         []Shard `json:"shards"`           // by number; expired ones are gone
}

// A Shard is a shard as drawn, with how full its budgets are right now.
type Shard struct {
	ID             string  `json:"id"`        // shardId-000000000001
	State          string  `json:"state"`     // OPEN, CLOSED
	StartHash      string  `json:"startHash"` // decimal, as on the wire
	EndHash        string  `json:"endHash"`
	From           float64 `json:"from"` // the range as parts of the hash ring, 0 to 1
	To             float64 `json:"to"`
	Parent         string  `json:"parent,omitempty"`
	AdjacentParent string  `json:"adjacentParent,omitempty"`
	Records        float64 `json:"records"`     // records taken in the last second
	Bytes          float64 `json:"bytes"`       // bytes taken in the last second
	RecordLimit    float64 `json:"recordLimit"` // records a second it may take
	ByteLimit      float64 `json:"byteLimit"`   // bytes a second it may take
	ReadBytes      float64 `json:"readBytes"`   // bytes given out in the last second
	ReadByteLimit  float64 `json:"readByteLimit"`
	PushBytes      float64 `json:"pushBytes,omitempty"` // bytes pushed to fan-out consumers in the last second, all together
	Reads          int     `json:"reads"`               // GetRecords calls in the last second
	ReadLimit      int     `json:"readLimit"`
	Refused        int64   `json:"refused"`              // records refused in the last second
	RefusedWhy     string  `json:"refusedWhy,omitempty"` // "1,000 records/s" or "1 MiB/s": the limit that refused last
	RefusedTotal   int64   `json:"refusedTotal"`
	ReadsRefused   int64   `json:"readsRefused"`      // reads refused in the last second
	Taken          int64   `json:"taken"`             // records ever taken
	Held           int64   `json:"held"`              // records that can still be read
	Opened         int64   `json:"opened,omitempty"`  // the instant at which it opened
	Closed         int64   `json:"closed,omitempty"`  // of a closed one: the instant at which a split or a merge closed it
	Expires        int64   `json:"expires,omitempty"` // of a closed one: the instant at which its last record leaves
	HeldBytes      int64   `json:"heldBytes"`
}

// A Part is what a client is made of, as far as one wants to see it at a glance: a buffer that fills, a worker with its
// shards, a batch under way.
type Part struct {
	Name  string  `json:"name"`
	Text  string  `json:"text"`            // how it stands, with its figures
	Fill  float64 `json:"fill"`            // how full it is, 0 to 1; below 0 it cannot fill
	Level string  `json:"level,omitempty"` // "info", "good", "warn", "bad"; "" is nothing worth a colour
}

// A Producer is a client that writes.
type Producer struct {
	Kind     string   `json:"kind,omitempty"` // what it is called: "KPL"; "" for a producer with an AWS SDK
	Noun     string   `json:"noun,omitempty"` // in the operations that start, stop and delete it: "KplProducer"; "" is "Producer"
	Name     string   `json:"name"`
	Stream   string   `json:"stream"`
	Also     []string `json:"also,omitempty"` // other streams that it writes to
	Running  bool     `json:"running"`
	Rate     float64  `json:"rate"`           // records a second it makes
	Bytes    int      `json:"bytes"`          // bytes of data of a record
	Keys     string   `json:"keys"`           // in words: "8 racks, one takes 70 %"
	Retry    string   `json:"retry"`          // in words: "3 attempts, jitter"
	Accepted float64  `json:"accepted"`       // records a second that were taken lately
	Refused  float64  `json:"refused"`        // records a second that were refused lately
	Waiting  int      `json:"waiting"`        // records that wait to be sent again
	Sent     int64    `json:"sent"`           // records taken in all
	Lost     int64    `json:"lost"`           // records given up in all
	Note     string   `json:"note,omitempty"` // what it does now, in words
	Parts    []Part   `json:"parts,omitempty"`
}

// A Consumer is a client that reads.
type Consumer struct {
	Kind    string  `json:"kind,omitempty"` // what it is called: "KCL application"; "" for a consumer with an AWS SDK
	Noun    string  `json:"noun,omitempty"` // in the operations that start, stop and delete it; "" is "Consumer"
	Name    string  `json:"name"`
	Stream  string  `json:"stream"`
	Running bool    `json:"running"`
	Rate    float64 `json:"rate"`             // records a second read lately
	Behind  int64   `json:"behind"`           // MillisBehindLatest of the shard that is furthest behind
	Read    int64   `json:"read"`             // records read in all
	Refused int64   `json:"refused"`          // calls refused in all
	Mode    string  `json:"mode,omitempty"`   // POLLING: it asks for records; FANOUT: they are pushed to it
	Latency int64   `json:"latency"`          // milliseconds from put to received, on average of the last 10 s; 0 when nothing came
	Note    string  `json:"note,omitempty"`   // what holds it up, in words
	Barred  bool    `json:"barred,omitempty"` // it cannot read at all: its stream is not there, or it may not
	Late    []Late  `json:"late,omitempty"`   // the shards in which it lags
	To      []Place `json:"to,omitempty"`     // where it writes to; of a stream the Ref is "stream:" and its name
	Parts   []Part  `json:"parts,omitempty"`
}

// A Late is a shard in which a reader lags.
type Late struct {
	Shard  int   `json:"shard"`  // its number
	Behind int64 `json:"behind"` // milliseconds, of this shard, as Consumer.Behind
	Unread int64 `json:"unread"` // records that lie in it and that the reader has not come to
}

// A Control watches a stream, or acts on it: an alarm of CloudWatch, or a function that scales.
type Control struct {
	Ref    string   `json:"ref"` // "alarm:trips-hot", "scaler:auto"
	Name   string   `json:"name"`
	Stream string   `json:"stream,omitempty"` // it watches, or scales; "" when its metric is of something else
	State  string   `json:"state,omitempty"`  // of an alarm: OK, ALARM, INSUFFICIENT_DATA
	Text   string   `json:"text"`             // what it watches and does, in words: "Sum of IncomingRecords in 1 min > 96,000"
	Note   string   `json:"note,omitempty"`   // why it is in its state, or what it did last, in words
	Acts   []string `json:"acts,omitempty"`   // refs of what an alarm invokes
}

// A Firehose is a Firehose stream as drawn. A client that writes to it, or the stage that shows it, names it as
// "firehose:" and its name where the name of a stream stands.
type Firehose struct {
	Name          string   `json:"name"`
	Status        string   `json:"status"`            // CREATING, ACTIVE, DELETING
	Version       int64    `json:"version"`           // of its configuration
	Structure     string   `json:"structure"`         // how the structures of its destination begin: "ExtendedS3"
	Source        string   `json:"source,omitempty"`  // the stream that it reads; "" is Direct PUT
	Blocked       string   `json:"blocked,omitempty"` // why it does not read, in words
	Behind        int64    `json:"behind,omitempty"`  // MillisBehindLatest of the shard that is furthest behind
	Records       float64  `json:"records"`           // a second taken lately
	Bytes         float64  `json:"bytes"`
	Refused       float64  `json:"refused,omitempty"`   // a second lately: throughput is used up
	ByteLimit     float64  `json:"byteLimit,omitempty"` // a second, of Direct PUT
	Processor     string   `json:"processor,omitempty"` // what is done with records before they are buffered, in words
	Tanks         []Tank   `json:"tanks"`               // the destination's first, which is there even when nothing waits
	MoreTanks     int      `json:"moreTanks,omitempty"`
	Partitioned   bool     `json:"partitioned,omitempty"`
	Partitions    int64    `json:"partitions,omitempty"` // active ones
	MaxPartitions int64    `json:"maxPartitions,omitempty"`
	Parcels       []Parcel `json:"parcels,omitempty"` // oldest first
	MoreParcels   int      `json:"moreParcels,omitempty"`
	Taken         int64    `json:"taken"`     // records in all
	Delivered     int64    `json:"delivered"` // records in all
	Deliveries    int64    `json:"deliveries"`
	Retries       int64    `json:"retries,omitempty"`
	Failed        int64    `json:"failed,omitempty"`   // records written to where failed ones go
	BackedUp      int64    `json:"backedUp,omitempty"` // source records in the backup bucket
	Dropped       int64    `json:"dropped,omitempty"`
	Lost          int64    `json:"lost,omitempty"`
	Format        string   `json:"format,omitempty"` // of what it delivers: "GZIP", "Parquet"
	To            Place    `json:"to"`
	Errors        *Place   `json:"errors,omitempty"` // where failed records go, and backup, where it is another place
	Age           int64    `json:"age"`              // milliseconds of the oldest record that is not delivered
}

// A Tank is a buffer of a Firehose stream. It goes when it holds Size bytes or when Interval has passed since its first
// record came, whichever is first.
type Tank struct {
	For      string  `json:"for"`           // "destination", "processor", "backup", "errors"
	Key      string  `json:"key,omitempty"` // the prefix of a partition, or the error-output-type of failed records
	Records  int64   `json:"records"`
	Bytes    int64   `json:"bytes"`
	Size     int64   `json:"size"`
	Interval int64   `json:"interval"` // microseconds
	Since    int64   `json:"since"`    // the instant at which its first record came
	DueAt    int64   `json:"dueAt"`
	Rate     float64 `json:"rate"` // bytes a second that come in lately
}

// A Parcel is a delivery under way, or one that waits to be tried again.
type Parcel struct {
	For      string `json:"for"` // as of a Tank
	Records  int64  `json:"records"`
	Bytes    int64  `json:"bytes"`
	Attempts int64  `json:"attempts"` // begun
	NextAt   int64  `json:"nextAt"`   // the instant of the answer, or of the next attempt
	Asking   bool   `json:"asking"`   // it is on its way
	Why      string `json:"why,omitempty"`
}

// A Place is where a Firehose stream delivers to, or a consumer; of a consumer's only what names it is told.
type Place struct {
	Ref   string `json:"ref"`
	Kind  string `json:"kind"` // "Amazon S3"
	Name  string `json:"name"`
	State string `json:"state"`           // "up", "slow", "refusing", "down"
	Why   string `json:"why,omitempty"`   // it is not up
	Fault string `json:"fault"`           // as faults name it: "s3/lake"
	Ails  string `json:"ails,omitempty"`  // the names of the faults that befall it, apart by a space
	Holds string `json:"holds,omitempty"` // in words: "214 objects, 1.2 GiB"
}

// Bytes are some of the bytes of an object, from From on; Total is how many it has.
type Bytes struct {
	Name  string `json:"name"` // of a file that has them all
	Type  string `json:"type"`
	ETag  string `json:"etag"`
	Total int64  `json:"total"`
	From  int64  `json:"from"`
	Data  []byte `json:"data"`
}

// ReadBytes is how many bytes one reply to a read carries at most, PageEntries how many entries a listing lists.
const (
	ReadBytes   = 1 << 20
	PageEntries = 100
)

// A Key is a partition key that flights name by its place in Frame.Keys.
type Key struct {
	Name  string  `json:"name"`
	Share float64 `json:"share"` // of the records sent lately, 0 to 1
}

// Kinds of flights.
const (
	FlightTaken   = 0 // a record on its way to a shard that took it
	FlightRefused = 1 // a record on its way to a shard that refused it
	FlightRead    = 2 // records on their way from a shard to a consumer
)

// A Flight is something on its way. It goes over the wire as an array of seven numbers, because there are many.
type Flight struct {
	Kind   int   // FlightTaken, FlightRefused, FlightRead
	SentAt int64 // when it left
	DueAt  int64 // when it arrives
	Actor  int   // place in Frame.Producers or, for FlightRead, in Frame.Consumers
	Stream int   // place in Frame.Streams
	Shard  int   // number of the shard: 1 of shardId-000000000001
	Key    int   // place in Frame.Keys, -1 when it is none of them; for FlightRead the number of records
}

// MarshalJSON writes the flight as an array.
func (f Flight) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "[%d,%d,%d,%d,%d,%d,%d]", f.Kind, f.SentAt, f.DueAt-f.SentAt, f.Actor, f.Stream, f.Shard, f.Key), nil
}

// UnmarshalJSON reads what MarshalJSON wrote. It is written by hand because a frame carries hundreds of them: reading each
// through encoding/json again would take most of a frame's time in the page.
func (f *Flight) UnmarshalJSON(b []byte) error {
	var n [7]int64
	at, digits, minus := 0, 0, false
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9' && at < len(n) && digits < 18:
			n[at] = n[at]*10 + int64(c-'0')
			digits++
		case c == '-' && digits == 0 && !minus:
			minus = true
		case (c == ',' || c == ']' && i == len(b)-1) && digits > 0 && at < len(n):
			if minus {
				n[at] = -n[at]
			}
			at, digits, minus = at+1, 0, false
		case c == '[' && i == 0 || c == ' ':
		default:
			return fmt.Errorf("read flight: %q is not an array of seven whole numbers", b)
		}
	}
	if at != len(n) || digits > 0 {
		return fmt.Errorf("read flight: %q is not an array of seven whole numbers", b)
	}
	*f = Flight{int(n[0]), n[1], n[1] + n[2], int(n[3]), int(n[4]), int(n[5]), int(n[6])}
	return nil
}

// Kinds of events.
const (
	EventStreamStatus = "stream-status" // a stream became CREATING, ACTIVE, UPDATING, DELETING or is gone
	EventShardOpened  = "shard-opened"
	EventShardClosed  = "shard-closed"
	EventShardExpired = "shard-expired"
	EventWriteRefused = "write-refused" // gathered: one event a shard and second
	EventReadRefused  = "read-refused"
	EventRetry        = "retry"
	EventLost         = "lost"   // a producer gave records up
	EventBuffer       = "buffer" // a producer with the KPL flushes for another reason, holds back, or learns of shards
	EventCaughtUp     = "caught-up"
	EventBehind       = "behind"   // a consumer falls behind
	EventExpired      = "expired"  // records left at the end of retention
	EventFanOut       = "fan-out"  // a registered consumer changed its status, or a subscription began or ended
	EventActor        = "actor"    // a producer or consumer was added, changed, started, stopped
	EventCommand      = "command"  // the learner did something
	EventGoal         = "goal"     // a goal became met, or is no longer
	EventNote         = "note"     // the scenario says something
	EventAlarm        = "alarm"    // an alarm of CloudWatch changed its state
	EventZone         = "zone"     // an Availability Zone was lost or is back
	EventObject       = "object"   // a bucket was created or deleted, or the learner put or deleted an object
	EventDelivery     = "delivery" // a Firehose stream buffered, processed or delivered something, or failed to
	EventFault        = "fault"    // a fault was injected, or an experiment began or ended
)

// An Event is one thing that happened, in plain language.
type Event struct {
	ID    int64  `json:"id"` // rises by one within a history
	At    int64  `json:"at"`
	Kind  string `json:"kind"`
	Level string `json:"level"` // "info", "good", "warn", "bad"
	Text  string `json:"text"`
	Ref   string `json:"ref,omitempty"`   // what to inspect: "shard:trips/shardId-000000000001"
	Count int64  `json:"count,omitempty"` // how many records or calls it gathers
	Mark  bool   `json:"mark,omitempty"`  // worth a mark on the time bar and a stop of Step
}

// A Goal is one check of the lab's task.
type Goal struct {
	ID       string `json:"id"`
	Text     string `json:"text"` // what is to be true
	Met      bool   `json:"met"`
	Message  string `json:"message,omitempty"`  // how it stands, with its figures
	Evidence string `json:"evidence,omitempty"` // a Ref to the record or shard that proves it
}

// A Sheet is what the inspector shows of one thing. Ref names it: "stream:trips", "shard:trips/shardId-000000000001",
// "record:trips/shardId-000000000001/<sequence number>", "producer:bikes", "consumer:board", "worker:board/worker-1",
// "lease:board/shardId-000000000001", "metric:AWS/Kinesis,IncomingRecords,StreamName=trips", "firehose:raw", "bucket:lake/2026/"
// (a prefix may follow the bucket's name), "object:lake/<key>", "buckets:", "bill:" and "zones:".
type Sheet struct {
	Ref      string    `json:"ref"`
	Kind     string    `json:"kind"` // "Shard"
	Title    string    `json:"title"`
	Sections []Section `json:"sections"`
	Commands []string  `json:"commands,omitempty"` // console lines that show or change it
	// Settings are those of a client that can be changed, by the names of the members that change them where they have some.
	Settings json.RawMessage `json:"settings,omitempty"`
	Listing  *Listing        `json:"listing,omitempty"` // of a bucket, or of all buckets
	File     *File           `json:"file,omitempty"`    // of an object
}

// A Listing is what a folder of a bucket holds: the objects and the further folders whose keys begin with its prefix.
type Listing struct {
	Bucket  string `json:"bucket"` // "" lists the buckets
	Prefix  string `json:"prefix,omitempty"`
	Folders int    `json:"folders"` // in all
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"` // of everything under the prefix
	Objects int    `json:"objects"`
	From    int    `json:"from"` // of folders and then files, the first that is listed
	Entries []File `json:"entries"`
}

// A File is an object, or a folder of objects, in a listing.
type File struct {
	Ref     string `json:"ref"`
	Name    string `json:"name"` // behind the listing's prefix
	Folder  bool   `json:"folder,omitempty"`
	Objects int    `json:"objects,omitempty"` // of a folder
	Bytes   int64  `json:"bytes"`
	At      int64  `json:"at"`               // the instant at which it was last modified
	Errors  bool   `json:"errors,omitempty"` // it holds records that failed
}

// A Section is a titled list of facts, a table when Head is set, or lines of text as they are.
type Section struct {
	Title string   `json:"title"`
	Head  []string `json:"head,omitempty"`
	Types []string `json:"types,omitempty"` // of the columns, when the table is of a file that has them
	Rows  [][]Cell `json:"rows"`            // of two cells, name and value, when Head is not set
	Text  string   `json:"text,omitempty"`
	Note  string   `json:"note,omitempty"` // under the title
}

// A Cell is a text; Ref makes it a link to another sheet, Mono sets it in the console's type, Note explains it.
type Cell struct {
	Text string `json:"text"`
	Ref  string `json:"ref,omitempty"`
	Mono bool   `json:"mono,omitempty"`
	Note string `json:"note,omitempty"`
}

// A Panic is the engine's last word: what could not be, and all that is needed to have it again. Log holds the run up to
// and without the command that failed.
type Panic struct {
	Message string `json:"message"`
	Stack   string `json:"stack"`
	Command string `json:"command,omitempty"` // what was being done
	Seed    int64  `json:"seed"`
	Log     string `json:"log"`
	At      int64  `json:"at"`
}

// Decode reads a request and checks its version and bounds.
func Decode(text []byte) (Request, error) {
	var r Request
	if len(text) > MaxMessageBytes {
		return r, fmt.Errorf("message of %d bytes; at most %d are taken", len(text), MaxMessageBytes)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("message is not a request in JSON: %w", err)
	}
	if r.V != Version {
		return r, fmt.Errorf("message has version %d, this engine speaks %d: reload the page", r.V, Version)
	}
	if len(r.Line) > MaxLineBytes {
		return r, errors.New("console entry is longer than 1 MiB: put it into a file, or paste it in parts")
	}
	return r, nil
}
