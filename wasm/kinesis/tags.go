package kinesis

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"shardlab/wasm/aws"
)

// AddTagsToStreamInput is the request of AddTagsToStream; the answer has no body.
type AddTagsToStreamInput struct {
	StreamName *string           `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	Tags       map[string]string `aws:"required,items=1..200,keylen=1..128,len=0..256"`
	StreamARN  *string           `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId   *string           `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// RemoveTagsFromStreamInput is the request of RemoveTagsFromStream; the answer has no body.
type RemoveTagsFromStreamInput struct {
	StreamName *string  `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	TagKeys    []string `aws:"required,items=1..50,len=1..128"`
	StreamARN  *string  `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId   *string  `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// ListTagsForStreamInput is the request of ListTagsForStream.
type ListTagsForStreamInput struct {
	StreamName           *string `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	ExclusiveStartTagKey *string `aws:"len=1..128" json:",omitempty"`
	Limit                *int64  `aws:"val=1..50" json:",omitempty"`
	StreamARN            *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId             *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// ListTagsForStreamOutput is the answer of ListTagsForStream.
type ListTagsForStreamOutput struct {
	Tags        []Tag
	HasMoreTags bool
}

// Tag is a key with its value.
type Tag struct {
	Key   string
	Value *string `json:",omitempty"`
}

// TagResourceInput is the request of TagResource; the answer has no body.
type TagResourceInput struct {
	Tags        map[string]string `aws:"required,items=1..200,keylen=1..128,len=0..256"`
	ResourceARN *string           `aws:"required,len=1..2048,pattern=ResourceARN"`
	StreamId    *string           `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// UntagResourceInput is the request of UntagResource; the answer has no body.
type UntagResourceInput struct {
	TagKeys     []string `aws:"required,items=1..50,len=1..128"`
	ResourceARN *string  `aws:"required,len=1..2048,pattern=ResourceARN"`
	StreamId    *string  `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// ListTagsForResourceOutput is the answer of ListTagsForResource.
type ListTagsForResourceOutput struct {
	Tags []Tag `json:",omitempty"`
}

// AddTagsToStream gives a stream tags; a key that it has already gets the new value.
func (s *Service) AddTagsToStream(in *AddTagsToStreamInput) error {
	name, err := s.nameOf(in.StreamName, in.StreamARN)
	if err != nil {
		return err
	}
	if err := s.admit("AddTagsToStream", s.cfg.Limits.AddTagsToStreamRate, name); err != nil {
		return err
	}
	st, ok := s.Stream(name)
	if !ok {
		return s.notFound(name)
	}
	return s.tag(resource{&st.attached, "stream " + name, s.needActive(st)}, in.Tags, streamSymbols)
}

// RemoveTagsFromStream takes tags off a stream; keys that it does not have are passed over.
func (s *Service) RemoveTagsFromStream(in *RemoveTagsFromStreamInput) error {
	st, err := s.find(in.StreamName, in.StreamARN)
	if err != nil {
		return err
	}
	if err := s.admitOn(st, "RemoveTagsFromStream", s.cfg.Limits.RemoveTagsFromStreamRate); err != nil {
		return err
	}
	return s.untag(resource{&st.attached, "stream " + st.name, s.needActive(st)}, in.TagKeys, streamSymbols)
}

// ListTagsForStream lists a stream's tags by their keys, page by page.
func (s *Service) ListTagsForStream(in *ListTagsForStreamInput) (*ListTagsForStreamOutput, error) {
	st, err := s.find(in.StreamName, in.StreamARN)
	if err != nil {
		return nil, err
	}
	l := &s.cfg.Limits
	if err := s.admitOn(st, "ListTagsForStream", l.ListTagsForStreamRate); err != nil {
		return nil, err
	}
	limit := l.StreamTags
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	tags := st.list()
	for len(tags) > 0 && tags[0].Key <= deref(in.ExclusiveStartTagKey) {
		tags = tags[1:]
	}
	more := len(tags) > limit
	return &ListTagsForStreamOutput{tags[:min(limit, len(tags))], more}, nil
}

// TagResource is AddTagsToStream for anything that has an ARN.
func (s *Service) TagResource(in *TagResourceInput) error {
	r, err := s.resource(*in.ResourceARN)
	if err != nil {
		return err
	}
	return s.tag(r, in.Tags, resourceSymbols)
}

// UntagResource is RemoveTagsFromStream for anything that has an ARN.
func (s *Service) UntagResource(in *UntagResourceInput) error {
	r, err := s.resource(*in.ResourceARN)
	if err != nil {
		return err
	}
	return s.untag(r, in.TagKeys, resourceSymbols)
}

// ListTagsForResource lists all tags of anything that has an ARN, by their keys.
func (s *Service) ListTagsForResource(in *ResourceInput) (*ListTagsForResourceOutput, error) {
	r, err := s.resource(*in.ResourceARN)
	if err != nil {
		return nil, err
	}
	return &ListTagsForResourceOutput{r.list()}, nil
}

func (a *attached) list() []Tag {
	tags := []Tag{}
	for _, k := range slices.Sorted(maps.Keys(a.tags)) {
		tags = append(tags, Tag{k, ptr(a.tags[k])})
	}
	return tags
}

func (s *Service) tag(r resource, tags map[string]string, symbols string) error {
	texts := slices.Concat(slices.Sorted(maps.Keys(tags)), slices.Sorted(maps.Values(tags)))
	if err := checkTags(texts, len(tags), symbols); err != nil {
		return err
	}
	if r.busy != nil {
		return r.busy
	}
	all := maps.Clone(r.tags)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, tags)
	if most := s.cfg.Limits.StreamTags; len(all) > most {
		return s.tooManyTags(r.name, len(all))
	}
	r.tags = all
	return nil
}

func (s *Service) untag(r resource, keys []string, symbols string) error {
	if err := checkTags(keys, len(keys), symbols); err != nil {
		return err
	}
	if r.busy != nil {
		return r.busy
	}
	for _, k := range keys {
		delete(r.tags, k)
	}
	return nil
}

// The symbols that tags may have beside letters, digits and white space.
// Source: API Reference, Tag and TagResource.
const (
	streamSymbols   = "_ . / = + - % @"
	resourceSymbols = "_ . : / = + - @"
)

// checkTags refuses texts of tags, of which the first are keys, with characters that no tag has, and keys that AWS keeps
// for itself.
// Source of the words: kinesalite; those about the prefix are of other services of AWS.
func checkTags(texts []string, keys int, symbols string) error {
	for i, t := range texts {
		if i < keys && len(t) >= 4 && strings.EqualFold(t[:4], "aws:") {
			return aws.Errorf(aws.InvalidArgument, "aws: prefixed tag key names are not allowed for external use.").
				WithHint("Choose another key than %s.", t)
		}
		for _, c := range t {
			if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsSpace(c) && !strings.ContainsRune(symbols, c) {
				return aws.Errorf(aws.InvalidArgument, "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, %s.", symbols).
					WithHint("%q holds %q.", aws.Shorten(t, 64), c)
			}
		}
	}
	return nil
}

// tooManyTags is the answer to more tags than a resource can have.
// Source of the words: kinesalite, which has the limit of its day.
func (s *Service) tooManyTags(name string, n int) error {
	kind, _, _ := strings.Cut(name, " ")
	return aws.Errorf(aws.InvalidArgument, "Failed to add tags to %s under account %s because a given %s cannot have more than %d tags associated with it.", name, s.cfg.Account, kind, s.cfg.Limits.StreamTags).
		WithHint("It would have %d. Remove some first.", n)
}
