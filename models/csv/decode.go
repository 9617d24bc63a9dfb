package csv

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Encoding is how a file's characters stand in its bytes.
type Encoding string

// The encodings that are recognised.
const (
	UTF8        Encoding = "UTF-8"
	UTF16LE     Encoding = "UTF-16LE"
	UTF16BE     Encoding = "UTF-16BE"
	Windows1252 Encoding = "Windows-1252"

	undecided Encoding = "" // ASCII so far: UTF-8 and Windows-1252 are the same until the first other byte
)

// unreadable stands in the decoded text for what is no character. UTF-8 has no such byte.
const unreadable = 0xff

// encodingOf tells the encoding by the first bytes of a file, and how many of them are a byte order mark.
func encodingOf(head []byte, whole bool) (Encoding, int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return UTF8, 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return UTF16LE, 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return UTF16BE, 2
	}
	// In UTF-16 each ASCII character, as the separators are, has a zero on the same side, and hardly ever do two stand together.
	var zeros [2]int
	pairs, plain := len(head)/2, 0
	for i := range pairs {
		a, b := head[2*i], head[2*i+1]
		if a == 0 {
			zeros[0]++
		}
		if b == 0 {
			zeros[1]++
		}
		if a >= ' ' && a < 0x7f && b >= ' ' && b < 0x7f {
			plain++
		}
	}
	switch {
	case plain*3 > pairs:
	case zeros[1]*5 > pairs && zeros[0]*20 < pairs:
		return UTF16LE, 0
	case zeros[0]*5 > pairs && zeros[1]*20 < pairs:
		return UTF16BE, 0
	}
	if !whole {
		head = head[:len(head)-len(unfinished(head))]
	}
	switch {
	case !utf8.Valid(head):
		return Windows1252, 0
	case isASCII(head):
		return undecided, 0
	}
	return UTF8, 0
}

func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unfinished is the beginning of a character of UTF-8 at the end of b.
func unfinished(b []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax-1, len(b)); i++ {
		if tail := b[len(b)-i:]; utf8.RuneStart(tail[0]) {
			if tail[0] >= utf8.RuneSelf && !utf8.FullRune(tail) {
				return tail
			}
			break
		}
	}
	return nil
}

// decoder makes UTF-8 of a file as it is read, with unreadable for every byte that is no character.
type decoder struct {
	r        io.Reader
	encoding Encoding
	in       []byte // read and not decoded
	out      []byte // decoded and not read
	made     []byte // what out is a part of
	err      error
}

const decodeAtOnce = 32 << 10

// Read gives the next decoded bytes.
func (d *decoder) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		kept := len(d.in)
		d.in = append(d.in, make([]byte, decodeAtOnce)...)
		n, err := d.r.Read(d.in[kept:])
		d.in, d.err = d.in[:kept+n], err
		d.out = d.decode(d.made[:0], err != nil)
		d.made = d.out
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

// decode appends what of the input can be decoded; at the end of the file all of it.
func (d *decoder) decode(out []byte, last bool) []byte {
	if d.encoding == undecided && !isASCII(d.in) {
		d.decide(last)
	}
	var rest []byte
	switch d.encoding {
	case UTF16LE:
		out, rest = decode16(out, d.in, binary.LittleEndian, last)
	case UTF16BE:
		out, rest = decode16(out, d.in, binary.BigEndian, last)
	case Windows1252:
		out = decode1252(out, d.in)
	default:
		out, rest = decode8(out, d.in, last)
	}
	d.in = append(d.in[:0], rest...)
	return out
}

// decide looks at the first byte that is not ASCII. Where its character is not all there yet, it waits.
func (d *decoder) decide(last bool) {
	i := bytes.IndexFunc(d.in, func(r rune) bool { return r >= utf8.RuneSelf })
	switch r, size := utf8.DecodeRune(d.in[i:]); {
	case r != utf8.RuneError || size > 1:
		d.encoding = UTF8
	case last || utf8.FullRune(d.in[i:]):
		d.encoding = Windows1252
	}
}

func decode8(out, in []byte, last bool) (made, rest []byte) {
	if !last {
		rest = unfinished(in)
		in = in[:len(in)-len(rest)]
	}
	start := len(out)
	out = append(out, in...)
	if utf8.Valid(in) {
		return out, rest
	}
	for i := start; i < len(out); {
		r, size := utf8.DecodeRune(out[i:])
		if r == utf8.RuneError && size == 1 {
			out[i] = unreadable
		}
		i += size
	}
	return out, rest
}

func decode16(out, in []byte, order binary.ByteOrder, last bool) (made, rest []byte) {
	for len(in) >= 2 {
		r := rune(order.Uint16(in))
		size := 2
		if utf16.IsSurrogate(r) {
			if len(in) < 4 && !last {
				return out, in
			}
			pair := rune(utf8.RuneError)
			if len(in) >= 4 {
				pair = utf16.DecodeRune(r, rune(order.Uint16(in[2:])))
			}
			if pair == utf8.RuneError {
				out, in = append(out, unreadable), in[2:]
				continue
			}
			r, size = pair, 4
		}
		out, in = utf8.AppendRune(out, r), in[size:]
	}
	if last && len(in) == 1 {
		return append(out, unreadable), nil
	}
	return out, in
}

func decode1252(out, in []byte) []byte {
	for _, b := range in {
		if b < utf8.RuneSelf {
			out = append(out, b)
		} else if r := charmap.Windows1252.DecodeByte(b); r == utf8.RuneError {
			out = append(out, unreadable)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
