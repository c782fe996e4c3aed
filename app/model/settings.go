package model

import "encoding/json"

// Themes and motions a learner can choose; the first of each follows the system.
const (
	System  = "system"
	Light   = "light"
	Dark    = "dark"
	Full    = "full"
	Reduced = "reduced"
)

// Settings are kept on the device; they are nobody's progress.
type Settings struct {
	Theme  string `json:"theme"`
	Motion string `json:"motion"`
	NoKeys bool   `json:"noKeys,omitempty"` // single keys do nothing outside of text
}

// ReadSettings reads what WriteSettings wrote. Anything it does not know becomes the system's choice, so that a damaged
// or newer value never stops the page.
func ReadSettings(text string) Settings {
	var s Settings
	if json.Unmarshal([]byte(text), &s) != nil {
		s = Settings{}
	}
	if s.Theme != Light && s.Theme != Dark {
		s.Theme = System
	}
	if s.Motion != Full && s.Motion != Reduced {
		s.Motion = System
	}
	return s
}

// WriteSettings is the text kept on the device.
func WriteSettings(s Settings) string {
	text, _ := json.Marshal(s) // two strings always marshal
	return string(text)
}

// A Saved says where the learner's progress is.
type Saved int

// Places of the progress.
const (
	NothingYet Saved = iota // nothing to save
	OnDevice                // kept on this device, on its way to the server
	OnServer                // the server has everything
	Offline                 // kept on this device, the server cannot be reached
	InMemory                // this browser keeps nothing, and the server does not have it yet
)

// Words is the state of saving as the header says it.
func (s Saved) Words() string {
	return [...]string{"", "Saved on this device", "Saved", "Offline, kept on this device", "Kept until this page closes"}[s]
}

// WhereSaved decides what to say from what is known.
func WhereSaved(events, unsent int, kept, reachable bool) Saved {
	switch {
	case events == 0 && reachable:
		return NothingYet
	case unsent > 0 && !kept:
		return InMemory
	case !reachable:
		return Offline
	case unsent > 0:
		return OnDevice
	}
	return OnServer
}
