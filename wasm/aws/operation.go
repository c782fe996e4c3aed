// Package aws holds what the simulated services share on the wire: the table of operations, the decoder and the
// constraints of requests, error names and the form of their messages, blobs and timestamps.
//
// A service describes its requests as Go structs whose `aws` tags carry the constraints of its model; [Compile] reads
// them once into a [Shape], which decodes, checks and describes. The package knows no service and no stream.
package aws

import (
	"reflect"
	"strings"
)

// A Kind is what a member holds.
type Kind string

// The kinds of members.
const (
	String    Kind = "string"
	Int       Kind = "int"
	Float     Kind = "float"
	Bool      Kind = "bool"
	BlobKind  Kind = "blob"
	TimeKind  Kind = "timestamp"
	Structure Kind = "structure"
	List      Kind = "list"
	Map       Kind = "map"
)

// A Service is what a door leads to, as consoles and help pages list it.
type Service struct {
	Name       string // "kinesis"
	Title      string // "Amazon Kinesis Data Streams"
	Operations []Operation
}

// An Operation is a row of a service's table: all that a console, a completion or a help page needs to know.
type Operation struct {
	Service string // "kinesis"
	Name    string // "PutRecord"
	Kebab   string // "put-record"
	Help    string // one line
	Input   reflect.Type
	Output  reflect.Type // nil when the answer has no body
	Members []Member     // of the request, in order

	// Outlines gives the outlines of an operation whose types are no Go types; nil when Input and Output are.
	Outlines func() (in, out *Outline)
}

// Member finds a member by its wire name or by its flag without the dashes.
func (o *Operation) Member(name string) (Member, bool) {
	for _, m := range o.Members {
		if m.Name == name || m.Flag == name {
			return m, true
		}
	}
	return Member{}, false
}

// A Member is a member of a request or of a structure in one.
type Member struct {
	Name     string // on the wire: "StreamName"
	Flag     string // kebab-case, without the dashes: "stream-name"
	Kind     Kind
	Required bool
	Enum     []string // the values a string may have, when they are fixed
	Help     string   // one line
	Elem     *Member  // what a list holds, or a map's values
	Members  []Member // of a structure
}

// Kebab turns a name of the wire into the command line's: StreamARN becomes stream-arn, MaxRecordSizeInKiB becomes
// max-record-size-in-ki-b.
// Source: AWS CLI v2 conventions; the rule is botocore's, a word begins at a capital that a small letter follows, and at
// a capital that follows a small letter or a digit.
func Kebab(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if isUpper(c) && i > 0 && (i+1 < len(name) && isLower(name[i+1]) || isLower(name[i-1]) || isDigit(name[i-1])) {
			b.WriteByte('-')
		}
		if isUpper(c) {
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
