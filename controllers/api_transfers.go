package controllers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
)

// APITransfers is where programs give credits, and read what was given.
type APITransfers struct{ *App }

// APITransfer is a transfer. From or to is absent where it is the house, or a user who is gone.
type APITransfer struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	From     int64     `json:"from,omitempty"`
	To       int64     `json:"to,omitempty"`
	Amount   string    `json:"amount"`
	Note     string    `json:"note"`
	PostID   int64     `json:"post_id,omitempty"`
	Reverses string    `json:"reverses,omitempty"`
	At       time.Time `json:"at"`
}

// APIEntry is what a transfer did to one account.
type APIEntry struct {
	Transfer string    `json:"transfer"`
	Kind     string    `json:"kind"`
	With     int64     `json:"with,omitempty"`
	Amount   string    `json:"amount"`
	Balance  string    `json:"balance"`
	Note     string    `json:"note"`
	PostID   int64     `json:"post_id,omitempty"`
	At       time.Time `json:"at"`
}

// APIStatement is the balance of an account at a moment, and the entries before it.
type APIStatement struct {
	Balance string     `json:"balance"`
	Entries []APIEntry `json:"entries" nullable:"false"`
}

// APINewTransfer is what a program gives.
type APINewTransfer struct {
	To     given[int64]  `json:"to" required:"false"`
	Amount given[string] `json:"amount" required:"false"`
	Note   given[string] `json:"note" required:"false"`
	PostID given[int64]  `json:"post_id" required:"false"`
}

// APINewGrant is what an admin gives.
type APINewGrant struct {
	To     given[int64]  `json:"to" required:"false"`
	Amount given[string] `json:"amount" required:"false"`
	Note   given[string] `json:"note" required:"false"`
}

// APINewReversal says how much of a transfer to take back, and why.
type APINewReversal struct {
	Amount given[string] `json:"amount" required:"false"`
	InPart given[bool]   `json:"in_part" required:"false"`
	Reason given[string] `json:"reason" required:"false"`
}

// APIKeyed is the input of a call that a program may send again: with the same key it is done once.
type APIKeyed struct {
	Key string `header:"Idempotency-Key"`
}

type transferReply struct {
	Status   int
	Location string `header:"Location"`
	Body     APITransfer
}

type transfersReply struct {
	Link string        `header:"Link"`
	Body []APITransfer `nullable:"false"`
}

type statementReply struct {
	Link string `header:"Link"`
	Body APIStatement
}

// Create gives credits to a user, perhaps for a post.
func (t APITransfers) Create(c *gin.Context, in *struct {
	APIKeyed
	Body APINewTransfer
}) (*transferReply, error) {
	b := &in.Body
	if err := lacking(!b.To.there || b.To.null, isEmpty(b.Amount) && !b.Amount.wrong); err != nil {
		return nil, err
	}
	if err := wrongTypes(map[string]bool{"to": b.To.wrong, "amount": b.Amount.wrong, "note": b.Note.wrong, "post_id": b.PostID.wrong}); err != nil {
		return nil, err
	}
	amount, err := models.ParseAmount(b.Amount.value)
	if err == nil && b.To.value < 1 {
		err = models.ErrNoTarget
	}
	if err != nil {
		return nil, err
	}
	moved, err := t.Store.Thank(c.Request.Context(), me(c), models.NewThanks{To: b.To.value, PostID: b.PostID.value, Amount: amount, Note: b.Note.value, Key: in.Key})
	if err != nil {
		return nil, err
	}
	// A repeated request says the same as the first one: so it is answered from what it says itself.
	return movedReply(APITransfer{Kind: models.TransferThanks, From: me(c).ID, To: b.To.value, Note: models.TidyNote(b.Note.value), PostID: b.PostID.value}, moved), nil
}

// Grant gives credits from the house.
func (t APITransfers) Grant(c *gin.Context, in *struct {
	APIKeyed
	Body APINewGrant
}) (*transferReply, error) {
	b := &in.Body
	if err := lacking(!b.To.there || b.To.null, isEmpty(b.Amount) && !b.Amount.wrong); err != nil {
		return nil, err
	}
	if err := wrongTypes(map[string]bool{"to": b.To.wrong, "amount": b.Amount.wrong, "note": b.Note.wrong}); err != nil {
		return nil, err
	}
	amount, err := models.ParseAmount(b.Amount.value)
	if err == nil && b.To.value < 1 {
		err = models.ErrNoTarget
	}
	if err != nil {
		return nil, err
	}
	moved, err := t.Store.Grant(c.Request.Context(), me(c), models.NewGrant{To: b.To.value, Amount: amount, Note: b.Note.value, Key: in.Key})
	if err != nil {
		return nil, err
	}
	return movedReply(APITransfer{Kind: models.TransferGrant, To: b.To.value, Note: models.TidyNote(b.Note.value)}, moved), nil
}

// Reverse takes a transfer back, whole or partly.
func (t APITransfers) Reverse(c *gin.Context, in *struct {
	APIKeyed
	ID   string `path:"id"`
	Body APINewReversal
}) (*transferReply, error) {
	b := &in.Body
	id, err := uuid.Parse(in.ID)
	if err != nil {
		return nil, models.ErrNotFound
	}
	if err := wrongTypes(map[string]bool{"amount": b.Amount.wrong, "in_part": b.InPart.wrong, "reason": b.Reason.wrong}); err != nil {
		return nil, err
	}
	amount, err := typedAmount(b.Amount.value)
	if err != nil {
		return nil, err
	}
	moved, err := t.Store.Reverse(c.Request.Context(), me(c), models.NewReversal{Transfer: id, Amount: amount, InPart: b.InPart.value, Reason: b.Reason.value, Key: in.Key})
	if err != nil {
		return nil, err
	}
	return movedReply(APITransfer{Kind: models.TransferReversal, Note: models.TidyNote(b.Reason.value), Reverses: id.String()}, moved), nil
}

func movedReply(body APITransfer, moved *models.Moved) *transferReply {
	body.ID, body.Amount, body.At = moved.ID.String(), moved.Amount.StringFixed(2), moved.At.UTC()
	return &transferReply{Status: http.StatusCreated, Location: "/transfers/" + body.ID, Body: body}
}

// lacking says which of the required fields a body lacks.
func lacking(to, amount bool) error {
	var missing missingFields
	missing.lack("to", to)
	missing.lack("amount", amount)
	return missing.or()
}

// wrongTypes names the fields whose values are of a wrong kind.
func wrongTypes(wrong map[string]bool) error {
	v := models.Invalid{}
	for field, is := range wrong {
		if is {
			v[field] = plain("This cannot be used.")
		}
	}
	return v.Or()
}

// Index lists the caller's own transfers, newest first.
func (t APITransfers) Index(c *gin.Context, in *struct {
	Limit int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After string `query:"after"`
}) (*transfersReply, error) {
	statement, link, err := t.statement(c, models.StatementOf{UserID: me(c).ID, Limit: in.Limit}, in.After)
	if err != nil {
		return nil, err
	}
	reply := &transfersReply{Link: link, Body: make([]APITransfer, len(statement.Lines))}
	for i, l := range statement.Lines {
		body := APITransfer{ID: l.Transfer.String(), Kind: l.Kind, From: me(c).ID, To: l.With.ID, Amount: l.Amount.Abs().StringFixed(2), Note: l.Note, PostID: l.PostID, At: l.At.UTC()}
		if l.Amount.IsPositive() {
			body.From, body.To = l.With.ID, me(c).ID
		}
		if l.Reverses != uuid.Nil {
			body.Reverses = l.Reverses.String()
		}
		reply.Body[i] = body
	}
	return reply, nil
}

// Statement tells what a user has, or had at the end of a day, and the entries up to then, newest first.
func (t APITransfers) Statement(c *gin.Context, in *struct {
	APIByID
	At    string `query:"at"`
	Limit int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After string `query:"after"`
}) (*statementReply, error) {
	of := models.StatementOf{UserID: in.ID, Limit: in.Limit}
	if in.At != "" {
		to, ok := models.ParseMoment(in.At, me(c).Location(t.Zone))
		if !ok {
			return nil, models.Invalid{"at": models.Say("A day looks like 2026-11-21.")}
		}
		of.To = to
	}
	statement, link, err := t.statement(c, of, in.After)
	if err != nil {
		return nil, err
	}
	reply := &statementReply{Link: link, Body: APIStatement{Balance: statement.Closing.StringFixed(2), Entries: make([]APIEntry, len(statement.Lines))}}
	for i, l := range statement.Lines {
		reply.Body.Entries[i] = APIEntry{Transfer: l.Transfer.String(), Kind: l.Kind, With: l.With.ID, Amount: l.Amount.StringFixed(2), Balance: l.Balance.StringFixed(2),
			Note: l.Note, PostID: l.PostID, At: l.At.UTC()}
	}
	return reply, nil
}

func (t APITransfers) statement(c *gin.Context, of models.StatementOf, after string) (s *models.Statement, link string, err error) {
	if of.After, err = models.ParsePostKey(after); err != nil {
		return nil, "", err
	}
	if s, err = t.Store.Statement(c.Request.Context(), me(c), of); err == nil && s.More {
		link = nextPage(c, s.Lines[len(s.Lines)-1].Key().String())
	}
	return s, link, err
}
