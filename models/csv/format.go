package csv

import (
	"bytes"
)

// Format is how a table stands in its file.
type Format struct {
	Encoding  Encoding `json:"encoding"`
	Mark      bool     `json:"mark"`      // a byte order mark comes first
	Separator string   `json:"separator"` // one character
	Quote     string   `json:"quote"`     // one character
	Quoted    bool     `json:"quoted"`    // there are cells in quotes
	LineEnd   string   `json:"line_end"`  // "\r\n", "\n" or "\r"
	Announced bool     `json:"announced"` // the first line is Excel's, such as sep=;
}

// separators are those that are recognised, the likeliest first.
var separators = []byte{',', ';', '\t', '|'}

// enoughRecords is how many records are looked at to recognise the separator.
const enoughRecords = 100

// recognise finds out how the table is written from its decoded beginning; whole is true where that is all of it. announced is
// the length of a line like sep=; that comes first. What known says is not looked for.
func recognise(text []byte, whole bool, known Format) (f Format, announced int) {
	f = Format{Separator: ",", Quote: `"`, LineEnd: lineEnd(text)}
	if sep, n := announcement(text); n > 0 {
		f.Separator, f.Announced = string(sep), true
		text, announced = text[n:], n
	}
	first, _, _ := bytes.Cut(bytes.TrimLeft(text, " \r\n"), []byte(f.LineEnd))
	if len(first) > 2 && first[0] == '\'' && first[len(first)-1] == '\'' {
		f.Quote = "'"
	}
	if known.Quote != "" {
		f.Quote = known.Quote
	}
	if known.Separator != "" {
		f.Separator = known.Separator
	} else if !f.Announced {
		best := 0.0
		for _, sep := range separators {
			try := f
			try.Separator = string(sep)
			if fits := agreement(text, whole, try); fits > best {
				best, f.Separator = fits, try.Separator
			}
		}
	}
	sep, quote := f.Separator[0], f.Quote[0]
	for i, b := range text {
		if b == quote && (i == 0 || text[i-1] == sep || text[i-1] == '\n' || text[i-1] == '\r') {
			f.Quoted = true
			break
		}
	}
	return f, announced
}

// agreement tells how well the records agree with the heading on the number of cells: 0 where the heading has one cell, else
// the share of those that do, and a little for each cell.
func agreement(text []byte, whole bool, f Format) float64 {
	s := newScanner(bytes.NewReader(text), f, 1)
	columns, records, same := 0, 0, 0
	for records < enoughRecords {
		record, err := s.next(0)
		if err != nil || !whole && s.atEnd() && columns > 0 {
			break // the last one may go on behind what was read
		}
		records++
		if columns == 0 {
			columns = len(record.Cells)
		}
		if len(record.Cells) == columns && record.Problem == None {
			same++
		}
	}
	if columns < 2 || records == 0 {
		return 0
	}
	return float64(same)/float64(records) + min(float64(columns), 50)/1000
}

// announcement reads the line in which Excel names the separator.
func announcement(text []byte) (sep byte, n int) {
	end := bytes.IndexAny(text, "\r\n")
	if end < 0 {
		return 0, 0
	}
	line := bytes.Trim(text[:end], `"`)
	if len(line) != 5 || !bytes.EqualFold(line[:4], []byte("sep=")) || line[4] >= 0x80 {
		return 0, 0
	}
	if bytes.HasPrefix(text[end:], []byte("\r\n")) {
		end++
	}
	return line[4], end + 1
}

func lineEnd(text []byte) string {
	feeds, both := bytes.Count(text, []byte("\n")), bytes.Count(text, []byte("\r\n"))
	switch {
	case both > 0 && 2*both >= feeds:
		return "\r\n"
	case feeds == 0 && bytes.IndexByte(text, '\r') >= 0:
		return "\r"
	}
	return "\n"
}
