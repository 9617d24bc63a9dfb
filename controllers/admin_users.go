package controllers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminUsers is where an admin finds users and looks after their accounts.
type AdminUsers struct{ *App }

// newestPosts is how many posts the page of a user lists.
const newestPosts = 10

// Index lists users.
func (u AdminUsers) Index(c *gin.Context) error {
	if tidied(c) {
		return nil
	}
	stats, err := u.Store.SiteStats(c.Request.Context())
	if err != nil {
		return err
	}
	list, err := u.userList(c, stats.Users, "")
	if err != nil {
		return err
	}
	return u.show(c, list.status(), "admin_users/index", H{"Title": models.Say("Users"), "Place": "admin", "Rail": "users", "List": list, "Errors": list.Errors})
}

// Show shows one user with all that an admin can do.
func (u AdminUsers) Show(c *gin.Context) error {
	user, err := u.adminUser(c)
	if err != nil {
		return err
	}
	values, err := u.adminUserPage(c, user)
	if err != nil {
		return err
	}
	return u.show(c, http.StatusOK, "admin_users/show", values)
}

// Update changes who the user is and what the user may do.
func (u AdminUsers) Update(c *gin.Context) error {
	user, err := u.adminUser(c)
	if err != nil {
		return err
	}
	name, username, email := c.PostForm("name"), c.PostForm("username"), c.PostForm("email")
	change := models.UserChange{Name: &name, Username: &username, Email: &email, Age: typedAge(c.PostForm("age"))}
	if role, said := c.GetPostForm("role"); said {
		change.Role = &role
	}
	changed, err := u.Store.UpdateUser(c.Request.Context(), me(c), user.ID, change)
	if err != nil {
		values, problem := u.adminUserPage(c, user)
		if problem != nil {
			return problem
		}
		values["Form"] = typed(c)
		return u.again(c, err, "admin_users/show", values)
	}
	return u.redirect(c, adminPath(user), models.Say("%s is saved.", changed.Name))
}

// Deactivate shuts a user out. The posts stay.
func (u AdminUsers) Deactivate(c *gin.Context) error {
	user, err := u.otherUser(c)
	if err != nil {
		return err
	}
	access, err := u.access(c, user)
	if err != nil {
		return err
	}
	if _, err := u.Store.UpdateUser(c.Request.Context(), me(c), user.ID, models.UserChange{IsActive: new(bool)}); err != nil {
		return err
	}
	sessions, tokens := len(access.Sessions), len(access.Tokens)
	switch {
	case tokens > 0:
		return u.redirect(c, adminPath(user), models.Say("%s is deactivated. Ended: sessions %d, tokens %d.", user.Name, sessions, tokens))
	case sessions > 0:
		return u.redirect(c, adminPath(user), models.Say("%s is deactivated. %d sessions ended.", user.Name, sessions))
	}
	return u.redirect(c, adminPath(user), models.Say("%s is deactivated. No session was open.", user.Name))
}

// Reactivate lets a user in again.
func (u AdminUsers) Reactivate(c *gin.Context) error {
	user, err := u.otherUser(c)
	if err != nil {
		return err
	}
	active := true
	if _, err := u.Store.UpdateUser(c.Request.Context(), me(c), user.ID, models.UserChange{IsActive: &active}); err != nil {
		return err
	}
	return u.redirect(c, adminPath(user), models.Say("%s is active again, and can sign in.", user.Name))
}

// Remove says what goes with a user, before anything is gone.
func (u AdminUsers) Remove(c *gin.Context) error {
	user, err := u.otherUser(c)
	if err != nil {
		return err
	}
	access, err := u.access(c, user)
	if err != nil {
		return err
	}
	published, drafts, err := u.Store.PostTotals(c.Request.Context(), user.ID)
	if err != nil {
		return err
	}
	return u.show(c, http.StatusOK, "admin_users/delete", H{"Title": models.Say("Delete %s", user.Name), "Place": "admin", "Rail": "users", "User": user,
		"Path": adminPath(user), "Published": published, "Drafts": drafts, "Posts": published + drafts, "Sessions": len(access.Sessions), "Tokens": len(access.Tokens)})
}

// Delete removes a user with everything the user wrote.
func (u AdminUsers) Delete(c *gin.Context) error {
	user, err := u.otherUser(c)
	if err != nil {
		return err
	}
	gone, err := u.Store.DeleteUser(c.Request.Context(), me(c), user.ID)
	if err != nil {
		return err
	}
	if gone.Posts == 0 {
		return u.redirect(c, "/admin/users", models.Say("%s is deleted. There were no posts.", user.Name))
	}
	return u.redirect(c, "/admin/users", models.Say("%s is deleted, with %d posts.", user.Name, gone.Posts))
}

// adminUser is the user whom the address names.
func (a *App) adminUser(c *gin.Context) (*models.User, error) {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return nil, err
	}
	return a.Store.User(c.Request.Context(), id)
}

// otherUser is adminUser for what nobody does to oneself.
func (a *App) otherUser(c *gin.Context) (*models.User, error) {
	user, err := a.adminUser(c)
	if err == nil && user.ID == me(c).ID {
		return nil, &models.Conflict{Say: models.SayYourself}
	}
	return user, err
}

// access is all that lets a user in.
type access struct {
	Sessions []openSession
	Tokens   []models.Token
}

type openSession struct {
	models.Session
	Browser models.Sentence
}

func (a *App) access(c *gin.Context, user *models.User) (access access, err error) {
	sessions, err := a.Store.Sessions(c.Request.Context(), me(c), user.ID)
	if err != nil {
		return access, err
	}
	for _, session := range sessions {
		access.Sessions = append(access.Sessions, openSession{session, browserName(session.UserAgent)})
	}
	access.Tokens, err = a.Store.Tokens(c.Request.Context(), user)
	return access, err
}

// adminUserPage are the values of a user's page.
func (a *App) adminUserPage(c *gin.Context, user *models.User) (H, error) {
	ctx := c.Request.Context()
	access, err := a.access(c, user)
	if err != nil {
		return nil, err
	}
	published, drafts, err := a.Store.PostTotals(ctx, user.ID)
	if err != nil {
		return nil, err
	}
	posts, _, err := a.Store.Posts(ctx, models.PostList{UserID: user.ID, Limit: newestPosts})
	if err != nil {
		return nil, err
	}
	if drafts > 0 {
		begun, _, err := a.Store.Posts(ctx, models.PostList{UserID: user.ID, Drafts: true, Limit: newestPosts})
		if err != nil {
			return nil, err
		}
		posts = append(posts, begun...)
		slices.SortStableFunc(posts, func(a, b models.Post) int { return b.Key().At.Compare(a.Key().At) })
		posts = posts[:min(len(posts), newestPosts)]
	}
	contacts, err := a.Store.Contacts(ctx, me(c), user.ID)
	if err != nil {
		return nil, err
	}
	form := map[string]string{"name": user.Name, "username": user.Username, "email": user.Email, "role": user.Role}
	if user.Age != nil {
		form["age"] = strconv.Itoa(*user.Age)
	}
	return H{"Place": "admin", "Rail": "users", "User": user, "Own": user.ID == me(c).ID, "Path": adminPath(user), "Form": form,
		"Sessions": access.Sessions, "Tokens": access.Tokens, "Published": published, "Drafts": drafts, "Total": int(published + drafts), "Posts": posts,
		"Contacts": contacts,
		"Metadata": metadataFacts(user.Metadata), "Link": "", "LinkEnds": time.Time{}}, nil
}

// metadataFact is a field of a user's own, and the list of those who have the same.
type metadataFact struct{ Name, Value, Href string }

func metadataFacts(fields models.Metadata) []metadataFact {
	var facts []metadataFact
	for name, value := range fields {
		fact := metadataFact{Name: name}
		switch value := value.(type) {
		case string:
			fact.Value, fact.Href = value, "/admin/users?"+url.Values{"meta." + name: {value}}.Encode()
		default:
			encoded, _ := json.Marshal(value) // it was read from JSON
			fact.Value = string(encoded)
		}
		facts = append(facts, fact)
	}
	slices.SortFunc(facts, func(a, b metadataFact) int { return strings.Compare(a.Name, b.Name) })
	return facts
}

func adminPath(user *models.User) string { return "/admin/users/" + strconv.FormatInt(user.ID, 10) }

// typedAge is an age as UserChange takes it: 0 for none, and for what is no age a number that it will refuse.
func typedAge(text string) *int {
	n := 0
	if text = strings.TrimSpace(text); text != "" {
		if parsed, err := strconv.Atoi(text); err == nil && parsed != 0 {
			n = parsed
		} else {
			n = -1
		}
	}
	return &n
}
