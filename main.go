// Postroom is a publishing site for its members. Run alone it serves the site; postroom --help lists the other commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // an image from scratch has no time zones

	"postroom/controllers/commands"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks the program to finish what it does; the second, no longer caught, ends it at once.
	context.AfterFunc(ctx, stop)
	os.Exit(commands.Run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr))
}
