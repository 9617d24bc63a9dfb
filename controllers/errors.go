package controllers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// fail is the only place that answers an error. What went wrong inside goes to the log, never to the page.
func (a *App) fail(c *gin.Context, err error) {
	if errors.Is(c.Request.Context().Err(), context.Canceled) {
		c.Abort() // who asked has gone: nobody is there to answer, and nothing is wrong
		return
	}
	err = models.Explain(err)
	status := statusOf(err)
	switch status {
	case http.StatusInternalServerError, http.StatusServiceUnavailable:
		a.Log.Error("failed", "id", c.GetString(keyRequestID), "path", c.Request.URL.Path, "error", err)
	}
	a.failed(c, status, err)
}

// statusOf is the HTTP status of an error.
func statusOf(err error) int {
	var invalid models.Invalid
	var tooMany *models.TooMany
	var large *http.MaxBytesError
	var heavy *models.TooLarge
	switch {
	case errors.As(err, &heavy):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, errNoForm):
		return http.StatusBadRequest
	case errors.Is(err, models.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, models.ErrForbidden):
		return http.StatusForbidden
	case errors.Is(err, models.ErrStale):
		return http.StatusPreconditionFailed
	case errors.Is(err, models.ErrConflict):
		return http.StatusConflict
	case errors.As(err, &invalid):
		return http.StatusUnprocessableEntity
	case errors.As(err, &tooMany):
		return http.StatusTooManyRequests
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, models.ErrUnavailable):
		return http.StatusServiceUnavailable
	case errors.Is(err, models.ErrUnsupported):
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}

// retryAfter is how many seconds a browser should wait before it tries an unavailable site again.
const retryAfter = 2

// failed shows the page of an error status. It needs no database.
func (a *App) failed(c *gin.Context, status int, err error) {
	if status == http.StatusServiceUnavailable {
		c.Header("Retry-After", strconv.Itoa(retryAfter))
	}
	var tooMany *models.TooMany
	if errors.As(err, &tooMany) {
		c.Header("Retry-After", strconv.Itoa(int(tooMany.Wait.Seconds())))
	}
	c.Header("Cache-Control", "no-store")
	if c.Writer.Written() {
		c.Abort() // half an answer is out: all that is left is to end it
		return
	}
	if isAPI(c) {
		a.failedAPI(c, status, err)
		return
	}
	var suspended *models.Suspended
	if errors.As(err, &suspended) {
		suspended.Until = suspended.Until.In(me(c).Location(a.Zone))
	}
	heading, text := a.errorWords(status, err)
	values := H{"Title": heading, "Heading": heading, "Text": text, "Status": status, "Number": c.GetString(keyRequestID), "Path": c.Request.URL.Path, "SignIn": ""}
	if errors.Is(err, models.ErrMembersOnly) {
		values["SignIn"] = signInPath(c)
	}
	if errors.Is(err, models.ErrNoLink) {
		values["Path"] = ""
	}
	if problem := a.show(c, status, "errors/show", values); problem != nil {
		a.Log.Error("error page", "id", c.GetString(keyRequestID), "error", problem)
		c.String(http.StatusInternalServerError, "An unexpected error occurred")
	}
	c.Abort()
}

func (a *App) errorWords(status int, err error) (heading, text models.Sentence) {
	var conflict *models.Conflict
	var invalid models.Invalid
	var suspended *models.Suspended
	switch {
	case status == http.StatusBadRequest:
		return models.Say("This cannot be read"), models.Say("What the browser sent is not a form of this site. Go back and try once more.")
	case errors.As(err, &suspended):
		return models.Say("You are suspended"), suspended.Say()
	case errors.Is(err, models.ErrMembersOnly):
		return models.Say("For members"), models.Say("The author wrote this post for who is signed in.")
	case status == http.StatusForbidden:
		return models.Say("Not yours to open"), models.Say("Your account may not do this. If it should, ask an admin.")
	case errors.Is(err, models.ErrNoLink):
		return models.Say("This link has ended"), models.Say("It has been used, or its time is over. Ask an admin for a new one.")
	case status == http.StatusNotFound:
		return models.Say("Nothing in this pigeonhole"), models.Say("It may have been moved, taken down by its author, or never been there.")
	case status == http.StatusMethodNotAllowed:
		return models.Say("Not that way"), models.Say("This address is there, but not for what the browser asked of it.")
	case status == http.StatusConflict:
		if errors.As(err, &conflict) && conflict.Say.Text != "" {
			return models.Say("This cannot be done"), conflict.Say
		}
		return models.Say("This cannot be done"), models.Say("It clashes with what is there already.")
	case status == http.StatusRequestEntityTooLarge:
		return models.Say("Too large"), models.Say("A form may have 4 MB at most. Go back: what you wrote is still there.")
	case status == http.StatusUnprocessableEntity:
		if errors.As(err, &invalid) {
			for _, sentence := range invalid {
				return models.Say("Something is not right"), sentence
			}
		}
		return models.Say("Something is not right"), models.Say("A value in the address cannot be used.")
	case status == http.StatusTooManyRequests:
		return models.Say("Too many tries"), a.waitWords(err)
	case errors.Is(err, models.ErrBusy):
		return models.Say("Too many at once"), models.Say("Others were changing the same at that moment, and nothing was changed. Send it again: it is done once.")
	case status == http.StatusServiceUnavailable:
		return models.Say("Back in a moment"), models.Say("The database is away. What was saved is safe. Load the page again in a few seconds.")
	}
	return models.Say("Something broke"), models.Say("This is our mistake, and it is in the log. What was saved is safe.")
}

// waitWords says how long to wait.
func (a *App) waitWords(err error) models.Sentence {
	var tooMany *models.TooMany
	if errors.As(err, &tooMany) {
		return models.Say("Try again in %d minutes.", max(1, int((tooMany.Wait-time.Second+time.Minute-1)/time.Minute)))
	}
	return models.Say("Try again in a few minutes.")
}

// notFound answers for addresses that nobody has. One with a slash too many is led to the right one.
func (a *App) notFound(c *gin.Context) {
	path := c.Request.URL.Path
	if trimmed := strings.TrimRight(path, "/"); c.Request.Method == http.MethodGet && trimmed != path && trimmed != "" && localPath(trimmed, "") != "" && !isAPI(c) {
		to := url.URL{Path: trimmed, RawQuery: c.Request.URL.RawQuery}
		c.Redirect(http.StatusMovedPermanently, to.String())
		return
	}
	a.failed(c, http.StatusNotFound, nil)
}

func (a *App) notAllowed(c *gin.Context) { a.failed(c, http.StatusMethodNotAllowed, nil) }
