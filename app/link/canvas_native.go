//go:build !js

package link

// A Canvas paints nothing natively.
type Canvas struct {
	Paints int
	Busy   float64
}

// NewCanvas returns a canvas that paints nothing: there is no screen.
func NewCanvas(string, func(*Brush, float64) bool) *Canvas { return &Canvas{} }

// View does nothing natively.
func (c *Canvas) View(x, y, w, h, scale float64) {}

// Wake does nothing natively.
func (c *Canvas) Wake() {}

// Close does nothing natively.
func (c *Canvas) Close() {}

// Now is zero natively: what is drawn on the server stands still.
func Now() float64 { return 0 }

// WatchSize watches nothing natively.
func WatchSize(string, func(w, h float64)) (stop func()) { return func() {} }

// Copy does not reach a clipboard natively.
func Copy(_ string, done func(ok bool)) { done(false) }

// WatchWires watches nothing natively.
func WatchWires(string, func(from, end string, low bool), func(over string), func(over string)) (stop func()) {
	return func() {}
}

// WatchHand watches nothing natively.
func WatchHand(string, func(factor, x, y float64), func(x, y float64)) (stop func()) {
	return func() {}
}

// ScrollTo scrolls nothing natively.
func ScrollTo(string, float64, float64) {}

// Quiet does nothing natively.
func Quiet(string) {}

// Theme is light natively.
func Theme() string { return "light" }

// Font has none natively.
func Font(done func(base64 string)) { done("") }

// SavePNG draws nothing natively.
func SavePNG(_, _ string, _, _ int, done func(ok bool)) { done(false) }
