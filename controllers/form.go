package controllers

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// typed is what the visitor typed, for the same form to be shown again. Passwords do not come back.
func typed(c *gin.Context) map[string]string {
	form := make(map[string]string, len(c.Request.PostForm))
	for name, values := range c.Request.PostForm {
		if len(values) > 0 && !strings.Contains(name, "password") {
			form[name] = strings.ToValidUTF8(values[0], "�")
		}
	}
	return form
}

// localPath is a path of this site that the visitor gave, or fallback. Another site's address is never followed.
func localPath(path, fallback string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") || len(path) > 2000 {
		return fallback
	}
	return path
}

// refID reads the number of a ref such as "12-a-title".
func refID(ref string) (int64, error) {
	digits, _, _ := strings.Cut(ref, "-")
	return pathID(digits)
}

// pathID reads the number of a thing in a path.
func pathID(digits string) (int64, error) {
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || id < 1 {
		return 0, models.ErrNotFound
	}
	return id, nil
}

// age reads an age as it is typed: 0 is none, and what is no number is an age that nobody has.
func age(text string) int {
	if text = strings.TrimSpace(text); text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return -1
	}
	return n
}
