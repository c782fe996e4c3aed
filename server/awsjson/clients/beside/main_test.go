package main

import (
	"bytes"
	"context"
	"math/big"
	"strings"
	"testing"
	"time"
)

func TestHashKeysGoToEachShardInTurn(t *testing.T) {
	seen := map[string]bool{}
	for i := range shards {
		key, ok := new(big.Int).SetString(hashKey(i), 10)
		if !ok || key.BitLen() > 128 {
			t.Fatalf("hash key %d is %s", i, hashKey(i))
		}
		if shard := new(big.Int).Rsh(key.Mul(key, big.NewInt(shards)), 128); shard.Int64() != int64(i) {
			t.Errorf("hash key %d goes to shard %v", i, shard)
		}
		seen[hashKey(i+shards)] = true
	}
	if len(seen) != shards || len(data) != recordBytes {
		t.Errorf("%d shards get records of %d bytes", len(seen), len(data))
	}
}

func TestMember(t *testing.T) {
	for _, row := range [][3]string{
		{`{"ShardIterator":"AAA="}`, "ShardIterator", "AAA="},
		{`{"Records":[],"NextShardIterator":"BBB","MillisBehindLatest":0}`, "NextShardIterator", "BBB"},
		{`{"Records":[]}`, "NextShardIterator", ""},
	} {
		if got := member([]byte(row[0]), row[1]); got != row[2] {
			t.Errorf("%s of %s is %q", row[1], row[0], got)
		}
	}
}

func TestPrintSaysWhatWasMissed(t *testing.T) {
	theirs := figures{start: 250 * time.Millisecond, idle: 60 << 20, peak: 200 << 20, putBodies: 5000, getBodies: 10000, putSDK: 5000, getSDK: 5000}
	ours := figures{start: 101 * time.Millisecond, idle: 29 << 20, peak: 100 << 20, putBodies: 49999, getBodies: 100000, putSDK: 15000, getSDK: 1000000}
	var b bytes.Buffer
	print(&b, theirs, ours)
	for _, want := range []string{"10.0 x   goal 10 x, MISSED", "3.0 x   goal 3 x, met", "1,000,000/s", "goal under 100 ms, MISSED", "goal under 30 MiB, met", "with 20,000 records kept"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, &b)
		}
	}
}

func TestMissingProgramsAreNamed(t *testing.T) {
	err := run(context.Background(), &bytes.Buffer{}, "no-shardlab", "no-node", t.TempDir(), time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "make test-clients") {
		t.Errorf("without kinesalite: %v", err)
	}
}
