package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// ActParams are the parameters of acts; each needs only some.
type ActParams struct {
	Until  time.Time `json:"until,omitzero"`   // of suspend
	Reason string    `json:"reason,omitempty"` // of suspend: the user will see it
	Role   string    `json:"role,omitempty"`   // of set-role
	Field  string    `json:"field,omitempty"`  // of set-metadata and remove-metadata
	Value  any       `json:"value,omitempty"`  // of set-metadata: anything that JSON can say
	Amount string    `json:"amount,omitempty"` // of grant: to each, such as "2.50"
	Note   string    `json:"note,omitempty"`   // of grant, fulfil and cancel: each of them sees it
}

// suspensionLife is the longest suspension: who is to be kept out for longer is deactivated.
const suspensionLife = 10 * 366 * 24 * time.Hour

// validate tidies what the act needs, drops the rest, and says what is wrong.
func (p *ActParams) validate(kind *actKind) error {
	v := Invalid{}
	tidy := ActParams{}
	if kind.needsOne("until") {
		tidy.Until = p.Until.UTC().Truncate(time.Microsecond)
		switch {
		case p.Until.IsZero():
			v["until"] = Say("Say until when.")
		case !p.Until.After(time.Now()), p.Until.After(time.Now().Add(suspensionLife)):
			v["until"] = Say("A suspension ends in the future, and within ten years.")
		}
	}
	if kind.needsOne("reason") {
		tidy.Reason = line(p.Reason)
		switch n := utf8.RuneCountInString(tidy.Reason); {
		case blank(tidy.Reason):
			v["reason"] = checked["suspensions_reason_given"].say
		case n > maxReason:
			v["reason"] = Say("The reason is too long: %d characters, and %d are the most.", n, maxReason)
		case !printable(tidy.Reason):
			v["reason"] = Say("The reason has characters that cannot be shown.")
		}
	}
	if kind.needsOne("role") {
		tidy.Role = p.Role
		validRole(v, tidy.Role)
	}
	if kind.needsOne("field") {
		tidy.Field = line(p.Field)
		if blank(tidy.Field) || utf8.RuneCountInString(tidy.Field) > maxMetadataName || !printable(tidy.Field) {
			v["field"] = Say("A field needs a name of at most %d characters.", maxMetadataName)
		}
	}
	if kind.needsOne("value") {
		tidy.Value = p.Value
		metadata := Invalid{}
		if validMetadata(metadata, Metadata{"value": p.Value}); len(metadata) > 0 || p.Value == nil || p.Value == "" {
			v["value"] = Say("Give a value. To take the field away, remove it.")
		}
	}
	if kind.needsOne("amount") {
		amount, err := ParseAmount(p.Amount)
		var invalid Invalid
		if errors.As(err, &invalid) {
			v["amount"] = invalid["amount"]
		}
		tidy.Amount = amount.StringFixed(2)
	}
	if kind.needsOne("note") {
		tidy.Note = p.Note
		validWords(v, &tidy.Note, "")
	}
	*p = tidy
	return v.Or()
}

// maxReason is how long a reason can be, in characters.
const maxReason = 300

// actReason tidies the line that an admin gives for the log, and says what is wrong with it.
func actReason(text string) (string, Invalid) {
	reason := line(text)
	switch n := utf8.RuneCountInString(reason); {
	case n > maxReason:
		return "", Invalid{"reason": Say("The reason is too long: %d characters, and %d are the most.", n, maxReason)}
	case !printable(reason):
		return "", Invalid{"reason": Say("The reason has characters that cannot be shown.")}
	}
	return reason, nil
}

// values are the parameters for statements.
func (p ActParams) values() (pgx.NamedArgs, error) {
	value, err := json.Marshal(p.Value)
	if err != nil {
		return nil, err
	}
	return pgx.NamedArgs{"until": p.Until, "reason": p.Reason, "role": p.Role, "field": p.Field, "value": string(value),
		"amount": p.Amount, "note": p.Note, "fields": maxMetadata, "bytes": maxMetadataJSON}, nil
}

// asMap is how a receipt keeps the parameters.
func (p ActParams) asMap() map[string]any {
	encoded, _ := json.Marshal(p) // it was made of JSON, or checked
	var fields Metadata
	_ = json.Unmarshal(encoded, &fields)
	return fields
}

// UnmarshalJSON keeps numbers as they were written.
func (p *ActParams) UnmarshalJSON(data []byte) error {
	type plain ActParams
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode((*plain)(p))
}
