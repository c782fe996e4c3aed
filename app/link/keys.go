package link

// A Key is a key that was pressed on the page.
type Key struct {
	Name    string // as the browser calls it: "k", "?", "Escape"
	Control bool   // with Control or Command
	Alt     bool
	Typing  bool // where one types or chooses
	Prompt  bool // in the console, whose shell has keys of its own
}
