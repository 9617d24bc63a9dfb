package controllers

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIPosts is where programs read and write posts.
type APIPosts struct{ *App }

// APIPost is a post, the same for every reader who may see it.
type APIPost struct {
	ID          int64      `json:"id"`
	UserID      int64      `json:"user_id"`
	Username    string     `json:"username"`
	Authors     []string   `json:"authors" nullable:"false"`
	Title       string     `json:"title"`
	Content     string     `json:"content"`
	ContentHTML string     `json:"content_html"`
	Tags        []string   `json:"tags" nullable:"false"`
	Status      string     `json:"status"`
	Visibility  string     `json:"visibility"`
	Lang        string     `json:"lang"`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	PublishedAt *time.Time `json:"published_at" nullable:"true"`
	PublishAt   *time.Time `json:"publish_at" nullable:"true"`

	CommentsClosed bool `json:"comments_closed"`
}

func apiPost(p *models.Post) APIPost {
	post := APIPost{ID: p.ID, UserID: p.UserID, Username: p.User.Username, Title: p.Title, Content: p.Content, ContentHTML: p.ContentHTML,
		Tags: p.Tags, Status: p.Status, CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(), PublishedAt: utc(p.PublishedAt),
		Visibility: p.Visibility, Lang: p.Lang, PublishAt: utc(p.PublishAt), CommentsClosed: p.CommentsClosed}
	post.Authors = []string{p.User.Username}
	for _, author := range p.Authors {
		post.Authors = append(post.Authors, author.Username)
	}
	if post.Tags == nil {
		post.Tags = []string{}
	}
	return post
}

type postsReply struct {
	Link string    `header:"Link"`
	Body []APIPost `nullable:"false"`
}

type postReply struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Receipt  string `header:"Receipt"`
	Body     *APIPost
}

// APIPostQuery are the parameters of a list of posts.
type APIPostQuery struct {
	Limit      int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After      string `query:"after"`
	Status     string `query:"status" enum:"published,draft,scheduled"`
	Visibility string `query:"visibility" enum:"public,members,unlisted"`
	Tag        string `query:"tag"`
}

// Index lists the posts that everyone may read, newest first, or the drafts of one author.
func (p APIPosts) Index(c *gin.Context, in *struct {
	APIPostQuery
	UserID int64 `query:"user_id" minimum:"1"`
}) (*postsReply, error) {
	return p.list(c, in.APIPostQuery, in.UserID)
}

// OfUser lists the posts of one author.
func (p APIPosts) OfUser(c *gin.Context, in *struct {
	APIByID
	APIPostQuery
}) (*postsReply, error) {
	reply, err := p.list(c, in.APIPostQuery, in.ID)
	if err == nil && len(reply.Body) == 0 {
		_, err = p.Store.ReadUser(c.Request.Context(), nil, in.ID)
	}
	return reply, err
}

func (p APIPosts) list(c *gin.Context, in APIPostQuery, userID int64) (*postsReply, error) {
	after, err := models.ParsePostKey(in.After)
	if err != nil {
		return nil, err
	}
	list := models.PostList{UserID: userID, After: after, Limit: in.Limit, Full: true, Status: in.Status, Visibility: in.Visibility}
	if in.Tag != "" {
		if list.Tag = models.TagOf(in.Tag); list.Tag == "" {
			return &postsReply{Body: []APIPost{}}, nil
		}
	}
	if by := me(c); by != nil && userID == 0 && list.IsHidden() {
		list.UserID = by.ID
	}
	posts, more, err := p.Store.Posts(c.Request.Context(), me(c), list)
	if err != nil {
		return nil, err
	}
	reply := &postsReply{Body: make([]APIPost, len(posts))}
	for i := range posts {
		reply.Body[i] = apiPost(&posts[i])
	}
	if more {
		reply.Link = nextPage(c, posts[len(posts)-1].Key().String())
	}
	return reply, nil
}

// Show reads one post. A program that has this version already is told so (304).
func (p APIPosts) Show(c *gin.Context, in *struct {
	APIByID
	IfNoneMatch string `header:"If-None-Match"`
}) (*postReply, error) {
	reply, err := p.read(c, in.ID)
	if err == nil && matches(in.IfNoneMatch, reply.ETag) {
		return &postReply{Status: http.StatusNotModified, ETag: reply.ETag}, nil
	}
	return reply, err
}

// matches reports whether one of a header's entity tags is this one, by weak comparison (RFC 9110, 13.1.2).
func matches(header, etag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == etag {
			return true
		}
	}
	return false
}

func (p APIPosts) read(c *gin.Context, id int64) (*postReply, error) {
	post, err := p.Store.ReadPost(c.Request.Context(), me(c), id)
	if err != nil {
		return nil, err
	}
	body := apiPost(post)
	return &postReply{Status: http.StatusOK, ETag: `"` + post.Version() + `"`, Body: &body}, nil
}

// APIPostChange is what can change of a post.
type APIPostChange struct {
	Title   given[string]   `json:"title" required:"false"`
	Content given[string]   `json:"content" required:"false"`
	Tags    given[[]string] `json:"tags" required:"false"`
	Status  given[string]   `json:"status" required:"false"`
	Authors given[[]string] `json:"authors" required:"false"`

	Visibility given[string] `json:"visibility" required:"false"`
	PublishAt  given[string] `json:"publish_at" required:"false"`
	Lang       given[string] `json:"lang" required:"false"`

	CommentsClosed given[bool] `json:"comments_closed" required:"false"`
}

// APINewPost is a new post; it is published unless status says draft, or publish_at is ahead.
type APINewPost struct{ APIPostChange }

// APIPostReplacement is a whole post: tags that are not given go, the state stays, and so does who may read it and when.
type APIPostReplacement struct{ APIPostChange }

// check says which required fields are not there. Only a draft may be without words.
func (b *APIPostChange) check() error {
	var missing missingFields
	missing.lack("title", isEmpty(b.Title))
	draft := b.Status.value == models.StatusDraft && b.Content.there && !b.Content.null
	missing.lack("content", isEmpty(b.Content) && !draft)
	return missing.or()
}

// tags are the tags one by one; a comma parts them, as it does where people type them.
func (b *APIPostChange) tags() []string { return models.ParseTags(strings.Join(b.Tags.value, ",")) }

// publishAt is the moment given: the zero time for null, nil where none is.
func (b *APIPostChange) publishAt() (*time.Time, error) {
	switch {
	case !b.PublishAt.there:
		return nil, nil
	case b.PublishAt.null:
		return new(time.Time), nil
	}
	at, err := time.Parse(time.RFC3339, b.PublishAt.value)
	if err != nil || at.Year() < 1970 || at.Year() > 9998 {
		return nil, models.Invalid{"publish_at": plain("A moment looks like 2026-11-21T18:30:00Z or 2026-11-21T19:30:00+01:00.")}
	}
	return new(at.Truncate(time.Microsecond)), nil
}

// Create keeps a new post of the caller.
func (p APIPosts) Create(c *gin.Context, in *struct{ Body APINewPost }) (*postReply, error) {
	b := &in.Body
	if err := b.check(); err != nil {
		return nil, err
	}
	at, err := b.publishAt()
	if err != nil {
		return nil, err
	}
	post := &models.Post{Title: b.Title.value, Content: b.Content.value, Tags: b.tags(), Status: b.Status.value, Visibility: b.Visibility.value, Lang: b.Lang.value, CommentsClosed: b.CommentsClosed.value}
	if at != nil && !at.IsZero() {
		post.PublishAt = at
	}
	if !b.Status.there || b.Status.null {
		post.Status = models.StatusPublished
	}
	for _, name := range b.Authors.value {
		post.Authors = append(post.Authors, &models.User{Username: name})
	}
	if err := p.Store.CreatePost(c.Request.Context(), me(c), post); err != nil {
		return nil, err
	}
	reply, err := p.read(c, post.ID)
	if err == nil {
		reply.Status, reply.Location = http.StatusCreated, "/api/posts/"+strconv.FormatInt(post.ID, 10)
	}
	return reply, err
}

// Replace puts a whole post in place of the old one.
func (p APIPosts) Replace(c *gin.Context, in *struct {
	APIByID
	APIIfMatch
	Body APIPostReplacement
}) (*postReply, error) {
	b := &in.Body.APIPostChange
	if err := b.check(); err != nil {
		return nil, err
	}
	b.Tags.there = true
	if b.Status.null {
		b.Status.there = false
	}
	return p.update(c, in.ID, in.versions(), b)
}

// Update changes what is given.
func (p APIPosts) Update(c *gin.Context, in *struct {
	APIByID
	APIIfMatch
	Body APIPostChange
}) (*postReply, error) {
	return p.update(c, in.ID, in.versions(), &in.Body)
}

func (p APIPosts) update(c *gin.Context, id int64, match []string, b *APIPostChange) (*postReply, error) {
	at, err := b.publishAt()
	if err != nil {
		return nil, err
	}
	change := models.PostChange{Title: b.Title.or(), Content: b.Content.or(), Status: b.Status.or(), Visibility: b.Visibility.or(), Lang: b.Lang.or(), PublishAt: at, CommentsClosed: b.CommentsClosed.or(), Match: match}
	if b.Tags.there {
		change.Tags = b.tags()
	}
	if b.Authors.there {
		change.Authors = append([]string{}, b.Authors.value...)
	}
	post, err := p.Store.UpdatePost(c.Request.Context(), me(c), id, change)
	if err != nil {
		return nil, err
	}
	reply, err := p.read(c, id)
	if err == nil {
		reply.Receipt = receiptNumber(post.Receipt)
	}
	return reply, err
}

// Delete removes a post.
func (p APIPosts) Delete(c *gin.Context, in *struct {
	APIByID
	APIIfMatch
}) (*doneReply, error) {
	gone, err := p.Store.DeletePost(c.Request.Context(), me(c), in.ID, in.versions()...)
	if err != nil {
		return nil, err
	}
	return &doneReply{receiptNumber(gone.Receipt), APIDone{fmt.Sprintf("Post %d deleted", in.ID)}}, nil
}

// Restore brings back a post that the caller has deleted.
func (p APIPosts) Restore(c *gin.Context, in *APIByID) (*postReply, error) {
	post, err := p.Store.RestorePost(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	reply, err := p.read(c, in.ID)
	if err == nil {
		reply.Receipt = receiptNumber(post.Receipt)
	}
	return reply, err
}
