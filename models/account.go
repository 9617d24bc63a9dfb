package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

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
	if err := validNew(&in, v); err != nil {
		// What is taken is told to who made mistakes, and not to who asks on and on.
		if _, err := s.try(ctx, throttleLookUp, from.IP); err == nil {
			s.sayTaken(ctx, &in, v)
		}
		return nil, v
	}
	if _, err := s.try(ctx, throttleSignUp, from.IP); err != nil {
		return nil, err
	}
	return s.makeUser(ctx, nil, kindSignUp, &in)
}

// CreateUser makes an account for somebody else. Without a password it has none until its one-time link is used. by is an
// admin, and then it is an act, whose receipt the user returned names; or nil where the operator of the server asks.
func (s *Store) CreateUser(ctx context.Context, by *User, in NewUser) (*User, error) {
	if by != nil && !by.IsAdmin() {
		return nil, ErrForbidden
	}
	if in.Role == "" {
		in.Role = RoleUser
	}
	return s.makeUser(ctx, by, kindUserCreate, &in)
}

func (s *Store) makeUser(ctx context.Context, by *User, kind string, in *NewUser) (*User, error) {
	user, err := s.prepareUser(ctx, in)
	if err != nil {
		return nil, err
	}
	return s.keepUser(ctx, in, user, func(tx *gorm.DB) error { return insertUser(tx, by, kind, user) })
}

// keepUser runs the transaction that inserts the user. All that is taken is said at once, where the database names one.
func (s *Store) keepUser(ctx context.Context, in *NewUser, user *User, insert func(tx *gorm.DB) error) (*User, error) {
	err := s.inTx(ctx, insert)
	var conflict *Conflict
	if errors.As(err, &conflict) {
		s.sayTaken(ctx, in, conflict.Fields)
	}
	if err != nil {
		return nil, err
	}
	s.events.changed()
	return user, nil
}

// prepareUser checks what was given and hashes the password.
func (s *Store) prepareUser(ctx context.Context, in *NewUser) (*User, error) {
	v := Invalid{}
	if in.Password != "" {
		validPassword(v, "password", in.Password)
	}
	if err := validNew(in, v); err != nil {
		s.sayTaken(ctx, in, v)
		return nil, v
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

// validNew tidies the fields and adds what is wrong with them to v.
func validNew(in *NewUser, v Invalid) error {
	in.Username, in.Email, in.Name = strings.TrimSpace(in.Username), strings.TrimSpace(in.Email), line(in.Name)
	in.About = tidyText(in.About)
	if in.Name == "" {
		in.Name = in.Username
	}
	if in.Metadata == nil {
		in.Metadata = Metadata{}
	}
	validUsername(v, in.Username)
	if in.Name != in.Username { // else one sentence is enough
		validName(v, in.Name)
	}
	validEmail(v, in.Email)
	validAge(v, in.Age)
	validAbout(v, in.About)
	validRole(v, in.Role)
	validTimeZone(v, in.TimeZone)
	validLanguage(v, in.Language)
	validMetadata(v, in.Metadata)
	return v.Or()
}

// sayTaken adds to what is wrong what else would clash, so that nobody has to send the form twice. It is no more than a
// service: the unique indexes decide in the end.
func (s *Store) sayTaken(ctx context.Context, in *NewUser, fields Invalid) {
	if _, wrong := fields["email"]; !wrong {
		if exists, err := s.exists(ctx, `select exists (select from users where lower(email) = lower($1))`, in.Email); err == nil && exists {
			fields["email"] = taken["users_email_key"].say
		}
	}
	if _, wrong := fields["username"]; !wrong || fields["username"].Text == taken["users_username_key"].say.Text {
		if exists, err := s.exists(ctx, `select exists (select from users where lower(username) = lower($1)) or keeper_of($1) is not null`, in.Username); err == nil && exists {
			fields["username"] = taken["users_username_key"].say
			s.suggestUsername(ctx, fields, in)
		}
	}
}

func (s *Store) exists(ctx context.Context, sql string, value any) (exists bool, err error) {
	err = s.pool.QueryRow(ctx, sql, value).Scan(&exists)
	return exists, err
}

// suggestUsername adds a free user name to the sentence that one is taken.
func (s *Store) suggestUsername(ctx context.Context, fields Invalid, in *NewUser) {
	stem := strings.TrimRight(in.Username[:min(len(in.Username), 40)], "-_")
	candidates := []string{plainSlug(in.Name), stem + "-" + plainSlug(lastWord(in.Name)), stem + "-2", stem + "-writes", stem + "-3", stem + "-4"}
	for range 4 {
		candidates = append(candidates, fmt.Sprintf("%s-%d", stem, 10+rand.IntN(100_000)))
	}
	candidates = slices.DeleteFunc(candidates, func(name string) bool {
		return !usernameForm.MatchString(name) || IsReserved(name) || strings.EqualFold(name, in.Username) || strings.HasSuffix(name, "-")
	})
	var free string
	err := s.pool.QueryRow(ctx, `select c.name from unnest($1::text[]) with ordinality c(name, place)
		where not exists (select from users u where lower(u.username) = lower(c.name)) and keeper_of(c.name) is null order by c.place limit 1`, candidates).Scan(&free)
	if err == nil {
		fields["username"] = Say("This user name is taken. %s is free.", free)
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

func insertUser(tx *gorm.DB, by *User, kind string, user *User) error {
	user.ID = 0 // where the transaction is tried again
	if by != nil {
		if err := tx.Exec("select may_write(?, '{}', 'admin')", by.ID).Error; err != nil {
			return err
		}
	}
	if err := tx.Create(user).Error; err != nil {
		return err
	}
	if kind == kindSignUp {
		by = user
	}
	if by != nil && by != user {
		made, err := json.Marshal(loggedUser(user))
		if err != nil {
			return err
		}
		row := &actRow{id: user.ID, label: user.Username, name: user.Name, after: made}
		act := &Act{Kind: "create"}
		err = keepOne(tx.Statement.Context, gormTx{tx}, by, act, "insert", row)
		user.Receipt = act.ID
		return err
	}
	return recordIn(tx, entry{kind: kind, by: by, targetKind: "user", targetID: user.ID, target: user.Username,
		details: map[string]any{"after": loggedUser(user)}})
}
