package analytics

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/sim"
)

var start = sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

// bikes is a source with a key, a number that may be missing and a time of its own.
var bikes = Source{Columns: []SourceColumn{{"station", "$.station", "VARCHAR(16)"}, {"battery", "$.battery", "INTEGER"}, {"weight", "$.weight", "DOUBLE"}, {"event_time", "$.at", "TIMESTAMP"}}}

func compile(t testing.TB, src Source, text string, tables ...Table) *App {
	t.Helper()
	p, err := Compile(text, src, tables...)
	if err != nil {
		t.Fatal(err)
	}
	return p.Start()
}

// rows are the rows of a stream as texts, ROWTIME as seconds since start.
func rows(a *App, stream string) []string {
	all := []string{}
	for _, v := range a.Views(KeptRows) {
		if v.Name != stream {
			continue
		}
		for _, r := range v.Rows {
			line := fmt.Sprint(r.At.Sub(start).Seconds())
			for _, x := range r.Values {
				line += " " + x.String()
			}
			all = append(all, line)
		}
	}
	return all
}

// put gives a record at a second.
func put(a *App, second float64, data string) {
	at := start.Add(time.Duration(second * float64(time.Second)))
	a.Ingest(at, []Record{{Data: []byte(data), Key: "k", Sequence: "1", Shard: "shardId-000000000000", Arrival: at}})
}

func advance(a *App, second float64) {
	a.Advance(start.Add(time.Duration(second * float64(time.Second))))
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

const counts = `CREATE OR REPLACE STREAM "DEST" (station VARCHAR(16), n BIGINT, low INTEGER);
CREATE OR REPLACE PUMP "P" AS INSERT INTO "DEST"
SELECT STREAM s.station, COUNT(*), MIN(s.battery) FROM "SOURCE_SQL_STREAM_001" AS s `

func TestATumblingWindowClosesAtItsEndWhetherOrNotMoreComes(t *testing.T) {
	for _, form := range []string{`GROUP BY s.station, STEP(s.ROWTIME BY INTERVAL '10' SECOND)`, `WHERE TRUE GROUP BY FLOOR(s.ROWTIME TO MINUTE), s.station HAVING COUNT(*) > 0`} {
		a := compile(t, bikes, counts+form)
		put(a, 1, `{"station":"north","battery":50}`)
		put(a, 9.5, `{"station":"north","battery":40}`)
		put(a, 9.9, `{"station":"south"}`)
		advance(a, 9.999)
		expect(t, rows(a, "DEST"))
		if strings.Contains(form, "MINUTE") {
			advance(a, 60)
			expect(t, rows(a, "DEST"), "60 north 2 40", "60 south 1 NULL")
			continue
		}
		if at, ok := a.NextClose(); !ok || at != start.Add(10*time.Second) {
			t.Errorf("the next window closes at %v", at)
		}
		put(a, 10, `{"station":"north","battery":30}`) // of the next window
		expect(t, rows(a, "DEST"), "10 north 2 40", "10 south 1 NULL")
		advance(a, 20)
		expect(t, rows(a, "DEST"), "10 north 2 40", "10 south 1 NULL", "20 north 1 30")
		if _, open := a.NextClose(); open {
			t.Error("a window is open without a row")
		}
	}
}

func TestASlidingWindowAnswersEachRow(t *testing.T) {
	a := compile(t, bikes, `SELECT STREAM station, COUNT(*) OVER w AS n, AVG(battery) OVER w, COUNT(DISTINCT battery) OVER (ROWS 1 PRECEDING)
		FROM SOURCE_SQL_STREAM_001 WINDOW w AS (PARTITION BY station RANGE INTERVAL '10' SECOND PRECEDING)`)
	for _, r := range []struct {
		at float64
		s  string
		b  int
	}{{0, "n", 10}, {5, "n", 20}, {6, "s", 20}, {10, "n", 60}, {15.1, "n", 1}} {
		put(a, r.at, fmt.Sprintf(`{"station":%q,"battery":%d}`, r.s, r.b))
	}
	expect(t, rows(a, "SELECT_1"), "0 n 1 10 1", "5 n 2 15 2", "6 s 1 20 1", "10 n 3 30 2", "15.1 n 2 30.5 2")
}

func TestAStaggerWindowOpensWithTheFirstRowOfItsKey(t *testing.T) {
	a := compile(t, bikes, `CREATE STREAM d (station VARCHAR(4), n INTEGER); CREATE PUMP p AS INSERT INTO d
		SELECT STREAM station, COUNT(*) FROM SOURCE_SQL_STREAM_001 WINDOWED BY STAGGER (PARTITION BY station RANGE INTERVAL '60' SECOND)`)
	put(a, 7, `{"station":"n"}`)
	put(a, 20, `{"station":"southern"}`) // cut to four characters
	put(a, 66, `{"station":"n"}`)
	put(a, 67, `{"station":"n"}`) // the first window has just closed
	advance(a, 200)
	expect(t, rows(a, "d"), "67 n 2", "80 sout 1", "127 n 1")
}

func TestEventTimeWaitsAndLateRowsAreCounted(t *testing.T) {
	src := bikes
	src.EventTime, src.LatenessMillis = "EVENT_TIME", 5000
	a := compile(t, src, counts+`GROUP BY s.station, STEP(s.ROWTIME BY INTERVAL '10' SECOND)`)
	at := func(s float64) string { return start.Add(time.Duration(s * 1e9)).Time().Format(time.RFC3339Nano) }
	for i, s := range []float64{1, 11, 8, 14, 9, 15.5, 10, 16, 2} {
		put(a, float64(100+i), fmt.Sprintf(`{"station":"n","at":%q}`, at(s)))
	}
	// 15.5 moves the watermark to 10.5 and closes the window of 10 with 1, 8 and 9; then 10 and 2 are late.
	expect(t, rows(a, "DEST"), "10 n 3 NULL")
	if got := a.Total(); got.Late != 2 || got.Rows != 9 || got.Errors != 0 {
		t.Errorf("totals %+v", got)
	}
	if want := "2026-03-02 08:00:02.000, 9s behind the watermark 2026-03-02 08:00:11.000"; a.Late() != want {
		t.Errorf("late %q, want %q", a.Late(), want)
	}
	put(a, 200, `{"station":"n"}`)
	expect(t, rows(a, ErrorStream)[:1], `11 2026-03-02 08:03:20.000 ERROR DATA_ERROR column event_time is NULL, and it is the event time 2026-03-02 08:03:20.000 {"station":"n"} source`)
	if _, ok := a.NextClose(); ok {
		t.Error("time closes a window of event time")
	}
}

// Rows wait for as long as they may without being copied each time one goes on, and no more of them than an application holds.
func TestRowsThatWaitCostLittleAndHaveABound(t *testing.T) {
	src := bikes
	src.EventTime, src.LatenessMillis = "EVENT_TIME", 300_000
	event := func(a *App, millis int64) {
		at := start.Add(time.Duration(millis) * time.Millisecond)
		a.Ingest(at, []Record{{Data: fmt.Appendf(nil, `{"station":"n","at":%d}`, int64(at)/1000)}})
	}
	a := compile(t, src, counts+`GROUP BY s.station, STEP(s.ROWTIME BY INTERVAL '10' SECOND)`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range int64(40_000) {
		event(a, i*10)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 200<<20 {
		t.Errorf("40,000 rows, of which 30,000 wait, took %d MiB", got>>20)
	}
	expect(t, rows(a, "DEST")[:1], "10 n 1000 NULL")
	if a.Waiting() != 30_000 || a.Held() != 30_001 { // and a group
		t.Errorf("%d wait, %d are held", a.Waiting(), a.Held())
	}

	src.LatenessMillis = 3_600_000
	a = compile(t, src, counts+`GROUP BY s.station, STEP(s.ROWTIME BY INTERVAL '10' SECOND)`)
	for i := range int64(MaxHeld + 2) {
		event(a, i)
	}
	if a.Waiting() != MaxHeld || a.Total().Errors != 2 || !strings.Contains(rows(a, ErrorStream)[0], "200000 rows are held already, and 200000 of them wait for older ones: make LatenessMillis or the windows shorter") {
		t.Errorf("%d wait, %+v, %v", a.Waiting(), a.Total(), rows(a, ErrorStream))
	}
	event(a, 4_000_000) // moves the watermark, so that all go on
	if a.Waiting() != 1 || a.Held() != 1 || a.Total().Results != MaxHeld/10_000 {
		t.Errorf("%d wait, %d are held, %+v", a.Waiting(), a.Held(), a.Total())
	}
}

func TestTwoStreamsAreJoinedWithinAWindow(t *testing.T) {
	a := compile(t, bikes, `CREATE STREAM heavy (station VARCHAR(9), weight DOUBLE);
		CREATE PUMP h AS INSERT INTO heavy SELECT STREAM station, weight FROM SOURCE_SQL_STREAM_001 WHERE weight > 20;
		SELECT STREAM a.station, a.battery, b.weight FROM SOURCE_SQL_STREAM_001 OVER (RANGE INTERVAL '5' SECOND PRECEDING) AS a
		JOIN heavy OVER (RANGE INTERVAL '5' SECOND PRECEDING) AS b ON a.station = b.station AND a.battery IS NOT NULL`)
	put(a, 0, `{"station":"n","battery":1}`)
	put(a, 1, `{"station":"s","battery":2}`)
	put(a, 4, `{"station":"n","weight":21.5}`)
	put(a, 5.5, `{"station":"n","weight":30}`)
	put(a, 6, `{"station":"n","battery":3}`)
	expect(t, rows(a, "SELECT_1"), "4 n 1 21.5", "6 n 3 21.5", "6 n 3 30")
}

func TestAJoinOfManyRowsEndsWithAReason(t *testing.T) {
	a := compile(t, bikes, `SELECT STREAM a.station FROM SOURCE_SQL_STREAM_001 OVER (RANGE INTERVAL '1' HOUR PRECEDING) a JOIN SOURCE_SQL_STREAM_001 OVER (RANGE INTERVAL '1' HOUR PRECEDING) b ON TRUE
			JOIN SOURCE_SQL_STREAM_001 OVER (RANGE INTERVAL '1' HOUR PRECEDING) c ON a.battery + b.battery + c.battery < 0;
		SELECT STREAM a.battery FROM SOURCE_SQL_STREAM_001 OVER (RANGE INTERVAL '1' SECOND PRECEDING) a JOIN SOURCE_SQL_STREAM_001 OVER (ROWS 0 PRECEDING) b ON a.battery = b.battery;
		SELECT STREAM MESSAGE, PUMP_NAME, DATA_ROW FROM "error_stream"`)
	for i := range 250 {
		put(a, float64(i), fmt.Sprintf(`{"battery":%d}`, i))
	}
	// For row n the joins try about 3n² combinations.
	if got := a.Total().Errors; got < 250-132 || got > 250-126 {
		t.Errorf("%d rows of 250 are in error_stream", got)
	}
	if got := rows(a, ErrorStream); !strings.Contains(got[len(got)-1], "the joins try more than 50000 combinations of rows for this row, and leave out the rest: make the windows or the table shorter 2026-03-02 08:04:09.000 2026-03-02 08:04:09.000, NULL, 249, NULL,") {
		t.Errorf("the last error is %s", got[len(got)-1])
	}
	if got := rows(a, "SELECT_2"); len(got) != 250 { // another pump's joins go on
		t.Errorf("the small join gives %d rows", len(got))
	}
	// What the wide join did not come to leaves its windows nevertheless.
	put(a, 10_000, `{"battery":1}`)
	put(a, 10_001, `{"battery":1}`)
	if a.Held() > 10 || a.Total().Errors > 250-126 {
		t.Errorf("%d rows are held, %+v", a.Held(), a.Total())
	}
}

func TestAReferenceTableIsJoined(t *testing.T) {
	table := Table{Name: "zones", Columns: []Column{{"code", Type{Name: "VARCHAR"}}, {"zone", Type{Name: "VARCHAR"}}}, Rows: [][]Value{{TextOf("n"), TextOf("north end")}, {TextOf("x"), TextOf("nowhere")}}}
	a := compile(t, bikes, `SELECT STREAM s.station, COALESCE(z.zone, 'unknown') AS zone FROM SOURCE_SQL_STREAM_001 s LEFT JOIN zones z ON s.station = z.code`, table)
	put(a, 0, `{"station":"n"}`)
	put(a, 1, `{"station":"q"}`)
	expect(t, rows(a, "SELECT_1"), "0 n north end", "1 q unknown")
}

func TestWhatCannotBeComputedGoesToTheErrorStream(t *testing.T) {
	a := compile(t, bikes, `CREATE STREAM d (x TINYINT); CREATE PUMP p AS INSERT INTO d SELECT STREAM 100 * battery / (battery - 5) FROM SOURCE_SQL_STREAM_001;
		SELECT STREAM MESSAGE, PUMP_NAME FROM "error_stream"`)
	for i, data := range []string{`{"battery":5}`, `{"battery":200}`, `{"battery":6}`, `{"battery":"full"}`, `nonsense`, `[1]`, `{"battery":null}`} {
		put(a, float64(i), data)
	}
	expect(t, rows(a, "SELECT_1"),
		`0 division by zero: NULLIF(x, 0) makes it NULL p`, `2 column x: 600 does not fit into TINYINT p`, `3 column battery: a VARCHAR like "full" is no INTEGER source`,
		`4 the record is no JSON: "nonsense" source`, `5 the record is no JSON object: "[1]" source`)
	expect(t, rows(a, "d"), "1 102", "6 NULL")
	if a.Total().Errors != 5 {
		t.Errorf("%d errors", a.Total().Errors)
	}
}

func TestPumpsFeedEachOther(t *testing.T) {
	a := compile(t, bikes, `CREATE STREAM tens (n BIGINT);
		CREATE PUMP a AS INSERT INTO tens SELECT STREAM COUNT(*) FROM SOURCE_SQL_STREAM_001 AS s GROUP BY STEP(s.ROWTIME BY INTERVAL '10' SECOND);
		SELECT STREAM SUM(n), COUNT(*), MAX(t.ROWTIME) FROM tens AS t GROUP BY FLOOR(t.ROWTIME TO MINUTE);
		SELECT STREAM x.n * 2 AS twice FROM (SELECT STREAM n FROM tens WHERE n > 1) AS x`)
	for _, s := range []float64{1, 2, 15, 59, 59.5} {
		put(a, s, `{"station":"n"}`)
	}
	advance(a, 600)
	// A row of tens has the end of its window as ROWTIME, so that of the last lies in the minute behind.
	expect(t, rows(a, "tens"), "10 2", "20 1", "60 2")
	expect(t, rows(a, "SELECT_1"), "60 3 2 2026-03-02 08:00:20.000", "120 2 1 2026-03-02 08:01:00.000")
	expect(t, rows(a, "SELECT_2"), "10 4", "60 4")
}

// one computes an expression on one row.
func one(t *testing.T, text string) string {
	t.Helper()
	r, err := Query("SELECT "+text+" FROM one", func(string) (*Table, bool) {
		return &Table{Columns: []Column{{"a", Type{Name: "INTEGER"}}, {"n", Type{Name: "INTEGER"}}, {"s", Type{Name: "VARCHAR"}}, {"at", Type{Name: "TIMESTAMP"}}},
			Rows: [][]Value{{IntOf(7), {}, TextOf("a Bike's life"), TimeOf(start.Add(3723 * time.Second))}}}, true
	}, nil)
	if err != nil {
		return err.Error()
	}
	return r.Rows[0][0].String()
}

func TestExpressions(t *testing.T) {
	for text, want := range map[string]string{
		"a / 2": "3", "a / 2.0": "3.5", "a % 4": "3", "-a + 10": "3", "a * n": "NULL", "2 + 3 * 4 - 1": "13", "(2 + 3) * 4": "20", "1.1 + 2.2": "3.3", "10 - 3 - 2": "5",
		"n = n": "NULL", "n IS NULL": "TRUE", "n IS NOT NULL": "FALSE", "NOT (n = 1)": "NULL", "n = 1 OR a = 7": "TRUE", "n = 1 AND a = 8": "FALSE", "n = 1 AND a = 7": "NULL",
		"a IN (1, 7)": "TRUE", "a IN (1, n)": "NULL", "a NOT IN (1, 2)": "TRUE", "a BETWEEN 1 AND 7": "TRUE", "a NOT BETWEEN 1 AND 7": "FALSE", "a BETWEEN n AND 3": "FALSE",
		"s LIKE 'a%life'": "TRUE", "s LIKE '_ Bike_s%'": "TRUE", "s LIKE 'A%'": "FALSE", "'5%' LIKE '5!%' ESCAPE '!'": "TRUE", "s NOT LIKE '%x%'": "TRUE", "'50' LIKE '5!%' ESCAPE '!'": "FALSE",
		"CASE WHEN a > 9 THEN 'big' WHEN a > 5 THEN 'mid' ELSE 'small' END": "mid", "CASE a WHEN 1 THEN 'one' WHEN 7 THEN 'seven' END": "seven", "CASE WHEN n > 1 THEN 1 END": "NULL",
		"CAST('12' AS INTEGER) + 1": "13", "CAST(3.99 AS INTEGER)": "3", "CAST(2 AS VARCHAR(5)) || 'x'": "2x", "CAST(1.005 AS DECIMAL(5,1))": "1", "CAST('x' AS INTEGER)": `line 1, column 1: a VARCHAR like "x" is no INTEGER`,
		"UPPER(s)": "A BIKE'S LIFE", "INITCAP(LOWER(s))": "A Bike'S Life", "CHAR_LENGTH(s)": "13", "SUBSTRING(s FROM 3 FOR 4)": "Bike", "SUBSTRING(s, 10)": "life", "POSITION('Bike' IN s)": "3", "POSITION('z' IN s)": "0",
		"TRIM(LEADING 'a' FROM s)": " Bike's life", "TRIM('  x ')": "x", "REPLACE(s, 'Bike', 'car')": "a car's life", "CONCAT(a, '-', n, 'x')": "7-x",
		"ABS(-3.5)": "3.5", "ROUND(2.345, 2)": "2.35", "FLOOR(2.9)": "2", "CEIL(2.1)": "3", "MOD(7, 4)": "3", "SQRT(16)": "4", "POWER(2, 10)": "1024", "SIGN(-2)": "-1", "GREATEST(1, 9, 3)": "9", "LEAST(4, 2.5)": "2.5",
		"COALESCE(n, a)": "7", "NULLIF(a, 7)": "NULL", "EXTRACT(MINUTE FROM at)": "2", "FLOOR(at TO HOUR)": "2026-03-02 09:00:00.000", "CEIL(at TO HOUR)": "2026-03-02 10:00:00.000",
		"STEP(at BY INTERVAL '5' SECOND)": "2026-03-02 09:02:00.000", "at + INTERVAL '1' DAY": "2026-03-03 09:02:03.000", "at - TIMESTAMP '2026-03-02 09:00:00'": "123 s", "TSDIFF(at, TIMESTAMP '2026-03-02 09:00:00')": "123000",
		"UNIX_TIMESTAMP(TIMESTAMP '1970-01-01 00:00:01')": "1000", "TO_TIMESTAMP(1000)": "1970-01-01 00:00:01.000", "at > TIMESTAMP '2026-01-01 00:00:00'": "TRUE", "DATE '2026-03-02' < at": "TRUE",
		"9223372036854775807 + a": "line 1, column 1: the result of + does not fit into BIGINT: CAST one side AS DOUBLE", "1 / 0": "line 1, column 1: division by zero: NULLIF(x, 0) makes it NULL",
		"COUNT(*)": "1", "SUM(a) / COUNT(n)": "line 1, column 1: division by zero: NULLIF(x, 0) makes it NULL", "AVG(a)": "7", "STDDEV(a)": "NULL", "VAR_POP(a)": "0",
	} {
		if got := one(t, text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestATextHasABound(t *testing.T) {
	a := compile(t, Source{Columns: []SourceColumn{{"s", "$.s", "VARCHAR(60000)"}}}, `SELECT STREAM CHAR_LENGTH(CONCAT(s, '-', s)) AS n FROM SOURCE_SQL_STREAM_001;
		SELECT STREAM CHAR_LENGTH(s || s) AS n FROM SOURCE_SQL_STREAM_001; SELECT STREAM MESSAGE FROM "error_stream"`)
	put(a, 0, `{"s":"`+strings.Repeat("x", 49_999)+`"}`)
	put(a, 1, `{"s":"`+strings.Repeat("x", 50_001)+`"}`)
	expect(t, rows(a, "SELECT_1"), "0 99999")
	expect(t, rows(a, "SELECT_2"), "0 99998")
	expect(t, rows(a, "SELECT_3"), "1 the text is longer than 100,000 bytes", "1 the text is longer than 100,000 bytes")
}

func TestABadProgramIsToldWhereAndWhatToWrite(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "line 1, column 1: there is no statement: write CREATE OR REPLACE STREAM",
		"SELEC 1":                      `line 1, column 1: found "SELEC": write CREATE or SELECT here`,
		"SELECT STREAM\n  x FROM":      "line 2, column 9: found the end of the program: write the name of a stream here",
		"SELECT STREAM statoin FROM s": "there is no stream s: write one of SOURCE_SQL_STREAM_001, error_stream",
		"SELECT STREAM 'x FROM s":      "line 1, column 15: the text that begins here does not end",
		"SELECT STREAM statoin FROM SOURCE_SQL_STREAM_001":                                                                                                                       "line 1, column 15: there is no column statoin. Did you mean station?",
		"SELECT STREAM b.station FROM SOURCE_SQL_STREAM_001 a":                                                                                                                   "there is no b behind FROM: write one of a",
		"SELECT STREAM COUNT(*) FROM SOURCE_SQL_STREAM_001":                                                                                                                      "no window ends: add STEP(SOURCE_SQL_STREAM_001.ROWTIME BY INTERVAL '60' SECOND)",
		"SELECT STREAM station, COUNT(*) FROM SOURCE_SQL_STREAM_001 GROUP BY station":                                                                                            "no window ends",
		"SELECT STREAM battery, COUNT(*) FROM SOURCE_SQL_STREAM_001 s GROUP BY STEP(s.ROWTIME BY INTERVAL '1' MINUTE)":                                                           "line 1, column 15: battery is neither in GROUP BY nor inside an aggregate",
		"SELECT STREAM station FROM SOURCE_SQL_STREAM_001 WHERE battery > 'x'":                                                                                                   "a INTEGER and a VARCHAR do not compare",
		"SELECT STREAM station FROM SOURCE_SQL_STREAM_001 WHERE event_time > '2026'":                                                                                             "write TIMESTAMP '2026-03-02 08:00:00'",
		"SELECT STREAM station FROM SOURCE_SQL_STREAM_001 WHERE battery":                                                                                                         "WHERE takes a condition, and this is a INTEGER",
		"SELECT STREAM station FROM SOURCE_SQL_STREAM_001 ORDER BY station":                                                                                                      "a stream has no end to sort at",
		"SELECT STREAM station FROM SOURCE_SQL_STREAM_001 LIMIT 3":                                                                                                               "LIMIT has no meaning",
		"SELECT STREAM UPER(station) FROM SOURCE_SQL_STREAM_001":                                                                                                                 "there is no function UPER. Did you mean UPPER?",
		"SELECT STREAM UPPER(battery) FROM SOURCE_SQL_STREAM_001":                                                                                                                "UPPER takes a text here, and this is a INTEGER",
		"SELECT STREAM RANDOM_CUT_FOREST(station) FROM SOURCE_SQL_STREAM_001":                                                                                                    "is not built here",
		"SELECT STREAM a.station FROM SOURCE_SQL_STREAM_001 a JOIN SOURCE_SQL_STREAM_001 b ON a.station = b.station":                                                             "two streams are joined within a window",
		"CREATE STREAM x (a INTEGR)":                                                                                                                                             "write a type, one of BOOLEAN",
		"CREATE PUMP p AS INSERT INTO x SELECT STREAM 1 FROM SOURCE_SQL_STREAM_001":                                                                                              "there is no stream x to insert into",
		"CREATE STREAM x (a INTEGER); CREATE PUMP p AS INSERT INTO x SELECT STREAM 1, 2 FROM SOURCE_SQL_STREAM_001":                                                              "the query gives 2 columns, and stream x takes 1: a",
		"CREATE STREAM x (a INTEGER); CREATE PUMP p AS INSERT INTO x SELECT 1 FROM SOURCE_SQL_STREAM_001":                                                                        "write SELECT STREAM",
		"CREATE STREAM x (a INTEGER); CREATE STREAM y (a INTEGER); CREATE PUMP p AS INSERT INTO x SELECT STREAM a FROM y; CREATE PUMP q AS INSERT INTO y SELECT STREAM a FROM x": "run in a circle",
		"SELECT STREAM SUM(battery) OVER v FROM SOURCE_SQL_STREAM_001":                                                                                                           "there is no window v",
		"SELECT STREAM station FROM SOURCE_SQL_STREAM_001 WHERE COUNT(*) > 1":                                                                                                    "COUNT cannot stand in WHERE: an aggregate's result is asked for in HAVING",
		"INSERT INTO x SELECT 1":                          "INSERT stands inside a pump",
		"SELECT STREAM select FROM SOURCE_SQL_STREAM_001": "SELECT is a word of SQL",
	} {
		if _, err := Compile(text, bikes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n  gave %v\n  want %s", text, err, want)
		}
	}
	for _, src := range []Source{{}, {Columns: []SourceColumn{{"a", "a", "INTEGER"}}}, {Columns: []SourceColumn{{"a", "$.a", "INT8"}}}, {Columns: []SourceColumn{{"rowtime", "$.a", "INTEGER"}}},
		{Columns: []SourceColumn{{"a", "$.a", "INTEGER"}}, EventTime: "a"}, {Columns: []SourceColumn{{"a", "$.a", "INTEGER"}}, EventTime: "b"}} {
		if _, err := Compile("SELECT STREAM 1 FROM SOURCE_SQL_STREAM_001", src); err == nil {
			t.Errorf("source %+v is taken", src)
		}
	}
}

func TestQueryInOneGo(t *testing.T) {
	tables := func(called string) (*Table, bool) {
		n := func(i int64) Value { return IntOf(i) }
		switch strings.ToLower(called) {
		case "trips":
			return &Table{Columns: []Column{{"bike", Type{Name: "INTEGER"}}, {"station", Type{Name: "VARCHAR"}}, {"km", Type{Name: "DOUBLE"}}},
				Rows: [][]Value{{n(1), TextOf("n"), DoubleOf(2.5)}, {n(2), TextOf("s"), DoubleOf(1)}, {n(1), TextOf("s"), {}}, {n(3), TextOf("n"), DoubleOf(4)}}}, true
		case "stations":
			return &Table{Columns: []Column{{"station", Type{Name: "VARCHAR"}}, {"title", Type{Name: "VARCHAR"}}}, Rows: [][]Value{{TextOf("n"), TextOf("North")}}}, true
		}
		return nil, false
	}
	for text, want := range map[string]string{
		"SELECT bike, km FROM trips ORDER BY km DESC, bike LIMIT 2":                                                                                "bike km|3 4|1 2.5",
		"SELECT bike FROM trips ORDER BY km":                                                                                                       "bike|2|1|3|1",
		"SELECT station, COUNT(*) AS n, SUM(km) FROM trips GROUP BY station ORDER BY n, station DESC":                                              "station n EXPR$2|s 2 1|n 2 6.5",
		"SELECT station FROM trips GROUP BY station HAVING SUM(km) > 2":                                                                            "station|n",
		"SELECT DISTINCT station FROM trips ORDER BY 1":                                                                                            "station|n|s",
		"SELECT COUNT(*), COUNT(km), COUNT(DISTINCT bike), MIN(km), MAX(km), AVG(km) FROM trips WHERE km IS NULL OR km > 0":                        "EXPR$0 EXPR$1 EXPR$2 EXPR$3 EXPR$4 EXPR$5|4 3 3 1 4 2.5",
		"SELECT COUNT(*), SUM(km) FROM trips WHERE bike > 9":                                                                                       "EXPR$0 EXPR$1|0 NULL",
		"SELECT t.bike, s.title FROM trips t LEFT JOIN stations s ON t.station = s.station ORDER BY bike, title":                                   "bike title|1 North|1 NULL|2 NULL|3 North",
		"SELECT x.station, x.n + 1 FROM (SELECT station, COUNT(*) AS n FROM trips GROUP BY station) AS x JOIN stations s ON s.station = x.station": "station EXPR$1|n 3",
		"SELECT * FROM stations": "station title|n North",
		"SELECT UPPER(station), MAX(bike) FROM trips GROUP BY UPPER(station) ORDER BY MAX(bike)": "EXPR$0 EXPR$1|S 2|N 3",
		"SELECT bike FROM rides":        "line 1, column 18: there is no table rides: write one of trips, stations",
		"SELECT STREAM bike FROM trips": "line 1, column 1: SELECT STREAM has no end: write SELECT for the rows there are now",
	} {
		r, err := Query(text, tables, []string{"trips", "stations"})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			var b []string
			for _, c := range r.Columns {
				b = append(b, c.Name)
			}
			got = strings.Join(b, " ")
			for _, row := range r.Rows {
				b = b[:0]
				for _, v := range row {
					b = append(b, v.String())
				}
				got += "|" + strings.Join(b, " ")
			}
		}
		if got != want {
			t.Errorf("%s\n  gave %s\n  want %s", text, got, want)
		}
	}
}

func TestDiscover(t *testing.T) {
	s := Discover([][]byte{[]byte(`{"bike":7,"at":"2026-03-02T08:00:00Z","pos":{"lat":51.5,"ok":true},"tags":["a"],"name":"abc"}`), []byte(`{"bike":7.5,"name":"a longer name","pos":{"lat":null},"x":null}`), []byte("no")})
	got := fmt.Sprint(s.Columns)
	if want := "[{bike $.bike DOUBLE} {at $.at TIMESTAMP} {pos_lat $.pos.lat DOUBLE} {pos_ok $.pos.ok BOOLEAN} {tags $.tags VARCHAR(8)} {name $.name VARCHAR(16)} {x $.x VARCHAR(4)}]"; got != want {
		t.Errorf("found %s\nwant  %s", got, want)
	}
	if _, err := Compile("SELECT STREAM * FROM SOURCE_SQL_STREAM_001", s); err != nil {
		t.Error(err)
	}
}

// naive is what windows come to when everything is computed anew.
type seen struct {
	at      int64 // microseconds since start
	key     string
	n       int64
	isNull  bool
	weight  float64
	ordinal int
}

// Windows against a recomputation of everything: random rows, orders, lateness and window lengths, and now and then a copy goes on.
func TestAMemberWithoutANameIsNoColumn(t *testing.T) {
	if got := Discover([][]byte{[]byte(`{"":1,"a":{"":{"b":2},"c":3}}`), []byte(`{"":1}`)}).Columns; len(got) != 1 || got[0].Name != "a_c" {
		t.Errorf("discovered %v", got)
	}
	if got, err := ReadTable("z", []byte("id,\nn,1")); err != nil || len(got.Columns) != 1 {
		t.Errorf("read %v, %v", got, err)
	}
}

func TestWindowsAreThoseOfANaiveRecomputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.SampledFrom([]int64{1, 2, 5, 10, 60}).Draw(t, "step")
		lateness := rapid.Int64Range(0, 20).Draw(t, "lateness") * 500
		event := rapid.Bool().Draw(t, "event time")
		src := bikes
		if event {
			src.EventTime, src.LatenessMillis = "event_time", lateness
		}
		text := fmt.Sprintf(`SELECT STREAM s.station, COUNT(*), COUNT(battery), SUM(battery), MIN(battery), MAX(battery), AVG(weight), STDDEV_POP(weight), COUNT(DISTINCT battery), FIRST_VALUE(battery), LAST_VALUE(battery)
			FROM SOURCE_SQL_STREAM_001 AS s GROUP BY STEP(s.ROWTIME BY INTERVAL '%d' SECOND), s.station;
			SELECT STREAM s.station, COUNT(*) OVER w, COUNT(battery) OVER w, SUM(battery) OVER w, MIN(battery) OVER w, MAX(battery) OVER w, AVG(weight) OVER w, STDDEV_POP(weight) OVER w, COUNT(DISTINCT battery) OVER w, FIRST_VALUE(battery) OVER w, LAST_VALUE(battery) OVER w
			FROM SOURCE_SQL_STREAM_001 AS s WINDOW w AS (PARTITION BY s.station RANGE INTERVAL '%d' SECOND PRECEDING);
			SELECT STREAM s.station, COUNT(*), COUNT(battery), SUM(battery), MIN(battery), MAX(battery), AVG(weight), STDDEV_POP(weight), COUNT(DISTINCT battery), FIRST_VALUE(battery), LAST_VALUE(battery)
			FROM SOURCE_SQL_STREAM_001 AS s WINDOWED BY STAGGER (PARTITION BY s.station RANGE INTERVAL '%d' SECOND)`, step, step, step)
		p, err := Compile(text, src)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Compile(p.String(), src); err != nil || again.String() != p.String() {
			t.Fatalf("printed it is\n%s\nand reads as %v", p, err)
		}
		a := p.Start()
		var taken []seen
		late, watermark, now := 0, int64(0), int64(0)
		for i := range rapid.IntRange(1, 60).Draw(t, "rows") {
			now += rapid.Int64Range(0, 8).Draw(t, "pause") * 250_000
			r := seen{at: now, key: rapid.SampledFrom([]string{"n", "s", "w"}).Draw(t, "key"), n: rapid.Int64Range(-5, 5).Draw(t, "battery"), isNull: rapid.IntRange(0, 5).Draw(t, "null") == 0,
				weight: float64(rapid.IntRange(0, 1000).Draw(t, "weight")) / 8, ordinal: i}
			data := fmt.Sprintf(`{"station":%q,"battery":%d,"weight":%v`, r.key, r.n, r.weight)
			if r.isNull {
				data = fmt.Sprintf(`{"station":%q,"weight":%v`, r.key, r.weight)
			}
			if event {
				r.at += 60e6 - rapid.Int64Range(0, 60).Draw(t, "age")*250_000
				data += `,"at":"` + (start + sim.Instant(r.at)).Time().Format(time.RFC3339Nano) + `"`
			}
			if event && r.at < watermark {
				late++
			} else {
				taken = append(taken, r)
				watermark = max(watermark, r.at-lateness*1000)
			}
			put(a, float64(now)/1e6, data+"}")
			if rapid.IntRange(0, 9).Draw(t, "copy") == 0 {
				old := a
				a = a.Clone()
				put(old, float64(now)/1e6+500, data+"}") // what the other does is none of ours
				advance(old, float64(now)/1e6+600)
			}
		}
		if !event {
			watermark = now + 1000e6
			advance(a, float64(watermark)/1e6)
		}
		if int(a.Total().Late) != late {
			t.Fatalf("%d rows are late, want %d", a.Total().Late, late)
		}
		slices.SortStableFunc(taken, func(a, b seen) int { return order(a.at < b.at, a.at > b.at) })
		if event { // what waits has not been seen
			n := 0
			for n < len(taken) && taken[n].at <= watermark {
				n++
			}
			if got := a.Waiting(); got != len(taken)-n {
				t.Fatalf("%d rows wait, want %d", got, len(taken)-n)
			}
			taken = taken[:n]
		}
		sum := func(at int64, key string, in func(seen) bool) string {
			var all, whole []seen
			kinds := map[int64]bool{}
			total, mean, square := int64(0), 0.0, 0.0
			for _, r := range taken {
				if r.key == key && in(r) {
					all = append(all, r)
					mean += r.weight
					if !r.isNull {
						whole = append(whole, r)
						kinds[r.n] = true
						total += r.n
					}
				}
			}
			mean /= float64(len(all))
			for _, r := range all {
				square += (r.weight - mean) * (r.weight - mean)
			}
			line := fmt.Sprintf("%v %s %d %d ", float64(at)/1e6, key, len(all), len(whole))
			low, high, first, last, s := "NULL", "NULL", "NULL", "NULL", "NULL"
			if len(whole) > 0 {
				by := func(a, b seen) int { return order(a.n < b.n, a.n > b.n) }
				low, high, s = fmt.Sprint(slices.MinFunc(whole, by).n), fmt.Sprint(slices.MaxFunc(whole, by).n), fmt.Sprint(total)
				first, last = fmt.Sprint(whole[0].n), fmt.Sprint(whole[len(whole)-1].n)
			}
			return line + fmt.Sprintf("%s %s %s %.6f %.6f %d %s %s", s, low, high, mean, math.Sqrt(square/float64(len(all))), len(kinds), first, last)
		}
		got := func(stream string) []string {
			all := []string{}
			for _, v := range a.Views(KeptRows) {
				for _, r := range v.Rows {
					if v.Name != stream {
						continue
					}
					line := fmt.Sprint(float64(r.At-start) / 1e6)
					for i, x := range r.Values {
						if i == 6 || i == 7 {
							line += fmt.Sprintf(" %.6f", x.float())
						} else {
							line += " " + x.String()
						}
					}
					all = append(all, line)
				}
			}
			slices.Sort(all)
			return all
		}
		same := func(what string, got, want []string) {
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%s\ngot\n  %s\nwant\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
		}
		tumbling, sliding, stagger := []string{}, []string{}, []string{}
		done := map[string]bool{}
		open := map[string]int64{}
		for i, r := range taken {
			from := int64(start) + r.at
			from -= from % (step * 1e6)
			end := from + step*1e6 - int64(start)
			if id := fmt.Sprint(end, r.key); !done[id] && end <= watermark {
				done[id] = true
				tumbling = append(tumbling, sum(end, r.key, func(x seen) bool { return x.at >= end-step*1e6 && x.at < end }))
			}
			before := taken[:i+1]
			sliding = append(sliding, sum(r.at, r.key, func(x seen) bool {
				return x.at >= r.at-step*1e6 && slices.ContainsFunc(before, func(y seen) bool { return y.ordinal == x.ordinal })
			}))
			if opened, is := open[r.key]; !is || r.at >= opened+step*1e6 {
				open[r.key] = r.at
				if until := r.at + step*1e6; until <= watermark {
					stagger = append(stagger, sum(until, r.key, func(x seen) bool {
						return x.at < until && (x.at > r.at || x.at == r.at && slices.IndexFunc(taken, func(y seen) bool { return y.ordinal == x.ordinal }) >= i)
					}))
				}
			}
		}
		same("tumbling", got("SELECT_1"), tumbling)
		same("sliding", got("SELECT_2"), sliding)
		same("stagger", got("SELECT_3"), stagger)
	})
}

// A copy goes on as the original, to the byte, whatever the other does.
func TestACopyGoesOnAsTheOriginal(t *testing.T) {
	state := func(a *App) string {
		var b bytes.Buffer
		a.State(&b)
		return b.String()
	}
	feed := func(a *App, from, to int) {
		for i := from; i < to; i++ {
			put(a, float64(i)*0.7, fmt.Sprintf(`{"station":"s%d","battery":%d,"weight":%d.5}`, i%3, i*7%11, i%5))
		}
	}
	text := counts + `GROUP BY s.station, STEP(s.ROWTIME BY INTERVAL '10' SECOND);
		SELECT STREAM station, AVG(weight) OVER (PARTITION BY station RANGE INTERVAL '5' SECOND PRECEDING) FROM SOURCE_SQL_STREAM_001;
		SELECT STREAM a.station, b.n FROM SOURCE_SQL_STREAM_001 OVER (RANGE INTERVAL '5' SECOND PRECEDING) a JOIN DEST OVER (RANGE INTERVAL '20' SECOND PRECEDING) b ON a.station = b.station;
		SELECT STREAM station, COUNT(DISTINCT battery) FROM SOURCE_SQL_STREAM_001 WINDOWED BY STAGGER (PARTITION BY station RANGE INTERVAL '7' SECOND)`
	for cut := 1; cut < 60; cut += 7 {
		whole, a := compile(t, bikes, text), compile(t, bikes, text)
		feed(whole, 0, 80)
		feed(a, 0, cut)
		b := a.Clone()
		feed(a, cut, 90)
		feed(b, cut, 80)
		if state(b) != state(whole) {
			t.Fatalf("a copy made after %d rows goes another way", cut)
		}
	}
}

// What COUNT(DISTINCT) has seen decides what counts next, so it is state.
func TestStateHoldsWhatCountDistinctHasSeen(t *testing.T) {
	state := func(middle string) string {
		a := compile(t, bikes, `SELECT STREAM COUNT(DISTINCT station) FROM SOURCE_SQL_STREAM_001 s GROUP BY STEP(s.ROWTIME BY INTERVAL '10' SECOND)`)
		for _, s := range []string{"a", middle, "z"} {
			put(a, 1, fmt.Sprintf(`{"station":%q}`, s))
		}
		var b bytes.Buffer
		a.State(&b)
		_, pumps, _ := strings.Cut(b.String(), "\npump 0")
		return pumps
	}
	if x, y := state("x"), state("y"); x == y || x != state("x") {
		t.Errorf("with x: %s\nwith y: %s", x, y)
	}
}

// FuzzParse holds that the parser never panics, and that what it prints reads as the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{counts + "GROUP BY s.station, STEP(s.ROWTIME BY INTERVAL '10' SECOND);", "SELECT -1 - -x || 'a''b' FROM \"a b\".c AS \"select\" WHERE NOT a IS NOT TRUE AND b NOT LIKE '%' ESCAPE '!' OR c NOT IN (1, 2.5e3, NULL)",
		"SELECT CASE x WHEN 1 THEN 2 ELSE 3 END, CAST(a AS DECIMAL(5,2)), TRIM(BOTH 'x' FROM y), SUBSTRING(a FROM 1 FOR 2), POSITION('a' IN b), EXTRACT(DAY FROM t), FLOOR(t TO DAY), COUNT(DISTINCT a) OVER w, * FROM a LEFT JOIN (SELECT 1 FROM b LIMIT 3) c ON TRUE WINDOW w AS (ROWS 3 PRECEDING) ORDER BY 1 DESC",
		"SELECT STREAM a FROM b WINDOWED BY STAGGER (PARTITION BY FLOOR(a TO MINUTE), c RANGE INTERVAL '1' MINUTE) -- x\n/* y */;", "CREATE PUMP p AS INSERT INTO d (a, b) SELECT STREAM TIMESTAMP '2026-03-02 08:00:00', INTERVAL '1.5' SECOND FROM s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := Parse(text)
		if err != nil {
			if e, ok := err.(*Error); !ok || e.Line < 1 || e.Column < 1 || e.Message == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		printed := Print(all)
		again, err := Parse(printed)
		if err != nil {
			if len(printed) > MaxBytes {
				return
			}
			t.Fatalf("%q prints as %q, which does not read: %v", text, printed, err)
		}
		if Print(again) != printed {
			t.Fatalf("%q prints as\n%s\nand that as\n%s", text, printed, Print(again))
		}
		_, _ = Compile(text, bikes)
		_, _ = Query(text, func(string) (*Table, bool) {
			return &Table{Columns: []Column{{"a", Type{Name: "INTEGER"}}}, Rows: [][]Value{{IntOf(1)}, {{}}}}, true
		}, nil)
	})
}

func TestReadTable(t *testing.T) {
	for data, want := range map[string]string{
		"code,title,n\nn,\"North, end\",1\ns,\"a \"\"b\"\"\",2\n":         "[{code VARCHAR} {title VARCHAR} {n BIGINT}] [[n North, end 1] [s a \"b\" 2]]",
		"{\"a\":1,\"b\":{\"c\":\"x\"}}\n\n{\"a\":2.5,\"b\":{\"c\":null}}": "[{a DOUBLE} {b_c VARCHAR}] [[1 x] [2.5 NULL]]",
		"a,b\n1\n": "line 2 has 1 cells, and the first has 2: write lines of JSON, or CSV with names in its first line",
		"":         "no line of it is a JSON object with members",
	} {
		table, err := ReadTable("x", []byte(data))
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(table.Columns, " ", table.Rows)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", data, got, want)
		}
	}
}

// A window is shown as the learner wrote it, not as it is bound.
func TestAWindowIsShownAsItWasWritten(t *testing.T) {
	a := compile(t, bikes, `SELECT STREAM station, AVG(battery) OVER (PARTITION BY station RANGE INTERVAL '1' MINUTE PRECEDING) FROM "SOURCE_SQL_STREAM_001"`)
	if all := a.Windows(); len(all) != 1 || all[0].Words != "sliding, (PARTITION BY station RANGE INTERVAL '1' MINUTE PRECEDING)" {
		t.Errorf("%+v", all)
	}
}
