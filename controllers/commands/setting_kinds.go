package commands

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The kinds of values. Each says in its error what it is instead, so that the name of the setting in front makes a sentence.
type (
	onOff       bool
	wholeNumber int32
	portNumber  uint16
	anyPort     uint16 // 0: any that is free
	seconds     time.Duration
	sslMode     string
	signUp      bool // open
	logLevel    slog.Level
	logFormat   string
	lineOfText  string
	longSecret  string
	networks    []string
	hostPort    struct{ host, port string }
	webAddress  struct{ *url.URL }
	zone        struct{ *time.Location }
)

func notOneOf(text []byte, known ...string) error {
	return fmt.Errorf("is %q, and it can be: %s", text, strings.Join(known, ", "))
}

// UnmarshalText reads on and off, and the ways others say the same.
func (o *onOff) UnmarshalText(text []byte) error {
	switch strings.ToLower(string(text)) {
	case "on", "1", "true", "yes":
		*o = true
	case "off", "0", "false", "no":
		*o = false
	default:
		return notOneOf(text, "on", "off")
	}
	return nil
}

// UnmarshalText reads a whole number that is not negative.
func (n *wholeNumber) UnmarshalText(text []byte) error {
	value, err := strconv.ParseUint(string(text), 10, 16)
	if err != nil {
		return fmt.Errorf("is %q, and it should be a whole number up to 65535", text)
	}
	*n = wholeNumber(value)
	return nil
}

// UnmarshalText reads the number of a port.
func (p *portNumber) UnmarshalText(text []byte) error {
	var port anyPort
	if err := port.UnmarshalText(text); err != nil || port == 0 {
		return fmt.Errorf("is %q, and it should be a port: a number from 1 to 65535", text)
	}
	*p = portNumber(port)
	return nil
}

// UnmarshalText reads the number of a port, or 0.
func (p *anyPort) UnmarshalText(text []byte) error {
	value, err := strconv.ParseUint(string(text), 10, 16)
	if err != nil {
		return fmt.Errorf("is %q, and it should be a port: a number from 0, any that is free, to 65535", text)
	}
	*p = anyPort(value)
	return nil
}

// UnmarshalText reads seconds, as PostgreSQL's own connect_timeout, or a duration with its unit.
func (s *seconds) UnmarshalText(text []byte) error {
	value, err := time.ParseDuration(string(text))
	if number, plain := strconv.ParseUint(string(text), 10, 16); plain == nil {
		value, err = time.Duration(number)*time.Second, nil
	}
	if err != nil || value <= 0 || value > time.Hour {
		return fmt.Errorf("is %q, and it should be a number of seconds such as 10", text)
	}
	*s = seconds(value)
	return nil
}

// UnmarshalText reads one of PostgreSQL's words.
func (m *sslMode) UnmarshalText(text []byte) error {
	known := []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	if !slices.Contains(known, string(text)) {
		return notOneOf(text, known...)
	}
	*m = sslMode(text)
	return nil
}

// UnmarshalText reads open and closed.
func (s *signUp) UnmarshalText(text []byte) error {
	switch string(text) {
	case "open":
		*s = true
	case "closed":
		*s = false
	case "approval", "invite":
		return fmt.Errorf("is %q, which this version does not know yet: it can be open, closed", text)
	default:
		return notOneOf(text, "open", "closed")
	}
	return nil
}

// UnmarshalText reads a level of the log.
func (l *logLevel) UnmarshalText(text []byte) error {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, known := levels[strings.ToLower(string(text))]
	if !known {
		return notOneOf(text, "debug", "info", "warn", "error")
	}
	*l = logLevel(level)
	return nil
}

// UnmarshalText reads how the log is written.
func (f *logFormat) UnmarshalText(text []byte) error {
	if *f = logFormat(strings.ToLower(string(text))); *f != "text" && *f != "json" {
		return notOneOf(text, "text", "json")
	}
	return nil
}

// UnmarshalText reads one line of at most 100 characters.
func (l *lineOfText) UnmarshalText(text []byte) error {
	line := strings.TrimSpace(string(text))
	if line == "" || !utf8.ValidString(line) || utf8.RuneCountInString(line) > 100 || strings.ContainsFunc(line, unicode.IsControl) {
		return errors.New("should be one line of 1 to 100 characters")
	}
	*l = lineOfText(line)
	return nil
}

// UnmarshalText reads a secret that cannot be guessed.
func (s *longSecret) UnmarshalText(text []byte) error {
	if len(text) < 16 {
		return fmt.Errorf("is too short: 16 characters are the fewest (openssl rand -hex 32 makes a good one)")
	}
	*s = longSecret(text)
	return nil
}

// UnmarshalText reads addresses and networks, with commas or spaces between them.
func (n *networks) UnmarshalText(text []byte) error {
	for _, part := range strings.FieldsFunc(string(text), func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		prefix, err := netip.ParsePrefix(part)
		if address, single := netip.ParseAddr(part); single == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("has %q, and it should have networks such as 10.0.0.0/8, with commas between them", part)
		}
		*n = append(*n, prefix.Masked().String())
	}
	return nil
}

// UnmarshalText reads where to listen.
func (h *hostPort) UnmarshalText(text []byte) error {
	wrong := fmt.Errorf("is %q, and it should look like 127.0.0.1:8080, or :8080 for every address of the machine", text)
	host, port, err := net.SplitHostPort(string(text))
	if err != nil {
		return wrong
	}
	if err := new(anyPort).UnmarshalText([]byte(port)); err != nil {
		return wrong
	}
	*h = hostPort{host, port}
	return nil
}

// UnmarshalText reads the address of a site, which has no path: the pages stand at its root.
func (w *webAddress) UnmarshalText(text []byte) error {
	address, err := url.Parse(string(text))
	if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Hostname() == "" || address.User != nil {
		return errors.New("should be the site's address, such as https://example.com")
	}
	if strings.Trim(address.Path, "/") != "" || address.RawQuery != "" || address.Fragment != "" {
		return fmt.Errorf("should end after the host: %s://%s", address.Scheme, address.Host)
	}
	w.URL = &url.URL{Scheme: address.Scheme, Host: strings.ToLower(address.Host)}
	return nil
}

// UnmarshalText reads the name of a time zone.
func (z *zone) UnmarshalText(text []byte) error {
	location, err := time.LoadLocation(string(text))
	if err != nil || string(text) == "Local" {
		return fmt.Errorf("is %q, and it should be a time zone such as Europe/Berlin", text)
	}
	z.Location = location
	return nil
}
