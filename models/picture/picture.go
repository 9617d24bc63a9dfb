// Package picture reads images, turns them upright, their colours into those of sRGB, and writes them anew, with nothing but their
// pixels: what a camera or a program wrote beside these is not in what comes out.
package picture

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// The types of images that browsers show and this package reads.
const (
	jpegType = "image/jpeg"
	pngType  = "image/png"
	gifType  = "image/gif"
	webpType = "image/webp"
)

// The bounds of an image: a decoded one is held in memory as a whole.
const (
	MaxPixels = 50_000_000
	maxMemory = 256 << 20
)

// ErrBroken: the bytes are no image that can be read.
var ErrBroken = errors.New("the image cannot be read")

// ErrMoves: the pictures of a WebP move, which this package cannot copy.
var ErrMoves = errors.New("the pictures of the image move")

// ErrTooLarge: the image has more pixels than can be held in memory.
var ErrTooLarge = errors.New("the image has too many pixels")

// Reads reports whether images of the type can be read.
func Reads(kind string) bool {
	return kind == jpegType || kind == pngType || kind == gifType || kind == webpType
}

// Picture is an image that stands upright.
type Picture struct {
	image.Image
	Type     string // in which Encode writes it
	Animated bool

	source io.ReadSeeker // what moves is copied, picture by picture
}

// Open reads an image of the type. Its size is looked at before its pixels are.
func Open(r io.ReadSeeker, kind string) (*Picture, error) {
	known := look(r, kind)
	if err := rewind(r); err != nil {
		return nil, err
	}
	if kind == webpType && known.moves {
		return nil, ErrMoves
	}
	if err := known.fits(r, kind); err != nil {
		return nil, err
	}
	if err := rewind(r); err != nil {
		return nil, err
	}
	p := &Picture{Type: kind}
	b := bufio.NewReaderSize(r, 64<<10)
	var err error
	switch kind {
	case jpegType:
		p.Image, err = jpeg.Decode(b)
	case pngType:
		p.Image, err = png.Decode(b)
	case webpType:
		p.Image, err = webp.Decode(b)
		widen(p.Image)
	case gifType:
		p.Image, err = gif.Decode(b)
	}
	if err != nil {
		return nil, broken(err)
	}
	if kind == webpType { // which Go does not write
		p.Type = jpegType
		if o, ok := p.Image.(interface{ Opaque() bool }); !ok || !o.Opaque() {
			p.Type = pngType
		}
	}
	if p.Animated = known.moves; known.moves || kind == gifType {
		p.source = r
		frames, err := p.copy(io.Discard)
		if err != nil {
			return nil, broken(err)
		}
		p.Animated = p.Animated || frames > 1
		known.orientation = upright
	}
	if profile := readProfile(known.icc); profile != nil {
		profile.apply(p.Image)
	}
	p.Image = turned(p.Image, known.orientation)
	return p, nil
}

// fits looks at the size of an image.
func (f facts) fits(r io.Reader, kind string) error {
	var config image.Config
	var err error
	b := bufio.NewReader(r)
	switch kind {
	case jpegType:
		config, err = jpeg.DecodeConfig(b)
	case pngType:
		config, err = png.DecodeConfig(b)
	case webpType:
		config, err = webp.DecodeConfig(b)
	case gifType:
		config, err = gif.DecodeConfig(b)
	default:
		return ErrBroken
	}
	if err != nil {
		return broken(err)
	}
	pixels := int64(config.Width) * int64(config.Height)
	if pixels == 0 {
		return ErrBroken
	}
	each := 4.0
	switch config.ColorModel {
	case color.GrayModel:
		each = 1
	case color.Gray16Model:
		each = 2
	case color.RGBA64Model, color.NRGBA64Model:
		each = 8
	}
	if _, ok := config.ColorModel.(color.Palette); ok {
		each = 1
	}
	if f.samples > 0 {
		if each = f.samples; f.progressive {
			each *= 5
		}
	}
	if f.orientation != upright {
		each += min(each, 4)
	}
	if pixels > MaxPixels || float64(pixels)*each > maxMemory {
		return ErrTooLarge
	}
	return nil
}

// Size is the width and the height.
func (p *Picture) Size() (width, height int) { return p.Bounds().Dx(), p.Bounds().Dy() }

// The qualities of a JPEG: of the image itself, and of a smaller width.
const (
	ownQuality   = 90
	widthQuality = 82
)

// Encode writes the image, and nothing else.
func (p *Picture) Encode(w io.Writer) error {
	if p.source != nil {
		_, err := p.copy(w)
		return err
	}
	return p.encode(w, ownQuality)
}

// copy writes the source without what stands beside its pictures, and returns how many of these a GIF has.
func (p *Picture) copy(w io.Writer) (frames int, err error) {
	if err := rewind(p.source); err != nil {
		return 0, err
	}
	r := bufio.NewReaderSize(p.source, 64<<10)
	if p.Type == gifType {
		return cleanGIF(w, r)
	}
	return 0, cleanAPNG(w, r)
}

func (p *Picture) encode(w io.Writer, quality int) error {
	if p.Type == jpegType {
		return jpeg.Encode(w, plain(p.Image), &jpeg.Options{Quality: quality})
	}
	return png.Encode(w, plain(p.Image))
}

// EncodeSmaller writes what Scaled or Square made.
func (p *Picture) EncodeSmaller(w io.Writer) error { return p.encode(w, widthQuality) }

// Scaled is the image in a smaller width.
func (p *Picture) Scaled(width int) *Picture {
	w, h := p.Size()
	return p.smaller(scaled(p.Image, p.Bounds(), width, max(1, (h*width+w/2)/w)))
}

// Square is the middle of the image, so many pixels wide and high, or as many as there are.
func (p *Picture) Square(side int) *Picture {
	w, h := p.Size()
	own := min(w, h)
	side = min(side, own)
	middle := image.Rect(0, 0, own, own).Add(p.Bounds().Min).Add(image.Pt((w-own)/2, (h-own)/2))
	return p.smaller(scaled(p.Image, middle, side, side))
}

func (p *Picture) smaller(made image.Image) *Picture {
	kind := p.Type
	if kind == gifType {
		kind = pngType
	}
	return &Picture{Image: made, Type: kind}
}

func rewind(r io.Seeker) error {
	_, err := r.Seek(0, io.SeekStart)
	return err
}

// broken is what a decoder says, unless the reading itself failed.
func broken(err error) error {
	var read *ReadError
	if errors.As(err, &read) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}

// ReadError is an error of the reader, not of what is read.
type ReadError struct{ Err error }

// Error is the reader's own.
func (e *ReadError) Error() string { return e.Err.Error() }

// Unwrap returns it.
func (e *ReadError) Unwrap() error { return e.Err }
