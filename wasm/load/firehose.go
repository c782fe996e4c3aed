package load

import "strings"

// A Deliver puts records into a Firehose stream, as PutRecord does when there is one and as PutRecordBatch does when there are more,
// and tells of each whether it was taken. The error is the service's: then none was.
type Deliver func(stream string, data [][]byte, told func(i int, taken bool)) error

// toFirehose begins the name of a Firehose stream where a client's stream may be one: no name of a data stream has a colon.
const toFirehose = "firehose:"

// ToFirehose is how a client names a Firehose stream among streams, and Firehose reads that.
func ToFirehose(name string) string { return toFirehose + name }

func Firehose(stream string) (name string, ok bool) { return strings.CutPrefix(stream, toFirehose) }

// StreamWords is a client's stream in words: trips, or the Firehose stream raw.
func StreamWords(stream string) string {
	if name, ok := Firehose(stream); ok {
		return "the Firehose stream " + name
	}
	return stream
}
