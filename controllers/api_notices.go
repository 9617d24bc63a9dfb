package controllers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APINotices is where programs see what their user is told of.
type APINotices struct{ *App }

func (n APINotices) open(api huma.API) {
	open(n.App, api, door{http.MethodGet, "/api/notices", signedIn, models.Say("List your notices"), nil}, n.Index)
	open(n.App, api, door{http.MethodPost, "/api/notices/read", signedIn, models.Say("Mark notices as read"), nil}, n.Read)
}

// APINotice tells a user of something.
type APINotice struct {
	ID       int64      `json:"id"`
	Kind     string     `json:"kind" enum:"post,mention,author,comment,reply,thanks"`
	By       string     `json:"by,omitempty"`
	PostID   int64      `json:"post_id,omitempty"`
	Title    string     `json:"title,omitempty"`
	Comment  int64      `json:"comment_id,omitempty"`
	Transfer string     `json:"transfer,omitempty"`
	Amount   string     `json:"amount,omitempty"`
	Note     string     `json:"note,omitempty"`
	URL      string     `json:"url"`
	At       time.Time  `json:"at"`
	ReadAt   *time.Time `json:"read_at" nullable:"true"`
}

func (n APINotices) notice(m *models.Notice) APINotice {
	notice := APINotice{ID: m.ID, Kind: m.Kind, Comment: m.CommentID, Note: m.Note, URL: n.url(m.Path()), At: m.At.UTC(), ReadAt: utc(m.ReadAt)}
	if m.By != nil {
		notice.By = m.By.Username
	}
	if m.Post != nil {
		notice.PostID, notice.Title = m.Post.ID, m.Post.Title
	}
	if m.Kind == models.NoticeThanks {
		notice.Transfer, notice.Amount = m.TransferID.String(), m.Amount.StringFixed(2)
	}
	return notice
}

type noticesReply struct {
	Link   string      `header:"Link"`
	Unread string      `header:"X-Unread-Count"`
	Newest string      `header:"X-Newest-Notice"`
	Body   []APINotice `nullable:"false"`
}

// Index lists them, the newest first.
func (n APINotices) Index(c *gin.Context, in *struct {
	Limit  int   `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After  int64 `query:"after" minimum:"1"`
	Unread bool  `query:"unread"`
}) (*noticesReply, error) {
	list, more, newest, err := n.notices(c, models.NoticeList{Unread: in.Unread, Below: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	unread, err := n.Store.UnreadNotices(c.Request.Context(), me(c))
	if err != nil {
		return nil, err
	}
	reply := &noticesReply{Body: make([]APINotice, len(list)), Unread: strconv.Itoa(unread), Newest: formatNumber(newest)}
	for i := range list {
		reply.Body[i] = n.notice(&list[i])
	}
	if more {
		reply.Link = nextPage(c, formatNumber(list[len(list)-1].ID))
	}
	return reply, nil
}

// APIReadNotices says which notices were read.
type APIReadNotices struct {
	IDs  given[[]int64] `json:"ids" required:"false"`
	UpTo given[int64]   `json:"up_to" required:"false"`
}

// APINoticesRead says how many became read, and how many are not.
type APINoticesRead struct {
	Read   int64 `json:"read"`
	Unread int   `json:"unread"`
}

type noticesReadReply struct {
	Status int
	Body   APINoticesRead
}

const mostRead = 1000

// Read marks notices of these ids, or all up to one, as read. Asked for twice it is done once.
func (n APINotices) Read(c *gin.Context, in *struct{ Body APIReadNotices }) (*noticesReadReply, error) {
	ids, upTo := &in.Body.IDs, &in.Body.UpTo
	var read int64
	var err error
	switch ctx := c.Request.Context(); {
	case ids.wrong || len(ids.value) > mostRead:
		return nil, models.Invalid{"ids": plain("Up to 1000 whole numbers.")}
	case upTo.wrong || upTo.there && upTo.value < 1:
		return nil, models.Invalid{"up_to": plain("The id of a notice.")}
	case upTo.there && !upTo.null:
		read, err = n.Store.ReadNoticesUpTo(ctx, me(c), upTo.value)
	case ids.there && !ids.null:
		read, err = n.Store.ReadNotices(ctx, me(c), ids.value)
	default:
		return nil, missingFields{"ids", "up_to"}
	}
	if err != nil {
		return nil, err
	}
	unread, err := n.Store.UnreadNotices(c.Request.Context(), me(c))
	return &noticesReadReply{http.StatusOK, APINoticesRead{read, unread}}, err
}
