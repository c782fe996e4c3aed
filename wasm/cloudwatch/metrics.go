package cloudwatch

import "strings"

// Metrics of Data Streams, namespace AWS/Kinesis. Those marked "both" have a twin of a shard under the same name; the
// rest belong to a stream.
// Source: Developer Guide, "Monitoring the Amazon Kinesis Data Streams service with Amazon CloudWatch".
const (
	IncomingBytes   = "IncomingBytes"   // both
	IncomingRecords = "IncomingRecords" // both

	PutRecordBytes   = "PutRecord.Bytes"
	PutRecordLatency = "PutRecord.Latency"
	PutRecordSuccess = "PutRecord.Success"

	PutRecordsBytes             = "PutRecords.Bytes"
	PutRecordsLatency           = "PutRecords.Latency"
	PutRecordsSuccess           = "PutRecords.Success"
	PutRecordsTotalRecords      = "PutRecords.TotalRecords"
	PutRecordsSuccessfulRecords = "PutRecords.SuccessfulRecords"
	PutRecordsFailedRecords     = "PutRecords.FailedRecords"
	PutRecordsThrottledRecords  = "PutRecords.ThrottledRecords"

	WriteProvisionedThroughputExceeded = "WriteProvisionedThroughputExceeded" // both

	GetRecordsBytes       = "GetRecords.Bytes"
	GetRecordsRecords     = "GetRecords.Records"
	GetRecordsLatency     = "GetRecords.Latency"
	GetRecordsSuccess     = "GetRecords.Success"
	GetRecordsIteratorAge = "GetRecords.IteratorAgeMilliseconds"

	ReadProvisionedThroughputExceeded = "ReadProvisionedThroughputExceeded" // both

	// These belong to a stream and a consumer with enhanced fan-out.
	SubscribeToShardSuccess      = "SubscribeToShard.Success"
	SubscribeToShardRateExceeded = "SubscribeToShard.RateExceeded"
	SubscribeToShardEventBytes   = "SubscribeToShardEvent.Bytes"
	SubscribeToShardEventRecords = "SubscribeToShardEvent.Records"
	SubscribeToShardEventSuccess = "SubscribeToShardEvent.Success"
	SubscribeToShardEventBehind  = "SubscribeToShardEvent.MillisBehindLatest"

	OutgoingBytes           = "OutgoingBytes"           // of a shard
	OutgoingRecords         = "OutgoingRecords"         // of a shard
	IteratorAgeMilliseconds = "IteratorAgeMilliseconds" // of a shard
)

// Lambda is the namespace of functions' metrics, which have the dimension FunctionName.
// Source: Lambda Developer Guide, "Types of metrics for Lambda functions".
const (
	Lambda = "AWS/Lambda"

	Invocations          = "Invocations"
	Errors               = "Errors"
	Throttles            = "Throttles"
	Duration             = "Duration"
	ConcurrentExecutions = "ConcurrentExecutions"
	IteratorAge          = "IteratorAge"
)

// DynamoDB is the namespace of tables' metrics, which have the dimension TableName; ThrottledRequests has Operation too.
// Source: DynamoDB Developer Guide, "DynamoDB metrics and dimensions".
const (
	DynamoDB = "AWS/DynamoDB"

	ConsumedReadCapacityUnits      = "ConsumedReadCapacityUnits"
	ConsumedWriteCapacityUnits     = "ConsumedWriteCapacityUnits"
	ReadThrottleEvents             = "ReadThrottleEvents"
	WriteThrottleEvents            = "WriteThrottleEvents"
	ThrottledRequests              = "ThrottledRequests"
	ConditionalCheckFailedRequests = "ConditionalCheckFailedRequests"
)

// ProducerLibrary is the namespace of the KPL's metrics. Each has a series of a shard, of its stream and of all streams.
// Source: Developer Guide, "Monitor the Kinesis Producer Library with Amazon CloudWatch"; units and the last two names
// from awslabs/amazon-kinesis-producer, aws/metrics/metrics_constants.cc.
const (
	ProducerLibrary = "KinesisProducerLibrary"

	UserRecordsReceived = "UserRecordsReceived" // of the stream
	UserRecordsPending  = "UserRecordsPending"  // of the stream
	UserRecordsPut      = "UserRecordsPut"      // 1 and 0 for a failure, as KinesisRecordsPut: the average is the success
	UserRecordsDataPut  = "UserRecordsDataPut"
	UserRecordExpired   = "UserRecordExpired"

	KinesisRecordsPut     = "KinesisRecordsPut"
	KinesisRecordsDataPut = "KinesisRecordsDataPut"

	ErrorsByCode     = "ErrorsByCode" // with the dimension ErrorCode
	AllErrors        = "AllErrors"
	RetriesPerRecord = "RetriesPerRecord"
	BufferingTime    = "BufferingTime"
	RequestTime      = "RequestTime" // of the stream

	UserRecordsPerKinesisRecord        = "UserRecordsPerKinesisRecord"
	KinesisRecordsPerPutRecordsRequest = "KinesisRecordsPerPutRecordsRequest" // of the stream
	UserRecordsPerPutRecordsRequest    = "UserRecordsPerPutRecordsRequest"    // of the stream
)

// Firehose is the namespace of Firehose streams' metrics, which have the dimension DeliveryStreamName.
// Source: Developer Guide of Firehose, "Monitor Amazon Data Firehose using CloudWatch metrics"; units of rates after it.
const Firehose = "AWS/Firehose"

// KinesisAgent is the namespace of the Kinesis Agent's metrics, with the dimension Destination: "KinesisStream:trips".
// Source: Developer Guide, "Monitor Kinesis Agent health with Amazon CloudWatch"; the dimension from
// awslabs/amazon-kinesis-agent, KinesisSender.java.
const (
	KinesisAgent = "AWSKinesisAgent"

	BytesSent          = "BytesSent"
	RecordSendAttempts = "RecordSendAttempts"
	RecordSendErrors   = "RecordSendErrors"
	ServiceErrors      = "ServiceErrors"
)

// putRecordsRecords is the older name of PutRecords.SuccessfulRecords, which AWS calls deprecated: it answers and is not listed.
const putRecordsRecords = "PutRecords.Records"

// HiddenBill begins the names of measures of the bill.
const HiddenBill = "bill/"

// Measures of the bill. They are no metrics of AWS's: the API of CloudWatch does not show them.
const (
	PayloadUnits = "bill/PayloadUnits" // PUT payload units of records taken: 25 KiB each record, rounded up
	RoundedKiB   = "bill/RoundedKiB"   // KiB of records taken, each record rounded up
	FanOutBytes  = "bill/FanOutBytes"  // bytes pushed to consumers
	OldBytes     = "bill/OldBytes"     // bytes given out of records older than seven days

	FirehoseBytes = "bill/FirehoseBytes" // bytes that a Firehose stream took, as they are charged
)

// HiddenCount begins the name of what a client of the lab counted of itself: no metric either, and not shown by the API.
const HiddenCount = "lab/"

// Unit is the unit of a metric, as CloudWatch names it.
func Unit(metric string) string {
	switch metric {
	case IncomingBytes, PutRecordBytes, PutRecordsBytes, GetRecordsBytes, SubscribeToShardEventBytes, OutgoingBytes,
		UserRecordsDataPut, KinesisRecordsDataPut, BytesSent, "DataBytesProcessed", "PutRecordBatch.Bytes", "DataReadFromKinesisStream.Bytes":
		return "Bytes"
	case PutRecordLatency, PutRecordsLatency, GetRecordsLatency, GetRecordsIteratorAge, SubscribeToShardEventBehind, IteratorAgeMilliseconds,
		BufferingTime, RequestTime, Duration, IteratorAge, "MillisBehindLatest", "RecordProcessor.processRecords.Time", "KinesisDataFetcher.getRecords.Time", "Time",
		"PutRecordBatch.Latency", "DescribeDeliveryStream.Latency", "UpdateDeliveryStream.Latency", "KinesisMillisBehindLatest", "ExecuteProcessing.Duration", "JQProcessing.Duration":
		return "Milliseconds"
	case "BytesPerSecondLimit", "PerPartitionThroughput": // of AWS/Firehose
		return "Bytes/Second"
	case "RecordsPerSecondLimit", "PutRequestsPerSecondLimit":
		return "Count/Second"
	}
	delivers := strings.HasPrefix(metric, "DeliveryTo") || strings.HasPrefix(metric, "BackupToS3.") || strings.HasPrefix(metric, "SucceedProcessing.") || strings.Contains(metric, "Conversion.")
	switch {
	case delivers && strings.HasSuffix(metric, ".Bytes"):
		return "Bytes"
	case delivers && strings.HasSuffix(metric, ".DataFreshness"):
		return "Seconds"
	}
	return "Count"
}
