package controllers

import (
	"github.com/danielgtaylor/huma/v2"

	"postroom/models"
)

// userFilters are the parameters of a list of users, as ParseUserFilter reads them.
func userFilters() []*huma.Param {
	low, high, young, old := 1.0, 100.0, 0.0, 150.0
	var columns []any
	for _, column := range models.UserSorts() {
		columns = append(columns, column, "-"+column)
	}
	whole := func(low, high *float64) *huma.Schema {
		return &huma.Schema{Type: huma.TypeInteger, Minimum: low, Maximum: high}
	}
	text := func(format string, values ...any) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Format: format, Enum: values}
	}
	limit := whole(&low, &high)
	limit.Default = 20
	params := []*huma.Param{{Name: "limit", Schema: limit}, {Name: "after", Schema: text("")}, {Name: "q", Schema: text("")},
		{Name: "sort", Schema: text("", columns...)}, {Name: "posts", Schema: text("", "none", "some")},
		{Name: "registered_from", Schema: text("date")}, {Name: "registered_to", Schema: text("date")},
		{Name: "last_post_from", Schema: text("date")}, {Name: "last_post_to", Schema: text("date")},
		{Name: "role", Schema: text("", "user", "editor", "admin")}, {Name: "active", Schema: &huma.Schema{Type: huma.TypeBoolean}},
		{Name: "age_min", Schema: whole(&young, &old)}, {Name: "age_max", Schema: whole(&young, &old)},
		{Name: "state", Schema: text("", models.StateActive, models.StateSuspended, models.StateDeactivated)}, {Name: "posts_min", Schema: whole(&young, nil)}, {Name: "posts_max", Schema: whole(&young, nil)},
		{Name: "last_seen_from", Schema: text("date")}, {Name: "last_seen_to", Schema: text("date")}, {Name: "signed_in", Schema: text("", "never")},
		{Name: "quiet", Schema: text("", "true")}, {Name: "back", Schema: text("", "true")}, {Name: "meta_contains", Schema: text("")}, {Name: "meta.FIELD", Schema: text("")}}
	for _, param := range params {
		param.In = "query"
	}
	return params
}
