package agent

import (
	"fmt"
	"strings"
	"time"

	"shardlab/wasm/load"
)

// Where a flow begins in the first file it finds without a checkpoint.
const (
	StartOfFile = "START_OF_FILE"
	EndOfFile   = "END_OF_FILE"
)

// How a flow chooses partition keys.
const (
	Random        = "RANDOM"        // a random number below 1,000,000 as text
	Deterministic = "DETERMINISTIC" // the MD5 of the data as text
)

// Defaults and bounds of a flow.
// Source: Developer Guide, "Write to Amazon Kinesis Data Streams using Kinesis Agent"; those it does not name from
// awslabs/amazon-kinesis-agent: Constants.java, KinesisConstants.java, FileFlow.java.
const (
	DefaultBufferAge     = time.Minute
	MinBufferAge         = time.Second
	MaxBufferAge         = 15 * time.Minute
	DefaultBufferRecords = 500
	DefaultBufferBytes   = 4 << 20 // the guide; the source says 5 MiB for a stream
	MaxBufferBytes       = 4 << 20
	DefaultPoll          = 100 * time.Millisecond
	DefaultQueue         = 100 // buffers that may wait to be sent
	DefaultRetryFirst    = 100 * time.Millisecond
	DefaultRetryMost     = 10 * time.Second
	MaxRecordBytes       = 1 << 20 // with the partition key; a longer record is cut
	sendingThreads       = 12      // calls under way at once: maxSendingThreadsPerCore of one core
	refreshEvery         = 10 * time.Second
	shutdownTimeout      = 10 * time.Second
	checkpointLife       = 7 * 24 * time.Hour
	metricsEvery         = time.Minute
	randomKeys           = 1_000_000
	DefaultTerminator    = "\n"
)

// Bounds of ours, so that a host fits a page.
const (
	MaxFlows          = 10
	MaxLogs           = 10
	MaxLinesPerSecond = 1000
	MaxDiskBytes      = 16 << 20
	MaxKeep           = 20
	DefaultKeep       = 4
	DefaultLatency    = 30 * time.Millisecond
)

// A File is agent.json.
type File struct {
	EmitMetrics        *bool      `json:"cloudwatch.emitMetrics,omitempty"`
	CloudWatchEndpoint string     `json:"cloudwatch.endpoint,omitempty"`
	KinesisEndpoint    string     `json:"kinesis.endpoint,omitempty"`
	FirehoseEndpoint   string     `json:"firehose.endpoint,omitempty"`
	AssumeRoleARN      string     `json:"assumeRoleARN,omitempty"`
	Flows              []FlowFile `json:"flows"`
}

// A FlowFile is a member of flows in agent.json.
type FlowFile struct {
	FilePattern        string   `json:"filePattern,omitempty"`
	KinesisStream      string   `json:"kinesisStream,omitempty"`
	DeliveryStream     string   `json:"deliveryStream,omitempty"`
	PartitionKeyOption string   `json:"partitionKeyOption,omitempty"`
	InitialPosition    string   `json:"initialPosition,omitempty"`
	MaxBufferAge       *int64   `json:"maxBufferAgeMillis,omitempty"`
	MaxBufferBytes     *int64   `json:"maxBufferSizeBytes,omitempty"`
	MaxBufferRecords   *int64   `json:"maxBufferSizeRecords,omitempty"`
	MinPoll            *int64   `json:"minTimeBetweenFilePollsMillis,omitempty"`
	MultiLineStart     string   `json:"multiLineStartPattern,omitempty"`
	SkipHeaderLines    *int64   `json:"skipHeaderLines,omitempty"`
	Terminator         *string  `json:"truncatedRecordTerminator,omitempty"`
	AggregatedBytes    *int64   `json:"aggregatedRecordSizeBytes,omitempty"`
	PublishQueue       *int64   `json:"publishQueueCapacity,omitempty"`
	RetryFirst         *int64   `json:"retryInitialBackoffMillis,omitempty"`
	RetryMost          *int64   `json:"retryMaxBackoffMillis,omitempty"`
	Options            []Option `json:"dataProcessingOptions,omitempty"`
}

// Settings say what an agent does. They are complete and checked.
type Settings struct {
	Name          string
	Config        string // agent.json as it was written
	Flows         []*Flow
	EmitMetrics   bool
	LatencyMillis int
	Running       bool
	Role          string // user or role it writes as; "" may do all
}

// A Flow is a flow with its defaults filled in. It never changes; copies share it.
type Flow struct {
	ID         string // as in the checkpoints: "kinesis:trips:/var/log/app.log*"
	Pattern    string
	Dir, Glob  string // of Pattern
	Stream     string
	Key        string
	Initial    string
	Age        time.Duration
	Bytes      int
	Records    int
	Poll       time.Duration
	SkipLines  int
	Terminator string
	Queue      int
	RetryFirst time.Duration
	RetryMost  time.Duration
	start      pattern // of multiLineStartPattern; nil is one record a line
	convert    []converter
}

// Add notes one thing wrong with a text: where, and what to write instead.
type Add func(path, format string, args ...any)

// Check says what is wrong with an agent.json and fills defaults in.
func (f File) Check(add Add) []*Flow {
	if len(f.Flows) == 0 {
		add("flows", `left out: an agent needs at least one, like [{"filePattern": "/var/log/app.log*", "kinesisStream": "trips"}]`)
	}
	if len(f.Flows) > MaxFlows {
		add("flows", "%d flows; at most %d are taken", len(f.Flows), MaxFlows)
		return nil
	}
	var flows []*Flow
	for i, x := range f.Flows {
		path := fmt.Sprintf("flows[%d].", i)
		flow := x.check(func(p, format string, args ...any) { add(path+p, format, args...) })
		for _, other := range flows {
			if other.ID == flow.ID {
				add(path+"filePattern", "stands in two flows to the same stream: leave one out")
			}
		}
		flows = append(flows, flow)
	}
	return flows
}

func (x *FlowFile) check(add Add) *Flow {
	f := &Flow{Pattern: x.FilePattern, Stream: x.KinesisStream, Key: Random, Initial: EndOfFile, Age: DefaultBufferAge, Bytes: DefaultBufferBytes,
		Records: DefaultBufferRecords, Poll: DefaultPoll, Terminator: DefaultTerminator, Queue: DefaultQueue, RetryFirst: DefaultRetryFirst, RetryMost: DefaultRetryMost}
	switch {
	case x.FilePattern == "":
		add("filePattern", `left out: say which files, like "/var/log/app.log*"`)
	default:
		if why := checkPath(x.FilePattern, true); why != "" {
			add("filePattern", "%s", why)
		}
	}
	at := strings.LastIndexByte(f.Pattern, '/')
	f.Dir, f.Glob = f.Pattern[:at+1], f.Pattern[at+1:]
	switch {
	case x.KinesisStream != "" && x.DeliveryStream != "":
		add("deliveryStream", "stands beside kinesisStream: a flow has one destination, so make two flows of it")
	case x.DeliveryStream != "":
		if f.Stream = load.ToFirehose(x.DeliveryStream); len(x.DeliveryStream) > 64 {
			add("deliveryStream", "%q is no name of a Firehose stream", x.DeliveryStream)
		}
		if x.PartitionKeyOption != "" {
			add("partitionKeyOption", "has no meaning for a deliveryStream: Firehose knows no partition keys; leave it out")
		}
	case x.KinesisStream == "":
		add("kinesisStream", "left out: say which stream the records go to")
	case len(x.KinesisStream) > 128:
		add("kinesisStream", "%q is no name of a stream", x.KinesisStream)
	}
	f.ID = "kinesis:" + f.Stream + ":" + f.Pattern
	if _, delivers := load.Firehose(f.Stream); delivers {
		f.ID = f.Stream + ":" + f.Pattern
	}
	choice := func(path, v string, into *string, values ...string) {
		for _, known := range values {
			if v == known {
				*into = v
				return
			}
		}
		if v != "" {
			add(path, "%q is none of %s", v, strings.Join(values, ", "))
		}
	}
	choice("partitionKeyOption", x.PartitionKeyOption, &f.Key, Random, Deterministic)
	choice("initialPosition", x.InitialPosition, &f.Initial, EndOfFile, StartOfFile)
	millis := func(path string, v *int64, low, high time.Duration, into *time.Duration) {
		n := int64(into.Milliseconds())
		whole(add, path, v, low.Milliseconds(), high.Milliseconds(), &n)
		*into = time.Duration(n) * time.Millisecond
	}
	count := func(path string, v *int64, low, high int64, into *int) {
		n := int64(*into)
		whole(add, path, v, low, high, &n)
		*into = int(n)
	}
	millis("maxBufferAgeMillis", x.MaxBufferAge, MinBufferAge, MaxBufferAge, &f.Age)
	millis("minTimeBetweenFilePollsMillis", x.MinPoll, time.Millisecond, MaxBufferAge, &f.Poll)
	millis("retryInitialBackoffMillis", x.RetryFirst, time.Millisecond, MaxBufferAge, &f.RetryFirst)
	millis("retryMaxBackoffMillis", x.RetryMost, time.Millisecond, MaxBufferAge, &f.RetryMost)
	count("maxBufferSizeBytes", x.MaxBufferBytes, 1, MaxBufferBytes, &f.Bytes)
	count("maxBufferSizeRecords", x.MaxBufferRecords, 1, DefaultBufferRecords, &f.Records)
	count("skipHeaderLines", x.SkipHeaderLines, 0, 1000, &f.SkipLines)
	count("publishQueueCapacity", x.PublishQueue, 1, 1000, &f.Queue)
	if x.Terminator != nil {
		if f.Terminator = *x.Terminator; len(f.Terminator) > 1024 {
			add("truncatedRecordTerminator", "%d bytes long; at most 1,024 are taken", len(f.Terminator))
		}
	}
	if x.AggregatedBytes != nil {
		why := "has no meaning for a data stream: it packs lines into one record of a deliveryStream; leave it out"
		if x.DeliveryStream != "" {
			why = "the lab's agent puts each line as a record of its own; leave it out"
		}
		add("aggregatedRecordSizeBytes", "%s", why)
	}
	if x.MultiLineStart != "" {
		p, err := compile(x.MultiLineStart, false)
		if err != nil {
			add("multiLineStartPattern", "%v", err)
		}
		f.start = p
	}
	for i, o := range x.Options {
		path := fmt.Sprintf("dataProcessingOptions[%d].", i)
		if c := o.converter(func(p, format string, args ...any) { add(path+p, format, args...) }); c != nil {
			f.convert = append(f.convert, c)
		}
	}
	return f
}

// whole checks a whole number that may be left out, and puts it in place.
func whole(add Add, path string, v *int64, low, high int64, into *int64) {
	switch {
	case v == nil:
	case *v < low || *v > high:
		add(path, "%d is outside %d to %d", *v, low, high)
	default:
		*into = *v
	}
}

// CheckPath says what is wrong with the path of a log file; "" when nothing is.
func CheckPath(path string) string { return checkPath(path, false) }

// checkPath says what is wrong with the path of a log file, or with a pattern of paths.
func checkPath(path string, glob bool) string {
	at := strings.LastIndexByte(path, '/')
	switch {
	case !strings.HasPrefix(path, "/"):
		return fmt.Sprintf("%q does not begin with /: write the whole path, like /var/log/app.log", path)
	case at == len(path)-1:
		return fmt.Sprintf("%q has no file name behind the last /", path)
	case len(path) > 200 || strings.ContainsAny(path, "\n\x00") || strings.Contains(path, "//") || strings.Contains(path+"/", "/../") || strings.Contains(path+"/", "/./"):
		return fmt.Sprintf("%q is no path here: use at most 200 characters, without //, . and ..", path)
	case strings.ContainsAny(path[:at+1], "*?[]{}"):
		return fmt.Sprintf("%q has a wildcard in its directory: the agent takes them in the file name alone, so make a flow for each directory", path)
	case !glob && strings.ContainsAny(path, "*?[]{}\\"):
		return fmt.Sprintf("%q has a wildcard: a log file has one name", path)
	}
	if glob {
		if err := checkGlob(path[at+1:]); err != "" {
			return err
		}
	}
	return ""
}

// checkGlob says what is wrong with a pattern of file names.
func checkGlob(glob string) string {
	if strings.ContainsAny(glob, "[]{}\\") {
		return fmt.Sprintf("%q has a wildcard that this lab lacks: use * for any characters and ? for one", glob)
	}
	return ""
}

// matches says whether a path is one of a flow's; compressed archives never are.
// Source: awslabs/amazon-kinesis-agent, SourceFile.java.
func (f *Flow) matches(path string) bool {
	at := strings.LastIndexByte(path, '/')
	if path[:at+1] != f.Dir {
		return false
	}
	lower := strings.ToLower(path)
	for _, ext := range []string{".gz", ".bz2", ".zip"} {
		if strings.HasSuffix(lower, ext) {
			return false
		}
	}
	return globs(f.Glob, path[at+1:])
}

// globs matches a name against a pattern with * and ?.
func globs(pattern, name string) bool {
	star, back := -1, 0
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, back = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			back++
			p, n = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
