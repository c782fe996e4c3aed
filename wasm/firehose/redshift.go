package firehose

import (
	"encoding/json"
	"strings"
	"time"

	"shardlab/wasm/s3"
	"shardlab/wasm/sink"
)

// copyEvery is how often a COPY that failed is tried again. Source: Developer Guide, "Understand data delivery failure handling".
const copyEvery = 5 * time.Minute

// redshift delivers to a cluster: an object to the intermediate bucket with a manifest that names it, and a COPY of that.
type redshift struct{ config Doc }

func (d redshift) deliver(s *Service, st *Stream, x *shipment) answer {
	var took time.Duration
	place := d.config.Doc("S3Configuration")
	bucket, as := bucketOf(place), s.roleOf(st, d.config)
	if x.manifest == "" {
		if x.file == nil {
			f, _ := s.pack(st, place, x.records)
			x.file = &f
			x.name = s.objectName(st, place, x)
		}
		dir := ""
		if i := strings.LastIndexByte(x.name, '/'); i >= 0 {
			dir = x.name[:i+1]
		}
		manifest := "manifests/" + dir + strings.TrimSuffix(x.name[len(dir):], x.file.Extension) + ".manifest"
		for _, o := range []s3.Object{{Key: x.name, Data: x.file.Data, ContentType: x.file.Type, ContentEncoding: x.file.Encoding}, {Key: manifest, Data: d.manifest(x), ContentType: "application/json"}} {
			a := s.w.S3.Put(s.roleOf(st, place), bucket, o)
			if took += a.Took; a.Err != nil {
				return answer{Took: took, Code: "S3." + strings.TrimSuffix(a.Err.Code, "Exception"), Message: a.Err.Message, S3: true}
			}
		}
		x.manifest, x.failedSince = manifest, 0 // from here on it is the cluster's turn
		st.total.Objects++
		s.count(st, "DeliveryToS3.Success", 1)
		s.count(st, "DeliveryToS3.Records", float64(len(x.records)))
		s.count(st, "DeliveryToS3.Bytes", float64(x.bytes))
	}
	c := d.config.Doc("CopyCommand")
	l := sink.Load{Table: sink.TableName(c.Text("DataTableName")), Bucket: bucket, Key: x.manifest, As: as, Options: c.Text("CopyOptions") + " MANIFEST"}
	if columns := c.Text("DataTableColumns"); columns != "" {
		l.Columns = strings.Split(columns, ",")
	}
	r, err := s.w.Sink.Copy(sink.At(d.config.Text("ClusterJDBCURL")), l)
	a := d.read(r, err)
	a.Took = took + r.Took
	return a
}

// manifest is the list of objects that a COPY reads. Source: Amazon Redshift Database Developer Guide, "Using a manifest".
func (d redshift) manifest(x *shipment) []byte {
	url, err := json.Marshal("s3://" + bucketOf(d.config.Doc("S3Configuration")) + "/" + x.name)
	if err != nil {
		panic("firehose: a text does not encode: " + err.Error())
	}
	return []byte(`{"entries":[{"url":` + string(url) + `,"mandatory":true}]}`)
}

// read reads what a cluster answered.
// Source of the codes and words: Developer Guide, "Amazon Redshift data delivery errors".
func (d redshift) read(r sink.Reply, err error) answer {
	text := ""
	if err != nil {
		text = err.Error()
	}
	for _, row := range [][3]string{
		{"nonexistent table", "Redshift.TableNotFound", "The table to which to load data was not found. Ensure that the specified table exists."},
		{"of relation", "Redshift.ColumnNotFound", "One or more of the column names that were provided in the COPY command do not exist."},
		{"stl_load_errors", "Redshift.DataLoadFailed", "Loading data into the table failed. Check STL_LOAD_ERRORS system table for details."},
		{"Disk Full", "Redshift.DiskFull", "The cluster is out of disk space."},
		{"Error AccessDenied", "Redshift.S3BucketAccessDenied", "Amazon Redshift could not access the S3 bucket. Ensure that the access policy allows it."},
		{"S3ServiceException", "Redshift.S3Error", "Amazon Redshift could not read from the S3 bucket."},
		{"gzip", "Redshift.IncorrectCopyOptions", "Conflicting COPY options were provided to Amazon Redshift. Some options are not compatible in certain combinations. Check the COPY command reference for more info."},
		{"", "Redshift.SyntaxError", "The COPY command contains a syntax error. Retry the command."},
	} {
		if err != nil && strings.Contains(text, row[0]) {
			return answer{Code: row[1], Message: row[2] + " " + text}
		}
	}
	switch {
	case r.Closed:
		return answer{Code: "Redshift.ConnectionFailed", Message: "The connection to the specified Amazon Redshift cluster failed. Ensure that security settings allow Amazon Data Firehose connections, that the cluster or database specified in the Amazon Redshift destination configuration or JDBC URL is correct, and that the cluster is available."}
	case r.Status == 403:
		return answer{Code: "Redshift.AuthenticationFailed", Message: "The provided user name and password failed authentication. Provide a valid user name and password."}
	case r.Status != 200:
		return answer{Code: "Redshift.OperationTimedOut", Message: "The Amazon Redshift operation timed out."}
	}
	return answer{}
}

// pause is how long it takes until a COPY is tried again.
func (d redshift) pause(x *shipment) time.Duration {
	if x.manifest == "" {
		return 0 // S3 is tried again as S3 is
	}
	return copyEvery
}

// giveUp leaves a manifest of the objects that were skipped in errors/: they lie in the intermediate bucket.
// Source: Developer Guide, "Understand data delivery failure handling".
func (d redshift) giveUp(s *Service, st *Stream, x *shipment, code, message string) {
	if x.manifest == "" {
		s.lose(st, x.records, code)
		return
	}
	y := &shipment{id: st.id64(), target: toErrors, key: "errors", records: x.records, bytes: x.bytes, oldest: x.oldest, version: x.version, file: &file{Data: d.manifest(x), Type: "application/json"}}
	st.shipments = append(st.shipments, y)
	s.attempt(st, y.id)
}
