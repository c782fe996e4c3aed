package model

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"shardlab/wasm/protocol"
)

// A Spot is one part of the lab in the picture of all of it.
type Spot struct {
	Ref   string // of its sheet; of streams and Firehose streams it names the stage
	Stage string // the stream whose stage it opens, as ShowStream has it; "" opens the sheet
	Icon  string
	Kind  string
	Name  string
	Rate  float64 // records a second
	Text  string  // what is worth knowing beside that
	Level string  // "bad", "warn", "good" or "", as of Text
	Idle  bool    // stopped, or not there
	Ends  string  // from which wires can be drawn, apart by a space
	Layer int     // along the data's way
	Box   Box
}

// A Wire is the way of records from one node to another, by their places in Whole.Nodes.
type Wire struct {
	From, To int
	Rate     float64 // records a second
	Hurt     bool    // records are refused on it
	Path     []Point // the ends, and between them pairs of what a curve bends to; as SVG's C has them
}

// A Point is a place on the stage.
type Point struct{ X, Y float64 }

// A Whole is everything that stands in a lab and where its records go, laid out along the data's way.
type Whole struct {
	W, H    float64
	Scale   float64 // CSS pixels a pixel of it
	Upright bool    // from above to below
	Nodes   []Spot
	Wires   []Wire
}

// ownNodes is how many writers, and how many readers, of a stream have a box of their own; the others share one.
const ownNodes = 6

// WholeOf gathers what stands in a lab. Nothing is laid out yet.
func WholeOf(f protocol.Frame) Whole {
	var t Whole
	at := map[string]int{}
	node := func(id string, n Spot) int {
		if i, ok := at[id]; ok {
			return i
		}
		at[id] = len(t.Nodes)
		t.Nodes = append(t.Nodes, n)
		return at[id]
	}
	wire := func(from, to int, rate float64, hurt bool) {
		if from != to {
			t.Wires = append(t.Wires, Wire{From: from, To: to, Rate: rate, Hurt: hurt})
		}
	}
	readers := map[string][]protocol.Consumer{}
	for _, c := range f.Consumers {
		readers[c.Stream] = append(readers[c.Stream], c)
	}
	for _, s := range f.Streams {
		x := FiguresOf(s, readers[s.Name])
		n := Spot{Ref: "stream:" + s.Name, Stage: s.Name, Icon: "layers", Kind: "Stream", Name: s.Name, Rate: x.In, Text: Plural(x.Open, "shard")}
		switch {
		case s.Status != "ACTIVE":
			n.Text, n.Level = s.Status, "warn"
		case x.Refused > 0:
			n.Text, n.Level = Count(x.Refused)+" refused/s", "bad"
		case x.ReadsRefused > 0:
			n.Text, n.Level = Count(x.ReadsRefused)+" reads refused/s", "bad"
		}
		node(s.Name, n)
	}
	for _, h := range f.Firehoses {
		tank, _ := TankOf(h, "destination")
		n := Spot{Ref: FirehosePrefix + h.Name, Stage: FirehosePrefix + h.Name, Icon: "inbox", Kind: "Firehose", Name: h.Name, Rate: h.Records, Text: Bytes(float64(tank.Bytes)) + " buffered", Ends: WireOut}
		switch {
		case h.Status != "ACTIVE":
			n.Text, n.Level = h.Status, "warn"
		case h.Blocked != "":
			n.Text, n.Level = h.Blocked, "bad"
		case h.Refused > 0:
			n.Text, n.Level = Count(h.Refused)+" refused/s", "bad"
		case Stuck(h) > 0:
			n.Text, n.Level = Count(Stuck(h))+" to try again", "bad"
		}
		node(n.Stage, n)
	}
	stream := func(name string) int { // also one that is not there
		return node(name, Spot{Ref: "stream:" + name, Stage: name, Icon: "layers", Kind: "Stream", Name: StageTitle(name), Text: "not there", Level: "bad", Idle: true})
	}
	place := func(p protocol.Place) int {
		if name, ok := strings.CutPrefix(p.Ref, "stream:"); ok {
			return stream(name)
		}
		if strings.HasPrefix(p.Ref, FirehosePrefix) {
			return stream(p.Ref)
		}
		n := Spot{Ref: p.Ref, Icon: "database", Kind: p.Kind, Name: p.Name, Text: p.Holds}
		switch {
		case strings.HasPrefix(p.Ref, "bucket:"):
			n.Icon = "folder-open"
		case strings.HasPrefix(p.Ref, "function:"):
			n.Icon = "zap"
		}
		if p.State != "" && p.State != "up" {
			n.Text, n.Level = cmp.Or(p.Why, p.State), "bad"
		}
		return node("place:"+p.Kind+"/"+p.Name, n)
	}

	writers := map[string]int{}
	for _, p := range f.Producers {
		to := append([]string{p.Stream}, p.Also...)
		n := Spot{Ref: "producer:" + p.Name, Icon: "send", Kind: cmp.Or(p.Kind, "Producer"), Name: p.Name, Rate: p.Rate, Text: p.Note, Idle: !p.Running, Ends: WireOut}
		if !p.Running {
			n.Rate, n.Text = 0, "stopped"
		} else if p.Refused > 0 {
			n.Text, n.Level = Count(p.Refused)+" refused/s", "bad"
		}
		id := n.Ref
		if writers[p.Stream]++; writers[p.Stream] > ownNodes && len(to) == 1 {
			id = "writers of " + p.Stream
			n = Spot{Ref: "stream:" + p.Stream, Stage: p.Stream, Icon: "send", Kind: "Producers", Name: "more writers"}
		}
		i := node(id, n)
		if id != n.Ref {
			t.crowd(i, p.Rate, p.Refused > 0)
		}
		for _, name := range to {
			if j := stream(name); id == n.Ref || !t.joined(i, j) {
				wire(i, j, p.Accepted/float64(len(to)), p.Refused > 0)
			}
		}
	}
	crowds := map[string]int{}
	for _, c := range f.Consumers {
		if c.Noun == firehoseNoun {
			if i := slices.IndexFunc(f.Firehoses, func(h protocol.Firehose) bool { return h.Name == c.Name }); i >= 0 {
				wire(stream(c.Stream), stream(FirehosePrefix+c.Name), c.Rate, c.Barred)
				continue
			}
		}
		n := Spot{Ref: ConsumerRef(c), Icon: readerIcon(c), Kind: readerKind(c), Name: c.Name, Rate: c.Rate, Text: Behind(c.Behind) + " behind", Idle: !c.Running, Ends: WireIn}
		if WritesOn(c) {
			n.Ends += " " + WireOut
		}
		late := c.Running && (c.Barred || c.Behind >= LateMillis)
		switch {
		case !c.Running:
			n.Text = Resting(c)
		case c.Barred && c.Behind == 0:
			n.Text, n.Level = "cannot read", "bad"
		case late:
			n.Level = "bad"
		case c.Behind < 1000:
			n.Level = "good"
		}
		id := n.Ref
		if crowds[c.Stream]++; crowds[c.Stream] > ownNodes && len(c.To) == 0 {
			id = "readers of " + c.Stream
			n = Spot{Ref: "stream:" + c.Stream, Stage: c.Stream, Icon: "download", Kind: "Consumers", Name: "more readers"}
		}
		i := node(id, n)
		if id != n.Ref {
			t.crowd(i, c.Rate, late)
		}
		if from := stream(c.Stream); id == n.Ref || !t.joined(from, i) {
			wire(from, i, c.Rate, late)
		}
		for _, to := range c.To {
			wire(i, place(to), c.Rate, false)
		}
	}
	for _, h := range f.Firehoses {
		from := at[FirehosePrefix+h.Name]
		if h.Source != "" && !t.joined(stream(h.Source), from) {
			wire(stream(h.Source), from, h.Records, h.Blocked != "")
		}
		wire(from, place(h.To), h.Records, h.To.State != "up")
		if h.Errors != nil && *h.Errors != h.To {
			if to := place(*h.Errors); !t.joined(from, to) {
				wire(from, to, 0, h.Failed > 0)
			}
		}
	}
	for _, c := range f.Controls { // what an alarm watches leads to it, and a function leads back to what it scales
		n := Spot{Ref: c.Ref, Icon: "gauge", Kind: "Scaler", Name: c.Name, Text: c.Note}
		if !Scales(c) {
			n.Icon, n.Kind, n.Text, n.Level = "bell", "Alarm", c.State+": "+c.Text, ControlLevel(c)
		}
		node(c.Ref, n)
	}
	for _, c := range f.Controls {
		i := at[c.Ref]
		switch {
		case Scales(c) && c.Stream != "":
			wire(i, stream(c.Stream), 0, false)
		case c.Stream != "":
			wire(stream(c.Stream), i, 0, false)
		}
		for _, to := range c.Acts {
			if j, ok := at[to]; ok {
				wire(i, j, 0, c.State == "ALARM")
			}
		}
	}
	return t
}

// crowd counts one more client into the box of many.
func (t *Whole) crowd(i int, rate float64, bad bool) {
	n := &t.Nodes[i]
	n.Layer++ // until all is laid out: how many they are
	n.Rate += rate
	n.Name = Plural(n.Layer, "more "+map[string]string{"Producers": "writer", "Consumers": "reader"}[n.Kind])
	if bad {
		n.Text, n.Level = "one is in trouble", "bad"
	}
}

func (t *Whole) joined(from, to int) bool {
	return slices.ContainsFunc(t.Wires, func(w Wire) bool { return w.From == from && w.To == to })
}

// LateMillis is how far behind, in milliseconds, a reader is in trouble.
const LateMillis = 10_000

// Resting says why a reader does not read: it is stopped, and a mapping may also be on its way.
func Resting(c protocol.Consumer) string {
	if c.Noun == "EventSourceMapping" && c.Note == "creating" {
		return "being created"
	}
	return "stopped"
}

func readerKind(c protocol.Consumer) string {
	if c.Kind == "" && c.Mode == "FANOUT" {
		return "Fan-out consumer"
	}
	return cmp.Or(c.Kind, "Consumer")
}

func readerIcon(c protocol.Consumer) string {
	switch c.Kind {
	case "Lambda function":
		return "zap"
	case "SQL application":
		return "table-2"
	}
	return "download"
}

// Plural counts a noun: "1 shard", "2 shards".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Measures of the picture.
const (
	nodeW, nodeH     = 176.0, 66.0
	nodeGap          = 16.0
	layerGap         = 84.0
	mostGap          = 200.0
	wayHigh          = 10.0 // of a wire that passes a layer
	topoEdge         = 20.0
	leastScale       = 0.62 // so that words stay readable
	uprightGap       = 54.0
	sweeps           = 6
	straightenRounds = 4
)

// Lay lays everything out as it is looked at: a layer for each step of the data's way, ordered so that wires cross little.
func (t Whole) Lay(g Sight) Whole {
	t.Upright = g.W < wideFrom
	t.Nodes, t.Wires = slices.Clone(t.Nodes), slices.Clone(t.Wires)
	t.rank()
	if t.Upright {
		t.layUpright(g)
	} else {
		t.layWide(g)
	}
	t.Scale = min(1, max(leastScale, min(g.W/t.W, g.H/t.H))) * cmp.Or(g.Zoom, 1)
	if w := g.W / t.Scale; w > t.W { // in the middle of what it is seen in
		t.shift((w-t.W)/2, 0)
		t.W = w
	}
	if h := g.H / t.Scale; h > t.H {
		t.shift(0, (h-t.H)/2)
		t.H = h
	}
	return t
}

// Stage is the outline of it: the boxes alone.
func (t *Whole) Stage() Stage {
	st := Stage{W: t.W, H: t.H, Scale: t.Scale, Near: Box{0, 0, t.W, t.H}}
	for _, n := range t.Nodes {
		st.Producers = append(st.Producers, n.Box)
	}
	return st
}

func (t *Whole) shift(x, y float64) {
	for i := range t.Nodes {
		t.Nodes[i].Box.X += x
		t.Nodes[i].Box.Y += y
	}
	for i := range t.Wires {
		for j := range t.Wires[i].Path {
			t.Wires[i].Path[j].X += x
			t.Wires[i].Path[j].Y += y
		}
	}
}

// rank sets the layers: a node stands behind all that lead to it. A wire that closes a circle does not count.
func (t *Whole) rank() {
	const unseen, open, done = 0, 1, 2
	state := make([]int, len(t.Nodes))
	var order []int // reversed
	back := make([]bool, len(t.Wires))
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		for w, x := range t.Wires {
			if x.From != i {
				continue
			}
			switch state[x.To] {
			case unseen:
				visit(x.To)
			case open:
				back[w] = true
			}
		}
		state[i] = done
		order = append(order, i)
	}
	for i := range t.Nodes {
		t.Nodes[i].Layer = 0
	}
	for i := range t.Nodes {
		if state[i] == unseen {
			visit(i)
		}
	}
	for _, i := range slices.Backward(order) {
		for w, x := range t.Wires {
			if x.From == i && !back[w] {
				t.Nodes[x.To].Layer = max(t.Nodes[x.To].Layer, t.Nodes[i].Layer+1)
			}
		}
	}
	// A source stands right before what it leads to, and a stream that nobody writes to is no source of that kind.
	for i := range t.Nodes {
		next := math.MaxInt
		for w, x := range t.Wires {
			if x.To == i && !back[w] {
				next = 0
			}
			if x.From == i && !back[w] {
				next = min(next, t.Nodes[x.To].Layer)
			}
		}
		if next != math.MaxInt && next > t.Nodes[i].Layer+1 {
			t.Nodes[i].Layer = next - 1
		}
	}
}

// A stop is a node in its layer, or a place that a long wire passes.
type stop struct {
	node int // -1: a wire's
	wire int
	high float64
	y    float64
	want float64
	near []int // stops of the layer before and the layer behind, by their places
	next []int
}

// layWide lets the layers stand from left to right. A wire that passes layers keeps a place in each of them, so that it goes around
// the boxes; one that leads back goes under everything.
func (t *Whole) layWide(g Sight) {
	depth := 0
	for _, n := range t.Nodes {
		depth = max(depth, n.Layer+1)
	}
	layers := make([][]int, depth)
	var stops []stop
	add := func(layer int, s stop) int {
		stops = append(stops, s)
		layers[layer] = append(layers[layer], len(stops)-1)
		return len(stops) - 1
	}
	for i, n := range t.Nodes {
		add(n.Layer, stop{node: i, wire: -1, high: nodeH}) // the first stops are the nodes, by their places
	}
	ways := make([][]int, len(t.Wires))
	for w, x := range t.Wires {
		from, to := t.Nodes[x.From].Layer, t.Nodes[x.To].Layer
		if to <= from {
			continue
		}
		ways[w] = []int{x.From}
		for l := from + 1; l < to; l++ {
			ways[w] = append(ways[w], add(l, stop{node: -1, wire: w, high: wayHigh}))
		}
		ways[w] = append(ways[w], x.To)
		for i, s := range ways[w][1:] {
			stops[s].near = append(stops[s].near, ways[w][i])
			stops[ways[w][i]].next = append(stops[ways[w][i]].next, s)
		}
	}
	place := make([]float64, len(stops))
	number := func(layer []int) {
		for i, s := range layer {
			place[s] = float64(i)
		}
	}
	for _, layer := range layers {
		number(layer)
	}
	mean := func(all []int, of func(int) float64, own float64) float64 {
		if len(all) == 0 {
			return own
		}
		sum := 0.0
		for _, s := range all {
			sum += of(s)
		}
		return sum / float64(len(all))
	}
	for sweep := range sweeps {
		for k := range layers {
			l, side := k, func(s int) []int { return stops[s].near }
			if sweep%2 == 1 {
				l, side = depth-1-k, func(s int) []int { return stops[s].next }
			}
			for _, s := range layers[l] {
				stops[s].want = mean(side(s), func(o int) float64 { return place[o] }, place[s])
			}
			slices.SortStableFunc(layers[l], func(a, b int) int { return cmp.Compare(stops[a].want, stops[b].want) })
			number(layers[l])
		}
	}
	high := 0.0
	tall := func(layer []int) (h float64) {
		for _, s := range layer {
			h += stops[s].high + nodeGap
		}
		return h - nodeGap
	}
	for _, layer := range layers {
		high = max(high, tall(layer))
	}
	for _, layer := range layers {
		y := (high - tall(layer)) / 2
		for _, s := range layer {
			stops[s].y = y
			y += stops[s].high + nodeGap
		}
	}
	for range straightenRounds {
		for _, layer := range layers {
			for _, s := range layer {
				x := &stops[s]
				x.want = mean(append(slices.Clone(x.near), x.next...), func(o int) float64 { return stops[o].y + stops[o].high/2 }, x.y+x.high/2) - x.high/2
			}
			y := 0.0
			for _, s := range layer { // not over the one before
				stops[s].y = max(y, stops[s].want)
				y = stops[s].y + stops[s].high + nodeGap
			}
			y = high
			for i := len(layer) - 1; i >= 0; i-- { // nor out at the end
				x := &stops[layer[i]]
				x.y = min(x.y, y-x.high)
				y = x.y - nodeGap
			}
		}
	}
	gap := layerGap
	if depth > 1 {
		gap = min(max((g.W-2*topoEdge-float64(depth)*nodeW)/float64(depth-1), layerGap), mostGap)
	}
	left := func(layer int) float64 { return topoEdge + float64(layer)*(nodeW+gap) }
	t.W, t.H = left(depth-1)+nodeW+topoEdge, high+2*topoEdge
	layerOf := make([]int, len(stops))
	for l, layer := range layers {
		for _, s := range layer {
			layerOf[s] = l
			if stops[s].node >= 0 {
				t.Nodes[stops[s].node].Box = Box{left(l), topoEdge + stops[s].y, nodeW, nodeH}
			}
		}
	}
	under := t.H
	for w, x := range t.Wires {
		a, b := t.Nodes[x.From].Box, t.Nodes[x.To].Box
		p := []Point{{a.Right(), a.MidY()}}
		to := func(end Point) { // a curve that leaves and arrives level
			last := p[len(p)-1]
			mid := (last.X + end.X) / 2
			p = append(p, Point{mid, last.Y}, Point{mid, end.Y}, end)
		}
		if ways[w] == nil {
			if under == t.H {
				under += 14
			}
			p = append(p, Point{a.Right() + 40, a.MidY()}, Point{a.Right() + 40, under}, Point{a.MidX(), under},
				Point{(a.MidX() + b.MidX()) / 2, under}, Point{(a.MidX() + b.MidX()) / 2, under}, Point{b.MidX(), under},
				Point{b.X - 40, under}, Point{b.X - 40, b.MidY()}, Point{b.X, b.MidY()})
			under += 10
		} else {
			for _, s := range ways[w][1 : len(ways[w])-1] {
				y := topoEdge + stops[s].y + stops[s].high/2
				to(Point{left(layerOf[s]), y})
				p = append(p, Point{left(layerOf[s]) + nodeW/3, y}, Point{left(layerOf[s]) + nodeW*2/3, y}, Point{left(layerOf[s]) + nodeW, y})
			}
			to(Point{b.X, b.MidY()})
		}
		t.Wires[w].Path = p
	}
	if under > t.H {
		t.H = under + 6
	}
}

// layUpright lets the layers stand from above to below, as many boxes side by side as there is room for.
func (t *Whole) layUpright(g Sight) {
	const edge = 12.0
	side := max(1, int((g.W-2*edge+8)/(nodeW*.9+8)))
	w := (g.W-2*edge+8)/float64(side) - 8
	depth, y := 0, edge
	for _, n := range t.Nodes {
		depth = max(depth, n.Layer+1)
	}
	for l := range depth {
		i, all := 0, 0
		for _, n := range t.Nodes {
			if n.Layer == l {
				all++
			}
		}
		for k := range t.Nodes {
			if n := &t.Nodes[k]; n.Layer == l {
				row := min(side, all-i/side*side) // the last may be shorter: it stands in the middle
				n.Box = Box{edge + float64(i%side)*(w+8) + float64(side-row)*(w+8)/2, y + float64(i/side)*(nodeH+8), w, nodeH}
				i++
			}
		}
		y += float64((i+side-1)/side)*(nodeH+8) - 8 + uprightGap
	}
	t.W, t.H = g.W, max(y-uprightGap+edge, 2*edge+nodeH)
	for i, x := range t.Wires {
		a, b := t.Nodes[x.From].Box, t.Nodes[x.To].Box
		from, to := Point{a.MidX(), a.Bottom()}, Point{b.MidX(), b.Y}
		if b.Y < a.Bottom() { // it leads back
			from, to = Point{a.X, a.MidY()}, Point{b.X, b.MidY()}
			t.Wires[i].Path = []Point{from, {max(2, from.X-10), from.Y}, {max(2, to.X-10), to.Y}, to}
			continue
		}
		mid := (from.Y + to.Y) / 2
		t.Wires[i].Path = []Point{from, {from.X, mid}, {to.X, mid}, to}
	}
}
