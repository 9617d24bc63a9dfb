package models

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// FeedID names something of the site for readers' programs, for ever and wherever the site moves: kind and id say what it is.
func (s *Store) FeedID(ctx context.Context) (func(kind string, id int64) string, error) {
	var value string
	if err := s.pool.QueryRow(ctx, "select value from settings where name = 'site_id'").Scan(&value); err != nil {
		return nil, Explain(err)
	}
	site, err := uuid.Parse(value)
	return func(kind string, id int64) string {
		return uuid.NewSHA1(site, []byte(kind+" "+strconv.FormatInt(id, 10))).String()
	}, err
}

// ChangedAt is when this program last heard that something that readers see has changed. What it heard before it began to listen
// counts as that moment.
func (s *Store) ChangedAt() time.Time { return time.UnixMicro(s.events.changedAt.Load()) }

// FeedComments lists shown comments, the newest first, as visitors find them: on a post, whose address they know, or on all posts that stand
// in lists (0); before one (0: from the newest). more is true where there are further ones.
func (s *Store) FeedComments(ctx context.Context, postID, before int64, limit int) (found []*Comment, more bool, err error) {
	if postID == 0 {
		found, err = s.NewestComments(ctx, nil, 0, before, limit+1)
	} else {
		found, err = s.listComments(ctx, "c.post_id = $1 and c.shown and ($2 = 0 or c.id < $2) order by c.id desc limit $3", postID, before, limit+1)
	}
	if len(found) > limit {
		return found[:limit], true, err
	}
	return found, false, err
}
