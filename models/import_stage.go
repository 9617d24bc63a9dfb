package models

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"postroom/models/csv"
)

// NewImport is what is known of a file before it is read.
type NewImport struct {
	Name  string     // of the file
	Size  int64      // in bytes, as announced; -1: unknown
	Mode  string     // both, create or update
	Match string     // either, email or username
	Known csv.Format // what is said of how it is written; the rest is recognised
	Wait  bool       // the columns wait to be matched by hand; else the rehearsal begins at once
}

// What an import does with lines whose user is not here, and with those whose user is.
const (
	ImportBoth   = "both"   // create and change
	ImportCreate = "create" // create, and pass over who is here
	ImportUpdate = "update" // change, and pass over who is not
)

// How an import finds the user of a line.
const (
	MatchEither   = "either"
	MatchEmail    = "email"
	MatchUsername = "username"
)

func checkImportOptions(mode, match *string) error {
	v := Invalid{}
	if *mode == "" {
		*mode = ImportBoth
	}
	if *match == "" {
		*match = MatchEither
	}
	if *mode != ImportBoth && *mode != ImportCreate && *mode != ImportUpdate {
		v["mode"] = Say("The mode is both, create or update.")
	}
	if *match != MatchEither && *match != MatchEmail && *match != MatchUsername {
		v["match"] = Say("Users are matched by either, email or username.")
	}
	return v.Or()
}

// Staging happens in pieces of so many bytes, each a COPY of its own: no transaction waits for a slow upload.
const (
	stageAtOnce = 2 << 20
	stageTell   = 500 * time.Millisecond // between two reports of how far it is
)

// StageImport reads the file into the staging tables. What is wrong with the file as a whole makes a failed import and no error:
// look at its State. by is an admin, or nil for a command on the server.
func (s *Store) StageImport(ctx context.Context, by *User, in NewImport, file io.Reader) (*Import, error) {
	if by != nil && !by.IsAdmin() {
		return nil, ErrForbidden
	}
	if err := checkImportOptions(&in.Mode, &in.Match); err != nil {
		return nil, err
	}
	if by != nil { // an upload holds one connection for as long as its sender takes
		select {
		case s.uploads <- struct{}{}:
			defer func() { <-s.uploads }()
		default:
			return nil, &Conflict{Say: Say("Other files are being uploaded: %d. Wait until one is here.", cap(s.uploads))}
		}
	}
	i, err := s.stageImport(ctx, by, in, file)
	if i != nil && i.Kept && i.State != ImportStaged {
		s.startJob("import", i.ID)
	}
	return i, err
}

func (s *Store) stageImport(ctx context.Context, by *User, in NewImport, file io.Reader) (*Import, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, Explain(err)
	}
	defer conn.Release()
	st := &stage{conn: conn, file: file, known: in.Known}
	if err := st.begin(ctx, by, in); err != nil {
		return nil, Explain(err)
	}
	defer unlockJob(ctx, conn, job{"import", st.id})
	failure, err := st.read(ctx)
	// Whoever uploaded may be gone: what is left to do is done all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	var broken error
	switch {
	case errors.Is(err, errImportStopped):
	case err != nil:
		broken = Explain(err)
		err = failImport(ctx, conn, st.id, failBrokenOff, st.bytes)
	case failure != "":
		err = failImport(ctx, conn, st.id, failure, 0)
	default:
		err = st.finish(ctx, in.Wait)
	}
	if err != nil && !errors.Is(err, errImportStopped) {
		return nil, errors.Join(broken, Explain(err))
	}
	i, err := s.Import(ctx, nil, st.id)
	return i, errors.Join(broken, err)
}

// stage is one file on its way into the tables. Its connection holds the lock of the import's job, so that whoever sees the
// state staging without the lock knows that the upload broke off.
type stage struct {
	conn    *pgxpool.Conn
	file    io.Reader
	id      int64
	known   csv.Format
	columns []ImportColumn
	bytes   int64
	lines   int64
	told    time.Time
}

// Read counts what is read.
func (st *stage) Read(p []byte) (int, error) {
	n, err := st.file.Read(p)
	st.bytes += int64(n)
	if st.bytes > MaxImport {
		return 0, importFault(failTooLarge)
	}
	return n, err
}

func (st *stage) begin(ctx context.Context, by *User, in NewImport) error {
	tx, err := st.conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	var size *int64
	byID, name := inCharge(by)
	if in.Size >= 0 {
		size = &in.Size
	}
	err = tx.QueryRow(ctx, `insert into imports (by_id, by_name, name, size, mode, match) values ($1, $2, $3, $4, $5, $6) returning id`,
		byID, name, tidyHeading(in.Name), size, in.Mode, in.Match).Scan(&st.id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, jobLock, "import", st.id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `select tell('import', $1, 0)`, st.id); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// read reads all of the file. failure names what is wrong with it as a whole.
func (st *stage) read(ctx context.Context) (failure string, err error) {
	var whole importFault
	var fault csv.Fault
	table, err := csv.NewReader(st, st.known)
	switch {
	case errors.As(err, &whole):
		return string(whole), nil
	case errors.As(err, &fault):
		return string(fault), nil
	case err != nil:
		return "", err
	}
	st.columns = matchColumns(table.Heading)
	if !hasKey(st.columns) && headingIsData(table.Heading) {
		return failNoHeading, nil
	}
	if err := st.describe(ctx, table); err != nil {
		return "", err
	}
	if err := st.copy(ctx, table); errors.As(err, &whole) {
		return string(whole), nil
	} else if err != nil {
		return "", err
	}
	if st.lines == 0 {
		return string(csv.FaultNoLines), nil
	}
	return "", st.describe(ctx, table) // now the encoding is certain
}

// describe keeps what was recognised.
func (st *stage) describe(ctx context.Context, table *csv.Reader) error {
	format := table.Format
	format.Encoding = table.Encoding()
	encodedFormat, err := json.Marshal(format)
	if err != nil {
		return err
	}
	encodedColumns, err := json.Marshal(st.columns)
	if err != nil {
		return err
	}
	_, err = st.conn.Exec(ctx, `update imports set format = $2::jsonb, columns = $3::jsonb where id = $1`, st.id, string(encodedFormat), string(encodedColumns))
	return err
}

// copy copies the records, piece by piece.
func (st *stage) copy(ctx context.Context, table *csv.Reader) error {
	secret := slices.ContainsFunc(st.columns, func(c ImportColumn) bool { return c.Why == whyPassword })
	buffer := make(copyBuffer, 0, stageAtOnce+stageAtOnce/4)
	for over := false; !over; {
		if err := ctx.Err(); err != nil {
			return err
		}
		buffer = append(buffer[:0], copyHeader...)
		for len(buffer) < stageAtOnce && !over {
			record, err := table.Next()
			switch {
			case err == io.EOF:
				over = true
			case err != nil:
				return err
			default:
				if secret {
					st.forgetPasswords(record.Cells)
				}
				buffer = buffer.importLine(st.id, record)
				st.lines++
			}
			if time.Since(st.told) >= stageTell {
				if err := st.tell(ctx); err != nil {
					return err
				}
			}
		}
		buffer = buffer.row(-1)
		const into = `copy import_lines (import_id, line, cells, problem, problem_column) from stdin (format binary)`
		if _, err := st.conn.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(buffer), into); err != nil {
			return err
		}
	}
	return nil
}

// forgetPasswords empties the cells of columns that seem to hold passwords: they are never imported, so nobody needs to keep them.
func (st *stage) forgetPasswords(cells [][]byte) {
	for i := range min(len(cells), len(st.columns)) {
		if st.columns[i].Why == whyPassword {
			cells[i] = nil
		}
	}
}

// tell says how far it is, and finds out whether the import was thrown away.
func (st *stage) tell(ctx context.Context) error {
	st.told = time.Now()
	return tellImport(ctx, st.conn, st.id, ImportStaging, `bytes = $4, lines = $5`, st.bytes, st.lines)
}

// finish goes over to the next state.
func (st *stage) finish(ctx context.Context, wait bool) error {
	state := ImportRehearsing
	if wait {
		state = ImportStaged
	}
	if !wait && !hasKey(st.columns) {
		return failImport(ctx, st.conn, st.id, failNoKey, 0)
	}
	return moveImport(ctx, st.conn, st.id, []string{ImportStaging}, state, `bytes = $4, lines = $5`, st.bytes, st.lines)
}

// importLine appends a record of an import.
func (b copyBuffer) importLine(id int64, record csv.Record) copyBuffer {
	b = b.row(5).int8(id).int8(record.Line).cells(record.Cells)
	if record.Problem == csv.None {
		return b.null().null()
	}
	return b.text(string(record.Problem)).int4(record.Column)
}

// cells is texts, without the apostrophes that made formulas harmless.
func (b copyBuffer) cells(list [][]byte) copyBuffer {
	const textOID = 25
	start := len(b)
	b = b.size(0).size(1).size(0).size(textOID).size(len(list)).size(1)
	for _, cell := range list {
		cell = csv.Plain(cell)
		b = append(b.size(len(cell)), cell...)
	}
	return b.sized(start)
}
