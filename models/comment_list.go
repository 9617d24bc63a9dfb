package models

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// CommentPlace is a place in the list of a post's comments, which goes thread by thread: after this comment of this thread. The zero place is
// before all.
type CommentPlace struct{ Thread, ID int64 }

// String is the place as an address has it.
func (p CommentPlace) String() string {
	return strconv.FormatInt(p.Thread, 10) + "-" + strconv.FormatInt(p.ID, 10)
}

// ParseCommentPlace reads a place from an address; an empty one is before all.
func ParseCommentPlace(typed string) (place CommentPlace, err error) {
	if place.Thread, place.ID, err = parsePlace(typed); err != nil {
		return CommentPlace{}, Invalid{"comments": sayNoPlace}
	}
	return place, nil
}

var sayNoPlace = Say("This is not a place in the list.")

// parsePlace reads two numbers with a hyphen between them; of nothing both are 0.
func parsePlace(typed string) (first, second int64, err error) {
	if typed == "" {
		return 0, 0, nil
	}
	before, after, _ := strings.Cut(typed, "-")
	if first, err = strconv.ParseInt(before, 10, 64); err == nil {
		second, err = strconv.ParseInt(after, 10, 64)
	}
	if err == nil && (first < 0 || second < 0) {
		err = strconv.ErrRange
	}
	return first, second, err
}

// Thread is a comment with what answers it.
type Thread struct {
	ID      int64
	Root    *Comment // nil: it is gone, or hidden from who asks
	Hidden  bool     // it is hidden, not gone
	Goes    bool     // the thread goes on from an earlier page
	Replies []*Comment
}

// CommentList is one page of a post's comments.
type CommentList struct {
	Threads []*Thread
	Next    CommentPlace // where the next page begins; zero: there is none
}

// The most that a page of comments has.
const (
	mostThreads  = 50
	mostComments = 200
)

// CommentsAfter lists comments on the post one by one, in the same order. next is where the next page begins; zero: there is none.
func (s *Store) CommentsAfter(ctx context.Context, by *User, post *Post, after CommentPlace, limit int) (found []*Comment, next CommentPlace, err error) {
	found, err = s.commentsAfter(ctx, by, post, after, limit+1)
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].place()
	}
	return found, next, err
}

// place is where the comment stands.
func (c *Comment) place() CommentPlace { return CommentPlace{cmp.Or(c.ParentID, c.ID), c.ID} }

func (s *Store) commentsAfter(ctx context.Context, by *User, post *Post, after CommentPlace, limit int) ([]*Comment, error) {
	rows, err := s.pool.Query(ctx, selectComments(by), commentArgs(by, post.ID, after, limit)...)
	if err != nil {
		return nil, Explain(err)
	}
	found, err := scanComments(rows, post)
	return found, Explain(err)
}

// selectComments selects the comments on a post that a reader finds, with commentArgs. Who may hide them it finds out itself: it is sent
// before the post is read.
func selectComments(by *User) string {
	tables, found := shownComments, "c.shown"
	if by != nil {
		tables, found = commentTables, commentsFor("$5", "($6 or exists (select from posts p where p.id = $1 and "+writtenBy("$5")+"))", "$6")
	}
	return "select " + commentColumns + " from " + tables + " where c.post_id = $1 and " + found + " and (c.thread_id, c.id) > ($2, $3) order by c.thread_id, c.id limit $4"
}

func commentArgs(by *User, postID int64, after CommentPlace, limit int) []any {
	args := []any{postID, after.Thread, after.ID, limit}
	if by != nil {
		args = append(args, by.ID, by.IsEditor())
	}
	return args
}

func scanComments(rows pgx.Rows, post *Post) (found []*Comment, err error) {
	into := &Comment{Post: post} // all are read to the same place: a page has many
	_, err = pgx.ForEachRow(rows, into.fields(), func() error {
		found = append(found, into.tidy())
		return nil
	})
	return found, err
}

func idOf(by *User) int64 {
	if by == nil {
		return 0
	}
	return by.ID
}

// commentsFor is the condition on comments c that a reader finds, as canReadComment says it.
func commentsFor(by, hides, approves string) string {
	return fmt.Sprintf("(c.shown or c.user_id = %s or %s and (not c.held or %s))", by, hides, approves)
}

// threads makes threads of comments in their order, as many as a page has.
func threads(found []*Comment) *CommentList {
	list := &CommentList{}
	for i, c := range found {
		id := c.place().Thread
		fresh := len(list.Threads) == 0 || list.Threads[len(list.Threads)-1].ID != id
		if i == mostComments || fresh && len(list.Threads) == mostThreads {
			list.Next = found[i-1].place()
			break
		}
		if fresh {
			list.Threads = append(list.Threads, &Thread{ID: id})
		}
		thread := list.Threads[len(list.Threads)-1]
		if c.ParentID == 0 {
			thread.Root = c
		} else {
			thread.Replies = append(thread.Replies, c)
		}
	}
	return list
}

// roots finds what became of the comments that begin a thread and are not on the page.
func (s *Store) roots(ctx context.Context, by *User, post *Post, list *CommentList, after CommentPlace) error {
	missing := map[int64]*Thread{}
	var ids []int64
	for _, thread := range list.Threads {
		if thread.Root == nil {
			missing[thread.ID], ids = thread, append(ids, thread.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	there, err := s.listComments(ctx, "c.id = any($1)", ids)
	for _, root := range there {
		thread := missing[root.ID]
		root.Post = post
		if thread.Hidden = !by.canReadComment(root); !thread.Hidden {
			thread.Root, thread.Goes = root, root.ID == after.Thread
		}
	}
	return err
}

// PlaceOfComment is where the page begins on which the reader finds the comment; zero: it is the first one.
func (s *Store) PlaceOfComment(ctx context.Context, by *User, c *Comment) (place CommentPlace, err error) {
	thread := c.place().Thread
	var comments, threads int
	err = s.pool.QueryRow(ctx, `select count(*), count(distinct thread_id) from (select c.thread_id from comments c where c.post_id = $1 and `+commentsFor("$2", "$3", "$4")+`
		and (c.thread_id, c.id) <= ($5, $6) order by c.thread_id, c.id limit $7) x`,
		c.PostID, idOf(by), by.CanHide(c.Post), by.IsEditor(), thread, c.ID, mostComments+1).Scan(&comments, &threads)
	switch {
	case err != nil:
		return place, Explain(err)
	case comments <= mostComments && threads <= mostThreads:
		return place, nil
	}
	return CommentPlace{thread, c.ID - 1}, nil
}

// NewestComments lists shown comments on posts that the reader finds in lists, the newest first: of a user (0: of all), before one (0: from the
// newest).
func (s *Store) NewestComments(ctx context.Context, by *User, userID, before int64, limit int) ([]*Comment, error) {
	return s.listComments(ctx, "c.shown and "+listedTo(by)+" and ($1 = 0 or c.user_id = $1) and ($2 = 0 or c.id < $2) order by c.id desc limit $3", userID, before, limit)
}

// HeldComments lists the comments that wait for approval, the oldest first, after an id. more is true where there are further ones.
func (s *Store) HeldComments(ctx context.Context, by *User, after int64, limit int) (found []*Comment, more bool, err error) {
	if !by.IsEditor() {
		return nil, false, ErrForbidden
	}
	found, err = s.listComments(ctx, "c.held and c.id > $1 order by c.id limit $2", after, limit+1)
	if more = len(found) > limit; more {
		found = found[:limit]
	}
	return found, more, err
}

// CountHeldComments counts the comments that wait for approval.
func (s *Store) CountHeldComments(ctx context.Context) (n int64, err error) {
	err = s.pool.QueryRow(ctx, "select count(*) from comments where held").Scan(&n)
	return n, Explain(err)
}

// listComments reads comments of many posts, of which ID, UserID, Title, Status, Visibility and Lang are read.
func (s *Store) listComments(ctx context.Context, which string, args ...any) ([]*Comment, error) {
	rows, err := s.pool.Query(ctx, "select "+commentColumns+", p.user_id, p.title, p.status, p.visibility, p.lang from "+commentTables+" join posts p on p.id = c.post_id where "+which, args...)
	if err != nil {
		return nil, Explain(err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Comment, error) {
		c := &Comment{Post: &Post{}}
		if err := row.Scan(append(c.fields(), &c.Post.UserID, &c.Post.Title, &c.Post.Status, &c.Post.Visibility, &c.Post.Lang)...); err != nil {
			return nil, err
		}
		c.Post.ID = c.PostID
		return c.tidy(), nil
	})
	return found, Explain(err)
}
