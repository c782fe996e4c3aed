package view

import (
	"cmp"
	"html"
	"strconv"
	"strings"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A Still is a picture of what stands on the stage, to keep: a drawing of its own with title, instant and legend, in either theme, that
// needs nothing else to be seen.
type Still struct {
	Title     string // of the lab
	Instant   string
	Dark      bool
	View      string // as Bench.View
	Font      string // Inter as base64 of a WOFF2 file; "" takes what the reader has
	Stage     model.Stage
	Stream    protocol.Stream
	Producers []protocol.Producer
	Consumers []protocol.Consumer
	Controls  []protocol.Control
	Span      float64 // milliseconds that a lane shows
	Whole     model.Whole
	Lineage   model.Lineage
	Key       string
	HashKey   bool
	Palette   model.Palette
	Keys      []protocol.Key
	Per       int
	Dots      func(model.Brush) // paints what is in the air
}

// The size of a still, and of the room in it for the stage.
const (
	StillW, StillH     = 1600, 1000
	stillTop, stillLow = 104.0, 76.0
	StillRoomH         = StillH - stillTop - stillLow
)

// stillTokens are the tokens of base.css that a still needs, light and dark: a drawing on its own has no style sheet.
var stillTokens = map[string][2]string{
	"--sunk": {"#f4f4f1", "#101216"}, "--panel": {"#ffffff", "#1a1d22"}, "--line": {"#e3e3de", "#2c3138"}, "--edge": {"#868b93", "#727a85"},
	"--ink": {"#1c1e21", "#e8eaed"}, "--soft": {"#5b6169", "#9aa3ad"}, "--accent": {"#3b5bdb", "#8da2fb"}, "--hot": {"#c92a2a", "#ff8787"}, "--hot-bg": {"#fff0ee", "#331c1e"},
	"--ok": {"#23743a", "#69db7c"}, "--warn": {"#855600", "#ffc35c"}, "--k-ink": {"#ffffff", "#10131a"}, "--k-other": {"#768ae4", "#7484d6"},
	"--k0": {"#cc5600", "#ee7a2e"}, "--k1": {"#2267a6", "#4a9fe0"}, "--k2": {"#00875f", "#1fbf92"}, "--k3": {"#b8578d", "#e29ac4"}, "--k4": {"#a37412", "#f0b429"}, "--k5": {"#1989c4", "#7ccbf7"},
	"--k6": {"#918f3a", "#f0e442"}, "--k7": {"#4a4f57", "#c3c8cf"}, "--k8": {"#6a51c4", "#a996f5"}, "--k9": {"#8e4c30", "#c98b6b"}, "--k10": {"#0b7c86", "#4fc4cc"}, "--k11": {"#a3195b", "#f27bb0"},
}

// A sketch is an SVG as it is written.
type sketch struct {
	strings.Builder
	theme int
}

func (k *sketch) colour(token string) string { return stillTokens[token][k.theme] }

func (k *sketch) box(b model.Box, round float64, fill, line, more string) {
	k.WriteString(`<rect x="` + num(b.X) + `" y="` + num(b.Y) + `" width="` + num(b.W) + `" height="` + num(b.H) + `" rx="` + num(round) + `" ` + k.paint("fill", fill) + k.paint("stroke", line) + more + "/>")
}

func (k *sketch) paint(what, token string) string {
	if token == "" {
		return what + `="none" `
	}
	return what + `="` + k.colour(token) + `" `
}

// text writes a line; size is in pixels, weight as in CSS, anchor "start", "middle" or "end". What is wider than wide is cut.
func (k *sketch) text(x, y, size float64, weight int, token, anchor, words string, wide float64) {
	if most := int(wide / (size * .54)); wide > 0 && len([]rune(words)) > most {
		words = string([]rune(words)[:max(most-1, 1)]) + "…"
	}
	k.WriteString(`<text x="` + num(x) + `" y="` + num(y) + `" font-size="` + num(size) + `" font-weight="` + strconv.Itoa(weight) + `" ` + k.paint("fill", token) + `text-anchor="` + anchor + `">` + html.EscapeString(words) + "</text>")
}

func (k *sketch) line(p *path, fill, line string, width float64, more string) {
	if p.Len() > 0 {
		k.WriteString(`<path d="` + p.String() + `" ` + k.paint("fill", fill) + k.paint("stroke", line) + `stroke-width="` + num(width) + `" ` + more + "/>")
	}
}

// SVG writes the picture.
func (s Still) SVG() string {
	k := &sketch{}
	if s.Dark {
		k.theme = 1
	}
	size := `width="` + strconv.Itoa(StillW) + `" height="` + strconv.Itoa(StillH) + `" viewBox="0 0 ` + strconv.Itoa(StillW) + " " + strconv.Itoa(StillH) + `"`
	title := cmp.Or(s.Stream.Name, "All parts")
	if s.View == model.ViewAll {
		title = "All parts"
	}
	k.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" ` + size + ` font-family="Inter, system-ui, sans-serif" role="img" aria-label="` + html.EscapeString(s.Title+": "+title+", "+s.Instant) + `">`)
	k.WriteString("<title>" + html.EscapeString(s.Title+": "+title+", "+s.Instant) + "</title>")
	if s.Font != "" {
		k.WriteString(`<style>@font-face{font-family:Inter;font-weight:100 900;src:url(data:font/woff2;base64,` + s.Font + `) format("woff2")}</style>`)
	}
	k.box(model.Box{W: StillW, H: StillH}, 0, "--sunk", "", "")
	kind := map[string]string{model.ViewRing: "Hash ring of a stream", model.ViewLineage: "Lineage of a stream's shards", model.ViewAll: "Lab"}[s.View]
	k.text(40, 44, 15, 500, "--soft", "start", cmp.Or(kind, "Stream")+" · "+s.Title, 1000)
	k.text(40, 80, 32, 650, "--ink", "start", title, 1000)
	k.text(StillW-40, 44, 15, 500, "--soft", "end", "Shardlab", 0)
	k.text(StillW-40, 78, 20, 600, "--ink", "end", s.Instant, 0)
	k.WriteString(`<g transform="translate(0 ` + num(stillTop) + `)">`)
	switch s.View {
	case model.ViewAll:
		s.whole(k)
	case model.ViewRing:
		s.ring(k)
	case model.ViewLineage:
		s.lineage(k)
	default:
		s.shards(k)
	}
	k.WriteString("</g>")
	s.legend(k)
	k.WriteString("</svg>\n")
	return k.String()
}

func (s Still) legend(k *sketch) {
	y := StillH - 34.0
	words := (&Legend{View: s.View}).other()
	if words != "" {
		k.text(40, y, 14, 400, "--soft", "start", words, 0)
		return
	}
	x := 40.0
	for slot, name := range s.Palette {
		for _, key := range s.Keys {
			if name == "" || key.Name != name || x > 1060 {
				continue
			}
			k.dot(x+8, y-5, 8, slot)
			label := name + " " + percent(key.Share)
			k.text(x+22, y, 14, 500, "--ink", "start", label, 0)
			x += 44 + 7.8*float64(len([]rune(label)))
		}
	}
	note := "A dot is a record, its letter its partition key; a line across a meter is the limit."
	if s.Per > 1 {
		note = "A dot stands for " + model.Count(s.Per) + " records, its letter for their partition key."
	}
	if s.Stage.Heat {
		note = "A cell fills with its shard's write budget, the bar at its side with the read budget; ✕ refuses."
	}
	if x < 1000 || s.Stage.Heat {
		k.text(StillW-40, y, 14, 400, "--soft", "end", note, 0)
	}
}

func (k *sketch) dot(x, y, r float64, slot int) {
	token, letter := "--k-other", ""
	if slot != model.NoSlot {
		token, letter = "--k"+strconv.Itoa(slot), model.Letter(slot)
	}
	k.WriteString(`<circle cx="` + num(x) + `" cy="` + num(y) + `" r="` + num(r) + `" ` + k.paint("fill", token) + "/>")
	if letter != "" && r > 4 {
		k.text(x, y+r*.42, r*1.15, 700, "--k-ink", "middle", letter, 0)
	}
}

// A stillBrush paints the air into a sketch.
type stillBrush struct{ k *sketch }

func (b stillBrush) Dot(x, y, r float64, slot int, alpha float64) {
	if alpha > .5 {
		b.k.dot(x, y, r, slot)
	}
}

func (b stillBrush) Refused(x, y, r, _ float64) {
	var p path
	d := r * .5
	p.m(x-d, y-d).l(x+d, y+d).m(x+d, y-d).l(x-d, y+d)
	b.k.WriteString(`<circle cx="` + num(x) + `" cy="` + num(y) + `" r="` + num(r) + `" ` + b.k.paint("fill", "--panel") + b.k.paint("stroke", "--hot") + `stroke-width="1.5"/>`)
	b.k.line(&p, "", "--hot", 1.5, "")
}

func (b stillBrush) Read(x, y float64, _ int) {
	b.k.WriteString(`<circle cx="` + num(x) + `" cy="` + num(y) + `" r="3.4" ` + b.k.paint("fill", "--panel") + b.k.paint("stroke", "--ink") + `stroke-width="2"/>`)
}

func (b stillBrush) Own(x, y, r float64) {
	b.k.WriteString(`<circle cx="` + num(x) + `" cy="` + num(y) + `" r="` + num(r+3) + `" fill="none" ` + b.k.paint("stroke", "--accent") + `stroke-width="2"/>`)
}

// shards draws the stream with its clients, as the stage does.
func (s Still) shards(k *sketch) {
	st := s.Stage
	var in, out, fan path
	for _, b := range bands(st) {
		rx, ry := b.ring.MidX(), b.ring.MidY()
		for _, p := range st.Producers {
			mid := (p.Right() + rx) / 2
			in.m(p.Right(), p.MidY()).c(mid, p.MidY(), mid, ry, rx, ry)
		}
		for _, c := range st.Consumers {
			mid := (b.right + c.X) / 2
			out.m(b.right, b.mid).c(mid, b.mid, mid, c.MidY(), c.X, c.MidY())
		}
		mid := b.ring.Right() + (b.left-b.ring.Right())*.55
		fan.m(b.ring.Right(), b.ring.Y).c(mid, b.ring.Y, mid, b.top, b.left, b.top).v(b.bottom).c(mid, b.bottom, mid, b.ring.Bottom(), b.ring.Right(), b.ring.Bottom()).z()
	}
	k.line(&in, "", "--edge", 1.25, `stroke-opacity=".35"`)
	k.line(&out, "", "--edge", 1.25, `stroke-opacity=".5" stroke-dasharray="2 4"`)
	k.line(&fan, "--accent", "", 0, `fill-opacity=".08"`)
	k.text(st.Ring.MidX(), st.Ring.Y-8, 12, 500, "--soft", "middle", "0", 0)
	k.text(st.Ring.MidX(), st.Ring.Bottom()+18, 12, 500, "--soft", "middle", "2¹²⁸", 0)
	for _, l := range st.Lanes {
		if l.Shard < len(s.Stream.Shards) {
			s.lane(k, l, s.Stream.Shards[l.Shard])
		}
	}
	if s.Dots != nil {
		s.Dots(stillBrush{k})
	}
	for i, p := range s.Producers[:min(len(s.Producers), len(st.Producers))] {
		note, level := cmp.Or(p.Note, p.Keys), "--soft"
		if p.Refused > 0 {
			note, level = model.Count(p.Refused)+" refused/s", "--hot"
		}
		k.card(st.Producers[i], cmp.Or(p.Kind, "Producer"), p.Name, model.Rate(p.Rate)+" records/s", note, level)
	}
	for i, c := range s.Consumers[:min(len(s.Consumers), len(st.Consumers))] {
		level := "--soft"
		if c.Barred || c.Behind >= model.LateMillis {
			level = "--hot"
		}
		k.card(st.Consumers[i], consumerKind(c), c.Name, model.Count(c.Rate)+" records/s", model.Behind(c.Behind)+" behind", level)
	}
	for i, c := range s.Controls[:min(len(s.Controls), len(st.Controls))] {
		level := map[string]string{"bad": "--hot", "good": "--ok"}[model.ControlLevel(c)]
		b := st.Controls[i]
		k.box(b, 8, "--panel", cmp.Or(map[string]string{"bad": "--hot"}[model.ControlLevel(c)], "--line"), "")
		k.text(b.X+12, b.Y+18, 13, 650, "--ink", "start", c.Name, b.W-100)
		k.text(b.Right()-12, b.Y+18, 11, 600, cmp.Or(level, "--soft"), "end", c.State, 0)
		k.text(b.X+12, b.Y+35, 11, 500, "--soft", "start", c.Text, b.W-24)
	}
}

func (k *sketch) card(b model.Box, kind, name, rate, note, level string) {
	line := "--line"
	if level == "--hot" {
		line = level
	}
	k.box(b, 10, "--panel", line, "")
	y := b.MidY() - 24
	k.text(b.X+16, y, 11, 400, "--soft", "start", kind, b.W-28)
	k.text(b.X+16, y+20, 16, 650, "--ink", "start", name, b.W-28)
	k.text(b.X+16, y+40, 13, 500, "--ink", "start", rate, b.W-28)
	k.text(b.X+16, y+57, 11, 500, level, "start", note, b.W-28)
}

func (s Still) lane(k *sketch, l model.Lane, sh protocol.Shard) {
	if l.Open {
		alpha := `fill-opacity=".8"`
		if l.Number%2 == 1 {
			alpha = `fill-opacity=".5"`
		}
		ring := "--accent"
		if sh.Refused > 0 {
			ring, alpha = "--hot", ""
		}
		k.box(l.Ring, 0, ring, "", alpha)
	}
	number := strconv.Itoa(l.Number)
	fill, line := "--panel", "--line"
	if sh.Refused > 0 {
		fill, line = "--hot-bg", "--hot"
	}
	lag := model.Slowest(model.LagsIn(s.Consumers, l.Number))
	late := map[string]string{"warn": "--warn", "bad": "--hot"}[lag.Level()]
	if l.Mode != model.Closed && late != "" { // over the box that is drawn next
		part := min(float64(lag.Behind)/max(s.Span, 1), 1)
		bar := model.Box{X: l.Body.X + 2, Y: l.Body.Bottom() - 5, W: (l.Body.W - 4) * part, H: 3}
		if l.Mode == model.Heat {
			bar.Y, bar.W = l.Box.Y+2, (l.Box.W-8)*part
		}
		defer k.box(bar, 1.5, late, "", "")
	}
	switch l.Mode {
	case model.Closed:
		k.box(l.Box, 4, "", "--edge", `stroke-dasharray="4 3" stroke-opacity=".6"`)
		k.text(l.Box.X+8, l.Box.MidY()+3.5, 10, 400, "--soft", "start", "shard "+number+" closed · "+model.Count(sh.Held)+" records stay to be read", l.Box.W)
	case model.Heat:
		k.box(l.Box, 4, fill, line, "")
		ink := "--accent"
		if sh.Refused > 0 {
			ink, number = "--hot", "✕"
		}
		high := l.Box.H * writeShare(sh)
		k.box(model.Box{X: l.Box.X, Y: l.Box.Bottom() - high, W: l.Box.W - 6, H: high}, 2, ink, "", `fill-opacity=".36"`)
		high = l.Box.H * readShare(sh)
		k.box(model.Box{X: l.Box.Right() - 5, Y: l.Box.Bottom() - high, W: 5, H: high}, 2, "--edge", "", `fill-opacity=".6"`)
		k.text(l.Box.MidX(), l.Box.MidY()+4, 11, 600, "--ink", "middle", number, 0)
	case model.Row, model.Slim:
		k.box(l.Body, 4, fill, line, "")
		k.text(l.Body.X-8, l.Body.MidY()+4, 11, 500, "--soft", "end", number, 0)
		k.meter(l.Body.Right()+10, l.Body.MidY(), 60, writeShare(sh), sh.Refused > 0, model.Count(sh.Records)+"/s")
	default:
		k.box(l.Body, 8, fill, line, "")
		k.text(l.Box.X+2, l.Box.Y+15, 12, 500, "--soft", "start", "shard "+number+" · "+model.Range(l.From, l.To), 0)
		if late != "" && sh.Refused == 0 && l.Mode == model.Roomy {
			k.text(l.Box.Right(), l.Box.Y+15, 12, 650, late, "end", lag.Reader+" "+model.Behind(lag.Behind)+" behind", 0)
		}
		if sh.Refused > 0 {
			k.text(l.Box.Right(), l.Box.Y+15, 12, 650, "--hot", "end", "✕ "+sh.RefusedWhy+" reached, "+model.Count(sh.Refused)+" refused", 0)
		}
		y := l.Box.Y + 11
		x := l.Box.X + l.Box.W*.34
		if l.Mode == model.Roomy {
			x, y = l.Box.X+2, l.Box.Bottom()-10
		} else if sh.Refused > 0 {
			return
		}
		each := (l.Box.Right() - x) / 3
		k.meter(x, y, 90, share(sh.Records, sh.RecordLimit), sh.Refused > 0, model.Count(sh.Records)+" of "+model.Count(sh.RecordLimit)+"/s")
		k.meter(x+each, y, 90, share(sh.Bytes, sh.ByteLimit), false, model.Bytes(sh.Bytes)+"/s")
		m, words := readMeter(sh), model.Bytes(sh.ReadBytes)+"/s read"
		if m.Kind == "calls" {
			words = strconv.Itoa(sh.Reads) + " of " + strconv.Itoa(sh.ReadLimit) + " reads/s"
		}
		k.meter(x+2*each, y, 90, share(m.Used, m.Limit), m.Over > 0, words)
	}
}

// meter draws how much of a limit is used; the limit is a line at four fifths of it.
func (k *sketch) meter(x, y, wide, used float64, over bool, words string) {
	ink := "--accent"
	if over {
		ink = "--hot"
	}
	k.box(model.Box{X: x, Y: y - 3, W: wide, H: 6}, 3, "--edge", "", `fill-opacity=".22"`)
	k.box(model.Box{X: x, Y: y - 3, W: max(wide*.8*min(used, 1.25), 0), H: 6}, 3, ink, "", "")
	k.box(model.Box{X: x + wide*.8 - 1, Y: y - 5, W: 2, H: 10}, 0, "--ink", "", "")
	k.text(x+wide+8, y+4, 12, 500, "--ink", "start", words, 0)
}

func (s Still) whole(k *sketch) {
	t := s.Whole
	k.WriteString(`<g transform="scale(` + strconv.FormatFloat(t.Scale, 'f', 4, 64) + `)">`)
	for _, w := range t.Wires {
		var p path
		p.m(w.Path[0].X, w.Path[0].Y)
		for i := 1; i+2 < len(w.Path); i += 3 {
			p.c(w.Path[i].X, w.Path[i].Y, w.Path[i+1].X, w.Path[i+1].Y, w.Path[i+2].X, w.Path[i+2].Y)
		}
		switch {
		case w.Hurt:
			k.line(&p, "", "--hot", 2, `stroke-dasharray="6 5"`)
		case w.Rate > 0:
			k.line(&p, "", "--accent", 2, `stroke-dasharray="1 7" stroke-linecap="round"`)
		default:
			k.line(&p, "", "--edge", 1.5, `stroke-opacity=".5"`)
		}
	}
	for _, n := range t.Nodes {
		line, level := "--line", "--soft"
		if n.Level == "bad" {
			line, level = "--hot", "--hot"
		}
		k.box(n.Box, 10, "--panel", line, "")
		k.text(n.Box.X+14, n.Box.Y+20, 11, 400, "--soft", "start", n.Kind, 110)
		if n.Rate > 0 {
			k.text(n.Box.Right()-14, n.Box.Y+20, 12, 600, "--ink", "end", model.Rate(n.Rate)+"/s", 0)
		}
		k.text(n.Box.X+14, n.Box.Y+38, 13, 650, "--ink", "start", n.Name, n.Box.W-24)
		k.text(n.Box.X+14, n.Box.Y+55, 11, 400, level, "start", n.Text, n.Box.W-24)
	}
	k.WriteString("</g>")
}

func (s Still) ring(k *sketch) {
	arcs, rings := model.ArcsOf(s.Stream)
	each := ringEach(rings)
	k.WriteString(`<g transform="translate(800 ` + num(StillRoomH/2) + `) scale(3.6)">`)
	for _, a := range arcs {
		var p path
		sh := s.Stream.Shards[a.Shard]
		if !a.Open {
			outer := ringInner - 2 - float64(a.Ring-1)*each
			p.sector(a.From, a.To, outer-each+1.5, outer)
			k.line(&p, "--edge", "", 0, `fill-opacity=".38"`)
			continue
		}
		p.sector(a.From, a.To, ringInner, ringOuter)
		fill, alpha := "--accent", `fill-opacity=".75"`
		if model.ShardNumber(sh.ID)%2 == 1 {
			alpha = `fill-opacity=".5"`
		}
		if sh.Refused > 0 {
			fill, alpha = "--hot", ""
		}
		k.line(&p, fill, "", 0, alpha)
		if a.To-a.From > .026 {
			x, y := model.Turn((a.From+a.To)/2, (ringInner+ringOuter)/2)
			k.text(x, y+2, 6, 600, "--ink", "middle", strconv.Itoa(model.ShardNumber(sh.ID)), 0)
		}
	}
	if fall := model.FallOf(s.Stream, s.Key, s.HashKey); fall.Flaw == "" {
		var pin path
		x, y := model.Turn(fall.Hash.Part(), ringOuter+2)
		pin.m(0, 0).l(x, y)
		k.line(&pin, "", "--ink", .8, `stroke-dasharray="2 1.6"`)
		k.WriteString(`<circle cx="` + num(x) + `" cy="` + num(y) + `" r="3.2" ` + k.paint("fill", "--ink") + "/>")
		k.box(model.Box{X: -34, Y: -14, W: 68, H: 25}, 6, "--sunk", "", "")
		k.text(0, -2, 8, 650, "--ink", "middle", s.Key, 66)
		k.text(0, 8, 7, 500, "--soft", "middle", "shard "+strconv.Itoa(model.ShardNumber(fall.Shard.ID)), 0)
	}
	k.WriteString("</g>")
}

func (s Still) lineage(k *sketch) {
	l := s.Lineage
	for _, a := range l.Ages[:max(len(l.Ages)-1, 0)] {
		k.text(a.X, 14, 11, 500, "--soft", "start", short(a.At), 0)
	}
	for _, n := range l.Kin {
		sh := s.Stream.Shards[n.Shard]
		words := model.Count(sh.Records) + " records/s"
		if n.Open {
			k.box(n.Box, 5, "--panel", "--accent", "")
		} else {
			k.box(n.Box, 5, "", "--edge", `stroke-dasharray="4 3"`)
			words = "readable until " + short(sh.Expires)
		}
		if n.Box.H > 14 {
			k.text(n.Box.X+9, n.Box.MidY()+4, 12, 600, "--ink", "start", strconv.Itoa(model.ShardNumber(sh.ID)), 0)
		}
		if n.Box.H > 14 && n.Box.W > 190 {
			k.text(n.Box.X+40, n.Box.MidY()+4, 12, 400, "--soft", "start", words, 0)
		}
	}
	var bonds path
	for _, b := range l.Bonds {
		bonds.bond(l, b)
	}
	k.line(&bonds, "", "--soft", 1.4, "")
}
