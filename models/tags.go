package models

import (
	"database/sql/driver"

	"github.com/lib/pq"
)

// Tags are the words under which a post can be found; the database keeps them as text[].
type Tags []string

// Value writes the tags for the database; nil is no tags.
func (t Tags) Value() (driver.Value, error) {
	if t == nil {
		t = Tags{}
	}
	return pq.StringArray(t).Value()
}

// Scan reads what the database keeps.
func (t *Tags) Scan(src any) error { return (*pq.StringArray)(t).Scan(src) }

// GormDataType makes AutoMigrate compare the default as a string; else it would write it anew, and lock the table, at each
// start.
func (Tags) GormDataType() string { return "string" }

// IDs are the ids of rows that another row names; the database keeps them as bigint[].
type IDs []int64

// Value writes the ids for the database; nil is none.
func (i IDs) Value() (driver.Value, error) {
	if i == nil {
		i = IDs{}
	}
	return pq.Int64Array(i).Value()
}

// Scan reads what the database keeps.
func (i *IDs) Scan(src any) error { return (*pq.Int64Array)(i).Scan(src) }

// GormDataType is as that of Tags.
func (IDs) GormDataType() string { return "string" }
