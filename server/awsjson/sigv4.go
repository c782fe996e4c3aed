package awsjson

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
)

// Codes of refused signatures. The table of common errors gives most of them 403; the service's own answers, which people
// have shown, say 400.
const (
	expiredToken          = "ExpiredTokenException"
	incompleteSignature   = "IncompleteSignatureException"
	invalidSignature      = "InvalidSignatureException"
	missingAuthentication = "MissingAuthenticationTokenException"
	unrecognizedClient    = "UnrecognizedClientException"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	isoTime    = "20060102T150405Z"
)

// signatureSkew is how far a signature's time may lie from the endpoint's wall clock.
// Source: the service's own messages, "(20180920T175004Z - 5 min.)".
const signatureSkew = 5 * time.Minute

// longestPresigned is how long a signature in the query string may be valid.
// Source: Signature Version 4 signing process, X-Amz-Expires.
const longestPresigned = 7 * 24 * time.Hour

// A signature is what a request says about who sent it.
type signature struct {
	query         bool // it stands in the query string, not in a header
	key           string
	scope         [4]string // date, Region, service, terminator
	signedHeaders string
	value         string
	date          string // as it stands in the request
	at            time.Time
	expires       string // X-Amz-Expires of a query string
	token         string // X-Amz-Security-Token
}

func (s *signature) scopeText() string { return strings.Join(s.scope[:], "/") }

// readSignature finds the signature of a request and refuses one that is not there or not whole.
// The order and the words are the service's, as kinesalite recorded them, and for the credential as people have shown them.
func readSignature(r *http.Request) (*signature, *aws.Error) {
	header := r.Header.Get("Authorization")
	var query url.Values
	if strings.Contains(r.URL.RawQuery, "X-Amz-") {
		query = r.URL.Query()
	}
	_, inQuery := query["X-Amz-Algorithm"]
	switch {
	case header != "" && inQuery:
		return nil, aws.Errorf(invalidSignature, "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
	case header == "" && !inQuery:
		return nil, aws.Errorf(missingAuthentication, "Missing Authentication Token")
	case inQuery:
		return readQuery(query)
	}
	return readHeader(r, header)
}

func readHeader(r *http.Request, header string) (*signature, *aws.Error) {
	params := map[string]string{}
	_, rest, _ := strings.Cut(header, " ")
	for part := range strings.FieldsFuncSeq(rest, func(c rune) bool { return c == ',' || c == ' ' }) {
		name, value, _ := strings.Cut(part, "=")
		params[name] = value
	}
	var missing strings.Builder
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if params[name] == "" {
			fmt.Fprintf(&missing, "Authorization header requires '%s' parameter. ", name)
		}
	}
	date := r.Header.Get("X-Amz-Date")
	if date == "" && r.Header.Get("Date") == "" {
		missing.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	if missing.Len() > 0 {
		return nil, aws.Errorf(incompleteSignature, "%sAuthorization=%s", missing.String(), header)
	}
	if !strings.HasPrefix(header, algorithm+" ") {
		name, _, _ := strings.Cut(header, " ")
		return nil, aws.Errorf(incompleteSignature, "Unsupported AWS 'algorithm': '%s'.", name)
	}
	s := &signature{signedHeaders: params["SignedHeaders"], value: params["Signature"], date: date, token: r.Header.Get("X-Amz-Security-Token")}
	var err error
	if date != "" {
		s.at, err = time.Parse(isoTime, date)
	} else {
		s.date = r.Header.Get("Date")
		if s.at, err = http.ParseTime(s.date); err != nil {
			s.at, err = time.Parse(isoTime, s.date)
		}
		s.at = s.at.UTC()
	}
	if err != nil {
		return nil, aws.Errorf(incompleteSignature, "Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", s.date)
	}
	return s, s.readCredential(params["Credential"])
}

func readQuery(query url.Values) (*signature, *aws.Error) {
	var missing strings.Builder
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if query.Get(name) == "" {
			fmt.Fprintf(&missing, "AWS query-string parameters must include '%s'. ", name)
		}
	}
	if missing.Len() > 0 {
		return nil, aws.Errorf(incompleteSignature, "%sRe-examine the query-string parameters.", missing.String())
	}
	if a := query.Get("X-Amz-Algorithm"); a != algorithm {
		return nil, aws.Errorf(incompleteSignature, "Unsupported AWS 'algorithm': '%s'.", a)
	}
	s := &signature{query: true, signedHeaders: query.Get("X-Amz-SignedHeaders"), value: query.Get("X-Amz-Signature"), date: query.Get("X-Amz-Date"),
		expires: query.Get("X-Amz-Expires"), token: query.Get("X-Amz-Security-Token")}
	var err error
	if s.at, err = time.Parse(isoTime, s.date); err != nil {
		return nil, aws.Errorf(incompleteSignature, "Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", s.date)
	}
	return s, s.readCredential(query.Get("X-Amz-Credential"))
}

// readCredential takes a credential apart from its end, so that an access key may hold a slash.
func (s *signature) readCredential(text string) *aws.Error {
	parts := strings.Split(text, "/")
	n := len(parts) - 4
	if n < 1 || parts[0] == "" || parts[n+1] == "" {
		return aws.Errorf(incompleteSignature, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", text)
	}
	s.key = strings.Join(parts[:n], "/")
	copy(s.scope[:], parts[n:])
	return nil
}

// verify refuses a signature that the credential's owner did not make for this very request at about this moment.
func (s *signature) verify(r *http.Request, body []byte, service string, c *Credential, now time.Time) *aws.Error {
	switch {
	case c == nil, s.token != c.SessionToken:
		return aws.Errorf(unrecognizedClient, "The security token included in the request is invalid.")
	case !c.Expires.IsZero() && !now.Before(c.Expires):
		return aws.Errorf(expiredToken, "The security token included in the request is expired")
	case s.scope[3] != terminator:
		return aws.Errorf(invalidSignature, "Credential should be scoped with a valid terminator: '%s', not '%s'.", terminator, s.scope[3])
	case s.scope[2] != service:
		return aws.Errorf(invalidSignature, "Credential should be scoped to correct service: '%s'.", service)
	case s.scope[0] != s.at.Format("20060102"):
		return aws.Errorf(invalidSignature, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			s.scope[0], s.at.Format("20060102"), s.at.Format(isoTime))
	}
	if err := s.checkTime(now.UTC()); err != nil {
		return err
	}
	headers := strings.Split(s.signedHeaders, ";")
	if missing := unsigned(r, headers); missing != "" {
		return aws.Errorf(invalidSignature, "%s must be a 'SignedHeader' in the AWS Authorization.", missing)
	}
	canonical := s.canonicalRequest(r, headers, body)
	toSign := s.stringToSign(canonical)
	if hmac.Equal([]byte(s.value), []byte(sign(c.SecretKey, s.scope, toSign))) {
		return nil
	}
	return aws.Errorf(invalidSignature, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n"+
		"The Canonical String for this request should have been\n'%s'\n\nThe String-to-Sign should have been\n'%s'\n", canonical, toSign)
}

// unsigned names a header that a signature must cover and does not: the host, and whatever AWS itself gives meaning to.
func unsigned(r *http.Request, signed []string) string {
	if !slices.Contains(signed, "host") && !slices.Contains(signed, ":authority") {
		return "'Host' or ':authority'"
	}
	var missing []string
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") && !slices.Contains(signed, lower) {
			missing = append(missing, lower)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "'" + slices.Min(missing) + "'"
}

// checkTime refuses a signature of another time.
func (s *signature) checkTime(now time.Time) *aws.Error {
	if s.at.After(now.Add(signatureSkew)) {
		return aws.Errorf(invalidSignature, "Signature not yet current: %s is still later than %s (%s + 5 min.)",
			s.at.Format(isoTime), now.Add(signatureSkew).Format(isoTime), now.Format(isoTime))
	}
	if s.query && s.expires != "" {
		seconds, err := strconv.ParseInt(s.expires, 10, 64)
		if err != nil || seconds < 0 || seconds > int64(longestPresigned/time.Second) {
			return aws.Errorf(incompleteSignature, "X-Amz-Expires must be a number of seconds from 0 to %d, got '%s'.", int64(longestPresigned/time.Second), s.expires)
		}
		if end := s.at.Add(time.Duration(seconds) * time.Second); now.After(end) {
			return aws.Errorf(invalidSignature, "Signature expired: %s is now earlier than %s (%s - %d s.)",
				s.at.Format(isoTime), now.Add(-time.Duration(seconds)*time.Second).Format(isoTime), now.Format(isoTime), seconds)
		}
		return nil
	}
	if s.at.Before(now.Add(-signatureSkew)) {
		return aws.Errorf(invalidSignature, "Signature expired: %s is now earlier than %s (%s - 5 min.)",
			s.at.Format(isoTime), now.Add(-signatureSkew).Format(isoTime), now.Format(isoTime))
	}
	return nil
}

// canonicalRequest is the request in the form that is signed. The hash at its end is that of the body that came: Data
// Streams takes no UNSIGNED-PAYLOAD, whatever the header X-Amz-Content-Sha256 says; S3 takes what the header says.
// Source: Signature Version 4, "Create a canonical request".
func (s *signature) canonicalRequest(r *http.Request, headers []string, body []byte) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n")
	hash := sha256.Sum256(body)
	payload := hex.EncodeToString(hash[:])
	if objects := s.scope[2] == "s3"; objects && s.query {
		payload = "UNSIGNED-PAYLOAD"
	} else if objects {
		payload = r.Header.Get("X-Amz-Content-Sha256") // that it is the body's was seen to
	}
	if path := r.URL.EscapedPath(); path == "" {
		b.WriteString("/\n")
	} else if s.scope[2] == "s3" {
		b.WriteString(encode(r.URL.Path, true) + "\n")
	} else {
		b.WriteString(encode(path, true) + "\n") // once more: only S3 signs a path as it is sent
	}
	b.WriteString(canonicalQuery(r.URL.RawQuery) + "\n")
	for _, name := range headers {
		b.WriteString(name + ":" + canonicalHeader(r, name) + "\n")
	}
	b.WriteString("\n" + s.signedHeaders + "\n" + payload)
	return b.String()
}

// canonicalHeader joins a header's values, each without spaces around it and with single ones inside. The server has taken
// some headers out of the request's map.
func canonicalHeader(r *http.Request, name string) string {
	var values []string
	switch name {
	case "host", ":authority":
		values = []string{r.Host}
	case "transfer-encoding":
		values = r.TransferEncoding
	default:
		values = r.Header.Values(name)
		if name == "content-length" && len(values) == 0 && r.ContentLength >= 0 {
			values = []string{strconv.FormatInt(r.ContentLength, 10)}
		}
	}
	clean := make([]string, len(values))
	for i, v := range values {
		clean[i] = strings.Join(strings.FieldsFunc(v, func(c rune) bool { return c == ' ' || c == '\t' }), " ")
	}
	return strings.Join(clean, ",")
}

// canonicalQuery sorts the parameters by name and value and writes them in one way of escaping; the signature itself is
// left out.
func canonicalQuery(raw string) string {
	var all []string
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if name = again(name); name == "X-Amz-Signature" {
			continue
		}
		all = append(all, name+"="+again(value))
	}
	slices.SortFunc(all, func(a, b string) int {
		an, av, _ := strings.Cut(a, "=")
		bn, bv, _ := strings.Cut(b, "=")
		if c := strings.Compare(an, bn); c != 0 {
			return c
		}
		return strings.Compare(av, bv)
	})
	return strings.Join(all, "&")
}

// again takes the escapes off a part of a query string and writes them anew.
func again(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		s = plain
	}
	return encode(s, false)
}

// encode escapes every byte but letters, digits and -._~, and with path set also not the slash.
func encode(s string, path bool) string {
	const hexes = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~' || path && c == '/' {
			b = append(b, c)
			continue
		}
		b = append(b, '%', hexes[c>>4], hexes[c&15])
	}
	return string(b)
}

func (s *signature) stringToSign(canonical string) string {
	hash := sha256.Sum256([]byte(canonical))
	return algorithm + "\n" + s.at.UTC().Format(isoTime) + "\n" + s.scopeText() + "\n" + hex.EncodeToString(hash[:])
}

// sign is the signature that the owner of a secret gives to a string.
// Source: Signature Version 4, "Calculate the signature".
func sign(secret string, scope [4]string, toSign string) string {
	key := []byte("AWS4" + secret)
	for _, part := range append(scope[:], toSign) {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(part))
		key = m.Sum(nil)
	}
	return hex.EncodeToString(key)
}
