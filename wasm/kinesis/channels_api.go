package kinesis

import "shardlab/wasm/aws"

// The shapes of the operations on channels. What describes a part of a channel in an answer has the members that ask for it
// in a request, so one struct serves both.

// CreateChannelInput is the request of CreateChannel.
type CreateChannelInput struct {
	ChannelName                      *string                           `aws:"required,len=1..128,pattern=StreamName"`
	ServiceExecutionRoleARN          *string                           `aws:"required,len=1..512,pattern=RoleARN"`
	StreamConfigurationList          []ChannelStreamConfiguration      `aws:"required,items=1..10000"`
	S3DestinationConfiguration       *S3DestinationConfiguration       `json:",omitempty"`
	S3TablesDestinationConfiguration *S3TablesDestinationConfiguration `json:",omitempty"`
	EncryptionConfiguration          *ChannelEncryptionConfiguration   `json:",omitempty"`
	Tags                             map[string]string                 `aws:"items=1..200,keylen=1..128,len=0..256" json:",omitempty"`
	LoggingConfiguration             *ChannelLoggingConfiguration      `json:",omitempty"`
}

// ChannelStreamConfiguration names a stream that a channel reads.
type ChannelStreamConfiguration struct {
	StreamARN           *string              `aws:"required,len=1..2048,pattern=StreamARN"`
	RecordConfiguration *RecordConfiguration `aws:"required"`
}

// RecordConfiguration says what the records of the stream hold.
type RecordConfiguration struct {
	RecordFormatType *string `aws:"required,enum=RecordFormatType"`
	GSRSchemaARN     *string `aws:"len=1..512,pattern=GSRSchemaARN" json:",omitempty"`
}

// S3DestinationConfiguration is a bucket to deliver to. An answer has all of its members.
type S3DestinationConfiguration struct {
	DataFreshnessInSeconds         *int64
	DeadLetterQueueS3Configuration *DeadLetterQueueS3Configuration
	StorageConfiguration           *S3StorageConfiguration `aws:"required"`
}

// DeadLetterQueueS3Configuration is a bucket for records that cannot be delivered.
type DeadLetterQueueS3Configuration struct {
	BucketARN           *string `aws:"required,len=1..2048,pattern=BucketARN"`
	ExpectedBucketOwner *string `aws:"required,len=12..12,pattern=ExpectedBucketOwner"`
	ErrorOutputPrefix   *string `aws:"len=1..512,pattern=S3ErrorOutputPrefix" json:",omitempty"`
}

// S3StorageConfiguration says how objects are written.
type S3StorageConfiguration struct {
	BucketARN           *string `aws:"required,len=1..2048,pattern=BucketARN"`
	ExpectedBucketOwner *string `aws:"required,len=12..12,pattern=ExpectedBucketOwner"`
	OutputKeyTemplate   *string `aws:"len=1..1024,pattern=S3OutputKeyTemplate" json:",omitempty"`
	StorageClass        *string `aws:"enum=S3StorageClass" json:",omitempty"`
	CompressionType     *string `aws:"required,enum=S3CompressionType"`
}

// S3TablesDestinationConfiguration is a streaming table to deliver to. An answer has all of its members.
type S3TablesDestinationConfiguration struct {
	DataFreshnessInSeconds         *int64
	DeadLetterQueueS3Configuration *DeadLetterQueueS3Configuration `aws:"required"`
	S3TablesConfigurationList      []S3TablesConfiguration         `aws:"required,items=1..10000"`
}

// S3TablesConfiguration is a table.
type S3TablesConfiguration struct {
	TableBucketARN  *string        `aws:"required,len=1..2048,pattern=TableBucketARN"`
	Namespace       *string        `aws:"required,len=1..255,pattern=S3TablesName"`
	TableName       *string        `aws:"required,len=1..255,pattern=S3TablesName"`
	CompressionType *string        `aws:"required,enum=S3TablesCompressionType"`
	PartitionSpec   *PartitionSpec `json:",omitempty"`
}

// PartitionSpec says by which columns a table is partitioned.
type PartitionSpec struct {
	PartitionFields []PartitionField `aws:"required,items=1..10"`
}

// PartitionField is a column to partition by.
type PartitionField struct {
	Transform  *string `aws:"required,enum=PartitionTransform"`
	SourceName *string `aws:"required,len=1..255,pattern=PartitionSourceName"`
}

// ChannelEncryptionConfiguration is the key that encrypts what is delivered.
type ChannelEncryptionConfiguration struct {
	EncryptionType *string `aws:"required,enum=ChannelEncryptionType"`
	KeyId          *string `aws:"required,len=1..2048"`
}

// ChannelLoggingConfiguration says where a channel logs.
type ChannelLoggingConfiguration struct {
	CloudWatchLogs *CloudWatchLogs `aws:"required"`
}

// CloudWatchLogs is a log stream.
type CloudWatchLogs struct {
	Enabled       *bool   `aws:"required"`
	LogGroupName  *string `aws:"len=1..512,pattern=CloudWatchLogGroupName" json:",omitempty"`
	LogStreamName *string `aws:"len=1..512,pattern=CloudWatchLogStreamName" json:",omitempty"`
}

// ChannelInput is the request of DescribeChannel and of DeleteChannel, whose answer has no body.
type ChannelInput struct {
	ChannelARN *string `aws:"required,len=1..2048,pattern=ChannelARN"`
}

// ChannelOutput is the answer of CreateChannel, DescribeChannel and UpdateChannel.
type ChannelOutput struct{ ChannelDescription ChannelDescription }

// ChannelDescription is a channel as the API describes it.
type ChannelDescription struct {
	ChannelName                      string
	ChannelARN                       string
	ChannelId                        string
	ChannelStatus                    string
	ChannelStatusReason              *string `json:",omitempty"`
	ChannelCreationTimestamp         aws.Timestamp
	ServiceExecutionRoleARN          string
	StreamConfigurationList          []ChannelStreamDescription
	S3DestinationConfiguration       *S3DestinationConfiguration       `json:",omitempty"`
	S3TablesDestinationConfiguration *S3TablesDestinationConfiguration `json:",omitempty"`
	EncryptionConfiguration          *ChannelEncryptionConfiguration   `json:",omitempty"`
	LoggingConfiguration             ChannelLoggingConfiguration
}

// ChannelStreamDescription is a stream that a channel reads.
type ChannelStreamDescription struct {
	StreamARN               string
	StreamCreationTimestamp aws.Timestamp
	RecordConfiguration     RecordConfiguration
}

// UpdateChannelInput is the request of UpdateChannel.
type UpdateChannelInput struct {
	ChannelARN                       *string                      `aws:"required,len=1..2048,pattern=ChannelARN"`
	S3DestinationConfiguration       *DestinationUpdateInput      `json:",omitempty"`
	S3TablesDestinationConfiguration *DestinationUpdateInput      `json:",omitempty"`
	LoggingConfiguration             *ChannelLoggingConfiguration `json:",omitempty"`
}

// DestinationUpdateInput is all that can be changed of a destination.
type DestinationUpdateInput struct {
	DataFreshnessInSeconds *int64 `aws:"required"`
}

// ListChannelsInput is the request of ListChannels.
type ListChannelsInput struct {
	StreamFilter []StreamFilter `aws:"items=1..10000" json:",omitempty"`
	MaxResults   *int64         `aws:"val=1..10000" json:",omitempty"`
	NextToken    *string        `aws:"len=1..1048576" json:",omitempty"`
}

// StreamFilter lets the channels of a stream through.
type StreamFilter struct {
	StreamARN               *string        `aws:"required,len=1..2048,pattern=StreamARN"`
	StreamCreationTimestamp *aws.Timestamp `json:",omitempty"`
}

// ListChannelsOutput is the answer of ListChannels.
type ListChannelsOutput struct {
	ChannelSummaries []ChannelSummary
	NextToken        *string `json:",omitempty"`
}

// ChannelSummary is a line of ListChannels.
type ChannelSummary struct {
	ChannelName              string
	ChannelARN               string
	ChannelId                string
	ChannelStatus            string
	ChannelStatusReason      *string `json:",omitempty"`
	ChannelCreationTimestamp aws.Timestamp
	ChannelDestinationType   string
	Streams                  []ChannelStreamIdentifier
}

// ChannelStreamIdentifier names a stream that a channel reads.
type ChannelStreamIdentifier struct {
	StreamARN               string
	StreamCreationTimestamp aws.Timestamp
}
