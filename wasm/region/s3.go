package region

import (
	"fmt"

	"shardlab/wasm/fis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/s3"
)

// S3 is the buckets, to look at; what changes them passes Do.
func (r *Region) S3() *s3.Service { return r.s3 }

// objectHooks ties S3 to this world.
func (r *Region) objectHooks(cfg *s3.Config) {
	cfg.Authorize, cfg.Notify = r.iam.Authorize, r.objectNotice
	cfg.Inject = func(op, bucket, as string) fis.Strike { return r.befall("s3/"+bucket, op, as) }
}

// objectNotice tells of buckets and objects.
func (r *Region) objectNotice(n s3.Notice) {
	e := Event{Kind: protocol.EventObject, Level: Info, Ref: BucketRef(n.Bucket)}
	switch n.Kind {
	case s3.BucketCreated:
		e.Level, e.Mark, e.Text = Good, true, fmt.Sprintf("Bucket %s is there.", n.Bucket)
	case s3.BucketDeleted:
		e.Ref, e.Mark, e.Text = "", true, fmt.Sprintf("Bucket %s is gone.", n.Bucket)
	case s3.ObjectPut:
		e.Ref, e.Text = ObjectRef(n.Bucket, n.Key), fmt.Sprintf("%s is put into %s, %s.", n.Key, n.Bucket, Bytes(n.Bytes))
	case s3.ObjectDeleted:
		e.Text = fmt.Sprintf("%s is deleted from %s, %s.", n.Key, n.Bucket, Bytes(n.Bytes))
	}
	r.Say(e)
}
