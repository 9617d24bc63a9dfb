package controllers

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APISeriesRoom is where programs read and write series.
type APISeriesRoom struct{ *App }

// APISeries is a series with its posts in their order, those that who asks finds.
type APISeries struct {
	ID          int64     `json:"id"`
	UserID      int64     `json:"user_id"`
	Username    string    `json:"username"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	IsActive    bool      `json:"is_active"`
	Posts       []int64   `json:"posts,omitempty"`
	Version     int       `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

func apiSeries(s *models.Series) *APISeries {
	series := &APISeries{ID: s.ID, UserID: s.UserID, Username: s.User.Username, Title: s.Title, Description: s.Description, IsActive: s.IsActive, Version: s.Version,
		CreatedAt: s.CreatedAt.UTC(), UpdatedAt: s.UpdatedAt.UTC()}
	for i := range s.Posts {
		series.Posts = append(series.Posts, s.Posts[i].ID)
	}
	return series
}

type seriesReply struct {
	Status   int
	Location string `header:"Location"`
	Body     *APISeries
}

// Index lists series, the newest first, without their posts.
func (s APISeriesRoom) Index(c *gin.Context, in *struct {
	Limit  int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After  string `query:"after"`
	UserID int64  `query:"user_id" minimum:"1"`
}) (*struct {
	Link string      `header:"Link"`
	Body []APISeries `nullable:"false"`
}, error) {
	list := models.SeriesList{UserID: in.UserID, Limit: in.Limit}
	if in.After != "" {
		var err error
		if list.After, err = strconv.ParseInt(in.After, 10, 64); err != nil || list.After < 1 {
			return nil, models.Invalid{"after": models.Say("This is not a place in the list.")}
		}
	}
	found, more, err := s.Store.SeriesOf(c.Request.Context(), me(c), list)
	if err != nil {
		return nil, err
	}
	reply := &struct {
		Link string      `header:"Link"`
		Body []APISeries `nullable:"false"`
	}{Body: make([]APISeries, len(found))}
	for i, series := range found {
		reply.Body[i] = *apiSeries(series)
	}
	if more {
		reply.Link = nextPage(c, formatNumber(found[len(found)-1].ID))
	}
	return reply, nil
}

// Show reads one series.
func (s APISeriesRoom) Show(c *gin.Context, in *APIByID) (*seriesReply, error) {
	series, err := s.Store.Series(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	return &seriesReply{Status: http.StatusOK, Body: apiSeries(series)}, nil
}

// APISeriesChange is what can change of a series.
type APISeriesChange struct {
	Title       given[string]  `json:"title" required:"false"`
	Description given[string]  `json:"description" required:"false"`
	IsActive    given[bool]    `json:"is_active" required:"false"`
	Posts       given[[]int64] `json:"posts" required:"false"`
	Version     given[int]     `json:"version" required:"false"`
}

// APINewSeries is a new series.
type APINewSeries struct{ APISeriesChange }

// APISeriesReplacement is a whole series: posts that are not given go from it.
type APISeriesReplacement struct{ APISeriesChange }

// Create begins a series of the caller.
func (s APISeriesRoom) Create(c *gin.Context, in *struct{ Body APINewSeries }) (*seriesReply, error) {
	if isEmpty(in.Body.Title) {
		return nil, missingFields{"title"}
	}
	series := &models.Series{Title: in.Body.Title.value, Description: in.Body.Description.value}
	if err := s.Store.CreateSeries(c.Request.Context(), me(c), series, in.Body.Posts.value); err != nil {
		return nil, err
	}
	return &seriesReply{http.StatusCreated, fmt.Sprintf("/api/series/%d", series.ID), apiSeries(series)}, nil
}

// Replace puts a whole series in place of the old one.
func (s APISeriesRoom) Replace(c *gin.Context, in *struct {
	APIByID
	Body APISeriesReplacement
}) (*seriesReply, error) {
	if isEmpty(in.Body.Title) {
		return nil, missingFields{"title"}
	}
	in.Body.Description.there, in.Body.Posts.there = true, true
	return s.update(c, in.ID, &in.Body.APISeriesChange)
}

// Update changes what is given.
func (s APISeriesRoom) Update(c *gin.Context, in *struct {
	APIByID
	Body APISeriesChange
}) (*seriesReply, error) {
	return s.update(c, in.ID, &in.Body)
}

func (s APISeriesRoom) update(c *gin.Context, id int64, b *APISeriesChange) (*seriesReply, error) {
	change := models.SeriesChange{Title: b.Title.or(), Description: b.Description.or(), Version: b.Version.value}
	if b.IsActive.said() {
		change.IsActive = &b.IsActive.value
	}
	if b.Posts.there {
		change.Posts = append([]int64{}, b.Posts.value...)
	}
	series, err := s.Store.UpdateSeries(c.Request.Context(), me(c), id, change)
	if err != nil {
		return nil, err
	}
	return &seriesReply{Status: http.StatusOK, Body: apiSeries(series)}, nil
}

// Delete removes a series; its posts stay.
func (s APISeriesRoom) Delete(c *gin.Context, in *APIByID) (*doneReply, error) {
	gone, err := s.Store.DeleteSeries(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	return &doneReply{receiptNumber(gone.Receipt), APIDone{fmt.Sprintf("Series %d deleted", in.ID)}}, nil
}
