package controllers

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// seriesForm is the order of the posts that the form says: places as numbers, posts to take out, and posts to add. Of two posts with one
// place, the one that moved there comes first, unless it came from before.
func seriesForm(c *gin.Context, series *models.Series) ([]int64, error) {
	type part struct {
		id        int64
		was, want int
	}
	var parts []part
	gone := c.PostFormArray("remove")
	if series != nil {
		for i := range series.Posts {
			id := series.Posts[i].ID
			want, err := strconv.Atoi(strings.TrimSpace(c.DefaultPostForm(fmt.Sprintf("place-%d", id), strconv.Itoa(i+1))))
			if err != nil {
				return nil, models.Invalid{"posts": models.Say("A place is a whole number.")}
			}
			if !slices.Contains(gone, formatNumber(id)) {
				parts = append(parts, part{id, i + 1, want})
			}
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.want, b.want), cmp.Compare(cmp.Compare(a.want, a.was), cmp.Compare(b.want, b.was)))
	})
	posts := make([]int64, 0, len(parts)+1)
	for _, part := range parts {
		posts = append(posts, part.id)
	}
	for _, added := range append(c.PostFormArray("add"), strings.Fields(c.PostForm("address"))...) {
		if added == "" {
			continue
		}
		// An address, of this site or whole, or a number.
		id, err := refID(added[strings.LastIndexByte(added, '/')+1:])
		if err != nil {
			return nil, models.Invalid{"address": models.Say("This is no address of a post.")}
		}
		posts = append(posts, id)
	}
	return posts, nil
}
