package models

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// Check recounts every kept figure from the rows themselves, in one consistent picture, and returns a line for each that is
// off. What is off is not mended: it would hide the mistake that made it so.
func (s *Store) Check(ctx context.Context) ([]string, error) {
	var off []string
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		off, err = runChecks(ctx, tx, slices.Concat(checks, fileChecks, ledgerChecks))
		return err
	})
	return off, Explain(err)
}

type check struct{ name, sql string }

func runChecks(ctx context.Context, tx pgx.Tx, checks []check) (off []string, err error) {
	for _, check := range checks {
		rows, err := tx.Query(ctx, check.sql)
		if err != nil {
			return nil, err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			off = append(off, fmt.Sprintf("%s: %s", check.name, line))
		}
	}
	return off, nil
}

var checks = []check{
	{"post_count", `
		select format('user %s (%s) keeps %s posts, and has %s', u.id, u.username, u.post_count, coalesce(p.n, 0))
		from users u left join (select user_id, count(*) as n from posts where status = 'published' and visibility = 'public' group by user_id) p on p.user_id = u.id
		where u.post_count <> coalesce(p.n, 0) order by u.id limit 100`},
	{"last_post_at", `
		select format('user %s (%s) keeps %s, and the newest post is of %s', u.id, u.username, coalesce(u.last_post_at::text, 'none'), coalesce(p.last::text, 'none'))
		from users u left join (select user_id, max(published_at) as last from posts where status = 'published' and visibility = 'public' group by user_id) p on p.user_id = u.id
		where u.last_post_at is distinct from p.last order by u.id limit 100`},
	{"silence", `
		with gaps as (
			select user_id, published_at, row_number() over own as n, date_part('epoch', published_at - lag(published_at) over own) as gap
			from posts where status = 'published' and visibility = 'public' and isfinite(published_at) window own as (partition by user_id order by published_at)
		), medians as (
			select user_id, percentile_cont(0.5) within group (order by gap) as gap from gaps group by user_id having count(*) >= 3
		), counted as (
			select m.user_id, m.gap, max(g.published_at) filter (where g.n > 3 and g.gap > greatest(30 * 86400, 3 * m.gap)) as back
			from medians m join gaps g using (user_id) group by m.user_id, m.gap
		)
		select format('user %s (%s) keeps a median gap of %s and the return %s, and they are %s and %s', u.id, u.username,
			coalesce(u.median_gap::text, 'none'), coalesce(u.back_at::text, 'none'), coalesce(c.gap::text, 'none'), coalesce(c.back::text, 'none'))
		from users u left join counted c on c.user_id = u.id
		where u.median_gap is distinct from c.gap or u.back_at is distinct from c.back order by u.id limit 100`},
	{"text", `
		select format('what user %s (%s) is looked for by is not the name, user name and e-mail address', coalesce(u.id, t.user_id), coalesce(u.username, 'gone'))
		from users u full join user_texts t on t.user_id = u.id
		where t.text is distinct from user_text(u.name, u.username, u.email) order by 1 limit 100`},
	{"list of posts", `
		select format('post %s is not in the list as it is', coalesce(p.id, l.post_id))
		from (select p.*, u.username from posts p join users u on u.id = p.user_id) p full join post_lines l on l.post_id = p.id
		where (l.author, l.title, l.tags, l.status, l.visibility, l.created_at, l.updated_at, l.published_at) is distinct from (lower(p.username collate "C"),
				lower(p.title collate "und-x-icu"), p.tags, p.status, p.visibility, p.created_at, p.updated_at, coalesce(p.published_at, '-infinity'))
			and not exists (select from post_changes c where c.post_id = coalesce(p.id, l.post_id))
		order by coalesce(p.id, l.post_id) limit 100`},
	{"comments", `
		select format('post %s is kept with %s comments, and has %s', coalesce(k.post_id, c.post_id), coalesce(k.n, 0), coalesce(c.n, 0))
		from post_comments k full join (select post_id, count(*) as n from comments where shown group by post_id) c using (post_id)
		where coalesce(k.n, 0) <> coalesce(c.n, 0) order by 1 limit 100`},
	{"hidden comments", `
		select format('comment %s is kept as %s, and is %s', c.id, case when c.hidden then 'hidden' else 'not hidden' end, case when h.comment_id is null then 'not hidden' else 'hidden' end)
		from comments c left join comment_hides h on h.comment_id = c.id and h.ended_at is null where c.hidden <> (h.comment_id is not null) order by c.id limit 100`},
	{"posts of tags", `
		select format('post %s under the tag %s is kept as of %s, and is of %s', post_id, tag, coalesce(k.shelf || ' ' || k.published_at, 'none'), coalesce(c.shelf || ' ' || c.published_at, 'none'))
		from (select tag, post_id, published_at, members::integer as shelf from post_tags) k full join (
			select t.tag collate "C" as tag, p.id as post_id, p.published_at, tag_shelf(p.status, p.visibility) as shelf
			from posts p, unnest(p.tags) t(tag) where tag_shelf(p.status, p.visibility) < 2) c using (tag, post_id, published_at, shelf)
		where k is null or c is null order by tag, post_id limit 100`},
	{"tag", `
		select format('the tag %s is kept with %s, %s and %s posts, and has %s, %s and %s', tag, coalesce(k.open, 0), coalesce(k.members, 0), coalesce(k.hidden, 0),
			coalesce(c.open, 0), coalesce(c.members, 0), coalesce(c.hidden, 0))
		from (select tag, sum(open) as open, sum(members) as members, sum(hidden) as hidden
				from (select * from tag_counts union all select * from tag_deltas) x group by tag) k
			full join (select t.tag collate "C" as tag, count(*) filter (where s.shelf = 0) as open, count(*) filter (where s.shelf = 1) as members, count(*) filter (where s.shelf = 2) as hidden
				from posts p, unnest(p.tags) t(tag), tag_shelf(p.status, p.visibility) s(shelf) group by 1) c using (tag)
		where (coalesce(k.open, 0), coalesce(k.members, 0), coalesce(k.hidden, 0)) <> (coalesce(c.open, 0), coalesce(c.members, 0), coalesce(c.hidden, 0)) order by tag limit 100`},
	{"search", `
		select format('post %s is not in the search as it stands in lists', coalesce(p.id, w.post_id))
		from (select * from posts where status = 'published' and visibility <> 'unlisted') p full join post_words w on w.post_id = p.id
		where (p.published_at, p.visibility <> 'public') is distinct from (w.published_at, w.members)
			and not (w.post_id is null and p.id < coalesce((select below from posts_unread), 0))
		order by coalesce(p.id, w.post_id) limit 100`},
	{"words", `
		select format('post %s is looked for by other words than it has', p.id)
		from posts p join post_words w on w.post_id = p.id
		where (p.id % greatest(1, (select max(id) / 5000 from posts)) = 0 or p.id > (select max(id) - 1000 from posts))
			and w.words <> search_vector(p.title, p.tags, search_body(p.content), post_authors_of(p.id, p.user_id))
		order by p.id limit 100`},
	{"order", `
		select format('order %s is kept as %s, and its last state is %s', o.id, o.state, coalesce(s.state, 'none'))
		from orders o left join lateral (select state from order_states where order_id = o.id order by id desc limit 1) s on true
		where o.state is distinct from s.state order by o.id limit 100`},
	{"orders of users", `
		select format('user %s is kept with %s orders of %s, and has %s of %s', coalesce(k.user_id, o.user_id), coalesce(k.orders, 0), coalesce(k.total, 0), coalesce(o.n, 0), coalesce(o.total, 0))
		from order_totals k full join (select user_id, count(*) as n, sum(total) as total from orders where state <> 'cancelled' group by user_id) o using (user_id)
		where (coalesce(k.orders, 0), coalesce(k.total, 0)) <> (coalesce(o.n, 0), coalesce(o.total, 0)) order by 1 limit 100`},
	{"payment", `
		select format('order %s costs %s: paid were %s, paid back %s', o.id, o.total, t.amount, coalesce(r.amount, 0))
		from orders o join transfers t on t.id = o.transfer_id left join lateral (select sum(amount) as amount from transfers where reverses = t.id) r on true
		where t.kind <> 'order' or t.amount <> o.total or coalesce(r.amount, 0) > o.total or o.state = 'cancelled' and coalesce(r.amount, 0) <> o.total order by o.id limit 100`},
	{"circulation", `
		with kept as (
			select month, series, sum(amount) as amount from (select month, series, amount from circulation_months union all select month, series, amount from circulated where id in (select transfer_id from circulation_news)) x group by 1, 2
		), counted as (select month, series, sum(amount) as amount from circulated group by 1, 2)
		select format('%s of %s is kept as %s, and the ledger says %s', series, month, coalesce(k.amount, 0), coalesce(c.amount, 0))
		from kept k full join counted c using (month, series) where coalesce(k.amount, 0) <> coalesce(c.amount, 0) order by 1 limit 100`},
	{"circulation", `
		select format('the balances of users are %s, and what is kept of the circulation says %s', u.total, c.total)
		from (select coalesce(sum(credits), 0) as total from users) u, (select coalesce(sum(case when series in ('granted', 'allowance') then amount when series = 'thanks' then 0 else -amount end), 0) as total
			from (select series, amount from circulation_months union all select series, amount from circulated where id in (select transfer_id from circulation_news)) x) c where u.total <> c.total`},
	{"circulation of accounts", `
		with kept as (
			select month, account_id, sum(given) as given, sum(received) as received from (
				select month, account_id, given, received from circulation_accounts
				union all select m.month, s.account_id, s.given, s.received from (select * from circulated where id in (select transfer_id from circulation_news)) d cross join lateral (values (d.month), ('-infinity'::date)) m(month)
					cross join lateral (values (d.giver, d.amount, 0), (d.receiver, 0, d.amount)) s(account_id, given, received) where s.account_id is not null) x group by 1, 2
		), counted as (
			select m.month, s.account_id, sum(s.given) as given, sum(s.received) as received from circulated d cross join lateral (values (d.month), ('-infinity'::date)) m(month)
				cross join lateral (values (d.giver, d.amount, 0), (d.receiver, 0, d.amount)) s(account_id, given, received) where s.account_id is not null group by 1, 2
		)
		select format('account %s is kept in %s with %s given and %s received, and the ledger says %s and %s', account_id, month,
			coalesce(k.given, 0), coalesce(k.received, 0), coalesce(c.given, 0), coalesce(c.received, 0))
		from kept k full join counted c using (month, account_id)
		where (coalesce(k.given, 0), coalesce(k.received, 0)) <> (coalesce(c.given, 0), coalesce(c.received, 0)) order by 1 limit 100`},
	{"figure", `
		with kept as (
			select kind, bucket, sum(n) as n from (select kind, bucket, n from figures union all select kind, bucket, n from figure_deltas) x group by kind, bucket
		), counted as (
			select 'users' as kind, '-infinity'::timestamptz as bucket, count(*) as n from users
			union all select 'inactive_users', '-infinity', count(*) from users where not is_active
			union all select 'ages', '-infinity', count(age) from users
			union all select 'age_sum', '-infinity', coalesce(sum(age), 0) from users
			union all select post_figure(status, visibility), '-infinity', count(*) from posts group by 1
			union all select 'sign_ups', figure_bucket(created_at), count(*) from users group by 2
			union all select 'published', figure_bucket(published_at), count(*) from posts where status = 'published' and visibility = 'public' group by 2
			union all select 'orders ' || state, '-infinity', count(*) from orders group by state
			union all select 'order_sum ' || state, '-infinity', (sum(total) * 100)::bigint from orders group by state
		)
		select format('%s of %s is kept as %s, and counted as %s', kind, bucket, coalesce(k.n, 0), coalesce(c.n, 0))
		from kept k full join counted c using (kind, bucket) where coalesce(k.n, 0) <> coalesce(c.n, 0) order by kind, bucket limit 100`},
}
