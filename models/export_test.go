package models

import "context"

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
	known := append([]string{}, goneForGood...)
	for _, h := range hangings {
		known = append(known, h.table+"."+h.column+" → "+h.of+" c")
	}
	for _, p := range pointings {
		known = append(known, p.table+"."+p.column+" → "+p.of+" n")
	}
	return known
}
