package csv

import "bytes"

// refused takes a record that cannot be cut. Where a quote joins lines, only the first of them goes, so that a quote that
// was never closed does not take along the good records behind it.
func (s *scanner) refused(record Record, problem Problem, joined bool, columns int) (Record, int, int64) {
	switch {
	case problem == Long && joined && s.looksLikeRecords(columns):
		return s.physical(record, Unclosed)
	case problem == Long && s.startsQuoted():
		return s.skipQuoted(record)
	case problem == Long:
		return s.skipped(record, Long)
	case joined:
		return s.physical(record, Unclosed)
	}
	return s.physical(record, problem)
}

// startsQuoted reports whether the cell that could not be cut begins with a quote.
func (s *scanner) startsQuoted() bool {
	i := s.opening()
	return s.have(i) && s.at(i) == s.quote
}

// opening is where the cell begins that could not be cut.
func (s *scanner) opening() int {
	i := 0
	if n := len(s.cells); n > 0 {
		i = s.cells[n-1].to
		for s.have(i) && s.at(i) != s.sep { // the closing quote, and spaces
			i++
		}
		i++
	}
	for s.have(i) && s.at(i) == ' ' {
		i++
	}
	return i
}

// looksLikeRecords reports whether most lines within a very long quoted cell have as many separators as the heading and no
// quotes: then the one before them was opened by mistake.
func (s *scanner) looksLikeRecords(columns int) bool {
	if columns < 2 {
		return true
	}
	lines := bytes.Split(s.buf[s.start:s.end], []byte("\n"))
	if len(lines) < 3 {
		return false
	}
	lines = lines[1 : len(lines)-1] // whole ones
	alike := 0
	for _, line := range lines {
		if bytes.Count(line, []byte{s.sep}) == columns-1 && bytes.IndexByte(line, s.quote) < 0 {
			alike++
		}
	}
	return 2*alike > len(lines)
}

// physical takes one line of the file, whatever quotes it has, as a record of a single cell.
func (s *scanner) physical(record Record, problem Problem) (Record, int, int64) {
	i := 0
	for s.have(i) && s.at(i) != '\n' && !(s.at(i) == '\r' && s.endsLine(i)) {
		if i > MaxCell {
			return s.skipped(record, problem)
		}
		i++
	}
	record.Problem = problem
	record.Cells = append(s.out[:0], s.buf[s.start:s.start+i])
	size, lines := s.lineEnd(i)
	s.mend(&record)
	return record, size, lines
}

// lineEnd is where the line ends whose text ends at i, and whether it ends at all.
func (s *scanner) lineEnd(i int) (int, int64) {
	if !s.have(i) {
		return i, 0
	}
	if s.at(i) == '\r' && s.have(i+1) && s.at(i+1) == '\n' {
		return i + 2, 1
	}
	return i + 1, 1
}

// glimpse is how much is kept of what is too long.
const glimpse = 200

// skipped drops the rest of a line, however long, and keeps its beginning.
func (s *scanner) skipped(record Record, problem Problem) (Record, int, int64) {
	begin := s.begins(&record, problem)
	for i := 0; ; {
		at := -1
		if s.have(i) {
			at = bytes.IndexAny(s.buf[s.start+i:s.end], "\n\r")
		} else if s.over != nil {
			record.Cells = append(s.out[:0], begin)
			s.mend(&record)
			return record, i, 0
		}
		if at < 0 {
			s.start, i = s.end, 0
			continue
		}
		i += at
		if s.at(i) == '\r' && !s.endsLine(i) {
			i++
			continue
		}
		record.Cells = append(s.out[:0], begin)
		size, lines := s.lineEnd(i)
		s.mend(&record)
		return record, size, lines
	}
}

// skipQuoted drops a record with a quoted cell that is too long: up to the quote that closes it, and then the rest of the
// line.
func (s *scanner) skipQuoted(record Record) (Record, int, int64) {
	begin := s.begins(&record, Long)
	lines := int64(0)
	i := s.opening() + 1
	lines += s.lineEnds(0, i)
	for {
		at := -1
		if s.have(i) {
			at = bytes.IndexByte(s.buf[s.start+i:s.end], s.quote)
		} else if s.over != nil {
			record.Problem, record.Cells = Unclosed, append(s.out[:0], begin)
			s.mend(&record)
			return record, i, lines
		}
		if at < 0 {
			lines += s.lineEnds(i, s.end-s.start)
			s.start, i = s.end, 0
			continue
		}
		lines += s.lineEnds(i, i+at)
		i += at + 1
		if s.have(i) && s.at(i) == s.quote {
			i++
			continue
		}
		break
	}
	s.start += i
	_, size, more := s.skipped(Record{}, Long)
	record.Cells = append(s.out[:0], begin)
	s.mend(&record)
	return record, size, lines + more
}

// begins keeps the beginning of a record that is too long to be kept.
func (s *scanner) begins(record *Record, problem Problem) []byte {
	record.Problem = problem
	if problem == Long && len(s.cells) < MaxColumns {
		record.Column = len(s.cells) + 1
	}
	begin := s.buf[s.start:min(s.end, s.start+glimpse)]
	begin = begin[:len(begin)-len(unfinished(begin))]
	return append(append([]byte(nil), begin...), "…"...)
}

// count is how many cells the record has; empty ones behind the heading's last do not count.
func (s *scanner) count(columns int) int {
	n := len(s.cells)
	for columns > 0 && n > columns && s.cells[n-1].from == s.cells[n-1].to {
		n--
	}
	return n
}

// texts are the cells, with quotes that are written twice made single ones.
func (s *scanner) texts(columns int) [][]byte {
	s.out = s.out[:0]
	for _, cell := range s.cells[:s.count(columns)] {
		text := s.buf[s.start+cell.from : s.start+cell.to]
		if cell.doubled {
			text = bytes.ReplaceAll(text, []byte{s.quote, s.quote}, []byte{s.quote})
		}
		s.out = append(s.out, text)
	}
	return s.out
}

// mend puts signs in place of what no text can hold, and names the first cell that has such a thing.
func (s *scanner) mend(record *Record) {
	for i, cell := range record.Cells {
		if bytes.IndexByte(cell, 0) < 0 && bytes.IndexByte(cell, unreadable) < 0 {
			continue
		}
		cell = bytes.ReplaceAll(cell, []byte{0}, []byte(`\0`))
		record.Cells[i] = bytes.ReplaceAll(cell, []byte{unreadable}, []byte("\ufffd"))
		if (record.Problem == Zero || record.Problem == Unreadable) && record.Column == 0 {
			record.Column = i + 1
		}
	}
}
