package models

// exportKind says how the text of a value, as PostgreSQL gives it, is written.
type exportKind byte

const (
	exportText    exportKind = iota
	exportNumber             // as it is
	exportDecimal            // in JSON a text, as the API writes amounts: a float would not keep it
	exportFlag               // true or false
	exportMoment             // in UTC: 2026-11-21T10:00:00Z
	exportJSON               // as it is; in CSV the text of it
)

// exportColumn is a column that can be exported.
type exportColumn struct {
	name, expression string
	kind             exportKind
	extra            bool   // only where it is asked for
	json             string // another expression for JSON lines, of the kind exportJSON
	field            string // the field of users' own that meta.FIELD names
}

// exportColumns are all columns there are. The password's hash is none of them. The import knows those of users by the same
// names.
var exportColumns = map[string][]exportColumn{
	"users": {
		{name: "id", expression: "id", kind: exportNumber},
		{name: "username", expression: "username"},
		{name: "email", expression: "email"},
		{name: "name", expression: "name"},
		{name: "age", expression: "age", kind: exportNumber},
		{name: "role", expression: "role"},
		{name: "is_active", expression: "is_active", kind: exportFlag},
		{name: "credits", expression: "credits", kind: exportDecimal},
		{name: "post_count", expression: "post_count", kind: exportNumber},
		{name: "last_post_at", expression: "last_post_at", kind: exportMoment},
		{name: "last_seen_at", expression: "last_seen_at", kind: exportMoment},
		{name: "created_at", expression: "created_at", kind: exportMoment},
		{name: "metadata", expression: "metadata", kind: exportJSON},
		{name: "state", expression: "case when not is_active then 'deactivated' when suspended_until > now() then 'suspended' else 'active' end", extra: true},
		{name: "suspended_until", expression: "suspended_until", kind: exportMoment, extra: true},
		{name: "contacted_at", expression: "contacted_at", kind: exportMoment, extra: true},
		{name: "about", expression: "about", extra: true},
	},
	"posts": {
		{name: "id", expression: "id", kind: exportNumber},
		{name: "user_id", expression: "user_id", kind: exportNumber},
		{name: "username", expression: "(select username from users where id = posts.user_id)"},
		{name: "title", expression: "title"},
		{name: "content", expression: "content"},
		{name: "tags", expression: "array_to_string(tags, ', ')", json: "to_jsonb(tags)"},
		{name: "status", expression: "status"},
		{name: "created_at", expression: "created_at", kind: exportMoment},
		{name: "updated_at", expression: "updated_at", kind: exportMoment},
		{name: "published_at", expression: "published_at", kind: exportMoment},
		{name: "visibility", expression: "visibility"},
		{name: "publish_at", expression: "publish_at", kind: exportMoment},
		{name: "lang", expression: "lang"},
		{name: "words", expression: "words", kind: exportNumber, extra: true},
		{name: "excerpt", expression: "excerpt", extra: true},
		{name: "content_html", expression: "content_html", extra: true},
		{name: "reports", expression: "(select count(*) from reports where post_id = posts.id and closed_at is null)", kind: exportNumber, extra: true},
	},
}

// ExportColumns are the names of the columns that an export of users or posts has unless others are asked for.
func ExportColumns(what string) (names []string) {
	for _, column := range exportColumns[what] {
		if !column.extra {
			names = append(names, column.name)
		}
	}
	return names
}

// ExtraExportColumns are the names of the columns that an export has only where they are asked for.
func ExtraExportColumns(what string) (names []string) {
	for _, column := range exportColumns[what] {
		if column.extra {
			names = append(names, column.name)
		}
	}
	return names
}
