package grade_test

// poured is a world in which the Firehose stream "raw" reads trips and delivers to the bucket lake, faster than a minute by size.
const (
	poured = bucket + `,` + calm + `,{"at":"11s","do":"firehose.CreateDeliveryStream","with":{"DeliveryStreamName":"raw","DeliveryStreamType":"KinesisStreamAsSource",
		"KinesisStreamSourceConfiguration":{"KinesisStreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role"},
		"ExtendedS3DestinationConfiguration":{"RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role","BucketARN":"arn:aws:s3:::lake","BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":60},` + lines + `}}}`
	lines = `"ProcessingConfiguration":{"Enabled":true,"Processors":[{"Type":"AppendDelimiterToRecord","Parameters":[]}]}`
	role  = `"RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role"`
)

// put2 are two records alike that are put directly into a Firehose stream.
var put2 = []deed{
	{10, "firehose", "CreateDeliveryStream", `{"DeliveryStreamName":"raw","ExtendedS3DestinationConfiguration":{` + role + `,"BucketARN":"arn:aws:s3:::lake","CompressionFormat":"GZIP","BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":60},` + lines + `}}`},
	{25, "firehose", "PutRecord", `{"DeliveryStreamName":"raw","Record":{"Data":"aGVsbG8="}}`},
	{26, "firehose", "PutRecord", `{"DeliveryStreamName":"raw","Record":{"Data":"aGVsbG8="}}`},
}

const bucket = `{"do":"s3api.CreateBucket","with":{"Bucket":"lake"}}`

var firehoseRows = []row{
	{"firehose: how a buffer goes", poured, `"kind":"firehose","firehose":"raw","figure":"by-size","at-least":1`, "{by-time} by time, {status}, {stream}, {lost} lost", nil, 60, true, "0 by time, ACTIVE, trips, 0 lost", "firehose:raw"},
	{"firehose: by time, when little comes", bucket, `"kind":"firehose","firehose":"raw","figure":"by-time","at-least":1`, "{by-time} by time, {by-size} by size, {freshness}, billed {billed-times} times", put2, 100, true, "1 by time, 0 by size, 1 min, billed 1,024 times", "firehose:raw"},
	{"firehose: what waits", bucket, `"kind":"firehose","firehose":"raw","figure":"oldest","at-most":30`, "{buffered} of {buffered-bytes}, {oldest}, {each} each", put2, 65, false, "2 of 12 B, 40 s, 5 B each", ""},
	{"firehose: in a window", poured, `"kind":"firehose","firehose":"raw","figure":"delivered","at-least":1,"for":"10s"`, "{figure}", []deed{{20, "lab", "StopProducer", `{"Name":"bikes"}`}}, 60, false, "delivered", ""},
	{"firehose: none of that name", bucket, `"kind":"firehose","firehose":"raw","figure":"lost","at-most":0`, "{status}", nil, 20, false, "not there", ""},

	{"firehose-setting: its buffer", poured, `"kind":"firehose-setting","firehose":"raw","member":"BufferingHints.SizeInMBs","at-most":1`, "{member} {value}", nil, 30, true, "BufferingHints.SizeInMBs 1", "firehose:raw"},
	{"firehose-setting: of a processor", poured, `"kind":"firehose-setting","firehose":"raw","member":"ProcessingConfiguration.Processors.0.Type","is":"Lambda"`, "{value}", nil, 30, false, "AppendDelimiterToRecord", ""},
	{"firehose-setting: of none", bucket, `"kind":"firehose-setting","firehose":"raw","member":"Prefix","is":"a/"`, "{value}", nil, 30, false, "none", ""},

	{"objects: lines of compressed text", bucket, `"kind":"objects","bucket":"lake","suffix":".gz","figure":"twice","at-most":1`, "{lines} lines, {twice} twice, {line} in {count}", put2, 100, true, "2 lines, 1 twice, hello in 1", ""},
	{"objects: with a text", bucket, `"kind":"objects","bucket":"lake","contains":"bye","figure":"with","at-least":1`, "{with} of {lines}, {longest}", put2, 100, false, "0 of 2, 5 B", ""},
	{"objects: large enough", poured, `"kind":"objects","bucket":"lake","figure":"smallest","at-least":1000000`, "{for}", nil, 60, true, "0 ms", ""},
	{"objects: under a prefix there is none", poured, `"kind":"objects","bucket":"lake","prefix":"processing-failed/","figure":"count","at-most":0`, "{newest}", nil, 60, true, "none", ""},
	{"objects: but some are wanted", poured, `"kind":"objects","bucket":"lake","prefix":"processing-failed/","figure":"count","at-least":1`, "{count}, {mean}", nil, 60, false, "0, 0 B", ""},
	{"sink: what it was sent", posted, `"kind":"sink","sink":"city","contains":"hello","figure":"twice","at-most":1`, "{rows} rows, {twice} twice, {row}", put2[1:], 100, true, "2 rows, 1 twice, hello", ""},
	{"sink: what is wanted", posted, `"kind":"sink","sink":"city","contains":"bye","figure":"with","at-least":1`, "{with} of {rows}, {requests} requests, {taken} taken", put2[1:], 100, false, "0 of 2, 1 requests, 2 taken", ""},
	{"sink: none of that name", bucket, `"kind":"sink","sink":"city","figure":"refused","at-most":0`, "{taken}", nil, 30, false, "0", ""},

	{"objects: lately", bucket, `"kind":"objects","bucket":"lake","figure":"count","at-least":1,"for":"10s"`, "{count}", put2, 130, false, "0", ""},
}

// posted is an HTTP endpoint to which records are delivered.
const posted = bucket + `,{"do":"lab.PutSink","with":{"Name":"city","Kind":"http"}},{"do":"firehose.CreateDeliveryStream","with":{"DeliveryStreamName":"raw","HttpEndpointDestinationConfiguration":{
	"EndpointConfiguration":{"Url":"https://city.example.com/"},` + role + `,"BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":60},"S3Configuration":{` + role + `,"BucketARN":"arn:aws:s3:::lake"}}}}`

var firehoseParams = map[string]string{
	"firehose": `"firehose":"raw","figure":"records","at-least":1`, "firehose-setting": `"firehose":"raw","member":"BufferingHints.SizeInMBs","at-least":1`,
	"sink":    `"sink":"city","figure":"rows","at-least":1`,
	"objects": `"bucket":"lake","figure":"lines","at-least":1`,
}
