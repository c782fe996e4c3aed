package grade_test

// rotated is a host whose agent was told one name, so that it loses what was not read before a rotation: it is killed at 20 s, the log
// is rotated at 25 s, and the agent starts at 30 s. tailed knows the rotated names too.
const (
	logged = `,{"at":"10s","do":"lab.PutLogFile","with":{"Agent":"web-1","Path":"/var/log/app.log","LinesPerSecond":50,"Rotation":{"Mode":"RENAME"}}},
		{"at":"20s","do":"lab.KillAgent","with":{"Name":"web-1"}},{"at":"25s","do":"lab.RotateLogFile","with":{"Agent":"web-1","Path":"/var/log/app.log"}},{"at":"30s","do":"lab.StartAgent","with":{"Name":"web-1"}}`
	rotated = quiet + `,{"at":"10s","do":"lab.PutAgent","with":{"Name":"web-1","Config":"{\"flows\":[{\"filePattern\":\"/var/log/app.log\",\"initialPosition\":\"START_OF_FILE\",\"kinesisStream\":\"trips\",\"maxBufferAgeMillis\":1000}]}"}}` + logged
	tailed  = quiet + `,{"at":"10s","do":"lab.PutAgent","with":{"Name":"web-1","Config":"{\"flows\":[{\"filePattern\":\"/var/log/app.log*\",\"initialPosition\":\"START_OF_FILE\",\"kinesisStream\":\"trips\",\"maxBufferAgeMillis\":1000,\"dataProcessingOptions\":[{\"optionName\":\"LOGTOJSON\",\"logFormat\":\"COMBINEDAPACHELOG\"}]}]}"}}` + logged
)

// lost is a network that loses answers; billed puts an application behind it.
const (
	billed = `,{"at":"10s","do":"lab.PutKclApplication","with":{"Name":"billing","StreamName":"trips","InitialPositionInStream":"TRIM_HORIZON","IdleTimeBetweenReadsInMillis":1000}},
		{"at":"20s","do":"lab.PutFault","with":{"Name":"cable","StreamName":"trips","Kind":"lost-answers","Operations":["PutRecord"],"Percentage":20}}`
	unnamed = quiet + `,{"at":"10s","do":"lab.PutProducer","with":{"Name":"bikes","StreamName":"trips","RecordsPerSecond":50,"RecordBytes":120,"Keys":{"Kind":"uniform","Count":10},"Retry":{"Mode":"backoff","Attempts":9}}}` + billed
	named   = quiet + `,{"at":"10s","do":"lab.PutProducer","with":{"Name":"bikes","StreamName":"trips","RecordsPerSecond":50,"RecordBytes":120,"MessageIds":true,"Keys":{"Kind":"uniform","Count":10},"Retry":{"Mode":"backoff","Attempts":9}}}` + billed
)

var logRows = []row{
	{"effects: of records that come twice", named, `"kind":"effects","consumer":"billing","producer":"bikes"`, "{stream} {for}", nil, 90, false, "trips 1 min", "consumer:billing"},
	{"effects: once, by their ids", named, `"kind":"effects","consumer":"billing","producer":"bikes"`, "{made}", []deed{{21, "lab", "PutKclApplication", `{"Name":"billing","Idempotent":true}`}}, 90, true, "3,000", ""},
	{"effects: who compares what has no id leaves out what is not there twice", unnamed, `"kind":"effects","consumer":"billing","producer":"bikes"`, "{made}", []deed{{21, "lab", "PutKclApplication", `{"Name":"billing","Idempotent":true}`}}, 90, false, "3,000", ""},

	{"log-lines: a rotation over which nobody reads", rotated, `"kind":"log-lines","producer":"web-1","log":"/var/log/app.log","stream":"trips"`, "{written} written, {missing} missing, the first is {first-missing}", nil, 50, false, "2,001 written, 255 missing, the first is 497", "producer:web-1"},
	{"log-lines: but of those behind it none is missing", rotated, `"kind":"log-lines","producer":"web-1","log":"/var/log/app.log","stream":"trips","from":801`, "{missing} missing, {twice} twice", nil, 50, true, "0 missing, 0 twice", ""},
	{"log-lines: from a checkpoint on, some come again", tailed, `"kind":"log-lines","producer":"web-1","log":"/var/log/app.log","stream":"trips","min":1000,"json":true`, "{missing} missing, {plain} plain, {foreign} foreign", nil, 50, true, "0 missing, 0 plain, 0 foreign", ""},
	{"log-lines: lines as they are", rotated, `"kind":"log-lines","producer":"web-1","log":"/var/log/app.log","stream":"trips","from":801,"json":true`, "{missing} missing", nil, 50, false, "0 missing", ""},
	{"log-lines: too few to judge by", tailed, `"kind":"log-lines","producer":"web-1","log":"/var/log/app.log","stream":"trips","min":10000`, "{missing}", nil, 50, false, "0", ""},
	{"log-lines: a record that is no line", tailed, `"kind":"log-lines","producer":"web-1","log":"/var/log/app.log","stream":"trips"`, "{foreign}", []deed{{40, "kinesis", "PutRecord", `{"StreamName":"trips","PartitionKey":"a","Data":"aGVsbG8="}`}}, 50, false, "1", ""},

	{"function-lines: said once", mapped, `"kind":"function-lines","function":"notify","contains":"","min":1`, "{lines}", nil, 40, false, "0", "consumer:notify"},
	{"function-lines: an error again and again", broken, `"kind":"function-lines","function":"notify","contains":"Invoke Error","twice":1000,"for":"20s"`, "in {for}", nil, 40, true, "in 20 s", ""},
	{"function-lines: which is more than once", broken, `"kind":"function-lines","function":"notify","contains":"Invoke Error","for":"20s"`, "{line}", nil, 40, false, "", ""},
}
