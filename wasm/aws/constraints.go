package aws

import (
	"regexp"
	"slices"
	"strings"
)

// enums are the fixed sets of values, in the order in which the service's own messages list them.
// Source: service model, table of scalar constraints; order of ShardIteratorType as kinesalite recorded it.
var enums = map[string][]string{
	"StreamMode":         {"PROVISIONED", "ON_DEMAND"},
	"EncryptionType":     {"NONE", "KMS"},
	"ShardIteratorType":  {"AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"},
	"ScalingType":        {"UNIFORM_SCALING"},
	"Statistic":          {"SampleCount", "Average", "Sum", "Minimum", "Maximum"},
	"StateValue":         {"OK", "ALARM", "INSUFFICIENT_DATA"},
	"ScanBy":             {"TimestampDescending", "TimestampAscending"},
	"ComparisonOperator": {"GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"},
	"StandardUnit": {"Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits",
		"Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second",
		"Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None"},
	"MetricsName": {
		"IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords", "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded",
		"IteratorAgeMilliseconds", "ALL",
	},
	"CommitmentStatus":           {"ENABLED", "DISABLED"},
	"RecordDistributionStrategy": {"AUTO", "USER_PARTITION_KEY"},
	"RecordFormatType":           {"GSR_JSON", "JSON", "STRING", "BYTE_ARRAY"},
	"ChannelEncryptionType":      {"KMS"},
	"S3CompressionType":          {"NONE", "GZIP", "ZSTD"},
	"S3StorageClass":             {"STANDARD", "INTELLIGENT_TIERING", "GLACIER_IR"},
	"S3TablesCompressionType":    {"NONE", "ZSTD", "SNAPPY"},
	"PartitionTransform":         {"TIME_HOUR"},

	"EventSourcePosition":  {"TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"},
	"FunctionResponseType": {"ReportBatchItemFailures"},
	"InvocationType":       {"Event", "RequestResponse", "DryRun"},
	"LogType":              {"None", "Tail"},

	"ShardFilterType": {"AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP"},
}

// Enum lists the values of a fixed set by its name; nil when there is none of that name.
func Enum(name string) []string { return slices.Clone(enums[name]) }

// A pattern is a regular expression of the service model and a matcher of the whole text by hand, which costs the
// browser less than a regular expression engine.
type pattern struct {
	text  string
	match func(string) bool
}

// patterns are the patterns that requests name.
// Source: service model, table of scalar constraints.
var patterns = map[string]pattern{
	"StreamName":     {`[a-zA-Z0-9_.-]+`, isName},
	"ShardId":        {`[a-zA-Z0-9_.-]+`, isName},
	"ConsumerName":   {`[a-zA-Z0-9_.-]+`, isName},
	"HashKey":        {`0|([1-9]\d{0,38})`, func(s string) bool { return isNumber(s, 39) }},
	"SequenceNumber": {`0|([1-9]\d{0,128})`, func(s string) bool { return isNumber(s, 129) }},
	"StreamId":       {`[a-z0-9]{20}-[a-z0-9]{3}`, isStreamID},
	"ConsumerARN":    {`^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+`, isConsumerARN},
	"StreamARN":      {`arn:aws.*:kinesis:.*:\d{12}:stream/\S+`, func(s string) bool { return isKinesisARN(s, ":stream/", false) }},
	"ChannelARN":     {`arn:aws.*:kinesis:.*:\d{12}:channel/\S+`, func(s string) bool { return isKinesisARN(s, ":channel/", false) }},
	"ResourceARN": {`arn:aws.*:kinesis:.*:\d{12}:.*(stream|channel)/\S+`, func(s string) bool {
		return isKinesisARN(s, "stream/", true) || isKinesisARN(s, "channel/", true)
	}},

	// Of channels. The classes of these ARNs take no colon, so that they can be cut at the colons.
	"RoleARN": {`arn:aws[-a-z0-9]*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+`, func(s string) bool {
		return consists(cutARN(s, "iam", "role/"), "a-zA-Z0-9+=,.@_/-")
	}},
	"BucketARN": {`arn:aws[-a-z0-9]*:s3:::[a-z0-9._-]{3,63}`, func(s string) bool {
		name := cutARN(s, "s3", "")
		return consists(name, "a-z0-9._-") && len(name) >= 3 && len(name) <= 63
	}},
	"TableBucketARN": {`arn:aws[-a-z0-9]*:s3tables:[-a-z0-9]+:\d{12}:bucket/[a-z0-9_-]{3,63}`, func(s string) bool {
		name := cutARN(s, "s3tables", "bucket/")
		return consists(name, "a-z0-9_-") && len(name) >= 3 && len(name) <= 63
	}},
	"GSRSchemaARN": {`arn:aws[-a-z0-9]*:glue:[-a-z0-9]+:\d{12}:schema/[-a-zA-Z0-9_$#.]+/[-a-zA-Z0-9_$#.]+`, func(s string) bool {
		registry, name, _ := strings.Cut(cutARN(s, "glue", "schema/"), "/")
		return consists(registry, "a-zA-Z0-9_$#.-") && consists(name, "a-zA-Z0-9_$#.-")
	}},
	"ExpectedBucketOwner":     {`\d{12}`, func(s string) bool { return isDigits(s) && len(s) == 12 }},
	"S3ErrorOutputPrefix":     {`[0-9A-Za-z!\-_'.*()\/]+`, func(s string) bool { return consists(s, "0-9A-Za-z!_'.*()/-") }},
	"S3OutputKeyTemplate":     {`[0-9A-Za-z!\-_'.*()\/=:{}]+`, func(s string) bool { return consists(s, "0-9A-Za-z!_'.*()/=:{}-") }},
	"S3TablesName":            {`[0-9a-z_]+`, func(s string) bool { return consists(s, "0-9a-z_") }},
	"PartitionSourceName":     {`[a-zA-Z0-9\.\_]+`, func(s string) bool { return consists(s, "a-zA-Z0-9._") }},
	"CloudWatchLogGroupName":  {`[\.\-_/#A-Za-z0-9]+`, func(s string) bool { return consists(s, "A-Za-z0-9._/#-") }},
	"CloudWatchLogStreamName": {`[^:*]*`, func(s string) bool { return !strings.ContainsAny(s, ":*") }},
}

func isName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isLower(c) && !isUpper(c) && !isDigit(c) && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return s != ""
}

// isNumber reports whether s is a decimal number without leading zeros of at most so many digits.
func isNumber(s string, digits int) bool {
	return s == "0" || isDigits(s) && s[0] != '0' && len(s) <= digits
}

func isStreamID(s string) bool {
	if len(s) != 24 || s[20] != '-' {
		return false
	}
	for i := range len(s) {
		if i != 20 && !isLower(s[i]) && !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// isKinesisARN tries every place at which ":kinesis:" and what begins the resource may stand, because the dots of the
// pattern take colons too. They take no line ends. The resource may have something before it when the pattern says so.
func isKinesisARN(s, resource string, loose bool) bool {
	rest, ok := strings.CutPrefix(s, "arn:aws")
	if !ok {
		return false
	}
	for {
		i := strings.Index(rest, ":kinesis:")
		if i < 0 || strings.ContainsAny(rest[:i], "\n\r") {
			return false
		}
		rest = rest[i+len(":kinesis:"):]
		for j := 0; ; j++ {
			k := strings.Index(rest[j:], resource)
			if k < 0 {
				break
			}
			j += k
			region, name := rest[:j], rest[j+len(resource):]
			if !strings.ContainsAny(region, "\n\r") && name != "" && !strings.ContainsAny(name, " \t\n\r\f\v") && endsInAccount(region, loose) {
				return true
			}
		}
	}
}

// isConsumerARN reads the names from the end, because they hold no slash, and then looks for an account before them.
func isConsumerARN(s string) bool {
	const consumer, stream, kinesis = "/consumer/", "stream/", ":kinesis:"
	i := strings.LastIndex(s, consumer)
	if i < 0 {
		return false
	}
	name, epoch, _ := strings.Cut(s[i+len(consumer):], ":")
	j := strings.LastIndex(s[:i], stream)
	if j < 0 || !isName(name) || !isDigits(epoch) || !isName(s[j+len(stream):i]) {
		return false
	}
	rest, ok := strings.CutPrefix(s[:j], "arn:aws")
	k := strings.Index(rest, kinesis)
	if !ok || k < 0 || strings.ContainsAny(rest, "\n\r") {
		return false
	}
	for rest = rest[k+len(kinesis):]; len(rest) >= 14; rest = rest[1:] {
		if rest[0] == ':' && isDigits(rest[1:13]) && rest[13] == ':' {
			return true
		}
	}
	return false
}

// endsInAccount reports whether a text is a Region and an account of twelve digits, joined by a colon; when it is loose,
// a colon and anything may follow.
func endsInAccount(s string, loose bool) bool {
	for {
		n := len(s)
		if loose {
			if n = strings.LastIndexByte(s, ':'); n < 0 {
				return false
			}
		}
		s = s[:n]
		if ok := n >= 13 && s[n-13] == ':' && isDigits(s[n-12:]); ok || !loose {
			return ok
		}
	}
}

// cutARN returns what follows a prefix in the resource of a service's ARN, "" when the ARN is none. An ARN of S3 names no
// Region and no account, one of IAM no Region.
func cutARN(s, service, prefix string) string {
	p := strings.SplitN(s, ":", 6)
	if len(p) < 6 || p[0] != "arn" || !strings.HasPrefix(p[1], "aws") || !consists(p[1], "a-z0-9-") || p[2] != service {
		return ""
	}
	regional, owned := service != "iam" && service != "s3", service != "s3"
	if consists(p[3], "a-z0-9-") != regional || !regional && p[3] != "" || (len(p[4]) == 12 && isDigits(p[4])) != owned || !owned && p[4] != "" {
		return ""
	}
	name, ok := strings.CutPrefix(p[5], prefix)
	if !ok {
		return ""
	}
	return name
}

// consists reports whether a text has at least one byte and all are of a class such as "a-z0-9_-".
func consists(s, class string) bool {
	for i := range len(s) {
		if !inClass(s[i], class) {
			return false
		}
	}
	return s != ""
}

func inClass(c byte, class string) bool {
	for i := 0; i < len(class); i++ {
		if i+2 < len(class) && class[i+1] == '-' {
			if class[i] <= c && c <= class[i+2] {
				return true
			}
			i += 2
		} else if class[i] == c {
			return true
		}
	}
	return false
}

// expressions are patterns of Firehose that are matched as they stand: only control operations name them, and those that take
// everything are left out.
// Source: service model of Firehose, table of scalar constraints.
var expressions = map[string]string{
	"firehose/DeliveryStreamName": `[a-zA-Z0-9_.-]+`,
	"firehose/VersionId":          `[0-9]+`,
	"firehose/DestinationId":      `[a-zA-Z0-9-]+`,
	"firehose/StreamARN":          `arn:.*:kinesis:[a-zA-Z0-9\-]+:\d{12}:stream/[a-zA-Z0-9_.-]+`,
	"firehose/RoleARN":            `arn:.*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+`,
	"firehose/BucketARN":          `arn:.*:s3:::[\w\.\-]{1,255}`,
	"firehose/KeyARN":             `arn:.*:kms:[a-zA-Z0-9\-]+:\d{12}:key/[a-zA-Z_0-9+=,.@\-_/]+`,
	"firehose/KeyOrAliasARN":      `arn:.*:kms:[a-zA-Z0-9\-]+:\d{12}:(key|alias)/[a-zA-Z_0-9+=,.@\-_/]+`,
	"firehose/LogGroup":           `[\.\-_/#A-Za-z0-9]*`,
	"firehose/LogStream":          `[^:*]*`,
	"firehose/NotBlank":           `^(?!\s*$).+`,
	"firehose/NoSpace":            `^\S+$`,
	"firehose/FileExtension":      `^$|\.[0-9a-z!\-_.*'()]+`,
	"firehose/TimeZone":           `^$|[a-zA-Z/_]+`,
	"firehose/SecretARN":          `arn:.*:secretsmanager:[a-zA-Z0-9\-]+:\d{12}:secret:[a-zA-Z0-9\-/_+=.@!]+`,
	"firehose/JDBC":               `jdbc:(redshift|postgresql)://((?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+(redshift(-serverless)?)\.([a-zA-Z0-9\.\-]+):\d{1,5}/[a-zA-Z0-9_$-]+`,
	"firehose/DomainARN":          `arn:.*:es:[a-zA-Z0-9\-]+:\d{12}:domain/[a-z][-0-9a-z]{2,27}`,
	"firehose/Https":              `https:.*`,
	"firehose/HttpsURL":           `https://.*`,
	"firehose/TagKey":             `^(?!aws:)[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$`,
	"firehose/TagValue":           `^[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$`,
	"firehose/ARN":                `arn:.*`,
	"firehose/Topic":              `[a-zA-Z0-9\\._\\-]+`,
	"firehose/Vpce":               `([a-zA-Z0-9\-\_]+\.){2,3}vpce\.[a-zA-Z0-9\-]*\.vpce-svc\-[a-zA-Z0-9\-]{17}$`,
	"firehose/Snowflake":          `.+?\.snowflakecomputing\.com`,
	"firehose/Base64":             `^(?:[A-Za-z0-9+\/]{4})*(?:[A-Za-z0-9+\/]{2}==|[A-Za-z0-9+\/]{3}=)?$`,
	"firehose/TableName":          `[a-zA-Z0-9\.\_]+`,
	"firehose/CatalogARN":         `arn:.*:glue:.*:\d{12}:catalog(?:(/[a-z0-9_-]+){1,2})?`,
	"firehose/S3URL":              `s3:\/\/.*`,
}

// express makes a pattern of an expression. What looks ahead or behind, which package regexp does not know, is written
// otherwise. It is compiled when it is asked, because most never are.
func express(text string) *pattern {
	return &pattern{text, func(s string) bool {
		without := strings.NewReplacer(`(?!-)[A-Za-z0-9-]{1,63}(?<!-)`, `[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?`, `(?!aws:)`, ``, `(?!\s*$).+`, `\s*\S.*`).Replace(text)
		reserved := strings.Contains(text, `(?!aws:)`) && strings.HasPrefix(s, "aws:")
		return !reserved && regexp.MustCompile(`^(?:`+without+`)$`).MatchString(s)
	}}
}
