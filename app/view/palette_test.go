package view

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
)

// dichromacy turns linear sRGB as people see it who lack one kind of cone, at full severity.
// Source: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, table 1.
var dichromacy = map[string][9]float64{
	"all cones":    {1, 0, 0, 0, 1, 0, 0, 0, 1},
	"protanopia":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
	"deuteranopia": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
	"tritanopia":   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
}

// lab is a colour in CIELAB under D65, as seen through a matrix on linear sRGB.
func labOf(t *testing.T, colour string, seen [9]float64) [3]float64 {
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil {
		t.Fatalf("%q is no colour", colour)
	}
	var rgb [3]float64
	for i := range rgb {
		c := float64(n>>(16-8*i)&0xff) / 255
		if rgb[i] = c / 12.92; c > .04045 {
			rgb[i] = math.Pow((c+.055)/1.055, 2.4)
		}
	}
	var lin [3]float64
	for i := range lin {
		lin[i] = min(max(seen[3*i]*rgb[0]+seen[3*i+1]*rgb[1]+seen[3*i+2]*rgb[2], 0), 1)
	}
	f := func(v float64) float64 {
		if v > 216.0/24389 {
			return math.Cbrt(v)
		}
		return (24389.0/27*v + 16) / 116
	}
	x := f((.4124564*lin[0] + .3575761*lin[1] + .1804375*lin[2]) / .95047)
	y := f(.2126729*lin[0] + .7151522*lin[1] + .0721750*lin[2])
	z := f((.0193339*lin[0] + .1191920*lin[1] + .9503041*lin[2]) / 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// Distances are of CIE 1976 (ΔE*ab); 2.3 is what one just notices. Two keys whose small dots have the same shape, and each key and its
// neighbours in the legend, are to be told apart by colour at a glance; any two keys at all by looking closely, and then a letter or a
// shape stands beside the colour.
const (
	atAGlance = 12.0
	closely   = 5.0
)

// TestPaletteIsToldApart holds the palette of partition keys for people who lack a kind of cone, in both themes.
func TestPaletteIsToldApart(t *testing.T) {
	text, err := os.ReadFile("../../web/css/base.css")
	if err != nil {
		t.Fatal(err)
	}
	for theme, head := range map[string]string{"light": "\n:root {", "dark": `:root[data-theme="dark"] {`} {
		css := tokens(t, string(text), head)
		for name, seen := range dichromacy {
			least, pair := math.Inf(1), ""
			for a := range 12 {
				for b := range a {
					p, q := labOf(t, css[fmt.Sprintf("--k%d", a)], seen), labOf(t, css[fmt.Sprintf("--k%d", b)], seen)
					d := math.Sqrt((p[0]-q[0])*(p[0]-q[0]) + (p[1]-q[1])*(p[1]-q[1]) + (p[2]-q[2])*(p[2]-q[2]))
					want := closely
					if a%6 == b%6 || a-b == 1 {
						want = atAGlance
					}
					if d < want {
						t.Errorf("%s, %s: --k%d and --k%d are %.1f apart, want %.0f", theme, name, b, a, d, want)
					}
					if d < least {
						least, pair = d, fmt.Sprintf("--k%d and --k%d", b, a)
					}
				}
			}
			t.Logf("%s, %s: the nearest are %s, %.1f apart", theme, name, pair, least)
		}
	}
}
