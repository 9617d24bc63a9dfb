package models

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// NewUser is what it takes to make an account. Name falls back to the user name; Role to user.
type NewUser struct {
	Username, Name, Email, Password string
	Age                             *int
	Role                            string
	Language, TimeZone, About       string
	Metadata                        Metadata
}

// ErrWrongPassword: the user name, the e-mail address or the password is not right; which one is not said.
var ErrWrongPassword = errors.New("wrong user name or password")

// ErrDeactivated: user name and password are right, and the account is deactivated.
var ErrDeactivated = errors.New("account deactivated")

// SignUp makes an account for a visitor, who chose a password. It is throttled by address.
func (s *Store) SignUp(ctx context.Context, from Browser, in NewUser) (*User, error) {
	in.Role = RoleUser
	v := Invalid{}
	validPassword(v, "password", in.Password)
	if err := s.validNew(ctx, &in, v); err != nil {
		return nil, err
	}
	if err := s.try(ctx, throttleSignUp, from.IP); err != nil {
		return nil, err
	}
	return s.makeUser(ctx, &in)
}

// CreateUser makes an account for somebody else. Without a password it has none until its one-time link is used. by is an
// admin, or nil where the operator of the server asks.
func (s *Store) CreateUser(ctx context.Context, by *User, in NewUser) (*User, error) {
	if by != nil && !by.IsAdmin() {
		return nil, ErrForbidden
	}
	if in.Role == "" {
		in.Role = RoleUser
	}
	return s.makeUser(ctx, &in)
}

func (s *Store) makeUser(ctx context.Context, in *NewUser) (*User, error) {
	user, err := s.prepareUser(ctx, in)
	if err != nil {
		return nil, err
	}
	err = s.inTx(ctx, func(tx *gorm.DB) error { return insertUser(tx, user) })
	if err == nil {
		s.events.changed()
	}
	var conflict *Conflict
	if errors.As(err, &conflict) {
		s.suggestUsername(ctx, conflict.Fields, in)
	}
	return user, err
}

// prepareUser checks what was given and hashes the password.
func (s *Store) prepareUser(ctx context.Context, in *NewUser) (*User, error) {
	v := Invalid{}
	if in.Password != "" {
		validPassword(v, "password", in.Password)
	}
	if err := s.validNew(ctx, in, v); err != nil {
		return nil, err
	}
	user := &User{Username: in.Username, Name: in.Name, Email: in.Email, Age: in.Age, Role: in.Role, IsActive: true,
		Language: in.Language, TimeZone: in.TimeZone, About: in.About, Metadata: in.Metadata}
	if in.Password != "" {
		hash, err := s.hashPassword(ctx, in.Password)
		if err != nil {
			return nil, err
		}
		user.PasswordHash = hash
	}
	return user, nil
}

// validNew tidies the fields and adds what is wrong with them to v. All that can be known to clash is said at once, so that
// nobody has to send the form twice; the unique indexes decide in the end.
func (s *Store) validNew(ctx context.Context, in *NewUser, v Invalid) error {
	in.Username, in.Email, in.Name = strings.TrimSpace(in.Username), strings.TrimSpace(in.Email), line(in.Name)
	in.About = tidyText(in.About)
	if in.Name == "" {
		in.Name = in.Username
	}
	if in.Metadata == nil {
		in.Metadata = Metadata{}
	}
	validUsername(v, in.Username)
	validName(v, in.Name)
	validEmail(v, in.Email)
	validAge(v, in.Age)
	validAbout(v, in.About)
	validRole(v, in.Role)
	validTimeZone(v, in.TimeZone)
	validLanguage(v, in.Language)
	validMetadata(v, in.Metadata)
	if len(v) == 0 {
		return nil
	}
	clash := Invalid{}
	for field, column := range map[string]struct{ value, sql string }{
		"username": {in.Username, `select exists (select from users where lower(username) = lower($1))`},
		"email":    {in.Email, `select exists (select from users where lower(email) = lower($1))`},
	} {
		if _, wrong := v[field]; wrong || !text(column.value) {
			continue
		}
		var exists bool
		if err := s.pool.QueryRow(ctx, column.sql, column.value).Scan(&exists); err != nil {
			return Explain(err)
		}
		if exists {
			clash[field] = taken["users_"+field+"_key"].say
		}
	}
	s.suggestUsername(ctx, clash, in)
	for field, say := range clash {
		v[field] = say
	}
	return v
}

// suggestUsername adds a free user name to the sentence that one is taken.
func (s *Store) suggestUsername(ctx context.Context, fields Invalid, in *NewUser) {
	if _, ok := fields["username"]; !ok {
		return
	}
	stem := strings.Trim(in.Username, "-_")
	candidates := []string{plainSlug(in.Name), stem + "-" + plainSlug(lastWord(in.Name)), stem + "-2", stem + "-writes", stem + "-3", stem + "-4"}
	for _, name := range candidates {
		if !usernameForm.MatchString(name) || IsReserved(name) || strings.EqualFold(name, in.Username) || strings.HasSuffix(name, "-") {
			continue
		}
		var exists bool
		if err := s.pool.QueryRow(ctx, `select exists (select from users where lower(username) = lower($1))`, name).Scan(&exists); err == nil && !exists {
			fields["username"] = Say("This user name is taken. %s is free.", name)
			return
		}
	}
}

// plainSlug is a Slug of ASCII letters and digits alone.
func plainSlug(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r < 0x80 {
			return r
		}
		return -1
	}, Slug(s)), "-")
}

func lastWord(s string) string {
	words := strings.Fields(s)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

func insertUser(tx *gorm.DB, user *User) error { return tx.Create(user).Error }

// SignIn finds the user of a user name or an e-mail address, if the password is right, and starts a session in place of
// the browser's old one. Wrong tries are throttled by account and by address; an unknown user takes as long as a wrong
// password and gives the same answer.
func (s *Store) SignIn(ctx context.Context, from Browser, login, password string) (*User, error) {
	login = strings.TrimSpace(login)
	var id int64
	var hash string
	var active bool
	err := pgx.ErrNoRows
	if text(login) && login != "" {
		err = s.pool.QueryRow(ctx, `select id, password_hash, is_active from users
			where lower(username) = lower($1) or lower(email) = lower($1)`, login).Scan(&id, &hash, &active)
	}
	if err != nil && err != pgx.ErrNoRows {
		return nil, Explain(err)
	}
	account := "login " + strings.ToLower(login)
	if id != 0 {
		account = "user " + formatID(id)
	}
	if err := s.try(ctx, throttleAddress, from.IP); err != nil {
		return nil, err
	}
	if err := s.try(ctx, throttleAccount, account); err != nil {
		return nil, errors.Join(err, s.untry(ctx, throttleAddress, from.IP))
	}
	match, stale, err := s.passwordMatches(ctx, password, hash)
	if err != nil {
		return nil, err
	}
	if !match {
		return nil, ErrWrongPassword
	}
	if err := errors.Join(s.untry(ctx, throttleAddress, from.IP), s.untry(ctx, throttleAccount, account)); err != nil {
		return nil, err
	}
	if !active {
		return nil, ErrDeactivated
	}
	if stale {
		if hash, err = s.hashPassword(ctx, password); err != nil {
			return nil, err
		}
		if err := s.db.WithContext(ctx).Model(&User{}).Where("id = ?", id).Update("password_hash", hash).Error; err != nil {
			return nil, Explain(err)
		}
	}
	return s.User(ctx, id)
}

// ChangePassword sets a new password for the user, who gave the old one. All other sessions end.
func (s *Store) ChangePassword(ctx context.Context, by *User, keep uuid.UUID, old, password string) error {
	v := Invalid{}
	validPassword(v, "password", password)
	if err := s.confirm(ctx, by, old, v); err != nil {
		return err
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Model(&User{}).Where("id = ?", by.ID).Updates(map[string]any{"password_hash": hash, "updated_at": gorm.Expr("now()")}).Error; err != nil {
			return err
		}
		if err := tx.Where("user_id = ?", by.ID).Delete(&Link{}).Error; err != nil {
			return err
		}
		return endSessions(tx, by.ID, keep)
	})
}

// ChangeEmail sets a new e-mail address for the user, who gave the password. All other sessions end.
func (s *Store) ChangeEmail(ctx context.Context, by *User, keep uuid.UUID, password, email string) error {
	email = strings.TrimSpace(email)
	v := Invalid{}
	validEmail(v, email)
	if email == by.Email {
		v["email"] = Say("This is your address already.")
	}
	if err := s.confirm(ctx, by, password, v); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Model(&User{}).Where("id = ?", by.ID).Updates(map[string]any{"email": email, "updated_at": gorm.Expr("now()")}).Error; err != nil {
			return err
		}
		return endSessions(tx, by.ID, keep)
	})
}

// confirm checks the user's own password, throttled as a sign-in, and adds the sentence to v where it is wrong.
func (s *Store) confirm(ctx context.Context, by *User, password string, v Invalid) error {
	var hash string
	if err := s.pool.QueryRow(ctx, `select password_hash from users where id = $1`, by.ID).Scan(&hash); err != nil {
		return Explain(err)
	}
	account := "user " + formatID(by.ID)
	if err := s.try(ctx, throttleAccount, account); err != nil {
		return err
	}
	match, _, err := s.passwordMatches(ctx, password, hash)
	if err != nil {
		return err
	}
	if match {
		if err := s.untry(ctx, throttleAccount, account); err != nil {
			return err
		}
	} else if password == "" {
		v["current_password"] = Say("Give the password you have now.")
	} else {
		v["current_password"] = Say("This is not your password.")
	}
	return v.Or()
}
