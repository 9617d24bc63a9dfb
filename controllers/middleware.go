package controllers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

const (
	// maxBody is the largest form or JSON document: the longest post, three bytes for each, and the other fields.
	maxBody = 4 << 20
	// patience is how long the database may take over one request, all statements together.
	patience = 10 * time.Second
)

// page is the handler of a page: it takes, asks and answers, and what it returns is answered by fail.
type page func(*gin.Context) error

func (a *App) page(h page) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			a.fail(c, err)
		}
	}
}

// The keys under which a request carries what the hall has found out.
const (
	keyRequestID = "request id"
	keyUser      = "user"
	keySession   = "session"
	keyUnhurried = "unhurried"
	keyCursor    = "cursor"
	keyRefused   = "refused"
)

type addressKey struct{}

// request gives each request a number, a deadline and one line in the log.
func (a *App) request(c *gin.Context) {
	start := time.Now()
	id := make([]byte, 6)
	rand.Read(id)
	number := hex.EncodeToString(id)
	c.Set(keyRequestID, number)
	c.Header("X-Request-Id", number)
	address := c.ClientIP()
	unhurried := context.WithValue(c.Request.Context(), addressKey{}, address)
	unhurried = models.WithOrigin(unhurried, models.Origin{Address: address, UserAgent: c.Request.UserAgent()})
	c.Set(keyUnhurried, unhurried)
	ctx, cancel := context.WithTimeout(unhurried, patience)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	defer func() { // also where an answer is broken off
		if path := c.Request.URL.Path; path == "/healthz" || path == "/readyz" {
			return
		}
		user := int64(0)
		if by := me(c); by != nil {
			user = by.ID
		}
		a.Log.LogAttrs(context.Background(), slog.LevelInfo, "request", slog.String("id", number), slog.String("method", c.Request.Method),
			slog.String("path", c.Request.URL.Path), slog.Int("status", c.Writer.Status()), slog.Int("bytes", max(0, c.Writer.Size())),
			slog.Duration("took", time.Since(start)), slog.String("address", address), slog.Int64("user", user))
	}()
	c.Next()
}

// from notes by what session or token the request was let in, for the log.
func from(c *gin.Context, note func(*models.Origin)) {
	origin := models.Origin{Address: c.ClientIP(), UserAgent: c.Request.UserAgent()}
	note(&origin)
	c.Request = c.Request.WithContext(models.WithOrigin(c.Request.Context(), origin))
	if ctx, ok := c.Value(keyUnhurried).(context.Context); ok {
		c.Set(keyUnhurried, models.WithOrigin(ctx, origin))
	}
}

// unhurried gives a request as long as limit in place of patience, to read and to answer: for what streams. It ends when who
// asked goes away. The function returned must be called at the end: what is answered then, such as an error, has the patience of any answer.
func (a *App) unhurried(c *gin.Context, limit time.Duration) (done func()) {
	whole, _ := c.Value(keyUnhurried).(context.Context)
	ctx, cancel := context.WithTimeout(whole, limit)
	c.Request = c.Request.WithContext(ctx)
	control := http.NewResponseController(c.Writer)
	if err := errors.Join(control.SetReadDeadline(time.Now().Add(limit)), control.SetWriteDeadline(time.Now().Add(limit))); err != nil {
		a.Log.Debug("deadlines", "error", err)
	}
	return func() {
		cancel()
		after, over := context.WithTimeout(whole, patience)
		context.AfterFunc(whole, over)
		c.Request = c.Request.WithContext(after)
	}
}

// recover turns a panic into a page, and the log line that tells where it was.
func (a *App) recover(c *gin.Context) {
	defer func() {
		problem := recover()
		if problem == nil {
			return
		}
		err, _ := problem.(error)
		switch {
		case errors.Is(err, http.ErrAbortHandler):
			panic(http.ErrAbortHandler) // the server cuts the connection: half an answer must not look like a whole one
		case errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET):
			c.Abort()
			return
		}
		a.Log.Error("panic", "id", c.GetString(keyRequestID), "problem", problem, "stack", string(debug.Stack()))
		a.failed(c, http.StatusInternalServerError, nil)
	}()
	c.Next()
}

// policy lets a page load what the site itself serves, and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (a *App) headers(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	if a.secure() {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	c.Next()
}

// sameOrigin refuses what another site's page makes a browser send.
func (a *App) sameOrigin(c *gin.Context) {
	if err := a.origins.Check(c.Request); err != nil {
		a.Log.Info("refused: from another site", "id", c.GetString(keyRequestID), "origin", c.GetHeader("Origin"))
		a.failed(c, http.StatusForbidden, nil)
		c.Abort()
	}
}

// body reads a form while it still comes in, before the clock of the database starts, and refuses one that is too large.
func (a *App) body(c *gin.Context) {
	if c.Request.Body == nil || c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	var err error
	switch kind, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type")); kind {
	case "application/x-www-form-urlencoded":
		err = c.Request.ParseForm()
	case "multipart/form-data":
		err = c.Request.ParseMultipartForm(maxBody)
	default:
		return
	}
	var large *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &large):
		a.failed(c, http.StatusRequestEntityTooLarge, nil)
		c.Abort()
		return
	case errors.As(err, &slow):
		c.Abort()
		return
	case err != nil:
		a.failed(c, http.StatusBadRequest, nil)
		c.Abort()
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), patience)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// identify finds out who asks. A browser that shows no session costs no query.
func (a *App) identify(c *gin.Context) {
	if err := a.knowSession(c); err != nil {
		a.fail(c, err)
		c.Abort()
	} else if me(c) != nil {
		c.Set(keyCursor, a.Store.Cursor()) // before anything is read: a page that follows misses nothing that comes after it
	}
}

// identifyGently is identify for pages that must be shown even while the database is away.
func (a *App) identifyGently(c *gin.Context) {
	if err := a.knowSession(c); err != nil {
		a.Log.Debug("session", "error", err)
	}
}

// signedIn sends visitors to the sign-in page, and back afterwards.
func (a *App) signedIn(c *gin.Context) {
	if me(c) == nil {
		a.toSignIn(c)
		c.Abort()
	}
}

func (a *App) adminOnly(c *gin.Context) {
	if !me(c).IsAdmin() {
		a.fail(c, models.ErrForbidden)
		c.Abort()
	}
}

// me is who is signed in; nil is a visitor.
func me(c *gin.Context) *models.User {
	user, _ := c.Get(keyUser)
	by, _ := user.(*models.User)
	return by
}

func browser(c *gin.Context) models.Browser {
	return models.Browser{IP: c.ClientIP(), UserAgent: c.Request.UserAgent()}
}
