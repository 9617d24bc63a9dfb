package csv

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestABadRecordNeverStopsTheOthers(t *testing.T) {
	huge := strings.Repeat("a word ", MaxCell)
	for name, try := range map[string]struct {
		file string
		want []string
	}{
		"ragged":                  {"a,b,c\n1,2\n1,2,3,4\n1,2,3\n1,2,3,,\n", []string{"2: 1 | 2 (ragged 0)", "3: 1 | 2 | 3 | 4 (ragged 0)", "4: 1 | 2 | 3", "5: 1 | 2 | 3"}},
		"NUL":                     {"a,b\nJo\x00hn,2\n\x00,\n3,4\n", []string{`2: Jo\0hn | 2 (zero 1)`, `3: \0 |  (zero 1)`, "4: 3 | 4"}},
		"no UTF-8":                {"ä,b\n1,\xe4\n3,4\n", nil},
		"never closed":            {"a,b\n1,\"2\n3,4\n5,6\n", []string{`2: 1,"2 (unclosed 0)`, "3: 3 | 4", "4: 5 | 6"}},
		"closed by the next":      {"a,b\n1,\"2\n3,\"4\"\n5,6\n", []string{`2: 1,"2 (unclosed 0)`, "3: 3 | 4", "4: 5 | 6"}},
		"closed too late":         {"a,b\n1,\"2\n\"3\",\"4\"\n5,6\n", []string{`2: 1,"2 (unclosed 0)`, "3: 3 | 4", "4: 5 | 6"}},
		"two records in one":      {"a,b,c\n1,\"2,3\n4\",5,6\n7,8,9\n", []string{`2: 1,"2,3 (unclosed 0)`, `3: 4" | 5 | 6`, "4: 7 | 8 | 9"}},
		"stray":                   {"a,b\n\"1\"x,2\n3,4\n", []string{`2: "1"x,2 (stray 0)`, "3: 3 | 4"}},
		"the last line unclosed":  {"a,b\n3,4\n1,\"2", []string{"2: 3 | 4", `3: 1,"2 (unclosed 0)`}},
		"a huge cell":             {"a,b\n1," + huge + "\n3,4\n", []string{"2: " + ("1," + huge)[:200] + "… (long 2)", "3: 3 | 4"}},
		"a huge cell first":       {"a,b\n" + huge + ",1\n3,4\n", []string{"2: " + huge[:200] + "… (long 1)", "3: 3 | 4"}},
		"a huge last cell":        {"a,b\n3,4\n1," + huge, []string{"2: 3 | 4", "3: " + ("1," + huge)[:200] + "… (long 2)"}},
		"a huge quoted cell":      {"a,b\n1,\"" + strings.Repeat("x, \"\"y\"\"\n", MaxCell) + "\"\n3,4\n", nil},
		"a quote over everything": {"a,b\n1,\"2\n" + strings.Repeat("5,6\n", MaxCell) + "7,8\n", nil},
		"very many cells":         {"a,b\n" + strings.Repeat("1,", 1000) + "\n3,4\n", nil},
		"very long records":       {"a,b" + strings.Repeat(",c", 100) + "\n" + strings.Repeat(strings.Repeat("x", 60_000)+",", 101) + "x\n1,2" + strings.Repeat(",3", 100) + "\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := read(t, try.file)
			last := got[len(got)-1]
			switch name {
			case "no UTF-8": // it has valid UTF-8 and bytes that are none, so it is Windows-1252
				try.want = []string{"2: 1 | ä", "3: 3 | 4"}
			case "a huge quoted cell":
				if len(got) != 2 || !strings.HasSuffix(got[0], "… (long 2)") || last != "65539: 3 | 4" {
					t.Errorf("%d records, %.300q, %q", len(got), got[0], last)
				}
				return
			case "a quote over everything":
				if len(got) != MaxCell+2 || got[0] != `2: 1,"2 (unclosed 0)` || got[1] != "3: 5 | 6" || last != "65539: 7 | 8" {
					t.Errorf("%d records, %.300q, %q", len(got), got[0], last)
				}
				return
			case "very many cells":
				if len(got) != 2 || !strings.HasSuffix(got[0], "… (ragged 0)") || last != "3: 3 | 4" {
					t.Errorf("%.300q", got)
				}
				return
			case "very long records":
				if len(got) != 2 || !strings.HasSuffix(got[0], ")") || !strings.HasPrefix(last, "3: 1 | 2 | 3") {
					t.Errorf("%d records, %.300q", len(got), got)
				}
				return
			}
			if !slices.Equal(got, try.want) {
				t.Errorf("got %.500q", got)
			}
		})
	}
}

func TestAFailureToReadIsNoEnd(t *testing.T) {
	broken := errors.New("the line is cut")
	for _, begin := range []string{"", "a,b\n1,2\n3", "a,b\n" + strings.Repeat("1,2\n", 50_000) + "3,\"4", "a,b\n1," + strings.Repeat("x", 1<<20)} {
		r, err := NewReader(io.MultiReader(strings.NewReader(begin), iotest.ErrReader(broken)), Format{})
		for n := 0; err == nil; n++ {
			var record Record
			if record, err = r.Next(); err == nil && string(record.Cells[0]) != "1" {
				t.Errorf("%q was taken for a record", record.Cells)
			}
		}
		if !errors.Is(err, broken) {
			t.Errorf("%.20q: %v", begin, err)
		}
	}
}

func TestARandomTableIsReadAsOthersReadIt(t *testing.T) {
	pieces := []string{"", "a", "Ann", `"`, ",", ";", "\n", "é", "🚲", " x", "'=1", "0", "x y"}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		columns := 2 + rng.IntN(4)
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		w.Comma = []rune(",;\t|")[rng.IntN(4)]
		w.UseCRLF = false
		head := []string{"h1", "h2", "h3", "h4", "h5"}[:columns]
		w.Write(head)
		var want [][]string
		for range 1 + rng.IntN(20) {
			row := make([]string, columns)
			for i := range row {
				for range rng.IntN(4) {
					row[i] += pieces[rng.IntN(len(pieces))]
				}
			}
			row[0] = "k" + row[0]
			w.Write(row)
			want = append(want, row)
		}
		w.Flush()
		r, err := NewReader(bytes.NewReader(file.Bytes()), Format{})
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range want {
			record, err := r.Next()
			if err != nil || record.Problem != None || len(record.Cells) != columns {
				t.Fatalf("%d: %+v %v in\n%s", i, record, err, file.Bytes())
			}
			for j, cell := range record.Cells {
				if string(cell) != row[j] {
					t.Fatalf("%q, not %q in\n%s", cell, row[j], file.Bytes())
				}
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Fatal(err)
		}
	}
}

func TestMemoryStaysBounded(t *testing.T) {
	for name, file := range map[string]func() io.Reader{
		"one line":        func() io.Reader { return io.LimitReader(forever("x"), 100<<20) },
		"one quoted cell": func() io.Reader { return io.LimitReader(forever("\"x\n"), 50<<20) },
		"an unclosed one": func() io.Reader {
			return io.MultiReader(strings.NewReader("\"u\","), io.LimitReader(forever("x\n"), 50<<20))
		},
		"nothing but cells": func() io.Reader { return io.LimitReader(forever(","), 50<<20) },
		"pairs of quotes":   func() io.Reader { return io.LimitReader(forever("\"\","), 50<<20) },
		"doubled quotes": func() io.Reader {
			return io.MultiReader(strings.NewReader("\""), io.LimitReader(forever("\"\"\n"), 50<<20))
		},
	} {
		r, err := NewReader(io.MultiReader(strings.NewReader("a,b\n1,2\n"), file()), Format{})
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		records := 0
		for ; ; records++ {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(name, err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if after.HeapAlloc > before.HeapAlloc+8<<20 || len(r.scanner.buf) > maxBuffer {
			t.Errorf("%s: %d MB more, a buffer of %d KB, %d records", name, (after.HeapAlloc-before.HeapAlloc)>>20, len(r.scanner.buf)>>10, records)
		}
	}
}

type forever string

func (f forever) Read(p []byte) (int, error) {
	n := 0
	for n+len(f) <= len(p) {
		n += copy(p[n:], f)
	}
	if n == 0 {
		n = copy(p, f)
	}
	return n, nil
}

// Whatever bytes come: no panic, no endless loop, line numbers that grow.
func FuzzAnyBytes(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "sep=;\na;b\n\"1\n", utf16Text("a\tb\r\n1\t2", false, true), "a|b\r1|\"\"\"\r", "\xff\xfea", "'a';'b'\n'1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(iotest.OneByteReader(bytes.NewReader(file)), Format{})
		for last, n := int64(0), 0; err == nil; n++ {
			var record Record
			record, err = r.Next()
			if err == nil && (record.Line <= last || len(record.Cells) == 0) {
				t.Fatalf("line %d after %d: %q", record.Line, last, record.Cells)
			}
			last = record.Line
			if n > len(file) {
				t.Fatal("more records than bytes")
			}
		}
		var fault Fault
		if err != io.EOF && !errors.As(err, &fault) {
			t.Fatal(err)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	var file bytes.Buffer
	file.WriteString("username,email,name,age,role,metadata\n")
	for i := range 100_000 {
		fmt.Fprintf(&file, "user-%d,user-%d@example.com,\"User, Number %d\",%d,user,\"{\"\"city\"\": \"\"Lyon\"\"}\"\n", i, i, i, 16+i%70)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(file.Bytes()), Format{})
		for err == nil {
			_, err = r.Next()
		}
	}
}
