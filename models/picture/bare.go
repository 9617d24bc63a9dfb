package picture

import (
	"bufio"
	"io"
)

// IsBare reports whether a JPEG is just its pixels, in one scan, as Encode writes it: then writing it anew would take nothing away but
// some of its sharpness.
func IsBare(from io.ReadSeeker) bool {
	if rewind(from) != nil {
		return false
	}
	r := bufio.NewReaderSize(from, 64<<10)
	if a, b := marker(r); a != 0xff || b != 0xd8 {
		return false
	}
	for {
		a, kind := marker(r)
		if a != 0xff {
			return false
		}
		switch kind {
		case 0xdb, 0xc0, 0xc4, 0xda: // tables, the frame, codes, the scan
		default:
			return false
		}
		high, low := marker(r)
		if skip := int(high)<<8 | int(low) - 2; skip < 0 {
			return false
		} else if n, err := r.Discard(skip); n != skip || err != nil {
			return false
		}
		if kind == 0xda {
			return endsInScan(r)
		}
	}
}

// marker reads two bytes; zeros where there are none.
func marker(r *bufio.Reader) (first, second byte) {
	first, _ = r.ReadByte()
	second, _ = r.ReadByte()
	return first, second
}

// endsInScan reports whether nothing comes after the scan but the end.
func endsInScan(r *bufio.Reader) bool {
	for {
		b, err := r.ReadByte()
		if err != nil {
			return false
		}
		if b != 0xff {
			continue
		}
		switch b, err = r.ReadByte(); {
		case err != nil:
			return false
		case b == 0:
		case b == 0xd9:
			_, err = r.ReadByte()
			return err == io.EOF
		default:
			return false
		}
	}
}
