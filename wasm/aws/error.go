package aws

import (
	"errors"
	"fmt"
)

// A Code is an error's name on the wire.
type Code = string

// The codes that the services of the lab answer with.
// Source: Kinesis Data Streams API Reference, the operations' Errors sections and "Common errors".
const (
	AccessDenied                  Code = "AccessDeniedException"
	DryRunOperation               Code = "DryRunOperationException"
	ExpiredIterator               Code = "ExpiredIteratorException"
	ExpiredNextToken              Code = "ExpiredNextTokenException"
	InternalFailure               Code = "InternalFailureException"
	InternalError                 Code = "InternalFailure" // common error, and the code of an entry of PutRecords
	InvalidArgument               Code = "InvalidArgumentException"
	LimitExceeded                 Code = "LimitExceededException"
	ProvisionedThroughputExceeded Code = "ProvisionedThroughputExceededException"
	ResourceInUse                 Code = "ResourceInUseException"
	ResourceNotFound              Code = "ResourceNotFoundException"
	Serialization                 Code = "SerializationException"
	ServiceUnavailable            Code = "ServiceUnavailable"
	Throttling                    Code = "ThrottlingException"
	UnknownOperation              Code = "UnknownOperationException"
	Validation                    Code = "ValidationException"
)

// ConnectionClosed is the code of a call whose answer never came: no service says it, the client's own library does.
// Source: botocore's exceptions.
const ConnectionClosed Code = "ConnectionClosedError"

// Throttled reports whether a code says that a limit was reached, and Retryable whether an SDK tries a call with this
// code again by itself: after throttling, and after a failure that may pass.
// Source: AWS SDKs and Tools Reference Guide, Retry behavior.
func Throttled(code Code) bool {
	return code == ProvisionedThroughputExceeded || code == LimitExceeded || code == Throttling
}

func Retryable(code Code) bool {
	return Throttled(code) || code == InternalFailure || code == InternalError || code == ServiceUnavailable || code == ConnectionClosed
}

// An Error is what a service answers instead of a result: part of the simulation, with the wire's own name and words.
// Hint is ours and never on the wire: it says what a learner may try instead.
type Error struct {
	Code    Code
	Message string
	Hint    string
	Status  int // of HTTP
}

// Errorf returns an error of a service with its message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Status: statusOf(code)}
}

// WithHint adds what a learner may try instead and returns the error itself. It is called in 200 places: inlined it would be 200
// times in the program that learners download.
//
//go:noinline
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Error says what is wrong as a log would.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// Body is the error as the body of an HTTP answer. A message that is empty is left out, and a SerializationException
// spells its message with a capital M.
func (e *Error) Body() []byte {
	var v any
	switch {
	case e.Message == "":
		v = struct {
			Type string `json:"__type"`
		}{e.Code}
	case e.Code == Serialization:
		v = struct {
			Type    string `json:"__type"`
			Message string
		}{e.Code, e.Message}
	default:
		v = struct {
			Type    string `json:"__type"`
			Message string `json:"message"`
		}{e.Code, e.Message}
	}
	b, err := Encode(v)
	if err != nil {
		panic("aws: an error of two strings does not encode: " + err.Error())
	}
	return b
}

// CodeOf returns the code of the service error in err, and "" when there is none.
func CodeOf(err error) Code {
	if err == nil {
		return "" // the way of most calls; what follows allocates
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// HintOf returns the hint of the service error in err, and "" when there is none.
func HintOf(err error) string {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}

// statusOf is the HTTP status of a code: 400, but for a failure of the service itself. The table of common errors gives 404
// to UnknownOperationException; answers of the service that people have shown say 400.
func statusOf(code Code) int {
	switch code {
	case InternalFailure, InternalError:
		return 500
	case ServiceUnavailable:
		return 503
	}
	return 400
}
