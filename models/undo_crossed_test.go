package models_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// crossedTables are those whose rows the deletions of this file take along.
var crossedTables = []string{"users", "posts", "series", "series_posts", "files", "file_images", "post_authors", "comments", "comment_hides", "follows", "notices", "reports",
	"contacts", "suspensions", "revisions"}

// crossing is a site where most rows hang on two others, and what can be deleted of it.
type crossing struct {
	testing.TB
	store  *models.Store
	conn   *pgx.Conn
	admin  *models.User
	delete map[string]func() (int64, error) // each answers with a receipt
	names  []string
}

func newCrossing(t testing.TB) *crossing {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	x := &crossing{TB: t, store: store, conn: conn, admin: modelstest.Admin(t, store), delete: map[string]func() (int64, error){}}
	user := func(name string) *models.User {
		u := modelstest.User(t, store, modelstest.Named(name))
		x.add(name, func() (int64, error) {
			act, err := store.ActOnUser(modelstest.Context(t), x.admin, u.ID, "delete", models.ActParams{})
			if err != nil {
				return 0, err
			}
			return act.ID, nil
		})
		return u
	}
	post := func(name string, by *models.User, authors ...string) *models.Post {
		p := modelstest.Post(t, store, by)
		if _, err := store.UpdatePost(ctx, by, p.ID, models.PostChange{Content: new("With @zoe."), Authors: authors}); err != nil {
			t.Fatal(err)
		}
		x.add(name, func() (int64, error) {
			gone, err := store.DeletePost(modelstest.Context(t), x.admin, p.ID)
			return gone.Receipt, err
		})
		return p
	}
	comment := func(name string, by *models.User, post *models.Post, answers ...*models.Comment) *models.Comment {
		c := modelstest.Comment(t, store, by, post, "Hello @ann and @zoe", answers...)
		x.add(name, func() (int64, error) {
			gone, err := store.DeleteComment(modelstest.Context(t), x.admin, c.ID)
			if err != nil {
				return 0, err
			}
			return gone.Receipt, nil
		})
		return c
	}
	ann, bob, zoe, eve := user("ann"), user("bob"), user("zoe"), modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	for _, follows := range [][2]*models.User{{zoe, ann}, {bob, ann}, {zoe, bob}, {ann, zoe}} {
		if err := store.FollowAuthor(ctx, follows[0], follows[1].ID); err != nil {
			t.Fatal(err)
		}
	}
	first, second := post("post", ann, "bob"), post("other", zoe)
	one := comment("comment", bob, first)
	comment("reply", zoe, first, one)
	hidden := comment("hidden", bob, second)
	file := addFile(t, store, ann, models.NewFile{Name: "a.jpg", PostID: first.ID}, string(jpegOf(t, 500, 2)))
	x.add("file", func() (int64, error) {
		gone, err := store.DeleteFile(modelstest.Context(t), x.admin, file.ID)
		return gone.Receipt, err
	})
	series := &models.Series{Title: "S"}
	if err := store.CreateSeries(ctx, bob, series, nil); err != nil {
		t.Fatal(err)
	}
	x.add("series", func() (int64, error) {
		gone, err := store.DeleteSeries(modelstest.Context(t), x.admin, series.ID)
		return gone.Receipt, err
	})
	run(t, conn, "insert into series_posts (series_id, post_id, position) values ($1, $2, 1), ($1, $3, 2)", series.ID, first.ID, second.ID)
	run(t, conn, "insert into reports (post_id, by_id, line) values ($1, $2, 'bad')", first.ID, bob.ID)
	run(t, conn, "insert into contacts (user_id, by_id, line) values ($1, $2, 'hello')", ann.ID, bob.ID)
	for _, by := range []*models.User{ann, eve} {
		if _, err := store.HideComment(ctx, by, one.ID, "Unkind."); err != nil {
			t.Fatal(err)
		}
		if _, err := store.ShowComment(ctx, by, one.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.HideComment(ctx, zoe, hidden.ID, "Spam."); err != nil {
		t.Fatal(err)
	}
	return x
}

func (x *crossing) add(name string, delete func() (int64, error)) {
	x.names, x.delete[name] = append(x.names, name), delete
}

// rows are all rows of the tables; only the columns that say when something was written last are left out.
func (x *crossing) rows() string {
	x.Helper()
	var each []string
	for _, table := range crossedTables {
		each = append(each, fmt.Sprintf("select '%[1]s ' || (to_jsonb(t) - 'updated_at')::text as line from %[1]s t", table))
	}
	return ask[string](x, x.conn, "select string_agg(line, e'\\n' order by line) from ("+strings.Join(each, " union all ")+") x")
}

// sizes are how many rows each table has.
func (x *crossing) sizes() (n map[string]int64) {
	x.Helper()
	var each []string
	for _, table := range crossedTables {
		each = append(each, fmt.Sprintf("'%[1]s', (select count(*) from %[1]s)", table))
	}
	return ask[map[string]int64](x, x.conn, "select jsonb_build_object("+strings.Join(each, ", ")+")")
}

// try deletes what is named, in this order, and takes that back in the order of back, where something stands in the way later.
func (x *crossing) try(names, back []string) {
	x.Helper()
	receipts := map[string]int64{}
	for _, name := range names {
		receipt, err := x.delete[name]()
		if err != nil && !errors.Is(err, models.ErrNotFound) { // it went with another
			x.Fatalf("%s of %v: %v", name, names, err)
		}
		if err == nil {
			receipts[name] = receipt
		}
	}
	for round := 0; len(receipts) > 0; round++ {
		if round > len(names) {
			x.Fatalf("%v, and back %v: %v do not come back", names, back, receipts)
		}
		for _, name := range back {
			if receipts[name] == 0 {
				continue
			}
			before := x.sizes()
			act, err := x.store.Undo(modelstest.Context(x), x.admin, models.UndoOf{Receipt: receipts[name]})
			var way *models.InTheWay
			if errors.As(err, &way) {
				continue
			}
			if err != nil {
				x.Fatalf("%s of %v: %v", name, names, err)
			}
			act = done(x, x.store, x.admin, act) // one that takes long goes on as a job
			delete(receipts, name)
			for table, n := range x.sizes() {
				said := act.Counts.Count(table)
				if table == "posts" {
					said += act.Counts.Count("drafts")
				}
				if table == act.TargetKind+"s" || table == act.TargetKind {
					said++
				}
				if said != n-before[table] {
					x.Errorf("%v, and back %v: the receipt of %s says %d %s, and %d came back", names, back, name, said, table, n-before[table])
				}
			}
		}
	}
}

// TestWhatHangsOnTwoThatAreDeletedComesBackWithTheLastOfThem deletes things in each order and takes that back in others: at the end
// every row is as it was.
func TestWhatHangsOnTwoThatAreDeletedComesBackWithTheLastOfThem(t *testing.T) {
	x := newCrossing(t)
	before := x.rows()
	check := func(names, back []string) {
		t.Helper()
		x.try(names, back)
		if now := x.rows(); now != before {
			t.Fatalf("%v, and back %v: %s", names, back, unlike(before, now))
		}
	}
	for _, pair := range [][]string{{"ann", "bob"}, {"bob", "ann"}, {"bob", "post"}, {"post", "bob"}, {"zoe", "post"}, {"zoe", "comment"}, {"comment", "zoe"}, {"hidden", "zoe"},
		{"bob", "hidden"}, {"bob", "other"}, {"series", "post"}, {"post", "series"}, {"zoe", "series"}, {"file", "post"}, {"comment", "reply"}} {
		check(pair, pair)
	}
	forward, backward := slices.Clone(x.names), slices.Clone(x.names)
	slices.Reverse(backward)
	check(forward, forward)
	check(backward, forward)
	check(slices.Concat(forward[3:], forward[:3]), forward)
	check(slices.Concat(forward[2:], forward[:2]), backward)
	proven(t, x.store, "crossed undos")
}

// TestAnUndoSaysWhatWaitsForWhatElseIsDeleted is of one act, and of one act on two of which one is taken back.
func TestAnUndoSaysWhatWaitsForWhatElseIsDeleted(t *testing.T) {
	x := newCrossing(t)
	before := x.rows()
	bob, err := x.delete["bob"]()
	if err != nil {
		t.Fatal(err)
	}
	post, err := x.delete["post"]()
	if err != nil {
		t.Fatal(err)
	}
	back := undo(t, x.store, x.admin, bob)
	if back.Counts.Count("waiting") == 0 || back.Counts.Count("comments") != 1 {
		t.Errorf("bob is back with %v", back.Counts)
	}
	whole := undo(t, x.store, x.admin, post)
	if whole.Counts.Count("waiting") != 0 || whole.Counts.Count("comments") != 2 {
		t.Errorf("the post is back with %v", whole.Counts)
	}
	// What was brought back goes and comes once more.
	undo(t, x.store, x.admin, undo(t, x.store, x.admin, back.ID).ID)
	if now := x.rows(); now != before {
		t.Error(unlike(before, now))
	}
	// Two admins take back both at the same time.
	for range 3 {
		receipts := make([]int64, 2)
		for i, name := range []string{"bob", "post"} {
			if receipts[i], err = x.delete[name](); err != nil {
				t.Fatal(err)
			}
		}
		together(2, func(i int) {
			act, err := x.store.Undo(modelstest.Context(t), x.admin, models.UndoOf{Receipt: receipts[i]})
			if err != nil {
				t.Error(err)
			} else {
				done(t, x.store, x.admin, act)
			}
		})
		if now := x.rows(); now != before {
			t.Fatal(unlike(before, now))
		}
	}
	ids := ask[[]int64](t, x.conn, "select array_agg(id order by id) from users where username in ('ann', 'bob', 'zoe')")
	act := commit(t, x.store, x.admin, rehearse(t, x.store, x.admin, models.NewRehearsal{Kind: "delete", IDs: ids}))
	for _, id := range slices.Backward(ids) {
		undo(t, x.store, x.admin, act.ID, id)
	}
	if now := x.rows(); now != before {
		t.Error(unlike(before, now))
	}
}
