package controllers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIIfMatch names the versions that a change is meant for (RFC 9110, 13.1.1).
type APIIfMatch struct {
	IfMatch string `header:"If-Match"`
}

// versions are the versions named; nil where any will do. A weak tag names none: the comparison is a strong one.
func (m APIIfMatch) versions() []string {
	if m.IfMatch == "" {
		return nil
	}
	list := []string{""} // a version that nothing has
	for tag := range strings.SplitSeq(m.IfMatch, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" {
			return nil
		}
		if inner, ok := strings.CutPrefix(tag, `"`); ok {
			list = append(list, strings.TrimSuffix(inner, `"`))
		}
	}
	return list
}

// APIRevisions is where programs read what a post was before.
type APIRevisions struct{ *App }

// APIRevision is a revision of a post; in lists without its text.
type APIRevision struct {
	Number   int       `json:"number"`
	Title    string    `json:"title"`
	Content  *string   `json:"content,omitempty"`
	Tags     []string  `json:"tags" nullable:"false"`
	Words    int       `json:"words"`
	Bytes    int       `json:"bytes"`
	UserID   *int64    `json:"user_id" nullable:"true"`
	Username *string   `json:"username" nullable:"true"`
	SavedAt  time.Time `json:"saved_at"`
}

func apiRevision(r *models.Revision) APIRevision {
	revision := APIRevision{Number: r.Number, Title: r.Title, Tags: r.Tags, Words: r.Words, Bytes: r.Bytes, SavedAt: r.At.UTC()}
	if r.By != nil {
		revision.UserID, revision.Username = &r.By.ID, &r.By.Username
	}
	if revision.Tags == nil {
		revision.Tags = []string{}
	}
	return revision
}

type revisionsReply struct {
	Link string        `header:"Link"`
	Body []APIRevision `nullable:"false"`
}

type revisionReply struct{ Body *APIRevision }

// Index lists the revisions of a post, the newest first.
func (r APIRevisions) Index(c *gin.Context, in *struct {
	APIByID
	Limit int `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After int `query:"after" minimum:"1" maximum:"2147483647"`
}) (*revisionsReply, error) {
	_, list, more, err := r.Store.Revisions(c.Request.Context(), me(c), in.ID, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	reply := &revisionsReply{Body: make([]APIRevision, len(list))}
	for i := range list {
		reply.Body[i] = apiRevision(&list[i])
	}
	if more {
		reply.Link = nextPage(c, strconv.Itoa(list[len(list)-1].Number))
	}
	return reply, nil
}

// APIByNumber names a revision of a post.
type APIByNumber struct {
	APIByID
	Number int `path:"number" minimum:"1" maximum:"2147483647"`
}

// Show reads one revision.
func (r APIRevisions) Show(c *gin.Context, in *APIByNumber) (*revisionReply, error) {
	revision, err := r.Store.Revision(c.Request.Context(), me(c), in.ID, in.Number)
	if err != nil {
		return nil, err
	}
	body := apiRevision(revision)
	body.Content = &revision.Content
	return &revisionReply{&body}, nil
}

// Restore makes the post say again what a revision said.
func (r APIRevisions) Restore(c *gin.Context, in *APIByNumber) (*postReply, error) {
	post, err := r.Store.RestoreRevision(c.Request.Context(), me(c), in.ID, in.Number, nil)
	if err != nil {
		return nil, err
	}
	reply, err := APIPosts(r).read(c, in.ID)
	if err == nil {
		reply.Status, reply.Receipt = http.StatusOK, receiptNumber(post.Receipt)
	}
	return reply, err
}
