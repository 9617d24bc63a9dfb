package controllers

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminImports is where an admin brings in users from a file.
type AdminImports struct{ *App }

// importPath is the address of an import.
func importPath(id int64) string { return "/admin/imports/" + strconv.FormatInt(id, 10) }

// Index lists the imports and takes another file.
func (m AdminImports) Index(c *gin.Context) error { return m.list(c, http.StatusOK, nil) }

func (m AdminImports) list(c *gin.Context, status int, wrong models.Invalid) error {
	query := c.Request.URL.Query()
	before, err := strconv.ParseInt(query.Get("before"), 10, 64)
	if err != nil && query.Get("before") != "" || before < 0 {
		return models.ErrNotFound
	}
	imports, more, err := m.Store.Imports(c.Request.Context(), me(c), before)
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("Imports"), "Place": "admin", "Rail": "imports", "Imports": importLines(imports), "First": before != 0, "Next": "", "Errors": wrong,
		"MB": models.MaxImport >> 20, "Written": importChoices(query)}
	if more {
		values["Next"] = "/admin/imports?before=" + strconv.FormatInt(imports[len(imports)-1].ID, 10)
	}
	return m.show(c, status, "admin_imports/index", values)
}

// Show shows an import in whatever state it is.
func (m AdminImports) Show(c *gin.Context) error {
	i, err := m.find(c)
	if err != nil {
		return err
	}
	return m.answer(c, http.StatusOK, i, c.Query("match") != "" && i.State == models.ImportRehearsed, nil)
}

func (m AdminImports) find(c *gin.Context) (*models.Import, error) {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return nil, err
	}
	return m.Store.Import(c.Request.Context(), me(c), id)
}

// answer shows the import; match shows its columns to be matched once more.
func (m AdminImports) answer(c *gin.Context, status int, i *models.Import, match bool, wrong models.Invalid) error {
	page, err := m.page(c.Request.Context(), m.language(c), i, match)
	if err != nil {
		return err
	}
	return m.show(c, status, "admin_imports/show", H{"Title": importTitle(i), "Place": "admin", "Rail": "imports", "Page": page, "Errors": wrong})
}

// Update begins a rehearsal with the columns as they are matched.
func (m AdminImports) Update(c *gin.Context) error {
	i, err := m.find(c)
	if err != nil {
		return err
	}
	form := c.Request.PostForm
	for n := range i.Columns {
		matchByHand(&i.Columns[n], form.Get("use-"+strconv.Itoa(n+1)), form.Get("own-"+strconv.Itoa(n+1)))
	}
	i.Mode, i.Match = form.Get("mode"), form.Get("match")
	err = m.Store.RehearseImport(c.Request.Context(), me(c), i.ID, i.Columns, i.Mode, i.Match)
	return m.done(c, i, true, err)
}

// done goes back to the import, or says on its page what was wrong.
func (m AdminImports) done(c *gin.Context, i *models.Import, match bool, err error) error {
	if err == nil {
		return m.redirect(c, importPath(i.ID), models.Sentence{})
	}
	wrong, status := m.problems(err)
	if wrong == nil {
		return err
	}
	now, err := m.find(c)
	if err != nil {
		return err
	}
	if match = match && (now.State == models.ImportStaged || now.State == models.ImportRehearsed); match {
		now.Columns, now.Mode, now.Match = i.Columns, i.Mode, i.Match
	}
	return m.answer(c, status, now, match, wrong)
}

// Commit does what the rehearsal showed.
func (m AdminImports) Commit(c *gin.Context) error {
	i, err := m.find(c)
	if err != nil {
		return err
	}
	rehearsal, err := strconv.Atoi(c.Request.PostForm.Get("rehearsal"))
	if err != nil {
		rehearsal = 0
	}
	return m.done(c, i, false, m.Store.CommitImport(c.Request.Context(), me(c), i.ID, rehearsal))
}

// Delete throws the import away.
func (m AdminImports) Delete(c *gin.Context) error {
	i, err := m.find(c)
	if err != nil {
		return err
	}
	if err := m.Store.DropImport(c.Request.Context(), me(c), i.ID); err != nil {
		return m.done(c, i, false, err)
	}
	return m.redirect(c, "/admin/imports", models.Say("Import %d is thrown away. Nothing was changed.", i.ID))
}

// Errors is the refused lines as a file.
func (m AdminImports) Errors(c *gin.Context) error {
	i, err := m.find(c)
	if err != nil {
		return err
	}
	return m.importErrors(c, i, m.language(c).Say)
}

// importErrors answers with the refused lines of an import, their reasons in words.
func (a *App) importErrors(c *gin.Context, i *models.Import, say func(any) string) error {
	name := "import-" + strconv.FormatInt(i.ID, 10) + "-refused.csv"
	return a.download(c, name, exportKinds[models.ExportCSV], func(ctx context.Context, w io.Writer) error {
		return a.Store.WriteImportErrors(ctx, i, w, func(s models.Sentence) string { return say(s) })
	})
}

// Links makes one-time links for whom the import made.
func (m AdminImports) Links(c *gin.Context) error {
	i, err := m.find(c)
	if err != nil {
		return err
	}
	return m.links(c, i)
}

func (m AdminImports) links(c *gin.Context, i *models.Import) error {
	filter, err := models.ParseUserFilter(url.Values{}, m.Zone)
	if err != nil {
		return err
	}
	links := models.LinkExport{Users: filter, Import: i.ID, Link: m.oneTimeLink}
	return m.download(c, "import-"+strconv.FormatInt(i.ID, 10)+"-links.csv", exportKinds[models.ExportCSV], func(ctx context.Context, w io.Writer) error {
		_, err := m.Store.ExportLinks(ctx, me(c), links, w)
		return err
	})
}
