package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/protocol"
)

// SavePicture hands what stands on the stage to the learner as a picture.
type SavePicture struct {
	Format string // "svg" or "png"
	Theme  string // Light or Dark; "" is the one that is seen
}

// PictureSaved says that a picture went to a file, and the command that saves another; Flaw says why it did not.
type PictureSaved struct{ Name, Command, Flaw string }

// Told is a console line that the page itself has answered.
type Told struct {
	Line string
	Text string
	Flaw string
	Hint string
}

const stageHelp = `stage COMMAND changes what the stage shows; time stands still for it, and nothing in the lab changes.
  stage shards               the shards of the stream with their clients
  stage ring                 the hash ring; stage key bike-7 shows where a key falls on it
  stage lineage              which shard came from which
  stage all                  all parts of the lab
  stage zoom 200             nearer or farther, in percent, 50 to 1200
  stage key KEY              where a partition key falls; --explicit: KEY is a hash key
  stage save svg|png [light|dark]   a picture of what it shows`

// StageLine reads a console line that is about the stage. It returns what it comes to, nil when only words do.
func StageLine(line string) (message any, told Told, ok bool) {
	words := strings.Fields(line)
	if len(words) == 0 || words[0] != "stage" {
		return nil, Told{}, false
	}
	told = Told{Line: line}
	wrong := func(flaw string) (any, Told, bool) {
		told.Flaw, told.Hint = "stage: "+flaw, "stage help lists what there is."
		return nil, told, true
	}
	if len(words) == 1 || words[1] == "help" {
		told.Text = stageHelp
		return nil, told, true
	}
	rest := words[2:]
	switch words[1] {
	case "shards", "stage":
		return ShowView{ViewShards}, told, true
	case "ring", "lineage", "all":
		return ShowView{words[1]}, told, true
	case "zoom":
		if len(rest) == 1 {
			if n, err := strconv.ParseFloat(strings.TrimSuffix(rest[0], "%"), 64); err == nil && n >= MinZoom*100 && n <= MaxZoom*100 {
				return ZoomTo{n / 100}, told, true
			}
		}
		return wrong("zoom takes a percentage from 50 to 1200, as in stage zoom 200")
	case "key":
		explicit := slices.Contains(rest, "--explicit")
		rest = slices.DeleteFunc(rest, func(w string) bool { return w == "--explicit" })
		if len(rest) != 1 {
			return wrong("key takes one key without spaces, as in stage key bike-7")
		}
		return TypeKey{strings.Trim(rest[0], `'"`), explicit}, told, true
	case "save":
		theme := ""
		if len(rest) == 2 && (rest[1] == Light || rest[1] == Dark) {
			theme, rest = rest[1], rest[:1]
		}
		if len(rest) == 1 && (rest[0] == "svg" || rest[0] == "png") {
			return SavePicture{rest[0], theme}, told, true
		}
		return wrong("save takes svg or png, and light or dark if it is to be another theme than the one you see")
	}
	return wrong(strconv.Quote(words[1]) + " is nothing that the stage shows")
}

// tell takes a line that the page has answered into the console.
func (b Bench) tell(m Told) Bench {
	next, _ := b.run(m.Line)
	e := &next.Entries[len(next.Entries)-1]
	e.Busy = false
	switch {
	case m.Flaw != "":
		e.Exit, e.Output = 2, flaw(protocol.Error{Message: m.Flaw, Hint: m.Hint})
	case m.Text != "":
		e.Output = []protocol.Output{{To: "out", Text: m.Text + "\n"}}
	}
	return next
}

// PictureName is the file's name of a picture: the lab, what it shows and the instant.
func PictureName(lab, shows string, at int64, format string) string {
	clean := func(s string) string {
		out := strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
				return r
			case r >= 'A' && r <= 'Z':
				return r + 'a' - 'A'
			}
			return '-'
		}, s)
		return strings.Trim(out, "-")
	}
	at /= protocol.Second
	clock := strings.ReplaceAll(Clock(at*protocol.Second), ":", "-")
	return cmp.Or(clean(strings.TrimPrefix(strings.TrimPrefix(lab, "lab:"), "start-")), "lab") + "-" + cmp.Or(clean(shows), "stage") + "-" + strings.ReplaceAll(clock[:len(clock)-2], " ", "-") + "." + format
}

// StageActs are what the palette offers for the stage.
func StageActs() []Act {
	look := func(icon, words, view, more string) Act {
		return Act{Group: GroupView, Icon: icon, Words: words, More: more, Message: ShowView{view}}
	}
	return []Act{
		look("rows-3", "Stage: shards with their clients", ViewShards, "stage lanes heat"), look("circle-dashed", "Stage: hash ring", ViewRing, "partition key md5"),
		look("git-fork", "Stage: lineage of the shards", ViewLineage, "split merge parents children"), look("workflow", "Stage: all parts of the lab", ViewAll, "topology overview"),
		{Group: GroupView, Icon: "zoom-in", Words: "Nearer to the stage", More: "zoom in enlarge; + where the stage has the focus", Message: ZoomBy{1}},
		{Group: GroupView, Icon: "zoom-out", Words: "Farther from the stage", More: "zoom out; - where the stage has the focus", Message: ZoomBy{-1}},
		{Group: GroupView, Icon: "maximize", Words: "The stage as it was", More: "zoom reset fit; 0 where the stage has the focus", Message: ZoomBy{}},
		{Group: GroupLab, Icon: "image-down", Words: "Save a picture, SVG", More: "still poster image export", Message: SavePicture{Format: "svg"}},
		{Group: GroupLab, Icon: "image-down", Words: "Save a picture, PNG", More: "still poster image export", Message: SavePicture{Format: "png"}},
	}
}

// stageOffer completes a line about the stage, which the page reads itself. Pos is in bytes.
func stageOffer(line string, pos int) (Offer, bool) {
	before := line[:min(max(pos, 0), len(line))]
	part, ok := strings.CutPrefix(before, "stage ")
	if !ok || strings.Contains(part, "  ") || strings.Count(part, " ") > 1 {
		return Offer{}, false
	}
	verb, arg, second := strings.Cut(part, " ")
	all := []protocol.Option{{Text: "shards", Help: "the shards of the stream with their clients"}, {Text: "ring", Help: "the hash ring"}, {Text: "lineage", Help: "which shard came from which"},
		{Text: "all", Help: "all parts of the lab"}, {Text: "zoom", Help: "nearer or farther, in percent"}, {Text: "key", Help: "where a partition key falls"}, {Text: "save", Help: "a picture of what it shows"}}
	if second {
		if verb != "save" {
			return Offer{}, false
		}
		part, all = arg, []protocol.Option{{Text: "svg", Help: "a drawing"}, {Text: "png", Help: "3200 by 2000 points"}}
	}
	offer := Offer{Line: line, From: len(before) - len(part), To: len(before)}
	for _, o := range all {
		if strings.HasPrefix(o.Text, part) {
			offer.Options = append(offer.Options, o)
		}
	}
	return offer, true
}
