package producer_test

import (
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
)

// TestFaults holds what a client does with calls that fail as a whole in a way that may pass: SDKs try them again, and
// after a lost answer the stream has the records twice.
func TestFaults(t *testing.T) {
	rows := []struct {
		name       string
		settings   string
		fault      kinesis.Fault
		lost       bool
		duplicates bool
	}{
		{"an internal failure is tried again", `"Retry":{"Mode":"backoff","Attempts":9}`, kinesis.Fault{Err: aws.Errorf(aws.InternalError, "")}, false, false},
		{"and so is a whole call of PutRecords", `"Retry":{"Mode":"backoff","Attempts":9},"Batch":10`, kinesis.Fault{Err: aws.Errorf(aws.InternalError, "")}, false, false},
		{"without retries its records are lost", `"Retry":{"Mode":"none"}`, kinesis.Fault{Err: aws.Errorf(aws.InternalError, "")}, true, false},
		{"a lost answer makes duplicates", `"Retry":{"Mode":"backoff","Attempts":9},"Batch":10`, kinesis.Fault{Lost: true}, false, true},
		{"whoever sends only failed entries again is not spared", `"Retry":{"Mode":"failed-entries","Attempts":9},"Batch":10`, kinesis.Fault{Lost: true}, false, true},
		{"without retries a lost answer does no harm", `"Retry":{"Mode":"none"},"Batch":10`, kinesis.Fault{Lost: true}, false, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 4)
			calls := 0
			r.Kinesis().Hook(func(c *kinesis.Config) {
				c.Inject = func(kinesis.Call) kinesis.Fault {
					if calls++; calls%10 == 0 {
						return row.fault
					}
					return kinesis.Fault{}
				}
			})
			p := put(t, r, `"RecordsPerSecond":100,`+row.settings)
			run(r, 30*time.Second)
			do(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":0}`)
			run(r, 30*time.Second)
			n, total := int64(len(stored(t, r))), p.Total()
			if p.Blocked() != "" {
				t.Errorf("it is blocked by %s", p.Blocked())
			}
			if (total.Lost > 0) != row.lost || (total.Duplicates > 0) != row.duplicates {
				t.Errorf("lost %d, duplicates %d", total.Lost, total.Duplicates)
			}
			if n != total.Made-total.Lost+total.Duplicates || total.Accepted != n {
				t.Errorf("%d records are stored and %d accepted; %d were made, %d lost, %d are duplicates", n, total.Accepted, total.Made, total.Lost, total.Duplicates)
			}
		})
	}
}
