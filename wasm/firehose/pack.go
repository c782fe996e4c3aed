package firehose

// A file is what a delivery to S3 writes.
type file struct {
	Data      []byte
	Extension string // with its dot; ""
	Type      string // of its content
	Encoding  string
}

// pack makes a file of records as a configuration of S3 wants it. Records that cannot be converted are in failed.
func (s *Service) pack(config Doc, records []Record) (f file, failed []Record) {
	n := sizeOf(records)
	f = file{Data: make([]byte, 0, n), Type: "application/octet-stream"}
	for i := range records {
		f.Data = append(f.Data, records[i].Data...)
	}
	return f, nil
}
