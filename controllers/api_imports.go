package controllers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIImports is where programs bring in users from a file.
type APIImports struct{ *App }

// APIImport is a file of users on its way in. What does not apply is absent.
type APIImport struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name,omitempty"`
	State     string    `json:"state" enum:"staging,staged,rehearsing,rehearsed,committing,committed,failed,dropped"`
	Failure   string    `json:"failure,omitempty"`
	Mode      string    `json:"mode" enum:"both,create,update"`
	Match     string    `json:"match" enum:"either,email,username"`
	Bytes     int64     `json:"bytes"`
	Rows      int64     `json:"rows"`
	Done      int64     `json:"done"`
	Create    int64     `json:"create"`
	Change    int64     `json:"change"`
	Same      int64     `json:"same"`
	Passed    int64     `json:"passed"`
	Refused   int64     `json:"refused"`
	Receipt   int64     `json:"receipt,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

type importReply struct {
	Status   int
	Location string `header:"Location"`
	Body     APIImport
}

// importQuery is how a file is to be read, beside the file.
type importQuery struct {
	Name      string `query:"name"`
	Mode      string `query:"mode" enum:"both,create,update"`
	Match     string `query:"match" enum:"either,email,username"`
	Separator string `query:"separator" enum:"comma,semicolon,tab,bar"`
	Quote     string `query:"quote" enum:"double,single"`
	Encoding  string `query:"encoding" enum:"utf-8,windows-1252,utf-16le,utf-16be"`
}

// open puts the calls behind their doors.
func (m APIImports) open(api huma.API) {
	create := operation(door{http.MethodPost, "/api/admin/imports", admins, models.Say("Upload a CSV file of users"), nil})
	create.Metadata["streams"] = true
	create.Errors = append(create.Errors, http.StatusConflict, http.StatusUnprocessableEntity)
	create.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"text/csv": {
		Schema: &huma.Schema{Type: huma.TypeString}, Example: "username,email,name,city\nmai,mai@example.com,Mai Nguyen,Lyon\n"}}}
	register(m.App, api, create, m.Create)
	show := operation(door{http.MethodGet, "/api/admin/imports/{id}", admins, models.Say("Read an import"), nil})
	show.OperationID = "read-admin-import"
	register(m.App, api, show, m.Show)
	commit := operation(door{http.MethodPost, "/api/admin/imports/{id}/commit", admins, models.Say("Commit what an import rehearsed"), nil})
	commit.OperationID = "commit-admin-import"
	commit.Errors = append(commit.Errors, http.StatusConflict)
	register(m.App, api, commit, m.Commit)
	refused := operation(door{http.MethodGet, "/api/admin/imports/{id}/errors.csv", admins, models.Say("Read the refused lines of an import"), nil})
	refused.OperationID = "read-admin-import-errors"
	refused.Responses = map[string]*huma.Response{"200": {Description: http.StatusText(http.StatusOK),
		Content: map[string]*huma.MediaType{exportKinds[models.ExportCSV]: {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	huma.Register(api, refused, func(ctx context.Context, in *APIByID) (*huma.StreamResponse, error) {
		c := ctx.(*gin.Context)
		return &huma.StreamResponse{Body: func(huma.Context) {
			i, err := m.Store.Import(c.Request.Context(), me(c), in.ID)
			if err == nil {
				err = m.importErrors(c, i, func(said any) string { return said.(models.Sentence).String() })
			}
			if err != nil {
				m.fail(c, err)
			}
		}}, nil
	})
}

// Create takes the file in while it is sent, and begins to rehearse it.
func (m APIImports) Create(c *gin.Context, in *importQuery) (*importReply, error) {
	defer m.unhurried(c, uploadLife)()
	file, ok := m.sentAlone(c, models.MaxImport, models.SayImportTooLarge)
	if !ok {
		return nil, nil
	}
	known, err := models.ParseImportFormat(in.Separator, in.Quote, in.Encoding)
	if err != nil {
		return nil, err
	}
	i, err := m.Store.StageImport(c.Request.Context(), me(c), models.NewImport{Name: in.Name, Size: c.Request.ContentLength, Mode: in.Mode, Match: in.Match, Known: known}, file)
	switch {
	case i == nil || errors.Is(err, models.ErrUnavailable):
		return nil, err
	case i.State == models.ImportFailed:
		io.CopyN(io.Discard, file, uploadDrained)
		m.failed(c, uploadStatus(i), models.Invalid{"body": i.Failure})
		return nil, nil
	}
	if i, err = m.settle(c.Request.Context(), i); err != nil {
		return nil, err
	}
	return &importReply{Status: http.StatusCreated, Location: "/api" + importPath(i.ID), Body: newAPIImport(i)}, nil
}

// Show tells how far an import is.
func (m APIImports) Show(c *gin.Context, in *APIByID) (*importReply, error) {
	i, err := m.Store.Import(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	return &importReply{Status: http.StatusOK, Body: newAPIImport(i)}, nil
}

// Commit does what the rehearsal showed.
func (m APIImports) Commit(c *gin.Context, in *APIByID) (*importReply, error) {
	ctx := c.Request.Context()
	if err := m.Store.CommitImport(ctx, me(c), in.ID, 0); err != nil {
		return nil, err
	}
	i, err := m.settle(ctx, &models.Import{ID: in.ID})
	if err != nil {
		return nil, err
	}
	reply := &importReply{Status: http.StatusCreated, Body: newAPIImport(i)}
	switch {
	case i.State == models.ImportCommitting:
		reply.Status = http.StatusAccepted
	case i.Difference != nil:
		said := models.Invalid{}
		for _, line := range i.Difference.Lines {
			said["line "+strconv.FormatInt(line.Line, 10)] = plain(line.Username + ": " + line.Was + " then, " + line.Is + " now")
		}
		return nil, &models.Conflict{Say: plain("Users have changed since the rehearsal"), Fields: said}
	}
	return reply, nil
}

// importPatience is how long an answer waits for an import that is soon done.
const importPatience = 5 * time.Second

// settle waits a little for what goes on with an import: a small one is done before the answer.
func (m APIImports) settle(ctx context.Context, i *models.Import) (*models.Import, error) {
	soon, cancel := context.WithTimeout(ctx, importPatience)
	defer cancel()
	settled, err := m.Store.AwaitImport(soon, nil, i.ID, nil)
	if err != nil && ctx.Err() == nil && soon.Err() != nil {
		return m.Store.Import(ctx, nil, i.ID)
	}
	return settled, err
}

func newAPIImport(i *models.Import) APIImport {
	return APIImport{ID: i.ID, Name: i.Name, State: i.State, Failure: i.Failure.String(), Mode: i.Mode, Match: i.Match, Bytes: i.Bytes, Rows: i.Lines, Done: i.Done,
		Create: i.Created, Change: i.Changed, Same: i.Same, Passed: i.Passed, Refused: i.Refused, Receipt: i.ActID, CreatedAt: i.At.UTC()}
}
