package lab

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"shardlab/wasm/columnar"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
	"shardlab/wasm/s3"
)

// What a preview shows at most.
const (
	previewBytes   = 256 << 10 // read of an object, when it is opened
	previewText    = 24 << 10
	previewRecords = 50
	previewRows    = 100
	previewHex     = 512
)

// bucketSheet is a folder of a bucket: the objects and folders whose keys begin with the prefix behind its name.
func (l *Lab) bucketSheet(name string, from int64) (protocol.Sheet, bool) {
	bucket, prefix, _ := strings.Cut(name, "/")
	b, ok := l.run.region.S3().Bucket(bucket)
	if !ok {
		return protocol.Sheet{}, false
	}
	list := &protocol.Listing{Bucket: bucket, Prefix: prefix, Entries: []protocol.File{}}
	failed := l.errorPlaces(bucket)
	var folders, files []protocol.File
	for _, o := range b.Objects(prefix) {
		list.Objects++
		list.Bytes += int64(len(o.Data))
		rest := o.Key[len(prefix):]
		at := l.since(o.LastModified)
		folder, _, deeper := strings.Cut(rest, "/")
		if !deeper {
			files = append(files, protocol.File{Ref: region.ObjectRef(bucket, o.Key), Name: rest, Bytes: int64(len(o.Data)), At: at, Errors: failed(o.Key)})
			continue
		}
		if n := len(folders); n == 0 || folders[n-1].Name != folder+"/" {
			folders = append(folders, protocol.File{Ref: region.BucketRef(bucket) + "/" + prefix + folder + "/", Name: folder + "/", Folder: true, Errors: failed(prefix + folder + "/")})
		}
		last := &folders[len(folders)-1]
		last.Objects++
		last.Bytes += int64(len(o.Data))
		last.At = max(last.At, at)
	}
	if prefix != "" && list.Objects == 0 {
		return protocol.Sheet{}, false
	}
	list.Folders, list.Files = len(folders), len(files)
	l.page(list, append(folders, files...), from)
	s := protocol.Sheet{Ref: region.BucketRef(name), Kind: "Bucket", Title: bucket, Listing: list,
		Commands: []string{"aws s3 ls " + protocol.ShellWord("s3://"+bucket+"/"+prefix), "aws s3 ls --recursive --summarize " + protocol.ShellWord("s3://"+bucket+"/"+prefix)}}
	facts := protocol.Section{Title: "Bucket", Rows: [][]protocol.Cell{row("Objects", region.Count(int64(b.Len()), "object")+", "+region.Bytes(b.Bytes())), row("Created", l.when(b.Created()))}}
	if prefix != "" {
		s.Kind, s.Title = "Folder", strings.TrimSuffix(prefix, "/")
		facts.Title, facts.Rows = "Folder", [][]protocol.Cell{row("In it", region.Count(int64(list.Objects), "object")+", "+region.Bytes(list.Bytes))}
	}
	for _, st := range l.run.region.Firehose().Streams() {
		for _, member := range []string{"", "S3Configuration.", "S3BackupConfiguration."} {
			if to, _ := s3.BucketOf(st.Config().Text(member + "BucketARN")); to == bucket {
				facts.Rows = append(facts.Rows, link(map[bool]string{true: "Backup of", false: "Written by"}[member == "S3BackupConfiguration."], st.Name(), region.FirehoseRef(st.Name())))
			}
		}
	}
	if state, why, _ := l.faulted("s3/" + bucket); state != "up" {
		facts.Rows = append(facts.Rows, row("State", state+": "+why))
	}
	s.Sections = []protocol.Section{facts}
	return s, true
}

// page cuts the entries of a listing to those of a page.
func (l *Lab) page(list *protocol.Listing, all []protocol.File, from int64) {
	list.From = int(min(max(from, 0), int64(max(len(all)-1, 0))))
	list.Entries = append(list.Entries, all[list.From:min(list.From+protocol.PageEntries, len(all))]...)
}

// bucketsSheet lists the buckets.
func (l *Lab) bucketsSheet(from int64) protocol.Sheet {
	list := &protocol.Listing{Entries: []protocol.File{}}
	var all []protocol.File
	for _, b := range l.run.region.S3().Buckets() {
		all = append(all, protocol.File{Ref: region.BucketRef(b.Name()), Name: b.Name(), Folder: true, Objects: b.Len(), Bytes: b.Bytes(), At: l.since(b.Created())})
		list.Objects += b.Len()
		list.Bytes += b.Bytes()
	}
	list.Folders = len(all)
	l.page(list, all, from)
	return protocol.Sheet{Ref: "buckets:", Kind: "S3", Title: "Buckets", Listing: list, Commands: []string{"aws s3 ls", "aws s3 mb s3://lake"}}
}

// errorTypes are the first folders of failed records, where no ErrorOutputPrefix says otherwise.
// Source: Developer Guide, "Understand custom prefixes for Amazon S3 objects", error-output-type.
var errorTypes = [...]string{"processing-failed", "format-conversion-failed", "activePartitionExceeded", "AmazonOpenSearchService-failed", "splunk-failed", "http-endpoint-failed", "snowflake-failed", "iceberg-failed"}

// errorPlaces says of the keys of a bucket whether a Firehose stream writes records there that failed.
func (l *Lab) errorPlaces(bucket string) func(key string) bool {
	var prefixes []string
	for _, st := range l.run.region.Firehose().Streams() {
		for _, member := range []string{"", "S3Configuration.", "S3BackupConfiguration."} {
			to, _ := s3.BucketOf(st.Config().Text(member + "BucketARN"))
			prefix, _, _ := strings.Cut(st.Config().Text(member+"ErrorOutputPrefix"), "!{")
			if to == bucket && prefix != "" {
				prefixes = append(prefixes, prefix)
			}
		}
	}
	return func(key string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) ||
			slices.ContainsFunc(errorTypes[:], func(t string) bool { return strings.HasPrefix(key, t+"/") || strings.Contains(key, "/"+t+"/") })
	}
}

// object finds the object that a ref names behind its kind: "lake/2026/raw-1".
func (l *Lab) object(name string) (bucket string, o *s3.Object, ok bool) {
	bucket, key, _ := strings.Cut(name, "/")
	if b, there := l.run.region.S3().Bucket(bucket); there {
		o, ok = b.Object(key)
	}
	return bucket, o, ok
}

// Read is some of the bytes of an object, from a place on.
func (l *Lab) Read(ref string, from int64) (b protocol.Bytes, err error) {
	l.rim("read", func() {
		name, isObject := strings.CutPrefix(ref, "object:")
		_, o, ok := l.object(name)
		switch {
		case !isObject:
			err = fmt.Errorf("%q names no object: write it like object:lake/2026/raw-1", ref)
		case !ok:
			err = fmt.Errorf("there is no object %q, or no longer", name)
		case from < 0 || from > int64(len(o.Data)):
			err = fmt.Errorf("%s has %d bytes: there is nothing from %d on", name, len(o.Data), from)
		default:
			b = protocol.Bytes{Name: o.Key[strings.LastIndexByte(o.Key, '/')+1:], Type: o.ContentType, ETag: o.ETag, Total: int64(len(o.Data)), From: from,
				Data: o.Data[from:min(from+protocol.ReadBytes, int64(len(o.Data)))]}
		}
	})
	if l.crash != nil {
		return b, l.dead()
	}
	return b, err
}

// objectSheet tells of an object and shows what is in it.
func (l *Lab) objectSheet(bucket string, o *s3.Object) protocol.Sheet {
	name := o.Key[strings.LastIndexByte(o.Key, '/')+1:]
	failed := l.errorPlaces(bucket)(o.Key)
	facts := protocol.Section{Title: "Object", Rows: [][]protocol.Cell{mono("Key", o.Key, ""), link("Bucket", bucket, region.BucketRef(bucket)),
		row("Size", fmt.Sprintf("%s, %s bytes", region.Bytes(int64(len(o.Data))), region.Number(int64(len(o.Data))))), row("Last modified", l.when(o.LastModified)), mono("ETag", o.ETag, ""), row("Content-Type", o.ContentType)}}
	if o.ContentEncoding != "" {
		facts.Rows = append(facts.Rows, row("Content-Encoding", o.ContentEncoding))
	}
	for _, k := range slices.Sorted(maps.Keys(o.Metadata)) {
		facts.Rows = append(facts.Rows, mono("x-amz-meta-"+k, o.Metadata[k], ""))
	}
	content, opened, whole := unpack(o)
	if opened != "" {
		note := "it was " + region.Bytes(int64(len(content))) + " before"
		if !whole {
			note = "only its beginning is opened here"
		} else if len(o.Data) > 0 {
			note += fmt.Sprintf(", %.1f times as much", float64(len(content))/float64(len(o.Data)))
		}
		facts.Rows = append(facts.Rows, []protocol.Cell{{Text: "Compressed with"}, {Text: opened, Note: note}})
	}
	s := protocol.Sheet{Ref: region.ObjectRef(bucket, o.Key), Kind: "Object", Title: name, File: &protocol.File{Ref: region.ObjectRef(bucket, o.Key), Name: name, Bytes: int64(len(o.Data)), At: l.since(o.LastModified), Errors: failed},
		Commands: []string{"aws s3 cp " + protocol.ShellWord("s3://"+bucket+"/"+o.Key) + " -", l.Command("s3api", "HeadObject", region.JSON(map[string]string{"Bucket": bucket, "Key": o.Key}))}}
	s.Sections = []protocol.Section{l.preview(content, whole), facts}
	return s
}

// unpack takes what an object holds out of its compression, and names that; whole is false when there is more.
func unpack(o *s3.Object) (content []byte, format string, whole bool) {
	for _, c := range columnar.Compressions {
		if c.Ext == "" || !strings.HasSuffix(o.Key, c.Ext) && o.ContentEncoding != c.Encoding {
			continue
		}
		content, err := columnar.Decompress(c.Format, o.Data, previewBytes)
		if err != nil && len(content) == 0 {
			break // it is something else
		}
		return content, c.Format, err == nil
	}
	return o.Data, "", true
}

// preview shows content as what it is: a table, records, text, or bytes.
func (l *Lab) preview(content []byte, whole bool) protocol.Section {
	p := protocol.Section{Title: "What is in it"}
	if len(content) == 0 {
		p.Note = "It is empty."
		p.Rows = [][]protocol.Cell{}
		return p
	}
	if t, err := columnar.ReadParquet(content, previewRows); err == nil {
		p.Head, p.Types = t.Names, t.Types
		p.Note = fmt.Sprintf("Parquet: %s in %s, %s.", region.Count(t.Total, "row"), region.Count(int64(t.Groups), "row group"), region.Count(int64(len(t.Names)), "column"))
		for _, r := range t.Rows {
			cells := make([]protocol.Cell, len(r))
			for i, c := range r {
				cells[i] = protocol.Cell{Text: c, Mono: true}
			}
			p.Rows = append(p.Rows, cells)
		}
		if int64(len(t.Rows)) < t.Total {
			p.Note += fmt.Sprintf(" The first %d are shown.", len(t.Rows))
		}
		return p
	}
	cut := content
	if len(cut) > previewBytes {
		cut, whole = cut[:previewBytes], false
	}
	if records, n, apart := jsonRecords(cut, whole); n > 0 {
		if l.failedRecords(&p, records, n, whole) {
			return p
		}
		var b bytes.Buffer
		shown := 0
		for _, r := range records {
			if shown == previewRecords || b.Len() > previewText {
				break
			}
			if shown > 0 {
				b.WriteByte('\n')
			}
			if json.Indent(&b, r, "", "  ") != nil {
				b.Write(r)
			}
			shown++
		}
		p.Text = b.String()
		p.Note = region.Count(int64(n), "JSON record") + map[bool]string{false: ", a line each", true: " run together, with no line between them: AppendDelimiterToRecord puts one"}[!apart && n > 1] + "."
		if n == 1 {
			p.Note = "One JSON document."
		}
		if shown < n || !whole {
			p.Note += fmt.Sprintf(" The first %d are shown.", shown)
		}
		return p
	}
	for i := 0; i < utf8.UTFMax-1 && !utf8.Valid(cut) && len(cut) > 0 && len(content) > len(cut); i++ {
		cut = cut[:len(cut)-1]
	}
	if !utf8.Valid(cut) || bytes.IndexByte(cut, 0) >= 0 {
		p.Text = hex.Dump(cut[:min(len(cut), previewHex)])
		p.Note = "Bytes that are no text" + beyond(len(content), min(len(cut), previewHex))
		return p
	}
	if len(cut) > previewText {
		cut = cut[:previewText]
		for len(cut) > 0 && !utf8.Valid(cut) {
			cut = cut[:len(cut)-1]
		}
	}
	p.Text = string(cut)
	p.Note = region.Count(int64(bytes.Count(content, []byte("\n"))), "line") + " of text" + beyond(len(content), len(cut))
	return p
}

// beyond ends a sentence on what is shown of so many bytes.
func beyond(all, shown int) string {
	if shown >= all {
		return "."
	}
	return fmt.Sprintf("; the first %s of %s are shown.", region.Bytes(int64(shown)), region.Bytes(int64(all)))
}

// jsonRecords cuts content into its JSON records; apart is false when nothing stands between some of them. n is 0 when the
// content is something else.
func jsonRecords(content []byte, whole bool) (records []json.RawMessage, n int, apart bool) {
	if c := bytes.TrimLeft(content, " \r\n\t"); len(c) == 0 || c[0] != '{' && c[0] != '[' {
		return nil, 0, false
	}
	d := json.NewDecoder(bytes.NewReader(content))
	apart = true
	before := int64(0)
	for {
		var r json.RawMessage
		err := d.Decode(&r)
		if err != nil {
			if whole && d.InputOffset() < int64(len(bytes.TrimRight(content, " \r\n\t"))) { // something else stands behind them
				return nil, 0, false
			}
			return records, n, apart
		}
		if from := d.InputOffset() - int64(len(r)); n > 0 && from == before {
			apart = false
		}
		before = d.InputOffset()
		n++
		if n <= previewRecords || n <= previewRows {
			records = append(records, r)
		}
	}
}

// failedRecords shows the records of an error object with their reasons, their data as text; false when the records are none.
func (l *Lab) failedRecords(p *protocol.Section, records []json.RawMessage, n int, whole bool) bool {
	p.Head = []string{"Reason", "Data", "Arrived", "Attempts"}
	for _, r := range records {
		var x struct {
			RawData                          *string `json:"rawData"`
			ErrorCode, LastErrorCode         string
			ErrorMessage, LastErrorMessage   string
			AttemptsMade                     *int64
			ArrivalTimestamp                 int64
			EsDocumentID, EsIndexName, Index string
		}
		if json.Unmarshal(r, &x) != nil || x.RawData == nil || x.AttemptsMade == nil {
			p.Head, p.Rows = nil, nil
			return false
		}
		data, err := base64.StdEncoding.DecodeString(*x.RawData)
		shown := text(data)
		if err != nil {
			shown = *x.RawData
		}
		p.Rows = append(p.Rows, []protocol.Cell{{Text: x.ErrorCode + x.LastErrorCode, Mono: true, Note: x.ErrorMessage + x.LastErrorMessage}, {Text: shown, Mono: true},
			{Text: time.UnixMilli(x.ArrivalTimestamp).UTC().Format("15:04:05.000")}, {Text: fmt.Sprint(*x.AttemptsMade)}})
	}
	p.Title = "Records that failed"
	p.Note = region.Count(int64(n), "record") + ", each with the reason. Their rawData is base64; here it is shown as text."
	if len(p.Rows) < n || !whole {
		p.Note += fmt.Sprintf(" The first %d are shown.", len(p.Rows))
	}
	return true
}
