package models

import (
	"fmt"
	"net/url"
	"slices"
	"time"
)

// actTarget is what acts are done to: users, posts or orders.
type actTarget struct {
	kind, table string
	alias       string // of the table, in the condition of a filter; may be empty
	undone      string // the name of an act that locks and reads the rows as an undo does
	label, name string // what a row is called in lists, as SQL over the table t
	// lock locks the rows @ids in the order of their ids, and @actor's; HOW says how. Users come before their posts, as every
	// writer of posts takes them.
	lock []string
	// where makes the condition of a filter, over the table.
	where func(query url.Values, zone *time.Location) (string, []any, error)
	gone  Sentence // a row is not there any more
	// missing is the error for that, where it is about one row; edits are the columns that an edit of one row may change.
	missing missing
	edits   string
	taken   []unique // what another row may have taken while this one was gone
}

// unique is a value that no two rows share.
type unique struct {
	column, index string // as SQL over the table
	say           func(value string, at time.Time) Sentence
}

var userTarget = &actTarget{
	kind: "user", table: "users", undone: "delete", label: "t.username", name: "t.name",
	lock: []string{"select from users where id = any(@ids::bigint[] || @actor::bigint) order by id for HOW"},
	where: func(query url.Values, zone *time.Location) (string, []any, error) {
		filter, err := ParseUserFilter(query, zone)
		where, args := filter.where()
		return where, args, err
	},
	gone: Say("The account is gone."), missing: errNoUser,
	edits: "username, name, email, about, role, language, time_zone, age, is_active, metadata, password_hash",
	taken: []unique{
		{"username", "lower(username)", func(value string, at time.Time) Sentence { return Say("The user name %s was taken %s", value, at) }},
		{"email", "lower(email)", func(value string, at time.Time) Sentence { return Say("The address %s was taken %s", value, at) }},
	},
}

var postTarget = &actTarget{
	kind: "post", table: "posts", undone: "delete", label: "t.title", name: "(select username from users where id = t.user_id)",
	lock: []string{
		"select from users where id = any(array(select user_id from posts where id = any(@ids)) || @actor::bigint) order by id for no key update",
		"select from posts where id = any(@ids) order by id for HOW",
	},
	where: func(query url.Values, zone *time.Location) (string, []any, error) {
		filter, err := ParsePostFilter(query, zone)
		where, args := filter.exactly()
		return where, args, err
	},
	gone: Say("The post is gone."), missing: errNoPost,
	edits: "title, content, content_html, excerpt, words, headings, mentions, tags, status, visibility, publish_at, lang, comments_closed, published_at",
}

var seriesTarget = &actTarget{
	kind: "series", table: "series", undone: "delete", label: "t.title", name: "(select username from users where id = t.user_id)",
	lock: []string{"select from users where id = @actor::bigint for no key update", "select from series where id = any(@ids) order by id for HOW"},
	gone: Say("The series is gone."), missing: errNoSeries,
}

var commentTarget = &actTarget{
	kind: "comment", table: "comments", undone: "delete", label: "(select title from posts where id = t.post_id)", name: "(select username from users where id = t.user_id)",
	lock: []string{
		"select from users where id = any(array(select user_id from comments where id = any(@ids)) || @actor::bigint) order by id for no key update",
		"select from comments where id = any(@ids) order by id for HOW",
	},
	gone: Say("The comment is gone."), missing: errNoComment,
}

var eventTarget = &actTarget{
	kind: "event", table: "calendar_events", undone: "delete", label: "t.title", name: "t.event_date::text",
	lock: []string{"select from users where id = @actor::bigint for no key update", "select from calendar_events where id = any(@ids) order by id for HOW"},
	gone: Say("The event is gone."), missing: errNoEvent,
	edits: "title, place, description, event_date, event_time, end_date, end_time, zone",
}

var orderTarget = &actTarget{
	kind: "order", table: "orders", alias: "o", undone: "fulfil", label: "t.product_name", name: "(select username from users where id = t.user_id)",
	// Who acts is locked with the users, also where a job does it: the refunds name them.
	lock: []string{
		"select from users where id = any(array(select user_id from orders where id = any(@ids)) || @actor::bigint || @by::bigint) order by id for no key update",
		"select from orders where id = any(@ids) order by id for HOW",
	},
	where: func(query url.Values, zone *time.Location) (string, []any, error) {
		filter, err := ParseOrderFilter(query, zone)
		where, args := filter.where()
		return where, args, err
	},
	gone: Say("The order is gone."), missing: errNoOrder,
}

var fileTarget = &actTarget{
	kind: "file", table: "files", undone: "delete", label: "t.name", name: "(select username from users where id = t.user_id)",
	lock: []string{
		"select from users where id = any(array(select user_id from files where id = any(@ids)) || @actor::bigint) order by id for no key update",
		"select from files where id = any(@ids) order by id for HOW",
	},
	gone: Say("The file is gone."), missing: errNoFile,
}

// actTargets are all things that acts are done to, by kind.
var actTargets = map[string]*actTarget{userTarget.kind: userTarget, postTarget.kind: postTarget, orderTarget.kind: orderTarget, seriesTarget.kind: seriesTarget,
	commentTarget.kind: commentTarget, fileTarget.kind: fileTarget, eventTarget.kind: eventTarget}

// undoKind is the kind of act that an undo on the target works with.
func undoKind(target string) *actKind { return findActKind(target, actTargets[target].undone) }

// hanging is a table whose rows go with the row that their column names, by the foreign key's ON DELETE CASCADE. When an act
// deletes that row they are kept as images, and an undo brings them back.
type hanging struct{ table, of, column string }

// hangings are listed so that what others hang on comes first. A test compares them with the foreign keys.
var hangings = []hanging{
	{"posts", "users", "user_id"},
	{"series", "users", "user_id"},
	{"files", "users", "user_id"},
	{"files", "posts", "post_id"},
	{"file_images", "files", "file_id"},
	{"revisions", "posts", "post_id"},
	{"suspensions", "users", "user_id"},
	{"user_names", "users", "user_id"},
	{"contacts", "users", "user_id"},
	{"reports", "posts", "post_id"},
	{"post_authors", "posts", "post_id"},
	{"post_authors", "users", "user_id"},
	{"series_posts", "series", "series_id"},
	{"series_posts", "posts", "post_id"},
	{"comments", "posts", "post_id"},
	{"comments", "users", "user_id"},
	{"comment_hides", "comments", "comment_id"},
	{"orders", "users", "user_id"},
	{"order_states", "orders", "order_id"},
	{"follows", "users", "user_id"},
	{"follows", "users", "author_id"},
	{"notices", "users", "user_id"},
	{"notices", "posts", "post_id"},
	{"notices", "comments", "comment_id"},
}

// pointing is a column that is emptied when the user whom it names goes (ON DELETE SET NULL), and names them again when they
// come back. Its table has an id.
type pointing struct{ table, of, column string }

var pointings = []pointing{
	{"suspensions", "users", "by_id"},
	{"suspensions", "users", "ended_by_id"},
	{"contacts", "users", "by_id"},
	{"reports", "users", "by_id"},
	{"reports", "users", "closed_by_id"},
	{"posts", "users", "saved_by_id"},
	{"post_authors", "users", "added_by_id"},
	{"revisions", "users", "by_id"},
	{"comment_hides", "users", "by_id"},
	{"comment_hides", "users", "ended_by_id"},
	{"accounts", "users", "user_id"},
}

// keptColumns are kept by triggers and the ledger: they are compared, and never put back by hand.
var keptColumns = []string{"credits", "post_count", "last_post_at", "suspended_until", "contacted_at", "median_gap", "back_at"}

// pointersLast is the position of images of pointings: when they come back, what they point to is there.
const pointersLast = 100

// deletion makes the statements that delete the rows @ids of the target with all that hangs on them, and keep images of them
// for the act @act (0: a rehearsal, which keeps none). Each returns which target a row belonged to and what went.
func (t *actTarget) deletion() (steps []string) {
	steps = append(steps, keepImages(0, t.table, "select id as target, to_jsonb(t) as image from "+t.table+" t where id = any(@ids)"))
	for _, p := range pointings {
		if p.of == t.table {
			steps = append(steps, keepImages(pointersLast, p.table+"."+p.column,
				fmt.Sprintf("select %s as target, jsonb_build_object('id', id) as image from %s where %[1]s = any(@ids)", p.column, p.table)))
		}
	}
	// Who writes something that hangs on one of these rows comes before the lock, or finds the row gone.
	for _, h := range hangings {
		if h.of == t.table && slices.ContainsFunc(hangings, func(inner hanging) bool { return inner.of == h.table }) {
			steps = append(steps, fmt.Sprintf("select from %s where %s = any(@ids) order by id for update", h.table, h.column))
		}
	}
	steps = append(steps, t.deleteHanging(t.table, "= any(@ids)", "%s")...)
	return append(steps, fmt.Sprintf("delete from %s where id = any(@ids)", t.table))
}

// deleteHanging deletes what hangs on the rows of a table whose ids are as the condition says. owner makes of a column that
// names such a row the target that it belongs to.
func (t *actTarget) deleteHanging(table, condition, owner string) (steps []string) {
	for i, h := range slices.Backward(hangings) {
		if h.of != table {
			continue
		}
		named := h.table + "." + h.column
		inner := fmt.Sprintf("in (select id from %s where %s %s)", h.table, h.column, condition)
		steps = append(steps, t.deleteHanging(h.table, inner, fmt.Sprintf("(select "+owner+" from %s where %s.id = %%s)", named, h.table, h.table))...)
		note := "''"
		if h.table == postTarget.table {
			note = "t.status"
		}
		// Of what is only rehearsed no image is made: texts can be long.
		steps = append(steps, fmt.Sprintf(`with gone as (delete from %[1]s t where t.%[2]s %[3]s
				returning %[4]s as target, %[5]s as note, case when @act::bigint <> 0 then to_jsonb(t) end as image),
			kept as (insert into act_images (act_id, target_id, position, table_name, before)
				select @act::bigint, target, %[6]d, '%[1]s', image from gone where @act::bigint <> 0)
			select target, %[7]s from gone group by target`,
			h.table, h.column, condition, fmt.Sprintf(owner, "t."+h.column), note, i+1, countGone(h.table)))
	}
	return steps
}

func keepImages(position int, name, query string) string {
	return fmt.Sprintf(`insert into act_images (act_id, target_id, position, table_name, before)
		select @act::bigint, x.target, %d, '%s', x.image from (%s) x where @act::bigint <> 0`, position, name, query)
}

// countGone says in numbers what went.
func countGone(table string) string {
	if table == postTarget.table {
		return `jsonb_build_object('posts', count(*) filter (where note = 'published'), 'drafts', count(*) filter (where note <> 'published'))` // what is scheduled is among these
	}
	return fmt.Sprintf("jsonb_build_object('%s', count(*))", table)
}
