package share

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"shardlab/wasm/aws"
)

var run = Run{Name: "a", Lab: json.RawMessage(`{"name":"a","start":"2026-03-02T08:00:00Z","world":[{"do":"lab.Note","with":{"Text":"<ü & 日本>"}}]}`),
	Log:   "{\"engine\":2,\"now\":5}\n{\"at\":1,\"service\":\"kinesis\",\"op\":\"PutRecord\",\"body\":{\"Data\":\"YQ==\"},\"note\":\"aws kinesis put-record\"}\n",
	State: strings.Repeat("0123456789abcdef", 4)}

func TestRoundTrip(t *testing.T) {
	link, err := Link(run)
	if err != nil {
		t.Fatal(err)
	}
	file, err := File(run)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"a link's text": link, "a fragment": "s=" + link, "an address": "http://127.0.0.1:8080/lab#s=" + link, "with more behind it": "#s=" + link + "&theme=dark",
		"with spaces around it": " \n" + link + "\n", "a file": string(file), "a file with a mark in front": "\ufeff" + string(file),
	} {
		got, err := Read(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var lab bytes.Buffer
		json.Compact(&lab, got.Lab)
		if lab.String() != string(run.Lab) || got.Log != run.Log || got.State != run.State[:StateDigits] {
			t.Errorf("%s reads as %s\n%s\n%s", name, lab.String(), got.Log, got.State)
		}
	}
	if again, _ := Link(run); again != link {
		t.Error("the same run is another link")
	}
	if lines := strings.Count(string(file), "\n"); lines < 10 || !json.Valid(file) {
		t.Errorf("a file of %d lines is not for people:\n%s", lines, file)
	}
}

// pack makes a link of any document.
func pack(doc []byte) string {
	var b bytes.Buffer
	z, _ := flate.NewWriter(&b, flate.BestCompression)
	z.Write(doc)
	z.Close()
	return wrap(b.Bytes())
}

func wrap(packed []byte) string {
	return fmt.Sprintf("A%08x%s", crc32.ChecksumIEEE(packed), base64.RawURLEncoding.EncodeToString(packed))
}

func TestRefusals(t *testing.T) {
	link, _ := Link(run)
	bomb := pack(bytes.Repeat([]byte(" "), 100<<20))
	if len(bomb) > MaxLink {
		t.Fatalf("the bomb has %d characters and is refused for that", len(bomb))
	}
	for _, x := range []struct{ name, text, want, hint string }{
		{"nothing", "", "There is no lab in this", "begins with {"},
		{"an address alone", "http://127.0.0.1:8080/lab#s=", "There is no lab in this", ""},
		{"words", "hello", "This is no link to a lab", "Copy the link once more"},
		{"cut", link[:len(link)-7], "changed or cut", "Copy it once more"},
		{"a letter changed", link[:40] + map[bool]string{true: "B", false: "A"}[link[40] == 'A'] + link[41:], "changed or cut", ""},
		{"other signs", link[:20] + "!?" + link[22:], "changed or cut", ""},
		{"of a newer form", "B" + link[1:], `of form "B"`, "Reload the page"},
		{"long", "A00000000" + strings.Repeat("A", MaxLink), "more than the 524288", "as a file"},
		{"a bomb", bomb, "unpacks to more than 12582912 bytes", "do not open it"},
		{"not compressed", wrap([]byte("\xff\xff\xff")), "cannot be unpacked", "do not open it"},
		{"a bomb as a file", "{" + strings.Repeat(" ", MaxFile) + "}", "at most 12582912 are read", ""},
		{"a file that is cut", "{\n \"shardlab\": 1,\n \"lab\": {", "after line 3", ".shardlab.json"},
		{"a file of something else", `{"name":"package","version":"1.0.0"}`, `has no "shardlab"`, ".shardlab.json"},
		{"a version to come", `{"shardlab":2,"lab":{}}`, "has version 2, and this Shardlab reads version 1", "newest"},
		{"no lab", `{"shardlab":1}`, `has no "lab"`, ""},
		{"a state that is none", `{"shardlab":1,"lab":{},"state":"xyz"}`, `no hash of 16 hex digits`, ""},
		{"a log that is none", `{"shardlab":1,"lab":{},"log":"x"}`, "is not the JSON of a lab", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			_, err := Read(x.text)
			var e *aws.Error
			if !errors.As(err, &e) || e.Code != Bad || !strings.Contains(e.Message, x.want) || !strings.Contains(e.Hint, x.hint) {
				t.Errorf("got %v, want %q with the hint %q", err, x.want, x.hint)
			}
			if e != nil && e.Hint == "" {
				t.Error("it does not say what to do")
			}
		})
	}
}

func TestTooLargeForALink(t *testing.T) {
	big := run
	var noise strings.Builder
	for i := range 60_000 { // which compresses little
		fmt.Fprintf(&noise, "{\"at\":%d,\"note\":\"%08x\"}\n", i, crc32.ChecksumIEEE([]byte{byte(i), byte(i >> 8), 7}))
	}
	big.Log = noise.String()
	_, err := Link(big)
	var e *aws.Error
	if !errors.As(err, &e) || e.Code != aws.LimitExceeded || !strings.Contains(e.Hint, "file") {
		t.Fatalf("got %v", err)
	}
	file, err := File(big)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Read(string(file)); err != nil || got.Log != big.Log {
		t.Errorf("the file does not open: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	link, _ := Link(run)
	f.Add(link)
	f.Add(pack([]byte(`{"shardlab":1,"lab":{},"log":[{"at":1}]}`)))
	f.Add(`{"shardlab":1,"lab":{},"log":[null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Read(text)
		if err != nil {
			var e *aws.Error
			if !errors.As(err, &e) || e.Hint == "" {
				t.Errorf("%v says not what to do", err)
			}
			return
		}
		if again, err := Link(r); err != nil {
			t.Errorf("what was read cannot be shared: %v", err)
		} else if s, err := Read(again); err != nil || s.Log != r.Log {
			t.Errorf("shared again it is another: %v", err)
		}
	})
}

// Code is told however its member's name is written, and where there is none nothing is told.
func TestCode(t *testing.T) {
	for lab, want := range map[string]bool{
		`{"world":[{"do":"lambda.CreateFunction","with":{"Code":{"ZipFile":"eA=="}}}]}`:      true,
		`{"world":[{"do":"lambda.CreateFunction","with":{"Code":{"Zip\u0046ile":"eA=="}}}]}`: true,
		`{"world":[{"do":"kinesis.CreateStream","with":{"StreamName":"caf\u00e9"}}]}`:        false,
	} {
		if got := (Run{Lab: []byte(lab)}).Code(); got != want {
			t.Errorf("%s brings code: %v", lab, got)
		}
		if got := (Run{Log: lab}).Code(); got != want {
			t.Errorf("a log with %s brings code: %v", lab, got)
		}
	}
}
