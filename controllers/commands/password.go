package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// newPassword takes a password from the first line of stdin, or asks for it twice on the terminal.
func (p *program) newPassword(ctx context.Context, fromStdin bool) (string, error) {
	if fromStdin {
		return unlessInterrupted(ctx, func() (string, error) {
			line, err := bufio.NewReader(io.LimitReader(p.stdin, 1<<16)).ReadString('\n')
			line = strings.TrimRight(line, "\r\n")
			if line == "" && (err == nil || errors.Is(err, io.EOF)) {
				err = errors.New("stdin has no password: its first line is empty")
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return line, err
		})
	}
	if !isTerminal(p.stdin) {
		return "", usageError("the password is missing: stdin is no terminal to ask on, so give --password-stdin")
	}
	terminal := int(p.stdin.(*os.File).Fd())
	shown, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	defer term.Restore(terminal, shown) // also where the question was left by Ctrl-C
	ask := func(question string) (string, error) {
		fmt.Fprint(p.stderr, question)
		defer fmt.Fprintln(p.stderr)
		return unlessInterrupted(ctx, func() (string, error) {
			typed, err := term.ReadPassword(terminal)
			return string(typed), err
		})
	}
	password, err := ask("Password: ")
	if err != nil {
		return "", err
	}
	if password == "" {
		return "", errors.New("the password is empty")
	}
	again, err := ask("Again: ")
	if err == nil && again != password {
		err = errors.New("the two passwords are not the same")
	}
	return password, err
}

// unlessInterrupted reads, and stops waiting for it when ctx ends.
func unlessInterrupted(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := read()
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
