package models

import (
	"encoding/json"
	"fmt"

	"github.com/shopspring/decimal"
)

// Counts say what goes along with the rows of an act: posts, drafts, sessions, tokens, and of credits the sum, with how many
// users have some.
type Counts map[string]any

// UnmarshalJSON reads numbers as they were written.
func (c *Counts) UnmarshalJSON(data []byte) error { return (*Metadata)(c).UnmarshalJSON(data) }

// Count is how many of a kind; 0 where none is counted.
func (c Counts) Count(what string) int64 {
	switch n := c[what].(type) {
	case json.Number:
		whole, _ := n.Int64()
		return whole
	case int64:
		return n
	}
	return 0
}

// Credits is the sum of the credits that are lost, empty for none.
func (c Counts) Credits() string {
	if c.Count("creditors") == 0 {
		return ""
	}
	return fmt.Sprint(c["credits"])
}

// Refunded is what was paid back.
func (c Counts) Refunded() decimal.Decimal { return decimal.New(c.Count("refund"), -2) }

func (c Counts) add(went map[string]int64) {
	for what, n := range went {
		c[what] = c.Count(what) + n
	}
}

func (c Counts) json() string {
	encoded, err := json.Marshal(c)
	if err != nil || c == nil {
		return "{}"
	}
	return string(encoded)
}

// strandedCredits adds up the credits of those who go, from the rows of a table that the condition names.
const strandedCredits = `coalesce((select jsonb_build_object('credits', sum((before ->> 'credits')::numeric), 'creditors', count(*))
	from %s where (before ->> 'credits')::numeric > 0 and %s having count(*) > 0), '{}')`
