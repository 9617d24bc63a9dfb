package models

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Comment is what a user says about a post, or answers to another comment. Content is Markdown; ContentHTML is made of it at each save.
type Comment struct {
	ID          int64
	PostID      int64
	Post        *Post // without its text
	UserID      int64
	User        *User // only ID, Username and Name are read
	Portrait    int64 // the file of how its writer looks; 0: there is none
	ParentID    int64 // the comment that it answers, which may be gone; 0: none
	Content     string
	ContentHTML string
	Held        bool // nobody has approved it yet
	Hidden      bool
	Hide        *CommentHide // who hid it, where who asks may know
	Key         uuid.UUID    // of the form it came by; uuid.Nil: of none
	CreatedAt   time.Time
	EditedAt    *time.Time // nil: it is as it was written

	EditableUntil time.Time // by the clock of the database
	Editable      bool      // its author may still change it, by the clock of the database
	Receipt       int64     // of the act that changed it just now; 0: there was none

	mentions IDs // the users whom the text names
}

// CommentHide says who hid a comment, when and why.
type CommentHide struct {
	By     string // the name; empty: gone since
	Reason string
	At     time.Time

	at       *time.Time // as it is read
	byEditor bool
}

// The bounds of a comment.
const (
	MaxComment      = 10_000 // characters
	CommentEditable = 15 * time.Minute
)

var (
	sayNoComment = Say("Write something.")
)

// Path is the address that leads to the comment on the page of its post.
func (c *Comment) Path() string { return "/comments/" + strconv.FormatInt(c.ID, 10) }

// IsShown reports whether everyone who reads the post reads the comment.
func (c *Comment) IsShown() bool { return !c.Held && !c.Hidden }

// Version names the state of the comment's text, which a form carries.
func (c *Comment) Version() string {
	if c.EditedAt == nil {
		return "0"
	}
	return strconv.FormatInt(c.EditedAt.UnixMicro(), 36)
}

// State names the state of the comment for programs: which it is, the version of its text, and whether it waits or is hidden.
func (c *Comment) State() string {
	state := c.words()
	if c.Held {
		state += "-held"
	}
	if c.Hidden {
		state += "-hidden"
	}
	return state
}

// words are the beginning of State that names the text.
func (c *Comment) words() string { return formatID(c.ID) + "-" + c.Version() }

// isOneOf reports whether a state of the comment with the text of now is among these.
func (c *Comment) isOneOf(states []string) bool {
	return slices.ContainsFunc(states, func(state string) bool { return state == c.words() || strings.HasPrefix(state, c.words()+"-") })
}

// CanComment reports whether the user may write comments on the post, by now.
func (u *User) CanComment(p *Post) bool {
	return u != nil && !u.IsSuspended() && p.IsPublished() && !p.CommentsClosed && u.CanRead(p)
}

// CanHide reports whether the user may hide comments on the post: its authors and editors may.
func (u *User) CanHide(p *Post) bool { return u.IsAuthor(p) || u.IsEditor() }

// CanShow reports whether the user may show the comment again: who may hide it may, but what an editor has hidden, editors alone.
func (u *User) CanShow(c *Comment) bool {
	return u.CanHide(c.Post) && (u.IsEditor() || c.Hide == nil || !c.Hide.byEditor)
}

// CanEditComment reports whether the user may still change the comment.
func (u *User) CanEditComment(c *Comment) bool { return u != nil && u.ID == c.UserID && c.Editable }

// CanDeleteComment reports whether the user may delete the comment: its author and editors may.
func (u *User) CanDeleteComment(c *Comment) bool {
	return u != nil && (u.ID == c.UserID || u.IsEditor())
}

// furnishComment also knows whom the text names.
func (s *Store) furnishComment(ctx context.Context, c *Comment) error {
	err := c.furnish()
	if err == nil {
		c.ContentHTML, c.mentions, err = s.knowMentions(ctx, c.ContentHTML)
	}
	return err
}

// furnish tidies the text of the comment, says what is wrong with it, and makes what is shown of it.
func (c *Comment) furnish() error {
	c.Content = strings.TrimRight(strings.ReplaceAll(c.Content, "\r\n", "\n"), " \t\n")
	c.Content = strings.TrimLeft(c.Content, "\n")
	switch n := utf8.RuneCountInString(c.Content); {
	case !text(c.Content):
		return Invalid{"content": Say("The text has characters that cannot be kept.")}
	case blank(c.Content):
		return Invalid{"content": sayNoComment}
	case n > MaxComment:
		return Invalid{"content": Say("The comment is too long: %d characters, and %d are the most.", n, MaxComment)}
	}
	made, err := commentMarkdown.read(c.Content, nil)
	if c.ContentHTML = made.HTML; err == nil && blank(made.HTML) {
		return Invalid{"content": sayNoComment}
	}
	return err
}
