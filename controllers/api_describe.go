package controllers

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// operationID names a call: "list-users", "read-user", "list-user-posts".
func operationID(method, path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/api/"), "/")
	one := slices.Contains(parts, "{id}")
	if one || method == http.MethodPost {
		if parts[0] != "series" { // one of them is a series too
			parts[0] = strings.TrimSuffix(parts[0], "s")
		}
		parts = slices.DeleteFunc(parts, func(part string) bool { return part == "{id}" })
	}
	if n := slices.Index(parts, "{number}"); n > 0 {
		parts[n-1] = strings.TrimSuffix(parts[n-1], "s")
		parts = slices.Delete(parts, n, n+1)
		one = len(parts) == n
	} else if len(parts) > 1 {
		one = false
	}
	verb := map[string]string{http.MethodGet: "list", http.MethodPost: "create", http.MethodPut: "replace", http.MethodPatch: "update", http.MethodDelete: "delete"}[method]
	if last := parts[len(parts)-1]; verb == "list" && (one || last == "stats" || last == "statement" || last == "site" || last == "circulation") {
		verb = "read"
	}
	return verb + "-" + strings.Join(parts, "-")
}

func security(d door) []map[string][]string {
	tokenOrSession := []map[string][]string{{"token": {}}, {"session": {}}}
	if d.who == everyone {
		return append([]map[string][]string{{}}, tokenOrSession...)
	}
	return tokenOrSession
}

func errorsOf(d door) []int {
	errors := []int{http.StatusUnauthorized, http.StatusServiceUnavailable}
	if strings.Contains(d.path, "{") {
		errors = append(errors, http.StatusNotFound)
	}
	if d.who != everyone || d.filters != nil || strings.HasSuffix(d.path, "posts") {
		errors = append(errors, http.StatusForbidden)
	}
	if d.filters != nil {
		errors = append(errors, http.StatusUnprocessableEntity)
	}
	if d.method == http.MethodPost || d.method == http.MethodPut || d.method == http.MethodPatch {
		errors = append(errors, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if required := requiredFields(d.path, d.method); slices.Contains(required, "to") || slices.Contains(required, "reason") || slices.Contains(required, "perk_id") {
		errors = append(errors, http.StatusNotFound, http.StatusConflict)
	}
	if d.method != http.MethodGet && strings.HasPrefix(d.path, "/api/users") {
		errors = append(errors, http.StatusConflict)
	}
	return errors
}

// describe adds to the document what types cannot say.
func describe(doc *huma.OpenAPI, cookie, address string) {
	doc.Servers = []*huma.Server{{URL: cmp.Or(strings.TrimSuffix(address, "/"), "/")}}
	doc.Info.Description = "Users, posts and figures as JSON. Without a token or a session: what any visitor may read."
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "A token from the settings, of the scope read, write or admin."},
		"session": {Type: "apiKey", In: "cookie", Name: cookie, Description: "The session of a signed-in browser."},
	}
	for name, schema := range doc.Components.Schemas.Map() {
		switch name {
		case "NewUser", "UserReplacement":
			schema.Required = requiredFields("/api/users", http.MethodPost)
		case "NewPost", "PostReplacement":
			schema.Required = requiredFields("/api/posts", http.MethodPost)
		case "NewSeries", "SeriesReplacement":
			schema.Required = requiredFields("/api/series", http.MethodPost)
		case "NewEvent", "EventReplacement":
			schema.Required = requiredFields("/api/calendar", http.MethodPost)
		case "NewTransfer", "NewGrant":
			schema.Required = requiredFields("/api/transfers", http.MethodPost)
		case "NewComment":
			schema.Required = requiredFields("/api/posts/{id}/comments", http.MethodPost)
		case "NewHide":
			schema.Required = requiredFields("/hide", http.MethodPost)
		case "NewReversal":
			schema.Required = requiredFields("/reversals", http.MethodPost)
		case "NewOrder":
			schema.Required = requiredFields("/api/orders", http.MethodPost)
		case "UserChange", "PostChange", "SeriesChange", "CommentChange", "EventChange", "NewAct", "Undo":
		default: // a reply, which may get further fields
			schema.AdditionalProperties = nil
		}
		for field, property := range schema.Properties {
			w := wordOf(name, field)
			property.Description = w.say.Text
			if w.example != nil {
				property.Examples = []any{w.example}
			}
			property.Extensions = w.limits
			property.WriteOnly = field == "password"
		}
	}
	for _, op := range operations(doc) {
		op.Description = cmp.Or(details[op.OperationID].Text, sayCommentDetails[op.OperationID].Text)
		for _, param := range op.Parameters {
			param.Description = words[paramWord(op, param.Name)].say.Text
			param.Schema.Description = ""
		}
		if op.RequestBody == nil && !slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "query" }) {
			delete(op.Responses, "422") // what is wrong with an id is 404
		}
		if slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == "If-Match" }) {
			op.Responses["412"] = &huma.Response{Description: http.StatusText(http.StatusPreconditionFailed), Content: op.Responses["404"].Content}
		}
		if op.OperationID == "read-post" {
			op.Responses["304"] = &huma.Response{Description: http.StatusText(http.StatusNotModified)}
		}
		for status, reply := range op.Responses {
			if status != "201" {
				delete(reply.Headers, "Location")
			}
			if op.Method == http.MethodGet || op.OperationID == "create-post" {
				delete(reply.Headers, "Receipt")
			}
			for name, header := range reply.Headers {
				header.Description = words["!"+name].say.Text
			}
			if code, _ := strconv.Atoi(status); code == http.StatusUnauthorized {
				reply.Headers = map[string]*huma.Param{"WWW-Authenticate": {Description: "Bearer", Schema: &huma.Schema{Type: huma.TypeString}}}
			}
		}
	}
}

// paramWord is the name under which words says what a parameter is: some mean another thing for posts, orders or perks.
func paramWord(op *huma.Operation, name string) string {
	if own := "?reversals." + name; strings.HasSuffix(op.OperationID, "-reversals") && words[own].say.Text != "" {
		return own
	}
	for call, kind := range map[string]string{"export-posts": "posts", "list-orders": "orders", "list-perks": "perks", "list-tags": "tags", "list-comments": "comments", "update-tag": "tag-change",
		"list-notices": "notices"} {
		if own := "?" + kind + "." + name; strings.HasPrefix(op.OperationID, call) && words[own].say.Text != "" {
			return own
		}
	}
	return "?" + name
}

func wordOf(schema, field string) word {
	if w, ok := words[schema+"."+field]; ok {
		return w
	}
	return words[field]
}

// operations are the calls of the document in the order of their addresses.
func operations(doc *huma.OpenAPI) []*huma.Operation {
	var list []*huma.Operation
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				list = append(list, op)
			}
		}
	}
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	slices.SortFunc(list, func(a, b *huma.Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(slices.Index(methods, a.Method), slices.Index(methods, b.Method)))
	})
	return list
}
