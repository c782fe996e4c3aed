package pricing

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/sim"
)

var begin = sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

func TestDollars(t *testing.T) {
	for d, want := range map[Dollars]string{
		0: "0.00", 1: "0.000000001", 15_000_000: "0.015", 36_288_000_000: "36.288", 40_000_000: "0.04", 100_000_000: "0.10", 32_400_000_000: "32.40", -1_500_000_000: "-1.50", 12_000_000_000: "12.00",
	} {
		if got := d.String(); got != want {
			t.Errorf("%d is written %s, want %s", int64(d), got, want)
		}
	}
}

// bill words a ledger's bill: item, quantity and amount of each line.
func bill(l *Ledger, now sim.Instant, readings ...Reading) string {
	var all []string
	b := l.Bill(now, "", readings)
	for _, x := range b.Lines {
		all = append(all, fmt.Sprintf("%s: %v %s $%v", x.Item, x.Quantity, x.Unit, x.Amount))
	}
	return strings.Join(all, "; ") + fmt.Sprintf(" = $%v", b.Total)
}

// Thirty days of some traffic cost what one computes by hand.
//
// shows: P4 O3
func TestBillByHand(t *testing.T) {
	const days = 30 * 24 * time.Hour
	end := begin.Add(days)
	const seconds = 30 * 86400
	rows := []struct {
		name     string
		standing Standing
		counted  Counted
		want     string
	}{
		// 1,000 records/s of 3 KB are 1,000 units/s: 2,592 million at $0.014 are $36.288, and 3 x 720 h at $0.015 are $32.40.
		{"1,000 records a second of 3 KB", Standing{Shards: 3}, Counted{Units: 1000 * seconds, KiB: 3000 * seconds},
			"Shards: 2160 shard-hour $32.40; PUT payload units: 2592 million units of 25 KB $36.288 = $68.688"},
		// The same in records of 24 KB are 125 units/s: 324 million at $0.014 are $4.536.
		{"aggregated to 24 KB", Standing{Shards: 3}, Counted{Units: 125 * seconds, KiB: 3000 * seconds},
			"Shards: 2160 shard-hour $32.40; PUT payload units: 324 million units of 25 KB $4.536 = $36.936"},
		// Two consumers: 2 x 3 x 720 h at $0.015 are $64.80, and 2 TB at $0.013 a GB are $26.624.
		{"with fan-out", Standing{Shards: 3, Consumers: 2}, Counted{FanOut: 2048 << 30},
			"Shards: 2160 shard-hour $32.40; Enhanced fan-out: 4320 consumer-shard-hour $64.80; Enhanced fan-out, data out: 2048 GB $26.624 = $123.824"},
		// 3 x 720 h at $0.020 are $43.20.
		{"kept for 7 days", Standing{Shards: 3, Extended: true}, Counted{},
			"Shards: 2160 shard-hour $32.40; Extended retention, to 7 days: 2160 shard-hour $43.20 = $75.60"},
		// 720 h at $0.040 are $28.80, 100 GB in at $0.080 $8, 200 GB out at $0.040 $8, 10 GB of fan-out at $0.050 $0.50.
		{"on demand", Standing{OnDemand: true, Shards: 4}, Counted{Units: 5, KiB: 100 << 20, Out: 200 << 30, FanOut: 10 << 30},
			"On-demand stream: 720 stream-hour $28.80; On-demand, data in: 100 GB $8.00; On-demand, data out: 200 GB $8.00; On-demand, enhanced fan-out data out: 10 GB $0.50 = $45.30"},
		// 10 GB of records older than seven days read: $0.21.
		{"old records read", Standing{Shards: 1}, Counted{Out: 11 << 30, Old: 10 << 30},
			"Shards: 720 shard-hour $10.80; Long-term retention, retrieval: 10 GB $0.21 = $11.01"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			l := New(PricesOf("2026"), begin)
			row.standing.Stream = "orders"
			l.Observe(begin, false, []Standing{row.standing}, func(string) Counted { return Counted{} })
			if got := bill(l, end, Reading{Stream: "orders", Counted: row.counted}); got != row.want {
				t.Errorf("the bill is\n %s, want\n %s", got, row.want)
			}
		})
	}
	t.Run("kept for long", func(t *testing.T) { // 100 GB older than a day and 50 GB older than seven, all month: $10 and $1.15
		l := New(PricesOf("2026"), begin)
		l.Observe(begin, false, []Standing{{Stream: "orders", OnDemand: true}}, func(string) Counted { return Counted{} })
		for range 720 {
			l.Keep("orders", 100<<30, 50<<30)
		}
		want := "On-demand stream: 720 stream-hour $28.80; On-demand, extended retention to 7 days: 100 GB-month $10.00; Long-term retention, over 7 days: 50 GB-month $1.15 = $39.95"
		if got := bill(l, end, Reading{Stream: "orders"}); got != want {
			t.Errorf("the bill is\n %s, want\n %s", got, want)
		}
	})
	t.Run("with a commitment", func(t *testing.T) {
		// A day: 25 MiB/s are 2,109.375 GB in each direction; 109.375 GB in and 2,109.375 GB out were used. $3.50 and $33.75, and
		// 2,000 GB in not used at $0.032: $64.
		l := New(PricesOf("2026"), begin)
		l.Observe(begin, true, []Standing{{Stream: "orders", OnDemand: true, Advantage: true, Shards: 4}}, func(string) Counted { return Counted{} })
		out := int64(2109.375 * (1 << 30))
		want := "On-demand Advantage, data in: 109.375 GB $3.50; On-demand Advantage, data out: 2109.375 GB $33.75; On-demand Advantage, commitment not used, in: 2000 GB $64.00 = $101.25"
		if got := bill(l, begin.Add(24*time.Hour), Reading{Stream: "orders", Counted: Counted{KiB: 109.375 * (1 << 20), Out: out / 2, FanOut: out - out/2}, LastMinute: Counted{Out: 25 * 60 << 20}}); got != want {
			t.Errorf("the bill is\n %s, want\n %s", got, want)
		}
	})
}

// TestChanges follows a stream that is scaled, changes its mode, is deleted and made again: each hour is charged as it was.
func TestChanges(t *testing.T) {
	l := New(PricesOf("2026"), begin)
	now, counted := begin, Counted{}
	hour := func(s Standing, there bool, taken Counted) {
		var all []Standing
		if s.Stream = "orders"; there {
			all = append(all, s)
		}
		l.Observe(now, false, all, func(string) Counted { return counted })
		now = now.Add(time.Hour)
		counted = Counted{counted.Units + taken.Units, counted.KiB + taken.KiB, counted.Out + taken.Out, 0, 0}
	}
	hour(Standing{Shards: 2}, true, Counted{Units: 1e6, KiB: 1 << 20})
	hour(Standing{Shards: 4}, true, Counted{Units: 1e6, KiB: 1 << 20})
	hour(Standing{OnDemand: true, Shards: 4}, true, Counted{Units: 1e6, KiB: 1 << 20, Out: 1 << 30})
	hour(Standing{OnDemand: true, Shards: 4}, true, Counted{})
	hour(Standing{}, false, Counted{})
	hour(Standing{Shards: 1}, true, Counted{Units: 1e6})
	want := "Shards: 7 shard-hour $0.105; PUT payload units: 3 million units of 25 KB $0.042; On-demand stream: 2 stream-hour $0.08; On-demand, data in: 1 GB $0.08; On-demand, data out: 1 GB $0.04 = $0.347"
	if got := bill(l, now, Reading{Stream: "orders", Counted: counted}); got != want {
		t.Errorf("the bill is\n %s, want\n %s", got, want)
	}
	hour(Standing{}, false, Counted{})
	if got := bill(l, now); got != want {
		t.Errorf("when the stream is gone the bill is\n %s, want\n %s", got, want)
	}
}

// The bill does not depend on how often, and into which slices of time, it is told and asked.
func TestSlices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type change struct {
			at       sim.Instant
			standing []Standing
			commit   bool
		}
		var changes []change
		at := begin
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			c := change{at: at, commit: rapid.Bool().Draw(t, "commitment")}
			for _, name := range []string{"a", "b"} {
				if rapid.Bool().Draw(t, name) {
					c.standing = append(c.standing, Standing{name, rapid.Bool().Draw(t, "on demand"), c.commit, rapid.Int64Range(1, 9).Draw(t, "shards"), rapid.Int64Range(0, 3).Draw(t, "consumers"), rapid.Bool().Draw(t, "extended")})
				}
			}
			changes = append(changes, c)
			at = at.Add(time.Duration(rapid.Int64Range(0, 9e9).Draw(t, "wait")) * time.Microsecond)
		}
		counted := func(now sim.Instant) Counted { // what the meters say grows with time
			n := int64(now - begin)
			return Counted{n / 7, n / 3, n * 5, n * 2, n / 11}
		}
		run := func(slices int) string {
			l := New(PricesOf("2026"), begin)
			for i, c := range changes {
				end := at
				if i+1 < len(changes) {
					end = changes[i+1].at
				}
				for k := range slices {
					now := c.at + (end-c.at)*sim.Instant(k)/sim.Instant(slices)
					l.Observe(now, c.commit, c.standing, func(string) Counted { return counted(now) })
					if slices > 1 {
						l.Bill(now, "", []Reading{{Stream: "a", Counted: counted(now)}})
						l = l.Clone()
					}
				}
			}
			var b strings.Builder
			l.State(&b)
			return bill(l, at, Reading{Stream: "a", Counted: counted(at)}, Reading{Stream: "b", Counted: counted(at)}) + b.String()
		}
		if whole, sliced := run(1), run(rapid.IntRange(2, 40).Draw(t, "slices")); whole != sliced {
			t.Fatalf("in one piece\n%s\nsliced\n%s", whole, sliced)
		}
	})
}

// TestRate holds what the bill says an hour costs, as it goes now.
func TestRate(t *testing.T) {
	l := New(PricesOf("2026"), begin)
	l.Observe(begin, false, []Standing{{Stream: "a", Shards: 2, Consumers: 1}, {Stream: "b", OnDemand: true, Shards: 4}}, func(string) Counted { return Counted{} })
	b := l.Bill(begin.Add(time.Minute), "", []Reading{
		{Stream: "a", LastMinute: Counted{Units: 60_000}, Long: 720 << 30},
		{Stream: "b", LastMinute: Counted{KiB: 1 << 20}, Extended: 7200 << 20}})
	rates := map[string]Dollars{}
	for _, x := range b.Lines {
		rates[x.Stream+" "+x.Item] = x.PerHour
	}
	for line, want := range map[string]Dollars{
		"a Shards": 30_000_000, "a PUT payload units": 50_400_000, "a Enhanced fan-out": 30_000_000, "a Long-term retention, over 7 days": 23_000_000,
		"b On-demand stream": 40_000_000, "b On-demand, data in": 4_800_000_000, "b On-demand, extended retention to 7 days": 976_563,
	} {
		if rates[line] != want {
			t.Errorf("an hour of %s costs %v, want %v", line, rates[line], want)
		}
	}
	one := l.Bill(begin.Add(time.Minute), "b", []Reading{{Stream: "b"}})
	if len(one.Lines) != 1 || one.Lines[0].Item != "On-demand stream" || one.PerHour != 40_000_000 {
		t.Errorf("the bill of b is %+v", one)
	}
}

// TestProject holds what traffic costs an hour in each way, computed by hand.
func TestProject(t *testing.T) {
	capacity := Capacity{1000, 1 << 20, 2 << 20}
	rows := []struct {
		name    string
		traffic Traffic
		want    string
	}{
		// 3 shards; 3.6 million units are $0.0504; 3,000 KiB/s are 10.29968 GB an hour.
		{"1,000 records of 3 KB, one consumer", Traffic{1000, 3 << 10, 1, 0}, "3 0.0954, 3 0.274295874, 0 1.275961914, 0 1.37895874, 0 4.21875"},
		// Three consumers: 9,000 KiB/s out of shards that give 2,048 each need 5.
		{"three consumers", Traffic{1000, 3 << 10, 3, 0}, "5 0.1254, 3 0.632087622, 0 2.099936523, 0 2.408927002, 0 4.21875"},
		{"2,500 small records", Traffic{2500, 100, 1, 0}, "3 0.171, 3 0.226896474, 0 0.760173121, 0 0.768555024, 0 4.21875"},
		{"nothing", Traffic{0, 1000, 2, 24}, "1 0.015, 1 0.045, 0 0.04, 0 0.04, 0 4.21875"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, w := range Project(PricesOf("2026"), row.traffic, capacity) {
				got = append(got, fmt.Sprintf("%d %v", w.Shards, w.PerHour))
				if w.PerMonth != w.PerHour*720 {
					t.Errorf("%s: a month is %v", w.Way, w.PerMonth)
				}
			}
			if g := strings.Join(got, ", "); g != row.want {
				t.Errorf("projected %s, want %s", g, row.want)
			}
		})
	}
	// Kept for 10 days: 3 shard-hours of extended retention are $0.06; 10,800,000 KiB an hour for 6 days are 1,483.15 GB at $0.10, for
	// 3 days more 741.58 GB at $0.023.
	kept := Project(PricesOf("2026"), Traffic{1000, 3 << 10, 1, 240}, capacity)
	for i, want := range []string{"0.1554 17.0563", "0.334295874 17.0563", "1.275961914 165.3717"} {
		if got := fmt.Sprintf("%v %.4f", kept[i].PerHour, float64(kept[i].StoredPerMonth)/1e9); got != want {
			t.Errorf("kept for 10 days, %s is %s, want %s", kept[i].Way, got, want)
		}
	}
	if got, want := PricesOf("2026").DeliveredPerHour(1000, 300), Dollars(1000*3600*5120*29_000_000/gb); got != want && got != want+1 {
		t.Errorf("an hour of 1,000 small records a second by Firehose is %v, want %v", got, want)
	}
	if n := len(Project(PricesOf("2024"), rows[0].traffic, capacity)); n != 4 {
		t.Errorf("in 2024 there were %d ways", n)
	}
	if b, err := json.Marshal(Project(PricesOf("2026"), rows[3].traffic, capacity)[0]); err != nil || string(b) != `{"Way":"Provisioned, shared reading","Shards":1,"PerHour":0.015,"PerMonth":10.80}` {
		t.Errorf("a way is written %s, %v", b, err)
	}
}
