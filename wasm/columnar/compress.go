package columnar

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A Compression is a way in which Firehose compresses an object.
type Compression struct {
	Format   string // CompressionFormat
	Ext      string // of the object's key
	Encoding string // Content-Encoding of the object
}

// Compressions are those of S3CompressionFormat. The Developer Guide names .hsnappy; objects with .snappy have been seen.
// Source: Firehose Developer Guide, s3-object-name; Content-Encoding as measured on AWS, floci-io/floci issue 2328.
var Compressions = [...]Compression{
	{"UNCOMPRESSED", "", ""},
	{"GZIP", ".gz", "gzip"},
	{"ZIP", ".zip", "zip"},
	{"Snappy", ".snappy", "snappy-java"},
	{"HADOOP_SNAPPY", ".hsnappy", "hadoop-snappy"},
}

// snappyBlock is how much of an object is compressed at once. Source: xerial/snappy-java, SnappyOutputStream.
const snappyBlock = 32 << 10

// xerial begins an object in Snappy: the magic number of snappy-java with its version, and the oldest that reads it.
// Source: xerial/snappy-java, SnappyCodec.
const xerial = "\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01"

// Compress is an object's content in a format; name is that of the file in a ZIP archive.
func Compress(format, name string, data []byte) ([]byte, error) {
	switch format {
	case "UNCOMPRESSED":
		return data, nil
	case "GZIP":
		var p packer
		return p.gzip(data), nil
	case "ZIP":
		return archive(name, data), nil
	case "Snappy", "HADOOP_SNAPPY":
		var out []byte
		if format == "Snappy" {
			out = append(out, xerial...)
		}
		var e snappy
		for len(data) > 0 {
			part := data[:min(len(data), snappyBlock)]
			data = data[len(part):]
			if format != "Snappy" {
				out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
			}
			at := len(out)
			out = e.encode(append(out, 0, 0, 0, 0), part)
			binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at-4))
		}
		return out, nil
	}
	return nil, fmt.Errorf("there is no compression format %q: UNCOMPRESSED, GZIP, ZIP, Snappy or HADOOP_SNAPPY", format)
}

// Decompress is what Compress was given. It reads most bytes at most.
func Decompress(format string, data []byte, most int) ([]byte, error) {
	switch format {
	case "UNCOMPRESSED":
		return data, nil
	case "GZIP":
		return gunzip(data, most)
	case "ZIP":
		return extract(data, most)
	case "Snappy", "HADOOP_SNAPPY":
		if format == "Snappy" {
			if !bytes.HasPrefix(data, []byte(xerial[:8])) || len(data) < len(xerial) {
				return nil, errors.New("this is not Snappy as snappy-java writes it")
			}
			data = data[len(xerial):]
		}
		var out []byte
		for len(data) > 0 {
			if format != "Snappy" {
				data = data[min(4, len(data)):]
			}
			if len(data) < 4 || uint64(binary.BigEndian.Uint32(data)) > uint64(len(data)-4) {
				return nil, errSnappy
			}
			n := binary.BigEndian.Uint32(data)
			var err error
			if out, err = unsnappy(out, data[4:4+n], most-len(out)); err != nil {
				return nil, err
			}
			data = data[4+n:]
		}
		return out, nil
	}
	return nil, fmt.Errorf("there is no compression format %q", format)
}

var errLarge = errors.New("it is larger than what is shown here")

func gunzip(data []byte, most int) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err == nil && len(out) > most {
		return out[:most], errLarge
	}
	return out, err
}

// A packer compresses one thing after the other with the same memory. What it returns holds until it is asked again.
type packer struct {
	out    bytes.Buffer
	z      *gzip.Writer
	snappy snappy
	block  []byte
}

func (p *packer) gzip(data []byte) []byte {
	p.out.Reset()
	if p.z == nil {
		p.z = gzip.NewWriter(&p.out)
	} else {
		p.z.Reset(&p.out)
	}
	p.z.Write(data) // a buffer takes all
	p.z.Close()
	return p.out.Bytes()
}

// squeeze is a page in one of Parquet's codecs.
func (p *packer) squeeze(codec string, data []byte) []byte {
	switch codec {
	case "SNAPPY":
		p.block = p.snappy.encode(p.block[:0], data)
		return p.block
	case "GZIP":
		return p.gzip(data)
	}
	return data
}

// Sizes and signs of a ZIP archive. Source: PKWARE, APPNOTE.TXT.
const (
	zipLocal   = 0x04034b50
	zipCentral = 0x02014b50
	zipEnd     = 0x06054b50
	zipDeflate = 8
	zipNoDate  = 0x21 // 1 January 1980
)

// archive is a ZIP archive with one file.
func archive(name string, data []byte) []byte {
	var p packer
	packed := p.gzip(data)
	packed = packed[10 : len(packed)-8] // deflated, without the head and foot of GZIP
	file := func(sign uint32, out []byte) []byte {
		out = binary.LittleEndian.AppendUint32(out, sign)
		if sign == zipCentral {
			out = append(out, 20, 0)
		}
		out = append(out, 20, 0, 0, 0, zipDeflate, 0, 0, 0, zipNoDate, 0)
		out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(data))
		out = binary.LittleEndian.AppendUint32(out, uint32(len(packed)))
		out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
		out = binary.LittleEndian.AppendUint16(out, uint16(len(name)))
		if out = append(out, 0, 0); sign == zipCentral {
			out = append(out, make([]byte, 14)...)
		}
		return append(out, name...)
	}
	out := append(file(zipLocal, nil), packed...)
	at := len(out)
	out = file(zipCentral, out)
	size := len(out) - at
	out = binary.LittleEndian.AppendUint32(out, zipEnd)
	out = append(out, 0, 0, 0, 0, 1, 0, 1, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	out = binary.LittleEndian.AppendUint32(out, uint32(at))
	return append(out, 0, 0)
}

// extract is the first file of a ZIP archive that archive wrote.
func extract(data []byte, most int) ([]byte, error) {
	if len(data) < 30 || binary.LittleEndian.Uint32(data) != zipLocal || data[8] != zipDeflate {
		return nil, errors.New("this is no ZIP archive with a deflated file")
	}
	from := 30 + int(binary.LittleEndian.Uint16(data[26:])) + int(binary.LittleEndian.Uint16(data[28:]))
	size := int(binary.LittleEndian.Uint32(data[18:]))
	if from > len(data) || size > len(data)-from {
		return nil, errors.New("the ZIP archive is cut off")
	}
	z := append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), data[from:from+size]...)
	z = append(append(z, data[14:18]...), data[22:26]...)
	return gunzip(z, most)
}
