package models

import (
	"slices"
)

// actKind is something that is done to rows, as SQL over the table t of its target. Values are named: @ids are the rows that
// change, @by who acts, @act the receipt (0 in a rehearsal), @bulk whether it is about more than one, and the parameters by their
// names.
type actKind struct {
	name   string
	target *actTarget
	needs  []string // parameters
	danger bool     // it takes something away that readers see
	strict bool     // of op "end": a commit compares each row all the same
	lock   string   // how the rows are locked
	rule   string   // the name of the rule in refusals by which a row is refused; empty: it may change
	alters string   // whether it would change the row at all
	shows  string   // what of the row changes; of a deletion, what must still be so
	drifts bool     // what it shows changes by itself: a commit compares only who is there, and who is refused
	op     string
	steps  []string
}

// The parts that several acts have in common.
const (
	anybody    = "''"
	notOneself = `case when t.id <> @by::bigint then ''
		when exists (select from users o where o.role = 'admin' and o.is_active and o.id <> t.id) then 'self' else 'last' end`
	countSessions = `select t.id, jsonb_strip_nulls(jsonb_build_object(
			'sessions', (select nullif(count(*), 0) from sessions s where s.user_id = t.id and s.expires_at > now()),
			'tokens', (select nullif(count(*), 0) from tokens k where k.user_id = t.id))) from users t where t.id = any(@ids)`
	endSuspensions = `with was as (select id, user_id, to_jsonb(s) as image from suspensions s where user_id = any(@ids) and ended_at is null),
		ended as (update suspensions s set ended_at = now(), ended_by_id = (select id from users where id = @by::bigint) from was where was.id = s.id returning s.id, to_jsonb(s) as image)
		insert into act_images (act_id, target_id, position, table_name, before, after)
		select @act::bigint, was.user_id, 2, 'suspensions', was.image, ended.image from was join ended using (id) where @act::bigint <> 0`
)

var actKinds = []*actKind{
	{name: "deactivate", target: userTarget, op: "update", lock: "no key update", rule: notOneself, alters: "t.is_active",
		shows: "jsonb_build_object('is_active', t.is_active)",
		steps: []string{countSessions, "update users set is_active = false, updated_at = now() where id = any(@ids)"}},
	{name: "reactivate", target: userTarget, op: "update", lock: "no key update", rule: notOneself,
		alters: "not t.is_active or coalesce(t.suspended_until > now(), false)",
		shows:  "jsonb_build_object('is_active', t.is_active, 'suspended_until', t.suspended_until)",
		steps:  []string{"update users set is_active = true, updated_at = now() where id = any(@ids) and not is_active", endSuspensions}},
	{name: "suspend", target: userTarget, needs: []string{"until", "reason"}, op: "update", lock: "no key update", rule: notOneself,
		alters: `t.suspended_until is distinct from @until::timestamptz
			or not exists (select from suspensions s where s.user_id = t.id and s.ended_at is null and s.reason = @reason)`,
		shows: "jsonb_build_object('suspended_until', t.suspended_until)",
		steps: []string{endSuspensions, `with made as (
				insert into suspensions (user_id, by_id, reason, until)
				select id, (select id from users where id = @by::bigint), @reason, @until::timestamptz from unnest(@ids::bigint[]) id
				returning user_id, to_jsonb(suspensions) as image)
			insert into act_images (act_id, target_id, position, table_name, after)
			select @act::bigint, user_id, 2, 'suspensions', image from made where @act::bigint <> 0`}},
	{name: "set-role", target: userTarget, needs: []string{"role"}, op: "update", lock: "no key update", rule: notOneself,
		alters: "t.role <> @role", shows: "jsonb_build_object('role', t.role)",
		steps: []string{
			"update users set role = @role, updated_at = now() where id = any(@ids)",
			// A token may do no more than its user.
			`with gone as (delete from tokens where @role <> 'admin' and scope = 'admin' and user_id = any(@ids) returning user_id)
				select user_id, jsonb_build_object('tokens', count(*)) from gone group by user_id`}},
	{name: "set-metadata", target: userTarget, needs: []string{"field", "value"}, op: "update", lock: "no key update",
		rule: `case when not t.metadata ? @field::text and (select count(*) from jsonb_object_keys(t.metadata)) >= @fields::integer then 'fields'
			when octet_length((t.metadata || jsonb_build_object(@field::text, @value::jsonb))::text) > greatest(@bytes::integer, octet_length(t.metadata::text)) then 'bytes'
			else '' end`,
		alters: "t.metadata -> @field::text is distinct from @value::jsonb", shows: oneField,
		steps: []string{"update users set metadata = metadata || jsonb_build_object(@field::text, @value::jsonb), updated_at = now() where id = any(@ids)"}},
	{name: "remove-metadata", target: userTarget, needs: []string{"field"}, op: "update", lock: "no key update", rule: anybody,
		alters: "t.metadata ? @field::text", shows: oneField,
		steps: []string{"update users set metadata = metadata - @field::text, updated_at = now() where id = any(@ids)"}},
	{name: "sign-out", target: userTarget, op: "end", lock: "no key update", rule: notOneself,
		alters: "exists (select from sessions s where s.user_id = t.id and s.expires_at > now())", shows: "'{}'::jsonb",
		steps: []string{`with gone as (delete from sessions where user_id = any(@ids) returning user_id, expires_at)
			select user_id, jsonb_build_object('sessions', count(*) filter (where expires_at > now())) from gone group by user_id`}},
	{name: "grant", target: userTarget, needs: []string{"amount", "note"}, op: "grant", lock: "no key update", alters: "true", drifts: true,
		rule:  "case when not t.is_active then 'inactive' when t.credits > 9999999999.99 - @amount::text::numeric then 'full' else '' end",
		shows: "jsonb_build_object('credits', t.credits)",
		steps: []string{"select from grant_all(@act::bigint, @ids::bigint[], @amount::text::numeric, @note, @by::bigint)"}},
	{name: "delete", target: userTarget, op: "delete", danger: true, lock: "update", alters: "true",
		rule: "case when t.role = 'admin' and t.id <> @by::bigint and @bulk then 'admin' else " + notOneself + " end",
		shows: `jsonb_build_object('username', t.username, 'name', t.name, 'email', t.email, 'role', t.role, 'is_active', t.is_active,
			'credits', t.credits, 'post_count', t.post_count, 'last_post_at', t.last_post_at)`,
		steps: append([]string{countSessions}, userTarget.deletion()...)},
	{name: "fulfil", target: orderTarget, needs: []string{"note"}, op: "update", lock: "no key update", alters: "t.state = 'ordered'",
		rule: "case when t.state = 'cancelled' then 'cancelled' else '' end", shows: oneOrder, steps: []string{"select target, went from turn_orders(@ids::bigint[], 'fulfilled', @by::bigint, @note::text)"}},
	// What a transfer's constraints find wrong is found here, and not when the batch is over.
	{name: "cancel", target: orderTarget, needs: []string{"note"}, op: "end", strict: true, danger: true, lock: "no key update", rule: anybody, alters: "t.state <> 'cancelled'", shows: oneOrder,
		steps: []string{"set constraints all deferred", "select target, went from turn_orders(@ids::bigint[], 'cancelled', @by::bigint, @note::text)", "set constraints all immediate"}},
	{name: "unpublish", target: postTarget, op: "update", danger: true, lock: "update", rule: anybody, alters: "t.status <> 'draft'",
		shows: "jsonb_build_object('status', t.status)",
		steps: []string{"update posts set status = 'draft', updated_at = now() where id = any(@ids)"}},
	{name: "restore", target: postTarget, op: "update", lock: "update", alters: "t.status = 'draft'",
		rule: "case when t.status = 'draft' and t.published_at is null then 'draft' else '' end", shows: "jsonb_build_object('status', t.status)",
		steps: []string{"update posts set status = 'published', publish_at = null, updated_at = now() where id = any(@ids)"}},
	{name: "delete", target: postTarget, op: "delete", danger: true, lock: "update", rule: anybody, alters: "true",
		shows: "jsonb_build_object('title', t.title, 'status', t.status, 'updated_at', t.updated_at)", steps: postTarget.deletion()},
	{name: "delete", target: seriesTarget, op: "delete", danger: true, lock: "update", rule: anybody, alters: "true",
		shows: "jsonb_build_object('title', t.title)", steps: seriesTarget.deletion()},
	{name: "hide", target: commentTarget, needs: []string{"reason"}, op: "update", danger: true, lock: "no key update", rule: anybody, alters: "not t.hidden",
		shows: "jsonb_build_object('hidden', t.hidden)",
		steps: []string{`with made as (
				insert into comment_hides (comment_id, by_id, reason) select id, (select id from users where id = @by::bigint), @reason from unnest(@ids::bigint[]) id
				returning comment_id, to_jsonb(comment_hides) as image)
			insert into act_images (act_id, target_id, position, table_name, after)
			select @act::bigint, comment_id, 2, 'comment_hides', image from made where @act::bigint <> 0`}},
	{name: "show", target: commentTarget, op: "update", lock: "no key update", rule: anybody, alters: "t.hidden", shows: "jsonb_build_object('hidden', t.hidden)",
		steps: []string{`with was as (select id, comment_id, to_jsonb(h) as image from comment_hides h where comment_id = any(@ids) and ended_at is null),
			ended as (update comment_hides h set ended_at = now(), ended_by_id = (select id from users where id = @by::bigint) from was where was.id = h.id returning h.id, to_jsonb(h) as image)
			insert into act_images (act_id, target_id, position, table_name, before, after)
			select @act::bigint, was.comment_id, 2, 'comment_hides', was.image, ended.image from was join ended using (id) where @act::bigint <> 0`}},
	{name: "approve", target: commentTarget, op: "update", lock: "no key update", rule: anybody, alters: "t.held", shows: "jsonb_build_object('held', t.held)",
		steps: []string{"update comments set held = false, updated_at = now() where id = any(@ids)"}},
	{name: "delete", target: commentTarget, op: "delete", danger: true, lock: "update", rule: anybody, alters: "true",
		shows: "jsonb_build_object('created_at', t.created_at)", steps: commentTarget.deletion()},
	{name: "delete", target: fileTarget, op: "delete", danger: true, lock: "update", rule: anybody, alters: "true",
		shows: "jsonb_build_object('name', t.name)", steps: fileTarget.deletion()},
	{name: "delete", target: eventTarget, op: "delete", danger: true, lock: "update", rule: anybody, alters: "true",
		shows: "jsonb_build_object('title', t.title, 'place', t.place, 'event_date', t.event_date, 'event_time', t.event_time, 'zone', t.zone)", steps: eventTarget.deletion()},
}

const oneOrder = "jsonb_build_object('state', t.state, 'total', t.total)"

const oneField = "jsonb_build_object('metadata', case when t.metadata ? @field::text then jsonb_build_object(@field::text, t.metadata -> @field::text) else '{}' end)"

// refusals are the rules by which a row is refused, by name.
var refusals = map[string]Sentence{
	"self":      SayYourself,
	"last":      SayLastAdmin,
	"admin":     Say("An admin. A bulk deletion never takes admins; change the role first."),
	"inactive":  Say("Deactivated. Reactivate the user first."),
	"full":      Say("This is more than the account can hold."),
	"cancelled": Say("Cancelled. What is cancelled stays cancelled."),
	"draft":     Say("A draft that was never published. Its author publishes it."),
	"fields":    Say("There are %d fields, and %d are the most.", maxMetadata+1, maxMetadata),
	"bytes":     Say("The fields would be too long: %d bytes are the most.", maxMetadataJSON),
}

func findActKind(target, name string) *actKind {
	for _, kind := range actKinds {
		if kind.target.kind == target && kind.name == name {
			return kind
		}
	}
	return nil
}

// ActKind is something that an admin can do to rows of a list.
type ActKind struct {
	Name   string   // as the API says it, such as "set-role"
	Needs  []string // its parameters: until, reason, role, field, value, amount, note
	Danger bool     // it takes something away that readers see
	Final  bool     // it cannot be undone
}

// ActKinds are all that can be done to users, to posts or to orders.
func ActKinds(target string) []ActKind {
	var kinds []ActKind
	for _, kind := range actKinds {
		if kind.target.kind == target {
			kinds = append(kinds, ActKind{kind.name, kind.needs, kind.danger, kind.op == "end"})
		}
	}
	return kinds
}

func (k *actKind) needsOne(name string) bool { return slices.Contains(k.needs, name) }
