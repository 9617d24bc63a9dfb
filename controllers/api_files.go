package controllers

import (
	"cmp"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIFiles is where programs read and add files.
type APIFiles struct{ *App }

// APIFile is a file. What does not apply is absent.
type APIFile struct {
	ID        int64     `json:"id"`
	PostID    int64     `json:"post_id,omitempty"`
	Name      string    `json:"name"`
	Type      string    `json:"type"`
	Size      int64     `json:"size"`
	SHA256    string    `json:"sha256"`
	URL       string    `json:"url"`
	Markdown  string    `json:"markdown"`
	Width     int       `json:"width,omitempty"`
	Height    int       `json:"height,omitempty"`
	Widths    []int     `json:"widths,omitempty"`
	Alt       string    `json:"alt,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

func apiFile(f *models.File) APIFile {
	file := APIFile{ID: f.ID, PostID: f.PostID, Name: f.Name, Type: f.Type, Size: f.Size, SHA256: f.Sum(), URL: (&url.URL{Path: f.Path()}).String(), Markdown: f.Markdown(),
		Width: f.Width, Height: f.Height, Alt: f.Alt, CreatedAt: f.CreatedAt.UTC()}
	for _, w := range f.Widths {
		file.Widths = append(file.Widths, w.Width)
	}
	return file
}

type fileReply struct {
	Status   int
	Location string `header:"Location"`
	Receipt  string `header:"Receipt"`
	Body     *APIFile
}

type filesReply struct {
	Body []APIFile `nullable:"false"`
}

// open puts the calls behind their doors.
func (f APIFiles) open(api huma.API) {
	for _, d := range []door{
		{http.MethodPost, "/api/files", signedIn, models.Say("Add a file for a post to come"), nil},
		{http.MethodPost, "/api/posts/{id}/files", signedIn, models.Say("Add a file to a post"), nil},
		{http.MethodPut, "/api/users/{id}/avatar", signedIn, models.Say("Choose a portrait"), nil},
	} {
		op := operation(d)
		op.Metadata["streams"] = true
		op.Errors = append(op.Errors, http.StatusConflict, http.StatusUnprocessableEntity)
		switch d.path {
		case "/api/files":
			register(f.App, api, op, f.Create)
		case "/api/posts/{id}/files":
			register(f.App, api, op, f.Attach)
		default:
			register(f.App, api, op, f.SetAvatar)
		}
		// It is told only now: huma would read the form itself.
		described := api.OpenAPI().Paths[d.path]
		cmp.Or(described.Put, described.Post).RequestBody = fileForm
	}
	open(f.App, api, door{http.MethodGet, "/api/posts/{id}/files", everyone, models.Say("List a post's files"), nil}, f.Index)
	open(f.App, api, door{http.MethodGet, "/api/files/{id}", everyone, models.Say("Read what is known of a file"), nil}, f.Show)
	open(f.App, api, door{http.MethodDelete, "/api/files/{id}", signedIn, models.Say("Delete a file"), nil}, f.Delete)
	open(f.App, api, door{http.MethodPost, "/api/files/{id}/restore", signedIn, models.Say("Bring back a file that you deleted"), nil}, f.Restore)
	open(f.App, api, door{http.MethodDelete, "/api/users/{id}/avatar", signedIn, models.Say("Remove a portrait"), nil}, f.RemoveAvatar)
}

// fileForm is the form that brings a file.
var fileForm = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"},
	Properties: map[string]*huma.Schema{
		"alt":  {Type: huma.TypeString, Description: "What an image shows, for who does not see it; at most 500 characters. It stands before the file."},
		"file": {Type: huma.TypeString, Format: "binary", Description: "The file: 512 MB at most, an image 64 MB."},
	}}}}}

// Index lists the files of a post.
func (f APIFiles) Index(c *gin.Context, in *APIByID) (*filesReply, error) {
	files, err := f.Store.PostFiles(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	reply := &filesReply{Body: make([]APIFile, len(files))}
	for i := range files {
		reply.Body[i] = apiFile(&files[i])
	}
	return reply, nil
}

// Show reads what is known of a file; its bytes are at its url.
func (f APIFiles) Show(c *gin.Context, in *APIByID) (*fileReply, error) {
	file, _, err := f.Store.File(c.Request.Context(), me(c), in.ID)
	if errors.Is(err, models.ErrMembersOnly) {
		err = models.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &fileReply{Status: http.StatusOK, Body: new(apiFile(file))}, nil
}

// Create takes in a file that no post has yet.
func (f APIFiles) Create(c *gin.Context, _ *struct{}) (*fileReply, error) { return f.add(c, 0) }

// Attach takes in a file of a post.
func (f APIFiles) Attach(c *gin.Context, in *APIByID) (*fileReply, error) { return f.add(c, in.ID) }

func (f APIFiles) add(c *gin.Context, post int64) (*fileReply, error) {
	return f.take(c, func(in *models.NewFile) { in.PostID = post })
}

// take takes the file of the request in while it is sent.
func (f APIFiles) take(c *gin.Context, set func(*models.NewFile)) (*fileReply, error) {
	var file *models.File
	_, err := f.withFile(c, func(fields url.Values, part *multipart.Part) (err error) {
		in := newFile(c, fields, part)
		set(&in)
		file, err = f.Store.AddFile(c.Request.Context(), me(c), in, part)
		return err
	})
	if errors.Is(err, errNoForm) {
		f.failed(c, http.StatusUnsupportedMediaType, nil)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if file == nil {
		return nil, missingFields{"file"}
	}
	return &fileReply{Status: http.StatusCreated, Location: "/api/files/" + formatNumber(file.ID), Body: new(apiFile(file))}, nil
}

// Delete removes a file.
func (f APIFiles) Delete(c *gin.Context, in *APIByID) (*doneReply, error) {
	gone, err := f.Store.DeleteFile(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	return &doneReply{receiptNumber(gone.Receipt), APIDone{"File " + formatNumber(in.ID) + " deleted"}}, nil
}

// Restore brings back a file that the caller has deleted.
func (f APIFiles) Restore(c *gin.Context, in *APIByID) (*fileReply, error) {
	file, receipt, err := f.Store.RestoreFile(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	return &fileReply{Status: http.StatusCreated, Receipt: receiptNumber(receipt), Body: new(apiFile(file))}, nil
}

// SetAvatar takes in how the caller looks.
func (f APIFiles) SetAvatar(c *gin.Context, in *APIByID) (*fileReply, error) {
	if in.ID != me(c).ID {
		return nil, models.ErrForbidden
	}
	reply, err := f.take(c, func(in *models.NewFile) { in.Avatar = true })
	if reply != nil {
		reply.Status, reply.Location = http.StatusOK, ""
	}
	return reply, err
}

// RemoveAvatar removes how a user looks.
func (f APIFiles) RemoveAvatar(c *gin.Context, in *APIByID) (*doneReply, error) {
	if err := f.Store.RemoveAvatar(c.Request.Context(), me(c), in.ID); err != nil {
		return nil, err
	}
	return &doneReply{"", APIDone{"Portrait of user " + formatNumber(in.ID) + " removed"}}, nil
}
