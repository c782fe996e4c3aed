package view

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A Legend says what the dots mean.
type Legend struct {
	app.Compo
	Out     *Out
	Palette model.Palette
	Keys    []protocol.Key
	Per     int     // records a dot stands for
	Small   bool    // dots too small for letters: shapes
	Speed   float64 // so that a lane's length can be given in the lab's own time
	Still   bool
	Read    bool   // somebody reads the stream
	Hose    bool   // the stage shows a Firehose stream
	Heat    bool   // shards are cells
	View    string // what the stage shows, as Bench.View
}

// other is the legend of what is no stage of shards.
func (l *Legend) other() string {
	words := map[string]string{
		model.ViewAll:     "Records go along dotted lines from left to right; on a dashed red one they are refused, or come late. A box opens what it stands for.",
		model.ViewRing:    "The MD5 of a partition key, read as a number, is a place on the ring; the shard whose range holds it takes the record.",
		model.ViewLineage: "Time goes from left to right, the hash ring from above to below. A closed shard ends where its children begin.",
	}[l.View]
	if l.Hose && words == "" {
		words = "Both columns rise to the same line: the first to reach it lets the whole buffer go, as one delivery."
	}
	return words
}

// Render draws the legend: keys by letter and colour, then what a dot and a lane are.
func (l *Legend) Render() app.UI {
	words := l.other()
	if words != "" {
		return app.Footer().Class("legend").Body(app.P().Class("legend-hose").Text(words))
	}
	var chips []app.UI
	for slot, name := range l.Palette {
		for _, k := range l.Keys {
			if name != "" && k.Name == name {
				chips = append(chips, app.Li().Body(chip(slot, l.Small), app.Span().Class("key-name").Text(name),
					app.Span().Class("key-share").Text(percent(k.Share))))
			}
		}
	}
	share := 0.0
	for _, k := range l.Keys {
		share += k.Share
	}
	if len(l.Keys) > len(chips) || len(l.Keys) > 0 && share < .985 {
		chips = append(chips, app.Li().Body(chip(model.NoSlot, l.Small), app.Span().Class("key-name").Text("other keys")))
	}
	note := ""
	switch {
	case l.Still:
		note = "Motion is reduced: lanes show counts in place of moving records."
	case len(l.Keys) == 0:
	default:
		note = "One dot is one record"
		if l.Per > 1 {
			note = "One dot stands for " + model.Count(l.Per) + " records"
		}
		if l.Heat {
			note += ". A cell fills with its shard's write budget; at its side is the read budget, above it what its slowest reader has not read."
		} else {
			note += ", a lane for the last " + span(model.SlideMs/1000*l.Speed) + "."
		}
		if l.Read && !l.Heat && !l.Small {
			note += " A reader's sign hangs where it has come to."
		}
		if l.Speed > .2 && !l.Heat {
			note += " Flights are slowed down to be seen."
		}
	}
	return app.Footer().Class("legend").Body(
		app.Ul().Aria("label", "Partition keys").TabIndex(0).Body(chips...),
		app.P().Text(note),
	)
}

func span(seconds float64) string {
	switch {
	case seconds < 90:
		return strconv.FormatFloat(seconds, 'g', 2, 64) + " s"
	case seconds < 5400:
		return strconv.FormatFloat(seconds/60, 'g', 2, 64) + " min"
	}
	return strconv.FormatFloat(seconds/3600, 'g', 2, 64) + " h"
}

func percent(share float64) string {
	if share > 0 && share < .01 {
		return "<1 %"
	}
	return strconv.Itoa(int(share*100+.5)) + " %"
}

// chip draws a key's sign: its letter on its colour, or the shape its small dots have.
func chip(slot int, small bool) app.UI {
	c := app.Span().Class("chip").Aria("hidden", "true")
	if slot == model.NoSlot {
		return c.DataSet("k", "n")
	}
	c = c.DataSet("k", strconv.Itoa(slot))
	if small {
		return c.DataSet("shape", strconv.Itoa(slot%6))
	}
	return c.Text(model.Letter(slot))
}
