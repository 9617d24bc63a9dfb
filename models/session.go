package models

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// SessionLife is how long a session lasts after its last use.
const SessionLife = 30 * 24 * time.Hour

// Session is one browser, signed in or not. The browser holds a token of 256 random bits; the table holds its SHA-256, so
// that a copy of the table opens nothing.
type Session struct {
	ID        uuid.UUID       `gorm:"type:uuid;primaryKey;default:gen_random_uuid()"`
	TokenHash []byte          `gorm:"type:bytea;not null;uniqueIndex:sessions_token_hash_key"`
	UserID    *int64          `gorm:"index:sessions_user_id"`
	User      *User           `gorm:"constraint:OnDelete:CASCADE"`
	Data      json.RawMessage `gorm:"type:jsonb;not null;default:jsonb_build_object()"`
	IP        string          `gorm:"type:varchar(45);not null;default:''"`
	UserAgent string          `gorm:"type:varchar(400);not null;default:''"`
	CreatedAt time.Time       `gorm:"not null;default:now()"`
	SeenAt    time.Time       `gorm:"not null;default:now()"`
	ExpiresAt time.Time       `gorm:"not null;index:sessions_expires_at"`
	Renewed   bool            `gorm:"-"` // its end was just put off: the browser's cookie should follow
}

// Browser is where a request comes from, as far as it says.
type Browser struct {
	IP        string
	UserAgent string
}

// newToken makes a secret of 256 random bits.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// StartSession makes a session for the user, or for a visitor where user is nil, and returns its token. The user must still
// be as they were when they were let in: who signs in with the old password while a new one is set gets no session.
func (s *Store) StartSession(ctx context.Context, user *User, from Browser, data json.RawMessage) (string, error) {
	token := newToken()
	if len(data) == 0 {
		data = json.RawMessage("{}")
	}
	var id *int64
	let := "$7::text is not null"
	if user != nil {
		id = &user.ID
		// The lock waits for a change under way and looks again at what it left. Nothing less would do: last_seen_at follows.
		let = "exists (select from users where id = $2 and is_active and password_hash = $7 for no key update)"
	} else {
		user = &User{}
	}
	return token, s.inPgx(ctx, func(tx pgx.Tx) error {
		var session uuid.UUID
		err := tx.QueryRow(ctx, `with made as (
				insert into sessions (token_hash, user_id, data, ip, user_agent, expires_at)
				select $1, $2::bigint, $3, left($4, 45), left($5, 400), now() + make_interval(secs => $6) where `+let+` returning id
			), seen as (update users set last_seen_at = now() where id = $2 and exists (select from made))
			select id from made`,
			tokenHash(token), id, data, from.IP, printableOnly(from.UserAgent), SessionLife.Seconds(), user.PasswordHash).Scan(&session)
		if err == pgx.ErrNoRows {
			return ErrWrongPassword
		}
		if err != nil || id == nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindSignIn, by: user, targetKind: "user", targetID: user.ID, target: user.Username,
			details: map[string]any{"session": session}})
	})
}

// FindSession returns the session of a token with its user. A session of a deactivated user is none. Its last use is
// written down once a minute.
func (s *Store) FindSession(ctx context.Context, token string, from Browser) (*Session, error) {
	session := &Session{User: &User{}}
	var stale bool
	var reason *string
	err := s.pool.QueryRow(ctx, `select s.id, s.user_id, s.data, s.created_at, s.seen_at, s.expires_at,
			s.seen_at < now() - interval '1 minute' or s.ip <> left($2, 45), `+sessionUserColumns+`
		from sessions s left join users u on u.id = s.user_id
		where s.token_hash = $1 and s.expires_at > now() and (s.user_id is null or u.is_active)`, tokenHash(token), from.IP).
		Scan(&session.ID, &session.UserID, &session.Data, &session.CreatedAt, &session.SeenAt, &session.ExpiresAt, &stale,
			&session.User.Username, &session.User.Name, &session.User.Email, &session.User.Role, &session.User.Language, &session.User.TimeZone, &session.User.SuspendedUntil, &reason)
	if err == pgx.ErrNoRows {
		return nil, errNoSession
	}
	if err != nil {
		return nil, Explain(err)
	}
	if session.UserID == nil {
		session.User = nil
	} else {
		session.User.ID, session.User.IsActive = *session.UserID, true
		if reason != nil {
			session.User.SuspendedFor = *reason
		}
	}
	if stale {
		// Who reads is let in even where nothing can be written.
		// The user's row is written every few minutes at most, and passed over while somebody holds it, such as an import.
		_, err = s.pool.Exec(ctx, `with used as (
				update sessions set seen_at = now(), ip = left($2, 45), user_agent = left($3, 400), expires_at = now() + make_interval(secs => $4)
				where id = $1 returning user_id
			)
			update users set last_seen_at = now() where id in (select u.id from users u join used on used.user_id = u.id
				where u.last_seen_at is null or u.last_seen_at < now() - interval '5 minutes' for no key update of u skip locked)`,
			session.ID, from.IP, printableOnly(from.UserAgent), SessionLife.Seconds())
		if session.Renewed = err == nil; err != nil {
			s.log.Warn("a session's last use", "error", err)
		}
	}
	return session, nil
}

// sessionUserColumns are what the pages need of who is signed in; the rest is read where it is shown.
const sessionUserColumns = `coalesce(u.username, ''), coalesce(u.name, ''), coalesce(u.email, ''), coalesce(u.role, ''),
	coalesce(u.language, ''), coalesce(u.time_zone, ''), u.suspended_until,
	case when u.suspended_until > now() then (select x.reason from suspensions x where x.user_id = u.id and x.ended_at is null) end`

// SaveSessionData keeps what a page wants to say on the next one.
func (s *Store) SaveSessionData(ctx context.Context, id uuid.UUID, data json.RawMessage) error {
	_, err := s.pool.Exec(ctx, `update sessions set data = $2 where id = $1`, id, data)
	return Explain(err)
}

// EndSession ends the session of a token. Ending none is no error.
func (s *Store) EndSession(ctx context.Context, token string) error {
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		user := &User{}
		err := tx.QueryRow(ctx, `with ended as (delete from sessions where token_hash = $1 returning user_id)
			select u.id, u.username from ended join users u on u.id = ended.user_id`, tokenHash(token)).Scan(&user.ID, &user.Username)
		if err == pgx.ErrNoRows { // a visitor's
			return nil
		}
		if err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindSignOut, by: user, targetKind: "user", targetID: user.ID, target: user.Username})
	})
}

// Sessions are the user's open sessions, the last used first.
func (s *Store) Sessions(ctx context.Context, by *User, userID int64) ([]Session, error) {
	if !by.CanSeePrivate(&User{ID: userID}) {
		return nil, ErrForbidden
	}
	var sessions []Session
	err := s.db.WithContext(ctx).Where("user_id = ? and expires_at > now()", userID).Order("seen_at desc, id").Limit(200).Find(&sessions).Error
	return sessions, Explain(err)
}

// EndUserSession ends one session of the user.
func (s *Store) EndUserSession(ctx context.Context, by *User, userID int64, id uuid.UUID) error {
	if !by.CanSeePrivate(&User{ID: userID}) {
		return ErrForbidden
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		ended := tx.Where("id = ? and user_id = ?", id, userID).Delete(&Session{})
		if ended.Error != nil || ended.RowsAffected == 0 {
			return orElse(ended.Error, errNoSession)
		}
		return recordUser(tx, kindSessionEnd, by, userID, map[string]any{"ended": 1})
	})
}

// EndOtherSessions ends all sessions of the user but the one given, and says how many these were.
func (s *Store) EndOtherSessions(ctx context.Context, by *User, userID int64, keep uuid.UUID) (int64, error) {
	if !by.CanSeePrivate(&User{ID: userID}) {
		return 0, ErrForbidden
	}
	var ended int64
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		gone := tx.Where("user_id = ? and id <> ?", userID, keep).Delete(&Session{})
		if ended = gone.RowsAffected; gone.Error != nil || ended == 0 {
			return gone.Error
		}
		return recordUser(tx, kindSessionEnd, by, userID, map[string]any{"ended": ended})
	})
	return ended, err
}

// endSessions ends all sessions of the user but the one given; uuid.Nil keeps none.
func endSessions(tx *gorm.DB, userID int64, keep uuid.UUID) error {
	return tx.Where("user_id = ? and id <> ?", userID, keep).Delete(&Session{}).Error
}

// printableOnly makes what a stranger's program says of itself fit to be kept and shown.
func printableOnly(s string) string {
	if !printable(s) {
		return ""
	}
	return s
}
