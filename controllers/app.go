// Package controllers is the hall and the rooms of the site: it takes requests, asks the Store, and answers.
package controllers

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"postroom/models"
	"postroom/static"
	"postroom/templates"
	"postroom/templates/language"
)

// Config is what the operator decides about the site.
type Config struct {
	SiteName       string
	BaseURL        *url.URL // links, and where forms may come from; https makes cookies Secure
	Zone           *time.Location
	SignUpOpen     bool
	TrustedProxies []string // CIDRs whose X-Forwarded-For counts
	Log            *slog.Logger
	Version        string
}

// App is the site: everything that a room needs.
type App struct {
	Store *models.Store
	Config
	languages *language.Catalogue
	windows   *templates.Set
	files     *static.Files
	kept      *keptPages
	counts    presetCounts
	frames    sync.Map                    // the top and the foot of visitors' pages, by language and place
	origins   *http.CrossOriginProtection // which pages a form may come from
	handler   http.Handler
	draining  atomic.Bool
	streaming context.Context // ends when streams must
	endStream context.CancelFunc
	migrated  atomic.Bool // the schema was seen to be this program's
}

// New builds the site over a store.
func New(store *models.Store, config Config) (*App, error) {
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.Zone == nil {
		config.Zone = time.UTC
	}
	languages, err := language.Load()
	if err != nil {
		return nil, err
	}
	files := static.New()
	windows, err := templates.New(languages, map[string]any{"static": files.Path, "browser": browserName, "portrait": models.AvatarPath})
	if err != nil {
		return nil, err
	}
	a := &App{Store: store, Config: config, languages: languages, windows: windows, files: files, kept: newKeptPages(), origins: http.NewCrossOriginProtection()}
	a.streaming, a.endStream = context.WithCancel(context.Background())
	if a.BaseURL != nil {
		// Behind a proxy the address that was asked may not be the site's own.
		if err := a.origins.AddTrustedOrigin(a.BaseURL.Scheme + "://" + a.BaseURL.Host); err != nil {
			return nil, err
		}
	}
	if a.handler, err = a.routes(); err != nil {
		return nil, err
	}
	return a, nil
}

// Handler answers every request of the site.
func (a *App) Handler() http.Handler { return a.handler }

// Drain makes /readyz say no from now on, so that nobody sends new requests here, and ends the streams, which would not end by
// themselves.
func (a *App) Drain() {
	a.draining.Store(true)
	a.endStream()
}

// secure reports whether the site is reached by https.
func (a *App) secure() bool { return a.BaseURL != nil && a.BaseURL.Scheme == "https" }

// url makes a path a whole address.
func (a *App) url(path string) string {
	if a.BaseURL == nil {
		return path
	}
	return a.BaseURL.Scheme + "://" + a.BaseURL.Host + path
}
