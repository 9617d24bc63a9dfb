package controllers

import (
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"
)

// routes is the hall: every address of the site and who may enter.
func (a *App) routes() (http.Handler, error) {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.UseRawPath = true             // a tag may have a slash: /tags/tcp%2Fip
	r.RedirectTrailingSlash = false // notFound does it, with the headers and the log line of any other answer
	r.ContextWithFallback = true
	if err := r.SetTrustedProxies(a.TrustedProxies); err != nil {
		return nil, err
	}
	r.Use(a.request, a.recover, a.headers)
	r.NoRoute(a.identified(a.notFound)...)
	r.NoMethod(a.identified(a.notAllowed)...)

	health := Health{a}
	r.GET("/healthz", health.Alive)
	r.GET("/readyz", health.Ready)
	for _, path := range []string{"/static/*file", "/favicon.svg", "/favicon.ico"} {
		r.GET(path, a.file)
		r.HEAD(path, a.file)
	}

	// Pages. What visitors see of these is kept in memory.
	site := r.Group("", a.sameOrigin, a.body, sessions.Sessions(a.cookieName(), &sessionStore{a}), a.identify)
	kept := site.Group("", a.keep)
	home, posts, users := Home{a}, Posts{a}, Users{a}
	a.read(kept, "/", home.Show)
	a.read(kept, "/posts/:ref", posts.Show)
	a.read(kept, "/users/:username", users.Show)
	series := Series{a}
	a.read(kept, "/series/:ref", series.Show)
	calendar := Calendar{a}
	a.read(kept, "/calendar", calendar.Index)
	a.read(kept, "/calendar/:ref", calendar.Show)
	a.read(kept, "/tags", Tags{a}.Index)
	a.read(kept, "/tags/:tag", Tags{a}.Show)
	a.read(site, "/users", users.Index)
	a.read(site, "/search", Search{a}.Show)
	a.read(site, "/about", About{a}.Show)
	a.read(site, "/files/:ref", Files{a}.Show)

	// What programs read: the same for everyone, and kept in memory too.
	feeds, maps := Feeds{a}, Sitemaps{a}
	for _, kind := range []string{".xml", ".json"} {
		a.read(site, "/feed"+kind, feeds.Site)
		a.read(site, "/users/:username/feed"+kind, feeds.User)
		a.read(site, "/tags/:tag/feed"+kind, feeds.Tag)
		a.read(site, "/comments/feed"+kind, feeds.Comments)
		a.read(site, "/posts/:ref/comments"+kind, feeds.PostComments)
	}
	a.read(site, "/calendar.ics", calendar.File)
	a.read(site, "/calendar/:ref/event.ics", calendar.EventFile)
	a.read(site, "/sitemap.xml", maps.Show)
	a.read(site, "/robots.txt", maps.Robots)

	accounts, signIns, setups, links := Accounts{a}, Sessions{a}, Setups{a}, Links{a}
	a.read(site, "/signup", accounts.New)
	a.post(site, "/signup", accounts.Create)
	a.read(site, "/signin", signIns.New)
	a.post(site, "/signin", signIns.Create)
	a.post(site, "/signout", signIns.Delete)
	a.read(site, "/setup", setups.New)
	a.post(site, "/setup", setups.Create)
	a.read(site, "/link", links.Edit)
	a.post(site, "/link", links.Update)

	site.GET("/live", Live{a}.Show)

	user := site.Group("", a.signedIn)
	a.written(user, "/posts", posts)
	a.written(user, "/series", series)
	a.written(user, "/calendar", calendar)
	a.post(user, "/posts/preview", Previews{a}.Create)
	a.read(user, "/series", series.Index)
	deletedPosts := DeletedPosts{a}
	a.read(user, "/posts/deleted", deletedPosts.Index)
	a.post(user, "/posts/:ref/restore", deletedPosts.Restore)
	files, deletedFiles := Files{a}, DeletedFiles{a}
	a.read(user, "/files/deleted", deletedFiles.Index)
	a.read(user, "/files/:ref/delete", files.Remove)
	a.post(user, "/files/:ref/delete", files.Delete)
	a.post(user, "/files/:ref/restore", deletedFiles.Restore)
	a.read(user, "/posts/:ref/leave", PostAuthors{a}.Remove)
	a.post(user, "/posts/:ref/leave", PostAuthors{a}.Delete)
	revisions := Revisions{a}
	a.read(user, "/posts/:ref/revisions", revisions.Index)
	a.read(user, "/posts/:ref/revisions/:number", revisions.Show)
	a.post(user, "/posts/:ref/revisions/:number/restore", revisions.Restore)
	changes := TagChanges{a}
	a.read(user, "/tags/:tag/edit", changes.Edit)
	a.post(user, "/tags/:tag", changes.Create)
	a.read(user, "/tags/:tag/changes/:id", changes.Show)
	a.post(user, "/tags/:tag/changes/:id/undo", changes.Undo)
	a.read(user, "/tags/:tag/changes/:id/undo", changes.Back)
	comments, commentActs, heldComments, deletedComments := Comments{a}, CommentActs{a}, HeldComments{a}, DeletedComments{CommentActs{a}}
	a.post(user, "/posts/:ref/comments", comments.Create)
	a.read(user, "/posts/:ref/comments", comments.Index)
	a.read(site, "/comments/:id", comments.Show)
	a.read(user, "/comments/:id/edit", comments.Edit)
	a.post(user, "/comments/:id", comments.Update)
	a.read(user, "/comments/:id/hide", commentActs.HideForm)
	a.post(user, "/comments/:id/hide", commentActs.Hide)
	a.post(user, "/comments/:id/show", commentActs.ShowAgain)
	a.read(user, "/comments/:id/delete", commentActs.DeleteForm)
	a.post(user, "/comments/:id/delete", commentActs.Delete)
	a.read(user, "/comments/deleted", deletedComments.Index)
	a.post(user, "/comments/:id/restore", deletedComments.Restore)
	a.read(user, "/admin/comments", heldComments.Index)
	a.post(user, "/admin/comments/:id/approve", heldComments.Approve)
	a.post(user, "/admin/comments/:id/reject", heldComments.Reject)
	a.post(user, "/posts/:ref/reports", Reports{a}.Create)
	a.read(user, "/posts/:ref/reports", Reports{a}.Index)

	transfers, statements := Transfers{a}, Statements{a}
	a.read(user, "/credits", Credits{a}.Show)
	a.read(user, "/credits/statement", statements.Show)
	a.read(user, "/credits/statement.csv", statements.File)
	a.read(user, "/transfers", transfers.Index)
	a.post(user, "/transfers", transfers.Create)
	a.read(user, "/transfers/:id", transfers.Show)

	perks, orders := Perks{a}, Orders{a}
	a.read(user, "/perks", perks.Index)
	a.read(user, "/perks/:ref", perks.Show)
	a.read(user, "/orders", orders.Index)
	a.post(user, "/orders", orders.Create)
	a.read(user, "/orders/:id", orders.Show)
	a.read(user, "/orders/:id/cancel", orders.Back)
	a.post(user, "/orders/:id/cancel", orders.Cancel)

	notices, follows := Notices{a}, Follows{a}
	a.read(user, "/notices", notices.Index)
	a.read(user, "/notices/bell", notices.Bell)
	a.read(user, "/notices/:id", notices.Show)
	a.post(user, "/notices/read", notices.Update)
	a.read(user, "/settings/follows", follows.Index)
	a.post(user, "/users/:username/follow", follows.Create)
	a.post(user, "/users/:username/unfollow", follows.Delete)

	heldForms := HeldForms{a}
	a.read(user, "/held", heldForms.Index)
	a.read(user, "/held/:id", heldForms.Show)
	a.post(user, "/held/:id/delete", heldForms.Delete)

	settings := Settings{a}
	a.read(user, "/settings", settings.Show)
	a.post(user, "/settings/profile", settings.UpdateProfile)
	a.post(user, "/settings/email", settings.UpdateEmail)
	a.post(user, "/settings/password", settings.UpdatePassword)
	for _, section := range []string{"profile", "avatar", "email", "password", "sessions", "tokens"} {
		a.read(user, "/settings/"+section, settings.Section)
	}
	writings, writingExports := Writings{a}, WritingExports{a}
	a.read(user, "/settings/import", writings.Index)
	a.read(user, "/settings/import/:id", writings.Show)
	a.read(user, "/settings/import/:id/files", WritingFiles{a}.Index)
	a.post(user, "/settings/import/:id/commit", writings.Commit)
	a.post(user, "/settings/import/:id/undo", writings.Undo)
	a.post(user, "/settings/import/:id/delete", writings.Delete)
	a.read(user, "/settings/export", writingExports.Show)
	a.read(user, "/settings/export/posts.zip", writingExports.File)
	a.read(user, "/posts", posts.Index)
	a.read(user, "/posts/preview", posts.Index)
	a.read(user, "/posts/files", posts.Index)
	a.post(user, "/settings/avatar/delete", SettingsAvatar{a}.Delete)
	ownSessions, ownTokens, leave := SettingsSessions{a}, SettingsTokens{a}, SettingsLeave{a}
	a.post(user, "/settings/sessions/delete", ownSessions.DeleteOthers)
	a.post(user, "/settings/sessions/:id/delete", ownSessions.Delete)
	a.post(user, "/settings/tokens", ownTokens.Create)
	a.post(user, "/settings/tokens/:id/delete", ownTokens.Delete)
	a.read(user, "/settings/leave", leave.New)
	a.post(user, "/settings/leave", leave.Create)

	admin := site.Group("/admin", a.signedIn, a.adminOnly)
	adminUsers := AdminUsers{a}
	a.read(admin, "", AdminStats{a}.Show)
	a.read(admin, "/users", adminUsers.Index)
	a.read(admin, "/users/new", adminUsers.New)
	a.post(admin, "/users", adminUsers.Create)
	a.read(admin, "/users/:id", adminUsers.Show)
	a.post(admin, "/users/:id", adminUsers.Update)
	a.post(admin, "/users/:id/contacts", AdminContacts{a}.Create)
	a.read(admin, "/edits/new", AdminEdits{a}.New)
	a.post(admin, "/edits", AdminEdits{a}.Create)
	filters := AdminFilters{a}
	a.read(admin, "/filters", filters.Index)
	a.read(admin, "/filters/new", filters.New)
	a.post(admin, "/filters", filters.Create)
	a.post(admin, "/filters/:id/delete", filters.Delete)
	a.post(admin, "/users/:id/link", AdminLinks{a}.Create)
	a.post(admin, "/users/:id/acts", AdminUserActs{a}.Create)
	adminPosts := AdminPosts{a}
	a.read(admin, "/posts", adminPosts.Index)
	a.post(admin, "/posts/:id/settlements", adminPosts.Settle)
	audit := AdminAudit{a}
	a.read(admin, "/audit", audit.Index)
	a.read(admin, "/audit/:id", audit.Show)
	exports := AdminExports{a}
	a.read(admin, "/exports", exports.Show)
	a.read(admin, "/exports/:file", exports.File)
	a.post(admin, "/exports/links.csv", exports.Links)

	siteSettings := AdminSettings{a}
	a.read(admin, "/settings", siteSettings.Show)
	a.post(admin, "/settings", siteSettings.Update)
	a.post(admin, "/settings/comments", siteSettings.UpdateComments)
	a.post(admin, "/settings/files", siteSettings.UpdateRoom)
	a.read(admin, "/circulation", AdminCirculation{a}.Show)
	grants, proofs := AdminGrants{a}, AdminProofs{a}
	a.read(admin, "/grants", grants.Index)
	a.post(admin, "/grants", grants.Create)
	a.read(admin, "/transfers/:id", AdminTransfers{a}.Show)
	a.post(admin, "/transfers/:id/reversals", AdminReversals{a}.Create)
	a.read(admin, "/users/:id/statement", statements.AdminShow)
	a.read(admin, "/users/:id/statement.csv", statements.AdminFile)
	a.read(admin, "/proofs", proofs.Show)
	a.post(admin, "/proofs", proofs.Create)
	adminPerks, adminOrders := AdminPerks{a}, AdminOrders{a}
	a.read(admin, "/perks", adminPerks.Index)
	a.read(admin, "/perks/new", adminPerks.New)
	a.post(admin, "/perks", adminPerks.Create)
	a.read(admin, "/perks/:id", adminPerks.Edit)
	a.post(admin, "/perks/:id", adminPerks.Update)
	a.read(admin, "/perks/:id/delete", adminPerks.Remove)
	a.post(admin, "/perks/:id/delete", adminPerks.Delete)
	a.read(admin, "/orders", adminOrders.Index)
	a.read(admin, "/orders.csv", adminOrders.File)
	a.post(admin, "/orders/:id/acts", AdminOrderActs{a}.Create)

	rehearsals, acts := AdminRehearsals{a}, AdminActs{a}
	a.read(admin, "/rehearsals", rehearsals.Index)
	a.post(admin, "/rehearsals", rehearsals.Create)
	a.read(admin, "/rehearsals/:key", rehearsals.Show)
	a.read(admin, "/rehearsals/:key/rows.csv", rehearsals.File)
	a.read(admin, "/acts", acts.Index)
	a.post(admin, "/acts", acts.Create)
	a.read(admin, "/acts/:id", acts.Show)
	a.read(admin, "/acts/:id/rows.csv", acts.File)
	a.post(admin, "/acts/:id/undo", AdminUndos{a}.Create)

	imports := AdminImports{a}
	a.read(admin, "/imports", imports.Index)
	a.read(admin, "/imports/:id", imports.Show)
	a.post(admin, "/imports/:id", imports.Update)
	a.post(admin, "/imports/:id/commit", imports.Commit)
	a.post(admin, "/imports/:id/delete", imports.Delete)
	a.read(admin, "/imports/:id/lines", AdminImportLines{a}.Index)
	a.read(admin, "/imports/:id/errors.csv", imports.Errors)
	a.post(admin, "/imports/:id/links.csv", imports.Links)
	// A file is taken in while it is sent: nobody reads its form first.
	uploads := r.Group("", a.sameOrigin, sessions.Sessions(a.cookieName(), &sessionStore{a}), a.identify, a.signedIn)
	a.post(uploads.Group("/admin", a.adminOnly), "/imports", imports.Create)
	a.post(uploads, "/settings/import", writings.Create)
	a.post(uploads, "/settings/avatar", SettingsAvatar{a}.Update)
	a.post(r.Group("", a.sameOrigin, sessions.Sessions(a.cookieName(), &sessionStore{a}), a.identify), "/posts/files", DeskFiles{a}.Create) // no word is lost without a session

	a.api(r, site)

	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.EnableZstd(true), gzhttp.RandomJitter(32, 0, false),
		gzhttp.ContentTypes([]string{"text/html", "text/plain", "text/css", "text/csv", "application/jsonl", "application/json", "application/problem+json", "application/atom+xml", "application/feed+json", "application/xml", "text/calendar", "image/svg+xml", "text/javascript"}))
	if err != nil {
		return nil, err
	}
	return compress(r), nil
}

// read registers a page for GET and HEAD.
func (a *App) read(g *gin.RouterGroup, path string, h page) {
	g.GET(path, a.page(h))
	g.HEAD(path, a.page(h))
}

// post registers what takes a form. One that was held for a lost session is forgotten when it is taken.
func (a *App) post(g *gin.RouterGroup, path string, h page) { g.POST(path, a.page(h), a.sent) }

// writtenRoom is a room in which one writes something, changes it, and is asked before it goes.
type writtenRoom interface {
	New(c *gin.Context) error
	Create(c *gin.Context) error
	Edit(c *gin.Context) error
	Update(c *gin.Context) error
	Remove(c *gin.Context) error
	Delete(c *gin.Context) error
}

// written registers the forms of such a room.
func (a *App) written(g *gin.RouterGroup, path string, room writtenRoom) {
	a.read(g, path+"/new", room.New)
	a.post(g, path, room.Create)
	a.read(g, path+"/:ref/edit", room.Edit)
	a.post(g, path+"/:ref", room.Update)
	a.read(g, path+"/:ref/delete", room.Remove)
	a.post(g, path+"/:ref/delete", room.Delete)
}

// file serves a file of the site's own, or says that there is none as any other page does.
func (a *App) file(c *gin.Context) {
	if !a.files.Has(c.Request.URL.Path) {
		a.notFound(c)
		return
	}
	a.files.ServeHTTP(c.Writer, c.Request)
}

// identified puts the session in front of the answers that stand outside the groups.
func (a *App) identified(h gin.HandlerFunc) []gin.HandlerFunc {
	return []gin.HandlerFunc{sessions.Sessions(a.cookieName(), &sessionStore{a}), a.identifyGently, h}
}
