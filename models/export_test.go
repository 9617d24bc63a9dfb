package models

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// HoldHashing takes every place where a password can be hashed until release is called: who needs one waits.
func (s *Store) HoldHashing() (release func()) {
	for range cap(s.hashes) {
		s.hashes <- struct{}{}
	}
	return func() {
		for range cap(s.hashes) {
			<-s.hashes
		}
	}
}

// RunStep runs a step of a migration as Migrate does.
func (s *Store) RunStep(ctx context.Context, version int, sql string) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return runMigration(ctx, conn.Conn(), Migration{Version: version, Name: "tried", sql: sql})
}

// AutoMigrateAlone makes the models' tables and runs no numbered step.
func AutoMigrateAlone(ctx context.Context, s *Store) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return autoMigrate(ctx, conn)
}

// Hanging lists what is known to hang on users and posts, as "table.column → parent how"; what is gone for good by its table.
func Hanging() []string {
	known := []string{"sessions", "tokens", "links", "order_totals", "held_forms", "writings"} // they go along and do not come back
	for _, h := range hangings {
		known = append(known, h.table+"."+h.column+" → "+h.of+" c")
	}
	for _, p := range pointings {
		known = append(known, p.table+"."+p.column+" → "+p.of+" n")
	}
	return known
}

// RuledField asks the rules in Go about one field of a new user, and what becomes of its value.
func RuledField(field, value string, n int) (v Invalid, made string) {
	v = Invalid{}
	in := NewUser{Username: fmt.Sprintf("u-%d", n), Email: fmt.Sprintf("u-%d@example.com", n), Role: RoleUser}
	switch field {
	case "username":
		in.Username = value
	case "email":
		in.Email = value
	case "name":
		in.Name = value
	case "age":
		if cell := strings.TrimSpace(value); cell != "" {
			age, ok := importedAge(cell)
			if !ok {
				age = -1
			}
			in.Age = &age
		}
	case "role":
		if cell := strings.TrimSpace(value); cell != "" {
			in.Role = strings.ToLower(cell)
		}
	case "metadata":
		if cell := strings.TrimSpace(value); cell != "" {
			var fields Metadata
			if err := fields.UnmarshalJSON([]byte(cell)); err != nil || fields == nil || strings.Contains(cell, `\ud800`) { // Go makes something else of half a pair
				v["metadata"] = Say("no object")
				return v, ""
			}
			in.Metadata = fields
		}
	}
	validNew(&in, v)
	age := 0
	if in.Age != nil {
		age = *in.Age
	}
	return v, map[string]string{"username": in.Username, "email": in.Email, "name": in.Name, "role": in.Role, "age": strconv.Itoa(age)}[field]
}
