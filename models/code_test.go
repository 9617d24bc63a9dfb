package models_test

import (
	"html"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"postroom/models"
)

// coloured is the code of a text with its coloured parts as ⟨class:words⟩.
func coloured(t testing.TB, language, code string) string {
	t.Helper()
	made, err := models.Render("~~~~" + language + "\n" + code + "\n~~~~")
	if err != nil {
		t.Fatal(err)
	}
	inside := regexp.MustCompile(`(?s)<code[^>]*>(.*)</code>`).FindStringSubmatch(made.HTML)
	if inside == nil {
		t.Fatalf("no code in %s", made.HTML)
	}
	parts := regexp.MustCompile(`(?s)<span class="(.)">(.*?)</span>`).ReplaceAllString(inside[1], "⟨$1:$2⟩")
	return strings.NewReplacer("\n⟩", "⟩", "⟩", "⟩").Replace(strings.TrimSuffix(html.UnescapeString(parts), "\n"))
}

func TestCodeIsColouredAsItsLanguageIsRead(t *testing.T) {
	for _, example := range []struct{ language, code, want string }{
		{"go", "if x := f(\"a\\\"b\"); x != nil { // why\n\treturn `a\nb`, 0x1F\n}", "⟨k:if⟩ x := ⟨f:f⟩(⟨s:\"a\\\"b\"⟩); x != ⟨m:nil⟩ { ⟨c:// why⟩\n\t⟨k:return⟩ ⟨s:`a\nb`⟩, ⟨m:0x1F⟩\n}"},
		{"Go", "/* a\nb */ iffy", "⟨c:/* a\nb */⟩ iffy"},
		{"c++", "int main() { return 'x'; }", "⟨k:int⟩ ⟨f:main⟩() { ⟨k:return⟩ ⟨s:'x'⟩; }"},
		{"rust", "fn a<'a>(x: &'a str) -> Some(1)", "⟨k:fn⟩ a<'a>(x: &'a str) -> ⟨m:Some⟩(⟨m:1⟩)"},
		{"js", "const é = `a ${b}\n`; // c", "⟨k:const⟩ é = ⟨s:`a ${b}\n`⟩; ⟨c:// c⟩"},
		{"python", "@cached\ndef f(self): # c\n  \"\"\"a\n\"b\" \\\"\"\" \"\"\"\n  return None", "⟨m:@cached⟩\n⟨k:def⟩ ⟨f:f⟩(⟨m:self⟩): ⟨c:# c⟩\n  ⟨s:\"\"\"a\n\"b\" \\\"\"\" \"\"\"⟩\n  ⟨k:return⟩ ⟨m:None⟩"},
		{"bash", "if [ \"$x\" ]; then echo a#b $HOME # c", "⟨k:if⟩ [ ⟨s:\"$x\"⟩ ]; ⟨k:then⟩ ⟨k:echo⟩ a#b ⟨m:$HOME⟩ ⟨c:# c⟩"},
		{"sql", "SELECT 'it''s' FROM t -- c", "⟨k:SELECT⟩ ⟨s:'it'⟩⟨s:'s'⟩ ⟨k:FROM⟩ t ⟨c:-- c⟩"},
		{"json", `{"a": [1.5, "b", true]}`, `{⟨f:"a"⟩: [⟨m:1.5⟩, ⟨s:"b"⟩, ⟨m:true⟩]}`},
		{"yaml", "a-b: yes # c\n- d: e", "⟨f:a-b⟩: ⟨m:yes⟩ ⟨c:# c⟩\n- ⟨f:d⟩: e"},
		{"toml", "[a]\nb = \"c\"", "[a]\n⟨f:b⟩ = ⟨s:\"c\"⟩"},
		{"css", "a{color:#fff; margin:1.5rem} /* c */", "a{⟨f:color⟩:⟨m:#fff⟩; ⟨f:margin⟩:⟨m:1.5rem⟩} ⟨c:/* c */⟩"},
		{"html", `<!-- a --><p class="b">if 1 "x"</p>`, `⟨c:<!-- a -->⟩<⟨f:p⟩ class=⟨s:"b"⟩>if 1 "x"</⟨f:p⟩>`},
		{"diff", "@@ -1 +1 @@\n-a\n+b\n c", "⟨c:@@ -1 +1 @@⟩⟨d:-a⟩⟨i:+b⟩ c"},
		{"lua", "--[[ a\n]] local x -- b", "⟨c:--[[ a\n]]⟩ ⟨k:local⟩ x ⟨c:-- b⟩"},
		{"go", "\"not closed\n'x", "\"not closed\n'x"},
		{"go", "/* not closed", "⟨c:/* not closed⟩"},
	} {
		if got := coloured(t, example.language, example.code); got != strings.TrimSuffix(example.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", example.language, got, example.want)
		}
	}
}

func TestColoursChangeNothingOfTheCode(t *testing.T) {
	plain := regexp.MustCompile(`⟨.:|⟩`)
	for _, language := range strings.Fields("go c rust js php python ruby perl bash sql lua haskell lisp json yaml toml css html dockerfile makefile diff") {
		for _, text := range attacks {
			text = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(text, "~~~~", ""), ""))
			text = strings.NewReplacer("\x00", "", "\x01", "", "\t", " ").Replace(text)
			if got := plain.ReplaceAllString(coloured(t, language, "x "+text), ""); got != "x "+text {
				t.Errorf("%s: %q became %q", language, "x "+text, got)
			}
		}
	}
}

// However it is written, code of four times the length takes about four times as long: where the time grew with the square, it would
// be sixteen times. It is the processor's time of this thread alone, so that what else the machine does counts little, and the least of
// some tries.
func TestTheTimeOfColouringGrowsWithTheCodeAlone(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	const short = models.MaxContent / 40
	for _, language := range strings.Fields("go python bash yaml html lua diff") {
		for _, part := range []string{"a ", "a(", "\"", "'", "\\\"", `"""\`, "/*", "<", "<!--", "a:", "1", "# ", "--[[", "\n+", "$"} {
			of, ofFourTimes := time.Hour, time.Hour
			for try := 0; try < 20 && ofFourTimes >= 8*of || try == 0; try++ {
				runtime.GC()
				took, _ := timeOfColouring(t, language, part, short)
				of = min(of, took)
				took, html := timeOfColouring(t, language, part, 4*short)
				ofFourTimes = min(ofFourTimes, took)
				if n := strings.Count(html, "<span"); n > 20_000 {
					t.Errorf("%q in %s has %d coloured parts", part, language, n)
				}
			}
			if ofFourTimes >= 8*of {
				t.Errorf("%q again and again in %s: %s, and %s for four times as many", part, language, of, ofFourTimes)
			}
		}
	}
}

// timeOfColouring is the time that this thread spends on a text of so many characters, and what comes of it.
func timeOfColouring(t testing.TB, language, part string, size int) (time.Duration, string) {
	t.Helper()
	text := "```" + language + "\n" + strings.Repeat(part, size/len(part)) + "\n```"
	begun := threadTime(t)
	made, err := models.Render(text)
	if err != nil {
		t.Fatal(err)
	}
	return threadTime(t) - begun, made.HTML
}

func threadTime(t testing.TB) time.Duration {
	t.Helper()
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &at); err != nil {
		t.Fatal(err)
	}
	return time.Duration(at.Nano())
}
