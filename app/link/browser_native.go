//go:build !js

package link

import "errors"

// Open returns the device of this process. Outside a browser it is inert.
func Open() *Device { return Inert() }

func spawnWorker(string, programs, func(string), func(workerNews)) (worker, error) {
	return nil, errors.New("there are no workers outside a browser")
}

// Focus moves the keyboard's focus to the element with this id, without scrolling.
func Focus(id string) {}

// KeepFocus watches nothing natively.
func KeepFocus(string) (check, stop func()) { return func() {}, func() {} }

// FocusLost moves the focus to the element with this id when what had it is no longer on the page.
func FocusLost(id string) {}

// ScrollUp puts the page and the reading column at their top.
func ScrollUp() {}

// Scroll brings the element with this id into view.
func Scroll(id string) {}

// WatchKeys calls take with every key pressed anywhere on the page that nothing nearer has taken, until stop is called.
func WatchKeys(take func(WindowKey) bool) (stop func()) { return func() {} }

// CatchKeys catches nothing natively.
func CatchKeys(take func(WindowKey) bool) (stop func()) { return func() {} }

// FocusIn moves the focus into the element with this id: to where one types, else to the first thing that can be used.
func FocusIn(id string) {}

// ScrollItem brings the element whose id ends with a number into view.
func ScrollItem(id string, n int) {}

// ShowDialog opens the dialog with this id over the page and focuses what is in it.
func ShowDialog(id, focus string) {}

// DialogOpen tells whether the dialog with this id is open.
func DialogOpen(id string) bool { return false }

// CloseDialog closes it; the focus goes back to where it was.
func CloseDialog(id string) {}

// Path is the path and fragment of the page's address.
func Path() (path, fragment string) { return "", "" }

// Download hands bytes, in parts, to the learner as a file.
func Download(name, kind string, parts ...[]byte) {}

// Reload loads the page again.
func Reload() {}

// Later calls do in the next turn of the event loop, when what was drawn is on the page.
func Later(do func()) {}
