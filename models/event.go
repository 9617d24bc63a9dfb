package models

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// events knows when something that readers see has changed: here at once, elsewhere when PostgreSQL tells. It holds the one
// listening connection of the program, and reads over it what has happened for the pages that follow.
type events struct {
	config     *pgx.ConnConfig
	log        *slog.Logger
	generation atomic.Uint64 // goes up with each change
	changedAt  atomic.Int64  // when it last did, in microseconds
	listening  atomic.Bool
	hub        *hub
	scheduled  chan struct{} // something was scheduled, or may have been while nothing was heard
	followers  func()        // a new post has more followers than its author told

	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan struct{}
}

func newEvents(config *pgx.ConnConfig, log *slog.Logger, followers func()) *events {
	return &events{config: config, log: log, hub: newHub(), scheduled: make(chan struct{}, 1), followers: followers}
}

// changed tells this program at once; the others hear of it from PostgreSQL's trigger.
func (e *events) changed() {
	e.changedAt.Store(time.Now().UnixMicro())
	e.generation.Add(1)
}

// reschedule has whoever publishes on time look for the next moment.
func (e *events) reschedule() {
	select {
	case e.scheduled <- struct{}{}:
	default: // it is about to look
	}
}

// Generation counts the changes that readers may see. What was made from an older generation is stale. ok is false while
// changes made by other programs cannot be heard: then nothing may be kept.
func (s *Store) Generation() (generation uint64, ok bool) {
	generation = s.events.generation.Load()
	return generation, s.events.listening.Load()
}

// Listen begins to hear of changes made by other programs, and goes on until Close. When the connection is lost it comes
// back by itself.
func (s *Store) Listen() {
	e := s.events
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cancel != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel, e.done = cancel, make(chan struct{})
	go func() {
		defer close(e.done)
		for pause := 50 * time.Millisecond; ; {
			heard, err := e.listen(ctx)
			if ctx.Err() != nil {
				return
			}
			if heard {
				pause = 50 * time.Millisecond
				e.log.Warn("the listening connection is lost", "error", err)
			}
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return
			}
			pause = min(2*pause, 400*time.Millisecond)
		}
	}()
}

// listen holds one connection. heard is true where it was ever up.
func (e *events) listen(ctx context.Context) (heard bool, err error) {
	config := e.config.Copy()
	config.Tracer = nil
	config.RuntimeParams["application_name"] = "postroom listener"
	connecting, cancel := context.WithTimeout(ctx, config.ConnectTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(connecting, config)
	if err != nil {
		return false, err
	}
	defer func() {
		e.listening.Store(false)
		e.changed()
		e.hub.tell(&batch{})
		closing, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		conn.Close(closing)
	}()
	if _, err := conn.Exec(connecting, "listen postroom; listen postroom_events; listen postroom_schedule; listen postroom_followers"); err != nil {
		return false, err
	}
	// Whatever was missed until now has changed.
	e.changed()
	cursor, err := e.read(connecting, conn, "", true)
	if err != nil {
		return false, err
	}
	e.listening.Store(true)
	e.reschedule()
	return true, e.hear(ctx, conn, cursor)
}

const (
	together  = 50 * time.Millisecond  // what happens within this time is read at once
	spacing   = 500 * time.Microsecond // and, for each follower, so long after the last time: many pages are told less often
	silence   = 5 * time.Second        // a server that vanished without a word is noticed by asking now and then
	recheck   = time.Minute            // sessions also end by themselves
	answering = 10 * time.Second
)

// hear goes on until the connection ends, and reads what is told.
func (e *events) hear(ctx context.Context, conn *pgx.Conn, cursor string) error {
	due, checked := time.Now().Add(silence), time.Now()
	told, last := false, time.Time{}
	for {
		waiting, cancel := context.WithDeadline(ctx, due)
		notice, err := conn.WaitForNotification(waiting)
		over := waiting.Err() != nil
		cancel()
		switch {
		case err == nil && notice.Channel == "postroom":
			e.changed()
		case err == nil && notice.Channel == "postroom_schedule":
			e.reschedule()
		case err == nil && notice.Channel == "postroom_followers":
			e.followers()
		case err == nil && !told:
			told = true
			pause := max(together, time.Until(last.Add(time.Duration(e.hub.size())*spacing)))
			due = time.Now().Add(min(pause, time.Until(due)))
		case err == nil:
		case ctx.Err() != nil || !over || conn.IsClosed():
			return err
		}
		if time.Now().Before(due) {
			continue
		}
		if cursor, err = e.read(ctx, conn, cursor, time.Since(checked) > recheck); err != nil {
			return err
		}
		if time.Since(checked) > recheck {
			checked = time.Now()
		}
		last = time.Now()
		due, told = last.Add(silence), false
	}
}

// read tells the followers what is new since the cursor, after it has sent away those whose session ended with it.
func (e *events) read(ctx context.Context, conn *pgx.Conn, cursor string, check bool) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	b, err := readEvents(ctx, conn, cursor)
	if err != nil {
		return "", err
	}
	for _, event := range b.events {
		check = check || event.Kind == "user" || event.Kind == "session"
	}
	if sessions := e.hub.sessions(); (check || b.reset) && len(sessions) > 0 {
		users, err := readFollowers(ctx, conn, sessions)
		if err != nil {
			return "", err
		}
		e.hub.keep(sessions, users)
	}
	if err := e.nameFollowers(ctx, conn, b); err != nil {
		return "", err
	}
	b.listening = true
	e.hub.tell(b)
	return b.cursor, nil
}

// nameFollowers puts in the place of an event that tells many users of a post one for each of them who is here.
func (e *events) nameFollowers(ctx context.Context, conn *pgx.Conn, b *batch) error {
	var posts []int64
	for _, event := range b.events {
		if event.Kind == "notices" && event.Ref != 0 { // without it there were too many: every page looks
			posts = append(posts, event.Ref)
		}
	}
	if posts == nil {
		return nil
	}
	users, err := noticed(ctx, conn, posts, e.hub.users())
	if err != nil {
		return err
	}
	told := make([]Event, 0, len(b.events)+len(users))
	for _, event := range b.events {
		if event.Kind != "notices" || event.Ref == 0 {
			told = append(told, event)
		} else if event.Ref == posts[0] {
			for _, user := range users {
				told = append(told, Event{ID: event.ID, Kind: "notice", At: event.At, audience: &user})
			}
		}
	}
	b.events = told
	return nil
}

func (e *events) stop() {
	e.hub.stop()
	e.mu.Lock()
	cancel, done := e.cancel, e.done
	e.mu.Unlock()
	if cancel != nil {
		cancel()
		<-done
	}
}
