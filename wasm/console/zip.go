package console

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// A packed is a file of a ZIP archive.
type packed struct {
	name    string
	content []byte
}

// Signatures of the parts of a ZIP archive, and what lies behind the last entry's.
// Source: PKWARE, APPNOTE.TXT, 4.3.
const (
	zipLocal   = "PK\x03\x04"
	zipCentral = "PK\x01\x02"
	zipEnd     = "PK\x05\x06"
	zipStored  = 0
	zipDeflate = 8
)

// packZip makes an archive of files as they are, without their instants: the same files make the same archive.
func packZip(files []packed) []byte {
	var out, central []byte
	le := binary.LittleEndian
	for _, f := range files {
		at := len(out)
		// version, flags, method, instant, checksum, sizes, length of the name, length of what is extra
		head := le.AppendUint16(nil, 20)
		head = append(head, make([]byte, 4)...)
		head = le.AppendUint32(head, 0x00210000) // the first day that it can say
		head = le.AppendUint32(head, crc32.ChecksumIEEE(f.content))
		head = le.AppendUint32(head, uint32(len(f.content)))
		head = le.AppendUint32(head, uint32(len(f.content)))
		head = le.AppendUint16(head, uint16(len(f.name)))
		head = le.AppendUint16(head, 0)
		out = append(append(append(append(out, zipLocal...), head...), f.name...), f.content...)
		central = append(append(append(central, zipCentral...), 20, 0), head...)
		central = append(central, make([]byte, 10)...) // comment, disk, attributes
		central = le.AppendUint32(central, uint32(at))
		central = append(central, f.name...)
	}
	end := append([]byte(zipEnd), make([]byte, 4)...)
	end = le.AppendUint16(end, uint16(len(files)))
	end = le.AppendUint16(end, uint16(len(files)))
	end = le.AppendUint32(end, uint32(len(central)))
	end = le.AppendUint32(end, uint32(len(out)))
	return append(append(append(out, central...), end...), 0, 0)
}

var errZip = errors.New("not a ZIP archive, or a broken one")

// unpackZip reads an archive of files that are stored or deflated and hold no more than the terminal's files together. Folders are
// left out.
func unpackZip(b []byte) (files []packed, err error) {
	end := bytes.LastIndex(b, []byte(zipEnd))
	if end < 0 || len(b) < end+22 {
		return nil, errZip
	}
	le := binary.LittleEndian
	room := maxFilesBytes
	at := int(le.Uint32(b[end+16:]))
	for range le.Uint16(b[end+10:]) {
		if at < 0 || at+46 > len(b) || string(b[at:at+4]) != zipCentral {
			return nil, errZip
		}
		e := b[at:]
		method, size, whole, sum := le.Uint16(e[10:]), int(le.Uint32(e[20:])), int(le.Uint32(e[24:])), le.Uint32(e[16:])
		name, extra, comment, from := int(le.Uint16(e[28:])), int(le.Uint16(e[30:])), int(le.Uint16(e[32:])), int(le.Uint32(e[42:]))
		if at += 46 + name + extra + comment; at > len(b) || from+30 > len(b) {
			return nil, errZip
		}
		f := packed{name: string(e[46 : 46+name])}
		data := from + 30 + int(le.Uint16(b[from+26:])) + int(le.Uint16(b[from+28:]))
		if string(b[from:from+4]) != zipLocal || data+size > len(b) {
			return nil, errZip
		}
		if name == 0 || f.name[name-1] == '/' {
			continue
		}
		if whole > room {
			return nil, errDisk
		}
		switch f.content = b[data : data+size]; method {
		case zipStored:
		case zipDeflate:
			if f.content, err = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(f.content)), int64(room)+1)); err != nil {
				return nil, errZip
			}
		default:
			return nil, errors.New(f.name + " is compressed in a way that is not known here")
		}
		if len(f.content) != whole || crc32.ChecksumIEEE(f.content) != sum {
			return nil, errZip
		}
		room -= whole
		files = append(files, f)
	}
	return files, nil
}
