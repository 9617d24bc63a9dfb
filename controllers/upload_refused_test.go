package controllers_test

import (
	"io"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// TestAnUploadThatIsRefusedIsAnswered: what goes wrong with a file, whatever it is, has its status and its sentence, although the time for the file is
// over by then.
func TestAnUploadThatIsRefusedIsAnswered(t *testing.T) {
	site, ruth, conn := adminSite(t)
	admin := modelstest.Admin(t, site.Store)
	p := site.program(admin, "admin")
	file := "username,email\nnew-one,new-one@example.com\n"
	done := make(chan error)
	var senders []*io.PipeWriter
	for range 2 {
		reader, writer := io.Pipe()
		senders = append(senders, writer)
		defer writer.Close()
		go func() {
			_, err := site.StageImport(modelstest.Context(t), admin, models.NewImport{Size: -1}, reader)
			done <- err
		}()
		io.WriteString(writer, "username,email\n")
	}
	busy := "Other files are being uploaded: 2. Wait until one is here."
	p.sends(file, "?name=late.csv").fails(409, busy)
	ruth.upload("late.csv", file).status(409).sees(busy)
	ruth.post("/admin/imports?before=x").status(404).sees("Nothing in this pigeonhole")
	for _, writer := range senders {
		writer.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := ask[int](t, conn, "select count(*)::int from imports where name = 'late.csv'"); n != 0 {
		t.Errorf("%d half imports", n)
	}
	ann := site.signIn(modelstest.User(t, site.Store))
	ann.post("/settings/import?after=x", "file", strings.Repeat("x", 10)).status(404).sees("Nothing in this pigeonhole")
}
