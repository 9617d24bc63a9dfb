package controllers

import (
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIAudit is where programs read the log.
type APIAudit struct{ *App }

// APIAuditLine is a line of the log. What does not apply is absent.
type APIAuditLine struct {
	ID         int64          `json:"id"`
	At         time.Time      `json:"at"`
	Kind       string         `json:"kind"`
	ActorID    int64          `json:"actor_id,omitempty"`
	Username   string         `json:"username,omitempty"`
	TargetKind string         `json:"target_kind,omitempty" enum:"user,post,perk,order,series,tag,comment,file,event"`
	TargetID   int64          `json:"target_id,omitempty"`
	Target     string         `json:"target,omitempty"`
	Receipt    int64          `json:"receipt,omitempty"`
	Address    string         `json:"address,omitempty"`
	Details    map[string]any `json:"details"`
}

type auditReply struct {
	Link string         `header:"Link"`
	Body []APIAuditLine `nullable:"false"`
}

// Index lists the log, the newest line first.
func (a APIAudit) Index(c *gin.Context, in *query) (*auditReply, error) {
	in.orElse("limit", apiLimit)
	filter, err := models.ParseAuditFilter(in.values, me(c).Location(a.Zone))
	if err != nil {
		return nil, err
	}
	lines, next, err := a.Store.Audit(c.Request.Context(), me(c), filter)
	if err != nil {
		return nil, err
	}
	reply := &auditReply{Body: make([]APIAuditLine, len(lines))}
	for i, l := range lines {
		reply.Body[i] = APIAuditLine{ID: l.ID, At: l.At.UTC(), Kind: l.Kind, ActorID: l.ActorID, Username: l.Actor, TargetKind: l.TargetKind,
			TargetID: l.TargetID, Target: l.Target, Receipt: l.Receipt, Address: l.Address, Details: l.Details}
	}
	if next != 0 {
		reply.Link = nextPage(c, strconv.FormatInt(next, 10))
	}
	return reply, nil
}

// auditFilters describe what the log is filtered by.
func auditFilters() []*huma.Param {
	one, most := 1.0, 100.0
	params := []*huma.Param{{Name: "limit", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: &one, Maximum: &most, Default: 20}}}
	for _, name := range []string{"after", "actor", "person", "kind", "address", "from", "to"} {
		params = append(params, &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeString}})
	}
	return params
}
