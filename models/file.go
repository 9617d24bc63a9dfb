package models

import (
	"encoding/hex"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// File is what a user added to a post, or how a user looks. Its bytes are a large object.
type File struct {
	ID            int64
	UserID        int64
	PostID        int64 // 0: it is in no post yet
	Avatar        bool
	Name          string
	Type          string // found from the bytes
	Size          int64
	SHA256        []byte
	Width, Height int // of an image, as it is shown; 0: it is none
	Alt           string
	CreatedAt     time.Time
	Widths        []FileImage // the smaller ones, the smallest first

	object uint32
}

// FileImage is a smaller width of an image.
type FileImage struct {
	Type          string
	Width, Height int
	Size          int64

	object uint32
}

// The bounds of files.
const (
	MaxFile      = 512 << 20 // bytes
	MaxImage     = 64 << 20  // bytes of an image, which is read as a whole
	maxFileName  = 200       // characters
	maxAlt       = 500       // characters
	maxUserFiles = 10_000
)

// The sentences about a file that cannot be taken.
var (
	SayNoFile       = Say("Choose a file.")
	SayFileTooLarge = Say("The file is too large: %d MB are the most.", MaxFile>>20)
	sayFileEmpty    = Say("The file is empty.")
	sayAltTooLong   = Say("At most %d characters.", maxAlt)
	sayFileName     = Say("The file needs a name.")
)

// IsImage reports whether the file is shown as an image.
func (f *File) IsImage() bool { return f.Width > 0 }

// Sum is the SHA-256 of the bytes, in hexadecimal.
func (f *File) Sum() string { return hex.EncodeToString(f.SHA256) }

// Ref is how the file is named in its address: its id, then its name.
func (f *File) Ref() string {
	ref := strconv.FormatInt(f.ID, 10)
	ext := path.Ext(f.Name)
	if slug := Slug(strings.TrimSuffix(f.Name, ext)); slug != "" {
		ref += "-" + slug
	}
	if ext = Slug(strings.TrimPrefix(ext, ".")); ext != "" && len(ext) <= 10 {
		ref += "." + ext
	}
	return ref
}

// Path is the address of the file.
func (f *File) Path() string { return "/files/" + f.Ref() }

// Markdown is what shows the file in a text: an image, or a link.
func (f *File) Markdown() string {
	if f.IsImage() {
		return "![" + markdownText.Replace(f.Alt) + "](" + f.Path() + ")"
	}
	return "[" + markdownText.Replace(f.Name) + "](" + f.Path() + ")"
}

// markdownText makes words stand for themselves between brackets.
var markdownText = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, "&", `\&`, "!", `\!`, "\n", " ")

// fileName makes a name of what a browser calls a file: the last step of a path, without what cannot be seen.
func fileName(given string) string {
	given = given[strings.LastIndexAny(given, `/\`)+1:]
	name := line(strings.Map(func(r rune) rune {
		if !printable(string(r)) {
			return -1
		}
		return r
	}, seen(norm.NFC.String(strings.ToValidUTF8(given, "�")))))
	if ext := path.Ext(name); utf8.RuneCountInString(name) > maxFileName {
		if len(ext) > 20 {
			ext = ""
		}
		name = string([]rune(name)[:maxFileName-len(ext)]) + ext
	}
	if strings.Trim(name, ".") == "" {
		return ""
	}
	return name
}

// named gives the name the ending of a type that the file was made into.
func named(name, kind string) string {
	endings := map[string][]string{"image/jpeg": {".jpg", ".jpeg", ".jpe", ".jfif"}, "image/png": {".png"}, "image/gif": {".gif"}}[kind]
	ext := path.Ext(name)
	if endings == nil || slices.Contains(endings, strings.ToLower(ext)) {
		return name
	}
	switch strings.ToLower(ext) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp":
		name = strings.TrimSuffix(name, ext)
	}
	if runes := []rune(name); len(runes) > maxFileName-len(endings[0]) {
		name = string(runes[:maxFileName-len(endings[0])])
	}
	return name + endings[0]
}
