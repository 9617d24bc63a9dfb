package controllers

import (
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APITags is where programs see what posts are about.
type APITags struct{ *App }

// APITag is a tag with the number of posts that who asks finds under it.
type APITag struct {
	Tag   string `json:"tag"`
	Posts int64  `json:"posts"`
}

type tagsReply struct {
	Link string   `header:"Link"`
	Body []APITag `nullable:"false"`
}

// Index lists tags, the most used first.
func (t APITags) Index(c *gin.Context, in *struct {
	Limit int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After string `query:"after"`
	Q     string `query:"q"`
}) (*tagsReply, error) {
	tags, more, err := t.Store.Tags(c.Request.Context(), me(c), models.TagList{Prefix: in.Q, After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	reply := &tagsReply{Body: make([]APITag, len(tags))}
	for i, tag := range tags {
		reply.Body[i] = APITag{tag.Name, tag.Posts}
	}
	if more {
		reply.Link = nextPage(c, tags[len(tags)-1].Key())
	}
	return reply, nil
}
