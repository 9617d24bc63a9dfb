package models

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// The answers of the Store that a caller can tell apart with errors.Is. Everything else is unexpected.
var (
	// ErrNotFound: there is no such thing, or it does not exist for who asks.
	ErrNotFound = errors.New("not found")
	// ErrForbidden: it exists, and who asks may not do this to it.
	ErrForbidden = errors.New("forbidden")
	// ErrConflict: it cannot be done beside what is there already.
	ErrConflict = errors.New("conflict")
	// ErrStale: it was made from a version that is not the newest any more.
	ErrStale = errors.New("stale")
	// ErrUnavailable: the database is away, or too busy to answer in time.
	ErrUnavailable = errors.New("database unavailable")
	// ErrBusy: others were in the way, again and again, and nothing was changed. It is also ErrUnavailable.
	ErrBusy = fmt.Errorf("%w: others were in the way", ErrUnavailable)
	// ErrUnsupported: this database cannot do it (SQLSTATE class 0A).
	ErrUnsupported = errors.New("not supported by the database")
)

// Sentence is something to say to a person: the English text, which is also its key in the catalogue of languages, and
// the values for its verbs.
type Sentence struct {
	Text string
	Args []any
}

// Say makes a Sentence. The text must be a literal, so that the catalogue's test finds it.
func Say(text string, args ...any) Sentence { return Sentence{text, args} }

// Sentence returns the text and its values; the catalogue of languages asks for them.
func (s Sentence) Sentence() (string, []any) { return s.Text, s.Args }

// String is the sentence in English.
func (s Sentence) String() string {
	if len(s.Args) == 0 {
		return s.Text
	}
	return fmt.Sprintf(s.Text, s.Args...)
}

// Invalid says what is wrong with the values given: for each field, by its name on the form, one sentence.
type Invalid map[string]Sentence

// Error lists the fields and their sentences, in order of their names.
func (v Invalid) Error() string {
	parts := make([]string, 0, len(v))
	for field, say := range v {
		parts = append(parts, field+": "+say.String())
	}
	sort.Strings(parts)
	return strings.Join(parts, " ")
}

// Or returns the Invalid as an error, or nil where no field is wrong.
func (v Invalid) Or() error {
	if len(v) == 0 {
		return nil
	}
	return v
}

// Conflict is a value that cannot stand beside what is there already. It is also ErrConflict.
type Conflict struct {
	Fields  Invalid // the fields that clash, with a sentence each; may be empty
	Missing bool    // true where it refers to something that does not exist
	Say     Sentence
}

// Error is the conflict in English.
func (c *Conflict) Error() string {
	if c.Say.Text != "" {
		return c.Say.String()
	}
	return "conflict: " + c.Fields.Error()
}

// Is makes errors.Is(c, ErrConflict) true.
func (c *Conflict) Is(target error) bool { return target == ErrConflict }

// missing is an ErrNotFound that knows what was looked for.
type missing string

func (m missing) Error() string        { return string(m) + " not found" }
func (m missing) Is(target error) bool { return target == ErrNotFound }

// The things that can be missing, named as the API names them.
const (
	errNoUser     missing = "User"
	errNoPost     missing = "Post"
	errNoSession  missing = "Session"
	errNoToken    missing = "Token"
	errNoLink     missing = "Link"
	errNoFilter   missing = "Filter"
	errNoLine     missing = "Line of the log"
	errNoImport   missing = "Import"
	errNoPerk     missing = "Perk"
	errNoOrder    missing = "Order"
	errNoSeries   missing = "Series"
	errNoRevision missing = "Revision"
	errNoForm     missing = "Form"
	errNoComment  missing = "Comment"
	errNoFile     missing = "File"
	errNoNotice   missing = "Notice"
	errNoEvent    missing = "Event"
)

// ErrNoLink: the one-time link has been used, has ended, or never was. It is also ErrNotFound.
var ErrNoLink error = errNoLink

// taken says, for each unique constraint, which field broke it and how to put it right.
var taken = map[string]struct {
	field string
	say   Sentence
}{
	"users_username_key":     {"username", Say("This user name is taken.")},
	"users_email_key":        {"email", Say("There is an account with this e-mail address already.")},
	"saved_filters_name_key": {"name", Say("There is a filter of this name already.")},
	"tokens_user_name_key":   {"name", Say("You have a token of this name already.")},
}

// checked says the same for CHECK constraints: the database's last word, where our own rules let something through.
var checked = map[string]struct {
	field string
	say   Sentence
}{
	"users_age":                 {"age", Say("An age is a whole number from 1 to 150.")},
	"users_username_form":       {"username", sayUsernameForm},
	"users_name_given":          {"name", Say("Give a name.")},
	"users_email_form":          {"email", sayEmailForm},
	"users_role_known":          {"role", Say("A role is user, editor or admin.")},
	"users_metadata":            {"metadata", Say("The fields must be names with values.")},
	"users_credits":             {"credits", Say("Credits cannot be less than zero.")},
	"transfers_amount_positive": {"amount", sayAmount},
	"posts_title_given":         {"title", sayNoTitle},
	"posts_status_one_of":       {"status", sayStatus},
	"posts_tags_count":          {"tags", sayTooManyTags},
	"series_title_given":        {"title", sayNoSeriesTitle},
	"calendar_title_given":      {"title", sayNoEventTitle},
	"calendar_dates":            {"date", sayEventDate},
	"calendar_times":            {"time", sayEventTime},
	"calendar_end_timed":        {"end_time", sayEventTimed},
	"calendar_end_later":        {"end_date", sayEventEnd},
	"tag_changes_elsewhere":     {"name", sayTagItself},
	"posts_tag_length":          {"tags", sayTagTooLong},
	"posts_published_dated":     {"status", sayStatus},
	"posts_visibility_known":    {"visibility", sayVisibility},
	"posts_scheduled_dated":     {"publish_at", sayNoMoment},
	"suspensions_reason_given":  {"reason", Say("Give a reason: the user will see it.")},
	"suspensions_end":           {"until", Say("A suspension ends in the future.")},
	"contacts_line_given":       {"line", Say("Write a line about it.")},
	"saved_filters_name_given":  {"name", Say("Give the filter a name.")},
	"reports_line_given":        {"line", sayNoReport},
	"files_name_given":          {"file", sayFileName},
	"perks_name_given":          {"name", Say("Give the perk a name.")},
	"perks_description_length":  {"description", Say("At most %d characters.", maxPerkDescription)},
	"perks_tags_count":          {"tags", sayTooManyTags},
	"perks_details":             {"details", sayDetails},
	"perks_category":            {"category", sayDetails},
	"orders_product_given":      {"name", Say("Give the perk a name.")},
	"orders_price":              {"price", sayAmount},
	"orders_state_known":        {"state", sayOrderState},
	"order_states_known":        {"state", sayOrderState},
	"orders_metadata":           {"note", Say("A value is too long or not of the right kind.")},
	"perks_prices":              {"prices", Say("Give a price.")},
	"perks_stock":               {"stock", sayNoStock},
	"perks_active":              {"to", Say("This ends before it begins.")},
	"perks_rating":              {"rating", Say("A rating is a number from 0 to 5, such as 4.5.")},
	"orders_quantity":           {"quantity", sayQuantity},
	"tokens_scope_known":        {"scope", Say("A scope is read, write or admin.")},

	"comments_content_length":    {"content", sayNoComment},
	"comments_two_levels":        {"parent_id", sayNoParent},
	"comment_hides_reason_given": {"reason", Say("Give a reason: the user will see it.")},
}

// lastAdminState is the SQLSTATE that the trigger which guards the last admin raises.
const lastAdminState = "PR001"

// Explain turns whatever came up from the database into the errors of this package; others pass unchanged. It is the one
// place that knows SQLSTATEs.
func Explain(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, pgx.ErrNoRows) || errors.Is(err, gorm.ErrRecordNotFound) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	// Whatever the reason that no connection is had, a refused password included: the database is away.
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return explainState(err, pg)
	}
	var net net.Error
	if errors.As(err, &net) || errors.Is(err, context.DeadlineExceeded) ||
		pgconn.SafeToRetry(err) || isClosed(err) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

func explainState(err error, pg *pgconn.PgError) error {
	switch {
	case pg.Code == "23505":
		conflict := &Conflict{Fields: Invalid{}}
		if t, ok := taken[pg.ConstraintName]; ok {
			conflict.Fields[t.field] = t.say
		}
		return conflict
	case pg.Code == "23503":
		return &Conflict{Missing: true}
	case pg.Code == lastAdminState:
		return &Conflict{Say: SayLastAdmin}
	case pg.Code == suspendedState:
		return suspendedBy(pg)
	case pg.Code == mayNotState:
		return ErrForbidden
	case pg.Code == objectGoneState:
		return &Conflict{Say: Say("The file took too long to come in. Send it again.")}
	case pg.Code == "23514":
		if c, ok := checked[pg.ConstraintName]; ok {
			return Invalid{c.field: c.say}
		}
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case pg.Code == "23502":
		return Invalid{pg.ColumnName: Say("A value is too long or not of the right kind.")}
	case strings.HasPrefix(pg.Code, "23"):
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case strings.HasPrefix(pg.Code, "22"), strings.HasPrefix(pg.Code, "54"): // 54: more than the server can take in
		return Invalid{"": Say("A value is too long or not of the right kind.")}
	case strings.HasPrefix(pg.Code, "40"): // refused for the sake of order, five times
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "53"), strings.HasPrefix(pg.Code, "57"), pg.Code == "25006":
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case strings.HasPrefix(pg.Code, "0A"):
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return err
}

// isClosed reports an end of the connection that the driver gives no type for.
func isClosed(err error) bool {
	text := err.Error()
	return errors.Is(err, driver.ErrBadConn) || strings.Contains(text, "conn closed") || strings.Contains(text, "unexpected EOF") || strings.Contains(text, "closed pool")
}
