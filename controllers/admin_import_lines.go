package controllers

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminImportLines is where an admin reads all that an import would do.
type AdminImportLines struct{ *App }

// importLinesAtOnce is how many lines a page shows.
const importLinesAtOnce = 100

// Index lists the lines of an import that do the same.
func (l AdminImportLines) Index(c *gin.Context) error {
	i, err := AdminImports(l).find(c)
	if err != nil {
		return err
	}
	part := importPart{Act: c.Query("act"), Count: map[string]int64{"create": i.Created, "change": i.Changed, "refuse": i.Refused}[c.Query("act")]}
	after, err := strconv.ParseInt(c.DefaultQuery("after", "0"), 10, 64)
	if err != nil || after < 0 || part.Count == 0 || !i.HasLines() {
		return models.ErrNotFound
	}
	var more bool
	if part.Lines, more, err = l.Store.ImportLines(c.Request.Context(), i, part.Act, after, importLinesAtOnce); err != nil {
		return err
	}
	if len(part.Lines) == 0 {
		return models.ErrNotFound
	}
	values := H{"Title": importTitle(i), "Place": "admin", "Rail": "imports", "Import": i, "Path": importPath(i.ID), "Part": part, "First": "", "Next": ""}
	path := importPath(i.ID) + "/lines?act=" + part.Act
	if after > 0 {
		values["First"] = path
	}
	if more {
		values["Next"] = path + "&after=" + strconv.FormatInt(part.Lines[len(part.Lines)-1].Line, 10)
	}
	return l.show(c, http.StatusOK, "admin_import_lines/index", values)
}
