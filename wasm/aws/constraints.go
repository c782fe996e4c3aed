package aws

import (
	"slices"
	"strings"
)

// enums are the fixed sets of values, in the order in which the service's own messages list them.
// Source: service model, table of scalar constraints; order of ShardIteratorType as kinesalite recorded it.
var enums = map[string][]string{
	"StreamMode":         {"PROVISIONED", "ON_DEMAND"},
	"ShardIteratorType":  {"AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"},
	"ScalingType":        {"UNIFORM_SCALING"},
	"Statistic":          {"SampleCount", "Average", "Sum", "Minimum", "Maximum"},
	"StateValue":         {"OK", "ALARM", "INSUFFICIENT_DATA"},
	"ScanBy":             {"TimestampDescending", "TimestampAscending"},
	"ComparisonOperator": {"GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"},
	"StandardUnit": {"Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits",
		"Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second",
		"Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None"},
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
	"StreamARN":      {`arn:aws.*:kinesis:.*:\d{12}:stream/\S+`, isStreamARN},
	"ConsumerARN":    {`^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+`, isConsumerARN},
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

// isStreamARN tries every place at which ":kinesis:" and ":<account>:stream/" may stand, because the dots of the pattern
// take colons too. They take no line ends.
func isStreamARN(s string) bool {
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
			k := strings.Index(rest[j:], ":stream/")
			if k < 0 {
				break
			}
			j += k
			region, account, name := rest[:j], "", rest[j+len(":stream/"):]
			if n := len(region); n >= 13 && region[n-13] == ':' {
				region, account = region[:n-13], region[n-12:]
			}
			if isDigits(account) && !strings.ContainsAny(region, "\n\r") && name != "" && !strings.ContainsAny(name, " \t\n\r\f\v") {
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
