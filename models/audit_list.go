package models

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// AuditLine is a line of the log.
type AuditLine struct {
	ID         int64
	At         time.Time
	Kind       string
	ActorID    int64  // 0: a visitor, or the server itself
	Actor      string // the user name at that time
	TargetKind string // "user", "post", "perk", "order", "series", "tag", "comment", "event" or empty
	TargetID   int64
	Target     string // the user name or the title at that time
	Receipt    int64  // the act; 0: none
	Details    map[string]any
	Address    string // empty: none, or it has expired
}

// AuditFilter says which lines of the log to list, the newest first. It lives in the address of the page.
type AuditFilter struct {
	Person   string // the user name of who acted or was acted upon
	Actor    string // the user name of who acted
	Kind     string // a kind, or the first part of some, such as "act"
	Address  string // an IP address, or a network such as 10.0.0.0/8
	From, To string // days, both included, or moments as in RFC 3339
	After    int64  // those before this line; 0: from the newest
	Limit    int

	zone *time.Location // in which the days begin and end
}

// ParseAuditFilter reads a filter from the query of an address; days are those of the zone. A senseless value is Invalid,
// and the filter returned beside it still has all that was typed.
func ParseAuditFilter(query url.Values, zone *time.Location) (AuditFilter, error) {
	v := Invalid{}
	get := func(name string) string { return strings.TrimSpace(query.Get(name)) }
	f := AuditFilter{Person: get("person"), Actor: get("actor"), Kind: get("kind"), Address: get("address"), From: get("from"), To: get("to"), Limit: 25, zone: zone}
	for name, value := range map[string]string{"person": f.Person, "actor": f.Actor} {
		if value != "" && !usernameForm.MatchString(value) {
			v[name] = sayUsernameForm
		}
	}
	if f.Kind != "" && !isAuditKind(f.Kind) {
		v["kind"] = Say("The log has no lines of this kind.")
	}
	if _, err := parseNetwork(f.Address); f.Address != "" && err != nil {
		v["address"] = Say("An address looks like 192.0.2.7, a network like 192.0.2.0/24.")
	}
	from, okFrom := parseMoment(f.From, zone, 0)
	to, okTo := parseMoment(f.To, zone, 1)
	if !okFrom {
		v["from"] = Say("A day looks like 2026-11-21.")
	}
	if !okTo {
		v["to"] = Say("A day looks like 2026-11-21.")
	}
	if okFrom && okTo && f.From != "" && f.To != "" && !from.Before(to) {
		v["to"] = Say("The end is before the beginning.")
	}
	if n := wholeNumber(v, "limit", get("limit"), 1, 100); n != nil {
		f.Limit = *n
	}
	if after := get("after"); after != "" {
		id, err := strconv.ParseInt(after, 10, 64)
		if f.After = id; err != nil || id < 1 {
			v["after"], f.After = Say("This is not a place in the list."), 0
		}
	}
	return f, v.Or()
}

func isAuditKind(kind string) bool {
	return slices.ContainsFunc(AuditKinds(), func(k AuditKind) bool { return k.Name == kind || strings.HasPrefix(k.Name, kind+".") })
}

// ParseMoment reads a day of the zone, of which it is the end, or a moment.
func ParseMoment(s string, zone *time.Location) (time.Time, bool) { return parseMoment(s, zone, 1) }

// parseMoment reads a day of the zone, or a moment. Of a day it is the beginning, or with days 1 the end.
func parseMoment(s string, zone *time.Location, days int) (time.Time, bool) {
	if s == "" {
		return time.Time{}, true
	}
	if t, ok := parseDay(s, zone); ok {
		return t.AddDate(0, 0, days), true
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil && t.Year() >= 1 && t.Year() < 10000
}

func parseNetwork(s string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(s); err == nil && ip.Zone() == "" {
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	network, err := netip.ParsePrefix(s)
	return network.Masked(), err
}

// IsEmpty reports whether every line is listed.
func (f AuditFilter) IsEmpty() bool {
	return f.Person == "" && f.Actor == "" && f.Kind == "" && f.Address == "" && f.From == "" && f.To == ""
}

// Query is the filter as the query of an address, without the place in the list.
func (f AuditFilter) Query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"person": f.Person, "actor": f.Actor, "kind": f.Kind, "address": f.Address, "from": f.From, "to": f.To} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Limit != 25 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return q
}

const auditColumns = `a.id, a.at, a.kind, coalesce(a.actor_id, 0), a.actor, a.target_kind, coalesce(a.target_id, 0), a.target, coalesce(a.receipt, 0),
	a.details, coalesce(host(p.address), '')`

// Audit lists lines of the log, for admins, and tells after which one the next page begins; 0: this is the last.
func (s *Store) Audit(ctx context.Context, by *User, f AuditFilter) (lines []AuditLine, next int64, err error) {
	if !by.IsAdmin() {
		return nil, 0, ErrForbidden
	}
	q := &auditQuery{args: []any{f.Limit + 1}}
	if f.Actor != "" {
		id, err := s.personOf(ctx, f.Actor)
		if err != nil {
			return nil, 0, err
		}
		q.add("a.actor_id = ?", id)
	}
	if f.Kind != "" {
		q.add(`(a.kind = ? or a.kind like replace(?, '_', '\_') || '.%')`, f.Kind)
	}
	if network, err := parseNetwork(f.Address); f.Address != "" && err == nil {
		q.add("a.id in (select audit_id from audit_addresses where address <<= ?::inet)", network.String())
	}
	if err := s.auditTimes(ctx, f, q); err != nil {
		return nil, 0, err
	}
	if f.After != 0 {
		q.add("a.id < ?", f.After)
	}
	from := "audit a where " + q.where()
	if f.Person != "" {
		id, err := s.personOf(ctx, f.Person)
		if err != nil {
			return nil, 0, err
		}
		from = q.about(id)
	}
	rows, err := s.pool.Query(ctx, `with a as (select a.* from `+from+` order by a.id desc limit $1)
		select `+auditColumns+` from a left join audit_addresses p on p.audit_id = a.id order by a.id desc`, q.args...)
	if err != nil {
		return nil, 0, Explain(err)
	}
	if lines, err = pgx.CollectRows(rows, scanAuditLine); err != nil {
		return nil, 0, Explain(err)
	}
	if len(lines) > f.Limit {
		return lines[:f.Limit], lines[f.Limit-1].ID, nil
	}
	return lines, 0, nil
}

// auditQuery gathers conditions on lines of the log, with all values bound; the first value is how many lines are wanted.
type auditQuery struct {
	conditions []string
	args       []any
}

func (q *auditQuery) add(condition string, value any) {
	q.conditions = append(q.conditions, q.bind(condition, value))
}

func (q *auditQuery) bind(condition string, value any) string {
	q.args = append(q.args, value)
	return strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(q.args)))
}

func (q *auditQuery) where(more ...string) string {
	return strings.Join(append([]string{"true"}, append(q.conditions, more...)...), " and ")
}

// about lists the lines in which the user acted, was acted upon, or was touched by an act, as three short lists: with "or"
// between them PostgreSQL would read the log from its end until it has found enough.
func (q *auditQuery) about(id int64) string {
	bound := q.bind("?", id)
	var parts []string
	for _, condition := range []string{"a.actor_id = " + bound, "a.target_kind = 'user' and a.target_id = " + bound,
		"a.receipt in (select r.act_id from act_rows r join acts k on k.id = r.act_id where k.target_kind = 'user' and r.target_id = " + bound + ")"} {
		parts = append(parts, "(select a.* from audit a where "+q.where(condition)+" order by a.id desc limit $1)")
	}
	return "(select distinct on (a.id) a.* from (" + strings.Join(parts, " union all ") + ") a order by a.id desc) a"
}

// auditTimes adds the conditions on time. The lines lie in the order of their ids, which is that of time but for the length of
// a transaction: where the index on time finds a line close to an end, its id spares reading all that lies beyond.
func (s *Store) auditTimes(ctx context.Context, f AuditFilter, q *auditQuery) error {
	const slack = 10_000 // ids, for transactions that took long
	// + 0 keeps PostgreSQL from walking through the ids instead, from an end of the log.
	near := func(sql string, at time.Time) (id *int64, err error) {
		for _, hours := range []int{1, 24, 720} {
			if err = s.pool.QueryRow(ctx, sql, at, hours).Scan(&id); err != nil || id != nil {
				break
			}
		}
		return id, Explain(err)
	}
	if from, _ := parseMoment(f.From, f.zone, 0); f.From != "" {
		q.add("a.at >= ?", from)
		id, err := near("select min(id + 0) from audit where at >= $1 and at < $1 + make_interval(hours => $2)", from)
		if err != nil {
			return err
		}
		if id != nil {
			q.add("a.id > ?", *id-slack)
		}
	}
	if to, _ := parseMoment(f.To, f.zone, 1); f.To != "" {
		q.add("a.at < ?", to)
		id, err := near("select max(id + 0) from audit where at < $1 and at >= $1 - make_interval(hours => $2)", to)
		if err != nil {
			return err
		}
		if id != nil {
			q.add("a.id < ?", *id+slack)
		}
	}
	return nil
}

// personOf is the id of who has the name, or of who had it last and is gone; -1 for nobody.
func (s *Store) personOf(ctx context.Context, username string) (id int64, err error) {
	err = s.pool.QueryRow(ctx, `select coalesce(
		(select id from users where lower(username) = lower($1)),
		(select target_id from audit where kind = 'user.delete' and lower(target) = lower($1) order by id desc limit 1),
		(select r.target_id from acts k join act_rows r on r.act_id = k.id where k.target_kind = 'user' and r.op = 'delete' and lower(r.label) = lower($1)
			order by k.id desc limit 1), -1)`, username).Scan(&id)
	return id, Explain(err)
}

// AuditLine reads one line of the log, for admins.
func (s *Store) AuditLine(ctx context.Context, by *User, id int64) (*AuditLine, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, `select `+auditColumns+` from audit a left join audit_addresses p on p.audit_id = a.id where a.id = $1`, id)
	if err != nil {
		return nil, Explain(err)
	}
	line, err := pgx.CollectExactlyOneRow(rows, scanAuditLine)
	if err == pgx.ErrNoRows {
		return nil, errNoLine
	}
	return &line, Explain(err)
}

func scanAuditLine(row pgx.CollectableRow) (line AuditLine, err error) {
	var details []byte
	if err := row.Scan(&line.ID, &line.At, &line.Kind, &line.ActorID, &line.Actor, &line.TargetKind, &line.TargetID, &line.Target, &line.Receipt,
		&details, &line.Address); err != nil {
		return line, err
	}
	return line, json.Unmarshal(details, &line.Details)
}

// KeepAddresses sets for how many days the log keeps addresses. Only the owner of the schema may.
func (s *Store) KeepAddresses(ctx context.Context, days int) error {
	var kept int
	if err := s.pool.QueryRow(ctx, "select address_days from audit_rules").Scan(&kept); err != nil || kept == days {
		return Explain(err)
	}
	_, err := s.pool.Exec(ctx, "update audit_rules set address_days = $1", days)
	return Explain(err)
}
