package controllers_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// The cost of a page without the network: go test ./controllers -run '^$' -bench . -cpuprofile cpu.out
func BenchmarkPage(b *testing.B) {
	site := newSite(b)
	ann := modelstest.User(b, site.Store)
	for i := range 60 {
		modelstest.Post(b, site.Store, ann, func(p *models.Post) {
			p.Title = "A post " + strconv.Itoa(i)
			p.Content = "## Head\n\nSome words of a paragraph that goes on.\n\n## More\n\n- one\n- two\n"
		})
	}
	reader := site.signIn(ann)
	cookie := reader.client.Jar.Cookies(reader.at)[0].String()
	for _, c := range []struct {
		name, path, cookie string
		fresh              bool // another address each time, so that nothing is kept
	}{
		{"home of a visitor", "/", "", false},
		{"home signed in", "/", cookie, false},
		{"post signed in", "/posts/7-a-post-6", cookie, false},
		{"post not kept", "/posts/7-a-post-6?", "other=1", true},
		{"API user", "/api/users/1", "", false},
	} {
		b.Run(c.name, func(b *testing.B) {
			handler := site.App.Handler()
			for i := range b.N {
				path := c.path
				if c.fresh {
					path += strconv.Itoa(i)
				}
				r := httptest.NewRequest(http.MethodGet, path, nil)
				if c.cookie != "" {
					r.Header.Set("Cookie", c.cookie)
				}
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
