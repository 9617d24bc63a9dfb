package controllers

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Sitemaps tells search engines what there is: all that visitors may read. The map is an index of parts, each of which is sent while it is
// read, a piece at a time.
type Sitemaps struct{ *App }

const (
	sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"
	sitemapPiece = 64 << 10 // bytes
)

// sitemapPages are the pages that are no row of anything.
var sitemapPages = []string{"/", "/users", "/tags", "/calendar", "/about"}

// Show is the index, or one of its parts. These stand in the query, since a map speaks of what lies below its own address alone.
func (s Sitemaps) Show(c *gin.Context) error {
	part, asked := c.GetQuery("part")
	if !asked {
		return s.document(c, "application/xml", func() ([]byte, error) { return s.index(c.Request.Context()) })
	}
	return s.download(c, "", "application/xml", func(ctx context.Context, w io.Writer) error { return s.part(ctx, part, w) })
}

func (s Sitemaps) index(ctx context.Context) ([]byte, error) {
	parts, err := s.Store.SitemapParts(ctx)
	if err != nil {
		return nil, err
	}
	out := bytes.NewBufferString(xml.Header + `<sitemapindex xmlns="` + sitemapSpace + `">` + "\n")
	for _, part := range append([]string{"pages"}, parts...) {
		out.WriteString("<sitemap>")
		element(out, "loc", s.address("/sitemap.xml?part="+part))
		out.WriteString("</sitemap>\n")
	}
	out.WriteString("</sitemapindex>\n")
	return out.Bytes(), nil
}

// part writes a part of the map. One that has no address is not found.
func (s Sitemaps) part(ctx context.Context, part string, w io.Writer) error {
	out := bytes.NewBufferString(xml.Header + `<urlset xmlns="` + sitemapSpace + `">` + "\n")
	some := false
	add := func(path string, changed time.Time) error {
		some = true
		out.WriteString("<url>")
		element(out, "loc", s.address(path))
		if !changed.IsZero() {
			element(out, "lastmod", moment(changed))
		}
		out.WriteString("</url>\n")
		if out.Len() < sitemapPiece {
			return nil
		}
		_, err := out.WriteTo(w)
		return err
	}
	var err error
	if part == "pages" {
		for _, path := range sitemapPages {
			err = add(path, time.Time{})
		}
	} else {
		err = s.Store.Sitemap(ctx, part, add)
	}
	if err == nil && !some {
		err = models.ErrNotFound
	}
	if err != nil {
		return err
	}
	out.WriteString("</urlset>\n")
	_, err = out.WriteTo(w)
	return err
}

func element(out *bytes.Buffer, name, text string) {
	out.WriteString("<" + name + ">")
	_ = xml.EscapeText(out, []byte(text)) // a buffer takes everything
	out.WriteString("</" + name + ">")
}

// closedToRobots are the addresses at which robots find nothing, or only what stands elsewhere.
var closedToRobots = []string{"/admin", "/api/", "/held", "/link", "/live", "/search", "/settings", "/setup", "/signin", "/signup"}

// Robots says what robots may look at, and where the map is.
func (s Sitemaps) Robots(c *gin.Context) error {
	c.Header("Cache-Control", "public, max-age=3600")
	c.String(http.StatusOK, "User-agent: *\nDisallow: %s\nAllow: /api/docs\n\nSitemap: %s\n", strings.Join(closedToRobots, "\nDisallow: "), s.address("/sitemap.xml"))
	return nil
}
