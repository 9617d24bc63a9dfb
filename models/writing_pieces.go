package models

import (
	"context"
	"errors"
	"io"

	"github.com/jackc/pgx/v5"
)

// writingPiece is how many bytes of an archive are kept in one row. Each is a short statement: no connection waits for a slow upload.
const writingPiece = 256 << 10

// pieceWriter keeps an archive while it comes in.
type pieceWriter struct {
	ctx    context.Context
	store  *Store
	id     int64
	buffer []byte
	n      int
	bytes  int64
}

// errWritingTooLarge: the archive has more than MaxWriting bytes.
var errWritingTooLarge = errors.New("the archive is too large")

// Write keeps what is given, a whole piece at a time.
func (p *pieceWriter) Write(data []byte) (n int, err error) {
	n = len(data)
	if p.bytes += int64(n); p.bytes > MaxWriting {
		return 0, errWritingTooLarge
	}
	for len(data) > 0 {
		take := min(len(data), writingPiece-len(p.buffer))
		p.buffer, data = append(p.buffer, data[:take]...), data[take:]
		if len(p.buffer) == writingPiece {
			if err := p.flush(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// flush keeps what is left, and says that the upload goes on.
func (p *pieceWriter) flush() error {
	if len(p.buffer) == 0 {
		return nil
	}
	// Where the statement is sent again, the piece is there already.
	tag, err := p.store.pool.Exec(p.ctx, `with w as (update writings set bytes = $4, pieces = $2 + 1, touched_at = now() where id = $1 and state = 'staging' returning id)
		insert into writing_pieces (writing_id, n, bytes) select id, $2, $3 from w on conflict do nothing`, p.id, p.n, p.buffer, p.bytes)
	if err == nil && tag.RowsAffected() == 0 {
		err = errImportStopped
	}
	if err != nil {
		return Explain(err)
	}
	p.n, p.buffer = p.n+1, p.buffer[:0]
	return nil
}

// pieceReader reads an archive that is kept. It remembers the last pieces: what is read jumps between the list of files, at the end, and
// the files.
type pieceReader struct {
	ctx     context.Context
	store   *Store
	id      int64
	size    int64
	bounded bool
	left    int // how many bytes may still be read, while it is bounded
	last    [2]struct {
		n     int
		bytes []byte
	}
}

var (
	errPieceLost = errors.New("a piece of the archive is lost")
	errListLarge = errors.New("the list of files is too large")
)

// ReadAt reads from a place in the archive.
func (p *pieceReader) ReadAt(data []byte, at int64) (n int, err error) {
	for n < len(data) {
		if at >= p.size {
			return n, io.EOF
		}
		piece, err := p.piece(int(at / writingPiece))
		if err != nil {
			return n, err
		}
		from := int(at % writingPiece)
		if from >= len(piece) {
			return n, errPieceLost
		}
		took := copy(data[n:], piece[from:])
		n, at = n+took, at+int64(took)
		if p.left -= took; p.bounded && p.left < 0 {
			return 0, errListLarge // whatever was read: who has all that was asked for looks at no error
		}
	}
	return n, nil
}

func (p *pieceReader) piece(n int) ([]byte, error) {
	if p.last[1].bytes != nil && p.last[1].n == n {
		p.last[0], p.last[1] = p.last[1], p.last[0]
	}
	if p.last[0].bytes != nil && p.last[0].n == n {
		return p.last[0].bytes, nil
	}
	var bytes []byte
	err := p.store.pool.QueryRow(p.ctx, "select bytes from writing_pieces where writing_id = $1 and n = $2", p.id, n).Scan(&bytes)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errPieceLost
	}
	if err != nil {
		return nil, Explain(err)
	}
	p.last[1] = p.last[0]
	p.last[0].n, p.last[0].bytes = n, bytes
	return bytes, nil
}
