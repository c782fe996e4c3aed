// Package aggregation is the record format of the Kinesis Producer Library: several user records packed into the data of
// one Kinesis record. Producers encode with a Builder, consumers and functions Decode; it knows no stream and no client.
//
// The data are a magic number, a protocol-buffers message AggregatedRecord, and the message's MD5:
//
//	AggregatedRecord { 1 repeated string partition_key_table, 2 repeated string explicit_hash_key_table, 3 repeated Record }
//	Record           { 1 required uint64 partition_key_index, 2 optional uint64 explicit_hash_key_index,
//	                   3 required bytes data, 4 repeated Tag }
//	Tag              { 1 required string key, 2 optional string value }
//
// Source: awslabs/amazon-kinesis-producer, aggregation-format.md.
package aggregation

import (
	"crypto/md5"
	"encoding/binary"
	"math/bits"
	"slices"
)

// PartitionKey is the key of a Kinesis record that holds more than one user record; an explicit hash key routes it.
// Source: awslabs/amazon-kinesis-producer, aws/kinesis/core/kinesis_record.cc.
const PartitionKey = "a"

// magic begins the data of an aggregated record.
const magic = "\xf3\x89\x9a\xc2"

// Overhead is what an aggregated record adds to its message: the magic number and the MD5, in bytes.
const Overhead = len(magic) + md5.Size

// A Record is a user record. ExplicitHashKey is a decimal number, "" when the partition key's MD5 routes the record.
type Record struct {
	PartitionKey    string
	ExplicitHashKey string
	Data            []byte
	Tags            []Tag // part of the format; the KPL writes none
}

// A Tag is a label of a user record.
type Tag struct{ Key, Value string }

// Numbers of the fields.
const (
	partitionKeyTable    = 1
	explicitHashKeyTable = 2
	recordField          = 3

	partitionKeyIndex    = 1
	explicitHashKeyIndex = 2
	dataField            = 3
	tagField             = 4

	tagKey   = 1
	tagValue = 2
)

// Wire types of protocol buffers.
const (
	varintType = iota
	fixed64Type
	bytesType
	startGroupType
	endGroupType
	fixed32Type
)

// A Builder packs user records. The zero value is empty. Records can be taken back in the reverse order.
type Builder struct {
	items     []item
	partition table
	explicit  table
	message   int // size of the message
	estimated int
}

// An item is a record with its places in the tables. Invariant: hash is -1 when the record has no explicit hash key.
type item struct {
	key, hash int
	data      []byte
	tags      []Tag
}

// A table holds each key once, in the order of their first use.
type table struct {
	keys []string
	uses []int
	at   map[string]int // of keys, once there are more than a few
}

const fewKeys = 8

// find is the place of a key, or len(keys) when it is new.
func (t *table) find(key string) int {
	if len(t.keys) <= fewKeys {
		if i := slices.Index(t.keys, key); i >= 0 {
			return i
		}
		return len(t.keys)
	}
	if t.at == nil {
		t.at = make(map[string]int, 4*fewKeys)
		for i, k := range t.keys {
			t.at[k] = i
		}
	}
	if i, ok := t.at[key]; ok {
		return i
	}
	return len(t.keys)
}

// add takes a key in and says its place and whether it is new.
func (t *table) add(key string) (place int, fresh bool) {
	place = t.find(key)
	if place < len(t.keys) {
		t.uses[place]++
		return place, false
	}
	t.keys, t.uses = append(t.keys, key), append(t.uses, 1)
	if t.at != nil {
		t.at[key] = place
	}
	return place, true
}

// remove takes back the newest use of a key and says whether the key went with it.
func (t *table) remove(place int) bool {
	if t.uses[place]--; t.uses[place] > 0 {
		return false
	}
	delete(t.at, t.keys[place])
	t.keys, t.uses = t.keys[:place], t.uses[:place]
	return true
}

func (t *table) clone() table {
	return table{keys: slices.Clone(t.keys), uses: slices.Clone(t.uses)}
}

func (t *table) reset() {
	clear(t.keys)
	t.keys, t.uses, t.at = t.keys[:0], t.uses[:0], nil
}

// Len is how many records it holds.
func (b *Builder) Len() int { return len(b.items) }

// Size is how many bytes the records take, Overhead included; 0 when there are none.
func (b *Builder) Size() int {
	if len(b.items) == 0 {
		return 0
	}
	return Overhead + b.message
}

// SizeWith is what Size would be with r.
func (b *Builder) SizeWith(r Record) int {
	n, _ := b.cost(r, b.partition.find(r.PartitionKey), b.explicit.find(r.ExplicitHashKey))
	return Overhead + b.message + n
}

// KPLSize is how the KPL weighs a Kinesis record while it fills: the data alone of a single record, which is sent raw, and
// an estimate of two records or more.
// Source: awslabs/amazon-kinesis-producer, KinesisRecord::estimated_size.
func (b *Builder) KPLSize() int {
	if len(b.items) == 1 {
		return len(b.items[0].data)
	}
	return b.estimated
}

// SentSize is how many bytes of data the KPL sends: a single record goes raw.
func (b *Builder) SentSize() int {
	if len(b.items) == 1 {
		return len(b.items[0].data)
	}
	return b.Size()
}

// cost is what r adds to the message and to the KPL's estimate when its keys stand at these places of the tables.
func (b *Builder) cost(r Record, key, hash int) (message, estimated int) {
	estimated = len(r.Data) + 3 + 2
	if key == len(b.partition.keys) {
		message += bytesSize(len(r.PartitionKey))
		estimated += len(r.PartitionKey) + 3
	}
	if r.ExplicitHashKey == "" {
		hash = -1
	} else {
		estimated += 2
		if hash == len(b.explicit.keys) {
			message += bytesSize(len(r.ExplicitHashKey))
			estimated += len(r.ExplicitHashKey) + 3
		}
	}
	i := item{key, hash, r.Data, r.Tags}
	return message + bytesSize(i.size()), estimated
}

// Add packs r. Its data are kept, not copied.
func (b *Builder) Add(r Record) {
	message, estimated := b.cost(r, b.partition.find(r.PartitionKey), b.explicit.find(r.ExplicitHashKey))
	b.message += message
	b.estimated += estimated
	i := item{hash: -1, data: r.Data, tags: r.Tags}
	i.key, _ = b.partition.add(r.PartitionKey)
	if r.ExplicitHashKey != "" {
		i.hash, _ = b.explicit.add(r.ExplicitHashKey)
	}
	b.items = append(b.items, i)
}

// RemoveLast takes the newest record back.
func (b *Builder) RemoveLast() Record {
	last := len(b.items) - 1
	r, i := b.record(last), b.items[last]
	b.items[last] = item{}
	b.items = b.items[:last]
	b.partition.remove(i.key)
	if i.hash >= 0 {
		b.explicit.remove(i.hash)
	}
	message, estimated := b.cost(r, i.key, i.hash)
	b.message -= message
	b.estimated -= estimated
	return r
}

func (b *Builder) record(n int) Record {
	i := b.items[n]
	r := Record{PartitionKey: b.partition.keys[i.key], Data: i.data, Tags: i.tags}
	if i.hash >= 0 {
		r.ExplicitHashKey = b.explicit.keys[i.hash]
	}
	return r
}

// Append adds the aggregated record's bytes to dst: Size of them. An empty Builder adds nothing.
func (b *Builder) Append(dst []byte) []byte {
	if len(b.items) == 0 {
		return dst
	}
	dst = append(slices.Grow(dst, b.Size()), magic...)
	start := len(dst)
	for _, key := range b.partition.keys {
		dst = appendString(dst, partitionKeyTable, key)
	}
	for _, key := range b.explicit.keys {
		dst = appendString(dst, explicitHashKeyTable, key)
	}
	for n := range b.items {
		i := &b.items[n]
		dst = appendHead(dst, recordField, i.size())
		dst = binary.AppendUvarint(append(dst, partitionKeyIndex<<3|varintType), uint64(i.key))
		if i.hash >= 0 {
			dst = binary.AppendUvarint(append(dst, explicitHashKeyIndex<<3|varintType), uint64(i.hash))
		}
		dst = append(appendHead(dst, dataField, len(i.data)), i.data...)
		for _, t := range i.tags {
			dst = appendHead(dst, tagField, t.size())
			dst = appendString(dst, tagKey, t.Key)
			dst = appendString(dst, tagValue, t.Value)
		}
	}
	sum := md5.Sum(dst[start:])
	return append(dst, sum[:]...)
}

// Reset empties it.
func (b *Builder) Reset() {
	clear(b.items)
	b.items = b.items[:0]
	b.partition.reset()
	b.explicit.reset()
	b.message, b.estimated = 0, 0
}

// Clone returns a Builder that goes on from here on its own.
func (b *Builder) Clone() Builder {
	return Builder{slices.Clone(b.items), b.partition.clone(), b.explicit.clone(), b.message, b.estimated}
}

// Encode packs records into the data of one Kinesis record.
func Encode(records []Record) []byte {
	var b Builder
	for _, r := range records {
		b.Add(r)
	}
	return b.Append(nil)
}

func (i *item) size() int {
	n := 1 + varintSize(i.key) + bytesSize(len(i.data))
	if i.hash >= 0 {
		n += 1 + varintSize(i.hash)
	}
	for _, t := range i.tags {
		n += bytesSize(t.size())
	}
	return n
}

func (t *Tag) size() int { return bytesSize(len(t.Key)) + bytesSize(len(t.Value)) }

// bytesSize is what n bytes take as a field whose number is below 16.
func bytesSize(n int) int { return 1 + varintSize(n) + n }

func varintSize(n int) int { return 1 + (bits.Len64(uint64(n)|1)-1)/7 }

func appendHead(dst []byte, number byte, size int) []byte {
	return binary.AppendUvarint(append(dst, number<<3|bytesType), uint64(size))
}

func appendString(dst []byte, number byte, s string) []byte {
	return append(appendHead(dst, number, len(s)), s...)
}
