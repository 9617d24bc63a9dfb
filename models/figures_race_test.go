package models_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"postroom/models"
	"postroom/models/modelstest"
)

// together runs do n times at once and waits for all.
func together(n int, do func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
}

func TestFiguresAreRightWhileSixteenWriteAtOnce(t *testing.T) {
	address := modelstest.URL(t)
	conn := modelstest.SQL(t, address)
	stores := []*models.Store{modelstest.Open(t, address), modelstest.Open(t, address)}
	ctx := modelstest.Context(t)
	admin := modelstest.Admin(t, stores[0])
	authors := make([]atomic.Pointer[models.User], 4)
	var made atomic.Int64
	newAuthor := func(i int) {
		n := made.Add(1)
		run := modelstest.Context(t)
		user, err := stores[i%2].CreateUser(run, nil, models.NewUser{Username: fmt.Sprintf("racer-%d", n), Email: fmt.Sprintf("racer-%d@example.com", n)})
		if err != nil {
			t.Error(err)
			return
		}
		authors[i].Store(user)
	}
	for i := range authors {
		newAuthor(i)
	}
	draft, published := models.StatusDraft, models.StatusPublished
	var acts [6]atomic.Int64
	together(16, func(worker int) {
		store := stores[worker%2]
		random := rand.New(rand.NewPCG(uint64(worker), 7))
		for range 30 {
			at := random.IntN(len(authors))
			author := authors[at].Load()
			posts, _, err := store.Posts(ctx, author, models.PostList{UserID: author.ID, Limit: 20, Status: []string{"", draft}[random.IntN(2)]})
			act := random.IntN(6)
			switch {
			case err != nil:
			case act == 0 && worker == 0:
				_, err = store.DeleteUser(ctx, admin, author.ID)
				newAuthor(at)
			case act == 1:
				err = store.Sweep(ctx)
			case act <= 2 || len(posts) == 0:
				err = store.CreatePost(ctx, author, &models.Post{Title: "T", Content: "c", Status: []string{draft, published}[random.IntN(2)]})
			case act == 3:
				_, err = store.DeletePost(ctx, author, posts[random.IntN(len(posts))].ID)
			default:
				_, err = store.UpdatePost(ctx, admin, posts[random.IntN(len(posts))].ID, models.PostChange{Status: []*string{&draft, &published}[random.IntN(2)]})
			}
			acts[act].Add(1)
			// Who deletes is in the right, and the others are told so.
			if err != nil && !errors.Is(err, models.ErrNotFound) && !errors.Is(err, models.ErrForbidden) {
				t.Errorf("worker %d, act %d: %v", worker, act, err)
			}
		}
	})
	proven(t, stores[0], "sixteen writers")
	if deadlocks := ask[int](t, conn, `select deadlocks from pg_stat_database where datname = current_database()`); deadlocks > 0 {
		t.Errorf("%d deadlocks, each a second long", deadlocks)
	}
}

func TestFiguresAreRightUnderRepeatableReadAndHandWrittenStatements(t *testing.T) {
	store, conn := behind(t)
	address := conn.Config().ConnString()
	makeUsers(t, conn, 6)
	run(t, conn, `insert into posts (user_id, title, content, status, published_at) select 1 + i % 6, 'T', 'c', 'published', now() - i * interval '1 hour' from generate_series(1, 60) i`)
	levels := []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead, pgx.Serializable}
	var refused, done atomic.Int64
	together(6, func(worker int) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		conn, err := pgx.Connect(ctx, address)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close(ctx)
		conn.Exec(ctx, `set deadlock_timeout = '50ms'`)
		random := rand.New(rand.NewPCG(uint64(worker), 3))
		for range 25 {
			user := 1 + random.IntN(6)
			sql := []string{
				`insert into posts (user_id, title, content, status, published_at) values ($1, 'N', 'c', 'published', now())`,
				`update posts set status = 'draft' where id in (select id from posts where user_id = $1 order by random() limit 3)`,
				`update posts set status = 'published', published_at = now() where id in (select id from posts where user_id = $1 order by random() limit 3)`,
				`update posts set user_id = 1 + $1 % 6 where id in (select id from posts where user_id = $1 order by random() limit 2)`,
				`delete from posts where id in (select id from posts where user_id = $1 order by published_at desc limit 1)`,
				`update users set age = 1 + $1, is_active = not is_active where id = $1`,
			}[random.IntN(6)]
			err := pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: levels[worker%3]}, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, `select count(*) from posts`); err != nil { // the picture is taken here
					return err
				}
				_, err := tx.Exec(ctx, sql, user)
				return err
			})
			var pg *pgconn.PgError
			switch {
			case err == nil:
				done.Add(1)
			case errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01"):
				refused.Add(1)
			default:
				t.Error(err)
			}
		}
	})
	if done.Load() < 50 {
		t.Errorf("%d done, %d refused: too little was tried", done.Load(), refused.Load())
	}
	proven(t, store, "writers of every isolation level")
}

func TestFiguresAreFoldedWhileWritersWrite(t *testing.T) {
	store, conn := behind(t)
	other := modelstest.Open(t, conn.Config().ConnString())
	makeUsers(t, conn, 4)
	ctx := modelstest.Context(t)
	together(4, func(worker int) {
		for i := range 20 {
			var err error
			switch worker {
			case 0:
				err = store.Sweep(ctx)
			case 1:
				err = other.Sweep(ctx)
			default:
				err = store.CreatePost(ctx, &models.User{ID: int64(worker)}, &models.Post{Title: "T", Content: "c", Status: models.StatusPublished})
			}
			stats, statsErr := other.SiteStats(ctx)
			if err != nil || statsErr != nil || stats.Users != 4 || stats.Posts < int64(i)/20 {
				t.Errorf("%+v, %v, %v", stats, err, statsErr)
			}
		}
	})
	proven(t, store, "folds between writes")
	if stats, err := store.SiteStats(ctx); err != nil || stats.Posts != 40 {
		t.Errorf("%+v, %v", stats, err)
	}
}
