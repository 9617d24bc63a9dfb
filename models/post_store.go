package models

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// PostChange is what shall change of a post; nil leaves a field as it is.
type PostChange struct {
	Title, Content, Status, Visibility, Lang *string
	PublishAt                                *time.Time // zero: none any more
	Tags                                     []string
	Authors                                  []string // user names of who else wrote it
	CommentsClosed                           *bool

	From  *int     // the revision that the change was made from; where another is the newest by now, the error is a Stale
	Saw   *string  // the settings that the form showed, as Settings says them; where others were set meanwhile, the error is a Stale
	Match []string // the versions that the change is meant for, as Version names them; nil: whichever there is; else ErrStale

	restores int // the revision that comes back
}

// CreatePost keeps a new post of the user, who may name who else wrote it: of Authors only the user names are read.
func (s *Store) CreatePost(ctx context.Context, by *User, post *Post) error {
	if by == nil {
		return ErrForbidden
	}
	if err := s.furnish(ctx, by, post); err != nil {
		return err
	}
	post.UserID, post.User = by.ID, nil
	post.PublishedAt = nil
	if err := post.timed(nil, true, moment()); err != nil {
		return err
	}
	names := post.authorNames()
	if err := s.inTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("select may_write(?)", by.ID).Error; err != nil {
			return err
		}
		post.ID = 0 // where the transaction is tried again
		if err := meanNow(tx, post); err != nil {
			return err
		}
		if err := tx.Create(post).Error; err != nil {
			return err
		}
		if err := takeFiles(tx, by, post); err != nil {
			return err
		}
		if err := recordPost(tx, kindPostCreate, by, post, nil, loggedPost(post)); err != nil {
			return err
		}
		post.User, post.Authors = by, nil
		defer func() { post.User = nil }() // GORM would save it as well, where the transaction is tried again
		return setAuthors(tx, by, post, names)
	}); err != nil {
		post.ID = 0 // there is none
		return err
	}
	s.events.changed()
	post.User = by
	return nil
}

func nilIfZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.Truncate(time.Microsecond))
}

// moment is now, as the database keeps it: to the microsecond.
func moment() time.Time { return time.Now().Truncate(time.Microsecond) }

// furnish checks the post, which by saves, and makes what is shown of it: its files and the users whom it names are among that.
func (s *Store) furnish(ctx context.Context, by *User, post *Post) error {
	files, err := s.FilesOf(ctx, by, post.ID, post.Content)
	if err == nil {
		err = furnishWith(post, files)
	}
	if err == nil {
		post.ContentHTML, post.Mentions, err = s.knowMentions(ctx, post.ContentHTML)
	}
	return err
}

// furnishWith is furnish with the files that are known, and without links to users.
func furnishWith(post *Post, files Files) error {
	if err := post.Validate(); err != nil {
		return err
	}
	made, err := render(post.Content, files)
	if err != nil {
		return err
	}
	post.ContentHTML, post.Excerpt, post.Words, post.Headings = made.HTML, made.Excerpt, made.Words, made.Headings
	if post.Headings == nil {
		post.Headings = []Heading{}
	}
	return nil
}

// UpdatePost changes a post. Owner, co-authors, editor and admin may; for others a draft does not exist. A change of somebody else's post is an
// act, whose receipt the post returned names. Unless the change says From or Match, it is made to whatever the post is by now: fields
// that are not given stay as somebody else saved them at the same moment.
func (s *Store) UpdatePost(ctx context.Context, by *User, id int64, change PostChange) (*Post, error) {
	for {
		post, err := s.EditablePost(ctx, by, id)
		if err != nil {
			return nil, err
		}
		was := *post
		if change.Title != nil {
			post.Title = *change.Title
		}
		if change.Content != nil {
			post.Content = *change.Content
		}
		if change.Status != nil {
			post.Status = *change.Status
		}
		if change.Visibility != nil {
			post.Visibility = *change.Visibility
		}
		if change.Lang != nil {
			post.Lang = *change.Lang
		}
		if change.CommentsClosed != nil {
			post.CommentsClosed = *change.CommentsClosed
		}
		if change.PublishAt != nil {
			post.PublishAt = nilIfZero(*change.PublishAt)
		}
		if change.Tags != nil {
			post.Tags = Tags(change.Tags)
		}
		// Rendering a long text takes a while: no row is locked meanwhile.
		if err := s.furnish(ctx, by, post); err != nil {
			return nil, err
		}
		post.UpdatedAt = moment()
		if err := post.timed(&was, change.PublishAt != nil, post.UpdatedAt); err != nil {
			return nil, err
		}
		changedMeanwhile := false
		err = s.inTx(ctx, func(tx *gorm.DB) error {
			var locked Post
			if err := editable(tx, by, id, &locked); err != nil {
				return err
			}
			if err := change.objection(&locked, post); err != nil {
				return err
			}
			if changedMeanwhile = !locked.UpdatedAt.Equal(was.UpdatedAt) || locked.Revision != post.Revision; changedMeanwhile {
				return nil
			}
			if change.Tags == nil {
				post.Tags = locked.Tags // an editor may have renamed one
			} else if err := meanNow(tx, post); err != nil {
				return err
			}
			if !locked.says(post) {
				post.Revision, post.SavedByID = locked.Revision+1, &by.ID // the database counts too
			}
			e := &edit{by: by, target: postTarget}
			if !by.IsAuthor(&locked) {
				e.id = id
				if err := e.begin(tx); err != nil {
					return err
				}
			}
			if err := tx.Model(&Post{ID: id}).Select("Title", "Content", "ContentHTML", "Excerpt", "Words", "Headings", "Mentions", "Tags", "Status",
				"Visibility", "PublishAt", "Lang", "CommentsClosed", "SavedByID", "UpdatedAt", "PublishedAt").Omit("User").UpdateColumns(post).Error; err != nil { // Updates would put another moment into updated_at
				return err
			}
			if err := takeFiles(tx, by, post); err != nil {
				return err
			}
			if change.Authors != nil {
				if err := setAuthors(tx, by, &locked, change.Authors); err != nil {
					return err
				}
				post.Authors = locked.Authors
			}
			if e.id != 0 {
				post.Receipt, err = e.keep(tx, post.Title, locked.User.Username)
				return err
			}
			was, is := postChanges(&locked, post)
			if change.restores != 0 {
				is["restored"] = change.restores
			}
			return recordPost(tx, kindPostUpdate, by, post, was, is)
		})
		if err != nil {
			return nil, s.tell(ctx, err, change)
		}
		if !changedMeanwhile {
			s.events.changed()
			return post, nil
		}
	}
}

// DeletePost removes a post. Owner, editor and admin may. It is an act with a receipt, whoever does it: an admin can take it back, and who
// deletes what is their own can too, by RestorePost. With match it removes only one of these versions, as Version names them; else the
// error is ErrStale.
func (s *Store) DeletePost(ctx context.Context, by *User, id int64, match ...string) (gone Gone, err error) {
	post, err := s.EditablePost(ctx, by, id)
	if err != nil {
		return gone, err
	}
	if !by.CanDelete(post) {
		return gone, ErrForbidden
	}
	act, _, err := s.actOnOne(ctx, by, findActKind(postTarget.kind, "delete"), ActParams{}, id, func(*actBatch) error {
		if match == nil {
			return nil
		}
		now, err := s.ReadPost(ctx, by, id) // as it is locked: nothing of it has changed yet
		if err != nil {
			return err
		}
		return PostChange{Match: match}.objection(now, now)
	})
	if err != nil {
		return gone, err
	}
	return Gone{Posts: 1, Receipt: act.ID}, nil
}

// editable locks the post and reads it, for who may change it and is not suspended. The author is locked first, as the triggers
// that keep the author's figures will: who removes the author at the same moment comes before us or after us, and neither waits
// for the other.
func editable(tx *gorm.DB, by *User, id int64, post *Post) error {
	if err := tx.Exec("select may_write(?, array(select user_id from posts where id = ?))", by.ID, id).Error; err != nil {
		return err
	}
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).First(post).Error
	if err == nil {
		err = readAuthors(tx.Statement.Context, gormTx{tx}, post)
	}
	if err == gorm.ErrRecordNotFound || err == nil && !by.CanRead(post) {
		return errNoPost
	}
	if err != nil {
		return err
	}
	if !by.CanEdit(post) {
		return ErrForbidden
	}
	var author User
	if err := tx.Where("id = ?", post.UserID).First(&author).Error; err != nil {
		return err
	}
	post.User = &author
	return nil
}

// EditablePost returns a post with its Markdown, for who may change it.
func (s *Store) EditablePost(ctx context.Context, by *User, id int64) (*Post, error) {
	var post Post
	err := s.db.WithContext(ctx).Preload("User").Where("id = ?", id).First(&post).Error
	if err == nil {
		err = readAuthors(ctx, s.pool, &post)
	}
	if err == gorm.ErrRecordNotFound || err == nil && !by.CanRead(&post) {
		return nil, errNoPost
	}
	if err == nil && !by.CanEdit(&post) {
		return nil, ErrForbidden
	}
	return &post, Explain(err)
}
