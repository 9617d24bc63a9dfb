package models

import (
	"slices"
	"strings"

	"postroom/models/csv"
)

// Why an import as a whole cannot go on, besides what csv finds.
const (
	failTooLarge  = "too-large"
	failBrokenOff = "broken-off"
	failNoHeading = "no-heading"
	failNoKey     = "no-key"
	failLost      = "lost"
	failForgotten = "forgotten"
	failNoAdmin   = "no-admin"
	failInside    = "inside"
)

// importFault is one of these, found while the file is read.
type importFault string

// Error is its name.
func (f importFault) Error() string { return "import: " + string(f) }

// Sentences that more than one place says.
var (
	sayPasswordColumn = Say("Passwords are never imported. Everyone gets a one-time link instead, and chooses a new one.")
	// SayImportTooLarge: the file has more than MaxImport bytes.
	SayImportTooLarge = Say("The file is larger than %d MB. Cut it into parts and upload these one by one.", MaxImport>>20)
	sayNoKey          = Say("No column is the user name or the e-mail address: nothing says whom a line is about.")
)

// importFailure is what is said of an import that failed.
func importFailure(name string, n int64) Sentence {
	switch name {
	case "":
		return Sentence{}
	case failTooLarge:
		return SayImportTooLarge
	case failBrokenOff:
		return Say("The upload broke off after %d bytes. Nothing was imported. Upload the file again.", n)
	case failNoHeading:
		return Say("The first line holds an e-mail address, and should hold the names of the columns. Add a line such as: username, email, name.")
	case failNoKey:
		return sayNoKey
	case failLost:
		return Say("The database was restarted and has lost the lines of this file. Nothing was imported. Upload the file again.")
	case failForgotten:
		return Say("Nobody went on with it for a week. Nothing was imported.")
	case failNoAdmin:
		return Say("Who asked for it may no longer do so. Nothing was imported.")
	}
	switch csv.Fault(name) {
	case csv.FaultEmpty:
		return Say("The file is empty.")
	case csv.FaultExcel:
		return Say("This is an Excel workbook. Save it in Excel as “CSV UTF-8” and upload that file.")
	case csv.FaultOffice:
		return Say("This is a LibreOffice document. Save it there as “Text CSV” and upload that file.")
	case csv.FaultArchive:
		return Say("This file is compressed. Unpack it and upload the CSV file inside.")
	case csv.FaultPicture:
		return Say("This is a picture, not a CSV file.")
	case csv.FaultPDF:
		return Say("This is a PDF, not a CSV file.")
	case csv.FaultMarkup:
		return Say("This is a web page or XML, not a CSV file.")
	case csv.FaultJSON:
		return Say("This is JSON, not a CSV file.")
	case csv.FaultBinary:
		return Say("This is not text, so it is no CSV file.")
	case csv.FaultHeading:
		return Say("The first line cannot be read as the names of columns.")
	case csv.FaultWide:
		return Say("The first line has more than %d columns.", csv.MaxColumns)
	case csv.FaultNoLines:
		return Say("The file has names of columns, and no line after them.")
	}
	return Say("This is our mistake, and it is in the log. Nothing was imported.")
}

// headingIsData reports whether the first line of a file looks like one of the others.
func headingIsData(heading []string) bool {
	return slices.ContainsFunc(heading, func(name string) bool {
		_, domain, at := strings.Cut(name, "@")
		return at && strings.Contains(domain, ".")
	})
}

// separatorWords, lineEndWords and encodingWords name what was recognised.
var (
	separatorWords = map[string]Sentence{",": Say("commas between cells"), ";": Say("semicolons between cells"), "\t": Say("tabs between cells"),
		"|": Say("vertical bars between cells")}
	lineEndWords = map[string]Sentence{"\r\n": Say("Windows line ends"), "\n": Say("Unix line ends"), "\r": Say("old Macintosh line ends")}
)

// FormatWords say how the file was read, part by part.
func (i *Import) FormatWords() []Sentence {
	f := i.Format
	if f.Separator == "" {
		return nil
	}
	words := []Sentence{separatorWords[f.Separator]}
	if words[0].Text == "" {
		words[0] = Say("“%s” between cells", f.Separator)
	}
	switch {
	case !f.Quoted:
		words = append(words, Say("no quotes"))
	case f.Quote == "'":
		words = append(words, Say("single quotes"))
	default:
		words = append(words, Say("double quotes"))
	}
	words = append(words, lineEndWords[f.LineEnd])
	if f.Mark {
		return append(words, Say("in %s with a byte order mark", string(f.Encoding)))
	}
	return append(words, Say("in %s", string(f.Encoding)))
}

// WhyLeftOut says why the column is left out, where that was not chosen by hand.
func (c ImportColumn) WhyLeftOut() Sentence {
	switch c.Why {
	case whyPassword:
		return sayPasswordColumn
	case whyReason:
		return Say("It says why an earlier import refused the line.")
	case whyKept:
		return Say("The site keeps this by itself.")
	case whyTwice:
		return Say("Another column is this field already.")
	case whyNameless:
		return Say("The column has no name.")
	case whyTooMany:
		return Say("A user has at most %d fields of their own.", maxMetadata)
	}
	return Sentence{}
}
