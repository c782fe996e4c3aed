package region

import (
	"testing"
	"time"
)

// TestFunctionWithoutItsStream holds that the card of a function whose stream is gone says that it cannot read, and why.
func TestFunctionWithoutItsStream(t *testing.T) {
	r := withKCL(t, 1, 1, 0, "")
	ok(t, r, Lab, "PutFunction", `{"Name":"notify"}`)
	ok(t, r, "lambda", "CreateEventSourceMapping", `{"FunctionName":"notify","EventSourceArn":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","StartingPosition":"LATEST"}`)
	runFor(r, time.Minute)
	find := func() (barred bool, note string) {
		for _, c := range r.StagedConsumers() {
			if c.Kind == "Lambda function" {
				return c.Barred, c.Note
			}
		}
		t.Fatal("no function stands on the stage")
		return false, ""
	}
	if barred, note := find(); barred {
		t.Errorf("with its stream it cannot read: %q", note)
	}
	ok(t, r, Kinesis, "DeleteStream", `{"StreamName":"trips","EnforceConsumerDeletion":true}`)
	runFor(r, time.Minute)
	if barred, note := find(); !barred || note == "" {
		t.Errorf("without its stream it is barred: %t, %q", barred, note)
	}
}
