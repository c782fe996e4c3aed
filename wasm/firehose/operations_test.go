package firehose

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kms"
)

// s3config is a configuration of S3 with more members.
func s3config(more string) string {
	return `{` + role + `,"BucketARN":"arn:aws:s3:::lake"` + more + `}`
}

// TestCreateRefuses holds each rule of a new Firehose stream to its code and words.
func TestCreateRefuses(t *testing.T) {
	w := newWorld(t)
	w.create("there", "")
	s3 := func(more string) string { return `"ExtendedS3DestinationConfiguration":` + s3config(more) }
	for _, x := range []struct{ members, code, words string }{
		{`"DeliveryStreamName":"a b",` + s3(""), aws.Validation, `Value 'a b' at 'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`},
		{`"DeliveryStreamName":"` + strings.Repeat("x", 65) + `",` + s3(""), aws.Validation, "Member must have length less than or equal to 64"},
		{`"DeliveryStreamName":7,` + s3(""), aws.Serialization, "can not be converted to"},
		{s3(""), aws.Validation, "Value null at 'deliveryStreamName' failed to satisfy constraint: Member must not be null"},
		{`"DeliveryStreamName":"there",` + s3(""), aws.ResourceInUse, "Firehose there under accountId 123456789012 already exists"},
		{`"DeliveryStreamName":"x"`, aws.InvalidArgument, "Exactly one destination configuration is supported for a Firehose"},
		{`"DeliveryStreamName":"x","S3DestinationConfiguration":` + s3config("") + `,` + s3(""), aws.InvalidArgument, "Exactly one destination"},
		{`"DeliveryStreamName":"x","ExtendedS3DestinationConfiguration":{"BucketARN":"arn:aws:s3:::lake"}`, aws.Validation, "Value null at 'extendedS3DestinationConfiguration.roleARN'"},
		{`"DeliveryStreamName":"x","ExtendedS3DestinationConfiguration":{` + strings.Replace(role, "firehose_delivery_role", "nobody", 1) + `,"BucketARN":"arn:aws:s3:::lake"}`, aws.InvalidArgument, "Firehose is unable to assume role arn:aws:iam::123456789012:role/nobody."},
		{`"DeliveryStreamName":"x",` + s3(`,"BufferingHints":{"SizeInMBs":0,"IntervalInSeconds":901}`), aws.Validation, "2 validation errors detected: Value '0' at 'extendedS3DestinationConfiguration.bufferingHints.sizeInMBs'"},
		{`"DeliveryStreamName":"x",` + s3(`,"BufferingHints":{"SizeInMBs":5}`), aws.InvalidArgument, "Both SizeInMBs and IntervalInSeconds"},
		{`"DeliveryStreamName":"x",` + s3(`,"CompressionFormat":"LZ4"`), aws.Validation, "Member must satisfy enum value set: [UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY]"},
		{`"DeliveryStreamName":"x",` + s3(`,"FileExtension":"json"`), aws.Validation, "fileExtension"},
		{`"DeliveryStreamName":"x",` + s3(`,"CustomTimeZone":"Mars/Base"`), aws.InvalidArgument, "CustomTimeZone Mars/Base is not supported."},
		{`"DeliveryStreamName":"x",` + s3(`,"S3BackupMode":"Enabled"`), aws.InvalidArgument, "S3BackupConfiguration must be specified when S3BackupMode is Enabled."},
		{`"DeliveryStreamName":"x",` + s3(`,"S3BackupMode":"Enabled","S3BackupConfiguration":`+s3config(`,"BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":0}`)), aws.InvalidArgument, "S3BackupConfiguration.BufferingHints.IntervalInSeconds must be at least 60."},
		{`"DeliveryStreamName":"x",` + s3(`,"Prefix":"c=!{partitionKeyFromQuery:c}/","ErrorOutputPrefix":"bad/","BufferingHints":{"SizeInMBs":32,"IntervalInSeconds":60},"DynamicPartitioningConfiguration":{"Enabled":true},"ProcessingConfiguration":{"Enabled":true,"Processors":[{"Type":"MetadataExtraction","Parameters":[{"ParameterName":"MetadataExtractionQuery","ParameterValue":"{c:.c}"},{"ParameterName":"JsonParsingEngine","ParameterValue":"JQ-1.6"}]}]}`), aws.InvalidArgument, "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled."},
		{`"DeliveryStreamName":"x","DeliveryStreamType":"KinesisStreamAsSource",` + s3(""), aws.InvalidArgument, "KinesisStreamSourceConfiguration must be specified"},
		{`"DeliveryStreamName":"x","KinesisStreamSourceConfiguration":{"KinesisStreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips",` + role + `},` + s3(""), aws.InvalidArgument, "KinesisStreamSourceConfiguration is not supported for DeliveryStreamType DirectPut."},
		{`"DeliveryStreamName":"x","DeliveryStreamType":"MSKAsSource","MSKSourceConfiguration":{"MSKClusterARN":"arn:aws:kafka:x","TopicName":"t","AuthenticationConfiguration":{` + role + `,"Connectivity":"PUBLIC"}},` + s3(""), aws.InvalidArgument, "DeliveryStreamType MSKAsSource is not available in this lab."},
		{`"DeliveryStreamName":"x","DeliveryStreamEncryptionConfigurationInput":{"KeyType":"CUSTOMER_MANAGED_CMK"},` + s3(""), aws.InvalidArgument, "KeyARN must be specified for KeyType CUSTOMER_MANAGED_CMK."},
		{`"DeliveryStreamName":"x","DeliveryStreamEncryptionConfigurationInput":{"KeyType":"CUSTOMER_MANAGED_CMK","KeyARN":"arn:aws:kms:us-east-1:123456789012:alias/a"},` + s3(""), aws.Validation, "keyARN"},
	} {
		w.after(time.Second)
		w.refused("CreateDeliveryStream", "{"+x.members+"}", x.code, x.words)
	}
	for i := range maxStreams - 1 {
		w.after(time.Second)
		w.must("CreateDeliveryStream", fmt.Sprintf(`{"DeliveryStreamName":"s%d",%s}`, i, s3("")))
	}
	w.after(time.Second)
	w.refused("CreateDeliveryStream", `{"DeliveryStreamName":"more",`+s3("")+`}`, aws.LimitExceeded, "You have already consumed your firehose quota")
}

// TestControlRate holds that a control operation is answered five times a second.
func TestControlRate(t *testing.T) {
	w := newWorld(t)
	for range controlRate {
		w.must("ListDeliveryStreams", `{}`)
	}
	w.refused("ListDeliveryStreams", `{}`, aws.Throttling, "Please slow down. Max limit of 5 RPS has breached for ListDeliveryStreams")
	w.refused("DescribeDeliveryStream", `{"DeliveryStreamName":"x"}`, aws.ResourceNotFound, "Firehose x under account 123456789012 not found.")
	w.after(time.Second)
	w.must("ListDeliveryStreams", `{}`)
}

// TestListsPage holds the pages of names and of tags.
func TestListsPage(t *testing.T) {
	w := newWorld(t)
	for i := range 12 {
		w.create(fmt.Sprintf("s%02d", i), "")
	}
	one := w.must("ListDeliveryStreams", `{}`)
	if n := len(one["DeliveryStreamNames"].([]any)); n != 10 || one["HasMoreDeliveryStreams"] != true {
		t.Errorf("%v", one)
	}
	two := w.must("ListDeliveryStreams", `{"ExclusiveStartDeliveryStreamName":"s09","Limit":5}`)
	if got := fmt.Sprint(two["DeliveryStreamNames"]); got != "[s10 s11]" || two["HasMoreDeliveryStreams"] != false {
		t.Errorf("%v", two)
	}
	tags := make([]string, 50)
	for i := range tags {
		tags[i] = fmt.Sprintf(`{"Key":"k%02d"}`, i)
	}
	w.must("TagDeliveryStream", `{"DeliveryStreamName":"s00","Tags":[`+strings.Join(tags, ",")+`]}`)
	w.refused("TagDeliveryStream", `{"DeliveryStreamName":"s00","Tags":[{"Key":"one-more"}]}`, aws.LimitExceeded, "at most 50 tags")
	w.refused("TagDeliveryStream", `{"DeliveryStreamName":"s00","Tags":[{"Key":"aws:x"}]}`, aws.Validation, "tags.1.member.key")
	list := w.must("ListTagsForDeliveryStream", `{"DeliveryStreamName":"s00","ExclusiveStartTagKey":"k46","Limit":2}`)
	if len(list["Tags"].([]any)) != 2 || list["HasMoreTags"] != true {
		t.Errorf("%v", list)
	}
}

// TestUpdateMerges holds that an update lays what it gives over what there is, that another kind of destination is given whole, and
// what cannot be changed.
func TestUpdateMerges(t *testing.T) {
	w := newWorld(t)
	st := w.create("trips", hints1and60+`,"CompressionFormat":"GZIP","S3BackupMode":"Enabled","S3BackupConfiguration":`+s3config(`,"Prefix":"source/"`))
	update := func(version int64, member string) string {
		return fmt.Sprintf(`{"DeliveryStreamName":"trips","DestinationId":"destinationId-000000000001","CurrentDeliveryStreamVersionId":"%d",%s}`, version, member)
	}
	w.must("UpdateDestination", update(1, `"ExtendedS3DestinationUpdate":{"Prefix":"p/","S3BackupUpdate":{"CompressionFormat":"ZIP"}}`))
	c := st.Config()
	if st.Version() != 2 || c.Text("Prefix") != "p/" || c.Text("CompressionFormat") != "GZIP" || c.Text("S3BackupConfiguration.Prefix") != "source/" || c.Text("S3BackupConfiguration.CompressionFormat") != "ZIP" || c.Int("BufferingHints.SizeInMBs", 0) != 1 {
		t.Errorf("version %d: %s", st.Version(), c.JSON())
	}
	w.refused("UpdateDestination", update(1, `"ExtendedS3DestinationUpdate":{}`), ConcurrentModification, "Cannot update firehose: trips since the current version id: 2 and specified version id: 1 do not match")
	w.refused("UpdateDestination", strings.Replace(update(2, `"ExtendedS3DestinationUpdate":{}`), "000001", "000002", 1), aws.InvalidArgument, "not found")
	w.after(time.Second)
	w.refused("UpdateDestination", update(2, `"ExtendedS3DestinationUpdate":{"S3BackupMode":"Disabled"}`), aws.InvalidArgument, "S3BackupMode cannot be changed from Enabled to Disabled.")
	w.refused("UpdateDestination", update(2, `"ExtendedS3DestinationUpdate":{"DynamicPartitioningConfiguration":{"Enabled":true}}`), aws.InvalidArgument, "Dynamic Partitioning cannot be enabled on an existing delivery stream.")
	w.refused("UpdateDestination", update(2, `"SplunkDestinationUpdate":{"HECEndpoint":"https://x"}`), aws.InvalidArgument, "must be specified when the destination changes to another one.")
	w.refused("UpdateDestination", update(2, `"AmazonopensearchserviceDestinationUpdate":{"IndexName":"x"}`), aws.InvalidArgument, "Switching between Amazon OpenSearch Service and other services is not supported.")
	if st.Version() != 2 {
		t.Errorf("refused updates made version %d", st.Version())
	}
	w.put("trips", 1, 10)
	w.after(2 * time.Minute)
	if keys := strings.Join(w.objects("lake"), " "); !strings.Contains(keys, "p/2026/11/22/10/trips-2-") {
		t.Errorf("objects %s", keys)
	}
}

// TestEncryption holds the changes of encryption at rest, and what a key that may not be used does.
func TestEncryption(t *testing.T) {
	w := newWorld(t)
	st := w.create("trips", hints1and60)
	const key = `"DeliveryStreamEncryptionConfigurationInput":{"KeyType":"CUSTOMER_MANAGED_CMK","KeyARN":"arn:aws:kms:us-east-1:123456789012:key/1"}`
	w.must("StartDeliveryStreamEncryption", `{"DeliveryStreamName":"trips",`+key+`}`)
	w.refused("StartDeliveryStreamEncryption", `{"DeliveryStreamName":"trips"}`, aws.ResourceInUse, "ENABLING")
	w.after(encryptTakes)
	out := w.must("PutRecord", `{"DeliveryStreamName":"trips","Record":{"Data":"eA=="}}`)
	if out["Encrypted"] != true {
		t.Errorf("%v", out)
	}
	w.keys.err = aws.Errorf(kms.Disabled, "the key is disabled")
	w.refused("PutRecord", `{"DeliveryStreamName":"trips","Record":{"Data":"eA=="}}`, InvalidKMSResource, "DisabledException")
	w.after(10 * time.Minute)
	if got := st.Total(); got.Delivered != 0 || got.Retries == 0 {
		t.Errorf("with a key that is disabled: %+v", got)
	}
	w.keys.err = nil
	w.after(3 * time.Minute)
	if got := st.Total(); got.Delivered != 1 {
		t.Errorf("with the key enabled again: %+v", got)
	}
	w.must("StopDeliveryStreamEncryption", `{"DeliveryStreamName":"trips"}`)
	w.after(encryptTakes)
	if out = w.must("PutRecord", `{"DeliveryStreamName":"trips","Record":{"Data":"eA=="}}`); out["Encrypted"] != false {
		t.Errorf("%v", out)
	}
	for range maxEncryptions - 1 {
		w.must("StartDeliveryStreamEncryption", `{"DeliveryStreamName":"trips"}`)
		w.after(encryptTakes)
	}
	w.refused("StartDeliveryStreamEncryption", `{"DeliveryStreamName":"trips"}`, aws.LimitExceeded, "at most 25 times in 24 hours")
}

// TestPutRefuses holds what PutRecord and PutRecordBatch do not take.
func TestPutRefuses(t *testing.T) {
	w := newWorld(t)
	w.create("trips", "")
	w.refused("PutRecord", `{"DeliveryStreamName":"none","Record":{"Data":""}}`, aws.ResourceNotFound, "Firehose none under account 123456789012 not found.")
	w.refused("PutRecord", `{"DeliveryStreamName":"trips","Record":{}}`, aws.Validation, "Value null at 'record.data'")
	w.refused("PutRecordBatch", `{"DeliveryStreamName":"trips","Records":[]}`, aws.Validation, "Member must have length greater than or equal to 1")
	w.refused("PutRecordBatch", `{"DeliveryStreamName":"trips","Records":[`+strings.Repeat(`{"Data":""},`, 500)+`{"Data":""}]}`, aws.Validation, "Member must have length less than or equal to 500")
	large := strings.Repeat("YWFh", 1_024_000/3+1)
	w.refused("PutRecord", `{"DeliveryStreamName":"trips","Record":{"Data":"`+large+`"}}`, aws.Validation, "Member must have length less than or equal to 1024000")
	fits := `{"Data":"` + strings.Repeat("YWFh", 1_000_000/3) + `"}`
	w.refused("PutRecordBatch", `{"DeliveryStreamName":"trips","Records":[`+strings.Repeat(fits+",", 4)+fits+`]}`, aws.InvalidArgument, "Records size exceeds 4 MB limit")
	if out := w.must("PutRecord", `{"DeliveryStreamName":"trips","Record":{"Data":""}}`); out["RecordId"] == "" {
		t.Errorf("an empty record: %v", out)
	}
}
