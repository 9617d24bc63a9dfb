package csv

import "bytes"

// Fault is why a file as a whole cannot be read.
type Fault string

// What a file can be instead of a table.
const (
	FaultEmpty   Fault = "empty"    // nothing, or nothing but space
	FaultExcel   Fault = "excel"    // a workbook of Excel's
	FaultOffice  Fault = "office"   // a document of LibreOffice's
	FaultArchive Fault = "archive"  // compressed
	FaultPicture Fault = "picture"  // PNG, JPEG, GIF, WebP
	FaultPDF     Fault = "pdf"      // a PDF
	FaultMarkup  Fault = "markup"   // HTML or XML
	FaultJSON    Fault = "json"     // JSON
	FaultBinary  Fault = "binary"   // something else that is no text
	FaultHeading Fault = "heading"  // its first line cannot be read as names of columns
	FaultWide    Fault = "columns"  // more columns than MaxColumns
	FaultNoLines Fault = "no-lines" // a heading, and nothing after it
)

// Error is the fault's own name; who shows it to people has a sentence for each.
func (f Fault) Error() string { return "not a table: " + string(f) }

var signatures = []struct {
	begin string
	is    Fault
}{
	{"\x89PNG", FaultPicture}, {"\xff\xd8\xff", FaultPicture}, {"GIF8", FaultPicture}, {"RIFF", FaultPicture},
	{"%PDF-", FaultPDF}, {"\xd0\xcf\x11\xe0", FaultExcel}, {"\x1f\x8b", FaultArchive}, {"7z\xbc\xaf", FaultArchive}, {"Rar!", FaultArchive},
	{"BZh", FaultArchive}, {"\xfd7zXZ", FaultArchive}, {"\x28\xb5\x2f\xfd", FaultArchive}, {"{\\rtf", FaultBinary}, {"\x7fELF", FaultBinary}, {"MZ", FaultBinary},
}

// kindOf looks at the first bytes for what is certainly no table; empty where it may be one.
func kindOf(head []byte) Fault {
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		switch {
		case bytes.Contains(head, []byte("mimetypeapplication/vnd.oasis")):
			return FaultOffice
		case bytes.Contains(head, []byte("xl/")), bytes.Contains(head, []byte("[Content_Types].xml")):
			return FaultExcel
		}
		return FaultArchive
	}
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.begin)) && (s.begin != "MZ" || bytes.IndexByte(head, 0) >= 0) {
			return s.is
		}
	}
	return ""
}

// textKind looks at the decoded beginning for text that is something else.
func textKind(text []byte) Fault {
	begin := bytes.TrimLeft(text, " \t\r\n")
	if len(begin) == 0 {
		return FaultEmpty
	}
	lower := bytes.ToLower(begin[:min(len(begin), 64)])
	switch {
	case bytes.HasPrefix(lower, []byte("<!doctype")), bytes.HasPrefix(lower, []byte("<html")), bytes.HasPrefix(lower, []byte("<?xml")),
		bytes.HasPrefix(lower, []byte("<table")), bytes.HasPrefix(lower, []byte("<svg")):
		return FaultMarkup
	case begin[0] == '{', begin[0] == '[' && bytes.ContainsAny(begin[:min(len(begin), 200)], "{]"):
		return FaultJSON
	}
	odd, zeros := 0, 0
	for _, b := range text {
		switch {
		case b == 0:
			zeros++
		case b < ' ' && b != '\t' && b != '\n' && b != '\r', b == unreadable, b == 0x7f:
			odd++
		}
	}
	if odd*20 > len(text) || zeros*3 > len(text) {
		return FaultBinary
	}
	return ""
}
