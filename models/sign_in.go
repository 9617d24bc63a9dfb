package models

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

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
	takeBackAddress, err := s.tryPatiently(ctx, throttleAddress, from.IP)
	if err != nil {
		return nil, err
	}
	takeBackAccount, err := s.tryPatiently(ctx, throttleAccount, account)
	if err != nil {
		return nil, errors.Join(err, takeBackAddress(ctx))
	}
	match, stale, err := s.passwordMatches(ctx, password, hash)
	if err == nil && !match {
		return nil, errors.Join(ErrWrongPassword, s.recordFailure(ctx, id))
	}
	// A try that was not answered is not a wrong one. Its own time may be over.
	taking, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := errors.Join(err, takeBackAddress(taking), takeBackAccount(taking)); err != nil {
		return nil, err
	}
	if !active {
		return nil, ErrDeactivated
	}
	if stale {
		fresh, err := s.hashPassword(ctx, password)
		if err != nil {
			return nil, err
		}
		// Only in place of the hash that was compared: the password may have been changed meanwhile.
		if _, err := s.pool.Exec(ctx, `update users set password_hash = $3 where id = $1 and password_hash = $2`, id, hash, fresh); err != nil {
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
		if err := endSessions(tx, by.ID, keep); err != nil {
			return err
		}
		return recordUser(tx, kindPasswordChange, by, by.ID, nil)
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
		if err := endSessions(tx, by.ID, keep); err != nil {
			return err
		}
		return recordUser(tx, kindEmailChange, by, by.ID, map[string]any{"before": map[string]any{"email": by.Email}, "after": map[string]any{"email": email}})
	})
}

// confirm checks the user's own password, throttled as a sign-in, and adds the sentence to v where it is wrong.
func (s *Store) confirm(ctx context.Context, by *User, password string, v Invalid) error {
	var hash string
	if err := s.pool.QueryRow(ctx, `select password_hash from users where id = $1`, by.ID).Scan(&hash); err != nil {
		return Explain(err)
	}
	if password == "" {
		v["current_password"] = Say("Give the password you have now.")
		return v
	}
	takeBack, err := s.try(ctx, throttleAccount, "user "+formatID(by.ID))
	if err != nil {
		return err
	}
	match, _, err := s.passwordMatches(ctx, password, hash)
	if err != nil {
		return err
	}
	if match {
		if err := takeBack(ctx); err != nil {
			return err
		}
	} else {
		if err := s.recordFailure(ctx, by.ID); err != nil {
			return err
		}
		v["current_password"] = Say("This is not your password.")
	}
	return v.Or()
}
