package controllers

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIDocs is the description of the API, for programs and for people. Both are made from the same document.
type APIDocs struct {
	*App
	doc      *huma.OpenAPI
	document []byte
	etag     string
	groups   []docsGroup
}

type docsGroup struct {
	ID     string
	Title  models.Sentence
	Fields []docsField // of the replies
	Calls  []docsCall
}

type docsCall struct {
	ID, Method, Path, Summary, About string
	Who                              models.Sentence
	Fields                           []docsField
	Body, Reply                      string // examples
	Statuses                         string
}

type docsField struct {
	Name  string
	Kind  []models.Sentence
	About string
}

func newAPIDocs(a *App, doc *huma.OpenAPI) APIDocs {
	document, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		panic(err) // the types are known when the program is built, and tests read the document
	}
	sum := sha256.Sum256(document)
	docs := APIDocs{App: a, doc: doc, document: document, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	docs.groups = []docsGroup{
		{ID: "users", Title: models.Say("Users"), Fields: fieldsOf(doc, false, "User")},
		{ID: "posts", Title: models.Say("Posts"), Fields: fieldsOf(doc, false, "Post", "Writing", "WrittenFile")},
		{ID: "series", Title: models.Say("Series"), Fields: fieldsOf(doc, false, "Series")},
		{ID: "files", Title: models.Say("Files"), Fields: fieldsOf(doc, false, "File")},
		{ID: "comments", Title: models.Say("Comments"), Fields: fieldsOf(doc, false, "Comment")},
		{ID: "calendar", Title: models.Say("Calendar"), Fields: fieldsOf(doc, false, "Event")},
		{ID: "notices", Title: models.Say("Notices"), Fields: fieldsOf(doc, false, "Notice")},
		{ID: "follows", Title: models.Say("Authors you follow"), Fields: fieldsOf(doc, false, "Follow")},
		{ID: "tags", Title: models.Say("Tags"), Fields: fieldsOf(doc, false, "Tag", "TagChange")},
		{ID: "search", Title: models.Say("Search"), Fields: fieldsOf(doc, false, "Found")},
		{ID: "transfers", Title: models.Say("Credits"), Fields: fieldsOf(doc, false, "Transfer", "Statement", "Entry")},
		{ID: "perks", Title: models.Say("Perks"), Fields: fieldsOf(doc, false, "Perk")},
		{ID: "orders", Title: models.Say("Orders"), Fields: fieldsOf(doc, false, "Order")},
		{ID: "stats", Title: models.Say("Figures"), Fields: fieldsOf(doc, false, "UserFigures", "SiteFigures")},
		{ID: "admin", Title: models.Say("For admins"), Fields: fieldsOf(doc, false, "AuditLine", "Rehearsal", "Receipt", "Import", "CirculationPage")},
	}
	for _, op := range operations(doc) {
		for i := range docs.groups {
			if group := &docs.groups[i]; group.ID == op.Tags[0] {
				group.Calls = append(group.Calls, describeCall(doc, op))
			}
		}
	}
	return docs
}

// Document is the OpenAPI document.
func (d APIDocs) Document(c *gin.Context) {
	c.Header("ETag", d.etag)
	if matches(c.GetHeader("If-None-Match"), d.etag) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, "application/json", d.document)
}

// Show is the same as a page.
func (d APIDocs) Show(c *gin.Context) error {
	site := d.url("")
	if site == "" {
		site = "http://" + c.Request.Host
	}
	return d.show(c, http.StatusOK, "api_docs/show", H{"Title": models.Say("API"), "Place": "api", "Groups": d.groups, "Address": site, "Statuses": apiStatuses, "Curls": curls(site)})
}

func describeCall(doc *huma.OpenAPI, op *huma.Operation) docsCall {
	call := docsCall{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, About: op.Description, Who: whoMay(op)}
	for _, param := range op.Parameters {
		call.Fields = append(call.Fields, docsField{param.Name, kindOf(param.Schema, param.Required), param.Description})
	}
	if op.RequestBody != nil {
		if content := op.RequestBody.Content["application/json"]; content != nil {
			name := schemaOf(content)
			call.Fields = append(call.Fields, fieldsOf(doc, true, name)...)
			call.Body = example(doc, doc.Components.Schemas.Map()[name])
		} else if content := op.RequestBody.Content["text/csv"]; content != nil {
			call.Body, _ = content.Example.(string)
		}
	}
	statuses := slices.Sorted(maps.Keys(op.Responses))
	for _, status := range statuses {
		if content := op.Responses[status].Content["application/json"]; content != nil && status < "300" && call.Reply == "" {
			call.Reply = example(doc, content.Schema)
		}
	}
	call.Statuses = strings.Join(statuses, ", ")
	return call
}

func schemaOf(content *huma.MediaType) string {
	return content.Schema.Ref[strings.LastIndexByte(content.Schema.Ref, '/')+1:]
}

// fieldsOf are the fields of schemas; those of a body say whether they are required.
func fieldsOf(doc *huma.OpenAPI, body bool, schemas ...string) []docsField {
	var fields []docsField
	for _, name := range schemas {
		schema := doc.Components.Schemas.Map()[name]
		for _, field := range fieldOrder(schema) {
			property := schema.Properties[field]
			fields = append(fields, docsField{field, kindOf(property, body && slices.Contains(schema.Required, field)), property.Description})
		}
	}
	return fields
}

// example is a sample as it reads best: a field a line, short lists and objects in one.
func example(doc *huma.OpenAPI, schema *huma.Schema) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(sample(doc, schema)); err != nil {
		panic(err)
	}
	return strings.TrimSpace(text.String())
}

// sample is what a value of the schema looks like.
func sample(doc *huma.OpenAPI, schema *huma.Schema) any {
	if schema.Ref != "" {
		schema = doc.Components.Schemas.SchemaFromRef(schema.Ref)
	}
	switch {
	case len(schema.Examples) > 0:
		return schema.Examples[0]
	case schema.Type == huma.TypeArray:
		one := sample(doc, schema.Items)
		if object, ok := one.(orderedSample); ok {
			object.listed = true
			one = object
		}
		return []any{one}
	case schema.Type == huma.TypeObject:
		return orderedSample{doc: doc, schema: schema}
	}
	return nil
}

// orderedSample keeps the fields in the order of the table beside it: the required ones first, then by name.
type orderedSample struct {
	doc    *huma.OpenAPI
	schema *huma.Schema
	listed bool
}

// MarshalJSON writes the fields in order.
func (o orderedSample) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for _, name := range fieldOrder(o.schema) {
		one := sample(o.doc, o.schema.Properties[name])
		if one == nil || o.listed && name == "about" { // without an example, or too long for a list
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		value, err := json.Marshal(one)
		if err != nil {
			return nil, err
		}
		out = append(strconv.AppendQuote(out, name), ':')
		out = append(out, value...)
	}
	return append(out, '}'), nil
}

func fieldOrder(schema *huma.Schema) []string {
	order := slices.Clone(schema.Required)
	var rest []string
	for name := range schema.Properties {
		if !slices.Contains(order, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return append(order, rest...)
}

func whoMay(op *huma.Operation) models.Sentence {
	switch who := op.Metadata["who"].(audience); {
	case who == admins:
		return models.Say("Who: admins, with a token of the scope admin.")
	case who == everyone:
		return models.Say("Who: everyone.")
	case op.OperationID == "create-post", op.OperationID == "create-post-comments":
		return models.Say("Who: every user, with a token of the scope write.")
	case op.Tags[0] == "comments": // their details say the rest
		return models.Say("Who: users, with a token of the scope write.")
	case op.OperationID == "read-user-stats":
		return models.Say("Who: the user and admins.")
	case strings.HasPrefix(op.Path, "/api/posts"):
		return models.Say("Who: the author, with a token of the scope write; editors and admins.")
	}
	return models.Say("Who: the user, with a token of the scope write; admins.")
}

// kindOf says what values there can be.
func kindOf(schema *huma.Schema, required bool) []models.Sentence {
	var kind []models.Sentence
	switch {
	case schema.Minimum != nil && schema.Maximum != nil:
		kind = append(kind, models.Say("whole number, %d to %d", int(*schema.Minimum), int(*schema.Maximum)))
	case schema.Type == huma.TypeNumber:
		kind = append(kind, models.Say("number"))
	case schema.Type == huma.TypeInteger:
		kind = append(kind, models.Say("whole number"))
	case schema.Type == huma.TypeBoolean:
		kind = append(kind, models.Say("true or false"))
	case schema.Type == huma.TypeArray && schema.Items.Type == huma.TypeInteger:
		kind = append(kind, models.Say("list of whole numbers"))
	case schema.Type == huma.TypeArray && schema.Items.Type != huma.TypeString:
		kind = append(kind, models.Say("list of objects"))
	case schema.Type == huma.TypeArray:
		kind = append(kind, models.Say("list of texts"))
	case schema.Type == huma.TypeObject:
		kind = append(kind, models.Say("object"))
	case schema.Format == "date":
		kind = append(kind, models.Say("day"))
	case schema.Format == "date-time":
		kind = append(kind, models.Say("moment"))
	case schema.Type == "":
		kind = append(kind, models.Say("anything"))
	default:
		kind = append(kind, models.Say("text"))
	}
	if schema.Nullable {
		kind = append(kind, models.Say("may be null"))
	}
	if required {
		kind = append(kind, models.Say("required"))
	}
	return kind
}

type docsStatus struct {
	Status int
	Error  string
	When   models.Sentence
}

// apiStatuses are the errors that every program must reckon with.
var apiStatuses = []docsStatus{
	{http.StatusBadRequest, "Missing required fields", models.Say("A required field is not there or empty; fields names all of them. Or the body is not JSON.")},
	{http.StatusUnauthorized, "A valid token is needed", models.Say("There is no token, or it has ended.")},
	{http.StatusForbidden, "Not allowed", models.Say("It is not yours, or the token's scope does not reach. Or you are suspended: fields says until when, and why.")},
	{http.StatusNotFound, "User not found", models.Say("There is none, or not for you.")},
	{http.StatusConflict, "Resource already exists", models.Say("A user name or an e-mail address is taken. What else stands in the way has a sentence of its own.")},
	{http.StatusRequestEntityTooLarge, "The body is too large", models.Say("A body may have 4 MB at most, a file of users 200 MB, an archive of posts 512 MB.")},
	{http.StatusUnsupportedMediaType, "The body must be application/json", models.Say("The Content-Type is another.")},
	{http.StatusUnprocessableEntity, "A field has a wrong value", models.Say("fields says which one and why. A field that is not known is wrong too.")},
	{http.StatusInternalServerError, "An unexpected error occurred", models.Say("Our mistake. The log knows it by request_id.")},
	{http.StatusServiceUnavailable, "Database operation failed", models.Say("The database is away. Try again after as many seconds as Retry-After says.")},
}

type curl struct {
	Say     models.Sentence
	Command string
}

// curls are the five commands that show the most.
func curls(address string) []curl {
	const token = ` -H "Authorization: Bearer $TOKEN"`
	const kind = " \\\n  -H \"Content-Type: application/json\""
	body := func(text string) string { return kind + " \\\n  -d '" + text + "' \\\n  " + address }
	return []curl{
		{models.Say("The newest users, five a page:"), fmt.Sprintf(`curl -i "%s/api/users?limit=5"`, address)},
		{models.Say("Write a post:"), "curl" + token + body(`{"title": "Rye, slowly", "content": "Begin the evening before."}`) + "/api/posts"},
		{models.Say("Change its title:"), "curl -X PATCH" + token + body(`{"title": "Rye, even slower"}`) + "/api/posts/1"},
		{models.Say("Make a user, as an admin:"), "curl" + token + body(`{"username": "mai", "email": "mai@example.com"}`) + "/api/users"},
		{models.Say("Rehearse an act on many users, as an admin:"), "curl" + token + body(`{"act": "deactivate", "filter": "q=demo-", "rehearse": true}`) + "/api/admin/acts"},
		{models.Say("Who has published most in the last weeks, as an admin:"), "curl" + token + " \\\n  \"" + address + "/api/stats/users?last_post_from=2026-11-01\""},
	}
}
