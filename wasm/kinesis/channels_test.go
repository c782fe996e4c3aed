package kinesis

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
)

// demand makes an ACTIVE on-demand stream.
func (w *world) demand(name string) *Stream {
	w.t.Helper()
	w.must(w.CreateStream(&CreateStreamInput{StreamName: &name}))
	w.wait(w.Limits().CreateDelay)
	st, _ := w.Stream(name)
	return st
}

// toBucket is a request of CreateChannel with a bucket as destination; more goes into the request.
func toBucket(name, stream, more string) string {
	return `{"ChannelName":"` + name + `","ServiceExecutionRoleARN":"arn:aws:iam::123456789012:role/writer","StreamConfigurationList":[{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/` +
		stream + `","RecordConfiguration":{"RecordFormatType":"JSON"}}],"S3DestinationConfiguration":{"StorageConfiguration":{"BucketARN":"arn:aws:s3:::lake",` +
		`"ExpectedBucketOwner":"123456789012","CompressionType":"GZIP"}}` + more + `}`
}

// toTable is one with a streaming table.
func toTable(name, stream string) string {
	return `{"ChannelName":"` + name + `","ServiceExecutionRoleARN":"arn:aws:iam::123456789012:role/writer","StreamConfigurationList":[{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/` +
		stream + `","RecordConfiguration":{"RecordFormatType":"GSR_JSON","GSRSchemaARN":"arn:aws:glue:us-east-1:123456789012:schema/lab/trip"}}],"S3TablesDestinationConfiguration":{` +
		`"DataFreshnessInSeconds":900,"DeadLetterQueueS3Configuration":{"BucketARN":"arn:aws:s3:::lost","ExpectedBucketOwner":"123456789012"},"S3TablesConfigurationList":[{` +
		`"TableBucketARN":"arn:aws:s3tables:us-east-1:123456789012:bucket/tables","Namespace":"lab","TableName":"trips","CompressionType":"ZSTD",` +
		`"PartitionSpec":{"PartitionFields":[{"Transform":"TIME_HOUR","SourceName":"at"}]}}]}}`
}

func TestLifeOfAChannel(t *testing.T) {
	w := newWorld(t, Limits2026())
	st := w.demand("orders")
	const arn = "arn:aws:kinesis:us-east-1:123456789012:channel/lake"
	describe := func() ChannelDescription {
		t.Helper()
		w.wait(time.Second)
		out, err := w.DescribeChannel(&ChannelInput{ptr(arn)})
		w.must(err)
		return out.ChannelDescription
	}
	out, err := w.do("CreateChannel", toBucket("lake", "orders", `,"Tags":{"team":"rack"}`))
	w.must(err)
	made := w.sched.Now()
	id := w.channels[0].ChannelId
	want := `{"ChannelDescription":{"ChannelName":"lake","ChannelARN":"` + arn + `","ChannelId":"` + id + `","ChannelStatus":"CREATING","ChannelCreationTimestamp":` + seconds(made).String() +
		`,"ServiceExecutionRoleARN":"arn:aws:iam::123456789012:role/writer","StreamConfigurationList":[{"StreamARN":"` + st.ARN() + `","StreamCreationTimestamp":1772440770,` +
		`"RecordConfiguration":{"RecordFormatType":"JSON"}}],"S3DestinationConfiguration":{"DataFreshnessInSeconds":300,"DeadLetterQueueS3Configuration":{"BucketARN":"arn:aws:s3:::lake",` +
		`"ExpectedBucketOwner":"123456789012","ErrorOutputPrefix":"errors/"},"StorageConfiguration":{"BucketARN":"arn:aws:s3:::lake","ExpectedBucketOwner":"123456789012","CompressionType":"GZIP"}},` +
		`"LoggingConfiguration":{"CloudWatchLogs":{"Enabled":false}}}}`
	if out != want {
		t.Errorf("CreateChannel answered\n %s\nwant\n %s", out, want)
	}
	w.refuses("UpdateChannel", `{"ChannelARN":"`+arn+`","S3DestinationConfiguration":{"DataFreshnessInSeconds":600}}`, aws.ResourceInUse, "Channel lake under account 123456789012 not ACTIVE, instead in state CREATING")
	run(w.Service, made.Add(10*time.Second)-1)
	if c := w.channels[0]; c.ChannelStatus != Creating {
		t.Errorf("1 µs early it is %s", c.ChannelStatus)
	}
	run(w.Service, made.Add(10*time.Second))
	if d := describe(); d.ChannelStatus != Active {
		t.Errorf("after 10 s it is %s", d.ChannelStatus)
	}
	w.says("ListTagsForResource", `{"ResourceARN":"`+arn+`"}`, `{"Tags":[{"Key":"team","Value":"rack"}]}`)
	w.says("TagResource", `{"ResourceARN":"`+arn+`","Tags":{"team":"bikes"}}`, "")
	w.says("ListTagsForResource", `{"ResourceARN":"`+arn+`"}`, `{"Tags":[{"Key":"team","Value":"bikes"}]}`)
	if got, _ := w.do("DescribeStreamSummary", `{"StreamName":"orders"}`); !strings.Contains(got, `"ChannelCount":1,`) {
		t.Errorf("summary is %s", got)
	}
	w.says("DescribeLimits", `{}`, `{"ShardLimit":200,"OpenShardCount":0,"OnDemandStreamCount":1,"OnDemandStreamCountLimit":50,"ChannelCount":1,"ChannelCountLimit":100}`)

	before := w.states()
	copied := w.Clone(w.sched.Clone(), w.meter.Clone(), nil)
	_, err = w.do("UpdateChannel", `{"ChannelARN":"`+arn+`","S3DestinationConfiguration":{"DataFreshnessInSeconds":600},"LoggingConfiguration":{"CloudWatchLogs":{"Enabled":true}}}`)
	w.must(err)
	d := describe()
	if d.ChannelStatus != Updating || *d.S3DestinationConfiguration.DataFreshnessInSeconds != 600 || *d.LoggingConfiguration.CloudWatchLogs.LogGroupName != "/aws/kinesis/lake/"+id ||
		*d.LoggingConfiguration.CloudWatchLogs.LogStreamName != "DestinationDelivery" || *d.S3DestinationConfiguration.DeadLetterQueueS3Configuration.ErrorOutputPrefix != "errors/" {
		t.Errorf("updated it is %+v", d)
	}
	var b strings.Builder
	copied.State(&b)
	copied.meter.State(&b)
	if b.String() != before {
		t.Errorf("the update changed a copy:\n%s", diff(before, b.String()))
	}
	// A stream is not deleted and keeps its mode as long as it has channels.
	w.refuses("DeleteStream", `{"StreamName":"orders"}`, aws.ResourceInUse, "DeleteStream can't be done to 123456789012:orders because there are channels associated with this data stream.")
	w.refuses("UpdateStreamMode", `{"StreamARN":"`+st.ARN()+`","StreamModeDetails":{"StreamMode":"PROVISIONED"}}`, aws.ResourceInUse, "UpdateStreamMode can't be done to 123456789012:orders because there are channels associated with this data stream.")
	// It is deleted while it is UPDATING: the end of that is not its own.
	w.must(w.DeleteChannel(&ChannelInput{ptr(arn)}))
	deleted := w.sched.Now()
	if d := describe(); d.ChannelStatus != Deleting {
		t.Errorf("deleted it is %s", d.ChannelStatus)
	}
	w.must(w.DeleteChannel(&ChannelInput{ptr(arn)}))
	run(w.Service, deleted.Add(5*time.Second)-1)
	if len(w.channels) != 1 {
		t.Error("it is gone 1 µs early")
	}
	w.wait(time.Microsecond)
	w.refuses("DescribeChannel", `{"ChannelARN":"`+arn+`"}`, aws.ResourceNotFound, "Channel "+arn+" under account 123456789012 not found.")
	w.must(w.DeleteStream(&DeleteStreamInput{StreamName: ptr("orders")}))
}

func TestCreateChannelRefusals(t *testing.T) {
	w := newWorld(t, Limits2026())
	w.demand("orders")
	w.demand("more")
	w.stream("provisioned", 1)
	good := toBucket("lake", "orders", "")
	table := toTable("table", "orders")
	change := func(text, old, to string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("%s is not in %s", old, text)
		}
		return strings.Replace(text, old, to, 1)
	}
	both := strings.TrimSuffix(good, "}") + `,` + table[strings.Index(table, `"S3TablesDestinationConfiguration"`):]
	const one, quality = "1 validation error detected: ", "' failed to satisfy constraint: Member must "
	for _, row := range []struct {
		name, body string
		code       aws.Code
		message    string
	}{
		{"no destination", good[:strings.Index(good, `,"S3Dest`)] + "}", aws.Validation, "Either S3DestinationConfiguration or S3TablesDestinationConfiguration must be specified, but not both."},
		{"two destinations", both, aws.Validation, "Either S3DestinationConfiguration or S3TablesDestinationConfiguration must be specified, but not both."},
		{"two streams", change(good, `"StreamConfigurationList":[`, `"StreamConfigurationList":[{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/more","RecordConfiguration":{"RecordFormatType":"JSON"}},`),
			aws.Validation, "A channel supports one stream and one table."},
		{"a schema's format in a bucket", change(good, `"JSON"`, `"GSR_JSON"`), aws.Validation, "RecordFormatType GSR_JSON is not supported for S3DestinationConfiguration."},
		{"texts in a table", change(table, `"GSR_JSON"`, `"STRING"`), aws.Validation, "RecordFormatType STRING is not supported for S3TablesDestinationConfiguration."},
		{"a table without a schema", change(table, `,"GSRSchemaARN":"arn:aws:glue:us-east-1:123456789012:schema/lab/trip"`, ""), aws.Validation, "GSRSchemaARN is required for S3TablesDestinationConfiguration."},
		{"too fresh", change(good, `{"StorageConf`, `{"DataFreshnessInSeconds":299,"StorageConf`), aws.Validation, "DataFreshnessInSeconds must be between 300 and 900. Specified value was 299"},
		{"too old", change(table, "900", "901"), aws.Validation, "DataFreshnessInSeconds must be between 300 and 900. Specified value was 901"},
		{"the service's key", toBucket("lake", "orders", `,"EncryptionConfiguration":{"EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}`), aws.Validation, "The service key aws/kinesis cannot encrypt what a channel delivers."},
		{"a reserved tag", toBucket("lake", "orders", `,"Tags":{"aws:x":"y"}`), aws.InvalidArgument, "aws: prefixed tag key names are not allowed for external use."},
		{"no stream", change(good, "stream/orders", "stream/none"), aws.ResourceNotFound, "Stream none under account 123456789012 not found."},
		{"a provisioned stream", change(good, "stream/orders", "stream/provisioned"), aws.Validation, "Channels are not supported for stream provisioned under account 123456789012, which is in Provisioned mode."},
		{"no role", change(good, "role/writer", "user/writer"), aws.Validation, one + "Value 'arn:aws:iam::123456789012:user/writer' at 'serviceExecutionRoleARN" + quality + `satisfy regular expression pattern: arn:aws[-a-z0-9]*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+`},
		{"a bad bucket", change(good, "s3:::lake", "s3:::L"), aws.Validation, one + "Value 'arn:aws:s3:::L' at 's3DestinationConfiguration.storageConfiguration.bucketARN" + quality + `satisfy regular expression pattern: arn:aws[-a-z0-9]*:s3:::[a-z0-9._-]{3,63}`},
		{"a compression of nobody", change(good, "GZIP", "ZIP"), aws.Validation, one + "Value 'ZIP' at 's3DestinationConfiguration.storageConfiguration.compressionType" + quality + "satisfy enum value set: [NONE, GZIP, ZSTD]"},
		{"a transform of nobody", change(table, "TIME_HOUR", "DAY"), aws.Validation, one + "Value 'DAY' at 's3TablesDestinationConfiguration.s3TablesConfigurationList.1.member.partitionSpec.partitionFields.1.member.transform" + quality + "satisfy enum value set: [TIME_HOUR]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := *w
			v.t = t
			w.wait(time.Second)
			v.refuses("CreateChannel", row.body, row.code, row.message)
		})
	}
	// What is delivered is encrypted with a key that is there and can be used.
	f := &fakeKeys{fail: map[string]error{"DescribeKey " + keyB: aws.Errorf("DisabledException", "%s is disabled.", keyB)}}
	w.cfg.Keys = f
	with := func(key string) error {
		w.wait(time.Second)
		_, err := w.do("CreateChannel", toBucket("key", "more", `,"EncryptionConfiguration":{"EncryptionType":"KMS","KeyId":"`+key+`"}`))
		return err
	}
	if err := with("nobody"); aws.CodeOf(err) != aws.KMSNotFound {
		t.Errorf("a key that is not there: %v", err)
	}
	if err := with("b"); aws.CodeOf(err) != aws.KMSDisabled {
		t.Errorf("a key that is disabled: %v", err)
	}
	w.must(with("alias/a"))
	w.must(w.DeleteChannel(&ChannelInput{ptr("arn:aws:kinesis:us-east-1:123456789012:channel/key")}))
	w.wait(5 * time.Second)
	// One channel to a bucket and one to a table fit, and no more; a name belongs to one channel.
	w.wait(time.Second)
	for _, body := range []string{good, table} {
		_, err := w.do("CreateChannel", body)
		w.must(err)
	}
	w.refuses("CreateChannel", toTable("other", "orders"), aws.LimitExceeded, "This request would exceed the limit of 1 channel to a destination of type S3_TABLES for stream orders under account 123456789012.")
	w.refuses("CreateChannel", toBucket("lake", "more", ""), aws.ResourceInUse, "Channel lake under account 123456789012 already exists.")
	w.wait(time.Second)
	w.must(w.IncreaseStreamRetentionPeriod(&IncreaseStreamRetentionPeriodInput{StreamName: ptr("more"), RetentionPeriodHours: ptr(int64(48))}))
	w.refuses("CreateChannel", toBucket("sea", "more", ""), aws.ResourceInUse, "Stream more under account 123456789012 not ACTIVE, instead in state UPDATING")

	w.wait(time.Minute)
	const arn = `"ChannelARN":"arn:aws:kinesis:us-east-1:123456789012:channel/table"`
	w.refuses("UpdateChannel", `{`+arn+`}`, aws.Validation, "Nothing to update was specified for channel table.")
	w.refuses("UpdateChannel", `{`+arn+`,"S3DestinationConfiguration":{"DataFreshnessInSeconds":600}}`, aws.Validation, "The destination of channel table is of type S3_TABLES.")
	w.refuses("UpdateChannel", `{`+arn+`,"S3TablesDestinationConfiguration":{"DataFreshnessInSeconds":901}}`, aws.Validation, "DataFreshnessInSeconds must be between 300 and 900. Specified value was 901")
	_, err := w.do("UpdateChannel", `{`+arn+`,"S3TablesDestinationConfiguration":{"DataFreshnessInSeconds":300}}`)
	w.must(err)
	w.refuses("GetResourcePolicy", `{"ResourceARN":"arn:aws:kinesis:us-east-1:123456789012:channel/table"}`, aws.InvalidArgument, "Resource policies are not supported for arn:aws:kinesis:us-east-1:123456789012:channel/table.")
	w.refuses("TagResource", `{"ResourceARN":"arn:aws:kinesis:us-east-1:123456789012:channel/table","Tags":{"a":"b"}}`, aws.ResourceInUse, "Channel table under account 123456789012 not ACTIVE, instead in state UPDATING")
}

func TestListChannelsPages(t *testing.T) {
	w := newWorld(t, Limits2026())
	for i := range 3 {
		name := fmt.Sprint("s", i)
		w.demand(name)
		for _, body := range []string{toBucket("b"+name, name, ""), toTable("t"+name, name)} {
			_, err := w.do("CreateChannel", body)
			w.must(err)
		}
	}
	w.wait(time.Minute)
	list := func(body string) (names []string, token string) {
		t.Helper()
		w.wait(time.Second)
		out, err := w.do("ListChannels", body)
		w.must(err)
		var answer ListChannelsOutput
		w.must(json.Unmarshal([]byte(out), &answer))
		for _, c := range answer.ChannelSummaries {
			names = append(names, c.ChannelName)
			if c.ChannelStatus != Active || c.ChannelDestinationType != map[byte]string{'b': toS3, 't': toS3Tables}[c.ChannelName[0]] || c.Streams[0].StreamARN != w.arnOf(c.ChannelName[1:]) {
				t.Errorf("%+v", c)
			}
		}
		return names, deref(answer.NextToken)
	}
	first, token := list(`{"MaxResults":4}`)
	rest, end := list(`{"NextToken":"` + token + `"}`)
	if !slices.Equal(first, []string{"bs0", "bs1", "bs2", "ts0"}) || !slices.Equal(rest, []string{"ts1", "ts2"}) || end != "" {
		t.Errorf("pages are %v and %v, then %q", first, rest, end)
	}
	if got, _ := list(`{"StreamFilter":[{"StreamARN":"` + w.arnOf("s1") + `"}]}`); !slices.Equal(got, []string{"bs1", "ts1"}) {
		t.Errorf("of s1 are %v", got)
	}
	st, _ := w.Stream("s2")
	if got, _ := list(`{"StreamFilter":[{"StreamARN":"` + st.ARN() + `","StreamCreationTimestamp":` + seconds(st.Created()).String() + `}]}`); !slices.Equal(got, []string{"bs2", "ts2"}) {
		t.Errorf("of s2 are %v", got)
	}
	if got, _ := list(`{"StreamFilter":[{"StreamARN":"` + st.ARN() + `","StreamCreationTimestamp":5}]}`); got != nil {
		t.Errorf("of another s2 are %v", got)
	}
	w.refuses("ListChannels", `{"NextToken":"x"}`, aws.InvalidArgument, "Invalid NextToken.")
	_, token = list(`{"MaxResults":1}`)
	w.wait(299 * time.Second) // and one in list
	list(`{"MaxResults":1,"NextToken":"` + token + `"}`)
	_, token = list(`{"MaxResults":1}`)
	w.wait(300*time.Second + time.Microsecond)
	w.refuses("ListChannels", `{"NextToken":"`+token+`"}`, aws.ExpiredNextToken, "NextToken has expired. It was created more than 300 seconds ago.")
}

// Pages have no more than the service gives, whatever the request says.
func TestLargestPages(t *testing.T) {
	l := Limits2026()
	l.AccountShards, l.OnDemandStreams = 2000, 101
	w := newWorld(t, l)
	w.stream("wide", 1001)
	shards, err := w.ListShards(&ListShardsInput{StreamName: ptr("wide"), MaxResults: ptr(int64(10000))})
	w.must(err)
	for i := range 101 {
		w.demand(fmt.Sprint("s", i))
	}
	streams, err := w.ListStreams(&ListStreamsInput{Limit: ptr(int64(10000))})
	w.must(err)
	for i := range 101 {
		_, err := w.do("CreateChannel", toBucket(fmt.Sprint("c", i), fmt.Sprint("s", i), ""))
		w.must(err)
		w.wait(time.Second)
	}
	channels, err := w.ListChannels(&ListChannelsInput{MaxResults: ptr(int64(10000))})
	w.must(err)
	if len(shards.Shards) != 1000 || len(streams.StreamNames) != 100 || len(channels.ChannelSummaries) != 100 || shards.NextToken == nil || streams.NextToken == nil || channels.NextToken == nil {
		t.Errorf("pages have %d shards, %d streams, %d channels", len(shards.Shards), len(streams.StreamNames), len(channels.ChannelSummaries))
	}
}
