package region

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/columnar"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/sim"
)

const conversion = `{"RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role","BucketARN":"arn:aws:s3:::lake","Prefix":"orders/","ErrorOutputPrefix":"failed/!{firehose:error-output-type}/","BufferingHints":{"SizeInMBs":64,"IntervalInSeconds":60},
	"DataFormatConversionConfiguration":{"SchemaConfiguration":{"RoleARN":"arn:aws:iam::123456789012:role/ROLE","DatabaseName":"sales","TableName":"orders"},"InputFormatConfiguration":{"Deserializer":{"OpenXJsonSerDe":{}}},"OutputFormatConfiguration":{"Serializer":{"ParquetSerDe":{}}}}}`

func orders(t testing.TB) *Region {
	t.Helper()
	r, err := New(Config{Seed: 3, Start: sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)), JQ: filter.Run})
	if err != nil {
		t.Fatal(err)
	}
	ok(t, r, "s3api", "CreateBucket", `{"Bucket":"lake"}`)
	ok(t, r, "glue", "CreateDatabase", `{"DatabaseInput":{"Name":"sales"}}`)
	ok(t, r, "glue", "CreateTable", `{"DatabaseName":"sales","TableInput":{"Name":"orders","StorageDescriptor":{"Columns":[{"Name":"id","Type":"int"},{"Name":"city","Type":"string"}]}}}`)
	return r
}

// put puts texts to a Firehose stream and lets what comes of it happen.
func put(t testing.TB, r *Region, stream string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		ok(t, r, Firehose, "PutRecord", `{"DeliveryStreamName":"`+stream+`","Record":{"Data":"`+base64.StdEncoding.EncodeToString([]byte(text))+`"}}`)
	}
	runFor(r, 5*time.Minute)
}

// TestConversionByGlue holds that records become Parquet by the newest version of a table, that a role without glue:GetTableVersions
// is refused, and that the world with its catalog is copied whole.
func TestConversionByGlue(t *testing.T) {
	r := orders(t)
	ok(t, r, Firehose, "CreateDeliveryStream", `{"DeliveryStreamName":"orders","ExtendedS3DestinationConfiguration":`+strings.Replace(conversion, "ROLE", "firehose_delivery_role", 1)+`}`)
	ok(t, r, "iam", "CreateRole", `{"RoleName":"blind","AssumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"firehose.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`)
	ok(t, r, Firehose, "CreateDeliveryStream", `{"DeliveryStreamName":"refused","ExtendedS3DestinationConfiguration":`+strings.Replace(strings.Replace(conversion, "ROLE", "blind", 1), "failed/", "refused/", 1)+`}`)
	runFor(r, time.Minute)
	ok(t, r, "glue", "UpdateTable", `{"DatabaseName":"sales","TableInput":{"Name":"orders","StorageDescriptor":{"Columns":[{"Name":"id","Type":"bigint"},{"Name":"at","Type":"timestamp"}]}}}`)
	c := r.Clone()
	put(t, r, "orders", `{"id":1,"at":"2026-03-02T08:00:00Z"}`, `{"id":"x"}`)
	b, _ := r.S3().Bucket("lake")
	files := b.Objects("orders/")
	if len(files) != 1 {
		t.Fatalf("%d files", len(files))
	}
	table, err := columnar.ReadParquet(files[0].Data, 10)
	if err != nil || strings.Join(table.Types, " ") != "bigint timestamp" || len(table.Rows) != 1 || strings.Join(table.Rows[0], " ") != "1 2026-03-02 08:00:00" {
		t.Errorf("%+v, %v", table, err)
	}
	if got := b.Objects("failed/format-conversion-failed/"); len(got) != 1 || !strings.Contains(string(got[0].Data), `For input string: \"x\"`) {
		t.Errorf("failed %v", got)
	}
	put(t, r, "refused", `{"id":1}`)
	if got := b.Objects("refused/format-conversion-failed/"); len(got) != 1 || !strings.Contains(string(got[0].Data), `"lastErrorCode":"DataFormatConversion.AccessDeniedException"`) {
		t.Errorf("refused %v", got)
	}
	put(t, c, "orders", `{"id":1,"at":"2026-03-02T08:00:00Z"}`, `{"id":"x"}`)
	put(t, c, "refused", `{"id":1}`)
	if string(bytesOf(c)) != string(bytesOf(r)) {
		t.Error("the copy went on otherwise")
	}
}

func bytesOf(r *Region) []byte {
	var b strings.Builder
	r.State(&b)
	return []byte(b.String())
}

// TestPresetsTransform holds what functions without JavaScript make of records: as they are, failed, dropped, or the whole invocation fails.
func TestPresetsTransform(t *testing.T) {
	for behavior, want := range map[string]string{
		"works":                 "delivered [abadc], failed []",
		"reports-item-failures": "delivered [ac], failed [Lambda.ProcessingFailedStatus]",
		"drops-poison":          "delivered [ac], failed []",
		"fails-on-poison":       "delivered [], failed [Lambda.FunctionError Lambda.FunctionError Lambda.FunctionError]",
		"times-out":             "delivered [], failed [Lambda.FunctionTimedOut Lambda.FunctionTimedOut Lambda.FunctionTimedOut]",
	} {
		r := orders(t)
		poison := ""
		if strings.Contains(behavior, "poison") || strings.Contains(behavior, "item") {
			poison = `,"Poison":"bad"`
		}
		ok(t, r, Lab, "PutFunction", `{"Name":"clean","Behavior":"`+behavior+`"`+poison+`}`)
		ok(t, r, Firehose, "CreateDeliveryStream", `{"DeliveryStreamName":"orders","ExtendedS3DestinationConfiguration":{"RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role","BucketARN":"arn:aws:s3:::lake","Prefix":"orders/","BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":60},
			"ProcessingConfiguration":{"Enabled":true,"Processors":[{"Type":"Lambda","Parameters":[{"ParameterName":"LambdaArn","ParameterValue":"arn:aws:lambda:us-east-1:123456789012:function:clean"}]}]}}}`)
		runFor(r, time.Minute)
		put(t, r, "orders", "a", "bad", "c")
		b, _ := r.S3().Bucket("lake")
		var delivered strings.Builder
		var failed []string
		for _, o := range b.Objects("orders/") {
			if !strings.Contains(o.Key, "processing-failed/") {
				delivered.Write(o.Data)
				continue
			}
			for line := range strings.Lines(string(o.Data)) {
				_, code, _ := strings.Cut(line, `"errorCode":"`)
				code, _, _ = strings.Cut(code, `"`)
				failed = append(failed, code)
			}
		}
		if got := "delivered [" + delivered.String() + "], failed [" + strings.Join(failed, " ") + "]"; got != want {
			t.Errorf("%s: %s, want %s", behavior, got, want)
		}
	}
}
