package region

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/protocol"
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

// TestApplicationWithoutRights holds the same of a KCL application: denied when it looks for shards, and when it reads.
func TestApplicationWithoutRights(t *testing.T) {
	r := withKCL(t, 1, 2, 100, "")
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`
	ok(t, r, "iam", "CreateRole", fmt.Sprintf(`{"RoleName":"reader","AssumeRolePolicyDocument":%q}`, trust))
	ok(t, r, Lab, "PutKclApplication", `{"Name":"app","Role":"reader"}`)
	may := func(actions string) {
		ok(t, r, "iam", "PutRolePolicy", fmt.Sprintf(`{"RoleName":"reader","PolicyName":"p","PolicyDocument":%q}`,
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[`+actions+`],"Resource":"*"}}`))
		runFor(r, 2*time.Minute)
	}
	card := func() protocol.Consumer { return r.StagedConsumers()[0] }
	runFor(r, 2*time.Minute)
	before := theApp(t, r).Total().Processed
	if c := card(); !c.Barred || !strings.Contains(c.Note, "no policy lets reader") {
		t.Errorf("with no rights: %t, %q", c.Barred, c.Note)
	}
	may(`"kinesis:ListShards","kinesis:GetShardIterator"`)
	if c := card(); !c.Barred {
		t.Error("it may list shards and read none, and says nothing")
	}
	if n := theApp(t, r).Total().Processed; n != before {
		t.Errorf("it processed %d records that it may not read", n-before)
	}
	may(`"kinesis:ListShards","kinesis:GetShardIterator","kinesis:GetRecords"`)
	if c := card(); c.Barred || c.Note != "" || theApp(t, r).Total().Processed == before {
		t.Errorf("with all rights: %t, %q", c.Barred, c.Note)
	}
}
