package models

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The states of a post.
const (
	StatusDraft     = "draft"
	StatusScheduled = "scheduled" // published by itself at PublishAt
	StatusPublished = "published"
)

// Who may read a published post.
const (
	VisibilityPublic   = "public"
	VisibilityMembers  = "members"  // who is signed in
	VisibilityUnlisted = "unlisted" // everyone who has its address: it stands in no list
)

var (
	postStates   = []string{StatusDraft, StatusScheduled, StatusPublished}
	visibilities = []string{VisibilityPublic, VisibilityMembers, VisibilityUnlisted}
)

// Post is a text that a user wrote. Content is Markdown; ContentHTML, Excerpt, Words and Headings are made from it at
// each save, so that reading costs nothing.
type Post struct {
	ID          int64      `gorm:"primaryKey"`
	UserID      int64      `gorm:"not null"`
	User        *User      `gorm:"constraint:OnDelete:CASCADE"`
	Title       string     `gorm:"type:varchar(100);not null;check:posts_title_given,title <> ''"`
	Content     string     `gorm:"type:text;not null"`
	ContentHTML string     `gorm:"type:text;not null;default:''"`
	Excerpt     string     `gorm:"type:text;not null;default:''"`
	Words       int        `gorm:"not null;default:0"`
	Headings    []Heading  `gorm:"type:jsonb;serializer:json;not null;default:'[]'"`
	Mentions    IDs        `gorm:"type:bigint[];not null;default:'{}'"` // the users whom the text names, as they were at the save
	Tags        Tags       `gorm:"type:text[];not null;default:'{}';check:posts_tags_count,cardinality(tags) <= 10"`
	Status      string     `gorm:"type:varchar(10);not null;default:draft;check:posts_status_one_of,status in ('draft','scheduled','published')"`
	Visibility  string     `gorm:"type:varchar(10);not null;default:public;check:posts_visibility_known,visibility in ('public','members','unlisted')"`
	PublishAt   *time.Time `gorm:"check:posts_scheduled_dated,status <> 'scheduled' or publish_at is not null"` // when a scheduled post appears
	Lang        string     `gorm:"type:varchar(35);not null;default:''"`                                        // of the text, as in HTML's lang; empty: not said
	Revision    int        `gorm:"not null;default:1"`                                                          // counts what was saved of title, text and tags
	SavedByID   *int64     // who saved that revision; nil: the author, or somebody who is gone
	SavedBy     *User      `gorm:"constraint:OnDelete:SET NULL"`
	SavedAt     *time.Time // when; nil: it is the first one, and as old as the post
	CreatedAt   time.Time  `gorm:"not null;default:now()"`
	UpdatedAt   time.Time  `gorm:"not null;default:now()"`
	PublishedAt *time.Time `gorm:"check:posts_published_dated,status <> 'published' or published_at is not null"`

	CommentsClosed bool `gorm:"not null;default:false"` // nobody writes further ones

	Authors  []*User `gorm:"-"` // who wrote it besides the owner; only ID, Username and Name are read
	Comments int     `gorm:"-"` // how many comments readers see, where a list is read
	Receipt  int64   `gorm:"-"` // of the act that changed the post just now; 0: there was none
}

// Heading is an entry of a post's list of contents.
type Heading struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Level int    `json:"level"` // 2 for the highest: the title of the post is 1
}

// The bounds of a post.
const (
	MaxTitle   = 100
	MaxContent = 400 << 10 // bytes
	maxTags    = 10
	maxTag     = 40 // characters
)

// wordsAMinute is how fast silent reading of non-fiction is: 238 words a minute (Brysbaert, "How many words do we read
// per minute?", 2019).
const wordsAMinute = 238

var (
	sayNoTitle     = Say("Give the post a title.")
	sayStatus      = Say("A post is published, scheduled or a draft.")
	sayVisibility  = Say("A post is for everyone, for members, or unlisted.")
	sayTooManyTags = Say("At most %d tags.", maxTags)
	sayTagItself   = Say("This is the tag itself.")
	sayTagTooLong  = Say("A tag has at most %d characters.", maxTag)
)

// Ref is how the post is named in its address: its id, then its title.
func (p *Post) Ref() string {
	if slug := Slug(p.Title); slug != "" {
		return strconv.FormatInt(p.ID, 10) + "-" + slug
	}
	return strconv.FormatInt(p.ID, 10)
}

// Path is the address of the post's page.
func (p *Post) Path() string { return "/posts/" + p.Ref() }

// IsDraft reports whether the post is neither published nor about to be.
func (p *Post) IsDraft() bool { return p.Status == StatusDraft }

// IsPublished reports whether others than who may change the post read it: who they are, its visibility says.
func (p *Post) IsPublished() bool { return p.Status == StatusPublished }

// Minutes is how long reading takes, at least 1.
func (p *Post) Minutes() int { return max(1, (p.Words+wordsAMinute/2)/wordsAMinute) }

// IsScheduled reports whether the post appears by itself at PublishAt.
func (p *Post) IsScheduled() bool { return p.Status == StatusScheduled }

// Date is when the post was published or will be, or begun where neither is known.
func (p *Post) Date() time.Time {
	if p.IsScheduled() && p.PublishAt != nil {
		return *p.PublishAt
	}
	if p.PublishedAt != nil {
		return *p.PublishedAt
	}
	return p.CreatedAt
}

// TagList is the tags as they are typed, with commas.
func (p *Post) TagList() string { return strings.Join(p.Tags, ", ") }

// Validate tidies the fields that a person gives and says what is wrong with them.
func (p *Post) Validate() error {
	v := Invalid{}
	p.validContent(v)
	p.Title = line(p.Title)
	p.Tags = tidyTags(p.Tags)
	switch n := utf8.RuneCountInString(p.Title); {
	case blank(p.Title):
		v["title"] = sayNoTitle
	case n > MaxTitle:
		v["title"] = Say("The title is too long: %d characters, and %d are the most.", n, MaxTitle)
	case !printable(p.Title):
		v["title"] = Say("The title has characters that cannot be shown.")
	}
	if blank(p.Content) && (p.Status == StatusPublished || p.Status == StatusScheduled) {
		v["content"] = Say("Write something, or save it as a draft.")
	}
	validTags(v, p.Tags)
	if !slices.Contains(postStates, p.Status) {
		v["status"] = sayStatus
	}
	if p.Visibility = cmp.Or(p.Visibility, VisibilityPublic); !slices.Contains(visibilities, p.Visibility) {
		v["visibility"] = sayVisibility
	}
	var ok bool
	if p.Lang, ok = tidyLang(p.Lang); !ok {
		v["lang"] = sayLang
	}
	return v.Or()
}

// ValidateContent is Validate for the text alone, as a preview needs it.
func (p *Post) ValidateContent() error {
	v := Invalid{}
	p.validContent(v)
	return v.Or()
}

func (p *Post) validContent(v Invalid) {
	p.Content = strings.ReplaceAll(p.Content, "\r\n", "\n")
	switch {
	case len(p.Content) > MaxContent:
		v["content"] = Say("The text is too long: %d bytes, and %d are the most.", len(p.Content), MaxContent)
	case !text(p.Content):
		v["content"] = Say("The text has characters that cannot be kept.")
	}
}

// validTags says what is wrong with tags.
func validTags(v Invalid, tags []string) {
	if len(tags) > maxTags {
		v["tags"] = sayTooManyTags
	}
	for _, tag := range tags {
		if !validTag(tag) {
			v["tags"] = sayTagTooLong
		}
	}
}

func validTag(tag string) bool { return utf8.RuneCountInString(tag) <= maxTag && printable(tag) }

// ParseTags reads tags as they are typed: with commas between.
func ParseTags(typed string) []string { return tidyTags(strings.Split(typed, ",")) }

// tidyTags makes tags lower-case and composed, without what cannot be seen, and drops the empty and the repeated ones. A comma stands between two tags, wherever it
// comes from. Of far too many, enough are returned to be refused.
func tidyTags(tags []string) []string {
	tidy := []string{}
	for _, typed := range tags {
		for tag := range strings.SplitSeq(typed, ",") {
			tag = strings.TrimSpace(strings.TrimLeft(line(seen(strings.ToLower(norm.NFC.String(tag)))), "#"))
			tag = norm.NFC.String(tag)
			if !blank(tag) && tag != "." && tag != ".." && !slices.Contains(tidy, tag) && len(tidy) <= maxTags {
				tidy = append(tidy, tag)
			}
		}
	}
	return tidy
}

// seen drops what nobody sees: marks of direction, spaces without width, hyphens that show only at the end of a line. The joiners
// stay: some scripts are written with them. "." and ".." are steps in an address.
func seen(tag string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 0xad, 0x200b, 0x200e, 0x200f, 0x2060:
			return -1
		}
		return r
	}, tag)
}

// Slug makes the readable part of an address: letters and digits of any script, lower-case, hyphens between.
func Slug(title string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(title) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
		if b.Len() > 80 {
			break
		}
	}
	return b.String()
}
