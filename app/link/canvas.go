package link

import "strconv"

// A Brush gathers what is to be painted in one picture and paints it in a few strokes: everything of one colour is one path.
// A thousand dots cost some thirty calls into the browser, where a call a dot would cost the page its frame.
//
// A dot has a colour and a sign: from 4.5 px radius the key's letter stands on it, below that its outline differs, so the
// colour is never all there is.
type Brush struct {
	solid  [slots + 1][]byte // one path a slot; the last is for keys without one
	faint  [slots + 1][]byte
	ink    []byte // letters
	cross  [3][]byte
	reads  []byte
	own    []byte
	counts []count
	radius float64 // of the dots of this picture
	dots   int
	marks  [slots + 1]string
	small  bool
}

const slots = 12 // as model.Slots

type count struct {
	x, y float64
	n    int
}

// Glyphs of the letters A to L, drawn in strokes in a box of 4 by 6; "|" lifts the pen.
var glyphs = [slots][][2]float64{
	{{-2, 3}, {0, -3}, {2, 3}, lift, {-1.3, 1.2}, {1.3, 1.2}},
	{{-1.6, 3}, {-1.6, -3}, {.6, -3}, {1.5, -1.6}, {.6, -.1}, {-1.6, -.1}, lift, {.6, -.1}, {1.7, 1.5}, {.6, 3}, {-1.6, 3}},
	{{1.8, -2}, {.6, -3}, {-.9, -3}, {-2, -1.6}, {-2, 1.6}, {-.9, 3}, {.6, 3}, {1.8, 2}},
	{{-1.7, 3}, {-1.7, -3}, {.3, -3}, {1.9, -1.3}, {1.9, 1.3}, {.3, 3}, {-1.7, 3}},
	{{1.5, -3}, {-1.5, -3}, {-1.5, 3}, {1.5, 3}, lift, {-1.5, 0}, {1.1, 0}},
	{{1.5, -3}, {-1.5, -3}, {-1.5, 3}, lift, {-1.5, 0}, {1.1, 0}},
	{{1.8, -2}, {.6, -3}, {-.9, -3}, {-2, -1.6}, {-2, 1.6}, {-.9, 3}, {.6, 3}, {1.9, 2}, {1.9, .3}, {.4, .3}},
	{{-1.8, -3}, {-1.8, 3}, lift, {1.8, -3}, {1.8, 3}, lift, {-1.8, 0}, {1.8, 0}},
	{{0, -3}, {0, 3}},
	{{1.2, -3}, {1.2, 1.7}, {.3, 3}, {-.7, 3}, {-1.6, 2}},
	{{-1.6, -3}, {-1.6, 3}, lift, {1.7, -3}, {-1.6, .4}, lift, {-.4, -.8}, {1.8, 3}},
	{{-1.4, -3}, {-1.4, 3}, {1.6, 3}},
}

var lift = [2]float64{1e9, 0}

// reset begins a picture.
func (b *Brush) reset() {
	for i := range b.solid {
		b.solid[i], b.faint[i] = b.solid[i][:0], b.faint[i][:0]
	}
	for i := range b.cross {
		b.cross[i] = b.cross[i][:0]
	}
	b.ink, b.reads, b.own, b.counts, b.dots = b.ink[:0], b.reads[:0], b.own[:0], b.counts[:0], 0
}

// size prepares the signs for dots of radius r.
func (b *Brush) size(r float64) {
	b.radius, b.small = r, r < 4.5
	for i := range b.marks {
		switch {
		case b.small:
			b.marks[i] = outline(i, r)
		case i < slots:
			b.marks[i] = letter(glyphs[i], r/6.4)
		default:
			b.marks[i] = ""
		}
	}
}

// Dot paints a record of a key.
func (b *Brush) Dot(x, y, r float64, slot int, alpha float64) {
	if r != b.radius {
		b.size(r)
	}
	b.dots++
	if slot < 0 || slot >= slots {
		slot = slots
	}
	to := &b.solid[slot]
	if alpha < .7 {
		to = &b.faint[slot]
	}
	*to = point(*to, x, y)
	if b.small {
		*to = append(*to, b.marks[slot]...)
		return
	}
	*to = append(*to, "h.01"...) // a line of no length with round ends is a disc
	if alpha >= .7 && slot < slots {
		b.ink = point(b.ink, x, y)
		b.ink = append(b.ink, b.marks[slot]...)
	}
}

// Refused paints a record that the shard did not take: a crossed disc.
func (b *Brush) Refused(x, y, r, alpha float64) {
	i := 0
	if alpha < .66 {
		i = 1
	}
	if alpha < .33 {
		i = 2
	}
	d := r * .5
	p := point(b.cross[i], x-r, y)
	p = arc(arc(p, r, 2*r), r, -2*r)
	p = point(p, x-d, y-d)
	p = append(p, 'l')
	p = pair(p, 2*d, 2*d)
	p = point(p, x+d, y-d)
	p = append(p, 'l')
	b.cross[i] = pair(p, -2*d, 2*d)
}

// Read paints n records on their way to a reader.
func (b *Brush) Read(x, y float64, n int) {
	b.reads = point(b.reads, x, y)
	b.reads = append(b.reads, "h.01"...)
	if n > 1 {
		b.counts = append(b.counts, count{x, y, n})
	}
}

// Own paints a ring around what the learner's own command caused.
func (b *Brush) Own(x, y, r float64) {
	r += 3
	b.own = arc(arc(point(b.own, x-r, y), r, 2*r), r, -2*r)
}

func letter(strokes [][2]float64, scale float64) string {
	var p []byte
	at, up := [2]float64{}, true
	for _, s := range strokes {
		if s == lift {
			up = true
			continue
		}
		op := byte('l')
		if up {
			op = 'm'
		}
		p = pair(append(p, op), (s[0]-at[0])*scale, (s[1]-at[1])*scale)
		at, up = s, false
	}
	return string(p)
}

// outline returns the shape of a small dot: six shapes, and each comes in two colours far apart.
func outline(slot int, r float64) string {
	var p []byte
	go3 := func(m [2]float64, to ...[2]float64) string {
		p = pair(append(p, 'm'), m[0]*r, m[1]*r)
		for _, t := range to {
			p = pair(append(p, 'l'), t[0]*r, t[1]*r)
		}
		return string(append(p, 'z'))
	}
	switch slot % 6 {
	case 1:
		return go3([2]float64{-.9, -.9}, [2]float64{1.8, 0}, [2]float64{0, 1.8}, [2]float64{-1.8, 0})
	case 2:
		return go3([2]float64{0, -1.25}, [2]float64{1.25, 1.25}, [2]float64{-1.25, 1.25}, [2]float64{-1.25, -1.25})
	case 3:
		return go3([2]float64{0, -1.2}, [2]float64{1.15, 2.1}, [2]float64{-2.3, 0})
	case 4:
		return go3([2]float64{0, 1.2}, [2]float64{1.15, -2.1}, [2]float64{-2.3, 0})
	case 5:
		return go3([2]float64{-1.3, -.55}, [2]float64{2.6, 0}, [2]float64{0, 1.1}, [2]float64{-2.6, 0})
	}
	p = pair(append(p, 'm'), -r, 0)
	p = arc(arc(p, r, 2*r), r, -2*r)
	return string(p)
}

// point appends "Mx y", in tenths of a pixel.
func point(p []byte, x, y float64) []byte { return pair(append(p, 'M'), x, y) }

func pair(p []byte, x, y float64) []byte {
	p = hundredths(p, x)
	p = append(p, ' ')
	return hundredths(p, y)
}

// arc appends half a circle of radius r that ends dx to the right.
func arc(p []byte, r, dx float64) []byte {
	p = append(p, 'a')
	p = pair(p, r, r)
	p = append(p, " 0 1 0 "...)
	return pair(p, dx, 0)
}

// hundredths is strconv.AppendFloat for what a path needs, several times quicker.
func hundredths(p []byte, v float64) []byte {
	n := int64(v*100 + .5)
	if v < 0 {
		n = int64(v*100 - .5)
	}
	if n < 0 {
		p, n = append(p, '-'), -n
	}
	p = strconv.AppendInt(p, n/100, 10)
	if f := n % 100; f != 0 {
		p = append(p, '.', byte('0'+f/10))
		if f%10 != 0 {
			p = append(p, byte('0'+f%10))
		}
	}
	return p
}
