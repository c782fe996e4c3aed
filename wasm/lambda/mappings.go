package lambda

import (
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// The shapes of the operations on event source mappings.
// Source: Lambda API Reference, CreateEventSourceMapping and UpdateEventSourceMapping.

// Filter is a pattern, FilterCriteria a list of them.
type Filter struct {
	Pattern *string `json:",omitempty" aws:"len=0..4096"`
}

// FilterCriteria lets records pass that match one of the patterns.
type FilterCriteria struct {
	Filters []Filter `json:",omitempty"`
}

// OnFailure names a destination.
type OnFailure struct {
	Destination *string `json:",omitempty" aws:"len=0..350"`
}

// DestinationConfig says where what is given up is told.
type DestinationConfig struct {
	OnFailure *OnFailure `json:",omitempty"`
}

// CreateEventSourceMappingInput is the request of CreateEventSourceMapping.
type CreateEventSourceMappingInput struct {
	EventSourceArn                 *string            `aws:"required,len=1..2048"`
	FunctionName                   *string            `aws:"required,len=1..140"`
	Enabled                        *bool              `json:",omitempty"`
	BatchSize                      *int64             `json:",omitempty" aws:"val=1..10000"`
	MaximumBatchingWindowInSeconds *int64             `json:",omitempty" aws:"val=0..300"`
	ParallelizationFactor          *int64             `json:",omitempty" aws:"val=1..10"`
	StartingPosition               *string            `json:",omitempty" aws:"enum=EventSourcePosition"`
	StartingPositionTimestamp      *aws.Timestamp     `json:",omitempty"`
	MaximumRetryAttempts           *int64             `json:",omitempty" aws:"val=..10000"`
	MaximumRecordAgeInSeconds      *int64             `json:",omitempty" aws:"val=..604800"`
	BisectBatchOnFunctionError     *bool              `json:",omitempty"`
	FunctionResponseTypes          []string           `json:",omitempty" aws:"items=0..1,enum=FunctionResponseType"`
	TumblingWindowInSeconds        *int64             `json:",omitempty" aws:"val=0..900"`
	DestinationConfig              *DestinationConfig `json:",omitempty"`
	FilterCriteria                 *FilterCriteria    `json:",omitempty"`
}

// UpdateEventSourceMappingInput is the request of UpdateEventSourceMapping.
type UpdateEventSourceMappingInput struct {
	UUID                           *string            `aws:"required"`
	FunctionName                   *string            `json:",omitempty" aws:"len=1..140"`
	Enabled                        *bool              `json:",omitempty"`
	BatchSize                      *int64             `json:",omitempty" aws:"val=1..10000"`
	MaximumBatchingWindowInSeconds *int64             `json:",omitempty" aws:"val=0..300"`
	ParallelizationFactor          *int64             `json:",omitempty" aws:"val=1..10"`
	MaximumRetryAttempts           *int64             `json:",omitempty" aws:"val=..10000"`
	MaximumRecordAgeInSeconds      *int64             `json:",omitempty" aws:"val=..604800"`
	BisectBatchOnFunctionError     *bool              `json:",omitempty"`
	FunctionResponseTypes          []string           `json:",omitempty" aws:"items=0..1,enum=FunctionResponseType"`
	TumblingWindowInSeconds        *int64             `json:",omitempty" aws:"val=0..900"`
	DestinationConfig              *DestinationConfig `json:",omitempty"`
	FilterCriteria                 *FilterCriteria    `json:",omitempty"`
}

// MappingInput names an event source mapping.
type MappingInput struct {
	UUID *string `aws:"required"`
}

// ListEventSourceMappingsInput is the request of ListEventSourceMappings.
type ListEventSourceMappingsInput struct {
	EventSourceArn *string `json:",omitempty" aws:"len=1..2048"`
	FunctionName   *string `json:",omitempty" aws:"len=1..140"`
}

// EventSourceMapping is what Lambda tells of an event source mapping.
type EventSourceMapping struct {
	UUID                           string
	StartingPosition               string
	StartingPositionTimestamp      *aws.Timestamp `json:",omitempty"`
	BatchSize                      int64
	MaximumBatchingWindowInSeconds int64
	ParallelizationFactor          int64
	EventSourceArn                 string
	FilterCriteria                 *FilterCriteria `json:",omitempty"`
	FunctionArn                    string
	LastModified                   aws.Timestamp
	LastProcessingResult           string
	State                          string
	StateTransitionReason          string
	DestinationConfig              DestinationConfig
	MaximumRecordAgeInSeconds      int64
	BisectBatchOnFunctionError     bool
	MaximumRetryAttempts           int64
	TumblingWindowInSeconds        int64
	FunctionResponseTypes          []string
}

// ListEventSourceMappingsOutput lists event source mappings in the order in which they were made.
type ListEventSourceMappingsOutput struct{ EventSourceMappings []EventSourceMapping }

func (s *Service) describeMapping(m *Mapping) *EventSourceMapping {
	set := m.set
	if m.next != nil {
		set = *m.next
	}
	out := &EventSourceMapping{UUID: m.uuid, StartingPosition: set.StartingPosition, BatchSize: set.BatchSize,
		MaximumBatchingWindowInSeconds: set.MaximumBatchingWindowInSeconds, ParallelizationFactor: set.ParallelizationFactor, EventSourceArn: set.EventSourceArn,
		FunctionArn: s.FunctionARN(set.FunctionName), LastModified: aws.Timestamp(int64(m.modified) / 1000), LastProcessingResult: m.result, State: m.state,
		StateTransitionReason: "User action", MaximumRecordAgeInSeconds: set.MaximumRecordAgeInSeconds, BisectBatchOnFunctionError: set.BisectBatchOnFunctionError,
		MaximumRetryAttempts: set.MaximumRetryAttempts, TumblingWindowInSeconds: set.TumblingWindowInSeconds, FunctionResponseTypes: []string{}}
	if set.StartingPosition == kinesis.AtTimestamp {
		at := aws.Timestamp(set.StartingPositionTimestamp)
		out.StartingPositionTimestamp = &at
	}
	if set.OnFailure != "" {
		out.DestinationConfig.OnFailure = &OnFailure{&set.OnFailure}
	}
	if len(set.Patterns) > 0 {
		out.FilterCriteria = &FilterCriteria{}
		for i := range set.Patterns {
			out.FilterCriteria.Filters = append(out.FilterCriteria.Filters, Filter{&set.Patterns[i]})
		}
	}
	if set.ReportBatchItemFailures {
		out.FunctionResponseTypes = append(out.FunctionResponseTypes, "ReportBatchItemFailures")
	}
	return out
}

// amend puts what is given of a request into the settings and checks what the shapes do not. What is left out stays.
func (s *Service) amend(set *MappingSettings, in *UpdateEventSourceMappingInput) error {
	var broken []string
	least := func(p *int64, path string) {
		if p != nil && *p < -1 {
			broken = append(broken, aws.Violation("'"+strconv.FormatInt(*p, 10)+"'", path, "Member must have value greater than or equal to -1"))
		}
	}
	least(in.MaximumRetryAttempts, "maximumRetryAttempts")
	least(in.MaximumRecordAgeInSeconds, "maximumRecordAgeInSeconds")
	if err := aws.Violations(broken...); err != nil {
		return err
	}
	whole(in.BatchSize, &set.BatchSize)
	whole(in.MaximumBatchingWindowInSeconds, &set.MaximumBatchingWindowInSeconds)
	whole(in.ParallelizationFactor, &set.ParallelizationFactor)
	whole(in.MaximumRetryAttempts, &set.MaximumRetryAttempts)
	whole(in.MaximumRecordAgeInSeconds, &set.MaximumRecordAgeInSeconds)
	whole(in.TumblingWindowInSeconds, &set.TumblingWindowInSeconds)
	if in.BisectBatchOnFunctionError != nil {
		set.BisectBatchOnFunctionError = *in.BisectBatchOnFunctionError
	}
	if in.FunctionResponseTypes != nil {
		set.ReportBatchItemFailures = len(in.FunctionResponseTypes) > 0
	}
	// Source: consumers.md of the facts: values 0 to 59 are refused. The words are ours.
	if age := set.MaximumRecordAgeInSeconds; age >= 0 && age < 60 {
		return aws.Errorf(InvalidParameterValue, "Maximum record age in seconds must be -1 or between 60 and 604800.").WithHint("-1 keeps trying until the record leaves the stream.")
	}
	if set.TumblingWindowInSeconds > 0 && set.ParallelizationFactor > 1 {
		return aws.Errorf(InvalidParameterValue, "A tumbling window needs a ParallelizationFactor of 1 in the lab.").WithHint("The state of a window belongs to a shard, and its batches come one after another.")
	}
	if d := in.DestinationConfig; d != nil {
		set.OnFailure = ""
		if d.OnFailure != nil && deref(d.OnFailure.Destination) != "" {
			set.OnFailure = *d.OnFailure.Destination
			if err := s.checkDestination(set.OnFailure); err != nil {
				return err
			}
		}
	}
	if c := in.FilterCriteria; c != nil {
		set.Patterns = nil
		if len(c.Filters) > MaxFilters {
			return aws.Errorf(InvalidParameterValue, "Filter criteria limit exceeded: a mapping has at most %d filters.", MaxFilters).WithHint("A filter can hold several values: [\"a\", \"b\"].")
		}
		for _, f := range c.Filters {
			if _, err := parsePattern(deref(f.Pattern)); err != nil {
				return err
			}
			set.Patterns = append(set.Patterns, *f.Pattern)
		}
	}
	return nil
}

func (s *Service) createEventSourceMapping(in *CreateEventSourceMappingInput) (*EventSourceMapping, error) {
	set := MappingSettings{EventSourceArn: *in.EventSourceArn, BatchSize: 100, ParallelizationFactor: 1, MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1}
	stream, consumer := streamOf(set.EventSourceArn)
	if !strings.HasPrefix(set.EventSourceArn, "arn:aws:kinesis:") || stream == "" {
		return nil, aws.Errorf(InvalidParameterValue, "Unrecognized event source, must be kinesis.").
			WithHint("Give the ARN of a stream, or of a registered consumer: aws kinesis describe-stream-summary shows the one, list-stream-consumers the other.")
	}
	f, err := s.function(*in.FunctionName)
	if err != nil {
		return nil, err
	}
	set.FunctionName = f.Name
	st, ok := s.w.Kinesis.Stream(stream)
	if ok && consumer != "" {
		_, _, ok = s.w.Kinesis.ConsumerOf(consumer)
	}
	if !ok || consumer == "" && st.ARN() != set.EventSourceArn {
		return nil, aws.Errorf(InvalidParameterValue, "Stream not found: %s", aws.Shorten(set.EventSourceArn, 300)).WithHint("aws kinesis list-streams shows the streams there are.")
	}
	// Source of the words: answers of Lambda in public issues.
	if in.StartingPosition == nil {
		return nil, aws.Errorf(InvalidParameterValue, "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.").
			WithHint("LATEST, TRIM_HORIZON, or AT_TIMESTAMP with --starting-position-timestamp.")
	}
	set.StartingPosition = *in.StartingPosition
	switch at := in.StartingPositionTimestamp; {
	case set.StartingPosition == kinesis.AtTimestamp && at == nil:
		return nil, aws.Errorf(InvalidParameterValue, "StartingPositionTimestamp must be specified with AT_TIMESTAMP.").WithHint("Give --starting-position-timestamp.")
	case set.StartingPosition != kinesis.AtTimestamp && at != nil:
		return nil, aws.Errorf(InvalidParameterValue, "StartingPositionTimestamp is only for AT_TIMESTAMP.").WithHint("Leave it out.")
	case at != nil && int64(*at) > int64(s.w.Sched.Now())/1000:
		return nil, aws.Errorf(InvalidParameterValue, "StartingPositionTimestamp cannot be in the future.").WithHint("Give an instant that has been.")
	case at != nil:
		set.StartingPositionTimestamp = int64(*at)
	}
	for _, m := range s.mappings {
		if m.set.EventSourceArn == set.EventSourceArn && m.set.FunctionName == set.FunctionName && m.state != Deleting {
			return nil, aws.Errorf(ResourceConflict, "An event source mapping with event source arn (\" %s \") and function (\" %s \") already exists. Please update or delete the existing mapping with UUID %s",
				set.EventSourceArn, set.FunctionName, m.uuid).WithHint("aws lambda update-event-source-mapping --uuid %s changes it.", m.uuid)
		}
	}
	update := UpdateEventSourceMappingInput{BatchSize: in.BatchSize, MaximumBatchingWindowInSeconds: in.MaximumBatchingWindowInSeconds, ParallelizationFactor: in.ParallelizationFactor,
		MaximumRetryAttempts: in.MaximumRetryAttempts, MaximumRecordAgeInSeconds: in.MaximumRecordAgeInSeconds, BisectBatchOnFunctionError: in.BisectBatchOnFunctionError,
		FunctionResponseTypes: in.FunctionResponseTypes, TumblingWindowInSeconds: in.TumblingWindowInSeconds, DestinationConfig: in.DestinationConfig, FilterCriteria: in.FilterCriteria}
	if err := s.amend(&set, &update); err != nil {
		return nil, err
	}
	if err := s.mayRead(f, st, consumer); err != nil {
		return nil, err
	}
	if len(s.mappings) >= MaxMappings {
		return nil, aws.Errorf(aws.LimitExceeded, "The lab keeps %d event source mappings.", MaxMappings).WithHint("Delete one first.")
	}
	m := &Mapping{uuid: id(&s.dice), stream: stream, consumer: consumer, result: "No records processed", enabled: in.Enabled == nil || *in.Enabled}
	m.name = f.Name
	if s.w.Taken(m.name) {
		m.name = f.Name + "-" + m.uuid[:8]
	}
	m.dice = sim.NewRand(s.cfg.Seed, "mapping/"+m.uuid)
	s.apply(m, set)
	s.mappings = append(s.mappings[:len(s.mappings):len(s.mappings)], m)
	m.owner = s.w.Enlist(m.uuid)
	s.become(m, Creating)
	return s.describeMapping(m), nil
}

// mayRead refuses a mapping whose function's role may not read the stream.
// Source of the words: answers of Lambda in public issues.
func (s *Service) mayRead(f *function, st *kinesis.Stream, consumer string) error {
	ops := []string{"GetRecords", "GetShardIterator", "DescribeStream", "ListShards"}
	if consumer != "" {
		ops = []string{"DescribeStreamConsumer", "ListShards", "SubscribeToShard"}
	}
	k := s.w.Kinesis
	k.ActAs(s.As(f.Name))
	defer k.ActAs("")
	for _, op := range ops {
		arn := st.ARN()
		if op == "DescribeStreamConsumer" || op == "SubscribeToShard" {
			arn = consumer
		}
		if k.Allow(op, arn) != nil {
			return aws.Errorf(InvalidParameterValue, "Cannot access stream %s. Please ensure the role can perform the %s Actions on your stream in IAM.", arn, strings.Join(ops, ", ")).
				WithHint("The role %s lacks kinesis:%s.", f.Role, op)
		}
	}
	return nil
}

// As is the principal that a function acts as, "" when it may do all.
func (s *Service) As(name string) string {
	f := s.find(name)
	if f == nil || f.Role == "" {
		return ""
	}
	return s.w.As(f.Role[strings.LastIndexByte(f.Role, '/')+1:], session(f.Name))
}

func (s *Service) mapping(uuid string) (*Mapping, error) {
	if m, ok := s.Mapping(uuid); ok {
		return m, nil
	}
	return nil, aws.Errorf(aws.ResourceNotFound, "The resource you requested does not exist.").
		WithHint("aws lambda list-event-source-mappings shows the mappings there are, with their UUIDs.")
}

// settled refuses to change a mapping that is changing.
// Source of the words: answers of Lambda in public issues.
func (m *Mapping) settled() error {
	if m.stateAt == 0 {
		return nil
	}
	return aws.Errorf(aws.ResourceInUse, "Cannot update the event source mapping because it is in use.").
		WithHint("It is %s. Try again in a moment.", m.state)
}

func (s *Service) updateEventSourceMapping(in *UpdateEventSourceMappingInput) (*EventSourceMapping, error) {
	m, err := s.mapping(*in.UUID)
	if err == nil {
		err = m.settled()
	}
	if err != nil {
		return nil, err
	}
	set := m.set
	set.Patterns = slices.Clone(set.Patterns)
	if in.FunctionName != nil {
		f, err := s.function(*in.FunctionName)
		if err != nil {
			return nil, err
		}
		set.FunctionName = f.Name
	}
	if err := s.amend(&set, in); err != nil {
		return nil, err
	}
	m.next = &set
	state := Updating
	if in.Enabled != nil && *in.Enabled != m.enabled {
		m.enabled = *in.Enabled
		state = map[bool]string{true: Enabling, false: Disabling}[m.enabled]
	}
	s.become(m, state)
	return s.describeMapping(m), nil
}

func (s *Service) getEventSourceMapping(in *MappingInput) (*EventSourceMapping, error) {
	m, err := s.mapping(*in.UUID)
	if err != nil {
		return nil, err
	}
	return s.describeMapping(m), nil
}

func (s *Service) deleteEventSourceMapping(in *MappingInput) (*EventSourceMapping, error) {
	m, err := s.mapping(*in.UUID)
	if err == nil {
		err = m.settled()
	}
	if err != nil {
		return nil, err
	}
	m.enabled = false
	s.become(m, Deleting)
	return s.describeMapping(m), nil
}

func (s *Service) listEventSourceMappings(in *ListEventSourceMappingsInput) (*ListEventSourceMappingsOutput, error) {
	out := &ListEventSourceMappingsOutput{EventSourceMappings: []EventSourceMapping{}}
	for _, m := range s.mappings {
		if (in.EventSourceArn == nil || *in.EventSourceArn == m.set.EventSourceArn) && (in.FunctionName == nil || s.functionName(*in.FunctionName) == m.set.FunctionName) {
			out.EventSourceMappings = append(out.EventSourceMappings, *s.describeMapping(m))
		}
	}
	return out, nil
}

func help(path string) string {
	switch path {
	case "FunctionName":
		return "Name or ARN of the function."
	case "Runtime":
		return "nodejs22.x."
	case "Role":
		return "ARN of the role it acts as; without one it may do all."
	case "Handler":
		return "The source's file and what it exports: index.handler."
	case "ZipFile", "Code.ZipFile":
		return "The source, one file of JavaScript: fileb://index.js."
	case "Code":
		return "The source, as ZipFile."
	case "Description":
		return "What it is for."
	case "Timeout":
		return "Seconds it may take, 1 to 900; 3 for a new one."
	case "MemorySize":
		return "MB it may use, 128 to 10240; 128 for a new one."
	case "Environment":
		return "Variables={NAME=value}, read as process.env."
	case "ReservedConcurrentExecutions":
		return "Invocations at once that it has for itself, and no more."
	case "InvocationType":
		return "RequestResponse, or DryRun."
	case "LogType":
		return "Tail adds the end of the log, in base64."
	case "Payload":
		return "The event, JSON."
	case "EventSourceArn":
		return "ARN of a stream, to poll it, or of a registered consumer, to have it push."
	case "Enabled":
		return "Whether it reads."
	case "BatchSize":
		return "Most records of an invocation, 1 to 10,000; 100 for a new one."
	case "MaximumBatchingWindowInSeconds":
		return "How long records are gathered, 0 to 300 seconds."
	case "ParallelizationFactor":
		return "Batches of a shard at once, 1 to 10; records of a key stay in order."
	case "StartingPosition":
		return "Where it begins: LATEST, TRIM_HORIZON or AT_TIMESTAMP."
	case "StartingPositionTimestamp":
		return "The instant of AT_TIMESTAMP."
	case "MaximumRetryAttempts":
		return "How often a failed batch is tried again, to 10,000; -1, until it expires."
	case "MaximumRecordAgeInSeconds":
		return "Older records are given up: 60 to 604,800 seconds; -1, never."
	case "BisectBatchOnFunctionError":
		return "Whether a failed batch is tried again in halves."
	case "FunctionResponseTypes":
		return "ReportBatchItemFailures: the function returns what failed."
	case "TumblingWindowInSeconds":
		return "Length of windows with a state, 0 to 900 seconds; 0 is none."
	case "DestinationConfig":
		return "OnFailure={Destination=ARN}: where it is told what is given up."
	case "FilterCriteria":
		return `Filters=[{Pattern='{"data":{"status":["lost"]}}'}]: only such records reach the function.`
	case "UUID":
		return "The mapping's id."
	}
	return ""
}

func op(name, text string, do any) aws.Row { return aws.Op("lambda", name, text, help, do) }

// table lists the operations by name. It never changes.
var table = aws.Table{
	op("CreateEventSourceMapping", "Lets a function be invoked with the records of a stream.", (*Service).createEventSourceMapping),
	op("CreateFunction", "Makes a function of your JavaScript.", (*Service).createFunction),
	op("DeleteEventSourceMapping", "Ends an event source mapping.", (*Service).deleteEventSourceMapping),
	op("DeleteFunction", "Deletes a function.", (*Service).deleteFunction),
	op("DeleteFunctionConcurrency", "Takes back the concurrency that is reserved for a function.", (*Service).deleteFunctionConcurrency),
	op("GetEventSourceMapping", "Tells how an event source mapping is and how it stands.", (*Service).getEventSourceMapping),
	op("GetFunction", "Shows a function and its code.", (*Service).getFunction),
	op("GetFunctionConcurrency", "Tells what concurrency is reserved for a function.", (*Service).getFunctionConcurrency),
	op("Invoke", "Runs a function once, now.", (*Service).invoke),
	op("ListEventSourceMappings", "Lists the event source mappings.", (*Service).listEventSourceMappings),
	op("ListFunctions", "Lists the functions.", (*Service).listFunctions),
	op("PutFunctionConcurrency", "Reserves concurrency for a function, which bounds it, too.", (*Service).putFunctionConcurrency),
	op("UpdateEventSourceMapping", "Changes an event source mapping, or starts and stops it.", (*Service).updateEventSourceMapping),
	op("UpdateFunctionCode", "Gives a function other code.", (*Service).updateFunctionCode),
	op("UpdateFunctionConfiguration", "Changes a function's time-out, memory and the like.", (*Service).updateFunctionConfiguration),
}

// Operations lists the operations by name.
func Operations() []aws.Operation { return table.Operations() }

// Decode reads a request; the error is an *aws.Error.
func Decode(name string, body []byte) (aws.Request, error) { return table.Decode(name, body) }

// PutBehavior makes a function without JavaScript, or changes what one does; what is nil stays.
func (s *Service) PutBehavior(name string, b Behavior, timeout, memory *int64) (Settings, error) {
	f := s.find(name)
	if f == nil {
		set := defaultSettings(name)
		set.Behavior = b
		whole(timeout, &set.Timeout)
		whole(memory, &set.MemoryMB)
		var err error
		if f, err = s.add(set); err != nil {
			return Settings{}, err
		}
		return f.Settings, nil
	}
	f.Behavior, f.Code = b, ""
	whole(timeout, &f.Timeout)
	whole(memory, &f.MemoryMB)
	f.modified = s.w.Sched.Now()
	return f.Settings, nil
}

// Function tells of a function by its name, to look at.
func (s *Service) Function(name string) (Settings, Totals, bool) {
	f := s.find(name)
	if f == nil {
		return Settings{}, Totals{}, false
	}
	return f.Settings, f.total, true
}

// Running is how many invocations of a function are under way.
func (s *Service) Running(name string) int64 {
	if f := s.find(name); f != nil {
		return f.running
	}
	return 0
}
