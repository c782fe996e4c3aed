package awsjson

import (
	"encoding/binary"
	"hash/crc32"
)

// A header of a frame of an event stream: a name and a text.
type header struct{ name, value string }

// Names of headers.
const (
	messageType   = ":message-type"
	eventType     = ":event-type"
	exceptionType = ":exception-type"
	errorCode     = ":error-code"
	errorMessage  = ":error-message"
	frameContent  = ":content-type"
)

// textHeader is the type of a header whose value is a text.
const textHeader = 7

// appendFrame writes one frame of application/vnd.amazon.eventstream: lengths and their check value, headers in their order,
// payload, and the check value of all of it. A header's name has at most 255 bytes, its value at most 65,535.
// Source: Smithy, "Amazon Event Stream Specification".
func appendFrame(b []byte, headers []header, payload []byte) []byte {
	from := len(b)
	b = append(b, make([]byte, 12)...)
	for _, h := range headers {
		if len(h.name) > 255 || len(h.value) > 65535 {
			panic("awsjson: a header of a frame is too long")
		}
		b = append(append(b, byte(len(h.name))), h.name...)
		b = append(binary.BigEndian.AppendUint16(append(b, textHeader), uint16(len(h.value))), h.value...)
	}
	frame := b[from:]
	binary.BigEndian.PutUint32(frame, uint32(len(frame)+len(payload)+4))
	binary.BigEndian.PutUint32(frame[4:], uint32(len(frame)-12))
	binary.BigEndian.PutUint32(frame[8:], crc32.ChecksumIEEE(frame[:8]))
	b = append(b, payload...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[from:]))
}
