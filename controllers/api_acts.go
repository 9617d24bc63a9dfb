package controllers

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
)

// APIActs is where programs rehearse acts on users and posts, do them and take them back.
type APIActs struct{ *App }

// actPatience is how long an answer waits for a rehearsal or an act. What takes longer goes on by itself.
const actPatience = 6 * time.Second

// open puts the calls behind their doors. A rehearsal and an act are two answers of one call.
func (a APIActs) open(api huma.API) {
	call := func(name, method, path string, summary models.Sentence, errors ...int) huma.Operation {
		op := operation(door{method, path, admins, summary, nil})
		op.OperationID, op.Errors = name, append(op.Errors, errors...)
		return op
	}
	create := call("create-act", http.MethodPost, "/api/admin/acts", models.Say("Rehearse an act, then do it"), http.StatusNotFound, http.StatusConflict)
	create.Responses = map[string]*huma.Response{"200": replyOf[APIRehearsal](api, http.StatusOK), "201": replyOf[APIReceipt](api, http.StatusCreated),
		"202": replyOf[APIRehearsal](api, http.StatusAccepted)}
	register(a.App, api, create, a.Create)
	register(a.App, api, call("undo-act", http.MethodPost, "/api/admin/acts/{receipt}/undo", models.Say("Take an act back"), http.StatusConflict), a.Undo)
	register(a.App, api, call("list-receipts", http.MethodGet, "/api/admin/acts", models.Say("List receipts")), a.Index)
	register(a.App, api, call("read-receipt", http.MethodGet, "/api/admin/acts/{receipt}", models.Say("Read a receipt")), a.Show)
	register(a.App, api, call("read-rehearsal", http.MethodGet, "/api/admin/rehearsals/{key}", models.Say("Read a rehearsal")), a.Rehearsal)
}

// replyOf describes an answer of a type.
func replyOf[T any](api huma.API, status int) *huma.Response {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	return &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

type actReply struct {
	Status int
	Body   any
}

// Create rehearses an act, or does one that is rehearsed.
func (a APIActs) Create(c *gin.Context, in *struct{ Body APINewAct }) (*actReply, error) {
	b := &in.Body
	if b.Rehearsal.said() {
		return a.commit(c, b)
	}
	rehearsal, err := b.rehearsal(me(c).Location(a.Zone))
	if err != nil {
		return nil, err
	}
	r, err := a.Store.Rehearse(c.Request.Context(), me(c), rehearsal)
	if err != nil {
		return nil, err
	}
	return a.rehearsal(c, r.Key, 0)
}

// rehearsal answers with a rehearsal: 202 while it is running.
func (a APIActs) rehearsal(c *gin.Context, key uuid.UUID, after int64) (*actReply, error) {
	r, err := a.Store.AwaitRehearsal(c.Request.Context(), me(c), key, actPatience)
	if err != nil {
		return nil, err
	}
	body, err := a.apiRehearsal(c, r, after)
	status := http.StatusOK
	if r.State == "running" {
		status = http.StatusAccepted
	}
	return &actReply{status, body}, err
}

// commit does what was rehearsed.
func (a APIActs) commit(c *gin.Context, b *APINewAct) (*actReply, error) {
	key, err := uuid.Parse(b.Rehearsal.value)
	if err != nil {
		return nil, models.ErrNotFound
	}
	if b.Act.said() || b.IDs.said() || b.Filter.said() || b.Rehearse.value {
		return nil, models.Invalid{"rehearsal": plain("The rehearsal says what is done; beside it only a reason is given.")}
	}
	ctx := c.Request.Context()
	act, err := a.Store.Commit(ctx, me(c), key, b.Reason.value)
	if err == nil {
		act, err = a.Store.AwaitAct(ctx, me(c), act.ID, actPatience)
	}
	if err != nil {
		return nil, err
	}
	return &actReply{http.StatusCreated, apiReceipt(act)}, nil
}

type receiptsReply struct {
	Link string       `header:"Link"`
	Body []APIReceipt `nullable:"false"`
}

// Index lists receipts, the newest first.
func (a APIActs) Index(c *gin.Context, in *struct {
	After int64 `query:"after" minimum:"1"`
	Limit int   `query:"limit" minimum:"1" maximum:"100" default:"20"`
}) (*receiptsReply, error) {
	acts, more, err := a.Store.Acts(c.Request.Context(), me(c), in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	reply := &receiptsReply{Body: make([]APIReceipt, len(acts))}
	for i, act := range acts {
		reply.Body[i] = apiReceipt(act)
	}
	if more {
		reply.Link = nextPage(c, strconv.FormatInt(acts[len(acts)-1].ID, 10))
	}
	return reply, nil
}

type receiptPageReply struct{ Body APIReceiptPage }

// Show reads a receipt with who was touched.
func (a APIActs) Show(c *gin.Context, in *struct {
	APIByReceipt
	After int64 `query:"after" minimum:"1"`
}) (*receiptPageReply, error) {
	ctx, by := c.Request.Context(), me(c)
	act, err := a.Store.Act(ctx, by, in.Receipt)
	if err != nil {
		return nil, err
	}
	rows := func(list func(context.Context, *models.User, *models.Act, int64, int) ([]models.ActLine, bool, error)) rowPage {
		return func(after int64) ([]models.ActLine, bool, error) { return list(ctx, by, act, after, rowsAnAnswer) }
	}
	touched, refused, next, err := bothLists(in.After, rows(a.Store.ActLines), rows(a.Store.Refusals))
	if err != nil {
		return nil, err
	}
	body := APIReceiptPage{APIReceipt: apiReceipt(act), Changes: make([]APITouched, len(touched)), Refused: apiRefused(act.TargetKind, refused), Next: next}
	for i := range touched {
		body.Changes[i] = apiTouched(act.TargetKind, &touched[i])
	}
	return &receiptPageReply{body}, nil
}

// Rehearsal reads a rehearsal again, or its further rows.
func (a APIActs) Rehearsal(c *gin.Context, in *struct {
	Key   string `path:"key" format:"uuid"`
	After int64  `query:"after" minimum:"1"`
}) (*rehearsalReply, error) {
	key, err := uuid.Parse(in.Key)
	if err != nil {
		return nil, models.ErrNotFound
	}
	reply, err := a.rehearsal(c, key, in.After)
	if err != nil {
		return nil, err
	}
	return &rehearsalReply{reply.Body.(APIRehearsal)}, nil
}

type rehearsalReply struct{ Body APIRehearsal }
