package models_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"postroom/models"
	"postroom/models/modelstest"
)

func fields(err error) models.Invalid {
	var invalid models.Invalid
	var conflict *models.Conflict
	if errors.As(err, &invalid) {
		return invalid
	}
	if errors.As(err, &conflict) {
		return conflict.Fields
	}
	return nil
}

func TestSignUpSaysAllThatIsWrongAtOnce(t *testing.T) {
	store := modelstest.Store(t)
	age := 151
	_, err := store.SignUp(modelstest.Context(t), models.Browser{}, models.NewUser{Username: "a b", Name: strings.Repeat("n", 101), Email: "ann", Password: "short",
		Age: &age, About: strings.Repeat("a", 2001), TimeZone: "Mars/Base", Language: "x y", Metadata: models.Metadata{"": 1}})
	said := fields(err)
	for field, want := range map[string]string{
		"username": "A user name has 3 to 50 letters, digits, - or _.", "name": "The name is too long: 101 characters, and 100 are the most.",
		"email": "An e-mail address looks like name@example.com.", "password": "The password is too short: 5 characters, and 10 are needed.",
		"age": "An age is a whole number from 1 to 150.", "about": "The text is too long: 2001 characters, and 2000 are the most.",
		"time_zone": "There is no time zone of this name.", "language": "There is no language of this name.", "metadata": "A field needs a name of at most 50 characters.",
	} {
		if got := said[field].String(); got != want {
			t.Errorf("%s: %q", field, got)
		}
	}
	if len(said) != 9 {
		t.Errorf("%d sentences: %v", len(said), said)
	}
}

func TestSignUpTakesAndRefusesFieldByField(t *testing.T) {
	store := modelstest.Store(t)
	modelstest.User(t, store, modelstest.Named("Taken"))
	low, high := 0, 150
	for _, try := range []struct {
		field string
		set   func(*models.NewUser)
		ok    bool
	}{
		{"username", func(in *models.NewUser) { in.Username = "" }, false},
		{"username", func(in *models.NewUser) { in.Username = "ab" }, false},
		{"username", func(in *models.NewUser) { in.Username = strings.Repeat("a", 51) }, false},
		{"username", func(in *models.NewUser) { in.Username = "Анна" }, false},
		{"username", func(in *models.NewUser) { in.Username = "a.b.c" }, false},
		{"username", func(in *models.NewUser) { in.Username = "tAKEN" }, false},
		{"username", func(in *models.NewUser) { in.Username = "Admin" }, false},
		{"username", func(in *models.NewUser) { in.Username = "postroom" }, false},
		{"username", func(in *models.NewUser) { in.Username = "signin" }, false},
		{"username", func(in *models.NewUser) { in.Username = "a\x00bc" }, false},
		{"username", func(in *models.NewUser) { in.Username = "a-_" }, true},
		{"username", func(in *models.NewUser) { in.Username = "  spaced  " }, true},
		{"username", func(in *models.NewUser) { in.Username = strings.Repeat("Z", 50) }, true},
		{"name", func(in *models.NewUser) { in.Name = strings.Repeat("ё", 100) }, true},
		{"name", func(in *models.NewUser) { in.Name = "a\u202eb" }, false},
		{"name", func(in *models.NewUser) { in.Name = "a\xffb" }, false},
		{"name", func(in *models.NewUser) { in.Name = "a\x00b" }, false},
		{"name", func(in *models.NewUser) { in.Name = "\u200b\u2800\u3164" }, false},
		{"name", func(in *models.NewUser) { in.Name = "😀" }, true},
		{"email", func(in *models.NewUser) { in.Email = "" }, false},
		{"email", func(in *models.NewUser) { in.Email = "a b@example.com" }, false},
		{"email", func(in *models.NewUser) { in.Email = "Ann <ann@example.com>" }, false},
		{"email", func(in *models.NewUser) { in.Email = "ann@example.com\nBcc: x@example.com" }, false},
		{"email", func(in *models.NewUser) { in.Email = `"a@b"@example.com` }, false},
		{"email", func(in *models.NewUser) { in.Email = "TAKEN@EXAMPLE.COM" }, false},
		{"email", func(in *models.NewUser) { in.Email = strings.Repeat("a", 250) + "@b.com" }, false},
		{"email", func(in *models.NewUser) { in.Email = "a\u00a0b@example.com" }, false},
		{"email", func(in *models.NewUser) { in.Email = "почта@пример.рф" }, false},
		{"password", func(in *models.NewUser) { in.Password = "" }, false},
		{"password", func(in *models.NewUser) { in.Password = "123456789" }, false},
		{"password", func(in *models.NewUser) { in.Password = strings.Repeat("😀", 1001) }, false},
		{"password", func(in *models.NewUser) { in.Password = strings.Repeat("😀", 1000) }, true},
		{"password", func(in *models.NewUser) { in.Password = "\x00\xff\n\t 😀 ﷽ é" }, true},
		{"age", func(in *models.NewUser) { in.Age = &low }, false},
		{"age", func(in *models.NewUser) { in.Age = &high }, true},
		{"time_zone", func(in *models.NewUser) { in.TimeZone = "Europe/Paris" }, true},
		{"time_zone", func(in *models.NewUser) { in.TimeZone = "../../etc/passwd" }, false},
		{"time_zone", func(in *models.NewUser) { in.TimeZone = "Local" }, false},
		{"language", func(in *models.NewUser) { in.Language = "pt-BR" }, true},
		{"about", func(in *models.NewUser) { in.About = "a\x00" }, false},
		{"metadata", func(in *models.NewUser) { in.Metadata = models.Metadata{"city": "a\x00"} }, false},
		{"metadata", func(in *models.NewUser) { in.Metadata = models.Metadata{"city": strings.Repeat("x", 17000)} }, false},
		{"metadata", func(in *models.NewUser) { in.Metadata = models.Metadata{"a": []any{map[string]any{"b": "c\x00"}}} }, false},
	} {
		in := models.NewUser{Username: "somebody", Email: "somebody@example.com", Password: modelstest.Password}
		try.set(&in)
		user, err := store.SignUp(modelstest.Context(t), from("192.0.2."+uuid.NewString()), in)
		if _, said := fields(err)[try.field]; try.ok && err != nil || !try.ok && !said {
			t.Errorf("%s %.60q: %v", try.field, []string{in.Username, in.Name, in.Email, in.Password}, err)
		}
		if !try.ok && len(fields(err)) != 1 {
			t.Errorf("%s: more is said to be wrong: %v", try.field, err)
		}
		if user != nil {
			if _, err := store.SignIn(modelstest.Context(t), models.Browser{}, user.Email, in.Password); err != nil {
				t.Errorf("%s: cannot sign in: %v", try.field, err)
			}
			if _, err := store.DeleteUser(modelstest.Context(t), user, user.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestATakenNameSuggestsAFreeOneAndSaysAllThatIsTaken(t *testing.T) {
	store, conn := behind(t)
	long := strings.Repeat("m", 50)
	for _, name := range []string{"ann", "ann-2", "ann-writes", "ann-3", "ann-4", "Ann-Lee", "bob", long} {
		modelstest.User(t, store, modelstest.Named(name))
	}
	for _, in := range []models.NewUser{{Username: "ANN", Name: "Ann Lee"}, {Username: "bob"}, {Username: "ann", Name: "Анна Ли"}, {Username: long}} {
		in.Email, in.Password = "bob@example.com", modelstest.Password
		_, err := store.SignUp(modelstest.Context(t), models.Browser{}, in)
		said := fields(err)
		if !errors.Is(err, models.ErrConflict) || said["email"].Text == "" || len(said["username"].Args) != 1 {
			t.Errorf("%s: %v", in.Username, err)
			continue
		}
		free := said["username"].Args[0].(string)
		if ask[bool](t, conn, `select exists (select from users where lower(username) = lower($1))`, free) {
			t.Errorf("%s is said to be free", free)
		}
		if _, err := store.SignUp(modelstest.Context(t), models.Browser{}, models.NewUser{Username: free, Email: free + "@example.com", Password: modelstest.Password}); err != nil {
			t.Errorf("%s: %v", free, err)
		}
	}
}

func TestOfTwoWhoTakeANameAtOnceOneGetsIt(t *testing.T) {
	store := modelstest.Store(t)
	var made, conflicts atomic.Int64
	together(4, func(i int) {
		_, err := store.SignUp(modelstest.Context(t), models.Browser{}, models.NewUser{Username: []string{"same", "SAME"}[i%2], Email: string(rune('a'+i)) + "@example.com", Password: modelstest.Password})
		if err == nil {
			made.Add(1)
		} else if errors.Is(err, models.ErrConflict) && fields(err)["username"].Text != "" {
			conflicts.Add(1)
		} else {
			t.Error(err)
		}
	})
	if made.Load() != 1 || conflicts.Load() != 3 {
		t.Errorf("%d made, %d told", made.Load(), conflicts.Load())
	}
}

func TestAPasswordIsKeptAsArgon2idAndRenewedWhenTheParametersChange(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store, modelstest.Named("ann"))
	hash := func() string { return ask[string](t, conn, `select password_hash from users where id = $1`, ann.ID) }
	const today = "$argon2id$v=19$m=19456,t=2,p=1$"
	if first := hash(); !strings.HasPrefix(first, today) || len(first) > 100 {
		t.Errorf("the hash is %q", first)
	}
	old, err := argon2id.CreateHash(modelstest.Password, &argon2id.Params{Memory: 8192, Iterations: 1, Parallelism: 2, SaltLength: 8, KeyLength: 16})
	if err != nil {
		t.Fatal(err)
	}
	run(t, conn, `update users set password_hash = $1`, old)
	if _, err := store.SignIn(modelstest.Context(t), models.Browser{}, "ann", "wrong password"); !errors.Is(err, models.ErrWrongPassword) || hash() != old {
		t.Errorf("a wrong password against an old hash: %v", err)
	}
	for range 2 {
		if _, err := store.SignIn(modelstest.Context(t), models.Browser{}, "ann", modelstest.Password); err != nil || !strings.HasPrefix(hash(), today) {
			t.Errorf("%v, %q", err, hash())
		}
	}
	for _, strange := range []string{"", "plain", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=1$x$y"} {
		run(t, conn, `update users set password_hash = $1`, strange)
		for _, password := range []string{modelstest.Password, strange, ""} {
			if _, err := store.SignIn(modelstest.Context(t), from(strange), "ann", password); !errors.Is(err, models.ErrWrongPassword) {
				t.Errorf("hash %q, password %q: %v", strange, password, err)
			}
		}
		run(t, conn, `delete from throttles`)
	}
}

func TestAnUnknownUserTakesAsLongAsAWrongPassword(t *testing.T) {
	store, conn := behind(t)
	for _, name := range []string{"ann", "eve", "new"} {
		modelstest.User(t, store, modelstest.Named(name))
	}
	run(t, conn, `update users set is_active = false where username = 'eve'`)
	run(t, conn, `update users set password_hash = '' where username = 'new'`)
	var said []string
	release := store.HoldHashing()
	for _, login := range []string{"ann", "ann@example.com", "eve", "new", "nobody", "nobody@example.com", "", "\x00"} {
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		if _, err := store.SignIn(ctx, models.Browser{}, login, "wrong password"); !errors.Is(err, models.ErrUnavailable) {
			t.Errorf("%q is answered without a hash: %v", login, err)
		}
		cancel()
	}
	release()
	for _, login := range []string{"ann", "eve", "new", "nobody"} {
		_, err := store.SignIn(modelstest.Context(t), models.Browser{}, login, "wrong password")
		said = append(said, err.Error())
	}
	if said[0] != said[1] || said[0] != said[2] || said[0] != said[3] {
		t.Errorf("the answers differ: %q", said)
	}
}
