package commands

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
)

// newLog is the program's log on stderr: lines for people, or JSON for machines.
func (s *settings) newLog(w io.Writer) *slog.Logger {
	level := slog.Level(s.LogLevel)
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(newLines(w, level))
}

// lines writes each record as a line for people: the time of day, the level, the words, then the values as slog's own text
// handler writes them.
type lines struct {
	*linesOutput
	values slog.Handler // writes into linesOutput.values
}

type linesOutput struct {
	mu     sync.Mutex
	w      io.Writer
	values bytes.Buffer
}

func newLines(w io.Writer, level slog.Level) lines {
	out := &linesOutput{w: w}
	return lines{out, slog.NewTextHandler(&out.values, &slog.HandlerOptions{Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
				return slog.Attr{}
			}
			return a
		}})}
}

// Enabled reports whether the level is logged.
func (l lines) Enabled(ctx context.Context, level slog.Level) bool {
	return l.values.Enabled(ctx, level)
}

// Handle writes one line.
func (l lines) Handle(ctx context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.linesOutput.values.Reset()
	if err := l.values.Handle(ctx, r); err != nil {
		return err
	}
	line := make([]byte, 0, 200)
	line = r.Time.AppendFormat(line, "15:04:05.000 ")
	line = append(line, r.Level.String()...)
	line = append(line, "      "[:max(1, 6-len(r.Level.String()))]...)
	line = append(line, r.Message...)
	if values := bytes.TrimSpace(l.linesOutput.values.Bytes()); len(values) > 0 {
		line = append(append(line, ' '), values...)
	}
	_, err := l.w.Write(append(line, '\n'))
	return err
}

// WithAttrs adds values to each line.
func (l lines) WithAttrs(attrs []slog.Attr) slog.Handler {
	return lines{l.linesOutput, l.values.WithAttrs(attrs)}
}

// WithGroup puts the values to come into a group.
func (l lines) WithGroup(name string) slog.Handler {
	return lines{l.linesOutput, l.values.WithGroup(name)}
}
