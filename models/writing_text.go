package models

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeText makes text of a file: UTF-8, with or without a byte order mark, or UTF-16 with one. Lines end with one character.
func decodeText(raw []byte) (text string, why Sentence) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte("\xff\xfe")):
		raw = fromUTF16(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte("\xfe\xff")):
		raw = fromUTF16(raw[2:], binary.BigEndian)
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return "", Say("Contains a NUL byte, which text cannot hold.")
	}
	if !utf8.Valid(raw) {
		return "", Say("It is not written in UTF-8: byte %d is no character. Save it as UTF-8.", firstInvalid(raw)+1)
	}
	return strings.ReplaceAll(string(raw), "\r\n", "\n"), Sentence{}
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
