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
		if w.Keys != "" {
			words += fmt.Sprintf(" They had %d bytes and as keys %s; here each has a few bytes and a key of its own.", w.Size, w.Keys)
		}
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
	has["read"] = has["poll"] || has["subscribe"]
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
	if has["read"] {
		imports = append(imports, "errors", "sync/atomic", "time")
	}
	if has["put"] || has["read"] {
		imports = append(imports, "github.com/aws/aws-sdk-go-v2/service/kinesis", "github.com/aws/aws-sdk-go-v2/service/kinesis/types")
	}
	if has["batch"] {
		imports = append(imports, "github.com/aws/aws-sdk-go-v2/service/firehose", "hose github.com/aws/aws-sdk-go-v2/service/firehose/types")
	}
	if has["batch"] {
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
	if has["put"] || has["read"] {
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
	for _, part := range []struct{ does, text string }{{"put", goPut}, {"batch", goBatch}, {"read", goFollow}, {"poll", goPoll}, {"subscribe", goSubscribe}} {
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

const goFollow = `// follow has read read each shard of a stream once: those that are there, and a child when all its parents are read to their end.
// It ends when count records have come, or with the first error.
func follow(ctx context.Context, client *kinesis.Client, stream string, from types.ShardIteratorType, count int,
	read func(shard string, from types.ShardIteratorType, show func([]types.Record)) ([]types.ChildShard, error)) error {
	type end struct {
		children []types.ChildShard
		err      error
	}
	ended, enough, running := make(chan end), make(chan struct{}), 0
	var came atomic.Int64
	begin := func(shard string, from types.ShardIteratorType) {
		running++
		show := func(records []types.Record) {
			for _, r := range records {
				fmt.Println(shard, *r.SequenceNumber, *r.PartitionKey, string(r.Data))
			}
			some := int64(len(records))
			if n := came.Add(some); count > 0 && n >= int64(count) && n-some < int64(count) { // these are the ones that were missing
				close(enough)
			}
		}
		go func() {
			children, err := read(shard, from, show)
			ended <- end{children, err}
		}()
	}
	filter := types.ShardFilterTypeAtLatest
	if from == types.ShardIteratorTypeTrimHorizon { // closed shards may have records too
		filter = types.ShardFilterTypeAtTrimHorizon
	}
	for input := (&kinesis.ListShardsInput{StreamName: &stream, ShardFilter: &types.ShardFilter{Type: filter}}); input != nil; {
		list, err := client.ListShards(ctx, input)
		if err != nil {
			return err
		}
		for _, s := range list.Shards {
			begin(*s.ShardId, from)
		}
		if input = nil; list.NextToken != nil {
			input = &kinesis.ListShardsInput{NextToken: list.NextToken}
		}
	}
	parents := map[string]int{} // of a child, that are read to their end
	for running > 0 {
		select {
		case <-enough:
			return nil
		case e := <-ended:
			if running--; e.err != nil {
				return e.err
			}
			for _, child := range e.children {
				if parents[*child.ShardId]++; parents[*child.ShardId] == len(child.ParentShards) {
					begin(*child.ShardId, types.ShardIteratorTypeTrimHorizon)
				}
			}
		}
	}
	return nil
}
`

const goPoll = `// poll asks every shard of a stream once a second until count records have come.
func poll(ctx context.Context, client *kinesis.Client, stream string, from types.ShardIteratorType, count int) error {
	return follow(ctx, client, stream, from, count, func(shard string, from types.ShardIteratorType, show func([]types.Record)) ([]types.ChildShard, error) {
		at, err := client.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{StreamName: &stream, ShardId: &shard, ShardIteratorType: from})
		if err != nil {
			return nil, err
		}
		for next := at.ShardIterator; ; {
			out, err := client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: next})
			var full *types.ProvisionedThroughputExceededException
			if errors.As(err, &full) { // 2 MiB and 5 calls a second for all who read the shard
				time.Sleep(time.Second)
				continue
			}
			if err != nil {
				return nil, err
			}
			show(out.Records)
			if next = out.NextShardIterator; next == nil { // the shard was split or merged, and is read to its end
				return out.ChildShards, nil
			}
			time.Sleep(time.Second)
		}
	})
}
`

const goSubscribe = `// subscribe has records pushed to a registered consumer until count have come.
func subscribe(ctx context.Context, client *kinesis.Client, stream, consumer string, from types.ShardIteratorType, count int) error {
	about, err := client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &stream})
	if err != nil {
		return err
	}
	registered, err := client.DescribeStreamConsumer(ctx, &kinesis.DescribeStreamConsumerInput{StreamARN: about.StreamDescriptionSummary.StreamARN, ConsumerName: &consumer})
	if err != nil {
		return err
	}
	return follow(ctx, client, stream, from, count, func(shard string, from types.ShardIteratorType, show func([]types.Record)) ([]types.ChildShard, error) {
		start := &types.StartingPosition{Type: from}
		for { // a subscription lasts five minutes
			out, err := client.SubscribeToShard(ctx, &kinesis.SubscribeToShardInput{ConsumerARN: registered.ConsumerDescription.ConsumerARN, ShardId: &shard, StartingPosition: start})
			var busy *types.ResourceInUseException
			if errors.As(err, &busy) { // the subscription before is not five seconds old
				time.Sleep(5 * time.Second)
				continue
			}
			if err != nil {
				return nil, err
			}
			events := out.GetStream()
			for e := range events.Events() {
				event, ok := e.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent)
				if !ok {
					continue
				}
				show(event.Value.Records)
				if len(event.Value.ChildShards) > 0 { // the shard was split or merged, and is read to its end
					events.Close()
					return event.Value.ChildShards, nil
				}
				start = &types.StartingPosition{Type: types.ShardIteratorTypeAfterSequenceNumber, SequenceNumber: event.Value.ContinuationSequenceNumber}
			}
			events.Close()
			if err := events.Err(); err != nil {
				return nil, err
			}
		}
	})
}
`

func (s *Stage) python() string {
	all, has := s.programs()
	var b strings.Builder
	b.WriteString(s.head("#", "Clients in Python, exported from a lab of Shardlab.", "pip install boto3 && python3 lab.py CLIENT [COUNT]"))
	for _, i := range []struct {
		module string
		need   bool
	}{{"base64", len(s.Mappings) > 0}, {"collections", has["read"]}, {"queue", has["read"]}, {"random", has["put"] || has["batch"]}, {"sys", true}, {"threading", has["read"]}, {"time", has["put"] || has["batch"] || has["read"]}, {"\nimport boto3", len(all) > 0}} {
		if i.need {
			b.WriteString(strings.Replace("import "+i.module+"\n", "import \n", "\n", 1))
		}
	}
	if len(all) == 0 && len(s.Mappings) == 0 {
		b.WriteString("\n# No client is on the stage: add a writer or a reader, and export again.\n")
	}
	for _, part := range []struct{ does, text string }{{"put", pyPut}, {"batch", pyBatch}, {"read", pyFollow}, {"poll", pyPoll}, {"subscribe", pySubscribe}} {
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

const pyFollow = `def follow(client, stream, start, count, read):
    """Has read read each shard once: those that are there, and a child when all its parents are read to their end."""
    ended, came, parents, one = queue.Queue(), [], collections.Counter(), threading.Lock()

    def begin(shard, start):
        def show(records):
            with one:
                for record in records:
                    print(shard, record["SequenceNumber"], record["PartitionKey"], record["Data"])
                came.extend(records)
            if count and len(came) >= count:
                ended.put(None)

        def run():
            try:
                ended.put(read(shard, start, show))
            except Exception as problem:
                ended.put(problem)

        threading.Thread(target=run, daemon=True).start()

    # Closed shards may have records too.
    request = {"StreamName": stream, "ShardFilter": {"Type": "AT_TRIM_HORIZON" if start == "TRIM_HORIZON" else "AT_LATEST"}}
    while request:
        answer = client.list_shards(**request)
        for shard in answer["Shards"]:
            begin(shard["ShardId"], start)
        request = {"NextToken": answer["NextToken"]} if "NextToken" in answer else None
    while (children := ended.get()) is not None:
        if isinstance(children, Exception):
            raise children
        for child in children:
            parents[child["ShardId"]] += 1
            if parents[child["ShardId"]] == len(child["ParentShards"]):
                begin(child["ShardId"], "TRIM_HORIZON")
`

const pyPoll = `def poll(stream, start, count):
    """Asks every shard of a stream once a second until count records have come; 0 has no end."""
    client = boto3.client("kinesis")

    def read(shard, start, show):
        at = client.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType=start)["ShardIterator"]
        while True:
            try:
                answer = client.get_records(ShardIterator=at)
            except client.exceptions.ProvisionedThroughputExceededException:
                time.sleep(1)  # 2 MiB and 5 calls a second for all who read the shard
                continue
            show(answer["Records"])
            if not (at := answer.get("NextShardIterator")):
                return answer.get("ChildShards", [])
            time.sleep(1)

    follow(client, stream, start, count, read)
`

const pySubscribe = `def subscribe(stream, consumer, start, count):
    """Has records pushed to a registered consumer until count have come; 0 has no end."""
    client = boto3.client("kinesis")
    arn = client.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    arn = client.describe_stream_consumer(StreamARN=arn, ConsumerName=consumer)["ConsumerDescription"]["ConsumerARN"]

    def read(shard, start, show):
        position = {"Type": start}
        while True:  # a subscription lasts five minutes
            try:
                answer = client.subscribe_to_shard(ConsumerARN=arn, ShardId=shard, StartingPosition=position)
            except client.exceptions.ResourceInUseException:
                time.sleep(5)  # the subscription before is not five seconds old
                continue
            for event in answer["EventStream"]:
                event = event["SubscribeToShardEvent"]
                show(event["Records"])
                if event.get("ChildShards"):
                    return event["ChildShards"]
                position = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": event["ContinuationSequenceNumber"]}

    follow(client, stream, start, count, read)
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
