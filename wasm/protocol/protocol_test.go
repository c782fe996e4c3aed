package protocol

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	tests := []struct {
		name, text, fault string
	}{
		{"a request", `{"v":1,"id":7,"kind":"play","speed":2}`, ""},
		{"no JSON", `play`, "not a request in JSON"},
		{"of a later version", `{"v":2,"id":7,"kind":"play"}`, "message has version 2, this engine speaks 1: reload the page"},
		{"without a version", `{"id":7,"kind":"play"}`, "message has version 0"},
		{"of the wrong shape", `{"v":1,"id":"seven"}`, "not a request in JSON"},
		{"a line at its limit", `{"v":1,"kind":"type","line":"` + strings.Repeat("x", MaxLineBytes) + `"}`, ""},
		{"a line over its limit", `{"v":1,"kind":"type","line":"` + strings.Repeat("x", MaxLineBytes+1) + `"}`, "longer than 1 MiB"},
		{"over the message's limit", strings.Repeat(" ", MaxMessageBytes+1), "at most 33554432 are taken"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := Decode([]byte(test.text))
			switch {
			case test.fault == "" && err != nil:
				t.Fatal(err)
			case test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)):
				t.Fatalf("error %v, want one with %q", err, test.fault)
			case test.fault == "" && r.V != Version:
				t.Errorf("read as %+v", r)
			}
		})
	}
}

func TestFlights(t *testing.T) {
	good := []Flight{
		{},
		{Kind: FlightRefused, SentAt: 32_400_000, DueAt: 32_412_500, Actor: 1, Stream: 2, Shard: 3, Key: -1},
		{Kind: FlightRead, SentAt: -5, DueAt: 1 << 52, Key: 10_000},
	}
	text, err := json.Marshal(Frame{Flights: good})
	if err != nil {
		t.Fatal(err)
	}
	var back Frame
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	for i, f := range good {
		if back.Flights[i] != f {
			t.Errorf("%+v came back as %+v", f, back.Flights[i])
		}
	}
	for _, bad := range []string{`[]`, `[1,2,3,4,5,6]`, `[1,2,3,4,5,6,7,8]`, `[1,2,3,4,5,6,7.5]`, `[1,2,3,4,5,6,"7"]`, `[[1,2,3,4,5,6,7]]`, `{"Kind":1}`, `"1,2,3,4,5,6,7"`, `7`, `[1,2,3,4,5,6,1e3]`, `[1,2,3,4,5,6,9999999999999999999]`} {
		if err := json.Unmarshal([]byte(bad), new(Flight)); err == nil {
			t.Errorf("%s was read as a flight", bad)
		}
	}
}

// FuzzFlight holds that whatever is read as a flight is what encoding/json reads as seven whole numbers.
func FuzzFlight(f *testing.F) {
	for _, seed := range []string{`[0,1,2,3,4,5,-1]`, `[ 1 , 2 , 3 , 4 , 5 , 6 , 7 ]`, `[-0,0,0,0,0,0,0]`, `[1,2,3]`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var flight Flight
		if !json.Valid(text) || json.Unmarshal(text, &flight) != nil || string(text) == "null" {
			return
		}
		var n [7]int64
		var all []int64
		if err := json.Unmarshal(text, &all); err != nil || len(all) != 7 {
			if len(strings.TrimSpace(string(text))) > 0 && strings.TrimSpace(string(text)) != "null" {
				t.Fatalf("%q was read as %+v", text, flight)
			}
			return
		}
		copy(n[:], all)
		if want := (Flight{int(n[0]), n[1], n[1] + n[2], int(n[3]), int(n[4]), int(n[5]), int(n[6])}); flight != want {
			t.Fatalf("%q was read as %+v, want %+v", text, flight, want)
		}
	})
}
