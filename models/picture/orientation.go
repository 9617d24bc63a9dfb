package picture

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
)

// upright is the orientation of an image whose first row is the top, and whose first column is the left.
const upright = 1

// How much of a block of metadata is read, at whose beginning the orientation stands, and of a profile of colours.
const (
	maxExif = 64 << 10
	maxICC  = 1 << 20
)

// facts are what the segments of an image say beside its pixels.
type facts struct {
	orientation int
	progressive bool    // a JPEG that is decoded as a whole
	samples     float64 // of a JPEG, for each pixel
	icc         []byte  // its profile of colours
	moves       bool    // a PNG or a WebP of several pictures
}

// look reads what the segments of an image say. What cannot be read is upright: the decoder will find out more.
func look(r io.Reader, kind string) facts {
	b := bufio.NewReader(r)
	f := facts{orientation: upright}
	switch kind {
	case jpegType:
		f.jpeg(b)
	case pngType:
		f.png(b)
	case webpType:
		f.webp(b)
	}
	return f
}

// jpeg walks the markers of a JPEG up to its pixels.
func (f *facts) jpeg(b *bufio.Reader) {
	if _, err := b.Discard(2); err != nil {
		return
	}
	for {
		var marker byte
		for marker == 0 || marker == 0xff { // any number of 0xff may stand before it
			var err error
			if marker, err = b.ReadByte(); err != nil {
				return
			}
		}
		var length uint16
		if marker == 0xda || binary.Read(b, binary.BigEndian, &length) != nil || length < 2 {
			return
		}
		size := int(length) - 2
		switch {
		case marker >= 0xc0 && marker <= 0xc2:
			data := make([]byte, size)
			if _, err := io.ReadFull(b, data); err != nil {
				return
			}
			f.progressive, f.samples = marker == 0xc2, samples(data)
		case marker == 0xe1 && f.orientation == upright, marker == 0xe2:
			data := make([]byte, size)
			if _, err := io.ReadFull(b, data); err != nil {
				return
			}
			if exif, ok := bytes.CutPrefix(data, []byte("Exif\x00\x00")); ok {
				f.orientation = orientation(exif)
			}
			if icc, ok := bytes.CutPrefix(data, []byte("ICC_PROFILE\x00")); ok && len(icc) > 2 && len(f.icc) < maxICC {
				f.icc = append(f.icc, icc[2:]...) // which part of how many it is stands before; they stand in their order
			}
		default:
			if _, err := b.Discard(size); err != nil {
				return
			}
		}
	}
}

// samples is how many values a JPEG has for each pixel, as the head of its frame says.
func samples(frame []byte) (sum float64) {
	most, all := 1, 0
	for i := 6; i+2 < len(frame); i += 3 {
		n := int(frame[i+1]>>4) * int(frame[i+1]&15)
		most, all = max(most, n), all+n
	}
	return float64(all) / float64(most)
}

// png walks the chunks of a PNG; those with the metadata may stand behind the pixels.
func (f *facts) png(b *bufio.Reader) {
	if _, err := b.Discard(8); err != nil {
		return
	}
	profiled := false // there is one profile; who packs in thousands is not read
	for {
		var head [8]byte
		if _, err := io.ReadFull(b, head[:]); err != nil {
			return
		}
		size := int64(binary.BigEndian.Uint32(head[:4]))
		chunk := io.LimitReader(b, size)
		switch string(head[4:]) {
		case "eXIf":
			data, _ := io.ReadAll(io.LimitReader(chunk, maxExif))
			f.orientation = orientation(data)
		case "acTL":
			f.moves = true
		case "iCCP":
			if !profiled {
				profiled, f.icc = true, inflated(bufio.NewReader(chunk))
			}
		case "IEND":
			return
		}
		if _, err := io.Copy(io.Discard, chunk); err != nil {
			return
		}
		if _, err := b.Discard(4); err != nil { // the sum
			return
		}
	}
}

// inflated reads the profile of a PNG, which stands behind its name and the number of the only way to pack it.
func inflated(chunk *bufio.Reader) []byte {
	if _, err := chunk.ReadSlice(0); err != nil { // it has 79 letters at most, and stands in the buffer
		return nil
	}
	if _, err := chunk.ReadByte(); err != nil {
		return nil
	}
	packed, err := zlib.NewReader(chunk)
	if err != nil {
		return nil
	}
	icc, err := io.ReadAll(io.LimitReader(packed, maxICC))
	if err != nil {
		return nil
	}
	return icc
}

// webp walks the chunks of a RIFF.
func (f *facts) webp(b *bufio.Reader) {
	if _, err := b.Discard(12); err != nil {
		return
	}
	for {
		var head [8]byte
		if _, err := io.ReadFull(b, head[:]); err != nil {
			return
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		chunk := io.LimitReader(b, size+size%2)
		switch string(head[:4]) {
		case "EXIF":
			data, _ := io.ReadAll(io.LimitReader(chunk, maxExif))
			f.orientation = orientation(bytes.TrimPrefix(data, []byte("Exif\x00\x00")))
		case "ANIM":
			f.moves = true
		case "ICCP":
			f.icc, _ = io.ReadAll(io.LimitReader(chunk, maxICC))
		}
		if _, err := io.Copy(io.Discard, chunk); err != nil {
			return
		}
	}
}

var errNoTIFF = errors.New("no TIFF")

// orientation reads the tag 0x0112 of the first directory of a TIFF, as EXIF is one (CIPA DC-008).
func orientation(tiff []byte) int {
	n, err := readOrientation(bytes.NewReader(tiff))
	if err != nil || n < 1 || n > 8 {
		return upright
	}
	return n
}

func readOrientation(r *bytes.Reader) (int, error) {
	var mark [2]byte
	if _, err := io.ReadFull(r, mark[:]); err != nil {
		return 0, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(mark[:]) {
	case "II":
	case "MM":
		order = binary.BigEndian
	default:
		return 0, errNoTIFF
	}
	var head struct {
		Magic  uint16
		Offset uint32
	}
	if err := binary.Read(r, order, &head); err != nil || head.Magic != 42 {
		return 0, errNoTIFF
	}
	if _, err := r.Seek(int64(head.Offset), io.SeekStart); err != nil {
		return 0, err
	}
	var entries uint16
	if err := binary.Read(r, order, &entries); err != nil {
		return 0, err
	}
	for range entries {
		var entry struct {
			Tag, Kind uint16
			Count     uint32
			Value     uint16
			_         uint16
		}
		if err := binary.Read(r, order, &entry); err != nil {
			return 0, err
		}
		if entry.Tag == 0x0112 && entry.Kind == 3 {
			return int(entry.Value), nil
		}
	}
	return upright, nil
}
