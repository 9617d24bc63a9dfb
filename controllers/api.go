package controllers

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// audience is who may ask something of the API.
type audience int

const (
	everyone audience = iota
	signedIn
	admins
)

// api registers the rooms that speak JSON, and the page that describes them, which it returns. The OpenAPI document comes
// from the handlers.
func (a *App) api(r *gin.Engine, site *gin.RouterGroup) APIDocs {
	config := huma.DefaultConfig(a.SiteName+" API", cmp.Or(a.Version, "0"))
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	config.Formats = map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()}
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	rooms := r.Group("", a.apiHeaders, a.apiOrigin, a.apiSession(), a.apiCaller)
	api := huma.NewAPI(config, &apiHall{r, rooms, a})

	users, posts, stats := APIUsers{a}, APIPosts{a}, APIStats{a}
	open(a, api, door{http.MethodGet, "/api/users", everyone, models.Say("List users"), userFilters()}, users.Index)
	open(a, api, door{http.MethodPost, "/api/users", admins, models.Say("Make a user"), nil}, users.Create)
	open(a, api, door{http.MethodGet, "/api/users/{id}", everyone, models.Say("Read a user"), nil}, users.Show)
	open(a, api, door{http.MethodPut, "/api/users/{id}", signedIn, models.Say("Replace a user"), nil}, users.Replace)
	open(a, api, door{http.MethodPatch, "/api/users/{id}", signedIn, models.Say("Change a user"), nil}, users.Update)
	open(a, api, door{http.MethodDelete, "/api/users/{id}", signedIn, models.Say("Delete a user with all posts"), nil}, users.Delete)
	open(a, api, door{http.MethodGet, "/api/users/{id}/posts", everyone, models.Say("List a user's posts"), nil}, posts.OfUser)
	open(a, api, door{http.MethodGet, "/api/users/{id}/stats", signedIn, models.Say("Read a user's figures"), nil}, stats.User)
	open(a, api, door{http.MethodGet, "/api/posts", everyone, models.Say("List posts"), nil}, posts.Index)
	open(a, api, door{http.MethodPost, "/api/posts", signedIn, models.Say("Write a post"), nil}, posts.Create)
	open(a, api, door{http.MethodGet, "/api/posts/{id}", everyone, models.Say("Read a post"), nil}, posts.Show)
	open(a, api, door{http.MethodPut, "/api/posts/{id}", signedIn, models.Say("Replace a post"), nil}, posts.Replace)
	open(a, api, door{http.MethodPatch, "/api/posts/{id}", signedIn, models.Say("Change a post"), nil}, posts.Update)
	open(a, api, door{http.MethodPost, "/api/posts/{id}/restore", signedIn, models.Say("Bring back a post that you deleted"), nil}, posts.Restore)
	open(a, api, door{http.MethodDelete, "/api/posts/{id}", signedIn, models.Say("Delete a post"), nil}, posts.Delete)
	series := APISeriesRoom{a}
	open(a, api, door{http.MethodGet, "/api/series", everyone, models.Say("List series"), nil}, series.Index)
	open(a, api, door{http.MethodPost, "/api/series", signedIn, models.Say("Begin a series"), nil}, series.Create)
	open(a, api, door{http.MethodGet, "/api/series/{id}", everyone, models.Say("Read a series"), nil}, series.Show)
	open(a, api, door{http.MethodPut, "/api/series/{id}", signedIn, models.Say("Replace a series"), nil}, series.Replace)
	open(a, api, door{http.MethodPatch, "/api/series/{id}", signedIn, models.Say("Change a series"), nil}, series.Update)
	open(a, api, door{http.MethodDelete, "/api/series/{id}", signedIn, models.Say("Delete a series, not its posts"), nil}, series.Delete)
	calendar := APICalendar{a}
	open(a, api, door{http.MethodGet, "/api/calendar", everyone, models.Say("List events"), nil}, calendar.Index)
	open(a, api, door{http.MethodPost, "/api/calendar", signedIn, models.Say("Enter an event"), nil}, calendar.Create)
	open(a, api, door{http.MethodGet, "/api/calendar/{id}", everyone, models.Say("Read an event"), nil}, calendar.Show)
	open(a, api, door{http.MethodPut, "/api/calendar/{id}", signedIn, models.Say("Replace an event"), nil}, calendar.Replace)
	open(a, api, door{http.MethodPatch, "/api/calendar/{id}", signedIn, models.Say("Change an event"), nil}, calendar.Update)
	open(a, api, door{http.MethodDelete, "/api/calendar/{id}", signedIn, models.Say("Delete an event"), nil}, calendar.Delete)
	open(a, api, door{http.MethodGet, "/api/tags", everyone, models.Say("List tags"), nil}, APITags{a}.Index)
	APITagChanges{a}.open(api)
	APIFiles{a}.open(api)
	APINotices{a}.open(api)
	APIFollows{a}.open(api)
	revisions := APIRevisions{a}
	open(a, api, door{http.MethodGet, "/api/posts/{id}/revisions", signedIn, models.Say("List a post's revisions"), nil}, revisions.Index)
	open(a, api, door{http.MethodGet, "/api/posts/{id}/revisions/{number}", signedIn, models.Say("Read a revision"), nil}, revisions.Show)
	open(a, api, door{http.MethodPost, "/api/posts/{id}/revisions/{number}/restore", signedIn, models.Say("Go back to a revision"), nil}, revisions.Restore)
	open(a, api, door{http.MethodGet, "/api/stats/users", admins, models.Say("List the users' figures"), userFilters()}, stats.Users)
	open(a, api, door{http.MethodGet, "/api/stats/top-users", everyone, models.Say("List who writes most"), nil}, stats.TopUsers)
	open(a, api, door{http.MethodGet, "/api/stats/site", admins, models.Say("Read the site's figures"), nil}, stats.Site)
	open(a, api, door{http.MethodGet, "/api/search", everyone, models.Say("Look for posts"), searchFilters()}, APISearch{a}.Index)
	transfers := APITransfers{a}
	open(a, api, door{http.MethodGet, "/api/transfers", signedIn, models.Say("List your transfers"), nil}, transfers.Index)
	open(a, api, door{http.MethodPost, "/api/transfers", signedIn, models.Say("Give credits"), nil}, transfers.Create)
	open(a, api, door{http.MethodGet, "/api/users/{id}/statement", signedIn, models.Say("Read a user's statement"), nil}, transfers.Statement)
	open(a, api, door{http.MethodPost, "/api/admin/grants", admins, models.Say("Grant credits"), nil}, transfers.Grant)
	open(a, api, door{http.MethodPost, "/api/admin/transfers/{id}/reversals", admins, models.Say("Take a transfer back"), nil}, transfers.Reverse)
	open(a, api, door{http.MethodGet, "/api/admin/circulation", admins, models.Say("Read the circulation of credits"), nil}, APICirculation{a}.Show)
	perks, orders := APIPerks{a}, APIOrders{a}
	open(a, api, door{http.MethodGet, "/api/perks", signedIn, models.Say("List what can be ordered"), nil}, perks.Index)
	open(a, api, door{http.MethodGet, "/api/orders", signedIn, models.Say("List orders"), orderFilters()}, orders.Index)
	open(a, api, door{http.MethodPost, "/api/orders", signedIn, models.Say("Order a perk"), nil}, orders.Create)
	open(a, api, door{http.MethodGet, "/api/orders/{id}", signedIn, models.Say("Read an order"), nil}, orders.Show)
	open(a, api, door{http.MethodGet, "/api/admin/audit", admins, models.Say("Read the log"), auditFilters()}, APIAudit{a}.Index)

	APIComments{a}.open(api)
	APIActs{a}.open(api)
	APIImports{a}.open(api)
	APIWritings{a}.open(api)
	exports := APIExports{a}
	exports.open(api, "users", models.ExportCSV, models.Say("Export users as CSV"))
	exports.open(api, "users", models.ExportLines, models.Say("Export users as JSON lines"))
	exports.open(api, "posts", models.ExportCSV, models.Say("Export posts as CSV"))
	exports.open(api, "posts", models.ExportLines, models.Say("Export posts as JSON lines"))

	describe(api.OpenAPI(), a.cookieName(), a.url("/"))
	docs := newAPIDocs(a, api.OpenAPI())
	rooms.GET("/api/openapi.json", docs.Document)
	rooms.HEAD("/api/openapi.json", docs.Document)
	a.read(site, "/api/docs", docs.Show)
	return docs
}

// door is one call of the API.
type door struct {
	method, path string
	who          audience
	summary      models.Sentence
	filters      []*huma.Param // parameters that the workshop reads, not the handler's input
}

// open puts a handler behind a door. It takes, asks and answers as a page's does; what it returns as an error is answered
// by fail.
func open[I, O any](a *App, api huma.API, d door, handle func(*gin.Context, *I) (*O, error)) {
	register(a, api, operation(d), handle)
}

// register does so for a call that says more of itself than a door.
func register[I, O any](a *App, api huma.API, op huma.Operation, handle func(*gin.Context, *I) (*O, error)) {
	if op.Method == http.MethodPost {
		op.DefaultStatus = http.StatusCreated
	}
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		c := ctx.(*gin.Context)
		out, err := handle(c, in)
		var missing missingFields
		switch {
		case err == nil:
			return out, nil
		case errors.As(err, &missing):
			a.failed(c, http.StatusBadRequest, err)
		default:
			a.fail(c, err)
		}
		return nil, nil // it is answered
	})
}

// operation is the door as the document describes it.
func operation(d door) huma.Operation {
	return huma.Operation{Method: d.method, Path: d.path, OperationID: operationID(d.method, d.path), Summary: d.summary.Text,
		Tags: []string{strings.Split(d.path, "/")[2]}, Parameters: d.filters, Security: security(d), Errors: errorsOf(d),
		Metadata: map[string]any{"who": d.who}, MaxBodyBytes: maxBody + 1, BodyReadTimeout: time.Minute}
}

// apiHall lets huma's operations into Gin, with Gin's own context as theirs.
type apiHall struct {
	*gin.Engine
	rooms *gin.RouterGroup
	app   *App
}

// Handle registers an operation; what can be read by GET can be asked for by HEAD.
func (h *apiHall) Handle(op *huma.Operation, handle func(huma.Context)) {
	path := strings.NewReplacer("{", ":", "}", "").Replace(op.Path)
	room := func(c *gin.Context) { handle(huma.WithContext(humagin.NewContext(op, c), c)) }
	who := op.Metadata["who"].(audience)
	if op.Method == http.MethodGet {
		h.rooms.GET(path, h.app.allow(who, models.ScopeRead), room)
		h.rooms.HEAD(path, h.app.allow(who, models.ScopeRead), room)
		return
	}
	if op.Metadata["streams"] != nil { // it reads the body itself, while it comes in
		h.rooms.Handle(op.Method, path, h.app.allow(who, models.ScopeWrite), room)
		return
	}
	h.rooms.Handle(op.Method, path, h.app.allow(who, models.ScopeWrite), h.app.apiBody, room)
}

// isAPI reports whether the request is answered in JSON, whatever the answer.
func isAPI(c *gin.Context) bool {
	path := c.Request.URL.Path
	return path == "/api" || strings.HasPrefix(path, "/api/") && path != "/api/docs"
}

func (a *App) apiHeaders(c *gin.Context) {
	header := c.Writer.Header()
	header["Cache-Control"] = cacheAPI
	header["Vary"] = varyAPI
}

var (
	cacheAPI = []string{"private, no-cache"}
	varyAPI  = []string{"Authorization, Cookie"}
)

// bearer is the token that the request shows; other kinds of Authorization are not ours.
func bearer(r *http.Request) (token string, ok bool) {
	header := r.Header.Get("Authorization")
	if len(header) < 6 || !strings.EqualFold(header[:6], "bearer") || len(header) > 6 && header[6] != ' ' {
		return "", false
	}
	return strings.TrimSpace(header[6:]), true
}

// apiOrigin refuses what another site's page makes a browser do in its session. Who shows a token does not act by cookie.
func (a *App) apiOrigin(c *gin.Context) {
	if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
		return
	}
	if _, ok := bearer(c.Request); !ok {
		a.sameOrigin(c)
	}
}

// apiSession makes the browser's session ready where there is a cookie and no token.
func (a *App) apiSession() gin.HandlerFunc {
	session := sessions.Sessions(a.cookieName(), &sessionStore{a})
	return func(c *gin.Context) {
		if _, ok := bearer(c.Request); ok {
			return
		}
		if _, err := c.Request.Cookie(a.cookieName()); err == nil {
			session(c)
		}
	}
}

const keyToken = "token"

// apiCaller finds out who asks: by token, else by the browser's session. A visitor costs no query.
func (a *App) apiCaller(c *gin.Context) {
	secret, ok := bearer(c.Request)
	if !ok {
		a.identify(c)
		return
	}
	token, err := a.Store.FindToken(c.Request.Context(), secret)
	switch {
	case errors.Is(err, models.ErrNotFound):
		a.failed(c, http.StatusUnauthorized, nil)
		return
	case err != nil:
		a.fail(c, err)
		return
	}
	// An admin whose token may not act as one is like any other user, wherever a rule asks.
	user := *token.User
	if user.IsAdmin() && !token.Allows(models.ScopeAdmin) {
		user.Role = models.RoleUser
	}
	c.Set(keyToken, token)
	from(c, func(o *models.Origin) { o.Token = token.ID })
	c.Set(keyUser, &user)
}

// allow lets those in whom the door is for, with a token of the scope or a session.
func (a *App) allow(who audience, scope string) gin.HandlerFunc {
	if who == admins {
		scope = models.ScopeAdmin
	}
	return func(c *gin.Context) {
		if who == everyone {
			return
		}
		by := me(c)
		value, _ := c.Get(keyToken)
		token, _ := value.(*models.Token)
		switch {
		case by == nil:
			a.failed(c, http.StatusUnauthorized, nil)
		case token != nil && !token.Allows(scope):
			a.failed(c, http.StatusForbidden, models.Invalid{"token": plain("This needs a token of the scope " + scope + ".")})
		case who == admins && !by.IsAdmin():
			a.failed(c, http.StatusForbidden, nil)
		}
	}
}

// apiBody reads the body while it still comes in, before the clock of the database starts, and refuses one that is too
// large.
func (a *App) apiBody(c *gin.Context) {
	if c.Request.Method == http.MethodDelete || c.Request.Body == nil {
		return
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	var large *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &large):
		a.failed(c, http.StatusRequestEntityTooLarge, nil)
		return
	case errors.As(err, &slow):
		c.Abort()
		return
	case err != nil:
		a.failed(c, http.StatusBadRequest, nil)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), patience)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Request.Body = io.NopCloser(bytes.NewReader(data))
	c.Next()
}
