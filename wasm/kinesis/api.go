package kinesis

// The shapes of the Kinesis Data Streams API, one pair of structs per operation, member for member as on the wire.
// The `aws` tag carries the service model's constraints: required, len=min..max, val=min..max, items=min..max,
// bytes=min..max, enum=NAME and pattern=NAME; package aws checks them and words the ValidationException.
// Source: Amazon Kinesis Data Streams API Reference and the service model, section 2 of the API facts.

import (
	"shardlab/wasm/aws"
)

// CreateStreamInput is the request of CreateStream; the answer has no body.
type CreateStreamInput struct {
	StreamName          *string            `aws:"required,len=1..128,pattern=StreamName"`
	ShardCount          *int64             `aws:"val=1.."`
	StreamModeDetails   *StreamModeDetails `json:",omitempty"`
	Tags                map[string]string  `aws:"items=1..200,keylen=1..128,len=0..256" json:",omitempty"`
	WarmThroughputMiBps *int64             `aws:"val=0.." json:",omitempty"`
	MaxRecordSizeInKiB  *int64             `aws:"val=1024..10240" json:",omitempty"`

	RecordDistributionStrategy *string `aws:"enum=RecordDistributionStrategy" json:",omitempty"`
}

// StreamModeDetails says how a stream's capacity is chosen.
type StreamModeDetails struct {
	StreamMode *string `aws:"required,enum=StreamMode"`
}

// DeleteStreamInput is the request of DeleteStream; the answer has no body.
type DeleteStreamInput struct {
	StreamName              *string `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	EnforceConsumerDeletion *bool   `json:",omitempty"`
	StreamARN               *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId                *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// DescribeStreamInput is the request of DescribeStream.
type DescribeStreamInput struct {
	StreamName            *string `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	Limit                 *int64  `aws:"val=1..10000" json:",omitempty"`
	ExclusiveStartShardId *string `aws:"len=1..128,pattern=ShardId" json:",omitempty"`
	StreamARN             *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId              *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// DescribeStreamOutput is the answer of DescribeStream.
type DescribeStreamOutput struct{ StreamDescription StreamDescription }

// StreamDescription tells what a stream is, shard by shard.
type StreamDescription struct {
	Shards                  []Shard
	HasMoreShards           bool
	StreamARN               string
	StreamName              string
	StreamStatus            string
	RetentionPeriodHours    int64
	EnhancedMonitoring      []EnhancedMetrics
	EncryptionType          string  `json:",omitempty"`
	KeyId                   *string `json:",omitempty"`
	StreamCreationTimestamp aws.Timestamp
	StreamModeDetails       StreamModeDetails
}

// EnhancedMetrics lists the shard-level metrics that are on.
type EnhancedMetrics struct{ ShardLevelMetrics []string }

// Shard is a shard as the API describes it.
type Shard struct {
	ShardId               string
	ParentShardId         *string `json:",omitempty"`
	AdjacentParentShardId *string `json:",omitempty"`
	HashKeyRange          HashKeyRange
	SequenceNumberRange   SequenceNumberRange
}

// HashKeyRange is a range of 128-bit hash keys in decimal, both ends included.
type HashKeyRange struct{ StartingHashKey, EndingHashKey string }

// SequenceNumberRange is a shard's range of sequence numbers; the ending number is there only when it is closed.
type SequenceNumberRange struct {
	StartingSequenceNumber string
	EndingSequenceNumber   *string `json:",omitempty"`
}

// DescribeStreamSummaryInput is the request of DescribeStreamSummary.
type DescribeStreamSummaryInput struct {
	StreamName *string `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	StreamARN  *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId   *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// DescribeStreamSummaryOutput is the answer of DescribeStreamSummary.
type DescribeStreamSummaryOutput struct{ StreamDescriptionSummary StreamDescriptionSummary }

// StreamDescriptionSummary tells what a stream is without its shards.
type StreamDescriptionSummary struct {
	StreamName              string
	StreamARN               string
	StreamId                *string `json:",omitempty"` // reserved by the service, which gives none
	StreamStatus            string
	StreamModeDetails       StreamModeDetails
	RetentionPeriodHours    int64
	StreamCreationTimestamp aws.Timestamp
	EnhancedMonitoring      []EnhancedMetrics
	EncryptionType          string  `json:",omitempty"`
	KeyId                   *string `json:",omitempty"`
	OpenShardCount          int64
	ConsumerCount           int64
	WarmThroughput          *WarmThroughputObject `json:",omitempty"`
	MaxRecordSizeInKiB      int64                 `json:",omitempty"`
	ChannelCount            *int64                `json:",omitempty"` // of on-demand streams, like the strategy

	RecordDistributionStrategy string `json:",omitempty"`
}

// ListStreamsInput is the request of ListStreams.
type ListStreamsInput struct {
	Limit                    *int64  `aws:"val=1..10000" json:",omitempty"`
	ExclusiveStartStreamName *string `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	NextToken                *string `aws:"len=1..1048576" json:",omitempty"`
}

// ListStreamsOutput is the answer of ListStreams.
type ListStreamsOutput struct {
	StreamNames     []string
	HasMoreStreams  bool
	NextToken       *string `json:",omitempty"`
	StreamSummaries []StreamSummary
}

// StreamSummary is a line of ListStreams.
type StreamSummary struct {
	StreamName              string
	StreamARN               string
	StreamStatus            string
	StreamModeDetails       StreamModeDetails
	StreamCreationTimestamp aws.Timestamp
}

// ListShardsInput is the request of ListShards.
type ListShardsInput struct {
	StreamName              *string        `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	NextToken               *string        `aws:"len=1..1048576" json:",omitempty"`
	ExclusiveStartShardId   *string        `aws:"len=1..128,pattern=ShardId" json:",omitempty"`
	MaxResults              *int64         `aws:"val=1..10000" json:",omitempty"`
	StreamCreationTimestamp *aws.Timestamp `json:",omitempty"`
	ShardFilter             *ShardFilter   `json:",omitempty"`
	StreamARN               *string        `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId                *string        `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// ShardFilter narrows ListShards.
type ShardFilter struct {
	Type      *string        `aws:"required,enum=ShardFilterType"`
	ShardId   *string        `aws:"len=1..128,pattern=ShardId" json:",omitempty"`
	Timestamp *aws.Timestamp `json:",omitempty"`
}

// ListShardsOutput is the answer of ListShards.
type ListShardsOutput struct {
	Shards    []Shard
	NextToken *string `json:",omitempty"`
}

// PutRecordInput is the request of PutRecord.
type PutRecordInput struct {
	StreamName                *string  `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	Data                      aws.Blob `aws:"required,bytes=0..10485760"`
	PartitionKey              *string  `aws:"len=1..256" json:",omitempty"`
	ExplicitHashKey           *string  `aws:"pattern=HashKey" json:",omitempty"`
	SequenceNumberForOrdering *string  `aws:"pattern=SequenceNumber" json:",omitempty"`
	StreamARN                 *string  `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId                  *string  `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
	DryRun                    *bool    `json:",omitempty"`
}

// PutRecordOutput is the answer of PutRecord.
type PutRecordOutput struct {
	ShardId        string
	SequenceNumber string
	EncryptionType string `json:",omitempty"`
}

// PutRecordsInput is the request of PutRecords.
type PutRecordsInput struct {
	Records    []PutRecordsRequestEntry `aws:"required,items=1..500"`
	StreamName *string                  `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	StreamARN  *string                  `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId   *string                  `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
	DryRun     *bool                    `json:",omitempty"`
}

// PutRecordsRequestEntry is one record of a PutRecords request.
type PutRecordsRequestEntry struct {
	Data            aws.Blob `aws:"required,bytes=0..10485760"`
	ExplicitHashKey *string  `aws:"pattern=HashKey" json:",omitempty"`
	PartitionKey    *string  `aws:"len=1..256" json:",omitempty"`
}

// PutRecordsOutput is the answer of PutRecords: as many entries as the request had, in its order.
type PutRecordsOutput struct {
	FailedRecordCount int64
	Records           []PutRecordsResultEntry
	EncryptionType    string `json:",omitempty"`
}

// PutRecordsResultEntry is one record's fate: a number and a shard, or an error.
type PutRecordsResultEntry struct {
	SequenceNumber *string `json:",omitempty"`
	ShardId        *string `json:",omitempty"`
	ErrorCode      *string `json:",omitempty"`
	ErrorMessage   *string `json:",omitempty"`
}

// GetShardIteratorInput is the request of GetShardIterator.
type GetShardIteratorInput struct {
	StreamName             *string        `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	ShardId                *string        `aws:"required,len=1..128,pattern=ShardId"`
	ShardIteratorType      *string        `aws:"required,enum=ShardIteratorType"`
	StartingSequenceNumber *string        `aws:"pattern=SequenceNumber" json:",omitempty"`
	Timestamp              *aws.Timestamp `json:",omitempty"`
	StreamARN              *string        `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId               *string        `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
	DryRun                 *bool          `json:",omitempty"`
}

// GetShardIteratorOutput is the answer of GetShardIterator.
type GetShardIteratorOutput struct{ ShardIterator string }

// GetRecordsInput is the request of GetRecords.
type GetRecordsInput struct {
	ShardIterator *string `aws:"required,len=1..512"`
	Limit         *int64  `aws:"val=1..10000" json:",omitempty"`
	StreamARN     *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId      *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
	DryRun        *bool   `json:",omitempty"`
}

// GetRecordsOutput is the answer of GetRecords.
type GetRecordsOutput struct {
	Records            []Record
	NextShardIterator  *string `json:",omitempty"`
	MillisBehindLatest int64
	ChildShards        []ChildShard `json:",omitempty"`
}

// Record is a record as a reader gets it.
type Record struct {
	SequenceNumber              string
	ApproximateArrivalTimestamp aws.Timestamp
	Data                        aws.Blob
	PartitionKey                string `json:",omitempty"` // "" when it was put without one
	EncryptionType              string `json:",omitempty"`
}

// ChildShard tells the reader of a closed shard's end where to go on.
type ChildShard struct {
	ShardId      string
	ParentShards []string
	HashKeyRange HashKeyRange
}

// SplitShardInput is the request of SplitShard; the answer has no body.
type SplitShardInput struct {
	StreamName         *string `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	ShardToSplit       *string `aws:"required,len=1..128,pattern=ShardId"`
	NewStartingHashKey *string `aws:"required,pattern=HashKey"`
	StreamARN          *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId           *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// MergeShardsInput is the request of MergeShards; the answer has no body.
type MergeShardsInput struct {
	StreamName           *string `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	ShardToMerge         *string `aws:"required,len=1..128,pattern=ShardId"`
	AdjacentShardToMerge *string `aws:"required,len=1..128,pattern=ShardId"`
	StreamARN            *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId             *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}
