package grade

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/region"
)

type keyState struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
	Is   string `json:"is"`
}

func (c *keyState) valid(path string, faults *region.Faults) {
	need(path, "key", c.Key, faults)
	states := []string{"Enabled", "Disabled", "PendingDeletion", gone}
	if c.Is = cmp.Or(c.Is, states[0]); !slices.Contains(states, c.Is) {
		faults.Add(path+".is", "%q is no state of a key: write one of %s", c.Is, strings.Join(states, ", "))
	}
}

func (c *keyState) about(*View) (string, time.Duration) { return "", 0 }

func (c *keyState) judge(v *View, f Figures) (bool, string) {
	state := cmp.Or(v.Region.KMS().KeyState(c.Key), gone)
	f.text("state", state)
	return state == c.Is, ""
}
