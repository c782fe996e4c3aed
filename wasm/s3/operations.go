package s3

import (
	"encoding/base64"
	"sort"
	"strconv"
	"strings"

	"shardlab/wasm/aws"
)

// The shapes of the operations, member for member as in the service's model; what they have no use for in the lab is left out. On the
// wire they are not JSON: the endpoint puts them into path, head and XML.
// Source: S3 API Reference.

// CreateBucketConfiguration says where a bucket is to be.
type CreateBucketConfiguration struct {
	LocationConstraint *string `json:",omitempty"`
}

// CreateBucketInput is the request of CreateBucket.
type CreateBucketInput struct {
	Bucket                    *string                    `aws:"required"`
	CreateBucketConfiguration *CreateBucketConfiguration `json:",omitempty"`
}

// BucketInput names a bucket, ObjectInput an object.
type BucketInput struct {
	Bucket *string `aws:"required"`
}

type ObjectInput struct {
	Bucket *string `aws:"required"`
	Key    *string `aws:"required,len=1.."`
}

// ListBucketsInput is the request of ListBuckets.
type ListBucketsInput struct {
	MaxBuckets        *int64  `aws:"val=1..10000"`
	ContinuationToken *string `json:",omitempty"`
	Prefix            *string `json:",omitempty"`
}

// ListObjectsV2Input is the request of ListObjectsV2.
type ListObjectsV2Input struct {
	Bucket            *string `aws:"required"`
	Delimiter         *string `json:",omitempty"`
	MaxKeys           *int64  `aws:"val=0.."`
	Prefix            *string `json:",omitempty"`
	ContinuationToken *string `json:",omitempty"`
	StartAfter        *string `json:",omitempty"`
}

// GetObjectInput is the request of GetObject and of HeadObject.
type GetObjectInput struct {
	Bucket  *string `aws:"required"`
	IfMatch *string `json:",omitempty"`
	Key     *string `aws:"required,len=1.."`
	Range   *string `json:",omitempty"`
}

// PutObjectInput is the request of PutObject.
type PutObjectInput struct {
	Body            aws.Blob          `json:",omitempty"`
	Bucket          *string           `aws:"required"`
	ContentEncoding *string           `json:",omitempty"`
	ContentType     *string           `json:",omitempty"`
	Key             *string           `aws:"required,len=1.."`
	Metadata        map[string]string `json:",omitempty"`
}

// Answers.
type (
	CreateBucketOutput struct {
		Location  string
		BucketArn string
	}
	HeadBucketOutput struct {
		BucketArn        string
		BucketRegion     string
		AccessPointAlias bool
	}
	GetBucketLocationOutput struct{ LocationConstraint *string } // null for us-east-1
	Owner                   struct{ ID string }
	BucketSummary           struct {
		Name         string
		CreationDate aws.Timestamp
		BucketRegion string `json:",omitempty"`
		BucketArn    string
	}
	ListBucketsOutput struct {
		Buckets           []BucketSummary
		Owner             Owner
		ContinuationToken string `json:",omitempty"`
		Prefix            string `json:",omitempty"`
	}
	ObjectSummary struct {
		Key          string
		LastModified aws.Timestamp
		ETag         string
		Size         int64
		StorageClass string
	}
	CommonPrefix        struct{ Prefix string }
	ListObjectsV2Output struct {
		IsTruncated           bool
		Contents              []ObjectSummary `json:",omitempty"`
		Name                  string
		Prefix                string
		Delimiter             string `json:",omitempty"`
		MaxKeys               int64
		CommonPrefixes        []CommonPrefix `json:",omitempty"`
		KeyCount              int64
		ContinuationToken     string `json:",omitempty"`
		NextContinuationToken string `json:",omitempty"`
		StartAfter            string `json:",omitempty"`
	}
	// HeadObjectOutput tells of an object. ContentRange is there when a part of it was asked for.
	HeadObjectOutput struct {
		AcceptRanges         string
		LastModified         aws.Timestamp
		ContentLength        int64
		ETag                 string
		ContentEncoding      string `json:",omitempty"`
		ContentRange         string `json:",omitempty"`
		ContentType          string
		ServerSideEncryption string
		Metadata             map[string]string
	}
	// GetObjectOutput is an object, or a part of it. Body must not be changed: it is the object's own.
	GetObjectOutput struct {
		Body                 aws.Blob
		AcceptRanges         string
		LastModified         aws.Timestamp
		ContentLength        int64
		ETag                 string
		ContentEncoding      string `json:",omitempty"`
		ContentRange         string `json:",omitempty"`
		ContentType          string
		ServerSideEncryption string
		Metadata             map[string]string
	}
	PutObjectOutput struct {
		ETag                 string
		ServerSideEncryption string
	}
)

// encryption is what S3 does with every object since January 2023. Source: S3 User Guide, "Default encryption".
const encryption = "AES256"

// help says a line about a member.
func help(path string) string { return helps[path[strings.LastIndexByte(path, '.')+1:]] }

// helps never changes.
var helps = map[string]string{
	"Bucket":                    "The bucket's name.",
	"Key":                       "The object's key: its whole name in the bucket.",
	"CreateBucketConfiguration": "LocationConstraint=REGION, for other Regions than us-east-1.",
	"MaxBuckets":                "At most so many buckets, 1 to 10,000.",
	"MaxKeys":                   "At most so many keys and common prefixes; 1,000 is the most.",
	"Prefix":                    "Only what begins with this.",
	"Delimiter":                 "Keys that go on alike up to this after the prefix count as one common prefix: / makes folders.",
	"StartAfter":                "Only keys behind this one.",
	"ContinuationToken":         "Where to go on: NextContinuationToken of the answer before.",
	"IfMatch":                   "Only if the object has this ETag.",
	"Range":                     "A part of the bytes: bytes=0-99, bytes=100- or bytes=-50.",
	"Body":                      "The object's bytes: the name of a file.",
	"ContentType":               "What the bytes are, such as application/json.",
	"ContentEncoding":           "How they are encoded, such as gzip.",
	"Metadata":                  "Names and values that go with the object: team=bikes,source=app.",
}

// Name is the service's name behind the door, which is that of its commands.
const Name = "s3api"

func op(name, text string, do any) aws.Row { return aws.Op(Name, name, text, help, do) }

// table lists the operations by name. It never changes.
var table = aws.Table{
	op("CreateBucket", "Makes a bucket.", call.CreateBucket),
	aws.Act(Name, "DeleteBucket", "Deletes a bucket that is empty.", help, call.DeleteBucket),
	aws.Act(Name, "DeleteObject", "Deletes an object; one that is not there is no error.", help, call.DeleteObject),
	op("GetBucketLocation", "Tells in which Region a bucket is.", call.GetBucketLocation),
	op("GetObject", "Gets an object, or a part of it.", call.GetObject),
	op("HeadBucket", "Tells whether a bucket is there.", call.HeadBucket),
	op("HeadObject", "Tells of an object without its bytes.", call.HeadObject),
	op("ListBuckets", "Lists the buckets.", call.ListBuckets),
	op("ListObjectsV2", "Lists the objects of a bucket by key, as folders when there is a delimiter.", call.ListObjectsV2),
	op("PutObject", "Puts an object; one of the same key is replaced.", call.PutObject),
}

// Operations lists the operations by name.
func Operations() []aws.Operation { return table.Operations() }

// Decode reads one operation as it comes through the door.
func Decode(name string, body []byte) (aws.Request, error) { return table.Decode(name, body) }

// A call is an operation with who calls.
type call struct {
	*Service
	as string
}

// Run runs a request as a principal now, with what befalls it.
func (s *Service) Run(as string, r aws.Request) (out any, failed error) {
	bucket := ""
	switch in := r.In.(type) {
	case *GetObjectInput:
		bucket = *in.Bucket
	case *PutObjectInput:
		bucket = *in.Bucket
	case *ListObjectsV2Input:
		bucket = *in.Bucket
	case *ObjectInput:
		bucket = *in.Bucket
	case *BucketInput:
		bucket = *in.Bucket
	}
	x := s.strike(r.Name(), bucket, as)
	if err := struck(x); err != nil {
		return nil, err
	}
	out, failed = r.Run(call{s, as})
	if failed == nil && x.Lost {
		return nil, lost()
	}
	return out, failed
}

// asError keeps a nil *aws.Error from becoming an error that is not nil.
func asError(e *aws.Error) error {
	if e == nil {
		return nil
	}
	return e
}

// nameable says whether a bucket may have a name. Source: S3 User Guide, "General purpose bucket naming rules".
func nameable(name string) bool {
	if len(name) < 3 || len(name) > 63 || strings.Contains(name, "..") || strings.HasPrefix(name, "xn--") || strings.HasSuffix(name, "-s3alias") {
		return false
	}
	dots, letters := 0, false
	for i := range len(name) {
		c := name[i]
		alike := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !alike && c != '-' && c != '.' || !alike && (i == 0 || i == len(name)-1) {
			return false
		}
		letters = letters || 'a' <= c && c <= 'z' || c == '-'
		if c == '.' {
			dots++
		}
	}
	return letters || dots != 3 // not an address of four numbers
}

// CreateBucket makes a bucket. In us-east-1 one that is the caller's already is as good as made.
func (c call) CreateBucket(in *CreateBucketInput) (*CreateBucketOutput, error) {
	name, where := *in.Bucket, ""
	if in.CreateBucketConfiguration != nil && in.CreateBucketConfiguration.LocationConstraint != nil {
		where = *in.CreateBucketConfiguration.LocationConstraint
	}
	if err := c.may(c.as, "s3:CreateBucket", name, ""); err != nil {
		return nil, err
	}
	home := c.cfg.Region
	switch _, there := c.search(name); {
	case !nameable(name):
		return nil, fail(400, InvalidBucketName, "The specified bucket is not valid.").
			WithHint("A name has 3 to 63 small letters, digits, dots and hyphens, and begins and ends with a letter or a digit.")
	case where == "us-east-1":
		return nil, fail(400, "InvalidLocationConstraint", "The specified location-constraint is not valid").WithHint("For us-east-1 leave the constraint out.")
	case where == "" && home != "us-east-1":
		return nil, fail(400, "IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.").
			WithHint("Write --create-bucket-configuration LocationConstraint=%s.", home)
	case where != "" && where != home:
		return nil, fail(400, "IllegalLocationConstraintException", "The %s location constraint is incompatible for the region specific endpoint this request was sent to.", aws.Shorten(where, 32)).
			WithHint("This Region is %s.", home)
	case there && home != "us-east-1":
		return nil, fail(409, BucketAlreadyOwnedByYou, "Your previous request to create the named bucket succeeded and you already own it.").WithHint("It is there: use it.")
	case there:
	case len(c.buckets) >= maxBuckets:
		return nil, fail(400, TooManyBuckets, "You have attempted to create more buckets than allowed").WithHint("This lab has at most %d buckets.", maxBuckets)
	default:
		c.Create(name)
		c.notify(BucketCreated, name, "", 0)
	}
	location := "/" + name
	if home != "us-east-1" {
		location = "http://" + name + ".s3.amazonaws.com/"
	}
	return &CreateBucketOutput{location, "arn:aws:s3:::" + name}, nil
}

// Create makes a bucket of a name that was checked, if it is not there yet.
func (s *Service) Create(name string) {
	if i, there := s.search(name); !there {
		s.buckets = append(s.buckets[:i:i], append([]*Bucket{{name: name, created: s.now()}}, s.buckets[i:]...)...)
	}
}

// DeleteBucket deletes a bucket that is empty.
func (c call) DeleteBucket(in *BucketInput) error {
	if err := c.may(c.as, "s3:DeleteBucket", *in.Bucket, ""); err != nil {
		return err
	}
	b, err := c.open(*in.Bucket)
	if err != nil {
		return err
	}
	if len(b.objects) > 0 {
		return fail(409, BucketNotEmpty, "The bucket you tried to delete is not empty").WithHint("aws s3 rb --force s3://%s deletes it with the %d objects in it.", b.name, len(b.objects))
	}
	i, _ := c.search(b.name)
	c.buckets = append(c.buckets[:i:i], c.buckets[i+1:]...)
	c.notify(BucketDeleted, b.name, "", 0)
	return nil
}

// HeadBucket tells whether a bucket is there.
func (c call) HeadBucket(in *BucketInput) (*HeadBucketOutput, error) {
	err := c.may(c.as, "s3:ListBucket", *in.Bucket, "")
	if err == nil {
		_, err = c.open(*in.Bucket)
	}
	if err != nil {
		return nil, headless(err)
	}
	return &HeadBucketOutput{"arn:aws:s3:::" + *in.Bucket, c.cfg.Region, false}, nil
}

// headless is an error as the answer to a HEAD tells it, which has no body: by its status alone.
func headless(e *aws.Error) error {
	words := map[int]string{404: "Not Found", 403: "Forbidden", 412: "Precondition Failed", 416: "Requested Range Not Satisfiable"}
	if words[e.Status] == "" {
		return e
	}
	return fail(e.Status, strconv.Itoa(e.Status), "%s", words[e.Status]).WithHint("%s %s", e.Message, e.Hint)
}

// GetBucketLocation tells in which Region a bucket is; us-east-1 has no name there.
func (c call) GetBucketLocation(in *BucketInput) (*GetBucketLocationOutput, error) {
	err := c.may(c.as, "s3:GetBucketLocation", *in.Bucket, "")
	if err == nil {
		_, err = c.open(*in.Bucket)
	}
	if err != nil {
		return nil, err
	}
	out := &GetBucketLocationOutput{}
	if c.cfg.Region != "us-east-1" {
		out.LocationConstraint = &c.cfg.Region
	}
	return out, nil
}

// ListBuckets lists the buckets by name.
func (c call) ListBuckets(in *ListBucketsInput) (*ListBucketsOutput, error) {
	if err := c.may(c.as, "s3:ListAllMyBuckets", "", ""); err != nil {
		return nil, err
	}
	after, prefix, most := "", text(in.Prefix), 10_000
	if in.ContinuationToken != nil {
		var ok bool
		if after, ok = readToken(*in.ContinuationToken); !ok {
			return nil, badToken()
		}
	}
	if in.MaxBuckets != nil {
		most = int(*in.MaxBuckets)
	}
	out := &ListBucketsOutput{Buckets: []BucketSummary{}, Owner: Owner{owner(c.cfg.Account)}, Prefix: prefix}
	for _, b := range c.buckets {
		if b.name <= after && after != "" || !strings.HasPrefix(b.name, prefix) {
			continue
		}
		if len(out.Buckets) == most {
			out.ContinuationToken = token(out.Buckets[most-1].Name)
			break
		}
		x := BucketSummary{Name: b.name, CreationDate: seconds(int64(b.created)), BucketArn: "arn:aws:s3:::" + b.name}
		if in.MaxBuckets != nil {
			x.BucketRegion = c.cfg.Region // only a request of pages is told. Source: S3 API Reference, Bucket
		}
		out.Buckets = append(out.Buckets, x)
	}
	return out, nil
}

// owner is an account's canonical user id: 64 hexadecimal digits, which grow from its number here.
func owner(account string) string { return strings.Repeat(account+"4d1c", 4) }

// seconds are whole seconds, as S3 tells instants.
func seconds(micros int64) aws.Timestamp { return aws.Timestamp(micros / 1_000_000 * 1000) }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// token hides where a listing goes on; a key may hold whatever it likes.
func token(at string) string { return "1" + base64.StdEncoding.EncodeToString([]byte(at)) }

func readToken(t string) (string, bool) {
	rest, ok := strings.CutPrefix(t, "1")
	b, err := base64.StdEncoding.DecodeString(rest)
	return string(b), ok && err == nil
}

func badToken() error {
	return fail(400, InvalidArgument, "The continuation token provided is incorrect").WithHint("Write NextContinuationToken of the answer before, unchanged.")
}

// ListObjectsV2 lists keys behind a place, those alike up to the delimiter as one common prefix.
func (c call) ListObjectsV2(in *ListObjectsV2Input) (*ListObjectsV2Output, error) {
	if err := c.may(c.as, "s3:ListBucket", *in.Bucket, ""); err != nil {
		return nil, err
	}
	b, err := c.open(*in.Bucket)
	if err != nil {
		return nil, err
	}
	most := int64(MaxKeys)
	if in.MaxKeys != nil {
		most = min(most, *in.MaxKeys)
	}
	out := &ListObjectsV2Output{Name: b.name, Prefix: text(in.Prefix), Delimiter: text(in.Delimiter), MaxKeys: most, StartAfter: text(in.StartAfter), ContinuationToken: text(in.ContinuationToken)}
	after := out.StartAfter
	if in.ContinuationToken != nil {
		var ok bool
		if after, ok = readToken(*in.ContinuationToken); !ok {
			return nil, badToken()
		}
	}
	list := b.Objects(out.Prefix)
	i := sort.Search(len(list), func(i int) bool { return list[i].Key > after })
	if after == "" {
		i = 0 // a key is never empty
	}
	last := ""
	for i < len(list) {
		o, group := list[i], ""
		if out.Delimiter != "" {
			if at := strings.Index(o.Key[len(out.Prefix):], out.Delimiter); at >= 0 {
				group = o.Key[:len(out.Prefix)+at+len(out.Delimiter)]
			}
		}
		next := i + 1
		if group != "" {
			rest := list[i:]
			next = i + sort.Search(len(rest), func(j int) bool { return !strings.HasPrefix(rest[j].Key, group) })
			if group == after || strings.HasPrefix(after, group) { // it was told before
				i = next
				continue
			}
		}
		if out.KeyCount == most {
			out.IsTruncated = true
			if most > 0 {
				out.NextContinuationToken = token(last)
			}
			break
		}
		out.KeyCount++
		if group != "" {
			out.CommonPrefixes, last = append(out.CommonPrefixes, CommonPrefix{group}), group
		} else {
			out.Contents, last = append(out.Contents, ObjectSummary{o.Key, seconds(int64(o.LastModified)), `"` + o.ETag + `"`, int64(len(o.Data)), "STANDARD"}), o.Key
		}
		i = next
	}
	if most == 0 {
		out.IsTruncated = false
	}
	return out, nil
}

// readRange reads a range of bytes of an object of some size. What is no range is passed over; ok is false when it holds nothing.
// Source: RFC 9110, section 14, with one range, as S3 takes it.
func readRange(spec string, size int64) (from, to int64, part, ok bool) {
	first, last, dash := strings.Cut(strings.TrimPrefix(spec, "bytes="), "-")
	a, bad := strconv.ParseInt(first, 10, 64)
	b, worse := strconv.ParseInt(last, 10, 64)
	switch {
	case !strings.HasPrefix(spec, "bytes=") || !dash:
		return 0, size, false, true
	case first == "" && worse == nil: // the last so many
		return max(0, size-b), size, true, b > 0 && size > 0
	case bad != nil || last != "" && (worse != nil || b < a):
		return 0, size, false, true
	case last == "":
		b = size
	}
	return a, min(b, size-1) + 1, true, a < size
}

func (c call) look(in *GetObjectInput) (*GetObjectOutput, *aws.Error) {
	o, err := c.get(c.as, *in.Bucket, *in.Key, "s3:GetObject")
	if err != nil {
		return nil, err
	}
	if in.IfMatch != nil && *in.IfMatch != "*" && strings.Trim(*in.IfMatch, `"`) != o.ETag {
		return nil, fail(412, PreconditionFailed, "At least one of the pre-conditions you specified did not hold").WithHint("The object's ETag is %q.", o.ETag)
	}
	size := int64(len(o.Data))
	from, to, part, ok := readRange(text(in.Range), size)
	if !ok {
		return nil, fail(416, InvalidRange, "The requested range is not satisfiable").WithHint("The object has %d bytes.", size)
	}
	out := &GetObjectOutput{Body: o.Data[from:to:to], AcceptRanges: "bytes", LastModified: seconds(int64(o.LastModified)), ContentLength: to - from, ETag: `"` + o.ETag + `"`,
		ContentEncoding: o.ContentEncoding, ContentType: o.ContentType, ServerSideEncryption: encryption, Metadata: o.Metadata}
	if part {
		out.ContentRange = "bytes " + strconv.FormatInt(from, 10) + "-" + strconv.FormatInt(to-1, 10) + "/" + strconv.FormatInt(size, 10)
	}
	if out.Metadata == nil {
		out.Metadata = map[string]string{}
	}
	return out, nil
}

// Head is what the answer tells beside the bytes.
func (o *GetObjectOutput) Head() *HeadObjectOutput {
	return &HeadObjectOutput{o.AcceptRanges, o.LastModified, o.ContentLength, o.ETag, o.ContentEncoding, o.ContentRange, o.ContentType, o.ServerSideEncryption, o.Metadata}
}

// GetObject gets an object.
func (c call) GetObject(in *GetObjectInput) (*GetObjectOutput, error) {
	out, err := c.look(in)
	return out, asError(err)
}

// HeadObject tells of an object.
func (c call) HeadObject(in *GetObjectInput) (*HeadObjectOutput, error) {
	out, err := c.look(in)
	if err != nil {
		return nil, headless(err)
	}
	return out.Head(), nil
}

// PutObject puts an object.
func (c call) PutObject(in *PutObjectInput) (*PutObjectOutput, error) {
	o, err := c.put(c.as, *in.Bucket, Object{Key: *in.Key, Data: in.Body, ContentType: text(in.ContentType), ContentEncoding: text(in.ContentEncoding), Metadata: in.Metadata})
	if err != nil {
		return nil, err
	}
	c.notify(ObjectPut, *in.Bucket, o.Key, len(o.Data))
	return &PutObjectOutput{`"` + o.ETag + `"`, encryption}, nil
}

// DeleteObject deletes an object.
func (c call) DeleteObject(in *ObjectInput) error {
	if err := c.may(c.as, "s3:DeleteObject", *in.Bucket, *in.Key); err != nil {
		return err
	}
	b, err := c.open(*in.Bucket)
	if err != nil {
		return err
	}
	i, there := b.find(*in.Key)
	if !there {
		return nil
	}
	n := len(b.objects[i].Data)
	b.objects = append(b.objects[:i:i], b.objects[i+1:]...)
	b.bytes -= int64(n)
	c.bytes -= int64(n)
	c.objects--
	c.notify(ObjectDeleted, b.name, *in.Key, n)
	return nil
}
