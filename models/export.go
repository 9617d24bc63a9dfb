package models

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// The formats of an export.
const (
	ExportCSV   = "csv"   // RFC 4180, with a head; what a spreadsheet would run as a formula has an apostrophe in front
	ExportLines = "jsonl" // an object a line, with the names and types of the API
)

// Export says what to write out: the rows of one filter, as columns, in a format.
type Export struct {
	What    string   // "users" or "posts"
	Format  string   // ExportCSV or ExportLines
	Columns []string // in this order; the fields of users' own are meta.FIELD
	Mark    bool     // a byte order mark in front, by which Excel knows UTF-8
	Users   UserFilter
	Posts   PostFilter

	query url.Values // the filter as it was given, for the log
}

// ParseExport reads an export from the query of an address: the filter, columns and mark. Rows come in the order of
// their ids unless the filter sorts them. A senseless value is Invalid.
func ParseExport(what, format string, query url.Values, zone *time.Location) (Export, error) {
	v := Invalid{}
	e := Export{What: what, Format: format, Mark: query.Get("mark") == "true"}
	if mark := query.Get("mark"); mark != "" && mark != "true" && mark != "false" {
		v["mark"] = Say("Mark is true or false.")
	}
	if format != ExportCSV && format != ExportLines {
		v["format"] = Say("A format is csv or jsonl.")
	}
	filter := url.Values{}
	for name, values := range query {
		switch name {
		case "columns", "mark":
		case "limit", "after":
			if values[0] != "" {
				v[name] = Say("An export has no pages.")
			}
		default:
			filter[name] = values
		}
	}
	if strings.TrimSpace(filter.Get("sort")) == "" {
		filter.Set("sort", "id")
	}
	e.query = filter
	if err := e.parseFilter(filter, zone); err != nil {
		invalid, ok := err.(Invalid)
		if !ok {
			return e, err
		}
		for name, said := range invalid {
			v[name] = said
		}
	}
	e.takeColumns(v, query["columns"])
	return e, v.Or()
}

func (e *Export) parseFilter(query url.Values, zone *time.Location) (err error) {
	switch e.What {
	case "users":
		e.Users, err = ParseUserFilter(query, zone)
	case "posts":
		e.Posts, err = ParsePostFilter(query, zone)
	default:
		err = ErrNotFound
	}
	return err
}

// takeColumns reads the names of columns, with commas between them or one by one. None are the usual ones.
func (e *Export) takeColumns(v Invalid, given []string) {
	for name := range strings.SplitSeq(strings.Join(given, ","), ",") {
		name = strings.TrimSpace(name)
		if name == "" || slices.Contains(e.Columns, name) {
			continue
		}
		if _, ok := e.column(name); !ok || len(e.Columns) == maxExportColumns {
			v["columns"] = Say("There is no column “%s”.", strings.ToValidUTF8(name, "�"))
			return
		}
		e.Columns = append(e.Columns, name)
	}
	if e.Columns == nil {
		e.Columns = ExportColumns(e.What)
	}
}

const maxExportColumns = 100

// exportKinds are what the log says of exports.
var exportKinds = map[string]string{"users": kindExportUsers, "posts": kindExportPosts}

// column finds a column by its name.
func (e *Export) column(name string) (exportColumn, bool) {
	if field, own := strings.CutPrefix(name, "meta."); own && e.What == "users" {
		fits := field != "" && utf8.RuneCountInString(field) <= maxMetadataName && printable(field)
		return exportColumn{name: name, field: field, kind: exportText}, fits
	}
	at := slices.IndexFunc(exportColumns[e.What], func(c exportColumn) bool { return c.name == name })
	if at < 0 {
		return exportColumn{}, false
	}
	return exportColumns[e.What][at], true
}

// Export writes the rows to w in pieces, and returns how many. It reads one consistent picture: count and rows come from one
// read-only transaction, which PostgreSQL streams through the portal of a single query. Nothing is written before the log
// has its line. by is an admin, or nil where the operator of the server asks. Where w no longer takes anything, or ctx
// ends, the query ends too.
func (s *Store) Export(ctx context.Context, by *User, e Export, w io.Writer) (rows int64, err error) {
	if by != nil && !by.IsAdmin() {
		return 0, ErrForbidden
	}
	from, order, args := e.source()
	columns, expressions, bound := e.expressions(args)
	return s.stream(ctx, stream{from: from, args: args, columns: columns, question: "select " + strings.Join(expressions, ", ") + " from " + from + " order by " + order,
		bound: bound, format: e.Format, mark: e.Mark, log: entry{kind: exportKinds[e.What], by: by, details: map[string]any{"columns": e.Columns, "filter": e.query.Encode()}}}, w)
}

// stream is what an export reads and writes.
type stream struct {
	from     string // what is counted, with its condition
	args     []any
	question string
	bound    []any
	columns  []exportColumn
	format   string
	mark     bool
	log      entry
}

func (s *Store) stream(ctx context.Context, e stream, w io.Writer) (rows int64, err error) {
	if err := s.beginExport(); err != nil {
		return 0, err
	}
	defer s.endExport()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // closes the connection where rows are left, in place of reading them to the end
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return 0, Explain(err)
	}
	defer tx.Rollback(ctx)
	var count int64
	if err := tx.QueryRow(ctx, "select count(*) from "+e.from, e.args...).Scan(&count); err != nil {
		return 0, Explain(err)
	}
	e.log.details["rows"], e.log.details["format"] = count, e.format
	if err := record(ctx, s.pool, e.log); err != nil {
		return 0, Explain(err)
	}
	// Not prepared for long: no two exports need be alike. As text, values need no decoding.
	found, err := tx.Query(ctx, e.question, append([]any{pgx.QueryExecModeDescribeExec, pgx.QueryResultFormats{pgx.TextFormatCode}}, e.bound...)...)
	if err != nil {
		return 0, Explain(err)
	}
	defer found.Close()
	defer cancel() // runs before Close
	rows, err = writeExport(w, found, e.columns, e.format, e.mark)
	if err != nil {
		return rows, err
	}
	return rows, Explain(tx.Commit(ctx))
}

// beginExport takes one of the places for exports: each holds a connection for as long as its reader takes, and needs another for
// the log.
func (s *Store) beginExport() error {
	select {
	case s.exports <- struct{}{}:
		return nil
	default:
		return &Conflict{Say: Say("Other exports are running: %d. Wait until one has ended.", cap(s.exports))}
	}
}

func (s *Store) endExport() { <-s.exports }

// source is the table with the condition, and the order.
func (e *Export) source() (from, order string, args []any) {
	where, args := e.Users.where()
	sort, descending := strings.CutPrefix(e.Users.Sort, "-")
	order = userSorts[sort].expression
	if e.What == "posts" {
		where, args = e.Posts.exactly()
		sort, descending = strings.CutPrefix(e.Posts.Sort, "-")
		order, _ = wholePosts.sort(sort)
	}
	direction := " asc"
	if descending {
		direction = " desc"
	}
	order += direction
	if sort != "id" {
		order += ", id" + direction
	}
	return e.What + " where " + where, order, args
}

// expressions are what to select; the names of fields are bound.
func (e *Export) expressions(args []any) (columns []exportColumn, expressions []string, _ []any) {
	for _, name := range e.Columns {
		column, ok := e.column(name)
		if !ok {
			continue
		}
		expression := column.expression
		switch {
		case column.field != "" && e.Format == ExportLines:
			args = append(args, column.field)
			expression, column.kind = fmt.Sprintf("metadata -> $%d::text", len(args)), exportJSON
		case column.field != "":
			args = append(args, column.field)
			expression = fmt.Sprintf("metadata ->> $%d::text", len(args))
		case column.json != "" && e.Format == ExportLines:
			expression, column.kind = column.json, exportJSON
		}
		columns, expressions = append(columns, column), append(expressions, expression)
	}
	return columns, expressions, args
}
