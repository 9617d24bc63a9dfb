package models

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// jobs is the work that goes on after an answer was sent: imports, and acts on many rows. What a job does is a row in a table,
// so that another program can go on with it: the job holds an advisory lock while it runs, and rows whose lock is free are
// taken up by whoever sweeps next.
type jobs struct {
	ctx     context.Context
	cancel  context.CancelFunc
	wait    sync.WaitGroup
	mu      sync.Mutex
	running map[job]bool  // true: asked for again meanwhile
	imports chan struct{} // one place for each import that may run at the same time
}

type job struct {
	kind string
	id   int64
}

// jobKind says how jobs of a kind are found and done.
type jobKind struct {
	waiting string                                              // lists the ids of what is under way
	do      func(s *Store, ctx context.Context, id int64) error // must bear to be begun again at any point
}

// jobKinds are all kinds of jobs, by name.
var jobKinds = map[string]jobKind{
	"act":           {"select id from acts where state = 'running'", (*Store).runAct},
	"rehearsal":     {"select id from rehearsals where state = 'running'", (*Store).runRehearsal},
	givingAllowance: {allowanceRunning, (*Store).giveAllowance},
	rendering:       {renderingDue, (*Store).renderAnew},
	proving:         {proofDue, (*Store).prove},
	foldingPosts:    {"select 0::bigint where exists (select from post_changes)", (*Store).foldPosts},
	foldingTags:     {"select 0::bigint where exists (select from tag_deltas)", (*Store).foldAllTags},
	readingIn:       {"select 0::bigint where exists (select from posts_unread)", (*Store).readIn},

	tellingFollowers: {followersDue, (*Store).tellFollowers},

	changingTag: {tagChangesDue, (*Store).runTagChange},

	takingInSpellings: {"select 0::bigint where exists (select from spelling_notes)", (*Store).takeInSpellings},
}

// jobLife is how long a job may take.
const jobLife = 2 * time.Hour

// newJobs knows how many connections there are. An import that runs takes three of them: for its lock, for its statements, and to tell
// how far it is.
func newJobs(connections int32) *jobs {
	ctx, cancel := context.WithCancel(context.Background())
	return &jobs{ctx: ctx, cancel: cancel, running: map[job]bool{}, imports: make(chan struct{}, max(1, connections/8))}
}

// enter waits for a place to run a job of the kind in. The function returned gives it back.
func (j *jobs) enter(kind string) (leave func()) {
	if kind != "import" && kind != "writing" {
		return func() {}
	}
	select {
	case j.imports <- struct{}{}:
		return func() { <-j.imports }
	case <-j.ctx.Done():
		return func() {}
	}
}

// startJob begins the job, unless this or another program is doing it already.
func (s *Store) startJob(kind string, id int64) {
	key := job{kind, id}
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	if s.jobs.ctx.Err() != nil {
		return
	}
	if _, running := s.jobs.running[key]; running {
		s.jobs.running[key] = true
		return
	}
	s.jobs.running[key] = false
	s.jobs.wait.Go(func() {
		for again := true; again; {
			leave := s.jobs.enter(kind)
			ctx, cancel := context.WithTimeout(s.jobs.ctx, jobLife)
			if err := s.runJob(ctx, key); err != nil && s.jobs.ctx.Err() == nil {
				s.log.Error("a job", "kind", kind, "id", id, "error", err)
			}
			cancel()
			leave()
			s.jobs.mu.Lock()
			again = s.jobs.running[key] && s.jobs.ctx.Err() == nil
			s.jobs.running[key] = false
			if !again {
				delete(s.jobs.running, key)
			}
			s.jobs.mu.Unlock()
		}
	})
}

// jobLock takes the lock of a job, and waits for it; tryJobLock does not wait.
const (
	jobLock    = "select pg_advisory_lock(hashtext('postroom job ' || $1), $2::integer)"
	tryJobLock = "select pg_try_advisory_lock(hashtext('postroom job ' || $1), $2::integer)"
)

func (s *Store) runJob(ctx context.Context, key job) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return Explain(err)
	}
	defer conn.Release()
	var mine bool
	for tries := 0; !mine; tries++ { // whoever has it may be about to let it go
		if err := conn.QueryRow(ctx, tryJobLock, key.kind, key.id).Scan(&mine); err != nil {
			return Explain(err)
		}
		switch {
		case mine:
		case tries == 10:
			return nil
		default:
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
				return Explain(ctx.Err())
			}
		}
	}
	defer unlockJob(ctx, conn, key)
	return jobKinds[key.kind].do(s, ctx, key.id)
}

func unlockJob(ctx context.Context, conn *pgxpool.Conn, key job) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, "select pg_advisory_unlock(hashtext('postroom job ' || $1), $2::integer)", key.kind, key.id); err != nil {
		conn.Conn().Close(ctx) // the lock ends with its connection
	}
}

// resumeJobs takes up what is under way and nobody does.
func (s *Store) resumeJobs(ctx context.Context) error {
	for kind, k := range jobKinds {
		rows, err := s.pool.Query(ctx, k.waiting)
		if err != nil {
			return Explain(err)
		}
		var ids []int64
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				rows.Close()
				return Explain(err)
			}
			ids = append(ids, id)
		}
		if err := rows.Err(); err != nil {
			return Explain(err)
		}
		for _, id := range ids {
			s.startJob(kind, id)
		}
	}
	return nil
}

func (j *jobs) stop() {
	j.cancel()
	j.wait.Wait()
}
