package clients

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// A goClient drives the AWS SDK for Go as the programs in testdata drive the others.
type goClient struct{ sdk *kinesis.Client }

func startGo(t *testing.T, s settings) client {
	t.Helper()
	return &goClient{newSDK(t, s)}
}

// newSDK makes a client as a program of its own would: from the SDK's default configuration.
func newSDK(t testing.TB, s settings, more ...func(*kinesis.Options)) *kinesis.Client {
	t.Helper()
	options := []func(*config.LoadOptions) error{
		config.WithRegion(s.Region), config.WithBaseEndpoint(s.Endpoint), config.WithRetryMaxAttempts(max(1, s.Attempts)),
		config.WithSharedConfigFiles(nil), config.WithSharedCredentialsFiles(nil),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(s.Key, s.Secret, "")),
	}
	if s.CA != "" {
		pem, err := os.Open(s.CA)
		if err != nil {
			t.Fatal(err)
		}
		defer pem.Close()
		options = append(options, config.WithCustomCABundle(pem))
	}
	cfg, err := config.LoadDefaultConfig(context.Background(), options...)
	if err != nil {
		t.Fatal(err)
	}
	return kinesis.NewFromConfig(cfg, append(more, func(o *kinesis.Options) { o.HTTPClient = patient{o.HTTPClient} })...)
}

// patient keeps the SDK from ending a connection whose answer it is reading: it closes a request's body when the answer
// begins, and on a busy machine net/http may only then look for the end of that body. A closed body says io.EOF to Read, as
// it should, but also to WriteTo, which net/http takes for a failed write. Hidden from net/http, WriteTo is not asked.
type patient struct{ kinesis.HTTPClient }

func (p patient) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.HTTPClient.Do(r)
}

func (c *goClient) ask(q question) (a answer, err error) {
	ctx, cancel := within()
	defer cancel()
	switch q.Do {
	case "call":
		return c.call(ctx, q)
	case "pages":
		return c.pages(ctx, q)
	case "wait":
		return c.wait(ctx, q)
	case "subscribe":
		return c.subscribe(ctx, q)
	case "shapes":
		return answer{Out: json.RawMessage(text(c.shapes())), Version: "aws-sdk-go-v2/service/kinesis " + goVersion()}, nil
	}
	return a, fmt.Errorf("no such question: %s", q.Do)
}

// input makes an operation's input of what has the shape of the wire.
func (c *goClient) input(op string, in json.RawMessage) (method, input reflect.Value, err error) {
	method = reflect.ValueOf(c.sdk).MethodByName(op)
	if !method.IsValid() {
		return method, input, fmt.Errorf("the SDK has no operation %s", op)
	}
	input = reflect.New(method.Type().In(1).Elem())
	return method, input, fromWire(in, input.Interface())
}

func fromWire(in json.RawMessage, out any) error {
	if len(in) == 0 {
		return nil
	}
	var v any
	if err := json.Unmarshal(in, &v); err != nil {
		return err
	}
	return set(reflect.ValueOf(out).Elem(), v)
}

// set fills a value of the SDK from one of encoding/json.
func set(to reflect.Value, from any) error {
	switch to.Interface().(type) {
	case time.Time:
		to.Set(reflect.ValueOf(time.UnixMilli(int64(from.(float64) * 1000))))
		return nil
	case []byte:
		b, err := base64.StdEncoding.DecodeString(from.(string))
		to.SetBytes(b)
		return err
	}
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return set(to.Elem(), from)
	case reflect.Struct:
		for name, v := range from.(map[string]any) {
			f := to.FieldByName(name)
			if !f.IsValid() {
				return fmt.Errorf("%v has no member %s", to.Type(), name)
			}
			if err := set(f, v); err != nil {
				return err
			}
		}
	case reflect.Slice:
		for _, v := range from.([]any) {
			e := reflect.New(to.Type().Elem()).Elem()
			if err := set(e, v); err != nil {
				return err
			}
			to.Set(reflect.Append(to, e))
		}
	case reflect.Map:
		to.Set(reflect.MakeMap(to.Type()))
		for name, v := range from.(map[string]any) {
			e := reflect.New(to.Type().Elem()).Elem()
			if err := set(e, v); err != nil {
				return err
			}
			to.SetMapIndex(reflect.ValueOf(name), e)
		}
	default:
		to.Set(reflect.ValueOf(from).Convert(to.Type()))
	}
	return nil
}

// onWire gives a value of the SDK the shape of the wire; what was not there is left out.
func onWire(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Time:
		return json.Number(fmt.Sprintf("%.3f", float64(x.UnixMilli())/1000))
	case []byte:
		return x // which encoding/json writes in base64
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return onWire(v.Elem())
	case reflect.Struct:
		all := map[string]any{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			one := v.Field(i)
			switch one.Kind() {
			case reflect.Pointer, reflect.Slice, reflect.Map:
				if one.IsNil() {
					continue
				}
			case reflect.String:
				if one.Len() == 0 {
					continue
				}
			}
			if f.IsExported() && f.Name != "ResultMetadata" {
				all[f.Name] = onWire(one)
			}
		}
		return all
	case reflect.Slice:
		all := []any{}
		for i := range v.Len() {
			all = append(all, onWire(v.Index(i)))
		}
		return all
	case reflect.Map:
		all := map[string]any{}
		for _, k := range v.MapKeys() {
			all[k.String()] = onWire(v.MapIndex(k))
		}
		return all
	}
	return v.Interface()
}

func (c *goClient) call(ctx context.Context, q question) (answer, error) {
	method, input, err := c.input(q.Op, q.In)
	if err != nil {
		return answer{}, err
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(ctx), input})
	if err, _ := out[1].Interface().(error); err != nil {
		return answer{Err: faultOf(err), ID: requestID(err)}, nil
	}
	meta := out[0].Elem().FieldByName("ResultMetadata").Interface().(middleware.Metadata)
	a := answer{Out: json.RawMessage(text(onWire(out[0])))}
	a.ID, _ = awsmiddleware.GetRequestIDMetadata(meta)
	if tries, ok := retry.GetAttemptResults(meta); ok {
		a.Attempts = len(tries.Results)
	}
	return a, nil
}

func faultOf(err error) *fault {
	var e smithy.APIError
	if !errors.As(err, &e) {
		return &fault{Message: err.Error(), Type: reflect.TypeOf(err).String()}
	}
	f := &fault{Code: e.ErrorCode(), Message: e.ErrorMessage(), Type: strings.TrimPrefix(reflect.TypeOf(e).String(), "*types.")}
	var r *awshttp.ResponseError
	if errors.As(err, &r) {
		f.Status = r.HTTPStatusCode()
	}
	return f
}

func requestID(err error) string {
	var r *awshttp.ResponseError
	if errors.As(err, &r) {
		return r.ServiceRequestID()
	}
	return ""
}

// pages follows the SDK's own paginators.
func (c *goClient) pages(ctx context.Context, q question) (answer, error) {
	size := aws.Int32(int32(q.Size))
	var next func() (any, error)
	var more func() bool
	_, input, err := c.input(q.Op, q.In)
	if err != nil {
		return answer{}, err
	}
	switch in := input.Interface().(type) {
	case *kinesis.ListStreamsInput:
		in.Limit = size
		p := kinesis.NewListStreamsPaginator(c.sdk, in)
		next, more = func() (any, error) { return p.NextPage(ctx) }, p.HasMorePages
	case *kinesis.DescribeStreamInput:
		in.Limit = size
		p := kinesis.NewDescribeStreamPaginator(c.sdk, in)
		next, more = func() (any, error) { return p.NextPage(ctx) }, p.HasMorePages
	case *kinesis.ListStreamConsumersInput:
		in.MaxResults = size
		p := kinesis.NewListStreamConsumersPaginator(c.sdk, in)
		next, more = func() (any, error) { return p.NextPage(ctx) }, p.HasMorePages
	case *kinesis.ListChannelsInput:
		in.MaxResults = size
		p := kinesis.NewListChannelsPaginator(c.sdk, in)
		next, more = func() (any, error) { return p.NextPage(ctx) }, p.HasMorePages
	default:
		return answer{Lacks: "a paginator"}, nil
	}
	a, items := answer{}, []any{}
	for more() {
		page, err := next()
		if err != nil {
			return answer{Err: faultOf(err)}, nil
		}
		a.Pages++
		value := onWire(reflect.ValueOf(page))
		for name := range strings.SplitSeq(q.Items, ".") {
			value = value.(map[string]any)[name]
		}
		all, _ := value.([]any)
		items = append(items, all...)
	}
	a.Out = json.RawMessage(text(items))
	return a, nil
}

// wait uses the SDK's own waiters.
func (c *goClient) wait(ctx context.Context, q question) (answer, error) {
	var err error
	switch q.Name {
	case "stream-exists", "stream-not-exists":
		var in kinesis.DescribeStreamInput
		if err := fromWire(q.In, &in); err != nil {
			return answer{}, err
		}
		if q.Name == "stream-exists" {
			err = kinesis.NewStreamExistsWaiter(c.sdk, func(o *kinesis.StreamExistsWaiterOptions) { o.MinDelay, o.MaxDelay = time.Second, time.Second }).Wait(ctx, &in, patience)
		} else {
			err = kinesis.NewStreamNotExistsWaiter(c.sdk, func(o *kinesis.StreamNotExistsWaiterOptions) { o.MinDelay, o.MaxDelay = time.Second, time.Second }).Wait(ctx, &in, patience)
		}
	case "channel-active":
		var in kinesis.DescribeChannelInput
		if err := fromWire(q.In, &in); err != nil {
			return answer{}, err
		}
		err = kinesis.NewChannelActiveWaiter(c.sdk, func(o *kinesis.ChannelActiveWaiterOptions) { o.MinDelay, o.MaxDelay = time.Second, time.Second }).Wait(ctx, &in, patience)
	default:
		return answer{Lacks: "a waiter"}, nil
	}
	if err != nil {
		return answer{Err: faultOf(err)}, nil
	}
	return answer{}, nil
}

func (c *goClient) subscribe(ctx context.Context, q question) (answer, error) {
	var in kinesis.SubscribeToShardInput
	if err := fromWire(q.In, &in); err != nil {
		return answer{}, err
	}
	out, err := c.sdk.SubscribeToShard(ctx, &in)
	if err != nil {
		return answer{Err: faultOf(err)}, nil
	}
	stream := out.GetStream()
	defer stream.Close()
	a, events, seen := answer{}, []any{}, 0
	for event := range stream.Events() {
		e, ok := event.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent)
		if !ok {
			return answer{}, fmt.Errorf("an event of the kind %T", event)
		}
		events = append(events, onWire(reflect.ValueOf(e.Value)))
		seen += len(e.Value.Records)
		if q.Records > 0 && seen >= q.Records {
			a.Out = json.RawMessage(text(events))
			return a, nil
		}
	}
	if err := stream.Err(); err != nil {
		return answer{Err: faultOf(err)}, nil
	}
	a.Out, a.Ended = json.RawMessage(text(events)), true
	return a, nil
}

// shapes names the operations of the SDK.
func (c *goClient) shapes() map[string]any {
	all := map[string]any{}
	t := reflect.TypeOf(c.sdk)
	for i := range t.NumMethod() {
		m := t.Method(i)
		if m.Type.NumIn() == 4 && strings.HasSuffix(m.Type.In(2).String(), m.Name+"Input") {
			all[m.Name] = nil
		}
	}
	return all
}

// goVersion is the version of the SDK in this test.
func goVersion() string {
	b, _ := os.ReadFile("../../../go.mod")
	if m := regexp.MustCompile(`service/kinesis (v\S+)`).FindSubmatch(b); m != nil {
		return string(m[1])
	}
	return "of an unknown version"
}

// newStream makes a stream, waits until it is ACTIVE and gives its ARN.
func newStream(t testing.TB, admin *kinesis.Client, name string, shards int32) string {
	t.Helper()
	ctx, cancel := within()
	defer cancel()
	if _, err := admin.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: &name, ShardCount: &shards}); err != nil {
		t.Fatal(err)
	}
	w := kinesis.NewStreamExistsWaiter(admin, func(o *kinesis.StreamExistsWaiterOptions) { o.MinDelay, o.MaxDelay = time.Second, time.Second })
	out, err := w.WaitForOutput(ctx, &kinesis.DescribeStreamInput{StreamName: &name}, patience)
	if err != nil {
		t.Fatal(err)
	}
	return *out.StreamDescription.StreamARN
}
