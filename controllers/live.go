package controllers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Live tells pages what has changed, as server-sent events, for as long as they stay.
type Live struct{ *App }

const (
	liveBeat  = 15 * time.Second // a comment says that the stream is alive
	liveWrite = 10 * time.Second // a reader who takes nothing for so long is cut off, and comes back
	liveLife  = time.Hour        // then the reader comes back, so that nothing is held for ever

	// Pages look at what has changed spread over this time for each page that follows, so that a change does not bring all of
	// them at once.
	liveSpread    = 20 * time.Millisecond
	liveSpreadMax = 10 * time.Second
)

// liveChange is the data of an event.
type liveChange struct {
	ID     int64     `json:"id"`
	Kind   string    `json:"kind"`
	Ref    int64     `json:"ref,omitempty"`
	At     time.Time `json:"at"`
	Spread int64     `json:"spread"` // milliseconds
}

// Show streams what the user may see. Last-Event-ID tells from where on.
func (l Live) Show(c *gin.Context) {
	by, session := me(c), mySession(c)
	if by == nil {
		c.Header("Cache-Control", "no-store")
		c.String(http.StatusUnauthorized, "Sign in first.\n")
		return
	}
	defer l.unhurried(c, liveLife)()
	ctx, cancel := context.WithCancel(c.Request.Context())
	defer cancel()
	defer context.AfterFunc(l.streaming, cancel)()
	follower, err := l.Store.Follow(ctx, by, session.ID, c.GetHeader("Last-Event-ID"))
	if err != nil {
		l.refuse(c, err)
		return
	}
	defer follower.Close()
	header := c.Writer.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
	stream := liveStream{c.Writer, http.NewResponseController(c.Writer), follower, l.Store, true}
	err = stream.begin()
	for err == nil {
		err = stream.next(ctx)
	}
	l.Log.Debug("a stream ends", "id", c.GetString(keyRequestID), "because", err)
}

// looksAgain reports whether the request is of an open page that follows, and has heard of a change.
func looksAgain(c *gin.Context) bool { return c.GetHeader("X-Live") != "" }

// refuse says why there is no stream, in words for who reads the console of a browser.
func (l Live) refuse(c *gin.Context, err error) {
	c.Header("Cache-Control", "no-store")
	var tooMany *models.TooMany
	switch {
	case errors.As(err, &tooMany):
		c.Header("Retry-After", strconv.Itoa(int(tooMany.Wait.Seconds())))
		c.String(http.StatusTooManyRequests, "You follow at 20 places already. Close one of the pages.\n")
	case errors.Is(err, models.ErrStopping), errors.Is(err, models.ErrUnavailable):
		c.Header("Retry-After", strconv.Itoa(retryAfter))
		c.String(http.StatusServiceUnavailable, "Back in a moment.\n")
	default:
		l.fail(c, err)
	}
}

// liveStream writes what a follower hears.
type liveStream struct {
	http.ResponseWriter
	control   *http.ResponseController
	follower  *models.Follower
	store     *models.Store
	listening bool
}

// begin says at once when to come back after a break: not all at the same moment.
func (s *liveStream) begin() error {
	return s.send(fmt.Appendf(nil, "retry: %d\n\n", 2000+rand.IntN(3000)))
}

// next writes the next news, or after a while without any that the stream is alive.
func (s *liveStream) next(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, liveBeat)
	defer cancel()
	news, err := s.follower.Next(waiting)
	switch {
	case err == nil:
		s.listening = news.Listening
		return s.send(s.beat(s.encode(news)))
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return s.send(s.beat(nil))
	}
	return err
}

// encode writes the events. Each but the last of them sends a reader who loses the rest back to before all of them.
func (s *liveStream) encode(news models.News) []byte {
	var b []byte
	spread := min(time.Duration(s.store.Followers())*liveSpread, liveSpreadMax).Milliseconds()
	if news.Reset {
		b = fmt.Appendf(b, "id: %s\nevent: reset\ndata: {\"spread\":%d}\n\n", news.Cursor, spread)
	}
	for i, event := range news.Events {
		id := news.Before
		if i == len(news.Events)-1 {
			id = news.Cursor
		}
		data, _ := json.Marshal(liveChange{event.ID, event.Kind, event.Ref, event.At, spread})
		b = fmt.Appendf(b, "id: %s\ndata: %s\n\n", id, data)
	}
	if len(b) == 0 && news.Cursor != "" {
		b = fmt.Appendf(b, "id: %s\n\n", news.Cursor) // without data it is no event, and noted all the same
	}
	return b
}

// beat adds a comment that says whether changes are heard.
func (s *liveStream) beat(b []byte) []byte {
	if s.listening {
		return append(b, ": live\n\n"...)
	}
	return append(b, ": away\n\n"...)
}

func (s *liveStream) send(b []byte) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(liveWrite)); err != nil {
		return err
	}
	if _, err := s.Write(b); err != nil {
		return err
	}
	return s.control.Flush()
}
