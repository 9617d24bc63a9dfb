package models

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// Event says that something has changed; what it is now, its readers ask for. Several alike that came at the same moment are
// one.
type Event struct {
	ID       int64     // of the row; the newest where several were alike
	Kind     string    // post, user, audit, session, import, rehearsal, act, counts
	Ref      int64     // the id of the one row that is concerned; 0: several, or none
	At       time.Time // when it was written, which may be long before it was committed
	audience *int64    // nil: everyone who is signed in; else toAdmins, toEditors, or the id of a user
}

// The audiences that are no user's id.
const (
	toAdmins  = 0
	toEditors = -1 // and admins
)

// hears reports whether the user is of the audience.
func (u *User) hears(audience *int64) bool {
	switch {
	case audience == nil:
		return true
	case *audience == toAdmins:
		return u.IsAdmin()
	case *audience == toEditors:
		return u.IsEditor()
	}
	return *audience == u.ID
}

// News is what a follower hears at one time.
type News struct {
	Events    []Event
	Before    string // where a follower was who has not heard this yet
	Cursor    string // where a follower is who has heard all of it
	Reset     bool   // something may have been missed: whatever is followed should be looked at again
	Listening bool   // false while changes cannot be heard
}

// The reasons why a follower hears no more.
var (
	ErrBehind   = errors.New("too far behind")          // it did not take what it was told; it may come back with its cursor
	ErrNotSeen  = errors.New("the session has ended")   // or its user may not sign in any more
	ErrStopping = errors.New("the program is stopping") // it may come back
)

const (
	maxFollowing = 20 // how many streams a user may follow at a time, at one program
	followerRoom = 16 // how many batches may wait for one follower
)

// hub tells followers what the listener reads. It holds no goroutine for any of them, and waits for none.
type hub struct {
	mu        sync.Mutex
	followers map[*Follower]bool
	following map[int64]int // by user
	cursor    string        // where the listener is; empty while it does not listen
	stopped   bool
}

// batch is what the listener read at one time, the same for every follower.
type batch struct {
	events    []Event
	cursor    string
	reset     bool
	listening bool
}

// Follower is one reader of the events. Its methods are for one goroutine.
type Follower struct {
	hub     *hub
	user    int64
	session uuid.UUID
	as      atomic.Pointer[User] // with the role that they have by now
	batches chan *batch
	first   *batch
	cursor  string
	why     error // once batches is closed
}

// Cursor is where the listener is. A page that is made from what is read afterwards misses nothing that comes after it. It is
// empty while nothing is heard.
func (s *Store) Cursor() string {
	s.events.hub.mu.Lock()
	defer s.events.hub.mu.Unlock()
	return s.events.hub.cursor
}

// TellAdmins tells the admins who follow that something of a kind has changed.
func (s *Store) TellAdmins(ctx context.Context, kind string) error {
	_, err := s.pool.Exec(ctx, "select tell($1, null, 0)", kind)
	return Explain(err)
}

// Followers counts the readers of events at this program.
func (s *Store) Followers() int { return s.events.hub.size() }

// Follow begins to hear of what by may see, until the session ends. since is a cursor from which on everything is told, first
// of all; empty: from now on. TooMany: the user follows at too many places already. Close must be called at the end.
func (s *Store) Follow(ctx context.Context, by *User, session uuid.UUID, since string) (*Follower, error) {
	f := &Follower{hub: s.events.hub, user: by.ID, session: session, batches: make(chan *batch, followerRoom)}
	f.as.Store(by)
	cursor, err := f.hub.add(f)
	if err != nil {
		return nil, err
	}
	// What is committed from here on comes through the hub as well: better twice than never.
	f.first = &batch{cursor: cursor, listening: cursor != ""}
	if since != "" {
		read, err := readEvents(ctx, s.pool, since)
		if err != nil {
			f.Close()
			return nil, Explain(err)
		}
		read.listening = f.first.listening
		f.first, f.cursor = read, since
	}
	return f, nil
}

// Next waits for news. The first comes at once. It ends with ctx, or for one of the reasons above.
func (f *Follower) Next(ctx context.Context) (News, error) {
	if b := f.first; b != nil {
		f.first = nil
		return f.hear(b), nil
	}
	for {
		select {
		case b, ok := <-f.batches:
			if !ok {
				return News{}, f.why
			}
			if news := f.hear(b); len(news.Events) > 0 || news.Reset || !news.Listening {
				return news, nil
			}
		case <-ctx.Done():
			return News{}, ctx.Err()
		}
	}
}

// Close ends it. It may be called more than once.
func (f *Follower) Close() { f.hub.drop(f, ErrStopping) }

// hear leaves out what others only may see.
func (f *Follower) hear(b *batch) News {
	news := News{Before: f.cursor, Cursor: b.cursor, Reset: b.reset, Listening: b.listening}
	as := f.as.Load()
	for _, event := range b.events {
		if as.hears(event.audience) {
			news.Events = append(news.Events, event)
		}
	}
	if b.cursor != "" {
		f.cursor = b.cursor
	}
	return news
}

func newHub() *hub { return &hub{followers: map[*Follower]bool{}, following: map[int64]int{}} }

func (h *hub) size() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.followers)
}

func (h *hub) add(f *Follower) (cursor string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return "", ErrStopping
	}
	if h.following[f.user] >= maxFollowing {
		return "", &TooMany{Wait: time.Minute}
	}
	h.followers[f] = true
	h.following[f.user]++
	return h.cursor, nil
}

func (h *hub) drop(f *Follower, why error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.remove(f, why)
}

func (h *hub) remove(f *Follower, why error) {
	if !h.followers[f] {
		return
	}
	delete(h.followers, f)
	if h.following[f.user]--; h.following[f.user] == 0 {
		delete(h.following, f.user)
	}
	f.why = why
	close(f.batches)
}

// tell gives the batch to everyone. Who has no room left for it is dropped.
func (h *hub) tell(b *batch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cursor = b.cursor
	if len(b.events) == 0 && !b.reset && b.listening {
		return
	}
	for f := range h.followers {
		select {
		case f.batches <- b:
		default:
			h.remove(f, ErrBehind)
		}
	}
}

// sessions are those that somebody follows in.
func (h *hub) sessions() []uuid.UUID {
	h.mu.Lock()
	defer h.mu.Unlock()
	ids := make([]uuid.UUID, 0, len(h.followers))
	for f := range h.followers {
		ids = append(ids, f.session)
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

// users are those who follow.
func (h *hub) users() []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.following))
}

// keep drops the followers whose session was asked for and not found, and notes what role their users have now.
func (h *hub) keep(asked []uuid.UUID, users map[uuid.UUID]*User) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for f := range h.followers {
		user, found := users[f.session]
		if found {
			f.as.Store(user)
		} else if slices.Contains(asked, f.session) {
			h.remove(f, ErrNotSeen)
		}
	}
}

func (h *hub) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
	for f := range h.followers {
		h.remove(f, ErrStopping)
	}
}
