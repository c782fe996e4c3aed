package lab

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/region"
)

// difference names the first line in which two states differ.
func difference(a, b []byte) string {
	x, y := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d:\n  %.300s\n  %.300s", i, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

func same(t interface{ Fatalf(string, ...any) }, what string, a, b []byte) {
	if !bytes.Equal(a, b) {
		t.Fatalf("%s: states differ in %s", what, difference(a, b))
	}
}

// busy is a small world with every kind of actor and retry.
const busy = `{
	"name": "busy", "start": "2026-03-02T08:39:30.5Z", "seed": 3, "open": "11s",
	"world": [
		{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 3}},
		{"do": "lab.PutProducer", "with": {"Name": "a", "StreamName": "trips", "RecordsPerSecond": 2500, "Keys": {"Kind": "zipf", "Count": 30, "Prefix": "k", "Share": 0.6}, "Retry": {"Mode": "immediate"}, "Batch": 20}},
		{"do": "lab.PutProducer", "with": {"Name": "b", "StreamName": "trips", "RecordsPerSecond": 1200, "Keys": {"Kind": "uniform", "Count": 9}, "Retry": {"Mode": "failed-entries"}, "Batch": 50, "RecordBytes": 1500}},
		{"at": "2.25s", "do": "lab.PutProducer", "with": {"Name": "c", "StreamName": "trips", "RecordsPerSecond": 933.3, "Keys": {"Kind": "fixed", "Names": ["hot"]}, "Retry": {"Mode": "backoff"}}},
		{"at": "10.2s", "do": "lab.PutKplProducer", "with": {"Name": "k", "StreamName": "trips", "RecordsPerSecond": 400, "Keys": {"Kind": "uniform", "Count": 40}, "RecordTtl": 3000}},
		{"at": "10.4s", "do": "lab.PutKplProducer", "with": {"Name": "l", "StreamName": "trips", "RecordsPerSecond": 90, "RecordBytes": 9000, "RateLimit": 40, "MaxOutstanding": 200}},
		{"do": "lab.PutConsumer", "with": {"Name": "x", "StreamName": "trips", "From": "TRIM_HORIZON"}},
		{"do": "lab.PutConsumer", "with": {"Name": "y", "StreamName": "trips", "PollMillis": 300, "RecordsPerSecond": 500, "ShardOrder": "all-at-once"}},
		{"do": "lab.PutKclApplication", "with": {"Name": "app", "StreamName": "trips", "Workers": 3, "FailoverTimeMillis": 2000, "ParentShardPollIntervalMillis": 500, "InitialPositionInStream": "TRIM_HORIZON", "BillingMode": "PROVISIONED", "InitialLeaseTableWriteCapacity": 2, "MillisPerRecord": 0.4, "Idempotent": true}},
		{"at": "15s", "do": "lab.KillWorker", "with": {"Application": "app", "Worker": "worker-1"}},
		{"at": "1s", "do": "lab.PutKclApplication", "with": {"Name": "pushed", "StreamName": "trips", "Workers": 2, "FailoverTimeMillis": 2000, "RetrievalMode": "FANOUT", "MillisPerRecord": 0.2}},
		{"at": "1.5s", "do": "lab.PutKclApplication", "with": {"Name": "modern", "StreamName": "trips", "Version": 3, "Workers": 3, "FailoverTimeMillis": 1000, "MillisPerRecord": 0.3, "IdleTimeBetweenReadsInMillis": 300}},
		{"at": "14.5s", "do": "lab.KillWorker", "with": {"Application": "pushed", "Worker": "worker-1"}},
		{"do": "lab.PutConnector", "with": {"Name": "pipe", "StreamName": "trips", "Workers": 2, "FailoverTimeMillis": 2000, "BufferRecordCountLimit": 300, "BufferMillisecondsLimit": 1500, "Emitter": "DynamoDBEmitter", "RefusedPercent": 30, "BackoffInterval": 400}},
		{"at": "14s", "do": "lab.KillWorker", "with": {"Application": "pipe", "Worker": "worker-2"}},
		{"at": "2s", "do": "kinesis.CreateStream", "with": {"StreamName": "results", "ShardCount": 1}},
		{"at": "2s", "do": "kinesis.CreateStream", "with": {"StreamName": "docked", "ShardCount": 2}},
		{"at": "11s", "do": "lab.PutProducer", "with": {"Name": "docks", "StreamName": "docked", "RecordsPerSecond": 120, "Keys": {"Kind": "uniform", "Count": 9}, "Source": {"Kind": "DEVICES", "LatePercent": 20, "LateMillis": 3000}}},
		{"at": "11s", "do": "lab.PutSqlApplication", "with": {"Name": "windows", "StreamName": "docked", "RecordColumns": ["event VARCHAR(8)", "battery TINYINT", "bike SMALLINT", "at TIMESTAMP"], "EventTime": "at", "LatenessMillis": 1500, "InputStartingPosition": "TRIM_HORIZON", "OutputStream": "counts", "OutputTo": "stream/results",
			"ApplicationCode": "CREATE STREAM counts (event VARCHAR(8), n INTEGER, least TINYINT, mean DOUBLE, spread DOUBLE); CREATE PUMP p AS INSERT INTO counts SELECT STREAM event, COUNT(*), MIN(battery), AVG(battery), STDDEV(battery) FROM SOURCE_SQL_STREAM_001 s GROUP BY event, STEP(s.ROWTIME BY INTERVAL '2' SECOND); SELECT STREAM event, AVG(battery) OVER (PARTITION BY event RANGE INTERVAL '3' SECOND PRECEDING), 10 / (bike % 7) FROM SOURCE_SQL_STREAM_001 WHERE battery < 9; SELECT STREAM bike, COUNT(DISTINCT event) FROM SOURCE_SQL_STREAM_001 WHERE bike < 40 WINDOWED BY STAGGER (PARTITION BY bike RANGE INTERVAL '2.5' SECOND)"}},
		{"do": "iam.CreateRole", "with": {"RoleName": "writer", "AssumeRolePolicyDocument": "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}}"}},
		{"do": "iam.PutRolePolicy", "with": {"RoleName": "writer", "PolicyName": "p", "PolicyDocument": "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"kinesis:Put*\",\"kinesis:Get*\"],\"Resource\":\"*\"}}"}},
		{"do": "iam.CreateUser", "with": {"UserName": "ana"}},
		{"at": "3s", "do": "lab.PutProducer", "with": {"Name": "d", "StreamName": "trips", "RecordsPerSecond": 20, "Keys": {"Kind": "uniform", "Count": 9}, "Role": "writer"}},
		{"at": "3s", "do": "lab.PutConsumer", "with": {"Name": "z", "StreamName": "trips", "Role": "writer"}},
		{"do": "lab.PutConsumer", "with": {"Name": "p", "StreamName": "trips", "From": "TRIM_HORIZON", "RetrievalMode": "FANOUT"}},
		{"do": "lab.PutConsumer", "with": {"Name": "q", "StreamName": "trips", "RetrievalMode": "FANOUT", "RecordsPerSecond": 700}},
		{"do": "iam.PutRolePolicy", "with": {"RoleName": "writer", "PolicyName": "k", "PolicyDocument": "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"kms:*\",\"Resource\":\"*\"}}"}},
		{"do": "kms.CreateKey", "with": {"Description": "trips"}},
		{"at": "12s", "do": "kinesis.StartStreamEncryption", "with": {"StreamName": "trips", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}},
		{"do": "s3api.CreateBucket", "with": {"Bucket": "lake"}},
		{"do": "lab.PutSink", "with": {"Name": "partner", "Kind": "http"}},
		{"do": "lab.PutSink", "with": {"Name": "logs", "Kind": "opensearch"}},
		{"do": "lab.PutSink", "with": {"Name": "dw", "Kind": "redshift", "Tables": ["rides (bike text)"]}},
		{"do": "lab.PutFault", "with": {"Name": "lossy", "Destination": "http/partner", "Kind": "lost-answers", "Percentage": 40}},
		{"do": "lab.PutFault", "with": {"Name": "full", "Destination": "opensearch/logs", "Kind": "failed-entries", "Percentage": 30}},
		{"do": "firehose.CreateDeliveryStream", "with": {"DeliveryStreamName": "out", "HttpEndpointDestinationConfiguration": {"EndpointConfiguration": {"Url": "https://partner.example.com/in"}, "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
			"S3BackupMode": "AllData", "S3Configuration": {"RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role", "BucketARN": "arn:aws:s3:::lake"}}}},
		{"do": "firehose.CreateDeliveryStream", "with": {"DeliveryStreamName": "docs", "AmazonopensearchserviceDestinationConfiguration": {"RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role", "DomainARN": "arn:aws:es:us-east-1:123456789012:domain/logs",
			"IndexName": "rides", "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1}, "S3Configuration": {"RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role", "BucketARN": "arn:aws:s3:::lake"}}}},
		{"at": "10.4s", "do": "lab.PutProducer", "with": {"Name": "g", "DeliveryStreamName": "docs", "RecordsPerSecond": 60, "Batch": 10}},
		{"at": "10.5s", "do": "firehose.PutRecordBatch", "with": {"DeliveryStreamName": "out", "Records": [{"Data": "eyJiaWtlIjo3fQ=="}, {"Data": "eyJiaWtlIjo4fQ=="}]}},
		{"at": "18s", "do": "kinesis.SplitShard", "with": {"StreamName": "trips", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "999999999999"}},
		{"at": "16s", "do": "lab.StopProducer", "with": {"Name": "b"}},
		{"at": "0.5s", "do": "firehose.CreateDeliveryStream", "with": {"DeliveryStreamName": "raw", "DeliveryStreamType": "KinesisStreamAsSource", "KinesisStreamSourceConfiguration": {"KinesisStreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/trips", "RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role"}, "ExtendedS3DestinationConfiguration": {"RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role", "BucketARN": "arn:aws:s3:::lake", "CompressionFormat": "GZIP", "Prefix": "!{firehose:random-string}/", "ErrorOutputPrefix": "bad/!{firehose:error-output-type}/", "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 2}, "S3BackupMode": "Enabled", "S3BackupConfiguration": {"RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role", "BucketARN": "arn:aws:s3:::lake", "Prefix": "source/"}}}, "may-fail": true},
		{"do": "firehose.CreateDeliveryStream", "with": {"DeliveryStreamName": "direct", "S3DestinationConfiguration": {"RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role", "BucketARN": "arn:aws:s3:::lake", "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}}}},
		{"at": "10.5s", "do": "firehose.CreateDeliveryStream", "with": {"DeliveryStreamName": "late", "DeliveryStreamType": "KinesisStreamAsSource", "KinesisStreamSourceConfiguration": {"KinesisStreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/trips", "RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role"}, "ExtendedS3DestinationConfiguration": {"RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role", "BucketARN": "arn:aws:s3:::lake", "CompressionFormat": "GZIP", "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 2}}}},
		{"at": "10.6s", "do": "lab.PutProducer", "with": {"Name": "f", "DeliveryStreamName": "direct", "RecordsPerSecond": 700, "RecordBytes": 900, "Batch": 50}},
		{"at": "13s", "do": "lab.PutFault", "with": {"Name": "s3", "Destination": "s3/lake", "Kind": "lost-answers", "Percentage": 50}},
		{"at": "14s", "do": "lab.PutAgent", "with": {"Name": "web", "Config": "{\"flows\": [{\"filePattern\": \"/var/log/a*\", \"deliveryStream\": \"direct\", \"maxBufferAgeMillis\": 1000}]}"}},
		{"at": "14s", "do": "lab.PutLogFile", "with": {"Agent": "web", "Path": "/var/log/a.log", "LinesPerSecond": 40}},
		{"at": "16.5s", "do": "kinesis.DeleteStream", "with": {"StreamName": "nowhere"}, "may-fail": true}
	],
	"goals": [
		{"id": "calm", "text": "calm", "check": {"kind": "no-refusals", "stream": "trips", "for": "3s"}, "unmet": "{refused} {last}", "met": "{rate}"},
		{"id": "read", "text": "read", "check": {"kind": "consumer-read", "consumer": "x"}, "unmet": "{missed} {unread}", "met": "{read}"}
	]
}`

// deeds are what a random learner may do.
var deeds = []region.Command{
	{Service: "kinesis", Op: "PutRecord", Body: []byte(`{"StreamName":"trips","PartitionKey":"hot","Data":"aGVsbG8="}`)},
	{Service: "kinesis", Op: "PutRecords", Body: []byte(`{"StreamName":"trips","Records":[{"PartitionKey":"a","Data":"MQ=="},{"PartitionKey":"b","Data":"Mg=="}]}`)},
	{Service: "kinesis", Op: "SplitShard", Body: []byte(`{"StreamName":"trips","ShardToSplit":"shardId-000000000001","NewStartingHashKey":"150000000000000000000000000000000000000"}`)},
	{Service: "kinesis", Op: "MergeShards", Body: []byte(`{"StreamName":"trips","ShardToMerge":"shardId-000000000001","AdjacentShardToMerge":"shardId-000000000002"}`)},
	{Service: "kinesis", Op: "GetShardIterator", Body: []byte(`{"StreamName":"trips","ShardId":"shardId-000000000002","ShardIteratorType":"LATEST"}`)},
	{Service: "kinesis", Op: "DescribeStream", Body: []byte(`{"StreamName":"trips"}`)},
	{Service: "kinesis", Op: "CreateStream", Body: []byte(`{"StreamName":"other","ShardCount":1}`)},
	{Service: "kinesis", Op: "DeleteStream", Body: []byte(`{"StreamName":"other"}`)},
	{Service: "kinesis", Op: "NoSuch", Body: []byte(`{}`)},
	{Service: "firehose", Op: "PutRecord", Body: []byte(`{"DeliveryStreamName":"direct","Record":{"Data":"aGVsbG8="}}`)},
	{Service: "firehose", Op: "UpdateDestination", Body: []byte(`{"DeliveryStreamName":"direct","CurrentDeliveryStreamVersionId":"1","DestinationId":"destinationId-000000000001","S3DestinationUpdate":{"BufferingHints":{"SizeInMBs":2,"IntervalInSeconds":1},"CompressionFormat":"Snappy"}}`)},
	{Service: "firehose", Op: "StartDeliveryStreamEncryption", Body: []byte(`{"DeliveryStreamName":"direct"}`)},
	{Service: "firehose", Op: "DeleteDeliveryStream", Body: []byte(`{"DeliveryStreamName":"late"}`)},
	{Service: "lab", Op: "PutDeliveryStreamOptions", Body: []byte(`{"DeliveryStreamName":"direct","AutoRaise":true,"NewObjectOnRetry":true}`)},
	{Service: "firehose", Op: "PutRecord", Body: []byte(`{"DeliveryStreamName":"out","Record":{"Data":"eyJiaWtlIjo5fQ=="}}`)},
	{Service: "s3api", Op: "PutObject", Body: []byte(`{"Bucket":"lake","Key":"rides.json","Body":"eyJiaWtlIjo5fQ=="}`)},
	{Service: "redshift-data", Op: "ExecuteStatement", Body: []byte(`{"ClusterIdentifier":"dw","Sql":"COPY rides FROM 's3://lake/rides.json' IAM_ROLE default JSON 'auto'"}`)},
	{Service: "lab", Op: "PutSink", Body: []byte(`{"Name":"partner","LatencyMillis":1500}`)},
	{Service: "kinesis", Op: "PutRecord", Body: []byte(`{"StreamName":"trips","PartitionKey":"hot","Data":"aGVsbG8="}`), As: "arn:aws:sts::123456789012:assumed-role/writer/lab"},
	{Service: "kinesis", Op: "DescribeStream", Body: []byte(`{"StreamName":"trips"}`), As: "arn:aws:iam::123456789012:user/ana"},
	{Service: "iam", Op: "DeleteRolePolicy", Body: []byte(`{"RoleName":"writer","PolicyName":"p"}`)},
	{Service: "iam", Op: "PutRolePolicy", Body: []byte(`{"RoleName":"writer","PolicyName":"q","PolicyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"kinesis:*\",\"Resource\":\"*\"}}"}`)},
	{Service: "kinesis", Op: "StartStreamEncryption", Body: []byte(`{"StreamName":"trips","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}`)},
	{Service: "kinesis", Op: "StopStreamEncryption", Body: []byte(`{"StreamName":"trips","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}`)},
	{Service: "kms", Op: "CreateAlias", Body: []byte(`{"AliasName":"alias/x","TargetKeyId":"alias/aws/kinesis"}`)},
	{Service: "kms", Op: "CreateKey", Body: []byte(`{}`)},
	{Service: "kms", Op: "Encrypt", Body: []byte(`{"KeyId":"alias/aws/kinesis","Plaintext":"aGk="}`)},
	{Service: "iam", Op: "CreateUser", Body: []byte(`{"UserName":"bob"}`), As: "arn:aws:iam::999988887777:root"},
	{Service: "kinesis", Op: "PutRecord", Body: []byte(`not JSON`)},
	{Service: "lab", Op: "PutProducer", Body: []byte(`{"Name":"a","Keys":{"Kind":"uniform","Count":200}}`)},
	{Service: "lab", Op: "PutProducer", Body: []byte(`{"Name":"d","StreamName":"other","RecordsPerSecond":50}`)},
	{Service: "lab", Op: "StopProducer", Body: []byte(`{"Name":"a"}`)},
	{Service: "lab", Op: "StartProducer", Body: []byte(`{"Name":"a"}`)},
	{Service: "lab", Op: "DeleteProducer", Body: []byte(`{"Name":"c"}`)},
	{Service: "lab", Op: "PutProducer", Body: []byte(`{"Name":"b","TimeoutMillis":30,"MessageIds":true}`)},
	{Service: "lab", Op: "PutKplProducer", Body: []byte(`{"Name":"k","AggregationEnabled":false,"MessageIds":true}`)},
	{Service: "lab", Op: "PutKplProducer", Body: []byte(`{"Name":"k","StreamName":"other","AggregationEnabled":true}`)},
	{Service: "lab", Op: "PutKplProducer", Body: []byte(`{"Name":"m","StreamName":"trips","RecordsPerSecond":5,"FlushSync":true}`)},
	{Service: "lab", Op: "StopKplProducer", Body: []byte(`{"Name":"l"}`)},
	{Service: "lab", Op: "FlushKplProducer", Body: []byte(`{"Name":"k"}`)},
	{Service: "lab", Op: "DeleteKplProducer", Body: []byte(`{"Name":"l"}`)},
	{Service: "lab", Op: "ListKplProducers", Body: []byte(`{}`)},
	{Service: "lab", Op: "PutConsumer", Body: []byte(`{"Name":"z","StreamName":"trips","Limit":100}`)},
	{Service: "lab", Op: "StopConsumer", Body: []byte(`{"Name":"x"}`)},
	{Service: "lab", Op: "StartConsumer", Body: []byte(`{"Name":"x"}`)},
	{Service: "lab", Op: "DeleteConsumer", Body: []byte(`{"Name":"y"}`)},
	{Service: "lab", Op: "PutConsumer", Body: []byte(`{"Name":"p","RetrievalMode":"POLLING"}`)},
	{Service: "lab", Op: "PutConsumer", Body: []byte(`{"Name":"at","StreamName":"trips","From":"AT_TIMESTAMP","Timestamp":"2026-03-02T08:39:37.25Z"}`)},
	{Service: "lab", Op: "PutConsumer", Body: []byte(`{"Name":"q","From":"AT_TIMESTAMP","Timestamp":"2026-03-02T08:39:35Z"}`)},
	{Service: "lab", Op: "PutKclApplication", Body: []byte(`{"Name":"since","StreamName":"trips","Workers":2,"FailoverTimeMillis":1000,"ShardSyncIntervalMillis":1000,"InitialPositionInStream":"AT_TIMESTAMP","InitialPositionInStreamExtended":"2026-03-02T08:39:34Z"}`)},
	{Service: "lab", Op: "PutConsumer", Body: []byte(`{"Name":"z","StreamName":"trips","RetrievalMode":"FANOUT","ConsumerName":"p"}`)},
	{Service: "lab", Op: "StopConsumer", Body: []byte(`{"Name":"q"}`)},
	{Service: "lab", Op: "StartConsumer", Body: []byte(`{"Name":"q"}`)},
	{Service: "lab", Op: "DeleteConsumer", Body: []byte(`{"Name":"q"}`)},
	{Service: "kinesis", Op: "RegisterStreamConsumer", Body: []byte(`{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","ConsumerName":"own"}`)},
	{Service: "kinesis", Op: "DeregisterStreamConsumer", Body: []byte(`{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","ConsumerName":"p"}`)},
	{Service: "lab", Op: "PutKclApplication", Body: []byte(`{"Name":"pushed","RetrievalMode":"POLLING"}`)},
	{Service: "lab", Op: "DeleteKclApplication", Body: []byte(`{"Name":"pushed"}`)},
	{Service: "lab", Op: "PutConnector", Body: []byte(`{"Name":"pipe","Transformer":"JsonToByteArrayTransformer","Emitter":"S3Emitter","OnFail":"stores"}`)},
	{Service: "lab", Op: "StartWorker", Body: []byte(`{"Application":"pipe"}`)},
	{Service: "lab", Op: "ListEmitted", Body: []byte(`{"Connector":"pipe"}`)},
	{Service: "lab", Op: "Answer", Body: []byte(`{"Text":"42"}`)},
	{Service: "lab", Op: "InterruptZone", Body: []byte(`{"AvailabilityZone":"us-east-1a"}`)},
	{Service: "lab", Op: "RestoreZone", Body: []byte(`{"AvailabilityZone":"us-east-1a"}`)},
	{Service: "lab", Op: "PutScaler", Body: []byte(`{"Name":"auto","StreamName":"trips","Metric":"IncomingRecords","High":300,"CooldownSeconds":0}`)},
	{Service: "lab", Op: "InvokeScaler", Body: []byte(`{"Name":"auto"}`)},
	{Service: "lab", Op: "PutFault", Body: []byte(`{"Name":"gone","StreamName":"trips","Kind":"lost-answers","Percentage":30}`)},
	{Service: "lab", Op: "PutFault", Body: []byte(`{"Name":"bad","StreamName":"trips","Kind":"failed-entries","Percentage":20}`)},
	{Service: "lab", Op: "DeleteFault", Body: []byte(`{"Name":"gone"}`)},
	{Service: "lab", Op: "Bill", Body: []byte(`{}`)},
	{Service: "cloudwatch", Op: "PutMetricAlarm", Body: []byte(`{"AlarmName":"hot","Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Dimensions":[{"Name":"StreamName","Value":"trips"}],"Statistic":"Sum","Period":60,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":5,"AlarmActions":["arn:aws:lambda:us-east-1:123456789012:function:auto"]}`)},
	{Service: "cloudwatch", Op: "SetAlarmState", Body: []byte(`{"AlarmName":"hot","StateValue":"ALARM","StateReason":"a drill"}`)},
	{Service: "fis", Op: "CreateExperimentTemplate", Body: []byte(`{"clientToken":"one","description":"d","roleArn":"arn:aws:iam::123456789012:role/fis","stopConditions":[{"source":"none"}],"targets":{"all":{"resourceType":"aws:kinesis:stream","resourceArns":["arn:aws:kinesis:us-east-1:123456789012:stream/trips"],"selectionMode":"ALL"}},"actions":{"x":{"actionId":"aws:kinesis:stream-provisioned-throughput-exception","parameters":{"duration":"PT1M","percentage":"40"},"targets":{"KinesisStreams":"all"}}}}`)},
}

// TestReplay lets a random learner act, wait in slices of any size, look, go back and forth and act again, and holds that
// the log alone gives the same bytes, that a clone runs on alike, and that going back and forward changes nothing.
func TestReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := open2(t, busy)
		go1 := func(until int64) {
			for !l.AdvanceTo(until, rapid.IntRange(0, 3000).Draw(t, "budget")) {
				if c := l.Crashed(); c != nil {
					t.Fatalf("panic: %s\n%s", c.Message, c.Stack)
				}
				if rapid.IntRange(0, 3).Draw(t, "frame") == 0 {
					l.Frame()
				}
			}
		}
		for range rapid.IntRange(1, 12).Draw(t, "deeds") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1, 2:
				go1(l.Now() + rapid.Int64Range(0, 4_000_000).Draw(t, "wait"))
			case 3:
				// Stop in the middle of an instant: the budget ends where it likes.
				l.AdvanceTo(l.Now()+3_000_000, rapid.IntRange(1, 2000).Draw(t, "cut"))
			case 4:
				at := rapid.Int64Range(l.Opened(), l.Now()+2_000_000).Draw(t, "seek")
				if l.SeekNow(at); l.Now() != at {
					t.Fatalf("went to %d, stands at %d", at, l.Now())
				}
			case 5:
				l.Frame()
			default:
				c := rapid.SampledFrom(deeds).Draw(t, "command")
				l.DoAs(c.As, c.Service, c.Op, c.Body, "")
			}
		}
		go1(l.Now() + rapid.Int64Range(0, 2_000_000).Draw(t, "last"))
		now := l.Now()
		replays(t, l, go1, func() int64 { return rapid.Int64Range(l.Opened(), now).Draw(t, "back") })
	})
}

// replays holds that the log gives the same run, that copies of its world go on alike, and that it comes back from earlier instants as
// it was.
func replays(t rapid.TB, l *Lab, run func(until int64), back func() int64) {
	t.Helper()
	now, state := l.Now(), l.State()
	again, err := Restore([]byte(busy), l.Log())
	if err != nil {
		t.Fatalf("restore: %v\n%s", err, l.Log())
	}
	if again.Now() != now || again.End() != l.End() || again.Commands() != l.Commands() {
		t.Fatalf("restored at %d of %d with %d commands, was at %d of %d with %d", again.Now(), again.End(), again.Commands(), now, l.End(), l.Commands())
	}
	same(t, "replay of the log", state, again.State())

	clone := l.run.region.Clone()
	on := l.run.region.Now().Add(2500 * time.Millisecond)
	original := l.run.region.Clone() // the run itself must stay where it is
	clone.AdvanceTo(on, 0, nil)
	for reached := false; !reached; {
		reached, _ = original.AdvanceTo(on, 700, nil)
	}
	var a, b bytes.Buffer
	clone.State(&a)
	original.State(&b)
	same(t, "clones run on", a.Bytes(), b.Bytes())

	for range 2 {
		at := back()
		if l.SeekNow(at); l.Now() != at {
			t.Fatalf("went back to %d, stands at %d", at, l.Now())
		}
	}
	run(now)
	same(t, "back and forward", state, l.State())
}

// TestReplayOfOneRun is a run that failed once: a merge after an instant that was left in its middle and gone back from.
func TestReplayOfOneRun(t *testing.T) {
	l := open(t, busy)
	run := func(until int64, budgets ...int) {
		for _, budget := range budgets {
			l.AdvanceTo(until, budget)
		}
		must(t, l, until)
	}
	do := func(service, op, body string) { l.DoAs("", service, op, []byte(body), "") }
	do("lab", "DeleteConsumer", `{"Name":"y"}`)
	l.AdvanceTo(l.Now()+3_000_000, 123)
	l.SeekNow(11_000_003)
	do("kinesis", "MergeShards", `{"StreamName":"trips","ShardToMerge":"shardId-000000000001","AdjacentShardToMerge":"shardId-000000000002"}`)
	run(l.Now(), 179)
	run(l.Now()+1, 2331)
	do("kinesis", "DescribeStream", `{"StreamName":"trips"}`)
	run(l.Now()+599_359, 0)
	do("kinesis", "PutRecord", `{"StreamName":"trips","PartitionKey":"hot","Data":"aGVsbG8="}`)
	l.Frame()
	run(l.Now()+7, 1, 1, 1)
	places := []int64{11_000_003, l.Opened()}
	replays(t, l, func(until int64) { run(until) }, func() int64 { at := places[0]; places = places[1:]; return at })
}

func open2(t *rapid.T, file string) *Lab {
	l, err := New([]byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestOriginalRunsOnLikeItsClone holds that being copied changes nothing for the original either.
func TestOriginalRunsOnLikeItsClone(t *testing.T) {
	l := open(t, busy)
	must(t, l, 13*second)
	clone := l.run.region.Clone()
	on := l.run.region.Now().Add(8 * time.Second)
	l.run.region.AdvanceTo(on, 0, nil)
	clone.AdvanceTo(on, 0, nil)
	var a, b bytes.Buffer
	l.run.region.State(&a)
	clone.State(&b)
	same(t, "original and clone", a.Bytes(), b.Bytes())
}

// sumPrefix begins the line with which TestStateSum tells its result.
const sumPrefix = "state sum "

// stateSum plays a run of 40 seconds with every deed and names the bytes of its state and of its log.
func stateSum(t *testing.T) string {
	l := open(t, busy)
	for i, d := range deeds {
		must(t, l, l.Now()+int64(i)*97_003)
		l.DoAs(d.As, d.Service, d.Op, d.Body, "")
	}
	must(t, l, 40*second)
	l.SeekNow(20 * second)
	fork(t, l) // A lives again what comes, B goes another way
	l.DoAs("", "lab", "StopProducer", []byte(`{"Name":"a"}`), "")
	must(t, l, 40*second)
	comparison, err := json.Marshal(l.Compare(true))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(slices.Concat(l.State(), otherState(l), []byte(l.Log()), comparison))
	return sumPrefix + hex.EncodeToString(sum[:])
}

// TestStateSum prints the sum; TestIdentityOfNativeAndWebAssembly runs it on the other side.
func TestStateSum(t *testing.T) { fmt.Println(stateSum(t)) }
