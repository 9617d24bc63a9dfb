package picture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

var errNoPNG = errors.New("not a PNG")

// movingParts are the chunks of a PNG that make its pictures and how they follow each other (PNG, third edition, section 11).
var movingParts = []string{"IHDR", "PLTE", "tRNS", "sRGB", "gAMA", "cHRM", "acTL", "fcTL", "IDAT", "fdAT", "IEND"}

// cleanAPNG copies a PNG whose pictures move without its texts and whatever programs put in beside these. What follows the end is left out.
func cleanAPNG(w io.Writer, r *bufio.Reader) error {
	const head = "\x89PNG\r\n\x1a\n"
	var start [8]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return err
	}
	if string(start[:]) != head {
		return errNoPNG
	}
	if _, err := w.Write(start[:]); err != nil {
		return err
	}
	for {
		chunk, err := r.Peek(8)
		if err != nil {
			return err
		}
		name, size := string(chunk[4:]), int64(binary.BigEndian.Uint32(chunk))+12 // with its length, its name and its sum
		to := w
		if !slices.Contains(movingParts, name) {
			to = io.Discard
		}
		if _, err := io.CopyN(to, r, size); err != nil {
			return err
		}
		if name == "IEND" {
			return nil
		}
	}
}
