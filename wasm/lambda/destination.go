package lambda

import (
	"bufio"
	"fmt"
	"sort"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// Bounds of what a destination keeps, the newest of it. Ours.
const (
	keptDeliveries   = 200
	keptDelivered    = 16 << 20 // bytes
	maxDestinations  = 20
	s3KeyTime        = "2006-01-02T15.04.05"
	destinationStamp = "2006-01-02T15:04:05.000Z"
)

// Conditions under which records are given up.
// Source: Lambda Developer Guide, kinesis-on-failure-destination, for the first two. The others are ours: AWS gives no word.
const (
	RetriesExhausted = "RetryAttemptsExhausted"
	AgeExceeded      = "MaximumRecordAgeExceeded"
	RecordTooLarge   = "RecordTooLarge"
	RecordExpired    = "RecordExpired" // at the end of the stream's retention; AWS sends nothing to a destination then
)

// A Delivery is what an on-failure destination was sent: a message of SQS or SNS, or an object of S3 with its key.
type Delivery struct {
	At   sim.Instant
	Key  string
	Body string
}

// An inbox is a destination and what it holds.
type inbox struct {
	arn   string
	kept  sim.List[Delivery]
	bytes int
	total int64
}

func (x *inbox) state(b *bufio.Writer) {
	fmt.Fprintf(b, " destination %s %d\n", x.arn, x.total)
	for i := x.kept.First(); i < x.kept.Next(); i++ {
		fmt.Fprintf(b, "  %+v\n", *x.kept.At(i))
	}
}

// checkDestination says what is wrong with an on-failure destination.
func (s *Service) checkDestination(arn string) error {
	parts := strings.SplitN(arn, ":", 6)
	here := len(parts) == 6 && parts[0] == "arn" && parts[1] == "aws" && parts[5] != ""
	switch {
	case here && (parts[2] == "sqs" || parts[2] == "sns") && parts[3] == s.cfg.Region && parts[4] == s.cfg.Account:
		return nil
	case here && parts[2] == "s3" && parts[3] == "" && parts[4] == "" && !strings.Contains(parts[5], "/"):
		return nil
	case strings.HasPrefix(arn, "kafka://"):
		return aws.Errorf(InvalidParameterValue, "Unsupported destination: the lab has no Kafka.").WithHint("Use a queue of SQS, a topic of SNS or a bucket of S3.")
	}
	return aws.Errorf(InvalidParameterValue, "Invalid destination ARN: %s", aws.Shorten(arn, 200)).
		WithHint("A queue is arn:aws:sqs:%s:%s:NAME, a topic arn:aws:sns:%s:%s:NAME, a bucket arn:aws:s3:::NAME. It need not be made before.", s.cfg.Region, s.cfg.Account, s.cfg.Region, s.cfg.Account)
}

// Destinations lists the ARNs of the destinations that were sent something, and how much.
func (s *Service) Destinations() (arns []string, sent []int64) {
	for i := range s.destinations {
		arns, sent = append(arns, s.destinations[i].arn), append(sent, s.destinations[i].total)
	}
	return arns, sent
}

// Deliveries is what a destination holds, oldest first.
func (s *Service) Deliveries(arn string) []Delivery {
	i, ok := s.searchDestination(arn)
	if !ok {
		return nil
	}
	var all []Delivery
	x := &s.destinations[i]
	for at := x.kept.First(); at < x.kept.Next(); at++ {
		all = append(all, *x.kept.At(at))
	}
	return all
}

func (s *Service) searchDestination(arn string) (int, bool) {
	i := sort.Search(len(s.destinations), func(i int) bool { return s.destinations[i].arn >= arn })
	return i, i < len(s.destinations) && s.destinations[i].arn == arn
}

func (s *Service) deliver(arn string, d Delivery) {
	i, ok := s.searchDestination(arn)
	if !ok {
		if len(s.destinations) >= maxDestinations {
			return // the mappings of a world have no more
		}
		s.destinations = append(s.destinations, inbox{})
		copy(s.destinations[i+1:], s.destinations[i:])
		s.destinations[i] = inbox{arn: arn}
	}
	x := &s.destinations[i]
	x.total++
	x.bytes += len(d.Body)
	x.kept.Append(d)
	for x.kept.Len() > keptDeliveries || x.bytes > keptDelivered && x.kept.Len() > 1 {
		x.bytes -= len(x.kept.At(x.kept.First()).Body)
		x.kept.TrimTo(x.kept.First() + 1)
	}
}

// discard gives a batch up and tells its destination of it.
// Source: Lambda Developer Guide, kinesis-on-failure-destination.
func (s *Service) discard(m *Mapping, p *place, b *batch, condition string) {
	n := int64(len(b.items))
	p.Discarded += n
	m.total.Discarded += n
	to := m.set.OnFailure
	if condition == RecordExpired {
		to = ""
	}
	s.w.Notify(Notice{Kind: Discarded, Mapping: m, Shard: p.Shard, N: n, Attempts: b.attempts, Why: condition, To: to})
	if to == "" || n == 0 {
		return
	}
	now := s.w.Sched.Now()
	first, last := &b.items[0], &b.items[n-1]
	stream, _, _ := strings.Cut(m.set.EventSourceArn, "/consumer/")
	request := id(&m.dice)
	if b.last != nil {
		request = b.last.request
	}
	text := `{"requestContext":{"requestId":"` + request + `","functionArn":"` + s.FunctionARN(m.set.FunctionName) +
		`","condition":"` + condition + `","approximateInvokeCount":` + fmt.Sprint(b.attempts) + `}`
	if b.last != nil {
		text += `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":`
		if b.last.fault != "" {
			text += `"Unhandled"}`
		} else {
			text += `null}`
		}
	}
	text += `,"version":"1.0","timestamp":"` + now.Time().Format(destinationStamp) + `","KinesisBatchInfo":{"shardId":"` + kinesis.ShardID(p.Shard) +
		`","startSequenceNumber":"` + first.number + `","endSequenceNumber":"` + last.number +
		`","approximateArrivalOfFirstRecord":"` + first.at.Time().Format(destinationStamp) + `","approximateArrivalOfLastRecord":"` + last.at.Time().Format(destinationStamp) +
		`","batchSize":` + fmt.Sprint(n) + `,"streamArn":"` + stream + `"}`
	d := Delivery{At: now}
	if strings.HasPrefix(to, "arn:aws:s3:") {
		text += `,"payload":` + string(quoted(string(s.event(m, p, b))))
		d.Key = "aws/lambda/" + m.uuid + "/" + kinesis.ShardID(p.Shard) + now.Time().Format("/2006/01/02/") + now.Time().Format(s3KeyTime) + "-" + id(&m.dice)
	}
	d.Body = text + "}"
	s.deliver(to, d)
}
