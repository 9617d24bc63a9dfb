package controllers

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIError is every answer of the API that is not the one asked for. Error is one of few fixed sentences; Fields says
// what is wrong with each field, by its name. Where an act was refused, the new rehearsal and the difference are there, or
// what stands in the way of taking it back.
type APIError struct {
	Sentence  string            `json:"error"`
	Fields    map[string]string `json:"fields"`
	RequestID string            `json:"request_id"`

	Rehearsal  string          `json:"rehearsal,omitempty"`
	Difference *APIDifference  `json:"difference,omitempty"`
	InTheWay   []APIActRefused `json:"in_the_way,omitempty"`

	status int
}

// Error is the fixed sentence.
func (e *APIError) Error() string { return e.Sentence }

// GetStatus is the HTTP status.
func (e *APIError) GetStatus() int { return e.status }

// failedAPI answers an error status in JSON. It needs no database.
func (a *App) failedAPI(c *gin.Context, status int, err error) {
	answer := &APIError{Sentence: apiSentence(c.Request.URL.Path, status, err), Fields: map[string]string{}, RequestID: c.GetString(keyRequestID)}
	var invalid models.Invalid
	var conflict *models.Conflict
	var missing missingFields
	var suspended *models.Suspended
	var changed *models.SetChanged
	var way *models.InTheWay
	switch {
	case errors.As(err, &suspended):
		answer.Fields["user"] = "You are suspended until " + suspended.Until.Format(time.RFC3339) + ": you can read, and not write. The reason: " + suspended.Reason
	case errors.As(err, &changed):
		answer.Rehearsal, answer.Difference = changed.Rehearsal.Key.String(), apiDifference(changed.Rehearsal.TargetKind, &changed.Difference)
	case errors.As(err, &way):
		for _, row := range way.Rows {
			answer.InTheWay = append(answer.InTheWay, apiInTheWay(way.TargetKind, row))
		}
	case errors.As(err, &missing):
		for _, field := range missing {
			answer.Fields[field] = "This is required."
		}
	case errors.As(err, &invalid):
		answer.says(invalid)
	case errors.As(err, &conflict):
		answer.says(conflict.Fields)
	}
	if status == http.StatusUnauthorized {
		challenge := `Bearer realm="api"`
		if _, ok := bearer(c.Request); ok {
			challenge += `, error="invalid_token"`
		}
		c.Header("WWW-Authenticate", challenge)
	}
	body, _ := json.Marshal(answer)
	c.Data(status, "application/json", body)
	c.Abort()
}

func (e *APIError) says(invalid models.Invalid) {
	for field, sentence := range invalid {
		if field == "" {
			field = "body"
		}
		e.Fields[field] = sentence.String()
	}
}

// apiSentence is what the API says of a status. Programs rely on these words.
func apiSentence(path string, status int, err error) string {
	var conflict *models.Conflict
	var missing missingFields
	var changed *models.SetChanged
	var way *models.InTheWay
	switch status {
	case http.StatusBadRequest:
		if errors.As(err, &missing) {
			return "Missing required fields"
		}
		return "The body is not JSON"
	case http.StatusUnauthorized:
		return "A valid token is needed"
	case http.StatusForbidden:
		return "Not allowed"
	case http.StatusNotFound:
		if said := notFoundSentence(path, err); said != "" {
			return said
		}
		return "Not found"
	case http.StatusMethodNotAllowed:
		return "Method not allowed"
	case http.StatusConflict:
		switch {
		case errors.As(err, &conflict) && conflict.Missing:
			return "Related resource does not exist"
		case errors.As(err, &conflict) && conflict.Say.Text != "":
			return conflict.Say.String()
		case errors.As(err, &changed):
			return changed.Error()
		case errors.As(err, &way):
			return way.Error()
		}
		return "Resource already exists"
	case http.StatusPreconditionFailed:
		if strings.HasPrefix(path, "/api/comments/") {
			return "The comment has changed since"
		}
		return "The post has changed since"
	case http.StatusRequestEntityTooLarge:
		return "The body is too large"
	case http.StatusUnsupportedMediaType:
		if strings.HasPrefix(path, "/api/admin/imports") {
			return "The body must be text/csv"
		}
		if strings.HasSuffix(path, "/files") || strings.HasSuffix(path, "/avatar") {
			return "The body must be multipart/form-data"
		}
		if path == "/api/imports" {
			return "The body must be application/zip"
		}
		return "The body must be application/json"
	case http.StatusUnprocessableEntity:
		return "A field has a wrong value"
	case http.StatusTooManyRequests:
		return "Too many requests"
	case http.StatusServiceUnavailable:
		return "Database operation failed"
	}
	return "An unexpected error occurred"
}

// errNotID: what stands in the path where an id should be is none, so nothing can be there.
var errNotID = errors.New("not an id")

func notFoundSentence(path string, err error) string {
	switch {
	case errors.Is(err, errNotID) && strings.HasPrefix(path, "/api/posts/"):
		return "Post not found"
	case errors.Is(err, errNotID) && (strings.HasPrefix(path, "/api/admin/imports/") || strings.HasPrefix(path, "/api/imports/")):
		return "Import not found"
	case errors.Is(err, errNotID) && strings.HasPrefix(path, "/api/comments/"):
		return "Comment not found"
	case errors.Is(err, errNotID) && strings.HasPrefix(path, "/api/orders/"):
		return "Order not found"
	case errors.Is(err, errNotID) && strings.HasPrefix(path, "/api/admin/transfers/"):
		return "Transfer not found"
	case errors.Is(err, errNotID) && strings.HasPrefix(path, "/api/files/"):
		return "File not found"
	case errors.Is(err, errNotID) && strings.HasPrefix(path, "/api/calendar/"):
		return "Event not found"
	case errors.Is(err, errNotID) && strings.HasPrefix(path, "/api/tags/"):
		return "Change not found"
	case errors.Is(err, errNotID) && !strings.HasPrefix(path, "/api/admin/"):
		return "User not found"
	case errors.Is(err, models.ErrNotFound):
		if said := err.Error(); slices.Contains([]string{"User not found", "Post not found", "Comment not found", "Revision not found", "Import not found", "Target user not found", "Transfer not found", "Perk not found", "Order not found", "Series not found", "Event not found", "File not found", "Tag not found", "Change not found"}, said) {
			return said
		}
	}
	return ""
}

// missingFields are the required fields that a body lacks.
type missingFields []string

// Error names the fields.
func (m missingFields) Error() string { return "missing: " + strings.Join(m, ", ") }

// lack adds a field where the body lacks it.
func (m *missingFields) lack(field string, lacks bool) {
	if lacks {
		*m = append(*m, field)
	}
}

// or returns them as an error, or nil where no field is missing.
func (m missingFields) or() error {
	if len(m) == 0 {
		return nil
	}
	return m
}

// plain is a sentence of the API alone, which speaks English only.
func plain(text string) models.Sentence { return models.Sentence{Text: text} }

// huma asks these two for every error of its own, and for the type that its document describes. A name in another case is
// another name, and unknown.
func init() {
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError { return &APIError{status: status} }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		return refused(humagin.Unwrap(ctx), ctx.Operation(), status, errs)
	}
}

// refused turns what huma finds wrong with parameters and body into the API's own words.
func refused(c *gin.Context, op *huma.Operation, status int, errs []error) *APIError {
	c.Header("Cache-Control", "no-store")
	answer := &APIError{Fields: map[string]string{}, RequestID: c.GetString(keyRequestID), status: status}
	var cause error
	for _, err := range errs {
		var detail *huma.ErrorDetail
		if !errors.As(err, &detail) {
			continue
		}
		place, field, _ := strings.Cut(detail.Location, ".")
		switch {
		case place == "path":
			answer.status, answer.Fields, cause = http.StatusNotFound, map[string]string{}, errNotID
		case cause == nil && status == http.StatusUnprocessableEntity:
			field, _, _ = strings.Cut(field, ".")
			field, _, _ = strings.Cut(field, "[")
			if field == "" {
				field = place
			}
			if answer.Fields[field] == "" {
				answer.Fields[field] = fault(detail.Message)
			}
		}
	}
	if status == http.StatusBadRequest && len(errs) == 0 { // no body at all
		required := requiredFields(op.Path, op.Method)
		for _, field := range required {
			answer.Fields[field] = "This is required."
		}
		if len(required) > 0 {
			cause = missingFields(required)
		}
	}
	answer.Sentence = apiSentence(c.Request.URL.Path, answer.status, cause)
	return answer
}

// faults are huma's words for what is of the wrong kind, and ours.
var faults = map[string]string{
	"invalid integer":     "This is a whole number.",
	"expected integer":    "This is a whole number.",
	"expected number":     "This is a number.",
	"expected string":     "This is a text.",
	"expected boolean":    "This is true or false.",
	"expected array":      "This is a list.",
	"expected object":     "This is an object: names with values.",
	"unexpected property": "There is no such field.",
}

func fault(message string) string {
	if said, ok := faults[message]; ok {
		return said
	}
	if n, ok := strings.CutPrefix(message, "expected number >= "); ok {
		return "This is at least " + n + "."
	}
	if n, ok := strings.CutPrefix(message, "expected number <= "); ok {
		return "This is at most " + n + "."
	}
	if names, ok := strings.CutPrefix(message, "expected value to be one of "); ok {
		return "This is one of: " + strings.Trim(names, `"`) + "."
	}
	return "This cannot be used."
}
