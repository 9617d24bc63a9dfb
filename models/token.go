package models

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// The scopes of an API token; each includes the ones before it.
const (
	ScopeRead  = "read"
	ScopeWrite = "write"
	ScopeAdmin = "admin"
)

// Token is a key to the API. The table holds the SHA-256 of the secret, which is shown once.
type Token struct {
	ID         int64     `gorm:"primaryKey"`
	UserID     int64     `gorm:"not null;uniqueIndex:tokens_user_name_key,priority:1"`
	User       *User     `gorm:"constraint:OnDelete:CASCADE"`
	Name       string    `gorm:"type:varchar(100);not null;uniqueIndex:tokens_user_name_key,priority:2"`
	Scope      string    `gorm:"type:varchar(10);not null;check:tokens_scope_known,scope in ('read','write','admin')"`
	TokenHash  []byte    `gorm:"type:bytea;not null;uniqueIndex:tokens_token_hash_key"`
	CreatedAt  time.Time `gorm:"not null;default:now()"`
	LastUsedAt *time.Time
}

// tokenPrefix lets people, and programs that look for leaked secrets, know a token of the site when they see one.
const tokenPrefix = "postroom_"

// Allows reports whether the token's scope includes the one given.
func (t *Token) Allows(scope string) bool {
	switch t.Scope {
	case ScopeAdmin:
		return true
	case ScopeWrite:
		return scope != ScopeAdmin
	}
	return scope == ScopeRead
}

// CreateToken makes a token for the user and returns it with its secret, which cannot be had again.
func (s *Store) CreateToken(ctx context.Context, user *User, name, scope string) (*Token, string, error) {
	v := Invalid{}
	name = line(name)
	switch n := utf8.RuneCountInString(name); {
	case blank(name):
		v["name"] = Say("Give the token a name, such as the program that will use it.")
	case !printable(name):
		v["name"] = Say("The name has characters that cannot be shown.")
	case n > 100:
		v["name"] = Say("The name is too long: %d characters, and %d are the most.", n, 100)
	}
	if scope != ScopeRead && scope != ScopeWrite && scope != ScopeAdmin {
		v["scope"] = Say("A scope is read, write or admin.")
	} else if scope == ScopeAdmin && !user.IsAdmin() {
		v["scope"] = Say("Only an admin's token can have the scope admin.")
	}
	if err := v.Or(); err != nil {
		return nil, "", err
	}
	secret := tokenPrefix + newToken()
	token := &Token{UserID: user.ID, Name: name, Scope: scope, TokenHash: tokenHash(secret)}
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		// A user who is being deactivated gets no new token.
		if _, err := findUser(tx.Clauses(clause.Locking{Strength: "SHARE"}), "is_active and id = ?", user.ID); err != nil {
			return err
		}
		if err := tx.Omit("User").Create(token).Error; err != nil {
			return err
		}
		return recordUser(tx, kindTokenCreate, user, user.ID, map[string]any{"name": name, "scope": scope})
	})
	if err != nil {
		return nil, "", err
	}
	return token, secret, nil
}

// Tokens are the user's tokens, the newest first.
func (s *Store) Tokens(ctx context.Context, user *User) ([]Token, error) {
	var tokens []Token
	err := s.db.WithContext(ctx).Where("user_id = ?", user.ID).Order("id desc").Find(&tokens).Error
	return tokens, Explain(err)
}

// EndToken ends one token of the user.
func (s *Store) EndToken(ctx context.Context, user *User, id int64) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		token := Token{}
		ended := tx.Clauses(clause.Returning{}).Where("id = ? and user_id = ?", id, user.ID).Delete(&token)
		if ended.Error != nil || ended.RowsAffected == 0 {
			return orElse(ended.Error, errNoToken)
		}
		return recordUser(tx, kindTokenEnd, user, user.ID, map[string]any{"name": token.Name, "scope": token.Scope})
	})
}

// FindToken returns the token of a secret with its user. A token of a deactivated user is none. Its last use is written
// down once a minute.
func (s *Store) FindToken(ctx context.Context, secret string) (*Token, error) {
	if !strings.HasPrefix(secret, tokenPrefix) {
		return nil, errNoToken
	}
	t := &Token{User: &User{IsActive: true}}
	var stale bool
	err := s.pool.QueryRow(ctx, `select t.id, t.user_id, t.scope, t.last_used_at is null or t.last_used_at < now() - interval '1 minute',
			u.username, u.name, u.email, u.role, u.language, u.time_zone
		from tokens t join users u on u.id = t.user_id where t.token_hash = $1 and u.is_active`, tokenHash(secret)).
		Scan(&t.ID, &t.UserID, &t.Scope, &stale, &t.User.Username, &t.User.Name, &t.User.Email, &t.User.Role, &t.User.Language, &t.User.TimeZone)
	if err == pgx.ErrNoRows {
		return nil, errNoToken
	}
	if err != nil {
		return nil, Explain(err)
	}
	t.User.ID = t.UserID
	if t.Scope == ScopeAdmin && !t.User.IsAdmin() {
		t.Scope = ScopeWrite // a token may do no more than its user
	}
	if stale {
		if _, err := s.pool.Exec(ctx, `update tokens set last_used_at = now() where id = $1`, t.ID); err != nil {
			s.log.Warn("a token's last use", "error", err)
		}
	}
	return t, nil
}
