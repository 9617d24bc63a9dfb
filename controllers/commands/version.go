package commands

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v3"

	"postroom/models"
)

// version and commit are set by the builder: -ldflags "-X postroom/controllers/commands.version=v1.2.3".
var version, commit string

type versionInfo struct{ version, commit string }

// readVersion is what the builder said, and else what Go knows of the checkout.
func readVersion() versionInfo {
	v := versionInfo{version, commit}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	if v.version == "" {
		v.version = info.Main.Version
	}
	if v.version == "" || v.version == "(devel)" {
		v.version = "development"
	}
	if v.commit == "" {
		changed := ""
		for _, setting := range info.Settings {
			switch {
			case setting.Key == "vcs.revision":
				v.commit = setting.Value[:min(12, len(setting.Value))]
			case setting.Key == "vcs.modified" && setting.Value == "true":
				changed = " with changes"
			}
		}
		if v.commit == "" {
			v.commit = "unknown"
		}
		v.commit += changed
	}
	return v
}

func (p *program) versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print version, commit, Go and schema",
		Action: func(_ context.Context, c *cli.Command) error {
			if _, err := takes(c); err != nil {
				return err
			}
			v := readVersion()
			fmt.Fprintf(p.stdout, "postroom %s\ncommit %s\n%s\nschema %d\n", v.version, v.commit, runtime.Version(), models.SchemaVersion())
			return nil
		},
	}
}
