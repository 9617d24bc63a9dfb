package controllers

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Notices is where users see what they are told of.
type Notices struct{ *App }

const noticesPerPage = 50

// Index lists them, the newest first.
func (n Notices) Index(c *gin.Context) error {
	below, err := placeInList(c)
	if err != nil {
		return err
	}
	unread := c.Query("unread") == "true"
	list, more, newest, err := n.notices(c, models.NoticeList{Unread: unread, Below: below, Limit: noticesPerPage})
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("Notices"), "Place": "notices", "List": list, "OnlyUnread": unread, "First": below == 0, "Next": "", "Newest": newest}
	if more {
		values["Next"] = formatNumber(list[len(list)-1].ID)
	}
	return n.show(c, http.StatusOK, "notices/index", values)
}

// notices reads a page of the list, and which is the newest of all pages now: what comes later nobody has seen.
func (a *App) notices(c *gin.Context, which models.NoticeList) (list []models.Notice, more bool, newest int64, err error) {
	if newest, err = a.Store.NewestNotice(c.Request.Context(), me(c)); err == nil {
		list, more, err = a.Store.Notices(c.Request.Context(), me(c), which)
	}
	if len(list) > 0 {
		newest = max(newest, list[0].ID)
	}
	return list, more, newest, err
}

// placeInList reads after= of a list that goes down by ids; 0 is its beginning.
func placeInList(c *gin.Context) (below int64, err error) {
	if typed := c.Query("after"); typed != "" {
		if below, err = strconv.ParseInt(typed, 10, 64); err != nil || below < 1 {
			return 0, models.Invalid{"after": models.Say("This is not a place in the list.")}
		}
	}
	return below, nil
}

// Show leads to what a notice is about; it is read from then on.
func (n Notices) Show(c *gin.Context) error {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return err
	}
	find := n.Store.Notice
	if isOpened(c) {
		find = n.Store.OpenNotice
	}
	notice, err := find(c.Request.Context(), me(c), id)
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, notice.Path())
	return nil
}

// Update marks all as read that were there when the page was made, whichever page of the list it is.
func (n Notices) Update(c *gin.Context) error {
	newest, err := pathID(c.PostForm("up_to"))
	if err == nil {
		_, err = n.Store.ReadNoticesUpTo(c.Request.Context(), me(c), newest)
	}
	if err != nil {
		return err
	}
	return n.redirect(c, "/notices", models.Sentence{})
}

// Bell is the entry of the navigation alone, for pages that are open.
func (n Notices) Bell(c *gin.Context) error {
	values, lang := H{}, n.language(c)
	n.furnish(c, lang, values)
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	if err := n.windows.RenderContent(buffer, lang, "notices/bell", values); err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	n.answer(c, http.StatusOK, buffer.Bytes())
	return nil
}

// isOpened reports whether somebody opens the page now: not a program that looks what is there, not a browser that loads what may be opened
// next, not an open page that follows.
func isOpened(c *gin.Context) bool {
	purpose := c.GetHeader("Sec-Purpose") + c.GetHeader("Purpose") + c.GetHeader("X-Moz")
	return c.Request.Method == http.MethodGet && !looksAgain(c) && !strings.Contains(purpose, "prefetch")
}

// seesPost marks as read what the reader is told of a post that they open, and of the comments on the page, and returns how many notices wait
// still. For who has none, it costs nothing.
func (a *App) seesPost(c *gin.Context, post int64, shown []commentRow) int {
	waiting := a.unread(c)
	if waiting == 0 || !isOpened(c) {
		return waiting
	}
	var comments []int64
	for _, row := range shown {
		if !row.Gone && !row.Hidden {
			comments = append(comments, row.ID)
		}
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), time.Second)
	defer cancel()
	read, err := a.Store.ReadNoticesOf(ctx, me(c), post, comments)
	if err != nil {
		a.Log.Debug("notices", "error", err)
	}
	if read == 0 {
		return waiting
	}
	return a.unread(c)
}

// unread counts the notices that wait for who is signed in. A page is shown without them rather than late, or not at all.
func (a *App) unread(c *gin.Context) int {
	ctx, cancel := context.WithTimeout(c.Request.Context(), time.Second)
	defer cancel()
	n, err := a.Store.UnreadNotices(ctx, me(c))
	if err != nil {
		a.Log.Debug("notices", "error", err)
	}
	return n
}
