package controllers

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIUsers is where programs read and change users.
type APIUsers struct{ *App }

// APIUser is a user as one reader may see them. What is private is absent for others, never null.
type APIUser struct {
	ID         int64      `json:"id"`
	Username   string     `json:"username"`
	Name       string     `json:"name"`
	About      *string    `json:"about,omitempty" required:"false"`
	CreatedAt  time.Time  `json:"created_at"`
	PostCount  int        `json:"post_count"`
	LastPostAt *time.Time `json:"last_post_at" nullable:"true"`
	*APIPrivate
}

// APIPrivate is what the user and admins see besides.
type APIPrivate struct {
	Email    string          `json:"email" required:"false"`
	Age      *int            `json:"age" required:"false" nullable:"true"`
	Credits  string          `json:"credits" required:"false"`
	Metadata models.Metadata `json:"metadata" required:"false"`
	Role     string          `json:"role" required:"false"`
	IsActive bool            `json:"is_active" required:"false"`
}

func apiUser(by, u *models.User) APIUser {
	user := APIUser{ID: u.ID, Username: u.Username, Name: u.Name, CreatedAt: u.CreatedAt.UTC(), PostCount: u.PostCount, LastPostAt: utc(u.LastPostAt)}
	if by.CanSeePrivate(u) {
		user.APIPrivate = &APIPrivate{Email: u.Email, Age: u.Age, Credits: u.Credits.StringFixed(2), Metadata: u.Metadata, Role: u.Role, IsActive: u.IsActive}
	}
	return user
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	in := t.UTC()
	return &in
}

type userReply struct {
	Location string `header:"Location"`
	Receipt  string `header:"Receipt"`
	Body     APIUser
}

type usersReply struct {
	Link string    `header:"Link"`
	Body []APIUser `nullable:"false"`
}

// Index lists users.
func (u APIUsers) Index(c *gin.Context, in *query) (*usersReply, error) {
	by := me(c)
	in.orElse("sort", "-created_at")
	list, err := u.list(c, in)
	if err != nil {
		return nil, err
	}
	users := make([]APIUser, len(list.Users))
	for i := range list.Users {
		users[i] = apiUser(by, &list.Users[i].User)
	}
	return &usersReply{nextPage(c, list.Next), users}, nil
}

// list reads the users that the address asks for. Only admins may look at, and sort by, what is private.
func (a *App) list(c *gin.Context, in *query) (*models.UserList, error) {
	by := me(c)
	in.orElse("limit", apiLimit)
	filter, err := models.ParseUserFilter(in.values, by.Location(a.Zone))
	if !by.IsAdmin() {
		hidden := models.Invalid{}
		for _, name := range models.PrivateUserFilters(in.values) {
			hidden[name] = plain("Only an admin may ask for this.")
		}
		if len(hidden) > 0 {
			return nil, errors.Join(models.ErrForbidden, hidden)
		}
		filter.Public = true
	}
	if err != nil {
		return nil, err
	}
	return a.Store.Users(c.Request.Context(), filter)
}

// Show reads one user.
func (u APIUsers) Show(c *gin.Context, in *APIByID) (*userReply, error) { return u.read(c, in.ID) }

func (u APIUsers) read(c *gin.Context, id int64) (*userReply, error) {
	user, err := u.Store.ReadUser(c.Request.Context(), me(c), id)
	if err != nil {
		return nil, err
	}
	reply := &userReply{Body: apiUser(me(c), user)}
	reply.Body.About = &user.About
	return reply, nil
}

// APINewUser is what it takes to make a user. Without a password there is none until the one-time link is used.
type APINewUser struct {
	Username given[string]          `json:"username" required:"false"`
	Email    given[string]          `json:"email" required:"false"`
	Name     given[string]          `json:"name" required:"false"`
	Age      given[int]             `json:"age" required:"false" nullable:"true"`
	About    given[string]          `json:"about" required:"false"`
	Password given[string]          `json:"password" required:"false"`
	Metadata given[models.Metadata] `json:"metadata" required:"false"`
	Role     given[string]          `json:"role" required:"false"`
}

// check says which required fields are not there, else which do not fit.
func (b *APINewUser) check() error {
	var missing missingFields
	missing.lack("username", isEmpty(b.Username))
	missing.lack("email", isEmpty(b.Email))
	if missing != nil {
		return missing
	}
	return b.fits()
}

func (b *APINewUser) fits() error {
	if b.Age.wrong {
		return models.Invalid{"age": plain("An age is a whole number from 1 to 150.")}
	}
	return nil
}

// age is nil where none is given, and for 0, which means none inside, a number that is refused.
func (b *APINewUser) age() *int {
	if !b.Age.there || b.Age.null {
		return nil
	}
	age := cmp.Or(b.Age.value, -1)
	return &age
}

// Create makes a user.
func (u APIUsers) Create(c *gin.Context, in *struct{ Body APINewUser }) (*userReply, error) {
	b := &in.Body
	if err := b.check(); err != nil {
		return nil, err
	}
	user, err := u.Store.CreateUser(c.Request.Context(), me(c), models.NewUser{Username: b.Username.value, Email: b.Email.value, Name: b.Name.value,
		Age: b.age(), About: b.About.value, Password: b.Password.value, Metadata: b.Metadata.value, Role: b.Role.value})
	if err != nil {
		return nil, err
	}
	reply, err := u.read(c, user.ID)
	if err == nil {
		reply.Receipt, reply.Location = receiptNumber(user.Receipt), "/api/users/"+strconv.FormatInt(user.ID, 10)
	}
	return reply, err
}

// APIUserChange is what can change of a user. Role and is_active are for admins to give, and to others.
type APIUserChange struct {
	APINewUser
	IsActive given[bool] `json:"is_active" required:"false"`
}

// APIUserReplacement is a whole user: what is not given becomes empty, but for the password, the role and is_active.
type APIUserReplacement struct {
	APIUserChange
}

// Replace puts a whole user in place of the old one.
func (u APIUsers) Replace(c *gin.Context, in *struct {
	APIByID
	Body APIUserReplacement
}) (*userReply, error) {
	b := &in.Body.APIUserChange
	if err := b.check(); err != nil {
		return nil, err
	}
	none := 0
	if b.Name.there = true; isEmpty(b.Name) {
		b.Name.value = b.Username.value
	}
	b.About.there = true
	if b.Metadata.there = true; b.Metadata.value == nil {
		b.Metadata.value = models.Metadata{}
	}
	change := b.change()
	if change.Age == nil {
		change.Age = &none
	}
	return u.update(c, in.ID, b, change)
}

// Update changes what is given.
func (u APIUsers) Update(c *gin.Context, in *struct {
	APIByID
	Body APIUserChange
}) (*userReply, error) {
	if err := in.Body.fits(); err != nil {
		return nil, err
	}
	return u.update(c, in.ID, &in.Body, in.Body.change())
}

func (b *APIUserChange) change() models.UserChange {
	change := models.UserChange{Username: b.Username.or(), Name: b.Name.or(), Email: b.Email.or(), About: b.About.or(), Role: b.Role.or(),
		IsActive: b.IsActive.or(), Password: b.Password.or(), Age: b.age()}
	if b.Age.null {
		none := 0
		change.Age = &none
	}
	if change.Metadata = b.Metadata.value; b.Metadata.null {
		change.Metadata = models.Metadata{}
	}
	return change
}

func (u APIUsers) update(c *gin.Context, id int64, b *APIUserChange, change models.UserChange) (*userReply, error) {
	if b.IsActive.wrong {
		return nil, models.Invalid{"is_active": plain("This is true or false.")}
	}
	// A stolen token must not be enough to lock its owner out.
	if me(c).ID == id && b.Password.there {
		return nil, models.Invalid{"password": plain("Change your own password in the settings, where the old one is asked for.")}
	}
	user, err := u.Store.UpdateUser(c.Request.Context(), me(c), id, change)
	if err != nil {
		return nil, err
	}
	reply, err := u.read(c, id)
	if err == nil {
		reply.Receipt = receiptNumber(user.Receipt)
	}
	return reply, err
}

// Delete removes a user with all posts.
func (u APIUsers) Delete(c *gin.Context, in *APIByID) (*doneReply, error) {
	gone, err := u.Store.DeleteUser(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	return &doneReply{receiptNumber(gone.Receipt), APIDone{fmt.Sprintf("User %d deleted", in.ID)}}, nil
}
