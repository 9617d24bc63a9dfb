package commands

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

func (p *program) healthcheckCommand() *cli.Command {
	return &cli.Command{
		Name:        "healthcheck",
		Usage:       "ask the site that runs on this machine whether it is ready",
		Description: "Finds it by LISTEN_ADDR or PORT. Exits with 1 where it is not ready within 3 seconds.",
		Action:      p.healthcheck,
	}
}

func (p *program) healthcheck(ctx context.Context, c *cli.Command) error {
	if _, err := takes(c); err != nil {
		return err
	}
	s, err := readSettings(p.environ, p.dotenv)
	if err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(s.listen())
	switch host {
	case "", "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	address := net.JoinHostPort(host, port)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return err
	}
	// No proxy stands between a machine and itself, whatever HTTP_PROXY says.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("not ready: no answer from %s within 3 seconds", address)
	}
	if err != nil {
		return fmt.Errorf("not ready: nobody answers at %s: %w", address, rootCause(err))
	}
	defer response.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(response.Body, 200))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s says %d, %s", address, response.StatusCode, strings.Join(strings.Fields(string(said)), " "))
	}
	fmt.Fprintln(p.stdout, "ready")
	return nil
}
