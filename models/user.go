package models

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// The roles, from the least to the most that one may do. An editor may change every post, an admin everything.
const (
	RoleUser   = "user"
	RoleEditor = "editor"
	RoleAdmin  = "admin"
)

// User is a person with an account. PostCount and LastPostAt are kept by triggers and are never written from here.
type User struct {
	ID           int64           `gorm:"primaryKey"`
	Username     string          `gorm:"type:varchar(50);not null;check:users_username_form,username ~ '^[A-Za-z0-9_-]{3,50}$'"`
	Name         string          `gorm:"type:varchar(100);not null;check:users_name_given,name <> ''"`
	Email        string          `gorm:"type:varchar(255);not null;check:users_email_form,email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and octet_length(email) = char_length(email)"`
	PasswordHash string          `gorm:"type:varchar(100);not null;default:''"` // empty: none yet, only a one-time link signs in
	Age          *int            `gorm:"type:integer;check:users_age,age > 0"`
	About        string          `gorm:"type:text;not null;default:''"`
	Role         string          `gorm:"type:varchar(10);not null;default:user;check:users_role_known,role in ('user','editor','admin')"`
	IsActive     bool            `gorm:"not null;default:true"`
	Language     string          `gorm:"type:varchar(35);not null;default:''"` // a BCP 47 tag; empty: as the browser asks
	TimeZone     string          `gorm:"type:varchar(64);not null;default:''"` // an IANA name; empty: the site's
	Credits      decimal.Decimal `gorm:"type:numeric(12,2);not null;default:0;check:users_credits,credits >= 0"`
	Metadata     Metadata        `gorm:"type:jsonb;serializer:json;not null;default:'{}';check:users_metadata,jsonb_typeof(metadata) = 'object'"`
	PostCount    int             `gorm:"not null;default:0;<-:false"`
	LastPostAt   *time.Time      `gorm:"<-:false"`

	// Kept by triggers and sessions, and never written from here.
	SuspendedUntil *time.Time `gorm:"<-:false"`                       // the end of the open suspension; may be over
	LastSeenAt     *time.Time `gorm:"<-:false"`                       // nil: never signed in
	ContactedAt    *time.Time `gorm:"<-:false"`                       // when an admin last wrote to the user
	MedianGap      *float64   `gorm:"type:double precision;<-:false"` // seconds between two posts; nil with fewer than three posts
	BackAt         *time.Time `gorm:"<-:false"`                       // the newest post that ended a long silence

	Receipt      int64  `gorm:"-"` // of the act that made or changed the user just now; 0: there was none
	SuspendedFor string `gorm:"-"` // the reason of the open suspension; read with the session alone

	CreatedAt time.Time `gorm:"not null;default:now()"`
	UpdatedAt time.Time `gorm:"not null;default:now()"`
}

// Path is the address of the user's page.
func (u *User) Path() string { return "/users/" + u.Username }

// IsSuspended reports whether the user may read and not write, for now.
func (u *User) IsSuspended() bool {
	return u.SuspendedUntil != nil && u.SuspendedUntil.After(time.Now())
}

// IsAdmin reports whether the user may do everything.
func (u *User) IsAdmin() bool { return u != nil && u.Role == RoleAdmin }

// IsEditor reports whether the user may change every post.
func (u *User) IsEditor() bool { return u != nil && (u.Role == RoleEditor || u.Role == RoleAdmin) }

// CanEdit reports whether the user may change the post, and see it while it is a draft. Its co-authors must have been read.
func (u *User) CanEdit(p *Post) bool { return u.IsAuthor(p) || u.IsEditor() }

// CanSeePrivate reports whether the user may see the e-mail address and the other private fields of the account.
func (u *User) CanSeePrivate(other *User) bool {
	return u != nil && (u.ID == other.ID || u.IsAdmin())
}

// Location is the user's time zone, or fallback where none is set.
func (u *User) Location(fallback *time.Location) *time.Location {
	if u == nil || u.TimeZone == "" {
		return fallback
	}
	if zone, err := time.LoadLocation(u.TimeZone); err == nil {
		return zone
	}
	return fallback
}

// Sentences that more than one place says.
var (
	sayUsernameForm = Say("A user name has 3 to 50 letters, digits, - or _.")
	sayEmailForm    = Say("An e-mail address looks like name@example.com.")
	sayOwnEmail     = Say("Change your own address in the settings: they ask for your password.")
	// SayLastAdmin: the site would be left without anyone who can look after it.
	SayLastAdmin = Say("This is the last admin. Make another user an admin first.")
	// SayYourself: an admin's act on the own account.
	SayYourself = Say("This is you. Ask another admin.")
)

var usernameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{3,50}$`)

// emailForm is dot-atoms on both sides, as RFC 5322 has them. ASCII alone: other letters have cases that not every database folds
// alike, and an e-mail address must be unique whatever its case.
var emailForm = regexp.MustCompile("^" + dotAtom + "@" + dotAtom + "$")

const dotAtom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"

// reserved are the user names nobody gets: the first parts of the site's own addresses, and those that would be taken
// for the site itself.
var reserved = strings.Fields(`about admin api apidocs calendar comments credits events favicon feed feeds files healthz held help link links live
	metrics notices orders perks posts postroom readyz robots root search series settings setup signin signout signup
	sitemap static support system tags transfers users`)

// IsReserved reports whether nobody may take this user name.
func IsReserved(username string) bool {
	return slices.Contains(reserved, strings.ToLower(username))
}

// The bounds of what a user may say of themselves.
const (
	maxName          = 100
	maxEmail         = 255
	maxAge           = 150
	maxAbout         = 2000
	maxMetadata      = 50    // fields
	maxMetadataName  = 50    // characters
	maxMetadataJSON  = 16384 // bytes, all fields together
	maxMetadataDepth = 10    // lists and objects within each other
)

func validUsername(v Invalid, username string) {
	switch {
	case username == "":
		v["username"] = Say("Choose a user name.")
	case !usernameForm.MatchString(username):
		v["username"] = sayUsernameForm
	case IsReserved(username):
		v["username"] = Say("This user name is kept for the site itself.")
	}
}

func validName(v Invalid, name string) {
	if blank(name) {
		v["name"] = Say("Give a name.")
	} else if utf8.RuneCountInString(name) > maxName {
		v["name"] = Say("The name is too long: %d characters, and %d are the most.", utf8.RuneCountInString(name), maxName)
	} else if !printable(name) {
		v["name"] = Say("The name has characters that cannot be shown.")
	}
}

func validEmail(v Invalid, email string) {
	switch {
	case email == "":
		v["email"] = Say("Give an e-mail address.")
	case utf8.RuneCountInString(email) > maxEmail:
		v["email"] = Say("The e-mail address is too long: %d characters, and %d are the most.", utf8.RuneCountInString(email), maxEmail)
	case !emailForm.MatchString(email):
		v["email"] = sayEmailForm
	}
}

func validAge(v Invalid, age *int) {
	if age != nil && (*age < 1 || *age > maxAge) {
		v["age"] = Say("An age is a whole number from 1 to 150.")
	}
}

func validAbout(v Invalid, about string) {
	if n := utf8.RuneCountInString(about); n > maxAbout {
		v["about"] = Say("The text is too long: %d characters, and %d are the most.", n, maxAbout)
	} else if !text(about) {
		v["about"] = Say("The text has characters that cannot be kept.")
	}
}

func validRole(v Invalid, role string) {
	if role != RoleUser && role != RoleEditor && role != RoleAdmin {
		v["role"] = Say("A role is user, editor or admin.")
	}
}

func validTimeZone(v Invalid, zone string) {
	if zone == "" {
		return
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		v["time_zone"] = Say("There is no time zone of this name.")
	}
}

func validLanguage(v Invalid, tag string) {
	if len(tag) > 35 || strings.ContainsFunc(tag, func(r rune) bool {
		return r != '-' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) {
		v["language"] = Say("There is no language of this name.")
	}
}

func validMetadata(v Invalid, fields Metadata) {
	if len(fields) > maxMetadata {
		v["metadata"] = Say("There are %d fields, and %d are the most.", len(fields), maxMetadata)
		return
	}
	for name, value := range fields {
		if name == "" || utf8.RuneCountInString(name) > maxMetadataName || !printable(name) {
			v["metadata"] = Say("A field needs a name of at most %d characters.", maxMetadataName)
			return
		}
		if !keepable(value, maxMetadataDepth) {
			v["metadata"] = Say("The fields must be names with values.")
			return
		}
	}
	encoded, err := json.Marshal(fields)
	switch {
	case err != nil:
		v["metadata"] = Say("The fields must be names with values.")
	case len(encoded) > maxMetadataJSON:
		v["metadata"] = Say("The fields are too long: %d bytes, and %d are the most.", len(encoded), maxMetadataJSON)
	}
}

// keepable reports whether PostgreSQL can keep the value as JSON, in no more than so many lists and objects.
func keepable(value any, depth int) bool {
	switch value := value.(type) {
	case string:
		return text(value)
	case json.Number:
		f, err := value.Float64() // an exponent far below zero comes out as 0, and is more than PostgreSQL can take
		mantissa, _, _ := strings.Cut(strings.ToLower(value.String()), "e")
		return err == nil && !math.IsInf(f, 0) && (f != 0 || !strings.ContainsAny(mantissa, "123456789"))
	case []any:
		return depth > 0 && !slices.ContainsFunc(value, func(inner any) bool { return !keepable(inner, depth-1) })
	case map[string]any:
		for name, inner := range value {
			if depth == 0 || !text(name) || !keepable(inner, depth-1) {
				return false
			}
		}
		return depth > 0
	}
	return true
}

// text reports whether PostgreSQL can keep s as text: valid UTF-8 without a zero.
func text(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// printable reports whether s is one line of text without control or direction-turning characters.
func printable(s string) bool {
	return text(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
	})
}

// blank reports whether nothing of s can be seen.
func blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		switch r {
		case 0x115f, 0x1160, 0x2800, 0x3164, 0xffa0: // letters and a pattern without ink
			return false
		}
		return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
	})
}

// line makes one tidy line of what was typed: no spaces at the ends, single ones inside.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// tidyText ends each line with one character and drops what is empty before and after.
func tidyText(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
