package page

import (
	"encoding/json"
	"hash/fnv"
	"maps"
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/app/view"
	"shardlab/wasm/protocol"
)

// Calculators is what "/lab#calculate" shows: the calculators, and beside them a bench that answers them and plays the runs that
// prove their answers. "#calculate=cost" opens one of them.
type Calculators struct {
	app.Compo
	Device *link.Device
	ID     string

	ctx     app.Context
	wire    *Wire
	stop    func()
	lab     json.RawMessage
	key     string // of the bench
	shown   string // the calculator whose numbers are shown
	values  map[string]float64
	change  int // grows with each change of the numbers
	opened  int // benches that were put beside the panel
	asked   int // the change that was asked about last
	ready   bool
	answer  model.Calculation
	command string
	flaw    *protocol.Error
	playing bool
	played  int // the change whose numbers the bench plays; -1 for none
}

// emptyLab answers while no run was asked for.
const emptyLab = `{"name":"calculate","start":"2026-03-02T08:00:00Z","seed":1,"open":"0s","world":[],"goals":[]}`

// OnInit begins with the numbers of the calculator; the server draws this.
func (c *Calculators) OnInit() {
	c.begin()
	c.open(json.RawMessage(emptyLab))
	c.played = -1
}

// OnMount listens to the bench.
func (c *Calculators) OnMount(ctx app.Context) {
	c.ctx = ctx
	c.listen()
}

// OnUpdate follows the address to another calculator.
func (c *Calculators) OnUpdate(app.Context) {
	if c.shown != c.ID {
		c.begin()
		c.ask(false)
		c.Update()
	}
}

// OnDismount stops listening.
func (c *Calculators) OnDismount() {
	if c.stop != nil {
		c.stop()
	}
}

func (c *Calculators) begin() {
	c.shown, c.values = c.ID, model.CalculatorByID(c.ID).Begin()
	c.answer, c.command, c.flaw, c.playing, c.played = model.Calculation{}, "", nil, false, -1
	c.change++
}

// open puts another lab beside the panel. Its run is not one that this device should go on with: it begins anew each time.
func (c *Calculators) open(lab json.RawMessage) {
	h := fnv.New32a()
	h.Write(lab)
	c.lab, c.key, c.ready = lab, "calculate-"+strconv.FormatUint(uint64(h.Sum32()), 16)+"-"+strconv.Itoa(c.opened), false
	c.opened++ // the same numbers once more are another bench
	c.wire = NewWire(c.Device)
}

func (c *Calculators) listen() {
	if c.stop != nil {
		c.stop()
	}
	wire := c.wire
	c.stop = wire.Watch(func(n News) {
		if wire == c.wire && c.ctx != nil {
			c.hear(n)
		}
	}, NewsState, NewsReached, NewsAnswer)
}

func (c *Calculators) hear(n News) {
	switch {
	case n.Kind == NewsState && n.State == LabReady:
		c.ready = true
		if c.playing {
			c.wire.Order(Order{Kind: OrderRun, At: c.answer.Until})
			return
		}
		c.ask(false)
	case n.Kind == NewsState && n.State == LabFailed:
		c.playing, c.flaw = false, &protocol.Error{Message: "The engine did not start: " + n.Message, Hint: "Reload the page."}
	case n.Kind == NewsReached && c.playing:
		c.ask(true)
	case n.Kind == NewsAnswer && n.Block == strconv.Itoa(c.change):
		answer, flaw := model.ReadCalculation(n.Reply)
		if c.flaw = flaw; flaw == nil {
			if c.answer = answer; !c.playing {
				c.command = n.Reply.Command
			}
		}
		c.playing = false
	}
	c.Update()
}

// ask asks for the answer to the numbers as they are; compare also for what their run gave.
func (c *Calculators) ask(compare bool) {
	if !c.ready {
		return
	}
	x := model.CalculatorByID(c.ID)
	c.asked = c.change
	c.wire.Order(Order{Kind: OrderAsk, Op: x.Op, Body: x.Body(c.values, compare), Block: strconv.Itoa(c.change)})
}

// askSoon is how long a slider rests before its number is asked about.
const askSoon = 60 * time.Millisecond

// Send takes what the learner does.
func (c *Calculators) Send(ctx app.Context, message any) {
	switch m := message.(type) {
	case view.CalcTyped:
		c.values = maps.Clone(c.values)
		c.values[m.Name] = m.Value
		c.change++
		c.playing = false
		turn := c.change
		c.ctx.After(askSoon, func(app.Context) {
			if turn == c.change {
				c.ask(false)
			}
		})
	case view.CalcRun:
		if c.answer.Lab == nil || c.playing || c.asked != c.change {
			return
		}
		c.playing, c.played = true, c.change
		if !c.ready {
			break
		}
		c.open(c.answer.Lab)
		c.listen()
	case view.CalcCopy:
		link.Copy(c.command, func(bool) {})
	}
	c.Update()
}

// Render draws the panel and the bench.
func (c *Calculators) Render() app.UI {
	return app.Div().Class("calculators").Body(
		&view.Calculators{To: c, ID: model.CalculatorByID(c.ID).ID, Values: c.values, Shown: c.change, Answer: c.answer, Command: c.command, Flaw: c.flaw, Waits: c.asked != c.change, Playing: c.playing, Stale: c.played >= 0 && c.played != c.change},
		benchSlot(&Bench{Lab: c.lab, Slug: c.key, Wire: c.wire, Fresh: true}))
}
