package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

const stream = "beside"

// A driver is a client that puts and gets.
type driver interface {
	put(ctx context.Context, worker int) (records int, err error) // one PutRecords
	iterator(ctx context.Context, shard int) (string, error)      // to the shard's oldest record
	get(ctx context.Context, iterator string) (records int, next string, err error)
}

// rates measures how many records a second a driver gets in and out.
func rates(ctx context.Context, d driver, url string, phase time.Duration) (put, get float64, err error) {
	if err := prepare(ctx, url); err != nil {
		return 0, 0, err
	}
	put, err = during(ctx, phase, func(ctx context.Context, worker int) func() (int, error) {
		return func() (int, error) { return d.put(ctx, worker) }
	})
	if err != nil {
		return 0, 0, fmt.Errorf("put: %w", err)
	}
	get, err = during(ctx, phase, func(ctx context.Context, worker int) func() (int, error) {
		shard, it := worker, ""
		return func() (n int, err error) {
			if it == "" {
				it, err = d.iterator(ctx, shard)
			} else if n, it, err = d.get(ctx, it); n == 0 { // all of it was read: the next shard
				it, shard = "", (shard+connections)%shards
			}
			return n, err
		}
	})
	if err != nil {
		return 0, 0, fmt.Errorf("get: %w", err)
	}
	return put, get, nil
}

// during has as many workers as connections do something again and again, and counts the records a second.
func during(ctx context.Context, phase time.Duration, work func(ctx context.Context, worker int) func() (int, error)) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, phase+30*time.Second)
	defer cancel()
	var records atomic.Int64
	var first error
	var once sync.Once
	var wg sync.WaitGroup
	begun := time.Now()
	for worker := range connections {
		wg.Go(func() {
			do := work(ctx, worker)
			for time.Since(begun) < phase {
				n, err := do()
				if err != nil {
					once.Do(func() { first = err })
					return
				}
				records.Add(int64(n))
			}
		})
	}
	wg.Wait()
	return float64(records.Load()) / time.Since(begun).Seconds(), first
}

// data is what every record holds: text, as most records do.
var data = []byte(strings.Repeat(`{"bike":871,"dock":"Kiel"},`, recordBytes/26+1)[:recordBytes])

// hashKey is where in the ring the record with a number goes: to the shards in turn.
func hashKey(i int) string {
	width := new(big.Int).Div(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(shards))
	return width.Mul(width, big.NewInt(int64(i%shards))).String()
}

// A caller sends bodies to one address.
type caller struct {
	client *http.Client
	url    string
}

func newCaller(url string) *caller {
	return &caller{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}, Timeout: 30 * time.Second}, url}
}

// call sends a body and gives the body of the answer. The signature is one that nobody verifies.
func (c *caller) call(op string, body []byte) ([]byte, error) {
	r, err := http.NewRequest("POST", c.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "Kinesis_20131202."+op)
	r.Header.Set("X-Amz-Date", time.Now().UTC().Format("20060102T150405Z"))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=beside/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0000")
	a, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	answer, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s is answered with %s: %.300s", op, a.Status, answer)
	}
	return answer, err
}

// bodies is the driver of prepared requests.
type bodies struct {
	*caller
	puts [connections][]byte
}

func newBodies(url string) driver {
	d := &bodies{caller: newCaller(url)}
	text := base64.StdEncoding.EncodeToString(data)
	for worker := range d.puts {
		var b bytes.Buffer
		fmt.Fprintf(&b, `{"StreamName":%q,"Records":[`, stream)
		for i := range batch {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"Data":%q,"PartitionKey":"rack-%d-%d","ExplicitHashKey":%q}`, text, worker, i, hashKey(i))
		}
		b.WriteString("]}")
		d.puts[worker] = b.Bytes()
	}
	return d
}

func (d *bodies) put(_ context.Context, worker int) (int, error) {
	answer, err := d.call("PutRecords", d.puts[worker])
	if err == nil && !bytes.Contains(answer, []byte(`"FailedRecordCount":0`)) {
		err = fmt.Errorf("records were refused: %.300s", answer)
	}
	return batch, err
}

func (d *bodies) iterator(_ context.Context, shard int) (string, error) {
	answer, err := d.call("GetShardIterator", fmt.Appendf(nil, `{"StreamName":%q,"ShardId":"shardId-%012d","ShardIteratorType":"TRIM_HORIZON"}`, stream, shard))
	return member(answer, "ShardIterator"), err
}

func (d *bodies) get(_ context.Context, iterator string) (int, string, error) {
	answer, err := d.call("GetRecords", fmt.Appendf(nil, `{"ShardIterator":%q,"Limit":%d}`, iterator, batch))
	return bytes.Count(answer, []byte(`"SequenceNumber"`)), member(answer, "NextShardIterator"), err
}

// member finds a text in a JSON answer without reading the rest.
func member(answer []byte, name string) string {
	_, rest, _ := bytes.Cut(answer, []byte(`"`+name+`":"`))
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(value)
}

// sdk is the driver of a real client.
type sdk struct {
	client *kinesis.Client
	puts   [connections]*kinesis.PutRecordsInput
}

func newSDK(url string) driver {
	d := &sdk{client: kinesis.New(kinesis.Options{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("beside", "secret", ""),
	})}
	for worker := range d.puts {
		in := &kinesis.PutRecordsInput{StreamName: aws.String(stream)}
		for i := range batch {
			in.Records = append(in.Records, types.PutRecordsRequestEntry{
				Data: data, PartitionKey: aws.String(fmt.Sprintf("rack-%d-%d", worker, i)), ExplicitHashKey: aws.String(hashKey(i))})
		}
		d.puts[worker] = in
	}
	return d
}

func (d *sdk) put(ctx context.Context, worker int) (int, error) {
	out, err := d.client.PutRecords(ctx, d.puts[worker])
	if err == nil && *out.FailedRecordCount > 0 {
		err = fmt.Errorf("%d records were refused", *out.FailedRecordCount)
	}
	return batch, err
}

func (d *sdk) iterator(ctx context.Context, shard int) (string, error) {
	out, err := d.client.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{StreamName: aws.String(stream),
		ShardId: aws.String(fmt.Sprintf("shardId-%012d", shard)), ShardIteratorType: types.ShardIteratorTypeTrimHorizon})
	if err != nil {
		return "", err
	}
	return *out.ShardIterator, nil
}

func (d *sdk) get(ctx context.Context, iterator string) (int, string, error) {
	out, err := d.client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: &iterator, Limit: aws.Int32(batch)})
	if err != nil {
		return 0, "", err
	}
	return len(out.Records), aws.ToString(out.NextShardIterator), nil
}
