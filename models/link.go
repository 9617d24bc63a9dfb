package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// LinkLife is how long a one-time link can be used.
const LinkLife = 7 * 24 * time.Hour

// Link is a one-time link. With a user it signs in and sets a new password; without one it makes the first admin.
type Link struct {
	TokenHash []byte    `gorm:"type:bytea;primaryKey"`
	UserID    *int64    `gorm:"index:links_user_id"`
	User      *User     `gorm:"constraint:OnDelete:CASCADE"`
	CreatedAt time.Time `gorm:"not null;default:now()"`
	ExpiresAt time.Time `gorm:"not null;index:links_expires_at"`
}

// CreateLink makes a one-time link for the user and returns its token. Earlier links of the user end. by is an admin, or
// nil where the operator of the server asks.
func (s *Store) CreateLink(ctx context.Context, by *User, userID int64) (string, error) {
	if by != nil && !by.IsAdmin() {
		return "", ErrForbidden
	}
	token := newToken()
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		if err := mayWrite(tx, by, userID); err != nil {
			return err
		}
		if err := tx.Where("user_id = ?", userID).Delete(&Link{}).Error; err != nil {
			return err
		}
		link := &Link{TokenHash: tokenHash(token), UserID: &userID, ExpiresAt: time.Now().Add(LinkLife)}
		if err := tx.Omit("User").Create(link).Error; err != nil {
			return err
		}
		return recordUser(tx, kindLinkCreate, by, userID, nil)
	})
	return token, err
}

// CreateSetupLink makes a link that makes the first admin, and returns its token; the empty string where there is an admin.
// Earlier set-up links stay good, since another program may just have shown one.
func (s *Store) CreateSetupLink(ctx context.Context) (string, error) {
	has, err := s.HasAdmin(ctx)
	if err != nil || has {
		return "", err
	}
	token := newToken()
	link := &Link{TokenHash: tokenHash(token), ExpiresAt: time.Now().Add(LinkLife)}
	return token, Explain(s.db.WithContext(ctx).Omit("User").Create(link).Error)
}

// LinkUser returns the user whose one-time link this is, and does not use it up. For a set-up link the user is nil.
func (s *Store) LinkUser(ctx context.Context, token string) (*User, error) {
	link, err := findLink(s.db.WithContext(ctx), token)
	if err != nil {
		return nil, Explain(err)
	}
	return link.User, nil
}

// UseLink sets a new password for the link's user and uses the link up. All sessions of the user end.
func (s *Store) UseLink(ctx context.Context, token, password string) (*User, error) {
	v := Invalid{}
	validPassword(v, "password", password)
	if err := v.Or(); err != nil {
		return nil, err
	}
	if _, err := s.LinkUser(ctx, token); err != nil {
		return nil, err // before the dear part
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return nil, err
	}
	var user *User
	err = s.inTx(ctx, func(tx *gorm.DB) error {
		link, err := findLink(tx, token)
		if err != nil {
			return err
		}
		if link.User == nil {
			return errNoLink
		}
		user = link.User
		// Who deletes the row has the link; a second try at the same moment finds none.
		used := tx.Where("token_hash = ?", link.TokenHash).Delete(&Link{})
		if used.Error != nil || used.RowsAffected == 0 {
			return orElse(used.Error, errNoLink)
		}
		if err := tx.Model(&User{}).Where("id = ?", user.ID).Updates(map[string]any{"password_hash": hash, "updated_at": gorm.Expr("now()")}).Error; err != nil {
			return err
		}
		user.PasswordHash = hash
		if err := endSessions(tx, user.ID, uuid.Nil); err != nil {
			return err
		}
		return recordUser(tx, kindLinkUse, user, user.ID, nil)
	})
	if err != nil {
		return nil, err
	}
	return user, nil
}

// SetUp makes the first admin with a set-up link, which ends all of them.
func (s *Store) SetUp(ctx context.Context, token string, in NewUser) (*User, error) {
	if _, err := s.LinkUser(ctx, token); err != nil {
		return nil, err
	}
	in.Role = RoleAdmin
	user, err := s.prepareAdmin(ctx, &in)
	if err != nil {
		return nil, err
	}
	return s.keepUser(ctx, &in, user, func(tx *gorm.DB) error {
		if err := lockAdmins(tx); err != nil {
			return err
		}
		link, err := findLink(tx, token)
		if err != nil {
			return err
		}
		if has, err := hasAdmin(tx); err != nil || has || link.UserID != nil {
			return orElse(err, errNoLink)
		}
		if err := tx.Where("user_id is null").Delete(&Link{}).Error; err != nil {
			return err
		}
		return insertUser(tx, nil, kindSignUp, user)
	})
}

// EnsureAdmin makes the first admin where there is none, and reports whether it did.
func (s *Store) EnsureAdmin(ctx context.Context, in NewUser) (made bool, err error) {
	if has, err := s.HasAdmin(ctx); err != nil || has {
		return false, err
	}
	in.Role = RoleAdmin
	user, err := s.prepareAdmin(ctx, &in)
	if err != nil {
		return false, err
	}
	_, err = s.keepUser(ctx, &in, user, func(tx *gorm.DB) error {
		made = false
		if err := lockAdmins(tx); err != nil {
			return err
		}
		if has, err := hasAdmin(tx); err != nil || has {
			return err
		}
		made = true
		if err := tx.Where("user_id is null").Delete(&Link{}).Error; err != nil {
			return err
		}
		return insertUser(tx, nil, kindUserCreate, user)
	})
	return made && err == nil, err
}

// prepareAdmin is prepareUser for who must be able to sign in: nobody else could make a link.
func (s *Store) prepareAdmin(ctx context.Context, in *NewUser) (*User, error) {
	v := Invalid{}
	validPassword(v, "password", in.Password)
	if len(v) == 0 {
		return s.prepareUser(ctx, in)
	}
	validNew(in, v)
	s.sayTaken(ctx, in, v)
	return nil, v
}

// HasAdmin reports whether there is an active admin.
func (s *Store) HasAdmin(ctx context.Context) (bool, error) {
	has, err := hasAdmin(s.db.WithContext(ctx))
	return has, Explain(err)
}

func findLink(tx *gorm.DB, token string) (*Link, error) {
	var link Link
	err := tx.Preload("User").Where("token_hash = ? and expires_at > now()", tokenHash(token)).First(&link).Error
	if err == gorm.ErrRecordNotFound {
		return nil, errNoLink
	}
	if err == nil && link.User != nil && !link.User.IsActive {
		return nil, errNoLink
	}
	return &link, err
}

func hasAdmin(tx *gorm.DB) (bool, error) {
	var has bool
	err := tx.Raw("select exists (select from users where role = 'admin' and is_active)").Scan(&has).Error
	return has, err
}

// lockAdmins makes this transaction the only one that changes who is an admin; the trigger takes the same lock.
func lockAdmins(tx *gorm.DB) error {
	return tx.Exec("select pg_advisory_xact_lock(hashtext('postroom admins'))").Error
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
