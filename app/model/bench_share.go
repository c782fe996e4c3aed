package model

import (
	"fmt"
	"strings"

	"shardlab/wasm/protocol"
)

// A Sharing is the card on which a lab is handed on; Tab is empty when it is closed.
type Sharing struct {
	Tab     string // "link", "file", "embed", "aws"
	Address string // of this page: "http://127.0.0.1:8080"
	Place   string // what the address of this bench has behind "/embed#" and "/lab#" when nothing was done in it: "start=steady"
	At      int64  // the instant that the link opens
	Shared  *protocol.Shared
	Flaw    *protocol.Error
	Said    string // what became of copying
	Embed   Embed
	Form    Export
	Text    string // the stage in that form; "" while it is made
}

// An Export is a form in which the stage is taken to AWS.
type Export struct{ Name, Title, File string }

// Exports are all of them; lab export NAME prints the same.
var Exports = []Export{
	{"cloudformation", "CloudFormation", "lab.yaml"},
	{"terraform", "Terraform", "main.tf"},
	{"cli", "AWS CLI", "lab.sh"},
	{"go", "Go clients", "main.go"},
	{"python", "Python clients", "lab.py"},
}

// An Embed is how a bench stands in another page.
type Embed struct {
	Width, Height string // CSS lengths or pixels
	Panels        string // names of EmbedPanels, apart by a comma
	Theme         string // Light, Dark, or "" for that of the reader's system
	Play          bool
	Fresh         bool // from where the lab opens, not from the present instant
}

// EmbedPanels are the parts of a bench that a page may leave out: the stage and the time bar are always there.
var EmbedPanels = []string{"console", "charts"}

// firstEmbed is what the form begins with.
var firstEmbed = Embed{Width: "100%", Height: "640", Panels: "console,charts"}

// Messages of sharing:
type (
	// OpenSharing opens the card, or goes to another of its tabs.
	OpenSharing struct{ Tab, Address, Place string }
	// CloseSharing closes it.
	CloseSharing struct{}
	// ShareAnew makes the link once more, of the present instant.
	ShareAnew struct{}
	// SetEmbed changes how the lab stands in another page.
	SetEmbed struct{ Embed Embed }
	// CopyShared copies a text of the card; Text is what.
	CopyShared struct{ Text string }
	// SharedCopied says what became of it.
	SharedCopied struct{ OK bool }
	// PickExport shows another form for AWS.
	PickExport struct{ Name string }
	// SaveExport hands the form shown to the learner as a file.
	SaveExport struct{}
	// SaveLab hands the lab with its log to the learner as a file.
	SaveLab struct{}
	// PickLab lets the learner choose a file with a lab.
	PickLab struct{}
	// LabBroken says why a file does not open.
	LabBroken struct{ Name, Why string }
)

// sharing takes the messages of the card.
func (b Bench) sharing(message any) (Bench, []Ask) {
	switch m := message.(type) {
	case OpenSharing:
		if b.Sharing.Tab == "" {
			b.Sharing = Sharing{Address: m.Address, Place: m.Place, Embed: firstEmbed}
			b.Form, b.Menu = Form{asked: b.Form.asked + 1}, ""
		}
		if b.Sharing.Tab != m.Tab {
			b.Sharing.Flaw = nil // of what the other tab had asked
		}
		b.Sharing.Tab, b.Sharing.Said = m.Tab, ""
		b.Phone = "stage" // the card lies over the stage
		if m.Tab == "aws" {
			return b.export(Exports[0])
		}
		if b.Sharing.Shared == nil && b.Sharing.Flaw == nil {
			return b.share()
		}
	case ShareAnew:
		return b.share()
	case CloseSharing:
		b.Sharing = Sharing{}
	case PickExport:
		for _, x := range Exports {
			if x.Name == m.Name {
				return b.export(x)
			}
		}
	case SetEmbed:
		b.Sharing.Embed, b.Sharing.Said = m.Embed, ""
	case SharedCopied:
		b.Sharing.Said = "Copied."
		if !m.OK {
			b.Sharing.Said = "This browser did not allow copying. The text is marked: copy it by hand."
		}
		b.Said = b.Sharing.Said
	case LabBroken:
		b.Sharing, b.Menu, b.Phone = Sharing{}, "", "stage"
		b.Notice = fmt.Sprintf("%s does not open. %s The lab here is as it was.", m.Name, m.Why)
	}
	return b, nil
}

func (b Bench) share() (Bench, []Ask) {
	b.Sharing.Shared, b.Sharing.Flaw, b.Sharing.Said, b.Sharing.At = nil, nil, "", b.Frame.Now
	return b, b.free(ask(protocol.Request{Kind: protocol.Share, Ref: protocol.AsLink}))
}

// exports is the entry of the console lines whose answers are the card's and stand in no transcript.
const exports = -1

func (b Bench) export(x Export) (Bench, []Ask) {
	b.Sharing.Form, b.Sharing.Text, b.Sharing.Flaw, b.Sharing.Said = x, "", nil, ""
	return b, b.free([]Ask{{Entry: exports, Request: protocol.Request{Kind: protocol.Type, Line: "lab export " + x.Name}}})
}

// exported takes the stage in a form.
func (b Bench) exported(line string, r protocol.Reply) Bench {
	if b.Sharing.Tab != "aws" || line != "lab export "+b.Sharing.Form.Name {
		return b
	}
	b.Sharing.Flaw, b.Sharing.Text = r.Error, ""
	for _, o := range r.Output {
		switch {
		case o.To == "out":
			b.Sharing.Text += o.Text
		case o.To == "err" && r.Exit != 0:
			b.Sharing.Flaw = &protocol.Error{Message: strings.TrimSpace(o.Text)}
		}
	}
	return b
}

// sharedAs takes the link that the card has asked for.
func (b Bench) sharedAs(r protocol.Reply) Bench {
	if b.Sharing.Tab != "" {
		b.Sharing.Shared, b.Sharing.Flaw = r.Shared, r.Error
	}
	return b
}

// opened takes what an opening says of a lab that somebody shared.
func (b Bench) opened(req protocol.Request, s *protocol.Shared) Bench {
	switch {
	case s == nil:
	case req.Log != "":
		b.Notice = "You have opened this link before: the lab is as you left it. “Begin the lab again” goes back to what was shared."
	case s.Other:
		b.Notice = "The lab opened, but not in the very state in which it was shared: it was made with another build of Shardlab."
	}
	return b
}

// Link is the address that opens the lab as it is; "" while there is none.
func (s Sharing) Link() string {
	if s.Shared == nil {
		return ""
	}
	return s.Address + "/lab#s=" + s.Shared.Text
}

// LongLink is the length from which programs for messages are known to cut an address, or to make no link of it.
const LongLink = 4000

// HTML is the element that puts the bench into another page; "" while there is no link to put in.
func (s Sharing) HTML() string {
	from := s.Place
	if !s.Embed.Fresh || from == "" {
		if s.Shared == nil {
			return ""
		}
		from = "s=" + s.Shared.Text
	}
	if s.Embed.Panels != firstEmbed.Panels {
		from += "&panels=" + s.Embed.Panels
	}
	if s.Embed.Theme != "" {
		from += "&theme=" + s.Embed.Theme
	}
	if s.Embed.Play {
		from += "&play=1"
	}
	name := "Shardlab"
	if s.Shared != nil {
		name += ": " + s.Shared.Name
	}
	return fmt.Sprintf(`<iframe src="%s/embed#%s" title="%s" width="%s" height="%s" style="border:0" loading="lazy" allow="clipboard-write"></iframe>`,
		s.Address, strings.ReplaceAll(from, "&", "&amp;"), name, attribute(s.Embed.Width), attribute(s.Embed.Height))
}

// attribute keeps of a length what an attribute may hold.
func attribute(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r == '%' || r == '.' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// A Fragment is what stands behind the "#" of the address of a lab.
type Fragment struct {
	Start, Lesson string // a starting point, a lesson
	Link          string // a shared lab
	File          bool   // the lab that was opened from a file on this device
	Embed         Embed
}

// ParseFragment reads it. ok is false when it names no lab.
func ParseFragment(text string) (f Fragment, ok bool) {
	f.Embed = Embed{Panels: firstEmbed.Panels}
	for i, part := range strings.Split(text, "&") {
		name, val, _ := strings.Cut(part, "=")
		switch {
		case name == "start" && val != "":
			f.Start, ok = val, true
		case name == "lab" && val != "":
			f.Lesson, ok = val, true
		case name == "s":
			f.Link, ok = val, true
		case name == "file" && i == 0: // its value tells one file from another
			f.File, ok = true, true
		case name == "panels":
			f.Embed.Panels = val
		case name == "theme" && (val == Light || val == Dark):
			f.Embed.Theme = val
		case name == "play":
			f.Embed.Play = val == "1"
		}
	}
	return f, ok
}
