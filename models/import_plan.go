package models

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
)

// The fields whose own value is wrong, as bits of import_plans.wrong. Which of their rules is broken the rules themselves say,
// when somebody looks.
const (
	wrongUsername = 1 << iota
	wrongEmail
	wrongName
	wrongAge
	wrongRole
	wrongMetadata
)

// Why a line is refused, where each value by itself is right.
const (
	refusedTwoUsers      = "two-users"      // the user name is one user's, the address another's
	refusedUsernameTaken = "username-taken" // by somebody whom the line does not match
	refusedUsernameKept  = "username-kept"  // for somebody who had it
	refusedEmailTaken    = "email-taken"
	refusedYourRole      = "your-role"
	refusedYourEmail     = "your-email"
	refusedLastAdmin     = "last-admin"
	refusedSameUser      = "same-user" // as an earlier line
	refusedSameUsername  = "same-username"
	refusedSameEmail     = "same-email"
	refusedNoKey         = "no-key" // neither a user name nor an address
)

// plainForm is a name without anything unusual: one line of ASCII that can be seen, with single spaces.
const plainForm = `^[!-~]+( [!-~]+)*$`

// usernameLetters are those of usernameForm. PostgreSQL counts them faster than its regular expressions do.
const usernameLetters = `^[A-Za-z0-9_-]+$`

// ageForm is an age as a cell may have it. Zeros before it do no harm.
const ageForm = `^0*[0-9]{1,3}$`

// What follows says in regular expressions of PostgreSQL what user.go says in Go; a test compares the two.
var (
	spaces    = " \t\n\v\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
	spaceForm = "[" + spaces + "]+"
	oddForm   = `[\u0001-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]` // not printable
	inkForm   = class(unicode.L, unicode.N, unicode.P, unicode.S)              // of what can be seen
	noInk     = "\u115f\u1160\u2800\u3164\uffa0"                               // but for these
)

// class makes the tables a bracket expression.
func class(tables ...*unicode.RangeTable) string {
	var b strings.Builder
	put := func(lo, hi, stride uint32) {
		if stride == 1 {
			fmt.Fprintf(&b, `\U%08x-\U%08x`, lo, hi)
			return
		}
		for r := lo; r <= hi; r += stride {
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	for _, table := range tables {
		for _, r := range table.R16 {
			put(uint32(r.Lo), uint32(r.Hi), uint32(r.Stride))
		}
		for _, r := range table.R32 {
			put(r.Lo, r.Hi, r.Stride)
		}
	}
	return "[" + b.String() + "]"
}

// planSQL plans the lines of an import that come after @after and up to @upto, and counts what they would do. It reads users by
// their indexes, one by one, so that the cost is that of the lines and not of the table. Materialized: PostgreSQL would otherwise put
// each expression in each place that asks for it.
const planSQL = `
with l as materialized (
	select line, problem, problem_column,
		nullif(btrim(cells[@c_username], @spaces), '') as username,
		nullif(btrim(cells[@c_email], @spaces), '') as email,
		nullif(case when cells[@c_name] ~ @plain then cells[@c_name] else btrim(regexp_replace(cells[@c_name], @space, ' ', 'g')) end, '') as name,
		nullif(btrim(cells[@c_age], @spaces), '') as age,
		lower(nullif(btrim(cells[@c_role], @spaces), '')) as role,
		nullif(btrim(cells[@c_metadata], @spaces), '') as object,
		%s as own
	from import_lines where import_id = @id and line > @after and line <= @upto
), m as materialized (
	select l.*, a.id as a, a.username as a_name, b.id as b, b.username as b_name, k.id as k, k.username as k_name,
		case @match::text when 'email' then b.id when 'username' then a.id else coalesce(a.id, b.id) end as target,
		import_object(object) as fields
	from l
	left join lateral (select id, username from users where lower(username) = lower(l.username) limit 1) a on true
	left join lateral (select id, username from users where lower(email) = lower(l.email) limit 1) b on true
	left join lateral (select u.id, u.username from user_names o join users u on u.id = o.user_id where a.id is null and o.username = lower(l.username) and keeper_of(o.username) = o.user_id) k on true
), n as materialized (
	select m.*, u.id as user_id, u.username as u_username, u.name as u_name, u.email as u_email, u.age as u_age, u.role as u_role, u.metadata as u_metadata,
		coalesce(m.username, u.username) as n_username,
		coalesce(m.name, u.name, m.username) as n_name,
		coalesce(m.email, u.email) as n_email,
		case when m.age is null then u.age when m.age ~ @age_form then m.age::integer end as n_age,
		coalesce(m.role, u.role, 'user') as n_role,
		coalesce(u.metadata, '{}') || coalesce(m.fields, '{}') || case
			when m.own = '{}' or u.id is null then m.own
			else coalesce((select jsonb_object_agg(o.key, o.value) from jsonb_each_text(m.own) o where u.metadata ->> o.key is distinct from o.value), '{}') end as n_metadata,
		case when u.id is not null then hashtextextended(concat_ws(E'\x1f', u.username, u.name, u.email, u.age, u.role, u.metadata), 0) end as seen
	from m left join lateral (select * from users where id = m.target limit 1) u on true
), w as materialized (
	select n.*,
		case when username is null then case when user_id is null then 1 else 0 end
			when username is distinct from u_username
				and (char_length(username) not between 3 and 50 or username !~ @username_form or lower(username) = any(@reserved)) then 1 else 0 end
		+ case when email is null then case when user_id is null then 2 else 0 end
			when email is distinct from u_email and (char_length(email) > @max_email or email !~ @email_form) then 2 else 0 end
		+ case when name is distinct from u_name and name is not null
			and (char_length(name) > @max_name or name !~ @plain and (name ~ @odd or translate(name, @no_ink, '') !~ @ink)) then 4 else 0 end
		+ case when age is not null and (n_age is null or n_age not between 1 and @max_age and n_age is distinct from u_age) then 8 else 0 end
		+ case when n_role not in ('user', 'editor', 'admin') then 16 else 0 end
		+ case when object is not null and fields is null then 32 else 0 end as wrong
	from n
), r as materialized (
	select w.*, case
			when problem is not null then problem
			when username is null and email is null then 'no-key'
			when user_id is null and @mode::text = 'update' or user_id is not null and @mode::text = 'create' then null
			when wrong <> 0 then null
			when @match::text = 'either' and a <> b then 'two-users'
			when a <> user_id or a is not null and user_id is null then 'username-taken'
			when k is distinct from user_id and k is not null then 'username-kept'
			when b <> user_id or b is not null and user_id is null then 'email-taken'
			when user_id = @by and n_role <> u_role then 'your-role'
			when user_id = @by and n_email <> u_email then 'your-email'
		end as reason,
		user_id is not null and (n_username, n_name, n_email, n_age, n_role, n_metadata) is distinct from (u_username, u_name, u_email, u_age, u_role, u_metadata) as differs
	from w
), made as (
	insert into import_plans (import_id, round, line, act, user_id, username, name, email, age, role, metadata, before, after, seen, wrong, reason, named)
	select @id, @round, line, act, user_id, n_username, n_name, n_email, case when wrong & 8 = 0 then n_age end, n_role, n_metadata,
		case when act = 'change' then import_changes(u_username, u_name, u_email, u_age, u_role, u_metadata, n_username, n_name, n_email, n_age, n_role, n_metadata) end,
		case when act = 'change' then import_changes(n_username, n_name, n_email, n_age, n_role, n_metadata, u_username, u_name, u_email, u_age, u_role, u_metadata) end,
		seen, wrong, reason, case reason when 'two-users' then array[a_name, b_name] when 'username-taken' then array[a_name] when 'username-kept' then array[k_name] when 'email-taken' then array[b_name] end
	from (select r.*, case
			when reason is not null then 'refuse'
			when user_id is null and @mode::text = 'update' or user_id is not null and @mode::text = 'create' then 'pass'
			when wrong <> 0 then 'refuse'
			when user_id is null then 'create'
			when differs then 'change'
			else 'same' end as act from r) x
	returning act
)
select act, count(*) from made group by act`

// planArgs are the parameters of planSQL for one import, and the expression of the users' own fields.
func planArgs(i *Import, by int64) (sql string, args pgx.NamedArgs) {
	args = pgx.NamedArgs{"id": i.ID, "round": i.Rehearsal, "by": by, "mode": i.Mode, "match": i.Match,
		"spaces": spaces, "plain": plainForm, "space": spaceForm, "odd": oddForm, "ink": inkForm, "no_ink": noInk, "age_form": ageForm,
		"username_form": usernameLetters, "email_form": emailForm.String(), "reserved": reserved,
		"max_email": maxEmail, "max_name": maxName, "max_age": maxAge}
	for _, field := range ImportFields {
		args["c_"+field] = 0
	}
	var names []string
	var cells []string
	for n, column := range i.Columns {
		switch {
		case column.Use == UseOwn:
			names, cells = append(names, column.Own), append(cells, fmt.Sprintf("nullif(cells[%d], '')", n+1))
		case column.Use != UseNone:
			args["c_"+column.Use] = n + 1
		}
	}
	if len(names) == 0 {
		return fmt.Sprintf(planSQL, "'{}'::jsonb"), args
	}
	args["own"] = names
	return fmt.Sprintf(planSQL, "jsonb_strip_nulls(jsonb_object(@own::text[], array["+strings.Join(cells, ", ")+"]))"), args
}
