package awsjson

import (
	"net/http"

	"shardlab/wasm/aws"
)

// A form is one of the ways in which a protocol writes requests and answers. What stands in between is the JSON of the door.
type form struct {
	contentType string // of answers
	read        func(body []byte, op *aws.Operation) ([]byte, *aws.Error)
	write       func(c *call, out any) []byte
	refuse      func(c *call, err *aws.Error) []byte
	status      int                 // of an answer that is no error, when it is not 200
	head        func(h http.Header) // what else stands in the head of an answer; nil when nothing does
}

// jsonForm is AWS JSON, of whichever version.
func jsonForm(contentType string) *form {
	return &form{
		contentType: contentType,
		read:        func(body []byte, _ *aws.Operation) ([]byte, *aws.Error) { return body, nil },
		write:       func(_ *call, out any) []byte { return encodeJSON(out) },
		refuse:      func(_ *call, err *aws.Error) []byte { return err.Body() },
	}
}

// cborForm is the CBOR that Data Streams takes from the SDK for Java.
func cborForm() *form { return formOf(cbor{}, cbor11, nil) }

// rpcForm is Smithy's RPC protocol in CBOR, which newer clients of CloudWatch speak.
// Source: Smithy, "Smithy RPC v2 CBOR".
func rpcForm() *form {
	return formOf(cbor{seconds: true}, "application/cbor", func(h http.Header) { h["smithy-protocol"] = []string{rpcProtocol} })
}

func formOf(k cbor, contentType string, head func(http.Header)) *form {
	return &form{
		contentType: contentType,
		read: func(body []byte, op *aws.Operation) ([]byte, *aws.Error) {
			var members []aws.Member
			if op != nil {
				members = op.Members
			}
			return k.decode(body, members)
		},
		write:  func(_ *call, out any) []byte { return k.encode(out) },
		refuse: func(_ *call, err *aws.Error) []byte { return k.refusal(err) },
		head:   head,
	}
}
