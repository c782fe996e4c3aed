package firehose

import (
	"encoding/json"
	"reflect"
	"strings"

	"shardlab/wasm/aws"
)

// structures are the structures of the API that hold configurations, a line each: its name and its members with what they hold.
// A star is for a required member; s is a string with its length, pattern and values, i an integer with its bounds, b a boolean,
// d a double, t a timestamp, [ ] a list with its bounds behind, < a map of strings, and a name another structure.
// Source: Amazon Data Firehose API Reference and the service model, section 3 of the API facts.
const structures = `
DirectPutSourceConfiguration ThroughputHintInMBs*:i1..100
KinesisStreamSourceConfiguration KinesisStreamARN*:s1..512~StreamARN RoleARN*:s1..512~RoleARN
DeliveryStreamEncryptionConfigurationInput KeyARN:s1..512~KeyARN KeyType*:s|AWS_OWNED_CMK|CUSTOMER_MANAGED_CMK
BufferingHints SizeInMBs:i1..128 IntervalInSeconds:i0..900
KMSEncryptionConfig AWSKMSKeyARN*:s1..512~KeyOrAliasARN
EncryptionConfiguration NoEncryptionConfig:s|NoEncryption KMSEncryptionConfig:KMSEncryptionConfig
CloudWatchLoggingOptions Enabled:b LogGroupName:s0..512~LogGroup LogStreamName:s0..512~LogStream
S3DestinationConfiguration RoleARN*:s1..512~RoleARN BucketARN*:s1..2048~BucketARN Prefix:s0..1024 ErrorOutputPrefix:s0..1024 BufferingHints:BufferingHints CompressionFormat:s|UNCOMPRESSED|GZIP|ZIP|Snappy|HADOOP_SNAPPY EncryptionConfiguration:EncryptionConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions
ProcessorParameter ParameterName*:s|LambdaArn|NumberOfRetries|MetadataExtractionQuery|JsonParsingEngine|RoleArn|BufferSizeInMBs|BufferIntervalInSeconds|SubRecordType|Delimiter|CompressionFormat|DataMessageExtraction ParameterValue*:s1..5120~NotBlank
Processor Type*:s|RecordDeAggregation|Decompression|CloudWatchLogProcessing|Lambda|MetadataExtraction|AppendDelimiterToRecord Parameters:[ProcessorParameter]
ProcessingConfiguration Enabled:b Processors:[Processor]
SchemaConfiguration RoleARN:s1..1024~NoSpace CatalogId:s1..1024~NoSpace DatabaseName:s1..1024~NoSpace TableName:s1..1024~NoSpace Region:s1..1024~NoSpace VersionId:s1..1024~NoSpace
OpenXJsonSerDe ConvertDotsInJsonKeysToUnderscores:b CaseInsensitive:b ColumnToJsonKeyMappings:<
HiveJsonSerDe TimestampFormats:[s1..1024~NotBlank]
Deserializer OpenXJsonSerDe:OpenXJsonSerDe HiveJsonSerDe:HiveJsonSerDe
InputFormatConfiguration Deserializer:Deserializer
ParquetSerDe BlockSizeBytes:i67108864.. PageSizeBytes:i65536.. Compression:s|UNCOMPRESSED|GZIP|SNAPPY EnableDictionaryCompression:b MaxPaddingBytes:i0.. WriterVersion:s|V1|V2
OrcSerDe StripeSizeBytes:i8388608.. BlockSizeBytes:i67108864.. RowIndexStride:i1000.. EnablePadding:b PaddingTolerance:d Compression:s|NONE|ZLIB|SNAPPY BloomFilterColumns:[s1..1024~NoSpace] BloomFilterFalsePositiveProbability:d DictionaryKeyThreshold:d FormatVersion:s|V0_11|V0_12
Serializer ParquetSerDe:ParquetSerDe OrcSerDe:OrcSerDe
OutputFormatConfiguration Serializer:Serializer
DataFormatConversionConfiguration SchemaConfiguration:SchemaConfiguration InputFormatConfiguration:InputFormatConfiguration OutputFormatConfiguration:OutputFormatConfiguration Enabled:b
RetryOptions DurationInSeconds:i0..7200
DynamicPartitioningConfiguration RetryOptions:RetryOptions Enabled:b
ExtendedS3DestinationConfiguration RoleARN*:s1..512~RoleARN BucketARN*:s1..2048~BucketARN Prefix:s0..1024 ErrorOutputPrefix:s0..1024 BufferingHints:BufferingHints CompressionFormat:s|UNCOMPRESSED|GZIP|ZIP|Snappy|HADOOP_SNAPPY EncryptionConfiguration:EncryptionConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions ProcessingConfiguration:ProcessingConfiguration S3BackupMode:s|Disabled|Enabled S3BackupConfiguration:S3DestinationConfiguration DataFormatConversionConfiguration:DataFormatConversionConfiguration DynamicPartitioningConfiguration:DynamicPartitioningConfiguration FileExtension:s0..128~FileExtension CustomTimeZone:s0..50~TimeZone
CopyCommand DataTableName*:s1..512 DataTableColumns:s0..10240 CopyOptions:s0..10240
RedshiftRetryOptions DurationInSeconds:i0..7200
SecretsManagerConfiguration SecretARN:s1..2048~SecretARN RoleARN:s1..512~RoleARN Enabled*:b
RedshiftDestinationConfiguration RoleARN*:s1..512~RoleARN ClusterJDBCURL*:s1..512~JDBC CopyCommand*:CopyCommand Username:s1..512 Password:s6..512 RetryOptions:RedshiftRetryOptions S3Configuration*:S3DestinationConfiguration ProcessingConfiguration:ProcessingConfiguration S3BackupMode:s|Disabled|Enabled S3BackupConfiguration:S3DestinationConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions SecretsManagerConfiguration:SecretsManagerConfiguration
ElasticsearchBufferingHints IntervalInSeconds:i0..900 SizeInMBs:i1..100
ElasticsearchRetryOptions DurationInSeconds:i0..7200
VpcConfiguration SubnetIds*:[s1..1024~NoSpace]1..16 RoleARN*:s1..512~RoleARN SecurityGroupIds*:[s1..1024~NoSpace]1..5
DocumentIdOptions DefaultDocumentIdFormat*:s|FIREHOSE_DEFAULT|NO_DOCUMENT_ID
ElasticsearchDestinationConfiguration RoleARN*:s1..512~RoleARN DomainARN:s1..512~DomainARN ClusterEndpoint:s1..512~Https IndexName*:s1..80 TypeName:s0..100 IndexRotationPeriod:s|NoRotation|OneHour|OneDay|OneWeek|OneMonth BufferingHints:ElasticsearchBufferingHints RetryOptions:ElasticsearchRetryOptions S3BackupMode:s|FailedDocumentsOnly|AllDocuments S3Configuration*:S3DestinationConfiguration ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions VpcConfiguration:VpcConfiguration DocumentIdOptions:DocumentIdOptions
AmazonopensearchserviceBufferingHints IntervalInSeconds:i0..900 SizeInMBs:i1..100
AmazonopensearchserviceRetryOptions DurationInSeconds:i0..7200
AmazonopensearchserviceDestinationConfiguration RoleARN*:s1..512~RoleARN DomainARN:s1..512~DomainARN ClusterEndpoint:s1..512~Https IndexName*:s1..80 TypeName:s0..100 IndexRotationPeriod:s|NoRotation|OneHour|OneDay|OneWeek|OneMonth BufferingHints:AmazonopensearchserviceBufferingHints RetryOptions:AmazonopensearchserviceRetryOptions S3BackupMode:s|FailedDocumentsOnly|AllDocuments S3Configuration*:S3DestinationConfiguration ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions VpcConfiguration:VpcConfiguration DocumentIdOptions:DocumentIdOptions
SplunkRetryOptions DurationInSeconds:i0..7200
SplunkBufferingHints IntervalInSeconds:i0..60 SizeInMBs:i1..5
SplunkDestinationConfiguration HECEndpoint*:s0..2048 HECEndpointType*:s|Raw|Event HECToken:s0..2048 HECAcknowledgmentTimeoutInSeconds:i180..600 RetryOptions:SplunkRetryOptions S3BackupMode:s|FailedEventsOnly|AllEvents S3Configuration*:S3DestinationConfiguration ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions BufferingHints:SplunkBufferingHints SecretsManagerConfiguration:SecretsManagerConfiguration
HttpEndpointConfiguration Url*:s1..1000~HttpsURL Name:s1..256~NotBlank AccessKey:s0..4096
HttpEndpointBufferingHints SizeInMBs:i1..64 IntervalInSeconds:i0..900
HttpEndpointCommonAttribute AttributeName*:s1..256~NotBlank AttributeValue*:s0..1024
HttpEndpointRequestConfiguration ContentEncoding:s|NONE|GZIP CommonAttributes:[HttpEndpointCommonAttribute]0..50
HttpEndpointRetryOptions DurationInSeconds:i0..7200
HttpEndpointDestinationConfiguration EndpointConfiguration*:HttpEndpointConfiguration BufferingHints:HttpEndpointBufferingHints CloudWatchLoggingOptions:CloudWatchLoggingOptions RequestConfiguration:HttpEndpointRequestConfiguration ProcessingConfiguration:ProcessingConfiguration RoleARN:s1..512~RoleARN RetryOptions:HttpEndpointRetryOptions S3BackupMode:s|FailedDataOnly|AllData S3Configuration*:S3DestinationConfiguration SecretsManagerConfiguration:SecretsManagerConfiguration
Tag Key*:s1..128~TagKey Value:s0..256~TagValue
AmazonOpenSearchServerlessBufferingHints IntervalInSeconds:i0..900 SizeInMBs:i1..100
AmazonOpenSearchServerlessRetryOptions DurationInSeconds:i0..7200
AmazonOpenSearchServerlessDestinationConfiguration RoleARN*:s1..512~RoleARN CollectionEndpoint:s1..512~Https IndexName*:s1..80 BufferingHints:AmazonOpenSearchServerlessBufferingHints RetryOptions:AmazonOpenSearchServerlessRetryOptions S3BackupMode:s|FailedDocumentsOnly|AllDocuments S3Configuration*:S3DestinationConfiguration ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions VpcConfiguration:VpcConfiguration
AuthenticationConfiguration RoleARN*:s1..512~RoleARN Connectivity*:s|PUBLIC|PRIVATE
MSKSourceConfiguration MSKClusterARN*:s1..512~ARN TopicName*:s1..255~Topic AuthenticationConfiguration*:AuthenticationConfiguration ReadFromTimestamp:t
SnowflakeRoleConfiguration Enabled:b SnowflakeRole:s1..255
SnowflakeVpcConfiguration PrivateLinkVpceId*:s47..255~Vpce
SnowflakeRetryOptions DurationInSeconds:i0..7200
SnowflakeBufferingHints SizeInMBs:i1..128 IntervalInSeconds:i0..900
SnowflakeDestinationConfiguration AccountUrl*:s24..2048~Snowflake PrivateKey:s256..4096~Base64 KeyPassphrase:s7..255 User:s1..255 Database*:s1..255 Schema*:s1..255 Table*:s1..255 SnowflakeRoleConfiguration:SnowflakeRoleConfiguration DataLoadingOption:s|JSON_MAPPING|VARIANT_CONTENT_MAPPING|VARIANT_CONTENT_AND_METADATA_MAPPING MetaDataColumnName:s1..255 ContentColumnName:s1..255 SnowflakeVpcConfiguration:SnowflakeVpcConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions ProcessingConfiguration:ProcessingConfiguration RoleARN*:s1..512~RoleARN RetryOptions:SnowflakeRetryOptions S3BackupMode:s|FailedDataOnly|AllData S3Configuration*:S3DestinationConfiguration SecretsManagerConfiguration:SecretsManagerConfiguration BufferingHints:SnowflakeBufferingHints
PartitionField SourceName*:s1..1024~NoSpace
PartitionSpec Identity:[PartitionField]
DestinationTableConfiguration DestinationTableName*:s1..255~TableName DestinationDatabaseName*:s1..255~TableName UniqueKeys:[s1..1024~NoSpace] PartitionSpec:PartitionSpec S3ErrorOutputPrefix:s0..1024
SchemaEvolutionConfiguration Enabled*:b
TableCreationConfiguration Enabled*:b
CatalogConfiguration CatalogARN:s1..512~CatalogARN WarehouseLocation:s1..2048~S3URL
IcebergDestinationConfiguration DestinationTableConfigurationList:[DestinationTableConfiguration] SchemaEvolutionConfiguration:SchemaEvolutionConfiguration TableCreationConfiguration:TableCreationConfiguration BufferingHints:BufferingHints CloudWatchLoggingOptions:CloudWatchLoggingOptions ProcessingConfiguration:ProcessingConfiguration S3BackupMode:s|FailedDataOnly|AllData RetryOptions:RetryOptions RoleARN*:s1..512~RoleARN AppendOnly:b CatalogConfiguration*:CatalogConfiguration S3Configuration*:S3DestinationConfiguration
DatabaseList Include:[s1..64] Exclude:[s1..64]
DatabaseTableList Include:[s1..129] Exclude:[s1..129]
DatabaseColumnList Include:[s1..194] Exclude:[s1..194]
DatabaseSourceAuthenticationConfiguration SecretsManagerConfiguration*:SecretsManagerConfiguration
DatabaseSourceVPCConfiguration VpcEndpointServiceName*:s47..255~Vpce
DatabaseSourceConfiguration Type*:s|MySQL|PostgreSQL Endpoint*:s1..255~NotBlank Port*:i0..65535 SSLMode:s|Disabled|Enabled Databases*:DatabaseList Tables*:DatabaseTableList Columns:DatabaseColumnList SurrogateKeys:[s1..1024~NoSpace] SnapshotWatermarkTable*:s1..129 DatabaseSourceAuthenticationConfiguration*:DatabaseSourceAuthenticationConfiguration DatabaseSourceVPCConfiguration*:DatabaseSourceVPCConfiguration
CreateDeliveryStreamInput DeliveryStreamName*:s1..64~DeliveryStreamName DeliveryStreamType:s|DirectPut|KinesisStreamAsSource|MSKAsSource|DatabaseAsSource DirectPutSourceConfiguration:DirectPutSourceConfiguration KinesisStreamSourceConfiguration:KinesisStreamSourceConfiguration DeliveryStreamEncryptionConfigurationInput:DeliveryStreamEncryptionConfigurationInput S3DestinationConfiguration:S3DestinationConfiguration ExtendedS3DestinationConfiguration:ExtendedS3DestinationConfiguration RedshiftDestinationConfiguration:RedshiftDestinationConfiguration ElasticsearchDestinationConfiguration:ElasticsearchDestinationConfiguration AmazonopensearchserviceDestinationConfiguration:AmazonopensearchserviceDestinationConfiguration SplunkDestinationConfiguration:SplunkDestinationConfiguration HttpEndpointDestinationConfiguration:HttpEndpointDestinationConfiguration Tags:[Tag]1..50 AmazonOpenSearchServerlessDestinationConfiguration:AmazonOpenSearchServerlessDestinationConfiguration MSKSourceConfiguration:MSKSourceConfiguration SnowflakeDestinationConfiguration:SnowflakeDestinationConfiguration IcebergDestinationConfiguration:IcebergDestinationConfiguration DatabaseSourceConfiguration:DatabaseSourceConfiguration
S3DestinationUpdate RoleARN:s1..512~RoleARN BucketARN:s1..2048~BucketARN Prefix:s0..1024 ErrorOutputPrefix:s0..1024 BufferingHints:BufferingHints CompressionFormat:s|UNCOMPRESSED|GZIP|ZIP|Snappy|HADOOP_SNAPPY EncryptionConfiguration:EncryptionConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions
ExtendedS3DestinationUpdate RoleARN:s1..512~RoleARN BucketARN:s1..2048~BucketARN Prefix:s0..1024 ErrorOutputPrefix:s0..1024 BufferingHints:BufferingHints CompressionFormat:s|UNCOMPRESSED|GZIP|ZIP|Snappy|HADOOP_SNAPPY EncryptionConfiguration:EncryptionConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions ProcessingConfiguration:ProcessingConfiguration S3BackupMode:s|Disabled|Enabled S3BackupUpdate:S3DestinationUpdate DataFormatConversionConfiguration:DataFormatConversionConfiguration DynamicPartitioningConfiguration:DynamicPartitioningConfiguration FileExtension:s0..128~FileExtension CustomTimeZone:s0..50~TimeZone
RedshiftDestinationUpdate RoleARN:s1..512~RoleARN ClusterJDBCURL:s1..512~JDBC CopyCommand:CopyCommand Username:s1..512 Password:s6..512 RetryOptions:RedshiftRetryOptions S3Update:S3DestinationUpdate ProcessingConfiguration:ProcessingConfiguration S3BackupMode:s|Disabled|Enabled S3BackupUpdate:S3DestinationUpdate CloudWatchLoggingOptions:CloudWatchLoggingOptions SecretsManagerConfiguration:SecretsManagerConfiguration
ElasticsearchDestinationUpdate RoleARN:s1..512~RoleARN DomainARN:s1..512~DomainARN ClusterEndpoint:s1..512~Https IndexName:s1..80 TypeName:s0..100 IndexRotationPeriod:s|NoRotation|OneHour|OneDay|OneWeek|OneMonth BufferingHints:ElasticsearchBufferingHints RetryOptions:ElasticsearchRetryOptions S3Update:S3DestinationUpdate ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions DocumentIdOptions:DocumentIdOptions
AmazonopensearchserviceDestinationUpdate RoleARN:s1..512~RoleARN DomainARN:s1..512~DomainARN ClusterEndpoint:s1..512~Https IndexName:s1..80 TypeName:s0..100 IndexRotationPeriod:s|NoRotation|OneHour|OneDay|OneWeek|OneMonth BufferingHints:AmazonopensearchserviceBufferingHints RetryOptions:AmazonopensearchserviceRetryOptions S3Update:S3DestinationUpdate ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions DocumentIdOptions:DocumentIdOptions
SplunkDestinationUpdate HECEndpoint:s0..2048 HECEndpointType:s|Raw|Event HECToken:s0..2048 HECAcknowledgmentTimeoutInSeconds:i180..600 RetryOptions:SplunkRetryOptions S3BackupMode:s|FailedEventsOnly|AllEvents S3Update:S3DestinationUpdate ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions BufferingHints:SplunkBufferingHints SecretsManagerConfiguration:SecretsManagerConfiguration
HttpEndpointDestinationUpdate EndpointConfiguration:HttpEndpointConfiguration BufferingHints:HttpEndpointBufferingHints CloudWatchLoggingOptions:CloudWatchLoggingOptions RequestConfiguration:HttpEndpointRequestConfiguration ProcessingConfiguration:ProcessingConfiguration RoleARN:s1..512~RoleARN RetryOptions:HttpEndpointRetryOptions S3BackupMode:s|FailedDataOnly|AllData S3Update:S3DestinationUpdate SecretsManagerConfiguration:SecretsManagerConfiguration
AmazonOpenSearchServerlessDestinationUpdate RoleARN:s1..512~RoleARN CollectionEndpoint:s1..512~Https IndexName:s1..80 BufferingHints:AmazonOpenSearchServerlessBufferingHints RetryOptions:AmazonOpenSearchServerlessRetryOptions S3Update:S3DestinationUpdate ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions
SnowflakeDestinationUpdate AccountUrl:s24..2048~Snowflake PrivateKey:s256..4096~Base64 KeyPassphrase:s7..255 User:s1..255 Database:s1..255 Schema:s1..255 Table:s1..255 SnowflakeRoleConfiguration:SnowflakeRoleConfiguration DataLoadingOption:s|JSON_MAPPING|VARIANT_CONTENT_MAPPING|VARIANT_CONTENT_AND_METADATA_MAPPING MetaDataColumnName:s1..255 ContentColumnName:s1..255 CloudWatchLoggingOptions:CloudWatchLoggingOptions ProcessingConfiguration:ProcessingConfiguration RoleARN:s1..512~RoleARN RetryOptions:SnowflakeRetryOptions S3BackupMode:s|FailedDataOnly|AllData S3Update:S3DestinationUpdate SecretsManagerConfiguration:SecretsManagerConfiguration BufferingHints:SnowflakeBufferingHints
IcebergDestinationUpdate DestinationTableConfigurationList:[DestinationTableConfiguration] SchemaEvolutionConfiguration:SchemaEvolutionConfiguration TableCreationConfiguration:TableCreationConfiguration BufferingHints:BufferingHints CloudWatchLoggingOptions:CloudWatchLoggingOptions ProcessingConfiguration:ProcessingConfiguration S3BackupMode:s|FailedDataOnly|AllData RetryOptions:RetryOptions RoleARN:s1..512~RoleARN AppendOnly:b CatalogConfiguration:CatalogConfiguration S3Configuration:S3DestinationConfiguration
UpdateDestinationInput DeliveryStreamName*:s1..64~DeliveryStreamName CurrentDeliveryStreamVersionId*:s1..50~VersionId DestinationId*:s1..100~DestinationId S3DestinationUpdate:S3DestinationUpdate ExtendedS3DestinationUpdate:ExtendedS3DestinationUpdate RedshiftDestinationUpdate:RedshiftDestinationUpdate ElasticsearchDestinationUpdate:ElasticsearchDestinationUpdate AmazonopensearchserviceDestinationUpdate:AmazonopensearchserviceDestinationUpdate SplunkDestinationUpdate:SplunkDestinationUpdate HttpEndpointDestinationUpdate:HttpEndpointDestinationUpdate AmazonOpenSearchServerlessDestinationUpdate:AmazonOpenSearchServerlessDestinationUpdate SnowflakeDestinationUpdate:SnowflakeDestinationUpdate IcebergDestinationUpdate:IcebergDestinationUpdate
FailureDescription Type*:s|VPC_ENDPOINT_SERVICE_NAME_NOT_FOUND|VPC_INTERFACE_ENDPOINT_SERVICE_ACCESS_DENIED|RETIRE_KMS_GRANT_FAILED|CREATE_KMS_GRANT_FAILED|KMS_ACCESS_DENIED|DISABLED_KMS_KEY|INVALID_KMS_KEY|KMS_KEY_NOT_FOUND|KMS_OPT_IN_REQUIRED|CREATE_ENI_FAILED|DELETE_ENI_FAILED|SUBNET_NOT_FOUND|SECURITY_GROUP_NOT_FOUND|ENI_ACCESS_DENIED|SUBNET_ACCESS_DENIED|SECURITY_GROUP_ACCESS_DENIED|UNKNOWN_ERROR Details*:s1..1024~NotBlank
DeliveryStreamEncryptionConfiguration KeyARN:s1..512~KeyARN KeyType:s|AWS_OWNED_CMK|CUSTOMER_MANAGED_CMK Status:s|ENABLED|ENABLING|ENABLING_FAILED|DISABLED|DISABLING|DISABLING_FAILED FailureDescription:FailureDescription
DirectPutSourceDescription ThroughputHintInMBs:i1..100
KinesisStreamSourceDescription KinesisStreamARN:s1..512~StreamARN RoleARN:s1..512~RoleARN DeliveryStartTimestamp:t
MSKSourceDescription MSKClusterARN:s1..512~ARN TopicName:s1..255~Topic AuthenticationConfiguration:AuthenticationConfiguration DeliveryStartTimestamp:t ReadFromTimestamp:t
DatabaseSnapshotInfo Id*:s1..1024~NoSpace Table*:s1..129 RequestTimestamp*:t RequestedBy*:s|USER|FIREHOSE Status*:s|IN_PROGRESS|COMPLETE|SUSPENDED FailureDescription:FailureDescription
DatabaseSourceDescription Type:s|MySQL|PostgreSQL Endpoint:s1..255~NotBlank Port:i0..65535 SSLMode:s|Disabled|Enabled Databases:DatabaseList Tables:DatabaseTableList Columns:DatabaseColumnList SurrogateKeys:[s1..194] SnapshotWatermarkTable:s1..129 SnapshotInfo:[DatabaseSnapshotInfo] DatabaseSourceAuthenticationConfiguration:DatabaseSourceAuthenticationConfiguration DatabaseSourceVPCConfiguration:DatabaseSourceVPCConfiguration
SourceDescription DirectPutSourceDescription:DirectPutSourceDescription KinesisStreamSourceDescription:KinesisStreamSourceDescription MSKSourceDescription:MSKSourceDescription DatabaseSourceDescription:DatabaseSourceDescription
S3DestinationDescription RoleARN*:s1..512~RoleARN BucketARN*:s1..2048~BucketARN Prefix:s0..1024 ErrorOutputPrefix:s0..1024 BufferingHints*:BufferingHints CompressionFormat*:s|UNCOMPRESSED|GZIP|ZIP|Snappy|HADOOP_SNAPPY EncryptionConfiguration*:EncryptionConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions
ExtendedS3DestinationDescription RoleARN*:s1..512~RoleARN BucketARN*:s1..2048~BucketARN Prefix:s0..1024 ErrorOutputPrefix:s0..1024 BufferingHints*:BufferingHints CompressionFormat*:s|UNCOMPRESSED|GZIP|ZIP|Snappy|HADOOP_SNAPPY EncryptionConfiguration*:EncryptionConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions ProcessingConfiguration:ProcessingConfiguration S3BackupMode:s|Disabled|Enabled S3BackupDescription:S3DestinationDescription DataFormatConversionConfiguration:DataFormatConversionConfiguration DynamicPartitioningConfiguration:DynamicPartitioningConfiguration FileExtension:s0..128~FileExtension CustomTimeZone:s0..50~TimeZone
RedshiftDestinationDescription RoleARN*:s1..512~RoleARN ClusterJDBCURL*:s1..512~JDBC CopyCommand*:CopyCommand Username:s1..512 RetryOptions:RedshiftRetryOptions S3DestinationDescription*:S3DestinationDescription ProcessingConfiguration:ProcessingConfiguration S3BackupMode:s|Disabled|Enabled S3BackupDescription:S3DestinationDescription CloudWatchLoggingOptions:CloudWatchLoggingOptions SecretsManagerConfiguration:SecretsManagerConfiguration
VpcConfigurationDescription SubnetIds*:[s1..1024~NoSpace]1..16 RoleARN*:s1..512~RoleARN SecurityGroupIds*:[s1..1024~NoSpace]1..5 VpcId*:s1..1024~NoSpace
ElasticsearchDestinationDescription RoleARN:s1..512~RoleARN DomainARN:s1..512~DomainARN ClusterEndpoint:s1..512~Https IndexName:s1..80 TypeName:s0..100 IndexRotationPeriod:s|NoRotation|OneHour|OneDay|OneWeek|OneMonth BufferingHints:ElasticsearchBufferingHints RetryOptions:ElasticsearchRetryOptions S3BackupMode:s|FailedDocumentsOnly|AllDocuments S3DestinationDescription:S3DestinationDescription ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions VpcConfigurationDescription:VpcConfigurationDescription DocumentIdOptions:DocumentIdOptions
AmazonopensearchserviceDestinationDescription RoleARN:s1..512~RoleARN DomainARN:s1..512~DomainARN ClusterEndpoint:s1..512~Https IndexName:s1..80 TypeName:s0..100 IndexRotationPeriod:s|NoRotation|OneHour|OneDay|OneWeek|OneMonth BufferingHints:AmazonopensearchserviceBufferingHints RetryOptions:AmazonopensearchserviceRetryOptions S3BackupMode:s|FailedDocumentsOnly|AllDocuments S3DestinationDescription:S3DestinationDescription ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions VpcConfigurationDescription:VpcConfigurationDescription DocumentIdOptions:DocumentIdOptions
SplunkDestinationDescription HECEndpoint:s0..2048 HECEndpointType:s|Raw|Event HECToken:s0..2048 HECAcknowledgmentTimeoutInSeconds:i180..600 RetryOptions:SplunkRetryOptions S3BackupMode:s|FailedEventsOnly|AllEvents S3DestinationDescription:S3DestinationDescription ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions BufferingHints:SplunkBufferingHints SecretsManagerConfiguration:SecretsManagerConfiguration
HttpEndpointDescription Url:s1..1000~HttpsURL Name:s1..256~NotBlank
HttpEndpointDestinationDescription EndpointConfiguration:HttpEndpointDescription BufferingHints:HttpEndpointBufferingHints CloudWatchLoggingOptions:CloudWatchLoggingOptions RequestConfiguration:HttpEndpointRequestConfiguration ProcessingConfiguration:ProcessingConfiguration RoleARN:s1..512~RoleARN RetryOptions:HttpEndpointRetryOptions S3BackupMode:s|FailedDataOnly|AllData S3DestinationDescription:S3DestinationDescription SecretsManagerConfiguration:SecretsManagerConfiguration
SnowflakeDestinationDescription AccountUrl:s24..2048~Snowflake User:s1..255 Database:s1..255 Schema:s1..255 Table:s1..255 SnowflakeRoleConfiguration:SnowflakeRoleConfiguration DataLoadingOption:s|JSON_MAPPING|VARIANT_CONTENT_MAPPING|VARIANT_CONTENT_AND_METADATA_MAPPING MetaDataColumnName:s1..255 ContentColumnName:s1..255 SnowflakeVpcConfiguration:SnowflakeVpcConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions ProcessingConfiguration:ProcessingConfiguration RoleARN:s1..512~RoleARN RetryOptions:SnowflakeRetryOptions S3BackupMode:s|FailedDataOnly|AllData S3DestinationDescription:S3DestinationDescription SecretsManagerConfiguration:SecretsManagerConfiguration BufferingHints:SnowflakeBufferingHints
AmazonOpenSearchServerlessDestinationDescription RoleARN:s1..512~RoleARN CollectionEndpoint:s1..512~Https IndexName:s1..80 BufferingHints:AmazonOpenSearchServerlessBufferingHints RetryOptions:AmazonOpenSearchServerlessRetryOptions S3BackupMode:s|FailedDocumentsOnly|AllDocuments S3DestinationDescription:S3DestinationDescription ProcessingConfiguration:ProcessingConfiguration CloudWatchLoggingOptions:CloudWatchLoggingOptions VpcConfigurationDescription:VpcConfigurationDescription
IcebergDestinationDescription DestinationTableConfigurationList:[DestinationTableConfiguration] SchemaEvolutionConfiguration:SchemaEvolutionConfiguration TableCreationConfiguration:TableCreationConfiguration BufferingHints:BufferingHints CloudWatchLoggingOptions:CloudWatchLoggingOptions ProcessingConfiguration:ProcessingConfiguration S3BackupMode:s|FailedDataOnly|AllData RetryOptions:RetryOptions RoleARN:s1..512~RoleARN AppendOnly:b CatalogConfiguration:CatalogConfiguration S3DestinationDescription:S3DestinationDescription
DestinationDescription DestinationId*:s1..100~DestinationId S3DestinationDescription:S3DestinationDescription ExtendedS3DestinationDescription:ExtendedS3DestinationDescription RedshiftDestinationDescription:RedshiftDestinationDescription ElasticsearchDestinationDescription:ElasticsearchDestinationDescription AmazonopensearchserviceDestinationDescription:AmazonopensearchserviceDestinationDescription SplunkDestinationDescription:SplunkDestinationDescription HttpEndpointDestinationDescription:HttpEndpointDestinationDescription SnowflakeDestinationDescription:SnowflakeDestinationDescription AmazonOpenSearchServerlessDestinationDescription:AmazonOpenSearchServerlessDestinationDescription IcebergDestinationDescription:IcebergDestinationDescription
DeliveryStreamDescription DeliveryStreamName*:s1..64~DeliveryStreamName DeliveryStreamARN*:s1..512 DeliveryStreamStatus*:s|CREATING|CREATING_FAILED|DELETING|DELETING_FAILED|ACTIVE FailureDescription:FailureDescription DeliveryStreamEncryptionConfiguration:DeliveryStreamEncryptionConfiguration DeliveryStreamType*:s|DirectPut|KinesisStreamAsSource|MSKAsSource|DatabaseAsSource VersionId*:s1..50~VersionId CreateTimestamp:t LastUpdateTimestamp:t Source:SourceDescription Destinations*:[DestinationDescription] HasMoreDestinations*:b
DescribeDeliveryStreamOutput DeliveryStreamDescription*:DeliveryStreamDescription
`

// membersOf is a structure's line without its name, a member after each blank.
func membersOf(structure string) string {
	_, rest, ok := strings.Cut(structures, "\n"+structure+" ")
	if !ok {
		panic("firehose: there is no structure " + structure)
	}
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

// hasMember says whether a structure has a member of that name.
func hasMember(structure, member string) bool {
	line := " " + membersOf(structure)
	return strings.Contains(line, " "+member+":") || strings.Contains(line, " "+member+"*:")
}

// types makes Go types of structures, each once, with the tags that package aws reads.
type types map[string]reflect.Type

func (m types) structure(name string) reflect.Type {
	if t, ok := m[name]; ok {
		return t
	}
	var fields []reflect.StructField
	for word := range strings.FieldsSeq(membersOf(name)) {
		member, holds, _ := strings.Cut(word, ":")
		member, required := strings.CutSuffix(member, "*")
		t, tag := m.read(holds)
		if required {
			tag = append(tag, "required")
		}
		fields = append(fields, reflect.StructField{Name: member, Type: t, Tag: reflect.StructTag(`json:",omitempty" aws:"` + strings.Join(tag, ",") + `"`)})
	}
	m[name] = reflect.StructOf(fields)
	return m[name]
}

// read is the type of what a member holds, and its constraints.
func (m types) read(holds string) (t reflect.Type, tag []string) {
	bounds := func(word, text string) {
		if text != "" {
			tag = append(tag, word+"="+text)
		}
	}
	switch rest := holds[1:]; holds[0] {
	case 's':
		rest, values, fixed := strings.Cut(rest, "|")
		length, pattern, matched := strings.Cut(rest, "~")
		bounds("len", length)
		if matched {
			bounds("pattern", "firehose/"+pattern)
		}
		if fixed {
			bounds("enum", "|"+values)
		}
		return reflect.TypeFor[*string](), tag
	case 'i':
		bounds("val", rest)
		return reflect.TypeFor[*int64](), tag
	case 'b':
		return reflect.TypeFor[*bool](), nil
	case 'd':
		return reflect.TypeFor[*float64](), nil
	case 't':
		return reflect.TypeFor[*aws.Timestamp](), nil
	case '<':
		return reflect.TypeFor[map[string]string](), nil
	case '[':
		inner, items, _ := strings.Cut(rest, "]")
		t, tag = m.read(inner)
		bounds("items", items)
		return reflect.SliceOf(t.Elem()), tag
	}
	return reflect.PointerTo(m.structure(holds)), nil
}

// A Doc is a structure of the API by the names of its members, as JSON has them. It never changes once it is made, so copies of
// the world share it.
type Doc map[string]any

// docOf makes a Doc of a request that was decoded and checked.
func docOf(in any) Doc {
	body, err := aws.Encode(in)
	if err != nil {
		panic("firehose: a request does not encode: " + err.Error())
	}
	var d Doc
	if err := json.Unmarshal(body, &d); err != nil {
		panic("firehose: a request does not decode: " + err.Error())
	}
	return d
}

// at finds a member by its path, "BufferingHints.SizeInMBs"; nil when it is absent.
func (d Doc) at(path string) any {
	for {
		name, rest, deeper := strings.Cut(path, ".")
		v, ok := d[name]
		if !deeper || !ok {
			return v
		}
		d, path = asDoc(v), rest
	}
}

func asDoc(v any) Doc {
	switch v := v.(type) {
	case Doc:
		return v
	case map[string]any:
		return v
	}
	return nil
}

// Has says whether a member is there.
func (d Doc) Has(path string) bool { return d.at(path) != nil }

// Text is a string; "" when it is absent.
func (d Doc) Text(path string) string {
	s, _ := d.at(path).(string)
	return s
}

// True is a boolean; false when it is absent.
func (d Doc) True(path string) bool {
	b, _ := d.at(path).(bool)
	return b
}

// Int is a whole number, or what it is when it is absent.
func (d Doc) Int(path string, absent int64) int64 {
	if n, ok := d.at(path).(float64); ok {
		return int64(n)
	}
	return absent
}

// Doc is a structure inside; nil, which has no members, when it is absent.
func (d Doc) Doc(path string) Doc { return asDoc(d.at(path)) }

// Docs is a list of structures.
func (d Doc) Docs(path string) []Doc {
	list, _ := d.at(path).([]any)
	all := make([]Doc, len(list))
	for i, v := range list {
		all[i] = asDoc(v)
	}
	return all
}

// Texts is a list of strings.
func (d Doc) Texts(path string) []string {
	list, _ := d.at(path).([]any)
	all := make([]string, len(list))
	for i, v := range list {
		all[i], _ = v.(string)
	}
	return all
}

// with is the structure with another value of a member; nil takes the member away.
func (d Doc) with(name string, v any) Doc {
	c := make(Doc, len(d)+1)
	for k, x := range d {
		c[k] = x
	}
	if c[name] = v; v == nil {
		delete(c, name)
	}
	return c
}

// JSON is the structure as text, its members by name.
func (d Doc) JSON() string {
	b, err := aws.Encode(d)
	if err != nil {
		panic("firehose: a structure does not encode: " + err.Error())
	}
	return string(b)
}

// Configurable says whether a path like "BufferingHints.SizeInMBs" or "ProcessingConfiguration.Processors.0.Type" names a member of
// the configuration of some destination.
func Configurable(path string) bool {
	for i := range kinds {
		if names(kinds[i].configuration(), path) {
			return true
		}
	}
	return false
}

func names(structure, path string) bool {
	name, rest, more := strings.Cut(path, ".")
	for m := range strings.FieldsSeq(membersOf(structure)) {
		n, typ, _ := strings.Cut(m, ":")
		if strings.TrimSuffix(n, "*") != name {
			continue
		}
		if item, list := strings.CutPrefix(typ, "["); list {
			typ, _, _ = strings.Cut(item, "]")
			if more {
				_, rest, more = strings.Cut(rest, ".")
			}
		}
		return !more || strings.Contains(structures, "\n"+typ+" ") && names(typ, rest)
	}
	return false
}
