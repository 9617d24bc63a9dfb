package models

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// The bounds of what is read of an archive.
const (
	maxArchiveList = 8 << 20                     // bytes of its list of files
	maxEntry       = MaxContent + maxMatter + 64 // bytes of a text, unpacked: the longest post with its front matter
	maxPath        = 500                         // bytes
)

// openArchive reads the list of files. What is wrong with all of it is a writingFault.
func openArchive(r *pieceReader) (*zip.Reader, error) {
	r.bounded, r.left = true, maxArchiveList
	archive, err := zip.NewReader(r, r.size)
	r.bounded = false
	switch {
	case errors.Is(err, errListLarge), err == nil && len(archive.File) > MaxWritingFiles:
		return nil, writingFault{sayTooManyFiles}
	case errors.Is(err, errPieceLost):
		return nil, writingFault{sayWritingLost}
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, writingFault{Say("This is no zip archive, or a part of it is missing.")}
	}
	return archive, err
}

// writingFault is what is wrong with an archive as a whole.
type writingFault struct{ say Sentence }

// Error says it.
func (f writingFault) Error() string { return f.say.String() }

// entryPath is the path of a file of the archive, with slashes, and whether it may stand there. russian: names without a sign of their encoding
// are in that of a Russian Windows.
func entryPath(f *zip.File, russian bool) (name string, ok bool) {
	name = f.Name
	if !utf8.ValidString(name) {
		table := charmap.CodePage437
		if russian {
			table = charmap.CodePage866
		}
		name, _ = table.NewDecoder().String(name) // every byte is a character there
	}
	name = storable(name)
	slashed := strings.ReplaceAll(name, `\`, "/")
	ok = slashed != "" && len(slashed) <= maxPath && name == strings.ToValidUTF8(f.Name, name) && !strings.HasPrefix(slashed, "/") && !(len(slashed) > 1 && slashed[1] == ':') &&
		!slices.Contains(strings.Split(slashed, "/"), "..")
	if len(slashed) > maxPath {
		slashed = strings.ToValidUTF8(slashed[:maxPath], "")
	}
	return slashed, ok
}

// Why a file becomes no post, whatever is in it.
var (
	sayBadPath   = Say("Its name leads out of the archive, is too long, or cannot be kept.")
	sayTwice     = Say("The archive has a file of this name already: that one counts.")
	sayLink      = Say("A link to another file.")
	sayEncrypted = Say("It is encrypted.")
	sayPacked    = Say("It is packed in a way that is not known here. Pack it as an ordinary zip.")
	sayDamaged   = Say("It is damaged: it cannot be unpacked.")
	sayHidden    = Say("A hidden file, or one of the system.")
	sayInside    = Say("An archive inside the archive. Upload it by itself.")
	sayNotText   = Say("No Markdown file: its name ends in neither .md nor .markdown.")
	sayEntryLong = Say("Larger than %d KB, unpacked.", maxEntry>>10)
	sayNothing   = Say("The file is empty.")
)

// judgeEntry says what is to be done with a file before anything of it is read: read it, or leave it alone with a reason. refused: it
// looks like a post, and cannot be one.
func judgeEntry(f *zip.File, name string, ok bool) (why Sentence, refused bool) {
	switch ext := strings.ToLower(path.Ext(name)); {
	case !ok:
		return sayBadPath, true
	case f.Mode()&fs.ModeSymlink != 0:
		return sayLink, true
	case isHidden(name):
		return sayHidden, false
	case slices.Contains([]string{".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"}, ext):
		return sayInside, false
	case !slices.Contains([]string{".md", ".markdown", ".mdown", ".mkd"}, ext):
		return sayNotText, false
	case f.Mode()&fs.ModeType != 0:
		return sayLink, true
	case f.Flags&1 != 0:
		return sayEncrypted, true
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return sayPacked, true
	}
	return Sentence{}, false
}

func isHidden(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") && part != "." || part == "__MACOSX" {
			return true
		}
	}
	return false
}

// readEntry unpacks a text. Of one that is too long no more is read than the bound.
func readEntry(f *zip.File) (text []byte, why Sentence, err error) {
	in, err := f.Open()
	if err == nil {
		defer in.Close()
		text, err = io.ReadAll(io.LimitReader(in, maxEntry+1))
	}
	switch {
	case errors.Is(err, errPieceLost):
		return nil, why, writingFault{sayWritingLost}
	case err != nil && errors.Is(err, ErrUnavailable):
		return nil, why, err
	case err != nil:
		return text, sayDamaged, nil
	case len(text) > maxEntry:
		return text, sayEntryLong, nil
	case len(text) == 0:
		return text, sayNothing, nil
	}
	return text, Sentence{}, nil
}
