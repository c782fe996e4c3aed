//go:build !js

package link

// A Canvas paints nothing natively.
type Canvas struct {
	Paints int
	Busy   float64
}

// NewCanvas returns a canvas that paints nothing: there is no screen.
func NewCanvas(string, func(*Brush, float64) bool) *Canvas { return &Canvas{} }

// Size does nothing natively.
func (c *Canvas) Size(w, h float64) {}

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
