package grade

import (
	"strings"
	"time"

	"shardlab/wasm/analytics"
	"shardlab/wasm/region"
)

// sqlFigures are those of an SQL application.
var sqlFigures = append([]string{"lag", "sent", "waiting"}, region.SQLCounts...)

func findSQL(v *View, name string, window time.Duration, f Figures) bool {
	a, ok := v.Region.SQLApplication(name)
	if !ok {
		return false
	}
	ever := region.SQLTotals(a.Total())
	counted(v, region.ConsumerRef(name), region.SQLCounts, ever[:], window, f)
	f.millis("lag", float64(a.Behind))
	f.count("sent", a.Sent)
	f.count("waiting", a.Waiting)
	return true
}

// sqlRows asks the in-application streams of an application with a SELECT: the first value of the first row counts.
type sqlRows struct {
	Kind     string   `json:"kind"`
	Consumer string   `json:"consumer"`
	Query    string   `json:"query"`
	Is       string   `json:"is"`
	AtLeast  *float64 `json:"at-least"`
	AtMost   *float64 `json:"at-most"`
}

func (c *sqlRows) valid(path string, faults *region.Faults) {
	need(path, "consumer", c.Consumer, faults)
	if need(path, "query", c.Query, faults); c.Is == "" && c.AtLeast == nil && c.AtMost == nil {
		faults.Add(path, enough+": is, at-least or at-most")
	}
	if all, err := analytics.Parse(c.Query); err != nil && c.Query != "" {
		faults.Add(path+".query", "%s", err.Error())
	} else if len(all) > 1 {
		faults.Add(path+".query", "one SELECT is answered at a time")
	}
}

func (c *sqlRows) about(v *View) (string, time.Duration) {
	a, _ := v.Region.SQLApplication(c.Consumer)
	return a.Settings.StreamName, 0
}

func (c *sqlRows) judge(v *View, f Figures) (bool, string) {
	f.text("value", "nothing")
	f.text("row", "nothing")
	f.count("rows", 0)
	f.text("error", "")
	if _, ok := v.Region.SQLApplication(c.Consumer); !ok {
		f.text("error", "there is no SQL application "+c.Consumer)
		return false, ""
	}
	t, err := v.Region.Select(c.Query, c.Consumer)
	if err != nil {
		f.text("error", err.Error())
		return false, ""
	}
	if f.count("rows", int64(len(t.Rows))); len(t.Rows) == 0 {
		return false, ""
	}
	var cells []string
	for _, x := range t.Rows[0] {
		cells = append(cells, x.String())
	}
	f.text("row", strings.Join(cells, " "))
	f.text("value", cells[0])
	n, number := t.Rows[0][0].Number()
	if number {
		f.decimal("value", n)
	}
	met := (c.Is == "" || c.Is == cells[0]) && (c.AtLeast == nil || number && n >= *c.AtLeast) && (c.AtMost == nil || number && n <= *c.AtMost)
	return met, region.ConsumerRef(c.Consumer)
}
