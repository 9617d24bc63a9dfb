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
