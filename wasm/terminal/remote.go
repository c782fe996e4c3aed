package terminal

import (
	"encoding/json"
	"errors"

	"shardlab/wasm/jq"
)

// A Pipe leads to a program that runs a console.
type Pipe interface {
	// Send sends a message there; when no program runs yet, or the last one has ended, one is started and fresh is true: then the
	// message is lost, and the console has to begin.
	Send(text []byte) (fresh bool)
	// Receive waits for what comes from there. It gives nil now and then when nothing comes, so that whoever waits can look around.
	// An error says in words why nothing will come any more: the program is gone.
	Receive() (text []byte, err error)
	// End ends the program.
	End()
}

// Link is what an engine and its console program speak through. It outlives a lab: variables and files do not, but a program that
// was fetched and compiled serves the next lab too.
type Link struct {
	pipe Pipe
	came []Up    // came while something else was waited for
	has  *Remote // whose console the program there has; nil when it has none
}

// NewLink returns a link over a pipe.
func NewLink(p Pipe) *Link { return &Link{pipe: p} }

// Open is an [Open] for terminals at the other end of the link.
func (l *Link) Open(w World, services []Service) Terminal {
	return &Remote{link: l, world: w, services: services}
}

// receive waits for one kind of message; idle is called now and then meanwhile, and says whether to give up.
func (l *Link) receive(wanted func(*Up) bool, idle func() bool) (Up, error) {
	for i := range l.came {
		if m := l.came[i]; wanted(&m) {
			l.came = append(l.came[:i:i], l.came[i+1:]...)
			return m, nil
		}
	}
	for {
		text, err := l.pipe.Receive()
		if err == nil && text == nil {
			if idle() {
				return Up{}, errGivenUp
			}
			continue
		}
		var m Up
		if err == nil {
			err = json.Unmarshal(text, &m)
		}
		if err == nil && m.Broken != "" {
			err = errors.New("it failed: " + m.Broken)
		}
		if err != nil {
			l.end()
			return Up{}, err
		}
		if wanted(&m) {
			return m, nil
		}
		l.came = append(l.came, m)
	}
}

var (
	errGivenUp = errors.New("it was ended")
	errWorld   = errors.New("what the world asked of it meanwhile was too much")
)

func (l *Link) end() {
	l.pipe.End()
	l.came, l.has = nil, nil
}

// send sends a message to the program there; when none runs, one is started.
func (l *Link) send(text []byte) {
	if l.pipe.Send(text) {
		l.has = nil
		l.pipe.Send(text)
	}
}

// JQ is a [jq.Run] in the console's program, which carries jq. It may be called while an entry runs there and waits for the world.
func (l *Link) JQ(c jq.Call, look func() bool) (jq.Answer, error) {
	text, err := c.JSON()
	if err != nil {
		return jq.Answer{}, err
	}
	l.send(Encode(Down{JQ: text}))
	m, err := l.receive(func(m *Up) bool { return m.JQ != nil }, func() bool { return look != nil && look() })
	switch {
	case err == errGivenUp:
		l.end()
		return jq.Answer{Interrupted: true}, nil
	case err != nil:
		return jq.Answer{}, err
	}
	return jq.ReadAnswer(m.JQ)
}

// A Remote is a terminal whose console is another program. Variables and files are there.
type Remote struct {
	link     *Link
	world    World
	services []Service
	slice    func()
	ended    bool // somebody interrupted the entry
	told     bool // and the program knows
	deaf     int  // how often it was silent since
}

// send sends a message to this terminal's console.
func (r *Remote) send(text []byte) {
	if r.link.has != r {
		r.link.send(Encode(Down{Services: r.services}))
		r.link.has = r
	}
	r.link.send(text)
}

// patience is how often a program may be silent before it is ended, once it was told to end its entry: some two seconds.
const patience = 100

// wait waits for an answer and meanwhile lets the console act on the world.
func (r *Remote) wait(wanted func(*Up) bool) (Up, error) {
	for {
		m, err := r.link.receive(func(m *Up) bool { return m.Ask != nil || wanted(m) }, func() bool {
			r.turn()
			if r.told {
				r.deaf++
			}
			return r.deaf > patience
		})
		if err == errGivenUp {
			r.link.end()
		}
		if err != nil || m.Ask == nil {
			return m, err
		}
		answer := m.Ask.Answer(r.world)
		if r.link.has != r {
			return Up{}, errWorld
		}
		r.send(Encode(Down{Answer: answer}))
		r.turn()
	}
}

func (r *Remote) turn() {
	if r.slice != nil {
		r.slice()
	}
	if r.ended && !r.told {
		r.told = true
		r.send(Encode(Down{Interrupt: true}))
	}
}

// Run implements Terminal.
func (r *Remote) Run(line string) ([]Output, int) {
	r.ended, r.told, r.deaf = false, false, 0
	r.send(Encode(Down{Run: &line}))
	m, err := r.wait(func(m *Up) bool { return m.Done != nil })
	const anew = "The next line starts the console anew; its variables and files are gone."
	switch {
	case err == errGivenUp:
		return []Output{{To: ToErr, Text: "Interrupted.\n"}, {To: ToHint, Text: "It did not end by itself, so the console was ended. " + anew}}, 130
	case err != nil:
		return []Output{{To: ToErr, Text: "The console has ended: " + err.Error() + "\n"}, {To: ToHint, Text: "The lab goes on. " + anew}}, 1
	}
	return m.Done.Out, m.Done.Exit
}

// Complete implements Terminal.
func (r *Remote) Complete(line string, pos int) (from, to int, options []Option) {
	r.ended, r.told, r.deaf = false, false, 0
	r.send(Encode(Down{Complete: &Completion{Line: line, Pos: pos}}))
	m, err := r.wait(func(m *Up) bool { return m.Complete != nil })
	if err != nil {
		return pos, pos, nil
	}
	return m.Complete.From, m.Complete.To, m.Complete.Options
}

// Read implements Terminal.
func (r *Remote) Read(text string) Reading {
	r.ended, r.told, r.deaf = false, false, 0
	r.send(Encode(Down{Script: &text}))
	m, err := r.wait(func(m *Up) bool { return m.Script != nil })
	if err != nil {
		return Reading{Flaws: []Flaw{{1, 1, "The console, which reads a scenario, has ended: " + err.Error() + ".", "Nothing is lost. Try again."}}}
	}
	return *m.Script
}

// SetSlice implements Terminal.
func (r *Remote) SetSlice(f func()) { r.slice = f }

// Interrupt implements Terminal.
func (r *Remote) Interrupt() { r.ended = true }
