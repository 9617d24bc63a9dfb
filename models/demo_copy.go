package models

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// copyBuffer is rows in the binary format of COPY, as PostgreSQL's manual gives it: what costs most is done by the server,
// and it neither searches this format for line ends nor undoes escapes.
type copyBuffer []byte

const copyHeader = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

func (b copyBuffer) row(fields int) copyBuffer {
	return binary.BigEndian.AppendUint16(b, uint16(fields))
}

func (b copyBuffer) size(n int) copyBuffer { return binary.BigEndian.AppendUint32(b, uint32(n)) }

func (b copyBuffer) null() copyBuffer { return b.size(-1) }

func (b copyBuffer) text(s string) copyBuffer { return append(b.size(len(s)), s...) }

func (b copyBuffer) int4(n int) copyBuffer { return b.size(4).size(n) }

func (b copyBuffer) int8(n int64) copyBuffer {
	return binary.BigEndian.AppendUint64(b.size(8), uint64(n))
}

func (b copyBuffer) bool(yes bool) copyBuffer {
	if yes {
		return append(b.size(1), 1)
	}
	return append(b.size(1), 0)
}

// time counts microseconds from the beginning of 2000.
func (b copyBuffer) time(t time.Time) copyBuffer {
	const epoch = 946_684_800_000_000
	return b.int8(t.UnixMicro() - epoch)
}

func (b copyBuffer) jsonb(encoded []byte) copyBuffer {
	return append(append(b.size(1+len(encoded)), 1), encoded...) // 1: the version of the format
}

func (b copyBuffer) texts(list []string) copyBuffer {
	const textOID = 25
	start := len(b)
	b = b.size(0)
	if len(list) == 0 {
		b = b.size(0).size(0).size(textOID)
	} else {
		b = b.size(1).size(0).size(textOID).size(len(list)).size(1)
	}
	for _, s := range list {
		b = b.text(s)
	}
	return b.sized(start)
}

// sized writes how long the field is whose size stands at start.
func (b copyBuffer) sized(start int) copyBuffer {
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-4))
	return b
}

// copyRows runs a COPY of the rows that next appends until it reports that there was none left.
func copyRows(ctx context.Context, tx pgx.Tx, sql string, next func(copyBuffer) (copyBuffer, bool)) error {
	_, err := tx.Conn().PgConn().CopyFrom(ctx, &copyReader{next: next, buffer: copyBuffer(copyHeader)}, sql)
	return err
}

// copyReader makes rows as they are read, so that any number of them takes the same memory.
type copyReader struct {
	next   func(copyBuffer) (copyBuffer, bool)
	buffer copyBuffer
	read   int
	ended  bool
}

// Read fills p with the next bytes.
func (r *copyReader) Read(p []byte) (int, error) {
	if r.read == len(r.buffer) {
		if r.ended {
			return 0, io.EOF
		}
		r.buffer, r.read = r.buffer[:0], 0
	}
	for !r.ended && len(r.buffer)-r.read < len(p) {
		var more bool
		if r.buffer, more = r.next(r.buffer); !more {
			r.buffer, r.ended = r.buffer.row(-1), true
		}
	}
	n := copy(p, r.buffer[r.read:])
	r.read += n
	if r.read > 0 { // what is left of the last row comes first
		r.buffer, r.read = r.buffer[:copy(r.buffer, r.buffer[r.read:])], 0
	}
	return n, nil
}

// hashName stands for a user name, whatever its case, in a set of very many. Two names of one hash only mean that the
// second is passed over.
func hashName(username string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(strings.ToLower(username)))
	return h.Sum64()
}
