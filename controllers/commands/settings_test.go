package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// read reads settings from an environment and the content of a .env.
func read(t *testing.T, dotenv string, environ ...string) (*settings, error) {
	t.Helper()
	return readSettings(environ, file(t, ".env", dotenv))
}

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func good(t *testing.T, dotenv string, environ ...string) *settings {
	t.Helper()
	s, err := read(t, dotenv, environ...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWithoutSettingsEverythingHasItsDefault(t *testing.T) {
	s, err := readSettings(nil, filepath.Join(t.TempDir(), "not there"))
	if err != nil {
		t.Fatal(err)
	}
	if s.databaseURL() != "" || s.listen() != "127.0.0.1:8080" || s.site(s.listen()).String() != "http://localhost:8080" ||
		s.SiteName != "Postroom" || s.Zone.String() != "UTC" || !bool(s.SignUp) || !bool(s.Migrate) || bool(s.LogSQL) || s.connectTimeout() != 0 {
		t.Fatalf("%+v", s)
	}
}

func TestABadValueNamesItsSettingAndNeverASecret(t *testing.T) {
	for name, value := range map[string]string{
		"DATABASE_URL": "postgres://u:hush@host:port/name", "DB_PORT": "tcp://10.0.0.1:5432", "DB_SSLMODE": "maybe", "DB_CONNECT_TIMEOUT": "-1",
		"DB_MAX_CONNS": "many", "DB_MIN_CONNS": "0", "MIGRATE": "perhaps", "LISTEN_ADDR": "8080", "PORT": "70000",
		"BASE_URL": "example.com", "TRUSTED_PROXIES": "10.0.0.0/8,everyone", "SITE_NAME": "a\nb", "SITE_TIMEZONE": "Mars/Base",
		"SIGNUP": "invite", "ADMIN_PASSWORD": "hush", "SESSION_SECRET": "hush", "LOG_LEVEL": "loud", "LOG_FORMAT": "xml", "LOG_SQL": "2",
	} {
		_, err := read(t, "", name+"="+value)
		if err == nil {
			t.Errorf("%s=%s is taken", name, value)
			continue
		}
		if text := err.Error(); !strings.Contains(text, name) || strings.Contains(text, "hush") || strings.Contains(text, "\n") {
			t.Errorf("%s=%s: %s", name, value, text)
		}
	}
	_, err := read(t, "", "PORT=x", "SIGNUP=y")
	if err == nil || len(linesOf(err.Error())) != 2 {
		t.Errorf("two bad values are not two lines: %v", err)
	}
}

func TestTheEnvironmentComesBeforeDotenv(t *testing.T) {
	s := good(t, "SITE_NAME='From the $file'\nSITE_TIMEZONE=Asia/Tokyo\nSIGNUP=closed\nCOMPOSE_PROJECT_NAME=x\nPOSTGRES_PASSWORD=y\n",
		"SITE_NAME=From the environment", "SIGNUP=", "UNRELATED_THING=1", "PATH=/bin")
	if s.SiteName != "From the environment" || s.Zone.String() != "Asia/Tokyo" {
		t.Errorf("%s, %s", s.SiteName, s.Zone)
	}
	if !s.SignUp {
		t.Error("an empty value in the environment is not the default")
	}
	if s := good(t, "SITE_NAME='a $b'"); s.SiteName != "a $b" {
		t.Error(s.SiteName)
	}
}

func TestAnUnknownNameIsRefused(t *testing.T) {
	_, err := read(t, "SITE_NMAE=Ours\n")
	if err == nil || !strings.Contains(err.Error(), "SITE_NMAE") || !strings.Contains(err.Error(), "SITE_NAME?") {
		t.Error(err)
	}
	if _, err = read(t, "COLOUR=blue\n"); err == nil || !strings.Contains(err.Error(), "COLOUR") {
		t.Error(err)
	}
	if _, err = read(t, "", "DB_SSL_MODE=require"); err == nil || !strings.Contains(err.Error(), "DB_SSLMODE?") {
		t.Error(err)
	}
	// What Kubernetes and others put into every environment is not ours.
	good(t, "", "DB_SERVICE_HOST=10.0.0.1", "POSTROOM_PORT=tcp://10.0.0.2:80", "SITE_ROOT=/srv", "XDG_DATA_DIRS=/usr", "LOG_FILE=x", "EXPORT=1")
}

func TestABrokenDotenvNamesTheLineAndNotItsContent(t *testing.T) {
	_, err := read(t, "SITE_NAME=Ours\nDB_PASSWORD hush\n")
	if err == nil || !strings.Contains(err.Error(), "line 2") || strings.Contains(err.Error(), "hush") {
		t.Error(err)
	}
}

func TestASecretMayStandInAFile(t *testing.T) {
	s := good(t, "", "DB_HOST=db", "DB_PASSWORD_FILE="+file(t, "password", "p@ss:w/rd?#%\r\n"))
	config, err := pgx.ParseConfig(s.databaseURL())
	if err != nil || config.Password != "p@ss:w/rd?#%" || config.Host != "db" || config.Database != "postroom" || config.User != "postroom" {
		t.Fatalf("%v %+v", err, config)
	}
	for _, name := range []string{"DATABASE_URL", "DB_PASSWORD", "ADMIN_PASSWORD", "SESSION_SECRET"} {
		_, err := read(t, "", name+"=x", name+"_FILE=/x")
		if err == nil || !strings.Contains(err.Error(), name+" and "+name+"_FILE") {
			t.Error(name, err)
		}
		if _, err = read(t, "", name+"_FILE=/not/there"); err == nil || !strings.Contains(err.Error(), name+"_FILE") {
			t.Error(name, err)
		}
		if _, err = read(t, "", name+"_FILE="+file(t, "empty", "\n")); err == nil || !strings.Contains(err.Error(), "empty") {
			t.Error(name, err)
		}
	}
	if s := good(t, "", "DATABASE_URL_FILE="+file(t, "url", "postgres://u@h/d\n")); s.databaseURL() != "postgres://u@h/d" {
		t.Error(s.databaseURL())
	}
}

func TestThePartsOfADatabaseMakeItsAddress(t *testing.T) {
	s := good(t, "", "DB_HOST=::1", "DB_PORT=6543", "DB_NAME=a b", "DB_USER=u@x", "DB_PASSWORD=;'\" %", "DB_SSLMODE=require", "DB_CONNECT_TIMEOUT=7")
	config, err := pgx.ParseConfig(s.databaseURL())
	if err != nil || config.Host != "::1" || config.Port != 6543 || config.Database != "a b" || config.User != "u@x" || config.Password != ";'\" %" ||
		config.TLSConfig == nil || len(config.Fallbacks) != 0 || s.connectTimeout().Seconds() != 7 {
		t.Fatalf("%v %+v", err, config)
	}
	s = good(t, "", "DB_HOST=/var/run/my postgres", "DB_USER=me")
	if config, err = pgx.ParseConfig(s.databaseURL()); err != nil || config.Host != "/var/run/my postgres" {
		t.Fatalf("%v %+v", err, config)
	}
	s = good(t, "", "DATABASE_URL=postgres://u@h/d", "DB_HOST=other", "SMTP_URL=smtp://x")
	if s.databaseURL() != "postgres://u@h/d" || s.idle()["not used beside DATABASE_URL"][0] != "DB_HOST" || s.idle()["not used by this version"][0] != "SMTP_URL" {
		t.Fatal(s.databaseURL(), s.idle())
	}
}

func TestTheSiteKnowsItsAddress(t *testing.T) {
	for _, c := range []struct{ listen, port, base, listening, site string }{
		{"", "", "", "127.0.0.1:8080", "http://localhost:8080"},
		{"", "9000", "", "127.0.0.1:9000", "http://localhost:9000"},
		{":8080", "", "", ":8080", "http://localhost:8080"},
		{":8080", "80", "", ":80", "http://localhost"},
		{"[::1]:81", "", "", "[::1]:81", "http://localhost:81"},
		{"192.0.2.7:8080", "", "", "192.0.2.7:8080", "http://192.0.2.7:8080"},
		{"", "", "https://Example.com/", "127.0.0.1:8080", "https://example.com"},
	} {
		s := good(t, "", "LISTEN_ADDR="+c.listen, "PORT="+c.port, "BASE_URL="+c.base)
		if s.listen() != c.listening || s.site(s.listen()).String() != c.site {
			t.Errorf("%+v: %s, %s", c, s.listen(), s.site(s.listen()))
		}
	}
	s := good(t, "", "TRUSTED_PROXIES=10.1.2.3/8, 127.0.0.1 ::1")
	if got := strings.Join(s.TrustedProxies, " "); got != "10.0.0.0/8 127.0.0.1/32 ::1/128" {
		t.Error(got)
	}
}

func TestTheExampleNamesEverySettingWithItsDefault(t *testing.T) {
	content, err := os.ReadFile("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	s := good(t, regexp.MustCompile(`(?m)^#([A-Z_]+=)`).ReplaceAllString(string(content), "$1"))
	for _, name := range names("env") {
		if _, later := map[string]bool{"SMTP_URL": true, "MAIL_FROM": true, "METRICS_TOKEN": true, "DATABASE_REPLICA_URL": true}[name]; !later {
			has(t, string(content), "\n#"+name+"=")
		}
	}
	if s.listen() != "127.0.0.1:8080" {
		t.Error(s.listen())
	}
}
