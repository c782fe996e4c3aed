package awsjson

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"shardlab/wasm/region"
)

// consumer makes an ACTIVE stream of one shard with an ACTIVE consumer, and gives the body that subscribes it.
func (s *server) consumer() (body string) {
	s.t.Helper()
	s.stream("s", "1")
	out := s.must("RegisterStreamConsumer", `{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/s","ConsumerName":"app"}`)
	var r struct{ Consumer struct{ ConsumerARN string } }
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		s.t.Fatal(err)
	}
	s.pass(30 * time.Second)
	return fmt.Sprintf(`{"ConsumerARN":%q,"ShardId":"shardId-000000000000","StartingPosition":{"Type":"TRIM_HORIZON"}}`, r.Consumer.ConsumerARN)
}

// A frame as a client sees it: its type, and its payload.
type seen struct {
	message, kind, content, payload string
}

// next reads the next frame of an event stream.
func next(t *testing.T, r io.Reader) (seen, error) {
	t.Helper()
	m, err := eventstream.NewDecoder().Decode(r, nil)
	if err != nil {
		return seen{}, err
	}
	text := func(name string) string {
		if v := m.Headers.Get(name); v != nil {
			return v.String()
		}
		return ""
	}
	return seen{text(messageType), text(eventType) + text(exceptionType), text(frameContent), string(m.Payload)}, nil
}

// nextEvent reads frames until one has records.
func nextEvent(t *testing.T, r io.Reader) string {
	t.Helper()
	for {
		f, err := next(t, r)
		if err != nil {
			t.Fatal(err)
		}
		if f.message != "event" || f.kind == "SubscribeToShardEvent" && !strings.HasPrefix(f.payload, `{"Records":[]`) {
			return f.payload
		}
	}
}

// An event stream is the same over every way to it: a first frame at once, records as they come, an end after five minutes.
func TestSubscribeToShard(t *testing.T) {
	h2c := new(http.Protocols)
	h2c.SetUnencryptedHTTP2(true)
	for _, way := range []struct {
		name   string
		client http.RoundTripper
		proto  string
		tls    bool
	}{
		{"HTTP/1.1", &http.Transport{}, "HTTP/1.1", false},
		{"HTTP/2 without TLS", &http.Transport{Protocols: h2c}, "HTTP/2.0", false},
		{"HTTP/2 over TLS", &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, "HTTP/2.0", true},
	} {
		t.Run(way.name, func(t *testing.T) {
			s := start(t, Config{})
			body := s.consumer()
			r := s.request("SubscribeToShard", body, nil)
			if way.tls {
				cert, _, err := Certificate(t.TempDir(), nil, time.Now())
				if err != nil {
					t.Fatal(err)
				}
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				h := s.Server()
				h.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
				go h.ServeTLS(l, "", "")
				t.Cleanup(func() { h.Close() })
				r.URL.Scheme, r.URL.Host = "https", l.Addr().String()
			}
			a, err := way.client.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Body.Close()
			if a.StatusCode != 200 || a.Proto != way.proto || a.Header.Get("Content-Type") != eventual || a.ContentLength != -1 || a.Header.Get("x-amzn-RequestId") == "" {
				t.Errorf("the answer is %s %d %v", a.Proto, a.StatusCode, a.Header)
			}
			if f, err := next(t, a.Body); err != nil || f != (seen{"event", "initial-response", bareJSON, "{}"}) {
				t.Fatalf("the first frame is %+v, %v", f, err)
			}
			s.must("PutRecord", `{"StreamName":"s","Data":"aGk=","PartitionKey":"k"}`)
			s.pass(time.Second)
			var event struct {
				Records                    []struct{ Data, PartitionKey, SequenceNumber string }
				ContinuationSequenceNumber string
				MillisBehindLatest         *int64
			}
			if err := json.Unmarshal([]byte(nextEvent(t, a.Body)), &event); err != nil {
				t.Fatal(err)
			}
			if len(event.Records) != 1 || event.Records[0].Data != "aGk=" || event.Records[0].PartitionKey != "k" || event.ContinuationSequenceNumber == "" || event.MillisBehindLatest == nil {
				t.Errorf("the event is %+v", event)
			}
			s.pass(5 * time.Minute)
			for {
				f, err := next(t, a.Body)
				if err == io.EOF {
					break
				}
				if err != nil || f.message != "event" {
					t.Fatalf("it ends with %+v, %v", f, err)
				}
			}
		})
	}
}

// What ends a stream early is an exception in it, a client that goes away frees its shard, and what is refused is refused as
// everywhere.
func TestSubscribeToShardEnds(t *testing.T) {
	s := start(t, Config{Limits: Limits{Subscriptions: 1}})
	body := s.consumer()
	a, text := s.do("SubscribeToShard", strings.Replace(body, "shardId-000000000000", "shardId-000000000009", 1), nil)
	if a.StatusCode != 400 || a.Header.Get("Content-Type") != json11 || a.Header.Get("x-amzn-ErrorType") != "ResourceNotFoundException" {
		t.Errorf("a shard that is not there: %d %v %s", a.StatusCode, a.Header, text)
	}
	ctx, hangUp := context.WithCancel(context.Background())
	first, err := http.DefaultClient.Do(s.request("SubscribeToShard", body, nil).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	next(t, first.Body)
	for range 2 {
		if a, text := s.do("SubscribeToShard", body, nil); a.Header.Get("x-amzn-ErrorType") != "LimitExceededException" || !strings.Contains(text, "-aws-event-streams") {
			t.Errorf("one too many: %d %s", a.StatusCode, text)
		}
	}
	if n := strings.Count(s.log.String(), "raise -aws-event-streams"); n != 1 {
		t.Errorf("the log says %d times what to raise:\n%s", n, s.log)
	}
	hangUp()
	first.Body.Close()
	held, _ := s.tenants.hold(tenantKey{"anna", "us-east-1"}, "123456789012")
	defer s.tenants.release(held)
	waitFor(t, "the client's stream is gone", func() bool {
		gone := false
		s.tenants.turn(held, func(*region.Region) { gone = len(held.streams) == 0 && !held.driven })
		return gone
	})
	s.pass(10 * time.Second)
	second, err := http.DefaultClient.Do(s.request("SubscribeToShard", body, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer second.Body.Close()
	if f, err := next(t, second.Body); err != nil || f.kind != "initial-response" {
		t.Fatalf("the next stream begins with %+v, %v", f, err)
	}
	s.must("DeleteStream", `{"StreamName":"s","EnforceConsumerDeletion":true}`)
	s.pass(10 * time.Second)
	for {
		f, err := next(t, second.Body)
		if err != nil {
			t.Fatalf("the stream ends without an exception: %v", err)
		}
		if f.message == "exception" {
			if f.kind != "ResourceNotFoundException" || f.content != bareJSON || !strings.HasPrefix(f.payload, `{"message":"`) {
				t.Errorf("the exception is %+v", f)
			}
			break
		}
	}
	if f, err := next(t, second.Body); err != io.EOF {
		t.Errorf("behind the exception comes %+v, %v", f, err)
	}
}

// A client that reads nothing is not waited for: what waits for it is bounded, and it gets all of it when it reads again.
func TestSlowSubscriber(t *testing.T) {
	s := start(t, Config{})
	body := s.consumer()
	a, err := http.DefaultClient.Do(s.request("SubscribeToShard", body, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	held, _ := s.tenants.hold(tenantKey{"anna", "us-east-1"}, "123456789012")
	defer s.tenants.release(held)
	const records = 60
	data := strings.Repeat("AAAA", 200<<10) // 600 KiB
	waits := int64(0)
	for i := range records {
		s.pass(time.Second)
		s.must("PutRecord", fmt.Sprintf(`{"StreamName":"s","Data":%q,"PartitionKey":"k%d"}`, data, i))
		s.tenants.turn(held, func(*region.Region) {
			for _, st := range held.streams {
				st.mu.Lock()
				waits = max(waits, st.bytes)
				st.mu.Unlock()
			}
		})
	}
	if waits < waiting || waits > waiting+4<<20 {
		t.Errorf("%d bytes waited for the client, want a little more than %d", waits, waiting)
	}
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				s.pass(20 * time.Millisecond)
			}
		}
	}()
	got := 0
	for got < records {
		f, err := next(t, a.Body)
		if err != nil {
			t.Fatalf("after %d records: %v", got, err)
		}
		got += strings.Count(f.payload, `"PartitionKey"`)
	}
	if got != records {
		t.Errorf("it got %d of %d records", got, records)
	}
}

// Told to stop, the endpoint ends its streams, and its worlds are gone.
func TestShutdownEndsStreams(t *testing.T) {
	s := start(t, Config{})
	body := s.consumer()
	a, err := http.DefaultClient.Do(s.request("SubscribeToShard", body, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	next(t, a.Body)
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, a.Body)
		ended <- err
	}()
	s.Close()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the stream is cut: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the stream goes on")
	}
}

// The Go SDK, unchanged, subscribes and reads to the end of a shard that was split.
func TestGoSDKSubscribes(t *testing.T) {
	s := start(t, Config{Now: time.Now, Speed: 600})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c := s.client("anna", "any", "us-east-1")
	stream := aws.String("clicks")
	if _, err := c.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: stream, ShardCount: aws.Int32(1)}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(30 * time.Millisecond)
	made, err := c.RegisterStreamConsumer(ctx, &kinesis.RegisterStreamConsumerInput{StreamARN: aws.String("arn:aws:kinesis:us-east-1:123456789012:stream/clicks"), ConsumerName: aws.String("app")})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(60 * time.Millisecond)
	out, err := c.SubscribeToShard(ctx, &kinesis.SubscribeToShardInput{ConsumerARN: made.Consumer.ConsumerARN, ShardId: aws.String("shardId-000000000000"),
		StartingPosition: &types.StartingPosition{Type: types.ShardIteratorTypeTrimHorizon}})
	if err != nil {
		t.Fatal(err)
	}
	events := out.GetStream()
	defer events.Close()
	go func() {
		for i := range 3 {
			c.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: stream, Data: []byte{byte(i)}, PartitionKey: aws.String("k")})
		}
		c.SplitShard(ctx, &kinesis.SplitShardInput{StreamName: stream, ShardToSplit: aws.String("shardId-000000000000"), NewStartingHashKey: aws.String("170141183460469231731687303715884105728")})
	}()
	got, children := "", 0
	for e := range events.Events() {
		event := e.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent).Value
		for _, r := range event.Records {
			got += fmt.Sprint(r.Data)
		}
		children = len(event.ChildShards)
	}
	if err := events.Err(); err != nil {
		t.Error(err)
	}
	if got != "[0][1][2]" || children != 2 {
		t.Errorf("it read %s and %d children", got, children)
	}
	_, err = c.SubscribeToShard(ctx, &kinesis.SubscribeToShardInput{ConsumerARN: aws.String(*made.Consumer.ConsumerARN + "1"), ShardId: aws.String("shardId-000000000000"),
		StartingPosition: &types.StartingPosition{Type: types.ShardIteratorTypeLatest}})
	var none *types.ResourceNotFoundException
	if !errors.As(err, &none) {
		t.Errorf("a consumer that is not there: %v", err)
	}
}

// waitFor waits until something that happens on the server's side has happened.
func waitFor(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for range 500 {
		if happened() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("not within 5 s: %s", what)
}
