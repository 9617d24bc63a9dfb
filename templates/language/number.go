package language

import (
	"math"
	"reflect"
	"strconv"
	"strings"
)

type numbers struct {
	group, decimal, minus string
	groupFrom             int // digits
}

// Number prints a whole number with its groups: 100,412.
func (l *Language) Number(n int) string { return l.Count(int64(n)) }

// Count is Number for what a database counted.
func (l *Language) Count(n int64) string {
	var room [40]byte
	return string(l.appendInteger(room[:0], n))
}

// Decimal prints x with that many digits after the point: 1,234.5. What is not a number is a dash.
func (l *Language) Decimal(x float64, digits int) string {
	var room [40]byte
	return string(l.appendDecimal(room[:0], x, digits))
}

// Bytes prints a size for people, in steps of 1024: "14 bytes", "1.5 KB", "83 KB".
func (l *Language) Bytes(n int64) string {
	if n < 1024 {
		return l.T("%d bytes", n)
	}
	size := float64(n) / 1024
	switch {
	case size < 1023.5:
		return l.T("%s\u00a0KB", l.twoDigits(size))
	case size/1024 < 1023.5:
		return l.T("%s\u00a0MB", l.twoDigits(size/1024))
	}
	return l.T("%s\u00a0GB", l.twoDigits(size/1024/1024))
}

// twoDigits prints 1.5 and 83, but neither 83.4 nor 2.0.
func (l *Language) twoDigits(x float64) string {
	if x < 9.95 && math.Round(x*10) != math.Round(x)*10 {
		return l.Decimal(x, 1)
	}
	return l.Decimal(x, 0)
}

// List joins words: "a", "a and b", "a, b and c".
func (l *Language) List(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	start := words[0]
	for _, word := range words[1 : len(words)-1] {
		start = l.T("%s, %s", start, word)
	}
	return l.T("%s and %s", start, words[len(words)-1])
}

func (l *Language) appendInteger(out []byte, n int64) []byte {
	var room [20]byte
	digits := strconv.AppendInt(room[:0], n, 10)
	if n < 0 {
		out = append(out, l.numbers.minus...)
		digits = digits[1:]
	}
	return l.appendGroups(out, digits)
}

func (l *Language) appendDecimal(out []byte, x float64, digits int) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return append(out, "–"...)
	}
	text := strconv.FormatFloat(math.Abs(x), 'f', digits, 64)
	if x < 0 && strings.Trim(text, "0.") != "" { // what rounds to nothing has no sign
		out = append(out, l.numbers.minus...)
	}
	whole, fraction, _ := strings.Cut(text, ".")
	out = l.appendGroups(out, []byte(whole))
	if fraction != "" {
		out = append(out, l.numbers.decimal...)
		out = append(out, fraction...)
	}
	return out
}

func (l *Language) appendGroups(out, digits []byte) []byte {
	if len(digits) < l.numbers.groupFrom {
		return append(out, digits...)
	}
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, l.numbers.group...)
		}
		out = append(out, digit)
	}
	return out
}

// integer reads a whole number of any type.
func integer(arg any) (int64, bool) {
	switch n := arg.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case nil, string, float64:
		return 0, false
	}
	switch v := reflect.ValueOf(arg); v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return int64(min(v.Uint(), math.MaxInt64)), true
	}
	return 0, false
}

func decimal(arg any) (float64, bool) {
	if n, ok := integer(arg); ok {
		return float64(n), true
	}
	if v := reflect.ValueOf(arg); v.IsValid() && v.CanFloat() {
		return v.Float(), true
	}
	return 0, false
}
