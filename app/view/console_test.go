package view

import "testing"

// The lines to begin with suit what stands on the stage.
func TestLinesToBeginWith(t *testing.T) {
	for _, row := range []struct{ stream, first, second string }{
		{"", "aws kinesis list-streams", "aws kinesis create-stream --stream-name trips --shard-count 2"},
		{"trips", "aws kinesis list-streams", "aws kinesis list-shards --stream-name trips --output table"},
		{"firehose:rides", "aws firehose list-delivery-streams", "aws firehose describe-delivery-stream --delivery-stream-name rides"},
	} {
		c := &Console{Stream: row.stream}
		if c.first() != row.first || c.second() != row.second {
			t.Errorf("%q: %s, %s", row.stream, c.first(), c.second())
		}
	}
}
