package controllers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// given is a field of a body. A field that is not there is left alone by PATCH; null is the empty value.
type given[T any] struct {
	value              T
	there, null, wrong bool
}

// UnmarshalJSON reads the field. What does not fit, such as a number beyond all bounds, is noted and said later, with the
// field's name.
func (g *given[T]) UnmarshalJSON(data []byte) error {
	g.there, g.null = true, string(data) == "null"
	if g.null {
		_, g.wrong = any(g.value).(bool) // null is neither true nor false
		return nil
	}
	g.wrong = json.Unmarshal(data, &g.value) != nil
	return nil
}

// Schema describes the field as its value.
func (g given[T]) Schema(r huma.Registry) *huma.Schema {
	s := huma.SchemaFromType(r, reflect.TypeFor[T]())
	s.Nullable = false
	return s
}

// said reports whether the field is there with a value.
func (g given[T]) said() bool { return g.there && !g.null }

// or is the value, or nil where the field is not there.
func (g given[T]) or() *T {
	if !g.there {
		return nil
	}
	return &g.value
}

// isEmpty reports whether a text that must be given was not.
func isEmpty(text given[string]) bool { return strings.TrimSpace(text.value) == "" }

// requiredFields are the fields that a body must have.
func requiredFields(path, method string) []string {
	switch {
	case method != http.MethodPost && method != http.MethodPut:
		return nil
	case strings.HasPrefix(path, "/api/users"):
		return []string{"username", "email"}
	case strings.HasSuffix(path, "/transfers"), strings.HasSuffix(path, "/grants"):
		return []string{"to", "amount"}
	case strings.HasSuffix(path, "/reversals"):
		return []string{"reason"}
	case strings.HasSuffix(path, "/restore"):
		return nil
	case strings.HasSuffix(path, "/comments"):
		return []string{"content"}
	case strings.HasSuffix(path, "/hide"):
		return []string{"reason"}
	case strings.HasPrefix(path, "/api/posts"):
		return []string{"title", "content"}
	case strings.HasPrefix(path, "/api/series"):
		return []string{"title"}
	case strings.HasPrefix(path, "/api/calendar"):
		return []string{"title", "date", "zone"}
	case path == "/api/orders":
		return []string{"perk_id"}
	}
	return nil
}

// APIByID is the input of a call about one thing.
type APIByID struct {
	ID int64 `path:"id" minimum:"1"`
}

// APIDone says what was done.
type APIDone struct {
	Message string `json:"message"`
}

type doneReply struct {
	Receipt string `header:"Receipt"`
	Body    APIDone
}

// query is the input of a list that the workshop's own filter reads from the address.
type query struct{ values url.Values }

// Resolve takes the parameters of the address. One that cannot be read is not passed over: it may be a filter.
func (q *query) Resolve(ctx huma.Context) []error {
	var err error
	if q.values, err = url.ParseQuery(ctx.URL().RawQuery); err != nil {
		return []error{&huma.ErrorDetail{Location: "query"}}
	}
	return nil
}

// orElse sets a parameter that was not given.
func (q *query) orElse(name, value string) {
	if strings.TrimSpace(q.values.Get(name)) == "" {
		q.values.Set(name, value)
	}
}

// apiLimit is how long a list is unless the reader asks otherwise.
const apiLimit = "20"

// nextPage is the Link to the rest of a list, with all parameters kept; empty where this is the last page (RFC 8288).
func nextPage(c *gin.Context, after string) string {
	if after == "" {
		return ""
	}
	values := c.Request.URL.Query()
	values.Set("after", after)
	return "<" + c.Request.URL.EscapedPath() + "?" + values.Encode() + `>; rel="next"`
}

// schemaName names a type in the OpenAPI document: APIUser is User.
func schemaName(t reflect.Type, hint string) string {
	return strings.TrimPrefix(huma.DefaultSchemaNamer(t, hint), "API")
}

// receiptNumber is the number of a receipt as a header says it; of none the header is not sent.
func receiptNumber(id int64) string {
	if id == 0 {
		return ""
	}
	return formatNumber(id)
}
