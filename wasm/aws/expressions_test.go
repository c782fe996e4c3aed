package aws

import "testing"

// TestExpressions holds each expression to a text that it takes and one that it does not.
func TestExpressions(t *testing.T) {
	rows := map[string][2]string{
		"firehose/DeliveryStreamName": {"trips.raw_1-a", "trips raw"},
		"firehose/VersionId":          {"12", "v1"},
		"firehose/DestinationId":      {"destinationId-000000000001", "destination_1"},
		"firehose/StreamARN":          {"arn:aws:kinesis:us-east-1:123456789012:stream/trips", "arn:aws:kinesis:us-east-1:123456789012:stream/"},
		"firehose/RoleARN":            {"arn:aws:iam::123456789012:role/service-role/f", "arn:aws:iam::123:role/f"},
		"firehose/BucketARN":          {"arn:aws:s3:::my-bucket.logs", "arn:aws:s3:::my/bucket"},
		"firehose/KeyARN":             {"arn:aws:kms:us-east-1:123456789012:key/ab-c", "arn:aws:kms:us-east-1:123456789012:alias/ab"},
		"firehose/KeyOrAliasARN":      {"arn:aws:kms:us-east-1:123456789012:alias/ab", "alias/ab"},
		"firehose/LogGroup":           {"/aws/kinesisfirehose/trips", "a b"},
		"firehose/LogStream":          {"a b", "a:b"},
		"firehose/NotBlank":           {" a", "  "},
		"firehose/NoSpace":            {"subnet-1", "subnet 1"},
		"firehose/FileExtension":      {".json.gz", "json"},
		"firehose/TimeZone":           {"Europe/Berlin", "UTC+1"},
		"firehose/SecretARN":          {"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-b", "arn:aws:secretsmanager:us-east-1:1:secret:a"},
		"firehose/JDBC":               {"jdbc:redshift://demo.abc-1.us-east-1.redshift.amazonaws.com:5439/dev", "jdbc:redshift://-demo.abc.us-east-1.redshift.amazonaws.com:5439/dev"},
		"firehose/DomainARN":          {"arn:aws:es:us-east-1:123456789012:domain/logs", "arn:aws:es:us-east-1:123456789012:domain/Logs"},
		"firehose/Https":              {"https:x", "http://x"},
		"firehose/HttpsURL":           {"https://x", "https:x"},
		"firehose/TagKey":             {"team", "aws:team"},
		"firehose/TagValue":           {"", "a;b"},
		"firehose/ARN":                {"arn:x", "x"},
		"firehose/Topic":              {"trips.a_b", "trips a"},
		"firehose/Vpce":               {"a.b.vpce.us-east-1.vpce-svc-12345678901234567", "vpce-svc-1"},
		"firehose/Snowflake":          {"ab1.us-east-1.snowflakecomputing.com", "ab1.example.com"},
		"firehose/Base64":             {"YWJj", "YW"},
		"firehose/TableName":          {"trips_2.a", "trips-2"},
		"firehose/CatalogARN":         {"arn:aws:glue:us-east-1:123456789012:catalog", "arn:aws:glue:us-east-1:123456789012:table"},
		"firehose/S3URL":              {"s3://b/k", "https://b/k"},
	}
	for name, text := range expressions {
		row, ok := rows[name]
		if !ok {
			t.Errorf("%s has no row in this test", name)
			continue
		}
		p := express(text)
		if !p.match(row[0]) {
			t.Errorf("%s refuses %q", name, row[0])
		}
		if p.match(row[1]) {
			t.Errorf("%s takes %q", name, row[1])
		}
	}
}
