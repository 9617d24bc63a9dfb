package commands

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/jackc/pgx/v5/pgxpool"
)

// settings are what the operator decides. The tag env is the name; secret means that NAME_FILE may name a file instead.
type settings struct {
	DatabaseURL    string      `env:"DATABASE_URL" secret:"file"`
	DBHost         string      `env:"DB_HOST" envDefault:"localhost"`
	DBPort         portNumber  `env:"DB_PORT" envDefault:"5432"`
	DBName         string      `env:"DB_NAME" envDefault:"postroom"`
	DBUser         string      `env:"DB_USER" envDefault:"postroom"`
	DBPassword     string      `env:"DB_PASSWORD" secret:"file"`
	DBSSLMode      sslMode     `env:"DB_SSLMODE" envDefault:"prefer"`
	ConnectTimeout seconds     `env:"DB_CONNECT_TIMEOUT"`
	MaxConns       wholeNumber `env:"DB_MAX_CONNS"`
	MinConns       wholeNumber `env:"DB_MIN_CONNS"`
	DataDir        string      `env:"DATA_DIR"` // empty: ./data, or where the account of PostgreSQL can reach
	Migrate        onOff       `env:"MIGRATE" envDefault:"on"`
	ListenAddr     hostPort    `env:"LISTEN_ADDR" envDefault:"127.0.0.1:8080"`
	Port           anyPort     `env:"PORT"`
	BaseURL        webAddress  `env:"BASE_URL"`
	TrustedProxies networks    `env:"TRUSTED_PROXIES"`
	SiteName       lineOfText  `env:"SITE_NAME" envDefault:"Postroom"`
	Zone           zone        `env:"SITE_TIMEZONE" envDefault:"UTC"`
	SignUp         signUp      `env:"SIGNUP" envDefault:"open"`
	AdminUsername  string      `env:"ADMIN_USERNAME"`
	AdminEmail     string      `env:"ADMIN_EMAIL"`
	AdminPassword  string      `env:"ADMIN_PASSWORD" secret:"file"`
	SessionSecret  longSecret  `env:"SESSION_SECRET" secret:"file"`
	AddressDays    wholeNumber `env:"AUDIT_ADDRESS_DAYS" envDefault:"90"`
	LogLevel       logLevel    `env:"LOG_LEVEL" envDefault:"info"`
	LogFormat      logFormat   `env:"LOG_FORMAT" envDefault:"text"`
	LogSQL         onOff       `env:"LOG_SQL" envDefault:"off"`
	PostgresBin    string      `env:"POSTGRES_BIN"`
	PostgresMirror string      `env:"POSTGRES_MIRROR"`
	SMTPURL        notYet      `env:"SMTP_URL" secret:"file"`
	MailFrom       notYet      `env:"MAIL_FROM"`
	MetricsToken   notYet      `env:"METRICS_TOKEN" secret:"file"`
	ReplicaURL     notYet      `env:"DATABASE_REPLICA_URL" secret:"file"`

	given map[string]bool // what was given, by name
}

// notYet is a setting that a later version uses.
type notYet string

// badSettings is one line for each setting that is wrong.
type badSettings []string

// Error gives the lines.
func (b badSettings) Error() string { return strings.Join(b, "\n") }

// readSettings takes the settings from the environment, and what is not there from the file dotenv. A value that is empty is
// not given. Values of secrets never stand in an error.
func readSettings(environ []string, dotenv string) (*settings, error) {
	values, err := gather(environ, dotenv)
	if err != nil {
		return nil, err
	}
	if err := readSecretFiles(values); err != nil {
		return nil, err
	}
	s := &settings{given: map[string]bool{}}
	for name := range values {
		s.given[name] = true
	}
	if err := env.ParseWithOptions(s, env.Options{Environment: values}); err != nil {
		return nil, byName(err)
	}
	return s, s.check()
}

// byName turns the errors of the parser, which name fields, into lines that name settings.
func byName(err error) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err
	}
	var bad badSettings
	for _, err := range all.Errors {
		var parse env.ParseError
		if !errors.As(err, &parse) {
			return err
		}
		field, _ := reflect.TypeFor[settings]().FieldByName(parse.Name)
		bad = append(bad, field.Tag.Get("env")+" "+parse.Err.Error())
	}
	return bad
}

// readSecretFiles puts the content of NAME_FILE in the place of NAME.
func readSecretFiles(values map[string]string) error {
	var bad badSettings
	for _, name := range names("secret") {
		file := name + "_FILE"
		path, given := values[file]
		if !given {
			continue
		}
		if _, both := values[name]; both {
			bad = append(bad, name+" and "+file+" are both given: give one of them")
			continue
		}
		content, err := os.ReadFile(path)
		secret := strings.TrimRight(string(content), "\r\n")
		switch {
		case err != nil:
			bad = append(bad, fmt.Sprintf("%s cannot be read: %v", file, err))
		case secret == "":
			bad = append(bad, file+" names an empty file: "+path)
		default:
			values[name] = secret
		}
		delete(values, file)
	}
	if bad != nil {
		return bad
	}
	return nil
}

// names are the names of all settings, or of those with a tag.
func names(tag string) []string {
	var found []string
	kind := reflect.TypeFor[settings]()
	for i := range kind.NumField() {
		field := kind.Field(i)
		if _, ok := field.Tag.Lookup(tag); ok {
			found = append(found, field.Tag.Get("env"))
		}
	}
	return found
}

// check looks at what one value alone does not tell.
func (s *settings) check() error {
	var bad badSettings
	if s.DatabaseURL != "" {
		if _, err := pgxpool.ParseConfig(s.DatabaseURL); err != nil {
			bad = append(bad, "DATABASE_URL cannot be read: it should look like postgres://user:password@host:5432/name")
		}
	}
	if s.given["DB_MAX_CONNS"] && s.MaxConns < 2 {
		bad = append(bad, "DB_MAX_CONNS is too small: 2 connections are the fewest")
	}
	if s.given["DB_MIN_CONNS"] && s.MinConns < 1 {
		bad = append(bad, "DB_MIN_CONNS is too small: 1 connection is the fewest")
	}
	if s.given["DB_MAX_CONNS"] && s.MinConns > s.MaxConns {
		bad = append(bad, "DB_MIN_CONNS is larger than DB_MAX_CONNS")
	}
	if s.AddressDays < 1 {
		bad = append(bad, "AUDIT_ADDRESS_DAYS is too small: 1 day is the fewest")
	}
	admin := []string{"ADMIN_USERNAME", "ADMIN_EMAIL", "ADMIN_PASSWORD"}
	var missing []string
	for _, name := range admin {
		if !s.given[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 && len(missing) < len(admin) {
		bad = append(bad, strings.Join(missing, " and ")+" missing: the first admin needs "+strings.Join(admin, ", "))
	}
	if bad != nil {
		return bad
	}
	return nil
}

// databaseURL is the address of the configured database; empty where there is none, and a private one is to be used.
func (s *settings) databaseURL() string {
	if s.DatabaseURL != "" {
		return s.DatabaseURL
	}
	if !s.given["DB_HOST"] && !s.given["DB_NAME"] && !s.given["DB_USER"] && !s.given["DB_PASSWORD"] {
		return ""
	}
	address := url.URL{Scheme: "postgres", User: url.User(s.DBUser), Path: "/" + s.DBName}
	if s.DBPassword != "" {
		address.User = url.UserPassword(s.DBUser, s.DBPassword)
	}
	query := "sslmode=" + string(s.DBSSLMode)
	if strings.HasPrefix(s.DBHost, "/") { // the folder of a socket
		query += "&port=" + strconv.Itoa(int(s.DBPort)) + "&host=" + url.PathEscape(s.DBHost)
	} else {
		address.Host = net.JoinHostPort(s.DBHost, strconv.Itoa(int(s.DBPort)))
	}
	address.RawQuery = query
	return address.String()
}

// idle names the settings that are given and have no effect, each with the reason.
func (s *settings) idle() map[string][]string {
	found := map[string][]string{}
	for name := range s.given {
		switch {
		case name == "SMTP_URL", name == "MAIL_FROM", name == "METRICS_TOKEN", name == "DATABASE_REPLICA_URL":
			found["not used by this version"] = append(found["not used by this version"], name)
		case s.DatabaseURL != "" && (name == "DB_HOST" || name == "DB_PORT" || name == "DB_NAME" || name == "DB_USER" || name == "DB_PASSWORD" || name == "DB_SSLMODE"):
			found["not used beside DATABASE_URL"] = append(found["not used beside DATABASE_URL"], name)
		case s.databaseURL() == "" && (name == "DB_PORT" || name == "DB_SSLMODE"):
			found["not used without DB_HOST"] = append(found["not used without DB_HOST"], name)
		}
	}
	for _, list := range found {
		sort.Strings(list)
	}
	return found
}

// listen is the address to listen on: PORT stands in the place of LISTEN_ADDR's port.
func (s *settings) listen() string {
	if s.given["PORT"] {
		return net.JoinHostPort(s.ListenAddr.host, strconv.Itoa(int(s.Port)))
	}
	return net.JoinHostPort(s.ListenAddr.host, s.ListenAddr.port)
}

// site is the site's address: BASE_URL, and without one that of a listening address. A machine calls itself localhost:
// browsers trust that name as they trust https, and passkeys do not work on bare numbers.
func (s *settings) site(listening string) *url.URL {
	if s.BaseURL.URL != nil {
		return s.BaseURL.URL
	}
	host, port, _ := net.SplitHostPort(listening)
	if ip := net.ParseIP(host); host == "" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		host = "localhost"
	}
	if port == "80" {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return &url.URL{Scheme: "http", Host: host}
	}
	return &url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}
}

// connectTimeout is how long one attempt to connect may take; 0: what the address says.
func (s *settings) connectTimeout() time.Duration { return time.Duration(s.ConnectTimeout) }
