package scenario

import (
	"errors"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/region"
)

const good = `{
	"name": "hot-rack", "start": "2026-03-02T08:39:30Z", "seed": 7, "profile": "2024", "open": "1m30s",
	"world": [
		{"at": "12s", "do": "lab.PutProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 1400}},
		{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 4}},
		{"at": "12s", "do": "lab.Note", "with": {"Text": "Rush."}, "may-fail": true}
	],
	"goals": [{"id": "x"}]
}`

func TestParse(t *testing.T) {
	f, err := Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if f.Name != "hot-rack" || f.Seed != 7 || f.Profile != "2024" || f.Open != 90*time.Second || len(f.Goals) != 1 {
		t.Errorf("read as %+v", f)
	}
	if !f.Start.Equal(time.Date(2026, 3, 2, 8, 39, 30, 0, time.UTC)) {
		t.Errorf("start is %s", f.Start)
	}
	var order []string
	for _, s := range f.World {
		order = append(order, s.Do)
	}
	if got := strings.Join(order, " "); got != "kinesis.CreateStream lab.PutProducer lab.Note" {
		t.Errorf("commands in the order %s", got)
	}
	if !f.World[2].MayFail || f.World[0].Path() != "world[1]" {
		t.Errorf("%+v", f.World)
	}
	if c := f.World[0].Command(); c.Service != "kinesis" || c.Op != "CreateStream" {
		t.Errorf("as a command: %+v", c)
	}
}

func TestFaults(t *testing.T) {
	const head = `{"name":"a","start":"2026-03-02T08:39:30Z"`
	rows := []struct{ name, file, path, want string }{
		{"empty", ``, "name", `"" is not a slug`},
		{"not JSON", "{\n\"name\": ,}", "", "not JSON: line 2"},
		{"a list", `[]`, "", "[] is not an object"},
		{"unknown key", head + `,"goal":[]}`, "goal", "unknown key. Did you mean goals? Known here: goals, incident, name, note, open, profile, seed, start, world"},
		{"bad name", `{"name":"Hot Rack","start":"2026-03-02T08:39:30Z"}`, "name", "is not a slug: write small letters, digits and dashes, like hot-rack"},
		{"no start", `{"name":"a"}`, "start", `left out: write the instant at which the lab begins, like "2026-03-02T08:39:30Z"`},
		{"start no instant", `{"name":"a","start":"monday"}`, "start", `"monday" is not an instant: write it like`},
		{"start long ago", `{"name":"a","start":"1999-03-02T08:39:30Z"}`, "start", "the year 1999 is outside 2013 to 2200"},
		{"seed a text", head + `,"seed":"7"}`, "seed", `"7" is not a whole number`},
		{"seed negative", head + `,"seed":-1}`, "seed", "-1 is outside 0 to 9007199254740991"},
		{"profile a number", head + `,"profile":2026}`, "profile", "2026 is not a text: put it between quotes"},
		{"profile unknown", head + `,"profile":"2025"}`, "profile", `"2025" is not a limits profile: write one of 2026, 2024`},
		{"open a number", head + `,"open":30}`, "open", `30 is not a duration: write a text like "10s"`},
		{"open too long", head + `,"open":"25h"}`, "open", "25h0m0s is more than 24h0m0s"},
		{"open negative", head + `,"open":"-5s"}`, "open", "is not a duration"},
		{"world no list", head + `,"world":{}}`, "world", "{} is not a list: write [ ... ]"},
		{"command without do", head + `,"world":[{"at":"1s"}]}`, "world[0].do", "left out: write an operation, like kinesis.CreateStream"},
		{"command of no service", head + `,"world":[{"do":"s3.PutObject"}]}`, "world[0].do", `there is no service "s3": write kinesis.<Operation> or lab.<Operation>`},
		{"command with a typo", head + `,"world":[{"do":"kinesis.CreateStreams"}]}`, "world[0].do", `service kinesis has no operation "CreateStreams". Did you mean kinesis.CreateStream?`},
		{"member with a typo", head + `,"world":[{"do":"kinesis.CreateStream","with":{"StreamName":"a","ShardsCount":1}}]}`, "world[0].with.ShardsCount", "CreateStream has no such member. Did you mean ShardCount?"},
		{"member missing", head + `,"world":[{"do":"kinesis.CreateStream","with":{"ShardCount":1}}]}`, "world[0].with", "CreateStream needs StreamName"},
		{"with no object", head + `,"world":[{"do":"kinesis.CreateStream","with":[]}]}`, "world[0].with", "not an object"},
		{"lab member with a typo", head + `,"world":[{"do":"lab.PutProducer","with":{"Name":"a","Batsch":1}}]}`, "world[0].with.Batsch", "unknown key. Did you mean Batch?"},
		{"lab member of another type", head + `,"world":[{"do":"lab.PutProducer","with":{"Name":"a","Keys":{"Count":"8"}}}]}`, "world[0].with.Keys.Count", `"8" is not a whole number`},
		{"unknown key of a command", head + `,"world":[{"do":"lab.Note","when":"1s"}]}`, "world[0].when", "unknown key."},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := Parse([]byte(row.file))
			var faults region.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			for _, f := range faults {
				if f.Path == row.path && strings.Contains(f.Message, row.want) {
					return
				}
			}
			t.Errorf("got\n%v\nwant at %q: %s", err, row.path, row.want)
		})
	}
	t.Run("all at once", func(t *testing.T) {
		_, err := Parse([]byte(head + `,"seed":"x","open":3,"wurld":[]}`))
		if n := strings.Count(err.Error(), "\n"); n != 2 {
			t.Errorf("three faults give\n%v", err)
		}
	})
	t.Run("too large", func(t *testing.T) {
		if _, err := Parse([]byte(head + strings.Repeat(" ", MaxBytes) + "}")); err == nil || !strings.Contains(err.Error(), "at most") {
			t.Errorf("got %v", err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add(`{"name":"a","start":"2026-03-02T08:39:30Z","world":[{"do":"kinesis.PutRecord","with":null}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse([]byte(text))
		if err == nil && (file.Name == "" || file.Start.IsZero()) {
			t.Fatalf("taken without name or start: %+v", file)
		}
	})
}
