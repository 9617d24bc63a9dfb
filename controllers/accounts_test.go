package controllers_test

import (
	"strings"
	"testing"

	"postroom/controllers"
	"postroom/models"
	"postroom/models/modelstest"
)

func TestSignUpSaysAllThatIsWrongAtOnceAndKeepsWhatWasTyped(t *testing.T) {
	site := newSite(t)
	modelstest.User(t, site.Store, modelstest.Named("jonas"))
	b := site.visitor()
	b.open("/signup").submit("Sign up", "username", "Jonas", "name", "Jonas Lindqvist", "email", "nonsense", "password", "short").status(422).
		sees("3 things to put right", "This user name is taken. jonas-lindqvist is free.", "An e-mail address looks like name@example.com.",
			"The password is too short: 5 characters, and 10 are needed.")
	if got := b.page.Find("#username").AttrOr("value", ""); got != "Jonas" {
		t.Errorf("the user name is now %q", got)
	}
	if strings.Contains(b.text, "short\"") || b.page.Find("#password").AttrOr("value", "") != "" {
		t.Error("the password came back")
	}
	if title := b.page.Find("title").Text(); !strings.HasPrefix(title, "Error:") {
		t.Errorf("the title is %q", title)
	}
	for _, id := range []string{"username", "email", "password"} {
		field := b.page.Find("#" + id)
		if field.AttrOr("aria-invalid", "") != "true" || !strings.Contains(field.AttrOr("aria-describedby", ""), id+"-error") ||
			b.page.Find("#"+id+"-error").Length() != 1 || b.page.Find(".errors a[href='#"+id+"']").Length() != 1 {
			t.Errorf("the error of %s is not tied to its field", id)
		}
	}
	b.submit("Sign up", "username", "jonas-lindqvist", "email", "jonas@lindqvist.example", "password", "a long enough one").status(200).sees("Jonas Lindqvist")
}

func TestSignUpCanBeClosed(t *testing.T) {
	site := newSite(t, func(c *controllers.Config) { c.SignUpOpen = false })
	b := site.visitor()
	b.open("/").seesNot("Sign up")
	b.open("/signup").status(403).sees("This site takes no new members at the moment.")
	b.post("/signup", "username", "ann", "email", "ann@example.com", "password", "a long enough one").status(403)
	if _, err := site.UserByName(modelstest.Context(t), "ann"); err == nil {
		t.Error("an account was made")
	}
}

func TestSignInTakesUserNameOrEmailAndSaysTheSameOfBothMistakes(t *testing.T) {
	site := newSite(t)
	modelstest.User(t, site.Store, modelstest.Named("ann"))
	for _, login := range []string{"ann", "ANN", "ann@example.com", "Ann@Example.com"} {
		site.visitor().open("/signin").submit("Sign in", "login", login, "password", modelstest.Password).status(200).sees("Sign out")
	}
	b := site.visitor()
	wrong := b.open("/signin").submit("Sign in", "login", "ann", "password", "not the password").status(422).words()
	unknown := b.open("/signin").submit("Sign in", "login", "nobody", "password", "not the password").status(422).words()
	if wrong != unknown {
		t.Errorf("a wrong password: %s\nan unknown user: %s", wrong, unknown)
	}
	b.sees("The name or the password is wrong.", "Ask an admin of this site for a one-time link")
}

func TestTheEleventhWrongPasswordIsNotTried(t *testing.T) {
	site := newSite(t)
	modelstest.User(t, site.Store, modelstest.Named("ann"))
	b := site.visitor()
	for range 10 {
		b.open("/signin").submit("Sign in", "login", "ann", "password", "not the password").status(422)
	}
	b.open("/signin").submit("Sign in", "login", "ann", "password", modelstest.Password).status(429).sees("Too many wrong tries.", "Try again in 15 minutes.")
	if b.head.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestASignInGetsANewTokenAndASignOutEndsIt(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	b := site.signIn(ann)
	first := b.client.Jar.Cookies(b.at)[0]
	if !first.HttpOnly && first.Value == "" {
		t.Error("no token")
	}
	b.submit("Sign out").status(200).sees("Sign in")
	thief := site.visitor()
	thief.header.Set("Cookie", first.Name+"="+first.Value)
	thief.open("/settings").sees("User name or e-mail")
	b.open("/signin").submit("Sign in", "login", ann.Username, "password", modelstest.Password)
	if second := b.client.Jar.Cookies(b.at)[0]; second.Value == first.Value {
		t.Error("the same token again")
	}
}

func TestAfterSignInOneIsBackWhereOneWanted(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	b := site.visitor()
	b.open("/posts/new").sees("User name or e-mail")
	b.submit("Sign in", "login", ann.Username, "password", modelstest.Password).status(200).sees("Write a post")
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`} {
		c := site.visitor()
		c.open("/signin?next="+next).submit("Sign in", "login", ann.Username, "password", modelstest.Password).status(200)
		if c.at.Path != "/" || !strings.HasPrefix(site.url, "http://"+c.at.Host) {
			t.Errorf("next=%s leads to %s", next, c.at)
		}
	}
}

func TestTheFirstAdminIsMadeOnceByTheLink(t *testing.T) {
	site := newSite(t)
	token, err := site.CreateSetupLink(modelstest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	b := site.visitor()
	b.open("/setup?token="+token).status(200).submit("Make the first admin", "username", "ruth", "email", "ruth@example.com", "password", "short").status(422)
	b.submit("Make the first admin", "password", "a long enough one").status(200).sees("You are its first admin.", "User statistics")
	site.visitor().open("/setup?token=" + token).status(404)
	site.visitor().post("/setup", "token", token, "username", "eve", "email", "eve@example.com", "password", "a long enough one").status(404)
}

func TestAOneTimeLinkSetsANewPassword(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	before := site.signIn(ann)
	token, err := site.CreateLink(modelstest.Context(t), nil, ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	b := site.visitor()
	b.open("/link?token="+token).status(200).submit("Set the password and sign in", "password", "short").status(422)
	b.submit("Set the password and sign in", "password", "another good one").status(200).sees("Your new password is set.", "Sign out")
	before.open("/settings").sees("User name or e-mail")
	site.visitor().open("/link?token=" + token).status(404)
	site.visitor().open("/signin").submit("Sign in", "login", ann.Username, "password", "another good one").status(200).sees("Sign out")
}

func TestSettingsChangeWhatOneSaysOfOneself(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store, func(in *models.NewUser) {
		in.Metadata = models.Metadata{"City": "Lyon", "interests": []any{"bread"}}
	})
	b := site.signIn(ann)
	b.open("/settings").submit("Save the profile", "name", "Ann Other", "age", "34", "time_zone", "Europe/Paris", "about", "Bakes.", "language", "ru").status(200).
		sees("Профиль сохранён.")
	b.header.Set("Accept-Language", "de")
	b.open("/settings").sees("Настройки").submit("Сохранить профиль", "language", "en", "age", "-3", "time_zone", "Mars/Base").status(422).
		sees("Часового пояса с таким названием нет.")
	user, err := site.User(modelstest.Context(t), ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	if user.Name != "Ann Other" || user.Age == nil || *user.Age != 34 || user.TimeZone != "Europe/Paris" || user.About != "Bakes." || user.Language != "ru" {
		t.Errorf("%+v", user)
	}
	if user.Metadata["City"] != "Lyon" || user.Metadata["interests"] == nil {
		t.Errorf("the fields are now %v", user.Metadata)
	}
	site.visitor().open(user.Path()).sees("Bakes.").seesNot("34", "Lyon", user.Email)
}

func TestANewPasswordAsksTheOldOneAndSignsOtherBrowsersOut(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	here, there := site.signIn(ann), site.signIn(ann)
	here.open("/settings").submit("Change the password", "current_password", "wrong one here", "password", "another good one").status(422).sees("This is not your password.")
	here.submit("Change the password", "current_password", modelstest.Password, "password", "another good one").status(200).sees("Your password is changed.")
	there.open("/settings").sees("User name or e-mail")
	there = site.visitor()
	there.open("/signin").submit("Sign in", "login", ann.Username, "password", "another good one").status(200)
	here.open("/settings").submit("Change the e-mail", "email", "new@example.com", "current_password", "another good one").status(200).sees("Your e-mail address is changed.")
	there.open("/settings").sees("User name or e-mail")
	here.open("/settings").sees("this browser")
}

func TestSessionsAndTokensAreListedAndEnded(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	here, there, third := site.signIn(ann), site.signIn(ann), site.signIn(ann)
	here.open("/settings")
	if n := here.page.Find("#sessions tbody tr").Length(); n != 3 {
		t.Errorf("%d sessions", n)
	}
	here.post(here.page.Find("#sessions form[action$='/delete']").First().AttrOr("action", "")).status(200).sees("The session is ended.")
	here.open("/settings").submit("End all others").status(200).sees("1 other session is ended.")
	there.open("/settings").sees("User name or e-mail")
	third.open("/settings").sees("User name or e-mail")

	here.open("/settings").submit("Make a token", "name", "Backup", "scope", "admin").status(422).sees("Only an admin's token can have the scope admin.")
	here.open("/settings").submit("Make a token", "name", "Backup").status(200).sees("Token made: Backup", "Copy it now.")
	secret := here.page.Find("#token").AttrOr("value", "")
	if token, err := site.FindToken(modelstest.Context(t), secret); err != nil || token.UserID != ann.ID {
		t.Errorf("token %q: %v", secret, err)
	}
	here.open("/settings").sees("Backup").seesNot(secret)
	here.post(here.page.Find("#tokens form[action$='/delete']").First().AttrOr("action", "")).status(200).sees("The token is ended.")
	if _, err := site.FindToken(modelstest.Context(t), secret); err == nil {
		t.Error("the token still works")
	}
}

func TestLeavingAsksTwiceAndTakesThePostsAlong(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	post := modelstest.Post(t, site.Store, ann)
	b := site.signIn(ann)
	b.open("/settings").click("Leave…").sees("Nothing has changed yet", "Delete my account and 1 post")
	b.submit("Delete my account and 1 post", "current_password", "wrong one here").status(422).sees("This is not your password.")
	b.submit("Delete my account and 1 post", "current_password", modelstest.Password).status(200).sees("Your account is deleted, and 1 post with it.", "Sign in")
	site.visitor().open(post.Path()).status(404)
	site.visitor().open(ann.Path()).status(404)
	admin := site.signIn(modelstest.Admin(t, site.Store))
	admin.open("/settings/leave").submit("Delete my account and 0 posts", "current_password", modelstest.Password).status(422).
		sees("This is the last admin. Make another user an admin first.")
}

func TestCookiesAreSecureUnderHTTPS(t *testing.T) {
	site := newSite(t, func(c *controllers.Config) { c.BaseURL.Scheme = "https" })
	ann := modelstest.User(t, site.Store)
	b := site.visitor()
	b.header.Set("Origin", site.url)
	b.client.CheckRedirect = nil
	b.post("/signin", "login", ann.Username, "password", modelstest.Password)
	if hsts := b.head.Get("Strict-Transport-Security"); hsts == "" {
		t.Error("no Strict-Transport-Security")
	}
	b2 := site.visitor()
	b2.client.CheckRedirect = noRedirect
	b2.post("/signin", "login", ann.Username, "password", modelstest.Password).status(303)
	cookie := b2.head.Get("Set-Cookie")
	for _, want := range []string{"__Host-postroom=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q lacks %s", cookie, want)
		}
	}
}

func TestSigningUpOpensOneSession(t *testing.T) {
	site := newSite(t)
	b := site.visitor()
	b.client.CheckRedirect = noRedirect
	b.open("/signup").submit("Sign up", "username", "ann", "email", "ann@example.com", "password", "a long enough one").status(303)
	if cookies := b.head.Values("Set-Cookie"); len(cookies) != 1 {
		t.Errorf("%d cookies", len(cookies))
	}
	b.client.CheckRedirect = nil
	b.open("/").sees("You are signed in as ann.")
	b.open("/settings").seesNot("You are signed in as ann.")
	if n := b.page.Find("#sessions tbody tr").Length(); n != 1 {
		t.Errorf("%d sessions", n)
	}
	b.open("/posts/new").submit("Save draft", "title", "Secret plan")
	b.submit("Sign out").status(200).seesNot("Secret plan")
}

func TestNoUserNameIsAnAddressOfTheSite(t *testing.T) {
	site := newSite(t)
	for _, door := range doors {
		first, _, _ := strings.Cut(strings.TrimPrefix(door.path, "/"), "/")
		first, _, _ = strings.Cut(first, "?")
		first, _, _ = strings.Cut(first, ".")
		if first != "" && first != "nowhere" && !models.IsReserved(first) {
			t.Errorf("%s can be a user name", first)
		}
	}
	site.visitor().open("/signup").submit("Sign up", "username", "link", "email", "x@example.com", "password", "a long enough one").status(422).
		sees("This user name is kept for the site itself.")
}
