package grade_test

// Worlds with clients of the other kinds.
const (
	packed = quiet + `,{"at":"10s","do":"lab.PutKplProducer","with":{"Name":"packer","StreamName":"trips","RecordsPerSecond":800,"RecordBytes":100,"MessageIds":true,"Keys":{"Kind":"uniform","Count":400}}}`
	hosted = quiet + `,{"at":"10s","do":"lab.PutAgent","with":{"Name":"web-1","Config":"{\"flows\":[{\"filePattern\":\"/var/log/app.log*\",\"kinesisStream\":\"trips\",\"maxBufferAgeMillis\":1000}]}"}},
		{"at":"10s","do":"lab.PutLogFile","with":{"Agent":"web-1","Path":"/var/log/app.log","LinesPerSecond":50}}`
	leased  = calm + `,{"at":"10s","do":"lab.PutKclApplication","with":{"Name":"board","StreamName":"trips","Workers":2,"InitialPositionInStream":"TRIM_HORIZON","MillisPerRecord":0.1}}`
	starved = calm + `,{"at":"10s","do":"lab.PutKclApplication","with":{"Name":"board","StreamName":"trips","Workers":2,"BillingMode":"PROVISIONED","InitialLeaseTableWriteCapacity":1}}`
	mapped  = calm + `,{"at":"10s","do":"lab.PutFunction","with":{"Name":"notify"}},
		{"at":"11s","do":"lambda.CreateEventSourceMapping","with":{"FunctionName":"notify","EventSourceArn":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","StartingPosition":"TRIM_HORIZON","BatchSize":200}}`
	windowed = calm + `,{"at":"10s","do":"lab.PutSqlApplication","with":{"Name":"windows","StreamName":"trips","RecordColumns":["rack VARCHAR(9)","battery INTEGER"],"ApplicationCode":"CREATE STREAM counts (n INTEGER, least INTEGER); CREATE PUMP p AS INSERT INTO counts SELECT STREAM COUNT(*), MIN(battery) FROM SOURCE_SQL_STREAM_001 s GROUP BY STEP(s.ROWTIME BY INTERVAL '10' SECOND)"}}`
	broken   = calm + `,{"at":"10s","do":"lab.PutFunction","with":{"Name":"notify","Behavior":"always-fails"}},
		{"at":"11s","do":"lambda.CreateEventSourceMapping","with":{"FunctionName":"notify","EventSourceArn":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","StartingPosition":"TRIM_HORIZON","BatchSize":200,"MaximumRetryAttempts":0}}`
	ids = quiet + `,{"at":"10s","do":"lab.PutProducer","with":{"Name":"bikes","StreamName":"trips","RecordsPerSecond":100,"MessageIds":true}}`
	// lossy is a network whose answers come too late, so that calls are sent again.
	lossy = quiet + `,{"at":"10s","do":"lab.PutProducer","with":{"Name":"bikes","StreamName":"trips","RecordsPerSecond":100,"Batch":10,"MessageIds":true,"TimeoutMillis":100,"LatencyMillis":400,"Retry":{"Mode":"immediate"}}}`
)

// clientRows are the rows of TestChecks about clients of every kind and about metrics of every namespace.
var clientRows = []row{
	{"running: a KPL producer", packed, `"kind":"running","producer":"packer"`, "{state}, {producers} {running}", nil, 30, true, "running, 1 1", "producer:packer"},
	{"running: a KPL producer that was stopped", packed, `"kind":"running","producer":"packer"`, "{state}, {stopped}", []deed{{20, "lab", "StopKplProducer", `{"Name":"packer"}`}}, 30, false, "stopped, 1", ""},
	{"running: an agent", hosted, `"kind":"running","producer":"web-1"`, "{state} {running} of {stream}", nil, 30, true, "running 1 of trips", "producer:web-1"},
	{"running: a killed agent", hosted, `"kind":"running","producer":"web-1"`, "{state}", []deed{{20, "lab", "KillAgent", `{"Name":"web-1"}`}}, 30, false, "stopped", ""},
	{"running: who writes a log", hosted, `"kind":"running","producer":"web-1","log":"/var/log/app.log"`, "{state}", nil, 30, true, "running", "producer:web-1"},
	{"running: a log that nobody writes", hosted, `"kind":"running","producer":"web-1","log":"/var/log/other.log"`, "{state}", nil, 30, false, "not there", ""},
	{"running: a KCL application", leased, `"kind":"running","consumer":"board"`, "{state} {consumers}", nil, 30, true, "running 1", "consumer:board"},
	{"running: an application without workers", leased, `"kind":"running","consumer":"board"`, "{state} {consumers}", []deed{{20, "lab", "StopKclApplication", `{"Name":"board"}`}}, 60, false, "stopped 0", ""},
	{"running: a worker", leased, `"kind":"running","consumer":"board","worker":"worker-2"`, "{state}", nil, 30, true, "running", ""},
	{"running: a worker that was killed", leased, `"kind":"running","consumer":"board","worker":"worker-2"`, "{state}", []deed{{20, "lab", "KillWorker", `{"Application":"board","Worker":"worker-2"}`}}, 30, false, "not there", ""},
	{"running: a function's event source mapping", mapped, `"kind":"running","consumer":"notify"`, "{state} {consumers}", nil, 40, true, "running 1", "consumer:notify"},

	{"setting: of the KPL", packed, `"kind":"setting","producer":"packer","member":"RecordMaxBufferedTime","at-most":100`, "{value}", nil, 30, true, "100", "producer:packer"},
	{"setting: of agent.json", hosted, `"kind":"setting","producer":"web-1","member":"Config.flows.0.maxBufferAgeMillis","at-least":5000`, "{value}", nil, 30, false, "1000", ""},
	{"setting: of a log", hosted, `"kind":"setting","producer":"web-1","log":"/var/log/app.log","member":"LinesPerSecond","is":"50"`, "{value}", nil, 30, true, "50", ""},
	{"setting: of a KCL application", leased, `"kind":"setting","consumer":"board","member":"MillisPerRecord","at-most":0.1`, "{value}", nil, 30, true, "0.1", "consumer:board"},
	{"setting: of an event source mapping", mapped, `"kind":"setting","consumer":"notify","member":"BatchSize","at-most":100`, "{value}", nil, 40, false, "200", "consumer:notify"},
	{"setting: of a function", mapped, `"kind":"setting","function":"notify","member":"Timeout","is":"3"`, "{value}", nil, 40, true, "3", "consumer:notify"},

	{"throughput of a KPL producer", packed, `"kind":"throughput","producer":"packer","at-least":790`, "{stream}", nil, 40, true, "trips", "producer:packer"},
	{"throughput of an agent", hosted, `"kind":"throughput","producer":"web-1","at-least":45,"for":"20s"`, "{stream}", nil, 60, true, "trips", "producer:web-1"},
	{"consumer-behind: a KCL application keeps up", leased, `"kind":"consumer-behind","consumer":"board","at-most":"5s","for":"10s"`, "{consumer}", nil, 60, true, "board", ""},
	{"consumer-behind: a KCL application with slow workers", leased, `"kind":"consumer-behind","stream":"trips","at-most":"5s","for":"10s"`, "{consumer}", []deed{{12, "lab", "PutKclApplication", `{"Name":"board","MillisPerRecord":20,"MaxRecords":100}`}}, 60, false, "board", "consumer:board"},
	{"consumer-behind: a function that fails", broken, `"kind":"consumer-behind","stream":"trips"`, "{consumer}", nil, 30, false, "notify", "consumer:notify"},

	{"cloudwatch: of DynamoDB", starved, `"kind":"cloudwatch","namespace":"AWS/DynamoDB","name":"WriteThrottleEvents","dimensions":{"TableName":"board"},"for":"60s","at-least":1`, "{metric} of {namespace}", nil, 120, true, "WriteThrottleEvents of AWS/DynamoDB", "metric:AWS/DynamoDB,WriteThrottleEvents,TableName=board"},
	{"cloudwatch: without values", leased, `"kind":"cloudwatch","namespace":"AWS/DynamoDB","name":"WriteThrottleEvents","dimensions":{"TableName":"board"},"for":"60s","at-most":1`, "{value}, {samples}", nil, 120, false, "0, 0", ""},
	{"cloudwatch: of a shard", calm, `"kind":"cloudwatch","name":"IncomingRecords","dimensions":{"StreamName":"trips","ShardId":"shardId-000000000001"},"at-least":1`, "{metric}", nil, 40, true, "IncomingRecords", "metric:AWS/Kinesis,IncomingRecords,ShardId=shardId-000000000001,StreamName=trips"},
	{"cloudwatch: of a KCL application, at the most", leased, `"kind":"cloudwatch","namespace":"board","name":"MillisBehindLatest","dimensions":{"Operation":"ProcessTask","ShardId":"shardId-000000000001"},"statistic":"Maximum","at-most":5000`, "{metric}", nil, 60, true, "MillisBehindLatest", "metric:board,MillisBehindLatest,Operation=ProcessTask,ShardId=shardId-000000000001"},

	{"iterator-age: young", read, `"kind":"iterator-age","stream":"trips","at-most":1`, "{age}", nil, 40, true, "0 ms", "stream:trips"},
	{"iterator-age: old, because records are read late", leased, `"kind":"iterator-age","stream":"trips","at-most":1`, "{calls} calls", []deed{{12, "lab", "PutKclApplication", `{"Name":"board","MillisPerRecord":20,"MaxRecords":100}`}}, 60, false, "", ""},
	{"iterator-age: nobody reads", calm, `"kind":"iterator-age","stream":"trips","at-most":1`, "{calls}", nil, 40, false, "0", ""},

	{"duplicates: none", ids, `"kind":"duplicates","stream":"trips","at-most":0`, "{duplicates} of {records}, {message}", nil, 40, true, "0 of 1,001, none", "stream:trips"},
	{"duplicates: none of packed records", packed, `"kind":"duplicates","stream":"trips","at-most":0`, "{duplicates}, {at-most}", nil, 40, true, "0, 0", "stream:trips"},
	{"duplicates: answers that come too late", lossy, `"kind":"duplicates","stream":"trips","at-most":0`, "not {at-most}", nil, 40, false, "not 0", ""},
	{"duplicates: without ids nobody knows", calm, `"kind":"duplicates","stream":"trips","at-most":0`, "{records}", nil, 40, false, "0", ""},

	{"producer: duplicates that it made", lossy, `"kind":"producer","producer":"bikes","figure":"duplicates","at-least":100`, "{figure}", nil, 40, true, "duplicates", "producer:bikes"},
	{"producer: refused in a while", hot, `"kind":"producer","producer":"bikes","figure":"refused","at-most":0,"for":"5s"`, "{requests} requests, {per-request} each", nil, 40, false, "8,000 requests, 1 each", ""},
	{"producer: none of that name", packed, `"kind":"producer","producer":"packer","figure":"made","at-least":1`, "{value}", nil, 40, false, "0", ""},
	{"kpl: user records of a Kinesis record", packed, `"kind":"kpl","producer":"packer","figure":"per-record","at-least":10`, "{made} made, {lost} lost", nil, 40, true, "23,993 made, 0 lost", "producer:packer"},
	{"kpl: how long they wait", packed, `"kind":"kpl","producer":"packer","figure":"buffered","at-most":0.05,"for":"10s"`, "{figure}", nil, 40, false, "buffered", ""},
	{"agent: lines that became records", hosted, `"kind":"agent","producer":"web-1","figure":"sent","at-least":1000`, "{lines} lines, {dropped} dropped", nil, 40, true, "1,501 lines, 0 dropped", "producer:web-1"},
	{"agent: stands still", hosted, `"kind":"agent","producer":"web-1","figure":"sent","at-least":100,"for":"10s"`, "{value}", []deed{{20, "lab", "KillAgent", `{"Name":"web-1"}`}}, 40, false, "0", ""},
	{"kcl: leases are shared", leased, `"kind":"kcl","consumer":"board","figure":"most","at-most":2`, "{workers} workers, {held} of {leases} leases", nil, 80, true, "2 workers, 4 of 4 leases", "consumer:board"},
	{"kcl: each record once", leased, `"kind":"kcl","consumer":"board","figure":"duplicates","at-most":0,"for":"30s"`, "{skipped} skipped", nil, 80, true, "0 skipped", ""},
	{"kcl: a starved lease table", starved, `"kind":"kcl","consumer":"board","figure":"throttled","at-most":0,"for":"60s"`, "{figure}", nil, 120, false, "throttled", "consumer:board"},
	{"lambda: works", mapped, `"kind":"lambda","function":"notify","figure":"errors","at-most":0,"for":"10s"`, "{errors} errors, {discarded} given up", nil, 40, true, "0 errors, 0 given up", "consumer:notify"},
	{"sql: what an application read", windowed, `"kind":"sql","consumer":"windows","figure":"rows","at-least":20000`, "{late} late, {errors} errors, {results} results", nil, 40, true, "0 late, 0 errors, 3 results", "consumer:windows"},
	{"sql: in a while", windowed, `"kind":"sql","consumer":"windows","figure":"results","at-most":0,"for":"5s"`, "{value}", nil, 42, false, "1", ""},
	{"sql-rows: a value in a window", windowed, `"kind":"sql-rows","consumer":"windows","query":"SELECT MAX(n), MIN(least) FROM counts","at-least":7000,"at-most":9000`, "{rows} row", nil, 40, true, "1 row", "consumer:windows"},
	{"sql-rows: no such window", windowed, `"kind":"sql-rows","consumer":"windows","query":"SELECT n FROM counts WHERE n < 0","at-least":1`, "{rows} rows {error}", nil, 40, false, "0 rows ", ""},
	{"sql-rows: a query that does not fit", windowed, `"kind":"sql-rows","consumer":"windows","query":"SELECT m FROM counts","is":"1"`, "{error}", nil, 40, false, "line 1, column 8: there is no column m. There are ROWTIME, n, least", ""},
	{"lambda: gives records up", broken, `"kind":"lambda","function":"notify","figure":"discarded","at-most":0`, "{processed} processed", nil, 60, false, "0 processed", ""},
}

// clientParams are what TestFiguresAreFound asks of them.
var clientParams = map[string]string{
	"cloudwatch": `"name":"IncomingBytes","dimensions":{"StreamName":"trips"},"at-least":1`, "iterator-age": `"stream":"trips","at-most":1`, "duplicates": `"stream":"trips","at-most":0`,
	"producer": `"producer":"bikes","figure":"made","at-least":1`, "kpl": `"producer":"bikes","figure":"made","at-least":1`, "agent": `"producer":"bikes","figure":"lines","at-least":1`,
	"effects": `"consumer":"board","producer":"bikes"`, "log-lines": `"producer":"bikes","log":"/var/log/app.log","stream":"trips"`, "function-lines": `"function":"notify","contains":"x"`,
	"sql": `"consumer":"windows","figure":"late","at-most":1`, "sql-rows": `"consumer":"windows","query":"SELECT 1 FROM x","is":"1"`,
	"kcl": `"consumer":"board","figure":"workers","at-least":1`, "lambda": `"function":"notify","figure":"invocations","at-least":1`,
}
