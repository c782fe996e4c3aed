package firehose

import "strings"

// bounds are the least, the greatest and the usual value of a hint.
type bounds struct{ Min, Max, Usual int64 }

// A kind is a kind of destination.
type kind struct {
	name    string // of the structures: name + "DestinationConfiguration", "DestinationUpdate", "DestinationDescription"
	service string // as people call it
	metric  string // "S3" of DeliveryToS3.Bytes
	errors  string // error-output-type of what could not be delivered
	size    bounds // MiB
	seconds bounds
	retry   int64  // usual seconds of RetryOptions; -1 when there are none
	failed  string // S3BackupMode of failed data alone; "" when the modes are Disabled and Enabled
	all     string // S3BackupMode of all data
}

// kinds lists the kinds of destinations. It never changes.
// Source: Developer Guide, "Configure backup and buffering hints"; service model for the ranges; section 4 of the facts.
var kinds = []kind{
	{"ExtendedS3", "Amazon S3", "S3", "", bounds{1, 128, 5}, bounds{0, 900, 300}, -1, "", "Enabled"},
	{"S3", "Amazon S3", "S3", "", bounds{1, 128, 5}, bounds{0, 900, 300}, -1, "", ""},
	{"Redshift", "Amazon Redshift", "Redshift", "errors", bounds{1, 128, 5}, bounds{0, 900, 300}, 3600, "", "Enabled"},
	{"Elasticsearch", "Amazon OpenSearch Service", "AmazonOpenSearchService", "AmazonOpenSearchService-failed", bounds{1, 100, 5}, bounds{0, 900, 300}, 300, "FailedDocumentsOnly", "AllDocuments"},
	{"Amazonopensearchservice", "Amazon OpenSearch Service", "AmazonOpenSearchService", "AmazonOpenSearchService-failed", bounds{1, 100, 5}, bounds{0, 900, 300}, 300, "FailedDocumentsOnly", "AllDocuments"},
	{"AmazonOpenSearchServerless", "Amazon OpenSearch Serverless", "AmazonOpenSearchServerless", "AmazonOpenSearchService-failed", bounds{1, 100, 5}, bounds{0, 900, 300}, 300, "FailedDocumentsOnly", "AllDocuments"},
	{"Splunk", "Splunk", "Splunk", "splunk-failed", bounds{1, 5, 5}, bounds{0, 60, 60}, 300, "FailedEventsOnly", "AllEvents"},
	{"HttpEndpoint", "the HTTP endpoint", "HttpEndpoint", "http-endpoint-failed", bounds{1, 64, 5}, bounds{0, 900, 60}, 300, "FailedDataOnly", "AllData"},
	{"Snowflake", "Snowflake", "Snowflake", "snowflake-failed", bounds{1, 128, 1}, bounds{0, 900, 0}, 60, "FailedDataOnly", "AllData"},
	{"Iceberg", "Apache Iceberg tables", "Iceberg", "iceberg-failed", bounds{1, 128, 5}, bounds{0, 900, 300}, 300, "FailedDataOnly", "AllData"},
}

// kindOf finds a kind by its name; nil when there is none.
func kindOf(name string) *kind {
	for i := range kinds {
		if kinds[i].name == name {
			return &kinds[i]
		}
	}
	return nil
}

// toS3 says whether objects in S3 are what is delivered.
func (k *kind) toS3() bool { return strings.HasSuffix(k.name, "S3") }

// like says whether two kinds are delivered to alike: the two of S3 are.
func (k *kind) like(other *kind) bool { return k == other || k.toS3() && other.toS3() }

func (k *kind) configuration() string { return k.name + "DestinationConfiguration" }
func (k *kind) update() string        { return k.name + "DestinationUpdate" }
func (k *kind) description() string   { return k.name + "DestinationDescription" }

// other is what a member of a configuration is called in an update or a description.
func other(structure, member string) string {
	if hasMember(structure, member) {
		return member
	}
	stem := strings.TrimSuffix(member, "Configuration")
	for _, name := range []string{stem + "Update", stem + "Description", stem + "DestinationDescription", member + "Description"} {
		if hasMember(structure, name) {
			return name
		}
	}
	return ""
}
