package models_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestWhatReadersFindChangesAtTheMomentOfTheWrite(t *testing.T) {
	s := newLibrary(t)
	ctx := modelstest.Context(t)
	draft := modelstest.Post(t, s.store, s.ann, func(p *models.Post) { p.Title, p.Content, p.Status = "Walrus", "tusks", "draft" })
	s.finds("walrus ", "")
	if found := s.find(s.ann, modelstest.Values("q", "walrus")); len(found.Posts) != 0 {
		t.Error("the author finds a draft")
	}
	if _, err := s.store.UpdatePost(ctx, s.ann, draft.ID, models.PostChange{Status: new("published")}); err != nil {
		t.Fatal(err)
	}
	s.finds("walrus ", "Walrus")
	if _, err := s.store.UpdatePost(ctx, s.ann, draft.ID, models.PostChange{Title: new("Seal"), Content: new("whiskers"), Tags: []string{"sea"}}); err != nil {
		t.Fatal(err)
	}
	s.finds("walrus ", "")
	s.finds("tusks ", "")
	s.finds("whiskers ", "Seal")
	s.finds("sea ", "Seal")
	for _, step := range []struct{ set, visitors, members string }{
		{"visibility = 'members'", "", "Seal"}, {"visibility = 'unlisted'", "", ""}, {"visibility = 'public'", "Seal", "Seal"},
		{"status = 'scheduled', publish_at = now() + interval '1 day'", "", ""}, {"status = 'published', published_at = publish_at", "Seal", "Seal"}, {"status = 'draft'", "", ""},
		{"status = 'published'", "Seal", "Seal"},
	} {
		s.exec("update posts set " + step.set)
		s.finds("seal ", step.visitors)
		if got := titlesOf(s.find(s.ann, modelstest.Values("q", "seal "))); got != step.members {
			t.Errorf("after %s members find %q, want %q", step.set, got, step.members)
		}
		s.right()
	}
	if _, err := s.store.DeletePost(ctx, s.ann, draft.ID); err != nil {
		t.Fatal(err)
	}
	s.finds("seal ", "")
	s.right()
}

// right wants postroom check to find nothing.
func (s *library) right() {
	s.t.Helper()
	if off, err := s.store.Check(modelstest.Context(s.t)); err != nil || len(off) > 0 {
		s.t.Errorf("%v, %v", off, err)
	}
}

func TestEveryWriterIsReadManyAtOnceToo(t *testing.T) {
	s := newLibrary(t)
	s.exec(`insert into posts (user_id, title, content, tags, status, published_at) select $1, 'Post ' || n, 'word' || n || ' otter', array['t' || n], 'published', now() + n * interval '1 minute'
		from generate_series(1, 300) n`, s.ann.ID)
	s.finds("word7 ", "Post 7")
	s.exec("update posts set content = replace(content, 'otter', 'beaver') where id % 2 = 0")
	s.finds("otter word8 ", "")
	s.finds("beaver word8 ", "Post 8")
	s.exec("update posts set published_at = '2001-01-01' where title = 'Post 9'")
	s.right()
	s.exec("delete from posts where title <> 'Post 9'")
	s.finds("otter ", "Post 9")
	s.right()
	s.exec("update post_words set words = ''")
	if off, _ := s.store.Check(modelstest.Context(t)); len(off) != 1 || !strings.HasPrefix(off[0], "words: ") {
		t.Errorf("check says %q", off)
	}
	s.exec("delete from post_words")
	if off, _ := s.store.Check(modelstest.Context(t)); len(off) != 1 || !strings.HasPrefix(off[0], "search: ") {
		t.Errorf("check says %q", off)
	}
}

func TestARenamedAuthorRewritesNeitherPostNorSearch(t *testing.T) {
	s := newLibrary(t)
	s.post("A", "otter")
	rows := func() (at string) {
		if err := s.sql.QueryRow(modelstest.Context(t), "select (select ctid::text || xmin from posts) || (select ctid::text || xmin from post_words)").Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	before := rows()
	s.exec("update users set username = 'anna', name = 'Anna'")
	if rows() != before {
		t.Error("a row was written")
	}
	s.finds("otter ", "A", "author", "Anna")
	s.finds("otter ", "", "author", "ann")
}

func TestPostsFromBeforeTheSearchAreReadInByAJobThatCanBeTakenUp(t *testing.T) {
	s := newLibrary(t)
	for i := range 30 {
		s.post(fmt.Sprintf("Post%d", i), "otter")
	}
	modelstest.Post(t, s.store, s.ann, func(p *models.Post) { p.Title, p.Content, p.Status = "Draft", "otter", "draft" })
	s.exec("truncate post_words, spelling_notes")
	s.exec("insert into posts_unread select max(id) + 1, count(*), 1 from posts")
	if found := s.find(nil, modelstest.Values("q", "otter")); found.Unread != 31 || len(found.Posts) != 0 {
		t.Errorf("%d unread, %d found", found.Unread, len(found.Posts))
	}
	s.right()
	s.exec("select read_in_posts(10)") // the newest
	s.post("New", "otter")
	s.exec("update posts set content = 'beaver' where title = 'Post3'")
	if found := s.find(nil, modelstest.Values("q", "otter")); found.Unread != 21 || len(found.Posts) != 10 {
		t.Errorf("%d unread, %d found", found.Unread, len(found.Posts))
	}
	if err := s.store.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if s.find(nil, modelstest.Values("q", "otter")).Unread == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if found := s.find(nil, modelstest.Values("q", "otter", "limit", "100")); found.Unread != 0 || len(found.Posts) != 30 {
		t.Errorf("%d unread, %d found", found.Unread, len(found.Posts))
	}
	s.finds("beaver ", "Post3")
	s.right()
}

func TestADemosPostsAreFoundAsIfTheyHadBeenSaved(t *testing.T) {
	s := newLibrary(t)
	if _, err := s.store.Demo(modelstest.Context(t), models.DemoOptions{Users: 200, Posts: 2000, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	var off, rows int
	if err := s.sql.QueryRow(modelstest.Context(t), `select count(*) filter (where w.words is distinct from search_vector(p.title, p.tags, search_body(p.content), array[p.user_id])), count(*)
		from posts p left join post_words w on w.post_id = p.id where p.status = 'published' and p.visibility <> 'unlisted'`).Scan(&off, &rows); err != nil || off != 0 || rows < 1000 {
		t.Errorf("%d of %d differ, %v", off, rows, err)
	}
	s.right()
}
