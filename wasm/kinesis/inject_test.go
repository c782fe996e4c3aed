package kinesis

import (
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
)

// TestInjectedFaults holds what a fault does to a call, over the wire and by the fast way in.
func TestInjectedFaults(t *testing.T) {
	boom := aws.Errorf(aws.InternalError, "boom")
	const one, two = `{"StreamName":"orders","PartitionKey":"a","Data":"YQ=="}`, `{"StreamName":"orders","Records":[{"PartitionKey":"a","Data":"YQ=="},{"PartitionKey":"b","Data":"YQ=="}]}`
	entries := []PutEntry{{Key: "a", Data: []byte("a")}, {Key: "b", Data: []byte("b")}}
	rows := []struct {
		name  string
		fault Fault
		code  aws.Code
		taken int64 // of the two records that each call would put, four in all, or of one
	}{
		{"the call fails", Fault{Err: boom}, aws.InternalError, 0},
		{"the answer is lost", Fault{Lost: true}, aws.ConnectionClosed, 6},
		{"it passes", Fault{Delay: time.Second}, "", 6},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w, st := streamOf(t, 1)
			var asked []Call
			w.Hook(func(c *Config) { c.Inject = func(c Call) Fault { asked = append(asked, c); return row.fault } })
			for i, call := range []func() error{
				func() error { _, err := w.do("PutRecord", one); return err },
				func() error { _, err := w.do("PutRecords", two); return err },
				func() error { return w.Put(st, entries[:1], make([]PutResult, 1)) },
				func() error { return w.Put(st, entries, make([]PutResult, 2)) },
			} {
				if err := call(); aws.CodeOf(err) != row.code {
					t.Errorf("call %d: %v, want %q", i, err, row.code)
				}
			}
			if got := st.Shards()[0].Taken(); got != row.taken {
				t.Errorf("%d records were taken, want %d", got, row.taken)
			}
			if w.Late() != row.fault.Delay {
				t.Errorf("the answer is late by %v", w.Late())
			}
			w.wait(time.Second)
			before := st.Shards()[0].Last(w.sched.Now()).Reads
			if _, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 0); aws.CodeOf(err) != row.code {
				t.Errorf("a read: %v, want %q", err, row.code)
			}
			if got := st.Shards()[0].Last(w.sched.Now()).Reads - before; got == 1 == (row.fault.Err != nil) {
				t.Errorf("the shard counted %d reads", got)
			}
			for i, want := range []string{"PutRecord", "PutRecords", "PutRecord", "PutRecords", "GetRecords"} {
				if asked[i].Op != want || asked[i].Stream != st {
					t.Errorf("asked about %+v, want %s of orders", asked[i], want)
				}
			}
			if ok := w.sum(cloudwatch.PutRecordSuccess, cloudwatch.StreamLevel); ok != float64(row.taken/3) {
				t.Errorf("PutRecord.Success sums to %v", ok)
			}
			if got := w.sum(cloudwatch.WriteProvisionedThroughputExceeded, cloudwatch.StreamLevel); got != 0 {
				t.Errorf("%v records were throttled by a fault", got)
			}
		})
	}
	t.Run("an entry fails", func(t *testing.T) {
		w, st := streamOf(t, 1)
		n := 0
		w.Hook(func(c *Config) {
			c.Inject = func(Call) Fault { return Fault{Failing: func() bool { n++; return n%2 == 0 }} }
		})
		out, err := w.do("PutRecords", two)
		if err != nil || !strings.Contains(out, `"FailedRecordCount":1`) || !strings.Contains(out, `{"ErrorCode":"InternalFailure","ErrorMessage":"Internal service failure."}`) {
			t.Errorf("answered %s, %v", out, err)
		}
		results := make([]PutResult, 2)
		w.must(w.Put(st, entries, results))
		if !results[0].OK() || results[1].Why != WhyFault {
			t.Errorf("results are %+v", results)
		}
		if got := w.sum(cloudwatch.PutRecordsFailedRecords, cloudwatch.StreamLevel); got != 2 {
			t.Errorf("PutRecords.FailedRecords sums to %v", got)
		}
		w.Hook(func(c *Config) { c.Inject = nil })
		if out, err := w.do("PutRecords", two); err != nil || !strings.Contains(out, `"FailedRecordCount":0`) {
			t.Errorf("after the fault: %s, %v", out, err)
		}
	})
}

// TestStreamOf holds that a request is known by its stream, however it names it.
func TestStreamOf(t *testing.T) {
	w, st := streamOf(t, 1)
	it, err := w.GetShardIterator(&GetShardIteratorInput{StreamName: ptr("orders"), ShardId: ptr("0"), ShardIteratorType: ptr(Latest)})
	w.must(err)
	for name, in := range map[string]any{
		"name":     &PutRecordInput{StreamName: ptr("orders")},
		"ARN":      &PutRecordInput{StreamARN: ptr(st.ARN())},
		"iterator": &GetRecordsInput{ShardIterator: &it.ShardIterator},
	} {
		if got := w.streamOf(in); got != st {
			t.Errorf("by its %s it is %v", name, got)
		}
	}
	for name, in := range map[string]any{"no name": &ListStreamsInput{}, "an unknown name": &PutRecordInput{StreamName: ptr("trips")}} {
		if got := w.streamOf(in); got != nil {
			t.Errorf("by %s it is %v", name, got)
		}
	}
}

// TestUsage holds what a record counts on the bill: payload units of 25 KiB and whole KiB, data and key together.
func TestUsage(t *testing.T) {
	rows := []struct {
		name       string
		bytes      int // of data; the key has one
		units, kib float64
	}{
		{"a byte", 0, 1, 1},
		{"a KiB", 1<<10 - 1, 1, 1},
		{"a byte above", 1 << 10, 1, 2},
		{"a unit", PayloadUnit - 1, 1, 25},
		{"a byte above a unit", PayloadUnit, 2, 26},
		{"the largest record", 1<<20 - 1, 41, 1024},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w, st := streamOf(t, 1)
			if w.put(st, 0, 1, row.bytes) != 1 {
				t.Fatal("the record was refused")
			}
			if units, kib := w.sum(cloudwatch.PayloadUnits, cloudwatch.StreamLevel), w.sum(cloudwatch.RoundedKiB, cloudwatch.StreamLevel); units != row.units || kib != row.kib {
				t.Errorf("it counts %v units and %v KiB, want %v and %v", units, kib, row.units, row.kib)
			}
		})
	}
}

// TestLatency holds that the latencies of calls lie within their bounds, mostly low, and are milliseconds.
func TestLatency(t *testing.T) {
	w, st := streamOf(t, 1)
	for range 400 {
		w.put(st, 0, 1, 1)
		w.put(st, 0, 2, 1)
		w.wait(250 * time.Millisecond)
		if _, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 1); err != nil {
			t.Fatal(err)
		}
	}
	d := cloudwatch.Dims{Stream: "orders", Shard: cloudwatch.StreamLevel}
	for metric, bound := range map[string][2]float64{cloudwatch.PutRecordLatency: {5, 45}, cloudwatch.PutRecordsLatency: {5, 45}, cloudwatch.GetRecordsLatency: {3, 35}} {
		at := func(stat string) float64 {
			return w.meter.Get(metric, d, begin.Add(-24*time.Minute), begin.Add(36*time.Minute), time.Hour, stat)[0]
		}
		if low, mean, high, n := at(cloudwatch.Minimum), at(cloudwatch.Average), at(cloudwatch.Maximum), at(cloudwatch.SampleCount); low < bound[0] || high > bound[1] || mean > bound[0]+(bound[1]-bound[0])/3 || high < 3*low || n != 400 {
			t.Errorf("%s goes from %v by %v to %v in %v samples", metric, low, mean, high, n)
		}
	}
}
