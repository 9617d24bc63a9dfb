package modelstest

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// Credits gives users what the SQL expression says, from the house and by the ledger, behind the Store's back: credits that no
// entry accounts for are refused at commit. where says which users, over the table users.
func Credits(t testing.TB, conn *pgx.Conn, expression, where string, args ...any) {
	t.Helper()
	_, err := conn.Exec(Context(t), `select move_credits(case when is_active then 'grant' else 'refund' end, null, id, (`+expression+`)::numeric, '', null, null, null, null, null)
		from users where (`+where+`) and (`+expression+`) > 0 order by id`, args...)
	if err != nil {
		t.Fatal(err)
	}
}
