package model

// Programs that an SQL application may begin with; they read what the default producer writes.
const (
	sqlColumns  = "bike INTEGER $.bike, event VARCHAR(10) $.event, battery INTEGER $.battery"
	sqlTumbling = `CREATE OR REPLACE STREAM "DESTINATION_SQL_STREAM" (event VARCHAR(10), n INTEGER, lowest INTEGER);
CREATE OR REPLACE PUMP "STREAM_PUMP" AS
INSERT INTO "DESTINATION_SQL_STREAM"
SELECT STREAM s.event, COUNT(*), MIN(s.battery)
FROM "SOURCE_SQL_STREAM_001" AS s
GROUP BY s.event, STEP(s.ROWTIME BY INTERVAL '10' SECOND);
`
	sqlSliding = `CREATE OR REPLACE STREAM "DESTINATION_SQL_STREAM" (bike INTEGER, battery INTEGER, mean DOUBLE);
CREATE OR REPLACE PUMP "STREAM_PUMP" AS
INSERT INTO "DESTINATION_SQL_STREAM"
SELECT STREAM bike, battery, AVG(battery) OVER last_minute
FROM "SOURCE_SQL_STREAM_001"
WHERE event = 'docked'
WINDOW last_minute AS (PARTITION BY bike RANGE INTERVAL '1' MINUTE PRECEDING);
`
	sqlStagger = `CREATE OR REPLACE STREAM "DESTINATION_SQL_STREAM" (bike INTEGER, n INTEGER);
CREATE OR REPLACE PUMP "STREAM_PUMP" AS
INSERT INTO "DESTINATION_SQL_STREAM"
SELECT STREAM bike, COUNT(*)
FROM "SOURCE_SQL_STREAM_001"
WINDOWED BY STAGGER (PARTITION BY bike RANGE INTERVAL '30' SECOND);
`
)

func sqlFill(code string) map[string]string { return map[string]string{"ApplicationCode": code} }

// sqlClient is an application with continuous SQL.
var sqlClient = Client{ID: "sql", Noun: "SqlApplication", Icon: "table-2", Kind: "SQL application", Title: "Continuous SQL (retired)", Wide: true,
	What: "Kinesis Data Analytics for SQL, as it was until January 2026: pumps and windows over a stream. Managed Service for Apache Flink goes on.",
	Fields: []Field{
		nameField("windows"),
		{Name: ".Begin", Label: "Begin with", Kind: Choice, First: "tumbling", Fresh: true, Options: []Option{
			{Value: "tumbling", Text: "a tumbling window: counts each 10 seconds", Fill: sqlFill(sqlTumbling)},
			{Value: "sliding", Text: "a sliding window: a mean of the last minute with each row", Fill: sqlFill(sqlSliding)},
			{Value: "stagger", Text: "a stagger window: opens with the first row of each bike", Fill: sqlFill(sqlStagger)},
		}},
		{Name: "ApplicationCode", Label: "ApplicationCode", Kind: Code, Lang: "sql", First: sqlTumbling, Sent: true, Help: "Its SQL. SOURCE_SQL_STREAM_001 is the stream that it reads."},
		{Name: "RecordColumns", Label: "RecordColumns", Kind: List, First: sqlColumns, Sent: true, Help: "of the source: name, type and path, with commas between; empty: found in the records"},
		{Name: "InputStartingPosition", Label: "Begins at", Kind: Choice, First: "NOW", Options: options("NOW", "NOW, what comes from now on", "TRIM_HORIZON", "TRIM_HORIZON, the oldest still held")},
		{Name: "EventTime", Short: true, Label: "EventTime", Group: "Time", Kind: Text, Help: "a TIMESTAMP column that is ROWTIME; empty: when a row is read"},
		{Name: "LatenessMillis", Label: "LatenessMillis", Group: "Time", Kind: Number, First: "0", When: "EventTime", Help: "windows wait so long for older rows"},
		{Name: "PollMillis", Label: "Between two reads of a shard, ms", Group: "Time", Kind: Number, First: "1000", Help: "200 to 60,000"},
		{Name: "OutputStream", Short: true, Label: "OutputStream", Group: "Output", Kind: Text, Help: "in-application stream whose rows go out; empty: none"},
		{Name: "OutputTo", Short: true, Label: "OutputTo", Group: "Output", Kind: Text, Help: "stream/NAME, firehose/NAME or function/NAME"},
		{Name: "ReferenceTable", Short: true, Label: "ReferenceTable", Group: "Reference table", Kind: Text, Help: "name of a table to join; empty: none"},
		{Name: "ReferenceObject", Short: true, Label: "ReferenceObject", Group: "Reference table", Kind: Text, Help: "BUCKET/KEY: JSON lines, or CSV"},
		roleField("read and write"),
	}}
