package models

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// notifier tells listeners, after the commit, of events that a transaction wrote without a word. What comes at the same moment is
// one NOTIFY.
type notifier struct {
	due     *atomic.Bool
	sending *sync.WaitGroup
	closing context.Context
	close   context.CancelFunc
}

// gathering is how long a NOTIFY waits for others.
const gathering = 20 * time.Millisecond

func newNotifier() notifier {
	closing, cancel := context.WithCancel(context.Background())
	return notifier{new(atomic.Bool), new(sync.WaitGroup), closing, cancel}
}

// notify tells of what is committed already. Where the program ends before it does, listeners find it when they look by themselves.
func (s *Store) notify() {
	n := s.notifier
	if n.due.Swap(true) {
		return // the one to come is sent after this commit, too
	}
	n.sending.Go(func() {
		select {
		case <-time.After(gathering):
		case <-n.closing.Done():
		}
		n.due.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), answering)
		defer cancel()
		// There is nothing in it to lose: so it need not wait for the disk, nor others for it.
		if _, err := s.pool.Exec(ctx, "select set_config('synchronous_commit', 'off', true), pg_notify('postroom_events', '')"); err != nil {
			s.log.Warn("open pages hear of a change later", "error", err)
		}
	})
}

// stop sends what is due.
func (n notifier) stop() {
	n.close()
	n.sending.Wait()
}
