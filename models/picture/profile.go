package picture

import (
	"encoding/binary"
	"image"
	"image/color"
)

// profile turns the colours of an image into those of sRGB, which is what browsers take an image for that says nothing else. It is
// made of an ICC profile of three primaries, or of gray, with a curve for each (ICC.1:2022, sections 8.3.3 and 8.3.4): what cameras and
// programs for photographs write. Profiles of other kinds, with tables in place of these, are passed over.
type profile struct {
	linear [3][]float32    // how much light each of 65536 values is
	mixed  [3][3]float32   // that light in the primaries of sRGB
	values [1 << 16]uint16 // what as much light is in sRGB
}

// isPlain reports whether the colours are those of sRGB already, but for what nobody sees.
func (p *profile) isPlain() bool {
	for i := range 6 * 6 * 6 {
		r, g, b := uint16(i/36*0x3333), uint16(i/6%6*0x3333), uint16(i%6*0x3333)
		r2, g2, b2 := p.of(r, g, b)
		for _, d := range [3]int{int(r) - int(r2), int(g) - int(g2), int(b) - int(b2)} {
			if d < -0x280 || d > 0x280 { // two and a half of 256 values
				return false
			}
		}
	}
	return true
}

// of is a colour in sRGB; what this has not becomes the nearest in each of its parts.
func (p *profile) of(r, g, b uint16) (r2, g2, b2 uint16) {
	lr, lg, lb := p.linear[0][r], p.linear[1][g], p.linear[2][b]
	var to [3]uint16
	for i := range to {
		light := p.mixed[i][0]*lr + p.mixed[i][1]*lg + p.mixed[i][2]*lb
		to[i] = p.values[uint16(min(1, max(0, light))*0xffff+0.5)]
	}
	return to[0], to[1], to[2]
}

// of8 is of for values of 8 bits.
func (p *profile) of8(r, g, b uint8) (r2, g2, b2 uint8) {
	wr, wg, wb := p.of(uint16(r)*0x101, uint16(g)*0x101, uint16(b)*0x101)
	return uint8((uint32(wr) + 0x80) / 0x101), uint8((uint32(wg) + 0x80) / 0x101), uint8((uint32(wb) + 0x80) / 0x101)
}

// apply changes the colours of an image where it is, so that it takes no more memory. Those of CMYK stay as they are.
func (p *profile) apply(m image.Image) {
	switch m := m.(type) {
	case *image.YCbCr:
		p.applyYCbCr(m)
	case *image.NYCbCrA:
		p.applyYCbCr(&m.YCbCr)
	case *image.Gray:
		for i, v := range m.Pix {
			_, m.Pix[i], _ = p.of8(v, v, v)
		}
	case *image.Gray16:
		for i := 0; i+2 <= len(m.Pix); i += 2 {
			v := binary.BigEndian.Uint16(m.Pix[i:])
			_, v, _ = p.of(v, v, v)
			binary.BigEndian.PutUint16(m.Pix[i:], v)
		}
	case *image.Paletted:
		for i, c := range m.Palette {
			n := color.NRGBAModel.Convert(c).(color.NRGBA)
			n.R, n.G, n.B = p.of8(n.R, n.G, n.B)
			m.Palette[i] = n
		}
	case *image.NRGBA:
		p.apply8(m.Pix)
	case *image.RGBA: // which decoders only make of what hides nothing
		p.apply8(m.Pix)
	case *image.NRGBA64:
		p.apply16(m.Pix)
	case *image.RGBA64:
		p.apply16(m.Pix)
	}
}

func (p *profile) apply8(pix []byte) {
	for i := 0; i+4 <= len(pix); i += 4 {
		pix[i], pix[i+1], pix[i+2] = p.of8(pix[i], pix[i+1], pix[i+2])
	}
}

func (p *profile) apply16(pix []byte) {
	order := binary.BigEndian
	for i := 0; i+8 <= len(pix); i += 8 {
		r, g, b := p.of(order.Uint16(pix[i:]), order.Uint16(pix[i+2:]), order.Uint16(pix[i+4:]))
		order.PutUint16(pix[i:], r)
		order.PutUint16(pix[i+2:], g)
		order.PutUint16(pix[i+4:], b)
	}
}

// applyYCbCr goes through the values of colour, each of which several pixels share: it becomes their mean.
func (p *profile) applyYCbCr(m *image.YCbCr) {
	cw, ch := colours(m)
	across, down := 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		across = 2
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		across = 4
	}
	if ch < m.Rect.Dy() {
		down = 2
	}
	for cy := range ch {
		for cx := range cw {
			at := cy*m.CStride + cx
			var blue, red, n int
			for y := cy * down; y < min((cy+1)*down, m.Rect.Dy()); y++ {
				for x := cx * across; x < min((cx+1)*across, m.Rect.Dx()); x++ {
					luma := &m.Y[y*m.YStride+x]
					l, cb, cr := color.RGBToYCbCr(p.of8(color.YCbCrToRGB(*luma, m.Cb[at], m.Cr[at])))
					*luma, blue, red, n = l, blue+int(cb), red+int(cr), n+1
				}
			}
			if n > 0 {
				m.Cb[at], m.Cr[at] = uint8((blue+n/2)/n), uint8((red+n/2)/n)
			}
		}
	}
}

// widen gives the values of a WebP the whole range: its lossy kind has light from 16 to 235 and colours from 16 to 240 (RFC 6386, section 9.2;
// ITU-R BT.601), and its decoder hands them on as if they were those of a JPEG (golang/go issue 40173).
func widen(m image.Image) {
	var narrow *image.YCbCr
	switch m := m.(type) {
	case *image.YCbCr:
		narrow = m
	case *image.NYCbCrA:
		narrow = &m.YCbCr
	default:
		return
	}
	var light, colour [256]uint8
	for v := range 256 {
		light[v] = uint8(min(255, max(0, float64(v-16)*255/219+0.5)))
		colour[v] = uint8(min(255, max(0, float64(v-128)*255/224+128.5)))
	}
	for i, v := range narrow.Y {
		narrow.Y[i] = light[v]
	}
	for i, v := range narrow.Cb {
		narrow.Cb[i] = colour[v]
	}
	for i, v := range narrow.Cr {
		narrow.Cr[i] = colour[v]
	}
}
