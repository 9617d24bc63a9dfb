package models

import (
	"bytes"
	"io"

	"github.com/jackc/pgx/v5"
)

// exportPiece is how many bytes go to the reader at once.
const exportPiece = 64 << 10

// writeExport writes the rows, whose values come as text, and returns how many. Every row passes through one buffer: the memory
// does not grow with their number.
func writeExport(w io.Writer, rows pgx.Rows, columns []exportColumn, format string, mark bool) (n int64, err error) {
	buf := make([]byte, 0, exportPiece+exportPiece/4)
	if mark {
		buf = append(buf, "\ufeff"...)
	}
	appendRow, heads := appendCSVRow, make([][]byte, len(columns))
	for i, column := range columns {
		heads[i] = []byte(column.name)
	}
	if format == ExportLines {
		appendRow = appendLine
		for i, column := range columns {
			heads[i] = append(appendJSONText(nil, []byte(column.name)), ':')
		}
	} else {
		buf = appendCSVHead(buf, heads)
	}
	for rows.Next() {
		buf = appendRow(buf, columns, heads, rows.RawValues())
		n++
		if len(buf) >= exportPiece {
			if _, err := w.Write(buf); err != nil {
				return n, err
			}
			buf = buf[:0]
		}
	}
	if err := rows.Err(); err != nil {
		return n, Explain(err)
	}
	_, err = w.Write(buf)
	return n, err
}

func appendCSVHead(buf []byte, heads [][]byte) []byte {
	for i, head := range heads {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendCSVText(buf, head)
	}
	return append(buf, '\n')
}

// appendCSVRow writes a row; nothing stands for null, and "" for an empty text.
func appendCSVRow(buf []byte, columns []exportColumn, _, values [][]byte) []byte {
	for i, value := range values {
		if i > 0 {
			buf = append(buf, ',')
		}
		if value == nil {
			continue
		}
		switch columns[i].kind {
		case exportNumber, exportDecimal:
			buf = append(buf, value...)
		case exportFlag:
			buf = appendFlag(buf, value)
		case exportMoment:
			buf = appendMoment(buf, value)
		case exportJSON:
			buf = appendQuoted(buf, value)
		default:
			buf = appendCSVText(buf, value)
		}
	}
	return append(buf, '\n')
}

// appendCSVText writes a text. One that a spreadsheet would take for a formula gets an apostrophe, and so does one that has
// apostrophes before what looks like a formula: whoever takes one off again has what it was.
func appendCSVText(buf, text []byte) []byte {
	first := 0
	for first < len(text) && text[first] == '\'' {
		first++
	}
	formula := false
	if first < len(text) {
		switch text[first] {
		case '=', '+', '-', '@', '\t', '\r':
			formula = true
		}
	}
	if len(text) == 0 || text[0] == ' ' || text[len(text)-1] == ' ' || bytes.ContainsAny(text, ",\"\r\n") {
		buf = append(buf, '"')
		if formula {
			buf = append(buf, '\'')
		}
		return append(appendDoubled(buf, text), '"')
	}
	if formula {
		buf = append(buf, '\'')
	}
	return append(buf, text...)
}

func appendQuoted(buf, text []byte) []byte {
	return append(appendDoubled(append(buf, '"'), text), '"')
}

// appendDoubled writes a text with each quotation mark twice.
func appendDoubled(buf, text []byte) []byte {
	for {
		at := bytes.IndexByte(text, '"')
		if at < 0 {
			return append(buf, text...)
		}
		buf = append(append(buf, text[:at+1]...), '"')
		text = text[at+1:]
	}
}

func appendFlag(buf, value []byte) []byte {
	if len(value) == 1 && value[0] == 't' {
		return append(buf, "true"...)
	}
	return append(buf, "false"...)
}

// appendMoment writes 2026-11-21 10:00:00.5+00 as 2026-11-21T10:00:00.5Z. Every connection has the time zone UTC.
func appendMoment(buf, value []byte) []byte {
	at := bytes.IndexByte(value, ' ')
	rest, utc := bytes.CutSuffix(value, []byte("+00"))
	if at < 0 || !utc {
		return append(buf, value...)
	}
	buf = append(append(buf, rest[:at]...), 'T')
	return append(append(buf, rest[at+1:]...), 'Z')
}

// appendLine writes a row as an object. null stands for null, as in the API.
func appendLine(buf []byte, columns []exportColumn, heads, values [][]byte) []byte {
	for i, value := range values {
		before := byte(',')
		if i == 0 {
			before = '{'
		}
		buf = append(append(buf, before), heads[i]...)
		if value == nil {
			buf = append(buf, "null"...)
			continue
		}
		switch columns[i].kind {
		case exportNumber, exportJSON:
			buf = append(buf, value...)
		case exportFlag:
			buf = appendFlag(buf, value)
		case exportMoment:
			buf = append(appendMoment(append(buf, '"'), value), '"')
		default:
			buf = appendJSONText(buf, value)
		}
	}
	return append(buf, '}', '\n')
}

const hexDigits = "0123456789abcdef"

// appendJSONText writes a text as JSON does.
func appendJSONText(buf, text []byte) []byte {
	buf = append(buf, '"')
	from := 0
	for i, b := range text {
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		buf = append(buf, text[from:i]...)
		from = i + 1
		switch b {
		case '"', '\\':
			buf = append(buf, '\\', b)
		case '\n':
			buf = append(buf, '\\', 'n')
		case '\r':
			buf = append(buf, '\\', 'r')
		case '\t':
			buf = append(buf, '\\', 't')
		default:
			buf = append(buf, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		}
	}
	return append(append(buf, text[from:]...), '"')
}
