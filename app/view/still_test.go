package view

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// TestStillHasTheTokensOfThePage holds that a picture has the colours that the page has.
func TestStillHasTheTokensOfThePage(t *testing.T) {
	text, err := os.ReadFile("../../web/css/base.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark := tokens(t, string(text), "\n:root {"), tokens(t, string(text), `:root[data-theme="dark"] {`)
	for name, colours := range stillTokens {
		if colours[0] != light[name] || colours[1] != dark[name] {
			t.Errorf("%s is %v in a picture, and %s and %s on the page", name, colours, light[name], dark[name])
		}
	}
}

// TestStill holds that every picture is well-formed, names what it shows, and refers to nothing outside.
func TestStill(t *testing.T) {
	s := protocol.Stream{Name: "trips & <co>", Status: "ACTIVE"}
	for i := range 5 {
		sh := protocol.Shard{ID: fmt.Sprintf("shardId-%012d", i), State: "OPEN", From: float64(i) / 5, To: float64(i+1) / 5, Records: 400, RecordLimit: 1000, ByteLimit: 1 << 20, StartHash: "0", EndHash: "340282366920938463463374607431768211455"}
		if i == 2 {
			sh.Refused, sh.RefusedWhy = 12, "1,000 records/s"
		}
		s.Shards = append(s.Shards, sh)
	}
	s.Shards = append(s.Shards, protocol.Shard{ID: "shardId-000000000009", State: "CLOSED", To: .4, Closed: 10 * protocol.Second, Expires: 3600 * protocol.Second})
	f := protocol.Frame{Now: 60 * protocol.Second, Streams: []protocol.Stream{s}, Producers: []protocol.Producer{{Name: "bikes", Stream: s.Name, Running: true, Refused: 12}}, Consumers: []protocol.Consumer{{Name: "board", Stream: s.Name, Running: true}}}
	many := protocol.Stream{Name: "big"}
	for i := range 200 {
		many.Shards = append(many.Shards, protocol.Shard{ID: fmt.Sprintf("shardId-%012d", i), State: "OPEN", From: float64(i) / 200, To: float64(i+1) / 200, Refused: int64(i % 3)})
	}
	g := model.Sight{W: StillW, H: StillRoomH}
	base := Still{Title: "Rush <hour>", Instant: "00:01:00.0", Stream: s, Palette: model.Palette{"bike-1"}, Keys: []protocol.Key{{Name: "bike-1", Share: .3}}, Key: "bike-7"}
	with := func(change func(*Still)) Still {
		p := base
		change(&p)
		return p
	}
	for name, row := range map[string]struct {
		still Still
		want  []string
	}{
		"shards": {with(func(p *Still) {
			p.Stage, p.Producers, p.Consumers = g.Lay(s, 1, 1, model.Parts{}), f.Producers, f.Consumers
			p.Dots = func(b model.Brush) { b.Dot(10, 10, 5, 0, 1); b.Refused(20, 20, 5, 1); b.Read(1, 1, 3); b.Own(5, 5, 5) }
		}), []string{"shard 2", "1,000 records/s reached, 12 refused", "bikes", "12 refused/s", "board", "bike-1 30 %", ">A<"}},
		"heat":    {with(func(p *Still) { p.Stream, p.Stage = many, g.Lay(many, 0, 0, model.Parts{}) }), []string{"✕", ">198<"}},
		"all":     {with(func(p *Still) { p.View, p.Whole = model.ViewAll, model.WholeOf(f).Lay(g) }), []string{"All parts", "bikes", "board", "12 refused/s"}},
		"ring":    {with(func(p *Still) { p.View = model.ViewRing }), []string{"bike-7", "shard 0", "Hash ring"}},
		"lineage": {with(func(p *Still) { p.View, p.Lineage = model.ViewLineage, model.LineageOf(s, f.Now, g.W, g.H) }), []string{"readable until 01:00:00", "400 records/s"}},
	} {
		for _, dark := range []bool{false, true} {
			row.still.Dark = dark
			svg := row.still.SVG()
			d := xml.NewDecoder(strings.NewReader(svg))
			for {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s is not well-formed: %v", name, err)
				}
			}
			for _, w := range append(row.want, "Rush &lt;hour&gt;", "00:01:00.0") {
				if !strings.Contains(svg, w) {
					t.Errorf("%s: %q is not in the picture", name, w)
				}
			}
			if strings.Contains(svg, "var(") || strings.Contains(svg, "NaN") || strings.Contains(svg, `fill=""`) {
				t.Errorf("%s has what only the page knows:\n%s", name, svg)
			}
		}
	}
}
