package controllers

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIFollows is where programs say whose new posts their user is told of.
type APIFollows struct{ *App }

func (f APIFollows) open(api huma.API) {
	open(f.App, api, door{http.MethodGet, "/api/follows", signedIn, models.Say("List the authors you follow"), nil}, f.Index)
	open(f.App, api, door{http.MethodPut, "/api/follows/{id}", signedIn, models.Say("Follow an author"), nil}, f.Create)
	open(f.App, api, door{http.MethodDelete, "/api/follows/{id}", signedIn, models.Say("Follow an author no more"), nil}, f.Delete)
}

// APIFollow is an author whom a user follows.
type APIFollow struct {
	UserID    int64      `json:"user_id"`
	Username  string     `json:"username"`
	Name      string     `json:"name"`
	PostCount int        `json:"post_count"`
	LastPost  *time.Time `json:"last_post_at" nullable:"true"`
	Since     time.Time  `json:"since"`
}

type followsReply struct {
	Link string      `header:"Link"`
	Body []APIFollow `nullable:"false"`
}

// Index lists them, the last followed first.
func (f APIFollows) Index(c *gin.Context, in *struct {
	Limit int   `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After int64 `query:"after" minimum:"1"`
}) (*followsReply, error) {
	list, more, err := f.Store.FollowedAuthors(c.Request.Context(), me(c), in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	reply := &followsReply{Body: make([]APIFollow, len(list))}
	for i, one := range list {
		reply.Body[i] = APIFollow{one.User.ID, one.User.Username, one.User.Name, one.User.PostCount, utc(one.User.LastPostAt), one.At.UTC()}
	}
	if more {
		reply.Link = nextPage(c, formatNumber(list[len(list)-1].ID))
	}
	return reply, nil
}

// APIFollowed says whether the caller follows the author now.
type APIFollowed struct {
	UserID  int64 `json:"user_id"`
	Follows bool  `json:"follows"`
}

type followedReply struct{ Body APIFollowed }

// Create follows an author. Asked for twice it is done once.
func (f APIFollows) Create(c *gin.Context, in *APIByID) (*followedReply, error) {
	return &followedReply{APIFollowed{in.ID, true}}, f.Store.FollowAuthor(c.Request.Context(), me(c), in.ID)
}

// Delete ends it.
func (f APIFollows) Delete(c *gin.Context, in *APIByID) (*followedReply, error) {
	return &followedReply{APIFollowed{in.ID, false}}, f.Store.UnfollowAuthor(c.Request.Context(), me(c), in.ID)
}
