// Package commands is the rooms of the command line: each takes words and flags, asks the Store, and answers on stdout.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

// program is one run of the program: what it may read and write.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
	dotenv         string        // the file .env
	patience       time.Duration // how long to wait for a database that is not up yet
	drain          time.Duration // how long requests under way may take once the site is to stop
}

// Run runs the command that args name, whose first is the program itself; without a command it serves the site. It returns
// the exit code: 0, 1 where something went wrong, 2 where the command line is wrong. When ctx ends the command stops.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{stdin: stdin, stdout: stdout, stderr: stderr, environ: os.Environ(), dotenv: ".env",
		patience: time.Minute, drain: 15 * time.Second}
	return p.run(ctx, args)
}

func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	args, err := arrange(root, args[min(1, len(args)):])
	if err == nil {
		err = root.Run(ctx, args)
	}
	if err == nil {
		return 0
	}
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintln(p.stderr, "postroom:", usage)
		return 2
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(p.stderr, "postroom: interrupted")
		return 1
	}
	for _, line := range strings.Split(explain(err), "\n") {
		fmt.Fprintln(p.stderr, "postroom:", line)
	}
	return 1
}

// usageError is a command line that cannot be understood.
type usageError string

// Error says what is wrong and where to read more.
func (u usageError) Error() string { return string(u) }

func (p *program) root() *cli.Command {
	root := &cli.Command{
		Name:  "postroom",
		Usage: "a publishing site for its members",
		Commands: []*cli.Command{
			p.serveCommand(), p.migrateCommand(), p.userCommand(), p.tokenCommand(), p.demoCommand(), p.importCommand(), p.exportCommand(), p.checkCommand(),
			p.healthcheckCommand(), p.versionCommand(),
		},
		Reader: p.stdin, Writer: p.stdout, ErrWriter: p.stderr,
		HideHelpCommand:               true,
		ExitErrHandler:                func(context.Context, *cli.Command, error) {}, // run answers for all errors
		CustomRootCommandHelpTemplate: groupHelp + "\nWithout a command it serves. Settings come from the environment and from .env;\n.env.example explains each of them.\n",
	}
	root.Walk(func(c *cli.Command) error {
		c.OnUsageError = func(_ context.Context, c *cli.Command, err error, _ bool) error {
			return usageError(fmt.Sprintf("%s (see %s --help)", inOurWords(err), c.FullName()))
		}
		if c != root {
			c.CustomHelpTemplate = commandHelp
		}
		if c != root && len(c.Commands) > 0 {
			c.CustomHelpTemplate = groupHelp
		}
		return nil
	})
	return root
}

const groupHelp = `{{.FullName}}: {{.Usage}}

Usage: {{.FullName}} COMMAND [flags]

Commands:{{range .VisibleCommands}}
  {{.Name}}{{"\t"}}{{.Usage}}{{end}}

{{.FullName}} COMMAND --help tells more.
`

const commandHelp = `{{.FullName}}: {{.Usage}}

Usage: {{.FullName}}{{with .ArgsUsage}} {{.}}{{end}}{{if .VisibleFlags}} [flags]{{end}}
{{with .Description}}
{{.}}
{{end}}
Flags:{{range .VisibleFlags}}
  {{.}}{{end}}
`

// arrange puts the words that name a command first and the other words last, so that flags may stand anywhere.
func arrange(root *cli.Command, args []string) ([]string, error) {
	takesValue := map[string]bool{}
	root.Walk(func(c *cli.Command) error {
		for _, flag := range c.Flags {
			_, is := flag.(*cli.BoolFlag)
			takesValue[flag.Names()[0]] = !is
		}
		return nil
	})
	var words, flags []string
	help, version := false, false
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			words = append(words, args[i+1:]...)
			i = len(args)
		case len(arg) < 2 || arg[0] != '-':
			words = append(words, arg)
		default:
			flags = append(flags, arg)
			name, _, whole := strings.Cut(strings.TrimLeft(arg, "-"), "=")
			help = help || name == "help" || name == "h"
			version = version || name == "version"
			if takesValue[name] && !whole && i+1 < len(args) {
				i++
				flags = append(flags, args[i])
			}
		}
	}
	if len(words) > 0 && words[0] == "help" {
		words, flags, help = words[1:], []string{"--help"}, true
	}
	at, path := root, []string{root.Name}
	for len(words) > 0 && at.Command(words[0]) != nil {
		at = at.Command(words[0])
		path, words = append(path, words[0]), words[1:]
	}
	switch {
	case len(at.Commands) > 0 && len(words) > 0:
		return nil, usageError(fmt.Sprintf("there is no command %s (see %s --help)", strings.Join(append(path[1:], words[0]), " "), strings.Join(path, " ")))
	case at == root && version:
		path, flags = append(path, "version"), nil
	case at == root && !help:
		path = append(path, "serve")
	case at != root && len(at.Commands) > 0 && help:
		return []string{root.Name, "--help", at.Name}, nil // asked of the group itself, cli prints a template of its own
	case len(at.Commands) > 0 && !help:
		return nil, usageError(fmt.Sprintf("%s needs a command after it (see %s --help)", strings.Join(path[1:], " "), strings.Join(path, " ")))
	}
	args = append(path, flags...)
	if len(words) > 0 && !help {
		args = append(append(args, "--"), words...)
	}
	return args, nil
}

// inOurWords says what the parser of flags found as the other errors are said.
func inOurWords(err error) string {
	text := err.Error()
	if flag, found := strings.CutPrefix(text, "flag provided but not defined: -"); found {
		return "there is no flag --" + flag
	}
	if flag, found := strings.CutPrefix(text, "flag needs an argument: "); found {
		return flag + " needs a value"
	}
	if rest, found := strings.CutPrefix(text, "invalid value "); found {
		value, flag, _ := strings.Cut(rest, " for flag -")
		flag, _, _ = strings.Cut(flag, ":")
		return fmt.Sprintf("--%s cannot be %s", flag, value)
	}
	return text
}

// takes returns the words of the command line, which must be as many as the names.
func takes(c *cli.Command, names ...string) ([]string, error) {
	words := c.Args().Slice()
	if len(words) < len(names) {
		return nil, usageError(fmt.Sprintf("%s is missing (see %s --help)", names[len(words)], c.FullName()))
	}
	if len(words) > len(names) {
		return nil, usageError(fmt.Sprintf("%q is one word too many (see %s --help)", words[len(names)], c.FullName()))
	}
	return words, nil
}

// needs reports which of the flags is missing.
func needs(c *cli.Command, flags ...string) error {
	for _, name := range flags {
		if !c.IsSet(name) || c.Value(name) == "" {
			return usageError(fmt.Sprintf("--%s is missing (see %s --help)", name, c.FullName()))
		}
	}
	return nil
}
