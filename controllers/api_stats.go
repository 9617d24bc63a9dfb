package controllers

import (
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIStats is where programs read figures.
type APIStats struct{ *App }

// APIUserFigures is a row of the user statistics.
type APIUserFigures struct {
	ID         int64      `json:"id"`
	Username   string     `json:"username"`
	PostCount  int        `json:"post_count"`
	LastPostAt *time.Time `json:"last_post_at" nullable:"true"`
}

func userFigures(u *models.User) APIUserFigures {
	return APIUserFigures{u.ID, u.Username, u.PostCount, utc(u.LastPostAt)}
}

type figuresReply struct {
	Link string           `header:"Link"`
	Body []APIUserFigures `nullable:"false"`
}

// Users lists every user with the figures, also those without posts, who writes most first.
func (s APIStats) Users(c *gin.Context, in *query) (*figuresReply, error) {
	list, err := s.list(c, in)
	if err != nil {
		return nil, err
	}
	rows := make([]APIUserFigures, len(list.Users))
	for i := range list.Users {
		rows[i] = userFigures(&list.Users[i].User)
	}
	return &figuresReply{nextPage(c, list.Next), rows}, nil
}

// APITopUsers are the ten who write most.
type APITopUsers struct {
	TopUsers []APIUserFigures `json:"top_users" nullable:"false"`
}

type topUsersReply struct{ Body APITopUsers }

// TopUsers lists the ten who have published most.
func (s APIStats) TopUsers(c *gin.Context, _ *struct{}) (*topUsersReply, error) {
	users, err := s.Store.TopUsers(c.Request.Context(), 10)
	if err != nil {
		return nil, err
	}
	top := make([]APIUserFigures, len(users))
	for i := range users {
		top[i] = userFigures(&users[i])
	}
	return &topUsersReply{APITopUsers{top}}, nil
}

// APISiteFigures are the figures of the whole site.
type APISiteFigures struct {
	TotalUsers       int64      `json:"total_users"`
	TotalPosts       int64      `json:"total_posts"`
	AvgAge           *float64   `json:"avg_age" nullable:"true"`
	LastRegistration *time.Time `json:"last_registration" nullable:"true"`
}

type siteReply struct{ Body APISiteFigures }

// Site reads the figures of the whole site.
func (s APIStats) Site(c *gin.Context, _ *struct{}) (*siteReply, error) {
	stats, err := s.Store.SiteStats(c.Request.Context())
	if err != nil {
		return nil, err
	}
	figures := APISiteFigures{TotalUsers: stats.Users, TotalPosts: stats.Posts, AvgAge: stats.AvgAge}
	if stats.Newest != nil {
		figures.LastRegistration = utc(&stats.Newest.CreatedAt)
	}
	return &siteReply{figures}, nil
}

// APIOneUserFigures are the figures of one user.
type APIOneUserFigures struct {
	TotalOrders int64      `json:"total_orders"`
	TotalAmount string     `json:"total_amount"`
	PostCount   int        `json:"post_count"`
	LastPostAt  *time.Time `json:"last_post_at" nullable:"true"`
}

type oneUserReply struct{ Body APIOneUserFigures }

// User reads the figures of one user, for the user and for admins.
func (s APIStats) User(c *gin.Context, in *APIByID) (*oneUserReply, error) {
	user, err := s.Store.ReadUser(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	if !me(c).CanSeePrivate(user) {
		return nil, models.ErrForbidden
	}
	orders, err := s.Store.UserOrders(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	return &oneUserReply{APIOneUserFigures{orders.Orders, orders.Total.StringFixed(2), user.PostCount, utc(user.LastPostAt)}}, nil
}
