package link

// A WindowKey is a key that was pressed anywhere on the page.
type WindowKey struct {
	Name    string // as the browser calls it: "k", "?", "Escape"
	Control bool   // with Control or Command
	Shift   bool
	Alt     bool
	Typing  bool // where one types or chooses
	Idle    bool // nothing has the focus
	Prompt  bool // in the console, whose shell has keys of its own
	Palette bool // in the palette
}
