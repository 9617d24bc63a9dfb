package controllers

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// newestActs is how many receipts the page of a user lists.
const newestActs = 10

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
	totals, err := a.Store.PostTotals(ctx, user.ID)
	if err != nil {
		return nil, err
	}
	posts, _, err := a.Store.Posts(ctx, me(c), models.PostList{UserID: user.ID, Limit: newestPosts})
	if err != nil {
		return nil, err
	}
	for _, hidden := range []models.PostList{{Status: models.StatusDraft}, {Status: models.StatusScheduled}, {Visibility: models.VisibilityUnlisted}} {
		hidden.UserID, hidden.Limit = user.ID, newestPosts
		more, _, err := a.Store.Posts(ctx, me(c), hidden)
		if err != nil {
			return nil, err
		}
		posts = append(posts, more...)
	}
	slices.SortStableFunc(posts, func(a, b models.Post) int { return b.Key().At.Compare(a.Key().At) })
	posts = posts[:min(len(posts), newestPosts)]
	orders, err := a.Store.UserOrders(ctx, me(c), user.ID)
	if err != nil {
		return nil, err
	}
	contacts, err := a.Store.Contacts(ctx, me(c), user.ID)
	if err != nil {
		return nil, err
	}
	acts, err := a.Store.ActsOn(ctx, me(c), "user", user.ID, newestActs)
	if err != nil {
		return nil, err
	}
	suspensions, err := a.Store.Suspensions(ctx, me(c), user.ID)
	if err != nil {
		return nil, err
	}
	form := map[string]string{"name": user.Name, "username": user.Username, "email": user.Email, "role": user.Role}
	if user.Age != nil {
		form["age"] = strconv.Itoa(*user.Age)
	}
	return H{"Place": "admin", "Rail": "users", "User": user, "Own": user.ID == me(c).ID, "Path": adminPath(user), "Form": form, "Role": user.Role,
		"Sessions": access.Sessions, "Tokens": access.Tokens, "Totals": totals, "Total": int(totals.All()), "Posts": posts,
		"Contacts": contacts, "Orders": orders, "Acts": receiptLines(acts), "Suspensions": suspensions, "Suspended": user.IsSuspended(),
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
