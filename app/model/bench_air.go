package model

import (
	"math"
	"slices"
	"strconv"

	"shardlab/wasm/protocol"
)

// What is in the air: the records and reads that move over the stage, and those that slide through a lane.
//
// The engine says when something left and when it is due; here that becomes milliseconds on a clock of the stage's own,
// which runs with the wall while the lab plays and stands while it does not. At speed 1 a real flight of some 25 ms would
// be over before an eye could follow it, so a flight is stretched to FlightMin; the instants in the event list, the
// inspector and the charts stay the engine's own. At the lowest speed flights are true to scale.
const (
	FlightMin = 600.0  // ms of wall time a flight takes at least on the stage
	SlideMs   = 4200.0 // ms of wall time a record needs to slide through its lane
	cellMs    = 900.0  // ms of wall time a record is seen in its shard's cell of a heat bar
	bounceMs  = 620.0  // ms of wall time a refused record is seen falling back
	leadMin   = 60.0   // what a frame brings starts as much later as frames lie apart, so that it starts evenly
	leadMax   = 500.0
	refusals  = 26.0  // refused dots a second that are shown falling back; more would lie on one another
	readings  = 160.0 // reads a second that are shown
	trueSpeed = 0.2   // up to this speed flights are shown true to scale
)

// MaxDots bounds what is in the air; the oldest falls out.
const MaxDots = 1600

// Slots is how many partition keys have a colour and a letter of their own.
const Slots = 12

// NoSlot is the slot of all other keys.
const NoSlot = -1

// A Palette gives partition keys their colour and letter: the slot is the place. A key keeps its slot as long as it is
// among those the engine names, so that a colour never changes its meaning while one looks.
type Palette [Slots]string

// Give returns the palette after the engine named keys, most used first.
func (p Palette) Give(keys []protocol.Key) Palette {
	if len(keys) > Slots {
		keys = keys[:Slots]
	}
	for _, k := range keys {
		if p.Slot(k.Name) != NoSlot {
			continue
		}
		free := NoSlot
		for i, name := range p {
			if name == "" {
				free = i
				break
			}
			if free == NoSlot && !named(keys, name) {
				free = i
			}
		}
		if free != NoSlot {
			p[free] = k.Name
		}
	}
	return p
}

func named(keys []protocol.Key, name string) bool {
	for _, k := range keys {
		if k.Name == name {
			return true
		}
	}
	return false
}

// Slot returns the slot of a key, or NoSlot.
func (p Palette) Slot(key string) int {
	for i, name := range p {
		if name == key && key != "" {
			return i
		}
	}
	return NoSlot
}

// Letter returns the letter of a slot.
func Letter(slot int) string {
	if slot < 0 || slot >= Slots {
		return "·"
	}
	return "ABCDEFGHIJKL"[slot : slot+1]
}

// A Dot is one thing in the air.
type Dot struct {
	Kind  int // protocol.FlightTaken, FlightRefused, FlightRead
	Slot  int
	Actor int
	Shard int
	N     int     // records of a read
	Due   int64   // the instant it arrives, in the engine's time
	start float64 // on the stage's clock, ms
	fly   float64
	dice  uint32 // scatters dots over the lane's height, the same at every drawing
}

// Air is what moves. It changes with every drawing and belongs to the page alone; no view has it as a field.
type Air struct {
	dots    []Dot // oldest first
	clock   float64
	now     int64 // the virtual instant of the last frame
	wall    float64
	playing bool
	until   float64 // the clock runs up to here though nothing plays, so that the last flights land
	history int64
	seq     uint32
	Thin    int // one dot stands for so many flights
	lead    float64
	skipped [3]float64
	rates   census // flights a second, lately
	lastIn  float64
}

// A Brush is what the air is painted with. Colours are slots of the palette.
type Brush interface {
	Dot(x, y, r float64, slot int, alpha float64)
	Refused(x, y, r float64, alpha float64)
	Read(x, y float64, n int)
	Own(x, y, r float64) // a ring around what the learner's own command caused
}

// Cards is how many cards n clients of a side have where there is room for so many, and how many of them have one of their own. The
// last card stands for all others.
func Cards(n, room int) (cards, own int) {
	if room > 0 && n > room {
		return room, room - 1
	}
	return n, n
}

// A Shown says which part of a frame is on the stage: the place of the stream in Frame.Streams, and for every producer and
// consumer of the frame the place of its card on the stage, or -1.
type Shown struct {
	Stream    int
	Producers []int
	Consumers []int
}

// StreamNames are the streams that can be on the stage: those there are, and those that clients look for without finding them.
func StreamNames(f protocol.Frame) []string {
	var all []string
	add := func(name string) {
		if name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	for _, s := range f.Streams {
		add(s.Name)
	}
	for _, h := range f.Firehoses {
		add(FirehosePrefix + h.Name)
	}
	for _, p := range f.Producers {
		add(p.Stream)
	}
	for _, c := range f.Consumers {
		add(c.Stream)
	}
	return all
}

// ShownOf picks what belongs to a stream. Each side has room for so many cards, as Room says.
func ShownOf(f protocol.Frame, stream string, room int) (s Shown, producers []protocol.Producer, consumers []protocol.Consumer) {
	s.Stream = -1
	for i := range f.Streams {
		if f.Streams[i].Name == stream {
			s.Stream = i
		}
	}
	for _, p := range f.Producers {
		if p.Stream != stream && !slices.Contains(p.Also, stream) {
			s.Producers = append(s.Producers, -1)
			continue
		}
		s.Producers = append(s.Producers, len(producers))
		producers = append(producers, p)
	}
	for _, c := range f.Consumers {
		if c.Stream != stream {
			s.Consumers = append(s.Consumers, -1)
			continue
		}
		s.Consumers = append(s.Consumers, len(consumers))
		consumers = append(consumers, c)
	}
	gather(s.Producers, len(producers), room)
	gather(s.Consumers, len(consumers), room)
	return s, producers, consumers
}

// gather puts the places of clients without a card of their own on the last card.
func gather(places []int, n, room int) {
	_, own := Cards(n, room)
	for i, at := range places {
		places[i] = min(at, own)
	}
}

// Actors of a dot that are not places on the stage.
const (
	Learner = -1 // the learner's own command; it comes from below, where the console is
	hidden  = -2 // an actor of another stream
)

func (s Shown) actor(fl protocol.Flight) int {
	list := s.Producers
	if fl.Kind == protocol.FlightRead {
		list = s.Consumers
	}
	if fl.Actor < 0 {
		return Learner
	}
	if fl.Actor >= len(list) || list[fl.Actor] < 0 {
		return hidden
	}
	return list[fl.Actor]
}

// Take puts a frame's flights into the air.
func (a *Air) Take(f protocol.Frame, palette Palette, shown Shown, st Stage, wall float64) {
	if f.History != a.history {
		a.dots, a.history, a.rates = a.dots[:0], f.History, census{}
	}
	a.Tick(wall)
	a.playing = f.Playing
	jump := float64(f.Now-a.now) / 1000
	a.now = f.Now
	if !f.Playing && jump > 0 { // what was in the air goes on as it would have at speed 1, and makes room
		a.clock += min(jump, SlideMs+2*FlightMin)
		a.leap(f.Flights, shown.Stream, st, jump)
	}
	if len(f.Flights) == 0 {
		a.settle(nil, shown.Stream, st, wall)
		return
	}
	speed := f.Speed
	if f.Reached > 0 {
		speed = f.Reached
	}
	if !f.Playing || speed <= 0 {
		speed = 1 // a step or a rewind: what happened just before now is shown as it would have been seen at speed 1
	}
	a.settle(f.Flights, shown.Stream, st, wall)
	oldest := -(SlideMs + FlightMin)
	lead := a.lead
	if !f.Playing {
		lead = leadMin
	}
	for _, fl := range f.Flights {
		if fl.Stream != shown.Stream || fl.Kind < 0 || fl.Kind > protocol.FlightRead {
			continue
		}
		ago := float64(fl.SentAt-f.Now) / 1000 / speed
		if f.Playing {
			ago = max(ago, -a.lead) // a late frame must not make records appear on their way
		}
		if ago < oldest {
			continue
		}
		actor := shown.actor(fl)
		if actor == hidden {
			continue
		}
		if each := a.each(fl.Kind); each > 1 && actor != Learner {
			if a.skipped[fl.Kind]++; a.skipped[fl.Kind] < each {
				continue
			}
			a.skipped[fl.Kind] -= each
		}
		a.seq++
		d := Dot{Kind: fl.Kind, Slot: NoSlot, Actor: actor, Shard: fl.Shard, Due: fl.DueAt,
			start: a.clock + lead + ago, fly: stretch(float64(fl.DueAt-fl.SentAt)/1000, speed), dice: a.seq * 2654435761}
		if fl.Kind == protocol.FlightRead {
			d.N = fl.Key
		} else if fl.Key >= 0 && fl.Key < len(f.Keys) {
			d.Slot = palette.Slot(f.Keys[fl.Key].Name)
		}
		a.dots = append(a.dots, d)
	}
	if over := len(a.dots) - MaxDots; over > 0 {
		a.dots = append(a.dots[:0], a.dots[over:]...)
	}
	if !f.Playing {
		a.until = a.clock + leadMin + FlightMin + 40
	}
}

// each returns how many flights of a kind one dot stands for.
func (a *Air) each(kind int) float64 {
	switch kind {
	case protocol.FlightRead:
		return max(1, a.rates.reads/readings)
	case protocol.FlightRefused:
		return max(float64(a.Thin), a.rates.refused/refusals)
	}
	return float64(a.Thin)
}

// stretch returns how long a flight of ms milliseconds is seen at a speed.
func stretch(ms, speed float64) float64 {
	if speed <= trueSpeed {
		return max(ms/speed, 150)
	}
	return max(ms/speed, FlightMin)
}

// settle chooses how many flights one dot stands for, so that a full lane still shows single records.
func (a *Air) settle(flights []protocol.Flight, shown int, st Stage, wall float64) {
	if a.Thin == 0 {
		a.Thin = 1
	}
	if a.lead == 0 {
		a.lead = leadMin
	}
	gap := wall - a.lastIn
	first := a.lastIn == 0
	a.lastIn = wall
	if first {
		return
	}
	if gap > 0 && gap < 1000 && a.playing {
		a.lead = min(max(a.lead*.985, gap*1.15, leadMin), leadMax)
	}
	if !a.playing || gap <= 0 || gap > 1000 || len(st.Lanes) == 0 {
		return
	}
	// Of each lane apart: the busiest of one frame is mostly chance.
	a.rates.near(count(flights, shown), 1000/gap, min(gap/700, 1))
	want := a.want(st)
	// It changes only when it is clearly wrong, or a dot's meaning would flicker.
	if want > float64(a.Thin)*1.15 || want < float64(a.Thin)*0.4 {
		a.Thin = round125(want)
	}
}

// leap chooses the thinning anew after a run that was not played but jumped, ms of virtual time long.
func (a *Air) leap(flights []protocol.Flight, shown int, st Stage, ms float64) {
	if len(flights) == 0 || len(st.Lanes) == 0 {
		return
	}
	a.rates.near(count(flights, shown), 1000/max(ms, 100), 1)
	a.Thin = round125(a.want(st))
}

// A census is how many flights there are to each lane, how many were refused, and how many are reads.
type census struct {
	lanes          [256]float64 // by the number of the shard; far apart, two may share a place
	refused, reads float64
}

func count(flights []protocol.Flight, shown int) (c census) {
	for _, fl := range flights {
		switch {
		case fl.Stream != shown:
		case fl.Kind == protocol.FlightRefused:
			c.refused++
		case fl.Kind == protocol.FlightRead:
			c.reads++
		case fl.Kind == protocol.FlightTaken && fl.Shard >= 0:
			c.lanes[fl.Shard%len(c.lanes)]++
		}
	}
	return c
}

// near goes a part k of the way to what was counted, times by.
func (c *census) near(counted census, by, k float64) {
	for i := range c.lanes {
		c.lanes[i] += (counted.lanes[i]*by - c.lanes[i]) * k
	}
	c.refused += (counted.refused*by - c.refused) * k
	c.reads += (counted.reads*by - c.reads) * k
}

// taken returns how many go to the busiest lane, and to all.
func (c *census) taken() (most, all float64) {
	for _, n := range c.lanes {
		most, all = max(most, n), all+n
	}
	return most, all
}

// want returns how many flights a dot should stand for at the rates seen lately.
func (a *Air) want(st Stage) float64 {
	room := 1.0
	for _, l := range st.Lanes {
		if l.Open {
			room = max(room, l.Body.W*l.Body.H/(st.Dot*st.Dot*5))
			break
		}
	}
	in := (SlideMs + FlightMin) / 1000
	if st.Heat {
		in = (cellMs + FlightMin) / 1000
	}
	most, all := a.rates.taken()
	return max(most*in/room, all*in/(MaxDots*0.75))
}

// round125 returns the next of 1, 2, 5, 10, 20, 50, … that is not below v.
func round125(v float64) int {
	for step := 1; step < 1e9; step *= 10 {
		for _, m := range [...]int{1, 2, 5} {
			if float64(step*m) >= v {
				return step * m
			}
		}
	}
	return 1e9
}

// Tick lets the stage's clock run up to a wall time in milliseconds.
func (a *Air) Tick(wall float64) {
	dt := wall - a.wall
	a.wall = wall
	if dt <= 0 || dt > 400 { // a hidden tab: what was in the air stays where it was
		dt = min(max(dt, 0), 50)
	}
	switch {
	case a.playing:
		a.clock += dt
	case a.clock < a.until:
		a.clock = min(a.clock+dt, a.until)
	}
	drop := 0
	for drop < len(a.dots) && a.clock > a.dots[drop].start+a.dots[drop].fly+SlideMs {
		drop++
	}
	if drop > 256 || drop == len(a.dots) {
		a.dots = append(a.dots[:0], a.dots[drop:]...)
	}
}

// Moving reports whether the next drawing would differ from this one.
func (a *Air) Moving() bool { return a.playing && len(a.dots) > 0 || a.clock < a.until }

// InAir returns how many dots are drawn at most.
func (a *Air) InAir() int { return len(a.dots) }

// Radius is the radius of a dot in a lane of that mode.
func Radius(m LaneMode) float64 {
	switch m {
	case Roomy:
		return 4.8
	case Mid:
		return 4.6
	case Row:
		return 4
	}
	return 2.6
}

// Paint draws what is in the air.
func (a *Air) Paint(st Stage, b Brush) {
	for i := range a.dots {
		d := &a.dots[i]
		if x, y, r, alpha, ok := a.place(d, &st); ok && st.Draws(Box{x - r, y - r, 2 * r, 2 * r}) {
			if d.Actor == Learner && alpha > .5 {
				b.Own(x, y, r)
			}
			switch d.Kind {
			case protocol.FlightTaken:
				b.Dot(x, y, r, d.Slot, alpha)
			case protocol.FlightRefused:
				if a.clock < d.start+d.fly {
					b.Dot(x, y, r, d.Slot, alpha)
				} else {
					b.Refused(x, y, max(r, 4), alpha)
				}
			default:
				n := d.N
				if st.Upright || st.Dot < 4.5 || a.clock-d.start > d.fly*.5 {
					n = 0 // near the reader the numbers of all shards would lie on one another
				}
				b.Read(x, y, n)
			}
		}
	}
}

// Hit returns the dot under a point, the topmost one.
func (a *Air) Hit(st Stage, x, y float64) (Dot, bool) {
	best, found, near := Dot{}, false, 100.0
	for i := range a.dots {
		px, py, r, _, ok := a.place(&a.dots[i], &st)
		if !ok || a.dots[i].Kind == protocol.FlightRead {
			continue
		}
		if d := math.Hypot(px-x, py-y); d <= r+3 && d <= near {
			best, found, near = a.dots[i], true, d
		}
	}
	return best, found
}

// place returns where a dot is now, how large and how solid.
func (a *Air) place(d *Dot, st *Stage) (x, y, r, alpha float64, ok bool) {
	t := a.clock - d.start
	li := st.LaneOf(d.Shard)
	if t < 0 || li < 0 {
		return 0, 0, 0, 0, false
	}
	l := &st.Lanes[li]
	r = st.Dot
	body := l.Body
	scatter := body.H - 2*r - 4
	ly := body.Y + body.H/2
	if scatter > 0 {
		rows := max(math.Floor(scatter/(2*r+1.2)), 1)
		ly = body.Y + r + 2 + scatter*float64(d.dice>>8%uint32(rows+1))/rows
	}
	if d.Kind == protocol.FlightRead {
		if t > d.fly || d.Actor >= len(st.Consumers) {
			return 0, 0, 0, 0, false
		}
		c := Box{X: l.Box.Right() + 30, Y: min(st.H, st.Seen.Bottom()) + 12}
		if d.Actor >= 0 {
			c = st.Consumers[d.Actor]
		}
		p := ease(t / d.fly)
		x0, y0 := l.Box.Right(), body.MidY()
		if l.Mode == Heat { // reads leave at the end of the row
			x0 = st.Lanes[min(li-li%st.Columns+st.Columns, len(st.Lanes))-1].Box.Right()
		}
		if st.Upright {
			x, y = curve(p, x0-6, y0, x0-2, y0+40, c.MidX(), c.Y-40, c.MidX(), c.Y)
		} else {
			x, y = curve(p, x0, y0, x0+(c.X-x0)*.5, y0, x0+(c.X-x0)*.5, c.MidY(), c.X, c.MidY())
		}
		return x, y, r, 1, true
	}
	if !l.Open {
		return 0, 0, 0, 0, false // a closed lane is a line of words; what it took is counted there
	}
	lx := body.X + 4 // where it arrives
	if l.Mode == Heat {
		lx = body.X + r + 2 + max(body.W-2*r-4, 0)*float64(d.dice>>16&255)/255
	}
	if t <= d.fly {
		if d.Actor >= len(st.Producers) {
			return 0, 0, 0, 0, false
		}
		from := Box{X: st.Ring.X - 60, Y: min(st.H, st.Seen.Bottom()) + 12}
		if d.Actor >= 0 {
			from = st.Producers[d.Actor]
		}
		x, y = a.fly(t/d.fly, st, from, l, lx, ly)
		return x, y, r, 1, true
	}
	t -= d.fly
	if d.Kind == protocol.FlightRefused { // it falls back from the shard's door
		if t > bounceMs {
			return 0, 0, 0, 0, false
		}
		p := t / bounceMs
		if l.Mode == Heat {
			return lx, ly + 8*p*p, r, 1 - p*p, true
		}
		back := 16.0 + float64(d.dice>>5%34)
		if st.Upright {
			back = 12
		}
		x = body.X - r - 2 - back*(1-(1-p)*(1-p))
		y = ly + (10+float64(d.dice>>11%18))*p*p
		return x, y, r, 1 - p*p, true
	}
	if l.Mode == Heat {
		p := t / cellMs
		return lx, ly, r, 1 - p*p, p <= 1
	}
	p := t / SlideMs
	if p > 1 {
		return 0, 0, 0, 0, false
	}
	x = body.X + r + 3 + p*(body.W-2*r-6)
	alpha = 1
	if p > .93 {
		alpha = (1 - p) / .07
	}
	return x, ly, r, alpha, true
}

// fly leads from a producer over the shard's part of the ring to the lane: the hash decides, and the way shows it.
func (a *Air) fly(p float64, st *Stage, from Box, l *Lane, lx, ly float64) (x, y float64) {
	x0, y0 := from.Right(), from.MidY()
	rx, ry := l.Ring.MidX(), l.Ring.MidY()
	if !l.Open {
		rx, ry = l.Body.X-20, l.Body.MidY()
	}
	if st.Upright {
		x0, y0 = from.MidX(), from.Bottom()
		const turn = .8
		if p < turn {
			q := p / turn
			return curve(q, x0, y0, x0, y0+30, rx, ry-60, rx, ry)
		}
		q := (p - turn) / (1 - turn)
		return rx + (lx-rx)*q, ry + (ly-ry)*q
	}
	const turn = .76
	if p < turn {
		q := p / turn
		return curve(q, x0, y0, x0+(rx-x0)*.5, y0, x0+(rx-x0)*.5, ry, rx, ry)
	}
	q := (p - turn) / (1 - turn)
	return rx + (lx-rx)*q, ry + (ly-ry)*q*q*(3-2*q)
}

func ease(p float64) float64 { return p * p * (3 - 2*p) }

// curve is a cubic Bézier curve.
func curve(t, x0, y0, x1, y1, x2, y2, x3, y3 float64) (x, y float64) {
	u := 1 - t
	a, b, c, d := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
	return a*x0 + b*x1 + c*x2 + d*x3, a*y0 + b*y1 + c*y2 + d*y3
}

// DotRef names what a dot stands for, as the inspector asks for it: the first record the shard took at or after the
// instant it arrived at. A refused record was never taken; its shard says why.
func DotRef(stream, shardID string, d Dot) string {
	if d.Kind == protocol.FlightRefused {
		return "shard:" + stream + "/" + shardID
	}
	return "record:" + stream + "/" + shardID + "/@" + strconv.FormatInt(d.Due, 10)
}
