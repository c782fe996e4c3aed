package protocol

import (
	"reflect"
	"strings"
	"testing"
)

var stands = Where{Now: 90 * Second, Opened: 30 * Second, StartUnix: 1772440770_000000} // 2026-03-02T08:39:30Z

func TestReadCondition(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Condition
	}{
		{"first throttle", Condition{Kinds: []string{EventWriteRefused, EventReadRefused}}},
		{"until the first throttle of trips", Condition{Kinds: []string{EventWriteRefused, EventReadRefused}, Of: "trips"}},
		{"a write is refused", Condition{Kinds: []string{EventWriteRefused}}},
		{"Read refused", Condition{Kinds: []string{EventReadRefused}}},
		{"a consumer has caught up", Condition{Kinds: []string{EventCaughtUp}}},
		{"board has caught up", Condition{Kinds: []string{EventCaughtUp}, Of: "board"}},
		{"a shard opens or closes", Condition{Kinds: []string{EventShardOpened, EventShardClosed}}},
		{"a shard expires", Condition{Kinds: []string{EventShardExpired}}},
		{"buffer flush", Condition{Kinds: []string{UntilFlush}}},
		{"the next event", Condition{}},
		{"metric IncomingRecords of s above 900", Condition{Metric: &Crossing{Metric: "IncomingRecords", Of: "s", Value: 900}}},
		{"metric GetRecords.IteratorAgeMilliseconds average below 1.5k", Condition{Metric: &Crossing{Metric: "GetRecords.IteratorAgeMilliseconds", Stat: "Average", Below: true, Value: 1500}}},
		{"metric PutRecord.Latency P99 of s above 40", Condition{Metric: &Crossing{Metric: "PutRecord.Latency", Of: "s", Stat: "p99", Value: 40}}},
		{"metric IncomingBytes over 2KiB", Condition{Metric: &Crossing{Metric: "IncomingBytes", Value: 2 << 10}}},
		{"metric IncomingBytes over 2M", Condition{Metric: &Crossing{Metric: "IncomingBytes", Value: 2e6}}},
		{"metric IncomingBytes over 1MiB", Condition{Metric: &Crossing{Metric: "IncomingBytes", Value: 1 << 20}}},
		{"record 49667735478902372183492374892374892374892374892374892374 expires", Condition{Record: "49667735478902372183492374892374892374892374892374892374"}},
		{"the oldest record expires", Condition{Record: Oldest}},
		{"expiry", Condition{Record: Oldest}},
		{"23h59m before expiry", Condition{Record: Oldest, Before: (23*3600 + 59*60) * Second}},
		{"1h before record 49667735478902372183492374892374892374892374892374892374 expires", Condition{Record: "49667735478902372183492374892374892374892374892374892374", Before: 3600 * Second}},
		{"+7d", Condition{At: 7*86400*Second + 90*Second}},
		{"+1d12h", Condition{At: 36*3600*Second + 90*Second}},
		{"1:40", Condition{At: 100 * Second}},
		{"at 08:42", Condition{At: 150 * Second}},
		{"2026-03-02T08:42:00Z", Condition{At: 150 * Second}},
	} {
		got, err := ReadCondition(tt.text, stands)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %+v, %v; want %+v", tt.text, got, err, tt.want)
		}
	}
	for text, want := range map[string]string{
		"":                             "until what?",
		"doomsday":                     "Write an instant",
		"metric IncomingRecords":       "a name and a value",
		"metric X above many":          `"many" is no number`,
		"metric X above 1e308MiB":      `"1e308MiB" is no number`,
		"metric X above k":             `"k" is no number`,
		"metric X at s above 1":        `"at" is not understood`,
		"metric X p75 above 1":         "Sum, Average, Minimum, Maximum, SampleCount, p50, p90 or p99 behind the name",
		"soon before expiry":           "how long before which expiry",
		"1h before the next flush":     "how long before which expiry",
		"0:10":                         "it cannot go back further",
		"9999-01-01T00:00:00Z":         "Write an instant up to ",
		"+401d":                        "No run is longer than 400 days",
		"the record of my car expires": "Write an instant",
	} {
		if _, err := ReadCondition(text, stands); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

// TestOneSuffixOfANumber holds that of two suffixes neither is chosen by chance: it is no number.
func TestOneSuffixOfANumber(t *testing.T) {
	for range 50 {
		for _, number := range []string{"1kM", "1Mk", "1kk", "1MKiB", "1KiBMiB"} {
			if c, err := ReadCondition("metric X above "+number, stands); err == nil {
				t.Fatalf("%s is read as %v", number, c.Metric.Value)
			}
		}
	}
}

func TestShellWord(t *testing.T) {
	for text, want := range map[string]string{"": "''", "trips": "trips", "a b": "'a b'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "~": "'~'", "a\nb": "'a\nb'", "a\x00b": "ab", "\x00": "''", "é": "'é'",
		"s3://lake/a=1,b@c%2+x": "s3://lake/a=1,b@c%2+x"} {
		if got := ShellWord(text); got != want {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
	}
}
