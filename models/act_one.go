package models

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"gorm.io/gorm"
)

// errUnchanged: the act would leave the row as it is. There is no receipt then.
var errUnchanged = errors.New("nothing would change")

// ActOnUser does an act to one user at once, without a rehearsal, and returns its receipt; nil where nothing would change.
func (s *Store) ActOnUser(ctx context.Context, by *User, id int64, kind string, params ActParams) (*Act, error) {
	return s.actOn(ctx, by, userTarget, id, kind, params)
}

func (s *Store) actOn(ctx context.Context, by *User, target *actTarget, id int64, kind string, params ActParams) (*Act, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	found := findActKind(target.kind, kind)
	if found == nil {
		return nil, Invalid{"act": Say("There is no such act.")}
	}
	if err := params.validate(found); err != nil {
		return nil, err
	}
	act, _, err := s.actOnOne(ctx, by, found, params, id)
	if errors.Is(err, errUnchanged) {
		return nil, nil
	}
	return act, err
}

// actOnOne does an act to one row, and writes its receipt and its line in the log. went counts what went along. look may refuse it, once
// the row is locked.
func (s *Store) actOnOne(ctx context.Context, by *User, kind *actKind, params ActParams, id int64, look ...func(*actBatch) error) (act *Act, went map[string]int64, err error) {
	_, err = s.inBatch(ctx, lonePace, func(b *actBatch) error {
		w := &work{kind: kind, params: params, by: by.ID, actor: by.ID, needs: by.Role}
		if err := w.begin(ctx, b, []int64{id}); err != nil {
			return err
		}
		rows, err := w.facts(ctx, b, []int64{id})
		if err == nil {
			err = w.objection(&rows[0])
		}
		for _, look := range look {
			if err == nil {
				err = look(b)
			}
		}
		if err != nil {
			return err // before a number is given to a receipt
		}
		act = &Act{Kind: kind.name, TargetKind: kind.target.kind, Params: params.asMap(), Total: 1}
		if err := insertAct(ctx, b.tx, by, act); err != nil {
			return err
		}
		w.act = act.ID
		if rows, err = w.do(ctx, b, []int64{id}); err == nil {
			err = w.objection(&rows[0])
		}
		if err != nil {
			return err
		}
		row, counts := &rows[0], Counts{}
		went = row.went
		if err := w.note(ctx, b.tx, rows, counts); err != nil {
			return err
		}
		if err := closeAct(ctx, b.tx, w, counts); err != nil {
			return err
		}
		return recordOne(ctx, b.tx, by, act, row, went)
	})
	if err != nil {
		return nil, nil, err
	}
	s.events.changed()
	act.Counts = Counts{}
	act.Counts.add(went)
	return act, went, nil
}

// objection is why the row is not to be changed; nil where it is.
func (w *work) objection(row *actRow) error {
	switch {
	case row.why.Text == w.kind.target.gone.Text:
		return w.kind.target.missing
	case row.why.Text != "":
		return &Conflict{Say: row.why}
	case !row.alters:
		return errUnchanged
	}
	return nil
}

// recordOne writes the line in the log of an act on one row.
func recordOne(ctx context.Context, tx statements, by *User, act *Act, row *actRow, went map[string]int64) error {
	details := map[string]any{"params": act.Params}
	for name, image := range map[string][]byte{"before": row.before, "after": row.after} {
		var fields Metadata
		if image != nil && json.Unmarshal(image, &fields) == nil {
			details[name] = loggable(fields)
		}
	}
	for what, n := range went {
		details[what] = n
	}
	return record(ctx, tx, entry{kind: "act." + act.Kind, by: by, targetKind: act.TargetKind, targetID: row.id, target: row.label, receipt: act.ID, details: details})
}

// loggable leaves out what no log keeps: texts, which would make it as large as the site, and secrets.
func loggable(fields Metadata) map[string]any {
	said := maps.Clone(fields)
	for _, long := range []string{"content", "password_hash"} {
		if _, ok := said[long]; ok {
			said[long] = true // that it changed
		}
	}
	for _, made := range []string{"content_html", "excerpt", "headings"} {
		delete(said, made)
	}
	if said["password_hash"] == true {
		said["password"] = true
		delete(said, "password_hash")
	}
	return said
}

// image is a row as it is: what an act on one row may change of it, by column, as PostgreSQL writes JSON.
type image map[string]json.RawMessage

// imageOf reads the columns of the row of an id that an edit may change.
func imageOf(tx *gorm.DB, t *actTarget, id int64) (image, error) {
	var text string
	if err := tx.Raw("select to_jsonb(x)::text from (select "+t.edits+" from "+t.table+" where id = ?) x", id).Row().Scan(&text); err != nil {
		return nil, err
	}
	var found image
	return found, json.Unmarshal([]byte(text), &found)
}

// editOf is the row of a receipt that says what is not the same in two images; nil where all is. Of metadata the fields count.
func editOf(before, after image) (*actRow, error) {
	was, is := image{}, image{}
	for column, value := range after {
		if string(before[column]) == string(value) {
			continue
		}
		was[column], is[column] = before[column], value
		if column == "metadata" {
			inner, err := innerEdit(before[column], value)
			if err != nil {
				return nil, err
			}
			was[column], is[column] = inner[0], inner[1]
		}
	}
	if len(is) == 0 {
		return nil, nil
	}
	row := &actRow{alters: true, went: map[string]int64{}}
	var err error
	if row.before, err = json.Marshal(was); err == nil {
		row.after, err = json.Marshal(is)
	}
	return row, err
}

// innerEdit is two objects without the fields that are the same.
func innerEdit(before, after json.RawMessage) (both [2]json.RawMessage, err error) {
	var was, is image
	if err := errors.Join(json.Unmarshal(before, &was), json.Unmarshal(after, &is)); err != nil {
		return both, err
	}
	for name, value := range was {
		if now, ok := is[name]; ok && string(now) == string(value) {
			delete(was, name)
			delete(is, name)
		}
	}
	both[0], err = json.Marshal(was)
	if err == nil {
		both[1], err = json.Marshal(is)
	}
	return both, err
}

// columns are those that the row changed, in order.
func (row *actRow) columns() []string {
	var fields image
	_ = json.Unmarshal(row.after, &fields) // editOf wrote it
	return slices.Sorted(maps.Keys(fields))
}

// keepOne writes the receipt, and the line in the log, of an act on one row that is done by other means in the same transaction.
func keepOne(ctx context.Context, tx statements, by *User, act *Act, op string, row *actRow) error {
	act.Total, act.Counts = 1, Counts{}
	act.Counts.add(row.went)
	if err := insertAct(ctx, tx, by, act); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `with row as (insert into act_rows (act_id, target_id, op, label, name, before, after, went) values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8::jsonb))
		select tell('act', $1, 0)`, act.ID, row.id, op, row.label, row.name, jsonOrNull(row.before), jsonOrNull(row.after), wentJSON(row.went)); err != nil {
		return err
	}
	return recordOne(ctx, tx, by, act, row, row.went)
}

func jsonOrNull(encoded []byte) *string {
	if encoded == nil {
		return nil
	}
	text := string(encoded)
	return &text
}
