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
	InvalidArgument               Code = "InvalidArgumentException"
	LimitExceeded                 Code = "LimitExceededException"
	ProvisionedThroughputExceeded Code = "ProvisionedThroughputExceededException"
	ResourceInUse                 Code = "ResourceInUseException"
	ResourceNotFound              Code = "ResourceNotFoundException"
	Serialization                 Code = "SerializationException"
	UnknownOperation              Code = "UnknownOperationException"
	Validation                    Code = "ValidationException"
)

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

// WithHint adds what a learner may try instead and returns the error itself.
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

// Body is the error as the body of an HTTP answer. A SerializationException spells its message with a capital M, and
// leaves it out when there is none.
func (e *Error) Body() []byte {
	var v any
	switch {
	case e.Code == Serialization && e.Message == "":
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
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// HintOf returns the hint of the service error in err, and "" when there is none.
func HintOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}

// statusOf is the HTTP status of a code: 400, with the few exceptions of the table of common errors.
func statusOf(code Code) int {
	switch code {
	case InternalFailure:
		return 500
	case UnknownOperation:
		return 404
	}
	return 400
}
