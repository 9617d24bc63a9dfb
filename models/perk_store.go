package models

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

const perkColumns = `select id, name, description, tags, prices::text[], details, stock, lower(active), upper(active), created_at, updated_at from perks`

func scanPerk(row pgx.CollectableRow) (*Perk, error) {
	p := &Perk{}
	var prices []string
	var details []byte
	if err := row.Scan(&p.ID, &p.Name, &p.Description, &p.Tags, &prices, &details, &p.Stock, &p.From, &p.To, &p.CreatedAt, &p.UpdatedAt); err != nil {
		return nil, err
	}
	for _, price := range prices {
		amount, err := decimal.NewFromString(price)
		if err != nil {
			return nil, err
		}
		p.Prices = append(p.Prices, amount)
	}
	return p, json.Unmarshal(details, &p.Details)
}

func findPerk(ctx context.Context, tx interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
}, id int64, lock string) (*Perk, error) {
	rows, err := tx.Query(ctx, perkColumns+" where id = $1 "+lock, id)
	if err != nil {
		return nil, err
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPerk)
	if err == pgx.ErrNoRows {
		return nil, errNoPerk
	}
	return p, err
}

// Perk reads a perk. One that cannot be ordered now exists for admins alone.
func (s *Store) Perk(ctx context.Context, by *User, id int64) (*Perk, error) {
	p, err := findPerk(ctx, s.pool, id, "")
	if err == nil && !p.IsOffered(time.Now()) && !by.IsAdmin() {
		return nil, errNoPerk
	}
	return p, Explain(err)
}

// PerkList says which perks to list, the newest first.
type PerkList struct {
	Tag, Category string
	All           bool  // those that cannot be ordered now, too: for admins
	After         int64 // those before this one; 0: from the newest
	Limit         int
}

// Validate says what is wrong with the filter.
func (l *PerkList) Validate() error {
	v := Invalid{}
	validTags(v, []string{l.Tag})
	if said, wrong := v["tags"]; wrong {
		v = Invalid{"tag": said}
	}
	if utf8.RuneCountInString(l.Category) > maxCategory || !printable(l.Category) {
		v["category"] = Say("At most %d characters.", maxCategory)
	}
	return v.Or()
}

// Perks lists perks, and whether there are more.
func (s *Store) Perks(ctx context.Context, by *User, list PerkList) (perks []*Perk, more bool, err error) {
	if list.All && !by.IsAdmin() {
		return nil, false, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, perkColumns+` where ($1 or active @> now()) and ($2 = '' or $2 = any(tags)) and ($3 = '' or details ->> 'category' = $3)
		and ($4 = 0 or id < $4) order by id desc limit $5`, list.All, list.Tag, list.Category, list.After, list.Limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	perks, err = pgx.CollectRows(rows, scanPerk)
	if more = len(perks) > list.Limit; more {
		perks = perks[:list.Limit]
	}
	return perks, more, Explain(err)
}

// PerkWords are the categories and the tags of what can be ordered now.
func (s *Store) PerkWords(ctx context.Context) (categories, tags []string, err error) {
	err = s.pool.QueryRow(ctx, `select
		coalesce((select array_agg(c order by c) from (select distinct details ->> 'category' as c from perks where active @> now() and details ? 'category' limit 50) x), '{}'),
		coalesce((select array_agg(t order by t) from (select distinct unnest(tags) as t from perks where active @> now() limit 50) x), '{}')`).Scan(&categories, &tags)
	return categories, tags, Explain(err)
}

// CreatePerk puts a perk into the catalogue.
func (s *Store) CreatePerk(ctx context.Context, by *User, p *Perk) error {
	if !by.IsAdmin() {
		return ErrForbidden
	}
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1, '{}', 'admin')", by.ID); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `insert into perks (name, description, tags, prices, details, stock, active)
			values ($1, $2, $3, $4::text[]::numeric[], $5::jsonb, $6, tstzrange($7, $8)) returning id, updated_at`, p.values()...).Scan(&p.ID, &p.UpdatedAt); err != nil {
			return err
		}
		if err := tellPerk(ctx, tx, p.ID); err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindPerkCreate, by: by, targetKind: "perk", targetID: p.ID, target: p.Name, details: map[string]any{"after": p.logged()}})
	})
}

// values are the columns that an admin sets.
func (p *Perk) values() []any {
	prices := make([]string, len(p.Prices))
	for i, price := range p.Prices {
		prices[i] = price.StringFixed(2)
	}
	details, _ := json.Marshal(p.Details) // it was read from JSON, or from a form that tried
	return []any{p.Name, p.Description, p.Tags, prices, string(details), p.Stock, p.From, p.To}
}

var sayNoStock = Say("Stock is a whole number, or empty for no end.")

// UpdatePerk changes a perk. version is that of the perk when its form was made, and stockWas its stock then, as it was typed
// there: what others have changed or ordered since is not undone. Where version does not fit, or stock was changed by both, it is
// Invalid, and the perk returned is the one of now.
func (s *Store) UpdatePerk(ctx context.Context, by *User, id int64, p *Perk, version, stockWas string) (now *Perk, err error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1, '{}', 'admin')", by.ID); err != nil {
			return err
		}
		if now, err = findPerk(ctx, tx, id, "for no key update"); err != nil {
			return err
		}
		if version != now.Version() {
			return Invalid{"": Say("This perk was changed after you opened it. Save again to put your words in place of those.")}
		}
		changed := *p
		if changed.Stock, err = mergeStock(p.Stock, stockWas, now.Stock); err != nil {
			return err
		}
		changed.ID = id
		if err := tx.QueryRow(ctx, `update perks set name = $1, description = $2, tags = $3, prices = $4::text[]::numeric[], details = $5::jsonb, stock = $6,
			active = tstzrange($7, $8), updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond') where id = $9 returning created_at, updated_at`,
			append(changed.values(), id)...).Scan(&changed.CreatedAt, &changed.UpdatedAt); err != nil {
			return err
		}
		if err := tellPerk(ctx, tx, id); err != nil {
			return err
		}
		was, is := difference(now.logged(), changed.logged())
		now = &changed
		return record(ctx, tx, entry{kind: kindPerkUpdate, by: by, targetKind: "perk", targetID: id, target: changed.Name, details: map[string]any{"before": was, "after": is}})
	})
	return now, err
}

// mergeStock leaves a stock that the form did not change as orders have left it, and refuses to set one that orders have
// changed since.
func mergeStock(typed *int, was string, now *int) (*int, error) {
	said := func(stock *int) string {
		if stock == nil {
			return ""
		}
		return strconv.Itoa(*stock)
	}
	switch {
	case said(typed) == was:
		return now, nil
	case said(now) != was && now != nil:
		return nil, Invalid{"stock": Say("%d are left by now: others have ordered since you opened this page.", *now)}
	}
	return typed, nil
}

// DeletePerk takes a perk out of the catalogue. Orders of it stay, with its name and price.
func (s *Store) DeletePerk(ctx context.Context, by *User, id int64) (p *Perk, err error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1, '{}', 'admin')", by.ID); err != nil {
			return err
		}
		// Orders are locked before perks, wherever both are.
		if _, err := tx.Exec(ctx, "select from orders where perk_id = $1 order by id for update", id); err != nil {
			return err
		}
		if p, err = findPerk(ctx, tx, id, "for update"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "delete from perks where id = $1", id); err != nil {
			return err
		}
		if err := tellPerk(ctx, tx, id); err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindPerkDelete, by: by, targetKind: "perk", targetID: id, target: p.Name, details: map[string]any{"before": p.logged()}})
	})
	return p, err
}

// tellPerk tells everyone who is signed in that a perk is not as it was.
func tellPerk(ctx context.Context, tx pgx.Tx, id int64) error {
	_, err := tx.Exec(ctx, "select tell('perk', $1, null)", id)
	return err
}
