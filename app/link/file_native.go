//go:build !js

package link

// Origin is the address of the server that the page came from; natively there is none.
func Origin() string { return "" }

// A LabFile is a file that the learner has chosen or dropped. Text is empty when it could not be read; Why says so in words.
type LabFile struct{ Name, Text, Why string }

// PickFile lets the learner choose a file; natively nobody does.
func PickFile(string, func(LabFile)) {}

// TakeDrops calls take with each file that is dropped on the element with this id, until stop is called.
func TakeDrops(string, func(LabFile)) (stop func()) { return func() {} }

// Dress shows the page in a theme without remembering it.
func Dress(string) {}
