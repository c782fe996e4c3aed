package grade

import (
	"bytes"
	"strings"
	"time"

	"shardlab/wasm/load"
	"shardlab/wasm/region"
)

// defaultYoung is the age below which nobody is expected to have sent a line of a log.
const defaultYoung = 10 * time.Second

// logLines asks whether the lines of a log are in a stream. Each line holds its number, so that it is found again.
type logLines struct {
	Kind     string        `json:"kind"`
	Producer string        `json:"producer"`
	Log      string        `json:"log"`
	Stream   string        `json:"stream"`
	From     int64         `json:"from"`
	Min      *int64        `json:"min"`
	Young    time.Duration `json:"young"`
	JSON     bool          `json:"json"`
}

func (c *logLines) valid(path string, faults *region.Faults) {
	need(path, "producer", c.Producer, faults)
	need(path, "log", c.Log, faults)
	need(path, "stream", c.Stream, faults)
	if c.Min == nil {
		one := int64(1)
		c.Min = &one
	}
	c.From = max(c.From, 1)
	if *c.Min < 1 {
		faults.Add(path+".min", "%d is not at least 1", *c.Min)
	}
	if c.Young == 0 {
		c.Young = defaultYoung
	}
	if c.Young < time.Second || c.Young > MaxWindow {
		faults.Add(path+".young", "%s is not from 1s to %s", c.Young, MaxWindow)
	}
}

func (c *logLines) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *logLines) judge(v *View, f Figures) (bool, string) {
	written, due := int64(0), int64(0)
	if a, ok := v.Region.Agent(c.Producer); ok {
		if l, ok := a.Log(c.Log); ok {
			written = a.Written(c.Log)
			due = written - load.Milli(l.LinesPerSecond)*int64(c.Young/time.Second)/1000
		}
	}
	found, twice, plain, foreign := map[int64]bool{}, int64(0), int64(0), int64(0)
	evidence := region.ProducerRef(c.Producer)
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		for _, sh := range st.Shards() {
			for i := max(sh.First(), sh.Next()-sampled); i < sh.Next(); i++ {
				r := sh.Record(i)
				n, ok := lineOf(r.Data)
				switch {
				case !ok:
					foreign++
				case n < c.From:
				case found[n]:
					twice++
				default:
					found[n] = true
					if !bytes.HasPrefix(r.Data, []byte("{")) {
						plain++
						if c.JSON {
							evidence = region.RecordRef(c.Stream, sh.Number(), sh.SequenceNumber(i, r.At))
						}
					}
				}
			}
		}
	}
	missing, first := int64(0), int64(0)
	for n := due; n >= c.From; n-- {
		if !found[n] {
			missing++
			first = n
		}
	}
	f.count("written", written)
	f.count("found", int64(len(found)))
	f.count("missing", missing)
	f.count("first-missing", first)
	f.count("twice", twice)
	f.count("plain", plain)
	f.count("foreign", foreign)
	return due-c.From+1 >= *c.Min && missing == 0 && foreign == 0 && (!c.JSON || plain == 0), evidence
}

// lineOf finds the number of a line of a log in what became of it: the one of its trip, or else its first number.
func lineOf(data []byte) (int64, bool) {
	if i := bytes.Index(data, []byte("/trips/")); i >= 0 {
		data = data[i:]
	}
	i := bytes.IndexAny(data, "0123456789")
	if i < 0 {
		return 0, false
	}
	n := int64(0)
	for _, d := range data[i:min(len(data), i+15)] {
		if d < '0' || d > '9' {
			break
		}
		n = n*10 + int64(d-'0')
	}
	return n, true
}

// functionLines asks what a function wrote into its log: its effects, if it says them.
type functionLines struct {
	Kind     string        `json:"kind"`
	Function string        `json:"function"`
	Contains string        `json:"contains"`
	Min      *int64        `json:"min"`
	Twice    int64         `json:"twice"`
	For      time.Duration `json:"for"`
}

func (c *functionLines) valid(path string, faults *region.Faults) {
	need(path, "function", c.Function, faults)
	window(path, &c.For, faults)
	if c.Min == nil {
		one := int64(1)
		c.Min = &one
	}
	if *c.Min < 1 {
		faults.Add(path+".min", "%d is not at least 1: a function that says nothing says nothing twice", *c.Min)
	}
}

func (c *functionLines) about(v *View) (string, time.Duration) {
	return who{function: c.Function}.stream(v), c.For
}

func (c *functionLines) judge(v *View, f Figures) (bool, string) {
	since := v.Region.Now().Add(-c.For)
	lines, twice, last := int64(0), int64(0), "none"
	seen := map[string]bool{}
	for _, e := range v.Region.Lambda().Logs(c.Function) {
		parts := strings.SplitN(e.Text, "\t", 4) // when, request, level, text
		if len(parts) < 4 || strings.HasPrefix(e.Text, "REPORT ") || !strings.Contains(parts[3], c.Contains) {
			continue
		}
		text := parts[3]
		again := seen[text]
		seen[text] = true
		if e.At < since {
			continue
		}
		lines++
		if again {
			twice++
			last = text
		}
	}
	f.count("lines", lines)
	f.count("twice", twice)
	f.text("line", last)
	return lines >= *c.Min && twice <= c.Twice, who{function: c.Function}.ref(v)
}
