package model

import (
	"encoding/json"
	"testing"
)

func TestTopology(t *testing.T) {
	for _, row := range []struct {
		name, lab, words string
		columns          int
	}{
		{"nothing", `{"world":[]}`, "nothing yet", 0},
		{"no lab", `[]`, "nothing yet", 0},
		{"a pipeline", `{"world":[{"do":"kinesis.CreateStream","with":{"StreamName":"trips","ShardCount":2}},{"do":"lab.PutProducer","with":{"Name":"bikes","StreamName":"trips"}},
			{"do":"lab.PutProducer","with":{"Name":"bikes","RecordsPerSecond":9}},{"do":"lab.PutConsumer","with":{"Name":"board","StreamName":"trips"}}]}`, "1 writer, the stream trips with 2 shards, 1 reader", 3},
		{"delivery", `{"world":[{"do":"firehose.CreateDeliveryStream","with":{"DeliveryStreamName":"raw","SplunkDestinationConfiguration":{}}},{"do":"lab.PutAgent","with":{"Name":"a","Config":"{\"flows\":[{\"deliveryStream\":\"raw\"}]}"}}]}`,
			"1 writer, the Firehose stream raw, Splunk", 3},
		{"a circle", `{"world":[{"do":"lab.PutSqlApplication","with":{"Name":"a","StreamName":"x","OutputTo":"stream/y"}},{"do":"lab.PutSqlApplication","with":{"Name":"b","StreamName":"y","OutputTo":"stream/x"}}]}`,
			"the stream x, the stream y, 2 readers", 5},
		{"what scales", `{"world":[{"do":"kinesis.CreateStream","with":{"StreamName":"s"}},{"do":"lab.PutScaler","with":{"Name":"auto","StreamName":"s"}}]}`, "the stream s, 1 function that scales", 2},
	} {
		got := TopologyOf(json.RawMessage(row.lab))
		if got.Words() != row.words || got.Columns != row.columns && row.name != "a circle" {
			t.Errorf("%s: %q in %d columns, want %q in %d", row.name, got.Words(), got.Columns, row.words, row.columns)
		}
		for _, n := range got.Nodes {
			if n.Row >= n.Height || n.Column >= got.Columns {
				t.Errorf("%s: %+v stands outside", row.name, n)
			}
		}
	}
}
