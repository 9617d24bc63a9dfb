package commands

import (
	"strings"
	"testing"
)

func TestACommandLineThatCannotBeUnderstoodExitsWithTwo(t *testing.T) {
	for line, says := range map[string]string{
		"serv":                                "no command serv",
		"user":                                "user needs a command",
		"user make":                           "no command user make",
		"migrate --fast":                      "no flag --fast",
		"serve now":                           `"now" is one word too many`,
		"user create --username ann":          "--email is missing",
		"user create --email":                 "--email needs a value",
		"user link":                           "USERNAME is missing",
		"token create ann":                    "--name is missing",
		"token create ann bob --name x":       `"bob" is one word too many`,
		"token create ann --name x --scope y": `--scope cannot be "y"`,
		"demo --users x --posts 1":            `--users cannot be "x"`,
		"demo --users 0 --posts 1":            "--users cannot be less than 1",
		"demo --users 1":                      "--posts is missing",
		"user create --username ann --email ann@example.com": "--password-stdin",
		"import":                     "import needs a command",
		"import users":               "FILE is missing",
		"import users a b":           `"b" is one word too many`,
		"import users - --columns a": `--columns cannot be "a"`,
		"export":                     "export needs a command",
		"export users now":           `"now" is one word too many`,
		"export users --format xml":  `--format cannot be "xml"`,
		"export links --filter a=%z": "--filter cannot be read",
	} {
		out, err := terminal(t, "DATABASE_URL=postgres://nobody@127.0.0.1:1/none").types(t, 2, strings.Fields(line)...)
		has(t, err, says)
		if out != "" || len(linesOf(err)) != 1 {
			t.Errorf("%s: more than one line\n%s%s", line, out, err)
		}
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	p := terminal(t)
	out, _ := p.types(t, 0, "--help")
	has(t, out, "serve", "migrate", "user", "token", "demo", "check", "healthcheck", "version")
	for line, words := range map[string]string{
		"serve": "MIGRATE", "migrate": "--status", "user": "link", "user create": "--password-stdin", "user link": "USERNAME",
		"token": "create", "token create": "--scope", "demo": "--seed", "import": "users", "import users": "--rehearse", "export": "links", "export users": "--columns", "export links": "--all", "check": "1", "healthcheck": "3 seconds", "version": "schema",
	} {
		for _, form := range [][]string{append(strings.Fields(line), "--help"), append([]string{"--help"}, strings.Fields(line)...), append([]string{"help"}, strings.Fields(line)...)} {
			out, err := p.types(t, 0, form...)
			has(t, out, "Usage: postroom "+line, words)
			if err != "" {
				t.Error(form, err)
			}
		}
	}
}

func TestFlagsMayStandAnywhere(t *testing.T) {
	for _, line := range []string{
		"token create ann --name x=y --scope=read",
		"token create --name x=y ann --scope read",
		"--name x=y token --scope read create ann",
		"token create --scope read --name=x=y -- ann",
	} {
		args, err := arrange(terminal(t).root(), strings.Fields(line))
		got := strings.Join(args, " ")
		if err != nil || !strings.HasPrefix(got, "postroom token create -") || !strings.HasSuffix(got, " -- ann") {
			t.Error(line, "→", got, err)
		}
	}
	if args, err := arrange(terminal(t).root(), nil); err != nil || strings.Join(args, " ") != "postroom serve" {
		t.Error(args, err)
	}
}

func TestTheVersionIsTold(t *testing.T) {
	for _, form := range []string{"version", "--version"} {
		out, _ := terminal(t).types(t, 0, form)
		has(t, out, "postroom ", "commit ", "go1.", "schema ")
	}
}
