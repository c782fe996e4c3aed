package firehose

import (
	"bytes"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/s3"
)

// objects deliver to S3: each delivery is an object.
type objects struct{ config Doc }

func bucketOf(config Doc) string {
	_, bucket, _ := strings.Cut(config.Text("BucketARN"), ":s3:::")
	return bucket
}

func (o objects) deliver(s *Service, st *Stream, x *shipment) answer {
	if x.file == nil {
		if !o.pack(s, st, x) {
			return answer{} // nothing of it could be packed
		}
	}
	if x.name == "" || st.Options.NewObjectOnRetry && x.attempts > 1 {
		x.name = s.objectName(st, o.config, x)
	}
	a := s.w.S3.Put(s.roleOf(st, o.config), bucketOf(o.config), s3.Object{Key: x.name, Data: x.file.Data, ContentType: x.file.Type, ContentEncoding: x.file.Encoding})
	if a.Err != nil {
		return answer{Took: a.Took, Code: "S3." + strings.TrimSuffix(a.Err.Code, "Exception"), Message: a.Err.Message}
	}
	st.total.Objects++
	return answer{Took: a.Took}
}

// pack makes the file of a delivery. What cannot be converted leaves it; it is false when nothing is left.
func (o objects) pack(s *Service, st *Stream, x *shipment) bool {
	var f file
	switch {
	case x.target == toErrors:
		f = s.errorFile(st, x.records)
	case x.target == toBackup:
		f, _ = s.pack(st, o.config, x.records)
	default:
		var failed []Record
		if f, failed = s.pack(st, o.config, x.records); len(failed) > 0 {
			var left []Record
			at := 0
			for _, r := range x.records { // both are in the same order
				if at < len(failed) && failed[at].N == r.N && bytes.Equal(failed[at].Data, r.Data) {
					at++
				} else {
					left = append(left, r)
				}
			}
			x.records, x.bytes = left, sizeOf(left)
			st.total.ProcessingFailures += int64(len(failed))
			s.notify(Notice{Kind: ProcessingFailed, Stream: st, N: int64(len(failed)), Why: failed[0].Why.Code, Text: failed[0].Why.Message})
			s.fail(st, failed)
		}
	}
	x.file = &f
	return len(x.records) > 0
}

// roleError refuses a role that Firehose cannot assume.
// Source of the words: answers of the service in terraform-provider-aws.
func (s *Service) roleError(arn string) error {
	if arn == "" || s.w.Role == nil || s.w.Role(arn) {
		return nil
	}
	return aws.Errorf(aws.InvalidArgument, "Firehose is unable to assume role %s. Please check the role provided.", arn).
		WithHint("aws iam create-role makes it; arn:aws:iam::%s:role/firehose_delivery_role is the one that Firehose's console makes, which may do all that it has to.", s.cfg.Account)
}
