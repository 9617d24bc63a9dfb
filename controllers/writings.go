package controllers

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Writings is where one brings in what one has written elsewhere.
type Writings struct{ *App }

const (
	writingsPerPage  = 20
	writtenShown     = 10  // of each kind, on the page of an import
	writtenFilesPage = 100 // on a page of their own
)

// writingPath is the address of an import of one's own writing.
func writingPath(id int64) string { return "/settings/import/" + strconv.FormatInt(id, 10) }

// writingPart is the files that are treated alike.
type writingPart struct {
	Act   string
	Count int
	Files []models.WritingFile
	All   string // the address of all of them; empty: they are here
}

// Index offers an upload, and lists what was brought in.
func (w Writings) Index(c *gin.Context) error { return w.list(c, http.StatusOK, nil) }

func (w Writings) list(c *gin.Context, status int, wrong models.Invalid) error {
	before, err := strconv.ParseInt(c.DefaultQuery("after", "0"), 10, 64)
	if err != nil || before < 0 {
		return models.ErrNotFound
	}
	list, more, err := w.Store.Writings(c.Request.Context(), me(c), before, writingsPerPage)
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("Import your posts"), "Place": "settings", "List": list, "First": before == 0, "Next": "", "Errors": wrong,
		"MB": models.MaxWriting >> 20, "Most": models.MaxWritingFiles}
	if more {
		values["Next"] = formatNumber(list[len(list)-1].ID)
	}
	return w.show(c, status, "writings/index", values)
}

// Show shows an import in whatever state it is.
func (w Writings) Show(c *gin.Context) error {
	i, err := w.find(c)
	if err != nil {
		return err
	}
	return w.answer(c, http.StatusOK, i, nil, nil)
}

func (w Writings) find(c *gin.Context) (*models.Writing, error) {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return nil, err
	}
	return w.Store.Writing(c.Request.Context(), me(c), id)
}

// answer shows the import; way is what stands in the way of taking it back.
func (w Writings) answer(c *gin.Context, status int, i *models.Writing, wrong models.Invalid, way *models.InTheWay) error {
	parts, err := w.parts(c, i)
	if err != nil {
		return err
	}
	others := 0
	if way != nil {
		others = i.Created - i.Undone - way.Count
	}
	return w.show(c, status, "writings/show", H{"Title": writingTitle(i), "Place": "settings", "Import": i, "Path": writingPath(i.ID), "Parts": parts, "Errors": wrong,
		"Way": way, "Others": others, "CanUndo": i.CanUndo(time.Now())})
}

func writingTitle(i *models.Writing) models.Sentence {
	if i.Name == "" {
		return models.Say("Import %d", i.ID)
	}
	return models.Say("Import %d: %s", i.ID, i.Name)
}

// parts are the first files of each kind, the refused ones first.
func (w Writings) parts(c *gin.Context, i *models.Writing) (parts []writingPart, err error) {
	if !i.Kept || i.IsMoving() {
		return nil, nil
	}
	for _, part := range []writingPart{{Act: "refuse", Count: i.Refused}, {Act: "create", Count: i.Created}, {Act: "same", Count: i.Same}, {Act: "pass", Count: i.Passed}} {
		if part.Count == 0 {
			continue
		}
		var more bool
		if part.Files, more, err = w.Store.WritingFiles(c.Request.Context(), i, part.Act, -1, writtenShown); err != nil {
			return nil, err
		}
		if more {
			part.All = writingPath(i.ID) + "/files?act=" + part.Act
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// Commit does what the rehearsal showed.
func (w Writings) Commit(c *gin.Context) error {
	i, err := w.find(c)
	if err != nil {
		return err
	}
	if err := w.Store.CommitWriting(c.Request.Context(), me(c), i.ID); err != nil {
		return w.refusedAct(c, i, err)
	}
	if i, err = w.await(c, i.ID); err != nil {
		return err
	}
	return w.redirect(c, writingPath(i.ID), models.Sentence{})
}

// refusedAct shows the import with what was wrong.
func (w Writings) refusedAct(c *gin.Context, i *models.Writing, err error) error {
	wrong, status := w.problems(err)
	if wrong == nil {
		return err
	}
	now, err := w.Store.Writing(c.Request.Context(), me(c), i.ID)
	if err != nil {
		return err
	}
	return w.answer(c, status, now, wrong, nil)
}

// Undo takes the posts of an import back. What stands in the way is named, and nothing has changed.
func (w Writings) Undo(c *gin.Context) error {
	i, err := w.find(c)
	if err != nil {
		return err
	}
	receipt, err := w.Store.UndoWriting(c.Request.Context(), me(c), i.ID, c.PostForm("others") != "")
	var way *models.InTheWay
	if errors.As(err, &way) {
		return w.answer(c, http.StatusConflict, i, nil, way)
	}
	if err != nil {
		return w.refusedAct(c, i, err)
	}
	now, err := w.Store.Writing(c.Request.Context(), me(c), i.ID)
	if err != nil {
		return err
	}
	said := models.Say("%d posts are taken back.", now.Undone)
	if now.Undone == i.Undone && receipt != 0 { // of very many it goes on as a job
		said = models.Say("The posts are being taken back.")
	}
	return w.acted(c, writingPath(i.ID), said, receipt)
}

// Delete throws the import away.
func (w Writings) Delete(c *gin.Context) error {
	i, err := w.find(c)
	if err != nil {
		return err
	}
	if err := w.Store.DropWriting(c.Request.Context(), me(c), i.ID); err != nil {
		return w.refusedAct(c, i, err)
	}
	return w.redirect(c, "/settings/import", models.Say("Import %d is thrown away. Nothing was changed.", i.ID))
}

// WritingFiles is where one reads all that becomes of the files of an import.
type WritingFiles struct{ *App }

// Index lists the files that are treated alike.
func (w WritingFiles) Index(c *gin.Context) error {
	i, err := Writings(w).find(c)
	if err != nil {
		return err
	}
	part := writingPart{Act: c.Query("act"), Count: map[string]int{"refuse": i.Refused, "create": i.Created, "same": i.Same, "pass": i.Passed}[c.Query("act")]}
	after, err := strconv.Atoi(c.DefaultQuery("after", "-1"))
	if err != nil || after < -1 || after > 1<<30 || part.Count == 0 || !i.Kept {
		return models.ErrNotFound
	}
	var more bool
	if part.Files, more, err = w.Store.WritingFiles(c.Request.Context(), i, part.Act, after, writtenFilesPage); err != nil {
		return err
	}
	if len(part.Files) == 0 {
		return models.ErrNotFound
	}
	path := writingPath(i.ID) + "/files?act=" + part.Act
	values := H{"Title": writingTitle(i), "Place": "settings", "Import": i, "Path": writingPath(i.ID), "Part": part, "Here": path, "First": after < 0, "Next": ""}
	if more {
		values["Next"] = path + "&after=" + strconv.Itoa(part.Files[len(part.Files)-1].Position)
	}
	return w.show(c, http.StatusOK, "writing_files/index", values)
}
