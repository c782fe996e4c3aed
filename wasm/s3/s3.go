// Package s3 is Amazon S3 as far as a lab needs it: buckets of one account with objects, their listing and ranges of their bytes.
//
// Clients of the same world call [Service.Put] and [Service.Get]; the wire's operations do the same. An [Object] is never changed
// once it is in a bucket, so copies of a world share it, and its ETag stands for its bytes. The package knows nobody who writes.
package s3

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/fis"
	"shardlab/wasm/iam"
	"shardlab/wasm/sim"
)

// Codes of S3. Source: S3 API Reference, "Error responses".
const (
	AccessDenied            aws.Code = "AccessDenied"
	BucketAlreadyOwnedByYou aws.Code = "BucketAlreadyOwnedByYou"
	BucketNotEmpty          aws.Code = "BucketNotEmpty"
	EntityTooLarge          aws.Code = "EntityTooLarge"
	InternalError           aws.Code = "InternalError"
	InvalidArgument         aws.Code = "InvalidArgument"
	InvalidBucketName       aws.Code = "InvalidBucketName"
	InvalidRange            aws.Code = "InvalidRange"
	KeyTooLong              aws.Code = "KeyTooLongError"
	MetadataTooLarge        aws.Code = "MetadataTooLarge"
	NoSuchBucket            aws.Code = "NoSuchBucket"
	NoSuchKey               aws.Code = "NoSuchKey"
	NotFound                aws.Code = "404" // what a HEAD tells, which has no body
	PreconditionFailed      aws.Code = "PreconditionFailed"
	SlowDown                aws.Code = "SlowDown"
	TooManyBuckets          aws.Code = "TooManyBuckets"
)

// Limits.
const (
	// MaxKeyBytes is the length of the longest key. Source: S3 User Guide, "Naming Amazon S3 objects".
	MaxKeyBytes = 1024
	// MaxMetadataBytes is what names and values of an object's metadata may have together.
	// Source: S3 User Guide, "Working with object metadata".
	MaxMetadataBytes = 2 << 10
	// MaxKeys is how many keys one listing has. Source: S3 API Reference, ListObjectsV2.
	MaxKeys = 1000
	// MaxBytes and MaxObjects are what a world keeps at the most, maxBuckets how many buckets. Ours: AWS has no such ends, but for
	// 10,000 buckets of an account.
	MaxBytes   = 512 << 20
	MaxObjects = 100_000
	maxBuckets = 100
	// firstByte is how long S3 takes to answer, bytesPerSecond how fast one request goes from there.
	// Source: S3 User Guide, "Best practices design patterns": 100-200 ms for small objects, 85-90 MB/s a request.
	firstByte      = 100 * time.Millisecond
	bytesPerSecond = 85_000_000
)

// Config says for whom a service stands.
type Config struct {
	Region   string // "us-east-1"
	Account  string // twelve digits
	MaxBytes int64  // that the objects of a world may have together; the package's when 0

	Authorize func(iam.Query) *aws.Error             // judges who may do what; nil lets everybody do everything
	Inject    func(op, bucket, as string) fis.Strike // what befalls a call; nil is nothing
	Notify    func(Notice)                           // told of what happens; nil tells nobody
}

// A NoticeKind says what a notice is about.
type NoticeKind uint8

// The notices of the service.
const (
	BucketCreated NoticeKind = iota
	BucketDeleted
	ObjectPut // by the wire's operation; who calls Put knows it
	ObjectDeleted
)

// A Notice is something that happened.
type Notice struct {
	Kind        NoticeKind
	Bucket, Key string
	Bytes       int64
}

// An Object is bytes under a key. It never changes.
type Object struct {
	Key             string
	Data            []byte
	ETag            string // MD5 of Data in hexadecimal digits, without quotation marks
	LastModified    sim.Instant
	ContentType     string // "binary/octet-stream" when nobody said
	ContentEncoding string
	Metadata        map[string]string
}

// A Bucket is a bucket.
type Bucket struct {
	name    string
	created sim.Instant
	objects []*Object // by key
	bytes   int64
}

// Name, Created, Len and Bytes tell of the bucket and what it holds.
func (b *Bucket) Name() string         { return b.name }
func (b *Bucket) Created() sim.Instant { return b.created }
func (b *Bucket) Len() int             { return len(b.objects) }
func (b *Bucket) Bytes() int64         { return b.bytes }

// Objects lists the objects whose keys begin with prefix, by key. The list must not be changed.
func (b *Bucket) Objects(prefix string) []*Object {
	from, _ := b.find(prefix)
	rest := b.objects[from:]
	return rest[:sort.Search(len(rest), func(i int) bool { return !strings.HasPrefix(rest[i].Key, prefix) })]
}

// Object finds an object by its key.
func (b *Bucket) Object(key string) (*Object, bool) {
	i, ok := b.find(key)
	if !ok {
		return nil, false
	}
	return b.objects[i], true
}

func (b *Bucket) find(key string) (int, bool) {
	return slices.BinarySearchFunc(b.objects, key, func(o *Object, key string) int { return cmp.Compare(o.Key, key) })
}

// A Service is S3 in one account and Region.
type Service struct {
	cfg     Config
	now     func() sim.Instant
	buckets []*Bucket // by name
	bytes   int64
	objects int
}

// New returns a service without buckets.
func New(cfg Config, now func() sim.Instant) *Service {
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, MaxBytes)
	return &Service{cfg: cfg, now: now}
}

// Clone returns a service that goes on from here on its own and shares the objects; hooks ties it to its world.
func (s *Service) Clone(now func() sim.Instant, hooks func(*Config)) *Service {
	c := *s
	c.now = now
	hooks(&c.cfg)
	c.buckets = make([]*Bucket, len(s.buckets))
	for i, b := range s.buckets {
		copied := *b
		copied.objects = slices.Clone(b.objects)
		c.buckets[i] = &copied
	}
	return &c
}

// State writes all that the service holds, in a fixed order; bytes are there as their ETag.
func (s *Service) State(w io.Writer) {
	fmt.Fprintf(w, "s3 %d bytes %d objects\n", s.bytes, s.objects)
	for _, b := range s.buckets {
		fmt.Fprintf(w, " bucket %s created=%d\n", b.name, b.created)
		for _, o := range b.objects {
			fmt.Fprintf(w, "  %q %d %s %d %q %q", o.Key, len(o.Data), o.ETag, o.LastModified, o.ContentType, o.ContentEncoding)
			for _, k := range slices.Sorted(maps.Keys(o.Metadata)) {
				fmt.Fprintf(w, " %q=%q", k, o.Metadata[k])
			}
			fmt.Fprintln(w)
		}
	}
}

// Buckets lists the buckets by name, to look at.
func (s *Service) Buckets() []*Bucket { return slices.Clone(s.buckets) }

// Bucket finds a bucket by its name, to look at.
func (s *Service) Bucket(name string) (*Bucket, bool) {
	i, ok := s.search(name)
	if !ok {
		return nil, false
	}
	return s.buckets[i], true
}

// Bytes is what all objects have together, Len how many there are.
func (s *Service) Bytes() int64 { return s.bytes }
func (s *Service) Len() int     { return s.objects }

func (s *Service) search(name string) (int, bool) {
	return slices.BinarySearchFunc(s.buckets, name, func(b *Bucket, name string) int { return cmp.Compare(b.name, name) })
}

// BucketOf is the name of the bucket that an ARN names; false when it names none.
func BucketOf(arn string) (string, bool) { return strings.CutPrefix(arn, "arn:aws:s3:::") }

// An Answer is what a client inside the world hears of a call, and how long that takes: the call takes effect at once. A call that
// was done and whose answer is lost has the error [aws.ConnectionClosed].
type Answer struct {
	Err  *aws.Error
	Took time.Duration
}

// Put puts an object as a principal ("" is the administrator) and answers; ETag and LastModified are filled in.
func (s *Service) Put(as, bucket string, o Object) Answer {
	took := firstByte + time.Duration(len(o.Data))*time.Second/bytesPerSecond
	done := func() *aws.Error { _, err := s.put(as, bucket, o); return err }
	return s.answer("PutObject", bucket, as, took, done)
}

// Get gets an object as a principal.
func (s *Service) Get(as, bucket, key string) (o *Object, a Answer) {
	a = s.answer("GetObject", bucket, as, firstByte, func() (err *aws.Error) { o, err = s.get(as, bucket, key, "s3:GetObject"); return err })
	if a.Err != nil {
		return nil, a
	}
	a.Took += time.Duration(len(o.Data)) * time.Second / bytesPerSecond
	return o, a
}

// answer makes a call with what befalls it.
func (s *Service) answer(op, bucket, as string, took time.Duration, do func() *aws.Error) Answer {
	x := s.strike(op, bucket, as)
	a := Answer{struck(x), took + x.Delay}
	if a.Err != nil {
		return a
	}
	if a.Err = do(); a.Err == nil && x.Lost {
		a.Err = lost()
	}
	return a
}

func (s *Service) strike(op, bucket, as string) fis.Strike {
	if s.cfg.Inject == nil {
		return fis.Strike{}
	}
	return s.cfg.Inject(op, bucket, as)
}

// struck is what S3 answers to a call that a fault lets fail; nil lets it pass.
// Source: S3 API Reference, "Error responses".
func struck(x fis.Strike) *aws.Error {
	var e *aws.Error
	switch x.Kind {
	case fis.Throttled:
		e = fail(503, SlowDown, "Please reduce your request rate.")
	case fis.Refused:
		e = fail(403, AccessDenied, "Access Denied")
	case fis.Unavailable:
		e = fail(503, aws.ServiceUnavailable, "Service is unable to handle request.")
	default:
		return nil
	}
	return e.WithHint("Fault %s lets this call fail: lab list-faults shows it, lab delete-fault --name %s ends it.", x.By, x.By)
}

func lost() *aws.Error {
	return aws.Errorf(aws.ConnectionClosed, "Connection was closed before we received a valid response from endpoint URL: %q.", "https://s3.amazonaws.com/").
		WithHint("The call may have been carried out: look before you make it again.")
}

func fail(status int, code aws.Code, format string, args ...any) *aws.Error {
	e := aws.Errorf(code, format, args...)
	e.Status = status
	return e
}

// may judges whether a principal may do something with a bucket or an object.
func (s *Service) may(as, action, bucket, key string) *aws.Error {
	if s.cfg.Authorize == nil || as == "" {
		return nil
	}
	arn := "*"
	if bucket != "" {
		if arn = "arn:aws:s3:::" + bucket; key != "" {
			arn += "/" + key
		}
	}
	e := s.cfg.Authorize(iam.Query{As: as, Action: action, Resource: arn})
	if e == nil {
		return nil
	}
	denied := *e
	if denied.Code == aws.AccessDenied {
		denied.Code = AccessDenied
	}
	denied.Status = 403
	return &denied
}

// open finds a bucket for a call.
func (s *Service) open(name string) (*Bucket, *aws.Error) {
	b, ok := s.Bucket(name)
	if !ok {
		hint := "There is no bucket yet: aws s3 mb s3://" + aws.Shorten(name, 63) + " makes it."
		if len(s.buckets) > 0 {
			hint = "aws s3 ls shows the buckets there are."
		}
		return nil, fail(404, NoSuchBucket, "The specified bucket does not exist").WithHint("%s", hint)
	}
	return b, nil
}

func (s *Service) get(as, bucket, key, action string) (*Object, *aws.Error) {
	if err := s.may(as, action, bucket, key); err != nil {
		return nil, err
	}
	b, err := s.open(bucket)
	if err != nil {
		return nil, err
	}
	o, ok := b.Object(key)
	if ok {
		return o, nil
	}
	if err := s.may(as, "s3:ListBucket", bucket, ""); err != nil { // who may not list is not told what there is
		return nil, err
	}
	return nil, fail(404, NoSuchKey, "The specified key does not exist.").WithHint("aws s3 ls --recursive s3://%s shows the keys there are.", bucket)
}

// put checks an object and puts it.
func (s *Service) put(as, bucket string, o Object) (*Object, *aws.Error) {
	if err := s.may(as, "s3:PutObject", bucket, o.Key); err != nil {
		return nil, err
	}
	b, err := s.open(bucket)
	if err != nil {
		return nil, err
	}
	meta := 0
	for k, v := range o.Metadata {
		meta += len(k) + len(v)
	}
	switch {
	case len(o.Key) > MaxKeyBytes:
		return nil, fail(400, KeyTooLong, "Your key is too long").WithHint("A key has at most %d bytes; this one has %d.", MaxKeyBytes, len(o.Key))
	case meta > MaxMetadataBytes:
		return nil, fail(400, MetadataTooLarge, "Your metadata headers exceed the maximum allowed metadata size").WithHint("Names and values have at most %d bytes together; these have %d.", MaxMetadataBytes, meta)
	}
	i, there := b.find(o.Key)
	more := int64(len(o.Data))
	if there {
		more -= int64(len(b.objects[i].Data))
	}
	if s.bytes+more > s.cfg.MaxBytes || !there && s.objects >= MaxObjects {
		return nil, fail(503, aws.ServiceUnavailable, "This lab keeps at most %d MiB in %d objects, and holds %d MiB in %d.", s.cfg.MaxBytes>>20, MaxObjects, s.bytes>>20, s.objects).
			WithHint("Nothing that is there was dropped. aws s3 rm --recursive s3://%s makes room.", bucket)
	}
	sum := md5.Sum(o.Data)
	o.ETag, o.LastModified, o.ContentType = hex.EncodeToString(sum[:]), s.now(), cmp.Or(o.ContentType, "binary/octet-stream")
	kept := &o
	if there {
		b.objects[i] = kept
	} else {
		b.objects = sim.Insert(b.objects, i, kept)
		s.objects++
	}
	b.bytes += more
	s.bytes += more
	return kept, nil
}

func (s *Service) notify(kind NoticeKind, bucket, key string, bytes int) {
	if s.cfg.Notify != nil {
		s.cfg.Notify(Notice{kind, bucket, key, int64(bytes)})
	}
}
