package grade

import (
	"time"

	"shardlab/wasm/region"
)

// effects compares what a KCL application did with what a producer made.
type effects struct {
	Kind     string        `json:"kind"`
	Consumer string        `json:"consumer"`
	Producer string        `json:"producer"`
	Within   *float64      `json:"within"`
	For      time.Duration `json:"for"`
}

func (c *effects) valid(path string, faults *region.Faults) {
	need(path, "consumer", c.Consumer, faults)
	need(path, "producer", c.Producer, faults)
	if c.For == 0 {
		c.For = time.Minute
	}
	window(path, &c.For, faults)
	if c.Within == nil {
		some := 0.03
		c.Within = &some
	}
	if *c.Within <= 0 || *c.Within >= 1 {
		faults.Add(path+".within", "%v is not a part, above 0 and below 1", *c.Within)
	}
}

func (c *effects) about(v *View) (string, time.Duration) {
	return who{producer: c.Producer}.stream(v), c.For
}

func (c *effects) judge(v *View, f Figures) (bool, string) {
	did, wrote := Figures{}, Figures{}
	reads := findKCL(v, c.Consumer, c.For, did)
	writes := findProducer(v, c.Producer, c.For, wrote) || findKPL(v, c.Producer, c.For, wrote)
	n, made := did["effects"].Number, wrote["made"].Number
	f.count("effects", int64(n))
	f.count("made", int64(made))
	share := 0.0
	if made > 0 {
		share = n / made
	}
	f.percent("share", share)
	return reads && writes && made > 0 && share >= 1-*c.Within && share <= 1+*c.Within, region.ConsumerRef(c.Consumer)
}
