package lambda

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// The shapes of the operations on functions, member for member as on the wire; what the lab has no use for is left out.
// Source: Lambda API Reference.

// FunctionCode is a function's code. In the lab ZipFile is the source itself, one file of JavaScript.
type FunctionCode struct {
	ZipFile aws.Blob `json:",omitempty"`
}

// Environment is a function's environment.
type Environment struct {
	Variables map[string]string `json:",omitempty"`
}

// CreateFunctionInput is the request of CreateFunction. ZipFile is Code's, as the AWS CLI has it.
type CreateFunctionInput struct {
	FunctionName *string       `aws:"required,len=1..140"`
	Runtime      *string       `json:",omitempty" aws:"len=1..64"`
	Role         *string       `json:",omitempty" aws:"len=1..2048"`
	Handler      *string       `json:",omitempty" aws:"len=0..128"`
	Code         *FunctionCode `json:",omitempty"`
	ZipFile      aws.Blob      `json:",omitempty"`
	Description  *string       `json:",omitempty" aws:"len=0..256"`
	Timeout      *int64        `json:",omitempty" aws:"val=1..900"`
	MemorySize   *int64        `json:",omitempty" aws:"val=128..10240"`
	Environment  *Environment  `json:",omitempty"`
}

// UpdateFunctionCodeInput is the request of UpdateFunctionCode.
type UpdateFunctionCodeInput struct {
	FunctionName *string  `aws:"required,len=1..140"`
	ZipFile      aws.Blob `aws:"required"`
}

// UpdateFunctionConfigurationInput is the request of UpdateFunctionConfiguration.
type UpdateFunctionConfigurationInput struct {
	FunctionName *string      `aws:"required,len=1..140"`
	Role         *string      `json:",omitempty" aws:"len=1..2048"`
	Handler      *string      `json:",omitempty" aws:"len=0..128"`
	Description  *string      `json:",omitempty" aws:"len=0..256"`
	Timeout      *int64       `json:",omitempty" aws:"val=1..900"`
	MemorySize   *int64       `json:",omitempty" aws:"val=128..10240"`
	Environment  *Environment `json:",omitempty"`
}

// FunctionInput names a function.
type FunctionInput struct {
	FunctionName *string `aws:"required,len=1..140"`
}

// PutFunctionConcurrencyInput is the request of PutFunctionConcurrency.
type PutFunctionConcurrencyInput struct {
	FunctionName                 *string `aws:"required,len=1..140"`
	ReservedConcurrentExecutions *int64  `aws:"required,val=0.."`
}

// InvokeInput is the request of Invoke.
type InvokeInput struct {
	FunctionName   *string  `aws:"required,len=1..140"`
	InvocationType *string  `json:",omitempty" aws:"enum=InvocationType"`
	LogType        *string  `json:",omitempty" aws:"enum=LogType"`
	Payload        aws.Blob `json:",omitempty"`
}

// ListInput asks for a list; it has no members.
type ListInput struct{}

// FunctionConfiguration is what Lambda tells of a function.
type FunctionConfiguration struct {
	FunctionName string
	FunctionArn  string
	Runtime      string `json:",omitempty"`
	Role         string `json:",omitempty"`
	Handler      string `json:",omitempty"`
	CodeSize     int64
	Description  string
	Timeout      int64
	MemorySize   int64
	LastModified string
	CodeSha256   string `json:",omitempty"`
	Version      string
	Environment  *Environment `json:",omitempty"`
	RevisionId   string
	State        string
	PackageType  string
}

// Answers. Code of GetFunction holds the source itself, where AWS answers with a place to download it from.
type (
	GetFunctionOutput struct {
		Configuration FunctionConfiguration
		Code          struct {
			Source string `json:",omitempty"`
		}
		Concurrency *ConcurrencyOutput `json:",omitempty"`
	}
	ListFunctionsOutput struct{ Functions []FunctionConfiguration }
	ConcurrencyOutput   struct{ ReservedConcurrentExecutions int64 }
	// InvokeOutput is the answer of Invoke; on the wire of AWS Payload is the body and the rest are headers.
	InvokeOutput struct {
		StatusCode      int64
		FunctionError   string `json:",omitempty"`
		LogResult       string `json:",omitempty"` // base64
		ExecutedVersion string
		Payload         string
	}
)

func (s *Service) describe(f *function) FunctionConfiguration {
	c := FunctionConfiguration{FunctionName: f.Name, FunctionArn: s.FunctionARN(f.Name), Role: f.Role, CodeSize: int64(len(f.Code)),
		Description: f.Description, Timeout: f.Timeout, MemorySize: f.MemoryMB, LastModified: f.modified.Time().Format("2006-01-02T15:04:05.000+0000"),
		Version: "$LATEST", RevisionId: f.revision, State: "Active", PackageType: "Zip"}
	if f.Code != "" {
		sum := sha256.Sum256([]byte(f.Code))
		c.Runtime, c.Handler, c.CodeSha256 = f.Runtime, f.Handler, base64.StdEncoding.EncodeToString(sum[:])
	}
	if len(f.Env) > 0 {
		c.Environment = &Environment{map[string]string{}}
		for _, v := range f.Env {
			c.Environment.Variables[v.Name] = v.Value
		}
	}
	return c
}

// source reads a function's code.
func source(zip aws.Blob) (string, error) {
	bad := func(message, hint string) error {
		return aws.Errorf(InvalidParameterValue, "%s", message).WithHint("%s", hint)
	}
	const how = "Give one file of JavaScript: --zip-file fileb://index.js, with exports.handler = async (event) => { ... }."
	switch {
	case len(zip) == 0:
		return "", bad("Please provide a source for function code.", how+" A function without code is made with lab put-function.")
	case bytes.HasPrefix(zip, []byte("PK\x03\x04")):
		return "", bad("The lab unzips nothing.", how)
	case !utf8.Valid(zip):
		return "", bad("The code is no text in UTF-8.", how)
	case len(zip) > MaxCodeBytes:
		return "", aws.Errorf(CodeStorageExceeded, "Code storage limit exceeded.").WithHint("The lab keeps %d KiB of source for a function.", MaxCodeBytes>>10)
	}
	return string(zip), nil
}

// checkSettings finishes a function's settings and says what is wrong with them.
func (s *Service) checkSettings(set *Settings) error {
	name := s.functionName(set.Name)
	bad := func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, bad) {
		return aws.Violations(aws.Violation("'"+set.Name+"'", "functionName", `Member must satisfy regular expression pattern: [a-zA-Z0-9-_]{1,64}`))
	}
	set.Name = name
	if set.Role != "" {
		role, ok := strings.CutPrefix(set.Role, "arn:aws:iam::"+s.cfg.Account+":role/")
		if !ok {
			return aws.Violations(aws.Violation("'"+aws.Shorten(set.Role, 200)+"'", "role", `Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`))
		}
		if i := strings.LastIndexByte(role, '/'); i >= 0 {
			role = role[i+1:]
		}
		if s.w.Role != nil && !s.w.Role(role) {
			return aws.Errorf(InvalidParameterValue, "The role defined for the function cannot be assumed by Lambda.").
				WithHint("There is no role %s: aws iam create-role makes one.", role)
		}
	}
	if set.Code != "" && !strings.Contains(set.Handler, ".") {
		return aws.Errorf(InvalidParameterValue, "Handler %q is no handler.", aws.Shorten(set.Handler, 128)).WithHint("Write it like index.handler: what stands behind the dot is what the source exports.")
	}
	return nil
}

// variables lists an environment by name.
func variables(e *Environment) []Variable {
	var all []Variable
	for _, name := range slices.Sorted(maps.Keys(e.Variables)) {
		all = append(all, Variable{name, e.Variables[name]})
	}
	return all
}

func (s *Service) add(set Settings) (*function, error) {
	if err := s.checkSettings(&set); err != nil {
		return nil, err
	}
	if s.find(set.Name) != nil {
		return nil, aws.Errorf(ResourceConflict, "Function already exist: %s", set.Name).WithHint("aws lambda update-function-code changes it.")
	}
	if len(s.functions) >= MaxFunctions {
		return nil, aws.Errorf(CodeStorageExceeded, "The lab keeps %d functions.", MaxFunctions).WithHint("Delete one first.")
	}
	f := s.newFunction(set)
	i := sort.Search(len(s.functions), func(i int) bool { return s.functions[i].Name > set.Name })
	s.functions = sim.Insert(slices.Clone(s.functions), i, f)
	return f, nil
}

func defaultSettings(name string) Settings {
	return Settings{Name: name, Runtime: DefaultRuntime, Handler: DefaultHandler, Timeout: DefaultTimeout, MemoryMB: DefaultMemory, Reserved: -1}
}

func text(p *string, into *string) {
	if p != nil {
		*into = *p
	}
}

func whole(p *int64, into *int64) {
	if p != nil {
		*into = *p
	}
}

func (s *Service) createFunction(in *CreateFunctionInput) (*FunctionConfiguration, error) {
	set := defaultSettings(*in.FunctionName)
	zip := in.ZipFile
	if in.Code != nil {
		zip = in.Code.ZipFile
	}
	var err error
	if set.Code, err = source(zip); err != nil {
		return nil, err
	}
	if in.Runtime != nil && !strings.HasPrefix(*in.Runtime, "nodejs") {
		return nil, aws.Errorf(InvalidParameterValue, "The lab runs JavaScript alone, and not %s.", *in.Runtime).WithHint("Leave --runtime out, or write nodejs22.x.")
	}
	text(in.Runtime, &set.Runtime)
	text(in.Role, &set.Role)
	text(in.Handler, &set.Handler)
	text(in.Description, &set.Description)
	whole(in.Timeout, &set.Timeout)
	whole(in.MemorySize, &set.MemoryMB)
	if in.Environment != nil {
		set.Env = variables(in.Environment)
	}
	f, err := s.add(set)
	if err != nil {
		return nil, err
	}
	c := s.describe(f)
	return &c, nil
}

func (s *Service) changed(f *function) (*FunctionConfiguration, error) {
	f.modified, f.revision, f.warm = s.w.Sched.Now(), id(&s.dice), nil
	c := s.describe(f)
	return &c, nil
}

func (s *Service) updateFunctionCode(in *UpdateFunctionCodeInput) (*FunctionConfiguration, error) {
	f, err := s.function(*in.FunctionName)
	if err != nil {
		return nil, err
	}
	code, err := source(in.ZipFile)
	if err != nil {
		return nil, err
	}
	f.Code, f.Behavior = code, Behavior{}
	return s.changed(f)
}

func (s *Service) updateFunctionConfiguration(in *UpdateFunctionConfigurationInput) (*FunctionConfiguration, error) {
	f, err := s.function(*in.FunctionName)
	if err != nil {
		return nil, err
	}
	set := f.Settings
	text(in.Role, &set.Role)
	text(in.Handler, &set.Handler)
	text(in.Description, &set.Description)
	whole(in.Timeout, &set.Timeout)
	whole(in.MemorySize, &set.MemoryMB)
	if in.Environment != nil {
		set.Env = variables(in.Environment)
	}
	if err := s.checkSettings(&set); err != nil {
		return nil, err
	}
	f.Settings = set
	return s.changed(f)
}

func (s *Service) getFunction(in *FunctionInput) (*GetFunctionOutput, error) {
	f, err := s.function(*in.FunctionName)
	if err != nil {
		return nil, err
	}
	out := &GetFunctionOutput{Configuration: s.describe(f)}
	out.Code.Source = f.Code
	if f.Reserved >= 0 {
		out.Concurrency = &ConcurrencyOutput{f.Reserved}
	}
	return out, nil
}

func (s *Service) listFunctions(*ListInput) (*ListFunctionsOutput, error) {
	out := &ListFunctionsOutput{Functions: []FunctionConfiguration{}}
	for _, f := range s.functions {
		out.Functions = append(out.Functions, s.describe(f))
	}
	return out, nil
}

// deleteFunction deletes a function; the mappings that invoke it stay, and cannot.
func (s *Service) deleteFunction(in *FunctionInput) error {
	f, err := s.function(*in.FunctionName)
	if err != nil {
		return err
	}
	s.functions = slices.DeleteFunc(slices.Clone(s.functions), func(x *function) bool { return x == f })
	return nil
}

// putFunctionConcurrency reserves concurrency.
// Source of the words: answers of Lambda in public issues.
func (s *Service) putFunctionConcurrency(in *PutFunctionConcurrencyInput) (*ConcurrencyOutput, error) {
	f, err := s.function(*in.FunctionName)
	if err != nil {
		return nil, err
	}
	left := int64(AccountConcurrency)
	for _, other := range s.functions {
		if other != f {
			left -= max(0, other.Reserved)
		}
	}
	if left-*in.ReservedConcurrentExecutions < UnreservedConcurrency {
		return nil, aws.Errorf(InvalidParameterValue, "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", UnreservedConcurrency).
			WithHint("At most %d can be reserved for it.", left-UnreservedConcurrency)
	}
	f.Reserved = *in.ReservedConcurrentExecutions
	return &ConcurrencyOutput{f.Reserved}, nil
}

func (s *Service) deleteFunctionConcurrency(in *FunctionInput) error {
	f, err := s.function(*in.FunctionName)
	if err == nil {
		f.Reserved = -1
	}
	return err
}

func (s *Service) getFunctionConcurrency(in *FunctionInput) (*ConcurrencyOutput, error) {
	f, err := s.function(*in.FunctionName)
	if err != nil {
		return nil, err
	}
	return &ConcurrencyOutput{max(0, f.Reserved)}, nil
}

// invoke runs a function now. The lab answers at once, whatever virtual time the function took: the log says it.
func (s *Service) invoke(in *InvokeInput) (*InvokeOutput, error) {
	f, err := s.function(*in.FunctionName)
	if err != nil {
		return nil, err
	}
	payload := []byte(in.Payload)
	if len(bytes.TrimSpace(payload)) == 0 {
		payload = []byte("{}")
	}
	if !json.Valid(payload) {
		return nil, aws.Errorf("InvalidRequestContentException", "Could not parse request body into json: Could not parse payload into json").
			WithHint(`Write --payload '{"key": 1}' --cli-binary-format raw-in-base64-out, or the payload in base64.`)
	}
	if len(payload) > MaxEventBytes {
		return nil, aws.Errorf("RequestTooLargeException", "Request must be smaller than %d bytes for the InvokeFunction operation", MaxEventBytes).WithHint("Send less at once.")
	}
	switch kind := deref(in.InvocationType); kind {
	case "", "RequestResponse":
	case "DryRun":
		return &InvokeOutput{StatusCode: 204, ExecutedVersion: "$LATEST"}, nil
	default:
		return nil, aws.Errorf(InvalidParameterValue, "The lab invokes with RequestResponse alone, and not with %s.", kind).WithHint("Leave --invocation-type out.")
	}
	if !s.room(f) {
		s.throttle(f)
		return nil, aws.Errorf(TooManyRequests, "Rate Exceeded.").WithHint("It runs as often at once as it may: %d invocations. aws lambda put-function-concurrency changes how many are reserved for it.", f.running)
	}
	whole := item{data: payload, key: "payload"}
	o := s.begin(f, []item{whole}, func() []byte { return payload })
	s.finish(f, &o)
	out := &InvokeOutput{StatusCode: 200, ExecutedVersion: "$LATEST", Payload: string(o.payload)}
	if o.fault != "" {
		out.FunctionError = "Unhandled"
	}
	if deref(in.LogType) == "Tail" {
		var log strings.Builder
		o.texts(f, func(_ sim.Instant, text string) { fmt.Fprintln(&log, text) })
		tail := log.String()
		if len(tail) > maxLine {
			tail = tail[len(tail)-maxLine:]
		}
		out.LogResult = base64.StdEncoding.EncodeToString([]byte(tail))
	}
	return out, nil
}

// Call invokes a function for another service, by its ARN: what it answered, how long whoever called waits for that, and what went
// wrong in it, "" when nothing did. The error is that of Invoke.
func (s *Service) Call(arn string, payload []byte) (answer []byte, took time.Duration, fault string, err error) {
	f, err := s.function(arn)
	if err != nil {
		return nil, 0, "", err
	}
	if !s.room(f) {
		s.throttle(f)
		return nil, 0, "", aws.Errorf(TooManyRequests, "Rate Exceeded.")
	}
	items := transformed(payload)
	records := items != nil
	if !records {
		items = []item{{data: payload, key: "payload"}}
	}
	o := s.begin(f, items, func() []byte { return payload })
	if records && f.Code == "" && o.fault == "" {
		o.payload = f.Behavior.transform(items)
	}
	s.finish(f, &o)
	return o.payload, o.took(), o.fault, nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
