package models

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// DefaultUserSort puts who writes most first.
const DefaultUserSort = "-post_count"

// userSort is a column that users can be sorted by. The expression is never null, so that a place in the list is one
// comparison. Where the list is read along an index, there is one on exactly this expression.
type userSort struct {
	expression, kind string
	private          bool // the order itself, and the places in it, tell what is private
	indexed          bool
}

// The state has no index, because it depends on the time, and credits have none, because each transfer would have to write into every
// index of users: all rows are read and sorted.
var userSorts = map[string]userSort{
	"id":           {"id", "bigint", false, true},
	"name":         {`name collate "und-x-icu"`, "text", false, true},
	"username":     {"lower(username)", "text", false, true},
	"email":        {"lower(email)", "text", true, true},
	"post_count":   {"post_count", "integer", false, true},
	"last_post_at": {"coalesce(last_post_at, '-infinity'::timestamptz)", "timestamptz", false, true},
	"created_at":   {"created_at", "timestamptz", false, true},
	"role":         {"role", "text", true, true},
	"age":          {"coalesce(age, 0)", "integer", true, true},
	"state":        {"case when not is_active then 0 when suspended_until > now() then 1 else 2 end", "integer", true, false},
	"last_seen_at": {"coalesce(last_seen_at, '-infinity'::timestamptz)", "timestamptz", true, true},
	"contacted_at": {"coalesce(contacted_at, '-infinity'::timestamptz)", "timestamptz", true, true},
	"credits":      {"credits", "numeric", true, false},
}

// UserSorts are the columns that users can be sorted by.
func UserSorts() []string {
	return []string{"id", "name", "username", "email", "role", "state", "age", "post_count", "last_post_at", "last_seen_at", "contacted_at", "credits", "created_at"}
}

// sortColumn is the column of a sort, without its direction.
func sortColumn(sort string) string {
	column := strings.TrimPrefix(strings.TrimSpace(sort), "-")
	if column == "active" { // as the state was called before there were three
		return "state"
	}
	return column
}

func (f *UserFilter) takeSort(v Invalid, typed string) {
	f.Sort = DefaultUserSort
	if typed == "" {
		return
	}
	column := sortColumn(typed)
	if _, ok := userSorts[column]; !ok {
		v["sort"] = Say("The list cannot be sorted by this.")
		return
	}
	if f.Sort = column; typed[0] == '-' {
		f.Sort = "-" + column
	}
}

var amountForm = regexp.MustCompile(`^\d{1,10}(\.\d{1,2})?$`)

// place reads After: the value of the sort expression, then the id.
func (f UserFilter) place() (value string, id int64, ok bool) {
	at := strings.LastIndexByte(f.After, '~')
	if at < 0 || !text(f.After) || len(f.After) > 2000 {
		return "", 0, false
	}
	id, bad := strconv.ParseInt(f.After[at+1:], 10, 64)
	value = f.After[:at]
	var err error
	switch userSorts[sortColumn(f.Sort)].kind {
	case "bigint":
		_, err = strconv.ParseInt(value, 10, 64)
	case "integer":
		_, err = strconv.ParseInt(value, 10, 32)
	case "timestamptz":
		if value != "-infinity" {
			_, err = time.Parse("2006-01-02 15:04:05.999999-07", value)
		}
	case "numeric":
		if !amountForm.MatchString(value) {
			return "", 0, false
		}
	}
	return value, id, bad == nil && err == nil
}
