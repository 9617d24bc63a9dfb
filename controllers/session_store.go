package controllers

import (
	"encoding/json"
	"errors"
	"net/http"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/sessions"

	"postroom/models"
)

// sessionStore keeps the sessions of gin-contrib/sessions in the sessions table. The cookie holds a random token and
// nothing else. A new token is given at each sign-in, and the old one ends.
type sessionStore struct{ app *App }

// What the store keeps with a session in memory; it is not written to the table.
type (
	rowKey   struct{} // the *models.Session it was read from
	errKey   struct{} // why it could not be read
	tokenKey struct{} // the token of the cookie
	userKey  struct{} // the *models.User who has just signed in
)

// The names of the values of a session.
const (
	valueUser  = "user"  // int64: who is signed in
	valueFlash = "flash" // what to say on the next page
)

func (a *App) cookieName() string {
	if a.secure() {
		return "__Host-postroom"
	}
	return "postroom"
}

// Options are fixed: see cookie.
func (s *sessionStore) Options(ginsessions.Options) {}

// Get returns the session of the request, the same one each time.
func (s *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the request's cookie names, or makes an empty one. It never returns nil.
func (s *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.IsNew = true
	cookie, err := r.Cookie(name)
	if err != nil || cookie.Value == "" {
		return session, nil
	}
	address, _ := r.Context().Value(addressKey{}).(string)
	row, err := s.app.Store.FindSession(r.Context(), cookie.Value, models.Browser{IP: address, UserAgent: r.UserAgent()})
	if err != nil {
		if !errors.Is(err, models.ErrNotFound) {
			session.Values[errKey{}] = err
		}
		return session, nil
	}
	session.IsNew = false
	session.Values[rowKey{}], session.Values[tokenKey{}] = row, cookie.Value
	var values map[string]any
	if json.Unmarshal(row.Data, &values) == nil {
		for name, value := range values {
			session.Values[name] = value
		}
	}
	if row.UserID != nil {
		session.Values[valueUser] = *row.UserID
	}
	return session, nil
}

// Save writes the session down and sets the cookie. A session with nothing in it ends.
func (s *sessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	row, _ := session.Values[rowKey{}].(*models.Session)
	token, _ := session.Values[tokenKey{}].(string)
	userID, signedIn := session.Values[valueUser].(int64)
	values := map[string]any{}
	for name, value := range session.Values {
		if name, ok := name.(string); ok && name != valueUser {
			values[name] = value
		}
	}
	data, err := json.Marshal(values)
	if err != nil {
		return err
	}
	same := row != nil && (row.UserID == nil) == !signedIn && (!signedIn || *row.UserID == userID)
	if same && (signedIn || len(values) > 0) {
		return s.app.Store.SaveSessionData(r.Context(), row.ID, data)
	}
	if row != nil {
		if err := s.app.Store.EndSession(r.Context(), token); err != nil {
			return err
		}
	}
	if !signedIn && len(values) == 0 {
		http.SetCookie(w, s.app.cookie("", -1))
		return nil
	}
	user, _ := session.Values[userKey{}].(*models.User)
	if signedIn && user == nil {
		return models.ErrForbidden // nobody is signed in but by signIn
	}
	address, _ := r.Context().Value(addressKey{}).(string)
	token, err = s.app.Store.StartSession(r.Context(), user, models.Browser{IP: address, UserAgent: r.UserAgent()}, data)
	if err != nil {
		return err
	}
	http.SetCookie(w, s.app.cookie(token, int(models.SessionLife.Seconds())))
	// What is saved next in this request goes into the same session.
	if row, err = s.app.Store.FindSession(r.Context(), token, models.Browser{IP: address, UserAgent: r.UserAgent()}); err != nil {
		return err
	}
	session.Values[rowKey{}], session.Values[tokenKey{}] = row, token
	return nil
}

// cookie is the one cookie of the site. Lax: a link from elsewhere finds the reader signed in, a form from elsewhere does not.
func (a *App) cookie(token string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: a.cookieName(), Value: token, Path: "/", MaxAge: maxAge, Secure: a.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// knowSession reads the session once, where there is a cookie, and notes who is signed in.
func (a *App) knowSession(c *gin.Context) error {
	if _, err := c.Request.Cookie(a.cookieName()); err != nil {
		return nil
	}
	session := ginsessions.Default(c)
	if err, ok := session.Get(errKey{}).(error); ok {
		return err
	}
	if row, ok := session.Get(rowKey{}).(*models.Session); ok {
		c.Set(keySession, row)
		from(c, func(o *models.Origin) { o.Session = row.ID })
		if row.User != nil {
			c.Set(keyUser, row.User)
		}
		if token, ok := session.Get(tokenKey{}).(string); ok && row.Renewed {
			http.SetCookie(c.Writer, a.cookie(token, int(models.SessionLife.Seconds())))
		}
	}
	return nil
}

// mySession is the session of the browser; nil where there is none.
func mySession(c *gin.Context) *models.Session {
	row, _ := c.Get(keySession)
	session, _ := row.(*models.Session)
	return session
}

// signIn starts a session of the user under a new token.
func (a *App) signIn(c *gin.Context, user *models.User) error {
	session := ginsessions.Default(c)
	session.Set(valueUser, user.ID)
	session.Set(userKey{}, user)
	// The row is forgotten first, so that even the same user gets a new token.
	if token, ok := session.Get(tokenKey{}).(string); ok {
		if err := a.Store.EndSession(c.Request.Context(), token); err != nil {
			return err
		}
		session.Delete(rowKey{})
		session.Delete(tokenKey{})
	}
	c.Set(keyUser, user)
	return session.Save()
}

// signOut ends the session.
func (a *App) signOut(c *gin.Context) error {
	session := ginsessions.Default(c)
	session.Delete(valueUser)
	session.Delete(valueFlash) // it was said to who is gone
	c.Set(keyUser, (*models.User)(nil))
	return session.Save()
}
