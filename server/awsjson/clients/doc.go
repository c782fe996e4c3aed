// Package clients holds the AWS endpoint to what real AWS clients make of it: the AWS SDK for Go, and, where they are
// installed (make test-clients), the AWS CLI, boto3, the AWS SDKs for JavaScript and for Java. It has tests only.
//
// A plan is a transcript of operations with their answers, in testdata/plan; every client plays every plan on a world of
// its own. A client is driven by a program of a page (testdata/js, python, java; the AWS CLI line by line), which takes a
// question and gives an answer, both in the shape of the wire. So what AWS's own code sent, retried, paged, waited for and
// understood is held to one expectation, which stands in one place. The server is the real one, on a free port.
package clients
