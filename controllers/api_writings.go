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

// APIWritings is where programs bring in, and take out, what their user has written.
type APIWritings struct{ *App }

// APIWriting is an archive of posts on its way in. What does not apply is absent.
type APIWriting struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name,omitempty"`
	State     string    `json:"state" enum:"staging,rehearsing,rehearsed,committing,committed,failed,dropped"`
	Failure   string    `json:"failure,omitempty"`
	Drafts    bool      `json:"drafts"`
	Bytes     int64     `json:"bytes"`
	Files     int       `json:"files"`
	Done      int       `json:"done"`
	Create    int       `json:"create"`
	Same      int       `json:"same"`
	Passed    int       `json:"passed"`
	Refused   int       `json:"refused"`
	Differs   bool      `json:"differs"`
	Receipt   int64     `json:"receipt,omitempty"`
	Undone    int       `json:"undone"`
	CreatedAt time.Time `json:"created_at"`
}

// APIWrittenFile is a file of an archive, and what becomes of it.
type APIWrittenFile struct {
	Path       string     `json:"path"`
	Act        string     `json:"act" enum:"create,same,pass,refuse"`
	Reasons    []string   `json:"reasons,omitempty" nullable:"false"`
	Notes      []string   `json:"notes,omitempty" nullable:"false"`
	Title      string     `json:"title,omitempty"`
	Status     string     `json:"status,omitempty"`
	Visibility string     `json:"visibility,omitempty"`
	Tags       []string   `json:"tags,omitempty" nullable:"false"`
	Series     string     `json:"series,omitempty"`
	Part       int        `json:"part,omitempty"`
	Authors    []string   `json:"authors,omitempty" nullable:"false"`
	Closed     bool       `json:"comments_closed,omitempty"`
	Date       *time.Time `json:"date,omitempty"`
	PostID     int64      `json:"post_id,omitempty"`
}

type writingReply struct {
	Status   int
	Location string `header:"Location"`
	Body     APIWriting
}

type writtenFilesReply struct {
	Link string           `header:"Link"`
	Body []APIWrittenFile `nullable:"false"`
}

// open puts the calls behind their doors.
func (w APIWritings) open(api huma.API) {
	archive := map[string]*huma.MediaType{zipKind: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	create := operation(door{http.MethodPost, "/api/imports", signedIn, models.Say("Upload a zip archive of your posts"), nil})
	create.Metadata["streams"], create.Tags = true, []string{"posts"}
	create.Errors = append(create.Errors, http.StatusConflict, http.StatusUnprocessableEntity)
	create.RequestBody = &huma.RequestBody{Required: true, Content: archive}
	register(w.App, api, create, w.Create)
	for _, call := range []struct {
		method, path, id string
		say              models.Sentence
		conflict         bool
		handle           func(*gin.Context, *APIByID) (*writingReply, error)
	}{
		{http.MethodGet, "/api/imports/{id}", "read-import", models.Say("Read an import of your posts"), false, w.Show},
		{http.MethodPost, "/api/imports/{id}/commit", "commit-import", models.Say("Make the posts that an import rehearsed"), true, w.Commit},
		{http.MethodDelete, "/api/imports/{id}", "delete-import", models.Say("Throw an import away"), true, w.Delete},
	} {
		op := operation(door{call.method, call.path, signedIn, call.say, nil})
		op.OperationID, op.Tags = call.id, []string{"posts"}
		if call.conflict {
			op.Errors = append(op.Errors, http.StatusConflict)
		}
		register(w.App, api, op, call.handle)
	}
	undo := operation(door{http.MethodPost, "/api/imports/{id}/undo", signedIn, models.Say("Take the posts of an import back"), nil})
	undo.OperationID, undo.Tags = "undo-import", []string{"posts"}
	undo.Errors = append(undo.Errors, http.StatusConflict)
	register(w.App, api, undo, w.Undo)
	files := operation(door{http.MethodGet, "/api/imports/{id}/files", signedIn, models.Say("List the files of an import"), nil})
	files.OperationID, files.Tags = "list-import-files", []string{"posts"}
	register(w.App, api, files, w.Files)
	export := operation(door{http.MethodGet, "/api/exports/posts.zip", signedIn, models.Say("Export your posts as a zip archive"), nil})
	export.OperationID, export.Tags = "export-own-posts", []string{"posts"}
	export.Responses = map[string]*huma.Response{"200": {Description: http.StatusText(http.StatusOK), Content: archive}}
	huma.Register(api, export, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		c := ctx.(*gin.Context)
		return &huma.StreamResponse{Body: func(huma.Context) {
			if err := w.exportWriting(c); err != nil {
				w.fail(c, err)
			}
		}}, nil
	})
}

// Create takes the archive in while it is sent, and begins to rehearse it.
func (w APIWritings) Create(c *gin.Context, in *struct {
	Name   string `query:"name"`
	Drafts bool   `query:"drafts"`
}) (*writingReply, error) {
	defer w.unhurried(c, uploadLife)()
	file, ok := w.sentAlone(c, models.MaxWriting, models.SayWritingTooLarge)
	if !ok {
		return nil, nil
	}
	sent := c.Request.ContentLength == 0
	i, err := w.Store.StageWriting(c.Request.Context(), me(c), models.NewWriting{Drafts: in.Drafts, Next: func() (string, io.Reader, error) {
		if sent {
			return "", nil, io.EOF
		}
		sent = true
		return in.Name, file, nil
	}})
	var invalid models.Invalid
	switch {
	case errors.As(err, &invalid):
		return nil, models.Invalid{"body": invalid["file"]}
	case i == nil || errors.Is(err, models.ErrUnavailable):
		return nil, err
	case i.State == models.ImportFailed:
		io.CopyN(io.Discard, file, uploadDrained)
		w.failed(c, writingStatus(i), models.Invalid{"body": i.Failure})
		return nil, nil
	}
	if i, err = w.await(c, i.ID); err != nil {
		return nil, err
	}
	if i.State == models.ImportFailed {
		w.failed(c, writingStatus(i), models.Invalid{"body": i.Failure})
		return nil, nil
	}
	return &writingReply{http.StatusCreated, "/api/imports/" + formatNumber(i.ID), newAPIWriting(i)}, nil
}

// Show tells how far an import is.
func (w APIWritings) Show(c *gin.Context, in *APIByID) (*writingReply, error) {
	i, err := w.Store.Writing(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	return &writingReply{Status: http.StatusOK, Body: newAPIWriting(i)}, nil
}

// Commit does what the rehearsal showed.
func (w APIWritings) Commit(c *gin.Context, in *APIByID) (*writingReply, error) {
	if err := w.Store.CommitWriting(c.Request.Context(), me(c), in.ID); err != nil {
		return nil, err
	}
	i, err := w.await(c, in.ID)
	switch {
	case err != nil:
		return nil, err
	case i.Differs:
		return nil, &models.Conflict{Say: plain("Your posts have changed since the rehearsal")}
	case i.State == models.ImportFailed:
		return nil, &models.Conflict{Say: i.Failure}
	case i.State == models.ImportCommitting:
		return &writingReply{Status: http.StatusAccepted, Body: newAPIWriting(i)}, nil
	}
	return &writingReply{Status: http.StatusCreated, Body: newAPIWriting(i)}, nil
}

// Undo takes the posts of an import back.
func (w APIWritings) Undo(c *gin.Context, in *struct {
	APIByID
	Others bool `query:"others"`
}) (*writingReply, error) {
	if _, err := w.Store.UndoWriting(c.Request.Context(), me(c), in.ID, in.Others); err != nil {
		return nil, err
	}
	reply, err := w.Show(c, &in.APIByID)
	if err == nil {
		reply.Status = http.StatusCreated
	}
	return reply, err
}

// Delete throws an import away.
func (w APIWritings) Delete(c *gin.Context, in *APIByID) (*writingReply, error) {
	if err := w.Store.DropWriting(c.Request.Context(), me(c), in.ID); err != nil {
		return nil, err
	}
	return w.Show(c, in)
}

// Files lists the files of an import that are treated alike.
func (w APIWritings) Files(c *gin.Context, in *struct {
	APIByID
	Act   string `query:"act" enum:"create,same,pass,refuse" default:"create"`
	After int    `query:"after" minimum:"-1" default:"-1"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}) (*writtenFilesReply, error) {
	i, err := w.Store.Writing(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	files, more, err := w.Store.WritingFiles(c.Request.Context(), i, in.Act, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	reply := &writtenFilesReply{Body: make([]APIWrittenFile, len(files))}
	if more {
		reply.Link = nextPage(c, strconv.Itoa(files[len(files)-1].Position))
	}
	for n, f := range files {
		reply.Body[n] = APIWrittenFile{Path: f.Path, Act: f.Act, Reasons: plainly(f.Reasons), Notes: plainly(f.Notes), Title: f.Title, Status: f.Status, Visibility: f.Visibility, Tags: f.Tags,
			Series: f.Series, Part: f.Part, Authors: f.Authors, Closed: f.Closed, PostID: f.PostID}
		if f.At != nil {
			reply.Body[n].Date = new(f.At.UTC())
		}
	}
	return reply, nil
}

// plainly are sentences in English.
func plainly(list []models.Sentence) (said []string) {
	for _, s := range list {
		said = append(said, s.String())
	}
	return said
}

func newAPIWriting(i *models.Writing) APIWriting {
	return APIWriting{ID: i.ID, Name: i.Name, State: i.State, Failure: i.Failure.String(), Drafts: i.Drafts, Bytes: i.Bytes, Files: i.Files, Done: i.Done, Create: i.Created, Same: i.Same,
		Passed: i.Passed, Refused: i.Refused, Differs: i.Differs, Receipt: i.ActID, Undone: i.Undone, CreatedAt: i.At.UTC()}
}
