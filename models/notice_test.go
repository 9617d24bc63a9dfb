package models_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// told is what the user's notices say, the newest first.
func told(t testing.TB, store *models.Store, user *models.User) []string {
	t.Helper()
	list, _, err := store.Notices(modelstest.Context(t), user, models.NoticeList{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	said := []string{}
	for _, n := range list {
		words := n.Say()
		for i, arg := range words.Args {
			if inner, ok := arg.(models.Sentence); ok {
				words.Args[i] = inner.String()
			}
		}
		said = append(said, words.String())
	}
	return said
}

func isTold(t testing.TB, store *models.Store, user *models.User, want ...string) {
	t.Helper()
	if said := told(t, store, user); !slices.Equal(said, want) {
		t.Errorf("%s is told %q, and not %q", user.Username, said, want)
	}
}

func follow(t testing.TB, store *models.Store, by, author *models.User) {
	t.Helper()
	if err := store.FollowAuthor(modelstest.Context(t), by, author.ID); err != nil {
		t.Fatal(err)
	}
}

func titled(title string) func(*models.Post) { return func(p *models.Post) { p.Title = title } }

func TestWhoFollowsAnAuthorIsToldOfEachNewPostOnce(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store, modelstest.Named("ann"))
	bob, eve, zoe := modelstest.User(t, store, modelstest.Named("bob")), modelstest.User(t, store, modelstest.Named("eve")), modelstest.User(t, store, modelstest.Named("zoe"))
	modelstest.Post(t, store, ann, titled("Before"))
	for range 2 {
		follow(t, store, bob, ann)
	}
	follow(t, store, eve, bob)
	follow(t, store, zoe, ann)
	var invalid models.Invalid
	if err := store.FollowAuthor(ctx, ann, ann.ID); !errors.As(err, &invalid) {
		t.Errorf("ann follows ann: %v", err)
	}
	if err := store.FollowAuthor(ctx, ann, 999); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("ann follows nobody: %v", err)
	}
	if lines := ask[int](t, conn, "select count(*) from audit where kind = 'follow.create'"); lines != 3 {
		t.Errorf("%d lines in the log", lines)
	}

	post := modelstest.Post(t, store, ann, titled("Bread"))
	draft := modelstest.Post(t, store, ann, titled("Draft"), func(p *models.Post) { p.Status = models.StatusDraft })
	modelstest.Post(t, store, ann, titled("Hidden"), func(p *models.Post) { p.Visibility = models.VisibilityUnlisted })
	bread := ann.Name + ": a new post, “Bread”"
	isTold(t, store, bob, bread)
	isTold(t, store, eve)
	isTold(t, store, ann)
	if n, err := store.UnreadNotices(ctx, bob); n != 1 || err != nil {
		t.Errorf("%d unread, %v", n, err)
	}

	// Taken from the readers and given back, it is not new, and meanwhile nobody sees its title.
	for _, status := range []string{models.StatusDraft, models.StatusPublished} {
		if _, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{Status: &status}); err != nil {
			t.Fatal(err)
		}
		if n, err := store.UnreadNotices(ctx, bob); err != nil || n != map[string]int{models.StatusDraft: 0}[status]+len(told(t, store, bob)) {
			t.Errorf("%s: %d unread, %v", status, n, err)
		}
	}
	isTold(t, store, bob, bread)
	if n := ask[int](t, conn, "select count(*) from notices"); n != 2 {
		t.Errorf("%d notices", n)
	}

	// A draft, and what was scheduled for a time when nothing ran, are new when they appear; what co-authors publish is theirs, too: who
	// follows one of them reads that name, and who follows both is told once.
	kim := modelstest.User(t, store, modelstest.Named("kim"))
	follow(t, store, kim, bob)
	follow(t, store, kim, ann)
	if _, err := store.UpdatePost(ctx, ann, draft.ID, models.PostChange{Status: new(models.StatusPublished), Authors: []string{"bob"}}); err != nil {
		t.Fatal(err)
	}
	ahead := time.Now().Add(time.Hour)
	modelstest.Post(t, store, ann, titled("Late"), func(p *models.Post) { p.PublishAt = &ahead; p.Visibility = models.VisibilityMembers })
	isTold(t, store, zoe, ann.Name+": a new post, “Draft”", bread)
	run(t, conn, "update posts set publish_at = now() - interval '3 days' where status = 'scheduled'")
	for range 2 {
		run(t, conn, "select publish_due(10)")
	}
	isTold(t, store, zoe, ann.Name+": a new post, “Late”", ann.Name+": a new post, “Draft”", bread)
	isTold(t, store, eve, bob.Name+": a new post, “Draft”")
	isTold(t, store, kim, ann.Name+": a new post, “Late”", ann.Name+": a new post, “Draft”")
	isTold(t, store, bob, ann.Name+": a new post, “Late”", ann.Name+" makes you one of the authors of “Draft”", bread)

	if err := store.UnfollowAuthor(ctx, bob, ann.ID); err != nil {
		t.Fatal(err)
	}
	modelstest.Post(t, store, ann, titled("After"))
	if len(told(t, store, bob)) != 3 {
		t.Errorf("bob is told %q", told(t, store, bob))
	}
	list, _, err := store.FollowedAuthors(ctx, zoe, 0, 10)
	if err != nil || len(list) != 1 || list[0].User.Username != "ann" {
		t.Errorf("zoe follows %+v, %v", list, err)
	}
}

func TestThousandsOfFollowersAreToldEachOnceWhateverStops(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store)
	run(t, conn, `insert into users (username, name, email) select 'fan' || n, 'F', 'fan' || n || '@example.com' from generate_series(1, 2500) n`)
	run(t, conn, `insert into follows (user_id, author_id) select id, $1 from users where username like 'fan%' and id <> $1`, ann.ID)
	followers := ask[int](t, conn, "select count(*) from follows")
	reader, late := &models.User{}, modelstest.User(t, store)
	reader.ID = ask[int64](t, conn, "select max(user_id) from follows")
	f := follows(t, store, reader, "")
	hears(t, conn, f)

	// The followers beyond the first 200 are a job's: here it begins by what the listener hears.
	post := modelstest.Post(t, store, ann)
	follow(t, store, late, ann) // who comes now has seen it
	for end := time.Now().Add(20 * time.Second); ask[int](t, conn, "select count(*) from new_posts where told_at is not null") == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the job does not begin")
		}
	}
	counted := "select count(*) || ' ' || count(distinct user_id) from notices where post_id = $1"
	if n, want := ask[string](t, conn, counted, post.ID), fmt.Sprintf("%d %[1]d", followers); n != want {
		t.Errorf("%s are told, and not %s", n, want)
	}
	if said := hears(t, conn, f); !slices.Contains(said, "notice:0") || slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, "notices") }) {
		t.Errorf("a page of the last hears %q", said)
	}
	other := follows(t, store, late, "")
	hears(t, conn, other)

	// A program that ends after any step: the next goes on behind it.
	run(t, conn, "delete from notices")
	run(t, conn, "update new_posts set told_at = null, place = 0")
	if ask[bool](t, conn, "select tell_followers($1, 700)", post.ID) {
		t.Error("700 were all")
	}
	if err := store.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	for range 400 {
		if ask[int](t, conn, "select count(*) from new_posts where told_at is not null") == 1 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	run(t, conn, "update new_posts set told_at = null, place = 0") // a step whose note was lost
	for !ask[bool](t, conn, "select tell_followers($1, 1000)", post.ID) {
	}
	if n, want := ask[string](t, conn, counted, post.ID), fmt.Sprintf("%d %[1]d", followers); n != want {
		t.Errorf("%s are told, and not %s", n, want)
	}
	if said := hears(t, conn, other); slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, "notice") }) {
		t.Errorf("who was told nothing hears %q", said)
	}

	// Notices end after 90 days.
	run(t, conn, "update notices set at = now() - interval '91 days' where user_id <> $1", reader.ID)
	if err := store.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, conn, "select count(*) from notices"); n != 1 {
		t.Errorf("%d are left", n)
	}
}

func TestWhoIsNamedThankedOrInvitedIsTold(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann"))
	bob, eve := modelstest.User(t, store, modelstest.Named("bob")), modelstest.User(t, store, modelstest.Named("eve"))
	follow(t, store, bob, ann)
	post := modelstest.Post(t, store, ann, titled("Bread"), func(p *models.Post) {
		p.Status, p.Content = models.StatusDraft, "As @Bob says, and @nobody, @ann; not `@eve`, me@eve.com or https://x.org/@eve. <a href=\"/users/eve\" class=\"mention\">@eve</a>"
	})
	if want := `<p>As <a href="/users/bob" class="mention">@Bob</a> says, and @nobody, <a href="/users/ann" class="mention">@ann</a>; not <code>@eve</code>, `; !strings.HasPrefix(post.ContentHTML, want) || strings.Count(post.ContentHTML, "mention") != 2 {
		t.Errorf("it is shown as %s", post.ContentHTML)
	}
	isTold(t, store, bob)
	if _, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{Status: new(models.StatusPublished)}); err != nil {
		t.Fatal(err)
	}
	bread := ann.Name + " mentions you in “Bread”"
	isTold(t, store, bob, bread) // and not of the new post as well
	isTold(t, store, eve)
	isTold(t, store, ann)
	if _, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{Content: new("@bob, @eve"), Authors: []string{"eve"}}); err != nil {
		t.Fatal(err)
	}
	isTold(t, store, bob, bread)
	isTold(t, store, eve, ann.Name+" makes you one of the authors of “Bread”", bread)
	if _, err := store.LeavePost(ctx, eve, post.ID); err != nil {
		t.Fatal(err)
	}
	isTold(t, store, eve, bread)

	if _, err := store.Grant(ctx, admin, models.NewGrant{To: bob.ID, Amount: amount("9"), Note: "for the test"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := store.Thank(ctx, bob, models.NewThanks{PostID: post.ID, Amount: amount("2.5"), Key: "k"}); err != nil {
			t.Fatal(err)
		}
	}
	thanks := bob.Name + " thanks you with 2.50 credits for “Bread”"
	isTold(t, store, ann, thanks)

	// Opening one reads it; marking all leaves what came since.
	list, _, _ := store.Notices(ctx, ann, models.NoticeList{Limit: 1})
	notice, err := store.OpenNotice(ctx, ann, list[0].ID)
	if err != nil || notice.Path() != "/transfers/"+notice.TransferID.String() {
		t.Errorf("%+v %v", notice, err)
	}
	if _, err := store.OpenNotice(ctx, bob, list[0].ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("bob opens ann's: %v", err)
	}
	mine, _, _ := store.Notices(ctx, bob, models.NoticeList{Limit: 1, Unread: true})
	modelstest.Post(t, store, ann, titled("Rye"))
	if n, err := store.ReadNoticesUpTo(ctx, bob, mine[0].ID); n != 1 || err != nil {
		t.Errorf("%d read, %v", n, err)
	}
	if n, _ := store.UnreadNotices(ctx, bob); n != 1 {
		t.Errorf("%d unread", n)
	}

	// What goes with a post, and with a user, comes back with them, read or not, and is not told again.
	kept := func() string {
		return ask[string](t, conn, "select concat_ws(' ', (select string_agg(to_jsonb(n)::text, ' ' order by id) from notices n), (select string_agg(to_jsonb(f)::text, ' ' order by id) from follows f))")
	}
	before := kept()
	if _, err := store.DeletePost(ctx, ann, post.ID); err != nil {
		t.Fatal(err)
	}
	isTold(t, store, bob, ann.Name+": a new post, “Rye”")
	isTold(t, store, ann, bob.Name+" thanks you with 2.50 credits")
	if _, err := store.RestorePost(ctx, ann, post.ID); err != nil {
		t.Fatal(err)
	}
	if now := kept(); now != before {
		t.Errorf("not as it was: %s", unlike(before, now))
	}
	for _, user := range []*models.User{ann, bob} {
		gone, err := store.DeleteUser(ctx, admin, user.ID)
		if err != nil || kept() == before {
			t.Fatal(err)
		}
		if user == bob {
			isTold(t, store, ann, "Somebody who is gone thanks you with 2.50 credits for “Bread”")
		}
		if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: gone.Receipt}); err != nil {
			t.Fatal(err)
		}
		if now := kept(); now != before {
			t.Errorf("%s is back, not as it was: %s", user.Username, unlike(before, now))
		}
	}
}

func TestACommentIsToldOnceToWhomItConcerns(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann"))
	bob, eve, zoe := modelstest.User(t, store, modelstest.Named("bob")), modelstest.User(t, store, modelstest.Named("eve")), modelstest.User(t, store, modelstest.Named("zoe"))
	post := modelstest.Post(t, store, ann, titled("Bread"))
	write := func(by *models.User, parent int64, content string) *models.Comment {
		c := &models.Comment{PostID: post.ID, ParentID: parent, Content: content}
		if err := store.CreateComment(ctx, by, c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := write(bob, 0, "Nice, @ann and @zoe; `@eve`")
	if want := `<p>Nice, <a href="/users/ann" class="mention" rel="nofollow">@ann</a> and <a href="/users/zoe" class="mention" rel="nofollow">@zoe</a>; <code>@eve</code></p>`; strings.TrimSpace(first.ContentHTML) != want {
		t.Errorf("it is shown as %s", first.ContentHTML)
	}
	annMentioned, zoeMentioned := bob.Name+" mentions you in a comment on “Bread”", bob.Name+" mentions you in a comment on “Bread”"
	isTold(t, store, ann, annMentioned)
	isTold(t, store, zoe, zoeMentioned)
	isTold(t, store, eve)
	isTold(t, store, bob)
	write(eve, first.ID, "So it is, @bob.")
	reply := eve.Name + " replies below your comment on “Bread”"
	isTold(t, store, bob, reply)
	isTold(t, store, ann, eve.Name+" comments on “Bread”", annMentioned)
	write(ann, first.ID, "Thank you both")
	isTold(t, store, eve, ann.Name+" replies below your comment on “Bread”")
	isTold(t, store, bob, ann.Name+" replies below your comment on “Bread”", reply)
	if _, err := store.UpdateComment(ctx, bob, first.ID, "@ann, @zoe, @eve", ""); err != nil {
		t.Fatal(err)
	}
	isTold(t, store, eve, bob.Name+" mentions you in a comment on “Bread”", ann.Name+" replies below your comment on “Bread”")
	isTold(t, store, zoe, zoeMentioned)
	list, _, _ := store.Notices(ctx, zoe, models.NoticeList{Limit: 1})
	if list[0].Path() != first.Path() || list[0].Note != "@ann, @zoe, @eve" {
		t.Errorf("it leads to %s: %s", list[0].Path(), list[0].Note)
	}

	// What is held or hidden is told when it is shown, and once.
	if err := store.SetHeldFirst(ctx, admin, 1); err != nil {
		t.Fatal(err)
	}
	held := write(zoe, 0, "@eve, look")
	isTold(t, store, ann, eve.Name+" comments on “Bread”", annMentioned)
	if _, err := store.ApproveComment(ctx, admin, held.ID); err != nil {
		t.Fatal(err)
	}
	zoeComments := zoe.Name + " comments on “Bread”"
	isTold(t, store, ann, zoeComments, eve.Name+" comments on “Bread”", annMentioned)
	if _, err := store.HideComment(ctx, ann, held.ID, "Too long"); err != nil {
		t.Fatal(err)
	}
	isTold(t, store, ann, eve.Name+" comments on “Bread”", annMentioned)
	if n, err := store.UnreadNotices(ctx, ann); n != 2 || err != nil {
		t.Errorf("%d unread, %v", n, err)
	}
	if _, err := store.ShowComment(ctx, ann, held.ID); err != nil {
		t.Fatal(err)
	}
	isTold(t, store, ann, zoeComments, eve.Name+" comments on “Bread”", annMentioned)

	// What goes with a comment, its post or its writer comes back with it.
	kept := func() string {
		return ask[string](t, conn, "select string_agg(to_jsonb(n)::text, ' ' order by id) from notices n")
	}
	before := kept()
	if _, err := store.DeleteComment(ctx, bob, first.ID); err != nil || kept() == before {
		t.Fatal(err)
	}
	isTold(t, store, zoe)
	if _, err := store.RestoreComment(ctx, bob, first.ID); err != nil {
		t.Fatal(err)
	}
	if now := kept(); now != before {
		t.Errorf("the comment is back, not as it was: %s", unlike(before, now))
	}
	if _, err := store.DeletePost(ctx, ann, post.ID); err != nil || len(told(t, store, ann)) != 0 {
		t.Fatal(err)
	}
	if _, err := store.RestorePost(ctx, ann, post.ID); err != nil {
		t.Fatal(err)
	}
	if now := kept(); now != before {
		t.Errorf("the post is back, not as it was: %s", unlike(before, now))
	}
	gone, err := store.DeleteUser(ctx, admin, bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: gone.Receipt}); err != nil {
		t.Fatal(err)
	}
	if now := kept(); now != before {
		t.Errorf("the writer is back, not as it was: %s", unlike(before, now))
	}
}
