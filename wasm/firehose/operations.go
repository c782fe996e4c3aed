package firehose

import (
	"reflect"
	"strings"
	"sync"

	"shardlab/wasm/aws"
)

// table lists the operations by name. It never changes; it is made when somebody first asks for it, because the types of its
// structures take some milliseconds.
var table = sync.OnceValue(makeTable)

func makeTable() aws.Table {
	m := types{}
	row := func(name, help string, do any) aws.Row { return aws.Op("firehose", name, help, memberHelp, do) }
	of := func(name, help string, do any, in, out reflect.Type) aws.Row {
		return aws.OpOf("firehose", name, help, memberHelp, do, in, out)
	}
	return aws.Table{
		of("CreateDeliveryStream", "Makes a Firehose stream with a destination; it is CREATING at first.", (*Service).CreateDeliveryStream, m.structure("CreateDeliveryStreamInput"), reflect.TypeFor[CreateDeliveryStreamOutput]()),
		row("DeleteDeliveryStream", "Deletes a Firehose stream; what it has not delivered is lost.", (*Service).DeleteDeliveryStream),
		of("DescribeDeliveryStream", "Tells what a Firehose stream is, with its VersionId.", (*Service).DescribeDeliveryStream, reflect.TypeFor[DescribeDeliveryStreamInput](), m.structure("DescribeDeliveryStreamOutput")),
		row("ListDeliveryStreams", "Lists the Firehose streams of the account by name.", (*Service).ListDeliveryStreams),
		row("ListTagsForDeliveryStream", "Lists the tags of a Firehose stream.", (*Service).ListTagsForDeliveryStream),
		row("PutRecord", "Puts one record into a Firehose stream.", (*Service).PutRecord),
		row("PutRecordBatch", "Puts up to 500 records and 4 MiB; each is taken or refused by itself.", (*Service).PutRecordBatch),
		row("StartDeliveryStreamEncryption", "Encrypts at rest what a Firehose stream keeps, or goes over to another key.", (*Service).StartDeliveryStreamEncryption),
		row("StopDeliveryStreamEncryption", "Ends encryption at rest.", (*Service).StopDeliveryStreamEncryption),
		row("TagDeliveryStream", "Gives a Firehose stream tags, or new values to the tags it has.", (*Service).TagDeliveryStream),
		row("UntagDeliveryStream", "Takes tags off a Firehose stream.", (*Service).UntagDeliveryStream),
		of("UpdateDestination", "Changes the destination of a Firehose stream; needs its current VersionId.", (*Service).UpdateDestination, m.structure("UpdateDestinationInput"), nil),
	}
}

// Operations lists the operations by name.
func Operations() []aws.Operation { return table().Operations() }

// Decode reads one operation as it comes over the wire: it decodes the body and checks types and constraints. The error is an
// *aws.Error.
func Decode(name string, body []byte) (aws.Request, error) { return table().Decode(name, body) }

// memberHelp says a line about a member by its path.
func memberHelp(path string) string {
	last := path[strings.LastIndexByte(path, '.')+1:]
	if strings.HasSuffix(last, "DestinationConfiguration") || strings.HasSuffix(last, "DestinationUpdate") {
		for i := range kinds {
			if strings.HasPrefix(last, kinds[i].name+"Destination") {
				return "Delivers to " + kinds[i].service + "."
			}
		}
	}
	return helps[last]
}

// helps are a line about members, wherever they stand.
var helps = map[string]string{
	"DeliveryStreamName":                         "The Firehose stream's name.",
	"DeliveryStreamType":                         "Whether records are put to it, or read from a stream.",
	"KinesisStreamSourceConfiguration":           "The stream to read from, from its newest record on, and the role to read it with.",
	"DirectPutSourceConfiguration":               "A hint about the throughput; for information only.",
	"DeliveryStreamEncryptionConfigurationInput": "The key to encrypt with at rest.",
	"CurrentDeliveryStreamVersionId":             "The VersionId that describe-delivery-stream tells: so nobody's change is lost.",
	"DestinationId":                              "destinationId-000000000001.",
	"Tags":                                       "Tags to give it.",
	"TagKeys":                                    "Keys of the tags to take off.",
	"Record":                                     "The record: Data, up to 1,000 KiB.",
	"Records":                                    "Up to 500 records, 4 MiB in all.",
	"Data":                                       "The record's data.",
	"Limit":                                      "At most so many.",
	"RoleARN":                                    "The role that Firehose acts as.",
	"BucketARN":                                  "arn:aws:s3:::bucket.",
	"Prefix":                                     "What keys of objects begin with; may hold expressions like !{timestamp:yyyy/MM/dd}.",
	"ErrorOutputPrefix":                          "The same for records that failed; with !{firehose:error-output-type}.",
	"BufferingHints":                             "Deliver when so many MiB, or the first record so many seconds, wait: whichever comes first.",
	"SizeInMBs":                                  "MiB at which a buffer is delivered.",
	"IntervalInSeconds":                          "Seconds after which it is, at the latest.",
	"CompressionFormat":                          "How objects are compressed.",
	"ProcessingConfiguration":                    "What records go through before they are buffered.",
	"S3BackupMode":                               "What is kept in the backup bucket.",
	"S3BackupConfiguration":                      "The bucket for source records.",
	"S3Configuration":                            "The bucket for what the destination does not take, or that it is loaded from.",
	"DynamicPartitioningConfiguration":           "Whether objects are divided by keys of the records.",
	"DataFormatConversionConfiguration":          "JSON to Parquet or ORC, by a table of Glue.",
	"FileExtension":                              "What keys of objects end with: .json.",
	"CustomTimeZone":                             "Zone of the times in prefixes: Europe/Berlin.",
	"RetryOptions":                               "How long a delivery is tried again.",
	"AllowForceDelete":                           "Delete it even when its KMS grant cannot be retired.",
	"ExclusiveStartDeliveryStreamName":           "Begin behind this name.",
	"ExclusiveStartTagKey":                       "Begin behind this key.",
	"ExclusiveStartDestinationId":                "Begin behind this destination.",
	"KeyARN":                                     "ARN of a key of KMS; of CUSTOMER_MANAGED_CMK.",
	"KeyType":                                    "A key of the service's own, or of the account.",
}
