package models

import (
	"slices"
	"strings"
)

// DefaultUserColumns are the columns that a list of users shows unless others are chosen. The name is always there.
var DefaultUserColumns = []string{"post_count", "last_post_at", "last_seen_at", "state", "role", "email", "age", "credits", "created_at"}

// userColumns are all columns that can be chosen, besides the fields of users' own, which are meta.FIELD.
var userColumns = append(slices.Clone(DefaultUserColumns), "contacted_at", "id")

// columnNames are other names of columns, as one would type them.
var columnNames = map[string]string{"posts": "post_count", "last_post": "last_post_at", "last_seen": "last_seen_at", "joined": "created_at", "contacted": "contacted_at"}

const maxUserColumns = 30

// takeColumns reads names of columns, with commas between them or one by one.
func (f *UserFilter) takeColumns(v Invalid, given []string) {
	var columns []string
	for name := range strings.SplitSeq(strings.Join(given, ","), ",") {
		name = strings.TrimSpace(name)
		if other, ok := columnNames[name]; ok {
			name = other
		}
		field, own := strings.CutPrefix(name, "meta.")
		switch {
		case name == "", slices.Contains(columns, name):
			continue
		case len(columns) == maxUserColumns:
			v["columns"] = Say("At most %d columns.", maxUserColumns)
			return
		case name == "name", own && metadataName(field) && printable(field), slices.Contains(userColumns, name):
			columns = append(columns, name)
		default:
			v["columns"] = Say("There is no column “%s”.", strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", "�"), "�"))
			return
		}
	}
	// The name, which leads each row, is said only where it is all there is.
	if len(columns) > 1 {
		columns = slices.DeleteFunc(columns, func(name string) bool { return name == "name" })
	}
	if !slices.Equal(columns, DefaultUserColumns) {
		f.Columns = columns
	}
}

// ShownColumns are the columns that the list shows behind the name.
func (f UserFilter) ShownColumns() []string {
	switch {
	case f.Columns == nil:
		return DefaultUserColumns
	case slices.Equal(f.Columns, []string{"name"}):
		return nil
	}
	return f.Columns
}
