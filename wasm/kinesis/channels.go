package kinesis

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// A channel is a delivery from an on-demand stream to S3, of which the lab keeps the control plane: it has no S3, and no
// record is delivered.
type channel struct {
	id     int64       // of this channel and no other
	stream int64       // id of the stream it reads
	until  sim.Instant // when it leaves CREATING, UPDATING or DELETING
	ChannelDescription

	attached
}

// Types of destinations of channels.
const (
	toS3       = "S3"
	toS3Tables = "S3_TABLES"
)

func (c *channel) destination() string {
	if c.S3DestinationConfiguration != nil {
		return toS3
	}
	return toS3Tables
}

// CreateChannel makes a channel. It is CREATING for a while.
// AWS publishes none of the words with which it refuses: they are ours.
func (s *Service) CreateChannel(in *CreateChannelInput) (*ChannelOutput, error) {
	l := &s.cfg.Limits
	if err := s.admit("CreateChannel", l.CreateChannelRate, ""); err != nil {
		return nil, err
	}
	c := &channel{ChannelDescription: ChannelDescription{
		ChannelName: *in.ChannelName, ChannelARN: s.channelARN(*in.ChannelName), ChannelCreationTimestamp: seconds(s.sched.Now()),
		ServiceExecutionRoleARN: *in.ServiceExecutionRoleARN, EncryptionConfiguration: in.EncryptionConfiguration,
		S3DestinationConfiguration: in.S3DestinationConfiguration, S3TablesDestinationConfiguration: in.S3TablesDestinationConfiguration,
	}}
	if err := s.checkChannel(c, in); err != nil {
		return nil, err
	}
	if err := s.tag(resource{&c.attached, "channel " + c.ChannelName, nil}, in.Tags, streamSymbols); err != nil {
		return nil, err
	}
	source := &in.StreamConfigurationList[0]
	st, err := s.find(nil, source.StreamARN)
	if err != nil {
		return nil, err
	}
	i, exists := s.searchChannel(c.ChannelName)
	same := 0
	for _, other := range s.channels {
		if other.stream == st.id && other.destination() == c.destination() {
			same++
		}
	}
	switch {
	case st.mode != OnDemand:
		return nil, aws.Errorf(aws.Validation, "Channels are not supported for stream %s under account %s, which is in Provisioned mode.", st.name, s.cfg.Account).
			WithHint("Switch the stream to on-demand first: update-stream-mode.")
	case st.status != Active:
		return nil, s.needActive(st)
	case exists:
		return nil, aws.Errorf(aws.ResourceInUse, "Channel %s under account %s already exists.", c.ChannelName, s.cfg.Account).
			WithHint("Choose another name, or delete the channel first.")
	case same >= l.StreamChannels:
		return nil, aws.Errorf(aws.LimitExceeded, "This request would exceed the limit of %d channel to a destination of type %s for stream %s under account %s.", l.StreamChannels, c.destination(), st.name, s.cfg.Account).
			WithHint("list-channels shows the channels there are.")
	}
	if key := c.EncryptionConfiguration; key != nil {
		if _, err := s.usableKey(st, *key.KeyId); err != nil {
			return nil, err
		}
	}
	s.channelled++
	c.id, c.stream = s.channelled, st.id
	dice := sim.NewRand(s.cfg.Seed, fmt.Sprintf("kinesis/channel/%d", c.id))
	c.ChannelId = fmt.Sprintf("%08x-%04x-%04x", uint32(dice.Uint64()), uint16(dice.Uint64()), uint16(dice.Uint64())) // its form is ours
	c.StreamConfigurationList = []ChannelStreamDescription{{st.arn, seconds(st.created), *source.RecordConfiguration}}
	c.LoggingConfiguration = c.logging(in.LoggingConfiguration)
	s.channels = sim.Insert(s.channels, i, c)
	s.setChannel(c, Creating)
	return &ChannelOutput{c.ChannelDescription}, nil
}

// checkChannel refuses combinations that a channel cannot have, and fills in what the request leaves out.
// Source: API Reference, CreateChannel and its types; Developer Guide, "Delivery quotas and limits".
func (s *Service) checkChannel(c *channel, in *CreateChannelInput) error {
	l := &s.cfg.Limits
	refuse := func(hint, format string, args ...any) error {
		return aws.Errorf(aws.Validation, format, args...).WithHint("%s", hint)
	}
	file, table := c.S3DestinationConfiguration, c.S3TablesDestinationConfiguration
	if (file == nil) == (table == nil) {
		return refuse("Name one destination.", "Either S3DestinationConfiguration or S3TablesDestinationConfiguration must be specified, but not both.")
	}
	if len(in.StreamConfigurationList) > 1 || table != nil && len(table.S3TablesConfigurationList) > 1 {
		return refuse("Make a channel for each.", "A channel supports one stream and one table.")
	}
	records := in.StreamConfigurationList[0].RecordConfiguration
	format, freshness := *records.RecordFormatType, ptr(l.MinFreshness)
	if key := c.EncryptionConfiguration; key != nil && strings.HasSuffix(*key.KeyId, "alias/aws/kinesis") {
		return refuse("Use a key of your own.", "The service key aws/kinesis cannot encrypt what a channel delivers.")
	}
	if file != nil {
		if format == "GSR_JSON" {
			return refuse("A bucket takes JSON, STRING or BYTE_ARRAY.", "RecordFormatType %s is not supported for S3DestinationConfiguration.", format)
		}
		full := *file
		full.DataFreshnessInSeconds = cmp.Or(full.DataFreshnessInSeconds, freshness)
		if full.DeadLetterQueueS3Configuration == nil { // the prefix is ours
			to := full.StorageConfiguration
			full.DeadLetterQueueS3Configuration = &DeadLetterQueueS3Configuration{to.BucketARN, to.ExpectedBucketOwner, ptr("errors/")}
		}
		c.S3DestinationConfiguration = &full
		return s.checkFreshness(full.DataFreshnessInSeconds)
	}
	switch {
	case format != "JSON" && format != "GSR_JSON":
		return refuse("A table takes JSON or GSR_JSON.", "RecordFormatType %s is not supported for S3TablesDestinationConfiguration.", format)
	case records.GSRSchemaARN == nil:
		return refuse("A table needs a schema of Glue.", "GSRSchemaARN is required for S3TablesDestinationConfiguration.")
	}
	full := *table
	full.DataFreshnessInSeconds = cmp.Or(full.DataFreshnessInSeconds, freshness)
	c.S3TablesDestinationConfiguration = &full
	return s.checkFreshness(full.DataFreshnessInSeconds)
}

func (s *Service) checkFreshness(n *int64) error {
	l := &s.cfg.Limits
	if *n >= l.MinFreshness && *n <= l.MaxFreshness {
		return nil
	}
	return aws.Errorf(aws.Validation, "DataFreshnessInSeconds must be between %d and %d. Specified value was %d", l.MinFreshness, l.MaxFreshness, *n).
		WithHint("The default is %d.", l.MinFreshness)
}

// logging fills in where a channel logs: nowhere, if nothing is asked for.
func (c *channel) logging(asked *ChannelLoggingConfiguration) ChannelLoggingConfiguration {
	if asked == nil || !*asked.CloudWatchLogs.Enabled {
		return ChannelLoggingConfiguration{&CloudWatchLogs{Enabled: ptr(false)}}
	}
	logs := *asked.CloudWatchLogs
	logs.LogGroupName = cmp.Or(logs.LogGroupName, ptr("/aws/kinesis/"+c.ChannelName+"/"+c.ChannelId))
	logs.LogStreamName = cmp.Or(logs.LogStreamName, ptr("DestinationDelivery"))
	return ChannelLoggingConfiguration{&logs}
}

// DescribeChannel tells what a channel is.
func (s *Service) DescribeChannel(in *ChannelInput) (*ChannelOutput, error) {
	c, err := s.findChannel("DescribeChannel", s.cfg.Limits.DescribeChannelRate, *in.ChannelARN)
	if err != nil {
		return nil, err
	}
	return &ChannelOutput{c.ChannelDescription}, nil
}

// UpdateChannel changes how fresh delivered data is, or where a channel logs. It is UPDATING for a while.
func (s *Service) UpdateChannel(in *UpdateChannelInput) (*ChannelOutput, error) {
	c, err := s.findChannel("UpdateChannel", s.cfg.Limits.UpdateChannelRate, *in.ChannelARN)
	if err != nil {
		return nil, err
	}
	file, table := c.S3DestinationConfiguration, c.S3TablesDestinationConfiguration
	switch {
	case in.S3DestinationConfiguration == nil && in.S3TablesDestinationConfiguration == nil && in.LoggingConfiguration == nil:
		return nil, aws.Errorf(aws.Validation, "Nothing to update was specified for channel %s.", c.ChannelName).
			WithHint("Give a new DataFreshnessInSeconds of its destination, or a LoggingConfiguration.")
	case in.S3DestinationConfiguration != nil && file == nil, in.S3TablesDestinationConfiguration != nil && table == nil:
		return nil, aws.Errorf(aws.Validation, "The destination of channel %s is of type %s.", c.ChannelName, c.destination()).
			WithHint("A destination cannot be exchanged: delete the channel and make another.")
	}
	if to := cmp.Or(in.S3DestinationConfiguration, in.S3TablesDestinationConfiguration); to != nil {
		if err := s.checkFreshness(to.DataFreshnessInSeconds); err != nil {
			return nil, err
		}
	}
	if err := s.needChannel(c); err != nil {
		return nil, err
	}
	if in.S3DestinationConfiguration != nil {
		full := *file
		full.DataFreshnessInSeconds = in.S3DestinationConfiguration.DataFreshnessInSeconds
		c.S3DestinationConfiguration = &full
	}
	if in.S3TablesDestinationConfiguration != nil {
		full := *table
		full.DataFreshnessInSeconds = in.S3TablesDestinationConfiguration.DataFreshnessInSeconds
		c.S3TablesDestinationConfiguration = &full
	}
	if in.LoggingConfiguration != nil {
		c.LoggingConfiguration = c.logging(in.LoggingConfiguration)
	}
	s.setChannel(c, Updating)
	return &ChannelOutput{c.ChannelDescription}, nil
}

// DeleteChannel deletes a channel, in whatever status it is. It is DELETING for a while.
func (s *Service) DeleteChannel(in *ChannelInput) error {
	c, err := s.findChannel("DeleteChannel", s.cfg.Limits.DeleteChannelRate, *in.ChannelARN)
	if err == nil && c.ChannelStatus != Deleting {
		s.setChannel(c, Deleting)
	}
	return err
}

// listChannelsPage is how many channels ListChannels answers with, at the most and by default.
// Source: API Reference, ListChannels.
const listChannelsPage = 100

// ListChannels lists the account's channels by name, or those of some streams, page by page.
func (s *Service) ListChannels(in *ListChannelsInput) (*ListChannelsOutput, error) {
	if err := s.admit("ListChannels", s.cfg.Limits.ListChannelsRate, ""); err != nil {
		return nil, err
	}
	after, err := s.unsealName(sealedChannels, in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := int(min(cmp.Or(deref(in.MaxResults), listChannelsPage), listChannelsPage))
	out := &ListChannelsOutput{ChannelSummaries: []ChannelSummary{}}
	for _, c := range s.channels {
		from := c.StreamConfigurationList[0]
		passes := len(in.StreamFilter) == 0 || slices.ContainsFunc(in.StreamFilter, func(f StreamFilter) bool {
			return *f.StreamARN == from.StreamARN && (f.StreamCreationTimestamp == nil || *f.StreamCreationTimestamp/1000 == from.StreamCreationTimestamp/1000)
		})
		if c.ChannelName <= after || !passes {
			continue
		}
		if n := len(out.ChannelSummaries); n == limit {
			out.NextToken = ptr(s.sealName(sealedChannels, out.ChannelSummaries[n-1].ChannelName))
			break
		}
		out.ChannelSummaries = append(out.ChannelSummaries, ChannelSummary{
			ChannelName: c.ChannelName, ChannelARN: c.ChannelARN, ChannelId: c.ChannelId, ChannelStatus: c.ChannelStatus,
			ChannelCreationTimestamp: c.ChannelCreationTimestamp, ChannelDestinationType: c.destination(),
			Streams: []ChannelStreamIdentifier{{from.StreamARN, from.StreamCreationTimestamp}},
		})
	}
	return out, nil
}

// setChannel moves a channel to a passing status, which lasts as long as that of a stream.
func (s *Service) setChannel(c *channel, status string) {
	delay := s.cfg.Limits.UpdateDelay
	switch status {
	case Creating:
		delay = s.cfg.Limits.CreateDelay
	case Deleting:
		delay = s.cfg.Limits.DeleteDelay
	}
	c.ChannelStatus = status
	c.until = s.sched.Now().Add(delay)
	s.sched.At(c.until, s.owner, evChannel, c.id)
}

// fireChannel ends a channel's passing status.
func (s *Service) fireChannel(e sim.Event) {
	i := slices.IndexFunc(s.channels, func(c *channel) bool { return c.id == e.Arg && c.until == e.At })
	switch {
	case i < 0:
	case s.channels[i].ChannelStatus == Deleting:
		s.channels = slices.Delete(s.channels, i, i+1)
	default:
		s.channels[i].ChannelStatus = Active
	}
}

// channelsOf counts the channels of a stream, without those that are being deleted.
func (s *Service) channelsOf(st *Stream) (n int64) {
	for _, c := range s.channels {
		if c.stream == st.id && c.ChannelStatus != Deleting {
			n++
		}
	}
	return n
}

// needNoChannels refuses what a stream with channels cannot undergo. The words are ours.
func (s *Service) needNoChannels(st *Stream, op string) error {
	if s.channelsOf(st) == 0 {
		return nil
	}
	return aws.Errorf(aws.ResourceInUse, "%s can't be done to %s:%s because there are channels associated with this data stream.", op, s.cfg.Account, st.name).
		WithHint("Delete them first: list-channels --stream-filter StreamARN=%s shows them.", st.arn)
}

func (s *Service) channelARN(name string) string {
	return strings.Replace(s.arnOf(name), ":stream/", ":channel/", 1)
}

func (s *Service) searchChannel(name string) (int, bool) {
	return slices.BinarySearchFunc(s.channels, name, func(c *channel, name string) int { return cmp.Compare(c.ChannelName, name) })
}

// channelOf finds the channel with an ARN, arn:aws:kinesis:us-east-1:123456789012:channel/orders-to-s3.
func (s *Service) channelOf(arn string) (*channel, error) {
	if name, ok := strings.CutPrefix(arn, s.channelARN("")); ok {
		if i, ok := s.searchChannel(name); ok {
			return s.channels[i], nil
		}
	}
	return nil, aws.Errorf(aws.ResourceNotFound, "Channel %s under account %s not found.", arn, s.cfg.Account).
		WithHint("list-channels shows the channels there are.")
}

// findChannel counts a call and finds its channel.
func (s *Service) findChannel(op string, limit int, arn string) (*channel, error) {
	if err := s.admit(op, limit, ""); err != nil {
		return nil, err
	}
	return s.channelOf(arn)
}

// needChannel refuses to change a channel that is under way from one status to another.
func (s *Service) needChannel(c *channel) error {
	if c.ChannelStatus == Active {
		return nil
	}
	return aws.Errorf(aws.ResourceInUse, "Channel %s under account %s not ACTIVE, instead in state %s", c.ChannelName, s.cfg.Account, c.ChannelStatus).
		WithHint("Wait until describe-channel says ACTIVE.")
}

// clone shares what never changes: a change replaces the parts of a description.
func (c *channel) clone() *channel {
	n := *c
	n.attached = c.attached.clone()
	return &n
}

func (c *channel) state(b *bufio.Writer) {
	text, err := aws.Encode(c.ChannelDescription)
	if err != nil {
		panic("kinesis: a channel does not encode: " + err.Error())
	}
	fmt.Fprintf(b, "channel %d of stream %d until %d %s\n", c.id, c.stream, c.until, text)
	c.attached.state(b)
}
