package link

import (
	"unicode/utf16"
	"unicode/utf8"
)

// EditorOptions say what an [Editor] is for. What it is called and described by, and its placeholder, it takes from its textarea.
type EditorOptions struct {
	Language string                             // shell, json, yaml, javascript, sql or text
	Lines    bool                               // number the lines
	OnChange func(text string)                  // the learner changed the text
	OnKey    func(Key) (taken bool)             // before the editor sees the key; one that is taken does nothing else
	Complete func(text string, at int) []Choice // what could stand at a byte of the text; nil offers nothing by itself
	OnReady  func(coloured bool)                // CodeMirror has come, or the textarea stays
}

// A Key is a key as it is pressed: "Enter", "ArrowUp", "r".
type Key struct {
	Key                    string
	Ctrl, Shift, Alt, Meta bool
}

// A Choice is a text that could be completed to.
type Choice struct {
	Text string
	Help string
}

// byteAt returns the byte of a text where a browser has counted so many units of UTF-16.
func byteAt(text string, units int) int {
	at := 0
	for at < len(text) && units > 0 {
		r, n := utf8.DecodeRuneInString(text[at:])
		units -= utf16.RuneLen(r)
		at += n
	}
	return at
}

// unitsOf counts a text as a browser does.
func unitsOf(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}
