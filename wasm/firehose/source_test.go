package firehose

import (
	"testing"
	"time"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/aws"
	"shardlab/wasm/fis"
)

const fromTrips = `{"DeliveryStreamName":"raw","DeliveryStreamType":"KinesisStreamAsSource","KinesisStreamSourceConfiguration":{"KinesisStreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips",` + role + `},"ExtendedS3DestinationConfiguration":{` + role + `,"BucketARN":"arn:aws:s3:::lake"` + hints1and60 + `}}`

// reads is a world with a Firehose stream that reads a stream of one shard, which holds a record already.
func reads(t *testing.T) (*world, *Stream) {
	t.Helper()
	w := newWorld(t)
	w.source.shards = []SourceShard{{Number: 0, ID: "shardId-000000000000", Open: true}}
	w.source.add(0, []byte("old"))
	w.must("CreateDeliveryStream", fromTrips)
	st, _ := w.s.Stream("raw")
	return w, st
}

// TestSourceIsReadFromItsNewestRecord holds that reading begins behind what was there when the stream was made, once a second, in each
// shard, and that no record is taken twice: there is no going back.
//
// shows: C6 RC5
func TestSourceIsReadFromItsNewestRecord(t *testing.T) {
	w, st := reads(t)
	w.source.add(0, []byte("while it is made"))
	w.after(createTakes)
	reads := w.source.reads
	w.after(10 * time.Second)
	if got := w.source.reads - reads; got != 10 {
		t.Errorf("%d reads in ten seconds", got)
	}
	w.source.add(0, aggregation.Encode([]aggregation.Record{{PartitionKey: "a", Data: []byte("one")}, {PartitionKey: "b", Data: []byte("two")}}))
	w.after(2 * time.Minute)
	if got := st.Total(); got.Records != 3 || got.Delivered != 3 {
		t.Errorf("%+v", got)
	}
	w.after(24 * time.Hour)
	if got := st.Total(); got.Records != 3 {
		t.Errorf("a day later: %+v", got)
	}
}

// TestChildrenAfterTheirParents holds that a child shard is read when its parents are read to their end, from its beginning.
func TestChildrenAfterTheirParents(t *testing.T) {
	w, st := reads(t)
	w.after(createTakes)
	w.source.add(0, []byte("last of the parent"))
	w.source.shards[0].Open = false
	w.source.shards = append(w.source.shards, SourceShard{1, "shardId-000000000001", []int32{0}, true}, SourceShard{2, "shardId-000000000002", []int32{0}, true})
	w.source.add(1, []byte("first of a child"))
	w.source.add(2, []byte("first of the other"))
	w.after(3 * time.Second)
	if got := st.Total().Records; got != 3 || len(w.notices(SourceEnded)) != 1 {
		t.Errorf("%d records, %+v", got, st.Readers())
	}
	w.source.shards = w.source.shards[1:] // the parent expires
	w.after(2 * time.Second)
	if got := st.Readers(); len(got) != 2 {
		t.Errorf("%+v", got)
	}
}

// TestSourceThatCannotBeRead holds that a source that is gone or throttles is asked again, and told of once.
func TestSourceThatCannotBeRead(t *testing.T) {
	w, st := reads(t)
	w.after(createTakes)
	w.source.err = aws.Errorf(aws.ResourceNotFound, "Stream trips not found.")
	w.after(time.Minute)
	if st.Blocked() != aws.ResourceNotFound || len(w.notices(SourceBlocked)) != 1 {
		t.Errorf("blocked %q, told %d times", st.Blocked(), len(w.notices(SourceBlocked)))
	}
	w.source.err = aws.Errorf(aws.ProvisionedThroughputExceeded, "Rate exceeded")
	w.after(time.Minute)
	w.source.err = nil
	w.source.add(0, []byte("new"))
	w.after(2 * time.Second)
	if st.Blocked() != "" || len(w.notices(SourceBack)) != 1 || st.Total().Records != 1 {
		t.Errorf("blocked %q, %+v", st.Blocked(), st.Total())
	}
	w.source.err = aws.Errorf(aws.AccessDenied, "no")
	w.must("DeleteDeliveryStream", `{"DeliveryStreamName":"raw"}`)
	w.after(deleteTakes)
	w.refused("CreateDeliveryStream", fromTrips, aws.InvalidArgument, "is not authorized to perform: kinesis:")
}

// TestDeliveriesHoldTheSourceBack holds that a source is not read while many deliveries wait, and read on when they are through.
func TestDeliveriesHoldTheSourceBack(t *testing.T) {
	w, st := reads(t)
	w.after(createTakes)
	down := true
	w.strike = func(op, bucket string) fis.Strike {
		if down {
			return fis.Strike{Kind: fis.Unavailable}
		}
		return fis.Strike{}
	}
	for range 30 * 60 {
		w.source.add(0, make([]byte, 5000))
		w.after(time.Second)
	}
	if !st.Halted() || len(st.Undelivered()) < heldBack || len(w.notices(SourceHeld)) != 1 {
		t.Errorf("held %t with %d deliveries", st.Halted(), len(st.Undelivered()))
	}
	before := st.Total().Records
	down = false
	w.after(10 * time.Minute)
	if got := st.Total(); st.Halted() || got.Records != 1800 || before >= 1800 || got.Delivered != got.Records || got.LostRecords != 0 {
		t.Errorf("held %t, read %d before, %+v", st.Halted(), before, got)
	}
}
