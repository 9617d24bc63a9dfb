package picture

import (
	"image"
	"image/color"
)

// A smaller image is made row by row, each of its pixels the mean of those that it covers: beside the two images that
// takes a few rows of memory, which x/image/draw's kernels do not.

// scaled is a part of an image in another size, not larger than it is.
func scaled(m image.Image, part image.Rectangle, w, h int) image.Image {
	switch m := m.(type) {
	case *image.YCbCr:
		if part == m.Rect {
			return scaledYCbCr(m, w, h)
		}
	case *image.Gray:
		made := image.NewGray(image.Rect(0, 0, w, h))
		scaleRows(made.Pix, w, h, part.Dx(), part.Dy(), 1, plane(m.Pix[m.PixOffset(part.Min.X, part.Min.Y):], m.Stride))
		return made
	}
	made := image.NewRGBA(image.Rect(0, 0, w, h))
	scaleRows(made.Pix, w, h, part.Dx(), part.Dy(), 4, rowsOf(m, part))
	return made
}

func scaledYCbCr(m *image.YCbCr, w, h int) *image.YCbCr {
	made := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	cw, ch := colours(m)
	tw, th := colours(made)
	scaleRows(made.Y, w, h, m.Rect.Dx(), m.Rect.Dy(), 1, plane(m.Y, m.YStride))
	scaleRows(made.Cb, tw, th, cw, ch, 1, plane(m.Cb, m.CStride))
	scaleRows(made.Cr, tw, th, cw, ch, 1, plane(m.Cr, m.CStride))
	return made
}

// rgba is the image with premultiplied colours of 8 bits.
func rgba(m image.Image) *image.RGBA {
	b := m.Bounds()
	made := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	row, read := make([]float32, 4*b.Dx()), rowsOf(m, b)
	for y := range b.Dy() {
		read(y, row)
		for i, value := range row {
			made.Pix[y*made.Stride+i] = uint8(value + 0.5)
		}
	}
	return made
}

// plain is the image as the encoders write it fast.
func plain(m image.Image) image.Image {
	switch m.(type) {
	case *image.YCbCr, *image.Gray, *image.Gray16, *image.RGBA, *image.NRGBA, *image.NRGBA64, *image.RGBA64, *image.Paletted:
		return m
	}
	return rgba(m)
}

// rows reads the row y, some values for each pixel.
type rows func(y int, row []float32)

func plane(pix []byte, stride int) rows {
	return func(y int, row []float32) {
		for x, value := range pix[y*stride : y*stride+len(row)] {
			row[x] = float32(value)
		}
	}
}

// rowsOf reads premultiplied red, green, blue and alpha.
func rowsOf(m image.Image, part image.Rectangle) rows {
	switch m := m.(type) {
	case *image.RGBA:
		return plane(m.Pix[m.PixOffset(part.Min.X, part.Min.Y):], m.Stride)
	case *image.NRGBA:
		pix := m.Pix[m.PixOffset(part.Min.X, part.Min.Y):]
		return func(y int, row []float32) {
			for x := 0; x < len(row); x += 4 {
				p := pix[y*m.Stride+x : y*m.Stride+x+4]
				alpha := float32(p[3]) / 255
				row[x], row[x+1], row[x+2], row[x+3] = float32(p[0])*alpha, float32(p[1])*alpha, float32(p[2])*alpha, float32(p[3])
			}
		}
	case image.RGBA64Image:
		return func(y int, row []float32) {
			for x := 0; x < len(row); x += 4 {
				write(row[x:], m.RGBA64At(part.Min.X+x/4, part.Min.Y+y))
			}
		}
	}
	return func(y int, row []float32) {
		for x := 0; x < len(row); x += 4 {
			r, g, b, a := m.At(part.Min.X+x/4, part.Min.Y+y).RGBA()
			write(row[x:], color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)})
		}
	}
}

func write(row []float32, c color.RGBA64) {
	row[0], row[1], row[2], row[3] = float32(c.R)/257, float32(c.G)/257, float32(c.B)/257, float32(c.A)/257
}

// span is which values one of the new ones covers, and how much of the first and the last.
type span struct {
	from, to    int
	first, last float32
}

func spans(from, to int) []span {
	list := make([]span, to)
	for i := range list {
		begin, end := i*from, (i+1)*from // in parts of which each value has so many as there will be
		s := span{from: begin / to, to: (end - 1) / to}
		s.first, s.last = float32(to-begin%to)/float32(to), float32((end-1)%to+1)/float32(to)
		if s.from == s.to {
			s.first = float32(end-begin) / float32(to)
		}
		list[i] = s
	}
	return list
}

// weight is how much of a value is covered.
func (s *span) weight(i int) float32 {
	switch i {
	case s.from:
		return s.first
	case s.to:
		return s.last
	}
	return 1
}

// scaleRows makes w × h pixels of sw × sh, each of so many values.
func scaleRows(made []byte, w, h, sw, sh, values int, read rows) {
	across, down := spans(sw, w), spans(sh, h)
	row, sums := make([]float32, sw*values), make([]float32, w*values)
	area := float32(sw) / float32(w) * float32(sh) / float32(h)
	last := -1 // the row that was read last
	for y := range down {
		clear(sums)
		for sy := down[y].from; sy <= down[y].to; sy++ {
			if sy != last {
				read(sy, row)
				last = sy
			}
			addRow(sums, row, across, values, down[y].weight(sy))
		}
		for i, sum := range sums {
			made[y*w*values+i] = uint8(min(255, sum/area+0.5))
		}
	}
}

// addRow adds a row, made as narrow as the new one.
func addRow(sums, row []float32, across []span, values int, weight float32) {
	for x := range across {
		s := &across[x]
		for v := range values {
			sum := row[s.from*values+v] * s.first
			for i := s.from + 1; i < s.to; i++ {
				sum += row[i*values+v]
			}
			if s.to > s.from {
				sum += row[s.to*values+v] * s.last
			}
			sums[x*values+v] += sum * weight
		}
	}
}
