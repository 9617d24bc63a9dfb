package models

import (
	"context"
	"runtime"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
)

// The bounds of a password, in characters.
const (
	MinPassword = 10
	MaxPassword = 1000
)

// argon are the parameters of every password's hash: 19 MiB, two passes, one lane, the first choice of OWASP's Password
// Storage Cheat Sheet for Argon2id.
var argon = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobodysHash is what the password of an unknown user is compared with, so that the answer takes as long as for a known one.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func validPassword(v Invalid, field, password string) {
	switch n := utf8.RuneCountInString(password); {
	case password == "":
		v[field] = Say("Choose a password.")
	case n < MinPassword:
		v[field] = Say("The password is too short: %d characters, and %d are needed.", n, MinPassword)
	case n > MaxPassword:
		v[field] = Say("The password is too long: %d characters, and %d are the most.", n, MaxPassword)
	}
}

// hashPassword hashes, when its turn comes.
func (s *Store) hashPassword(ctx context.Context, password string) (string, error) {
	if err := s.enterHashing(ctx); err != nil {
		return "", err
	}
	defer s.leaveHashing()
	return argon2id.CreateHash(password, argon)
}

// passwordMatches compares with the hash; an empty hash takes as long and never matches. stale is true where the hash was
// made with other parameters than today's.
func (s *Store) passwordMatches(ctx context.Context, password, hash string) (match, stale bool, err error) {
	if utf8.RuneCountInString(password) > MaxPassword {
		password = "" // no account has so long a one; hashing it would only cost
	}
	if err := s.enterHashing(ctx); err != nil {
		return false, false, err
	}
	defer s.leaveHashing()
	known := hash != ""
	if !known {
		hash = nobodysHash
	}
	match, params, err := argon2id.CheckHash(password, hash)
	if err != nil { // a hand has written what is no hash of ours: nobody knows its password
		s.log.Warn("a password's hash cannot be read", "error", err)
		_, _, err = argon2id.CheckHash(password, nobodysHash)
		return false, false, err
	}
	return match && known, *params != *argon, nil
}

func (s *Store) enterHashing(ctx context.Context) error {
	select {
	case s.hashes <- struct{}{}:
		return nil
	case <-ctx.Done():
		return Explain(ctx.Err())
	}
}

// leaveHashing makes room for the next. The memory of this hash is collected first: waiting for the collector, a burst of
// sign-ins would hold several times 19 MiB.
func (s *Store) leaveHashing() {
	runtime.GC()
	<-s.hashes
}
