// Package share writes a lab that runs as text and reads it again: a link, which carries everything behind the "#" of an address, where
// no browser sends it to a server, or a file. A lab is its log, so both hold the lab's file, the log, and a hash of the state
// in which it was shared, by which whoever opens it knows that it is the same to the byte.
//
// A link's text is a letter, eight hex digits and base64url without padding:
//
//	A             the form of what follows
//	1b2c3d4e      CRC-32 (IEEE) of the compressed bytes
//	q1YqSVZSS…    the document, compressed with DEFLATE (RFC 1951)
//
// The document and the file are the same JSON, the file indented:
//
//	{"shardlab": 1, "state": "0123456789abcdef", "lab": {…}, "log": [{…}, {…}]}
//
// Whatever somebody sends is read with bounds on both sizes, and what is wrong with it is said in words with what to do.
package share

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/protocol"
)

// Version is that of the document.
const Version = 1

// Bounds. Chromium opens addresses of 2 MiB and other browsers of 64 KiB at least; a run that needs more is handed on as a file. What a
// document may unpack to is a lab's file and a full log with room for its JSON.
const (
	MaxLink = 512 << 10 // characters of a link's text
	MaxFile = 12 << 20  // bytes of a file, and of what a link unpacks to
)

// Bad is the code of the errors of Read.
const Bad = "BadLink"

// StateDigits is how many hex digits of the SHA-256 of a state a document carries.
const StateDigits = 16

// A Run is a lab as it is handed on.
type Run struct {
	Name  string          // of the lab; not read from a document
	Lab   json.RawMessage // its file
	Log   string          // as a lab writes it
	State string          // the hash of its state; a document has its first digits
}

// Code says whether it brings the code of functions along.
func (r Run) Code() bool {
	return bytes.Contains(plain(r.Lab), []byte("ZipFile")) || bytes.Contains(plain([]byte(r.Log)), []byte("ZipFile"))
}

// plain is JSON without the escapes in which a name could hide: a letter may be written \u005a.
func plain(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\u`)) {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+5 < len(text) && text[i+1] == 'u' {
			if n, err := strconv.ParseUint(string(text[i+2:i+6]), 16, 16); err == nil && n < 128 {
				out = append(out, byte(n))
				i += 5
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

// As is the run as a link or as a file: protocol.AsLink, protocol.AsFile.
func (r Run) As(what string) (protocol.Shared, error) {
	s := protocol.Shared{Name: r.Name, State: r.State, Code: r.Code()}
	var err error
	switch what {
	case protocol.AsLink:
		s.Text, err = Link(r)
	case protocol.AsFile:
		var doc []byte
		doc, err = File(r)
		s.Text = string(doc)
	default:
		err = bad(fmt.Sprintf("A lab is not shared as %q.", what), "Write link or file.")
	}
	return s, err
}

// document is a Run as JSON.
type document struct {
	Shardlab int               `json:"shardlab"`
	State    string            `json:"state,omitempty"`
	Lab      json.RawMessage   `json:"lab"`
	Log      []json.RawMessage `json:"log,omitempty"`
}

const (
	form = 'A'
	head = 1 + 8 // of a link's text: the form and the checksum
)

// Link is the text of the link that opens a run. The error says why it fits into none.
func Link(r Run) (string, error) {
	doc, err := r.write("")
	if err != nil {
		return "", err
	}
	var packed bytes.Buffer
	z, _ := flate.NewWriter(&packed, flate.BestCompression) // the level is one there is
	z.Write(doc)                                            // into memory
	z.Close()
	if n := head + base64.RawURLEncoding.EncodedLen(packed.Len()); n > MaxLink {
		return "", aws.Errorf(aws.LimitExceeded, "As a link this lab would have %d characters; a link holds %d at most.", n, MaxLink).
			WithHint("Save it as a file and hand that on: the lab opens it again.")
	}
	return fmt.Sprintf("%c%08x%s", form, crc32.ChecksumIEEE(packed.Bytes()), base64.RawURLEncoding.EncodeToString(packed.Bytes())), nil
}

// File is the file that opens a run: JSON to be read by people too, a command of the log a line.
func File(r Run) ([]byte, error) { return r.write("  ") }

func (r Run) write(indent string) ([]byte, error) {
	var b bytes.Buffer
	end, gap := "", ""
	if indent != "" {
		end, gap = "\n", " "
	}
	fmt.Fprintf(&b, `{%s%s"shardlab":%s%d,%s%s"state":%s%q,%s%s"lab":%s`, end, indent, gap, Version, end, indent, gap, r.State[:min(StateDigits, len(r.State))], end, indent, gap)
	flat := r.Lab
	if indent != "" {
		if err := json.Indent(&b, flat, indent, indent); err != nil {
			return nil, fmt.Errorf("share: the lab's file is no JSON: %w", err)
		}
	} else if err := json.Compact(&b, flat); err != nil {
		return nil, fmt.Errorf("share: the lab's file is no JSON: %w", err)
	}
	fmt.Fprintf(&b, `,%s%s"log":%s[`, end, indent, gap)
	for i, line := range strings.Split(strings.TrimRight(r.Log, "\n"), "\n") {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(end + strings.Repeat(indent, 2) + line)
	}
	fmt.Fprintf(&b, "%s%s]%s}%s", end, indent, end, end)
	if b.Len() > MaxFile {
		return nil, aws.Errorf(aws.LimitExceeded, "This lab with its log has %d bytes; a file of it holds %d at most.", b.Len(), MaxFile).
			WithHint("Begin the lab again and do the last steps only, then share it.")
	}
	return b.Bytes(), nil
}

// Read reads the text of a link, a whole address that ends with one, or a file. The error is for people.
func Read(text string) (Run, error) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if strings.HasPrefix(text, "{") {
		return read([]byte(text), "file")
	}
	if i := strings.Index(text, "#"); i >= 0 {
		text = text[i+1:]
	}
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "s="), "&")
	switch {
	case text == "":
		return Run{}, bad("There is no lab in this.", "A link to a lab has #s= and a long text behind it; a file of a lab begins with {.")
	case len(text) > MaxLink:
		return Run{}, bad(fmt.Sprintf("This link has %d characters, more than the %d of any link that Shardlab makes.", len(text), MaxLink), "Ask for the lab as a file instead.")
	case text[0] != form && text[0] >= 'B' && text[0] <= 'Z' && len(text) > head && isHex(text[1:head]):
		return Run{}, bad(fmt.Sprintf("This link is of form %q, and this Shardlab reads form %q: it was made by a newer one.", text[:1], string(rune(form))), "Reload the page to get the newest Shardlab here, or open the link at the address it was made for.")
	case text[0] != form || len(text) <= head || !isHex(text[1:head]):
		return Run{}, bad("This is no link to a lab.", "Copy the link once more, whole: it begins with the address of a Shardlab and has #s="+string(rune(form))+" in it.")
	}
	packed, err := base64.RawURLEncoding.DecodeString(text[head:])
	if err != nil || fmt.Sprintf("%08x", crc32.ChecksumIEEE(packed)) != text[1:head] {
		return Run{}, bad("This link was changed or cut on the way: its checksum does not fit.", "Copy it once more, whole; a program for messages may have broken it. A file of the lab stays whole.")
	}
	doc, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), MaxFile+1))
	switch {
	case len(doc) > MaxFile:
		return Run{}, bad(fmt.Sprintf("What this link holds unpacks to more than %d bytes, more than any lab has.", MaxFile), "It was not made by Shardlab: do not open it.")
	case err != nil:
		return Run{}, bad("What this link holds cannot be unpacked.", "It was not made by Shardlab: do not open it.")
	}
	return read(doc, "link")
}

func read(doc []byte, what string) (Run, error) {
	var d document
	if len(doc) > MaxFile {
		return Run{}, bad(fmt.Sprintf("This file has %d bytes; at most %d are read.", len(doc), MaxFile), "No lab that Shardlab saves is as large: choose another file.")
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		var at *json.SyntaxError
		where := ""
		if errors.As(err, &at) {
			where = fmt.Sprintf(" after line %d", 1+bytes.Count(doc[:min(int(at.Offset), len(doc))], []byte("\n")))
		}
		return Run{}, bad(fmt.Sprintf("This %s is not the JSON of a lab%s: %s.", what, where, err), "Choose a file that Shardlab saved; its name ends in .shardlab.json.")
	}
	switch {
	case d.Shardlab == 0:
		return Run{}, bad(fmt.Sprintf("This %s is not of a lab: it has no \"shardlab\" with its version.", what), "Choose a file that Shardlab saved; its name ends in .shardlab.json.")
	case d.Shardlab != Version:
		return Run{}, bad(fmt.Sprintf("This %s has version %d, and this Shardlab reads version %d.", what, d.Shardlab, Version), "Reload the page to get the newest Shardlab here, and save the lab anew where it was made.")
	case len(d.Lab) == 0:
		return Run{}, bad(fmt.Sprintf("This %s has no \"lab\": how its world begins is missing.", what), "Save the lab once more where it was made.")
	case d.State != "" && (len(d.State) != StateDigits || !isHex(d.State)):
		return Run{}, bad(fmt.Sprintf("The \"state\" of this %s is no hash of %d hex digits.", what, StateDigits), "Take the member out to open the lab without that proof.")
	}
	r := Run{Lab: d.Lab, State: d.State}
	var log bytes.Buffer
	for _, line := range d.Log {
		if err := json.Compact(&log, line); err != nil {
			return Run{}, bad("The log cannot be read: "+err.Error()+".", "Save the lab once more where it was made.") // it was read before, so it can
		}
		log.WriteByte('\n')
	}
	r.Log = log.String()
	return r, nil
}

func bad(message, hint string) *aws.Error { return aws.Errorf(Bad, "%s", message).WithHint("%s", hint) }

func isHex(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && strings.ToLower(s) == s
}
