package models

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// decodeText makes text of a file: UTF-8, with or without a byte order mark, UTF-16 with one, or what a Windows without Unicode wrote: then the
// note says so. Lines end with one character.
func decodeText(raw []byte) (text string, note, why Sentence) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte("\xff\xfe")):
		raw = fromUTF16(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte("\xfe\xff")):
		raw = fromUTF16(raw[2:], binary.BigEndian)
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return "", note, Say("Contains a NUL byte, which text cannot hold.")
	}
	if !utf8.Valid(raw) {
		bad := firstInvalid(raw)
		page, ok := codePage(raw)
		if !ok {
			return "", note, Say("It is not written in UTF-8: byte %d is no character. Save it as UTF-8.", bad+1)
		}
		raw, _ = page.NewDecoder().Bytes(raw) // every byte is a character there
		note = Say("Read as %s, for it is not UTF-8. Where letters are wrong, save it as UTF-8.", page.String())
	}
	return strings.ReplaceAll(string(raw), "\r\n", "\n"), note, Sentence{}
}

// codePage finds in which code page of Windows a text is written that is not UTF-8. false: it is UTF-8 that is damaged, or no text at all.
func codePage(raw []byte) (page *charmap.Charmap, ok bool) {
	whole, broken := 0, 0
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		switch {
		case r < ' ' && !strings.ContainsRune("\t\n\v\f\r", r), r == 0x7f:
			return nil, false // no text
		case size > 1:
			whole++
		case r == utf8.RuneError:
			broken++
		}
		i += size
	}
	if whole > broken {
		return nil, false
	}
	page = charmap.Windows1252
	if isCyrillic(raw) {
		page = charmap.Windows1251
	}
	for _, b := range raw {
		if page.DecodeByte(b) == utf8.RuneError {
			return nil, false
		}
	}
	return page, true
}

// isCyrillic reports whether the letters beyond ASCII make words of their own, as Cyrillic ones do: western ones stand among those of ASCII.
// One letter alone says nothing: “è” and “à” are words too.
func isCyrillic(raw []byte) bool {
	own, among := 0, 0
	plain := func(i int) bool { return i >= 0 && i < len(raw) && (raw[i]|0x20 >= 'a' && raw[i]|0x20 <= 'z') }
	for i := 0; i < len(raw); i++ {
		first := i
		for i < len(raw) && raw[i] >= 0xc0 {
			i++
		}
		switch {
		case i == first:
		case plain(first-1) || plain(i):
			among++
		case i > first+1:
			own++
		}
	}
	return own > among
}

// fromUTF16 makes UTF-8 of UTF-16. What is no character becomes U+FFFD.
func fromUTF16(raw []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

func firstInvalid(raw []byte) int {
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(raw)
}
