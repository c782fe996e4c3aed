package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
)

const deliveryRole = "arn:aws:iam::123456789012:role/firehose_delivery_role"

// TestFirehoseSDK plays every operation of Firehose with the AWS SDK for Go, refusals as the types that the SDK makes of them.
func TestFirehoseSDK(t *testing.T) {
	alongside(t)
	e := serve(t, "-aws-speed", "60")
	s := e.settings("AKIAFIREHOSE")
	f := firehose.New(firehose.Options{Region: s.Region, BaseEndpoint: &s.Endpoint, Credentials: credentials.NewStaticCredentialsProvider(s.Key, s.Secret, ""), RetryMaxAttempts: 1})
	ctx, cancel := within()
	defer cancel()
	name := aws.String("trips")
	bucket := &types.ExtendedS3DestinationConfiguration{RoleARN: aws.String(deliveryRole), BucketARN: aws.String("arn:aws:s3:::lake"), Prefix: aws.String("year=!{timestamp:yyyy}/"),
		ErrorOutputPrefix: aws.String("bad/!{firehose:error-output-type}/"), BufferingHints: &types.BufferingHints{SizeInMBs: aws.Int32(1), IntervalInSeconds: aws.Int32(60)}}

	var missing *types.ResourceNotFoundException
	_, err := f.DescribeDeliveryStream(ctx, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: name})
	if !errors.As(err, &missing) || missing.ErrorMessage() != "Firehose trips under account 123456789012 not found." {
		t.Errorf("describe what is not there: %v", err)
	}
	var invalid *types.InvalidArgumentException
	if _, err = f.CreateDeliveryStream(ctx, &firehose.CreateDeliveryStreamInput{DeliveryStreamName: name}); !errors.As(err, &invalid) {
		t.Errorf("create without a destination: %v", err)
	}
	made, err := f.CreateDeliveryStream(ctx, &firehose.CreateDeliveryStreamInput{DeliveryStreamName: name, ExtendedS3DestinationConfiguration: bucket, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("data")}}})
	if err != nil || !strings.HasSuffix(aws.ToString(made.DeliveryStreamARN), ":123456789012:deliverystream/trips") {
		t.Fatalf("create: %v %v", made, err)
	}
	var used *types.ResourceInUseException
	if _, err = f.CreateDeliveryStream(ctx, &firehose.CreateDeliveryStreamInput{DeliveryStreamName: name, ExtendedS3DestinationConfiguration: bucket}); !errors.As(err, &used) {
		t.Errorf("create a second time: %v", err)
	}
	d := becomes(t, ctx, f, "trips", types.DeliveryStreamStatusActive)
	to := d.Destinations[0].ExtendedS3DestinationDescription
	if aws.ToString(d.VersionId) != "1" || d.DeliveryStreamType != types.DeliveryStreamTypeDirectPut || aws.ToInt32(to.BufferingHints.SizeInMBs) != 1 || to.CompressionFormat != types.CompressionFormatUncompressed || aws.ToString(to.Prefix) != "year=!{timestamp:yyyy}/" {
		t.Errorf("described as %+v", d)
	}
	put, err := f.PutRecord(ctx, &firehose.PutRecordInput{DeliveryStreamName: name, Record: &types.Record{Data: []byte("one\n")}})
	if err != nil || len(aws.ToString(put.RecordId)) < 100 || aws.ToBool(put.Encrypted) {
		t.Errorf("put: %+v %v", put, err)
	}
	batch, err := f.PutRecordBatch(ctx, &firehose.PutRecordBatchInput{DeliveryStreamName: name, Records: []types.Record{{Data: []byte("two\n")}, {Data: []byte{}}}})
	if err != nil || aws.ToInt32(batch.FailedPutCount) != 0 || len(batch.RequestResponses) != 2 || batch.RequestResponses[1].RecordId == nil {
		t.Errorf("put a batch: %+v %v", batch, err)
	}
	var stale *types.ConcurrentModificationException
	change := &firehose.UpdateDestinationInput{DeliveryStreamName: name, CurrentDeliveryStreamVersionId: aws.String("7"), DestinationId: d.Destinations[0].DestinationId,
		ExtendedS3DestinationUpdate: &types.ExtendedS3DestinationUpdate{Prefix: aws.String("p/")}}
	if _, err = f.UpdateDestination(ctx, change); !errors.As(err, &stale) {
		t.Errorf("update another version: %v", err)
	}
	change.CurrentDeliveryStreamVersionId = d.VersionId
	if _, err = f.UpdateDestination(ctx, change); err != nil {
		t.Errorf("update: %v", err)
	}
	if _, err = f.TagDeliveryStream(ctx, &firehose.TagDeliveryStreamInput{DeliveryStreamName: name, Tags: []types.Tag{{Key: aws.String("stage")}}}); err != nil {
		t.Error(err)
	}
	if _, err = f.UntagDeliveryStream(ctx, &firehose.UntagDeliveryStreamInput{DeliveryStreamName: name, TagKeys: []string{"team"}}); err != nil {
		t.Error(err)
	}
	tags, err := f.ListTagsForDeliveryStream(ctx, &firehose.ListTagsForDeliveryStreamInput{DeliveryStreamName: name})
	if err != nil || len(tags.Tags) != 1 || aws.ToString(tags.Tags[0].Key) != "stage" || aws.ToBool(tags.HasMoreTags) {
		t.Errorf("tags: %+v %v", tags, err)
	}
	if _, err = f.StartDeliveryStreamEncryption(ctx, &firehose.StartDeliveryStreamEncryptionInput{DeliveryStreamName: name}); err != nil {
		t.Error(err)
	}
	for {
		time.Sleep(300 * time.Millisecond) // five calls a virtual second, and the world is 60 times as fast
		d = describe(t, ctx, f, "trips")
		if d.DeliveryStreamEncryptionConfiguration.Status == types.DeliveryStreamEncryptionStatusEnabled {
			break
		}
	}
	if put, err = f.PutRecord(ctx, &firehose.PutRecordInput{DeliveryStreamName: name, Record: &types.Record{Data: []byte("three\n")}}); err != nil || !aws.ToBool(put.Encrypted) || aws.ToString(d.VersionId) != "2" {
		t.Errorf("put encrypted: %+v %v, version %s", put, err, aws.ToString(d.VersionId))
	}
	if _, err = f.StopDeliveryStreamEncryption(ctx, &firehose.StopDeliveryStreamEncryptionInput{DeliveryStreamName: name}); err != nil {
		t.Error(err)
	}
	list, err := f.ListDeliveryStreams(ctx, &firehose.ListDeliveryStreamsInput{DeliveryStreamType: types.DeliveryStreamTypeDirectPut})
	if err != nil || len(list.DeliveryStreamNames) != 1 || list.DeliveryStreamNames[0] != "trips" {
		t.Errorf("list: %+v %v", list, err)
	}
	if _, err = f.DeleteDeliveryStream(ctx, &firehose.DeleteDeliveryStreamInput{DeliveryStreamName: name}); err != nil {
		t.Error(err)
	}
}

func describe(t *testing.T, ctx context.Context, f *firehose.Client, name string) *types.DeliveryStreamDescription {
	t.Helper()
	d, err := f.DescribeDeliveryStream(ctx, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: &name})
	if err != nil {
		t.Fatal(err)
	}
	return d.DeliveryStreamDescription
}

// becomes waits until a Firehose stream is in a state.
func becomes(t *testing.T, ctx context.Context, f *firehose.Client, name string, status types.DeliveryStreamStatus) *types.DeliveryStreamDescription {
	t.Helper()
	for {
		if d := describe(t, ctx, f, name); d.DeliveryStreamStatus == status {
			return d
		}
		time.Sleep(300 * time.Millisecond)
	}
}

// TestFirehoseFromStreamToBucket makes a stream, a bucket and a Firehose stream between them with the real AWS CLI, puts records
// into the stream with it and with boto3, and fetches the object with aws s3api.
func TestFirehoseFromStreamToBucket(t *testing.T) {
	for _, k := range kinds {
		if k.name != "cli" {
			continue
		}
		for _, name := range append(k.needs, "CLIENT_PYTHON") {
			if os.Getenv(name) == "" {
				if os.Getenv("CLIENTS") == "all" {
					t.Fatalf("%s is not set: make test-clients finds or installs the client", name)
				}
				t.Skipf("%s is not set; make test-clients runs this", name)
			}
		}
	}
	alongside(t)
	e := serve(t, "-aws-speed", "60")
	s := e.settings("AKIALAKE")
	s.Region = "us-east-1"
	dir := t.TempDir()
	env := append(bareEnv(s), "HOME="+dir)
	run := func(program string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Env, cmd.Dir = env, dir
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, errs.String())
		}
		return out.Bytes()
	}
	cli := func(args ...string) []byte {
		t.Helper()
		return run(os.Getenv("CLIENT_AWS"), append([]string{"--endpoint-url", s.Endpoint}, args...)...) // Debian's does not know AWS_ENDPOINT_URL
	}
	cli("kinesis", "create-stream", "--stream-name", "trips", "--shard-count", "2")
	cli("s3api", "create-bucket", "--bucket", "lake")
	cli("kinesis", "wait", "stream-exists", "--stream-name", "trips")
	cli("firehose", "create-delivery-stream", "--delivery-stream-name", "raw", "--delivery-stream-type", "KinesisStreamAsSource",
		"--kinesis-stream-source-configuration", "KinesisStreamARN=arn:aws:kinesis:us-east-1:123456789012:stream/trips,RoleARN="+deliveryRole,
		"--extended-s3-destination-configuration", "RoleARN="+deliveryRole+",BucketARN=arn:aws:s3:::lake,BufferingHints={SizeInMBs=1,IntervalInSeconds=60}")
	for !bytes.Contains(cli("firehose", "describe-delivery-stream", "--delivery-stream-name", "raw", "--query", "DeliveryStreamDescription.DeliveryStreamStatus"), []byte("ACTIVE")) {
	}
	cli("kinesis", "put-record", "--stream-name", "trips", "--partition-key", "a", "--cli-binary-format", "raw-in-base64-out", "--data", "from-the-cli;")
	run(os.Getenv("CLIENT_PYTHON"), "-c", `
import boto3, os
k = boto3.client("kinesis", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
k.put_records(StreamName="trips", Records=[{"Data": b"from-boto3;", "PartitionKey": str(i)} for i in range(10)])
f = boto3.client("firehose", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
try:
    f.put_record(DeliveryStreamName="raw", Record={"Data": b"x"})
    raise SystemExit("a stream that reads another one took a record")
except f.exceptions.InvalidArgumentException as e:
    assert "not permitted on KinesisStreamAsSource" in str(e), e
d = f.describe_delivery_stream(DeliveryStreamName="raw")["DeliveryStreamDescription"]
assert d["Source"]["KinesisStreamSourceDescription"]["KinesisStreamARN"].endswith(":stream/trips"), d
assert d["Destinations"][0]["ExtendedS3DestinationDescription"]["BucketARN"] == "arn:aws:s3:::lake", d
`)
	found := map[string]int{}
	for deadline := time.Now().Add(patience); found["from-the-cli;"] < 1 || found["from-boto3;"] < 10; {
		if time.Now().After(deadline) {
			t.Fatalf("after %v the bucket holds %v", patience, found)
		}
		time.Sleep(time.Second)
		var list struct{ Contents []struct{ Key string } }
		if out := cli("s3api", "list-objects-v2", "--bucket", "lake"); len(out) > 0 {
			if err := json.Unmarshal(out, &list); err != nil {
				t.Fatal(err)
			}
		}
		found = map[string]int{}
		for i, o := range list.Contents {
			if !strings.Contains(o.Key, "/raw-1-2") {
				t.Errorf("an object is called %q", o.Key)
			}
			file := filepath.Join(dir, "object")
			cli("s3api", "get-object", "--bucket", "lake", "--key", list.Contents[i].Key, file)
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for part := range strings.SplitAfterSeq(string(b), ";") {
				found[part]++
			}
		}
	}
}
