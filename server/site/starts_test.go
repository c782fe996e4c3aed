package site

import (
	"testing"

	"shardlab/app/model"
	"shardlab/wasm/lab"
)

// TestStartsOpen holds that every starting point of the sandbox opens on the engine and goes on living. The page cannot
// ask the engine itself when it is built; this room may know both.
func TestStartsOpen(t *testing.T) {
	for _, start := range model.Starts() {
		t.Run(start.Slug, func(t *testing.T) {
			if err := lab.Check(start.Lab); err != nil {
				t.Fatal(err)
			}
			l, err := lab.New(start.Lab, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !l.AdvanceTo(l.Now()+30_000_000, 0) {
				t.Fatalf("stands at %d after 30 s asked for: %s", l.Now(), l.Stopped())
			}
			f := l.Frame()
			if len(f.Producers) > 0 && f.Streams[0].Shards[0].Taken == 0 {
				t.Error("its producers wrote nothing into the first shard")
			}
		})
	}
}
