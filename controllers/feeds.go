package controllers

import (
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Feeds is what readers' programs look at for what is new: as Atom, or as JSON Feed where the address ends so. Whoever asks, they hold
// what visitors may read.
type Feeds struct{ *App }

const (
	postsPerFeed = 20
	feedBytes    = 1 << 20 // no further post when the texts come to so much: the rest is on the next page
)

// feed is a list as readers' programs show it. Addresses are whole.
type feed struct {
	ID, Title  string
	Page, Self string // the list as a page, and the feed itself
	Next       string // the feed's next page; empty: there is none
	Updated    time.Time
	Entries    []feedEntry
}

type feedEntry struct {
	ID, Title, Page    string
	HTML, Lang         string
	Published, Updated time.Time
	Authors            []feedAuthor
	Tags               []string
	Files              []feedFile

	Answers, AnswersPage string // of a comment: the ID of what it answers, and its page
}

type feedAuthor struct{ Name, Page string }

// feedFile is a file that goes with an entry.
type feedFile struct {
	Page, Type, Name string
	Size             int64
}

// feedLink is a feed in the head of a page.
type feedLink struct {
	Title string
	Path  string
}

// Site is the feed of all posts.
func (f Feeds) Site(c *gin.Context) error {
	return f.answer(c, func() (*feed, error) {
		return f.posts(c, &feed{Title: f.SiteName, Page: "/", Self: "/feed", Updated: time.Unix(0, 0)}, models.PostList{})
	})
}

// User is the feed of an author's posts. Under a name that the author had before, it leads to the present one.
func (f Feeds) User(c *gin.Context) error {
	moved := ""
	err := f.answer(c, func() (*feed, error) {
		user, err := f.Store.UserOfName(c.Request.Context(), c.Param("username"))
		if err != nil {
			return nil, err
		}
		if !strings.EqualFold(user.Username, c.Param("username")) {
			moved = user.Path() + "/feed" + path.Ext(c.Request.URL.Path)
			return nil, models.ErrNotFound
		}
		return f.posts(c, &feed{Title: user.Name + " · " + f.SiteName, Page: user.Path(), Self: user.Path() + "/feed", Updated: user.CreatedAt}, models.PostList{UserID: user.ID})
	})
	if moved == "" {
		return err
	}
	c.Header("Cache-Control", "no-cache") // they may take the old name back
	c.Redirect(http.StatusMovedPermanently, moved)
	return nil
}

// Tag is the feed of the posts of a tag. Under a name that editors changed it is that of what the tag is now.
func (f Feeds) Tag(c *gin.Context) error {
	return f.answer(c, func() (*feed, error) {
		name := models.TagOf(c.Param("tag"))
		if name == "" {
			return nil, models.ErrNotFound
		}
		tag, err := f.Store.Tag(c.Request.Context(), nil, name)
		if err == nil && tag.Into != "" {
			tag, err = f.Store.Tag(c.Request.Context(), nil, tag.Into)
		}
		if err != nil {
			return nil, err
		}
		if tag.Posts == 0 {
			return nil, models.ErrNotFound
		}
		return f.posts(c, &feed{Title: tag.Name + " · " + f.SiteName, Page: tag.Path(), Self: tag.Path() + "/feed"}, models.PostList{Tag: tag.Name})
	})
}

// answer answers with a feed, as its address says.
func (f Feeds) answer(c *gin.Context, read func() (*feed, error)) error {
	kind, encode := "application/atom+xml", atomFeed
	if strings.HasSuffix(c.Request.URL.Path, ".json") {
		kind, encode = "application/feed+json", jsonFeed
	}
	return f.document(c, kind, func() ([]byte, error) {
		found, err := read()
		if err != nil {
			return nil, err
		}
		return encode(found)
	})
}

// posts fills a feed with the posts of a list, whole, from the place that the address says. Page and Self are paths still, the latter
// without its end.
func (f Feeds) posts(c *gin.Context, made *feed, list models.PostList) (*feed, error) {
	ctx := c.Request.Context()
	name, err := f.Store.FeedID(ctx)
	if err != nil {
		return nil, err
	}
	list.Limit, list.HTML = postsPerFeed, true
	if list.After, err = models.ParsePostKey(c.Query("after")); err != nil {
		return nil, err
	}
	posts, more, err := f.Store.Posts(ctx, nil, list)
	if err != nil {
		return nil, err
	}
	enclosed, err := f.Store.Enclosed(ctx, posts)
	if err != nil {
		return nil, err
	}
	size := 0
	for i := range posts {
		if size += len(posts[i].ContentHTML); i > 0 && size > feedBytes {
			posts, more = posts[:i], true
			break
		}
		entry, err := f.entry(&posts[i])
		if err != nil {
			return nil, err
		}
		entry.ID = name("post", posts[i].ID)
		for _, file := range enclosed[posts[i].ID] {
			entry.Files = append(entry.Files, feedFile{f.address(file.Path()), file.Type, file.Name, file.Size})
		}
		made.add(entry)
	}
	next := ""
	if more {
		next = posts[len(posts)-1].Key().String()
	}
	f.place(c, made, name, list.After.String(), next)
	return made, nil
}

// add adds an entry behind the others.
func (f *feed) add(entry feedEntry) {
	if entry.Updated.After(f.Updated) {
		f.Updated = entry.Updated
	}
	f.Entries = append(f.Entries, entry)
}

// place makes whole addresses of the feed's paths, and names it. after and next are places in its list; they may be empty.
func (f Feeds) place(c *gin.Context, made *feed, name func(string, int64) string, after, next string) {
	made.Self += c.Request.URL.Path[strings.LastIndexByte(c.Request.URL.Path, '.'):]
	made.ID = name("feed "+made.Self, 0)
	if next != "" {
		made.Next = f.address(made.Self + "?after=" + next)
	}
	if after != "" {
		made.Self += "?after=" + after
	}
	made.Page, made.Self = f.address(made.Page), f.address(made.Self)
}

func (f Feeds) entry(post *models.Post) (entry feedEntry, err error) {
	entry = feedEntry{Title: post.Title, Page: f.address(post.Path()), Lang: post.Lang, Published: post.Date(), Updated: changed(post), Tags: post.Tags}
	for _, author := range append([]*models.User{post.User}, post.Authors...) {
		entry.Authors = append(entry.Authors, feedAuthor{author.Name, f.address(author.Path())})
	}
	entry.HTML, err = wholeLinks(post.ContentHTML, entry.Page)
	return entry, err
}

// feeds are what the head of a page says of feeds: the site's own, and before it those that belong to the page.
func (a *App) feeds(own ...feedLink) []feedLink {
	return append(own, feedLink{a.SiteName, "/feed.xml"})
}
