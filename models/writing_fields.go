package models

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// writtenPost is a post as a file says it.
type writtenPost struct {
	Post
	createdAt, updatedAt *time.Time // nil: the file does not say
	closed               bool       // it is for fewer readers than can be said here
	held                 bool       // it was published elsewhere, and becomes a draft here: its date is kept for when it is published
	reasons, notes       []Sentence
	ties                 writtenTies
	files                []string           // that go with it, by their paths in the archive
	attached             map[string]NewFile // what they are called, and show
	paths                []string           // of those that were found
	fileIDs              []int64            // which they are now
}

// refuse says why the file cannot become a post.
func (w *writtenPost) refuse(say Sentence) { w.reasons = append(w.reasons, say) }

// The names under which other programs write what is known here, in small letters.
var (
	titleNames   = []string{"title"}
	dateNames    = []string{"date", "pubdate", "published_at", "publishdate", "created", "created_at"}
	momentNames  = []string{"publish_at", "publishdate"}
	createdNames = []string{"created_at", "created"}
	updatedNames = []string{"updated_at", "updated", "lastmod", "modified", "last_modified_at"}
	tagNames     = []string{"tags", "tag", "categories", "category"}
	langNames    = []string{"lang", "language", "locale"}
	stateNames   = []string{"status", "draft", "published", "publish"}
	readerNames  = []string{"visibility", "unlisted"}
	ownNames     = []string{"id", "url", "files", "files_name", "files_alt"} // which an export writes for who reads it
)

// datedName is a file name as Jekyll has it: the date, then the title.
var datedName = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})-(.+)$`)

// readWritten makes a post of a text. zone is that of the author; drafts makes a draft of whatever the file says.
func readWritten(source, file string, zone *time.Location, drafts bool, now time.Time) *writtenPost {
	w := &writtenPost{}
	m, body, err := cutMatter(source)
	w.Content = body
	var where matterError
	switch {
	case errors.Is(err, errMatterLong):
		w.refuse(Say("The front matter is longer than %d KB.", maxMatter>>10))
	case errors.Is(err, errMatterAlias):
		w.refuse(Say("The front matter has anchors or aliases (& or *), which are not read here. Write the values out."))
	case errors.As(err, &where):
		w.refuse(Say("Line %d of the front matter cannot be read. Put the value between quotation marks.", where.line))
	case err != nil:
		w.refuse(Say("The front matter cannot be read."))
	}
	if err != nil {
		return w
	}
	bare := m == nil
	if bare {
		m = &matter{values: map[string]matterValue{}}
	}
	w.readTitle(m, file)
	w.readTags(m)
	w.readLang(m)
	w.readReaders(m)
	w.readState(m, file, bare, drafts)
	w.readMoments(m, file, zone, now)
	w.readFiles(m)
	w.readTies(m)
	w.nameTheRest(m)
	if err := furnishWith(&w.Post, nil); err != nil {
		w.refuseInvalid(err)
	}
	return w
}

func (w *writtenPost) refuseInvalid(err error) {
	var invalid Invalid
	if !errors.As(err, &invalid) {
		w.refuse(Say("The text cannot be shown."))
		return
	}
	for _, field := range []string{"title", "content", "tags", "lang", "status", "visibility", "publish_at", ""} {
		if say, ok := invalid[field]; ok && !slices.ContainsFunc(w.reasons, func(s Sentence) bool { return s.Text == say.Text }) {
			w.refuse(say)
		}
	}
}

// first returns the value of the first name that has one.
func (m *matter) first(names []string) (name string, v matterValue, ok bool) {
	for _, name := range names {
		if v, ok := m.values[name]; ok && (v.text != "" || v.isList || v.other) {
			return name, v, true
		}
	}
	return "", v, false
}

// text is first for what must be one text.
func (w *writtenPost) text(m *matter, names []string) (string, bool) {
	name, v, ok := m.first(names)
	if ok && (v.isList || v.other) {
		w.refuse(Say("“%s” in the front matter is a list or an object, and should be one value.", name))
		return "", false
	}
	return v.text, ok
}

func (w *writtenPost) readTitle(m *matter, file string) {
	if title, ok := w.text(m, titleNames); ok {
		w.Title = title
		return
	}
	heading, _, _ := strings.Cut(strings.TrimLeft(w.Content, "\n \t"), "\n")
	if title, ok := strings.CutPrefix(heading, "# "); ok && !blank(title) && utf8.RuneCountInString(title) <= MaxTitle {
		w.Title = strings.TrimSpace(strings.TrimRight(title, "# \t"))
		w.notes = append(w.notes, Say("No title in the front matter: the first heading is the title, and stays in the text."))
		return
	}
	name := strings.TrimSuffix(path.Base(file), path.Ext(file))
	if (name == "index" || name == "_index") && path.Dir(file) != "." { // Hugo's folder for one post
		name = path.Base(path.Dir(file))
	}
	if dated := datedName.FindStringSubmatch(name); dated != nil {
		name = dated[2]
	}
	w.Title = strings.ToValidUTF8(strings.NewReplacer("-", " ", "_", " ").Replace(name), "")
	w.notes = append(w.notes, Say("No title in the front matter: the name of the file is the title."))
}

// readTags takes tags and categories. In one text they stand with commas between, or with spaces, as Jekyll has them.
func (w *writtenPost) readTags(m *matter) {
	var left []string
	for _, name := range tagNames {
		v := m.values[name]
		list := v.list
		switch {
		case v.other:
			w.notes = append(w.notes, Say("Not taken over: %s", name))
		case strings.Contains(v.text, ","):
			list = strings.Split(v.text, ",")
		case v.text != "":
			list = strings.Fields(v.text)
		}
		for _, typed := range list {
			for _, tag := range tidyTags([]string{typed}) {
				switch {
				case slices.Contains(w.Tags, tag):
				case len(w.Tags) < maxTags && validTag(tag):
					w.Tags = append(w.Tags, tag)
				case len(left) < 20:
					left = append(left, glimpse(tag))
				}
			}
		}
	}
	if len(left) > 0 {
		w.notes = append(w.notes, Say("Tags that are left out, for %d are the most, of %d characters: %s", maxTags, maxTag, strings.Join(left, ", ")))
	}
}

func (w *writtenPost) readLang(m *matter) {
	typed, _ := w.text(m, langNames)
	w.Lang = strings.ReplaceAll(typed, "_", "-")
}

func (w *writtenPost) readReaders(m *matter) {
	w.Visibility = VisibilityPublic
	typed, ok := w.text(m, readerNames[:1])
	switch typed = strings.ToLower(typed); {
	case ok && (typed == "paid" || typed == "private" || typed == "tiers"): // fewer than here
		w.closed = true
		w.notes = append(w.notes, Say("Its readers are “%s”, which is not known here: it becomes a draft.", typed))
	case ok:
		w.Visibility = typed
	case isTrue(m.values["unlisted"].text):
		w.Visibility = VisibilityUnlisted
	}
}

func isTrue(text string) bool {
	return slices.Contains([]string{"true", "yes", "on", "1"}, strings.ToLower(text))
}

func isFalse(text string) bool {
	return slices.Contains([]string{"false", "no", "off", "0"}, strings.ToLower(text))
}

func (w *writtenPost) readState(m *matter, file string, bare, drafts bool) {
	typed, _ := w.text(m, stateNames[:1])
	switch strings.ToLower(typed) {
	case "", "publish", "published", "public":
		w.Status = StatusPublished
	case "future", "scheduled":
		w.Status = StatusScheduled
	case "draft", "drafts", "pending", "private", "auto-draft", "trash":
		w.Status = StatusDraft
	default:
		w.refuse(sayStatus)
	}
	inDrafts := slices.Contains(strings.Split(path.Dir(file), "/"), "_drafts")
	if isTrue(m.values["draft"].text) || isFalse(m.values["published"].text) || isFalse(m.values["publish"].text) || inDrafts {
		w.Status = StatusDraft
	}
	if bare && !drafts {
		w.notes = append(w.notes, Say("It has no front matter: it becomes a draft."))
	}
	w.held = (drafts || w.closed) && w.Status == StatusPublished
	if bare || drafts || w.closed {
		w.Status = StatusDraft
	}
}

// readMoments takes the dates over. A published post whose date is ahead is scheduled, as elsewhere.
func (w *writtenPost) readMoments(m *matter, file string, zone *time.Location, now time.Time) {
	date, publishAt := w.moment(m, dateNames, zone), w.moment(m, momentNames, zone)
	w.createdAt, w.updatedAt = w.moment(m, createdNames, zone), w.moment(m, updatedNames, zone)
	if dated := datedName.FindStringSubmatch(path.Base(file)); date == nil && dated != nil {
		if at, err := time.ParseInLocation(time.DateOnly, dated[1], zone); err == nil {
			date = &at
		}
	}
	if m.values["published_at"].text != "" { // an export says so of a draft that was published once
		w.PublishedAt = notAfter(w.moment(m, []string{"published_at"}, zone), now)
	}
	if w.Status == StatusScheduled && publishAt == nil {
		publishAt = date
	}
	switch {
	case w.Status == StatusDraft:
		w.PublishAt = publishAt
		if w.held && date != nil && !date.After(now) {
			w.PublishedAt = date
		}
		if w.createdAt == nil {
			w.createdAt = date
		}
	case publishAt != nil && publishAt.After(now):
		w.Status, w.PublishAt = StatusScheduled, publishAt
	case date != nil && date.After(now):
		w.Status, w.PublishAt = StatusScheduled, date
	case w.Status == StatusScheduled && publishAt == nil:
		w.refuse(sayNoMoment)
	case w.Status == StatusScheduled: // it has come meanwhile
		w.Status, w.PublishedAt = StatusPublished, publishAt
	case date != nil:
		w.PublishedAt = date
	case publishAt != nil:
		w.PublishedAt = publishAt
	default:
		w.notes = append(w.notes, Say("No date: it is published as of the moment when you commit."))
	}
	for _, first := range []*time.Time{w.PublishedAt, w.updatedAt} {
		if w.createdAt == nil {
			w.createdAt = first
		}
	}
	w.createdAt, w.updatedAt = notAfter(w.createdAt, now), notAfter(w.updatedAt, now)
}

// moment reads the first of these names that has a date. One that says whether it is published, as Jekyll's has it, is no date.
func (w *writtenPost) moment(m *matter, names []string, zone *time.Location) *time.Time {
	for _, name := range names {
		v := m.values[name]
		if v.text == "" && !v.isList && !v.other {
			continue
		}
		if v.isList || v.other {
			w.refuseOnce(Say("“%s” in the front matter is a list or an object, and should be one value.", name))
			return nil
		}
		at, why := readMoment(v.text, zone)
		if why.Text != "" {
			w.refuseOnce(why)
			return nil
		}
		return &at
	}
	return nil
}

func (w *writtenPost) refuseOnce(say Sentence) {
	if !slices.ContainsFunc(w.reasons, func(s Sentence) bool { return s.String() == say.String() }) {
		w.refuse(say)
	}
}

func notAfter(at *time.Time, now time.Time) *time.Time {
	if at != nil && at.After(now) {
		return &now
	}
	return at
}

// nameTheRest says which names of the front matter are not taken over.
func (w *writtenPost) nameTheRest(m *matter) {
	known := slices.Concat(titleNames, dateNames, momentNames, createdNames, updatedNames, tagNames, langNames, stateNames, readerNames, tieNames, ownNames)
	var rest []string
	for _, name := range m.names {
		if v := m.values[name]; !slices.Contains(known, name) && (v.text != "" || v.isList || v.other) {
			rest = append(rest, glimpse(storable(name)))
		}
	}
	if len(rest) > 10 {
		rest = append(rest[:10], "…")
	}
	if len(rest) > 0 {
		w.notes = append(w.notes, Say("Not taken over: %s", strings.Join(rest, ", ")))
	}
}
