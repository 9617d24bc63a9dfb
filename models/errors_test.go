package models_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestEveryClassOfSQLSTATEBecomesAnErrorOfOurs(t *testing.T) {
	for code, want := range map[string]string{
		"22001": "invalid", "22003": "invalid", "22021": "invalid", "22P02": "invalid", "22P05": "invalid", "54000": "invalid", "54001": "invalid", "23502": "invalid",
		"23505": "conflict", "23503": "missing", "23514": "conflict", "23P01": "conflict", "23001": "conflict", "PR001": "conflict",
		"08000": "away", "08006": "away", "53100": "away", "53200": "away", "53300": "away", "57014": "away", "57P01": "away", "57P02": "away", "57P03": "away",
		"40001": "away", "40P01": "away", "25006": "away", "0A000": "unsupported", "42601": "", "42501": "", "42P01": "", "XX000": "", "XX001": "", "P0001": "",
	} {
		raw := error(&pgconn.PgError{Code: code, Message: "inner words", ColumnName: "name"})
		for _, err := range []error{models.Explain(raw), models.Explain(fmt.Errorf("wrapped: %w", raw)), models.Explain(models.Explain(raw))} {
			var invalid models.Invalid
			var conflict *models.Conflict
			got := ""
			switch {
			case errors.As(err, &invalid):
				got = "invalid"
			case errors.As(err, &conflict) && conflict.Missing:
				got = "missing"
			case errors.Is(err, models.ErrConflict):
				got = "conflict"
			case errors.Is(err, models.ErrUnavailable):
				got = "away"
			case errors.Is(err, models.ErrUnsupported):
				got = "unsupported"
			}
			if got != want {
				t.Errorf("%s is %q, want %q: %v", code, got, want, err)
			}
		}
	}
	other := errors.New("other")
	for raw, want := range map[error]error{nil: nil, pgx.ErrNoRows: models.ErrNotFound, gorm.ErrRecordNotFound: models.ErrNotFound, context.DeadlineExceeded: models.ErrUnavailable, other: other} {
		if got := models.Explain(raw); !errors.Is(got, want) {
			t.Errorf("%v is explained as %v", raw, got)
		}
	}
}

func TestADatabaseThatLetsNobodyInIsAway(t *testing.T) {
	for _, address := range []string{"postgres://nobody@127.0.0.1:1/x?connect_timeout=1", "postgres://x@/x?host=/nowhere"} {
		_, err := pgx.Connect(modelstest.Context(t), address)
		if !errors.Is(models.Explain(err), models.ErrUnavailable) {
			t.Errorf("%s: %v", address, models.Explain(err))
		}
		store, err := models.Open(modelstest.Context(t), models.Options{URL: address})
		if err == nil || store != nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", address, err)
		}
	}
	// A database that is dropped, and a role that is refused, say so with an SQLSTATE of their own.
	config, _ := pgx.ParseConfig(modelstest.URL(t))
	config.Database = "gone"
	if _, err := pgx.ConnectConfig(modelstest.Context(t), config); !errors.Is(models.Explain(err), models.ErrUnavailable) {
		t.Errorf("a database that is gone: %v", err)
	}
	_, err := models.Open(modelstest.Context(t), models.Options{URL: "postgres://u:se cret@[::1"})
	if err == nil || strings.Contains(err.Error(), "cret") {
		t.Errorf("an unreadable address: %v", err)
	}
}

func TestADeadlineAndAGoneReaderAreNoMistakeOfOurs(t *testing.T) {
	store := modelstest.Store(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	defer cancel()
	if _, err := store.User(ctx, 1); !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("out of time: %v", err)
	}
	gone, leave := context.WithTimeout(context.Background(), time.Minute)
	leave()
	if _, err := store.SiteStats(gone); err == nil {
		t.Error("an answer for who is gone")
	}
	if err := store.Ping(modelstest.Context(t)); err != nil {
		t.Error(err)
	}
}

// TestTextThatPostgreSQLCannotKeepIsAnsweredByTheField gives zeros and broken UTF-8 to every entry.
func TestTextThatPostgreSQLCannotKeepIsAnsweredByTheField(t *testing.T) {
	store := modelstest.Store(t)
	ann, admin := modelstest.User(t, store), modelstest.Admin(t, store)
	post := modelstest.Post(t, store, ann)
	ctx := modelstest.Context(t)
	for _, bad := range []string{"a\x00b", "\x00", "a\xffb", "\xed\xa0\x80", "\xc0\x80", strings.Repeat("😀", 300), strings.Repeat("x", 20000)} {
		entries := map[string]func() error{
			"SignUp": func() error {
				_, err := store.SignUp(ctx, models.Browser{IP: bad, UserAgent: bad}, models.NewUser{Username: bad, Name: bad, Email: bad, Password: bad, About: bad, Language: bad, TimeZone: bad, Metadata: models.Metadata{bad: bad}})
				return err
			},
			"CreateUser": func() error {
				_, err := store.CreateUser(ctx, admin, models.NewUser{Username: "fine-one", Email: bad + "@x.example", Role: bad})
				return err
			},
			"SignIn":         func() error { _, err := store.SignIn(ctx, models.Browser{IP: bad}, bad, bad); return err },
			"UserByName":     func() error { _, err := store.UserByName(ctx, bad); return err },
			"StartSession":   func() error { _, err := store.StartSession(ctx, nil, models.Browser{UserAgent: bad}, nil); return err },
			"FindSession":    func() error { _, err := store.FindSession(ctx, bad, models.Browser{UserAgent: bad}); return err },
			"EndSession":     func() error { return store.EndSession(ctx, bad) },
			"FindToken":      func() error { _, err := store.FindToken(ctx, "postroom_"+bad); return err },
			"CreateToken":    func() error { _, _, err := store.CreateToken(ctx, ann, bad, bad); return err },
			"LinkUser":       func() error { _, err := store.LinkUser(ctx, bad); return err },
			"UseLink":        func() error { _, err := store.UseLink(ctx, bad, modelstest.Password); return err },
			"SetUp":          func() error { _, err := store.SetUp(ctx, bad, models.NewUser{Username: bad}); return err },
			"ChangePassword": func() error { return store.ChangePassword(ctx, ann, uuid.Nil, bad, bad) },
			"ChangeEmail":    func() error { return store.ChangeEmail(ctx, ann, uuid.Nil, modelstest.Password, bad) },
			"UpdateUser": func() error {
				_, err := store.UpdateUser(ctx, admin, ann.ID, models.UserChange{Username: &bad, Name: &bad, Email: &bad, About: &bad, Role: &bad, Language: &bad, TimeZone: &bad, Metadata: models.Metadata{"a": bad, "b": []any{bad}}})
				return err
			},
			"CreatePost": func() error {
				return store.CreatePost(ctx, ann, &models.Post{Title: bad, Content: bad, Status: bad, Tags: []string{bad}})
			},
			"UpdatePost": func() error {
				_, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{Title: &bad, Content: &bad, Status: &bad, Tags: []string{bad}})
				return err
			},
			"ParsePostKey": func() error { _, err := models.ParsePostKey(bad); return err },
			"Users": func() error {
				filter, err := models.ParseUserFilter(url.Values{"q": {bad}, "role": {bad}, "sort": {bad}, "after": {bad}, "meta.a": {bad}, "meta." + bad: {bad}, "posts": {bad}, "registered_from": {bad}}, time.UTC)
				_, listed := store.Users(ctx, filter)
				return errors.Join(err, listed)
			},
		}
		for name, enter := range entries {
			err := enter()
			var invalid models.Invalid
			errors.As(err, &invalid)
			known := err == nil || invalid != nil || errors.Is(err, models.ErrNotFound) || errors.Is(err, models.ErrWrongPassword)
			if _, throttled := tooMany(err); !known && !throttled {
				t.Errorf("%s of %.20q: %v", name, bad, err)
			}
			if _, nameless := invalid[""]; nameless {
				t.Errorf("%s of %.20q came as far as PostgreSQL: %v", name, bad, err)
			}
		}
	}
	numbers := map[string]bool{`{"n": 12345678901234567890123, "e": 1.5e300, "z": -0.0, "l": [1, "x", null, true, {"a": {}}]}`: true,
		`{"n": 1e400}`: false, `{"n": 1e999999999}`: false, `{"l": ` + strings.Repeat("[", 8000) + strings.Repeat("]", 8000) + `}`: false}
	for text, ok := range numbers {
		var metadata models.Metadata
		if err := metadata.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatal(err)
		}
		_, err := store.UpdateUser(ctx, ann, ann.ID, models.UserChange{Metadata: metadata})
		if (err == nil) != ok || !ok && fields(err)["metadata"].Text == "" {
			t.Errorf("%.30s: %v", text, err)
		}
	}
	if user, err := store.User(ctx, ann.ID); err != nil || fmt.Sprint(user.Metadata["n"]) != "12345678901234567890123" {
		t.Errorf("%v, %v", user.Metadata, err)
	}
}
