package csv

import (
	"bytes"
	"io"
	"strings"
)

// Formula reports whether a spreadsheet might run the cell as a formula, or would where apostrophes before it are taken off.
func formula(cell string) bool {
	cell = strings.TrimLeft(cell, "'")
	return cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0
}

// Plain takes off the apostrophe that an export put before a cell to make it harmless.
func Plain(cell []byte) []byte {
	if len(cell) < 2 || cell[0] != '\'' {
		return cell
	}
	if rest := bytes.TrimLeft(cell, "'"); len(rest) > 0 && bytes.IndexByte([]byte("=+-@\t\r"), rest[0]) >= 0 {
		return cell[1:]
	}
	return cell
}

// Writer writes a table in UTF-8.
type Writer struct {
	w      io.Writer
	format Format
	line   []byte
}

// NewWriter writes with the separator and the line ends of the format, and a byte order mark where the format has one, or an
// encoding that only a spreadsheet would choose: without it Excel takes the file for Windows-1252.
func NewWriter(w io.Writer, f Format) *Writer {
	writer := &Writer{w: w, format: f}
	if f.Mark || f.Encoding != UTF8 {
		writer.line = append(writer.line, "\ufeff"...)
	}
	return writer
}

// Write writes one record, with cells made harmless.
func (w *Writer) Write(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			w.line = append(w.line, w.format.Separator...)
		}
		if formula(cell) {
			cell = "'" + cell
		}
		if cell == "" || !strings.ContainsAny(cell, w.format.Separator+w.format.Quote+"\"\r\n") && strings.TrimSpace(cell) == cell {
			w.line = append(w.line, cell...)
			continue
		}
		quote := w.format.Quote
		w.line = append(w.line, quote...)
		w.line = append(w.line, strings.ReplaceAll(cell, quote, quote+quote)...)
		w.line = append(w.line, quote...)
	}
	w.line = append(w.line, w.format.LineEnd...)
	_, err := w.w.Write(w.line)
	w.line = w.line[:0]
	return err
}
