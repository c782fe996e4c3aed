package kinesis

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"shardlab/wasm/sim"
)

// Iterators and tokens are sealed: base64 of a kind, a check value, and a body that the check value makes unreadable.
// This keeps learners from reading or making them up; it is no cryptography, and nothing depends on its being some.

// Kinds of sealed texts. The eight bytes of the kind are why an iterator begins with AAAAAAAAAA, as AWS's do.
const (
	sealedIterator uint64 = iota + 1
	sealedShards
	sealedStreams
	sealedConsumers
	sealedChannels
)

// sealedBody is how long a body is at the least, which makes an iterator 204 characters long, as those in AWS's pages.
const sealedBody = 128

func (s *Service) seal(kind uint64, body []byte) string {
	if n := len(body); n < sealedBody {
		body = append(body, make([]byte, sealedBody-n)...)
	}
	out := binary.BigEndian.AppendUint64(make([]byte, 0, 8+md5.Size+len(body)), kind)
	check := s.checkValue(kind, body)
	out = append(out, check[:]...)
	return base64.StdEncoding.EncodeToString(append(out, mask(check, body)...))
}

// unseal returns what was sealed, padding included; false when the text was not sealed here as this kind.
func (s *Service) unseal(kind uint64, text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") { // which the decoder would pass over
		return nil, false
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < 8+md5.Size+sealedBody || binary.BigEndian.Uint64(raw) != kind {
		return nil, false
	}
	check := [md5.Size]byte(raw[8:])
	body := mask(check, raw[8+md5.Size:])
	return body, s.checkValue(kind, body) == check
}

func (s *Service) checkValue(kind uint64, body []byte) [md5.Size]byte {
	secret := fmt.Appendf(nil, "%d/%s/%s/%d/", s.cfg.Seed, s.cfg.Account, s.cfg.Region, kind)
	return md5.Sum(append(secret, body...))
}

// mask turns a body into noise, and noise back.
func mask(check [md5.Size]byte, body []byte) []byte {
	out := make([]byte, len(body))
	pad := check
	for i := range body {
		if i%md5.Size == 0 {
			pad = md5.Sum(pad[:])
		}
		out[i] = body[i] ^ pad[i%md5.Size]
	}
	return out
}

// An iterator is what a sealed shard iterator says.
type iterator struct {
	stream int64 // id
	name   string
	Cursor
}

// unquoted is a text without the pair of quotes around it.
func unquoted(text string) string {
	if n := len(text); n >= 2 && text[0] == '"' && text[n-1] == '"' {
		return text[1 : n-1]
	}
	return text
}

func (s *Service) sealIterator(st *Stream, c Cursor) string {
	b := make([]byte, 0, 192)
	b = binary.BigEndian.AppendUint64(b, uint64(st.id))
	b = binary.BigEndian.AppendUint32(b, uint32(c.Shard))
	b = binary.BigEndian.AppendUint64(b, uint64(c.Index))
	b = binary.BigEndian.AppendUint64(b, uint64(c.Issued))
	b = append(b, byte(len(st.name)))
	return s.seal(sealedIterator, append(b, st.name...))
}

// unsealIterator reads an iterator, also one in quotes: AWS's own tutorial hands it on as --query prints it.
// Source: Developer Guide, "Perform basic Kinesis Data Streams operations using the AWS CLI".
func (s *Service) unsealIterator(text string) (iterator, bool) {
	b, ok := s.unseal(sealedIterator, unquoted(text))
	if !ok {
		return iterator{}, false
	}
	it := iterator{stream: int64(binary.BigEndian.Uint64(b))}
	it.Shard = int32(binary.BigEndian.Uint32(b[8:]))
	it.Index = int64(binary.BigEndian.Uint64(b[12:]))
	it.Issued = sim.Instant(binary.BigEndian.Uint64(b[20:]))
	n := int(b[28])
	if len(b) < 29+n {
		return iterator{}, false
	}
	it.name = string(b[29 : 29+n])
	return it, true
}
