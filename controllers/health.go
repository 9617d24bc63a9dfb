package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Health answers those who watch over the program.
type Health struct{ *App }

// Alive says that the program runs.
func (h Health) Alive(c *gin.Context) { c.String(http.StatusOK, "ok\n") }

// Ready says that requests may be sent here: the database answers and the program is not about to stop.
func (h Health) Ready(c *gin.Context) {
	if h.draining.Load() {
		c.String(http.StatusServiceUnavailable, "stopping\n")
		return
	}
	if err := h.Store.Ping(c.Request.Context()); err != nil {
		c.Header("Retry-After", "1")
		c.String(http.StatusServiceUnavailable, "database away\n")
		return
	}
	// Once nothing is missing, nothing will be: the question is asked no more.
	if !h.migrated.Load() {
		missing, err := h.Store.Pending(c.Request.Context())
		if err != nil || len(missing) > 0 {
			c.String(http.StatusServiceUnavailable, "not migrated\n")
			return
		}
		h.migrated.Store(true)
	}
	c.String(http.StatusOK, "ok\n")
}
