package csv

import (
	"bytes"
	"errors"
	"io"
)

// The bounds of a table. Whatever a file holds, a scanner needs no more memory than for one record.
const (
	MaxCell    = 64 << 10 // bytes
	MaxColumns = 200
	maxRecord  = 512 << 10 // bytes
	maxBuffer  = 2 * maxRecord
)

// Problem is why a record cannot be taken.
type Problem string

// What can be wrong with a record.
const (
	None       Problem = ""
	Ragged     Problem = "ragged"     // it has more or fewer cells than the heading
	Unclosed   Problem = "unclosed"   // a quote is opened and not closed
	Stray      Problem = "stray"      // something follows a closed quote
	Zero       Problem = "zero"       // a zero byte, which no text can hold
	Unreadable Problem = "unreadable" // bytes that are no characters
	Long       Problem = "long"       // a cell longer than MaxCell, or a record longer than can be kept
)

// Record is one record of a table. Its cells are good until the next one is read.
type Record struct {
	Line    int64 // of the file, on which it begins; the first is 1
	Cells   [][]byte
	Problem Problem
	Column  int // which cell the problem is in, from 1; 0: the whole record
}

// scanner cuts decoded text into records.
type scanner struct {
	r          io.Reader
	sep, quote byte
	macintosh  bool // lines end with "\r" alone
	buf        []byte
	start, end int // of what is read and not cut
	line       int64
	over       error // why nothing more can be read
	cells      []span
	out        [][]byte
}

// span is a cell in the buffer, counted from the beginning of its record.
type span struct {
	from, to int
	doubled  bool // it has quotes that are written twice
}

func newScanner(r io.Reader, f Format, line int64) *scanner {
	return &scanner{r: r, sep: f.Separator[0], quote: f.Quote[0], macintosh: f.LineEnd == "\r", line: line, buf: make([]byte, 64<<10)}
}

// atEnd reports whether nothing is left.
func (s *scanner) atEnd() bool { return s.start == s.end && s.over != nil }

// more reads on. It is false at the end of the text.
func (s *scanner) more() bool {
	if s.over != nil {
		return false
	}
	if s.end == len(s.buf) && s.start > 0 {
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.start = 0
	}
	if s.end == len(s.buf) {
		if s.end >= maxBuffer {
			s.over = errors.New("csv: a record that the buffer cannot hold") // record stops long before
			return false
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if err != nil {
			s.over = err
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.over = io.ErrNoProgress
	return false
}

// have reports whether the record goes on to its i-th byte, and reads on where it has to.
func (s *scanner) have(i int) bool {
	for s.start+i >= s.end {
		if !s.more() {
			return false
		}
	}
	return true
}

func (s *scanner) at(i int) byte { return s.buf[s.start+i] }

// failed is the error of reading, if there was one.
func (s *scanner) failed() error {
	if s.over == nil || errors.Is(s.over, io.EOF) {
		return nil
	}
	return s.over
}

// next cuts the next record, which should have so many cells; 0: any number. Lines without anything are passed over. The error
// is io.EOF after the last record, or that of reading.
func (s *scanner) next(columns int) (Record, error) {
	for {
		if err := s.failed(); err != nil {
			return Record{}, err
		}
		if !s.have(0) {
			if err := s.failed(); err != nil {
				return Record{}, err
			}
			return Record{}, io.EOF
		}
		record, size, lines := s.record(columns)
		if err := s.failed(); err != nil {
			return Record{}, err
		}
		s.start += size
		s.line += lines
		if record.Problem != None && record.Problem != Ragged || !blank(record.Cells) {
			return record, nil
		}
	}
}

func blank(cells [][]byte) bool {
	for _, cell := range cells {
		if len(bytes.TrimSpace(cell)) > 0 {
			return false
		}
	}
	return true
}

// record cuts one record from what is read, and tells how many bytes and lines it takes.
func (s *scanner) record(columns int) (record Record, size int, lines int64) {
	record.Line = s.line
	s.cells = s.cells[:0]
	i, inner := 0, int64(0) // inner counts the line ends within quotes
	for {
		cell, after, broken, problem := s.cell(i)
		inner += broken
		if problem != None {
			return s.refused(record, problem, inner > 0 || broken > 0, columns)
		}
		s.cells = append(s.cells, cell)
		i = after
		if s.have(i) && s.at(i) == s.sep {
			i++
			if len(s.cells) > MaxColumns {
				return s.skipped(record, Ragged)
			}
			if i > maxRecord {
				return s.refused(record, Long, inner > 0, columns)
			}
			continue
		}
		if inner > 0 && columns > 0 && s.count(columns) != columns {
			// Two records that one quote holds together, more likely than one that is wrong: each gets its own chance.
			return s.physical(record, Unclosed)
		}
		break
	}
	end := i
	if s.have(i) {
		i++ // "\n", or the "\r" of a Macintosh
		if s.at(i-1) == '\r' && s.have(i) && s.at(i) == '\n' {
			i++
		}
		lines = 1
	}
	whole := s.buf[s.start : s.start+end]
	record.Cells = s.texts(columns)
	switch {
	case columns > 0 && len(record.Cells) != columns:
		record.Problem = Ragged
	case bytes.IndexByte(whole, 0) >= 0:
		record.Problem = Zero
	case bytes.IndexByte(whole, unreadable) >= 0:
		record.Problem = Unreadable
	}
	s.mend(&record)
	return record, i, inner + lines
}

// cell cuts the cell that begins at i, and tells where it ends and how many line ends it has within quotes.
func (s *scanner) cell(i int) (cell span, after int, broken int64, problem Problem) {
	for s.have(i) && s.at(i) == ' ' { // spaces before a quote, as after ", "
		i++
		cell.from++
	}
	if !s.have(i) || s.at(i) != s.quote {
		from := i - cell.from
		for s.have(i) {
			rest := s.buf[s.start+i : s.end]
			n := 0
			for n < len(rest) && rest[n] != s.sep && rest[n] != '\n' && rest[n] != '\r' {
				n++
			}
			i += n
			if i-from > MaxCell {
				return span{}, i, 0, Long
			}
			if n == len(rest) {
				continue
			}
			if rest[n] != '\r' || s.endsLine(i) {
				break
			}
			i++
		}
		return span{from: from, to: i}, i, 0, None
	}
	i++
	cell.from = i
	for {
		at := -1
		for s.have(i) {
			if at = bytes.IndexByte(s.buf[s.start+i:s.end], s.quote); at >= 0 {
				break
			}
			broken += s.lineEnds(i, s.end-s.start)
			i = s.end - s.start
			if i-cell.from > MaxCell {
				return span{}, i, broken, Long
			}
		}
		if at < 0 {
			return span{}, i, broken, Unclosed
		}
		broken += s.lineEnds(i, i+at)
		i += at
		if i-cell.from > MaxCell {
			return span{}, i, broken, Long
		}
		if s.have(i+1) && s.at(i+1) == s.quote {
			cell.doubled = true
			i += 2
			continue
		}
		break
	}
	cell.to = i
	for i++; s.have(i) && s.at(i) == ' '; i++ {
	}
	if s.have(i) && s.at(i) != s.sep && s.at(i) != '\n' && !(s.at(i) == '\r' && s.endsLine(i)) {
		return span{}, i, broken, Stray
	}
	return cell, i, broken, None
}

// endsLine reports whether the "\r" at i ends a line.
func (s *scanner) endsLine(i int) bool {
	return s.macintosh || s.have(i+1) && s.at(i+1) == '\n' || !s.have(i+1) && s.failed() == nil
}

// lineEnds counts the line ends in a part of the record.
func (s *scanner) lineEnds(from, to int) int64 {
	end := byte('\n')
	if s.macintosh {
		end = '\r'
	}
	return int64(bytes.Count(s.buf[s.start+from:s.start+to], []byte{end}))
}
