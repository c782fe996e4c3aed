package consumer_test

import (
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
)

// TestFaults holds that a reader outlives calls that fail by a fault and reads every record once.
func TestFaults(t *testing.T) {
	for name, fault := range map[string]kinesis.Fault{
		"internal failure":    {Err: aws.Errorf(aws.InternalError, "")},
		"service unavailable": {Err: aws.Errorf(aws.ServiceUnavailable, "")},
		"throttling":          {Err: aws.Errorf(aws.ProvisionedThroughputExceeded, "")},
		"expired iterator":    {Err: aws.Errorf(aws.ExpiredIterator, "")},
		"lost answer":         {Lost: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := world(t, 2)
			calls := 0
			r.Kinesis().Hook(func(c *kinesis.Config) {
				c.Inject = func(c kinesis.Call) kinesis.Fault {
					if calls++; c.Op != "PutRecord" && calls%3 == 0 {
						return fault
					}
					return kinesis.Fault{}
				}
			})
			do(t, r, "lab", "PutConsumer", `{"Name":"board","StreamName":"trips","From":"TRIM_HORIZON"}`)
			do(t, r, "lab", "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":100}`)
			run(r, time.Minute)
			do(t, r, "lab", "StopProducer", `{"Name":"bikes"}`)
			run(r, time.Minute)
			p, _ := r.Producer("bikes")
			c, _ := r.Consumer("board")
			if read, taken := c.Total().Read, p.Total().Accepted; read != taken || taken < 5900 {
				t.Errorf("%d of %d records were read", read, taken)
			}
			for _, place := range c.Places() {
				if place.Missed != 0 || place.Phase != "reading" {
					t.Errorf("shard %d: %+v", place.Shard, place)
				}
			}
		})
	}
}
