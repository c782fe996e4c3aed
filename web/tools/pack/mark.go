package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
)

// The mark is a hash ring cut into four shards; the hottest has been pulled out, and a record is on its way to it. All
// its sizes come from the same geometry: a square of side 1, angles in turns from the top, clockwise.
var shards = []struct {
	from, to float64 // turns
	out      float64 // how far it is pulled out
	ink      color.NRGBA
}{
	{0.02, 0.23, 0.055, color.NRGBA{0xff, 0x8f, 0x3f, 0xff}},
	{0.27, 0.54, 0, color.NRGBA{0x5c, 0x7c, 0xfa, 0xff}},
	{0.58, 0.76, 0, color.NRGBA{0x74, 0x8f, 0xfc, 0xff}},
	{0.80, 0.98, 0, color.NRGBA{0x91, 0xa7, 0xff, 0xff}},
}

const (
	ringRadius = 0.335
	ringWidth  = 0.135
	dotRadius  = 0.068
)

var (
	dotInk = color.NRGBA{0xff, 0x8f, 0x3f, 0xff}
	ground = color.NRGBA{0x14, 0x16, 0x1a, 0xff}
)

// marks are the files of the mark.
var marks = map[string]func() ([]byte, error){
	"mark.svg":              func() ([]byte, error) { return markSVG(), nil },
	"mark-180.png":          func() ([]byte, error) { return markPNG(180, 0.84, false) }, // iOS cuts the corners itself
	"mark-192.png":          func() ([]byte, error) { return markPNG(192, 0.84, true) },
	"mark-512.png":          func() ([]byte, error) { return markPNG(512, 0.84, true) },
	"mark-maskable-512.png": func() ([]byte, error) { return markPNG(512, 0.64, false) }, // the rim may be cut off
}

// middle is the centre of a shard's arc: pulled out along its own direction.
func middle(from, to, out float64) (x, y float64) {
	a := (from + to) / 2 * 2 * math.Pi
	return 0.5 + out*math.Sin(a), 0.5 - out*math.Cos(a)
}

func markSVG() []byte {
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" fill="none" stroke-width="` + fmt.Sprintf("%.1f", ringWidth*100) + `">`)
	for _, s := range shards {
		x, y := middle(s.from, s.to, s.out)
		at := func(turn float64) (float64, float64) {
			a := turn * 2 * math.Pi
			return 100 * (x + ringRadius*math.Sin(a)), 100 * (y - ringRadius*math.Cos(a))
		}
		x0, y0 := at(s.from)
		x1, y1 := at(s.to)
		large := 0
		if s.to-s.from > 0.5 {
			large = 1
		}
		fmt.Fprintf(&b, `<path stroke="#%02x%02x%02x" d="M%.2f %.2fA%.1f %.1f 0 %d 1 %.2f %.2f"/>`, s.ink.R, s.ink.G, s.ink.B,
			x0, y0, 100*ringRadius, 100*ringRadius, large, x1, y1)
	}
	fmt.Fprintf(&b, `<circle cx="50" cy="50" r="%.1f" fill="#%02x%02x%02x"/></svg>`+"\n", 100*dotRadius, dotInk.R, dotInk.G, dotInk.B)
	return []byte(b.String())
}

// The arcs' centres and radii, worked out once for the many points of a picture.
const inner, outer = ringRadius - ringWidth/2, ringRadius + ringWidth/2

var middles = func() (all [][2]float64) {
	for _, s := range shards {
		x, y := middle(s.from, s.to, s.out)
		all = append(all, [2]float64{x, y})
	}
	return all
}()

// markPNG draws the mark on dark ground: side pixels wide, scaled within it, with round corners or without.
func markPNG(side int, scale float64, round bool) ([]byte, error) {
	const fine = 4 // samples a pixel, each way
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for py := range side {
		for px := range side {
			var r, g, b, a float64
			for s := range fine * fine {
				x := (float64(px) + (float64(s%fine)+0.5)/fine) / float64(side)
				y := (float64(py) + (float64(s/fine)+0.5)/fine) / float64(side)
				c := sample(x, y, scale, round)
				w := float64(c.A)
				r, g, b, a = r+float64(c.R)*w, g+float64(c.G)*w, b+float64(c.B)*w, a+w
			}
			if a > 0 {
				img.SetNRGBA(px, py, color.NRGBA{uint8(r/a + 0.5), uint8(g/a + 0.5), uint8(b/a + 0.5), uint8(a/(fine*fine) + 0.5)})
			}
		}
	}
	var out bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, img)
	return out.Bytes(), err
}

// sample is the colour at a point.
func sample(x, y, scale float64, round bool) color.NRGBA {
	if round {
		const corner = 0.22
		dx, dy := max(corner-x, x-(1-corner), 0), max(corner-y, y-(1-corner), 0)
		if math.Hypot(dx, dy) > corner {
			return color.NRGBA{}
		}
	}
	x, y = (x-0.5)/scale+0.5, (y-0.5)/scale+0.5
	if (x-0.5)*(x-0.5)+(y-0.5)*(y-0.5) <= dotRadius*dotRadius {
		return dotInk
	}
	for i, s := range shards {
		mx, my := middles[i][0], middles[i][1]
		dx, dy := x-mx, y-my
		if d := dx*dx + dy*dy; d < inner*inner || d > outer*outer {
			continue
		}
		turn := math.Atan2(x-mx, my-y) / (2 * math.Pi)
		if turn < 0 {
			turn++
		}
		if turn >= s.from && turn <= s.to {
			return s.ink
		}
	}
	return ground
}
