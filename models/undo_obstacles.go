package models

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// obstacles looks for what is newer than the rows and stands in the way of taking them back, and says so in their why.
func (w *work) obstacles(ctx context.Context, b *actBatch, rows []doneRow) error {
	byOp := map[string]map[int64]*doneRow{"update": {}, "delete": {}, "insert": {}, "grant": {}}
	for i := range rows {
		byOp[rows[i].op][rows[i].id] = &rows[i]
	}
	for _, look := range []struct {
		op    string
		there func(context.Context, *actBatch, map[int64]*doneRow) error
	}{{"update", w.changedSince}, {"delete", w.takenSince}, {"insert", w.usedSince}, {"grant", w.spentSince}} {
		found := byOp[look.op]
		if len(found) == 0 {
			continue
		}
		ids := make([]int64, 0, len(found))
		for id := range found {
			ids = append(ids, id)
		}
		b.args["ids"], b.args["kind"] = ids, w.kind.target.kind
		if err := look.there(ctx, b, found); err != nil {
			return err
		}
	}
	return nil
}

// since says, for each column, that it no longer is as the act left it.
var since = map[string]Sentence{
	"role":            Say("The role was changed since"),
	"is_active":       Say("Deactivated or reactivated since"),
	"suspended_until": Say("The suspension was changed since"),
	"username":        Say("The user name was changed since"),
	"name":            Say("The name was changed since"),
	"email":           Say("The e-mail address was changed since"),
	"age":             Say("The age was changed since"),
	"password_hash":   Say("The password was changed since"),
	"status":          Say("Published or taken back since"),
	"title":           Say("The title was changed since"),
	"content":         Say("The text was changed since"),
	"tags":            Say("The tags were changed since"),
	"state":           Say("Fulfilled or cancelled since"),
	"hidden":          Say("Hidden or shown again since"),
}

// changedSince finds rows whose columns no longer hold what the act put there, and the last act that changed them.
func (w *work) changedSince(ctx context.Context, b *actBatch, rows map[int64]*doneRow) error {
	if err := w.notOwn(ctx, b, rows); err != nil {
		return err
	}
	for _, look := range []func(context.Context, *actBatch, map[int64]*doneRow) error{w.suspendedSince, w.hiddenSince} {
		if err := look(ctx, b, rows); err != nil {
			return err
		}
	}
	return b.query(ctx, `select r.target_id, t.id is null, c.columns, coalesce(l.act_id, 0)
		from act_rows r left join `+w.kind.target.table+` t on t.id = r.target_id
		cross join lateral changed_since(to_jsonb(t), r.before, r.after) c(columns)
		left join lateral (select max(x.act_id) as act_id from act_rows x join acts a on a.id = x.act_id and a.target_kind = @kind
			where x.target_id = r.target_id and x.act_id > r.act_id
				and (x.op = 'delete' or exists (select from unnest(c.columns) k where case when k like 'metadata.%'
					then coalesce(x.before -> 'metadata', '{}') || coalesce(x.after -> 'metadata', '{}') ? substr(k, 10) else x.after ? k end))) l on t.id is null or c.columns <> '{}'
		where r.act_id = @from and r.target_id = any(@ids) and (t.id is null or c.columns <> '{}')`, func(found pgx.Rows) error {
		var id, act int64
		var gone bool
		var columns []string
		if err := found.Scan(&id, &gone, &columns, &act); err != nil {
			return err
		}
		row := rows[id]
		if gone {
			row.why = w.kind.target.gone
		} else if field, ok := strings.CutPrefix(columns[0], "metadata."); ok {
			row.why = Say("The field %s was changed since", field)
		} else if said, ok := since[columns[0]]; ok {
			row.why = said
		} else {
			row.why = Say("Changed since")
		}
		row.seeAct(act)
		return nil
	})
}

// notOwn refuses what nobody does to oneself.
func (w *work) notOwn(ctx context.Context, b *actBatch, rows map[int64]*doneRow) error {
	row := rows[w.by]
	if row == nil || w.kind.target != userTarget {
		return nil
	}
	return b.query(ctx, `select r.target_id from act_rows r where r.act_id = @from and r.target_id = @by
		and (r.before ?| '{role,is_active,suspended_until}' or r.after ?| '{role,is_active,suspended_until}')`, func(pgx.Rows) error {
		row.why = SayYourself
		return nil
	})
}

// suspendedSince finds users whose suspensions are not as the act left them, though the end may be the same.
func (w *work) suspendedSince(ctx context.Context, b *actBatch, rows map[int64]*doneRow) error {
	return w.rowsSince(ctx, b, rows, "suspensions", `case when i.after is null
			then i.before ->> 'ended_at' is null and exists (select from suspensions o where o.user_id = i.target_id and o.ended_at is null
				and not exists (select from act_images m where m.act_id = @from and m.target_id = o.user_id and m.table_name = 'suspensions' and (m.after ->> 'id')::bigint = o.id))
			else s.id is null or s.reason <> i.after ->> 'reason' or s.until <> (i.after ->> 'until')::timestamptz
				or s.ended_at is distinct from (i.after ->> 'ended_at')::timestamptz end`, since["suspended_until"])
}

// hiddenSince finds comments that were shown or hidden since, though they may be hidden now as they were then.
func (w *work) hiddenSince(ctx context.Context, b *actBatch, rows map[int64]*doneRow) error {
	return w.rowsSince(ctx, b, rows, "comment_hides", "i.after is not null and (s.id is null or s.ended_at is distinct from (i.after ->> 'ended_at')::timestamptz)", since["hidden"])
}

// rowsSince finds what has rows s of a table that are not as the images i of the act left them, and the last act that wrote some there.
func (w *work) rowsSince(ctx context.Context, b *actBatch, rows map[int64]*doneRow, table, differ string, why Sentence) error {
	return b.query(ctx, fmt.Sprintf(`select i.target_id, coalesce((select max(x.act_id) from act_rows x where x.target_id = i.target_id and x.act_id > @from
				and exists (select from act_images y where y.act_id = x.act_id and y.target_id = x.target_id and y.table_name = '%[1]s')), 0)
		from act_images i left join %[1]s s on s.id = (coalesce(i.after, i.before) ->> 'id')::bigint
		where i.act_id = @from and i.table_name = '%[1]s' and i.target_id = any(@ids) and %[2]s`, table, differ), func(found pgx.Rows) error {
		var id, act int64
		err := found.Scan(&id, &act)
		rows[id].why = why
		rows[id].seeAct(act)
		return err
	})
}

// takenSince finds rows that cannot come back: another has what no two may have, or what they hang on is gone.
func (w *work) takenSince(ctx context.Context, b *actBatch, rows map[int64]*doneRow) error {
	for _, h := range hangings {
		if h.table == w.kind.target.table {
			if err := w.parentGone(ctx, b, h, rows); err != nil {
				return err
			}
		}
	}
	for _, u := range w.kind.target.taken {
		if err := b.query(ctx, `select i.target_id, i.before ->> '`+u.column+`', t.id, t.name, case when t.created_at > a.at then t.created_at else t.updated_at end
			from act_images i join acts a on a.id = i.act_id join users t on `+strings.Replace(u.index, u.column, "t."+u.column, 1)+` = `+
			strings.Replace(u.index, u.column, "i.before ->> '"+u.column+"'", 1)+`
			where i.act_id = @from and i.table_name = 'users' and i.target_id = any(@ids)`, func(found pgx.Rows) error {
			var id, by int64
			var value, name string
			var at time.Time
			err := found.Scan(&id, &value, &by, &name, &at)
			row := rows[id]
			row.why, row.see, row.seeName = u.say(value, at), "user "+formatID(by), name
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// parentGone finds rows that hang on one that is gone: they come back after it. That the author is gone is said first, with whom all else
// comes back.
func (w *work) parentGone(ctx context.Context, b *actBatch, h hanging, rows map[int64]*doneRow) error {
	var parent *actTarget
	for _, target := range actTargets {
		if target.table == h.of {
			parent = target
		}
	}
	why := parent.gone
	if parent == userTarget {
		why = Say("The author's account is gone")
	}
	named := "(i.before ->> '" + h.column + "')::bigint"
	return b.query(ctx, `select i.target_id, coalesce((select max(x.act_id) from act_rows x join acts a on a.id = x.act_id and a.target_kind = '`+parent.kind+`'
			where x.target_id = `+named+` and x.op = 'delete'), 0)
		from act_images i where i.act_id = @from and i.table_name = '`+h.table+`' and i.target_id = any(@ids) and `+named+` is not null
			and not exists (select from `+h.of+` p where p.id = `+named+`)`, func(found pgx.Rows) error {
		var id, act int64
		err := found.Scan(&id, &act)
		if row := rows[id]; row.why.Text == "" || parent == userTarget {
			row.why, row.see = why, ""
			row.seeAct(act)
		}
		return err
	})
}

// usedSince finds rows that an undo would delete, and that have been used since they came.
func (w *work) usedSince(ctx context.Context, b *actBatch, rows map[int64]*doneRow) error {
	ids, _ := b.args["ids"].([]int64)
	now, err := w.facts(ctx, b, ids)
	if err != nil {
		return err
	}
	for _, fact := range now {
		rows[fact.id].after, rows[fact.id].why = fact.before, fact.why
	}
	used := "0::bigint, false, false"
	if w.kind.target == userTarget {
		used = `(select count(*) from posts p where p.user_id = t.id and p.created_at > a.at),
			coalesce(t.last_seen_at > a.at, false) or exists (select from sessions s where s.user_id = t.id),
			exists (select from accounts c join entries e on e.account_id = c.id join transfers f on f.id = e.transfer_id
				where c.user_id = t.id and e.at > a.at and f.kind <> 'reopening')`
	}
	touched := "false"
	if w.kind.target == postTarget {
		touched = "t.updated_at > a.at" // who changes posts of their own leaves no act
	}
	return b.query(ctx, `select t.id, `+used+`, `+touched+`, coalesce((select max(x.act_id) from act_rows x join acts y on y.id = x.act_id and y.target_kind = @kind and y.undoes is null
			where x.target_id = t.id and x.act_id > a.id and x.undone_by is null), 0)
		from acts a cross join `+w.kind.target.table+` t where a.id = @from and t.id = any(@ids)`, func(found pgx.Rows) error {
		var id, posts, act int64
		var seen, moved, touched bool
		if err := found.Scan(&id, &posts, &seen, &moved, &touched, &act); err != nil {
			return err
		}
		row := rows[id]
		switch {
		case row.why.Text != "":
		case posts > 0:
			row.why, row.see, row.seeName = Say("Has written %d posts since", posts), "user "+formatID(id), row.name
		case seen:
			row.why, row.see, row.seeName = Say("Has signed in since"), "user "+formatID(id), row.name
		case moved:
			row.why, row.see, row.seeName = Say("Has given or received credits since"), "user "+formatID(id), row.name
		case act != 0:
			row.why = Say("Changed since")
			row.seeAct(act)
		case touched:
			row.why = Say("Changed since")
		}
		return nil
	})
}

func (row *actRow) seeAct(act int64) {
	if act != 0 {
		row.see = "act " + formatID(act)
	}
}
