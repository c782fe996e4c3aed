package kinesis

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
)

const ordersARN = "arn:aws:kinesis:us-east-1:123456789012:stream/orders"

func (w *world) register(name string) (*RegisterStreamConsumerOutput, error) {
	return w.RegisterStreamConsumer(&RegisterStreamConsumerInput{StreamARN: ptr(ordersARN), ConsumerName: &name})
}

// consumer makes an ACTIVE consumer of orders.
func (w *world) consumer(name string) *ConsumerState {
	w.t.Helper()
	out, err := w.register(name)
	w.must(err)
	w.wait(w.Limits().ConsumerCreateDelay)
	_, c, ok := w.ConsumerOf(out.Consumer.ConsumerARN)
	if !ok || c.Status() != Active {
		w.t.Fatalf("consumer %s is not ACTIVE", name)
	}
	return c
}

func TestLifeOfAConsumer(t *testing.T) {
	w, st := streamOf(t, 1)
	w.told = nil
	made := w.sched.Now()
	out, err := w.do("RegisterStreamConsumer", `{"StreamARN":"`+ordersARN+`","ConsumerName":"app","Tags":{"team":"rack"}}`)
	w.must(err)
	arn := fmt.Sprintf("%s/consumer/app:%d", ordersARN, made.Second())
	if want := fmt.Sprintf(`{"Consumer":{"ConsumerName":"app","ConsumerARN":%q,"ConsumerStatus":"CREATING","ConsumerCreationTimestamp":%d}}`, arn, made.Second()); out != want {
		t.Errorf("RegisterStreamConsumer answered\n %s\nwant\n %s", out, want)
	}
	status := func() string {
		out, err := w.DescribeStreamConsumer(&DescribeStreamConsumerInput{ConsumerARN: &arn})
		if err != nil {
			return aws.CodeOf(err)
		}
		return out.ConsumerDescription.ConsumerStatus
	}
	_, err = w.register("app")
	w.refused(err, aws.ResourceInUse, "Consumer app under stream orders already exists for account 123456789012.")
	w.wait(10*time.Second - time.Microsecond)
	if got := status(); got != Creating {
		t.Errorf("status is %s, want CREATING", got)
	}
	_, err = w.subscribe("app", 0, Position{Type: Latest})
	w.refused(err, aws.ResourceInUse, fmt.Sprintf("Consumer app with creation timestamp %d under stream: orders , account 123456789012 is not in ACTIVE status.", made.Second()))
	w.wait(time.Microsecond)
	if got := status(); got != Active {
		t.Errorf("status is %s, want ACTIVE", got)
	}
	c, _ := st.Consumer("app")
	if c.Tags()["team"] != "rack" || c.Created() != made {
		t.Errorf("the consumer has tags %v and was made at %d", c.Tags(), c.Created())
	}
	out, err = w.do("DescribeStreamConsumer", `{"StreamARN":"`+ordersARN+`","ConsumerName":"app"}`)
	w.must(err)
	if want := fmt.Sprintf(`{"ConsumerDescription":{"ConsumerName":"app","ConsumerARN":%q,"ConsumerStatus":"ACTIVE","ConsumerCreationTimestamp":%d,"StreamARN":%q}}`, arn, made.Second(), ordersARN); out != want {
		t.Errorf("DescribeStreamConsumer answered\n %s\nwant\n %s", out, want)
	}
	if out, err = w.do("DeregisterStreamConsumer", fmt.Sprintf(`{"ConsumerARN":%q}`, arn)); err != nil || out != "" {
		t.Errorf("DeregisterStreamConsumer answered %q (%v)", out, err)
	}
	w.must(w.DeregisterStreamConsumer(&DeregisterStreamConsumerInput{ConsumerARN: &arn})) // it is on its way out already
	_, err = w.subscribe("app", 0, Position{Type: Latest})
	if aws.CodeOf(err) != aws.ResourceInUse {
		t.Errorf("a consumer that is DELETING subscribes: %v", err)
	}
	w.wait(5*time.Second - time.Microsecond)
	if got := status(); got != Deleting {
		t.Errorf("status is %s, want DELETING", got)
	}
	w.wait(time.Microsecond)
	_, err = w.DescribeStreamConsumer(&DescribeStreamConsumerInput{ConsumerARN: &arn})
	w.refused(err, aws.ResourceNotFound, "Consumer "+arn+", account 123456789012 not found.")
	want := []Notice{
		{Kind: ConsumerChanged, Stream: "orders", Shard: -1, Status: Creating, Consumer: "app"},
		{Kind: ConsumerChanged, Stream: "orders", Shard: -1, Status: Active, Consumer: "app"},
		{Kind: ConsumerChanged, Stream: "orders", Shard: -1, Status: Deleting, Consumer: "app"},
		{Kind: ConsumerChanged, Stream: "orders", Shard: -1, Consumer: "app"},
	}
	if !slices.Equal(w.told, want) {
		t.Errorf("told %v, want %v", w.told, want)
	}
	if slices.ContainsFunc(w.meter.Keys(), func(k cloudwatch.Key) bool { return k.Consumer != "" }) {
		t.Error("metrics of the consumer outlive it")
	}
	// One of the same name that is made later is another one.
	again, err := w.register("app")
	w.must(err)
	if again.Consumer.ConsumerARN == arn {
		t.Error("two consumers have one ARN")
	}
	if _, _, ok := w.ConsumerOf(arn); ok {
		t.Error("the old ARN finds the new consumer")
	}
}

func TestNamingAConsumer(t *testing.T) {
	w, _ := streamOf(t, 1)
	w.stream("other", 1)
	arn := w.consumer("app").ARN()
	w.consumer("web")
	old := strings.Replace(arn, "app:1", "app:2", 1)
	for _, row := range []struct{ name, body, code, message string }{
		{"by its ARN", `{"ConsumerARN":"` + arn + `"}`, "", ""},
		{"by stream and name", `{"StreamARN":"` + ordersARN + `","ConsumerName":"app"}`, "", ""},
		{"by all three", `{"StreamARN":"` + ordersARN + `","ConsumerName":"app","ConsumerARN":"` + arn + `"}`, "", ""},
		{"by ARN and name", `{"ConsumerName":"app","ConsumerARN":"` + arn + `"}`, "", ""},
		{"by nothing", `{}`, aws.InvalidArgument, "Either ConsumerARN or both StreamARN and ConsumerName should be provided."},
		{"by its name alone", `{"ConsumerName":"app"}`, aws.InvalidArgument, "Either ConsumerARN or both StreamARN and ConsumerName should be provided."},
		{"by its stream alone", `{"StreamARN":"` + ordersARN + `"}`, aws.InvalidArgument, "Either ConsumerARN or both StreamARN and ConsumerName should be provided."},
		{"ARN and name of two", `{"ConsumerName":"web","ConsumerARN":"` + arn + `"}`, aws.InvalidArgument, "ConsumerARN " + arn + ", StreamARN and ConsumerName do not name the same consumer."},
		{"ARN of a consumer and of another stream", `{"StreamARN":"` + strings.Replace(ordersARN, "orders", "other", 1) + `","ConsumerARN":"` + arn + `"}`, aws.InvalidArgument, "ConsumerARN " + arn + ", StreamARN and ConsumerName do not name the same consumer."},
		{"a name that nobody has", `{"StreamARN":"` + ordersARN + `","ConsumerName":"tv"}`, aws.ResourceNotFound, "Consumer tv, account 123456789012 not found."},
		{"a name of another stream's", `{"StreamARN":"` + strings.Replace(ordersARN, "orders", "other", 1) + `","ConsumerName":"app"}`, aws.ResourceNotFound, "Consumer app, account 123456789012 not found."},
		{"an ARN of an earlier one", `{"ConsumerARN":"` + old + `"}`, aws.ResourceNotFound, "Consumer " + old + ", account 123456789012 not found."},
		{"an ARN of another Region", `{"ConsumerARN":"` + strings.Replace(arn, "us-east-1", "eu-west-1", 1) + `"}`, aws.ResourceNotFound, "Consumer " + strings.Replace(arn, "us-east-1", "eu-west-1", 1) + ", account 123456789012 not found."},
		{"a stream that is not there", `{"StreamARN":"` + ordersARN + `x","ConsumerName":"app"}`, aws.ResourceNotFound, "Stream ordersx under account 123456789012 not found."},
		{"an ARN of a stream", `{"ConsumerARN":"` + ordersARN + `"}`, aws.Validation, "1 validation error detected: Value '" + ordersARN +
			`' at 'consumerARN' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+`},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := *w
			v.t = t
			v.wait(time.Second)
			_, err := v.do("DescribeStreamConsumer", row.body)
			if row.code == "" {
				v.must(err)
				return
			}
			v.refused(err, row.code, row.message)
		})
	}
}

// The twentieth consumer of a stream is registered, the one after it is not; five of the account may be CREATING.
func TestConsumerQuotas(t *testing.T) {
	w, st := streamOf(t, 1)
	other := w.stream("other", 1)
	for i := range 20 {
		w.consumer(fmt.Sprintf("c%02d", i))
	}
	_, err := w.register("c20")
	w.refused(err, aws.LimitExceeded, "This request would exceed the limit of 20 registered consumers for the stream orders under account 123456789012.")
	if out, err := w.DescribeStreamSummary(&DescribeStreamSummaryInput{StreamName: ptr("orders")}); err != nil || out.StreamDescriptionSummary.ConsumerCount != 20 {
		t.Errorf("the summary counts %d consumers (%v)", out.StreamDescriptionSummary.ConsumerCount, err)
	}
	// One that is DELETING still counts; its place is free when it is gone.
	w.must(w.DeregisterStreamConsumer(&DeregisterStreamConsumerInput{ConsumerARN: &st.Consumers()[7].arn}))
	w.wait(5*time.Second - time.Microsecond)
	if _, err = w.register("c20"); aws.CodeOf(err) != aws.LimitExceeded {
		t.Errorf("while one is DELETING: %v", err)
	}
	w.wait(time.Microsecond)
	for i := range 4 {
		_, err := w.RegisterStreamConsumer(&RegisterStreamConsumerInput{StreamARN: ptr(other.ARN()), ConsumerName: ptr(fmt.Sprint("o", i))})
		w.must(err)
	}
	begun := w.sched.Now()
	_, err = w.register("c20")
	w.must(err)
	w.wait(time.Second)
	_, err = w.RegisterStreamConsumer(&RegisterStreamConsumerInput{StreamARN: ptr(other.ARN()), ConsumerName: ptr("o4")})
	w.refused(err, aws.LimitExceeded, "This request would exceed the limit of 5 consumers in CREATING state for the account 123456789012 in us-east-1.")
	run(w.Service, begun.Add(10*time.Second))
	_, err = w.RegisterStreamConsumer(&RegisterStreamConsumerInput{StreamARN: ptr(other.ARN()), ConsumerName: ptr("o4")})
	w.must(err)

	tags := map[string]string{}
	for i := range 51 {
		tags[fmt.Sprint("k", i)] = ""
	}
	_, err = w.RegisterStreamConsumer(&RegisterStreamConsumerInput{StreamARN: ptr(other.ARN()), ConsumerName: ptr("tags"), Tags: tags})
	w.refused(err, aws.InvalidArgument, "Failed to add tags to consumer tags under account 123456789012 because a given consumer cannot have more than 50 tags associated with it.")
	delete(tags, "k0")
	_, err = w.RegisterStreamConsumer(&RegisterStreamConsumerInput{StreamARN: ptr(other.ARN()), ConsumerName: ptr("tags"), Tags: tags})
	w.must(err)
}

func TestConsumersNeedAnActiveStream(t *testing.T) {
	w, _ := streamOf(t, 2)
	w.must(w.merge("0", "1"))
	_, err := w.register("app")
	w.refused(err, aws.ResourceInUse, "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING")
	if _, err := w.ListStreamConsumers(&ListStreamConsumersInput{StreamARN: ptr(ordersARN)}); err != nil {
		t.Errorf("a stream that is UPDATING does not list its consumers: %v", err)
	}
	w.wait(5 * time.Second)
	w.must(w.DeleteStream(&DeleteStreamInput{StreamName: ptr("orders")}))
	_, err = w.ListStreamConsumers(&ListStreamConsumersInput{StreamARN: ptr(ordersARN)})
	w.refused(err, aws.ResourceInUse, "Stream orders under account 123456789012 not ACTIVE, instead in state DELETING")
}

func TestListStreamConsumersPages(t *testing.T) {
	w, st := streamOf(t, 1)
	w.stream("other", 1)
	for _, name := range []string{"b", "a", "d", "c", "e"} {
		w.consumer(name)
	}
	page := func(body string) (names []string, token string) {
		t.Helper()
		w.wait(time.Second)
		out, err := w.do("ListStreamConsumers", `{"StreamARN":"`+ordersARN+`"`+body+`}`)
		w.must(err)
		var answer ListStreamConsumersOutput
		w.must(json.Unmarshal([]byte(out), &answer))
		for _, c := range answer.Consumers {
			names = append(names, c.ConsumerName)
		}
		return names, deref(answer.NextToken)
	}
	if all, token := page(""); !slices.Equal(all, []string{"a", "b", "c", "d", "e"}) || token != "" {
		t.Errorf("all are %v, with the token %q", all, token)
	}
	first, token := page(`,"MaxResults":2`)
	second, next := page(`,"MaxResults":2,"NextToken":"` + token + `"`)
	last, none := page(`,"NextToken":"` + next + `"`)
	if !slices.Equal(first, []string{"a", "b"}) || !slices.Equal(second, []string{"c", "d"}) || !slices.Equal(last, []string{"e"}) || none != "" {
		t.Errorf("the pages are %v, %v, %v and then %q", first, second, last, none)
	}
	if same, _ := page(fmt.Sprintf(`,"StreamCreationTimestamp":%d`, st.created.Second())); len(same) != 5 {
		t.Errorf("of the stream made then: %v", same)
	}
	for _, row := range []struct{ name, body, code, message string }{
		{"a stream made at another time", `"StreamARN":"` + ordersARN + `","StreamCreationTimestamp":1`, aws.ResourceNotFound, "Stream orders under account 123456789012 not found."},
		{"a token and a time", `"StreamARN":"` + ordersARN + `","StreamCreationTimestamp":1,"NextToken":"` + token + `"`, aws.InvalidArgument, "NextToken and StreamCreationTimestamp cannot be provided together."},
		{"a token of another stream", `"StreamARN":"` + strings.Replace(ordersARN, "orders", "other", 1) + `","NextToken":"` + token + `"`, aws.InvalidArgument, "Invalid NextToken."},
		{"a token that is none", `"StreamARN":"` + ordersARN + `","NextToken":"x"`, aws.InvalidArgument, "Invalid NextToken."},
		{"no stream", ``, aws.Validation, "1 validation error detected: Value null at 'streamARN' failed to satisfy constraint: Member must not be null"},
	} {
		w.wait(time.Second)
		_, err := w.do("ListStreamConsumers", "{"+row.body+"}")
		if aws.CodeOf(err) != row.code || err.(*aws.Error).Message != row.message {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	out, err := w.ListStreamConsumers(&ListStreamConsumersInput{StreamARN: ptr(ordersARN), MaxResults: ptr(int64(1))})
	w.must(err)
	w.wait(300 * time.Second)
	if _, err := w.ListStreamConsumers(&ListStreamConsumersInput{StreamARN: ptr(ordersARN), NextToken: out.NextToken}); err != nil {
		t.Errorf("after 300 s: %v", err)
	}
	w.wait(time.Microsecond)
	_, err = w.ListStreamConsumers(&ListStreamConsumersInput{StreamARN: ptr(ordersARN), NextToken: out.NextToken})
	w.refused(err, aws.ExpiredNextToken, "NextToken has expired. It was created more than 300 seconds ago.")
}

func TestDeletingAStreamWithConsumers(t *testing.T) {
	w, _ := streamOf(t, 1)
	arn := w.consumer("app").ARN()
	for _, enforce := range []*bool{nil, ptr(false)} {
		err := w.DeleteStream(&DeleteStreamInput{StreamName: ptr("orders"), EnforceConsumerDeletion: enforce})
		w.refused(err, aws.ResourceInUse, "DeleteStream can't delete 123456789012:orders because there are consumers associated with this data stream. To delete orders anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers that are associated with it.")
	}
	w.must(w.DeleteStream(&DeleteStreamInput{StreamName: ptr("orders"), EnforceConsumerDeletion: ptr(true)}))
	if out, err := w.DescribeStreamConsumer(&DescribeStreamConsumerInput{ConsumerARN: &arn}); err != nil || out.ConsumerDescription.ConsumerStatus != Deleting {
		t.Errorf("the consumer is %+v (%v)", out, err)
	}
	w.wait(5 * time.Second)
	_, err := w.DescribeStreamConsumer(&DescribeStreamConsumerInput{ConsumerARN: &arn})
	w.refused(err, aws.ResourceNotFound, "Consumer "+arn+", account 123456789012 not found.")
	if n := len(w.told); w.told[n-1].Kind != StatusChanged || w.told[n-2].Kind != ConsumerChanged || w.told[n-2].Status != "" {
		t.Errorf("told %v", w.told[n-2:])
	}
	// A stream without consumers needs no force, and one whose consumers are gone neither.
	w.stream("orders", 1)
	arn = w.consumer("app").ARN()
	w.must(w.DeregisterStreamConsumer(&DeregisterStreamConsumerInput{ConsumerARN: &arn}))
	w.wait(5 * time.Second)
	w.must(w.DeleteStream(&DeleteStreamInput{StreamName: ptr("orders")}))
}
