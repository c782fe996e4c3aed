package firehose

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that no system is without zones

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// TestPrefixes holds the examples of the Developer Guide, "Custom prefixes for Amazon S3 objects", and more.
func TestPrefixes(t *testing.T) {
	w := newWorld(t)
	st := w.create("trips", "")
	at := sim.At(time.Date(2018, 8, 27, 10, 30, 5, 123e6, time.UTC))
	for _, x := range []struct{ prefix, typ, zone, want string }{
		{"", "", "", "2018/08/27/10/"},
		{"logs", "", "", "logs2018/08/27/10/"},
		{"p/", "processing-failed", "", "p/processing-failed/2018/08/27/10/"},
		{"fail/!{firehose:error-output-type}/", "processing-failed", "", "fail/processing-failed/"},
		{"year=!{timestamp:yyyy}/month=!{timestamp:MM}/", "", "", "year=2018/month=08/"},
		{"!{timestamp:'T'yyyy-DDD EEE HH:mm:ss.SSS a}/", "", "", "T2018-239 Mon 10:30:05.123 AM/"},
		{"!{timestamp:yyyy/MM/dd/HH}/", "", "Europe/Berlin", "2018/08/27/12/"},
		{"", "", "America/Los_Angeles", "2018/08/27/03/"},
		{"", "", "Asia/Kolkata", "2018/08/27/16/"},
		{"", "", "Australia/Brisbane", "2018/08/27/20/"},
	} {
		got, err := w.s.evaluate(st, Doc{"CustomTimeZone": x.zone}, x.prefix, x.typ, at, nil)
		if err != nil || got != x.want {
			t.Errorf("%q %q %q: %q %v, want %q", x.prefix, x.typ, x.zone, got, err, x.want)
		}
	}
	a, _ := w.s.evaluate(st, nil, "!{firehose:random-string}/!{firehose:random-string}/", "", at, nil)
	if parts := strings.Split(a, "/"); len(parts[0]) != 11 || parts[0] == parts[1] || !strings.HasSuffix(a, "/2018/08/27/10/") {
		t.Errorf("random strings: %q", a)
	}
	for _, x := range []struct{ zone, at, want string }{
		{"Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59"}, {"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"},
		{"Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00"}, {"America/New_York", "2026-03-08T06:59:59Z", "2026-03-08T01:59:59"},
		{"America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T03:00:00"}, {"America/New_York", "2026-11-01T06:00:00Z", "2026-11-01T01:00:00"},
	} {
		moment, _ := time.Parse(time.RFC3339, x.at)
		if got := inZone(moment, x.zone).Format("2006-01-02T15:04:05"); got != x.want {
			t.Errorf("%s in %s is %s, want %s", x.at, x.zone, got, x.want)
		}
		zone, err := time.LoadLocation(x.zone) // the system's own table, where there is one
		if err == nil && inZone(moment, x.zone).Format("2006-01-02T15:04:05") != moment.In(zone).Format("2006-01-02T15:04:05") {
			t.Errorf("%s in %s: the system has %s", x.at, x.zone, moment.In(zone))
		}
	}
}

// TestZones holds the table of zones to the IANA database at each hour of two years.
func TestZones(t *testing.T) {
	for name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2028; at = at.Add(time.Hour) {
			if got, want := inZone(at, name).Format("2006-01-02 15:04"), at.In(zone).Format("2006-01-02 15:04"); got != want {
				t.Errorf("%s in %s is %s, want %s", at, name, got, want)
				break
			}
		}
	}
}

// TestBrokenPrefixes holds what is wrong with a prefix to the words that say so.
func TestBrokenPrefixes(t *testing.T) {
	for _, x := range []struct{ prefix, errors, words string }{
		{"!{timestamp:yyyy/MM/dd}", "", "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions."},
		{"!{timestamp:yyyy", "e/", "is not closed"},
		{"!{timestamp}", "e/", "is not namespace:value"},
		{"!{time:yyyy}", "e/", `there is no namespace "time"`},
		{"!{timestamp:yyyy'}", "e/", "is not closed"},
		{"!{timestamp:yyyy/QQ}", "e/", "the letter Q"},
		{"!{firehose:error-output-type}/", "e/", "may stand in ErrorOutputPrefix only"},
		{"!{firehose:random}/", "e/", `firehose has no "random"`},
		{"p/", "!{timestamp:yyyy}/", "with expressions it must hold !{firehose:error-output-type}"},
		{"p/", "!{partitionKeyFromQuery:c}/!{firehose:error-output-type}", "partition keys may stand in Prefix only"},
		{"c=!{partitionKeyFromQuery:c}/", "e/", "can only be part of a prefix expression when Dynamic Partitioning is enabled"},
	} {
		err := checkPrefixes(Doc{"Prefix": x.prefix, "ErrorOutputPrefix": x.errors}, false)
		if aws.CodeOf(err) != aws.InvalidArgument || !strings.Contains(err.Error(), x.words) {
			t.Errorf("%q %q: %v, want %q", x.prefix, x.errors, err, x.words)
		}
	}
	if err := checkPrefixes(Doc{"Prefix": "!{timestamp:yyyy}/", "ErrorOutputPrefix": "e/"}, false); err != nil {
		t.Error(err)
	}
}

// TestObjectNames holds the name of an object: prefix, stream, version, instant of the oldest record, and a random end.
func TestObjectNames(t *testing.T) {
	w := newWorld(t)
	w.create("trips", hints1and60+`,"FileExtension":".json","CompressionFormat":"GZIP"`)
	w.after(90 * time.Second)
	w.put("trips", 1, 10)
	w.after(time.Minute)
	keys := w.objects("lake")
	const head = "2026/11/22/10/trips-1-2026-11-22-10-01-40-"
	if len(keys) != 1 || !strings.HasPrefix(keys[0], head) || !strings.HasSuffix(keys[0], ".json") || len(keys[0]) != len(head)+36+len(".json") {
		t.Errorf("objects %q", keys)
	}
}

// TestPrefixesThatAreTooLong holds that a record whose partition has too long a name fails, and that no object lies at the bucket's root:
// a prefix that is too long for all records is cut.
func TestPrefixesThatAreTooLong(t *testing.T) {
	w := newWorld(t)
	st := w.create("trips", dynamic+`"city=!{partitionKeyFromQuery:city}/!{timestamp:EEEE}/"`+processing("MetadataExtraction|JsonParsingEngine=JQ-1.6|MetadataExtractionQuery={city}"))
	fits := strings.Repeat("a", maxPrefix-len("city=/Sunday/"))
	w.lines("trips", `{"city":"`+fits+`"}`, `{"city":"`+fits+`b"}`, `{"city":"`+strings.Repeat("a", 600)+`"}`)
	w.after(10 * time.Minute)
	got, _ := w.failures("failed/processing-failed/")
	if len(got) != 2 || !strings.HasPrefix(got[0], extractionFailed+": the evaluated prefix has 513 characters, more than 512: {") || w.text("city="+fits+"/Sunday/trips-1-") == "" || st.Total().Delivered != 1 {
		t.Errorf("failed %q; objects %q", got, w.objects("lake"))
	}

	w = newWorld(t)
	w.create("trips", hints1and60+`,"Prefix":"`+strings.Repeat("p/", 300)+`"`)
	w.put("trips", 1, 10)
	w.after(2 * time.Minute)
	if keys := w.objects("lake"); len(keys) != 1 || !strings.HasPrefix(keys[0], strings.Repeat("p/", 256)+"trips-1-") {
		t.Errorf("objects %q", keys)
	}
}
