package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// eventColumns are those of an event as they are read: dates and times as they are written.
const eventColumns = `e.id, e.title, e.place, e.description, e.event_date::text, coalesce(to_char(e.event_time, 'HH24:MI'), ''), coalesce(e.end_date::text, ''),
	coalesce(to_char(e.end_time, 'HH24:MI'), ''), e.zone, e.version, e.created_at, e.updated_at, e.starts_at, e.over_at`

func scanEvent(row pgx.CollectableRow) (*CalendarEvent, error) {
	e := &CalendarEvent{}
	return e, row.Scan(&e.ID, &e.Title, &e.Place, &e.Description, &e.Date, &e.Time, &e.EndDate, &e.EndTime, &e.Zone, &e.Version, &e.CreatedAt, &e.UpdatedAt, &e.StartsAt, &e.OverAt)
}

// eventsWhere reads events by what follows "where".
func eventsWhere(ctx context.Context, tx queries, where string, args ...any) ([]*CalendarEvent, error) {
	rows, err := tx.Query(ctx, "select "+eventColumns+" from calendar_events e where "+where, args...)
	if err != nil {
		return nil, Explain(err)
	}
	found, err := pgx.CollectRows(rows, scanEvent)
	return found, Explain(err)
}

func findEvent(ctx context.Context, tx queries, id int64) (*CalendarEvent, error) {
	found, err := eventsWhere(ctx, tx, "e.id = $1", id)
	if err == nil && len(found) == 0 {
		err = errNoEvent
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// CalendarEvent reads an event. Everyone may.
func (s *Store) CalendarEvent(ctx context.Context, id int64) (*CalendarEvent, error) {
	return findEvent(ctx, s.pool, id)
}

// CalendarList says which events to list.
type CalendarList struct {
	Past  bool    // those that are over, the last one first; else those to come or under way, the next one first
	After PostKey // those after this one; zero: from the first
	Limit int
}

// CalendarEvents lists events. more is true where there are further ones.
func (s *Store) CalendarEvents(ctx context.Context, list CalendarList) (found []*CalendarEvent, more bool, err error) {
	which, order, compare := "e.over_at > now()", "e.starts_at, e.id", ">"
	if list.Past {
		which, order, compare = "e.over_at <= now()", "e.starts_at desc, e.id desc", "<"
	}
	args := []any{list.Limit + 1}
	if list.After.ID != 0 {
		which += fmt.Sprintf(" and (e.starts_at, e.id) %s ($2, $3)", compare)
		args = append(args, list.After.At, list.After.ID)
	}
	found, err = eventsWhere(ctx, s.pool, which+" order by "+order+" limit $1", args...)
	if len(found) > list.Limit {
		return found[:list.Limit], true, err
	}
	return found, false, err
}

// maxCalendarFile is how many events a file for calendars has.
const maxCalendarFile = 2000

// CalendarFile lists the events of a file for calendars, from those of the last year on.
func (s *Store) CalendarFile(ctx context.Context) ([]*CalendarEvent, error) {
	found, err := eventsWhere(ctx, s.pool, "e.over_at > now() - interval '1 year' order by e.starts_at desc, e.id desc limit $1", maxCalendarFile)
	slices.Reverse(found)
	return found, err
}

// CreateCalendarEvent adds an event. Editors and admins may.
func (s *Store) CreateCalendarEvent(ctx context.Context, by *User, e *CalendarEvent) error {
	if !by.CanEditCalendar() {
		return ErrForbidden
	}
	if err := s.validEvent(ctx, e); err != nil {
		return err
	}
	err := s.inPgx(ctx, func(tx pgx.Tx) error {
		if err := mayEditCalendar(ctx, tx, by); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `insert into calendar_events (title, place, description, event_date, event_time, end_date, end_time, zone)
			values ($1, $2, $3, $4::text::date, nullif($5, '')::time, nullif($6, '')::date, nullif($7, '')::time, $8) returning id`,
			e.Title, e.Place, e.Description, e.Date, e.Time, e.EndDate, e.EndTime, e.Zone).Scan(&e.ID); err != nil {
			return err
		}
		made, err := findEvent(ctx, tx, e.ID)
		if err != nil {
			return err
		}
		*e = *made
		return record(ctx, tx, entry{kind: kindEventCreate, by: by, targetKind: eventTarget.kind, targetID: e.ID, target: e.Title, details: map[string]any{"after": e.logged()}})
	})
	if err == nil {
		s.events.changed()
	}
	return err
}

func (s *Store) validEvent(ctx context.Context, e *CalendarEvent) error {
	zones, err := s.TimeZones(ctx)
	if err != nil {
		return err
	}
	return e.validate(zones)
}

// mayEditCalendar locks who acts, and refuses who may not by now.
func mayEditCalendar(ctx context.Context, tx statements, by *User) error {
	if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
		return err
	}
	var role string
	if err := tx.QueryRow(ctx, "select role from users where id = $1", by.ID).Scan(&role); err != nil {
		return err
	}
	if !(&User{Role: role}).CanEditCalendar() {
		return ErrForbidden
	}
	return nil
}

// CalendarChange is what shall change of an event; nil leaves a field as it is.
type CalendarChange struct {
	Title, Place, Description          *string
	Date, Time, EndDate, EndTime, Zone *string
	Version                            int // the version that the change began from; 0: whatever it is by now
}

// UpdateCalendarEvent changes an event. Editors and admins may. It is an act, whose receipt the event returned names.
func (s *Store) UpdateCalendarEvent(ctx context.Context, by *User, id int64, change CalendarChange) (*CalendarEvent, error) {
	if !by.CanEditCalendar() {
		return nil, ErrForbidden
	}
	for {
		was, err := s.CalendarEvent(ctx, id)
		if err != nil {
			return nil, err
		}
		if change.Version != 0 && change.Version != was.Version {
			return nil, ErrStaleEvent
		}
		event := *was
		for field, value := range map[*string]*string{&event.Title: change.Title, &event.Place: change.Place, &event.Description: change.Description, &event.Date: change.Date,
			&event.Time: change.Time, &event.EndDate: change.EndDate, &event.EndTime: change.EndTime, &event.Zone: change.Zone} {
			if value != nil {
				*field = *value
			}
		}
		if err := s.validEvent(ctx, &event); err != nil {
			return nil, err
		}
		done, err := s.saveEvent(ctx, by, was.Version, &event)
		if err != nil || done {
			return &event, err
		}
		// Somebody else was faster: what is not given stays as they saved it.
	}
}

// saveEvent keeps a changed event, as long as it is of the version; else done is false.
func (s *Store) saveEvent(ctx context.Context, by *User, version int, event *CalendarEvent) (done bool, err error) {
	err = s.inTx(ctx, func(tx *gorm.DB) error {
		if err := mayEditCalendar(ctx, gormTx{tx}, by); err != nil {
			return err
		}
		now := 0
		if err := tx.Raw("select version from calendar_events where id = ? for update", event.ID).Row().Scan(&now); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				err = errNoEvent
			}
			return err
		}
		if done = now == version; !done {
			return nil
		}
		e := &edit{by: by, target: eventTarget, id: event.ID}
		if err := e.begin(tx); err != nil {
			return err
		}
		if err := tx.Exec(`update calendar_events set title = ?, place = ?, description = ?, event_date = ?::text::date, event_time = nullif(?, '')::time, end_date = nullif(?, '')::date,
				end_time = nullif(?, '')::time, zone = ?, updated_at = now() where id = ?`,
			event.Title, event.Place, event.Description, event.Date, event.Time, event.EndDate, event.EndTime, event.Zone, event.ID).Error; err != nil {
			return err
		}
		event.Receipt, err = e.keep(tx, event.Title, event.Date)
		return err
	})
	if err != nil || !done {
		return done, err
	}
	s.events.changed()
	now, err := s.CalendarEvent(ctx, event.ID)
	if err == nil {
		now.Receipt = event.Receipt
		*event = *now
	}
	return true, err
}

// DeleteCalendarEvent removes an event. Editors and admins may. It is an act, and an admin can take it back.
func (s *Store) DeleteCalendarEvent(ctx context.Context, by *User, id int64) (gone Gone, err error) {
	if !by.CanEditCalendar() {
		return gone, ErrForbidden
	}
	act, _, err := s.actOnOne(ctx, by, findActKind(eventTarget.kind, "delete"), ActParams{}, id)
	if err != nil {
		return gone, err
	}
	return Gone{Receipt: act.ID}, nil
}
