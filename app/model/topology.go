package model

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Kinds of nodes of a topology.
const (
	NodeWriter   = "writer"
	NodeStream   = "stream"
	NodeReader   = "reader"
	NodeFirehose = "firehose"
	NodePlace    = "place"   // a bucket, a table, an index: where a delivery ends
	NodeControl  = "control" // an alarm or a function that scales
)

// A Node is one thing of a topology.
type Node struct {
	Kind, Name string
	Count      int // shards of a stream; 0 when it chooses them itself
	Column     int // 0 is where records are born
	Row        int // within its column
	Height     int // rows of its column
}

// An Edge leads from one node to another, by their places.
type Edge struct{ From, To int }

// A Topology is what a lab's world makes, as a picture without figures: what writes to what, what reads it, where it ends.
type Topology struct {
	Nodes   []Node
	Edges   []Edge
	Columns int
}

// find returns the place of a node, -1 when there is none.
func (t *Topology) find(kind, name string) int {
	return slices.IndexFunc(t.Nodes, func(n Node) bool { return n.Kind == kind && n.Name == name })
}

// node returns the place of a node, which is added when it is new.
func (t *Topology) node(kind, name string) int {
	if i := t.find(kind, name); i >= 0 {
		return i
	}
	t.Nodes = append(t.Nodes, Node{Kind: kind, Name: name})
	return len(t.Nodes) - 1
}

func (t *Topology) join(from, to int) {
	if e := (Edge{from, to}); !slices.Contains(t.Edges, e) && from != to {
		t.Edges = append(t.Edges, e)
	}
}

// made is what of a command matters to a topology.
type made struct {
	Name, StreamName, DeliveryStreamName, FunctionName, EventSourceArn, Config, OutputTo, AlarmName, Application string

	ShardCount                       int
	AlarmActions                     []string
	Dimensions                       []struct{ Name, Value string }
	KinesisStreamSourceConfiguration struct{ KinesisStreamARN string }
	Bucket                           string
}

// destinations are how the configurations of destinations begin, with what stands there.
var destinations = [...][2]string{
	{"ExtendedS3Destination", "Amazon S3"}, {"S3Destination", "Amazon S3"}, {"RedshiftDestination", "Amazon Redshift"}, {"AmazonopensearchserviceDestination", "Amazon OpenSearch Service"},
	{"AmazonOpenSearchServerlessDestination", "Amazon OpenSearch Serverless"}, {"ElasticsearchDestination", "Amazon OpenSearch Service"}, {"SplunkDestination", "Splunk"}, {"HttpEndpointDestination", "HTTP endpoint"},
	{"SnowflakeDestination", "Snowflake"}, {"IcebergDestination", "Apache Iceberg tables"},
}

// TopologyOf reads a lab file. What is deleted later stays in the picture; what it does not know, it leaves out.
func TopologyOf(lab json.RawMessage) Topology {
	var file struct {
		World []struct {
			Do   string
			With json.RawMessage
		}
	}
	var t Topology
	if json.Unmarshal(lab, &file) != nil {
		return t
	}
	for _, step := range file.World {
		var m made
		var members map[string]json.RawMessage
		if json.Unmarshal(step.With, &m) != nil || json.Unmarshal(step.With, &members) != nil {
			continue
		}
		t.take(step.Do, m, members)
	}
	t.lay()
	return t
}

func streamOf(arn string) string {
	_, name, _ := strings.Cut(arn, ":stream/")
	name, _, _ = strings.Cut(name, "/")
	return name
}

func (t *Topology) take(do string, m made, members map[string]json.RawMessage) {
	target := func() int {
		if m.DeliveryStreamName != "" {
			return t.node(NodeFirehose, m.DeliveryStreamName)
		}
		return t.node(NodeStream, m.StreamName)
	}
	switch do {
	case "kinesis.CreateStream":
		t.Nodes[t.node(NodeStream, m.StreamName)].Count = m.ShardCount
	case "lab.PutProducer", "lab.PutKplProducer":
		if m.StreamName+m.DeliveryStreamName != "" {
			t.join(t.node(NodeWriter, m.Name), target())
		}
	case "lab.PutAgent":
		var config struct {
			Flows []struct{ KinesisStream, DeliveryStream string }
		}
		json.Unmarshal([]byte(m.Config), &config) // one that does not read writes nowhere
		from := t.node(NodeWriter, m.Name)
		for _, f := range config.Flows {
			m.StreamName, m.DeliveryStreamName = f.KinesisStream, f.DeliveryStream
			if m.StreamName+m.DeliveryStreamName != "" {
				t.join(from, target())
			}
		}
	case "lab.PutConsumer", "lab.PutKclApplication", "lab.PutConnector", "lab.PutSqlApplication":
		if m.StreamName == "" {
			return
		}
		reader := t.node(NodeReader, m.Name)
		t.join(target(), reader)
		kind, name, _ := strings.Cut(m.OutputTo, "/")
		switch kind {
		case "stream":
			t.join(reader, t.node(NodeStream, name))
		case "firehose":
			t.join(reader, t.node(NodeFirehose, name))
		case "function", "lambda":
			t.join(reader, t.node(NodeReader, name))
		}
	case "lambda.CreateEventSourceMapping":
		if stream := streamOf(m.EventSourceArn); stream != "" {
			t.join(t.node(NodeStream, stream), t.node(NodeReader, m.FunctionName))
		}
	case "firehose.CreateDeliveryStream":
		hose := t.node(NodeFirehose, m.DeliveryStreamName)
		if stream := streamOf(m.KinesisStreamSourceConfiguration.KinesisStreamARN); stream != "" {
			t.join(t.node(NodeStream, stream), hose)
		}
		for _, d := range destinations {
			if members[d[0]+"Configuration"] != nil {
				t.join(hose, t.node(NodePlace, d[1]))
				break
			}
		}
	case "lab.PutScaler":
		t.join(t.node(NodeControl, m.Name), t.node(NodeStream, m.StreamName))
	}
}

// lay gives every node a column behind all that leads to it, and a row. What controls stands with the readers and leads back.
func (t *Topology) lay() {
	for range t.Nodes { // the longest way; a circle ends after as many rounds
		for _, e := range t.Edges {
			if from, to := &t.Nodes[e.From], &t.Nodes[e.To]; from.Kind != NodeControl && to.Column <= from.Column && from.Column < len(t.Nodes) {
				to.Column = from.Column + 1
			}
		}
	}
	for _, e := range t.Edges {
		if t.Nodes[e.From].Kind == NodeControl {
			t.Nodes[e.From].Column = t.Nodes[e.To].Column + 1
		}
	}
	rows := map[int]int{}
	for i := range t.Nodes {
		n := &t.Nodes[i]
		n.Row = rows[n.Column]
		rows[n.Column]++
		t.Columns = max(t.Columns, n.Column+1)
	}
	for i := range t.Nodes {
		t.Nodes[i].Height = rows[t.Nodes[i].Column]
	}
}

// Words tell the topology to who does not see it: "2 writers, the stream trips with 4 shards, 2 readers".
func (t Topology) Words() string {
	if len(t.Nodes) == 0 {
		return "nothing yet"
	}
	count := func(kind, noun string) string {
		n := 0
		for _, x := range t.Nodes {
			if x.Kind == kind {
				n++
			}
		}
		switch n {
		case 0:
			return ""
		case 1:
			return "1 " + noun
		}
		return fmt.Sprintf("%d %ss", n, noun)
	}
	var all []string
	add := func(words string) {
		if words != "" {
			all = append(all, words)
		}
	}
	add(count(NodeWriter, "writer"))
	for _, x := range t.Nodes {
		switch {
		case x.Kind == NodeStream && x.Count > 0:
			add("the stream " + x.Name + " with " + shardsOf(x.Count))
		case x.Kind == NodeStream:
			add("the stream " + x.Name)
		}
	}
	add(count(NodeReader, "reader"))
	for _, x := range t.Nodes {
		if x.Kind == NodeFirehose {
			add("the Firehose stream " + x.Name)
		}
	}
	for _, x := range t.Nodes {
		if x.Kind == NodePlace {
			add(x.Name)
		}
	}
	add(count(NodeControl, "function that scales"))
	return strings.Join(all, ", ")
}

func shardsOf(n int) string {
	if n == 1 {
		return "1 shard"
	}
	return Count(n) + " shards"
}
