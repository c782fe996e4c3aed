package export

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/sim"
)

// A program is one client as it is written: what it does, and on what.
type program struct {
	Client
	words string // above its line
}

// programs lists the clients of the stage whose streams are there; each Function of a mapping has its handler beside them.
func (s *Stage) programs() (all []program, has map[string]bool) {
	has = map[string]bool{}
	name := table(func(_, name string) string { return name })
	add := func(c Client, does, words string) {
		if !s.has(c.Stream) && !c.Hose {
			return
		}
		c.Name = name(strconv.Itoa(len(all)), c.Name) // a writer and a reader may have the same
		has[does] = true
		c.Kind = does
		all = append(all, program{c, comment(words)})
	}
	for _, w := range s.Writers {
		words := fmt.Sprintf("%s wrote %g records a second.", w.Name, w.Rate)
		does := "put"
		if w.Hose {
			does = "batch"
		}
		if w.Kind == "KPL" {
			words += " It used the KPL, which aggregates: amazon-kinesis-producer for Java. Here it calls PutRecords."
			w.Batch = 100
		}
		add(w, does, words)
	}
	for _, r := range s.Readers {
		words, does := r.Name+" polled.", "poll"
		switch r.Kind {
		case "fan-out":
			words, does = r.Name+" read with enhanced fan-out, as the registered consumer "+r.As+".", "subscribe"
		case "KCL":
			words = r.Name + " is an application of the KCL, which shares shards out, checkpoints and goes on after a failure: amazon-kinesis-client for Java, amazon_kclpy for Python. Here it polls, and forgets its place when it ends."
		}
		add(r, does, words)
	}
	return all, has
}

func (s *Stage) golang() string {
	all, has := s.programs()
	var b strings.Builder
	b.WriteString(s.head("//", "Clients in Go, exported from a lab of Shardlab.", "go mod init lab && go mod tidy && go run . CLIENT [COUNT]"))
	if len(all) == 0 {
		return b.String() + "// No client is on the stage: add a writer or a reader, and export again.\npackage main\n\nfunc main() {}\n"
	}
	imports := []string{"context", "fmt", "os", "strconv", "github.com/aws/aws-sdk-go-v2/config"}
	if has["put"] || has["batch"] {
		imports = append(imports, "math/rand/v2", "time")
	}
	if has["poll"] {
		imports = append(imports, "time")
	}
	if has["poll"] || has["subscribe"] {
		imports = append(imports, "sync/atomic")
	}
	if has["put"] || has["poll"] || has["subscribe"] {
		imports = append(imports, "github.com/aws/aws-sdk-go-v2/service/kinesis")
	}
	if has["put"] || has["poll"] || has["subscribe"] {
		imports = append(imports, "github.com/aws/aws-sdk-go-v2/service/kinesis/types")
	}
	if has["batch"] {
		imports = append(imports, "github.com/aws/aws-sdk-go-v2/service/firehose", "hose github.com/aws/aws-sdk-go-v2/service/firehose/types")
	}
	if has["poll"] || has["batch"] {
		imports = append(imports, "errors")
	}
	path := func(i string) string { return i[strings.IndexByte(i, ' ')+1:] }
	sim.Sort(imports, func(a, b string) int { return strings.Compare(path(a), path(b)) })
	imports = slices.Compact(imports)
	b.WriteString("package main\n\nimport (\n")
	for _, outside := range []bool{false, true} {
		if outside {
			b.WriteString("\n")
		}
		for _, i := range imports {
			if strings.Contains(i, ".com/") == outside {
				name, path, ok := strings.Cut(i, " ")
				if !ok {
					name, path = "", i
				}
				b.WriteString("\t" + strings.TrimSpace(name+" "+fmt.Sprintf("%q", path)) + "\n")
			}
		}
	}
	b.WriteString(")\n\nfunc main() {\n\tctx := context.Background()\n\tsettings, err := config.LoadDefaultConfig(ctx)\n\tif err != nil {\n\t\tfail(err)\n\t}\n")
	if has["put"] || has["poll"] || has["subscribe"] {
		b.WriteString("\tclient := kinesis.NewFromConfig(settings)\n")
	}
	if has["batch"] {
		b.WriteString("\tdeliver := firehose.NewFromConfig(settings)\n")
	}
	b.WriteString("\tname, count := \"\", 0 // a count of 0 has no end\n\tif len(os.Args) > 1 {\n\t\tname = os.Args[1]\n\t}\n\tif len(os.Args) > 2 {\n\t\tif count, err = strconv.Atoi(os.Args[2]); err != nil {\n\t\t\tfail(err)\n\t\t}\n\t}\n\tswitch name {\n")
	for _, p := range all {
		fmt.Fprintf(&b, "\tcase %q: // %s\n\t\terr = ", p.Name, p.words)
		switch p.Kind {
		case "put":
			fmt.Fprintf(&b, "write(ctx, client, %q, %g, %d, count)\n", p.Stream, max(p.Rate, 1), p.Batch)
		case "batch":
			fmt.Fprintf(&b, "deliverAll(ctx, deliver, %q, %g, %d, count)\n", p.Stream, max(p.Rate, 1), p.Batch)
		case "poll":
			fmt.Fprintf(&b, "poll(ctx, client, %q, types.ShardIteratorType(%q), count)\n", p.Stream, position(p.From))
		case "subscribe":
			fmt.Fprintf(&b, "subscribe(ctx, client, %q, %q, types.ShardIteratorType(%q), count)\n", p.Stream, p.As, position(p.From))
		}
	}
	b.WriteString("\tdefault:\n\t\terr = fmt.Errorf(\"there is no client %q\", name)\n\t}\n\tif err != nil {\n\t\tfail(err)\n\t}\n}\n\nfunc fail(err error) {\n\tfmt.Fprintln(os.Stderr, err)\n\tos.Exit(1)\n}\n")
	for _, part := range []struct{ does, text string }{{"put", goPut}, {"batch", goBatch}, {"poll", goPoll}, {"subscribe", goSubscribe}} {
		if has[part.does] {
			b.WriteString("\n" + part.text)
		}
	}
	return b.String()
}

func position(from string) string {
	if from == "TRIM_HORIZON" {
		return from
	}
	return "LATEST"
}

const goPut = `// write puts records at a rate until it has put count of them.
func write(ctx context.Context, client *kinesis.Client, stream string, rate float64, batch, count int) error {
	for n := 0; count == 0 || n < count; {
		var entries []types.PutRecordsRequestEntry
		for len(entries) < batch && (count == 0 || n < count) {
			key := strconv.Itoa(n)
			entries = append(entries, types.PutRecordsRequestEntry{PartitionKey: &key, Data: []byte("{\"n\":" + key + "}")})
			n++
		}
		if err := putAll(ctx, client, stream, entries); err != nil {
			return err
		}
		time.Sleep(time.Duration(float64(len(entries)) / rate * float64(time.Second)))
	}
	return nil
}

// putAll puts records and puts those that were refused again, after a while that grows. A call that fails as a whole is
// tried again by the SDK.
func putAll(ctx context.Context, client *kinesis.Client, stream string, entries []types.PutRecordsRequestEntry) error {
	for try := 0; ; try++ {
		out, err := client.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: &stream, Records: entries})
		if err != nil {
			return err
		}
		var refused []types.PutRecordsRequestEntry
		why := ""
		for i, r := range out.Records {
			if r.ErrorCode != nil {
				refused, why = append(refused, entries[i]), *r.ErrorCode
			}
		}
		if len(refused) == 0 {
			return nil
		}
		if try == 9 {
			return fmt.Errorf("%d records were refused ten times: %s", len(refused), why)
		}
		entries = refused
		time.Sleep(time.Duration(rand.Int64N(int64(100*time.Millisecond) << min(try, 6))))
	}
}
`

const goBatch = `// deliverAll puts records into a Firehose stream; those that were refused are put again, after a while that grows.
func deliverAll(ctx context.Context, client *firehose.Client, stream string, rate float64, batch, count int) error {
	for n := 0; count == 0 || n < count; {
		var records []hose.Record
		for len(records) < batch && (count == 0 || n < count) {
			records = append(records, hose.Record{Data: []byte("{\"n\":" + strconv.Itoa(n) + "}\n")})
			n++
		}
		sent := len(records)
		for try := 0; len(records) > 0; try++ {
			out, err := client.PutRecordBatch(ctx, &firehose.PutRecordBatchInput{DeliveryStreamName: &stream, Records: records})
			if err != nil {
				return err
			}
			var refused []hose.Record
			for i, r := range out.RequestResponses {
				if r.ErrorCode != nil {
					refused = append(refused, records[i])
				}
			}
			if records = refused; len(records) > 0 {
				if try == 9 {
					return errors.New("records were refused ten times")
				}
				time.Sleep(time.Duration(rand.Int64N(int64(100*time.Millisecond) << min(try, 6))))
			}
		}
		time.Sleep(time.Duration(float64(sent) / rate * float64(time.Second)))
	}
	return nil
}
`

const goPoll = `// poll reads every shard of a stream, and its children when it has ended, until count records have come.
func poll(ctx context.Context, client *kinesis.Client, stream string, from types.ShardIteratorType, count int) error {
	list, err := client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: &stream, ShardFilter: &types.ShardFilter{Type: types.ShardFilterTypeAtLatest}})
	if err != nil {
		return err
	}
	var came atomic.Int64
	end := make(chan error)
	for _, s := range list.Shards {
		go func() { end <- pollShard(ctx, client, stream, *s.ShardId, from, count, &came, end) }()
	}
	return <-end
}

func pollShard(ctx context.Context, client *kinesis.Client, stream, shard string, from types.ShardIteratorType, count int, came *atomic.Int64, end chan error) error {
	at, err := client.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{StreamName: &stream, ShardId: &shard, ShardIteratorType: from})
	if err != nil {
		return err
	}
	for next := at.ShardIterator; ; {
		out, err := client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: next})
		var full *types.ProvisionedThroughputExceededException
		if errors.As(err, &full) { // 2 MiB and 5 calls a second for all who read the shard
			time.Sleep(time.Second)
			continue
		}
		if err != nil {
			return err
		}
		for _, r := range out.Records {
			fmt.Println(shard, *r.SequenceNumber, *r.PartitionKey, string(r.Data))
		}
		if n := came.Add(int64(len(out.Records))); count > 0 && n >= int64(count) {
			return nil
		}
		if out.NextShardIterator == nil { // the shard was split or merged, and is read to its end
			for _, child := range out.ChildShards {
				go func() {
					end <- pollShard(ctx, client, stream, *child.ShardId, types.ShardIteratorTypeTrimHorizon, count, came, end)
				}()
			}
			select {} // the children go on
		}
		next = out.NextShardIterator
		time.Sleep(time.Second)
	}
}
`

const goSubscribe = `// subscribe has records pushed to a registered consumer until count have come. A subscription lasts five minutes.
func subscribe(ctx context.Context, client *kinesis.Client, stream, consumer string, from types.ShardIteratorType, count int) error {
	about, err := client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &stream})
	if err != nil {
		return err
	}
	arn := about.StreamDescriptionSummary.StreamARN
	registered, err := client.DescribeStreamConsumer(ctx, &kinesis.DescribeStreamConsumerInput{StreamARN: arn, ConsumerName: &consumer})
	if err != nil {
		return err
	}
	list, err := client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: &stream, ShardFilter: &types.ShardFilter{Type: types.ShardFilterTypeAtLatest}})
	if err != nil {
		return err
	}
	var came atomic.Int64
	end := make(chan error)
	for _, s := range list.Shards {
		go func() {
			start := &types.StartingPosition{Type: from}
			for {
				out, err := client.SubscribeToShard(ctx, &kinesis.SubscribeToShardInput{ConsumerARN: registered.ConsumerDescription.ConsumerARN, ShardId: s.ShardId, StartingPosition: start})
				if err != nil {
					end <- err
					return
				}
				events := out.GetStream()
				for e := range events.Events() {
					event, ok := e.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent)
					if !ok {
						continue
					}
					for _, r := range event.Value.Records {
						fmt.Println(*s.ShardId, *r.SequenceNumber, *r.PartitionKey, string(r.Data))
					}
					if n := came.Add(int64(len(event.Value.Records))); count > 0 && n >= int64(count) {
						end <- nil
						return
					}
					if event.Value.ContinuationSequenceNumber == nil {
						return // the shard has ended
					}
					start = &types.StartingPosition{Type: types.ShardIteratorTypeAfterSequenceNumber, SequenceNumber: event.Value.ContinuationSequenceNumber}
				}
				events.Close()
			}
		}()
	}
	return <-end
}
`

func (s *Stage) python() string {
	all, has := s.programs()
	var b strings.Builder
	b.WriteString(s.head("#", "Clients in Python, exported from a lab of Shardlab.", "pip install boto3 && python3 lab.py CLIENT [COUNT]"))
	for _, i := range []struct {
		module string
		need   bool
	}{{"base64", len(s.Mappings) > 0}, {"random", has["put"] || has["batch"]}, {"sys", true}, {"threading", has["poll"] || has["subscribe"]}, {"time", has["put"] || has["batch"] || has["poll"]}, {"\nimport boto3", len(all) > 0}} {
		if i.need {
			b.WriteString(strings.Replace("import "+i.module+"\n", "import \n", "\n", 1))
		}
	}
	if len(all) == 0 && len(s.Mappings) == 0 {
		b.WriteString("\n# No client is on the stage: add a writer or a reader, and export again.\n")
	}
	for _, part := range []struct{ does, text string }{{"put", pyPut}, {"batch", pyBatch}, {"poll", pyPoll}, {"subscribe", pySubscribe}} {
		if has[part.does] {
			b.WriteString("\n\n" + part.text)
		}
	}
	if len(s.Mappings) > 0 {
		var names []string
		for _, m := range s.Mappings {
			names = append(names, m.Function)
		}
		slices.Sort(names)
		b.WriteString("\n\n# The handler of " + comment(strings.Join(slices.Compact(names), ", ")) + ", in Python.\n" + pyHandler)
	}
	b.WriteString("\n\nCLIENTS = {\n")
	for _, p := range all {
		fmt.Fprintf(&b, "    # %s\n    %q: lambda count: ", p.words, p.Name)
		switch p.Kind {
		case "put":
			fmt.Fprintf(&b, "write(%q, %g, %d, count),\n", p.Stream, max(p.Rate, 1), p.Batch)
		case "batch":
			fmt.Fprintf(&b, "deliver(%q, %g, %d, count),\n", p.Stream, max(p.Rate, 1), p.Batch)
		case "poll":
			fmt.Fprintf(&b, "poll(%q, %q, count),\n", p.Stream, position(p.From))
		case "subscribe":
			fmt.Fprintf(&b, "subscribe(%q, %q, %q, count),\n", p.Stream, p.As, position(p.From))
		}
	}
	b.WriteString(`}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in CLIENTS:
        sys.exit("which client? " + ", ".join(CLIENTS))
    CLIENTS[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 0)
`)
	return b.String()
}

const pyPut = `def write(stream, rate, batch, count):
    """Puts records at a rate until it has put count of them; 0 has no end."""
    client, n = boto3.client("kinesis"), 0
    while count == 0 or n < count:
        size = min(batch, count - n) if count else batch
        put_all(client, stream, [{"PartitionKey": str(n + i), "Data": b'{"n":%d}' % (n + i)} for i in range(size)])
        n += size
        time.sleep(size / rate)


def put_all(client, stream, records):
    """Puts records and puts those that were refused again, after a while that grows."""
    for attempt in range(10):
        answer = client.put_records(StreamName=stream, Records=records)
        records = [r for r, a in zip(records, answer["Records"]) if "ErrorCode" in a]
        if not records:
            return
        time.sleep(random.uniform(0, 0.1 * 2 ** min(attempt, 6)))
    raise RuntimeError(f"{len(records)} records were refused ten times")
`

const pyBatch = `def deliver(stream, rate, batch, count):
    """Puts records into a Firehose stream; those that were refused are put again, after a while that grows."""
    client, n = boto3.client("firehose"), 0
    while count == 0 or n < count:
        size = min(batch, count - n) if count else batch
        records = [{"Data": b'{"n":%d}\n' % (n + i)} for i in range(size)]
        for attempt in range(10):
            answer = client.put_record_batch(DeliveryStreamName=stream, Records=records)
            records = [r for r, a in zip(records, answer["RequestResponses"]) if "ErrorCode" in a]
            if not records:
                break
            time.sleep(random.uniform(0, 0.1 * 2 ** min(attempt, 6)))
        else:
            raise RuntimeError(f"{len(records)} records were refused ten times")
        n += size
        time.sleep(size / rate)
`

const pyPoll = `def poll(stream, start, count):
    """Reads every shard of a stream, and its children when it has ended, until count records have come."""
    client, came, done = boto3.client("kinesis"), [], threading.Event()

    def read(shard, start):
        at = client.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType=start)["ShardIterator"]
        while not done.is_set():
            try:
                answer = client.get_records(ShardIterator=at)
            except client.exceptions.ProvisionedThroughputExceededException:
                time.sleep(1)  # 2 MiB and 5 calls a second for all who read the shard
                continue
            for record in answer["Records"]:
                print(shard, record["SequenceNumber"], record["PartitionKey"], record["Data"])
                came.append(record)
            if count and len(came) >= count:
                done.set()
            if not (at := answer.get("NextShardIterator")):
                for child in answer.get("ChildShards", []):
                    threading.Thread(target=read, args=(child["ShardId"], "TRIM_HORIZON"), daemon=True).start()
                return
            time.sleep(1)

    for shard in client.list_shards(StreamName=stream, ShardFilter={"Type": "AT_LATEST"})["Shards"]:
        threading.Thread(target=read, args=(shard["ShardId"], start), daemon=True).start()
    done.wait()
`

const pySubscribe = `def subscribe(stream, consumer, start, count):
    """Has records pushed to a registered consumer until count have come. A subscription lasts five minutes."""
    client, came, done = boto3.client("kinesis"), [], threading.Event()
    arn = client.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    arn = client.describe_stream_consumer(StreamARN=arn, ConsumerName=consumer)["ConsumerDescription"]["ConsumerARN"]

    def read(shard):
        position = {"Type": start}
        while not done.is_set():
            answer = client.subscribe_to_shard(ConsumerARN=arn, ShardId=shard, StartingPosition=position)
            for event in answer["EventStream"]:
                event = event["SubscribeToShardEvent"]
                for record in event["Records"]:
                    print(shard, record["SequenceNumber"], record["PartitionKey"], record["Data"])
                    came.append(record)
                if count and len(came) >= count:
                    done.set()
                if "ContinuationSequenceNumber" not in event:
                    return  # the shard has ended
                position = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": event["ContinuationSequenceNumber"]}

    for shard in client.list_shards(StreamName=stream, ShardFilter={"Type": "AT_LATEST"})["Shards"]:
        threading.Thread(target=read, args=(shard["ShardId"],), daemon=True).start()
    done.wait()
`

const pyHandler = `def handler(event, context):
    """Processes a batch and tells from which record on it has to be tried again (ReportBatchItemFailures)."""
    for record in event["Records"]:
        try:
            print(record["kinesis"]["partitionKey"], base64.b64decode(record["kinesis"]["data"]))
        except Exception:
            return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]}
    return {"batchItemFailures": []}
`
