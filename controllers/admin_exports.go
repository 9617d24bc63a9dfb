package controllers

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminExports is where an admin takes out users and posts, and makes one-time links for many.
type AdminExports struct{ *App }

// exportPage is what the page shows of the export that its address asks for.
type exportPage struct {
	What, Words  string // users or posts; the filter in words
	Count, Total int64
	Without      int64 // of the users: how many have no password yet and could get a link
	Linkable     int64 // how many could get one in all
	List         string
	Kinds        []exportLink
	Hidden       []pair // the filter, for the forms
	Columns      []exportBox
	Own          string // the columns of users' own fields
	Mark         bool
	Lost         []filterControl // what is wrong with the filter, which has no controls here
}

// exportLink leads to what else can be exported.
type exportLink struct {
	Say     models.Sentence
	Href    string
	Current bool
}

type exportBox struct {
	Name   string
	Ticked bool
}

// Show says what would be exported, and offers it.
func (e AdminExports) Show(c *gin.Context) error {
	what := c.DefaultQuery("what", "users")
	if models.ExportColumns(what) == nil {
		return models.ErrNotFound
	}
	return e.answer(c, what, c.Request.URL.Query(), nil)
}

// File is the export itself.
func (e AdminExports) File(c *gin.Context) error {
	what, format, err := exportFile(c.Param("file"))
	if err != nil {
		return err
	}
	query := c.Request.URL.Query()
	if err := e.export(c, what, format, query); err != nil {
		return e.answer(c, what, query, err)
	}
	return nil
}

// Links makes one-time links for the users of a filter. They are in the file alone: the site keeps hashes.
func (e AdminExports) Links(c *gin.Context) error {
	query := c.Request.PostForm
	filter, err := models.ParseUserFilter(exportFilter(query), me(c).Location(e.Zone))
	if err != nil {
		return e.answer(c, "users", query, err)
	}
	links := models.LinkExport{Users: filter, All: query.Get("for") == "all", Link: e.oneTimeLink}
	name := "links-" + time.Now().In(me(c).Location(e.Zone)).Format(time.DateOnly) + ".csv"
	return e.download(c, name, exportKinds[models.ExportCSV], func(ctx context.Context, w io.Writer) error {
		_, err := e.Store.ExportLinks(ctx, me(c), links, w)
		return err
	})
}

// oneTimeLink is the address under which a token lets its user in.
func (a *App) oneTimeLink(token string) string {
	return a.url("/link?" + url.Values{"token": {token}}.Encode())
}

// exportFilter is the filter of a query that says more than that.
func exportFilter(query url.Values) url.Values {
	filter := url.Values{}
	for name, values := range query {
		if !slices.Contains([]string{"what", "columns", "mark", "for", "limit", "after"}, name) {
			filter[name] = values
		}
	}
	return filter
}

// answer shows the page, with what is wrong with the query where something is. An error that is no such thing passes.
func (e AdminExports) answer(c *gin.Context, what string, query url.Values, failed error) error {
	wrong, status := e.problems(failed)
	if failed != nil && wrong == nil {
		return failed
	}
	page, err := e.page(c, what, query)
	invalid, problem := e.problems(err)
	if err != nil && invalid == nil {
		return err
	}
	if invalid != nil {
		wrong, status = invalid, problem
	}
	if wrong == nil {
		status = http.StatusOK
	}
	for name, said := range wrong {
		if name != "columns" && name != "mark" && name != "" {
			page.Lost = append(page.Lost, filterControl{ID: name, Error: said})
		}
	}
	slices.SortFunc(page.Lost, func(a, b filterControl) int { return strings.Compare(a.ID, b.ID) })
	return e.show(c, status, "admin_exports/show", H{"Title": models.Say("Exports"), "Place": "admin", "Rail": "exports", "Page": page, "Errors": wrong,
		"Days": int(models.LinkLife.Hours() / 24)})
}

// page reads the query and counts who matches. The page is worth showing beside an Invalid too.
func (e AdminExports) page(c *gin.Context, what string, query url.Values) (*exportPage, error) {
	zone, lang, ctx := me(c).Location(e.Zone), e.language(c), c.Request.Context()
	filter := exportFilter(query)
	p := &exportPage{What: what, Mark: query.Get("mark") == "true", List: address("/admin/"+what, filter)}
	for name, values := range filter {
		p.Hidden = append(p.Hidden, pair{name, strings.ToValidUTF8(values[0], "�")})
	}
	slices.SortFunc(p.Hidden, func(a, b pair) int { return strings.Compare(a.Name, b.Name) })
	p.Kinds = []exportLink{{models.Say("Users"), "/admin/exports", what == "users"}, {models.Say("Posts"), "/admin/exports?what=posts", what == "posts"}}
	asked := url.Values{"columns": query["columns"], "mark": query["mark"]}
	for name, values := range filter {
		asked[name] = values
	}
	export, err := models.ParseExport(what, models.ExportCSV, asked, zone)
	p.takeColumns(export)
	if err != nil {
		return p, err
	}
	stats, err := e.Store.SiteStats(ctx)
	if err != nil {
		return nil, err
	}
	if what == "posts" {
		p.Words, p.Total = postsTitle(export.Posts, lang, zone), stats.AllPosts()
		p.Count, err = e.Store.CountPosts(ctx, export.Posts)
		return p, err
	}
	p.Words, p.Total = filterTitle(export.Users, lang, zone), stats.Users
	if p.Count, err = e.Store.CountUsers(ctx, export.Users); err != nil {
		return nil, err
	}
	if p.Without, err = e.Store.CountLinks(ctx, me(c), models.LinkExport{Users: export.Users}); err != nil {
		return nil, err
	}
	p.Linkable, err = e.Store.CountLinks(ctx, me(c), models.LinkExport{Users: export.Users, All: true})
	return p, err
}

func (p *exportPage) takeColumns(export models.Export) {
	var own []string
	for _, name := range export.Columns {
		if strings.HasPrefix(name, "meta.") {
			own = append(own, name)
		}
	}
	p.Own = strings.Join(own, ", ")
	for _, name := range slices.Concat(models.ExportColumns(p.What), models.ExtraExportColumns(p.What)) {
		p.Columns = append(p.Columns, exportBox{name, slices.Contains(export.Columns, name)})
	}
}
