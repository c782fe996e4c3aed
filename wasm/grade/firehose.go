package grade

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/columnar"
	"shardlab/wasm/firehose"
	"shardlab/wasm/region"
	"shardlab/wasm/s3"
	"shardlab/wasm/sink"
)

// bounded are the bounds of one figure, and which it is.
type bounded struct {
	Figure  string
	AtLeast *float64
	AtMost  *float64
}

func (b bounded) valid(path, kind string, names []string, faults *region.Faults) {
	switch {
	case b.Figure == "":
		faults.Add(path+".figure", enough+": which figure, and at-least or at-most")
	case !slices.Contains(names, b.Figure):
		faults.Add(path+".figure", "%q is no figure of %s: write one of %s", b.Figure, kind, strings.Join(names, ", "))
	case b.AtLeast == nil && b.AtMost == nil:
		faults.Add(path, enough+": at-least or at-most")
	}
}

// judge says whether the figure lies within its bounds; it is the check's value.
func (b bounded) judge(f Figures) bool {
	f.text("figure", b.Figure)
	if _, ok := f[b.Figure]; !ok {
		f.count("value", 0)
		return false
	}
	f["value"] = f[b.Figure]
	return within(f["value"].Number, b.AtLeast, b.AtMost)
}

// firehoseCounts are what a Firehose stream did, by the metric that counts it; "" where none does. A star stands for
// the destination's name.
var firehoseCounts = []struct {
	figure, metric string
	of             func(t *firehose.Totals) int64
}{
	{"records", "IncomingRecords", func(t *firehose.Totals) int64 { return t.Records }},
	{"bytes", "IncomingBytes", func(t *firehose.Totals) int64 { return t.Bytes }},
	{"throttled", "ThrottledRecords", func(t *firehose.Totals) int64 { return t.Throttled }},
	{"delivered", "DeliveryTo*.Records", func(t *firehose.Totals) int64 { return t.Delivered }},
	{"delivered-bytes", "DeliveryTo*.Bytes", func(t *firehose.Totals) int64 { return t.DeliveredBytes }},
	{"deliveries", "", func(t *firehose.Totals) int64 { return t.Deliveries }},
	{"by-size", "", func(t *firehose.Totals) int64 { return t.BySize }},
	{"by-time", "", func(t *firehose.Totals) int64 { return t.ByTime }},
	{"objects", "", func(t *firehose.Totals) int64 { return t.Objects }},
	{"retries", "", func(t *firehose.Totals) int64 { return t.Retries }},
	{"backed-up", "BackupToS3.Records", func(t *firehose.Totals) int64 { return t.BackedUp }},
	{"failed", "", func(t *firehose.Totals) int64 { return t.FailedRecords }},
	{"processing-failures", "", func(t *firehose.Totals) int64 { return t.ProcessingFailures }},
	{"dropped", "", func(t *firehose.Totals) int64 { return t.DroppedRecords }},
	{"lost", "", func(t *firehose.Totals) int64 { return t.LostRecords }},
	{"invocations", "", func(t *firehose.Totals) int64 { return t.Invocations }},
	{"billed-bytes", "", func(t *firehose.Totals) int64 { return t.Bills.Ingested }},
}

// firehoseFigures are those counts, then how it stands.
var firehoseFigures = func() (names []string) {
	for _, c := range firehoseCounts {
		names = append(names, c.figure)
	}
	return append(names, "buffered", "buffered-bytes", "waiting", "undelivered", "partitions", "oldest", "freshness", "each", "billed-times", "per-delivery", "status")
}()

type delivers struct {
	Kind    string        `json:"kind"`
	Name    string        `json:"firehose"`
	Figure  string        `json:"figure"`
	AtLeast *float64      `json:"at-least"`
	AtMost  *float64      `json:"at-most"`
	For     time.Duration `json:"for"`
}

func (c *delivers) bounded() bounded { return bounded{c.Figure, c.AtLeast, c.AtMost} }

func (c *delivers) valid(path string, faults *region.Faults) {
	need(path, "firehose", c.Name, faults)
	c.bounded().valid(path, "firehose", firehoseFigures, faults)
	if c.For == 0 {
		return
	}
	window(path, &c.For, faults)
	for _, x := range firehoseCounts {
		if x.figure == c.Figure && x.metric == "" {
			faults.Add(path+".for", "%s is counted over the whole run: leave it out", c.Figure)
		}
	}
}

func (c *delivers) about(v *View) (string, time.Duration) {
	if st, ok := v.Region.Firehose().Stream(c.Name); ok {
		return st.SourceStream(), c.For
	}
	return "", c.For
}

func (c *delivers) judge(v *View, f Figures) (bool, string) {
	for _, name := range firehoseFigures {
		f.count(name, 0)
	}
	f.text("status", "not there")
	st, ok := v.Region.Firehose().Stream(c.Name)
	if ok {
		c.find(v, st, f)
	}
	return c.bounded().judge(f) && ok, region.FirehoseRef(c.Name)
}

func (c *delivers) find(v *View, st *firehose.Stream, f Figures) {
	t, dims := st.Total(), firehose.Dims(c.Name)
	for _, x := range firehoseCounts {
		n := x.of(&t)
		if c.For > 0 && x.metric != "" {
			metric := strings.Replace(x.metric, "*", st.MetricName(), 1)
			if rest, incoming := strings.CutPrefix(metric, "Incoming"); incoming && st.SourceStream() != "" {
				metric = "DataReadFromKinesisStream." + rest
			}
			n = int64(total(lately(v, metric, dims, c.For, cloudwatch.Sum)))
		}
		if strings.HasSuffix(x.figure, "bytes") {
			f.size(x.figure, n)
		} else {
			f.count(x.figure, n)
		}
	}
	records, size := int64(0), int64(0)
	for _, b := range st.Buffers() {
		records, size = records+b.Records, size+b.Bytes
	}
	waiting, _ := st.Waiting()
	undelivered := int64(0)
	for _, x := range st.Undelivered() {
		undelivered += x.Records
	}
	f.count("buffered", records)
	f.size("buffered-bytes", size)
	f.count("waiting", waiting)
	f.count("undelivered", undelivered)
	f.count("partitions", st.Partitions())
	f.text("status", st.Status())
	f.span("oldest", 0)
	if at, any := st.Oldest(); any {
		f.span("oldest", v.Region.Now().Sub(at))
	}
	far := c.For
	if far == 0 {
		far = MaxWindow
	}
	f.span("freshness", time.Duration(most(lately(v, "DeliveryTo"+st.MetricName()+".DataFreshness", dims, far, cloudwatch.Maximum))*float64(time.Second)))
	f.size("each", int64(math.Round(f["bytes"].Number/max(1, f["records"].Number))))
	f.part("billed-times", float64(t.Bills.Ingested), float64(t.Bytes))
	f.part("per-delivery", float64(t.Delivered), float64(t.Deliveries))
}

// size is a figure of bytes.
func (f Figures) size(name string, n int64) {
	f[name] = Figure{region.Bytes(n), float64(n), true}
}

type firehoseSetting struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"firehose"`
	Member  string   `json:"member"`
	Is      string   `json:"is"`
	AtLeast *float64 `json:"at-least"`
	AtMost  *float64 `json:"at-most"`
}

func (c *firehoseSetting) valid(path string, faults *region.Faults) {
	need(path, "firehose", c.Name, faults)
	if !firehose.Configurable(c.Member) {
		faults.Add(path+".member", "%q is no member of a destination's configuration: write it like BufferingHints.SizeInMBs or ProcessingConfiguration.Processors.0.Type", c.Member)
	}
	if c.Is == "" && c.AtLeast == nil && c.AtMost == nil {
		faults.Add(path, enough+": is, at-least or at-most")
	}
}

func (c *firehoseSetting) about(v *View) (string, time.Duration) {
	return (&delivers{Name: c.Name}).about(v)
}

func (c *firehoseSetting) judge(v *View, f Figures) (bool, string) {
	var raw json.RawMessage
	if st, ok := v.Region.Firehose().Stream(c.Name); ok {
		raw = json.RawMessage(st.Config().JSON())
	}
	return wanted{c.Member, c.Is, c.AtLeast, c.AtMost}.in(raw, f), region.FirehoseRef(c.Name)
}

// objectFigures are those of objects in a bucket. The last ones are found when the check is about one of them, or looks for a text,
// because the objects have to be read for them.
var (
	objectFigures = []string{"count", "bytes", "smallest", "largest", "mean", "newest"}
	lineFigures   = []string{"lines", "with", "twice", "line", "longest"}
)

// maxRead bounds how many bytes of one object are read for its lines.
const maxRead = 64 << 20

type objects struct {
	Kind     string        `json:"kind"`
	Bucket   string        `json:"bucket"`
	Prefix   string        `json:"prefix"`
	Suffix   string        `json:"suffix"`
	Contains string        `json:"contains"`
	Figure   string        `json:"figure"`
	AtLeast  *float64      `json:"at-least"`
	AtMost   *float64      `json:"at-most"`
	For      time.Duration `json:"for"`
}

func (c *objects) bounded() bounded { return bounded{c.Figure, c.AtLeast, c.AtMost} }

func (c *objects) valid(path string, faults *region.Faults) {
	need(path, "bucket", c.Bucket, faults)
	c.bounded().valid(path, "objects", append(slices.Clone(objectFigures), lineFigures...), faults)
	if c.For != 0 {
		window(path, &c.For, faults)
	}
	if c.Contains != "" && !slices.Contains(lineFigures, c.Figure) && c.Figure != "" {
		faults.Add(path+".contains", "%s does not look into objects: leave it out, or bound one of %s", c.Figure, strings.Join(lineFigures, ", "))
	}
}

func (c *objects) about(*View) (string, time.Duration) { return "", c.For }

func (c *objects) judge(v *View, f Figures) (bool, string) {
	evidence := region.BucketRef(c.Bucket)
	var found []*s3.Object
	if b, ok := v.Region.S3().Bucket(c.Bucket); ok {
		for _, o := range b.Objects(c.Prefix) {
			if strings.HasSuffix(o.Key, c.Suffix) && (c.For == 0 || v.Region.Now().Sub(o.LastModified) <= c.For) {
				found = append(found, o)
			}
		}
	}
	all, least, greatest := 0, 0, 0
	newest := &s3.Object{Key: "none"}
	for i, o := range found {
		n := len(o.Data)
		all, greatest = all+n, max(greatest, n)
		if i == 0 || n < least {
			least = n
		}
		if o.LastModified >= newest.LastModified {
			newest, evidence = o, region.ObjectRef(c.Bucket, o.Key)
		}
	}
	f.count("count", int64(len(found)))
	f.size("bytes", int64(all))
	f.size("smallest", int64(least))
	f.size("largest", int64(greatest))
	f.size("mean", int64(math.Round(float64(all)/float64(max(1, len(found))))))
	f.text("newest", newest.Key)
	for _, name := range lineFigures {
		f.count(name, 0)
	}
	f.text("line", "none")
	if slices.Contains(lineFigures, c.Figure) {
		c.read(found, f)
	}
	return c.bounded().judge(f) && len(found) > 0 || c.none(found), evidence
}

// none says whether there is nothing, and that is what is wanted.
func (c *objects) none(found []*s3.Object) bool {
	return len(found) == 0 && c.AtLeast == nil && c.AtMost != nil && *c.AtMost == 0
}

// read finds the figures of what lies in objects: lines of text, or rows of a table.
func (c *objects) read(found []*s3.Object, f Figures) {
	lines, with, twice, longest := int64(0), int64(0), int64(0), int64(0)
	seen := map[string]bool{}
	for _, o := range found {
		for _, line := range linesOf(o) {
			lines++
			longest = max(longest, int64(len(line)))
			if !strings.Contains(line, c.Contains) {
				continue
			}
			with++
			if seen[line] {
				twice++
			}
			seen[line] = true
			f.text("line", line[:min(len(line), MaxPutData)])
		}
	}
	f.count("lines", lines)
	f.count("with", with)
	f.count("twice", twice)
	f.size("longest", longest)
}

// linesOf are an object's lines that are not empty, decompressed when it is compressed; of Parquet its rows, with a tab between the
// cells.
func linesOf(o *s3.Object) (lines []string) {
	if t, err := columnar.ReadParquet(o.Data, math.MaxInt32); err == nil {
		for _, row := range t.Rows {
			lines = append(lines, strings.Join(row, "\t"))
		}
		return lines
	}
	data := o.Data
	for _, format := range []string{"GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"} {
		if plain, err := columnar.Decompress(format, o.Data, maxRead); err == nil && len(plain) > 0 {
			data = plain
			break
		}
	}
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		if len(line) > 0 {
			lines = append(lines, string(line))
		}
	}
	return lines
}

// sinkFigures are those of a far end.
var sinkFigures = []string{"requests", "refused", "taken", "repeated", "rows", "with", "twice", "row"}

type farEnd struct {
	Kind     string   `json:"kind"`
	Sink     string   `json:"sink"`
	Table    string   `json:"table"`
	Contains string   `json:"contains"`
	Figure   string   `json:"figure"`
	AtLeast  *float64 `json:"at-least"`
	AtMost   *float64 `json:"at-most"`
}

func (c *farEnd) bounded() bounded { return bounded{c.Figure, c.AtLeast, c.AtMost} }

func (c *farEnd) valid(path string, faults *region.Faults) {
	need(path, "sink", c.Sink, faults)
	c.bounded().valid(path, "sink", sinkFigures, faults)
}

func (c *farEnd) about(*View) (string, time.Duration) { return "", 0 }

func (c *farEnd) judge(v *View, f Figures) (bool, string) {
	all := v.Region.Sinks().Sinks()
	i := slices.IndexFunc(all, func(k *sink.Sink) bool { return k.Settings().Name == c.Sink })
	for _, name := range sinkFigures {
		f.count(name, 0)
	}
	f.text("row", "none")
	if i >= 0 {
		t := all[i].Total()
		f.count("requests", t.Requests)
		f.count("refused", t.Refused)
		f.count("taken", t.Items)
		f.count("repeated", t.Repeated)
		c.read(all[i], f)
	}
	return c.bounded().judge(f) && i >= 0, region.SinkRef(c.Sink)
}

// read looks at rows, documents and events, each as a text.
func (c *farEnd) read(k *sink.Sink, f Figures) {
	rows, with, twice := int64(0), int64(0), int64(0)
	seen := map[string]bool{}
	look := func(row string) {
		rows++
		if !strings.Contains(row, c.Contains) {
			return
		}
		with++
		if seen[row] {
			twice++
		}
		seen[row] = true
		f.text("row", row[:min(len(row), MaxPutData)])
	}
	for _, t := range k.Tables() {
		if c.Table != "" && t.Name != c.Table {
			continue
		}
		t.Rows(func(row []string) { look(strings.ReplaceAll(strings.Join(row, "\t"), sink.Null, "null")) })
		for _, d := range t.Documents() {
			look(string(d.Source))
		}
	}
	if c.Table == "" {
		k.Events(func(e sink.Event) { look(string(e.Data)) })
	}
	f.count("rows", rows)
	f.count("with", with)
	f.count("twice", twice)
}
