package models

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// events knows when something that readers see has changed: here at once, elsewhere when PostgreSQL tells.
type events struct {
	config     *pgx.ConnConfig
	log        *slog.Logger
	generation atomic.Uint64 // goes up with each change
	listening  atomic.Bool

	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan struct{}
}

func newEvents(config *pgx.ConnConfig, log *slog.Logger) *events {
	return &events{config: config, log: log}
}

// changed tells this program at once; the others hear of it from PostgreSQL's trigger.
func (e *events) changed() { e.generation.Add(1) }

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
		closing, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		conn.Close(closing)
	}()
	if _, err := conn.Exec(connecting, "listen postroom"); err != nil {
		return false, err
	}
	// Whatever was missed until now has changed.
	e.changed()
	e.listening.Store(true)
	for {
		// A server that vanished without a word is noticed by asking now and then.
		waiting, cancel := context.WithTimeout(ctx, 5*time.Second)
		notice, err := conn.WaitForNotification(waiting)
		cancel()
		switch {
		case err == nil && notice.Channel == "postroom":
			e.changed()
		case err == nil:
		case ctx.Err() != nil:
			return true, err
		case waiting.Err() != nil && !conn.IsClosed():
			asking, cancel := context.WithTimeout(ctx, 2*time.Second)
			err = conn.Ping(asking)
			cancel()
			if err != nil {
				return true, err
			}
		default:
			return true, err
		}
	}
}

func (e *events) stop() {
	e.mu.Lock()
	cancel, done := e.cancel, e.done
	e.mu.Unlock()
	if cancel != nil {
		cancel()
		<-done
	}
}
