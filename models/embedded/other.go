//go:build !linux && !darwin && !freebsd

package embedded

import (
	"context"
	"errors"
)

var errNotHere = errors.New("this system cannot run a private PostgreSQL: set DATABASE_URL")

var pins map[string]string

// Server stands for the private server that this system cannot run.
type Server struct{}

// Open fails: on this system a database must be named.
func Open(context.Context, string, Options) (*Server, error) { return nil, errNotHere }

// DSN is empty.
func (s *Server) DSN(string) string { return "" }

// Owner is false.
func (s *Server) Owner() bool { return false }

// Exited is never closed.
func (s *Server) Exited() <-chan struct{} { return nil }

// EnsureDatabase fails.
func (s *Server) EnsureDatabase(context.Context, string) error { return errNotHere }

// Close does nothing.
func (s *Server) Close(context.Context) error { return nil }

// PickDir gives dir back.
func PickDir(dir string) (picked, why string) { return dir, "" }

// SweepStale does nothing.
func SweepStale(string, string) error { return nil }
