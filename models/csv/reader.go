// Package csv reads tables as people have them: whatever separator, quotes, line ends and encoding a spreadsheet chose. A bad
// record never stops the others, and memory stays bounded whatever the file holds.
package csv

import (
	"bytes"
	"io"
)

// headSize is how much is looked at to recognise the format.
const headSize = 64 << 10

// Reader reads the records of a table.
type Reader struct {
	Format  Format
	Heading []string // the names of the columns

	decoder *decoder
	scanner *scanner
}

// NewReader recognises the table and reads its heading. What known says of the encoding, the separator and the quote is not
// recognised, but believed. The error is a Fault where it is no table, or that of reading.
func NewReader(r io.Reader, known Format) (*Reader, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	whole := err == io.EOF || err == io.ErrUnexpectedEOF
	if err != nil && !whole {
		return nil, err
	}
	head = head[:n]
	if fault := kindOf(head); fault != "" {
		return nil, fault
	}
	encoding, mark := encodingOf(head, whole)
	if known.Encoding != "" && known.Encoding != encoding {
		if encoding != undecided && mark > 0 {
			mark = 0 // of another encoding: these bytes are something else
		}
		encoding = known.Encoding
	}
	decoder := &decoder{r: io.MultiReader(bytes.NewReader(head[mark:]), r), encoding: encoding}
	text := make([]byte, headSize)
	if n, err = io.ReadFull(decoder, text); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	text = text[:n]
	if fault := textKind(text); fault != "" {
		return nil, fault
	}
	format, announced := recognise(text, err != nil, known)
	format.Encoding, format.Mark = encoding, mark > 0
	line := int64(1)
	if announced > 0 {
		line++
	}
	reader := &Reader{Format: format, decoder: decoder}
	reader.scanner = newScanner(io.MultiReader(bytes.NewReader(text[announced:]), decoder), format, line)
	return reader, reader.heading()
}

// heading reads the names of the columns.
func (r *Reader) heading() error {
	record, err := r.scanner.next(0)
	switch {
	case err == io.EOF:
		return FaultEmpty
	case err != nil:
		return err
	case record.Problem == Ragged:
		return FaultWide
	case record.Problem != None:
		return FaultHeading
	}
	for _, cell := range record.Cells {
		r.Heading = append(r.Heading, string(bytes.TrimSpace(cell)))
	}
	for n := len(r.Heading); n > 1 && r.Heading[n-1] == ""; n = len(r.Heading) {
		r.Heading = r.Heading[:n-1]
	}
	if len(r.Heading) > MaxColumns {
		return FaultWide
	}
	return nil
}

// Next reads the next record; after the last the error is io.EOF.
func (r *Reader) Next() (Record, error) { return r.scanner.next(len(r.Heading)) }

// Encoding is that of the file, as far as it is read: what was ASCII alone so far is UTF-8.
func (r *Reader) Encoding() Encoding {
	if r.decoder.encoding == undecided {
		return UTF8
	}
	return r.decoder.encoding
}
