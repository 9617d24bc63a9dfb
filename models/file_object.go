package models

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"time"
)

// objectPiece is how much of a large object one statement reads or writes: no connection is held while a slow browser sends or
// takes the next one. It is a multiple of the 2 KB in which PostgreSQL keeps it.
const objectPiece = 256 << 10

// objectGoneState is the state with which PostgreSQL refuses what was swept away meanwhile.
const objectGoneState = "PR020"

// objectPatience is how long one piece may take.
const objectPatience = 10 * time.Second

// objectWriter writes a new large object, which no row names yet, and knows its size and sum.
type objectWriter struct {
	ctx    context.Context
	store  *Store
	object uint32
	size   int64
	sum    hash.Hash
	piece  []byte
}

// arrival is a file that comes in, with the large objects that were made for it.
type arrival struct {
	store   *Store
	by      *User
	objects []uint32
}

func (a *arrival) newObject(ctx context.Context) (*objectWriter, error) {
	w := &objectWriter{ctx: ctx, store: a.store, sum: sha256.New(), piece: make([]byte, 0, objectPiece)}
	limited, cancel := context.WithTimeout(ctx, objectPatience)
	defer cancel()
	err := a.store.pool.QueryRow(limited, "select begin_object($1)", a.by.ID).Scan(&w.object)
	a.objects = append(a.objects, w.object)
	return w, Explain(err)
}

// end lets go of the objects that no row took over: the next sweep removes them. Where this does not come to the database, they are
// found to be silent later.
func (a *arrival) end(ctx context.Context) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), objectPatience)
	defer cancel()
	if _, err := a.store.pool.Exec(limited, "update loose_objects set user_id = null, at = '-infinity' where object = any($1)", a.objects); err != nil {
		a.store.log.Warn("a file that did not come in", "error", err)
	}
}

// Write keeps p, and what is a whole piece goes to the database.
func (w *objectWriter) Write(p []byte) (n int, err error) {
	for n < len(p) {
		more := min(len(p)-n, cap(w.piece)-len(w.piece))
		w.piece = append(w.piece, p[n:n+more]...)
		n += more
		if len(w.piece) == cap(w.piece) {
			if err := w.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (w *objectWriter) flush() error {
	if len(w.piece) == 0 {
		return nil
	}
	limited, cancel := context.WithTimeout(w.ctx, objectPatience)
	defer cancel()
	if _, err := w.store.pool.Exec(limited, "select write_object($1, $2, $3)", w.object, w.size, w.piece); err != nil {
		return Explain(err)
	}
	w.sum.Write(w.piece)
	w.size += int64(len(w.piece))
	w.piece = w.piece[:0]
	return nil
}

// object reads a large object, in any order.
type object struct {
	ctx    context.Context
	store  *Store
	object uint32
	size   int64
	place  int64
	from   int64 // where piece begins
	piece  []byte
}

var errPlace = errors.New("no such place in the file")

// Read reads from the place on.
func (o *object) Read(p []byte) (int, error) {
	if o.place >= o.size {
		return 0, io.EOF
	}
	if o.place < o.from || o.place >= o.from+int64(len(o.piece)) {
		o.from = o.place - o.place%objectPiece
		limited, cancel := context.WithTimeout(o.ctx, objectPatience)
		defer cancel()
		if err := o.store.pool.QueryRow(limited, "select read_object($1, $2, $3)", o.object, o.from, objectPiece).Scan(&o.piece); err != nil {
			return 0, Explain(err)
		}
		if int64(len(o.piece)) <= o.place-o.from {
			return 0, io.ErrUnexpectedEOF
		}
	}
	n := copy(p, o.piece[o.place-o.from:])
	o.place += int64(n)
	return n, nil
}

// Seek goes to a place.
func (o *object) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.place
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 {
		return 0, errPlace
	}
	o.place = offset
	return offset, nil
}
