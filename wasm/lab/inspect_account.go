package lab

import (
	"strconv"
	"strings"

	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
)

// billSheet is what the streams cost, item by item.
func (l *Lab) billSheet() protocol.Sheet {
	b := l.run.region.Bill("")
	sums := protocol.Section{Title: "Until now", Rows: [][]protocol.Cell{
		row("Total", "$"+b.Total.String()), row("An hour as it goes now", "$"+b.PerHour.String()), row("Prices", b.Prices),
	}}
	lines := protocol.Section{Title: "Item by item", Head: []string{"Stream", "Item", "Quantity", "Price", "Amount", "An hour now"}}
	for _, x := range b.Lines {
		stream := protocol.Cell{Text: "the account"}
		if x.Stream != "" {
			if stream = (protocol.Cell{Text: x.Stream, Ref: region.StreamRef(x.Stream)}); strings.Contains(x.Stream, ":") {
				stream.Ref = x.Stream // a ref already: of a Firehose stream
			}
		}
		lines.Rows = append(lines.Rows, []protocol.Cell{stream, {Text: x.Item}, {Text: strconv.FormatFloat(x.Quantity, 'f', -1, 64) + " " + x.Unit},
			{Text: "$" + x.Price.String()}, {Text: "$" + x.Amount.String()}, {Text: "$" + x.PerHour.String()}})
	}
	s := protocol.Sheet{Ref: "bill:", Kind: "Bill", Title: "What the streams cost", Sections: []protocol.Section{sums}, Commands: []string{"lab bill --output table"}}
	if len(lines.Rows) > 0 {
		s.Sections = append(s.Sections, lines)
	}
	return s
}

// zonesSheet is how the Availability Zones are, and where each shard has its primary replica.
func (l *Lab) zonesSheet() protocol.Sheet {
	k := l.run.region.Kinesis()
	zones := k.Zones()
	s := protocol.Sheet{Ref: "zones:", Kind: "Zones", Title: "Availability Zones", Commands: []string{"lab list-zones --output table"}}
	states := protocol.Section{Title: "Each record lies in all three", Head: []string{"Zone", "State"}}
	for _, z := range zones {
		states.Rows = append(states.Rows, []protocol.Cell{{Text: z.Name, Mono: true}, {Text: z.State()}})
		if s.Commands = append(s.Commands, "lab interrupt-zone --availability-zone "+z.Name); z.Lost != 0 {
			s.Commands[len(s.Commands)-1] = "lab restore-zone --availability-zone " + z.Name
		}
	}
	primaries := protocol.Section{Title: "Primary replicas", Head: []string{"Shard", "Primary in"}}
	for _, st := range k.Streams() {
		for _, sh := range st.OpenShards() {
			primaries.Rows = append(primaries.Rows, []protocol.Cell{
				{Text: st.Name() + " " + sh.ID(), Ref: region.ShardRef(st.Name(), sh.Number()), Mono: true}, {Text: zones[sh.Primary()].Name, Mono: true}})
		}
	}
	s.Sections = []protocol.Section{states}
	if len(primaries.Rows) > 0 {
		s.Sections = append(s.Sections, primaries)
	}
	return s
}
