package controllers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	// downloadLife is how long a file that is made while it is sent may take.
	downloadLife = time.Hour
	// downloadStall is how long a browser may take for one piece of it.
	downloadStall = time.Minute

	zipKind = "application/zip"
)

// download answers with a file that is made while it is sent; without a name it is shown, and not saved. Where making it fails before the first byte the error is
// returned, and answered as any other; afterwards the connection is cut, so that no file is quietly too short. HEAD makes
// nothing.
func (a *App) download(c *gin.Context, name, kind string, write func(context.Context, io.Writer) error) error {
	w := &downloadWriter{c: c, control: http.NewResponseController(c.Writer), name: name, kind: kind}
	if c.Request.Method == http.MethodHead {
		w.begin()
		return nil
	}
	defer a.unhurried(c, downloadLife)()
	err := write(c.Request.Context(), w)
	if err == nil || !w.begun {
		return err
	}
	if w.gone == nil && !errors.Is(c.Request.Context().Err(), context.Canceled) {
		a.Log.Error("broken off", "id", c.GetString(keyRequestID), "path", c.Request.URL.Path, "error", err)
	}
	panic(http.ErrAbortHandler)
}

type downloadWriter struct {
	c          *gin.Context
	control    *http.ResponseController
	name, kind string
	begun      bool
	gone       error // why nothing more can be sent
}

// Write sends a piece, and gives up on a browser that does not take it.
func (w *downloadWriter) Write(piece []byte) (n int, err error) {
	first := !w.begun
	if first {
		w.begin()
	}
	if err := w.control.SetWriteDeadline(time.Now().Add(downloadStall)); err != nil {
		return 0, err
	}
	if n, w.gone = w.c.Writer.Write(piece); w.gone == nil && first {
		w.gone = w.control.Flush() // so that the browser shows that it has begun
	}
	return n, w.gone
}

func (w *downloadWriter) begin() {
	w.begun = true
	header := w.c.Writer.Header()
	kind := w.kind
	if kind != zipKind {
		kind += "; charset=utf-8"
	}
	header.Set("Content-Type", kind)
	if w.name != "" {
		header.Set("Content-Disposition", `attachment; filename="`+w.name+`"`)
	}
	header.Set("Cache-Control", "no-store")
	w.c.Status(http.StatusOK)
}
