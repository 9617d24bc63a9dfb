package picture

import (
	"image"
)

// turned is the image as its orientation says it is to be seen (CIPA DC-008, tag 0x0112).
func turned(m image.Image, orientation int) image.Image {
	if orientation <= upright {
		return m
	}
	switch m := m.(type) {
	case *image.YCbCr:
		if made := turnedYCbCr(m, orientation); made != nil {
			return made
		}
	case *image.Gray:
		pix, w, h := turn(m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 1, orientation)
		return &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)}
	case *image.Paletted:
		pix, w, h := turn(m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 1, orientation)
		return &image.Paletted{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h), Palette: m.Palette}
	case *image.NRGBA:
		pix, w, h := turn(m.Pix, m.Stride, m.Rect.Dx(), m.Rect.Dy(), 4, orientation)
		return &image.NRGBA{Pix: pix, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
	}
	made := rgba(m)
	pix, w, h := turn(made.Pix, made.Stride, made.Rect.Dx(), made.Rect.Dy(), 4, orientation)
	return &image.RGBA{Pix: pix, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
}

// sidewaysRatios are how the colours of an image lie that was turned by a quarter.
var sidewaysRatios = map[image.YCbCrSubsampleRatio]image.YCbCrSubsampleRatio{
	image.YCbCrSubsampleRatio444: image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio420: image.YCbCrSubsampleRatio420,
	image.YCbCrSubsampleRatio422: image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio440: image.YCbCrSubsampleRatio422,
}

// turnedYCbCr turns each plane by itself; nil where the colours cannot lie that way.
func turnedYCbCr(m *image.YCbCr, orientation int) *image.YCbCr {
	ratio := m.SubsampleRatio
	if orientation > 4 {
		var ok bool
		if ratio, ok = sidewaysRatios[ratio]; !ok {
			return nil
		}
	}
	cw, ch := colours(m)
	made := &image.YCbCr{SubsampleRatio: ratio}
	var w, h int
	made.Y, w, h = turn(m.Y, m.YStride, m.Rect.Dx(), m.Rect.Dy(), 1, orientation)
	made.YStride, made.Rect = w, image.Rect(0, 0, w, h)
	made.Cb, made.CStride, _ = turn(m.Cb, m.CStride, cw, ch, 1, orientation)
	made.Cr, _, _ = turn(m.Cr, m.CStride, cw, ch, 1, orientation)
	return made
}

// colours is the size of the planes of colour.
func colours(m *image.YCbCr) (w, h int) {
	w, h = m.Rect.Dx(), m.Rect.Dy()
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		return (w + 1) / 2, h
	case image.YCbCrSubsampleRatio420:
		return (w + 1) / 2, (h + 1) / 2
	case image.YCbCrSubsampleRatio440:
		return w, (h + 1) / 2
	case image.YCbCrSubsampleRatio411:
		return (w + 3) / 4, h
	case image.YCbCrSubsampleRatio410:
		return (w + 3) / 4, (h + 1) / 2
	}
	return w, h
}

// turn copies pixels of so many bytes each to where they are to be seen.
func turn(pix []byte, stride, w, h, size, orientation int) (made []byte, tw, th int) {
	tw, th = w, h
	if orientation > 4 {
		tw, th = h, w
	}
	made = make([]byte, tw*th*size)
	i := 0
	for y := range th {
		for x := range tw {
			sx, sy := x, y
			if orientation > 4 {
				sx, sy = y, x
			}
			switch orientation {
			case 2, 3, 7, 8:
				sx = w - 1 - sx
			}
			switch orientation {
			case 3, 4, 6, 7:
				sy = h - 1 - sy
			}
			at := sy*stride + sx*size
			i += copy(made[i:i+size], pix[at:at+size])
		}
	}
	return made, tw, th
}
