package firehose

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// destinationID is the id of a Firehose stream's one destination.
const destinationID = "destinationId-000000000001"

// Tag is a key with its value.
type Tag struct {
	Key   *string `aws:"required,len=1..128,pattern=firehose/TagKey"`
	Value *string `aws:"len=0..256,pattern=firehose/TagValue" json:",omitempty"`
}

// CreateDeliveryStreamOutput is the answer of CreateDeliveryStream.
type CreateDeliveryStreamOutput struct{ DeliveryStreamARN string }

// DeleteDeliveryStreamInput is the request of DeleteDeliveryStream.
type DeleteDeliveryStreamInput struct {
	DeliveryStreamName *string `aws:"required,len=1..64,pattern=firehose/DeliveryStreamName"`
	AllowForceDelete   *bool   `json:",omitempty"`
}

// DescribeDeliveryStreamInput is the request of DescribeDeliveryStream.
type DescribeDeliveryStreamInput struct {
	DeliveryStreamName          *string `aws:"required,len=1..64,pattern=firehose/DeliveryStreamName"`
	Limit                       *int64  `aws:"val=1..10000" json:",omitempty"`
	ExclusiveStartDestinationId *string `aws:"len=1..100,pattern=firehose/DestinationId" json:",omitempty"`
}

// ListDeliveryStreamsInput is the request of ListDeliveryStreams.
type ListDeliveryStreamsInput struct {
	Limit                            *int64  `aws:"val=1..10000" json:",omitempty"`
	DeliveryStreamType               *string `aws:"enum=|DirectPut|KinesisStreamAsSource|MSKAsSource|DatabaseAsSource" json:",omitempty"`
	ExclusiveStartDeliveryStreamName *string `aws:"len=1..64,pattern=firehose/DeliveryStreamName" json:",omitempty"`
}

// ListDeliveryStreamsOutput is the answer of ListDeliveryStreams.
type ListDeliveryStreamsOutput struct {
	DeliveryStreamNames    []string
	HasMoreDeliveryStreams bool
}

// TagDeliveryStreamInput is the request of TagDeliveryStream.
type TagDeliveryStreamInput struct {
	DeliveryStreamName *string `aws:"required,len=1..64,pattern=firehose/DeliveryStreamName"`
	Tags               []Tag   `aws:"required,items=1..50"`
}

// UntagDeliveryStreamInput is the request of UntagDeliveryStream.
type UntagDeliveryStreamInput struct {
	DeliveryStreamName *string  `aws:"required,len=1..64,pattern=firehose/DeliveryStreamName"`
	TagKeys            []string `aws:"required,items=1..50,len=1..128"`
}

// ListTagsForDeliveryStreamInput is the request of ListTagsForDeliveryStream.
type ListTagsForDeliveryStreamInput struct {
	DeliveryStreamName   *string `aws:"required,len=1..64,pattern=firehose/DeliveryStreamName"`
	ExclusiveStartTagKey *string `aws:"len=1..128,pattern=firehose/TagKey" json:",omitempty"`
	Limit                *int64  `aws:"val=1..50" json:",omitempty"`
}

// ListTagsForDeliveryStreamOutput is the answer of ListTagsForDeliveryStream.
type ListTagsForDeliveryStreamOutput struct {
	Tags        []Tag
	HasMoreTags bool
}

// control counts a call of a control operation, each of which is answered five times a second.
// Source of the words: an answer of the service in prowler, issue 9124.
func (s *Service) control(op string) error {
	now := s.now()
	calls := slices.DeleteFunc(slices.Clone(s.calls[op]), func(t sim.Instant) bool { return now.Sub(t) >= time.Second })
	if len(calls) >= controlRate {
		s.calls[op] = calls
		return aws.Errorf(aws.Throttling, "Please slow down. Max limit of %d RPS has breached for %s", controlRate, op).WithHint("Wait a second and try again.")
	}
	s.calls[op] = append(calls, now)
	return nil
}

// allow says whether whoever acts may do something with a Firehose stream.
func (s *Service) allow(op, arn string, given map[string]string) error {
	if s.caller == "" || s.w.Access == nil {
		return nil
	}
	var tags map[string]string
	if st, ok := s.Stream(Name(arn)); ok {
		tags = st.tags
	}
	return s.w.Access(s.caller, "firehose:"+op, arn, tags, given)
}

// ActAs says who calls from now on by the fast way in, Put: the ARN of a principal, "" for the account's administrator. Whoever lets
// an actor act sets it before and takes it back behind, so it is no state.
func (s *Service) ActAs(principal string) { s.caller = principal }

// RunAs runs a request by a principal; "" is the account's administrator.
func (s *Service) RunAs(principal string, r aws.Request) (any, error) {
	s.caller = principal
	defer func() { s.caller = "" }()
	if name := r.Name(); principal != "" && name != "PutRecord" && name != "PutRecordBatch" {
		d := docOf(r.In)
		arn, given := "*", map[string]string(nil)
		if stream := d.Text("DeliveryStreamName"); stream != "" {
			arn = s.ARN(stream)
		}
		for _, t := range d.Docs("Tags") {
			if given == nil {
				given = map[string]string{}
			}
			given[t.Text("Key")] = t.Text("Value")
		}
		if err := s.allow(name, arn, given); err != nil {
			return nil, err
		}
	}
	return r.Run(s)
}

// CreateDeliveryStream makes a Firehose stream; it is CREATING at first.
// Source of the words, here and in what it calls: answers of the service, as moto and terraform-provider-aws pass them on; what is
// marked as ours is not known.
func (s *Service) CreateDeliveryStream(in any) (*CreateDeliveryStreamOutput, error) {
	if err := s.control("CreateDeliveryStream"); err != nil {
		return nil, err
	}
	d := docOf(in)
	name := d.Text("DeliveryStreamName")
	i, exists := s.search(name)
	if exists {
		return nil, aws.Errorf(aws.ResourceInUse, "Firehose %s under accountId %s already exists", name, s.cfg.Account).WithHint("Choose another name, or delete it first: aws firehose delete-delivery-stream.")
	}
	if len(s.streams) >= maxStreams {
		return nil, aws.Errorf(aws.LimitExceeded, "You have already consumed your firehose quota of %d hoses.", maxStreams).WithHint("This lab holds %d Firehose streams; AWS's own quota in us-east-1 is %d.", maxStreams, MaxStreams)
	}
	st := &Stream{name: name, arn: s.ARN(name), typ: cmp.Or(d.Text("DeliveryStreamType"), DirectPut), status: Creating, version: 1, created: s.now(), tags: map[string]string{},
		encryption: encryption{Status: disabled}, Options: Options{MaxPartitions: MaxPartitions}}
	for _, t := range d.Docs("Tags") {
		st.tags[t.Text("Key")] = t.Text("Value")
	}
	if err := s.chooseSource(st, d); err != nil {
		return nil, err
	}
	if err := s.chooseDestination(st, d); err != nil {
		return nil, err
	}
	if c := d.Doc("DeliveryStreamEncryptionConfigurationInput"); c != nil {
		if st.typ != DirectPut { // ours
			return nil, aws.Errorf(aws.InvalidArgument, "Server-side encryption can be configured for a DirectPut delivery stream only.").WithHint("What a stream is read from encrypts it: aws kinesis start-stream-encryption.")
		}
		arn, err := s.checkKey(c.Text("KeyType"), c.Text("KeyARN"))
		if err != nil {
			return nil, err
		}
		st.encryption = encryption{Status: enabled, KeyType: c.Text("KeyType"), KeyARN: arn}
	}
	s.made++
	st.id = s.made
	st.dice = sim.NewRand(s.cfg.Seed, "firehose/"+name+"/"+strconv.FormatInt(st.id, 10))
	st.quota = quota{now: directPut(s.cfg.Region), at: st.created}
	st.quota.left = throughput{st.quota.now.Records * micro, st.quota.now.Requests * micro, st.quota.now.Bytes * micro}
	if st.typ == KinesisStreamAsSource {
		if err := s.beginSource(st); err != nil && !aws.Throttled(aws.CodeOf(err)) { // what is throttled it begins when it is ACTIVE
			return nil, sourceError(err, st)
		}
	}
	s.rewire(st)
	s.streams = sim.Insert(s.streams, i, st)
	s.after(st, createTakes, evStatus, 0)
	s.notify(Notice{Kind: StatusChanged, Stream: st, Status: Creating})
	return &CreateDeliveryStreamOutput{st.arn}, nil
}

// sourceError is what a source answered that cannot be read, as Firehose tells it.
func sourceError(err error, st *Stream) error {
	e := aws.Errorf(aws.InvalidArgument, "%s", err.Error())
	switch aws.CodeOf(err) {
	case aws.ResourceNotFound:
		e = aws.Errorf(aws.ResourceNotFound, "%s", strings.TrimPrefix(err.Error(), aws.ResourceNotFound+": "))
	case aws.AccessDenied:
		e.Message = "Role " + st.source.Text("RoleARN") + " is not authorized to perform: kinesis:GetShardIterator, kinesis:GetRecords and kinesis:ListShards on resource " + st.source.Text("KinesisStreamARN") + "."
	}
	return e.WithHint("The stream must be ACTIVE and the role must be allowed to read it.")
}

// chooseSource finds what a new stream is fed from.
func (s *Service) chooseSource(st *Stream, d Doc) error {
	for _, x := range sourceMembers {
		switch has := d.Has(x.member); {
		case has && st.typ != x.typ: // ours
			return aws.Errorf(aws.InvalidArgument, "%s is not supported for DeliveryStreamType %s.", x.member, st.typ).WithHint("Write DeliveryStreamType %s, or leave %s out.", x.typ, x.member)
		case !has && st.typ == x.typ && x.typ != DirectPut: // ours
			return aws.Errorf(aws.InvalidArgument, "%s must be specified for DeliveryStreamType %s.", x.member, st.typ).WithHint("Give it, or write DeliveryStreamType DirectPut.")
		}
	}
	switch st.typ {
	case DirectPut:
		st.source = d.Doc("DirectPutSourceConfiguration")
		return nil
	case KinesisStreamAsSource:
		st.source = d.Doc("KinesisStreamSourceConfiguration")
		return s.roleError(st.source.Text("RoleARN"))
	}
	return aws.Errorf(aws.InvalidArgument, "DeliveryStreamType %s is not available in this lab.", st.typ).WithHint("It has neither Amazon MSK nor databases: use DirectPut or KinesisStreamAsSource.")
}

// chooseDestination finds the one destination of a request, with all that has a usual value.
func (s *Service) chooseDestination(st *Stream, d Doc) error {
	var found []*kind
	for i := range kinds {
		if d.Has(kinds[i].configuration()) {
			found = append(found, &kinds[i])
		}
	}
	if len(found) != 1 {
		return aws.Errorf(aws.InvalidArgument, "Exactly one destination configuration is supported for a Firehose").WithHint("Give one, such as --extended-s3-destination-configuration RoleARN=arn:aws:iam::%s:role/firehose_delivery_role,BucketARN=arn:aws:s3:::my-bucket.", s.cfg.Account)
	}
	st.kind = found[0]
	config := complete(st.kind, d.Doc(st.kind.configuration()))
	if err := s.checkConfig(st.kind, config, true); err != nil {
		return err
	}
	st.config = config
	return nil
}

// complete gives a configuration all that has a usual value.
func complete(k *kind, config Doc) Doc {
	config = maps.Clone(config)
	usual := func(d Doc, size, seconds int64) Doc {
		d = maps.Clone(d)
		if !d.Has("BufferingHints") {
			d["BufferingHints"] = Doc{"SizeInMBs": float64(size), "IntervalInSeconds": float64(seconds)}
		}
		return d
	}
	s3usual := func(d Doc) Doc {
		if !d.Has("CompressionFormat") {
			d["CompressionFormat"] = "UNCOMPRESSED"
		}
		if !d.Has("EncryptionConfiguration") {
			d["EncryptionConfiguration"] = Doc{"NoEncryptionConfig": "NoEncryption"}
		}
		if !d.Has("CloudWatchLoggingOptions") {
			d["CloudWatchLoggingOptions"] = Doc{"Enabled": false}
		}
		return d
	}
	size, seconds := k.size.Usual, k.seconds.Usual
	if c := config.Doc("DataFormatConversionConfiguration"); c != nil && !c.Has("Enabled") { // Source: API Reference, DataFormatConversionConfiguration
		config["DataFormatConversionConfiguration"] = c.with("Enabled", true)
	}
	if config.True("DataFormatConversionConfiguration.Enabled") {
		size = 128
	}
	if config.True("DynamicPartitioningConfiguration.Enabled") {
		size = max(size, minPartitionedMiB)
		if !config.Has("DynamicPartitioningConfiguration.RetryOptions") {
			config["DynamicPartitioningConfiguration"] = config.Doc("DynamicPartitioningConfiguration").with("RetryOptions", Doc{"DurationInSeconds": float64(300)})
		}
	}
	if config = usual(config, size, seconds); k.toS3() {
		config = s3usual(config)
	}
	for _, name := range []string{"S3Configuration", "S3BackupConfiguration"} {
		if d := config.Doc(name); d != nil {
			config[name] = s3usual(usual(d, 5, 300))
		}
	}
	if k.retry >= 0 && !config.Has("RetryOptions") {
		config["RetryOptions"] = Doc{"DurationInSeconds": float64(k.retry)}
	}
	if k.all != "" && !config.Has("S3BackupMode") {
		config["S3BackupMode"] = cmp.Or(k.failed, "Disabled")
	}
	return config
}

// checkConfig refuses a destination that cannot be.
func (s *Service) checkConfig(k *kind, config Doc, fresh bool) error {
	if err := s.roleError(config.Text("RoleARN")); err != nil {
		return err
	}
	if h := config.Doc("BufferingHints"); h.Has("SizeInMBs") != h.Has("IntervalInSeconds") {
		return oneHint()
	}
	dynamic, converts := config.True("DynamicPartitioningConfiguration.Enabled"), config.True("DataFormatConversionConfiguration.Enabled")
	size, seconds := config.Int("BufferingHints.SizeInMBs", 0), config.Int("BufferingHints.IntervalInSeconds", 0)
	invalid := func(hint, format string, args ...any) error {
		return aws.Errorf(aws.InvalidArgument, format, args...).WithHint("%s", hint)
	}
	switch {
	case converts && size < minConvertedMiB:
		return invalid("A file of Parquet or ORC is worth it when it is large: write SizeInMBs=64 or more.", "BufferingHints.SizeInMBs must be at least %d when data format conversion is enabled.", minConvertedMiB)
	case dynamic && size < minPartitionedMiB:
		return invalid("Write SizeInMBs=64 or more.", "BufferingHints.SizeInMBs must be at least %d when Dynamic Partitioning is enabled.", minPartitionedMiB)
	case dynamic && seconds < minBackupSeconds: // ours: AWS publishes no least value
		return invalid("Write IntervalInSeconds=60 or more.", "BufferingHints.IntervalInSeconds must be at least %d when Dynamic Partitioning is enabled.", minBackupSeconds)
	case k.all == "Enabled" && config.Text("S3BackupMode") == "Enabled" && !config.Has("S3BackupConfiguration"):
		return invalid("Give S3BackupConfiguration={RoleARN=...,BucketARN=...}.", "S3BackupConfiguration must be specified when S3BackupMode is Enabled.")
	}
	if k.toS3() {
		if err := checkPrefixes(config, false); err != nil {
			return err
		}
	}
	for _, name := range []string{"S3Configuration", "S3BackupConfiguration"} {
		c := config.Doc(name)
		if c == nil {
			continue
		}
		if err := s.roleError(c.Text("RoleARN")); err != nil {
			return err
		}
		if h := c.Doc("BufferingHints"); h.Has("SizeInMBs") != h.Has("IntervalInSeconds") {
			return oneHint()
		}
		redshift := k.name == "Redshift" && name == "S3Configuration"
		if !redshift && c.Int("BufferingHints.IntervalInSeconds", 300) < minBackupSeconds {
			return invalid("Zero buffering is for destinations, not for backup buckets: write IntervalInSeconds=60 or more.", "%s.BufferingHints.IntervalInSeconds must be at least %d.", name, minBackupSeconds)
		}
		if err := checkPrefixes(c, redshift); err != nil {
			return err
		}
	}
	if err := s.checkProcessing(k, config); err != nil {
		return err
	}
	return s.checkDestination(k, config)
}

// oneHint is the answer to a hint without the other. The rule is the API Reference's, BufferingHints; the words are ours.
func oneHint() error {
	return aws.Errorf(aws.InvalidArgument, "Both SizeInMBs and IntervalInSeconds must be specified in BufferingHints.").WithHint("Write BufferingHints={SizeInMBs=5,IntervalInSeconds=300}.")
}

// checkDestination refuses what a kind of destination has rules of its own against.
//
// The rules are the API Reference's and the Developer Guide's, the words ours.
func (s *Service) checkDestination(k *kind, config Doc) error {
	invalid := func(hint, format string, args ...any) error {
		return aws.Errorf(aws.InvalidArgument, format, args...).WithHint("%s", hint)
	}
	secret := config.True("SecretsManagerConfiguration.Enabled")
	index := config.Text("IndexName")
	option := config.Text("DataLoadingOption")
	switch {
	case (k.name == "Elasticsearch" || k.name == "Amazonopensearchservice") && config.Has("DomainARN") == config.Has("ClusterEndpoint"):
		return invalid("Write DomainARN=arn:aws:es:"+s.cfg.Region+":"+s.cfg.Account+":domain/NAME.", "Exactly one of DomainARN or ClusterEndpoint must be specified.")
	case k.name == "AmazonOpenSearchServerless" && !config.Has("CollectionEndpoint"):
		return invalid("Write CollectionEndpoint=https://NAME."+s.cfg.Region+".aoss.amazonaws.com.", "CollectionEndpoint must be specified.")
	case index != "" && (strings.ToLower(index) != index || strings.ContainsAny(index, "\\/*?\"<>| ,#:") || strings.ContainsAny(index[:1], "-_+")):
		return invalid("An index's name has small letters and no spaces, and begins with none of - _ +.", "IndexName %s is not valid.", index)
	case k.name == "Splunk" && !strings.HasPrefix(config.Text("HECEndpoint"), "https://"):
		return invalid("Write HECEndpoint=https://NAME.example.com:8088.", "HECEndpoint must begin with https://.")
	case k.name == "Splunk" && config.Text("HECToken") == "" && !secret:
		return invalid("Write HECToken=..., the token of Splunk's input.", "HECToken must be specified when SecretsManagerConfiguration is not enabled.")
	case k.name == "Redshift" && !slices.Contains([]string{"", "UNCOMPRESSED", "GZIP"}, config.Text("S3Configuration.CompressionFormat")):
		return invalid("COPY reads UNCOMPRESSED or GZIP.", "Compression formats SNAPPY and ZIP are not supported for the Redshift destination.")
	case strings.HasPrefix(option, "VARIANT") && config.Text("ContentColumnName") == "":
		return invalid("Write ContentColumnName=CONTENT.", "ContentColumnName must be specified when DataLoadingOption is %s.", option)
	case option == "VARIANT_CONTENT_AND_METADATA_MAPPING" && config.Text("MetaDataColumnName") == "":
		return invalid("Write MetaDataColumnName=METADATA.", "MetaDataColumnName must be specified when DataLoadingOption is %s.", option)
	case k.name == "Iceberg" && len(config.Docs("DestinationTableConfigurationList")) == 0:
		return invalid("Write DestinationTableConfigurationList=[{DestinationDatabaseName=lake,DestinationTableName=rides}].", "DestinationTableConfigurationList must hold a table.")
	}
	return nil
}

// statusDue ends CREATING and DELETING.
func (s *Service) statusDue(st *Stream) {
	switch st.status {
	case Creating:
		st.status = Active
		if st.typ == KinesisStreamAsSource {
			s.poll(st)
		}
		s.notify(Notice{Kind: StatusChanged, Stream: st, Status: Active})
	case Deleting:
		var left []Record
		left = append(left, st.waiting...)
		for _, j := range st.jobs {
			left = append(left, j.records...)
		}
		for _, b := range st.buffers {
			if b.target != toBackup {
				left = append(left, b.records...)
			}
		}
		for _, x := range st.shipments {
			if x.target != toBackup {
				left = append(left, x.records...)
			}
		}
		s.lose(st, left, "delete")
		s.bury(st.charged())
		s.streams = slices.DeleteFunc(slices.Clone(s.streams), func(x *Stream) bool { return x == st })
		s.notify(Notice{Kind: StatusChanged, Stream: st})
	}
}

// bury keeps what a stream that goes has used, with what others of its name and kind had.
func (s *Service) bury(c Charged) {
	for i := range s.gone {
		if g := &s.gone[i]; g.Name == c.Name && g.Kind == c.Kind && g.Reads == c.Reads {
			g.Used = Used{g.Used.Ingested + c.Used.Ingested, g.Used.Converted + c.Used.Converted, g.Used.Partitioned + c.Used.Partitioned, g.Used.Objects + c.Used.Objects, g.Used.JQMicros + c.Used.JQMicros}
			return
		}
	}
	s.gone = append(s.gone, c)
}

// SetOptions changes what the lab can change of a Firehose stream and AWS has no operation for.
func (s *Service) SetOptions(name string, change func(*Options)) (Options, error) {
	st, err := s.find(name)
	if err != nil {
		return Options{}, err
	}
	if change(&st.Options); !st.Options.AutoRaise {
		st.raised = 0
	}
	return st.Options, nil
}

// notActive is the answer to a change of a stream that is being made or deleted. The words are ours.
func notActive(st *Stream) error {
	return aws.Errorf(aws.ResourceInUse, "Firehose %s is in %s state and cannot be changed.", st.name, st.status).WithHint("Wait until describe-delivery-stream says ACTIVE.")
}

// DeleteDeliveryStream deletes a Firehose stream with all that it still has; it is DELETING for a while.
func (s *Service) DeleteDeliveryStream(in *DeleteDeliveryStreamInput) error {
	if err := s.control("DeleteDeliveryStream"); err != nil {
		return err
	}
	st, err := s.find(*in.DeliveryStreamName)
	if err != nil {
		return err
	}
	if st.status != Active {
		return notActive(st)
	}
	st.status = Deleting
	s.after(st, deleteTakes, evStatus, 0)
	s.notify(Notice{Kind: StatusChanged, Stream: st, Status: Deleting})
	return nil
}

// ListDeliveryStreams lists the Firehose streams by name, ten at a time unless a Limit says otherwise.
// Source: API Reference, ListDeliveryStreams.
func (s *Service) ListDeliveryStreams(in *ListDeliveryStreamsInput) (*ListDeliveryStreamsOutput, error) {
	if err := s.control("ListDeliveryStreams"); err != nil {
		return nil, err
	}
	limit := 10
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	out := &ListDeliveryStreamsOutput{DeliveryStreamNames: []string{}}
	for _, st := range s.streams {
		if st.name <= deref(in.ExclusiveStartDeliveryStreamName) || in.DeliveryStreamType != nil && *in.DeliveryStreamType != st.typ {
			continue
		}
		if len(out.DeliveryStreamNames) == limit {
			out.HasMoreDeliveryStreams = true
			break
		}
		out.DeliveryStreamNames = append(out.DeliveryStreamNames, st.name)
	}
	return out, nil
}

// DescribeDeliveryStream tells what a Firehose stream is. Secrets are not told.
func (s *Service) DescribeDeliveryStream(in *DescribeDeliveryStreamInput) (Doc, error) {
	if err := s.control("DescribeDeliveryStream"); err != nil {
		return nil, err
	}
	st, err := s.find(*in.DeliveryStreamName)
	if err != nil {
		return nil, err
	}
	s.count(st, "DescribeDeliveryStream.Requests", 1)
	s.count(st, "DescribeDeliveryStream.Latency", putLatency)
	destinations := []any{}
	if deref(in.ExclusiveStartDestinationId) < destinationID {
		d := Doc{"DestinationId": destinationID, st.kind.description(): s.described(st.kind.description(), st.config)}
		if st.kind.toS3() { // the service tells of both kinds
			d["S3DestinationDescription"] = s.described("S3DestinationDescription", st.config)
			d["ExtendedS3DestinationDescription"] = s.described("ExtendedS3DestinationDescription", st.config)
		}
		destinations = append(destinations, d)
	}
	out := Doc{"DeliveryStreamName": st.name, "DeliveryStreamARN": st.arn, "DeliveryStreamStatus": st.status, "DeliveryStreamType": st.typ, "VersionId": strconv.FormatInt(st.version, 10),
		"CreateTimestamp": aws.Timestamp(st.created / 1000), "Destinations": destinations, "HasMoreDestinations": false}
	if st.updated != 0 {
		out["LastUpdateTimestamp"] = aws.Timestamp(st.updated / 1000)
	}
	if st.typ == DirectPut {
		e := Doc{"Status": st.encryption.Status}
		if st.encryption.KeyType != "" {
			e["KeyType"] = st.encryption.KeyType
		}
		if st.encryption.KeyARN != "" {
			e["KeyARN"] = st.encryption.KeyARN
		}
		out["DeliveryStreamEncryptionConfiguration"] = e
		if st.source != nil {
			out["Source"] = Doc{"DirectPutSourceDescription": st.source}
		}
	} else {
		out["Source"] = Doc{"KinesisStreamSourceDescription": st.source.with("DeliveryStartTimestamp", aws.Timestamp(st.created/1000))}
	}
	return Doc{"DeliveryStreamDescription": out}, nil
}

// described is a configuration as a description tells it.
func (s *Service) described(structure string, config Doc) Doc {
	d := Doc{}
	for name, v := range config {
		as := other(structure, name)
		if as == "" {
			continue
		}
		switch inner := asDoc(v); {
		case as != name && strings.Contains(as, "S3"):
			v = s.described("S3DestinationDescription", inner)
		case name == "EndpointConfiguration":
			v = inner.with("AccessKey", nil)
		case as == "VpcConfigurationDescription":
			v = inner.with("VpcId", "vpc-0123456789abcdef0")
		}
		d[as] = v
	}
	return d
}

// TagDeliveryStream gives a Firehose stream tags; a key that it has already gets the new value.
func (s *Service) TagDeliveryStream(in *TagDeliveryStreamInput) error {
	return s.retag("TagDeliveryStream", *in.DeliveryStreamName, func(tags map[string]string) {
		for _, t := range in.Tags {
			tags[*t.Key] = deref(t.Value)
		}
	})
}

// UntagDeliveryStream takes tags off a Firehose stream.
func (s *Service) UntagDeliveryStream(in *UntagDeliveryStreamInput) error {
	return s.retag("UntagDeliveryStream", *in.DeliveryStreamName, func(tags map[string]string) {
		for _, k := range in.TagKeys {
			delete(tags, k)
		}
	})
}

func (s *Service) retag(op, name string, change func(map[string]string)) error {
	if err := s.control(op); err != nil {
		return err
	}
	st, err := s.find(name)
	if err != nil {
		return err
	}
	tags := maps.Clone(st.tags)
	change(tags)
	if len(tags) > MaxTags { // the words are ours
		return aws.Errorf(aws.LimitExceeded, "A delivery stream can have at most %d tags.", MaxTags).WithHint("It would have %d. Remove some first.", len(tags))
	}
	st.tags = tags
	return nil
}

// ListTagsForDeliveryStream lists the tags of a Firehose stream by their keys.
func (s *Service) ListTagsForDeliveryStream(in *ListTagsForDeliveryStreamInput) (*ListTagsForDeliveryStreamOutput, error) {
	if err := s.control("ListTagsForDeliveryStream"); err != nil {
		return nil, err
	}
	st, err := s.find(*in.DeliveryStreamName)
	if err != nil {
		return nil, err
	}
	limit := MaxTags
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	out := &ListTagsForDeliveryStreamOutput{Tags: []Tag{}}
	for _, k := range slices.Sorted(maps.Keys(st.tags)) {
		if k <= deref(in.ExclusiveStartTagKey) {
			continue
		}
		if len(out.Tags) == limit {
			out.HasMoreTags = true
			break
		}
		out.Tags = append(out.Tags, Tag{ptr(k), ptr(st.tags[k])})
	}
	return out, nil
}

// UpdateDestination changes the destination of a Firehose stream: what is given of a destination of the same kind, or all of it
// with another kind. The version of its configuration grows.
// Source: API Reference, UpdateDestination.
func (s *Service) UpdateDestination(in any) error {
	if err := s.control("UpdateDestination"); err != nil {
		return err
	}
	d := docOf(in)
	st, err := s.find(d.Text("DeliveryStreamName"))
	if err != nil {
		return err
	}
	if st.status != Active {
		return notActive(st)
	}
	s.count(st, "UpdateDeliveryStream.Requests", 1)
	s.count(st, "UpdateDeliveryStream.Latency", putLatency)
	if v := d.Text("CurrentDeliveryStreamVersionId"); v != strconv.FormatInt(st.version, 10) {
		return aws.Errorf(ConcurrentModification, "Cannot update firehose: %s since the current version id: %d and specified version id: %s do not match", st.name, st.version, v).
			WithHint("Somebody changed it meanwhile, or the number is a wrong one: describe-delivery-stream tells the VersionId.")
	}
	if id := d.Text("DestinationId"); id != destinationID { // ours
		return aws.Errorf(aws.InvalidArgument, "Destination Id %s not found", id).WithHint("It is %s.", destinationID)
	}
	var found []*kind
	for i := range kinds {
		if d.Has(kinds[i].update()) {
			found = append(found, &kinds[i])
		}
	}
	if len(found) != 1 {
		return aws.Errorf(aws.InvalidArgument, "Exactly one destination configuration is supported for a Firehose").WithHint("Give one, such as --extended-s3-destination-update BufferingHints={SizeInMBs=1,IntervalInSeconds=60}.")
	}
	k, change := found[0], d.Doc(found[0].update())
	config := Doc{}
	if k.like(st.kind) {
		config = maps.Clone(st.config)
		if st.kind.name == "ExtendedS3" {
			k = st.kind
		}
	} else if search(k) != search(st.kind) {
		return aws.Errorf(aws.InvalidArgument, "Switching between Amazon OpenSearch Service and other services is not supported.").WithHint("Make another Firehose stream.")
	}
	if err := st.fixed(k, change); err != nil {
		return err
	}
	merge(config, k, change)
	if err := missing(k, config); err != nil {
		return err
	}
	config = complete(k, config)
	if err := s.checkConfig(k, config, false); err != nil {
		return err
	}
	if b := st.backupConfig(); b != nil {
		st.kept = b
	}
	st.kind, st.config = k, config
	st.version++
	st.updated = s.now()
	s.rewire(st)
	s.notify(Notice{Kind: Updated, Stream: st, N: st.version})
	return nil
}

// search says whether a kind is of OpenSearch.
func search(k *kind) bool { return strings.Contains(strings.ToLower(k.name), "search") }

// fixed refuses changes of what stays as it was made.
// Source of the rules: Developer Guide, "Dynamic partitioning" and "Back up source records"; the words are ours.
func (st *Stream) fixed(k *kind, change Doc) error {
	if k != st.kind {
		return nil
	}
	if p := change.Doc("DynamicPartitioningConfiguration"); p != nil && p.True("Enabled") != st.partitioned() {
		what := "enabled on an existing delivery stream"
		if st.partitioned() {
			what = "disabled once it is enabled"
		}
		return aws.Errorf(aws.InvalidArgument, "Dynamic Partitioning cannot be %s.", what).WithHint("Make another Firehose stream.")
	}
	was, now := st.config.Text("S3BackupMode"), change.Text("S3BackupMode")
	switch {
	case now == "" || now == was:
	case k.failed == "" && was == "Enabled":
		return aws.Errorf(aws.InvalidArgument, "S3BackupMode cannot be changed from Enabled to Disabled.").WithHint("Source record backup cannot be switched off again: make another Firehose stream.")
	case search(k):
		return aws.Errorf(aws.InvalidArgument, "S3BackupMode cannot be changed.").WithHint("Make another Firehose stream.")
	}
	return nil
}

// merge lays an update over a configuration.
func merge(config Doc, k *kind, change Doc) {
	for name, v := range change {
		as := name
		switch name {
		case "S3Update":
			as = "S3Configuration"
		case "S3BackupUpdate":
			as = "S3BackupConfiguration"
		}
		if as == "S3Configuration" || as == "S3BackupConfiguration" {
			inner := maps.Clone(config.Doc(as))
			if inner == nil {
				inner = Doc{}
			}
			maps.Copy(inner, asDoc(v))
			v = inner
		}
		config[as] = v
	}
}

// missing refuses a configuration that lacks what it needs.
func missing(k *kind, config Doc) error {
	for word := range strings.FieldsSeq(membersOf(k.configuration())) {
		name, _, _ := strings.Cut(word, ":")
		if name, needed := strings.CutSuffix(name, "*"); needed && !config.Has(name) { // ours
			return aws.Errorf(aws.InvalidArgument, "%s must be specified when the destination changes to another one.", name).WithHint("Give all that %s needs.", k.configuration())
		}
	}
	return nil
}

// sourceMembers are the members that say what a type is fed from.
var sourceMembers = []struct{ typ, member string }{
	{DirectPut, "DirectPutSourceConfiguration"}, {KinesisStreamAsSource, "KinesisStreamSourceConfiguration"},
	{"MSKAsSource", "MSKSourceConfiguration"}, {"DatabaseAsSource", "DatabaseSourceConfiguration"},
}
