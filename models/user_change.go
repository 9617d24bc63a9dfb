package models

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// UserChange is what shall change of a user; nil leaves a field as it is.
type UserChange struct {
	Username, Name, Email, About, Role, Language, TimeZone *string
	Age                                                    *int // 0: unknown from now on
	IsActive                                               *bool
	Metadata                                               Metadata
	Password                                               *string
}

// User returns the user of an id with everything that is kept of them.
func (s *Store) User(ctx context.Context, id int64) (*User, error) {
	return findUser(s.db.WithContext(ctx), "id = ?", id)
}

// UserByName returns the user of a user name, whatever its case.
func (s *Store) UserByName(ctx context.Context, username string) (*User, error) {
	if !text(username) {
		return nil, errNoUser
	}
	return findUser(s.db.WithContext(ctx), "lower(username) = lower(?)", username)
}

// UserOfName is UserByName also for a name that the user had before, as long as nobody else has it.
func (s *Store) UserOfName(ctx context.Context, username string) (*User, error) {
	user, err := s.UserByName(ctx, username)
	if err == errNoUser && text(username) {
		return findUser(s.db.WithContext(ctx), "id = (select user_id from user_names where username = lower(?))", username)
	}
	return user, err
}

func findUser(tx *gorm.DB, where string, value any) (*User, error) {
	var user User
	err := tx.Where(where, value).First(&user).Error
	if err == gorm.ErrRecordNotFound {
		return nil, errNoUser
	}
	return &user, Explain(err)
}

// UpdateUser changes a user. One changes oneself; an admin changes everyone, and alone the role and whether an account is
// active, but of others only: that is an act, whose receipt the user returned names. A deactivated user's sessions and tokens end, and
// so do the sessions after a new password.
func (s *Store) UpdateUser(ctx context.Context, by *User, id int64, change UserChange) (*User, error) {
	if !by.CanSeePrivate(&User{ID: id}) {
		if _, err := s.User(ctx, id); err != nil {
			return nil, err
		}
		return nil, ErrForbidden
	}
	if !by.IsAdmin() && (change.Role != nil || change.IsActive != nil) {
		return nil, ErrForbidden
	}
	set, err := s.changeSet(ctx, change)
	if err != nil {
		return nil, err
	}
	var user *User
	err = s.inTx(ctx, func(tx *gorm.DB) error {
		if err := mayWrite(tx, by, id); err != nil {
			return err
		}
		var err error
		if user, err = findUser(tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}), "id = ?", id); err != nil {
			return err
		}
		isRole := change.Role != nil && *change.Role != user.Role
		isActive := change.IsActive != nil && *change.IsActive != user.IsActive
		if by.ID == id && (isRole || isActive) {
			return &Conflict{Say: SayYourself}
		}
		if by.ID == id && change.Email != nil && strings.TrimSpace(*change.Email) != user.Email {
			return Invalid{"email": sayOwnEmail}
		}
		e := &edit{by: by, target: userTarget, id: id}
		if by.ID != id {
			if err := e.begin(tx); err != nil {
				return err
			}
		}
		if len(set) > 0 {
			set["updated_at"] = gorm.Expr("now()")
			if err := tx.Model(&User{}).Where("id = ?", id).Updates(set).Error; err != nil {
				return err
			}
		}
		if change.Password != nil {
			if err := endSessions(tx, id, uuid.Nil); err != nil {
				return err
			}
		}
		if isRole && *change.Role != RoleAdmin {
			// A token may do no more than its user.
			if err := tx.Where("user_id = ? and scope = 'admin'", id).Delete(&Token{}).Error; err != nil {
				return err
			}
		}
		before := user
		if user, err = findUser(tx, "id = ?", id); err != nil {
			return err
		}
		if by.ID != id {
			user.Receipt, err = e.keep(tx, user.Username, user.Name)
			return err
		}
		was, is := userChanges(before, user)
		if writesOf(is) {
			if err := tx.Exec("select may_write(?)", id).Error; err != nil {
				return err
			}
		}
		if change.Password != nil {
			is["password"] = true // that it changed, and nothing of it
		}
		if len(is) == 0 {
			return nil
		}
		return recordIn(tx, entry{kind: kindUserUpdate, by: by, targetKind: "user", targetID: id, target: user.Username,
			details: map[string]any{"before": was, "after": is}})
	})
	if err == nil {
		s.events.changed()
	}
	return user, err
}

// mayWrite sees that who changes another user is an admin still, and not suspended.
func mayWrite(tx *gorm.DB, by *User, id int64) error {
	if by == nil || by.ID == id {
		return nil // the operator of the server, or one's own account
	}
	return tx.Exec("select may_write(?, array[?::bigint], 'admin')", by.ID, id).Error
}

// writesOf reports whether others see something of the change. How one reads the site oneself is no writing.
func writesOf(changes map[string]any) bool {
	for field := range changes {
		if !slices.Contains([]string{"language", "time_zone", "password"}, field) {
			return true
		}
	}
	return false
}

// changeSet checks the change and makes it columns and values.
func (s *Store) changeSet(ctx context.Context, change UserChange) (map[string]any, error) {
	v, set := Invalid{}, map[string]any{}
	put := func(column string, value *string, tidy func(string) string, check func(Invalid, string)) {
		if value != nil {
			said := tidy(*value)
			check(v, said)
			set[column] = said
		}
	}
	put("username", change.Username, strings.TrimSpace, validUsername)
	put("email", change.Email, strings.TrimSpace, validEmail)
	put("about", change.About, tidyText, validAbout)
	put("role", change.Role, strings.TrimSpace, validRole)
	put("language", change.Language, strings.TrimSpace, validLanguage)
	put("time_zone", change.TimeZone, strings.TrimSpace, validTimeZone)
	put("name", change.Name, line, validName)
	if change.Age != nil {
		set["age"] = change.Age
		if *change.Age == 0 {
			set["age"] = nil
		} else {
			validAge(v, change.Age)
		}
	}
	if change.IsActive != nil {
		set["is_active"] = *change.IsActive
	}
	if change.Metadata != nil {
		validMetadata(v, change.Metadata)
		encoded, _ := json.Marshal(change.Metadata)
		set["metadata"] = gorm.Expr("?::jsonb", string(encoded))
	}
	if change.Password != nil {
		validPassword(v, "password", *change.Password)
	}
	if err := v.Or(); err != nil {
		return nil, err
	}
	if change.Password != nil {
		hash, err := s.hashPassword(ctx, *change.Password)
		if err != nil {
			return nil, err
		}
		set["password_hash"] = hash
	}
	return set, nil
}

// Gone says what went with a row that was deleted.
type Gone struct {
	Posts   int64 // drafts too
	Receipt int64 // 0: who deletes their own account needs none
}

// DeleteUser removes a user with all posts, sessions and tokens. One removes oneself; an admin removes others, and that is an
// act with a receipt.
func (s *Store) DeleteUser(ctx context.Context, by *User, id int64) (gone Gone, err error) {
	if !by.CanSeePrivate(&User{ID: id}) {
		if _, err := s.User(ctx, id); err != nil {
			return gone, err
		}
		return gone, ErrForbidden
	}
	if by.ID != id {
		act, went, err := s.actOnOne(ctx, by, findActKind("user", "delete"), ActParams{}, id)
		if err != nil {
			return gone, err
		}
		return Gone{Posts: went["posts"] + went["drafts"], Receipt: act.ID}, nil
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		// The lock keeps new posts from slipping in between the count and the removal.
		var username, credits string
		if err := tx.QueryRow(ctx, `select username, credits::text from users where id = $1 for update`, id).Scan(&username, &credits); err != nil {
			if err == pgx.ErrNoRows {
				return errNoUser
			}
			return err
		}
		if err := tx.QueryRow(ctx, `select count(*) from posts where user_id = $1`, id).Scan(&gone.Posts); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from users where id = $1`, id); err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindUserDelete, by: by, targetKind: "user", targetID: id, target: username,
			details: map[string]any{"posts": gone.Posts, "credits": credits}})
	})
	if err == nil {
		s.events.changed()
	}
	return gone, err
}

// Leave removes the user's own account, for who gave the password.
func (s *Store) Leave(ctx context.Context, by *User, password string) (posts int64, err error) {
	if err := s.confirm(ctx, by, password, Invalid{}); err != nil {
		return 0, err
	}
	gone, err := s.DeleteUser(ctx, by, by.ID)
	return gone.Posts, err
}

// PostTotals are how many posts of each state a user has.
type PostTotals struct{ Published, Scheduled, Drafts int64 }

// All counts them all.
func (t PostTotals) All() int64 { return t.Published + t.Scheduled + t.Drafts }

// PostTotals counts a user's posts of each state, whoever may read them.
func (s *Store) PostTotals(ctx context.Context, userID int64) (t PostTotals, err error) {
	err = s.pool.QueryRow(ctx, `select count(*) filter (where status = 'published'), count(*) filter (where status = 'scheduled'), count(*) filter (where status = 'draft')
		from posts where user_id = $1`, userID).Scan(&t.Published, &t.Scheduled, &t.Drafts)
	return t, Explain(err)
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }

// Admins are the active admins, whom a user can ask.
func (s *Store) Admins(ctx context.Context) ([]User, error) {
	var users []User
	err := s.db.WithContext(ctx).Select("id", "username", "name").Where("role = 'admin' and is_active").Order("id").Limit(20).Find(&users).Error
	return users, Explain(err)
}
