// Package dynamodb is Amazon DynamoDB as far as a lease table needs it: tables with a partition key, items read and written
// with conditions, and capacity that is consumed, saved up and exceeded.
//
// Clients of the same world call [Service.Get], [Service.Put], [Service.Update], [Service.Delete] and [Service.Scan]; the wire's
// operations do the same. An [Item] is never changed once it is in a table, so copies of a world share it. The package knows no
// lease and no stream.
package dynamodb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// Codes of DynamoDB beside those of package aws.
// Source: DynamoDB API Reference, the operations' Errors sections.
const ConditionalCheckFailed aws.Code = "ConditionalCheckFailedException"

// Billing modes. Source: DynamoDB API Reference, BillingModeSummary.
const (
	Provisioned   = "PROVISIONED"
	PayPerRequest = "PAY_PER_REQUEST"
)

// States of a table.
const (
	Creating = "CREATING"
	Active   = "ACTIVE"
	Updating = "UPDATING"
	Deleting = "DELETING"
)

// Limits.
const (
	// WriteUnitBytes is what one write capacity unit writes, ReadUnitBytes what one read capacity unit reads with strong
	// consistency; an eventually consistent read takes half. Source: DynamoDB Developer Guide, "Read and write operations".
	WriteUnitBytes = 1 << 10
	ReadUnitBytes  = 4 << 10
	// BurstSeconds is how many seconds of unused capacity a table saves up.
	// Source: DynamoDB Developer Guide, "Burst and adaptive capacity".
	BurstSeconds = 300
	// OnDemandWrites and OnDemandReads are what a new table with on-demand capacity takes in a second.
	// Source: DynamoDB Developer Guide, "On-demand capacity mode".
	OnDemandWrites = 4000
	OnDemandReads  = 12000
	// MaxItemBytes is the size of the greatest item. Source: DynamoDB Developer Guide, "Quotas".
	MaxItemBytes = 400 << 10
	// MaxCapacity is the most capacity units of a table. Source: DynamoDB Developer Guide, "Quotas": 40,000 by default.
	MaxCapacity = 40_000
	// changeTakes is how long a table is CREATING, UPDATING or DELETING. Ours: AWS says that it takes some seconds.
	changeTakes = 5 * time.Second
	// maxTables and maxItems bound a world. Ours: AWS allows 2,500 tables and any number of items.
	maxTables = 50
	maxItems  = 10_000

	unit = 1_000_000 // millionths of a capacity unit
)

// An AttributeValue is the value of an attribute: exactly one member is set. Lists and maps are not in this lab.
type AttributeValue struct {
	S    *string  `json:",omitempty"`
	N    *string  `json:",omitempty"`
	BOOL *bool    `json:",omitempty"`
	NULL *bool    `json:",omitempty"`
	SS   []string `json:",omitempty"`
}

// An Item is attributes by name.
type Item map[string]AttributeValue

// Text, Int and Texts make values.
func Text(s string) AttributeValue      { return AttributeValue{S: &s} }
func Int(n int64) AttributeValue        { s := fmt.Sprint(n); return AttributeValue{N: &s} }
func Texts(all []string) AttributeValue { return AttributeValue{SS: all} }
func (v AttributeValue) kinds() (n int) {
	for _, there := range []bool{v.S != nil, v.N != nil, v.BOOL != nil, v.NULL != nil, v.SS != nil} {
		if there {
			n++
		}
	}
	return n
}

func (v AttributeValue) equal(o AttributeValue) bool {
	same := func(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	flag := func(a, b *bool) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	return same(v.S, o.S) && same(v.N, o.N) && flag(v.BOOL, o.BOOL) && flag(v.NULL, o.NULL) && slices.Equal(v.SS, o.SS)
}

// size is what a value counts. Source: DynamoDB Developer Guide, "Item sizes and formats".
func (v AttributeValue) size() int {
	n := 0
	switch {
	case v.S != nil:
		n = len(*v.S)
	case v.N != nil:
		n = (len(*v.N)+1)/2 + 1
	case v.BOOL != nil || v.NULL != nil:
		n = 1
	}
	for _, s := range v.SS {
		n += len(s)
	}
	return n
}

// Size is how many bytes an item counts: those of its names and of its values.
func (it Item) Size() int {
	n := 0
	for name, v := range it {
		n += len(name) + v.size()
	}
	return n
}

// A Condition is what must be so for a write: the attribute has the value, or, without one, is there or is not.
type Condition struct {
	Attribute string
	Value     *AttributeValue // it must have this
	Missing   bool            // without a value: it must not be there
}

// Is is the condition that an attribute has a value, Missing that it is not there.
func Is(name string, v AttributeValue) Condition { return Condition{Attribute: name, Value: &v} }
func Missing(name string) Condition              { return Condition{Attribute: name, Missing: true} }

func (c Condition) holds(it Item) bool {
	v, there := it[c.Attribute]
	if c.Value != nil {
		return there && v.equal(*c.Value)
	}
	return there != c.Missing
}

// Capacity is how a table is billed and what it may take a second.
type Capacity struct {
	Mode        string
	Read, Write int64 // units a second, when provisioned
}

// bucket holds the capacity that may be used, in millionths of a unit.
type bucket struct {
	tokens int64
	at     sim.Instant
}

// fill lets a bucket grow to now at a rate of units a second, up to some seconds of it.
func (b *bucket) fill(now sim.Instant, rate, seconds int64) {
	b.tokens = min(b.tokens+int64(now-b.at)*rate, rate*seconds*unit)
	b.at = now
}

// A Table is a table.
type Table struct {
	name, id, key string // key is the name of its partition key
	created       sim.Instant
	capacity      Capacity
	next          *Capacity // from readyAt on
	readyAt       sim.Instant
	goneAt        sim.Instant // 0 while it is not being deleted
	items         []entry     // by key
	reads, writes bucket
	used          [2]int64 // reads and writes in all, in millionths of a unit
	throttled     [2]int64 // requests
	meters        meters
}

type entry struct {
	key  string
	item Item
}

type meters struct {
	store *cloudwatch.Store
	epoch int
	units [2]*cloudwatch.Series
}

// Config says for whom a service stands.
type Config struct {
	Region  string // "us-east-1"
	Account string // twelve digits
	Seed    uint64
}

// A Service is DynamoDB in one account and Region.
type Service struct {
	cfg    Config
	now    func() sim.Instant
	meter  *cloudwatch.Store
	tables []*Table // by name; those whose goneAt is past are not there any more
	made   int64
}

// New returns a service without tables.
func New(cfg Config, now func() sim.Instant, meter *cloudwatch.Store) *Service {
	return &Service{cfg: cfg, now: now, meter: meter}
}

// Clone returns a service that goes on from here on its own.
func (s *Service) Clone(now func() sim.Instant, meter *cloudwatch.Store) *Service {
	c := *s
	c.now, c.meter = now, meter
	c.tables = slices.Clone(s.tables)
	for i, t := range s.tables {
		copied := *t
		copied.items, copied.meters = slices.Clone(t.items), meters{}
		c.tables[i] = &copied
	}
	return &c
}

// State writes all that the service holds, in a fixed order.
func (s *Service) State(w io.Writer) {
	fmt.Fprintf(w, "dynamodb %d\n", s.made)
	for _, t := range s.tables {
		fmt.Fprintf(w, " table %s %s %s created=%d %+v ready=%d gone=%d reads=%+v writes=%+v used=%v throttled=%v\n", t.name, t.id, t.key, t.created, t.capacity, t.readyAt, t.goneAt, t.reads, t.writes, t.used, t.throttled)
		if t.next != nil {
			fmt.Fprintf(w, "  next %+v\n", *t.next)
		}
		for _, e := range t.items {
			b, err := json.Marshal(e.item)
			if err != nil {
				panic("dynamodb: an item does not encode: " + err.Error())
			}
			fmt.Fprintf(w, "  %s\n", b)
		}
	}
}

func (s *Service) search(name string) (int, bool) {
	return slices.BinarySearchFunc(s.tables, name, func(t *Table, name string) int { return cmp.Compare(t.name, name) })
}

// Table finds a table by its name, to look at.
func (s *Service) Table(name string) (*Table, bool) {
	i, ok := s.search(name)
	if !ok || s.tables[i].gone(s.now()) {
		return nil, false
	}
	return s.tables[i], true
}

func (t *Table) gone(now sim.Instant) bool { return t.goneAt != 0 && now >= t.goneAt }

// Name is the table's name, Len how many items it has.
func (t *Table) Name() string { return t.name }
func (t *Table) Len() int     { return len(t.items) }

// Status is the table's state at an instant.
func (t *Table) Status(now sim.Instant) string {
	switch {
	case t.goneAt != 0:
		return Deleting
	case now >= t.readyAt:
		return Active
	case t.next != nil:
		return Updating
	}
	return Creating
}

// Capacity is how the table is billed at an instant.
func (t *Table) Capacity(now sim.Instant) Capacity {
	if t.next != nil && now >= t.readyAt {
		return *t.next
	}
	return t.capacity
}

// Consumed is how many capacity units were used in all, Throttled how many requests were refused because of them.
func (t *Table) Consumed() (read, write float64) {
	return float64(t.used[0]) / unit, float64(t.used[1]) / unit
}
func (t *Table) Throttled() (reads, writes int64) { return t.throttled[0], t.throttled[1] }

// Items yields the items by their keys, to look at.
func (t *Table) Items(yield func(key string, it Item)) {
	for _, e := range t.items {
		yield(e.key, e.item)
	}
}

func (t *Table) find(key string) (int, bool) {
	return slices.BinarySearchFunc(t.items, key, func(e entry, key string) int { return cmp.Compare(e.key, key) })
}

// rates is what a table takes a second at an instant and for how many seconds it saves up.
func (t *Table) rates(now sim.Instant) (read, write, seconds int64) {
	c := t.Capacity(now)
	if c.Mode == PayPerRequest {
		return OnDemandReads, OnDemandWrites, 1
	}
	return c.Read, c.Write, BurstSeconds
}

// settle brings the buckets to now.
func (t *Table) settle(now sim.Instant) {
	if t.next != nil && now >= t.readyAt {
		t.fill(t.readyAt)
		changed := t.next.Mode != t.capacity.Mode
		t.capacity, t.next = *t.next, nil
		if changed {
			t.begin(t.readyAt)
		}
	}
	t.fill(now)
}

func (t *Table) fill(now sim.Instant) {
	c := t.capacity
	read, write, seconds := c.Read, c.Write, int64(BurstSeconds)
	if c.Mode == PayPerRequest {
		read, write, seconds = OnDemandReads, OnDemandWrites, 1
	}
	t.reads.fill(now, read, seconds)
	t.writes.fill(now, write, seconds)
}

// begin gives a table the capacity of one second: it has saved nothing up.
func (t *Table) begin(now sim.Instant) {
	read, write, _ := t.rates(now)
	t.reads, t.writes = bucket{read * unit, now}, bucket{write * unit, now}
}

// open finds a table that can be read and written.
func (s *Service) open(name string) (*Table, error) {
	t, ok := s.Table(name)
	if !ok || t.Status(s.now()) == Creating || t.Status(s.now()) == Deleting {
		return nil, aws.Errorf(aws.ResourceNotFound, "Requested resource not found").
			WithHint("aws dynamodb list-tables shows the tables; a new one serves when it is ACTIVE.")
	}
	return t, nil
}

// pay takes capacity for a read (0) or a write (1), or refuses. A request that costs more than the table can save up passes
// when the bucket is full.
func (s *Service) pay(t *Table, kind int, op string, cost int64) error {
	now := s.now()
	t.settle(now)
	b := &t.reads
	read, write, seconds := t.rates(now)
	most := read * seconds * unit
	if kind == 1 {
		b, most = &t.writes, write*seconds*unit
	}
	if b.tokens < min(cost, most) {
		t.throttled[kind]++
		dims := []string{"TableName", t.name}
		s.meter.Series(throttleEvents[kind], cloudwatch.In(cloudwatch.DynamoDB, dims...)).Add(now, 1)
		s.meter.Series(cloudwatch.ThrottledRequests, cloudwatch.In(cloudwatch.DynamoDB, append(dims, "Operation", op)...)).Add(now, 1)
		if t.capacity.Mode == PayPerRequest {
			return aws.Errorf(aws.Throttling, "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly.")
		}
		return aws.Errorf(aws.ProvisionedThroughputExceeded, "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.").
			WithHint("aws dynamodb update-table --table-name %s --provisioned-throughput ReadCapacityUnits=%d,WriteCapacityUnits=%d gives it more.", t.name, 2*t.capacity.Read, 2*t.capacity.Write)
	}
	b.tokens -= cost
	t.used[kind] += cost
	if m := &t.meters; m.store != s.meter || m.epoch != s.meter.Epoch() {
		d := cloudwatch.In(cloudwatch.DynamoDB, "TableName", t.name)
		*m = meters{s.meter, s.meter.Epoch(), [2]*cloudwatch.Series{s.meter.Series(cloudwatch.ConsumedReadCapacityUnits, d), s.meter.Series(cloudwatch.ConsumedWriteCapacityUnits, d)}}
	}
	t.meters.units[kind].Add(now, float64(cost)/unit)
	return nil
}

// throttleEvents never changes.
var throttleEvents = [2]string{cloudwatch.ReadThrottleEvents, cloudwatch.WriteThrottleEvents}

// writeCost and readCost are what an item of some bytes costs, in millionths of a unit.
func writeCost(bytes int) int64 { return max(1, int64(bytes+WriteUnitBytes-1)/WriteUnitBytes) * unit }
func readCost(bytes int, consistent bool) int64 {
	n := max(1, int64(bytes+ReadUnitBytes-1)/ReadUnitBytes) * unit
	if !consistent {
		n /= 2
	}
	return n
}

// Get reads an item; it is nil when there is none.
func (s *Service) Get(table, key string, consistent bool) (Item, error) {
	t, err := s.open(table)
	if err != nil {
		return nil, err
	}
	var it Item
	if i, ok := t.find(key); ok {
		it = t.items[i].item
	}
	return it, s.pay(t, 0, "GetItem", readCost(it.Size(), consistent))
}

// Scan reads all items of a table, by their keys. A table beyond 1 MB is paid for and read whole here.
func (s *Service) Scan(table string, consistent bool) ([]Item, error) {
	t, err := s.open(table)
	if err != nil {
		return nil, err
	}
	bytes := 0
	all := make([]Item, len(t.items))
	for i, e := range t.items {
		bytes += e.item.Size()
		all[i] = e.item
	}
	if err := s.pay(t, 0, "Scan", readCost(bytes, consistent)); err != nil {
		return nil, err
	}
	return all, nil
}

// write pays for a write of an item and, when all conditions hold, makes it: an item that is nil is deleted. The greater of
// the old and the new item is paid for, also when a condition does not hold.
// Source: DynamoDB Developer Guide, "Read and write operations", and "Condition expressions".
func (s *Service) write(table, op, key string, change func(old Item) (Item, error), conditions []Condition) (old, now Item, err error) {
	t, err := s.open(table)
	if err != nil {
		return nil, nil, err
	}
	at, there := t.find(key)
	if there {
		old = t.items[at].item
	}
	holds := true
	for _, c := range conditions {
		holds = holds && c.holds(old)
	}
	cost := old.Size()
	if holds {
		if now, err = change(old); err != nil {
			return old, nil, err
		}
		if now.Size() > MaxItemBytes {
			return old, nil, aws.Errorf(aws.Validation, "Item size has exceeded the maximum allowed size")
		}
		if !there && now != nil && len(t.items) >= maxItems {
			return old, nil, aws.Errorf(aws.LimitExceeded, "Table %s has %d items already, which is the most in this lab.", table, maxItems)
		}
		cost = max(cost, now.Size())
	}
	if err := s.pay(t, 1, op, writeCost(cost)); err != nil {
		return old, nil, err
	}
	switch {
	case !holds:
		s.meter.Series(cloudwatch.ConditionalCheckFailedRequests, cloudwatch.In(cloudwatch.DynamoDB, "TableName", t.name)).Add(s.now(), 1)
		return old, nil, aws.Errorf(ConditionalCheckFailed, "The conditional request failed")
	case now != nil && there:
		t.items[at].item = now
	case now != nil:
		t.items = sim.Insert(t.items, at, entry{key, now})
	case there:
		t.items = slices.Delete(t.items, at, at+1)
	}
	return old, now, nil
}

// Put writes an item in place of the one with its key.
func (s *Service) Put(table string, it Item, conditions ...Condition) error {
	t, err := s.open(table)
	if err != nil {
		return err
	}
	key, err := t.keyOf(it)
	if err != nil {
		return err
	}
	_, _, err = s.write(table, "PutItem", key, func(Item) (Item, error) { return it, nil }, conditions)
	return err
}

// Query reads the items of which an attribute is a text, by an index on it that holds their keys, and then each of them: half a unit
// for the index, and as much for each item, eventually consistent.
func (s *Service) Query(table, attribute, value string) ([]Item, error) {
	t, err := s.open(table)
	if err != nil {
		return nil, err
	}
	var all []Item
	cost := readCost(0, false)
	for _, e := range t.items {
		if v := e.item[attribute]; v.S != nil && *v.S == value {
			all = append(all, e.item)
			cost += readCost(e.item.Size(), false)
		}
	}
	return all, s.pay(t, 0, "Query", cost)
}

// Update sets and removes attributes of an item, and makes one when there is none. It answers with the item as it is then.
func (s *Service) Update(table, key string, set Item, remove []string, conditions ...Condition) (Item, error) {
	t, err := s.open(table)
	if err != nil {
		return nil, err
	}
	_, now, err := s.write(table, "UpdateItem", key, func(old Item) (Item, error) {
		it := make(Item, len(old)+len(set)+1)
		for n, v := range old {
			it[n] = v
		}
		it[t.key] = Text(key)
		for n, v := range set {
			it[n] = v
		}
		for _, n := range remove {
			delete(it, n)
		}
		return it, nil
	}, conditions)
	return now, err
}

// Delete deletes an item.
func (s *Service) Delete(table, key string, conditions ...Condition) error {
	_, _, err := s.write(table, "DeleteItem", key, func(Item) (Item, error) { return nil, nil }, conditions)
	return err
}

// keyOf is the partition key of an item.
func (t *Table) keyOf(it Item) (string, error) {
	v, ok := it[t.key]
	switch {
	case !ok:
		return "", aws.Errorf(aws.Validation, "One or more parameter values were invalid: Missing the key %s in the item", t.key)
	case v.S == nil:
		return "", aws.Errorf(aws.Validation, "One or more parameter values were invalid: Type mismatch for key %s expected: S", t.key)
	case *v.S == "":
		return "", aws.Errorf(aws.Validation, "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: %s", t.key)
	}
	return *v.S, nil
}

// Create makes a table with a partition key that is a string; it is CREATING for some seconds.
func (s *Service) Create(name, key string, c Capacity) error {
	now := s.now()
	at, there := s.search(name)
	if there && !s.tables[at].gone(now) {
		return aws.Errorf(aws.ResourceInUse, "Table already exists: %s", name)
	}
	if !there && len(s.tables) >= maxTables {
		return aws.Errorf(aws.LimitExceeded, "There are %d tables already.", maxTables).WithHint("Delete one first.")
	}
	s.made++
	dice := sim.NewRand(s.cfg.Seed, fmt.Sprintf("dynamodb/%d", s.made))
	t := &Table{name: name, key: key, id: fmt.Sprintf("%016x", dice.Uint64()), created: now, capacity: c, readyAt: now.Add(changeTakes)}
	t.begin(t.readyAt)
	if there {
		s.tables[at] = t
		return nil
	}
	s.tables = sim.Insert(s.tables, at, t)
	return nil
}
