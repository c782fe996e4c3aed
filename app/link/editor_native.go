//go:build !js

package link

// An Editor is no editor natively: there is nothing to type into.
type Editor struct{}

// NewEditor returns an editor that has no text.
func (d *Device) NewEditor(string, EditorOptions) *Editor { return &Editor{} }

// Value is empty natively.
func (e *Editor) Value() string { return "" }

// SetValue does nothing natively.
func (e *Editor) SetValue(string) {}

// Selection is at the beginning natively.
func (e *Editor) Selection() (from, to int) { return 0, 0 }

// Select does nothing natively.
func (e *Editor) Select(from, to int) {}

// SetFlaw does nothing natively.
func (e *Editor) SetFlaw(line, column int, message string) {}

// Focus does nothing natively.
func (e *Editor) Focus() {}

// Close does nothing natively.
func (e *Editor) Close() {}
