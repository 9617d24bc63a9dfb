package controllers

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Credits is where users see what they have and who thanked them, and give credits to others.
type Credits struct{ *App }

// thanksAPage is how many thanks a page lists.
const thanksAPage = 25

// Show shows the balance and the thanks that were received.
func (r Credits) Show(c *gin.Context) error {
	after, err := models.ParsePostKey(c.Query("after"))
	if err != nil {
		return err
	}
	statement, err := r.Store.Statement(c.Request.Context(), me(c), models.StatementOf{UserID: me(c).ID, After: after, Limit: thanksAPage, Thanks: true})
	if err != nil {
		return err
	}
	return r.show(c, http.StatusOK, "credits/show", H{"Title": models.Say("Credits"), "Place": "credits", "Balance": statement.Closing, "Thanks": statement.Lines,
		"Next": nextAddress("/credits", statement, nil), "First": after.ID != 0, "Form": map[string]string{"to": c.Query("to")}, "Post": (*models.Post)(nil)})
}

// nextAddress is where a statement goes on; empty where this is its end.
func nextAddress(path string, s *models.Statement, query url.Values) string {
	if !s.More {
		return ""
	}
	values := url.Values{"after": {s.Lines[len(s.Lines)-1].Key().String()}}
	for name, value := range query {
		values[name] = value
	}
	return path + "?" + values.Encode()
}
