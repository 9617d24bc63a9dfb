package picture

import (
	"bufio"
	"errors"
	"io"
)

var errNoGIF = errors.New("not a GIF")

// cleanGIF copies a GIF without its comments, its texts and whatever programs put in beside the pictures, and returns how many
// these are. What follows the end is left out (GIF89a, sections 17 to 27).
func cleanGIF(w io.Writer, r io.Reader) (frames int, err error) {
	b, ok := r.(*bufio.Reader)
	if !ok {
		b = bufio.NewReader(r)
	}
	g := gifCopier{r: b, w: w}
	head := g.copy(13)
	if g.err == nil && string(head[:3]) != "GIF" {
		return 0, errNoGIF
	}
	if g.err == nil {
		g.colours(head[10])
	}
	for g.err == nil {
		switch kind := g.read(1); {
		case g.err != nil:
		case kind[0] == 0x3b:
			g.write(kind)
			return frames, g.err
		case kind[0] == 0x2c:
			frames++
			g.write(kind)
			if head := g.copy(9); g.err == nil {
				g.colours(head[8])
			}
			g.copy(1) // the size of the first code
			g.blocks(true)
		case kind[0] == 0x21:
			g.extension()
		default:
			return 0, errNoGIF
		}
	}
	return frames, g.err
}

type gifCopier struct {
	r   *bufio.Reader
	w   io.Writer
	err error
	buf [256 * 3]byte
}

// read reads n bytes, which are good until the next call.
func (g *gifCopier) read(n int) []byte {
	if g.err == nil {
		_, g.err = io.ReadFull(g.r, g.buf[:n])
	}
	return g.buf[:n]
}

func (g *gifCopier) write(p []byte) {
	if g.err == nil {
		_, g.err = g.w.Write(p)
	}
}

func (g *gifCopier) copy(n int) []byte {
	p := g.read(n)
	g.write(p)
	return p
}

// colours copies the table of colours that the flags announce.
func (g *gifCopier) colours(flags byte) {
	if flags&0x80 != 0 {
		g.copy(3 << (flags&7 + 1))
	}
}

// blocks goes through blocks of data up to the empty one.
func (g *gifCopier) blocks(keep bool) {
	for g.err == nil {
		size := g.read(1)[0]
		if g.err != nil {
			return
		}
		if keep {
			g.write([]byte{size})
		}
		if size == 0 {
			return
		}
		if p := g.read(int(size)); keep {
			g.write(p)
		}
	}
}

// extension keeps what says how the pictures follow each other: how long each stands, and how often all come again.
func (g *gifCopier) extension() {
	label := g.read(1)[0]
	if g.err != nil {
		return
	}
	if label == 0xf9 {
		g.write([]byte{0x21, label})
		g.blocks(true)
		return
	}
	if label != 0xff {
		g.blocks(false)
		return
	}
	size := g.read(1)[0]
	if g.err != nil || size == 0 {
		return
	}
	name := string(g.read(int(size)))
	loops := g.err == nil && (name == "NETSCAPE2.0" || name == "ANIMEXTS1.0")
	if loops {
		g.write([]byte{0x21, label, size})
		g.write([]byte(name))
	}
	g.blocks(loops)
}
