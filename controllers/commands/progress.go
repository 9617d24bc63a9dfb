package commands

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress tells how far a long work is: a bar on a terminal, and else a line now and then.
type progress struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	bar      *progressbar.ProgressBar
	what     string
	said     time.Time
	pause    time.Duration // between two lines
}

func (p *program) progress() *progress {
	return &progress{w: p.stderr, terminal: isTerminal(p.stderr), pause: 5 * time.Second}
}

// isTerminal reports whether somebody sits at the other end of a stream.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// rows tells how many rows of a kind are done.
func (b *progress) rows(done, total int64, what string) { b.step(done, total, what, false) }

// bytes tells how many bytes are done; a total of -1 is unknown.
func (b *progress) bytes(done, total int64, what string) { b.step(done, total, what, true) }

func (b *progress) step(done, total int64, what string, bytes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.terminal {
		if now := time.Now(); what != b.what || now.Sub(b.said) >= b.pause || done == total {
			b.what, b.said = what, now
			fmt.Fprintf(b.w, "%s: %s\n", what, amount(done, total, bytes))
		}
		return
	}
	if what != b.what {
		b.end()
		b.what = what
		options := []progressbar.Option{progressbar.OptionSetWriter(b.w), progressbar.OptionSetDescription(what), progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100 * time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true),
			progressbar.OptionShowCount(), progressbar.OptionShowBytes(bytes)}
		b.bar = progressbar.NewOptions64(total, options...)
	}
	b.bar.Set64(done)
}

func amount(done, total int64, bytes bool) string {
	unit := ""
	if bytes {
		done, total, unit = done>>20, total>>20, " MB"
	}
	if total <= 0 {
		return fmt.Sprintf("%d%s", done, unit)
	}
	return fmt.Sprintf("%d of %d%s", done, total, unit)
}

// finish takes the bar away.
func (b *progress) finish() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end()
}

func (b *progress) end() {
	if b.bar != nil {
		b.bar.Finish()
		b.bar = nil
	}
}
