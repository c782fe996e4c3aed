package awsjson

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// client is the Go SDK's, pointed at the server.
func (s *server) client(key, secret, region string) *kinesis.Client {
	return kinesis.New(kinesis.Options{
		BaseEndpoint: aws.String(s.url), Region: region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: key, SecretAccessKey: secret}, nil
		}),
		RetryMaxAttempts: 1,
	})
}

// The Go SDK, unchanged, goes through a stream's life. Its signatures are verified, and the wall clock is the real one.
func TestGoSDK(t *testing.T) {
	s := start(t, Config{Now: time.Now, Speed: 600, Credentials: []Credential{{Name: "anna", AccessKey: testKey, SecretKey: testSecret}}})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c := s.client(testKey, testSecret, "eu-central-1")
	stream := aws.String("clicks")
	if _, err := c.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: stream, ShardCount: aws.Int32(2)}); err != nil {
		t.Fatal(err)
	}
	if err := kinesis.NewStreamExistsWaiter(c, func(o *kinesis.StreamExistsWaiterOptions) { o.MinDelay = 20 * time.Millisecond }).
		Wait(ctx, &kinesis.DescribeStreamInput{StreamName: stream}, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	summary, err := c.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: stream})
	if err != nil {
		t.Fatal(err)
	}
	if d := summary.StreamDescriptionSummary; *d.StreamARN != "arn:aws:kinesis:eu-central-1:123456789012:stream/clicks" || *d.OpenShardCount != 2 || time.Since(*d.StreamCreationTimestamp).Abs() > time.Hour {
		t.Errorf("the stream is described as %+v", d)
	}
	put, err := c.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: stream, Records: []types.PutRecordsRequestEntry{
		{Data: []byte("one"), PartitionKey: aws.String("a")}, {Data: []byte{0, 255}, PartitionKey: aws.String("ü")},
	}})
	if err != nil || *put.FailedRecordCount != 0 || len(put.Records) != 2 {
		t.Fatalf("PutRecords answered %+v, %v", put, err)
	}
	time.Sleep(20 * time.Millisecond) // twelve virtual seconds
	got := map[string]string{}
	for _, shard := range []string{"shardId-000000000000", "shardId-000000000001"} {
		it, err := c.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{StreamName: stream, ShardId: &shard, ShardIteratorType: types.ShardIteratorTypeTrimHorizon})
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: it.ShardIterator})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.Records {
			got[*r.PartitionKey] = string(r.Data)
			if age := s.clock.virtual(time.Now()).Time().Sub(*r.ApproximateArrivalTimestamp); age < 0 || age > time.Hour {
				t.Errorf("a record arrived %v ago", age)
			}
		}
	}
	if len(got) != 2 || got["a"] != "one" || got["ü"] != "\x00\xff" {
		t.Errorf("read %q", got)
	}
	_, err = c.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: aws.String("none"), Data: []byte("x"), PartitionKey: aws.String("k")})
	var none *types.ResourceNotFoundException
	if !errors.As(err, &none) || none.ErrorMessage() != "Stream none under account 123456789012 not found." {
		t.Errorf("a stream that is not there: %v", err)
	}
	_, err = s.client(testKey, "wrong", "eu-central-1").ListStreams(ctx, &kinesis.ListStreamsInput{})
	if err == nil || !errorIs(err, invalidSignature) {
		t.Errorf("a wrong secret: %v", err)
	}
	names, err := s.client(testKey, testSecret, "us-east-1").ListStreams(ctx, &kinesis.ListStreamsInput{})
	if err != nil || len(names.StreamNames) != 0 {
		t.Errorf("another Region has the streams %v, %v", names, err)
	}
}

func errorIs(err error, code string) bool {
	var e interface{ ErrorCode() string }
	return errors.As(err, &e) && e.ErrorCode() == code
}
