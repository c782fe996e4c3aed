package js_test

import (
	"strings"
	"testing"

	"shardlab/lessons/js"
	"shardlab/wasm/console"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
)

const blank = `{"name":"orders","start":"2026-03-02T08:00:00Z","open":"0s","world":[]}`

// TestTransformation writes a function in the console that Firehose transforms records with, partitions what comes of it with jq, converts
// it by a table of Glue, and finds the file and what failed.
func TestTransformation(t *testing.T) {
	l, err := lab.New([]byte(blank), nil, lab.Host{Run: js.Run, JQ: filter.Run, Console: console.Open(filter.Run)})
	if err != nil {
		t.Fatal(err)
	}
	typed := func(line string) string {
		out, exit := l.Type(line)
		var all strings.Builder
		for _, o := range out {
			all.WriteString(o.Text)
		}
		if exit != 0 {
			t.Fatalf("%s\nanswers %s", line, all.String())
		}
		return all.String()
	}
	typed(`cat > clean.js <<'END'
exports.handler = async (event) => ({ records: event.records.map((r) => {
  const o = JSON.parse(Buffer.from(r.data, 'base64').toString())
  if (o.test) return { recordId: r.recordId, result: 'Dropped', data: r.data }
  o.city = o.city.toUpperCase()
  return { recordId: r.recordId, result: 'Ok', data: Buffer.from(JSON.stringify(o)).toString('base64') }
}) })
END`)
	typed("aws lambda create-function --function-name clean --handler clean.handler --zip-file fileb://clean.js")
	typed("aws s3api create-bucket --bucket lake")
	typed("aws glue create-database --database-input Name=sales")
	typed("aws glue create-table --database-name sales --table-input 'Name=orders,StorageDescriptor={Columns=[{Name=id,Type=int},{Name=city,Type=string}]}'")
	typed(`cat > orders.json <<'END'
{"RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role", "BucketARN": "arn:aws:s3:::lake", "Prefix": "city=!{partitionKeyFromQuery:city}/", "ErrorOutputPrefix": "failed/!{firehose:error-output-type}/",
 "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60}, "DynamicPartitioningConfiguration": {"Enabled": true},
 "ProcessingConfiguration": {"Enabled": true, "Processors": [
   {"Type": "Lambda", "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": "arn:aws:lambda:us-east-1:123456789012:function:clean"}, {"ParameterName": "BufferSizeInMBs", "ParameterValue": "1"}, {"ParameterName": "BufferIntervalInSeconds", "ParameterValue": "10"}]},
   {"Type": "MetadataExtraction", "Parameters": [{"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}, {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{city: .city}"}]}]},
 "DataFormatConversionConfiguration": {"SchemaConfiguration": {"RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role", "DatabaseName": "sales", "TableName": "orders"},
   "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}}, "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}}}}
END`)
	typed("aws firehose create-delivery-stream --delivery-stream-name orders --extended-s3-destination-configuration file://orders.json")
	l.AdvanceTo(l.Now()+15*protocol.Second, 0)
	for _, order := range []string{`{"id":1,"city":"Bonn"}`, `{"id":2,"city":"Ulm","test":true}`, `{"id":"x","city":"Bonn"}`, `{"id":3,"city":"Bonn"}`} {
		typed(`aws firehose put-record --delivery-stream-name orders --cli-binary-format raw-in-base64-out --record '{"Data":"` + strings.ReplaceAll(order, `"`, `\"`) + `"}'`)
	}
	l.AdvanceTo(l.Now()+200*protocol.Second, 0)
	keys := typed("aws s3api list-objects-v2 --bucket lake --query 'Contents[].Key' --output text")
	if !strings.Contains(keys, "city=BONN/2026/03/02/08/orders-1-2026-03-02-08-00-") || !strings.Contains(keys, ".parquet") || strings.Contains(keys, "ULM") || !strings.Contains(keys, "failed/format-conversion-failed/") {
		t.Errorf("the bucket holds %s", keys)
	}
	state := string(l.State())
	end := l.Now()
	l.SeekNow(20 * protocol.Second)
	l.SeekNow(end)
	if string(l.State()) != state {
		t.Error("played again it is another world")
	}
}
