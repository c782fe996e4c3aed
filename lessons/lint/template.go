package lint

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"shardlab/lessons"
	"shardlab/lessons/play"
	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
)

// lived is how long a template is played: whatever it sets going has gone all the way by then.
const lived = 4 * 60 * protocol.Second

// Templates plays every template of fsys, when it has some. The error joins one for each that breaks the law.
func Templates(fsys fs.FS) error {
	if _, err := fs.Stat(fsys, "templates"); err != nil {
		return nil
	}
	all, err := lessons.Templates(fsys)
	if err != nil {
		return err
	}
	var errs []error
	for _, t := range all {
		if err := Template(t); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Template plays a template of the sandbox for some virtual minutes: nothing of its world is refused, nothing is lost on the way for
// good, everything written is read, and what is delivered arrives. It is the law of content for templates.
func Template(t *lessons.Template) error {
	run, err := play.Open(t.Lab)
	if err != nil {
		return err
	}
	play.Advance(run, run.Now()+lived)
	bad := func(format string, args ...any) error {
		return lessons.Errorf(t.Lab.File, t.Lab.Line("world"), format, args...)
	}
	if run.Stopped() != "" {
		return bad("the lab stands still: %s", run.Stopped())
	}
	for _, e := range run.Events(0) {
		if e.Kind == protocol.EventNote && strings.Contains(e.Text, "was refused") || e.Kind == protocol.EventDelivery && e.Level == "bad" {
			return bad("at %s it says: %s", clock(e.At), e.Text)
		}
	}
	f := run.Frame()
	for _, p := range f.Producers {
		if p.Sent == 0 {
			return bad("the writer %s has written nothing", p.Name)
		}
	}
	for _, c := range f.Consumers {
		if c.Read == 0 || c.Barred {
			return bad("the reader %s has read nothing", c.Name)
		}
	}
	for _, h := range f.Firehoses {
		if err := arrived(run, &h); err != nil {
			return bad("the Firehose stream %s: %v", h.Name, err)
		}
	}
	for _, s := range f.Streams {
		read := slices.ContainsFunc(f.Consumers, func(c protocol.Consumer) bool { return c.Stream == s.Name })
		read = read || slices.ContainsFunc(f.Firehoses, func(h protocol.Firehose) bool { return h.Source == s.Name })
		if !read {
			return bad("nothing reads the stream %s", s.Name)
		}
	}
	return nil
}

func clock(at int64) string { return fmt.Sprintf("%d s", at/protocol.Second) }

// arrived says whether what a Firehose stream was to deliver is at its destination.
func arrived(run *lab.Lab, h *protocol.Firehose) error {
	sheet, err := run.Inspect(h.To.Ref)
	if err != nil {
		return err
	}
	if l := sheet.Listing; l != nil {
		if l.Objects == 0 {
			return fmt.Errorf("its bucket %s holds no object", l.Bucket)
		}
		return nil
	}
	for _, sec := range sheet.Sections {
		if len(sec.Head) > 0 && len(sec.Rows) > 0 {
			return nil
		}
	}
	return fmt.Errorf("%s %s holds nothing", sheet.Kind, sheet.Title)
}
