package models

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// exactly is the condition on the table of posts. The lines, and what is noted as changed since, say which posts to look at: to
// read all texts would take ten times as long.
func (f PostFilter) exactly() (string, []any) {
	where, args := f.where(wholePosts)
	if !f.onlyStatus() {
		lines, _ := f.where(lineColumns) // with the same values
		where += " and posts.id in (select l.post_id from post_lines l where " + lines + " union all select post_id from post_changes)"
	}
	return where, args
}

// CountPosts counts the posts that match.
func (s *Store) CountPosts(ctx context.Context, f PostFilter) (n int64, err error) {
	if f.onlyStatus() {
		stats, err := s.SiteStats(ctx)
		if err != nil {
			return 0, err
		}
		return f.kept(stats), nil
	}
	waiting, err := s.takeInPosts(ctx)
	if err != nil {
		return 0, err
	}
	from := "post_lines l"
	where, args := f.where(lineColumns)
	if waiting {
		from = "posts"
		where, args = f.exactly()
	}
	err = s.pool.QueryRow(ctx, "select count(*) from "+from+" where "+where, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...).Scan(&n)
	return n, Explain(err)
}

// kept is how many posts match, where only the state decides.
func (f PostFilter) kept(stats *SiteStats) int64 {
	switch f.Status {
	case StatusDraft:
		return stats.Drafts
	case StatusScheduled:
		return stats.Scheduled
	case StatusPublished:
		return stats.Published()
	}
	return stats.AllPosts()
}
