package dynamodb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// bench is a service with a clock of the test's own.
type bench struct {
	*Service
	at    sim.Instant
	meter *cloudwatch.Store
}

func newBench() *bench {
	b := &bench{at: sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)), meter: cloudwatch.New()}
	b.Service = New(Config{Region: "us-east-1", Account: "123456789012", Seed: 1}, func() sim.Instant { return b.at }, b.meter)
	return b
}

func (b *bench) clone() *bench {
	c := &bench{at: b.at, meter: b.meter.Clone()}
	c.Service = b.Service.Clone(func() sim.Instant { return c.at }, c.meter)
	return c
}

func (b *bench) wait(d time.Duration) { b.at = b.at.Add(d) }

func (b *bench) do(t *testing.T, op, body string) (string, error) {
	t.Helper()
	r, err := Decode(op, []byte(body))
	if err != nil {
		return "", err
	}
	out, err := r.Run(b.Service)
	if err != nil {
		return "", err
	}
	text, err := aws.Encode(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), nil
}

func (b *bench) must(t *testing.T, op, body string) string {
	t.Helper()
	out, err := b.do(t, op, body)
	if err != nil {
		t.Fatalf("%s %s: %v", op, body, err)
	}
	return out
}

const leases = `"TableName":"app","AttributeDefinitions":[{"AttributeName":"leaseKey","AttributeType":"S"}],"KeySchema":[{"AttributeName":"leaseKey","KeyType":"HASH"}]`

func provisioned(t *testing.T, read, write int) *bench {
	t.Helper()
	b := newBench()
	b.must(t, "CreateTable", fmt.Sprintf(`{%s,"ProvisionedThroughput":{"ReadCapacityUnits":%d,"WriteCapacityUnits":%d}}`, leases, read, write))
	b.wait(changeTakes)
	return b
}

func TestTablesOverTheWire(t *testing.T) {
	b := newBench()
	if out := b.must(t, "CreateTable", `{`+leases+`,"BillingMode":"PAY_PER_REQUEST"}`); !strings.Contains(out, `"TableStatus":"CREATING"`) {
		t.Errorf("a new table answers %s", out)
	}
	if _, err := b.do(t, "Scan", `{"TableName":"app"}`); aws.CodeOf(err) != aws.ResourceNotFound {
		t.Errorf("a table that is CREATING was read: %v", err)
	}
	b.wait(changeTakes)
	b.must(t, "PutItem", `{"TableName":"app","Item":{"leaseKey":{"S":"s-1"},"leaseCounter":{"N":"4"}},"ConditionExpression":"attribute_not_exists(leaseKey)"}`)
	b.must(t, "UpdateItem", `{"TableName":"app","Key":{"leaseKey":{"S":"s-1"}},"UpdateExpression":"SET leaseCounter = leaseCounter + :one, leaseOwner = :w","ConditionExpression":"leaseCounter = :c AND attribute_not_exists(#o)","ExpressionAttributeNames":{"#o":"leaseOwner"},"ExpressionAttributeValues":{":one":{"N":"1"},":w":{"S":"w-1"},":c":{"N":"4"}}}`)
	if got, want := b.must(t, "Scan", `{"TableName":"app"}`), `{"Items":[{"leaseCounter":{"N":"5"},"leaseKey":{"S":"s-1"},"leaseOwner":{"S":"w-1"}}],"Count":1,"ScannedCount":1}`; got != want {
		t.Errorf("scan answers %s, want %s", got, want)
	}
	b.must(t, "UpdateItem", `{"TableName":"app","Key":{"leaseKey":{"S":"s-1"}},"UpdateExpression":"REMOVE leaseOwner"}`)
	if got, want := b.must(t, "GetItem", `{"TableName":"app","Key":{"leaseKey":{"S":"s-1"}}}`), `{"Item":{"leaseCounter":{"N":"5"},"leaseKey":{"S":"s-1"}}}`; got != want {
		t.Errorf("get answers %s, want %s", got, want)
	}
	for _, x := range []struct {
		name, op, body string
		code           aws.Code
	}{
		{"a second table of the name", "CreateTable", `{` + leases + `,"BillingMode":"PAY_PER_REQUEST"}`, aws.ResourceInUse},
		{"a sort key", "CreateTable", `{"TableName":"two","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"KeySchema":[{"AttributeName":"a","KeyType":"RANGE"}]}`, aws.Validation},
		{"no capacity", "CreateTable", `{` + strings.Replace(leases, "app", "two", 1) + `}`, aws.Validation},
		{"an item without its key", "PutItem", `{"TableName":"app","Item":{"a":{"S":"b"}}}`, aws.Validation},
		{"a value of two kinds", "PutItem", `{"TableName":"app","Item":{"leaseKey":{"S":"b","N":"1"}}}`, aws.Validation},
		{"a condition that does not hold", "DeleteItem", `{"TableName":"app","Key":{"leaseKey":{"S":"s-1"}},"ConditionExpression":"leaseCounter = :c","ExpressionAttributeValues":{":c":{"N":"4"}}}`, ConditionalCheckFailed},
		{"a condition beyond the lab's", "DeleteItem", `{"TableName":"app","Key":{"leaseKey":{"S":"s-1"}},"ConditionExpression":"leaseCounter < :c","ExpressionAttributeValues":{":c":{"N":"4"}}}`, aws.Validation},
		{"an update beyond the lab's", "UpdateItem", `{"TableName":"app","Key":{"leaseKey":{"S":"s-1"}},"UpdateExpression":"ADD a :c","ExpressionAttributeValues":{":c":{"N":"4"}}}`, aws.Validation},
		{"a change of the key", "UpdateItem", `{"TableName":"app","Key":{"leaseKey":{"S":"s-1"}},"UpdateExpression":"SET leaseKey = :c","ExpressionAttributeValues":{":c":{"S":"x"}}}`, aws.Validation},
		{"a table that is not there", "DescribeTable", `{"TableName":"none"}`, aws.ResourceNotFound},
		{"nothing changed", "UpdateTable", `{"TableName":"app"}`, aws.Validation},
	} {
		t.Run(x.name, func(t *testing.T) {
			if _, err := b.do(t, x.op, x.body); aws.CodeOf(err) != x.code {
				t.Errorf("answers %v, want %s", err, x.code)
			}
		})
	}
	b.must(t, "DeleteTable", `{"TableName":"app"}`)
	b.wait(changeTakes)
	if got := b.must(t, "ListTables", `{}`); got != `{"TableNames":[]}` {
		t.Errorf("after it was deleted the tables are %s", got)
	}
}

func TestCapacityOfItems(t *testing.T) {
	for _, x := range []struct {
		name        string
		bytes       int
		write, read float64
	}{{"a byte", 20, 1, 0.5}, {"1 KB", 1024, 1, 0.5}, {"a byte more", 1025, 2, 0.5}, {"4 KB", 4096, 4, 0.5}, {"and a byte", 4097, 5, 1}} {
		t.Run(x.name, func(t *testing.T) {
			b := provisioned(t, 100, 100)
			it := Item{"leaseKey": Text("k")}
			it["v"] = Text(strings.Repeat("x", x.bytes-it.Size()-1))
			if err := b.Put("app", it); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Get("app", "k", false); err != nil {
				t.Fatal(err)
			}
			tb, _ := b.Table("app")
			if r, w := tb.Consumed(); r != x.read || w != x.write {
				t.Errorf("%d bytes consume %v read and %v write units, want %v and %v", it.Size(), r, w, x.read, x.write)
			}
		})
	}
}

// Unused capacity is saved up for 300 seconds and not longer; then the table takes what was provisioned, and the metrics count
// what was taken and what was refused.
func TestBurstAndThrottling(t *testing.T) {
	b := provisioned(t, 10, 10)
	b.wait(time.Hour)
	burst := 0
	for ; b.Put("app", Item{"leaseKey": Text("k")}) == nil; burst++ {
	}
	if burst != 3000 {
		t.Errorf("after an hour of rest %d writes passed at once, want 10 units × 300 s", burst)
	}
	taken, refused := 0, 1
	for range 100 {
		b.wait(100 * time.Millisecond)
		for range 3 {
			err := b.Put("app", Item{"leaseKey": Text("k")})
			switch {
			case err == nil:
				taken++
			case aws.CodeOf(err) == aws.ProvisionedThroughputExceeded:
				refused++
			default:
				t.Fatal(err)
			}
		}
	}
	if taken != 100 {
		t.Errorf("10 s of a table with 10 units took %d writes", taken)
	}
	d := cloudwatch.In(cloudwatch.DynamoDB, "TableName", "app")
	if got := b.meter.Series(cloudwatch.ConsumedWriteCapacityUnits, d).Total(); got != 3100 {
		t.Errorf("ConsumedWriteCapacityUnits is %v, want 3100", got)
	}
	if got := b.meter.Series(cloudwatch.ThrottledRequests, cloudwatch.In(cloudwatch.DynamoDB, "TableName", "app", "Operation", "PutItem")).Total(); got != float64(refused) {
		t.Errorf("ThrottledRequests is %v, want %d", got, refused)
	}
	b.must(t, "UpdateTable", `{"TableName":"app","BillingMode":"PAY_PER_REQUEST"}`)
	b.wait(changeTakes)
	for i := range 300 {
		if err := b.Put("app", Item{"leaseKey": Text("k")}); err != nil {
			t.Fatalf("write %d at once on demand: %v", i, err)
		}
	}
}

// A table holds what a map would hold, whoever writes with which condition, and a copy goes its own way.
func TestTableIsAMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := provisioned(t, 1000, 1000)
		want := map[string]int64{}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "key")
			n := rapid.Int64Range(0, 3).Draw(rt, "n")
			old, there := want[key]
			var err error
			holds := true
			switch rapid.IntRange(0, 3).Draw(rt, "op") {
			case 0:
				if holds, err = !there, b.Put("app", Item{"leaseKey": Text(key), "n": Int(n)}, Missing("leaseKey")); holds {
					want[key] = n
				}
			case 1:
				if holds, err = there && old == n, set(b.Service, key, n+1, Is("n", Int(n))); holds {
					want[key] = n + 1
				}
			case 2:
				if holds, err = there && old == n, b.Delete("app", key, Is("n", Int(n))); holds {
					delete(want, key)
				}
			case 3:
				c := b.clone()
				var x, y bytes.Buffer
				b.State(&x)
				if err := c.Put("app", Item{"leaseKey": Text("d")}); err != nil {
					rt.Fatal(err)
				}
				if b.State(&y); x.String() != y.String() {
					rt.Fatal("a copy's write changed the original")
				}
			}
			if holds != (err == nil) || err != nil && aws.CodeOf(err) != ConditionalCheckFailed {
				rt.Fatalf("a condition that holds=%t answers %v", holds, err)
			}
			b.wait(time.Second)
		}
		all, err := b.Scan("app", true)
		if err != nil || len(all) != len(want) {
			rt.Fatalf("scan: %d items and %v, want %d", len(all), err, len(want))
		}
		for _, it := range all {
			text, _ := json.Marshal(it)
			if n := fmt.Sprint(want[*it["leaseKey"].S]); *it["n"].N != n {
				rt.Fatalf("%s, want n = %s", text, n)
			}
		}
	})
}

// set sets a number, and sees that Update answers with the item as it is then.
func set(s *Service, key string, n int64, conditions ...Condition) error {
	it, err := s.Update("app", key, Item{"n": Int(n)}, nil, conditions...)
	if err == nil && (it["n"].N == nil || *it["n"].N != fmt.Sprint(n)) {
		return fmt.Errorf("the answer is %v", it)
	}
	return err
}
