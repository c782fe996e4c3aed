package aws

// What a service answers about a KMS key that it needs for a call.
// Source: Kinesis Data Streams API Reference, Errors of PutRecord and GetRecords.
const (
	KMSAccessDenied Code = "KMSAccessDeniedException"
	KMSDisabled     Code = "KMSDisabledException"
	KMSInvalidState Code = "KMSInvalidStateException"
	KMSNotFound     Code = "KMSNotFoundException"
	KMSOptIn        Code = "KMSOptInRequired"
	KMSThrottling   Code = "KMSThrottlingException"
)

// UnrecognizedClient is the code of a call by somebody whom the account does not know.
// Source: Kinesis Data Streams API Reference, "Common errors".
const UnrecognizedClient Code = "UnrecognizedClientException"

// Denied reports whether a code says that the caller may not, or that a key does not serve: the same call is answered the
// same way until somebody changes a policy or a key.
func Denied(code Code) bool {
	switch code {
	case AccessDenied, UnrecognizedClient, KMSAccessDenied, KMSDisabled, KMSInvalidState, KMSNotFound, KMSOptIn, KMSThrottling:
		return true
	}
	return false
}
