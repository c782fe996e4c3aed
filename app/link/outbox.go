package link

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"shardlab/app/model"
)

// Bounds of one message of progress, below those of the server.
const (
	maxBatch      = 400
	maxBatchBytes = 200 << 10
)

// firstPause and longestPause bound the wait before a send is tried again; it doubles in between.
const (
	settle       = 400 * time.Millisecond // steps that come together are sent together
	firstPause   = 2 * time.Second
	longestPause = time.Minute
)

// An outbox sends what the server does not know yet. An event leaves it when the server has taken it, or has refused it
// for good; until then it is tried again, when the network comes back, when the page is shown, and after growing pauses.
// One message is on its way at a time, and the first exchange asks what the server has, so that no second guest is made.
type outbox struct {
	device  *Device
	waiting []model.Event
	met     bool // the server has said what it knows
	busy    bool
	full    bool // the server takes no more from this learner
	pause   time.Duration
	cancel  func()
}

func (o *outbox) add(e model.Event) {
	if !slices.ContainsFunc(o.waiting, func(w model.Event) bool { return w.ID == e.ID }) {
		o.waiting = append(o.waiting, e)
	}
}

// Record puts steps of the learner on the device, then on their way to the server. It gives them ids and the instant.
func (d *Device) Record(steps ...model.Event) {
	if d.b == nil || len(steps) == 0 {
		return
	}
	steps = slices.Clone(steps)
	keep := make([]kept, len(steps))
	for i := range steps {
		steps[i].ID = hex.EncodeToString(d.b.random(16))
		steps[i].At = d.b.now()
		keep[i] = kept{Event: steps[i]}
		d.outbox.add(steps[i])
	}
	d.progress = d.progress.With(steps...)
	if d.loaded && d.kept {
		d.b.keep(keep)
	}
	d.b.tell(steps)
	d.outbox.soon(settle)
	d.changed()
}

// hear takes what another tab recorded; that tab keeps and sends it.
func (d *Device) hear(events []model.Event) {
	d.progress = d.progress.With(events...)
	d.changed()
}

// Progress is all that is known of the learner.
func (d *Device) Progress() model.Progress { return d.progress }

// Loaded says whether what lies on the device has been read.
func (d *Device) Loaded() bool { return d.loaded }

// Learner is the id the server gave this learner, empty before there is one.
func (d *Device) Learner() string { return d.learner }

// Saved says where the progress is.
func (d *Device) Saved() model.Saved {
	return model.WhereSaved(d.progress.Len(), len(d.outbox.waiting), d.kept || !d.loaded, d.reachable)
}

// soon tries again after a while; a try that is already planned earlier is left as it is.
func (o *outbox) soon(after time.Duration) {
	if o.cancel != nil {
		o.cancel()
	}
	o.cancel = o.device.b.after(after, func() {
		o.cancel = nil
		o.now()
	})
}

// now tries at once, unless a message is on its way: its answer goes on by itself.
func (o *outbox) now() {
	if !o.device.loaded || o.busy {
		return
	}
	if !o.met {
		o.meet()
		return
	}
	o.send()
}

func (o *outbox) tryLater() {
	o.pause = min(max(o.pause*2, firstPause), longestPause)
	o.soon(o.pause)
}

// meet asks the server what it has of this learner.
func (o *outbox) meet() {
	d := o.device
	o.busy = true
	d.b.fetch("GET", "/api/progress", nil, func(status int, retry string, body []byte, err error) {
		o.busy = false
		var known struct {
			Learner string        `json:"learner"`
			Events  []model.Event `json:"events"`
		}
		if err != nil || status != 200 || json.Unmarshal(body, &known) != nil {
			d.reachable = err == nil && status != 0
			o.tryLater()
			d.changed()
			return
		}
		d.reachable, o.met, o.pause = true, true, 0
		d.learner = known.Learner
		has := make(map[string]bool, len(known.Events))
		keep := make([]kept, 0, len(known.Events))
		for _, e := range known.Events {
			has[e.ID] = true
			keep = append(keep, kept{Event: e, Sent: true})
		}
		// What the device took for sent and the server does not have goes again: the server's store may be a new one.
		for _, e := range d.progress.Events() {
			if !has[e.ID] {
				o.add(e)
			}
		}
		o.waiting = slices.DeleteFunc(o.waiting, func(e model.Event) bool { return has[e.ID] })
		d.progress = d.progress.With(known.Events...)
		if len(keep) > 0 && d.kept {
			d.b.keep(keep)
		}
		d.changed()
		o.send()
	})
}

// send puts the oldest waiting events on their way, as many as one message takes.
func (o *outbox) send() {
	if o.busy || o.full || len(o.waiting) == 0 {
		return
	}
	d := o.device
	batch := o.waiting[:min(len(o.waiting), maxBatch)]
	body := message(batch)
	for len(body) > maxBatchBytes && len(batch) > 1 {
		batch = batch[:len(batch)/2]
		body = message(batch)
	}
	batch = slices.Clone(batch)
	o.busy = true
	d.b.fetch("POST", "/api/progress", body, func(status int, retry string, answer []byte, err error) {
		o.busy = false
		d.reachable = err == nil
		switch {
		case err != nil || status >= 500:
			o.tryLater()
		case status == 200:
			o.pause = 0
			o.sent(batch)
			if d.learner == "" {
				o.met = false // the first write made the learner: ask for the id
				o.soon(0)
			} else {
				o.send()
			}
		case status == 429:
			seconds, _ := strconv.Atoi(retry)
			o.pause = max(firstPause, min(time.Duration(seconds)*time.Second, longestPause))
			o.soon(o.pause)
		case status == 409:
			o.full = true // everything stays on the device
		default:
			o.drop(batch, refusal(answer).Event)
		}
		d.changed()
	})
}

func message(batch []model.Event) []byte {
	body, _ := json.Marshal(struct {
		Events []model.Event `json:"events"`
	}{batch}) // events always marshal: their data came from JSON
	return body
}

// sent takes a batch out of the box.
func (o *outbox) sent(batch []model.Event) {
	keep := make([]kept, len(batch))
	for i, e := range batch {
		keep[i] = kept{Event: e, Sent: true}
	}
	o.waiting = slices.DeleteFunc(o.waiting, func(w model.Event) bool {
		return slices.ContainsFunc(batch, func(e model.Event) bool { return e.ID == w.ID })
	})
	if o.device.kept {
		o.device.b.keep(keep)
	}
}

// drop gives up sending what the server refuses for good: the event it names, else the first of the batch. The event stays
// on the device and in the export; the rest goes on.
func (o *outbox) drop(batch []model.Event, id string) {
	if !slices.ContainsFunc(batch, func(e model.Event) bool { return e.ID == id }) {
		id = batch[0].ID
	}
	for _, e := range batch {
		if e.ID == id {
			o.sent([]model.Event{e})
			break
		}
	}
	o.soon(firstPause)
}
