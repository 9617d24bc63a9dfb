package controllers

import (
	"html"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APISearch is where programs look for posts.
type APISearch struct{ *App }

// APIFound is a post that was found. What was looked for stands in <mark>; all else of these texts is escaped.
type APIFound struct {
	ID          int64     `json:"id"`
	UserID      int64     `json:"user_id"`
	Username    string    `json:"username"`
	Title       string    `json:"title"`
	TitleHTML   string    `json:"title_html"`
	ExcerptHTML string    `json:"excerpt_html"`
	Tags        []string  `json:"tags" nullable:"false"`
	Status      string    `json:"status"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	PublishedAt time.Time `json:"published_at"`
}

type foundReply struct {
	Link string     `header:"Link"`
	Body []APIFound `nullable:"false"`
}

// Index lists what is found, the best matches first. Where nothing is and a word seems to be mistyped, a link leads to what was probably meant.
func (s APISearch) Index(c *gin.Context, in *query) (*foundReply, error) {
	search, err := models.ParseSearch(in.values, me(c).Location(s.Zone))
	if err != nil {
		return nil, err
	}
	found, err := s.Store.Search(c.Request.Context(), me(c), search)
	if err != nil {
		return nil, err
	}
	reply := &foundReply{Link: nextPage(c, found.Next), Body: make([]APIFound, len(found.Posts))}
	if found.Meant != "" {
		search.Text = found.Meant
		reply.Link = "<" + c.Request.URL.EscapedPath() + "?" + search.Query().Encode() + `>; rel="alternate"; title="did you mean"`
	}
	for i, one := range found.Posts {
		p := &one.Post
		reply.Body[i] = APIFound{ID: p.ID, UserID: p.UserID, Username: p.User.Username, Title: p.Title, TitleHTML: marked(one.Title), ExcerptHTML: marked(one.Excerpt), Tags: p.Tags,
			Status: p.Status, CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(), PublishedAt: p.PublishedAt.UTC()}
		if p.Tags == nil {
			reply.Body[i].Tags = []string{}
		}
	}
	return reply, nil
}

// marked writes a text with its marks as HTML.
func marked(parts []models.Part) string {
	var b strings.Builder
	for _, part := range parts {
		if part.Marked {
			b.WriteString("<mark>" + html.EscapeString(part.Text) + "</mark>")
		} else {
			b.WriteString(html.EscapeString(part.Text))
		}
	}
	return b.String()
}

// searchFilters describe a search, as ParseSearch reads it.
func searchFilters() []*huma.Param {
	low, high := 1.0, 100.0
	text := func(name, format string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeString, Format: format}}
	}
	return []*huma.Param{text("q", ""), text("author", ""), text("tag", ""), text("from", "date"), text("to", "date"), text("after", ""),
		{Name: "limit", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: &low, Maximum: &high, Default: models.DefaultSearchLimit}}}
}
