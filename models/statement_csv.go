package models

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5"
)

var statementColumns = []exportColumn{{name: "at", kind: exportMoment}, {name: "transfer"}, {name: "kind"}, {name: "with"}, {name: "note"}, {name: "post_id", kind: exportNumber},
	{name: "amount", kind: exportDecimal}, {name: "balance", kind: exportDecimal}}

// ExportStatement writes the entries of an account as CSV, the oldest first, streamed from one consistent picture.
func (s *Store) ExportStatement(ctx context.Context, by *User, of StatementOf, w io.Writer) error {
	if err := s.maySee(ctx, by, of.UserID); err != nil {
		return err
	}
	if err := s.beginExport(); err != nil {
		return err
	}
	defer s.endExport()
	of.bounds()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // closes the connection where rows are left, in place of reading them to the end
	if by.ID != of.UserID {
		if err := s.inPgx(ctx, func(tx pgx.Tx) error {
			return recordUsers(ctx, tx, kindExportAccount, by, []int64{of.UserID})
		}); err != nil {
			return err
		}
	}
	rows, err := s.pool.Query(ctx, `select e.at, e.transfer_id, t.kind, case when o.house then 'house' else coalesce(u.username, '') end, t.note, t.post_id, e.amount, e.balance
		from entries e join transfers t on t.id = e.transfer_id
		left join lateral (select a.user_id, a.house from entries x join accounts a on a.id = x.account_id where x.transfer_id = e.transfer_id and x.id <> e.id limit 1) o on true
		left join users u on u.id = o.user_id
		where e.account_id = `+account+` and e.at >= $2 and e.at < $3 order by e.at, e.id`,
		pgx.QueryExecModeDescribeExec, pgx.QueryResultFormats{pgx.TextFormatCode}, of.UserID, of.From, of.To)
	if err != nil {
		return Explain(err)
	}
	defer rows.Close()
	defer cancel() // runs before Close
	_, err = writeExport(w, rows, statementColumns, ExportCSV, false)
	return err
}
