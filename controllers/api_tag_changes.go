package controllers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APITagChanges is where programs of editors rename and merge tags.
type APITagChanges struct{ *App }

func (t APITagChanges) open(api huma.API) {
	named := func(id string, d door) huma.Operation {
		op := operation(d)
		op.OperationID = id
		return op
	}
	later := func(op huma.Operation, status int) huma.Operation {
		op.Responses = map[string]*huma.Response{strconv.Itoa(status): replyOf[APITagChange](api, status), "202": replyOf[APITagChange](api, http.StatusAccepted)}
		return op
	}
	register(t.App, api, later(named("update-tag", door{http.MethodPatch, "/api/tags/{tag}", signedIn, models.Say("Rename or merge a tag"), nil}), http.StatusOK), t.Create)
	register(t.App, api, named("read-tag-change", door{http.MethodGet, "/api/tags/changes/{id}", signedIn, models.Say("Read a change of a tag"), nil}), t.Show)
	register(t.App, api, later(named("undo-tag-change", door{http.MethodPost, "/api/tags/changes/{id}/undo", signedIn, models.Say("Take a change of a tag back"), nil}), http.StatusCreated), t.Undo)
}

// APITagChange is a tag that was renamed, or merged with another.
type APITagChange struct {
	ID        int64      `json:"id"`
	Tag       string     `json:"tag"`
	Into      string     `json:"into"`
	Merges    bool       `json:"merges"`
	State     string     `json:"state" enum:"running,done,undoing,undone"`
	Goal      int64      `json:"goal"`
	Changed   int64      `json:"changed"`
	HadBoth   int64      `json:"had_both"`
	Back      int64      `json:"back"`
	By        string     `json:"by"`
	At        time.Time  `json:"at"`
	UndoUntil time.Time  `json:"undo_until"`
	UndoneAt  *time.Time `json:"undone_at,omitempty"`
}

type tagChangeReply struct {
	Status int
	Body   APITagChange
}

// APINewTagName is what a tag shall be called.
type APINewTagName struct {
	Name given[string] `json:"name" required:"false"`
}

// Create renames a tag, or merges it with the one that has the name.
func (t APITagChanges) Create(c *gin.Context, in *struct {
	Tag  string `path:"tag"`
	Body APINewTagName
}) (*tagChangeReply, error) {
	if isEmpty(in.Body.Name) {
		return nil, missingFields{"name"}
	}
	change, err := t.Store.ChangeTag(c.Request.Context(), me(c), models.TagRename{Tag: models.TagOf(in.Tag), Name: in.Body.Name.value})
	return t.reply(c, http.StatusOK, change, err)
}

// Show reads a change.
func (t APITagChanges) Show(c *gin.Context, in *APIByID) (*tagChangeReply, error) {
	change, err := t.Store.TagChange(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	return &tagChangeReply{http.StatusOK, apiTagChange(change)}, nil
}

// Undo takes a change back.
func (t APITagChanges) Undo(c *gin.Context, in *APIByID) (*tagChangeReply, error) {
	change, err := t.Store.UndoTagChange(c.Request.Context(), me(c), in.ID)
	return t.reply(c, http.StatusCreated, change, err)
}

// reply waits a moment for the posts: 202 where the rest of them follows.
func (t APITagChanges) reply(c *gin.Context, status int, change *models.TagChange, err error) (*tagChangeReply, error) {
	if err == nil {
		change, err = t.Store.AwaitTagChange(c.Request.Context(), me(c), change.ID, tagPatience)
	}
	if err != nil {
		return nil, err
	}
	if change.IsUnderWay() {
		status = http.StatusAccepted
	}
	return &tagChangeReply{status, apiTagChange(change)}, nil
}

func apiTagChange(change *models.TagChange) APITagChange {
	body := APITagChange{ID: change.ID, Tag: change.Tag, Into: change.Into, Merges: change.Merges, State: change.State, Goal: change.Goal, Changed: change.Posts,
		HadBoth: change.Twice, Back: change.Back, By: change.ByName, At: change.At.UTC(), UndoUntil: change.UndoUntil.UTC()}
	if change.UndoneAt != nil {
		body.UndoneAt = new(change.UndoneAt.UTC())
	}
	return body
}
