package models

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostLine is a post in the admins' list. Its text is not read.
type PostLine struct {
	Post
	Reports int // that are open
	place   string
}

// PostLines is a page of the admins' list.
type PostLines struct {
	Posts   []PostLine
	Next    string // the place after which the next page begins; empty: this is the last
	Count   int64  // how many match
	More    bool   // more than Count match: they were not counted to the end
	Total   int64  // how many posts there are
	Waiting bool   // some of them are not in the list yet
}

const (
	// maxCounted is up to how many matches are found before they are sorted, and counted. Of more, an index in the order of the
	// list shows a page soon.
	maxCounted = 10_000
	// foldAtOnce is how many changes a list takes in before it shows itself.
	foldAtOnce = 500
	foldBatch  = 5000
)

// foldingPosts is the job that brings changed posts into the list. Its id is always 0.
const foldingPosts = "posts in the list"

// ListPosts lists posts for admins, drafts too. It costs the same at a million posts, whatever filter, sort and page.
func (s *Store) ListPosts(ctx context.Context, f PostFilter) (*PostLines, error) {
	if expression, _ := lineColumns.sort(strings.TrimPrefix(f.Sort, "-")); expression == "" {
		return nil, Invalid{"sort": Say("The list cannot be sorted by this.")}
	}
	waiting, err := s.takeInPosts(ctx)
	if err != nil {
		return nil, err
	}
	stats, err := s.SiteStats(ctx)
	if err != nil {
		return nil, err
	}
	list := &PostLines{Total: stats.AllPosts(), Waiting: waiting}
	list.Count = f.kept(stats)
	few := false
	if !f.onlyStatus() {
		list.Count, few, err = s.fewPosts(ctx, f, list)
		list.More = !few
	}
	if err == nil && !few {
		_, err = s.readLines(ctx, list, f, f.inOrder())
	}
	return list, err
}

// fewPosts lists the page where there are few matches: all of them are found first, and then sorted. An index in the order of the
// list would be gone through to its end.
func (s *Store) fewPosts(ctx context.Context, f PostFilter, list *PostLines) (count int64, few bool, err error) {
	count, err = s.readLines(ctx, list, f, f.foundFirst())
	if count > maxCounted {
		list.Posts, list.Next = nil, ""
		return maxCounted, false, err
	}
	return count, true, err
}

// question is a statement with its values.
type question struct {
	sql  string
	args []any
}

// inOrder goes through the posts in the order of the list until the page is full.
func (f PostFilter) inOrder() question {
	where, args := f.where(lineColumns)
	sort, down := strings.CutPrefix(f.Sort, "-")
	expression, kind := lineColumns.sort(sort)
	direction, compare := "asc", ">"
	if down {
		direction, compare = "desc", "<"
	}
	if value, id, ok := f.place(); ok {
		args = append(args, value, id)
		where += fmt.Sprintf(" and (%s, l.post_id) %s ($%d::text::%s, $%d)", expression, compare, len(args)-1, kind, len(args))
	}
	return question{fmt.Sprintf(`with page as (select l.post_id, %[1]s as place from post_lines l where %[2]s order by %[1]s %[3]s, l.post_id %[3]s limit %[4]d)
		%[5]s`, expression, where, direction, f.Limit+1, readPage("0", direction)), args}
}

// foundFirst finds all that match before it sorts them, and counts them.
func (f PostFilter) foundFirst() question {
	where, args := f.where(lineColumns)
	sort, down := strings.CutPrefix(f.Sort, "-")
	expression, kind := lineColumns.sort(sort)
	direction, compare, after := "asc", ">", "true"
	if down {
		direction, compare = "desc", "<"
	}
	if value, id, ok := f.place(); ok {
		args = append(args, value, id)
		after = fmt.Sprintf("(place, post_id) %s ($%d::text::%s, $%d)", compare, len(args)-1, kind, len(args))
	}
	return question{fmt.Sprintf(`with found as materialized (select l.post_id, %[1]s as place from post_lines l where %[2]s limit %[3]d),
		page as (select post_id, place from found where %[4]s order by place %[5]s, post_id %[5]s limit %[6]d)
		%[7]s`, expression, where, maxCounted+1, after, direction, f.Limit+1, readPage("(select count(*) from found)", direction)), args}
}

// readPage reads the posts of a page; count stands in the first column, in a row of its own where the page has none.
func readPage(count, direction string) string {
	return fmt.Sprintf(`select n.count, t.id, t.title, t.status, t.visibility, t.publish_at, t.words, t.tags, t.created_at, t.updated_at, t.published_at, u.id, u.username, u.name,
			(select count(*) from reports r where r.post_id = t.id and r.closed_at is null), page.place::text
		from (select %s as count) n left join (page join posts t on t.id = page.post_id join users u on u.id = t.user_id) on true
		order by page.place %s, page.post_id %[2]s`, count, direction)
}

func (s *Store) readLines(ctx context.Context, list *PostLines, f PostFilter, q question) (count int64, err error) {
	// A plan of its own each time: what is best depends on the values.
	rows, err := s.pool.Query(ctx, q.sql, append([]any{pgx.QueryExecModeCacheDescribe}, q.args...)...)
	if err != nil {
		return 0, Explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, userID *int64
		var title, status, visibility, username, name, place *string
		var words *int
		var line PostLine
		var created, updated *time.Time
		if err := rows.Scan(&count, &id, &title, &status, &visibility, &line.PublishAt, &words, (*[]string)(&line.Tags), &created, &updated, &line.PublishedAt, &userID, &username, &name, &line.Reports, &place); err != nil {
			return 0, Explain(err)
		}
		if id == nil {
			continue
		}
		line.ID, line.Title, line.Status, line.Visibility, line.Words, line.CreatedAt, line.UpdatedAt, line.UserID, line.place = *id, *title, *status, *visibility, *words, *created, *updated, *userID, *place
		line.User = &User{ID: *userID, Username: *username, Name: *name}
		list.Posts = append(list.Posts, line)
	}
	if err := rows.Err(); err != nil {
		return 0, Explain(err)
	}
	if len(list.Posts) > f.Limit {
		list.Posts = list.Posts[:f.Limit]
		last := list.Posts[f.Limit-1]
		list.Next = last.place + "~" + formatID(last.ID)
	}
	return count, nil
}

// takeInPosts brings what has changed into the list, and leaves what takes long to a job: then some posts still wait.
func (s *Store) takeInPosts(ctx context.Context) (waiting bool, err error) {
	var notes int
	err = s.pool.QueryRow(ctx, "select fold_post_changes($1, '50 ms')", foldAtOnce).Scan(&notes)
	if err != nil || notes >= 0 && notes < foldAtOnce {
		return false, Explain(err)
	}
	if err := s.pool.QueryRow(ctx, "select exists (select from post_changes)").Scan(&waiting); err != nil {
		return false, Explain(err)
	}
	if waiting {
		s.startJob(foldingPosts, 0)
	}
	return waiting, nil
}

// foldPosts brings all that has changed into the list.
func (s *Store) foldPosts(ctx context.Context, _ int64) error {
	for notes := foldBatch; notes == foldBatch || notes < 0; {
		if err := s.pool.QueryRow(ctx, "select fold_post_changes($1, '1 min')", foldBatch).Scan(&notes); err != nil {
			return Explain(err)
		}
	}
	return nil
}
