package columnar

import (
	"bytes"
	"compress/flate"
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

// A Compressor compresses an object's content as it comes, so that only what is compressed is held.
type Compressor struct {
	format, name string
	out          []byte // of Snappy, or as it is
	part         []byte // of Snappy: less than a block
	snappy       *snappy
	zip          bytes.Buffer
	z            io.WriteCloser
	crc          uint32
	size         uint64
}

// NewCompressor makes one for a format; name is that of the file in a ZIP archive.
func NewCompressor(format, name string) (*Compressor, error) {
	c := &Compressor{format: format, name: name}
	switch format {
	case "UNCOMPRESSED":
	case "GZIP":
		c.z = gzip.NewWriter(&c.zip)
	case "ZIP":
		c.zip.Write(make([]byte, zipHead+len(name))) // written when the sizes are known
		c.z, _ = flate.NewWriter(&c.zip, flate.DefaultCompression)
	case "Snappy":
		c.out, c.snappy = []byte(xerial), new(snappy)
	case "HADOOP_SNAPPY":
		c.snappy = new(snappy)
	default:
		return nil, fmt.Errorf("there is no compression format %q: UNCOMPRESSED, GZIP, ZIP, Snappy or HADOOP_SNAPPY", format)
	}
	return c, nil
}

// Write takes more of the content. It never fails.
func (c *Compressor) Write(data []byte) {
	switch {
	case c.z != nil:
		if c.format == "ZIP" {
			c.crc, c.size = crc32.Update(c.crc, crc32.IEEETable, data), c.size+uint64(len(data))
		}
		c.z.Write(data)
	case c.snappy != nil:
		for len(c.part)+len(data) >= snappyBlock {
			n := snappyBlock - len(c.part)
			c.block(append(c.part, data[:n]...))
			c.part, data = c.part[:0], data[n:]
		}
		c.part = append(c.part, data...)
	default:
		c.out = append(c.out, data...)
	}
}

// block compresses a part of the content with Snappy.
func (c *Compressor) block(part []byte) {
	if c.format == "HADOOP_SNAPPY" {
		c.out = binary.BigEndian.AppendUint32(c.out, uint32(len(part)))
	}
	at := len(c.out)
	c.out = c.snappy.encode(append(c.out, 0, 0, 0, 0), part)
	binary.BigEndian.PutUint32(c.out[at:], uint32(len(c.out)-at-4))
}

// Finish returns the object's content. The compressor is used up.
func (c *Compressor) Finish() []byte {
	switch {
	case c.z != nil:
		c.z.Close()
		if c.out = c.zip.Bytes(); c.format == "ZIP" {
			c.out = c.archive(c.out)
		}
	case len(c.part) > 0:
		c.block(c.part)
	}
	return c.out
}

// Compress is an object's content in a format, all at once.
func Compress(format, name string, data []byte) ([]byte, error) {
	c, err := NewCompressor(format, name)
	if err != nil {
		return nil, err
	}
	c.Write(data)
	return c.Finish(), nil
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
	zipHead    = 30 // bytes before the name
	zipDeflate = 8
	zipNoDate  = 0x21 // 1 January 1980
)

// archive makes a ZIP archive of one file that was deflated behind room for its head.
func (c *Compressor) archive(b []byte) []byte {
	packed := len(b) - zipHead - len(c.name)
	head := func(sign uint32, out []byte) []byte {
		out = binary.LittleEndian.AppendUint32(out, sign)
		if sign == zipCentral {
			out = append(out, 20, 0)
		}
		out = append(out, 20, 0, 0, 0, zipDeflate, 0, 0, 0, zipNoDate, 0)
		out = binary.LittleEndian.AppendUint32(out, c.crc)
		out = binary.LittleEndian.AppendUint32(out, uint32(packed))
		out = binary.LittleEndian.AppendUint32(out, uint32(c.size))
		out = binary.LittleEndian.AppendUint16(out, uint16(len(c.name)))
		if out = append(out, 0, 0); sign == zipCentral {
			out = append(out, make([]byte, 14)...)
		}
		return append(out, c.name...)
	}
	copy(b, head(zipLocal, nil))
	at := len(b)
	b = head(zipCentral, b)
	size := len(b) - at
	b = binary.LittleEndian.AppendUint32(b, zipEnd)
	b = append(b, 0, 0, 0, 0, 1, 0, 1, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = binary.LittleEndian.AppendUint32(b, uint32(at))
	return append(b, 0, 0)
}

// extract is the first file of a ZIP archive that archive wrote.
func extract(data []byte, most int) ([]byte, error) {
	if len(data) < zipHead || binary.LittleEndian.Uint32(data) != zipLocal || data[8] != zipDeflate {
		return nil, errors.New("this is no ZIP archive with a deflated file")
	}
	from := zipHead + int(binary.LittleEndian.Uint16(data[26:])) + int(binary.LittleEndian.Uint16(data[28:]))
	size := int(binary.LittleEndian.Uint32(data[18:]))
	if from > len(data) || size > len(data)-from {
		return nil, errors.New("the ZIP archive is cut off")
	}
	z := append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), data[from:from+size]...)
	z = append(append(z, data[14:18]...), data[22:26]...)
	return gunzip(z, most)
}
