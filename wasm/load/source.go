package load

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/sim"
)

// Kinds of sources: what puts records into a stream, by the shape that it gives them.
const (
	SDK          = "SDK"             // a program of one's own: key and message as they are
	CloudWatch   = "CLOUDWATCH_LOGS" // a subscription filter of CloudWatch Logs: several log events, compressed, in one record
	IoT          = "IOT_RULE"        // a rule of AWS IoT with a Kinesis action: a record for each message
	KafkaConnect = "KAFKA_CONNECT"   // a sink connector of Kafka Connect, a third party: a record for each message of a topic
	Devices      = "DEVICES"         // devices with a clock: each record tells when it happened, and some were held back
)

// SourceKinds lists the kinds.
func SourceKinds() []string { return []string{SDK, CloudWatch, IoT, KafkaConnect, Devices} }

// Distributions of a subscription filter. Source: CloudWatch Logs API Reference, PutSubscriptionFilter.
const (
	ByLogStream = "ByLogStream" // the log stream is the partition key
	RandomKey   = "Random"
)

// Defaults and bounds of a source.
const (
	DefaultLogGroup     = "/bikes/app"
	DefaultTopic        = "bikes"
	DefaultPartitionKey = "${newuuid()}"
	DefaultLogEvents    = 20
	MaxLogEvents        = 200 // ours: so many of CloudWatch Logs' come in one record
	maxKey              = 256 // bytes of an IoT rule's partition key: ours, where AWS refuses what is longer than 256 characters
)

// A Source says what shape records have. The table of keys holds the log streams of a log group, the last part of the topics
// of a rule, or one name for each partition of a Kafka topic; messages are those of an SDK producer.
type Source struct {
	Kind         string `help:"a program with an SDK; a subscription filter; an IoT rule; a Kafka sink connector; devices whose records tell when they happened" enum:"SDK|CLOUDWATCH_LOGS|IOT_RULE|KAFKA_CONNECT|DEVICES"`
	LogGroup     string `json:",omitempty" help:"CLOUDWATCH_LOGS: the log group"`
	LogEvents    int    `json:",omitempty" help:"CLOUDWATCH_LOGS: log events in a record, 1 to 200; 20 when left out"`
	Distribution string `json:",omitempty" help:"CLOUDWATCH_LOGS: the log stream is the partition key, or chance" enum:"ByLogStream|Random"`
	Topic        string `json:",omitempty" help:"IOT_RULE, KAFKA_CONNECT: the topic; bikes when left out"`
	PartitionKey string `json:",omitempty" help:"IOT_RULE: text with ${topic()}, ${timestamp()} and ${newuuid()}"`
	LatePercent  int    `json:",omitempty" help:"DEVICES: of the records so many come late, 0 to 100"`
	LateMillis   int64  `json:",omitempty" help:"DEVICES: by up to so much, 1 to 3,600,000; 30,000 when left out"`
}

// devicesHead is what stands in front of a device's message, and adds to its bytes.
const devicesHead = `{"at":"2006-01-02T15:04:05.000Z",`

// Head is how many bytes the source adds to a message.
func (s Source) Head() int {
	if s.Kind == Devices {
		return len(devicesHead) - 1
	}
	return 0
}

// Plain says that records are as a program with an SDK makes them.
func (s Source) Plain() bool { return s.Kind == "" || s.Kind == SDK }

// Title is what the source is called; "" for a plain one.
func (s Source) Title() string {
	return map[string]string{CloudWatch: "CloudWatch Logs", IoT: "IoT rule", KafkaConnect: "Kafka Connect", Devices: "devices"}[s.Kind]
}

// Words says the source in a few words; "" for a plain one.
func (s Source) Words() string {
	switch s.Kind {
	case CloudWatch:
		return fmt.Sprintf("subscription filter of %s, %d log events a record, %s", s.LogGroup, s.LogEvents, s.Distribution)
	case IoT:
		return fmt.Sprintf("IoT rule on %s/+, partition key %s", s.Topic, s.PartitionKey)
	case KafkaConnect:
		return fmt.Sprintf("Kafka Connect sink of topic %s", s.Topic)
	case Devices:
		return fmt.Sprintf("devices with a clock, %d %% of whose records come up to %s late", s.LatePercent, time.Duration(s.LateMillis)*time.Millisecond)
	}
	return ""
}

// Functions of AWS IoT SQL that a partition key may hold. Source: IoT Core Developer Guide, "Substitution templates".
const (
	topicFn     = "${topic()}"
	timestampFn = "${timestamp()}"
	newuuidFn   = "${newuuid()}"
)

// CheckPartitionKey says what is wrong with the partition key of an IoT rule; "" when nothing is.
func CheckPartitionKey(text string) string {
	rest := strings.NewReplacer(topicFn, "", timestampFn, "", newuuidFn, "").Replace(text)
	switch {
	case len(text) > 200:
		return fmt.Sprintf("%d bytes long; at most 200 are taken", len(text))
	case strings.Contains(rest, "${"):
		return fmt.Sprintf("%q has a substitution that this lab lacks: write %s, %s or %s", text, topicFn, timestampFn, newuuidFn)
	case strings.ContainsAny(rest, "{}"):
		return fmt.Sprintf("%q has a brace alone: a substitution is written like %s", text, topicFn)
	}
	return ""
}

// A Made is the key and the data of one record of a source that is not plain. It never changes.
type Made struct {
	Key  string
	Data []byte
}

// A Shaper makes the records of a source. It remembers the offsets of Kafka's partitions.
type Shaper struct {
	set     Source
	offsets []int64      // by place in the table of keys
	zip     *gzip.Writer // scratch
}

// NewShaper returns the shaper of a source that was checked.
func NewShaper(s Source) Shaper { return Shaper{set: s} }

// Clone returns a shaper that goes on from here on its own.
func (s *Shaper) Clone() Shaper {
	return Shaper{set: s.set, offsets: append([]int64(nil), s.offsets...)}
}

// Offsets are how many records of each place of the table there were, of Kafka's partitions.
func (s *Shaper) Offsets() []int64 { return s.offsets }

// Make makes the record with the number ordinal at an instant, from the place of the table and the message that were picked.
func (s *Shaper) Make(pl *Plan, ordinal int64, key, variant int32, now sim.Instant, dice *sim.Rand) *Made {
	name, millis := pl.Names[key], int64(now)/1000
	switch s.set.Kind {
	case CloudWatch:
		m := &Made{Key: name, Data: s.logEvents(pl, ordinal, key, millis, dice)}
		if s.set.Distribution == RandomKey {
			m.Key = uuid(dice)
		}
		return m
	case IoT:
		text := strings.ReplaceAll(s.set.PartitionKey, topicFn, s.set.Topic+"/"+name)
		text = strings.ReplaceAll(text, timestampFn, strconv.FormatInt(millis, 10))
		for strings.Contains(text, newuuidFn) {
			text = strings.Replace(text, newuuidFn, uuid(dice), 1)
		}
		return &Made{strings.ToValidUTF8(text[:min(len(text), maxKey)], ""), pl.Data(key, variant)}
	case KafkaConnect:
		for len(s.offsets) <= int(key) {
			s.offsets = append(s.offsets, 0)
		}
		offset := s.offsets[key]
		s.offsets[key]++
		return &Made{fmt.Sprintf("%s-%d-%d", s.set.Topic, key, offset), pl.Data(key, variant)}
	}
	if s.set.Kind == Devices {
		at := now
		if dice.Float64()*100 < float64(s.set.LatePercent) {
			at -= sim.Instant(dice.Float64() * float64(s.set.LateMillis) * 1000)
		}
		b := make([]byte, 0, pl.Bytes()+len(devicesHead))
		b = at.Time().AppendFormat(b, devicesHead)
		return &Made{name, append(b, pl.Data(key, variant)[1:]...)}
	}
	panic("load: no source is a " + s.set.Kind)
}

// logEvent and logBatch are what CloudWatch Logs sends. Source: CloudWatch Logs User Guide, "Log group-level subscription
// filters".
type logEvent struct {
	ID        string `json:"id"`
	Timestamp int64  `json:"timestamp"`
	Message   string `json:"message"`
}

type logBatch struct {
	MessageType         string     `json:"messageType"`
	Owner               string     `json:"owner"`
	LogGroup            string     `json:"logGroup"`
	LogStream           string     `json:"logStream"`
	SubscriptionFilters []string   `json:"subscriptionFilters"`
	LogEvents           []logEvent `json:"logEvents"`
}

// logEvents is a batch of log events as JSON, compressed with gzip. The first record of a filter is a control message that
// looks whether the stream can be reached.
func (s *Shaper) logEvents(pl *Plan, ordinal int64, key int32, millis int64, dice *sim.Rand) []byte {
	b := logBatch{MessageType: "CONTROL_MESSAGE", Owner: "CloudwatchLogs", SubscriptionFilters: []string{},
		LogEvents: []logEvent{{"", millis, "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."}}}
	if ordinal > 0 {
		b = logBatch{"DATA_MESSAGE", "123456789012", s.set.LogGroup, pl.Names[key], []string{"to-kinesis"}, nil}
		for i := range s.set.LogEvents {
			message := pl.Data(key, int32(dice.IntN(pl.variants)))
			id := fmt.Sprintf("3%019d%020d%016d", millis, ordinal, i) // 56 digits, as theirs
			b.LogEvents = append(b.LogEvents, logEvent{id, millis, string(message)})
		}
	}
	text, err := json.Marshal(b)
	if err != nil {
		panic("load: log events do not encode: " + err.Error())
	}
	var out bytes.Buffer
	if s.zip == nil {
		s.zip, _ = gzip.NewWriterLevel(&out, gzip.BestSpeed) // the level is one there is
	} else {
		s.zip.Reset(&out)
	}
	s.zip.Write(text) // to memory: it does not fail
	s.zip.Close()
	return out.Bytes()
}

// uuid is a UUID of chance, version 4.
func uuid(dice *sim.Rand) string {
	a, b := dice.Uint64(), dice.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&(1<<48-1))
}
