package models

import (
	"bytes"
	"encoding/json"
)

// Metadata is the free fields of a user: names with values of any JSON kind. Numbers are kept as they were written.
type Metadata map[string]any

// UnmarshalJSON reads numbers as json.Number: a float64 would change an id of more than 15 digits.
func (m *Metadata) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return err
	}
	*m = fields
	return nil
}
