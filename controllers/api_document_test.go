package controllers

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
)

// apiAlone is the API with its routes and its document, without a database.
func apiAlone(t *testing.T) (*gin.Engine, APIDocs) {
	t.Helper()
	a, err := New(nil, Config{SiteName: "Postroom", Log: slog.New(slog.DiscardHandler), Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	return r, a.api(r, r.Group(""))
}

func TestTheOpenAPIDocumentIsValid(t *testing.T) {
	_, docs := apiAlone(t)
	doc, err := openapi3.NewLoader().LoadFromData(docs.document)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("the document is of OpenAPI %s", doc.OpenAPI)
	}
	for name, schema := range doc.Components.Schemas {
		for field, property := range schema.Value.Properties {
			if property.Value.Description == "" {
				t.Errorf("%s.%s has no words", name, field)
			}
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Summary == "" || op.Security == nil || len(*op.Security) < 2 {
				t.Errorf("%s %s lacks a summary or who may call it", method, path)
			}
			for _, status := range []string{"401", "500", "503"} {
				if op.Responses.Value(status) == nil {
					t.Errorf("%s %s lacks the reply %s", method, path, status)
				}
			}
			for _, parameter := range op.Parameters {
				if parameter.Value.Description == "" {
					t.Errorf("%s %s: %s has no words", method, path, parameter.Value.Name)
				}
			}
		}
	}
}

func TestTheDocumentAndTheRoutesAreTheSame(t *testing.T) {
	r, docs := apiAlone(t)
	doc, err := openapi3.NewLoader().LoadFromData(docs.document)
	if err != nil {
		t.Fatal(err)
	}
	var documented, routed []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	for _, route := range r.Routes() {
		if route.Method == "HEAD" || route.Path == "/api/docs" || route.Path == "/api/openapi.json" {
			continue
		}
		routed = append(routed, route.Method+" "+regexp.MustCompile(`:(\w+)`).ReplaceAllString(route.Path, "{$1}"))
	}
	slices.Sort(documented)
	slices.Sort(routed)
	if len(routed) < 17 || !slices.Equal(documented, routed) {
		t.Errorf("documented:\n%s\nrouted:\n%s", strings.Join(documented, "\n"), strings.Join(routed, "\n"))
	}
}

func TestEveryWordIsSpoken(t *testing.T) {
	_, docs := apiAlone(t)
	used := map[string]bool{}
	ids := map[string]bool{}
	for _, op := range operations(docs.doc) {
		ids[op.OperationID] = true
		for _, param := range op.Parameters {
			used[paramWord(op, param.Name)] = true
		}
		for _, reply := range op.Responses {
			for name := range reply.Headers {
				used["!"+name] = true
			}
		}
	}
	for name, schema := range docs.doc.Components.Schemas.Map() {
		for field := range schema.Properties {
			used[field], used[name+"."+field] = true, true
		}
	}
	for name := range words {
		if !used[name] {
			t.Errorf("nothing has the name %s", name)
		}
	}
	for id := range details {
		if !ids[id] {
			t.Errorf("no call is named %s", id)
		}
	}
}

func TestHumaKnowsOurErrors(t *testing.T) {
	if err := huma.NewError(404, "x"); err.GetStatus() != 404 || err.Error() != "" {
		t.Errorf("%+v", err)
	}
	if got := fault("expected something new"); got != "This cannot be used." {
		t.Error(got)
	}
}
