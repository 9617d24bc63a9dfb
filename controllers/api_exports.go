package controllers

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIExports is where programs take out users and posts by the thousand.
type APIExports struct{ *App }

// exportKinds are the media types of the formats.
var exportKinds = map[string]string{models.ExportCSV: "text/csv", models.ExportLines: "application/jsonl"}

// open puts an export behind its door. Its answer is no JSON document, and sent while it is read.
func (e APIExports) open(api huma.API, what, format string, summary models.Sentence) {
	d := door{http.MethodGet, "/api/admin/exports/" + what + "." + format, admins, summary, exportFilters(what, format)}
	op := operation(d)
	op.OperationID = "export-" + what + "-" + format
	op.Errors = append(op.Errors, http.StatusConflict)
	op.Responses = map[string]*huma.Response{"200": {Description: http.StatusText(http.StatusOK),
		Content: map[string]*huma.MediaType{exportKinds[format]: {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	huma.Register(api, op, func(ctx context.Context, in *query) (*huma.StreamResponse, error) {
		c := ctx.(*gin.Context)
		return &huma.StreamResponse{Body: func(huma.Context) {
			if err := e.export(c, what, format, in.values); err != nil {
				e.fail(c, err)
			}
		}}, nil
	})
}

// exportFilters are the parameters of an export: a list has pages, and an export columns.
func exportFilters(what, format string) []*huma.Param {
	params := userFilters()
	if what == "posts" {
		params = postFilters()
	}
	params = slices.DeleteFunc(params, func(p *huma.Param) bool { return p.Name == "after" || p.Name == "limit" })
	params = append(params, &huma.Param{Name: "columns", In: "query", Schema: &huma.Schema{Type: huma.TypeString}})
	if format == models.ExportCSV {
		params = append(params, &huma.Param{Name: "mark", In: "query", Schema: &huma.Schema{Type: huma.TypeBoolean}})
	}
	return params
}

// export answers with the file that the query asks for.
func (a *App) export(c *gin.Context, what, format string, query url.Values) error {
	zone := me(c).Location(a.Zone)
	e, err := models.ParseExport(what, format, query, zone)
	if err != nil {
		return err
	}
	name := what + "-" + time.Now().In(zone).Format(time.DateOnly) + "." + format
	return a.download(c, name, exportKinds[format], func(ctx context.Context, w io.Writer) error {
		_, err := a.Store.Export(ctx, me(c), e, w)
		return err
	})
}

// exportFile reads the name of a file, such as users.csv.
func exportFile(name string) (what, format string, err error) {
	what, format, _ = strings.Cut(name, ".")
	if exportKinds[format] == "" || models.ExportColumns(what) == nil {
		return "", "", models.ErrNotFound
	}
	return what, format, nil
}

// postFilters are the parameters of models.ParsePostFilter.
func postFilters() []*huma.Param {
	var columns []any
	for _, column := range []string{"id", "title", "author", "created_at", "updated_at", "published_at"} {
		columns = append(columns, column, "-"+column)
	}
	text := func(format string, values ...any) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Format: format, Enum: values}
	}
	params := []*huma.Param{{Name: "q", Schema: text("")}, {Name: "author", Schema: text("")}, {Name: "status", Schema: text("", models.StatusPublished, models.StatusDraft, models.StatusScheduled)},
		{Name: "visibility", Schema: text("", models.VisibilityPublic, models.VisibilityMembers, models.VisibilityUnlisted)},
		{Name: "tag", Schema: text("")}, {Name: "reported", Schema: &huma.Schema{Type: huma.TypeBoolean}},
		{Name: "created_from", Schema: text("date")}, {Name: "created_to", Schema: text("date")},
		{Name: "published_from", Schema: text("date")}, {Name: "published_to", Schema: text("date")}, {Name: "sort", Schema: text("", columns...)}}
	for _, param := range params {
		param.In = "query"
	}
	return params
}
