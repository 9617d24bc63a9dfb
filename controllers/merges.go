package controllers

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"postroom/models"
	"postroom/models/compare"
)

// version is one of two versions of a post: what it changed of the title, the tags and the text that both were made from.
type version struct {
	Heads, Tags []compare.Piece
	Texts       []compare.Block
}

func versionOf(base, is *models.Post) version {
	return version{compare.Words(base.Title, is.Title), compare.Words(base.TagList(), is.TagList()), compare.Texts(base.Content, is.Content)}
}

// merge answers who saves a post that somebody else has saved meanwhile: both versions side by side, and a form with the two in one. Nothing
// is saved yet, and nothing is lost.
func (p Posts) merge(c *gin.Context, stale *models.Stale, mine *models.Post) error {
	theirs, base := stale.Now, &models.Post{}
	if err := mine.Validate(); err != nil { // it tidies too, as the Store did
		return err
	}
	if stale.Base != nil {
		base.Title, base.Content, base.Tags = stale.Base.Title, stale.Base.Content, stale.Base.Tags
	} else {
		base.Content = compare.Common(theirs.Content, mine.Content)
	}
	merged := compare.Merge(base.Content, mine.Content, theirs.Content, p.marks(c, stale.By))
	title, both := mine.Title, false
	switch base.Title {
	case mine.Title:
		title = theirs.Title
	default:
		both = mine.Title != theirs.Title && theirs.Title != base.Title
	}
	form := typed(c)
	rest := maps.Clone(form)
	for _, shown := range slices.Concat(stale.Apart, []string{"title", "content", "tags", "status", "revision", "saw", "merged"}) {
		delete(rest, shown)
	}
	form["title"], form["content"], form["tags"] = title, merged.Text, (&models.Post{Tags: mergeTags(base.Tags, mine.Tags, theirs.Tags)}).TagList()
	status := mine.Status
	if slices.Contains(stale.Apart, models.SettingStatus) {
		status = "" // it is chosen
	}
	yours := me(c) != nil && stale.By != nil && stale.By.ID == me(c).ID
	values := H{"Title": models.Say("Two versions of “%s”", theirs.Title), "Desk": true, "Post": theirs, "Form": form, "Rest": rest, "By": stale.By, "Yours": yours, "Clash": merged.Clash,
		"Both": both, "Mine": versionOf(base, mine), "Theirs": versionOf(base, theirs), "Status": status, "MaxTitle": models.MaxTitle,
		"Settings": p.apart(c, stale), "OnlySettings": stale.Base != nil && stale.Base.Number == theirs.Revision}
	return p.show(c, http.StatusConflict, "posts/merge", values)
}

// mergeTags leaves a tag out that either took away, and takes in what either added.
func mergeTags(base, mine, theirs []string) (merged []string) {
	for _, tag := range append(slices.Clone(theirs), mine...) {
		kept := slices.Contains(mine, tag) && slices.Contains(theirs, tag) || !slices.Contains(base, tag)
		if kept && !slices.Contains(merged, tag) {
			merged = append(merged, tag)
		}
	}
	return merged
}

// marks are the lines around two versions of the same words, in the reader's language.
func (p Posts) marks(c *gin.Context, by *models.User) compare.Marks {
	lang := p.language(c)
	theirs := lang.T("Saved meanwhile")
	if by != nil {
		theirs = lang.T("Saved meanwhile by %s", by.Name)
	}
	return compare.Marks{Mine: "<<<<<<< " + lang.T("Your version"), Between: "=======", Theirs: ">>>>>>> " + theirs}
}

// marksLeft refuses a merged text in which both versions of some words still stand. What was not merged here may have such lines of its own.
func (p Posts) marksLeft(c *gin.Context, content string) error {
	if c.PostForm("merged") == "" {
		return nil
	}
	left, mark := 0, p.marks(c, nil).Mine
	for line := range strings.Lines(content) {
		if strings.TrimRight(line, "\r\n ") == mark {
			left++
		}
	}
	if left == 0 {
		return nil
	}
	return models.Invalid{"content": models.Say("%d places still have both versions. Keep in each what you want, and take out the lines of marks.", left)}
}
