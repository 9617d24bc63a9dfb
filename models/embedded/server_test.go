//go:build linux || darwin || freebsd

package embedded

import (
	"testing"
)

func TestColdStartThenWarmStartKeepsWhatWasWritten(t *testing.T) {
	dir := folder(t)
	server := open(t, dir, Options{})
	if !server.Owner() {
		t.Error("the first program does not own the server")
	}
	if err := server.EnsureDatabase(t.Context(), "postroom"); err != nil {
		t.Fatal(err)
	}
	answers(t, server.DSN("postroom"), "create table words as select 'kept' as word", "")
	shut(t, server)
	select {
	case <-server.Exited():
	default:
		t.Error("Exited is open after Close")
	}
	again := open(t, dir, Options{})
	if err := again.EnsureDatabase(t.Context(), "postroom"); err != nil {
		t.Fatal(err)
	}
	answers(t, again.DSN("postroom"), "select word from words", "kept")
}
